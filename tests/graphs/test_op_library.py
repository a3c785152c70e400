"""OpDefLibrary makes the nodes that TensorFlow's makes, and complains in its words."""

import pytest
from behaviour import Behaviour

BEHAVIOUR = Behaviour("op_library")


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)
