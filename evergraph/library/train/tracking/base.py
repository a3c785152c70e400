"""What an object is made of, by names: layers of variables, cells of cells."""

from typing import Any, NamedTuple


class TrackableReference(NamedTuple):
    """A part of an object and the name by which the object knows it."""

    name: str
    ref: Any


class Trackable:
    """An object that keeps its parts by name."""

    @property
    def _unconditional_checkpoint_dependencies(self) -> list[TrackableReference]:
        # Made when it is needed: derived classes may not call the constructor.
        return self.__dict__.setdefault("_parts", [])

    @property
    def _checkpoint_dependencies(self) -> list[TrackableReference]:
        """The parts, in the order in which they came."""
        return self._unconditional_checkpoint_dependencies

    def _lookup_dependency(self, name: str) -> Any:
        """The part of that name, or None."""
        parts = self._unconditional_checkpoint_dependencies
        return next((part.ref for part in parts if part.name == name), None)

    def _track_trackable(self, trackable: Any, name: str, overwrite: bool = False) -> Any:
        """Keeps a part under a name.

        Args:
          trackable: the part.
          name: its name.
          overwrite: whether it may take the place of another one.

        Returns:
          The part.

        Raises:
          ValueError: there is another part of that name.
        """
        parts = self._unconditional_checkpoint_dependencies
        reference = TrackableReference(name=name, ref=trackable)
        for i, part in enumerate(parts):
            if part.name == name:
                if part.ref is not trackable and not overwrite:
                    raise ValueError(
                        "Called Trackable._track_trackable() with name="
                        f"'{name}', but a Trackable with this name is already declared as a "
                        "dependency. Names must be unique (or overwrite=True)."
                    )
                parts[i] = reference
                return trackable
        parts.append(reference)
        return trackable
