"""tf.keras.preprocessing against TensorFlow."""

import pytest
from behaviour import Behaviour

BEHAVIOUR = Behaviour("keras_preprocessing")


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)
