"""Cells whose units see little or nothing of each other's state."""

from typing import Any

from evergraph.api import array_ops, math_ops, nn_ops
from evergraph.api.init_ops import (
    constant_initializer,
    random_uniform_initializer,
    zeros_initializer,
)
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import dimension_value
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.library.keras import activations, initializers
from evergraph.library.keras.engine.input_spec import InputSpec
from evergraph.library.rnn.cell import BIAS, KERNEL, LayerRNNCell
from evergraph.library.rnn.cells import LSTMStateTuple


class _Units(LayerRNNCell):
    """A cell of `num_units` units with matrices as inputs."""

    def __init__(
        self,
        num_units: int,
        activation: Any,
        reuse: bool | None,
        name: Any,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._activation = activation or math_ops.tanh

    @property
    def state_size(self) -> Any:
        return self._num_units

    @property
    def output_size(self) -> Any:
        return self._num_units

    def _add_independent(
        self, prefix: str, depth: int, count: int, initializer: Any, name: str = f"{KERNEL}_w"
    ) -> tuple[Any, Any]:
        """The kernel of the inputs, and the factors of each unit's own state."""
        width = count * self._num_units
        kernel = self.add_weight(prefix + name, shape=[depth, width], initializer=initializer)
        factors = self.add_weight(
            f"{prefix}{KERNEL}_u",
            shape=[1, width],
            initializer=random_uniform_initializer(minval=-1, maxval=1, dtype=self.dtype),
        )
        return kernel, factors

    def _add_bias(self, prefix: str, count: int, initializer: Any, default: float = 0.0) -> Any:
        if initializer is None and default:
            initializer = constant_initializer(default, dtype=self.dtype)
        elif initializer is None:
            initializer = zeros_initializer(dtype=self.dtype)
        return self.add_weight(
            prefix + BIAS, shape=[count * self._num_units], initializer=initializer
        )


def _depth(inputs_shape: Any) -> int:
    depth = dimension_value(inputs_shape[1])
    if depth is None:
        raise ValueError(f"Expected inputs.shape[-1] to be known, saw shape: {inputs_shape}")
    return depth


@export("contrib.rnn.SRUCell")
class SRUCell(_Units):
    """A cell whose products do not wait for the state (Lei and Zhang 2017). Stands for
    `tf.contrib.rnn.SRUCell`.

    Args:
      num_units: the size of output and state.
      activation: a function; default: tanh.
      reuse: whether the variables are found in the scope rather than made.
      name, **kwargs: see `tf.layers.Layer`.
    """

    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: bool | None = None,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_units, activation, reuse, name, **kwargs)

    def build(self, inputs_shape: Any) -> None:
        """Makes the variables; ValueError where the size of the inputs is not known."""
        units = self._num_units
        self._kernel = self.add_weight(KERNEL, shape=[_depth(inputs_shape), 4 * units])
        self._bias = self.add_weight(BIAS, shape=[2 * units], initializer=zeros_initializer)

    def call(self, inputs: Any, state: Any) -> Any:
        product = math_ops.matmul(inputs, self._kernel)
        x_bar, f, r, x = array_ops.split(value=product, num_or_size_splits=4, axis=1)
        gates = nn_ops.bias_add(array_ops.concat([f, r], 1), self._bias)
        f, r = array_ops.split(value=math_ops.sigmoid(gates), num_or_size_splits=2, axis=1)
        c = f * state + (1.0 - f) * x_bar
        h = r * self._activation(c) + (1.0 - r) * x
        return h, c


@export("contrib.rnn.IndRNNCell")
class IndRNNCell(_Units):
    """`BasicRNNCell` whose units see only their own state (Li et al. 2018). Stands for
    `tf.contrib.rnn.IndRNNCell`.

    Args:
      num_units: the size of output and state.
      activation: a function; default: tanh.
      reuse: whether the variables are found in the scope rather than made.
      name, dtype: see `tf.layers.Layer`.
    """

    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: bool | None = None,
        name: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(num_units, activation, reuse, name, dtype)

    def build(self, inputs_shape: Any) -> None:
        """Makes the variables; ValueError where the size of the inputs is not known."""
        self._kernel_w, self._kernel_u = self._add_independent("", _depth(inputs_shape), 1, None)
        self._bias = self._add_bias("", 1, None)
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        gates = math_ops.matmul(inputs, self._kernel_w) + state * self._kernel_u
        output = self._activation(nn_ops.bias_add(gates, self._bias))
        return output, output


