"""Recurrent layers whose products are convolutions: ConvLSTM2D."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops
from evergraph.base.export import export
from evergraph.library.keras.engine.base_layer import Layer
from evergraph.library.keras.engine.input_spec import InputSpec
from evergraph.library.keras.functions.arrays import zeros_like
from evergraph.library.keras.functions.convolutions import bias_add, conv2d
from evergraph.library.keras.functions.elements import sum as summed
from evergraph.library.keras.layers.recurrent import OF_CELL, RNN, _OfCell
from evergraph.library.keras.layers.recurrent_cells import LSTMCell, _times
from evergraph.library.keras.utils import conv_utils
from evergraph.library.keras.utils.tf_utils import shape_type_conversion
from evergraph.library.train.tracking.data_structures import NoDependency

OF_CONVOLUTION = ("filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate")
NO_SIZES = (
    "If a RNN is stateful, it needs to know its batch size. Specify the batch size of your input "
    "tensors: \n- If using a Sequential model, specify the batch size by passing a "
    "`batch_input_shape` argument to your first layer.\n- If using the functional API, specify "
    "the time dimension by passing a `batch_shape` argument to your Input layer.\nThe same thing "
    "goes for the number of rows and columns."
)


class ConvRNN2D(RNN):
    """A cell of convolutions over time, of images; arguments as of `tf.keras.layers.RNN`.

    Raises:
      TypeError: for `unroll`, or several cells.
    """

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        **kwargs: Any,
    ) -> None:
        if unroll:
            raise TypeError("Unrolling isn't possible with convolutional RNNs.")
        if isinstance(cell, (list, tuple)):
            raise TypeError("It is not possible at the moment tostack convolutional cells.")
        super().__init__(
            cell, return_sequences, return_state, go_backwards, stateful, unroll, **kwargs
        )
        self.input_spec = [InputSpec(ndim=5)]

    @property
    def _channel_axis(self) -> int:
        return 1 if self.cell.data_format == "channels_first" else 3

    def _image_shape(self, input_shape: Any) -> list[Any]:
        """The shape of the output of one step."""
        cell, start = self.cell, self._channel_axis == 1
        space = [
            conv_utils.conv_output_length(
                size,
                cell.kernel_size[i],
                padding=cell.padding,
                stride=cell.strides[i],
                dilation=cell.dilation_rate[i],
            )
            for i, size in enumerate(input_shape[3:5] if start else input_shape[2:4])
        ]
        image = [cell.filters, *space] if start else [*space, cell.filters]
        return [input_shape[0], *image]

    @shape_type_conversion
    def compute_output_shape(self, input_shape: Any) -> Any:
        """The output's shape, and those of two states in a list with it if they are given."""
        shape = input_shape[0] if isinstance(input_shape, list) else input_shape
        batch, *image = self._image_shape(shape)
        output = (batch, shape[1], *image) if self.return_sequences else (batch, *image)
        return [output, *[(batch, *image)] * 2] if self.return_state else output

    @shape_type_conversion
    def build(self, input_shape: Any) -> None:
        """Builds the cell, and makes the states that are kept."""
        constants = []
        if self._num_constants:
            constants = input_shape[-self._num_constants :]
        shape = input_shape[0] if isinstance(input_shape, list) else input_shape
        batch_size = shape[0] if self.stateful else None
        self.input_spec[0] = InputSpec(shape=(batch_size, None, *shape[2:5]))
        if isinstance(self.cell, Layer):
            step = (shape[0], *shape[2:])
            self.cell.build([step, *constants] if constants else step)
        sizes = self._state_sizes()
        axis = self._channel_axis
        if self.state_spec is None:
            anything: list[Any] = [None] * 4
            self.state_spec = [
                InputSpec(shape=(*anything[:axis], size, *anything[axis + 1 :])) for size in sizes
            ]
        elif [spec.shape[axis] for spec in self.state_spec] != sizes:
            raise ValueError(
                "An initial_state was passed that is not compatible with `cell.state_size`. "
                f"Received `state_spec`={[spec.shape for spec in self.state_spec]}; However "
                f"`cell.state_size` is {self.cell.state_size}"
            )
        if self.stateful:
            self.reset_states()
        self.built = True

    def get_initial_state(self, inputs: Any) -> list[Any]:
        """Zeros of the shape of a step's output."""
        shape = list(self.cell.kernel_shape)
        shape[-1] = self.cell.filters
        state = summed(zeros_like(inputs), axis=1)
        state = self.cell.input_conv(
            state, array_ops.zeros(tuple(shape)), padding=self.cell.padding
        )
        return [state for _ in self._state_sizes()]

    def _most_steps(self, length: Any) -> Any:
        return length

    def _shapes_of_states(self) -> Callable[[Any], list[Any]]:
        shape = self._image_shape(self.input_spec[0].shape)
        if None in shape:
            raise ValueError(NO_SIZES)
        axis = self._channel_axis
        return lambda size: [*shape[:axis], size, *shape[axis + 1 :]]

    def _expected(self, state: Any) -> Any:
        return tuple(state.shape.as_list())


