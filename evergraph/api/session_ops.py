"""Handles of tensors that stay in the session: `tf.get_session_handle`, `tf.get_session_tensor`."""

from typing import Any

from evergraph.api import array_ops
from evergraph.base import dtypes
from evergraph.base.compat import as_str_any
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.defaults import colocate_with, device
from evergraph.graph.device import canonical_name
from evergraph.graph.graph import Graph
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor


class TensorHandle:
    """A tensor that a session keeps: what fetching `tf.get_session_handle(t)` gives.

    The tensor is freed with this object. It may be fed in place of a value.

    Args:
      handle: the text of the handle, "node;number;device".
      dtype: the tensor's type.
      session: the session that keeps it.
    """

    def __init__(self, handle: Any, dtype: Any, session: Any) -> None:
        self._handle = as_str_any(handle)
        self._dtype = dtype
        self._session = session
        self._auto_gc_enabled = True

    def __del__(self) -> None:
        if getattr(self, "_auto_gc_enabled", False):
            self._session._register_dead_handle(self._handle)

    def __str__(self) -> str:
        return self._handle

    @property
    def handle(self) -> str:
        """The handle as text."""
        return self._handle

    def eval(self) -> Any:
        """The tensor's value. Raises TypeError after `delete` or `get_raw_handle`."""
        self._check_owned()
        holder, reader = _reader(self._session.graph, self._handle, self._dtype)
        return self._session.run(reader, feed_dict={holder: self._handle})

    def delete(self) -> None:
        """Frees the tensor now. Raises TypeError after `delete` or `get_raw_handle`."""
        self._check_owned()
        self._auto_gc_enabled = False
        holder, deleter = _deleter(self._session.graph, self._handle)
        self._session.run(deleter, feed_dict={holder: self._handle})

    def get_raw_handle(self) -> str:
        """The handle as text; freeing the tensor is the caller's business from here on."""
        self._auto_gc_enabled = False
        return self._handle

    def _check_owned(self) -> None:
        if not self._auto_gc_enabled:
            raise TypeError(f"Persistent tensor {self._handle} may have already been deleted.")

    @staticmethod
    def _get_device_name(handle: Any) -> str:
        return canonical_name(as_str_any(handle).split(";")[-1])

    @staticmethod
    def _get_reader_key(handle: Any) -> str:
        parts = str(handle).split(";")
        return f"{parts[0]};{parts[-1]}"


def _reader(graph: Graph, handle: str, dtype: Any) -> tuple[Tensor, Tensor]:
    """The nodes that read tensors of a handle's kind, made once a graph."""
    key = TensorHandle._get_reader_key(handle)
    if key not in graph._handle_readers:
        with graph.as_default(), graph.device(TensorHandle._get_device_name(handle)):
            holder = _holder(dtype)
            graph._handle_readers[key] = (
                holder,
                apply_op("GetSessionTensor", holder, dtype=dtype),
            )
    return graph._handle_readers[key]


def _deleter(graph: Graph, handle: str) -> tuple[Tensor, Operation]:
    if 0 not in graph._handle_deleters:
        with graph.as_default(), graph.device(TensorHandle._get_device_name(handle)):
            holder = array_ops.placeholder(dtypes.string)
            graph._handle_deleters[0] = (holder, apply_op("DeleteSessionTensor", holder))
    return graph._handle_deleters[0]


def _holder(dtype: Any) -> Tensor:
    holder = array_ops.placeholder(dtypes.string)
    holder.graph._handle_feeders[holder.op.name] = dtype
    return holder


@export("get_session_handle")
def get_session_handle(data: Tensor, name: str | None = None) -> Tensor:
    """Keeps `data` in the session; fetching the result gives a `TensorHandle`.

    Stands for `tf.get_session_handle`. Raises TypeError where `data` is no tensor.
    """
    if not isinstance(data, Tensor):
        raise TypeError("`data` must be of type Tensor.")
    with colocate_with(data):
        return apply_op("GetSessionHandle", data, name=name)


@export("get_session_tensor")
def get_session_tensor(handle: Any, dtype: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
    """A placeholder for the text of a handle, and the tensor of type `dtype` kept under it.

    Stands for `tf.get_session_tensor`. `handle` only tells the device.
    """
    with device(TensorHandle._get_device_name(handle)):
        holder = _holder(dtype)
        return holder, apply_op("GetSessionTensor", holder, dtype=dtype, name=name)


@export("delete_session_tensor")
def delete_session_tensor(handle: Any, name: str | None = None) -> tuple[Tensor, Operation]:
    """A placeholder for the text of a handle, and the operation that frees what is kept under it.

    Stands for `tf.delete_session_tensor`.
    """
    with device(TensorHandle._get_device_name(handle)):
        holder = array_ops.placeholder(dtypes.string)
        return holder, apply_op("DeleteSessionTensor", holder, name=name)
