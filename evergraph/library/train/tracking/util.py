"""tf.train.Checkpoint: checkpoints by what belongs to what, and not by global names."""

import os.path
import weakref
from typing import Any

from evergraph.api import array_ops, variable_scope
from evergraph.api.init_ops import Initializer
from evergraph.api.template import capture_dependencies
from evergraph.api.variables import VariableV1
from evergraph.base import compat, dtypes, errors
from evergraph.base.export import export
from evergraph.base.object_identity import ObjectIdentityWeakKeyDictionary
from evergraph.base.platform import file_io
from evergraph.base.tensor_shape import as_shape
from evergraph.base.trackable import OBJECT_GRAPH_PROTO_KEY, Trackable
from evergraph.formats.checkpoint_reader import CheckpointReader
from evergraph.graph.constant import constant
from evergraph.graph.conversion import is_tensor
from evergraph.graph.defaults import (
    colocate_with,
    control_dependencies,
    device,
    executing_eagerly,
    init_scope,
)
from evergraph.graph.graph import get_default_graph
from evergraph.graph.tensor import uid
from evergraph.library.eager.def_function import Function
from evergraph.library.train import checkpoint_management
from evergraph.library.train.saving.functional_saver import MultiDeviceSaver
from evergraph.library.train.tracking.base import CheckpointPosition, NoRestoreSaveable
from evergraph.library.train.tracking.data_structures import NoDependency
from evergraph.library.train.tracking.graph_view import ObjectGraphView
from evergraph.library.train.tracking.restore import (
    _CheckpointRestoreCoordinator,
    _NameBasedRestoreCoordinator,
)
from evergraph.library.train.tracking.status import (
    CheckpointLoadStatus,
    InitializationOnlyStatus,
    NameBasedSaverStatus,
    get_session,
    streaming_restore,
)
from evergraph.library.train.tracking.tracking import AutoTrackable
from evergraph.proto.protobuf.trackable_object_graph_pb2 import TrackableObjectGraph

__all__ = [
    "Checkpoint",
    "CheckpointLoadStatus",
    "CheckpointV1",
    "InitializationOnlyStatus",
    "NameBasedSaverStatus",
    "TrackableSaver",
    "add_variable",
    "capture_dependencies",
    "frozen_saver",
    "gather_initializers",
    "get_session",
    "list_objects",
    "object_metadata",
    "saver_with_op_caching",
    "streaming_restore",
]


def _default_getter(
    name: str,
    shape: Any,
    dtype: Any,
    initializer: Any = None,
    partition_info: Any = None,
    **kwargs: Any,
) -> Any:
    """A resource variable of that very name, in no variable scope."""
    dtype = dtypes.as_dtype(dtype)
    dims = as_shape(shape)
    with init_scope():
        if initializer is None:
            store = variable_scope._get_default_variable_store()
            initializer, is_value = store._get_default_initializer(
                name=name, shape=dims, dtype=dtype
            )
        else:
            is_value = not callable(initializer)
        if is_value:
            if shape is not None:
                raise ValueError("If initializer is a constant, do not specify shape.")
            initial_value = initializer
        else:
            if isinstance(initializer, type) and issubclass(initializer, Initializer):
                initializer = initializer(dtype=dtype)

            def initial_value() -> Any:
                return initializer(dims.as_list(), dtype=dtype, partition_info=partition_info)

        return VariableV1(
            initial_value=initial_value,
            name=name,
            dtype=dtype.base_dtype,
            use_resource=True,
            **kwargs,
        )


def add_variable(
    trackable: Trackable,
    name: str,
    shape: Any = None,
    dtype: Any = dtypes.float32,
    initializer: Any = None,
    trainable: bool = True,
) -> Any:
    """A new resource variable as a part of `trackable`.

    Args:
      trackable: the object.
      name: the variable's name, also as a part.
      shape: its shape; not to be given with a value.
      dtype: its element type.
      initializer: a value, or a function of shape and dtype; default: as of `tf.get_variable`.
      trainable: whether it is trained.
    """
    return trackable._add_variable_with_custom_getter(
        name=name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        getter=_default_getter,
        trainable=trainable,
    )


@export("contrib.checkpoint.object_metadata")
def object_metadata(save_path: Any) -> Any:
    """The TrackableObjectGraph of a checkpoint. Stands for `tf.contrib.checkpoint.object_metadata`.

    Raises ValueError where `tf.train.Checkpoint` did not write it.
    """
    try:
        content = CheckpointReader(save_path).get_tensor(OBJECT_GRAPH_PROTO_KEY)
    except errors.NotFoundError:
        raise ValueError(
            f'The specified checkpoint "{save_path}" does not appear to be object-based (it is '
            f'missing the key "{OBJECT_GRAPH_PROTO_KEY}"). Likely it was created with a name-based '
            "saver and does not contain an object dependency graph."
        ) from None
    return TrackableObjectGraph.FromString(content)


