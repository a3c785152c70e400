"""Linear models: `tf.estimator.LinearClassifier`, `LinearRegressor`, `LinearEstimator`."""

import math
from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, control_flow_ops, math_ops, nn_impl, variable_scope
from evergraph.api.partitioned_variables import min_max_variable_partitioner
from evergraph.api.variables import PartitionedVariable
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.estimator import head as head_lib
from evergraph.library.estimator.estimator import Estimator
from evergraph.library.estimator.heads.class_heads import BinaryClassHead
from evergraph.library.estimator.heads.regression_head import RegressionHead
from evergraph.library.estimator.linear_sdca import LinearSDCA, UpdateWeightsHook
from evergraph.library.estimator.mode_keys import ModeKeys
from evergraph.library.estimator.optimizers import get_optimizer_instance
from evergraph.library.feature_column.columns import is_feature_column_v2
from evergraph.library.feature_column.layers import LinearModel
from evergraph.library.feature_column.linear_model import LinearModel as EarlierLinearModel
from evergraph.library.losses.losses_impl import Reduction
from evergraph.library.summary import summary
from evergraph.library.train import training_util
from evergraph.library.train.ftrl import FtrlOptimizer

_LEARNING_RATE = 0.2
MIN_SLICE = 64 << 20  # bytes below which input layers' variables are not partitioned


def check_features(features: Any) -> None:
    """Raises ValueError where features are no dict."""
    if not isinstance(features, dict):
        raise ValueError(
            f"features should be a dictionary of `Tensor`s. Given type: {type(features)}"
        )


def replicas(config: Any) -> int:
    """How many parameter servers a configuration has."""
    return config.num_ps_replicas if config else 0


def _parts(variables: Any) -> list[Any]:
    found: list[Any] = []
    for variable in variables:
        found.extend(variable if isinstance(variable, PartitionedVariable) else [variable])
    return found


def _fraction_of_zero(variables: list[Any]) -> Tensor:
    """Which part of all weights is zero."""
    with name_scope("zero_fraction"):
        with name_scope("total_size"):
            sizes = [array_ops.size(v, out_type=dtypes.int64) for v in variables]
            total_size = math_ops.add_n(sizes)
        with name_scope("total_zero"):
            counts = [
                control_flow_ops.cond(
                    math_ops.equal(size, constant(0, dtype=dtypes.int64)),
                    true_fn=lambda: constant(0, dtype=dtypes.float32),
                    false_fn=lambda v=variable, n=size: (
                        nn_impl.zero_fraction(v) * math_ops.to_float(n)
                    ),
                    name="zero_count",
                )
                for variable, size in zip(variables, sizes, strict=True)
            ]
            zeros = math_ops.add_n(counts)
        with name_scope("compute"):
            total = math_ops.cast(total_size, dtype=dtypes.float32, name="float32_size")
            fraction = zeros / total
        return array_ops.identity(fraction, name="zero_fraction_or_nan")


@export(
    "estimator.experimental.linear_logit_fn_builder", "contrib.estimator.linear_logit_fn_builder"
)
def linear_logit_fn_builder(
    units: int, feature_columns: Any, sparse_combiner: str = "sum"
) -> Callable[..., Tensor]:
    """A function of features that makes `units` logits. Stands for
    `tf.estimator.experimental.linear_logit_fn_builder`; arguments as of LinearEstimator."""

    def linear_logit_fn(features: Any) -> Tensor:
        kind = LinearModel if is_feature_column_v2(feature_columns) else EarlierLinearModel
        model = kind(
            feature_columns=feature_columns,
            units=units,
            sparse_combiner=sparse_combiner,
            name="linear_model",
        )
        logits = model(features)
        _summarize(model, units)
        return logits

    return linear_logit_fn


