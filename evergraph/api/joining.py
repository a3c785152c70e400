"""Tensors put together and taken apart: tf.stack, tf.concat, tf.split; lists that hold tensors."""

from typing import Any

import numpy as np

from evergraph.api.creation import identity
from evergraph.api.shapes import expand_dims
from evergraph.base import dtypes, nest
from evergraph.base.dispatch import add_dispatch_support
from evergraph.base.export import export
from evergraph.base.tensor_shape import Dimension, TensorShape
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.conversion import (
    convert_to_tensor,
    is_dense_tensor_like,
    register_tensor_conversion_function,
)
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


@export("stack")
@add_dispatch_support
def stack(values: Any, axis: int = 0, name: str = "stack") -> Tensor:
    """Tensors of one shape and dtype put side by side along a new axis. Stands for `tf.stack`.

    Args:
      values: a list of tensors.
      axis: where the new axis goes, in [-rank - 1, rank].
      name: the node's name.

    Raises:
      ValueError: `axis` is out of range.
    """
    if axis == 0:
        try:
            # A list of constants becomes one constant, a list with tensors a Pack.
            return convert_to_tensor(values, name=name)
        except (TypeError, ValueError):
            pass
    dims = convert_to_tensor(values[0], name=name).dims
    if dims is not None:
        count = len(dims) + 1
        if not -count <= axis < count:
            raise ValueError(f"axis = {axis} not in [{-count}, {count})")
    return apply_op("Pack", values, axis=axis, name=name)


@export("unstack")
def unstack(
    value: Any, num: int | None = None, axis: int = 0, name: str = "unstack"
) -> list[Tensor]:
    """The slices of `value` along `axis`, as a list of tensors. Stands for `tf.unstack`.

    Args:
      value: a tensor of rank 1 or more.
      num: how many there are; default: the static size.
      axis: the axis that goes.
      name: the node's name.

    Raises:
      ValueError: `num` is not given and not known, or `axis` is out of range.
    """
    if num is None:
        value = convert_to_tensor(value)
        if value.dims is not None:
            count = len(value.dims)
            if not -count <= axis < count:
                raise ValueError(f"axis = {axis} not in [{-count}, {count})")
            num = value.dims[axis]
    if num is None:
        raise ValueError(f"Cannot infer num from shape {value.get_shape()}")
    return apply_op("Unpack", value, num=num, axis=axis, name=name)


@export("pack")
def pack(values: Any, axis: int = 0, name: str = "pack") -> Tensor:
    """`tf.stack` under its name in TensorFlow 0.x."""
    return stack(values, axis, name)


@export("unpack")
def unpack(value: Any, num: int | None = None, axis: int = 0, name: str = "unpack") -> list[Tensor]:
    """`tf.unstack` under its name in TensorFlow 0.x."""
    return unstack(value, num, axis, name)


@export("parallel_stack")
def parallel_stack(values: Any, name: str = "parallel_stack") -> Tensor:
    """As `stack` along axis 0, for values of fully known shape. Stands for `tf.parallel_stack`."""
    with name_scope(name):
        first = convert_to_tensor(values[0])
        shape = TensorShape([len(values)]).concatenate(first.get_shape())
        return apply_op("ParallelConcat", [expand_dims(v, 0) for v in values], shape=shape)


@export("concat", "concat_v2")
@add_dispatch_support
def concat(values: Any, axis: Any, name: str = "concat") -> Tensor:
    """Tensors joined along an axis that they have. Stands for `tf.concat`.

    Args:
      values: a list of tensors of one dtype, equal in all sizes but that of `axis`.
      axis: an int or a scalar tensor, in [-rank, rank).
      name: the node's name.

    Raises:
      ValueError: shapes do not fit.
    """
    if isinstance(values, int) and isinstance(axis, (list, tuple)):
        # TensorFlow 0.x had the axis first.
        values, axis = axis, values
    if not isinstance(values, (list, tuple)):
        values = [values]
    if len(values) == 1:
        # Nothing to join; the axis is checked all the same.
        with name_scope(name):
            convert_to_tensor(
                axis, name="concat_dim", dtype=dtypes.int32
            ).get_shape().assert_has_rank(0)
            return identity(values[0], name=name)
    return apply_op("ConcatV2", values, axis, name=name)


