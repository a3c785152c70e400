"""Normalization of images against TensorFlow."""

import numpy as np
import pytest
from ops import case_runner

import evergraph as tf
from evergraph.api import nn_grad
from evergraph.graph.apply import apply_op

CASES, GOLDEN = case_runner.load("normalization_cases")


@pytest.mark.parametrize("name", CASES)
def test_normalization(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])


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


@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
@pytest.mark.parametrize("training", [True, False])
def test_gradients_in_elementary_ops(training: bool, data_format: str) -> None:
    """They and their own gradients are those of the op."""
    axes = (0, 1, 2, 3) if data_format == "NHWC" else (0, 3, 1, 2)
    random = np.random.default_rng(1)
    x, grad = (random.normal(size=(2, 3, 4, 5)).astype(np.float32).transpose(axes) for _ in "12")
    scale, mean, variance = (np.float32([1, 2, 3, 4, 5]) + i for i in range(3))
    with tf.Graph().as_default(), tf.Session() as session:
        x, grad, scale = (tf.constant(v) for v in (x, grad, scale))
        more = {} if training else {"mean": mean, "variance": variance}
        options = {"data_format": data_format, "is_training": training}
        y, *_ = tf.nn.fused_batch_norm(x, scale, mean, epsilon=0.01, **more, **options)
        wanted = tf.gradients(y, [x, y.op.inputs[1], y.op.inputs[2]], grad)
        found = nn_grad._BatchNormGrad(grad, x, scale, mean, variance, 0.01, **options)
        second = tf.gradients(wanted[0] * wanted[0], [x, grad])
        also = tf.gradients(found[0] * found[0], [x, grad])
        pairs = [*zip(found, wanted, strict=True), (also[1], second[1])]
        if training:  # otherwise the gradient does not depend on x
            pairs.append((also[0], second[0]))
        for ours, theirs in session.run(pairs):
            np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize(
    ("training", "count", "takers"),
    [
        (True, 148, ["Mul_7", "Mul_8", "Reshape_2", "Reshape_3"]),
        (False, 69, ["Mul_4", "Reshape_3"]),
    ],
)
def test_nodes_of_second_gradients_channels_first(training, count, takers):
    """As many nodes as TensorFlow's, and those that take what is given bear its names."""
    with tf.Graph().as_default() as graph:
        x, grad = (tf.ones([2, 2, 3, 3]) for _ in "12")
        vector, mean, variance = (tf.ones([2]) for _ in "123")
        more = {"epsilon": 1e-3, "data_format": "NCHW", "is_training": training, "name": "bn"}
        first = apply_op(
            "FusedBatchNormGradV3", grad, x, vector, mean, variance, tf.constant([0.0]), **more
        )
        tf.gradients(first[:3], [grad, x, vector], grad_ys=[x, vector, vector])
        scope = "gradients/bn_grad/"
        nodes = [n for n in graph.get_operations() if n.name.startswith(scope)]
        assert len(nodes) == count
        taking = {}
        for node in nodes:
            for t in node.inputs:
                if t.op.name.startswith("gradients/grad_ys_"):
                    taking.setdefault(t.op.name[-1], []).append(node.name[len(scope) :])
        dx, doffset, dscale = taking["0"], taking["2"], taking["1"]
        assert [*dx, *doffset, *dscale][: len(takers)] == takers
