"""Queues of input: `tf.train.input_producer` and its like."""

from typing import Any

from evergraph.api import array_ops, math_ops, random_ops
from evergraph.api.assertion import Assert
from evergraph.api.data_flow_ops import FIFOQueue, QueueBase
from evergraph.api.io_ops import matching_files
from evergraph.api.variable_scope import variable
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.composite import convert_n_to_tensor_or_indexed_slices
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.keys import GraphKeys
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.summary import summary
from evergraph.library.train.queue_runner_impl import QueueRunner, add_queue_runner

_REPLACED = "Queue-based input pipelines have been replaced by `tf.data`. Use "
_SLICES = (
    "(tf.shape(input_tensor, out_type=tf.int64)[0]).repeat(num_epochs)`. If `shuffle=False`, omit "
    "the `.shuffle(...)`."
)


@export("train.match_filenames_once", "io.match_filenames_once")
def match_filenames_once(pattern: Any, name: str | None = None) -> Any:
    """The names of files that match a pattern, found when local variables are initialized. Stands
    for `tf.train.match_filenames_once`.

    Args:
      pattern: a pattern, or a list of them.
      name: a name for the variable.
    """
    with name_scope(name, "matching_filenames", [pattern]) as scope:
        return variable(
            name=scope,
            initial_value=matching_files(pattern),
            trainable=False,
            validate_shape=False,
            collections=[GraphKeys.LOCAL_VARIABLES],
        )


@export("train.limit_epochs")
@deprecated(None, _REPLACED + "`tf.data.Dataset.from_tensors(tensor).repeat(num_epochs)`.")
def limit_epochs(tensor: Any, num_epochs: int | None = None, name: str | None = None) -> Any:
    """A tensor that may be evaluated so often; then there is OutOfRangeError. Stands for
    `tf.train.limit_epochs`.

    A local variable counts: run `tf.local_variables_initializer()`.

    Args:
      tensor: a tensor.
      num_epochs: how often, or None for any number.
      name: a name for the nodes.

    Raises:
      ValueError: `num_epochs` is not positive.
    """
    if num_epochs is None:
        return tensor
    if num_epochs <= 0:
        raise ValueError(f"num_epochs must be > 0 not {num_epochs:d}.")
    with name_scope(name, "limit_epochs", [tensor]) as scope:
        epochs = variable(
            constant(0, dtype=dtypes.int64),
            name="epochs",
            trainable=False,
            collections=[GraphKeys.LOCAL_VARIABLES],
        )
        with control_dependencies([epochs.count_up_to(num_epochs)]):
            return array_ops.identity(tensor, name=scope)


@export("train.input_producer")
@deprecated(None, _REPLACED + "`tf.data.Dataset.from_tensor_slices(input_tensor).shuffle" + _SLICES)
def input_producer(
    input_tensor: Any,
    element_shape: Any = None,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    summary_name: str | None = None,
    name: str | None = None,
    cancel_op: Operation | None = None,
) -> QueueBase:
    """A queue of the rows of a tensor, filled by a QueueRunner. Stands for
    `tf.train.input_producer`.

    Args:
      input_tensor: the rows, along the first axis.
      element_shape: the shape of a row, where the tensor does not know it.
      num_epochs: how often each row comes, or None for any number; counted in a local variable.
      shuffle: whether the rows of an epoch come in random order.
      seed: for the shuffling.
      capacity: of the queue.
      shared_name: a name under which sessions share the queue.
      summary_name: the tag of a summary of how full the queue is; default: none.
      name: a name for the queue.
      cancel_op: how the queue is closed when a stop is asked for.

    Raises:
      ValueError: the shape of a row is not known.
    """
    with name_scope(name, "input_producer", [input_tensor]):
        rows = convert_to_tensor(input_tensor, name="input_tensor")
        shape = rows.shape[1:].merge_with(element_shape)
        if not shape.is_fully_defined():
            raise ValueError(
                "Either `input_tensor` must have a fully defined shape or `element_shape` must be "
                "specified"
            )
        if shuffle:
            rows = random_ops.random_shuffle(rows, seed=seed)
        rows = limit_epochs(rows, num_epochs)
        queue = FIFOQueue(
            capacity=capacity,
            dtypes=[rows.dtype.base_dtype],
            shapes=[shape],
            shared_name=shared_name,
            name=name,  # type: ignore[arg-type]
        )
        fill = queue.enqueue_many([rows])
        add_queue_runner(QueueRunner(queue, [fill], cancel_op=cancel_op))
        if summary_name is not None:
            full = math_ops.cast(queue.size(), dtypes.float32) * (1.0 / capacity)
            summary.scalar(summary_name, full)
        return queue


