"""The cells of tf.contrib.rnn against TensorFlow: graphs, names, values, gradients, errors."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("contrib_rnn_cases")


@pytest.mark.parametrize("name", CASES)
def test_contrib_rnn(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
