"""Images of random dots that show depth to two eyes (Thimbleby, Inglis and Witten 1994)."""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Stereogram:
    """How depths become dots. Sizes are (width, height)."""

    image: tuple[int, int]
    window: tuple[int, int]
    dots: int
    eyes: int
    mu: float
    border: float
    hidden: bool

    @property
    def top(self) -> int:
        """Above the window there is less room where dots are drawn below."""
        room = self.image[1] - self.window[1]
        return max(0, room - self.dots) // 3 if self.dots > 0 else int(room / 2)

    def separation(self, depth: Any) -> Any:
        """How far apart the two dots are that show a point."""
        apart = (1 - self.mu * depth) * self.eyes / (2 - self.mu * depth)
        return np.floor(np.nan_to_num(apart) + 0.5).astype(np.int64)

    def depths(self, values: np.ndarray, shift: int = 0) -> np.ndarray:
        """The depth at each pixel of the image, or `shift` to the right of it."""
        left = int((self.image[0] - self.window[0]) / 2)
        x = values.shape[1] * (np.arange(self.image[0]) + shift - left) / self.window[0]
        y = values.shape[0] * (np.arange(self.image[1]) - self.top) / self.window[1]
        within_x = (x >= 0) & (x < values.shape[1])
        within_y = (y >= 0) & (y < values.shape[0])
        rows, columns = (
            np.where(w, v, 0).astype(np.int64) for w, v in ((within_y, y), (within_x, x))
        )
        return np.where(within_y[:, None] & within_x, values[rows][:, columns], self.border)

    def visible(self, values: np.ndarray, depth: np.ndarray) -> np.ndarray:
        """Which points no nearer one hides from either eye."""
        found = np.ones(depth.shape, bool)
        going = found.copy()
        shift = 1
        while going.any():
            limit = depth + 2 * (2 - self.mu * depth) * shift / (self.mu * self.eyes)
            clear = (self.depths(values, -shift) < limit) & (self.depths(values, shift) < limit)
            found &= clear | ~going
            going &= clear & (limit < 1)
            shift += 1
        return found

    def links(self, values: np.ndarray) -> np.ndarray:
        """For each pixel [height, width] the one at its right that is of the same colour, or itself
        if there is none."""
        width, height = self.image
        depth = self.depths(values)
        apart = self.separation(depth)
        left = np.arange(width) - apart // 2
        right = left + apart
        valid = (left >= 0) & (right < width)
        if self.hidden:
            valid &= self.visible(values, depth)
        same = np.tile(np.arange(width), (height, 1))
        for x in range(width):
            rows = np.flatnonzero(valid[:, x])
            if len(rows):
                _link(same, rows, left[rows, x], right[rows, x])
        return same

    def draw(self, values: np.ndarray, colours: np.ndarray) -> np.ndarray:
        """The image, of pixels whose own colours [height, width, channels] are given."""
        width, height = self.image
        same = self.links(values)
        rows = np.arange(height)
        for x in range(width - 1, -1, -1):
            colours[:, x] = colours[rows, same[:, x]]
        if self.dots > 0:
            self._draw_dots(colours)
        return colours

    def _draw_dots(self, image: np.ndarray) -> None:
        """Two black squares, to help the eyes to find their distance."""
        width, height = self.image
        far = int(self.separation(0.0))
        bottom = height - 1 - self.top
        for centre in (width // 2 - far // 2, width // 2 + far // 2):
            start = centre - self.dots // 2
            across = slice(max(start, 0), max(start + self.dots, 0))
            image[max(bottom - self.dots + 1, 0) : bottom + 1, across] = 0


def _link(same: np.ndarray, rows: Any, left: Any, right: Any) -> None:
    """Has `left` and `right` of some rows the same colour, keeping what is linked already."""
    left, right = left.copy(), right.copy()
    waiting = np.arange(len(rows))
    following = same[rows, left]
    while True:
        now = following[waiting]
        waiting = waiting[(now != left[waiting]) & (now != right[waiting])]
        if not len(waiting):
            break
        now = following[waiting]
        nearer = now < right[waiting]
        near, far = waiting[nearer], waiting[~nearer]
        left[near] = following[near]
        following[near] = same[rows[near], left[near]]
        same[rows[far], left[far]] = right[far]
        left[far] = right[far]
        following[far] = same[rows[far], left[far]]
        right[far] = following[far]
    same[rows, left] = right


def normalized(values: np.ndarray, bounds: tuple[float, float] | None) -> np.ndarray:
    """Depths from 0 to 1; `bounds` stand for these, or None for the values as they are."""
    found = np.asarray(values, np.float64)
    if bounds is not None:
        low, high = bounds if bounds[0] <= bounds[1] else (found.min(), found.max())
        with np.errstate(all="ignore"):
            found = (found - low) / (high - low)
    return np.clip(found, 0.0, 1.0)
