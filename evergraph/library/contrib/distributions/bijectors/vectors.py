"""Maps of vectors, and of shapes."""

from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.api import (
    array_ops,
    check_ops,
    control_flow_ops,
    gathering,
    math_ops,
    nn_ops,
    ranking_ops,
)
from evergraph.base import dtypes, tensor_shape
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.static_value import constant_value, constant_value_as_shape
from evergraph.library.contrib.distributions.bijectors.parts import checked, positive
from evergraph.library.contrib.distributions.deprecation import moved
from evergraph.library.contrib.distributions.parts import attribute
from evergraph.library.distributions import util
from evergraph.library.distributions.bijector import Bijector


@export("contrib.distributions.bijectors.Permute")
class Permute(Bijector):
    """Y[..., i] = X[..., permutation[i]]. Stands for
    `tf.contrib.distributions.bijectors.Permute`.

    Args:
      permutation: integers from 0, each once.

    Raises:
      TypeError: they are not integers.
      ValueError: they are known and no permutation.
    """

    permutation = attribute("permutation", "Where the elements come from.")

    @moved
    def __init__(
        self, permutation: Any, validate_args: bool = False, name: str | None = None
    ) -> None:
        with name_scope(name, "permute", values=[permutation]):
            permutation = convert_to_tensor(permutation, name="permutation")
            if not permutation.dtype.is_integer:
                raise TypeError(
                    f"permutation.dtype ({permutation.dtype.name}) should be `int`-like."
                )
            message = "Permutation over `d` must contain exactly one of each of `{0, 1, ..., d}`."
            places = constant_value(permutation)
            if places is not None:
                if set(places) != set(np.arange(places.size)):
                    raise ValueError(message)
            elif validate_args:
                negated = -permutation
                size = array_ops.shape(permutation)[-1]
                descending, _ = ranking_ops.top_k(negated, k=size, sorted=True)
                found = -descending
                wanted = math_ops.range(array_ops.size(descending))
                check = check_ops.assert_equal(found, wanted, message=message)
                permutation = control_flow_ops.with_dependencies([check], permutation)
            self._permutation = permutation
            super().__init__(
                forward_min_event_ndims=1,
                is_constant_jacobian=True,
                validate_args=validate_args,
                name=name or "permute",
            )

    def _forward(self, x: Any) -> Any:
        return array_ops.gather(x, self.permutation, axis=-1)

    def _inverse(self, y: Any) -> Any:
        return array_ops.gather(y, array_ops.invert_permutation(self.permutation), axis=-1)

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return constant(0.0, dtype=y.dtype.base_dtype)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        return constant(0.0, dtype=x.dtype.base_dtype)


class _OfVector(Bijector):
    """A map of vectors to vectors with `_longer` elements more."""

    _longer = 0

    def _forward_event_shape(self, input_shape: Any) -> Any:
        if input_shape.ndims is None or input_shape[-1] is None:
            return input_shape
        return TensorShape([self._grown(input_shape[-1])])

    def _forward_event_shape_tensor(self, input_shape: Any) -> Any:
        return self._grown(input_shape[-1])[..., array_ops.newaxis]

    def _inverse_event_shape(self, output_shape: Any) -> Any:
        if output_shape.ndims is None or output_shape[-1] is None:
            return output_shape
        if output_shape[-1] <= 1:
            size = tensor_shape.dimension_value(output_shape[-1])
            raise ValueError(f"output_shape[-1] = {size} <= 1")
        return TensorShape([self._shrunk(output_shape[-1])])

    def _inverse_event_shape_tensor(self, output_shape: Any) -> Any:
        if self.validate_args:
            message = "Need last dimension greater than 1."
            check = check_ops.assert_greater(output_shape[-1], 1, message=message)
            output_shape = control_flow_ops.with_dependencies([check], output_shape)
        return self._shrunk(output_shape[-1])[..., array_ops.newaxis]

    def _grown(self, size: Any) -> Any:
        return size + self._longer if self._longer else size

    def _shrunk(self, size: Any) -> Any:
        return size - self._longer if self._longer else size


