"""Fractional pooling, morphology, few-bit values and data formats against TensorFlow."""

import numpy as np
import pytest
from ops import case_runner

import evergraph as tf

CASES, GOLDEN = case_runner.load("vision_cases")


@pytest.mark.parametrize("name", CASES)
def test_vision(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])


@pytest.mark.parametrize("deterministic", [True, False])
def test_regions_without_seeds(deterministic: bool) -> None:
    """A node keeps its own seeds if it is deterministic, and draws anew if not."""
    images = tf.placeholder(tf.float32, [1, 60, 60, 1])
    pooled = tf.nn.fractional_max_pool(images, [1, 1.5, 1.5, 1], deterministic=deterministic)
    feed = {images: np.random.default_rng(1).normal(size=(1, 60, 60, 1))}
    with tf.Session() as session:
        rows = [session.run(pooled[1], feed).tolist() for _ in range(2)]
    assert (rows[0] == rows[1]) == deterministic
    assert rows[0][0] == 0 and rows[0][-1] == 60
    assert set(np.diff(rows[0])) == {1, 2}


def test_padded_images() -> None:
    """Each image by itself; TensorFlow takes the first for all."""
    rng = np.random.default_rng(1)
    images, kernel = rng.normal(size=(2, 5, 7, 3)), rng.normal(size=(3, 2, 3, 4))
    paddings = [[0, 0], [2, 1], [0, 3], [0, 0]]
    more = {"strides": [1, 1, 1, 1], "padding": "VALID"}
    with tf.Graph().as_default(), tf.Session() as session:
        fused = tf.raw_ops.FusedPadConv2D(
            input=images, paddings=paddings, filter=kernel, mode="REFLECT", **more
        )
        wide = tf.pad(images, paddings, "REFLECT")
        found, wanted = session.run([fused, tf.nn.conv2d(wide, kernel, **more)])
    np.testing.assert_allclose(found, wanted, rtol=1e-9)
