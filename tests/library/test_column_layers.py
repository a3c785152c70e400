"""Layers of feature columns against TensorFlow: nodes, variables, values, errors."""

import pytest
from behaviour import Behaviour

BEHAVIOUR = Behaviour("column_layers")


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)
