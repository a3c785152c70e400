"""Pooling over windows of images and volumes, largest and average, and the ops of the gradients."""

from collections.abc import Sequence
from typing import Any

import torch

from evergraph.api import array_ops
from evergraph.graph.apply import apply_op
from evergraph.graph.registry import ShapeError, op
from evergraph.kernels import pooling
from evergraph.kernels.pooling import Pool
from evergraph.ops import complaints, shape_rules, window_shapes
from evergraph.ops.shape_rules import Dims

_PADDING = "padding: string in {'SAME', 'VALID'}"
_FORMAT = "data_format: string in {'NHWC', 'NCHW'} = 'NHWC'"
_ANY_FORMAT = "data_format: string in {'NHWC', 'NCHW', 'NCHW_VECT_C'} = 'NHWC'"
_FORMAT_3D = "data_format: string in {'NDHWC', 'NCDHW'} = 'NDHWC'"
_SIZES = f"ksize: list(int) >= 4; strides: list(int) >= 4; {_PADDING}"
_SIZES_3D = f"ksize: list(int) >= 5; strides: list(int) >= 5; {_PADDING}; {_FORMAT_3D}"
_POOLED = "floating | int32 | int64 | uint8 | int16 | int8 | uint16 | qint8"
_HALVES = "float16 | bfloat16 | float32"
_HOST = ["ksize", "strides"]

max_pool_op = op(
    "MaxPool(input: T) -> output: T", f"T: {_POOLED} = float32; {_SIZES}; {_ANY_FORMAT}"
)
max_pool_v2_op = op(
    "MaxPoolV2(input: T, ksize: int32, strides: int32) -> output: T",
    f"T: {_POOLED} = float32; {_PADDING}; {_ANY_FORMAT}",
    host=_HOST,
)
max_pool_grad_op = op(
    "MaxPoolGrad(orig_input: T, orig_output: T, grad: T) -> output: T",
    f"{_SIZES}; {_FORMAT}; T: realnumber = float32",
)
max_pool_grad_v2_op = op(
    "MaxPoolGradV2(orig_input: T, orig_output: T, grad: T, ksize: int32, "
    "strides: int32) -> output: T",
    f"{_PADDING}; {_FORMAT}; T: realnumber = float32",
    host=_HOST,
)
max_pool_grad_grad_op = op(
    "MaxPoolGradGrad(orig_input: T, orig_output: T, grad: T) -> output: T",
    f"{_SIZES}; {_FORMAT}; T: realnumber",
)
max_pool_grad_grad_v2_op = op(
    "MaxPoolGradGradV2(orig_input: T, orig_output: T, grad: T, ksize: int32, "
    "strides: int32) -> output: T",
    f"{_PADDING}; {_FORMAT}; T: realnumber",
    host=_HOST,
)
avg_pool_op = op("AvgPool(value: T) -> output: T", f"{_SIZES}; {_FORMAT}; T: floating")
avg_pool_grad_op = op(
    "AvgPoolGrad(orig_input_shape: int32, grad: T) -> output: T",
    f"{_SIZES}; {_FORMAT}; T: floating",
    host=["orig_input_shape"],
)
avg_pool3d_op = op("AvgPool3D(input: T) -> output: T", f"{_SIZES_3D}; T: floating")
avg_pool3d_grad_op = op(
    "AvgPool3DGrad(orig_input_shape: int32, grad: T) -> output: T",
    f"{_SIZES_3D}; T: floating",
    host=["orig_input_shape"],
)
max_pool3d_op = op("MaxPool3D(input: T) -> output: T", f"{_SIZES_3D}; T: {_HALVES}")
max_pool3d_grad_op = op(
    "MaxPool3DGrad(orig_input: TInput, orig_output: TInput, grad: T) -> output: T",
    f"{_SIZES_3D}; T: {_HALVES} = float32; TInput: {_HALVES} = float32",
)
max_pool3d_grad_grad_op = op(
    "MaxPool3DGradGrad(orig_input: T, orig_output: T, grad: T) -> output: T",
    f"{_SIZES_3D}; T: realnumber",
)


# Shapes.


def _pool(node: Any, sizes: Sequence[int], strides: Sequence[int]) -> Pool:
    return Pool(
        strides=strides,
        padding=node.attr("padding"),
        data_format=node.attr("data_format"),
        sizes=sizes,
    )


def _pool_of_attrs(node: Any) -> Pool:
    return _pool(node, node.attr("ksize"), node.attr("strides"))


