"""Matrices with three diagonals, and exponentials of matrices."""

import numpy as np
from case_tools import Cases, fed, floats, waves
from case_tools import grad_of as grad_of_real

CASES = Cases()
case, simple = CASES.case, CASES.simple

BANDS = np.array([[2.0, 1.0, 4.0, 9.0], [1.0, 3.0, 2.0, 2.0], [9.0, 1.0, -1.0, 1.0]])
MANY = np.stack([BANDS, 2 * BANDS, BANDS - 0.25], 0) + 0j
RHS = (floats(3, 4, 2).astype(np.float64) % 7 - 2) * (1 - 2j)
MATRIX = np.array([[1.0, 2, 0], [3.0, 4, 5], [0, 6, -7]])


def grad_of(tf, y, xs, feed):
    if not y.dtype.is_complex:
        return grad_of_real(tf, y, xs, feed)
    weighed = grad_of_real(tf, tf.real(y) + 2 * tf.imag(y), xs, feed)
    return [y] + weighed[0], feed


def _solve(bands, rhs, shapes=("same", "same"), **options):
    def build(tf):
        diagonals, feed = fed(tf, bands, shapes[0])
        b, more = fed(tf, rhs, shapes[1])
        feed.update(more)
        x = tf.linalg.tridiagonal_solve(diagonals, b, **options)
        return grad_of(tf, x, [diagonals, b], feed)

    return build


def _times(bands, rhs, shapes=("same", "same"), **options):
    def build(tf):
        diagonals, feed = fed(tf, bands, shapes[0])
        b, more = fed(tf, rhs, shapes[1])
        feed.update(more)
        x = tf.linalg.tridiagonal_matmul(diagonals, b, **options)
        return grad_of(tf, x, [diagonals, b], feed)

    return build


def _expm(value, shape="same"):
    def build(tf):
        x, feed = fed(tf, value, shape)
        return grad_of(tf, tf.linalg.expm(x), [x], feed)

    return build


def _in_sequence(tf, n=3):
    return [tf.constant(x) for x in (BANDS[0, :n], BANDS[1], BANDS[2, -n:])]


