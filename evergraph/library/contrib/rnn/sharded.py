"""Cells whose kernels are variables W_0, W_1, ...: coupled gates, and LSTM over frequencies."""

from typing import Any

from evergraph.api import array_ops, math_ops, nn_ops
from evergraph.api.init_ops import zeros_initializer
from evergraph.api.variable_scope import get_variable
from evergraph.api.variable_scope_state import get_variable_scope
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.defaults import add_to_collection, get_collection
from evergraph.graph.keys import GraphKeys
from evergraph.library.contrib.rnn.normed import _norm
from evergraph.library.rnn.cell import RNNCell
from evergraph.library.rnn.cells import CONCATENATED, LSTMStateTuple
from evergraph.library.rnn.gates import clipped, lstm_memory, lstm_output


def _get_sharded_variable(name: str, shape: Any, dtype: Any, num_shards: int) -> list[Any]:
    """Variables that together have this shape, apart along the first axis.

    Raises:
      ValueError: there are more parts than rows.
    """
    if num_shards > shape[0]:
        raise ValueError(f"Too many shards: shape={shape}, num_shards={num_shards}")
    rows, remaining = divmod(shape[0], num_shards)
    return [
        get_variable(f"{name}_{i}", [rows + (i < remaining), *shape[1:]], dtype=dtype)
        for i in range(num_shards)
    ]


def _get_concat_variable(name: str, shape: Any, dtype: Any, num_shards: int) -> Any:
    """A variable in parts, as one tensor; the same tensor each time."""
    parts = _get_sharded_variable(name, shape, dtype, num_shards)
    if len(parts) == 1:
        return parts[0]
    full_name = f"{get_variable_scope().name}/{name}/concat:0"
    for value in get_collection(GraphKeys.CONCATENATED_VARIABLES):
        if value.name == full_name:
            return value
    joined = array_ops.concat(parts, 0, name=name + "/concat")
    add_to_collection(GraphKeys.CONCATENATED_VARIABLES, joined)
    return joined


def zero_bias(name: str, size: int, dtype: Any) -> Any:
    """A variable of zeros."""
    return get_variable(name, shape=[size], initializer=zeros_initializer(), dtype=dtype)


@export("contrib.rnn.CoupledInputForgetGateLSTMCell")
class CoupledInputForgetGateLSTMCell(RNNCell):
    """An LSTM cell that forgets as much as it takes in (Greff et al. 2015). Stands for
    `tf.contrib.rnn.CoupledInputForgetGateLSTMCell`.

    Args:
      num_units: the size of the memory, and of the output unless `num_proj` says otherwise.
      use_peepholes: whether the gates see the memory, by diagonals.
      initializer: not used; the scope's counts.
      num_proj: the size that the output is projected to.
      proj_clip: the bound of the projected values.
      num_unit_shards, num_proj_shards: the numbers of parts of the kernels.
      forget_bias: added to the forget gate.
      state_is_tuple: whether states are `LSTMStateTuple`s, or both tensors side by side.
      activation: a function.
      reuse: whether the variables are found in the scope rather than made.
      layer_norm: whether gates and memory are normalized; then there is no bias.
      norm_gain, norm_shift: initial values of the normalization's variables.
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        initializer: Any = None,
        num_proj: int | None = None,
        proj_clip: Any = None,
        num_unit_shards: int = 1,
        num_proj_shards: int = 1,
        forget_bias: Any = 1.0,
        state_is_tuple: bool = True,
        activation: Any = math_ops.tanh,
        reuse: bool | None = None,
        layer_norm: bool = False,
        norm_gain: float = 1.0,
        norm_shift: float = 0.0,
    ) -> None:
        super().__init__(_reuse=reuse)
        if not state_is_tuple:
            logging.warn(CONCATENATED, self)
        self._num_units = num_units
        self._use_peepholes = use_peepholes
        self._initializer = initializer
        self._num_proj = num_proj
        self._proj_clip = proj_clip
        self._num_unit_shards = num_unit_shards
        self._num_proj_shards = num_proj_shards
        self._forget_bias = forget_bias
        self._state_is_tuple = state_is_tuple
        self._activation = activation
        self._layer_norm = layer_norm
        self._norm_gain = norm_gain
        self._norm_shift = norm_shift
        self._output_size = num_proj or num_units
        sizes = LSTMStateTuple(num_units, self._output_size)
        self._state_size: Any = sizes if state_is_tuple else sum(sizes)

    @property
    def state_size(self) -> Any:
        return self._state_size

    @property
    def output_size(self) -> Any:
        return self._output_size

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; ValueError where the size of the inputs is not known."""
        units, dtype = self._num_units, inputs.dtype
        projected = units if self._num_proj is None else self._num_proj
        if self._state_is_tuple:
            c_prev, m_prev = state
        else:
            c_prev = array_ops.slice(state, [0, 0], [-1, units])
            m_prev = array_ops.slice(state, [0, units], [-1, projected])
        size = inputs.get_shape().with_rank(2).dims[1].value
        if size is None:
            raise ValueError("Could not infer input size from inputs.get_shape()[-1]")
        kernel = _get_concat_variable(
            "W", [size + projected, 3 * units], dtype, self._num_unit_shards
        )
        bias = zero_bias("B", 3 * units, dtype)
        gates = math_ops.matmul(array_ops.concat([inputs, m_prev], 1), kernel)
        if not self._layer_norm:
            gates = nn_ops.bias_add(gates, bias)
        j, f, o = array_ops.split(value=gates, num_or_size_splits=3, axis=1)
        if self._layer_norm:
            j, f, o = (
                _norm(self._norm_gain, self._norm_shift, gate, name)
                for gate, name in ((j, "transform"), (f, "forget"), (o, "output"))
            )
        w_f = w_o = None
        if self._use_peepholes:
            w_f = get_variable("W_F_diag", shape=[units], dtype=dtype)
            w_o = get_variable("W_O_diag", shape=[units], dtype=dtype)
        forget = f + self._forget_bias
        if w_f is not None:
            forget = forget + w_f * c_prev
        forget = math_ops.sigmoid(forget)
        c = forget * c_prev + (1 - forget) * self._activation(j)
        if self._layer_norm:
            c = _norm(self._norm_gain, self._norm_shift, c, "state")
        m = lstm_output(o, c, self._activation, w_o)
        if self._num_proj is not None:
            projection = _get_concat_variable(
                "W_P", [units, self._num_proj], dtype, self._num_proj_shards
            )
            m = clipped(math_ops.matmul(m, projection), self._proj_clip)
        if self._state_is_tuple:
            return m, LSTMStateTuple(c, m)
        return m, array_ops.concat([c, m], 1)


