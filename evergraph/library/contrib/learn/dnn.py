"""Ready-made estimators: networks."""

from typing import Any

from evergraph.api import activations, math_ops, partitioned_variables, variable_scope
from evergraph.api.activations import relu
from evergraph.base.export import export
from evergraph.library.contrib.layers.optimizers import optimize_loss
from evergraph.library.contrib.learn import canned
from evergraph.library.contrib.learn.dnn_linear_combined import (
    embedding_multipliers,
    hidden_layers,
    made_optimizer,
)
from evergraph.library.contrib.learn.estimator import Estimator
from evergraph.library.contrib.learn.head import multi_class_head, regression_head
from evergraph.library.train import training_util

_LEARNING_RATE = 0.05
_SCOPE = "dnn"
_ACTIVATIONS = {"relu": activations.relu, "tanh": math_ops.tanh, "sigmoid": math_ops.sigmoid}


def _activation(function: Any) -> Any:
    """The function of a name; anything else as it is. Raises ValueError: there is none."""
    if not isinstance(function, str):
        return function
    if function not in _ACTIVATIONS:
        raise ValueError(
            f"Activation name should be one of [{', '.join(_ACTIVATIONS)}], you provided "
            f"{function}."
        )
    return _ACTIVATIONS[function]


def _dnn_model_fn(
    features: Any, labels: Any, mode: str, params: dict[str, Any], config: Any = None
) -> Any:
    head = params["head"]
    activation = _activation(params["activation_fn"])
    features = canned.feature_dict(features)
    values = tuple(features.values())
    replicas = config.num_ps_replicas if config else 0
    make_partitioner = partitioned_variables.min_max_variable_partitioner
    with variable_scope.variable_scope(
        _SCOPE, values=values, partitioner=make_partitioner(max_partitions=replicas)
    ):
        of_input = make_partitioner(
            max_partitions=replicas, min_slice_size=params["input_layer_min_slice_size"] or 64 << 20
        )
        with variable_scope.variable_scope(
            "input_from_feature_columns", values=values, partitioner=of_input
        ) as input_scope:
            net = canned.input_net(features, params["feature_columns"], _SCOPE, input_scope)
        logits = hidden_layers(
            net,
            params["hidden_units"],
            activation,
            params["dropout"],
            mode,
            "_",
            head.logits_dimension,
        )

        def train_op_fn(loss: Any) -> Any:
            return optimize_loss(
                loss=loss,
                global_step=training_util.get_global_step(),
                learning_rate=_LEARNING_RATE,
                optimizer=made_optimizer(params["optimizer"] or "Adagrad"),
                gradient_multipliers=embedding_multipliers(
                    params["embedding_lr_multipliers"], _SCOPE, input_scope.name
                ),
                clip_gradients=params["gradient_clip_norm"],
                name=_SCOPE,
                summaries=[],
            )

        return head.create_model_fn_ops(
            features=features, mode=mode, labels=labels, train_op_fn=train_op_fn, logits=logits
        )


