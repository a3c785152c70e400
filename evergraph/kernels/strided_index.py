"""The index that a strided slice's begin, end, strides and masks mean."""

from collections.abc import Sequence
from typing import Any

from evergraph.base import errors


def strided_index(
    begin: Sequence[int],
    end: Sequence[int],
    strides: Sequence[int],
    rank: int,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
) -> tuple[Any, ...]:
    """A tuple of ints, slices and None, as NumPy's indexing takes it, for a value of `rank`.

    Raises InvalidArgumentError for a zero stride, two ellipses or too many indices.
    """
    count = len(begin)
    if ellipsis_mask & (ellipsis_mask - 1):
        raise errors.InvalidArgumentError(None, None, "Multiple ellipses in slice spec not allowed")
    has_ellipsis = bool(ellipsis_mask)
    at = ellipsis_mask.bit_length() - 1 if has_ellipsis else count
    # A mask bit at the ellipsis itself has no meaning of its own.
    used = sum(1 for i in range(count) if i != at and not new_axis_mask >> i & 1)
    if used > rank:
        raise errors.InvalidArgumentError(
            None, None, f"Index out of range using input dim {rank}; input has only {rank} dims"
        )
    index: list[Any] = []
    for i in range(count):
        bit = 1 << i
        if i == at:
            index.extend([slice(None)] * (rank - used))
        elif new_axis_mask & bit:
            index.append(None)
        elif strides[i] == 0:
            raise errors.InvalidArgumentError(None, None, f"strides[{i}] must be non-zero")
        elif shrink_axis_mask & bit:
            index.append(int(begin[i]))
        else:
            first = None if begin_mask & bit else int(begin[i])
            last = None if end_mask & bit else int(end[i])
            index.append(slice(first, last, int(strides[i])))
    return tuple(index)
