"""Convolutions as products of matrices: of what lies under the filter, place by place, with the
filter as it is.

torch's convolutions want a filter in another order, and give its gradient in that order. Where a
filter has more outputs than the images have places, as behind many strides or with few examples,
to order it takes up to twenty times as long as the convolution.
"""

import itertools
import math
from collections.abc import Iterator, Sequence

import torch
from torch.nn import functional as F

from evergraph.kernels.one_thread import addmm, mm
from evergraph.kernels.windows import Window

# So many times as many places as outputs are few; more where there is nothing to lay out.
_FEW, _FEW_OF_POINTS = 1, 4


class Places:
    """Where a filter [*space, in, out] stands in images [batch, *space, in].

    Args:
      sizes: of the images.
      filters: of the filter.
    """

    def __init__(self, sizes: Sequence[int], filters: Sequence[int], window: Window) -> None:
        self.sizes, self.taps = list(sizes), list(filters[:-2])
        self.pads = window.paddings(sizes[1:-1], self.taps)
        self.counts = window.counts(sizes[1:-1], self.taps, self.pads)
        self.strides = window.spatial(window.strides)
        self.dilations = window.spatial(window.dilations)
        self.point = math.prod(self.taps) == 1 and not any(map(any, self.pads))

    def columns(self, x: torch.Tensor) -> torch.Tensor:
        """What lies under the filter: [places, taps * in]."""
        if self.point:
            return x[self._steps()].reshape(-1, x.shape[-1])
        padded = self._padded(x)
        batch, *space, last = padded.stride()
        moves = [s * n for s, n in zip(space, self.strides, strict=True)]
        within = [s * n for s, n in zip(space, self.dilations, strict=True)]
        sizes = [self.sizes[0], *self.counts, *self.taps, self.sizes[-1]]
        found = padded.as_strided(sizes, [batch, *moves, *within, last])
        return found.reshape(self.sizes[0] * math.prod(self.counts), -1)

    def add_up(self, columns: torch.Tensor) -> torch.Tensor:
        """The gradient of `columns`."""
        if self.point and set(self.strides) == {1}:
            return columns.view(self.sizes)
        space = [n + sum(p) for n, p in zip(self.sizes[1:-1], self.pads, strict=True)]
        total = columns.new_zeros([self.sizes[0], *space, self.sizes[-1]])
        parts = columns.view(self.sizes[0], *self.counts, -1, self.sizes[-1])
        for i, steps in enumerate(self._taps()):
            total[steps] += parts[..., i, :]
        inner = [
            slice(before, before + n)
            for (before, _), n in zip(self.pads, self.sizes[1:-1], strict=True)
        ]
        return total[(slice(None), *inner)]

    def _padded(self, x: torch.Tensor) -> torch.Tensor:
        if not any(map(any, self.pads)):
            return x.contiguous()
        return F.pad(x, [0, 0, *(side for pad in reversed(self.pads) for side in pad)])

    def _taps(self) -> Iterator[tuple[slice, ...]]:
        """By tap, what lies under it at all places."""
        for tap in itertools.product(*map(range, self.taps)):
            starts = [i * d for i, d in zip(tap, self.dilations, strict=True)]
            yield self._steps(starts)

    def _steps(self, starts: Sequence[int] | None = None) -> tuple[slice, ...]:
        starts = starts or [0] * len(self.counts)
        axes = zip(starts, self.strides, self.counts, strict=True)
        return slice(None), *(slice(a, a + s * (n - 1) + 1, s) for a, s, n in axes)


def places(
    x: torch.Tensor, sizes: Sequence[int], filters: Sequence[int], window: Window
) -> Places | None:
    """Where the convolution of such images and such a filter is better done so; else None.

    Args:
      x: a tensor of the type and on the device of what is computed.
    """
    if window.first or x.is_cuda or x.dtype not in (torch.float32, torch.float64):
        return None
    if sizes[-1] != filters[-2]:  # groups
        return None
    found = Places(sizes, filters, window)
    rows = sizes[0] * math.prod(found.counts)
    few = filters[-1] * (_FEW_OF_POINTS if found.point else _FEW)
    return found if 0 < rows <= few and filters[-2] else None


def conv(
    x: torch.Tensor, w: torch.Tensor, where: Places, bias: torch.Tensor | None, relu: bool
) -> torch.Tensor:
    """The convolution, plus perhaps a bias, and of that perhaps the positive part."""
    columns, matrix = where.columns(x), w.reshape(-1, w.shape[-1])
    y = mm(columns, matrix) if bias is None else addmm(bias, columns, matrix)
    return (y.relu_() if relu else y).view(where.sizes[0], *where.counts, -1)


def input_gradient(w: torch.Tensor, grad: torch.Tensor, where: Places) -> torch.Tensor:
    """The gradient of `conv` with respect to the images."""
    grad = grad.reshape(-1, grad.shape[-1])
    return where.add_up(mm(grad, w.reshape(-1, w.shape[-1]).t()))


def filter_gradient(
    x: torch.Tensor, filters: Sequence[int], grad: torch.Tensor, where: Places
) -> torch.Tensor:
    """The gradient of `conv` with respect to the filter."""
    grad = grad.reshape(-1, grad.shape[-1])
    return mm(where.columns(x).t(), grad).view(*filters)