@export("contrib.learn.DNNClassifier")
class DNNClassifier(canned.Classifier):
    """A network that tells classes. Stands for `tf.contrib.learn.DNNClassifier`.

    Args:
      hidden_units: the sizes of the hidden layers.
      feature_columns: what the network sees.
      model_dir, config, feature_engineering_fn: as of Estimator.
      n_classes: how many classes.
      weight_column_name: the feature that weighs examples.
      optimizer: an optimizer, its name or a function that gives one; default: "Adagrad".
      activation_fn: a function, or "relu", "tanh" or "sigmoid".
      dropout: the share of units left out in training.
      gradient_clip_norm: the norm to clip gradients to.
      enable_centered_bias: whether a bias is learned for itself.
      embedding_lr_multipliers: by what gradients of embedding columns are multiplied.
      input_layer_min_slice_size: of partitions of the input.
      label_keys: names of more than two classes, where labels are names.

    Raises:
      ValueError: an argument does not fit.
    """

    def __init__(
        self,
        hidden_units: Any,
        feature_columns: Any,
        model_dir: str | None = None,
        n_classes: int = 2,
        weight_column_name: str | None = None,
        optimizer: Any = None,
        activation_fn: Any = relu,
        dropout: float | None = None,
        gradient_clip_norm: float | None = None,
        enable_centered_bias: bool = False,
        config: Any = None,
        feature_engineering_fn: Any = None,
        embedding_lr_multipliers: Any = None,
        input_layer_min_slice_size: int | None = None,
        label_keys: Any = None,
    ) -> None:
        super().__init__(
            model_fn=_dnn_model_fn,
            model_dir=model_dir,
            config=config,
            params={
                "head": multi_class_head(
                    n_classes,
                    weight_column_name=weight_column_name,
                    enable_centered_bias=enable_centered_bias,
                    label_keys=label_keys,
                ),
                "hidden_units": hidden_units,
                "feature_columns": tuple(feature_columns or ()),
                "optimizer": optimizer,
                "activation_fn": activation_fn,
                "dropout": dropout,
                "gradient_clip_norm": gradient_clip_norm,
                "embedding_lr_multipliers": embedding_lr_multipliers,
                "input_layer_min_slice_size": input_layer_min_slice_size,
            },
            feature_engineering_fn=feature_engineering_fn,
        )


@export("contrib.learn.DNNRegressor")
class DNNRegressor(canned.ScoringRegressor):
    """A network that tells numbers. Stands for `tf.contrib.learn.DNNRegressor`.

    Args:
      label_dimension: how many numbers a label has.
      others: as of DNNClassifier.
    """

    def __init__(
        self,
        hidden_units: Any,
        feature_columns: Any,
        model_dir: str | None = None,
        weight_column_name: str | None = None,
        optimizer: Any = None,
        activation_fn: Any = relu,
        dropout: float | None = None,
        gradient_clip_norm: float | None = None,
        enable_centered_bias: bool = False,
        config: Any = None,
        feature_engineering_fn: Any = None,
        label_dimension: int = 1,
        embedding_lr_multipliers: Any = None,
        input_layer_min_slice_size: int | None = None,
    ) -> None:
        super().__init__(
            model_fn=_dnn_model_fn,
            model_dir=model_dir,
            config=config,
            params={
                "head": regression_head(
                    label_dimension=label_dimension,
                    weight_column_name=weight_column_name,
                    enable_centered_bias=enable_centered_bias,
                ),
                "hidden_units": hidden_units,
                "feature_columns": tuple(feature_columns or ()),
                "optimizer": optimizer,
                "activation_fn": activation_fn,
                "dropout": dropout,
                "gradient_clip_norm": gradient_clip_norm,
                "embedding_lr_multipliers": embedding_lr_multipliers,
                "input_layer_min_slice_size": input_layer_min_slice_size,
            },
            feature_engineering_fn=feature_engineering_fn,
        )


@export("contrib.learn.DNNEstimator")
class DNNEstimator(Estimator):
    """A network with any head. Stands for `tf.contrib.learn.DNNEstimator`.

    Args:
      head: a Head.
      others: as of DNNClassifier.
    """

    def __init__(
        self,
        head: Any,
        hidden_units: Any,
        feature_columns: Any,
        model_dir: str | None = None,
        optimizer: Any = None,
        activation_fn: Any = relu,
        dropout: float | None = None,
        gradient_clip_norm: float | None = None,
        config: Any = None,
        feature_engineering_fn: Any = None,
        embedding_lr_multipliers: Any = None,
        input_layer_min_slice_size: int | None = None,
    ) -> None:
        super().__init__(
            model_fn=_dnn_model_fn,
            model_dir=model_dir,
            config=config,
            params={
                "head": head,
                "hidden_units": hidden_units,
                "feature_columns": feature_columns,
                "optimizer": optimizer,
                "activation_fn": activation_fn,
                "dropout": dropout,
                "gradient_clip_norm": gradient_clip_norm,
                "embedding_lr_multipliers": embedding_lr_multipliers,
                "input_layer_min_slice_size": input_layer_min_slice_size,
            },
            feature_engineering_fn=feature_engineering_fn,
        )
