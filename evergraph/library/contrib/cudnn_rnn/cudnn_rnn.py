"""Layers that are whole recurrent networks of cuDNN: CudnnLSTM, CudnnGRU, CudnnRNNTanh,
CudnnRNNRelu."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops
from evergraph.api.init_ops import constant_initializer, glorot_uniform_initializer
from evergraph.api.variable_scope import get_variable, variable_scope
from evergraph.api.variable_scope_state import get_variable_scope
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import add_to_collection, device
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.cudnn_rnn.cudnn_rnn_ops import _cudnn_rnn
from evergraph.library.contrib.cudnn_rnn.modes import (
    CUDNN_GRU,
    CUDNN_INPUT_LINEAR_MODE,
    CUDNN_LSTM,
    CUDNN_RNN_RELU,
    CUDNN_RNN_TANH,
    CUDNN_RNN_UNIDIRECTION,
    PARAMS_PER_LAYER,
    check_direction,
    check_input_mode,
    count_directions,
)
from evergraph.library.contrib.cudnn_rnn.parameters import cudnn_rnn_canonical_to_opaque_params
from evergraph.library.contrib.cudnn_rnn.saveables import (
    CudnnGRUSaveable,
    CudnnLSTMSaveable,
    CudnnOpaqueParamsSaveable,
    CudnnRNNReluSaveable,
    CudnnRNNTanhSaveable,
)
from evergraph.library.keras.engine.input_spec import InputSpec
from evergraph.library.layers import base


class _CudnnRNN(base.Layer):
    """What the layers derive from.

    A layer has one variable, "opaque_kernel". A Saver writes the parameters of the cells that
    compute the same, so that these can read its checkpoints, and it theirs.

    Args:
      num_layers: how many layers.
      num_units: the size of the hidden state.
      input_mode: how the first layer takes its input: "linear_input"; "skip_input", as it is;
        "auto_select", as it is where its size is that of the units.
      direction: "unidirectional" or "bidirectional".
      dropout: which part of the values between two layers is dropped.
      seed: the op's seed.
      dtype: float16, float32 or float64.
      kernel_initializer: initial values of the matrices; default: Glorot's.
      bias_initializer: initial values of the biases; default: zeros.
      name: the name; default: the class's in snake case.

    Raises:
      ValueError: an unknown direction or input mode, or another dtype.
    """

    _rnn_mode: str
    _saveable_cls: type[CudnnOpaqueParamsSaveable]

    def __init__(
        self,
        num_layers: int,
        num_units: int,
        input_mode: str = CUDNN_INPUT_LINEAR_MODE,
        direction: str = CUDNN_RNN_UNIDIRECTION,
        dropout: float = 0.0,
        seed: int | None = None,
        dtype: Any = dtypes.float32,
        kernel_initializer: Any = None,
        bias_initializer: Any = None,
        name: Any = None,
    ) -> None:
        super().__init__(dtype=dtype, name=name)
        check_direction(direction)
        check_input_mode(input_mode)
        if dtype not in (dtypes.float16, dtypes.float32, dtypes.float64):
            raise ValueError(f"Only support float16, float32, float64, provided {dtype}")
        self._plain_dtype = dtype
        self._num_layers = num_layers
        self._num_units = num_units
        self._input_mode = input_mode
        self._direction = direction
        self._dropout = dropout
        self._seed = seed
        self._kernel_initializer = kernel_initializer
        self._bias_initializer = bias_initializer
        self._input_size: int | None = None
        self._saveable: CudnnOpaqueParamsSaveable | None = None

    @property
    def num_layers(self) -> int:
        return self._num_layers

    @property
    def num_units(self) -> int:
        return self._num_units

    @property
    def input_mode(self) -> str:
        """How the first layer takes its input."""
        return self._input_mode

    @property
    def input_size(self) -> int:
        """The size of the inputs; ValueError before the layer is built."""
        if not self._input_size:
            raise ValueError("'input_size' is unknown since layer has not been built.")
        return self._input_size

    @property
    def rnn_mode(self) -> str:
        """The kind of layers: "lstm", "gru", "rnn_tanh" or "rnn_relu"."""
        return self._rnn_mode

    @property
    def direction(self) -> str:
        return self._direction

    @property
    def num_dirs(self) -> int:
        return count_directions(self._direction)

    @property
    def saveable(self) -> CudnnOpaqueParamsSaveable | None:
        """What a Saver writes; None before the layer is built."""
        return self._saveable

    @property
    def canonical_weight_shapes(self) -> list[tuple[int, int]]:
        """The shapes of all matrices; RuntimeError before the layer is built."""
        self._check_built("canonical_weight_shapes")
        layers = range(self._num_layers)
        return [shape for layer in layers for shape in self._canonical_weight_shape(layer)]

    @property
    def canonical_bias_shapes(self) -> list[list[int]]:
        """The shapes of all biases."""
        return self._canonical_bias_shape(0) * self._num_layers

    def _check_built(self, what: str) -> None:
        if not self._input_size:
            raise RuntimeError(f"{type(self).__name__}.{what} invoked before input shape is known")

    def _update_trainable_weights(
        self, getter: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> Any:
        """Notes the variables that are made or found."""
        variable = getter(*args, **kwargs)
        trained = kwargs.get("trainable", True)
        known = self._trainable_weights if trained else self._non_trainable_weights
        if not any(variable is other for other in known):
            known.append(variable)
        return variable

    def build(self, input_shape: Any) -> None:
        """Makes the variable and the saveable.

        Args:
          input_shape: [time, batch, size], of which only the size matters.

        Raises:
          ValueError: another rank, or an unknown size.
        """
        if self.built:
            return
        shape = TensorShape(input_shape)
        if shape.ndims != 3:
            raise ValueError(f"Expecting input_shape with 3 dims, got {shape.ndims}")
        if shape[-1].value is None:
            raise ValueError(
                "The last dimension of the inputs to `CudnnRNN` should be defined. Found `None`."
            )
        self._input_size = shape[-1].value
        self.input_spec = InputSpec(ndim=3, axes={-1: self._input_size})
        self._set_scope(None)
        with variable_scope(
            self._scope, reuse=self.built, custom_getter=self._update_trainable_weights
        ):
            params = self._initial_params()
            if get_variable_scope().partitioner is not None:
                logging.warn(
                    "Partitioner is not supported for Cudnn RNN layer variables, using it will "
                    "create forward-compatibility issues with future CUDA/CuDNN generations."
                )
            # The size of the vector is cuDNN's affair.
            self.kernel = get_variable(
                "opaque_kernel",
                dtype=self._plain_dtype,
                initializer=params,
                validate_shape=False,
            )
        # In the scope outside, where cells that read the checkpoint would be.
        if not (self.built or get_variable_scope().reuse is True):
            self._create_saveable()
        self.built = True

    def _initial_params(self) -> Tensor:
        kind = self._plain_dtype
        if self._kernel_initializer is None:
            self._kernel_initializer = glorot_uniform_initializer(seed=self._seed, dtype=kind)
        if self._bias_initializer is None:
            self._bias_initializer = constant_initializer(0.0, dtype=kind)
        weights = [
            self._kernel_initializer(shape, dtype=kind) for shape in self.canonical_weight_shapes
        ]
        biases = [self._bias_initializer(shape, dtype=kind) for shape in self.canonical_bias_shapes]
        return self._canonical_to_opaque(weights, biases)

    def call(
        self,
        inputs: Any,
        initial_state: Any = None,
        sequence_lengths: Any = None,
        time_major: bool = True,
        training: bool = True,
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Outputs and last states.

        Args:
          inputs: [time, batch, size].
          initial_state: a tuple, of hidden and cell state for LSTM, else of the hidden state:
            [layers * directions, batch, units]; default: zeros.
          sequence_lengths: int32 [batch]: how many steps count; default: all.
          time_major: False: the first two axes of inputs, states and results are the other way
            round.
          training: whether there is dropout, and a gradient.

        Raises:
          TypeError: `initial_state` is no tuple.
        """
        if initial_state is not None and not isinstance(initial_state, tuple):
            raise TypeError(f"Invalid initial_state type: {initial_state}, expecting tuple.")
        dtype = self.dtype
        inputs = convert_to_tensor(inputs, dtype=dtype)
        batch = array_ops.shape(inputs)[1]
        if initial_state is None:
            initial_state = self._zero_state(batch)
        with_cell = self._rnn_mode == CUDNN_LSTM
        if with_cell:
            h, c = initial_state
        else:
            (h,) = initial_state
        h = convert_to_tensor(h, dtype=dtype)
        c = convert_to_tensor(c, dtype=dtype) if with_cell else constant([], dtype=dtype)
        outputs, states = self._forward(
            inputs, h, c, self.kernel, sequence_lengths, time_major, training
        )
        return outputs, states if with_cell else states[:1]

    def state_shape(self, batch_size: Any) -> tuple[list[Any], ...]:
        """The shapes of the states."""
        raise NotImplementedError

    def _zero_state(self, batch_size: Any) -> tuple[Tensor, ...]:
        shapes = self.state_shape(batch_size)
        return tuple(array_ops.zeros(shape, dtype=self.dtype) for shape in shapes)

    def _canonical_weight_shape(self, layer: int) -> list[tuple[int, int]]:
        """The shapes of a layer's matrices; ValueError where there is no such layer."""
        if not 0 <= layer < self._num_layers:
            raise ValueError(
                f"'layer' is not valid, got {layer}, expecting [0, {self._num_layers - 1}]"
            )
        self._check_built("_canonical_weight_shape")
        units = self._num_units
        gates = PARAMS_PER_LAYER[self._rnn_mode] // 2
        width = units * self.num_dirs if layer else self.input_size
        return ([(units, width)] * gates + [(units, units)] * gates) * self.num_dirs

    def _canonical_bias_shape(self, unused_layer: int) -> list[list[int]]:
        """The shapes of a layer's biases."""
        return [[self._num_units]] * self.num_dirs * PARAMS_PER_LAYER[self._rnn_mode]

    def _canonical_to_opaque(self, cu_weights: Any, cu_biases: Any) -> Tensor:
        self._check_built("_canonical_to_opaque")
        with device("/gpu:0"):
            return cudnn_rnn_canonical_to_opaque_params(
                rnn_mode=self._rnn_mode,
                num_layers=self._num_layers,
                num_units=self._num_units,
                input_size=self.input_size,
                weights=cu_weights,
                biases=cu_biases,
                input_mode=self._input_mode,
                seed=self._seed,
                dropout=self._dropout,
                direction=self._direction,
            )

    def _forward(
        self,
        inputs: Any,
        h: Any,
        c: Any,
        opaque_params: Any,
        sequence_lengths: Any,
        time_major: bool,
        training: bool,
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        output, output_h, output_c = _cudnn_rnn(
            inputs,
            h,
            c,
            opaque_params,
            training,
            self._rnn_mode,
            sequence_lengths=sequence_lengths,
            time_major=time_major,
            input_mode=self._input_mode,
            direction=self._direction,
            dropout=self._dropout,
            seed=self._seed,
        )
        return output, (output_h, output_c)

    def _create_saveable(self) -> None:
        if self._saveable is not None:
            raise RuntimeError("Cudnn saveable already created.")
        variable = self.trainable_variables[0]
        self._saveable = self._saveable_cls(
            opaque_params=variable,
            num_layers=self.num_layers,
            num_units=self.num_units,
            input_size=self.input_size,
            input_mode=self.input_mode,
            direction=self.direction,
            scope=get_variable_scope(),
            name=f"{variable.name.split(':')[0]}_saveable",
        )
        # TensorFlow asks for the device of the first element; the node for it is in its graphs.
        _ = variable[0]
        add_to_collection(GraphKeys.SAVEABLE_OBJECTS, self._saveable)


@export("contrib.cudnn_rnn.CudnnLSTM")
class CudnnLSTM(_CudnnRNN):
    """Layers of LSTM. Stands for `tf.contrib.cudnn_rnn.CudnnLSTM`.

    Called with inputs [time, batch, size] it returns the outputs
    [time, batch, directions * num_units] and the last hidden and cell states. Its checkpoints are
    those of `CudnnCompatibleLSTMCell`s in a `MultiRNNCell` and `dynamic_rnn`, or in
    `stack_bidirectional_dynamic_rnn`. For the arguments see `_CudnnRNN` and its `call`.
    """

    _rnn_mode = CUDNN_LSTM
    _saveable_cls = CudnnLSTMSaveable

    def state_shape(self, batch_size: Any) -> tuple[list[Any], ...]:
        """The shapes of hidden and cell state."""
        shape = [self.num_layers * self.num_dirs, batch_size, self.num_units]
        return shape, list(shape)


class _CudnnRNNNoInputC(_CudnnRNN):
    """A layer without cell states."""

    def state_shape(self, batch_size: Any) -> tuple[list[Any], ...]:
        """The shape of the hidden state, in a tuple."""
        return ([self.num_layers * self.num_dirs, batch_size, self.num_units],)


@export("contrib.cudnn_rnn.CudnnGRU")
class CudnnGRU(_CudnnRNNNoInputC):
    """Layers of GRU, as `CudnnLSTM`. Stands for `tf.contrib.cudnn_rnn.CudnnGRU`."""

    _rnn_mode = CUDNN_GRU
    _saveable_cls = CudnnGRUSaveable


@export("contrib.cudnn_rnn.CudnnRNNTanh")
class CudnnRNNTanh(_CudnnRNNNoInputC):
    """Layers with tanh, as `CudnnLSTM`. Stands for `tf.contrib.cudnn_rnn.CudnnRNNTanh`."""

    _rnn_mode = CUDNN_RNN_TANH
    _saveable_cls = CudnnRNNTanhSaveable


@export("contrib.cudnn_rnn.CudnnRNNRelu")
class CudnnRNNRelu(_CudnnRNNNoInputC):
    """Layers with relu, as `CudnnLSTM`. Stands for `tf.contrib.cudnn_rnn.CudnnRNNRelu`."""

    _rnn_mode = CUDNN_RNN_RELU
    _saveable_cls = CudnnRNNReluSaveable
