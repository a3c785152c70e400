"""Square roots by NumPy: MKL, which torch asks, takes up to ten times as long for zeros, as most
moments of an embedding's rows are, and does not always give the nearest number."""

import numpy as np
import torch

_MANY = 1 << 23  # numbers that torch's threads share


def _suits_numpy(x: torch.Tensor) -> bool:
    return (
        x.dtype in (torch.float32, torch.float64)
        and not x.is_cuda
        and x.is_contiguous()
        and x.numel() < _MANY
    )


def sqrt(x: torch.Tensor) -> torch.Tensor:
    """The square roots."""
    if not x.ndim or not _suits_numpy(x):
        return torch.sqrt(x)
    with np.errstate(invalid="ignore"):
        return torch.from_numpy(np.sqrt(x.numpy()))


def sqrt_(x: torch.Tensor) -> torch.Tensor:
    """The square roots, in place."""
    if not _suits_numpy(x):
        return torch.sqrt_(x)
    array = x.numpy()
    with np.errstate(invalid="ignore"):
        np.sqrt(array, out=array)
    return x
