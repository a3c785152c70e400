"""Masks, sizes, copies and new axes of ragged tensors."""

from typing import Any

from evergraph.api import array_ops, check_ops, math_ops, sort_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor
from evergraph.library.ragged import ragged_math_ops, ragged_util, segment_id_ops
from evergraph.library.ragged.ragged_functional_ops import map_flat_values
from evergraph.library.ragged.ragged_tensor import (
    RaggedTensor,
    convert_to_tensor_or_ragged_tensor,
    is_ragged,
    match_row_splits_dtypes,
)


@export("ragged.boolean_mask")
def boolean_mask(data: Any, mask: Any, name: str | None = None) -> Any:
    """The elements of `data` where `mask` is true, in rows. Stands for `tf.ragged.boolean_mask`.

    Args:
      data: a tensor, ragged or not.
      mask: a boolean tensor, ragged or not, of known rank; its shape is a prefix of `data`'s.
      name: a name scope for the nodes.

    Raises:
      ValueError: the rank of `mask` is not known or 0.
    """
    with name_scope(name, "RaggedMask", [data, mask]):
        data = convert_to_tensor_or_ragged_tensor(data, name="data")
        mask = convert_to_tensor_or_ragged_tensor(mask, dtypes.bool, name="mask")
        splits_dtype, (data, mask) = match_row_splits_dtypes(data, mask, return_dtype=True)
        rank = mask.shape.ndims
        if rank is None:
            raise ValueError("mask.shape.ndims must be known statically.")
        if rank == 0:
            raise ValueError("mask cannot be scalar.")
        if is_ragged(mask):
            return _ragged_mask(data, mask, splits_dtype)
        if is_ragged(data) and rank == 1:
            lengths = array_ops.boolean_mask(data.row_lengths(), mask)
            splits = ragged_util.lengths_to_splits(lengths)
            ids = segment_id_ops.row_splits_to_segment_ids(data.row_splits)
            values = boolean_mask(data.values, array_ops.gather(mask, ids))
            return RaggedTensor.from_row_splits(values, splits, validate=False)
        if is_ragged(data):
            ragged = RaggedTensor.from_tensor(
                mask,
                ragged_rank=min(data.ragged_rank, rank - 1),
                row_splits_dtype=data.row_splits.dtype,
            )
            return boolean_mask(data, ragged)
        return _dense_mask(data, mask, splits_dtype)


def _ragged_mask(data: Any, mask: Any, splits_dtype: Any) -> Any:
    if not is_ragged(data):
        data = RaggedTensor.from_tensor(
            data, ragged_rank=mask.ragged_rank, row_splits_dtype=mask.row_splits.dtype
        )
    outer = [mask.nested_row_splits, data.nested_row_splits[: mask.ragged_rank]]
    with control_dependencies(ragged_util.assert_splits_match(outer)):
        splits = []
        while is_ragged(mask):
            if mask.shape.ndims > 2:
                splits.append(mask.row_splits)
            else:
                numbers = map_flat_values(math_ops.cast, mask, dtype=splits_dtype)
                lengths = ragged_math_ops.reduce_sum(numbers, axis=1)
                splits.append(ragged_util.lengths_to_splits(lengths))
            mask, data = mask.values, data.values
        values = boolean_mask(data, mask)
        return RaggedTensor.from_nested_row_splits(values, splits, validate=False)


def _dense_mask(data: Tensor, mask: Tensor, splits_dtype: Any) -> Any:
    values = array_ops.boolean_mask(data, mask)
    rank = mask.shape.ndims
    if rank < 2:
        return values
    lengths = math_ops.count_nonzero_v2(mask, axis=-1, dtype=splits_dtype)
    flat_lengths = array_ops.reshape(lengths, [-1])
    values = RaggedTensor.from_row_lengths(values, flat_lengths, validate=False)
    if rank > 2:
        shape = array_ops.shape(mask, out_type=splits_dtype)
        split_size = math_ops.cumprod(shape) + 1
        for dim in range(rank - 3, -1, -1):
            splits = math_ops.range(split_size[dim]) * shape[dim + 1]
            values = RaggedTensor.from_row_splits(values, splits, validate=False)
    return values


