"""Ready-made estimators: a network and a linear model side by side."""

import math
from typing import Any

from evergraph.api import grouping, partitioned_variables, state_ops, variable_scope
from evergraph.api.activations import relu
from evergraph.base.deprecation import deprecated_arg_values
from evergraph.base.export import export
from evergraph.graph.defaults import colocate_with, control_dependencies, get_collection
from evergraph.library.contrib.layers.dense import fully_connected
from evergraph.library.contrib.layers.optimizers import optimize_loss
from evergraph.library.contrib.layers.shaping import dropout
from evergraph.library.contrib.learn import canned
from evergraph.library.contrib.learn.estimator import Estimator
from evergraph.library.contrib.learn.head import multi_class_head, regression_head
from evergraph.library.contrib.learn.model_fn import ModeKeys
from evergraph.library.train import training_util

_DNN_LEARNING_RATE = 0.05
_LINEAR_LEARNING_RATE = 0.2
_SLICE = 64 << 20
_DNN, _LINEAR = "dnn", "linear"
_NO_COLUMNS = "Either linear_feature_columns or dnn_feature_columns must be defined."
_step_once = deprecated_arg_values(
    "2017-04-15",
    "Please set fix_global_step_increment_bug=True and update training steps in your pipeline. See "
    "pydoc for details.",
    fix_global_step_increment_bug=False,
)


def made_optimizer(optimizer: Any) -> Any:
    """What a function gives; anything else as it is."""
    return optimizer() if callable(optimizer) else optimizer


def embedding_multipliers(multipliers: Any, collection: str, scope_name: str) -> Any:
    """By what gradients of embeddings' variables are multiplied; None for nothing.

    Args:
      multipliers: numbers by embedding columns.
      collection: holds the variables.
      scope_name: of the input layer.

    Raises:
      ValueError: a column is no embedding, or has no variable.
    """
    found = {}
    for column, multiplier in (multipliers or {}).items():
        if "Embedding" not in type(column).__name__:
            raise ValueError(
                "learning rate multipler can only be defined for embedding columns. It is defined "
                f"for {column}"
            )
        variables = get_collection(collection, f"{scope_name}/{column.name}")
        if not variables:
            raise ValueError(f"Couldn't find a variable for column {column}")
        found.update(dict.fromkeys(variables, multiplier))
    return found or None


def hidden_layers(
    net: Any, units: Any, activation: Any, drop: Any, mode: str, joint: str, size: int
) -> Any:
    """Layers on a net up to the logits, with summaries; the variables are put into a collection.

    Args:
      net: the input.
      units: the sizes of the hidden layers.
      activation: a function.
      drop: the share of units left out in training; None for none.
      mode: one of ModeKeys.
      joint: what is between a layer's name and what its summaries tell.
      size: of the logits.
    """
    for i, count in enumerate(units):
        with variable_scope.variable_scope(f"hiddenlayer_{i}", values=(net,)) as scope:
            net = fully_connected(
                net, count, activation_fn=activation, variables_collections=[_DNN], scope=scope
            )
            if drop is not None and mode == ModeKeys.TRAIN:
                net = dropout(net, keep_prob=1.0 - drop)
        canned.add_layer_summary(net, scope.name + joint)
    with variable_scope.variable_scope("logits", values=(net,)) as scope:
        logits = fully_connected(
            net, size, activation_fn=None, variables_collections=[_DNN], scope=scope
        )
    canned.add_layer_summary(logits, scope.name + joint)
    return logits


