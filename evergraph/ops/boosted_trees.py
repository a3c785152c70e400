"""Ensembles of boosted trees as resources: BoostedTreesCreateEnsemble, ...UpdateEnsemble,
...Predict, ...TrainingPredict and the other ops on them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from evergraph.graph.operation import Operation
from evergraph.graph.registry import op
from evergraph.kernels import resource_cell
from evergraph.kernels.host import invalid
from evergraph.kernels.resource_cell import ResourceCell, cell_of
from evergraph.kernels.tree_ensemble import INEQUALITY_LEFT, Ensemble
from evergraph.kernels.tree_splits import Candidates, Penalties, best_splits, weigh
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_HANDLE = "tree_ensemble_handle: resource"
_SAVED = f"{_HANDLE}, stamp_token: int64, tree_ensemble_serialized: string"
_FEATURES = "bucketized_features: num_bucketized_features * int32"
_COUNTED = "num_bucketized_features: int >= 1; logits_dimension: int"
_SPLITS = (
    "node_ids: num_features * int32, gains: num_features * float32, "
    "thresholds: num_features * int32, left_node_contribs: num_features * float32, "
    "right_node_contribs: num_features * float32"
)

handle_op = op(
    "BoostedTreesEnsembleResourceHandleOp() -> resource: resource",
    "container: string = ''; shared_name: string = ''",
    stateful=True,
)
is_initialized_op = op(
    f"IsBoostedTreesEnsembleInitialized({_HANDLE}) -> is_initialized: bool", stateful=True
)
create_op = op(f"BoostedTreesCreateEnsemble({_SAVED})", stateful=True)
deserialize_op = op(f"BoostedTreesDeserializeEnsemble({_SAVED})", stateful=True)
serialize_op = op(
    f"BoostedTreesSerializeEnsemble({_HANDLE}) -> stamp_token: int64, "
    "tree_ensemble_serialized: string",
    stateful=True,
)
states_op = op(
    f"BoostedTreesGetEnsembleStates({_HANDLE}) -> stamp_token: int64, num_trees: int32, "
    "num_finalized_trees: int32, num_attempted_layers: int32, last_layer_nodes_range: int32",
    stateful=True,
)
update_op = op(
    f"BoostedTreesUpdateEnsemble({_HANDLE}, feature_ids: int32, {_SPLITS}, max_depth: int32, "
    "learning_rate: float32)",
    "pruning_mode: int >= 0; num_features: int >= 0",
    stateful=True,
    host=["max_depth"],
)
update_v2_op = op(
    f"BoostedTreesUpdateEnsembleV2({_HANDLE}, feature_ids: int32, "
    f"dimension_ids: num_features * int32, {_SPLITS}, split_types: num_features * string, "
    "max_depth: int32, learning_rate: float32, pruning_mode: int32)",
    "num_features: int >= 0",
    stateful=True,
    host=["max_depth", "pruning_mode"],
)
center_bias_op = op(
    f"BoostedTreesCenterBias({_HANDLE}, mean_gradients: float32, mean_hessians: float32, "
    "l1: float32, l2: float32) -> continue_centering: bool",
    stateful=True,
)
predict_op = op(
    f"BoostedTreesPredict({_HANDLE}, {_FEATURES}) -> logits: float32", _COUNTED, stateful=True
)
training_predict_op = op(
    f"BoostedTreesTrainingPredict({_HANDLE}, cached_tree_ids: int32, cached_node_ids: int32, "
    f"{_FEATURES}) -> partial_logits: float32, tree_ids: int32, node_ids: int32",
    _COUNTED,
    stateful=True,
)
explain_op = op(
    f"BoostedTreesExampleDebugOutputs({_HANDLE}, {_FEATURES}) -> "
    "examples_debug_outputs_serialized: string",
    _COUNTED,
    stateful=True,
)


# Shapes.


def _handle(node: Any) -> None:
    shape_rules.with_rank(node.inputs[0].dims, 0)


handle_op.shape(lambda node: ())


@is_initialized_op.shape
def is_initialized_shape(node: Any) -> Dims:
    _handle(node)
    return ()


@create_op.shape
@deserialize_op.shape
def create_shape(node: Any) -> list[Dims]:
    for t in node.inputs:
        shape_rules.with_rank(t.dims, 0)
    return []


@serialize_op.shape
def serialize_shape(node: Any) -> list[Dims]:
    _handle(node)
    return [(), ()]


@states_op.shape
def states_shape(node: Any) -> list[Dims]:
    _handle(node)
    return [(), (), (), (), (2,)]


@update_op.shape
@update_v2_op.shape
def update_shape(node: Any) -> list[Dims]:
    count = node.attr("num_features")
    shape_rules.with_rank(node.inputs[1].dims, 1)
    shape_rules.merge(node.inputs[1].dims, (count,))
    of_features = [t.dims for t in node.inputs[2 : len(node.inputs) - 2]]
    second = node.type.endswith("V2")
    if second:
        of_features = of_features[:-1]
    for i in range(count):
        dims = of_features[i::count]
        if second:
            shape_rules.with_rank(dims.pop(0), 1)
        (size,) = shape_rules.with_rank(dims[0], 1)
        for given, wanted in zip(dims[1:], [(size,)] * 2 + [(size, 1)] * 2, strict=False):
            shape_rules.with_rank(given, len(wanted))
            shape_rules.merge(given, wanted)
        if second:
            shape_rules.with_rank(dims[5], 1)
            shape_rules.merge(dims[5], (size,))
    return []


@center_bias_op.shape
def center_bias_shape(node: Any) -> Dims:
    gradients, hessians = (shape_rules.with_rank(t.dims, 2) for t in node.inputs[1:3])
    shape_rules.merge(gradients, hessians)
    for t in node.inputs[3:]:
        shape_rules.with_rank(t.dims, 0)
    return ()


def _examples(node: Any, first: int) -> Any:
    """How many examples there are; the features must agree."""
    dims: Any = None
    for t in node.inputs[first:]:
        dims = shape_rules.with_rank(t.dims, 1)
        shape_rules.merge(node.inputs[first].dims, dims)
    return dims[0]


@predict_op.shape
def predict_shape(node: Any) -> Dims:
    return (_examples(node, 1), node.attr("logits_dimension"))


@explain_op.shape
def explain_shape(node: Any) -> Dims:
    return (_examples(node, 1),)


@training_predict_op.shape
def training_predict_shape(node: Any) -> list[Dims]:
    size = _examples(node, 3)
    for t in node.inputs[1:3]:
        shape_rules.merge(t.dims, (size,))
    return [(size, node.attr("logits_dimension")), (size,), (size,)]


# Kernels.


def _ensemble(handle: Any) -> Ensemble:
    found: Ensemble = resource_cell.read(handle, Ensemble)
    return found


def _bytes(value: Any) -> bytes:
    found: bytes = np.asarray(value, object).item()
    return found


@handle_op.numpy
def handle_kernel(*, session: Any, container: str, shared_name: str) -> ResourceCell:
    return cell_of(session, Ensemble, container, shared_name)


@is_initialized_op.numpy
def is_initialized_kernel(handle: ResourceCell) -> np.bool_:
    return np.bool_(handle.is_filled)


@create_op.numpy
def create_kernel(handle: ResourceCell, stamp_token: Any, serialized: Any) -> None:
    handle.fill(lambda: Ensemble(_bytes(serialized), int(stamp_token)))


@deserialize_op.numpy
def deserialize_kernel(handle: Any, stamp_token: Any, serialized: Any) -> None:
    _ensemble(handle).restore(_bytes(serialized), int(stamp_token))


@serialize_op.numpy
def serialize_kernel(handle: Any) -> tuple[np.int64, np.ndarray]:
    ensemble = _ensemble(handle)
    return np.int64(ensemble.stamp), np.array(ensemble.message.SerializeToString(), object)


@states_op.numpy
def states_kernel(handle: Any) -> tuple[Any, ...]:
    stamp, *counts, layer = _ensemble(handle).states()
    return (np.int64(stamp), *(np.int32(c) for c in counts), np.array(layer, np.int32))


def _candidates(
    nodes: Sequence[Any], gains: Any, thresholds: Any, left: Any, right: Any
) -> list[Candidates]:
    kinds = [np.full(len(n), INEQUALITY_LEFT, object) for n in nodes]
    columns = nodes, gains, [n * 0 for n in nodes], thresholds, left, right, kinds
    return [Candidates(*row) for row in zip(*columns, strict=True)]


@update_op.numpy
def update_kernel(handle: Any, feature_ids: Any, *columns: Any, pruning_mode: int) -> None:
    *lists, max_depth, learning_rate = columns
    ensemble = _ensemble(handle)
    splits = best_splits(feature_ids, _candidates(*lists), learning_rate)
    ensemble.grow(splits, max_depth, pruning_mode)


@update_v2_op.numpy
def update_v2_kernel(
    handle: Any, feature_ids: Any, dimensions: Any, nodes: Any, gains: Any, *columns: Any
) -> None:
    *lists, kinds, max_depth, learning_rate, pruning_mode = columns
    ensemble = _ensemble(handle)
    rows = zip(nodes, gains, dimensions, *lists, kinds, strict=True)
    splits = best_splits(feature_ids, [Candidates(*row) for row in rows], learning_rate)
    ensemble.grow(splits, max_depth, pruning_mode)


@center_bias_op.numpy
def center_bias_kernel(handle: Any, gradients: Any, hessians: Any, l1: Any, l2: Any) -> np.bool_:
    first = [np.reshape(value, -1)[:1] for value in (gradients, hessians)]
    weight, _ = weigh(*first, Penalties(l1, l2))
    return np.bool_(_ensemble(handle).center(np.float32(weight[0])))


@predict_op.numpy
def predict_kernel(handle: Any, features: Any, *, logits_dimension: int) -> np.ndarray:
    return _ensemble(handle).predict(np.stack(features), logits_dimension)


@training_predict_op.numpy
def training_predict_kernel(
    handle: Any, trees: Any, nodes: Any, features: Any, *, logits_dimension: int
) -> tuple[np.ndarray, ...]:
    stacked = np.stack(features)
    return _ensemble(handle).training_predict(stacked, trees, nodes, logits_dimension)


@explain_op.numpy
def explain_kernel(
    handle: Any, features: Any, *, logits_dimension: int, node: Operation
) -> np.ndarray:
    if logits_dimension != 1:
        raise invalid("Currently only one dimensional outputs are supported.")
    return _ensemble(handle).explain(np.stack(features))
