"""Training with evaluations and exports in between, against TensorFlow."""

import pytest
from behaviour import Behaviour

BEHAVIOUR = Behaviour("train_and_evaluate")


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)
