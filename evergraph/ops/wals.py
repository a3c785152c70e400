"""Weighted alternating least squares: WALSComputePartialLhsAndRhs, MaskedMatmul."""

from typing import Any

import torch

from evergraph.graph.registry import op
from evergraph.kernels.host import invalid, text
from evergraph.ops import shape_rules

equations_op = op(
    "WALSComputePartialLhsAndRhs(factors: float32, factor_weights: float32, "
    "unobserved_weights: float32, input_weights: float32, input_indices: int64, "
    "input_values: float32, entry_weights: float32, input_block_size: int64, "
    "input_is_transpose: bool) -> partial_lhs: float32, partial_rhs: float32",
    host=["input_block_size", "input_is_transpose"],
)
masked_matmul_op = op(
    "MaskedMatmul(a: float32, b: float32, mask_indices: int64, transpose_a: bool, "
    "transpose_b: bool) -> prod_values: float32",
    host=["transpose_a", "transpose_b"],
)

equations_op.shape(shape_rules.unknown)
masked_matmul_op.shape(shape_rules.unknown)


def _require(ok: bool, message: str) -> None:
    if not ok:
        raise invalid(message)


@equations_op.kernel
def equations_kernel(
    factors: torch.Tensor,
    factor_weights: torch.Tensor,
    unobserved_weights: torch.Tensor,
    input_weights: torch.Tensor,
    input_indices: torch.Tensor,
    input_values: torch.Tensor,
    entry_weights: torch.Tensor,
    input_block_size: Any,
    input_is_transpose: Any,
) -> tuple[torch.Tensor, torch.Tensor]:
    """For each row: the weighted sum of its factors' outer products, and of its values' factors."""
    _require(factors.dim() == 2, "Input factors should be a matrix.")
    _require(factor_weights.dim() == 1, "Input factor_weights should be a vector.")
    _require(unobserved_weights.dim() == 0, "Input unobserved_weights should be a scalar.")
    _require(input_weights.dim() == 1, "Input input_weights should be a vector.")
    _require(input_indices.dim() == 2, "Input input_indices should be a matrix.")
    _require(input_indices.shape[1] == 2, "Input input_indices should have shape (?, 2).")
    _require(input_values.dim() == 1, "Input input_values should be a vector")
    _require(entry_weights.dim() == 1, "Input entry_weights should be a vector")
    _require(
        len(input_indices) == len(input_values),
        "Input input_values' length should match the first dimension of Input input_indices ",
    )
    _require(not isinstance(input_block_size, tuple), "Input input_block_size should be a scalar.")
    _require(
        not isinstance(input_is_transpose, tuple), "Input input_is_transpose should be a scalar."
    )
    by_sides = (
        len(input_weights) > 0 and len(factor_weights) == len(factors) and len(entry_weights) == 0
    )
    by_entry = (
        len(input_weights) == 0
        and len(factor_weights) == 0
        and len(entry_weights) == len(input_indices)
    )
    _require(
        by_sides or by_entry,
        "To specify the weights for observed entries, either (1) entry_weights must be set or (2) "
        "input_weights and factor_weights must be set, but not both.",
    )
    rows, columns = input_indices.unbind(1)
    if input_is_transpose:
        rows, columns = columns, rows
    found = factors[columns]
    weights = entry_weights if by_entry else input_weights[rows] * factor_weights[columns]
    size = factors.shape[1]
    lhs = factors.new_zeros((input_block_size, size, size))
    rhs = factors.new_zeros((input_block_size, size))
    # The entries of a row together, so that each row is one product.
    order = torch.argsort(rows, stable=True)
    counts = torch.bincount(rows, minlength=input_block_size).tolist()
    scaled = found * weights.sqrt()[:, None]
    for row, part in enumerate(scaled[order].split(counts)):
        torch.mm(part.t(), part, out=lhs[row])
    rhs.index_add_(0, rows, (input_values * (unobserved_weights + weights))[:, None] * found)
    return lhs, rhs


@masked_matmul_op.kernel
def masked_matmul_kernel(
    a: torch.Tensor,
    b: torch.Tensor,
    mask_indices: torch.Tensor,
    transpose_a: Any,
    transpose_b: Any,
) -> torch.Tensor:
    _require(a.dim() == 2, "Input a should be a matrix.")
    _require(b.dim() == 2, "Input b should be a matrix.")
    _require(mask_indices.dim() == 2, "Input mask_indices should be a matrix.")
    _require(not isinstance(transpose_a, tuple), "Input transpose_a should be a scalar.")
    _require(not isinstance(transpose_b, tuple), "Input transpose_b should be a scalar.")
    left = a.t() if transpose_a else a
    right = b if transpose_b else b.t()
    _require(
        left.shape[1] == right.shape[1],
        f"Matrix shapes are incompatible: a has shape {text(a.shape)}, while b has shape "
        f"{text(b.shape)}.",
    )
    _require(
        mask_indices.shape[1] == 2,
        "mask_indices should be a matrix of shape [nnz 2], where nnz is the number of non-zero "
        "elements.",
    )
    rows, columns = mask_indices.unbind(1)
    return (left[rows] * right[columns]).sum(1)
