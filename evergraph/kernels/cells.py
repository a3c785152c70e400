"""Arithmetic on the values of variables.

A variable's cell holds a torch tensor, a NumPy scalar (rank 0, kept on the host), a NumPy array
(strings and the unsigned types torch lacks) or None (not initialized). What is computed with it may
come as either kind, so everything here brings both to the kind that the variable has.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import ml_dtypes
import numpy as np
import torch

from evergraph.base import errors

Value = Any  # torch.Tensor | np.generic | np.ndarray

_BFLOAT16 = np.dtype(ml_dtypes.bfloat16)


def on_host(value: Value) -> bool:
    """Whether a value is NumPy's: a scalar on the host, strings, or a type that torch lacks."""
    return not isinstance(value, torch.Tensor)


def dims_of(value: Value) -> tuple[int, ...]:
    return tuple(value.shape)


def text(dims: Sequence[int]) -> str:
    """Dims as TensorFlow's messages print them: ``[2,3]``."""
    return "[" + ",".join(map(str, dims)) + "]"


def to_scalar(value: Value) -> np.generic:
    """A rank-0 value as a NumPy scalar of its own dtype."""
    if isinstance(value, torch.Tensor):
        if value.dtype is torch.bfloat16:
            from_bits = np.asarray(value.detach().cpu().view(torch.int16)).view(_BFLOAT16)
            return from_bits[()]  # type: ignore[no-any-return]
        return value.detach().cpu().numpy()[()]  # type: ignore[no-any-return]
    return value[()] if isinstance(value, np.ndarray) else value


def to_tensor(value: Value, device: Any = None) -> torch.Tensor:
    """A value as a torch tensor, in fresh memory where it was NumPy's."""
    if isinstance(value, torch.Tensor):
        return value
    array = np.array(value)
    if array.dtype == _BFLOAT16:
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16).to(device)
    return torch.from_numpy(array).to(device)


def to_numpy(value: Value) -> np.ndarray:
    """A value as a NumPy array (bfloat16 as ml_dtypes' type)."""
    if not isinstance(value, torch.Tensor):
        return np.asarray(value)
    if value.dtype is torch.bfloat16:
        return value.detach().cpu().view(torch.int16).numpy().view(_BFLOAT16)
    return value.detach().cpu().numpy()


def like(value: Value, reference: Value) -> Value:
    """`value` brought to the kind of `reference`: a NumPy value, or a tensor on its device."""
    if isinstance(reference, torch.Tensor):
        if isinstance(value, torch.Tensor):
            return value if value.device == reference.device else value.to(reference.device)
        return to_tensor(value, reference.device)
    if isinstance(value, torch.Tensor):
        array = to_numpy(value)
        return array[()] if array.ndim == 0 and not isinstance(reference, np.ndarray) else array
    return value


def copied(value: Value) -> Value:
    """The value in memory of its own."""
    if isinstance(value, torch.Tensor):
        return value.clone()
    return value.copy() if isinstance(value, np.ndarray) else value


def apart(value: Value, target: Value) -> Value:
    """The value, in memory of its own where it is a view of what `target`'s memory holds: an update
    of a variable from its own parts must not read what it has just written."""
    if not isinstance(value, torch.Tensor) or not isinstance(target, torch.Tensor):
        return value
    shared = value.untyped_storage().data_ptr() == target.untyped_storage().data_ptr()
    return value.clone() if shared else value


def memory_for(old: Value | None, value: Value) -> Value | None:
    """The memory of `old` in the shape of `value`, where it holds as many elements of its kind."""
    if isinstance(old, torch.Tensor):
        if not isinstance(value, torch.Tensor) or old.numel() != value.numel():
            return None
        if old.shape == value.shape:
            return old
        return old.view(value.shape) if old.is_contiguous() else None
    if not isinstance(old, np.ndarray) or not isinstance(value, np.ndarray):
        return None
    if old.size != value.size or not old.flags.c_contiguous or not old.flags.writeable:
        return None
    return old.reshape(value.shape)


