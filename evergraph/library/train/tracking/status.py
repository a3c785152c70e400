"""What `Checkpoint.restore` returns: runs the nodes that restore, and says what did not match."""

import abc
from collections import deque
from collections.abc import Callable
from typing import Any, NoReturn, Self

from evergraph.base.deprecation import deprecated
from evergraph.base.object_identity import ObjectIdentitySet
from evergraph.engine.session import Session
from evergraph.graph.defaults import device, executing_eagerly
from evergraph.graph.graph import get_default_graph
from evergraph.graph.scopes import get_default_session
from evergraph.library.train.saver import Saver
from evergraph.library.train.tracking.data_structures import TrackableDataStructure


class _OwnSession:
    """The session that serves where a program has none by default."""

    current: Any = None
    provider: Callable[[], Any] | None = None


def set_session_provider(provider: Callable[[], Any]) -> None:
    """Says where the session is from where there is no default one: Keras has one of its own."""
    _OwnSession.provider = staticmethod(provider)


def get_session() -> Any:
    """The default session; where there is none, one that is kept for the default graph."""
    session = get_default_session()
    if session is not None:
        return session
    if _OwnSession.provider is not None:
        return _OwnSession.provider()
    graph = get_default_graph()
    if _OwnSession.current is None or _OwnSession.current.graph is not graph:
        _OwnSession.current = Session(graph=graph)
    return _OwnSession.current


def node_names(object_graph_proto: Any) -> dict[int, str]:
    """The objects of a checkpoint by their numbers, as "(root).layer.kernel"."""
    nodes = object_graph_proto.nodes
    names = {0: "(root)"}
    queue = deque([0])
    while queue:
        number = queue.popleft()
        for child in nodes[number].children:
            if child.node_id not in names:
                names[child.node_id] = f"{names[number]}.{child.local_name}"
                queue.append(child.node_id)
    for number, node in enumerate(nodes):
        for slot in node.slot_variables:
            names[slot.slot_variable_node_id] = (
                f"{names[number]}'s state '{slot.slot_name}' for "
                f"{names[slot.original_variable_node_id]}"
            )
    return names


class _LoadStatus(abc.ABC):
    """What all of these can do."""

    @abc.abstractmethod
    def assert_consumed(self) -> Self:
        """Raises AssertionError unless all objects of program and checkpoint were matched."""

    @abc.abstractmethod
    def assert_existing_objects_matched(self) -> Self:
        """Raises AssertionError unless all objects of the program were matched."""

    @abc.abstractmethod
    def assert_nontrivial_match(self) -> Self:
        """Raises AssertionError unless something beside the root was matched."""

    @abc.abstractmethod
    def run_restore_ops(self, session: Any = None) -> None:
        """Restores values.

        Args:
          session: default: the default session.
        """

    @abc.abstractmethod
    def initialize_or_restore(self, session: Any = None) -> None:
        """Restores values, and initializes the variables that the checkpoint does not have."""

    def expect_partial(self) -> Self:
        """No warnings of values in the checkpoint that were not used."""
        return self


class CheckpointLoadStatus(_LoadStatus):
    """Of a checkpoint that `tf.train.Checkpoint` wrote."""

    def __init__(self, checkpoint: Any, feed_dict: Any, graph_view: Any) -> None:
        self._checkpoint = checkpoint
        self._feed_dict = feed_dict
        self._graph_view = graph_view
        self._root = graph_view.root

    def assert_consumed(self) -> Self:
        checkpoint = self._checkpoint
        self.assert_existing_objects_matched()
        names = node_names(checkpoint.object_graph_proto)
        for number, node in enumerate(checkpoint.object_graph_proto.nodes):
            if checkpoint.object_by_proto_id.get(number) is None:
                raise AssertionError(f"Unresolved object in checkpoint {names[number]}: {node}")
        if checkpoint.slot_restorations:
            raise AssertionError(f"Unresolved slot restorations: {checkpoint.slot_restorations}")
        if checkpoint.unused_attributes:
            unused = "\n".join(
                f"{names[number]} ({checkpoint.object_by_proto_id[number]}): {attributes}"
                for number, attributes in checkpoint.unused_attributes.items()
            )
            raise AssertionError(
                "Unused attributes in these objects (the attributes exist in the checkpoint but "
                f"were not restored):\n{unused}"
            )
        return self

    def assert_existing_objects_matched(self) -> Self:
        checkpoint = self._checkpoint
        for number, node in enumerate(checkpoint.object_graph_proto.nodes):
            obj = checkpoint.object_by_proto_id.get(number)
            if obj is not None and obj._update_uid < checkpoint.restore_uid:
                raise AssertionError(f"Object not assigned a value from checkpoint: {node}")
        for obj in self._graph_view.list_objects():
            # An empty list or dict may have come since.
            if not isinstance(obj, TrackableDataStructure) or obj._checkpoint_dependencies:
                checkpoint.all_python_objects.add(obj)
        unmatched = self._unmatched()
        if unmatched:
            raise AssertionError(
                "Some Python objects were not bound to checkpointed values, likely due to changes "
                f"in the Python program: {list(unmatched)}"
            )
        return self

    def assert_nontrivial_match(self) -> Self:
        checkpoint = self._checkpoint
        for obj in self._graph_view.list_objects():
            checkpoint.all_python_objects.add(obj)
        if len(checkpoint.object_by_proto_id) > 1:
            return self
        unmatched = self._unmatched()
        if not unmatched:
            raise AssertionError(
                f"Nothing to load. No dependencies have been added to {self._root} yet."
            )
        raise AssertionError(
            "Nothing except the root object matched a checkpointed value. Typically this means "
            "that the checkpoint does not match the Python program. The following objects have no "
            f"matching checkpointed value: {list(unmatched)}"
        )

    def _unmatched(self) -> Any:
        checkpoint = self._checkpoint
        return ObjectIdentitySet(checkpoint.all_python_objects) - self._matched()

    def _matched(self) -> ObjectIdentitySet:
        return ObjectIdentitySet(self._checkpoint.object_by_proto_id.values())

    def run_restore_ops(self, session: Any = None) -> None:
        if executing_eagerly():
            return  # they have run
        session = session or get_session()
        session.run(self._checkpoint.restore_ops, feed_dict=self._feed_dict)

    def initialize_or_restore(self, session: Any = None) -> None:
        if executing_eagerly():
            return  # variables have their values
        session = session or get_session()
        uid = self._checkpoint.restore_uid
        matched = self._matched()
        initializers = [
            obj.initializer
            for obj in self._graph_view.list_objects()
            if hasattr(obj, "initializer") and obj not in matched and obj._update_uid < uid
        ]
        self.run_restore_ops(session)
        session.run(initializers)

    def expect_partial(self) -> Self:
        self._checkpoint.expect_partial = True
        return self


