"""What a feature column is, and the tensors of features while a model is built of them."""

from abc import ABCMeta, abstractmethod
from collections.abc import Iterator
from typing import Any, NamedTuple

from evergraph.api import array_ops, check_ops, control_flow_ops, math_ops, sparse_ops
from evergraph.base import dtypes
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.composite import SparseTensor, convert_to_tensor_or_sparse_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor


class IdWeightPair(NamedTuple):
    """Numbers of categories as a SparseTensor, and their weights or None."""

    id_tensor: SparseTensor
    weight_tensor: SparseTensor | None


class TensorSequenceLengthPair(NamedTuple):
    """Numbers for each step of each example, and how many steps each example has."""

    dense_tensor: Tensor
    sequence_length: Tensor


def _with_manager(cache: "LazyBuilder", state_manager: Any) -> "LazyBuilder":
    if state_manager is not None:
        cache.state_manager = state_manager
    return cache


def _pairs(*names: str) -> list[tuple[str, str]]:
    return [(name, f"_{name}") for name in names]


# What a column has under two names: layers ask for the first, and tell their state manager;
# `input_layer` and `linear_model` ask for the second.
_PROPERTIES = _pairs("parse_example_spec", "variable_shape", "num_buckets")
_TRANSFORMS = _pairs("transform_feature")
_TENSORS = _pairs("get_dense_tensor", "get_sparse_tensors", "get_sequence_dense_tensor")


def _for_layers(old: str) -> Any:
    def method(self: Any, transformation_cache: Any, state_manager: Any) -> Any:
        return getattr(self, old)(_with_manager(transformation_cache, state_manager))

    return method


def _for_input_layer(new: str) -> Any:
    def method(self: Any, inputs: Any, *_: Any, **__: Any) -> Any:
        return getattr(self, new)(inputs, getattr(inputs, "state_manager", None))

    return method


class _Once(ABCMeta):
    """Takes each base once: programs derive from `_DenseColumn` and `DenseColumn`, here one."""

    def __new__(
        mcs, name: str, bases: tuple[type, ...], members: dict[str, Any], **kwargs: Any
    ) -> Any:
        return super().__new__(mcs, name, tuple(dict.fromkeys(bases)), members, **kwargs)


class FeatureColumn(metaclass=_Once):
    """How features become tensors of a model. Columns compare by their text.

    A column defines each method under the name that layers use or, with an underscore, under that
    of `input_layer`; the other follows.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for new, old in _PROPERTIES:
            if old in vars(cls) and new not in vars(cls):
                setattr(cls, new, property(lambda self, old=old: getattr(self, old)))
            elif new in vars(cls) and old not in vars(cls):
                setattr(cls, old, property(lambda self, new=new: getattr(self, new)))
        for new, old in _TRANSFORMS + _TENSORS:
            if old in vars(cls) and new not in vars(cls):
                setattr(cls, new, _for_layers(old))
            elif new in vars(cls) and old not in vars(cls):
                setattr(cls, old, _for_input_layer(new))

    @property
    @abstractmethod
    def name(self) -> str:
        """The name, of which the names of scopes and variables are made."""

    @property
    def _var_scope_name(self) -> str:
        return self.name

    @property
    def _is_v2_column(self) -> bool:
        """Whether a layer's state manager can make the column's variables: those of columns that
        say so."""
        return False

    @property
    @abstractmethod
    def parse_example_spec(self) -> dict[str, Any]:
        """What `tf.io.parse_example` must be told to read the features."""

    @property
    @abstractmethod
    def _parse_example_spec(self) -> dict[str, Any]:
        """The same."""

    @abstractmethod
    def transform_feature(self, transformation_cache: "LazyBuilder", state_manager: Any) -> Any:
        """The features as this column sees them, made once for each cache."""

    @abstractmethod
    def _transform_feature(self, inputs: "LazyBuilder") -> Any:
        """The same."""

    def create_state(self, state_manager: Any) -> None:
        """Has a layer's state manager make the column's variables, if it has any."""

    @property
    def parents(self) -> list[Any]:
        """The features and columns that this one is made of."""
        raise NotImplementedError(f"{type(self).__name__}.parents")

    def _get_config(self) -> dict[str, Any]:
        raise NotImplementedError(f"{type(self).__name__}._get_config")

    @classmethod
    def _from_config(
        cls, config: dict[str, Any], custom_objects: Any = None, columns_by_name: Any = None
    ) -> Any:
        raise NotImplementedError(f"{cls.__name__}._from_config")

    def __lt__(self, other: Any) -> bool:
        return str(self) < str(other)

    def __gt__(self, other: Any) -> bool:
        return str(self) > str(other)


class DenseColumn(FeatureColumn):
    """A column whose value is a tensor of numbers, one slice for each example."""

    @property
    @abstractmethod
    def variable_shape(self) -> TensorShape:
        """The shape of one example."""

    @property
    @abstractmethod
    def _variable_shape(self) -> TensorShape:
        """The same."""

    def get_dense_tensor(self, transformation_cache: "LazyBuilder", state_manager: Any) -> Tensor:
        """The column's value, by the variables of a layer."""
        return transformation_cache.get(self, state_manager)

    def _get_dense_tensor(
        self, inputs: "LazyBuilder", weight_collections: Any = None, trainable: Any = None
    ) -> Tensor:
        return inputs.get(self)


