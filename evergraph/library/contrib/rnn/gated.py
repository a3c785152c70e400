"""Cells with gates of their own kinds: found by search, update gates, groups, phases."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, math_ops, nn_ops, random_ops
from evergraph.api.init_ops import (
    constant_initializer,
    random_uniform_initializer,
    zeros_initializer,
)
from evergraph.api.variable_scope import get_variable, variable_scope
from evergraph.api.variable_scope_state import get_variable_scope
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape, dimension_value
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.rnn.core_rnn_cell import _Linear
from evergraph.library.rnn.cell import LayerRNNCell, RNNCell
from evergraph.library.rnn.cells import LSTMStateTuple
from evergraph.library.rnn.gates import lstm_memory, lstm_output


def _known_size(inputs: Any) -> int:
    size = inputs.get_shape().with_rank(2).dims[1].value
    if size is None:
        raise ValueError("Could not infer input size from inputs.get_shape()[-1]")
    return size


@export("contrib.rnn.NASCell")
class NASCell(LayerRNNCell):
    """The cell that Zoph and Le 2016 found by search. Stands for `tf.contrib.rnn.NASCell`.

    Args:
      num_units: the size of the memory, and of the output unless `num_proj` says otherwise.
      num_proj: the size that the output is projected to.
      use_bias: whether there is a bias.
      reuse: whether the variables are found in the scope rather than made.
      **kwargs: see `tf.layers.Layer`.
    """

    _NAS_BASE = 8

    def __init__(
        self,
        num_units: int,
        num_proj: int | None = None,
        use_bias: bool = False,
        reuse: bool | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(_reuse=reuse, **kwargs)
        self._num_units = num_units
        self._num_proj = num_proj
        self._use_bias = use_bias
        self._output_size = num_units if num_proj is None else num_proj
        self._state_size = LSTMStateTuple(num_units, self._output_size)

    @property
    def state_size(self) -> Any:
        return self._state_size

    @property
    def output_size(self) -> Any:
        return self._output_size

    def build(self, inputs_shape: Any) -> None:
        """Makes the variables; ValueError where the size of the inputs is not known."""
        size = dimension_value(TensorShape(inputs_shape).with_rank(2)[1])
        if size is None:
            raise ValueError("Could not infer input size from inputs.get_shape()[-1]")
        width = self._NAS_BASE * self._num_units
        self.recurrent_kernel = self.add_weight("recurrent_kernel", [self._output_size, width])
        self.kernel = self.add_weight("kernel", [size, width])
        if self._use_bias:
            self.bias = self.add_weight("bias", shape=[width], initializer=zeros_initializer)
        if self._num_proj is not None:
            self.projection_weights = self.add_weight(
                "projection_weights", [self._num_units, self._num_proj]
            )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        sigmoid, tanh, relu = math_ops.sigmoid, math_ops.tanh, nn_ops.relu
        c_prev, m_prev = state
        from_state = math_ops.matmul(m_prev, self.recurrent_kernel)
        from_inputs = math_ops.matmul(inputs, self.kernel)
        if self._use_bias:
            from_state = nn_ops.bias_add(from_state, self.bias)
        m = array_ops.split(axis=1, num_or_size_splits=self._NAS_BASE, value=from_state)
        x = array_ops.split(axis=1, num_or_size_splits=self._NAS_BASE, value=from_inputs)
        # The leaves of the tree, then its inner nodes: pairs are added or multiplied.
        leaves = [
            sigmoid(x[0] + m[0]),
            relu(x[1] + m[1]),
            sigmoid(x[2] + m[2]),
            relu(x[3] * m[3]),
            tanh(x[4] + m[4]),
            sigmoid(x[5] + m[5]),
            tanh(x[6] + m[6]),
            sigmoid(x[7] + m[7]),
        ]
        first = tanh(leaves[0] * leaves[1])
        second = tanh(leaves[2] + leaves[3])
        third = tanh(leaves[4] * leaves[5])
        fourth = sigmoid(leaves[6] + leaves[7])
        first = tanh(first + c_prev)
        new_c = first * second
        new_m = tanh(new_c * tanh(third + fourth))
        if self._num_proj is not None:
            new_m = math_ops.matmul(new_m, self.projection_weights)
        return new_m, LSTMStateTuple(new_c, new_m)


@export("contrib.rnn.UGRNNCell")
class UGRNNCell(RNNCell):
    """A cell with one gate that chooses between old and new state (Collins et al. 2016). Stands
    for `tf.contrib.rnn.UGRNNCell`.

    Args:
      num_units: the size of output and state.
      initializer: initial values of the variables.
      forget_bias: added to the gate.
      activation: a function.
      reuse: whether the variables are found in the scope rather than made.
    """

    def __init__(
        self,
        num_units: int,
        initializer: Any = None,
        forget_bias: Any = 1.0,
        activation: Any = math_ops.tanh,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        self._num_units = num_units
        self._initializer = initializer
        self._forget_bias = forget_bias
        self._activation = activation
        self._linear: _Linear | None = None

    @property
    def state_size(self) -> Any:
        return self._num_units

    @property
    def output_size(self) -> Any:
        return self._num_units

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; ValueError where the size of the inputs is not known."""
        _known_size(inputs)
        with variable_scope(get_variable_scope(), initializer=self._initializer):
            joined = array_ops.concat([inputs, state], 1)
            if self._linear is None:
                self._linear = _Linear(joined, 2 * self._num_units, True)
            gate, candidate = array_ops.split(
                axis=1, num_or_size_splits=2, value=self._linear(joined)
            )
            c = self._activation(candidate)
            g = math_ops.sigmoid(gate + self._forget_bias)
            new_state = g * state + (1.0 - g) * c
        return new_state, new_state


