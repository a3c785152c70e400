"""The distribution of what a bijector makes of another's draws."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, check_ops, control_flow_ops, math_ops, shape_checks
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value, constant_value_as_shape
from evergraph.graph.tensor import Tensor
from evergraph.library.distributions import util
from evergraph.library.distributions.bijector import Identity
from evergraph.library.distributions.deprecation import moved
from evergraph.library.distributions.distribution import Distribution

# Functions of tensors whose values may be known while building; then the results are constants.


def _static_value(x: Any) -> Any:
    return constant_value(convert_to_tensor(x))


def _logical_and(*conditions: Tensor) -> Tensor:
    known = [_static_value(c) for c in conditions]
    if any(value is not None and not value for value in known):
        return constant(False)
    if all(value is not None and value for value in known):
        return constant(True)
    if len(conditions) == 2:
        return math_ops.logical_and(*conditions)
    return math_ops.reduce_all(conditions)


def _logical_equal(x: Tensor, y: Tensor) -> Tensor:
    known_x, known_y = _static_value(x), _static_value(y)
    if known_x is None or known_y is None:
        return math_ops.equal(x, y)
    return constant(bool(np.array_equal(known_x, known_y)))


def _logical_not(x: Tensor) -> Tensor:
    known = _static_value(x)
    return math_ops.logical_not(x) if known is None else constant(np.logical_not(known))


def _concat_vectors(*vectors: Any) -> Tensor:
    known = [_static_value(v) for v in vectors]
    if any(value is None for value in known):
        return array_ops.concat(vectors, 0)
    return constant([number for value in known for number in value])


def _ones_like(x: Tensor) -> Tensor:
    if x.shape.is_fully_defined():
        return array_ops.ones(x.shape.as_list(), dtype=x.dtype)
    return array_ops.ones_like(x)


def _size_of_shape(shape: Tensor) -> Tensor:
    """The count of axes of a shape that is an int32 vector."""
    if shape.shape.ndims not in (None, 1):
        raise ValueError("input is not a valid shape: not 1D")
    if not shape.dtype.is_integer:
        raise TypeError("input is not a valid shape: wrong dtype")
    if shape.shape.is_fully_defined():
        return constant(shape.shape.as_list()[0])
    return array_ops.shape(shape)[0]


def _maybe_some(shape: Tensor) -> bool:
    known = constant_value(shape)
    return bool(known is None or known.size != 0)


@export("contrib.distributions.TransformedDistribution")
class TransformedDistribution(Distribution):
    """Y = bijector(X) with X of another distribution. Stands for
    `tf.contrib.distributions.TransformedDistribution`.

    Args:
      distribution: that of X.
      bijector: default the identity.
      batch_shape: for a `distribution` of a single batch member: draws for as many as this are
        independent members of a batch.
      event_shape: for a `distribution` of scalars: as many independent draws make one X.
      name: default the bijector's name and the distribution's.

    Raises:
      ValueError: a shape is given where the distribution has such axes already, or is no vector of
        positive numbers.
      TypeError: a shape is not of integers.
    """

    @moved
    def __init__(
        self,
        distribution: Any,
        bijector: Any = None,
        batch_shape: Any = None,
        event_shape: Any = None,
        validate_args: bool = False,
        name: str | None = None,
    ) -> None:
        parameters = dict(locals())
        name = name or ("" if bijector is None else bijector.name) + distribution.name
        with name_scope(name, values=[event_shape, batch_shape]) as name:
            zero = constant(0, dtype=dtypes.int32, name="zero")
            self._empty = constant([], dtype=dtypes.int32, name="empty")
            if bijector is None:
                bijector = Identity(validate_args=validate_args)

            def override(shape: Any, is_scalar: Any, label: str) -> Any:
                shape = self._checked_override(shape, is_scalar, validate_args, label)
                given = _logical_not(_logical_equal(_size_of_shape(shape), zero))
                return shape, given, _maybe_some(shape)

            found = override(batch_shape, distribution.is_scalar_batch(), "batch_shape")
            self._override_batch_shape, self._is_batch_override = found[:2]
            self._is_maybe_batch_override = found[2]
            found = override(event_shape, distribution.is_scalar_event(), "event_shape")
            self._override_event_shape, self._is_event_override = found[:2]
            self._is_maybe_event_override = found[2]
            # The axes of draws for an event come first and have to go behind those of the batch.
            self._needs_rotation = _logical_and(
                self._is_event_override,
                _logical_not(self._is_batch_override),
                _logical_not(distribution.is_scalar_batch()),
            )
            event_ndims = _size_of_shape(self._override_event_shape)
            rotates = _static_value(self._needs_rotation)
            self._rotate_ndims: Any
            if rotates is None:
                self._rotate_ndims = array_ops.where_v2(self._needs_rotation, event_ndims, 0)
            else:
                self._rotate_ndims = event_ndims if rotates else 0
            self._reduce_event_indices = math_ops.range(
                self._rotate_ndims - event_ndims, self._rotate_ndims
            )
        self._distribution = distribution
        self._bijector = bijector
        super().__init__(
            dtype=distribution.dtype,
            reparameterization_type=distribution.reparameterization_type,
            validate_args=validate_args,
            allow_nan_stats=distribution.allow_nan_stats,
            parameters=parameters,
            graph_parents=distribution._graph_parents + bijector.graph_parents,
            name=name,
        )

    def _checked_override(
        self, shape: Any, base_is_scalar: Any, validate_args: bool, name: str
    ) -> Tensor:
        shape = convert_to_tensor([] if shape is None else shape, dtype=dtypes.int32, name=name)
        if not shape.dtype.is_integer:
            raise TypeError("shape override must be an integer")
        none = _logical_equal(_size_of_shape(shape), 0)  # type: ignore[arg-type]
        if constant_value(none):
            return self._empty
        checks: list[Any] = []
        message = "shape override must be a vector"
        if shape.shape.ndims is None:
            if validate_args:
                checks.append(shape_checks.assert_rank(shape, 1, message=message))
        elif shape.shape.ndims != 1:
            raise ValueError(message)
        message, known = "shape override must have positive elements", constant_value(shape)
        if known is None:
            if validate_args:
                checks.append(check_ops.assert_positive(shape, message=message))
        elif any(size <= 0 for size in known):
            raise ValueError(message)
        neither = _logical_and(_logical_not(base_is_scalar), _logical_not(none))
        message, clash = "base distribution not scalar", constant_value(neither)
        if clash is None:
            if validate_args:
                checks.append(check_ops.assert_equal(neither, False, message=message))
        elif clash:
            raise ValueError(message)
        return control_flow_ops.with_dependencies(checks, shape) if checks else shape

    @property
    def distribution(self) -> Any:
        """The distribution of X."""
        return self._distribution

    @property
    def bijector(self) -> Any:
        """What makes Y of X."""
        return self._bijector

    def _event_shape_tensor(self) -> Any:
        shape = util.pick_vector(
            self._is_event_override,
            self._override_event_shape,
            self.distribution.event_shape_tensor(),
        )
        return self.bijector.forward_event_shape_tensor(shape)

    def _event_shape(self) -> Any:
        known = constant_value_as_shape(self._override_event_shape)
        shape = known if self._is_maybe_event_override else self.distribution.event_shape
        return self.bijector.forward_event_shape(shape)

    def _batch_shape_tensor(self) -> Any:
        return util.pick_vector(
            self._is_batch_override,
            self._override_batch_shape,
            self.distribution.batch_shape_tensor(),
        )

    def _batch_shape(self) -> Any:
        known = constant_value_as_shape(self._override_batch_shape)
        return known if self._is_maybe_batch_override else self.distribution.batch_shape

    def _sample_n(
        self,
        n: Any,
        seed: Any = None,
        bijector_kwargs: Any = None,
        distribution_kwargs: Any = None,
    ) -> Any:
        """Draws of X."""
        shape = _concat_vectors(
            util.pick_vector(self._needs_rotation, self._empty, [n]),
            self._override_batch_shape,
            self._override_event_shape,
            util.pick_vector(self._needs_rotation, [n], self._empty),
        )
        x = self.distribution.sample(sample_shape=shape, seed=seed, **(distribution_kwargs or {}))
        return self._maybe_rotate_dims(x)

    def _call_sample_n(self, sample_shape: Any, seed: Any, name: str, **kwargs: Any) -> Any:
        # Not after the base's way: the bijector gets the tensor whose inverse it will be asked for.
        with self._name_scope(name, values=[sample_shape]):
            shape = convert_to_tensor(sample_shape, dtype=dtypes.int32, name="sample_shape")
            shape, n = self._expand_sample_shape_to_vector(shape, "sample_shape")
            x = self._sample_n(n, seed, **kwargs)
            rest = array_ops.shape(x)[1:]
            x = array_ops.reshape(x, array_ops.concat([shape, rest], 0))
            y = self.bijector.forward(x, **self._bijector_kwargs(kwargs))
            return self._set_sample_static_shape(y, shape)

    def _bijector_kwargs(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        """What of the arguments of `sample` is the bijector's."""
        return kwargs

    def _of_fibers(
        self, method: str, y: Any, bijector_kwargs: Any, distribution_kwargs: Any
    ) -> list[Any]:
        """`method` of each x that is mapped to `y`, with the volume that it takes there."""
        x = self.bijector.inverse(y, **(bijector_kwargs or {}))
        event_ndims = self._maybe_get_static_event_ndims()
        ildj = self.bijector.inverse_log_det_jacobian(
            y, event_ndims=event_ndims, **(bijector_kwargs or {})
        )
        if self.bijector._is_injective:
            x, ildj = [x], [ildj]
        finish = getattr(self, f"_{method}_of_fiber")
        return [
            finish(y, each, volume, event_ndims, distribution_kwargs or {})
            for each, volume in zip(x, ildj, strict=False)
        ]

    def _log_prob(
        self, y: Any, bijector_kwargs: Any = None, distribution_kwargs: Any = None
    ) -> Any:
        fibers = self._of_fibers("log_prob", y, bijector_kwargs, distribution_kwargs)
        if self.bijector._is_injective:
            return fibers[0]
        return math_ops.reduce_logsumexp(array_ops.stack(fibers), axis=0)

    def _log_prob_of_fiber(
        self, y: Any, x: Any, ildj: Any, event_ndims: Any, kwargs: dict[str, Any]
    ) -> Any:
        x = self._maybe_rotate_dims(x, rotate_right=True)
        log_prob = self.distribution.log_prob(x, **kwargs)
        if self._is_maybe_event_override:
            log_prob = math_ops.reduce_sum(log_prob, self._reduce_event_indices)
        log_prob = self._with_volume(log_prob, ildj)
        self._set_prob_shape(log_prob, y, event_ndims)
        return log_prob

    def _prob(self, y: Any, bijector_kwargs: Any = None, distribution_kwargs: Any = None) -> Any:
        fibers = self._of_fibers("prob", y, bijector_kwargs, distribution_kwargs)
        return fibers[0] if self.bijector._is_injective else sum(fibers)

    def _prob_of_fiber(
        self, y: Any, x: Any, ildj: Any, event_ndims: Any, kwargs: dict[str, Any]
    ) -> Any:
        x = self._maybe_rotate_dims(x, rotate_right=True)
        prob = self.distribution.prob(x, **kwargs)
        if self._is_maybe_event_override:
            prob = math_ops.reduce_prod(prob, self._reduce_event_indices)
        prob = self._times_volume(prob, ildj)
        self._set_prob_shape(prob, y, event_ndims)
        return prob

    def _with_volume(self, log_prob: Any, ildj: Any) -> Any:
        return log_prob + math_ops.cast(ildj, log_prob.dtype)

    def _times_volume(self, prob: Any, ildj: Any) -> Any:
        return prob * math_ops.exp(math_ops.cast(ildj, prob.dtype))

    def _set_prob_shape(self, prob: Tensor, y: Any, event_ndims: Any) -> None:
        if self._is_maybe_event_override and isinstance(event_ndims, int):
            of_y = y.shape.with_rank_at_least(1)[:-event_ndims]
            prob.set_shape(array_ops.broadcast_static_shape(of_y, self.batch_shape))

    def _require_plain(self, method: str) -> None:
        """Methods that need the order of values, which events of several draws have not."""
        if self._is_maybe_event_override:
            raise NotImplementedError(f"{method} is not implemented when overriding event_shape")
        if not self.bijector._is_injective:
            raise NotImplementedError(
                f"{method} is not implemented when bijector is not injective."
            )

    def _of_order(self, method: str, y: Any, bijector_kwargs: Any, distribution_kwargs: Any) -> Any:
        self._require_plain(method)
        x = self.bijector.inverse(y, **(bijector_kwargs or {}))
        return getattr(self.distribution, method)(x, **(distribution_kwargs or {}))

    def _log_cdf(self, y: Any, bijector_kwargs: Any = None, distribution_kwargs: Any = None) -> Any:
        return self._of_order("log_cdf", y, bijector_kwargs, distribution_kwargs)

    def _cdf(self, y: Any, bijector_kwargs: Any = None, distribution_kwargs: Any = None) -> Any:
        return self._of_order("cdf", y, bijector_kwargs, distribution_kwargs)

    def _log_survival_function(
        self, y: Any, bijector_kwargs: Any = None, distribution_kwargs: Any = None
    ) -> Any:
        return self._of_order("log_survival_function", y, bijector_kwargs, distribution_kwargs)

    def _survival_function(
        self, y: Any, bijector_kwargs: Any = None, distribution_kwargs: Any = None
    ) -> Any:
        return self._of_order("survival_function", y, bijector_kwargs, distribution_kwargs)

    def _quantile(
        self, value: Any, bijector_kwargs: Any = None, distribution_kwargs: Any = None
    ) -> Any:
        self._require_plain("quantile")
        x = self.distribution.quantile(value, **(distribution_kwargs or {}))
        return self.bijector.forward(x, **(bijector_kwargs or {}))

    def _entropy(self) -> Any:
        if not self.bijector.is_constant_jacobian:
            raise NotImplementedError("entropy is not implemented")
        if not self.bijector._is_injective:
            raise NotImplementedError("entropy is not implemented when bijector is not injective.")
        entropy = self.distribution.entropy()
        if self._is_maybe_event_override:
            draws = math_ops.reduce_prod(self._override_event_shape)
            entropy *= math_ops.cast(draws, dtype=entropy.dtype.base_dtype)
        if self._is_maybe_batch_override:
            base = self.distribution.batch_shape_tensor
            shape = array_ops.concat([_ones_like(self._override_batch_shape), base()], 0)
            entropy = array_ops.reshape(entropy, shape)
            multiples = array_ops.concat([self._override_batch_shape, _ones_like(base())], 0)
            entropy = array_ops.tile(entropy, multiples)
        shape = array_ops.concat([self.batch_shape_tensor(), self.event_shape_tensor()], 0)
        anywhere = array_ops.zeros(shape=shape, dtype=self.dtype)
        event_ndims = self.event_shape.ndims
        if event_ndims is None:
            event_ndims = array_ops.size(self.event_shape_tensor())
        ildj = self.bijector.inverse_log_det_jacobian(anywhere, event_ndims=event_ndims)
        entropy -= math_ops.cast(ildj, entropy.dtype)
        entropy.set_shape(self.batch_shape)
        return entropy

    def _maybe_rotate_dims(self, x: Any, rotate_right: bool = False) -> Any:
        """The axes of an event's draws behind the others; `rotate_right` to the front again."""
        rotates = constant_value(self._needs_rotation)
        if rotates is not None and not rotates:
            return x
        rank = array_ops.rank(x)
        n = rank - self._rotate_ndims if rotate_right else self._rotate_ndims
        order = _concat_vectors(math_ops.range(n, rank), math_ops.range(0, n))
        return array_ops.transpose(x, order)

    def _maybe_get_static_event_ndims(self) -> Any:
        if self.event_shape.ndims is not None:
            return self.event_shape.ndims
        event_ndims = array_ops.size(self.event_shape_tensor())
        static = util.maybe_get_static_value(event_ndims)
        return event_ndims if static is None else static
