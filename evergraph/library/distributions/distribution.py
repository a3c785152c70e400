"""What distributions share: names, shapes, samples, and methods in terms of one another."""

import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.export import export, export_constant
from evergraph.base.tensor_shape import TensorShape, as_shape
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor, is_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor
from evergraph.library.distributions import kullback_leibler, util
from evergraph.library.distributions.deprecation import moved

# Public methods that say what a class's own version of the private method adds to them.
_DOCUMENTED_BY_CLASSES = (
    "batch_shape_tensor cdf covariance cross_entropy entropy event_shape_tensor kl_divergence "
    "log_cdf log_prob log_survival_function mean mode prob stddev survival_function variance"
).split()


@export("distributions.ReparameterizationType", "contrib.distributions.ReparameterizationType")
class ReparameterizationType:
    """Whether samples are differentiable functions of the parameters. Stands for
    `tf.distributions.ReparameterizationType`; there are two, each equal to itself only."""

    @moved
    def __init__(self, rep_type: str) -> None:
        self._rep_type = rep_type

    def __repr__(self) -> str:
        return f"<Reparameteriation Type: {self._rep_type}>"  # spelled as TensorFlow does

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = None  # type: ignore[assignment]


def _reparameterization(rep_type: str) -> ReparameterizationType:
    made = ReparameterizationType.__new__(ReparameterizationType)
    made._rep_type = rep_type
    return made


# Gradients flow through samples to every parameter, or need not.
FULLY_REPARAMETERIZED = _reparameterization("FULLY_REPARAMETERIZED")
NOT_REPARAMETERIZED = _reparameterization("NOT_REPARAMETERIZED")
for _name in ("FULLY_REPARAMETERIZED", "NOT_REPARAMETERIZED"):
    export_constant(__name__, _name, f"distributions.{_name}", f"contrib.distributions.{_name}")


def _first_of(*ways: Callable[[], Any]) -> Any:
    """What the first way that is implemented gives; the complaint of the first if none is."""
    complaint: NotImplementedError | None = None
    for way in ways:
        try:
            return way()
        except NotImplementedError as error:
            complaint = complaint or error
    assert complaint is not None
    raise complaint


