"""Initializers: objects that make a variable's first value, given its shape.

All are called as `initializer(shape, dtype=None, partition_info=None)`; the dtype given here goes
before the one given at construction.
"""

import math
from typing import Any, Self

import numpy as np

from evergraph.api import array_ops, linalg_ops_impl, random_ops
from evergraph.base import dtypes
from evergraph.base.deprecation import (
    deprecated,
    deprecated_arg_values,
    deprecated_args,
    deprecated_endpoints,
)
from evergraph.base.dtypes import DType
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant_v1
from evergraph.graph.tensor import Tensor

_DTYPE_IS_OLD = (
    "Call initializer instance with the dtype argument instead of passing it to the constructor"
)
_dtype_is_old = deprecated_args(None, _DTYPE_IS_OLD, "dtype")

# The deviation of a standard normal value that is cut at two deviations.
TRUNCATED_DEVIATION = 0.87962566103423978


def floating(dtype: Any) -> DType:
    """`dtype`, which must be a floating type. Raises ValueError."""
    dtype = dtypes.as_dtype(dtype)
    if not dtype.is_floating:
        raise ValueError(f"Expected floating point type, got {dtype}.")
    return dtype


def check_constant(value: Any) -> None:
    """Raises TypeError unless `value` is a number, a list or tuple, or an array."""
    if not (np.isscalar(value) or isinstance(value, (list, tuple, np.ndarray))):
        raise TypeError(
            f"Invalid type for initial value: {type(value)} (expected Python scalar, list or "
            "tuple of values, or numpy.ndarray)."
        )


def check_variance_scaling(scale: float, mode: str, distribution: str) -> str:
    """The distribution's name in small letters. Raises ValueError where an argument is wrong."""
    if scale <= 0.0:
        raise ValueError("`scale` must be positive float.")
    if mode not in ("fan_in", "fan_out", "fan_avg"):
        raise ValueError("Invalid `mode` argument:", mode)
    distribution = distribution.lower()
    if distribution not in ("normal", "uniform", "truncated_normal", "untruncated_normal"):
        raise ValueError("Invalid `distribution` argument:", distribution)
    return distribution


def _whole_shape(shape: Any, partition_info: Any) -> Any:
    """The shape of the variable of which a part, maybe, is to be initialized."""
    return shape if partition_info is None else partition_info.full_shape


def compute_fans(shape: Any) -> tuple[int, int]:
    """How many inputs and outputs a unit of a weight of this shape has."""
    if len(shape) < 1:
        return 1, 1
    if len(shape) == 1:
        return int(shape[0]), int(shape[0])
    field = 1
    for dim in shape[:-2]:
        field *= dim
    return int(shape[-2] * field), int(shape[-1] * field)


_compute_fans = compute_fans


