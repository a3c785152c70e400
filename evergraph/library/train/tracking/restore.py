"""What is known of a restore while objects come and are matched with a checkpoint's."""

import weakref
from collections.abc import Iterator
from typing import Any

from evergraph.base.object_identity import ObjectIdentityWeakKeyDictionary, ObjectIdentityWeakSet
from evergraph.base.platform import logging
from evergraph.formats.checkpoint_reader import CheckpointReader
from evergraph.graph.constant import constant
from evergraph.graph.defaults import executing_eagerly
from evergraph.graph.tensor import uid
from evergraph.library.train.saving import saveable_object_util
from evergraph.library.train.saving.functional_saver import MultiDeviceSaver
from evergraph.library.train.tracking.base import _SlotVariableRestoration
from evergraph.library.train.tracking.status import node_names


def _warn_of_unused(proto: Any, matched: set[int], unused: dict[int, list[str]]) -> None:
    """At the end of a restore: what of the checkpoint nobody wanted."""
    names = node_names(proto)
    messages = [
        f"Unresolved object in checkpoint: {names[number]}"
        for number in range(len(proto.nodes))
        if number not in matched
    ]
    messages += [f"Unused attribute in object {names[n]}: {a}" for n, a in unused.items()]
    for message in messages:
        logging.warning(message)
    if messages:
        logging.warning(
            "A checkpoint was restored (e.g. tf.train.Checkpoint.restore or "
            "tf.keras.Model.load_weights) but not all checkpointed values were used. See above for "
            "specific issues. Use expect_partial() on the load status object, e.g. "
            "tf.train.Checkpoint.restore(...).expect_partial(), to silence these warnings, or use "
            "assert_consumed() to make the check explicit. See "
            "https://www.tensorflow.org/alpha/guide/checkpoints#loading_mechanics for details."
        )


class _CheckpointRestoreCoordinator:
    """A restore of an object-based checkpoint.

    Args:
      object_graph_proto: the checkpoint's TrackableObjectGraph.
      save_path: the checkpoint.
      save_path_tensor: the tensor to feed its path to.
      restore_op_cache: nodes of earlier restores by the checkpoint's keys; new ones are added.
      graph_view: the objects of the program.
    """

    def __init__(
        self,
        object_graph_proto: Any,
        save_path: Any,
        save_path_tensor: Any,
        restore_op_cache: dict[str, Any],
        graph_view: Any,
    ) -> None:
        self.object_graph_proto = object_graph_proto
        self.restore_uid = uid()
        # Number of an object → attributes that the program's object does not have.
        self.unused_attributes: dict[int, list[str]] = {}
        # Weak, as objects keep the restores that their parts to come wait for.
        self.object_by_proto_id: weakref.WeakValueDictionary[int, Any] = (
            weakref.WeakValueDictionary()
        )
        self.matched_proto_ids: set[int] = set()
        # Also those that did not match.
        self.all_python_objects = ObjectIdentityWeakSet()
        self.save_path_tensor = save_path_tensor
        self.save_path_string = save_path
        self.restore_ops: list[Any] = []
        self.restore_ops_by_name = {} if executing_eagerly() else restore_op_cache
        self.graph_view = graph_view
        self.new_restore_ops_callback: Any = None
        # Slots of variables that are there, by the number of the optimizer that is not.
        self.deferred_slot_restorations: dict[int, list[Any]] = {}
        # Slots by the number of the variable that is not there.
        self.slot_restorations: dict[int, list[Any]] = {}
        for number, node in enumerate(object_graph_proto.nodes):
            for slot in node.slot_variables:
                waiting = self.slot_restorations.setdefault(slot.original_variable_node_id, [])
                waiting.append(
                    _SlotVariableRestoration(number, slot.slot_variable_node_id, slot.slot_name)
                )
        self._warning = weakref.finalize(
            self,
            _warn_of_unused,
            object_graph_proto,
            self.matched_proto_ids,
            self.unused_attributes,
        )

    @property
    def expect_partial(self) -> bool:
        """Whether nothing is said of what was not used."""
        return not self._warning.alive

    @expect_partial.setter
    def expect_partial(self, value: bool) -> None:
        if value:
            self._warning.detach()

    def new_restore_ops(self, new_ops: list[Any]) -> None:
        """Takes note of nodes that restore."""
        self.restore_ops.extend(new_ops)
        if self.new_restore_ops_callback:
            self.new_restore_ops_callback(new_ops)

    def restore_saveables(self, tensor_saveables: Any, python_saveables: Any) -> list[Any]:
        """Brings back the state of Python objects, and makes the nodes that restore the others.

        Args:
          tensor_saveables: saveables by the checkpoint's keys.
          python_saveables: PythonStateSaveables.
        """
        if python_saveables:
            reader = CheckpointReader(self.save_path_string)
            for saveable in python_saveables:
                saveable.python_restore([reader.get_tensor(spec.name) for spec in saveable.specs])
        if not tensor_saveables:
            return []
        saveables = saveable_object_util.validate_and_slice_inputs(tensor_saveables)
        names = {saveable.name for saveable in saveables}
        if set(tensor_saveables) != names:
            raise AssertionError(
                f"Saveable keys changed when validating. Got back {tensor_saveables.keys()}, was "
                f"expecting {names}"
            )
        ops = MultiDeviceSaver(saveables).restore(self.save_path_tensor)
        self.restore_ops_by_name.update(ops)
        return [op for _, op in sorted(ops.items())]


class _NameBasedRestoreCoordinator:
    """A restore of a checkpoint that has variables by their global names."""

    def __init__(self, save_path: Any) -> None:
        self.save_path = save_path
        # Object → attributes that have no global name.
        self.unused_attributes = ObjectIdentityWeakKeyDictionary()
        self.restore_uid = uid()

    def globally_named_object_attributes(self, trackable: Any) -> Iterator[Any]:
        """The saveables of an object's attributes; takes note of those without a global name."""
        for attribute, factory in trackable._gather_saveables_for_checkpoint().items():
            saveable = factory
            if callable(factory):
                try:
                    saveable = factory()
                except TypeError:  # it needs to be told a name
                    if not factory("").optional_restore:
                        self.unused_attributes.setdefault(trackable, []).append(attribute)
                    continue
            named = saveable_object_util.op_list_to_dict(
                [saveable], convert_variable_to_tensor=False
            )
            for name, op in named.items():
                yield from saveable_object_util.saveable_objects_for_op(op=op, name=name)

    def eager_restore(self, trackable: Any) -> None:
        """Gives an object's attributes the values that have their global names; takes note of those
        that the checkpoint does not have."""
        reader = CheckpointReader(self.save_path)
        for saveable in self.globally_named_object_attributes(trackable):
            names = [spec.name for spec in saveable.specs]
            if all(map(reader.has_tensor, names)):
                saveable.restore([constant(reader.get_tensor(name)) for name in names], None)
            else:
                self.unused_attributes.setdefault(trackable, []).append(saveable.name)
