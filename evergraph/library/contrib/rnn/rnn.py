"""Layers in both directions, one upon the other."""

from typing import Any

from evergraph.api import array_ops
from evergraph.api.variable_scope import variable_scope
from evergraph.base.export import export
from evergraph.library.rnn.dynamic import bidirectional_dynamic_rnn
from evergraph.library.rnn.static import static_bidirectional_rnn


def _check_cells(cells_fw: Any, cells_bw: Any) -> None:
    for name, cells in (("fw", cells_fw), ("bw", cells_bw)):
        if not cells:
            raise ValueError(f"Must specify at least one {name} cell for BidirectionalRNN.")
    for name, cells in (("fw", cells_fw), ("bw", cells_bw)):
        if not isinstance(cells, list):
            raise ValueError(f"cells_{name} must be a list of RNNCells (one per layer).")
    if len(cells_fw) != len(cells_bw):
        raise ValueError("Forward and Backward cells must have the same depth.")


def _states(name: str, states: Any, count: int) -> list[Any]:
    """A state, or None, for each layer."""
    if states is not None and (not isinstance(states, list) or len(states) != count):
        raise ValueError(f"initial_states_{name} must be a list of state tensors (one per layer).")
    return states or [None] * count


def _layers(
    cells_fw: Any, cells_bw: Any, initial_states_fw: Any, initial_states_bw: Any
) -> list[tuple[Any, Any, Any, Any]]:
    """The cells and the first states of each layer, checked."""
    _check_cells(cells_fw, cells_bw)
    count = len(cells_fw)
    states_fw = _states("fw", initial_states_fw, count)
    states_bw = _states("bw", initial_states_bw, count)
    return list(zip(cells_fw, cells_bw, states_fw, states_bw, strict=True))


@export("contrib.rnn.stack_bidirectional_rnn")
def stack_bidirectional_rnn(
    cells_fw: Any,
    cells_bw: Any,
    inputs: Any,
    initial_states_fw: Any = None,
    initial_states_bw: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[Any, tuple[Any, ...], tuple[Any, ...]]:
    """Layers of `tf.nn.static_bidirectional_rnn`, each upon the outputs of both directions of the
    one before. Stands for `tf.contrib.rnn.stack_bidirectional_rnn`.

    Args:
      cells_fw, cells_bw: a list of cells for each direction, one for each layer.
      inputs: a list of tensors, one a step.
      initial_states_fw, initial_states_bw: lists of states to begin with.
      dtype, sequence_length: see `tf.nn.static_rnn`.
      scope: the variable scope; default: "stack_bidirectional_rnn".

    Returns:
      The outputs of the last layer, and the last states of all layers, for each direction.

    Raises:
      ValueError: the lists are empty, no lists, or not of one length.
    """
    layers = _layers(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
    states_fw, states_bw = [], []
    with variable_scope(scope or "stack_bidirectional_rnn"):
        for i, (cell_fw, cell_bw, first_fw, first_bw) in enumerate(layers):
            with variable_scope(f"cell_{i}") as cell_scope:
                inputs, state_fw, state_bw = static_bidirectional_rnn(
                    cell_fw,
                    cell_bw,
                    inputs,
                    initial_state_fw=first_fw,
                    initial_state_bw=first_bw,
                    sequence_length=sequence_length,
                    dtype=dtype,
                    scope=cell_scope,
                )
            states_fw.append(state_fw)
            states_bw.append(state_bw)
    return inputs, tuple(states_fw), tuple(states_bw)


@export("contrib.rnn.stack_bidirectional_dynamic_rnn")
def stack_bidirectional_dynamic_rnn(
    cells_fw: Any,
    cells_bw: Any,
    inputs: Any,
    initial_states_fw: Any = None,
    initial_states_bw: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    parallel_iterations: int | None = None,
    time_major: bool = False,
    scope: Any = None,
    swap_memory: bool = False,
) -> tuple[Any, tuple[Any, ...], tuple[Any, ...]]:
    """Layers of `tf.nn.bidirectional_dynamic_rnn`, each upon the outputs of both directions of the
    one before. Stands for `tf.contrib.rnn.stack_bidirectional_dynamic_rnn`.

    Args:
      cells_fw, cells_bw: a list of cells for each direction, one for each layer.
      inputs: a tensor [batch, time, size].
      initial_states_fw, initial_states_bw: lists of states to begin with.
      dtype, sequence_length, parallel_iterations, time_major, swap_memory: see
        `tf.nn.dynamic_rnn`.
      scope: the variable scope; default: "stack_bidirectional_rnn".

    Returns:
      The outputs of the last layer, and the last states of all layers, for each direction.

    Raises:
      ValueError: the lists are empty, no lists, or not of one length.
    """
    layers = _layers(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
    states_fw, states_bw = [], []
    with variable_scope(scope or "stack_bidirectional_rnn"):
        for i, (cell_fw, cell_bw, first_fw, first_bw) in enumerate(layers):
            with variable_scope(f"cell_{i}"):
                outputs, (state_fw, state_bw) = bidirectional_dynamic_rnn(
                    cell_fw,
                    cell_bw,
                    inputs,
                    initial_state_fw=first_fw,
                    initial_state_bw=first_bw,
                    sequence_length=sequence_length,
                    parallel_iterations=parallel_iterations,
                    dtype=dtype,
                    swap_memory=swap_memory,
                    time_major=time_major,
                )
                inputs = array_ops.concat(outputs, 2)
            states_fw.append(state_fw)
            states_bw.append(state_bw)
    return inputs, tuple(states_fw), tuple(states_bw)
