"""How boosted trees grow: at once from data in memory, or as batches of statistics accumulate."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

from evergraph.api import array_ops, grouping, math_ops, variable_scope
from evergraph.api.cond_v2 import cond_v2
from evergraph.api.conditional_accumulators import ConditionalAccumulator
from evergraph.base import dtypes
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.defaults import control_dependencies
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.boosted_trees_ops import PruningMode, QuantileAccumulator, TreeEnsemble
from evergraph.library.train.session_run_hook import SessionRunArgs, SessionRunHook

NO_NODE = -1  # of an example that was not looked at yet


class TreeHParams(NamedTuple):
    """What trees are to be like; see `BoostedTreesClassifier`."""

    n_trees: int
    max_depth: int
    learning_rate: float
    l1: float
    l2: float
    tree_complexity: float
    min_node_weight: float
    center_bias: bool
    pruning_mode: str
    quantile_sketch_epsilon: float

    @property
    def max_splits(self) -> int:
        """How many splits a tree can have."""
        return (1 << self.max_depth) - 1


def local_variable(initial_value: Any, name: str) -> Any:
    """A resource variable that is not trained, of any shape."""
    return variable_scope.variable(
        initial_value=initial_value,
        trainable=False,
        validate_shape=False,
        name=name,
        use_resource=True,
    )


class TrainingStateCache:
    """Where each example of the one batch is, and its logits, kept between steps in variables."""

    def __init__(self, batch_size: Tensor, logits_dimension: int) -> None:
        size = [batch_size]
        trees, nodes, logits = no_training_state(size, logits_dimension)
        self._tree_ids = local_variable(trees(), name="tree_ids_cache")
        self._node_ids = local_variable(nodes(), name="node_ids_cache")
        self._logits = local_variable(logits(), name="logits_cache")

    def lookup(self) -> tuple[Any, Any, Any]:
        """Tree ids, node ids, logits."""
        return self._tree_ids, self._node_ids, self._logits

    def insert(self, tree_ids: Tensor, node_ids: Tensor, logits: Tensor) -> Operation:
        """Puts these in the place of what was kept."""
        assigned = [
            self._tree_ids.assign(tree_ids),
            self._node_ids.assign(node_ids),
            self._logits.assign(logits),
        ]
        return grouping.group(assigned, name="cache_insert")


def no_training_state(size: Any, logits_dimension: int) -> tuple[Callable[[], Tensor], ...]:
    """Functions that make the tree ids, node ids and logits of examples at the very beginning."""
    return (
        lambda: array_ops.zeros(size, dtype=dtypes.int32),
        lambda: NO_NODE * array_ops.ones(size, dtype=dtypes.int32),
        lambda: array_ops.zeros([*size, logits_dimension], dtype=dtypes.float32),
    )


class StopAtAttemptsHook(SessionRunHook):
    """Stops training when there are enough trees, or were enough tries."""

    def __init__(
        self,
        num_finalized_trees_tensor: Tensor,
        num_attempted_layers_tensor: Tensor,
        max_trees: int,
        max_depth: int,
    ) -> None:
        self._counts = [num_finalized_trees_tensor, num_attempted_layers_tensor]
        self._max_trees = max_trees
        self._max_layers = 2 * max_trees * max_depth

    def before_run(self, run_context: Any) -> SessionRunArgs:
        """Asks for the counts, which may be those before the step."""
        return SessionRunArgs(self._counts)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Near the end, asks again for the counts after the step."""
        trees, layers = run_values.results
        if trees >= self._max_trees - 1 or layers > self._max_layers - 1:
            trees, layers = run_context.session.run(self._counts)
        if trees >= self._max_trees or layers > self._max_layers:
            run_context.request_stop()


