"""Ragged tensors joined along an axis, old or new."""

from typing import Any

from evergraph.api import array_ops, check_ops, math_ops
from evergraph.base.export import export
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.ragged import ragged_array_ops, ragged_gather_ops, ragged_util
from evergraph.library.ragged.ragged_tensor import (
    RaggedTensor,
    convert_to_tensor_or_ragged_tensor,
    is_ragged,
    match_row_splits_dtypes,
)


def concat(values: Any, axis: int, name: str | None = None) -> Any:
    """Tensors, ragged or not, joined along `axis`.

    Raises:
      ValueError: there are none, or their ranks or rows do not fit.
    """
    values = list(values) if isinstance(values, (list, tuple)) else [values]
    with name_scope(name, "RaggedConcat", values):
        return _joined(values, axis, stacked=False)


@export("ragged.stack")
def stack(values: Any, axis: int = 0, name: str | None = None) -> Any:
    """Tensors, ragged or not, as the slices of a new axis. Stands for `tf.ragged.stack`.

    Args:
      values: tensors of one rank and type.
      axis: the new axis.
      name: a name scope for the nodes.

    Raises:
      ValueError: there are none, or their ranks or rows do not fit.
    """
    values = list(values) if isinstance(values, (list, tuple)) else [values]
    with name_scope(name, "RaggedConcat", values):
        return _joined(values, axis, stacked=True)


def _joined(inputs: list[Any], axis: int, stacked: bool) -> Any:
    if not inputs:
        raise ValueError("rt_inputs may not be empty.")
    inputs = [convert_to_tensor_or_ragged_tensor(t, name="rt_input") for t in inputs]
    splits_dtype, matched = match_row_splits_dtypes(*inputs, return_dtype=True)
    inputs = list(matched)
    if len(inputs) == 1:
        return ragged_array_ops.expand_dims(inputs[0], axis=axis) if stacked else inputs[0]
    rank = None
    for tensor in inputs:
        if rank is None:
            rank = tensor.shape.ndims
        else:
            tensor.shape.assert_has_rank(rank)
    out_rank = rank if rank is None or not stacked else rank + 1
    axis = ragged_util.get_positive_axis(axis, out_rank)
    if not any(is_ragged(t) for t in inputs) and rank is not None:
        if axis in (out_rank - 1, rank - 1):
            join = array_ops.stack if stacked else array_ops.concat
            return join(inputs, axis)
    inputs = [
        t
        if is_ragged(t)
        else RaggedTensor.from_tensor(t, ragged_rank=1, row_splits_dtype=splits_dtype)
        for t in inputs
    ]
    ragged_rank = max(t.ragged_rank for t in inputs)
    inputs = [_with_ragged_rank(t, ragged_rank, splits_dtype) for t in inputs]
    if axis == 0:
        return _joined_along_0(inputs, stacked)
    if axis == 1:
        return _joined_along_1(inputs, stacked)
    splits = [[t.row_splits] for t in inputs]
    with control_dependencies(ragged_util.assert_splits_match(splits)):
        values = _joined([t.values for t in inputs], axis - 1, stacked)
        return RaggedTensor.from_row_splits(values, splits[0][0], validate=False)


def _joined_along_0(inputs: list[Any], stacked: bool) -> Any:
    values = array_ops.concat([t.flat_values for t in inputs], axis=0)
    levels = zip(*[t.nested_row_splits for t in inputs], strict=True)
    nested = [_joined_splits(list(level)) for level in levels]
    if stacked:
        lengths = array_ops.stack([t.nrows() for t in inputs])
        nested.insert(0, ragged_util.lengths_to_splits(lengths))
    return RaggedTensor.from_nested_row_splits(values, nested, validate=False)


def _joined_along_1(inputs: list[Any], stacked: bool) -> Any:
    """Row i of the result is made of all rows i: joined along axis 0 and put in that order."""
    number = len(inputs)
    nrows = inputs[0].nrows()
    message = "Input tensors have incompatible shapes."
    checks = [check_ops.assert_equal(t.nrows(), nrows, message=message) for t in inputs[1:]]
    with control_dependencies(checks):
        joined = _joined_along_0(inputs, stacked=False)
        order = array_ops.reshape(math_ops.range(nrows * number), [number, -1])
        order = array_ops.reshape(array_ops.transpose(order), [-1])
        permuted = ragged_gather_ops.gather(joined, order)
        if stacked:
            splits = math_ops.range(0, nrows * number + 1, number)
            _copy_row_count(inputs, splits)
            return RaggedTensor.from_row_splits(permuted, splits, validate=False)
        splits = permuted.row_splits[::number]
        _copy_row_count(inputs, splits)
        return RaggedTensor.from_row_splits(permuted.values, splits, validate=False)


def _copy_row_count(inputs: list[Any], splits: Tensor) -> None:
    for tensor in inputs:
        rows = tensor.shape.as_list()[0]
        if rows is not None:
            splits.set_shape([rows + 1])


def _with_ragged_rank(tensor: Any, ragged_rank: int, splits_dtype: Any) -> Any:
    if ragged_rank > 0:
        if not is_ragged(tensor):
            tensor = RaggedTensor.from_tensor(tensor, row_splits_dtype=splits_dtype)
        if tensor.ragged_rank < ragged_rank:
            inner = _with_ragged_rank(tensor.values, ragged_rank - 1, splits_dtype)
            tensor = tensor.with_values(inner)
    return tensor


def _joined_splits(splits_list: list[Any]) -> Tensor:
    pieces = [splits_list[0]]
    offset = splits_list[0][-1]
    for splits in splits_list[1:]:
        pieces.append(splits[1:] + offset)
        offset += splits[-1]
    return array_ops.concat(pieces, axis=0)
