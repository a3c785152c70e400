"""Batches from queues: `tf.train.batch`, `tf.train.shuffle_batch` and their like."""

from collections.abc import Sequence
from typing import Any

from evergraph.api import control_flow_ops, math_ops
from evergraph.api.data_flow_ops import FIFOQueue, QueueBase
from evergraph.api.queue_kinds import PaddingFIFOQueue, RandomShuffleQueue
from evergraph.api.smart_cond import smart_cond
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.tensor_shape import as_shape
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import convert_n_to_tensor_or_indexed_slices
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.summary import summary
from evergraph.library.train.queue_runner_impl import QueueRunner, add_queue_runner
from evergraph.library.train.sparse_elements import restore, store, store_join

_REPLACED = "Queue-based input pipelines have been replaced by `tf.data`. Use `tf.data.Dataset."
_PADDED = "batch(batch_size)` (or `padded_batch(...)` if `dynamic_pad=True`)."


def _as_tensor_list(tensors: Any) -> Any:
    """The tensors of a dict in the order of its keys; a list stays one."""
    if isinstance(tensors, dict):
        return [tensors[key] for key in sorted(tensors, key=str)]
    return tensors


def _as_tensor_list_list(tensors_list: Any) -> Any:
    if not tensors_list:
        raise ValueError("Expected at least one set of tensors")
    first = tensors_list[0]
    if not isinstance(first, dict):
        return tensors_list
    if any(set(tensors) != set(first) for tensors in tensors_list[1:]):
        raise ValueError("All dictionaries in tensors_list must have the same keys")
    return [_as_tensor_list(tensors) for tensors in tensors_list]


def _as_original_type(original: Any, tensors: Any) -> Any:
    """Tensors as a dict, where they came as one."""
    if not isinstance(original, dict):
        return tensors
    if len(original) == 1:
        tensors = [tensors]
    return {key: tensors[i] for i, key in enumerate(sorted(original, key=str))}


def _checked_keep_input(keep_input: Any, enqueue_many: bool) -> Tensor:
    keep = convert_to_tensor(keep_input)
    rank = keep.shape.ndims
    if rank is None:
        raise ValueError("`keep_input` dimensions must be known at graph construction.")
    if not enqueue_many and rank == 1:
        raise ValueError("`keep_input` cannot be a vector when `enqueue_many=False`.")
    if rank > 1:
        raise ValueError("`keep_input` must be 0 or 1 dimensions.")
    return keep


def element_types(tensors_list: Sequence[Sequence[Tensor]]) -> list[Any]:
    """The types of the elements, the same in each list.

    Raises:
      TypeError: they differ.
    """
    all_types = [[t.dtype for t in tensors] for tensors in tensors_list]
    types = all_types[0]
    for other in all_types[1:]:
        if other != types:
            named = [", ".join(t.name for t in found) for found in (types, other)]
            raise TypeError(f"Expected types to be consistent: {named[0]} vs. {named[1]}.")
    return types


def element_shapes(
    tensors_list: Sequence[Sequence[Tensor]], shapes: Any, enqueue_many: bool
) -> Any:
    """The shapes of the elements: those given, or what the tensors of all lists have.

    Raises:
      ValueError: a rank is not known.
    """
    if shapes is not None:
        return shapes
    count = len(tensors_list[0])
    for tensors in tensors_list:
        for i in range(count):
            if tensors[i].shape.ndims is None:
                raise ValueError(f"Cannot infer Tensor's rank: {tensors[i]}")
    return [
        _merged_shapes([tensors[i].shape for tensors in tensors_list], enqueue_many)
        for i in range(count)
    ]


def _merged_shapes(shapes: Sequence[Any], enqueue_many: bool) -> list[int | None]:
    found = [as_shape(s) for s in shapes]
    if enqueue_many:
        found = [s.with_rank_at_least(1)[1:] for s in found]
    for s in found[1:]:
        found[0].merge_with(s)  # TensorFlow only looks whether they fit
    return found[0].as_list()


def _wanted_rows(tensors: Sequence[Tensor], keep_input: Tensor) -> list[Tensor]:
    parts = math_ops.cast(keep_input, dtypes.int32)
    return [apply_op("DynamicPartition", x, parts, num_partitions=2)[1] for x in tensors]


def _add_runner(
    queue: QueueBase,
    tensors_list: Sequence[Sequence[Tensor]],
    times: int,
    enqueue_many: bool,
    keep_input: Tensor,
) -> None:
    """A queue runner that puts tensors into a queue, each list from so many threads."""
    enqueue = queue.enqueue_many if enqueue_many else queue.enqueue
    fills = []
    for tensors in tensors_list:
        if keep_input.shape.ndims == 1:
            fills.append(enqueue(_wanted_rows(tensors, keep_input)))
        else:
            put = smart_cond(
                keep_input, lambda elements=tensors: enqueue(elements), control_flow_ops.no_op
            )
            fills.append(put)
    add_queue_runner(QueueRunner(queue, fills * times))


