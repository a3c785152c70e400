"""Ops of neural networks against TensorFlow: graphs, static shapes, values and errors."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("nn_cases")


@pytest.mark.parametrize("name", CASES)
def test_nn(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
