"""Writing SavedModels."""

import functools
import os.path
from collections.abc import Iterable
from typing import Any

from evergraph.api import variables
from evergraph.base import compat
from evergraph.base.deprecation import deprecated_args
from evergraph.base.export import export
from evergraph.base.platform import file_io, logging
from evergraph.graph.defaults import add_to_collection, get_collection
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library import any_types
from evergraph.library.saved_model import constants, signature_def_utils_impl, utils_impl
from evergraph.library.saved_model.assets import (
    _add_asset_to_collection,
    _add_asset_to_metagraph,
    _asset_path_from_tensor,
    _get_unique_asset_filename,
    _maybe_save_assets,
    copy_assets_to_destination_dir,
    get_asset_filename_to_add,
)
from evergraph.library.train.saver import Saver
from evergraph.proto.framework import types_pb2
from evergraph.proto.protobuf import saved_model_pb2, saver_pb2

__all__ = [
    "SavedModelBuilder",
    "_SavedModelBuilder",
    "_add_asset_to_collection",
    "_add_asset_to_metagraph",
    "_asset_path_from_tensor",
    "_get_unique_asset_filename",
    "_maybe_save_assets",
    "copy_assets_to_destination_dir",
    "get_asset_filename_to_add",
]


def _add_op_to_signature_def_map(signature_def_map: dict[str, Any], op: Any, key: str) -> None:
    if op is not None:
        signature_def_map[key] = signature_def_utils_impl.op_signature_def(op, key)