@export("contrib.distributions.bijectors.Ordered")
class Ordered(_OfVector):
    """Y[0] = X[0], Y[i] = log(X[i] - X[i - 1]), of increasing vectors X. Stands for
    `tf.contrib.distributions.bijectors.Ordered`."""

    @moved
    def __init__(self, validate_args: bool = False, name: str = "ordered") -> None:
        super().__init__(forward_min_event_ndims=1, validate_args=validate_args, name=name)

    def _forward(self, x: Any) -> Any:
        x = self._increasing(x)
        first = x[..., 0, array_ops.newaxis]
        rest = math_ops.log(x[..., 1:] - x[..., :-1])
        return array_ops.concat([first, rest], axis=-1)

    def _inverse(self, y: Any) -> Any:
        first = y[..., 0, array_ops.newaxis]
        rest = math_ops.exp(y[..., 1:])
        return math_ops.cumsum(array_ops.concat([first, rest], axis=-1), axis=-1)

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return math_ops.reduce_sum(y[..., 1:], axis=-1)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        x = self._increasing(x)
        return -math_ops.reduce_sum(math_ops.log(x[..., 1:] - x[..., :-1]), axis=-1)

    def _increasing(self, x: Any) -> Any:
        check = positive("Forward transformation input must be strictly increasing.")
        return checked(x, self.validate_args, lambda x: check(x[..., 1:] - x[..., :-1]))


@export("contrib.distributions.bijectors.SoftmaxCentered")
class SoftmaxCentered(_OfVector):
    """Y = softmax([X, 0]), with one element more than X. Stands for
    `tf.contrib.distributions.bijectors.SoftmaxCentered`."""

    _longer = 1

    @moved
    def __init__(self, validate_args: bool = False, name: str = "softmax_centered") -> None:
        super().__init__(forward_min_event_ndims=1, validate_args=validate_args, name=name)

    def _forward(self, x: Any) -> Any:
        y = util.pad(x, axis=-1, back=True)
        self._set_size(y, x, self._grown)
        return nn_ops.softmax(y)

    def _inverse(self, y: Any) -> Any:
        x = math_ops.log(y)
        log_normalization = (-x[..., -1])[..., array_ops.newaxis]
        x = x[..., :-1] + log_normalization
        self._set_size(x, y, self._shrunk)
        return x

    @staticmethod
    def _set_size(made: Any, of: Any, changed: Callable[[Any], Any]) -> None:
        if of.shape.ndims is not None:
            shape = of.shape[:-1].concatenate([changed(of.shape.dims[-1])])
            made.shape.assert_is_compatible_with(shape)
            made.set_shape(shape)

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        # The determinant is the product of Y: a diagonal less an outer product.
        return -math_ops.reduce_sum(math_ops.log(y), axis=-1)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        norm = nn_ops.softplus(math_ops.reduce_logsumexp(x, axis=-1, keepdims=True))
        minus_norm = -norm
        total = minus_norm + math_ops.reduce_sum(x - norm, axis=-1, keepdims=True)
        return array_ops.squeeze(total, axis=-1)


def _static_size(shape: Any) -> Any:
    return tensor_shape.dimension_value(shape.shape.with_rank_at_least(1)[0])


