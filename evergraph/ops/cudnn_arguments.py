"""What the ops of cuDNN's recurrent networks have in common: attrs and what they mean."""

MODES = (
    "rnn_mode: string in {'rnn_relu', 'rnn_tanh', 'lstm', 'gru'} = 'lstm'; "
    "input_mode: string in {'linear_input', 'skip_input', 'auto_select'} = 'linear_input'; "
    "direction: string in {'unidirectional', 'bidirectional'} = 'unidirectional'; "
    "dropout: float = 0.0; seed: int = 0; seed2: int = 0"
)
TYPE = "T: float16 | float32 | float64; "


def directions_of(direction: str) -> int:
    return 2 if direction == "bidirectional" else 1


def skips_input(input_mode: str, input_size: int, units: int) -> bool:
    return input_mode == "skip_input" or (input_mode == "auto_select" and input_size == units)
