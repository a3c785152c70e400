"""Cells over a time axis: the steps are turns of a loop."""

from collections.abc import Sequence
from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.api.assertion import Assert
from evergraph.api.tensor_array_ops import TensorArray
from evergraph.api.variable_scope import variable_scope
from evergraph.api.while_loop import while_loop
from evergraph.base import dtypes, nest
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.rnn.cell import _concat, assert_like_rnncell
from evergraph.library.rnn.common import (
    _infer_state_dtype,
    _rnn_step,
    best_effort_input_batch_size,
    initial_state_of,
    keep_reads_on_device,
    static_shape,
    transpose_batch_time,
    zero_outputs,
)


@export("nn.dynamic_rnn")
@deprecated(None, "Please use `keras.layers.RNN(cell)`, which is equivalent to this API")
def dynamic_rnn(
    cell: Any,
    inputs: Any,
    sequence_length: Any = None,
    initial_state: Any = None,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    swap_memory: bool = False,
    time_major: bool = False,
    scope: Any = None,
) -> tuple[Any, Any]:
    """The outputs of a cell over time, and the last state. Stands for `tf.nn.dynamic_rnn`.

    Args:
      cell: the cell.
      inputs: a tensor [batch, time, ...] or a structure of such.
      sequence_length: a vector of lengths. After its end a sequence gives zeros and keeps its
        state.
      initial_state: the state to begin with; default: zeros of `dtype`.
      dtype: needed without a state, or where its dtypes differ; the outputs have it.
      parallel_iterations, swap_memory: see `tf.while_loop`; default: 32 and False.
      time_major: whether inputs and outputs are [time, batch, ...], which saves transposing them.
      scope: the variable scope; default: "rnn".

    Returns:
      The outputs [batch, time, ...] in the structure of `cell.output_size`, and the last state.

    Raises:
      TypeError: `cell` is no cell.
      ValueError: there is neither state nor dtype; sizes are unknown or do not fit.
    """
    assert_like_rnncell("cell", cell)
    with variable_scope(scope or "rnn") as opened:
        keep_reads_on_device(opened)
        flat_input = nest.flatten(inputs)
        if not time_major:
            flat_input = [convert_to_tensor(x) for x in flat_input]
            flat_input = [transpose_batch_time(x) for x in flat_input]
        if sequence_length is not None:
            sequence_length = math_ops.cast(sequence_length, dtypes.int32)
            if sequence_length.get_shape().ndims not in (None, 1):
                raise ValueError(
                    "sequence_length must be a vector of length batch_size, but saw shape: "
                    f"{sequence_length.get_shape()}"
                )
            sequence_length = array_ops.identity(sequence_length, name="sequence_length")
        batch_size = best_effort_input_batch_size(flat_input)
        state = initial_state
        if state is None:
            if not dtype:
                raise ValueError("If there is no initial_state, you must give a dtype.")
            state = initial_state_of(cell, batch_size, dtype)
        if sequence_length is not None:
            with control_dependencies([_assert_has_shape(sequence_length, [batch_size])]):
                sequence_length = array_ops.identity(sequence_length, name="CheckSeqLen")
        outputs, state = _dynamic_rnn_loop(
            cell,
            nest.pack_sequence_as(structure=inputs, flat_sequence=flat_input),
            state,
            parallel_iterations=parallel_iterations or 32,
            swap_memory=swap_memory,
            sequence_length=sequence_length,
            dtype=dtype,
        )
        if not time_major:
            outputs = nest.map_structure(transpose_batch_time, outputs)
        return outputs, state


def _assert_has_shape(x: Tensor, shape: Any) -> Operation:
    found, wanted = array_ops.shape(x), array_ops.stack(shape)
    return Assert(
        math_ops.reduce_all(math_ops.equal(found, wanted)),
        [f"Expected shape for Tensor {x.name} is ", wanted, " but saw shape: ", found],
    )


def _checked_shapes(flat_input: Sequence[Any]) -> list[TensorShape]:
    """The shapes of inputs [time, batch, ...], whose sizes must be known and agree."""
    shapes = [x.get_shape().with_rank_at_least(3) for x in flat_input]
    time_steps, batch_size = shapes[0].as_list()[:2]
    for shape in shapes:
        if not shape[2:].is_fully_defined():
            raise ValueError(
                "Input size (depth of inputs) must be accessible via shape inference, but saw "
                "value None."
            )
        if shape.dims[0].value != time_steps:
            raise ValueError(
                "Time steps is not the same for all the elements in the input in a batch."
            )
        if shape.dims[1].value != batch_size:
            raise ValueError("Batch_size is not the same for all the elements in the input.")
    return shapes


