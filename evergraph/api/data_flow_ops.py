"""Queues: `tf.QueueBase`, `tf.FIFOQueue`."""

import functools
from collections.abc import Iterable, Sequence
from typing import Any

from evergraph.api import array_ops
from evergraph.base import dtypes as types
from evergraph.base.deprecation import deprecated_endpoints
from evergraph.base.dtypes import DType
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape, as_shape, unknown_shape
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.operation import Operation
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor


def _as_type_list(dtypes: Any) -> list[Any]:
    """One type, or several, as a list."""
    assert dtypes is not None
    return list(dtypes) if isinstance(dtypes, (list, tuple)) else [dtypes]


def _as_shape_list(
    shapes: Any,
    dtypes: Any,
    unknown_dim_allowed: bool = False,
    unknown_rank_allowed: bool = False,
) -> list[TensorShape] | None:
    """One shape, or several, as a list of TensorShapes; None stays None."""
    if unknown_dim_allowed and (
        not isinstance(shapes, Sequence) or not shapes or _is_one_shape(shapes)
    ):
        raise ValueError("When providing partial shapes, a list of shapes must be provided.")
    if shapes is None:
        return None
    if isinstance(shapes, TensorShape):
        shapes = [shapes]
    if not isinstance(shapes, (tuple, list)):
        raise TypeError("shapes must be a TensorShape or a list or tuple of TensorShapes.")
    if all(_is_size(s) for s in shapes):
        shapes = [shapes]
    found = [as_shape(s) for s in shapes]
    if not unknown_dim_allowed and not all(s.is_fully_defined() for s in found):
        raise ValueError(f"All shapes must be fully defined: {found}")
    if not unknown_rank_allowed and any(s.dims is None for s in found):
        raise ValueError(f"All shapes must have a defined rank: {found}")
    return found


def _is_size(value: Any) -> bool:
    return value is None or isinstance(value, int)


def _is_one_shape(shapes: Iterable[Any]) -> bool:
    return any(_is_size(s) for s in shapes)


def _as_name_list(names: Any, dtypes: Sequence[Any]) -> list[str] | None:
    """One name, or several, as a list with a name for each type; None stays None."""
    if names is None:
        return None
    if not isinstance(names, (list, tuple)):
        names = [names]
    if len(names) != len(dtypes):
        raise ValueError("List of names must have the same length as the list of dtypes")
    return list(names)


def _shape_common(s1: Any, s2: Any) -> TensorShape:
    """What two shapes have in common."""
    s1, s2 = TensorShape(s1), TensorShape(s2)
    if s1.ndims is None or s1.ndims != s2.ndims:
        return unknown_shape()
    pairs = zip(s1.as_list(), s2.as_list(), strict=True)
    return TensorShape([a if a == b else None for a, b in pairs])


