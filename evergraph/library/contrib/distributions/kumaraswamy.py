"""Kumaraswamy's distribution: like the beta distribution, with a simple cdf."""

from typing import Any

from evergraph.api import array_ops, math_ops, special_math_ops
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.library.contrib.distributions import scales
from evergraph.library.contrib.distributions.bijectors import cumulative
from evergraph.library.contrib.distributions.deprecation import moved
from evergraph.library.contrib.distributions.parts import where_defined
from evergraph.library.distributions.distribution import FULLY_REPARAMETERIZED
from evergraph.library.distributions.transformed_distribution import TransformedDistribution
from evergraph.library.distributions.uniform import Uniform


@moved
def _harmonic_number(x: Any) -> Any:
    one = array_ops.ones([], dtype=x.dtype)
    return math_ops.digamma(x + one) - math_ops.digamma(one)


@export("contrib.distributions.Kumaraswamy")
class Kumaraswamy(TransformedDistribution):
    """The distribution on (0, 1) with the cdf 1 - (1 - x^concentration1)^concentration0. Stands for
    `tf.contrib.distributions.Kumaraswamy`.

    Args:
      concentration1, concentration0: positive, floating.
    """

    @moved
    def __init__(
        self,
        concentration1: Any = None,
        concentration0: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Kumaraswamy",
    ) -> None:
        with name_scope(name, values=[concentration1, concentration0]) as name:
            one = convert_to_tensor(concentration1, name="concentration1")
            zero = convert_to_tensor(concentration0, name="concentration0")
        uniform = Uniform(
            low=array_ops.zeros([], dtype=one.dtype),
            high=array_ops.ones([], dtype=one.dtype),
            allow_nan_stats=allow_nan_stats,
        )
        super().__init__(
            distribution=uniform,
            bijector=cumulative.Kumaraswamy(
                concentration1=one, concentration0=zero, validate_args=validate_args
            ),
            batch_shape=scales.get_broadcast_shape(one, zero),
            name=name,
        )
        self._reparameterization_type = FULLY_REPARAMETERIZED

    @property
    def concentration1(self) -> Any:
        """How much there is of 1."""
        return self.bijector.concentration1

    @property
    def concentration0(self) -> Any:
        """How much there is of 0."""
        return self.bijector.concentration0

    def _entropy(self) -> Any:
        a, b = self.concentration1, self.concentration0
        of_a = 1 - 1.0 / a
        of_b = 1 - 1.0 / b
        return of_a + of_b * _harmonic_number(b) + math_ops.log(a) + math_ops.log(b)

    def _moment(self, n: int) -> Any:
        """E[X^n], by the log of a beta function."""
        total = self.concentration1 + self.concentration0
        one = array_ops.ones_like(total, dtype=self.dtype) * self.concentration1
        zero = array_ops.ones_like(total, dtype=self.dtype) * self.concentration0
        arguments = array_ops.stack([1 + n / one, zero], -1)
        return math_ops.exp(math_ops.log(zero) + special_math_ops.lbeta(arguments))

    def _mean(self) -> Any:
        return self._moment(1)

    def _variance(self) -> Any:
        return self._moment(2) - math_ops.square(self._moment(1))

    def _mode(self) -> Any:
        """Defined where both concentrations are above 1."""
        a, b = self.concentration1, self.concentration0
        ratio = (a - 1) / (a * b - 1)
        message = "Mode undefined for concentration{} <= 1."
        return where_defined(
            self,
            ratio ** (1.0 / a),
            (a, 1.0, message.format(1)),
            (b, 1.0, message.format(0)),
        )
