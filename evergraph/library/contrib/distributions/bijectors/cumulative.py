"""Cumulative distribution functions as maps of numbers to (0, 1)."""

from typing import Any

from evergraph.api import array_ops, check_ops, math_ops
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.library.contrib.distributions.bijectors.parts import (
    PROBABILITY,
    Elementwise,
    checked,
    init_scope,
    not_negative,
    positive,
)
from evergraph.library.contrib.distributions.deprecation import moved
from evergraph.library.contrib.distributions.parts import attribute


@export("contrib.distributions.bijectors.Gumbel")
class Gumbel(Elementwise):
    """Y = exp(-exp(-(X - loc) / scale)). Stands for
    `tf.contrib.distributions.bijectors.Gumbel`.

    Args:
      loc: floating.
      scale: positive, of the same dtype.
    """

    loc = attribute("loc", "The locations.")
    scale = attribute("scale", "The scales.")

    @moved
    def __init__(
        self, loc: Any = 0.0, scale: Any = 1.0, validate_args: bool = False, name: str = "gumbel"
    ) -> None:
        with init_scope(name):
            self._loc = convert_to_tensor(loc, name="loc")
            self._scale = convert_to_tensor(scale, name="scale")
            check_ops.assert_same_float_dtype([self._loc, self._scale])
            message = "Argument scale was not positive"
            self._scale = checked(self._scale, validate_args, positive(message))
        super().__init__(validate_args, name)

    def _forward(self, x: Any) -> Any:
        z = (x - self.loc) / self.scale
        return math_ops.exp(-math_ops.exp(-z))

    def _inverse(self, y: Any) -> Any:
        y = self._y(y)
        return self.loc - self.scale * math_ops.log(-math_ops.log(y))

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        y = self._y(y)
        return math_ops.log(self.scale / (-math_ops.log(y) * y))

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        z = (x - self.loc) / self.scale
        return -z - math_ops.exp(-z) - math_ops.log(self.scale)

    def _y(self, y: Any) -> Any:
        return checked(y, self.validate_args, *PROBABILITY)


@export("contrib.distributions.bijectors.Kumaraswamy")
class Kumaraswamy(Elementwise):
    """Y = (1 - (1 - X)^(1 / concentration0))^(1 / concentration1), the inverse of a cdf on [0, 1].
    Stands for `tf.contrib.distributions.bijectors.Kumaraswamy`.

    Args:
      concentration1, concentration0: positive, floating.
    """

    concentration1 = attribute("concentration1", "How much there is of 1.")
    concentration0 = attribute("concentration0", "How much there is of 0.")

    @moved
    def __init__(
        self,
        concentration1: Any = None,
        concentration0: Any = None,
        validate_args: bool = False,
        name: str = "kumaraswamy",
    ) -> None:
        check = positive("Concentration parameter must be positive.")
        with init_scope(name):
            one = convert_to_tensor(concentration1, name="concentration1")
            self._concentration1 = checked(one, validate_args, check)
            zero = convert_to_tensor(concentration0, name="concentration0")
            self._concentration0 = checked(zero, validate_args, check)
        super().__init__(validate_args, name)

    def _forward(self, x: Any) -> Any:
        power = math_ops.exp(math_ops.log1p(-self._x(x)) / self.concentration0)
        return math_ops.exp(math_ops.log1p(-power) / self.concentration1)

    def _inverse(self, y: Any) -> Any:
        power = (1 - self._x(y) ** self.concentration1) ** self.concentration0
        return math_ops.exp(math_ops.log1p(-power))

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        y = self._x(y)
        logs = math_ops.log(self.concentration1) + math_ops.log(self.concentration0)
        logs += (self.concentration1 - 1) * math_ops.log(y)
        return logs + (self.concentration0 - 1) * math_ops.log1p(-(y**self.concentration1))

    def _x(self, x: Any) -> Any:
        return checked(
            x,
            self.validate_args,
            not_negative("sample must be non-negative"),
            lambda x: check_ops.assert_less_equal(
                x,
                array_ops.ones([], self.concentration0.dtype),
                message="sample must be no larger than `1`.",
            ),
        )


class Weibull(Elementwise):
    """Y = 1 - exp(-(X / scale)^concentration).

    Args:
      scale, concentration: positive, floating, of one dtype.
    """

    scale = attribute("scale", "The scales.")
    concentration = attribute("concentration", "The concentrations.")

    @moved
    def __init__(
        self,
        scale: Any = 1.0,
        concentration: Any = 1.0,
        validate_args: bool = False,
        name: str = "weibull",
    ) -> None:
        with init_scope(name):
            scale = convert_to_tensor(scale, name="scale")
            concentration = convert_to_tensor(concentration, name="concentration")
            check_ops.assert_same_float_dtype([scale, concentration])
            message = "Argument {} was not positive"
            self._scale = checked(scale, validate_args, positive(message.format("scale")))
            self._concentration = checked(
                concentration, validate_args, positive(message.format("concentration"))
            )
        super().__init__(validate_args, name)

    def _forward(self, x: Any) -> Any:
        return -math_ops.expm1(-((self._x(x) / self.scale) ** self.concentration))

    def _inverse(self, y: Any) -> Any:
        return self.scale * (-math_ops.log1p(-self._y(y))) ** (1 / self.concentration)

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        y = self._y(y)
        logs = -math_ops.log1p(-y)
        logs += (1 / self.concentration - 1) * math_ops.log(-math_ops.log1p(-y))
        return logs + math_ops.log(self.scale / self.concentration)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        x = self._x(x)
        logs = -((x / self.scale) ** self.concentration)
        logs += (self.concentration - 1) * math_ops.log(x)
        logs += math_ops.log(self.concentration)
        return logs + -self.concentration * math_ops.log(self.scale)

    def _x(self, x: Any) -> Any:
        message = "Forward transformation input must be at least 0."
        return checked(x, self.validate_args, not_negative(message))

    def _y(self, y: Any) -> Any:
        return checked(y, self.validate_args, *PROBABILITY)
