"""Nested structures of datasets' elements: tuples and dicts; a list is a leaf, it will be a
tensor."""

from collections.abc import Callable, Iterator
from typing import Any

from evergraph.base import nest as base_nest
from evergraph.graph.composite import SparseTensorValue


def is_sequence(value: Any) -> bool:
    """Whether a value is a structure: a tuple or a dict, but no list and no SparseTensorValue."""
    return base_nest.is_sequence(value) and not isinstance(value, (list, SparseTensorValue))


def _parts(structure: Any) -> Iterator[Any]:
    return base_nest._yield_value(structure)


def flatten(structure: Any) -> list[Any]:
    """The leaves of a structure in a list; those of dicts in the order of their sorted keys."""
    if not is_sequence(structure):
        return [structure]
    return [leaf for part in _parts(structure) for leaf in flatten(part)]


def assert_same_structure(nest1: Any, nest2: Any, check_types: bool = True) -> None:
    """Check that two structures are nested alike.

    Raises:
      ValueError: the nesting, a number of parts or the keys differ.
      TypeError: a type differs, and `check_types` asks for it.
    """
    error = _difference(nest1, nest2, check_types)
    if error is not None:
        raise type(error)(
            "The two structures don't have the same nested structure.\n\n"
            f"First structure: {base_nest._describe(nest1)}\n\n"
            f"Second structure: {base_nest._describe(nest2)}\n\nMore specifically: {error}"
        )


def _difference(a: Any, b: Any, check_types: bool) -> Exception | None:
    if is_sequence(a) != is_sequence(b):
        inner, leaf = (a, b) if is_sequence(a) else (b, a)
        return ValueError(
            f'Substructure "{base_nest._describe(inner)}" is a sequence, while substructure '
            f'"{base_nest._describe(leaf)}" is not'
        )
    if not is_sequence(a):
        return None
    error: Exception | None = base_nest._type_difference(a, b, False) if check_types else None
    if error is not None:
        return error
    parts, others = list(_parts(a)), list(_parts(b))
    if len(parts) != len(others):
        return ValueError(
            "The two structures don't have the same number of elements. First structure: "
            f"{base_nest._describe(a)}. Second structure: {base_nest._describe(b)}"
        )
    found = (_difference(x, y, check_types) for x, y in zip(parts, others, strict=True))
    return next((e for e in found if e is not None), None)


def pack_sequence_as(structure: Any, flat_sequence: Any) -> Any:
    """Leaves in a structure like `structure`; the reverse of `flatten`.

    Raises:
      TypeError: `flat_sequence` is no sequence.
      ValueError: the number of leaves is wrong.
    """
    if not (is_sequence(flat_sequence) or isinstance(flat_sequence, list)):
        raise TypeError("flat_sequence must be a sequence")
    if not is_sequence(structure):
        if len(flat_sequence) != 1:
            raise ValueError(
                f"Structure is a scalar but len(flat_sequence) == {len(flat_sequence)} > 1"
            )
        return flat_sequence[0]
    count = len(flatten(structure))
    if count != len(flat_sequence):
        raise ValueError(
            f"Could not pack sequence. Structure had {count} elements, but flat_sequence had "
            f"{len(flat_sequence)} elements.  Structure: {structure}, flat_sequence: "
            f"{flat_sequence}."
        )
    return _packed(structure, iter(flat_sequence))


def _packed(structure: Any, leaves: Iterator[Any]) -> Any:
    parts = [_packed(p, leaves) if is_sequence(p) else next(leaves) for p in _parts(structure)]
    return base_nest._sequence_like(structure, parts)


def map_structure(func: Callable[..., Any], *structure: Any, **check_types_dict: Any) -> Any:
    """A structure of `func(x, y, ...)`, x, y, ... being leaves at the same place of each.

    Raises:
      TypeError: `func` is not callable, or types differ.
      ValueError: there is no structure, the nesting differs, or a keyword is unknown.
    """
    if not callable(func):
        raise TypeError(f"func must be callable, got: {func}")
    if not structure:
        raise ValueError("Must provide at least one structure")
    check_types = check_types_dict.pop("check_types", True)
    if check_types_dict:
        raise ValueError("Only valid keyword argument is check_types")
    for other in structure[1:]:
        assert_same_structure(structure[0], other, check_types)
    leaves = zip(*map(flatten, structure), strict=True)
    return pack_sequence_as(structure[0], [func(*x) for x in leaves])


def assert_shallow_structure(shallow_tree: Any, input_tree: Any, check_types: bool = True) -> None:
    """Check that `input_tree` is nested like `shallow_tree`, as far as that goes.

    Raises:
      TypeError: a type differs, and `check_types` asks for it.
      ValueError: a number of parts or the keys differ.
    """
    if not is_sequence(shallow_tree):
        return
    if not is_sequence(input_tree):
        raise TypeError(
            "If shallow structure is a sequence, input must also be a sequence. Input has type: "
            f"{type(input_tree)}."
        )
    if check_types and not isinstance(input_tree, type(shallow_tree)):
        raise TypeError(
            "The two structures don't have the same sequence type. Input structure has type "
            f"{type(input_tree)}, while shallow structure has type {type(shallow_tree)}."
        )
    if len(input_tree) != len(shallow_tree):
        raise ValueError(
            "The two structures don't have the same sequence length. Input structure has length "
            f"{len(input_tree)}, while shallow structure has length {len(shallow_tree)}."
        )
    if check_types and isinstance(shallow_tree, dict) and set(input_tree) != set(shallow_tree):
        raise ValueError(
            "The two structures don't have the same keys. Input structure has keys "
            f"{list(input_tree)}, while shallow structure has keys {list(shallow_tree)}."
        )
    for shallow, below in zip(_parts(shallow_tree), _parts(input_tree), strict=True):
        assert_shallow_structure(shallow, below, check_types)


def _flat_up_to(shallow_tree: Any, input_tree: Any) -> Iterator[Any]:
    if not is_sequence(shallow_tree):
        yield input_tree
        return
    for shallow, below in zip(_parts(shallow_tree), _parts(input_tree), strict=True):
        yield from _flat_up_to(shallow, below)


def flatten_up_to(shallow_tree: Any, input_tree: Any) -> list[Any]:
    """What `input_tree` has at the leaves of `shallow_tree`."""
    assert_shallow_structure(shallow_tree, input_tree)
    return list(_flat_up_to(shallow_tree, input_tree))


def map_structure_up_to(shallow_tree: Any, func: Callable[..., Any], *inputs: Any) -> Any:
    """A structure like `shallow_tree` of what `func` makes of the parts of `inputs` there.

    Raises:
      ValueError: there are no inputs.
    """
    if not inputs:
        raise ValueError("Cannot map over no sequences")
    parts = zip(*(flatten_up_to(shallow_tree, tree) for tree in inputs), strict=True)
    return pack_sequence_as(shallow_tree, [func(*x) for x in parts])
