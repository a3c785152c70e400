"""Queues of every kind, and the operations on them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from evergraph.base import dtypes, errors
from evergraph.base.dtypes import DType
from evergraph.graph.operation import Operation
from evergraph.graph.registry import ShapeError, op
from evergraph.kernels.queue_kinds import PaddingFIFOQueue, PriorityQueue, RandomShuffleQueue
from evergraph.kernels.queues import (
    UNBOUNDED,
    FIFOQueue,
    Queue,
    check_types,
    queue_of,
    shape_text,
    types_text,
    unshared_name,
)
from evergraph.ops import shape_rules

_TYPES = "component_types: list(type) >= 1; shapes: list(shape) >= 0 = []; capacity: int = -1; "
_SHARED = "container: string = ''; shared_name: string = ''"
_KEPT = _TYPES + _SHARED
_MIXED = _TYPES + "min_after_dequeue: int = 0; seed: int = 0; seed2: int = 0; " + _SHARED
_RANKED = (
    "component_types: list(type) >= 0 = []; shapes: list(shape) >= 0; capacity: int = -1; "
    + _SHARED
)
_PUT = "Tcomponents: list(type) >= 1; timeout_ms: int = -1"
_TAKEN = "component_types: list(type) >= 1; timeout_ms: int = -1"

fifo_op = op("FIFOQueue() -> handle: Ref(string)", _KEPT, stateful=True)
fifo_v2_op = op("FIFOQueueV2() -> handle: resource", _KEPT, stateful=True)

shuffle_op = op("RandomShuffleQueue() -> handle: Ref(string)", _MIXED, stateful=True)
shuffle_v2_op = op("RandomShuffleQueueV2() -> handle: resource", _MIXED, stateful=True)
padding_op = op("PaddingFIFOQueue() -> handle: Ref(string)", _KEPT, stateful=True)
padding_v2_op = op("PaddingFIFOQueueV2() -> handle: resource", _KEPT, stateful=True)
priority_op = op("PriorityQueue() -> handle: Ref(string)", _RANKED, stateful=True)
priority_v2_op = op("PriorityQueueV2() -> handle: resource", _RANKED, stateful=True)
fake_op = op("FakeQueue(resource: resource) -> handle: Ref(string)", stateful=True)

_VALUES = "components: list(Tcomponents)"
_RESULTS = "components: list(component_types)"
enqueue_op = op(f"QueueEnqueue(handle: Ref(string), {_VALUES})", _PUT)
enqueue_v2_op = op(f"QueueEnqueueV2(handle: resource, {_VALUES})", _PUT, stateful=True)
enqueue_many_op = op(f"QueueEnqueueMany(handle: Ref(string), {_VALUES})", _PUT)
enqueue_many_v2_op = op(f"QueueEnqueueManyV2(handle: resource, {_VALUES})", _PUT, stateful=True)
dequeue_op = op(f"QueueDequeue(handle: Ref(string)) -> {_RESULTS}", _TAKEN)
dequeue_v2_op = op(f"QueueDequeueV2(handle: resource) -> {_RESULTS}", _TAKEN, stateful=True)
dequeue_many_op = op(
    f"QueueDequeueMany(handle: Ref(string), n: int32) -> {_RESULTS}", _TAKEN, host=["n"]
)
dequeue_many_v2_op = op(
    f"QueueDequeueManyV2(handle: resource, n: int32) -> {_RESULTS}",
    _TAKEN,
    host=["n"],
    stateful=True,
)
dequeue_up_to_op = op(
    f"QueueDequeueUpTo(handle: Ref(string), n: int32) -> {_RESULTS}", _TAKEN, host=["n"]
)
dequeue_up_to_v2_op = op(
    f"QueueDequeueUpToV2(handle: resource, n: int32) -> {_RESULTS}",
    _TAKEN,
    host=["n"],
    stateful=True,
)
_CANCELS = "cancel_pending_enqueues: bool = false"
close_op = op("QueueClose(handle: Ref(string))", _CANCELS)
close_v2_op = op("QueueCloseV2(handle: resource)", _CANCELS, stateful=True)
is_closed_op = op("QueueIsClosed(handle: Ref(string)) -> is_closed: bool")
is_closed_v2_op = op("QueueIsClosedV2(handle: resource) -> is_closed: bool", stateful=True)
size_op = op("QueueSize(handle: Ref(string)) -> size: int32")
size_v2_op = op("QueueSizeV2(handle: resource) -> size: int32", stateful=True)

_TAKES_SOME = (dequeue_many_op, dequeue_many_v2_op, dequeue_up_to_op, dequeue_up_to_v2_op)
_OLD_HANDLES = (fifo_op, shuffle_op, padding_op, priority_op)
_HANDLES = (fifo_v2_op, shuffle_v2_op, padding_v2_op, priority_v2_op)
ENTRIES = (
    *_OLD_HANDLES,
    *_HANDLES,
    fake_op,
    enqueue_op,
    enqueue_v2_op,
    enqueue_many_op,
    enqueue_many_v2_op,
    dequeue_op,
    dequeue_v2_op,
    *_TAKES_SOME,
    close_op,
    close_v2_op,
    is_closed_op,
    is_closed_v2_op,
    size_op,
    size_v2_op,
)
for _entry in ENTRIES:
    _entry.not_differentiable()

for _entry in _OLD_HANDLES:
    _entry.shape(lambda node: (2,))
for _entry in _HANDLES:
    _entry.shape(shape_rules.scalar)
fake_op.shape(lambda node: (2,))
fake_op.kernel(lambda handle: handle)
is_closed_op.shape(lambda node: ())
is_closed_v2_op.shape(lambda node: ())
size_op.shape(lambda node: ())
size_v2_op.shape(lambda node: node.inputs[0].dims)
for _entry in (enqueue_op, enqueue_v2_op, enqueue_many_op, enqueue_many_v2_op):
    _entry.shape(shape_rules.no_outputs)
for _entry in (close_op, close_v2_op):
    _entry.shape(shape_rules.no_outputs)


# TensorFlow's handles know no shapes either: who has the queue object sets them.
@dequeue_op.shape
@dequeue_v2_op.shape
@dequeue_many_op.shape
@dequeue_up_to_op.shape
@dequeue_up_to_v2_op.shape
def dequeue_shape(node: Any) -> list[shape_rules.Dims]:
    return [None] * len(node.outputs)


@dequeue_many_v2_op.shape
def dequeue_many_shape(node: Any) -> list[shape_rules.Dims]:
    n = node.static_input(1)
    if n is not None and n < 0:
        raise ShapeError(f"Input 'n' must be >= 0, but is {n}")
    return [None] * len(node.outputs)


def shared_queue(
    session: Any,
    kind: type[Queue],
    node: Operation,
    container: str,
    shared_name: str,
    capacity: int,
    dtypes: Sequence[DType],
    shapes: Sequence[tuple[int, ...]],
    **settings: int,
) -> Queue:
    """The session's queue that a node stands for; `settings` are its kind's own.

    Raises:
      InvalidArgumentError: there is a queue of that name and another make.
    """
    key = ("queue", container, shared_name or node.name)
    queue: Queue = session.slot(
        key,
        lambda: kind(shared_name or unshared_name(node.name), capacity, dtypes, shapes, **settings),
    )
    complaint = None
    if type(queue) is not kind:
        complaint = f"Expected {queue.kind}, found {node.type}"
    elif queue.capacity != (capacity if capacity >= 0 else UNBOUNDED):
        complaint = f"capacity {queue.capacity} but requested capacity was {capacity}"
    elif queue.dtypes != list(dtypes):
        complaint = (
            f"component types {types_text(queue.dtypes)} but requested component types were "
            f"{types_text(dtypes)}"
        )
    elif not queue.has_shapes(shapes):
        complaint = (
            f"component shapes {shapes_text(queue.shapes)} but requested component shapes were "
            f"{shapes_text(shapes)}"
        )
    else:
        complaint = queue.mismatch(**settings)
    if complaint is not None:
        if type(queue) is kind:
            complaint = f"Shared queue '{queue.name}' has {complaint}"
        raise errors.InvalidArgumentError(None, None, complaint)
    return queue


def shapes_text(shapes: Sequence[Sequence[int]]) -> str:
    return "[" + ", ".join(map(shape_text, shapes)) + "]"


@fifo_op.kernel
@fifo_v2_op.kernel
def fifo_kernel(
    *,
    session: Any,
    node: Operation,
    container: str,
    shared_name: str,
    capacity: int,
    component_types: Any,
    shapes: Any,
) -> Queue:
    make = (container, shared_name, capacity, component_types, shapes)
    return shared_queue(session, FIFOQueue, node, *make)


@shuffle_op.kernel
@shuffle_v2_op.kernel
def shuffle_kernel(
    *,
    session: Any,
    node: Operation,
    container: str,
    shared_name: str,
    capacity: int,
    component_types: Any,
    shapes: Any,
    min_after_dequeue: int,
    seed: int,
    seed2: int,
) -> Queue:
    make = (container, shared_name, capacity, component_types, shapes)
    settings = {"min_after_dequeue": min_after_dequeue, "seed": seed, "seed2": seed2}
    return shared_queue(session, RandomShuffleQueue, node, *make, **settings)


@padding_op.kernel
@padding_v2_op.kernel
def padding_kernel(
    *,
    session: Any,
    node: Operation,
    container: str,
    shared_name: str,
    capacity: int,
    component_types: Any,
    shapes: Any,
) -> Queue:
    make = (container, shared_name, capacity, component_types, shapes)
    return shared_queue(session, PaddingFIFOQueue, node, *make)


@priority_op.kernel
@priority_v2_op.kernel
def priority_kernel(
    *,
    session: Any,
    node: Operation,
    container: str,
    shared_name: str,
    capacity: int,
    component_types: Any,
    shapes: Any,
) -> Queue:
    types = [dtypes.int64, *component_types]
    made = [(), *shapes] if shapes else []
    make = (container, shared_name, capacity, types, made)
    return shared_queue(session, PriorityQueue, node, *make)


@enqueue_op.kernel
@enqueue_v2_op.kernel
def enqueue_kernel(
    handle: Any, components: list[Any], *, Tcomponents: Any, node: Operation
) -> None:
    queue = queue_of(handle)
    check_types(queue, node, Tcomponents)
    queue.put(tuple(components))


@enqueue_many_op.kernel
@enqueue_many_v2_op.kernel
def enqueue_many_kernel(
    handle: Any, components: list[Any], *, Tcomponents: Any, node: Operation
) -> None:
    queue = queue_of(handle)
    check_types(queue, node, Tcomponents)
    queue.put_many(tuple(components))


@dequeue_op.kernel
@dequeue_v2_op.kernel
def dequeue_kernel(handle: Any, *, component_types: Any, node: Operation) -> tuple[Any, ...]:
    queue = queue_of(handle)
    check_types(queue, node, component_types)
    return queue.take()


@dequeue_many_op.kernel
@dequeue_many_v2_op.kernel
def dequeue_many_kernel(
    handle: Any, n: int, *, component_types: Any, node: Operation
) -> tuple[Any, ...]:
    return take_many(queue_of(handle), n, component_types, node, fewer=False)


@dequeue_up_to_op.kernel
@dequeue_up_to_v2_op.kernel
def dequeue_up_to_kernel(
    handle: Any, n: int, *, component_types: Any, node: Operation
) -> tuple[Any, ...]:
    return take_many(queue_of(handle), n, component_types, node, fewer=True)


def take_many(
    queue: Queue, n: int, dtypes: Sequence[DType], node: Operation, fewer: bool
) -> tuple[Any, ...]:
    if n < 0:
        name = "DequeueUpToOp" if fewer else "DequeueManyOp"
        raise errors.InvalidArgumentError(None, None, f"{name} requested {n} < 0 elements")
    check_types(queue, node, dtypes)
    return queue.take_many(n, fewer)


@close_op.kernel
@close_v2_op.kernel
def close_kernel(handle: Any, *, cancel_pending_enqueues: bool) -> None:
    queue_of(handle).close(cancel_pending_enqueues)


@is_closed_op.numpy
@is_closed_v2_op.numpy
def is_closed_kernel(handle: Any) -> np.bool_:
    return np.bool_(queue_of(handle).closed)


@size_op.numpy
@size_v2_op.numpy
def size_kernel(handle: Any) -> np.int32:
    return np.int32(queue_of(handle).size())
