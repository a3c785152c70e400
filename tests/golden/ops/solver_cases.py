"""`tf.contrib.solvers`."""

import numpy as np
from case_tools import Cases, waves

CASES = Cases()
simple = CASES.simple

MATRIX = np.float64(waves(5, 3)) + np.eye(5, 3)
POSITIVE = np.dot(MATRIX.T, MATRIX) + np.eye(3)
SIDE = np.float64(waves(3))


def operator(tf, matrix, known=True):
    """An operator of a matrix whose shape may be unknown to it, and the feed."""
    if known:
        return tf.contrib.solvers.util.create_operator(tf.constant(matrix)), {}
    x = tf.placeholder(tf.float64, [None, None])
    return tf.contrib.solvers.util.create_operator(x), {x: matrix}


def conjugate(tf, known=True, **kwargs):
    found, feed = operator(tf, POSITIVE, known)
    return list(
        tf.contrib.solvers.linear_equations.conjugate_gradient(found, tf.constant(SIDE), **kwargs)
    ), feed


def preconditioned(tf, **kwargs):
    inverse = tf.contrib.solvers.util.create_operator(tf.constant(np.diag(1 / np.diag(POSITIVE))))
    return conjugate(tf, preconditioner=inverse, **kwargs)


def least_squares(tf, known=True, **kwargs):
    found, feed = operator(tf, MATRIX, known)
    rhs = tf.constant(np.float64(waves(5)))
    return list(tf.contrib.solvers.least_squares.cgls(found, rhs, **kwargs)), feed


def lanczos(tf, known=True, **kwargs):
    found, feed = operator(tf, MATRIX, known)
    kwargs.setdefault("starting_vector", tf.constant(np.float64(waves(5))))
    return list(tf.contrib.solvers.lanczos.lanczos_bidiag(found, 2, **kwargs)), feed


simple(
    utilities=lambda tf: (
        [
            tf.contrib.solvers.util.dot(tf.constant([1j, 2.0]), tf.constant([3.0, 4j])),
            tf.contrib.solvers.util.l2norm_squared(tf.constant(SIDE)),
            tf.contrib.solvers.util.l2norm(tf.constant(SIDE)),
        ]
        + list(tf.contrib.solvers.util.l2normalize(tf.constant(SIDE)))
    ),
    applied=lambda tf: [
        operator(tf, MATRIX)[0].apply(tf.constant(SIDE[:, None])),
        operator(tf, MATRIX)[0].apply_adjoint(tf.constant(MATRIX[:, :1])),
        tf.contrib.solvers.util.identity_operator(tf.constant(MATRIX)).apply(tf.constant(SIDE)),
    ],
    conjugate=lambda tf: conjugate(tf),
    conjugate_unknown=lambda tf: conjugate(tf, False, tol=0.1),
    conjugate_from=lambda tf: conjugate(tf, x=tf.constant(SIDE), max_iter=1, name="solved"),
    preconditioned=lambda tf: preconditioned(tf),
    preconditioned_from=lambda tf: preconditioned(tf, x=tf.constant(SIDE), max_iter=2),
    cgls=lambda tf: least_squares(tf),
    cgls_unknown=lambda tf: least_squares(tf, False, max_iter=1, name="nearest"),
    lanczos=lambda tf: lanczos(tf),
    lanczos_loose=lambda tf: lanczos(tf, orthogonalize=False, name="bidiagonal"),
    lanczos_drawn=lambda tf: lanczos(tf, starting_vector=None),
    bidiagonal=lambda tf: [
        tf.contrib.solvers.lanczos.bidiag_matmul(
            tf.constant(waves(4, 3)), tf.constant([1.0, 2.0]), [3.0, 4.0]
        ),
        tf.contrib.solvers.lanczos.bidiag_matmul(
            tf.constant(waves(4, 2)), tf.constant([1.0, 2.0]), tf.constant([3.0, 4.0]), True
        ),
    ],
)
