"""The gradient of Concat and ConcatV2: the pieces of the incoming gradient."""

from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.constant import constant
from evergraph.graph.static_value import constant_value


def concat(node: Any, grad: Any) -> Any:
    """Concat has its axis first."""
    return [None, *_pieces(node, grad, node.inputs[0], node.inputs[1:])]


def concat_v2(node: Any, grad: Any) -> Any:
    """ConcatV2 has its axis last."""
    return [*_pieces(node, grad, node.inputs[-1], node.inputs[:-1]), None]


def _pieces(node: Any, grad: Any, axis: Any, values: Any) -> list[Any]:
    if len(values) == 1:
        return [grad]
    if isinstance(grad, IndexedSlices):
        return _sparse_pieces(grad, axis, values)
    return _dense_pieces(grad, axis, values)


def _dense_pieces(grad: Any, axis: Any, values: Any) -> list[Any]:
    if axis.op.type == "Const" and _output_context(grad.op) is not _output_context(axis.op):
        # The constant was made inside of another loop or branch: have one here.
        axis = constant(constant_value(axis), dtype=axis.dtype)
    axis = axis % array_ops.rank(values[0])
    sizes = _shapes(values)
    if len(sizes) > 16:
        # One slice of all sizes and one SplitV are fewer nodes than a Slice for each input.
        stacked = array_ops.stack(sizes, axis=1)
        sizes = array_ops.squeeze(array_ops.slice(stacked, [axis, 0], [1, -1]))
        return array_ops.split(grad, sizes, axis)
    offsets = apply_op("ConcatOffset", axis, sizes)
    return [array_ops.slice(grad, begin, size) for begin, size in zip(offsets, sizes, strict=True)]


def _output_context(node: Any) -> Any:
    """The control-flow context that outputs of `node` are in: an Exit's are outside its loop."""
    context = node._get_control_flow_context()
    if context is not None and node.type in ("Exit", "RefExit"):
        return context.outer_context
    return context


def _shapes(values: Any) -> list[Any]:
    """The shapes as constants where all are known; else one ShapeN."""
    sizes = []
    for value in values:
        size = array_ops.shape(value)
        if size.op.type != "Const":
            return array_ops.shape_n(values)
        sizes.append(size)
    return sizes


def _sparse_pieces(grad: Any, axis: Any, values: Any) -> list[Any]:
    axis_tensor = axis % array_ops.rank(values[0])
    at = constant_value(axis)
    if at is None:
        raise ValueError("Can only compute IndexedSlices gradient with statically-known concat_dim")
    at = int(at)
    if at < 0:
        rank = constant_value(array_ops.rank(values[0]))
        if rank is None:
            raise ValueError(
                "Can only compute IndexedSlices gradient with negative concat_dim when first value "
                "rank is statically-known."
            )
        at %= int(rank)
    sizes = [array_ops.shape(value) for value in values]
    if at > 0:
        return _inner_sparse_pieces(grad, axis_tensor, sizes)
    return _leading_sparse_pieces(grad, axis_tensor, sizes)


def _inner_sparse_pieces(grad: Any, axis: Any, sizes: list[Any]) -> list[Any]:
    """Each piece has all the rows, and a part of each."""
    rank = array_ops.shape(sizes[0])
    mask = array_ops.concat(
        [
            array_ops.fill(array_ops.expand_dims(axis, 0), 0),
            [1],
            array_ops.fill(rank - axis - 1, 0),
        ],
        0,
    )
    begin = array_ops.fill(rank, 0)
    pieces = []
    for size in sizes:
        extent = array_ops.concat([[-1], array_ops.slice(size, [1], [-1])], 0)
        part = array_ops.slice(grad.values, begin, extent)
        pieces.append(IndexedSlices(part, grad.indices, size))
        begin = math_ops.add(begin, size * mask)
    return pieces


def _leading_sparse_pieces(grad: Any, axis: Any, sizes: list[Any]) -> list[Any]:
    """Each piece has the rows whose indices fall in its part."""
    start = constant(0, dtype=grad.indices.dtype)
    pieces = []
    for size in sizes:
        length = array_ops.gather(size, axis)
        if length.dtype != grad.indices.dtype:
            length = math_ops.cast(length, dtype=grad.indices.dtype)
        end = start + length
        inside = math_ops.logical_and(grad.indices >= start, grad.indices < end)
        rows = array_ops.squeeze(array_ops.where(inside), axis=[1])
        indices = array_ops.gather(grad.indices, rows) - start
        part = array_ops.gather(grad.values, rows)
        pieces.append(IndexedSlices(part, indices, size))
        start = end
    return pieces
