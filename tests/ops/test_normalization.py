"""Normalization of images against TensorFlow."""

from typing import Any

import numpy as np
import pytest
from ops import case_runner

import evergraph as tf

CASES, GOLDEN = case_runner.load("normalization_cases")
# TensorFlow builds these nodes by a tape.
VALUES_ONLY = {"second_gradients"}


@pytest.mark.parametrize("name", CASES)
def test_normalization(name: str) -> None:
    more: dict[str, Any] = {}
    if name in VALUES_ONLY:
        more["canonical"] = lambda graph: tf.GraphDef()
    case_runner.check(CASES[name], GOLDEN[name], **more)


@pytest.mark.parametrize("training", [True, False])
def test_channels_first(training: bool) -> None:
    """TensorFlow computes these on a GPU only; the values are those of channels last."""
    images = np.random.default_rng(1).normal(size=(2, 3, 4, 5)).astype(np.float32)
    scale, offset = np.float32([1, 2, 3, 4, 5]), np.float32([0, 1, 0, 1, 0])
    given = {} if training else {"mean": offset, "variance": scale}
    found = []
    with tf.Graph().as_default(), tf.Session() as session:
        for data_format, axes in (("NHWC", (0, 1, 2, 3)), ("NCHW", (0, 3, 1, 2))):
            x = tf.constant(images.transpose(axes))
            more = {"data_format": data_format, "is_training": training, **given}
            y, *moments = tf.nn.fused_batch_norm(x, scale, offset, **more)
            (dx,) = tf.gradients(tf.tanh(y) * tf.sigmoid(x), [x])
            (ddx,) = tf.gradients(dx * dx, [x])
            back = np.argsort(axes)
            images_found = [v.transpose(back) for v in session.run([y, dx, ddx])]
            found.append(images_found + session.run(moments))
    for last, first in zip(*found, strict=True):
        np.testing.assert_allclose(first, last, rtol=1e-4, atol=1e-4)
