"""Integration with steps as long as the error allows."""

from collections import namedtuple
from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.api.assertion import Assert
from evergraph.api.cond import cond
from evergraph.api.tensor_array_ops import TensorArray
from evergraph.api.while_loop import while_loop
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.integrate.checks import check_types, increasing
from evergraph.library.contrib.integrate.dormand_prince import (
    Derivative,
    interpolated,
    polynomial,
    step,
)

# The state and its derivative after the last step, which went from t0 to t1; how long the next one
# is to be; and the polynomial between t0 and t1.
_State = namedtuple("_State", "y1, f1, t0, t1, dt, interp_coeff")
_History = namedtuple("_History", "integrate_points, error_ratio")


def _next_length(last: Any, error_ratio: Any, safety: Any, ifactor: Any, dfactor: Any) -> Tensor:
    with name_scope(None, "optimal_step_size", [last, error_ratio]) as scope:
        error_ratio = math_ops.cast(error_ratio, last.dtype)
        exponent = math_ops.cast(1 / 5, last.dtype)
        least = 1 / ifactor
        most = math_ops.minimum(error_ratio**exponent / safety, 1 / dfactor)
        return math_ops.div(last, math_ops.maximum(least, most), name=scope)


def _abs_square(x: Tensor) -> Tensor:
    if x.dtype.is_complex:
        return math_ops.square(math_ops.real(x)) + math_ops.square(math_ops.imag(x))
    return math_ops.square(x)


def _appended(array: TensorArray, value: Any) -> TensorArray:
    return array.write(array.size(), value)


class _Dopri5:
    """The nodes that integrate by the method of Dormand and Prince."""

    def __init__(
        self,
        func: Derivative,
        t: Tensor,
        tolerances: tuple[Tensor, Tensor],
        safety: Any = 0.9,
        ifactor: Any = 10.0,
        dfactor: Any = 0.2,
        max_num_steps: Any = 1000,
    ) -> None:
        self._func, self._t = func, t
        self._rtol, self._atol = tolerances
        self._safety = convert_to_tensor(safety, dtype=t.dtype, name="safety")
        self._ifactor = convert_to_tensor(ifactor, dtype=t.dtype, name="ifactor")
        self._dfactor = convert_to_tensor(dfactor, dtype=t.dtype, name="dfactor")
        self._max_num_steps = convert_to_tensor(
            max_num_steps, dtype=dtypes.int32, name="max_num_steps"
        )

    def _checked(self, y0: Any, t0: Any, dt: Any, n_steps: Any) -> list[Any]:
        with name_scope("assertions"):
            return [
                Assert(t0 + dt > t0, ["underflow in dt", dt]),
                Assert(n_steps < self._max_num_steps, ["max_num_steps exceeded"]),
                Assert(
                    math_ops.reduce_all(math_ops.is_finite(abs(y0))),
                    ["non-finite values in state `y`", y0],
                ),
            ]

    def step(self, state: Any, history: Any, n_steps: Any) -> Any:
        """One step, kept where its error is small enough, and the length of the next."""
        y0, f0, _, t0, dt, coefficients = state
        with control_dependencies(self._checked(y0, t0, dt, n_steps)):
            y1, f1, error, k = step(self._func, y0, f0, t0, dt)
        with name_scope("error_ratio"):
            allowed = self._atol + self._rtol * math_ops.maximum(abs(y0), abs(y1))
            ratios = _abs_square(error) / _abs_square(allowed)
            error_ratio = math_ops.sqrt(math_ops.reduce_mean(ratios))
            kept = error_ratio <= 1
        with name_scope("update/rk_state"):
            # A step that is not kept leaves a state over no time at all; another follows at once.
            y_next = cond(kept, lambda: y1, lambda: y0)
            f_next = cond(kept, lambda: f1, lambda: f0)
            t_next = cond(kept, lambda: t0 + dt, lambda: t0)
            coefficients = cond(kept, lambda: polynomial(y0, y1, k, dt), lambda: coefficients)
            dt_next = _next_length(dt, error_ratio, self._safety, self._ifactor, self._dfactor)
            state = _State(y_next, f_next, t0, t_next, dt_next, coefficients)
        with name_scope("update/history"):
            history = _History(
                _appended(history.integrate_points, t0 + dt),
                _appended(history.error_ratio, error_ratio),
            )
        return state, history, n_steps + 1

    def until(self, solution: Any, history: Any, state: Any, i: Any) -> Any:
        """Steps until the time `i` is passed, and the solution there."""
        with name_scope("interpolate"):
            state, history, _ = while_loop(
                lambda state, *_: self._t[i] > state.t1,
                self.step,
                (state, history, 0),
                name="integrate_loop",
            )
            y = interpolated(state.interp_coeff, state.t0, state.t1, self._t[i])
            return solution.write(i, y), history, state, i + 1

    def integrated(self, y0: Tensor, first_step: Tensor, scope: str) -> tuple[Tensor, Any]:
        """The solution at all times, and the history of steps."""
        t = self._t
        with increasing(t):
            num_times = array_ops.size(t)
        solution = TensorArray(y0.dtype, size=num_times).write(0, y0)
        history = _History(
            integrate_points=TensorArray(t.dtype, size=0, dynamic_size=True),
            error_ratio=TensorArray(self._rtol.dtype, size=0, dynamic_size=True),
        )
        state = _State(y0, self._func(y0, t[0]), t[0], t[0], first_step, [y0] * 5)
        solution, history, _, _ = while_loop(
            lambda _, __, ___, i: i < num_times,
            self.until,
            (solution, history, state, 1),
            name="interpolate_loop",
        )
        y = solution.stack(name=scope)
        y.set_shape(t.get_shape().concatenate(y0.get_shape()))
        return y, history


