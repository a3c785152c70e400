"""Joining and splitting: Concat, ConcatV2, ConcatOffset, Pack, Unpack, Split, SplitV."""

from typing import Any

import numpy as np
import torch

from evergraph.api import array_ops
from evergraph.base import dtypes
from evergraph.graph.handles import common_elements
from evergraph.graph.registry import ShapeError, op
from evergraph.kernels.host import invalid, settle, text
from evergraph.ops import concat_gradient, shape_rules
from evergraph.ops.shape_rules import Dims

concat_op = op(
    "Concat(concat_dim: int32, values: N * T) -> output: T",
    "N: int >= 2; T: type",
    host=["concat_dim"],
)
concat_v2_op = op(
    "ConcatV2(values: N * T, axis: Tidx) -> output: T",
    "N: int >= 2; T: type; Tidx: int32 | int64 = int32",
    host=["axis"],
)
concat_offset_op = op(
    "ConcatOffset(concat_dim: int32, shape: N * int32) -> offset: N * int32", "N: int >= 2"
)
pack_op = op("Pack(values: N * T) -> output: T", "N: int >= 1; T: type; axis: int = 0")
parallel_concat_op = op(
    "ParallelConcat(values: N * T) -> output: T", "N: int >= 1; T: type; shape: shape"
)
unpack_op = op(
    "Unpack(value: T) -> output: num * T", "num: int >= 0; T: type; axis: int = 0", view=True
)
split_op = op(
    "Split(split_dim: int32, value: T) -> output: num_split * T",
    "num_split: int >= 1; T: type",
    host=["split_dim"],
    view=True,
)
split_v_op = op(
    "SplitV(value: T, size_splits: Tlen, split_dim: int32) -> output: num_split * T",
    "num_split: int >= 1; T: type; Tlen: int32 | int64 = int64",
    host=["size_splits", "split_dim"],
    view=True,
)


# Concat.


@concat_op.shape
def concat_shape(node: Any) -> Dims:
    return shape_rules.joined(node, [t.dims for t in node.inputs[1:]], 0)


@concat_v2_op.shape
def concat_v2_shape(node: Any) -> Dims:
    return shape_rules.joined(node, [t.dims for t in node.inputs[:-1]], len(node.inputs) - 1)


def _concat_error(values: Any, axis: int) -> Exception | None:
    """What TensorFlow says of values that do not fit."""
    first = values[0].shape
    rank = len(first)
    canonical = axis + rank if axis < 0 else axis
    if not 0 <= canonical < rank and rank:
        return invalid(
            f"ConcatOp : Expected concatenating dimensions in the range [{-rank}, {rank}), "
            f"but got {axis}"
        )
    for i, value in enumerate(values):
        if len(value.shape) != rank:
            return invalid(
                f"ConcatOp : Ranks of all input tensors should match: shape[0] = {text(first)} "
                f"vs. shape[{i}] = {text(value.shape)}"
            )
        for d in range(rank):
            if d != canonical and value.shape[d] != first[d]:
                return invalid(
                    f"ConcatOp : Dimensions of inputs should match: shape[0] = {text(first)} "
                    f"vs. shape[{i}] = {text(value.shape)}"
                )
    return None


def _single(axis: Any) -> int:
    """The axis, which old graphs give as a vector of one."""
    while isinstance(axis, tuple):
        axis = axis[0]
    return axis


@concat_v2_op.kernel
def concat_v2_kernel(values: list[torch.Tensor], axis: Any) -> torch.Tensor:
    try:
        return torch.cat(values, axis)
    except (RuntimeError, IndexError, TypeError):
        axis = _single(axis)
        if not values[0].shape and axis in (0, -1):
            # TensorFlow joins scalars along axis 0 into a vector.
            return torch.stack(values)
        error = _concat_error(values, axis)
        if error is None:
            return torch.cat(values, axis)
        raise error from None


@concat_v2_op.numpy
def concat_v2_numpy(values: list[Any], axis: Any) -> Any:
    axis = _single(axis)
    if not values[0].shape and axis in (0, -1):
        return np.array(values)
    error = _concat_error(values, axis)
    if error is not None:
        raise error
    return np.concatenate(values, axis)


