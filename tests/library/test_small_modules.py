"""Small modules of tensorflow.python.framework and tensorflow.python.util do what TensorFlow's
do."""

import re

import numpy as np
import pytest
from behaviour import Behaviour

import evergraph as tf
from evergraph.graph import error_interpolation, static_value
from evergraph.library.keras import testing_utils
from evergraph.library.testing import switches

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


def test_channels_in_fours() -> None:
    x = tf.reshape(tf.range(96), [2, 2, 3, 8])
    for rank, shape in ((4, [2, 2, 3, 8]), (5, [2, 1, 2, 3, 8])):
        value = tf.reshape(x, shape)
        packed = switches.NHWCToNCHW_VECT_C(value)
        assert packed.shape.as_list() == switches.NHWCToNCHW_VECT_C(shape)
        assert packed.shape.as_list()[:2] == [2, 2] and packed.shape.as_list()[-1] == 4
        back = switches.NCHW_VECT_CToNHWC(packed)
        assert switches.NCHW_VECT_CToNHWC(packed.shape.as_list()) == shape
        with tf.Session() as sess:
            assert (sess.run(back) == sess.run(value)).all(), rank
    with pytest.raises(ValueError, match="evenly divisible by 4"):
        switches.NHWCToNCHW_VECT_C([1, 2, 2, 6])
    with pytest.raises(ValueError, match="must be 4"):
        switches.NCHW_VECT_CToNHWC([1, 2, 2, 2, 3])


def test_shapes_as_tensors() -> None:
    with tf.Session() as sess:
        assert static_value.shape_tensor([]).dtype == tf.int32
        sizes = static_value.shape_tensor([tf.Dimension(2), 3])
        assert sess.run(sizes).tolist() == [2, 3]


def test_examples_to_test_keras_models_with() -> None:
    train, test = testing_utils.get_test_data(3, 2, (2,), 4, random_seed=5)
    assert [a.dtype for a in train] == [np.float32, np.int64]
    np.testing.assert_allclose(
        train[0], [[7.1974263, 4.6479983], [2.5656216, 6.196831], [5.9450407, 3.907683]], rtol=1e-6
    )
    np.testing.assert_allclose(test[0], [[0.56217, 10.635198], [1.7282844, 7.9054227]], rtol=1e-6)
    assert [*train[1], *test[1]] == [3, 0, 3, 1, 1]
