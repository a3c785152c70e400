"""Orders of axes and elements: Transpose, ConjugateTranspose, InvertPermutation, Reverse, ..."""

from typing import Any

import numpy as np
import torch

from evergraph.api import array_ops
from evergraph.graph.apply import apply_op
from evergraph.graph.registry import ShapeError, op
from evergraph.kernels.host import invalid, settle
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_TRANSPOSE = "T: type; Tperm: int32 | int64 = int32"
_REVERSIBLE = "T: uint8 | int8 | uint16 | int16 | int32 | int64 | bool | unary_complex | string"

transpose_op = op("Transpose(x: T, perm: Tperm) -> y: T", _TRANSPOSE, host=["perm"], view=True)
conjugate_transpose_op = op(
    "ConjugateTranspose(x: T, perm: Tperm) -> y: T", _TRANSPOSE, host=["perm"], view=True
)
invert_permutation_op = op("InvertPermutation(x: T) -> y: T", "T: int32 | int64 = int32")
reverse_op = op(
    "Reverse(tensor: T, dims: bool) -> output: T",
    "T: uint8 | int8 | uint16 | int16 | int32 | int64 | bool | float16 | float32 | float64 | "
    "complex64 | complex128 | string",
    host=["dims"],
)
reverse_v2_op = op(
    "ReverseV2(tensor: T, axis: Tidx) -> output: T",
    f"Tidx: int32 | int64 = int32; {_REVERSIBLE}",
    host=["axis"],
)
reverse_sequence_op = op(
    "ReverseSequence(input: T, seq_lengths: Tlen) -> output: T",
    "seq_dim: int; batch_dim: int = 0; T: type; Tlen: int32 | int64 = int64",
)


# Transpose.


@transpose_op.shape
@conjugate_transpose_op.shape
def transpose_shape(node: Any) -> Dims:
    dims, perm_dims = node.inputs[0].dims, node.inputs[1].dims
    perm = node.static_input(1)
    size = shape_rules.element_count(perm_dims)
    rank = len(dims) if dims is not None else size if perm is None else perm.size
    if rank is None:
        return None
    if dims is None and rank < 2:
        # One number may stand for a scalar or a vector; neither is changed.
        return None
    dims = shape_rules.with_rank(dims, rank)
    shape_rules.with_rank(perm_dims, 1)
    shape_rules.with_value(size, rank)
    if perm is None:
        return (None,) * rank
    for p in perm:
        if not -rank <= p < rank:
            raise ShapeError(f"perm dim {p} is out of range of input rank {rank}")
    return tuple(dims[p] for p in perm)


def _check_perm(perm: tuple[int, ...], shape: Any) -> None:
    rank = len(shape)
    if len(perm) != rank:
        raise invalid(
            f"transpose expects a vector of size {rank}. "
            f"But input(1) is a vector of size {len(perm)}"
        )
    for i, p in enumerate(perm):
        if not 0 <= p < rank:
            raise invalid(f"{p} is out of range [0 .. {rank})")
        if p in perm[:i]:
            missing = next(d for d in range(rank) if d not in perm)
            raise invalid(f"{missing} is missing from {{{','.join(map(str, perm))}}}.")


@transpose_op.kernel
def transpose_kernel(x: torch.Tensor, perm: tuple[int, ...]) -> torch.Tensor:
    if perm and min(perm) < 0:
        # torch counts these from the end.
        _check_perm(perm, x.shape)
    try:
        return x.permute(perm)
    except (RuntimeError, IndexError):
        _check_perm(perm, x.shape)
        raise


@transpose_op.numpy
@conjugate_transpose_op.numpy
def transpose_numpy(x: Any, perm: tuple[int, ...]) -> Any:
    _check_perm(perm, x.shape)
    return settle(np.transpose(x, perm))


@conjugate_transpose_op.kernel
def conjugate_transpose_kernel(x: torch.Tensor, perm: tuple[int, ...]) -> torch.Tensor:
    _check_perm(perm, x.shape)
    return x.permute(perm).conj().resolve_conj()


