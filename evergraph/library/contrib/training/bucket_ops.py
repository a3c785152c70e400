"""Batches of elements that belong together, by queues: `tf.contrib.training.bucket`."""

from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api import math_ops
from evergraph.api.cond import cond
from evergraph.api.data_flow_ops import FIFOQueue, QueueBase
from evergraph.api.gathering import where_v2
from evergraph.api.grouping import group, no_op
from evergraph.api.queue_kinds import PaddingFIFOQueue
from evergraph.api.smart_cond import smart_cond
from evergraph.base import dtypes, errors
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.composite import convert_n_to_tensor_or_indexed_slices
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.operation import Operation
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor
from evergraph.library.summary import summary
from evergraph.library.train.batching import (
    _as_original_type,
    _as_tensor_list,
    _checked_keep_input,
    element_shapes,
    element_types,
)
from evergraph.library.train.queue_runner_impl import QueueRunner, add_queue_runner
from evergraph.library.train.sparse_elements import restore, store

_ENDED = (errors.OutOfRangeError, errors.CancelledError)


@export("contrib.training.bucket")
def bucket(
    tensors: Any,
    which_bucket: Any,
    batch_size: Any,
    num_buckets: int,
    num_threads: int = 1,
    capacity: int = 32,
    bucket_capacities: Sequence[int] | None = None,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    keep_input: Any = True,
    shared_name: str | None = None,
    name: str | None = None,
) -> tuple[Tensor, Any]:
    """Batches of elements of one bucket each. Stands for `tf.contrib.training.bucket`.

    Each bucket has a queue; a batch moves from there into a queue of batches. Queue runners do
    both: see `tf.train.start_queue_runners`.

    Args:
      tensors: a list or dict of tensors, an element; SparseTensors may be among them.
      which_bucket: the element's bucket, an int32 scalar.
      batch_size: how many elements a batch has; a list has a number for each bucket.
      num_buckets: how many buckets there are.
      num_threads: how many threads put elements in.
      capacity: of the queue of batches, and of each bucket.
      bucket_capacities: of the buckets, in a list.
      shapes: of the elements; default: what is known of the tensors.
      dynamic_pad: whether elements of different sizes are padded.
      allow_smaller_final_batch: whether the last batches may be smaller.
      keep_input: whether the element is wanted, a bool scalar.
      shared_name: a name under which sessions share the queues.
      name: a name for the nodes.

    Returns:
      The bucket, an int32 scalar, and the batch, a list or dict as `tensors`.

    Raises:
      ValueError: a list has not an entry for each bucket, or a shape is not known well enough.
    """
    sizes, sizes_vary = _sizes(batch_size, num_buckets)
    if bucket_capacities is None:
        bucket_capacities = [capacity] * num_buckets
    if len(bucket_capacities) != num_buckets:
        raise ValueError(
            f"The list bucket_capacities ({bucket_capacities!s}) must have exactly num_buckets "
            f"({num_buckets:d}) elements."
        )
    elements = _as_tensor_list(tensors)
    with name_scope(name, "bucket", elements):
        elements = convert_n_to_tensor_or_indexed_slices(elements)
        if not elements:
            raise ValueError("Expected at least one tensor in bucket().")
        keep = _checked_keep_input(keep_input, enqueue_many=False)
        elements, sparse = store(elements, False, keep)
        sizes = [_size(size) for size in sizes]
        types = element_types([elements])
        shapes = element_shapes([elements], shapes, False)
        which = convert_to_tensor(which_bucket, dtype=dtypes.int32, name="which_bucket")
        kind = PaddingFIFOQueue if dynamic_pad else FIFOQueue
        buckets = [
            kind(
                capacity=bucket_capacities[i],
                dtypes=types,
                shapes=shapes,
                shared_name=None if shared_name is None else f"{shared_name}_{i:d}",
                name=f"bucket_queue_{i:d}",
            )
            for i in range(num_buckets)
        ]
        known = None if allow_smaller_final_batch or sizes_vary else sizes[-1]
        batch = TensorShape([None if isinstance(known, Tensor) else known])
        batches = PaddingFIFOQueue(  # the batches may differ in size
            capacity=capacity,
            dtypes=[dtypes.int32, *types],
            shapes=[TensorShape([]), *(batch.concatenate(s) for s in buckets[0].shapes)],
            shared_name=shared_name,
            name="top_queue",
        )
        put = smart_cond(keep, lambda: _put(elements, which, buckets), no_op)
        moves = [
            _move(i, q, batches, size, allow_smaller_final_batch)
            for i, (q, size) in enumerate(zip(buckets, sizes, strict=True))
        ]
        _add_runners(buckets, batches, moves, [put] * num_threads)
        _note_fullness(buckets, batches, capacity)
        found, *parts = batches.dequeue(name="dequeue_top")
        restored = restore(parts[0] if len(parts) == 1 else parts, sparse)
        return found, _as_original_type(tensors, restored)


def _sizes(batch_size: Any, num_buckets: int) -> tuple[list[Any], bool]:
    """A size for each bucket, and whether they were given one by one."""
    if not isinstance(batch_size, (list, tuple)):
        return [batch_size] * num_buckets, False
    if len(batch_size) != num_buckets:
        raise ValueError("If batch_size is a list it must have num_buckets elements")
    return list(batch_size), True


