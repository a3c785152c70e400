"""Many readers of records at once, into one queue."""

from typing import Any

from evergraph.api import math_ops
from evergraph.api.data_flow_ops import FIFOQueue
from evergraph.api.queue_kinds import RandomShuffleQueue
from evergraph.api.readers import ReaderBase
from evergraph.base import dtypes as tf_dtypes
from evergraph.base.export import export
from evergraph.base.platform import gfile
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.summary import summary
from evergraph.library.train import input as tf_input
from evergraph.library.train import queue_runner_impl as queue_runner


@export("contrib.slim.parallel_reader.ParallelReader")
class ParallelReader(ReaderBase):
    """Readers that put their records into a common queue. Stands for
    `slim.parallel_reader.ParallelReader`.

    Args:
      reader_class: the class of the readers.
      common_queue: a queue of pairs of strings.
      num_readers: how many readers there are.
      reader_kwargs: their arguments.

    Raises:
      TypeError: the queue is of something else.
    """

    def __init__(
        self,
        reader_class: Any,
        common_queue: Any,
        num_readers: int = 4,
        reader_kwargs: Any = None,
    ) -> None:
        types = common_queue.dtypes
        if len(types) != 2 or not all(t.is_compatible_with(tf_dtypes.string) for t in types):
            raise TypeError("common_queue.dtypes must be [tf.string, tf.string]")
        self._readers = [reader_class(**(reader_kwargs or {})) for _ in range(num_readers)]
        self._common_queue = common_queue

    @property
    def num_readers(self) -> int:
        """How many readers there are."""
        return len(self._readers)

    @property
    def common_queue(self) -> Any:
        """The queue of records."""
        return self._common_queue

    def read(self, queue: Any, name: str | None = None) -> Any:
        """A record (key, value) of the files whose names `queue` has."""
        self._configure_readers_by(queue)
        return self._common_queue.dequeue(name=name)

    def read_up_to(self, queue: Any, num_records: Any, name: str | None = None) -> Any:
        """Up to so many records of the files whose names `queue` has."""
        self._configure_readers_by(queue)
        return self._common_queue.dequeue_up_to(num_records, name)

    def _configure_readers_by(self, queue: Any) -> None:
        operations = [self._common_queue.enqueue(reader.read(queue)) for reader in self._readers]
        queue_runner.add_queue_runner(queue_runner.QueueRunner(self._common_queue, operations))

    def num_records_produced(self, name: str | None = None) -> Tensor:
        """How many records all readers have read."""
        return math_ops.add_n([r.num_records_produced() for r in self._readers], name=name)

    def num_work_units_completed(self, name: str | None = None) -> Tensor:
        """How many files all readers have read."""
        return math_ops.add_n([r.num_work_units_completed() for r in self._readers], name=name)


@export("contrib.slim.parallel_reader.parallel_read")
def parallel_read(
    data_sources: Any,
    reader_class: Any,
    num_epochs: int | None = None,
    num_readers: int = 4,
    reader_kwargs: Any = None,
    shuffle: bool = True,
    dtypes: Any = None,
    capacity: int = 256,
    min_after_dequeue: int = 128,
    seed: int | None = None,
    scope: Any = None,
) -> Any:
    """A record (key, value) of many files, read by many readers.

    Args:
      data_sources: files, or patterns of files.
      reader_class: the class of the readers.
      num_epochs: how often each file is read; None for no end.
      num_readers: how many readers there are.
      reader_kwargs: their arguments.
      shuffle: whether files and records are shuffled.
      dtypes: the types of key and value; default: strings.
      capacity, min_after_dequeue: of the queue of records.
      seed: see `tf.set_random_seed`.
      scope: a name scope; default: "parallel_read".

    Raises:
      ValueError: there are no such files.
    """
    data_files = get_data_files(data_sources)
    with name_scope(scope, "parallel_read"):
        filename_queue = tf_input.string_input_producer(
            data_files, num_epochs=num_epochs, shuffle=shuffle, seed=seed, name="filenames"
        )
        dtypes = dtypes or [tf_dtypes.string, tf_dtypes.string]
        if shuffle:
            common_queue: Any = RandomShuffleQueue(
                capacity=capacity,
                min_after_dequeue=min_after_dequeue,
                dtypes=dtypes,
                seed=seed,
                name="common_queue",
            )
        else:
            common_queue = FIFOQueue(capacity=capacity, dtypes=dtypes, name="common_queue")
        summarize_fullness(common_queue, capacity)
        return ParallelReader(
            reader_class, common_queue, num_readers=num_readers, reader_kwargs=reader_kwargs
        ).read(filename_queue)


def summarize_fullness(queue: Any, capacity: int) -> None:
    """A summary of how full a queue is."""
    size = math_ops.cast(queue.size(), tf_dtypes.float32)
    summary.scalar(f"fraction_of_{capacity}_full", size * (1.0 / capacity))


@export("contrib.slim.parallel_reader.single_pass_read")
def single_pass_read(
    data_sources: Any, reader_class: Any, reader_kwargs: Any = None, scope: Any = None
) -> Any:
    """A record (key, value) of files that one reader reads once, in order.

    Args:
      data_sources: files, or patterns of files.
      reader_class, reader_kwargs: the class of the reader, and its arguments.
      scope: a name scope; default: "single_pass_read".

    Raises:
      ValueError: there are no such files.
    """
    data_files = get_data_files(data_sources)
    with name_scope(scope, "single_pass_read"):
        filename_queue = tf_input.string_input_producer(
            data_files, num_epochs=1, shuffle=False, capacity=1, name="filenames"
        )
        return reader_class(**(reader_kwargs or {})).read(filename_queue)


@export("contrib.slim.parallel_reader.get_data_files")
def get_data_files(data_sources: Any) -> list[str]:
    """The files of names, patterns, or lists of these. Raises ValueError if there are none."""
    if isinstance(data_sources, (list, tuple)):
        found = [file for source in data_sources for file in get_data_files(source)]
    elif any(sign in data_sources for sign in "*?["):
        found = gfile.Glob(data_sources)
    else:
        found = [data_sources]
    if not found:
        raise ValueError(f"No data files found in {data_sources}")
    return found
