"""What the files of models hold, in words: checkpoints, graphs, meta graphs and SavedModels."""

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
from google.protobuf import text_format
from google.protobuf.message import DecodeError

from evergraph.base import dtypes, errors
from evergraph.base.platform import file_io
from evergraph.formats.checkpoint_reader import CheckpointReader
from evergraph.graph import trust
from evergraph.graph.registry import REGISTRY
from evergraph.graph.tensor import dims_text
from evergraph.library import any_types
from evergraph.library.meta_graph_parts import asset_file_defs
from evergraph.library.saved_model import loader_impl, utils_impl
from evergraph.library.train import checkpoint_management
from evergraph.proto.framework import graph_pb2
from evergraph.proto.protobuf import meta_graph_pb2, saved_model_pb2

_ENDINGS = (".index", ".meta")


def describe(path: str, tensors: list[str] | None = None, all_nodes: bool = False) -> list[str]:
    """What is at `path`, as lines of text.

    Args:
      path: a SavedModel's folder, a folder with checkpoints, a checkpoint (with or without
        .index), a .meta file, or a file with a GraphDef, binary or text.
      tensors: names of a checkpoint's tensors whose values to show.
      all_nodes: whether to list a graph's nodes.

    Raises:
      OSError: there is nothing, or nothing of these kinds.
    """
    if tensors:
        return _values(_checkpoint_of(path), tensors)
    if file_io.is_directory(path):
        if loader_impl.maybe_saved_model_directory(path):
            return _saved_model(path, all_nodes)
        latest = checkpoint_management.latest_checkpoint(path)
        if latest is None:
            raise OSError(f"{path} holds neither a SavedModel nor a checkpoint")
        return [f"the newest checkpoint of {path}", *_checkpoint(latest)]
    if path.endswith(".index"):
        return _checkpoint(path.removesuffix(".index"))
    if file_io.file_exists(path) and not file_io.file_exists(path + ".index"):
        return _file(path, all_nodes)
    return _checkpoint(path)


def _checkpoint_of(path: str) -> str:
    """The checkpoint that a path means."""
    if file_io.is_directory(path):
        if loader_impl.maybe_saved_model_directory(path):
            return utils_impl.get_variables_path(path)
        return checkpoint_management.latest_checkpoint(path) or path
    for ending in _ENDINGS:
        path = path.removesuffix(ending)
    return path


def _open(prefix: str) -> CheckpointReader:
    try:
        return CheckpointReader(prefix)
    except errors.NotFoundError:
        raise OSError(f"{prefix} is neither a file nor a checkpoint") from None
    except errors.OpError as error:
        raise OSError(f"{prefix}: {error.message}") from None


def _values(prefix: str, names: list[str]) -> list[str]:
    reader = _open(prefix)
    lines = []
    for name in names:
        if not reader.has_tensor(name):
            raise OSError(f"{prefix} has no tensor {name}")
        value = np.asarray(reader.get_tensor(name))
        lines += [f"{name}  {value.dtype} {dims_text(value.shape)}", str(value)]
    return lines


# Checkpoints.


def _checkpoint(prefix: str) -> list[str]:
    lines = [f"checkpoint {prefix}", *_variables(prefix)]
    if file_io.file_exists(prefix + ".meta"):
        lines.append(f"its graph is in {prefix}.meta")
    return lines


def _variables(prefix: str) -> list[str]:
    reader = _open(prefix)
    types = reader.get_variable_to_dtype_map()
    rows, count, size = [], 0, 0
    for name, shape in sorted(reader.get_variable_to_shape_map().items()):
        elements = math.prod(shape)
        # The length of texts is not known from the index.
        own = None if types[name] == dtypes.string else elements * types[name].size
        count, size = count + elements, size + (own or 0)
        own_text = "" if own is None else _bytes_text(own)
        rows.append((name, types[name].name, dims_text(tuple(shape)), own_text))
    head = f"variables: {len(rows)}, {count:,} elements, {_bytes_text(size)}"
    return [head, *_columns(rows)]


def _bytes_text(count: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} B"


def _columns(rows: list[tuple[str, ...]]) -> Iterator[str]:
    """Rows with aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  " + "  ".join(cells).rstrip()


# Graphs.


def _file(path: str, all_nodes: bool) -> list[str]:
    """A checkpoint of version 1, or a file with a message."""
    try:
        return _checkpoint(path)
    except OSError:
        content = file_io.FileIO(path, "rb").read()
    if path.endswith(".meta"):
        kinds: tuple[Any, ...] = (meta_graph_pb2.MetaGraphDef, graph_pb2.GraphDef)
    else:
        kinds = (graph_pb2.GraphDef, meta_graph_pb2.MetaGraphDef)
    for kind in (*kinds, saved_model_pb2.SavedModel):
        message = _parsed(kind, content)
        if isinstance(message, graph_pb2.GraphDef) and message.node:
            return [f"graph {path}", *_graph(message, (), all_nodes)]
        if isinstance(message, meta_graph_pb2.MetaGraphDef) and message.graph_def.node:
            return [f"meta graph {path}", *_meta_graph(message, all_nodes)]
        if isinstance(message, saved_model_pb2.SavedModel) and message.meta_graphs:
            return [f"SavedModel {path}", *_meta_graphs(message, all_nodes)]
    raise OSError(f"{path} holds no graph and no checkpoint")


def _parsed(kind: Any, content: bytes) -> Any:
    """The message of that kind, binary or text; None if it is another one."""
    message = kind()
    try:
        message.ParseFromString(content)
        return None if _has_unknown_fields(message, content) else message
    except (DecodeError, ValueError):
        pass
    try:
        text = any_types.from_file_text(content.decode("utf-8"))
        return text_format.Parse(text, kind())
    except (text_format.ParseError, UnicodeDecodeError):
        return None


def _has_unknown_fields(message: Any, content: bytes) -> bool:
    """Whether not much of the content is this message's: then it was another one."""
    message.DiscardUnknownFields()
    return message.ByteSize() < len(content) // 2


