"""A part of an image drawn by chance, of which a box must show enough."""

from collections.abc import Callable

import numpy as np

_F = np.float32
Box = tuple[int, int, int, int]  # left, top, right, bottom


def _round(x: np.float32) -> int:
    return int(np.rint(x))


def words_below(n: int, word: Callable[[], int]) -> int:
    """A number below `n`, each as likely as any other."""
    if n & (n - 1) == 0:
        return word() & (n - 1)
    refused = 0xFFFFFFFF % n + 1
    while (drawn := word()) < refused:
        pass
    return drawn % n


def unit_float(word: int) -> np.float32:
    """A float in [0, 1) of the 23 low bits of a word."""
    return np.uint32(word & 0x7FFFFF | 127 << 23).view(_F) - _F(1)


def _fitted(width: int, height: int, areas: tuple[float, float], ratio: np.float32) -> tuple:
    """The least height, the largest, and the areas between which a part must be."""
    least = _F(_F(areas[0]) * _F(width)) * _F(height)
    most = _F(_F(areas[1]) * _F(width)) * _F(height)
    low = _round(np.sqrt(least / ratio))
    high = _round(np.sqrt(most / ratio))
    if _round(_F(high) * ratio) > width:
        # The largest that is not too wide when rounded.
        high = int((width + 0.5 - float(_F(0.0000001))) / float(ratio))
    high = min(high, height)
    return min(low, high), high, least, most


def part(
    width: int,
    height: int,
    areas: tuple[float, float],
    ratio: np.float32,
    word: Callable[[], int],
) -> Box | None:
    """A rectangle within an image: its width is `ratio` times its height, its area between these
    parts of the image. None where there is no such."""
    if areas[1] <= 0 or ratio <= 0 or width <= 0 or height <= 0 or areas[0] > areas[1]:
        return None
    rows, high, least, most = _fitted(width, height, areas, ratio)
    if rows < high:
        rows += words_below(high - rows + 1, word)
    columns = _round(_F(rows) * ratio)
    area = _F(columns * rows)
    # What rounding took or gave is mended once.
    if area < least:
        rows += 1
        columns = _round(_F(rows) * ratio)
        area = _F(columns * rows)
    if area > most:
        rows -= 1
        columns = _round(_F(rows) * ratio)
        area = _F(columns * rows)
    if not (least <= area <= most and 0 < columns <= width and 0 < rows <= height):
        return None
    top = words_below(height - rows, word) if rows < height else 0
    left = words_below(width - columns, word) if columns < width else 0
    return left, top, left + columns, top + rows


def _area(box: Box) -> np.float32:
    return _F((box[2] - box[0]) * (box[3] - box[1]))


def shows_enough(box: Box, objects: list[Box], least: float) -> bool:
    """Whether of any object at least this part is within `box`."""
    if _area(box) < 1:
        return False
    for other in objects:
        if _area(other) < 1:
            continue
        left, top = max(box[0], other[0]), max(box[1], other[1])
        right, bottom = min(box[2], other[2]), min(box[3], other[3])
        shared = _area((left, top, right, bottom)) if left <= right and top <= bottom else _F(0)
        if shared / _area(other) >= _F(least):
            return True
    return False
