"""Helpers of sparse kernels: orders and positions of indices."""

import math
from typing import Any

import numpy as np

from evergraph.kernels.host import invalid, text


def rows_of(indices: Any) -> Any:
    """Indices as a matrix: a vector is of rank-1 elements, a scalar is one of them."""
    indices = np.asarray(indices)
    if indices.ndim == 0:
        return indices.reshape(1, 1)
    return indices.reshape(-1, 1) if indices.ndim == 1 else indices


def lexicographic_order(indices: Any) -> Any:
    """The order that sorts the rows of a matrix, stable."""
    if indices.shape[1] == 0:
        return np.arange(len(indices))
    return np.lexsort(indices.T[::-1])


def linear(indices: Any, shape: Any) -> Any:
    """Each row's position in a tensor of `shape`, flattened."""
    flat = np.zeros(len(indices), np.int64)
    for i, size in enumerate(shape):
        flat = flat * int(size) + indices[:, i]
    return flat


def unique_rows(indices: Any) -> tuple[Any, Any]:
    """The distinct rows in order, and for each row its place among them."""
    if not len(indices):
        return indices, np.zeros(0, np.int64)
    least = indices.min(axis=0)
    spans = [int(most) - int(low) + 1 for most, low in zip(indices.max(axis=0), least, strict=True)]
    if math.prod(spans) >= 1 << 63:
        rows, inverse = np.unique(indices, axis=0, return_inverse=True)
        return rows, inverse.reshape(-1)
    keys = linear(indices - least, spans)
    # A stable sort merges what is in order already, as indices mostly are.
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    new = np.concatenate([[True], keys[1:] != keys[:-1]])
    places = np.empty(len(keys), np.int64)
    places[order] = np.cumsum(new) - 1
    return indices[order[new]], places


def check_indices(indices: Any, shape: Any) -> None:
    """Indices must be in order, without repetition and within `shape`."""
    sizes = [int(d) for d in shape]
    if math.prod(sizes) < 1 << 63 and ((indices >= 0) & (indices < np.array(sizes))).all():
        keys = linear(indices, sizes)
        if (keys[1:] > keys[:-1]).all():
            return
    previous: tuple[int, ...] | None = None
    for n, row in enumerate(indices.tolist()):
        at = tuple(row)
        prefix = f"indices[{n}] = {text(at)} is "
        if any(not 0 <= i < d for i, d in zip(at, shape, strict=True)):
            raise invalid(f"{prefix}out of bounds: need 0 <= index < {text(shape)}")
        if previous is not None and at < previous:
            raise invalid(
                f"{prefix}out of order. Many sparse ops require sorted indices.\n"
                "    Use `tf.sparse.reorder` to create a correctly ordered copy.\n\n"
            )
        if at == previous:
            raise invalid(f"{prefix}repeated")
        previous = at
