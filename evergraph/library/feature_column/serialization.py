"""Feature columns as names and configurations, and back; as Keras writes objects down."""

import dataclasses
from typing import Any, TypeVar

from evergraph.base.dtypes import DType, as_dtype
from evergraph.library.feature_column.columns import FeatureColumn, is_feature_column_v2
from evergraph.library.keras import initializers
from evergraph.library.keras.utils.generic_utils import (
    class_and_config_for_serialized_keras_object,
    deserialize_keras_object,
    serialize_keras_object,
)

C = TypeVar("C", bound=type)

# The columns that can be read without a program's help, by name.
_KINDS: dict[str, Any] = {}

# The fields that name what a column is made of.
_PARENTS = ("key", "keys", "source_column", "categorical_column", "weight_feature_key")


def readable(kind: C) -> C:
    """Marks a class of columns that `deserialize_feature_column` knows."""
    _KINDS[kind.__name__] = kind
    return kind


class Written:
    """A column whose fields, those of a dataclass, are its configuration."""

    @property
    def parents(self) -> list[Any]:
        """The features and columns that this one is made of."""
        found: list[Any] = []
        for name in _PARENTS:
            if name in self._fields:
                value = getattr(self, name)
                found.extend(value if isinstance(value, tuple) else [value])
        return found

    @property
    def _is_v2_column(self) -> bool:
        return is_feature_column_v2(p for p in self.parents if not isinstance(p, str))

    @property
    def _fields(self) -> tuple[str, ...]:
        return _fields_of(type(self))

    def _get_config(self) -> dict[str, Any]:
        return {name: _plain(getattr(self, name)) for name in self._fields}

    @classmethod
    def _from_config(
        cls, config: dict[str, Any], custom_objects: Any = None, columns_by_name: Any = None
    ) -> Any:
        if set(config) != set(_fields_of(cls)):
            raise ValueError(f"Invalid config: {config}, expected keys: {_fields_of(cls)}")
        known = {} if columns_by_name is None else columns_by_name
        return cls(**{k: _value(k, v, custom_objects, known) for k, v in config.items()})


def _fields_of(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def serialize_feature_column(fc: Any) -> Any:
    """A column's class and configuration; the name of a raw feature is itself.

    Raises:
      ValueError: it is neither.
    """
    if isinstance(fc, str):
        return fc
    if not isinstance(fc, FeatureColumn):
        raise ValueError(f"Instance: {fc} is not a FeatureColumn")
    return {"class_name": type(fc).__name__, "config": fc._get_config()}


def _plain(value: Any) -> Any:
    if isinstance(value, FeatureColumn):
        return serialize_feature_column(value)
    if isinstance(value, tuple):
        return tuple(_plain(v) for v in value)
    if isinstance(value, DType):
        return value.name
    return serialize_keras_object(value) if callable(value) else value


def deserialize_feature_column(
    config: Any, custom_objects: Any = None, columns_by_name: dict[str, Any] | None = None
) -> Any:
    """The column that `serialize_feature_column` wrote down; the same one for the same name.

    Args:
      config: what it gave.
      custom_objects: functions and classes by name.
      columns_by_name: columns made before, to which the new one is added.

    Raises:
      ValueError: there is no such class, or it is none of columns.
    """
    if isinstance(config, str):
        return config
    kind, found = class_and_config_for_serialized_keras_object(
        config, _KINDS, custom_objects, "feature_column_v2"
    )
    if not issubclass(kind, FeatureColumn):
        raise ValueError(f"Expected FeatureColumn class, instead found: {kind}")
    known = {} if columns_by_name is None else columns_by_name
    column = kind._from_config(found, custom_objects, known)
    return known.setdefault(f"{kind.__name__}:{column.name}", column)


def _value(name: str, value: Any, custom_objects: Any, known: dict[str, Any]) -> Any:
    if name == "dtype":
        return as_dtype(value)
    if name == "initializer":
        return initializers.deserialize(value, custom_objects)
    if name == "normalizer_fn":
        return deserialize_keras_object(value, custom_objects=custom_objects)
    if isinstance(value, dict):
        return deserialize_feature_column(value, custom_objects, known)
    if isinstance(value, (list, tuple)):
        return tuple(_value("", v, custom_objects, known) for v in value)
    return value


def serialize_feature_columns(feature_columns: Any) -> list[Any]:
    """Columns, each by `serialize_feature_column`."""
    return [serialize_feature_column(column) for column in feature_columns]


def deserialize_feature_columns(configs: Any, custom_objects: Any = None) -> list[Any]:
    """Columns of `serialize_feature_columns`; equal ones are one object."""
    known: dict[str, Any] = {}
    return [deserialize_feature_column(c, custom_objects, known) for c in configs]
