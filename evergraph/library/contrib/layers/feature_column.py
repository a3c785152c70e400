"""Feature columns before `tf.feature_column`: numbers and intervals, and what columns share."""

import abc
import collections
from typing import Any

from evergraph.api import array_ops, creation, init_ops, math_ops, parsing_features
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.composite import SparseTensor
from evergraph.library.contrib.framework.experimental import experimental
from evergraph.library.contrib.layers.shaping import _inner_flatten
from evergraph.library.feature_column.columns import CategoricalColumn, DenseColumn
from evergraph.library.feature_column.columns import FeatureColumn as CoreColumn

# What a linear model looks up in its weights.
_LinearEmbeddingLookupArguments = collections.namedtuple(
    "_LinearEmbeddingLookupArguments",
    ["input_tensor", "weight_tensor", "vocab_size", "initializer", "combiner"],
)

# What a network looks up in vectors.
_DeepEmbeddingLookupArguments = collections.namedtuple(
    "_DeepEmbeddingLookupArguments",
    [
        "input_tensor",
        "weight_tensor",
        "vocab_size",
        "initializer",
        "combiner",
        "dimension",
        "shared_embedding_name",
        "hash_key",
        "max_norm",
        "trainable",
    ],
)


def wide_lookup(
    ids: Any, weights: Any, size: int, combiner: str
) -> _LinearEmbeddingLookupArguments:
    """A lookup in weights that begin as zeros."""
    zeros = init_ops.zeros_initializer()
    return _LinearEmbeddingLookupArguments(ids, weights, size, zeros, combiner)


class _FeatureColumn(CoreColumn):
    """How features become tensors of a model. Those here go into `tf.feature_column`'s functions
    too."""

    @property
    @abc.abstractmethod
    def config(self) -> dict[str, Any]:
        """What `tf.io.parse_example` must be told to read the features."""

    @property
    def _parse_example_spec(self) -> dict[str, Any]:
        return self.config

    @property
    def key(self) -> str:
        """A text by which columns are put in order, and told apart."""
        return str(self)

    def _transform_feature(self, inputs: Any) -> Any:
        raise NotImplementedError(f"Transform is not implemented for {self}.")

    def insert_transformed_feature(self, columns_to_tensors: dict[Any, Any]) -> None:
        """Adds what this column makes of features to these."""
        columns_to_tensors[self] = self._transform_feature(Builder(columns_to_tensors))

    def _to_dnn_input_layer(
        self,
        input_tensor: Any,
        weight_collections: Any = None,
        trainable: bool = True,
        output_rank: int = 2,
    ) -> Any:
        raise ValueError("Calling an abstract method.")

    def _deep_embedding_lookup_arguments(self, input_tensor: Any) -> _DeepEmbeddingLookupArguments:
        """What a network looks up, of columns that have vectors."""
        raise NotImplementedError(f"No deep embedding lookup arguments for column {self}.")

    def _wide_embedding_lookup_arguments(
        self, input_tensor: Any
    ) -> _LinearEmbeddingLookupArguments:
        """What a linear model looks up, of columns of categories."""
        raise NotImplementedError(f"No wide embedding lookup arguments for column {self}.")

    def _to_dense_tensor(self, input_tensor: Any) -> Any:
        """What a linear model multiplies, of other columns."""
        raise NotImplementedError(f"No dense tensor representation for column {self}.")

    def _checkpoint_path(self) -> tuple[str, str] | None:
        """The checkpoint and the name in it that weights begin with."""
        return None

    def _key_without(self, left_out: str) -> str:
        pairs = zip(self._fields, self, strict=True)  # type: ignore[attr-defined, call-overload]
        shown = ", ".join(f"{name}={value}" for name, value in pairs if name != left_out)
        return f"{type(self).__name__}({shown})"


