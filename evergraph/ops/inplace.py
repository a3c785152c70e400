"""Rows of a tensor replaced: InplaceUpdate, InplaceAdd, InplaceSub. Here these copy."""

import torch

from evergraph.graph.registry import op
from evergraph.kernels.host import invalid, text
from evergraph.ops import shape_rules

inplace_update_op = op("InplaceUpdate(x: T, i: int32, v: T) -> y: T", "T: type")
inplace_add_op = op("InplaceAdd(x: T, i: int32, v: T) -> y: T", "T: type")
inplace_sub_op = op("InplaceSub(x: T, i: int32, v: T) -> y: T", "T: type")

for _entry in (inplace_update_op, inplace_add_op, inplace_sub_op):
    _entry.shape(shape_rules.unchanged)


def _checked(x: torch.Tensor, i: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """The rows named, counted from 0 on in turns."""
    if i.dim() != 1:
        raise invalid(f"i must be a vector. {text(i.shape)}")
    if x.dim() != v.dim():
        raise invalid(
            f"x and v shape doesn't match (ranks differ): {text(x.shape)} vs. {text(v.shape)}"
        )
    for d in range(1, x.dim()):
        if x.shape[d] != v.shape[d]:
            raise invalid(
                f"x and v shape doesn't match at index {d} : {text(x.shape)} vs. {text(v.shape)}"
            )
    if i.shape[0] != v.shape[0]:
        raise invalid(
            f"i and x shape doesn't match at index 0: {text(i.shape)} vs. {text(v.shape)}"
        )
    return i.long() % max(x.shape[0], 1)


@inplace_update_op.kernel
def inplace_update_kernel(x: torch.Tensor, i: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    rows, result = _checked(x, i, v), x.clone()
    result[rows] = v
    return result


@inplace_add_op.kernel
def inplace_add_kernel(x: torch.Tensor, i: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    return x.clone().index_add_(0, _checked(x, i, v), v)


@inplace_sub_op.kernel
def inplace_sub_kernel(x: torch.Tensor, i: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    return x.clone().index_add_(0, _checked(x, i, v), v, alpha=-1)
