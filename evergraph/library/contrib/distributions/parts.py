"""What the classes of distributions are made of: attributes, statistics that may be undefined."""

import operator
from typing import Any

import numpy as np

from evergraph.api import array_ops, check_ops, control_flow_ops, math_ops
from evergraph.graph.constant import constant
from evergraph.library.distributions.distribution import BroadcastDistribution, Distribution


def attribute(name: str, doc: str) -> Any:
    """A property for what the constructor keeps under the same name with an underscore."""
    return property(operator.attrgetter(f"_{name}"), doc=doc)


class NormalizedDistribution(BroadcastDistribution):
    """A density that is known up to a factor, and the factor: log p = unnormalized - norm."""

    def _log_unnormalized_prob(self, x: Any) -> Any:
        raise NotImplementedError

    def _log_normalization(self) -> Any:
        raise NotImplementedError

    def _log_prob(self, value: Any) -> Any:
        unnormalized = self._log_unnormalized_prob(value)
        return unnormalized - self._log_normalization()


class UnshapedDistribution(BroadcastDistribution):
    """One whose parameters can be given in two ways, so that `param_shapes` is not implemented."""

    _param_shapes = staticmethod(Distribution._param_shapes)  # type: ignore[assignment]


def where_defined(d: Distribution, statistic: Any, *conditions: tuple[Any, float, str]) -> Any:
    """A statistic that exists only where parameters are large.

    Args:
      conditions: each (parameter, what it must exceed, message). Elsewhere the statistic is NaN,
        or an error at run time for a distribution with allow_nan_stats=False.
    """
    if d.allow_nan_stats:
        number = np.array(np.nan, dtype=d.dtype.as_numpy_dtype)
        nan = array_ops.fill(d.batch_shape_tensor(), number, name="nan")
        holds = [parameter > bound for parameter, bound, _ in conditions]
        defined = holds[0]
        for other in holds[1:]:
            defined = math_ops.logical_and(defined, other)
        return array_ops.where_v2(defined, statistic, nan)
    checks = []
    for parameter, bound, message in conditions:
        # The same number, but not the same node in TensorFlow's graphs.
        least = array_ops.ones([], d.dtype) if bound == 1 else constant(bound, dtype=d.dtype)
        checks.append(check_ops.assert_less(least, parameter, message=message))
    return control_flow_ops.with_dependencies(checks, statistic)