@concat_op.kernel
def concat_kernel(axis: Any, values: list[torch.Tensor]) -> torch.Tensor:
    return concat_v2_kernel(values, axis)


@concat_op.numpy
def concat_numpy(axis: Any, values: list[Any]) -> Any:
    return concat_v2_numpy(values, axis)


concat_op.gradient(concat_gradient.concat)
concat_v2_op.gradient(concat_gradient.concat_v2)


@concat_offset_op.shape
def concat_offset_shape(node: Any) -> list[Dims]:
    return [t.dims for t in node.inputs[1:]]


@concat_offset_op.numpy
def concat_offset_kernel(axis: Any, shapes: list[Any]) -> Any:
    if np.ndim(axis):
        raise invalid(
            f"Concat dim tensor should be a scalar integer, but got shape {text(axis.shape)}"
        )
    for i, shape in enumerate(shapes):
        if shape.ndim != 1:
            raise invalid(f"input {i} should be a vector, but got shape {text(shape.shape)}")
    first = shapes[0]
    rank = len(first)
    axis = int(axis)
    canonical = axis + rank if axis < 0 else axis
    if not 0 <= canonical < rank:
        raise invalid(f"Concat dim is out of range: {axis} vs. {rank}")
    offsets, start = [], 0
    for i, shape in enumerate(shapes):
        if len(shape) != rank:
            raise invalid(f"input {i} should contain {rank} elements, but got {len(shape)}")
        for d in range(rank):
            if d != canonical and shape[d] != first[d]:
                raise invalid(
                    f"All dimensions except {canonical} must match. Input {i} has shape "
                    f"{_spaced(shape)} and doesn't match input 0 with shape {_spaced(first)}."
                )
        offset = np.zeros(rank, np.int32)
        offset[canonical] = start
        start += int(shape[canonical])
        offsets.append(offset)
    return offsets


def _spaced(shape: Any) -> str:
    return "[" + " ".join(map(str, shape)) + "]"


concat_offset_op.not_differentiable()


# Pack and Unpack.


@pack_op.shape
def pack_shape(node: Any) -> Dims:
    values = [t.dims for t in node.inputs]
    merged = values[-1]
    for i in range(len(values) - 2, -1, -1):
        try:
            merged = shape_rules.merge(values[i], merged)
        except ShapeError as error:
            raise ShapeError(f"{error}\n\tFrom merging shape {i} with other shapes.") from None
    if merged is None:
        return None
    axis = _axis_in(node.attr("axis"), len(merged) + 1)
    if node.attr("T") == dtypes.variant:
        node.outputs[0]._handle_data = common_elements(node.inputs)
    return merged[:axis] + (len(values),) + merged[axis:]


def _axis_in(axis: int, rank: int) -> int:
    if not -rank <= axis < rank:
        raise ShapeError(f"Invalid axis: {axis}; must be in [{-rank},{rank})")
    return axis % rank


def _pack_error(values: list[Any], axis: int) -> Exception | None:
    rank = len(values[0].shape) + 1
    if not -rank <= axis < rank:
        return invalid(f"axis = {axis} not in [{-rank}, {rank})")
    for i, value in enumerate(values):
        if tuple(value.shape) != tuple(values[0].shape):
            return invalid(
                f"Shapes of all inputs must match: values[0].shape = {text(values[0].shape)} "
                f"!= values[{i}].shape = {text(value.shape)}"
            )
    return None


@pack_op.kernel
def pack_kernel(values: list[Any], *, axis: int) -> Any:
    if not isinstance(values[0], torch.Tensor):
        # Lists of tensors: a batch of them is an array of objects.
        return np.stack([np.asarray(v, object) for v in values], axis)
    try:
        return torch.stack(values, axis)
    except (RuntimeError, IndexError):
        error = _pack_error(values, axis)
        if error is None:
            raise
        raise error from None


@pack_op.numpy
def pack_numpy(values: list[Any], *, axis: int) -> Any:
    if axis == 0 and all(isinstance(v, np.generic) for v in values):
        return np.array(values)  # shapes, mostly
    values = [np.asarray(v) for v in values]  # handles are objects
    error = _pack_error(values, axis)
    if error is not None:
        raise error
    return np.stack(values, axis)