class GrowerInitializationHook(SessionRunHook):
    """Runs an operation when the session of the chief is there."""

    def __init__(self, init_op: Operation) -> None:
        self._init_op = init_op

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Runs it."""
        session.run(self._init_op)


class EnsembleGrower(ABC):
    """Makes the operations that grow an ensemble.

    Args:
      tree_ensemble: what grows.
      quantile_accumulator: of the float features; None without any.
      tree_hparams: what trees are to be like.
      feature_ids_list: lists of features that have as many buckets.

    Raises:
      ValueError: pruning without a price for a tree's size, or the reverse; an unknown mode of it.
    """

    def __init__(
        self,
        tree_ensemble: TreeEnsemble,
        quantile_accumulator: QuantileAccumulator | None,
        tree_hparams: TreeHParams,
        feature_ids_list: list[list[int]],
    ) -> None:
        self._tree_ensemble = tree_ensemble
        self._quantiles: Any = quantile_accumulator
        self._tree_hparams = tree_hparams
        self._feature_ids_list = feature_ids_list
        self._pruning_mode = PruningMode.from_str(tree_hparams.pruning_mode)
        prunes = self._pruning_mode != PruningMode.NO_PRUNING
        if tree_hparams.tree_complexity > 0 and not prunes:
            raise ValueError("Tree complexity have no effect unless pruning mode is chosen.")
        if tree_hparams.tree_complexity <= 0 and prunes:
            raise ValueError("For pruning, tree_complexity must be positive.")

    @abstractmethod
    def accumulate_quantiles(self, float_features: Any, weights: Any, are_ready: Any) -> Operation:
        """Takes a batch of float features, and makes boundaries once there are enough."""

    @abstractmethod
    def center_bias(self, center_bias_var: Any, gradients: Tensor, hessians: Tensor) -> Any:
        """Moves the first node's value to where most is gained; the variable says whether to go
        on."""

    @abstractmethod
    def grow_tree(self, stats_summaries_list: list[list[Tensor]], nodes_range: Tensor) -> Operation:
        """Adds a layer, if there are enough statistics."""

    def chief_init_op(self) -> Operation:
        """What the chief must run first."""
        return grouping.no_op()

    def _center(self, center_bias_var: Any, gradients: Tensor, hessians: Tensor) -> Any:
        goes_on = apply_op(
            "BoostedTreesCenterBias",
            self._tree_ensemble.resource_handle,
            mean_gradients=gradients,
            mean_hessians=hessians,
            l1=self._tree_hparams.l1,
            l2=self._tree_hparams.l2,
        )
        return center_bias_var.assign(goes_on)

    def _grow(self, stats_summaries_list: list[list[Tensor]], nodes_range: Tensor) -> Operation:
        """Adds the best layer that statistics tell of."""
        feature_ids: list[int] = []
        columns: list[list[Tensor]] = [[], [], [], [], []]
        hparams = self._tree_hparams
        for summaries, ids in zip(stats_summaries_list, self._feature_ids_list, strict=True):
            best = apply_op(
                "BoostedTreesCalculateBestGainsPerFeature",
                node_id_range=nodes_range,
                stats_summary_list=summaries,
                l1=hparams.l1,
                l2=hparams.l2,
                tree_complexity=hparams.tree_complexity,
                min_node_weight=hparams.min_node_weight,
                max_splits=hparams.max_splits,
            )
            feature_ids += ids
            for column, found in zip(columns, best, strict=True):
                column += found
        node_ids, gains, thresholds, left, right = columns
        grown: Operation = apply_op(
            "BoostedTreesUpdateEnsemble",
            self._tree_ensemble.resource_handle,
            feature_ids=feature_ids,
            node_ids=node_ids,
            gains=gains,
            thresholds=thresholds,
            left_node_contribs=left,
            right_node_contribs=right,
            learning_rate=hparams.learning_rate,
            max_depth=hparams.max_depth,
            pruning_mode=self._pruning_mode,
        )
        return grown


class InMemoryEnsembleGrower(EnsembleGrower):
    """Grows with each step, for a batch is all of the data."""

    def accumulate_quantiles(self, float_features: Any, weights: Any, are_ready: Any) -> Operation:
        """Takes all of the data, and makes boundaries."""
        added = self._quantiles.add_summaries(float_features, weights)
        with control_dependencies([added]):
            flush = self._quantiles.flush()
            with control_dependencies([flush]):
                done: Operation = are_ready.assign(True).op
        return done

    def center_bias(self, center_bias_var: Any, gradients: Tensor, hessians: Tensor) -> Any:
        """Moves the first node's value by the means of all of the data."""
        means = [
            array_ops.expand_dims(math_ops.reduce_mean(t, 0), 0) for t in (gradients, hessians)
        ]
        return self._center(center_bias_var, *means)

    def grow_tree(self, stats_summaries_list: list[list[Tensor]], nodes_range: Tensor) -> Operation:
        """Adds a layer."""
        return self._grow(stats_summaries_list, nodes_range)


