"""Queues with another order or with padding: `tf.RandomShuffleQueue` and its like."""

import hashlib
from typing import Any

from evergraph.api import random_seed
from evergraph.api.data_flow_ops import (
    QueueBase,
    _as_name_list,
    _as_shape_list,
    _as_type_list,
)
from evergraph.base import dtypes as types_
from evergraph.base.deprecation import deprecated_endpoints
from evergraph.base.export import export
from evergraph.graph.apply import apply_op


@export("queue.RandomShuffleQueue", "io.RandomShuffleQueue", "RandomShuffleQueue")
@deprecated_endpoints("io.RandomShuffleQueue", "RandomShuffleQueue")
class RandomShuffleQueue(QueueBase):
    """A queue whose elements come out in random order. Stands for `tf.RandomShuffleQueue`.

    Args:
      capacity: how many elements it holds.
      min_after_dequeue: how many elements stay in it while it is open, so that they mix.
      dtypes: the element types of the components.
      shapes: their shapes, fully defined; without them `dequeue_many` is not possible.
      names: names of the components, for dicts of tensors.
      seed: of the order.
      shared_name: a name under which sessions on one server share the queue.
      name: a name for the node.
    """

    def __init__(
        self,
        capacity: Any,
        min_after_dequeue: Any,
        dtypes: Any,
        shapes: Any = None,
        names: Any = None,
        seed: int | None = None,
        shared_name: str | None = None,
        name: str = "random_shuffle_queue",
    ) -> None:
        dtypes = _as_type_list(dtypes)
        shapes = _as_shape_list(shapes, dtypes)
        names = _as_name_list(names, dtypes)
        seed1, seed2 = random_seed.get_seed(seed)
        if seed1 is None and seed2 is None:
            seed1, seed2 = 0, 0
        elif seed is None and shared_name is not None:
            # The same seed wherever the queue is made: the number of nodes may differ.
            digest = hashlib.md5(f"{seed1}{shared_name}".encode()).hexdigest()
            seed2 = int(digest[:8], 16) & 0x7FFFFFFF
        handle = apply_op(
            "RandomShuffleQueueV2",
            component_types=dtypes,
            shapes=shapes or (),
            capacity=capacity,
            min_after_dequeue=min_after_dequeue,
            seed=seed1,
            seed2=seed2,
            shared_name=shared_name or "",
            name=name,
        )
        super().__init__(dtypes, shapes, names, handle)


@export("queue.PaddingFIFOQueue", "io.PaddingFIFOQueue", "PaddingFIFOQueue")
@deprecated_endpoints("io.PaddingFIFOQueue", "PaddingFIFOQueue")
class PaddingFIFOQueue(QueueBase):
    """A queue whose elements may differ in size; taken many at a time, they are padded with zeros
    or "". Stands for `tf.PaddingFIFOQueue`.

    Args:
      capacity: how many elements it holds.
      dtypes: the element types of the components.
      shapes: their shapes, a list; sizes may be None.
      names: names of the components, for dicts of tensors.
      shared_name: a name under which sessions on one server share the queue.
      name: a name for the node.

    Raises:
      ValueError: shapes are not as many as dtypes.
    """

    def __init__(
        self,
        capacity: Any,
        dtypes: Any,
        shapes: Any,
        names: Any = None,
        shared_name: str | None = None,
        name: str = "padding_fifo_queue",
    ) -> None:
        dtypes = _as_type_list(dtypes)
        shapes = _as_shape_list(shapes, dtypes, unknown_dim_allowed=True)
        names = _as_name_list(names, dtypes)
        if len(dtypes) != len(shapes):
            raise ValueError(
                f"Shapes must be provided for all components, but received {len(dtypes)} dtypes "
                f"and {len(shapes)} shapes."
            )
        handle = apply_op(
            "PaddingFIFOQueueV2",
            component_types=dtypes,
            shapes=shapes,
            capacity=capacity,
            shared_name=shared_name or "",
            name=name,
        )
        super().__init__(dtypes, shapes, names, handle)


@export("queue.PriorityQueue", "io.PriorityQueue", "PriorityQueue")
@deprecated_endpoints("io.PriorityQueue", "PriorityQueue")
class PriorityQueue(QueueBase):
    """A queue whose elements come out by their first component, an int64 scalar, the least first.
    Stands for `tf.PriorityQueue`.

    Args:
      capacity: how many elements it holds.
      types: the element types of the components after the priority.
      shapes: their shapes, fully defined.
      names: names of all components, for dicts of tensors.
      shared_name: a name under which sessions on one server share the queue.
      name: a name for the node.
    """

    def __init__(
        self,
        capacity: Any,
        types: Any,
        shapes: Any = None,
        names: Any = None,
        shared_name: str | None = None,
        name: str = "priority_queue",
    ) -> None:
        types = _as_type_list(types)
        shapes = _as_shape_list(shapes, types)
        if shapes is None:
            raise TypeError(
                "Expected list for 'shapes' argument to 'priority_queue_v2' Op, not None."
            )
        handle = apply_op(
            "PriorityQueueV2",
            component_types=types,
            shapes=shapes,
            capacity=capacity,
            shared_name=shared_name or "",
            name=name,
        )
        super().__init__([types_.int64, *types], [(), *shapes], names, handle)
