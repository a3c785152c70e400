"""cuDNN's recurrent networks as functions, and as objects without variables."""

import os
from typing import Any

from evergraph.api import array_ops
from evergraph.api.random_seed import get_seed
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.cudnn_rnn.modes import (
    CUDNN_GRU,
    CUDNN_INPUT_LINEAR_MODE,
    CUDNN_LSTM,
    CUDNN_RNN_RELU,
    CUDNN_RNN_TANH,
    CUDNN_RNN_UNIDIRECTION,
    PARAMS_PER_LAYER,
    _check_rnn_mode,
    check_direction,
    check_input_mode,
    count_directions,
)


def _get_num_params(rnn_mode: str, num_layers: int, direction: str) -> int:
    """How many matrices a network has without projections; and as many biases."""
    if rnn_mode not in PARAMS_PER_LAYER:
        raise ValueError(f"Invalid 'rnn_mode': {rnn_mode}")
    return num_layers * PARAMS_PER_LAYER[rnn_mode] * count_directions(direction)


def _checked_attrs(
    rnn_mode: str, input_mode: str, direction: str, dropout: float, seed: int | None
) -> dict[str, Any]:
    """Attrs that all the nodes have; ValueError for unknown words."""
    _check_rnn_mode(rnn_mode)
    check_direction(direction)
    check_input_mode(input_mode)
    seed, seed2 = get_seed(seed)
    return {
        "rnn_mode": rnn_mode,
        "input_mode": input_mode,
        "direction": direction,
        "dropout": dropout,
        "seed": seed,
        "seed2": seed2,
    }


