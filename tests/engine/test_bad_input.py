"""Bad input gives TensorFlow's error and first line, and leaves the session usable."""

import importlib.util
import json
import pathlib
import re

import numpy as np
import pytest

import evergraph as tf
from evergraph.proto.framework import graph_pb2

GOLDEN = pathlib.Path(__file__).parent.parent / "golden" / "engine"
EXPECTED = json.loads((GOLDEN / "bad_input.json").read_text())


def _cases():
    spec = importlib.util.spec_from_file_location("bad_input_cases", GOLDEN / "bad_input_cases.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CASES


CASES = _cases()


def _normal(text):
    """Without the name of the machine, which TensorFlow puts into one message."""
    return re.sub(r"running on \S+\. ", "running on HOST. ", text)


@pytest.mark.parametrize("name", sorted(CASES))
def test_error(name):
    wanted = EXPECTED[name]
    with tf.Graph().as_default():
        with pytest.raises(Exception) as caught:
            CASES[name](tf, np, graph_pb2)
    first = (str(caught.value).strip().splitlines() or [""])[0]
    assert [type(caught.value).__name__, _normal(first)] == [wanted[0], _normal(wanted[1])]


def test_error_names_the_line_that_made_the_node():
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [None], name="x")
        y = tf.check_numerics(tf.log(x), "the logarithm", name="y")  # the line that is to be named
        with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError) as caught:
            session.run(y, {x: [-1.0]})
    line = next(
        i
        for i, text in enumerate(pathlib.Path(__file__).read_text().splitlines(), 1)
        if "the line that is to be named" in text
    )
    assert caught.value.op is y.op
    assert caught.value.node_def.name == "y"
    assert f"{__file__}:{line}" in "\n".join(caught.value.__notes__)
    assert f"(defined at {__file__}:{line})" in caught.value.message
