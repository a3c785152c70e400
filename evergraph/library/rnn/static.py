"""Cells over lists of inputs: the steps are nodes of their own."""

from typing import Any

from evergraph.api import array_ops
from evergraph.api.variable_scope import variable_scope
from evergraph.base import nest
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.tensor_shape import Dimension, dimension_at_index, dimension_value
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies
from evergraph.library.rnn.cell import _concat, assert_like_rnncell
from evergraph.library.rnn.common import (
    _infer_state_dtype,
    _rnn_step,
    initial_state_of,
    keep_reads_on_device,
    prepared_lengths,
    zero_outputs,
)


def _check_inputs(inputs: Any) -> None:
    if not nest.is_sequence(inputs):
        raise TypeError("inputs must be a sequence")
    if not inputs:
        raise ValueError("inputs must not be empty")


def _static_batch_size(first: Any, inputs: Any) -> Dimension:
    """The size of the first axis, which must not contradict other inputs; all others' must be
    known."""
    shape = first.get_shape()
    if shape.ndims == 1:
        return shape.dims[0]
    batch_size = shape.with_rank_at_least(2).dims[0]
    for x in nest.flatten(inputs):
        shape = x.get_shape().with_rank_at_least(2)
        batch_size.merge_with(dimension_at_index(shape, 0))
        for i, size in enumerate(shape[1:].dims):
            if size.value is None:
                raise ValueError(
                    f"Input size (dimension {i} of inputs) must be accessible via shape "
                    "inference, but saw value None."
                )
    return batch_size


