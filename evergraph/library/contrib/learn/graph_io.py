"""Batches of examples read from files by queues: `tf.contrib.learn.read_batch_features` and its
kin. Arguments in common:

  file_pattern: a pattern of file names, or a list of them.
  batch_size: how many examples a batch has.
  reader: a class of readers, such as `tf.TFRecordReader`.
  randomize_input: whether files and examples are mixed.
  num_epochs: how often files are read; default: without end.
  queue_capacity: how many examples wait at most.
  read_batch_size: how many are read at once.
  parse_fn: a function of the examples read.
  name: of the nodes.
"""

from collections.abc import Callable
from typing import Any

from evergraph.api import math_ops, parsing_ops
from evergraph.api.data_flow_ops import FIFOQueue
from evergraph.api.readers import TFRecordReader
from evergraph.api.smart_cond import smart_cond
from evergraph.base import dtypes, errors
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.platform import gfile
from evergraph.graph.composite import SparseTensor
from evergraph.graph.constant import constant
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.summary import summary
from evergraph.library.train import batching
from evergraph.library.train import input as input_ops
from evergraph.library.train.queue_runner_impl import QueueRunner, add_queue_runner

KEY_FEATURE_NAME = "__key__"
_INSTEAD = "Use tf.data."


def _file_names(file_pattern: Any, randomize_input: bool) -> list[str]:
    if isinstance(file_pattern, list):
        if not file_pattern:
            raise ValueError("No files given to dequeue_examples.")
        names = [name for pattern in file_pattern for name in gfile.Glob(pattern)]
    else:
        names = list(gfile.Glob(file_pattern))
    if not names:
        raise ValueError(f"No files match {file_pattern}.")
    return names if randomize_input else sorted(names)


def _check_sizes(
    queue_capacity: Any, batch_size: Any, read_batch_size: Any, num_threads: Any, num_epochs: Any
) -> None:
    if not queue_capacity or queue_capacity <= 0:
        raise ValueError(f"Invalid queue_capacity {queue_capacity}.")
    if batch_size is None or (
        not isinstance(batch_size, Tensor) and not 0 < batch_size < queue_capacity
    ):
        raise ValueError(f"Invalid batch_size {batch_size}, with queue_capacity {queue_capacity}.")
    if read_batch_size is None or (
        not isinstance(read_batch_size, Tensor) and read_batch_size <= 0
    ):
        raise ValueError(f"Invalid read_batch_size {read_batch_size}.")
    if not num_threads or num_threads <= 0:
        raise ValueError(f"Invalid num_threads {num_threads}.")
    if num_epochs is not None and num_epochs <= 0:
        raise ValueError(f"Invalid num_epochs {num_epochs}.")


def _read(files: Any, reader: Any, num_threads: int, size: Any, parse_fn: Any) -> list[Any]:
    """What each thread reads: keys and examples."""
    found: list[Any] = []
    with name_scope("read"):
        for _ in range(num_threads):
            keys, examples = smart_cond(
                size > 1,
                lambda: reader().read_up_to(files, size),
                lambda: reader().read(files),
            )
            if parse_fn:
                examples = parse_fn(examples)
            if parse_fn and isinstance(examples, dict):
                examples[KEY_FEATURE_NAME] = keys
                found.append(examples)
            else:
                found.append((keys, examples))
    return found


