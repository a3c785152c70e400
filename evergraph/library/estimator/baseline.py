"""Models that look at no feature: `tf.estimator.BaselineClassifier` and its kin."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, check_ops, init_ops, math_ops, variable_scope
from evergraph.base.export import export
from evergraph.graph.defaults import control_dependencies
from evergraph.graph.tensor import Tensor
from evergraph.library.estimator import head as head_lib
from evergraph.library.estimator.estimator import Estimator
from evergraph.library.estimator.optimizers import get_optimizer_instance
from evergraph.library.feature_column.numeric import NumericColumn
from evergraph.library.losses.losses_impl import Reduction
from evergraph.library.train import training_util

_LEARNING_RATE = 0.3


def _weight_key(weight_column: Any) -> str | None:
    if weight_column is None or isinstance(weight_column, str):
        return weight_column
    if not isinstance(weight_column, NumericColumn):
        raise TypeError(
            "Weight column must be either a string or _NumericColumn. Given type: "
            f"{type(weight_column)}."
        )
    return weight_column.key


def _logit_fn(units: int, weight_column: Any) -> Callable[..., Tensor]:
    def logits(features: Any) -> Tensor:
        weight_key, batch, checks = _weight_key(weight_column), None, []
        for key, feature in features.items():
            # At serving time there are no weights.
            if key == weight_key:
                continue
            size = array_ops.shape(feature)[0]
            if batch is None:
                batch = size
            else:
                checks.append(check_ops.assert_equal(batch, size))
        with control_dependencies(checks), variable_scope.variable_scope("baseline"):
            bias = variable_scope.get_variable("bias", shape=[units], initializer=init_ops.Zeros)
            return math_ops.multiply(bias, array_ops.ones([batch, units]))

    return logits


class _Baseline(Estimator):
    """What the three share."""

    def __init__(
        self, head: Any, model_dir: Any, optimizer: Any, config: Any, weight_column: Any = None
    ) -> None:
        def train_op_fn(loss: Tensor) -> Any:
            chosen = get_optimizer_instance(optimizer, learning_rate=_LEARNING_RATE)
            return chosen.minimize(loss, global_step=training_util.get_global_step())

        def model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
            logits = _logit_fn(head.logits_dimension, weight_column)(features)
            return head.create_estimator_spec(
                features=features,
                mode=mode,
                logits=logits,
                labels=labels,
                train_op_fn=train_op_fn,
            )

        super().__init__(model_fn, model_dir, config)


@export("estimator.BaselineClassifier")
class BaselineClassifier(_Baseline):
    """The frequencies of classes. Stands for `tf.estimator.BaselineClassifier`; arguments as of
    LinearClassifier."""

    def __init__(
        self,
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column: Any = None,
        label_vocabulary: Any = None,
        optimizer: Any = "Ftrl",
        config: Any = None,
        loss_reduction: str = Reduction.SUM,
    ) -> None:
        head = head_lib._binary_logistic_or_multi_class_head(
            n_classes, weight_column, label_vocabulary, loss_reduction
        )
        super().__init__(head, model_dir, optimizer, config, weight_column)


@export("estimator.BaselineEstimator")
class BaselineEstimator(_Baseline):
    """A bias under a head of one's own. Stands for `tf.estimator.BaselineEstimator`; arguments as
    of LinearClassifier."""

    def __init__(
        self, head: Any, model_dir: Any = None, optimizer: Any = "Ftrl", config: Any = None
    ) -> None:
        super().__init__(head, model_dir, optimizer, config)


@export("estimator.BaselineRegressor")
class BaselineRegressor(_Baseline):
    """The mean of labels. Stands for `tf.estimator.BaselineRegressor`; arguments as of
    LinearRegressor."""

    def __init__(
        self,
        model_dir: Any = None,
        label_dimension: int = 1,
        weight_column: Any = None,
        optimizer: Any = "Ftrl",
        config: Any = None,
        loss_reduction: str = Reduction.SUM,
    ) -> None:
        head = head_lib._regression_head(
            weight_column=weight_column,
            label_dimension=label_dimension,
            loss_reduction=loss_reduction,
        )
        super().__init__(head, model_dir, optimizer, config)
