"""cuDNN's recurrent networks as objects whose parameters the caller keeps."""

from collections.abc import Sequence
from typing import Any

from evergraph.base import dtypes
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.cudnn_rnn.cudnn_rnn_ops import _cudnn_rnn, _cudnn_rnn_no_input_c
from evergraph.library.contrib.cudnn_rnn.modes import (
    CUDNN_GRU,
    CUDNN_INPUT_LINEAR_MODE,
    CUDNN_LSTM,
    CUDNN_RNN_BIDIRECTION,
    CUDNN_RNN_RELU,
    CUDNN_RNN_TANH,
    CUDNN_RNN_UNIDIRECTION,
    PARAMS_PER_LAYER,
)
from evergraph.library.contrib.cudnn_rnn.parameters import (
    cudnn_rnn_canonical_to_opaque_params,
    cudnn_rnn_opaque_params_size,
    cudnn_rnn_opaque_params_to_canonical,
)


class _CudnnRNN:
    """A network of the kind `rnn_mode`.

    Args:
      rnn_mode: "lstm", "gru", "rnn_tanh" or "rnn_relu".
      num_layers, num_units, input_size: the sizes of the network.
      input_mode: "linear_input", "skip_input" or "auto_select".
      direction: "unidirectional" or "bidirectional".
      dtype: the type of the parameters, float32 or float64.
      dropout: which part of the values between two layers is dropped.
      seed: the op's seed.
      num_proj: the size of the outputs' projection; None or 0: there is none.
    """

    def __init__(
        self,
        rnn_mode: str,
        num_layers: int,
        num_units: int,
        input_size: int,
        input_mode: str = CUDNN_INPUT_LINEAR_MODE,
        direction: str = CUDNN_RNN_UNIDIRECTION,
        dtype: Any = dtypes.float32,
        dropout: float = 0.0,
        seed: int | None = 0,
        num_proj: int | None = None,
    ) -> None:
        self._num_layers = num_layers
        self._num_units = num_units
        self._input_size = input_size
        self._rnn_mode = rnn_mode
        self._input_mode = input_mode
        self._direction = direction
        self._dtype = dtype
        self._dropout = dropout
        self._seed = seed
        self._num_proj = num_proj

    @property
    def input_mode(self) -> str:
        return self._input_mode

    @property
    def input_size(self) -> int:
        return self._input_size

    @property
    def num_units(self) -> int:
        return self._num_units

    @property
    def num_layers(self) -> int:
        return self._num_layers

    @property
    def rnn_mode(self) -> str:
        return self._rnn_mode

    @property
    def direction(self) -> str:
        return self._direction

    @property
    def num_proj(self) -> int | None:
        return self._num_proj

    def _run_options(self) -> dict[str, Any]:
        return {
            "input_mode": self._input_mode,
            "direction": self._direction,
            "dropout": self._dropout,
            "seed": self._seed,
        }

    def _options(self) -> dict[str, Any]:
        return self._run_options() | {
            "rnn_mode": self._rnn_mode,
            "num_layers": self._num_layers,
            "num_units": self._num_units,
            "input_size": self._input_size,
            "num_proj": self._num_proj,
        }

    def params_size(self) -> Tensor:
        """How many parameters there are, an int32 scalar."""
        return cudnn_rnn_opaque_params_size(dtype=self._dtype, **self._options())

    def __call__(
        self,
        input_data: Any,
        input_h: Any,
        input_c: Any,
        params: Any,
        is_training: bool = True,
        sequence_lengths: Any = None,
        time_major: bool = True,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Outputs, last hidden and last cell state; for the arguments see `cudnn_lstm`."""
        return _cudnn_rnn(
            input_data,
            input_h,
            input_c,
            params,
            is_training,
            self._rnn_mode,
            sequence_lengths=sequence_lengths,
            time_major=time_major,
            num_proj=self._num_proj,
            **self._run_options(),
        )

    def params_to_canonical(self, params: Any) -> tuple[list[Tensor], list[Tensor]]:
        """The gates' matrices and biases in the vector `params`."""
        return cudnn_rnn_opaque_params_to_canonical(params=params, **self._options())

    def canonical_to_params(self, weights: Sequence[Any], biases: Sequence[Any]) -> Tensor:
        """The vector of the parameters, from the gates' matrices and biases."""
        return cudnn_rnn_canonical_to_opaque_params(
            weights=weights, biases=biases, **self._options()
        )


class CudnnLSTM(_CudnnRNN):
    """A network of LSTM layers; for the arguments see `_CudnnRNN`."""

    _NUM_PARAMS_PER_LAYER = PARAMS_PER_LAYER[CUDNN_LSTM]

    def __init__(
        self,
        num_layers: int,
        num_units: int,
        input_size: int,
        input_mode: str = CUDNN_INPUT_LINEAR_MODE,
        direction: str = CUDNN_RNN_UNIDIRECTION,
        dtype: Any = dtypes.float32,
        dropout: float = 0.0,
        seed: int | None = 0,
        num_proj: int | None = None,
    ) -> None:
        super().__init__(
            CUDNN_LSTM,
            num_layers,
            num_units,
            input_size,
            input_mode,
            direction,
            dtype,
            dropout,
            seed,
            num_proj,
        )

    def __call__(
        self,
        input_data: Any,
        input_h: Any,
        input_c: Any,
        params: Any,
        sequence_lengths: Any = None,
        time_major: bool = True,
        is_training: bool = True,
    ) -> tuple[Tensor, Tensor, Tensor]:
        return super().__call__(
            input_data, input_h, input_c, params, is_training, sequence_lengths, time_major
        )


class _CudnnRNNNoInputC(_CudnnRNN):
    """A network without cell states.

    Raises:
      ValueError: an unknown direction.
    """

    _rnn_mode: str

    def __init__(
        self,
        num_layers: int,
        num_units: int,
        input_size: int,
        input_mode: str = CUDNN_INPUT_LINEAR_MODE,
        direction: str = CUDNN_RNN_UNIDIRECTION,
        dtype: Any = dtypes.float32,
        dropout: float = 0.0,
        seed: int | None = 0,
    ) -> None:
        if direction not in (CUDNN_RNN_UNIDIRECTION, CUDNN_RNN_BIDIRECTION):
            raise ValueError(f"Invalid direction: {direction}")
        super().__init__(
            self._rnn_mode,
            num_layers,
            num_units,
            input_size,
            input_mode,
            direction,
            dtype,
            dropout,
            seed,
        )

    def __call__(  # type: ignore[override]
        self,
        input_data: Any,
        input_h: Any,
        params: Any,
        sequence_lengths: Any = None,
        time_major: bool = True,
        is_training: bool = True,
    ) -> tuple[Tensor, Tensor]:
        return _cudnn_rnn_no_input_c(
            input_data,
            input_h,
            params,
            is_training,
            self._rnn_mode,
            sequence_lengths=sequence_lengths,
            time_major=time_major,
            **self._run_options(),
        )


class CudnnGRU(_CudnnRNNNoInputC):
    """A network of GRU layers."""

    _rnn_mode = CUDNN_GRU
    _NUM_PARAMS_PER_LAYER = PARAMS_PER_LAYER[CUDNN_GRU]


class CudnnRNNTanh(_CudnnRNNNoInputC):
    """A network of layers with tanh."""

    _rnn_mode = CUDNN_RNN_TANH
    _NUM_PARAMS_PER_LAYER = PARAMS_PER_LAYER[CUDNN_RNN_TANH]


class CudnnRNNRelu(_CudnnRNNNoInputC):
    """A network of layers with relu."""

    _rnn_mode = CUDNN_RNN_RELU
    _NUM_PARAMS_PER_LAYER = PARAMS_PER_LAYER[CUDNN_RNN_RELU]
