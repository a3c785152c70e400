"""Transforms of constants: rounded, quantized, folded."""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from evergraph.base import dtypes
from evergraph.engine.session import Session
from evergraph.graph.graph import Graph
from evergraph.graph.portable import import_graph_def
from evergraph.library.tools.graph_transforms.matching import (
    Match,
    Pattern,
    input_parts,
    invalid,
    node_of,
    replace,
)
from evergraph.library.tools.graph_transforms.parameters import Context
from evergraph.library.tools.graph_transforms.structure import is_stateful
from evergraph.library.tools.graph_transforms.values import const, value_of
from evergraph.proto.framework import graph_pb2, node_def_pb2

_F = np.float32
_SHAPE_OPS = ("Shape", "ShapeN", "Rank", "Size")
_NEVER_FOLDED = frozenset(
    """Switch RefSwitch Merge RefMerge Enter RefEnter Exit RefExit NextIteration RefNextIteration
    GetSessionHandle GetSessionHandleV2 GetSessionTensor DeleteSessionTensor FakeParam""".split()
)


def _replace_large(graph_def: Any, least: int, make: Callable[[Any, np.ndarray], list[Any]]) -> Any:
    """Other nodes in place of the float constants with at least `least` elements."""

    def of_match(match: Match, used: set[str]) -> list[Any]:
        node = match.node
        for key in ("dtype", "value"):
            if key not in node.attr:
                raise invalid(f"No '{key}' attribute for Const node {node.name}")
        value = value_of(node)
        if node.attr["dtype"].type != dtypes.float32.as_datatype_enum or value.size < least:
            return [node]
        return make(node, value)

    return replace(graph_def, Pattern("Const"), of_match)


def _bounds(value: np.ndarray) -> tuple[Any, Any]:
    # The largest starts at the smallest positive number, as TensorFlow's does.
    return value.min(), max(value.max(), np.finfo(_F).tiny)


def _apart(low: Any, high: Any, below: Callable[[Any], Any]) -> tuple[Any, Any]:
    """Bounds that differ; `below` makes the lower one of negative numbers, or the upper."""
    if low != high:
        return low, high
    if abs(low) < 0.000001:
        return low, low + _F(1)
    return (low, _F(2) * low) if low > 0 else below(low)


def round_weights(graph_def: Any, context: Context) -> Any:
    """Large float constants have only so many values each, so that files of them pack well."""
    steps = context.number("num_steps", 256)

    def make(node: Any, value: np.ndarray) -> list[Any]:
        low, high = _apart(*_bounds(value), lambda x: (_F(2) * x, x))
        width = (high - low) / _F(steps)
        bucket = np.floor((value - low) / width)
        return [const(node.name, low + width * (bucket + _F(0.5)), dtypes.float32)]

    return _replace_large(graph_def, 16, make)


def quantize_weights(graph_def: Any, context: Context) -> Any:
    """Large float constants are kept in eight bits, with a Dequantize after them."""

    def make(node: Any, value: np.ndarray) -> list[Any]:
        low, high = _bounds(value)
        low, high = min(low, _F(0)), max(high, _F(0))
        low, high = _apart(low, high, lambda x: (x, x / _F(2)))
        step = _F(255 / float(high - low))
        scaled = np.rint(value * step) - np.rint(low * step)
        bytes_ = const(node.name + "_quantized_const", scaled.clip(0, 255), dtypes.uint8)
        quint8 = dtypes.quint8.as_datatype_enum
        bytes_.attr["dtype"].type = bytes_.attr["value"].tensor.dtype = quint8
        ends = [
            const(f"{node.name}_quantized_{name}", end, dtypes.float32)
            for name, end in (("min", low), ("max", high))
        ]
        back = node_def_pb2.NodeDef(
            name=node.name, op="Dequantize", input=[bytes_.name, *(end.name for end in ends)]
        )
        back.attr["T"].type = quint8
        back.attr["mode"].s = b"MIN_FIRST"
        return [bytes_, *ends, back]

    return _replace_large(graph_def, context.number("minimum_size", 1024), make)


def fold_constants(graph_def: Any, context: Context) -> Any:
    """What does not depend on the inputs is computed now. Shapes that are known count as such."""
    cleaned = graph_pb2.GraphDef()
    cleaned.CopyFrom(graph_def)
    if context.switch("clear_output_shapes", True):
        for node in cleaned.node:
            node.attr.pop("_output_shapes", None)
    with Graph().as_default() as graph:
        import_graph_def(cleaned, name="")
    return _Folding(graph, context).folded()


def _tensor_name(name: str) -> str:
    _, node, suffix = input_parts(name)
    return node + (suffix or ":0")


