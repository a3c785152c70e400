"""Linear operators made of others or of few numbers: every method, and errors."""

import numpy as np
from case_tools import Cases, floats
from linear_operator_cases import ALL, SPD, A, X, describe, methods, of

CASES = Cases()
case, simple = CASES.case, CASES.simple

HINTS = {"is_self_adjoint": True, "is_positive_definite": True}
COLUMN = np.array([4.0, -1.0, 0.5])
SPECTRUM = np.array([4.0 + 1j, 1.0 - 2j, 3.0])


def both(name, make, value, shape=None, **options):
    CASES[name], CASES[name + "_unknown"] = of(make, value, shape, **options)


# Of several operators.

X5 = np.concatenate([X, X[:2] + 1])
X6 = np.concatenate([X, X[::-1] / 2])

both(
    "block_diag",
    lambda tf, m: tf.linalg.LinearOperatorBlockDiag(
        [tf.linalg.LinearOperatorFullMatrix(m), tf.linalg.LinearOperatorDiag(X[:2, 0] + 2)]
    ),
    A,
    x=X5,
    asserts=ALL[:1],
)
both(
    "block_diag_batch",
    lambda tf, m: tf.linalg.LinearOperatorBlockDiag(
        [
            tf.linalg.LinearOperatorDiag(X[:2, 0] + 2, **HINTS),
            tf.linalg.LinearOperatorFullMatrix(m, **HINTS),
        ],
        name="b",
    ),
    np.stack([SPD, SPD + 1]),
    x=X5,
    asserts=ALL,
)
both(
    "kronecker",
    lambda tf, m: tf.linalg.LinearOperatorKronecker(
        [tf.linalg.LinearOperatorFullMatrix(m), tf.linalg.LinearOperatorDiag([2.0, -1.0])]
    ),
    A.astype(np.float32),
    x=X6,
    asserts=ALL[:1],
)
both(
    "kronecker_batch",
    lambda tf, m: tf.linalg.LinearOperatorKronecker(
        [
            tf.linalg.LinearOperatorDiag(X[:2, 0] + 2, **HINTS),
            tf.linalg.LinearOperatorFullMatrix(m, **HINTS),
            tf.linalg.LinearOperatorIdentity(1, dtype=tf.float64),
        ],
        name="k",
    ),
    np.stack([SPD, SPD + 1]),
    x=X6,
    asserts=ALL[1:2],
)
both(
    "kronecker_wide",
    lambda tf, m: tf.linalg.LinearOperatorKronecker(
        [
            tf.linalg.LinearOperatorFullMatrix(m, is_square=False),
            tf.linalg.LinearOperatorDiag([2.0, -1.0]),
        ]
    ),
    A[:2].astype(np.float32),
    x=X6,
    solves=False,
    square=False,
)

# Circulant and Toeplitz matrices.

both("circulant", lambda tf, s: tf.linalg.LinearOperatorCirculant(s), SPECTRUM.astype(np.complex64))
both(
    "circulant_batch",
    lambda tf, s: tf.linalg.LinearOperatorCirculant(s, name="c"),
    np.stack([SPECTRUM, SPECTRUM.conj()]).astype(np.complex64),
    asserts=ALL[:1],
)
both(
    "circulant_real",
    lambda tf, s: tf.linalg.LinearOperatorCirculant(s, is_positive_definite=True),
    np.abs(SPECTRUM).astype(np.float32),
    asserts=ALL,
)


@case
def circulant_of_floats(tf):
    operator = tf.linalg.LinearOperatorCirculant(floats(3), tf.float32)
    return [
        operator.matmul(X.astype(np.float32)),
        operator.to_dense(),
        operator.trace(),
        operator.diag_part(),
        operator.determinant(),
        operator.log_abs_determinant(),
        operator.convolution_kernel(),
    ]


@case
def circulant_of_doubles(tf):
    operator = tf.linalg.LinearOperatorCirculant(SPECTRUM, tf.complex128)
    return [operator.solve(X + 1j), operator.to_dense(), operator.trace()]


@case
def circulant_hermitian(tf):
    operator = tf.linalg.LinearOperatorCirculant(np.array([4.0, 1 - 2j, 1 + 2j], np.complex64))
    with tf.control_dependencies([operator.assert_hermitian_spectrum()]):
        return [operator.convolution_kernel(), operator.block_shape_tensor()]