def _size(size: Any) -> Any:
    """A number where it is known, else a tensor."""
    tensor = convert_to_tensor(size, dtype=dtypes.int32, name="batch_size")
    known = constant_value(tensor)
    return tensor if known is None else known


def _put(elements: list[Tensor], which: Tensor, buckets: list[QueueBase]) -> Operation:
    """Puts the element into its bucket."""

    def into(q: QueueBase) -> Callable[[], Operation]:
        return lambda: q.enqueue(elements)

    puts = [cond(math_ops.equal(which, i), into(q), no_op) for i, q in enumerate(buckets)]
    return group(*puts, name="group_enqueues")


def _move(i: int, q: QueueBase, batches: QueueBase, size: Any, fewer: bool) -> Operation:
    """Moves a batch out of a bucket."""
    number = constant(i)
    take = q.dequeue_up_to if fewer else q.dequeue_many
    taken = take(size, name=f"read_bucket_{i:d}")
    parts = taken if isinstance(taken, (list, tuple)) else [taken]
    return batches.enqueue([number, *parts], name=f"enqueue_from_bucket_{i:d}")


def _add_runners(
    buckets: list[QueueBase], batches: QueueBase, moves: list[Operation], puts: list[Operation]
) -> None:
    add_queue_runner(
        QueueRunner(
            buckets[0],
            moves,
            close_op=batches.close(),
            cancel_op=batches.close(cancel_pending_enqueues=True),
            queue_closed_exception_types=_ENDED,
        )
    )
    add_queue_runner(
        QueueRunner(
            batches,
            puts,
            close_op=group(*[q.close() for q in buckets]),
            cancel_op=group(*[q.close(cancel_pending_enqueues=True) for q in buckets]),
            queue_closed_exception_types=_ENDED,
        )
    )


def _note_fullness(buckets: list[QueueBase], batches: QueueBase, capacity: int) -> None:
    for q in buckets:  # TensorFlow notes the same size for each
        summary.scalar(f"bucket/{q.name}/size", math_ops.cast(batches.size(), dtypes.float32))
    summary.scalar(
        f"bucket/{batches.name}/fraction_of_{capacity:d}_full",
        math_ops.cast(batches.size(), dtypes.float32) * (1.0 / capacity),
    )


@export("contrib.training.bucket_by_sequence_length")
def bucket_by_sequence_length(
    input_length: Any,
    tensors: Any,
    batch_size: Any,
    bucket_boundaries: Sequence[int],
    num_threads: int = 1,
    capacity: int = 32,
    bucket_capacities: Sequence[int] | None = None,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    keep_input: Any = True,
    shared_name: str | None = None,
    name: str | None = None,
) -> tuple[Tensor, Any]:
    """Batches of sequences of about the same length. Stands for
    `tf.contrib.training.bucket_by_sequence_length`.

    Args:
      input_length: the length of the sequences, an int32 scalar.
      bucket_boundaries: the least length of each bucket but the first, growing.

    The others are those of `bucket`.

    Returns:
      The lengths, and the batch, a list or dict as `tensors`.

    Raises:
      TypeError: the boundaries are no list of ints.
      ValueError: they are none or do not grow.
    """
    elements = _as_tensor_list(tensors)
    _check_boundaries(bucket_boundaries)
    with name_scope(name, "bucket_by_sequence_length", [input_length, *elements]):
        length = convert_to_tensor(input_length, dtype=dtypes.int32, name="input_length")
        least = [dtypes.int32.min, *bucket_boundaries]
        most = [*bucket_boundaries, dtypes.int32.max]
        inside = math_ops.logical_and(
            math_ops.less_equal(least, length), math_ops.less(length, most)
        )
        which = math_ops.cast(math_ops.reduce_min(where_v2(inside)), dtypes.int32)
        if shapes is not None:
            shapes = [TensorShape([]), *shapes]
        _, found = bucket(
            [length, *elements],
            which,
            batch_size,
            len(bucket_boundaries) + 1,
            num_threads=num_threads,
            capacity=capacity,
            bucket_capacities=bucket_capacities,
            shapes=shapes,
            dynamic_pad=dynamic_pad,
            allow_smaller_final_batch=allow_smaller_final_batch,
            keep_input=keep_input,
            shared_name=shared_name,
        )
        return found[0], _as_original_type(tensors, found[1:])


def _check_boundaries(boundaries: Any) -> None:
    if not isinstance(boundaries, (list, tuple)):
        raise TypeError(f"bucket_boundaries must be a list or tuple, but received: {boundaries}")
    if not boundaries:
        raise ValueError("bucket_boundaries must not be empty")
    for a, b in zip(boundaries, boundaries[1:], strict=False):
        if not isinstance(a, int) or not isinstance(b, int):
            raise TypeError(f"bucket boundaries must be integers, but saw: {a} and {b}")
        if a >= b:
            raise ValueError(
                f"Buckets must contain sequential increasing lengths, but saw: {a:d} before {b:d}"
            )