@export("queue.QueueBase", "io.QueueBase", "QueueBase")
@deprecated_endpoints("io.QueueBase", "QueueBase")
class QueueBase:
    """A queue of elements, each of one or more tensors. Stands for `tf.QueueBase`.

    Args:
      dtypes: the element types of the components.
      shapes: their shapes, or None where they are free.
      names: names of the components, which are then put in and taken out as dicts; or None.
      queue_ref: the handle of the queue.

    Raises:
      ValueError: shapes or names are not as many as dtypes.
    """

    def __init__(self, dtypes: Any, shapes: Any, names: Any, queue_ref: Tensor) -> None:
        self._dtypes = dtypes
        if shapes is None:
            self._shapes = [unknown_shape() for _ in dtypes]
        elif len(shapes) != len(dtypes):
            raise ValueError("Queue shapes must have the same length as dtypes")
        else:
            self._shapes = [TensorShape(s) for s in shapes]
        if names is not None and len(names) != len(dtypes):
            raise ValueError("Queue names must have the same length as dtypes")
        self._names = names
        self._queue_ref = queue_ref
        self._name = queue_ref.op.name.split("/")[-1]

    @staticmethod
    def from_list(index: Any, queues: "list[QueueBase]") -> "QueueBase":
        """The queue at `index`, an int scalar tensor, of a list. Stands for
        `tf.QueueBase.from_list`.

        Raises:
          TypeError: no list of queues, or their types or names differ.
        """
        if (
            not queues
            or not isinstance(queues, list)
            or not all(isinstance(q, QueueBase) for q in queues)
        ):
            raise TypeError("A list of queues expected")
        first = queues[0]
        if not all(q.dtypes == first.dtypes for q in queues):
            raise TypeError("Queues do not have matching component dtypes.")
        if not all(q.names == first.names for q in queues):
            raise TypeError("Queues do not have matching component names.")
        by_component = zip(*(q.shapes for q in queues), strict=True)
        shapes = [functools.reduce(_shape_common, found) for found in by_component]
        chosen = array_ops.gather(array_ops.stack([q.queue_ref for q in queues]), index)
        return QueueBase(first.dtypes, shapes, first.names, chosen)

    @property
    def queue_ref(self) -> Tensor:
        """The handle of the queue."""
        return self._queue_ref

    @property
    def name(self) -> str:
        """The name of the queue's node."""
        return self._queue_ref.op.name

    @property
    def dtypes(self) -> list[DType]:
        """The element types of the components."""
        return self._dtypes

    @property
    def shapes(self) -> list[TensorShape]:
        """The shapes of the components."""
        return self._shapes

    @property
    def names(self) -> list[str] | None:
        """The names of the components, or None."""
        return self._names

    def _check_enqueue_dtypes(self, vals: Any) -> list[Tensor]:
        """The tensors of an element, in the order of the components."""
        if isinstance(vals, dict):
            if not self._names:
                raise ValueError("Queue must have names to enqueue a dictionary")
            if sorted(self._names, key=str) != sorted(vals, key=str):
                raise ValueError(
                    "Keys in dictionary to enqueue do not match names of Queue.  Dictionary: "
                    f"({sorted(vals)}), Queue: ({sorted(self._names)})"
                )
            vals = [vals[name] for name in self._names]
        elif self._names:
            raise ValueError("You must enqueue a dictionary in a Queue with names")
        elif not isinstance(vals, (list, tuple)):
            vals = [vals]
        # TensorFlow counts no further than the shorter one: the op complains of the number.
        return [
            convert_to_tensor(value, dtype=dtype, name=f"component_{i}")
            for i, (value, dtype) in enumerate(zip(vals, self._dtypes, strict=False))
        ]

    def _apply(self, op_type: str, *args: Any, **kwargs: Any) -> Any:
        """Makes a node of the op's version that the handle is of."""
        version = "V2" if self._queue_ref.dtype == types.resource else ""
        return apply_op(op_type + version, self._queue_ref, *args, **kwargs)

    def enqueue(self, vals: Any, name: str | None = None) -> Operation:
        """Puts one element into the queue; waits while it is full. Stands for
        `tf.QueueBase.enqueue`.

        Args:
          vals: a tensor, a list or tuple of them, or a dict where the components have names.
          name: a name for the node.

        At run time: CancelledError if the queue or the session is closed.
        """
        with name_scope(name, f"{self._name}_enqueue", _scope_vals(vals)) as scope:
            tensors = self._check_enqueue_dtypes(vals)
            for tensor, shape in zip(tensors, self._shapes, strict=False):
                tensor.get_shape().assert_is_compatible_with(shape)
            return self._apply("QueueEnqueue", tensors, name=scope)

    def enqueue_many(self, vals: Any, name: str | None = None) -> Operation:
        """Puts the elements along the first axis into the queue, as room comes. Stands for
        `tf.QueueBase.enqueue_many`; arguments and errors as `enqueue`'s.
        """
        with name_scope(name, f"{self._name}_EnqueueMany", _scope_vals(vals)) as scope:
            tensors = self._check_enqueue_dtypes(vals)
            batch = tensors[0].get_shape().with_rank_at_least(1)[:1]
            for tensor, shape in zip(tensors, self._shapes, strict=False):
                found = tensor.get_shape().with_rank_at_least(1)
                batch[0].assert_is_compatible_with(found[0])
                batch = batch.merge_with(found[:1])
                found[1:].assert_is_compatible_with(shape)
            return apply_op("QueueEnqueueManyV2", self._queue_ref, tensors, name=scope)

    def _dequeued(self, tensors: list[Tensor], shapes: Iterable[TensorShape]) -> Any:
        """What the user gets of an element: a tensor, a list of them or a dict."""
        for tensor, shape in zip(tensors, shapes, strict=True):
            tensor.set_shape(shape)
        if self._names:
            return dict(zip(self._names, tensors, strict=True))
        return tensors[0] if len(tensors) == 1 else tensors

    def dequeue(self, name: str | None = None) -> Any:
        """Takes an element; waits for one. Stands for `tf.QueueBase.dequeue`.

        Returns:
          A tensor, a list of tensors, or a dict of them where the components have names.

        At run time: OutOfRangeError if the queue is closed and empty, CancelledError if the
        session is closed.
        """
        tensors = self._apply(
            "QueueDequeue", component_types=self._dtypes, name=name or f"{self._name}_Dequeue"
        )
        return self._dequeued(tensors, self._shapes)

    def dequeue_many(self, n: Any, name: str | None = None) -> Any:
        """Takes `n` elements, along a new first axis. Stands for `tf.QueueBase.dequeue_many`.

        As `dequeue`; OutOfRangeError if the queue is closed and has less than `n` elements.
        """
        tensors = apply_op(
            "QueueDequeueManyV2",
            self._queue_ref,
            n,
            component_types=self._dtypes,
            name=name or f"{self._name}_DequeueMany",
        )
        batch = TensorShape([constant_value(tensors[0].op.inputs[1])])
        return self._dequeued(tensors, [batch.concatenate(s) for s in self._shapes])

    def dequeue_up_to(self, n: Any, name: str | None = None) -> Any:
        """Takes `n` elements, or what is left in a closed queue. Stands for
        `tf.QueueBase.dequeue_up_to`; otherwise as `dequeue_many`.
        """
        tensors = apply_op(
            "QueueDequeueUpToV2",
            self._queue_ref,
            n,
            component_types=self._dtypes,
            name=name or f"{self._name}_DequeueUpTo",
        )
        batch = TensorShape([None])
        return self._dequeued(tensors, [batch.concatenate(s) for s in self._shapes])

    def close(self, cancel_pending_enqueues: bool = False, name: str | None = None) -> Operation:
        """Closes the queue: nothing more may come in, what is in may be taken. Stands for
        `tf.QueueBase.close`.

        Args:
          cancel_pending_enqueues: whether what waits to come in is cancelled.
          name: a name for the node.
        """
        return self._apply(
            "QueueClose",
            cancel_pending_enqueues=cancel_pending_enqueues,
            name=name or f"{self._name}_Close",
        )

    def is_closed(self, name: str | None = None) -> Tensor:
        """Whether the queue is closed, a bool scalar. Stands for `tf.QueueBase.is_closed`."""
        return self._apply("QueueIsClosed", name=name or f"{self._name}_Is_Closed")

    def size(self, name: str | None = None) -> Tensor:
        """How many elements are in the queue, an int32 scalar. Stands for `tf.QueueBase.size`."""
        return self._apply("QueueSize", name=name or f"{self._name}_Size")


