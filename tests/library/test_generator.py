"""`tf.random.experimental` against TensorFlow."""

import pytest
from behaviour import Behaviour

import evergraph as tf
from evergraph.library.eager import context

CASES = Behaviour("generator")


@pytest.mark.parametrize("name", CASES.names)
def test_generator(name: str) -> None:
    CASES.check(name)


def test_split_eagerly() -> None:
    with context.eager_mode():
        parent = tf.random.experimental.Generator.from_seed(5)
        first, second = parent.split(2)
        again = tf.random.experimental.Generator.from_seed(5).split(2)
        assert first.state.numpy().tolist() == again[0].state.numpy().tolist()
        values = [g.normal([3]).numpy().tolist() for g in (first, second, again[1])]
        assert values[1] == values[2] != values[0]
        parent.reset_from_seed(5)
        assert parent.split()[0].key.numpy() == first.key.numpy()
