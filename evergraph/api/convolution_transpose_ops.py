"""Transposed convolutions, the gradients of convolutions used as layers of their own."""

from collections.abc import Sized
from typing import Any

import numpy as np

from evergraph.api import array_ops
from evergraph.api.convolution_ops import _get_sequence, sequence_format
from evergraph.base.deprecation import deprecated_argument_lookup
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


@export("nn.conv1d_transpose")
def conv1d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: str = "SAME",
    data_format: str | None = "NWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The transpose of `conv1d`. Stands for `tf.nn.conv1d_transpose`.

    Args:
      input: [batch, steps, in], or [batch, in, steps] if `data_format` is "NCW".
      filters: [steps, out, in].
      output_shape: the shape of the result: three numbers, or a tensor of them.
      strides, dilations: a number.
      padding: "SAME" or "VALID".
      name: a name scope for the nodes.
    """
    with name_scope(name, "conv1d_transpose", [input, filters, output_shape]) as name:
        data_format, axis, channel_index = sequence_format(data_format)
        strides = [1, *_get_sequence(strides, 1, channel_index, "stride")]
        dilations = [1, *_get_sequence(dilations, 1, channel_index, "dilations")]
        input = array_ops.expand_dims(input, axis)
        filters = array_ops.expand_dims(filters, 0)
        if not isinstance(output_shape, Tensor):
            output_shape = list(output_shape)
        output_shape = array_ops.concat([output_shape[:axis], [1], output_shape[axis:]], 0)
        result = _backprop_input(
            output_shape, filters, input, strides, padding, data_format, dilations, name
        )
        return array_ops.squeeze(result, axis)


def _backprop_input(
    sizes: Any,
    filters: Any,
    grad: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    return apply_op(
        "Conv2DBackpropInput",
        sizes,
        filters,
        grad,
        strides=strides,
        padding=padding,
        data_format=data_format,
        dilations=[1, 1, 1, 1] if dilations is None else dilations,
        name=name,
    )


@export("nn.conv2d_transpose", "nn.deconv2d")
def conv2d_transpose(
    value: Any = None,
    filter: Any = None,
    output_shape: Any = None,
    strides: Any = None,
    padding: str = "SAME",
    data_format: str | None = "NHWC",
    name: str | None = None,
    input: Any = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """The transpose of `conv2d`. Stands for `tf.nn.conv2d_transpose`.

    Args:
      value: [batch, rows, columns, in], or with the channels second if `data_format` is "NCHW".
      filter: [rows, columns, out, in].
      output_shape: the shape of the result: four numbers, or a tensor of them.
      strides: how far apart results of neighbouring pixels are: a number, two, or one for each
        axis.
      padding: "SAME" or "VALID".
      name: a name scope for the node.
      input, filters: newer names of `value` and `filter`.
      dilations: how far apart the places of a filter are.
    """
    value = deprecated_argument_lookup("input", input, "value", value)
    filter = deprecated_argument_lookup("filters", filters, "filter", filter)
    with name_scope(name, "conv2d_transpose", [value, filter, output_shape]) as name:
        return conv2d_transpose_v2(
            value, filter, output_shape, strides, padding, data_format, dilations, name
        )


def conv2d_transpose_v2(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: str = "SAME",
    data_format: str | None = "NHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """As `tf.nn.conv2d_transpose`, with TensorFlow 2's arguments."""
    with name_scope(name, "conv2d_transpose", [input, output_shape]) as name:
        data_format = data_format or "NHWC"
        channel_index = 1 if data_format.startswith("NC") else 3
        strides = _get_sequence(strides, 2, channel_index, "strides")
        dilations = _get_sequence(dilations, 2, channel_index, "dilations")
        return _backprop_input(
            output_shape, filters, input, strides, padding, data_format, dilations, name
        )


