"""Sets and dicts that tell objects apart by identity, for objects without a useful `==`."""

import weakref
from collections.abc import Iterable, Iterator, MutableMapping, MutableSet
from typing import Any


class _ObjectIdentityWrapper:
    """Stands for an object as a key."""

    def __init__(self, wrapped: Any) -> None:
        self._wrapped = wrapped

    @property
    def unwrapped(self) -> Any:
        return self._wrapped

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _ObjectIdentityWrapper):
            raise TypeError("Cannot compare wrapped object with unwrapped object")
        return self._wrapped is other._wrapped

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        # There is one weakref.ref per object, so this holds for weak references also.
        return id(self._wrapped)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} wrapping {self._wrapped!r}>"


class _WeakObjectIdentityWrapper(_ObjectIdentityWrapper):
    def __init__(self, wrapped: Any) -> None:
        super().__init__(weakref.ref(wrapped))

    @property
    def unwrapped(self) -> Any:
        return self._wrapped()


class Reference(_ObjectIdentityWrapper):
    """A reference to an object; two are equal if they are to the same object."""

    unwrapped = property()

    def deref(self) -> Any:
        """The object."""
        return self._wrapped


class ObjectIdentityDictionary(MutableMapping[Any, Any]):
    """A dict whose keys are compared by identity."""

    def __init__(self) -> None:
        self._storage: dict[_ObjectIdentityWrapper, Any] = {}

    def _wrap_key(self, key: Any) -> _ObjectIdentityWrapper:
        return _ObjectIdentityWrapper(key)

    def __getitem__(self, key: Any) -> Any:
        return self._storage[self._wrap_key(key)]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._storage[self._wrap_key(key)] = value

    def __delitem__(self, key: Any) -> None:
        del self._storage[self._wrap_key(key)]

    def __len__(self) -> int:
        return len(self._storage)

    def __iter__(self) -> Iterator[Any]:
        for key in self._storage:
            yield key.unwrapped

    def __repr__(self) -> str:
        return f"ObjectIdentityDictionary({self._storage!r})"


class ObjectIdentityWeakKeyDictionary(ObjectIdentityDictionary):
    """An `ObjectIdentityDictionary` that does not keep its keys alive."""

    def _wrap_key(self, key: Any) -> _ObjectIdentityWrapper:
        return _WeakObjectIdentityWrapper(key)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[Any]:
        for key in list(self._storage):
            unwrapped = key.unwrapped
            if unwrapped is None:
                del self._storage[key]
            else:
                yield unwrapped


class ObjectIdentitySet(MutableSet[Any]):
    """A set whose members are compared by identity."""

    def __init__(self, items: Iterable[Any] = ()) -> None:
        self._storage = {self._wrap_key(item) for item in items}

    @staticmethod
    def _from_storage(storage: set[_ObjectIdentityWrapper]) -> "ObjectIdentitySet":
        result = ObjectIdentitySet()
        result._storage = storage
        return result

    def _wrap_key(self, key: Any) -> _ObjectIdentityWrapper:
        return _ObjectIdentityWrapper(key)

    def __contains__(self, key: Any) -> bool:
        return self._wrap_key(key) in self._storage

    def discard(self, key: Any) -> None:
        """Remove `key` if it is there."""
        self._storage.discard(self._wrap_key(key))

    def add(self, key: Any) -> None:
        """Add `key`."""
        self._storage.add(self._wrap_key(key))

    def update(self, items: Iterable[Any]) -> None:
        """Add all `items`."""
        self._storage.update(self._wrap_key(item) for item in items)

    def intersection(self, items: Iterable[Any]) -> set[_ObjectIdentityWrapper]:
        """The wrappers of the members that are among `items`."""
        return self._storage.intersection(self._wrap_key(item) for item in items)

    def difference(self, items: Iterable[Any]) -> "ObjectIdentitySet":
        """The members that are not among `items`."""
        return self._from_storage(self._storage.difference(self._wrap_key(i) for i in items))

    def __len__(self) -> int:
        return len(self._storage)

    def __iter__(self) -> Iterator[Any]:
        for key in list(self._storage):
            yield key.unwrapped


class ObjectIdentityWeakSet(ObjectIdentitySet):
    """An `ObjectIdentitySet` that does not keep its members alive."""

    def _wrap_key(self, key: Any) -> _ObjectIdentityWrapper:
        return _WeakObjectIdentityWrapper(key)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[Any]:
        for key in list(self._storage):
            unwrapped = key.unwrapped
            if unwrapped is None:
                self._storage.discard(key)
            else:
                yield unwrapped
