"""Linear operators: every method of every kind, and errors."""

import numpy as np
from case_tools import Cases, fed, floats, waves

CASES = Cases()
case, simple = CASES.case, CASES.simple

A = np.array([[4.0, 1.0, -2.0], [1.0, 5.0, 0.5], [2.0, -1.0, 6.0]])
SPD = A @ A.T
BATCH = np.stack([A, A.T + 1])
COMPLEX = A + 1j * A.T
X = waves(3, 2).astype(np.float64)

NUMBERS = ("determinant", "log_abs_determinant", "trace", "diag_part", "to_dense")


def _wide(x):
    """`x` with more axes than the operator has, and few columns."""
    return np.stack([x, x - 1], 0)


def methods(tf, operator, x=X, solves=True, square=True, asserts=()):
    """What the methods give; `x` fits both sides."""
    x = x.astype(operator.dtype.as_numpy_dtype)
    found = [operator.shape_tensor(), operator.batch_shape_tensor(), operator.tensor_rank_tensor()]
    found += [operator.domain_dimension_tensor(), operator.range_dimension_tensor()]
    found += [operator.matmul(x), operator.matvec(x[..., 0])]
    found += [operator.matmul(np.swapaxes(x, -1, -2), adjoint_arg=True)]
    if square:
        found += [operator.matmul(x, adjoint=True), operator.adjoint().matmul(x)]
        found += [operator.matvec(x[..., 0], adjoint=True)]
        found += [operator.determinant(), operator.log_abs_determinant()]
    found += [operator.trace(), operator.diag_part(), operator.to_dense(), operator.H.to_dense()]
    if square:
        found += [operator.add_to_tensor(tf.ones_like(operator.to_dense()))]
    if solves:
        found += [operator.solve(x), operator.solve(x, adjoint=True), operator.solve(_wide(x))]
        found += [operator.solve(np.swapaxes(x, -1, -2), adjoint_arg=True)]
        found += [operator.solve(_wide(x), adjoint=True)]
        found += [operator.solvevec(x[..., 0]), operator.inverse().matmul(x)]
        found += [operator.inverse().adjoint().to_dense()]
    for name in asserts:
        with tf.control_dependencies([getattr(operator, "assert_" + name)()]):
            found.append(tf.constant(1))
    return found


def of(make, value, shape=None, **options):
    """A case with the value known, and one with it fed and its shape not known."""

    def known(tf):
        return methods(tf, make(tf, tf.constant(value)), **options)

    def unknown(tf):
        x, feed = fed(tf, value, [None] * value.ndim if shape is None else shape)
        return methods(tf, make(tf, x), **options), feed

    return known, unknown


def both(name, make, value, shape=None, **options):
    CASES[name], CASES[name + "_unknown"] = of(make, value, shape, **options)


ALL = ("non_singular", "self_adjoint", "positive_definite")

# Diagonals and the identity.

both("diag", lambda tf, d: tf.linalg.LinearOperatorDiag(d), np.array([1.0, -2, 3]))
both(
    "diag_batch",
    lambda tf, d: tf.linalg.LinearOperatorDiag(d, is_positive_definite=True, name="d"),
    floats(2, 3),
    asserts=ALL,
)
both(
    "diag_complex",
    lambda tf, d: tf.linalg.LinearOperatorDiag(d),
    np.array([1.0, -2, 3]) + 1j,
    asserts=("non_singular",),
)
both(
    "scaled",
    lambda tf, m: tf.linalg.LinearOperatorScaledIdentity(3, m),
    np.array(2.0, np.float32),
    asserts=ALL,
)
both(
    "scaled_batch",
    lambda tf, m: tf.linalg.LinearOperatorScaledIdentity(3, m, assert_proper_shapes=True),
    np.array([2.0 + 1j, 3.0]),
    x=np.stack([X, X]),
    asserts=ALL[:1],
)
simple(
    identity=lambda tf: methods(tf, tf.linalg.LinearOperatorIdentity(3), asserts=ALL),
    identity_batch=lambda tf: methods(
        tf, tf.linalg.LinearOperatorIdentity(3, [2], tf.float64, name="eye")
    ),
    identity_checked=lambda tf: methods(
        tf, tf.linalg.LinearOperatorIdentity(3, [2], tf.float64, assert_proper_shapes=True)
    ),
    zeros=lambda tf: methods(tf, tf.linalg.LinearOperatorZeros(3), solves=False, asserts=ALL[1:2]),
    zeros_batch=lambda tf: methods(
        tf, tf.linalg.LinearOperatorZeros(3, batch_shape=[2], dtype=tf.float64), solves=False
    ),
    zeros_wide=lambda tf: methods(
        tf,
        tf.linalg.LinearOperatorZeros(
            2, 3, is_square=False, is_self_adjoint=False, assert_proper_shapes=True
        ),
        solves=False,
        square=False,
    ),
)