@export("split")
def split(
    value: Any, num_or_size_splits: Any, axis: Any = 0, num: int | None = None, name: str = "split"
) -> list[Tensor]:
    """`value` cut along `axis` into a list of tensors. Stands for `tf.split`.

    Args:
      value: a tensor.
      num_or_size_splits: an int, the number of equal parts; or a vector of their sizes, one of
        which may be -1 (the rest).
      axis: an int or a scalar tensor.
      num: the number of parts, where the length of the vector is not known.
      name: the node's name.

    Raises:
      ValueError: the number of parts is not known, or the size is not divisible by it.
    """
    if isinstance(value, int) and isinstance(axis, Tensor):
        # TensorFlow 0.x had the axis first and the value last.
        value, axis = axis, value
    size_splits = convert_to_tensor(num_or_size_splits)
    if isinstance(num_or_size_splits, (int, Dimension)):
        return apply_op("Split", axis, value, num_split=num_or_size_splits, name=name)
    if size_splits.dims == ():
        raise ValueError(
            "Rank-0 tensors are not supported as the num_or_size_splits argument to split. "
            f"Argument provided: {num_or_size_splits}"
        )
    if num is None:
        if size_splits.dims:
            num = size_splits.dims[0]
        if num is None:
            raise ValueError(f"Cannot infer num from shape {num_or_size_splits}")
    return apply_op("SplitV", value, size_splits, axis, num_split=num, name=name)


# Lists and tuples that hold tensors, where a tensor is wanted.

_PLAIN = frozenset(
    [bool, bytes, complex, float, int, str, memoryview, np.ndarray, *np.sctypeDict.values()]
)


def _plain(value: Any) -> bool:
    """Whether nested lists hold numbers, strings and arrays alone."""
    for element in value:
        kind = type(element)
        if kind is list or kind is tuple:
            if not _plain(element):
                return False
        elif kind not in _PLAIN:
            return False
    return True


def _dtype_within(value: Any) -> Any:
    """The dtype of the first tensor within nested lists, or None."""
    for element in value:
        if is_dense_tensor_like(element):
            return element.dtype.base_dtype
        if isinstance(element, (list, tuple)):
            found = _dtype_within(element)
            if found is not None:
                return found
    return None


def _packed(value: Any, dtype: Any, name: str) -> Any:
    """Nested lists with tensors as a Pack of Packs; without tensors the list itself."""
    must_pack = False
    elements: list[Any] = []
    with name_scope(name) as scope:
        for i, element in enumerate(value):
            if is_dense_tensor_like(element):
                if dtype is not None and element.dtype.base_dtype != dtype:
                    raise TypeError(
                        f"Cannot convert a list containing a tensor of dtype {element.dtype} to "
                        f"{dtype} (Tensor is: {element!r})"
                    )
                must_pack = True
            elif isinstance(element, (list, tuple)):
                element = _packed(element, dtype, str(i))
                must_pack |= is_dense_tensor_like(element)
            elements.append(element)
        if not must_pack:
            return elements
        tensors = [
            element
            if is_dense_tensor_like(element)
            else constant(element, dtype=dtype, name=str(i))
            for i, element in enumerate(elements)
        ]
        return apply_op("Pack", tensors, name=scope)


def _autopacking_conversion(
    value: Any, dtype: Any = None, name: str | None = None, as_ref: bool = False
) -> Any:
    if as_ref or _plain(value):
        return NotImplemented
    found = _dtype_within(value)
    if found is None:
        return NotImplemented
    if dtype is None:
        dtype = found
    elif dtype != found:

        def as_wanted(element: Any) -> Any:
            if is_dense_tensor_like(element) and element.dtype.base_dtype != dtype:
                return apply_op("Cast", element, DstT=dtype)
            return element

        value = nest.map_structure(as_wanted, value)
    return _packed(value, dtype, name or "packed")


register_tensor_conversion_function((list, tuple), _autopacking_conversion, 99)


def _shape_conversion(
    shape: TensorShape, dtype: Any = None, name: str | None = None, as_ref: bool = False
) -> Tensor:
    if not shape.is_fully_defined():
        raise ValueError(f"Cannot convert a partially known TensorShape to a Tensor: {shape}")
    sizes = shape.as_list()
    large = next((size for size in sizes if size >= 2**31), 0)
    if dtype is None:
        dtype = dtypes.int64 if large else dtypes.int32
    elif dtype not in (dtypes.int32, dtypes.int64):
        raise TypeError(f"Cannot convert a TensorShape to dtype: {dtype}")
    elif dtype == dtypes.int32 and large:
        raise ValueError(
            f"Cannot convert a TensorShape to dtype int32; a dimension is too large ({large})"
        )
    return constant(sizes, dtype=dtype, name=name or "shape_as_tensor")


def _dimension_conversion(
    dimension: Dimension, dtype: Any = None, name: str | None = None, as_ref: bool = False
) -> Tensor:
    if dimension.value is None:
        raise ValueError(f"Cannot convert an unknown Dimension to a Tensor: {dimension}")
    if dtype is not None and dtype not in (dtypes.int32, dtypes.int64):
        raise TypeError(f"Cannot convert a TensorShape to dtype: {dtype}")
    return constant(dimension.value, dtype=dtype or dtypes.int32, name=name or "shape_as_tensor")


register_tensor_conversion_function(TensorShape, _shape_conversion, 100)
register_tensor_conversion_function(Dimension, _dimension_conversion, 100)