@export("contrib.rnn.IndyGRUCell")
class IndyGRUCell(_Units):
    """`GRUCell` whose units see only their own state. Stands for `tf.contrib.rnn.IndyGRUCell`.

    Args:
      num_units: the size of output and state.
      activation: a function; default: tanh.
      reuse: whether the variables are found in the scope rather than made.
      kernel_initializer, bias_initializer: initial values; by default the gates' biases are 1.
      name, dtype: see `tf.layers.Layer`.
    """

    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: bool | None = None,
        kernel_initializer: Any = None,
        bias_initializer: Any = None,
        name: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(num_units, activation, reuse, name, dtype)
        self._kernel_initializer = kernel_initializer
        self._bias_initializer = bias_initializer

    def build(self, inputs_shape: Any) -> None:
        """Makes the variables; ValueError where the size of the inputs is not known."""
        depth, kernel = _depth(inputs_shape), self._kernel_initializer
        self._gate_kernel_w, self._gate_kernel_u = self._add_independent("gates/", depth, 2, kernel)
        self._gate_bias = self._add_bias("gates/", 2, self._bias_initializer, 1.0)
        # This one's name has no "_w", as in TensorFlow.
        self._candidate_kernel_w, self._candidate_kernel_u = self._add_independent(
            "candidate/", depth, 1, kernel, KERNEL
        )
        self._candidate_bias = self._add_bias("candidate/", 1, self._bias_initializer)
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        product = math_ops.matmul(inputs, self._gate_kernel_w)
        gates = product + apply_op("Tile", state, [1, 2]) * self._gate_kernel_u
        gates = math_ops.sigmoid(nn_ops.bias_add(gates, self._gate_bias))
        r, u = array_ops.split(value=gates, num_or_size_splits=2, axis=1)
        r_state = r * state
        product = math_ops.matmul(inputs, self._candidate_kernel_w)
        candidate = product + r_state * self._candidate_kernel_u
        c = self._activation(nn_ops.bias_add(candidate, self._candidate_bias))
        new_h = u * state + (1 - u) * c
        return new_h, new_h


@export("contrib.rnn.IndyLSTMCell")
class IndyLSTMCell(_Units):
    """`BasicLSTMCell` whose units see only their own state (Gonnet and Deselaers 2019). Stands for
    `tf.contrib.rnn.IndyLSTMCell`.

    Args:
      num_units: the size of output and memory.
      forget_bias: added to the forget gate.
      activation: a function; default: tanh.
      reuse: whether the variables are found in the scope rather than made.
      kernel_initializer, bias_initializer: initial values; default of the bias: zeros.
      name, dtype: see `tf.layers.Layer`.
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: Any = 1.0,
        activation: Any = None,
        reuse: bool | None = None,
        kernel_initializer: Any = None,
        bias_initializer: Any = None,
        name: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(num_units, activation, reuse, name, dtype)
        self._forget_bias = forget_bias
        self._kernel_initializer = kernel_initializer
        self._bias_initializer = bias_initializer

    @property
    def state_size(self) -> Any:
        return LSTMStateTuple(self._num_units, self._num_units)

    def build(self, inputs_shape: Any) -> None:
        """Makes the variables; ValueError where the size of the inputs is not known."""
        self._kernel_w, self._kernel_u = self._add_independent(
            "", _depth(inputs_shape), 4, self._kernel_initializer
        )
        self._bias = self._add_bias("", 4, self._bias_initializer)
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        add, multiply, sigmoid = math_ops.add, math_ops.multiply, math_ops.sigmoid
        one = constant(1, dtype=dtypes.int32)
        c, h = state
        gates = math_ops.matmul(inputs, self._kernel_w)
        gates += apply_op("Tile", h, [1, 4]) * self._kernel_u
        gates = nn_ops.bias_add(gates, self._bias)
        i, j, f, o = array_ops.split(value=gates, num_or_size_splits=4, axis=one)
        forget_bias = constant(self._forget_bias, dtype=f.dtype)
        new_c = add(
            multiply(c, sigmoid(add(f, forget_bias))),
            multiply(sigmoid(i), self._activation(j)),
        )
        new_h = multiply(self._activation(new_c), sigmoid(o))
        return new_h, LSTMStateTuple(new_c, new_h)


class _KerasUnits(LayerRNNCell):
    """A cell with the arguments of Keras's."""

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "ones",
        name: Any = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, dtype=dtype, **kwargs)
        self.input_spec = InputSpec(ndim=2)
        self.units = units
        self.activation = activations.get(activation)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)

    @property
    def state_size(self) -> Any:
        return self.units

    @property
    def output_size(self) -> Any:
        return self.units


