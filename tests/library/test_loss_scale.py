"""Scales of losses and strategies of one replica against TensorFlow."""

import pytest
from behaviour import Behaviour

BEHAVIOUR = Behaviour("loss_scale")


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)
