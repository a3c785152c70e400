"""Policies of Keras layers against TensorFlow."""

import pytest
from behaviour import Behaviour

CASES = Behaviour("policy")


@pytest.mark.parametrize("name", CASES.names)
def test_policy(name: str) -> None:
    CASES.check(name)
