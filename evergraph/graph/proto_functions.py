"""How the objects of a collection are kept in a MetaGraphDef, by collection."""

from collections.abc import Callable
from typing import Any

_FUNCTIONS: dict[str, tuple[Any, Any, Any]] = {}


def register_proto_function(
    collection_name: str,
    proto_type: Any = None,
    to_proto: Callable[..., Any] | None = None,
    from_proto: Callable[..., Any] | None = None,
) -> None:
    """Says how the items of a collection become messages and come back.

    Raises:
      TypeError: one of the functions is not callable.
      KeyError: the collection has its functions already.
    """
    if to_proto and not callable(to_proto):
        raise TypeError("to_proto must be callable.")
    if from_proto and not callable(from_proto):
        raise TypeError("from_proto must be callable.")
    if collection_name in _FUNCTIONS:
        raise KeyError(f"Registering two proto_functions with name '{collection_name}'!")
    _FUNCTIONS[collection_name] = (proto_type, to_proto, from_proto)


def _get(collection_name: str, index: int) -> Any:
    found = _FUNCTIONS.get(collection_name)
    return None if found is None else found[index]


def get_collection_proto_type(collection_name: str) -> Any:
    """The message class of a collection's items, or None."""
    return _get(collection_name, 0)


def get_to_proto_function(collection_name: str) -> Any:
    """The function from an item of a collection to its message, or None."""
    return _get(collection_name, 1)


def get_from_proto_function(collection_name: str) -> Any:
    """The function from a message to an item of a collection, or None."""
    return _get(collection_name, 2)
