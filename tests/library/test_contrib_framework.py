"""tf.contrib.framework does what TensorFlow's does."""

import pytest
from behaviour import Behaviour

CASES = Behaviour("contrib_framework")


@pytest.mark.parametrize("name", CASES.names)
def test_contrib_framework(name: str) -> None:
    CASES.check(name)
