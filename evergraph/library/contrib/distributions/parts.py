"""What the classes of distributions are made of: attributes, statistics that may be undefined."""

import operator
from typing import Any

import numpy as np

from evergraph.api import array_ops, check_ops, control_flow_ops
from evergraph.graph.constant import constant
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.library.distributions.distribution import (
    FULLY_REPARAMETERIZED,
    BroadcastDistribution,
    Distribution,
)


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
            defined = defined & other
        return array_ops.where_v2(defined, statistic, nan)
    checks = []
    for parameter, bound, message in conditions:
        # The same number, but not the same node in TensorFlow's graphs.
        least = array_ops.ones([], d.dtype) if bound == 1 else constant(bound, dtype=d.dtype)
        checks.append(check_ops.assert_less(least, parameter, message=message))
    return control_flow_ops.with_dependencies(checks, statistic)


def scalar_checks(d: Distribution, dtype: Any, validate_args: bool) -> list[Any]:
    """Checks that a distribution is one of a single scalar.

    Raises:
      TypeError: its dtype is not `dtype`.
      ValueError: it is known to be another, or not differentiable, with validate_args.
    """
    if d.dtype != dtype:
        raise TypeError(
            f'dtype mismatch; distribution.dtype="{d.dtype.name}" is not "{dtype.name}"'
        )
    if validate_args and d.reparameterization_type != FULLY_REPARAMETERIZED:
        raise ValueError(
            "Base distribution should be reparameterized or be a function of non-trainable "
            "variables; distribution.reparameterization_type = "
            f'"{d.reparameterization_type}" != "FULLY_REPARAMETERIZED".'
        )
    checks = []
    with name_scope("check_distribution"):
        for name in ("is_scalar_event", "is_scalar_batch"):
            is_scalar = getattr(d, name)()
            message = f"distribution must be scalar; distribution.{name}=False is not True"
            known = constant_value(is_scalar)
            if known is None and validate_args:
                checks.append(check_ops.assert_equal(is_scalar, True, message=message))
            elif known is not None and not known:
                raise ValueError(message)
    return checks
