"""The normal distribution."""

import math
from typing import Any

from evergraph.api import array_ops, check_ops, math_ops, nn_ops, random_ops
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.distributions import kullback_leibler, special_math
from evergraph.library.distributions.deprecation import moved
from evergraph.library.distributions.distribution import (
    FULLY_REPARAMETERIZED,
    BroadcastDistribution,
)


@export("distributions.Normal", "contrib.distributions.Normal")
class Normal(BroadcastDistribution):
    """exp(-((x - loc) / scale)^2 / 2) / (scale sqrt(2 pi)). Stands for `tf.distributions.Normal`.

    Args:
      loc: the means, floating.
      scale: the standard deviations, positive, of the same dtype.

    Raises:
      TypeError: the dtypes are different or not floating.
    """

    _parameter_names = ("loc", "scale")

    @moved
    def __init__(
        self,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Normal",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[loc, scale]) as name:
            with control_dependencies([check_ops.assert_positive(scale)] if validate_args else []):
                self._loc = array_ops.identity(loc, name="loc")
                self._scale = array_ops.identity(scale, name="scale")
                check_ops.assert_same_float_dtype([self._loc, self._scale])
        super().__init__(
            dtype=self._scale.dtype,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._loc, self._scale],
            name=name,
        )

    @property
    def loc(self) -> Tensor:
        """The means."""
        return self._loc

    @property
    def scale(self) -> Tensor:
        """The standard deviations."""
        return self._scale

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        draws = random_ops.random_normal(
            shape=self._shape_of_samples(n), mean=0.0, stddev=1.0, dtype=self.loc.dtype, seed=seed
        )
        return draws * self.scale + self.loc

    def _log_prob(self, value: Any) -> Any:
        unnormalized = self._log_unnormalized_prob(value)
        return unnormalized - self._log_normalization()

    def _log_unnormalized_prob(self, x: Any) -> Any:
        return -0.5 * math_ops.square(self._z(x))

    def _log_normalization(self) -> Any:
        return 0.5 * math.log(2.0 * math.pi) + math_ops.log(self.scale)

    def _log_cdf(self, value: Any) -> Any:
        return special_math.log_ndtr(self._z(value))

    def _cdf(self, value: Any) -> Any:
        return special_math.ndtr(self._z(value))

    def _log_survival_function(self, value: Any) -> Any:
        return special_math.log_ndtr(-self._z(value))

    def _survival_function(self, value: Any) -> Any:
        return special_math.ndtr(-self._z(value))

    def _quantile(self, value: Any) -> Any:
        return self._inv_z(special_math.ndtri(value))

    def _entropy(self) -> Any:
        return 0.5 * math.log(2.0 * math.pi * math.e) + math_ops.log(self._stddev())

    def _mean(self) -> Any:
        return self.loc * array_ops.ones_like(self.scale)

    def _stddev(self) -> Any:
        return self.scale * array_ops.ones_like(self.loc)

    def _mode(self) -> Any:
        return self._mean()

    def _z(self, x: Any) -> Any:
        """`x` as a draw of the standard distribution."""
        with name_scope("standardize", values=[x]):
            return (x - self.loc) / self.scale

    def _inv_z(self, z: Any) -> Any:
        """A draw of the standard distribution as one of this."""
        with name_scope("reconstruct", values=[z]):
            return z * self.scale + self.loc


@export("contrib.distributions.NormalWithSoftplusScale")
class NormalWithSoftplusScale(Normal):
    """`Normal` with softplus(scale). Stands for
    `tf.contrib.distributions.NormalWithSoftplusScale`."""

    @deprecated("2019-01-01", "Use `tfd.Normal(loc, tf.nn.softplus(scale)) instead.")
    def __init__(
        self,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "NormalWithSoftplusScale",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[scale]) as name:
            super().__init__(
                loc=loc,
                scale=nn_ops.softplus(scale, name="softplus_scale"),
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
                name=name,
            )
        self._parameters = parameters


@kullback_leibler.rule(Normal)
def _kl_normal_normal(n_a: Normal, n_b: Normal, name: str | None = None) -> Any:
    with name_scope(name, "kl_normal_normal", [n_a.loc, n_b.loc]):
        one, two, half = (constant(number, dtype=n_a.dtype) for number in (1, 2, 0.5))
        variance_a = math_ops.square(n_a.scale)
        variance_b = math_ops.square(n_b.scale)
        ratio = variance_a / variance_b
        shift = math_ops.squared_difference(n_a.loc, n_b.loc) / (two * variance_b)
        return shift + half * (ratio - one - math_ops.log(ratio))
