"""Odd inputs of everyday ops against TensorFlow."""

import pytest
from behaviour import Behaviour

CASES = Behaviour("edges")


@pytest.mark.parametrize("name", CASES.names)
def test_edges(name: str) -> None:
    CASES.check(name)
