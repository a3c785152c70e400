"""Folders import one way, torch is imported in three of them, imports stand at the top."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

from contract.sources import imports, label, sources, tree

LAYERS = (
    ("base",),
    ("proto",),
    ("graph",),
    ("kernels", "formats"),
    ("api",),
    ("autodiff", "ops"),
    ("engine",),
    ("library",),
    ("compat",),
    ("cli",),
    ("tf",),
)
LEVEL = {folder: level for level, folders in enumerate(LAYERS) for folder in folders}
TORCH_FOLDERS = ("kernels", "ops", "engine")
Problems = Iterator[tuple[int, str]]


def folder(path: Path) -> str | None:
    parts = label(path).split("/")
    return parts[1] if len(parts) > 2 else None


def problems(check: Callable[[Path], Problems]) -> list[str]:
    return [
        f"{label(path)}:{line}: {text}"
        for path in sources("evergraph")
        for line, text in check(path)
    ]


def test_folders_import_only_those_above() -> None:
    def check(path: Path) -> Problems:
        here = folder(path)
        if here is None:  # evergraph itself stands on all of them
            return
        for name, line in imports(path):
            parts = name.split(".")
            if parts[0] != "evergraph" or parts[1] == here:
                continue
            if LEVEL.get(parts[1], len(LAYERS)) >= LEVEL[here]:
                yield line, f"{here} may not import {name}"
            elif (here, parts[1]) == ("engine", "ops"):
                yield line, "the engine finds kernels through the registry"

    assert not problems(check)


def test_torch_is_imported_where_kernels_run() -> None:
    def check(path: Path) -> Problems:
        for name, line in imports(path):
            if name.split(".")[0] == "torch" and folder(path) not in TORCH_FOLDERS:
                yield line, f"torch outside {', '.join(TORCH_FOLDERS)}"

    assert not problems(check)


def test_imports_are_absolute_and_at_the_top() -> None:
    def check(path: Path) -> Problems:
        for name, line in imports(path):
            if name.startswith("."):
                yield line, "relative import"
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Import | ast.ImportFrom):
                        yield inner.lineno, f"import inside {node.name}"

    assert not problems(check)


def test_op_families_do_not_import_one_another() -> None:
    families = {path.stem for path in sources("evergraph/ops") if registers_ops(path)}

    def check(path: Path) -> Problems:
        for name, line in imports(path):
            parts = name.split(".")
            if parts[:2] == ["evergraph", "ops"] and families & set(parts[2:3]):
                yield line, f"imports the family {parts[2]}"

    assert not problems(check)


def registers_ops(path: Path) -> bool:
    calls = (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))
    return any(isinstance(call.func, ast.Name) and call.func.id == "op" for call in calls)
