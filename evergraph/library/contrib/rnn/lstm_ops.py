"""Long short-term memory as one op for a step, or for all steps."""

import abc
from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.api.init_ops import constant_initializer
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.tensor import Tensor
from evergraph.library.keras.engine.input_spec import InputSpec
from evergraph.library.layers import base
from evergraph.library.rnn.cell import BIAS, KERNEL, LayerRNNCell
from evergraph.library.rnn.cells import LSTMStateTuple


def _lstm_block_cell(
    x: Any,
    cs_prev: Any,
    h_prev: Any,
    w: Any,
    b: Any,
    wci: Any = None,
    wcf: Any = None,
    wco: Any = None,
    forget_bias: float | None = None,
    cell_clip: float | None = None,
    use_peephole: bool | None = None,
    name: str | None = None,
) -> Any:
    """One step: i, cs, f, o, ci, co and h. Without diagonals these are zeros.

    Raises:
      ValueError: the size of the memory is not known, which then is needed.
    """
    if wci is None:
        units = cs_prev.get_shape().with_rank(2).dims[1].value
        if units is None:
            raise ValueError("cell_size from `cs_prev` should not be None.")
        wci = wcf = wco = array_ops.constant(0, dtype=dtypes.float32, shape=[units])
    return apply_op(
        "LSTMBlockCell",
        x,
        cs_prev,
        h_prev,
        w,
        wci,
        wcf,
        wco,
        b,
        name=name,
        **_settings(forget_bias, cell_clip, use_peephole),
    )


def _settings(
    forget_bias: float | None, cell_clip: float | None, use_peephole: bool | None
) -> dict[str, Any]:
    """The attrs of these ops; None for the bias and the peepholes is the op's default."""
    given = {"forget_bias": forget_bias, "use_peephole": use_peephole}
    found = {name: value for name, value in given.items() if value is not None}
    return found | {"cell_clip": -1 if cell_clip is None else cell_clip}


def _block_lstm(
    seq_len_max: Any,
    x: Any,
    w: Any,
    b: Any,
    cs_prev: Any = None,
    h_prev: Any = None,
    wci: Any = None,
    wcf: Any = None,
    wco: Any = None,
    forget_bias: float | None = None,
    cell_clip: float | None = None,
    use_peephole: bool | None = None,
    name: str | None = None,
) -> tuple[list[Tensor], ...]:
    """All steps over a list of inputs: lists of i, cs, f, o, ci, co and h.

    States and diagonals that are not given are zeros.

    Raises:
      ValueError: the size of the bias is not known.
    """
    dtype = x[0].dtype
    batch_size = x[0].get_shape().with_rank(2).dims[0].value
    gates = b.get_shape().with_rank(1).dims[0].value
    if gates is None:
        raise ValueError("`b` shape must not be None.")
    units = gates // 4
    if cs_prev is None or h_prev is None:
        zeros = array_ops.constant(0, dtype=dtype, shape=[batch_size, units])
        cs_prev = zeros if cs_prev is None else cs_prev
        h_prev = zeros if h_prev is None else h_prev
    if wci is None:
        wci = wcf = wco = array_ops.constant(0, dtype=dtype, shape=[units])
    found = apply_op(
        "BlockLSTM",
        seq_len_max,
        array_ops.stack(x),
        cs_prev,
        h_prev,
        w,
        wci,
        wcf,
        wco,
        b,
        name=name,
        **_settings(forget_bias, cell_clip, use_peephole),
    )
    return tuple(array_ops.unstack(values) for values in found)


class _Peepholes(base.Layer):
    """What both layers have: kernel, bias and the diagonals."""

    _num_units: int
    _use_peephole: bool

    def _add_weights(self, size: int) -> None:
        units = self._num_units
        self._kernel = self.add_weight(KERNEL, [size + units, units * 4])
        self._bias = self.add_weight(BIAS, [units * 4], initializer=constant_initializer(0.0))
        if self._use_peephole:
            self._w_i_diag = self.add_weight("w_i_diag", [units])
            self._w_f_diag = self.add_weight("w_f_diag", [units])
            self._w_o_diag = self.add_weight("w_o_diag", [units])
        self.built = True

    def _diagonals(self, dtype: Any) -> tuple[Any, Any, Any]:
        """wci, wcf and wco."""
        if self._use_peephole:
            return self._w_i_diag, self._w_f_diag, self._w_o_diag
        zeros = array_ops.zeros([self._num_units], dtype=dtype)
        return zeros, zeros, zeros


