"""tf.function in graphs against TensorFlow."""

import pytest
from behaviour import Behaviour

CASES = Behaviour("tf_function")
# How wrong arguments are worded, and a call that TensorFlow adds to initialize variables;
# get_concrete_function traces anew there, where a trace could serve.
KNOWN = {
    "structures": ["missing", "too many"],
    "effects": ["calls"],
    "traces": ["another graph", "by signature", "concrete"],
}


@pytest.mark.parametrize("name", CASES.names)
def test_tf_function(name: str) -> None:
    CASES.check(name, KNOWN.get(name, ()))
