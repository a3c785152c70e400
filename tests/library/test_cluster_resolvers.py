"""Cluster resolvers against TensorFlow."""

import pytest
from behaviour import Behaviour

BEHAVIOUR = Behaviour("cluster_resolvers")


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)
