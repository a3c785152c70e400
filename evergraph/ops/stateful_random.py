"""Random values of a generator whose state is a variable: Stateful*, RngSkip, NonDeterministicInts.

The state of Philox is three int64: the counter's lower and upper half, and the key.
"""

import math
import secrets
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from evergraph.base.dtypes import DType
from evergraph.graph.registry import Entry, op
from evergraph.kernels import cells, random_binomial, random_draws
from evergraph.kernels.dtypes import numpy_dtype, torch_dtype
from evergraph.kernels.host import invalid, text
from evergraph.kernels.random_philox import PhiloxStream
from evergraph.ops import random_arguments
from evergraph.ops.shape_rules import Dims, at_most_rank, no_outputs, with_rank

_PHILOX = 1
_STATE_SIZE = 3
# What a value takes of the stream, whatever it really uses.
_BLOCKS = 256
_MASK = (1 << 64) - 1
_OF = "resource: resource, algorithm: int64, shape: shape_dtype"
_ATTRS = "dtype: type = {}; shape_dtype: type = int64"


def _op(name: str, default: str, more: str = "", host: tuple[str, ...] = ()) -> Entry:
    return op(
        f"{name}({_OF}{more}) -> output: dtype",
        _ATTRS.format(default),
        stateful=True,
        host=["algorithm", "shape", *host],
    )


uniform_op = _op("StatefulUniform", "float32")
normal_v2_op = _op("StatefulStandardNormalV2", "float32")
truncated_normal_op = _op("StatefulTruncatedNormal", "float32")
full_int_op = _op("StatefulUniformFullInt", "uint64")
uniform_int_op = _op(
    "StatefulUniformInt", "int64", ", minval: dtype, maxval: dtype", ("minval", "maxval")
)
binomial_op = op(
    "StatefulRandomBinomial(resource: resource, algorithm: int64, shape: S, counts: T, "
    "probs: T) -> output: dtype",
    "S: int32 | int64; T: float16 | float32 | float64 | int32 | int64 = float64; "
    "dtype: float16 | float32 | float64 | int32 | int64 = int64",
    stateful=True,
    host=["algorithm", "shape"],
)
normal_op = op(
    "StatefulStandardNormal(resource: resource, shape: shape_dtype) -> output: dtype",
    _ATTRS.format("float32"),
    stateful=True,
    host=["shape"],
    deprecated=(29, "Use StatefulStandardNormalV2 instead"),
)
skip_op = op(
    "RngSkip(resource: resource, algorithm: int64, delta: int64)",
    stateful=True,
    host=["algorithm", "delta"],
)
non_deterministic_op = op(
    "NonDeterministicInts(shape: shape_dtype) -> output: dtype",
    _ATTRS.format("int64"),
    stateful=True,
    host=["shape"],
)


@uniform_op.shape
@normal_v2_op.shape
@truncated_normal_op.shape
@full_int_op.shape
@uniform_int_op.shape
def drawn_shape(node: Any) -> Dims:
    with_rank(node.inputs[1].dims, 0)
    for t in node.inputs[3:]:
        with_rank(t.dims, 0)
    with_rank(node.inputs[2].dims, 1)
    return node.static_dims(2)


@binomial_op.shape
def binomial_shape(node: Any) -> Dims:
    for t in node.inputs[3:]:
        at_most_rank(t.dims, 1)
    if node.inputs[2].dims is not None:
        with_rank(node.inputs[2].dims, 1)
    return node.static_dims(2)


@normal_op.shape
def normal_shape(node: Any) -> Dims:
    with_rank(node.inputs[1].dims, 1)
    return node.static_dims(1)


non_deterministic_op.shape(random_arguments.drawn_shape)


@skip_op.shape
def skip_shape(node: Any) -> Any:
    with_rank(node.inputs[1].dims, 0)
    with_rank(node.inputs[2].dims, 0)
    return no_outputs(node)


for _entry in (
    *(uniform_op, normal_v2_op, truncated_normal_op, full_int_op, uniform_int_op, normal_op),
    *(non_deterministic_op, binomial_op),
):
    _entry.not_differentiable()


def _scalar(value: Any, place: int) -> int:
    dims = random_arguments.host_dims(value)
    if dims:
        shape = ",".join(map(str, dims))
        raise invalid(f"input {place} (0-based) must have shape [], not [{shape}]")
    return int(value)


