"""Maps of numbers."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, check_ops, control_flow_ops, math_ops, nn_ops
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.library.contrib.distributions.bijectors.parts import (
    Elementwise,
    checked,
    init_scope,
    not_negative,
    positive,
)
from evergraph.library.contrib.distributions.deprecation import moved
from evergraph.library.contrib.distributions.parts import attribute
from evergraph.library.distributions import util


@export("contrib.distributions.bijectors.PowerTransform")
class PowerTransform(Elementwise):
    """Y = (1 + X power)^(1 / power), for power 0 exp(X). Stands for
    `tf.contrib.distributions.bijectors.PowerTransform`.

    Args:
      power: not negative, known while building.

    Raises:
      ValueError: it is negative or not known.
    """

    power = attribute("power", "The power.")

    @moved
    def __init__(
        self, power: Any = 0.0, validate_args: bool = False, name: str = "power_transform"
    ) -> None:
        with init_scope(name):
            power = constant_value(convert_to_tensor(power, name="power"))
        if power is None or power < 0:
            raise ValueError("`power` must be a non-negative TF constant.")
        self._power = power
        super().__init__(validate_args, name)

    def _forward(self, x: Any) -> Any:
        x = self._x(x)
        if self.power == 0.0:
            return math_ops.exp(x)
        return math_ops.exp(math_ops.log1p(x * self.power) / self.power)

    def _inverse(self, y: Any) -> Any:
        y = self._y(y)
        if self.power == 0.0:
            return math_ops.log(y)
        return math_ops.expm1(math_ops.log(y) * self.power) / self.power

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return (self.power - 1.0) * math_ops.log(self._y(y))

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        x = self._x(x)
        if self.power == 0.0:
            return x
        return (1.0 / self.power - 1.0) * math_ops.log1p(x * self.power)

    def _x(self, x: Any) -> Any:
        if not self.validate_args or self.power == 0.0:
            return x
        least = -1.0 / self.power
        message = f"Forward transformation input must be at least {least}."
        check = check_ops.assert_non_negative(1.0 + self.power * x, message=message)
        return control_flow_ops.with_dependencies([check], x)

    def _y(self, y: Any) -> Any:
        message = "Inverse transformation input must be greater than 0."
        return checked(y, self.validate_args, positive(message))


@export("contrib.distributions.bijectors.Exp")
class Exp(PowerTransform):
    """Y = exp(X). Stands for `tf.contrib.distributions.bijectors.Exp`."""

    @moved
    def __init__(self, validate_args: bool = False, name: str = "exp") -> None:
        super().__init__(validate_args=validate_args, name=name)


@export("contrib.distributions.bijectors.Sigmoid")
class Sigmoid(Elementwise):
    """Y = 1 / (1 + exp(-X)). Stands for `tf.contrib.distributions.bijectors.Sigmoid`."""

    @moved
    def __init__(self, validate_args: bool = False, name: str = "sigmoid") -> None:
        super().__init__(validate_args, name)

    def _forward(self, x: Any) -> Any:
        return math_ops.sigmoid(x)

    def _inverse(self, y: Any) -> Any:
        return math_ops.log(y) - math_ops.log1p(-y)

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return -math_ops.log(y) - math_ops.log1p(-y)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        return -nn_ops.softplus(-x) - nn_ops.softplus(x)


@export("contrib.distributions.bijectors.Softplus")
class Softplus(Elementwise):
    """Y = softness log(1 + exp(X / softness)). Stands for
    `tf.contrib.distributions.bijectors.Softplus`.

    Args:
      hinge_softness: not 0, floating; default 1.
    """

    hinge_softness = attribute("hinge_softness", "How soft the turn is, or None.")

    @moved
    def __init__(
        self, hinge_softness: Any = None, validate_args: bool = False, name: str = "softplus"
    ) -> None:
        with name_scope(name, values=[hinge_softness]):
            self._hinge_softness = None
            if hinge_softness is not None:
                self._hinge_softness = convert_to_tensor(hinge_softness, name="hinge_softness")
            if validate_args:
                # As in TensorFlow, there must be one then.
                zero = convert_to_tensor(0, dtype=self.hinge_softness.dtype)
                check = check_ops.assert_none_equal(
                    zero, self.hinge_softness, message="hinge_softness must be non-zero"
                )
                self._hinge_softness = control_flow_ops.with_dependencies(
                    [check], self.hinge_softness
                )
        super().__init__(validate_args, name)

    def _forward(self, x: Any) -> Any:
        if self.hinge_softness is None:
            return nn_ops.softplus(x)
        softness = math_ops.cast(self.hinge_softness, x.dtype)
        return softness * nn_ops.softplus(x / softness)

    def _inverse(self, y: Any) -> Any:
        if self.hinge_softness is None:
            return util.softplus_inverse(y)
        softness = math_ops.cast(self.hinge_softness, y.dtype)
        return softness * util.softplus_inverse(y / softness)

    def _scaled(self, value: Any) -> Any:
        if self.hinge_softness is None:
            return value
        return value / math_ops.cast(self.hinge_softness, value.dtype)

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return -math_ops.log(-math_ops.expm1(-self._scaled(y)))

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        return -nn_ops.softplus(-self._scaled(x))


@export("contrib.distributions.bijectors.Softsign")
class Softsign(Elementwise):
    """Y = X / (1 + |X|). Stands for `tf.contrib.distributions.bijectors.Softsign`."""

    @moved
    def __init__(self, validate_args: bool = False, name: str = "softsign") -> None:
        super().__init__(validate_args, name)

    def _forward(self, x: Any) -> Any:
        return x / (1.0 + math_ops.abs(x))

    def _inverse(self, y: Any) -> Any:
        y = self._y(y)
        return y / (1.0 - math_ops.abs(y))

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        return -2.0 * math_ops.log1p(math_ops.abs(x))

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return -2.0 * math_ops.log1p(-math_ops.abs(self._y(y)))

    def _y(self, y: Any) -> Any:
        bound = "Inverse transformation input must be"
        return checked(
            y,
            self.validate_args,
            lambda y: check_ops.assert_greater(
                y,
                math_ops.cast(-1.0, dtype=y.dtype.base_dtype),
                message=f"{bound} greater than -1.",
            ),
            lambda y: check_ops.assert_less(
                y, math_ops.cast(1.0, dtype=y.dtype.base_dtype), message=f"{bound} less than 1."
            ),
        )


@export("contrib.distributions.bijectors.Square")
class Square(Elementwise):
    """Y = X^2 of numbers that are not negative. Stands for
    `tf.contrib.distributions.bijectors.Square`."""

    @moved
    def __init__(self, validate_args: bool = False, name: str = "square") -> None:
        super().__init__(validate_args, name)

    def _forward(self, x: Any) -> Any:
        return math_ops.square(self._x(x))

    def _inverse(self, y: Any) -> Any:
        return math_ops.sqrt(self._x(y))

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        return np.log(2.0) + math_ops.log(self._x(x))

    def _x(self, x: Any) -> Any:
        return checked(x, self.validate_args, not_negative("All elements must be non-negative."))


@export("contrib.distributions.bijectors.AbsoluteValue")
class AbsoluteValue(Elementwise):
    """Y = |X|, whose inverse is the tuple (-Y, Y). Stands for
    `tf.contrib.distributions.bijectors.AbsoluteValue`."""

    @moved
    def __init__(self, validate_args: bool = False, name: str = "absolute_value") -> None:
        with init_scope(name):
            super().__init__(validate_args, name, is_constant_jacobian=True)

    @property
    def _is_injective(self) -> bool:
        return False

    def _forward(self, x: Any) -> Any:
        return math_ops.abs(x)

    def _inverse(self, y: Any) -> Any:
        y = checked(y, self.validate_args, not_negative("Argument y was negative"))
        return -y, y

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        zeros = constant(0.0, dtype=y.dtype)
        if self.validate_args:
            check = check_ops.assert_non_negative(y, message="Argument y was negative")
            zeros = control_flow_ops.with_dependencies([check], zeros)
        return zeros, zeros


@export("contrib.distributions.bijectors.AffineScalar")
class AffineScalar(Elementwise):
    """Y = shift + scale X. Stands for `tf.contrib.distributions.bijectors.AffineScalar`.

    Args:
      shift: floating; default none.
      scale: not 0; default none.
    """

    shift = attribute("shift", "What is added, or None.")
    scale = attribute("scale", "What is multiplied with, or None.")

    @moved
    def __init__(
        self,
        shift: Any = None,
        scale: Any = None,
        validate_args: bool = False,
        name: str = "affine_scalar",
    ) -> None:
        with init_scope(name):
            self._shift = None if shift is None else convert_to_tensor(shift, name="shift")
            self._scale = None if scale is None else convert_to_tensor(scale, name="scale")
            if self._scale is not None and validate_args:
                zero = array_ops.zeros([], dtype=self._scale.dtype)
                check = check_ops.assert_none_equal(self._scale, zero)
                self._scale = control_flow_ops.with_dependencies([check], self._scale)
            super().__init__(validate_args, name, is_constant_jacobian=True)

    def _forward(self, x: Any) -> Any:
        y = array_ops.identity(x)
        if self.scale is not None:
            y *= self.scale
        if self.shift is not None:
            y += self.shift
        return y

    def _inverse(self, y: Any) -> Any:
        x = array_ops.identity(y)
        if self.shift is not None:
            x -= self.shift
        if self.scale is not None:
            x /= self.scale
        return x

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        if self.scale is None:
            return constant(0.0, dtype=x.dtype.base_dtype)
        return math_ops.log(math_ops.abs(self.scale))


def _sqrtx2p1(x: Any) -> Any:
    """sqrt(x^2 + 1), also where x^2 is too large."""
    small = math_ops.abs(x) * np.sqrt(np.finfo(x.dtype.as_numpy_dtype).eps) <= 1.0
    root = math_ops.sqrt(x**2.0 + 1.0)
    return array_ops.where_v2(small, root, math_ops.abs(x))


@export("contrib.distributions.bijectors.SinhArcsinh")
class SinhArcsinh(Elementwise):
    """Y = sinh((arcsinh(X) + skewness) tailweight). Stands for
    `tf.contrib.distributions.bijectors.SinhArcsinh`.

    Args:
      skewness: floating; default 0.
      tailweight: positive; default 1.
    """

    skewness = attribute("skewness", "The skewness.")
    tailweight = attribute("tailweight", "The weight of tails.")

    @moved
    def __init__(
        self,
        skewness: Any = None,
        tailweight: Any = None,
        validate_args: bool = False,
        name: str = "SinhArcsinh",
    ) -> None:
        with init_scope(name):
            tailweight = 1.0 if tailweight is None else tailweight
            skewness = 0.0 if skewness is None else skewness
            self._skewness = convert_to_tensor(skewness, name="skewness")
            tails = convert_to_tensor(tailweight, name="tailweight", dtype=self._skewness.dtype)
            check_ops.assert_same_float_dtype([self._skewness, tails])
            message = "Argument tailweight was not positive"
            self._tailweight = checked(tails, validate_args, positive(message))
        super().__init__(validate_args, name)

    def _forward(self, x: Any) -> Any:
        return math_ops.sinh((math_ops.asinh(x) + self.skewness) * self.tailweight)

    def _inverse(self, y: Any) -> Any:
        return math_ops.sinh(math_ops.asinh(y) / self.tailweight - self.skewness)

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        slope = math_ops.cosh(math_ops.asinh(y) / self.tailweight - self.skewness)
        log = math_ops.log(slope / _sqrtx2p1(y))
        return log - math_ops.log(self.tailweight)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        slope = math_ops.cosh((math_ops.asinh(x) + self.skewness) * self.tailweight)
        log = math_ops.log(slope / _sqrtx2p1(x))
        return log + math_ops.log(self.tailweight)
