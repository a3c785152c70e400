"""Arguments and sizes of convolutions and pools."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from evergraph.library.keras.backend import image_data_format

FORMATS = {
    ("channels_last", 3): "NWC",
    ("channels_last", 4): "NHWC",
    ("channels_last", 5): "NDHWC",
    ("channels_first", 3): "NCW",
    ("channels_first", 4): "NCHW",
    ("channels_first", 5): "NCDHW",
}


def own_arguments(names: Mapping[str, Any]) -> dict[str, Any]:
    """What a constructor was called with, from its `locals()`, with `kwargs` among them."""
    given = {k: v for k, v in names.items() if k not in ("self", "kwargs", "__class__")}
    return given | names.get("kwargs", {})


def convert_data_format(data_format: str, ndim: int) -> str:
    """The ops' word for the data format of a tensor of rank `ndim`: "NHWC" and its like.

    Raises:
      ValueError: there is no such format or no such rank.
    """
    if data_format not in ("channels_last", "channels_first"):
        raise ValueError("Invalid data_format:", data_format)
    if (data_format, ndim) not in FORMATS:
        raise ValueError("Input rank not supported:", ndim)
    return FORMATS[data_format, ndim]


def normalize_tuple(value: Any, n: int, name: str) -> tuple[int, ...]:
    """`n` integers, from one for all or from a sequence of them.

    Raises:
      ValueError: they are no integers, or not `n`.
    """
    if isinstance(value, int):
        return (value,) * n
    complaint = f"The `{name}` argument must be a tuple of {n} integers. Received: {value}"
    try:
        values = tuple(value)
    except TypeError:
        raise ValueError(complaint) from None
    if len(values) != n:
        raise ValueError(complaint)
    for single in values:
        try:
            int(single)
        except (ValueError, TypeError):
            raise ValueError(
                f"{complaint} including element {single} of type {type(single)}"
            ) from None
    return values


def normalize_data_format(value: str | None) -> str:
    """The data format in lower case, for None that of `set_image_data_format`.

    Raises:
      ValueError: there is no such format.
    """
    found = image_data_format() if value is None else value.lower()
    if found not in ("channels_first", "channels_last"):
        raise ValueError(
            'The `data_format` argument must be one of "channels_first", "channels_last". '
            f"Received: {value}"
        )
    return found


def normalize_padding(value: Any) -> Any:
    """The padding in lower case; a list as it is.

    Raises:
      ValueError: there is no such padding.
    """
    if isinstance(value, (list, tuple)):
        return value
    padding = value.lower()
    if padding not in ("valid", "same", "causal"):
        raise ValueError(
            'The `padding` argument must be a list/tuple or one of "valid", "same" (or "causal", '
            f"only for `Conv1D). Received: {padding}"
        )
    return padding


def _padding_per_side(filter_size: int, padding: str) -> int:
    return {"same": filter_size // 2, "valid": 0, "full": filter_size - 1}[padding]


def conv_output_length(
    input_length: int | None, filter_size: int, padding: str, stride: int, dilation: int = 1
) -> int | None:
    """The size of a convolution's output along one axis, None if the input's is not known."""
    if input_length is None:
        return None
    assert padding in {"same", "valid", "full", "causal"}
    reach = (filter_size - 1) * dilation
    length = input_length + {"valid": -reach, "full": reach}.get(padding, 0)
    return (length + stride - 1) // stride


def conv_input_length(
    output_length: int | None, filter_size: int, padding: str, stride: int
) -> int | None:
    """The size of a convolution's input along one axis, None if the output's is not known."""
    if output_length is None:
        return None
    pad = _padding_per_side(filter_size, padding)
    return (output_length - 1) * stride - 2 * pad + filter_size


def deconv_output_length(
    input_length: Any,
    filter_size: int,
    padding: str,
    output_padding: int | None = None,
    stride: int = 0,
    dilation: int = 1,
) -> Any:
    """The size of a transposed convolution's output along one axis.

    Args:
      input_length: the input's size: a number, a scalar tensor, or None, which gives None.
      filter_size, stride, dilation: of the convolution.
      padding: "same", "valid" or "full".
      output_padding: how much the output is longer than it must be; None for TensorFlow's choice.
    """
    assert padding in {"same", "valid", "full"}
    if input_length is None:
        return None
    filter_size += (filter_size - 1) * (dilation - 1)
    if output_padding is not None:
        pad = _padding_per_side(filter_size, padding)
        return (input_length - 1) * stride + filter_size - 2 * pad + output_padding
    length = input_length * stride
    if padding == "valid":
        return length + max(filter_size - stride, 0)
    if padding == "full":
        return length - (stride + filter_size - 2)
    return length


def conv_output_shape(
    input_shape: Any, kernel_shape: Any, strides: Any, padding: str
) -> tuple[int, ...]:
    """The sizes of a convolution's output in space."""
    found = []
    for size, kernel, stride in zip(input_shape, kernel_shape, strides, strict=False):
        length = conv_output_length(size, kernel, padding, stride)
        found.append(length if length and size else 0)
    return tuple(found)