@export("contrib.rnn.TimeFreqLSTMCell")
class TimeFreqLSTMCell(RNNCell):
    """An LSTM cell over windows of frequencies, which share their weights (Sainath and Li 2016).
    Stands for `tf.contrib.rnn.TimeFreqLSTMCell`.

    States and outputs of all windows are side by side.

    Args:
      num_units: the size of memory and output for each window.
      use_peepholes: whether the gates see the memory, by diagonals.
      cell_clip: the bound of the memory's values.
      initializer: not used; the scope's counts.
      num_unit_shards: the number of parts of the kernel.
      forget_bias: added to the forget gate.
      feature_size: the size of a window.
      frequency_skip: how far the next window is.
      reuse: whether the variables are found in the scope rather than made.
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        cell_clip: Any = None,
        initializer: Any = None,
        num_unit_shards: int = 1,
        forget_bias: Any = 1.0,
        feature_size: int | None = None,
        frequency_skip: int = 1,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        self._num_units = num_units
        self._use_peepholes = use_peepholes
        self._cell_clip = cell_clip
        self._initializer = initializer
        self._num_unit_shards = num_unit_shards
        self._forget_bias = forget_bias
        self._feature_size: Any = feature_size
        self._frequency_skip = frequency_skip
        self._state_size = 2 * num_units
        self._output_size = num_units

    @property
    def output_size(self) -> Any:
        return self._output_size

    @property
    def state_size(self) -> Any:
        return self._state_size

    def call(self, inputs: Any, state: Any) -> Any:
        units, dtype = self._num_units, inputs.dtype
        windows = self._make_tf_features(inputs)
        size = windows[0].get_shape().as_list()[1]
        kernel = _get_concat_variable(
            "W", [size + 2 * units, 4 * units], dtype, self._num_unit_shards
        )
        bias = zero_bias("B", 4 * units, dtype)
        seen = w_o = None
        if self._use_peepholes:
            w_f, w_i, w_o = (
                get_variable(f"W_{gate}_diag", shape=[units], dtype=dtype) for gate in "FIO"
            )
            seen = w_f, w_i
        batch_size = inputs.shape.dims[0].value or inputs.get_shape()[0]
        m_before = array_ops.zeros([batch_size, units], dtype)
        state_out = m_out = None
        for i, window in enumerate(windows):
            c_prev = array_ops.slice(state, [0, 2 * i * units], [-1, units])
            m_prev = array_ops.slice(state, [0, (2 * i + 1) * units], [-1, units])
            joined = array_ops.concat([window, m_prev, m_before], 1)
            gates = nn_ops.bias_add(math_ops.matmul(joined, kernel), bias)
            i_gate, j, f, o = array_ops.split(value=gates, num_or_size_splits=4, axis=1)
            c = lstm_memory(i_gate, j, f, c_prev, self._forget_bias, math_ops.tanh, seen)
            c = clipped(c, self._cell_clip)
            m = m_before = lstm_output(o, c, math_ops.tanh, w_o)
            # Joined window after window, as in TensorFlow.
            if state_out is None:
                state_out, m_out = array_ops.concat([c, m], 1), m
            else:
                state_out = array_ops.concat([state_out, c, m], 1)
                m_out = array_ops.concat([m_out, m], 1)
        return m_out, state_out

    def _make_tf_features(self, input_feat: Any) -> list[Any]:
        """The windows; ValueError where the size of the inputs is not known."""
        size = input_feat.get_shape().with_rank(2).dims[-1].value
        if size is None:
            raise ValueError("Cannot infer input_size from static shape inference.")
        count = int((size - self._feature_size) / self._frequency_skip) + 1
        return [
            array_ops.slice(input_feat, [0, i * self._frequency_skip], [-1, self._feature_size])
            for i in range(count)
        ]