def written(memory: Value, value: Value) -> Value:
    """`memory`, after `value` was copied into it."""
    if isinstance(memory, torch.Tensor):
        memory.copy_(apart(value, memory))
    else:
        memory[...] = value
    return memory


def count_up_to(cell: Any, limit: int) -> np.generic:
    """The value of a scalar cell, which is then one more. Raises OutOfRangeError at `limit`."""
    old = cell.read()
    value = to_scalar(old)
    if value >= limit:
        raise errors.OutOfRangeError(None, None, f"Reached limit of {limit}")
    cell.value = like(type(value)(value + 1), old)
    return value


def same_shape(a: Value, b: Value) -> bool:
    return tuple(a.shape) == tuple(b.shape)


# Rows: dimension 0 of a value, or its first K dimensions seen as one.


def check_indices(indices: np.ndarray, limit: int) -> None:
    """Raises InvalidArgumentError for the first of `indices` outside [0, limit)."""
    flat = indices.reshape(-1)
    bad = np.flatnonzero((flat < 0) | (flat >= limit))
    if bad.size:
        where = np.unravel_index(bad[0], indices.shape) if indices.ndim else ()
        place = text([int(i) for i in where]) if indices.ndim else ""
        raise errors.InvalidArgumentError(
            None, None, f"indices{place} = {flat[bad[0]]} is not in [0, {limit})"
        )


def rounds(indices: torch.Tensor) -> list[torch.Tensor | None]:
    """Positions of `indices` grouped so that no group holds an index twice, in order of occurrence.

    ``[None]`` where all indices differ: one group of everything.
    """
    order = torch.argsort(indices, stable=True)
    ranked = indices[order]
    if not bool((ranked[1:] == ranked[:-1]).any()):
        return [None]
    starts = torch.ones_like(ranked, dtype=torch.bool)
    starts[1:] = ranked[1:] != ranked[:-1]
    positions = torch.arange(len(ranked), device=indices.device)
    first = torch.cummax(torch.where(starts, positions, torch.zeros_like(positions)), 0).values
    occurrence = positions - first
    return [order[occurrence == k].sort().values for k in range(int(occurrence.max()) + 1)]


Combine = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def _divide(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    # C++ division of integers rounds towards zero.
    if a.is_floating_point() or a.is_complex():
        return a / b
    return torch.div(a, b, rounding_mode="trunc")


# torch adds up repeated rows of these in float32, TensorFlow one by one.
_SHORT_FLOATS = (torch.float16, torch.bfloat16)

_COMBINE: dict[str, Combine] = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": _divide,
    "min": torch.minimum,
    "max": torch.maximum,
}
_UFUNC: dict[str, Any] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.floor_divide,
    "min": np.minimum,
    "max": np.maximum,
}


def scatter_rows(target: Value, indices: Value, updates: Value, how: str) -> None:
    """Writes ``target[i] = how(target[i], update)`` for every index, one after another.

    `indices` is a vector; `updates` has a row for each index, or is a scalar that serves all.
    `how`: update, add, sub, mul, div, min or max.
    """
    if isinstance(target, np.ndarray):
        rows, updates = to_numpy(indices), to_numpy(updates)
        if how == "update":
            target[rows] = updates
        else:
            _UFUNC[how].at(target, rows, updates)
        return
    updates = updates.expand((len(indices), *target.shape[1:])) if updates.dim() == 0 else updates
    if how == "update":
        target.index_copy_(0, indices, updates)
    elif how == "add" and target.dtype not in _SHORT_FLOATS:
        target.index_add_(0, indices, updates)
    elif how == "sub" and target.dtype not in _SHORT_FLOATS:
        target.index_add_(0, indices, updates, alpha=-1)
    else:
        combine = _COMBINE[how]
        for group in rounds(indices):
            chosen = indices if group is None else indices[group]
            change = updates if group is None else updates[group]
            target[chosen] = combine(target[chosen], change)


