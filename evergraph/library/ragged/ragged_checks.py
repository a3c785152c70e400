"""Checks of row partitions that run with the graph."""

from typing import Any

from evergraph.api import array_ops, check_ops, control_flow_ops, math_ops
from evergraph.graph.constant import constant


def assert_monotonic_increasing(tensor: Any, message: str | None = None) -> Any:
    return check_ops.assert_non_negative(tensor[1:] - tensor[:-1], message=message)


def assert_zero(tensor: Any, message: str | None = None) -> Any:
    zero = constant(0, dtype=tensor.dtype)
    return check_ops.assert_equal(tensor, zero, message=message)


def assert_sparse_indices_are_ragged_right(indices: Any) -> list[Any]:
    """Checks that all rows of a sparse tensor begin at column 0 and have no holes."""
    rows, columns = indices[:, :-1], indices[:, -1]
    new_row = math_ops.reduce_any(math_ops.not_equal(rows[1:], rows[:-1]), axis=1)
    fits = array_ops.where(
        new_row,
        math_ops.equal(columns[1:], 0),
        math_ops.equal(columns[1:], columns[:-1] + 1),
    )
    ragged = math_ops.logical_and(
        math_ops.reduce_all(math_ops.equal(columns[:1], 0)), math_ops.reduce_all(fits)
    )
    message = ["SparseTensor is not right-ragged", "SparseTensor.indices =", indices]
    return [control_flow_ops.Assert(ragged, message)]
