"""Networks of dense layers: `tf.estimator.DNNClassifier`, `DNNRegressor`, `DNNEstimator`."""

from collections.abc import Callable
from typing import Any

from evergraph.api import init_ops, nn_impl, nn_ops, variable_scope
from evergraph.api.partitioned_variables import min_max_variable_partitioner
from evergraph.base.export import export
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.estimator import head as head_lib
from evergraph.library.estimator.estimator import Estimator
from evergraph.library.estimator.linear import MIN_SLICE, check_features, replicas
from evergraph.library.estimator.mode_keys import ModeKeys
from evergraph.library.estimator.optimizers import get_optimizer_instance
from evergraph.library.feature_column.columns import is_feature_column_v2
from evergraph.library.feature_column.input_layer import InputLayer
from evergraph.library.feature_column.layers import DenseFeatures
from evergraph.library.layers.core import Dense, Dropout
from evergraph.library.layers.normalization import BatchNormalization
from evergraph.library.losses.losses_impl import Reduction
from evergraph.library.summary import summary

_LEARNING_RATE = 0.05


def add_layer_summary(value: Tensor, tag: str) -> None:
    """Records how many values are 0, and all of them."""
    summary.scalar(f"{tag}/fraction_of_zero_values", nn_impl.zero_fraction(value))
    summary.histogram(f"{tag}/activation", value)


def _dense(scope: Any, units: int, activation: Any) -> Dense:
    initializer = init_ops.glorot_uniform_initializer()
    return Dense(units, activation, kernel_initializer=initializer, name=scope, _scope=scope)


def _before(scope: str) -> str:
    """The name scope around another one; itself where there is none."""
    return scope[:-1].rpartition("/")[0] + "/" if "/" in scope[:-1] else scope


class _Layers:
    """The layers of a network, each made in the variable scope that it is named after."""

    def __init__(
        self,
        units: int,
        hidden_units: Any,
        feature_columns: Any,
        activation_fn: Any,
        dropout: float | None,
        input_layer_partitioner: Any,
        batch_norm: bool,
    ) -> None:
        self._input_layer: Any
        if is_feature_column_v2(feature_columns):
            self._input_layer = DenseFeatures(feature_columns=feature_columns, name="input_layer")
        else:
            self._input_layer = InputLayer(
                feature_columns=feature_columns, name="input_layer", create_scope_now=False
            )
        self._partitioner = input_layer_partitioner
        self._hidden = []
        for i, size in enumerate(hidden_units):
            with variable_scope.variable_scope(f"hiddenlayer_{i}") as scope:
                layer = _dense(scope, size, activation_fn)
                drop = None if dropout is None else Dropout(rate=dropout)
                norm, name = None, f"batchnorm_{i}"
                if batch_norm:
                    norm = BatchNormalization(momentum=0.999, name=name, _scope=name)
            self._hidden.append((layer, drop, norm, scope.name))
        with variable_scope.variable_scope("logits") as scope:
            self._logits, self._logits_name = _dense(scope, units, None), scope.name

    def __call__(self, features: Any, mode: str) -> Tensor:
        """The logits of features."""
        # TensorFlow's is a model called "dnn", whose name scope it leaves again, unless that is the
        # outermost one.
        with name_scope("dnn") as scope, name_scope(_before(scope)):
            return self._logits_of(features, mode == ModeKeys.TRAIN)

    def _logits_of(self, features: Any, training: bool) -> Tensor:
        columns = variable_scope.variable_scope(
            "input_from_feature_columns", partitioner=self._partitioner
        )
        with columns:
            net = self._input_layer(features)
        for layer, drop, norm, name in self._hidden:
            net = layer(net)
            if drop is not None and training:
                net = drop(net, training=True)
            if norm is not None:
                net = norm(net, training=training)
            add_layer_summary(net, name)
        logits = self._logits(net)
        add_layer_summary(logits, self._logits_name)
        return logits


@export("estimator.experimental.dnn_logit_fn_builder", "contrib.estimator.dnn_logit_fn_builder")
def dnn_logit_fn_builder(
    units: int,
    hidden_units: Any,
    feature_columns: Any,
    activation_fn: Any,
    dropout: float | None,
    input_layer_partitioner: Any,
    batch_norm: bool,
) -> Callable[..., Tensor]:
    """A function of features and mode that makes `units` logits. Stands for
    `tf.estimator.experimental.dnn_logit_fn_builder`; arguments as of DNNClassifier.

    Raises:
      ValueError: `units` is no int.
    """
    if not isinstance(units, int):
        raise ValueError(f"units must be an int.  Given type: {type(units)}")

    def dnn_logit_fn(features: Any, mode: str) -> Tensor:
        with variable_scope.variable_scope(
            variable_scope.get_variable_scope(), use_resource=True, auxiliary_name_scope=False
        ):
            layers = _Layers(
                units,
                hidden_units,
                feature_columns,
                activation_fn,
                dropout,
                input_layer_partitioner,
                batch_norm,
            )
        return layers(features, mode)

    return dnn_logit_fn


