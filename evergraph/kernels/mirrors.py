"""Images that go on beyond their edges as in a mirror."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from evergraph.kernels.host import invalid, text

Paddings = Sequence[tuple[int, int]]


def positions(size: int, before: int, after: int, mode: str) -> Any:
    """The position in the input that each position of the output shows."""
    offset = 1 if mode == "REFLECT" else 0
    steps = np.arange(-before, size + after)
    steps = np.where(steps < 0, -steps - 1 + offset, steps)
    return np.where(steps >= size, 2 * size - 1 - offset - steps, steps)


def check(shape: Any, paddings: Paddings, mode: str) -> None:
    """Raises where there is not enough to show in the mirror."""
    if len(paddings) != len(shape):
        raise invalid(
            "The first dimension of paddings must be the rank of inputs"
            f"[{len(paddings)},2]{text(shape)}"
        )
    offset = 1 if mode == "REFLECT" else 0
    for i, (before, after) in enumerate(paddings):
        if before < 0 or after < 0:
            raise invalid(f"Paddings must be non-negative: {before}, {after}")
        limit = shape[i] - offset
        if before > limit or after > limit:
            what = "less" if offset else "no greater"
            raise invalid(
                f"paddings must be {what} than the dimension size: {before}, {after} "
                f"{'not less' if offset else 'greater'} than {shape[i]}"
            )


def mirror_pad(x: torch.Tensor, paddings: Paddings, mode: str) -> torch.Tensor:
    """`x` with a pair of paddings for each axis; `mode` is SYMMETRIC or, without the edge,
    REFLECT."""
    check(x.shape, paddings, mode)
    result = x
    for axis, (before, after) in enumerate(paddings):
        if before or after:
            index = positions(x.shape[axis], before, after, mode)
            result = result.index_select(axis, torch.from_numpy(index).to(x.device))
    return x.clone() if result is x else result