class _Folding:
    """The folding of one graph's constants."""

    def __init__(self, graph: Graph, context: Context) -> None:
        self.graph = graph
        self.context = context
        self.fed = {_tensor_name(name) for name in context.inputs}
        self.ops = self._needed(lambda tensor: tensor.name in self.fed)
        self.excluded_ops = frozenset(context.parameters.get("exclude_op", ()))
        self.excluded_nodes = frozenset(context.parameters.get("exclude_node", ()))
        self.most = context.number("max_constant_size_in_bytes", 10 * 1024 * 1024)
        # What folded nodes wait for without using it.
        self.waits: dict[str, list[str]] = {}

    def _needed(self, is_cut: Callable[[Any], bool]) -> list[Any]:
        """The operations that the outputs need, in the graph's order."""
        waiting = []
        for name in self.context.outputs:
            try:
                waiting.append(self.graph.get_operation_by_name(node_of(name)))
            except KeyError:
                raise invalid(f"FetchOutputs node {name}: not found") from None
        found = set()
        while waiting:
            op = waiting.pop()
            if op not in found:
                found.add(op)
                waiting.extend(t.op for t in op.inputs if not is_cut(t))
                waiting.extend(op.control_inputs)
        return [op for op in self.graph.get_operations() if op in found]

    def folded(self) -> Any:
        self._find_constants()
        consts = self._consts() if any(self._op_type(n) != "Const" for n in self.waits) else {}
        result = graph_pb2.GraphDef()
        inputs = {node_of(name): None for name in self.context.inputs}
        for op in self.ops:
            node = result.node.add()
            node.CopyFrom(op.node_def)
            if op.name in self.waits:
                continue
            for i, name in enumerate(node.input):
                if name.startswith("^"):
                    continue
                tensor = _tensor_name(name)
                if tensor in self.fed:
                    node.input[i] = tensor
                elif tensor in consts:
                    node.input[i] = consts[tensor].name
        result.node.extend(consts.values())
        present = {op.name for op in self.ops}
        for name in inputs:
            if name not in present:
                result.node.append(self.graph.get_operation_by_name(name).node_def)
        result = self._used(result)
        for node in result.node:
            if node.name in inputs:
                _open(node)
        return result

    def _op_type(self, name: str) -> str:
        return self.graph.get_operation_by_name(name).type

    def _find_constants(self) -> None:
        for op in self.ops:
            is_shape = op.type in _SHAPE_OPS and self._knows_shapes(op)
            if op.type != "Const" and not is_shape and not self._may_fold(op):
                continue
            if not is_shape and any(
                t.name in self.fed or t.op.name not in self.waits for t in op.inputs
            ):
                continue
            # A constant keeps the edges of control, and comes after what its shape was of.
            waits: dict[str, None] = {}
            for source in (*(t.op for t in op.inputs), *op.control_inputs):
                if source.name in self.waits:
                    waits.update(dict.fromkeys(self.waits[source.name]))
                else:
                    waits[source.name] = None
            self.waits[op.name] = list(waits)

    def _knows_shapes(self, op: Any) -> bool:
        if op.type == "Rank":
            return all(t.dims is not None for t in op.inputs)
        return all(t.dims is not None and None not in t.dims for t in op.inputs)

    def _may_fold(self, op: Any) -> bool:
        return not (
            op.type in _NEVER_FOLDED
            or op.type in self.excluded_ops
            or op.name in self.excluded_nodes
            or is_stateful(op.type)
        )

    def _consts(self) -> dict[str, Any]:
        """The Const nodes in place of tensors that what is not constant uses, by tensor."""
        used: dict[str, Any] = {}
        for op in self.ops:
            if op.name not in self.waits:
                for tensor in op.inputs:
                    source = tensor.op
                    if (
                        source.name in self.waits
                        and source.type != "Const"
                        and tensor.name not in self.fed
                    ):
                        used[tensor.name] = tensor
        tensors = [used[name] for name in sorted(used)]
        taken = {op.name for op in self.graph.get_operations()}
        numbers = itertools.count()
        made = {}
        for tensor, value in zip(tensors, self._values(tensors), strict=True):
            if np.asarray(value).nbytes > self.most:
                continue
            name = _free_name(tensor.op.name, numbers, taken)
            node = const(name, value, tensor.dtype.base_dtype, as_bytes=False)
            node.input.extend("^" + other for other in self.waits[tensor.op.name])
            made[tensor.name] = node
        return made

    def _values(self, tensors: Sequence[Any]) -> list[Any]:
        feeds = self._known_shapes()
        with Session(graph=self.graph) as sess:
            return sess.run(list(tensors), feeds) if tensors else []

    def _known_shapes(self) -> dict[Any, Any]:
        """The values of shape ops: what they are of need not be constant."""
        feeds: dict[Any, Any] = {}
        for op in self.ops:
            if op.type in _SHAPE_OPS and op.name in self.waits and self._knows_shapes(op):
                for tensor, source in zip(op.outputs, op.inputs, strict=True):
                    value: Any = source.dims
                    if op.type == "Rank":
                        value = len(value)
                    elif op.type == "Size":
                        value = math.prod(value)
                    feeds[tensor] = np.array(value, tensor.dtype.as_numpy_dtype)
        return feeds

    def _used(self, graph_def: Any) -> Any:
        """Only what the outputs need, and the inputs."""
        by_name = {node.name: node for node in graph_def.node}
        waiting = [node_of(name) for name in self.context.outputs]
        found: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(
                    node_of(source)
                    for source in by_name[name].input
                    if source.startswith("^") or _tensor_name(source) not in self.fed
                )
        found.update(map(node_of, self.context.inputs))
        result = graph_pb2.GraphDef()
        result.node.extend(node for node in graph_def.node if node.name in found)
        return result


def _free_name(name: str, numbers: Any, taken: set[str]) -> str:
    while True:
        number = next(numbers)
        found = f"{name}/_{number}__cf__{number}"
        if found not in taken:
            return found


def _open(node: Any) -> None:
    """Makes an input a Placeholder."""
    if node.op == "PlaceholderWithDefault":
        node.op = "Placeholder"
        del node.input[:]
    elif node.op != "Placeholder":
        raise invalid(
            f"Input '{node.name}' was expected to be a Placeholder or PlaceholderWithDefault op, "
            f"but was {node.op}"
        )
