"""tf.contrib.seq2seq against TensorFlow."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("seq2seq_cases")


@pytest.mark.parametrize("name", CASES)
def test_seq2seq(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
