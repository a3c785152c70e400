"""What a watched run wrote into a folder: `DebugDumpDir`."""

import os
import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from evergraph.base.platform import gfile, logging
from evergraph.library.debug import debug_graphs
from evergraph.library.debug.dump_files import (
    CORE_METADATA_TAG,
    DEVICE_TAG,
    FEED_KEYS_INFO_FILE_TAG,
    FETCHES_INFO_FILE_TAG,
    GRAPH_FILE_TAG,
    METADATA_FILE_PREFIX,
    DebugTensorDatum,
    InconvertibleTensorProto,
    device_path_to_device_name,
    extract_core_metadata_from_event_proto,
    load_graph_def,
    load_tensor_from_event,
    load_tensor_from_event_file,
    read_event,
    watch_key_of,
)

__all__ = ["load_tensor_from_event", "load_tensor_from_event_file"]


def has_inf_or_nan(datum: Any, tensor: Any) -> bool:
    """Whether a value has numbers that are infinite or NaN; a filter for `DebugDumpDir.find`."""
    if isinstance(tensor, InconvertibleTensorProto) or tensor.dtype.kind not in "fciu":
        return False
    return bool(np.any(np.isnan(tensor)) or np.any(np.isinf(tensor)))


class WatchKeyDoesNotExistInDebugDumpDirError(ValueError):
    """A folder has nothing of a tensor and a debug op."""


def _one_or_all(found: list[Any]) -> Any:
    return found[0] if len(found) == 1 else found


