"""LSTM cells with normalized gates, or normalized weights."""

from typing import Any

from evergraph.api import array_ops, math_ops, nn_impl, nn_ops
from evergraph.api.init_ops import constant_initializer
from evergraph.api.variable_scope import get_variable, variable_scope
from evergraph.api.variable_scope_state import get_variable_scope
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.defaults import control_dependencies
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.layers.layer_norm import layer_norm as normalize
from evergraph.library.contrib.rnn.core_rnn_cell import _bias, _checked_arguments
from evergraph.library.rnn.cell import KERNEL, RNNCell
from evergraph.library.rnn.cells import LSTMStateTuple
from evergraph.library.rnn.gates import clipped, lstm_memory, lstm_output


def _norm(g: float, b: float, inp: Any, scope: str, dtype: Any = dtypes.float32) -> Tensor:
    """`inp` normalized, with variables "gamma" and "beta" that begin with `g` and `b`."""
    shape = inp.get_shape()[-1:]
    with variable_scope(scope):
        get_variable("gamma", shape=shape, initializer=constant_initializer(g), dtype=dtype)
        get_variable("beta", shape=shape, initializer=constant_initializer(b), dtype=dtype)
    return normalize(inp, reuse=True, scope=scope)


@export("contrib.rnn.LayerNormBasicLSTMCell")
class LayerNormBasicLSTMCell(RNNCell):
    """An LSTM cell with normalized gates and memory, and dropout of what is new in the memory (Ba
    et al. 2016, Semeniuta et al. 2016). Stands for `tf.contrib.rnn.LayerNormBasicLSTMCell`.

    Args:
      num_units: the size of output and memory.
      forget_bias: added to the forget gate.
      input_size: not used.
      activation: a function.
      layer_norm: whether there is normalization; without it there is a bias.
      norm_gain, norm_shift: initial values of the normalization's variables.
      dropout_keep_prob: how likely an element is kept, a number or a scalar tensor.
      dropout_prob_seed: see `tf.set_random_seed`.
      reuse: whether the variables are found in the scope rather than made.
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: Any = 1.0,
        input_size: Any = None,
        activation: Any = math_ops.tanh,
        layer_norm: bool = True,
        norm_gain: float = 1.0,
        norm_shift: float = 0.0,
        dropout_keep_prob: Any = 1.0,
        dropout_prob_seed: int | None = None,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        if input_size is not None:
            logging.warn("%s: The input_size parameter is deprecated.", self)
        self._num_units = num_units
        self._activation = activation
        self._forget_bias = forget_bias
        self._keep_prob = dropout_keep_prob
        self._seed = dropout_prob_seed
        self._layer_norm = layer_norm
        self._norm_gain = norm_gain
        self._norm_shift = norm_shift

    @property
    def state_size(self) -> Any:
        return LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self) -> Any:
        return self._num_units

    def _norm(self, inp: Any, scope: str, dtype: Any = dtypes.float32) -> Tensor:
        return _norm(self._norm_gain, self._norm_shift, inp, scope, dtype)

    def _linear(self, args: Any) -> Tensor:
        size, dtype = 4 * self._num_units, args.dtype
        kernel = get_variable("kernel", [args.get_shape()[-1], size], dtype=dtype)
        gates = math_ops.matmul(args, kernel)
        if self._layer_norm:
            return gates
        return nn_ops.bias_add(gates, get_variable("bias", [size], dtype=dtype))

    def call(self, inputs: Any, state: Any) -> Any:
        c, h = state
        joined = array_ops.concat([inputs, h], 1)
        dtype = joined.dtype
        i, j, f, o = array_ops.split(value=self._linear(joined), num_or_size_splits=4, axis=1)
        if self._layer_norm:
            i = self._norm(i, "input", dtype=dtype)
            j = self._norm(j, "transform", dtype=dtype)
            f = self._norm(f, "forget", dtype=dtype)
            o = self._norm(o, "output", dtype=dtype)
        g = self._activation(j)
        if not isinstance(self._keep_prob, float) or self._keep_prob < 1:
            g = nn_ops.dropout(g, self._keep_prob, seed=self._seed)
        new_c = c * math_ops.sigmoid(f + self._forget_bias) + math_ops.sigmoid(i) * g
        if self._layer_norm:
            new_c = self._norm(new_c, "state", dtype=dtype)
        new_h = self._activation(new_c) * math_ops.sigmoid(o)
        return new_h, LSTMStateTuple(new_c, new_h)


class _ProjectedLSTMCell(RNNCell):
    """What both cells below have: sizes, and the checks of their inputs."""

    def __init__(
        self, num_units: int, num_proj: int | None, reuse: bool | None, **settings: Any
    ) -> None:
        super().__init__(_reuse=reuse)
        self._num_units = num_units
        self._num_proj = num_proj
        self._output_size = num_proj or num_units
        self._state_size = LSTMStateTuple(num_units, self._output_size)
        self._use_peepholes: bool = settings["use_peepholes"]
        self._cell_clip = settings["cell_clip"]
        self._initializer = settings["initializer"]
        self._proj_clip = settings["proj_clip"]
        self._forget_bias = settings["forget_bias"]
        self._activation = settings["activation"] or math_ops.tanh

    @property
    def state_size(self) -> Any:
        return self._state_size

    @property
    def output_size(self) -> Any:
        return self._output_size

    def _diagonals(self, dtype: Any) -> list[Any]:
        """Those of forget, input and output gate, or None for each."""
        if not self._use_peepholes:
            return [None] * 3
        return [
            get_variable(f"w_{gate}_diag", shape=[self._num_units], dtype=dtype) for gate in "fio"
        ]


def _check_size(inputs: Any) -> None:
    if inputs.get_shape().with_rank(2).dims[1].value is None:
        raise ValueError("Could not infer input size from inputs.get_shape()[-1]")


class LayerNormLSTMCell(_ProjectedLSTMCell):
    """`LSTMCell` with normalized gates and memory.

    Stands for `tensorflow.contrib.rnn.python.ops.rnn_cell.LayerNormLSTMCell`.

    Args:
      num_units, use_peepholes, cell_clip, initializer, num_proj, proj_clip, forget_bias,
        activation, reuse: see `tf.nn.rnn_cell.LSTMCell`.
      layer_norm: whether there is normalization. The variable "bias" is there, too, but not used.
      norm_gain, norm_shift: initial values of the normalization's variables.
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        cell_clip: Any = None,
        initializer: Any = None,
        num_proj: int | None = None,
        proj_clip: Any = None,
        forget_bias: Any = 1.0,
        activation: Any = None,
        layer_norm: bool = False,
        norm_gain: float = 1.0,
        norm_shift: float = 0.0,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(
            num_units,
            num_proj,
            reuse,
            use_peepholes=use_peepholes,
            cell_clip=cell_clip,
            initializer=initializer,
            proj_clip=proj_clip,
            forget_bias=forget_bias,
            activation=activation,
        )
        self._layer_norm = layer_norm
        self._norm_gain = norm_gain
        self._norm_shift = norm_shift

    def _linear(self, args: Any, output_size: int, bias: bool, layer_norm: bool = False) -> Tensor:
        matrices, width = _checked_arguments(args)
        dtype = matrices[0].dtype
        with variable_scope(get_variable_scope()) as scope:
            weights = get_variable(KERNEL, [width, output_size], dtype=dtype)
            joined = matrices[0] if len(matrices) == 1 else array_ops.concat(matrices, 1)
            result = math_ops.matmul(joined, weights)
            if not bias:
                return result
            biases = _bias(scope, output_size, dtype, None)
        return result if layer_norm else nn_ops.bias_add(result, biases)

    def _maybe_norm(self, x: Any, name: str) -> Any:
        return _norm(self._norm_gain, self._norm_shift, x, name) if self._layer_norm else x

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; ValueError where the size of the inputs is not known."""
        c_prev, m_prev = state
        _check_size(inputs)
        with variable_scope(get_variable_scope(), initializer=self._initializer) as scope:
            gates = self._linear(
                [inputs, m_prev], 4 * self._num_units, bias=True, layer_norm=self._layer_norm
            )
            i, j, f, o = array_ops.split(value=gates, num_or_size_splits=4, axis=1)
            i = self._maybe_norm(i, "input")
            j = self._maybe_norm(j, "transform")
            f = self._maybe_norm(f, "forget")
            o = self._maybe_norm(o, "output")
            with variable_scope(scope):
                w_f, w_i, w_o = self._diagonals(inputs.dtype)
            seen = (w_f, w_i) if self._use_peepholes else None
            c = lstm_memory(i, j, f, c_prev, self._forget_bias, self._activation, seen)
            c = clipped(self._maybe_norm(c, "state"), self._cell_clip)
            m = lstm_output(o, c, self._activation, w_o)
            if self._num_proj is not None:
                with variable_scope("projection"):
                    m = self._linear(m, self._num_proj, bias=False)
                m = clipped(m, self._proj_clip)
        return m, LSTMStateTuple(c, m)


class WeightNormLSTMCell(_ProjectedLSTMCell):
    """`LSTMCell` whose kernels' columns are normalized and scaled (Salimans and Kingma 2016).

    Stands for `tensorflow.contrib.rnn.python.ops.rnn_cell.WeightNormLSTMCell`.

    Args:
      num_units, use_peepholes, cell_clip, initializer, num_proj, proj_clip, forget_bias,
        activation, reuse: see `tf.nn.rnn_cell.LSTMCell`.
      norm: whether there is normalization.
    """

    def __init__(
        self,
        num_units: int,
        norm: bool = True,
        use_peepholes: bool = False,
        cell_clip: Any = None,
        initializer: Any = None,
        num_proj: int | None = None,
        proj_clip: Any = None,
        forget_bias: Any = 1,
        activation: Any = None,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(
            num_units,
            num_proj,
            reuse,
            use_peepholes=use_peepholes,
            cell_clip=cell_clip,
            initializer=initializer,
            proj_clip=proj_clip,
            forget_bias=forget_bias,
            activation=activation,
        )
        # TensorFlow's cell opens this scope within whatever scope is there.
        self._scope: Any = "wn_lstm_cell"
        self._norm = norm

    def _linear(self, args: Any, output_size: int, norm: bool, bias: bool) -> Tensor:
        matrices, width = _checked_arguments(args)
        dtype = matrices[0].dtype
        with variable_scope(get_variable_scope()) as scope:
            weights: Any = get_variable(KERNEL, [width, output_size], dtype=dtype)
            if norm:
                weights = _normalized(weights, matrices)
            joined = matrices[0] if len(matrices) == 1 else array_ops.concat(matrices, 1)
            result = math_ops.matmul(joined, weights)
            if not bias:
                return result
            return nn_ops.bias_add(result, _bias(scope, output_size, dtype, None))

    def call(self, inputs: Any, state: Any) -> Any:
        """One step; ValueError where the size of the inputs is not known."""
        c, h = state
        _check_size(inputs)
        sigmoid = math_ops.sigmoid
        with variable_scope(self._scope, initializer=self._initializer):
            gates = self._linear([inputs, h], 4 * self._num_units, norm=self._norm, bias=True)
            i, j, f, o = array_ops.split(value=gates, num_or_size_splits=4, axis=1)
            w_f, w_i, w_o = self._diagonals(inputs.dtype)
            # The factors are in another order than in the other cells.
            if self._use_peepholes:
                new_c = c * sigmoid(f + self._forget_bias + w_f * c) + sigmoid(
                    i + w_i * c
                ) * self._activation(j)
            else:
                new_c = c * sigmoid(f + self._forget_bias) + sigmoid(i) * self._activation(j)
            new_c = clipped(new_c, self._cell_clip)
            new_h = lstm_output(o, new_c, self._activation, w_o)
            if self._num_proj is not None:
                with variable_scope("projection"):
                    new_h = self._linear(new_h, self._num_proj, norm=self._norm, bias=False)
                new_h = clipped(new_h, self._proj_clip)
            return new_h, LSTMStateTuple(new_c, new_h)


def _normalized(weights: Any, matrices: list[Any]) -> Tensor:
    """The rows for each matrix with columns of length 1, times a variable for each column."""
    parts, start = [], 0
    with control_dependencies(None):
        for i, matrix in enumerate(matrices):
            end = start + matrix.get_shape().dims[1].value
            rows = weights[start:end, :]
            scale = get_variable(f"norm_{i}", [rows.get_shape().as_list()[1]], dtype=rows.dtype)
            parts.append(nn_impl.l2_normalize(rows, axis=0) * scale)
            start = end
        return array_ops.concat(parts, axis=0)
