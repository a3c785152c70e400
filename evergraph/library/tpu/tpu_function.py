"""How many shards a TPU's computation has while it is built; outside of one there are none."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any


class TpuContext(threading.local):
    """What is known of the computation that is built."""

    def __init__(self) -> None:
        super().__init__()
        self._number_of_shards: int | None = None

    @property
    def number_of_shards(self) -> int | None:
        """How many shards there are; None where nothing is built."""
        return self._number_of_shards

    def set_number_of_shards(self, number_of_shards: int | None) -> None:
        """Says how many there are."""
        self._number_of_shards = number_of_shards


_context = TpuContext()


def get_tpu_context() -> TpuContext:
    """What is known in this thread."""
    return _context


@contextlib.contextmanager
def tpu_shard_context(number_of_shards: int) -> Iterator[None]:
    """A block in which a computation of so many shards is built. Raises NotImplementedError
    within another one."""
    if _context.number_of_shards is not None:
        raise NotImplementedError("tpu_shard_context cannot be nested.")
    try:
        _context.set_number_of_shards(number_of_shards)
        yield
    finally:
        _context.set_number_of_shards(None)


def on_device_training_loop(func: Callable[..., Any]) -> Callable[..., Any]:
    """Marks a function that has a loop of training in it, for profiles of TPUs."""
    func.step_marker_location = "STEP_MARK_AT_TOP_LEVEL_WHILE_LOOP"  # type: ignore[attr-defined]
    return func
