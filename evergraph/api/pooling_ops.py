"""Pooling: `tf.nn.max_pool`, `tf.nn.avg_pool` and kin, `tf.nn.pool`."""

from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.api import array_ops
from evergraph.api.atrous_ops import _strides_and_rates, with_space_to_batch
from evergraph.api.convolution_ops import _get_sequence
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated_argument_lookup
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor

_LAST = {2: "NHWC", 3: "NDHWC"}


def _pooled(
    op_type: str,
    value: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None,
    name: str | None,
    channel_index: int | None = None,
) -> Tensor:
    """A pooling node; its sizes are a number, or one for each spatial axis or each axis."""
    count = 3 if op_type.endswith("3D") else 2
    data_format = data_format or _LAST[count]
    if channel_index is None:
        channel_index = 1 if data_format.startswith("NC") else count + 1
    return apply_op(
        op_type,
        value,
        ksize=_get_sequence(ksize, count, channel_index, "ksize"),
        strides=_get_sequence(strides, count, channel_index, "strides"),
        padding=padding,
        data_format=data_format,
        name=name,
    )


def _pool1d(
    op_type: str,
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None,
    name: str | None,
) -> Tensor:
    """Pooling of sequences: of images one row high."""
    data_format = data_format or "NWC"
    channel_index = 1 if data_format.startswith("NC") else 2
    ksize = [1, *_get_sequence(ksize, 1, channel_index, "ksize")]
    strides = [1, *_get_sequence(strides, 1, channel_index, "strides")]
    axis, layout = (1, "NHWC") if data_format == "NWC" else (2, "NCHW")
    input = array_ops.expand_dims_v2(input, axis)
    result = apply_op(
        op_type,
        input,
        ksize=ksize,
        strides=strides,
        padding=padding,
        data_format=layout,
        name=name,
    )
    return array_ops.squeeze(result, axis)


def _any_pool(kind: str, input: Any, data_format: str | None) -> tuple[int, int]:
    """The number of spatial axes, and where channels are."""
    if input.shape is not None:
        count = len(input.shape) - 2
    elif data_format is not None:
        count = len(data_format) - 2
    else:
        raise ValueError("The input must have a rank or a data format must be given.")
    if not 1 <= count <= 3:
        raise ValueError(f"Input tensor must be of rank 3, 4 or 5 but was {count + 2}.")
    first = data_format is not None and data_format.startswith("NC")
    return count, 1 if first else count + 1


