"""Ready-made estimators: linear models."""

import math
from typing import Any

from evergraph.api import array_ops, clip_ops, partitioned_variables, variable_scope
from evergraph.autodiff.gradients import gradients
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.composite import SparseTensor
from evergraph.graph.defaults import get_collection
from evergraph.graph.static_value import constant_value
from evergraph.library.contrib.layers import feature_column_ops
from evergraph.library.contrib.layers.feature_column import real_valued_column
from evergraph.library.contrib.layers.optimizers import OPTIMIZER_CLS_NAMES
from evergraph.library.contrib.learn import canned
from evergraph.library.contrib.learn.estimator import Estimator
from evergraph.library.contrib.learn.head import (
    _BinaryLogisticHead,
    _BinarySvmHead,
    _RegressionHead,
    multi_class_head,
    regression_head,
)
from evergraph.library.contrib.linear_optimizer.sdca_optimizer import SDCAOptimizer
from evergraph.library.train import training_util
from evergraph.library.train.ftrl import FtrlOptimizer
from evergraph.library.train.session_run_hook import SessionRunArgs, SessionRunHook

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


def _with_bias(columns: Any, features: Any, bias: Any, by_column: Any) -> None:
    """Adds a column of ones, whose weight is the bias."""
    name = "tf_virtual_bias_column"
    if any(column.name == name for column in columns):
        raise ValueError(f"{name} is a reserved column name.")
    if not columns:
        raise ValueError("feature_columns can't be empty.")
    batch_size = None
    for value in features.values():
        tensor = value[0] if isinstance(value, tuple) else value
        if not isinstance(tensor, SparseTensor):
            batch_size = array_ops.shape(tensor)[0]
            break
        shape = constant_value(tensor.dense_shape)
        if shape is not None:
            batch_size = shape[0]
            break
    if batch_size is None:
        raise ValueError("Could not infer batch size from input features.")
    column = real_valued_column(name)
    features[column] = array_ops.ones([batch_size, 1], dtype=dtypes.float32)
    by_column[column] = [bias]


class _WeightsHook(SessionRunHook):
    """Copies what a step of training changed into the weights, after each step."""

    model: Any = None
    train_op: Any = None

    def begin(self) -> None:
        self._update = self.model.update_weights(self.train_op)

    def before_run(self, run_context: Any) -> Any:
        return SessionRunArgs(self._update)


def sdca_model_fn(features: Any, labels: Any, mode: str, params: dict[str, Any]) -> Any:
    """The model function of linear models that SDCAOptimizer trains.

    Raises:
      ValueError: the optimizer or the head is of another kind.
    """
    head, columns, optimizer = params["head"], params["feature_columns"], params["optimizer"]
    hook = params.get("update_weights_hook")
    if not isinstance(optimizer, SDCAOptimizer):
        raise ValueError("Optimizer must be of type SDCAOptimizer")
    if isinstance(head, _BinarySvmHead):
        loss_type = "hinge_loss"
    elif isinstance(head, _BinaryLogisticHead):
        loss_type = "logistic_loss"
    elif isinstance(head, _RegressionHead):
        assert head.logits_dimension == 1, "SDCA only applies for logits_dimension=1."
        loss_type = "squared_loss"
    else:
        raise ValueError(f"Unsupported head type: {head}")
    with variable_scope.variable_scope(
        values=list(features.values()), name_or_scope=_SCOPE, partitioner=optimizer.partitioner
    ) as scope:
        features = dict(features)
        features.update(feature_column_ops.transform_features(features, columns))
        logits, by_column, bias = feature_column_ops.weighted_sum_from_feature_columns(
            columns_to_tensors=features, feature_columns=columns, num_outputs=1, scope=scope
        )
        _with_bias(columns, features, bias, by_column)

    def train_op_fn(loss: Any) -> Any:
        model, train_op = optimizer.get_train_step(
            by_column,
            params["weight_column_name"],
            loss_type,
            features,
            labels,
            training_util.get_global_step(),
        )
        if hook is not None:
            hook.model, hook.train_op = model, train_op
        return train_op

    made = head.create_model_fn_ops(
        features=features, labels=labels, mode=mode, train_op_fn=train_op_fn, logits=logits
    )
    if hook is None:
        return made
    return made._replace(training_chief_hooks=[*made.training_chief_hooks, hook])


def _sdca_params(head: Any, columns: Any, optimizer: Any, weights: Any) -> dict[str, Any]:
    return {
        "head": head,
        "feature_columns": columns,
        "optimizer": optimizer,
        "weight_column_name": weights,
        "update_weights_hook": _WeightsHook(),
    }


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
        is_sdca = isinstance(optimizer, SDCAOptimizer)
        if is_sdca and enable_centered_bias:
            raise ValueError("enable_centered_bias is not supported with SDCA")
        assert feature_columns
        head = multi_class_head(
            n_classes,
            weight_column_name=weight_column_name,
            enable_centered_bias=enable_centered_bias,
            label_keys=label_keys,
        )
        if is_sdca:
            assert not _joint_weight, "_joint_weight is incompatible with the SDCAOptimizer"
            assert n_classes == 2, "SDCA only applies to binary classification."
            super().__init__(
                model_fn=sdca_model_fn,
                model_dir=model_dir,
                config=config,
                params=_sdca_params(head, feature_columns, optimizer, weight_column_name),
                feature_engineering_fn=feature_engineering_fn,
            )
            return
        super().__init__(
            model_fn=_linear_model_fn,
            model_dir=model_dir,
            config=config,
            params={
                "head": head,
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
        is_sdca = isinstance(optimizer, SDCAOptimizer)
        if is_sdca and enable_centered_bias:
            enable_centered_bias = False
            logging.warning(
                "centered_bias is not supported with SDCA, please disable it explicitly."
            )
        head = regression_head(
            weight_column_name=weight_column_name,
            label_dimension=label_dimension,
            enable_centered_bias=enable_centered_bias,
        )
        if is_sdca:
            assert label_dimension == 1, "SDCA only applies for label_dimension=1."
            assert not _joint_weights, "_joint_weights is incompatible with SDCAOptimizer."
            super().__init__(
                model_fn=sdca_model_fn,
                model_dir=model_dir,
                config=config,
                params=_sdca_params(head, feature_columns, optimizer, weight_column_name),
                feature_engineering_fn=feature_engineering_fn,
            )
            return
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
