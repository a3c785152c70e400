"""Recurrent estimators and replicated model functions against TensorFlow."""

import pytest
from behaviour import Behaviour

import evergraph as tf

BEHAVIOUR = Behaviour("estimator_rnn")


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)
    tf.summary.FileWriterCache.clear()