both(
    "circulant_2d",
    lambda tf, s: tf.linalg.LinearOperatorCirculant2D(s),
    (floats(2, 3) - 1j).astype(np.complex64),
    x=X6,
    asserts=ALL[:1],
)
both(
    "circulant_3d",
    lambda tf, s: tf.linalg.LinearOperatorCirculant3D(s),
    (floats(2, 1, 3) + 2).astype(np.float32),
    x=X6,
    asserts=ALL,
)
both(
    "toeplitz",
    lambda tf, c: tf.linalg.LinearOperatorToeplitz(c, COLUMN[::-1].copy()),
    COLUMN,
)
both(
    "toeplitz_batch",
    lambda tf, c: tf.linalg.LinearOperatorToeplitz(c, c, is_self_adjoint=True, name="t"),
    np.stack([COLUMN, COLUMN * 2]).astype(np.float32),
    asserts=ALL[1:2],
)

# Changes of low rank.

U = np.array([[1.0, 0.5], [-1.0, 2.0], [0.0, 1.0]])


def update(**options):
    def make(tf, u):
        base = tf.linalg.LinearOperatorDiag([4.0, 5.0, 6.0], is_positive_definite=True)
        return tf.linalg.LinearOperatorLowRankUpdate(base, u, **options)

    return make


F = np.float32
both("low_rank", update(), U.astype(F), asserts=ALL)
both("low_rank_diag", update(diag_update=np.array([1.0, -3.0], F)), U.astype(F))
both(
    "low_rank_positive",
    update(diag_update=np.array([1.0, 3.0], F), is_diag_update_positive=True, name="p"),
    U.astype(F),
)
both("low_rank_two_sides", update(v=U[::-1].astype(F)), U.astype(F))
both("low_rank_batch", update(), np.stack([U, U + 1]).astype(F))


@case
def low_rank_complex(tf):
    base = tf.linalg.LinearOperatorFullMatrix(A + 1j * A.T, is_non_singular=True)
    operator = tf.linalg.LinearOperatorLowRankUpdate(base, U + 1j, v=U - 2j)
    return methods(tf, operator)


both("householder", lambda tf, v: tf.linalg.LinearOperatorHouseholder(v), COLUMN)
both(
    "householder_batch",
    lambda tf, v: tf.linalg.LinearOperatorHouseholder(v, is_non_singular=True, name="h"),
    np.stack([COLUMN, COLUMN[::-1]]),
    asserts=ALL[:2],
)
both(
    "householder_complex",
    lambda tf, v: tf.linalg.LinearOperatorHouseholder(v),
    SPECTRUM,
)

# Operators with one another, and what they give.


def _kinds(tf):
    lib = tf.linalg
    full = lib.LinearOperatorFullMatrix(SPD.astype(F), **HINTS)
    diag = lib.LinearOperatorDiag([2.0, 3.0], **HINTS)
    return {
        "block": lib.LinearOperatorBlockDiag([full, diag]),
        "kronecker": lib.LinearOperatorKronecker([full, diag]),
        "circulant": lib.LinearOperatorCirculant(np.abs(SPECTRUM).astype(F), **HINTS),
        "toeplitz": lib.LinearOperatorToeplitz(COLUMN.astype(F), COLUMN.astype(F), **HINTS),
        "low_rank": lib.LinearOperatorLowRankUpdate(full, U.astype(F)),
        "householder": lib.LinearOperatorHouseholder(COLUMN.astype(F)),
    }


@case
def adjoints_inverses_and_factors(tf):
    found = []
    for name, operator in _kinds(tf).items():
        found += describe(tf, operator) + describe(tf, operator.adjoint())
        found += describe(tf, operator.inverse()) + describe(tf, operator.inverse().inverse())
        if name != "householder":
            factor = operator.cholesky()
            found += describe(tf, factor) + [tf.abs(factor.to_dense())]
    return found


@case
def circulant_products(tf):
    lib = tf.linalg
    left = lib.LinearOperatorCirculant(SPECTRUM.astype(np.complex64), is_non_singular=True)
    right = lib.LinearOperatorCirculant(np.array([1.0, 2j, 3.0], np.complex64))
    found = []
    for operator in (left.matmul(right), left.solve(right), left.adjoint(), left.inverse()):
        found += describe(tf, operator) + [operator.to_dense()]
    return found


