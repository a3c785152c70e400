"""Nested structures: flatten, pack and map over lists, tuples, dicts, attrs objects and the like.

Dicts are walked in the order of their sorted keys, so that a dict and an `OrderedDict` with the
same keys flatten alike. Strings, numpy arrays, sets and everything else are leaves. A composite
tensor (a sparse or ragged one) is a leaf too, unless `expand_composites` says to go into its
components; it is told by its class having `_is_composite_tensor`, its spec by `_component_specs`.
"""

import collections
from collections.abc import Callable, Iterable, Iterator, Mapping, MappingView, Sequence
from typing import Any

from evergraph.base.export import export


def _is_mapping(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_mapping_view(value: Any) -> bool:
    return isinstance(value, MappingView)


def _is_attrs(value: Any) -> bool:
    return hasattr(type(value), "__attrs_attrs__")


def _is_namedtuple(instance: Any, strict: bool = False) -> bool:
    """Whether `instance` is a namedtuple; with `strict`, not of a class derived from one."""
    cls = type(instance)
    if not isinstance(instance, tuple) or (strict and cls.__bases__ != (tuple,)):
        return False
    fields = getattr(cls, "_fields", None)
    return isinstance(fields, Sequence) and all(isinstance(field, str) for field in fields)


def _same_namedtuples(a: Any, b: Any) -> bool:
    return type(a).__name__ == type(b).__name__ and a._fields == b._fields


def _is_composite_tensor(value: Any) -> bool:
    return getattr(type(value), "_is_composite_tensor", False) is True


def _is_type_spec(value: Any) -> bool:
    """Whether `value` describes a composite tensor; a `TensorSpec` describes a leaf."""
    cls = type(value)
    return hasattr(cls, "_component_specs") and not hasattr(cls, "_is_tensor_spec")


@export("contrib.framework.nest.is_sequence")
def is_sequence(seq: Any) -> bool:
    """Whether `seq` is a structure: a sequence that is no string, a mapping or an attrs object."""
    if isinstance(seq, (list, tuple, dict)):
        return True
    if isinstance(seq, (str, bytes)):
        return False
    return isinstance(seq, (Sequence, Mapping, MappingView)) or _is_attrs(seq)


@export("contrib.framework.nest.is_sequence_or_composite")
def is_sequence_or_composite(seq: Any) -> bool:
    """Whether `seq` is a structure, a composite tensor or the spec of one."""
    return is_sequence(seq) or _is_composite_tensor(seq) or _is_type_spec(seq)


@export("nest.is_nested", "contrib.framework.nest.is_nested")
def is_nested(seq: Any) -> bool:
    """The same as `is_sequence`."""
    return is_sequence(seq)


def _sequence_test(expand_composites: bool) -> Callable[[Any], bool]:
    return is_sequence_or_composite if expand_composites else is_sequence


def _sorted(keys: Iterable[Any]) -> list[Any]:
    try:
        return sorted(keys)
    except TypeError:
        raise TypeError("nest only supports dicts with sortable keys.") from None


def _yield_sorted_items(structure: Any) -> Iterator[tuple[Any, Any]]:
    """The parts of a structure, each with its index, key or field name."""
    if _is_mapping(structure):
        for key in _sorted(structure):
            yield key, structure[key]
    elif _is_attrs(structure):
        for attribute in type(structure).__attrs_attrs__:
            yield attribute.name, getattr(structure, attribute.name)
    elif _is_namedtuple(structure):
        yield from zip(structure._fields, structure, strict=True)
    elif _is_composite_tensor(structure):
        spec = structure._type_spec
        yield type(structure).__name__, spec._to_components(structure)
    elif _is_type_spec(structure):
        # The same key as for the tensor that it describes.
        yield structure.value_type.__name__, structure._component_specs
    else:
        yield from enumerate(structure)


def _yield_value(structure: Any) -> Iterator[Any]:
    if isinstance(structure, (list, tuple)):
        return iter(structure)
    return (value for _, value in _yield_sorted_items(structure))


def _sequence_like(instance: Any, args: Any) -> Any:
    """The parts `args`, in the order of `_yield_value`, as an object of the type of `instance`."""
    if _is_mapping(instance):
        result = dict(zip(_sorted(instance), args, strict=False))
        items = [(key, result[key]) for key in instance]
        if type(instance) is collections.defaultdict:
            return collections.defaultdict(instance.default_factory, items)
        return type(instance)(items)
    if _is_mapping_view(instance) or isinstance(instance, range):
        return list(args)
    if _is_namedtuple(instance) or _is_attrs(instance):
        return type(instance)(*args)
    if _is_composite_tensor(instance):
        (components,) = args
        return instance._type_spec._from_components(components)
    if _is_type_spec(instance):
        (components,) = args
        return instance._from_components(components)
    return type(instance)(args)


@export("nest.flatten", "contrib.framework.nest.flatten")
def flatten(structure: Any, expand_composites: bool = False) -> list[Any]:
    """The leaves of `structure` in a list; a leaf gives a list of itself.

    Raises:
        TypeError: for a dict whose keys cannot be sorted.
    """
    leaves: list[Any] = []
    _flatten_into(leaves, structure, _sequence_test(expand_composites))
    return leaves


def _flatten_into(leaves: list[Any], structure: Any, is_seq: Callable[[Any], bool]) -> None:
    if not is_seq(structure):
        leaves.append(structure)
        return
    for value in _yield_value(structure):
        _flatten_into(leaves, value, is_seq)


class _Dot:
    def __repr__(self) -> str:
        return "."


_DOT = _Dot()
_MISSING = object()


@export("nest.assert_same_structure", "contrib.framework.nest.assert_same_structure")
def assert_same_structure(
    nest1: Any, nest2: Any, check_types: bool = True, expand_composites: bool = False
) -> None:
    """Check that two structures are nested alike.

    `check_types` compares also the types of the sequences and the keys of dicts. Namedtuples of the
    same name and fields are the same type, as are all lists and all mappings.

    Raises:
        ValueError: when the nesting, a number of parts or the keys differ.
        TypeError: when a type differs.
    """
    error = _structure_difference(nest1, nest2, check_types, expand_composites)
    if error is None:
        return
    entire1, entire2 = (str(map_structure(lambda _: _DOT, nest)) for nest in (nest1, nest2))
    raise type(error)(
        "The two structures don't have the same nested structure.\n\n"
        f"First structure: {_describe(nest1)}\n\nSecond structure: {_describe(nest2)}\n\n"
        f"More specifically: {error}\n"
        f"Entire first structure:\n{entire1}\nEntire second structure:\n{entire2}"
    )


def _describe(value: Any) -> str:
    return f"type={type(value).__name__} str={value!s}"


def _structure_difference(
    a: Any, b: Any, check_types: bool, expand_composites: bool
) -> ValueError | TypeError | None:
    """What makes two structures differ, or None."""
    is_seq = _sequence_test(expand_composites)
    if is_seq(a) != is_seq(b):
        inner, leaf = (a, b) if is_seq(a) else (b, a)
        return ValueError(
            f'Substructure "{_describe(inner)}" is a sequence, while substructure '
            f'"{_describe(leaf)}" is not'
        )
    if not is_seq(a):
        return None
    if check_types:
        error = _type_difference(a, b, expand_composites)
        if error is not None:
            return error
    error = _composite_difference(a, b) if expand_composites else None
    if error is not None:
        return error
    values_a, values_b = list(_yield_value(a)), list(_yield_value(b))
    for value_a, value_b in zip(values_a, values_b, strict=False):
        error = _structure_difference(value_a, value_b, check_types, expand_composites)
        if error is not None:
            return error
    if len(values_a) != len(values_b):
        return ValueError(
            "The two structures don't have the same number of elements. "
            f"First structure: {_describe(a)}. Second structure: {_describe(b)}"
        )
    return None


def _type_difference(a: Any, b: Any, expand_composites: bool) -> ValueError | TypeError | None:
    if _is_mapping(a) and _is_mapping(b):
        if set(a) == set(b):
            return None
        return ValueError(
            "The two dictionaries don't have the same set of keys. "
            f"First structure has keys {_describe(list(a))}, "
            f"while second structure has keys {_describe(list(b))}"
        )
    if _is_namedtuple(a, True) and _is_namedtuple(b, True):
        same = _same_namedtuples(a, b)
    else:
        same = type(a) is type(b) or (isinstance(a, list) and isinstance(b, list))
    if same or (expand_composites and _composite_spec(a) and _same_spec_type(a, b)):
        return None
    return TypeError(
        "The two namedtuples don't have the same sequence type. "
        f"First structure {_describe(a)} has type {type(a).__name__}, "
        f"while second structure {_describe(b)} has type {type(b).__name__}"
    )


def _same_spec_type(a: Any, b: Any) -> bool:
    """Whether composite tensors, or their specs, are of one kind."""
    return type(_composite_spec(a)) is type(_composite_spec(b))


def _composite_spec(value: Any) -> Any:
    """The spec of a composite tensor, a spec itself, or None."""
    if _is_composite_tensor(value):
        return value._type_spec
    return value if _is_type_spec(value) else None


def _composite_difference(a: Any, b: Any) -> ValueError | None:
    spec_a, spec_b = _composite_spec(a), _composite_spec(b)
    if spec_a is None or spec_b is None:
        return None
    try:
        spec_a.most_specific_compatible_type(spec_b)
    except (TypeError, ValueError):
        return ValueError(
            f"Incompatible CompositeTensor TypeSpecs: {_describe(spec_a)} vs. {_describe(spec_b)}"
        )
    return None


@export("contrib.framework.nest.flatten_dict_items")
def flatten_dict_items(dictionary: Mapping[Any, Any]) -> dict[Any, Any]:
    """`{(4, 5): ("a", "b")}` as `{4: "a", 5: "b"}`: keys and values flattened together.

    Raises:
        TypeError: when `dictionary` is no mapping.
        ValueError: when a key is nested unlike its value, or a flattened key is not unique.
    """
    if not _is_mapping(dictionary):
        raise TypeError("input must be a dictionary")
    flat: dict[Any, Any] = {}
    for key, value in dictionary.items():
        keys, values = (flatten(key), flatten(value)) if is_sequence(key) else ([key], [value])
        if len(keys) != len(values):
            raise ValueError(
                f"Could not flatten dictionary. Key had {len(keys)} elements, but value had "
                f"{len(values)} elements. Key: {keys}, value: {values}."
            )
        for flat_key, flat_value in zip(keys, values, strict=True):
            if flat_key in flat:
                raise ValueError(f"Could not flatten dictionary: key {flat_key} is not unique.")
            flat[flat_key] = flat_value
    return flat


@export("nest.pack_sequence_as", "contrib.framework.nest.pack_sequence_as")
def pack_sequence_as(structure: Any, flat_sequence: Any, expand_composites: bool = False) -> Any:
    """The leaves `flat_sequence` in a structure like `structure`; the reverse of `flatten`.

    Raises:
        TypeError: when `flat_sequence` is no sequence, or the keys of a dict cannot be sorted.
        ValueError: when the number of leaves is wrong.
    """
    is_seq = _sequence_test(expand_composites)
    if not is_seq(flat_sequence):
        raise TypeError("flat_sequence must be a sequence")
    if not is_seq(structure):
        if len(flat_sequence) != 1:
            raise ValueError(
                f"Structure is a scalar but len(flat_sequence) == {len(flat_sequence)} > 1"
            )
        return flat_sequence[0]
    leaves = iter(flat_sequence)
    count = len(flat_sequence)
    try:
        packed = _pack(structure, leaves, is_seq)
        exhausted = next(leaves, _MISSING) is _MISSING
    except _TooFewLeaves:
        exhausted = False
    if not exhausted:
        wanted = len(flatten(structure, expand_composites))
        raise ValueError(
            f"Could not pack sequence. Structure had {wanted} elements, but flat_sequence had "
            f"{count} elements.  Structure: {structure}, flat_sequence: {flat_sequence}."
        )
    return packed


class _TooFewLeaves(Exception):
    """`flat_sequence` ended before the structure did."""


def _pack(structure: Any, leaves: Iterator[Any], is_seq: Callable[[Any], bool]) -> Any:
    parts = []
    for value in _yield_value(structure):
        if is_seq(value):
            parts.append(_pack(value, leaves, is_seq))
            continue
        leaf = next(leaves, _MISSING)
        if leaf is _MISSING:
            raise _TooFewLeaves
        parts.append(leaf)
    return _sequence_like(structure, parts)


@export("nest.map_structure", "contrib.framework.nest.map_structure")
def map_structure(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """A structure of `func(x, y, ...)`, x, y, ... being leaves at the same place of each structure.

    Args:
        func: called with one leaf of each structure.
        *structure: structures nested alike; the result has the types of the first.
        **kwargs: `check_types=False` to let types differ, `expand_composites=True` to go into
            composite tensors.

    Raises:
        TypeError: when `func` is not callable, or types differ.
        ValueError: when there is no structure, the nesting differs, or a keyword is unknown.
    """
    if not callable(func):
        raise TypeError(f"func must be callable, got: {func}")
    if not structure:
        raise ValueError("Must provide at least one structure")
    check_types = kwargs.pop("check_types", True)
    expand_composites = kwargs.pop("expand_composites", False)
    if kwargs:
        raise ValueError(
            "Only valid keyword arguments are `check_types` and `expand_composites`, not: "
            f"`{'`, `'.join(kwargs)}`"
        )
    for other in structure[1:]:
        assert_same_structure(structure[0], other, check_types, expand_composites)
    leaves = [flatten(s, expand_composites) for s in structure]
    results = [func(*entry) for entry in zip(*leaves, strict=True)]
    return pack_sequence_as(structure[0], results, expand_composites)


@export("contrib.framework.nest.map_structure_with_paths")
def map_structure_with_paths(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """As `map_structure`, but calls `func(path, x, y, ..., **kwargs)`, `path` as "a/0/b"."""

    def with_joined_path(path: tuple[Any, ...], *values: Any, **kwargs: Any) -> Any:
        return func("/".join(map(str, path)), *values, **kwargs)

    return map_structure_with_tuple_paths_up_to(
        structure[0], with_joined_path, *structure, **kwargs
    )


@export("contrib.framework.nest.map_structure_with_tuple_paths")
def map_structure_with_tuple_paths(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """As `map_structure`, but calls `func(path, x, y, ..., **kwargs)`, `path` as ("a", 0, "b")."""
    return map_structure_with_tuple_paths_up_to(structure[0], func, *structure, **kwargs)


def _yield_flat_up_to(
    shallow_tree: Any, input_tree: Any, is_seq: Callable[[Any], bool], path: tuple[Any, ...] = ()
) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The path of each leaf of `shallow_tree` and what `input_tree` has there."""
    if not is_seq(shallow_tree):
        yield path, input_tree
        return
    inputs = dict(_yield_sorted_items(input_tree))
    for key, subtree in _yield_sorted_items(shallow_tree):
        yield from _yield_flat_up_to(subtree, inputs[key], is_seq, (*path, key))


# What is said where structures do not fit, by TensorFlow's names.
_SHALLOW_TREE_HAS_INVALID_KEYS = (
    "The shallow_tree's keys are not a subset of the input_tree's keys. The shallow_tree has the "
    "following keys that are not in the input_tree: {}."
)
_STRUCTURES_HAVE_MISMATCHING_TYPES = (
    "The two structures don't have the same sequence type. Input structure has type {input_type}, "
    "while shallow structure has type {shallow_type}."
)
_STRUCTURES_HAVE_MISMATCHING_LENGTHS = (
    "The two structures don't have the same sequence length. Input structure has length "
    "{input_length}, while shallow structure has length {shallow_length}."
)
_INPUT_TREE_SMALLER_THAN_SHALLOW_TREE = (
    "The input_tree has fewer elements than the shallow_tree. Input structure has length "
    "{input_size}, while shallow structure has length {shallow_size}."
)
_IF_SHALLOW_IS_SEQ_INPUT_MUST_BE_SEQ = (
    "If shallow structure is a sequence, input must also be a sequence. Input has type: {}."
)


@export("contrib.framework.nest.assert_shallow_structure")
def assert_shallow_structure(
    shallow_tree: Any,
    input_tree: Any,
    check_types: bool = True,
    expand_composites: bool = False,
    check_subtrees_length: bool = True,
) -> None:
    """Check that `input_tree` is `shallow_tree` with something put in place of its leaves.

    `check_subtrees_length=False` lets a part of `input_tree` be longer than that of `shallow_tree`.

    Raises:
        TypeError: when a sequence meets a leaf, or types differ.
        ValueError: when lengths or keys do not fit.
    """
    is_seq = _sequence_test(expand_composites)
    if not is_seq(shallow_tree):
        return
    if not is_seq(input_tree):
        raise TypeError(_IF_SHALLOW_IS_SEQ_INPUT_MUST_BE_SEQ.format(type(input_tree)))
    _check_shallow_level(shallow_tree, input_tree, check_types, check_subtrees_length)
    for shallow_branch, input_branch in zip(
        _yield_value(shallow_tree), _yield_value(input_tree), strict=False
    ):
        assert_shallow_structure(
            shallow_branch, input_branch, check_types, expand_composites, check_subtrees_length
        )


def _check_shallow_level(shallow: Any, tree: Any, check_types: bool, check_length: bool) -> None:
    """`assert_shallow_structure` for the outermost level of two sequences."""
    types = _STRUCTURES_HAVE_MISMATCHING_TYPES.format(
        input_type=type(tree), shallow_type=type(shallow)
    )
    shallow_spec, tree_spec = _composite_spec(shallow), _composite_spec(tree)
    if check_types and not isinstance(tree, type(shallow)):
        if _is_namedtuple(shallow) and _is_namedtuple(tree):
            same = _same_namedtuples(shallow, tree)
        else:
            same = (_is_mapping(shallow) and _is_mapping(tree)) or (
                shallow_spec is not None and tree_spec is not None
            )
        if not same:
            raise TypeError(types)
    if _is_composite_tensor(shallow) or _is_composite_tensor(tree):
        if shallow_spec is None or tree_spec is None:
            raise TypeError(types)
        error = _composite_difference(shallow, tree)
        if error is not None:
            raise error
    elif shallow_spec is not None:
        if tree_spec is None:
            raise TypeError(
                "If shallow structure is a TypeSpec, input must also be a TypeSpec.  Input has "
                f"type: {type(tree)}."
            )
    elif check_length and len(tree) != len(shallow):
        raise ValueError(
            _STRUCTURES_HAVE_MISMATCHING_LENGTHS.format(
                input_length=len(tree), shallow_length=len(shallow)
            )
        )
    elif len(tree) < len(shallow):
        raise ValueError(
            _INPUT_TREE_SMALLER_THAN_SHALLOW_TREE.format(
                input_size=len(tree), shallow_size=len(shallow)
            )
        )
    if _is_mapping(shallow):
        absent = set(shallow) - set(tree)
        if absent:
            raise ValueError(_SHALLOW_TREE_HAS_INVALID_KEYS.format(sorted(absent)))


@export("contrib.framework.nest.flatten_up_to")
def flatten_up_to(
    shallow_tree: Any,
    input_tree: Any,
    check_types: bool = True,
    expand_composites: bool = False,
    check_subtrees_length: bool = True,
) -> list[Any]:
    """What `input_tree` has in the places of the leaves of `shallow_tree`.

    Raises:
        TypeError, ValueError: as `assert_shallow_structure`.
    """
    pairs = flatten_with_tuple_paths_up_to(
        shallow_tree, input_tree, check_types, expand_composites, check_subtrees_length
    )
    return [value for _, value in pairs]


@export("contrib.framework.nest.flatten_with_tuple_paths_up_to")
def flatten_with_tuple_paths_up_to(
    shallow_tree: Any,
    input_tree: Any,
    check_types: bool = True,
    expand_composites: bool = False,
    check_subtrees_length: bool = True,
) -> list[tuple[tuple[Any, ...], Any]]:
    """As `flatten_up_to`, in pairs of the path of a leaf and the value."""
    assert_shallow_structure(
        shallow_tree, input_tree, check_types, expand_composites, check_subtrees_length
    )
    return list(_yield_flat_up_to(shallow_tree, input_tree, _sequence_test(expand_composites)))


@export("contrib.framework.nest.map_structure_up_to")
def map_structure_up_to(
    shallow_tree: Any, func: Callable[..., Any], *inputs: Any, **kwargs: Any
) -> Any:
    """A structure like `shallow_tree` of `func(x, y, ...)`, x, y being what the inputs have there.

    Further keywords are those of `map_structure_with_tuple_paths_up_to`.
    """
    return map_structure_with_tuple_paths_up_to(
        shallow_tree, lambda _, *values: func(*values), *inputs, **kwargs
    )


@export("contrib.framework.nest.map_structure_with_tuple_paths_up_to")
def map_structure_with_tuple_paths_up_to(
    shallow_tree: Any, func: Callable[..., Any], *inputs: Any, **kwargs: Any
) -> Any:
    """A structure like `shallow_tree` of `func(path, x, y, ..., **kwargs)`.

    The keywords `check_types`, `expand_composites` and `check_subtrees_length` are those of
    `assert_shallow_structure`; all others go to `func`.

    Raises:
        ValueError: when there is no input.
        TypeError, ValueError: as `assert_shallow_structure`.
    """
    if not inputs:
        raise ValueError("Cannot map over no sequences")
    check_types = kwargs.pop("check_types", True)
    expand_composites = kwargs.pop("expand_composites", False)
    check_length = kwargs.pop("check_subtrees_length", True)
    flat = [
        flatten_with_tuple_paths_up_to(
            shallow_tree, tree, check_types, expand_composites, check_length
        )
        for tree in inputs
    ]
    results = [
        func(pairs[0][0], *(value for _, value in pairs), **kwargs)
        for pairs in zip(*flat, strict=True)
    ]
    return pack_sequence_as(shallow_tree, results, expand_composites)


@export("contrib.framework.nest.get_traverse_shallow_structure")
def get_traverse_shallow_structure(
    traverse_fn: Callable[[Any], Any], structure: Any, expand_composites: bool = False
) -> Any:
    """The shallow structure of True and False that says how far to go into `structure`.

    `traverse_fn` takes a substructure and returns whether to go into it: a bool for all of it, or a
    bool for each of its parts in a structure like it.

    Raises:
        TypeError: when `traverse_fn` returns anything else.
    """
    is_seq = _sequence_test(expand_composites)
    answer = traverse_fn(structure)
    if not is_seq(structure):
        if not isinstance(answer, bool):
            raise TypeError(
                f"traverse_fn returned structure: {answer} for non-structure: {structure}"
            )
        return answer
    if isinstance(answer, bool):
        if not answer:
            return False
        parts = [
            get_traverse_shallow_structure(traverse_fn, branch, expand_composites)
            for branch in _yield_value(structure)
        ]
        return _sequence_like(structure, parts)
    if not is_seq(answer):
        raise TypeError(f"traverse_fn returned a non-bool scalar: {answer} for input: {structure}")
    assert_shallow_structure(answer, structure, expand_composites=expand_composites)
    parts = []
    for part, branch in zip(_yield_value(answer), _yield_value(structure), strict=False):
        if not isinstance(part, bool):
            raise TypeError(
                f"traverse_fn didn't return a depth=1 structure of bools.  saw: {answer} "
                f" for structure: {structure}"
            )
        parts.append(part and get_traverse_shallow_structure(traverse_fn, branch))
    return _sequence_like(structure, parts)


@export("contrib.framework.nest.yield_flat_paths")
def yield_flat_paths(nest: Any, expand_composites: bool = False) -> Iterator[tuple[Any, ...]]:
    """The path of each leaf, as ("a", 0), in the order of `flatten`."""
    for path, _ in _yield_flat_up_to(nest, nest, _sequence_test(expand_composites)):
        yield path


@export("contrib.framework.nest.flatten_with_joined_string_paths")
def flatten_with_joined_string_paths(
    structure: Any, separator: str = "/", expand_composites: bool = False
) -> list[tuple[str, Any]]:
    """Pairs of the path of a leaf, as "a/0", and the leaf."""
    pairs = flatten_with_tuple_paths(structure, expand_composites)
    return [(separator.join(map(str, path)), leaf) for path, leaf in pairs]


@export("contrib.framework.nest.flatten_with_tuple_paths")
def flatten_with_tuple_paths(
    structure: Any, expand_composites: bool = False
) -> list[tuple[tuple[Any, ...], Any]]:
    """Pairs of the path of a leaf, as ("a", 0), and the leaf."""
    return list(_yield_flat_up_to(structure, structure, _sequence_test(expand_composites)))