def _pooled(node: Any, pool: Pool, kind: str) -> Dims:
    """The dims of input 0 after pooling. `kind` is how messages call the op."""
    dims = shape_rules.with_rank(node.inputs[0].dims, 4 if kind != "Pool3D" else 5)
    count = len(dims)
    for name, found in (("stride", pool.strides), ("ksize", pool.sizes)):
        if len(found) != count:
            # Only the message about strides of volumes speaks of several ops.
            plural = " ops require" if (kind, name) == ("Pool3D", "stride") else " requires"
            raise ShapeError(
                f"{kind}{plural} the {name} attribute to contain {count} values, but got: "
                f"{len(found)}"
            )
    channel = 1 if pool.first else count - 1
    first = pool.first
    space = window_shapes.places(
        window_shapes.spatial(dims, first),
        window_shapes.spatial(pool.sizes, first),
        window_shapes.spatial(pool.strides, first),
        pool.padding,
    )
    depth = dims[channel]
    if kind == "MaxPool":
        (depth,) = window_shapes.places(
            [depth], [pool.sizes[channel]], [pool.strides[channel]], pool.padding
        )
    return window_shapes.laid_out(dims[0], space, depth, first)


@max_pool_op.shape
def max_pool_shape(node: Any) -> Dims:
    return _pooled(node, _pool_of_attrs(node), "MaxPool")


@avg_pool_op.shape
def avg_pool_shape(node: Any) -> Dims:
    return _pooled(node, _pool_of_attrs(node), "AvgPool")


@avg_pool3d_op.shape
@max_pool3d_op.shape
def pool3d_shape(node: Any) -> Dims:
    return _pooled(node, _pool_of_attrs(node), "Pool3D")


@max_pool_v2_op.shape
def max_pool_v2_shape(node: Any) -> Dims:
    shape_rules.with_rank(node.inputs[0].dims, 4)
    count = len(node.inputs)
    values = []
    for i in (count - 2, count - 1):
        (size,) = shape_rules.with_rank(node.inputs[i].dims, 1)
        shape_rules.with_value(size, 4)
        values.append(node.static_input(i))
    if any(value is None for value in values):
        return None
    sizes, strides = ([int(v) for v in value] for value in values)
    return _pooled(node, _pool(node, sizes, strides), "MaxPool")


def _checked_grad_grad(node: Any, dims: Dims) -> Dims:
    """`dims`, the output's; inputs 0 and 2 must be alike, and input 1 as the output."""
    shape_rules.merge(node.inputs[0].dims, node.inputs[2].dims)
    shape_rules.merge(node.inputs[1].dims, dims)
    return dims


@max_pool_grad_grad_op.shape
def max_pool_grad_grad_shape(node: Any) -> Dims:
    return _checked_grad_grad(node, max_pool_shape(node))


@max_pool_grad_grad_v2_op.shape
def max_pool_grad_grad_v2_shape(node: Any) -> Dims:
    return _checked_grad_grad(node, max_pool_v2_shape(node))


@max_pool3d_grad_grad_op.shape
def max_pool3d_grad_grad_shape(node: Any) -> Dims:
    return _checked_grad_grad(node, pool3d_shape(node))


@max_pool_grad_op.shape
@max_pool_grad_v2_op.shape
def max_pool_grad_shape(node: Any) -> Dims:
    return shape_rules.with_rank(node.inputs[0].dims, 4)


@max_pool3d_grad_op.shape
def max_pool3d_grad_shape(node: Any) -> Dims:
    return shape_rules.with_rank(node.inputs[0].dims, 5)


@avg_pool_grad_op.shape
def avg_pool_grad_shape(node: Any) -> Dims:
    return shape_rules.with_rank(node.static_dims(0), 4)


@avg_pool3d_grad_op.shape
def avg_pool3d_grad_shape(node: Any) -> Dims:
    return shape_rules.with_rank(node.static_dims(0), 5)


# Kernels.


for _entry in (max_pool_op, avg_pool_op):
    _entry.on_failure(
        complaints.input_of_rank(4, "tensor_in_shape must have 2 spatial dimensions. {count} 0")
    )
for _entry in (max_pool3d_op, avg_pool3d_op):
    _entry.on_failure(complaints.input_of_rank(5, "tensor_in must be 5-dimensional"))


@max_pool_op.specialize
@max_pool3d_op.specialize
def choose_max_pool(node: Any) -> Any:
    return pooling.Largest(_pool_of_attrs(node))