@export("train.string_input_producer")
@deprecated(
    None, _REPLACED + "`tf.data.Dataset.from_tensor_slices(string_tensor).shuffle" + _SLICES
)
def string_input_producer(
    string_tensor: Any,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
    cancel_op: Operation | None = None,
) -> QueueBase:
    """A queue of strings, such as names of files. Stands for `tf.train.string_input_producer`.

    Args:
      string_tensor: the strings, a vector.
      num_epochs, shuffle, seed, capacity, shared_name, name, cancel_op: as `input_producer`'s.

    Raises:
      ValueError: there are no strings; at run time InvalidArgumentError.
    """
    complaint = "string_input_producer requires a non-null input tensor"
    if not isinstance(string_tensor, Tensor) and not string_tensor:
        raise ValueError(complaint)
    with name_scope(name, "input_producer", [string_tensor]) as scope:
        strings = convert_to_tensor(string_tensor, dtype=dtypes.string)
        some = math_ops.greater(array_ops.size(strings), 0)
        with control_dependencies([Assert(some, [complaint])]):
            strings = array_ops.identity(strings)
        return input_producer(
            input_tensor=strings,
            element_shape=[],
            num_epochs=num_epochs,
            shuffle=shuffle,
            seed=seed,
            capacity=capacity,
            shared_name=shared_name,
            name=scope,
            summary_name=f"fraction_of_{capacity:d}_full",
            cancel_op=cancel_op,
        )


@export("train.range_input_producer")
@deprecated(
    None,
    _REPLACED + "`tf.data.Dataset.range(limit).shuffle(limit).repeat(num_epochs)`. If "
    "`shuffle=False`, omit the `.shuffle(...)`.",
)
def range_input_producer(
    limit: Any,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
) -> QueueBase:
    """A queue of the numbers 0 to limit - 1. Stands for `tf.train.range_input_producer`.

    Args:
      limit: an int32 scalar.
      num_epochs, shuffle, seed, capacity, shared_name, name: as `input_producer`'s.
    """
    with name_scope(name, "input_producer", [limit]) as scope:
        return input_producer(
            math_ops.range(limit),
            [],
            num_epochs,
            shuffle,
            seed,
            capacity,
            shared_name,
            f"fraction_of_{capacity:d}_full",
            scope,
        )


@export("train.slice_input_producer")
@deprecated(
    None,
    _REPLACED + "`tf.data.Dataset.from_tensor_slices(tuple(tensor_list)).shuffle" + _SLICES,
)
def slice_input_producer(
    tensor_list: Any,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
) -> list[Tensor]:
    """One row of each of several tensors, the next at each run. Stands for
    `tf.train.slice_input_producer`.

    Args:
      tensor_list: tensors with equally many rows.
      num_epochs, shuffle, seed, capacity, shared_name, name: as `input_producer`'s.

    Raises:
      ValueError: there are no tensors.
    """
    with name_scope(name, "input_producer", tensor_list):
        tensors = convert_n_to_tensor_or_indexed_slices(tensor_list)
        if not tensors:
            raise ValueError("Expected at least one tensor in slice_input_producer().")
        count = array_ops.shape(tensors[0])[0]
        queue = range_input_producer(
            count,
            num_epochs=num_epochs,
            shuffle=shuffle,
            seed=seed,
            capacity=capacity,
            shared_name=shared_name,
        )
        index = queue.dequeue()
        return [array_ops.gather(t, index) for t in tensors]
