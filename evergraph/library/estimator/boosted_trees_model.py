"""The model function of boosted trees: cached features, statistics, steps of training."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from evergraph.api import array_ops, grouping, math_ops, state_ops
from evergraph.api.cond_v2 import cond_v2
from evergraph.autodiff.gradients import gradients as gradients_of
from evergraph.base import dtypes
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.defaults import control_dependencies, device, name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.boosted_trees_ops import QuantileAccumulator, TreeEnsemble
from evergraph.library.estimator.boosted_trees_columns import (
    apply_columns,
    boundaries_by_column,
    calculate_num_features,
    features_by_buckets,
    is_float_column,
    transformed_features,
)
from evergraph.library.estimator.boosted_trees_growers import (
    AccumulatorEnsembleGrower,
    EnsembleGrower,
    GrowerInitializationHook,
    InMemoryEnsembleGrower,
    StopAtAttemptsHook,
    TrainingStateCache,
    TreeHParams,
    local_variable,
    no_training_state,
)
from evergraph.library.estimator.head_checks import check_dense_labels_match_logits_and_reshape
from evergraph.library.estimator.mode_keys import ModeKeys
from evergraph.library.feature_column.dense import IndicatorColumn
from evergraph.library.feature_column.numeric import numeric_column
from evergraph.library.summary import summary
from evergraph.library.train import training_util

_COUNTS = ("num_trees", "num_finalized_trees", "num_attempted_layers")
QUANTILES_NAME = "QuantileAccumulator"
# The key of explanations among predictions.
EXPLANATION_KEY = "_serialized_debug_outputs_proto"

Closed = Callable[[Tensor, Any], tuple[Tensor, Tensor]]


class _Inputs:
    """The resources of a model, and how features go into its trees."""

    def __init__(self, features: Any, columns: Sequence[Any], epsilon: float, name: str) -> None:
        self.features = features
        self.columns = columns
        self.float_columns = [column for column in columns if is_float_column(column)]
        self.num_quantiles = int(1.0 / epsilon)
        self.trees = TreeEnsemble(name=name)
        self.quantiles: QuantileAccumulator | None = None
        self.boundaries: dict[str, Any] = {}
        count = calculate_num_features(self.float_columns)
        if count:
            self.quantiles = QuantileAccumulator(
                epsilon=epsilon,
                num_streams=count,
                num_quantiles=self.num_quantiles,
                name=QUANTILES_NAME,
            )
            found = self.quantiles.get_bucket_boundaries()
            self.boundaries = boundaries_by_column(self.float_columns, found)

    def transformed(self, ready: dict[Any, Any] | None = None) -> list[Tensor]:
        """The features in buckets; `ready` is what some columns made already."""
        return transformed_features(self.features, self.columns, self.boundaries, ready)

    def predicted(self, buckets: list[Tensor], head: Any) -> Tensor:
        """The logits of features in buckets."""
        logits: Tensor = apply_op(
            "BoostedTreesPredict",
            self.trees.resource_handle,
            buckets,
            logits_dimension=head.logits_dimension,
        )
        return logits


def _cached_features(
    inputs: _Inputs, batch_size: Tensor, are_boundaries_ready: Any
) -> tuple[list[Any], Any]:
    """The features in buckets, kept in variables after the first time, and what keeps them."""
    categorical = [c for c in inputs.columns if isinstance(c, IndicatorColumn)]
    cached = [
        local_variable(array_ops.zeros([batch_size], dtype=dtypes.int32), f"cached_feature_{i}")
        for i in range(calculate_num_features(inputs.columns))
    ]
    are_cached = local_variable(False, name="are_features_cached")
    # Outside of the branches, for tables could not be initialized in them.
    ready = apply_columns(inputs.features, categorical)

    def plain() -> tuple[Any, Any]:
        return inputs.transformed(ready), grouping.no_op()

    def keep() -> tuple[Any, Any]:
        found = inputs.transformed(ready)
        kept = [state_ops.assign(v, t) for v, t in zip(cached, found, strict=True)]
        with control_dependencies(kept):
            flip = are_cached.assign(True)
        return kept, flip

    def kept_or_keep() -> Any:
        return cond_v2(are_cached, lambda: (cached, grouping.no_op()), keep, name=None)

    # TensorFlow keeps features while boundaries are not ready, and never looks at them again.
    features, cache_op = cond_v2(are_boundaries_ready, plain, kept_or_keep, name=None)
    return features, cache_op


@dataclass(frozen=True)
class _TrainingStep:
    """What one step of training does with a loss: called with it, the operation."""

    inputs: _Inputs
    hparams: TreeHParams
    labels: Any
    by_buckets: dict[int, list[int]]
    closed_form: Closed | None
    global_step: Any
    are_boundaries_ready: Any
    center_bias_needed: Any
    weights: Any
    grower: EnsembleGrower
    cache: TrainingStateCache | None
    feature_cache_op: Any
    buckets: list[Any]
    tree_ids: Tensor
    node_ids: Tensor
    logits: Tensor
    num_finalized_trees: Tensor
    num_attempted_layers: Tensor
    last_layer: Tensor

    def __call__(self, loss: Tensor) -> Any:
        grow = functools.partial(self._grow, loss)
        if not self.inputs.float_columns:
            return grow()
        return cond_v2(self.are_boundaries_ready, grow, self._take_quantiles, name=None)

    def _take_quantiles(self) -> Any:
        with name_scope("UpdateQuantile"):
            numbers = transformed_features(self.inputs.features, self.inputs.float_columns)
            return self.grower.accumulate_quantiles(
                numbers, self.weights, self.are_boundaries_ready
            )

    def _derivatives(self, loss: Tensor) -> tuple[Tensor, Tensor]:
        if self.closed_form:
            return self.closed_form(self.logits, self.labels)
        first = gradients_of(loss, self.logits, name="Gradients")[0]
        return first, gradients_of(first, self.logits, name="Hessians")[0]

    def _grow(self, loss: Tensor) -> Any:
        steps = [] if self.cache is None else [self.feature_cache_op]
        if self.cache is not None:
            # Only once the bias is centred: until then logits change for another reason.
            keep = functools.partial(self.cache.insert, self.tree_ids, self.node_ids, self.logits)
            steps.append(cond_v2(self.center_bias_needed, grouping.no_op, keep, name=None))
        gradients, hessians = self._derivatives(loss)
        statistics = [
            [self._statistics(gradients, hessians, buckets, f) for f in features]
            for buckets, features in self.by_buckets.items()
        ]
        grow_tree = functools.partial(self.grower.grow_tree, statistics, self.last_layer)
        if self.hparams.center_bias:
            center = functools.partial(
                self.grower.center_bias, self.center_bias_needed, gradients, hessians
            )
            update = cond_v2(self.center_bias_needed, center, grow_tree, name=None)
        else:
            update = grow_tree()
        steps.append(update)
        with control_dependencies([update]):
            steps.append(state_ops.assign_add(self.global_step, 1).op)
        return grouping.group(steps, name="grow_op")

    def _statistics(
        self, gradients: Tensor, hessians: Tensor, buckets: int, feature: int
    ) -> Tensor:
        found = apply_op(
            "BoostedTreesMakeStatsSummary",
            node_ids=self.node_ids,
            gradients=gradients,
            hessians=hessians,
            bucketized_features_list=[self.buckets[feature]],
            max_splits=self.hparams.max_splits,
            num_buckets=buckets,
        )
        return array_ops.squeeze(found, axis=0)


def _check_in_memory(n_batches_per_layer: Any, config: Any) -> None:
    assert n_batches_per_layer == 1, (
        "When train_in_memory is enabled, input_fn should return the entire dataset as a single "
        "batch, and n_batches_per_layer should be set as 1."
    )
    if not config.is_chief or config.num_worker_replicas > 1 or config.num_ps_replicas > 0:
        raise ValueError("train_in_memory is supported only for non-distributed training.")


def _weights(features: Any, weight_column: Any) -> Tensor:
    if weight_column is None:
        return constant(1.0, shape=[1])
    if isinstance(weight_column, str):
        weight_column = numeric_column(key=weight_column, shape=(1,))
    return transformed_features(features, [weight_column])[0]


def bt_model_fn(
    features: Any,
    labels: Any,
    mode: str,
    head: Any,
    feature_columns: Any,
    tree_hparams: TreeHParams,
    n_batches_per_layer: Any,
    config: Any,
    closed_form_grad_and_hess_fn: Closed | None = None,
    weight_column: Any = None,
    train_in_memory: bool = False,
    name: str = "boosted_trees",
) -> Any:
    """The EstimatorSpec of boosted trees.

    Args:
      features: tensors by name.
      labels: as the head takes them.
      mode: one of ModeKeys.
      head: makes loss and predictions of logits.
      feature_columns: dense ones; categories as indicators.
      tree_hparams: what trees are to be like.
      n_batches_per_layer: after how many batches a layer is added.
      config: a RunConfig.
      closed_form_grad_and_hess_fn: gradients and hessians of logits and labels; default: those of
        the loss.
      weight_column: of weights that quantiles of float features are of.
      train_in_memory: whether a batch is all of the data.
      name: the name of the model.

    Raises:
      ValueError, AssertionError: arguments do not fit together.
    """
    columns = sorted(feature_columns, key=lambda column: column.name)
    with name_scope(name) as scope:
        training_util.get_or_create_global_step()
        inputs = _Inputs(features, columns, tree_hparams.quantile_sketch_epsilon, scope)
        if mode != ModeKeys.TRAIN:
            return head.create_estimator_spec(
                features=features,
                mode=mode,
                labels=labels,
                train_op_fn=grouping.no_op,
                logits=inputs.predicted(inputs.transformed(), head),
            )
        if train_in_memory:
            _check_in_memory(n_batches_per_layer, config)
        step = _training_step(
            inputs,
            labels,
            head.logits_dimension,
            scope,
            tree_hparams,
            n_batches_per_layer,
            config,
            closed_form_grad_and_hess_fn,
            weight_column,
            train_in_memory,
        )
    spec = head.create_estimator_spec(
        features=features, mode=mode, labels=labels, train_op_fn=step, logits=step.logits
    )
    stop = StopAtAttemptsHook(
        step.num_finalized_trees,
        step.num_attempted_layers,
        tree_hparams.n_trees,
        tree_hparams.max_depth,
    )
    start = GrowerInitializationHook(step.grower.chief_init_op())
    return spec._replace(
        training_hooks=(*spec.training_hooks, stop),
        training_chief_hooks=[start, *spec.training_chief_hooks],
    )


def _training_step(
    inputs: _Inputs,
    labels: Any,
    logits_dimension: int,
    scope: str,
    hparams: TreeHParams,
    n_batches_per_layer: Any,
    config: Any,
    closed_form: Closed | None,
    weight_column: Any,
    train_in_memory: bool,
) -> _TrainingStep:
    """Builds the forward part of training."""
    by_buckets = features_by_buckets(inputs.columns, inputs.num_quantiles)
    worker_device = grouping.no_op().device
    ready = local_variable(not inputs.float_columns, name="are_boundaries_ready")
    cache = feature_cache_op = None
    if train_in_memory:
        batch_size = array_ops.shape(labels)[0]
        buckets, feature_cache_op = _cached_features(inputs, batch_size, ready)
        cache = TrainingStateCache(batch_size, logits_dimension)
        at_trees, at_nodes, known = cache.lookup()
    else:
        buckets = inputs.transformed()
        batch_size = array_ops.shape(labels)[0]
        begin = no_training_state([batch_size], logits_dimension)
        at_trees, at_nodes, known = (make() for make in begin)
    local, reload = _local_ensemble(inputs.trees, config, worker_device, scope)
    with control_dependencies([reload]):
        stamp, *counts, last_layer = local.get_states()
        added, tree_ids, node_ids = apply_op(
            "BoostedTreesTrainingPredict",
            local.resource_handle,
            cached_tree_ids=at_trees,
            cached_node_ids=at_nodes,
            bucketized_features=buckets,
            logits_dimension=logits_dimension,
        )
    logits = known + added
    grower: EnsembleGrower
    common = inputs.trees, inputs.quantiles, hparams, list(by_buckets.values())
    if train_in_memory:
        grower = InMemoryEnsembleGrower(*common)
    else:
        grower = AccumulatorEnsembleGrower(
            *common, stamp, n_batches_per_layer, list(by_buckets), config.is_chief
        )
    for name, count in zip(_COUNTS, counts, strict=True):
        summary.scalar(f"ensemble/{name}", count)
    center_bias_needed = local_variable(hparams.center_bias, name="center_bias_needed")
    return _TrainingStep(
        inputs=inputs,
        hparams=hparams,
        labels=labels,
        by_buckets=by_buckets,
        closed_form=closed_form,
        global_step=training_util.get_or_create_global_step(),
        are_boundaries_ready=ready,
        center_bias_needed=center_bias_needed,
        weights=_weights(inputs.features, weight_column),
        grower=grower,
        cache=cache,
        feature_cache_op=feature_cache_op,
        buckets=buckets,
        tree_ids=tree_ids,
        node_ids=node_ids,
        logits=logits,
        num_finalized_trees=counts[1],
        num_attempted_layers=counts[2],
        last_layer=last_layer,
    )


def _local_ensemble(
    trees: TreeEnsemble, config: Any, worker_device: str, scope: str
) -> tuple[TreeEnsemble, Any]:
    """The ensemble that a worker predicts by, a copy where there are several, and what copies."""
    if config.num_worker_replicas <= 1:
        return trees, grouping.no_op()
    with device(worker_device):
        local = TreeEnsemble(name=f"{scope}_local", is_local=True)
    return local, local.deserialize(*trees.serialize())


def bt_explanations_fn(
    features: Any,
    head: Any,
    sorted_feature_columns: Sequence[Any],
    quantile_sketch_epsilon: float,
    name: str = "boosted_trees",
) -> Any:
    """The EstimatorSpec of predictions with explanations; arguments as of `bt_model_fn`."""
    with name_scope(name) as scope:
        inputs = _Inputs(features, sorted_feature_columns, quantile_sketch_epsilon, scope)
        buckets = inputs.transformed()
        spec = head.create_estimator_spec(
            features=features,
            mode=ModeKeys.PREDICT,
            labels=None,
            train_op_fn=grouping.no_op,
            logits=inputs.predicted(buckets, head),
        )
        spec.predictions[EXPLANATION_KEY] = apply_op(
            "BoostedTreesExampleDebugOutputs",
            inputs.trees.resource_handle,
            bucketized_features=buckets,
            logits_dimension=head.logits_dimension,
        )
    return spec


def logistic_derivatives(head: Any) -> Closed:
    """Gradients and hessians of the mean logistic loss of a head of two classes."""

    def derivatives(logits: Tensor, labels: Any) -> tuple[Tensor, Tensor]:
        predictions = math_ops.reciprocal(math_ops.exp(-logits) + 1.0)
        count = math_ops.cast(array_ops.size(predictions), dtypes.float32)
        normalizer = math_ops.reciprocal(count)
        labels = math_ops.cast(labels, dtypes.float32)
        labels = check_dense_labels_match_logits_and_reshape(labels, logits, head.logits_dimension)
        gradients = (predictions - labels) * normalizer
        return gradients, predictions * (1.0 - predictions) * normalizer

    return derivatives
