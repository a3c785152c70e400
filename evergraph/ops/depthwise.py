"""Convolutions of each channel by itself: DepthwiseConv2dNative and the ops of its gradients."""

from typing import Any

import torch

from evergraph.api import array_ops
from evergraph.graph.apply import apply_op
from evergraph.graph.registry import ShapeError, op
from evergraph.kernels import convolution, eigen
from evergraph.kernels.host import invalid
from evergraph.kernels.windows import Window
from evergraph.ops import complaints, shape_rules, window_shapes
from evergraph.ops.shape_rules import Dims

_ATTRS = (
    "T: floating; strides: list(int); padding: string in {'SAME', 'VALID'}; "
    "data_format: string in {'NHWC', 'NCHW'} = 'NHWC'; dilations: list(int) = [1, 1, 1, 1]"
)
_COPIED = ("dilations", "strides", "padding", "data_format")
_INPUT, _FILTER = "DepthwiseConv2dNativeBackpropInput", "DepthwiseConv2dNativeBackpropFilter"

depthwise_op = op("DepthwiseConv2dNative(input: T, filter: T) -> output: T", _ATTRS)
depthwise_filter_op = op(
    f"{_FILTER}(input: T, filter_sizes: int32, out_backprop: T) -> output: T",
    _ATTRS,
    host=["filter_sizes"],
)
depthwise_input_op = op(
    f"{_INPUT}(input_sizes: int32, filter: T, out_backprop: T) -> output: T",
    _ATTRS,
    host=["input_sizes"],
)


@depthwise_op.shape
def depthwise_shape(node: Any) -> Dims:
    x = shape_rules.with_rank(node.inputs[0].dims, 4)
    w = shape_rules.with_rank(node.inputs[1].dims, 4)
    strides, first = node.attr("strides"), node.attr("data_format") == "NCHW"
    if len(strides) != 4:
        raise ShapeError(
            "DepthwiseConv2D requires the stride attribute to contain 4 values, but got: "
            f"{len(strides)}"
        )
    depth = shape_rules.multiply_dim(shape_rules.merge_dim(x[1 if first else 3], w[2]), w[3])
    space = window_shapes.places(
        window_shapes.spatial(x, first),
        w[:2],
        window_shapes.spatial(strides, first),
        node.attr("padding"),
    )
    return window_shapes.laid_out(x[0], space, depth, first)


@depthwise_input_op.shape
def depthwise_input_shape(node: Any) -> Dims:
    return shape_rules.with_rank(node.static_dims(0), 4)


@depthwise_filter_op.shape
def depthwise_filter_shape(node: Any) -> Dims:
    return shape_rules.with_rank(node.static_dims(1), 4)


def _window(node: Any) -> Window:
    """As TensorFlow, without a look at `dilations`."""
    window = Window(node.attr("strides"), node.attr("padding"), node.attr("data_format"))
    rows, columns = window.spatial(window.strides)
    if rows != columns:
        raise invalid(
            "Current implementation only supports equal length strides in the row and column "
            "dimensions."
        )
    convolution.check_axes(window)
    return window


depthwise_op.on_failure(complaints.image_input)


@depthwise_op.kernel
def depthwise(x: torch.Tensor, w: torch.Tensor, *, node: Any) -> torch.Tensor:
    window = _window(node)
    depth = x.shape[1 if window.first else 3]
    if depth != w.shape[2]:
        raise invalid(f"input and filter must have the same depth: {depth} vs {w.shape[2]}")
    if _is_weighing(x, w, window):
        return eigen.weighed_windows(x, w[..., 0])
    return convolution.conv(x, convolution.depthwise_filter(w), window)


def _is_weighing(x: torch.Tensor, w: torch.Tensor, window: Window) -> bool:
    """Whether large windows of pixels are added up, as in structural similarity: the convolutions
    of networks have smaller ones, or more channels."""
    return (
        w.shape[0] * w.shape[1] >= 49
        and w.shape[3] == 1
        and x.dtype is torch.float32
        and not x.is_cuda
        and 0 < x.shape[3] <= 4
        and not window.first
        and window.padding == "VALID"
        and all(stride == 1 for stride in window.strides)
        and x.shape[1] >= w.shape[0]
        and x.shape[2] >= w.shape[1]
    )


@depthwise_input_op.kernel
def depthwise_input(
    sizes: tuple[int, ...], w: torch.Tensor, grad: torch.Tensor, *, node: Any
) -> torch.Tensor:
    w = convolution.depthwise_filter(w)
    return convolution.input_gradient(sizes, w, grad, _window(node), _INPUT)


@depthwise_filter_op.kernel
def depthwise_filter(
    x: torch.Tensor, sizes: tuple[int, ...], grad: torch.Tensor, *, node: Any
) -> torch.Tensor:
    flat = [*sizes[:2], 1, sizes[2] * sizes[3]]
    found = convolution.filter_gradient(x, flat, grad, _window(node), _FILTER)
    return found.reshape(sizes)


def _copied(node: Any) -> dict[str, Any]:
    return {name: node.attr(name) for name in _COPIED}


@depthwise_op.gradient
def depthwise_gradient(node: Any, grad: Any) -> Any:
    x, w = node.inputs
    return (
        apply_op(_INPUT, array_ops.shape(x), w, grad, **_copied(node)),
        apply_op(_FILTER, x, array_ops.shape(w), grad, **_copied(node)),
    )


@depthwise_input_op.gradient
def depthwise_input_gradient(node: Any, grad: Any) -> Any:
    _, w, upstream = node.inputs
    return (
        None,
        apply_op(_FILTER, grad, array_ops.shape(w), upstream, **_copied(node)),
        apply_op("DepthwiseConv2dNative", grad, w, **_copied(node)),
    )


@depthwise_filter_op.gradient
def depthwise_filter_gradient(node: Any, grad: Any) -> Any:
    x, _, upstream = node.inputs
    return (
        apply_op(_INPUT, array_ops.shape(x), grad, upstream, **_copied(node)),
        None,
        apply_op("DepthwiseConv2dNative", x, grad, **_copied(node)),
    )
