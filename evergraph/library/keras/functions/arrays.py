"""tf.keras.backend: shapes, axes, products of matrices, images made larger."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, math_ops, sparse_math, sparse_ops
from evergraph.api.image_resizing import resize_images_v2
from evergraph.base.export import export
from evergraph.graph.composite import SparseTensor
from evergraph.graph.constant import constant
from evergraph.graph.tensor import Tensor
from evergraph.library.keras.backend import floatx, image_data_format

FORMATS = ("channels_first", "channels_last")


def data_format_of(given: str | None) -> str:
    """The data format, or that of `set_image_data_format` for None; ValueError for any other."""
    found = image_data_format() if given is None else given
    if found not in FORMATS:
        raise ValueError("Unknown data_format: " + str(found))
    return found


@export("keras.backend.backend")
def backend() -> str:
    """ "tensorflow". Stands for `tf.keras.backend.backend`."""
    return "tensorflow"


@export("keras.backend.cast_to_floatx")
def cast_to_floatx(x: Any) -> Any:
    """An array of the element type of `floatx`. Stands for `tf.keras.backend.cast_to_floatx`."""
    return np.asarray(x, dtype=floatx())


@export("keras.backend.is_sparse")
def is_sparse(tensor: Any) -> bool:
    """Whether it is a SparseTensor. Stands for `tf.keras.backend.is_sparse`."""
    return isinstance(tensor, SparseTensor)


@export("keras.backend.to_dense")
def to_dense(tensor: Any) -> Any:
    """A SparseTensor as a tensor; others as they are. Stands for `tf.keras.backend.to_dense`."""
    return sparse_ops.sparse_tensor_to_dense(tensor) if is_sparse(tensor) else tensor


@export("keras.backend.shape")
def shape(x: Any) -> Tensor:
    """The shape as a tensor. Stands for `tf.keras.backend.shape`."""
    return array_ops.shape(x)


@export("keras.backend.int_shape")
def int_shape(x: Any) -> Any:
    """The static shape as a tuple with None for what is not known, or None. Stands for
    `tf.keras.backend.int_shape`."""
    if isinstance(x.shape, tuple):
        return x.shape
    return None if x.shape.ndims is None else tuple(x.shape.as_list())


@export("keras.backend.ndim")
def ndim(x: Any) -> Any:
    """The number of axes, or None. Stands for `tf.keras.backend.ndim`."""
    return x.shape.ndims


@export("keras.backend.dtype")
def dtype(x: Any) -> str:
    """The name of the element type. Stands for `tf.keras.backend.dtype`."""
    return x.dtype.base_dtype.name


@export("keras.backend.count_params")
def count_params(x: Any) -> Any:
    """The number of elements. Stands for `tf.keras.backend.count_params`."""
    return np.prod(x.shape.as_list())


def _sizes(x: Any) -> tuple[Any, ...]:
    """The sizes of the axes, as numbers where they are known."""
    return tuple(
        size if static is None else static
        for static, size in zip(int_shape(x), array_ops.unstack(array_ops.shape(x)), strict=True)
    )


@export("keras.backend.dot")
def dot(x: Any, y: Any) -> Tensor:
    """The product of the last axis of `x` with the last but one of `y`. Stands for
    `tf.keras.backend.dot`."""
    if ndim(x) is not None and (ndim(x) > 2 or ndim(y) > 2):
        left, right = _sizes(x), _sizes(y)
        order = list(range(ndim(y)))
        order = [order.pop(-2), *order]
        rows = array_ops.reshape(x, [-1, left[-1]])
        columns = array_ops.reshape(array_ops.transpose(y, perm=order), [right[-2], -1])
        product = math_ops.matmul(rows, columns)
        return array_ops.reshape(product, left[:-1] + right[:-2] + right[-1:])
    if is_sparse(x):
        return sparse_math.sparse_tensor_dense_matmul(x, y)
    return math_ops.matmul(x, y)


def _with_axes(x: Any, number: int) -> Tensor:
    return array_ops.reshape(x, array_ops.concat([array_ops.shape(x), [1] * number], axis=0))


@export("keras.backend.batch_dot")
def batch_dot(x: Any, y: Any, axes: Any = None) -> Tensor:
    """The product of each example of `x` with that of `y`. Stands for
    `tf.keras.backend.batch_dot`.

    Args:
      x, y: tensors with the batch in the first axis.
      axes: the axis of each that is summed over; one number for both.
    """
    axes = (axes, axes) if isinstance(axes, int) else axes
    ranks = ndim(x), ndim(y)
    if axes is None:
        axes = [ranks[0] - 1, ranks[1] - 2]
    more = abs(ranks[0] - ranks[1])
    if ranks[0] > ranks[1]:
        y = _with_axes(y, more)
    elif ranks[1] > ranks[0]:
        x = _with_axes(x, more)
    if ndim(x) == 2 and ndim(y) == 2:
        if axes[0] == axes[1]:
            found = math_ops.reduce_sum(math_ops.multiply(x, y), axes[0])
        else:
            turned = array_ops.transpose(x, [1, 0])
            found = math_ops.reduce_sum(math_ops.multiply(turned, y), axes[1])
    else:
        first = axes[0] != ndim(x) - 1
        found = math_ops.matmul(x, y, adjoint_a=first, adjoint_b=axes[1] == ndim(y) - 1)
    if more:
        start = sum(ranks) - 3 if ranks[0] > ranks[1] else ranks[0] - 1
        found = array_ops.squeeze(found, list(range(start, start + more)))
    return array_ops.expand_dims(found, 1) if ndim(found) == 1 else found


@export("keras.backend.transpose")
def transpose(x: Any) -> Tensor:
    """The axes in reverse order. Stands for `tf.keras.backend.transpose`."""
    return array_ops.transpose(x)


@export("keras.backend.gather")
def gather(reference: Any, indices: Any) -> Tensor:
    """Rows by their numbers. Stands for `tf.keras.backend.gather`."""
    return array_ops.gather(reference, indices)


@export("keras.backend.concatenate")
def concatenate(tensors: Any, axis: int = -1) -> Any:
    """Tensors, or SparseTensors, one after the other along an axis. Stands for
    `tf.keras.backend.concatenate`."""
    if axis < 0:
        rank = ndim(tensors[0])
        axis = axis % rank if rank else 0
    if all(map(is_sparse, tensors)):
        return sparse_ops.sparse_concat(axis, tensors)
    return array_ops.concat([to_dense(x) for x in tensors], axis)


@export("keras.backend.reshape")
def reshape(x: Any, shape: Any) -> Tensor:
    """The elements in another shape. Stands for `tf.keras.backend.reshape`."""
    return array_ops.reshape(x, shape)


@export("keras.backend.permute_dimensions")
def permute_dimensions(x: Any, pattern: Any) -> Tensor:
    """The axes in another order. Stands for `tf.keras.backend.permute_dimensions`."""
    return array_ops.transpose(x, perm=pattern)


@export("keras.backend.resize_images")
def resize_images(
    x: Any, height_factor: Any, width_factor: Any, data_format: str, interpolation: str = "nearest"
) -> Tensor:
    """Images made larger by factors. Stands for `tf.keras.backend.resize_images`.

    Args:
      x: a batch of images.
      height_factor, width_factor: whole numbers.
      data_format: "channels_first" or "channels_last".
      interpolation: "nearest" or "bilinear".

    Raises:
      ValueError: for another format or interpolation.
    """
    if data_format not in FORMATS:
        raise ValueError(f"Invalid `data_format` argument: {data_format}")
    first = data_format == "channels_first"
    row = 2 if first else 1
    height, width = int_shape(x)[row : row + 2]
    size = array_ops.shape(x)[row : row + 2]
    size *= constant(np.array([height_factor, width_factor], dtype="int32"))
    if first:
        x = array_ops.transpose(x, perm=[0, 2, 3, 1])
    if interpolation not in ("nearest", "bilinear"):
        raise ValueError('interpolation should be one of "nearest" or "bilinear".')
    x = resize_images_v2(x, size, method=interpolation)
    if first:
        x = array_ops.transpose(x, perm=[0, 3, 1, 2])
    height = None if height is None else height * height_factor
    width = None if width is None else width * width_factor
    x.set_shape((None, None, height, width) if first else (None, height, width, None))
    return x


@export("keras.backend.resize_volumes")
def resize_volumes(
    x: Any, depth_factor: Any, height_factor: Any, width_factor: Any, data_format: str
) -> Tensor:
    """Volumes made larger by factors, with each element repeated. Stands for
    `tf.keras.backend.resize_volumes`."""
    if data_format not in FORMATS:
        raise ValueError("Invalid data_format: " + str(data_format))
    start = 2 if data_format == "channels_first" else 1
    for axis, factor in enumerate((depth_factor, height_factor, width_factor), start):
        x = repeat_elements(x, factor, axis=axis)
    return x


@export("keras.backend.repeat_elements")
def repeat_elements(x: Any, rep: int, axis: int) -> Tensor:
    """Each element `rep` times along an axis. Stands for `tf.keras.backend.repeat_elements`."""
    sizes = x.shape.as_list()
    if sizes[axis] is not None:
        parts = array_ops.split(value=x, num_or_size_splits=sizes[axis], axis=axis)
        return concatenate([part for part in parts for _ in range(rep)], axis)
    size = array_ops.shape(x)
    times = np.ones(len(sizes) + 1)
    times[axis + 1] = rep
    repeated = array_ops.tile(array_ops.expand_dims(x, axis=axis + 1), times)
    factors = np.ones(len(sizes))
    factors[axis] = rep
    size *= constant(factors, dtype="int32")
    repeated = array_ops.reshape(repeated, size)
    repeated.set_shape(sizes)
    return repeated


@export("keras.backend.repeat")
def repeat(x: Any, n: int) -> Tensor:
    """Each row of a matrix `n` times, in a new axis. Stands for `tf.keras.backend.repeat`."""
    assert ndim(x) == 2
    return array_ops.tile(array_ops.expand_dims(x, 1), array_ops.stack([1, n, 1]))


@export("keras.backend.arange")
def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = "int32") -> Tensor:
    """Numbers from `start`, or from 0 up to `start`. Stands for `tf.keras.backend.arange`."""
    if stop is None and start < 0:
        start = 0
    found = math_ops.range(start, limit=stop, delta=step, name="arange")
    return found if dtype == "int32" else math_ops.cast(found, dtype)


@export("keras.backend.tile")
def tile(x: Any, n: Any) -> Tensor:
    """`x` repeated along its axes. Stands for `tf.keras.backend.tile`."""
    return array_ops.tile(x, [n] if isinstance(n, int) else n)


@export("keras.backend.flatten")
def flatten(x: Any) -> Tensor:
    """All elements in one axis. Stands for `tf.keras.backend.flatten`."""
    return array_ops.reshape(x, [-1])


@export("keras.backend.batch_flatten")
def batch_flatten(x: Any) -> Tensor:
    """All axes but the first as one. Stands for `tf.keras.backend.batch_flatten`."""
    size = math_ops.reduce_prod(array_ops.shape(x)[1:], None, False)
    return array_ops.reshape(x, array_ops.stack([-1, size]))


@export("keras.backend.expand_dims")
def expand_dims(x: Any, axis: int = -1) -> Tensor:
    """A new axis of size 1. Stands for `tf.keras.backend.expand_dims`."""
    return array_ops.expand_dims(x, axis)


@export("keras.backend.squeeze")
def squeeze(x: Any, axis: int) -> Tensor:
    """Without an axis of size 1. Stands for `tf.keras.backend.squeeze`."""
    return array_ops.squeeze(x, [axis])


@export("keras.backend.temporal_padding")
def temporal_padding(x: Any, padding: Any = (1, 1)) -> Tensor:
    """Zeros around the middle one of three axes. Stands for
    `tf.keras.backend.temporal_padding`."""
    assert len(padding) == 2
    return array_ops.pad(x, [[0, 0], [padding[0], padding[1]], [0, 0]])


def _padded(x: Any, padding: Any, data_format: str | None) -> Tensor:
    assert all(len(pair) == 2 for pair in padding)
    inner = [list(pair) for pair in padding]
    if data_format_of(data_format) == "channels_first":
        return array_ops.pad(x, [[0, 0], [0, 0], *inner])
    return array_ops.pad(x, [[0, 0], *inner, [0, 0]])


@export("keras.backend.spatial_2d_padding")
def spatial_2d_padding(
    x: Any, padding: Any = ((1, 1), (1, 1)), data_format: str | None = None
) -> Tensor:
    """Zeros around images. Stands for `tf.keras.backend.spatial_2d_padding`."""
    assert len(padding) == 2
    return _padded(x, padding, data_format)


@export("keras.backend.spatial_3d_padding")
def spatial_3d_padding(
    x: Any, padding: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None
) -> Tensor:
    """Zeros around volumes. Stands for `tf.keras.backend.spatial_3d_padding`."""
    assert len(padding) == 3
    return _padded(x, padding, data_format)


@export("keras.backend.stack")
def stack(x: Any, axis: int = 0) -> Tensor:
    """Tensors as one, with a new axis. Stands for `tf.keras.backend.stack`."""
    return array_ops.stack(x, axis=axis)


@export("keras.backend.one_hot")
def one_hot(indices: Any, num_classes: int) -> Tensor:
    """Rows of 0 with a single 1. Stands for `tf.keras.backend.one_hot`."""
    return array_ops.one_hot(indices, depth=num_classes, axis=-1)


@export("keras.backend.reverse")
def reverse(x: Any, axes: Any) -> Tensor:
    """The elements in reverse order along axes. Stands for `tf.keras.backend.reverse`."""
    return array_ops.reverse(x, [axes] if isinstance(axes, int) else axes)


@export("keras.backend.zeros_like")
def zeros_like(x: Any, dtype: Any = None, name: str | None = None) -> Tensor:
    """Zeros of the same shape. Stands for `tf.keras.backend.zeros_like`."""
    return array_ops.zeros_like(x, dtype=dtype, name=name)


@export("keras.backend.ones_like")
def ones_like(x: Any, dtype: Any = None, name: str | None = None) -> Tensor:
    """Ones of the same shape. Stands for `tf.keras.backend.ones_like`."""
    return array_ops.ones_like(x, dtype=dtype, name=name)


@export("keras.backend.stop_gradient")
def stop_gradient(variables: Any) -> Any:
    """A tensor, or an iterator of tensors, that gradients do not pass. Stands for
    `tf.keras.backend.stop_gradient`."""
    if isinstance(variables, (list, tuple)):
        return map(array_ops.stop_gradient, variables)
    return array_ops.stop_gradient(variables)
