"""Random forests: trees and statistics as resources, TraverseTreeV4, ProcessInputV4, GrowTreeV4,
TreePredictionsV4 and the other ops on them."""

from typing import Any

import numpy as np

from evergraph.base.murmur import hash64
from evergraph.graph.registry import op
from evergraph.kernels import cells, resource_cell
from evergraph.kernels.forest_inputs import Inputs, Targets, params_of
from evergraph.kernels.forest_stats import LeafStats
from evergraph.kernels.forest_tree import DecisionTree
from evergraph.kernels.host import invalid
from evergraph.kernels.resource_cell import ResourceCell, cell_of
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_TREE, _STATS, _PARAMS = "tree_handle: resource", "stats_handle: resource", "params: string"
_DATA = (
    "input_data: float32, sparse_input_indices: int64, sparse_input_values: float32, "
    "sparse_input_shape: int64"
)
_SPEC = f"input_spec: string; {_PARAMS}"
_NAMES = "container: string = ''; shared_name: string = ''"
# The seed of GNU's hash of strings.
_STRING_SEED = 0xC70F6907

tree_op = op("DecisionTreeResourceHandleOp() -> resource: resource", _NAMES, stateful=True)
stats_op = op("FertileStatsResourceHandleOp() -> resource: resource", _NAMES, stateful=True)
has_tree_op = op(f"TreeIsInitializedOp({_TREE}) -> is_initialized: bool", stateful=True)
has_stats_op = op(f"FertileStatsIsInitializedOp({_STATS}) -> is_initialized: bool", stateful=True)
create_tree_op = op(f"CreateTreeVariable({_TREE}, tree_config: string)", _PARAMS, stateful=True)
create_stats_op = op(
    f"CreateFertileStatsVariable({_STATS}, stats_config: string)", _PARAMS, stateful=True
)
write_tree_op = op(f"TreeSerialize({_TREE}) -> tree_config: string", stateful=True)
write_stats_op = op(
    f"FertileStatsSerialize({_STATS}) -> stats_config: string", _PARAMS, stateful=True
)
read_tree_op = op(f"TreeDeserialize({_TREE}, tree_config: string)", _PARAMS, stateful=True)
read_stats_op = op(
    f"FertileStatsDeserialize({_STATS}, stats_config: string)", _PARAMS, stateful=True
)
size_op = op(f"TreeSize({_TREE}) -> tree_size: int32", stateful=True)
usage_op = op(f"FeatureUsageCounts({_TREE}) -> feature_counts: int32", _PARAMS, stateful=True)
traverse_op = op(f"TraverseTreeV4({_TREE}, {_DATA}) -> leaf_ids: int32", _SPEC, stateful=True)
predict_op = op(
    f"TreePredictionsV4({_TREE}, {_DATA}) -> predictions: float32, tree_paths: string",
    _SPEC,
    stateful=True,
)
update_op = op(
    f"UpdateModelV4({_TREE}, leaf_ids: int32, input_labels: float32, input_weights: float32)",
    _PARAMS,
    stateful=True,
)
process_op = op(
    f"ProcessInputV4({_TREE}, {_STATS}, {_DATA}, input_labels: float32, input_weights: float32, "
    "leaf_ids: int32) -> finished_nodes: int32",
    f"random_seed: int; {_SPEC}",
    stateful=True,
)
grow_op = op(f"GrowTreeV4({_TREE}, {_STATS}, finished_nodes: int32)", _PARAMS, stateful=True)
finalize_op = op(f"FinalizeTree({_TREE}, {_STATS})", _PARAMS, stateful=True)
reinterpret_op = op("ReinterpretStringToFloat(input_data: string) -> output_data: float32")
scatter_op = op("ScatterAddNdim(input: Ref(float32), indices: int32, deltas: float32)")

for _entry in (
    *(tree_op, stats_op, has_tree_op, has_stats_op, create_tree_op, create_stats_op),
    *(write_tree_op, write_stats_op, read_tree_op, read_stats_op, size_op, usage_op),
    *(traverse_op, predict_op, update_op, process_op, grow_op, finalize_op, scatter_op),
):
    _entry.not_differentiable()


# Shapes.

for _entry in (tree_op, stats_op, has_tree_op, has_stats_op, write_tree_op, write_stats_op):
    _entry.shape(shape_rules.scalar)
size_op.shape(shape_rules.scalar)
for _entry in (create_tree_op, create_stats_op, read_tree_op, read_stats_op, update_op, grow_op):
    _entry.shape(shape_rules.no_outputs)
finalize_op.shape(shape_rules.no_outputs)
scatter_op.shape(shape_rules.no_outputs)
reinterpret_op.shape(shape_rules.unchanged)
for _entry in (usage_op, process_op):
    _entry.shape(lambda node: (None,))


def _points(node: Any) -> Any:
    dims = node.inputs[1].dims
    return dims[0] or None if dims else None


@traverse_op.shape
def traverse_shape(node: Any) -> Dims:
    return (_points(node),)


@predict_op.shape
def predict_shape(node: Any) -> list[Dims]:
    return [(_points(node), None), (None,)]


# Kernels.


