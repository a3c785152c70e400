"""Partitioners for `tf.get_variable`, and variables in parts as older programs make them."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api import variable_scope
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.dtypes import DType
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape

Partitioner = Callable[..., list[int]]


@export("variable_axis_size_partitioner")
def variable_axis_size_partitioner(
    max_shard_bytes: int,
    axis: int = 0,
    bytes_per_string_element: int = 16,
    max_shards: int | None = None,
) -> Partitioner:
    """A partitioner that keeps parts below a size. Stands for `tf.variable_axis_size_partitioner`.

    Args:
      max_shard_bytes: how large a part may be, where it has more than one row.
      axis: the axis to cut.
      bytes_per_string_element: the size to reckon with for a string.
      max_shards: how many parts there may be at most.

    Raises:
      ValueError: a size or number is not positive.
    """
    if max_shard_bytes < 1 or bytes_per_string_element < 1:
        raise ValueError("Both max_shard_bytes and bytes_per_string_element must be positive.")
    if max_shards and max_shards < 1:
        raise ValueError("max_shards must be positive.")

    def _partitioner(shape: Any, dtype: Any) -> list[int]:
        if not isinstance(shape, TensorShape):
            raise ValueError(f"shape is not a TensorShape: {shape}")
        if not shape.is_fully_defined():
            raise ValueError(f"shape is not fully defined: {shape}")
        if not isinstance(dtype, DType):
            raise ValueError(f"dtype is not a DType: {dtype}")
        size = bytes_per_string_element if dtype.base_dtype == dtypes.string else dtype.size
        rows = shape.dims[axis].value
        row_bytes = 1.0 * (shape.num_elements() / rows) * size
        rows_per_part = max(1, math.floor(max_shard_bytes / row_bytes))
        parts = int(math.ceil(1.0 * rows / rows_per_part))
        partitions = [1] * shape.ndims
        partitions[axis] = min(max_shards, parts) if max_shards else parts
        return partitions

    return _partitioner


@export("min_max_variable_partitioner")
def min_max_variable_partitioner(
    max_partitions: int = 1,
    axis: int = 0,
    min_slice_size: int = 256 << 10,
    bytes_per_string_element: int = 16,
) -> Partitioner:
    """A partitioner that keeps parts above a size. Stands for `tf.min_max_variable_partitioner`.

    Args:
      max_partitions: how many parts there may be at most.
      axis: the axis to cut.
      min_slice_size: how many bytes a part has at least.
      bytes_per_string_element: the size to reckon with for a string.
    """

    def _partitioner(shape: Any, dtype: Any) -> list[int]:
        if axis >= len(shape):
            raise ValueError(
                f"Can not partition variable along axis {axis} when shape is only {shape}"
            )
        size = bytes_per_string_element if dtype.base_dtype == dtypes.string else dtype.size
        wanted = math.ceil(shape.num_elements() * size / min_slice_size)
        partitions = [1] * len(shape)
        partitions[axis] = max(1, min(shape.dims[axis].value, max_partitions, wanted))
        return partitions

    return _partitioner


@export("fixed_size_partitioner")
def fixed_size_partitioner(num_shards: int, axis: int = 0) -> Partitioner:
    """A partitioner into `num_shards` parts along `axis`, or as many as there are rows. Stands for
    `tf.fixed_size_partitioner`."""

    def _partitioner(shape: Any, **unused_args: Any) -> list[int]:
        partitions = [1] * len(shape)
        partitions[axis] = min(num_shards, shape.dims[axis].value)
        return partitions

    return _partitioner


@export("create_partitioned_variables")
@deprecated(date=None, instructions="Use `tf.get_variable` with a partitioner set.")
def create_partitioned_variables(
    shape: Sequence[int],
    slicing: Sequence[int],
    initializer: Any,
    dtype: Any = dtypes.float32,
    trainable: bool = True,
    collections: Any = None,
    name: str | None = None,
    reuse: Any = None,
) -> list[Any]:
    """The parts of a partitioned variable. Stands for `tf.create_partitioned_variables`.

    Args:
      shape: the shape of the whole.
      slicing: the number of parts along each axis; more than 1 for one axis at most.
      initializer: a value, or an initializer.
      dtype, trainable, collections: as of `tf.get_variable`.
      name: the name of the scope that they are in.
      reuse: as of `tf.variable_scope`.

    Raises:
      ValueError: `shape` and `slicing` do not fit.
    """
    if len(shape) != len(slicing):
        raise ValueError(
            "The 'shape' and 'slicing' of a partitioned Variable must have the length: "
            f"shape: {shape}, slicing: {slicing}"
        )
    if len(shape) < 1:
        raise ValueError(f"A partitioned Variable must have rank at least 1: shape: {shape}")
    with variable_scope.variable_scope(name, "PartitionedVariable", reuse=reuse):
        whole = variable_scope._get_partitioned_variable(
            name=None,
            shape=shape,
            dtype=dtype,
            initializer=initializer,
            trainable=trainable,
            partitioner=lambda **_: slicing,
            collections=collections,
        )
        return list(whole)