@case
def identity_unknown(tf):
    n, feed = fed(tf, np.int32(3))
    batch, more = fed(tf, np.array([2], np.int32), [None])
    feed.update(more)
    operator = tf.linalg.LinearOperatorIdentity(n, batch, assert_proper_shapes=True)
    return methods(tf, operator), feed


@case
def zeros_unknown(tf):
    n, feed = fed(tf, np.int32(3))
    batch, more = fed(tf, np.array([2], np.int32), [None])
    feed.update(more)
    operator = tf.linalg.LinearOperatorZeros(n, n, batch, assert_proper_shapes=True)
    return methods(tf, operator, solves=False), feed


@case
def cholesky_factors(tf):
    lib, hints = tf.linalg, {"is_self_adjoint": True, "is_positive_definite": True}
    return [
        operator.cholesky().to_dense()
        for operator in (
            lib.LinearOperatorDiag([1.0, 4.0], **hints),
            lib.LinearOperatorIdentity(2),
            lib.LinearOperatorScaledIdentity(2, 9.0, **hints),
            lib.LinearOperatorFullMatrix(SPD, **hints),
        )
    ]


# Matrices.

both("full", lambda tf, m: tf.linalg.LinearOperatorFullMatrix(m), A, asserts=ALL[:1])
both("full_batch", lambda tf, m: tf.linalg.LinearOperatorFullMatrix(m, name="f"), BATCH)
both("full_complex", lambda tf, m: tf.linalg.LinearOperatorFullMatrix(m), COMPLEX)
both(
    "full_definite",
    lambda tf, m: tf.linalg.LinearOperatorFullMatrix(
        m, is_self_adjoint=True, is_positive_definite=True
    ),
    SPD,
    asserts=ALL,
)
both(
    "full_wide",
    lambda tf, m: tf.linalg.LinearOperatorFullMatrix(m, is_square=False),
    A[:2],
    solves=False,
    square=False,
)
both(
    "triangle",
    lambda tf, m: tf.linalg.LinearOperatorLowerTriangular(m),
    A,
    asserts=("non_singular",),
)
both("triangle_batch", lambda tf, m: tf.linalg.LinearOperatorLowerTriangular(m), BATCH)

# Variables stay variables.


@case
def variables(tf):
    diagonal = tf.Variable([1.0, 2.0, 3.0], name="v")
    matrix = tf.get_variable("w", initializer=SPD.astype(np.float32), use_resource=True)
    operators = [
        tf.linalg.LinearOperatorDiag(diagonal),
        tf.linalg.LinearOperatorFullMatrix(matrix),
        tf.linalg.LinearOperatorLowerTriangular(matrix),
    ]
    found = [operator.solve(X.astype(np.float32)) for operator in operators]
    return found + tf.gradients(tf.add_n(found), [diagonal, matrix])


# Operators with one another.


def _kinds(tf):
    lib = tf.linalg
    return {
        "diag": lib.LinearOperatorDiag([1.0, 2.0, -4.0], is_non_singular=True),
        "scaled": lib.LinearOperatorScaledIdentity(3, 2.0, is_positive_definite=True),
        "identity": lib.LinearOperatorIdentity(3),
        "zeros": lib.LinearOperatorZeros(3),
        "triangle": lib.LinearOperatorLowerTriangular(A.astype(np.float32)),
        "full": lib.LinearOperatorFullMatrix(A.astype(np.float32)),
        "inverse": lib.LinearOperatorFullMatrix(A.astype(np.float32)).inverse(),
    }


def describe(tf, operator):
    hints = [operator.is_square, operator.is_non_singular, operator.is_self_adjoint]
    hints = [-1 if hint is None else int(hint) for hint in hints + [operator.is_positive_definite]]
    return [tf.constant(type(operator).__name__ + " " + operator.name), tf.constant(hints)]


