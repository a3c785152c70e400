"""Node-for-node comparison of GraphDefs, with the first difference in words.

    from graphs.compare import assert_same_graph

    assert_same_graph(tf.get_default_graph().as_graph_def(), GOLDEN / "matmul.pb")

or, on two files: python tests/graphs/compare.py OURS.pb GOLDEN.pb
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from google.protobuf import text_format

from evergraph.graph.tensor_proto import make_ndarray
from evergraph.proto.framework.graph_pb2 import GraphDef

SHOWN = 400


def read(graph: Any) -> GraphDef:
    """A GraphDef from a message (anybody's), serialized bytes, or a file: .pb binary, else text."""
    if isinstance(graph, GraphDef):
        return graph
    if isinstance(graph, str | Path):
        data = Path(graph).read_bytes()
        if Path(graph).suffix != ".pb":
            return text_format.Parse(data, GraphDef())
        return GraphDef.FromString(data)
    return GraphDef.FromString(graph if isinstance(graph, bytes) else graph.SerializeToString())


def assert_same_graph(ours: Any, golden: Any, *, versions: bool = True) -> None:
    """Fails with the first differences where `ours` is not `golden`, in the same order of nodes.

    Args:
        ours: what evergraph made, see `read`.
        golden: what TensorFlow made, see `read`.
        versions: whether producer and consumer versions are compared too.
    """
    found = list(differences(read(ours), read(golden), versions=versions))
    if found:
        more = f"\n... and {len(found) - 5} more" if len(found) > 5 else ""
        raise AssertionError("\n".join(found[:5]) + more)


def differences(ours: GraphDef, golden: GraphDef, *, versions: bool = True) -> Iterator[str]:
    """Each difference in words: nodes by position, then the function library and versions."""
    ours, golden = with_ranked_functions(ours), with_ranked_functions(golden)
    yield from node_differences(ours.node, golden.node)
    ours_functions = {f.signature.name: f for f in ours.library.function}
    golden_functions = {f.signature.name: f for f in golden.library.function}
    # TensorFlow's order is that of a hash table.
    if ours_functions.keys() != golden_functions.keys():
        yield f"functions {list(ours_functions)}, TensorFlow's {list(golden_functions)}"
    for name in ours_functions.keys() & golden_functions.keys():
        yield from function_differences(ours_functions[name], golden_functions[name])
    if versions and ours.versions != golden.versions:
        yield f"versions {one_line(ours.versions)}, TensorFlow's {one_line(golden.versions)}"


# The functions of functional conds and loops are counted over the whole process: what their numbers
# say is the order of their making.
NUMBERED = re.compile(r"(_(?:true|false|cond|body|grad|branch\d+)_)(\d+)")


def with_ranked_functions(graph: GraphDef) -> GraphDef:
    """The same with ranks for the numbers in names of functions."""
    names = [f.signature.name for f in graph.library.function]
    numbers = sorted({int(n) for name in names for _, n in NUMBERED.findall(name)})
    if not numbers:
        return graph
    ranks = {n: i for i, n in enumerate(numbers)}

    def ranked(name: str) -> str:
        return NUMBERED.sub(lambda m: f"{m[1]}{ranks.get(int(m[2]), m[2])}", name)

    graph = GraphDef.FromString(graph.SerializeToString())
    functions = graph.library.function
    for node in (*graph.node, *(n for f in functions for n in f.node_def)):
        for attr in node.attr.values():
            for func in (attr.func, *attr.list.func):
                if func.name:
                    func.name = ranked(func.name)
    for function in functions:
        function.signature.name = ranked(function.signature.name)
    return graph


def function_differences(ours: Any, golden: Any) -> Iterator[str]:
    if ours == golden:
        return
    name = ours.signature.name
    for text in node_differences(ours.node_def, golden.node_def):
        yield f"function {name}: {text}"
    for field in ("signature", "ret", "control_ret", "attr", "arg_attr"):
        a, b = getattr(ours, field), getattr(golden, field)
        if a != b:
            shown = [one_line(x) if field == "signature" else dict(x) for x in (a, b)]
            yield f"function {name}: {field} {shown[0]}, TensorFlow's {shown[1]}"


def node_differences(ours: Any, golden: Any) -> Iterator[str]:
    ours_names = [node.name for node in ours]
    golden_names = [node.name for node in golden]
    if ours_names != golden_names:
        yield name_difference(ours_names, golden_names)
    by_name = {node.name: node for node in ours}
    for node in golden:
        if node.name in by_name:
            yield from (
                f"{node.name}: {text}" for text in node_difference(by_name[node.name], node)
            )


def name_difference(ours: list[str], golden: list[str]) -> str:
    at = next((i for i, (a, b) in enumerate(zip(ours, golden, strict=False)) if a != b), None)
    missing = [name for name in golden if name not in set(ours)]
    extra = [name for name in ours if name not in set(golden)]
    text = f"{len(ours)} nodes, TensorFlow's {len(golden)}"
    if at is not None:
        text += f"; the first that differs is {at}: {ours[at]!r}, TensorFlow's {golden[at]!r}"
    if missing:
        text += f"\n  missing: {missing[:12]}{'...' if len(missing) > 12 else ''}"
    if extra:
        text += f"\n  too many: {extra[:12]}{'...' if len(extra) > 12 else ''}"
    return text


def node_difference(ours: Any, golden: Any) -> Iterator[str]:
    for field in ("op", "device"):
        if getattr(ours, field) != getattr(golden, field):
            yield f"{field} {getattr(ours, field)!r}, TensorFlow's {getattr(golden, field)!r}"
    if list(ours.input) != list(golden.input):
        yield f"inputs {list(ours.input)}, TensorFlow's {list(golden.input)}"
    for key in sorted(ours.attr.keys() | golden.attr.keys()):
        if key not in ours.attr:
            yield f"attr {key} is missing, TensorFlow's {one_line(golden.attr[key])}"
        elif key not in golden.attr:
            yield f"attr {key} is too many: {one_line(ours.attr[key])}"
        elif not same_attr(ours.attr[key], golden.attr[key]):
            yield attr_difference(key, ours.attr[key], golden.attr[key])


# The functions of py_func and custom_gradient are counted over the whole process: a number says
# when, not which.
COUNTED = re.compile(rb"(pyfunc_|CustomGradient-)\d+")


def same_attr(ours: Any, golden: Any) -> bool:
    if COUNTED.fullmatch(ours.s) and COUNTED.fullmatch(golden.s):
        return True
    # By bytes, for NaN differs from itself; deterministic, for messages may hold maps.
    return ours == golden or serialized(ours) == serialized(golden)


def serialized(message: Any) -> bytes:
    return message.SerializeToString(deterministic=True)


def attr_difference(key: str, ours: Any, golden: Any) -> str:
    text = f"attr {key} {one_line(ours)}, TensorFlow's {one_line(golden)}"
    if ours.HasField("tensor") and golden.HasField("tensor"):
        a, b = make_ndarray(ours.tensor), make_ndarray(golden.tensor)
        if a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes():
            text += " (the same value in another encoding)"
    return text


def one_line(message: Any) -> str:
    text = " ".join(text_format.MessageToString(message).split())
    return "{" + (text if len(text) <= SHOWN else text[:SHOWN] + " ...") + "}"


if __name__ == "__main__":
    assert_same_graph(sys.argv[1], sys.argv[2])
    print("the same")
