"""`tf.config`: against TensorFlow."""

from collections.abc import Iterator

import pytest
from behaviour import Behaviour

from evergraph.engine import runtime_options
from evergraph.library.eager import context

CASES = Behaviour("runtime_options")


@pytest.fixture(autouse=True)
def options_of_their_own() -> Iterator[None]:
    yield
    context._context = None
    runtime_options.make_current(None)


@pytest.mark.parametrize("name", CASES.names)
def test_runtime_options(name: str) -> None:
    CASES.check(name)
