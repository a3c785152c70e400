"""Ready-made estimators: linear models."""

import math
from typing import Any

from evergraph.api import clip_ops, partitioned_variables, variable_scope
from evergraph.autodiff.gradients import gradients
from evergraph.base.export import export
from evergraph.graph.defaults import get_collection
from evergraph.library.contrib.layers.optimizers import OPTIMIZER_CLS_NAMES
from evergraph.library.contrib.learn import canned
from evergraph.library.contrib.learn.estimator import Estimator
from evergraph.library.contrib.learn.head import multi_class_head, regression_head
from evergraph.library.train import training_util
from evergraph.library.train.ftrl import FtrlOptimizer

_LEARNING_RATE = 0.2
_SCOPE = "linear"


def _optimizer(spec: Any) -> Any:
    if isinstance(spec, str):
        return OPTIMIZER_CLS_NAMES[spec](learning_rate=_LEARNING_RATE)
    return spec() if callable(spec) else spec


def _linear_model_fn(
    features: Any, labels: Any, mode: str, params: dict[str, Any], config: Any = None
) -> Any:
    head, columns = params["head"], params["feature_columns"]
    optimizer = params["optimizer"]
    if not optimizer:
        rate = min(_LEARNING_RATE, 1.0 / math.sqrt(len(columns)))
        optimizer = FtrlOptimizer(learning_rate=rate)
    features = canned.feature_dict(features)
    partitioner = partitioned_variables.min_max_variable_partitioner(
        max_partitions=config.num_ps_replicas if config else 0, min_slice_size=64 << 20
    )
    with variable_scope.variable_scope(
        _SCOPE, values=tuple(features.values()), partitioner=partitioner
    ) as scope:
        logits = canned.linear_logits(
            features, columns, head.logits_dimension, _SCOPE, params["joint_weights"], scope
        )

        def train_op_fn(loss: Any) -> Any:
            step = training_util.get_global_step()
            weights = get_collection(_SCOPE)
            slopes = gradients(loss, weights)
            if params["gradient_clip_norm"]:
                slopes, _ = clip_ops.clip_by_global_norm(slopes, params["gradient_clip_norm"])
            pairs = zip(slopes, weights, strict=True)
            return _optimizer(optimizer).apply_gradients(pairs, global_step=step)

        return head.create_model_fn_ops(
            features=features, mode=mode, labels=labels, train_op_fn=train_op_fn, logits=logits
        )


@export("contrib.learn.LinearClassifier")
class LinearClassifier(canned.Classifier):
    """A linear model that tells classes. Stands for `tf.contrib.learn.LinearClassifier`.

    Args:
      feature_columns: what the model sees.
      model_dir, config, feature_engineering_fn: as of Estimator.
      n_classes: how many classes.
      weight_column_name: the feature that weighs examples.
      optimizer: an optimizer, its name or a function that gives one; default: Ftrl.
      gradient_clip_norm: the norm to clip gradients to.
      enable_centered_bias: whether a bias is learned for itself.
      label_keys: names of more than two classes, where labels are names.

    Raises:
      ValueError: an argument does not fit.
    """

    def __init__(
        self,
        feature_columns: Any,
        model_dir: str | None = None,
        n_classes: int = 2,
        weight_column_name: str | None = None,
        optimizer: Any = None,
        gradient_clip_norm: float | None = None,
        enable_centered_bias: bool = False,
        _joint_weight: bool = False,
        config: Any = None,
        feature_engineering_fn: Any = None,
        label_keys: Any = None,
    ) -> None:
        assert feature_columns
        super().__init__(
            model_fn=_linear_model_fn,
            model_dir=model_dir,
            config=config,
            params={
                "head": multi_class_head(
                    n_classes,
                    weight_column_name=weight_column_name,
                    enable_centered_bias=enable_centered_bias,
                    label_keys=label_keys,
                ),
                "feature_columns": feature_columns,
                "optimizer": optimizer,
                "gradient_clip_norm": gradient_clip_norm,
                "joint_weights": _joint_weight,
            },
            feature_engineering_fn=feature_engineering_fn,
        )


@export("contrib.learn.LinearRegressor")
class LinearRegressor(canned.Regressor):
    """A linear model that tells numbers. Stands for `tf.contrib.learn.LinearRegressor`.

    Args:
      label_dimension: how many numbers a label has.
      others: as of LinearClassifier.
    """

    def __init__(
        self,
        feature_columns: Any,
        model_dir: str | None = None,
        weight_column_name: str | None = None,
        optimizer: Any = None,
        gradient_clip_norm: float | None = None,
        enable_centered_bias: bool = False,
        label_dimension: int = 1,
        _joint_weights: bool = False,
        config: Any = None,
        feature_engineering_fn: Any = None,
    ) -> None:
        assert feature_columns
        super().__init__(
            model_fn=_linear_model_fn,
            model_dir=model_dir,
            config=config,
            params={
                "head": regression_head(
                    weight_column_name=weight_column_name,
                    label_dimension=label_dimension,
                    enable_centered_bias=enable_centered_bias,
                ),
                "feature_columns": feature_columns,
                "optimizer": optimizer,
                "gradient_clip_norm": gradient_clip_norm,
                "joint_weights": _joint_weights,
            },
            feature_engineering_fn=feature_engineering_fn,
        )


@export("contrib.learn.LinearEstimator")
class LinearEstimator(Estimator):
    """A linear model with any head. Stands for `tf.contrib.learn.LinearEstimator`.

    Args:
      feature_columns: what the model sees.
      head: a Head.
      weight_column_name: not used; heads have their own.
      others: as of LinearClassifier.
    """

    def __init__(
        self,
        feature_columns: Any,
        head: Any,
        model_dir: str | None = None,
        weight_column_name: str | None = None,
        optimizer: Any = None,
        gradient_clip_norm: float | None = None,
        _joint_weights: bool = False,
        config: Any = None,
        feature_engineering_fn: Any = None,
    ) -> None:
        assert feature_columns
        super().__init__(
            model_fn=_linear_model_fn,
            model_dir=model_dir,
            config=config,
            params={
                "head": head,
                "feature_columns": feature_columns,
                "optimizer": optimizer,
                "gradient_clip_norm": gradient_clip_norm,
                "joint_weights": _joint_weights,
            },
            feature_engineering_fn=feature_engineering_fn,
        )
