"""Trackable: an object that knows its parts by name, so that checkpoints can follow the names.

What a restore does to an object is decided by `library/train/tracking`; here stands what every
variable, layer and optimizer has in common: its parts, and restores that wait for parts to come.
"""

import contextlib
import functools
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from evergraph.base.decorator import make_decorator

OBJECT_GRAPH_PROTO_KEY = "_CHECKPOINTABLE_OBJECT_GRAPH"
"""Where a checkpoint of `tf.train.Checkpoint` keeps what belongs to what."""

VARIABLE_VALUE_KEY = "VARIABLE_VALUE"
"""The attribute under which a variable's value is saved."""


class TrackableReference(NamedTuple):
    """A part of an object and the name by which the object knows it."""

    name: str
    ref: Any


def no_automatic_dependency_tracking(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method in which assigned attributes do not become parts."""

    @functools.wraps(method)
    def untracked(self: Any, *args: Any, **kwargs: Any) -> Any:
        with no_automatic_dependency_tracking_scope(self):
            return method(self, *args, **kwargs)

    return make_decorator(method, untracked)


@contextlib.contextmanager
def no_automatic_dependency_tracking_scope(obj: Any) -> Iterator[None]:
    """In the block, attributes assigned to `obj` do not become its parts."""
    before = getattr(obj, "_self_setattr_tracking", True)
    obj._self_setattr_tracking = False
    try:
        yield
    finally:
        obj._self_setattr_tracking = before


class Trackable:
    """An object that keeps its parts by name.

    Derived classes may do without a call of the constructor: there is none.
    """

    def _maybe_initialize_trackable(self) -> None:
        state = self.__dict__
        if "_self_unconditional_checkpoint_dependencies" in state:
            return
        # Not by assignment, which derived classes take for the assignment of parts.
        state["_self_unconditional_checkpoint_dependencies"] = []
        state["_self_unconditional_dependency_names"] = {}
        state["_self_unconditional_deferred_dependencies"] = {}
        state["_self_update_uid"] = -1
        state["_self_name_based_restores"] = set()

    @property
    def _setattr_tracking(self) -> bool:
        """Whether attributes that are assigned become parts."""
        return self.__dict__.get("_self_setattr_tracking", True)

    @_setattr_tracking.setter
    def _setattr_tracking(self, value: bool) -> None:
        self.__dict__["_self_setattr_tracking"] = value

    @property
    def _update_uid(self) -> int:
        """The number of the newest restore that gave the object its values; -1 for none."""
        self._maybe_initialize_trackable()
        return self.__dict__["_self_update_uid"]

    @_update_uid.setter
    def _update_uid(self, value: int) -> None:
        self._maybe_initialize_trackable()
        self.__dict__["_self_update_uid"] = value

    @property
    def _name_based_restores(self) -> set[Any]:
        """Restores by global names that parts to come wait for, in eager execution."""
        self._maybe_initialize_trackable()
        return self.__dict__["_self_name_based_restores"]

    def _name_based_attribute_restore(self, checkpoint: Any) -> None:
        """Restores this object's own values by global names, unless a newer restore did so."""
        self._name_based_restores.add(checkpoint)
        if self._update_uid < checkpoint.restore_uid:
            checkpoint.eager_restore(self)
            self._update_uid = checkpoint.restore_uid

    @property
    def _unconditional_checkpoint_dependencies(self) -> list[TrackableReference]:
        self._maybe_initialize_trackable()
        return self.__dict__["_self_unconditional_checkpoint_dependencies"]

    @property
    def _unconditional_dependency_names(self) -> dict[str, Any]:
        self._maybe_initialize_trackable()
        return self.__dict__["_self_unconditional_dependency_names"]

    @property
    def _checkpoint_dependencies(self) -> list[TrackableReference]:
        """The parts, in the order in which they came."""
        return self._unconditional_checkpoint_dependencies

    @property
    def _deferred_dependencies(self) -> dict[str, list[Any]]:
        """Positions in checkpoints by the name of the part that they wait for."""
        self._maybe_initialize_trackable()
        return self.__dict__["_self_unconditional_deferred_dependencies"]

    @property
    def _object_identifier(self) -> str:
        """What kind of object a SavedModel says it is."""
        return "_generic_user_object"

    @property
    def _tracking_metadata(self) -> str:
        """What a SavedModel keeps about it."""
        return ""

    def _no_dependency(self, value: Any) -> Any:
        """The value as one that does not become a part."""
        return value

    def _lookup_dependency(self, name: str) -> Any:
        """The part of that name, or None."""
        return self._unconditional_dependency_names.get(name)

    def _track_trackable(self, trackable: Any, name: str, overwrite: bool = False) -> Any:
        """Keeps a part under a name, and gives it what restores have for it.

        Args:
          trackable: the part.
          name: its name.
          overwrite: whether it may take the place of another one.

        Returns:
          The part.

        Raises:
          TypeError: it is no Trackable.
          ValueError: there is another part of that name.
        """
        if not isinstance(trackable, Trackable):
            raise TypeError(
                f"Trackable._track_trackable() passed type {type(trackable)}, not a Trackable."
            )
        parts = self._unconditional_checkpoint_dependencies
        reference = TrackableReference(name, trackable)
        current = self._lookup_dependency(name)
        if current is None:
            parts.append(reference)
            self._handle_deferred_dependencies(name=name, trackable=trackable)
        elif current is not trackable:
            if not overwrite:
                raise ValueError(
                    f"Called Trackable._track_trackable() with name='{name}', but a Trackable with "
                    "this name is already declared as a dependency. Names must be unique (or "
                    "overwrite=True)."
                )
            parts[:] = [reference if part.name == name else part for part in parts]
        self._unconditional_dependency_names[name] = trackable
        return trackable

    def _add_variable_with_custom_getter(
        self,
        name: str,
        shape: Any = None,
        dtype: Any = None,
        initializer: Any = None,
        getter: Callable[..., Any] | None = None,
        overwrite: bool = False,
        **kwargs_for_getter: Any,
    ) -> Any:
        """The variable that `getter` makes, as a part.

        With `overwrite` the getter may also give something that is no Trackable.
        """
        assert getter is not None
        variable = getter(
            name=name, shape=shape, dtype=dtype, initializer=initializer, **kwargs_for_getter
        )
        if overwrite and not isinstance(variable, Trackable):
            return variable
        return self._track_trackable(variable, name=name, overwrite=overwrite)

    def _handle_deferred_dependencies(self, name: str, trackable: Any) -> None:
        """Gives a new part what restores had for its name, the newest restore first."""
        waiting = self._deferred_dependencies.pop(name, [])
        for position in sorted(waiting, key=lambda p: p.restore_uid, reverse=True):
            position.restore(trackable)
        for restore in sorted(self._name_based_restores, key=lambda r: r.restore_uid, reverse=True):
            trackable._name_based_attribute_restore(restore)

    def _restore_from_checkpoint_position(self, checkpoint_position: Any) -> list[Any]:
        """Restores this object and its parts, the nearest first; the nodes that do so."""
        checkpoint = checkpoint_position.checkpoint
        queue = deque([checkpoint_position])
        restore_ops: list[Any] = []
        tensors: dict[str, Any] = {}
        python_states: list[Any] = []
        while queue:
            position = queue.popleft()
            ops, new_tensors, states = (
                position.trackable._single_restoration_from_checkpoint_position(position, queue)
            )
            restore_ops.extend(ops)
            tensors.update(new_tensors)
            python_states.extend(states)
        restore_ops.extend(checkpoint.restore_saveables(tensors, python_states))
        return restore_ops

    def _single_restoration_from_checkpoint_position(
        self, checkpoint_position: Any, visit_queue: deque[Any]
    ) -> tuple[list[Any], dict[str, Any], list[Any]]:
        """What restores this object alone; its parts go to the queue, or wait."""
        found: tuple[list[Any], dict[str, Any], list[Any]] = ([], {}, [])
        # A newer restore is not undone; the parts may still need the older one.
        if checkpoint_position.restore_uid > self._update_uid:
            found = checkpoint_position.gather_ops_or_named_saveables()
            self._update_uid = checkpoint_position.restore_uid
        for child in checkpoint_position.object_proto.children:
            position = checkpoint_position.at(child.node_id)
            part = self._lookup_dependency(child.local_name)
            if part is None:
                self._deferred_dependencies.setdefault(child.local_name, []).append(position)
            elif position.bind_object(part):
                visit_queue.append(position)
        return found

    def _gather_saveables_for_checkpoint(self) -> dict[str, Any]:
        """What of the object itself to save, by the names of attributes.

        Values are functions of a name that give SaveableObjects, or variables. A function whose
        name has a default also serves savers that go by global names.
        """
        return {}

    def _list_extra_dependencies_for_serialization(
        self, serialization_cache: Any
    ) -> dict[str, Any]:
        """More parts that a SavedModel keeps."""
        return {}

    def _list_functions_for_serialization(self, serialization_cache: Any) -> dict[str, Any]:
        """The functions that a SavedModel keeps, by name."""
        return {}