def _dnn_model_fn(
    features: Any,
    labels: Any,
    mode: str,
    head: Any,
    hidden_units: Any,
    feature_columns: Any,
    optimizer: Any = "Adagrad",
    activation_fn: Any = nn_ops.relu,
    dropout: float | None = None,
    input_layer_partitioner: Any = None,
    config: Any = None,
    batch_norm: bool = False,
) -> Any:
    optimizer = get_optimizer_instance(optimizer, learning_rate=_LEARNING_RATE)
    check_features(features)
    count = replicas(config)
    partitioner = min_max_variable_partitioner(max_partitions=count)
    values = tuple(features.values())
    with variable_scope.variable_scope("dnn", values=values, partitioner=partitioner):
        input_layer_partitioner = input_layer_partitioner or min_max_variable_partitioner(
            max_partitions=count, min_slice_size=MIN_SLICE
        )
        logit_fn = dnn_logit_fn_builder(
            head.logits_dimension,
            hidden_units,
            feature_columns,
            activation_fn,
            dropout,
            input_layer_partitioner,
            batch_norm,
        )
        logits = logit_fn(features=features, mode=mode)
        return head.create_estimator_spec(
            features=features, mode=mode, labels=labels, optimizer=optimizer, logits=logits
        )


class _DNN(Estimator):
    """What the three share."""

    def __init__(
        self,
        head: Any,
        hidden_units: Any,
        feature_columns: Any,
        model_dir: Any,
        optimizer: Any,
        activation_fn: Any,
        dropout: float | None,
        input_layer_partitioner: Any,
        config: Any,
        warm_start_from: Any,
        batch_norm: bool,
    ) -> None:
        columns = tuple(feature_columns or [])

        def model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
            return _dnn_model_fn(
                features,
                labels,
                mode,
                head,
                hidden_units,
                columns,
                optimizer,
                activation_fn,
                dropout,
                input_layer_partitioner,
                config,
                batch_norm,
            )

        super().__init__(model_fn, model_dir, config, warm_start_from=warm_start_from)


@export("estimator.DNNClassifier")
class DNNClassifier(_DNN):
    """Classes from a network of dense layers. Stands for `tf.estimator.DNNClassifier`.

    Args:
      hidden_units: the sizes of the layers before the logits.
      feature_columns: dense columns.
      model_dir, config, warm_start_from: as of Estimator.
      n_classes, weight_column, label_vocabulary, loss_reduction: as of LinearClassifier.
      optimizer: an optimizer, a function that makes it, or its name; Adagrad by default.
      activation_fn: of the layers.
      dropout: which part of their values is set to 0 in training; None for none.
      input_layer_partitioner: of the columns' variables.
      batch_norm: whether batch normalization follows each layer.

    Raises:
      ValueError: an argument does not fit.
    """

    def __init__(
        self,
        hidden_units: Any,
        feature_columns: Any,
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column: Any = None,
        label_vocabulary: Any = None,
        optimizer: Any = "Adagrad",
        activation_fn: Any = nn_ops.relu,
        dropout: float | None = None,
        input_layer_partitioner: Any = None,
        config: Any = None,
        warm_start_from: Any = None,
        loss_reduction: str = Reduction.SUM,
        batch_norm: bool = False,
    ) -> None:
        head = head_lib._binary_logistic_or_multi_class_head(
            n_classes, weight_column, label_vocabulary, loss_reduction
        )
        super().__init__(
            head,
            hidden_units,
            feature_columns,
            model_dir,
            optimizer,
            activation_fn,
            dropout,
            input_layer_partitioner,
            config,
            warm_start_from,
            batch_norm,
        )


@export("estimator.DNNEstimator")
class DNNEstimator(_DNN):
    """A network of dense layers under a head of one's own. Stands for
    `tf.estimator.DNNEstimator`; arguments as of DNNClassifier."""

    def __init__(
        self,
        head: Any,
        hidden_units: Any,
        feature_columns: Any,
        model_dir: Any = None,
        optimizer: Any = "Adagrad",
        activation_fn: Any = nn_ops.relu,
        dropout: float | None = None,
        input_layer_partitioner: Any = None,
        config: Any = None,
        warm_start_from: Any = None,
        batch_norm: bool = False,
    ) -> None:
        super().__init__(
            head,
            hidden_units,
            feature_columns,
            model_dir,
            optimizer,
            activation_fn,
            dropout,
            input_layer_partitioner,
            config,
            warm_start_from,
            batch_norm,
        )


@export("estimator.DNNRegressor")
class DNNRegressor(_DNN):
    """`label_dimension` numbers from a network of dense layers. Stands for
    `tf.estimator.DNNRegressor`; arguments as of DNNClassifier."""

    def __init__(
        self,
        hidden_units: Any,
        feature_columns: Any,
        model_dir: Any = None,
        label_dimension: int = 1,
        weight_column: Any = None,
        optimizer: Any = "Adagrad",
        activation_fn: Any = nn_ops.relu,
        dropout: float | None = None,
        input_layer_partitioner: Any = None,
        config: Any = None,
        warm_start_from: Any = None,
        loss_reduction: str = Reduction.SUM,
        batch_norm: bool = False,
    ) -> None:
        head = head_lib._regression_head(
            weight_column=weight_column,
            label_dimension=label_dimension,
            loss_reduction=loss_reduction,
        )
        super().__init__(
            head,
            hidden_units,
            feature_columns,
            model_dir,
            optimizer,
            activation_fn,
            dropout,
            input_layer_partitioner,
            config,
            warm_start_from,
            batch_norm,
        )
