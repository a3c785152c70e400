"""What StridedSlice's numbers and masks mean: as a Python index, and as a shape."""

import functools
from typing import Any, NamedTuple

import torch

from evergraph.base.errors import InvalidArgumentError

Numbers = tuple[int, ...]


class Masks(NamedTuple):
    """The five mask attrs of StridedSlice and its kin."""

    begin: int = 0
    end: int = 0
    ellipsis: int = 0
    new_axis: int = 0
    shrink: int = 0

    @classmethod
    def of(cls, node: Any) -> "Masks":
        return cls(
            node.attr("begin_mask"),
            node.attr("end_mask"),
            node.attr("ellipsis_mask"),
            node.attr("new_axis_mask"),
            node.attr("shrink_axis_mask"),
        )


@functools.lru_cache(4096)  # mostly of constants: the same again and again
def python_index(begin: Numbers, end: Numbers, strides: Numbers, masks: Masks) -> tuple[Any, ...]:
    """The index that NumPy would be given for the same elements, whatever the shape.

    Raises ValueError, with TensorFlow's text, where the numbers make no sense for any shape.
    """
    if masks.ellipsis & (masks.ellipsis - 1):
        raise ValueError("Multiple ellipses in slice spec not allowed")
    index: list[Any] = []
    for i, (b, e, s) in enumerate(zip(begin, end, strides, strict=True)):
        bit = 1 << i
        if masks.ellipsis & bit:
            index.append(Ellipsis)
        elif masks.new_axis & bit:
            index.append(None)
        elif s == 0:
            raise ValueError(f"strides[{_dense_position(index)}] must be non-zero")
        elif masks.shrink & bit:
            if s < 0:
                raise ValueError("only stride 1 allowed on non-range indexing.")
            index.append(b)
        else:
            index.append(slice(None if masks.begin & bit else b, None if masks.end & bit else e, s))
    return tuple(index)


def _dense_position(index: list[Any]) -> int:
    return sum(i is not None and i is not Ellipsis for i in index)


def _covered(index: tuple[Any, ...]) -> int:
    return sum(i is not None and i is not Ellipsis for i in index)


def explain(index: tuple[Any, ...], shape: Any) -> InvalidArgumentError | None:
    """What TensorFlow says of an index that does not fit `shape`; None where it fits."""
    rank, covered = len(shape), _covered(index)
    if covered > rank:
        return InvalidArgumentError(
            None, None, f"Index out of range using input dim {rank}; input has only {rank} dims"
        )
    at = 0
    for part in index:
        if part is Ellipsis:
            at += rank - covered
        elif part is not None:
            size = shape[at]
            if not isinstance(part, slice) and not -size <= part < size:
                place = part + size if part < 0 else part
                return InvalidArgumentError(
                    None, None, f"slice index {place} of dimension {at} out of bounds."
                )
            at += 1
    return None


def forward(index: tuple[Any, ...], shape: Any) -> tuple[tuple[Any, ...], list[int]]:
    """`index` with its steps made positive (torch has no other), and the result axes to flip."""
    if all(not isinstance(i, slice) or i.step > 0 for i in index):
        return index, []
    turned: list[Any] = []
    flips: list[int] = []
    at = axis = 0
    free = len(shape) - _covered(index)
    for part in index:
        if part is Ellipsis:
            turned.append(part)
            at += free
            axis += free
        elif part is None:
            turned.append(part)
            axis += 1
        elif not isinstance(part, slice):
            turned.append(part)
            at += 1
        else:
            if part.step < 0:
                start, stop, step = part.indices(shape[at])
                count = len(range(start, stop, step))
                last = start + (count - 1) * step
                turned.append(slice(last, start + 1, -step) if count else slice(0, 0, 1))
                flips.append(axis)
            else:
                turned.append(part)
            at += 1
            axis += 1
    return tuple(turned), flips


def read(x: torch.Tensor, index: tuple[Any, ...]) -> torch.Tensor:
    """`x[index]` for steps of either sign; a view where all are positive."""
    try:
        positive, flips = forward(index, x.shape)
        part = x[positive]
    except (IndexError, RuntimeError) as error:
        raise (explain(index, x.shape) or error) from None
    return part.flip(flips) if flips else part


def write(x: torch.Tensor, index: tuple[Any, ...], value: torch.Tensor) -> None:
    """`x[index] = value` for steps of either sign."""
    try:
        positive, flips = forward(index, x.shape)
        x[positive] = value.flip(flips) if flips else value
    except (IndexError, RuntimeError) as error:
        raise (explain(index, x.shape) or error) from None
