"""Convolutions of each channel by itself: `tf.nn.depthwise_conv2d`, `tf.nn.separable_conv2d`."""

from typing import Any

from evergraph.api import array_ops
from evergraph.api.atrous_ops import with_space_to_batch
from evergraph.api.convolution_ops import conv2d
from evergraph.base.deprecation import deprecated_argument_lookup, deprecated_endpoints
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor

_ONES = [1, 1, 1, 1]


@export("nn.depthwise_conv2d_native")
@deprecated_endpoints("nn.depthwise_conv2d_native")
def depthwise_conv2d_native(
    input: Any,
    filter: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NHWC",
    dilations: Any = _ONES,
    name: str | None = None,
) -> Tensor:
    """Each channel of images convolved with filters of its own. Stands for
    `tf.nn.depthwise_conv2d_native`.

    Args:
      input: [batch, rows, columns, in], or with the channels second if `data_format` is "NCHW".
      filter: [rows, columns, in, multiplier].
      strides: a number for each axis, the same for rows and columns.
      padding: "SAME" or "VALID".
      dilations: kept in the node, without effect.
      name: a name for the node.

    Returns:
      As `input` with in * multiplier channels.
    """
    return apply_op(
        "DepthwiseConv2dNative",
        input,
        filter,
        strides=strides,
        padding=padding,
        data_format=data_format or "NHWC",
        dilations=dilations,
        name=name,
    )


@export("nn.depthwise_conv2d_backprop_input", "nn.depthwise_conv2d_native_backprop_input")
@deprecated_endpoints("nn.depthwise_conv2d_native_backprop_input")
def depthwise_conv2d_native_backprop_input(
    input_sizes: Any,
    filter: Any,
    out_backprop: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    dilations: Any = _ONES,
    name: str | None = None,
) -> Tensor:
    """The gradient of `depthwise_conv2d_native` with respect to its input, whose shape is
    `input_sizes`. Stands for `tf.nn.depthwise_conv2d_backprop_input`."""
    return apply_op(
        "DepthwiseConv2dNativeBackpropInput",
        input_sizes,
        filter,
        out_backprop,
        strides=strides,
        padding=padding,
        data_format=data_format,
        dilations=dilations,
        name=name,
    )


@export("nn.depthwise_conv2d_backprop_filter", "nn.depthwise_conv2d_native_backprop_filter")
@deprecated_endpoints("nn.depthwise_conv2d_native_backprop_filter")
def depthwise_conv2d_native_backprop_filter(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    dilations: Any = _ONES,
    name: str | None = None,
) -> Tensor:
    """The gradient of `depthwise_conv2d_native` with respect to its filter, whose shape is
    `filter_sizes`. Stands for `tf.nn.depthwise_conv2d_backprop_filter`."""
    return apply_op(
        "DepthwiseConv2dNativeBackpropFilter",
        input,
        filter_sizes,
        out_backprop,
        strides=strides,
        padding=padding,
        data_format=data_format,
        dilations=dilations,
        name=name,
    )


def _dilated(
    input: Tensor,
    filter: Tensor,
    strides: Any,
    padding: str,
    rate: Any,
    data_format: Any,
    name: Any,
) -> Tensor:
    def op(images: Tensor, _: int, padding: str) -> Tensor:
        return depthwise_conv2d_native(
            images, filter, strides, padding, data_format=data_format, name=name
        )

    return with_space_to_batch(
        input=input,
        filter_shape=array_ops.shape(filter),
        dilation_rate=[1, 1] if rate is None else rate,
        padding=padding,
        data_format=data_format,
        op=op,
    )


@export("nn.depthwise_conv2d")
def depthwise_conv2d(
    input: Any,
    filter: Any,
    strides: Any,
    padding: str,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """Each channel of images convolved with filters of its own. Stands for
    `tf.nn.depthwise_conv2d`.

    Args:
      input: [batch, rows, columns, in], or with the channels second if `data_format` is "NCHW".
      filter: [rows, columns, in, multiplier].
      strides: a number for each axis, the same for rows and columns.
      padding: "SAME" or "VALID".
      rate: how far apart the places of a filter are along rows and columns. Above 1 only with
        strides of 1.
      name: a name scope for the nodes.
      dilations: a newer name of `rate`.

    Returns:
      As `input` with in * multiplier channels.
    """
    rate = deprecated_argument_lookup("dilations", dilations, "rate", rate)
    with name_scope(name, "depthwise", [input, filter]) as name:
        input = convert_to_tensor(input, name="tensor_in")
        filter = convert_to_tensor(filter, name="filter_in")
        return _dilated(input, filter, strides, padding, rate, data_format, name)


def depthwise_conv2d_v2(
    input: Any,
    filter: Any,
    strides: Any,
    padding: str,
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """As `tf.nn.depthwise_conv2d`, with TensorFlow 2's arguments."""
    return depthwise_conv2d(input, filter, strides, padding, dilations, name, data_format)


@export("nn.separable_conv2d")
def separable_conv2d(
    input: Any,
    depthwise_filter: Any,
    pointwise_filter: Any,
    strides: Any,
    padding: str,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """`depthwise_conv2d`, and then a convolution of single pixels that mixes channels. Stands for
    `tf.nn.separable_conv2d`.

    Args:
      depthwise_filter: [rows, columns, in, multiplier].
      pointwise_filter: [1, 1, in * multiplier, out].
      input, strides, padding, rate, name, data_format, dilations: as `depthwise_conv2d`'s.

    Raises:
      ValueError: `pointwise_filter` is of another form.
    """
    rate = deprecated_argument_lookup("dilations", dilations, "rate", rate)
    with name_scope(name, "separable_conv2d", [input, depthwise_filter, pointwise_filter]) as name:
        input = convert_to_tensor(input, name="tensor_in")
        depthwise_filter = convert_to_tensor(depthwise_filter, name="depthwise_filter")
        pointwise_filter = convert_to_tensor(pointwise_filter, name="pointwise_filter")
        for dim in pointwise_filter.shape.with_rank(4).dims[:2]:
            dim.assert_is_compatible_with(1)
        depthwise = _dilated(
            input, depthwise_filter, strides, padding, rate, data_format, "depthwise"
        )
        return conv2d(
            depthwise, pointwise_filter, _ONES, padding="VALID", data_format=data_format, name=name
        )


def separable_conv2d_v2(
    input: Any,
    depthwise_filter: Any,
    pointwise_filter: Any,
    strides: Any,
    padding: str,
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """As `tf.nn.separable_conv2d`, with TensorFlow 2's arguments."""
    return separable_conv2d(
        input, depthwise_filter, pointwise_filter, strides, padding, dilations, name, data_format
    )
