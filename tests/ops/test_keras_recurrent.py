"""Recurrent layers against TensorFlow: graphs, values, errors."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("keras_recurrent_cases")


@pytest.mark.parametrize("name", CASES)
def test_recurrent(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