class Builder:
    """Features and what columns made of them, in one dict, which grows."""

    def __init__(self, columns_to_tensors: dict[Any, Any]) -> None:
        self._made = columns_to_tensors

    def get(self, key: Any) -> Any:
        """The feature of a name, or what a column makes of features."""
        if isinstance(key, _FeatureColumn) and key not in self._made:
            key.insert_transformed_feature(self._made)
        return self._made[key]


def _reshape_real_valued_tensor(tensor: Any, output_rank: int, column_name: str) -> Any:
    """Numbers with another rank: an axis more, or the last ones as one."""
    rank = tensor.get_shape().ndims
    if rank is not None:
        mismatch = (
            f"Rank of input Tensor ({rank}) should be the same as output_rank ({output_rank}) for "
        )
        if output_rank > rank + 1:
            raise ValueError(
                f"Error while processing column {column_name}.{mismatch[:-5]}. For example, "
                "sequence data should typically be 3 dimensional (rank 3) while non-sequence data "
                "is typically 2 dimensional (rank 2)."
            )
        if output_rank == rank + 1:
            logging.warning(
                f"{mismatch}column. Will attempt to expand dims. It is highly recommended that you "
                "resize your input, as this behavior may change."
            )
            return array_ops.expand_dims(tensor, -1, name="expand_dims")
        if output_rank == rank:
            return tensor
    return _inner_flatten(tensor, output_rank)


class _RealValuedColumn(
    _FeatureColumn,
    DenseColumn,
    collections.namedtuple(
        "_RealValuedColumn", ["column_name", "dimension", "default_value", "dtype", "normalizer"]
    ),
):
    """Numbers."""

    @property
    def name(self) -> str:
        """The feature's name."""
        return self.column_name

    @property
    def config(self) -> dict[str, Any]:
        """As of _FeatureColumn."""
        default = None if self.default_value is None else list(self.default_value)
        spec = parsing_features.FixedLenFeature([self.dimension], self.dtype, default)
        return {self.column_name: spec}

    @property
    def key(self) -> str:
        """As of _FeatureColumn."""
        return self._key_without("normalizer")

    @property
    def normalizer_fn(self) -> Any:
        """What is done to the numbers first."""
        return self.normalizer

    def _transform_feature(self, inputs: Any) -> Any:
        numbers = inputs.get(self.name)
        if self.normalizer is not None:
            numbers = self.normalizer(numbers)
        return math_ops.cast(numbers, dtypes.float32)

    def _to_dnn_input_layer(
        self,
        input_tensor: Any,
        weight_collections: Any = None,
        trainable: bool = True,
        output_rank: int = 2,
    ) -> Any:
        numbers = self._to_dense_tensor(input_tensor)
        if numbers.dtype != dtypes.float32:
            numbers = math_ops.cast(numbers, dtypes.float32)
        return _reshape_real_valued_tensor(numbers, output_rank, self.name)

    def _to_dense_tensor(self, input_tensor: Any) -> Any:
        return input_tensor

    @property
    def _variable_shape(self) -> TensorShape:
        return TensorShape([self.dimension])


@export("contrib.layers.real_valued_column")
def real_valued_column(
    column_name: str,
    dimension: int = 1,
    default_value: Any = None,
    dtype: Any = dtypes.float32,
    normalizer: Any = None,
) -> Any:
    """A column of numbers. Stands for `tf.contrib.layers.real_valued_column`.

    Args:
      column_name: the feature's name.
      dimension: how many numbers an example has.
      default_value: what Examples without the feature have: a number or a list of them.
      dtype: the type that it is read as.
      normalizer: done to the numbers first.

    Raises:
      TypeError: `dimension` is no integer, or `default_value` does not go with `dtype`.
      ValueError: an argument is impossible.
    """
    shown = f"dimension: {dimension}, column_name: {column_name}"
    if dimension is None:
        raise TypeError(
            "dimension must be an integer. Use the _real_valued_var_len_column for variable length "
            f"features.{shown}"
        )
    if not isinstance(dimension, int):
        raise TypeError(f"dimension must be an integer. {shown}")
    if dimension < 1:
        raise ValueError(f"dimension must be greater than 0. {shown}")
    if not (dtype.is_integer or dtype.is_floating):
        raise ValueError(
            f"dtype must be convertible to float. dtype: {dtype}, column_name: {column_name}"
        )
    default = None
    if default_value is not None:
        default = _defaults(column_name, dimension, default_value, dtype)
    return _RealValuedColumn(column_name, dimension, default, dtype, normalizer)