@export("contrib.learn.read_keyed_batch_examples", "contrib.learn.io.read_keyed_batch_examples")
@deprecated(None, _INSTEAD)
def read_keyed_batch_examples(
    file_pattern: Any,
    batch_size: Any,
    reader: Any,
    randomize_input: bool = True,
    num_epochs: int | None = None,
    queue_capacity: int = 10000,
    num_threads: int = 1,
    read_batch_size: Any = 1,
    parse_fn: Callable[[Any], Any] | None = None,
    name: str | None = None,
    seed: int | None = None,
) -> Any:
    """Keys of examples, and the examples, of a batch. Stands for
    `tf.contrib.learn.read_keyed_batch_examples`.

    Args:
      num_threads: how many readers there are.
      seed: for mixing; the others as in the module.

    Raises:
      ValueError: there are no files, or a number does not fit.
    """
    file_names = _file_names(file_pattern, randomize_input)
    _check_sizes(queue_capacity, batch_size, read_batch_size, num_threads, num_epochs)
    with name_scope(name, "read_batch_examples", [file_pattern]) as scope:
        with name_scope("file_name_queue") as queue_scope:
            files = input_ops.string_input_producer(
                constant(file_names, name="input"),
                shuffle=randomize_input,
                num_epochs=num_epochs,
                name=queue_scope,
                seed=seed,
            )
        examples = _read(files, reader, num_threads, read_batch_size, parse_fn)
        common = {
            "capacity": queue_capacity,
            "enqueue_many": read_batch_size > 1,
            "name": scope,
            "allow_smaller_final_batch": num_epochs is not None,
        }
        if not randomize_input:
            found = batching.batch_join(examples, batch_size, **common)
        else:
            least = int(queue_capacity * 0.4)
            if not isinstance(batch_size, Tensor):
                least = max(queue_capacity - 3 * batch_size, batch_size)
            found = batching.shuffle_batch_join(
                examples, batch_size, min_after_dequeue=least, seed=seed, **common
            )
        if parse_fn and isinstance(found, dict):
            return found.pop(KEY_FEATURE_NAME), found
        return found


@export("contrib.learn.read_batch_examples", "contrib.learn.io.read_batch_examples")
@deprecated(None, _INSTEAD)
def read_batch_examples(
    file_pattern: Any,
    batch_size: Any,
    reader: Any,
    randomize_input: bool = True,
    num_epochs: int | None = None,
    queue_capacity: int = 10000,
    num_threads: int = 1,
    read_batch_size: Any = 1,
    parse_fn: Callable[[Any], Any] | None = None,
    name: str | None = None,
    seed: int | None = None,
) -> Any:
    """The examples of a batch. Stands for `tf.contrib.learn.read_batch_examples`; arguments as of
    `read_keyed_batch_examples`."""
    _, examples = read_keyed_batch_examples(
        file_pattern=file_pattern,
        batch_size=batch_size,
        reader=reader,
        randomize_input=randomize_input,
        num_epochs=num_epochs,
        queue_capacity=queue_capacity,
        num_threads=num_threads,
        read_batch_size=read_batch_size,
        parse_fn=parse_fn,
        name=name,
        seed=seed,
    )
    return examples


@export("contrib.learn.read_keyed_batch_features", "contrib.learn.io.read_keyed_batch_features")
@deprecated(None, _INSTEAD)
def read_keyed_batch_features(
    file_pattern: Any,
    batch_size: Any,
    features: dict[str, Any],
    reader: Any,
    randomize_input: bool = True,
    num_epochs: int | None = None,
    queue_capacity: int = 10000,
    reader_num_threads: int = 1,
    feature_queue_capacity: int = 100,
    num_enqueue_threads: int = 2,
    parse_fn: Callable[[Any], Any] | None = None,
    name: str | None = None,
    read_batch_size: Any = None,
) -> Any:
    """Keys of examples, and the features that are parsed of them, of a batch. Stands for
    `tf.contrib.learn.read_keyed_batch_features`.

    Args:
      features: as of `tf.io.parse_example`.
      reader_num_threads: how many readers there are.
      feature_queue_capacity: how many parsed batches wait at most.
      num_enqueue_threads: how many threads parse.
      read_batch_size: how many are read at once; default: `batch_size`; the others as in the
        module.

    Raises:
      ValueError: there are no files, or a number does not fit.
    """
    with name_scope(name, "read_batch_features", [file_pattern]) as scope:
        keys, examples = read_keyed_batch_examples(
            file_pattern,
            batch_size,
            reader,
            randomize_input=randomize_input,
            num_epochs=num_epochs,
            queue_capacity=queue_capacity,
            num_threads=reader_num_threads,
            read_batch_size=batch_size if read_batch_size is None else read_batch_size,
            parse_fn=parse_fn,
            name=scope,
        )
        return queue_parsed_features(
            parsing_ops.parse_example(examples, features),
            keys=keys,
            feature_queue_capacity=feature_queue_capacity,
            num_enqueue_threads=num_enqueue_threads,
            name=scope,
        )


def _parts(tensor: Any) -> list[Tensor]:
    if isinstance(tensor, SparseTensor):
        return [tensor.indices, tensor.values, tensor.dense_shape]
    return [tensor]


