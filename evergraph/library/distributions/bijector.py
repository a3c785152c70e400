"""Bijectors: differentiable maps with an inverse and the log determinant of their Jacobian."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from evergraph.api import array_ops, check_ops, math_ops, shape_checks
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor, is_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor
from evergraph.library.distributions import util
from evergraph.library.distributions.deprecation import moved


def _deep_tuple(x: Any) -> Any:
    return tuple(map(_deep_tuple, x)) if isinstance(x, list | tuple) else x


def _snake_case(name: str) -> str:
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", words).lower()


class _Pair:
    """An x, the y that it is mapped to, and the log determinants by count of event axes."""

    def __init__(self, x: Any = None, y: Any = None) -> None:
        self.x = x
        self.y = y
        self.ildj: dict[Any, Any] = {}


class _Pairs:
    """What a bijector has computed, so that it need not compute again: y = f(x), then x = f'(y).

    Tensors are told apart by identity; arguments of conditional bijectors are part of the key.
    """

    def __init__(self) -> None:
        self._by_x: dict[Any, _Pair] = {}
        self._by_y: dict[Any, _Pair] = {}

    def find(self, kwargs: dict[str, Any], x: Any = None, y: Any = None) -> _Pair:
        table, value = (self._by_y, y) if x is None else (self._by_x, x)
        return table.get(self._key(value, kwargs)) or _Pair(x, y)

    def keep(self, pair: _Pair, kwargs: dict[str, Any]) -> None:
        if pair.x is not None:
            self._by_x[self._key(pair.x, kwargs)] = pair
        if pair.y is not None:
            self._by_y[self._key(pair.y, kwargs)] = pair

    @staticmethod
    def _key(value: Any, kwargs: dict[str, Any]) -> Any:
        return (id(value), *_deep_tuple(tuple(sorted(kwargs.items()))))


@export("contrib.distributions.bijectors.Bijector")
class Bijector:
    """A map Y = f(X) of samples. Stands for `tf.contrib.distributions.bijectors.Bijector`.

    A class of its own implements what it can of `_forward(x)`, `_inverse(y)`,
    `_forward_log_det_jacobian(x)`, `_inverse_log_det_jacobian(y)`, where one log determinant is
    enough, and `_forward_event_shape` and its like where shapes change. The public methods open
    name scopes, convert, sum log determinants over the axes of an event, and compute nothing
    twice for the same tensor.

    Args:
      graph_parents: tensors that it is made of.
      is_constant_jacobian: True if the log determinant is the same everywhere.
      validate_args: True to check values at run time.
      dtype: the DType of values, or None for any.
      forward_min_event_ndims: how many axes f takes at once: 0 for element-wise maps, 1 for those
        of vectors.
      inverse_min_event_ndims: the same of the inverse; one of the two is enough.
      name: prefix of the names of its nodes; default the class's, in snake case.

    Raises:
      ValueError: neither or a negative count of axes is given, or a graph parent is no tensor.
      TypeError: the counts are no ints.
    """

    def __init__(
        self,
        graph_parents: list[Any] | None = None,
        is_constant_jacobian: bool = False,
        validate_args: bool = False,
        dtype: Any = None,
        forward_min_event_ndims: int | None = None,
        inverse_min_event_ndims: int | None = None,
        name: str | None = None,
    ) -> None:
        self._graph_parents = graph_parents or []
        ndims = {
            "forward_min_event_ndims": forward_min_event_ndims,
            "inverse_min_event_ndims": inverse_min_event_ndims,
        }
        given = [n for n in ndims.values() if n is not None]
        if not given:
            raise ValueError(
                "Must specify at least one of `forward_min_event_ndims` and "
                "`inverse_min_event_ndims`."
            )
        for key, value in ndims.items():
            ndims[key] = given[0] if value is None else value
            if not isinstance(ndims[key], int):
                kind = type(ndims[key]).__name__
                raise TypeError(f"Expected {key} to be of type int, got {kind}")
        for key, value in ndims.items():
            if value < 0:  # type: ignore[operator]
                raise ValueError(f"{key} must be a non-negative integer.")
        self._forward_min_event_ndims = ndims["forward_min_event_ndims"]
        self._inverse_min_event_ndims = ndims["inverse_min_event_ndims"]
        self._is_constant_jacobian = is_constant_jacobian
        self._constant_ildj_map: dict[Any, Any] = {}
        self._validate_args = validate_args
        self._dtype = dtype
        self._pairs = _Pairs()
        self._name = name or _snake_case(type(self).__name__.lstrip("_"))
        for i, parent in enumerate(self._graph_parents):
            if parent is None or not is_tensor(parent):
                raise ValueError(f"Graph parent item {i} is not a Tensor; {parent}.")

    @property
    def graph_parents(self) -> list[Any]:
        """The tensors that it is made of."""
        return self._graph_parents

    @property
    def forward_min_event_ndims(self) -> Any:
        """How many axes `forward` takes at once."""
        return self._forward_min_event_ndims

    @property
    def inverse_min_event_ndims(self) -> Any:
        """How many axes `inverse` takes at once."""
        return self._inverse_min_event_ndims

    @property
    def is_constant_jacobian(self) -> bool:
        """Whether the log determinant is the same everywhere."""
        return self._is_constant_jacobian

    @property
    def _is_injective(self) -> bool:
        """Whether each y has one x; else `_inverse` and its log determinant return tuples."""
        return True

    @property
    def validate_args(self) -> bool:
        """Whether values are checked at run time."""
        return self._validate_args

    @property
    def dtype(self) -> Any:
        """The DType of values, or None for any."""
        return self._dtype

    @property
    def name(self) -> str:
        """The prefix of its nodes' names."""
        return self._name

    # Shapes.

    def _forward_event_shape_tensor(self, input_shape: Any) -> Any:
        return input_shape

    def forward_event_shape_tensor(
        self, input_shape: Any, name: str = "forward_event_shape_tensor"
    ) -> Any:
        """The shape of f(x) for the shape of one x, both int32 vectors."""
        with self._name_scope(name, [input_shape]):
            shape = convert_to_tensor(input_shape, dtype=dtypes.int32, name="input_shape")
            return self._forward_event_shape_tensor(shape)

    def _forward_event_shape(self, input_shape: Any) -> Any:
        return input_shape

    def forward_event_shape(self, input_shape: Any) -> Any:
        """What is known of the shape of f(x) for what is known of that of x."""
        return self._forward_event_shape(TensorShape(input_shape))

    def _inverse_event_shape_tensor(self, output_shape: Any) -> Any:
        return output_shape

    def inverse_event_shape_tensor(
        self, output_shape: Any, name: str = "inverse_event_shape_tensor"
    ) -> Any:
        """The shape of x for that of f(x), both int32 vectors."""
        with self._name_scope(name, [output_shape]):
            shape = convert_to_tensor(output_shape, dtype=dtypes.int32, name="output_shape")
            return self._inverse_event_shape_tensor(shape)

    def _inverse_event_shape(self, output_shape: Any) -> Any:
        return TensorShape(output_shape)

    def inverse_event_shape(self, output_shape: Any) -> Any:
        """What is known of the shape of x for what is known of that of f(x)."""
        return self._inverse_event_shape(output_shape)

    # Values.

    def _forward(self, x: Any) -> Any:
        raise NotImplementedError("forward not implemented.")

    def _call_forward(self, x: Any, name: str, **kwargs: Any) -> Any:
        with self._name_scope(name, [x]):
            x = self._converted(x, "x")
            if not self._is_injective:
                return self._forward(x, **kwargs)
            pair = self._pairs.find(kwargs, x=x)
            if pair.y is None:
                pair.y = self._forward(x, **kwargs)
                self._pairs.keep(pair, kwargs)
            return pair.y

    def forward(self, x: Any, name: str = "forward") -> Any:
        """f(x)."""
        return self._call_forward(x, name)

    def _inverse(self, y: Any) -> Any:
        raise NotImplementedError("inverse not implemented")

    def _call_inverse(self, y: Any, name: str, **kwargs: Any) -> Any:
        with self._name_scope(name, [y]):
            y = self._converted(y, "y")
            if not self._is_injective:
                return self._inverse(y, **kwargs)
            pair = self._pairs.find(kwargs, y=y)
            if pair.x is None:
                pair.x = self._inverse(y, **kwargs)
                self._pairs.keep(pair, kwargs)
            return pair.x

    def inverse(self, y: Any, name: str = "inverse") -> Any:
        """The x that is mapped to `y`; a tuple of all where there are several."""
        return self._call_inverse(y, name)

    def _converted(self, value: Any, name: str) -> Tensor:
        value = convert_to_tensor(value, name=name)
        if self.dtype is not None and self.dtype.base_dtype != value.dtype.base_dtype:
            raise TypeError(f"Input had dtype {self.dtype} but expected {value.dtype}.")
        return value

    # Log determinants. Inside they are always those of the inverse.

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        raise NotImplementedError("inverse_log_det_jacobian not implemented.")

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        raise NotImplementedError("forward_log_det_jacobian not implemented.")

    def _ildj_by_y(self, y: Any, event_ndims: Any, kwargs: dict[str, Any]) -> Any:
        def summed(ildj: Any) -> Any:
            return self._sum_over_event(y, ildj, self.inverse_min_event_ndims, event_ndims)

        ildj = self._inverse_log_det_jacobian(y, **kwargs)
        return summed(ildj) if self._is_injective else tuple(map(summed, ildj))

    def _ildj_by_x(self, x: Any, event_ndims: Any, kwargs: dict[str, Any]) -> Any:
        def summed(ildj: Any) -> Any:
            return self._sum_over_event(x, ildj, self.forward_min_event_ndims, event_ndims)

        fldj = self._forward_log_det_jacobian(x, **kwargs)
        return summed(-fldj) if self._is_injective else tuple(summed(-each) for each in fldj)

    def _call_inverse_log_det_jacobian(
        self, y: Any, event_ndims: Any, name: str, **kwargs: Any
    ) -> Any:
        with self._name_scope(name, [y]):
            if event_ndims in self._constant_ildj_map:
                return self._constant_ildj_map[event_ndims]
            y = self._converted(y, "y")
            checks = self._event_ndims_checks(self.inverse_min_event_ndims, event_ndims)
            with control_dependencies(checks):
                pair = self._pairs.find(kwargs, y=y) if self._is_injective else _Pair(y=y)

                def by_x() -> Any:
                    x = self._inverse(y, **kwargs) if pair.x is None else pair.x
                    ildj = self._ildj_by_x(x, event_ndims, kwargs)
                    pair.x = x
                    return ildj

                def by_y() -> Any:
                    return self._ildj_by_y(y, event_ndims, kwargs)

                if not self._is_injective:
                    return _either(by_y, by_x)
                return self._once(pair, event_ndims, kwargs, by_y, by_x)

    def inverse_log_det_jacobian(
        self, y: Any, event_ndims: Any, name: str = "inverse_log_det_jacobian"
    ) -> Any:
        """log |det dX/dY| at `y`, summed over events.

        Args:
          event_ndims: how many of the last axes are an event.

        Raises:
          ValueError: they are fewer than the map takes at once.
        """
        return self._call_inverse_log_det_jacobian(y, event_ndims, name)

    def _call_forward_log_det_jacobian(
        self, x: Any, event_ndims: Any, name: str, **kwargs: Any
    ) -> Any:
        if not self._is_injective:
            raise NotImplementedError(
                "forward_log_det_jacobian cannot be implemented for non-injective transforms."
            )
        with self._name_scope(name, [x]):
            checks = self._event_ndims_checks(self.forward_min_event_ndims, event_ndims)
            with control_dependencies(checks):
                if event_ndims in self._constant_ildj_map:
                    # TensorFlow's node is another than that of a minus.
                    return -1.0 * self._constant_ildj_map[event_ndims]
                x = self._converted(x, "x")
                pair = self._pairs.find(kwargs, x=x)

                def by_x() -> Any:
                    return self._ildj_by_x(x, event_ndims, kwargs)

                def by_y() -> Any:
                    y = self._forward(x, **kwargs) if pair.y is None else pair.y
                    ildj = self._ildj_by_y(y, event_ndims, kwargs)
                    pair.y = y
                    return ildj

                return -self._once(pair, event_ndims, kwargs, by_x, by_y)

    def forward_log_det_jacobian(
        self, x: Any, event_ndims: Any, name: str = "forward_log_det_jacobian"
    ) -> Any:
        """log |det dY/dX| at `x`, summed over events.

        Args:
          event_ndims: how many of the last axes are an event.

        Raises:
          ValueError: they are fewer than the map takes at once.
          NotImplementedError: the map is not injective.
        """
        return self._call_forward_log_det_jacobian(x, event_ndims, name)

    def _once(
        self,
        pair: _Pair,
        event_ndims: Any,
        kwargs: dict[str, Any],
        first: Callable[[], Any],
        second: Callable[[], Any],
    ) -> Any:
        """What is known of the pair, or the first way that is implemented."""
        if event_ndims not in pair.ildj:
            pair.ildj[event_ndims] = _either(first, second)
            self._pairs.keep(pair, kwargs)
            if self.is_constant_jacobian:
                self._constant_ildj_map[event_ndims] = pair.ildj[event_ndims]
        return pair.ildj[event_ndims]

    def _sum_over_event(self, value: Any, ildj: Any, min_event_ndims: Any, event_ndims: Any) -> Any:
        """The sum of `ildj` over the axes of an event of `value` that the map does not take."""
        rank = array_ops.rank(value)
        shape = array_ops.shape(value)[rank - event_ndims : rank - min_event_ndims]
        everywhere = array_ops.ones(shape, ildj.dtype) * ildj
        static = self._maybe_get_static_event_ndims(event_ndims)
        axes: Any
        if static is None:
            axes = math_ops.range(-(event_ndims - min_event_ndims), 0)
        else:
            axes = [-i for i in range(1, static - min_event_ndims + 1)]
        total = math_ops.reduce_sum(everywhere, axis=axes)
        rank = value.shape.ndims
        if static is not None and rank is not None and ildj.shape.ndims is not None:
            rest = value.shape[rank - static : rank - min_event_ndims]
            shape = array_ops.broadcast_static_shape(ildj.shape, rest)
            total.set_shape(shape[: shape.ndims - (static - min_event_ndims)])
        return total

    def _event_ndims_checks(self, min_event_ndims: Any, event_ndims: Any) -> list[Any]:
        event_ndims = convert_to_tensor(event_ndims, name="event_ndims")
        static, shape = constant_value(event_ndims), event_ndims.shape
        if not event_ndims.dtype.is_integer:
            raise ValueError(f"Expected integer dtype, got dtype {event_ndims.dtype}")
        checks = []
        if static is not None:
            if shape.ndims != 0:
                raise ValueError(f"Expected scalar event_ndims, got shape {shape}")
            if min_event_ndims > static:
                raise ValueError(
                    f"event_ndims ({static}) must be larger than min_event_ndims "
                    f"({min_event_ndims})"
                )
        elif self.validate_args:
            checks.append(check_ops.assert_greater_equal(event_ndims, min_event_ndims))
        if shape.is_fully_defined():
            if shape.ndims != 0:
                raise ValueError(f"Expected scalar shape, got ndims {shape.ndims}")
        elif self.validate_args:
            checks.append(shape_checks.assert_rank(event_ndims, 0, message="Expected scalar."))
        return checks

    @staticmethod
    def _maybe_get_static_event_ndims(event_ndims: Any) -> int | None:
        static = util.maybe_get_static_value(event_ndims)
        if isinstance(static, np.generic | np.ndarray):
            if static.dtype not in (np.int32, np.int64):
                raise ValueError(f"Expected integer dtype, got dtype {static.dtype}")
            if static.ndim:
                raise ValueError(f"Expected a scalar integer, got {static}")
            return int(static)
        return static

    @contextmanager
    def _name_scope(self, name: Any = None, values: Any = None) -> Iterator[Any]:
        """The scope of a method, in that of the bijector."""
        with name_scope(self.name), name_scope(name, values=[*(values or []), *self.graph_parents]):
            yield


def _either(first: Callable[[], Any], second: Callable[[], Any]) -> Any:
    """The first way that is implemented; the complaint of the first if none is."""
    try:
        return first()
    except NotImplementedError as complaint:
        try:
            return second()
        except NotImplementedError:
            raise complaint from None


@export("contrib.distributions.bijectors.Identity")
class Identity(Bijector):
    """Y = X. Stands for `tf.contrib.distributions.bijectors.Identity`."""

    @moved
    def __init__(self, validate_args: bool = False, name: str = "identity") -> None:
        super().__init__(
            forward_min_event_ndims=0,
            is_constant_jacobian=True,
            validate_args=validate_args,
            name=name,
        )

    def _forward(self, x: Any) -> Any:
        return x

    def _inverse(self, y: Any) -> Any:
        return y

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return constant(0.0, dtype=y.dtype)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        return constant(0.0, dtype=x.dtype)