class ConvLSTM2DCell(LSTMCell):
    """A step of `ConvLSTM2D`, whose arguments it has."""

    def __init__(
        self,
        filters: Any,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: Any = "valid",
        data_format: str | None = None,
        dilation_rate: Any = (1, 1),
        activation: Any = "tanh",
        recurrent_activation: Any = "hard_sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        **kwargs: Any,
    ) -> None:
        given = conv_utils.own_arguments(locals())
        of_lstm = {name: value for name, value in given.items() if name not in OF_CONVOLUTION}
        super().__init__(filters, **of_lstm)
        self.filters = filters
        self.kernel_size = conv_utils.normalize_tuple(kernel_size, 2, "kernel_size")
        self.strides = conv_utils.normalize_tuple(strides, 2, "strides")
        self.padding = conv_utils.normalize_padding(padding)
        self.data_format = conv_utils.normalize_data_format(data_format)
        self.dilation_rate = conv_utils.normalize_tuple(dilation_rate, 2, "dilation_rate")
        self.state_size = NoDependency((filters, filters))

    def build(self, input_shape: Any) -> None:
        """Makes kernels and bias. Raises ValueError if the number of channels is not known."""
        channels = input_shape[1 if self.data_format == "channels_first" else -1]
        if channels is None:
            raise ValueError("The channel dimension of the inputs should be defined. Found `None`.")
        size = self.gates * self.filters
        self.kernel_shape = (*self.kernel_size, channels, size)
        self.kernel = self._weight("kernel", "kernel", self.kernel_shape)
        shape = (*self.kernel_size, self.filters, size)
        self.recurrent_kernel = self._weight("recurrent_kernel", "recurrent", shape)
        self.bias = None
        if self.use_bias:
            self.bias = self._weight("bias", "bias", (size,), self._first_bias())
        self.built = True

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        """The output, and a list of it and the memory as the new states."""
        state, memory = states
        masks, recurrent_masks = self._masks(inputs, state, training)
        xs = [_times(inputs, masks, self.dropout, i) for i in range(4)]
        hs = [_times(state, recurrent_masks, self.recurrent_dropout, i) for i in range(4)]
        kernels = array_ops.split(self.kernel, 4, axis=3)
        recurrent_kernels = array_ops.split(self.recurrent_kernel, 4, axis=3)
        biases = array_ops.split(self.bias, 4) if self.use_bias else [None] * 4
        xs = [self.input_conv(xs[i], kernels[i], biases[i], self.padding) for i in range(4)]
        hs = [self.recurrent_conv(hs[i], recurrent_kernels[i]) for i in range(4)]
        i = self.recurrent_activation(xs[0] + hs[0])
        f = self.recurrent_activation(xs[1] + hs[1])
        kept = f * memory
        memory = kept + i * self.activation(xs[2] + hs[2])
        output = self.recurrent_activation(xs[3] + hs[3])
        h = output * self.activation(memory)
        return h, [h, memory]

    def input_conv(self, x: Any, w: Any, b: Any = None, padding: str = "valid") -> Any:
        """The convolution of an input, and the bias."""
        found = conv2d(
            x,
            w,
            strides=self.strides,
            padding=padding,
            data_format=self.data_format,
            dilation_rate=self.dilation_rate,
        )
        return found if b is None else bias_add(found, b, data_format=self.data_format)

    def recurrent_conv(self, x: Any, w: Any) -> Any:
        """The convolution of a state, which keeps its size."""
        return conv2d(x, w, strides=(1, 1), padding="same", data_format=self.data_format)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["units"], config["implementation"]
        return config | {name: getattr(self, name) for name in OF_CONVOLUTION}


@export("keras.layers.ConvLSTM2D")
class ConvLSTM2D(_OfCell, ConvRNN2D):
    """An LSTM over images whose products are convolutions. Stands for
    `tf.keras.layers.ConvLSTM2D`.

    Args:
      filters: the number of channels of output and states.
      kernel_size, strides, padding, data_format, dilation_rate: of the convolution of inputs, as
        of `tf.keras.layers.Conv2D`; that of states keeps their size.
      activation and the others: see `tf.keras.layers.LSTM`.
    """

    _of_cell = (*OF_CONVOLUTION, *OF_CELL)
    _input_rank = 5

    def __init__(
        self,
        filters: Any,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: Any = "valid",
        data_format: str | None = None,
        dilation_rate: Any = (1, 1),
        activation: Any = "tanh",
        recurrent_activation: Any = "hard_sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        return_sequences: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        **kwargs: Any,
    ) -> None:
        self._make(ConvLSTM2DCell, dict(locals()), kwargs)
