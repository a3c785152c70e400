"""Positions in a checkpoint while it is restored, and what saves the state of Python objects."""

import abc
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from evergraph.api import control_flow_ops
from evergraph.base import dtypes
from evergraph.base.platform import logging
from evergraph.base.trackable import (
    VARIABLE_VALUE_KEY,
    Trackable,
    TrackableReference,
    no_automatic_dependency_tracking,
    no_automatic_dependency_tracking_scope,
)
from evergraph.graph.constant import constant
from evergraph.graph.defaults import device, init_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.train.saving.saveable_object import SaveableObject, SaveSpec

__all__ = [
    "CheckpointPosition",
    "NoRestoreSaveable",
    "PythonStateSaveable",
    "PythonStringStateSaveable",
    "Trackable",
    "TrackableReference",
    "no_automatic_dependency_tracking",
    "no_automatic_dependency_tracking_scope",
]


class NoRestoreSaveable(SaveableObject):
    """A tensor that is written to checkpoints and not read back.

    `tensor` may be a function that makes it; then `dtype` and `device` are needed.
    """

    def __init__(self, tensor: Any, name: str, dtype: Any = None, device: Any = None) -> None:
        spec = SaveSpec(tensor, "", name, dtype=dtype, device=device)
        super().__init__(tensor, [spec], name)

    def restore(self, restored_tensors: Any, restored_shapes: Any) -> Any:
        return control_flow_ops.no_op()


class PythonStateSaveable(SaveableObject, abc.ABC):
    """State of Python objects, asked for whenever a checkpoint is written."""

    @abc.abstractmethod
    def feed_dict_additions(self) -> dict[Tensor, Any]:
        """What to feed so that the state is written as it is now."""

    @abc.abstractmethod
    def freeze(self) -> SaveableObject:
        """A saveable of the state as it is when its nodes are made."""

    @abc.abstractmethod
    def python_restore(self, restored_values: Sequence[Any]) -> None:
        """Brings back the state that a checkpoint has."""


class PythonStringStateSaveable(PythonStateSaveable):
    """State that functions turn into a string and back.

    Args:
      name: the name to save under.
      state_callback: gives the state, whenever a checkpoint is written.
      restore_callback: takes the state of a checkpoint; default: nothing does, and then a
        checkpoint may do without it.
    """

    def __init__(
        self,
        name: str,
        state_callback: Callable[[], Any],
        restore_callback: Callable[[Any], None] | None = None,
    ) -> None:
        self._state_callback = state_callback
        self._restore_callback = restore_callback
        with device("/cpu:0"):
            self._save_string = constant("", dtype=dtypes.string)
        spec = SaveSpec(self._save_string, "", name, dtype=dtypes.string)
        super().__init__(self._save_string, [spec], name)

    def _state(self) -> Any:
        with init_scope():
            return self._state_callback()

    @property
    def optional_restore(self) -> bool:
        return self._restore_callback is None

    def feed_dict_additions(self) -> dict[Tensor, Any]:
        return {self._save_string: self._state()}

    def freeze(self) -> SaveableObject:
        return NoRestoreSaveable(
            lambda: constant(self._state(), dtype=dtypes.string),
            dtype=dtypes.string,
            name=self.name,
            device="cpu:0",
        )

    def python_restore(self, restored_values: Sequence[Any]) -> None:
        if self._restore_callback:
            (value,) = restored_values
            self._restore_callback(value)

    def restore(self, restored_tensors: Any, restored_shapes: Any) -> Any:
        return control_flow_ops.no_op()


class _SlotVariableRestoration(NamedTuple):
    """A slot that waits for its variable: who it belongs to, by numbers of the checkpoint."""

    optimizer_id: int
    slot_variable_id: int
    slot_name: str


class _DeferredSlotVariableRestoration(NamedTuple):
    """A slot whose variable is there, and which waits for its optimizer."""

    original_variable: Any
    slot_variable_id: int
    slot_name: str


