"""Runs of a graph with fed values, in a session of their own."""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from evergraph.api import resources, variables
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.engine.session import Session
from evergraph.graph.conversion import get_graph_from_inputs
from evergraph.graph.keys import GraphKeys
from evergraph.library.lookup import base as lookup
from evergraph.library.train.coordinator import Coordinator
from evergraph.library.train.queue_runner_impl import start_queue_runners
from evergraph.library.train.saver import Saver

_deprecated = deprecated(
    "2017-02-15",
    "graph_actions.py will be deleted. Use tf.train.* utilities instead. You can use "
    "learn/estimators/estimator.py as an example.",
)


@export("contrib.learn.run_n", "contrib.learn.graph_actions.run_n")
@_deprecated
def run_n(
    output_dict: dict[str, Any],
    feed_dict: Any = None,
    restore_checkpoint_path: str | None = None,
    n: int = 1,
) -> list[dict[str, Any]]:
    """The values of tensors in `n` runs. Stands for `tf.contrib.learn.run_n`.

    Args:
      output_dict: tensors by name.
      feed_dict: what each run is fed.
      restore_checkpoint_path: a checkpoint to restore; default: variables are initialized.
      n: how many runs.
    """
    return run_feeds(output_dict, itertools.repeat(feed_dict, n), restore_checkpoint_path)


@export("contrib.learn.graph_actions.run_feeds_iter")
@_deprecated
def run_feeds_iter(
    output_dict: dict[str, Any],
    feed_dicts: Iterable[Any],
    restore_checkpoint_path: str | None = None,
) -> Iterator[dict[str, Any]]:
    """The values of tensors in a run for each of `feed_dicts`, one after the other. Stands for
    `tf.contrib.learn.graph_actions.run_feeds_iter`; the others are as of `run_n`.

    Raises:
      ValueError: there are no tensors or nothing to feed.
    """
    if not output_dict:
        raise ValueError(f"output_dict is invalid: {output_dict}.")
    if not feed_dicts:
        raise ValueError(f"feed_dicts is invalid: {feed_dicts}.")
    graph = get_graph_from_inputs(list(output_dict.values()))
    with graph.as_default(), Session("") as session:
        everything = resources.shared_resources() + resources.local_resources()
        session.run(resources.initialize_resources(everything))
        if restore_checkpoint_path:
            _restore(session, graph, restore_checkpoint_path)
        else:
            session.run(variables.global_variables_initializer())
        session.run(variables.local_variables_initializer())
        session.run(lookup.tables_initializer())
        coordinator = Coordinator()
        threads: list[Any] = []
        try:
            threads = start_queue_runners(session, coord=coordinator)
            for fed in feed_dicts:
                yield session.run(output_dict, fed)
        finally:
            coordinator.request_stop()
            if threads:
                coordinator.join(threads, stop_grace_period_secs=120)


def _restore(session: Session, graph: Any, path: str) -> None:
    logging.info("Loading model from checkpoint: %s.", path)
    saved = graph.get_collection(GraphKeys.GLOBAL_VARIABLES)
    saved += graph.get_collection(GraphKeys.SAVEABLE_OBJECTS)
    if saved:
        Saver(saved, sharded=True).restore(session, path)
    else:
        logging.info("No variables found in graph, not creating Saver() object.")


@export("contrib.learn.run_feeds", "contrib.learn.graph_actions.run_feeds")
@_deprecated
def run_feeds(*args: Any, **kwargs: Any) -> list[dict[str, Any]]:
    """As `run_feeds_iter`, all at once. Stands for `tf.contrib.learn.run_feeds`."""
    return list(run_feeds_iter(*args, **kwargs))


@export("contrib.learn.infer", "contrib.learn.graph_actions.infer")
@_deprecated
def infer(
    restore_checkpoint_path: str | None, output_dict: dict[str, Any], feed_dict: Any = None
) -> dict[str, Any]:
    """The values of tensors in one run. Stands for `tf.contrib.learn.infer`; arguments are those
    of `run_n`."""
    return run_feeds(output_dict, [feed_dict], restore_checkpoint_path)[0]