class CategoricalColumn(FeatureColumn):
    """A column whose value is numbers of categories, any many for each example."""

    IdWeightPair = IdWeightPair

    @property
    @abstractmethod
    def num_buckets(self) -> int:
        """How many categories there are."""

    @property
    @abstractmethod
    def _num_buckets(self) -> int:
        """The same."""

    def get_sparse_tensors(
        self, transformation_cache: "LazyBuilder", state_manager: Any
    ) -> IdWeightPair:
        """The column's value, by the variables of a layer."""
        return IdWeightPair(transformation_cache.get(self, state_manager), None)

    def _get_sparse_tensors(
        self, inputs: "LazyBuilder", weight_collections: Any = None, trainable: Any = None
    ) -> IdWeightPair:
        return IdWeightPair(inputs.get(self), None)


class SequenceDenseColumn(FeatureColumn):
    """A column whose value is a tensor of numbers for each step of each example."""

    TensorSequenceLengthPair = TensorSequenceLengthPair

    @abstractmethod
    def get_sequence_dense_tensor(
        self, transformation_cache: "LazyBuilder", state_manager: Any
    ) -> TensorSequenceLengthPair:
        """The column's value, by the variables of a layer."""

    @abstractmethod
    def _get_sequence_dense_tensor(
        self, inputs: "LazyBuilder", weight_collections: Any = None, trainable: Any = None
    ) -> TensorSequenceLengthPair:
        """The same, by variable scopes."""


class LazyBuilder:
    """Features and what columns make of them; each is made once, when first asked for."""

    state_manager: Any = None
    """That of the layer for which columns are asked, if there is one."""

    _kind = "_FeatureColumn"

    def __init__(self, features: dict[Any, Any]) -> None:
        self._features = features.copy()
        self._feature_tensors: dict[Any, Any] = {}

    def get(self, key: Any, state_manager: Any = None) -> Any:
        """The feature of a name with at least two axes, or what a column makes of features."""
        if state_manager is not None:
            self.state_manager = state_manager
        if key not in self._feature_tensors:
            self._feature_tensors[key] = self._made(key)
        return self._feature_tensors[key]

    def _made(self, key: Any) -> Any:
        if key in self._features:
            return _with_two_axes(key, convert_to_tensor_or_sparse_tensor(self._features[key]))
        if isinstance(key, str):
            raise ValueError(f"Feature {key} is not in features dictionary.")
        if not isinstance(key, FeatureColumn):
            raise TypeError(f'"key" must be either a "str" or "{self._kind}". Provided: {key}')
        made = self._transformed(key)
        if made is None:
            raise ValueError(f"Column {key.name} is not supported.")
        return made

    def _transformed(self, column: FeatureColumn) -> Any:
        return column._transform_feature(self)