@pack_op.gradient
def pack_gradient(node: Any, grad: Any) -> Any:
    return array_ops.unstack(grad, num=node.attr("N"), axis=node.attr("axis"))


@parallel_concat_op.shape
def parallel_concat_shape(node: Any) -> Dims:
    shape = node.attr("shape")
    if shape is None or None in shape:
        raise ShapeError("shape attr must be fully defined")
    if shape[0] != len(node.inputs):
        raise ShapeError("first dimension of shape attr must be the number of inputs")
    element: Dims = (1, *shape[1:])
    for t in node.inputs:
        if t.dims is None or None in t.dims:
            raise ShapeError("All input shapes must be fully defined.")
        if t.dims and t.dims[0] != 1:
            raise ShapeError("Size of first dimension must be 1.")
        shape_rules.merge(t.dims, element)
    return shape


@parallel_concat_op.kernel
def parallel_concat_kernel(values: list[torch.Tensor]) -> torch.Tensor:
    return torch.cat(values)


@parallel_concat_op.numpy
def parallel_concat_numpy(values: list[Any]) -> Any:
    return np.concatenate(values)


@unpack_op.shape
def unpack_shape(node: Any) -> list[Dims]:
    dims, num = node.inputs[0].dims, node.attr("num")
    if dims is None:
        return [None] * num
    axis = _axis_in(node.attr("axis"), len(dims)) if dims else 0
    shape_rules.at_least_rank(dims, 1)
    shape_rules.with_value(dims[axis], num)
    return [dims[:axis] + dims[axis + 1 :]] * num


def _check_unpack(shape: Any, num: int, axis: int) -> int:
    rank = len(shape)
    if not -rank <= axis < rank:
        raise invalid(f"axis = {axis} not in [{-rank}, {rank})")
    axis %= rank
    if shape[axis] != num:
        raise invalid(f"Input shape axis {axis} must equal {num}, got shape {text(shape)}")
    return axis


@unpack_op.kernel
def unpack_kernel(x: Any, *, num: int, axis: int) -> Any:
    axis = _check_unpack(x.shape, num, axis)
    return x.unbind(axis) if isinstance(x, torch.Tensor) else tuple(np.moveaxis(x, axis, 0))


@unpack_op.numpy
def unpack_numpy(x: Any, *, num: int, axis: int) -> Any:
    axis = _check_unpack(x.shape, num, axis)
    before = (slice(None),) * axis
    # The ellipsis keeps string elements arrays of rank 0.
    return tuple(settle(x[(*before, i, ...)]) for i in range(num))


@unpack_op.gradient
def unpack_gradient(node: Any, *grads: Any) -> Any:
    return array_ops.stack(grads, axis=node.attr("axis"))


# Split and SplitV.


@split_op.shape
def split_shape(node: Any) -> list[Dims]:
    dims, num = node.inputs[1].dims, node.attr("num_split")
    axis = node.static_input(0)
    if node.inputs[0].dims is not None:
        shape_rules.with_rank(node.inputs[0].dims, 0)
    if axis is None:
        if dims is None:
            return [None] * num
        return [(None,) * len(dims)] * num
    axis = int(axis)
    if dims is None:
        return [None] * num
    at = _split_axis(axis, dims)
    try:
        size = shape_rules.divide_dim(dims[at], num)
    except ShapeError as error:
        raise ShapeError(
            f"{error}\n\tNumber of ways to split should evenly divide the split dimension"
        ) from None
    return [dims[:at] + (size,) + dims[at + 1 :]] * num


def _split_axis(axis: int, dims: Any) -> int:
    rank = len(dims)
    if not -rank <= axis < rank:
        raise ShapeError(
            f"Dimension size, given by scalar input {axis} must be in range [-{rank}, {rank})"
        )
    return axis % rank


def _checked_split_axis(axis: int, shape: Any) -> int:
    rank = len(shape)
    canonical = axis + rank if axis < 0 else axis
    if not 0 <= canonical < rank:
        raise invalid(f"-input rank(-{rank}) <= split_dim < input rank ({rank}), but got {axis}")
    return canonical