def _defaults(name: str, dimension: int, given: Any, dtype: Any) -> tuple[Any, ...]:
    if isinstance(given, list) and len(given) != dimension:
        raise ValueError(
            "The length of default_value must be equal to dimension. default_value: "
            f"{given}, dimension: {dimension}, column_name: {name}"
        )
    numbers = given if isinstance(given, list) else [given] * dimension
    if all(isinstance(n, int) for n in numbers) and dtype.is_integer:
        return tuple(numbers)
    if all(isinstance(n, (int, float)) for n in numbers) and dtype.is_floating:
        return tuple(float(n) for n in numbers)
    raise TypeError(
        f"default_value must be compatible with dtype. default_value: {given}, dtype: {dtype}, "
        f"column_name: {name}"
    )


class _RealValuedVarLenColumn(
    _FeatureColumn,
    collections.namedtuple(
        "_RealValuedVarLenColumn",
        ["column_name", "default_value", "dtype", "normalizer", "is_sparse"],
    ),
):
    """Numbers, any many for each example."""

    @property
    def name(self) -> str:
        """The feature's name."""
        return self.column_name

    @property
    def config(self) -> dict[str, Any]:
        """As of _FeatureColumn."""
        if self.is_sparse:
            return {self.column_name: parsing_features.VarLenFeature(self.dtype)}
        spec = parsing_features.FixedLenSequenceFeature(
            [], self.dtype, allow_missing=True, default_value=self.default_value
        )
        return {self.column_name: spec}

    @property
    def key(self) -> str:
        """As of _FeatureColumn."""
        return self._key_without("normalizer")

    @property
    def normalizer_fn(self) -> Any:
        """What is done to the numbers first."""
        return self.normalizer

    def _transform_feature(self, inputs: Any) -> Any:
        numbers = inputs.get(self.name)
        if self.normalizer is not None and self.is_sparse:
            values = self.normalizer(numbers.values)
            numbers = SparseTensor(numbers.indices, values, numbers.dense_shape)
        elif self.normalizer is not None:
            numbers = self.normalizer(numbers)
        return math_ops.cast(numbers, dtypes.float32)

    def _to_dnn_input_layer(
        self,
        input_tensor: Any,
        weight_collections: Any = None,
        trainable: bool = True,
        output_rank: int = 2,
    ) -> Any:
        numbers = self._to_dense_tensor(input_tensor)
        return _reshape_real_valued_tensor(numbers, output_rank, self.name)

    def _to_dense_tensor(self, input_tensor: Any) -> Any:
        if self.is_sparse:
            raise ValueError(
                f"Set is_sparse to False if you want a dense Tensor for column_name: {self.name}"
            )
        return input_tensor


