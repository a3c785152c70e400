"""Decoders, samplers, attention and losses that are Keras layers, against TensorFlow's."""

import pytest
from behaviour import Behaviour

BEHAVIOUR = Behaviour("seq2seq_layers")


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)