def _split_size(shape: Any, axis: int, num: int) -> int:
    if shape[axis] % num:
        raise invalid(
            f"Number of ways to split should evenly divide the split dimension, but got "
            f"split_dim {axis} (size = {shape[axis]}) and num_split {num}"
        )
    return shape[axis] // num


@split_op.kernel
def split_kernel(axis: Any, x: torch.Tensor, *, num_split: int) -> Any:
    axis = _checked_split_axis(_single(axis), x.shape)
    size = _split_size(x.shape, axis, num_split)
    return x.split(size, axis) if size else x.split([0] * num_split, axis)


@split_op.numpy
def split_numpy(axis: Any, x: Any, *, num_split: int) -> Any:
    axis = _checked_split_axis(_single(axis), x.shape)
    _split_size(x.shape, axis, num_split)
    return tuple(np.split(x, num_split, axis))


@split_op.gradient
def split_gradient(node: Any, *grads: Any) -> Any:
    return None, array_ops.concat(list(grads), node.inputs[0])


@split_v_op.shape
def split_v_shape(node: Any) -> list[Dims]:
    dims, num = node.inputs[0].dims, node.attr("num_split")
    if node.inputs[2].dims is not None:
        shape_rules.with_rank(node.inputs[2].dims, 0)
    axis, sizes = node.static_input(2), node.static_input(1)
    if axis is None:
        return [None if dims is None else (None,) * len(dims)] * num
    if dims is None:
        return [None] * num
    at = _split_axis(int(axis), dims)
    if sizes is None:
        return [dims[:at] + (None,) + dims[at + 1 :]] * num if num > 1 else [dims]
    parts: list[Any] = [int(s) for s in sizes]
    if len(parts) != num:
        raise ShapeError("Length of size_splits should be equal to num_outputs")
    total = sum(p for p in parts if p >= 0)
    if parts.count(-1) > 1:
        raise ShapeError("size_splits can only have one -1")
    if -1 in parts:
        left = None if dims[at] is None else dims[at] - total
        if left is not None and left < 0:
            raise ShapeError(_bad_split(dims[at], parts))
        parts[parts.index(-1)] = left
    elif dims[at] is not None and total != dims[at]:
        raise ShapeError(_bad_split(dims[at], parts))
    return [dims[:at] + (p,) + dims[at + 1 :] for p in parts]


def _bad_split(size: int, parts: Any) -> str:
    return f"can't split axis of size {size} into pieces of size [{','.join(map(str, parts))}]"


def _split_sizes(shape: Any, sizes: tuple[int, ...], axis: int, num: int) -> list[int]:
    parts = list(sizes)
    if len(parts) != num:
        raise invalid("size_splits.num_elements() must equal num_split")
    total = sum(p for p in parts if p != -1)
    if parts.count(-1) > 1:
        raise invalid("There can only be one -1 in the input.")
    if -1 in parts:
        if total > shape[axis]:
            raise invalid(
                "Determined shape must either match input shape along split_dim exactly if fully "
                "specified, or be less than the size of the input along split_dim if not fully "
                f"specified.  Got: {total}"
            )
        parts[parts.index(-1)] = shape[axis] - total
    elif total != shape[axis]:
        raise invalid(
            "Determined shape must either match input shape along split_dim exactly if fully "
            "specified, or be less than the size of the input along split_dim if not fully "
            f"specified.  Got: {total}"
        )
    for i, part in enumerate(parts):
        if part < 0:
            raise invalid(f"Split size at index {i} must be >= 0. Got: {part}")
    return parts


@split_v_op.kernel
def split_v_kernel(x: torch.Tensor, sizes: tuple[int, ...], axis: Any, *, num_split: int) -> Any:
    axis = _checked_split_axis(_single(axis), x.shape)
    return x.split(_split_sizes(x.shape, sizes, axis, num_split), axis)


@split_v_op.numpy
def split_v_numpy(x: Any, sizes: tuple[int, ...], axis: Any, *, num_split: int) -> Any:
    axis = _checked_split_axis(_single(axis), x.shape)
    parts = _split_sizes(x.shape, sizes, axis, num_split)
    return tuple(np.split(x, np.cumsum(parts)[:-1], axis))


@split_v_op.gradient
def split_v_gradient(node: Any, *grads: Any) -> Any:
    return array_ops.concat(list(grads), node.inputs[2]), None, None
