"""Sets in the last axis of dense and sparse tensors."""

from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.base.errors import InvalidArgumentError
from evergraph.graph.registry import Entry, op
from evergraph.ops import shape_rules

RESULT = "result_indices: int64, result_values: T, result_shape: int64"
ATTRS = "set_operation: string; validate_indices: bool = true; T: set_value"
OPERATIONS: dict[str, Callable[[set[Any], set[Any]], set[Any]]] = {
    "a-b": lambda a, b: a - b,
    "b-a": lambda a, b: b - a,
    "intersection": lambda a, b: a & b,
    "union": lambda a, b: a | b,
}
Groups = dict[tuple[int, ...], set[Any]]


def _sparse(name: str) -> str:
    return f"{name}_indices: int64, {name}_values: T, {name}_shape: int64"


def _operation(kind: str, first: str, second: str) -> Entry:
    return op(f"{kind}SetOperation({first}, {second}) -> {RESULT}", ATTRS)


dense_dense_op = _operation("DenseToDense", "set1: T", "set2: T")
dense_sparse_op = _operation("DenseToSparse", "set1: T", _sparse("set2"))
sparse_sparse_op = _operation("SparseToSparse", _sparse("set1"), _sparse("set2"))
set_size_op = op(
    "SetSize(set_indices: int64, set_values: T, set_shape: int64) -> size: int32",
    "validate_indices: bool = true; T: set_value",
)


def _result_dims(rank: int | None) -> Any:
    return [(None, rank), (None,), (rank,)]


@dense_dense_op.shape
def dense_dense_shape(node: Any) -> Any:
    a = shape_rules.at_least_rank(node.inputs[0].dims, 2)
    b = shape_rules.at_least_rank(node.inputs[1].dims, 2)
    if a is not None and b is not None:
        shape_rules.with_rank(b, len(a))
        shape_rules.merge(a[:-1], b[:-1])
    known = b if a is None else a
    return _result_dims(None if known is None else len(known))


@dense_sparse_op.shape
def dense_sparse_shape(node: Any) -> Any:
    a = shape_rules.at_least_rank(node.inputs[0].dims, 2)
    rank = _sparse_rank(node, 1) if a is None else len(a)
    return _result_dims(rank)


@sparse_sparse_op.shape
def sparse_sparse_shape(node: Any) -> Any:
    ranks = [_sparse_rank(node, 0), _sparse_rank(node, 3)]
    return _result_dims(shape_rules.merge_dim(*ranks))


def _sparse_rank(node: Any, first: int) -> int | None:
    indices = shape_rules.with_rank(node.inputs[first].dims, 2)
    shape = shape_rules.with_rank(node.inputs[first + 2].dims, 1)
    return shape_rules.merge_dim(indices[1], shape[0])


set_size_op.shape(shape_rules.unknown)


def _dense_groups(values: Any) -> Groups:
    if values.ndim < 2:
        raise InvalidArgumentError(
            None, None, f"Input shape should have rank >= 2, got {values.ndim}."
        )
    return {place: set(values[place].tolist()) for place in np.ndindex(*values.shape[:-1])}


def _sparse_groups(indices: Any, values: Any) -> Groups:
    groups: Groups = {}
    for place, value in zip(indices.tolist(), values.tolist(), strict=True):
        groups.setdefault(tuple(place[:-1]), set()).add(value)
    return groups


def _validate(indices: Any, shape: Any) -> None:
    """Indices must be in range, in order and not repeated."""
    places = [tuple(place) for place in indices.tolist()]
    for i, place in enumerate(places):
        text = ",".join(map(str, place))
        if any(not 0 <= p < size for p, size in zip(place, shape.tolist(), strict=True)):
            raise InvalidArgumentError(None, None, f"indices[{i}] = [{text}] is out of bounds")
        if i and place == places[i - 1]:
            raise InvalidArgumentError(None, None, f"indices[{i}] = [{text}] is repeated")
        if i and place < places[i - 1]:
            raise InvalidArgumentError(None, None, f"indices[{i}] = [{text}] is out of order")


def _combined(a: Groups, b: Groups, group_shape: Any, name: str, like: Any) -> Any:
    """What an operation makes of the sets of each group, as the parts of a sparse tensor."""
    operation = OPERATIONS.get(name.lower())
    if operation is None:
        raise InvalidArgumentError(None, None, f"Invalid set_operation {name}.")
    indices, values, longest = [], [], 0
    for group in sorted({*a, *b}):
        found = sorted(operation(a.get(group, set()), b.get(group, set())))
        longest = max(longest, len(found))
        indices += [(*group, i) for i in range(len(found))]
        values += found
    shape = [*group_shape, longest]
    return (
        np.array(indices, np.int64).reshape(-1, len(shape)),
        np.array(values, like.dtype),
        np.array(shape, np.int64),
    )


def _check_groups(a: Any, b: Any) -> None:
    if list(a) != list(b):
        texts = [",".join(map(str, shape)) for shape in (a, b)]
        raise InvalidArgumentError(
            None, None, f"Mismatched group shapes: [{texts[0]}] vs [{texts[1]}]"
        )


@dense_dense_op.numpy
def dense_dense(a: Any, b: Any, *, set_operation: str) -> Any:
    _check_groups(a.shape[:-1], b.shape[:-1])
    return _combined(_dense_groups(a), _dense_groups(b), a.shape[:-1], set_operation, a)


@dense_sparse_op.numpy
def dense_sparse(
    a: Any, indices: Any, values: Any, shape: Any, *, set_operation: str, validate_indices: bool
) -> Any:
    if validate_indices:
        _validate(indices, shape)
    _check_groups(a.shape[:-1], shape[:-1])
    groups = _sparse_groups(indices, values)
    return _combined(_dense_groups(a), groups, a.shape[:-1], set_operation, a)


@sparse_sparse_op.numpy
def sparse_sparse(
    a_indices: Any,
    a_values: Any,
    a_shape: Any,
    b_indices: Any,
    b_values: Any,
    b_shape: Any,
    *,
    set_operation: str,
    validate_indices: bool,
) -> Any:
    if validate_indices:
        _validate(a_indices, a_shape)
        _validate(b_indices, b_shape)
    _check_groups(a_shape[:-1], b_shape[:-1])
    a, b = _sparse_groups(a_indices, a_values), _sparse_groups(b_indices, b_values)
    return _combined(a, b, a_shape[:-1], set_operation, a_values)


@set_size_op.numpy
def set_size(indices: Any, values: Any, shape: Any, *, validate_indices: bool) -> Any:
    if validate_indices:
        _validate(indices, shape)
    sizes = np.zeros(shape[:-1], np.int32)
    for group, elements in _sparse_groups(indices, values).items():
        sizes[group] = len(elements)
    return sizes


for _entry in (dense_dense_op, dense_sparse_op, sparse_sparse_op, set_size_op):
    _entry.not_differentiable()
