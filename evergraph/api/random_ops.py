"""Random tensors: tf.random.uniform, normal, truncated_normal, gamma, poisson, categorical ..."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, math_ops
from evergraph.api.assertion import Assert
from evergraph.api.grouping import with_dependencies
from evergraph.api.random_seed import get_seed
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated, deprecated_endpoints
from evergraph.base.export import export
from evergraph.base.tensor_shape import dimension_value
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor, is_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.graph import get_default_graph
from evergraph.graph.static_value import constant_value_as_shape
from evergraph.graph.tensor import Tensor

_REAL = (dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64)


def shape_tensor(shape: Any) -> Tensor:
    """`shape` as a tensor; an empty one is int32."""
    dtype = None
    if isinstance(shape, (tuple, list)):
        if shape:
            shape = tuple(dimension_value(d) for d in shape)
        else:
            dtype = dtypes.int32
    return convert_to_tensor(shape, dtype=dtype, name="shape")


def maybe_set_static_shape(tensor: Tensor, shape: Any) -> None:
    """Within a graph function, gives `tensor` what is known of `shape` outside of it."""
    if get_default_graph().building_function and is_tensor(shape):
        if not tensor.shape.is_fully_defined():
            tensor.set_shape(constant_value_as_shape(shape))


def _set_static_shape_per_parameter(tensor: Tensor, shape: Tensor, parameter: Any) -> None:
    if get_default_graph().building_function and not tensor.shape.is_fully_defined():
        samples = constant_value_as_shape(shape)
        tensor.set_shape(samples.concatenate(convert_to_tensor(parameter).shape))


def uniform_bounds(minval: Any, maxval: Any, dtype: Any) -> tuple[dtypes.DType, Any]:
    """The dtype and the upper bound of uniform values, checked.

    Raises:
        ValueError: `dtype` is neither floating nor int32 or int64, or is an integer type and
            `maxval` is missing.
    """
    dtype = dtypes.as_dtype(dtype)
    if dtype not in (*_REAL, dtypes.int32, dtypes.int64):
        raise ValueError(f"Invalid dtype {dtype!r}")
    if maxval is None:
        if dtype.is_integer:
            raise ValueError(f"Must specify maxval for integer dtype {dtype!r}")
        maxval = 1
    return dtype, maxval


@export("random.normal", "random_normal")
@deprecated_endpoints("random_normal")
def random_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Values of a normal distribution. Stands for `tf.random.normal`.

    Args:
        shape: the shape of the result, a 1-D integer tensor or list.
        mean, stddev: of the distribution; tensors that broadcast with the result.
        dtype: a floating type.
        seed: the op's seed; see `tf.set_random_seed`.
        name: name of the result.
    """
    with name_scope(name, "random_normal", [shape, mean, stddev]) as scope:
        dims = shape_tensor(shape)
        mean = convert_to_tensor(mean, dtype=dtype, name="mean")
        stddev = convert_to_tensor(stddev, dtype=dtype, name="stddev")
        seed1, seed2 = get_seed(seed)
        drawn = apply_op("RandomStandardNormal", dims, dtype=dtype, seed=seed1, seed2=seed2)
        value = math_ops.add(drawn * stddev, mean, name=scope)
        maybe_set_static_shape(value, shape)
        return value


