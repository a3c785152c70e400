"""tf.contrib.learn's batches of examples from files against TensorFlow."""

import pytest
from behaviour import Behaviour

BEHAVIOUR = Behaviour("learn_files")


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)
