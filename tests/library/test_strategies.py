"""Strategies against TensorFlow."""

import pytest
from behaviour import Behaviour

BEHAVIOUR = Behaviour("strategies")


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)
