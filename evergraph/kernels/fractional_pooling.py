"""Pooling over regions of random sizes, by rows and by columns (Graham, "Fractional max-pooling").

A sequence [0, ..., size] says where regions start; with `overlapping` each takes the first row of
the next as well.
"""

from collections.abc import Sequence

import numpy as np
import torch

from evergraph.kernels.random_draws import permutation
from evergraph.kernels.random_philox import PhiloxStream

_UNIT = 2.0**-52


def output_size(size: int, ratio: float) -> int:
    """How many regions there are, with TensorFlow's rounding."""
    return int(np.floor(np.float32(size) / np.float32(ratio)))


def _pseudo_random(size: int, count: int, stream: PhiloxStream) -> np.ndarray:
    """Where regions start, by one random number: all but the ends are ceil(alpha * (i + u))."""
    alpha, least = size / count, size // count
    # So that no region is smaller than `least` or larger by more than 1.
    limit = min((least + 2) / alpha - 1, (size + 1 - least) / alpha - (count - 1))
    high, low = (int(word) for word in stream.words(2))
    u = ((high & 0xFFFFF) << 32 | low) * _UNIT * limit
    inner = np.ceil(alpha * (np.arange(1, count) + u)).astype(np.int64) - 1
    return np.concatenate([[0], inner, [size]]).astype(np.int64)


def _shuffled(size: int, count: int, stream: PhiloxStream) -> np.ndarray:
    """Where regions start, their two sizes in random order."""
    sizes = np.full(count, size // count, np.int64)
    sizes[: size % count] += 1
    return np.concatenate([[0], np.cumsum(sizes[permutation(stream, count)])]).astype(np.int64)


def sequences(
    sizes: Sequence[int], counts: Sequence[int], stream: PhiloxStream, pseudo_random: bool
) -> list[np.ndarray]:
    """Where regions start along each axis."""
    found = []
    for size, count in zip(sizes, counts, strict=True):
        draw = _pseudo_random if pseudo_random else _shuffled
        found.append(draw(size, count, stream))
        stream = stream.skip(1 if pseudo_random else (count + 3) // 4)
    return found


def _places(sequence: np.ndarray, size: int, overlapping: bool) -> tuple[torch.Tensor, np.ndarray]:
    """For each region the positions in it, the last one repeated; and how many there are."""
    start = sequence[:-1]
    end = np.minimum(sequence[1:] if overlapping else sequence[1:] - 1, size - 1)
    width = int((end - start).max()) + 1
    places = np.minimum(start[:, None] + np.arange(width), end[:, None])
    return torch.from_numpy(places), end - start + 1


def _regions(
    x: torch.Tensor, rows: np.ndarray, columns: np.ndarray, overlapping: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Images as [batch, rows, columns, channels, places in a region], and where the places stand
    in [rows * columns]."""
    down, _ = _places(rows, x.shape[1], overlapping)
    across, _ = _places(columns, x.shape[2], overlapping)
    flat = down[:, None, :, None] * x.shape[2] + across[None, :, None, :]
    flat = flat.flatten(2).to(x.device)
    return x.flatten(1, 2)[:, flat].movedim(3, 4), flat


def max_pool(
    x: torch.Tensor, rows: np.ndarray, columns: np.ndarray, overlapping: bool
) -> torch.Tensor:
    """The largest value of each region."""
    return _regions(x, rows, columns, overlapping)[0].amax(-1)


def max_pool_gradient(
    x: torch.Tensor, grad: torch.Tensor, rows: np.ndarray, columns: np.ndarray, overlapping: bool
) -> torch.Tensor:
    """`grad` added up where the largest values stand: the first of equal ones."""
    found, flat = _regions(x, rows, columns, overlapping)
    best = found.argmax(-1)
    places = flat.unsqueeze(2).expand(*best.shape[1:], -1)
    at = places.gather(3, best.movedim(0, -1)).movedim(-1, 0)
    result = torch.zeros_like(x).flatten(1, 2)
    return result.scatter_add_(1, at.flatten(1, 2), grad.flatten(1, 2)).view(x.shape)


def _shares(
    sizes: Sequence[int], rows: np.ndarray, columns: np.ndarray, overlapping: bool
) -> tuple[list[torch.Tensor], torch.Tensor]:
    """Matrices [regions, positions] of what is in a region; and how much each region holds."""
    members, counts = [], []
    for sequence, size in zip((rows, columns), sizes, strict=True):
        places, count = _places(sequence, size, overlapping)
        member = torch.zeros(len(count), size, dtype=torch.float64)
        members.append(member.scatter_(1, places, 1.0))
        counts.append(torch.from_numpy(count).double())
    return members, counts[0][:, None, None] * counts[1][:, None]


def avg_pool(
    x: torch.Tensor, rows: np.ndarray, columns: np.ndarray, overlapping: bool
) -> torch.Tensor:
    """The average of each region; of integers towards 0."""
    (down, across), counts = _shares(x.shape[1:3], rows, columns, overlapping)
    wide = x.double()
    sums = torch.einsum("rh,nhwc,sw->nrsc", down.to(x.device), wide, across.to(x.device))
    return (sums / counts.to(x.device)).to(x.dtype)


def avg_pool_gradient(
    sizes: Sequence[int],
    grad: torch.Tensor,
    rows: np.ndarray,
    columns: np.ndarray,
    overlapping: bool,
) -> torch.Tensor:
    """The gradient of `avg_pool` with respect to images of these sizes."""
    (down, across), counts = _shares(sizes[1:3], rows, columns, overlapping)
    each = grad.double() / counts.to(grad.device)
    found = torch.einsum("rh,nrsc,sw->nhwc", down.to(grad.device), each, across.to(grad.device))
    return found.to(grad.dtype)
