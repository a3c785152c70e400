"""Files that belong to a SavedModel: vocabularies and the like."""

import os.path
from collections.abc import Callable, Iterable
from typing import Any

from google.protobuf.any_pb2 import Any as AnyMessage

from evergraph.base import dtypes, errors
from evergraph.base.compat import as_bytes, as_text
from evergraph.base.platform import file_io, logging
from evergraph.graph import tensor_proto
from evergraph.graph.defaults import add_to_collection
from evergraph.graph.tensor import Tensor
from evergraph.library.meta_graph_parts import asset_file_defs
from evergraph.library.saved_model import constants, utils_impl
from evergraph.proto.protobuf import meta_graph_pb2

Names = dict[Any, Any]  # names in the folder, and where the files come from


def _maybe_save_assets(
    write_fn: Callable[[Any, Tensor], None], assets_to_add: Iterable[Tensor] | None = None
) -> Names:
    """Calls `write_fn(name, tensor)` for each tensor that holds a path; returns the names.

    Raises:
      TypeError: one is no scalar string constant.
      ValueError: a path is empty.
    """
    names: Names = {}
    if assets_to_add is None:
        logging.info("No assets to save.")
        return names
    for tensor in assets_to_add:
        path = _asset_path_from_tensor(tensor)
        if not path:
            raise ValueError(f"Invalid asset filepath tensor {tensor}")
        name = get_asset_filename_to_add(path, names)
        write_fn(name, tensor)
        names[name] = path
    logging.info("Assets added to graph.")
    return names


def _asset_path_from_tensor(path_tensor: Any) -> bytes:
    """The path in a constant."""
    if not isinstance(path_tensor, Tensor):
        raise TypeError("Asset path tensor must be a Tensor.")
    if path_tensor.op.type != "Const":
        raise TypeError("Asset path tensor must be of type constant.")
    if path_tensor.dtype != dtypes.string:
        raise TypeError("Asset path tensor must be of dtype string.")
    values = path_tensor.op.get_attr("value").string_val
    if len(values) != 1:
        raise TypeError("Asset path tensor must be a scalar.")
    return values[0]  # type: ignore[no-any-return]


def get_asset_filename_to_add(asset_filepath: Any, asset_filename_map: Names) -> Any:
    """The name for a file among those that are there: its own, or one with a number where another
    file has that."""
    name = os.path.basename(asset_filepath)
    other = asset_filename_map.get(name)
    if other is None or other == asset_filepath or file_io.filecmp(asset_filepath, other):
        return name
    return _get_unique_asset_filename(name, asset_filename_map)


def _get_unique_asset_filename(asset_filename: Any, asset_filename_map: Names) -> Any:
    name, number = asset_filename, 1
    while name in asset_filename_map:
        name = as_bytes(asset_filename) + b"_" + as_bytes(str(number))
        number += 1
    return name


def _add_asset_to_metagraph(meta_graph_def: Any, asset_filename: Any, asset_tensor: Tensor) -> None:
    asset = meta_graph_def.asset_file_def.add(filename=as_text(asset_filename))
    asset.tensor_info.name = asset_tensor.name


def _add_asset_to_collection(asset_filename: Any, asset_tensor: Tensor) -> None:
    asset = meta_graph_pb2.AssetFileDef(filename=as_text(asset_filename))
    asset.tensor_info.name = asset_tensor.name
    packed = AnyMessage()
    packed.Pack(asset)
    add_to_collection(constants.ASSETS_KEY, packed)


def inside_the_model(meta_graph_def: Any, export_dir: Any) -> Any:
    """The MetaGraphDef whose constants of assets are the paths of the model's own files.

    When it is loaded these constants are fed; but who runs its tables' initializers himself, by
    whatever he fetches, would read the file that the constant names.

    Raises:
      PermissionDeniedError: an asset is outside of the model's folder.
    """
    made = meta_graph_pb2.MetaGraphDef()
    made.CopyFrom(meta_graph_def)
    nodes = {node.name: node for node in made.graph_def.node}
    folder = utils_impl.get_assets_dir(export_dir)
    home = os.path.realpath(folder)
    for asset in asset_file_defs(made):
        path = os.path.join(folder, asset.filename)
        # Neither by its name nor by a link may it lead elsewhere.
        if os.path.commonpath([home, os.path.realpath(path)]) != home:
            raise errors.PermissionDeniedError(
                None,
                None,
                f"The graph is not trusted, and has an asset outside of its folder: {path}",
            )
        node = nodes.get(asset.tensor_info.name.split(":")[0])
        if node is not None and node.op == "Const":
            value = tensor_proto.make_tensor_proto(path, dtypes.string)
            node.attr["value"].tensor.CopyFrom(value)
    return made


def copy_assets_to_destination_dir(asset_filename_map: Names, destination_dir: Any) -> None:
    """Copies files into the assets of a SavedModel, those that are not there yet."""
    folder = utils_impl.get_or_create_assets_dir(destination_dir)
    for name, source in asset_filename_map.items():
        target = os.path.join(folder, as_text(name))
        if not file_io.file_exists(target):
            file_io.copy(source, target)
    logging.info("Assets written to: %s", folder)
