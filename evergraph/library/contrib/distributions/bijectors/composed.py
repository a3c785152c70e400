"""Bijectors made of bijectors or of functions."""

from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.library.contrib.distributions.deprecation import moved
from evergraph.library.contrib.distributions.parts import attribute
from evergraph.library.distributions.bijector import Bijector


@export("contrib.distributions.bijectors.ConditionalBijector")
class ConditionalBijector(Bijector):
    """A bijector whose methods take further arguments, which they hand on to the private ones.
    Stands for `tf.contrib.distributions.bijectors.ConditionalBijector`."""

    def forward(self, x: Any, name: str = "forward", **condition_kwargs: Any) -> Any:
        """f(x)."""
        return self._call_forward(x, name, **condition_kwargs)

    def inverse(self, y: Any, name: str = "inverse", **condition_kwargs: Any) -> Any:
        """The x that is mapped to `y`."""
        return self._call_inverse(y, name, **condition_kwargs)

    def inverse_log_det_jacobian(
        self,
        y: Any,
        event_ndims: Any,
        name: str = "inverse_log_det_jacobian",
        **condition_kwargs: Any,
    ) -> Any:
        """log |det dX/dY| at `y`, summed over events of `event_ndims` axes."""
        return self._call_inverse_log_det_jacobian(y, event_ndims, name, **condition_kwargs)

    def forward_log_det_jacobian(
        self,
        x: Any,
        event_ndims: Any,
        name: str = "forward_log_det_jacobian",
        **condition_kwargs: Any,
    ) -> Any:
        """log |det dY/dX| at `x`, summed over events of `event_ndims` axes."""
        return self._call_forward_log_det_jacobian(x, event_ndims, name, **condition_kwargs)


@export("contrib.distributions.bijectors.Invert")
class Invert(Bijector):
    """The inverse of another. Stands for `tf.contrib.distributions.bijectors.Invert`.

    Raises:
      NotImplementedError: `bijector` is not injective.
    """

    bijector = attribute("bijector", "The other.")

    @moved
    def __init__(self, bijector: Any, validate_args: bool = False, name: str | None = None) -> None:
        if not bijector._is_injective:
            raise NotImplementedError("Invert is not implemented for non-injective bijectors.")
        self._bijector = bijector
        super().__init__(
            graph_parents=bijector.graph_parents,
            forward_min_event_ndims=bijector.inverse_min_event_ndims,
            inverse_min_event_ndims=bijector.forward_min_event_ndims,
            is_constant_jacobian=bijector.is_constant_jacobian,
            validate_args=validate_args,
            dtype=bijector.dtype,
            name=name or f"invert_{bijector.name}",
        )

    def _forward_event_shape(self, input_shape: Any) -> Any:
        return self.bijector._inverse_event_shape(input_shape)

    def _forward_event_shape_tensor(self, input_shape: Any) -> Any:
        return self.bijector._inverse_event_shape_tensor(input_shape)

    def _inverse_event_shape(self, output_shape: Any) -> Any:
        return self.bijector._forward_event_shape(output_shape)

    def _inverse_event_shape_tensor(self, output_shape: Any) -> Any:
        return self.bijector._forward_event_shape_tensor(output_shape)

    def _forward(self, x: Any, **kwargs: Any) -> Any:
        return self.bijector._inverse(x, **kwargs)

    def _inverse(self, y: Any, **kwargs: Any) -> Any:
        return self.bijector._forward(y, **kwargs)

    def _inverse_log_det_jacobian(self, y: Any, **kwargs: Any) -> Any:
        return self.bijector._forward_log_det_jacobian(y, **kwargs)

    def _forward_log_det_jacobian(self, x: Any, **kwargs: Any) -> Any:
        return self.bijector._inverse_log_det_jacobian(x, **kwargs)


