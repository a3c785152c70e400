"""Constrained optimization against TensorFlow."""

import pytest
from behaviour import Behaviour

pytest.importorskip("scipy")
CASES = Behaviour("constrained_optimization")


@pytest.mark.parametrize("name", CASES.names)
def test_constrained_optimization(name: str) -> None:
    CASES.check(name)
