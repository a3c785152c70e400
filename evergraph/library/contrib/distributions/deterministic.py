"""Distributions of a single value."""

from typing import Any

from evergraph.api import array_ops, check_ops, control_flow_ops, math_ops, shape_checks
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.static_value import constant_value
from evergraph.library.contrib.distributions.deprecation import moved
from evergraph.library.contrib.distributions.parts import attribute
from evergraph.library.distributions.distribution import NOT_REPARAMETERIZED, Distribution


class _BaseDeterministic(Distribution):
    loc = attribute("loc", "The values.")
    atol = attribute("atol", "How far from the value still counts as it.")
    rtol = attribute("rtol", "The same, as a part of the value's size.")

    @moved
    def __init__(
        self,
        loc: Any,
        atol: Any = None,
        rtol: Any = None,
        is_vector: bool = False,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "_BaseDeterministic",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[loc, atol, rtol]) as name:
            loc = convert_to_tensor(loc, name="loc")
            self._loc = _vector(loc) if is_vector and validate_args else loc
            super().__init__(
                dtype=self._loc.dtype,
                reparameterization_type=NOT_REPARAMETERIZED,
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
                parameters=parameters,
                graph_parents=[self._loc],
                name=name,
            )
            self._atol = self._tolerance(atol)
            self._rtol = self._tolerance(rtol)
            self._slack = self.atol
            if rtol is not None:
                self._slack = self.atol + self.rtol * math_ops.abs(self.loc)

    def _tolerance(self, tolerance: Any) -> Any:
        if tolerance is None:
            return convert_to_tensor(0, dtype=self.loc.dtype)
        tolerance = convert_to_tensor(tolerance, dtype=self.loc.dtype)
        if not self.validate_args:
            return tolerance
        message = "Argument 'tol' must be non-negative"
        check = check_ops.assert_non_negative(tolerance, message=message)
        return control_flow_ops.with_dependencies([check], tolerance)

    def _entropy(self) -> Any:
        return array_ops.zeros(self.batch_shape_tensor(), dtype=self.dtype)

    def _mean(self) -> Any:
        return array_ops.identity(self.loc)

    def _variance(self) -> Any:
        return array_ops.zeros_like(self.loc)

    def _mode(self) -> Any:
        return self.mean()

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        static = constant_value(convert_to_tensor(n))
        rank = self.loc.shape.ndims
        multiples: Any
        if static is not None and rank is not None:
            multiples = [static] + [1] * rank
        else:
            ones = array_ops.ones_like(array_ops.shape(self.loc))
            multiples = array_ops.concat(([n], ones), axis=0)
        return array_ops.tile(self.loc[array_ops.newaxis, ...], multiples=multiples)


def _vector(loc: Any) -> Any:
    message = "Argument loc must be at least rank 1."
    rank = loc.shape.ndims
    if rank is None:
        check = shape_checks.assert_rank_at_least(loc, 1, message=message)
        return control_flow_ops.with_dependencies([check], loc)
    if rank < 1:
        raise ValueError(message)
    return loc


@export("contrib.distributions.Deterministic")
class Deterministic(_BaseDeterministic):
    """Always `loc`: probability 1 within atol + rtol |loc| of it, else 0. Stands for
    `tf.contrib.distributions.Deterministic`.

    Args:
      loc: the values, numbers.
      atol, rtol: not negative, of the same dtype; default 0.
    """

    @moved
    def __init__(
        self,
        loc: Any,
        atol: Any = None,
        rtol: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Deterministic",
    ) -> None:
        super().__init__(
            loc,
            atol=atol,
            rtol=rtol,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            name=name,
        )

    def _batch_shape_tensor(self) -> Any:
        return array_ops.shape(self.loc)

    def _batch_shape(self) -> Any:
        return self.loc.shape

    def _event_shape_tensor(self) -> Any:
        return constant([], dtype=dtypes.int32)

    def _event_shape(self) -> Any:
        return TensorShape([])

    def _prob(self, value: Any) -> Any:
        return math_ops.cast(math_ops.abs(value - self.loc) <= self._slack, dtype=self.dtype)

    def _cdf(self, value: Any) -> Any:
        return math_ops.cast(value >= self.loc - self._slack, dtype=self.dtype)


@export("contrib.distributions.VectorDeterministic")
class VectorDeterministic(_BaseDeterministic):
    """`Deterministic` of vectors. Stands for `tf.contrib.distributions.VectorDeterministic`.

    Args:
      loc: [..., k].

    Raises:
      ValueError: `loc` is a scalar, with validate_args.
    """

    @moved
    def __init__(
        self,
        loc: Any,
        atol: Any = None,
        rtol: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "VectorDeterministic",
    ) -> None:
        super().__init__(
            loc,
            atol=atol,
            rtol=rtol,
            is_vector=True,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            name=name,
        )

    def _batch_shape_tensor(self) -> Any:
        return array_ops.shape(self.loc)[:-1]

    def _batch_shape(self) -> Any:
        return self.loc.shape[:-1]

    def _event_shape_tensor(self) -> Any:
        return array_ops.shape(self.loc)[-1]

    def _event_shape(self) -> Any:
        return self.loc.shape[-1:]

    def _prob(self, value: Any) -> Any:
        if self.validate_args:
            is_vector = shape_checks.assert_rank_at_least(value, 1)
            size = self.event_shape_tensor()
            last = array_ops.gather(array_ops.shape(value), array_ops.rank(value) - 1)
            message = "Argument 'x' not defined in the same space R^k as this distribution"
            same_space = check_ops.assert_equal(size, last, message=message)
            with control_dependencies([is_vector]), control_dependencies([same_space]):
                value = array_ops.identity(value)
        near = math_ops.abs(value - self.loc) <= self._slack
        return math_ops.cast(math_ops.reduce_all(near, axis=-1), dtype=self.dtype)
