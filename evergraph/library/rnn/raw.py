"""A cell in a loop whose inputs a function chooses at each turn."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.api.tensor_array_ops import TensorArray
from evergraph.api.variable_scope import variable_scope
from evergraph.api.while_loop import while_loop
from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape, dimension_at_index
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.library.rnn.cell import _concat, assert_like_rnncell
from evergraph.library.rnn.common import copied_through, keep_reads_on_device, static_shape


def _batch_sizes(flat_input: list[Any]) -> tuple[int | None, Any]:
    """The batch size if it is known, and as an int or a tensor."""
    sizes = [dimension_at_index(x.get_shape(), 0) for x in flat_input]
    for size in sizes:
        sizes[0].merge_with(size)
    static = sizes[0].value
    return static, array_ops.shape(flat_input[0])[0] if static is None else static


def _emitted(emit: Any, cell: Any, state_dtype: Any) -> tuple[Any, list[Any], list[Any]]:
    """The structure of what is emitted, and the sizes and dtypes of its parts."""
    if emit is None:
        sizes = nest.flatten(cell.output_size)
        return cell.output_size, sizes, [state_dtype] * len(sizes)
    parts = nest.flatten(emit)
    sizes = [x.shape if x.shape.is_fully_defined() else array_ops.shape(x) for x in parts]
    return emit, sizes, [x.dtype for x in parts]


@export("nn.raw_rnn")
def raw_rnn(
    cell: Any,
    loop_fn: Callable[..., Any],
    parallel_iterations: int | None = None,
    swap_memory: bool = False,
    scope: Any = None,
) -> tuple[Any, Any, Any]:
    """A loop of cell and `loop_fn`, which chooses inputs, states and outputs. Stands for
    `tf.nn.raw_rnn`.

    `loop_fn(time, cell_output, cell_state, loop_state)` is called once before the loop with time 0
    and None for the others, and then after each step of the cell. It returns a tuple of

    * which examples are finished, a bool vector: their state stays and they emit zeros;
    * the next input of the cell;
    * the next state, at first the one to begin with;
    * what to emit, at first its structure with tensors of the sizes without the batch, or None for
      that of `cell.output_size`;
    * a state of the loop's own, or None.

    Args:
      cell: the cell.
      loop_fn: the function.
      parallel_iterations, swap_memory: see `tf.while_loop`; default: 32 and False.
      scope: the variable scope; default: "rnn".

    Returns:
      TensorArrays of what was emitted, the last state, and the loop's last state.

    Raises:
      TypeError: `cell` is no cell, or `loop_fn` is not callable.
      ValueError: structures change between calls.
    """
    assert_like_rnncell("cell", cell)
    if not callable(loop_fn):
        raise TypeError("loop_fn must be a callable")
    with variable_scope(scope or "rnn") as opened:
        keep_reads_on_device(opened)
        time = constant(0, dtype=dtypes.int32)
        finished, next_input, state, emit, own_state = loop_fn(time, None, None, None)
        loop_state = constant(0, dtype=dtypes.int32) if own_state is None else own_state
        static_batch, batch_size = _batch_sizes(nest.flatten(next_input))
        nest.assert_same_structure(state, cell.state_size)
        flat_state = [convert_to_tensor(s) for s in nest.flatten(state)]
        state = nest.pack_sequence_as(structure=state, flat_sequence=flat_state)
        emit, sizes, emit_dtypes = _emitted(emit, cell, flat_state[0].dtype)
        arrays = [
            TensorArray(
                dtype=dtype,
                dynamic_size=True,
                element_shape=TensorShape([static_batch]).concatenate(static_shape(size)),
                size=0,
                name=f"rnn_output_{i}",
            )
            for i, (dtype, size) in enumerate(zip(emit_dtypes, sizes, strict=True))
        ]
        zeros = [
            array_ops.zeros(_concat(batch_size, size), dtype)
            for size, dtype in zip(sizes, emit_dtypes, strict=True)
        ]
        emit_array = nest.pack_sequence_as(structure=emit, flat_sequence=arrays)
        zero_emit = nest.pack_sequence_as(structure=emit, flat_sequence=zeros)
        returned = while_loop(
            lambda time, finished, *_: math_ops.logical_not(math_ops.reduce_all(finished)),
            _body(cell, loop_fn, zero_emit),
            loop_vars=[time, finished, next_input, emit_array, state, loop_state],
            parallel_iterations=parallel_iterations or 32,
            swap_memory=swap_memory,
        )
    emit_array, state, loop_state = returned[-3:]
    return emit_array, state, None if own_state is None else loop_state


def _body(cell: Any, loop_fn: Callable[..., Any], zero_emit: Any) -> Callable[..., Any]:
    """One turn of the loop of `raw_rnn`."""

    def body(
        time: Any, finished: Any, inputs: Any, arrays: Any, state: Any, loop_state: Any
    ) -> tuple[Any, ...]:
        output, cell_state = cell(inputs, state)
        nest.assert_same_structure(state, cell_state)
        nest.assert_same_structure(cell.output_size, output)
        next_time = time + 1
        next_finished, next_input, next_state, emit, next_loop_state = loop_fn(
            next_time, output, cell_state, loop_state
        )
        nest.assert_same_structure(state, next_state)
        nest.assert_same_structure(inputs, next_input)
        nest.assert_same_structure(arrays, emit)

        def copied(old: Any, new: Any) -> Any:
            return nest.map_structure(lambda a, b: copied_through(finished, a, b), old, new)

        emit = copied(zero_emit, emit)
        next_state = copied(state, next_state)
        arrays = nest.map_structure(lambda a, x: a.write(time, x), arrays, emit)
        return (
            next_time,
            math_ops.logical_or(finished, next_finished),
            next_input,
            arrays,
            next_state,
            loop_state if next_loop_state is None else next_loop_state,
        )

    return body
