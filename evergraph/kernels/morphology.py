"""Greyscale dilation of images: the largest sum of a window's pixels and a filter.

Of equal sums the first (rows before columns) counts.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch.nn import functional as F

from evergraph.kernels.host import invalid
from evergraph.kernels.windows import Window, unimplemented


def check(strides: Sequence[int], rates: Sequence[int]) -> None:
    """Raises where windows would move over batch or channels."""
    for what, values in (("Stride", strides), ("Rate", rates)):
        if values[0] != 1 or values[3] != 1:
            raise unimplemented(f"{what} is only supported across spatial dimensions.")


class Places:
    """The windows of a filter over images: padded images, and a slice of them for each place of
    the filter."""

    def __init__(self, x: torch.Tensor, w: torch.Tensor, window: Window) -> None:
        if x.shape[3] != w.shape[2]:
            raise invalid(
                f"input and filter must have the same depth: {x.shape[3]} vs {w.shape[2]}"
            )
        self.space = x.shape[1:3]
        self.pads = window.paddings(self.space, w.shape[:2])
        self.counts = window.counts(self.space, w.shape[:2], self.pads)
        self.strides, self.rates = (
            window.spatial(window.strides),
            window.spatial(window.dilations),
        )
        self.filters = w.shape[:2]

    def __iter__(self) -> Iterator[tuple[int, int, Any]]:
        for row in range(self.filters[0]):
            for column in range(self.filters[1]):
                yield row, column, (slice(None), *map(self._slice, (0, 1), (row, column)))

    def _slice(self, axis: int, place: int) -> slice:
        start, stride = place * self.rates[axis], self.strides[axis]
        return slice(start, start + (self.counts[axis] - 1) * stride + 1, stride)

    def padded(self, x: torch.Tensor, value: Any) -> torch.Tensor:
        (top, bottom), (left, right) = self.pads
        return F.pad(x, (0, 0, left, right, top, bottom), value=value)

    def cropped(self, x: torch.Tensor) -> torch.Tensor:
        (top, _), (left, _) = self.pads
        return x[:, top : top + self.space[0], left : left + self.space[1]]


def _lowest(dtype: torch.dtype) -> Any:
    return torch.finfo(dtype).min if dtype.is_floating_point else torch.iinfo(dtype).min


def _best(x: torch.Tensor, w: torch.Tensor, places: Places) -> tuple[torch.Tensor, torch.Tensor]:
    """The largest sums, and the number of the filter's place they are of; -1 for none."""
    padded = places.padded(x, 0)
    inside = places.padded(torch.ones_like(x[:1, :, :, :1], dtype=torch.bool), False)
    size = (x.shape[0], *places.counts, x.shape[3])
    best = torch.full(size, _lowest(x.dtype), dtype=x.dtype, device=x.device)
    number = torch.full(size, -1, dtype=torch.int32, device=x.device)
    for i, (row, column, at) in enumerate(places):
        total = padded[at] + w[row, column]
        better = (total > best) & inside[at]
        best = torch.where(better, total, best)
        number.masked_fill_(better, i)
    return best, number


def _empty(places: Places, x: torch.Tensor) -> bool:
    return not x.numel() or 0 in places.counts


def dilation(x: torch.Tensor, w: torch.Tensor, window: Window) -> torch.Tensor:
    """The largest sum of pixels and filter in each window."""
    places = Places(x, w, window)
    if _empty(places, x):
        return x.new_empty(x.shape[0], *places.counts, x.shape[3])
    return _best(x, w, places)[0]


def _checked(x: torch.Tensor, w: torch.Tensor, grad: torch.Tensor, window: Window) -> Places:
    places = Places(x, w, window)
    if list(grad.shape) != [x.shape[0], *places.counts, x.shape[3]]:
        raise invalid("out_backprop has incompatible size.")
    return places


def input_gradient(
    x: torch.Tensor, w: torch.Tensor, grad: torch.Tensor, window: Window
) -> torch.Tensor:
    """`grad` added up where the pixels of the largest sums stand."""
    places = _checked(x, w, grad, window)
    if _empty(places, x):
        return torch.zeros_like(x)
    _, number = _best(x, w, places)
    found = places.padded(torch.zeros_like(x), 0)
    for i, (_, _, at) in enumerate(places):
        found[at] += grad * (number == i)
    return places.cropped(found)


def filter_gradient(
    x: torch.Tensor, w: torch.Tensor, grad: torch.Tensor, window: Window
) -> torch.Tensor:
    """`grad` added up at the filter's places of the largest sums."""
    places = _checked(x, w, grad, window)
    found = torch.zeros_like(w)
    if _empty(places, x):
        return found
    _, number = _best(x, w, places)
    for i, (row, column, _) in enumerate(places):
        found[row, column] = (grad * (number == i)).sum((0, 1, 2), dtype=grad.dtype)
    return found
