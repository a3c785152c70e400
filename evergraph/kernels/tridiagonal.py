"""Equations with three diagonals, by elimination from the first row to the last."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

# Up to so many systems each is solved with Python's numbers, which cost less than torch's calls.
FEW = 8

# The entry of a row in all systems, or a number; what is true of it, or True.
Row = Any
Choose = Callable[[Any, Row, Row], Row]


def _number(condition: bool, x: Row, y: Row) -> Row:
    return x if condition else y


def _pivoted(
    above: Sequence[Row],
    diagonal: Sequence[Row],
    below: Sequence[Row],
    rhs: Sequence[Row],
    choose: Choose,
) -> tuple[list[Row], list[Row]]:
    """The solution, and the pivots it was divided by."""
    n = len(diagonal)
    zero = above[0] * 0
    pivots, nexts, afters, x = [], [], [], []
    here, right, value = diagonal[0], above[0], rhs[0]
    for i in range(n - 1):
        # Rows i and i + 1 change places where the lower one starts with more.
        swap = abs(here) < abs(below[i + 1])
        further = above[i + 1] if i + 2 < n else zero
        pivot = choose(swap, below[i + 1], here)
        factor = choose(swap, here, below[i + 1]) / pivot
        top, low = choose(swap, diagonal[i + 1], right), choose(swap, right, diagonal[i + 1])
        pivots.append(pivot)
        nexts.append(top)
        afters.append(choose(swap, further, zero))
        x.append(choose(swap, rhs[i + 1], value))
        here = low - factor * top
        right = choose(swap, -factor * further, further)
        value = choose(swap, value, rhs[i + 1]) - factor * x[i]
    pivots.append(here)
    x.append(value / here)
    for i in range(n - 2, -1, -1):
        rest = nexts[i] * x[i + 1]
        if i + 2 < n:
            rest = rest + afters[i] * x[i + 2]
        x[i] = (x[i] - rest) / pivots[i]
    return x, pivots


def _unpivoted(
    above: Sequence[Row],
    diagonal: Sequence[Row],
    below: Sequence[Row],
    rhs: Sequence[Row],
    choose: Choose,
) -> tuple[list[Row], list[Row]]:
    pivots = [diagonal[0]]
    ratios = [above[0] / pivots[0]]
    x = [rhs[0] / pivots[0]]
    for i in range(1, len(diagonal)):
        pivots.append(diagonal[i] - below[i] * ratios[i - 1])
        ratios.append(above[i] / pivots[i])
        x.append((rhs[i] - below[i] * x[i - 1]) / pivots[i])
    for i in range(len(x) - 2, -1, -1):
        x[i] = x[i] - ratios[i] * x[i + 1]
    return x, pivots


def solve(diagonals: torch.Tensor, rhs: torch.Tensor, pivoting: bool) -> torch.Tensor:
    """The x with matrix * x = rhs; ZeroDivisionError where a pivot is 0.

    diagonals: [..., 3, n], above, on and below the main one; rhs: [..., n, k]; n is not 0.
    """
    n, k = rhs.shape[-2:]
    rule = _pivoted if pivoting else _unpivoted
    if rhs.numel() <= FEW * n:
        results = []
        columns = rhs.mT.reshape(-1, k, n).tolist()
        for bands, vectors in zip(diagonals.reshape(-1, 3, n).tolist(), columns, strict=True):
            results += [rule(*bands, vector, _number)[0] for vector in vectors]
        made = torch.tensor(results, dtype=rhs.dtype, device=rhs.device)
        return made.reshape(*rhs.shape[:-2], k, n).mT.contiguous()
    bands = [band.unsqueeze(-1) for band in diagonals.unbind(-2)]
    rows = [tensor.movedim(-2, 0).contiguous() for tensor in (*bands, rhs)]
    if rhs.device.type != "cpu":
        x, pivots = rule(*(row.unbind() for row in rows), torch.where)
        if (torch.stack(pivots) == 0).any():
            raise ZeroDivisionError
        return torch.stack(x, -2)
    # NumPy's calls cost less than torch's, and rows are short.
    with np.errstate(all="ignore"):
        x, pivots = rule(*(list(row.numpy()) for row in rows), np.where)
    if not np.all(pivots):
        raise ZeroDivisionError
    return torch.from_numpy(np.stack(x, -2))
