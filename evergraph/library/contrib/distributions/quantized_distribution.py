"""Draws of another distribution, rounded up to whole numbers."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, check_ops, control_flow_ops, math_ops
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.library.contrib.distributions.deprecation import moved
from evergraph.library.contrib.distributions.parts import attribute
from evergraph.library.distributions import util
from evergraph.library.distributions.distribution import NOT_REPARAMETERIZED, Distribution


@moved
def _log_of_difference(big: Any, small: Any) -> Any:
    """log(exp(big) - exp(small))."""
    with name_scope("logsum_expbig_minus_expsmall", values=[small, big]):
        return math_ops.log(1.0 - math_ops.exp(small - big)) + big


@export("contrib.distributions.QuantizedDistribution")
class QuantizedDistribution(Distribution):
    """Y = ceil(X), at least `low` and at most `high`: P[Y = y] = P[y - 1 < X <= y], and the ends
    have all that is beyond. Stands for `tf.contrib.distributions.QuantizedDistribution`.

    Args:
      distribution: that of X, with a cdf or a log_cdf.
      low, high: whole numbers of its dtype; default none.

    Raises:
      ValueError: the dtypes are different or not floating.
    """

    distribution = attribute("dist", "The distribution of X.")
    low = attribute("low", "The least value, or None.")
    high = attribute("high", "The largest value, or None.")

    @moved
    def __init__(
        self,
        distribution: Any,
        low: Any = None,
        high: Any = None,
        validate_args: bool = False,
        name: str = "QuantizedDistribution",
    ) -> None:
        parameters = dict(locals())
        values = [*distribution.parameters.values(), low, high]
        with name_scope(name, values=values) as name:
            self._dist = distribution
            low = None if low is None else convert_to_tensor(low, name="low")
            high = None if high is None else convert_to_tensor(high, name="high")
            check_ops.assert_same_float_dtype(tensors=[distribution, low, high])
            checks = []
            if validate_args and low is not None and high is not None:
                message = "low must be strictly less than high."
                checks.append(check_ops.assert_less(low, high, message=message))
            self._validate_args = validate_args
            with control_dependencies(checks):
                self._low = None if low is None else self._check_integer(low)
                self._high = None if high is None else self._check_integer(high)
        ends = [end for end in (self._low, self._high) if end is not None]
        super().__init__(
            dtype=distribution.dtype,
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=distribution.allow_nan_stats,
            parameters=parameters,
            graph_parents=distribution._graph_parents + ends,
            name=name,
        )

    def _check_integer(self, value: Any) -> Any:
        with name_scope("check_integer", values=[value]):
            value = convert_to_tensor(value, name="value")
            if not self.validate_args:
                return value
            check = util.assert_integer_form(value, message="value has non-integer components.")
            return control_flow_ops.with_dependencies([check], value)

    def _batch_shape_tensor(self) -> Any:
        return self.distribution.batch_shape_tensor()

    def _batch_shape(self) -> Any:
        return self.distribution.batch_shape

    def _event_shape_tensor(self) -> Any:
        return self.distribution.event_shape_tensor()

    def _event_shape(self) -> Any:
        return self.distribution.event_shape

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        with name_scope("transform"):
            n = convert_to_tensor(n, name="n")
            x = self.distribution.sample(n, seed=seed)
            ones = array_ops.ones_like(x)
            y = math_ops.ceil(x)
            if self._low is not None:
                y = array_ops.where(y < self._low, self._low * ones, y)
            if self._high is not None:
                y = array_ops.where(y > self._high, self._high * ones, y)
            return y

    def _log_prob(self, value: Any) -> Any:
        """The log of a difference of cdfs or, where they are smaller, of survival functions."""
        y = self._check_integer(value)
        try:
            above, above_less = self.log_survival_function(y), self.log_survival_function(y - 1)
            below, below_less = self.log_cdf(y), self.log_cdf(y - 1)
            big = array_ops.where(above < below, above_less, below)
            small = array_ops.where(above < below, above, below_less)
            return _log_of_difference(big, small)
        except NotImplementedError:
            return _log_of_difference(self.log_cdf(y), self.log_cdf(y - 1))

    def _prob(self, value: Any) -> Any:
        """A difference of cdfs or, where they are smaller, of survival functions."""
        y = self._check_integer(value)
        try:
            above, above_less = self.survival_function(y), self.survival_function(y - 1)
            below, below_less = self.cdf(y), self.cdf(y - 1)
            return array_ops.where(above < below, above_less - above, below - below_less)
        except NotImplementedError:
            return self.cdf(y) - self.cdf(y - 1)

    def _with_ends(self, method: str, j: Any, below_low: Any, from_high: Any) -> Any:
        """The distribution's own, but at both ends."""
        value = getattr(self.distribution, method)(j)
        j += array_ops.zeros_like(value)
        if self._low is not None:
            value = _where(lambda: j < self._low, below_low, value)
        if self._high is not None:
            value = _where(lambda: j >= self._high, from_high, value)
        return value

    def _log_cdf(self, value: Any) -> Any:
        return self._with_ends("log_cdf", math_ops.floor(value), _minus_infinity, _zeros)

    def _cdf(self, value: Any) -> Any:
        return self._with_ends("cdf", math_ops.floor(value), _zeros, _ones)

    def _log_survival_function(self, value: Any) -> Any:
        j = math_ops.ceil(value)
        return self._with_ends("log_survival_function", j, _zeros, _minus_infinity)

    def _survival_function(self, value: Any) -> Any:
        return self._with_ends("survival_function", math_ops.ceil(value), _ones, _zeros)


def _minus_infinity(like: Any) -> Any:
    return -np.inf * array_ops.ones_like(like)


_zeros, _ones = array_ops.zeros_like, array_ops.ones_like


def _where(condition: Any, filled: Any, value: Any) -> Any:
    """`value`, or what `filled` makes where the condition holds, in TensorFlow's order of nodes."""
    if filled is _minus_infinity:
        infinity = filled(value)
        return array_ops.where(condition(), infinity, value)
    return array_ops.where(condition(), filled(value), value)
