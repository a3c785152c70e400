"""tf.keras.backend: convolutions, pools, biases, batch normalization."""

import itertools
from collections.abc import Sequence
from typing import Any

from evergraph.api import array_ops, depthwise_ops, nn_impl, nn_ops
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.tensor import Tensor
from evergraph.library.keras.functions.arrays import (
    batch_dot,
    concatenate,
    data_format_of,
    int_shape,
    ndim,
    temporal_padding,
)

# By rank: the names of the formats with the channels last.
LAST = {3: "NWC", 4: "NHWC", 5: "NDHWC"}


def _to_last(x: Any, rank: int, data_format: str) -> Any:
    """`x` with the channels last, as TensorFlow's kernels for CPUs want them."""
    if data_format != "channels_first":
        return x
    return array_ops.transpose(x, (0, *range(2, rank), 1))


def _from_last(x: Any, rank: int, data_format: str) -> Any:
    if data_format != "channels_first":
        return x
    return array_ops.transpose(x, (0, rank - 1, *range(1, rank - 1)))


def _padding(padding: str) -> str:
    if padding not in ("same", "valid"):
        raise ValueError("Invalid padding: " + str(padding))
    return padding.upper()


def _convolved(
    x: Any, kernel: Any, strides: Any, padding: str, data_format: Any, rate: Any, rank: int
) -> Tensor:
    data_format = data_format_of(data_format)
    x = _to_last(x, rank, data_format)
    x = nn_ops.convolution(
        input=x,
        filter=kernel,
        dilation_rate=rate,
        strides=strides,
        padding=_padding(padding),
        data_format=LAST[rank],
    )
    return _from_last(x, rank, data_format)


