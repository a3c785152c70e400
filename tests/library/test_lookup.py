"""Lookup tables do what TensorFlow's do."""

import pytest
from behaviour import Behaviour

CASES = Behaviour("lookup")


@pytest.mark.parametrize("name", CASES.names)
def test_lookup(name: str) -> None:
    CASES.check(name)
