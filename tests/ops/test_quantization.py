"""Floats as small integers and back, against TensorFlow."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("quantization_cases")


@pytest.mark.parametrize("name", CASES)
def test_quantization(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