class AccumulatorEnsembleGrower(EnsembleGrower):
    """Grows when the statistics of `n_batches_per_layer` batches have come together.

    Args:
      stamp_token: the ensemble's stamp; statistics of an earlier one do not count.
      n_batches_per_layer: a number or a scalar.
      bucket_size_list: how many buckets the lists of features have.
      is_chief: whether this task grows the ensemble.
    """

    def __init__(
        self,
        tree_ensemble: TreeEnsemble,
        quantile_accumulator: QuantileAccumulator | None,
        tree_hparams: TreeHParams,
        feature_ids_list: list[list[int]],
        stamp_token: Tensor,
        n_batches_per_layer: Any,
        bucket_size_list: list[int],
        is_chief: bool,
    ) -> None:
        super().__init__(tree_ensemble, quantile_accumulator, tree_hparams, feature_ids_list)
        self._stamp_token = stamp_token
        self._n_batches_per_layer = n_batches_per_layer
        self._is_chief = is_chief
        self._init_ops: list[Operation] = []
        self._accumulators = [
            self._accumulator(
                [len(ids), tree_hparams.max_splits, buckets, 2],
                f"numeric_stats_summary_accumulator_{i}",
            )
            for i, (ids, buckets) in enumerate(zip(feature_ids_list, bucket_size_list, strict=True))
        ]
        self._bias: ConditionalAccumulator | None = None
        if tree_hparams.center_bias:
            self._bias = self._accumulator([2, 1], "bias_accumulator")

    def _accumulator(self, shape: list[int], shared_name: str) -> ConditionalAccumulator:
        made = ConditionalAccumulator(dtypes.float32, shape, shared_name)
        self._init_ops.append(made.set_global_step(self._stamp_token))
        return made

    def _when_enough(self, count: Tensor, then: Callable[[], Any], name: str) -> Any:
        enough = math_ops.greater_equal(count, self._n_batches_per_layer)
        return cond_v2(enough, then, grouping.no_op, name=name)

    def accumulate_quantiles(self, float_features: Any, weights: Any, are_ready: Any) -> Operation:
        """Takes a batch, and makes boundaries after enough of them."""
        added = self._quantiles.add_summaries(float_features, weights)
        batches = ConditionalAccumulator(dtypes.float32, [], "quantile_summary_accum")
        set_step = batches.set_global_step(self._stamp_token)
        counted = batches.apply_grad(constant(0.0), self._stamp_token)
        update = grouping.group(added, set_step, counted)
        if not self._is_chief:
            return update

        def flush() -> Operation:
            taken = batches.take_grad(1)
            flushed = self._quantiles.flush()
            return grouping.group(flushed, taken, are_ready.assign(True).op)

        with control_dependencies([update]):
            # The name is TensorFlow's.
            done: Operation = self._when_enough(
                batches.num_accumulated(), flush, "wait_until_quaniles_accumulated"
            )
        return done

    def center_bias(self, center_bias_var: Any, gradients: Tensor, hessians: Tensor) -> Any:
        """Takes a batch, and moves the first node's value after enough of them.

        Raises:
          RuntimeError: the bias was not to be centred.
        """
        if self._bias is None:
            raise RuntimeError("center_bias called but bias centering is disabled.")
        bias = self._bias
        means = math_ops.reduce_mean(array_ops.stack([gradients, hessians], axis=0), axis=1)
        applied = bias.apply_grad(means, self._stamp_token)

        def next_stamp() -> Operation:
            return grouping.group(
                [a.set_global_step(self._stamp_token + 1) for a in self._accumulators]
            )

        def center() -> Any:
            parts = array_ops.unstack(bias.take_grad(1), axis=0)
            gradient, hessian = (array_ops.expand_dims(part, 0) for part in parts)
            centered = self._center(center_bias_var, gradient, hessian)
            with control_dependencies([centered]):
                return cond_v2(center_bias_var, grouping.no_op, next_stamp, name=None)

        with control_dependencies([applied]):
            if not self._is_chief:
                return grouping.no_op()
            return self._when_enough(
                bias.num_accumulated(), center, "wait_until_n_batches_for_bias_accumulated"
            )

    def grow_tree(self, stats_summaries_list: list[list[Tensor]], nodes_range: Tensor) -> Operation:
        """Takes a batch's statistics, and adds a layer after enough of them."""
        applied = [
            accumulator.apply_grad(array_ops.stack(summaries, axis=0), self._stamp_token)
            for accumulator, summaries in zip(self._accumulators, stats_summaries_list, strict=True)
        ]

        def grow() -> Operation:
            taken = [array_ops.unstack(a.take_grad(1), axis=0) for a in self._accumulators]
            return self._grow(taken, nodes_range)

        with control_dependencies(applied):
            if not self._is_chief:
                return grouping.no_op()
            counts = array_ops.stack([a.num_accumulated() for a in self._accumulators])
            grown: Operation = self._when_enough(
                math_ops.reduce_min(counts), grow, "wait_until_n_batches_accumulated"
            )
        return grown

    def chief_init_op(self) -> Operation:
        """Gives the accumulators the ensemble's stamp."""
        return grouping.group(self._init_ops)
