"""Learning rates as functions of the step: `tf.keras.optimizers.schedules` and more."""

import abc
import math
from typing import Any

from evergraph.api import control_flow_ops, math_ops, random_ops
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_n_to_tensor, convert_to_tensor
from evergraph.graph.defaults import name_scope_v2

# In each `__call__` the order of nodes is part of the GraphDef.


@export("keras.optimizers.schedules.LearningRateSchedule")
class LearningRateSchedule(abc.ABC):
    """Base class: called with a step, gives the learning rate as a tensor."""

    # The arguments of the constructor, in `get_config`, are attributes of the same names, or these.
    _config_attributes: tuple[str, ...] = ()

    @abc.abstractmethod
    def __call__(self, step: Any) -> Any:
        raise NotImplementedError("Learning rate schedule must override __call__")

    def get_config(self) -> dict[str, Any]:
        """The arguments from which the same schedule can be made."""
        return {name.lstrip("_"): getattr(self, name) for name in self._config_attributes}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "LearningRateSchedule":
        """The schedule that `get_config` described."""
        return cls(**config)


@export("keras.optimizers.schedules.ExponentialDecay")
class ExponentialDecay(LearningRateSchedule):
    """``initial_learning_rate * decay_rate ** (step / decay_steps)``.

    `staircase`: whether to divide without a fraction.
    """

    _config_attributes = ("initial_learning_rate", "decay_steps", "decay_rate", "staircase", "name")

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        decay_rate: Any,
        staircase: bool = False,
        name: str | None = None,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: Any) -> Any:
        with name_scope_v2(self.name or "ExponentialDecay") as scope:
            initial = convert_to_tensor(self.initial_learning_rate, name="initial_learning_rate")
            dtype = initial.dtype
            decay_steps = math_ops.cast(self.decay_steps, dtype)
            decay_rate = math_ops.cast(self.decay_rate, dtype)
            p = math_ops.cast(step, dtype) / decay_steps
            if self.staircase:
                p = math_ops.floor(p)
            return math_ops.multiply(initial, math_ops.pow(decay_rate, p), name=scope)


@export("keras.optimizers.schedules.PiecewiseConstantDecay")
class PiecewiseConstantDecay(LearningRateSchedule):
    """``values[0]`` up to ``boundaries[0]``, ``values[1]`` up to ``boundaries[1]``, and so on.

    Raises ValueError unless there is one value more than boundaries.
    """

    _config_attributes = ("boundaries", "values", "name")

    def __init__(self, boundaries: Any, values: Any, name: str | None = None) -> None:
        if len(boundaries) != len(values) - 1:
            raise ValueError("The length of boundaries should be 1 less than the length of values")
        self.boundaries = boundaries
        self.values = values
        self.name = name

    def __call__(self, step: Any) -> Any:
        with name_scope_v2(self.name or "PiecewiseConstant"):
            boundaries = convert_n_to_tensor(self.boundaries)
            values = convert_n_to_tensor(self.values)
            x = convert_to_tensor(step)
            for i, b in enumerate(boundaries):
                if b.dtype.base_dtype != x.dtype.base_dtype:
                    boundaries[i] = math_ops.cast(b, x.dtype.base_dtype)
            pairs = [
                (x <= boundaries[0], lambda: values[0]),
                (x > boundaries[-1], lambda: values[-1]),
            ]
            for low, high, v in zip(boundaries[:-1], boundaries[1:], values[1:-1], strict=True):
                # A default argument holds the value of this turn.
                pairs.append(((x > low) & (x <= high), lambda v=v: v))
            return control_flow_ops.case(pairs, lambda: values[0], exclusive=True)


