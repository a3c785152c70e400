"""One step of the method of Dormand and Prince, and the polynomial that goes through it.

The numbers are from section 4 of Shampine, "Some Practical Runge-Kutta Formulas" (1986).
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.api.assertion import Assert
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor

Derivative = Callable[[Any, Any], Any]

_TIMES = [1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0]
_STAGES: list[list[float]] = [
    [1 / 5],
    [3 / 40, 9 / 40],
    [44 / 45, -56 / 15, 32 / 9],
    [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
    [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
    [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
]
_MIDDLE = [
    6025192743 / 30085553152 / 2,
    0,
    51252292925 / 65400821598 / 2,
    -2691868925 / 45128329728 / 2,
    187940372067 / 1594534317056 / 2,
    -1776094331 / 19743644256 / 2,
    11237099 / 235043384 / 2,
]
_ERROR = [
    1951 / 21600 - 35 / 384,
    0,
    22642 / 50085 - 500 / 1113,
    451 / 720 - 125 / 192,
    -12231 / 42400 - -2187 / 6784,
    649 / 6300 - 11 / 84,
    1 / 60,
]


def _scaled(
    scale: Tensor, factors: Sequence[float], values: Sequence[Any], name: str | None = None
) -> Tensor:
    """The sum of products, times `scale`; nothing is added for factors of zero."""
    with name_scope(name, "scaled_dot_product", [scale, factors, values]) as scope:
        pairs = zip(factors, values, strict=False)
        return math_ops.add_n([(scale * x) * y for x, y in pairs if x != 0], name=scope)


def _combined(factors: Iterable[Any], values: Iterable[Any]) -> Tensor:
    with name_scope(None, "dot_product", [factors, values]) as scope:
        return math_ops.add_n([x * y for x, y in zip(factors, values, strict=True)], name=scope)


def step(
    func: Derivative, y0: Any, f0: Any, t0: Any, dt: Any
) -> tuple[Tensor, Tensor, Tensor, list[Tensor]]:
    """The state and its derivative after `dt`, the error supposed, and the derivatives used."""
    with name_scope(None, "runge_kutta_step", [y0, f0, t0, dt]) as scope:
        y0 = convert_to_tensor(y0, name="y0")
        f0 = convert_to_tensor(f0, name="f0")
        t0 = convert_to_tensor(t0, name="t0")
        dt = convert_to_tensor(dt, name="dt")
        width = math_ops.cast(dt, y0.dtype)
        k, yi = [f0], y0
        for share, factors in zip(_TIMES, _STAGES, strict=True):
            ti = t0 + share * dt
            yi = y0 + _scaled(width, factors, k)
            k.append(func(yi, ti))
        # The last stage is the solution.
        y1 = array_ops.identity(yi, name=f"{scope}/y1")
        f1 = array_ops.identity(k[-1], name=f"{scope}/f1")
        error = _scaled(width, _ERROR, k, name=f"{scope}/y1_error")
        return y1, f1, error, k


def polynomial(y0: Any, y1: Any, k: list[Tensor], dt: Any) -> list[Any]:
    """The factors of a polynomial of degree 4 through a step, from that of the fourth power on.

    It has the step's values at 0, 1/2 and 1, and its derivatives at 0 and 1.
    """
    with name_scope("interp_fit_rk"):
        dt = math_ops.cast(dt, y0.dtype)
        middle = y0 + _scaled(dt, _MIDDLE, k)
        values = [k[0], k[-1], y0, y1, middle]
        fourth = _combined([-2 * dt, 2 * dt, -8, -8, 16], values)
        third = _combined([5 * dt, -3 * dt, 18, 14, -32], values)
        second = _combined([-4 * dt, dt, -11, -5, 16], values)
        return [fourth, third, second, dt * k[0], y0]


def interpolated(factors: Sequence[Any], t0: Any, t1: Any, t: Any) -> Tensor:
    """The polynomial of the step from `t0` to `t1`, at `t`."""
    with name_scope("interp_evaluate"):
        t0, t1, t = convert_to_tensor(t0), convert_to_tensor(t1), convert_to_tensor(t)
        dtype = factors[0].dtype
        message = "invalid interpolation, fails `t0 <= t <= t1`:"
        within = Assert((t0 <= t) & (t <= t1), [message, t0, t, t1])
        with control_dependencies([within]):
            x = math_ops.cast((t - t0) / (t1 - t0), dtype)
        powers = [constant(1, dtype), x]
        for _ in range(2, len(factors)):
            powers.append(powers[-1] * x)
        return _combined(factors, reversed(powers))
