"""Elements put together and taken apart: batches, rows, padding."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from evergraph.base.errors import DataLossError, InvalidArgumentError
from evergraph.kernels.data.pipeline import Element
from evergraph.kernels.host import invalid, text


def stacked(values: Sequence[Any]) -> Any:
    """Values of one component as one with a new first axis."""
    first = values[0]
    if isinstance(first, np.generic):
        return np.array(values, first.dtype)
    if isinstance(first, np.ndarray):
        # np.stack costs several times as much for small arrays.
        out = np.empty((len(values), *first.shape), first.dtype)
        for i, value in enumerate(values):
            out[i] = value[()]
        return out
    out = np.empty(len(values), object)
    for i, value in enumerate(values):
        out[i] = value
    return out


def row(array: Any, i: int) -> Any:
    """What `array` has at place `i` of its first axis: strings of rank 0 are arrays, too."""
    found = array[i]
    return np.array(found, object) if isinstance(found, bytes) else found


def batch(elements: Sequence[Element]) -> Element:
    """Elements as one element with a new first axis.

    Raises:
      InvalidArgumentError: their shapes differ.
    """
    for component, values in enumerate(zip(*elements, strict=True)):
        if len({tuple(value.shape) for value in values}) == 1:
            continue
        shape = tuple(values[0].shape)
        for i, value in enumerate(values):
            if tuple(value.shape) != shape:
                raise invalid(
                    f"Cannot batch tensors with different shapes in component {component}. First "
                    f"element had shape {text(shape)} and element {i} had shape "
                    f"{text(value.shape)}."
                )
    return tuple(stacked(values) for values in zip(*elements, strict=True))


def of_strings(strings: Sequence[bytes]) -> Element:
    """Strings as an element of one vector."""
    vector = np.empty(len(strings), object)
    vector[:] = strings
    return (vector,)


def joined(elements: Sequence[Element]) -> Element:
    """As `batch`, with the complaint of a map that makes batches.

    Raises:
      InvalidArgumentError: the elements' sizes differ.
    """
    for values in zip(*elements, strict=True):
        shape = tuple(values[0].shape)
        for value in values:
            if tuple(value.shape) != shape:
                raise invalid(
                    "Cannot add tensor to the batch: number of elements does not match. Shapes "
                    f"are: [tensor]: {text(value.shape)}, [batch]: {text(shape)}"
                )
    return tuple(stacked(values) for values in zip(*elements, strict=True))


def padded_batch(
    elements: Sequence[Element], shapes: Sequence[Sequence[int]], fill: Sequence[Any]
) -> Element:
    """Elements as one, each component filled up to a common shape.

    Args:
      elements: the elements.
      shapes: of each component; -1 stands for the largest size among the elements.
      fill: what to fill each component up with.

    Raises:
      InvalidArgumentError: an element's rank is another one.
      DataLossError: an element is larger than the shape.
    """
    components = zip(zip(*elements, strict=True), shapes, fill, strict=True)
    return tuple(
        _padded(values, shape, filler, component)
        for component, (values, shape, filler) in enumerate(components)
    )


def _padded(values: Sequence[Any], shape: Sequence[int], fill: Any, component: int) -> Any:
    sizes = list(shape)
    for value in values:
        found = value.shape
        if len(found) != len(shape):
            raise InvalidArgumentError(
                None,
                None,
                "All elements in a batch must have the same rank as the padded shape for component"
                f"{component}: expected rank {len(shape)} but got element with rank {len(found)}",
            )
        for axis, (size, wanted) in enumerate(zip(found, shape, strict=True)):
            if wanted == -1:
                sizes[axis] = max(sizes[axis], size)
            elif size > wanted:
                raise DataLossError(
                    None, None, "Attempted to pad to a smaller size than the input element."
                )
    sizes = [max(size, 0) for size in sizes]
    dtype = values[0].dtype
    out = np.empty((len(values), *sizes), dtype)
    out[...] = fill[()]
    for i, value in enumerate(values):
        out[(i, *(slice(0, n) for n in value.shape))] = value[()]
    return out


def sparse_batch(found: Sequence[Any], row: Sequence[int]) -> Any:
    """Tensors as a batch that is a sparse tensor: its three parts in one array.

    Raises:
      InvalidArgumentError: a tensor has another rank than `row`.
      DataLossError: it is larger.
    """
    whole = [max(d, 0) for d in row]
    indices, parts = [], []
    for i, value in enumerate(found):
        shape = value.shape
        if len(shape) != len(row):
            raise invalid(
                f"Input element had shape ({text(shape)}) that is incompatible with the row shape "
                f"({text(row)})."
            )
        for axis, size in enumerate(shape):
            if row[axis] != -1 and size > row[axis]:
                raise DataLossError(
                    None,
                    None,
                    f"Input element had shape ({text(shape)}) that is incompatible with the row "
                    f"shape ({text(row)}).",
                )
            whole[axis] = max(whole[axis], size)
        inside = np.indices(shape).reshape(len(shape), -1).T
        indices.append(np.concatenate([np.full((len(inside), 1), i), inside], axis=1))
        parts.append(np.asarray(value).reshape(-1))
    packed = np.empty(3, object)
    packed[0] = np.concatenate(indices).astype(np.int64)
    packed[1] = np.concatenate(parts)
    packed[2] = np.array([len(found), *whole], np.int64)
    return packed