# Errors.


def _raises(name, function):
    CASES["error_" + name] = lambda tf: [function(tf, tf.linalg)]


def _wide(lib):
    return lib.LinearOperatorFullMatrix(A[:2], is_square=False)


_raises("block_square", lambda tf, lib: lib.LinearOperatorBlockDiag([_wide(lib)]))
_raises("block_none", lambda tf, lib: lib.LinearOperatorBlockDiag([]))
for _hint in ("non_singular", "self_adjoint", "positive_definite"):
    _options = {"is_" + _hint: False}
    _raises(
        "block_" + _hint,
        lambda tf, lib, o=_options: lib.LinearOperatorBlockDiag(
            [lib.LinearOperatorIdentity(2)], **o
        ),
    )
    _raises(
        "kronecker_" + _hint,
        lambda tf, lib, o=_options: lib.LinearOperatorKronecker(
            [lib.LinearOperatorIdentity(2)], **o
        ),
    )
_raises("kronecker_none", lambda tf, lib: lib.LinearOperatorKronecker([]))
_raises(
    "kronecker_assert",
    lambda tf, lib: lib.LinearOperatorKronecker([_wide(lib)]).assert_non_singular(),
)
_raises("circulant_rank", lambda tf, lib: lib.LinearOperatorCirculant2D(tf.ones([2], name="s")))
_raises("circulant_real", lambda tf, lib: lib.LinearOperatorCirculant([1.0], is_self_adjoint=False))
_raises("circulant_square", lambda tf, lib: lib.LinearOperatorCirculant([1.0], is_square=False))
_raises("circulant_dtype", lambda tf, lib: lib.LinearOperatorCirculant([1.0]).matmul([[1.0]]))
_raises("toeplitz_sizes", lambda tf, lib: lib.LinearOperatorToeplitz([1.0], [1.0, 2.0]))
_raises("toeplitz_rank", lambda tf, lib: lib.LinearOperatorToeplitz([1.0], tf.zeros([], name="r")))
_raises(
    "toeplitz_square", lambda tf, lib: lib.LinearOperatorToeplitz([1.0], [1.0], is_square=False)
)
_raises("householder_rank", lambda tf, lib: lib.LinearOperatorHouseholder(tf.zeros([], name="r")))
_raises(
    "householder_definite",
    lambda tf, lib: lib.LinearOperatorHouseholder([1.0], is_positive_definite=True),
)
_raises(
    "householder_adjoint",
    lambda tf, lib: lib.LinearOperatorHouseholder([1.0], is_self_adjoint=False),
)
_raises("householder_square", lambda tf, lib: lib.LinearOperatorHouseholder([1.0], is_square=False))
_raises(
    "householder_assert",
    lambda tf, lib: lib.LinearOperatorHouseholder([1.0]).assert_positive_definite(),
)
_raises(
    "low_rank_positive",
    lambda tf, lib: lib.LinearOperatorLowRankUpdate(
        lib.LinearOperatorIdentity(2), [[1.0], [2.0]], is_diag_update_positive=False
    ),
)
_raises(
    "low_rank_adjoint",
    lambda tf, lib: lib.LinearOperatorLowRankUpdate(
        lib.LinearOperatorIdentity(2), [[1.0], [2.0]], is_self_adjoint=False
    ),
)
_raises(
    "low_rank_singular",
    lambda tf, lib: lib.LinearOperatorLowRankUpdate(
        lib.LinearOperatorIdentity(2), [[1.0], [2.0]], is_non_singular=False
    ),
)
_raises(
    "low_rank_rows",
    lambda tf, lib: lib.LinearOperatorLowRankUpdate(lib.LinearOperatorIdentity(3), [[1.0], [2.0]]),
)
_raises(
    "low_rank_columns",
    lambda tf, lib: lib.LinearOperatorLowRankUpdate(
        lib.LinearOperatorIdentity(2), [[1.0], [2.0]], diag_update=[1.0, 2.0]
    ),
)
_raises(
    "low_rank_solve",
    lambda tf, lib: lib.LinearOperatorLowRankUpdate(
        lib.LinearOperatorZeros(2), [[1.0], [2.0]]
    ).solve([[1.0], [2.0]]),
)