@export("contrib.learn.io.queue_parsed_features")
@deprecated(None, _INSTEAD)
def queue_parsed_features(
    parsed_features: dict[str, Any],
    keys: Any = None,
    feature_queue_capacity: int = 100,
    num_enqueue_threads: int = 2,
    name: str | None = None,
) -> tuple[Any, dict[str, Any]]:
    """Features by name, and keys, that wait in a queue. Stands for
    `tf.contrib.learn.io.queue_parsed_features`; arguments as of `read_keyed_batch_features`.

    Returns:
      The keys, None if there are none, and the features.
    """
    values = list(parsed_features.values()) + ([] if keys is None else [keys])
    with name_scope(name, "queue_parsed_features", values):
        names = sorted(parsed_features)
        tensors = [part for key in names for part in _parts(parsed_features[key])]
        if keys is not None:
            tensors.append(keys)
        queue = FIFOQueue(feature_queue_capacity, [tensor.dtype for tensor in tensors])
        summary.scalar(
            f"queue/parsed_features/{queue.name}/fraction_of_{feature_queue_capacity}_full",
            math_ops.cast(queue.size(), dtypes.float32) * (1.0 / feature_queue_capacity),
        )
        enqueues = [queue.enqueue(tensors) for _ in range(num_enqueue_threads)]
        closed = (errors.OutOfRangeError, errors.CancelledError)
        add_queue_runner(QueueRunner(queue, enqueues, queue_closed_exception_types=closed))
        taken = queue.dequeue()
        taken = list(taken) if isinstance(taken, (list, tuple)) else [taken]
        for tensor, given in zip(taken, tensors, strict=True):
            tensor.set_shape(given.get_shape())
        found, rest = {}, iter(taken)
        for key in names:
            parts = [next(rest) for _ in _parts(parsed_features[key])]
            found[key] = SparseTensor(*parts) if len(parts) > 1 else parts[0]
        return (None if keys is None else next(rest)), found


@export("contrib.learn.read_batch_features", "contrib.learn.io.read_batch_features")
@deprecated(None, _INSTEAD)
def read_batch_features(
    file_pattern: Any,
    batch_size: Any,
    features: dict[str, Any],
    reader: Any,
    randomize_input: bool = True,
    num_epochs: int | None = None,
    queue_capacity: int = 10000,
    feature_queue_capacity: int = 100,
    reader_num_threads: int = 1,
    num_enqueue_threads: int = 2,
    parse_fn: Callable[[Any], Any] | None = None,
    name: str | None = None,
    read_batch_size: Any = None,
) -> dict[str, Any]:
    """The features of a batch. Stands for `tf.contrib.learn.read_batch_features`; arguments as of
    `read_keyed_batch_features`."""
    _, found = read_keyed_batch_features(
        file_pattern,
        batch_size,
        features,
        reader,
        randomize_input=randomize_input,
        num_epochs=num_epochs,
        queue_capacity=queue_capacity,
        reader_num_threads=reader_num_threads,
        feature_queue_capacity=feature_queue_capacity,
        num_enqueue_threads=num_enqueue_threads,
        read_batch_size=read_batch_size,
        parse_fn=parse_fn,
        name=name,
    )
    return found  # type: ignore[no-any-return]


@export("contrib.learn.read_batch_record_features", "contrib.learn.io.read_batch_record_features")
@deprecated(None, _INSTEAD)
def read_batch_record_features(
    file_pattern: Any,
    batch_size: Any,
    features: dict[str, Any],
    randomize_input: bool = True,
    num_epochs: int | None = None,
    queue_capacity: int = 10000,
    reader_num_threads: int = 1,
    name: str = "dequeue_record_examples",
) -> dict[str, Any]:
    """The features of a batch, from files of records. Stands for
    `tf.contrib.learn.read_batch_record_features`; arguments as of `read_keyed_batch_features`."""
    return read_batch_features(  # type: ignore[no-any-return]
        file_pattern=file_pattern,
        batch_size=batch_size,
        features=features,
        reader=TFRecordReader,
        randomize_input=randomize_input,
        num_epochs=num_epochs,
        queue_capacity=queue_capacity,
        reader_num_threads=reader_num_threads,
        name=name,
    )