@export("keras.optimizers.schedules.PolynomialDecay")
class PolynomialDecay(LearningRateSchedule):
    """``(initial - end) * (1 - step / decay_steps) ** power + end``, and `end` from there on.

    `cycle`: whether to begin anew with a longer stretch instead of staying at the end.
    """

    _config_attributes = (
        "initial_learning_rate",
        "decay_steps",
        "end_learning_rate",
        "power",
        "cycle",
        "name",
    )

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        end_learning_rate: Any = 0.0001,
        power: Any = 1.0,
        cycle: bool = False,
        name: str | None = None,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.name = name

    def __call__(self, step: Any) -> Any:
        with name_scope_v2(self.name or "PolynomialDecay") as scope:
            initial = convert_to_tensor(self.initial_learning_rate, name="initial_learning_rate")
            dtype = initial.dtype
            end = math_ops.cast(self.end_learning_rate, dtype)
            power = math_ops.cast(self.power, dtype)
            step = math_ops.cast(step, dtype)
            decay_steps = math_ops.cast(self.decay_steps, dtype)
            if self.cycle:
                multiplier = control_flow_ops.cond(
                    math_ops.equal(step, 0),
                    lambda: 1.0,
                    lambda: math_ops.ceil(step / self.decay_steps),
                )
                decay_steps = math_ops.multiply(decay_steps, multiplier)
            else:
                step = math_ops.minimum(step, self.decay_steps)
            p = math_ops.divide(step, decay_steps)
            return math_ops.add(
                math_ops.multiply(initial - end, math_ops.pow(1 - p, power)), end, name=scope
            )


@export("keras.optimizers.schedules.InverseTimeDecay")
class InverseTimeDecay(LearningRateSchedule):
    """``initial_learning_rate / (1 + decay_rate * step / decay_steps)``.

    `staircase`: whether to divide the step without a fraction.
    """

    _config_attributes = ("initial_learning_rate", "decay_steps", "decay_rate", "staircase", "name")

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        decay_rate: Any,
        staircase: bool = False,
        name: str | None = None,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: Any) -> Any:
        with name_scope_v2(self.name or "InverseTimeDecay") as scope:
            initial = convert_to_tensor(self.initial_learning_rate, name="initial_learning_rate")
            dtype = initial.dtype
            decay_steps = math_ops.cast(self.decay_steps, dtype)
            decay_rate = math_ops.cast(self.decay_rate, dtype)
            p = math_ops.cast(step, dtype) / decay_steps
            if self.staircase:
                p = math_ops.floor(p)
            one = math_ops.cast(constant(1), dtype)
            divisor = math_ops.add(one, math_ops.multiply(decay_rate, p))
            return math_ops.divide(initial, divisor, name=scope)


@export("keras.experimental.CosineDecay")
class CosineDecay(LearningRateSchedule):
    """Half a cosine from `initial_learning_rate` to `alpha` times that, over `decay_steps`."""

    _config_attributes = ("initial_learning_rate", "decay_steps", "alpha", "name")

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        alpha: Any = 0.0,
        name: str | None = None,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha
        self.name = name

    def __call__(self, step: Any) -> Any:
        with name_scope_v2(self.name or "CosineDecay"):
            initial = convert_to_tensor(self.initial_learning_rate, name="initial_learning_rate")
            dtype = initial.dtype
            decay_steps = math_ops.cast(self.decay_steps, dtype)
            step = math_ops.minimum(math_ops.cast(step, dtype), decay_steps)
            completed = step / decay_steps
            cosine = 0.5 * (1.0 + math_ops.cos(constant(math.pi) * completed))
            decayed = (1 - self.alpha) * cosine + self.alpha
            return math_ops.multiply(initial, decayed)