@experimental
def _real_valued_var_len_column(
    column_name: str,
    default_value: Any = None,
    dtype: Any = dtypes.float32,
    normalizer: Any = None,
    is_sparse: bool = False,
) -> Any:
    """A column of numbers, any many for each example.

    Args:
      column_name: the feature's name.
      default_value: a number where an example has fewer than others; needed unless `is_sparse`.
      dtype: the type that it is read as.
      normalizer: done to the numbers first.
      is_sparse: whether they are read as a SparseTensor.

    Raises:
      TypeError: `dtype` is no type of numbers.
      ValueError: a default value is missing, or is a list.
    """
    if not (dtype.is_integer or dtype.is_floating):
        raise TypeError(
            f"dtype must be convertible to float. dtype: {dtype}, column_name: {column_name}"
        )
    if default_value is None and not is_sparse:
        raise ValueError(
            "default_value must be provided when is_sparse=False to parse a padded Tensor. "
            f"column_name: {column_name}"
        )
    if isinstance(default_value, list):
        raise ValueError(
            f"Only scalar default value. default_value: {default_value}, column_name: {column_name}"
        )
    if default_value is not None:
        default_value = int(default_value) if dtype.is_integer else float(default_value)
    return _RealValuedVarLenColumn(column_name, default_value, dtype, normalizer, is_sparse)


class _BucketizedColumn(
    _FeatureColumn,
    CategoricalColumn,
    DenseColumn,
    collections.namedtuple("_BucketizedColumn", ["source_column", "boundaries"]),
):
    """In which intervals numbers are."""

    @property
    def name(self) -> str:
        """The source's name with "_bucketized"."""
        return f"{self.source_column.name}_bucketized"

    @property
    def length(self) -> int:
        """How many intervals there are."""
        return len(self.boundaries) + 1

    @property
    def config(self) -> dict[str, Any]:
        """As of _FeatureColumn."""
        return self.source_column.config

    @property
    def _num_buckets(self) -> int:
        return self.length * self.source_column.dimension

    @property
    def _variable_shape(self) -> TensorShape:
        return TensorShape([self._num_buckets])

    def _transform_feature(self, inputs: Any) -> Any:
        numbers = inputs.get(self.source_column)
        return math_ops._bucketize(numbers, boundaries=list(self.boundaries), name="bucketize")

    def _to_dnn_input_layer(
        self,
        input_tensor: Any,
        weight_collections: Any = None,
        trainable: bool = True,
        output_rank: int = 2,
    ) -> Any:
        if output_rank != 2:
            raise ValueError("BucketizedColumn currently only supports output_rank=2")
        numbers = math_ops.cast(input_tensor, dtypes.int64)
        ones = array_ops.one_hot(numbers, self.length, 1.0, 0.0, name="one_hot")
        return array_ops.reshape(ones, [-1, self._num_buckets], name="reshape")

    def to_sparse_tensor(self, input_tensor: Any) -> SparseTensor:
        """The intervals as ids; each place of an example has ids of its own."""
        dimension = self.source_column.dimension
        batch_size = array_ops.shape(input_tensor, name="shape")[0]
        if dimension > 1:
            rows = array_ops.expand_dims(math_ops.range(0, batch_size), 1, name="expand_dims")
            rows = array_ops.tile(rows, [1, dimension], name="tile")
            rows = array_ops.reshape(rows, [-1], name="reshape")
            places = array_ops.tile(math_ops.range(0, dimension), [batch_size], name="tile")
            ids = array_ops.reshape(input_tensor, [-1], name="reshape") + self.length * places
        else:
            rows = math_ops.range(0, batch_size)
            places = array_ops.zeros([batch_size], dtype=dtypes.int32, name="zeros")
            ids = array_ops.reshape(input_tensor, [-1], name="reshape")
        indices = array_ops.transpose(array_ops.stack((rows, places)))
        indices = math_ops.cast(indices, dtypes.int64)
        shape = math_ops.cast(array_ops.stack([batch_size, dimension]), dtypes.int64)
        return SparseTensor(indices, ids, shape)

    def _wide_embedding_lookup_arguments(
        self, input_tensor: Any
    ) -> _LinearEmbeddingLookupArguments:
        return wide_lookup(self.to_sparse_tensor(input_tensor), None, self._num_buckets, "sum")

    def _get_sparse_tensors(
        self, inputs: Any, weight_collections: Any = None, trainable: Any = None
    ) -> Any:
        return CategoricalColumn.IdWeightPair(self.to_sparse_tensor(inputs.get(self)), None)

    def _get_dense_tensor(
        self, inputs: Any, weight_collections: Any = None, trainable: Any = None
    ) -> Any:
        return self._to_dnn_input_layer(inputs.get(self))


