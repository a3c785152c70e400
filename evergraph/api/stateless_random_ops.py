"""Random tensors that depend on a seed tensor alone: tf.random.stateless_*."""

from typing import Any

from evergraph.api import math_ops
from evergraph.api.random_ops import maybe_set_static_shape, shape_tensor, uniform_bounds
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


@export("random.stateless_uniform", "contrib.stateless.stateless_random_uniform")
def stateless_random_uniform(
    shape: Any,
    seed: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = dtypes.float32,
    name: str | None = None,
) -> Tensor:
    """Values distributed evenly over [minval, maxval), the same for the same seed.

    Stands for `tf.random.stateless_uniform`.

    Args:
        shape: the shape of the result, a 1-D integer tensor or list.
        seed: two integers.
        minval, maxval: the bounds; `maxval` is 1 by default, and required for integers.
        dtype: a floating type, int32 or int64.
        name: name of the result.

    Raises:
        ValueError: for another `dtype`, or integers without `maxval`.
    """
    dtype, maxval = uniform_bounds(minval, maxval, dtype)
    with name_scope(name, "stateless_random_uniform", [shape, seed, minval, maxval]) as scope:
        shape = shape_tensor(shape)
        minval = convert_to_tensor(minval, dtype=dtype, name="min")
        maxval = convert_to_tensor(maxval, dtype=dtype, name="max")
        if dtype.is_integer:
            value = apply_op("StatelessRandomUniformInt", shape, seed, minval, maxval, name=scope)
        else:
            drawn = apply_op("StatelessRandomUniform", shape, seed, dtype=dtype)
            value = math_ops.add(drawn * (maxval - minval), minval, name=scope)
        maybe_set_static_shape(value, shape)
        return value


@export("random.stateless_normal", "contrib.stateless.stateless_random_normal")
def stateless_random_normal(
    shape: Any,
    seed: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = dtypes.float32,
    name: str | None = None,
) -> Tensor:
    """Values of a normal distribution, the same for the same seed (two integers).

    Stands for `tf.random.stateless_normal`.
    """
    args = [shape, seed, mean, stddev]
    with name_scope(name, "stateless_random_normal", args) as scope:
        return _scaled("StatelessRandomNormal", shape, seed, mean, stddev, dtype, scope)


@export("random.stateless_truncated_normal", "contrib.stateless.stateless_truncated_normal")
def stateless_truncated_normal(
    shape: Any,
    seed: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = dtypes.float32,
    name: str | None = None,
) -> Tensor:
    """Normal values within two deviations, the same for the same seed (two integers).

    Stands for `tf.random.stateless_truncated_normal`.
    """
    args = [shape, seed, mean, stddev]
    with name_scope(name, "stateless_truncated_normal", args) as scope:
        return _scaled("StatelessTruncatedNormal", shape, seed, mean, stddev, dtype, scope)


def _scaled(
    op_type: str, shape: Any, seed: Any, mean: Any, stddev: Any, dtype: Any, name: str
) -> Tensor:
    shape = shape_tensor(shape)
    mean = convert_to_tensor(mean, dtype=dtype, name="mean")
    stddev = convert_to_tensor(stddev, dtype=dtype, name="stddev")
    value = math_ops.add(apply_op(op_type, shape, seed, dtype=dtype) * stddev, mean, name=name)
    maybe_set_static_shape(value, shape)
    return value


@export("random.stateless_multinomial", "contrib.stateless.stateless_multinomial")
@deprecated(date=None, instructions="Use `tf.random.stateless_categorical` instead.")
def stateless_multinomial(
    logits: Any,
    num_samples: Any,
    seed: Any,
    output_dtype: Any = dtypes.int64,
    name: str | None = None,
) -> Tensor:
    """Class numbers [rows, num_samples] drawn by log-probabilities, the same for the same seed.

    Stands for `tf.random.stateless_multinomial`.
    """
    with name_scope(name, "stateless_multinomial", [logits, seed]):
        return _categorical(logits, num_samples, output_dtype, seed)


@export("random.stateless_categorical")
def stateless_categorical(
    logits: Any,
    num_samples: Any,
    seed: Any,
    dtype: Any = dtypes.int64,
    name: str | None = None,
) -> Tensor:
    """Class numbers [rows, num_samples] drawn by log-probabilities, the same for the same seed.

    Stands for `tf.random.stateless_categorical`.
    """
    with name_scope(name, "stateless_categorical", [logits, seed]):
        return _categorical(logits, num_samples, dtype, seed)


def _categorical(logits: Any, num_samples: Any, dtype: Any, seed: Any) -> Tensor:
    logits = convert_to_tensor(logits, name="logits")
    return apply_op("StatelessMultinomial", logits, num_samples, seed, output_dtype=dtype)