@export("keras.backend.conv1d")
def conv1d(
    x: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Tensor:
    """A convolution over one axis; "causal" padding is at its beginning. Stands for
    `tf.keras.backend.conv1d`."""
    data_format = data_format_of(data_format)
    if padding == "causal":
        x = temporal_padding(x, (dilation_rate * (kernel.shape.as_list()[0] - 1), 0))
        padding = "valid"
    return _convolved(x, kernel, strides, padding, data_format, dilation_rate, 3)


@export("keras.backend.conv2d")
def conv2d(
    x: Any,
    kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Tensor:
    """A convolution of images. Stands for `tf.keras.backend.conv2d`."""
    return _convolved(x, kernel, strides, padding, data_format, dilation_rate, 4)


@export("keras.backend.conv3d")
def conv3d(
    x: Any,
    kernel: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1, 1),
) -> Tensor:
    """A convolution of volumes. Stands for `tf.keras.backend.conv3d`."""
    return _convolved(x, kernel, strides, padding, data_format, dilation_rate, 5)


@export("keras.backend.conv2d_transpose")
def conv2d_transpose(
    x: Any,
    kernel: Any,
    output_shape: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Tensor:
    """The gradient of a convolution of images as a function. Stands for
    `tf.keras.backend.conv2d_transpose`.

    Args:
      x: a batch of images.
      kernel: of shape [height, width, channels of the result, channels of `x`].
      output_shape: the shape of the result; None for the batch's size takes that of `x`.
      strides, padding, data_format, dilation_rate: of the convolution.
    """
    data_format = data_format_of(data_format)
    x = _to_last(x, 4, data_format)
    if data_format == "channels_first":
        output_shape = tuple(output_shape[i] for i in (0, 2, 3, 1))
    if output_shape[0] is None:
        output_shape = (array_ops.shape(x)[0], *output_shape[1:])
    if isinstance(output_shape, (tuple, list)):
        output_shape = array_ops.stack(list(output_shape))
    padding = _padding(padding)
    if tuple(dilation_rate) == (1, 1):
        steps = (1, *strides, 1)
        x = nn_ops.conv2d_transpose(x, kernel, output_shape, steps, padding=padding)
    else:
        assert dilation_rate[0] == dilation_rate[1]
        x = nn_ops.atrous_conv2d_transpose(
            x, kernel, output_shape, rate=dilation_rate[0], padding=padding
        )
    return _from_last(x, 4, data_format)


@export("keras.backend.separable_conv2d")
def separable_conv2d(
    x: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Tensor:
    """A convolution of each channel, and one over channels. Stands for
    `tf.keras.backend.separable_conv2d`."""
    data_format = data_format_of(data_format)
    if len(strides) != 2:
        raise ValueError("`strides` must be a tuple of 2 integers.")
    x = _to_last(x, 4, data_format)
    x = nn_ops.separable_conv2d(
        x,
        depthwise_kernel,
        pointwise_kernel,
        strides=(1, *strides, 1),
        padding=_padding(padding),
        rate=dilation_rate,
        data_format="NHWC",
    )
    return _from_last(x, 4, data_format)


def depthwise_conv2d(
    x: Any,
    depthwise_kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Tensor:
    """A convolution of each channel of images for itself."""
    data_format = data_format_of(data_format)
    x = depthwise_ops.depthwise_conv2d(
        _to_last(x, 4, data_format),
        depthwise_kernel,
        strides=(1, *strides, 1),
        padding=_padding(padding),
        rate=dilation_rate,
        data_format="NHWC",
    )
    return _from_last(x, 4, data_format)


def _pooled(
    x: Any, size: Any, strides: Any, padding: str, data_format: Any, mode: str, rank: int
) -> Tensor:
    data_format = data_format_of(data_format)
    two = rank == 4
    pools = {
        "max": nn_ops.max_pool if two else nn_ops.max_pool3d,
        "avg": nn_ops.avg_pool if two else nn_ops.avg_pool3d,
    }
    if two and len(size) != 2:
        raise ValueError("`pool_size` must be a tuple of 2 integers.")
    if two and len(strides) != 2:
        raise ValueError("`strides` must be a tuple of 2 integers.")
    x = _to_last(x, rank, data_format)
    padding = _padding(padding)
    if mode not in pools:
        raise ValueError("Invalid pooling mode: " + str(mode))
    windows, steps = (1, *size, 1), (1, *strides, 1)
    x = pools[mode](x, windows, steps, padding=padding, data_format=LAST[rank])
    return _from_last(x, rank, data_format)


@export("keras.backend.pool2d")
def pool2d(
    x: Any,
    pool_size: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    pool_mode: str = "max",
) -> Tensor:
    """The greatest elements or the means ("avg") of windows of images. Stands for
    `tf.keras.backend.pool2d`."""
    return _pooled(x, pool_size, strides, padding, data_format, pool_mode, 4)


@export("keras.backend.pool3d")
def pool3d(
    x: Any,
    pool_size: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    pool_mode: str = "max",
) -> Tensor:
    """The greatest elements or the means ("avg") of windows of volumes. Stands for
    `tf.keras.backend.pool3d`."""
    return _pooled(x, pool_size, strides, padding, data_format, pool_mode, 5)


@export("keras.backend.local_conv1d")
def local_conv1d(
    inputs: Any, kernel: Any, kernel_size: Any, strides: Any, data_format: str | None = None
) -> Tensor:
    """A convolution over one axis with a kernel of its own for each place. Stands for
    `tf.keras.backend.local_conv1d`."""
    places = (kernel.shape[0],)
    return local_conv(inputs, kernel, kernel_size, strides, places, data_format)


@export("keras.backend.local_conv2d")
def local_conv2d(
    inputs: Any,
    kernel: Any,
    kernel_size: Any,
    strides: Any,
    output_shape: Any,
    data_format: str | None = None,
) -> Tensor:
    """A convolution of images with a kernel of its own for each place. Stands for
    `tf.keras.backend.local_conv2d`."""
    return local_conv(inputs, kernel, kernel_size, strides, output_shape, data_format)


def local_conv(
    inputs: Any, kernel: Any, size: Any, strides: Any, places: Sequence[Any], data_format: Any
) -> Tensor:
    """The windows at all places, each multiplied by its kernel."""
    first = data_format_of(data_format) == "channels_first"
    _, features, channels = int_shape(kernel)
    axes = range(len(places))
    windows = []
    for place in itertools.product(*(range(int(number)) for number in places)):
        starts = [place[i] * strides[i] for i in axes]
        window = [slice(starts[i], starts[i] + size[i]) for i in axes]
        all_of_it = slice(None)
        cut = [all_of_it, all_of_it, *window] if first else [all_of_it, *window, all_of_it]
        windows.append(array_ops.reshape(inputs[cut], (1, -1, features)))
    found = batch_dot(concatenate(windows, axis=0), kernel)
    found = array_ops.reshape(found, (*places, -1, channels))
    rank = len(places)
    order = [rank, rank + 1, *axes] if first else [rank, *axes, rank + 1]
    return array_ops.transpose(found, perm=order)


@export("keras.backend.bias_add")
def bias_add(x: Any, bias: Any, data_format: str | None = None) -> Tensor:
    """A bias for each channel, or for each place and channel, added. Stands for
    `tf.keras.backend.bias_add`.

    Raises:
      ValueError: the bias has another number of axes.
    """
    first = data_format_of(data_format) == "channels_first"
    sizes, rank = int_shape(bias), ndim(x)
    if len(sizes) != 1 and len(sizes) != rank - 1:
        raise ValueError(
            f"Unexpected bias dimensions {len(sizes)}, expect to be 1 or {rank} dimensions"
        )
    if rank not in LAST or (rank == 4 and len(sizes) == 1 and not first):
        return nn_ops.bias_add(x, bias)
    if len(sizes) == 1:
        # One axis less than it has, for volumes: they are stretched.
        ones = [1] * (rank - 2)
        shape = (1, sizes[0], *ones) if first else (1, *ones[: 2 if rank == 5 else None], sizes[0])
    else:
        shape = (1, sizes[-1], *sizes[:-1]) if first else (1, *sizes)
    return x + array_ops.reshape(bias, shape)


@export("keras.backend.normalize_batch_in_training")
def normalize_batch_in_training(
    x: Any, gamma: Any, beta: Any, reduction_axes: Any, epsilon: Any = 1e-3
) -> Any:
    """`x` less its means and divided by its deviations, and the means and variances. Stands for
    `tf.keras.backend.normalize_batch_in_training`.

    Args:
      x: a tensor.
      gamma, beta: factors and summands after it, or None.
      reduction_axes: the axes that means are taken over.
      epsilon: is added to variances.
    """
    axes = list(reduction_axes)
    if ndim(x) == 4 and axes == [0, 1, 2]:
        if gamma is None:
            gamma = constant(1.0, dtype=x.dtype, shape=[x.shape[3]])
        if beta is None:
            beta = constant(0.0, dtype=x.dtype, shape=[x.shape[3]])
        return nn_ops.fused_batch_norm(x, gamma, beta, epsilon=epsilon, data_format="NHWC")
    mean, variance = nn_impl.moments(x, reduction_axes, None, None, False)
    parts = [mean, variance, beta, gamma]
    if sorted(axes) != list(range(ndim(x)))[:-1] or (ndim(x) == 4 and axes == [0, 2, 3]):
        sizes = [1 if axis in axes else array_ops.shape(x)[axis] for axis in range(ndim(x))]
        shape = array_ops.stack(sizes)
        mean_part, variance_part, *others = parts
        given = (mean_part, variance_part, *reversed(others))
        wide = [None if part is None else array_ops.reshape(part, shape) for part in given]
        parts = [wide[0], wide[1], wide[3], wide[2]]
    return nn_impl.batch_normalization(x, *parts, epsilon), mean, variance


@export("keras.backend.batch_normalization")
def batch_normalization(
    x: Any, mean: Any, var: Any, beta: Any, gamma: Any, axis: int = -1, epsilon: Any = 1e-3
) -> Tensor:
    """`x` normalized by given means and variances. Stands for
    `tf.keras.backend.batch_normalization`.

    Args:
      x: a tensor.
      mean, var: means and variances.
      beta, gamma: summands and factors after it, or None.
      axis: where channels are.
      epsilon: is added to variances.
    """
    if ndim(x) == 4 and axis in (3, -1):

        def flat(part: Any, default: Any) -> Any:
            if part is None:
                return default(mean)
            return array_ops.reshape(part, [-1]) if ndim(part) > 1 else part

        mean, var = flat(mean, None), flat(var, None)
        beta, gamma = flat(beta, array_ops.zeros_like), flat(gamma, array_ops.ones_like)
        return nn_ops.fused_batch_norm(
            x,
            gamma,
            beta,
            epsilon=epsilon,
            mean=mean,
            variance=var,
            data_format="NHWC",
            is_training=False,
        )[0]
    return nn_impl.batch_normalization(x, mean, var, beta, gamma, epsilon)