@export("nn.static_rnn", "contrib.rnn.static_rnn", "nn.rnn")
@deprecated(
    None, "Please use `keras.layers.RNN(cell, unroll=True)`, which is equivalent to this API"
)
def static_rnn(
    cell: Any,
    inputs: Any,
    initial_state: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """The outputs of a cell for a list of inputs, and the last state. Stands for
    `tf.nn.static_rnn`.

    Args:
      cell: the cell.
      inputs: a list, one entry a step, of tensors [batch_size, ...] or structures of these.
      initial_state: the state to begin with; default: zeros of `dtype`.
      dtype: needed without a state, or where its dtypes differ.
      sequence_length: a vector of lengths. After its end a sequence gives zeros and keeps its
        state; after the end of all, the cell does not run.
      scope: the variable scope; default: "rnn".

    Raises:
      TypeError: `cell` is no cell, or `inputs` is no list.
      ValueError: there are no inputs, or something of them is not known.
    """
    assert_like_rnncell("cell", cell)
    _check_inputs(inputs)
    with variable_scope(scope or "rnn") as opened:
        keep_reads_on_device(opened)
        first = inputs
        while nest.is_sequence(first):
            first = first[0]
        static_size = dimension_value(_static_batch_size(first, inputs))
        batch_size = static_size or array_ops.shape(first)[0]
        state = initial_state
        if state is None:
            if not dtype:
                raise ValueError("If no initial_state is provided, dtype must be specified")
            state = initial_state_of(cell, batch_size, dtype)
        lengths: Any = None
        if sequence_length is not None:
            sequence_length = convert_to_tensor(sequence_length, name="sequence_length")
            if sequence_length.get_shape().ndims not in (None, 1):
                raise ValueError("sequence_length must be a vector of length batch_size")
            zeros = _zero_output(cell, batch_size, static_size, _infer_state_dtype(dtype, state))
            lengths = prepared_lengths(sequence_length)
        outputs = []
        for time, x in enumerate(inputs):
            if time > 0:
                opened.reuse_variables()
            if lengths is None:
                output, state = cell(x, state)
            else:
                output, state = _rnn_step(
                    time, *lengths, zeros, state, _call(cell, x, state), cell.state_size
                )
            outputs.append(output)
    return outputs, state


def _call(cell: Any, x: Any, state: Any) -> Any:
    return lambda: cell(x, state)


def _zero_output(cell: Any, batch_size: Any, static_size: int | None, dtype: Any) -> Any:
    sizes = nest.flatten(cell.output_size)
    zeros = []
    for size in sizes:
        zeros += zero_outputs(batch_size, [size], dtype)
        zeros[-1].set_shape(_concat(static_size, size, static=True))
    return nest.pack_sequence_as(structure=cell.output_size, flat_sequence=zeros)


@export("nn.static_state_saving_rnn", "contrib.rnn.static_state_saving_rnn", "nn.state_saving_rnn")
@deprecated(
    None, "Please use `keras.layers.RNN(cell, stateful=True)`, which is equivalent to this API"
)
def static_state_saving_rnn(
    cell: Any,
    inputs: Any,
    state_saver: Any,
    state_name: Any,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """`static_rnn` whose state comes from a keeper of states and goes back there.

    Stands for `tf.nn.static_state_saving_rnn`.

    Args:
      cell, inputs, sequence_length, scope: see `static_rnn`.
      state_saver: has methods `state(name)` and `save_state(name, value)`. The last output and the
        state wait until all is saved.
      state_name: the name of the state, or a tuple of names where the state is one.

    Raises:
      ValueError: there are not as many names as states.
    """
    state_size = cell.state_size
    several = nest.is_sequence(state_size)
    if several != nest.is_sequence(state_name):
        raise ValueError(
            "state_name should be the same type as cell.state_size.  state_name: "
            f"{state_name}, cell.state_size: {state_size}"
        )
    names, sizes = nest.flatten(state_name), nest.flatten(state_size)
    if len(names) != len(sizes):
        raise ValueError(f"#elems(state_name) != #elems(state_size): {len(names)} vs. {len(sizes)}")
    state = nest.pack_sequence_as(state_size, [state_saver.state(name) for name in names])
    outputs, state = static_rnn(
        cell, inputs, initial_state=state, sequence_length=sequence_length, scope=scope
    )
    flat_state = nest.flatten(state)
    saved = [
        state_saver.save_state(name, part) for name, part in zip(names, flat_state, strict=True)
    ]
    with control_dependencies(saved):
        outputs[-1] = nest.map_structure(array_ops.identity, outputs[-1])
        return outputs, nest.map_structure(array_ops.identity, state)


def _reverse_seq(input_seq: Any, lengths: Any) -> list[Any]:
    """A list of inputs in reverse; of each sequence as much as its length says."""
    if lengths is None:
        return list(reversed(input_seq))
    flat_inputs = [nest.flatten(x) for x in input_seq]
    columns = []
    for column in zip(*flat_inputs, strict=False):
        joined = array_ops.stack(column)
        columns.append(array_ops.unstack(array_ops.reverse_sequence(joined, lengths, 0, 1)))
    rows = zip(input_seq, zip(*columns, strict=True), strict=True)
    return [nest.pack_sequence_as(structure=x, flat_sequence=row) for x, row in rows]


@export(
    "nn.static_bidirectional_rnn", "contrib.rnn.static_bidirectional_rnn", "nn.bidirectional_rnn"
)
@deprecated(
    None,
    "Please use `keras.layers.Bidirectional(keras.layers.RNN(cell, unroll=True))`, which is "
    "equivalent to this API",
)
def static_bidirectional_rnn(
    cell_fw: Any,
    cell_bw: Any,
    inputs: Any,
    initial_state_fw: Any = None,
    initial_state_bw: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[list[Any], Any, Any]:
    """`static_rnn` forwards and backwards. Stands for `tf.nn.static_bidirectional_rnn`.

    Args:
      cell_fw, cell_bw: the cell of each direction.
      inputs, dtype, sequence_length: see `static_rnn`.
      initial_state_fw, initial_state_bw: the states to begin with.
      scope: the variable scope; default: "bidirectional_rnn".

    Returns:
      The outputs of both directions side by side, for each step; and the last state of each.
    """
    assert_like_rnncell("cell_fw", cell_fw)
    assert_like_rnncell("cell_bw", cell_bw)
    _check_inputs(inputs)
    with variable_scope(scope or "bidirectional_rnn"):
        with variable_scope("fw") as fw:
            outputs_fw, state_fw = static_rnn(
                cell_fw, inputs, initial_state_fw, dtype, sequence_length, scope=fw
            )
        with variable_scope("bw") as bw:
            reverse = _reverse_seq(inputs, sequence_length)
            outputs_bw, state_bw = static_rnn(
                cell_bw, reverse, initial_state_bw, dtype, sequence_length, scope=bw
            )
    outputs_bw = _reverse_seq(outputs_bw, sequence_length)
    pairs = zip(nest.flatten(outputs_fw), nest.flatten(outputs_bw), strict=False)
    joined = [array_ops.concat([forward, backward], 1) for forward, backward in pairs]
    return nest.pack_sequence_as(outputs_fw, joined), state_fw, state_bw


# The names of TensorFlow 0.12.
rnn = static_rnn
state_saving_rnn = static_state_saving_rnn
bidirectional_rnn = static_bidirectional_rnn
