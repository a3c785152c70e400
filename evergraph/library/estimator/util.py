"""Features and labels out of what an input function gives."""

from typing import Any

from evergraph.library.data.dataset_base import DatasetV2
from evergraph.library.data.dataset_v1 import make_initializable_iterator
from evergraph.library.train.session_run_hook import SessionRunHook


class _DatasetInitializerHook(SessionRunHook):
    """Begins an iterator in each new session."""

    def __init__(self, iterator: Any) -> None:
        self._iterator = iterator
        self._initializer: Any = None

    def begin(self) -> None:
        self._initializer = self._iterator.initializer

    def after_create_session(self, session: Any, coord: Any) -> None:
        session.run(self._initializer)


class DistributedIteratorInitializerHook(SessionRunHook):
    """Begins an iterator of replicas in each new session."""

    def __init__(self, iterator: Any) -> None:
        self._iterator = iterator
        self._initializer: Any = None

    def begin(self) -> None:
        self._initializer = self._iterator.initialize()

    def after_create_session(self, session: Any, coord: Any) -> None:
        session.run(self._initializer)


def parse_input_fn_result(result: Any) -> tuple[Any, Any, list[SessionRunHook]]:
    """(features, labels, hooks) of a dataset, a pair or features alone.

    Raises:
      ValueError: a list or tuple that is no pair.
    """
    hooks: list[SessionRunHook] = []
    if isinstance(result, DatasetV2):
        iterator = make_initializable_iterator(result)
        hooks.append(_DatasetInitializerHook(iterator))
        result = iterator.get_next()
    return (*parse_iterator_result(result), hooks)


def parse_iterator_result(result: Any) -> tuple[Any, Any]:
    """(features, labels) of a pair or of features alone. Raises ValueError as above."""
    if not isinstance(result, (list, tuple)):
        return result, None
    if len(result) != 2:
        raise ValueError("input_fn should return (features, labels) as a len 2 tuple.")
    return result[0], result[1]