def _dynamic_rnn_loop(
    cell: Any,
    inputs: Any,
    initial_state: Any,
    parallel_iterations: int,
    swap_memory: bool,
    sequence_length: Any = None,
    dtype: Any = None,
) -> tuple[Any, Any]:
    """The loop of `dynamic_rnn`, over inputs [time, batch, ...]."""
    assert isinstance(parallel_iterations, int), "parallel_iterations must be int"
    flat_input = nest.flatten(inputs)
    sizes = nest.flatten(cell.output_size)
    time_steps = array_ops.shape(flat_input[0])[0]
    batch_size = best_effort_input_batch_size(flat_input)
    shapes = _checked_shapes(flat_input)
    static_time, static_batch = shapes[0].as_list()[:2]
    output_dtype = _infer_state_dtype(dtype, initial_state)
    zero_output = nest.pack_sequence_as(
        structure=cell.output_size, flat_sequence=zero_outputs(batch_size, sizes, output_dtype)
    )
    least, greatest = None, time_steps
    if sequence_length is not None:
        least = math_ops.reduce_min(sequence_length)
        greatest = math_ops.reduce_max(sequence_length)
    time = constant(0, dtype=dtypes.int32, name="time")
    with name_scope("dynamic_rnn") as prefix:
        pass

    def array(name: str, element_shape: Any, dtype: Any) -> Any:
        return TensorArray(
            dtype=dtype,
            size=time_steps,
            element_shape=element_shape,
            tensor_array_name=prefix + name,
        )

    batch = TensorShape([static_batch])
    output_arrays = tuple(
        array(f"output_{i}", batch.concatenate(static_shape(size)), output_dtype)
        for i, size in enumerate(sizes)
    )
    input_arrays = [array(f"input_{i}", x.shape[1:], x.dtype) for i, x in enumerate(flat_input)]
    input_arrays = [a.unstack(x) for a, x in zip(input_arrays, flat_input, strict=True)]

    def step(time: Any, arrays: Any, state: Any) -> Any:
        flat = [a.read(time) for a in input_arrays]
        for x, shape in zip(flat, shapes, strict=True):
            x.set_shape(shape[1:])
        present = nest.pack_sequence_as(structure=inputs, flat_sequence=flat)
        if sequence_length is None:
            output, state = cell(present, state)
        else:
            output, state = _rnn_step(
                time,
                sequence_length,
                least,
                greatest,
                zero_output,
                state,
                lambda: cell(present, state),
                cell.state_size,
                skip_conditionals=True,
            )
        flat_output = nest.flatten(output)
        # The cell may give more than it said; what it said counts.
        written = [a.write(time, x) for a, x in zip(arrays, flat_output, strict=False)]
        return time + 1, tuple(written), state

    bound = math_ops.minimum(time_steps, math_ops.maximum(1, greatest))
    _, output_arrays, state = while_loop(
        cond=lambda time, *_: time < bound,
        body=step,
        loop_vars=(time, output_arrays, initial_state),
        parallel_iterations=parallel_iterations,
        maximum_iterations=time_steps,
        swap_memory=swap_memory,
    )
    outputs = [a.stack() for a in output_arrays]
    for output, size in zip(outputs, sizes, strict=True):
        output.set_shape(_concat([static_time, static_batch], size, static=True))
    return nest.pack_sequence_as(structure=cell.output_size, flat_sequence=outputs), state


@export("nn.bidirectional_dynamic_rnn")
@deprecated(
    None,
    "Please use `keras.layers.Bidirectional(keras.layers.RNN(cell))`, which is equivalent to this "
    "API",
)
def bidirectional_dynamic_rnn(
    cell_fw: Any,
    cell_bw: Any,
    inputs: Any,
    sequence_length: Any = None,
    initial_state_fw: Any = None,
    initial_state_bw: Any = None,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    swap_memory: bool = False,
    time_major: bool = False,
    scope: Any = None,
) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """`dynamic_rnn` forwards and backwards. Stands for `tf.nn.bidirectional_dynamic_rnn`.

    Args:
      cell_fw, cell_bw: the cell of each direction.
      inputs, sequence_length, dtype, parallel_iterations, swap_memory, time_major: see
        `dynamic_rnn`.
      initial_state_fw, initial_state_bw: the states to begin with.
      scope: the variable scope; default: "bidirectional_rnn".

    Returns:
      The pair of outputs and the pair of last states, forward first. `tf.concat(outputs, 2)` joins
      the outputs.
    """
    assert_like_rnncell("cell_fw", cell_fw)
    assert_like_rnncell("cell_bw", cell_bw)
    time_axis, batch_axis = (0, 1) if time_major else (1, 0)

    def reverse(x: Any) -> Tensor:
        if sequence_length is None:
            return array_ops.reverse(x, axis=[time_axis])
        return array_ops.reverse_sequence(
            input=x, seq_lengths=sequence_length, seq_axis=time_axis, batch_axis=batch_axis
        )

    def run(cell: Any, inputs: Any, state: Any, scope: Any) -> tuple[Any, Any]:
        return dynamic_rnn(
            cell=cell,
            inputs=inputs,
            sequence_length=sequence_length,
            initial_state=state,
            dtype=dtype,
            parallel_iterations=parallel_iterations,
            swap_memory=swap_memory,
            time_major=time_major,
            scope=scope,
        )

    with variable_scope(scope or "bidirectional_rnn"):
        with variable_scope("fw") as fw:
            output_fw, state_fw = run(cell_fw, inputs, initial_state_fw, fw)
        with variable_scope("bw") as bw:
            reversed_inputs = nest.map_structure(reverse, inputs)
            output_bw, state_bw = run(cell_bw, reversed_inputs, initial_state_bw, bw)
    return (output_fw, reverse(output_bw)), (state_fw, state_bw)
