"""Distributions whose methods take further arguments."""

from typing import Any

from evergraph.api import math_ops
from evergraph.base.export import export
from evergraph.library.distributions.distribution import Distribution
from evergraph.library.distributions.transformed_distribution import TransformedDistribution


@export("contrib.distributions.ConditionalDistribution")
class ConditionalDistribution(Distribution):
    """A distribution whose public methods hand further arguments on to the private ones. Stands
    for `tf.contrib.distributions.ConditionalDistribution`."""

    def sample(
        self,
        sample_shape: Any = (),
        seed: Any = None,
        name: str = "sample",
        **condition_kwargs: Any,
    ) -> Any:
        """Draws of shape sample_shape + batch_shape + event_shape."""
        return self._call_sample_n(sample_shape, seed, name, **condition_kwargs)

    def log_prob(self, value: Any, name: str = "log_prob", **condition_kwargs: Any) -> Any:
        """The log of the density or mass at `value`."""
        return self._call_log_prob(value, name, **condition_kwargs)

    def prob(self, value: Any, name: str = "prob", **condition_kwargs: Any) -> Any:
        """The density or mass at `value`."""
        return self._call_prob(value, name, **condition_kwargs)

    def log_cdf(self, value: Any, name: str = "log_cdf", **condition_kwargs: Any) -> Any:
        """log P[X <= value]."""
        return self._call_log_cdf(value, name, **condition_kwargs)

    def cdf(self, value: Any, name: str = "cdf", **condition_kwargs: Any) -> Any:
        """P[X <= value]."""
        return self._call_cdf(value, name, **condition_kwargs)

    def log_survival_function(
        self, value: Any, name: str = "log_survival_function", **condition_kwargs: Any
    ) -> Any:
        """log P[X > value]."""
        return self._call_log_survival_function(value, name, **condition_kwargs)

    def survival_function(
        self, value: Any, name: str = "survival_function", **condition_kwargs: Any
    ) -> Any:
        """P[X > value]."""
        return self._call_survival_function(value, name, **condition_kwargs)


@export("contrib.distributions.ConditionalTransformedDistribution")
class ConditionalTransformedDistribution(ConditionalDistribution, TransformedDistribution):
    """A `TransformedDistribution` whose methods take `bijector_kwargs` and `distribution_kwargs`,
    further arguments for the methods of the two. Stands for
    `tf.contrib.distributions.ConditionalTransformedDistribution`."""

    def _bijector_kwargs(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        return kwargs.get("bijector_kwargs") or {}

    # The order of summands is TensorFlow's.

    def _with_volume(self, log_prob: Any, ildj: Any) -> Any:
        return math_ops.cast(ildj, log_prob.dtype) + log_prob

    def _times_volume(self, prob: Any, ildj: Any) -> Any:
        return math_ops.exp(math_ops.cast(ildj, prob.dtype)) * prob

    def _set_prob_shape(self, prob: Any, y: Any, event_ndims: Any) -> None:
        pass