def _dnn_linear_combined_model_fn(
    features: Any, labels: Any, mode: str, params: dict[str, Any], config: Any = None
) -> Any:
    head = params["head"]
    features = canned.feature_dict(features)
    if not (params["linear_feature_columns"] or params["dnn_feature_columns"]):
        raise ValueError(_NO_COLUMNS)
    replicas = config.num_ps_replicas if config else 0
    linear_optimizer = made_optimizer(params["linear_optimizer"] or "Ftrl")
    dnn_optimizer = made_optimizer(params["dnn_optimizer"] or "Adagrad")
    dnn_logits = input_scope = linear_logits = None
    if params["dnn_feature_columns"]:
        if not params["dnn_hidden_units"]:
            raise ValueError(
                "dnn_hidden_units must be defined when dnn_feature_columns is specified."
            )
        dnn_logits, input_scope = _dnn_logits(features, mode, params, replicas)
    if params["linear_feature_columns"]:
        linear_logits = _linear_logits(features, params, replicas)
    there = [logits for logits in (dnn_logits, linear_logits) if logits is not None]
    logits = there[0] if len(there) == 1 else dnn_logits + linear_logits

    def train_op_fn(loss: Any) -> Any:
        step = training_util.get_global_step()
        each = {
            "loss": loss,
            "global_step": step,
            "clip_gradients": params["gradient_clip_norm"],
            "summaries": [],
            "increment_global_step": not params["fix_global_step_increment_bug"],
        }
        train_ops = []
        if dnn_logits is not None:
            multipliers = embedding_multipliers(
                params["embedding_lr_multipliers"], _DNN, input_scope.name
            )
            train_ops.append(
                optimize_loss(
                    learning_rate=_DNN_LEARNING_RATE,
                    optimizer=dnn_optimizer,
                    gradient_multipliers=multipliers,
                    variables=get_collection(_DNN),
                    name=_DNN,
                    **each,
                )
            )
        if linear_logits is not None:
            rate = 1.0 / math.sqrt(len(params["linear_feature_columns"]))
            train_ops.append(
                optimize_loss(
                    learning_rate=min(_LINEAR_LEARNING_RATE, rate),
                    optimizer=linear_optimizer,
                    variables=get_collection(_LINEAR),
                    name=_LINEAR,
                    **each,
                )
            )
        train_op = grouping.group(*train_ops)
        if not params["fix_global_step_increment_bug"]:
            return train_op
        with control_dependencies([train_op]), colocate_with(step):
            return state_ops.assign_add(step, 1).op

    return head.create_model_fn_ops(
        features=features, mode=mode, labels=labels, train_op_fn=train_op_fn, logits=logits
    )


def _dnn_logits(features: Any, mode: str, params: dict[str, Any], replicas: int) -> Any:
    """The network's logits, and the scope of its input."""
    values = tuple(features.values())
    of_input = params["input_layer_partitioner"] or _partitioner(replicas, _SLICE)
    with variable_scope.variable_scope(_DNN, values=values, partitioner=_partitioner(replicas)):
        with variable_scope.variable_scope(
            "input_from_feature_columns", values=values, partitioner=of_input
        ) as scope:
            net = canned.input_net(features, params["dnn_feature_columns"], _DNN, scope)
        logits = hidden_layers(
            net,
            params["dnn_hidden_units"],
            params["dnn_activation_fn"] or relu,
            params["dnn_dropout"],
            mode,
            "/",
            params["head"].logits_dimension,
        )
    return logits, scope


def _linear_logits(features: Any, params: dict[str, Any], replicas: int) -> Any:
    with variable_scope.variable_scope(
        _LINEAR, values=tuple(features.values()), partitioner=_partitioner(replicas, _SLICE)
    ) as scope:
        logits = canned.linear_logits(
            features,
            params["linear_feature_columns"],
            params["head"].logits_dimension,
            _LINEAR,
            params["joint_linear_weights"],
            scope,
        )
        canned.add_layer_summary(logits, scope.name + "/")
    return logits


def _partitioner(replicas: int, *size: int) -> Any:
    return partitioned_variables.min_max_variable_partitioner(
        max_partitions=replicas, **({"min_slice_size": size[0]} if size else {})
    )


def _columns(linear: Any, dnn: Any) -> tuple[Any, Any]:
    """Both as tuples. Raises ValueError: there are none."""
    if not (linear or dnn):
        raise ValueError(_NO_COLUMNS)
    return tuple(linear or ()), tuple(dnn or ())


