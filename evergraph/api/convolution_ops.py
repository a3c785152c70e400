"""Convolutions of images: `tf.nn.conv2d` and its gradients."""

from collections.abc import Sequence, Sized
from typing import Any

from evergraph.base.deprecation import deprecated_argument_lookup
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.tensor import Tensor

_ONES = [1, 1, 1, 1]


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
    assert isinstance(value, Sequence)
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
    return apply_op(
        "Conv2D",
        input,
        filter,
        strides=_get_sequence(strides, 2, channel_index, "strides"),
        padding=padding,
        use_cudnn_on_gpu=use_cudnn_on_gpu,
        explicit_paddings=explicit,
        data_format=data_format,
        dilations=_get_sequence(dilations, 2, channel_index, "dilations"),
        name=name,
    )


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
