"""Floats as small integers and back, with TensorFlow's three ways of choosing scale and offset."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from evergraph.base import dtypes
from evergraph.base.dtypes import DType
from evergraph.kernels.host import invalid

_F = np.float32
_LARGEST = np.finfo(np.float32).max


@dataclass(frozen=True)
class Levels:
    """The integers of a quantized dtype."""

    lowest: int
    highest: int

    @property
    def steps(self) -> int:
        return self.highest - self.lowest

    @property
    def half(self) -> float:
        """What moves the middle of the integers to where unsigned ones begin."""
        return 0.0 if self.lowest == 0 else (self.steps + 1) / 2


LEVELS: dict[DType, Levels] = {
    dtypes.qint8: Levels(-(2**7), 2**7 - 1),
    dtypes.quint8: Levels(0, 2**8 - 1),
    dtypes.qint16: Levels(-(2**15), 2**15 - 1),
    dtypes.quint16: Levels(0, 2**16 - 1),
    dtypes.qint32: Levels(-(2**31), 2**31 - 1),
}
# The float32 numbers next to the ends of int32.
_FLOAT_BOUNDS = (-2147483648.0, 2147483520.0)


def round_away(x: torch.Tensor) -> torch.Tensor:
    """The nearest whole numbers; halves go away from 0."""
    # Not by adding a half first: that is rounded itself where numbers are large.
    whole = x.trunc()
    return whole + torch.sign(x) * ((x - whole).abs() >= 0.5)


def _away(x: Any) -> Any:
    return np.sign(x) * np.floor(np.abs(x) + _F(0.5))


def _apart(low: Any, high: Any) -> tuple[Any, Any]:
    """Bounds that hold 0, and are not too near to one another."""
    if high < low:
        raise invalid("input_max_range must be larger than input_min_range.")
    gap = max(_F(1), abs(low), abs(high)) / _F(100)
    low_found = min(_F(0), low)
    return low_found, max(_F(0), high, low_found + gap)


def _side(level: int, bound: Any, largest: Any) -> Any:
    """How many levels a unit has, seen from one bound."""
    return bound.dtype.type(level) / bound if level * bound > 0 else largest


def quantize(
    x: torch.Tensor, low: float, high: float, levels: Levels, mode: str, round_mode: str
) -> tuple[torch.Tensor, float, float]:
    """Integers as int64, and the bounds that the lowest and highest stand for."""
    first, last = _apart(_F(low), _F(high))
    if mode == "MIN_COMBINED":
        scale = float(_F(levels.steps / float(last - first)))
        shifted = (x.clamp(float(first), float(last)) - float(first)) * scale
        found = (shifted + 0.5).trunc() if not levels.lowest else round_away(shifted - levels.half)
    elif mode == "MIN_FIRST":
        step = _F(levels.steps / float(last - first))
        offset = float(_away(first * step) - _F(levels.lowest))
        found = round_away(x * float(step)) - offset
    else:
        scale = min(_side(levels.lowest, first, _LARGEST), _side(levels.highest, last, _LARGEST))
        first, last = _F(levels.lowest) / scale, _F(levels.highest) / scale
        scaled = x.clamp(float(first), float(last)) * float(scale)
        found = scaled.round() if round_mode == "HALF_TO_EVEN" else round_away(scaled)
    bounds = max(levels.lowest, _FLOAT_BOUNDS[0]), min(levels.highest, _FLOAT_BOUNDS[1])
    return found.clamp(*bounds).to(torch.int64), float(first), float(last)


def dequantize(x: torch.Tensor, low: float, high: float, levels: Levels, mode: str) -> torch.Tensor:
    """The floats that integers stand for."""
    first, last = _F(low), _F(high)
    wide = x.to(torch.float32)
    if mode == "MIN_COMBINED":
        scale = (last - first) / (_F(levels.highest) - _F(levels.lowest))
        return (wide + levels.half) * float(scale) + float(first)
    if mode == "MIN_FIRST":
        step = _F(float(last - first) / levels.steps)
        rounded = first if first == last else _away(first / step) * step
        return float(rounded - _F(levels.lowest) * step) + wide * float(step)
    scale = last / _F(levels.highest)
    if levels.lowest:
        scale = max(first / _F(levels.lowest), scale)
    return wide * float(scale)


def there_and_back(
    x: torch.Tensor,
    bounds: tuple[float, float] | None,
    *,
    signed: bool,
    bits: int,
    narrow: bool,
    half_up: bool,
) -> torch.Tensor:
    """Floats as they are after they were integers of `bits` bits, 0 being 0. `bounds` None stands
    for those of the values."""
    if not 0 < bits < (62 if signed else 63):
        raise invalid(f"num_bits is out of range: {bits} with signed_input_ {int(signed)}")
    if bounds is not None and not bounds[0] <= bounds[1]:
        raise invalid(f"Invalid range: input_min {bounds[0]:g} > input_max {bounds[1]:g}")
    number = np.float64 if x.dtype == torch.float64 else np.float32
    ends = [x.min().item(), x.max().item()] if bounds is None else bounds
    low, high = number(ends[0]), number(ends[1])
    lowest = -(2 ** (bits - 1)) + narrow if signed else 0
    highest = 2 ** (bits - 1) - 1 if signed else 2**bits - 1
    largest = number(torch.finfo(x.dtype).max)
    from_low, from_high = _side(lowest, low, largest), _side(highest, high, largest)
    if from_low < from_high:
        scale, inverse = from_low, low / number(lowest)
        high = number(highest) * inverse
    else:
        scale, inverse = from_high, high / number(highest)
        low = number(lowest) * inverse
    clamped = x if bounds is None else x.clamp(float(low), float(high))
    scaled = clamped * float(scale)
    return ((scaled + 0.5).floor() if half_up else scaled.round()) * float(inverse)
