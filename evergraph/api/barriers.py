"""Barriers and input of records: TensorFlow's private `Barrier` and `RecordInput`."""

from typing import Any

from evergraph.api import joining
from evergraph.api.array_ops import reshape
from evergraph.api.data_flow_ops import _as_shape_list, _as_type_list
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape, unknown_shape
from evergraph.formats.tf_record import TFRecordCompressionType, TFRecordOptions
from evergraph.graph.apply import apply_op
from evergraph.graph.defaults import name_scope
from evergraph.graph.operation import Operation
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor


class Barrier:
    """Elements whose components come one by one, each with a key: those that are whole can be
    taken. Stands for TensorFlow's private `Barrier`.

    Args:
      types: the element types of the components.
      shapes: their shapes, fully defined and without zeros.
      shared_name: a name under which sessions on one server share the barrier.
      name: a name for the node.

    Raises:
      ValueError: a component would have no elements.
    """

    def __init__(
        self,
        types: Any,
        shapes: Any = None,
        shared_name: str | None = None,
        name: str = "barrier",
    ) -> None:
        self._types = _as_type_list(types)
        if shapes is None:
            self._shapes = [unknown_shape() for _ in self._types]
        else:
            self._shapes = [TensorShape(s) for s in _as_shape_list(shapes, self._types) or ()]
        for i, shape in enumerate(self._shapes):
            if shape.num_elements() == 0:
                raise ValueError(
                    f"Empty tensors are not supported, but received shape '{shape}' at index {i}"
                )
        self._barrier_ref = apply_op(
            "Barrier",
            component_types=self._types,
            shapes=self._shapes,
            shared_name=shared_name or "",
            name=name,
        )
        self._name = self._barrier_ref.op.name.split("/")[-1]

    @property
    def barrier_ref(self) -> Tensor:
        """The handle of the barrier."""
        return self._barrier_ref

    @property
    def name(self) -> str:
        """The name of the barrier's node."""
        return self._barrier_ref.op.name

    def _apply(self, what: str, *inputs: Any, name: str | None, **attrs: Any) -> Any:
        op_type = f"Barrier{what}"
        name = name or f"{self._name}_{op_type}"
        return apply_op(op_type, self._barrier_ref, *inputs, name=name, **attrs)

    def insert_many(
        self, component_index: int, keys: Any, values: Any, name: str | None = None
    ) -> Operation:
        """Gives a component to some keys.

        Args:
          component_index: the number of the component.
          keys: a string vector.
          values: [keys, *shape], of the component's type.
          name: a name for the node.

        At run time: InvalidArgumentError if a key has the component already, CancelledError if
        the barrier is closed and a key new.
        """
        return self._apply("InsertMany", keys, values, name=name, component_index=component_index)

    def take_many(
        self,
        num_elements: Any,
        allow_small_batch: bool = False,
        timeout: int | None = None,
        name: str | None = None,
    ) -> Any:
        """Takes so many whole elements; waits for them.

        Args:
          num_elements: an int32 scalar.
          allow_small_batch: whether a closed barrier may give less.
          timeout: None: TensorFlow takes it for another attr, a bool without effect.
          name: a name for the node.

        Returns:
          (indices, keys, values): when each key first came, int64, the keys, and a list with the
          components.

        At run time: OutOfRangeError if the barrier is closed and there will not be so many.
        """
        found = self._apply(
            "TakeMany",
            num_elements,
            name=name,
            component_types=self._types,
            allow_small_batch=allow_small_batch,
            wait_for_incomplete=False if timeout is None else timeout,
        )
        node = found[0].op
        batch = TensorShape([None if allow_small_batch else constant_value(node.inputs[1])])
        for output in node.outputs[:2]:
            output.set_shape(batch)
        for output, shape in zip(node.outputs[2:], self._shapes, strict=True):
            output.set_shape(batch.concatenate(shape))
        return found

    def close(self, cancel_pending_enqueues: bool = False, name: str | None = None) -> Operation:
        """No new keys may come; with `cancel_pending_enqueues` no components either."""
        return self._apply("Close", name=name, cancel_pending_enqueues=cancel_pending_enqueues)

    def ready_size(self, name: str | None = None) -> Tensor:
        """How many elements are whole, an int32 scalar."""
        return self._apply("ReadySize", name=name)

    def incomplete_size(self, name: str | None = None) -> Tensor:
        """How many elements lack components, an int32 scalar."""
        return self._apply("IncompleteSize", name=name)


@export("contrib.framework.RecordInput")
class RecordInput:
    """Records of TFRecord files in random order, again and again. Stands for
    `tf.contrib.framework.RecordInput`.

    Args:
      file_pattern: a pattern of names, or several with commas between them.
      batch_size: how many records a run gives, in each of the batches.
      buffer_size: how many records are mixed.
      parallelism: how many files are read at once.
      shift_ratio: by which part of the files each epoch's order is turned.
      seed: of the order.
      name: a name for the node.
      batches: how many lists of records a run gives; None for one string vector.
      compression_type: a TFRecordCompressionType; default: none.
    """

    def __init__(
        self,
        file_pattern: str,
        batch_size: int = 1,
        buffer_size: int = 1,
        parallelism: int = 1,
        shift_ratio: float = 0,
        seed: int = 0,
        name: str | None = None,
        batches: int | None = None,
        compression_type: Any = None,
    ) -> None:
        self._batches = batches
        self._batch_size = batch_size * (1 if batches is None else batches)
        self._name = name
        if compression_type is None:
            compression_type = TFRecordCompressionType.NONE
        options = TFRecordOptions(compression_type)
        self._attrs = {
            "file_pattern": file_pattern,
            "file_random_seed": seed,
            "file_shuffle_shift_ratio": shift_ratio,
            "file_buffer_size": buffer_size,
            "file_parallelism": parallelism,
            "compression_type": TFRecordOptions.get_compression_type_string(options),
        }

    def get_yield_op(self) -> Any:
        """The records of a run: a string vector, or lists of string scalars."""
        attrs = self._attrs
        records = apply_op("RecordInput", batch_size=self._batch_size, name=self._name, **attrs)
        if self._batches is None:
            return records
        with name_scope(self._name):
            parts = joining.split(records, self._batch_size, 0)
            lists: list[list[Tensor]] = [[] for _ in range(self._batches)]
            for i, part in enumerate(parts):
                lists[i % self._batches].append(reshape(part, []))
            return lists
