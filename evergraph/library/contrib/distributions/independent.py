"""Axes of a batch as axes of events."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, check_ops, math_ops
from evergraph.base import dtypes, tensor_shape
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.static_value import constant_value
from evergraph.library.contrib.distributions.deprecation import moved
from evergraph.library.contrib.distributions.parts import attribute
from evergraph.library.distributions import kullback_leibler
from evergraph.library.distributions.distribution import Distribution


@export("contrib.distributions.Independent")
class Independent(Distribution):
    """The last axes of a batch as axes of an event, whose probability is the product. Stands for
    `tf.contrib.distributions.Independent`.

    Args:
      distribution: that of the parts.
      reinterpreted_batch_ndims: how many axes; default all but the first.
      name: default "Independent" and the distribution's.

    Raises:
      ValueError: the batch has fewer axes.
    """

    distribution = attribute("distribution", "The distribution of the parts.")
    reinterpreted_batch_ndims = attribute(
        "reinterpreted_batch_ndims", "How many axes are moved: a number where it is known."
    )

    @moved
    def __init__(
        self,
        distribution: Any,
        reinterpreted_batch_ndims: Any = None,
        validate_args: bool = False,
        name: str | None = None,
    ) -> None:
        parameters = dict(locals())
        self._distribution = distribution
        with name_scope(name or "Independent" + distribution.name) as name:
            if reinterpreted_batch_ndims is None:
                reinterpreted_batch_ndims = self._all_but_first()
            ndims = convert_to_tensor(
                reinterpreted_batch_ndims, dtype=dtypes.int32, name="reinterpreted_batch_ndims"
            )
            self._static_ndims = constant_value(ndims)
            self._reinterpreted_batch_ndims = (
                ndims if self._static_ndims is None else self._static_ndims
            )
            super().__init__(
                dtype=distribution.dtype,
                reparameterization_type=distribution.reparameterization_type,
                validate_args=validate_args,
                allow_nan_stats=distribution.allow_nan_stats,
                parameters=parameters,
                graph_parents=[ndims, *distribution._graph_parents],
                name=name,
            )
            self._checks = self._make_checks(ndims)

    def _all_but_first(self) -> Any:
        ndims = self.distribution.batch_shape.ndims
        if ndims is not None:
            return np.maximum(0, ndims - 1)
        ndims = array_ops.shape(self.distribution.batch_shape_tensor())[0]
        return math_ops.maximum(0, ndims - 1)

    def _make_checks(self, ndims: Any) -> list[Any]:
        batch_ndims = self.distribution.batch_shape.ndims
        if batch_ndims is not None and self._static_ndims is not None:
            if self._static_ndims > batch_ndims:
                raise ValueError(
                    f"reinterpreted_batch_ndims({self._static_ndims}) cannot exceed "
                    f"distribution.batch_ndims({batch_ndims})"
                )
            return []
        if not self.validate_args:
            return []
        _, batch_ndims = self._batch()
        message = "reinterpreted_batch_ndims cannot exceed distribution.batch_ndims"
        return [check_ops.assert_less_equal(ndims, batch_ndims, message=message)]

    def _batch(self) -> tuple[Any, Any]:
        """The shape of the parts' batch, and its rank."""
        shape = self.distribution.batch_shape_tensor()
        rank = tensor_shape.dimension_value(shape.shape.with_rank_at_least(1)[0])
        return shape, array_ops.shape(shape)[0] if rank is None else rank

    def _batch_shape_tensor(self) -> Any:
        with control_dependencies(self._checks):
            shape, rank = self._batch()
            return shape[: rank - self.reinterpreted_batch_ndims]

    def _event_shape_tensor(self) -> Any:
        with control_dependencies(self._checks):
            shape, rank = self._batch()
            moved_axes = shape[rank - self.reinterpreted_batch_ndims :]
            return array_ops.concat([moved_axes, self.distribution.event_shape_tensor()], axis=0)

    def _static_split(self) -> tuple[TensorShape, TensorShape]:
        """What is known of the axes that stay and of those that are moved."""
        shape = self.distribution.batch_shape
        if self._static_ndims is None or shape.ndims is None:
            return TensorShape(None), TensorShape(None)
        split = shape.ndims - self._static_ndims
        return shape[:split], shape[split:]

    def _batch_shape(self) -> TensorShape:
        return self._static_split()[0]

    def _event_shape(self) -> TensorShape:
        return self._static_split()[1].concatenate(self.distribution.event_shape)

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        with control_dependencies(self._checks):
            return self.distribution.sample(sample_shape=n, seed=seed)

    def _log_prob(self, value: Any) -> Any:
        with control_dependencies(self._checks):
            return self._summed(self.distribution.log_prob(value))

    def _entropy(self) -> Any:
        with control_dependencies(self._checks):
            return self._summed(self.distribution.entropy())

    def _mean(self) -> Any:
        with control_dependencies(self._checks):
            return self.distribution.mean()

    def _variance(self) -> Any:
        with control_dependencies(self._checks):
            return self.distribution.variance()

    def _stddev(self) -> Any:
        with control_dependencies(self._checks):
            return self.distribution.stddev()

    def _mode(self) -> Any:
        with control_dependencies(self._checks):
            return self.distribution.mode()

    def _summed(self, statistic: Any) -> Any:
        axes: Any
        if self._static_ndims is None:
            axes = math_ops.range(self.reinterpreted_batch_ndims)
        else:
            axes = np.arange(self._static_ndims)
        return math_ops.reduce_sum(statistic, axis=-1 - axes)


@kullback_leibler.rule(Independent)
def _kl_independent(a: Any, b: Any, name: str = "kl_independent") -> Any:
    """The sum of the parts' divergences."""
    p, q = a.distribution, b.distribution
    if a.event_shape.is_fully_defined() and b.event_shape.is_fully_defined():
        if a.event_shape != b.event_shape:
            raise ValueError("Event shapes do not match.")
        if p.event_shape != q.event_shape:
            raise NotImplementedError(
                "KL between Independents with different event shapes not supported."
            )
        count = a.event_shape.ndims - p.event_shape.ndims
        divergence = kullback_leibler.kl_divergence(p, q, name=name)
        return math_ops.reduce_sum(divergence, axis=[-1 - i for i in range(count)])
    checks = [
        check_ops.assert_equal(first.event_shape_tensor(), second.event_shape_tensor())
        for first, second in ((a, b), (p, q))
    ]
    with control_dependencies(checks):
        whole = array_ops.shape(a.event_shape_tensor()[0])
        count = whole - array_ops.shape(p.event_shape_tensor()[0])
        axes = math_ops.range(-count - 1, -1, 1)
        return math_ops.reduce_sum(kullback_leibler.kl_divergence(p, q, name=name), axis=axes)