def parameterized_truncated_normal(
    shape: Any,
    means: Any = 0.0,
    stddevs: Any = 1.0,
    minvals: Any = -2.0,
    maxvals: Any = 2.0,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Values of a normal distribution between bounds.

    The parameters are scalars, or vectors with an element for each row of the result.
    """
    args = [shape, means, stddevs, minvals, maxvals]
    with name_scope(name, "parameterized_truncated_normal", args):
        dims = shape_tensor(shape)
        means = convert_to_tensor(means, dtype=dtype, name="means")
        stddevs = convert_to_tensor(stddevs, dtype=dtype, name="stddevs")
        minvals = convert_to_tensor(minvals, dtype=dtype, name="minvals")
        maxvals = convert_to_tensor(maxvals, dtype=dtype, name="maxvals")
        seed1, seed2 = get_seed(seed)
        drawn = apply_op(
            "ParameterizedTruncatedNormal",
            dims,
            means,
            stddevs,
            minvals,
            maxvals,
            seed=seed1,
            seed2=seed2,
        )
        maybe_set_static_shape(drawn, shape)
        return drawn


@export("random.truncated_normal", "truncated_normal")
@deprecated_endpoints("truncated_normal")
def truncated_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Values of a normal distribution, those beyond two deviations drawn again.

    Arguments as for `tf.random.normal`. Stands for `tf.random.truncated_normal`.
    """
    with name_scope(name, "truncated_normal", [shape, mean, stddev]) as scope:
        dims = shape_tensor(shape)
        mean = convert_to_tensor(mean, dtype=dtype, name="mean")
        stddev = convert_to_tensor(stddev, dtype=dtype, name="stddev")
        seed1, seed2 = get_seed(seed)
        drawn = apply_op("TruncatedNormal", dims, dtype=dtype, seed=seed1, seed2=seed2)
        value = math_ops.add(drawn * stddev, mean, name=scope)
        maybe_set_static_shape(value, shape)
        return value


@export("random.uniform", "random_uniform")
@deprecated_endpoints("random_uniform")
def random_uniform(
    shape: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Values distributed evenly over [minval, maxval). Stands for `tf.random.uniform`.

    Args:
        shape: the shape of the result, a 1-D integer tensor or list.
        minval, maxval: the bounds; `maxval` is 1 by default, and required for integers.
        dtype: a floating type, int32 or int64.
        seed: the op's seed; see `tf.set_random_seed`.
        name: name of the result.

    Raises:
        ValueError: for another `dtype`, or integers without `maxval`.
    """
    dtype, maxval = uniform_bounds(minval, maxval, dtype)
    with name_scope(name, "random_uniform", [shape, minval, maxval]) as scope:
        shape = shape_tensor(shape)
        minval = convert_to_tensor(minval, dtype=dtype, name="min")
        maxval = convert_to_tensor(maxval, dtype=dtype, name="max")
        seed1, seed2 = get_seed(seed)
        seeds = {"seed": seed1, "seed2": seed2}
        if dtype.is_integer:
            value = apply_op("RandomUniformInt", shape, minval, maxval, name=scope, **seeds)
        else:
            drawn = apply_op("RandomUniform", shape, dtype=dtype, **seeds)
            value = math_ops.add(drawn * (maxval - minval), minval, name=scope)
        maybe_set_static_shape(value, shape)
        return value


@export("random.shuffle", "random_shuffle")
@deprecated_endpoints("random_shuffle")
def random_shuffle(value: Any, seed: int | None = None, name: str | None = None) -> Tensor:
    """The rows of `value` (its parts along axis 0) in a random order.

    Stands for `tf.random.shuffle`.
    """
    seed1, seed2 = get_seed(seed)
    return apply_op("RandomShuffle", value, seed=seed1, seed2=seed2, name=name)


@export("image.random_crop", "random_crop")
@deprecated_endpoints("random_crop")
def random_crop(value: Any, size: Any, seed: int | None = None, name: str | None = None) -> Tensor:
    """A part of `value`, of shape `size`, from a random place. Stands for `tf.random_crop`.

    `size` has an element for each axis of `value`. Running it fails with InvalidArgumentError
    where `value` is smaller than `size`.
    """
    with name_scope(name, "random_crop", [value, size]) as scope:
        value = convert_to_tensor(value, name="value")
        size = convert_to_tensor(size, dtype=dtypes.int32, name="size")
        shape = array_ops.shape(value)
        check = Assert(
            math_ops.reduce_all(shape >= size),
            ["Need value.shape >= size, got ", shape, size],
            summarize=1000,
        )
        shape = with_dependencies([check], shape)
        limit = shape - size + 1
        drawn = random_uniform(
            array_ops.shape(shape), dtype=size.dtype, maxval=size.dtype.max, seed=seed
        )
        return array_ops.slice(value, drawn % limit, size, name=scope)


@export("random.multinomial", "multinomial")
@deprecated(date=None, instructions="Use `tf.random.categorical` instead.")
def multinomial(
    logits: Any,
    num_samples: Any,
    seed: int | None = None,
    name: str | None = None,
    output_dtype: Any = None,
) -> Tensor:
    """Class numbers drawn by unnormalized log-probabilities; see `tf.random.categorical`.

    Stands for `tf.multinomial`.
    """
    with name_scope(name, "multinomial", [logits]):
        return _categorical(logits, num_samples, output_dtype, seed)


@export("random.categorical")
def categorical(
    logits: Any,
    num_samples: Any,
    dtype: Any = None,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Class numbers drawn by unnormalized log-probabilities. Stands for `tf.random.categorical`.

    Args:
        logits: [rows, classes].
        num_samples: how many to draw for each row.
        dtype: int32 or int64 (the default).
        seed: the op's seed; see `tf.set_random_seed`.
        name: name scope of the nodes.

    Returns:
        [rows, num_samples].
    """
    with name_scope(name, "categorical", [logits]):
        return _categorical(logits, num_samples, dtype, seed)


def _categorical(logits: Any, num_samples: Any, dtype: Any, seed: int | None) -> Tensor:
    logits = convert_to_tensor(logits, name="logits")
    seed1, seed2 = get_seed(seed)
    return apply_op("Multinomial", logits, num_samples, seed=seed1, seed2=seed2, output_dtype=dtype)


@export("random.gamma", "random_gamma")
@deprecated_endpoints("random_gamma")
def random_gamma(
    shape: Any,
    alpha: Any,
    beta: Any = None,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Samples of gamma distributions. Stands for `tf.random.gamma`.

    Samples that would be zero are the smallest normal number of the type. They have gradients for
    alpha and beta.

    Args:
        shape: the shape of the samples of each distribution.
        alpha: the shape parameters.
        beta: the inverse scales, default 1; broadcast with `alpha`.
        dtype: float16, float32 or float64.
        seed: the op's seed; see `tf.set_random_seed`.
        name: name scope of the nodes.

    Returns:
        A tensor of shape `shape` followed by that of alpha + beta.
    """
    with name_scope(name, "random_gamma", [shape, alpha, beta]):
        shape = convert_to_tensor(shape, name="shape", dtype=dtypes.int32)
        alpha = convert_to_tensor(alpha, name="alpha", dtype=dtype)
        beta = convert_to_tensor(1 if beta is None else beta, name="beta", dtype=dtype)
        alpha = alpha + array_ops.zeros_like(beta)
        seed1, seed2 = get_seed(seed)
        smallest = np.finfo(alpha.dtype.as_numpy_dtype).tiny
        drawn = apply_op("RandomGamma", shape, alpha, seed=seed1, seed2=seed2)
        value = math_ops.maximum(smallest, drawn / beta)
        _set_static_shape_per_parameter(value, shape, alpha)
        return value


@export("random.poisson", "random_poisson")
@deprecated_endpoints("random_poisson")
def random_poisson(
    lam: Any,
    shape: Any,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Samples of Poisson distributions. Stands for `tf.random.poisson`.

    Args:
        lam: the rates.
        shape: the shape of the samples of each rate.
        dtype: float16, float32, float64, int32 or int64.
        seed: the op's seed; see `tf.set_random_seed`.
        name: name scope of the nodes.

    Returns:
        A tensor of shape `shape` followed by that of `lam`.
    """
    return random_poisson_v2(shape, lam, dtype, seed, name)


def random_poisson_v2(
    shape: Any,
    lam: Any,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """As `random_poisson`, the shape coming first."""
    with name_scope(name, "random_poisson", [lam, shape]):
        shape = convert_to_tensor(shape, name="shape", dtype=dtypes.int32)
        seed1, seed2 = get_seed(seed)
        value = apply_op("RandomPoissonV2", shape, lam, dtype=dtype, seed=seed1, seed2=seed2)
        _set_static_shape_per_parameter(value, shape, lam)
        return value
