"""The text of docs/coverage.md: what of TensorFlow 1.15 is done, by op type and by public name."""

import json
import lzma
import sys
import textwrap
from collections import defaultdict

from paths import ROOT

sys.path.insert(0, str(ROOT))

from evergraph.base.missing import tensorflow_symbols
from evergraph.graph.registry import REGISTRY, Entry

OPS = ROOT / "tests" / "golden" / "contract" / "ops.json.xz"
HEAD = """# Coverage

Written by `tools/generate_api.py` from the registry and the export marks. What is counted is
TensorFlow 1.15.5's own list: the op types that `tf.raw_ops` names, and the public names of each
module. A name listed as missing raises an error which says so.
"""


def report(exported: list[str]) -> str:
    """Markdown for the op types in the registry and the `exported` public names."""
    return "\n".join([HEAD, *op_section(), *symbol_section(set(exported))])


def paragraph(names: list[str]) -> list[str]:
    text = ", ".join(f"`{name}`" for name in names) or "none"
    return [*textwrap.wrap(text, 120, break_long_words=False, break_on_hyphens=False), ""]


def op_section() -> list[str]:
    public = sorted(
        name.removeprefix("raw_ops.")
        for name in tensorflow_symbols()
        if name.startswith("raw_ops.")
    )
    golden = json.loads(lzma.decompress(OPS.read_bytes()))
    done = [name for name in public if name in REGISTRY and REGISTRY[name].has_kernel]
    planned = [name for name in public if name in REGISTRY and not REGISTRY[name].has_kernel]
    missing = [name for name in public if name not in REGISTRY]
    differentiable = [name for name in public if golden[name].get("gradient") == "registered"]
    with_gradient = [name for name in differentiable if has_gradient(REGISTRY.get(name))]
    lines = [
        "## Op types",
        "",
        f"{len(done)} of {len(public)} run; {len(with_gradient)} of the {len(differentiable)} "
        "that have a gradient in TensorFlow have it here.",
        "",
        "### Done",
        "",
        *paragraph(done),
    ]
    if planned:
        lines += ["### Known to graphs, no kernel of their own", "", *paragraph(planned)]
    return [*lines, "### Missing", "", *paragraph(missing)]


def has_gradient(entry: Entry | None) -> bool:
    return entry is not None and entry.gradient_rule is not None


def symbol_section(exported: set[str]) -> list[str]:
    modules: dict[str, list[str]] = defaultdict(list)
    for name in tensorflow_symbols():
        module, _, _ = name.rpartition(".")
        # contrib's deeper modules are mostly other modules' imports, seen from outside.
        if module == "raw_ops" or (module.startswith("contrib.") and module.count(".") > 1):
            continue
        modules[module].append(name)
    packages = {package for name in exported for package in packages_of(name)} | {"raw_ops"}
    done = {
        module: sorted(name for name in names if name in exported or name in packages)
        for module, names in modules.items()
    }
    total = sum(map(len, modules.values()))
    lines = [
        "## Public names",
        "",
        f"{sum(map(len, done.values()))} of {total}; "
        f"{len(exported - tensorflow_symbols())} further names are aliases of older versions.",
        "",
        "| module | done | of |",
        "|---|---|---|",
    ]
    for module in sorted(modules):
        lines.append(f"| `{label(module)}` | {len(done[module])} | {len(modules[module])} |")
    lines += ["", "### Missing", ""]
    for module in sorted(modules):
        missing = sorted(set(modules[module]) - set(done[module]))
        if missing and done[module]:
            lines += [f"`{label(module)}`:", ""]
            lines += paragraph([name.rpartition(".")[2] for name in missing])
    lines += ["All of:", ""]
    lines += paragraph([label(module) for module in sorted(modules) if not done[module]])
    return lines


def packages_of(name: str) -> list[str]:
    """All packages that a name is in, those that only hold others among them."""
    parts = name.split(".")
    return [".".join(parts[:i]) for i in range(1, len(parts))]


def label(module: str) -> str:
    return f"tf.{module}" if module else "tf"
