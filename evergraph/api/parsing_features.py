"""What a program tells of the features it wants: `tf.FixedLenFeature` and its like."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from evergraph.api import array_ops
from evergraph.api.sparse_ops import sparse_merge
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.base.tensor_shape import TensorShape, as_shape
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.tensor import Tensor

_NO_NAME = re.compile(r"[^A-Za-z0-9_.\-/]")


@export("io.VarLenFeature", "VarLenFeature")
class VarLenFeature(NamedTuple):
    """A feature with any number of values; parsed, a SparseTensor. Stands for
    `tf.VarLenFeature`."""

    dtype: Any


class _SparseFeature(NamedTuple):
    index_key: Any
    value_key: Any
    dtype: Any
    size: Any
    already_sorted: bool


@export("io.SparseFeature", "SparseFeature")
class SparseFeature(_SparseFeature):
    """A SparseTensor that is written as several features. Stands for `tf.SparseFeature`.

    Args:
      index_key: the key of the feature with the indices; a list of keys, one a dimension.
      value_key: the key of the feature with the values.
      dtype: the type of the values.
      size: the size of the dense tensor; a list where `index_key` is one.
      already_sorted: whether the values come in the order of their indices.
    """

    def __new__(
        cls,
        index_key: Any,
        value_key: Any,
        dtype: Any,
        size: Any,
        already_sorted: bool = False,
    ) -> "SparseFeature":
        return super().__new__(cls, index_key, value_key, dtype, size, already_sorted)


class _FixedLenFeature(NamedTuple):
    shape: Any
    dtype: Any
    default_value: Any


@export("io.FixedLenFeature", "FixedLenFeature")
class FixedLenFeature(_FixedLenFeature):
    """A feature with a fixed number of values; parsed, a Tensor. Stands for `tf.FixedLenFeature`.

    Args:
      shape: the shape of the values.
      dtype: their type.
      default_value: what stands for a missing feature; without one it is an error.
    """

    def __new__(cls, shape: Any, dtype: Any, default_value: Any = None) -> "FixedLenFeature":
        return super().__new__(cls, shape, dtype, default_value)


class _FixedLenSequenceFeature(NamedTuple):
    shape: Any
    dtype: Any
    allow_missing: bool
    default_value: Any


@export("io.FixedLenSequenceFeature", "FixedLenSequenceFeature")
class FixedLenSequenceFeature(_FixedLenSequenceFeature):
    """Any number of rows of a shape; parsed, a Tensor, padded in a batch. Stands for
    `tf.FixedLenSequenceFeature`.

    Args:
      shape: the shape of a row.
      dtype: the type of the values.
      allow_missing: whether the feature may be missing.
      default_value: what pads; default: zero or "".
    """

    def __new__(
        cls, shape: Any, dtype: Any, allow_missing: bool = False, default_value: Any = None
    ) -> "FixedLenSequenceFeature":
        return super().__new__(cls, shape, dtype, allow_missing, default_value)


class RawParams:
    """Features as the ops take them: keys and types, in the order of their keys.

    Attributes:
      dense_defaults: by key; None where a missing feature is an empty list.
    """

    def __init__(self) -> None:
        self.sparse_keys: list[Any] = []
        self.sparse_types: list[Any] = []
        self.dense_keys: list[Any] = []
        self.dense_types: list[Any] = []
        self.dense_defaults: dict[Any, Any] = {}
        self.dense_shapes: list[Any] = []

    def add_sparse(self, key: Any, dtype: Any, complaint: str | None = None) -> None:
        """Asks for a feature as a sparse tensor; twice is once, if the types agree."""
        if key not in self.sparse_keys:
            self.sparse_keys.append(key)
            self.sparse_types.append(dtype)
            return
        found = self.sparse_types[self.sparse_keys.index(key)]
        if found != dtype:
            expected = complaint or str(dtype)
            raise ValueError(f"Conflicting type {found} vs {expected} for feature {key}.")


def raw_params(features: Mapping[Any, Any] | None, types: tuple[type, ...]) -> RawParams:
    """Features as the ops take them.

    Args:
      features: by key.
      types: the kinds of features that may be there.

    Raises:
      ValueError: a feature of another kind, or one that is not complete.
    """
    raw = RawParams()
    add: dict[type, Callable[[RawParams, Any, Any], None]] = {
        VarLenFeature: _add_var_len,
        SparseFeature: _add_sparse_feature,
        FixedLenFeature: _add_fixed_len,
        FixedLenSequenceFeature: _add_fixed_len_sequence,
    }
    for key in sorted(features or {}):
        feature = features[key]  # type: ignore[index]
        kind = next((k for k in add if isinstance(feature, k)), None)
        if kind is None:
            raise ValueError(f"Invalid feature {key}:{feature}.")
        if kind not in types:
            raise ValueError(f"Unsupported {kind.__name__} {feature}.")
        add[kind](raw, key, feature)
    return raw


def _need_type(key: Any, feature: Any) -> None:
    if not feature.dtype:
        raise ValueError(f"Missing type for feature {key}.")


def _add_var_len(raw: RawParams, key: Any, feature: Any) -> None:
    _need_type(key, feature)
    raw.sparse_keys.append(key)
    raw.sparse_types.append(feature.dtype)


def _add_sparse_feature(raw: RawParams, key: Any, feature: Any) -> None:
    if not feature.index_key:
        raise ValueError(f"Missing index_key for SparseFeature {feature}.")
    if not feature.value_key:
        raise ValueError(f"Missing value_key for SparseFeature {feature}.")
    _need_type(key, feature)
    index_keys = feature.index_key
    if isinstance(index_keys, str):
        index_keys = [index_keys]
    elif len(index_keys) > 1:
        logging.warning(
            "SparseFeature is a complicated feature config and should only be used after careful "
            "consideration of VarLenFeature."
        )
    for index_key in sorted(index_keys):
        raw.add_sparse(index_key, dtypes.int64, "int64")
    raw.add_sparse(feature.value_key, feature.dtype)


def _add_fixed_len(raw: RawParams, key: Any, feature: Any) -> None:
    _need_type(key, feature)
    if feature.shape is None:
        raise ValueError(f"Missing shape for feature {key}.")
    shape = as_shape(feature.shape)
    if feature.shape and shape.ndims and shape.dims[0].value is None:
        raise ValueError(
            f"First dimension of shape for feature {key} unknown. Consider using "
            "FixedLenSequenceFeature."
        )
    if not shape.is_fully_defined():
        raise ValueError(
            f"All dimensions of shape for feature {key} need to be known but received "
            f"{feature.shape}."
        )
    raw.dense_keys.append(key)
    raw.dense_shapes.append(feature.shape)
    raw.dense_types.append(feature.dtype)
    if feature.default_value is not None:
        raw.dense_defaults[key] = feature.default_value


def _add_fixed_len_sequence(raw: RawParams, key: Any, feature: Any) -> None:
    _need_type(key, feature)
    if feature.shape is None:
        raise ValueError(f"Missing shape for feature {key}.")
    raw.dense_keys.append(key)
    raw.dense_shapes.append(feature.shape)
    raw.dense_types.append(feature.dtype)
    if feature.allow_missing:
        raw.dense_defaults[key] = None
    if feature.default_value is not None:
        raw.dense_defaults[key] = feature.default_value


def with_any_rows(features: Any) -> Any:
    """The features, those of sequences with an unknown first dimension.

    Raises:
      ValueError: a sequence that may not be missing.
    """
    if not features:
        return features
    changed = dict(features)
    for key, feature in features.items():
        if isinstance(feature, FixedLenSequenceFeature):
            if not feature.allow_missing:
                raise ValueError(
                    "Unsupported: FixedLenSequenceFeature requires allow_missing to be True."
                )
            changed[key] = feature._replace(shape=[None, *feature.shape])
    return changed


def part_of_name(key: Any) -> str:
    """A key as a part of a node's name."""
    return _NO_NAME.sub("_", key)


