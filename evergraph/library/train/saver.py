"""tf.train.Saver, and meta graphs with their savers."""

import math
import os.path
import threading
import time
from collections.abc import Sequence
from typing import Any

from evergraph.api import variables
from evergraph.base import compat, errors
from evergraph.base.export import export
from evergraph.base.platform import gfile, logging
from evergraph.base.trackable import OBJECT_GRAPH_PROTO_KEY
from evergraph.engine.session import SessionInterface
from evergraph.formats.checkpoint_reader import CheckpointReader
from evergraph.graph.defaults import add_to_collection, executing_eagerly, get_collection
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.graph.names import prepend_name_scope, strip_name_scope
from evergraph.graph.proto_functions import register_proto_function
from evergraph.library import meta_graph
from evergraph.library.train import checkpoint_management, training_util
from evergraph.library.train.saver_builder import BaseSaverBuilder, BulkSaverBuilder
from evergraph.library.train.saving import saveable_object_util
from evergraph.library.train.saving.functional_saver import MultiDeviceSaver
from evergraph.proto.protobuf import meta_graph_pb2, saver_pb2, trackable_object_graph_pb2

# Old programs find these here.
get_checkpoint_state = checkpoint_management.get_checkpoint_state
update_checkpoint_state = checkpoint_management.update_checkpoint_state
generate_checkpoint_state_proto = checkpoint_management.generate_checkpoint_state_proto
latest_checkpoint = checkpoint_management.latest_checkpoint
checkpoint_exists = checkpoint_management.checkpoint_exists
get_checkpoint_mtimes = checkpoint_management.get_checkpoint_mtimes
remove_checkpoint = checkpoint_management.remove_checkpoint

_NAMES = ("filename_tensor_name", "save_tensor_name", "restore_op_name")


def _get_saver_or_default() -> "Saver":
    """The saver in the collection SAVERS; makes a sharded one of everything where there is none.

    Raises RuntimeError where there are several.
    """
    savers = get_collection(GraphKeys.SAVERS)
    if len(savers) > 1:
        raise RuntimeError(
            f"More than one item in collection {GraphKeys.SAVERS}. Please indicate which one to "
            "use by passing it to the constructor."
        )
    if savers:
        return savers[0]  # type: ignore[no-any-return]
    saver = Saver(sharded=True, allow_empty=True)
    add_to_collection(GraphKeys.SAVERS, saver)
    return saver


