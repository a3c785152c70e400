"""Feature columns as names and configurations, and back; as Keras writes objects down."""

import dataclasses
from typing import Any

from evergraph.base.dtypes import DType, as_dtype
from evergraph.library.feature_column import categorical, crossed, dense, numeric
from evergraph.library.feature_column.columns import FeatureColumn
from evergraph.library.keras import initializers
from evergraph.library.keras.utils.generic_utils import (
    class_and_config_for_serialized_keras_object,
    deserialize_keras_object,
    serialize_keras_object,
)


def _column_classes() -> dict[str, Any]:
    return {
        name: value
        for module in (numeric, categorical, crossed, dense)
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, FeatureColumn)
    }


def serialize_feature_column(fc: Any) -> Any:
    """A column's class and configuration; the name of a raw feature is itself.

    Raises:
      ValueError: it is neither.
    """
    if isinstance(fc, str):
        return fc
    if not isinstance(fc, FeatureColumn):
        raise ValueError(f"Instance: {fc} is not a FeatureColumn")
    fields = dataclasses.fields(fc)  # type: ignore[arg-type]
    config = {f.name: _plain(getattr(fc, f.name)) for f in fields}
    return {"class_name": type(fc).__name__, "config": config}


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
      ValueError: there is no such class.
    """
    if isinstance(config, str):
        return config
    kind, found = class_and_config_for_serialized_keras_object(
        config, _column_classes(), custom_objects, "feature_column_v2"
    )
    known = {} if columns_by_name is None else columns_by_name
    column = kind(**{k: _value(k, v, custom_objects, known) for k, v in found.items()})
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
