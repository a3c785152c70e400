"""Convolutions of sequences, images and volumes: `tf.nn.conv2d`, its gradients and kin."""

from collections.abc import Sized
from typing import Any

from evergraph.api import array_ops
from evergraph.base.deprecation import (
    deprecated_arg_values,
    deprecated_argument_lookup,
    deprecated_endpoints,
)
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor

_ONES = [1, 1, 1, 1]
_ONES_3D = [1, 1, 1, 1, 1]


def _convert_padding(padding: Any) -> tuple[Any, list[int]]:
    """The attrs `padding` and `explicit_paddings`."""
    if padding == "EXPLICIT":
        raise ValueError(
            '"EXPLICIT" is not a valid value for the padding parameter. To use explicit padding, '
            "the padding parameter must be a list."
        )
    if not isinstance(padding, (list, tuple)):
        return padding, []
    start = "When padding is a list, each element of padding must be a list/tuple of size 2. "
    explicit: list[int] = []
    for i, pair in enumerate(padding):
        if not isinstance(pair, (list, tuple)):
            raise ValueError(f"{start}Element with index {i} of padding is not a list/tuple")
        if len(pair) != 2:
            raise ValueError(f"{start}Element with index {i} of padding has size {len(pair)}")
        explicit.extend(pair)
    if len(padding) != 4:
        raise ValueError(
            f"When padding is a list, it must be of size 4. Got padding of size: {len(padding)}"
        )
    return "EXPLICIT", explicit


def _get_sequence(value: Any, n: int, channel_index: int, name: str) -> Any:
    """A number for each of all axes, from one for all, or one for each of `n` spatial axes."""
    if value is None:
        value = 1
    if not isinstance(value, Sized):
        value = [value]
    if len(value) == n + 2:
        return value
    if len(value) not in (1, n):
        raise ValueError(f"{name} should be of length 1, {n} or {n + 2} but was {len(value)}")
    spatial = list(value) * n if len(value) == 1 else list(value)
    return [1, 1, *spatial] if channel_index == 1 else [1, *spatial, 1]


