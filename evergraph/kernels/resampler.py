"""Images read at points between their pixels; outside they are 0."""

from typing import Any

import torch
from torch.nn import functional as F


class Places:
    """Where points (x, y) of [batch, points, 2] lie in images [batch, rows, columns, channels]."""

    def __init__(self, data: torch.Tensor, points: torch.Tensor) -> None:
        batch, rows, columns, self.channels = data.shape
        x, y = points[..., 0], points[..., 1]
        self.within = (x > -1) & (y > -1) & (x < columns) & (y < rows)
        x, y = (torch.where(self.within, v, torch.zeros_like(v)) for v in (x, y))
        left, top = x.floor(), y.floor()
        # How much the pixels at the left and above count.
        self.left, self.top = ((near + 1 - v)[..., None] for near, v in ((left, x), (top, y)))
        # With a border of zeros, all four pixels around a point are there.
        self.width = columns + 2
        self.size = (batch, (rows + 2) * self.width, self.channels)
        self.first = (top.long() + 1) * self.width + left.long() + 1

    def index(self, down: int, right: int) -> torch.Tensor:
        """The pixels next to the points, as [batch, points, channels] of positions."""
        at = self.first + down * self.width + right
        return at[..., None].expand(*at.shape, self.channels)

    def read(self, data: torch.Tensor) -> list[torch.Tensor]:
        """The pixels top left, top right, bottom left and bottom right of the points."""
        flat = F.pad(data, (0, 0, 1, 1, 1, 1)).reshape(self.size)
        return [flat.gather(1, self.index(down, right)) for down in (0, 1) for right in (0, 1)]

    def weights(self) -> list[torch.Tensor]:
        """How much these pixels count."""
        sides, heights = (self.left, 1 - self.left), (self.top, 1 - self.top)
        return [side * height for height in heights for side in sides]

    def cut(self, values: torch.Tensor) -> torch.Tensor:
        """`values`, 0 for points outside."""
        return torch.where(self.within[..., None], values, torch.zeros_like(values))


def resample(data: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """The values at points, [batch, points, channels]."""
    places = Places(data, points)
    pairs = zip(places.weights(), places.read(data), strict=True)
    return places.cut(sum(weight * pixel for weight, pixel in pairs))  # type: ignore[arg-type]


def gradients(data: torch.Tensor, points: torch.Tensor, grad: torch.Tensor) -> tuple[Any, Any]:
    """The gradients of `resample` by the images and by the points."""
    places = Places(data, points)
    grad = places.cut(grad)
    spread = data.new_zeros(places.size)
    for i, weight in enumerate(places.weights()):
        spread.scatter_add_(1, places.index(*divmod(i, 2)), grad * weight)
    batch, rows, columns, channels = data.shape
    spread = spread.reshape(batch, rows + 2, columns + 2, channels)
    top_left, top_right, bottom_left, bottom_right = places.read(data)
    across = places.top * (top_right - top_left) + (1 - places.top) * (bottom_right - bottom_left)
    down = places.left * (bottom_left - top_left) + (1 - places.left) * (bottom_right - top_right)
    by_points = torch.stack([(grad * across).sum(-1), (grad * down).sum(-1)], -1)
    return spread[:, 1:-1, 1:-1].contiguous(), by_points