def _dopri5(
    func: Derivative,
    y0: Tensor,
    t: Tensor,
    tolerances: tuple[Tensor, Tensor],
    full_output: bool,
    name: str,
    first_step: Any = None,
    **options: Any,
) -> Any:
    with name_scope(name, "dopri5", [y0, t, *tolerances]) as scope:
        first_step = 1.0 if first_step is None else first_step
        first_step = convert_to_tensor(first_step, dtype=t.dtype, name="first_step")
        solver = _Dopri5(func, t, tolerances, **options)
        y, history = solver.integrated(y0, first_step, scope)
        if not full_output:
            return y
        points = history.integrate_points.stack()
        return y, {
            "num_func_evals": 6 * array_ops.size(points) + 1,
            "integrate_points": points,
            "error_ratio": history.error_ratio.stack(),
        }


@export("contrib.integrate.odeint")
def odeint(
    func: Derivative,
    y0: Any,
    t: Any,
    rtol: Any = 1e-6,
    atol: Any = 1e-12,
    method: str | None = None,
    options: dict[str, Any] | None = None,
    full_output: bool = False,
    name: str | None = None,
) -> Any:
    """The solution of dy/dt = func(y, t) from y0 on, with steps as long as the error allows. Stands
    for `tf.contrib.integrate.odeint`.

    Args:
      func: gives the derivative for a state and a time.
      y0: the state at the first time; of a floating or complex type.
      t: the times, a vector that goes up; float64 where it is no tensor.
      rtol: how large errors may be in proportion to the state.
      atol: how large they may be besides.
      method: None or "dopri5".
      options: with a method: `first_step` (1.0), `safety` (0.9), `ifactor` (10.0) and `dfactor`
        (0.2), by which a step's length may grow and shrink, `max_num_steps` (1000) between times.
      full_output: whether to tell of the steps too.
      name: a scope for the nodes.

    Returns:
      The states at all times; with `full_output`, also a dict: how often `func` was asked
      (`num_func_evals`), where steps ended (`integrate_points`), their errors in proportion to what
      was allowed (`error_ratio`).

    Raises:
      ValueError: the method is another, or there are options without it.
      TypeError: `y0` or `t` are of other types.
    """
    if method is not None and method != "dopri5":
        raise ValueError(f"invalid method: {method!r}")
    if options is None:
        options = {}
    elif method is None:
        raise ValueError("cannot supply `options` without specifying `method`")
    with name_scope(name, "odeint", [y0, t, rtol, atol]) as scope:
        y0 = convert_to_tensor(y0, name="y0")
        t = convert_to_tensor(t, preferred_dtype=dtypes.float64, name="t")
        check_types(y0, t)
        error_dtype = abs(y0).dtype
        rtol = convert_to_tensor(rtol, dtype=error_dtype, name="rtol")
        atol = convert_to_tensor(atol, dtype=error_dtype, name="atol")
        return _dopri5(func, y0, t, (rtol, atol), full_output, scope, **options)
