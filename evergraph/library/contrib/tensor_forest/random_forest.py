"""Estimators of random forests: `TensorForestEstimator`, `CoreTensorForestEstimator`,
`MultiForestMultiHeadEstimator`."""

from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api import array_ops, grouping, math_ops, state_ops, variable_scope
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import SparseTensor
from evergraph.graph.defaults import control_dependencies
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.estimator import head as core_head_lib
from evergraph.library.contrib.layers.feature_column_ops import transform_features
from evergraph.library.contrib.learn import head as head_lib
from evergraph.library.contrib.learn.estimator import Estimator
from evergraph.library.contrib.learn.keys import ProblemType
from evergraph.library.contrib.learn.model_fn import ModeKeys, ModelFnOps
from evergraph.library.contrib.tensor_forest import eval_metrics, tensor_forest
from evergraph.library.estimator.estimator import Estimator as CoreEstimator
from evergraph.library.feature_column.input_layer import transform_features as core_transform
from evergraph.library.losses.losses_impl import Reduction
from evergraph.library.saved_model.export_output import PredictOutput
from evergraph.library.summary import summary
from evergraph.library.train import training_util
from evergraph.library.train.session_run_hook import SessionRunArgs, SessionRunHook

KEYS_NAME = "keys"
LOSS_NAME = "rf_training_loss"
TREE_PATHS_PREDICTION_KEY = "tree_paths"
VARIANCE_PREDICTION_KEY = "prediction_variance"
ALL_SERVING_KEY = "tensorforest_all"
EPSILON = 0.000001

_CLIENT = "contrib.tensor_forest.client.random_forest"
_SHORT = "contrib.tensor_forest.random_forest"


@export(f"{_CLIENT}.ModelBuilderOutputType", f"{_SHORT}.ModelBuilderOutputType")
class ModelBuilderOutputType:
    """What model functions give: ModelFnOps or an EstimatorSpec."""

    MODEL_FN_OPS = 0
    ESTIMATOR_SPEC = 1


@export(f"{_CLIENT}.TensorForestRunOpAtEndHook", f"{_SHORT}.TensorForestRunOpAtEndHook")
class TensorForestRunOpAtEndHook(SessionRunHook):
    """Runs operations, by name, before the session ends, and logs what they give."""

    def __init__(self, op_dict: dict[str, Any]) -> None:
        self._ops = op_dict

    def end(self, session: Any) -> None:
        """Runs them."""
        for name in sorted(self._ops):
            logging.info(f"{name}: {session.run(self._ops[name])}")