@case
def products(tf):
    kinds, found = _kinds(tf), []
    for left in kinds.values():
        for right in kinds.values():
            product = left.matmul(right)
            found += describe(tf, product) + [product.to_dense()]
    return found


@case
def quotients(tf):
    kinds, found = _kinds(tf), []
    for name, left in kinds.items():
        if name != "zeros":
            for right in kinds.values():
                quotient = left.solve(right)
                found += describe(tf, quotient) + [quotient.to_dense()]
    return found


@case
def adjoints_and_inverses(tf):
    found = []
    for name, operator in _kinds(tf).items():
        adjoint = operator.adjoint()
        found += describe(tf, adjoint) + describe(tf, adjoint.adjoint())
        if name != "zeros":
            inverse = operator.inverse()
            found += describe(tf, inverse) + describe(tf, inverse.inverse())
    return found


@case
def composition(tf):
    lib = tf.linalg
    operator = lib.LinearOperatorComposition(
        [lib.LinearOperatorFullMatrix(BATCH), lib.LinearOperatorDiag(X[:, 0] + 2)]
    )
    return methods(tf, operator)


@case
def composition_unknown(tf):
    lib = tf.linalg
    x, feed = fed(tf, BATCH, [None, None, None])
    operator = lib.LinearOperatorComposition(
        [lib.LinearOperatorFullMatrix(x), lib.LinearOperatorDiag(X[:, 0] + 2)], name="c"
    )
    return methods(tf, operator), feed


@case
def functions(tf):
    lib, x = tf.linalg, X.astype(np.float32)
    kinds = _kinds(tf)
    full, diag = kinds["full"], kinds["diag"]
    definite = lib.LinearOperatorFullMatrix(SPD, is_self_adjoint=True, is_positive_definite=True)
    return [
        lib.adjoint(full).to_dense(),
        lib.cholesky(definite).to_dense(),
        lib.diag_part(full),
        lib.det(full),
        lib.inv(full, adjoint=True).to_dense(),
        lib.logdet(definite),
        lib.matmul(full, x),
        tf.matmul(x, full, transpose_b=False, adjoint_a=True),
        tf.matmul(full, diag).to_dense(),
        lib.solve(full, x),
        lib.trace(full),
        lib.matmul(x[:2].T, lib.LinearOperatorDiag([1.0, 2.0])),
    ]


# Errors.


def _raises(name, function):
    CASES["error_" + name] = lambda tf: [function(tf, tf.linalg)]


