"""The Laplace distribution."""

import math
from typing import Any

import numpy as np

from evergraph.api import array_ops, check_ops, math_ops, nn_ops, random_ops
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.distributions import special_math
from evergraph.library.distributions.deprecation import moved
from evergraph.library.distributions.distribution import (
    FULLY_REPARAMETERIZED,
    BroadcastDistribution,
)


@export("distributions.Laplace", "contrib.distributions.Laplace")
class Laplace(BroadcastDistribution):
    """exp(-|x - loc| / scale) / (2 scale). Stands for `tf.distributions.Laplace`.

    Args:
      loc: the means, floating.
      scale: positive, of the same dtype.

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
        name: str = "Laplace",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[loc, scale]) as name:
            with control_dependencies([check_ops.assert_positive(scale)] if validate_args else []):
                self._loc = array_ops.identity(loc, name="loc")
                self._scale = array_ops.identity(scale, name="scale")
                check_ops.assert_same_float_dtype([self._loc, self._scale])
        super().__init__(
            dtype=self._loc.dtype,
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
        """The mean distances from the means."""
        return self._scale

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        shape = self._shape_of_samples(n)
        number = self.dtype.as_numpy_dtype
        # -1 itself is left out: its log would be infinite.
        uniform = random_ops.random_uniform(
            shape=shape,
            minval=np.nextafter(number(-1.0), number(0.0)),
            maxval=1.0,
            dtype=self.dtype,
            seed=seed,
        )
        signed = self.scale * math_ops.sign(uniform)
        return self.loc - signed * math_ops.log1p(-math_ops.abs(uniform))

    def _log_prob(self, value: Any) -> Any:
        unnormalized = -math_ops.abs(self._z(value))
        return unnormalized - (math.log(2.0) + math_ops.log(self.scale))

    def _prob(self, value: Any) -> Any:
        return math_ops.exp(self._log_prob(value))

    def _log_cdf(self, value: Any) -> Any:
        return special_math.log_cdf_laplace(self._z(value))

    def _log_survival_function(self, value: Any) -> Any:
        return special_math.log_cdf_laplace(-self._z(value))

    def _cdf(self, value: Any) -> Any:
        z = self._z(value)
        signed = 0.5 * math_ops.sign(z)
        return 0.5 + signed * (1.0 - math_ops.exp(-math_ops.abs(z)))

    def _entropy(self) -> Any:
        scale = self.scale + array_ops.zeros_like(self.loc)
        return math.log(2.0) + 1.0 + math_ops.log(scale)

    def _mean(self) -> Any:
        return self.loc + array_ops.zeros_like(self.scale)

    def _stddev(self) -> Any:
        return math.sqrt(2.0) * self.scale + array_ops.zeros_like(self.loc)

    def _median(self) -> Any:
        return self._mean()

    def _mode(self) -> Any:
        return self._mean()

    def _z(self, x: Any) -> Any:
        """`x` as a draw of the standard distribution."""
        return (x - self.loc) / self.scale


@export("contrib.distributions.LaplaceWithSoftplusScale")
class LaplaceWithSoftplusScale(Laplace):
    """`Laplace` with softplus(scale). Stands for
    `tf.contrib.distributions.LaplaceWithSoftplusScale`."""

    @deprecated("2019-01-01", "Use `tfd.Laplace(loc, tf.nn.softplus(scale)) instead.")
    def __init__(
        self,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "LaplaceWithSoftplusScale",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[loc, scale]) as name:
            super().__init__(
                loc=loc,
                scale=nn_ops.softplus(scale, name="softplus_scale"),
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
                name=name,
            )
        self._parameters = parameters
