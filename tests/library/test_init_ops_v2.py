"""The initializers of TensorFlow 2; values are those of TensorFlow 1.15.5."""

import numpy as np
import pytest

import evergraph as tf
from evergraph.api import init_ops_v2 as I

VALUES = [
    (
        "I.GlorotUniform(seed=3)([2, 2])",
        [[-0.7448583841323853, 1.0761717557907104], [0.07905781269073486, 0.8353773355484009]],
    ),
    ("I.RandomNormal(seed=3)([2])", [-0.03357924148440361, 0.08380252122879028]),
    ("I.TruncatedNormal(1.0, seed=0)([2], tf.float64)", [1.0252989308462386, 0.9649444294630823]),
    (
        "I.VarianceScaling(2.0, 'fan_out', 'normal', seed=5)([2, 2, 1, 1])",
        [
            [[[0.9310351610183716]], [[0.15402887761592865]]],
            [[[-0.10432568192481995]], [[0.7289894223213196]]],
        ],
    ),
    ("I.RandomUniform(0, 9, seed=1)([3], tf.int32)", [0, 1, 7]),
    ("I.Constant([1, 2])([2])", [1, 2]),
    ("I.Identity(2.0)([2, 3])", [[2.0, 0.0, 0.0], [0.0, 2.0, 0.0]]),
    ("I.Ones()([2], tf.bool)", [True, True]),
]


@pytest.mark.parametrize("expression, want", VALUES)
def test_values(expression, want):
    with tf.Graph().as_default(), tf.Session() as session:
        assert session.run(eval(expression, {"I": I, "tf": tf})).tolist() == want


def test_configs_leave_the_dtype_out():
    initializer = I.VarianceScaling.from_config({"scale": 2.0, "seed": 1, "dtype": "float32"})
    assert initializer.get_config() == {
        "scale": 2.0,
        "mode": "fan_in",
        "distribution": "truncated_normal",
        "seed": 1,
    }


def test_unseeded_values_differ():
    with tf.Graph().as_default(), tf.Session() as session:
        value = I.GlorotNormal()([3, 3])
        assert not np.array_equal(session.run(value), session.run(value))


@pytest.mark.parametrize("make", [I.RandomNormal(), I.he_normal(), I.Orthogonal(), I.Identity()])
def test_only_floating_types(make):
    with pytest.raises(ValueError, match="Expected floating point type, got <dtype: 'int32'>."):
        make([2, 2], tf.int32)
