"""Sparse tensors as elements of queues: kept in the session, a number in the queue."""

from collections.abc import Sequence
from typing import Any

from evergraph.api import array_ops, control_flow_ops
from evergraph.api.creation import ones
from evergraph.api.gathering import gather
from evergraph.api.smart_cond import smart_cond
from evergraph.api.sparse_ops import as_sparse, sparse_retain
from evergraph.base import dtypes
from evergraph.base.tensor_shape import Dimension, dimension_value
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import SparseTensor
from evergraph.graph.constant import constant
from evergraph.graph.defaults import colocate_with
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor

_ADDING = ("AddSparseToTensorsMap", "AddManySparseToTensorsMap")


def add_sparse(sparse: Any, shared_name: str | None) -> Tensor:
    """The number under which a sparse tensor is kept."""
    sp = as_sparse(sparse)
    parts = (sp.indices, sp.values, sp.dense_shape)
    return apply_op("AddSparseToTensorsMap", *parts, shared_name=shared_name or "")


def add_many_sparse(sparse: Any, shared_name: str | None) -> Tensor:
    """The numbers under which the parts along the first axis are kept."""
    sp = as_sparse(sparse)
    parts = (sp.indices, sp.values, sp.dense_shape)
    return apply_op("AddManySparseToTensorsMap", *parts, shared_name=shared_name or "")


def take_many_sparse(sparse_map_op: Any, sparse_handles: Tensor, rank: int | None) -> SparseTensor:
    """What is kept under numbers, along a new first axis.

    Args:
      sparse_map_op: the node that keeps them.
    """
    if not isinstance(sparse_map_op, Operation):
        raise TypeError("sparse_map_op be an Operation")
    if sparse_map_op.type not in _ADDING:
        raise TypeError(
            "sparse_map_op must be one of AddSparseToTensorsMap or AddSparseToTensorsMap. "
            f"Instead, found `{sparse_map_op.type}`."
        )
    with colocate_with(sparse_map_op):
        indices, values, shape = apply_op(
            "TakeManySparseFromTensorsMap",
            sparse_handles,
            dtype=sparse_map_op.attr("T"),
            container=sparse_map_op.attr("container"),
            shared_name=sparse_map_op.attr("shared_name") or sparse_map_op.name,
        )
    indices.set_shape([None, rank])
    shape.set_shape([rank])
    return SparseTensor(indices, values, shape)


class SparseInfo:
    """What is known of an element that may be sparse.

    Attributes:
      map_op: the node that keeps it, None for a dense one.
      rank: its rank, without a batch's.
    """

    def __init__(self, map_op: Operation | None, rank: Dimension) -> None:
        self.map_op = map_op
        self.rank = rank

    @property
    def sparse(self) -> bool:
        """Whether it is sparse."""
        return self.map_op is not None

    def fits(self, other: "SparseInfo") -> bool:
        """Whether both can be in one queue."""
        if not self.sparse and not other.sparse:
            return True
        return self.map_op is other.map_op and self.rank.is_compatible_with(other.rank)


def store(
    tensors: Sequence[Any],
    enqueue_many: bool,
    keep_input: Tensor,
    shared: Sequence[Operation | None] | None = None,
) -> tuple[list[Any], list[SparseInfo]]:
    """The tensors, with numbers in place of sparse ones.

    Args:
      enqueue_many: whether the tensors are batches.
      keep_input: whether they are wanted, a bool, or one for each row.
      shared: for each tensor the node that keeps it already.
    """
    shared = shared or [None] * len(tensors)
    stored = [
        _stored(t, enqueue_many, keep_input, op.name if op else "")
        if isinstance(t, SparseTensor)
        else t
        for t, op in zip(tensors, shared, strict=True)
    ]
    infos = []
    for t, kept, op in zip(tensors, stored, shared, strict=True):
        if not isinstance(t, SparseTensor):
            infos.append(SparseInfo(None, Dimension(None)))
            continue
        rank = t.dense_shape.shape.with_rank(1).dims[0]
        infos.append(SparseInfo(op or _adding(kept), rank - 1 if enqueue_many else rank))
    columns = [
        array_ops.expand_dims(s, [-1]) if info.sparse else s
        for s, info in zip(stored, infos, strict=True)
    ]
    return columns, infos


def _adding(stored: Tensor) -> Operation:
    """The node that keeps a sparse tensor: in a branch, perhaps."""
    for tensor in stored.op.inputs:
        if tensor.op.type in _ADDING:
            return tensor.op
    return stored.op


def _stored(sparse: SparseTensor, enqueue_many: bool, keep_input: Tensor, name: str) -> Tensor:
    if keep_input.shape.ndims == 1:
        rows = sparse.indices[:, 0]
        return add_many_sparse(sparse_retain(sparse, gather(keep_input, rows)), name)
    if not enqueue_many:
        return smart_cond(
            keep_input, lambda: add_sparse(sparse, name), lambda: constant(-1, dtypes.int64)
        )
    many = smart_cond(
        keep_input,
        lambda: add_many_sparse(sparse, name),
        lambda: -1 * ones(array_ops.shape(sparse)[0:1], dtypes.int64),
    )
    many.set_shape([None])
    return many


def store_join(
    tensors_list: Sequence[Sequence[Any]], enqueue_many: bool, keep_input: Tensor
) -> tuple[list[list[Any]], list[SparseInfo]]:
    """As `store`, for several lists whose sparse tensors are kept in one place."""
    first, infos = store(tensors_list[0], enqueue_many, keep_input)
    stored = [first]
    for tensors in tensors_list[1:]:
        shared = [info.map_op for info in infos]
        more, found = store(tensors, enqueue_many, keep_input, shared)
        if not all(a.fits(b) for a, b in zip(infos, found, strict=True)):
            raise ValueError(f"Inconsistent SparseTensors list: {tensors_list[0]} vs. {tensors}")
        for a, b in zip(infos, found, strict=True):
            if a.sparse:
                a.rank = a.rank.merge_with(b.rank)
        stored.append(more)
    return stored, infos


def restore(stored: Any, infos: Sequence[SparseInfo]) -> Any:
    """A batch from the queue with sparse tensors in place of numbers."""
    many = isinstance(stored, (list, tuple))
    tensors = [
        take_many_sparse(info.map_op, array_ops.squeeze(s, [1]), dimension_value(info.rank + 1))
        if info.sparse
        else s
        for s, info in zip(stored if many else (stored,), infos, strict=True)
    ]
    if any(info.sparse for info in infos):
        # All are taken out, whatever is used: else they would stay.
        taken = [t.values if isinstance(t, SparseTensor) else t for t in tensors]

        def after(t: Tensor) -> Tensor:
            return control_flow_ops.with_dependencies(taken, t)

        tensors = [
            SparseTensor(after(t.indices), after(t.values), after(t.dense_shape))
            if isinstance(t, SparseTensor)
            else after(t)
            for t in tensors
        ]
    return tensors if many else tensors[0]
