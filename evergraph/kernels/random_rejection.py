"""Gamma, Poisson and bounded normal values, drawn by rejection as TensorFlow does."""

import math
from collections.abc import Sequence

import numpy as np
import torch

from evergraph.kernels.random_draws import BLOCKS_PER_VALUE, normals_of_blocks, unit_values
from evergraph.kernels.random_philox import PhiloxStream


class _PairSource:
    """For many outputs at a time: each draws blocks of its own part of the stream.

    A block gives two doubles, which TensorFlow uses up from the last to the first.
    """

    def __init__(self, stream: PhiloxStream, count: int) -> None:
        self._stream = stream
        self._next = np.arange(count, dtype=np.uint64) * np.uint64(BLOCKS_PER_VALUE)
        self._held = {kind: np.zeros((count, 2)) for kind in ("uniform", "normal")}
        self._left = {kind: np.zeros(count, np.int64) for kind in ("uniform", "normal")}

    def draw(self, kind: str, outputs: np.ndarray) -> np.ndarray:
        """One value, uniform or normal, for each of the outputs given by number."""
        held, left = self._held[kind], self._left[kind]
        empty = outputs[left[outputs] == 0]
        if len(empty):
            blocks = self._stream.blocks_at(self._next[empty])
            self._next[empty] += np.uint64(1)
            if kind == "uniform":
                pairs = unit_values(blocks.reshape(-1), torch.float64)
            else:
                pairs = normals_of_blocks(blocks, double=True)
            held[empty] = pairs.numpy().reshape(-1, 2)
            left[empty] = 2
        left[outputs] -= 1
        return held[outputs, left[outputs]]


def _arranged(drawn: np.ndarray, shape: Sequence[int], like: torch.Tensor) -> torch.Tensor:
    """Drawn parameter by parameter; the result has the samples' axes first."""
    samples = torch.from_numpy(drawn).view(like.numel(), -1).t()
    return samples.reshape(tuple(shape) + tuple(like.shape))


def gamma(stream: PhiloxStream, shape: Sequence[int], alpha: torch.Tensor) -> torch.Tensor:
    """Gamma(alpha, 1) values of shape `shape` + alpha.shape: RandomGamma.

    Marsaglia and Tsang's method; an alpha below one is raised by one, and its values scaled by a
    power of a uniform one; alpha 1 is the exponential distribution.
    """
    samples = math.prod(shape)
    alphas = np.repeat(alpha.double().reshape(-1).numpy(), samples)
    source = _PairSource(stream, len(alphas))
    out = np.empty(len(alphas))
    ones = np.flatnonzero(alphas == 1.0)
    out[ones] = -np.log(1.0 - source.draw("uniform", ones))
    below = alphas < 1.0
    d = alphas + np.where(below, 2.0 / 3, -1.0 / 3)
    with np.errstate(invalid="ignore", divide="ignore"):
        c = 1.0 / 3 / np.sqrt(d)
        power = 1 / alphas
    pending = np.flatnonzero(alphas != 1.0)
    while len(pending):
        x = source.draw("normal", pending)
        v = 1 + c[pending] * x
        # Not v > 0: a negative alpha makes NaN, which is taken.
        positive = ~(v <= 0)
        tried, x = pending[positive], x[positive]
        v = v[positive]
        v = v * v * v
        u = source.draw("uniform", tried)
        with np.errstate(divide="ignore", invalid="ignore"):
            accepted = (u < 1 - 0.0331 * (x * x) * (x * x)) | (
                np.log(u) < 0.5 * x * x + d[tried] * (1 - v + np.log(v))
            )
        done = tried[accepted]
        out[done] = d[done] * v[accepted]
        small = done[below[done]]
        out[small] *= source.draw("uniform", small) ** power[small]
        finished = np.zeros(len(alphas), bool)
        finished[done] = True
        pending = pending[~finished[pending]]
    return _arranged(out, shape, alpha).to(alpha.dtype)


def poisson(
    stream: PhiloxStream, shape: Sequence[int], rate: torch.Tensor, dtype: torch.dtype
) -> torch.Tensor:
    """Poisson(rate) counts of shape `shape` + rate.shape: RandomPoissonV2.

    Knuth's product of uniforms for rates below ten, else Hörmann's transformed rejection. Rates
    that are NaN or infinite, for which TensorFlow never returns, give NaN.
    """
    samples = math.prod(shape)
    rates = np.repeat(rate.double().reshape(-1).numpy(), samples)
    source = _PairSource(stream, len(rates))
    out = np.full(len(rates), np.nan)
    _poisson_small(source, rates, np.flatnonzero(rates < 10.0), out)
    large = np.flatnonzero((rates >= 10.0) & np.isfinite(rates))
    _poisson_large(source, rates, large, out)
    return _arranged(out, shape, rate).to(dtype)


def _poisson_small(
    source: _PairSource, rates: np.ndarray, pending: np.ndarray, out: np.ndarray
) -> None:
    limit = np.exp(-rates)
    product = np.ones(len(rates))
    count = 0
    while len(pending):
        product[pending] *= source.draw("uniform", pending)
        done = product[pending] <= limit[pending]
        out[pending[done]] = count
        pending = pending[~done]
        count += 1


def _poisson_large(
    source: _PairSource, rates: np.ndarray, pending: np.ndarray, out: np.ndarray
) -> None:
    while len(pending):
        lam = rates[pending]
        b = 0.931 + 2.53 * np.sqrt(lam)
        a = -0.059 + 0.02483 * b
        inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
        u = source.draw("uniform", pending) - 0.5
        v = source.draw("uniform", pending)
        shifted = 0.5 - np.abs(u)
        with np.errstate(divide="ignore", invalid="ignore"):
            k = np.floor((2 * a / shifted + b) * u + lam + 0.43)
            quick = (shifted >= 0.07) & (v <= 0.9277 - 3.6224 / (b - 2))
            refused = (k < 0) | ((shifted < 0.013) & (v > shifted))
            s = np.log(v * inverse_alpha / (a / (shifted * shifted) + b))
            t = -lam + k * np.log(lam) - torch.lgamma(torch.from_numpy(k + 1)).numpy()
            done = quick | (~refused & (s <= t))
        out[pending[done]] = k[done]
        pending = pending[~done]
