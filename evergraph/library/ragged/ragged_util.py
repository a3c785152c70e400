"""What several modules of ragged tensors share."""

from collections.abc import Sequence
from typing import Any

from evergraph.api import array_ops, check_ops, math_ops
from evergraph.graph.apply import apply_op
from evergraph.graph.tensor import Tensor

get_positive_axis = array_ops.get_positive_axis
convert_to_int_tensor = array_ops.convert_to_int_tensor
repeat = array_ops.repeat_with_axis


def assert_splits_match(nested_splits_lists: Sequence[Sequence[Any]]) -> list[Any]:
    """Checks that lists of row splits are the same.

    Raises:
      ValueError: their ragged ranks differ.
    """
    message = "Inputs must have identical ragged splits"
    first = nested_splits_lists[0]
    if any(len(splits) != len(first) for splits in nested_splits_lists):
        raise ValueError(message)
    return [
        check_ops.assert_equal(a, b, message=message)
        for splits in nested_splits_lists[1:]
        for a, b in zip(first, splits, strict=True)
    ]


def lengths_to_splits(lengths: Any) -> Tensor:
    """Row splits of row lengths."""
    return array_ops.concat([[0], math_ops.cumsum(lengths)], axis=-1)


def repeat_ranges(params: Any, splits: Any, repeats: Any) -> Tensor:
    """Each of the ranges of `params` between `splits`, `repeats` times."""
    if repeats.shape.ndims != 0:
        starts = repeat(splits[:-1], repeats, axis=0)
        limits = repeat(splits[1:], repeats, axis=0)
    else:
        repeated = repeat(splits, repeats, axis=0)
        count = array_ops.shape(repeated, out_type=repeats.dtype)[0]
        starts = repeated[: count - repeats]
        limits = repeated[repeats:]
    one = array_ops.ones((), starts.dtype)
    offsets = apply_op("RaggedRange", starts, limits, one)
    return array_ops.gather(params, offsets.rt_dense_values)
