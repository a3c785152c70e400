"""The beta distribution."""

from typing import Any

import numpy as np

from evergraph.api import (
    array_ops,
    check_ops,
    control_flow_ops,
    math_ops,
    nn_ops,
    random_ops,
)
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.distributions import kullback_leibler, util
from evergraph.library.distributions.deprecation import moved
from evergraph.library.distributions.distribution import (
    FULLY_REPARAMETERIZED,
    ScalarDistribution,
)


@export("distributions.Beta", "contrib.distributions.Beta")
class Beta(ScalarDistribution):
    """x^(concentration1 - 1) (1 - x)^(concentration0 - 1), normalized, on (0, 1). Stands for
    `tf.distributions.Beta`.

    Args:
      concentration1: positive, floating; how much there is of 1.
      concentration0: the same of 0.

    Raises:
      TypeError: the dtypes are different or not floating.
    """

    @moved
    def __init__(
        self,
        concentration1: Any = None,
        concentration0: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Beta",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[concentration1, concentration0]) as name:
            self._concentration1, self._concentration0 = (
                _positive(convert_to_tensor(value, name=label), validate_args)
                for value, label in (
                    (concentration1, "concentration1"),
                    (concentration0, "concentration0"),
                )
            )
            check_ops.assert_same_float_dtype([self._concentration1, self._concentration0])
            self._total_concentration = self._concentration1 + self._concentration0
        super().__init__(
            dtype=self._total_concentration.dtype,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            reparameterization_type=FULLY_REPARAMETERIZED,
            parameters=parameters,
            graph_parents=[
                self._concentration1,
                self._concentration0,
                self._total_concentration,
            ],
            name=name,
        )

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        shape = convert_to_tensor(sample_shape, dtype=dtypes.int32)
        return dict.fromkeys(("concentration1", "concentration0"), shape)

    @property
    def concentration1(self) -> Tensor:
        """How much there is of 1."""
        return self._concentration1

    @property
    def concentration0(self) -> Tensor:
        """How much there is of 0."""
        return self._concentration0

    @property
    def total_concentration(self) -> Tensor:
        """The sum of both."""
        return self._total_concentration

    def _batch_shape_tensor(self) -> Any:
        return array_ops.shape(self.total_concentration)

    def _batch_shape(self) -> Any:
        return self.total_concentration.shape

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        full1, full0 = (
            array_ops.ones_like(self.total_concentration, dtype=self.dtype) * concentration
            for concentration in (self.concentration1, self.concentration0)
        )
        ones = random_ops.random_gamma(shape=[n], alpha=full1, dtype=self.dtype, seed=seed)
        seed = util.gen_new_seed(seed, "beta")
        zeros = random_ops.random_gamma(shape=[n], alpha=full0, dtype=self.dtype, seed=seed)
        return ones / (ones + zeros)

    def _log_prob(self, value: Any) -> Any:
        """Values lie in (0, 1)."""
        unnormalized = self._log_unnormalized_prob(value)
        return unnormalized - self._log_normalization()

    def _log_unnormalized_prob(self, value: Any) -> Any:
        x = self._maybe_assert_valid_sample(value)
        of_ones = math_ops.xlogy(self.concentration1 - 1.0, x)
        return of_ones + (self.concentration0 - 1.0) * math_ops.log1p(-x)

    def _log_normalization(self) -> Any:
        both = math_ops.lgamma(self.concentration1) + math_ops.lgamma(self.concentration0)
        return both - math_ops.lgamma(self.total_concentration)

    def _prob(self, value: Any) -> Any:
        return math_ops.exp(self._log_prob(value))

    def _log_cdf(self, value: Any) -> Any:
        return math_ops.log(self._cdf(value))

    def _cdf(self, value: Any) -> Any:
        return math_ops.betainc(self.concentration1, self.concentration0, value)

    def _entropy(self) -> Any:
        entropy = self._log_normalization()
        for concentration in (self.concentration1, self.concentration0):
            entropy -= (concentration - 1.0) * math_ops.digamma(concentration)
        total = self.total_concentration
        return entropy + (total - 2.0) * math_ops.digamma(total)

    def _mean(self) -> Any:
        return self._concentration1 / self._total_concentration

    def _variance(self) -> Any:
        product = self._mean() * (1.0 - self._mean())
        return product / (1.0 + self.total_concentration)

    def _mode(self) -> Any:
        """Where a concentration is 1 or less it is not defined: NaN, or an error with
        allow_nan_stats=False."""
        mode = (self.concentration1 - 1.0) / (self.total_concentration - 2.0)
        if self.allow_nan_stats:
            number = np.array(np.nan, dtype=self.dtype.as_numpy_dtype)
            nan = array_ops.fill(self.batch_shape_tensor(), number, name="nan")
            is_defined = math_ops.logical_and(self.concentration1 > 1.0, self.concentration0 > 1.0)
            return array_ops.where_v2(is_defined, mode, nan)
        checks = [
            check_ops.assert_less(
                array_ops.ones([], dtype=self.dtype),
                concentration,
                message=f"Mode undefined for {label} <= 1.",
            )
            for concentration, label in (
                (self.concentration1, "concentration1"),
                (self.concentration0, "concentration0"),
            )
        ]
        return control_flow_ops.with_dependencies(checks, mode)

    def _maybe_assert_valid_sample(self, x: Any) -> Any:
        if not self.validate_args:
            return x
        checks = [
            check_ops.assert_positive(x, message="sample must be positive"),
            check_ops.assert_less(
                x, array_ops.ones([], self.dtype), message="sample must be less than `1`."
            ),
        ]
        return control_flow_ops.with_dependencies(checks, x)


def _positive(concentration: Tensor, validate_args: bool) -> Tensor:
    if not validate_args:
        return concentration
    message = "Concentration parameter must be positive."
    check = check_ops.assert_positive(concentration, message=message)
    return control_flow_ops.with_dependencies([check], concentration)


@export("contrib.distributions.BetaWithSoftplusConcentration")
class BetaWithSoftplusConcentration(Beta):
    """`Beta` with the softplus of both parameters. Stands for
    `tf.contrib.distributions.BetaWithSoftplusConcentration`."""

    @deprecated(
        "2019-01-01",
        "Use `tfd.Beta(tf.nn.softplus(concentration1), tf.nn.softplus(concentration2))` instead.",
    )
    def __init__(
        self,
        concentration1: Any,
        concentration0: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "BetaWithSoftplusConcentration",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[concentration1, concentration0]) as name:
            super().__init__(
                concentration1=nn_ops.softplus(concentration1, name="softplus_concentration1"),
                concentration0=nn_ops.softplus(concentration0, name="softplus_concentration0"),
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
                name=name,
            )
        self._parameters = parameters


@kullback_leibler.rule(Beta)
def _kl_beta_beta(d1: Beta, d2: Beta, name: str | None = None) -> Any:
    parameters = ("concentration1", "concentration0", "total_concentration")
    values = [getattr(d, parameter) for d in (d1, d2) for parameter in parameters]
    with name_scope(name, "kl_beta_beta", values=values):
        of_second = d2._log_normalization()
        divergence = of_second - d1._log_normalization()
        for parameter, sign in zip(parameters, (-1, -1, 1), strict=True):
            first = getattr(d1, parameter)
            term = math_ops.digamma(first) * (getattr(d2, parameter) - first)
            divergence = divergence + term if sign > 0 else divergence - term
        return divergence
