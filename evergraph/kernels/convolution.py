"""Convolutions over images with torch, in TensorFlow's layouts and paddings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional as F
from torch.nn import grad as torch_grad

from evergraph.base import errors
from evergraph.kernels.host import invalid


def window_padding(
    size: int, window: int, stride: int, dilation: int, padding: str
) -> tuple[int, int]:
    """What SAME or VALID adds before and after an axis; an odd one goes to the end."""
    if padding == "VALID":
        return 0, 0
    extent = (window - 1) * dilation + 1
    needed = max((-(-size // stride) - 1) * stride + extent - size, 0)
    return needed // 2, needed - needed // 2


@dataclass(frozen=True)
class Window:
    """How a filter moves over rows and columns. Lists are those of the op's attrs."""

    strides: Sequence[int]
    padding: str
    explicit_paddings: Sequence[int]
    data_format: str
    dilations: Sequence[int]

    @property
    def first(self) -> bool:
        """Whether channels come before rows and columns."""
        return self.data_format == "NCHW"

    def spatial(self, values: Sequence[int]) -> list[int]:
        """Of four values those of rows and columns."""
        return list(values[2:4] if self.first else values[1:3])

    def channels_first(self, x: torch.Tensor) -> torch.Tensor:
        return x if self.first else x.permute(0, 3, 1, 2)

    def back(self, y: torch.Tensor) -> torch.Tensor:
        """A result in the op's own layout."""
        return y if self.first else y.permute(0, 2, 3, 1)

    def paddings(self, sizes: Sequence[int], filters: Sequence[int]) -> list[tuple[int, int]]:
        """What comes before and after rows and columns."""
        if self.padding == "EXPLICIT":
            given = list(self.explicit_paddings)[4 if self.first else 2 :]
            return [(given[0], given[1]), (given[2], given[3])]
        strides, dilations = self.spatial(self.strides), self.spatial(self.dilations)
        axes = zip(sizes, filters, strides, dilations, strict=True)
        return [window_padding(*axis, self.padding) for axis in axes]


def _padded(x: torch.Tensor, pads: list[tuple[int, int]]) -> tuple[torch.Tensor, list[int]]:
    """`x`, padded where the two sides differ, and what torch itself is to pad."""
    if all(before == after for before, after in pads):
        return x, [before for before, _ in pads]
    (top, bottom), (left, right) = pads
    return F.pad(x, (left, right, top, bottom)), [0, 0]


def check_axes(window: Window) -> None:
    """Raises where filters would move over batch or channels."""
    for values, what in ((window.strides, "strides"), (window.dilations, "dilations")):
        if values[0] != 1 or values[1 if window.first else 3] != 1:
            raise invalid(
                f"Current implementation does not yet support {what} in the batch and depth "
                "dimensions."
            )


def check_depth(depth: int, filter_depth: int) -> None:
    """Raises where input and filter have other numbers of channels."""
    if depth % filter_depth:
        raise invalid(
            f"input depth must be evenly divisible by filter depth: {depth} vs {filter_depth}"
        )
    if depth != filter_depth:
        raise errors.UnimplementedError(
            None,
            None,
            "The Conv2D op currently does not support grouped convolutions on the CPU. A grouped "
            f"convolution was attempted to be run because the input depth of {depth} does not "
            f"match the filter input depth of {filter_depth}",
        )


def conv2d(x: torch.Tensor, w: torch.Tensor, window: Window) -> torch.Tensor:
    """The convolution (without turning the filter) of images with a filter
    [rows, columns, in, out]."""
    check_axes(window)
    x = window.channels_first(x)
    check_depth(x.shape[1], w.shape[2])
    strides, dilations = window.spatial(window.strides), window.spatial(window.dilations)
    pads = window.paddings(x.shape[2:], w.shape[:2])
    for size, extent, stride, dilation, pad in zip(
        x.shape[2:], w.shape[:2], strides, dilations, pads, strict=True
    ):
        effective = (extent - 1) * dilation + 1
        count = (size + sum(pad) - effective + stride) // stride
        if count < 0:
            raise invalid(
                f"Computed output size would be negative: {count} [input_size: {size}, "
                f"effective_filter_size: {effective}, stride: {stride}]"
            )
        if count == 0:
            return _empty(x, w, window, strides, dilations, pads)
    x, symmetric = _padded(x, pads)
    return window.back(F.conv2d(x, w.permute(3, 2, 0, 1), None, strides, symmetric, dilations))


def _empty(x: Any, w: Any, window: Window, strides: Any, dilations: Any, pads: Any) -> torch.Tensor:
    """The result where the filter is just larger than the image."""
    counts = [
        (size + sum(pad) - (extent - 1) * dilation - 1 + stride) // stride
        for size, extent, stride, dilation, pad in zip(
            x.shape[2:], w.shape[:2], strides, dilations, pads, strict=True
        )
    ]
    return window.back(x.new_empty(x.shape[0], w.shape[3], *counts))


def conv2d_input_gradient(
    sizes: Sequence[int], w: torch.Tensor, grad: torch.Tensor, window: Window
) -> torch.Tensor:
    """The gradient of `conv2d` with respect to images of these sizes."""
    batch, depth, *space = [
        sizes[0],
        sizes[1] if window.first else sizes[3],
        *window.spatial(sizes),
    ]
    pads = window.paddings(space, w.shape[:2])
    padded = [size + sum(pad) for size, pad in zip(space, pads, strict=True)]
    found = torch_grad.conv2d_input(
        (batch, depth, *padded),
        w.permute(3, 2, 0, 1),
        window.channels_first(grad),
        window.spatial(window.strides),
        0,
        window.spatial(window.dilations),
    )
    (top, _), (left, _) = pads
    return window.back(found[:, :, top : top + space[0], left : left + space[1]])


def conv2d_filter_gradient(
    x: torch.Tensor, sizes: Sequence[int], grad: torch.Tensor, window: Window
) -> torch.Tensor:
    """The gradient of `conv2d` with respect to a filter of these sizes."""
    rows, columns, depth, out = sizes
    x = window.channels_first(x)
    x, symmetric = _padded(x, window.paddings(x.shape[2:], (rows, columns)))
    found = torch_grad.conv2d_weight(
        x,
        (out, depth, rows, columns),
        window.channels_first(grad),
        window.spatial(window.strides),
        symmetric,
        window.spatial(window.dilations),
    )
    return found.permute(2, 3, 1, 0)
