"""Linear algebra. Vectors that are known but for their sign are compared in products."""

import numpy as np
from case_tools import Cases, fed, grad_of

CASES = Cases()
case, simple = CASES.case, CASES.simple

A = np.array(
    [[[4.0, 1.0, -2.0], [1.0, 5.0, 0.5], [2.0, -1.0, 6.0]], [[2, 0, 1], [1, 3, 0], [0, 1, 4]]]
)
SPD = A @ np.swapaxes(A, -1, -2)
TALL = np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 4.0], [2.0, 2.5]])
B = np.array([[[1.0, 2.0], [0.0, -1.0], [3.0, 1.0]]] * 2)
COMPLEX = (A[0] + 1j * A[1]).astype(np.complex128)

OF_ONE = {
    "cholesky": (SPD, lambda tf, x: tf.cholesky(x)),
    "inverse": (A, lambda tf, x: tf.matrix_inverse(x)),
    "inverse_adjoint": (A, lambda tf, x: tf.linalg.inv(x, adjoint=True)),
    "determinant": (A, lambda tf, x: tf.matrix_determinant(x)),
    "log_determinant": (A, lambda tf, x: tf.linalg.slogdet(x)[1]),
    "logdet": (SPD, lambda tf, x: tf.linalg.logdet(x)),
    "square_root": (SPD, lambda tf, x: tf.linalg.sqrtm(x)),
    "eigenvalues": (SPD, lambda tf, x: tf.self_adjoint_eigvals(x)),
    "eigenvalues_of_eigh": (SPD, lambda tf, x: tf.self_adjoint_eig(x)[0]),
    "singular_values": (TALL, lambda tf, x: tf.svd(x, compute_uv=False)),
    "singular_values_of_svd": (TALL, lambda tf, x: tf.svd(x)[0]),
    "singular_values_wide": (TALL.T.copy(), lambda tf, x: tf.svd(x)[0]),
    "singular_vectors": (TALL, lambda tf, x: tf.square(tf.svd(x)[1])),
    "singular_vectors_right": (TALL.T.copy(), lambda tf, x: tf.square(tf.svd(x)[2])),
    "eigenvectors": (SPD, lambda tf, x: tf.square(tf.self_adjoint_eig(x)[1])),
    "qr_q": (TALL, lambda tf, x: tf.square(tf.qr(x)[0])),
    "qr_r": (TALL, lambda tf, x: tf.square(tf.qr(x)[1])),
    "norm": (A, lambda tf, x: tf.norm(x)),
    "norm_axis": (A, lambda tf, x: tf.norm(x, axis=-1, keepdims=True)),
    "norm_1": (A, lambda tf, x: tf.norm(x, ord=1, axis=1)),
    "norm_inf": (A, lambda tf, x: tf.norm(x, ord=np.inf, axis=0, name="n")),
    "norm_3": (A, lambda tf, x: tf.norm(x, ord=3, axis=2)),
    "norm_matrix": (A, lambda tf, x: tf.norm(x, axis=[-2, -1])),
    "norm_matrix_1": (A, lambda tf, x: tf.norm(x, ord=1, axis=[-2, -1])),
    "norm_matrix_inf": (A, lambda tf, x: tf.norm(x, ord=np.inf, axis=(1, 2), keep_dims=True)),
    "normalize": (A, lambda tf, x: tf.linalg.normalize(x, axis=0)[0]),
    "pinv": (TALL, lambda tf, x: tf.linalg.pinv(x)),
    "adjoint": (A, lambda tf, x: tf.linalg.adjoint(x)),
}


def _cases_of_one(name, value, function):
    def known(tf):
        x, feed = fed(tf, value)
        return grad_of(tf, function(tf, x), [x], feed)

    def half_known(tf):
        x, feed = fed(
            tf, value.astype(np.float32), [None] * (value.ndim - 2) + list(value.shape[-2:])
        )
        return [function(tf, x)], feed

    def unknown(tf):
        x, feed = fed(tf, value, None)
        return [function(tf, x)], feed

    for made in (known, half_known, unknown):
        if name == "adjoint" and made is unknown:
            continue
        CASES[name + "_" + made.__name__] = made


for _name, (_value, _function) in OF_ONE.items():
    _cases_of_one(_name, _value, _function)


def _equations(name, function):
    def gradient(tf):
        a, feed = fed(tf, A)
        b, more = fed(tf, B)
        feed.update(more)
        return grad_of(tf, function(tf, a, b), [a, b], feed)

    CASES[name] = gradient