def _summarize(model: Any, units: int) -> None:
    """Summaries of the bias, and of how many weights are zero."""
    if isinstance(model, EarlierLinearModel):
        by_column = model.cols_to_vars()
        bias = by_column.pop("bias")
        others = [v for variables in by_column.values() for v in variables]
    else:
        bias = _parts([model.bias])
        others = _parts([v for v in model.variables if v is not model.bias])
    if units > 1:
        summary.histogram("bias", bias)
    else:
        summary.scalar("bias", bias[0][0])
    summary.scalar("fraction_of_zero_weights", _fraction_of_zero(others))


def _sdca_spec(
    features: Any, labels: Any, mode: str, head: Any, feature_columns: Any, optimizer: LinearSDCA
) -> Any:
    """The spec of a model that LinearSDCA trains."""
    if isinstance(head, (BinaryClassHead, head_lib._BinaryLogisticHeadWithSigmoidCrossEntropyLoss)):
        loss_type = "logistic_loss"
    elif isinstance(head, (RegressionHead, head_lib._RegressionHeadWithMeanSquaredErrorLoss)):
        loss_type = "squared_loss"
    else:
        raise ValueError(f"Unsupported head type: {head}")
    is_later = isinstance(head, (BinaryClassHead, RegressionHead))
    model = LinearModel(
        feature_columns=feature_columns,
        units=1,
        sparse_combiner="sum",
        # Variables are named as where a variable scope comes before.
        name="linear/linear_model" if is_later else "linear_model",
    )
    logits = model(features)
    _summarize(model, 1)
    if mode != ModeKeys.TRAIN:
        return head.create_estimator_spec(
            features=features, mode=mode, labels=labels, logits=logits
        )
    sdca, train_op = optimizer.get_train_step(
        model.layer._state_manager,
        head._weight_column,
        loss_type,
        feature_columns,
        features,
        labels,
        model.bias,
        training_util.get_global_step(),
    )
    spec = head.create_estimator_spec(
        features=features,
        mode=mode,
        labels=labels,
        train_op_fn=lambda loss: train_op,
        logits=logits,
    )
    hooks = (*spec.training_chief_hooks, UpdateWeightsHook(sdca, train_op))
    return spec._replace(training_chief_hooks=hooks)


def _check_sdca(optimizer: Any, feature_columns: Any, sparse_combiner: str, complaint: Any) -> None:
    """Raises ValueError where LinearSDCA cannot train such a model."""
    if not isinstance(optimizer, LinearSDCA):
        return
    if sparse_combiner != "sum":
        raise ValueError('sparse_combiner must be "sum" when optimizer is a LinearSDCA object.')
    if not is_feature_column_v2(feature_columns):
        raise ValueError("V2 feature columns required when optimizer is a LinearSDCA object.")
    if complaint:
        raise ValueError(complaint)


def _linear_model_fn(
    features: Any,
    labels: Any,
    mode: str,
    head: Any,
    feature_columns: Any,
    optimizer: Any,
    partitioner: Any,
    config: Any,
    sparse_combiner: str = "sum",
) -> Any:
    check_features(features)
    partitioner = partitioner or min_max_variable_partitioner(
        max_partitions=replicas(config), min_slice_size=MIN_SLICE
    )
    values = tuple(features.values())
    with variable_scope.variable_scope("linear", values=values, partitioner=partitioner):
        if isinstance(optimizer, LinearSDCA):
            return _sdca_spec(features, labels, mode, head, feature_columns, optimizer)
        logit_fn = linear_logit_fn_builder(head.logits_dimension, feature_columns, sparse_combiner)
        logits = logit_fn(features=features)
        if not optimizer:
            rate = min(_LEARNING_RATE, 1.0 / math.sqrt(len(feature_columns)))
            optimizer = FtrlOptimizer(learning_rate=rate)
        optimizer = get_optimizer_instance(optimizer, learning_rate=_LEARNING_RATE)
        return head.create_estimator_spec(
            features=features, mode=mode, labels=labels, optimizer=optimizer, logits=logits
        )


