"""TensorInfos, and the folders of a SavedModel."""

import os.path
from collections.abc import Callable
from typing import Any

from evergraph.base import dtypes, nest
from evergraph.base.compat import as_text
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.platform import file_io
from evergraph.base.tensor_shape import unknown_shape
from evergraph.graph.composite import CompositeTensor, SparseTensor
from evergraph.graph.graph import Graph, get_default_graph
from evergraph.graph.names import prepend_name_scope
from evergraph.graph.operation import Operation
from evergraph.library.saved_model import constants, nested_structure_coder
from evergraph.proto.framework import types_pb2
from evergraph.proto.protobuf import meta_graph_pb2, struct_pb2


def _v1_only(*names: str) -> Callable[[Any], Any]:
    """Marks what TensorFlow 2 keeps under `compat.v1` alone."""
    places = " or ".join(f"tf.compat.v1.{name}" for name in names)
    return deprecated(
        None,
        f"This function will only be available through the v1 compatibility library as {places}.",
    )


@export("saved_model.build_tensor_info", "saved_model.utils.build_tensor_info")
@_v1_only("saved_model.utils.build_tensor_info", "saved_model.build_tensor_info")
def build_tensor_info(tensor: Any) -> Any:
    """The TensorInfo of a tensor, dense, sparse or ragged. Stands for
    `tf.saved_model.build_tensor_info`."""
    return build_tensor_info_internal(tensor)


def build_tensor_info_internal(tensor: Any) -> Any:
    """As `build_tensor_info`."""
    info = meta_graph_pb2.TensorInfo()
    if isinstance(tensor, CompositeTensor) and not isinstance(tensor, SparseTensor):
        spec = nested_structure_coder.StructureCoder().encode_structure(tensor._type_spec)
        info.composite_tensor.type_spec.CopyFrom(spec.type_spec_value)
        for component in nest.flatten(tensor, expand_composites=True):
            info.composite_tensor.components.append(build_tensor_info_internal(component))
        return info
    info.dtype = dtypes.as_dtype(tensor.dtype).as_datatype_enum
    info.tensor_shape.CopyFrom(tensor.get_shape().as_proto())
    if isinstance(tensor, SparseTensor):
        info.coo_sparse.values_tensor_name = tensor.values.name
        info.coo_sparse.indices_tensor_name = tensor.indices.name
        info.coo_sparse.dense_shape_tensor_name = tensor.dense_shape.name
    else:
        info.name = tensor.name
    return info


def build_tensor_info_from_op(op: Operation) -> Any:
    """A TensorInfo that names an operation."""
    return meta_graph_pb2.TensorInfo(
        dtype=types_pb2.DT_INVALID, tensor_shape=unknown_shape().as_proto(), name=op.name
    )


@export("saved_model.get_tensor_from_tensor_info", "saved_model.utils.get_tensor_from_tensor_info")
@_v1_only(
    "saved_model.utils.get_tensor_from_tensor_info", "saved_model.get_tensor_from_tensor_info"
)
def get_tensor_from_tensor_info(
    tensor_info: Any, graph: Graph | None = None, import_scope: str | None = None
) -> Any:
    """The tensor that a TensorInfo describes. Stands for
    `tf.saved_model.get_tensor_from_tensor_info`.

    Args:
      tensor_info: a TensorInfo.
      graph: where to look; default: the default graph.
      import_scope: the scope that the graph was imported to.

    Raises:
      KeyError: there is no such tensor.
      ValueError: it describes nothing.
    """
    where = graph or get_default_graph()

    def tensor(name: str) -> Any:
        return where.get_tensor_by_name(prepend_name_scope(name, import_scope))

    encoding = tensor_info.WhichOneof("encoding")
    if encoding == "name":
        return tensor(tensor_info.name)
    if encoding == "coo_sparse":
        parts = tensor_info.coo_sparse
        return SparseTensor(
            tensor(parts.indices_tensor_name),
            tensor(parts.values_tensor_name),
            tensor(parts.dense_shape_tensor_name),
        )
    if encoding == "composite_tensor":
        parts = tensor_info.composite_tensor
        spec = nested_structure_coder.StructureCoder().decode_proto(
            struct_pb2.StructuredValue(type_spec_value=parts.type_spec)
        )
        components = [tensor(component.name) for component in parts.components]
        return nest.pack_sequence_as(spec, components, expand_composites=True)
    raise ValueError(f"Invalid TensorInfo.encoding: {encoding}")


def get_element_from_tensor_info(
    tensor_info: Any, graph: Graph | None = None, import_scope: str | None = None
) -> Any:
    """The tensor or operation that a TensorInfo names."""
    name = prepend_name_scope(tensor_info.name, import_scope)
    return (graph or get_default_graph()).as_graph_element(name)


# Folders.


def _made(folder: str) -> str:
    if not file_io.file_exists(folder):
        file_io.recursive_create_dir(folder)
    return folder


def get_variables_dir(export_dir: Any) -> str:
    """The folder of the variables."""
    return os.path.join(as_text(export_dir), constants.VARIABLES_DIRECTORY)


def get_or_create_variables_dir(export_dir: Any) -> str:
    """The folder of the variables, which is made."""
    return _made(get_variables_dir(export_dir))


def get_variables_path(export_dir: Any) -> str:
    """The checkpoint with the variables."""
    return os.path.join(get_variables_dir(export_dir), constants.VARIABLES_FILENAME)


def get_assets_dir(export_dir: Any) -> str:
    """The folder of the assets."""
    return os.path.join(as_text(export_dir), constants.ASSETS_DIRECTORY)


def get_or_create_assets_dir(export_dir: Any) -> str:
    """The folder of the assets, which is made."""
    return _made(get_assets_dir(export_dir))
