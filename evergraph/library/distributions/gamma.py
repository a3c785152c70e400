"""The gamma distribution."""

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
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.distributions import kullback_leibler
from evergraph.library.distributions.deprecation import moved
from evergraph.library.distributions.distribution import (
    FULLY_REPARAMETERIZED,
    BroadcastDistribution,
)


@export("distributions.Gamma", "contrib.distributions.Gamma")
class Gamma(BroadcastDistribution):
    """x^(concentration - 1) exp(-rate x), normalized, for positive x. Stands for
    `tf.distributions.Gamma`.

    Args:
      concentration: positive, floating.
      rate: one over the scale, positive, of the same dtype.

    Raises:
      TypeError: the dtypes are different or not floating.
    """

    _parameter_names = ("concentration", "rate")

    @moved
    def __init__(
        self,
        concentration: Any,
        rate: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Gamma",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[concentration, rate]) as name:
            checks = []
            if validate_args:
                checks = [check_ops.assert_positive(p) for p in (concentration, rate)]
            with control_dependencies(checks):
                self._concentration = array_ops.identity(concentration, name="concentration")
                self._rate = array_ops.identity(rate, name="rate")
                check_ops.assert_same_float_dtype([self._concentration, self._rate])
        super().__init__(
            dtype=self._concentration.dtype,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            reparameterization_type=FULLY_REPARAMETERIZED,
            parameters=parameters,
            graph_parents=[self._concentration, self._rate],
            name=name,
        )

    @property
    def concentration(self) -> Tensor:
        """The concentrations."""
        return self._concentration

    @property
    def rate(self) -> Tensor:
        """The rates."""
        return self._rate

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        return random_ops.random_gamma(
            shape=[n], alpha=self.concentration, beta=self.rate, dtype=self.dtype, seed=seed
        )

    def _log_prob(self, value: Any) -> Any:
        x = self._maybe_assert_valid_sample(value)
        unnormalized = math_ops.xlogy(self.concentration - 1.0, x) - self.rate * x
        return unnormalized - self._log_normalization()

    def _log_normalization(self) -> Any:
        log_gamma = math_ops.lgamma(self.concentration)
        return log_gamma - self.concentration * math_ops.log(self.rate)

    def _cdf(self, value: Any) -> Any:
        x = self._maybe_assert_valid_sample(value)
        return math_ops.igamma(self.concentration, self.rate * x)

    def _entropy(self) -> Any:
        entropy = self.concentration - math_ops.log(self.rate) + math_ops.lgamma(self.concentration)
        return entropy + (1.0 - self.concentration) * math_ops.digamma(self.concentration)

    def _mean(self) -> Any:
        return self.concentration / self.rate

    def _variance(self) -> Any:
        return self.concentration / math_ops.square(self.rate)

    def _stddev(self) -> Any:
        return math_ops.sqrt(self.concentration) / self.rate

    def _mode(self) -> Any:
        """(concentration - 1) / rate where concentration > 1; else NaN, or an error with
        allow_nan_stats=False."""
        mode = (self.concentration - 1.0) / self.rate
        if self.allow_nan_stats:
            number = np.array(np.nan, dtype=self.dtype.as_numpy_dtype)
            nan = array_ops.fill(self.batch_shape_tensor(), number, name="nan")
            return array_ops.where_v2(self.concentration > 1.0, mode, nan)
        defined = check_ops.assert_less(
            array_ops.ones([], self.dtype),
            self.concentration,
            message="mode not defined when any concentration <= 1",
        )
        return control_flow_ops.with_dependencies([defined], mode)

    def _maybe_assert_valid_sample(self, x: Any) -> Any:
        check_ops.assert_same_float_dtype(tensors=[x], dtype=self.dtype)
        if not self.validate_args:
            return x
        return control_flow_ops.with_dependencies([check_ops.assert_positive(x)], x)


@export("contrib.distributions.GammaWithSoftplusConcentrationRate")
class GammaWithSoftplusConcentrationRate(Gamma):
    """`Gamma` with the softplus of both parameters. Stands for
    `tf.contrib.distributions.GammaWithSoftplusConcentrationRate`."""

    @deprecated(
        "2019-01-01",
        "Use `tfd.Gamma(tf.nn.softplus(concentration), tf.nn.softplus(rate))` instead.",
    )
    def __init__(
        self,
        concentration: Any,
        rate: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "GammaWithSoftplusConcentrationRate",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[concentration, rate]) as name:
            super().__init__(
                concentration=nn_ops.softplus(concentration, name="softplus_concentration"),
                rate=nn_ops.softplus(rate, name="softplus_rate"),
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
                name=name,
            )
        self._parameters = parameters


@kullback_leibler.rule(Gamma)
def _kl_gamma_gamma(g0: Gamma, g1: Gamma, name: str | None = None) -> Any:
    values = [g0.concentration, g0.rate, g1.concentration, g1.rate]
    with name_scope(name, "kl_gamma_gamma", values=values):
        divergence = (g0.concentration - g1.concentration) * math_ops.digamma(g0.concentration)
        divergence += math_ops.lgamma(g1.concentration)
        divergence -= math_ops.lgamma(g0.concentration)
        divergence += g1.concentration * math_ops.log(g0.rate)
        divergence -= g1.concentration * math_ops.log(g1.rate)
        return divergence + g0.concentration * (g1.rate / g0.rate - 1.0)
