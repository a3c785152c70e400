"""What is made of Estimators against TensorFlow."""

from collections.abc import Iterator

import pytest
from behaviour import Behaviour

import evergraph as tf

BEHAVIOUR = Behaviour("estimator_extras")


@pytest.fixture(autouse=True)
def _no_writers_left() -> Iterator[None]:
    yield
    tf.summary.FileWriterCache.clear()


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)