def conv_connected_inputs(
    input_shape: Any, kernel_shape: Any, output_position: Any, strides: Any, padding: str
) -> list[range]:
    """The places of the input, along each axis, that a place of the output is made of."""
    ranges = []
    for axis, size in enumerate(input_shape):
        before = kernel_shape[axis] // 2
        center = output_position[axis] * strides[axis] + (before if padding == "valid" else 0)
        end = center + kernel_shape[axis] - before
        ranges.append(range(max(0, center - before), min(size, end)))
    return ranges


def _for_axes(kernel_shape: Any, strides: Any, rank: int) -> tuple[Any, Any]:
    """Sizes and strides for each axis, from one number for all or one for each."""
    sizes, steps = (
        (value,) * rank if isinstance(value, int) else value for value in (kernel_shape, strides)
    )
    if not len(sizes) == len(steps) == rank:
        raise ValueError(
            "Number of strides, input and kernel dimensions must all match. Received: "
            f"{len(steps)}, {rank}, {len(sizes)}."
        )
    return sizes, steps


def _connections(
    input_shape: Any, kernel_shape: Any, strides: Any, padding: str
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Pairs of places of the input and of the output that a convolution connects."""
    if padding not in ("same", "valid"):
        raise NotImplementedError(
            f'Padding type {padding} not supported. Only "valid" and "same" are implemented.'
        )
    kernel_shape, strides = _for_axes(kernel_shape, strides, len(input_shape))
    sizes = conv_output_shape(input_shape, kernel_shape, strides, padding)
    for place in itertools.product(*map(range, sizes)):
        axes = conv_connected_inputs(input_shape, kernel_shape, place, strides, padding)
        for source in itertools.product(*axes):
            yield source, place


def conv_kernel_mask(input_shape: Any, kernel_shape: Any, strides: Any, padding: str) -> Any:
    """Where places of the input (the first axes) and of the output (the last) are connected.

    Raises:
      NotImplementedError: for another padding than "same" and "valid".
      ValueError: the numbers of axes differ.
    """
    pairs = list(_connections(input_shape, kernel_shape, strides, padding))
    kernel_shape, strides = _for_axes(kernel_shape, strides, len(input_shape))
    places = conv_output_shape(input_shape, kernel_shape, strides, padding)
    mask = np.zeros((*input_shape, *places), bool)
    for source, place in pairs:
        mask[source + place] = True
    return mask


def conv_kernel_idxs(
    input_shape: Any,
    kernel_shape: Any,
    strides: Any,
    padding: str,
    filters_in: int,
    filters_out: int,
    data_format: str,
) -> Iterator[tuple[int, int]]:
    """The numbers of elements of output and input, both flat, that a convolution connects.

    Raises:
      NotImplementedError, ValueError: as `conv_kernel_mask`, and for another data format.
    """
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(
            f'Data format {data_format} not recignized.`data_format` must be "channels_first" or '
            '"channels_last".'
        )
    first = data_format == "channels_first"

    def with_channel(place: tuple[int, ...], channel: int) -> tuple[int, ...]:
        return (channel, *place) if first else (*place, channel)

    kernel_shape, strides = _for_axes(kernel_shape, strides, len(input_shape))
    places = conv_output_shape(input_shape, kernel_shape, strides, padding)
    in_sizes = with_channel(tuple(input_shape), filters_in)
    out_sizes = with_channel(places, filters_out)
    for source, place in _connections(input_shape, kernel_shape, strides, padding):
        for i, o in itertools.product(range(filters_in), range(filters_out)):
            row = np.ravel_multi_index(with_channel(place, o), out_sizes)
            column = np.ravel_multi_index(with_channel(source, i), in_sizes)
            yield int(row), int(column)


def convert_kernel(kernel: np.ndarray) -> np.ndarray:
    """A kernel turned over in its axes of space, as other backends have it.

    Raises:
      ValueError: it has none of 3 to 5 axes.
    """
    if not 3 <= kernel.ndim <= 5:
        raise ValueError("Invalid kernel shape:", kernel.shape)
    return np.copy(np.flip(kernel, tuple(range(kernel.ndim - 2))))
