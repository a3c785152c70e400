"""Batches that threads prepare while others are used: for `fit_generator` and its like."""

import queue
import random
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from evergraph.base.export import export
from evergraph.library.keras.utils.data_utils import Sequence


def endless(sequence: Sequence) -> Iterator[Any]:
    """The batches of a Sequence, again and again."""
    while True:
        yield from sequence


@export("keras.utils.SequenceEnqueuer")
class SequenceEnqueuer:
    """Prepares batches in threads. A derived class defines `_fill`. Stands for
    `tf.keras.utils.SequenceEnqueuer`.

    Args:
      sequence: what gives the batches.
      use_multiprocessing: has no effect: threads prepare the batches.
    """

    def __init__(self, sequence: Any, use_multiprocessing: bool = False) -> None:
        self.sequence = sequence
        self.use_multiprocessing = use_multiprocessing
        self.workers = 0
        self.queue: Any = None
        self.stop_signal: Any = None
        self.run_thread: Any = None

    def is_running(self) -> bool:
        """Whether it was started and not stopped."""
        return self.stop_signal is not None and not self.stop_signal.is_set()

    def start(self, workers: int = 1, max_queue_size: int = 10) -> None:
        """Begins to prepare.

        Args:
          workers: how many threads do.
          max_queue_size: how many batches may wait.
        """
        self.workers = workers
        self.queue = queue.Queue(max_queue_size)
        self.stop_signal = threading.Event()
        self.run_thread = threading.Thread(target=self._run, daemon=True)
        self.run_thread.start()

    def _run(self) -> None:
        with ThreadPoolExecutor(self.workers) as pool:
            self._fill(pool)

    def _fill(self, pool: ThreadPoolExecutor) -> None:
        """Puts results into the queue until it is stopped."""
        raise NotImplementedError

    def _put(self, item: Any) -> bool:
        """Puts into the queue; False if it was stopped before there was room."""
        while self.is_running():
            try:
                self.queue.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def stop(self, timeout: float | None = None) -> None:
        """Ends the threads, once they have finished their batches."""
        self.stop_signal.set()
        self.run_thread.join(timeout)

    def get(self) -> Iterator[Any]:
        """The batches, in order. What fails in a thread is raised here."""
        try:
            while self.is_running():
                future = self.queue.get()
                if future is None:
                    return
                found = future.result()
                if found is not None:
                    yield found
        except BaseException:
            self.stop_signal.set()
            raise


@export("keras.utils.OrderedEnqueuer")
class OrderedEnqueuer(SequenceEnqueuer):
    """Prepares the batches of a Sequence, epoch by epoch. Stands for
    `tf.keras.utils.OrderedEnqueuer`.

    Args:
      sequence: a `tf.keras.utils.Sequence`.
      use_multiprocessing: has no effect: threads prepare the batches.
      shuffle: whether each epoch has another order.
    """

    def __init__(
        self, sequence: Sequence, use_multiprocessing: bool = False, shuffle: bool = False
    ) -> None:
        super().__init__(sequence, use_multiprocessing)
        self.shuffle = shuffle

    def _fill(self, pool: ThreadPoolExecutor) -> None:
        order = list(range(len(self.sequence)))
        while self.is_running():
            if self.shuffle:
                random.shuffle(order)
            made: list[Future[Any]] = []
            for index in order:
                made.append(pool.submit(self.sequence.__getitem__, index))
                if not self._put(made[-1]):
                    return
            # The next epoch begins after all of this one's batches are there.
            for future in made:
                future.exception()
            self.sequence.on_epoch_end()


@export("keras.utils.GeneratorEnqueuer")
class GeneratorEnqueuer(SequenceEnqueuer):
    """Prepares what a generator gives. Stands for `tf.keras.utils.GeneratorEnqueuer`.

    Args:
      sequence: a generator.
      use_multiprocessing: has no effect: threads prepare the batches.
      random_seed: not used.
    """

    def __init__(
        self, sequence: Any, use_multiprocessing: bool = False, random_seed: int | None = None
    ) -> None:
        super().__init__(sequence, use_multiprocessing)
        self._lock = threading.Lock()

    def _next(self) -> Any:
        # Generators do not let two threads in.
        with self._lock:
            return next(self.sequence, None)

    def _fill(self, pool: ThreadPoolExecutor) -> None:
        while self.is_running():
            future = pool.submit(self._next)
            if not self._put(future):
                return
            if future.exception() is not None or future.result() is None:
                self._put(None)
                return
