"""Arguments and sizes of convolutions and pools."""

from collections.abc import Mapping
from typing import Any

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
