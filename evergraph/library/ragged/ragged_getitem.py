"""Pieces of ragged tensors: `rt[1]`, `rt[:, 2:]`, `rt[..., tf.newaxis]`."""

from collections.abc import Iterator
from typing import Any

from evergraph.api import array_ops, control_flow_ops, math_ops
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import executing_eagerly, name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.ragged import ragged_gather_ops, ragged_math_ops
from evergraph.library.ragged.ragged_tensor import RaggedTensor, is_ragged

# The order of nodes is part of the GraphDef.


def ragged_tensor_getitem(self: RaggedTensor, key: Any) -> Any:
    """The piece that `key` names: a row, rows, or the same piece of every row.

    Args:
      key: an index, a slice, `...`, `tf.newaxis`, or a list or tuple of them. Of an inner axis
        whose rows differ in length only slices can be taken.

    Returns:
      A RaggedTensor, or a Tensor where no axis is ragged.

    Raises:
      ValueError: an index into an inner ragged axis, or `...` where the rank is not known.
      IndexError: more keys than axes; in eager execution, a row that is not there.
      TypeError: a bound or stride of a slice is no integer.
    """
    with name_scope(None, "RaggedGetItem", [self, *_tensors_in(key)]):
        return _piece(self, list(key) if isinstance(key, (list, tuple)) else [key])


RaggedTensor.__getitem__ = ragged_tensor_getitem  # type: ignore[attr-defined]


def _tensors_in(key: Any) -> Iterator[Tensor]:
    if isinstance(key, Tensor):
        yield key
    elif isinstance(key, (list, tuple)):
        for part in key:
            yield from _tensors_in(part)
    elif isinstance(key, slice):
        yield from _tensors_in([key.start, key.stop, key.step])


def _is_whole(key: slice) -> bool:
    return key.start is None and key.stop is None and key.step is None


def _piece(rt: RaggedTensor, keys: list[Any]) -> Any:
    """The piece by keys from the outermost axis on."""
    if not keys:
        return rt
    first, rest = keys[0], keys[1:]
    if first is Ellipsis:
        return _piece(rt, _with_ellipsis_spelt(keys, rt.shape.ndims))
    if first is None:
        inner = _piece(rt, rest)
        splits = array_ops.stack([0, _split_count(inner) - 1])
        return RaggedTensor.from_row_splits(inner, splits, validate=False)
    if isinstance(first, slice):
        return _of_each_row(rt if _is_whole(first) else _rows(rt, first), rest)
    starts, limits = rt.row_splits[:-1], rt.row_splits[1:]
    if executing_eagerly() and int(first) >= len(starts):
        raise IndexError(f"Row key {first} out of bounds")  # which ends a loop over the rows
    return rt.values[starts[first] : limits[first]].__getitem__(rest)


def _split_count(rt: RaggedTensor) -> Tensor:
    return array_ops.shape(rt.row_splits, out_type=rt.row_splits.dtype)[0]


def _rows(rt: RaggedTensor, key: slice) -> RaggedTensor:
    """The rows that a slice takes."""
    starts, limits = rt.row_splits[:-1][key], rt.row_splits[1:][key]
    zero = array_ops.zeros([1], rt.row_splits.dtype)
    if key.step is not None and key.step != 1:
        return _ranges(starts, limits, 1, rt.values)
    # Neighbours share a split; without any row there is the one split 0.
    splits = array_ops.concat([zero[array_ops.size(starts) :], starts[:1], limits], axis=0)
    begin, end = splits[0], splits[-1]
    return RaggedTensor.from_row_splits(rt.values[begin:end], splits - begin, validate=False)


def _of_each_row(rt: Any, keys: list[Any]) -> Any:
    """The piece of every row by keys from the second axis on."""
    if not keys:
        return rt
    if isinstance(rt, Tensor):
        return rt.__getitem__([slice(None), *keys])
    first, rest = keys[0], keys[1:]
    if first is Ellipsis:
        return _of_each_row(rt, _with_ellipsis_spelt(keys, rt.values.shape.ndims))
    if first is None:
        inner = _of_each_row(rt, rest)
        splits = math_ops.range(_split_count(inner))
        return RaggedTensor.from_row_splits(inner, splits, validate=False)
    if not isinstance(first, slice):
        raise ValueError("Cannot index into an inner ragged dimension.")
    if _is_whole(first):
        return rt.with_values(_of_each_row(rt.values, rest))
    starts, limits = rt.row_splits[:-1], rt.row_splits[1:]
    if first.start is not None and first.start != 0:
        starts = _moved(first.start, rt.row_splits[:-1], rt.row_splits[1:])
    if first.stop is not None and first.stop != 0:
        limits = _moved(first.stop, rt.row_splits[:-1], rt.row_splits[1:])
    cut = _ranges(starts, limits, first.step, rt.values)
    return cut.with_values(_of_each_row(cut.values, rest))


def _with_ellipsis_spelt(keys: list[Any], left: int | None) -> list[Any]:
    """Keys that begin with `...`: without it, or with one whole axis before it."""
    if left is None:
        raise ValueError("Ellipsis not supported for unknown shape RaggedTensors")
    count = sum(key is not None for key in keys)
    if count > left + 1:
        raise IndexError("Too many indices for RaggedTensor")
    return keys[1:] if count == left + 1 else [slice(None), *keys]


def _ranges(starts: Tensor, limits: Tensor, step: Any, values: Any) -> RaggedTensor:
    """Rows `values[start:limit:step]`."""
    step = convert_to_tensor(1 if step is None else step, name="step")
    if not step.dtype.is_integer:
        raise TypeError("slice strides must be integers or None")
    step = math_ops.cast(step, starts.dtype)
    places = ragged_math_ops.range(starts, limits, step, row_splits_dtype=starts.dtype)
    gather = ragged_gather_ops.gather if is_ragged(values) else array_ops.gather
    return places.with_values(gather(params=values, indices=places.values))


def _moved(offset: Any, starts: Tensor, limits: Tensor) -> Tensor:
    """The place in each range that is `offset` from its start, or from its end if negative."""

    def from_start() -> Tensor:
        return math_ops.minimum(starts + offset, limits)

    def from_end() -> Tensor:
        return math_ops.maximum(limits + offset, starts)

    if isinstance(offset, Tensor):
        offset = math_ops.cast(offset, starts.dtype)
        return control_flow_ops.cond(offset >= 0, from_start, from_end)
    if isinstance(offset, int):
        return from_start() if offset > 0 else from_end()
    raise TypeError("slice offsets must be integers or None")
