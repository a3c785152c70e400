"""Making nodes: arguments, names, devices, scopes and collections as in TensorFlow."""

import pytest
from behaviour import Behaviour

CASES = Behaviour("apply")
# TensorFlow puts a node with an input of another graph into its tables and then fails to find the
# input; evergraph refuses it in words, and leaves the graph as it was.
KNOWN = {"create_op": ["other graph"]}


@pytest.mark.parametrize("name", CASES.names)
def test_apply(name: str) -> None:
    CASES.check(name, KNOWN.get(name, ()))
