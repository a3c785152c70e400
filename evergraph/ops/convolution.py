"""Convolutions of images: Conv2D and the ops of its gradients."""

from typing import Any

import torch

from evergraph.api import array_ops
from evergraph.graph.apply import apply_op
from evergraph.graph.registry import ShapeError, op
from evergraph.kernels import convolution
from evergraph.kernels.host import invalid
from evergraph.kernels.windows import Window
from evergraph.ops import complaints, shape_rules, window_shapes
from evergraph.ops.gradient_rules import asked
from evergraph.ops.shape_rules import Dims

_ATTRS = (
    "T: floating; strides: list(int); use_cudnn_on_gpu: bool = true; "
    "padding: string in {'SAME', 'VALID', 'EXPLICIT'}; explicit_paddings: list(int) = []; "
    "data_format: string in {'NHWC', 'NCHW'} = 'NHWC'; dilations: list(int) = [1, 1, 1, 1]"
)
_COPIED = (
    "dilations",
    "strides",
    "padding",
    "explicit_paddings",
    "use_cudnn_on_gpu",
    "data_format",
)

conv2d_op = op("Conv2D(input: T, filter: T) -> output: T", _ATTRS)
conv2d_input_op = op(
    "Conv2DBackpropInput(input_sizes: int32, filter: T, out_backprop: T) -> output: T",
    _ATTRS,
    host=["input_sizes"],
)
conv2d_filter_op = op(
    "Conv2DBackpropFilter(input: T, filter_sizes: int32, out_backprop: T) -> output: T",
    _ATTRS,
    host=["filter_sizes"],
)


def _window(node: Any) -> Window:
    return Window(
        node.attr("strides"),
        node.attr("padding"),
        node.attr("data_format"),
        node.attr("dilations"),
        node.attr("explicit_paddings"),
    )


def _check_attrs(window: Window) -> None:
    """Raises where lists have other numbers of values than four axes need."""
    if len(window.dilations) != 4:
        raise ShapeError(
            "Conv2D requires the dilation attribute to contain 4 values, but got: "
            f"{len(window.dilations)}"
        )
    if len(window.strides) != 4:
        raise ShapeError(
            f"Conv2D on data format {window.data_format} requires the stride attribute to contain "
            f"4 values, but got: {len(window.strides)}"
        )


def _check_padding(window: Window) -> None:
    given = window.explicit_paddings
    if window.padding != "EXPLICIT":
        if given:
            raise ShapeError(
                "explicit_paddings attribute must be empty if the padding attribute is not EXPLICIT"
            )
        return
    if len(given) != 8:
        raise ShapeError(
            f"explicit_paddings attribute must contain 8 values, but got: {len(given)}"
        )
    if min(given) < 0:
        raise ShapeError("All elements of explicit_paddings must be nonnegative")
    depth = 2 if window.first else 6
    if any(given[:2]) or any(given[depth : depth + 2]):
        raise ShapeError(
            "Nonzero explicit padding in the batch or depth dimensions is not supported"
        )


@conv2d_op.shape
def conv2d_shape(node: Any) -> Dims:
    window = _window(node)
    x = shape_rules.with_rank(node.inputs[0].dims, 4)
    w = shape_rules.with_rank(node.inputs[1].dims, 4)
    _check_attrs(window)
    window_shapes.check_depth(x[1] if window.first else x[3], w[2], w[3])
    _check_padding(window)
    pads: list[Any] = [None, None]
    if window.padding != "SAME":
        pads = window.paddings([0, 0], [0, 0])
    rows, columns = (
        window_shapes.moved(*axis)
        for axis in zip(
            window.spatial(x),  # type: ignore[arg-type]
            w[:2],
            window.spatial(window.strides),
            window.spatial(window.dilations),
            pads,
            strict=True,
        )
    )
    return window_shapes.laid_out(x[0], [rows, columns], w[3], window.first)


@conv2d_input_op.shape
def conv2d_input_shape(node: Any) -> Dims:
    return shape_rules.with_rank(node.static_dims(0), 4)


@conv2d_filter_op.shape
def conv2d_filter_shape(node: Any) -> Dims:
    return shape_rules.with_rank(node.static_dims(1), 4)


def _checked_window(node: Any) -> Window:
    """The window, looked at once more: where no shape was known, nobody did."""
    window = _window(node)
    convolution.check_axes(window)
    try:
        _check_padding(window)
    except ShapeError as error:
        raise invalid(str(error)) from None
    return window


conv2d_op.on_failure(complaints.image_input)


@conv2d_op.specialize
def choose_conv2d(node: Any) -> Any:
    window = _checked_window(node)
    return convolution.Planned(convolution.conv, window)


@conv2d_input_op.specialize
def choose_conv2d_input(node: Any) -> Any:
    window = _checked_window(node)

    def run(sizes: tuple[int, ...], w: torch.Tensor, grad: torch.Tensor) -> torch.Tensor:
        return convolution.input_gradient(sizes, w, grad, window, "Conv2DCustomBackpropInput")

    return run


@conv2d_filter_op.specialize
def choose_conv2d_filter(node: Any) -> Any:
    window = _checked_window(node)

    def run(x: torch.Tensor, sizes: tuple[int, ...], grad: torch.Tensor) -> torch.Tensor:
        return convolution.filter_gradient(x, sizes, grad, window, "Conv2DCustomBackpropFilter")

    return run


def _copied(node: Any) -> dict[str, Any]:
    return {name: node.attr(name) for name in _COPIED}


@conv2d_op.gradient
def conv2d_gradient(node: Any, grad: Any) -> Any:
    x, w = node.inputs
    x_shape, w_shape = array_ops.shape_n([x, w])
    return asked(
        node,
        lambda: apply_op("Conv2DBackpropInput", x_shape, w, grad, **_copied(node)),
        lambda: apply_op("Conv2DBackpropFilter", x, w_shape, grad, **_copied(node)),
    )


@conv2d_input_op.gradient
def conv2d_input_op_gradient(node: Any, grad: Any) -> Any:
    _, w, upstream = node.inputs
    return (
        None,
        apply_op("Conv2DBackpropFilter", grad, array_ops.shape(w), upstream, **_copied(node)),
        apply_op("Conv2D", grad, w, **_copied(node)),
    )


@conv2d_filter_op.gradient
def conv2d_filter_op_gradient(node: Any, grad: Any) -> Any:
    x, _, upstream = node.inputs
    return (
        apply_op("Conv2DBackpropInput", array_ops.shape(x), grad, upstream, **_copied(node)),
        None,
        apply_op("Conv2D", x, grad, **_copied(node)),
    )
