"""Inputs that ops refuse, or take in their own way, against TensorFlow."""

import pytest
from behaviour import Behaviour

CASES = Behaviour("op_inputs")


@pytest.mark.parametrize("name", CASES.names)
def test_op_inputs(name: str) -> None:
    CASES.check(name)
