"""Learning rates that fall with the global step: `tf.train.exponential_decay` and its like."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api import math_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.conversion import convert_n_to_tensor, convert_to_tensor
from evergraph.graph.defaults import executing_eagerly
from evergraph.graph.tensor import Tensor
from evergraph.library.train import learning_rate_schedule as schedule


def _at(rate: Callable[[Any], Any], global_step: Any) -> Any:
    """The rate at a step; in eager execution a function that gives it, whatever the step is then,
    as TensorFlow has it."""
    return functools.partial(rate, global_step) if executing_eagerly() else rate(global_step)


@export("train.exponential_decay")
def exponential_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """``learning_rate * decay_rate ** (global_step / decay_steps)``. Stands for
    `tf.train.exponential_decay`.

    Args:
      learning_rate: the rate in the beginning, a number or a floating scalar.
      global_step: the step, a variable, tensor or number.
      decay_steps: after how many steps the rate is `decay_rate` times less.
      decay_rate: by how much it decays.
      staircase: whether to divide without a fraction, so that the rate falls in steps.
      name: the name scope of the nodes.
    """
    return _at(
        schedule.ExponentialDecay(
            learning_rate, decay_steps, decay_rate, staircase=staircase, name=name
        ),
        global_step,
    )


@export("train.piecewise_constant_decay", "train.piecewise_constant")
def piecewise_constant(
    x: Any, boundaries: Sequence[Any], values: Sequence[Any], name: str | None = None
) -> Tensor:
    """``values[i]`` for `x` from above ``boundaries[i - 1]`` up to ``boundaries[i]``. Stands for
    `tf.train.piecewise_constant`.

    Args:
      x: a scalar, such as the global step.
      boundaries: increasing numbers of the type of `x`.
      values: one more than boundaries, of one type.
      name: the name scope of the nodes.

    Raises:
      ValueError: types or lengths do not fit.
    """
    boundaries = convert_n_to_tensor(boundaries)
    values = convert_n_to_tensor(values)
    x_type = convert_to_tensor(x).dtype.base_dtype
    for i, b in enumerate(boundaries):
        if b.dtype.base_dtype == x_type:
            continue
        # Numbers become int32, while steps often are int64.
        if b.dtype.base_dtype != dtypes.int32 or x_type != dtypes.int64:
            raise ValueError(
                f"Boundaries ({b.dtype.base_dtype}) must have the same dtype as x ({x_type})."
            )
        boundaries[i] = math_ops.cast(b, x_type)
    for v in values[1:]:
        if v.dtype.base_dtype != values[0].dtype.base_dtype:
            raise ValueError(
                "Values must have elements all with the same dtype "
                f"({values[0].dtype.base_dtype} vs {v.dtype.base_dtype})."
            )
    return _at(schedule.PiecewiseConstantDecay(boundaries, values, name=name), x)


@export("train.polynomial_decay")
def polynomial_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    end_learning_rate: Any = 0.0001,
    power: Any = 1.0,
    cycle: bool = False,
    name: str | None = None,
) -> Tensor:
    """From `learning_rate` to `end_learning_rate` in `decay_steps`, by a power of what is left.
    Stands for `tf.train.polynomial_decay`.

    `cycle`: whether to begin anew with a longer stretch instead of staying at the end.
    """
    return _at(
        schedule.PolynomialDecay(
            learning_rate,
            decay_steps,
            end_learning_rate=end_learning_rate,
            power=power,
            cycle=cycle,
            name=name,
        ),
        global_step,
    )


@export("train.natural_exp_decay")
def natural_exp_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """``learning_rate * exp(-decay_rate * global_step / decay_steps)``. Stands for
    `tf.train.natural_exp_decay`; arguments as of `exponential_decay`."""
    rate = math_ops.exp(math_ops.negative(decay_rate))
    return _at(
        schedule.ExponentialDecay(learning_rate, decay_steps, rate, staircase=staircase, name=name),
        global_step,
    )


@export("train.inverse_time_decay")
def inverse_time_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """``learning_rate / (1 + decay_rate * global_step / decay_steps)``. Stands for
    `tf.train.inverse_time_decay`; arguments as of `exponential_decay`."""
    return _at(
        schedule.InverseTimeDecay(
            learning_rate, decay_steps, decay_rate, staircase=staircase, name=name
        ),
        global_step,
    )


@export("train.cosine_decay")
def cosine_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    alpha: Any = 0.0,
    name: str | None = None,
) -> Tensor:
    """Half a cosine from `learning_rate` to `alpha` times that. Stands for
    `tf.train.cosine_decay`."""
    rate = schedule.CosineDecay(learning_rate, decay_steps, alpha=alpha, name=name)
    return _at(rate, global_step)


@export("train.cosine_decay_restarts")
def cosine_decay_restarts(
    learning_rate: Any,
    global_step: Any,
    first_decay_steps: Any,
    t_mul: Any = 2.0,
    m_mul: Any = 1.0,
    alpha: Any = 0.0,
    name: str | None = None,
) -> Tensor:
    """Cosine decay that begins anew after `first_decay_steps`, each time `t_mul` times as long from
    `m_mul` times as high. Stands for `tf.train.cosine_decay_restarts`."""
    return _at(
        schedule.CosineDecayRestarts(
            learning_rate, first_decay_steps, t_mul=t_mul, m_mul=m_mul, alpha=alpha, name=name
        ),
        global_step,
    )


@export("train.linear_cosine_decay")
def linear_cosine_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    num_periods: Any = 0.5,
    alpha: Any = 0.0,
    beta: Any = 0.001,
    name: str | None = None,
) -> Tensor:
    """Cosine decay of `num_periods` under a falling line. Stands for
    `tf.train.linear_cosine_decay`."""
    return _at(
        schedule.LinearCosineDecay(
            learning_rate, decay_steps, num_periods=num_periods, alpha=alpha, beta=beta, name=name
        ),
        global_step,
    )


@export("train.noisy_linear_cosine_decay")
def noisy_linear_cosine_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    initial_variance: Any = 1.0,
    variance_decay: Any = 0.55,
    num_periods: Any = 0.5,
    alpha: Any = 0.0,
    beta: Any = 0.001,
    name: str | None = None,
) -> Tensor:
    """`linear_cosine_decay` with noise that falls with the step. Stands for
    `tf.train.noisy_linear_cosine_decay`."""
    return _at(
        schedule.NoisyLinearCosineDecay(
            learning_rate,
            decay_steps,
            initial_variance=initial_variance,
            variance_decay=variance_decay,
            num_periods=num_periods,
            alpha=alpha,
            beta=beta,
            name=name,
        ),
        global_step,
    )
