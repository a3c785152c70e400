"""Keras models as SavedModels of objects against TensorFlow."""

import pytest
from behaviour import Behaviour

CASES = Behaviour("keras_objects")
KNOWN: dict[str, list[str]] = {}


@pytest.mark.parametrize("name", CASES.names)
def test_keras_objects(name: str) -> None:
    CASES.check(name, KNOWN.get(name, ()))