@export("nn.conv2d")
def conv2d(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool = True,
    data_format: str | None = "NHWC",
    dilations: Any = _ONES,
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """The convolution of images with filters. Stands for `tf.nn.conv2d`.

    Args:
      input: [batch, rows, columns, in], or [batch, in, rows, columns] if `data_format` is "NCHW".
      filter: [rows, columns, in, out].
      strides: how far filters move: a number, two, or one for each axis of the input.
      padding: "SAME", "VALID", or a pair for each axis of the input.
      use_cudnn_on_gpu: kept in the node.
      data_format: "NHWC" or "NCHW".
      dilations: how far apart the places of a filter are; as `strides`.
      name: a name for the node.
      filters: the same as `filter`.

    Returns:
      [batch, rows, columns, out], or with the channels second.

    Raises:
      ValueError: an argument is of a wrong form, or shapes do not fit.
    """
    filter = deprecated_argument_lookup("filters", filters, "filter", filter)
    padding, explicit = _convert_padding(padding)
    data_format = data_format or "NHWC"
    channel_index = 1 if data_format.startswith("NC") else 3
    return conv2d_node(
        input,
        filter,
        _get_sequence(strides, 2, channel_index, "strides"),
        padding,
        use_cudnn_on_gpu,
        explicit,
        data_format,
        _get_sequence(dilations, 2, channel_index, "dilations"),
        name,
    )


def conv2d_node(
    input: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    use_cudnn_on_gpu: bool | None = True,
    explicit_paddings: Any = (),
    data_format: str | None = "NHWC",
    dilations: Any = _ONES,
    name: str | None = None,
) -> Tensor:
    """A Conv2D node with these attrs."""
    return apply_op(
        "Conv2D",
        input,
        filter,
        strides=strides,
        padding=padding,
        use_cudnn_on_gpu=True if use_cudnn_on_gpu is None else use_cudnn_on_gpu,
        explicit_paddings=list(explicit_paddings),
        data_format=data_format or "NHWC",
        dilations=dilations,
        name=name,
    )


def conv2d_v2(
    input: Any,
    filters: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """As `tf.nn.conv2d`, with TensorFlow 2's arguments."""
    return conv2d(input, filters, strides, padding, True, data_format, dilations, name)


@export("nn.conv1d")
@deprecated_arg_values(
    None,
    "`NCHW` for data_format is deprecated, use `NCW` instead",
    warn_once=True,
    data_format="NCHW",
)
@deprecated_arg_values(
    None,
    "`NHWC` for data_format is deprecated, use `NWC` instead",
    warn_once=True,
    data_format="NHWC",
)
def conv1d(
    value: Any = None,
    filters: Any = None,
    stride: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool | None = None,
    data_format: str | None = None,
    name: str | None = None,
    input: Any = None,
    dilations: Any = None,
) -> Tensor:
    """The convolution of sequences with filters: a Conv2D of images one row high. Stands for
    `tf.nn.conv1d`.

    Args:
      value: [batch, steps, in], or [batch, in, steps] if `data_format` is "NCW".
      filters: [steps, in, out].
      stride: how far filters move.
      padding: "SAME" or "VALID".
      use_cudnn_on_gpu: kept in the node.
      data_format: "NWC" or "NCW".
      name: a name scope for the nodes.
      input: a newer name of `value`.
      dilations: how far apart the places of a filter are.
    """
    value = deprecated_argument_lookup("input", input, "value", value)
    with name_scope(name, "conv1d", [value, filters]) as name:
        data_format, axis, channel_index = sequence_format(data_format, ("NHWC", "NCHW"))
        strides = [1, *_get_sequence(stride, 1, channel_index, "stride")]
        dilations = [1, *_get_sequence(dilations, 1, channel_index, "dilations")]
        value = array_ops.expand_dims(value, axis)
        filters = array_ops.expand_dims(filters, 0)
        result = conv2d_node(
            value,
            filters,
            strides,
            padding,
            use_cudnn_on_gpu,
            data_format=data_format,
            dilations=dilations,
            name=name,
        )
        return array_ops.squeeze(result, [axis])


def sequence_format(data_format: str | None, older: tuple[str, ...] = ()) -> tuple[str, int, int]:
    """For a layout of sequences that of images one row high, the axis of the row, and the channels'
    axis of the sequences. `older` are other names that may be given."""
    if data_format in {None, "NWC", *older[:1]}:
        return "NHWC", 1, 2
    if data_format in {"NCW", *older[1:]}:
        return "NCHW", 2, 1
    raise ValueError('data_format must be "NWC" or "NCW".')


def conv1d_v2(
    input: Any,
    filters: Any,
    stride: Any,
    padding: Any,
    data_format: str | None = "NWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """As `tf.nn.conv1d`, with TensorFlow 2's arguments."""
    return conv1d(input, filters, stride, padding, True, data_format, name, dilations=dilations)


@export("nn.conv3d")
def conv3d_v1(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    padding: Any = None,
    data_format: str | None = "NDHWC",
    dilations: Any = _ONES_3D,
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """The convolution of volumes with filters. Stands for `tf.nn.conv3d`.

    Args:
      input: [batch, planes, rows, columns, in], or with the channels second if `data_format` is
        "NCDHW".
      filter: [planes, rows, columns, in, out].
      strides, dilations: a number for each axis of the input.
      padding: "SAME" or "VALID".
      name: a name for the node.
      filters: the same as `filter`.
    """
    filter = deprecated_argument_lookup("filters", filters, "filter", filter)
    return conv3d_node(input, filter, strides, padding, data_format, dilations, name)


def conv3d_node(
    input: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NDHWC",
    dilations: Any = _ONES_3D,
    name: str | None = None,
) -> Tensor:
    """A Conv3D node with these attrs."""
    return apply_op(
        "Conv3D",
        input,
        filter,
        strides=strides,
        padding=padding,
        data_format=data_format or "NDHWC",
        dilations=_ONES_3D if dilations is None else dilations,
        name=name,
    )


def conv3d_v2(
    input: Any,
    filters: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NDHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """As `tf.nn.conv3d`, with TensorFlow 2's arguments."""
    return conv3d_node(input, filters, strides, padding, data_format, dilations, name)


@export("nn.conv2d_backprop_filter")
def conv2d_backprop_filter(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: Any,
    use_cudnn_on_gpu: bool = True,
    data_format: str = "NHWC",
    dilations: Any = _ONES,
    name: str | None = None,
) -> Tensor:
    """The gradient of `conv2d` with respect to its filter. Stands for
    `tf.nn.conv2d_backprop_filter`.

    Args:
      filter_sizes: the filter's shape, int32.
      out_backprop: the gradient of the result.
      input, strides, padding, use_cudnn_on_gpu, data_format, dilations, name: as `conv2d`'s, with
        a number for each axis.
    """
    padding, explicit = _convert_padding(padding)
    return apply_op(
        "Conv2DBackpropFilter",
        input,
        filter_sizes,
        out_backprop,
        strides=strides,
        padding=padding,
        use_cudnn_on_gpu=use_cudnn_on_gpu,
        explicit_paddings=explicit,
        data_format=data_format,
        dilations=dilations,
        name=name,
    )


@export("nn.conv2d_backprop_input")
def conv2d_backprop_input(
    input_sizes: Any,
    filter: Any = None,
    out_backprop: Any = None,
    strides: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool = True,
    data_format: str = "NHWC",
    dilations: Any = _ONES,
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """The gradient of `conv2d` with respect to its images. Stands for
    `tf.nn.conv2d_backprop_input`.

    Args:
      input_sizes: the images' shape, int32.
      out_backprop: the gradient of the result.
      filter, strides, padding, use_cudnn_on_gpu, data_format, dilations, name, filters: as
        `conv2d`'s, with a number for each axis.
    """
    filter = deprecated_argument_lookup("filters", filters, "filter", filter)
    padding, explicit = _convert_padding(padding)
    return apply_op(
        "Conv2DBackpropInput",
        input_sizes,
        filter,
        out_backprop,
        strides=strides,
        padding=padding,
        use_cudnn_on_gpu=use_cudnn_on_gpu,
        explicit_paddings=explicit,
        data_format=data_format,
        dilations=dilations,
        name=name,
    )


@export("nn.conv3d_backprop_filter_v2", "nn.conv3d_backprop_filter")
@deprecated_endpoints("nn.conv3d_backprop_filter", "nn.conv3d_backprop_filter_v2")
def conv3d_backprop_filter_v2(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NDHWC",
    dilations: Any = _ONES_3D,
    name: str | None = None,
) -> Tensor:
    """The gradient of `conv3d` with respect to its filter. Stands for
    `tf.nn.conv3d_backprop_filter_v2`.

    Args:
      filter_sizes: the filter's shape, int32.
      out_backprop: the gradient of the result.
      input, strides, padding, data_format, dilations, name: as `conv3d`'s.
    """
    return apply_op(
        "Conv3DBackpropFilterV2",
        input,
        filter_sizes,
        out_backprop,
        strides=strides,
        padding=padding,
        data_format=data_format,
        dilations=dilations,
        name=name,
    )
