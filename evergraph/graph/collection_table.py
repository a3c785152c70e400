"""The named collections of a graph, and its marks of what may not be fed or fetched."""

import re
import threading
from typing import Any

from evergraph.base.compat import bytes_or_text_types
from evergraph.graph.tensor import Tensor


class CollectionTable:
    """The part of a graph that holds collections and marks."""

    _lock: threading.RLock
    _collections: dict[Any, list[Any]]
    _unfeedable: set[Tensor]
    _unfetchable: set[Any]
    _stacks: Any

    def _check_not_finalized(self) -> None:
        raise NotImplementedError

    # -- feeding and fetching

    def prevent_feeding(self, tensor: Tensor) -> None:
        """Makes `tensor` unfeedable."""
        self._unfeedable.add(tensor)

    def is_feedable(self, tensor: Tensor) -> bool:
        """Whether `tensor` may be fed."""
        return tensor not in self._unfeedable

    def prevent_fetching(self, op: Any) -> None:
        """Makes `op` unfetchable."""
        self._unfetchable.add(op)

    def is_fetchable(self, tensor_or_op: Any) -> bool:
        """Whether a tensor or operation may be fetched."""
        if isinstance(tensor_or_op, Tensor):
            return tensor_or_op.op not in self._unfetchable
        return tensor_or_op not in self._unfetchable

    # -- collections

    @property
    def _variable_creator_stack(self) -> list[Any]:
        """The creators of this thread, outermost first."""
        return self._stacks.variable_creators

    def add_to_collection(self, name: Any, value: Any) -> None:
        """Appends `value` to the collection `name`; it may be there already."""
        self._check_not_finalized()
        with self._lock:
            self._collections.setdefault(name, []).append(value)

    def add_to_collections(self, names: Any, value: Any) -> None:
        """Appends `value` to each of the collections, once for each name."""
        unique = (names,) if isinstance(names, bytes_or_text_types) else set(names)
        for name in unique:
            self.add_to_collection(name, value)

    def get_collection_ref(self, name: Any) -> list[Any]:
        """The list itself of the collection `name`, made if it is not there."""
        with self._lock:
            return self._collections.setdefault(name, [])

    def get_collection(self, name: Any, scope: str | None = None) -> list[Any]:
        """A copy of the collection; with `scope`, the items whose names match it as a prefix
        pattern."""
        with self._lock:
            found = self._collections.get(name)
            if found is None:
                return []
            if scope is None:
                return list(found)
            match = re.compile(scope).match
            return [item for item in found if hasattr(item, "name") and match(item.name)]

    def get_all_collection_keys(self) -> list[str]:
        """The names of all collections that are strings."""
        with self._lock:
            return [k for k in self._collections if isinstance(k, str)]

    def clear_collection(self, name: Any) -> None:
        """Empties the collection `name`."""
        self._check_not_finalized()
        with self._lock:
            self._collections.pop(name, None)
