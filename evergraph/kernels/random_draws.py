"""Uniform, normal and truncated normal values, and permutations, as TensorFlow draws them.

The functions take the stream to draw from; how much of it an op uses up is the caller's business.
"""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

from evergraph.kernels import random_transforms
from evergraph.kernels.bag import Bag
from evergraph.kernels.random_philox import PhiloxStream

# Blocks that each value of a rejection sampler may use.
BLOCKS_PER_VALUE = 256
_TRUNCATE = 2.0
_SMALLEST = 1e-7
_MANY_ROWS = 10000  # of which a permutation takes larger steps


def per_block(dtype: torch.dtype) -> int:
    """How many values of `dtype` one Philox block gives."""
    return 2 if dtype in (torch.float64, torch.int64) else 4


def _unit_floats(words: np.ndarray) -> torch.Tensor:
    """[0, 1) from the low 23 bits of each word, in their place."""
    bits = torch.from_numpy(words.view(np.int32))
    bits.bitwise_and_(0x7FFFFF).bitwise_or_(0x3F800000)
    return bits.view(torch.float32).sub_(1.0)


def _unit_doubles(words: np.ndarray) -> torch.Tensor:
    """[0, 1) from pairs of words: 20 bits of the first, then the 32 of the second."""
    bits = torch.from_numpy(np.ascontiguousarray(words).view(np.int64))
    # In memory the first word of a pair is the low half.
    high = (bits & 0xFFFFF) << 32
    low = (bits >> 32) & 0xFFFFFFFF
    return (high | low | 0x3FF << 52).view(torch.float64) - 1.0


def unit_values(words: np.ndarray, dtype: torch.dtype) -> torch.Tensor:
    """Uniform values in [0, 1) of a flat array of words, which may be lost; float64 takes two
    words a value."""
    if dtype == torch.float64:
        return _unit_doubles(words)
    if dtype == torch.float32:
        return _unit_floats(words)
    bits = 10 if dtype == torch.float16 else 7
    low = torch.from_numpy((words & (2**bits - 1)).astype(np.float32))
    return (low * 2.0**-bits).to(dtype)


# Blocks drawn at a time: what they take meanwhile stays small, and processors can share the work.
_PIECE = 8192


