"""Monitored sessions, hooks, session managers and supervisors against TensorFlow."""

from collections.abc import Iterator

import pytest
from behaviour import Behaviour

import evergraph as tf

BEHAVIOUR = Behaviour("monitored")


@pytest.fixture(autouse=True)
def _no_writers_left() -> Iterator[None]:
    yield
    tf.summary.FileWriterCache.clear()


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)
