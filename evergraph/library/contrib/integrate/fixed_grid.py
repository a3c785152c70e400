"""Integration with steps of given length."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.api.tensor_array_ops import TensorArray
from evergraph.api.while_loop import while_loop
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.integrate.checks import check_sizes, check_types, increasing
from evergraph.library.contrib.integrate.dormand_prince import Derivative

# Of the derivative, the time, the length of a step and the state: what the step adds.
Step = Callable[[Derivative, Any, Any, Any], Any]


def _midpoint(func: Derivative, t: Any, dt: Any, y: Any) -> Any:
    width = math_ops.cast(dt, y.dtype)
    return width * func(y + func(y, t) * width / 2, t + dt / 2)


def _runge_kutta(func: Derivative, t: Any, dt: Any, y: Any) -> Any:
    k1 = func(y, t)
    half = t + dt / 2
    width = math_ops.cast(dt, y.dtype)
    k2 = func(y + width * k1 / 2, half)
    k3 = func(y + width * k2 / 2, half)
    k4 = func(y + width * k3, t + dt)
    return math_ops.add_n([k1, 2 * k2, 2 * k3, k4]) * (width / 6)


_METHODS: dict[str, Step] = {"midpoint": _midpoint, "rk4": _runge_kutta}


def _integrated(
    method: Step, func: Derivative, y0: Tensor, t: Tensor, dt: Tensor, counts: Tensor
) -> Tensor:
    """The states at all times, with `counts` steps of `dt` from each to the next."""

    def step(y: Any, now: Any, done: Any, interval: Any) -> Any:
        width = dt[interval - 1]
        added = math_ops.cast(method(func, now, width, y), dtype=y.dtype)
        return y + added, now + width, done + 1, interval

    def interval(solution: Any, y: Any, now: Any, number: Any) -> Any:
        y, now, _, _ = while_loop(
            lambda _, __, done, number: done < counts[number - 1], step, (y, now, 0, number)
        )
        return solution.write(number, y), y, now, number + 1

    num_times = array_ops.size(t)
    first = t[0]
    solution: Any = TensorArray(y0.dtype, num_times)
    solution = solution.write(0, y0)
    solution, _, _, _ = while_loop(
        lambda _, __, ___, i: i < num_times, interval, (solution, y0, first, 1)
    )
    result: Tensor = solution.stack()
    result.set_shape(t.get_shape().concatenate(y0.get_shape()))
    return result


@export("contrib.integrate.odeint_fixed")
def odeint_fixed(
    func: Derivative,
    y0: Any,
    t: Any,
    dt: Any = None,
    method: str = "rk4",
    name: str | None = None,
) -> Tensor:
    """The solution of dy/dt = func(y, t) from y0 on, with steps of given length. Stands for
    `tf.contrib.integrate.odeint_fixed`.

    Args:
      func: gives the derivative for a state and a time.
      y0: the state at the first time.
      t: the times, a vector that goes up; float64 where it is no tensor.
      dt: the greatest length of a step, one for all or one for each interval. They are made shorter
        so that intervals are whole numbers of steps. None: one step for each interval.
      method: "midpoint" or "rk4".
      name: a scope for the nodes.

    Returns:
      The states at all times.

    Raises:
      ValueError: the method is another, or there are other numbers of times and lengths.
    """
    with name_scope(name, "odeint_fixed", [y0, t, dt]):
        t = convert_to_tensor(t, preferred_dtype=dtypes.float64, name="t")
        y0 = convert_to_tensor(y0, name="y0")
        intervals = t[1:] - t[:-1]
        if dt is None:
            dt = intervals
        dt = convert_to_tensor(dt, preferred_dtype=dtypes.float64, name="dt")
        counts = math_ops.ceil(intervals / dt)
        dt = intervals / counts
        counts = math_ops.cast(counts, dtype=dtypes.int32)
        check_types(y0, t, dt)
        check_sizes(t, dt)
        with increasing(t), name_scope(method):
            if method not in _METHODS:
                raise ValueError(f"method not supported: {method}")
            return _integrated(_METHODS[method], func, y0, t, dt, counts)
