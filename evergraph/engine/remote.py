"""Tasks of a cluster: those of this process, and those of others, which are reached over TCP.

A message is a header (JSON, after its length) and arrays. A connection asks, and waits for the
answer, so that runs which block do so each on a connection of its own. As with TensorFlow's
servers, whoever reaches a server can run any graph on it.
"""

import hashlib
import json
import math
import socket
import struct
import threading
import time
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from evergraph.base import errors
from evergraph.base.platform import logging
from evergraph.engine.executor import Executor
from evergraph.engine.functions import Functions
from evergraph.engine.state import SessionState
from evergraph.graph.graph import Graph
from evergraph.graph.portable import import_graph
from evergraph.graph.tensor_proto import make_ndarray, make_tensor_proto
from evergraph.proto.framework import graph_pb2, tensor_pb2

_LENGTH = struct.Struct(">Q")
# The element types that are sent as they are; others go as TensorProtos.
_PLAIN = frozenset("?bhilqBHILQefdFD")


class Run(Protocol):
    """A graph that is ready to be run in a task."""

    def run(self, values: Sequence[Any]) -> list[Any]:
        """What it sends, of what it receives."""


class Peer(Protocol):
    """A task of a cluster."""

    def prepare(
        self, graph_def: Any, received: list[str], sent: list[str], targets: list[str]
    ) -> Run:
        """A graph as a run, with the names of its placeholders, of the tensors to give and of the
        nodes that have to run."""


class LocalPeer:
    """A task of this process.

    Args:
      state: its variables and objects.
    """

    def __init__(self, state: SessionState) -> None:
        self._state = state
        if state.functions is None:
            state.functions = Functions(state)

    def prepare(
        self, graph_def: Any, received: list[str], sent: list[str], targets: list[str]
    ) -> Run:
        graph = Graph()
        with graph.as_default():
            import_graph(graph_def, name="", validate_colocation=False)
        nodes = graph._nodes_by_name
        return Executor(
            graph,
            self._state,
            [graph.get_tensor_by_name(name if ":" in name else f"{name}:0") for name in sent],
            [nodes[name] for name in targets],
            [nodes[name].outputs[0] for name in received],
        )


class RemotePeer:
    """A task of another process.

    Args:
      address: its "host:port".
      place: job and task, for messages.
    """

    def __init__(self, address: str, place: str) -> None:
        host, _, port = address.rpartition(":")
        self._where = (host.strip("[]"), int(port))
        self._place = place
        self._free: list[_Connection] = []
        self._lock = threading.Lock()

    def prepare(
        self, graph_def: Any, received: list[str], sent: list[str], targets: list[str]
    ) -> Run:
        return _RemoteRun(self, graph_def, received, sent, targets)

    def connection(self) -> "_Connection":
        """A connection that nobody uses; waits until the task is there."""
        with self._lock:
            if self._free:
                return self._free.pop()
        told = time.monotonic()
        while True:
            try:
                return _Connection(socket.create_connection(self._where))
            except OSError:
                if time.monotonic() - told >= 10:
                    told = time.monotonic()
                    logging.info(
                        f"CreateSession still waiting for response from worker: {self._place}"
                    )
                time.sleep(0.1)

    def release(self, connection: "_Connection") -> None:
        """Gives a connection back."""
        with self._lock:
            self._free.append(connection)


class _RemoteRun:
    """A graph that another process runs."""

    def __init__(
        self,
        peer: RemotePeer,
        graph_def: Any,
        received: list[str],
        sent: list[str],
        targets: list[str],
    ) -> None:
        self._peer = peer
        self._graph = graph_def.SerializeToString(deterministic=True)
        self._names = {"received": received, "sent": sent, "targets": targets}
        content = self._graph + json.dumps(self._names).encode()
        self._key = hashlib.sha256(content).hexdigest()

    def run(self, values: Sequence[Any]) -> list[Any]:
        connection = self._peer.connection()
        try:
            if self._key not in connection.prepared:
                connection.send(
                    {"prepare": self._key, **self._names},
                    [np.frombuffer(self._graph, np.uint8)],
                )
                _checked(*connection.receive())
                connection.prepared.add(self._key)
            connection.send({"run": self._key}, values)
            header, arrays = connection.receive()
        except (OSError, EOFError):
            connection.close()
            raise errors.UnavailableError(None, None, "Socket closed") from None
        self._peer.release(connection)
        _checked(header, arrays)
        return arrays


