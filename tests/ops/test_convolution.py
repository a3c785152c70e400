"""Convolutions of images against TensorFlow."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("convolution_cases")


@pytest.mark.parametrize("name", CASES)
def test_convolution(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
