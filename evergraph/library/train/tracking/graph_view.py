"""The objects that hang on one object, as a TrackableObjectGraph and as what to save of them."""

import contextlib
import weakref
from collections import deque
from typing import Any

from evergraph.base import dtypes
from evergraph.base.object_identity import ObjectIdentityDictionary
from evergraph.base.trackable import OBJECT_GRAPH_PROTO_KEY
from evergraph.graph.constant import constant
from evergraph.graph.defaults import device
from evergraph.library.train.saving import saveable_object_util
from evergraph.library.train.saving.saveable_object import SaveableObject
from evergraph.library.train.tracking.base import NoRestoreSaveable, PythonStateSaveable
from evergraph.library.train.tracking.tracking import NotTrackable
from evergraph.proto.protobuf.trackable_object_graph_pb2 import TrackableObjectGraph

_SlotReference = TrackableObjectGraph.TrackableObject.SlotVariableReference

# A dot cannot be in a name that was escaped, so these cannot be names of parts.
_SLOTS = ".OPTIMIZER_SLOT"
_ATTRIBUTES = ".ATTRIBUTES"


def _escaped(name: str) -> str:
    """A part's name as it stands in keys: "." doubled, "/" as ".S"."""
    return name.replace(".", "..").replace("/", ".S")


class ObjectGraphView:
    """What hangs on `root`, nearest first.

    Args:
      root: the object, or a weak reference to it.
      saveables_cache: a dict, by object and then attribute, of saveables whose nodes were made;
        None: nodes are made anew each time.
    """

    def __init__(self, root: Any, saveables_cache: Any = None) -> None:
        self._root_ref = root
        self.saveables_cache = saveables_cache

    @property
    def root(self) -> Any:
        """The object that the others hang on."""
        if not isinstance(self._root_ref, weakref.ref):
            return self._root_ref
        root = self._root_ref()
        assert root is not None
        return root

    def list_dependencies(self, obj: Any) -> Any:
        """The parts of an object."""
        obj._maybe_initialize_trackable()
        return obj._checkpoint_dependencies

    def list_objects(self) -> list[Any]:
        """All objects, slots of optimizers last."""
        return self.objects_ids_and_slot_variables()[0]

    def objects_ids_and_slot_variables(self) -> tuple[list[Any], Any, Any]:
        """All objects, their numbers, and the slots of each optimizer as messages."""
        objects, names = self._breadth_first_traversal()
        ids = _numbers(objects)
        slots = _serialize_slot_variables(objects, ids, names)
        return objects, ids, slots

    def serialize_object_graph(self) -> tuple[list[SaveableObject], Any, Any]:
        """What to save, the TrackableObjectGraph, and what to feed: values by tensors.

        What to feed is None without a cache; the state of Python objects is then as it is now.

        Raises:
          NotImplementedError: an object cannot be saved.
        """
        return self._serialize_gathered_objects()

    def frozen_saveable_objects(
        self, object_map: Any = None, to_graph: Any = None
    ) -> list[SaveableObject]:
        """What to save, with the TrackableObjectGraph, so that nothing is to be fed.

        Args:
          object_map: other objects to save in place of some.
          to_graph: the graph of new nodes; default: the default graph.
        """
        saveables, proto, _ = self._serialize_gathered_objects(object_map, to_graph)
        with to_graph.as_default() if to_graph else contextlib.nullcontext(), device("/cpu:0"):
            content = constant(proto.SerializeToString(), dtype=dtypes.string)
        return [*saveables, NoRestoreSaveable(content, OBJECT_GRAPH_PROTO_KEY)]

    def _breadth_first_traversal(self) -> tuple[list[Any], Any]:
        """The objects, and the path of names to each as it stands in keys."""
        names = ObjectIdentityDictionary()
        names[self.root] = ""
        objects: list[Any] = []
        queue = deque([self.root])
        while queue:
            obj = queue.popleft()
            if isinstance(obj, NotTrackable):
                raise NotImplementedError(
                    f"The object {obj} does not support object-based saving. File a feature "
                    "request if this limitation bothers you. In the meantime, you can remove the "
                    "dependency on this object and save everything else."
                )
            objects.append(obj)
            prefix = f"{names[obj]}/" if obj is not self.root else ""
            for name, part in self.list_dependencies(obj):
                if part not in names:
                    names[part] = prefix + _escaped(name)
                    queue.append(part)
        return objects, names

    def _serialize_gathered_objects(
        self, object_map: Any = None, to_graph: Any = None
    ) -> tuple[list[SaveableObject], Any, Any]:
        # Outside of `to_graph`: the slots of optimizers are those of the graph around.
        objects, names = self._breadth_first_traversal()
        ids = _numbers(objects)
        slots = _serialize_slot_variables(objects, ids, names)
        proto = TrackableObjectGraph()
        for obj in objects:
            node = proto.nodes.add()
            node.slot_variables.extend(slots.get(obj, ()))
            for child in self.list_dependencies(obj):
                node.children.add(node_id=ids[child.ref], local_name=child.name)
        saveables: list[SaveableObject] = []
        feeds: dict[Any, Any] | None = None if self.saveables_cache is None else {}
        with to_graph.as_default() if to_graph else contextlib.nullcontext():
            for obj, node in zip(objects, proto.nodes, strict=True):
                source = obj if object_map is None else object_map.get(obj, obj)
                self._add_attributes(obj, source, node, names[obj], saveables, feeds)
        return saveables, proto, feeds

    def _add_attributes(
        self, obj: Any, source: Any, node: Any, name: str, saveables: list[Any], feeds: Any
    ) -> None:
        """Adds the attributes of `source` to `node`, to what is saved and to what is fed."""
        known: dict[str, Any] = {}
        if self.saveables_cache is not None:
            known = self.saveables_cache.setdefault(source, {})
        for attribute_name, factory in source._gather_saveables_for_checkpoint().items():
            attribute = node.attributes.add()
            attribute.name = attribute_name
            key = f"{name}/{_ATTRIBUTES}/{_escaped(attribute_name)}"
            attribute.checkpoint_key = key
            found = known.get(attribute_name)
            if not found or any(key not in saveable.name for saveable in found):
                found = known[attribute_name] = _saveables(obj, factory, attribute_name, key)
            attribute.optional_restore = all(saveable.optional_restore for saveable in found)
            for saveable in found:
                if hasattr(saveable, "full_name"):
                    attribute.full_name = saveable.full_name
                if isinstance(saveable, PythonStateSaveable):
                    if feeds is None:
                        saveable = saveable.freeze()
                    else:
                        _add_feeds(feeds, saveable, obj)
                saveables.append(saveable)


