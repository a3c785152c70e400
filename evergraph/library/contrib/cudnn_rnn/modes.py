"""Words and counts of cuDNN's recurrent networks."""

CUDNN_RNN_UNIDIRECTION = "unidirectional"
CUDNN_RNN_BIDIRECTION = "bidirectional"
CUDNN_LSTM = "lstm"
CUDNN_GRU = "gru"
CUDNN_RNN_RELU = "rnn_relu"
CUDNN_RNN_TANH = "rnn_tanh"

# Matrices of a layer, half for its inputs and half for its hidden state; and as many biases.
CUDNN_LSTM_PARAMS_PER_LAYER = 8
CUDNN_GRU_PARAMS_PER_LAYER = 6
CUDNN_RNN_TANH_PARAMS_PER_LAYER = 2
CUDNN_RNN_RELU_PARAMS_PER_LAYER = 2

CUDNN_INPUT_LINEAR_MODE = "linear_input"
CUDNN_INPUT_SKIP_MODE = "skip_input"
CUDNN_INPUT_AUTO_MODE = "auto_select"

PARAMS_PER_LAYER = {
    CUDNN_LSTM: CUDNN_LSTM_PARAMS_PER_LAYER,
    CUDNN_GRU: CUDNN_GRU_PARAMS_PER_LAYER,
    CUDNN_RNN_RELU: CUDNN_RNN_RELU_PARAMS_PER_LAYER,
    CUDNN_RNN_TANH: CUDNN_RNN_TANH_PARAMS_PER_LAYER,
}


def count_directions(direction: str) -> int:
    """1 or 2."""
    return 1 if direction == CUDNN_RNN_UNIDIRECTION else 2


def _check_rnn_mode(rnn_mode: str) -> None:
    """ValueError for no kind of network."""
    if rnn_mode not in PARAMS_PER_LAYER:
        raise ValueError(
            f"Invalid rnn_mode: {rnn_mode}, expect one of "
            f"({CUDNN_LSTM}, {CUDNN_GRU}, {CUDNN_RNN_TANH}, {CUDNN_RNN_RELU})"
        )


def check_direction(direction: str) -> None:
    """ValueError for neither of the directions."""
    if direction not in (CUDNN_RNN_UNIDIRECTION, CUDNN_RNN_BIDIRECTION):
        raise ValueError(
            f"Invalid direction: {direction}, expecting {CUDNN_RNN_UNIDIRECTION} or "
            f"{CUDNN_RNN_BIDIRECTION}"
        )


def check_input_mode(input_mode: str) -> None:
    """ValueError for none of the ways in which the first layer takes its input."""
    known = (CUDNN_INPUT_LINEAR_MODE, CUDNN_INPUT_SKIP_MODE, CUDNN_INPUT_AUTO_MODE)
    if input_mode not in known:
        raise ValueError(f"Invalid input_mode: {input_mode}, expect one of ({', '.join(known)})")
