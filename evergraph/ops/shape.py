"""Shapes of tensors and changes of shape: Shape, Size, Rank, Reshape, ExpandDims, Squeeze, ..."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from evergraph.api import array_ops, math_ops
from evergraph.graph.apply import apply_op
from evergraph.graph.registry import ShapeError, op
from evergraph.kernels.host import invalid, settle, text
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

shape_op = op("Shape(input: T) -> output: out_type", "T: type; out_type: int32 | int64 = int32")
shape_n_op = op(
    "ShapeN(input: N * T) -> output: N * out_type",
    "N: int >= 1; T: type; out_type: int32 | int64 = int32",
)
size_op = op("Size(input: T) -> output: out_type", "T: type; out_type: int32 | int64 = int32")
rank_op = op("Rank(input: T) -> output: int32", "T: type")
reshape_op = op(
    "Reshape(tensor: T, shape: Tshape) -> output: T",
    "T: type; Tshape: int32 | int64 = int32",
    host=["shape"],
    view=True,
)
expand_dims_op = op(
    "ExpandDims(input: T, dim: Tdim) -> output: T",
    "T: type; Tdim: int32 | int64 = int32",
    host=["dim"],
    view=True,
)
squeeze_op = op(
    "Squeeze(input: T) -> output: T", "T: type; squeeze_dims: list(int) >= 0 = []", view=True
)
ensure_shape_op = op("EnsureShape(input: T) -> output: T", "shape: shape; T: type", view=True)
broadcast_to_op = op(
    "BroadcastTo(input: T, shape: Tidx) -> output: T",
    "T: type; Tidx: int32 | int64 = int32",
    host=["shape"],
    view=True,
)
broadcast_args_op = op("BroadcastArgs(s0: T, s1: T) -> r0: T", "T: int32 | int64 = int32")
broadcast_gradient_args_op = op(
    "BroadcastGradientArgs(s0: T, s1: T) -> r0: T, r1: T", "T: int32 | int64 = int32"
)

# Shape, ShapeN, Size, Rank: these look at a value's shape only, wherever the value is.


@shape_op.shape
def shape_shape(node: Any) -> Dims:
    dims = node.inputs[0].dims
    return (None if dims is None else len(dims),)


@shape_n_op.shape
def shape_n_shape(node: Any) -> list[Dims]:
    return [(None if t.dims is None else len(t.dims),) for t in node.inputs]


size_op.shape(shape_rules.scalar)
rank_op.shape(shape_rules.scalar)


@shape_op.numpy
def shape_kernel(x: Any, *, out_type: Any) -> Any:
    return np.array(x.shape, out_type.as_numpy_dtype)


@shape_n_op.numpy
def shape_n_kernel(values: Any, *, out_type: Any) -> Any:
    return [np.array(x.shape, out_type.as_numpy_dtype) for x in values]


@size_op.numpy
def size_kernel(x: Any, *, out_type: Any) -> Any:
    count = 1
    for d in x.shape:
        count *= d
    return out_type.as_numpy_dtype(count)


@rank_op.numpy
def rank_kernel(x: Any) -> Any:
    return np.int32(x.ndim)


for _entry in (shape_op, shape_n_op, size_op, rank_op):
    _entry.not_differentiable()

# Reshape.


@reshape_op.shape
def reshape_shape(node: Any) -> Dims:
    if node.inputs[1].dims is not None:
        shape_rules.with_rank(node.inputs[1].dims, 1)
    return reshaped(node.inputs[0].dims, node.static_dims(1))


def reshaped(given: Dims, wanted: Dims) -> Dims:
    """`wanted` with its one unknown size filled in from the number of elements of `given`."""
    if given is None or wanted is None:
        return wanted
    if given.count(None) > 1 or wanted.count(None) > 1:
        return wanted
    given_known = shape_rules.element_count(tuple(d for d in given if d is not None)) or 0
    wanted_known = shape_rules.element_count(tuple(d for d in wanted if d is not None)) or 0
    if None not in given and None not in wanted:
        if given_known != wanted_known:
            raise ShapeError(
                f"Cannot reshape a tensor with {given_known} elements to shape "
                f"{shape_rules.text(wanted)} ({wanted_known} elements)"
            )
        return wanted
    if None not in given:
        # A size of 0 elsewhere leaves the unknown size open.
        missing = shape_rules.divide_dim(given_known, wanted_known) if wanted_known else None
    elif None not in wanted:
        if given_known:
            shape_rules.divide_dim(wanted_known, given_known)
        return wanted
    else:
        return wanted
    return tuple(missing if d is None else d for d in wanted)


def _without_zeros(given: Any, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """`shape` with its -1 found from the sizes that are not 0, where both have some of 0."""
    if shape.count(-1) != 1 or 0 not in shape or 0 not in given:
        return None
    size, known = 1, 1
    for d in given:
        size *= d or 1
    for d in shape:
        known *= d if d > 0 else 1
    return None if size % known else tuple(size // known if d == -1 else d for d in shape)


def _reshape_error(count: int, shape: Any) -> Exception:
    if len(np.shape(shape)) != 1:
        return invalid(f"sizes input must be 1-D, not {text(np.shape(shape))}")
    known = 1
    for d in shape:
        known *= d if d != -1 else 1
    if shape.count(-1) > 1:
        first = shape.index(-1)
        second = shape.index(-1, first + 1)
        return invalid(f"Only one input size may be -1, not both {first} and {second}")
    for i, d in enumerate(shape):
        if d < -1:
            return invalid(f"Size {i} must be non-negative, not {d}")
    if -1 not in shape:
        return invalid(
            f"Input to reshape is a tensor with {count} values, but the requested shape has {known}"
        )
    if known == 0:
        return invalid(
            "reshape cannot infer the missing input size for an empty tensor unless all specified "
            "input sizes are non-zero"
        )
    return invalid(
        f"Input to reshape is a tensor with {count} values, but the requested shape requires a "
        f"multiple of {known}"
    )


@reshape_op.kernel
def reshape_kernel(x: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    try:
        # Unpacked, as torch and NumPy would take one number, too.
        return x.reshape((*shape,))
    except (RuntimeError, TypeError):
        found = _without_zeros(x.shape, shape) if isinstance(shape, tuple) else None
        if found is not None:
            return x.reshape(found)
        raise _reshape_error(x.numel(), shape) from None


@reshape_op.numpy
def reshape_numpy(x: Any, shape: tuple[int, ...]) -> Any:
    try:
        return settle(x.reshape((*shape,)))
    except (ValueError, TypeError):
        found = _without_zeros(x.shape, shape) if isinstance(shape, tuple) else None
        if found is not None:
            return x.reshape(found)
        raise _reshape_error(x.size, shape) from None


@reshape_op.gradient
def reshape_gradient(node: Any, grad: Any) -> Any:
    return array_ops.reshape(grad, array_ops.shape(node.inputs[0])), None


# ExpandDims and Squeeze.


@expand_dims_op.shape
def expand_dims_shape(node: Any) -> Dims:
    dim = node.static_input(1)
    if dim is not None and dim.size != 1:
        raise ShapeError("'dim' input must be a tensor with a single value")
    dims = node.inputs[0].dims
    if dims is None or dim is None:
        return None
    at, rank = int(dim.reshape(-1)[0]), len(dims)
    if not -rank - 1 <= at <= rank:
        raise ShapeError(f"dim {at} not in the interval [{-rank - 1}, {rank}].")
    at += rank + 1 if at < 0 else 0
    return dims[:at] + (1,) + dims[at:]


def _single(dim: Any) -> int:
    """The axis, which may come as a vector of one."""
    while isinstance(dim, tuple):
        if len(dim) != 1:
            raise invalid("'dim' must be a tensor with a single value")
        dim = dim[0]
    return dim


def _checked_new_axis(dim: Any, rank: int) -> int:
    dim = _single(dim)
    if not -rank - 1 <= dim <= rank:
        raise invalid(f"Tried to expand dim index {dim} for tensor with {rank} dimensions.")
    return dim


@expand_dims_op.kernel
def expand_dims_kernel(x: torch.Tensor, dim: Any) -> torch.Tensor:
    return x.unsqueeze(_checked_new_axis(dim, x.dim()))


@expand_dims_op.numpy
def expand_dims_numpy(x: Any, dim: Any) -> Any:
    return np.expand_dims(x, _checked_new_axis(dim, x.ndim))


@expand_dims_op.gradient
def expand_dims_gradient(node: Any, grad: Any) -> Any:
    return array_ops.reshape(grad, array_ops.shape(node.inputs[0])), None


@squeeze_op.shape
def squeeze_shape(node: Any) -> Dims:
    dims = node.inputs[0].dims
    axes = node.attr("squeeze_dims")
    if dims is None:
        return None
    rank = len(dims)
    if not axes:
        return None if None in dims else tuple(d for d in dims if d != 1)
    wanted = set()
    for i, axis in enumerate(axes):
        if not -rank <= axis < rank:
            raise ShapeError(f"squeeze_dims[{i}] not in [{-rank},{rank}).")
        wanted.add(axis % rank)
    for i in wanted:
        if dims[i] not in (1, None):
            raise ShapeError(f"Can not squeeze dim[{i}], expected a dimension of 1, got {dims[i]}")
    return tuple(d for i, d in enumerate(dims) if i not in wanted)


def _squeezed(shape: Any, axes: list[int]) -> tuple[int, ...]:
    if not axes:
        return tuple(d for d in shape if d != 1)
    rank = len(shape)
    wanted = set()
    for axis in axes:
        if not -rank <= axis < rank:
            raise invalid(f"Tried to squeeze dim index {axis} for tensor with {rank} dimensions.")
        axis %= rank
        if shape[axis] != 1:
            raise invalid(
                f"Can not squeeze dim[{axis}], expected a dimension of 1, got {shape[axis]}"
            )
        wanted.add(axis)
    return tuple(d for i, d in enumerate(shape) if i not in wanted)


@squeeze_op.kernel
def squeeze_kernel(x: torch.Tensor, *, squeeze_dims: list[int]) -> torch.Tensor:
    return x.reshape(_squeezed(x.shape, squeeze_dims))


@squeeze_op.numpy
def squeeze_numpy(x: Any, *, squeeze_dims: list[int]) -> Any:
    return settle(x.reshape(_squeezed(x.shape, squeeze_dims)))


@squeeze_op.gradient
def squeeze_gradient(node: Any, grad: Any) -> Any:
    return array_ops.reshape(grad, array_ops.shape(node.inputs[0]))


# EnsureShape.


@ensure_shape_op.shape
def ensure_shape_shape(node: Any) -> Dims:
    return shape_rules.merge(node.inputs[0].dims, node.attr("shape"))


@ensure_shape_op.kernel
@ensure_shape_op.numpy
def ensure_shape_kernel(x: Any, *, shape: Dims, node: Any) -> Any:
    if shape is not None and (
        len(shape) != len(x.shape)
        or any(w is not None and w != d for w, d in zip(shape, x.shape, strict=True))
    ):
        raise invalid(
            f"Shape of tensor {node.inputs[0]._as_node_def_input()} {text(x.shape)} is not "
            f"compatible with expected shape "
            f"{shape_rules.text(shape)}."
        )
    return x


@ensure_shape_op.gradient
def ensure_shape_gradient(node: Any, grad: Any) -> Any:
    return grad


# Broadcasting.


@broadcast_to_op.shape
def broadcast_to_shape(node: Any) -> Dims:
    if node.inputs[1].dims is not None:
        shape_rules.with_rank(node.inputs[1].dims, 1)
    wanted, given = node.static_dims(1), node.inputs[0].dims
    if wanted is None or given is None:
        return wanted
    if len(given) > len(wanted):
        shape_rules.at_most_rank(given, len(wanted))
    for g, w in zip(reversed(given), reversed(wanted), strict=False):
        if g is not None and w is not None and g not in (1, w):
            raise ShapeError(f"Dimensions must be equal, but are {g} and {w}")
    return wanted


def _broadcast_shape(given: Sequence[int], wanted: Any) -> tuple[int, ...]:
    """The shape that is asked for, where TensorFlow's kernel would take it."""
    given = tuple(given)
    if not isinstance(wanted, tuple):
        raise invalid("shape must be a vector of {int32,int64}, got shape []")
    if wanted == given:
        return wanted
    for size in wanted:
        if size < 0:
            raise invalid(f"Dimension {size} must be >= 0")
    if len(given) > len(wanted):
        raise invalid(
            f"Rank of input ({len(given)}) must be no greater than rank of output shape "
            f"({len(wanted)})."
        )
    if 0 in wanted:
        return wanted
    pairs = list(zip(given[::-1], wanted[::-1], strict=False))
    if any(g != w and 1 not in (g, w) for g, w in pairs):
        raise invalid(f"Incompatible shapes: {text(given)} vs. {text(wanted)}")
    if any(g not in (1, w) for g, w in pairs):
        raise invalid(
            f"Unable to broadcast tensor of shape {text(given)} to tensor of shape {text(wanted)}"
        )
    return wanted


