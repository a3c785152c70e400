"""Columns of numbers, and of the intervals in which numbers lie."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.api.parsing_features import FixedLenFeature
from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.composite import SparseTensor
from evergraph.graph.tensor import Tensor
from evergraph.library.feature_column.columns import (
    CategoricalColumn,
    DenseColumn,
    IdWeightPair,
    LazyBuilder,
)
from evergraph.library.feature_column.serialization import Written, readable
from evergraph.library.feature_column.utils import assert_key_is_string, check_default_value


@readable
@dataclass(frozen=True, order=False)
class NumericColumn(Written, DenseColumn):
    """Numbers of a fixed shape, as float32."""

    key: str
    shape: tuple[int, ...]
    default_value: Any
    dtype: Any
    normalizer_fn: Callable[[Any], Any] | None

    @property
    def name(self) -> str:
        return self.key

    @property
    def _parse_example_spec(self) -> dict[str, Any]:
        return {self.key: FixedLenFeature(self.shape, self.dtype, self.default_value)}

    @property
    def _variable_shape(self) -> TensorShape:
        return TensorShape(self.shape)

    def _transform_feature(self, inputs: LazyBuilder) -> Tensor:
        numbers = inputs.get(self.key)
        if isinstance(numbers, SparseTensor):
            raise ValueError(
                "The corresponding Tensor of numerical column must be a Tensor. "
                f"SparseTensor is not supported. key: {self.key}"
            )
        if self.normalizer_fn is not None:
            numbers = self.normalizer_fn(numbers)
        return math_ops.cast(numbers, dtypes.float32)


@readable
@dataclass(frozen=True, order=False)
class BucketizedColumn(Written, DenseColumn, CategoricalColumn):
    """In which interval each number of a vector lies: one-hot, or as a category."""

    source_column: NumericColumn
    boundaries: tuple[float, ...]

    @property
    def name(self) -> str:
        return f"{self.source_column.name}_bucketized"

    @property
    def _parse_example_spec(self) -> dict[str, Any]:
        return self.source_column._parse_example_spec

    @property
    def _intervals(self) -> int:
        return len(self.boundaries) + 1

    @property
    def _variable_shape(self) -> TensorShape:
        return TensorShape((*self.source_column.shape, self._intervals))

    @property
    def _num_buckets(self) -> int:
        return self._intervals * self.source_column.shape[0]

    def _transform_feature(self, inputs: LazyBuilder) -> Tensor:
        return math_ops._bucketize(inputs.get(self.source_column), boundaries=self.boundaries)

    def _get_dense_tensor(
        self, inputs: LazyBuilder, weight_collections: Any = None, trainable: Any = None
    ) -> Tensor:
        buckets = math_ops.cast(inputs.get(self), dtypes.int64)
        return array_ops.one_hot(buckets, depth=self._intervals, on_value=1.0, off_value=0.0)

    def _get_sparse_tensors(
        self, inputs: LazyBuilder, weight_collections: Any = None, trainable: Any = None
    ) -> IdWeightPair:
        buckets = inputs.get(self)
        batch_size = array_ops.shape(buckets)[0]
        width = self.source_column.shape[0]
        examples = array_ops.expand_dims(math_ops.range(0, batch_size), 1)
        rows = array_ops.reshape(array_ops.tile(examples, [1, width]), (-1,))
        columns = array_ops.tile(math_ops.range(0, width), [batch_size])
        # Each place in the vector has its own run of categories.
        ids = array_ops.reshape(buckets, (-1,)) + self._intervals * columns
        indices = array_ops.transpose(array_ops.stack((rows, columns)))
        indices = math_ops.cast(indices, dtypes.int64)
        shape = math_ops.cast(array_ops.stack([batch_size, width]), dtypes.int64)
        return IdWeightPair(SparseTensor(indices, ids, shape), None)


@export("feature_column.numeric_column")
def numeric_column(
    key: str,
    shape: Any = (1,),
    default_value: Any = None,
    dtype: Any = dtypes.float32,
    normalizer_fn: Callable[[Any], Any] | None = None,
) -> NumericColumn:
    """A column of numbers, [batch] + `shape`, given to the model as float32. Stands for
    `tf.feature_column.numeric_column`.

    Args:
      key: the feature's name.
      shape: a dimension or a list of dimensions, without the batch.
      default_value: what parsing puts where an example has no such feature: a number or nested
        numbers of that shape; without it such an example is an error.
      dtype: how the feature is stored.
      normalizer_fn: is given the tensor before it is cast to float32, and returns another.

    Raises:
      TypeError: dimensions that are no integers, a default value not of the dtype, a normalizer
        that cannot be called.
      ValueError: dimensions below 1, a dtype of no numbers, a default value of another shape.
    """
    dims = checked_numbers(shape, key, dtype)
    default_value = check_default_value(dims, default_value, dtype, key)
    if normalizer_fn is not None and not callable(normalizer_fn):
        raise TypeError(f"normalizer_fn must be a callable. Given: {normalizer_fn}")
    assert_key_is_string(key)
    return NumericColumn(key, dims, default_value, dtype, normalizer_fn)


def checked_numbers(shape: Any, key: Any, dtype: Any) -> tuple[int, ...]:
    """The dimensions of numbers as a tuple; complains of impossible ones, and of other dtypes."""
    dims = _checked_shape(shape, key)
    if not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"dtype must be convertible to float. dtype: {dtype}, key: {key}")
    return dims


def _checked_shape(shape: Any, key: Any) -> tuple[int, ...]:
    assert shape is not None
    dims = tuple(shape) if nest.is_sequence(shape) else (shape,)
    for dim in dims:
        if not isinstance(dim, int):
            raise TypeError(f"shape dimensions must be integer. shape: {dims}, key: {key}")
        if dim < 1:
            raise ValueError(f"shape dimensions must be greater than 0. shape: {dims}, key: {key}")
    return dims


@export("feature_column.bucketized_column")
def bucketized_column(source_column: Any, boundaries: Any) -> BucketizedColumn:
    """A column of the intervals in which a numeric column's values lie. Stands for
    `tf.feature_column.bucketized_column`.

    `[0., 1.]` makes the intervals (-inf, 0.), [0., 1.) and [1., +inf). As a dense column each
    value is one-hot; as a categorical one each place of the vector has categories of its own.

    Args:
      source_column: what `numeric_column` returned, of at most one axis.
      boundaries: increasing numbers, a list or a tuple.

    Raises:
      ValueError: another kind of column or shape; boundaries that are none, or not increasing.
    """
    if not isinstance(source_column, NumericColumn):
        raise ValueError(
            "source_column must be a column generated with numeric_column(). "
            f"Given: {source_column}"
        )
    if len(source_column.shape) > 1:
        raise ValueError(f"source_column must be one-dimensional column. Given: {source_column}")
    if not boundaries:
        raise ValueError("boundaries must not be empty.")
    if not isinstance(boundaries, list | tuple) or any(
        low >= high for low, high in itertools.pairwise(boundaries)
    ):
        raise ValueError("boundaries must be a sorted list.")
    return BucketizedColumn(source_column, tuple(boundaries))