def _tree(handle: Any) -> DecisionTree:
    found: DecisionTree = resource_cell.read(handle, DecisionTree)
    return found


def _stats(handle: Any) -> LeafStats:
    found: LeafStats = resource_cell.read(handle, LeafStats)
    return found


def _config(value: Any, name: str) -> bytes:
    if np.ndim(value):
        raise invalid(f"{name} config must be a scalar.")
    found: bytes = np.asarray(value, object).item()
    return found


@tree_op.numpy
def tree_kernel(*, session: Any, container: str, shared_name: str) -> ResourceCell:
    return cell_of(session, DecisionTree, container, shared_name)


@stats_op.numpy
def stats_kernel(*, session: Any, container: str, shared_name: str) -> ResourceCell:
    return cell_of(session, LeafStats, container, shared_name)


@has_tree_op.numpy
@has_stats_op.numpy
def is_initialized_kernel(handle: ResourceCell) -> np.bool_:
    return np.bool_(handle.is_filled)


@create_tree_op.numpy
def create_tree_kernel(handle: ResourceCell, config: Any, *, params: Any) -> None:
    text = _config(config, "Tree")
    handle.fill(lambda: DecisionTree(params_of(params), text))


@create_stats_op.numpy
def create_stats_kernel(handle: ResourceCell, config: Any, *, params: Any) -> None:
    text = _config(config, "Stats")
    handle.fill(lambda: LeafStats(params_of(params), text))


@write_tree_op.numpy
def write_tree_kernel(handle: Any) -> np.ndarray:
    return np.array(_tree(handle).serialized(), object)


@write_stats_op.numpy
def write_stats_kernel(handle: Any) -> np.ndarray:
    return np.array(_stats(handle).serialized(), object)


@read_tree_op.numpy
def read_tree_kernel(handle: Any, config: Any) -> None:
    _tree(handle).restore(_config(config, "Tree"))


@read_stats_op.numpy
def read_stats_kernel(handle: Any, config: Any) -> None:
    _stats(handle).restore(_config(config, "Stats"))


@size_op.numpy
def size_kernel(handle: Any) -> np.int32:
    return np.int32(_tree(handle).count)


@usage_op.numpy
def usage_kernel(handle: Any) -> np.ndarray:
    return _tree(handle).usage()


@traverse_op.numpy
def traverse_kernel(handle: Any, *data: Any, input_spec: Any) -> np.ndarray:
    return _tree(handle).leaves(Inputs(input_spec, *data))


@predict_op.numpy
def predict_kernel(
    handle: Any, *data: Any, input_spec: Any, params: Any
) -> tuple[np.ndarray, np.ndarray]:
    tree, inputs = _tree(handle), Inputs(input_spec, *data)
    predictions = tree.predictions(tree.leaves(inputs))
    if params_of(params).inference_tree_paths:
        return predictions, tree.paths(inputs)
    return predictions, np.empty(0, object)


@update_op.numpy
def update_kernel(handle: Any, leaves: Any, labels: Any, weights: Any, *, params: Any) -> None:
    targets = Targets(labels, weights, len(labels), params_of(params).is_regression)
    _tree(handle).update(leaves, targets)


@process_op.numpy
def process_kernel(
    tree: Any, stats: Any, *data: Any, random_seed: int, input_spec: Any, params: Any
) -> np.ndarray:
    *features, labels, weights, leaves = data
    inputs = Inputs(input_spec, *features)
    targets = Targets(labels, weights, inputs.count, params_of(params).is_regression)
    # Without a seed TensorFlow takes one that nobody knows.
    return _stats(stats).process(inputs, targets, leaves, random_seed or None)


@grow_op.numpy
def grow_kernel(tree: Any, stats: Any, nodes: Any) -> None:
    _stats(stats).grow(_tree(tree), nodes)


@finalize_op.numpy
def finalize_kernel(tree: Any, stats: Any, *, params: Any) -> None:
    _stats(stats)
    _tree(tree)
    if not params_of(params).is_regression:
        # TensorFlow ends the process.
        raise invalid("FinalizeTreeOp is disabled for now.")


@reinterpret_op.numpy
def reinterpret_kernel(text: Any) -> Any:
    flat = np.asarray(text, object)
    found = np.array([hash64(t, _STRING_SEED) for t in flat.reshape(-1)], np.uint64)
    return found.astype(np.float32).reshape(flat.shape)[()]


@scatter_op.kernel
@scatter_op.numpy
def scatter_kernel(ref: Any, indices: Any, deltas: Any) -> None:
    value = cells.copied(ref.read())
    dims, index_dims, delta_dims = (cells.dims_of(v) for v in (value, indices, deltas))
    if not index_dims[0]:
        return
    if len(index_dims) != 2:
        raise invalid("indices should be two-dimensional")
    if index_dims[1] + len(delta_dims) != len(dims) + 1:
        raise invalid("Number of indices dimensions should be the same as input rank.")
    if index_dims[0] != delta_dims[0]:
        raise invalid("Number of updates should be same as number of indices.")
    cells.scatter_nd(value, indices, deltas, "add")
    ref.value = value
