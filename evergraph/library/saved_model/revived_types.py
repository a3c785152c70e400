"""Kinds of objects that SavedModels name, so that `load` makes objects of the same class."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from evergraph.proto.framework.versions_pb2 import VersionDef
from evergraph.proto.protobuf.saved_object_graph_pb2 import SavedUserObject

_VERSION = 1


@dataclass(frozen=True)
class _RevivedType:
    """How objects of a kind are told and made; `setter` gives one a part by its name."""

    is_one: Callable[[Any], bool]
    make: Callable[[], Any]
    setter: Callable[[Any, str, Any], Any]


_types: dict[str, _RevivedType] = {}


def register_revived_type(
    identifier: str,
    is_one: Callable[[Any], bool],
    make: Callable[[], Any],
    setter: Callable[[Any, str, Any], Any] = setattr,
) -> None:
    """Makes a kind of objects known by its identifier."""
    _types[identifier] = _RevivedType(is_one, make, setter)


def user_object(identifier: str, metadata: str = "") -> Any:
    """A SavedUserObject of a kind."""
    version = VersionDef(producer=_VERSION, min_consumer=_VERSION)
    return SavedUserObject(identifier=identifier, version=version, metadata=metadata)


def serialize(obj: Any) -> Any:
    """The SavedUserObject of an object of a registered kind; None for others."""
    for identifier, kind in _types.items():
        if kind.is_one(obj):
            return user_object(identifier)
    return None


def deserialize(proto: Any) -> tuple[Any, Callable[[Any, str, Any], Any]] | None:
    """An object of a SavedUserObject's kind, and what sets its parts; None for other kinds, and for
    versions that are not known."""
    kind = _types.get(proto.identifier)
    version = proto.version
    if kind is None or version.min_consumer > _VERSION or version.producer < _VERSION:
        return None
    if _VERSION in version.bad_consumers:
        return None
    return kind.make(), kind.setter