def _taken(queue: QueueBase, batch_size: Any, fewer: bool, name: str) -> Any:
    if fewer:
        return queue.dequeue_up_to(batch_size, name=name)
    return queue.dequeue_many(batch_size, name=name)


def _note_fullness(queue: QueueBase, capacity: int, least: int | None = None) -> None:
    """A summary of how full a queue is, above what always stays in it."""
    if least is None:
        full = math_ops.cast(queue.size(), dtypes.float32) * (1.0 / capacity)
        summary.scalar(f"fraction_of_{capacity:d}_full", full)
        return
    room = capacity - least
    above = math_ops.maximum(0, queue.size() - least)
    full = math_ops.cast(above, dtypes.float32) * (1.0 / room)
    summary.scalar(f"fraction_over_{least:d}_of_{room:d}_full", full)


def _checked_tensors(tensors: Any) -> list[Any]:
    found = convert_n_to_tensor_or_indexed_slices(tensors)
    if not found:
        raise ValueError("Expected at least one tensor in batch().")
    return found


def _batch(
    tensors: Any,
    batch_size: Any,
    keep_input: Any,
    num_threads: int,
    capacity: int,
    enqueue_many: bool,
    shapes: Any,
    dynamic_pad: bool,
    fewer: bool,
    shared_name: str | None,
    name: str | None,
    least: int | None = None,
    seed: int | None = None,
) -> Any:
    """What `batch` and `shuffle_batch` (where `least` is given) have in common."""
    elements = _as_tensor_list(tensors)
    scope_name = "batch" if least is None else "shuffle_batch"
    with name_scope(name, scope_name, [*elements, keep_input]) as scope:
        _check_capacity(capacity, least)
        elements = _checked_tensors(elements)
        keep = _checked_keep_input(keep_input, enqueue_many)
        elements, sparse = store(elements, enqueue_many, keep)
        types = element_types([elements])
        shapes = element_shapes([elements], shapes, enqueue_many)
        queue = _queue(least, dynamic_pad, capacity, types, shapes, shared_name, seed)
        _add_runner(queue, [elements], num_threads, enqueue_many, keep)
        _note_fullness(queue, capacity, least)
        return _as_original_type(tensors, restore(_taken(queue, batch_size, fewer, scope), sparse))


def _batch_join(
    tensors_list: Any,
    batch_size: Any,
    keep_input: Any,
    capacity: int,
    enqueue_many: bool,
    shapes: Any,
    dynamic_pad: bool,
    fewer: bool,
    shared_name: str | None,
    name: str | None,
    least: int | None = None,
    seed: int | None = None,
) -> Any:
    """What `batch_join` and `shuffle_batch_join` (where `least` is given) have in common."""
    lists = _as_tensor_list_list(tensors_list)
    scope_name = "batch_join" if least is None else "shuffle_batch_join"
    with name_scope(name, scope_name, [*(t for one in lists for t in one), keep_input]) as scope:
        lists = [convert_n_to_tensor_or_indexed_slices(one) for one in lists]
        keep = _checked_keep_input(keep_input, enqueue_many)
        lists, sparse = store_join(lists, enqueue_many, keep)
        types = element_types(lists)
        shapes = element_shapes(lists, shapes, enqueue_many)
        queue = _queue(least, dynamic_pad, capacity, types, shapes, shared_name, seed)
        _add_runner(queue, lists, 1, enqueue_many, keep)
        _note_fullness(queue, capacity, least)
        batch = restore(_taken(queue, batch_size, fewer, scope), sparse)
        return _as_original_type(tensors_list[0], batch)


def _check_capacity(capacity: int, least: int | None) -> None:
    if least is not None and capacity <= least:
        raise ValueError(f"capacity {capacity:d} must be bigger than min_after_dequeue {least:d}.")


def _queue(
    least: int | None,
    dynamic_pad: bool,
    capacity: int,
    types: Any,
    shapes: Any,
    shared_name: str | None,
    seed: int | None,
) -> QueueBase:
    if least is None:
        kind = PaddingFIFOQueue if dynamic_pad else FIFOQueue
        return kind(capacity=capacity, dtypes=types, shapes=shapes, shared_name=shared_name)
    return RandomShuffleQueue(
        capacity=capacity,
        min_after_dequeue=least,
        seed=seed,
        dtypes=types,
        shapes=shapes,
        shared_name=shared_name,
    )


