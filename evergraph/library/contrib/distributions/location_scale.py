"""Distributions of a standard draw times a scale, moved to a location."""

import math
from typing import Any

import numpy as np

from evergraph.api import array_ops, check_ops, math_ops, nn_ops, random_ops
from evergraph.base.export import export
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.library.contrib.distributions.deprecation import moved
from evergraph.library.contrib.distributions.parts import NormalizedDistribution, attribute
from evergraph.library.distributions import special_math
from evergraph.library.distributions.distribution import (
    FULLY_REPARAMETERIZED,
    BroadcastDistribution,
)


class LocationScale(NormalizedDistribution):
    """loc + scale Z. A class says what Z is by its methods, in terms of `_z(x)`.

    Args:
      loc: floating.
      scale: positive, of the same dtype.

    Raises:
      TypeError: the dtypes are different or not floating.
    """

    _parameter_names = ("loc", "scale")
    loc = attribute("loc", "The locations.")
    scale = attribute("scale", "The scales.")

    def __init__(
        self, loc: Any, scale: Any, validate_args: bool, allow_nan_stats: bool, name: str
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

    def _uniform(self, n: Any, seed: Any, least: Any) -> Any:
        """`n` uniform draws for each of the batch, from `least` to 1."""
        return random_ops.random_uniform(
            shape=self._shape_of_samples(n), minval=least, maxval=1.0, dtype=self.dtype, seed=seed
        )

    def _log_normalization(self) -> Any:
        return math_ops.log(self.scale)

    def _everywhere(self, statistic: Any) -> Any:
        """The location's statistic for the whole batch."""
        return statistic * array_ops.ones_like(self.scale)

    def _mode(self) -> Any:
        return self._everywhere(self.loc)

    def _z(self, x: Any) -> Any:
        """`x` as a draw of the standard distribution."""
        with name_scope("standardize", values=[x]):
            return (x - self.loc) / self.scale


@export("contrib.distributions.Cauchy")
class Cauchy(LocationScale):
    """1 / (pi scale (1 + z^2)), where z = (x - loc) / scale. Stands for
    `tf.contrib.distributions.Cauchy`. The mean and the standard deviation are NaN; ValueError with
    allow_nan_stats=False."""

    @moved
    def __init__(
        self,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Cauchy",
    ) -> None:
        super().__init__(loc, scale, validate_args, allow_nan_stats, name)

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        return self._quantile(self._uniform(n, seed, 0.0))

    def _cdf(self, value: Any) -> Any:
        return math_ops.atan(self._z(value)) / np.pi + 0.5

    def _log_cdf(self, value: Any) -> Any:
        return math_ops.log1p(2 / np.pi * math_ops.atan(self._z(value))) - np.log(2)

    def _log_unnormalized_prob(self, x: Any) -> Any:
        return -math_ops.log1p(math_ops.square(self._z(x)))

    def _log_normalization(self) -> Any:
        return np.log(np.pi) + math_ops.log(self.scale)

    def _entropy(self) -> Any:
        entropy = np.log(4 * np.pi) + math_ops.log(self.scale)
        return entropy * array_ops.ones_like(self.loc)

    def _quantile(self, value: Any) -> Any:
        return self.loc + self.scale * math_ops.tan(np.pi * (value - 0.5))

    def _undefined(self, statistic: str) -> Any:
        if not self.allow_nan_stats:
            raise ValueError(f"`{statistic}` is undefined for Cauchy distribution.")
        return array_ops.fill(self.batch_shape_tensor(), self.dtype.as_numpy_dtype(np.nan))

    def _mean(self) -> Any:
        return self._undefined("mean")

    def _stddev(self) -> Any:
        return self._undefined("stddev")


@export("contrib.distributions.Logistic")
class Logistic(LocationScale):
    """A distribution with the cdf sigmoid((x - loc) / scale). Stands for
    `tf.contrib.distributions.Logistic`."""

    @moved
    def __init__(
        self,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Logistic",
    ) -> None:
        super().__init__(loc, scale, validate_args, allow_nan_stats, name)

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        uniform = self._uniform(n, seed, np.finfo(self.dtype.as_numpy_dtype).tiny)
        return self._standard(uniform) * self.scale + self.loc

    def _standard(self, uniform: Any) -> Any:
        return math_ops.log(uniform) - math_ops.log1p(-1.0 * uniform)

    def _log_cdf(self, value: Any) -> Any:
        return -nn_ops.softplus(-self._z(value))

    def _cdf(self, value: Any) -> Any:
        return math_ops.sigmoid(self._z(value))

    def _log_survival_function(self, value: Any) -> Any:
        return -nn_ops.softplus(self._z(value))

    def _survival_function(self, value: Any) -> Any:
        return math_ops.sigmoid(-self._z(value))

    def _log_unnormalized_prob(self, x: Any) -> Any:
        z = self._z(x)
        return -z - 2.0 * nn_ops.softplus(-z)

    def _entropy(self) -> Any:
        return 2 + math_ops.log(self.scale * array_ops.ones_like(self.loc))

    def _mean(self) -> Any:
        return self._everywhere(self.loc)

    def _stddev(self) -> Any:
        return self.scale * array_ops.ones_like(self.loc) * math.pi / math.sqrt(3)


class _Gumbel(LocationScale):
    """The distribution of the largest of many: its cdf is exp(-exp(-(x - loc) / scale))."""

    @moved
    def __init__(
        self,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Gumbel",
    ) -> None:
        super().__init__(loc, scale, validate_args, allow_nan_stats, name)

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        uniform = self._uniform(n, seed, np.finfo(self.dtype.as_numpy_dtype).tiny)
        return -math_ops.log(-math_ops.log(uniform)) * self.scale + self.loc

    def _log_cdf(self, value: Any) -> Any:
        return -math_ops.exp(-self._z(value))

    def _cdf(self, value: Any) -> Any:
        return math_ops.exp(-math_ops.exp(-self._z(value)))

    def _log_unnormalized_prob(self, x: Any) -> Any:
        z = self._z(x)
        return -z - math_ops.exp(-z)

    def _entropy(self) -> Any:
        scale = self.scale * array_ops.ones_like(self.loc)
        return 1 + math_ops.log(scale) + np.euler_gamma

    def _mean(self) -> Any:
        return self.loc + self.scale * np.euler_gamma

    def _stddev(self) -> Any:
        return self.scale * array_ops.ones_like(self.loc) * math.pi / math.sqrt(6)


@export("contrib.distributions.HalfNormal")
class HalfNormal(BroadcastDistribution):
    """The absolute value of a normal draw with mean 0. Stands for
    `tf.contrib.distributions.HalfNormal`.

    Args:
      scale: the standard deviation of the normal draw, positive, floating.
    """

    _parameter_names = ("scale",)
    scale = attribute("scale", "The scales.")

    @moved
    def __init__(
        self,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "HalfNormal",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[scale]) as name:
            with control_dependencies([check_ops.assert_positive(scale)] if validate_args else []):
                self._scale = array_ops.identity(scale, name="scale")
        super().__init__(
            dtype=self._scale.dtype,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._scale],
            name=name,
        )

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        draws = random_ops.random_normal(
            shape=self._shape_of_samples(n), mean=0.0, stddev=1.0, dtype=self.dtype, seed=seed
        )
        return math_ops.abs(draws * self.scale)

    def _prob(self, value: Any) -> Any:
        factor = np.sqrt(2) / self.scale / np.sqrt(np.pi)
        density = factor * math_ops.exp(-0.5 * (value / self.scale) ** 2)
        return density * math_ops.cast(value >= 0, self.dtype)

    def _cdf(self, value: Any) -> Any:
        return math_ops.erf(nn_ops.relu(value) / self.scale / np.sqrt(2.0))

    def _entropy(self) -> Any:
        return 0.5 * math_ops.log(np.pi * self.scale**2.0 / 2.0) + 0.5

    def _mean(self) -> Any:
        return self.scale * np.sqrt(2.0) / np.sqrt(np.pi)

    def _quantile(self, value: Any) -> Any:
        return np.sqrt(2.0) * self.scale * special_math.erfinv(value)

    def _mode(self) -> Any:
        return array_ops.zeros(self.batch_shape_tensor())

    def _variance(self) -> Any:
        return self.scale**2.0 * (1.0 - 2.0 / np.pi)