def _saved_model(folder: str, all_nodes: bool) -> list[str]:
    lines = [f"SavedModel {folder}"]
    lines += _meta_graphs(loader_impl.parse_saved_model(folder), all_nodes)
    prefix = utils_impl.get_variables_path(folder)
    if file_io.file_exists(prefix + ".index"):
        lines += _variables(prefix)
    return lines


def _meta_graphs(saved_model: Any, all_nodes: bool) -> list[str]:
    lines = []
    for meta_graph_def in saved_model.meta_graphs:
        lines.append(f"graph with tags {', '.join(meta_graph_def.meta_info_def.tags) or 'none'}")
        lines += [f"  {line}" for line in _meta_graph(meta_graph_def, all_nodes)]
    return lines


def _meta_graph(meta_graph_def: Any, all_nodes: bool) -> list[str]:
    version = meta_graph_def.meta_info_def.tensorflow_version
    lines = [f"written by TensorFlow {version}"] if version else []
    for name, signature in sorted(meta_graph_def.signature_def.items()):
        lines.append(f"signature {name}  {signature.method_name}".rstrip())
        rows = [
            (arrow, key, *_tensor_columns(info))
            for arrow, side in (("in", signature.inputs), ("out", signature.outputs))
            for key, info in sorted(side.items())
        ]
        lines += _columns(rows)
    assets = asset_file_defs(meta_graph_def)
    if assets:
        lines.append(f"assets: {', '.join(asset.filename for asset in assets)}")
    fed = [asset.tensor_info.name for asset in assets]
    lines += _graph(meta_graph_def.graph_def, fed, all_nodes)
    sizes = {
        key: len(getattr(definition, kind).value)
        for key, definition in sorted(meta_graph_def.collection_def.items())
        if (kind := definition.WhichOneof("kind"))
    }
    if sizes:
        listed = ", ".join(f"{key} {size}" for key, size in sizes.items())
        lines.append(f"collections: {listed}")
    return lines


def _tensor_columns(info: Any) -> tuple[str, str, str]:
    if info.WhichOneof("encoding") == "coo_sparse":
        name = f"sparse: {info.coo_sparse.values_tensor_name}"
    elif info.WhichOneof("encoding") == "composite_tensor":
        parts = ", ".join(part.name for part in info.composite_tensor.components)
        return info.composite_tensor.type_spec.type_spec_class_name, "", parts
    else:
        name = info.name
    dims = None
    if not info.tensor_shape.unknown_rank:
        dims = tuple(None if d.size < 0 else d.size for d in info.tensor_shape.dim)
    kind = dtypes.as_dtype(info.dtype).name if info.dtype else "operation"
    return kind, dims_text(dims), name


def _graph(graph_def: Any, assets: list[str], all_nodes: bool) -> list[str]:
    functions = {function.signature.name for function in graph_def.library.function}
    counts = Counter(node.op for node in graph_def.node)
    for function in graph_def.library.function:
        counts.update(node.op for node in function.node_def)
    lines = [f"nodes: {len(graph_def.node)}, of {len(counts)} types"]
    if functions:
        lines[0] += f"; functions: {len(functions)}"
    if all_nodes:
        lines += _columns([(n.name, n.op, ", ".join(n.input), n.device) for n in graph_def.node])
    else:
        common = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        lines.append("  " + ", ".join(f"{op} {count}" for op, count in common))
    inputs = [(n.name, *_placeholder(n)) for n in graph_def.node if n.op == "Placeholder"]
    if inputs:
        lines += ["placeholders:", *_columns(inputs)]
    missing = sorted(op for op in counts if op not in REGISTRY and op not in functions)
    listed = ", ".join(f"{op} {counts[op]}" for op in missing) or "none"
    lines.append(f"ops not supported: {listed}")
    reach = trust.outside_reach(graph_def, assets)
    lines.append(f"nodes that reach outside: {len(reach) or 'none'}")
    lines += [f"  {found}" for found in reach]
    return lines


def _placeholder(node: Any) -> tuple[str, str]:
    shape = node.attr["shape"].shape
    dims = None
    if "shape" in node.attr and not shape.unknown_rank:
        dims = tuple(None if d.size < 0 else d.size for d in shape.dim)
    return dtypes.as_dtype(node.attr["dtype"].type).name, dims_text(dims)