@export("train.batch")
@deprecated(None, _REPLACED + _PADDED)
def batch(
    tensors: Any,
    batch_size: Any,
    num_threads: int = 1,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Batches of what tensors give from run to run, through a queue. Stands for `tf.train.batch`.

    A queue runner fills the queue: see `tf.train.start_queue_runners`.

    Args:
      tensors: a list or dict of tensors; SparseTensors may be among them.
      batch_size: how many elements a batch has.
      num_threads: how many threads fill the queue.
      capacity: of the queue.
      enqueue_many: whether the tensors are themselves batches, along their first axis.
      shapes: of the elements; default: what is known of the tensors.
      dynamic_pad: whether elements of different sizes are padded.
      allow_smaller_final_batch: whether the last batch may be smaller.
      shared_name: a name under which sessions share the queue.
      name: a name for the nodes.

    Returns:
      Batches, in a list or dict as `tensors`.

    Raises:
      ValueError: a shape is not known well enough.
    """
    options = (num_threads, capacity, enqueue_many, shapes, dynamic_pad)
    rest = (allow_smaller_final_batch, shared_name, name)
    return _batch(tensors, batch_size, True, *options, *rest)


@export("train.maybe_batch")
@deprecated(None, _REPLACED + "filter(...)." + _PADDED)
def maybe_batch(
    tensors: Any,
    keep_input: Any,
    batch_size: Any,
    num_threads: int = 1,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """As `tf.train.batch`, of the elements that are wanted. Stands for `tf.train.maybe_batch`.

    Args:
      keep_input: whether the tensors are wanted, a bool; with `enqueue_many` one for each row, too.
    """
    options = (num_threads, capacity, enqueue_many, shapes, dynamic_pad)
    rest = (allow_smaller_final_batch, shared_name, name)
    return _batch(tensors, batch_size, keep_input, *options, *rest)


@export("train.batch_join")
@deprecated(None, _REPLACED + "interleave(...)." + _PADDED)
def batch_join(
    tensors_list: Any,
    batch_size: Any,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """As `tf.train.batch`, from several lists of tensors, each with a thread. Stands for
    `tf.train.batch_join`.

    Args:
      tensors_list: lists or dicts of tensors.
    """
    rest = (allow_smaller_final_batch, shared_name, name)
    return _batch_join(
        tensors_list, batch_size, True, capacity, enqueue_many, shapes, dynamic_pad, *rest
    )


@export("train.maybe_batch_join")
@deprecated(None, _REPLACED + "interleave(...).filter(...)." + _PADDED)
def maybe_batch_join(
    tensors_list: Any,
    keep_input: Any,
    batch_size: Any,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """`tf.train.batch_join` of the elements that are wanted. Stands for
    `tf.train.maybe_batch_join`."""
    rest = (allow_smaller_final_batch, shared_name, name)
    return _batch_join(
        tensors_list, batch_size, keep_input, capacity, enqueue_many, shapes, dynamic_pad, *rest
    )


@export("train.shuffle_batch")
@deprecated(None, _REPLACED + "shuffle(min_after_dequeue).batch(batch_size)`.")
def shuffle_batch(
    tensors: Any,
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    num_threads: int = 1,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """As `tf.train.batch`, in random order. Stands for `tf.train.shuffle_batch`.

    Args:
      min_after_dequeue: how many elements stay in the queue, so that they mix.
      seed: of the order.

    Raises:
      ValueError: `capacity` is not more than `min_after_dequeue`.
    """
    options = (num_threads, capacity, enqueue_many, shapes, False)
    rest = (allow_smaller_final_batch, shared_name, name, min_after_dequeue, seed)
    return _batch(tensors, batch_size, True, *options, *rest)


@export("train.maybe_shuffle_batch")
@deprecated(None, _REPLACED + "filter(...).shuffle(min_after_dequeue).batch(batch_size)`.")
def maybe_shuffle_batch(
    tensors: Any,
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    keep_input: Any,
    num_threads: int = 1,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """`tf.train.shuffle_batch` of the elements that are wanted. Stands for
    `tf.train.maybe_shuffle_batch`."""
    options = (num_threads, capacity, enqueue_many, shapes, False)
    rest = (allow_smaller_final_batch, shared_name, name, min_after_dequeue, seed)
    return _batch(tensors, batch_size, keep_input, *options, *rest)


@export("train.shuffle_batch_join")
@deprecated(None, _REPLACED + "interleave(...).shuffle(min_after_dequeue).batch(batch_size)`.")
def shuffle_batch_join(
    tensors_list: Any,
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """`tf.train.batch_join` in random order. Stands for `tf.train.shuffle_batch_join`."""
    rest = (allow_smaller_final_batch, shared_name, name, min_after_dequeue, seed)
    return _batch_join(tensors_list, batch_size, True, capacity, enqueue_many, shapes, False, *rest)


@export("train.maybe_shuffle_batch_join")
@deprecated(
    None, _REPLACED + "interleave(...).filter(...).shuffle(min_after_dequeue).batch(batch_size)`."
)
def maybe_shuffle_batch_join(
    tensors_list: Any,
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    keep_input: Any,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """`tf.train.shuffle_batch_join` of the elements that are wanted. Stands for
    `tf.train.maybe_shuffle_batch_join`."""
    rest = (allow_smaller_final_batch, shared_name, name, min_after_dequeue, seed)
    return _batch_join(
        tensors_list, batch_size, keep_input, capacity, enqueue_many, shapes, False, *rest
    )