class FeatureTransformationCache(LazyBuilder):
    """As LazyBuilder, for layers."""

    _kind = "FeatureColumn"

    def _transformed(self, column: FeatureColumn) -> Any:
        return column.transform_feature(self, self.state_manager)


def _with_two_axes(key: Any, feature: Any) -> Any:
    def widened() -> Any:
        if isinstance(feature, SparseTensor):
            return sparse_ops.sparse_reshape(feature, [array_ops.shape(feature)[0], 1])
        return array_ops.expand_dims(feature, -1)

    rank = feature.get_shape().ndims
    complaint = f"Feature (key: {key}) cannot have rank 0. Given: {feature}"
    if rank == 0:
        raise ValueError(complaint)
    if rank is not None:
        return widened() if rank == 1 else feature
    positive = check_ops.assert_positive(array_ops.rank(feature), message=complaint)
    with control_dependencies([positive]):
        is_vector = math_ops.equal(1, array_ops.rank(feature))
        return control_flow_ops.cond(is_vector, widened, lambda: feature)


def as_sparse(values: Any, ignore_value: Any = None) -> SparseTensor:
    """A SparseTensor without the values that stand for nothing: "", -1 or 0.0 by default."""
    values = convert_to_tensor_or_sparse_tensor(values)
    if isinstance(values, SparseTensor):
        return values
    with name_scope(None, "to_sparse_input", (values, ignore_value)):
        if ignore_value is None:
            ignore_value = _nothing_of(values.dtype)
        ignore_value = math_ops.cast(ignore_value, values.dtype, name="ignore_value")
        there = math_ops.not_equal(values, ignore_value)
        indices = array_ops.where_v2(there, name="indices")
        return SparseTensor(
            indices=indices,
            values=array_ops.gather_nd(values, indices, name="values"),
            dense_shape=array_ops.shape(values, out_type=dtypes.int64, name="dense_shape"),
        )


def _nothing_of(dtype: Any) -> Any:
    if dtype == dtypes.string:
        return ""
    return -1 if dtype.is_integer else dtype.as_numpy_dtype()


def is_feature_column_v2(feature_columns: Any) -> bool:
    """Whether all columns can be those of a layer."""
    return all(
        isinstance(column, FeatureColumn) and column._is_v2_column for column in feature_columns
    )


def checked_columns(feature_columns: Any, kind: str = "_FeatureColumn") -> list[Any]:
    """The columns as a list; complains of what is no column, of none, of names used twice."""
    if isinstance(feature_columns, FeatureColumn):
        feature_columns = [feature_columns]
    if isinstance(feature_columns, Iterator):
        feature_columns = list(feature_columns)
    if isinstance(feature_columns, dict):
        raise ValueError("Expected feature_columns to be iterable, found dict.")
    for column in feature_columns:
        if not isinstance(column, FeatureColumn):
            raise ValueError(
                f"Items of feature_columns must be a {kind}. Given (type {type(column)}): {column}."
            )
    if not feature_columns:
        raise ValueError("feature_columns must not be empty.")
    by_name: dict[str, Any] = {}
    for column in feature_columns:
        if column.name in by_name:
            raise ValueError(
                f"Duplicate feature column name found for columns: {column} and "
                f"{by_name[column.name]}. This usually means that these columns refer to same "
                "base feature. Either one must be discarded or a duplicated but renamed item "
                "must be inserted in features dict."
            )
        by_name[column.name] = column
    return feature_columns


def check_batch_sizes(tensors: list[Any], columns: list[Any]) -> None:
    """Complains where the static first dimensions of columns' tensors differ."""
    known = [
        (column.name, tensor.shape.dims[0])
        for column, tensor in zip(columns, tensors, strict=True)
        if tensor.shape.dims[0].value is not None
    ]
    for name, size in known:
        if size.value != known[0][1].value:
            raise ValueError(
                "Batch size (first dimension) of each feature must be same. Batch size of "
                f"columns ({known[0][0]}, {name}): ({known[0][1]}, {size})"
            )
