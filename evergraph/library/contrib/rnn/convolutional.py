"""LSTM cells whose products are convolutions (Shi et al. 2015)."""

from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.api.convolution_ops import conv1d, conv2d, conv3d_v1
from evergraph.api.init_ops import constant_initializer
from evergraph.api.variable_scope import get_variable
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.tensor import Tensor
from evergraph.library.rnn.cell import RNNCell
from evergraph.library.rnn.cells import LSTMStateTuple


@export("contrib.rnn.ConvLSTMCell")
class ConvLSTMCell(RNNCell):
    """An LSTM over signals, images or volumes: gates are convolutions of input and output, of the
    same size. Stands for `tf.contrib.rnn.ConvLSTMCell`.

    Args:
      conv_ndims: over how many dimensions is convolved, 1 to 3.
      input_shape: the shape of an input without the batch, channels last: a list of ints.
      output_channels: channels of the output.
      kernel_shape: sizes of the kernel, an int a dimension.
      use_bias: whether gates have a bias.
      skip_connection: whether the input is appended to the output's channels.
      forget_bias: what is added to the forget gate.
      initializers: unused.
      name: the name of the cell, and of its variables' scope.

    Raises:
      ValueError: `input_shape` does not fit `conv_ndims`.
    """

    def __init__(
        self,
        conv_ndims: int,
        input_shape: Any,
        output_channels: int,
        kernel_shape: Any,
        use_bias: bool = True,
        skip_connection: bool = False,
        forget_bias: float = 1.0,
        initializers: Any = None,
        name: str = "conv_lstm_cell",
    ) -> None:
        super().__init__(name=name)
        if conv_ndims != len(input_shape) - 1:
            raise ValueError(f"Invalid input_shape {input_shape} for conv_ndims={conv_ndims}.")
        self._conv_ndims = conv_ndims
        self._output_channels = output_channels
        self._kernel_shape = list(kernel_shape)
        self._use_bias = use_bias
        self._forget_bias = forget_bias
        self._skip_connection = skip_connection
        space = list(input_shape[:-1])
        state = TensorShape([*space, output_channels])
        self._state_size = LSTMStateTuple(state, state)
        skipped = input_shape[-1] if skip_connection else 0
        self._output_size = TensorShape([*space, output_channels + skipped])

    @property
    def output_size(self) -> TensorShape:
        return self._output_size

    @property
    def state_size(self) -> LSTMStateTuple:
        return self._state_size

    def call(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """Output and new state for an input and a state."""
        cell, hidden = state
        both = _convolved(
            [inputs, hidden], self._kernel_shape, 4 * self._output_channels, self._use_bias
        )
        kept, new, forgotten, out = array_ops.split(both, 4, axis=self._conv_ndims + 1)
        cell = math_ops.sigmoid(forgotten + self._forget_bias) * cell
        cell += math_ops.sigmoid(kept) * math_ops.tanh(new)
        output = math_ops.tanh(cell) * math_ops.sigmoid(out)
        if self._skip_connection:
            output = array_ops.concat([output, inputs], axis=-1)
        return output, LSTMStateTuple(cell, output)


@export("contrib.rnn.Conv1DLSTMCell")
class Conv1DLSTMCell(ConvLSTMCell):
    """`ConvLSTMCell` over signals `[batch, length, channels]`. Stands for
    `tf.contrib.rnn.Conv1DLSTMCell`."""

    def __init__(self, name: str = "conv_1d_lstm_cell", **kwargs: Any) -> None:
        super().__init__(conv_ndims=1, name=name, **kwargs)


@export("contrib.rnn.Conv2DLSTMCell")
class Conv2DLSTMCell(ConvLSTMCell):
    """`ConvLSTMCell` over images `[batch, height, width, channels]`. Stands for
    `tf.contrib.rnn.Conv2DLSTMCell`."""

    def __init__(self, name: str = "conv_2d_lstm_cell", **kwargs: Any) -> None:
        super().__init__(conv_ndims=2, name=name, **kwargs)


@export("contrib.rnn.Conv3DLSTMCell")
class Conv3DLSTMCell(ConvLSTMCell):
    """`ConvLSTMCell` over volumes `[batch, depth, height, width, channels]`. Stands for
    `tf.contrib.rnn.Conv3DLSTMCell`."""

    def __init__(self, name: str = "conv_3d_lstm_cell", **kwargs: Any) -> None:
        super().__init__(conv_ndims=3, name=name, **kwargs)


_CONVOLUTIONS = {3: conv1d, 4: conv2d, 5: conv3d_v1}


def _convolved(values: list[Tensor], kernel_shape: list[int], channels: int, bias: bool) -> Tensor:
    """A convolution of values side by side, of stride 1, and perhaps a bias, by variables of the
    current scope."""
    shapes = [v.get_shape().as_list() for v in values]
    rank = len(shapes[0])
    for shape in shapes:
        if len(shape) not in _CONVOLUTIONS:
            raise ValueError(f"Conv Linear expects 3D, 4D or 5D arguments: {shapes}")
        if len(shape) != rank:
            raise ValueError(f"Conv Linear expects all args to be of same Dimension: {shapes}")
    dtype = values[0].dtype
    depth = sum(shape[-1] for shape in shapes)
    kernel = get_variable("kernel", [*kernel_shape, depth, channels], dtype=dtype)
    strides: Any = 1 if rank == 3 else rank * [1]
    convolve: Any = _CONVOLUTIONS[rank]
    joined = array_ops.concat(axis=rank - 1, values=values)
    result = convolve(joined, kernel, strides, padding="SAME")
    if not bias:
        return result
    initial = constant_initializer(0.0, dtype=dtype)
    return result + get_variable("biases", [channels], dtype=dtype, initializer=initial)
