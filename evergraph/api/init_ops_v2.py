"""The initializers of TensorFlow 2, which programs of 1.15 reach by tf.compat.v2 and private paths.

The dtype is given in the call alone, and with a seed the same values are drawn at every execution.
"""

import math
from typing import Any, Self

import numpy as np

from evergraph.api import array_ops, linalg_ops_impl, random_ops, stateless_random_ops
from evergraph.api.init_ops import (
    TRUNCATED_DEVIATION,
    check_constant,
    check_variance_scaling,
    floating,
    orthogonal_matrix,
)
from evergraph.base import dtypes
from evergraph.graph.constant import constant as make_constant
from evergraph.graph.tensor import Tensor


class Initializer:
    """What all initializers have in common."""

    def __call__(self, shape: Any, dtype: Any = None) -> Tensor:
        """A tensor of `shape` and `dtype`."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """The arguments to make it again with `from_config`; fit for JSON."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """The initializer that `get_config` describes; a `dtype` is left out."""
        config.pop("dtype", None)
        return cls(**config)


class Zeros(Initializer):
    """Zeros."""

    def __call__(self, shape: Any, dtype: Any = dtypes.float32) -> Tensor:
        return array_ops.zeros(shape, dtypes.as_dtype(dtype))


class Ones(Initializer):
    """Ones. Raises ValueError for types that have none."""

    def __call__(self, shape: Any, dtype: Any = dtypes.float32) -> Tensor:
        dtype = dtypes.as_dtype(dtype)
        if not dtype.is_numpy_compatible or dtype == dtypes.string:
            raise ValueError(f"Expected numeric or boolean dtype, got {dtype}.")
        return array_ops.ones(shape, dtype)


class Constant(Initializer):
    """A number, or as many as the shape has elements. Raises TypeError for other values."""

    def __init__(self, value: Any = 0) -> None:
        check_constant(value)
        self.value = value

    def __call__(self, shape: Any, dtype: Any = None) -> Tensor:
        dtype = None if dtype is None else dtypes.as_dtype(dtype)
        return make_constant(self.value, dtype=dtype, shape=shape)

    def get_config(self) -> dict[str, Any]:
        return {"value": self.value}


class _Random(Initializer):
    """Draws by the stateless ops where there is a seed."""

    def __init__(self, seed: int | None) -> None:
        self.seed = seed

    def _drawn(self, stateful: Any, stateless: Any, *args: Any, dtype: Any) -> Tensor:
        if self.seed is None:
            return stateful(*args, dtype=dtype)
        return stateless(args[0], [self.seed, 0], *args[1:], dtype=dtype)

    def _uniform(self, *args: Any, dtype: Any) -> Tensor:
        stateless = stateless_random_ops.stateless_random_uniform
        return self._drawn(random_ops.random_uniform, stateless, *args, dtype=dtype)

    def _normal(self, *args: Any, dtype: Any) -> Tensor:
        stateless = stateless_random_ops.stateless_random_normal
        return self._drawn(random_ops.random_normal, stateless, *args, dtype=dtype)

    def _truncated(self, *args: Any, dtype: Any) -> Tensor:
        stateless = stateless_random_ops.stateless_truncated_normal
        return self._drawn(random_ops.truncated_normal, stateless, *args, dtype=dtype)


class RandomUniform(_Random):
    """Values spread evenly over [minval, maxval). Raises ValueError for other types."""

    def __init__(self, minval: Any = -0.05, maxval: Any = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.minval = minval
        self.maxval = maxval

    def __call__(self, shape: Any, dtype: Any = dtypes.float32) -> Tensor:
        dtype = dtypes.as_dtype(dtype)
        if not dtype.is_floating and not dtype.is_integer:
            raise ValueError(f"Expected float or integer dtype, got {dtype}.")
        return self._uniform(shape, self.minval, self.maxval, dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        return {"minval": self.minval, "maxval": self.maxval, "seed": self.seed}


class RandomNormal(_Random):
    """Values of a normal distribution."""

    def __init__(self, mean: Any = 0.0, stddev: Any = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.mean = mean
        self.stddev = stddev

    def __call__(self, shape: Any, dtype: Any = dtypes.float32) -> Tensor:
        return self._normal(shape, self.mean, self.stddev, dtype=floating(dtype))

    def get_config(self) -> dict[str, Any]:
        return {"mean": self.mean, "stddev": self.stddev, "seed": self.seed}


class TruncatedNormal(RandomNormal):
    """Normal values within two deviations."""

    def __call__(self, shape: Any, dtype: Any = dtypes.float32) -> Tensor:
        return self._truncated(shape, self.mean, self.stddev, dtype=floating(dtype))


class VarianceScaling(_Random):
    """Random values whose variance is scale / n; see `tf.variance_scaling_initializer`."""

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
    ) -> None:
        super().__init__(seed)
        distribution = check_variance_scaling(scale, mode, distribution)
        self.scale = scale
        self.mode = mode
        self.distribution = "truncated_normal" if distribution == "normal" else distribution

    def __call__(self, shape: Any, dtype: Any = dtypes.float32) -> Tensor:
        dtype = floating(dtype)
        fan_in, fan_out = _compute_fans(shape)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2.0}[self.mode]
        scale = self.scale / max(1.0, n)
        if self.distribution == "truncated_normal":
            stddev = math.sqrt(scale) / TRUNCATED_DEVIATION
            return self._truncated(shape, 0.0, stddev, dtype=dtype)
        if self.distribution == "untruncated_normal":
            return self._normal(shape, 0.0, math.sqrt(scale), dtype=dtype)
        limit = math.sqrt(3.0 * scale)
        return self._uniform(shape, -limit, limit, dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        return {
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            "seed": self.seed,
        }


class Orthogonal(_Random):
    """An orthogonal matrix, times `gain`; see `tf.orthogonal_initializer`."""

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        super().__init__(seed)
        self.gain = gain

    def __call__(self, shape: Any, dtype: Any = dtypes.float32) -> Tensor:
        dtype = floating(dtype)
        if len(shape) < 2:
            raise ValueError("The tensor to initialize must be at least two-dimensional")
        rows = 1
        for dim in shape[:-1]:
            rows *= dim
        columns = shape[-1]
        tall = (max(columns, rows), min(columns, rows))
        q = orthogonal_matrix(self._normal(tall, dtype=dtype))
        if rows < columns:
            q = array_ops.matrix_transpose(q)
        return self.gain * array_ops.reshape(q, shape)

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain, "seed": self.seed}


class Identity(Initializer):
    """The identity matrix, times `gain`. Raises ValueError for other shapes."""

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def __call__(self, shape: Any, dtype: Any = dtypes.float32) -> Tensor:
        dtype = floating(dtype)
        if len(shape) != 2:
            raise ValueError("Identity matrix initializer can only be used for 2D matrices.")
        return self.gain * linalg_ops_impl.eye(*shape, dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain}


class GlorotUniform(VarianceScaling):
    """Uniform values of variance 1 / mean of inputs and outputs."""

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(scale=1.0, mode="fan_avg", distribution="uniform", seed=seed)

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed}


class GlorotNormal(VarianceScaling):
    """Truncated normal values of variance 1 / mean of inputs and outputs."""

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(scale=1.0, mode="fan_avg", distribution="truncated_normal", seed=seed)

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed}


def lecun_normal(seed: int | None = None) -> VarianceScaling:
    """Truncated normal values of variance 1 / inputs."""
    return VarianceScaling(scale=1.0, mode="fan_in", distribution="truncated_normal", seed=seed)


def lecun_uniform(seed: int | None = None) -> VarianceScaling:
    """Uniform values of variance 1 / inputs."""
    return VarianceScaling(scale=1.0, mode="fan_in", distribution="uniform", seed=seed)


def he_normal(seed: int | None = None) -> VarianceScaling:
    """Truncated normal values of variance 2 / inputs."""
    return VarianceScaling(scale=2.0, mode="fan_in", distribution="truncated_normal", seed=seed)


def he_uniform(seed: int | None = None) -> VarianceScaling:
    """Uniform values of variance 2 / inputs."""
    return VarianceScaling(scale=2.0, mode="fan_in", distribution="uniform", seed=seed)


def _compute_fans(shape: Any) -> tuple[Any, Any]:
    """As in TensorFlow 1's, but floating where the shape has more than two dimensions."""
    if len(shape) < 1:
        return 1, 1
    if len(shape) == 1:
        return shape[0], shape[0]
    if len(shape) == 2:
        return shape[0], shape[1]
    field = float(np.prod([int(dim) for dim in shape[:-2]]))
    return shape[-2] * field, shape[-1] * field


zeros_initializer = zero = zeros = Zeros
ones_initializer = one = ones = Ones
constant_initializer = constant = Constant
random_uniform_initializer = uniform = random_uniform = RandomUniform
random_normal_initializer = normal = random_normal = RandomNormal
truncated_normal_initializer = truncated_normal = TruncatedNormal
variance_scaling_initializer = VarianceScaling
glorot_uniform_initializer = glorot_uniform = GlorotUniform
glorot_normal_initializer = glorot_normal = GlorotNormal
orthogonal_initializer = orthogonal = Orthogonal
identity_initializer = identity = Identity
