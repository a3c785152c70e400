"""How examples with labels are parsed: `tf.estimator.classifier_parse_example_spec`."""

from typing import Any

from evergraph.api.parsing_features import FixedLenFeature
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.library.feature_column.input_layer import make_parse_example_spec
from evergraph.library.feature_column.numeric import NumericColumn, numeric_column


def _with_label(
    feature_columns: Any, label_key: str, label: FixedLenFeature, weight_column: Any
) -> dict[str, Any]:
    spec = make_parse_example_spec(feature_columns)
    if label_key in spec:
        raise ValueError(
            f"label should not be used as feature. label_key: {label_key}, features: {spec.keys()}"
        )
    spec[label_key] = label
    if weight_column is None:
        return spec
    if isinstance(weight_column, str):
        weight_column = numeric_column(weight_column)
    if not isinstance(weight_column, NumericColumn):
        raise ValueError(
            "weight_column should be an instance of tf.feature_column.numeric_column. Given type: "
            f"{type(weight_column)} value: {weight_column}"
        )
    if weight_column.key in spec:
        raise ValueError(
            f"weight_column should not be used as feature. weight_column: {weight_column.key}, "
            f"features: {spec.keys()}"
        )
    spec.update(weight_column.parse_example_spec)
    return spec


@export("estimator.classifier_parse_example_spec")
def classifier_parse_example_spec(
    feature_columns: Any,
    label_key: str,
    label_dtype: Any = dtypes.int64,
    label_default: Any = None,
    weight_column: Any = None,
) -> dict[str, Any]:
    """What `tf.io.parse_example` takes for a classifier's examples. Stands for
    `tf.estimator.classifier_parse_example_spec`.

    Args:
      feature_columns: the columns of features.
      label_key: the feature that is the label, a single value.
      label_dtype: its type, int64 or string.
      label_default: its value where it is missing; None if it must be there.
      weight_column: the name of a feature, or a numeric column, of weights.

    Raises:
      ValueError: label or weight is a feature too, or the weight's column is not numeric.
    """
    label = FixedLenFeature((1,), label_dtype, label_default)
    return _with_label(feature_columns, label_key, label, weight_column)


@export("estimator.regressor_parse_example_spec")
def regressor_parse_example_spec(
    feature_columns: Any,
    label_key: str,
    label_dtype: Any = dtypes.float32,
    label_default: Any = None,
    label_dimension: int = 1,
    weight_column: Any = None,
) -> dict[str, Any]:
    """What `tf.io.parse_example` takes for a regressor's examples. Stands for
    `tf.estimator.regressor_parse_example_spec`; arguments as of `classifier_parse_example_spec`,
    and how many numbers a label is."""
    label = FixedLenFeature((label_dimension,), label_dtype, label_default)
    return _with_label(feature_columns, label_key, label, weight_column)