def expand_dims(input: Any, axis: int, name: str | None = None) -> Any:
    """`input`, ragged or not, with a new axis of size 1."""
    with name_scope(name, "RaggedExpandDims", [input]):
        input = convert_to_tensor_or_ragged_tensor(input, name="input")
        if not is_ragged(input):
            return array_ops.expand_dims(input, axis)
        rank = None if input.shape.ndims is None else input.shape.ndims + 1
        axis = ragged_util.get_positive_axis(axis, rank)
        if axis == 0:
            values, splits = input, array_ops.stack([0, input.nrows()])
        elif axis == 1:
            values, splits = input, math_ops.range(input.nrows() + 1)
        else:
            values, splits = expand_dims(input.values, axis - 1), input.row_splits
        return RaggedTensor.from_row_splits(values, splits, validate=False)


def size(input: Any, out_type: Any = dtypes.int32, name: str | None = None) -> Tensor:
    """How many elements `input`, ragged or not, has."""
    flat = input.flat_values if is_ragged(input) else input
    return array_ops.size(flat, out_type=out_type, name=name)


def rank(input: Any, name: str | None = None) -> Any:
    """How many axes `input`, ragged or not, has."""
    with name_scope(name, "RaggedRank", [input]) as name:
        if not is_ragged(input):
            return array_ops.rank(input, name)
        return input.ragged_rank + array_ops.rank(input.flat_values)


def tile(input: Any, multiples: Any, name: str | None = None) -> Any:
    """`input`, ragged or not, repeated along each axis."""
    with name_scope(name, "RaggedTile", [input, multiples]):
        input = convert_to_tensor_or_ragged_tensor(input, name="input")
        if not is_ragged(input):
            return array_ops.tile(input, multiples, name)
        multiples = ragged_util.convert_to_int_tensor(
            multiples, name="multiples", dtype=input.row_splits.dtype
        )
        multiples.shape.assert_has_rank(1)
        known = constant_value(multiples)
        values = _tiled_values(input, multiples, known)
        splits = _tiled_splits(input, multiples, known)
        return RaggedTensor.from_nested_row_splits(values, splits, validate=False)


def ragged_one_hot(
    indices: Any,
    depth: Any,
    on_value: Any = None,
    off_value: Any = None,
    axis: int | None = None,
    dtype: Any = None,
    name: str | None = None,
) -> Any:
    """`tf.one_hot` of the innermost values of a ragged tensor.

    Raises:
      ValueError: the new axis would be a ragged one.
    """
    with name_scope(name, "RaggedOneHot", [indices]):
        indices = convert_to_tensor_or_ragged_tensor(indices, name="indices")
        if axis is not None:
            axis = ragged_util.get_positive_axis(axis, indices.shape.ndims)
            if axis < indices.ragged_rank:
                raise ValueError("axis may not be less than indices.ragged_rank.")
        flat = array_ops.one_hot(indices.flat_values, depth, on_value, off_value, axis, dtype, name)
        return indices.with_flat_values(flat)


