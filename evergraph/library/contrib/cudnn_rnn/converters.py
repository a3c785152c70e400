"""Parameters of cuDNN's networks as those of cells, and back.

cuDNN has its parameters in one vector ("opaque"), or as matrices and biases for each gate
("canonical"); cells have the gates' matrices side by side, transposed, in an order of their own.
Lists of the latter hold first all matrices, then all biases: layer by layer, in a bidirectional
layer the forward ones before the others.
"""

from collections.abc import Sequence
from typing import Any

from evergraph.api import array_ops
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.defaults import device
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.cudnn_rnn.cells import CudnnCompatibleGRUCell
from evergraph.library.contrib.cudnn_rnn.modes import (
    CUDNN_GRU,
    CUDNN_INPUT_LINEAR_MODE,
    CUDNN_LSTM,
    CUDNN_RNN_RELU,
    CUDNN_RNN_TANH,
    CUDNN_RNN_UNIDIRECTION,
    PARAMS_PER_LAYER,
    count_directions,
)
from evergraph.library.keras.utils.generic_utils import to_snake_case

Tensors = Sequence[Tensor]


def _groups(items: Tensors, count: int) -> list[Tensors]:
    """`items` in `count` groups of the same size."""
    size = len(items) // count
    return [items[i * size : (i + 1) * size] for i in range(count)]


