"""Const nodes."""

from typing import Any

import numpy as np

from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.attr_value import dims_of_proto
from evergraph.graph.eager_values import raise_unconvertible
from evergraph.graph.graph import Graph, get_default_graph
from evergraph.graph.registry import lookup
from evergraph.graph.tensor import Tensor
from evergraph.graph.tensor_proto import make_ndarray, make_tensor_proto


def constant_of_proto(graph: Graph, proto: Any, name: str | None) -> Tensor:
    """A Const node that holds a TensorProto."""
    dtype = dtypes.as_dtype(proto.dtype)
    op = graph._add("Const", lookup("Const"), (), {"value": proto, "dtype": dtype}, [dtype], name)
    return op._outputs[0]


def _constant(
    value: Any, dtype: Any, shape: Any, name: str | None, verify_shape: bool, allow_broadcast: bool
) -> Tensor:
    if isinstance(value, Tensor) and value._op._graph.runs_at_once:
        value = value.numpy()  # type: ignore[attr-defined]
    graph = get_default_graph()
    if graph.runs_at_once and isinstance(value, range):
        value = list(value)
    try:
        proto = make_tensor_proto(
            value,
            dtype=dtype,
            shape=shape,
            verify_shape=verify_shape,
            allow_broadcast=allow_broadcast,
        )
    except (TypeError, ValueError):
        if graph.runs_at_once:
            raise_unconvertible(value, dtype)
        raise
    return constant_of_proto(graph, proto, name)


def constant(
    value: Any, dtype: Any = None, shape: Any = None, name: str | None = "Const"
) -> Tensor:
    """A constant tensor, as TensorFlow 2 and much internal code make it: only a scalar fills
    `shape`."""
    return _constant(value, dtype, shape, name, verify_shape=False, allow_broadcast=True)


@export("constant")
def constant_v1(
    value: Any,
    dtype: Any = None,
    shape: Any = None,
    name: str | None = "Const",
    verify_shape: bool = False,
) -> Tensor:
    """A constant tensor. Stands for `tf.constant`.

    Args:
      value: a number, a string, a nested list of them or an array.
      dtype: its element type; default: int32 for whole numbers, float32 for others, an array's own.
      shape: its shape; where `value` has fewer elements, its last one fills the rest.
      name: the node's name.
      verify_shape: whether `value` must have exactly `shape`.

    Raises:
      TypeError: `value` does not fit `dtype`, or `verify_shape` and its shape differs.
      ValueError: `value` has more elements than `shape`.
    """
    return _constant(value, dtype, shape, name, verify_shape, allow_broadcast=False)


def const_dims(op: Any) -> Any:
    """The dims of a Const node: those of its value."""
    return dims_of_proto(op._attrs["value"].tensor_shape)


def const_value(op: Any) -> np.ndarray:
    """The value of a Const node, read-only; decoded once."""
    cached = op.__dict__.get("_const_value")
    if cached is None:
        cached = make_ndarray(op._attrs["value"])
        cached.flags.writeable = False
        op.__dict__["_const_value"] = cached
    return cached