@export("distributions.Distribution", "contrib.distributions.Distribution")
class Distribution:
    """A batch of independent distributions of one family. Stands for
    `tf.distributions.Distribution`.

    A sample has the shape sample_shape + batch_shape + event_shape: how many draws were asked for,
    how many distributions the parameters make when broadcast, and what a single draw looks like.

    A class of its own implements the methods with an underscore that its family has
    (`_log_prob(value)`, `_sample_n(n, seed)`, `_batch_shape()`, ...). The public methods open name
    scopes, convert, and where one is missing try another: prob is exp(log_prob), stddev the root
    of variance, survival_function 1 - cdf, and so on. What cannot be had raises
    NotImplementedError.

    Args:
      dtype: the DType of samples.
      reparameterization_type: FULLY_REPARAMETERIZED or NOT_REPARAMETERIZED.
      validate_args: True to check parameters and values at run time.
      allow_nan_stats: True for NaN where a statistic is not defined; False for an error.
      parameters: the arguments of the constructor, for `copy`.
      graph_parents: tensors that it is made of.
      name: prefix of the names of its nodes; one that ends with a slash is taken as it is.

    Raises:
      ValueError: a graph parent is no tensor.
    """

    @moved
    def __init__(
        self,
        dtype: Any,
        reparameterization_type: Any,
        validate_args: bool,
        allow_nan_stats: bool,
        parameters: dict[str, Any] | None = None,
        graph_parents: list[Any] | None = None,
        name: str | None = None,
    ) -> None:
        parents = [] if graph_parents is None else graph_parents
        for i, parent in enumerate(parents):
            if not is_tensor(parent):
                raise ValueError(f"Graph parent item {i} is not a Tensor; {parent}.")
        if not name or name[-1] != "/":
            with name_scope(name or type(self).__name__) as name:
                pass
        self._dtype = dtype
        self._reparameterization_type = reparameterization_type
        self._allow_nan_stats = allow_nan_stats
        self._validate_args = validate_args
        self._parameters = parameters or {}
        self._graph_parents = parents
        self._name = name

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Add the docstrings of private methods to those of the public ones."""
        super().__init_subclass__(**kwargs)
        for public in _DOCUMENTED_BY_CLASSES:
            own = vars(cls).get(f"_{public}")
            if own is None or not own.__doc__ or public in vars(cls):
                continue
            inherited = getattr(cls, public)
            method = types.FunctionType(
                inherited.__code__,
                inherited.__globals__,
                inherited.__name__,
                inherited.__defaults__,
                inherited.__closure__,
            )
            note = f"Additional documentation from `{cls.__name__}`:"
            method.__doc__ = f"{inherited.__doc__}\n\n{note}\n\n{own.__doc__}"
            setattr(cls, public, method)

    @classmethod
    def param_shapes(
        cls, sample_shape: Any, name: str = "DistributionParamShapes"
    ) -> dict[str, Tensor]:
        """By name, the shapes of the parameters with which `sample()` has the given shape."""
        with name_scope(name, values=[sample_shape]):
            return cls._param_shapes(sample_shape)

    @classmethod
    def param_static_shapes(cls, sample_shape: Any) -> dict[str, TensorShape]:
        """`param_shapes` as TensorShapes.

        Raises:
          ValueError: the shape is not known while building.
        """
        if isinstance(sample_shape, TensorShape):
            if not sample_shape.is_fully_defined():
                raise ValueError("TensorShape sample_shape must be fully defined")
            sample_shape = sample_shape.as_list()
        shapes = {k: constant_value(v) for k, v in cls.param_shapes(sample_shape).items()}
        if any(shape is None for shape in shapes.values()):
            raise ValueError("sample_shape must be a fully-defined TensorShape or list/tuple")
        return {k: TensorShape(shape) for k, shape in shapes.items()}

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        raise NotImplementedError("_param_shapes not implemented")

    @property
    def name(self) -> Any:
        """The prefix of its nodes' names, with a slash."""
        return self._name

    @property
    def dtype(self) -> Any:
        """The DType of samples."""
        return self._dtype

    @property
    def parameters(self) -> dict[str, Any]:
        """The arguments that it was made with."""
        return {
            key: value
            for key, value in self._parameters.items()
            if not key.startswith("__") and key != "self"
        }

    @property
    def reparameterization_type(self) -> Any:
        """FULLY_REPARAMETERIZED or NOT_REPARAMETERIZED."""
        return self._reparameterization_type

    @property
    def allow_nan_stats(self) -> bool:
        """Whether statistics that are not defined are NaN; else they are errors."""
        return self._allow_nan_stats

    @property
    def validate_args(self) -> bool:
        """Whether parameters and values are checked at run time."""
        return self._validate_args

    def copy(self, **override_parameters_kwargs: Any) -> Any:
        """Another of its class, with other values for some of its arguments."""
        return type(self)(**{**self.parameters, **override_parameters_kwargs})

    def _missing(self, method: str) -> NotImplementedError:
        return NotImplementedError(f"{method} is not implemented: {type(self).__name__}")

    # Shapes.

    def _batch_shape_tensor(self) -> Any:
        raise self._missing("batch_shape_tensor")

    def batch_shape_tensor(self, name: str = "batch_shape_tensor") -> Tensor:
        """The shape of the batch as an int32 vector."""
        with self._name_scope(name):
            if self.batch_shape.is_fully_defined():
                dims = self.batch_shape.as_list()
                return convert_to_tensor(dims, dtype=dtypes.int32, name="batch_shape")
            return self._batch_shape_tensor()

    def _batch_shape(self) -> Any:
        return TensorShape(None)

    @property
    def batch_shape(self) -> TensorShape:
        """What is known of the shape of the batch."""
        return as_shape(self._batch_shape())

    def _event_shape_tensor(self) -> Any:
        raise self._missing("event_shape_tensor")

    def event_shape_tensor(self, name: str = "event_shape_tensor") -> Tensor:
        """The shape of a single draw as an int32 vector."""
        with self._name_scope(name):
            if self.event_shape.is_fully_defined():
                dims = self.event_shape.as_list()
                return convert_to_tensor(dims, dtype=dtypes.int32, name="event_shape")
            return self._event_shape_tensor()

    def _event_shape(self) -> Any:
        return TensorShape(None)

    @property
    def event_shape(self) -> TensorShape:
        """What is known of the shape of a single draw."""
        return as_shape(self._event_shape())

    def is_scalar_event(self, name: str = "is_scalar_event") -> Tensor:
        """Whether a single draw is a scalar: a bool tensor."""
        with self._name_scope(name):
            scalar = self._is_scalar_helper(self.event_shape, self.event_shape_tensor)
            return convert_to_tensor(scalar, name="is_scalar_event")

    def is_scalar_batch(self, name: str = "is_scalar_batch") -> Tensor:
        """Whether there is a single distribution: a bool tensor."""
        with self._name_scope(name):
            scalar = self._is_scalar_helper(self.batch_shape, self.batch_shape_tensor)
            return convert_to_tensor(scalar, name="is_scalar_batch")

    def _is_scalar_helper(
        self, static_shape: TensorShape, dynamic_shape_fn: Callable[[], Tensor]
    ) -> Any:
        if static_shape.ndims is not None:
            return static_shape.ndims == 0
        shape = dynamic_shape_fn()
        if shape.shape.is_fully_defined():
            return shape.shape.as_list() == [0]
        return math_ops.equal(array_ops.shape(shape)[0], 0)

    # Samples.

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        raise self._missing("sample_n")

    def _call_sample_n(self, sample_shape: Any, seed: Any, name: str, **kwargs: Any) -> Any:
        with self._name_scope(name, values=[sample_shape]):
            shape = convert_to_tensor(sample_shape, dtype=dtypes.int32, name="sample_shape")
            shape, n = self._expand_sample_shape_to_vector(shape, "sample_shape")
            samples = self._sample_n(n, seed, **kwargs)
            rest = array_ops.shape(samples)[1:]
            samples = array_ops.reshape(samples, array_ops.concat([shape, rest], 0))
            return self._set_sample_static_shape(samples, shape)

    def sample(self, sample_shape: Any = (), seed: Any = None, name: str = "sample") -> Any:
        """Draws of shape sample_shape + batch_shape + event_shape.

        Args:
          sample_shape: an int32 scalar or vector; by default a single draw.
          seed: the seed of the ops that draw.

        Raises:
          ValueError: `sample_shape` has a rank above 1.
        """
        return self._call_sample_n(sample_shape, seed, name)

    def _expand_sample_shape_to_vector(self, x: Tensor, name: str) -> tuple[Tensor, Any]:
        """A sample shape as a vector, and how many draws it is."""
        static = constant_value(x)
        as_numpy = x.dtype.as_numpy_dtype
        count = math_ops.reduce_prod(x) if static is None else np.prod(static, dtype=as_numpy)
        rank = x.shape.ndims
        if rank is None:
            is_scalar = math_ops.equal(array_ops.rank(x), 0)
            one = np.array([1], dtype=np.int32)
            x = array_ops.reshape(x, util.pick_vector(is_scalar, one, array_ops.shape(x)))
        elif rank == 0 and static is None:
            x = array_ops.reshape(x, [1])
        elif rank == 0:
            x = convert_to_tensor(np.array([static], dtype=as_numpy), name=name)
        elif rank != 1:
            raise ValueError("Input is neither scalar nor vector.")
        return x, count

    def _set_sample_static_shape(self, x: Tensor, sample_shape: Tensor) -> Tensor:
        """Tell a sample what is known of its three parts."""
        sample = TensorShape(constant_value(sample_shape))
        parts = [sample, self.batch_shape, self.event_shape]
        unknown = [part for part in parts if part.ndims is None]
        known = sum(part.ndims for part in parts if part.ndims is not None)
        rank = x.shape.ndims
        if rank is None and unknown:
            return x
        rest = TensorShape([None] * max(0, (rank or 0) - known))
        if len(unknown) > 1:  # the batch's place is unknown then
            if self.batch_shape.ndims is not None:
                return x
            parts = [part if part.ndims is not None else TensorShape([]) for part in parts]
            parts[1] = rest
        sample, batch, event = (rest if part.ndims is None else part for part in parts)
        x.set_shape(sample.concatenate(batch).concatenate(event))
        return x

    # Probabilities of values.

    def _of_value(self, name: str, value: Any, *ways: Callable[[Tensor], Any]) -> Any:
        """The first way that is implemented, given `value` as a tensor."""
        with self._name_scope(name, values=[value]):
            x = convert_to_tensor(value, name="value", preferred_dtype=self.dtype)
            return _first_of(*(lambda way=way: way(x) for way in ways))  # type: ignore[misc]

    def _log_prob(self, value: Any) -> Any:
        raise self._missing("log_prob")

    def _call_log_prob(self, value: Any, name: str, **kwargs: Any) -> Any:
        return self._of_value(
            name,
            value,
            lambda x: self._log_prob(x, **kwargs),
            lambda x: math_ops.log(self._prob(x, **kwargs)),
        )

    def log_prob(self, value: Any, name: str = "log_prob") -> Any:
        """The log of the density or mass at `value`, of shape sample_shape(value) + batch_shape."""
        return self._call_log_prob(value, name)

    def _prob(self, value: Any) -> Any:
        raise self._missing("prob")

    def _call_prob(self, value: Any, name: str, **kwargs: Any) -> Any:
        return self._of_value(
            name,
            value,
            lambda x: self._prob(x, **kwargs),
            lambda x: math_ops.exp(self._log_prob(x, **kwargs)),
        )

    def prob(self, value: Any, name: str = "prob") -> Any:
        """The density or mass at `value`, of shape sample_shape(value) + batch_shape."""
        return self._call_prob(value, name)

    def _log_cdf(self, value: Any) -> Any:
        raise self._missing("log_cdf")

    def _call_log_cdf(self, value: Any, name: str, **kwargs: Any) -> Any:
        return self._of_value(
            name,
            value,
            lambda x: self._log_cdf(x, **kwargs),
            lambda x: math_ops.log(self._cdf(x, **kwargs)),
        )

    def log_cdf(self, value: Any, name: str = "log_cdf") -> Any:
        """log P[X <= value]."""
        return self._call_log_cdf(value, name)

    def _cdf(self, value: Any) -> Any:
        raise self._missing("cdf")

    def _call_cdf(self, value: Any, name: str, **kwargs: Any) -> Any:
        return self._of_value(
            name,
            value,
            lambda x: self._cdf(x, **kwargs),
            lambda x: math_ops.exp(self._log_cdf(x, **kwargs)),
        )

    def cdf(self, value: Any, name: str = "cdf") -> Any:
        """P[X <= value]."""
        return self._call_cdf(value, name)

    def _log_survival_function(self, value: Any) -> Any:
        raise self._missing("log_survival_function")

    def _call_log_survival_function(self, value: Any, name: str, **kwargs: Any) -> Any:
        return self._of_value(
            name,
            value,
            lambda x: self._log_survival_function(x, **kwargs),
            lambda x: math_ops.log1p(-self.cdf(x, **kwargs)),
        )

    def log_survival_function(self, value: Any, name: str = "log_survival_function") -> Any:
        """log P[X > value]."""
        return self._call_log_survival_function(value, name)

    def _survival_function(self, value: Any) -> Any:
        raise self._missing("survival_function")

    def _call_survival_function(self, value: Any, name: str, **kwargs: Any) -> Any:
        return self._of_value(
            name,
            value,
            lambda x: self._survival_function(x, **kwargs),
            lambda x: 1.0 - self.cdf(x, **kwargs),
        )

    def survival_function(self, value: Any, name: str = "survival_function") -> Any:
        """P[X > value]."""
        return self._call_survival_function(value, name)

    def _quantile(self, value: Any) -> Any:
        raise self._missing("quantile")

    def _call_quantile(self, value: Any, name: str, **kwargs: Any) -> Any:
        return self._of_value(name, value, lambda x: self._quantile(x, **kwargs))

    def quantile(self, value: Any, name: str = "quantile") -> Any:
        """The x with P[X <= x] = value, for values in [0, 1]."""
        return self._call_quantile(value, name)

    # Statistics.

    def _entropy(self) -> Any:
        raise self._missing("entropy")

    def entropy(self, name: str = "entropy") -> Any:
        """Shannon's entropy, with natural logs."""
        with self._name_scope(name):
            return self._entropy()

    def _mean(self) -> Any:
        raise self._missing("mean")

    def mean(self, name: str = "mean") -> Any:
        """The mean."""
        with self._name_scope(name):
            return self._mean()

    def _variance(self) -> Any:
        raise self._missing("variance")

    def variance(self, name: str = "variance") -> Any:
        """E[(X - E[X])^2], of shape batch_shape + event_shape."""
        with self._name_scope(name):
            return _first_of(self._variance, lambda: math_ops.square(self._stddev()))

    def _stddev(self) -> Any:
        raise self._missing("stddev")

    def stddev(self, name: str = "stddev") -> Any:
        """The root of the variance."""
        with self._name_scope(name):
            return _first_of(self._stddev, lambda: math_ops.sqrt(self._variance()))

    def _covariance(self) -> Any:
        raise self._missing("covariance")

    def covariance(self, name: str = "covariance") -> Any:
        """The covariances between the elements of a draw, of shape batch_shape + [k, k]."""
        with self._name_scope(name):
            return self._covariance()

    def _mode(self) -> Any:
        raise self._missing("mode")

    def mode(self, name: str = "mode") -> Any:
        """The likeliest value."""
        with self._name_scope(name):
            return self._mode()

    def _cross_entropy(self, other: Any) -> Any:
        return kullback_leibler.cross_entropy(self, other, allow_nan_stats=self.allow_nan_stats)

    def cross_entropy(self, other: Any, name: str = "cross_entropy") -> Any:
        """E[-log other(X)], of shape batch_shape."""
        with self._name_scope(name):
            return self._cross_entropy(other)

    def _kl_divergence(self, other: Any) -> Any:
        return kullback_leibler.kl_divergence(self, other, allow_nan_stats=self.allow_nan_stats)

    def kl_divergence(self, other: Any, name: str = "kl_divergence") -> Any:
        """E[log self(X) - log other(X)], of shape batch_shape."""
        with self._name_scope(name):
            return self._kl_divergence(other)

    def __str__(self) -> str:
        parts = [f'"{self.name}"']
        for part in ("batch_shape", "event_shape"):
            shape = getattr(self, part)
            if shape.ndims is not None:
                parts.append(f"{part}={shape}")
        parts.append(f"dtype={self.dtype.name}")
        return f"tfp.distributions.{type(self).__name__}({', '.join(parts)})"

    def __repr__(self) -> str:
        return (
            f"<tfp.distributions.{type(self).__name__} '{self.name}' "
            f"batch_shape={self.batch_shape} event_shape={self.event_shape} "
            f"dtype={self.dtype.name}>"
        )

    @contextmanager
    def _name_scope(self, name: Any = None, values: Any = None) -> Iterator[Any]:
        """The scope of a method, in that of the distribution."""
        values = [*(values or []), *self._graph_parents]
        with name_scope(self.name), name_scope(name, values=values) as scope:
            yield scope