class CudnnParamsFormatConverter:
    """What the converters derive from. They say what becomes of one direction of one layer.

    Args:
      num_layers, num_units, input_size: the sizes of the network.
      num_proj: the size of the projection of an LSTM; None or 0: there is none.
      input_mode: how the first layer takes its input.
      direction: "unidirectional" or "bidirectional".
    """

    _rnn_mode: str

    def __init__(
        self,
        num_layers: int,
        num_units: int,
        input_size: int,
        num_proj: int | None = None,
        input_mode: str = CUDNN_INPUT_LINEAR_MODE,
        direction: str = CUDNN_RNN_UNIDIRECTION,
    ) -> None:
        self._num_layers = num_layers
        self._input_size = input_size
        self._num_units = num_units
        self._input_mode = input_mode
        self._num_proj = num_proj
        self._direction = direction
        self._num_dirs = count_directions(direction)
        self._num_params = PARAMS_PER_LAYER[self._rnn_mode] * num_layers * self._num_dirs

    def tf_canonical_to_opaque(
        self, tf_canonicals: Tensors, weights_proj: Tensors | None = None
    ) -> Tensor:
        """The vector of the parameters, from those of cells and the projections' matrices."""
        weights, biases = self._tf_canonical_to_cu_canonical(tf_canonicals, weights_proj)
        flat = [array_ops.reshape(w, [-1]) for w in weights]
        return self._cu_canonical_to_opaque(flat, biases)

    def opaque_to_tf_canonical(self, opaque_param: Any) -> tuple[list[Tensor], ...]:
        """Matrices and biases of cells, and the projections' matrices where there are such."""
        weights, biases = self._opaque_to_cu_canonical(opaque_param)
        return self._cu_canonical_to_tf_canonical(weights, biases)

    def _attrs(self) -> dict[str, Any]:
        attrs: dict[str, Any] = {
            "rnn_mode": self._rnn_mode,
            "input_mode": self._input_mode,
            "direction": self._direction,
        }
        if self._num_proj:
            attrs["num_proj"] = self._num_proj
        return attrs

    def _opaque_to_cu_canonical(self, opaque_param: Any) -> Any:
        counts = {"num_params": self._num_params}
        if self._num_proj:
            projections = self._num_layers * self._num_dirs
            counts = {
                "num_params_weights": self._num_params + projections,
                "num_params_biases": self._num_params,
            }
        with device("/gpu:0"):
            return apply_op(
                "CudnnRNNParamsToCanonicalV2" if self._num_proj else "CudnnRNNParamsToCanonical",
                self._num_layers,
                self._num_units,
                self._input_size,
                opaque_param,
                **counts,
                **self._attrs(),
            )

    def _cu_canonical_to_opaque(self, cu_weights: Tensors, cu_biases: Tensors) -> Tensor:
        with device("/gpu:0"):
            return apply_op(
                "CudnnRNNCanonicalToParamsV2" if self._num_proj else "CudnnRNNCanonicalToParams",
                self._num_layers,
                self._num_units,
                self._input_size,
                cu_weights,
                cu_biases,
                **self._attrs(),
            )

    def _cu_canonical_to_tf_canonical(
        self, cu_weights: Tensors, cu_biases: Tensors
    ) -> tuple[list[Tensor], ...]:
        weights: list[Tensor] = []
        biases: list[Tensor] = []
        projections: list[Tensor] = []
        parts = self._num_layers * self._num_dirs
        for own, own_biases in zip(
            _groups(cu_weights, parts), _groups(cu_biases, parts), strict=True
        ):
            found = self._cudnn_to_tf_weights(*own)
            if self._num_proj:
                *found, projection = found
                projections.append(projection)
            weights.extend(found)
            biases.extend(self._cudnn_to_tf_biases(*own_biases))
        return (weights, biases, projections) if self._num_proj else (weights, biases)

    def _tf_canonical_to_cu_canonical(
        self, tf_canonicals: Tensors, weights_proj: Tensors | None
    ) -> tuple[list[Tensor], list[Tensor]]:
        weights: list[Tensor] = []
        biases: list[Tensor] = []
        parts = self._num_layers * self._num_dirs
        own_weights, own_biases = (_groups(half, parts) for half in _groups(tf_canonicals, 2))
        for i in range(parts):
            weights.extend(self._tf_to_cudnn_weights(i // self._num_dirs, *own_weights[i]))
            if weights_proj is not None:
                weights.append(array_ops.transpose(weights_proj[i]))
            biases.extend(self._tf_to_cudnn_biases(*own_biases[i]))
        return weights, biases

    def _widths(self, layer: int) -> list[int]:
        """The sizes of what a layer takes: of its input and of its hidden state."""
        hidden = self._num_proj or self._num_units
        return [hidden * self._num_dirs if layer else self._input_size, hidden]

    def _cudnn_to_tf_weights(self, *cu_weights: Tensor) -> tuple[Tensor, ...]:
        """The matrices of a cell; the projection's is the last one."""
        raise NotImplementedError("Abstract method")

    def _tf_to_cudnn_weights(self, layer: int, *tf_weights: Tensor) -> tuple[Tensor, ...]:
        """The gates' matrices from those of a cell, without the projection's."""
        raise NotImplementedError("Abstract method")

    def _cudnn_to_tf_biases(self, *biases: Tensor) -> tuple[Tensor, ...]:
        """The biases of a cell: sums of the two that each gate has."""
        raise NotImplementedError("Abstract method")

    def _tf_to_cudnn_biases(self, *tf_biases: Tensor) -> tuple[Tensor, ...]:
        """Two biases for each gate, halves of the cell's."""
        raise NotImplementedError("Abstract method")


@export("contrib.cudnn_rnn.CudnnParamsFormatConverterLSTM")
class CudnnParamsFormatConverterLSTM(CudnnParamsFormatConverter):
    """Parameters of `CudnnLSTM` as those of `CudnnCompatibleLSTMCell`, and back.

    Stands for `tf.contrib.cudnn_rnn.CudnnParamsFormatConverterLSTM`.
    """

    _rnn_mode = CUDNN_LSTM

    def _cudnn_to_tf_gate_params(self, *cu_gate_order: Tensor) -> list[Tensor]:
        """Input, forget, new memory and output gate in the cells' order."""
        i, f, c, o = cu_gate_order
        return [i, c, f, o]

    def _tf_to_cudnn_gate_params(self, *tf_gate_order: Tensor) -> list[Tensor]:
        i, c, f, o = tf_gate_order
        return [i, f, c, o]

    def _cudnn_to_tf_weights(self, *cu_weights: Tensor) -> tuple[Tensor, ...]:
        pairs = zip(cu_weights[:4], cu_weights[4:8], strict=True)
        gates = [array_ops.concat([w, r], axis=1) for w, r in pairs]
        ordered = self._cudnn_to_tf_gate_params(*gates)
        kernel = array_ops.transpose(array_ops.concat(ordered, axis=0))
        return (kernel, *(array_ops.transpose(projection) for projection in cu_weights[8:]))

    def _tf_to_cudnn_weights(self, layer: int, *tf_weights: Tensor) -> tuple[Tensor, ...]:
        (kernel,) = tf_weights
        gates = array_ops.split(array_ops.transpose(kernel), 4, axis=0)
        widths = self._widths(layer)
        parts = [array_ops.split(gate, widths, axis=1) for gate in gates]
        parts = self._tf_to_cudnn_gate_params(*parts)
        return (*(w for w, _ in parts), *(r for _, r in parts))

    def _cudnn_to_tf_biases(self, *biases: Tensor) -> tuple[Tensor, ...]:
        sums = [w + r for w, r in zip(biases[:4], biases[4:], strict=True)]
        return (array_ops.concat(self._cudnn_to_tf_gate_params(*sums), axis=0),)

    def _tf_to_cudnn_biases(self, *tf_biases: Tensor) -> tuple[Tensor, ...]:
        (bias,) = tf_biases
        gates = self._tf_to_cudnn_gate_params(*array_ops.split(bias, 4, axis=0))
        halves = [gate * 0.5 for gate in gates]
        return (*halves, *halves)


@export("contrib.cudnn_rnn.CudnnParamsFormatConverterGRU")
class CudnnParamsFormatConverterGRU(CudnnParamsFormatConverter):
    """Parameters of `CudnnGRU` as those of `CudnnCompatibleGRUCell`, and back.

    Stands for `tf.contrib.cudnn_rnn.CudnnParamsFormatConverterGRU`.
    """

    _rnn_mode = CUDNN_GRU
    _rnn_cell_name = to_snake_case(CudnnCompatibleGRUCell.__name__)

    def _cudnn_to_tf_weights(self, *cu_weights: Tensor) -> tuple[Tensor, ...]:
        *w, w_new = cu_weights[:3]
        *r, r_new = cu_weights[3:]
        gates = [array_ops.concat(pair, axis=1) for pair in zip(w, r, strict=True)]
        kernel = array_ops.transpose(array_ops.concat(gates, axis=0))
        return kernel, array_ops.transpose(w_new), array_ops.transpose(r_new)

    def _tf_to_cudnn_weights(self, layer: int, *tf_weights: Tensor) -> tuple[Tensor, ...]:
        kernel, w_new, r_new = (array_ops.transpose(w) for w in tf_weights)
        widths = self._widths(layer)
        gates = array_ops.split(kernel, 2, axis=0)
        (w_0, r_0), (w_1, r_1) = (array_ops.split(gate, widths, axis=1) for gate in gates)
        return w_0, w_1, w_new, r_0, r_1, r_new

    def _cudnn_to_tf_biases(self, *biases: Tensor) -> tuple[Tensor, ...]:
        *w, w_new = biases[:3]
        *r, r_new = biases[3:]
        return array_ops.concat(w, axis=0) + array_ops.concat(r, axis=0), w_new, r_new

    def _tf_to_cudnn_biases(self, *tf_biases: Tensor) -> tuple[Tensor, ...]:
        gates, w_new, r_new = tf_biases
        halves = [gates * 0.5, gates * 0.5]
        w, r = (array_ops.split(half, 2, axis=0) for half in halves)
        return (*w, w_new, *r, r_new)


class CudnnParamsFormatConverterBasic(CudnnParamsFormatConverter):
    """Parameters of networks without gates as those of `BasicRNNCell`, and back."""

    def _cudnn_to_tf_weights(self, *cu_weights: Tensor) -> tuple[Tensor, ...]:
        return (array_ops.transpose(array_ops.concat(cu_weights, axis=1)),)

    def _tf_to_cudnn_weights(self, layer: int, *tf_weights: Tensor) -> tuple[Tensor, ...]:
        (kernel,) = tf_weights
        w, r = array_ops.split(array_ops.transpose(kernel), self._widths(layer), axis=1)
        return w, r

    def _cudnn_to_tf_biases(self, *biases: Tensor) -> tuple[Tensor, ...]:
        w, r = biases
        return (w + r,)

    def _tf_to_cudnn_biases(self, *tf_biases: Tensor) -> tuple[Tensor, ...]:
        (bias,) = tf_biases
        return bias * 0.5, bias * 0.5


@export("contrib.cudnn_rnn.CudnnParamsFormatConverterTanh")
class CudnnParamsFormatConverterTanh(CudnnParamsFormatConverterBasic):
    """Parameters of `CudnnRNNTanh` as those of `BasicRNNCell`, and back.

    Stands for `tf.contrib.cudnn_rnn.CudnnParamsFormatConverterTanh`.
    """

    _rnn_mode = CUDNN_RNN_TANH


@export("contrib.cudnn_rnn.CudnnParamsFormatConverterRelu")
class CudnnParamsFormatConverterRelu(CudnnParamsFormatConverterBasic):
    """Parameters of `CudnnRNNRelu` as those of `BasicRNNCell`, and back.

    Stands for `tf.contrib.cudnn_rnn.CudnnParamsFormatConverterRelu`.
    """

    _rnn_mode = CUDNN_RNN_RELU