simple(
    solve_vector=_solve(BANDS, RHS[0, :, 0].real),
    solve_matrix=_solve(BANDS, RHS[0].real),
    solve_batch=_solve(MANY, RHS),
    solve_many=_solve(MANY, np.concatenate([RHS, 2j * RHS], -1)),
    solve_many_unpivoted=_solve(
        MANY, np.concatenate([RHS, 2j * RHS], -1), partial_pivoting=False, name="s"
    ),
    solve_vectors=_solve(MANY.real, RHS[..., 0].real, partial_pivoting=False),
    solve_transposed=_solve(MANY, RHS.swapaxes(1, 2).copy(), transpose_rhs=True),
    solve_conjugated=_solve(MANY, RHS, conjugate_rhs=True),
    solve_adjoint=_solve(MANY, RHS.swapaxes(1, 2).copy(), transpose_rhs=True, conjugate_rhs=True),
    solve_single=_solve(BANDS.astype(np.float32), RHS[0].real.astype(np.float32)),
    solve_unknown=_solve(MANY, RHS, ([None, None, None], [None, None, None])),
    solve_of_matrix=_solve(MATRIX, RHS[0, :3].real, diagonals_format="matrix"),
    solve_of_matrices=_solve(np.stack([MATRIX] * 2), RHS[:2, :3].real, diagonals_format="matrix"),
    solve_of_two=_solve(np.array([[0.0, 3], [2, 1]]), RHS[0, :2].real, diagonals_format="matrix"),
    solve_of_one=_solve(np.array([[0.0], [4], [0]]), np.array([[1.0, 2, 3]])),
    solve_of_none=lambda tf: [tf.linalg.tridiagonal_solve(tf.zeros([3, 0]), tf.zeros([0, 2]))],
    solve_singular=_solve(np.array([[3.0, 0], [1, 3], [0, 1]]), np.array([1.0, 4])),
    solve_singular_one=_solve(np.array([[0.0], [0], [0]]), np.array([1.0])),
    solve_singular_of_many=_solve(np.array([[[3.0, 0], [1, 3], [0, 1]]] * 2), np.ones([2, 2, 5])),
    solve_needs_pivots=_solve(
        np.array([[2.0, 0], [0, 3], [0, 1]]), np.array([1.0, 4]), partial_pivoting=False
    ),
    sequence=lambda tf: [
        tf.linalg.tridiagonal_solve(_in_sequence(tf, n), tf.constant(RHS[0].real), "sequence")
        for n in (3, 4)
    ],
    sequence_of_two=lambda tf: [
        tf.linalg.tridiagonal_solve(_in_sequence(tf)[1:], tf.constant(RHS[0].real), "sequence")
    ],
    sequence_too_short=lambda tf: [
        tf.linalg.tridiagonal_solve(_in_sequence(tf, 2), tf.constant(RHS[0].real), "sequence")
    ],
    sequence_of_batches=lambda tf: [
        tf.linalg.tridiagonal_solve(
            [tf.ones([2, 4]), tf.ones([3, 4]), tf.ones([3, 4])], tf.ones([3, 4]), "sequence"
        )
    ],
    other_format=lambda tf: [tf.linalg.tridiagonal_solve(BANDS, RHS, "diagonal")],
    rank_of_bands=lambda tf: [tf.linalg.tridiagonal_solve(tf.ones([3]), tf.ones([3]))],
    rank_of_rhs=lambda tf: [tf.linalg.tridiagonal_solve(tf.ones([5, 3, 4]), tf.ones([4]))],
    four_bands=lambda tf: [tf.linalg.tridiagonal_solve(tf.ones([4, 4]), tf.ones([4]))],
    other_batches=lambda tf: [tf.linalg.tridiagonal_solve(tf.ones([2, 3, 4]), tf.ones([5, 4]))],
    other_rows=lambda tf: [tf.linalg.tridiagonal_solve(tf.ones([3, 4]), tf.ones([5]))],
    not_square=lambda tf: [tf.linalg.tridiagonal_solve(tf.ones([3, 4]), tf.ones([5]), "matrix")],
    unknown_size=lambda tf: [
        tf.linalg.tridiagonal_solve(tf.placeholder("float32", [None, None]), tf.ones([5]), "matrix")
    ],
    raw_bands_fed=lambda tf: (
        [
            tf.raw_ops.TridiagonalSolve(
                diagonals=tf.placeholder_with_default(np.ones([4, 4]), None), rhs=np.ones([4, 2])
            )
        ]
    ),
    raw_rows_fed=lambda tf: [
        tf.raw_ops.TridiagonalSolve(
            diagonals=tf.placeholder_with_default(np.ones([3, 4]), None), rhs=np.ones([5, 2])
        )
    ],
    # Not batches that differ: TensorFlow aborts.
    raw_rank=lambda tf: [tf.raw_ops.TridiagonalSolve(diagonals=[1.0], rhs=[[1.0]])],
    raw_wrong=lambda tf: [tf.raw_ops.TridiagonalSolve(diagonals=floats(3, 4), rhs=floats(5, 1))],
    times=_times(BANDS, RHS[0].real),
    times_batch=_times(MANY, RHS),
    times_unknown=_times(MANY, RHS, ([None, 3, None], [None, None, None]), name="m"),
    times_of_matrix=_times(np.stack([MATRIX] * 2), RHS[:2, :3].real, diagonals_format="matrix"),
    times_of_sequence=lambda tf: [
        tf.linalg.tridiagonal_matmul(_in_sequence(tf, 4), RHS[0].real, "sequence")
    ],
    times_other_format=lambda tf: [tf.linalg.tridiagonal_matmul(BANDS, RHS, "diagonal")],
    times_not_square=lambda tf: [
        tf.linalg.tridiagonal_matmul(tf.ones([3, 4]), tf.ones([5]), "matrix")
    ],
    times_unknown_size=lambda tf: [
        tf.linalg.tridiagonal_matmul(
            tf.placeholder("float32", [None, 3]), tf.ones([3, 1]), "matrix"
        )
    ],
    times_fed=lambda tf: [
        tf.raw_ops.TridiagonalMatMul(
            superdiag=tf.placeholder_with_default(np.ones([1, 3]), None),
            maindiag=np.ones([1, 4]),
            subdiag=np.ones([1, 4]),
            rhs=np.ones([4, 2]),
        )
    ],
    times_wrong=lambda tf: [
        tf.raw_ops.TridiagonalMatMul(
            superdiag=np.ones([1, 4]),
            maindiag=np.ones([1, 4]),
            subdiag=np.ones([1, 4]),
            rhs=np.ones([3, 2]),
        )
    ],
    expm_small=_expm(waves(2, 3, 3) / 100),
    expm_medium=_expm(waves(2, 3, 3)),
    expm_large=_expm(np.stack([floats(3, 3) / 2, floats(3, 3).T / 40])),
    expm_double=_expm(
        np.stack([waves(3, 3) * s for s in (0.001, 0.1, 0.5, 1, 2, 8)]).astype(np.float64)
    ),
    expm_complex=_expm((waves(3, 3) + 1j * waves(3, 3).T).astype(np.complex64)),
    expm_unknown=_expm(waves(2, 3, 3), [None, None, None]),
    expm_one_unknown=_expm(waves(3, 3), [None, 3]),
    expm_empty=lambda tf: [tf.linalg.expm(np.zeros([0, 0]))],
    expm_of_ints=lambda tf: [tf.linalg.expm([[1]])],
)
