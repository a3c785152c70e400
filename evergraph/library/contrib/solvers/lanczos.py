"""Bidiagonalization after Lanczos."""

from collections import namedtuple
from typing import Any

from evergraph.api import array_ops, math_ops, random_ops
from evergraph.api.cond import cond
from evergraph.api.tensor_array_ops import TensorArray
from evergraph.api.while_loop import while_loop
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.solvers import util

# The vectors are rows of u and v, as arrays hold them.
_State = namedtuple("LanczosBidiagState", "u, v, alpha, beta")  # type: ignore[name-match]


def _array(size: Any, dtype: Any, name: str) -> TensorArray:
    return TensorArray(dtype=dtype, size=size, tensor_array_name=name, clear_after_read=False)


def _column(array: TensorArray, i: Any) -> Tensor:
    return array_ops.expand_dims(array.read(i), -1)


def _with_column(array: TensorArray, column: Any, i: Any) -> TensorArray:
    return array.write(i, array_ops.squeeze(column))


def _less(j: Any, basis: TensorArray, v: Any) -> Any:
    """`v` without its part along the vector `j`."""
    shape = v.get_shape()
    vector = _column(basis, j)
    v -= math_ops.matmul(vector, v, adjoint_a=True) * vector
    v.set_shape(shape)
    return j + 1, basis, v


def _orthogonal_once(i: Any, basis: TensorArray, v: Any) -> tuple[Tensor, Tensor]:
    j = constant(0, dtype=dtypes.int32)
    _, _, v = while_loop(lambda j, basis, v: j < i, _less, [j, basis, v])
    return util.l2normalize(v)


def _orthogonal(i: Any, basis: TensorArray, v: Any) -> Any:
    """`v` orthogonal to the first `i` vectors and one long, and how long it was.

    Where much was taken away it is done again, see section 6-9 of Parlett's "The Symmetric
    Eigenvalue Problem".
    """
    before = util.l2norm(v)
    once, after = _orthogonal_once(i, basis, v)
    return cond(
        after < 0.7071 * before, lambda: _orthogonal_once(i, basis, v), lambda: (once, after)
    )


@export("contrib.solvers.lanczos.lanczos_bidiag")
def lanczos_bidiag(
    operator: Any,
    k: Any,
    orthogonalize: bool = True,
    starting_vector: Any = None,
    name: str = "lanczos_bidiag",
) -> Any:
    """U [m, k + 1], V [n, k] and a lower bidiagonal B with A V = U B. Stands for
    `tf.contrib.solvers.lanczos.lanczos_bidiag`.

    Args:
      operator: A, with `shape`, `dtype`, `apply` and `apply_adjoint`, which take vectors [n, 1].
      k: how many steps to take.
      orthogonalize: whether each new vector is made orthogonal to all before it.
      starting_vector: the first column of U, of any length; None: one drawn by chance.
      name: a scope for the nodes.

    Returns:
      A tuple of `u`, `v`, and B's diagonals `alpha` and `beta`.
    """

    def step(i: Any, state: Any) -> Any:
        u = _column(state.u, i)
        r = operator.apply_adjoint(u)
        shape = r.get_shape()
        r = cond(i > 0, lambda: r - state.beta.read(i - 1) * _column(state.v, i - 1), lambda: r)
        r.set_shape(shape)
        v, alpha = _orthogonal(i - 1, state.v, r) if orthogonalize else util.l2normalize(r)
        p = operator.apply(v) - alpha * u
        u, beta = _orthogonal(i, state.u, p) if orthogonalize else util.l2normalize(p)
        return i + 1, _State(
            _with_column(state.u, u, i + 1),
            _with_column(state.v, v, i),
            state.alpha.write(i, alpha),
            state.beta.write(i, beta),
        )

    with name_scope(name):
        dtype = operator.dtype
        if starting_vector is None:
            starting_vector = random_ops.random_uniform(operator.shape[:1], -1, 1, dtype=dtype)
        u0, _ = util.l2normalize(starting_vector)
        state = _State(
            u=_with_column(_array(k + 1, dtype, "u"), u0, 0),
            v=_array(k, dtype, "v"),
            alpha=_array(k, dtype, "alpha"),
            beta=_array(k, dtype, "beta"),
        )
        i = constant(0, dtype=dtypes.int32)
        _, state = while_loop(lambda i, _: i < k, step, [i, state])
        return _State(
            array_ops.matrix_transpose(state.u.stack()),
            array_ops.matrix_transpose(state.v.stack()),
            state.alpha.stack(),
            state.beta.stack(),
        )


@export("contrib.solvers.lanczos.bidiag_matmul")
def bidiag_matmul(
    matrix: Any, alpha: Any, beta: Any, adjoint_b: bool = False, name: str = "bidiag_matmul"
) -> Tensor:
    """A matrix times a lower bidiagonal one. Stands for
    `tf.contrib.solvers.lanczos.bidiag_matmul`.

    Args:
      matrix: of rank 2.
      alpha: the diagonal of the other one, B [k + 1, k].
      beta: the diagonal below it.
      adjoint_b: whether to multiply by the adjoint of B without its last row.
      name: a scope for the nodes.
    """
    with name_scope(name):
        alpha = array_ops.expand_dims(alpha, 0)
        if adjoint_b is False:
            beta = array_ops.expand_dims(beta, 0)
            return matrix[:, :-1] * alpha + matrix[:, 1:] * beta
        beta = array_ops.expand_dims(beta[:-1], 0)
        shape = array_ops.shape(matrix)
        zeros = array_ops.expand_dims(array_ops.zeros(shape[:1], dtype=matrix.dtype), 1)
        return matrix * alpha + array_ops.concat([zeros, matrix[:, :-1] * beta], 1)
