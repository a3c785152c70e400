"""Orthogonal factors of matrices: Qr."""

from typing import Any

import torch

from evergraph.graph.registry import op
from evergraph.ops.shape_rules import Dims, at_least_rank

qr_op = op("Qr(input: T) -> q: T, r: T", "full_matrices: bool = false; T: linalg")


@qr_op.shape
def qr_shape(node: Any) -> list[Dims]:
    dims = at_least_rank(node.inputs[0].dims, 2)
    if dims is None:
        return [None, None]
    *batch, m, n = dims
    inner = None if m is None or n is None else min(m, n)
    if node.attr("full_matrices"):
        return [(*batch, m, m), (*batch, m, n)]
    return [(*batch, m, inner), (*batch, inner, n)]


@qr_op.kernel
def qr_kernel(x: torch.Tensor, *, full_matrices: bool) -> tuple[torch.Tensor, torch.Tensor]:
    q, r = torch.linalg.qr(x, mode="complete" if full_matrices else "reduced")
    return q, r
