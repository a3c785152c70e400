"""Conjugate gradients on the normal equations."""

from collections import namedtuple
from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.api.while_loop import while_loop
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.defaults import name_scope
from evergraph.library.contrib.solvers import util
from evergraph.library.contrib.solvers.linear_equations import squeezed

_State = namedtuple("CGLSState", "i, x, r, p, gamma")  # type: ignore[name-match]


@export("contrib.solvers.least_squares.cgls")
def cgls(operator: Any, rhs: Any, tol: Any = 1e-6, max_iter: int = 20, name: str = "cgls") -> Any:
    """The x for which A x is nearest to `rhs`. Stands for
    `tf.contrib.solvers.least_squares.cgls`.

    Args:
      operator: A, with `shape`, `dtype`, `apply` and `apply_adjoint`, which take vectors [n, 1].
      rhs: a vector.
      tol: to which part of its first length the residual of the normal equations is to come down.
      max_iter: how many steps there may be.
      name: a scope for the nodes.

    Returns:
      A tuple of the number of steps `i`, the solution `x`, the residual `r`, the direction `p` and
      `gamma`, the length squared of the residual of the normal equations.
    """

    def goes_on(i: Any, state: Any) -> Any:
        return math_ops.logical_and(i < max_iter, state.gamma > tol)

    def step(i: Any, state: Any) -> Any:
        q = operator.apply(state.p)
        alpha = state.gamma / util.l2norm_squared(q)
        x = state.x + alpha * state.p
        r = state.r - alpha * q
        s = operator.apply_adjoint(r)
        gamma = util.l2norm_squared(s)
        beta = gamma / state.gamma
        p = s + beta * state.p
        return i + 1, _State(i + 1, x, r, p, gamma)

    with name_scope(name):
        n = operator.shape[1:]
        rhs = array_ops.expand_dims(rhs, -1)
        s0 = operator.apply_adjoint(rhs)
        gamma0 = util.l2norm_squared(s0)
        tol = tol * tol * gamma0
        x = array_ops.expand_dims(array_ops.zeros(n, dtype=rhs.dtype.base_dtype), -1)
        i = constant(0, dtype=dtypes.int32)
        _, state = while_loop(goes_on, step, [i, _State(i, x, rhs, s0, gamma0)])
        return squeezed(state)