@export("nn.conv3d_transpose")
def conv3d_transpose(
    value: Any,
    filter: Any = None,
    output_shape: Any = None,
    strides: Any = None,
    padding: str = "SAME",
    data_format: str | None = "NDHWC",
    name: str | None = None,
    input: Any = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """The transpose of `conv3d`. Stands for `tf.nn.conv3d_transpose`.

    Args:
      value: [batch, planes, rows, columns, in], or with the channels second if `data_format` is
        "NCDHW".
      filter: [planes, rows, columns, out, in].
      output_shape: the shape of the result: five numbers, or a tensor of them.
      strides, dilations: a number, three, or one for each axis.
      padding: "SAME" or "VALID".
      name: a name scope for the node.
      input, filters: newer names of `value` and `filter`.
    """
    filter = deprecated_argument_lookup("filters", filters, "filter", filter)
    value = deprecated_argument_lookup("input", input, "value", value)
    return conv3d_transpose_v2(
        value, filter, output_shape, strides, padding, data_format, dilations, name
    )


def conv3d_transpose_v2(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: str = "SAME",
    data_format: str | None = "NDHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """As `tf.nn.conv3d_transpose`, with TensorFlow 2's arguments."""
    with name_scope(name, "conv3d_transpose", [input, output_shape]) as name:
        data_format = data_format or "NDHWC"
        channel_index = 1 if data_format.startswith("NC") else 4
        return apply_op(
            "Conv3DBackpropInputV2",
            output_shape,
            filters,
            input,
            strides=_get_sequence(strides, 3, channel_index, "strides"),
            padding=padding,
            data_format=data_format,
            dilations=_get_sequence(dilations, 3, channel_index, "dilations"),
            name=name,
        )


@export("nn.conv_transpose")
def conv_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: str = "SAME",
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The transpose of `convolution`, by the length of `output_shape`. Stands for
    `tf.nn.conv_transpose`.

    Args:
      input: [batch, space..., in], or [batch, in, space...] if `data_format` starts with "NC".
      filters: [space..., out, in].
      output_shape: the shape of the result.
      strides, dilations: a number, or one for each spatial axis.
      padding: "SAME" or "VALID".
      data_format: the layout; default: channels last.
      name: a name scope for the nodes.

    Raises:
      ValueError: `output_shape` has no length, or not 3 to 5 elements.
    """
    with name_scope(name, "conv_transpose", [input, output_shape]) as name:
        if isinstance(output_shape, Tensor):
            count = output_shape.shape[0] - 2
        elif isinstance(output_shape, Sized):
            count = len(output_shape) - 2
        else:
            raise ValueError("output_shape must be a tensor or sized collection.")
        if not 1 <= count <= 3:
            raise ValueError(f"output_shape must be of length 3, 4 or 5 but was {count + 2}.")
        function = (conv1d_transpose, conv2d_transpose_v2, conv3d_transpose_v2)[int(count) - 1]
        return function(
            input, filters, output_shape, strides, padding, data_format, dilations, name
        )


@export("nn.atrous_conv2d_transpose")
def atrous_conv2d_transpose(
    value: Any, filters: Any, output_shape: Any, rate: int, padding: str, name: str | None = None
) -> Tensor:
    """The transpose of `atrous_conv2d`. Stands for `tf.nn.atrous_conv2d_transpose`.

    Args:
      value: [batch, rows, columns, in].
      filters: [rows, columns, out, in].
      output_shape: the shape of the result: four numbers, or a tensor of them.
      rate: how far apart the places of a filter are.
      padding: "SAME" or "VALID".
      name: a name scope for the nodes.

    Raises:
      ValueError: channels do not fit, or `rate` is below 1.
    """
    with name_scope(name, "atrous_conv2d_transpose", [value, filters, output_shape]) as name:
        value = convert_to_tensor(value, name="value")
        filters = convert_to_tensor(filters, name="filters")
        _check_channels(value.shape.dims[3], filters.shape[3])
        if rate < 1:
            raise ValueError(f"rate {rate} cannot be less than one")
        if rate == 1:
            return conv2d_transpose(
                value, filters, output_shape, [1, 1, 1, 1], padding, data_format="NHWC"
            )
        shape = convert_to_tensor(output_shape, name="output_shape").shape
        if not shape.is_compatible_with(TensorShape([4])):
            raise ValueError(f"output_shape must have shape (4,), got {shape}")
        if isinstance(output_shape, tuple):
            output_shape = list(output_shape)
        if isinstance(output_shape, (list, np.ndarray)) and not filters.shape.dims[
            2
        ].is_compatible_with(output_shape[3]):
            raise ValueError(
                "output_shape does not match filter's output channels, "
                f"{output_shape[3]} != {filters.shape[2]}"
            )
        return _atrous_transpose(value, filters, output_shape, rate, padding)


def _check_channels(depth: Any, filter_depth: Any) -> None:
    if not depth.is_compatible_with(filter_depth):
        raise ValueError(
            "value's input channels does not match filters' input channels, "
            f"{depth} != {filter_depth}"
        )


def _same_padding(filters: Tensor, rate: int) -> list[tuple[Any, Any]]:
    """What SAME adds before and after rows and columns for a filter with holes."""
    shape = filters.shape
    sizes: Any = shape.as_list() if shape.is_fully_defined() else array_ops.shape(filters)
    rows, columns = sizes[0], sizes[1]
    rows_up = rows + (rows - 1) * (rate - 1)
    columns_up = columns + (columns - 1) * (rate - 1)
    height, width = rows_up - 1, columns_up - 1
    top = height // 2
    bottom = height - top
    left = width // 2
    return [(top, bottom), (left, width - left)]


def _atrous_transpose(
    value: Tensor, filters: Tensor, output_shape: Any, rate: int, padding: str
) -> Tensor:
    if padding == "SAME":
        (top, bottom), (left, right) = _same_padding(filters, rate)
    elif padding == "VALID":
        top = bottom = left = right = 0
    else:
        raise ValueError(f"padding must be either VALID or SAME: {padding}")
    height = output_shape[1] + top + bottom
    width = output_shape[2] + left + right
    # The rate has to divide the sizes.
    more_rows = (rate - height % rate) % rate
    more_columns = (rate - width % rate) % rate
    value = array_ops.space_to_batch(
        input=value, paddings=[[0, more_rows], [0, more_columns]], block_size=rate
    )
    sizes = [
        rate * rate * output_shape[0],
        (height + more_rows) // rate,
        (width + more_columns) // rate,
        output_shape[3],
    ]
    found = _backprop_input(sizes, filters, value, [1, 1, 1, 1], "VALID")
    crops = [[top, bottom + more_rows], [left, right + more_columns]]
    return array_ops.batch_to_space(input=found, crops=crops, block_size=rate)