# Whole updates of a cell: `value` is memory that may be written (the cell's own, or a copy of it).


def scatter(
    value: Value, indices: Value, updates: Value, how: str, of_resource: bool = False
) -> None:
    """ScatterAdd and its like: rows of `value`. Of updates `of_resource` only the number counts.

    Raises InvalidArgumentError on shapes that do not fit and indices out of range.
    """
    indices_dims, updates_dims, dims = dims_of(indices), dims_of(updates), dims_of(value)
    if not dims:
        raise errors.InvalidArgumentError(
            None, None, f"params must be at least 1-D, got shape {text(dims)}"
        )
    if of_resource:
        updates, updates_dims = _shaped_by_indices(indices_dims, updates, dims)
    if updates_dims and updates_dims != indices_dims + dims[1:]:
        raise errors.InvalidArgumentError(
            None,
            None,
            "Must have updates.shape = indices.shape + params.shape[1:] or updates.shape = [], got "
            f"updates.shape {text(updates_dims)}, indices.shape {text(indices_dims)}, "
            f"params.shape {text(dims)}",
        )
    check_indices(to_numpy(indices), dims[0])
    if updates_dims:
        # Not -1: torch cannot tell how many rows of no elements there are.
        updates = updates.reshape((math.prod(indices_dims), *dims[1:]))
    flat = indices.reshape(-1)
    scatter_rows(value, _index_like(flat, value), apart(like(updates, value), value), how)


def _shaped_by_indices(indices_dims: Any, updates: Value, dims: Any) -> tuple[Value, Any]:
    """Updates with the shape that the indices ask for, if there are as many."""
    updates_dims = dims_of(updates)
    rows, size = math.prod(indices_dims), math.prod(updates_dims)
    if updates_dims and rows and size % rows:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"shape of indices ({text(indices_dims)}) is not compatible with the shape of updates "
            f"({text(updates_dims)})",
        )
    if not updates_dims or size != rows * math.prod(dims[1:]):
        return updates, updates_dims
    return updates.reshape(indices_dims + dims[1:]), indices_dims + dims[1:]


def _index_like(indices: Value, value: Value) -> Value:
    """Indices for `value`: an int64 tensor on its device, or an array for an array."""
    if isinstance(value, torch.Tensor):
        return to_tensor(indices, value.device).to(value.device, torch.int64)
    return to_numpy(indices)


def scatter_nd(value: Value, indices: Value, updates: Value, how: str) -> None:
    """ScatterNdAdd and its like: slices of `value` named by the last dimension of `indices`."""
    dims, index_dims, update_dims = dims_of(value), dims_of(indices), dims_of(updates)
    if not index_dims:
        raise errors.InvalidArgumentError(
            None, None, "Indices shape must have rank at least one. Found:[]"
        )
    if not dims:
        raise errors.InvalidArgumentError(None, None, "Output must be at least 1-D, got shape: []")
    depth = index_dims[-1]
    outer = len(index_dims) - 1
    if update_dims[:outer] != index_dims[:-1]:
        raise errors.InvalidArgumentError(
            None,
            None,
            "The outermost dimension of updates and indices must match. "
            f"Got indices.shape {text(index_dims)}, updates.shape {text(update_dims)}",
        )
    if depth > len(dims) or update_dims[outer:] != dims[depth:]:
        raise errors.InvalidArgumentError(
            None,
            None,
            "Must have updates.shape = indices.shape[:batch_dim] + params_shape[slice_dim:], got "
            f"updates.shape: {text(update_dims)}, indices.shape: {text(index_dims)}, "
            f"params_shape: {text(dims)}, slice_dim: {depth}, and batch_dim: {outer}",
        )
    count = math.prod(index_dims[:-1])
    rows = flat_rows(to_numpy(indices).reshape(count, depth), dims[:depth], dims)
    # A view: `value` is contiguous.
    flat = value.reshape((math.prod(dims[:depth]), *dims[depth:]))
    changes = apart(like(updates, value), value).reshape((count, *dims[depth:]))
    scatter_rows(flat, _index_like(rows, value), changes, how)


