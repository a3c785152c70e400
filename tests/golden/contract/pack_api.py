"""Packs the description of TensorFlow 1.15's public surface for the contract tests.

    python tests/golden/contract/pack_api.py

From ../shared/api (itself dumped from TensorFlow 1.15.5) it writes, beside itself, ops.json.xz (the
op definitions with the explanations of op_deprecations.json) and api.json.xz (argument names and
defaults), and evergraph/base/tf1_symbols.txt.xz, the names for error messages.
"""

import json
import lzma
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from paths import shared  # noqa: E402

Record = dict[str, Any]


def pack(path: Path, text: str) -> None:
    path.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def pack_ops() -> None:
    ops = json.loads((shared() / "api" / "tf1_ops.json").read_text())
    deprecations = json.loads((HERE / "op_deprecations.json").read_text())
    for op in ops:
        if op["name"] in deprecations:
            op["deprecation"] = deprecations[op["name"]]
    pack(HERE / "ops.json.xz", compact({op.pop("name"): op for op in ops}))


def callable_record(record: Record) -> Record:
    """The argument list alone: args, defaults, varargs, keywords, keyword-only arguments."""
    kept = ("args", "defaults", "varargs", "keywords", "kwonly", "kwonly_defaults")
    return {"kind": record["kind"]} | {key: record[key] for key in kept if record.get(key)}


def pack_api() -> None:
    records: list[Record] = json.loads((shared() / "api" / "tf1_api.json").read_text())
    kinds = {record["symbol"]: record["kind"] for record in records}
    public, api = [], {}
    for record in records:
        symbol = record["symbol"]
        parent = symbol.rpartition(".")[0]
        if record["kind"] != "method" and kinds.get(parent) == "module":
            public.append(symbol.removeprefix("tf."))
        if symbol != "tf" and not symbol.startswith("tf.raw_ops."):
            api[symbol.removeprefix("tf.")] = callable_record(record)
    # The protocol buffers' own methods and the attributes of classes are not part of the contract.
    api = {
        name: record
        for name, record in api.items()
        if record["kind"] != "member" or kinds.get("tf." + name.rpartition(".")[0]) == "module"
    }
    pack(ROOT / "evergraph" / "base" / "tf1_symbols.txt.xz", "\n".join(sorted(public)) + "\n")
    pack(HERE / "api.json.xz", compact(api))


if __name__ == "__main__":
    pack_ops()
    pack_api()