def _scope_vals(vals: Any) -> Any:
    """The values of an element, for a name scope."""
    if isinstance(vals, (list, tuple)):
        return vals
    return vals.values() if isinstance(vals, dict) else [vals]


@export("queue.FIFOQueue", "FIFOQueue")
@deprecated_endpoints("FIFOQueue")
class FIFOQueue(QueueBase):
    """A queue whose elements come out in the order in which they went in. Stands for
    `tf.FIFOQueue`.

    Args:
      capacity: how many elements it holds.
      dtypes: the element types of the components.
      shapes: their shapes, fully defined; without them `dequeue_many` is not possible.
      names: names of the components, for dicts of tensors.
      shared_name: a name under which sessions on one server share the queue.
      name: a name for the node.
    """

    def __init__(
        self,
        capacity: Any,
        dtypes: Any,
        shapes: Any = None,
        names: Any = None,
        shared_name: str | None = None,
        name: str = "fifo_queue",
    ) -> None:
        dtypes = _as_type_list(dtypes)
        shapes = _as_shape_list(shapes, dtypes)
        names = _as_name_list(names, dtypes)
        handle = apply_op(
            "FIFOQueueV2",
            component_types=dtypes,
            shapes=shapes or (),
            capacity=capacity,
            shared_name=shared_name or "",
            name=name,
        )
        super().__init__(dtypes, shapes, names, handle)
