"""The project's own Python sources, read for the contract tests."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("evergraph", "tools", "benchmarks", "examples", "tests")


def is_generated(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    return path.name.endswith("_pb2.py") or parts[:2] == ("evergraph", "tf")


@functools.cache
def sources(*folders: str) -> tuple[Path, ...]:
    """Files written by hand, in some or all folders."""
    found = (path for folder in folders or FOLDERS for path in (ROOT / folder).rglob("*.py"))
    return tuple(sorted(path for path in found if not is_generated(path)))


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Each imported module with its line. `from a import b` gives a.b, for b may be a module."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)


def label(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