@export("contrib.rnn.LSTMBlockCell")
class LSTMBlockCell(LayerRNNCell, _Peepholes):
    """`LSTMCell` as one op, with the same variable names. Stands for
    `tf.contrib.rnn.LSTMBlockCell`.

    Args:
      num_units: the size of output and memory.
      forget_bias: added to the forget gate.
      cell_clip: the bound of the memory's values; None for none.
      use_peephole: whether the gates see the memory, by diagonals.
      dtype: the element type of the variables; default: float32.
      reuse: whether the variables are found in the scope rather than made.
      name: the name; default: that of `LSTMCell`.
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        cell_clip: float | None = None,
        use_peephole: bool = False,
        dtype: Any = None,
        reuse: bool | None = None,
        name: Any = "lstm_cell",
    ) -> None:
        super().__init__(_reuse=reuse, dtype=dtype, name=name)
        self._num_units = num_units
        self._forget_bias = forget_bias
        self._use_peephole = use_peephole
        self._cell_clip = -1 if cell_clip is None else cell_clip
        self.input_spec = InputSpec(ndim=2)

    @property
    def state_size(self) -> Any:
        return LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self) -> Any:
        return self._num_units

    def build(self, inputs_shape: Any) -> None:
        """Makes the variables; ValueError where the size of the inputs is not known."""
        size = inputs_shape.dims[1].value
        if not size:
            raise ValueError(f"Expecting inputs_shape[1] to be set: {inputs_shape}")
        self._add_weights(size)

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; ValueError if the state is no pair."""
        if len(state) != 2:
            raise ValueError("Expecting state to be a tuple with length 2.")
        wci, wcf, wco = self._diagonals(self.dtype)
        cs_prev, h_prev = state
        found = _lstm_block_cell(
            inputs,
            cs_prev,
            h_prev,
            self._kernel,
            self._bias,
            wci=wci,
            wcf=wcf,
            wco=wco,
            forget_bias=self._forget_bias,
            cell_clip=self._cell_clip,
            use_peephole=self._use_peephole,
        )
        return found.h, LSTMStateTuple(found.cs, found.h)


