"""A linear model and a network side by side: `tf.estimator.DNNLinearCombinedClassifier`, ..."""

import math
from typing import Any

from evergraph.api import grouping, nn_ops, state_ops, variable_scope
from evergraph.api.partitioned_variables import min_max_variable_partitioner
from evergraph.base.export import export
from evergraph.graph.defaults import control_dependencies, get_collection
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor
from evergraph.library.estimator import head as head_lib
from evergraph.library.estimator.dnn import add_layer_summary, dnn_logit_fn_builder
from evergraph.library.estimator.estimator import Estimator
from evergraph.library.estimator.linear import (
    MIN_SLICE,
    check_features,
    linear_logit_fn_builder,
    replicas,
)
from evergraph.library.estimator.optimizers import get_optimizer_instance
from evergraph.library.losses.losses_impl import Reduction
from evergraph.library.train import training_util

_DNN_LEARNING_RATE = 0.001
_LINEAR_LEARNING_RATE = 0.005
_NO_COLUMNS = "Either linear_feature_columns or dnn_feature_columns must be defined."


class _Part:
    """One of the two: its logits, its optimizer, and the scope of its variables."""

    def __init__(self, optimizer: Any, learning_rate: float) -> None:
        self.optimizer = get_optimizer_instance(optimizer, learning_rate=learning_rate)
        self.logits: Any = None
        self.scope = ""

    def minimize(self, loss: Tensor) -> Any:
        """The operation that trains this part's variables."""
        variables = get_collection(GraphKeys.TRAINABLE_VARIABLES, scope=self.scope)
        return self.optimizer.minimize(loss, var_list=variables)


class _Combined(Estimator):
    """What the three share."""

    def __init__(
        self,
        head: Any,
        linear: tuple[Any, Any, str],
        dnn: tuple[Any, Any, Any, Any, float | None, bool],
        input_layer_partitioner: Any,
        model_dir: Any,
        config: Any,
        warm_start_from: Any = None,
    ) -> None:
        self._feature_columns = [*(linear[0] or []), *(dnn[0] or [])]
        if not self._feature_columns:
            raise ValueError(_NO_COLUMNS)

        def model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
            check_features(features)
            count = replicas(config)
            partitioner = input_layer_partitioner or min_max_variable_partitioner(
                max_partitions=count, min_slice_size=MIN_SLICE
            )
            units = head.logits_dimension
            parts = []
            if dnn[0]:
                parts.append(_dnn(features, mode, units, dnn, partitioner, count))
            if linear[0]:
                parts.append(_linear(features, units, linear, partitioner))
            logits = parts[0].logits
            if len(parts) == 2:
                logits = logits + parts[1].logits

            def train_op_fn(loss: Tensor) -> Any:
                step = training_util.get_global_step()
                train_op = grouping.group(*(part.minimize(loss) for part in parts))
                with control_dependencies([train_op]):
                    return state_ops.assign_add(step, 1).op

            return head.create_estimator_spec(
                features=features,
                mode=mode,
                labels=labels,
                train_op_fn=train_op_fn,
                logits=logits,
            )

        super().__init__(model_fn, model_dir, config, warm_start_from=warm_start_from)


def _dnn(
    features: Any, mode: str, units: int, given: Any, input_partitioner: Any, count: int
) -> _Part:
    columns, optimizer, hidden_units, activation_fn, dropout, batch_norm = given
    part = _Part(optimizer, _DNN_LEARNING_RATE)
    if not hidden_units:
        raise ValueError("dnn_hidden_units must be defined when dnn_feature_columns is specified.")
    scope_of = variable_scope.variable_scope(
        "dnn",
        values=tuple(features.values()),
        partitioner=min_max_variable_partitioner(max_partitions=count),
    )
    with scope_of as scope:
        part.scope = scope.name
        logit_fn = dnn_logit_fn_builder(
            units, hidden_units, columns, activation_fn, dropout, input_partitioner, batch_norm
        )
        part.logits = logit_fn(features=features, mode=mode)
    return part


def _linear(features: Any, units: int, given: Any, partitioner: Any) -> _Part:
    columns, optimizer, sparse_combiner = given
    part = _Part(optimizer, min(_LINEAR_LEARNING_RATE, 1.0 / math.sqrt(len(columns))))
    values = tuple(features.values())
    with variable_scope.variable_scope("linear", values=values, partitioner=partitioner) as scope:
        part.scope = scope.name
        part.logits = linear_logit_fn_builder(units, columns, sparse_combiner)(features=features)
        add_layer_summary(part.logits, scope.name)
    return part


