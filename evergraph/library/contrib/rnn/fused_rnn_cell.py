"""Cells that run over all steps themselves."""

import abc
from typing import Any

from evergraph.api import array_ops
from evergraph.base.export import export
from evergraph.library.rnn.dynamic import dynamic_rnn
from evergraph.library.rnn.static import static_rnn


@export("contrib.rnn.FusedRNNCell")
class FusedRNNCell(metaclass=abc.ABCMeta):
    """What cells over all steps are: callable. Stands for `tf.contrib.rnn.FusedRNNCell`."""

    @abc.abstractmethod
    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
        scope: Any = None,
    ) -> Any:
        """Outputs and last state.

        Args:
          inputs: a tensor [time, batch, size], or a list of tensors, one a step; the outputs are
            alike.
          initial_state: the state to begin with; default: zeros of `dtype`.
          dtype: needed without a state.
          sequence_length: a vector of lengths.
          scope: the variable scope.
        """


@export("contrib.rnn.FusedRNNCellAdaptor")
class FusedRNNCellAdaptor(FusedRNNCell):
    """A cell over all steps made of one for a step. Stands for
    `tf.contrib.rnn.FusedRNNCellAdaptor`.

    Args:
      cell: the cell.
      use_dynamic_rnn: whether the steps are turns of a loop, or nodes of their own.
    """

    def __init__(self, cell: Any, use_dynamic_rnn: bool = False) -> None:
        self._cell = cell
        self._use_dynamic_rnn = use_dynamic_rnn

    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
        scope: Any = None,
    ) -> Any:
        """Outputs and last state, as of `FusedRNNCell`."""
        as_list = isinstance(inputs, list)
        arguments = {
            "sequence_length": sequence_length,
            "initial_state": initial_state,
            "dtype": dtype,
            "scope": scope,
        }
        if self._use_dynamic_rnn:
            joined = array_ops.stack(inputs) if as_list else inputs
            outputs, state = dynamic_rnn(self._cell, joined, time_major=True, **arguments)
            return array_ops.unstack(outputs) if as_list else outputs, state
        parts = inputs if as_list else array_ops.unstack(inputs)
        outputs, state = static_rnn(self._cell, parts, **arguments)
        return outputs if as_list else array_ops.stack(outputs), state


@export("contrib.rnn.TimeReversedFusedRNN")
class TimeReversedFusedRNN(FusedRNNCell):
    """A cell over all steps that begins at the end. Stands for
    `tf.contrib.rnn.TimeReversedFusedRNN`.

    Args:
      cell: a FusedRNNCell.
    """

    def __init__(self, cell: Any) -> None:
        self._cell = cell

    def _reverse(self, t: Any, lengths: Any) -> Any:
        if isinstance(t, list):
            return t[::-1]
        if lengths is None:
            return array_ops.reverse(t, [0])
        return array_ops.reverse_sequence(t, lengths, 0, 1)

    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
        scope: Any = None,
    ) -> Any:
        """Outputs and last state, as of `FusedRNNCell`."""
        outputs, state = self._cell(
            self._reverse(inputs, sequence_length),
            initial_state=initial_state,
            dtype=dtype,
            sequence_length=sequence_length,
            scope=scope,
        )
        return self._reverse(outputs, sequence_length), state