def default_tensors(raw: RawParams) -> list[Tensor]:
    """For each dense feature what pads it, or stands for it where it is missing."""
    found = []
    for key, dtype, dims in zip(raw.dense_keys, raw.dense_types, raw.dense_shapes, strict=True):
        default, shape = raw.dense_defaults.get(key), as_shape(dims)
        if shape.ndims and shape.dims[0].value is None:
            found.append(_padding(key, dtype, default))
        else:
            found.append(default_tensor(key, dtype, default, shape))
    return found


def _padding(key: Any, dtype: Any, default: Any) -> Tensor:
    if default is None:
        return convert_to_tensor("" if dtype == dtypes.string else 0, dtype=dtype)
    value = convert_to_tensor(default, dtype=dtype, name="padding_" + part_of_name(key))
    return array_ops.reshape(value, [])


def default_tensor(key: Any, dtype: Any, default: Any, shape: TensorShape | None) -> Tensor:
    """What stands for a feature where it is missing; empty where it must not be.

    Args:
      shape: what the value is reshaped to, or None.
    """
    if default is None:
        return constant([], dtype=dtype)
    if isinstance(default, Tensor):
        return default
    value = convert_to_tensor(default, dtype=dtype, name="key_" + part_of_name(key))
    return value if shape is None else array_ops.reshape(value, shape)


def with_merged_sparse(features: Any, parsed: Mapping[Any, Any]) -> dict[Any, Any]:
    """What was parsed, by the keys of `features`: those of a SparseFeature put together."""
    found = dict(parsed)
    for key in sorted(features):
        feature = features[key]
        if isinstance(feature, SparseFeature):
            index_key = feature.index_key
            one = isinstance(index_key, str)
            ids = found[index_key] if one else [found[k] for k in index_key]
            found[key] = sparse_merge(
                ids,
                found[feature.value_key],
                vocab_size=feature.size,
                already_sorted=feature.already_sorted,
            )
    return {key: value for key, value in found.items() if key in features}
