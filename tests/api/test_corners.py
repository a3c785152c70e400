"""Corners of graphs, shapes, imports, sessions and checkpoints are TensorFlow's."""

import pytest
from behaviour import Behaviour

BEHAVIOUR = Behaviour("corners")


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)