@export("keras.experimental.CosineDecayRestarts")
class CosineDecayRestarts(LearningRateSchedule):
    """Cosine decay that begins anew, each time `t_mul` times as long from `m_mul` times as high."""

    _config_attributes = (
        "initial_learning_rate",
        "first_decay_steps",
        "_t_mul",
        "_m_mul",
        "alpha",
        "name",
    )

    def __init__(
        self,
        initial_learning_rate: Any,
        first_decay_steps: Any,
        t_mul: Any = 2.0,
        m_mul: Any = 1.0,
        alpha: Any = 0.0,
        name: str | None = None,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = first_decay_steps
        self._t_mul = t_mul
        self._m_mul = m_mul
        self.alpha = alpha
        self.name = name

    def __call__(self, step: Any) -> Any:
        with name_scope_v2(self.name or "SGDRDecay") as scope:
            initial = convert_to_tensor(self.initial_learning_rate, name="initial_learning_rate")
            dtype = initial.dtype
            first_decay_steps = math_ops.cast(self.first_decay_steps, dtype)
            alpha = math_ops.cast(self.alpha, dtype)
            t_mul = math_ops.cast(self._t_mul, dtype)
            m_mul = math_ops.cast(self._m_mul, dtype)
            completed = math_ops.cast(step, dtype) / first_decay_steps

            def even() -> Any:
                restarts = math_ops.floor(completed)
                return restarts, completed - restarts

            def growing() -> Any:
                restarts = math_ops.floor(
                    math_ops.log(1.0 - completed * (1.0 - t_mul)) / math_ops.log(t_mul)
                )
                before = (1.0 - t_mul**restarts) / (1.0 - t_mul)
                return restarts, (completed - before) / t_mul**restarts

            restarts, completed = control_flow_ops.cond(math_ops.equal(t_mul, 1.0), even, growing)
            height = m_mul**restarts
            cosine = 0.5 * height * (1.0 + math_ops.cos(constant(math.pi) * completed))
            decayed = (1 - alpha) * cosine + alpha
            return math_ops.multiply(initial, decayed, name=scope)


def _waves(completed: Any, num_periods: Any) -> Any:
    """A cosine between 0 and 1, with so many periods."""
    fraction = 2.0 * num_periods * completed
    return 0.5 * (1.0 + math_ops.cos(constant(math.pi) * fraction))


@export("keras.experimental.LinearCosineDecay")
class LinearCosineDecay(LearningRateSchedule):
    """``initial * ((alpha + 1 - t) * 0.5 * (1 + cos(2 pi num_periods t)) + beta)``, where t is the
    share of `decay_steps` that is over."""

    _config_attributes = (
        "initial_learning_rate",
        "decay_steps",
        "num_periods",
        "alpha",
        "beta",
        "name",
    )

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        num_periods: Any = 0.5,
        alpha: Any = 0.0,
        beta: Any = 0.001,
        name: str | None = None,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.num_periods = num_periods
        self.alpha = alpha
        self.beta = beta
        self.name = name

    def __call__(self, step: Any) -> Any:
        with name_scope_v2(self.name or "LinearCosineDecay") as scope:
            initial = convert_to_tensor(self.initial_learning_rate, name="initial_learning_rate")
            dtype = initial.dtype
            decay_steps = math_ops.cast(self.decay_steps, dtype)
            num_periods = math_ops.cast(self.num_periods, dtype)
            alpha = math_ops.cast(self.alpha, dtype)
            beta = math_ops.cast(self.beta, dtype)
            step = math_ops.minimum(math_ops.cast(step, dtype), decay_steps)
            linear = (decay_steps - step) / decay_steps
            cosine = _waves(step / decay_steps, num_periods)
            return math_ops.multiply(initial, (alpha + linear) * cosine + beta, name=scope)


@export("keras.experimental.NoisyLinearCosineDecay")
class NoisyLinearCosineDecay(LearningRateSchedule):
    """`LinearCosineDecay` with noise of variance ``initial_variance / (1 + step) **
    variance_decay`` on its linear part."""

    _config_attributes = (
        "initial_learning_rate",
        "decay_steps",
        "initial_variance",
        "variance_decay",
        "num_periods",
        "alpha",
        "beta",
        "name",
    )

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        initial_variance: Any = 1.0,
        variance_decay: Any = 0.55,
        num_periods: Any = 0.5,
        alpha: Any = 0.0,
        beta: Any = 0.001,
        name: str | None = None,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.initial_variance = initial_variance
        self.variance_decay = variance_decay
        self.num_periods = num_periods
        self.alpha = alpha
        self.beta = beta
        self.name = name

    def __call__(self, step: Any) -> Any:
        with name_scope_v2(self.name or "NoisyLinearCosineDecay") as scope:
            initial = convert_to_tensor(self.initial_learning_rate, name="initial_learning_rate")
            dtype = initial.dtype
            decay_steps = math_ops.cast(self.decay_steps, dtype)
            initial_variance = math_ops.cast(self.initial_variance, dtype)
            variance_decay = math_ops.cast(self.variance_decay, dtype)
            num_periods = math_ops.cast(self.num_periods, dtype)
            alpha = math_ops.cast(self.alpha, dtype)
            beta = math_ops.cast(self.beta, dtype)
            step = math_ops.minimum(math_ops.cast(step, dtype), decay_steps)
            linear = (decay_steps - step) / decay_steps
            variance = initial_variance / math_ops.pow(1.0 + step, variance_decay)
            deviation = math_ops.sqrt(variance)
            noisy = linear + random_ops.random_normal(linear.shape, stddev=deviation)
            cosine = _waves(step / decay_steps, num_periods)
            return math_ops.multiply(initial, (alpha + noisy) * cosine + beta, name=scope)