def _reserved(resource: Any, algorithm: int, count: int, tag: int = 0) -> PhiloxStream:
    """The stream that a generator is at; it goes on `count` values later.

    Args:
      tag: how many numbers of the state stand before the counter.
    """
    with resource.lock:
        state = np.array(cells.to_numpy(resource.read()))
        if state.dtype != np.int64:
            raise invalid(f"dtype of RNG state variable must be int64, not {state.dtype}")
        if state.ndim != 1:
            raise invalid(f"RNG state must have one and only one dimension, not {state.ndim}")
        if tag:
            if not state.size:
                raise invalid("Size of tensor must be at least 1")
            algorithm = int(state[0])
        if algorithm != _PHILOX:
            raise invalid(f"Unsupported algorithm id: {algorithm}")
        if state.size < tag + _STATE_SIZE:
            raise invalid(
                "For the Philox algorithm, the size of state must be at least "
                f"{tag + _STATE_SIZE}; got {state.size}"
            )
        low, high, key = (int(n) & _MASK for n in state[tag : tag + _STATE_SIZE])
        stream = PhiloxStream.start(key, high << 64 | low)
        later = stream.skip(count * _BLOCKS & _MASK).counter
        halves = np.array([later & _MASK, later >> 64], np.uint64).view(np.int64)
        state[tag : tag + 2] = halves
        resource.value = torch.from_numpy(state)
    return stream


def _float_op(entry: Entry, draw: Callable[..., torch.Tensor]) -> None:
    @entry.kernel
    def kernel(resource: Any, algorithm: Any, shape: Any, *, dtype: DType) -> torch.Tensor:
        algorithm = _scalar(algorithm, 1)
        dims = random_arguments.dims_of(shape)
        stream = _reserved(resource, algorithm, math.prod(dims))
        return draw(stream, dims, torch_dtype(dtype))


_float_op(uniform_op, random_draws.uniform)
_float_op(normal_v2_op, random_draws.normal)
_float_op(truncated_normal_op, random_draws.truncated_normal)


@normal_op.kernel
def normal_kernel(resource: Any, shape: Any, *, dtype: DType) -> torch.Tensor:
    dims = random_arguments.dims_of(shape)
    stream = _reserved(resource, 0, math.prod(dims), tag=1)
    return random_draws.normal(stream, dims, torch_dtype(dtype))


@uniform_int_op.kernel
def uniform_int_kernel(
    resource: Any, algorithm: Any, shape: Any, minval: Any, maxval: Any, *, dtype: DType
) -> torch.Tensor:
    algorithm = _scalar(algorithm, 1)
    if minval >= maxval:
        raise invalid(f"Need minval < maxval, got {minval} >= {maxval}")
    dims = random_arguments.dims_of(shape)
    stream = _reserved(resource, algorithm, math.prod(dims))
    return random_draws.uniform_int(stream, dims, minval, maxval, torch_dtype(dtype))


def _checked_parameter(value: Any, name: str, same: bool, batches: int) -> None:
    if value.ndim > 1:
        raise invalid(f"Input {name} should be a scalar or vector, got shape: {text(value.shape)}")
    if not same and value.ndim and value.shape[0] not in (1, batches):
        raise invalid(
            f"Input {name} should have length 1 or shape[0], got shape: {text(value.shape)}"
        )


@binomial_op.numpy
def binomial_kernel(
    resource: Any, algorithm: Any, shape: Any, counts: Any, probs: Any, *, dtype: DType
) -> Any:
    algorithm = _scalar(algorithm, 1)
    dims = random_arguments.dims_of(shape)
    counts, probs = np.asarray(counts), np.asarray(probs)
    batches, width = dims[0], math.prod(dims[1:])
    same = all(v.ndim == 0 or v.shape[0] == 1 for v in (counts, probs))
    _checked_parameter(counts, "counts", same, batches)
    _checked_parameter(probs, "probs", same, batches)
    # TensorFlow shares the work in batches of 100, and reserves what is enough for them.
    groups, each = (-(-batches * width // 100), 100) if same else (batches, width)
    stream = _reserved(resource, algorithm, groups * 2 * 100 * (each + 3) // 4)
    drawn = random_binomial.binomial(stream, batches, width, counts, probs)
    with np.errstate(invalid="ignore"):
        return drawn.astype(numpy_dtype(dtype)).reshape(dims)


@full_int_op.numpy
def full_int_kernel(resource: Any, algorithm: Any, shape: Any, *, dtype: DType) -> np.ndarray:
    algorithm = _scalar(algorithm, 1)
    dims = random_arguments.dims_of(shape)
    count = math.prod(dims)
    words = _reserved(resource, algorithm, count).words(count * dtype.size // 4)
    return words.view(numpy_dtype(dtype)).reshape(dims)


@skip_op.kernel
def skip_kernel(resource: Any, algorithm: Any, delta: Any) -> None:
    algorithm, delta = _scalar(algorithm, 1), _scalar(delta, 2)
    _reserved(resource, algorithm, delta)


@non_deterministic_op.numpy
def non_deterministic_kernel(shape: Any, *, dtype: DType) -> np.ndarray:
    if dtype.name not in ("int32", "uint32", "int64", "uint64"):
        raise invalid(f"Unsupported dtype: {dtype.name}")
    dims = random_arguments.dims_of(shape)
    kind = np.dtype(numpy_dtype(dtype))
    data = secrets.token_bytes(math.prod(dims) * kind.itemsize)
    return np.frombuffer(bytearray(data), kind).reshape(dims)
