"""Feature columns as the features of boosted trees: vectors of bucket numbers, one a dimension."""

from collections.abc import Sequence
from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.graph.apply import apply_op
from evergraph.graph.tensor import Tensor
from evergraph.library.feature_column.columns import CategoricalColumn, DenseColumn
from evergraph.library.feature_column.dense import IndicatorColumn
from evergraph.library.feature_column.input_layer import transform_features
from evergraph.library.feature_column.numeric import BucketizedColumn

# Indicators are 0 or 1.
_INDICATOR_BUCKETS = 2


def _check(column: Any) -> None:
    """Raises ValueError where trees cannot use a column."""
    if isinstance(column, DenseColumn):
        return
    if isinstance(column, CategoricalColumn):
        raise ValueError(f"CategoricalColumn must be wrapped by IndicatorColumn, got: {column}")
    raise ValueError("Got unexpected feature column type")


def _width(column: Any) -> int:
    """How many features a column is."""
    _check(column)
    if isinstance(column, IndicatorColumn):
        return int(column.categorical_column._num_buckets)
    shape = column.variable_shape.as_list()
    return shape[0] if shape and not isinstance(column, BucketizedColumn) else 1


def calculate_num_features(columns: Sequence[Any]) -> int:
    """How many features columns are.

    Raises:
      ValueError: trees cannot use one of them.
    """
    return sum(map(_width, columns))


def is_float_column(column: Any) -> bool:
    """Whether a column gives numbers that must be put into buckets."""
    if isinstance(column, CategoricalColumn | IndicatorColumn):
        return False
    if isinstance(column, DenseColumn):
        floating: bool = column.dtype.is_floating  # type: ignore[attr-defined]
        return floating
    raise ValueError(f"Encountered unexpected column {column}")


def feature_names(columns: Sequence[Any]) -> list[str]:
    """The name of each feature's column; of an indicator, the categories'."""
    names = []
    for column in columns:
        width = _width(column)
        named = column.categorical_column if isinstance(column, IndicatorColumn) else column
        names += [named.name] * width
    return names


def features_by_buckets(columns: Sequence[Any], num_quantiles: int) -> dict[int, list[int]]:
    """The numbers of features that have as many buckets: {how many: which}."""
    found: dict[int, list[int]] = {}
    bucketized: list[int] = []
    most, number = 2, 0
    for column in columns:
        numbers = list(range(number, number + _width(column)))
        number += len(numbers)
        if isinstance(column, IndicatorColumn):
            found.setdefault(_INDICATOR_BUCKETS, []).extend(numbers)
        elif isinstance(column, BucketizedColumn):
            most = max(most, len(column.boundaries) + 1)
            bucketized += numbers
        else:
            found.setdefault(num_quantiles, []).extend(numbers)
    if bucketized or most in found:
        found.setdefault(most, []).extend(bucketized)
    return found


def boundaries_by_column(columns: Sequence[Any], boundaries: list[Tensor]) -> dict[str, Any]:
    """The boundaries of the features of each float column, by its name."""
    found, first = {}, 0
    for column in columns:
        width = _width(column)
        found[column.name] = boundaries[first : first + width]
        first += width
    return found


def apply_columns(features: dict[str, Any], columns: Sequence[Any]) -> dict[Any, Any]:
    """What columns make of features, by column; nothing of no columns."""
    return transform_features(features, columns) if columns else {}


def transformed_features(
    features: dict[str, Any],
    columns: Sequence[Any],
    boundaries: dict[str, Any] | None = None,
    transformed: dict[Any, Any] | None = None,
) -> list[Tensor]:
    """A vector for each feature of sorted columns.

    Args:
      features: tensors by name.
      columns: all columns, by name.
      boundaries: what to put float columns into buckets by; without, they stay numbers.
      transformed: what some of the columns made of features already.

    Raises:
      ValueError: a column has too many dimensions.
    """
    ready = dict(transformed or {})
    made = {**apply_columns(features, [c for c in columns if c not in ready]), **ready}
    result: list[Tensor] = []
    for column in columns:
        if isinstance(column, BucketizedColumn):
            buckets = array_ops.squeeze(made[column], axis=1)
            name = column.source_column.name
            if buckets.shape.ndims > 1:
                raise ValueError(
                    "For now, only supports features equivalent to rank 1 but column "
                    f"`{name}` got: {features[name].shape}"
                )
            result.append(buckets)
        elif isinstance(column, IndicatorColumn):
            tensor, name = math_ops.to_int32(made[column]), column.categorical_column.name
            if tensor.shape.ndims > 2:
                raise ValueError(
                    "Rank of indicator column must be no more than 2, but column "
                    f"`{name}` got: {features[name].shape}"
                )
            result += array_ops.unstack(tensor, axis=1)
        else:
            _check(column)
            if column.variable_shape.rank > 1:
                raise ValueError(
                    "For now, we only support Dense column with rank of 1, but column "
                    f"`{column.name}` got: {column.variable_shape}"
                )
            unstacked = array_ops.unstack(made[column], axis=1)
            if boundaries:
                limits = boundaries[column.name]
                unstacked = apply_op("BoostedTreesBucketize", unstacked, limits)
            result += unstacked
    return result