@max_pool_grad_op.specialize
@max_pool3d_grad_op.specialize
def choose_max_pool_grad(node: Any) -> Any:
    return pooling.LargestGradient(_pool_of_attrs(node))


@max_pool_grad_grad_op.specialize
@max_pool3d_grad_grad_op.specialize
def choose_max_pool_grad_grad(node: Any) -> Any:
    pool = _pool_of_attrs(node)
    return lambda x, y, grad: pooling.max_pool_gradient_gradient(x, y, grad, pool)


@avg_pool_op.specialize
@avg_pool3d_op.specialize
def choose_avg_pool(node: Any) -> Any:
    return pooling.Averages(_pool_of_attrs(node))


@avg_pool_grad_op.specialize
@avg_pool3d_grad_op.specialize
def choose_avg_pool_grad(node: Any) -> Any:
    pool = _pool_of_attrs(node)
    return lambda sizes, grad: pooling.avg_pool_gradient(sizes, grad, pool)


@max_pool_v2_op.kernel
def max_pool_v2(x: torch.Tensor, ksize: Any, strides: Any, *, node: Any) -> torch.Tensor:
    return pooling.max_pool(x, _pool(node, ksize, strides))


@max_pool_grad_v2_op.kernel
def max_pool_grad_v2(
    x: torch.Tensor, y: torch.Tensor, grad: torch.Tensor, ksize: Any, strides: Any, *, node: Any
) -> torch.Tensor:
    return pooling.max_pool_gradient(x, y, grad, _pool(node, ksize, strides))


@max_pool_grad_grad_v2_op.kernel
def max_pool_grad_grad_v2(
    x: torch.Tensor, y: torch.Tensor, grad: torch.Tensor, ksize: Any, strides: Any, *, node: Any
) -> torch.Tensor:
    return pooling.max_pool_gradient_gradient(x, y, grad, _pool(node, ksize, strides))


# Gradients.


def _copied(node: Any) -> dict[str, Any]:
    return {name: node.attr(name) for name in ("ksize", "strides", "padding", "data_format")}


def _copied_v2(node: Any) -> dict[str, Any]:
    return {name: node.attr(name) for name in ("padding", "data_format")}


def _zeros_like(tensor: Any) -> Any:
    return array_ops.zeros(shape=array_ops.shape(tensor), dtype=tensor.dtype)


@max_pool_op.gradient
@max_pool3d_op.gradient
def max_pool_gradient(node: Any, grad: Any) -> Any:
    name = node.type + "Grad"
    return apply_op(name, node.inputs[0], node.outputs[0], grad, **_copied(node))


@max_pool_grad_op.gradient
@max_pool3d_grad_op.gradient
def max_pool_grad_gradient(node: Any, grad: Any) -> Any:
    """`orig_input` and `orig_output` only say where the largest values stand."""
    x, y = node.inputs[:2]
    name = node.type + "Grad"
    return _zeros_like(x), _zeros_like(y), apply_op(name, x, y, grad, **_copied(node))


@max_pool_grad_grad_op.gradient
@max_pool3d_grad_grad_op.gradient
def max_pool_grad_grad_gradient(node: Any, grad: Any) -> Any:
    x, y = node.inputs[:2]
    name = node.type.removesuffix("Grad")
    return _zeros_like(x), _zeros_like(y), apply_op(name, x, y, grad, **_copied(node))


@max_pool_v2_op.gradient
def max_pool_v2_gradient(node: Any, grad: Any) -> Any:
    x, *sizes = node.inputs
    found = apply_op("MaxPoolGradV2", x, node.outputs[0], grad, *sizes, **_copied_v2(node))
    return found, None, None


@max_pool_grad_v2_op.gradient
def max_pool_grad_v2_gradient(node: Any, grad: Any) -> Any:
    x, y, _, *sizes = node.inputs
    zeros = _zeros_like(x), _zeros_like(y)
    return *zeros, apply_op("MaxPoolGradGradV2", x, y, grad, *sizes, **_copied_v2(node)), None, None


@avg_pool_op.gradient
@avg_pool3d_op.gradient
def avg_pool_gradient(node: Any, grad: Any) -> Any:
    return apply_op(node.type + "Grad", array_ops.shape(node.inputs[0]), grad, **_copied(node))


@avg_pool_grad_op.gradient
@avg_pool3d_grad_op.gradient
def avg_pool_grad_gradient(node: Any, grad: Any) -> Any:
    sizes = array_ops.stop_gradient(node.inputs[0])
    return sizes, apply_op(node.type.removesuffix("Grad"), grad, **_copied(node))
