"""Images resized: which pixels each new one is made of, and with which weights.

Along each axis of an image a new pixel is a weighted sum of a few old ones; `Taps` says of which.
All arithmetic on positions is in float32, since what TensorFlow rounds decides which pixels it
takes.
"""

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

_TABLE = 1 << 10  # bicubic weights are looked up in steps of this fraction of a pixel
_MANY = 16  # from here on a product of matrices is faster than a sum of slices
_F = np.float32


class Taps(NamedTuple):
    """For each new position along an axis the old ones [new, k], and their weights."""

    index: np.ndarray
    weight: np.ndarray


def scale_of(old: int, new: int, align_corners: bool) -> np.float32:
    """How many old pixels a new one stands for."""
    if align_corners and new > 1:
        return _F(old - 1) / _F(new - 1)
    return _F(old) / _F(new)


def _positions(old: int, new: int, align_corners: bool, half_pixel_centers: bool) -> np.ndarray:
    scale = scale_of(old, new, align_corners)
    at = np.arange(new, dtype=_F)
    return (at + _F(0.5)) * scale - _F(0.5) if half_pixel_centers else at * scale


@functools.lru_cache(64)
def linear(old: int, new: int, align_corners: bool, half_pixel_centers: bool) -> Taps:
    """The two nearest pixels; the second weight says how near the second is, and 1 less it the
    first."""
    at = _positions(old, new, align_corners, half_pixel_centers)
    low = np.floor(at)
    index = np.stack([np.maximum(low, 0), np.minimum(np.ceil(at), old - 1)], axis=1)
    part = at - low
    return Taps(index.astype(np.int64), np.stack([_F(1) - part, part], axis=1))


@functools.lru_cache(64)
def nearest(old: int, new: int, align_corners: bool, half_pixel_centers: bool) -> np.ndarray:
    """The nearest pixel of each new one."""
    scale = scale_of(old, new, align_corners)
    at = np.arange(new, dtype=_F)
    at = (at + _F(0.5)) * scale if half_pixel_centers else at * scale
    if align_corners:
        # Halves go away from zero.
        whole = np.floor(at)
        index = np.where(at - whole >= 0.5, whole + 1, whole)
    else:
        index = np.floor(at)
    return np.clip(index, 0, old - 1).astype(np.int64)


@functools.cache
def _cubic_table(keys: bool) -> np.ndarray:
    """[steps + 1, 2]: weights of the pixels nearer and farther than one, by distance.

    R. Keys, Cubic convolution interpolation for digital image processing, 1981.
    """
    a = -0.5 if keys else -0.75
    near = (np.arange(_TABLE + 1) / _TABLE).astype(_F).astype(np.float64)
    far = (near + 1.0).astype(_F).astype(np.float64)
    return np.stack(
        [
            ((a + 2) * near - (a + 3)) * near * near + 1,
            ((a * far - 5 * a) * far + 8 * a) * far - 4 * a,
        ],
        axis=1,
    ).astype(_F)


@functools.lru_cache(64)
def cubic(old: int, new: int, align_corners: bool, half_pixel_centers: bool) -> Taps:
    """The four nearest pixels. With half pixel centres what is outside of the image has no weight,
    otherwise the pixel at the edge has it."""
    at = _positions(old, new, align_corners, half_pixel_centers)
    low = np.floor(at)
    step = np.rint((at - low) * _F(_TABLE)).astype(np.int64)
    table = _cubic_table(half_pixel_centers)
    weight = np.stack(
        [table[step, 1], table[step, 0], table[_TABLE - step, 0], table[_TABLE - step, 1]], axis=1
    )
    wanted = low.astype(np.int64)[:, None] + np.arange(-1, 3)
    index = np.clip(wanted, 0, old - 1)
    if half_pixel_centers:
        weight = np.where(index == wanted, weight, _F(0))
        weight = _normalized(weight)
    return Taps(index, weight)


