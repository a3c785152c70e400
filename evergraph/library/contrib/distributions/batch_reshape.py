"""Another shape for the batch of a distribution."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, check_ops, math_ops, shape_checks
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.static_value import constant_value_as_shape
from evergraph.library.contrib.distributions.deprecation import moved
from evergraph.library.contrib.distributions.parts import attribute
from evergraph.library.distributions.distribution import Distribution


@export("contrib.distributions.BatchReshape")
class BatchReshape(Distribution):
    """A distribution whose batch has another shape. Stands for
    `tf.contrib.distributions.BatchReshape`.

    Args:
      distribution: the other.
      batch_shape: a vector of integers, one of which may be -1.
      name: default "BatchReshape" and the distribution's.

    Raises:
      ValueError: `batch_shape` is no vector, or not of as many elements as the batch has members.
    """

    distribution = attribute("distribution", "The distribution with the other shape.")

    @moved
    def __init__(
        self,
        distribution: Any,
        batch_shape: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str | None = None,
    ) -> None:
        parameters = dict(locals())
        name = name or "BatchReshape" + distribution.name
        with name_scope(name, values=[batch_shape]) as name:
            given = convert_to_tensor(batch_shape, dtype=dtypes.int32, name="batch_shape")
            self._given_shape = given
            validate_init_args_statically(distribution, given)
            self._batch_shape_value, self._batch_shape_static, self._checks = calculate_reshape(
                distribution.batch_shape_tensor(), given, validate_args
            )
            self._distribution = distribution
            super().__init__(
                dtype=distribution.dtype,
                reparameterization_type=distribution.reparameterization_type,
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
                parameters=parameters,
                graph_parents=[given, *distribution._graph_parents],
                name=name,
            )

    def _batch_shape_tensor(self) -> Any:
        with control_dependencies(self._checks):
            return array_ops.identity(self._batch_shape_value)

    def _batch_shape(self) -> Any:
        return self._batch_shape_static

    def _event_shape_tensor(self) -> Any:
        with control_dependencies(self._checks):
            return array_ops.identity(self.distribution.event_shape_tensor())

    def _event_shape(self) -> Any:
        return self.distribution.event_shape

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        with control_dependencies(self._checks):
            x = self.distribution.sample(sample_shape=n, seed=seed)
            shape = array_ops.concat([[n], self._given_shape, self.event_shape_tensor()], axis=0)
            return array_ops.reshape(x, shape)

    def _log_prob(self, value: Any) -> Any:
        return self._of_draws(self.distribution.log_prob, value)

    def _prob(self, value: Any) -> Any:
        return self._of_draws(self.distribution.prob, value)

    def _log_cdf(self, value: Any) -> Any:
        return self._of_draws(self.distribution.log_cdf, value)

    def _cdf(self, value: Any) -> Any:
        return self._of_draws(self.distribution.cdf, value)

    def _log_survival_function(self, value: Any) -> Any:
        return self._of_draws(self.distribution.log_survival_function, value)

    def _survival_function(self, value: Any) -> Any:
        return self._of_draws(self.distribution.survival_function, value)

    def _entropy(self) -> Any:
        return self._statistic(self.distribution.entropy, [], TensorShape([]))

    def _mean(self) -> Any:
        return self._statistic(self.distribution.mean)

    def _mode(self) -> Any:
        return self._statistic(self.distribution.mode)

    def _stddev(self) -> Any:
        return self._statistic(self.distribution.stddev)

    def _variance(self) -> Any:
        return self._statistic(self.distribution.variance)

    def _covariance(self) -> Any:
        static = self.event_shape.concatenate(self.event_shape)
        shape = self.event_shape_tensor()
        return self._statistic(self.distribution.covariance, [shape, shape], static)

    def _statistic(
        self, method: Any, shapes: list[Any] | None = None, static: TensorShape | None = None
    ) -> Any:
        """A statistic, whose events are of the given shapes: by default the distribution's."""
        with control_dependencies(self._checks):
            if shapes is None:
                shapes, static = [self._event_shape_tensor()], self.event_shape
            shape = array_ops.concat([self._given_shape, *shapes], axis=0)
            result = array_ops.reshape(method(), shape)
            if self.batch_shape.ndims is not None and self.event_shape.ndims is not None:
                whole = self.batch_shape.concatenate(static)
                result.set_shape(result.shape.merge_with(whole))
            return result

    def _ndims(self, x: Any) -> tuple[Any, Any, Any]:
        """The ranks of `x`, of events, of the batch: numbers where known."""
        of_x = array_ops.rank(x) if x.shape.ndims is None else x.shape.ndims
        event = self.event_shape.ndims
        if event is None:
            event = array_ops.size(self.event_shape_tensor())
        batch = self.batch_shape.ndims
        if batch is None:
            batch = array_ops.size(self._given_shape)
        return of_x, event, batch

    def _of_draws(self, method: Any, x: Any) -> Any:
        """`method` of the draws `x`, with the batch's shape taken off and put back."""
        with control_dependencies(self._checks + self._value_checks(x)):
            ndims, event_ndims, batch_ndims = self._ndims(x)
            count = ndims - batch_ndims - event_ndims
            static = x.shape[:count] if isinstance(count, int) else TensorShape(None)
            samples: Any
            if static.is_fully_defined():
                samples = np.int32(static.as_list())
            else:
                samples = array_ops.shape(x)[:count]
            batch = self.distribution.batch_shape_tensor()
            shape = array_ops.concat([samples, batch, self.event_shape_tensor()], axis=0)
            result = method(array_ops.reshape(x, shape))
            shape = array_ops.concat([samples, self._given_shape], axis=0)
            result = array_ops.reshape(result, shape)
            if static.ndims is not None and self.batch_shape.ndims is not None:
                whole = static.concatenate(self.batch_shape)
                result.set_shape(result.shape.merge_with(whole))
            return result

    def _value_checks(self, x: Any) -> list[Any]:
        """That a value has all axes of the batch and of events: they are not broadcast."""
        few = "Broadcasting is not supported; too few batch and event dims"
        unexpected = "Broadcasting is not supported; unexpected batch and event shape"
        with name_scope("validate_sample_arg", values=[x]):
            ndims, event_ndims, batch_ndims = self._ndims(x)
            least = batch_ndims + event_ndims
            checks: list[Any] = []
            if isinstance(ndims, int) and isinstance(least, int):
                if ndims < least:
                    raise NotImplementedError(f"{few} (expected at least {least}, saw {ndims}).")
            elif self.validate_args:
                checks.append(
                    check_ops.assert_greater_equal(
                        ndims,
                        least,
                        message=f"{few}.",
                        name="assert_batch_and_event_ndims_large_enough",
                    )
                )
            wanted: Any
            if self.batch_shape.is_fully_defined() and self.event_shape.is_fully_defined():
                wanted = np.int32(self.batch_shape.concatenate(self.event_shape).as_list())
            else:
                parts = [self.batch_shape_tensor(), self.event_shape_tensor()]
                wanted = array_ops.concat(parts, axis=0)
            count = ndims - least
            if isinstance(count, int):
                count = max(count, 0)
            found: Any
            if isinstance(count, int) and x.shape[count:].is_fully_defined():
                found = np.int32(x.shape[count:].as_list())
            else:
                count = math_ops.maximum(count, 0)
                found = array_ops.shape(x)[count:]
            if isinstance(wanted, np.ndarray) and isinstance(found, np.ndarray):
                if any(wanted != found):
                    raise NotImplementedError(f"{unexpected} (expected {wanted}, saw {found}).")
                return checks
            if not self.validate_args:
                return []
            with control_dependencies(checks):
                check = check_ops.assert_equal(
                    wanted,
                    found,
                    message=f"{unexpected}.",
                    name="assert_batch_and_event_shape_same",
                )
            return [check]