@export("keras.initializers.Initializer")
class Initializer:
    """What all initializers have in common. Stands for `tf.keras.initializers.Initializer`."""

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        """A tensor of `shape`.

        Args:
            shape: the shape of the value.
            dtype: its dtype; default: the initializer's own.
            partition_info: where in the whole variable the value lies, if that is split.
        """
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """The arguments to make it again with `from_config`; fit for JSON."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """The initializer that `get_config` describes."""
        return cls(**config)


@export("initializers.zeros", "zeros_initializer")
@export("keras.initializers.Zeros", "keras.initializers.zeros")
@deprecated_endpoints("initializers.zeros")
class Zeros(Initializer):
    """Zeros. Stands for `tf.zeros_initializer`."""

    @_dtype_is_old
    def __init__(self, dtype: Any = dtypes.float32) -> None:
        self.dtype = dtypes.as_dtype(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        return array_ops.zeros(shape, self.dtype if dtype is None else dtype)

    def get_config(self) -> dict[str, Any]:
        return {"dtype": self.dtype.name}


@export("initializers.ones", "ones_initializer")
@export("keras.initializers.Ones", "keras.initializers.ones")
@deprecated_endpoints("initializers.ones", "ones_initializer")
class Ones(Initializer):
    """Ones. Stands for `tf.ones_initializer`."""

    @_dtype_is_old
    def __init__(self, dtype: Any = dtypes.float32) -> None:
        self.dtype = dtypes.as_dtype(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        return array_ops.ones(shape, self.dtype if dtype is None else dtype)

    def get_config(self) -> dict[str, Any]:
        return {"dtype": self.dtype.name}


@export("initializers.constant", "constant_initializer")
@export("keras.initializers.Constant", "keras.initializers.constant")
@deprecated_endpoints("constant_initializer")
class Constant(Initializer):
    """A value that is given. Stands for `tf.constant_initializer`.

    Args:
        value: a number, or a list or array of them, which fills the shape in C order; its last
            element is repeated where it is too short.
        dtype: of the result.
        verify_shape: whether `value` must have the very shape that is asked for.

    Raises:
        TypeError: for another kind of value.
    """

    @_dtype_is_old
    @deprecated_args(
        None,
        "Objects must now be the required shape or no shape can be specified",
        "verify_shape",
    )
    def __init__(
        self, value: Any = 0, dtype: Any = dtypes.float32, verify_shape: bool = False
    ) -> None:
        check_constant(value)
        self.value = value
        self.dtype = dtypes.as_dtype(dtype)
        self._verify_shape = verify_shape

    def __call__(
        self,
        shape: Any,
        dtype: Any = None,
        partition_info: Any = None,
        verify_shape: bool | None = None,
    ) -> Tensor:
        return constant_v1(
            self.value,
            dtype=self.dtype if dtype is None else dtype,
            shape=shape,
            verify_shape=self._verify_shape if verify_shape is None else verify_shape,
        )

    def get_config(self) -> dict[str, Any]:
        return {"value": self.value, "dtype": self.dtype.name}


@export("initializers.random_uniform", "random_uniform_initializer")
@deprecated_endpoints("initializers.random_uniform")
class RandomUniform(Initializer):
    """Values spread evenly over [minval, maxval). Stands for `tf.random_uniform_initializer`.

    `maxval` is 1 by default for floating types, and required for integers.
    """

    @_dtype_is_old
    def __init__(
        self,
        minval: Any = 0,
        maxval: Any = None,
        seed: int | None = None,
        dtype: Any = dtypes.float32,
    ) -> None:
        self.minval = minval
        self.maxval = maxval
        self.seed = seed
        self.dtype = dtypes.as_dtype(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        dtype = self.dtype if dtype is None else dtype
        return random_ops.random_uniform(shape, self.minval, self.maxval, dtype, seed=self.seed)

    def get_config(self) -> dict[str, Any]:
        return {
            "minval": self.minval,
            "maxval": self.maxval,
            "seed": self.seed,
            "dtype": self.dtype.name,
        }


class _Normal(Initializer):
    """Values that `_draw` makes of a mean and a deviation."""

    _draw: Any

    @_dtype_is_old
    def __init__(
        self,
        mean: Any = 0.0,
        stddev: Any = 1.0,
        seed: int | None = None,
        dtype: Any = dtypes.float32,
    ) -> None:
        self.mean = mean
        self.stddev = stddev
        self.seed = seed
        self.dtype = floating(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        dtype = self.dtype if dtype is None else dtype
        return self._draw(shape, self.mean, self.stddev, dtype, seed=self.seed)

    def get_config(self) -> dict[str, Any]:
        return {
            "mean": self.mean,
            "stddev": self.stddev,
            "seed": self.seed,
            "dtype": self.dtype.name,
        }


@export("initializers.random_normal", "random_normal_initializer")
@deprecated_endpoints("initializers.random_normal")
class RandomNormal(_Normal):
    """Values of a normal distribution. Stands for `tf.random_normal_initializer`."""

    _draw = staticmethod(random_ops.random_normal)


@export("initializers.truncated_normal", "truncated_normal_initializer")
@deprecated_endpoints("initializers.truncated_normal", "truncated_normal_initializer")
class TruncatedNormal(_Normal):
    """Normal values within two deviations. Stands for `tf.truncated_normal_initializer`."""

    _draw = staticmethod(random_ops.truncated_normal)


@export("initializers.uniform_unit_scaling", "uniform_unit_scaling_initializer")
@deprecated_endpoints("uniform_unit_scaling_initializer", "initializers.uniform_unit_scaling")
class UniformUnitScaling(Initializer):
    """Uniform values that keep the scale of a layer's input.

    They lie within factor * sqrt(3 / inputs). Stands for `tf.uniform_unit_scaling_initializer`.
    """

    @_dtype_is_old
    @deprecated(
        None,
        "Use tf.initializers.variance_scaling instead with distribution=uniform to get "
        "equivalent behavior.",
    )
    def __init__(
        self, factor: float = 1.0, seed: int | None = None, dtype: Any = dtypes.float32
    ) -> None:
        self.factor = factor
        self.seed = seed
        self.dtype = floating(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        dtype = self.dtype if dtype is None else dtype
        inputs = 1.0
        for dim in _whole_shape(shape, partition_info)[:-1]:
            # A dimension of size 0 leaves nothing to initialize, but must not be divided by.
            inputs *= float(dim)
        limit = math.sqrt(3 / max(inputs, 1.0)) * self.factor
        return random_ops.random_uniform(shape, -limit, limit, dtype, seed=self.seed)

    def get_config(self) -> dict[str, Any]:
        return {"factor": self.factor, "seed": self.seed, "dtype": self.dtype.name}


@export("initializers.variance_scaling", "variance_scaling_initializer")
@export("keras.initializers.VarianceScaling")
@deprecated_endpoints("initializers.variance_scaling", "variance_scaling_initializer")
class VarianceScaling(Initializer):
    """Random values whose variance is scale / n. Stands for `tf.variance_scaling_initializer`.

    Args:
        scale: a positive number.
        mode: what n is: "fan_in" the inputs of a unit, "fan_out" its outputs, "fan_avg" their mean.
        distribution: "truncated_normal" (also called "normal"), "untruncated_normal" or "uniform".
        seed: the op's seed; see `tf.set_random_seed`.
        dtype: a floating type.

    Raises:
        ValueError: for any other argument.
    """

    @_dtype_is_old
    @deprecated_arg_values(
        None, "`normal` is a deprecated alias for `truncated_normal`", distribution="normal"
    )
    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
        dtype: Any = dtypes.float32,
    ) -> None:
        distribution = check_variance_scaling(scale, mode, distribution)
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.seed = seed
        self.dtype = floating(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        dtype = self.dtype if dtype is None else dtype
        fan_in, fan_out = compute_fans(_whole_shape(shape, partition_info))
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2.0}[self.mode]
        scale = self.scale / max(1.0, n)
        if self.distribution in ("normal", "truncated_normal"):
            stddev = math.sqrt(scale) / TRUNCATED_DEVIATION
            return random_ops.truncated_normal(shape, 0.0, stddev, dtype, seed=self.seed)
        if self.distribution == "untruncated_normal":
            return random_ops.random_normal(shape, 0.0, math.sqrt(scale), dtype, seed=self.seed)
        limit = math.sqrt(3.0 * scale)
        return random_ops.random_uniform(shape, -limit, limit, dtype, seed=self.seed)

    def get_config(self) -> dict[str, Any]:
        return {
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            "seed": self.seed,
            "dtype": self.dtype.name,
        }


@export("glorot_uniform_initializer", "initializers.glorot_uniform")
@export("keras.initializers.glorot_uniform")
@deprecated_endpoints("glorot_uniform_initializer", "initializers.glorot_uniform")
class GlorotUniform(VarianceScaling):
    """Uniform values of variance 1 / mean of inputs and outputs.

    As in TensorFlow, `dtype` changes nothing here; give it in the call. Stands for
    `tf.glorot_uniform_initializer`.
    """

    @_dtype_is_old
    def __init__(self, seed: int | None = None, dtype: Any = dtypes.float32) -> None:
        super().__init__(scale=1.0, mode="fan_avg", distribution="uniform", seed=seed)

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed, "dtype": self.dtype.name}


@export("glorot_normal_initializer", "initializers.glorot_normal")
@export("keras.initializers.glorot_normal")
@deprecated_endpoints("glorot_normal_initializer", "initializers.glorot_normal")
class GlorotNormal(VarianceScaling):
    """Truncated normal values of variance 1 / mean of inputs and outputs.

    As in TensorFlow, `dtype` changes nothing here; give it in the call. Stands for
    `tf.glorot_normal_initializer`.
    """

    @_dtype_is_old
    def __init__(self, seed: int | None = None, dtype: Any = dtypes.float32) -> None:
        super().__init__(scale=1.0, mode="fan_avg", distribution="truncated_normal", seed=seed)

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed, "dtype": self.dtype.name}


@export("initializers.orthogonal", "orthogonal_initializer")
@export("keras.initializers.Orthogonal", "keras.initializers.orthogonal")
@deprecated_endpoints("initializers.orthogonal", "orthogonal_initializer")
class Orthogonal(Initializer):
    """An orthogonal matrix, times `gain`; more axes than two are flattened, all but the last.

    With more columns than rows the rows are orthonormal. Stands for `tf.orthogonal_initializer`.

    Raises:
        ValueError: when called with a shape of fewer than two dimensions.
    """

    @_dtype_is_old
    def __init__(
        self, gain: float = 1.0, seed: int | None = None, dtype: Any = dtypes.float32
    ) -> None:
        self.gain = gain
        self.dtype = floating(dtype)
        self.seed = seed

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        dtype = self.dtype if dtype is None else dtype
        if len(shape) < 2:
            raise ValueError("The tensor to initialize must be at least two-dimensional")
        rows = 1
        for dim in shape[:-1]:
            rows *= dim
        rows, columns = int(rows), int(shape[-1])
        tall = (max(rows, columns), min(rows, columns))
        q = orthogonal_matrix(random_ops.random_normal(tall, dtype=dtype, seed=self.seed))
        if rows < columns:
            q = array_ops.matrix_transpose(q)
        return self.gain * array_ops.reshape(q, shape)

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain, "seed": self.seed, "dtype": self.dtype.name}


def orthogonal_matrix(a: Tensor, full_matrices: bool = False) -> Tensor:
    """The orthogonal factor of `a`, its columns' signs such that it is distributed evenly."""
    q, r = apply_op("Qr", a, full_matrices=full_matrices)
    return q * apply_op("Sign", array_ops.diag_part(r))