@export("contrib.rnn.LSTMBlockWrapper")
class LSTMBlockWrapper(base.Layer, metaclass=abc.ABCMeta):
    """What layers derive from that run an LSTM over all steps at once.

    A derived class has a property `num_units` and a method `_call_cell`. Stands for
    `tf.contrib.rnn.LSTMBlockWrapper`.
    """

    @property
    @abc.abstractmethod
    def num_units(self) -> int:
        """The size of output and memory."""

    @abc.abstractmethod
    def _call_cell(
        self,
        inputs: Any,
        initial_cell_state: Any,
        initial_output: Any,
        dtype: Any,
        sequence_length: Any,
    ) -> tuple[Any, Any]:
        """The memories and the outputs of all steps, [time, batch, num_units] both.

        The arguments are as of `call`, with a tensor of inputs and without None for the states.
        """

    def call(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
    ) -> Any:
        """Outputs and last state.

        Args:
          inputs: a tensor [time, batch, size], or a list of tensors, one a step; the outputs are
            alike.
          initial_state: a pair of memory and output; default: zeros of `dtype`.
          dtype: needed without a state.
          sequence_length: a vector of lengths. After its end a sequence gives zeros.

        Raises:
          ValueError: something is missing or not known, or the state is no pair.
        """
        as_list = isinstance(inputs, list)
        if as_list:
            inputs = array_ops.stack(inputs)
        shape = inputs.get_shape().with_rank(3)
        if not shape[2]:
            raise ValueError(f"Expecting inputs_shape[2] to be set: {shape}")
        time_steps, batch_size = shape.dims[0].value, shape.dims[1].value
        if batch_size is None:
            batch_size = array_ops.shape(inputs)[1]
        if time_steps is None:
            time_steps = array_ops.shape(inputs)[0]
        if initial_state is None:
            if dtype is None:
                raise ValueError("Either initial_state or dtype needs to be specified")
            zeros = array_ops.zeros(array_ops.stack([batch_size, self.num_units]), dtype=dtype)
            initial_state = zeros, zeros
        elif len(initial_state) != 2:
            raise ValueError("Expecting initial_state to be a tuple with length 2 or None")
        elif dtype is None:
            dtype = initial_state[0].dtype
        if sequence_length is not None:
            sequence_length = convert_to_tensor(sequence_length)
        first_memory, first_output = initial_state
        memories, outputs = self._call_cell(
            inputs, first_memory, first_output, dtype, sequence_length
        )
        if sequence_length is None:
            state = LSTMStateTuple(memories[-1], outputs[-1])
        else:
            mask = array_ops.sequence_mask(sequence_length, time_steps, dtype=dtype)
            mask = array_ops.expand_dims(array_ops.transpose(mask, [1, 0]), [-1])
            outputs *= array_ops.tile(mask, [1, 1, self.num_units])
            # The values before the first step stand in front: a length may be 0.
            all_memories, all_outputs = (
                array_ops.concat([array_ops.expand_dims(first, [0]), values], 0)
                for first, values in ((first_memory, memories), (first_output, outputs))
            )
            state = LSTMStateTuple(
                self._gather_states(all_memories, sequence_length, batch_size),
                self._gather_states(all_outputs, sequence_length, batch_size),
            )
        return array_ops.unstack(outputs) if as_list else outputs, state

    def _gather_states(self, data: Any, indices: Any, batch_size: Any) -> Tensor:
        """For each example the value at its index."""
        where = array_ops.stack([indices, math_ops.range(batch_size)], axis=1)
        return array_ops.gather_nd(data, where)


@export("contrib.rnn.LSTMBlockFusedCell")
class LSTMBlockFusedCell(LSTMBlockWrapper, _Peepholes):
    """An LSTM over all steps as one op, with the variable names of `LSTMCell`. Stands for
    `tf.contrib.rnn.LSTMBlockFusedCell`.

    Args:
      num_units: the size of output and memory.
      forget_bias: added to the forget gate.
      cell_clip: the bound of the memory's values; None for none.
      use_peephole: whether the gates see the memory, by diagonals.
      reuse: whether the variables are found in the scope rather than made.
      dtype: the element type of the variables.
      name: the name.
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        cell_clip: float | None = None,
        use_peephole: bool = False,
        reuse: bool | None = None,
        dtype: Any = None,
        name: Any = "lstm_fused_cell",
    ) -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype)
        self._num_units = num_units
        self._forget_bias = forget_bias
        self._cell_clip = -1 if cell_clip is None else cell_clip
        self._use_peephole = use_peephole
        self.input_spec = InputSpec(ndim=3)

    @property
    def num_units(self) -> int:
        return self._num_units

    def build(self, input_shape: TensorShape) -> None:
        self._add_weights(input_shape.dims[2].value)

    def _call_cell(
        self,
        inputs: Any,
        initial_cell_state: Any = None,
        initial_output: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
    ) -> tuple[Any, Any]:
        time_steps = inputs.get_shape().with_rank(3).dims[0].value
        if time_steps is None:
            time_steps = array_ops.shape(inputs)[0]
        diagonals = self._diagonals(dtype)
        greatest = time_steps if sequence_length is None else math_ops.reduce_max(sequence_length)
        found = apply_op(
            "BlockLSTM",
            math_ops.cast(greatest, dtypes.int64),
            inputs,
            initial_cell_state,
            initial_output,
            self._kernel,
            *diagonals,
            self._bias,
            **_settings(self._forget_bias, self._cell_clip, self._use_peephole),
        )
        return found.cs, found.h
