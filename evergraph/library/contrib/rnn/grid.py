"""LSTM over a grid of times and frequencies."""

from collections import namedtuple
from typing import Any

from evergraph.api import array_ops, math_ops, nn_ops
from evergraph.api.variable_scope import get_variable, variable_scope
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.base.tensor_shape import dimension_value
from evergraph.library.contrib.rnn.sharded import _get_concat_variable, zero_bias
from evergraph.library.rnn.cell import RNNCell
from evergraph.library.rnn.cells import CONCATENATED
from evergraph.library.rnn.gates import clipped

# Gate → the diagonals by which it sees the memories along frequency and time.
Diagonals = dict[str, tuple[Any, Any]]


def _state_names(prefixes: list[str], blocks: list[int]) -> list[str]:
    """The names of memories and outputs, for each window of each block."""
    return [
        f"{prefix}_f{window:02d}_b{block:02d}_{part}"
        for prefix in prefixes
        for block, count in enumerate(blocks)
        for window in range(count)
        for part in "cm"
    ]


@export("contrib.rnn.GridLSTMCell")
class GridLSTMCell(RNNCell):
    """An LSTM cell along time and along windows of frequencies (Kalchbrenner et al. 2015). Stands
    for `tf.contrib.rnn.GridLSTMCell`.

    Args:
      num_units: the size of memory and output for each window and direction.
      use_peepholes: whether the gates see the memories, by diagonals.
      share_time_frequency_weights: whether both directions have the same weights.
      cell_clip: the bound of the memories' values.
      initializer: not used; the scope's counts.
      num_unit_shards: the number of parts of the kernels.
      forget_bias: added to the forget gates.
      feature_size: the size of a window.
      frequency_skip: how far the next window is.
      num_frequency_blocks: the number of windows of each block.
      start_freqindex_list, end_freqindex_list: where the blocks begin and end.
      couple_input_forget_gates: whether as much is forgotten as is taken in.
      state_is_tuple: whether the state is a named tuple, or all side by side.
      reuse: whether the variables are found in the scope rather than made.

    Raises:
      ValueError: there are no numbers of windows.
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        share_time_frequency_weights: bool = False,
        cell_clip: Any = None,
        initializer: Any = None,
        num_unit_shards: int = 1,
        forget_bias: Any = 1.0,
        feature_size: int | None = None,
        frequency_skip: int | None = None,
        num_frequency_blocks: Any = None,
        start_freqindex_list: Any = None,
        end_freqindex_list: Any = None,
        couple_input_forget_gates: bool = False,
        state_is_tuple: bool = True,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        if not state_is_tuple:
            logging.warn(CONCATENATED, self)
        self._num_units = num_units
        self._use_peepholes = use_peepholes
        self._share_time_frequency_weights = share_time_frequency_weights
        self._couple_input_forget_gates = couple_input_forget_gates
        self._state_is_tuple = state_is_tuple
        self._cell_clip = cell_clip
        self._initializer = initializer
        self._num_unit_shards = num_unit_shards
        self._forget_bias = forget_bias
        self._feature_size: Any = feature_size
        self._frequency_skip: Any = frequency_skip
        self._start_freqindex_list = start_freqindex_list
        self._end_freqindex_list = end_freqindex_list
        self._num_frequency_blocks = num_frequency_blocks
        if num_frequency_blocks is None:
            raise ValueError("Must specify num_frequency_blocks")
        self._total_blocks = sum(int(count) for count in num_frequency_blocks)
        self._state_tuple_type: Any = None
        self._state_size: Any = num_units * self._total_blocks * 2
        if state_is_tuple:
            self._set_state_type("GridLSTMStateTuple", ["state"])
        self._output_size = num_units * self._total_blocks * 2

    def _set_state_type(self, name: str, prefixes: list[str]) -> None:
        names = _state_names(prefixes, self._num_frequency_blocks)
        self._state_tuple_type = namedtuple(name, names)  # type: ignore[misc]
        self._state_size = self._state_tuple_type(*[self._num_units] * len(names))

    @property
    def output_size(self) -> Any:
        return self._output_size

    @property
    def state_size(self) -> Any:
        return self._state_size

    @property
    def state_tuple_type(self) -> Any:
        """The type of the state, None if it is no tuple."""
        return self._state_tuple_type

    def call(self, inputs: Any, state: Any) -> Any:
        batch_size = dimension_value(inputs.shape[0]) or array_ops.shape(inputs)[0]
        outputs, new_state = self._run(
            self._make_tf_features(inputs), state, batch_size, "state", self._state_is_tuple
        )
        if self._state_is_tuple:
            joined = self._state_tuple_type(*new_state)
        else:
            joined = array_ops.concat(new_state, 1)
        return array_ops.concat(outputs, 1), joined

    def _run(
        self, blocks: Any, state: Any, batch_size: Any, prefix: str, state_is_tuple: bool
    ) -> tuple[list[Any], list[Any]]:
        """Outputs and states of all blocks."""
        outputs, states = [], []
        for i, windows in enumerate(blocks):
            more_outputs, more_states = self._compute(
                windows, i, state, batch_size, prefix, state_is_tuple
            )
            outputs += more_outputs
            states += more_states
        return outputs, states

    def _compute(
        self,
        freq_inputs: Any,
        block: int,
        state: Any,
        batch_size: Any,
        state_prefix: str = "state",
        state_is_tuple: bool = True,
    ) -> tuple[list[Any], list[Any]]:
        """Outputs along time and frequency, and memories and outputs along time, of one block."""
        units, dtype = self._num_units, freq_inputs[0].dtype
        width = freq_inputs[0].get_shape().as_list()[1] + 2 * units
        weights = [self._weights_of("f", block, width, dtype)]
        if not self._share_time_frequency_weights:
            weights.append(self._weights_of("t", block, width, dtype))
        diagonals = [self._diagonals_of("freq", block, dtype)]
        if not self._share_time_frequency_weights:
            diagonals.append(self._diagonals_of("time", block, dtype))
        m_freq = array_ops.zeros([batch_size, units], dtype)
        c_freq = array_ops.zeros([batch_size, units], dtype)
        outputs, states = [], []
        for i, window in enumerate(freq_inputs):
            if state_is_tuple:
                name = f"{state_prefix}_f{i:02d}_b{block:02d}"
                c_time, m_time = getattr(state, name + "_c"), getattr(state, name + "_m")
            else:
                c_time = array_ops.slice(state, [0, 2 * i * units], [-1, units])
                m_time = array_ops.slice(state, [0, (2 * i + 1) * units], [-1, units])
            joined = array_ops.concat([window, m_time, m_freq], 1)
            gates = [self._gates_of(joined, *pair) for pair in weights]
            before = c_freq, c_time
            # Where weights are shared, the last of each list is the first.
            c_freq = self._memory_of(gates[0], diagonals[0], before, c_freq)
            c_time = self._memory_of(gates[-1], diagonals[-1], before, c_time)
            memories = c_freq, c_time
            m_freq = self._output_of(gates[0], diagonals[0], memories, c_freq)
            m_time = self._output_of(gates[-1], diagonals[-1], memories, c_time)
            states += [c_time, m_time]
            outputs += [m_time, m_freq]
        return outputs, states

    def _weights_of(self, letter: str, block: int, width: int, dtype: Any) -> tuple[Any, Any]:
        """Kernel and bias of the gates along frequency ("f") or time ("t")."""
        size = (3 if self._couple_input_forget_gates else 4) * self._num_units
        kernel = _get_concat_variable(
            f"W_{letter}_{block}", [width, size], dtype, self._num_unit_shards
        )
        return kernel, zero_bias(f"B_{letter}_{block}", size, dtype)

    def _diagonals_of(self, source: str, block: int, dtype: Any) -> Diagonals:
        if not self._use_peepholes:
            return {}
        return {
            gate: tuple(  # type: ignore[misc]
                get_variable(
                    f"W_{gate}_diag_{source}{seen}_{block}", shape=[self._num_units], dtype=dtype
                )
                for seen in "ft"
            )
            for gate in ("IO" if self._couple_input_forget_gates else "FIO")
        }

    def _gates_of(self, joined: Any, kernel: Any, bias: Any) -> dict[str, Any]:
        names = "IJO" if self._couple_input_forget_gates else "IJFO"
        product = nn_ops.bias_add(math_ops.matmul(joined, kernel), bias)
        parts = array_ops.split(value=product, num_or_size_splits=len(names), axis=1)
        return dict(zip(names, parts, strict=True))

    def _memory_of(
        self, gates: dict[str, Any], diagonals: Diagonals, seen: tuple[Any, Any], c: Any
    ) -> Any:
        """The next memory where the present one is `c`, and the gates see those in `seen`."""
        take = math_ops.sigmoid(_peeped(gates["I"], diagonals.get("I"), seen))
        if self._couple_input_forget_gates:
            keep = 1.0 - take
        else:
            keep = gates["F"] + self._forget_bias
            keep = math_ops.sigmoid(_peeped(keep, diagonals.get("F"), seen))
        return clipped(keep * c + take * math_ops.tanh(gates["J"]), self._cell_clip)

    def _output_of(
        self, gates: dict[str, Any], diagonals: Diagonals, seen: tuple[Any, Any], c: Any
    ) -> Any:
        return math_ops.sigmoid(_peeped(gates["O"], diagonals.get("O"), seen)) * math_ops.tanh(c)

    def _make_tf_features(self, input_feat: Any, slice_offset: int = 0) -> list[list[Any]]:
        """The windows of each block, moved by an offset.

        Raises:
          ValueError: the size of the inputs is not known, or the numbers do not fit.
        """
        size = input_feat.get_shape().with_rank(2).dims[-1].value
        if size is None:
            raise ValueError("Cannot infer input_size from static shape inference.")
        inputs = input_feat
        if slice_offset:
            room = [0, 0, max(-slice_offset, 0), max(slice_offset, 0)]
            room = array_ops.constant(room, shape=[2, 2], dtype=dtypes.int32)
            inputs = array_ops.pad(input_feat, room, "CONSTANT")
        shift = max(slice_offset, 0)
        counts, blocks = self._num_frequency_blocks, []
        for count, (start, end) in zip(counts, self._bounds(size), strict=True):
            found = int((end - start - self._feature_size) / self._frequency_skip) + 1
            if found != count:
                raise ValueError(
                    f"Invalid num_frequency_blocks, requires {count} but gets {found}, please "
                    "check the input size and filter config are correct."
                )
            blocks.append(
                [
                    array_ops.slice(
                        inputs,
                        [0, start + shift + i * self._frequency_skip],
                        [-1, self._feature_size],
                    )
                    for i in range(count)
                ]
            )
        return blocks

    def _bounds(self, size: int) -> list[tuple[int, int]]:
        """Where the blocks begin and end."""
        starts, ends = self._start_freqindex_list, self._end_freqindex_list
        count = len(self._num_frequency_blocks)
        if not starts:
            if count != 1:
                raise ValueError(f"Length of num_frequency_blocks is not 1, but instead is {count}")
            return [(0, size)]
        # The numbers are arguments of the errors here, as in TensorFlow.
        if len(starts) != len(ends):
            raise ValueError(
                "Length of start and end freqindex_list does not match %d %d",
                len(starts),
                len(ends),
            )
        if count != len(starts):
            raise ValueError(
                "Length of num_frequency_blocks is not equal to start_freqindex_list %d %d",
                count,
                len(starts),
            )
        return list(zip(starts, ends, strict=True))


def _peeped(gate: Any, diagonals: tuple[Any, Any] | None, seen: tuple[Any, Any]) -> Any:
    """A gate with what it sees of both memories."""
    if diagonals is None:
        return gate
    return gate + diagonals[0] * seen[0] + diagonals[1] * seen[1]


@export("contrib.rnn.BidirectionalGridLSTMCell")
class BidirectionalGridLSTMCell(GridLSTMCell):
    """`GridLSTMCell` up and down the frequencies. Stands for
    `tf.contrib.rnn.BidirectionalGridLSTMCell`.

    Args:
      backward_slice_offset: how far the windows of the way down are moved.
      The others are as of `GridLSTMCell`.
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        share_time_frequency_weights: bool = False,
        cell_clip: Any = None,
        initializer: Any = None,
        num_unit_shards: int = 1,
        forget_bias: Any = 1.0,
        feature_size: int | None = None,
        frequency_skip: int | None = None,
        num_frequency_blocks: Any = None,
        start_freqindex_list: Any = None,
        end_freqindex_list: Any = None,
        couple_input_forget_gates: bool = False,
        backward_slice_offset: int = 0,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(
            num_units,
            use_peepholes,
            share_time_frequency_weights,
            cell_clip,
            initializer,
            num_unit_shards,
            forget_bias,
            feature_size,
            frequency_skip,
            num_frequency_blocks,
            start_freqindex_list,
            end_freqindex_list,
            couple_input_forget_gates,
            True,
            reuse,
        )
        self._backward_slice_offset = int(backward_slice_offset)
        self._set_state_type("BidirectionalGridLSTMStateTuple", ["fwd_state", "bwd_state"])
        self._output_size = 2 * num_units * self._total_blocks * 2

    def call(self, inputs: Any, state: Any) -> Any:
        batch_size = dimension_value(inputs.shape[0]) or array_ops.shape(inputs)[0]
        forward = backward = self._make_tf_features(inputs)
        if self._backward_slice_offset:
            backward = self._make_tf_features(inputs, self._backward_slice_offset)
        with variable_scope("fwd"):
            outputs, states = self._run(forward, state, batch_size, "fwd_state", True)
        with variable_scope("bwd"):
            reversed_blocks = [windows[::-1] for windows in backward]
            more_outputs, more_states = self._run(
                reversed_blocks, state, batch_size, "bwd_state", True
            )
        joined = self._state_tuple_type(*states, *more_states)
        return array_ops.concat(outputs + more_outputs, 1), joined