@export("initializers.identity")
@export("keras.initializers.Identity", "keras.initializers.identity")
@deprecated_endpoints("initializers.identity")
class Identity(Initializer):
    """The identity matrix, times `gain`. Stands for `tf.initializers.identity`.

    Raises:
        ValueError: when called with a shape that is not two-dimensional.
    """

    @_dtype_is_old
    def __init__(self, gain: float = 1.0, dtype: Any = dtypes.float32) -> None:
        self.gain = gain
        self.dtype = floating(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        whole = _whole_shape(shape, partition_info)
        if len(whole) != 2:
            raise ValueError("Identity matrix initializer can only be used for 2D matrices.")
        if isinstance(whole, TensorShape):
            whole = whole.as_list()
        matrix = linalg_ops_impl.eye(*whole, dtype=self.dtype if dtype is None else dtype)
        if partition_info is not None:
            matrix = array_ops.slice(matrix, partition_info.var_offset, shape)
        return self.gain * matrix

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain, "dtype": self.dtype.name}


@export("initializers.lecun_normal", "keras.initializers.lecun_normal")
def lecun_normal(seed: int | None = None) -> VarianceScaling:
    """Truncated normal values of variance 1 / inputs. Stands for `tf.initializers.lecun_normal`."""
    return VarianceScaling(scale=1.0, mode="fan_in", distribution="truncated_normal", seed=seed)