def _cudnn_rnn(
    inputs: Any,
    input_h: Any,
    input_c: Any,
    params: Any,
    is_training: bool,
    rnn_mode: str,
    sequence_lengths: Any = None,
    time_major: bool = True,
    input_mode: str = CUDNN_INPUT_LINEAR_MODE,
    direction: str = CUDNN_RNN_UNIDIRECTION,
    dropout: float = 0.0,
    seed: int | None = 0,
    num_proj: int | None = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Outputs, last hidden and last cell state; `rnn_mode` says of what network.

    For the arguments see `cudnn_lstm`.
    """
    attrs = _checked_attrs(rnn_mode, input_mode, direction, dropout, seed)
    attrs |= {"is_training": is_training, "name": name}
    given = [inputs, input_h, input_c, params]
    if sequence_lengths is None and (time_major is False or num_proj):
        batch = array_ops.shape(inputs)[1 if time_major else 0]
        steps = array_ops.shape(inputs)[0 if time_major else 1]
        sequence_lengths = array_ops.fill([batch], steps)
    if sequence_lengths is not None:
        attrs |= {"time_major": time_major, "num_proj": num_proj or 0}
        results = apply_op("CudnnRNNV3", *given, sequence_lengths, **attrs)
    elif os.environ.get("TF_CUDNN_RNN_USE_V2", "0") == "1":
        results = apply_op("CudnnRNNV2", *given, **attrs)
    else:
        results = apply_op("CudnnRNN", *given, **attrs)
    output, output_h, output_c = results[:3]
    return output, output_h, output_c


def cudnn_lstm(
    inputs: Any,
    input_h: Any,
    input_c: Any,
    params: Any,
    is_training: bool,
    sequence_lengths: Any = None,
    time_major: bool = True,
    input_mode: str = CUDNN_INPUT_LINEAR_MODE,
    direction: str = CUDNN_RNN_UNIDIRECTION,
    dropout: float = 0.0,
    seed: int | None = 0,
    num_proj: int | None = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """A network of LSTM layers.

    Args:
      inputs: [time, batch, size].
      input_h, input_c: the first hidden and cell states, [layers * directions, batch, units].
      params: the vector of the parameters.
      is_training: whether there is dropout, and a gradient.
      sequence_lengths: [batch]: how many steps count; default: all.
      time_major: False: the first two axes of inputs, states and results are the other way round.
      input_mode: how the first layer takes its input: "linear_input"; "skip_input", as it is;
        "auto_select", as it is where its size is that of the units.
      direction: "unidirectional" or "bidirectional".
      dropout: which part of the values between two layers is dropped.
      seed: the op's seed.
      num_proj: the size of the outputs' projection; None or 0: there is none.
      name: the node's name.

    Returns:
      Outputs [time, batch, directions * units], last hidden and last cell state.

    Raises:
      ValueError: an unknown `input_mode` or `direction`.
    """
    return _cudnn_rnn(
        inputs,
        input_h,
        input_c,
        params,
        is_training,
        CUDNN_LSTM,
        sequence_lengths,
        time_major,
        input_mode,
        direction,
        dropout,
        seed,
        num_proj,
        name,
    )


def _cudnn_rnn_no_input_c(
    inputs: Any,
    input_h: Any,
    params: Any,
    is_training: bool,
    rnn_mode: str,
    sequence_lengths: Any = None,
    time_major: bool = True,
    input_mode: str = CUDNN_INPUT_LINEAR_MODE,
    direction: str = CUDNN_RNN_UNIDIRECTION,
    dropout: float = 0.0,
    seed: int | None = 0,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Outputs and last hidden state of a network without cell states."""
    outputs, output_h, _ = _cudnn_rnn(
        inputs,
        input_h,
        constant([], dtype=input_h.dtype),
        params,
        is_training,
        rnn_mode,
        sequence_lengths,
        time_major,
        input_mode,
        direction,
        dropout,
        seed,
        None,
        name,
    )
    return outputs, output_h


def cudnn_gru(
    inputs: Any,
    input_h: Any,
    params: Any,
    is_training: bool,
    sequence_lengths: Any = None,
    time_major: bool = True,
    input_mode: str = CUDNN_INPUT_LINEAR_MODE,
    direction: str = CUDNN_RNN_UNIDIRECTION,
    dropout: float = 0.0,
    seed: int | None = 0,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """A network of GRU layers: outputs and last hidden state. Arguments as of `cudnn_lstm`."""
    return _cudnn_rnn_no_input_c(
        inputs,
        input_h,
        params,
        is_training,
        CUDNN_GRU,
        sequence_lengths,
        time_major,
        input_mode,
        direction,
        dropout,
        seed,
        name,
    )


def cudnn_rnn_relu(
    inputs: Any,
    input_h: Any,
    params: Any,
    is_training: bool,
    input_mode: str = CUDNN_INPUT_LINEAR_MODE,
    direction: str = CUDNN_RNN_UNIDIRECTION,
    dropout: float = 0.0,
    seed: int | None = 0,
    sequence_lengths: Any = None,
    time_major: bool = True,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """A network of layers with relu: outputs and last hidden state. Arguments as of
    `cudnn_lstm`."""
    return _cudnn_rnn_no_input_c(
        inputs,
        input_h,
        params,
        is_training,
        CUDNN_RNN_RELU,
        sequence_lengths,
        time_major,
        input_mode,
        direction,
        dropout,
        seed,
        name,
    )


def cudnn_rnn_tanh(
    inputs: Any,
    input_h: Any,
    params: Any,
    is_training: bool,
    sequence_lengths: Any = None,
    time_major: bool = True,
    input_mode: str = CUDNN_INPUT_LINEAR_MODE,
    direction: str = CUDNN_RNN_UNIDIRECTION,
    dropout: float = 0.0,
    seed: int | None = 0,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """A network of layers with tanh: outputs and last hidden state. Arguments as of
    `cudnn_lstm`."""
    return _cudnn_rnn_no_input_c(
        inputs,
        input_h,
        params,
        is_training,
        CUDNN_RNN_TANH,
        sequence_lengths,
        time_major,
        input_mode,
        direction,
        dropout,
        seed,
        name,
    )
