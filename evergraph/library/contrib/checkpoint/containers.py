"""Trackable containers."""

from typing import Any

from evergraph.base.export import export
from evergraph.base.trackable import Trackable
from evergraph.library.train.tracking.data_structures import TrackableDataStructure


@export("contrib.checkpoint.UniqueNameTracker")
class UniqueNameTracker(TrackableDataStructure):
    """Keeps parts under names that it makes unique: "slotdeps", "slotdeps_1", ... Stands for
    `tf.contrib.checkpoint.UniqueNameTracker`."""

    def __init__(self) -> None:
        super().__init__()
        self._name_counts: dict[str, int] = {}

    @property
    def _values(self) -> list[Any]:
        return [part.ref for part in self._checkpoint_dependencies]

    def track(self, trackable: Any, base_name: str) -> Any:
        """Keeps a part.

        Args:
          trackable: the part.
          base_name: its name, to which a number is added if there is one of that name.

        Returns:
          The part.

        Raises:
          ValueError: it is not trackable.
        """
        if not isinstance(trackable, Trackable):
            raise ValueError(
                f"Expected a trackable value, got {trackable} which does not inherit from "
                "tf.track.Trackable."
            )
        number = self._name_counts.get(base_name, 0)
        while self._lookup_dependency(_numbered(base_name, number)) is not None:
            number += 1
        self._name_counts[base_name] = number + 1
        self._track_value(trackable, name=_numbered(base_name, number))
        return trackable


def _numbered(name: str, number: int) -> str:
    return f"{name}_{number}" if number else name
