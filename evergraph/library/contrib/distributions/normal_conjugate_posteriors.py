"""What is known of the mean of normal draws after some were seen."""

from typing import Any

from evergraph.api import math_ops
from evergraph.base.export import export
from evergraph.library.distributions.normal import Normal


@export("contrib.distributions.normal_conjugates_known_scale_posterior")
def normal_conjugates_known_scale_posterior(prior: Any, scale: Any, s: Any, n: Any) -> Normal:
    """The distribution of the mean. Stands for
    `tf.contrib.distributions.normal_conjugates_known_scale_posterior`.

    Args:
      prior: a Normal, what is known of the mean before.
      scale: the standard deviation of draws.
      s: the sum of the draws that were seen, of the prior's dtype.
      n: how many they are.

    Raises:
      TypeError: `prior` is no Normal, or `s` of another dtype.
    """
    loc, variance, _ = _posterior(prior, scale, s, n)
    return Normal(loc=loc, scale=math_ops.sqrt(variance))


@export("contrib.distributions.normal_conjugates_known_scale_predictive")
def normal_conjugates_known_scale_predictive(prior: Any, scale: Any, s: Any, n: Any) -> Normal:
    """The distribution of the next draw. Stands for
    `tf.contrib.distributions.normal_conjugates_known_scale_predictive`. The arguments are those of
    `normal_conjugates_known_scale_posterior`."""
    loc, variance, of_draw = _posterior(prior, scale, s, n)
    return Normal(loc=loc, scale=math_ops.sqrt(variance + of_draw))


def _posterior(prior: Any, scale: Any, s: Any, n: Any) -> tuple[Any, Any, Any]:
    """The mean's mean and variance, and the variance of draws."""
    if not isinstance(prior, Normal):
        raise TypeError("Expected prior to be an instance of type Normal")
    if s.dtype != prior.dtype:
        raise TypeError(
            f"Observation sum s.dtype does not match prior dtype: {s.dtype} vs. {prior.dtype}"
        )
    n = math_ops.cast(n, prior.dtype)
    before = math_ops.square(prior.scale)
    of_draw = math_ops.square(scale)
    variance = 1.0 / (1 / before + n / of_draw)
    return (prior.loc / before + s / of_draw) * variance, variance, of_draw