@moved
def calculate_reshape(
    original_shape: Any, new_shape: Any, validate: bool = False, name: str | None = None
) -> tuple[Any, TensorShape, list[Any]]:
    """A shape without its -1, what is known of it, and checks that it has as many elements as
    another."""
    static = constant_value_as_shape(new_shape)
    if static.is_fully_defined():
        return np.int32(static.as_list()), static, []
    with name_scope(name, "calculate_reshape", [original_shape, new_shape]):
        size = math_ops.reduce_prod(original_shape)
        is_open = math_ops.equal(new_shape, -1)
        # The product of the others is the negative of that of all.
        rest = size // math_ops.maximum(1, -math_ops.reduce_prod(new_shape))
        rank = array_ops.shape(new_shape)
        shape = array_ops.where_v2(is_open, array_ops.fill(rank, rest), new_shape)
        if not validate:
            return shape, static, []
        checks = [
            shape_checks.assert_rank(original_shape, 1, message="Original shape must be a vector."),
            shape_checks.assert_rank(new_shape, 1, message="New shape must be a vector."),
            check_ops.assert_less_equal(
                math_ops.count_nonzero(is_open, dtype=dtypes.int32),
                1,
                message="At most one dimension can be unknown.",
            ),
            check_ops.assert_positive(shape, message="Shape elements must be >=-1."),
            check_ops.assert_equal(
                math_ops.reduce_prod(shape), size, message="Shape sizes do not match."
            ),
        ]
        return shape, static, checks


@moved
def validate_init_args_statically(distribution: Any, batch_shape: Any) -> None:
    """Raises ValueError for a shape that is known not to do."""
    rank = batch_shape.shape.ndims
    if rank not in (None, 1):
        raise ValueError(f"`batch_shape` must be a vector (saw rank: {rank}).")
    static = constant_value_as_shape(batch_shape)
    size, wanted = static.num_elements(), distribution.batch_shape.num_elements()
    if size is not None and wanted is not None and size != wanted:
        raise ValueError(
            f"`batch_shape` size ({size}) must match `distribution.batch_shape` size ({wanted})."
        )
    if static.dims is not None:
        if any(dim.value is not None and dim.value < 1 for dim in static.dims):
            raise ValueError("`batch_shape` elements must be >=-1.")