def _input_partitioner(config: Any, slice_size: int | None) -> Any:
    if slice_size is None:
        return None
    return _partitioner(config.num_ps_replicas if config else 0, slice_size)


@export("contrib.learn.DNNLinearCombinedEstimator")
class DNNLinearCombinedEstimator(Estimator):
    """A network and a linear model side by side, with any head. Stands for
    `tf.contrib.learn.DNNLinearCombinedEstimator`.

    Args:
      head: a Head.
      model_dir, config, feature_engineering_fn: as of Estimator.
      linear_feature_columns: what the linear model sees.
      linear_optimizer: an optimizer, its name or a function that gives one; default: "Ftrl".
      dnn_feature_columns: what the network sees.
      dnn_optimizer: as `linear_optimizer`; default: "Adagrad".
      dnn_hidden_units: the sizes of the hidden layers.
      dnn_activation_fn: a function; default: relu.
      dnn_dropout: the share of units left out in training.
      gradient_clip_norm: the norm to clip gradients to.
      embedding_lr_multipliers: by what gradients of embedding columns are multiplied.
      fix_global_step_increment_bug: whether a step counts once; else each of both models counts.
      input_layer_partitioner: of the network's input.

    Raises:
      ValueError: there are no columns.
    """

    @_step_once
    def __init__(
        self,
        head: Any,
        model_dir: str | None = None,
        linear_feature_columns: Any = None,
        linear_optimizer: Any = None,
        _joint_linear_weights: bool = False,
        dnn_feature_columns: Any = None,
        dnn_optimizer: Any = None,
        dnn_hidden_units: Any = None,
        dnn_activation_fn: Any = None,
        dnn_dropout: float | None = None,
        gradient_clip_norm: float | None = None,
        config: Any = None,
        feature_engineering_fn: Any = None,
        embedding_lr_multipliers: Any = None,
        fix_global_step_increment_bug: bool = False,
        input_layer_partitioner: Any = None,
    ) -> None:
        linear, dnn = _columns(linear_feature_columns, dnn_feature_columns)
        super().__init__(
            model_fn=_dnn_linear_combined_model_fn,
            model_dir=model_dir,
            config=config,
            params={
                "head": head,
                "linear_feature_columns": linear,
                "linear_optimizer": linear_optimizer,
                "joint_linear_weights": _joint_linear_weights,
                "dnn_feature_columns": dnn,
                "dnn_optimizer": dnn_optimizer,
                "dnn_hidden_units": dnn_hidden_units,
                "dnn_activation_fn": dnn_activation_fn,
                "dnn_dropout": dnn_dropout,
                "gradient_clip_norm": gradient_clip_norm,
                "embedding_lr_multipliers": embedding_lr_multipliers,
                "fix_global_step_increment_bug": fix_global_step_increment_bug,
                "input_layer_partitioner": input_layer_partitioner,
            },
            feature_engineering_fn=feature_engineering_fn,
        )