@transpose_op.gradient
def transpose_gradient(node: Any, grad: Any) -> Any:
    perm = node.inputs[1]
    return array_ops.transpose(grad, array_ops.invert_permutation(perm)), None


@conjugate_transpose_op.gradient
def conjugate_transpose_gradient(node: Any, grad: Any) -> Any:
    perm = node.inputs[1]
    inverse = array_ops.invert_permutation(perm)
    return array_ops.transpose(grad, inverse, conjugate=True), None


@invert_permutation_op.shape
def invert_permutation_shape(node: Any) -> Dims:
    return shape_rules.with_rank(node.inputs[0].dims, 1)


@invert_permutation_op.numpy
def invert_permutation_kernel(x: Any) -> Any:
    if x.ndim != 1:
        raise invalid("invert_permutation expects a 1D vector.")
    inverse = np.full_like(x, -1)
    for i, p in enumerate(x):
        if not 0 <= p < len(x):
            raise invalid(f"{p} is not between 0 and {len(x)}")
        if inverse[p] != -1:
            raise invalid(f"{p} is duplicated in the input.")
        inverse[p] = i
    return inverse


invert_permutation_op.not_differentiable()


# Reverse.


@reverse_op.shape
def reverse_shape(node: Any) -> Dims:
    dims = node.inputs[0].dims
    size = shape_rules.with_rank(node.inputs[1].dims, 1)[0]
    if dims is None:
        dims = None if size is None else (None,) * size
    elif size is not None and size != len(dims):
        shape_rules.with_rank(dims, size)
    if dims is not None and len(dims) > 8:
        raise ShapeError("reverse does not work on tensors with more than 8 dimensions")
    return dims


@reverse_v2_op.shape
def reverse_v2_shape(node: Any) -> Dims:
    dims = node.inputs[0].dims
    size = shape_rules.with_rank(node.inputs[1].dims, 1)[0]
    if dims is not None and len(dims) > 8:
        raise ShapeError("reverse does not work on tensors with more than 8 dimensions")
    axes = node.static_input(1)
    if dims is None or axes is None:
        return dims if size is not None or dims is None else dims
    rank = len(dims)
    seen = set()
    for i, axis in enumerate(int(a) for a in axes):
        canonical = axis + rank if axis < 0 else axis
        if not 0 <= canonical < rank:
            # The missing bracket is TensorFlow's.
            raise ShapeError(f"'axis'[{i}] = {axis} is out of valid range [0, {rank - 1}")
        if canonical in seen:
            raise ShapeError(f"axis {canonical} specified more than once.")
        seen.add(canonical)
    return dims


def _reverse_axes(axes: tuple[int, ...], rank: int) -> tuple[int, ...]:
    found: list[int] = []
    for i, axis in enumerate(axes):
        canonical = axis + rank if axis < 0 else axis
        if not 0 <= canonical < rank:
            raise invalid(f"'axis'[{i}] = {axis} is out of valid range [0, {rank - 1}]")
        if canonical in found:
            raise invalid(f"axis {canonical} specified more than once.")
        found.append(canonical)
    return tuple(found)


def _marked_axes(marks: tuple[bool, ...], shape: Any) -> tuple[int, ...]:
    if len(marks) != len(shape):
        raise invalid(
            "'dims' must have the same number of values as 'tensor' has dimensions. 'tensor' has "
            f"{len(shape)}'dims' has {len(marks)} values"
        )
    return tuple(i for i, mark in enumerate(marks) if mark)


@reverse_op.kernel
def reverse_kernel(x: torch.Tensor, marks: tuple[bool, ...]) -> torch.Tensor:
    return torch.flip(x, _marked_axes(marks, x.shape))


@reverse_op.numpy
def reverse_numpy(x: Any, marks: tuple[bool, ...]) -> Any:
    return settle(np.flip(x, _marked_axes(marks, x.shape)))