class InitializationOnlyStatus(_LoadStatus):
    """Of no checkpoint."""

    def __init__(self, graph_view: Any, restore_uid: int) -> None:
        self._restore_uid = restore_uid
        self._graph_view = graph_view
        self._root = graph_view.root

    def _refused(self) -> NoReturn:
        raise AssertionError("No checkpoint specified (save_path=None); nothing is being restored.")

    def assert_consumed(self) -> Self:
        self._refused()

    def assert_existing_objects_matched(self) -> Self:
        self._refused()

    def assert_nontrivial_match(self) -> Self:
        self._refused()

    def run_restore_ops(self, session: Any = None) -> None:
        raise AssertionError(
            "No checkpoint specified, so no restore ops are available (save_path=None to "
            "Saver.restore)."
        )

    def initialize_or_restore(self, session: Any = None) -> None:
        if executing_eagerly():
            return  # variables have their values
        session = session or get_session()
        initializers = [
            obj.initializer
            for obj in self._graph_view.list_objects()
            if getattr(obj, "initializer", None) is not None and obj._update_uid < self._restore_uid
        ]
        session.run(initializers)


class NameBasedSaverStatus(_LoadStatus):
    """Of a checkpoint that a Saver wrote, with variables by their global names."""

    @deprecated(
        date=None,
        instructions="Restoring a name-based tf.train.Saver checkpoint using the object-based "
        "restore API. This mode uses global names to match variables, and so is somewhat fragile. "
        "It also adds new restore ops to the graph each time it is called when graph building. "
        "Prefer re-encoding training checkpoints in the object-based format: run save() on the "
        "object-based saver (the same one this message is coming from) and use that checkpoint in "
        "the future.",
    )
    def __init__(self, checkpoint: Any, graph_view: Any) -> None:
        self._checkpoint = checkpoint
        self._graph_view = graph_view
        self._root = graph_view.root

    def assert_consumed(self) -> Self:
        unused = self._checkpoint.unused_attributes
        if unused:
            lines = "".join(f"\n    {obj}: {names}" for obj, names in unused.items())
            raise AssertionError(f"Some objects had attributes which were not restored:{lines}")
        for obj in self._graph_view.list_objects():
            if obj._update_uid < self._checkpoint.restore_uid:
                raise AssertionError(f"Object not restored: {obj}")
        return self

    def assert_existing_objects_matched(self) -> Self:
        return self.assert_consumed()

    def assert_nontrivial_match(self) -> Self:
        return self.assert_consumed()

    def _gather_saveable_objects(self) -> list[Any]:
        saveables: list[Any] = []
        for obj in self._graph_view.list_objects():
            if obj._update_uid < self._checkpoint.restore_uid:
                obj._update_uid = self._checkpoint.restore_uid
                saveables.extend(self._checkpoint.globally_named_object_attributes(obj))
        return saveables

    def run_restore_ops(self, session: Any = None) -> None:
        if executing_eagerly():
            return  # objects have their values, or get them when they are made
        session = session or get_session()
        with device("/cpu:0"):
            saver = Saver(self._gather_saveable_objects())
            saver.restore(sess=session, save_path=self._checkpoint.save_path)

    def initialize_or_restore(self, session: Any = None) -> None:
        self.run_restore_ops(session)


def streaming_restore(status: Any, session: Any = None) -> None:
    """Restores values now, and those of objects that come later as soon as they come.

    Raises NotImplementedError for a checkpoint with variables by their global names.
    """
    if executing_eagerly():
        return
    session = session or get_session()
    if isinstance(status, NameBasedSaverStatus):
        raise NotImplementedError(
            "Streaming restore not supported from name-based checkpoints when graph building. File "
            "a feature request if this limitation bothers you. As a workaround, consider either "
            "using tf.train.Checkpoint to load name-based checkpoints or enabling eager execution."
        )
    status.run_restore_ops(session=session)
    checkpoint, feed_dict = status._checkpoint, status._feed_dict
    checkpoint.new_restore_ops_callback = lambda ops: session.run(ops, feed_dict=feed_dict)
