"""Profiles, against TensorFlow."""

import pytest
from behaviour import Behaviour

CASES = Behaviour("profiler")


@pytest.mark.parametrize("name", CASES.names)
def test_profiler(name: str) -> None:
    CASES.check(name)