@export("ragged.stack_dynamic_partitions")
def stack_dynamic_partitions(
    data: Any, partitions: Any, num_partitions: Any, name: str | None = None
) -> RaggedTensor:
    """Slices of `data` by the partition that each is in: row i of the result has those of
    partition i, in their order. Stands for `tf.ragged.stack_dynamic_partitions`.

    Args:
      data: a tensor, ragged or not.
      partitions: an integer tensor, ragged or not, of known rank, whose shape is a prefix of
        `data`'s: the partition of each slice, below `num_partitions`.
      num_partitions: an integer.
      name: a name scope for the nodes.

    Raises:
      ValueError: the rank of `partitions` is not known or its shape does not fit.
    """
    with name_scope(name, "SegmentStack", [data, partitions, num_partitions]):
        data = convert_to_tensor_or_ragged_tensor(data, name="data")
        splits_dtype = data.row_splits.dtype if is_ragged(data) else None
        partitions = convert_to_tensor_or_ragged_tensor(
            partitions, name="partitions", preferred_dtype=splits_dtype
        )
        count = convert_to_tensor(
            num_partitions, name="num_partitions", preferred_dtype=partitions.dtype
        )
        if splits_dtype is not None:
            partitions = math_ops.cast(partitions, splits_dtype)
        count = math_ops.cast(count, partitions.dtype)
        rank = partitions.shape.ndims
        if rank is None:
            raise ValueError("partitions must have known rank.")
        count.shape.assert_has_rank(0)
        partitions.shape.assert_is_compatible_with(data.shape[:rank])
        if rank == 0:
            return RaggedTensor.from_value_rowids(
                array_ops.stack([data]), array_ops.stack([partitions]), nrows=count, validate=False
            )
        if rank == 1:
            order = sort_ops.argsort(partitions, stable=True)
            ids = array_ops.gather(partitions, order)
            values = array_ops.gather(data, order)
            check = check_ops.assert_less(
                ids[-1:], count, message="partitions must be less than num_partitions"
            )
            with control_dependencies([check]):
                return RaggedTensor.from_value_rowids(values, ids, nrows=count, validate=False)
        if not is_ragged(data):
            data = RaggedTensor.from_tensor(data, row_splits_dtype=partitions.dtype, ragged_rank=1)
        if not is_ragged(partitions):
            partitions = RaggedTensor.from_tensor(
                partitions,
                row_splits_dtype=partitions.dtype,
                ragged_rank=max(data.ragged_rank, rank - 1),
            )
        check = check_ops.assert_equal(
            data.row_splits,
            partitions.row_splits,
            message="data and partitions have incompatible ragged shapes",
        )
        with control_dependencies([check]):
            return stack_dynamic_partitions(data.values, partitions.values, count)


def _tiled_values(input: RaggedTensor, multiples: Tensor, known: Any) -> Tensor:
    """The innermost values: repeated from the inside out, as ranges of their places."""
    nested = input.nested_row_splits
    places = math_ops.range(nested[-1][-1])
    previous = None
    for axis in range(input.ragged_rank, 0, -1):
        splits = nested[axis - 1]
        if previous is not None:
            splits = array_ops.gather(previous * multiples[axis + 1], splits)
        if known is None or known[axis] != 1:
            places = ragged_util.repeat_ranges(places, splits, multiples[axis])
        previous = splits
    values = array_ops.gather(input.flat_values, places)
    inner = array_ops.concat([multiples[:1], multiples[input.ragged_rank + 1 :]], axis=0)
    return array_ops.tile(values, inner)


def _tiled_splits(input: RaggedTensor, multiples: Tensor, known: Any) -> list[Tensor]:
    nested, rank = input.nested_row_splits, input.ragged_rank
    # The splits of each axis as places on the axes inside of it.
    projected = [{i: nested[i]} for i in range(rank)]
    for source in range(rank):
        for target in range(source + 1, rank - 1):
            inner = projected[source][target - 1]
            projected[source][target] = array_ops.gather(nested[target], inner)
    result = []
    for axis in range(rank):
        lengths = nested[axis][1:] - nested[axis][:-1]
        lengths = lengths * multiples[axis + 1]
        repeats: Any = 1
        for outer in range(axis - 1, -1, -1):
            if known is None or known[outer + 1] != 1:
                splits = projected[outer][axis - 1] * repeats
                lengths = ragged_util.repeat_ranges(lengths, splits, multiples[outer + 1])
            repeats = repeats * multiples[outer + 1]
        lengths = array_ops.tile(lengths, multiples[:1])
        result.append(ragged_util.lengths_to_splits(lengths))
    return result