@export(f"{_CLIENT}.TensorForestLossHook", f"{_SHORT}.TensorForestLossHook")
class TensorForestLossHook(SessionRunHook):
    """Stops when the loss has not become less for some steps.

    Args:
      early_stopping_rounds: how many steps.
      early_stopping_loss_threshold: by which part less, at least.
      loss_op: the loss; by default the node called "rf_training_loss".
    """

    def __init__(
        self,
        early_stopping_rounds: int,
        early_stopping_loss_threshold: float | None = None,
        loss_op: Any = None,
    ) -> None:
        self.early_stopping_rounds = early_stopping_rounds
        self.early_stopping_loss_threshold = early_stopping_loss_threshold
        self.loss_op = loss_op
        self.min_loss: Any = None
        self.last_step = -1
        self.steps = 0

    def before_run(self, run_context: Any) -> SessionRunArgs:
        """Asks for the loss and the step."""
        loss = self.loss_op
        if loss is None:
            loss = run_context.session.graph.get_operation_by_name(LOSS_NAME).outputs[0]
        step = training_util.get_global_step()
        return SessionRunArgs({"global_step": step, "current_loss": loss})

    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Compares the loss with the least one."""
        loss, step = (run_values.results[key] for key in ("current_loss", "global_step"))
        self.steps += 1
        # Steps go back where training began again from a checkpoint.
        if self.last_step == -1 or self.last_step > step:
            logging.info("TensorForestLossHook resetting last_step.")
            self.last_step, self.steps, self.min_loss = step, 0, None
            return
        self.last_step = step
        threshold: Any = self.early_stopping_loss_threshold
        if self.min_loss is None or loss < self.min_loss - self.min_loss * threshold:
            self.min_loss, self.steps = loss, 0
        if self.steps > self.early_stopping_rounds:
            logging.info("TensorForestLossHook requesting stop.")
            run_context.request_stop()


def _get_default_head(
    params: Any, weights_name: str | None, output_type: int, name: str | None = None
) -> Any:
    """The head that parameters ask for."""
    if output_type == ModelBuilderOutputType.MODEL_FN_OPS:
        common = {
            "weight_column_name": weights_name,
            "enable_centered_bias": False,
            "head_name": name,
        }
        if params.regression:
            return head_lib.regression_head(label_dimension=params.num_outputs, **common)
        return head_lib.multi_class_head(params.num_classes, **common)
    core = {
        "weight_column": weights_name,
        "name": name,
        "loss_reduction": Reduction.SUM_OVER_BATCH_SIZE,
    }
    if params.regression:
        return core_head_lib.regression_head(label_dimension=params.num_outputs, **core)
    if params.num_classes == 2:
        return core_head_lib.binary_classification_head(**core)
    return core_head_lib.multi_class_head(n_classes=params.num_classes, **core)


def _transformed(features: dict[Any, Any], feature_columns: Any, output_type: int) -> Any:
    """Features with what columns make of them."""
    found = features.copy()
    if output_type == ModelBuilderOutputType.MODEL_FN_OPS:
        found.update(transform_features(found, feature_columns))
        return found
    for column in feature_columns:
        found[column.name] = core_transform(found, [column])[column]
    return found


@export(f"{_CLIENT}.get_model_fn", f"{_SHORT}.get_model_fn")
def get_model_fn(
    params: Any,
    graph_builder_class: Callable[..., Any],
    device_assigner: Any,
    feature_columns: Any = None,
    weights_name: str | None = None,
    model_head: Any = None,
    keys_name: str | None = None,
    early_stopping_rounds: int = 100,
    early_stopping_loss_threshold: float = 0.001,
    num_trainers: int = 1,
    trainer_id: int = 0,
    report_feature_importances: bool = False,
    local_eval: bool = False,
    head_scope: str | None = None,
    include_all_in_serving: bool = False,
    output_type: int = ModelBuilderOutputType.MODEL_FN_OPS,
) -> Callable[..., Any]:
    """A model function of a forest; arguments as of TensorForestEstimator."""
    head = model_head or _get_default_head(params, weights_name, output_type)

    def model_fn(features: Any, labels: Any, mode: str) -> Any:
        if isinstance(features, Tensor | SparseTensor):
            features = {"features": features}
        if feature_columns:
            features = _transformed(features, feature_columns, output_type)
        weights = features.pop(weights_name, None) if weights_name else None
        keys = features.pop(keys_name, None) if keys_name else None
        anywhere = mode == ModeKeys.INFER or (local_eval and mode == ModeKeys.EVAL)
        graph = graph_builder_class(params, device_assigner=None if anywhere else device_assigner)
        logits, paths, variance = graph.inference_graph(features)
        summary.scalar("average_tree_size", graph.average_size())
        if not params.regression and params.num_classes == 2:
            # A probability may be 0 or 1, which has no logit.
            second = array_ops.slice(logits, [0, 1], [-1, 1])
            odds = second / math_ops.maximum(1.0 - second, EPSILON)
            logits = math_ops.log(math_ops.maximum(odds, EPSILON))
        train = None
        if labels is not None and mode == ModeKeys.TRAIN:
            with control_dependencies([logits.op]):
                train = grouping.group(
                    graph.training_graph(
                        features,
                        labels,
                        input_weights=weights,
                        num_trainers=num_trainers,
                        trainer_id=trainer_id,
                    ),
                    state_ops.assign_add(training_util.get_global_step(), 1),
                )
        if weights is not None:
            features[weights_name] = weights
        hooks: list[SessionRunHook] = [_at_end(graph, report_feature_importances)]
        more = {VARIANCE_PREDICTION_KEY: variance}
        if keys is not None:
            more[keys_name] = keys
        if params.inference_tree_paths:
            more[TREE_PATHS_PREDICTION_KEY] = paths
        given = {"features": features, "labels": labels, "mode": mode, "logits": logits}
        is_older = output_type == ModelBuilderOutputType.MODEL_FN_OPS
        if is_older:
            made = head.create_model_fn_ops(
                train_op_fn=lambda loss: train, scope=head_scope, **given
            )
        else:
            made = head.create_estimator_spec(train_op_fn=lambda loss: train, **given)
        if early_stopping_rounds:
            hooks.append(
                TensorForestLossHook(
                    early_stopping_rounds, early_stopping_loss_threshold, made.loss
                )
            )
        finish = _finished_ops if is_older else _finished_spec
        return finish(made, hooks, more, include_all_in_serving)

    return model_fn


def _at_end(graph: Any, report_feature_importances: bool) -> TensorForestRunOpAtEndHook:
    """What is run at the end: the resources are destroyed last."""
    destroyed = [
        apply_op("DestroyResourceOp", handle) for handle in graph.get_all_resource_handles()
    ]
    found = {"9: clean up resources": grouping.group(*destroyed)}
    if report_feature_importances:
        found["1: feature_importances"] = graph.feature_importances()
    return TensorForestRunOpAtEndHook(found)


def _finished_ops(made: Any, hooks: list[Any], more: dict[Any, Any], serves_all: bool) -> Any:
    made.training_hooks.extend(hooks)
    made.predictions.update(more)
    if serves_all:
        alternatives = dict(made.output_alternatives or {})
        alternatives[ALL_SERVING_KEY] = (ProblemType.UNSPECIFIED, made.predictions)
        made = made._replace(output_alternatives=alternatives)
    return made


def _finished_spec(made: Any, hooks: list[Any], more: dict[Any, Any], serves_all: bool) -> Any:
    made = made._replace(training_hooks=hooks + list(made.training_hooks))
    made.predictions.update(more)
    if serves_all:
        outputs = {ALL_SERVING_KEY: PredictOutput(made.predictions)}
        made = made._replace(export_outputs=outputs)
    return made


def _trainers(num_trainers: int, config: Any) -> int:
    """How many trainers there are: as many as workers, unless told otherwise."""
    if num_trainers == 1 and config is not None:
        return max(1, config.num_worker_replicas)
    return num_trainers


@export(f"{_CLIENT}.TensorForestEstimator", f"{_SHORT}.TensorForestEstimator")
class TensorForestEstimator(Estimator):
    """A random forest. Stands for `tf.contrib.tensor_forest.client.random_forest.
    TensorForestEstimator`.

    Args:
      params: a ForestHParams.
      device_assigner: tells where a tree is.
      model_dir, config, feature_engineering_fn: as of Estimator.
      feature_columns: what features are made into.
      graph_builder_class: builds the graphs.
      weight_column: the name of a feature of weights of examples.
      keys_column: the name of a feature that is handed through to the predictions.
      early_stopping_rounds: after how many steps without gain training stops; 0: never.
      early_stopping_loss_threshold: by which part the loss must become less, at least.
      num_trainers: among how many trainers trees are shared.
      trainer_id: which of these this is.
      report_feature_importances: whether they are logged at the end.
      local_eval: whether evaluation is on one device.
      version: without effect.
      head: makes loss and predictions; by default as the parameters ask.
      include_all_in_serving: whether exports give all predictions.
    """

    def __init__(
        self,
        params: Any,
        device_assigner: Any = None,
        model_dir: Any = None,
        feature_columns: Any = None,
        graph_builder_class: Callable[..., Any] = tensor_forest.RandomForestGraphs,
        config: Any = None,
        weight_column: str | None = None,
        keys_column: str | None = None,
        feature_engineering_fn: Any = None,
        early_stopping_rounds: int = 100,
        early_stopping_loss_threshold: float = 0.001,
        num_trainers: int = 1,
        trainer_id: int = 0,
        report_feature_importances: bool = False,
        local_eval: bool = False,
        version: Any = None,
        head: Any = None,
        include_all_in_serving: bool = False,
    ) -> None:
        model_fn = get_model_fn(
            params.fill(),
            graph_builder_class,
            device_assigner,
            feature_columns=feature_columns,
            model_head=head,
            weights_name=weight_column,
            keys_name=keys_column,
            early_stopping_rounds=early_stopping_rounds,
            early_stopping_loss_threshold=early_stopping_loss_threshold,
            num_trainers=_trainers(num_trainers, config),
            trainer_id=trainer_id,
            report_feature_importances=report_feature_importances,
            local_eval=local_eval,
            include_all_in_serving=include_all_in_serving,
        )
        super().__init__(
            model_fn=model_fn,
            model_dir=model_dir,
            config=config,
            feature_engineering_fn=feature_engineering_fn,
        )


@export(f"{_CLIENT}.get_combined_model_fn", f"{_SHORT}.get_combined_model_fn")
def get_combined_model_fn(model_fns: Sequence[Callable[..., Any]]) -> Callable[..., Any]:
    """A model function of several forests, one for each column of the labels.

    Probabilities stand side by side, and so do classes; the loss is the mean.
    """

    def model_fn(features: Any, labels: Any, mode: str) -> ModelFnOps:
        made: list[Any] = []
        for i, one in enumerate(model_fns):
            with variable_scope.variable_scope(f"label_{i}"):
                made.append(one(features, array_ops.slice(labels, [0, i], [-1, 1]), mode))
        hooks = [hook for ops in made for hook in ops.training_hooks]
        predictions: dict[str, Tensor] = {}
        if mode in (ModeKeys.EVAL, ModeKeys.INFER):
            for key, join in (
                (eval_metrics.INFERENCE_PROB_NAME, array_ops.concat),
                (eval_metrics.INFERENCE_PRED_NAME, array_ops.stack),
            ):
                predictions[key] = join([ops.predictions[key] for ops in made], axis=1)
        loss = train = None
        if mode in (ModeKeys.EVAL, ModeKeys.TRAIN):
            loss = math_ops.reduce_sum(array_ops.stack([ops.loss for ops in made])) / len(made)
        if mode == ModeKeys.TRAIN:
            train = grouping.group(*[ops.train_op for ops in made])
        return ModelFnOps(
            mode=mode, predictions=predictions, loss=loss, train_op=train, training_hooks=hooks
        )

    return model_fn


@export(f"{_CLIENT}.MultiForestMultiHeadEstimator", f"{_SHORT}.MultiForestMultiHeadEstimator")
class MultiForestMultiHeadEstimator(Estimator):
    """A forest for each column of the labels; arguments as of TensorForestEstimator, with a list of
    parameters."""

    def __init__(
        self,
        params_list: Sequence[Any],
        device_assigner: Any = None,
        model_dir: Any = None,
        feature_columns: Any = None,
        graph_builder_class: Callable[..., Any] = tensor_forest.RandomForestGraphs,
        config: Any = None,
        weight_column: str | None = None,
        keys_column: str | None = None,
        feature_engineering_fn: Any = None,
        early_stopping_rounds: int = 100,
        num_trainers: int = 1,
        trainer_id: int = 0,
        report_feature_importances: bool = False,
        local_eval: bool = False,
    ) -> None:
        older = ModelBuilderOutputType.MODEL_FN_OPS
        model_fns = []
        for i, params in enumerate(params_list):
            filled = params.fill()
            model_fns.append(
                get_model_fn(
                    filled,
                    graph_builder_class,
                    device_assigner,
                    model_head=_get_default_head(filled, weight_column, older, name=f"head{i}"),
                    weights_name=weight_column,
                    keys_name=keys_column,
                    early_stopping_rounds=early_stopping_rounds,
                    num_trainers=_trainers(num_trainers, config),
                    trainer_id=trainer_id,
                    report_feature_importances=report_feature_importances,
                    local_eval=local_eval,
                    head_scope=f"output{i}",
                )
            )
        super().__init__(
            model_fn=get_combined_model_fn(model_fns),
            model_dir=model_dir,
            config=config,
            feature_engineering_fn=feature_engineering_fn,
        )


@export(f"{_CLIENT}.CoreTensorForestEstimator", f"{_SHORT}.CoreTensorForestEstimator")
class CoreTensorForestEstimator(CoreEstimator):
    """As TensorForestEstimator, as one of `tf.estimator`."""

    def __init__(
        self,
        params: Any,
        device_assigner: Any = None,
        model_dir: Any = None,
        feature_columns: Any = None,
        graph_builder_class: Callable[..., Any] = tensor_forest.RandomForestGraphs,
        config: Any = None,
        weight_column: str | None = None,
        keys_column: str | None = None,
        feature_engineering_fn: Any = None,
        early_stopping_rounds: int = 100,
        early_stopping_loss_threshold: float = 0.001,
        num_trainers: int = 1,
        trainer_id: int = 0,
        report_feature_importances: bool = False,
        local_eval: bool = False,
        version: Any = None,
        head: Any = None,
        include_all_in_serving: bool = False,
    ) -> None:
        if trainer_id == 0 and config is not None:
            trainer_id = config.global_id_in_cluster
        model_fn = get_model_fn(
            params.fill(),
            graph_builder_class,
            device_assigner,
            feature_columns=feature_columns,
            model_head=head,
            weights_name=weight_column,
            keys_name=keys_column,
            early_stopping_rounds=early_stopping_rounds,
            early_stopping_loss_threshold=early_stopping_loss_threshold,
            num_trainers=_trainers(num_trainers, config),
            trainer_id=trainer_id,
            report_feature_importances=report_feature_importances,
            local_eval=local_eval,
            include_all_in_serving=include_all_in_serving,
            output_type=ModelBuilderOutputType.ESTIMATOR_SPEC,
        )
        super().__init__(model_fn=model_fn, model_dir=model_dir, config=config)