def _check_depth(size: Any) -> int:
    depth = dimension_value(size)
    if depth is None:
        raise ValueError("Could not infer input size from inputs.get_shape()[-1]")
    return depth


class MinimalRNNCell(_KerasUnits):
    """A cell whose inputs are mapped to the state's space, with one gate (Chen 2017).

    Stands for `tensorflow.contrib.rnn.python.ops.rnn_cell.MinimalRNNCell`.

    Args:
      units: the size of output and state.
      activation: a function, or the name of one of Keras's.
      kernel_initializer, bias_initializer: initial values, or names of Keras's initializers.
      name, dtype, **kwargs: see `tf.layers.Layer`.
    """

    def build(self, inputs_shape: Any) -> None:
        units = self.units
        self.kernel = self.add_weight(
            name=KERNEL,
            shape=[inputs_shape[-1] + 2 * units, units],
            initializer=self.kernel_initializer,
        )
        self.bias = self.add_weight(name=BIAS, shape=[units], initializer=self.bias_initializer)
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; ValueError where the size of the inputs is not known."""
        depth = _check_depth(inputs.get_shape()[1])
        input_kernel, gate_kernel = array_ops.split(
            value=self.kernel, num_or_size_splits=[depth, 2 * self.units], axis=0
        )
        z = self.activation(math_ops.matmul(inputs, input_kernel))
        gate = math_ops.matmul(array_ops.concat([z, state], 1), gate_kernel)
        u = math_ops.sigmoid(nn_ops.bias_add(gate, self.bias))
        new_h = u * state + (1 - u) * z
        return new_h, new_h


class CFNCell(_KerasUnits):
    """The chaos-free cell of Laurent and von Brecht 2016.

    Stands for `tensorflow.contrib.rnn.python.ops.rnn_cell.CFNCell`.

    Args:
      units: the size of output and state.
      activation: a function, or the name of one of Keras's.
      kernel_initializer, bias_initializer: initial values, or names of Keras's initializers.
      name, dtype, **kwargs: see `tf.layers.Layer`.
    """

    def build(self, inputs_shape: Any) -> None:
        units = self.units
        self.kernel = self.add_weight(
            shape=[inputs_shape[-1], 3 * units],
            name=KERNEL,
            initializer=self.kernel_initializer,
        )
        self.recurrent_kernel = self.add_weight(
            shape=[units, 2 * units],
            name=f"recurrent_{KERNEL}",
            initializer=self.kernel_initializer,
        )
        self.bias = self.add_weight(shape=[2 * units], name=BIAS, initializer=self.bias_initializer)
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; ValueError where the size of the inputs is not known."""
        _check_depth(inputs.get_shape()[-1])
        v, w = array_ops.split(
            value=self.kernel, num_or_size_splits=[2 * self.units, self.units], axis=1
        )
        gates = math_ops.matmul(state, self.recurrent_kernel) + math_ops.matmul(inputs, v)
        gates = math_ops.sigmoid(nn_ops.bias_add(gates, self.bias))
        theta, eta = array_ops.split(value=gates, num_or_size_splits=2, axis=1)
        projected = math_ops.matmul(inputs, w)
        new_h = theta * self.activation(state) + (1 - eta) * self.activation(projected)
        return new_h, new_h
