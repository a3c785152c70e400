"""Reading SavedModels."""

import os.path
from collections.abc import Iterable
from typing import Any

from google.protobuf import text_format
from google.protobuf.message import DecodeError

from evergraph.api import variables
from evergraph.base.compat import as_text
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.platform import file_io, logging
from evergraph.graph import trust
from evergraph.graph.defaults import get_collection
from evergraph.graph.graph import Graph
from evergraph.library import any_types
from evergraph.library.meta_graph_parts import asset_file_defs
from evergraph.library.saved_model import assets, constants, signature_def_utils_impl, utils_impl
from evergraph.library.train import saver as saver_lib
from evergraph.proto.protobuf import saved_model_pb2


def parse_saved_model(export_dir: Any) -> Any:
    """The SavedModel message of a folder, binary or text. Raises OSError where there is none."""
    folder = as_text(export_dir)
    binary = os.path.join(folder, constants.SAVED_MODEL_FILENAME_PB)
    text = os.path.join(folder, constants.SAVED_MODEL_FILENAME_PBTXT)
    message = saved_model_pb2.SavedModel()
    if file_io.file_exists(binary):
        try:
            message.ParseFromString(file_io.FileIO(binary, "rb").read())
        except DecodeError as error:
            raise OSError(f"Cannot parse file {binary}: {error}.") from None
        for meta_graph_def in message.meta_graphs:
            any_types.from_file(meta_graph_def)
        return message
    if file_io.file_exists(text):
        try:
            content = file_io.FileIO(text, "rb").read().decode("utf-8")
            return text_format.Merge(any_types.from_file_text(content), message)
        except (text_format.ParseError, UnicodeDecodeError) as error:
            raise OSError(f"Cannot parse file {text}: {error}.") from None
    raise OSError(
        f"SavedModel file does not exist at: {folder}/{{{constants.SAVED_MODEL_FILENAME_PBTXT}|"
        f"{constants.SAVED_MODEL_FILENAME_PB}}}"
    )


_parse_saved_model = parse_saved_model


def get_asset_tensors(
    export_dir: Any, meta_graph_def_to_load: Any, import_scope: str | None = None
) -> dict[str, str]:
    """The paths of the assets by the names of the tensors to feed them to."""
    folder = utils_impl.get_assets_dir(export_dir)
    prefix = f"{import_scope}/" if import_scope else ""
    return {
        prefix + asset.tensor_info.name: os.path.join(folder, asset.filename)
        for asset in asset_file_defs(meta_graph_def_to_load)
    }


def _get_main_op_tensor(
    meta_graph_def_to_load: Any, init_op_key: str = constants.MAIN_OP_KEY
) -> Any:
    """The operation in a collection; None where there is none. RuntimeError: there are several."""
    if init_op_key not in meta_graph_def_to_load.collection_def:
        return None
    names = meta_graph_def_to_load.collection_def[init_op_key].node_list.value
    if len(names) != 1:
        raise RuntimeError(f"Expected exactly one SavedModel init op. Found: {names}")
    return get_collection(init_op_key)[0]


def _get_op_from_collection(meta_graph_def: Any, op_key: str) -> Any:
    return _get_main_op_tensor(meta_graph_def, op_key)


def _get_op_from_signature_def(
    meta_graph_def: Any, op_signature_key: str, import_scope: str | None
) -> Any:
    if op_signature_key not in meta_graph_def.signature_def:
        return None
    return signature_def_utils_impl.load_op_from_signature_def(
        meta_graph_def.signature_def[op_signature_key], op_signature_key, import_scope
    )


def _first_op(
    meta_graph_def: Any, signature: str, collections: Iterable[str], import_scope: str | None
) -> Any:
    found = _get_op_from_signature_def(meta_graph_def, signature, import_scope)
    for key in collections:
        if found is None:
            found = _get_main_op_tensor(meta_graph_def, key)
    return found


def get_init_op(meta_graph_def: Any, import_scope: str | None = None) -> Any:
    """The operation to run when a graph is loaded, or None."""
    keys = (constants.MAIN_OP_KEY, constants.LEGACY_INIT_OP_KEY)
    return _first_op(meta_graph_def, constants.INIT_OP_SIGNATURE_KEY, keys, import_scope)


def get_train_op(meta_graph_def: Any, import_scope: str | None = None) -> Any:
    """The operation that trains, or None."""
    keys = (constants.TRAIN_OP_KEY,)
    return _first_op(meta_graph_def, constants.TRAIN_OP_SIGNATURE_KEY, keys, import_scope)


@export(
    "saved_model.contains_saved_model",
    "saved_model.maybe_saved_model_directory",
    "saved_model.loader.maybe_saved_model_directory",
)
def maybe_saved_model_directory(export_dir: Any) -> bool:
    """Whether a folder holds a SavedModel. Stands for `tf.saved_model.contains_saved_model`."""
    return any(
        file_io.file_exists(os.path.join(as_text(export_dir), name))
        for name in (constants.SAVED_MODEL_FILENAME_PBTXT, constants.SAVED_MODEL_FILENAME_PB)
    )