@reverse_v2_op.kernel
def reverse_v2_kernel(x: torch.Tensor, axes: tuple[int, ...]) -> torch.Tensor:
    return torch.flip(x, _reverse_axes(axes, x.dim()))


@reverse_v2_op.numpy
def reverse_v2_numpy(x: Any, axes: tuple[int, ...]) -> Any:
    return settle(np.flip(x, _reverse_axes(axes, x.ndim)))


@reverse_op.gradient
def reverse_gradient(node: Any, grad: Any) -> Any:
    return apply_op("Reverse", grad, node.inputs[1]), None


@reverse_v2_op.gradient
def reverse_v2_gradient(node: Any, grad: Any) -> Any:
    return array_ops.reverse_v2(grad, node.inputs[1]), None


# ReverseSequence.


@reverse_sequence_op.shape
def reverse_sequence_shape(node: Any) -> Dims:
    dims = node.inputs[0].dims
    lengths = shape_rules.with_rank(node.inputs[1].dims, 1)
    batch, seq = node.attr("batch_dim"), node.attr("seq_dim")
    if dims is None:
        return None
    for axis, what in ((batch, "batch_dim"), (seq, "seq_dim")):
        if axis >= len(dims):
            raise ShapeError(f"{what} must be < input rank: {axis} vs. {len(dims)}")
    size = shape_rules.merge_dim(dims[batch], lengths[0])
    return dims[:batch] + (size,) + dims[batch + 1 :]


def _sequence_indices(shape: Any, lengths: Any, seq: int, batch: int) -> Any:
    """For each row of the batch the positions to read, reversed up to the row's length."""
    if batch == seq:
        raise invalid(f"batch_dim == seq_dim == {seq}")
    for axis, what in ((seq, "seq_dim"), (batch, "batch_dim")):
        if axis >= len(shape):
            raise invalid(f"{what} must be < input.dims()( {axis} vs. {len(shape)})")
    if len(lengths) != shape[batch]:
        raise invalid(
            f"Length of seq_lengths != input.dims({batch}), ({len(lengths)} vs. {shape[batch]})"
        )
    for d, length in enumerate(lengths.tolist()):
        if length < 0:
            raise invalid(f"seq_lens({d}) < 0")
        if length > shape[seq]:
            raise invalid(f"seq_lens({d}) > input.dims({seq})")
    steps = np.arange(shape[seq])
    ends = np.asarray(lengths)[:, None]
    return np.where(steps < ends, ends - 1 - steps, steps)


@reverse_sequence_op.kernel
def reverse_sequence_kernel(
    x: torch.Tensor, lengths: torch.Tensor, *, seq_dim: int, batch_dim: int
) -> torch.Tensor:
    indices = _sequence_indices(x.shape, lengths.cpu(), seq_dim, batch_dim)
    rows = torch.arange(x.shape[batch_dim], device=x.device)[:, None]
    turned = x.movedim((batch_dim, seq_dim), (0, 1))
    read = turned[rows, torch.from_numpy(indices).to(x.device)]
    return read.movedim((0, 1), (batch_dim, seq_dim))


@reverse_sequence_op.numpy
def reverse_sequence_numpy(x: Any, lengths: Any, *, seq_dim: int, batch_dim: int) -> Any:
    indices = _sequence_indices(x.shape, lengths, seq_dim, batch_dim)
    rows = np.arange(x.shape[batch_dim])[:, None]
    turned = np.moveaxis(x, (batch_dim, seq_dim), (0, 1))
    return np.moveaxis(turned[rows, indices], (0, 1), (batch_dim, seq_dim))


@reverse_sequence_op.gradient
def reverse_sequence_gradient(node: Any, grad: Any) -> Any:
    return array_ops.reverse_sequence(
        grad,
        batch_axis=node.attr("batch_dim"),
        seq_axis=node.attr("seq_dim"),
        seq_lengths=node.inputs[1],
    ), None
