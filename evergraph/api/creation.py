"""New tensors: tf.zeros, tf.ones, tf.fill, tf.placeholder, and the identities."""

from typing import Any

import numpy as np

from evergraph.api.shapes import reshape, shape_internal
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated_endpoints
from evergraph.base.dispatch import add_dispatch_support
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import SparseTensor
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor

_SMALL = 1000
"""Constants of fewer elements are written out; larger ones are a Fill."""


@export("fill")
def fill(dims: Any, value: Any, name: str | None = None) -> Tensor:
    """A tensor of shape `dims` that holds the scalar `value` everywhere. Stands for `tf.fill`."""
    return apply_op("Fill", dims, value, name=name)


def _is_small(shape: Any) -> bool:
    """Whether a constant of that shape is to be written out.

    TensorFlow lets NumPy multiply the sizes. Where one is a tensor that makes nodes (Mul, Less),
    of no use but part of its graphs.
    """
    if isinstance(shape, (int, TensorShape, np.ndarray)):
        return bool(np.prod([d for d in _sizes(shape)]) < _SMALL)
    sizes = _flat(shape)
    if not sizes:
        return True
    count = sizes[0]
    for size in sizes[1:]:
        count = count * size
    if isinstance(count, Tensor):
        _ = count < _SMALL
        return False
    return bool(count < _SMALL)


def _sizes(shape: Any) -> list[Any]:
    if isinstance(shape, TensorShape):
        sizes = shape.as_list() if shape.rank is not None else [None]
        return [_SMALL if d is None else d for d in sizes]
    return np.reshape(shape, -1).tolist()


def _flat(shape: Any) -> list[Any]:
    """The elements of nested lists."""
    if isinstance(shape, (list, tuple)):
        return [size for part in shape for size in _flat(part)]
    return [shape]


def _filled(shape: Any, value: Any, dtype: Any, name: str) -> Tensor:
    """A constant if it is small, else a Fill."""
    if not isinstance(shape, Tensor):
        try:
            try:
                if _is_small(shape):
                    return constant(value, shape=shape, dtype=dtype, name=name)
            except TypeError:
                pass
            shape = convert_to_tensor(TensorShape(shape), name="shape_as_tensor")
        except (TypeError, ValueError):
            shape = convert_to_tensor(shape, dtype=dtypes.int32)
    if not shape.dims:
        # A scalar or what may be one: make it a vector.
        shape = reshape(shape, [-1])
    return fill(shape, constant(value, dtype=dtype), name=name)


@export("zeros")
def zeros(shape: Any, dtype: Any = dtypes.float32, name: str | None = None) -> Tensor:
    """A tensor of zeros (False, empty strings). Stands for `tf.zeros`.

    Args:
      shape: a shape, as a list (of ints or scalar tensors), a TensorShape or a vector.
      dtype: the element type.
      name: the node's name.
    """
    dtype = dtypes.as_dtype(dtype).base_dtype
    with name_scope(name, "zeros", [shape]) as name:
        zero: Any = 0
        if dtype == dtypes.bool:
            zero = False
        elif dtype == dtypes.string:
            zero = ""
        return _filled(shape, zero, dtype, name)


@export("ones")
def ones(shape: Any, dtype: Any = dtypes.float32, name: str | None = None) -> Tensor:
    """A tensor of ones (True). Stands for `tf.ones`.

    Args:
      shape: a shape, as a list (of ints or scalar tensors), a TensorShape or a vector.
      dtype: the element type.
      name: the node's name.
    """
    dtype = dtypes.as_dtype(dtype).base_dtype
    with name_scope(name, "ones", [shape]) as name:
        return _filled(shape, True if dtype == dtypes.bool else 1, dtype, name)


@export("zeros_like")
@add_dispatch_support
def zeros_like(
    tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True
) -> Tensor:
    """Zeros in the shape of `tensor`. Stands for `tf.zeros_like`.

    Args:
      tensor: a tensor.
      dtype: the element type; default: that of `tensor`.
      name: the node's name.
      optimize: whether a known static shape makes a constant.
    """
    with name_scope(name, "zeros_like", [tensor]) as name:
        tensor = convert_to_tensor(tensor, name="tensor")
        if optimize and tensor.shape.is_fully_defined() and tensor.dtype != dtypes.variant:
            return zeros(tensor.shape, dtype=dtype or tensor.dtype, name=name)
        if dtype is not None and dtype != tensor.dtype and dtype != dtypes.variant:
            return zeros(shape_internal(tensor, optimize=optimize), dtype=dtype, name=name)
        return apply_op("ZerosLike", tensor, name=name)


zeros_like_impl = zeros_like


@add_dispatch_support
def zeros_like_v2(input: Any, dtype: Any = None, name: str | None = None) -> Tensor:
    """As `zeros_like`, with TensorFlow 2's arguments."""
    return zeros_like(input, dtype, name, optimize=True)