@export("initializers.lecun_uniform", "keras.initializers.lecun_uniform")
def lecun_uniform(seed: int | None = None) -> VarianceScaling:
    """Uniform values of variance 1 / inputs. Stands for `tf.initializers.lecun_uniform`."""
    return VarianceScaling(scale=1.0, mode="fan_in", distribution="uniform", seed=seed)


@export("initializers.he_normal", "keras.initializers.he_normal")
def he_normal(seed: int | None = None) -> VarianceScaling:
    """Truncated normal values of variance 2 / inputs. Stands for `tf.initializers.he_normal`."""
    return VarianceScaling(scale=2.0, mode="fan_in", distribution="truncated_normal", seed=seed)


@export("initializers.he_uniform", "keras.initializers.he_uniform")
def he_uniform(seed: int | None = None) -> VarianceScaling:
    """Uniform values of variance 2 / inputs. Stands for `tf.initializers.he_uniform`."""
    return VarianceScaling(scale=2.0, mode="fan_in", distribution="uniform", seed=seed)


zeros_initializer = Zeros
ones_initializer = Ones
constant_initializer = Constant
random_uniform_initializer = RandomUniform
random_normal_initializer = RandomNormal
truncated_normal_initializer = TruncatedNormal
uniform_unit_scaling_initializer = UniformUnitScaling
variance_scaling_initializer = VarianceScaling
glorot_uniform_initializer = GlorotUniform
glorot_normal_initializer = GlorotNormal
orthogonal_initializer = Orthogonal
identity_initializer = Identity