class ScalarDistribution(Distribution):
    """A distribution whose draws are scalars."""

    def _event_shape_tensor(self) -> Any:
        return constant([], dtype=dtypes.int32)

    def _event_shape(self) -> TensorShape:
        return TensorShape([])


class BroadcastDistribution(ScalarDistribution):
    """A distribution of scalars for each element of its parameters, broadcast together."""

    # The attributes that hold parameters.
    _parameter_names: tuple[str, ...] = ()

    @classmethod
    def _param_shapes(cls, sample_shape: Any) -> dict[str, Tensor]:  # type: ignore[override]
        shape = convert_to_tensor(sample_shape, dtype=dtypes.int32)
        return dict.fromkeys(cls._parameter_names, shape)

    def _batch_shape_tensor(self) -> Any:
        *others, shape = (array_ops.shape(p) for p in self._broadcast_parameters())
        for other in reversed(others):
            shape = array_ops.broadcast_dynamic_shape(other, shape)
        return shape

    def _batch_shape(self) -> Any:
        shape, *others = (p.shape for p in self._broadcast_parameters())
        for other in others:
            shape = array_ops.broadcast_static_shape(shape, other)
        return shape

    def _broadcast_parameters(self) -> list[Tensor]:
        return [getattr(self, name) for name in self._parameter_names]

    def _shape_of_samples(self, n: Any) -> Tensor:
        """The shape of `n` draws."""
        return array_ops.concat([[n], self.batch_shape_tensor()], 0)