@export("contrib.distributions.bijectors.Inline")
class Inline(Bijector):
    """A bijector of the functions that are given. Stands for
    `tf.contrib.distributions.bijectors.Inline`.

    Args:
      forward_fn, inverse_fn, inverse_log_det_jacobian_fn, forward_log_det_jacobian_fn: what its
        methods call; NotImplementedError where there is none.
      forward_event_shape_fn, forward_event_shape_tensor_fn, inverse_event_shape_fn,
        inverse_event_shape_tensor_fn: what becomes of shapes; default that they stay.
      forward_min_event_ndims, inverse_min_event_ndims: one of the two is needed.
    """

    @moved
    def __init__(
        self,
        forward_fn: Any = None,
        inverse_fn: Any = None,
        inverse_log_det_jacobian_fn: Any = None,
        forward_log_det_jacobian_fn: Any = None,
        forward_event_shape_fn: Any = None,
        forward_event_shape_tensor_fn: Any = None,
        inverse_event_shape_fn: Any = None,
        inverse_event_shape_tensor_fn: Any = None,
        is_constant_jacobian: bool = False,
        validate_args: bool = False,
        forward_min_event_ndims: int | None = None,
        inverse_min_event_ndims: int | None = None,
        name: str = "inline",
    ) -> None:
        super().__init__(
            forward_min_event_ndims=forward_min_event_ndims,
            inverse_min_event_ndims=inverse_min_event_ndims,
            is_constant_jacobian=is_constant_jacobian,
            validate_args=validate_args,
            name=name,
        )
        self._functions = {
            "forward": forward_fn,
            "inverse": inverse_fn,
            "inverse_log_det_jacobian": inverse_log_det_jacobian_fn,
            "forward_log_det_jacobian": forward_log_det_jacobian_fn,
            "forward_event_shape": forward_event_shape_fn,
            "forward_event_shape_tensor": forward_event_shape_tensor_fn,
            "inverse_event_shape": inverse_event_shape_fn,
            "inverse_event_shape_tensor": inverse_event_shape_tensor_fn,
        }

    def _shape(self, method: str, shape: Any) -> Any:
        function = self._functions[method]
        return shape if function is None else function(shape)

    def _value(self, method: str, value: Any, kwargs: dict[str, Any]) -> Any:
        function = self._functions[method]
        if not callable(function):
            raise NotImplementedError(f"{method}_fn is not a callable function.")
        return function(value, **kwargs)

    def _forward_event_shape(self, input_shape: Any) -> Any:
        return self._shape("forward_event_shape", input_shape)

    def _forward_event_shape_tensor(self, input_shape: Any) -> Any:
        return self._shape("forward_event_shape_tensor", input_shape)

    def _inverse_event_shape(self, output_shape: Any) -> Any:
        return self._shape("inverse_event_shape", output_shape)

    def _inverse_event_shape_tensor(self, output_shape: Any) -> Any:
        return self._shape("inverse_event_shape_tensor", output_shape)

    def _forward(self, x: Any, **kwargs: Any) -> Any:
        return self._value("forward", x, kwargs)

    def _inverse(self, y: Any, **kwargs: Any) -> Any:
        return self._value("inverse", y, kwargs)

    def _inverse_log_det_jacobian(self, y: Any, **kwargs: Any) -> Any:
        return self._value("inverse_log_det_jacobian", y, kwargs)

    def _forward_log_det_jacobian(self, x: Any, **kwargs: Any) -> Any:
        return self._value("forward_log_det_jacobian", x, kwargs)


def _least_event_ndims(taken_and_given: list[tuple[int, int]]) -> int:
    """How many axes a chain takes at once.

    Args:
      taken_and_given: of each link from the first, how many axes it takes and how many it makes.
    """
    least = 0
    reach = 0  # how many axes of what the next link gets are known to be part of an event
    for taken, given in taken_and_given:
        least += max(taken - reach, 0)
        reach = max(taken, reach) - (taken - given)
    return least


