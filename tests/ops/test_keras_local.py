"""Layers with kernels for each place, and recurrent convolutions, against TensorFlow."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("keras_local_cases")


@pytest.mark.parametrize("name", CASES)
def test_local(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