@export("nn.max_pool_v2")
def max_pool_v2(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The largest value in each window of sequences, images or volumes. Stands for
    `tf.nn.max_pool_v2`.

    Args:
      input: [batch, space..., channels] with 1 to 3 spatial axes, or with the channels second if
        `data_format` starts with "NC".
      ksize, strides: the size of a window and how far it moves: a number, or one for each spatial
        axis or each axis.
      padding: "SAME" or "VALID".
      name: a name for the node.

    Raises:
      ValueError: `input` is of another rank.
    """
    count, channel_index = _any_pool("max", input, data_format)
    ksize = _get_sequence(ksize, count, channel_index, "ksize")
    strides = _get_sequence(strides, count, channel_index, "strides")
    if count == 1:
        return max_pool1d(input, ksize, strides, padding, data_format or "NWC", name)
    op_type = "MaxPool" if count == 2 else "MaxPool3D"
    return _pooled(op_type, input, ksize, strides, padding, data_format, name)


@export("nn.avg_pool_v2")
def avg_pool_v2(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The average of each window of sequences, images or volumes. Stands for
    `tf.nn.avg_pool_v2`; arguments as `max_pool_v2`'s."""
    count, channel_index = _any_pool("avg", input, data_format)
    ksize = _get_sequence(ksize, count, channel_index, "ksize")
    strides = _get_sequence(strides, count, channel_index, "strides")
    if count == 1:
        return avg_pool1d(input, ksize, strides, padding, data_format or "NWC", name)
    op_type = "AvgPool" if count == 2 else "AvgPool3D"
    return _pooled(op_type, input, ksize, strides, padding, data_format, name)


@export("nn.max_pool")
def max_pool(
    value: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NHWC",
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """The largest value in each window of images. Stands for `tf.nn.max_pool`.

    Args:
      value: [batch, rows, columns, channels], or [batch, channels, rows, columns] if `data_format`
        is "NCHW".
      ksize, strides: the size of a window and how far it moves: a number, two, or one for each
        axis.
      padding: "SAME" (what lies outside of the image does not count) or "VALID".
      name: a name scope for the node.
      input: a newer name of `value`.

    Raises:
      ValueError: `ksize` has a 0.
    """
    value = deprecated_argument_lookup("input", input, "value", value)
    with name_scope(name, "MaxPool", [value]) as name:
        channel_index = 1 if (data_format or "NHWC").startswith("NC") else 3
        ksize = _get_sequence(ksize, 2, channel_index, "ksize")
        strides = _get_sequence(strides, 2, channel_index, "strides")
        if any(size == 0 for size in ksize):
            raise ValueError("ksize cannot be zero.")
        return _pooled("MaxPool", value, ksize, strides, padding, data_format, name)


@export("nn.max_pool2d")
def max_pool2d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NHWC",
    name: str | None = None,
) -> Tensor:
    """As `tf.nn.max_pool`. Stands for `tf.nn.max_pool2d`."""
    with name_scope(name, "MaxPool2d", [input]) as name:
        return _pooled("MaxPool", input, ksize, strides, padding, data_format, name)


@export("nn.avg_pool", "nn.avg_pool2d")
def avg_pool(
    value: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NHWC",
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """The average of each window of images, of what lies within the image. Stands for
    `tf.nn.avg_pool`; arguments as `max_pool`'s."""
    with name_scope(name, "AvgPool", [value]) as name:
        value = deprecated_argument_lookup("input", input, "value", value)
        return _pooled("AvgPool", value, ksize, strides, padding, data_format, name)


def avg_pool2d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NHWC",
    name: str | None = None,
) -> Tensor:
    """As `tf.nn.avg_pool`, with TensorFlow 2's arguments."""
    with name_scope(name, "AvgPool2D", [input]) as name:
        return _pooled("AvgPool", input, ksize, strides, padding, data_format, name)


@export("nn.max_pool1d")
def max_pool1d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NWC",
    name: str | None = None,
) -> Tensor:
    """The largest value in each window of sequences [batch, steps, channels] ("NWC") or
    [batch, channels, steps] ("NCW"). Stands for `tf.nn.max_pool1d`."""
    with name_scope(name, "MaxPool1d", [input]) as name:
        return _pool1d("MaxPool", input, ksize, strides, padding, data_format, name)


@export("nn.avg_pool1d")
def avg_pool1d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NWC",
    name: str | None = None,
) -> Tensor:
    """The average of each window of sequences [batch, steps, channels] ("NWC") or
    [batch, channels, steps] ("NCW"). Stands for `tf.nn.avg_pool1d`."""
    with name_scope(name, "AvgPool1D", [input]) as name:
        return _pool1d("AvgPool", input, ksize, strides, padding, data_format, name)


@export("nn.max_pool3d")
def max_pool3d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NDHWC",
    name: str | None = None,
) -> Tensor:
    """The largest value in each window of volumes [batch, planes, rows, columns, channels], or
    with the channels second ("NCDHW"). Stands for `tf.nn.max_pool3d`."""
    with name_scope(name, "MaxPool3D", [input]) as name:
        return _pooled("MaxPool3D", input, ksize, strides, padding, data_format, name)


@export("nn.avg_pool3d")
def avg_pool3d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NDHWC",
    name: str | None = None,
) -> Tensor:
    """The average of each window of volumes; as `max_pool3d`. Stands for `tf.nn.avg_pool3d`."""
    with name_scope(name, "AvgPool3D", [input]) as name:
        return _pooled("AvgPool3D", input, ksize, strides, padding, data_format, name)


def max_pool_with_argmax_v2(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    output_dtype: Any = dtypes.int64,
    include_batch_in_index: bool = False,
    name: str | None = None,
) -> Any:
    """As `tf.nn.max_pool_with_argmax`, with TensorFlow 2's arguments."""
    if data_format != "NHWC":
        raise ValueError("Data formats other than 'NHWC' are not yet supported")
    return apply_op(
        "MaxPoolWithArgmax",
        input,
        ksize=_get_sequence(ksize, 2, 3, "ksize"),
        strides=_get_sequence(strides, 2, 3, "strides"),
        padding=padding,
        Targmax=output_dtype,
        include_batch_in_index=include_batch_in_index,
        name=name,
    )