@export("train.Saver")
class Saver:
    """Writes variables to checkpoints and reads them back. Stands for `tf.train.Saver`.

    It adds nodes to the default graph, under "save/".

    Args:
      var_list: what to save: a list of variables, or a dict of names in the checkpoint and
        variables; default: everything that can be saved.
      reshape: whether values are given the shapes of their variables when restored.
      sharded: whether each device writes a file of its own.
      max_to_keep: how many of the newest checkpoints to keep; None or 0: all.
      keep_checkpoint_every_n_hours: besides, one in so many hours is kept for good.
      name: the name scope of the nodes; with `saver_def`: the scope that they are in.
      restore_sequentially: kept for builders of programs.
      saver_def: a SaverDef whose nodes the graph has already; then none are added.
      builder: the builder to make nodes with; default: a BulkSaverBuilder.
      defer_build: whether to wait for `build()`; then `var_list` must not be given.
      allow_empty: whether there may be nothing to save.
      write_version: `SaverDef.V2`, or `SaverDef.V1` for the format of TensorFlow 0.
      pad_step_number: whether step numbers in names have at least eight digits.
      save_relative_paths: whether the state file names checkpoints relative to its folder.
      filename: the default of the node that is fed with the checkpoint's name.

    Raises:
      TypeError: something in `var_list` cannot be saved.
      ValueError: there is nothing to save, names clash, or `saver_def` is no such thing.
    """

    def __init__(
        self,
        var_list: Any = None,
        reshape: bool = False,
        sharded: bool = False,
        max_to_keep: int | None = 5,
        keep_checkpoint_every_n_hours: float = 10000.0,
        name: str | None = None,
        restore_sequentially: bool = False,
        saver_def: Any = None,
        builder: BaseSaverBuilder | None = None,
        defer_build: bool = False,
        allow_empty: bool = False,
        write_version: Any = saver_pb2.SaverDef.V2,
        pad_step_number: bool = False,
        save_relative_paths: bool = False,
        filename: str | None = None,
    ) -> None:
        if defer_build and var_list:
            raise ValueError(
                "If `var_list` is provided then build cannot be deferred. Either set "
                "defer_build=False or var_list=None."
            )
        self._var_list = var_list
        self._reshape = reshape
        self._sharded = sharded
        self._max_to_keep = max_to_keep
        self._keep_checkpoint_every_n_hours = keep_checkpoint_every_n_hours
        self._name = name
        self._restore_sequentially = restore_sequentially
        self.saver_def = saver_def
        self._builder = builder
        self._is_built = False
        self._allow_empty = allow_empty
        self._is_empty: bool | None = None
        self._write_version = write_version
        self._pad_step_number = pad_step_number
        self._filename = filename
        # Path and time of each, the oldest first.
        self._last_checkpoints: list[tuple[str, float]] = []
        self._checkpoints_to_be_deleted: list[tuple[str, float]] = []
        self._next_checkpoint_time = math.inf
        # Savings of several threads follow one another, or a slow one of an early step could be
        # named the latest after a quick one of a later step.
        self._saving = threading.RLock()
        if not defer_build:
            self.build()
        if self.saver_def:
            self._check_saver_def()
            self._write_version = self.saver_def.version
        self._save_relative_paths = save_relative_paths
        self._object_restore_saver: Saver | None = None

    def build(self) -> None:
        """Adds the nodes, once; for savers made with `defer_build`."""
        if self._is_built:
            return
        self._is_built = True
        if not self.saver_def:
            if self._builder is None:
                self._builder = BulkSaverBuilder(self._write_version)
            if self._var_list is None and executing_eagerly():
                raise RuntimeError(
                    "When eager execution is enabled, `var_list` must specify a list or dict of "
                    "variables to save"
                )
            if self._var_list is None:
                self._var_list = variables._all_saveable_objects()
            self._is_empty = not self._var_list
            if self._is_empty:
                if self._allow_empty:
                    return
                raise ValueError("No variables to save")
            self.saver_def = self._eager_saver_def() or self._builder._build_internal(
                self._var_list,
                reshape=self._reshape,
                sharded=self._sharded,
                max_to_keep=self._max_to_keep,
                keep_checkpoint_every_n_hours=self._keep_checkpoint_every_n_hours,
                name=self._name,
                restore_sequentially=self._restore_sequentially,
                filename=self._filename,
            )
        elif self._name:
            for field in _NAMES:
                name = prepend_name_scope(getattr(self.saver_def, field), self._name)
                setattr(self.saver_def, field, name)
        self._check_saver_def()
        hours = self.saver_def.keep_checkpoint_every_n_hours
        self._next_checkpoint_time = time.time() + hours * 3600

    def _eager_saver_def(self) -> Any:
        """In eager execution, what says how many checkpoints to keep: nodes are not made before
        they are to run. In a graph None."""
        if not executing_eagerly():
            return None
        return saver_pb2.SaverDef(
            save_tensor_name="none",
            restore_op_name="none",
            max_to_keep=self._max_to_keep,
            keep_checkpoint_every_n_hours=self._keep_checkpoint_every_n_hours,
            version=self._write_version,
        )

    def _eager_saver(self) -> MultiDeviceSaver:
        return MultiDeviceSaver(saveable_object_util.validate_and_slice_inputs(self._var_list))

    def _check_saver_def(self) -> None:
        if not isinstance(self.saver_def, saver_pb2.SaverDef):
            raise ValueError(f"saver_def must be a saver_pb2.SaverDef: {self.saver_def}")
        for field in ("save_tensor_name", "restore_op_name"):
            if not getattr(self.saver_def, field):
                raise ValueError(f"saver_def must specify the {field}: {self.saver_def}")

    # What checkpoints there are.

    def _CheckpointFilename(self, p: tuple[str, float]) -> str:
        return p[0]

    def _RecordLastCheckpoint(self, latest_save_path: str) -> None:
        if not self.saver_def.max_to_keep:
            return
        known = self._last_checkpoints
        known[:] = [p for p in known if self._CheckpointFilename(p) != latest_save_path]
        known.append((latest_save_path, time.time()))
        if len(known) > self.saver_def.max_to_keep:
            self._checkpoints_to_be_deleted.append(known.pop(0))

    def _MaybeDeleteOldCheckpoints(self, meta_graph_suffix: str = "meta") -> None:
        if not self._checkpoints_to_be_deleted:
            return
        old = self._checkpoints_to_be_deleted.pop(0)
        if old[1] > self._next_checkpoint_time:
            # This is the one of these hours: it stays for good.
            self._next_checkpoint_time += self.saver_def.keep_checkpoint_every_n_hours * 3600
            return
        try:
            checkpoint_management.delete_checkpoint_files(
                self._CheckpointFilename(old), self.saver_def.version, meta_graph_suffix
            )
        except Exception as error:
            logging.warning("Ignoring: %s", str(error))

    @property
    def last_checkpoints(self) -> list[str]:
        """The paths of the checkpoints that are kept, the oldest first."""
        return [self._CheckpointFilename(p) for p in self._last_checkpoints]

    def set_last_checkpoints(self, last_checkpoints: list[str]) -> None:
        """Sets the paths of `last_checkpoints`; use `set_last_checkpoints_with_time`, which lets
        hours count."""
        assert isinstance(last_checkpoints, list)
        self._last_checkpoints = [(path, math.inf) for path in last_checkpoints]

    def set_last_checkpoints_with_time(
        self, last_checkpoints_with_time: list[tuple[str, float]]
    ) -> None:
        """Sets path and time, in seconds, of each checkpoint that is kept, the oldest first."""
        assert isinstance(last_checkpoints_with_time, list)
        self._last_checkpoints = last_checkpoints_with_time

    def recover_last_checkpoints(self, checkpoint_paths: Sequence[str]) -> None:
        """Takes over those of some checkpoints that exist, the oldest first: a program that starts
        again keeps no more than it would have."""
        found = []
        for path in checkpoint_paths:
            times = checkpoint_management.checkpoint_mtimes([path])
            if times:
                found.append((path, times[0]))
        self.set_last_checkpoints_with_time(found)

    # Messages.

    def as_saver_def(self) -> Any:
        """The SaverDef."""
        return self.saver_def

    def to_proto(self, export_scope: str | None = None) -> Any:
        """The SaverDef with names as in `export_scope`; None if its nodes are outside of that."""
        if export_scope is None:
            return self.saver_def
        names = {field: getattr(self.saver_def, field) for field in _NAMES}
        if not all(name.startswith(export_scope) for name in names.values()):
            return None
        result = saver_pb2.SaverDef()
        result.CopyFrom(self.saver_def)
        for field, name in names.items():
            setattr(result, field, strip_name_scope(name, export_scope))
        return result

    @staticmethod
    def from_proto(saver_def: Any, import_scope: str | None = None) -> "Saver":
        """A saver of a SaverDef, whose nodes are in `import_scope`."""
        return Saver(saver_def=saver_def, name=import_scope)

    # Saving and restoring.

    def save(
        self,
        sess: Any,
        save_path: str,
        global_step: Any = None,
        latest_filename: str | None = None,
        meta_graph_suffix: str = "meta",
        write_meta_graph: bool = True,
        write_state: bool = True,
        strip_default_attrs: bool = False,
        save_debug_info: bool = False,
    ) -> str | None:
        """Writes a checkpoint. Stands for `tf.train.Saver.save`.

        Args:
          sess: the session with the values.
          save_path: the path without any ending. Its folder must exist.
          global_step: a number, or a tensor or its name, which is appended to the path.
          latest_filename: the name of the state file; default: "checkpoint".
          meta_graph_suffix: the ending of the meta graph's file.
          write_meta_graph: whether to write the graph besides.
          write_state: whether to write the state file, and to delete old checkpoints.
          strip_default_attrs, save_debug_info: as for `export_meta_graph`.

        Returns:
          The path to give to `restore`; None where there is nothing to save.

        Raises:
          TypeError: `sess` is no session.
          ValueError: the folder does not exist, or names clash.
          RuntimeError: `build` was not called.
        """
        if not self._is_built:
            raise RuntimeError("`build()` should be called before save if defer_build==True")
        if latest_filename is None:
            latest_filename = "checkpoint"
        self._warn_of_version()
        if os.path.split(latest_filename)[0]:
            raise ValueError("'latest_filename' must not contain path components")
        with self._saving:
            path = self._path(sess, save_path, global_step, latest_filename)
            at_once = executing_eagerly()
            if not at_once and not isinstance(sess, SessionInterface):
                raise TypeError(f"'sess' must be a Session; {sess}")
            saved = None
            if not self._is_empty:
                saved = self._save(
                    sess, save_path, path, latest_filename, write_state, meta_graph_suffix
                )
            if write_meta_graph and not at_once:
                filename = checkpoint_management.meta_graph_filename(path, meta_graph_suffix)
                with sess.graph.as_default():
                    self.export_meta_graph(
                        filename,
                        strip_default_attrs=strip_default_attrs,
                        save_debug_info=save_debug_info,
                    )
            return saved

    def _save(
        self,
        sess: Any,
        save_path: str,
        path: str,
        latest_filename: str,
        write_state: bool,
        meta_graph_suffix: str,
    ) -> str:
        """Writes the values and, if asked, the state file. Gives the path to restore."""
        folder = os.path.dirname(path)
        try:
            saved = self._write(sess, path)
            if write_state:
                self._RecordLastCheckpoint(saved)
                checkpoint_management.update_checkpoint_state_internal(
                    save_dir=folder,
                    model_checkpoint_path=saved,
                    all_model_checkpoint_paths=self.last_checkpoints,
                    latest_filename=latest_filename,
                    save_relative_paths=self._save_relative_paths,
                )
                self._MaybeDeleteOldCheckpoints(meta_graph_suffix=meta_graph_suffix)
        except (errors.FailedPreconditionError, errors.NotFoundError):
            if gfile.IsDirectory(folder):
                raise
            raise ValueError(
                f"Parent directory of {save_path} doesn't exist, can't save."
            ) from None
        return saved

    def _warn_of_version(self) -> None:
        if self._write_version == saver_pb2.SaverDef.V2:
            return
        line = "*******************************************************"
        for text in (
            line,
            "TensorFlow's V1 checkpoint format has been deprecated.",
            "Consider switching to the more efficient V2 format:",
            "   `tf.train.Saver(write_version=tf.train.SaverDef.V2)`",
            "now on by default.",
            line,
        ):
            logging.warning(text)

    def _path(self, sess: Any, save_path: str, global_step: Any, latest_filename: str) -> str:
        if global_step is not None:
            if not isinstance(global_step, compat.integral_types):
                global_step = training_util.global_step(sess, global_step)
            return f"{save_path}-{int(global_step):0{8 if self._pad_step_number else 0}d}"
        if os.path.basename(save_path) == latest_filename and not self._sharded:
            raise ValueError(
                f"'latest_filename' collides with 'save_path': '{latest_filename}' and "
                f"'{save_path}'"
            )
        return save_path

    def _write(self, sess: Any, path: str) -> str:
        if executing_eagerly():
            self._eager_saver().save(path)
            return path
        saver_def = self.saver_def
        saved = sess.run(saver_def.save_tensor_name, {saver_def.filename_tensor_name: path})
        return compat.as_str(saved)

    def export_meta_graph(
        self,
        filename: str | None = None,
        collection_list: Sequence[Any] | None = None,
        as_text: bool = False,
        export_scope: str | None = None,
        clear_devices: bool = False,
        clear_extraneous_savers: bool = False,
        strip_default_attrs: bool = False,
        save_debug_info: bool = False,
    ) -> Any:
        """The MetaGraphDef of the default graph with this saver; arguments as of
        `tf.train.export_meta_graph`."""
        return export_meta_graph(
            filename=filename,
            graph_def=get_default_graph().as_graph_def(add_shapes=True),
            saver_def=self.saver_def,
            collection_list=collection_list,
            as_text=as_text,
            export_scope=export_scope,
            clear_devices=clear_devices,
            clear_extraneous_savers=clear_extraneous_savers,
            strip_default_attrs=strip_default_attrs,
            save_debug_info=save_debug_info,
        )

    def restore(self, sess: Any, save_path: Any) -> None:
        """Gives variables the values of a checkpoint. Stands for `tf.train.Saver.restore`.

        Variables need no initializer before. Checkpoints of `tf.train.Checkpoint` are read by the
        names that the variables had.

        Args:
          sess: the session of the variables.
          save_path: the path that `save` returned.

        Raises:
          ValueError: there is no checkpoint of that path.
          NotFoundError: a variable is not in it.
          InvalidArgumentError: a variable has another shape or type there.
        """
        if self._is_empty:
            return
        if save_path is None:
            raise ValueError("Can't load save_path when it is None.")
        prefix = compat.as_text(save_path)
        if executing_eagerly():
            self._eager_saver().restore(prefix)
            return
        if not checkpoint_management.checkpoint_exists_internal(prefix):
            raise ValueError(f"The passed save_path is not a valid checkpoint: {prefix}")
        logging.info("Restoring parameters from %s", prefix)
        saver_def = self.saver_def
        try:
            sess.run(saver_def.restore_op_name, {saver_def.filename_tensor_name: save_path})
        except errors.NotFoundError as error:
            try:
                keys = object_graph_key_mapping(save_path)
            except errors.NotFoundError:
                reason = "a Variable name or other graph key that is missing"
                raise _wrap_restore_error_with_msg(error, reason) from None
            self._restore_by_object_names(sess, save_path, keys)
        except errors.InvalidArgumentError as error:
            reason = "a mismatch between the current graph and the graph"
            raise _wrap_restore_error_with_msg(error, reason) from None

    def _restore_by_object_names(self, sess: Any, save_path: Any, keys: dict[str, str]) -> None:
        logging.warning(
            "Restoring an object-based checkpoint using a name-based saver. This may be somewhat "
            "fragile, and will re-build the Saver. Instead, consider loading object-based "
            "checkpoints using tf.train.Checkpoint()."
        )
        self._object_restore_saver = saver_from_object_based_checkpoint(
            checkpoint_path=save_path,
            var_list=self._var_list,
            builder=self._builder,
            names_to_keys=keys,
            cached_saver=self._object_restore_saver,
        )
        self._object_restore_saver.restore(sess=sess, save_path=save_path)

    @staticmethod
    def _add_collection_def(meta_graph_def: Any, key: Any, export_scope: str | None = None) -> None:
        meta_graph.add_collection_def(meta_graph_def, key, export_scope=export_scope)


