"""What `Session.run` is asked for: nested fetches flattened to tensors and operations, and put
together again."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evergraph.api.session_ops import TensorHandle
from evergraph.graph.composite import (
    IndexedSlices,
    IndexedSlicesValue,
    SparseTensor,
    SparseTensorValue,
)
from evergraph.graph.graph import Graph
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor

_HANDLES = frozenset(["GetSessionHandle", "GetSessionHandleV2"])

Build = Callable[[list[Any]], Any]


def _indexed_parts(value: IndexedSlices) -> list[Any]:
    parts = [value.values, value.indices]
    return parts if value.dense_shape is None else [*parts, value.dense_shape]


def _indexed_value(parts: list[Any]) -> Any:
    values, indices, *shape = parts
    return IndexedSlicesValue(values, indices, shape[0] if shape else None)


# type -> (parts of a fetch, value from parts, [(part, value)] of a feed, parts of a feed key)
_expansions: list[tuple[type, Any, Any, Any, Any]] = [
    (
        SparseTensor,
        lambda t: [t.indices, t.values, t.dense_shape],
        lambda parts: SparseTensorValue(*parts),
        lambda t, v: list(zip([t.indices, t.values, t.dense_shape], v, strict=True)),
        lambda t: [t.indices, t.values, t.dense_shape],
    ),
    (
        IndexedSlices,
        _indexed_parts,
        _indexed_value,
        lambda t, v: list(zip(_indexed_parts(t), v, strict=False)),
        _indexed_parts,
    ),
]


def register_session_run_conversion_functions(
    tensor_type: type,
    fetch_function: Any,
    feed_function: Any = None,
    feed_function_for_partial_run: Any = None,
) -> None:
    """Makes objects of `tensor_type` feedable and fetchable.

    Args:
      tensor_type: the type; it may be registered once.
      fetch_function: gives for an object its parts and the function that puts their values
        together.
      feed_function: gives for an object and its value a list of (part, value).
      feed_function_for_partial_run: gives for an object its parts.

    Raises:
      ValueError: the type, or a base of it, is registered.
    """
    for known, *_ in _expansions:
        if issubclass(tensor_type, known):
            raise ValueError(f"{tensor_type} has already been registered so ignore it.")

    def parts(value: Any) -> Any:
        if fetch_function is None:
            raise TypeError(f"{tensor_type} cannot be fetched")
        return fetch_function(value)

    _expansions.insert(0, (tensor_type, parts, None, feed_function, feed_function_for_partial_run))


def feed_parts(key: Any, value: Any) -> list[tuple[Any, Any]]:
    """A feed as (tensor, value) pairs: a sparse tensor has three."""
    for kind, _, _, expand, _ in _expansions:
        if isinstance(key, kind) and expand is not None:
            return list(expand(key, value))
    return [(key, value)]


def feed_key_parts(key: Any) -> list[Any]:
    """The tensors that a key of a partial run's feeds stands for."""
    for kind, _, _, _, expand in _expansions:
        if isinstance(key, kind) and expand is not None:
            return list(expand(key))
    return [key]


def nest_key(fetches: Any) -> Any:
    """What two nests have in common that ask for the same in the same order, to be looked up.

    Raises:
      TypeError: there is something in it that cannot be hashed.
    """
    kind = type(fetches)
    if kind is dict:
        return (dict, *fetches, *map(nest_key, fetches.values()))
    if kind is list or isinstance(fetches, tuple):
        return (kind, *map(nest_key, fetches))
    return fetches


class FetchTree:
    """A nested fetch: the distinct elements to fetch, and how their values make the result."""

    def __init__(self, graph: Graph, fetch: Any, session: Any = None) -> None:
        self._graph = graph
        self._session = session
        self._handles = False
        self._places: dict[Any, int] = {}
        self.elements: list[Any] = []
        self.build: Build = self._visit(fetch)
        self.is_leaf = not self._handles and (
            isinstance(fetch, (Tensor, Operation, str))
            or hasattr(fetch, "_as_graph_element")
            and not any(isinstance(fetch, kind) for kind, *_ in _expansions)
        )

    @property
    def tensors(self) -> list[Tensor]:
        return [e for e in self.elements if isinstance(e, Tensor)]

    @property
    def targets(self) -> list[Operation]:
        return [e for e in self.elements if isinstance(e, Operation)]

    def _visit(self, fetch: Any) -> Build:
        if isinstance(fetch, (Tensor, Operation)):
            return self._leaf(fetch)
        if fetch is None:
            raise TypeError(f"Fetch argument {fetch!r} has invalid type {type(fetch)!r}")
        if isinstance(fetch, (list, tuple)) and not hasattr(fetch, "_as_graph_element"):
            return self._sequence(fetch)
        if isinstance(fetch, Mapping):
            return self._mapping(fetch)
        if hasattr(type(fetch), "__attrs_attrs__"):
            names = [a.name for a in type(fetch).__attrs_attrs__]
            parts = [self._visit(getattr(fetch, n)) for n in names]
            return lambda v: type(fetch)(*[p(v) for p in parts])
        for kind, split, join, _, _ in _expansions:
            if isinstance(fetch, kind):
                pieces = split(fetch)
                if join is None:
                    pieces, join = pieces
                subs = [self._leaf(self._element(p, fetch)) for p in pieces]
                return lambda v: join([s(v) for s in subs])
        return self._leaf(self._element(fetch, fetch))

    def _mapping(self, fetch: Mapping[Any, Any]) -> Build:
        keys = list(fetch)
        parts = [self._visit(fetch[k]) for k in keys]
        kind = type(fetch)
        if kind is dict:
            return lambda v: dict(zip(keys, [p(v) for p in parts], strict=True))

        def build(values: list[Any]) -> Any:
            result: Any = kind()
            for key, part in zip(keys, parts, strict=True):
                result[key] = part(values)
            return result

        return build

    def _sequence(self, fetch: Sequence[Any]) -> Build:
        parts = [self._visit(f) for f in fetch]
        if isinstance(fetch, tuple) and hasattr(fetch, "_fields"):
            return lambda v: type(fetch)(*[p(v) for p in parts])
        if isinstance(fetch, tuple):
            return lambda v: tuple([p(v) for p in parts])
        return lambda v: [p(v) for p in parts]

    def _element(self, element: Any, fetch: Any) -> Any:
        try:
            return self._graph.as_graph_element(element, allow_tensor=True, allow_operation=True)
        except TypeError as error:
            raise TypeError(
                f"Fetch argument {fetch!r} has invalid type {type(fetch)!r}, must be a string or "
                f"Tensor. ({error})"
            ) from None
        except (ValueError, KeyError) as error:
            raise ValueError(
                f"Fetch argument {fetch!r} cannot be interpreted as a Tensor. ({error})"
            ) from None

    def _leaf(self, element: Any) -> Build:
        if element.graph is not self._graph:
            kind = "Tensor" if isinstance(element, Tensor) else "Operation"
            raise ValueError(
                f"Fetch argument {element!r} cannot be interpreted as a Tensor. ({kind} {element} "
                "is not "
                "an element of this graph.)"
            )
        place = self._places.get(element)
        if place is None:
            place = self._places[element] = len(self.elements)
            self.elements.append(element)
        if isinstance(element, Tensor) and element._op._type in _HANDLES:
            self._handles = True
            dtype = element._op._inputs[0]._dtype
            return lambda v: TensorHandle(v[place], dtype, self._session)
        return lambda v: v[place]
