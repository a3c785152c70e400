"""Functions of tensors take ragged ones as TensorFlow's do."""

import pytest
from behaviour import Behaviour

BEHAVIOUR = Behaviour("ragged_functions")


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)
