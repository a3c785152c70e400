"""Parameters of cuDNN's recurrent networks: their number, and their form."""

from collections.abc import Sequence
from typing import Any

from evergraph.base import dtypes
from evergraph.graph.apply import apply_op
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.cudnn_rnn.cudnn_rnn_ops import _checked_attrs, _get_num_params
from evergraph.library.contrib.cudnn_rnn.modes import (
    CUDNN_INPUT_LINEAR_MODE,
    CUDNN_RNN_UNIDIRECTION,
    count_directions,
)


def cudnn_rnn_opaque_params_to_canonical(
    rnn_mode: str,
    num_layers: int,
    num_units: int,
    input_size: int,
    params: Any,
    input_mode: str = CUDNN_INPUT_LINEAR_MODE,
    direction: str = CUDNN_RNN_UNIDIRECTION,
    dropout: float = 0,
    seed: int | None = 0,
    num_proj: int | None = None,
    name: str | None = None,
) -> tuple[list[Tensor], list[Tensor]]:
    """The gates' matrices and biases in the vector `params`.

    Args:
      rnn_mode: "lstm", "gru", "rnn_tanh" or "rnn_relu".
      num_layers, num_units, input_size: the sizes of the network.
      params: the vector of the parameters.
      input_mode, direction, dropout, seed, num_proj, name: see `cudnn_lstm`.

    Raises:
      ValueError: an unknown `rnn_mode`, `input_mode` or `direction`.
    """
    count = _get_num_params(rnn_mode, num_layers, direction)
    attrs = _checked_attrs(rnn_mode, input_mode, direction, dropout, seed)
    if num_proj:
        projections = num_layers * count_directions(direction)
        attrs |= {
            "num_params_weights": count + projections,
            "num_params_biases": count,
            "num_proj": num_proj,
        }
    else:
        attrs["num_params"] = count
    weights, biases = apply_op(
        "CudnnRNNParamsToCanonicalV2" if num_proj else "CudnnRNNParamsToCanonical",
        num_layers,
        num_units,
        input_size,
        params,
        name=name,
        **attrs,
    )
    return weights, biases


def cudnn_rnn_canonical_to_opaque_params(
    rnn_mode: str,
    num_layers: int,
    num_units: int,
    input_size: int,
    weights: Sequence[Any],
    biases: Sequence[Any],
    input_mode: str = CUDNN_INPUT_LINEAR_MODE,
    direction: str = CUDNN_RNN_UNIDIRECTION,
    dropout: float = 0,
    seed: int | None = 0,
    num_proj: int | None = None,
    name: str | None = None,
) -> Tensor:
    """The vector of the parameters, from the gates' matrices and biases.

    For the arguments and errors see `cudnn_rnn_opaque_params_to_canonical`.
    """
    attrs = _checked_attrs(rnn_mode, input_mode, direction, dropout, seed)
    if num_proj:
        attrs["num_proj"] = num_proj
    return apply_op(
        "CudnnRNNCanonicalToParamsV2" if num_proj else "CudnnRNNCanonicalToParams",
        num_layers,
        num_units,
        input_size,
        weights,
        biases,
        name=name,
        **attrs,
    )


def cudnn_rnn_opaque_params_size(
    rnn_mode: str,
    num_layers: int,
    num_units: int,
    input_size: int,
    input_mode: str = CUDNN_INPUT_LINEAR_MODE,
    direction: str = CUDNN_RNN_UNIDIRECTION,
    dtype: Any = dtypes.float32,
    dropout: float = 0,
    seed: int | None = 0,
    num_proj: int | None = None,
    name: str | None = None,
) -> Tensor:
    """How many parameters there are, an int32 scalar.

    For the arguments and errors see `cudnn_rnn_opaque_params_to_canonical`.
    """
    attrs = _checked_attrs(rnn_mode, input_mode, direction, dropout, seed)
    size = apply_op(
        "CudnnRNNParamsSize",
        num_layers,
        num_units,
        input_size,
        num_proj=num_proj,
        T=dtype,
        S=dtypes.int32,
        name=name,
        **attrs,
    )
    return size[0]
