"""Binomial values as TensorFlow draws them from a stream: one after the other, each from a block of
its own on."""

import numpy as np
import torch

from evergraph.kernels.random_draws import unit_values
from evergraph.kernels.random_philox import PhiloxStream

# How far Stirling's formula for log(k!) is off, for k up to 9.
_TAILS = np.array(
    [
        0.0810614667953272,
        0.0413406959554092,
        0.0276779256849983,
        0.02079067210376509,
        0.0166446911898211,
        0.0138761288230707,
        0.0118967099458917,
        0.0104112652619720,
        0.00925546218271273,
        0.00833056343336287,
    ]
)
_MOST = 1 << 20  # blocks at a time


def _pairs(stream: PhiloxStream, count: int) -> np.ndarray:
    """The two uniform values of each of the next blocks in the order in which they are taken."""
    values = unit_values(stream.words(4 * count), torch.float64).numpy().reshape(count, 2)
    return values[:, ::-1]


def _tail(k: np.ndarray) -> np.ndarray:
    square = (k + 1) ** 2
    far = (1 / 12 - (1 / 360 + 1 / 1260 / square) / square) / (k + 1)
    return np.where(k <= 9, _TAILS[np.clip(k, 0, 9).astype(int)], far)


def _attempts(pairs: np.ndarray, count: float, prob: float) -> tuple[np.ndarray, np.ndarray]:
    """For each pair the value it proposes, and whether it is taken (Hormann's BTRS)."""
    spread = np.sqrt(count * prob * (1 - prob))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * prob
    odds = prob / (1 - prob)
    u, v = pairs[:, 0] - 0.5, pairs[:, 1]
    away = 0.5 - np.abs(u)
    k = np.floor((2 * a / away + b) * u + (count * prob + 0.5))
    taken = (away >= 0.07) & (v <= 0.92 - 4.2 / b)
    open_ = ~taken & (k >= 0) & (k <= count)
    k_open, v_open, away_open = k[open_], v[open_], away[open_]
    mode = np.floor((count + 1) * prob)
    left = np.log(v_open * ((2.83 + 5.1 / b) * spread) / (a / (away_open * away_open) + b))
    right = (
        (mode + 0.5) * np.log((mode + 1) / (odds * (count - mode + 1)))
        + (count + 1) * np.log((count - mode + 1) / (count - k_open + 1))
        + (k_open + 0.5) * np.log(odds * (count - k_open + 1) / (k_open + 1))
        + _tail(np.array(mode))
        + _tail(np.array(count - mode))
        - _tail(k_open)
        - _tail(count - k_open)
    )
    taken[open_] = left <= right
    return k, taken


def _large(
    stream: PhiloxStream, samples: int, count: float, prob: float
) -> tuple[np.ndarray, PhiloxStream]:
    """By rejection: each block is an attempt, whoever it is for."""
    found: list[np.ndarray] = []
    missing = samples
    while missing:
        blocks = min(_MOST, missing + missing // 2 + 16)
        k, taken = _attempts(_pairs(stream, blocks), count, prob)
        places = np.flatnonzero(taken)[:missing]
        found.append(k[places])
        missing -= len(places)
        stream = stream.skip(blocks if missing else int(places[-1]) + 1)
    return np.concatenate(found) if found else np.zeros(0), stream


def _small(
    stream: PhiloxStream, samples: int, count: float, prob: float
) -> tuple[np.ndarray, PhiloxStream]:
    """By inversion: how many steps, each of geometric length, stay within `count`."""
    found: list[int] = []
    expected = int(count * prob / 2 + 2)
    whole = int(count)
    while len(found) < samples:
        blocks = min(_MOST, 2 * expected * (samples - len(found)) + 16)
        steps = np.ceil(np.log(_pairs(stream, blocks).reshape(-1)) / np.log1p(-prob))
        # Longer ones end it all the same; sums of these are exact.
        steps = np.minimum(steps, whole + 1).astype(np.int64)
        sums = np.concatenate([[0], np.cumsum(steps)])
        ends = np.searchsorted(sums, sums[:-1:2] + whole, side="right") - 1
        ends = ends.tolist()
        at = 0
        while len(found) < samples and at < blocks and ends[at] < 2 * blocks:
            found.append(ends[at] - 2 * at)
            at = ends[at] // 2 + 1
        stream = stream.skip(at)
        expected *= 2  # in case that one sample needs more than there was
    return np.array(found, np.float64), stream


def binomial(
    stream: PhiloxStream, batches: int, width: int, counts: np.ndarray, probs: np.ndarray
) -> np.ndarray:
    """float64 [batches, width]: values of `counts` trials, each a success with `probs`.

    Args:
      counts, probs: of one float type and of shape [] or [batches].
    """
    one = counts.dtype.type(1)
    same = counts.size == 1 and probs.size == 1
    rows = 1 if same else batches
    columns = batches * width if same else width
    out = np.zeros((rows, columns))
    with np.errstate(all="ignore"):
        for row in range(rows):
            count = counts.reshape(-1)[0 if counts.size == 1 else row]
            prob = probs.reshape(-1)[0 if probs.size == 1 else row]
            if count <= 0 or prob <= 0:
                continue
            if prob >= 1:
                out[row] = count
            elif np.isnan(prob) or np.isnan(count):
                out[row] = np.nan
            else:
                rare = prob if prob <= 0.5 else one - prob
                draw = _large if count * rare >= 10 else _small
                values, stream = draw(stream, columns, float(count), float(rare))
                out[row] = values if prob <= 0.5 else float(count) - values
    return out.reshape(batches, width)
