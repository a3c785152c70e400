"""Cells that compute what cuDNN's networks do, with the same checkpoints."""

from typing import Any

from evergraph.api import array_ops, math_ops, nn_ops
from evergraph.api.init_ops import constant_initializer, zeros_initializer
from evergraph.base.export import export
from evergraph.library.contrib.rnn.lstm_ops import LSTMBlockCell
from evergraph.library.rnn.cell import BIAS, KERNEL
from evergraph.library.rnn.cells import GRUCell


@export("contrib.cudnn_rnn.CudnnCompatibleLSTMCell")
class CudnnCompatibleLSTMCell(LSTMBlockCell):
    """One layer of `CudnnLSTM` as a cell. Stands for
    `tf.contrib.cudnn_rnn.CudnnCompatibleLSTMCell`.

    Args:
      num_units: the size of output and memory.
      reuse: whether the variables are found in the scope rather than made.
    """

    def __init__(self, num_units: int, reuse: bool | None = None) -> None:
        super().__init__(
            num_units,
            forget_bias=0,
            cell_clip=None,
            use_peephole=False,
            reuse=reuse,
            name="cudnn_compatible_lstm_cell",
        )


@export("contrib.cudnn_rnn.CudnnCompatibleGRUCell")
class CudnnCompatibleGRUCell(GRUCell):
    """One layer of `CudnnGRU` as a cell. Stands for `tf.contrib.cudnn_rnn.CudnnCompatibleGRUCell`.

    Other than in `GRUCell`, the reset gate r acts on the product with the hidden state, which has a
    bias of its own: h' = tanh(W x + b + r (R h + c)) (cuDNN's manual, cudnnRNNMode_t).

    Args:
      num_units: the size of output and state.
      reuse: whether the variables are found in the scope rather than made.
      kernel_initializer: initial values of the matrices.
    """

    def __init__(
        self, num_units: int, reuse: bool | None = None, kernel_initializer: Any = None
    ) -> None:
        super().__init__(
            num_units, activation=None, reuse=reuse, kernel_initializer=kernel_initializer
        )

    def build(self, inputs_shape: Any) -> None:
        """Makes the variables; ValueError where the size of the inputs is not known."""
        depth = inputs_shape[1].value
        if depth is None:
            raise ValueError(f"Expected inputs.shape[-1] to be known, saw shape: {inputs_shape}")
        units, kernels = self._num_units, self._kernel_initializer
        gates = self._bias_initializer or constant_initializer(1.0, dtype=self.dtype)
        self._gate_kernel = self.add_variable(
            f"gates/{KERNEL}", shape=[depth + units, 2 * units], initializer=kernels
        )
        self._gate_bias = self.add_variable(f"gates/{BIAS}", shape=[2 * units], initializer=gates)
        of_input, of_state = "candidate/input_projection", "candidate/hidden_projection"
        self._candidate_input_kernel = self.add_variable(
            f"{of_input}/{KERNEL}", shape=[depth, units], initializer=kernels
        )
        self._candidate_hidden_kernel = self.add_variable(
            f"{of_state}/{KERNEL}", shape=[units, units], initializer=kernels
        )
        biases = self._bias_initializer or zeros_initializer(dtype=self.dtype)
        self._candidate_input_bias = self.add_variable(
            f"{of_input}/{BIAS}", shape=[units], initializer=biases
        )
        self._candidate_hidden_bias = self.add_variable(
            f"{of_state}/{BIAS}", shape=[units], initializer=biases
        )

    def call(self, inputs: Any, state: Any) -> Any:
        """The new state, twice."""
        gates = math_ops.matmul(array_ops.concat([inputs, state], 1), self._gate_kernel)
        gates = math_ops.sigmoid(nn_ops.bias_add(gates, self._gate_bias))
        r, u = array_ops.split(value=gates, num_or_size_splits=2, axis=1)
        candidate = nn_ops.bias_add(
            math_ops.matmul(inputs, self._candidate_input_kernel), self._candidate_input_bias
        )
        candidate += r * nn_ops.bias_add(
            math_ops.matmul(state, self._candidate_hidden_kernel), self._candidate_hidden_bias
        )
        candidate = self._activation(candidate)
        new_h = (1 - u) * candidate + u * state
        return new_h, new_h
