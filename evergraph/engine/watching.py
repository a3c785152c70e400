"""Runs that are watched for the debugger: the slow evaluator, which tells of every tensor.

RunOptions name the tensors (or all), the debug ops and the folders; `docs/debugger.md` has the
layout of these, which is TensorFlow's.
"""

import itertools
import json
import os
import time
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evergraph.base import dtypes, errors
from evergraph.engine import values
from evergraph.engine.devices import LOCAL
from evergraph.engine.metadata import partition_graph
from evergraph.engine.state import Variable
from evergraph.graph import tensor_proto
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.kernels.health import nan_count, numeric_summary
from evergraph.proto.framework import graph_pb2, node_def_pb2
from evergraph.proto.util import event_pb2

_DEVICE = f"{LOCAL}/device:CPU:0"
_DEVICE_FOLDER = "_tfdbg_device_" + _DEVICE.replace(":", "_").replace("/", ",")
_NUMERIC = ("DebugNanCount", "DebugNumericSummary")
# Debug ops do not hold up what follows a node that begins an iteration.
_FREE = frozenset(["Enter", "RefEnter", "NextIteration", "RefNextIteration"])
_runs = itertools.count(1)


@dataclass(frozen=True)
class DebugOp:
    """A debug op with its attrs, as in "DebugNumericSummary(lower_bound=-1;upper_bound=1)"."""

    name: str
    attrs: dict[str, str]


def _debug_op(text: str) -> DebugOp:
    name, bracket, rest = text.partition("(")
    if bracket and not rest.endswith(")"):
        raise errors.InvalidArgumentError(None, None, f'Malformed debug op name "{text}"')
    attrs = {}
    for item in filter(None, rest.removesuffix(")").split(";")):
        key, equals, value = item.partition("=")
        if not equals or not key or not value:
            raise errors.InvalidArgumentError(
                None, None, f'Malformed attributes in debug op name "{text}"'
            )
        attrs[key.strip()] = value.strip()
    if name not in ("DebugIdentity", *_NUMERIC):
        raise errors.NotFoundError(
            None,
            None,
            f"Node type '{name}' is not a debug op: DebugIdentity, {', '.join(_NUMERIC)}",
        )
    return DebugOp(name, attrs)


@dataclass(frozen=True)
class Watch:
    """What is done with a tensor: debug ops, and the folders that get what they give."""

    ops: list[DebugOp]
    urls: list[str]
    tolerant: bool


class Watches:
    """The watches of RunOptions.

    Args:
      debug_options: their field of that name.
      names: of the graph's nodes. What is to be done with others does not matter.
    """

    def __init__(self, debug_options: Any, names: Container[str]) -> None:
        self.global_step = debug_options.global_step
        self._found: dict[tuple[str, int], Watch] = {}
        self._others: Watch | None = None
        for watch in debug_options.debug_tensor_watch_opts:
            if watch.node_name != "*" and watch.node_name not in names:
                continue
            found = Watch(
                [_debug_op(text) for text in watch.debug_ops],
                list(watch.debug_urls),
                watch.tolerate_debug_op_creation_failures,
            )
            if watch.node_name == "*":
                self._others = found
            else:
                self._found[watch.node_name, watch.output_slot] = found
        self.folders = [self._folder(url) for url in self._urls()]

    def _urls(self) -> Iterable[str]:
        watches = [*self._found.values(), *filter(None, [self._others])]
        return dict.fromkeys(url for watch in watches for url in watch.urls)

    def _folder(self, url: str) -> str:
        if not url.startswith("file://"):
            raise errors.UnimplementedError(
                None, None, f"Debug URL {url} is not supported: only file:// URLs are."
            )
        return url.removeprefix("file://")

    def of(self, name: str, slot: int, dtype: Any) -> Watch | None:
        """The watch of a tensor, with the debug ops that its type allows."""
        watch = self._found.get((name, slot), self._others)
        if watch is None:
            return None
        allowed = [op for op in watch.ops if _takes(op.name, dtype.base_dtype)]
        if len(allowed) == len(watch.ops):
            return watch
        if not watch.tolerant:
            refused = next(op.name for op in watch.ops if op not in allowed)
            raise errors.InvalidArgumentError(
                None,
                None,
                f"{refused} does not take {dtype.base_dtype.name}, the type of {name}:{slot}",
            )
        return Watch(allowed, watch.urls, True)


