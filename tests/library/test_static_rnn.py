"""Cells over lists of inputs against TensorFlow: graphs, values, gradients, errors."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("static_rnn_cases")


@pytest.mark.parametrize("name", CASES)
def test_static_rnn(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
