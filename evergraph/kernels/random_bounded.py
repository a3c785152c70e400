"""Normal values between bounds, drawn by rejection: ParameterizedTruncatedNormal."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch

from evergraph.base import errors
from evergraph.kernels import random_transforms
from evergraph.kernels.random_draws import normals_of_blocks, per_block, unit_values
from evergraph.kernels.random_philox import PhiloxStream

MAX_TRIES = 1000
# With this many deviations inside the bounds, plain normal values are tried.
_INSIDE = 1.3
_BLOCKS_AHEAD = 256

# Candidates in order, and which of them are accepted.
Proposal = tuple[np.ndarray, np.ndarray]


class _Sampler(NamedTuple):
    propose: Callable[[np.ndarray], Proposal]
    blocks_each: int
    candidates_each: int
    failure: str


class _Buffer:
    """Blocks of a stream, looked at ahead of their use."""

    def __init__(self, stream: PhiloxStream) -> None:
        self._stream = stream
        self._blocks = np.empty((0, 4), np.uint32)

    def peek(self, count: int) -> np.ndarray:
        if len(self._blocks) < count:
            more = max(count - len(self._blocks), _BLOCKS_AHEAD)
            self._blocks = np.concatenate([self._blocks, self._stream.blocks(more)])
            self._stream = self._stream.skip(more)
        return self._blocks[:count]

    def use(self, count: int) -> None:
        self._blocks = self._blocks[count:]


def _uniforms(blocks: np.ndarray, dtype: torch.dtype) -> np.ndarray:
    return unit_values(blocks.flatten(), dtype).numpy()  # the blocks themselves are kept


def _log(x: np.ndarray) -> np.ndarray:
    if x.dtype == np.float32:
        logs = random_transforms.log(np.where(x > 0, x, np.float32(1)))
        return np.where(x > 0, logs, np.float32(-np.inf))
    with np.errstate(divide="ignore"):
        return np.log(x)


def _normal_sampler(low: np.number, high: np.number, dtype: torch.dtype) -> _Sampler:
    def propose(blocks: np.ndarray) -> Proposal:
        drawn = normals_of_blocks(blocks.copy(), dtype == torch.float64).to(dtype).numpy()
        return drawn, (drawn >= low) & (drawn <= high)

    failure = "TruncatedNormal randn rejection sampler failed to accept a sample."
    return _Sampler(propose, 1, per_block(dtype), failure)


def _uniform_sampler(low: np.number, high: np.number, dtype: torch.dtype) -> _Sampler:
    real = low.dtype.type
    top = real(0) if low < 0 else low * low

    def propose(blocks: np.ndarray) -> Proposal:
        drawn = _uniforms(blocks[0::2], dtype) * (high - low) + low
        chance = np.exp((top - drawn * drawn) / real(2))
        return drawn, _uniforms(blocks[1::2], dtype) <= chance

    failure = "TruncatedNormal uniform rejection sampler failed to  accept a sample."
    return _Sampler(propose, 2, per_block(dtype), failure)


def _exponential_sampler(low: np.number, high: np.number, dtype: torch.dtype) -> _Sampler:
    real = low.dtype.type
    alpha = (low + np.sqrt(low * low + real(4))) / real(2)

    def propose(blocks: np.ndarray) -> Proposal:
        drawn = _uniforms(blocks, dtype).reshape(-1, 2)
        z = -_log(drawn[:, 0]) / alpha + low
        x = alpha - z if low < alpha else np.broadcast_to(low - alpha, z.shape)
        chance = np.exp(-x * x / real(2))
        return z, (drawn[:, 1] <= chance) & (z < high)

    failure = (
        "TruncatedNormal exponential distribution rejection sampler failed to accept a sample."
    )
    return _Sampler(propose, 1, per_block(dtype) // 2, failure)


def _choose(low: np.number, high: np.number, dtype: torch.dtype) -> _Sampler:
    real = low.dtype.type
    if (low < -real(_INSIDE) and high >= 0) or (high > real(_INSIDE) and low <= 0):
        return _normal_sampler(low, high, dtype)
    root = np.sqrt(low * low + real(4))
    cutoff = real(2) * np.exp(real(0.5) + low * (low - root) / real(4)) / (low + root)
    if high - low < cutoff:
        return _uniform_sampler(low, high, dtype)
    return _exponential_sampler(low, high, dtype)


def _fill(sampler: _Sampler, buffer: _Buffer, count: int) -> np.ndarray:
    """The first `count` accepted candidates; uses up whole draws of the sampler."""
    kept: list[np.ndarray] = []
    refused = 0
    while count:
        draws = -(-count * 3 // (2 * sampler.candidates_each))
        drawn, accepted = sampler.propose(buffer.peek(draws * sampler.blocks_each))
        found = np.flatnonzero(accepted)[:count]
        gaps = np.diff(found, prepend=-1 - refused) - 1
        refused = len(drawn) - 1 - found[-1] if len(found) else refused + len(drawn)
        count -= len(found)
        if (gaps >= MAX_TRIES).any() or (count and refused >= MAX_TRIES):
            raise errors.InternalError(None, None, sampler.failure)
        used = draws if count else found[-1] // sampler.candidates_each + 1
        buffer.use(int(used) * sampler.blocks_each)
        kept.append(drawn[found])
    return np.concatenate(kept)


def bounded_normal(
    stream: PhiloxStream, batches: int, per_batch: int, size: int, parameters: list[torch.Tensor]
) -> torch.Tensor:
    """`size` normal values, flat, in batches that have their own parameters.

    Args:
      stream: where to draw.
      batches: the number of batches; the last may be short.
      per_batch: values in a batch.
      size: values altogether.
      parameters: mean, deviation, lower and upper bound: each of rank 0 or 1, and of one element
        or one a batch.

    Raises:
      InvalidArgumentError: a deviation is not positive, or bounds are empty or both infinite.
      InternalError: 1000 candidates in a row were refused.
    """
    dtype = parameters[0].dtype
    columns = [np.broadcast_to(p.reshape(-1).numpy(), (batches,)) for p in parameters]
    buffer = _Buffer(stream)
    out = [np.empty(0, columns[0].dtype)]
    for batch, (mean, deviation, low, high) in enumerate(zip(*columns, strict=True)):
        finite = math.isfinite(low) or math.isfinite(high)
        if not (deviation > 0 and low < high and finite):
            raise errors.InvalidArgumentError(None, None, "Invalid parameters")
        if low == -math.inf or high < mean:
            low, high, deviation = high, low, -deviation
        sampler = _choose((low - mean) / deviation, (high - mean) / deviation, dtype)
        count = min((batch + 1) * per_batch, size) - batch * per_batch
        out.append(_fill(sampler, buffer, count) * deviation + mean)
    return torch.from_numpy(np.concatenate(out))
