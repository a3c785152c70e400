"""Rows dealt out and put together again: DynamicPartition, DynamicStitch, ParallelDynamicStitch."""

from typing import Any

import numpy as np
import torch

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.registry import op
from evergraph.kernels.host import invalid, position, text
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

dynamic_partition_op = op(
    "DynamicPartition(data: T, partitions: int32) -> outputs: num_partitions * T",
    "num_partitions: int >= 1; T: type",
)
dynamic_stitch_op = op(
    "DynamicStitch(indices: N * int32, data: N * T) -> merged: T", "N: int >= 1; T: type"
)
parallel_dynamic_stitch_op = op(
    "ParallelDynamicStitch(indices: N * int32, data: N * T) -> merged: T", "N: int >= 1; T: type"
)


@dynamic_partition_op.shape
def dynamic_partition_shape(node: Any) -> list[Dims]:
    data, partitions = node.inputs[0].dims, node.inputs[1].dims
    count = node.attr("num_partitions")
    if partitions is None:
        return [None] * count
    merged, _ = shape_rules.merge_prefix(data, partitions)
    if merged is None:
        return [None] * count
    return [(None, *merged[len(partitions) :])] * count


def _check_partition(data: Any, partitions: Any, count: int) -> None:
    if tuple(data.shape[: len(partitions.shape)]) != tuple(partitions.shape):
        raise invalid(
            f"data.shape must start with partitions.shape, got data.shape = {text(data.shape)}, "
            f"partitions.shape = {text(partitions.shape)}"
        )
    wrong = (partitions < 0) | (partitions >= count)
    if bool(wrong.any()):
        host = np.asarray(partitions.cpu() if isinstance(partitions, torch.Tensor) else partitions)
        first = int(np.flatnonzero(((host < 0) | (host >= count)).reshape(-1))[0])
        where = position(host.shape, first)
        raise invalid(f"partitions{where} = {host.reshape(-1)[first]} is not in [0, {count})")


@dynamic_partition_op.kernel
def dynamic_partition_kernel(
    data: torch.Tensor, partitions: torch.Tensor, *, num_partitions: int
) -> Any:
    _check_partition(data, partitions, num_partitions)
    if not partitions.dim():
        data, partitions = data.unsqueeze(0), partitions.unsqueeze(0)
    return tuple(data[partitions == i] for i in range(num_partitions))


@dynamic_partition_op.numpy
def dynamic_partition_numpy(data: Any, partitions: Any, *, num_partitions: int) -> Any:
    _check_partition(data, partitions, num_partitions)
    return tuple(data[partitions == i] for i in range(num_partitions))


@dynamic_partition_op.gradient
def dynamic_partition_gradient(node: Any, *grads: Any) -> Any:
    """Each row's gradient comes back to where the row was."""
    data, partitions = node.inputs
    count = node.attr("num_partitions")
    prefix = array_ops.shape(partitions)
    places = array_ops.reshape(math_ops.range(math_ops.reduce_prod(prefix)), prefix)
    dealt = array_ops.dynamic_partition(places, partitions, count)
    rows = array_ops.dynamic_stitch(dealt, grads)
    return array_ops.reshape(rows, array_ops.shape(data)), None


@dynamic_stitch_op.shape
@parallel_dynamic_stitch_op.shape
def dynamic_stitch_shape(node: Any) -> Dims:
    count = node.attr("N")
    largest, known, extra = -1, True, None
    for i in range(count):
        indices = node.static_input(i)
        if indices is None:
            known = False
        elif indices.size:
            largest = max(largest, int(indices.max()))
        indices_dims, data_dims = node.inputs[i].dims, node.inputs[count + i].dims
        if indices_dims is None:
            continue
        if data_dims is None:
            continue
        merged, _ = shape_rules.merge_prefix(data_dims, indices_dims)
        extra = shape_rules.merge(extra, merged[len(indices_dims) :] if merged else ())
    if extra is None:
        return None
    return (largest + 1 if known else None, *extra)


def _check_stitch(indices: list[Any], data: list[Any]) -> tuple[int, ...]:
    """The shape of one row."""
    rank0 = len(indices[0].shape)
    row = tuple(data[0].shape[rank0:])
    for i, (index, part) in enumerate(zip(indices, data, strict=True)):
        if tuple(part.shape[: len(index.shape)]) != tuple(index.shape):
            raise invalid(
                f"data[{i}].shape = {text(part.shape)} does not start with indices[{i}].shape = "
                f"{text(index.shape)}"
            )
        if tuple(part.shape[len(index.shape) :]) != row:
            raise invalid(
                f"Need data[0].shape[{rank0}:] = data[{i}].shape[{len(index.shape)}:], got "
                f"data[0].shape = {text(data[0].shape)}, data[{i}].shape = {text(part.shape)}, "
                f"indices[0].shape = {text(indices[0].shape)}, indices[{i}].shape = "
                f"{text(index.shape)}"
            )
    return row


def _refuse_negative(indices: list[Any]) -> None:
    for part in indices:
        below = [i for i, index in enumerate(part.reshape(-1).tolist()) if index < 0]
        if below:
            raise invalid(f"indices[{below[0]}] is out of range")


def _size(shape: Any) -> int:
    count = 1
    for d in shape:
        count *= int(d)
    return count


@dynamic_stitch_op.kernel
@parallel_dynamic_stitch_op.kernel
def dynamic_stitch_kernel(indices: list[torch.Tensor], data: list[torch.Tensor]) -> torch.Tensor:
    row = _check_stitch(indices, data)
    flat = torch.cat([i.reshape(-1) for i in indices]).long()
    rows = torch.cat([d.reshape(_size(i.shape), *row) for i, d in zip(indices, data, strict=True)])
    count = int(flat.max()) + 1 if flat.numel() else 0
    if flat.numel() and int(flat.min()) < 0:
        _refuse_negative(indices)
    merged = rows.new_zeros((count, *row))
    # One after the other, so that of equal indices the last wins.
    start = 0
    for index in indices:
        stop = start + index.numel()
        merged[flat[start:stop]] = rows[start:stop]
        start = stop
    return merged


@dynamic_stitch_op.numpy
@parallel_dynamic_stitch_op.numpy
def dynamic_stitch_numpy(indices: list[Any], data: list[Any]) -> Any:
    row = _check_stitch(indices, data)
    count = max((int(i.max()) + 1 for i in indices if i.size), default=0)
    dtype = data[0].dtype
    merged = np.full((count, *row), b"" if dtype.kind == "O" else 0, dtype)
    _refuse_negative(indices)
    for index, part in zip(indices, data, strict=True):
        merged[np.reshape(index, -1)] = np.reshape(part, (_size(index.shape), *row))
    return merged


@dynamic_stitch_op.gradient
@parallel_dynamic_stitch_op.gradient
def dynamic_stitch_gradient(node: Any, grad: Any) -> Any:
    count = len(node.inputs) // 2
    indices = node.inputs[:count]
    if indices[0].dtype != dtypes.int32:
        indices = [math_ops.cast(i, dtypes.int32) for i in indices]
    if isinstance(grad, IndexedSlices):
        rows = array_ops.shape(node.outputs[0])[0]
        grad = math_ops.unsorted_segment_sum(grad.values, grad.indices, rows)
    return [None] * count + [array_ops.gather(grad, i) for i in indices]