def _drawn(
    draw: Callable[[int, int], torch.Tensor], shape: Sequence[int], width: int, dtype: torch.dtype
) -> torch.Tensor:
    """A tensor of values of which `draw(start, stop)` gives those of some groups of `width`."""
    size = math.prod(shape)
    groups = -(-size // width)
    if groups <= _PIECE:
        return draw(0, groups)[:size].reshape(tuple(shape))
    out = torch.empty(groups * width, dtype=dtype)
    inference = torch.is_inference_mode_enabled()  # other threads do not know of it

    def fill(start: int) -> None:
        stop = min(start + _PIECE, groups)
        with torch.inference_mode(inference):
            out[start * width : stop * width] = draw(start, stop)

    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        list(pool.map(fill, range(0, groups, _PIECE)))
    return out[:size].reshape(tuple(shape))


def uniform(stream: PhiloxStream, shape: Sequence[int], dtype: torch.dtype) -> torch.Tensor:
    """Uniform values in [0, 1): RandomUniform, StatelessRandomUniform."""

    def draw(start: int, stop: int) -> torch.Tensor:
        return unit_values(stream.skip(start).blocks(stop - start).reshape(-1), dtype)

    return _drawn(draw, shape, per_block(dtype), dtype)


_unseeded = np.random.SFC64()
_FEW = 4096  # values that torch draws as quickly


def unseeded_uniform(shape: Sequence[int], dtype: torch.dtype) -> torch.Tensor:
    """Uniform values in [0, 1), of no seed. Many floats are made of raw bits: a third of the time
    of torch's own generator, which dropout spends most of its time in."""
    size = math.prod(shape)
    if dtype != torch.float32 or size < _FEW:
        return torch.rand(shape, dtype=dtype)
    words = _unseeded.random_raw((size + 1) // 2).view(np.uint32)[:size]
    return _unit_floats(words).view(tuple(shape))


def uniform_int(
    stream: PhiloxStream, shape: Sequence[int], low: int, high: int, dtype: torch.dtype
) -> torch.Tensor:
    """Integers in [low, high), by remainder: RandomUniformInt, StatelessRandomUniformInt."""
    unsigned, signed, bits = (
        (np.uint64, np.int64, 64) if dtype == torch.int64 else (np.uint32, np.int32, 32)
    )
    count, first = unsigned((high - low) % 2**bits), unsigned(low % 2**bits)

    def draw(start: int, stop: int) -> torch.Tensor:
        words = stream.skip(start).blocks(stop - start).reshape(-1).view(unsigned)
        # Not `%`: NumPy has a quick division by a number, but no such remainder.
        rest = words - words // count * count
        rest += first
        return torch.from_numpy(rest.view(signed))

    return _drawn(draw, shape, per_block(dtype), dtype)


def _box_muller_float(words: np.ndarray) -> torch.Tensor:
    """float32 normals [n] of words [n]: each pair of words gives a sine and a cosine."""
    pairs = _unit_floats(words).view(-1, 2).numpy()
    logs = random_transforms.log(np.maximum(pairs[:, 0], np.float32(_SMALLEST)))
    # Not torch's float sqrt: it is not always the nearest float.
    radius = np.sqrt(logs * np.float32(-2))
    angle = (pairs[:, 1].astype(np.float64) * (2 * math.pi)).astype(np.float32)
    out = np.empty(pairs.shape, np.float32)
    sin, cos = random_transforms.sin_and_cos(angle)
    np.multiply(sin, radius, out=out[:, 0])
    np.multiply(cos, radius, out=out[:, 1])
    return torch.from_numpy(out).view(-1)


def _box_muller_double(words: np.ndarray) -> torch.Tensor:
    """float64 normals [n / 2] of words [n]."""
    pairs = _unit_doubles(words).view(-1, 2).numpy()
    radius = np.sqrt(np.log(np.maximum(pairs[:, 0], _SMALLEST)) * -2.0)
    angle = pairs[:, 1] * (2 * math.pi)
    out = np.empty(pairs.shape)
    np.multiply(np.sin(angle), radius, out=out[:, 0])
    np.multiply(np.cos(angle), radius, out=out[:, 1])
    return torch.from_numpy(out).view(-1)


def normals_of_blocks(blocks: np.ndarray, double: bool) -> torch.Tensor:
    """Standard normal values, a flat tensor; the blocks may be lost."""
    words = blocks.reshape(-1)
    return _box_muller_double(words) if double else _box_muller_float(words)


def normal(stream: PhiloxStream, shape: Sequence[int], dtype: torch.dtype) -> torch.Tensor:
    """Standard normal values: RandomStandardNormal, StatelessRandomNormal."""

    def draw(start: int, stop: int) -> torch.Tensor:
        blocks = stream.skip(start).blocks(stop - start)
        return normals_of_blocks(blocks, dtype == torch.float64).to(dtype)

    return _drawn(draw, shape, per_block(dtype), dtype)


def truncated_normal(
    stream: PhiloxStream, shape: Sequence[int], dtype: torch.dtype
) -> torch.Tensor:
    """Normal values, those beyond two deviations drawn again: TruncatedNormal, its stateless twin.

    A group of values (two doubles or four others) has its own part of the stream, and is filled
    in order with what passes.
    """
    width = per_block(dtype)
    gap = width * BLOCKS_PER_VALUE // 4

    def draw(start: int, stop: int) -> torch.Tensor:
        first = np.arange(start, stop, dtype=np.uint64) * np.uint64(gap)
        return torch.from_numpy(_truncated_groups(stream, first, width)).reshape(-1).to(dtype)

    return _drawn(draw, shape, width, dtype)


def _truncated_groups(stream: PhiloxStream, first: np.ndarray, width: int) -> np.ndarray:
    """The groups [n, width] whose parts of the stream begin at the blocks `first` [n]."""
    double = width == 2
    values = normals_of_blocks(stream.blocks_at(first), double).numpy().reshape(-1, width)
    open_groups = np.flatnonzero((np.abs(values) >= _TRUNCATE).any(1))
    candidates = values[open_groups]
    filled = np.zeros(len(open_groups), np.int64)
    block = 0
    while len(open_groups):
        passed = np.abs(candidates) < _TRUNCATE
        place = filled[:, None] + np.cumsum(passed, 1) - 1
        row, column = np.nonzero(passed & (place < width))
        values[open_groups[row], place[row, column]] = candidates[row, column]
        filled += passed.sum(1)
        still_open = filled < width
        open_groups, filled = open_groups[still_open], filled[still_open]
        block += 1
        offsets = first[open_groups] + np.uint64(block)
        blocks = stream.blocks_at(offsets)
        candidates = normals_of_blocks(blocks, double).numpy().reshape(-1, width)
    return values


def permutation(stream: PhiloxStream, size: int) -> np.ndarray:
    """The order RandomShuffle puts `size` rows in: int64 [size]."""
    left = np.arange(size, 1, -1)
    jumps = stream.words(len(left)) % left
    if size >= _MANY_ROWS:
        return _drawn_from_bag(left - 1 - jumps)
    order = list(range(size))
    for i, jump in enumerate(jumps.tolist()):
        j = i + jump
        order[i], order[j] = order[j], order[i]
    return np.array(order, np.int64)


def _drawn_from_bag(places: np.ndarray) -> np.ndarray:
    """The same by larger steps: that each row changes places with one behind it is to draw from a
    bag in which the first row is last. Of few places in a large bag hardly one is drawn twice."""
    size = len(places) + 1
    bag, at, parts = Bag(), 0, []
    bag.add(np.arange(size)[::-1])
    places = np.append(places, 0)
    while len(bag):
        step = min(math.isqrt(2 * len(bag)), len(bag))
        parts.append(bag.take(places[at : at + step]))
        at += step
    return np.concatenate(parts)


def categorical(
    stream: PhiloxStream, logits: torch.Tensor, count: int, dtype: torch.dtype
) -> torch.Tensor:
    """`count` class numbers a row of `logits` [rows, classes]: Multinomial and its stateless twin.

    Classes whose logit is not finite are never drawn.
    """
    rows = logits.shape[0]
    drawn = unit_values(stream.words(2 * rows * count), torch.float64).view(rows, count)
    finite = torch.isfinite(logits)
    weights = logits.double()
    lowest = torch.finfo(logits.dtype).min if logits.is_floating_point() else -math.inf
    top = torch.where(finite, weights, lowest).amax(1, keepdim=True)
    weights = torch.where(finite, (weights - top).exp(), 0.0)
    # A running sum in order, as TensorFlow adds them.
    edges = torch.from_numpy(np.add.accumulate(weights.numpy(), 1))
    found = torch.searchsorted(edges, drawn * edges[:, -1:], right=True)
    return found.to(dtype)
