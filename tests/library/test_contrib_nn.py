"""`tf.contrib.nn`, `sparsemax`, `mixed_precision` and `copy_graph` against TensorFlow."""

import pytest
from behaviour import Behaviour
from ops import case_runner

import evergraph as tf
from evergraph.library.contrib.nn.fwd_gradients import fwd_gradients

CASES, GOLDEN = case_runner.load("contrib_nn_cases")
PRECISION = Behaviour("mixed_precision")


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])


@pytest.mark.parametrize("name", PRECISION.names)
def test_mixed_precision(name: str) -> None:
    PRECISION.check(name)


def test_forward_gradients() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.constant([1.0, 2.0, 3.0])
        ys = [x**2.0, tf.reduce_sum(x) * x[:2]]
        found = session.run(fwd_gradients(ys, [x], [tf.constant([1.0, 0.0, 2.0])]))
    # By hand: 2 x t, and the sum of t times x plus the sum of x times t.
    assert found[0].tolist() == [2.0, 0.0, 12.0]
    assert found[1].tolist() == [3.0 * 1.0 + 6.0 * 1.0, 3.0 * 2.0]


def test_older_names() -> None:
    assert tf.image.per_image_whitening is tf.image.per_image_standardization
    assert tf.nn.deconv2d is tf.nn.conv2d_transpose
    assert tf.io.match_filenames_once is tf.train.match_filenames_once