@export("contrib.checkpoint.list_objects")
def list_objects(root_trackable: Any) -> list[Any]:
    """All objects that hang on one, the nearest first. Stands for
    `tf.contrib.checkpoint.list_objects`."""
    return ObjectGraphView(root_trackable).list_objects()


def gather_initializers(root_trackable: Any) -> list[Any]:
    """The initializers of all variables that hang on an object."""
    found = (getattr(obj, "initializer", None) for obj in list_objects(root_trackable))
    return [initializer for initializer in found if initializer is not None]


def _without_session() -> bool:
    """Whether nodes run by themselves."""
    return get_default_graph().building_function or executing_eagerly()


class TrackableSaver:
    """Writes and reads checkpoints of what hangs on an object.

    Nodes are made at the first save, and again where objects have come since.
    """

    def __init__(self, graph_view: ObjectGraphView) -> None:
        self._graph_view = graph_view
        self._object_graph_feed_tensor: Any = None
        self._file_prefix_feed_tensor: Any = None
        self._last_save_object_graph: Any = None
        self._cached_save_operation: Any = None
        self._file_prefix_placeholder: Any = None
        self._restore_op_cache: dict[str, Any] = {}

    def save(
        self, file_prefix: Any, checkpoint_number: int | None = None, session: Any = None
    ) -> Any:
        """Writes a checkpoint.

        Args:
          file_prefix: where.
          checkpoint_number: put after the prefix, with a dash.
          session: default: the default session. In the body of a function and in eager execution
            there is none: then the result is a tensor.

        Returns:
          The path.
        """
        if checkpoint_number:
            file_prefix = f"{file_prefix}-{checkpoint_number}"
        no_session = _without_session()
        if no_session:
            with device("/cpu:0"):
                prefix = constant(file_prefix, dtype=dtypes.string)
            content = None
        else:
            if self._object_graph_feed_tensor is None:
                with device("/cpu:0"):
                    self._object_graph_feed_tensor = constant("", dtype=dtypes.string)
                    self._file_prefix_feed_tensor = constant("", dtype=dtypes.string)
            prefix, content = self._file_prefix_feed_tensor, self._object_graph_feed_tensor
        file_io.recursive_create_dir(os.path.dirname(file_prefix))
        path, feeds = self._save_nodes(prefix, content)
        if no_session:
            return path
        return (session or get_session()).run(path, feed_dict={prefix: file_prefix, **feeds})

    def _save_nodes(self, prefix: Any, content: Any) -> tuple[Any, dict[Any, Any]]:
        """The node that writes, and what to feed. `content` takes the object graph, if fed."""
        saveables, proto, feeds = self._graph_view.serialize_object_graph()
        feeds = feeds or {}
        if content is None:
            with device("/cpu:0"):
                content = constant(proto.SerializeToString(), dtype=dtypes.string)
        else:
            feeds[content] = proto.SerializeToString()
        saveables.append(NoRestoreSaveable(content, OBJECT_GRAPH_PROTO_KEY))
        if self._last_save_object_graph != proto or _without_session():
            save = MultiDeviceSaver(saveables).save(prefix)
            with device("/cpu:0"), control_dependencies([save]):
                self._cached_save_operation = array_ops.identity(prefix)
            self._last_save_object_graph = proto
        return self._cached_save_operation, feeds

    def restore(self, save_path: Any) -> Any:
        """Matches objects with those of a checkpoint, of either kind; None: with nothing.

        Returns:
          A status, which restores them.
        """
        if save_path is None:
            return InitializationOnlyStatus(self._graph_view, uid())
        reader = CheckpointReader(save_path)
        try:
            content = reader.get_tensor(OBJECT_GRAPH_PROTO_KEY)
        except errors.NotFoundError:
            coordinator = _NameBasedRestoreCoordinator(save_path)
            if executing_eagerly():
                for trackable in self._graph_view.list_objects():
                    trackable._name_based_attribute_restore(coordinator)
            return NameBasedSaverStatus(coordinator, graph_view=self._graph_view)
        if self._file_prefix_placeholder is None or executing_eagerly():
            with device("/cpu:0"):
                path = save_path if executing_eagerly() else "model"
                self._file_prefix_placeholder = constant(path)
        checkpoint = _CheckpointRestoreCoordinator(
            object_graph_proto=TrackableObjectGraph.FromString(content),
            save_path=save_path,
            save_path_tensor=self._file_prefix_placeholder,
            restore_op_cache=self._restore_op_cache,
            graph_view=self._graph_view,
        )
        CheckpointPosition(checkpoint, 0).restore(self._graph_view.root)
        return CheckpointLoadStatus(
            checkpoint,
            graph_view=self._graph_view,
            feed_dict={self._file_prefix_placeholder: save_path},
        )


