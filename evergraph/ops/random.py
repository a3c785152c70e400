"""Random values: ops that draw anew at each execution.

A node with a seed keeps a Philox generator in the session and gives TensorFlow's values; one
without draws from faster generators.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes, errors
from evergraph.base.dtypes import DType
from evergraph.graph.apply import apply_op
from evergraph.graph.defaults import control_dependencies
from evergraph.graph.registry import Entry, op
from evergraph.kernels import random_bounded, random_draws, random_rejection
from evergraph.kernels.dtypes import torch_dtype
from evergraph.kernels.random_gamma_grad import gamma_sample_derivative
from evergraph.ops import random_arguments, shape_rules
from evergraph.ops.random_arguments import state_of

SEEDS = "seed: int = 0; seed2: int = 0; "
SHAPE = ["shape"]

random_uniform_op = op(
    "RandomUniform(shape: T) -> output: dtype",
    SEEDS + "dtype: floating; T: int32 | int64",
    host=SHAPE,
    stateful=True,
)
random_standard_normal_op = op(
    "RandomStandardNormal(shape: T) -> output: dtype",
    SEEDS + "dtype: floating; T: int32 | int64",
    host=SHAPE,
    stateful=True,
)
truncated_normal_op = op(
    "TruncatedNormal(shape: T) -> output: dtype",
    SEEDS + "dtype: floating; T: int32 | int64",
    host=SHAPE,
    stateful=True,
)
random_uniform_int_op = op(
    "RandomUniformInt(shape: T, minval: Tout, maxval: Tout) -> output: Tout",
    SEEDS + "Tout: int32 | int64; T: int32 | int64",
    host=["shape", "minval", "maxval"],
    stateful=True,
)
parameterized_truncated_normal_op = op(
    "ParameterizedTruncatedNormal(shape: T, means: dtype, stdevs: dtype, minvals: dtype, "
    "maxvals: dtype) -> output: dtype",
    SEEDS + "dtype: floating; T: int32 | int64",
    host=SHAPE,
    stateful=True,
)
random_shuffle_op = op(
    "RandomShuffle(value: T) -> output: T",
    SEEDS + "T: type",
    stateful=True,
)
multinomial_op = op(
    "Multinomial(logits: T, num_samples: int32) -> output: output_dtype",
    SEEDS + "T: realnumber; output_dtype: int32 | int64 = int64",
    host=["num_samples"],
    stateful=True,
)
random_gamma_op = op(
    "RandomGamma(shape: S, alpha: T) -> output: T",
    SEEDS + "S: int32 | int64; T: float16 | float32 | float64",
    host=SHAPE,
    stateful=True,
)
random_gamma_grad_op = op(
    "RandomGammaGrad(alpha: T, sample: T) -> output: T",
    "T: float32 | float64",
)
random_poisson_op = op(
    "RandomPoisson(shape: S, rate: dtype) -> output: dtype",
    SEEDS + "S: int32 | int64; dtype: float16 | float32 | float64",
    host=SHAPE,
    stateful=True,
    deprecated=(25, "Replaced by RandomPoissonV2"),
)
random_poisson_v2_op = op(
    "RandomPoissonV2(shape: S, rate: R) -> output: dtype",
    SEEDS + "S: int32 | int64; R: float16 | float32 | float64 | int32 | int64 = float64; "
    "dtype: float16 | float32 | float64 | int32 | int64 = int64",
    host=SHAPE,
    stateful=True,
)

for entry in (random_uniform_op, random_standard_normal_op, truncated_normal_op):
    entry.shape(random_arguments.drawn_shape)
    entry.not_differentiable()
random_uniform_int_op.shape(random_arguments.integers_shape(1, 2))
parameterized_truncated_normal_op.not_differentiable()
random_shuffle_op.shape(shape_rules.unchanged)
multinomial_op.shape(random_arguments.categorical_shape)
multinomial_op.not_differentiable()
for entry in (random_gamma_op, random_poisson_op, random_poisson_v2_op):
    entry.shape(random_arguments.per_parameter_shape)
random_gamma_grad_op.shape(shape_rules.broadcast_binary)
random_gamma_grad_op.kernel(gamma_sample_derivative)


def _float_kernel(
    entry: Entry, seeded: Callable[..., torch.Tensor], unseeded: Callable[..., torch.Tensor]
) -> None:
    @entry.kernel
    def kernel(
        shape: Any, *, seed: int, seed2: int, dtype: DType, node: Any, session: Any
    ) -> torch.Tensor:
        dims = random_arguments.dims_of(shape)
        kind = torch_dtype(dtype)
        if not (seed or seed2):
            return unseeded(dims, dtype=kind)
        state = state_of(node, session, seed, seed2)
        return seeded(state.reserve_outputs(math.prod(dims)), dims, kind)


def _truncated_normal_unseeded(dims: tuple[int, ...], dtype: torch.dtype) -> torch.Tensor:
    """The inverse of the normal distribution function at what is uniform within two deviations."""
    wide = dtype if dtype == torch.float64 else torch.float32
    edge = math.erf(math.sqrt(2))
    uniform = torch.empty(dims, dtype=wide).uniform_(-edge, edge)
    return (uniform.erfinv_() * math.sqrt(2)).to(dtype)


_float_kernel(random_uniform_op, random_draws.uniform, random_draws.unseeded_uniform)
_float_kernel(random_standard_normal_op, random_draws.normal, torch.randn)
_float_kernel(truncated_normal_op, random_draws.truncated_normal, _truncated_normal_unseeded)


@random_uniform_int_op.kernel
def random_uniform_int_kernel(
    shape: Any,
    minval: Any,
    maxval: Any,
    *,
    seed: int,
    seed2: int,
    Tout: DType,
    node: Any,
    session: Any,
) -> torch.Tensor:
    dims = random_arguments.dims_of(shape)
    random_arguments.check_range(minval, maxval, dims)
    kind = torch_dtype(Tout)
    if 0 in dims:
        return torch.empty(dims, dtype=kind)
    if not (seed or seed2):
        return torch.randint(minval, maxval, dims, dtype=kind)
    stream = state_of(node, session, seed, seed2).reserve_outputs(math.prod(dims))
    return random_draws.uniform_int(stream, dims, minval, maxval, kind)


@parameterized_truncated_normal_op.shape
def parameterized_truncated_normal_shape(node: Any) -> shape_rules.Dims:
    for parameter in node.inputs[1:]:
        shape_rules.at_most_rank(parameter.dims, 1)
    return random_arguments.drawn_shape(node)


# Values with the same parameters are drawn in batches of this size.
_BATCH = 100


@parameterized_truncated_normal_op.kernel
def parameterized_truncated_normal_kernel(
    shape: Any,
    *parameters: torch.Tensor,
    seed: int,
    seed2: int,
    node: Any,
    session: Any,
) -> torch.Tensor:
    if not isinstance(shape, tuple) or random_arguments.host_dims(shape)[1:]:
        got = shape_rules.text(random_arguments.host_dims(shape))
        raise _invalid(f"Input shape should be a vector, got shape: {got}")
    dims = random_arguments.dims_of(shape)
    size = math.prod(dims)
    batches = dims[0] if dims else 1
    names = ("means", "stddevs", "minvals", "maxvals")
    for name, value in zip(names, parameters, strict=True):
        if value.ndim > 1:
            got = shape_rules.text(tuple(value.shape))
            raise _invalid(f"Input {name} should be a scalar or vector, got shape: {got}")
    means, deviations, low, high = parameters
    if means.numel() == 1 and deviations.numel() == 1 and low.ndim == 0 and high.ndim == 0:
        batches, each = -(-size // _BATCH), _BATCH
    else:
        each = math.prod(dims[1:])
        for name, value in zip(names, parameters, strict=True):
            if value.ndim and value.shape[0] not in (1, batches):
                got = shape_rules.text(tuple(value.shape))
                raise _invalid(f"Input {name} should have length 1 or shape[0], got shape: {got}")
    reserved = batches * 2 * random_bounded.MAX_TRIES * (each + 3) // 4
    stream = state_of(node, session, seed, seed2).reserve(reserved)
    values = random_bounded.bounded_normal(stream, batches, each, size, list(parameters))
    return values.reshape(dims)


def _invalid(message: str) -> errors.InvalidArgumentError:
    return errors.InvalidArgumentError(None, None, message)


def _order(size: int, seed: int, seed2: int, node: Any, session: Any) -> np.ndarray:
    """The order to put `size` rows in."""
    if not (seed or seed2):
        return torch.randperm(size).numpy()
    stream = state_of(node, session, seed, seed2).reserve_words(size - 1)
    return random_draws.permutation(stream, size)


@random_shuffle_op.kernel
def random_shuffle_kernel(
    value: torch.Tensor, *, seed: int, seed2: int, node: Any, session: Any
) -> torch.Tensor:
    if value.numel() <= 1 or value.shape[0] <= 1:
        return value.clone()
    order = _order(value.shape[0], seed, seed2, node, session)
    return value[torch.from_numpy(order).to(value.device)]


@random_shuffle_op.numpy
def random_shuffle_numpy(value: Any, *, seed: int, seed2: int, node: Any, session: Any) -> Any:
    if np.size(value) <= 1 or len(value) <= 1:
        return value
    return value[_order(len(value), seed, seed2, node, session)]


@multinomial_op.kernel
def multinomial_kernel(
    logits: torch.Tensor,
    num_samples: Any,
    *,
    seed: int,
    seed2: int,
    output_dtype: DType,
    node: Any,
    session: Any,
) -> torch.Tensor:
    random_arguments.check_categorical(logits, num_samples)
    reserved = logits.shape[0] * ((num_samples + 3) // 4 * 4) * 2
    stream = state_of(node, session, seed, seed2).reserve_outputs(reserved)
    return random_draws.categorical(stream, logits, num_samples, torch_dtype(output_dtype))


@random_gamma_op.kernel
def random_gamma_kernel(
    shape: Any, alpha: torch.Tensor, *, seed: int, seed2: int, node: Any, session: Any
) -> torch.Tensor:
    dims = random_arguments.dims_of(shape)
    stream = state_of(node, session, seed, seed2).reserve_outputs(math.prod(dims) * alpha.numel())
    return random_rejection.gamma(stream, dims, alpha)


@random_gamma_op.gradient
def random_gamma_gradient(node: Any, grad: Any) -> list[Any]:
    """The gradient of alpha, by implicit differentiation; the shape gets none."""
    shape, alpha = node.inputs
    with control_dependencies([grad]):
        rank = array_ops.shape(shape)[0]
        ones = array_ops.ones([rank], dtype=dtypes.int32)
        wide = array_ops.concat([ones, array_ops.shape(alpha)], axis=0)
        partial = apply_op("RandomGammaGrad", array_ops.reshape(alpha, wide), node.outputs[0])
        return [None, math_ops.reduce_sum(grad * partial, axis=math_ops.range(rank))]


@random_poisson_op.kernel
def random_poisson_kernel(
    shape: Any,
    rate: torch.Tensor,
    *,
    seed: int,
    seed2: int,
    dtype: DType,
    node: Any,
    session: Any,
) -> torch.Tensor:
    dims = random_arguments.dims_of(shape)
    stream = state_of(node, session, seed, seed2).reserve_outputs(math.prod(dims) * rate.numel())
    return random_rejection.poisson(stream, dims, rate, torch_dtype(dtype))


random_poisson_v2_op.kernel(random_poisson_kernel)
