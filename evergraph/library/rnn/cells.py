"""Cells: simple, gated, and with long short-term memory."""

from typing import Any, NamedTuple

from evergraph.api import array_ops, math_ops
from evergraph.api.init_ops import constant_initializer, zeros_initializer
from evergraph.api.partitioned_variables import fixed_size_partitioner
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.constant import constant
from evergraph.library.keras import activations, initializers
from evergraph.library.keras.engine.input_spec import InputSpec
from evergraph.library.keras.utils.tf_utils import shape_type_conversion
from evergraph.library.rnn.cell import (
    BIAS,
    KERNEL,
    LayerRNNCell,
    check_float,
    check_float_inputs,
    input_depth,
)
from evergraph.library.rnn.gates import clipped, linear, lstm_memory, lstm_output

OLD = (
    "This class is equivalent as tf.keras.layers.{}, and will be replaced by that in Tensorflow "
    "2.0."
)
CONCATENATED = (
    "%s: Using a concatenated state is slower and will soon be deprecated.  "
    "Use state_is_tuple=True."
)


class UnitsCell(LayerRNNCell):
    """A cell of `num_units` units whose inputs are matrices of floating types.

    Args:
      num_units: the size of output and state.
      activation: a function, or the name of one of Keras's; default: tanh.
      reuse: whether the variables are found in the scope rather than made.
      name, dtype, **kwargs: see `tf.layers.Layer`.
    """

    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: bool | None = None,
        name: Any = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
        check_float(self.dtype)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._activation = activations.get(activation) if activation else math_ops.tanh

    @property
    def state_size(self) -> Any:
        return self._num_units

    @property
    def output_size(self) -> Any:
        return self._num_units

    def _applied_kernel(self) -> Any:
        """What inputs and state are multiplied by."""
        return self._kernel

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "num_units": self._num_units,
            "activation": activations.serialize(self._activation),
            "reuse": self._reuse,
        }


@export("nn.rnn_cell.BasicRNNCell", "contrib.rnn.BasicRNNCell")
class BasicRNNCell(UnitsCell):
    """act(W [inputs, state] + b) is the output and the state. Stands for
    `tf.nn.rnn_cell.BasicRNNCell`.

    Args:
      num_units: the size of output and state.
      activation: a function, or the name of one of Keras's; default: tanh.
      reuse: whether the variables are found in the scope rather than made.
      name, dtype, **kwargs: see `tf.layers.Layer`.
    """

    @deprecated(None, OLD.format("SimpleRNNCell"))
    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: bool | None = None,
        name: Any = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_units, activation, reuse, name, dtype, **kwargs)

    @shape_type_conversion
    def build(self, inputs_shape: Any) -> None:
        depth = input_depth(inputs_shape)
        check_float(self.dtype)
        units = self._num_units
        self._kernel = self.add_weight(KERNEL, shape=[depth + units, units])
        self._bias = self.add_weight(
            BIAS, shape=[units], initializer=zeros_initializer(dtype=self.dtype)
        )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        check_float_inputs(inputs, state)
        output = self._activation(linear(inputs, state, self._kernel, self._bias))
        return output, output


@export("nn.rnn_cell.GRUCell", "contrib.rnn.GRUCell")
class GRUCell(UnitsCell):
    """The gated recurrent unit of Cho et al. 2014. Stands for `tf.nn.rnn_cell.GRUCell`.

    Args:
      num_units: the size of output and state.
      activation: a function, or the name of one of Keras's; default: tanh.
      reuse: whether the variables are found in the scope rather than made.
      kernel_initializer, bias_initializer: initial values; by default the gates' biases are 1.
      name, dtype, **kwargs: see `tf.layers.Layer`.
    """

    @deprecated(None, OLD.format("GRUCell"))
    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: bool | None = None,
        kernel_initializer: Any = None,
        bias_initializer: Any = None,
        name: Any = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_units, activation, reuse, name, dtype, **kwargs)
        self._kernel_initializer = initializers.get(kernel_initializer)
        self._bias_initializer = initializers.get(bias_initializer)

    @shape_type_conversion
    def build(self, inputs_shape: Any) -> None:
        depth = input_depth(inputs_shape)
        check_float(self.dtype)
        self._gate_kernel, self._gate_bias = self._add_gates("gates", depth, 2, 1.0)
        self._candidate_kernel, self._candidate_bias = self._add_gates("candidate", depth, 1, 0.0)
        self.built = True

    def _add_gates(self, name: str, depth: int, count: int, bias: float) -> tuple[Any, Any]:
        """Kernel and bias for `count` values of each unit."""
        units = self._num_units
        kernel = self.add_weight(
            f"{name}/{KERNEL}",
            shape=[depth + units, count * units],
            initializer=self._kernel_initializer,
        )
        initializer = self._bias_initializer
        if initializer is None and bias:
            initializer = constant_initializer(bias, dtype=self.dtype)
        elif initializer is None:
            initializer = zeros_initializer(dtype=self.dtype)
        return kernel, self.add_weight(
            f"{name}/{BIAS}", shape=[count * units], initializer=initializer
        )

    def call(self, inputs: Any, state: Any) -> Any:
        check_float_inputs(inputs, state)
        gates = linear(inputs, state, self._gate_kernel, self._gate_bias)
        r, u = array_ops.split(value=math_ops.sigmoid(gates), num_or_size_splits=2, axis=1)
        candidate = linear(inputs, r * state, self._candidate_kernel, self._candidate_bias)
        c = self._activation(candidate)
        new_h = u * state + (1 - u) * c
        return new_h, new_h

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "kernel_initializer": initializers.serialize(self._kernel_initializer),
            "bias_initializer": initializers.serialize(self._bias_initializer),
        }


