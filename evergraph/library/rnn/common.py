"""What the functions share that run cells over time."""

from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.api.cond import cond
from evergraph.api.control_flow_util import GetContainingWhileContext
from evergraph.api.switching import flow_of
from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape, as_shape
from evergraph.graph.defaults import colocate_with
from evergraph.graph.graph import get_default_graph
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor
from evergraph.library.rnn.cell import _concat


@export("contrib.rnn.transpose_batch_time")
def transpose_batch_time(x: Any) -> Tensor:
    """`x` with its first two axes exchanged; itself if it has less.

    Stands for `tf.contrib.rnn.transpose_batch_time`.
    """
    shape = x.get_shape()
    if shape.ndims is not None and shape.ndims < 2:
        return x
    rank = array_ops.rank(x)
    result = array_ops.transpose(x, array_ops.concat(([1, 0], math_ops.range(2, rank)), axis=0))
    result.set_shape(TensorShape([shape.dims[1], shape.dims[0]]).concatenate(shape[2:]))
    return result


@export("contrib.rnn.best_effort_input_batch_size")
def best_effort_input_batch_size(flat_input: Any) -> Any:
    """The batch size of inputs [time, batch, ...]: an int if any tells it, else a tensor.

    Stands for `tf.contrib.rnn.best_effort_input_batch_size`.

    Raises:
      ValueError: an input has less than two axes.
    """
    for x in flat_input:
        dims = x.shape.dims
        if dims is None:
            continue
        if len(dims) < 2:
            raise ValueError(f"Expected input tensor {x} to have rank at least 2")
        if dims[1].value is not None:
            return dims[1].value
    return array_ops.shape(flat_input[0])[1]


# The names of their module in TensorFlow.
_transpose_batch_time = transpose_batch_time
_best_effort_input_batch_size = best_effort_input_batch_size


def _infer_state_dtype(explicit_dtype: Any, state: Any) -> Any:
    """`explicit_dtype`, or that of all tensors of a state.

    Raises:
      ValueError: there are no tensors, or of several dtypes.
    """
    if explicit_dtype is not None:
        return explicit_dtype
    if not nest.is_sequence(state):
        return state.dtype
    found = [element.dtype for element in nest.flatten(state)]
    if not found:
        raise ValueError("Unable to infer dtype from empty state.")
    if any(dtype != found[0] for dtype in found):
        raise ValueError(
            "State has tensors of different inferred_dtypes. Unable to infer a single "
            "representative dtype."
        )
    return found[0]


def static_shape(size: Any) -> Any:
    """What is known of a size that may be a tensor."""
    return as_shape(constant_value(size)) if isinstance(size, Tensor) else size


def keep_reads_on_device(scope: Any) -> None:
    """Lets the variables of a scope be read once for all steps, unless a loop goes around.

    Then the read would be a value of an outer loop's turn.
    """
    context = get_default_graph()._get_control_flow_context()
    if GetContainingWhileContext(context) is None and scope.caching_device is None:
        scope.set_caching_device(lambda op: op.device)


def initial_state_of(cell: Any, batch_size: Any, dtype: Any) -> Any:
    """The state that a cell begins with."""
    if getattr(cell, "get_initial_state", None) is not None:
        return cell.get_initial_state(inputs=None, batch_size=batch_size, dtype=dtype)
    return cell.zero_state(batch_size, dtype)


def zero_outputs(batch_size: Any, sizes: Sequence[Any], dtype: Any) -> list[Tensor]:
    """Zeros for sizes of outputs."""
    return [array_ops.zeros(array_ops.stack(_concat(batch_size, size)), dtype) for size in sizes]


def is_tensor_array(x: Any) -> bool:
    """Whether a part of a state or output is an array of tensors, which steps write to."""
    return flow_of(x) is not x


def copied_through(finished: Any, old: Any, new: Any) -> Any:
    """`old` for the examples that are finished, else `new`; always `new` if it is no batch."""
    if is_tensor_array(old) or old.shape.ndims == 0:
        return new
    with colocate_with(new):
        return array_ops.where(finished, old, new)


def _rnn_step(
    time: Any,
    sequence_length: Any,
    min_sequence_length: Any,
    max_sequence_length: Any,
    zero_output: Any,
    state: Any,
    call_cell: Callable[[], Any],
    state_size: Any,
    skip_conditionals: bool = False,
) -> tuple[Any, Any]:
    """One step for a batch of sequences: those that are over give zeros and keep their state.

    Args:
      time: the number of the step.
      sequence_length: a vector of lengths; and the least and the greatest of them.
      zero_output: zeros in the structure of the cell's output.
      state: the present state.
      call_cell: makes the nodes of the step.
      state_size: not used.
      skip_conditionals: whether the cell runs although all sequences may be over.

    Returns:
      The output and the next state.
    """
    flat_state, flat_zero = nest.flatten(state), nest.flatten(zero_output)
    finished = time >= sequence_length

    def called() -> tuple[list[Any], list[Any]]:
        output, new_state = call_cell()
        nest.assert_same_structure(zero_output, output)
        nest.assert_same_structure(state, new_state)
        return nest.flatten(output), nest.flatten(new_state)

    def copied(output: list[Any], new_state: list[Any]) -> list[Any]:
        return [
            copied_through(finished, old, new)
            for old, new in zip(flat_zero + flat_state, output + new_state, strict=True)
        ]

    def stepped() -> Any:
        output, new_state = called()
        return cond(
            time < min_sequence_length,
            lambda: output + new_state,
            lambda: copied(output, new_state),
        )

    if skip_conditionals:
        found = copied(*called())
    else:
        found = cond(time >= max_sequence_length, lambda: flat_zero + flat_state, stepped)
    for new, old in zip(found, flat_zero + flat_state, strict=True):
        if not is_tensor_array(new):
            new.set_shape(old.get_shape())
    count = len(flat_zero)
    output = nest.pack_sequence_as(structure=zero_output, flat_sequence=found[:count])
    return output, nest.pack_sequence_as(structure=state, flat_sequence=found[count:])


def prepared_lengths(sequence_length: Any) -> tuple[Tensor, Tensor, Tensor]:
    """Lengths as int32, the least and the greatest of them."""
    lengths = math_ops.cast(sequence_length, dtypes.int32)
    return lengths, math_ops.reduce_min(lengths), math_ops.reduce_max(lengths)
