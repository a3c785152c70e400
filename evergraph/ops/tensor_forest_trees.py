"""The core ops of random forests: TensorForestTreeResourceHandleOp, TensorForestTreePredict and
the other ops on trees as resources. contrib's are in tensor_forest.py."""

from typing import Any

import numpy as np

from evergraph.graph.registry import op
from evergraph.kernels import resource_cell
from evergraph.kernels.dense_tree import DenseTree
from evergraph.kernels.host import invalid
from evergraph.kernels.resource_cell import ResourceCell, cell_of
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_TREE, _CONFIG = "tree_handle: resource", "tree_config: string"

handle_op = op(
    "TensorForestTreeResourceHandleOp() -> resource: resource",
    "container: string = ''; shared_name: string = ''",
    stateful=True,
)
is_initialized_op = op(
    f"TensorForestTreeIsInitializedOp({_TREE}) -> is_initialized: bool", stateful=True
)
create_op = op(f"TensorForestCreateTreeVariable({_TREE}, {_CONFIG})", stateful=True)
serialize_op = op(f"TensorForestTreeSerialize({_TREE}) -> {_CONFIG}", stateful=True)
deserialize_op = op(f"TensorForestTreeDeserialize({_TREE}, {_CONFIG})", stateful=True)
size_op = op(f"TensorForestTreeSize({_TREE}) -> tree_size: int32", stateful=True)
predict_op = op(
    f"TensorForestTreePredict({_TREE}, dense_features: float32) -> logits: float32",
    "logits_dimension: int",
    stateful=True,
)


# Shapes.

for _entry in (handle_op, serialize_op, size_op):
    _entry.shape(shape_rules.scalar)
create_op.shape(shape_rules.no_outputs)


@is_initialized_op.shape
def is_initialized_shape(node: Any) -> Dims:
    shape_rules.with_rank(node.inputs[0].dims, 0)
    return ()


@deserialize_op.shape
def deserialize_shape(node: Any) -> list[Dims]:
    shape_rules.with_rank(node.inputs[0].dims, 0)
    return []


@predict_op.shape
def predict_shape(node: Any) -> Dims:
    examples, _ = shape_rules.with_rank(node.inputs[1].dims, 2)
    return (examples, node.attr("logits_dimension"))


# Kernels.


def _tree(handle: Any) -> DenseTree:
    found: DenseTree = resource_cell.read(handle, DenseTree)
    return found


def _bytes(value: Any) -> bytes:
    found: bytes = np.asarray(value, object).item()
    return found


@handle_op.numpy
def handle_kernel(*, session: Any, container: str, shared_name: str) -> ResourceCell:
    return cell_of(session, DenseTree, container, shared_name)


@is_initialized_op.numpy
def is_initialized_kernel(handle: ResourceCell) -> np.bool_:
    return np.bool_(handle.is_filled)


@create_op.numpy
def create_kernel(handle: ResourceCell, config: Any) -> None:
    handle.fill(lambda: DenseTree(_bytes(config)))


@serialize_op.numpy
def serialize_kernel(handle: Any) -> np.ndarray:
    return np.array(_tree(handle).message.SerializeToString(), object)


@deserialize_op.numpy
def deserialize_kernel(handle: Any, config: Any) -> None:
    _tree(handle).restore(_bytes(config))


@size_op.numpy
def size_kernel(handle: Any) -> np.int32:
    return np.int32(len(_tree(handle)))


@predict_op.numpy
def predict_kernel(handle: Any, features: Any, *, logits_dimension: int) -> np.ndarray:
    tree = _tree(handle)
    if np.ndim(features) != 2:
        raise invalid("dense_features must be a matrix.")
    return tree.predict(features, logits_dimension)
