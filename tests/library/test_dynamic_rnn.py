"""Cells in loops over time against TensorFlow: graphs, values, gradients, errors."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("dynamic_rnn_cases")


@pytest.mark.parametrize("name", CASES)
def test_dynamic_rnn(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
