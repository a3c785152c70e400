"""Convolutions of volumes: Conv3D and the ops of its gradients."""

from typing import Any

import torch

from evergraph.api import array_ops
from evergraph.graph.apply import apply_op
from evergraph.graph.registry import ShapeError, op
from evergraph.kernels import convolution
from evergraph.kernels.windows import Window
from evergraph.ops import shape_rules, window_shapes
from evergraph.ops.shape_rules import Dims

_STRIDES = "strides: list(int) >= 5; padding: string in {'SAME', 'VALID'}"
_FORMAT = "data_format: string in {'NDHWC', 'NCDHW'} = 'NDHWC'"
_DILATIONS = "dilations: list(int) = [1, 1, 1, 1, 1]"
_ATTRS = f"T: floating; {_STRIDES}; {_FORMAT}; {_DILATIONS}"
_OLD = f"T: float16 | float32 | float64; {_STRIDES}; {_DILATIONS}"
_COPIED = ("dilations", "strides", "padding", "data_format")

conv3d_op = op("Conv3D(input: T, filter: T) -> output: T", _ATTRS)
conv3d_input_op = op(
    "Conv3DBackpropInputV2(input_sizes: Tshape, filter: T, out_backprop: T) -> output: T",
    f"{_ATTRS}; Tshape: int32 | int64 = int32",
    host=["input_sizes"],
)
conv3d_filter_op = op(
    "Conv3DBackpropFilterV2(input: T, filter_sizes: int32, out_backprop: T) -> output: T",
    _ATTRS,
    host=["filter_sizes"],
)
old_input_op = op(
    "Conv3DBackpropInput(input: T, filter: T, out_backprop: T) -> output: T",
    _OLD,
    deprecated=(10, "Use Conv3DBackpropInputV2"),
)
old_filter_op = op(
    "Conv3DBackpropFilter(input: T, filter: T, out_backprop: T) -> output: T",
    _OLD,
    deprecated=(10, "Use Conv3DBackpropFilterV2"),
)


@conv3d_op.shape
def conv3d_shape(node: Any) -> Dims:
    x = shape_rules.with_rank(node.inputs[0].dims, 5)
    w = shape_rules.with_rank(node.inputs[1].dims, 5)
    strides, dilations = node.attr("strides"), node.attr("dilations")
    for name, values in (("dilation", dilations), ("stride", strides)):
        if len(values) != 5:
            raise ShapeError(
                f"Conv3D requires the {name} attribute to contain 5 values, but got: {len(values)}"
            )
    first = node.attr("data_format") == "NCDHW"
    window_shapes.check_depth(x[1 if first else 4], w[3], w[4])
    space = window_shapes.places(
        window_shapes.spatial(x, first),
        w[:3],
        window_shapes.spatial(strides, first),
        node.attr("padding"),
        window_shapes.spatial(dilations, first),
    )
    return window_shapes.laid_out(x[0], space, w[4], first)


@conv3d_input_op.shape
def conv3d_input_shape(node: Any) -> Dims:
    return shape_rules.with_rank(node.static_dims(0), 5)


@conv3d_filter_op.shape
def conv3d_filter_shape(node: Any) -> Dims:
    return shape_rules.with_rank(node.static_dims(1), 5)


@old_input_op.shape
def old_input_shape(node: Any) -> Dims:
    return shape_rules.with_rank(node.inputs[0].dims, 5)


@old_filter_op.shape
def old_filter_shape(node: Any) -> Dims:
    return shape_rules.with_rank(node.inputs[1].dims, 5)


def _window(node: Any, data_format: str = "NDHWC") -> Window:
    window = Window(node.attr("strides"), node.attr("padding"), data_format, node.attr("dilations"))
    convolution.check_axes(window, "dilation rates")
    return window


@conv3d_op.specialize
def choose_conv3d(node: Any) -> Any:
    window = _window(node, node.attr("data_format"))
    return lambda x, w: convolution.conv(x, w, window)


@conv3d_input_op.specialize
def choose_conv3d_input(node: Any) -> Any:
    window = _window(node, node.attr("data_format"))
    return lambda sizes, w, grad: convolution.input_gradient(
        sizes, w, grad, window, "Conv3DBackpropInputOp"
    )


@conv3d_filter_op.specialize
def choose_conv3d_filter(node: Any) -> Any:
    window = _window(node, node.attr("data_format"))
    return lambda x, sizes, grad: convolution.filter_gradient(
        x, sizes, grad, window, "Conv3DBackpropFilterOp"
    )


@old_input_op.kernel
def old_input(x: torch.Tensor, w: torch.Tensor, grad: torch.Tensor, *, node: Any) -> Any:
    return convolution.input_gradient(x.shape, w, grad, _window(node), "Conv3DBackpropInputOp")


@old_filter_op.kernel
def old_filter(x: torch.Tensor, w: torch.Tensor, grad: torch.Tensor, *, node: Any) -> Any:
    return convolution.filter_gradient(x, w.shape, grad, _window(node), "Conv3DBackpropFilterOp")


def _copied(node: Any) -> dict[str, Any]:
    return {name: node.attr(name) for name in _COPIED}


@conv3d_op.gradient
def conv3d_gradient(node: Any, grad: Any) -> Any:
    x, w = node.inputs
    return (
        apply_op("Conv3DBackpropInputV2", array_ops.shape(x), w, grad, **_copied(node)),
        apply_op("Conv3DBackpropFilterV2", x, array_ops.shape(w), grad, **_copied(node)),
    )


@conv3d_input_op.gradient
def conv3d_input_gradient(node: Any, grad: Any) -> Any:
    _, w, upstream = node.inputs
    return (
        None,
        apply_op("Conv3DBackpropFilterV2", grad, array_ops.shape(w), upstream, **_copied(node)),
        apply_op("Conv3D", grad, w, **_copied(node)),
    )


@conv3d_filter_op.gradient
def conv3d_filter_gradient(node: Any, grad: Any) -> Any:
    x, _, upstream = node.inputs
    return (
        apply_op("Conv3DBackpropInputV2", array_ops.shape(x), grad, upstream, **_copied(node)),
        None,
        apply_op("Conv3D", x, grad, **_copied(node)),
    )