class _LSTMStateTuple(NamedTuple):
    c: Any
    h: Any


@export("nn.rnn_cell.LSTMStateTuple", "contrib.rnn.LSTMStateTuple")
class LSTMStateTuple(_LSTMStateTuple):
    """The state of an LSTM cell: memory `c` and output `h`. Stands for
    `tf.nn.rnn_cell.LSTMStateTuple`."""

    __slots__ = ()

    @property
    def dtype(self) -> Any:
        """The dtype of both; TypeError if they differ."""
        if self.c.dtype != self.h.dtype:
            raise TypeError(f"Inconsistent internal state: {self.c.dtype} vs {self.h.dtype}")
        return self.c.dtype


@export("nn.rnn_cell.BasicLSTMCell", "contrib.rnn.BasicLSTMCell")
class BasicLSTMCell(UnitsCell):
    """Long short-term memory as in Zaremba et al. 2014. Stands for
    `tf.nn.rnn_cell.BasicLSTMCell`.

    Args:
      num_units: the size of output and memory.
      forget_bias: added to the forget gate; 0 for checkpoints of cuDNN.
      state_is_tuple: whether states are `LSTMStateTuple`s, or both tensors side by side.
      activation: a function, or the name of one of Keras's; default: tanh.
      reuse: whether the variables are found in the scope rather than made.
      name, dtype, **kwargs: see `tf.layers.Layer`.
    """

    @deprecated(None, OLD.format("LSTMCell"))
    def __init__(
        self,
        num_units: int,
        forget_bias: Any = 1.0,
        state_is_tuple: bool = True,
        activation: Any = None,
        reuse: bool | None = None,
        name: Any = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_units, activation, reuse, name, dtype, **kwargs)
        if not state_is_tuple:
            logging.warn(CONCATENATED, self)
        self._forget_bias = forget_bias
        self._state_is_tuple = state_is_tuple

    @property
    def state_size(self) -> Any:
        units = self._num_units
        return LSTMStateTuple(units, units) if self._state_is_tuple else 2 * units

    @shape_type_conversion
    def build(self, inputs_shape: Any) -> None:
        depth = input_depth(inputs_shape)
        check_float(self.dtype)
        units = self._num_units
        self._kernel = self.add_weight(KERNEL, shape=[depth + units, 4 * units])
        self._bias = self.add_weight(
            BIAS, shape=[4 * units], initializer=zeros_initializer(dtype=self.dtype)
        )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        check_float_inputs(inputs, state)
        add, multiply, sigmoid = math_ops.add, math_ops.multiply, math_ops.sigmoid
        one = constant(1, dtype=dtypes.int32)
        if self._state_is_tuple:
            c, h = state
        else:
            c, h = array_ops.split(value=state, num_or_size_splits=2, axis=one)
        gates = linear(inputs, h, self._applied_kernel(), self._bias)
        i, j, f, o = array_ops.split(value=gates, num_or_size_splits=4, axis=one)
        forget_bias = constant(self._forget_bias, dtype=f.dtype)
        new_c = add(
            multiply(c, sigmoid(add(f, forget_bias))),
            multiply(sigmoid(i), self._activation(j)),
        )
        new_h = multiply(self._activation(new_c), sigmoid(o))
        if self._state_is_tuple:
            return new_h, LSTMStateTuple(new_c, new_h)
        return new_h, array_ops.concat([new_c, new_h], 1)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "forget_bias": self._forget_bias,
            "state_is_tuple": self._state_is_tuple,
        }