class _SavedModelBuilder:
    """Writes a SavedModel; operations are named by signatures and assets by a field.

    `SavedModelBuilder` writes what TensorFlow's public builder does: collections instead.

    Args:
      export_dir: the folder, which is made.

    Raises:
      AssertionError: the folder has something in it.
    """

    def __init__(self, export_dir: Any) -> None:
        self._saved_model = saved_model_pb2.SavedModel(
            saved_model_schema_version=constants.SAVED_MODEL_SCHEMA_VERSION
        )
        self._export_dir = export_dir
        if not file_io.file_exists(export_dir):
            file_io.recursive_create_dir(export_dir)
        elif file_io.list_directory(export_dir):
            raise AssertionError(
                "Export directory already exists, and isn't empty. Please choose a different "
                "export directory, or delete all the contents of the specified directory: "
                f"{export_dir}"
            )
        self._has_saved_variables = False

    def _check_variables(self, saved: bool) -> None:
        if saved and not self._has_saved_variables:
            raise AssertionError(
                "Graph state including variables and assets has not been saved yet. Please invoke "
                "`add_meta_graph_and_variables()` first."
            )
        if not saved and self._has_saved_variables:
            raise AssertionError(
                "Graph state including variables and assets has already been saved. Please invoke "
                "`add_meta_graph()` instead."
            )

    def _validate_tensor_info(self, tensor_info: Any) -> None:
        if tensor_info is None:
            raise AssertionError(
                "All TensorInfo protos used in the SignatureDefs must have the name and dtype "
                "fields set."
            )
        encoding = tensor_info.WhichOneof("encoding")
        if encoding is None:
            raise AssertionError(
                "All TensorInfo protos used in the SignatureDefs must have one of the 'encoding' "
                f"fields (e.g., name or coo_sparse) set: {tensor_info}"
            )
        if encoding == "composite_tensor":
            for component in tensor_info.composite_tensor.components:
                self._validate_tensor_info(component)
        elif tensor_info.dtype == types_pb2.DT_INVALID:
            raise AssertionError(
                "All TensorInfo protos used in the SignatureDefs must have the dtype field set: "
                f"{tensor_info}"
            )

    def _validate_signature_def_map(self, signature_def_map: dict[str, Any]) -> None:
        for signature in signature_def_map.values():
            for info in (*signature.inputs.values(), *signature.outputs.values()):
                self._validate_tensor_info(info)
        for key, purpose in (
            (constants.INIT_OP_SIGNATURE_KEY, "initialization"),
            (constants.TRAIN_OP_SIGNATURE_KEY, "the train op"),
        ):
            if key in signature_def_map:
                raise KeyError(
                    f'SignatureDef map key "{key}" is reserved for {purpose}. Please use a '
                    "different key."
                )

    def _maybe_create_saver(self, saver: Saver | None = None) -> Saver:
        return saver or Saver(
            variables._all_saveable_objects(),
            sharded=True,
            write_version=saver_pb2.SaverDef.V2,
            allow_empty=True,
        )

    def _save_variables(self, sess: Any, saver: Saver) -> None:
        utils_impl.get_or_create_variables_dir(self._export_dir)
        path = utils_impl.get_variables_path(self._export_dir)
        saver.save(sess, path, write_meta_graph=False, write_state=False)

    def _tag_and_add_meta_graph(
        self, meta_graph_def: Any, tags: Iterable[str], signature_def_map: dict[str, Any] | None
    ) -> None:
        meta_graph_def.meta_info_def.tags.extend(tags)
        for key, signature in (signature_def_map or {}).items():
            meta_graph_def.signature_def[key].CopyFrom(signature)
        self._saved_model.meta_graphs.append(meta_graph_def)

    def _write_assets(self, meta_graph_def: Any, assets: Iterable[Tensor] | None) -> None:
        write = functools.partial(_add_asset_to_metagraph, meta_graph_def)
        self._copy_assets(_maybe_save_assets(write, assets))

    def _copy_assets(self, names: dict[Any, Any]) -> None:
        if not names:
            logging.info("No assets to write.")
            return
        copy_assets_to_destination_dir(names, self._export_dir)

    def _signatures(self, signatures: Any, init_op: Any, train_op: Any) -> dict[str, Any]:
        signatures = signatures or {}
        self._validate_signature_def_map(signatures)
        _add_op_to_signature_def_map(signatures, init_op, constants.INIT_OP_SIGNATURE_KEY)
        _add_op_to_signature_def_map(signatures, train_op, constants.TRAIN_OP_SIGNATURE_KEY)
        return signatures  # type: ignore[no-any-return]

    def add_meta_graph(
        self,
        tags: Iterable[str],
        signature_def_map: dict[str, Any] | None = None,
        assets_list: Iterable[Tensor] | None = None,
        clear_devices: bool = False,
        init_op: Any = None,
        train_op: Any = None,
        saver: Saver | None = None,
    ) -> None:
        """Adds the default graph, for the variables that are saved already.

        Arguments as of `add_meta_graph_and_variables`.
        """
        self._check_variables(saved=True)
        signatures = self._signatures(signature_def_map, init_op, train_op)
        saver = self._maybe_create_saver(saver)
        made = saver.export_meta_graph(clear_devices=clear_devices, strip_default_attrs=True)
        self._write_assets(made, assets_list)
        self._tag_and_add_meta_graph(made, tags, signatures)

    def add_meta_graph_and_variables(
        self,
        sess: Any,
        tags: Iterable[str],
        signature_def_map: dict[str, Any] | None = None,
        assets_list: Iterable[Tensor] | None = None,
        clear_devices: bool = False,
        init_op: Any = None,
        train_op: Any = None,
        strip_default_attrs: bool = False,
        saver: Saver | None = None,
    ) -> None:
        """Adds the default graph, and saves its variables.

        Args:
          sess: the session with the variables.
          tags: the graph's tags.
          signature_def_map: SignatureDefs by name.
          assets_list: string constants with paths of files to copy.
          clear_devices: whether to drop devices.
          init_op: an operation to run when it is loaded.
          train_op: an operation that trains.
          strip_default_attrs: whether to drop attrs that have their default value.
          saver: the saver to use; default: a sharded one of everything.

        Raises:
          AssertionError: variables are saved already, or a TensorInfo lacks something.
          KeyError: a signature's name is reserved.
        """
        self._check_variables(saved=False)
        signatures = self._signatures(signature_def_map, init_op, train_op)
        saver = self._maybe_create_saver(saver)
        self._save_variables(sess, saver)
        made = saver.export_meta_graph(
            clear_devices=clear_devices, strip_default_attrs=strip_default_attrs
        )
        self._write_assets(made, assets_list)
        self._tag_and_add_meta_graph(made, tags, signatures)
        self._has_saved_variables = True

    def save(self, as_text: bool = False) -> bytes:
        """Writes the graphs; returns the file's path."""
        if not file_io.file_exists(self._export_dir):
            file_io.recursive_create_dir(self._export_dir)
        name = (
            constants.SAVED_MODEL_FILENAME_PBTXT if as_text else constants.SAVED_MODEL_FILENAME_PB
        )
        path = os.path.join(compat.as_text(self._export_dir), name)
        content: str | bytes
        if as_text:
            content = any_types.to_file_text(str(self._saved_model)).encode()
        else:
            message = saved_model_pb2.SavedModel(
                saved_model_schema_version=self._saved_model.saved_model_schema_version,
                meta_graphs=map(any_types.to_file, self._saved_model.meta_graphs),
            )
            content = message.SerializeToString()
        path = os.path.join(compat.as_text(self._export_dir), name)
        file_io.atomic_write_string_to_file(path, content)
        logging.info("SavedModel written to: %s", path)
        return compat.as_bytes(path)