def _takes(debug_op: str, dtype: Any) -> bool:
    """Whether a debug op takes tensors of a type."""
    if debug_op == "DebugNanCount" and dtype is dtypes.bool:
        return False
    return debug_op == "DebugIdentity" or dtype not in (dtypes.string, *values.OBJECT_DTYPES)


class Dump:
    """Writes what one run tells into the folders of its watches."""

    def __init__(self, watches: Watches, executor: Any, step: int) -> None:
        self.watches = watches
        self._last = 0
        feeds, fetches = executor.feeds, executor.fetches
        arguments = sorted(feeds, key=lambda tensor: tensor.name)
        self._arguments = {
            tensor: f"_arg_{tensor.op.name}_{tensor.value_index}_{i}"
            for i, tensor in enumerate(arguments)
        }
        graph_def = partition_graph(fetches, executor.targets, feeds)
        self.graph_def = decorated(graph_def, executor.graph, self._arguments, watches)
        about = {
            "global_step": watches.global_step,
            "session_run_index": next(_runs),
            "executor_step_index": step,
            "input_names": [tensor.name for tensor in arguments],
            "output_names": sorted({tensor.name for tensor in fetches}),
            "target_nodes": sorted({op.name for op in executor.targets}),
        }
        self._write_about(about)

    def _stamp(self) -> int:
        """Microseconds; no two files have the same."""
        self._last = max(self._last + 1, time.time_ns() // 1000)
        return self._last

    def _write_about(self, about: dict[str, Any]) -> None:
        for folder in self.watches.folders:
            stamp = self._stamp()
            event = event_pb2.Event(wall_time=stamp)
            event.log_message.message = json.dumps(about, separators=(",", ":"))
            name = f"_tfdbg_core_metadata_sessionrun{about['session_run_index']:014d}_{stamp}"
            _write(os.path.join(folder, name), event)
            stamp = self._stamp()
            content = self.graph_def.SerializeToString()
            event = event_pb2.Event(wall_time=stamp, graph_def=content)
            # The hash tells graphs of one folder apart; it needs no more than to differ.
            name = f"_tfdbg_graph_hash{abs(hash(content))}_{stamp}"
            _write(os.path.join(folder, _DEVICE_FOLDER, name), event)

    def fed(self, tensor: Tensor, value: Any) -> None:
        """Tells of a fed tensor."""
        self._tell(self._arguments[tensor], 0, tensor.dtype, lambda: value)

    def ran(self, op: Operation, results: Sequence[Any], dead: Any) -> None:
        """Tells of what a node gave; `dead` stands for nothing."""
        for slot, (tensor, value) in enumerate(zip(op.outputs, results, strict=True)):
            if value is not dead and tensor not in self._arguments:
                self._tell(op.name, slot, tensor.dtype, _reader(tensor, value))

    def _tell(self, name: str, slot: int, dtype: Any, read: Callable[[], Any]) -> None:
        watch = self.watches.of(name, slot, dtype)
        if watch is None:
            return
        value = read()
        for op in watch.ops:
            told = _told(op, value, dtype)
            if told is None:
                continue
            for url in watch.urls:
                stamp = self._stamp()
                event = _tensor_event(name, slot, op.name, told, stamp)
                file = f"{name}_{slot}_{op.name}_{stamp}"
                _write(os.path.join(self.watches._folder(url), _DEVICE_FOLDER, file), event)


def _reader(tensor: Tensor, value: Any) -> Callable[[], Any]:
    def read() -> Any:
        if isinstance(value, Variable) and tensor.dtype.base_dtype is not dtypes.resource:
            try:
                return value.read()
            except errors.FailedPreconditionError:
                return None  # not initialized
        return value

    return read


def _told(op: DebugOp, value: Any, dtype: Any) -> Any:
    """The TensorProto of what a debug op makes of a value; None where it is silent."""
    base = dtype.base_dtype
    if op.name == "DebugIdentity":
        return _as_proto(value, base)
    array = None if value is None else np.asarray(values.to_array(value))
    if op.name == "DebugNanCount":
        return _bytes_proto(np.array([0 if array is None else nan_count(array)], np.int64))
    low, high = (
        float(op.attrs.get(key, default))
        for key, default in (("lower_bound", "-inf"), ("upper_bound", "inf"))
    )
    summary = numeric_summary(array, base.as_datatype_enum, low, high)
    if op.attrs.get("mute_if_healthy", "").lower() == "true" and not summary[[2, 3, 7]].any():
        return None
    return _bytes_proto(summary)


def _bytes_proto(array: np.ndarray) -> Any:
    return _as_proto(array, dtypes.as_dtype(array.dtype))


def _as_proto(value: Any, dtype: Any) -> Any:
    made = tensor_proto.TensorProto(dtype=dtype.as_datatype_enum)
    made.tensor_shape.SetInParent()
    if dtype in values.OBJECT_DTYPES:
        made.tensor_content = repr(value).encode()
        return made
    if value is None:
        return made
    array = np.asarray(values.to_array(value))
    if array.dtype == object:
        made.CopyFrom(tensor_proto.make_tensor_proto(array, dtype, array.shape))
        return made
    for size in array.shape:
        made.tensor_shape.dim.add(size=size)
    made.tensor_content = array.tobytes()
    return made


def _tensor_event(name: str, slot: int, op: str, tensor: Any, stamp: int) -> Any:
    event = event_pb2.Event(wall_time=stamp)
    found = event.summary.value.add(tag=name, node_name=f"{name}:{slot}:{op}", tensor=tensor)
    found.metadata.plugin_data.plugin_name = "debugger"
    about = {"device": _DEVICE, "outputSlot": slot, "numChunks": 1, "chunkIndex": 0}
    found.metadata.plugin_data.content = json.dumps(about, separators=(",", ":")).encode()
    return event


def _write(path: str, event: Any) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(event.SerializeToString())


def decorated(graph_def: Any, graph: Any, arguments: dict[Tensor, str], watches: Watches) -> Any:
    """A partition graph with the nodes by which TensorFlow watches: a copy of each tensor and the
    debug ops on it, which come before whatever uses the tensor."""
    dtype_of = {name: [tensor.dtype] for tensor, name in arguments.items()}
    result = graph_pb2.GraphDef()
    result.CopyFrom(graph_def)
    added: list[Any] = []
    debug_nodes: dict[tuple[str, int], tuple[str, list[str]]] = {}
    op_types = {node.name: node.op for node in graph_def.node}
    for node in graph_def.node:
        if node.name in graph._nodes_by_name:
            dtype_of[node.name] = [t.dtype for t in graph._nodes_by_name[node.name].outputs]
        for slot, dtype in enumerate(dtype_of.get(node.name, ())):
            watch = watches.of(node.name, slot, dtype)
            if watch is not None:
                nodes = _debug_nodes(node.name, slot, dtype, watch)
                added.extend(nodes)
                debug_nodes[node.name, slot] = nodes[0].name, [n.name for n in nodes[1:]]
    for node in result.node:
        if node.op in ("Enter", "RefEnter"):
            node.attr["parallel_iterations"].i = 1
        waits: list[str] = []
        for i, text in enumerate(node.input):
            source, _, port = text.partition(":")
            found = debug_nodes.get((source, int(port or 0)))
            if text.startswith("^") or found is None:
                continue
            if not dtype_of[source][int(port or 0)]._is_ref_dtype:
                node.input[i] = found[0]
            if op_types[source] not in _FREE:
                waits.extend(found[1])
        node.input.extend("^" + name for name in sorted(waits))
    result.node.extend(added)
    return result


def _debug_nodes(name: str, slot: int, dtype: Any, watch: Watch) -> list[Any]:
    base = dtype.base_dtype.as_datatype_enum
    on_host = dtype.base_dtype in (dtypes.string, dtypes.resource, dtypes.variant)
    source = f"{name}:{slot}" if slot else name
    copy = node_def_pb2.NodeDef(
        name=f"__copy_{name}_{slot}", op="CopyHost" if on_host else "Copy", input=[source]
    )
    copy.device = _DEVICE
    copy.attr["T"].type = base
    copy.attr["tensor_name"].s = b""
    copy.attr["debug_ops_spec"].list.s.extend(
        f"{op.name};{url};0".encode() for op in watch.ops for url in watch.urls
    )
    nodes = [copy]
    for i, op in enumerate(watch.ops):
        node = node_def_pb2.NodeDef(
            name=f"__dbg_{name}:{slot}_{i}_{op.name}", op=op.name, input=[copy.name]
        )
        node.device = _DEVICE
        node.attr["T"].type = base
        node.attr["device_name"].s = _DEVICE.encode()
        node.attr["tensor_name"].s = f"{name}:{slot}".encode()
        node.attr["debug_urls"].list.s.extend(url.encode() for url in watch.urls)
        node.attr["gated_grpc"].b = False
        nodes.append(node)
    return nodes
