"""Arithmetic with small integers that stand for floats, as TensorFlow's reference kernels do it.

A range `(low, high)` says what the lowest and the highest integer stand for.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from evergraph.base import dtypes
from evergraph.kernels import resampling
from evergraph.kernels.host import invalid
from evergraph.kernels.quantization import LEVELS, Levels, dequantize, round_away

_F = np.float32
_BYTES, _WORDS = LEVELS[dtypes.quint8], LEVELS[dtypes.qint32]
_FLOAT_ENDS = (-2147483648.0, 2147483520.0)

Range = tuple[float, float]


def _away(x: Any) -> Any:
    whole = np.trunc(x)
    return whole + np.sign(x) * (np.abs(x - whole) >= 0.5)


def float_of(value: Any, bounds: Range, levels: Levels) -> Any:
    """The float32 numbers that integers stand for, computed in double precision."""
    low, high = _F(bounds[0]), _F(bounds[1])
    if low == high:
        return np.full(np.shape(value), low)
    steps = levels.steps + 1
    scale = float(high - low) * (steps / (steps - 1.0)) / steps
    start = float(_F(_away(low / _F(scale))) * _F(scale))
    return _F(start + (np.asarray(value, np.float64) - levels.lowest) * scale)


def level_of(value: Any, bounds: Range, levels: Levels) -> Any:
    """The integers nearest to float32 numbers, perhaps beyond the ends."""
    low, high = _F(bounds[0]), _F(bounds[1])
    if low == high:
        return np.full(np.shape(value), levels.lowest, np.int64)
    steps = levels.steps + 1
    scale = steps / (float(high - low) * (steps / (steps - 1.0)))
    moved = _away(np.asarray(value, np.float64) * scale) - _away(float(low) * scale)
    return np.int64(moved) + levels.lowest


def nearest_level(value: Any, bounds: Range, levels: Levels) -> Any:
    return np.clip(level_of(value, bounds, levels), levels.lowest, levels.highest)


def zero_of(bounds: Range, levels: Levels) -> int:
    """The integer that stands for 0."""
    return int(level_of(0.0, bounds, levels))


def _spread(x: torch.Tensor, bounds: Range, old: Levels, new_bounds: Range, new: Levels) -> Any:
    """Integers as those of another range, computed in single precision, as int64."""
    floats = dequantize(x, *bounds, old, "MIN_FIRST")
    low, high = (_F(bound) for bound in new_bounds)
    scale = _F(0) if low == high else _F(new.steps / float(high - low))
    offset = float(_F(_away(low * scale)) - _F(new.lowest))
    found = round_away(floats * float(scale)) - offset
    ends = max(new.lowest, _FLOAT_ENDS[0]), min(new.highest, _FLOAT_ENDS[1])
    return found.clamp(*ends).to(torch.int64)


def requantize(x: torch.Tensor, bounds: Range, new_bounds: Range, new: Levels) -> torch.Tensor:
    """int32 as integers of fewer bits, which stand for `new_bounds`."""
    if new is not _BYTES:
        return _spread(x, bounds, _WORDS, new_bounds, new)
    # Unsigned bytes are computed with fixed-point numbers.
    low, high = (_F(bound) for bound in bounds)
    first, last = (_F(bound) for bound in new_bounds)
    width = last - first
    one = 1 << 16
    if width == 0:
        factor = start = shift = 0
    else:
        factor = int(255.0 * one * float(high - low) / float(width))
        middle = _F(float(low + high) / 2.0)
        start = int(middle * _F(255.0 / float(width)) * _F(one))
        shift = int(one * (float(first) * 255.0) / float(width))
    found = ((x.to(torch.int64) * factor) >> 32) + (start - shift + one // 2)
    return (found >> 16).clamp(0, 255)


def used_range(x: torch.Tensor, bounds: Range) -> Range:
    """What the smallest and the largest of int32 numbers stand for; the smallest at most 0."""
    ends = (_WORDS.highest, _WORDS.lowest)
    if x.numel():
        ends = (int(x.min()), int(x.max()))
    low, high = (float(float_of(end, bounds, _WORDS)) for end in ends)
    return min(0.0, low), high


def product_range(a: Range, b: Range) -> Range:
    """What the ends of int32 stand for in products of bytes."""
    units = [(_F(high) - _F(low)) / _F(_BYTES.steps) for low, high in (a, b)]
    unit = units[0] * units[1]
    return float(unit * _F(_WORDS.lowest)), float(unit * _F(_WORDS.highest))


def centred(x: torch.Tensor, bounds: Range) -> torch.Tensor:
    """Bytes less the one that stands for 0, in a type in which sums of products are exact."""
    return x.to(torch.float64) - zero_of(bounds, _BYTES)


def biased(
    x: torch.Tensor, bias: torch.Tensor, bounds: Range, bias_bounds: Range, levels: Levels
) -> tuple[torch.Tensor, Range]:
    """The sum of 8-bit numbers and of a bias along the last axis, as int32."""
    largest = max(bounds[1], -bounds[0], bias_bounds[1], -bias_bounds[0])
    high = float(_F(largest) * _F(1 << 17))
    total = (-high, high)
    zero = int(nearest_level(0.0, total, _WORDS))
    parts = (
        _spread(part, given, levels, total, _WORDS)
        for part, given in ((x, bounds), (bias, bias_bounds))
    )
    return next(parts) + (next(parts) + zero), total


def _table(bounds: Range, total: Range) -> torch.Tensor:
    """For each byte the int32 that stands for the same in the range `total`."""
    floats = float_of(np.arange(256), bounds, _BYTES)
    return torch.from_numpy(nearest_level(floats, total, _WORDS))


def added(
    x: torch.Tensor, y: torch.Tensor, x_bounds: Range, y_bounds: Range
) -> tuple[torch.Tensor, Range]:
    """The sum of bytes, as int32. The step from one to the next is a whole number, but for a single
    number that is added to many."""
    largest = max(abs(min(x_bounds[0], y_bounds[0])), abs(max(x_bounds[1], y_bounds[1])))
    high = float(_F(largest) * _F(1 << 14))
    total = (-high, high)

    def spread(part: torch.Tensor, bounds: Range, single: bool) -> torch.Tensor:
        table = _table(bounds, total)
        if not single:
            start, following = (
                int(level_of(float_of(i, bounds, _BYTES), total, _WORDS)) for i in (0, 1)
            )
            table = (start + (following - start) * torch.arange(256)).clamp(
                _WORDS.lowest, _WORDS.highest
            )
        return table.to(part.device)[part.long()]

    single = x.numel() == 1
    other = y.numel() == 1 and not single
    return spread(x, x_bounds, single) + spread(y, y_bounds, other), total


def joined(
    values: Sequence[torch.Tensor], bounds: Sequence[Range], axis: int, levels: Levels
) -> tuple[torch.Tensor, Range]:
    """Tensors one after the other, in a range that holds theirs."""
    low = min(0.0, *(b[0] for b in bounds))
    high = max(b[1] for b in bounds)
    if levels.lowest:
        high = max(abs(low), abs(high))
        low = -high
    parts = [
        x.to(torch.int64)
        if given == (low, high)
        else _spread(x, given, levels, (low, high), levels)
        for x, given in zip(values, bounds, strict=True)
    ]
    return torch.cat(parts, axis), (low, high)


def batch_norm(
    x: torch.Tensor,
    vectors: Sequence[torch.Tensor],
    ranges: Sequence[Range],
    epsilon: float,
    scaled: bool,
) -> tuple[torch.Tensor, Range]:
    """Bytes normalized with fixed-point numbers. `vectors` are mean, variance, beta and gamma;
    `ranges` those of `x` and of these."""
    total = (-float(1 << 20), float(1 << 20))
    mean, variance, beta, gamma = (
        float_of(v.cpu().numpy(), given, _BYTES)
        for v, given in zip(vectors, ranges[1:], strict=True)
    )
    scale = _F(1) / np.sqrt(variance + _F(epsilon))
    if scaled:
        scale = scale * gamma
    factor, offset = (
        torch.from_numpy(nearest_level(v, total, _WORDS)).to(x.device)
        for v in (scale, -mean * scale + beta)
    )
    one = int(nearest_level(1.0, total, _WORDS))
    wide = _table(ranges[0], total).to(x.device)[x.long()]
    product = (wide * factor).to(torch.int32).to(torch.int64)
    return torch.div(product, one, rounding_mode="trunc") + offset, total


def instance_norm(
    x: torch.Tensor, bounds: Range, given: Range | None, epsilon: float, separation: float
) -> tuple[torch.Tensor, Range]:
    """Bytes with mean 0 and variance 1 for each image and channel, in the range `given` or in
    their own."""
    if not bounds[0] < bounds[1]:
        raise invalid(f"input_min must be less than input_max : {bounds[0]:g} >= {bounds[1]:g}")
    unit = float((_F(bounds[1]) - _F(bounds[0])) / _F(255))
    wide = x.to(torch.float32)
    off = unit * (wide - wide.mean((1, 2), keepdim=True))
    variance = off.square().mean((1, 2), keepdim=True)
    normal = off * torch.rsqrt(variance + epsilon)
    low, high = (_F(v) for v in given or (float(normal.min()), float(normal.max())))
    if high - low < _F(separation):
        high = low + _F(separation)
    scale = _F(_BYTES.steps / float(high - low))
    found = round_away(normal * float(scale)) - float(_F(_away(low * scale)))
    return found.clamp(0, 255).to(torch.int64), (float(low), float(high))


def resized(
    x: torch.Tensor, size: Sequence[int], bounds: Range, corners: bool, centres: bool
) -> torch.Tensor:
    """Images with bilinear interpolation: of bytes and int32 with fixed-point weights."""
    if x.dtype == torch.float32:
        return resampling.bilinear(x, size, corners, centres)
    rows, columns = (
        resampling.linear(old, new, corners, centres)
        for old, new in zip(x.shape[1:3], size, strict=True)
    )
    one = 1 << (7 if x.dtype == torch.uint8 else 30)

    def at(taps: resampling.Taps, k: int) -> torch.Tensor:
        return torch.from_numpy(taps.index[:, k]).to(x.device)

    def weight(taps: resampling.Taps) -> torch.Tensor:
        return torch.from_numpy((taps.weight[:, 1] * _F(one)).astype(np.int64)).to(x.device)

    def line(k: int) -> torch.Tensor:
        picked = x.index_select(1, at(rows, k)).to(torch.int64)
        left, right = (picked.index_select(2, at(columns, i)) for i in (0, 1))
        return left * one + (right - left) * weight(columns)[:, None]

    top, bottom = line(0), line(1)
    step = torch.div(bottom - top, one, rounding_mode="trunc")
    mixed = top + step * weight(rows)[:, None, None]
    return torch.div(mixed + one // 2, one, rounding_mode="trunc")