_equations("solve", lambda tf, a, b: tf.matrix_solve(a, b))
_equations("solve_adjoint", lambda tf, a, b: tf.matrix_solve(a, b, adjoint=True))
_equations("triangular", lambda tf, a, b: tf.matrix_triangular_solve(a, b))
_equations("triangular_upper", lambda tf, a, b: tf.matrix_triangular_solve(a, b, lower=False))
_equations("triangular_adjoint", lambda tf, a, b: tf.matrix_triangular_solve(a, b, adjoint=True))
_equations("cholesky_solve", lambda tf, a, b: tf.cholesky_solve(a, b))
_equations("least_squares", lambda tf, a, b: tf.matrix_solve_ls(a, b, l2_regularizer=0.5))
_equations(
    "least_squares_op",
    lambda tf, a, b: tf.raw_ops.MatrixSolveLs(matrix=a, rhs=b, l2_regularizer=0.5),
)


@case
def least_squares_wide(tf):
    a, feed = fed(tf, TALL.T.copy())
    return grad_of(tf, tf.matrix_solve_ls(a, [[1.0], [2.0]]), [a], feed)


@case
def least_squares_unknown(tf):
    a, feed = fed(tf, TALL, [None, None])
    return [tf.matrix_solve_ls(a, TALL[:, :1])], feed


@case
def not_square_fed(tf):
    # Not TALL: TensorFlow aborts.
    x, feed = fed(tf, TALL.T[:, :3].copy(), None)
    return [tf.matrix_inverse(x)], feed


simple(
    lu=lambda tf: list(tf.linalg.lu(A)) + list(tf.linalg.lu(A[0], output_idx_type=tf.int64)),
    slogdet=lambda tf: list(tf.linalg.slogdet(-A)),
    rank=lambda tf: [
        tf.linalg.matrix_rank(TALL),
        tf.linalg.matrix_rank([[1.0, 2.0], [2.0, 4.0]]),
        tf.linalg.matrix_rank(A, tol=3.0),
    ],
    rank_of_ints=lambda tf: [tf.linalg.matrix_rank(tf.constant([[1, 2]]))],
    rank_of_vector=lambda tf: [tf.linalg.matrix_rank([1.0])],
    complex_matrices=lambda tf: [
        tf.matrix_inverse(COMPLEX),
        tf.matrix_determinant(COMPLEX),
        tf.linalg.logm(COMPLEX),
        tf.linalg.sqrtm(COMPLEX),
        tf.norm(COMPLEX),
        tf.svd(COMPLEX, compute_uv=False),
        tf.matrix_solve(COMPLEX, COMPLEX[:, :1], adjoint=True),
        tf.linalg.adjoint(COMPLEX),
    ],
    full_matrices=lambda tf: (
        [tf.abs(t) for t in tf.svd(TALL, full_matrices=True)[:1]]
        + [tf.abs(tf.qr(TALL, full_matrices=True)[1])]
    ),
    not_square=lambda tf: [tf.matrix_inverse(TALL)],
    not_matrix=lambda tf: [tf.cholesky([1.0])],
    not_definite=lambda tf: [tf.cholesky([[1.0, 2.0], [2.0, 1.0]])],
    not_invertible=lambda tf: [tf.matrix_inverse([[1.0, 2.0], [2.0, 4.0]])],
    not_solvable=lambda tf: [tf.matrix_solve([[1.0, 2.0], [2.0, 4.0]], [[1.0], [2.0]])],
    not_triangular=lambda tf: [
        tf.matrix_triangular_solve([[0.0, 2.0], [2.0, 4.0]], [[1.0], [2.0]])
    ],
    misfit=lambda tf: [tf.matrix_solve(A, B[:, :2])],
    misfit_batch=lambda tf: [tf.matrix_solve(A, B[:1])],
    ints=lambda tf: [tf.matrix_inverse([[1, 2], [3, 4]])],
    empty=lambda tf: [
        tf.matrix_inverse(np.zeros([2, 0, 0])),
        tf.cholesky(np.zeros([0, 0])),
        tf.matrix_determinant(np.zeros([0, 3, 3])),
    ],
    norm_bad_axis=lambda tf: [tf.norm(A, axis=[0, 1, 2])],
    norm_same_axis=lambda tf: [tf.norm(A, axis=[1, 1])],
    norm_bad_order=lambda tf: [tf.norm(A, ord="fro2")],
    norm_fro_of_vectors=lambda tf: [tf.norm(A, ord="fro")],
    norm_bad_matrix_order=lambda tf: [tf.norm(A, ord=3, axis=[0, 1])],
    norm_negative=lambda tf: [tf.norm(A, ord=-1)],
)
