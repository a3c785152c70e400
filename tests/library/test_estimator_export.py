"""Exported estimators against TensorFlow's."""

import pytest
from behaviour import Behaviour

BEHAVIOUR = Behaviour("estimator_export")


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)