@export("nn.max_pool_with_argmax")
def max_pool_with_argmax_v1(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    Targmax: Any = None,
    name: str | None = None,
    output_dtype: Any = None,
    include_batch_in_index: bool = False,
) -> Any:
    """The largest value in each window of images, and where it stands. Stands for
    `tf.nn.max_pool_with_argmax`.

    Args:
      input: [batch, rows, columns, channels].
      ksize, strides: a number for each axis.
      padding: "SAME" or "VALID".
      data_format: "NHWC".
      Targmax: the dtype of the places, int32 or int64 (default).
      name: a name for the node.
      output_dtype: a newer name of `Targmax`.
      include_batch_in_index: whether places are counted over the batch, or in each image.

    Returns:
      (output, argmax).

    Raises:
      ValueError: another data format.
    """
    if data_format != "NHWC":
        raise ValueError("Data formats other than 'NHWC' are not yet supported")
    dtype = deprecated_argument_lookup("output_dtype", output_dtype, "Targmax", Targmax)
    return apply_op(
        "MaxPoolWithArgmax",
        input,
        ksize=ksize,
        strides=strides,
        padding=padding,
        Targmax=dtypes.int64 if dtype is None else dtype,
        include_batch_in_index=include_batch_in_index,
        name=name,
    )


_POOLS: dict[tuple[str, int], Callable[..., Tensor]] = {
    ("MAX", 1): max_pool,
    ("MAX", 2): max_pool,
    ("MAX", 3): max_pool3d,
    ("AVG", 1): avg_pool,
    ("AVG", 2): avg_pool,
    ("AVG", 3): avg_pool3d,
}


@export("nn.pool")
def pool(
    input: Any,
    window_shape: Any,
    pooling_type: str,
    padding: str,
    dilation_rate: Any = None,
    strides: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """Pooling of sequences, images or volumes, with holes in the window or not. Stands for
    `tf.nn.pool`.

    Args:
      input: [batch, space..., channels], or with the channels second if `data_format` starts with
        "NC".
      window_shape: the window's size along each spatial axis.
      pooling_type: "MAX" or "AVG".
      padding: "SAME" (without holes) or "VALID".
      dilation_rate: how far apart the places of a window are along each axis.
      strides: how far windows move along each axis, at most their size. Not with holes.
      name: a name scope for the nodes.
      data_format: the layout.
      dilations: a newer name of `dilation_rate`.

    Raises:
      ValueError: an argument is of a wrong form.
    """
    rates = deprecated_argument_lookup("dilations", dilations, "dilation_rate", dilation_rate)
    with name_scope(name, f"{pooling_type.lower()}_pool", [input]) as scope:
        input = convert_to_tensor(input, name="input")
        count = len(window_shape)
        if count < 1 or count > 3:
            raise ValueError("It is required that 1 <= num_spatial_dims <= 3.")
        input.shape.with_rank(count + 2)
        strides, rates = _strides_and_rates(count, strides, rates)
        if padding == "SAME" and np.any(rates > 1):
            raise ValueError("pooling with SAME padding is not implemented for dilation_rate > 1")
        if np.any(strides > window_shape):
            raise ValueError(
                "strides > window_shape not supported due to inconsistency between CPU and GPU "
                "implementations"
            )
        function = _POOLS.get((pooling_type, count))
        if function is None:
            raise ValueError(f"{count}-D {pooling_type} pooling is not supported.")
        first = data_format is not None and data_format.startswith("NC")
        axes = range(2, count + 2) if first else range(1, count + 1)
        sizes, moves = list(window_shape), list(strides)
        whole = [[1, 1, *v] if first else [1, *v, 1] for v in (sizes, moves)]
        if count == 1:
            if data_format not in {None, "NWC", "NCW"}:
                raise ValueError('data_format must be either "NWC" or "NCW".')
            data_format = "NCHW" if first else "NHWC"
            whole = [[1, *v] for v in whole]

        def op(images: Tensor, _: int, padding: str) -> Tensor:
            if count == 1:
                images = array_ops.expand_dims(images, axes[0])
            result = function(images, *whole, padding, name=scope, data_format=data_format)
            return array_ops.squeeze(result, [axes[0]]) if count == 1 else result

        return with_space_to_batch(
            input, rates, padding, op, filter_shape=window_shape, spatial_dims=axes
        )


def pool_v2(
    input: Any,
    window_shape: Any,
    pooling_type: str,
    strides: Any = None,
    padding: str = "VALID",
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """As `tf.nn.pool`, with TensorFlow 2's arguments."""
    return pool(input, window_shape, pooling_type, padding, dilations, strides, name, data_format)