@export("saved_model.Builder", "saved_model.builder.SavedModelBuilder")
class SavedModelBuilder(_SavedModelBuilder):
    """Writes a SavedModel: graphs with signatures, variables and assets in a folder. Stands for
    `tf.saved_model.Builder`.

    First `add_meta_graph_and_variables`, then `add_meta_graph` for further graphs of the same
    variables, at last `save`.

    Args:
      export_dir: the folder, which is made.

    Raises:
      AssertionError: the folder has something in it.
    """

    def __init__(self, export_dir: Any) -> None:
        super().__init__(export_dir=export_dir)

    def _add_collections(self, assets_collection: Any, main_op: Any, train_op: Any) -> None:
        self._save_and_write_assets(assets_collection)
        self._maybe_add_main_op(main_op)
        self._add_train_op(train_op)

    def _save_and_write_assets(self, assets_collection_to_add: Any = None) -> None:
        self._copy_assets(_maybe_save_assets(_add_asset_to_collection, assets_collection_to_add))

    def _maybe_add_main_op(self, main_op: Any) -> None:
        if main_op is None:
            return
        if not isinstance(main_op, Operation):
            raise TypeError(f"main_op needs to be an Operation: {main_op!r}")
        for key in (constants.MAIN_OP_KEY, constants.LEGACY_INIT_OP_KEY):
            if get_collection(key):
                raise ValueError(
                    f"Graph already contains one or more main ops under the collection {key}."
                )
        add_to_collection(constants.MAIN_OP_KEY, main_op)

    def _add_train_op(self, train_op: Any) -> None:
        if train_op is None:
            return
        if not isinstance(train_op, (Tensor, Operation)):
            raise TypeError(f"train_op needs to be a Tensor or Op: {train_op!r}")
        add_to_collection(constants.TRAIN_OP_KEY, train_op)

    @deprecated_args(
        None, "Pass your op to the equivalent parameter main_op instead.", "legacy_init_op"
    )
    def add_meta_graph(  # type: ignore[override]
        self,
        tags: Iterable[str],
        signature_def_map: dict[str, Any] | None = None,
        assets_collection: Iterable[Tensor] | None = None,
        legacy_init_op: Any = None,
        clear_devices: bool = False,
        main_op: Any = None,
        strip_default_attrs: bool = False,
        saver: Saver | None = None,
    ) -> None:
        """Adds the default graph, for the variables that are saved already. Stands for
        `tf.saved_model.Builder.add_meta_graph`.

        Arguments as of `add_meta_graph_and_variables`.
        """
        self._check_variables(saved=True)
        signatures = self._signatures(signature_def_map, None, None)
        self._add_collections(assets_collection, main_op or legacy_init_op, None)
        saver = self._maybe_create_saver(saver)
        made = saver.export_meta_graph(
            clear_devices=clear_devices, strip_default_attrs=strip_default_attrs
        )
        self._tag_and_add_meta_graph(made, tags, signatures)

    @deprecated_args(
        None, "Pass your op to the equivalent parameter main_op instead.", "legacy_init_op"
    )
    def add_meta_graph_and_variables(  # type: ignore[override]
        self,
        sess: Any,
        tags: Iterable[str],
        signature_def_map: dict[str, Any] | None = None,
        assets_collection: Iterable[Tensor] | None = None,
        legacy_init_op: Any = None,
        clear_devices: bool = False,
        main_op: Any = None,
        strip_default_attrs: bool = False,
        saver: Saver | None = None,
    ) -> None:
        """Adds the default graph, and saves its variables. Stands for
        `tf.saved_model.Builder.add_meta_graph_and_variables`.

        Args:
          sess: the session with the variables.
          tags: the graph's tags.
          signature_def_map: SignatureDefs by name.
          assets_collection: string constants with paths of files to copy.
          legacy_init_op: the older name of `main_op`.
          clear_devices: whether to drop devices.
          main_op: an operation to run when it is loaded.
          strip_default_attrs: whether to drop attrs that have their default value.
          saver: the saver to use; default: a sharded one of everything.

        Raises:
          AssertionError: variables are saved already, or a TensorInfo lacks something.
          KeyError: a signature's name is reserved.
          TypeError: `main_op` is no operation, or an asset no string constant.
          ValueError: there is a main op already.
        """
        self._check_variables(saved=False)
        signatures = self._signatures(signature_def_map, None, None)
        self._add_collections(assets_collection, main_op or legacy_init_op, None)
        saver = self._maybe_create_saver(saver)
        self._save_variables(sess, saver)
        made = saver.export_meta_graph(
            clear_devices=clear_devices, strip_default_attrs=strip_default_attrs
        )
        self._tag_and_add_meta_graph(made, tags, signatures)
        self._has_saved_variables = True