def _checked(header: dict[str, Any], arrays: list[Any]) -> None:
    """Raises the error that an answer tells of."""
    if "error" in header:
        kind = errors.exception_type_from_error_code(header["error"])
        node = None
        if header["node"]:
            node = graph_pb2.GraphDef().node.add(name=header["node"])
        raise kind(node, None, header["message"])


class _Connection:
    """One connection; it sends and receives messages."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.prepared: set[str] = set()

    def send(self, header: dict[str, Any], values: Sequence[Any]) -> None:
        """Sends a message."""
        kinds, parts = [], []
        for value in values:
            array = np.asarray(value)
            if array.dtype.char in _PLAIN:
                array = np.ascontiguousarray(array).reshape(array.shape)
                kinds.append([array.dtype.str, list(array.shape), array.nbytes])
                parts.append(array.data.cast("B") if array.nbytes else b"")
            else:
                packed = make_tensor_proto(array).SerializeToString()
                kinds.append(["", [], len(packed)])
                parts.append(packed)
        text = json.dumps({**header, "arrays": kinds}).encode()
        self._socket.sendall(b"".join([_LENGTH.pack(len(text)), text, *parts]))

    def receive(self) -> tuple[dict[str, Any], list[Any]]:
        """The next message. Raises EOFError: there is none."""
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size))
        header = json.loads(bytes(self._exactly(length)))
        arrays: list[Any] = []
        for kind, shape, size in header.pop("arrays"):
            data = self._exactly(size)
            if kind:
                dtype = np.dtype(kind)
                if dtype.char not in _PLAIN or math.prod(shape) * dtype.itemsize != size:
                    raise EOFError
                arrays.append(np.frombuffer(data, dtype).reshape(shape)[()])
            else:
                arrays.append(make_ndarray(tensor_pb2.TensorProto.FromString(bytes(data)))[()])
        return header, arrays

    def _exactly(self, count: int) -> bytearray:
        data = bytearray(count)
        view = memoryview(data)
        while view:
            got = self._socket.recv_into(view)
            if not got:
                raise EOFError
            view = view[got:]
        return data

    def close(self) -> None:
        """Ends it."""
        self._socket.close()


class Listener:
    """Lets other processes run graphs in a task of this one.

    Args:
      address: the "host:port" of the task.
      state: its variables and objects.

    Raises:
      UnknownError: the port is taken.
    """

    def __init__(self, address: str, state: SessionState) -> None:
        self._peer = LocalPeer(state)
        self._runs: dict[str, Run] = {}
        self._lock = threading.Lock()
        host, _, port = address.rpartition(":")
        self._socket = _listening(host.strip("[]"), int(port))
        threading.Thread(target=self._accept, daemon=True, name="evergraph server").start()

    def use(self, state: SessionState) -> None:
        """Runs graphs with other variables and objects from now on."""
        with self._lock:
            self._peer = LocalPeer(state)
            self._runs.clear()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(_Connection(sock),), daemon=True).start()

    def _serve(self, connection: _Connection) -> None:
        try:
            while True:
                header, arrays = connection.receive()
                try:
                    answer = self._answer(header, arrays)
                except errors.OpError as error:
                    connection.send(_told(error), [])
                except Exception as error:
                    connection.send(_told(errors.InternalError(None, None, str(error))), [])
                else:
                    connection.send({}, answer)
        except (OSError, EOFError, ValueError, KeyError):
            connection.close()

    def _answer(self, header: dict[str, Any], arrays: list[Any]) -> list[Any]:
        if "prepare" in header:
            with self._lock:
                if header["prepare"] not in self._runs:
                    graph_def = graph_pb2.GraphDef.FromString(arrays[0].tobytes())
                    names = (header["received"], header["sent"], header["targets"])
                    self._runs[header["prepare"]] = self._peer.prepare(graph_def, *names)
            return []
        return self._runs[header["run"]].run(arrays)


def _told(error: errors.OpError) -> dict[str, Any]:
    name = error.op.name if error.op is not None else getattr(error.node_def, "name", "")
    return {"error": int(error.error_code), "message": str(error.message), "node": name}


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens at an address: only there where the host is of this machine."""
    try:
        return socket.create_server((host, port))
    except OSError:
        pass
    try:
        return socket.create_server(("", port))
    except OSError:
        raise errors.UnknownError(None, None, "Could not start gRPC server") from None
