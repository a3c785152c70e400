"""The uniform distribution."""

import math
from typing import Any

from evergraph.api import array_ops, check_ops, math_ops, random_ops
from evergraph.base.export import export
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.distributions.deprecation import moved
from evergraph.library.distributions.distribution import (
    FULLY_REPARAMETERIZED,
    BroadcastDistribution,
)


@export("distributions.Uniform", "contrib.distributions.Uniform")
class Uniform(BroadcastDistribution):
    """1 / (high - low) on [low, high). Stands for `tf.distributions.Uniform`.

    Args:
      low, high: the ends, floating, of one dtype.

    Raises:
      TypeError: the dtypes are different or not floating.
    """

    _parameter_names = ("low", "high")

    @moved
    def __init__(
        self,
        low: Any = 0.0,
        high: Any = 1.0,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Uniform",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[low, high]) as name:
            checks = []
            if validate_args:
                message = "uniform not defined when low >= high."
                checks.append(check_ops.assert_less(low, high, message=message))
            with control_dependencies(checks):
                self._low = array_ops.identity(low, name="low")
                self._high = array_ops.identity(high, name="high")
                check_ops.assert_same_float_dtype([self._low, self._high])
        super().__init__(
            dtype=self._low.dtype,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._low, self._high],
            name=name,
        )

    @property
    def low(self) -> Tensor:
        """The lower ends."""
        return self._low

    @property
    def high(self) -> Tensor:
        """The upper ends."""
        return self._high

    def range(self, name: str = "range") -> Any:
        """high - low."""
        with self._name_scope(name):
            return self.high - self.low

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        shape = self._shape_of_samples(n)
        draws = random_ops.random_uniform(shape=shape, dtype=self.dtype, seed=seed)
        return self.low + self.range() * draws

    def _prob(self, value: Any) -> Any:
        x = value * array_ops.ones(self.batch_shape_tensor(), dtype=value.dtype)
        is_nan = math_ops.is_nan(x)
        outside = math_ops.logical_or(x < self.low, x >= self.high)
        zeros = array_ops.zeros_like(x)
        density = array_ops.ones_like(x) / self.range()
        return array_ops.where_v2(is_nan, x, array_ops.where_v2(outside, zeros, density))

    def _cdf(self, value: Any) -> Any:
        shape = array_ops.broadcast_dynamic_shape(array_ops.shape(value), self.batch_shape_tensor())
        zeros = array_ops.zeros(shape, dtype=self.dtype)
        ones = array_ops.ones(shape, dtype=self.dtype)
        x = value * ones
        below = value < self.low
        inside = array_ops.where_v2(below, zeros, (x - self.low) / self.range())
        return array_ops.where_v2(value >= self.high, ones, inside)

    def _entropy(self) -> Any:
        return math_ops.log(self.range())

    def _mean(self) -> Any:
        return (self.low + self.high) / 2.0

    def _variance(self) -> Any:
        return math_ops.square(self.range()) / 12.0

    def _stddev(self) -> Any:
        return self.range() / math.sqrt(12.0)