def _normalized(weight: np.ndarray) -> np.ndarray:
    """Weights with the sum 1, or as they are where their sum is as good as zero."""
    total = np.cumsum(weight, axis=1, dtype=_F)[:, -1:]
    usable = np.abs(total) >= _F(1000) * np.finfo(_F).tiny
    with np.errstate(divide="ignore"):
        return np.where(usable, weight * (_F(1) / total), weight)


@functools.lru_cache(64)
def area(old: int, new: int, align_corners: bool) -> Taps:
    """All pixels that a new one covers, by how much of each it covers; their sum is the scale."""
    scale = scale_of(old, new, align_corners)
    at = np.arange(new + 1, dtype=_F) * scale
    start, end = at[:-1], at[1:]
    first = np.floor(start).astype(np.int64)
    count = np.ceil(end).astype(np.int64) - first
    pixel = first[:, None] + np.arange(max(int(count.max()), 1))
    low, high = pixel.astype(_F), (pixel + 1).astype(_F)
    begun = np.where(high > end[:, None], scale, high - start[:, None])
    inside = np.where(high > end[:, None], end[:, None] - low, _F(1))
    weight = np.where(low < start[:, None], begun, inside)
    weight = np.where(np.arange(pixel.shape[1]) < count[:, None], weight, _F(0))
    return Taps(np.clip(pixel, 0, old - 1), weight.astype(_F))


def _lanczos(radius: float) -> Callable[[np.ndarray], np.ndarray]:
    pi, r = _F(math.pi), _F(radius)

    def weight(x: np.ndarray) -> np.ndarray:
        safe = np.maximum(x, _F(1e-3))
        value = r * np.sin(pi * safe) * np.sin(pi * safe / r) / (pi * pi * safe * safe)
        return np.where(x > r, _F(0), np.where(x <= _F(1e-3), _F(1), value))

    return weight


def _gaussian(x: np.ndarray) -> np.ndarray:
    # Radius 1.5, which is three times the deviation.
    return np.where(x >= 1.5, 0, np.exp(-x * x / _F(0.5))).astype(_F)


def _box(x: np.ndarray) -> np.ndarray:
    return np.where(x < 0.5, 1, np.where(x == 0.5, 0.5, 0)).astype(_F)


def _triangle(x: np.ndarray) -> np.ndarray:
    return np.where(x < 1, 1 - x, 0).astype(_F)


def _keys_cubic(x: np.ndarray) -> np.ndarray:
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    near = ((1.5 * x - 2.5) * x) * x + 1
    return np.where(x >= 2, 0, np.where(x >= 1, far, near)).astype(_F)


def _mitchell_cubic(x: np.ndarray) -> np.ndarray:
    """D. Mitchell, A. Netravali, Reconstruction filters in computer graphics, 1988."""
    far = ((_F(-7 / 18) * x + 2) * x - _F(10 / 3)) * x + _F(16 / 9)
    near = ((_F(7 / 6) * x - 2) * x) * x + _F(8 / 9)
    return np.where(x >= 2, 0, np.where(x >= 1, far, near)).astype(_F)


# Name: (radius, weight at a distance).
FILTERS: dict[str, tuple[float, Callable[[np.ndarray], np.ndarray]]] = {
    "lanczos1": (1, _lanczos(1)),
    "lanczos3": (3, _lanczos(3)),
    "lanczos5": (5, _lanczos(5)),
    "gaussian": (1.5, _gaussian),
    "box": (1, _box),
    "triangle": (1, _triangle),
    "keyscubic": (2, _keys_cubic),
    "mitchellcubic": (2, _mitchell_cubic),
}


