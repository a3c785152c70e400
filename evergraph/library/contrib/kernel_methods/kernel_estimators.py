"""Linear estimators over mapped features: `tf.contrib.kernel_methods.KernelLinearClassifier`."""

from collections.abc import Iterator
from typing import Any

from evergraph.api import array_ops
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.library.contrib.kernel_methods.dense_kernel_mapper import DenseKernelMapper
from evergraph.library.contrib.layers.feature_column import _RealValuedColumn, real_valued_column
from evergraph.library.contrib.learn import head as head_lib
from evergraph.library.contrib.learn.estimator import Estimator
from evergraph.library.contrib.learn.keys import PredictionKey
from evergraph.library.contrib.learn.linear import _linear_model_fn


def _mapped(features: Any, columns: Any, mappers: Any) -> tuple[Any, Any]:
    """Features and columns, with those that mappers make."""
    if mappers is None:
        return features, columns
    more_features, more_columns = {}, set()
    for column, column_mappers in mappers.items():
        name = column.name
        if not isinstance(column, _RealValuedColumn):
            logging.warning(
                "Updates are currently supported on RealValuedColumns only. Metadata for "
                f"FeatureColumn {name} will not be updated."
            )
            continue
        size = sum(mapper.output_dim for mapper in column_mappers)
        more_columns.add(real_valued_column(f"{name}_MAPPED", size))
        parts = [mapper.map(features[name]) for mapper in column_mappers]
        more_features[f"{name}_MAPPED"] = array_ops.concat(parts, 1)
    return {**features, **more_features}, set(columns) | more_columns


def _kernel_model_fn(
    features: Any, labels: Any, mode: Any, params: dict[str, Any], config: Any = None
) -> Any:
    features, columns = _mapped(features, params["feature_columns"], params["kernel_mappers"])
    given = {"joint_weights": False, "gradient_clip_norm": None, **params}
    return _linear_model_fn(features, labels, mode, {**given, "feature_columns": columns}, config)


class _KernelEstimator(Estimator):
    """A linear estimator over mapped features."""

    def __init__(
        self,
        feature_columns: Any = None,
        model_dir: str | None = None,
        weight_column_name: str | None = None,
        head: Any = None,
        optimizer: Any = None,
        kernel_mappers: Any = None,
        config: Any = None,
    ) -> None:
        if not feature_columns and not kernel_mappers:
            raise ValueError("You should set at least one of feature_columns, kernel_mappers.")
        for mappers in (kernel_mappers or {}).values():
            if not all(isinstance(mapper, DenseKernelMapper) for mapper in mappers):
                raise ValueError("Invalid kernel mappers.")
        if not isinstance(head, (head_lib._BinaryLogisticHead, head_lib._MultiClassHead)):
            raise ValueError(
                f"head type: {type(head)} is not supported. Supported head types: "
                "_BinaryLogisticHead, _MultiClassHead."
            )
        params = {
            "head": head,
            "feature_columns": feature_columns or [],
            "optimizer": optimizer,
            "kernel_mappers": kernel_mappers,
        }
        super().__init__(
            model_fn=_kernel_model_fn, model_dir=model_dir, config=config, params=params
        )


@export("contrib.kernel_methods.KernelLinearClassifier")
class KernelLinearClassifier(_KernelEstimator):
    """A linear classifier over features and over what mappers make of them.

    Stands for `tf.contrib.kernel_methods.KernelLinearClassifier`.

    Args:
      feature_columns: columns of `tf.contrib.layers` that are used as they are.
      model_dir: where checkpoints and summaries go.
      n_classes: the number of classes; labels are 0 to that.
      weight_column_name: the feature with the examples' weights.
      optimizer: an optimizer; by default FTRL.
      kernel_mappers: lists of mappers by column (of numbers) that they map.
      config: see `tf.contrib.learn.Estimator`.

    Raises:
      ValueError: fewer than 2 classes, neither columns nor mappers, or something else in the
        mappers' place.
    """

    def __init__(
        self,
        feature_columns: Any = None,
        model_dir: str | None = None,
        n_classes: int = 2,
        weight_column_name: str | None = None,
        optimizer: Any = None,
        kernel_mappers: Any = None,
        config: Any = None,
    ) -> None:
        super().__init__(
            feature_columns=feature_columns,
            model_dir=model_dir,
            weight_column_name=weight_column_name,
            head=head_lib.multi_class_head(
                n_classes=n_classes, weight_column_name=weight_column_name
            ),
            optimizer=optimizer,
            kernel_mappers=kernel_mappers,
            config=config,
        )

    def _predict_key(self, input_fn: Any, key: str) -> Iterator[Any]:
        return (p[key] for p in self.predict(input_fn=input_fn, outputs=[key]))

    def predict_classes(self, input_fn: Any = None) -> Iterator[Any]:
        """The likeliest class of each example."""
        return self._predict_key(input_fn, PredictionKey.CLASSES)

    def predict_proba(self, input_fn: Any = None) -> Iterator[Any]:
        """The probabilities of each example's classes."""
        return self._predict_key(input_fn, PredictionKey.PROBABILITIES)