class CheckpointPosition:
    """An object of a checkpoint.

    Args:
      checkpoint: the restore, a `_CheckpointRestoreCoordinator`.
      proto_id: the object's number in the TrackableObjectGraph.
    """

    def __init__(self, checkpoint: Any, proto_id: int) -> None:
        self.checkpoint = checkpoint
        self._proto_id = proto_id

    def __repr__(self) -> str:
        return repr(self.object_proto)

    @property
    def trackable(self) -> Any:
        """The object of the program that was found for it."""
        return self.checkpoint.object_by_proto_id[self._proto_id]

    @property
    def object_proto(self) -> Any:
        """What the checkpoint says of the object."""
        return self.checkpoint.object_graph_proto.nodes[self._proto_id]

    @property
    def restore_uid(self) -> int:
        """The number of the restore: a later one has a higher one."""
        return self.checkpoint.restore_uid

    def at(self, proto_id: int) -> "CheckpointPosition":
        """Another object of the same checkpoint."""
        return CheckpointPosition(self.checkpoint, proto_id)

    def is_simple_variable(self) -> bool:
        """Whether it is a value and nothing else."""
        attributes = self.object_proto.attributes
        return (
            len(attributes) == 1
            and attributes[0].name == VARIABLE_VALUE_KEY
            and not self.object_proto.children
        )

    def restore(self, trackable: Any) -> None:
        """Gives `trackable` what the checkpoint has for this object and its parts."""
        with init_scope():
            if self.bind_object(trackable):
                ops = trackable._restore_from_checkpoint_position(self)
                if ops:
                    self.checkpoint.new_restore_ops(ops)

    def bind_object(self, trackable: Any) -> bool:
        """Says that this object is `trackable`; restores slots that waited for it.

        Returns:
          Whether it was not known before. Where another object was found for it already, that one
          stays, with a warning.
        """
        checkpoint = self.checkpoint
        checkpoint.all_python_objects.add(trackable)
        checkpoint.matched_proto_ids.add(self._proto_id)
        current = checkpoint.object_by_proto_id.get(self._proto_id)
        if current is None:
            checkpoint.object_by_proto_id[self._proto_id] = trackable
            self._restore_slots(trackable)
            return True
        if current is not trackable:
            logging.warning(
                "Inconsistent references when loading the checkpoint into this object graph. "
                "Either the Trackable object references in the Python program have changed in an "
                "incompatible way, or the checkpoint was generated in an incompatible program.\n\n"
                "Two checkpoint references resolved to different objects (%s and %s).",
                current,
                trackable,
            )
        return False

    def _restore_slots(self, trackable: Any) -> None:
        checkpoint = self.checkpoint
        # As an optimizer: slots of variables that came before it.
        for waiting in checkpoint.deferred_slot_restorations.pop(self._proto_id, ()):
            trackable._create_or_restore_slot_variable(
                slot_variable_position=self.at(waiting.slot_variable_id),
                variable=waiting.original_variable,
                slot_name=waiting.slot_name,
            )
        # As a variable: its slots of the optimizers that are there already.
        for slot in checkpoint.slot_restorations.pop(self._proto_id, ()):
            optimizer = checkpoint.object_by_proto_id.get(slot.optimizer_id)
            if optimizer is None:
                checkpoint.deferred_slot_restorations.setdefault(slot.optimizer_id, []).append(
                    _DeferredSlotVariableRestoration(
                        trackable, slot.slot_variable_id, slot.slot_name
                    )
                )
            else:
                optimizer._create_or_restore_slot_variable(
                    slot_variable_position=self.at(slot.slot_variable_id),
                    variable=trackable,
                    slot_name=slot.slot_name,
                )

    def gather_ops_or_named_saveables(
        self,
    ) -> tuple[list[Any], dict[str, SaveableObject], list[PythonStateSaveable]]:
        """What restores the attributes of the object.

        Returns:
          The nodes of earlier restores that do it; saveables, by the checkpoint's keys, that are to
          make new nodes; and saveables of the state of Python objects.
        """
        factories = self.trackable._gather_saveables_for_checkpoint()
        ops: list[Any] = []
        tensors: dict[str, SaveableObject] = {}
        python_states: list[PythonStateSaveable] = []
        for attribute in self.object_proto.attributes:
            key = attribute.checkpoint_key
            known = self.checkpoint.restore_ops_by_name.get(key)
            if known is not None:
                ops.append(known)
                continue
            saveable = self._cached(attribute)
            if saveable is None and attribute.name not in factories:
                if not attribute.optional_restore:
                    unused = self.checkpoint.unused_attributes
                    unused.setdefault(self._proto_id, []).append(attribute.name)
                continue
            if saveable is None:
                factory = factories[attribute.name]
                saveable = factory(name=key) if callable(factory) else factory
                cache = self.checkpoint.graph_view.saveables_cache
                if cache is not None:
                    cache.setdefault(self.trackable, {})[attribute.name] = [saveable]
            if isinstance(saveable, PythonStateSaveable):
                python_states.append(saveable)
            else:
                tensors[key] = saveable
        return ops, tensors, python_states

    def _cached(self, attribute: Any) -> Any:
        """The saveable that an earlier save or restore made, None if it was of another name."""
        cache = self.checkpoint.graph_view.saveables_cache
        if cache is None or self.trackable not in cache:
            return None
        saveables = cache[self.trackable].get(attribute.name, ())
        if len(saveables) != 1:  # none, or the parts of a variable
            return None
        (saveable,) = saveables
        if attribute.checkpoint_key not in saveable.name:
            del cache[self.trackable]
            return None
        return saveable
