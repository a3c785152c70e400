"""Linear algebra against TensorFlow: graphs, static shapes, values and errors."""

import numpy as np
import pytest
from ops import case_runner

import evergraph as tf

CASES, GOLDEN = case_runner.load("linalg_cases")


@pytest.mark.parametrize("name", CASES)
def test_linalg(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])


@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (2, 4, 4)])
@pytest.mark.parametrize("full", [False, True])
def test_factors_multiply_to_the_matrix(shape: tuple[int, ...], full: bool) -> None:
    a = np.random.default_rng(1).normal(size=shape)
    with tf.Graph().as_default(), tf.Session() as session:
        s, u, v = tf.svd(a, full_matrices=full)
        q, r = tf.qr(a, full_matrices=full)
        s, u, v, q, r = session.run([s, u, v, q, r])
    k = s.shape[-1]
    product = u[..., :k] * s[..., None, :] @ np.swapaxes(v[..., :k], -1, -2)
    np.testing.assert_allclose(product, a, atol=1e-12)
    np.testing.assert_allclose(q @ r, a, atol=1e-12)


def test_spectral_norm() -> None:
    a = np.random.default_rng(2).normal(size=(2, 3, 4))
    with tf.Graph().as_default(), tf.Session() as session:
        found = session.run([tf.norm(a, 2, axis=[0, 2]), tf.norm(a, 2, axis=[1, 2], keepdims=True)])
    np.testing.assert_allclose(found[0], np.linalg.norm(a, 2, axis=(0, 2)))
    np.testing.assert_allclose(found[1], np.linalg.norm(a, 2, axis=(1, 2), keepdims=True))
