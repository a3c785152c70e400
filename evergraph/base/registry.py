"""Objects by name, each registered once."""

from collections.abc import KeysView
from typing import Any

from evergraph.base import compat, tf_stack

_LOCATION_TAG = "location"
_TYPE_TAG = "type"


class Registry:
    """Objects by name. `name` says in error messages what they are."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._registry: dict[str, dict[str, Any]] = {}

    def register(self, candidate: Any, name: str | None = None) -> None:
        """Keeps an object under a name (default: its `__name__`).

        Raises:
          KeyError: If the name is taken.
        """
        key = name or candidate.__name__
        if key in self._registry:
            place = self._registry[key][_LOCATION_TAG]
            raise KeyError(
                f"Registering two {self._name} with name '{key}'! "
                f"(Previous registration was in {place.name} {place.filename}:{place.lineno})"
            )
        place = tf_stack.extract_stack(limit=2)[0]
        self._registry[key] = {_TYPE_TAG: candidate, _LOCATION_TAG: place}

    def list(self) -> KeysView[str]:
        """The names."""
        return self._registry.keys()

    def lookup(self, name: str | bytes) -> Any:
        """The object of a name.

        Raises:
          LookupError: If there is none.
        """
        key = compat.as_str(name)
        if key not in self._registry:
            raise LookupError(f"{self._name} registry has no entry for: {key}")
        return self._registry[key][_TYPE_TAG]