def flat_rows(indices: np.ndarray, outer: tuple[int, ...], dims: tuple[int, ...]) -> np.ndarray:
    """Row numbers of index tuples into `outer`, the first dimensions of `dims`."""
    bad = np.flatnonzero(((indices < 0) | (indices >= np.array(outer, np.int64))).any(1))
    if bad.size:
        tuple_text = ", ".join(map(str, indices[bad[0]]))
        raise errors.InvalidArgumentError(
            None, None, f"indices[{bad[0]}] = [{tuple_text}] does not index into shape {text(dims)}"
        )
    if not outer:
        return np.zeros(len(indices), np.int64)
    return np.ravel_multi_index(tuple(indices.T), outer).astype(np.int64)


def assigned_slice(value: Value, index: tuple[Any, ...], update: Value) -> Value:
    """Does ``value[index] = update`` for an index of ints, slices (of any step) and None.

    Returns `value`, which it has written, or a new scalar. Raises UnimplementedError where the
    update would have to be broadcast.
    """
    if on_host(value):
        array = np.asarray(value)
        _check_slice(dims_of(array[index]), dims_of(update))
        if not array.ndim:
            return like(update, value).reshape(())[()]
        array[index] = to_numpy(update)
        return array
    # torch has no negative steps: take the same elements upwards and turn the update round.
    turned, flips, axis = [], [], 0
    source = iter(value.shape)
    for part in index:
        if part is None:
            turned.append(None)
            axis += 1
        elif isinstance(part, slice):
            start, stop, step = part.indices(next(source))
            if step < 0:
                count = len(range(start, stop, step))
                last = start + (count - 1) * step
                part = slice(last, start + 1, -step) if count else slice(0, 0)
                flips.append(axis)
            turned.append(part)
            axis += 1
        else:
            next(source)
            turned.append(part)
    target = value[tuple(turned)]
    _check_slice(dims_of(target), dims_of(update))
    update = apart(like(update, value), value)
    target.copy_(update.flip(flips) if flips else update)
    return value


def _check_slice(target: tuple[int, ...], update: tuple[int, ...]) -> None:
    if target != update:
        raise errors.UnimplementedError(
            None,
            None,
            f"sliced l-value shape {text(target)} does not match r-value shape {text(update)}. "
            "Automatic broadcasting not yet implemented.",
        )


def gather(value: Value, indices: Value, batch_dims: int = 0) -> Value:
    """Rows of `value`, after `batch_dims` dimensions that both share."""
    numbers = to_numpy(indices)
    check_indices(numbers, value.shape[batch_dims])
    if batch_dims:
        grid = np.indices(numbers.shape, sparse=True)[:batch_dims]
        index = tuple(_index_like(g, value) for g in grid) + (_index_like(numbers, value),)
        return value[index]
    if isinstance(value, np.ndarray):
        return value[numbers]
    flat = torch.index_select(value, 0, _index_like(indices.reshape(-1), value))
    return flat.reshape((*dims_of(indices), *value.shape[1:]))


def gather_nd(value: Value, indices: Value) -> Value:
    """Slices of `value` named by the last dimension of `indices`."""
    dims, index_dims = dims_of(value), dims_of(indices)
    depth = index_dims[-1]
    count = math.prod(index_dims[:-1])
    rows = flat_rows(to_numpy(indices).reshape(count, depth), dims[:depth], dims)
    flat = value.reshape((math.prod(dims[:depth]), *dims[depth:]))
    return flat[_index_like(rows, value)].reshape((*index_dims[:-1], *dims[depth:]))