@functools.lru_cache(64)
def filtered(
    old: int, new: int, kernel: str, scale: float, translation: float, antialias: bool
) -> Taps:
    """The pixels under a filter that is as wide as a new pixel (if `antialias` and that is wider
    than an old one), with weights whose sum is 1."""
    radius, function = FILTERS[kernel]
    inverse = _F(1.0 / _F(scale))
    shift = -inverse * _F(translation)
    width = np.maximum(inverse, _F(1)) if antialias else _F(1)
    at = (np.arange(new, dtype=_F) + _F(0.5)) * inverse + shift
    reach = _F(radius) * width
    first = np.clip(np.ceil(at - reach - _F(0.5)), 0, old - 1).astype(np.int64)
    last = np.clip(np.floor(at + reach - _F(0.5)), 0, old - 1).astype(np.int64)
    count = max(int((last - first).max()) + 1, 1)
    pixel = first[:, None] + np.arange(count)
    distance = np.abs((pixel.astype(_F) + _F(0.5) - at[:, None]) * (_F(1) / width))
    weight = np.where(pixel <= last[:, None], function(distance), _F(0)).astype(_F)
    total = np.cumsum(weight, axis=1, dtype=_F)[:, -1:]
    # What would be taken from outside of the image stays zero.
    used = (np.abs(total) >= _F(1000) * np.finfo(_F).tiny) & ((at >= 0) & (at <= old))[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(used, weight * (_F(1) / total), _F(0))
    return Taps(np.minimum(pixel, old - 1), weight.astype(_F))


def _on(device: torch.device, array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(array)).to(device)


def _matrix(taps: Taps, old: int, x: torch.Tensor) -> torch.Tensor:
    """[new, old]: the weights as a matrix."""
    matrix = torch.zeros(len(taps.index), old, dtype=torch.float32, device=x.device)
    index, weight = _on(x.device, taps.index), _on(x.device, taps.weight)
    return matrix.scatter_add_(1, index, weight).to(x.dtype)


# Images are read as matrices [batch * height, width * channels]: torch reads rows of them, and
# single numbers along their columns, many times faster than runs of a few channels.


def _flat(x: torch.Tensor) -> torch.Tensor:
    return x.reshape(x.shape[0] * x.shape[1], -1)


def _flat_taps(taps: Taps, axis: int, x: torch.Tensor) -> Taps:
    """The taps of an axis of `x` for axis `axis - 1` of `_flat(x)`."""
    count = taps.index.shape[1]
    if axis == 1:
        batch, height = x.shape[:2]
        index = np.arange(batch)[:, None, None] * height + taps.index
        return Taps(index.reshape(-1, count), np.tile(taps.weight, (batch, 1)))
    channels = x.shape[3]
    index = taps.index[:, None, :] * channels + np.arange(channels)[:, None]
    return Taps(index.reshape(-1, count), np.repeat(taps.weight, channels, axis=0))


def _select(flat: torch.Tensor, taps: Taps, k: int, axis: int) -> torch.Tensor:
    return flat.index_select(axis - 1, _on(flat.device, taps.index[:, k]))


def _weight(taps: Taps, k: int, axis: int, x: torch.Tensor) -> torch.Tensor:
    weight = _on(x.device, taps.weight[:, k]).to(x.dtype)
    return weight[:, None] if axis == 1 else weight


def pick(x: torch.Tensor, index: np.ndarray, axis: int) -> torch.Tensor:
    """The pixels of [batch, height, width, channels] at these places along an axis."""
    taps = _flat_taps(Taps(index[:, None], index[:, None]), axis, x)
    return _select(_flat(x), taps, 0, axis).reshape(_shape(x, axis, len(index)))


def _shape(x: torch.Tensor, axis: int, size: int) -> list[int]:
    return [*x.shape[:axis], size, *x.shape[axis + 1 :]]


def apply(x: torch.Tensor, taps: Taps, axis: int) -> torch.Tensor:
    """[batch, height, width, channels] resized along an axis."""
    if taps.index.shape[1] >= _MANY:
        matrix = _matrix(taps, x.shape[axis], x)
        return torch.tensordot(x, matrix, ([axis], [1])).movedim(-1, axis)
    flat, flat_taps = _flat(x), _flat_taps(taps, axis, x)
    result: torch.Tensor | None = None
    for k in range(taps.index.shape[1]):
        part = _select(flat, flat_taps, k, axis).mul_(_weight(flat_taps, k, axis, x))
        result = part if result is None else result.add_(part)
    assert result is not None
    return result.reshape(_shape(x, axis, len(taps.index)))


def spread(grad: torch.Tensor, taps: Taps, old: int, axis: int) -> torch.Tensor:
    """The gradient of `apply` for `x`, whose size along the axis was `old`."""
    if taps.index.shape[1] >= _MANY:
        matrix = _matrix(taps, old, grad)
        return torch.tensordot(grad, matrix, ([axis], [0])).movedim(-1, axis)
    result = grad.new_zeros(_shape(grad, axis, old))
    flat, flat_grad = _flat(result), _flat(grad)
    flat_taps = _flat_taps(taps, axis, result)
    for k in range(taps.index.shape[1]):
        part = flat_grad * _weight(flat_taps, k, axis, grad)
        flat.index_add_(axis - 1, _on(grad.device, flat_taps.index[:, k]), part)
    return result


class _Neighbours(NamedTuple):
    """What `linear` says of an axis of matrices: where the lower neighbours are and then the upper
    ones, and how near the upper ones are."""

    both: torch.Tensor
    low: torch.Tensor
    high: torch.Tensor
    near: torch.Tensor


def _neighbours_of(
    old: int, new: int, options: tuple[bool, bool], times: int, axis: int, device: torch.device
) -> _Neighbours:
    """`times` is the size of the batch for rows, and of the channels for columns."""
    taps = linear(old, new, *options)
    other = np.arange(times)
    if axis == 0:
        index = (other[:, None] * old + taps.index.T[:, None]).reshape(2, -1)
        near = np.tile(taps.weight[:, 1], times)[:, None]
    else:
        index = (taps.index.T[:, :, None] * times + other).reshape(2, -1)
        near = np.repeat(taps.weight[:, 1], times)
    both = _on(device, index.reshape(-1))
    low, high = both.chunk(2)
    return _Neighbours(both, low, high, _on(device, near))


_known_neighbours = functools.lru_cache(512)(_neighbours_of)
_LONGEST_KNOWN = 1 << 13


def _neighbours(old: int, new: int, options: Any, times: int, *where: Any) -> _Neighbours:
    find = _known_neighbours if new * times <= _LONGEST_KNOWN else _neighbours_of
    return find(old, new, options, times, *where)


def bilinear(
    x: torch.Tensor, size: Sequence[int], align_corners: bool, half_pixel_centers: bool
) -> torch.Tensor:
    """Images resized: first between the pixels left and right, then those above and below.

    `x` is [batch, height, width, channels] of any type, the result float32.
    """
    options = (align_corners, half_pixel_centers)
    batch, height, width, channels = x.shape
    rows = _neighbours(height, size[0], options, batch, 0, x.device)
    columns = _neighbours(width, size[1], options, channels, 1, x.device)
    if size[0] * 2 < height:
        # Of a much larger image not all rows are needed.
        low, high = _mixed(_flat(x).index_select(0, rows.both), columns).chunk(2)
    else:
        mixed = _mixed(_flat(x), columns)
        low, high = mixed.index_select(0, rows.low), mixed.index_select(0, rows.high)
    mixed = torch.add(high.sub_(low).mul_(rows.near), low)
    return mixed.view(batch, *size, channels)


def _mixed(flat: torch.Tensor, columns: _Neighbours) -> torch.Tensor:
    low = flat.index_select(1, columns.low).to(torch.float32)
    high = flat.index_select(1, columns.high).to(torch.float32)
    # In this order, so that it rounds as TensorFlow does.
    return high.sub_(low).mul_(columns.near).add_(low)
