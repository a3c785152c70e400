"""Print TensorFlow's op definitions as signatures to paste into a family file.

    python tools/opdef.py Max Min AddN
    python tools/opdef.py --ops ../shared/api/tf1_ops.json 'Resource*'

The grammar is that of evergraph/graph/signature.py.
"""

import argparse
import fnmatch
import json
import re
import runpy
import struct
import sys
from pathlib import Path
from typing import Any

from paths import ROOT, shared

# Read as a script, for importing evergraph takes as long as importing torch.
TYPE_SETS = runpy.run_path(str(ROOT / "evergraph" / "graph" / "type_sets.py"))["TYPE_SETS"]
OPS = shared() / "api" / "tf1_ops.json"
DEPRECATIONS = ROOT / "tests" / "golden" / "contract" / "op_deprecations.json"
PROTO_NAMES = {"float": "float32", "double": "float64", "half": "float16"}
WIDTH = 92
FLAGS = {
    "is_stateful": "stateful",
    "is_commutative": "commutative",
    "is_aggregate": "aggregate",
    "allows_uninitialized_input": "allows_uninitialized_input",
}


def dtype(name: str) -> str:
    return PROTO_NAMES.get(name, name)


def argument(arg: dict[str, Any]) -> str:
    """`name: kind` of an input or output."""
    if "type_list_attr" in arg:
        kind = f"list({arg['type_list_attr']})"
    else:
        kind = arg.get("type_attr") or dtype(arg["type"])
    if arg.get("is_ref"):
        kind = f"Ref({kind})"
    if "number_attr" in arg:
        kind = f"{arg['number_attr']} * {kind}"
    return f"{arg['name']}: {kind}"


def alternatives(allowed: list[str]) -> str:
    """The allowed dtypes, long runs replaced by the names of their sets."""
    rest = [dtype(name) for name in allowed]
    words = []
    sets = sorted(TYPE_SETS.items(), key=lambda item: -len(item[1]))
    while rest:
        for name, members in sets:
            if tuple(rest[: len(members)]) == members:
                words.append(name)
                rest = rest[len(members) :]
                break
        else:
            words.append(rest.pop(0))
    return " | ".join(words)


def number(value: float) -> str:
    """The shortest text that is the same float32."""
    if value in (float("inf"), float("-inf")):
        return "inf" if value > 0 else "-inf"
    for digits in range(1, 10):
        shortest = float(f"{value:.{digits}g}")
        if struct.pack("f", shortest) == struct.pack("f", value):
            return repr(shortest)
    raise ValueError(f"{value!r} is not a float32")


def text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return "'" + escaped.replace("\n", "\\n").replace("\t", "\\t") + "'"


def shape(value: list[int | None] | None) -> str:
    if value is None:
        return "?"
    return "[" + ", ".join("?" if size in (None, -1) else str(size) for size in value) + "]"


def default(kind: str, value: Any) -> str:
    if kind.startswith("list("):
        return "[" + ", ".join(default(kind[5:-1], item) for item in value) + "]"
    if kind == "bool":
        return "true" if value else "false"
    if kind == "float":
        return number(float(value))
    if kind == "string":
        return text(value)
    if kind == "type":
        return dtype(value)
    if kind == "shape":
        return shape(value)
    if kind == "tensor":
        return "{" + " ".join(value.split()) + "}"
    return str(value)


def attribute(attr: dict[str, Any]) -> str:
    """`name: kind [in {...}] [>= n] [= default]`."""
    kind = attr["type"]
    allowed = attr.get("allowed")
    words = kind
    if allowed and kind == "type":
        words = alternatives(allowed)
    elif allowed and kind == "list(type)":
        words = f"list({alternatives(allowed)})"
    elif allowed:
        words += " in {" + ", ".join(text(value) for value in allowed) + "}"
    if "minimum" in attr:
        words += f" >= {attr['minimum']}"
    if "default" in attr:
        words += " = " + default(kind, attr["default"])
    return f"{attr['name']}: {words}"


def signature(op: dict[str, Any]) -> str:
    inputs = ", ".join(map(argument, op["inputs"]))
    outputs = ", ".join(map(argument, op["outputs"]))
    return f"{op['name']}({inputs}) -> {outputs}" if outputs else f"{op['name']}({inputs})"


def attributes(op: dict[str, Any]) -> str:
    return "; ".join(map(attribute, op["attrs"]))


def literal(value: str, separator: str) -> list[str]:
    """Lines of a string literal, broken at the separator, and elsewhere only if it must be."""
    lines = [""]
    for part in re.split(f"(?<={separator} )", value):
        words = [part] if len(part) <= WIDTH else re.split("(?<= )", part)
        for word in words:
            if len(lines[-1]) + len(word) > WIDTH:
                lines.append("")
            lines[-1] += word
    return [f"    {quote(line)}" for line in lines[:-1]] + [f"    {quote(lines[-1])},"]


def quote(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def flags(op: dict[str, Any], explanations: dict[str, tuple[int, str]]) -> list[str]:
    found = [f"    {ours}=True," for theirs, ours in FLAGS.items() if op.get(theirs)]
    version = op.get("deprecated_at_graph_version")
    if version is not None:
        explanation = explanations.get(op["name"], (version, ""))[1]
        found.append(f"    deprecated=({version}, {quote(explanation)}),")
    return found


def variable(name: str) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z0-9])(?=[A-Z][a-z])", "_", name)
    return words.lower() + "_op"


def entry(op: dict[str, Any], explanations: dict[str, tuple[int, str]]) -> str:
    """The whole statement, on one line where it fits."""
    lines = literal(signature(op), ",")
    if op["attrs"]:
        lines += literal(attributes(op), ";")
    lines += flags(op, explanations)
    name = variable(op["name"])
    short = f"{name} = op({' '.join(line.strip() for line in lines).rstrip(',')})"
    if len(short) <= 100:
        return short
    return "\n".join([f"{name} = op(", *lines, ")"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+", help="op types; patterns such as 'Scatter*' too")
    parser.add_argument("--ops", type=Path, default=OPS, help="where tf1_ops.json is")
    args = parser.parse_args()
    ops = {op["name"]: op for op in json.loads(args.ops.read_text())}
    explanations = json.loads(DEPRECATIONS.read_text()) if DEPRECATIONS.exists() else {}
    for pattern in args.names:
        found = [op for name, op in sorted(ops.items()) if fnmatch.fnmatchcase(name, pattern)]
        if not found:
            sys.exit(f"TensorFlow 1.15 has no op {pattern!r}")
        for op in found:
            print(entry(op, explanations))


if __name__ == "__main__":
    main()
