"""What is behind the tensors that stand for objects: variables, lists of tensors, tables."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from evergraph.base.dtypes import DType

# Nodes that hand a resource on unchanged, from input 0 or, with several, from that of the output.
_PASSES_ON = frozenset(["Identity", "Enter", "Switch", "Exit", "NextIteration", "Merge"])
# Nodes that hand each resource on from the input at its own place.
_BY_PLACE = frozenset(["IdentityN", "While", "StatelessWhile"])


def variable_node(handle: Any) -> Any:
    """The VarHandleOp node behind a resource tensor, or None where it cannot be seen."""
    while True:
        node = handle.op
        if node.type == "VarHandleOp":
            return node
        if node.type in _BY_PLACE:
            handle = node.inputs[handle.value_index]
        elif node.type in _PASSES_ON and node.inputs:
            handle = node.inputs[0]
        elif "_stands_for" in node.__dict__:
            # In the body of a function, a placeholder stands for a tensor outside.
            handle = node.__dict__["_stands_for"]
        else:
            return None


# After a Merge, or an IdentityN, TensorFlow does not know the elements any more.
_KEEPS_ELEMENTS = frozenset(["Identity", "Enter", "Switch", "Exit", "NextIteration", "ZerosLike"])


class Elements(NamedTuple):
    """What is known of the elements of a list of tensors: their shape and type."""

    dims: tuple[int | None, ...] | None
    dtype: DType


class Entries(NamedTuple):
    """What is known of the entries of a lookup table."""

    keys: Elements
    values: Elements


def elements_of(handle: Any) -> Any:
    """The Elements of the list, or the Entries of the table, behind a tensor; None where nothing is
    known."""
    while handle is not None and handle._handle_data is None:
        node = handle.op
        if node.type in _KEEPS_ELEMENTS and node.inputs:  # what has run has no inputs
            handle = node.inputs[0]
        else:
            handle = node.__dict__.get("_stands_for")
    return None if handle is None else handle._handle_data


def common_elements(handles: Iterable[Any]) -> Elements | None:
    """What is known of the elements of all lists: None where their types differ, too."""
    known = [e for e in map(elements_of, handles) if e is not None]
    if len({e.dtype for e in known}) != 1:
        return None
    dims, *others = (e.dims for e in known)
    for other in others:
        if dims is None or other is None or len(dims) != len(other):
            dims = None
        else:
            dims = tuple(a if a == b else None for a, b in zip(dims, other, strict=True))
    return Elements(dims, known[0].dtype)
