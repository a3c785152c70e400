"""Small modules of tensorflow.python.framework and tensorflow.python.util do what TensorFlow's
do."""

import re

import pytest
from behaviour import Behaviour

import evergraph as tf
from evergraph.graph import error_interpolation

CASES = Behaviour("small_modules")


@pytest.mark.parametrize("name", CASES.names)
def test_like_tensorflow(name: str) -> None:
    CASES.check(name)


def test_messages_tell_of_inputs() -> None:
    """TensorFlow's installed package takes its own files for the program's, so no golden data."""
    with tf.Graph().as_default() as graph:
        one = tf.constant(1, name="One")
        two = tf.constant(2, name="Two")
        tf.add(one, two, name="Three")
    said = error_interpolation.interpolate("{{node Three}} fell", graph)
    lines = said.split("\n")
    assert re.match(r"node Three \(defined at \S*test_small_modules.py:\d+\)  fell", lines[0])
    assert lines[2] == "Errors may have originated from an input operation."
    assert lines[3] == "Input Source operations connected to node Three:"
    assert [line.split()[0] for line in lines[-2:]] == ["One", "Two"]
