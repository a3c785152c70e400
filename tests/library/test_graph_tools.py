"""Tools for graphs and SavedModels do what TensorFlow's do."""

import pytest
from behaviour import Behaviour

tools = Behaviour("graph_tools")


@pytest.mark.parametrize("name", tools.names)
def test_like_tensorflow(name: str) -> None:
    tools.check(name)