@export("nn.rnn_cell.LSTMCell", "contrib.rnn.LSTMCell")
class LSTMCell(UnitsCell):
    """Long short-term memory with peepholes, clipping and projection, each if wanted.

    Stands for `tf.nn.rnn_cell.LSTMCell`; see Gers et al. 1999 and Sak et al. 2014.

    Args:
      num_units: the size of the memory, and of the output unless `num_proj` says otherwise.
      use_peepholes: whether the gates see the memory, by a diagonal matrix.
      cell_clip: the bound of the memory's values.
      initializer: initial values of the kernels and diagonals.
      num_proj: the size that the output is projected to.
      proj_clip: the bound of the projected values.
      num_unit_shards, num_proj_shards: the numbers of parts of the kernels.
      forget_bias: added to the forget gate; 0 for checkpoints of cuDNN.
      state_is_tuple: whether states are `LSTMStateTuple`s, or both tensors side by side.
      activation: a function, or the name of one of Keras's; default: tanh.
      reuse: whether the variables are found in the scope rather than made.
      name, dtype, **kwargs: see `tf.layers.Layer`.
    """

    @deprecated(None, OLD.format("LSTMCell"))
    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        cell_clip: Any = None,
        initializer: Any = None,
        num_proj: int | None = None,
        proj_clip: Any = None,
        num_unit_shards: int | None = None,
        num_proj_shards: int | None = None,
        forget_bias: Any = 1.0,
        state_is_tuple: bool = True,
        activation: Any = None,
        reuse: bool | None = None,
        name: Any = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_units, activation, reuse, name, dtype, **kwargs)
        if not state_is_tuple:
            logging.warn(CONCATENATED, self)
        if num_unit_shards is not None or num_proj_shards is not None:
            logging.warn(
                "%s: The num_unit_shards and proj_unit_shards parameters are deprecated and will "
                "be removed in Jan 2017.  Use a variable scope with a partitioner instead.",
                self,
            )
        self._use_peepholes = use_peepholes
        self._cell_clip = cell_clip
        self._initializer = initializers.get(initializer)
        self._num_proj = num_proj
        self._proj_clip = proj_clip
        self._num_unit_shards = num_unit_shards
        self._num_proj_shards = num_proj_shards
        self._forget_bias = forget_bias
        self._state_is_tuple = state_is_tuple
        self._output_size = num_proj or num_units
        sizes = LSTMStateTuple(num_units, self._output_size)
        self._state_size: Any = sizes if state_is_tuple else sum(sizes)

    @property
    def state_size(self) -> Any:
        return self._state_size

    @property
    def output_size(self) -> Any:
        return self._output_size

    @shape_type_conversion
    def build(self, inputs_shape: Any) -> None:
        depth = input_depth(inputs_shape)
        check_float(self.dtype)
        units, projected = self._num_units, self._num_proj
        h_depth = units if projected is None else projected
        self._kernel = self.add_weight(
            KERNEL,
            shape=[depth + h_depth, 4 * units],
            initializer=self._initializer,
            partitioner=_partitioner(self._num_unit_shards),
        )
        self._bias = self.add_weight(
            BIAS, shape=[4 * units], initializer=zeros_initializer(dtype=self.dtype)
        )
        if self._use_peepholes:
            self._w_f_diag, self._w_i_diag, self._w_o_diag = (
                self.add_weight(f"w_{gate}_diag", shape=[units], initializer=self._initializer)
                for gate in "fio"
            )
        if projected is not None:
            self._proj_kernel = self.add_weight(
                f"projection/{KERNEL}",
                shape=[units, projected],
                initializer=self._initializer,
                partitioner=_partitioner(self._num_proj_shards),
            )
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; ValueError where the size of the inputs is not known."""
        check_float_inputs(inputs, state)
        if self._state_is_tuple:
            c_prev, m_prev = state
        else:
            size = self._num_units if self._num_proj is None else self._num_proj
            c_prev = array_ops.slice(state, [0, 0], [-1, self._num_units])
            m_prev = array_ops.slice(state, [0, self._num_units], [-1, size])
        if inputs.get_shape().with_rank(2).dims[1].value is None:
            raise ValueError("Could not infer input size from inputs.get_shape()[-1]")
        gates = linear(inputs, m_prev, self._applied_kernel(), self._bias)
        i, j, f, o = array_ops.split(value=gates, num_or_size_splits=4, axis=1)
        seen = (self._w_f_diag, self._w_i_diag) if self._use_peepholes else None
        c = lstm_memory(i, j, f, c_prev, self._forget_bias, self._activation, seen)
        c = clipped(c, self._cell_clip)
        m = lstm_output(o, c, self._activation, self._w_o_diag if self._use_peepholes else None)
        if self._num_proj is not None:
            m = clipped(math_ops.matmul(m, self._proj_kernel), self._proj_clip)
        if self._state_is_tuple:
            return m, LSTMStateTuple(c, m)
        return m, array_ops.concat([c, m], 1)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "use_peepholes": self._use_peepholes,
            "cell_clip": self._cell_clip,
            "initializer": initializers.serialize(self._initializer),
            "num_proj": self._num_proj,
            "proj_clip": self._proj_clip,
            "num_unit_shards": self._num_unit_shards,
            "num_proj_shards": self._num_proj_shards,
            "forget_bias": self._forget_bias,
            "state_is_tuple": self._state_is_tuple,
        }


def _partitioner(shards: int | None) -> Any:
    return None if shards is None else fixed_size_partitioner(shards)