@export("ones_like")
@add_dispatch_support
def ones_like(
    tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True
) -> Tensor:
    """Ones in the shape of `tensor`. Stands for `tf.ones_like`.

    Args:
      tensor: a tensor.
      dtype: the element type; default: that of `tensor`.
      name: the node's name.
      optimize: whether a known static shape makes a constant.
    """
    with name_scope(name, "ones_like", [tensor]) as name:
        tensor = convert_to_tensor(tensor, name="tensor")
        shape = shape_internal(tensor, optimize=optimize)
        result = ones(shape, dtype=tensor.dtype if dtype is None else dtype, name=name)
        result.set_shape(tensor.get_shape())
        return result


ones_like_impl = ones_like


@add_dispatch_support
def ones_like_v2(input: Any, dtype: Any = None, name: str | None = None) -> Tensor:
    """As `ones_like`, with TensorFlow 2's arguments."""
    return ones_like(input, dtype, name, optimize=True)


# Placeholders.


@export("placeholder")
def placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> Tensor:
    """A tensor whose value each `Session.run` is given in `feed_dict`. Stands for `tf.placeholder`.

    Args:
      dtype: the element type.
      shape: what is known of the shape; default: nothing.
      name: the node's name.

    Raises:
      InvalidArgumentError: at run time, where no value is fed.
    """
    return apply_op("Placeholder", dtype=dtype, shape=shape, name=name)


@export("placeholder_with_default")
def placeholder_with_default(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """A tensor that passes on `input` unless a value is fed. Stands for
    `tf.placeholder_with_default`. Its static shape is `shape`, which may say less."""
    return apply_op("PlaceholderWithDefault", input, shape=shape, name=name)


@export("sparse.placeholder", "sparse_placeholder")
@deprecated_endpoints("sparse_placeholder")
def sparse_placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> SparseTensor:
    """A SparseTensor whose value each `Session.run` is given. Stands for `tf.sparse.placeholder`.

    Args:
      dtype: the element type.
      shape: the dense shape; where sizes are None it is fed, too.
      name: prefix of the names of the parts.
    """
    shape_name = f"{name}/shape" if name is not None else None
    dense_shape, rank = _normalized_sparse_shape(shape, shape_name)
    if dense_shape is None:
        dense_shape = placeholder(dtypes.int64, shape=[rank], name=shape_name)
    values = placeholder(dtype, shape=[None], name=f"{name}/values" if name is not None else None)
    indices = placeholder(
        dtypes.int64, shape=[None, rank], name=f"{name}/indices" if name is not None else None
    )
    return SparseTensor(indices=indices, values=values, dense_shape=dense_shape)


def _normalized_sparse_shape(shape: Any, name: str | None) -> tuple[Any, Any]:
    """A dense shape as an int64 tensor where it is known in full, and the rank."""
    if shape is None:
        return None, None
    rank = shape.get_shape()[0] if isinstance(shape, Tensor) else len(shape)
    if not isinstance(shape, Tensor) and None in list(shape):
        return None, rank
    return convert_to_tensor(shape, dtype=dtypes.int64, name=name), rank


# What passes a value on.


@export("identity")
@add_dispatch_support
def identity(input: Any, name: str | None = None) -> Tensor:
    """A tensor of the same value as `input`. Stands for `tf.identity`."""
    result = apply_op("Identity", input, name=name)
    if getattr(input, "_handle_data", None) is not None:
        result._handle_data = input._handle_data
    return result


@export("identity_n")
def identity_n(input: Any, name: str | None = None) -> list[Tensor]:
    """Tensors of the same values as those of the list `input`. Stands for `tf.identity_n`."""
    return apply_op("IdentityN", input, name=name)


@export("stop_gradient")
def stop_gradient(input: Any, name: str | None = None) -> Tensor:
    """`input`, through which no gradient goes. Stands for `tf.stop_gradient`."""
    return apply_op("StopGradient", input, name=name)


def prevent_gradient(input: Any, message: str = "", name: str | None = None) -> Tensor:
    """`input`; asking for a gradient through it is a LookupError with `message`."""
    return apply_op("PreventGradient", input, message=message, name=name)


def snapshot(input: Any, name: str | None = None) -> Tensor:
    """A copy of `input` as it is now."""
    return apply_op("Snapshot", input, name=name)


@export("guarantee_const")
def guarantee_const(input: Any, name: str | None = None) -> Tensor:
    """`input`, of which the program says that it never changes. Stands for `tf.guarantee_const`."""
    return apply_op("GuaranteeConst", input, name=name)


@export("debugging.check_numerics", "check_numerics")
@deprecated_endpoints("check_numerics")
@add_dispatch_support
def check_numerics(tensor: Any, message: str, name: str | None = None) -> Tensor:
    """`tensor`, checked for infinities and NaN. Stands for `tf.debugging.check_numerics`.

    Raises:
      InvalidArgumentError: at run time, with `message`, where there are any.
    """
    return apply_op("CheckNumerics", tensor, message=message, name=name)
