"""Reductions over axes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.dtypes import DType
from evergraph.base.errors import InvalidArgumentError
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.graph import get_default_graph
from evergraph.graph.registry import Entry, Rule, ShapeError, op
from evergraph.graph.static_value import constant_value
from evergraph.kernels import eigen
from evergraph.kernels.dtypes import torch_dtype
from evergraph.ops import shape_rules
from evergraph.ops.gradient_rules import safe_shape_div

ATTRS = "keep_dims: bool = false; T: number; Tidx: int32 | int64 = int32"
BOOL_ATTRS = "keep_dims: bool = false; Tidx: int32 | int64 = int32"


def entry(name: str) -> Entry:
    made = op(
        f"{name}(input: T, reduction_indices: Tidx) -> output: T",
        ATTRS,
        host=["reduction_indices"],
    )
    made.shape(shape_rules.reduced)
    return made


def bool_entry(name: str) -> Entry:
    made = op(
        f"{name}(input: bool, reduction_indices: Tidx) -> output: bool",
        BOOL_ATTRS,
        host=["reduction_indices"],
    )
    made.shape(shape_rules.reduced)
    return made


def normal(axes: Any, rank: int) -> tuple[int, ...]:
    """Axes counted from the front, each once. `axes` is an int or a tuple of ints."""
    if isinstance(axes, int):
        axes = (axes,)
    for axis in axes:
        if not -rank <= axis < rank:
            # The bracket is not closed in TensorFlow's message either.
            raise InvalidArgumentError(
                None,
                None,
                f"Invalid reduction dimension ({axis} for input with {rank} dimension(s)",
            )
    return tuple(sorted({axis % rank for axis in axes}))


def count(x: Any, axes: tuple[int, ...]) -> int:
    total = 1
    for axis in axes:
        total *= x.shape[axis]
    return total


sum_op = entry("Sum")
mean_op = entry("Mean")
prod_op = entry("Prod")
max_op = entry("Max")
min_op = entry("Min")
euclidean_norm_op = entry("EuclideanNorm")
all_op = bool_entry("All")
any_op = bool_entry("Any")


@sum_op.kernel
def sum_kernel(x: torch.Tensor, axes: Any, *, keep_dims: bool) -> torch.Tensor:
    axes = normal(axes, x.dim())
    # torch reads an empty axis list as "every axis", and adds small integers as int64.
    return torch.sum(x, axes, keepdim=keep_dims, dtype=x.dtype) if axes else x.clone()


@mean_op.kernel
def mean_kernel(x: torch.Tensor, axes: Any, *, keep_dims: bool) -> torch.Tensor:
    axes = normal(axes, x.dim())
    if not axes:
        return x.clone()
    if x.is_floating_point() or x.is_complex():
        return torch.mean(x, axes, keepdim=keep_dims)
    # The mean of integers: their sum, which may overflow, divided towards zero.
    total = torch.sum(x, axes, keepdim=keep_dims, dtype=x.dtype)
    size = torch.tensor(max(count(x, axes), 1)).to(x.dtype)
    return torch.div(total, size, rounding_mode="trunc")


def has_plain_axes(node: Any) -> bool:
    """Whether the axes are known and such that torch takes them as TensorFlow does."""
    axes, dims = node.static_input(1), node.inputs[0].dims
    if axes is None or dims is None or axes.size == 0:
        return False
    rank = len(dims)
    found = [int(a) for a in axes.reshape(-1)]
    return all(-rank <= a < rank for a in found) and len({a % rank for a in found}) == len(found)


@sum_op.specialize
def choose_sum(node: Any) -> Rule:
    if node.attr("T").is_integer or not has_plain_axes(node):
        return sum_kernel
    return keeping_sum if node.attr("keep_dims") else torch.sum


def keeping_sum(x: torch.Tensor, axes: Any) -> torch.Tensor:
    return torch.sum(x, axes, True)


@mean_op.specialize
def choose_mean(node: Any) -> Rule:
    if _is_over_pixels(node):
        return mean_over_pixels
    if node.attr("T").is_integer or not has_plain_axes(node):
        return mean_kernel
    return keeping_mean if node.attr("keep_dims") else torch.mean


def _is_over_pixels(node: Any) -> bool:
    """Whether it may be the mean of float32 images of few channels, as of their likeness."""
    axes, dims = node.static_input(1), node.inputs[0].dims
    if axes is None or node.attr("T") != dtypes.float32 or node.attr("keep_dims"):
        return False
    rank = 0 if dims is None else len(dims)
    few = dims is None or (rank > 2 and (dims[-1] is None or dims[-1] <= 4))
    return few and sorted(int(a) - rank if a >= 0 else int(a) for a in axes.flat) == [-3, -2]


def mean_over_pixels(x: torch.Tensor, axes: Any) -> torch.Tensor:
    if x.is_cuda or not 0 < x.shape[-1] <= 4:
        return torch.mean(x, axes)
    return eigen.mean_over_pixels(x)


def keeping_mean(x: torch.Tensor, axes: Any) -> torch.Tensor:
    return torch.mean(x, axes, True)


@prod_op.kernel
def prod_kernel(x: torch.Tensor, axes: Any, *, keep_dims: bool) -> torch.Tensor:
    axes = normal(axes, x.dim())
    if len(axes) == x.dim():
        product = torch.prod(x, dtype=x.dtype)
        return product.reshape((1,) * x.dim()) if keep_dims else product
    product = x.clone() if not axes else x
    for axis in reversed(axes):
        product = torch.prod(product, axis, keepdim=keep_dims, dtype=x.dtype)
    return product


def lowest(dtype: torch.dtype) -> float | int | bool:
    """The start of a maximum: -inf for floats."""
    return -torch.inf if dtype.is_floating_point else torch.iinfo(dtype).min


def highest(dtype: torch.dtype) -> float | int | bool:
    """The start of a minimum: inf for floats."""
    return torch.inf if dtype.is_floating_point else torch.iinfo(dtype).max


Extremum = Callable[..., torch.Tensor]


def extremum(
    x: torch.Tensor, axes: Any, keep_dims: bool, reduce: Extremum, start: float | int | bool
) -> torch.Tensor:
    axes = normal(axes, x.dim())
    if not axes:
        return x.clone()
    if count(x, axes) == 0:
        dims = shape_rules.reduce(tuple(x.shape), axes, keep_dims)
        return torch.full(dims, start, dtype=x.dtype, device=x.device)
    result = reduce(x, axes, keepdim=keep_dims)
    if x.is_floating_point() and bool(torch.isnan(result).any()):
        # NaN is less than no number and greater than none: it never wins in TensorFlow.
        return reduce(x.masked_fill(torch.isnan(x), start), axes, keepdim=keep_dims)
    return result


@max_op.kernel
def max_kernel(x: torch.Tensor, axes: Any, *, keep_dims: bool) -> torch.Tensor:
    return extremum(x, axes, keep_dims, torch.amax, lowest(x.dtype))


@min_op.kernel
def min_kernel(x: torch.Tensor, axes: Any, *, keep_dims: bool) -> torch.Tensor:
    return extremum(x, axes, keep_dims, torch.amin, highest(x.dtype))


@euclidean_norm_op.kernel
def euclidean_norm_kernel(x: torch.Tensor, axes: Any, *, keep_dims: bool) -> torch.Tensor:
    axes = normal(axes, x.dim())
    if not axes:
        return x.clone()
    total = torch.sum(x * torch.conj(x), axes, keepdim=keep_dims, dtype=x.dtype)
    return torch.sqrt(total).to(x.dtype)


@all_op.kernel
def all_kernel(x: torch.Tensor, axes: Any, *, keep_dims: bool) -> torch.Tensor:
    axes = normal(axes, x.dim())
    return torch.all(x, axes, keepdim=keep_dims) if axes else x.clone()


@any_op.kernel
def any_kernel(x: torch.Tensor, axes: Any, *, keep_dims: bool) -> torch.Tensor:
    axes = normal(axes, x.dim())
    return torch.any(x, axes, keepdim=keep_dims) if axes else x.clone()


# The same for values on the host, most of them shape vectors.


@sum_op.numpy
def sum_numpy(x: Any, axes: Any, *, keep_dims: bool) -> Any:
    # The functions of the same names take several times as long for a short vector.
    return np.add.reduce(x, normal(axes, np.ndim(x)), dtype=x.dtype, keepdims=keep_dims)


@prod_op.numpy
def prod_numpy(x: Any, axes: Any, *, keep_dims: bool) -> Any:
    return np.multiply.reduce(x, normal(axes, np.ndim(x)), dtype=x.dtype, keepdims=keep_dims)


@mean_op.numpy
def mean_numpy(x: Any, axes: Any, *, keep_dims: bool) -> Any:
    axes = normal(axes, np.ndim(x))
    total = np.sum(x, axes, dtype=x.dtype, keepdims=keep_dims)
    if x.dtype.kind in "iu":
        return (np.sign(total) * (np.abs(total) // max(count(x, axes), 1))).astype(x.dtype)
    return total / x.dtype.type(count(x, axes))


def extremum_numpy(x: Any, axes: Any, keep_dims: bool, reduce: Any, start: Any) -> Any:
    axes = normal(axes, np.ndim(x))
    return reduce(x, axes, keepdims=keep_dims, initial=x.dtype.type(start)) if axes else x.copy()


def numpy_limits(x: Any) -> tuple[Any, Any]:
    if x.dtype.kind in "iu":
        return np.iinfo(x.dtype).min, np.iinfo(x.dtype).max
    return -np.inf, np.inf


@max_op.numpy
def max_numpy(x: Any, axes: Any, *, keep_dims: bool) -> Any:
    return extremum_numpy(x, axes, keep_dims, np.fmax.reduce, numpy_limits(x)[0])


@min_op.numpy
def min_numpy(x: Any, axes: Any, *, keep_dims: bool) -> Any:
    return extremum_numpy(x, axes, keep_dims, np.fmin.reduce, numpy_limits(x)[1])


@all_op.numpy
def all_numpy(x: Any, axes: Any, *, keep_dims: bool) -> Any:
    return np.all(x, normal(axes, np.ndim(x)), keepdims=keep_dims)


@any_op.numpy
def any_numpy(x: Any, axes: Any, *, keep_dims: bool) -> Any:
    return np.any(x, normal(axes, np.ndim(x)), keepdims=keep_dims)


# Positions of extreme values.

ARG_ATTRS = "T: number; Tidx: int32 | int64 = int32; output_type: int32 | int64 = int64"
arg_max_op = op(
    "ArgMax(input: T, dimension: Tidx) -> output: output_type", ARG_ATTRS, host=["dimension"]
)
arg_min_op = op(
    "ArgMin(input: T, dimension: Tidx) -> output: output_type", ARG_ATTRS, host=["dimension"]
)


@arg_max_op.shape
@arg_min_op.shape
def arg_shape(node: Any) -> shape_rules.Dims:
    shape_rules.with_rank(node.inputs[1].dims, 0)
    dims = node.inputs[0].dims
    if dims is None:
        return None
    if len(dims) <= 1:
        return ()
    axis = node.static_input(1)
    if axis is None:
        return (None,) * (len(dims) - 1)
    rank = len(dims)
    if not -rank <= axis < rank:
        raise ShapeError(
            f"Dimension ({axis}) must be in the range [{-rank}, {rank}), where {rank} is the "
            "number "
            "of dimensions in the input."
        )
    found = int(axis) % rank
    return dims[:found] + dims[found + 1 :]


def arg_axis(x: torch.Tensor, axis: int) -> int:
    rank = x.dim()
    if not -rank <= axis < rank:
        raise InvalidArgumentError(
            None, None, f"Expected dimension in the range [{-rank}, {rank}), but got {axis}"
        )
    axis %= rank
    if x.shape[axis] == 0:
        text = shape_rules.text(tuple(x.shape))
        raise InvalidArgumentError(None, None, f"Reduction axis {axis} is empty in shape {text}")
    return axis


def without_nan(x: torch.Tensor, value: float) -> torch.Tensor:
    """`x` with NaN, which TensorFlow never finds, replaced by the value that loses."""
    return torch.nan_to_num(x, value, torch.inf, -torch.inf) if x.is_floating_point() else x


@arg_max_op.kernel
def arg_max(x: torch.Tensor, axis: int, *, output_type: DType) -> torch.Tensor:
    found = torch.argmax(without_nan(x, -torch.inf), arg_axis(x, axis))
    return found if output_type == dtypes.int64 else found.to(torch_dtype(output_type))


@arg_min_op.kernel
def arg_min(x: torch.Tensor, axis: int, *, output_type: DType) -> torch.Tensor:
    found = torch.argmin(without_nan(x, torch.inf), arg_axis(x, axis))
    return found if output_type == dtypes.int64 else found.to(torch_dtype(output_type))


@arg_max_op.gradient
@arg_min_op.gradient
def arg_gradient(node: Any, grad: Any) -> Any:
    return None, None


# Gradients.

euclidean_norm_op.not_differentiable()


@sum_op.gradient
def sum_gradient(node: Any, grad: Any) -> Any:
    x, axes = node.inputs
    known = constant_value(axes) if x.dims is not None else None
    if known is not None:
        rank = len(x.dims)
        if np.array_equal(known, np.arange(rank)):
            grad = array_ops.reshape(grad, [1] * rank)
            if None in x.dims:
                shape = array_ops.shape(x)
            else:
                shape = constant(x.dims, dtype=dtypes.int32)
            return array_ops.tile(grad, shape), None
        if None not in x.dims:
            kept, scaling = _kept_and_scaling(x.dims, tuple(int(a) for a in known.reshape(-1)))
            grad = array_ops.reshape(grad, kept)
            return array_ops.tile(grad, scaling), None
    shape = array_ops.shape(x)
    with get_default_graph().colocate_with(shape):
        kept = math_ops.reduced_shape(shape, axes)
        scaling = safe_shape_div(shape, kept)
    grad = array_ops.reshape(grad, kept)
    return array_ops.tile(grad, scaling), None


def _kept_and_scaling(
    dims: tuple[int, ...], axes: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """`dims` with 1 at `axes`, and how often to repeat that along each axis to come back."""
    kept = list(dims)
    for axis in axes:
        kept[axis] = 1
    # Once for each shape and axes in a graph TensorFlow adds the nodes that compute this.
    seen = vars(get_default_graph()).setdefault("_reduced_shapes", set())
    if (dims, axes) not in seen:
        math_ops.reduced_shape(dims, axes)
        safe_shape_div(dims, tuple(kept))
        seen.add((dims, axes))
    return tuple(kept), tuple(d // max(k, 1) for d, k in zip(dims, kept, strict=True))


@mean_op.gradient
def mean_gradient(node: Any, grad: Any) -> Any:
    sum_grad = sum_gradient(node, grad)[0]
    size = shape_rules.element_count(node.inputs[0].dims)
    out_size = shape_rules.element_count(node.outputs[0].dims)
    if size is not None and out_size is not None:
        factor = constant(size // max(out_size, 1), dtype=sum_grad.dtype)
    else:
        shape = array_ops.shape(node.inputs[0])
        out_shape = array_ops.shape(node.outputs[0])
        factor = safe_shape_div(math_ops.reduce_prod(shape), math_ops.reduce_prod(out_shape))
    return math_ops.truediv(sum_grad, math_ops.cast(factor, sum_grad.dtype)), None


@max_op.gradient
@min_op.gradient
def extremum_gradient(node: Any, grad: Any) -> Any:
    """Share `grad` equally among the entries that tie; the axes get none."""
    x, axes = node.inputs
    kept = math_ops.reduced_shape(array_ops.shape(x), axes)
    best = array_ops.reshape(node.outputs[0], kept)
    grad = array_ops.reshape(grad, kept)
    ties = math_ops.cast(math_ops.equal(best, x), grad.dtype)
    number = array_ops.reshape(math_ops.reduce_sum(ties, axes), kept)
    return math_ops.divide(ties, number) * grad, None


@prod_op.gradient
def prod_gradient(node: Any, grad: Any) -> Any:
    """By the products of all entries before and after each, so that zeros do no harm."""
    x = node.inputs[0]
    shape = array_ops.shape(x)
    axes = array_ops.reshape(node.inputs[1], [-1])
    kept = math_ops.reduced_shape(shape, node.inputs[1])
    scaling = safe_shape_div(shape, kept)
    grad = array_ops.tile(array_ops.reshape(grad, kept), scaling)
    # All reduced axes become one, in front, and the others another.
    with get_default_graph().device("/cpu:0"):
        rank = array_ops.rank(x)
        axes = (axes + rank) % rank
        reduced = math_ops.cast(axes, dtypes.int32)
        every = math_ops.range(0, rank)
        other, _ = array_ops.setdiff1d(every, reduced)
        order = array_ops.concat([reduced, other], 0)
        reduced_size = math_ops.reduce_prod(array_ops.gather(shape, reduced))
        other_size = math_ops.reduce_prod(array_ops.gather(shape, other))
    permuted = array_ops.transpose(x, order)
    permuted_shape = array_ops.shape(permuted)
    flat = array_ops.reshape(permuted, (reduced_size, other_size))
    left = math_ops.cumprod(flat, axis=0, exclusive=True)
    right = math_ops.cumprod(flat, axis=0, exclusive=True, reverse=True)
    rest = array_ops.reshape(math_ops.conj(left) * math_ops.conj(right), permuted_shape)
    out = grad * array_ops.transpose(rest, apply_op("InvertPermutation", order))
    return array_ops.reshape(out, shape), None
