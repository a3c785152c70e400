"""`tf.contrib.graph_editor` against TensorFlow."""

import pytest
from behaviour import Behaviour

CASES = Behaviour("graph_editor")


@pytest.mark.parametrize("name", CASES.names)
def test_graph_editor(name: str) -> None:
    CASES.check(name)