def _zeros_for(x: Any, shape: Any) -> Any:
    """`x`, or without its elements where none are wanted; those need not fit."""
    return x.reshape(-1)[:0].reshape(shape) if 0 in shape else x


@broadcast_to_op.kernel
def broadcast_to_kernel(x: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    shape = _broadcast_shape(x.shape, shape)
    return _zeros_for(x, shape).broadcast_to(shape)


@broadcast_to_op.numpy
def broadcast_to_numpy(x: Any, shape: tuple[int, ...]) -> Any:
    shape = _broadcast_shape(np.shape(x), shape)
    return settle(np.broadcast_to(_zeros_for(np.asarray(x), shape), shape))


@broadcast_to_op.gradient
def broadcast_to_gradient(node: Any, grad: Any) -> Any:
    x, shape = node.inputs
    x_shape = array_ops.shape(x)
    _, axes = apply_op("BroadcastGradientArgs", shape, x_shape)
    return array_ops.reshape(math_ops.reduce_sum(grad, axis=axes, keepdims=True), x_shape), None


@broadcast_args_op.shape
def broadcast_args_shape(node: Any) -> Dims:
    sizes = [shape_rules.with_rank(t.dims, 1)[0] for t in node.inputs]
    return (None if None in sizes else max(sizes),)


@broadcast_args_op.numpy
def broadcast_args_kernel(a: Any, b: Any) -> Any:
    try:
        return np.array(np.broadcast_shapes(tuple(a), tuple(b)), a.dtype)
    except ValueError:
        raise invalid(
            f"Incompatible shapes: [{','.join(map(str, a))}] vs. [{','.join(map(str, b))}]"
        ) from None


@broadcast_gradient_args_op.shape
def broadcast_gradient_args_shape(node: Any) -> list[Dims]:
    for t in node.inputs:
        if t.dims is not None:
            shape_rules.with_rank(t.dims, 1)
    return [(None,), (None,)]


@broadcast_gradient_args_op.numpy
def broadcast_gradient_args_kernel(a: Any, b: Any) -> Any:
    """The axes along which each operand was broadcast, and its gradient is summed."""
    rank = max(len(a), len(b))
    left = [1] * (rank - len(a)) + [int(d) for d in a]
    right = [1] * (rank - len(b)) + [int(d) for d in b]
    axes_a, axes_b = [], []
    for i, (m, n) in enumerate(zip(left, right, strict=True)):
        if m == n:
            # Both 1: summing changes nothing, and TensorFlow names the axis for both.
            if m == 1:
                axes_a.append(i)
                axes_b.append(i)
        elif m == 1:
            axes_a.append(i)
        elif n == 1:
            axes_b.append(i)
        else:
            raise invalid(f"Incompatible shapes: {text(a)} vs. {text(b)}")
    if list(a) == list(b):
        axes_a, axes_b = [], []
    return np.array(axes_a, a.dtype), np.array(axes_b, a.dtype)


broadcast_args_op.not_differentiable()
broadcast_gradient_args_op.not_differentiable()
