"""tf.contrib.learn against TensorFlow: model functions, arrays, monitors, experiments."""

from collections.abc import Iterator

import pytest
from behaviour import Behaviour

import evergraph as tf

BEHAVIOUR = Behaviour("contrib_learn")
DATA = Behaviour("learn_data")
EXPORT = Behaviour("learn_export")


@pytest.fixture(autouse=True)
def _no_writers_left() -> Iterator[None]:
    yield
    tf.summary.FileWriterCache.clear()


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)


@pytest.mark.parametrize("name", DATA.names)
def test_data_as_tensorflow(name: str) -> None:
    DATA.check(name)


@pytest.mark.parametrize("name", EXPORT.names)
def test_exports_as_tensorflow(name: str) -> None:
    EXPORT.check(name)