def _wrap_restore_error_with_msg(err: Any, extra_verbiage: str) -> Any:
    """The error with a hint before its message."""
    return type(err)(
        err.node_def,
        err.op,
        f"Restoring from checkpoint failed. This is most likely due to {extra_verbiage} from the "
        "checkpoint. Please ensure that you have not altered the graph expected based on the "
        f"checkpoint. Original error:\n\n{err.message}",
    )


register_proto_function(
    GraphKeys.SAVERS,
    proto_type=saver_pb2.SaverDef,
    to_proto=Saver.to_proto,
    from_proto=Saver.from_proto,
)


# Meta graphs.


@export("train.import_meta_graph")
def import_meta_graph(
    meta_graph_or_file: Any,
    clear_devices: bool = False,
    import_scope: str | None = None,
    **kwargs: Any,
) -> Saver | None:
    """Adds the graph and the collections of a MetaGraphDef to the default graph. Stands for
    `tf.train.import_meta_graph`.

    Args:
      meta_graph_or_file: a MetaGraphDef, or a file with one, binary or text.
      clear_devices: whether to drop devices.
      import_scope: a name scope to put all nodes in.
      **kwargs: `input_map`, a dict of names of inputs and tensors to take in their place;
        `untrusted`, whether to refuse a graph with nodes that reach outside; and other arguments
        of `meta_graph.import_scoped_meta_graph_with_return_elements`.

    Returns:
      The graph's saver; None where there are no variables.
    """
    return _import_meta_graph_with_return_elements(
        meta_graph_or_file, clear_devices, import_scope, **kwargs
    )[0]


