"""tf.function in graphs against TensorFlow."""

import pytest
from behaviour import Behaviour

CASES = Behaviour("tf_function")
# A wrong call as AutoGraph words it; get_concrete_function traces anew in TensorFlow, where a trace
# could serve.
KNOWN = {"structures": ["too many"], "traces": ["another graph", "by signature", "concrete"]}


@pytest.mark.parametrize("name", CASES.names)
def test_tf_function(name: str) -> None:
    CASES.check(name, KNOWN.get(name, ()))