@export("contrib.layers.bucketized_column")
def bucketized_column(source_column: Any, boundaries: Any) -> Any:
    """A column of the intervals that numbers are in. Stands for
    `tf.contrib.layers.bucketized_column`.

    Args:
      source_column: a real_valued_column.
      boundaries: numbers in order, a list or a tuple.

    Raises:
      TypeError: `source_column` is another one.
      ValueError: there are no boundaries, or they are in no order.
    """
    if not isinstance(source_column, _RealValuedColumn):
        raise TypeError(
            "source_column must be an instance of _RealValuedColumn. source_column: "
            f"{source_column}"
        )
    if not isinstance(boundaries, (list, tuple)) or not boundaries:
        raise ValueError(f"boundaries must be a non-empty list or tuple. boundaries: {boundaries}")
    pairs = zip(boundaries, boundaries[1:], strict=False)
    if any(low > high for low, high in pairs):
        raise ValueError(f"boundaries must be a sorted list. boundaries: {boundaries}")
    return _BucketizedColumn(source_column, tuple(dict.fromkeys(boundaries)))


@export("contrib.layers.create_feature_spec_for_parsing")
def create_feature_spec_for_parsing(feature_columns: Any) -> dict[str, Any]:
    """What `tf.io.parse_example` must be told to read the features of columns. Stands for
    `tf.contrib.layers.create_feature_spec_for_parsing`.

    Args:
      feature_columns: columns, or a dict that has them as values.

    Raises:
      TypeError: one is no column.
    """
    columns = feature_columns.values() if isinstance(feature_columns, dict) else feature_columns
    spec: dict[str, Any] = {}
    for column in columns:
        if not isinstance(column, _FeatureColumn):
            raise TypeError(
                "feature_columns should only contain instances of _FeatureColumn. Given column is "
                f"{column}"
            )
        spec.update(column.config)
    return spec


def _create_sequence_feature_spec_for_parsing(
    sequence_feature_columns: Any, allow_missing_by_default: bool = False
) -> dict[str, Any]:
    """What `tf.io.parse_single_sequence_example` must be told to read sequences of features.

    Args:
      sequence_feature_columns: columns, or a dict that has them as values.
      allow_missing_by_default: whether sequences may be missing of which no default value is known.
    """
    found: dict[str, Any] = {}
    for name, spec in create_feature_spec_for_parsing(sequence_feature_columns).items():
        found[name] = spec
        if isinstance(spec, parsing_features.VarLenFeature):
            continue
        has_default = spec.default_value is not None
        if has_default:
            logging.warning(
                f'Found default value {spec.default_value} for feature "{name}". Ignoring this '
                "value and setting `allow_missing=True` instead."
            )
        found[name] = parsing_features.FixedLenSequenceFeature(
            shape=spec.shape,
            dtype=spec.dtype,
            allow_missing=allow_missing_by_default or has_default,
        )
    return found


@export("contrib.layers.make_place_holder_tensors_for_base_features")
def make_place_holder_tensors_for_base_features(feature_columns: Any) -> dict[str, Any]:
    """A placeholder for each feature of columns. Stands for
    `tf.contrib.layers.make_place_holder_tensors_for_base_features`."""
    found = {}
    for name, spec in create_feature_spec_for_parsing(feature_columns).items():
        named = f"Placeholder_{name}"
        if isinstance(spec, parsing_features.VarLenFeature):
            found[name] = creation.sparse_placeholder(spec.dtype, name=named)
        else:
            shape = (None, spec.shape[0])
            found[name] = creation.placeholder(spec.dtype, shape=shape, name=named)
    return found
