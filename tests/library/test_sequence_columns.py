"""Columns of sequences, columns shared in layers and derived ones against TensorFlow."""

import pytest
from behaviour import Behaviour

BEHAVIOUR = Behaviour("sequence_columns")


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)