def frozen_saver(root_trackable: Any) -> MultiDeviceSaver:
    """A saver of what hangs on an object now, which needs no feeds."""
    return MultiDeviceSaver(ObjectGraphView(root_trackable).frozen_saveable_objects())


def saver_with_op_caching(obj: Any) -> TrackableSaver:
    """A TrackableSaver of `obj`, which it does not keep alive."""
    cache = ObjectIdentityWeakKeyDictionary()
    return TrackableSaver(ObjectGraphView(weakref.ref(obj), saveables_cache=cache))


@export("train.Checkpoint")
class CheckpointV1(AutoTrackable):
    """Saves and restores what hangs on objects, matched by the names of attributes. Stands for
    `tf.train.Checkpoint`.

        checkpoint = tf.train.Checkpoint(optimizer=optimizer, model=model)
        status = checkpoint.restore(tf.train.latest_checkpoint(folder))
        status.initialize_or_restore(session)
        checkpoint.save(folder + "/ckpt", session)

    Args:
      **kwargs: the objects: variables, layers, optimizers, lists of these, modules. They become
        attributes, and more may be added.

    Raises:
      ValueError: one of them is not trackable.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__()
        for name, value in sorted(kwargs.items()):
            if not isinstance(value, (Trackable, Function)):
                raise ValueError(
                    "`Checkpoint` was expecting a trackable object (an object derived from "
                    f"`TrackableBase`), got {value}. If you believe this object should be "
                    "trackable (i.e. it is part of the TensorFlow Python API and manages state), "
                    "please open an issue."
                )
            setattr(self, name, value)
        self._save_counter: Any = None
        self._save_assign_op: Any = None
        self._saver = saver_with_op_caching(self)

    def _maybe_create_save_counter(self) -> None:
        """Not before it is needed, so that a restore that waits can give it its value."""
        if self._save_counter is None:
            with device("/cpu:0"):
                counter = add_variable(
                    self, name="save_counter", initializer=0, dtype=dtypes.int64, trainable=False
                )
            # It is a part already, as "save_counter".
            self._save_counter = NoDependency(counter)

    @property
    def save_counter(self) -> Any:
        """A variable that counts the calls of `save`."""
        self._maybe_create_save_counter()
        return self._save_counter

    def write(self, file_prefix: Any, session: Any = None) -> Any:
        """Writes a checkpoint under exactly that name, and no file "checkpoint".

        Args:
          file_prefix: the path; its folder is made.
          session: default: the default session.

        Returns:
          The path; a tensor where a function is being built.
        """
        output = self._saver.save(file_prefix=file_prefix, session=session)
        if executing_eagerly():
            output = output.numpy()
        return output if is_tensor(output) else compat.as_str(output)

    def save(self, file_prefix: Any, session: Any = None) -> str:
        """Writes a checkpoint, numbered by `save_counter`, and the file "checkpoint" beside it.

        Args:
          file_prefix: the path, to which a dash and the number are added.
          session: default: the default session.

        Returns:
          The path.

        Raises:
          NotImplementedError: a function is being built.
        """
        if get_default_graph().building_function:
            raise NotImplementedError(
                "Calling tf.train.Checkpoint.save() from a function is not supported, as save() "
                "modifies saving metadata in ways not supported by TensorFlow Operations. Consider "
                "using tf.train.Checkpoint.write(), a lower-level API which does not update "
                "metadata. tf.train.latest_checkpoint and related APIs will not see this "
                "checkpoint."
            )
        if executing_eagerly():
            number = self.save_counter.assign_add(1).numpy()
        else:
            session = session or get_session()
            number = self._counted(session)
        path = self.write(f"{file_prefix}-{number}", session=session)
        checkpoint_management.update_checkpoint_state_internal(
            save_dir=os.path.dirname(file_prefix),
            model_checkpoint_path=path,
            all_model_checkpoint_paths=[path],
            save_relative_paths=True,
        )
        return path

    def _counted(self, session: Any) -> int:
        """The number of a new checkpoint."""
        if self._save_counter is None:
            session.run(self.save_counter.initializer)
        if self._save_assign_op is None:
            with colocate_with(self.save_counter):
                assign = self.save_counter.assign_add(1, read_value=True)
            self._save_assign_op = NoDependency(assign)
        return int(session.run(self._save_assign_op))

    def restore(self, save_path: Any) -> Any:
        """Matches objects with those of a checkpoint; objects that come later are matched then.

        Nothing is restored before the status is told to, but in eager execution at once.

        Args:
          save_path: the checkpoint, also one that `tf.train.Saver` wrote: then variables are
            matched by their global names. None: `initialize_or_restore` of the status initializes.

        Returns:
          A status with `assert_consumed`, `assert_existing_objects_matched`,
          `assert_nontrivial_match`, `expect_partial`, `run_restore_ops` and
          `initialize_or_restore`.
        """
        status = self._saver.restore(save_path=save_path)
        self._maybe_create_save_counter()
        return status


Checkpoint = CheckpointV1