@export("contrib.learn.DNNLinearCombinedClassifier")
class DNNLinearCombinedClassifier(canned.Classifier):
    """A network and a linear model that tell classes together. Stands for
    `tf.contrib.learn.DNNLinearCombinedClassifier`.

    Args:
      n_classes: how many classes.
      weight_column_name: the feature that weighs examples.
      enable_centered_bias: whether a bias is learned for itself.
      input_layer_min_slice_size: of partitions of the network's input.
      label_keys: names of more than two classes, where labels are names.
      others: as of DNNLinearCombinedEstimator.

    Raises:
      ValueError: an argument does not fit.
    """

    @_step_once
    def __init__(
        self,
        model_dir: str | None = None,
        n_classes: int = 2,
        weight_column_name: str | None = None,
        linear_feature_columns: Any = None,
        linear_optimizer: Any = None,
        _joint_linear_weights: bool = False,
        dnn_feature_columns: Any = None,
        dnn_optimizer: Any = None,
        dnn_hidden_units: Any = None,
        dnn_activation_fn: Any = relu,
        dnn_dropout: float | None = None,
        gradient_clip_norm: float | None = None,
        enable_centered_bias: bool = False,
        config: Any = None,
        feature_engineering_fn: Any = None,
        embedding_lr_multipliers: Any = None,
        input_layer_min_slice_size: int | None = None,
        label_keys: Any = None,
        fix_global_step_increment_bug: bool = False,
    ) -> None:
        head = multi_class_head(
            n_classes=n_classes,
            weight_column_name=weight_column_name,
            enable_centered_bias=enable_centered_bias,
            label_keys=label_keys,
        )
        linear, dnn = _columns(linear_feature_columns, dnn_feature_columns)
        super().__init__(
            model_fn=_dnn_linear_combined_model_fn,
            model_dir=model_dir,
            config=config,
            params={
                "head": head,
                "linear_feature_columns": linear,
                "linear_optimizer": linear_optimizer,
                "joint_linear_weights": _joint_linear_weights,
                "dnn_feature_columns": dnn,
                "dnn_optimizer": dnn_optimizer,
                "dnn_hidden_units": dnn_hidden_units,
                "dnn_activation_fn": dnn_activation_fn,
                "dnn_dropout": dnn_dropout,
                "gradient_clip_norm": gradient_clip_norm,
                "embedding_lr_multipliers": embedding_lr_multipliers,
                "input_layer_partitioner": _input_partitioner(config, input_layer_min_slice_size),
                "fix_global_step_increment_bug": fix_global_step_increment_bug,
            },
            feature_engineering_fn=feature_engineering_fn,
        )


@export("contrib.learn.DNNLinearCombinedRegressor")
class DNNLinearCombinedRegressor(canned.ScoringRegressor):
    """A network and a linear model that tell numbers together. Stands for
    `tf.contrib.learn.DNNLinearCombinedRegressor`.

    Args:
      label_dimension: how many numbers a label has.
      others: as of DNNLinearCombinedClassifier.

    Raises:
      ValueError: an argument does not fit.
    """

    @_step_once
    def __init__(
        self,
        model_dir: str | None = None,
        weight_column_name: str | None = None,
        linear_feature_columns: Any = None,
        linear_optimizer: Any = None,
        _joint_linear_weights: bool = False,
        dnn_feature_columns: Any = None,
        dnn_optimizer: Any = None,
        dnn_hidden_units: Any = None,
        dnn_activation_fn: Any = relu,
        dnn_dropout: float | None = None,
        gradient_clip_norm: float | None = None,
        enable_centered_bias: bool = False,
        label_dimension: int = 1,
        config: Any = None,
        feature_engineering_fn: Any = None,
        embedding_lr_multipliers: Any = None,
        input_layer_min_slice_size: int | None = None,
        fix_global_step_increment_bug: bool = False,
    ) -> None:
        linear, dnn = _columns(linear_feature_columns, dnn_feature_columns)
        head = regression_head(
            weight_column_name=weight_column_name,
            label_dimension=label_dimension,
            enable_centered_bias=enable_centered_bias,
        )
        super().__init__(
            model_fn=_dnn_linear_combined_model_fn,
            model_dir=model_dir,
            config=config,
            params={
                "head": head,
                "linear_feature_columns": linear,
                "linear_optimizer": linear_optimizer,
                "joint_linear_weights": _joint_linear_weights,
                "dnn_feature_columns": dnn,
                "dnn_optimizer": dnn_optimizer,
                "dnn_hidden_units": dnn_hidden_units,
                "dnn_activation_fn": dnn_activation_fn,
                "dnn_dropout": dnn_dropout,
                "gradient_clip_norm": gradient_clip_norm,
                "embedding_lr_multipliers": embedding_lr_multipliers,
                "input_layer_partitioner": _input_partitioner(config, input_layer_min_slice_size),
                "fix_global_step_increment_bug": fix_global_step_increment_bug,
            },
            feature_engineering_fn=feature_engineering_fn,
        )