_raises("diag_scalar", lambda tf, lib: lib.LinearOperatorDiag(1.0))
_raises("diag_adjoint", lambda tf, lib: lib.LinearOperatorDiag([1.0], is_self_adjoint=False))
_raises("diag_square", lambda tf, lib: lib.LinearOperatorDiag([1.0], is_square=False))
_raises(
    "definite_singular",
    lambda tf, lib: lib.LinearOperatorDiag([1.0], is_positive_definite=True, is_non_singular=False),
)
_raises(
    "not_square",
    lambda tf, lib: lib.LinearOperatorFullMatrix(A, is_non_singular=True, is_square=False),
)
_raises("square", lambda tf, lib: lib.LinearOperatorFullMatrix(A, is_square=False).determinant())
_raises("full_dtype", lambda tf, lib: lib.LinearOperatorFullMatrix([[1]]))
_raises("full_rank", lambda tf, lib: lib.LinearOperatorFullMatrix(tf.ones([2], name="m")))
_raises("triangle_rank", lambda tf, lib: lib.LinearOperatorLowerTriangular(tf.ones([2], name="m")))
_raises("triangle_square", lambda tf, lib: lib.LinearOperatorLowerTriangular(A, is_square=False))
_raises("identity_hint", lambda tf, lib: lib.LinearOperatorIdentity(2, is_non_singular=False))
_raises("identity_rows", lambda tf, lib: lib.LinearOperatorIdentity(-2))
_raises("identity_rank", lambda tf, lib: lib.LinearOperatorIdentity([2]))
_raises("identity_float", lambda tf, lib: lib.LinearOperatorIdentity(2.0))
_raises("identity_batch", lambda tf, lib: lib.LinearOperatorIdentity(2, -1))
_raises("identity_batch_sign", lambda tf, lib: lib.LinearOperatorIdentity(2, [-1]))
_raises("identity_variable", lambda tf, lib: lib.LinearOperatorIdentity(tf.Variable(2, name="r")))
_raises("scaled_square", lambda tf, lib: lib.LinearOperatorScaledIdentity(2, 1.0, is_square=False))
_raises("zeros_hint", lambda tf, lib: lib.LinearOperatorZeros(2, is_non_singular=True))
_raises("zeros_sizes", lambda tf, lib: lib.LinearOperatorZeros(2, 3))
_raises("zeros_inverse", lambda tf, lib: lib.LinearOperatorZeros(2).inverse())
_raises("zeros_solve", lambda tf, lib: lib.LinearOperatorZeros(2).solve([[1.0], [2.0]]))
_raises("zeros_assert", lambda tf, lib: lib.LinearOperatorZeros(2).assert_non_singular())
_raises(
    "dtype",
    lambda tf, lib: lib.LinearOperatorDiag([1.0, 2.0]).matmul(tf.ones([2, 1], "int32", name="x")),
)
_raises("size", lambda tf, lib: lib.LinearOperatorDiag([1.0, 2.0]).matmul([[1.0]]))
_raises("size_solve", lambda tf, lib: lib.LinearOperatorDiag([1.0, 2.0]).solvevec([1.0]))
_raises(
    "operators",
    lambda tf, lib: lib.LinearOperatorDiag([1.0, 2.0]).matmul(lib.LinearOperatorDiag([1.0])),
)
_raises(
    "operators_solve",
    lambda tf, lib: lib.LinearOperatorDiag([1.0, 2.0]).solve(lib.LinearOperatorDiag([1.0])),
)
_raises("cholesky", lambda tf, lib: lib.LinearOperatorDiag([1.0, 2.0]).cholesky())
_raises("definite", lambda tf, lib: lib.LinearOperatorFullMatrix(A).assert_positive_definite())
_raises("wide_inverse", lambda tf, lib: lib.LinearOperatorFullMatrix(A[:2]).inverse())
_raises("wide_solve", lambda tf, lib: lib.LinearOperatorFullMatrix(A[:2]).solve(A[:2]))
_raises("no_operators", lambda tf, lib: lib.LinearOperatorComposition([]))
_raises(
    "dtypes",
    lambda tf, lib: lib.LinearOperatorComposition(
        [lib.LinearOperatorIdentity(2), lib.LinearOperatorIdentity(2, dtype=tf.float64)]
    ),
)
_raises(
    "composition_singular",
    lambda tf, lib: lib.LinearOperatorComposition(
        [lib.LinearOperatorIdentity(2)], is_non_singular=False
    ),
)
_raises(
    "adjoint_hint",
    lambda tf, lib: lib.LinearOperatorAdjoint(lib.LinearOperatorIdentity(2), is_square=False),
)
_raises(
    "inversion_singular",
    lambda tf, lib: lib.LinearOperatorInversion(
        lib.LinearOperatorIdentity(2), is_non_singular=False
    ),
)
_raises(
    "inversion_hint",
    lambda tf, lib: lib.LinearOperatorInversion(
        lib.LinearOperatorDiag([1.0]), is_self_adjoint=False
    ),
)
_raises(
    "batches",
    lambda tf, lib: lib.LinearOperatorLowerTriangular(BATCH).solve(np.stack([X, X, X])),
)
_raises("parent", lambda tf, lib: lib.LinearOperatorIdentity(2).matmul(None))
_raises("logdet", lambda tf, lib: lib.logdet(lib.LinearOperatorDiag([1.0])))
_raises("transposed", lambda tf, lib: tf.matmul(lib.LinearOperatorDiag([1.0]), A, transpose_a=True))
_raises("sparse", lambda tf, lib: tf.matmul(lib.LinearOperatorDiag([1.0]), A, a_is_sparse=True))
_raises("solve_by_tensor", lambda tf, lib: lib.solve(A, lib.LinearOperatorDiag([1.0])))


@case
def singular_at_run_time(tf):
    operator = tf.linalg.LinearOperatorDiag([1.0, 0.0])
    with tf.control_dependencies([operator.assert_non_singular()]):
        return [tf.constant(1)]


@case
def indefinite_at_run_time(tf):
    operator = tf.linalg.LinearOperatorScaledIdentity(2, -1.0)
    with tf.control_dependencies([operator.assert_positive_definite()]):
        return [tf.constant(1)]
