"""Savers do what TensorFlow's do."""

import pytest
from behaviour import Behaviour

CASES = Behaviour("saver")


@pytest.mark.parametrize("name", CASES.names)
def test_saver(name: str) -> None:
    CASES.check(name)


FAULTS = Behaviour("checkpoint_faults")


@pytest.mark.parametrize("name", FAULTS.names)
def test_faults(name: str) -> None:
    FAULTS.check(name)


VALUES = Behaviour("initial_values")


@pytest.mark.parametrize("name", VALUES.names)
def test_initial_values(name: str) -> None:
    VALUES.check(name)
