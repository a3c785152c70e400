"""Small parts of estimators for TPUs."""

import time
from typing import Any

from evergraph.base.platform import logging
from evergraph.library.tpu.config import IterationsPerLoop, check_positive_integer
from evergraph.library.train.session_run_hook import SessionRunHook

__all__ = [
    "IterationsPerLoopCounter",
    "MultiHostDatasetInitializerHook",
    "check_positive_integer",
    "parse_iterations_per_loop",
]

IterationsPerLoopCounter = IterationsPerLoop


def parse_iterations_per_loop(iterations_per_loop: Any) -> IterationsPerLoop:
    """How long a loop is: a number of steps, or a time such as "90s". Raises ValueError."""
    return IterationsPerLoop.parse(iterations_per_loop)


class MultiHostDatasetInitializerHook(SessionRunHook):
    """Begins datasets in each new session.

    Args:
      dataset_initializers: the operations that do.
    """

    def __init__(self, dataset_initializers: Any) -> None:
        self._initializers = dataset_initializers

    def after_create_session(self, session: Any, coord: Any) -> None:
        start = time.time()
        session.run(self._initializers)
        logging.info("Initialized dataset iterators in %d seconds", time.time() - start)
