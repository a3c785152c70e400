"""The cells of tf.contrib.rnn against TensorFlow: graphs, names, values, gradients, errors."""

import pytest
from ops import case_runner

CASES, GOLDEN = {}, {}
for _file in ("contrib_rnn_cases", "conv_lstm_cases"):
    _cases, _golden = case_runner.load(_file)
    CASES.update(_cases)
    GOLDEN.update(_golden)


@pytest.mark.parametrize("name", CASES)
def test_contrib_rnn(name: str) -> None:
    looser = 2 if name == "layer_norm_static" else 1
    case_runner.check(CASES[name], GOLDEN[name], looser=looser)