@export("contrib.rnn.IntersectionRNNCell")
class IntersectionRNNCell(RNNCell):
    """A cell with gates through time and through depth (Collins et al. 2016). Stands for
    `tf.contrib.rnn.IntersectionRNNCell`.

    Args:
      num_units: the size of inputs, output and state.
      num_in_proj: `num_units` where the inputs must be projected to that size.
      initializer: initial values of the variables.
      forget_bias: added to both gates.
      y_activation: a function for the output.
      reuse: whether the variables are found in the scope rather than made.
    """

    def __init__(
        self,
        num_units: int,
        num_in_proj: int | None = None,
        initializer: Any = None,
        forget_bias: Any = 1.0,
        y_activation: Any = nn_ops.relu,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        self._num_units = num_units
        self._initializer = initializer
        self._forget_bias = forget_bias
        self._num_input_proj = num_in_proj
        self._y_activation = y_activation
        self._linear1: _Linear | None = None
        self._linear2: _Linear | None = None

    @property
    def state_size(self) -> Any:
        return self._num_units

    @property
    def output_size(self) -> Any:
        return self._num_units

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; ValueError where the inputs are of another size and not projected."""
        size, units = _known_size(inputs), self._num_units
        with variable_scope(get_variable_scope(), initializer=self._initializer):
            if size != units:
                if not self._num_input_proj:
                    raise ValueError(
                        "Must have input size == output size for Intersection RNN. To fix, "
                        "num_in_proj should be set to num_units at cell init."
                    )
                with variable_scope("in_projection"):
                    if self._linear1 is None:
                        self._linear1 = _Linear(inputs, units, True)
                    inputs = self._linear1(inputs)
            joined = array_ops.concat([inputs, state], 1)
            if self._linear2 is None:
                self._linear2 = _Linear(joined, 4 * units, True)
            product = self._linear2(joined)
            gate_h = product[:, :units]
            h, gate_y, y = (product[:, i * units : (i + 1) * units] for i in (1, 2, 3))
            h = math_ops.tanh(h)
            y = self._y_activation(y)
            gate_h = math_ops.sigmoid(gate_h + self._forget_bias)
            gate_y = math_ops.sigmoid(gate_y + self._forget_bias)
            new_state = gate_h * state + (1.0 - gate_h) * h
            new_y = gate_y * inputs + (1.0 - gate_y) * y
        return new_y, new_state


@export("contrib.rnn.GLSTMCell")
class GLSTMCell(RNNCell):
    """An LSTM cell in groups that do not see one another (Kuchaiev and Ginsburg 2017). Stands for
    `tf.contrib.rnn.GLSTMCell`.

    Args:
      num_units: the size of the memory, and of the output unless `num_proj` says otherwise.
      initializer: initial values of the variables.
      num_proj: the size that the output is projected to.
      number_of_groups: the number of groups, by which all sizes must be divisible.
      forget_bias: added to the forget gate.
      activation: a function for the output.
      reuse: whether the variables are found in the scope rather than made.

    Raises:
      ValueError: a size is not divisible.
    """

    def __init__(
        self,
        num_units: int,
        initializer: Any = None,
        num_proj: int | None = None,
        number_of_groups: int = 1,
        forget_bias: Any = 1.0,
        activation: Any = math_ops.tanh,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        self._num_units = num_units
        self._initializer = initializer
        self._num_proj = num_proj
        self._forget_bias = forget_bias
        self._activation = activation
        self._number_of_groups = number_of_groups
        if num_units % number_of_groups != 0:
            raise ValueError("num_units must be divisible by number_of_groups")
        if num_proj and num_proj % number_of_groups != 0:
            raise ValueError("num_proj must be divisible by number_of_groups")
        self._output_size = num_proj or num_units
        self._state_size = LSTMStateTuple(num_units, self._output_size)
        self._group_shape = [size // number_of_groups for size in (self._output_size, num_units)]
        self._linear1: list[_Linear | None] = [None] * number_of_groups
        self._linear2: _Linear | None = None

    @property
    def state_size(self) -> Any:
        return self._state_size

    @property
    def output_size(self) -> Any:
        return self._output_size

    def _get_input_for_group(self, inputs: Any, group_id: int, group_size: int) -> Tensor:
        return array_ops.slice(
            input_=inputs,
            begin=[0, group_id * group_size],
            size=[self._batch_size, group_size],
            name=f"GLSTM_group{group_id}_input_generation",
        )

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; ValueError where the size of the inputs is not known or not divisible."""
        c_prev, m_prev = state
        self._batch_size = dimension_value(inputs.shape[0]) or array_ops.shape(inputs)[0]
        size, count = dimension_value(inputs.shape[1]), self._number_of_groups
        if size is None:
            raise ValueError("input size must be statically known")
        if size % count != 0:
            raise ValueError(f"input size ({size}) must be divisible by number_of_groups ({count})")
        with variable_scope(get_variable_scope(), initializer=self._initializer):
            groups = [self._group(g, inputs, size // count, m_prev) for g in range(count)]
            biases = [self._zero_bias(f"bias_{gate}", inputs.dtype) for gate in "ijfo"]
            i, j, f, o = (
                nn_ops.bias_add(array_ops.concat(parts, axis=1), bias)
                for parts, bias in zip(zip(*groups, strict=True), biases, strict=True)
            )
        c = lstm_memory(i, j, f, c_prev, self._forget_bias, math_ops.tanh)
        m = lstm_output(o, c, self._activation)
        if self._num_proj is not None:
            with variable_scope("projection"):
                if self._linear2 is None:
                    self._linear2 = _Linear(m, self._num_proj, False)
                m = self._linear2(m)
        return m, LSTMStateTuple(c, m)

    def _group(self, group_id: int, inputs: Any, size: int, m_prev: Any) -> list[Any]:
        """The gates of one group."""
        with variable_scope(f"group{group_id}"):
            parts = [
                self._get_input_for_group(inputs, group_id, size),
                self._get_input_for_group(m_prev, group_id, self._group_shape[0]),
            ]
            joined = array_ops.concat(parts, axis=1)
            product = self._linear1[group_id]
            if product is None:
                product = _Linear(joined, 4 * self._group_shape[1], False)
                self._linear1[group_id] = product
            return array_ops.split(product(joined), 4, 1)

    def _zero_bias(self, name: str, dtype: Any) -> Any:
        return get_variable(
            name=name,
            shape=[self._num_units],
            dtype=dtype,
            initializer=constant_initializer(0.0, dtype=dtype),
        )


def _random_exp_initializer(
    minval: Any, maxval: Any, seed: int | None = None, dtype: Any = dtypes.float32
) -> Callable[..., Tensor]:
    """Values between bounds whose logarithms are spread evenly."""

    def initializer(shape: Any, dtype: Any = dtype, partition_info: Any = None) -> Tensor:
        low, high = math_ops.log(minval), math_ops.log(maxval)
        return math_ops.exp(random_ops.random_uniform(shape, low, high, dtype, seed=seed))

    return initializer


@export("contrib.rnn.PhasedLSTMCell")
class PhasedLSTMCell(RNNCell):
    """An LSTM cell whose units are awake in phases of the time, which is an input (Neil et al.
    2016). Stands for `tf.contrib.rnn.PhasedLSTMCell`.

    Inputs are pairs of the time, [batch, 1], and a matrix.

    Args:
      num_units: the size of output and memory.
      use_peepholes: whether the gates see the memory.
      leak: how much a sleeping unit lets through.
      ratio_on: the share of its period in which a unit is awake.
      trainable_ratio_on: whether that is trained.
      period_init_min, period_init_max: the bounds of the first periods.
      reuse: whether the variables are found in the scope rather than made.
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        leak: float = 0.001,
        ratio_on: float = 0.1,
        trainable_ratio_on: bool = True,
        period_init_min: float = 1.0,
        period_init_max: float = 1000.0,
        reuse: bool | None = None,
    ) -> None:
        # The time may be a float64 among float32.
        super().__init__(_reuse=reuse, autocast=False)
        self._num_units = num_units
        self._use_peepholes = use_peepholes
        self._leak = leak
        self._ratio_on = ratio_on
        self._trainable_ratio_on = trainable_ratio_on
        self._period_init_min = period_init_min
        self._period_init_max = period_init_max
        self._linear1: _Linear | None = None
        self._linear2: _Linear | None = None
        self._linear3: _Linear | None = None

    @property
    def state_size(self) -> Any:
        return LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self) -> Any:
        return self._num_units

    def _mod(self, x: Any, y: Any) -> Tensor:
        """The remainder, with the gradient of `x`."""
        return array_ops.stop_gradient(math_ops.mod(x, y) - x) + x

    def _get_cycle_ratio(self, time: Any, phase: Any, period: Any) -> Tensor:
        """How much of its period each unit has behind it."""
        phase = math_ops.cast(phase, dtype=time.dtype)
        period = math_ops.cast(period, dtype=time.dtype)
        ratio = self._mod(time - phase, period) / period
        return math_ops.cast(ratio, dtype=dtypes.float32)

    def call(self, inputs: Any, state: Any) -> Any:
        c_prev, h_prev = state
        time, x = inputs
        units = self._num_units
        seen = [x, h_prev, c_prev] if self._use_peepholes else [x, h_prev]
        with variable_scope("mask_gates"):
            if self._linear1 is None:
                self._linear1 = _Linear(seen, 2 * units, True)
            gates = math_ops.sigmoid(self._linear1(seen))
            input_gate, forget_gate = array_ops.split(axis=1, num_or_size_splits=2, value=gates)
        with variable_scope("new_input"):
            if self._linear2 is None:
                self._linear2 = _Linear([x, h_prev], units, True)
            new_input = math_ops.tanh(self._linear2([x, h_prev]))
        new_c = c_prev * forget_gate + input_gate * new_input
        seen = [x, h_prev, new_c] if self._use_peepholes else [x, h_prev]
        with variable_scope("output_gate"):
            if self._linear3 is None:
                self._linear3 = _Linear(seen, units, True)
            output_gate = math_ops.sigmoid(self._linear3(seen))
        new_h = math_ops.tanh(new_c) * output_gate
        k = self._openness(time)
        new_c = k * new_c + (1 - k) * c_prev
        new_h = k * new_h + (1 - k) * h_prev
        return new_h, LSTMStateTuple(new_c, new_h)

    def _openness(self, time: Any) -> Tensor:
        """How awake each unit is: up to 1 in the first half of its time on, then down again."""
        units = [self._num_units]
        first_period = _random_exp_initializer(self._period_init_min, self._period_init_max)
        period = get_variable("period", units, initializer=first_period)
        first_phase = random_uniform_initializer(0.0, period.initial_value)
        phase = get_variable("phase", units, initializer=first_phase)
        ratio_on = get_variable(
            "ratio_on",
            units,
            initializer=constant_initializer(self._ratio_on),
            trainable=self._trainable_ratio_on,
        )
        ratio = self._get_cycle_ratio(time, phase, period)
        up = 2 * ratio / ratio_on
        down = 2 - up
        closed = self._leak * ratio
        k = array_ops.where(ratio < ratio_on, down, closed)
        return array_ops.where(ratio < 0.5 * ratio_on, up, k)