@export("estimator.DNNLinearCombinedClassifier")
class DNNLinearCombinedClassifier(_Combined):
    """Classes from a linear model and a network, whose logits are added. Stands for
    `tf.estimator.DNNLinearCombinedClassifier`.

    Args:
      model_dir, config, warm_start_from: as of Estimator.
      linear_feature_columns, linear_optimizer, linear_sparse_combiner: as of LinearClassifier.
      dnn_feature_columns, dnn_optimizer, dnn_hidden_units, dnn_activation_fn, dnn_dropout,
        input_layer_partitioner, batch_norm: as of DNNClassifier.
      n_classes, weight_column, label_vocabulary, loss_reduction: as of LinearClassifier.

    Raises:
      ValueError: there are no columns, or an argument does not fit.
    """

    def __init__(
        self,
        model_dir: Any = None,
        linear_feature_columns: Any = None,
        linear_optimizer: Any = "Ftrl",
        dnn_feature_columns: Any = None,
        dnn_optimizer: Any = "Adagrad",
        dnn_hidden_units: Any = None,
        dnn_activation_fn: Any = nn_ops.relu,
        dnn_dropout: float | None = None,
        n_classes: int = 2,
        weight_column: Any = None,
        label_vocabulary: Any = None,
        input_layer_partitioner: Any = None,
        config: Any = None,
        warm_start_from: Any = None,
        loss_reduction: str = Reduction.SUM,
        batch_norm: bool = False,
        linear_sparse_combiner: str = "sum",
    ) -> None:
        super().__init__(
            head_lib._binary_logistic_or_multi_class_head(
                n_classes, weight_column, label_vocabulary, loss_reduction
            ),
            (linear_feature_columns, linear_optimizer, linear_sparse_combiner),
            (
                dnn_feature_columns,
                dnn_optimizer,
                dnn_hidden_units,
                dnn_activation_fn,
                dnn_dropout,
                batch_norm,
            ),
            input_layer_partitioner,
            model_dir,
            config,
            warm_start_from,
        )


@export("estimator.DNNLinearCombinedEstimator")
class DNNLinearCombinedEstimator(_Combined):
    """A linear model and a network under a head of one's own. Stands for
    `tf.estimator.DNNLinearCombinedEstimator`; arguments as of DNNLinearCombinedClassifier."""

    def __init__(
        self,
        head: Any,
        model_dir: Any = None,
        linear_feature_columns: Any = None,
        linear_optimizer: Any = "Ftrl",
        dnn_feature_columns: Any = None,
        dnn_optimizer: Any = "Adagrad",
        dnn_hidden_units: Any = None,
        dnn_activation_fn: Any = nn_ops.relu,
        dnn_dropout: float | None = None,
        input_layer_partitioner: Any = None,
        config: Any = None,
        linear_sparse_combiner: str = "sum",
    ) -> None:
        super().__init__(
            head,
            (linear_feature_columns, linear_optimizer, linear_sparse_combiner),
            (
                dnn_feature_columns,
                dnn_optimizer,
                dnn_hidden_units,
                dnn_activation_fn,
                dnn_dropout,
                False,
            ),
            input_layer_partitioner,
            model_dir,
            config,
        )


@export("estimator.DNNLinearCombinedRegressor")
class DNNLinearCombinedRegressor(_Combined):
    """`label_dimension` numbers from a linear model and a network. Stands for
    `tf.estimator.DNNLinearCombinedRegressor`; arguments as of DNNLinearCombinedClassifier."""

    def __init__(
        self,
        model_dir: Any = None,
        linear_feature_columns: Any = None,
        linear_optimizer: Any = "Ftrl",
        dnn_feature_columns: Any = None,
        dnn_optimizer: Any = "Adagrad",
        dnn_hidden_units: Any = None,
        dnn_activation_fn: Any = nn_ops.relu,
        dnn_dropout: float | None = None,
        label_dimension: int = 1,
        weight_column: Any = None,
        input_layer_partitioner: Any = None,
        config: Any = None,
        warm_start_from: Any = None,
        loss_reduction: str = Reduction.SUM,
        batch_norm: bool = False,
        linear_sparse_combiner: str = "sum",
    ) -> None:
        super().__init__(
            head_lib._regression_head(
                weight_column=weight_column,
                label_dimension=label_dimension,
                loss_reduction=loss_reduction,
            ),
            (linear_feature_columns, linear_optimizer, linear_sparse_combiner),
            (
                dnn_feature_columns,
                dnn_optimizer,
                dnn_hidden_units,
                dnn_activation_fn,
                dnn_dropout,
                batch_norm,
            ),
            input_layer_partitioner,
            model_dir,
            config,
            warm_start_from,
        )
