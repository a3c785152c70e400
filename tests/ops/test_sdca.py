"""Stochastic dual coordinate ascent against TensorFlow."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("sdca_cases")


@pytest.mark.parametrize("name", CASES)
def test_sdca(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
