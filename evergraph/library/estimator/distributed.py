"""Estimators under a `tf.distribute.Strategy`: the model function is called for each replica."""

import contextlib
from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, variables
from evergraph.base import nest
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.library.distribute.distribute_lib import get_loss_reduction
from evergraph.library.distribute.reduce_util import ReduceOp
from evergraph.library.estimator import util
from evergraph.library.estimator.model_fn import EstimatorSpec
from evergraph.library.metrics.means import mean
from evergraph.library.train.scaffold import Scaffold

ModelCall = Callable[[Any, Any], Any]


def scope_of(strategy: Any) -> contextlib.AbstractContextManager[Any]:
    """The block of a strategy, if there is one."""
    return contextlib.nullcontext() if strategy is None else strategy.scope()


def spec_of_replicas(
    strategy: Any, iterator: Any, call_model_fn: ModelCall
) -> tuple[Any, list[Any]]:
    """What the model function gives for each replica, as one EstimatorSpec, and hooks.

    Args:
      strategy: the strategy, which is in force.
      iterator: the input of replicas.
      call_model_fn: gives an EstimatorSpec for features and labels.
    """
    features, labels = util.parse_iterator_result(iterator.get_next())
    spec = strategy.extended.call_for_each_replica(call_model_fn, args=(features, labels))
    return spec, [util.DistributedIteratorInitializerHook(iterator)]


def training_spec(strategy: Any, spec: Any) -> Any:
    """The EstimatorSpec of training, of that of replicas."""
    graph = get_default_graph()
    scaled = vars(graph).get("_is_loss_scaled_by_optimizer", False)
    loss = strategy.reduce(ReduceOp.SUM if scaled else get_loss_reduction(), spec.loss)
    scaffold = combined_scaffold(strategy, spec.scaffold)

    def first(hooks: Any) -> tuple[Any, ...]:
        return tuple(strategy.experimental_local_results(hook)[0] for hook in hooks)

    return EstimatorSpec(
        mode=spec.mode,
        loss=loss,
        train_op=strategy.group(spec.train_op),
        training_hooks=first(spec.training_hooks),
        training_chief_hooks=first(spec.training_chief_hooks),
        scaffold=scaffold,
    )


def evaluation_parts(
    strategy: Any, spec: Any
) -> tuple[Scaffold, list[Any], dict[str, tuple[Any, Any]]]:
    """Scaffold, hooks and metrics by name, the loss's among them, of the spec of replicas."""
    loss = strategy.extended.call_for_each_replica(mean, args=(spec.loss,))
    metrics = {
        name: (value, strategy.group(update))
        for name, (value, update) in sorted({**spec.eval_metric_ops, "loss": loss}.items())
    }
    hooks = strategy.experimental_local_results(spec.evaluation_hooks)[0]
    return combined_scaffold(strategy, spec.scaffold), list(hooks or ()), metrics


def _ready_for_local_init_op(scaffold: Scaffold) -> Any:
    if scaffold.ready_for_local_init_op:
        return scaffold.ready_for_local_init_op
    return Scaffold.get_or_default(
        "ready_for_local_init_op",
        GraphKeys.READY_FOR_LOCAL_INIT_OP,
        lambda: variables.report_uninitialized_variables(variables.global_variables()),
    )


def combined_scaffold(strategy: Any, grouped: Any) -> Scaffold:
    """The Scaffolds of replicas as one."""
    scaffolds = strategy.experimental_local_results(grouped)

    def given(name: str) -> list[Any]:
        return [getattr(s, name) for s in scaffolds if getattr(s, name) is not None]

    def grouped_ops(name: str) -> Any:
        found = given(name)
        return strategy.group(found) if found else None

    def joined(value: Any) -> Any:
        if value is None:
            return None
        parts = nest.flatten(strategy.experimental_local_results(value))
        return parts[0] if len(parts) == 1 else array_ops.concat(parts, 0)

    call = strategy.extended.call_for_each_replica
    feeds, functions, savers = given("init_feed_dict"), given("_user_init_fn"), given("saver")
    init_op = grouped_ops("init_op")
    ready_op = joined(call(lambda scaffold: scaffold.ready_op, args=(grouped,)))
    ready_for_local_init_op = joined(call(_ready_for_local_init_op, args=(grouped,)))
    return Scaffold(
        init_op=init_op,
        ready_op=ready_op,
        ready_for_local_init_op=ready_for_local_init_op,
        local_init_op=grouped_ops("local_init_op"),
        summary_op=grouped_ops("summary_op"),
        saver=savers[0] if savers else None,
        init_feed_dict=strategy.group(feeds) if feeds else None,
        init_fn=functions[0] if functions else None,
    )