def _numbers(objects: list[Any]) -> Any:
    ids = ObjectIdentityDictionary()
    for number, obj in enumerate(objects):
        ids[obj] = number
    return ids


def _saveables(obj: Any, factory: Any, attribute: str, key: str) -> tuple[SaveableObject, ...]:
    """The saveables of an attribute: several for the parts of a variable."""
    made = factory(name=key) if callable(factory) else factory
    if isinstance(made, SaveableObject):
        saveables: tuple[SaveableObject, ...] = (made,)
    else:
        named = saveable_object_util.op_list_to_dict([made], convert_variable_to_tensor=False)
        (full_name,) = named
        saveables = tuple(saveable_object_util.saveable_objects_for_op(made, key))
        for saveable in saveables:
            saveable.full_name = full_name  # type: ignore[attr-defined]
    for saveable in saveables:
        if key not in saveable.name:
            raise AssertionError(
                f"The object {obj} produced a SaveableObject with name '{attribute}' for attribute "
                f"'{saveable.name}'. Expected a name containing '{key}'."
            )
    return saveables


def _add_feeds(feeds: dict[Any, Any], saveable: PythonStateSaveable, obj: Any) -> None:
    for tensor, value in saveable.feed_dict_additions().items():
        if tensor in feeds:
            raise AssertionError(
                f"The object {obj} tried to feed a value for the Tensor {tensor} when saving, but "
                "another object is already feeding a value."
            )
        feeds[tensor] = value


def _serialize_slot_variables(objects: list[Any], ids: Any, names: Any) -> Any:
    """Adds the slots of optimizers to the objects, numbers and names.

    Returns:
      The slots as messages, by optimizer.

    Raises:
      NotImplementedError: a slot has parts, or is a part.
    """
    others = list(objects)
    found = ObjectIdentityDictionary()
    for optimizer in others:
        if not hasattr(optimizer, "_create_or_restore_slot_variable"):
            continue
        for slot_name in optimizer.get_slot_names():
            for variable_id, variable in enumerate(others):
                slot = _slot(optimizer, variable, slot_name)
                if slot is None:
                    continue
                _check_slot(slot, ids)
                names[slot] = "/".join(
                    (names[variable], _SLOTS, names[optimizer], _escaped(slot_name))
                )
                ids[slot] = len(objects)
                reference = _SlotReference(
                    slot_name=slot_name,
                    original_variable_node_id=variable_id,
                    slot_variable_node_id=len(objects),
                )
                found.setdefault(optimizer, []).append(reference)
                objects.append(slot)
    return found


def _slot(optimizer: Any, variable: Any, slot_name: str) -> Any:
    try:
        return optimizer.get_slot(variable, slot_name)
    except (AttributeError, KeyError):  # not a variable
        return None


def _check_slot(slot: Any, ids: Any) -> None:
    if slot._checkpoint_dependencies:
        raise NotImplementedError(
            "Currently only variables with no dependencies can be saved as slot variables. File a "
            "feature request if this limitation bothers you."
        )
    if slot in ids:
        raise NotImplementedError(
            "A slot variable was re-used as a dependency of a Trackable object. This is not "
            "currently allowed. File a feature request if this limitation bothers you."
        )
