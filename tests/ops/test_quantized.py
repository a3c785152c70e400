"""Arithmetic with quantized numbers against TensorFlow: integers are equal."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("quantized_cases")


@pytest.mark.parametrize("name", CASES)
def test_quantized(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