class _Linear(Estimator):
    """What the three share: a model function of a head, columns and an optimizer."""

    def __init__(
        self,
        head: Any,
        feature_columns: Any,
        model_dir: Any,
        optimizer: Any,
        config: Any,
        partitioner: Any,
        sparse_combiner: str,
        warm_start_from: Any = None,
    ) -> None:
        columns = tuple(feature_columns or [])

        def model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
            return _linear_model_fn(
                features,
                labels,
                mode,
                head,
                columns,
                optimizer,
                partitioner,
                config,
                sparse_combiner,
            )

        super().__init__(model_fn, model_dir, config, warm_start_from=warm_start_from)


@export("estimator.LinearClassifier")
class LinearClassifier(_Linear):
    """Classes from a linear function of columns. Stands for `tf.estimator.LinearClassifier`.

    Args:
      feature_columns: dense and categorical columns.
      model_dir, config, warm_start_from: as of Estimator.
      n_classes: how many; labels are numbers below it, or 0 and 1 (or floats between) if it is 2.
      weight_column: the name of a feature, or a numeric column, of weights of examples.
      label_vocabulary: the names of classes, of which labels then are.
      optimizer: an optimizer, a function that makes it, or its name; FTRL by default.
      partitioner: of variables.
      loss_reduction: one of `tf.losses.Reduction` but NONE.
      sparse_combiner: "sum", "mean" or "sqrtn": how weights of an example's categories combine.

    Raises:
      ValueError: an argument does not fit.
    """

    def __init__(
        self,
        feature_columns: Any,
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column: Any = None,
        label_vocabulary: Any = None,
        optimizer: Any = "Ftrl",
        config: Any = None,
        partitioner: Any = None,
        warm_start_from: Any = None,
        loss_reduction: str = Reduction.SUM,
        sparse_combiner: str = "sum",
    ) -> None:
        many = "LinearSDCA cannot be used in a multi-class setting." if n_classes > 2 else None
        _check_sdca(optimizer, feature_columns, sparse_combiner, many)
        head = head_lib._binary_logistic_or_multi_class_head(
            n_classes, weight_column, label_vocabulary, loss_reduction
        )
        super().__init__(
            head,
            feature_columns,
            model_dir,
            optimizer,
            config,
            partitioner,
            sparse_combiner,
            warm_start_from,
        )


@export("estimator.LinearEstimator")
class LinearEstimator(_Linear):
    """A linear function of columns under a head of one's own. Stands for
    `tf.estimator.LinearEstimator`; arguments as of LinearClassifier."""

    def __init__(
        self,
        head: Any,
        feature_columns: Any,
        model_dir: Any = None,
        optimizer: Any = "Ftrl",
        config: Any = None,
        partitioner: Any = None,
        sparse_combiner: str = "sum",
    ) -> None:
        super().__init__(
            head, feature_columns, model_dir, optimizer, config, partitioner, sparse_combiner
        )


@export("estimator.LinearRegressor")
class LinearRegressor(_Linear):
    """`label_dimension` numbers from a linear function of columns. Stands for
    `tf.estimator.LinearRegressor`; arguments as of LinearClassifier."""

    def __init__(
        self,
        feature_columns: Any,
        model_dir: Any = None,
        label_dimension: int = 1,
        weight_column: Any = None,
        optimizer: Any = "Ftrl",
        config: Any = None,
        partitioner: Any = None,
        warm_start_from: Any = None,
        loss_reduction: str = Reduction.SUM,
        sparse_combiner: str = "sum",
    ) -> None:
        words = "LinearSDCA can only be used with one-dimensional label."
        many = words if label_dimension > 1 else None
        _check_sdca(optimizer, feature_columns, sparse_combiner, many)
        head = head_lib._regression_head(
            weight_column=weight_column,
            label_dimension=label_dimension,
            loss_reduction=loss_reduction,
        )
        super().__init__(
            head,
            feature_columns,
            model_dir,
            optimizer,
            config,
            partitioner,
            sparse_combiner,
            warm_start_from,
        )
