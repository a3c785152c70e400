"""Random values that depend on a seed input alone: the Stateless* ops."""

import math
from collections.abc import Callable
from typing import Any

import torch

from evergraph.base import errors
from evergraph.base.dtypes import DType
from evergraph.graph.registry import Entry, op
from evergraph.kernels import random_draws
from evergraph.kernels.dtypes import torch_dtype
from evergraph.kernels.random_philox import PhiloxStream, stateless_stream
from evergraph.ops import random_arguments
from evergraph.ops.shape_rules import Dims, text, with_rank, with_value

FLOAT_ATTRS = "dtype: floating = float32; T: int32 | int64 = int32; Tseed: int32 | int64 = int64"

stateless_random_uniform_op = op(
    "StatelessRandomUniform(shape: T, seed: Tseed) -> output: dtype",
    FLOAT_ATTRS,
    host=["shape", "seed"],
)
stateless_random_normal_op = op(
    "StatelessRandomNormal(shape: T, seed: Tseed) -> output: dtype",
    FLOAT_ATTRS,
    host=["shape", "seed"],
)
stateless_truncated_normal_op = op(
    "StatelessTruncatedNormal(shape: T, seed: Tseed) -> output: dtype",
    FLOAT_ATTRS,
    host=["shape", "seed"],
)
stateless_random_uniform_int_op = op(
    "StatelessRandomUniformInt(shape: T, seed: Tseed, minval: dtype, "
    "maxval: dtype) -> output: dtype",
    "dtype: int32 | int64; T: int32 | int64; Tseed: int32 | int64 = int64",
    host=["shape", "seed", "minval", "maxval"],
)
stateless_multinomial_op = op(
    "StatelessMultinomial(logits: T, num_samples: int32, seed: Tseed) -> output: output_dtype",
    "T: realnumber; Tseed: int32 | int64 = int64; output_dtype: int32 | int64 = int64",
    host=["num_samples", "seed"],
)

for entry in (
    stateless_random_uniform_op,
    stateless_random_normal_op,
    stateless_truncated_normal_op,
    stateless_random_uniform_int_op,
    stateless_multinomial_op,
):
    entry.not_differentiable()


def _check_seed_shape(dims: Dims) -> None:
    (size,) = with_rank(dims, 1)
    with_value(size, 2)


def _stream(seed: Any) -> PhiloxStream:
    dims = random_arguments.host_dims(seed)
    if dims != (2,):
        raise errors.InvalidArgumentError(None, None, f"seed must have shape [2], not {text(dims)}")
    return stateless_stream(seed)


def _float_op(entry: Entry, draw: Callable[..., torch.Tensor]) -> None:
    @entry.shape
    def shape_rule(node: Any) -> Dims:
        with_rank(node.inputs[0].dims, 1)
        _check_seed_shape(node.inputs[1].dims)
        return node.static_dims(0)

    @entry.kernel
    def kernel(shape: Any, seed: Any, *, dtype: DType) -> torch.Tensor:
        dims = random_arguments.dims_of(shape)
        return draw(_stream(seed), dims, torch_dtype(dtype))


_float_op(stateless_random_uniform_op, random_draws.uniform)
_float_op(stateless_random_normal_op, random_draws.normal)
_float_op(stateless_truncated_normal_op, random_draws.truncated_normal)


@stateless_random_uniform_int_op.shape
def stateless_random_uniform_int_shape(node: Any) -> Dims:
    with_rank(node.inputs[2].dims, 0)
    with_rank(node.inputs[3].dims, 0)
    _check_seed_shape(node.inputs[1].dims)
    return random_arguments.drawn_shape(node)


@stateless_random_uniform_int_op.kernel
def stateless_random_uniform_int_kernel(
    shape: Any, seed: Any, minval: Any, maxval: Any, *, dtype: DType
) -> torch.Tensor:
    dims = random_arguments.dims_of(shape)
    stream = _stream(seed)
    random_arguments.check_range(minval, maxval, dims)
    if math.prod(dims) == 0:
        return torch.empty(dims, dtype=torch_dtype(dtype))
    return random_draws.uniform_int(stream, dims, minval, maxval, torch_dtype(dtype))


@stateless_multinomial_op.shape
def stateless_multinomial_shape(node: Any) -> Dims:
    dims = random_arguments.categorical_shape(node)
    _check_seed_shape(node.inputs[2].dims)
    return dims


@stateless_multinomial_op.kernel
def stateless_multinomial_kernel(
    logits: torch.Tensor, num_samples: Any, seed: Any, *, output_dtype: DType
) -> torch.Tensor:
    stream = _stream(seed)
    random_arguments.check_categorical(logits, num_samples)
    return random_draws.categorical(stream, logits, num_samples, torch_dtype(output_dtype))
