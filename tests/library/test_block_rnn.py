"""Recurrent cells as single ops and cells of tf.contrib.rnn around others, against TensorFlow."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("block_rnn_cases")


@pytest.mark.parametrize("name", CASES)
def test_block_rnn(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
