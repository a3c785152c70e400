"""Rectangles cut out of images and resized: values, and gradients for images and rectangles."""

from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional


class _Axis(NamedTuple):
    """Where along an axis each crop reads: [boxes, size]."""

    at: torch.Tensor
    inside: torch.Tensor
    low: torch.Tensor
    high: torch.Tensor
    part: torch.Tensor  # how near `high` is


def _axis(
    first: torch.Tensor, last: torch.Tensor, old: int, new: int, divided_first: bool
) -> _Axis:
    """`first` and `last` are the ends of each rectangle, of which 1 is the last of `old` pixels.

    With `divided_first` the step is rounded as TensorFlow does for the rectangles' gradient.
    """
    if new > 1:
        if divided_first:
            step = (last - first) * float(np.float32(old - 1) / np.float32(new - 1))
        else:
            step = (last - first) * (old - 1) / (new - 1)
        places = torch.arange(new, dtype=torch.float32, device=first.device)
        at = (first * (old - 1))[:, None] + places * step[:, None]
    else:
        at = (0.5 * (first + last).to(torch.float64) * (old - 1)).to(torch.float32)[:, None]
    inside = (at >= 0) & (at <= old - 1)
    kept = torch.where(inside, at, torch.zeros((), device=at.device))
    low = torch.floor(kept)
    return _Axis(kept, inside, low.long(), torch.ceil(kept).long(), kept - low)


def _axes(
    boxes: torch.Tensor,
    image_size: tuple[int, int],
    size: tuple[int, int],
    divided_first: bool = False,
) -> list[_Axis]:
    return [
        _axis(boxes[:, i], boxes[:, 2 + i], image_size[i], size[i], divided_first) for i in range(2)
    ]


def _read(image: torch.Tensor, box: torch.Tensor, y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """The pixels [boxes, rows, columns, channels] at rows `y` and columns `x` of images `box`."""
    rows = _rows(image, box, y, x)
    found = image.reshape(-1, image.shape[-1]).index_select(0, rows.reshape(-1))
    return found.view(*rows.shape, -1).to(torch.float32)


def _rows(image: torch.Tensor, box: torch.Tensor, y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Which pixels of all these are: [boxes, rows, columns]."""
    _, height, width, _ = image.shape
    return (box[:, None] * height + y)[:, :, None] * width + x[:, None, :]


def _mixed(image: torch.Tensor, box: torch.Tensor, rows: _Axis, columns: _Axis) -> torch.Tensor:
    """Pixels of four corners each, mixed in one pass: [boxes, rows, columns, channels]."""
    corners = [_rows(image, box, y, x) for y in rows[2:4] for x in columns[2:4]]
    down, right = rows.part[:, :, None], columns.part[:, None, :]
    parts = [v * h for v in (1 - down, down) for h in (1 - right, right)]
    found = functional.embedding_bag(
        torch.stack(corners, -1).view(-1, 4),
        image.reshape(-1, image.shape[-1]),
        mode="sum",
        per_sample_weights=torch.stack(parts, -1).view(-1, 4),
    )
    return found.view(*corners[0].shape, -1)


def _between(low: torch.Tensor, high: torch.Tensor, part: torch.Tensor) -> torch.Tensor:
    """`low + (high - low) * part`, in place of `high`."""
    return high.sub_(low).mul_(part).add_(low)


def _rounded(at: torch.Tensor) -> torch.Tensor:
    return torch.floor(at + 0.5).long()


def crop(
    image: torch.Tensor,
    boxes: torch.Tensor,
    box_ind: torch.Tensor,
    size: tuple[int, int],
    nearest: bool,
    outside: float,
) -> torch.Tensor:
    """[boxes, *size, channels] float32; `outside` where a rectangle leaves its image."""
    rows, columns = _axes(boxes, tuple(image.shape[1:3]), size)  # type: ignore[arg-type]
    box = box_ind.long()
    if nearest:
        result = _read(image, box, _rounded(rows.at), _rounded(columns.at))
    elif image.dtype == torch.float32 and image.numel() and rows.low.numel():
        result = _mixed(image, box, rows, columns)
    else:
        x_part = columns.part[:, None, :, None]
        top, bottom = (
            _between(*(_read(image, box, y, x) for x in (columns.low, columns.high)), x_part)
            for y in (rows.low, rows.high)
        )
        result = _between(top, bottom, rows.part[:, :, None, None])
    inside = rows.inside[:, :, None] & columns.inside[:, None, :]
    return torch.where(inside[..., None], result, torch.tensor(outside, device=image.device))


def gradient_of_image(
    grads: torch.Tensor,
    boxes: torch.Tensor,
    box_ind: torch.Tensor,
    image_size: tuple[int, ...],
    nearest: bool,
) -> torch.Tensor:
    """The gradient of `crop` for an image of this shape, float32."""
    rows, columns = _axes(boxes, image_size[1:3], tuple(grads.shape[1:3]))  # type: ignore[arg-type]
    result = grads.new_zeros(image_size)
    box = box_ind.long()[:, None, None]
    inside = rows.inside[:, :, None] & columns.inside[:, None, :]
    grads = grads * inside[..., None]

    def add(y: torch.Tensor, x: torch.Tensor, values: torch.Tensor) -> None:
        result.index_put_((box, y[:, :, None], x[:, None, :]), values, accumulate=True)

    if nearest:
        add(_rounded(rows.at), _rounded(columns.at), grads)
        return result
    y_part, x_part = rows.part[:, :, None, None], columns.part[:, None, :, None]
    for y, weight in ((rows.low, 1 - y_part), (rows.high, y_part)):
        part = weight * grads
        add(y, columns.low, (1 - x_part) * part)
        add(y, columns.high, x_part * part)
    return result


def gradient_of_boxes(
    grads: torch.Tensor, image: torch.Tensor, boxes: torch.Tensor, box_ind: torch.Tensor
) -> torch.Tensor:
    """The gradient of `crop` (bilinear) for the rectangles: [boxes, 4]."""
    height, width = image.shape[1:3]
    size = tuple(grads.shape[1:3])
    rows, columns = _axes(boxes, (height, width), size, True)  # type: ignore[arg-type]
    box = box_ind.long()
    corners = [
        _read(image, box, y, x) for y in (rows.low, rows.high) for x in (columns.low, columns.high)
    ]
    top_left, top_right, bottom_left, bottom_right = corners
    y_part, x_part = rows.part[:, :, None, None], columns.part[:, None, :, None]
    inside = (rows.inside[:, :, None] & columns.inside[:, None, :])[..., None]
    grads = grads * inside
    down = (1 - x_part) * (bottom_left - top_left) + x_part * (bottom_right - top_right)
    right = (1 - y_part) * (top_right - top_left) + y_part * (bottom_right - bottom_left)
    ends = []
    for slope, old, new, axis in ((down, height, size[0], 1), (right, width, size[1], 2)):
        values = (slope * grads).sum(3)
        if new > 1:
            places = torch.arange(new, dtype=torch.float32, device=grads.device)
            far = places * ((old - 1) / (new - 1))
            far = far[:, None] if axis == 1 else far
            ends.append(((values * (old - 1 - far)).sum((1, 2)), (values * far).sum((1, 2))))
        else:
            half = (values * 0.5 * (old - 1)).sum((1, 2))
            ends.append((half, half))
    (y1, y2), (x1, x2) = ends
    return torch.stack([y1, x1, y2, x2], 1)
