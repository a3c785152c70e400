"""What a Saver writes of a cuDNN network: the parameters of the cells that compute the same."""

from collections.abc import Sequence
from typing import Any

from evergraph.api import array_ops, state_ops
from evergraph.api.variable_scope_state import VariableScope
from evergraph.base.export import export
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.cudnn_rnn.cells import (
    CudnnCompatibleGRUCell,
    CudnnCompatibleLSTMCell,
)
from evergraph.library.contrib.cudnn_rnn.converters import (
    CudnnParamsFormatConverter,
    CudnnParamsFormatConverterGRU,
    CudnnParamsFormatConverterLSTM,
    CudnnParamsFormatConverterRelu,
    CudnnParamsFormatConverterTanh,
)
from evergraph.library.contrib.cudnn_rnn.modes import (
    CUDNN_INPUT_LINEAR_MODE,
    CUDNN_RNN_UNIDIRECTION,
)
from evergraph.library.keras.utils.generic_utils import to_snake_case
from evergraph.library.rnn.cells import BasicRNNCell
from evergraph.library.train.saving.saveable_object import SaveableObject, SaveSpec


class CudnnOpaqueParamsSaveable(SaveableObject):
    """What the saveables derive from.

    Args:
      opaque_params: the variable with the parameters.
      num_layers, num_units, input_size: the sizes of the network.
      input_mode: how the first layer takes its input.
      direction: "unidirectional" or "bidirectional".
      scope: the scope, or its name, of the cells of which the names in the checkpoint are.
      name: the saveable's name.
    """

    _format_converter_cls: type[CudnnParamsFormatConverter]
    _rnn_cell_name: str
    _weight_names = ("kernel",)
    _bias_names = ("bias",)

    def __init__(
        self,
        opaque_params: Any,
        num_layers: int,
        num_units: int,
        input_size: int,
        input_mode: str = CUDNN_INPUT_LINEAR_MODE,
        direction: str = CUDNN_RNN_UNIDIRECTION,
        scope: Any = None,
        name: str = "cudnn_rnn_saveable",
    ) -> None:
        self._num_layers = num_layers
        self._input_size = input_size
        self._num_units = num_units
        self._input_mode = input_mode
        self._direction = direction
        self._scope = (scope.name if isinstance(scope, VariableScope) else scope) or None
        self._variables = opaque_params
        self._format_converter: CudnnParamsFormatConverter | None = None
        weights, biases = self.format_converter.opaque_to_tf_canonical(opaque_params)
        weight_names, bias_names = self._tf_canonical_names()
        self._param_names = weight_names + bias_names
        prefix = f"{self._scope}/" if self._scope else ""
        specs = [
            SaveSpec(tensor, "", prefix + param_name)
            for tensor, param_name in zip(weights + biases, self._param_names, strict=True)
        ]
        super().__init__(array_ops.identity(opaque_params), specs, name)

    @property
    def format_converter(self) -> CudnnParamsFormatConverter:
        """Between the variable and the parameters of the cells."""
        if self._format_converter is None:
            self._format_converter = self._format_converter_cls(
                self._num_layers,
                self._num_units,
                self._input_size,
                input_mode=self._input_mode,
                direction=self._direction,
            )
        return self._format_converter

    def restore(
        self, restored_tensors: Sequence[Tensor], restored_shapes: Sequence[Any] | None
    ) -> Operation | Tensor:
        """Puts the parameters of the cells into the variable, whatever its shape was."""
        params = self.format_converter.tf_canonical_to_opaque(restored_tensors)
        return state_ops.assign(self._variables, params, validate_shape=False)

    def _tf_canonical_names(self) -> tuple[list[str], list[str]]:
        """The names of all matrices and of all biases of the cells."""
        weights, biases = [], []
        directions = [True] if self._direction == CUDNN_RNN_UNIDIRECTION else [True, False]
        for layer in range(self._num_layers):
            for forward in directions:
                prefix = self._tf_canonical_name_prefix(layer, forward)
                weights += [f"{prefix}/{name}" for name in self._weight_names]
                biases += [f"{prefix}/{name}" for name in self._bias_names]
        return weights, biases

    def _tf_canonical_name_prefix(self, layer: int, is_fwd: bool = True) -> str:
        """The scope of a cell in `dynamic_rnn`, or in `stack_bidirectional_dynamic_rnn`."""
        if self._direction == CUDNN_RNN_UNIDIRECTION:
            return f"rnn/multi_rnn_cell/cell_{layer}/{self._rnn_cell_name}"
        way = "fw" if is_fwd else "bw"
        return f"stack_bidirectional_rnn/cell_{layer}/bidirectional_rnn/{way}/{self._rnn_cell_name}"


@export("contrib.cudnn_rnn.CudnnLSTMSaveable")
class CudnnLSTMSaveable(CudnnOpaqueParamsSaveable):
    """Saves a `CudnnLSTM` as `CudnnCompatibleLSTMCell`s. Stands for
    `tf.contrib.cudnn_rnn.CudnnLSTMSaveable`."""

    _format_converter_cls: type[CudnnParamsFormatConverter] = CudnnParamsFormatConverterLSTM
    _rnn_cell_name = to_snake_case(CudnnCompatibleLSTMCell.__name__)


@export("contrib.cudnn_rnn.CudnnGRUSaveable")
class CudnnGRUSaveable(CudnnOpaqueParamsSaveable):
    """Saves a `CudnnGRU` as `CudnnCompatibleGRUCell`s. Stands for
    `tf.contrib.cudnn_rnn.CudnnGRUSaveable`."""

    _format_converter_cls: type[CudnnParamsFormatConverter] = CudnnParamsFormatConverterGRU
    _rnn_cell_name = to_snake_case(CudnnCompatibleGRUCell.__name__)
    _weight_names = (
        "gates/kernel",
        "candidate/input_projection/kernel",
        "candidate/hidden_projection/kernel",
    )
    _bias_names = (
        "gates/bias",
        "candidate/input_projection/bias",
        "candidate/hidden_projection/bias",
    )


@export("contrib.cudnn_rnn.CudnnRNNTanhSaveable")
class CudnnRNNTanhSaveable(CudnnLSTMSaveable):
    """Saves a `CudnnRNNTanh` as `BasicRNNCell`s. Stands for
    `tf.contrib.cudnn_rnn.CudnnRNNTanhSaveable`."""

    _format_converter_cls = CudnnParamsFormatConverterTanh
    _rnn_cell_name = to_snake_case(BasicRNNCell.__name__)


@export("contrib.cudnn_rnn.CudnnRNNReluSaveable")
class CudnnRNNReluSaveable(CudnnLSTMSaveable):
    """Saves a `CudnnRNNRelu` as `BasicRNNCell`s. Stands for
    `tf.contrib.cudnn_rnn.CudnnRNNReluSaveable`."""

    _format_converter_cls = CudnnParamsFormatConverterRelu
    _rnn_cell_name = to_snake_case(BasicRNNCell.__name__)
