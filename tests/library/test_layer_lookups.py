"""tf.contrib.layers' lookups, columns of sequences and targets against TensorFlow."""

import pytest
from behaviour import Behaviour

BEHAVIOUR = Behaviour("layer_lookups")


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)