def _import_meta_graph_with_return_elements(
    meta_graph_or_file: Any,
    clear_devices: bool = False,
    import_scope: str | None = None,
    return_elements: Sequence[str] | None = None,
    **kwargs: Any,
) -> tuple[Saver | None, list[Any] | None]:
    """As `import_meta_graph`, and the tensors and operations named in `return_elements`."""
    meta_graph_def = meta_graph_or_file
    if not isinstance(meta_graph_or_file, meta_graph_pb2.MetaGraphDef):
        meta_graph_def = meta_graph.read_meta_graph_file(meta_graph_or_file)
    imported, elements = meta_graph.import_scoped_meta_graph_with_return_elements(
        meta_graph_def,
        clear_devices=clear_devices,
        import_scope=import_scope,
        return_elements=return_elements,
        **kwargs,
    )
    return _saver_of_import(meta_graph_def, import_scope, imported), elements


def _saver_of_import(
    meta_graph_def: Any, import_scope: str | None, imported: dict[str, Any]
) -> Saver | None:
    if meta_graph_def.HasField("saver_def"):
        scope = import_scope
        for name, variable in imported.items():
            # The scope may have been made unique.
            scope = variable.name.removesuffix(name)
            break
        return Saver(saver_def=meta_graph_def.saver_def, name=scope)
    if variables._all_saveable_objects(scope=import_scope):
        return Saver()
    logging.info("Saver not created because there are no variables in the graph to restore")
    return None