contains_saved_model = maybe_saved_model_directory


@export("saved_model.load", "saved_model.loader.load")
@deprecated(
    None,
    "This function will only be available through the v1 compatibility library as "
    "tf.compat.v1.saved_model.loader.load or tf.compat.v1.saved_model.load. There will be a new "
    "function for importing SavedModels in Tensorflow 2.0.",
)
def load(
    sess: Any,
    tags: Iterable[str],
    export_dir: str,
    import_scope: str | None = None,
    **saver_kwargs: Any,
) -> Any:
    """Loads a graph of a SavedModel into a session: nodes, variables, assets. Stands for
    `tf.saved_model.load`.

    Args:
      sess: the session.
      tags: the graph's tags, all of them.
      export_dir: the folder.
      import_scope: a name scope to put all nodes in.
      **saver_kwargs: as for `tf.train.import_meta_graph`; besides `untrusted`: whether to refuse a
        graph with nodes that reach outside of the model's folder.

    Returns:
      The MetaGraphDef, with its signatures.

    Raises:
      RuntimeError: there is no graph with these tags.
      OSError: there is no SavedModel.
    """
    return SavedModelLoader(export_dir).load(sess, tags, import_scope, **saver_kwargs)


class SavedModelLoader:
    """Loads graphs of a SavedModel step by step.

    Args:
      export_dir: the folder. OSError: it holds none.
    """

    def __init__(self, export_dir: str) -> None:
        self._export_dir = export_dir
        self._variables_path = utils_impl.get_variables_path(export_dir)
        self._saved_model = parse_saved_model(export_dir)

    @property
    def export_dir(self) -> str:
        """The folder."""
        return self._export_dir

    @property
    def variables_path(self) -> str:
        """The checkpoint with the variables."""
        return self._variables_path

    @property
    def saved_model(self) -> Any:
        """The SavedModel message."""
        return self._saved_model

    def get_meta_graph_def_from_tags(self, tags: Iterable[str]) -> Any:
        """The MetaGraphDef with exactly these tags. Raises RuntimeError where there is none."""
        available = []
        for meta_graph_def in self._saved_model.meta_graphs:
            available.append(set(meta_graph_def.meta_info_def.tags))
            if available[-1] == set(tags):
                return meta_graph_def
        raise RuntimeError(
            f"MetaGraphDef associated with tags {str(tags).strip('[]')} could not be found in "
            "SavedModel. To inspect available tag-sets in the SavedModel, please use the "
            f"SavedModel CLI: `saved_model_cli`\navailable_tags: {available}"
        )

    def load_graph(
        self,
        graph: Graph,
        tags: Iterable[str],
        import_scope: str | None = None,
        **saver_kwargs: Any,
    ) -> tuple[Any, Any]:
        """Adds the nodes to `graph`; returns the saver, or None, and elements asked for."""
        meta_graph_def = self.get_meta_graph_def_from_tags(tags)
        if saver_kwargs.pop("untrusted", False):
            meta_graph_def = assets.inside_the_model(meta_graph_def, self._export_dir)
            names = [asset.tensor_info.name for asset in asset_file_defs(meta_graph_def)]
            trust.refuse_outside_reach(meta_graph_def.graph_def, names)
        with graph.as_default():
            return saver_lib._import_meta_graph_with_return_elements(
                meta_graph_def, import_scope=import_scope, **saver_kwargs
            )

    def restore_variables(self, sess: Any, saver: Any, import_scope: str | None = None) -> None:
        """Gives the variables their values. Raises ValueError: there are some, but no saver."""
        with sess.graph.as_default():
            if saver is None and not variables._all_saveable_objects(scope=import_scope):
                logging.info(
                    "The specified SavedModel has no variables; no checkpoints were restored."
                )
            elif isinstance(saver, saver_lib.Saver):
                saver.restore(sess, self._variables_path)
            else:
                raise ValueError(
                    "No tf.train.Saver object was passed to the function "
                    "SavedModelLoader.restore_variables. Since there are variables in the graph, a "
                    "saver is required."
                )

    def run_init_ops(self, sess: Any, tags: Iterable[str], import_scope: str | None = None) -> None:
        """Runs the graph's initialization, with the paths of the assets."""
        meta_graph_def = self.get_meta_graph_def_from_tags(tags)
        with sess.graph.as_default():
            paths = get_asset_tensors(self._export_dir, meta_graph_def, import_scope)
            init_op = get_init_op(meta_graph_def, import_scope)
            if init_op is not None:
                sess.run(fetches=[init_op], feed_dict=paths)

    def load(
        self,
        sess: Any,
        tags: Iterable[str],
        import_scope: str | None = None,
        **saver_kwargs: Any,
    ) -> Any:
        """All of it; returns the MetaGraphDef."""
        with sess.graph.as_default():
            saver, _ = self.load_graph(sess.graph, tags, import_scope, **saver_kwargs)
            self.restore_variables(sess, saver, import_scope)
            self.run_init_ops(sess, tags, import_scope)
        return self.get_meta_graph_def_from_tags(tags)