@export("contrib.distributions.bijectors.Reshape")
class Reshape(Bijector):
    """Events of one shape as events of another. Stands for
    `tf.contrib.distributions.bijectors.Reshape`.

    Args:
      event_shape_out: a vector of integers, at most one of them -1.
      event_shape_in: the same.

    Raises:
      TypeError: they are not integers.
      ValueError: they are known and no shapes.
    """

    @moved
    def __init__(
        self,
        event_shape_out: Any,
        event_shape_in: Any = (-1,),
        validate_args: bool = False,
        name: str | None = None,
    ) -> None:
        with name_scope(name, "reshape", values=[event_shape_out, event_shape_in]):
            self._event_shape_out = convert_to_tensor(
                event_shape_out, name="event_shape_out", preferred_dtype=dtypes.int32
            )
            self._event_shape_in = convert_to_tensor(
                event_shape_in, name="event_shape_in", preferred_dtype=dtypes.int32
            )
            self._assertions = [
                check
                for shape in (self._event_shape_out, self._event_shape_in)
                for check in self._shape_checks(shape, validate_args)
            ]
            super().__init__(
                forward_min_event_ndims=0,
                is_constant_jacobian=True,
                validate_args=validate_args,
                name=name or "reshape",
            )

    @staticmethod
    def _shape_checks(shape: Any, validate_args: bool) -> list[Any]:
        if not shape.dtype.is_integer:
            raise TypeError(f"{shape} dtype ({shape.dtype.name}) should be `int`-like.")
        checks = []
        rank = array_ops.rank(shape)
        known_rank = constant_value(rank)
        if known_rank is not None and known_rank > 1:
            raise ValueError(f"`{shape}` rank ({known_rank}) should be <= 1.")
        if validate_args:
            message = f"`{shape}` rank should be <= 1."
            checks.append(check_ops.assert_less_equal(rank, 1, message=message))
        known = constant_value_as_shape(shape)
        too_many = "must have at most one `-1`"
        too_small = "elements must be either positive integers or `-1`"
        if known.is_fully_defined():
            sizes = np.int32(known.as_list())
            if sum(sizes == -1) > 1:
                raise ValueError(f"`{shape}` {too_many} (given {sizes})")
            if np.any(sizes < -1):
                raise ValueError(f"`{shape}` {too_small}(given {sizes}).")
        elif validate_args:
            open_ones = math_ops.cast(math_ops.equal(shape, -1), dtypes.int32)
            checks.append(
                check_ops.assert_less_equal(
                    math_ops.reduce_sum(open_ones), 1, message=f"`{shape}` elements {too_many}."
                )
            )
            message = f"`{shape}` {too_small}."
            checks.append(check_ops.assert_greater_equal(shape, -1, message=message))
        return checks

    def _reshaped(self, x: Any, event_shape_in: Any, event_shape_out: Any) -> Any:
        static_ndims = _static_size(event_shape_in)
        event_ndims = array_ops.shape(event_shape_in)[0]
        static_rank, rank = x.shape.ndims, array_ops.rank(x)
        event: Any = None
        if static_ndims is not None and static_rank is not None:
            last = x.shape.with_rank_at_least(static_ndims)[static_rank - static_ndims :]
            if last.is_fully_defined():
                event = np.int32(last.as_list())
        x_event_shape = event
        if event is None:
            x_event_shape = array_ops.shape(x)[rank - event_ndims :]
        wanted = constant_value(event_shape_in)
        if event is not None and wanted is not None:
            if not np.equal(event[wanted >= 0], wanted[wanted >= 0]).all():
                raise ValueError(
                    f"Input `event_shape` does not match `event_shape_in` ({event} vs {wanted})."
                )
        elif self.validate_args:
            given = array_ops.reshape(event_shape_in >= 0, [-1])
            found = gathering.boolean_mask(x_event_shape, given)
            specified = gathering.boolean_mask(event_shape_in, given)
            message = "Input `event_shape` does not match `event_shape_in`."
            check = check_ops.assert_equal(found, specified, message=message)
            x = control_flow_ops.with_dependencies([check], x)
        shape = array_ops.shape(x)
        count = x.shape.ndims if x.shape.ndims is not None else array_ops.rank(x)
        rest = shape[: count - math_ops.abs(event_ndims)]
        # A reshape to a constant shape has a known shape.
        if static_ndims is not None and static_ndims == static_rank:
            return array_ops.reshape(x, event_shape_out)
        return array_ops.reshape(x, array_ops.concat([rest, event_shape_out], axis=0))

    def _forward(self, x: Any) -> Any:
        with control_dependencies(self._assertions):
            return self._reshaped(x, self._event_shape_in, self._event_shape_out)

    def _inverse(self, y: Any) -> Any:
        with control_dependencies(self._assertions):
            return self._reshaped(y, self._event_shape_out, self._event_shape_in)

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        with control_dependencies(self._assertions):
            return constant(0.0, dtype=y.dtype)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        with control_dependencies(self._assertions):
            return constant(0.0, dtype=x.dtype)

    def _forward_event_shape(self, input_shape: Any) -> Any:
        with control_dependencies(self._assertions):
            return self.forward(array_ops.zeros(dtype=dtypes.float32, shape=input_shape)).shape

    def _inverse_event_shape(self, output_shape: Any) -> Any:
        with control_dependencies(self._assertions):
            return self.inverse(array_ops.zeros(dtype=dtypes.float32, shape=output_shape)).shape

    def _forward_event_shape_tensor(self, input_shape: Any) -> Any:
        with control_dependencies(self._assertions):
            example = array_ops.zeros(dtype=dtypes.float32, shape=input_shape)
            return array_ops.shape(self.forward(example))

    def _inverse_event_shape_tensor(self, output_shape: Any) -> Any:
        with control_dependencies(self._assertions):
            example = array_ops.zeros(dtype=dtypes.float32, shape=output_shape)
            return array_ops.shape(self.inverse(example))