@export("train.export_meta_graph")
def export_meta_graph(
    filename: str | None = None,
    meta_info_def: Any = None,
    graph_def: Any = None,
    saver_def: Any = None,
    collection_list: Sequence[Any] | None = None,
    as_text: bool = False,
    graph: Any = None,
    export_scope: str | None = None,
    clear_devices: bool = False,
    clear_extraneous_savers: bool = False,
    strip_default_attrs: bool = False,
    save_debug_info: bool = False,
    **kwargs: Any,
) -> Any:
    """The MetaGraphDef of a graph. Stands for `tf.train.export_meta_graph`.

    Args:
      filename: where to write it; None: nowhere.
      meta_info_def: a MetaInfoDef to start with.
      graph_def: the GraphDef; default: `graph`'s.
      saver_def: the SaverDef of the saver that belongs to it.
      collection_list: the collections to write; default: all.
      as_text: whether to write text.
      graph: a Graph; default: the default graph.
      export_scope: only nodes of this scope are written, without its name.
      clear_devices: whether to drop devices.
      clear_extraneous_savers: whether to leave out the nodes of all savers but `saver_def`'s.
      strip_default_attrs: whether to drop attrs that have their default value.
      save_debug_info: whether to write where nodes were made, to a file with the ending ".debug".
      **kwargs: further arguments of `meta_graph.export_scoped_meta_graph`.
    """
    made, _ = meta_graph.export_scoped_meta_graph(
        filename=filename,
        meta_info_def=meta_info_def,
        graph_def=graph_def,
        saver_def=saver_def,
        collection_list=collection_list,
        as_text=as_text,
        graph=graph,
        export_scope=export_scope,
        clear_devices=clear_devices,
        clear_extraneous_savers=clear_extraneous_savers,
        strip_default_attrs=strip_default_attrs,
        save_debug_info=save_debug_info,
        **kwargs,
    )
    return made


