"""Normalization of images with torch: by batch, and by neighbouring channels."""

import functools
import math
from typing import Any

import torch
from torch.nn import functional as F

aten = torch.ops.aten
_FIRST, _LAST = (0, 3, 1, 2), (0, 2, 3, 1)
_MANY_CHANNELS = 1024


def _empty(like: torch.Tensor, scale: torch.Tensor) -> tuple[torch.Tensor, ...]:
    nothing = torch.full_like(scale, math.nan)
    return torch.empty_like(like), nothing, nothing.clone(), nothing.clone(), nothing.clone()


def batch_norm(
    x: torch.Tensor, scale: torch.Tensor, offset: torch.Tensor, epsilon: float, nchw: bool
) -> tuple[torch.Tensor, ...]:
    """`x` normalized over all but its channels; its mean and variance (with n - 1), and its mean
    and variance (with n) once more, which the gradient takes."""
    count = x.numel() // max(len(scale), 1)
    if not count:
        return _empty(x, scale)
    x = x if nchw else x.permute(_FIRST)
    # With a momentum of 1 the running averages are those of the batch.
    mean, variance = torch.zeros_like(scale), torch.zeros_like(scale)
    y = torch.native_batch_norm(x, scale, offset, mean, variance, True, 1.0, epsilon)[0]
    if count == 1:
        variance.zero_()
    biased = variance * ((count - 1) / count)
    return y if nchw else y.permute(_LAST), mean, variance, mean.clone(), biased


def batch_norm_inference(
    x: torch.Tensor,
    scale: torch.Tensor,
    offset: torch.Tensor,
    mean: torch.Tensor,
    variance: torch.Tensor,
    epsilon: float,
    nchw: bool,
) -> torch.Tensor:
    """`x` normalized with this mean and variance."""
    x = x if nchw else x.permute(_FIRST)
    y = torch.native_batch_norm(x, scale, offset, mean, variance, False, 0.0, epsilon)[0]
    return y if nchw else y.permute(_LAST)


def batch_norm_gradient(
    grad: torch.Tensor,
    x: torch.Tensor,
    scale: torch.Tensor,
    mean: torch.Tensor,
    variance: torch.Tensor,
    *,
    epsilon: float,
    nchw: bool,
    training: bool,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The gradients with respect to `x`, scale and offset. In training `mean` and `variance` are
    the batch's own, and depend on `x`."""
    if not x.numel():
        return torch.empty_like(x), torch.zeros_like(scale), torch.zeros_like(scale)
    if not nchw:
        grad, x = grad.permute(_FIRST), x.permute(_FIRST)
    inverse = torch.rsqrt(variance + epsilon)
    moments = (None, None, mean, inverse) if training else (mean, variance, None, None)
    dx, dscale, doffset = aten.native_batch_norm_backward(
        grad, x, scale, *moments, training, epsilon, [True, True, True]
    )
    return dx if nchw else dx.permute(_LAST), dscale, doffset


def global_norm_gradient(
    t: torch.Tensor,
    m: torch.Tensor,
    v: torch.Tensor,
    gamma: torch.Tensor,
    grad: torch.Tensor,
    epsilon: float,
    scaled: bool,
) -> tuple[torch.Tensor, ...]:
    """The gradients of gamma * (t - m) / sqrt(v + epsilon) + beta, beta's before gamma's."""
    axes = tuple(range(t.dim() - 1))
    inverse = torch.rsqrt(v + epsilon)
    factor = inverse * gamma if scaled else inverse
    db = grad.sum(axes)
    moved = (grad * (t - m)).sum(axes)
    dv = -0.5 * moved * factor * inverse * inverse
    dg = moved * inverse if scaled else torch.zeros_like(gamma)
    return grad * factor, -db * factor, dv, db, dg


@functools.lru_cache(16)
def _band(channels: int, radius: int, device: torch.device) -> torch.Tensor:
    """The matrix with 1 where channels are at most `radius` apart."""
    place = torch.arange(channels, device=device)
    return ((place[:, None] - place).abs() <= radius).float()


def _neighbours(x: torch.Tensor, radius: int) -> torch.Tensor:
    """The sum over channels at most `radius` away: a product with a band matrix is sooner than
    moving windows, except over very many channels."""
    channels = x.shape[-1]
    if channels <= _MANY_CHANNELS:
        flat = x.reshape(-1, channels)
        return torch.mm(flat, _band(channels, radius, x.device)).view(x.shape)
    width = 2 * radius + 1
    flat = x.reshape(-1, 1, channels)
    return (F.avg_pool1d(flat, width, 1, radius) * width).view(x.shape)


def _power(norm: torch.Tensor, beta: float) -> torch.Tensor:
    """`norm ** -beta`; that of most networks without logarithms."""
    if beta == 0.75:
        root = norm.rsqrt()
        return root.sqrt().mul_(root)
    return norm.pow(-beta)


def _norm(x: torch.Tensor, radius: int, bias: float, alpha: float) -> torch.Tensor:
    return _neighbours(x * x, radius).mul_(alpha).add_(bias)


def local_response(
    x: torch.Tensor, radius: int, bias: float, alpha: float, beta: float
) -> torch.Tensor:
    """x / (bias + alpha * sum of squares of neighbouring channels) ** beta."""
    if not x.numel():
        return torch.empty_like(x)
    wide = x.float()
    return (wide * _power(_norm(wide, radius, bias, alpha), beta)).to(x.dtype)


def local_response_gradient(
    grad: torch.Tensor,
    x: torch.Tensor,
    y: torch.Tensor,
    radius: int,
    bias: float,
    alpha: float,
    beta: float,
) -> torch.Tensor:
    """The gradient of `local_response`: each channel is in the norms of its neighbours."""
    if not x.numel():
        return torch.empty_like(x)
    wide: Any = x.float()
    norm = _norm(wide, radius, bias, alpha)
    others = _neighbours(grad.float() * y.float() / norm, radius)
    found = grad.float() * _power(norm, beta) - 2 * alpha * beta * wide * others
    return found.to(x.dtype)
