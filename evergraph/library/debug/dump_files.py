"""Files of a folder that a watched run wrote: tensors, graphs, what was run."""

import collections
import json
import os
from typing import Any

import numpy as np

from evergraph.base import dtypes
from evergraph.base.compat import as_text
from evergraph.base.platform import gfile
from evergraph.graph import tensor_proto as tensor_protos
from evergraph.proto.framework import graph_pb2
from evergraph.proto.util import event_pb2

METADATA_FILE_PREFIX = "_tfdbg_"
CORE_METADATA_TAG = "core_metadata_"
GRAPH_FILE_TAG = "graph_"
DEVICE_TAG = "device_"
HASH_TAG = "hash"
FETCHES_INFO_FILE_TAG = "fetches_info_"
FEED_KEYS_INFO_FILE_TAG = "feed_keys_info_"

CoreMetadata = collections.namedtuple(
    "CoreMetadata",
    [
        "global_step",
        "session_run_index",
        "executor_step_index",
        "input_names",
        "output_names",
        "target_nodes",
    ],
)


class InconvertibleTensorProto:
    """What a tensor held that is no array: a resource, or nothing yet."""

    def __init__(self, tensor_proto: Any, initialized: bool = True) -> None:
        self._tensor_proto = tensor_proto
        self._initialized = initialized

    def __str__(self) -> str:
        return ("" if self._initialized else "Uninitialized tensor:\n") + str(self._tensor_proto)

    @property
    def initialized(self) -> bool:
        """Whether there is a value."""
        return self._initialized


def read_event(path: str) -> Any:
    """The Event in a file."""
    with gfile.Open(path, "rb") as file:
        return event_pb2.Event.FromString(file.read())


def load_tensor_from_event_file(event_file_path: str) -> Any:
    """The value in a file that a watched run wrote: an array, or InconvertibleTensorProto."""
    return load_tensor_from_event(read_event(event_file_path))


def load_tensor_from_event(event: Any) -> Any:
    """The value in an Event: an array, or InconvertibleTensorProto."""
    proto = event.summary.value[0].tensor
    sizes = [dim.size for dim in proto.tensor_shape.dim]
    if not proto.tensor_content and not proto.string_val and np.prod(sizes, dtype=np.int64):
        return InconvertibleTensorProto(proto, False)
    if proto.dtype == dtypes.resource.as_datatype_enum:
        return InconvertibleTensorProto(proto)
    try:
        return tensor_protos.make_ndarray(proto)
    except (KeyError, TypeError):
        return InconvertibleTensorProto(proto)


def load_graph_def(path: str) -> Any:
    """The GraphDef in a file that a watched run wrote."""
    return graph_pb2.GraphDef.FromString(read_event(path).graph_def)


def extract_core_metadata_from_event_proto(event: Any) -> CoreMetadata:
    """What was run: numbers of the run, names of what was fed, fetched and run."""
    found = json.loads(event.log_message.message)
    return CoreMetadata(*(found[name] for name in CoreMetadata._fields))


def device_name_to_device_path(device_name: Any) -> str:
    """The folder of a device's tensors."""
    items = as_text(device_name).replace(":", "_").split("/")
    return METADATA_FILE_PREFIX + DEVICE_TAG + ",".join(items)


def device_path_to_device_name(device_dir: str) -> str:
    """The device whose tensors a folder has."""
    text = os.path.basename(device_dir)[len(METADATA_FILE_PREFIX + DEVICE_TAG) :]
    return "/".join(
        item.replace("device_", "device:").replace("_", ":", 1) for item in text.split(",")
    )


def tensor_name_of(node_name: str, output_slot: int) -> str:
    """ "node:0"."""
    return f"{node_name}:{output_slot}"


def watch_key_of(node_name: str, output_slot: int, debug_op: str) -> str:
    """ "node:0:DebugIdentity"."""
    return f"{node_name}:{output_slot}:{debug_op}"


class DebugTensorDatum:
    """A file with what a tensor held at some time.

    Args:
      dump_root: the folder of the run.
      debug_dump_rel_path: the file in it, named by device, node, output, debug op and time.

    Raises:
      ValueError: the file is not named like that.
    """

    def __init__(self, dump_root: str, debug_dump_rel_path: str) -> None:
        device, *scopes, base = os.path.normpath(debug_dump_rel_path).split(os.sep)
        parts = base.rsplit("_", 3)
        if len(parts) < 4:
            raise ValueError(f"Dump file path does not conform to the naming pattern: {base}")
        node, slot, self.debug_op, self.extended_timestamp = parts
        self.device_name = device_path_to_device_name(device)
        self.timestamp = int(self.extended_timestamp.partition("-")[0])
        self.output_slot = int(slot)
        self.node_name = "/".join([*scopes, node])
        self.file_path = os.path.join(dump_root, debug_dump_rel_path)
        self.dump_size_bytes = (
            gfile.Stat(self.file_path).length if gfile.Exists(self.file_path) else None
        )

    def __str__(self) -> str:
        return (
            f"{{DebugTensorDatum ({self.device_name}) {self.node_name}:{self.output_slot} @ "
            f"{self.debug_op} @ {self.timestamp}}}"
        )

    __repr__ = __str__

    def get_tensor(self) -> Any:
        """The value: an array, or InconvertibleTensorProto."""
        return load_tensor_from_event_file(self.file_path)

    @property
    def tensor_name(self) -> str:
        """ "node:0"."""
        return tensor_name_of(self.node_name, self.output_slot)

    @property
    def watch_key(self) -> str:
        """ "node:0:DebugIdentity"."""
        return watch_key_of(self.node_name, self.output_slot, self.debug_op)