class DebugDumpDir:
    """What a watched run wrote.

    Args:
      dump_root: the folder.
      partition_graphs: GraphDefs of the run, used where the folder has none.
      validate: whether to check that nodes are in the graph, and no tensor is older than what it
        was made of.

    Raises:
      OSError: there is no such folder.
      ValueError: a check failed.
    """

    def __init__(self, dump_root: str, partition_graphs: Any = None, validate: bool = True) -> None:
        if not gfile.IsDirectory(dump_root):
            raise OSError(f"Dump root directory {dump_root} does not exist")
        self._dump_root = dump_root
        self._core_metadata = [
            extract_core_metadata_from_event_proto(event)
            for event in self._events(CORE_METADATA_TAG)
        ]
        self._fetches, self._feed_keys = (
            [event.log_message.message for event in self._events(tag)]
            for tag in (FETCHES_INFO_FILE_TAG, FEED_KEYS_INFO_FILE_TAG)
        )
        self._python_graph: Any = None
        self._data: dict[str, list[DebugTensorDatum]] = {}
        self._graphs: dict[Any, debug_graphs.DebugGraph] = {}
        self._node_devices: dict[str, set[Any]] = {}
        for folder in sorted(self._glob(DEVICE_TAG)):
            self._load_device(device_path_to_device_name(folder), folder, partition_graphs)
        for device in self._data:
            if validate and device in self._graphs:
                self._validate(device)
        stamps = [data[0].timestamp for data in self._data.values() if data]
        self._t0 = min(stamps) if stamps else None
        self._by_key: dict[str, dict[str, list[DebugTensorDatum]]] = {}
        for device, data in self._data.items():
            keys = self._by_key.setdefault(device, {})
            for datum in data:
                keys.setdefault(datum.watch_key, []).append(datum)

    def _glob(self, tag: str) -> list[str]:
        return gfile.Glob(os.path.join(self._dump_root, METADATA_FILE_PREFIX + tag + "*"))

    def _events(self, tag: str) -> list[Any]:
        return [read_event(path) for path in sorted(self._glob(tag))]

    def _load_device(self, device: str, folder: str, partition_graphs: Any) -> None:
        graph_def = None
        data = []
        for place, _, files in gfile.Walk(folder):
            for name in files:
                if name.startswith(METADATA_FILE_PREFIX + GRAPH_FILE_TAG):
                    graph_def = load_graph_def(os.path.join(place, name))
                else:
                    path = os.path.join(os.path.relpath(place, self._dump_root), name)
                    data.append(DebugTensorDatum(self._dump_root, path))
        self._data[device] = sorted(data, key=lambda datum: datum.extended_timestamp)
        if graph_def is None:
            logging.warning(
                f"Failed to load partition graphs for device {device} from disk. As a fallback, "
                "the client graphs will be used. This may cause mismatches in device names."
            )
            graph_def = next(
                (
                    graph
                    for graph in partition_graphs or ()
                    if any(node.device == device for node in graph.node)
                ),
                None,
            )
        if graph_def is not None:
            graph = self._graphs[device] = debug_graphs.DebugGraph(graph_def, device)
            for node, devices in graph.node_devices.items():
                self._node_devices.setdefault(node, set()).update(devices)

    def _validate(self, device: str) -> None:
        graph, data = self._graphs[device], self._data[device]
        watched = {(datum.node_name, datum.output_slot) for datum in data}
        for datum in data:
            if datum.node_name not in graph.node_inputs:
                raise ValueError(
                    f"Node name '{datum.node_name}' is not found in partition graphs of device "
                    f"{device}."
                )
        pending: dict[str, list[tuple[str, int]]] = {}
        for node, inputs in graph.node_inputs.items():
            pending[node] = []
            for name in inputs:
                key = debug_graphs.get_node_name(name), debug_graphs.get_output_slot(name)
                free = graph.node_op_types.get(name) in ("Enter", "NextIteration")
                if key in watched and not free and key not in pending[node]:
                    pending[node].append(key)
        for i, datum in enumerate(data):
            missing = pending[datum.node_name]
            for other in data[i + 1 :] if missing else ():
                if other.timestamp > datum.timestamp:
                    break
                key = other.node_name, other.output_slot
                if other.timestamp == datum.timestamp and key in missing:
                    missing.remove(key)
            if missing:
                raise ValueError(
                    f"Causality violated in timing relations of debug dumps: {datum.node_name} "
                    f"({datum.timestamp}): these input(s) are not satisfied: {missing!r}"
                )
            key = datum.node_name, datum.output_slot
            for user in graph.node_recipients[datum.node_name]:
                if key in pending[user]:
                    if graph.node_op_types[user] == "Merge":
                        pending[user].clear()
                    else:
                        pending[user].remove(key)

    # -- what was run

    @property
    def core_metadata(self) -> Any:
        """Numbers of the run, names of what was fed, fetched and run; a list where several runs
        wrote here."""
        return _one_or_all(self._core_metadata)

    @property
    def run_fetches_info(self) -> Any:
        """The run's fetches as a text."""
        return _one_or_all(self._fetches)

    @property
    def run_feed_keys_info(self) -> Any:
        """What was fed in the run, as a text."""
        return _one_or_all(self._feed_keys)

    def set_python_graph(self, python_graph: Any) -> None:
        """Sets the Graph that was run, which knows where nodes were made."""
        self._python_graph = python_graph

    @property
    def python_graph(self) -> Any:
        """The Graph that was run, or None."""
        return self._python_graph

    # -- values

    @property
    def dumped_tensor_data(self) -> list[DebugTensorDatum]:
        """All that is there of tensors, in the order of time."""
        data = [datum for one in self._data.values() for datum in one]
        return sorted(data, key=lambda datum: datum.extended_timestamp)

    @property
    def t0(self) -> int | None:
        """When the first tensor was told of, in microseconds."""
        return self._t0

    @property
    def size(self) -> int:
        """How many values there are."""
        return sum(map(len, self._data.values()))

    def find(
        self,
        predicate: Callable[[DebugTensorDatum, Any], Any],
        first_n: int = 0,
        device_name: str | None = None,
        exclude_node_names: str | None = None,
    ) -> list[DebugTensorDatum]:
        """The data for which `predicate(datum, value)` holds.

        Args:
          predicate: the filter.
          first_n: how many to find at most; 0: all.
          device_name: one device only.
          exclude_node_names: how names of nodes begin that are left out.
        """
        found: list[DebugTensorDatum] = []
        for device in self._data if device_name is None else (device_name,):
            for datum in self._data[device]:
                if exclude_node_names and re.match(exclude_node_names, datum.node_name):
                    continue
                if predicate(datum, datum.get_tensor()):
                    found.append(datum)
                    if first_n > 0 and len(found) >= first_n:
                        return found
        return found

    def debug_watch_keys(self, node_name: str, device_name: str | None = None) -> list[str]:
        """ "node:0:DebugIdentity" for all that was told of a node."""
        try:
            device = self._infer_device_name(device_name, node_name)
        except ValueError:
            return []
        return [key for key, data in self._by_key[device].items() if data[0].node_name == node_name]

    def watch_key_to_data(
        self, debug_watch_key: str, device_name: str | None = None
    ) -> list[DebugTensorDatum]:
        """The data of a tensor and debug op. Raises ValueError where several devices have them."""
        devices = [d for d, keys in self._by_key.items() if debug_watch_key in keys]
        if device_name is not None:
            if device_name not in self._by_key:
                raise ValueError(
                    f"There is no device named '{device_name}' consisting of debug watch keys."
                )
            devices = [device_name]
        if len(devices) > 1:
            raise ValueError(
                f"The debug watch key '{debug_watch_key}' exists on multiple ({len(devices)}) "
                "devices, but device name is not specified."
            )
        return self._by_key[devices[0]].get(debug_watch_key, []) if devices else []

    def _told(
        self, node_name: str, output_slot: int, debug_op: str, device_name: str | None
    ) -> list[DebugTensorDatum]:
        device = self._infer_device_name(device_name, node_name)
        key = watch_key_of(node_name, output_slot, debug_op)
        if key not in self._by_key[device]:
            raise WatchKeyDoesNotExistInDebugDumpDirError(
                f'Watch key "{key}" does not exist in the debug dump of device {device}'
            )
        return self._by_key[device][key]

    def get_tensor_file_paths(
        self, node_name: str, output_slot: int, debug_op: str, device_name: str | None = None
    ) -> list[str]:
        """The files of a tensor. Raises WatchKeyDoesNotExistInDebugDumpDirError for none."""
        data = self._told(node_name, output_slot, debug_op, device_name)
        return [datum.file_path for datum in data]

    def get_tensors(
        self, node_name: str, output_slot: int, debug_op: str, device_name: str | None = None
    ) -> list[Any]:
        """What a tensor held, each time. Raises WatchKeyDoesNotExistInDebugDumpDirError for
        none."""
        try:
            data = self._told(node_name, output_slot, debug_op, device_name)
        except ValueError:
            key = watch_key_of(node_name, output_slot, debug_op)
            raise WatchKeyDoesNotExistInDebugDumpDirError(
                f'Watch key "{key}" does not exist in the debug dump of device {device_name}'
            ) from None
        return [datum.get_tensor() for datum in data]

    def get_rel_timestamps(
        self, node_name: str, output_slot: int, debug_op: str, device_name: str | None = None
    ) -> list[int]:
        """When a tensor held its values, in microseconds after the first of all."""
        data = self._told(node_name, output_slot, debug_op, device_name)
        return [datum.timestamp - (self._t0 or 0) for datum in data]

    def get_dump_sizes_bytes(
        self, node_name: str, output_slot: int, debug_op: str, device_name: str | None = None
    ) -> list[int | None]:
        """The sizes of a tensor's files."""
        data = self._told(node_name, output_slot, debug_op, device_name)
        return [datum.dump_size_bytes for datum in data]

    # -- the graph

    def _need_graphs(self, message: str) -> None:
        if not self._graphs:
            raise LookupError(message)

    def _infer_device_name(self, device_name: str | None, node_name: str) -> str:
        if device_name is not None:
            return device_name
        devices = self._node_devices.get(node_name, set())
        if not devices:
            raise ValueError(
                f"None of the {len(self._data)} device(s) has a node named '{node_name}'."
            )
        if len(devices) > 1:
            raise ValueError(
                f"There are multiple ({len(devices)}) devices with nodes named '{node_name}' but "
                "device_name is not specified."
            )
        return next(iter(devices))

    def _graph_of(self, node_name: str, device_name: str | None, what: str) -> Any:
        self._need_graphs(f"{what} are not loaded from partition graphs yet.")
        return self._graphs[self._infer_device_name(device_name, node_name)]

    def devices(self) -> list[str]:
        """The names of all devices."""
        return list(self._data)

    def loaded_partition_graphs(self) -> bool:
        """Whether there are graphs."""
        return bool(self._graphs)

    def partition_graphs(self) -> list[Any]:
        """The GraphDefs that were run, one a device. Raises LookupError where there are none."""
        self._need_graphs("No partition graphs have been loaded.")
        return [graph.debug_graph_def for graph in self._graphs.values()]

    def reconstructed_non_debug_partition_graphs(self) -> dict[str, Any]:
        """The GraphDefs by device, without the debugger's nodes."""
        return {device: graph.non_debug_graph_def for device, graph in self._graphs.items()}

    def nodes(self, device_name: str | None = None) -> Iterable[str]:
        """The names of all nodes, or of those of a device."""
        self._need_graphs("No partition graphs have been loaded.")
        if device_name is None:
            return [node for graph in self._graphs.values() for node in graph.node_inputs]
        if device_name not in self._graphs:
            raise ValueError(f"Invalid device name: {device_name}")
        return self._graphs[device_name].node_inputs.keys()

    def node_exists(self, node_name: str, device_name: str | None = None) -> bool:
        """Whether there is a node of this name."""
        self._need_graphs("Nodes have not been loaded from partition graphs yet.")
        if device_name is not None and device_name not in self._graphs:
            raise ValueError(f"The specified device_name '{device_name}' cannot be found.")
        return any(node_name in graph.node_inputs for graph in self._graphs.values())

    def node_device(self, node_name: str) -> Any:
        """The device of a node, or a list of them."""
        self._need_graphs("Node devices are not loaded from partition graphs yet.")
        if node_name not in self._node_devices:
            raise ValueError(f"Node '{node_name}' does not exist in partition graphs.")
        return _one_or_all(list(self._node_devices[node_name]))

    def node_attributes(self, node_name: str, device_name: str | None = None) -> Any:
        """The attrs of a node."""
        self._need_graphs("No partition graphs have been loaded.")
        device = self._infer_device_name(device_name, node_name)
        return self._graphs[device].node_attributes[node_name]

    def node_op_type(self, node_name: str, device_name: str | None = None) -> str:
        """The op type of a node."""
        graph = self._graph_of(node_name, device_name, "Node op types")
        found: str = graph.node_op_types[node_name]
        return found

    def node_inputs(
        self, node_name: str, is_control: bool = False, device_name: str | None = None
    ) -> list[str]:
        """What a node takes, or which nodes it waits for."""
        graph = self._graph_of(node_name, device_name, "Node inputs")
        inputs: dict[str, list[str]] = graph.node_ctrl_inputs if is_control else graph.node_inputs
        return inputs[node_name]

    def node_recipients(
        self, node_name: str, is_control: bool = False, device_name: str | None = None
    ) -> list[str]:
        """The nodes that take what a node gives, or that wait for it."""
        graph = self._graph_of(node_name, device_name, "Node recipients")
        users: dict[str, list[str]] = (
            graph.node_ctrl_recipients if is_control else graph.node_recipients
        )
        return users[node_name]

    def _edges(self, graph: Any, control: bool, reversed_ref: bool) -> list[Any]:
        lists = [graph.node_inputs]
        if control:
            lists.append(graph.node_ctrl_inputs)
        if reversed_ref:
            lists.append(graph.node_reversed_ref_inputs)
        return lists

    def _merges(self, graph: Any) -> list[str]:
        return [name for name, op in graph.node_op_types.items() if op == "Merge"]

    def transitive_inputs(
        self,
        node_name: str,
        include_control: bool = True,
        include_reversed_ref: bool = False,
        device_name: str | None = None,
    ) -> list[str]:
        """All that a node needs, directly or not; walks end at Merge nodes.

        Args:
          node_name: the node.
          include_control: whether edges of control count.
          include_reversed_ref: whether users of references count as what they change needs, too.
          device_name: its device.
        """
        graph = self._graph_of(node_name, device_name, "Node inputs")
        tracer = debug_graphs.DFSGraphTracer(
            self._edges(graph, include_control, include_reversed_ref), self._merges(graph)
        )
        tracer.trace(node_name)
        return tracer.inputs()

    def find_some_path(
        self,
        src_node_name: str,
        dst_node_name: str,
        include_control: bool = True,
        include_reversed_ref: bool = False,
        device_name: str | None = None,
    ) -> list[str] | None:
        """Names of nodes from one to another, or None. Raises ValueError where they are on
        different devices."""
        source = self._infer_device_name(device_name, src_node_name)
        device = self._infer_device_name(device_name, dst_node_name)
        if source != device:
            raise ValueError(
                f"Source ({src_node_name}) and destination ({dst_node_name}) are not on the same "
                f"device: {source} vs. {device}"
            )
        graph = self._graphs[device]
        tracer = debug_graphs.DFSGraphTracer(
            self._edges(graph, include_control, include_reversed_ref),
            self._merges(graph),
            src_node_name,
        )
        try:
            tracer.trace(dst_node_name)
        except debug_graphs.GraphTracingReachedDestination:
            depth = ([0, *tracer.depth_list()])[-1]
            path = []
            steps = zip([dst_node_name, *tracer.inputs()], [0, *tracer.depth_list()], strict=True)
            for name, at in reversed(list(steps)):
                if at == depth:
                    path.append(name)
                    depth -= 1
            return path
        return None

    def node_traceback(self, element_name: str) -> Any:
        """Where a node was made.

        Raises:
          LookupError: the Graph is not known.
          KeyError: it has no such node.
        """
        if self._python_graph is None:
            raise LookupError("Python graph is not available for traceback lookup")
        name = debug_graphs.get_node_name(element_name)
        for op in self._python_graph.get_operations():
            if op.name == name:
                return op.traceback
        raise KeyError(f'Cannot find node "{name}" in Python graph')