# Checkpoints of tf.train.Checkpoint.


def object_graph_key_mapping(checkpoint_path: Any) -> dict[str, str]:
    """The keys of a checkpoint of `tf.train.Checkpoint` by the names of the variables.

    Raises NotFoundError for another checkpoint.
    """
    content = CheckpointReader(checkpoint_path).get_tensor(OBJECT_GRAPH_PROTO_KEY)
    objects = trackable_object_graph_pb2.TrackableObjectGraph.FromString(content)
    return {a.full_name: a.checkpoint_key for node in objects.nodes for a in node.attributes}


def saver_from_object_based_checkpoint(
    checkpoint_path: Any,
    var_list: Any = None,
    builder: BaseSaverBuilder | None = None,
    names_to_keys: dict[str, str] | None = None,
    cached_saver: Saver | None = None,
) -> Saver:
    """A saver that restores variables by name from a checkpoint of `tf.train.Checkpoint`.

    Args:
      checkpoint_path: the checkpoint.
      var_list: the variables; default: everything that can be saved.
      builder: not used.
      names_to_keys: the checkpoint's keys by name; default: what the checkpoint says.
      cached_saver: what this function returned before; taken if all variables are there.

    Raises:
      ValueError: it is no such checkpoint.
      NotFoundError: a variable is missing there.
    """
    if names_to_keys is None:
        try:
            names_to_keys = object_graph_key_mapping(checkpoint_path)
        except errors.NotFoundError:
            raise ValueError(
                f"Checkpoint in {checkpoint_path} not an object-based checkpoint."
            ) from None
    if var_list is None:
        var_list = variables._all_saveable_objects()
    saveables = saveable_object_util.validate_and_slice_inputs(var_list)
    specs = [spec for saveable in saveables for spec in saveable.specs]
    _check_names({spec.name for spec in specs}, set(names_to_keys))
    for spec in specs:
        spec.name = names_to_keys[spec.name]
    return Saver(saveables) if cached_saver is None else cached_saver


def _check_names(wanted: set[str], there: set[str]) -> None:
    missing = wanted - there
    if not missing:
        return
    raise errors.NotFoundError(
        None,
        None,
        f"\n\nExisting variables not in the checkpoint: {', '.join(sorted(missing))}\n\n"
        "Variables names when this checkpoint was written which don't exist now: "
        f"{', '.join(sorted(there - wanted))}\n\n"
        f"({len(wanted & there)} variable name(s) did match)\n\n"
        "Could not find some variables in the checkpoint (see names above). It was written by "
        "tf.train.Checkpoint or tf.keras.Model.save_weights, while this Saver goes by names. Under "
        "eager execution names may have differed, for instance by a suffix _1; or variables are "
        "new. Make a Saver of those variables alone that were there (var_list=[...]), and where "
        "names have changed give it a dictionary with the old names as keys. With an Estimator, "
        "return such a Saver in a tf.train.Scaffold from the model_fn.",
    )