@export("contrib.distributions.bijectors.Chain")
class Chain(Bijector):
    """bijectors[0](bijectors[1](... X)). Stands for `tf.contrib.distributions.bijectors.Chain`.

    Args:
      bijectors: the last is the first to be applied; none for the identity. Arguments for those
        that are conditional are given as name={argument: value}.

    Raises:
      ValueError: they have different dtypes.
      NotImplementedError: one is not injective.
    """

    bijectors = attribute("bijectors", "Its links, the outermost first.")

    @moved
    def __init__(
        self, bijectors: Any = None, validate_args: bool = False, name: str | None = None
    ) -> None:
        bijectors = () if bijectors is None else bijectors
        self._bijectors = bijectors
        for link in bijectors:
            if not link._is_injective:
                raise NotImplementedError(
                    f"Invert is not implemented for non-injective bijector ({link.name})"
                )
        found = list({link.dtype for link in bijectors})
        if len(found) > 2:
            raise ValueError(f"incompatible dtypes: {found}")
        # Of two, one is taken to be None, as in TensorFlow.
        dtype = next((each for each in found if each is not None), None)
        ndims = [(b.inverse_min_event_ndims, b.forward_min_event_ndims) for b in bijectors]
        super().__init__(
            graph_parents=[parent for b in bijectors for parent in b.graph_parents],
            forward_min_event_ndims=_least_event_ndims([(f, i) for i, f in reversed(ndims)]),
            inverse_min_event_ndims=_least_event_ndims(ndims),
            is_constant_jacobian=all(b.is_constant_jacobian for b in bijectors),
            validate_args=validate_args,
            dtype=dtype,
            name=name
            or ("_of_".join(["chain", *(b.name for b in bijectors)]) if bijectors else "identity"),
        )

    def _forward_event_shape(self, input_shape: Any) -> Any:
        for link in reversed(self.bijectors):
            input_shape = link.forward_event_shape(input_shape)
        return input_shape

    def _forward_event_shape_tensor(self, input_shape: Any) -> Any:
        for link in reversed(self.bijectors):
            input_shape = link.forward_event_shape_tensor(input_shape)
        return input_shape

    def _inverse_event_shape(self, output_shape: Any) -> Any:
        for link in self.bijectors:
            output_shape = link.inverse_event_shape(output_shape)
        return output_shape

    def _inverse_event_shape_tensor(self, output_shape: Any) -> Any:
        for link in self.bijectors:
            output_shape = link.inverse_event_shape_tensor(output_shape)
        return output_shape

    def _forward(self, x: Any, **kwargs: Any) -> Any:
        for link in reversed(self.bijectors):
            x = link.forward(x, **kwargs.get(link.name, {}))
        return x

    def _inverse(self, y: Any, **kwargs: Any) -> Any:
        for link in self.bijectors:
            y = link.inverse(y, **kwargs.get(link.name, {}))
        return y

    def _forward_log_det_jacobian(self, x: Any, **kwargs: Any) -> Any:
        x = convert_to_tensor(x, name="x")
        links = list(reversed(self.bijectors))
        return self._sum_over_links("forward", links, x, self.forward_min_event_ndims, kwargs)

    def _inverse_log_det_jacobian(self, y: Any, **kwargs: Any) -> Any:
        y = convert_to_tensor(y, name="y")
        return self._sum_over_links(
            "inverse", list(self.bijectors), y, self.inverse_min_event_ndims, kwargs
        )

    def _sum_over_links(
        self, way: str, links: list[Any], value: Any, ndims: Any, kwargs: dict[str, Any]
    ) -> Any:
        """The log determinants of the links, each at what the one before it made of `value`."""
        total = math_ops.cast(0.0, dtype=value.dtype.base_dtype)
        if not links:
            return total
        ndims = self._maybe_get_static_event_ndims(ndims)

        def is_known() -> bool:
            return value.shape.is_fully_defined() and isinstance(ndims, int)

        if is_known():
            shape = value.shape[value.shape.ndims - ndims :]
        else:
            shape = array_ops.shape(value)[array_ops.rank(value) - ndims :]
        for link in links:
            own = kwargs.get(link.name, {})
            log_det_jacobian = getattr(link, f"{way}_log_det_jacobian")
            total += log_det_jacobian(value, event_ndims=ndims, **own)
            if is_known():
                shape = getattr(link, f"{way}_event_shape")(shape)
                ndims = self._maybe_get_static_event_ndims(shape.ndims)
            else:
                shape = getattr(link, f"{way}_event_shape_tensor")(shape)
                ndims = array_ops.size(shape)
                static = self._maybe_get_static_event_ndims(ndims)
                ndims = ndims if static is None else static
            value = getattr(link, way)(value, **own)
        return total
