"""Sums bit for bit as TensorFlow's CPU library computes them, for results in which last bits show:
the structural similarity of images takes differences of nearly equal means."""

import numpy as np
import torch

_LANES = 8
_CHUNK = 1 << 14
_EXP = (
    1.9875691500e-4,
    1.3981999507e-3,
    8.3334519073e-3,
    4.1665795894e-2,
    1.6666665459e-1,
    5.0000001201e-1,
)


def exp(x: np.ndarray) -> np.ndarray:
    """The exponential of float32 numbers: Cephes's polynomial of what powers of two leave."""
    one = np.float32
    x = np.clip(x, one(-88.3762626647949), one(88.3762626647950))
    power = np.floor(x * one(1.44269504088896341) + one(0.5))
    rest = x - power * one(0.693359375) - power * one(-2.12194440e-4)
    found = np.full_like(x, one(_EXP[0]))
    for factor in _EXP[1:]:
        found = found * rest + one(factor)
    return (found * (rest * rest) + rest + one(1)) * np.exp2(power)


def total(values: np.ndarray) -> np.float32:
    """The sum of a short float32 vector: eight lanes, folded, then what is left over."""
    count = len(values) // _LANES * _LANES
    # NumPy adds one row after the other; a single row by pairs.
    lanes = np.add.reduce(values[:count].reshape(-1, _LANES), 0)
    while len(lanes) > 1:
        lanes = lanes[: len(lanes) // 2] + lanes[len(lanes) // 2 :]
    rest = np.float32(0)
    for value in values[count:]:
        rest = rest + value
    return rest + lanes[0]


def _total_by_halves(values: np.ndarray, first: int) -> np.float32:
    """The sum of a long vector that begins at `first` in memory."""
    count = len(values)
    if count <= _LANES << 10:
        return total(values)
    half = min(-(-(first + -(-count // 2)) // _LANES) * _LANES - first, count)
    return _total_by_halves(values[:half], first) + _total_by_halves(values[half:], first + half)


def mean_over_pixels(x: torch.Tensor) -> torch.Tensor:
    """The means of float32 images [..., rows, columns, channels], one for each channel."""
    count = x.shape[-3] * x.shape[-2]
    images = x.reshape(-1, count, x.shape[-1]).numpy()
    if x.shape[-1] > 1:
        sums = np.add.reduce(images, 1)
    else:
        rows = enumerate(images[..., 0])
        sums = np.array([_total_by_halves(v, i * count) for i, v in rows], np.float32)
    with np.errstate(invalid="ignore"):
        means = torch.from_numpy(sums / np.float32(count))
    return means.reshape(*x.shape[:-3], x.shape[-1])


def softmax(x: np.ndarray) -> np.ndarray:
    """Of one short float32 vector."""
    found = exp(x - x.max())
    return found * (np.float32(1) / total(found))


def weighed_windows(x: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """A depthwise convolution of images [batch, rows, columns, channels] with weights [height,
    width, channels] at stride 1 without padding, summed row by row, no two steps in one."""
    height, width, channels = weights.shape
    batch, rows, columns = x.shape[0], x.shape[1] - height + 1, x.shape[2] - width + 1
    length = columns * channels
    flat = x.reshape(batch, x.shape[1], -1)
    # Weights along a whole line, and as many lines at once as stay in the cache.
    lines = weights.repeat(1, 1, columns)
    result = x.new_zeros((batch, rows, length))
    step = max(_CHUNK // length, 1)
    for image, target in zip(flat, result, strict=True):
        for top in range(0, rows, step):
            part = target[top : top + step]
            product = torch.empty_like(part)
            for i in range(height):
                above = image[top + i : top + i + len(part)]
                for j in range(width):
                    window = above[:, j * channels : j * channels + length]
                    part.add_(torch.mul(window, lines[i, j], out=product))
    return result.reshape(batch, rows, columns, channels)
