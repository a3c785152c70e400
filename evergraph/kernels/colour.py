"""Colours of images, in the order of arithmetic that TensorFlow has."""

import numpy as np
import torch

# For each sixth of the circle of hues: which of the channels red, green, blue is the largest (0),
# the middle (1) and the smallest (2).
_RANKS = torch.tensor([[0, 1, 2], [1, 0, 2], [2, 0, 1], [2, 1, 0], [1, 2, 0], [0, 2, 1]])


def rgb_to_hsv(x: torch.Tensor) -> torch.Tensor:
    """Red, green, blue along the last axis as hue, saturation, value."""
    red, green, blue = x.unbind(-1)
    value = x.amax(-1)
    span = value - x.amin(-1)
    zero = torch.zeros_like(value)
    saturation = torch.where(value > 0, span / value, zero)
    norm = span.reciprocal() * (1 / 6)
    hue = torch.where(
        red == value,
        norm * (green - blue),
        torch.where(green == value, norm * (blue - red) + 2 / 6, norm * (red - green) + 4 / 6),
    )
    hue = torch.where(span > 0, hue, zero)
    hue = torch.where(hue < 0, hue + 1, hue)
    return torch.stack([hue, saturation, value], -1)


def hsv_to_rgb(x: torch.Tensor) -> torch.Tensor:
    """Hue, saturation, value along the last axis as red, green, blue."""
    hue, saturation, value = x.unbind(-1)
    angle = hue * 6
    red = ((angle - 3).abs() - 1).clamp(0, 1)
    green = (2 - (angle - 2).abs()).clamp(0, 1)
    blue = (2 - (angle - 4).abs()).clamp(0, 1)
    rest = 1 - saturation
    return torch.stack([(rest + saturation * c) * value for c in (red, green, blue)], -1)


def shifted_hue(x: torch.Tensor, delta: float) -> torch.Tensor:
    """Red, green, blue along the last axis with `delta` of a circle added to the hue."""
    red, green, blue = x.unbind(-1)
    top, bottom = x.amax(-1), x.amin(-1)
    middle = torch.maximum(
        torch.minimum(red, green), torch.minimum(torch.maximum(red, green), blue)
    )
    sixth = torch.where(
        red < green,
        torch.where(blue < red, 1, torch.where(blue > green, 3, 2)),
        torch.where(blue < green, 0, torch.where(blue > red, 4, 5)),
    )
    ratio = (middle - bottom) / (top - bottom)
    hue = sixth + torch.where(sixth % 2 == 0, ratio, 1 - ratio)
    hue = torch.where(top == bottom, torch.zeros_like(hue), hue)
    hue = hue + float(np.float32(delta) * np.float32(6))
    hue = hue - torch.floor(hue / 6) * 6
    sixth = hue.to(torch.int64)
    ratio = hue - sixth
    middle = bottom + torch.where(sixth % 2 == 0, ratio, 1 - ratio) * (top - bottom)
    ranks = _RANKS.to(x.device)[sixth.clamp(0, 5)]
    return torch.stack([top, middle, bottom], -1).gather(-1, ranks)


def scaled_saturation(x: torch.Tensor, scale: float) -> torch.Tensor:
    """Red, green, blue along the last axis with the saturation times `scale`, at most 1."""
    hue, saturation, value = rgb_to_hsv(x).unbind(-1)
    saturation = torch.clamp(saturation * scale, 0, 1)
    chroma = saturation * value
    rest = value - chroma
    angle = hue * 6
    sixth = angle.to(torch.int64)
    phase = angle - torch.floor(angle / 2) * 2
    middle = chroma * (1 - (phase - 1).abs())
    ranks = _RANKS.to(x.device)[sixth.clamp(0, 5)]
    parts = torch.stack([chroma, middle, torch.zeros_like(chroma)], -1).gather(-1, ranks)
    # A hue of a whole circle has no channel.
    parts = torch.where(((sixth < 0) | (sixth > 5)).unsqueeze(-1), 0, parts)
    return parts + rest.unsqueeze(-1)


def image_means(x: torch.Tensor) -> torch.Tensor:
    """The mean of each channel of [..., height, width, channels] floats, which keeps its axes.

    The pixels are added by halves, as TensorFlow does, so that it rounds the same.
    """
    count = x.shape[-3] * x.shape[-2]
    left = x.reshape(*x.shape[:-3], count, x.shape[-1])
    while left.shape[-2] > 1:
        half = left.shape[-2] // 2
        rest = left.shape[-2] - half
        summed = left[..., :half, :] + left[..., rest:, :]
        left = torch.cat([summed, left[..., half:rest, :]], -2)
    return (left * float(np.float32(1.0) / np.float32(count))).unsqueeze(-2)
