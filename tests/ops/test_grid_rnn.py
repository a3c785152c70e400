"""tf.contrib.grid_rnn against TensorFlow."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("grid_rnn_cases")


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
