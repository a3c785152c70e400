"""What is known of a variable while building, and rules on updates of its parts."""

from typing import Any

from evergraph.base.errors import InvalidArgumentError
from evergraph.graph.handles import variable_node
from evergraph.graph.registry import ShapeError
from evergraph.ops.shape_rules import (
    Dims,
    at_least_rank,
    concatenate,
    merge,
    merge_prefix,
    text,
)


def variable_dims(variable: Any) -> Dims:
    """The dims of the variable behind a Ref or a resource tensor."""
    if variable.dtype._is_ref_dtype:
        return variable.dims
    node = variable_node(variable)
    return None if node is None else node.attr("shape")


def checked_dims(handle: Any, dtype: Any) -> Dims:
    """The dims of the variable behind a resource, which must hold `dtype`. Where ops run at once,
    what was said of its shape is forgotten."""
    node = variable_node(handle)
    if node is None:
        return None
    if handle.graph.runs_at_once:
        check_read_type(node.attr("dtype"), dtype)
        return None
    if node.attr("dtype") != dtype:
        raise ShapeError(
            f"Trying to read variable with wrong dtype. Expected {_c_name(node.attr('dtype'))} "
            f"got {_c_name(dtype)}"
        )
    return node.attr("shape")


def check_read_type(held: Any, dtype: Any) -> None:
    """What a kernel says that is to read a variable as `dtype`."""
    if held != dtype:
        raise InvalidArgumentError(
            None,
            None,
            f"Trying to read variable with wrong dtype. Expected {_c_name(dtype)} got "
            f"{_c_name(held)}",
        )


def assigned_dims(handle: Any, dtype: Any) -> Dims:
    """As `checked_dims`, for a variable that is assigned to."""
    node = variable_node(handle)
    if node is None or not handle.graph.runs_at_once:
        return checked_dims(handle, dtype)
    if node.attr("dtype") != dtype:
        raise InvalidArgumentError(
            None,
            None,
            f"Trying to assign variable with wrong dtype. Expected {_c_name(node.attr('dtype'))} "
            f"got {_c_name(dtype)}",
        )
    return None


def _c_name(dtype: Any) -> str:
    """A dtype as TensorFlow's C++ prints it."""
    return {"float32": "float", "float64": "double", "float16": "half"}.get(dtype.name, dtype.name)


def check_rows(variable: Dims, indices: Dims, updates: Dims) -> None:
    """`updates` is a scalar, or has a row of `variable` for each of `indices`."""
    if updates == ():
        return
    rows = None if variable is None else variable[1:]
    merge(updates, concatenate(indices, rows))


def check_slices(variable: Dims, indices: Dims, updates: Dims) -> None:
    """`updates` has a slice of `variable` for each index tuple in `indices`."""
    at_least_rank(variable, 0)
    at_least_rank(indices, 1)
    at_least_rank(updates, 0)
    if variable is None or indices is None or updates is None or indices[-1] is None:
        return
    outer, depth = len(indices) - 1, indices[-1]
    try:
        merge_prefix(updates, indices[:-1]) if len(updates) < outer else merge(
            indices[:-1], updates[:outer]
        )
    except ShapeError as error:
        raise ShapeError(
            f"The outer {outer} dimensions of indices.shape={text(indices)} must match the outer "
            f"{outer} dimensions of updates.shape={text(updates)}: {error}"
        ) from None
    if depth > len(variable) and len(updates) == outer:
        return  # seen only when it runs
    try:
        merge(variable[depth:], updates[outer:])
    except ShapeError as error:
        raise ShapeError(
            f"The inner {len(variable) - depth} dimensions of input.shape={text(variable)} must "
            f"match the inner {len(updates) - outer} dimensions of updates.shape={text(updates)}: "
            f"{error}"
        ) from None
