"""Pooling against TensorFlow."""

import numpy as np
import pytest
from ops import case_runner

import evergraph as tf

CASES, GOLDEN = case_runner.load("pooling_cases")


@pytest.mark.parametrize("name", CASES)
def test_pooling(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])


@pytest.mark.parametrize("name", ["max_pool", "avg_pool"])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("rank", [2, 3])
def test_channels_first(name: str, padding: str, rank: int) -> None:
    """TensorFlow computes these on a GPU only; the values are those of channels last."""
    size = (2, 5, 6, 4, 3)[: rank + 1] + (3,)
    images = np.random.default_rng(1).normal(size=size).astype(np.float32)
    to_first = (0, rank + 1, *range(1, rank + 1))
    function = getattr(tf.nn, name if rank == 2 else name + "3d")
    formats = ("NHWC", "NCHW") if rank == 2 else ("NDHWC", "NCDHW")
    found = []
    with tf.Graph().as_default(), tf.Session() as session:
        for data_format, axes in zip(formats, (range(rank + 2), to_first), strict=True):
            x = tf.constant(images.transpose(axes))
            y = function(x, 2, 1, padding, data_format=data_format)
            (dx,) = tf.gradients(y * y, [x])
            (ddx,) = tf.gradients(dx * dx, [x])
            back = np.argsort(axes)
            found.append([v.transpose(back) for v in session.run([y, dx, ddx])])
    for last, first in zip(*found, strict=True):
        np.testing.assert_allclose(first, last, rtol=1e-5, atol=1e-6)


def test_argmax_without_a_gpu() -> None:
    """Places as int32, and the second gradient, which TensorFlow computes on a GPU only."""
    images = np.random.default_rng(1).normal(size=(2, 4, 6, 3)).astype(np.float32)
    with tf.Graph().as_default(), tf.Session() as session:
        sizes = {"ksize": [1, 2, 2, 1], "strides": [1, 2, 2, 1], "padding": "VALID"}
        y, places = tf.nn.max_pool_with_argmax(images, **sizes, output_dtype=tf.int32)
        again = tf.raw_ops.MaxPoolGradGradWithArgmax(
            input=images, grad=images, argmax=places, **sizes
        )
        found, flat, second = session.run([y, places, again])
    assert flat.dtype == np.int32
    np.testing.assert_array_equal(second, found)
    for image, at, values in zip(images, flat, found, strict=True):
        np.testing.assert_array_equal(image.reshape(-1)[at], values)


@pytest.mark.parametrize("name", ["max_pool3d", "avg_pool3d"])
def test_gradient_of_wide_windows(name: str) -> None:
    """Against differences of the values."""
    rng = np.random.default_rng(1)
    volume, step = rng.normal(size=(2, 1, 3, 4, 5, 2)).astype(np.float32)
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, volume.shape)
        y = getattr(tf.nn, name)(x, [4, 2, 7], 2, "SAME")
        weights = rng.normal(size=y.shape.as_list()).astype(np.float32)
        total = tf.reduce_sum(y * weights)
        (slope,) = session.run(tf.gradients(total, [x]), {x: volume})
        before, after = (session.run(total, {x: volume + d * step}) for d in (-1e-2, 1e-2))
    assert (after - before) / 2e-2 == pytest.approx((slope * step).sum(), rel=1e-2)
