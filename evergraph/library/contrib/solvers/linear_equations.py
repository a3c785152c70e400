"""Conjugate gradients."""

from collections import namedtuple
from typing import Any

from evergraph.api import array_ops, linalg_ops, math_ops
from evergraph.api.while_loop import while_loop
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.defaults import name_scope
from evergraph.library.contrib.solvers import util

_State = namedtuple("CGState", "i, x, r, p, gamma")  # type: ignore[name-match]


@export("contrib.solvers.linear_equations.conjugate_gradient")
def conjugate_gradient(
    operator: Any,
    rhs: Any,
    preconditioner: Any = None,
    x: Any = None,
    tol: Any = 1e-4,
    max_iter: int = 20,
    name: str = "conjugate_gradient",
) -> Any:
    """The solution of A x = rhs for a self-adjoint, positive definite A. Stands for
    `tf.contrib.solvers.linear_equations.conjugate_gradient`.

    Args:
      operator: A, with `shape`, `dtype` and `apply`, which takes vectors [n, 1].
      rhs: the right-hand side, a vector.
      preconditioner: an operator near to the inverse of A, or None.
      x: where to begin; None: at zero.
      tol: to which part of the first residual it is to come down.
      max_iter: how many steps there may be.
      name: a scope for the nodes.

    Returns:
      A tuple of the number of steps `i`, the solution `x`, the residual `r`, the direction `p` and
      `gamma`, the residual's length squared (with a preconditioner, its product with the residual
      preconditioned).
    """

    def goes_on(i: Any, state: Any) -> Any:
        return math_ops.logical_and(i < max_iter, linalg_ops.norm(state.r) > tol)

    def step(i: Any, state: Any) -> Any:
        z = operator.apply(state.p)
        alpha = state.gamma / util.dot(state.p, z)
        x = state.x + alpha * state.p
        r = state.r - alpha * z
        q = r if preconditioner is None else preconditioner.apply(r)
        gamma = util.dot(r, q)
        beta = gamma / state.gamma
        p = q + beta * state.p
        return i + 1, _State(i + 1, x, r, p, gamma)

    with name_scope(name):
        n = operator.shape[1:]
        rhs = array_ops.expand_dims(rhs, -1)
        if x is None:
            x = array_ops.expand_dims(array_ops.zeros(n, dtype=rhs.dtype.base_dtype), -1)
            r0 = rhs
        else:
            x = array_ops.expand_dims(x, -1)
            r0 = rhs - operator.apply(x)
        p0 = r0 if preconditioner is None else preconditioner.apply(r0)
        gamma0 = util.dot(r0, p0)
        tol *= linalg_ops.norm(r0)
        i = constant(0, dtype=dtypes.int32)
        _, state = while_loop(goes_on, step, [i, _State(i, x, r0, p0, gamma0)])
        return squeezed(state)


def squeezed(state: Any) -> Any:
    """The last state of a solver, with vectors of rank 1."""
    vectors = {name: array_ops.squeeze(getattr(state, name)) for name in ("x", "r", "p")}
    return state._replace(**vectors)
