"""A linear model trained by stochastic dual coordinate ascent, as nodes of a graph."""

from collections.abc import Sequence
from typing import Any

from evergraph.api import (
    activations,
    array_ops,
    control_flow_ops,
    embedding_ops,
    gathering,
    math_ops,
    nn_impl,
    sdca_ops,
    segment_ops,
    state_ops,
    variables,
)
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import colocate_with, control_dependencies, device, name_scope
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.lookup.mutable_tables import DenseHashTable
from evergraph.library.summary import summary

LOSSES = ("logistic_loss", "squared_loss", "hinge_loss", "smooth_hinge_loss", "poisson_loss")
_GROUPS = ("sparse_features_weights", "dense_features_weights")


@export("contrib.linear_optimizer.SparseFeatureColumn")
class SparseFeatureColumn:
    """A sparse feature of examples. Stands for `tf.contrib.linear_optimizer.SparseFeatureColumn`.

    Args:
      example_indices: int64 vector: which example an entry is of, in order.
      feature_indices: int64 vector: the index of its weight.
      feature_values: float32 vector, or None for ones.
    """

    def __init__(self, example_indices: Any, feature_indices: Any, feature_values: Any) -> None:
        with name_scope(None, "SparseFeatureColumn", [example_indices, feature_indices]):
            self._example_indices = convert_to_tensor(
                example_indices, name="example_indices", dtype=dtypes.int64
            )
            self._feature_indices = convert_to_tensor(
                feature_indices, name="feature_indices", dtype=dtypes.int64
            )
        self._feature_values = None
        if feature_values is not None:
            with name_scope(None, "SparseFeatureColumn", [feature_values]):
                self._feature_values = convert_to_tensor(
                    feature_values, name="feature_values", dtype=dtypes.float32
                )

    @property
    def example_indices(self) -> Tensor:
        """Which example an entry is of."""
        return self._example_indices

    @property
    def feature_indices(self) -> Tensor:
        """The index of the weight of an entry."""
        return self._feature_indices

    @property
    def feature_values(self) -> Tensor | None:
        """The values of the entries, or None."""
        return self._feature_values


def pruned_column(example_ids: Tensor, ids: Tensor, weights: Tensor) -> SparseFeatureColumn:
    """A column of categories: those below 0 left out, the weights of repeated ones added up."""
    valid = math_ops.greater_equal(ids, 0)
    ids = array_ops.boolean_mask(ids, valid)
    example_ids = array_ops.boolean_mask(example_ids, valid)
    weights = array_ops.boolean_mask(weights, valid)
    # One number for an example and its category.
    width = math_ops.reduce_max(ids) + 1
    both, place = array_ops.unique(width * example_ids + ids)
    count = array_ops.shape(both)[0]
    examples = segment_ops.unsorted_segment_min(example_ids, place, count)
    summed = segment_ops.unsorted_segment_sum(weights, place, count)
    return SparseFeatureColumn(examples, both - width * examples, array_ops.reshape(summed, [-1]))


class ShardedTable:
    """A hash table in parts, chosen by the key."""

    def __init__(
        self, num_shards: int, default_value: Any, empty_key: Any, deleted_key: Any
    ) -> None:
        name = "ShardedMutableHashTable"
        with name_scope(name, "sharded_mutable_hash_table"):
            self._shards = [
                DenseHashTable(
                    dtypes.int64,
                    dtypes.float32,
                    default_value,
                    empty_key,
                    deleted_key,
                    name=f"{name}-{i + 1}-of-{num_shards}",
                )
                for i in range(num_shards)
            ]

    def size(self) -> Tensor:
        """The number of entries."""
        with name_scope(None, "sharded_mutable_hash_table_size"):
            return math_ops.add_n([shard.size() for shard in self._shards])

    def _parts(self, keys: Tensor) -> Tensor:
        """The part of each key, by its first number."""
        first = array_ops.reshape(array_ops.slice(keys, [0, 0], [-1, 1]), [-1])
        return math_ops.cast(math_ops.mod(math_ops.abs(first), len(self._shards)), dtypes.int32)

    def lookup(self, keys: Tensor) -> Tensor:
        """The values of keys."""
        if len(self._shards) == 1:
            return self._shards[0].lookup(keys)
        parts, count = self._parts(keys), len(self._shards)
        by_part = gathering.dynamic_partition(keys, parts, count)
        values = [shard.lookup(k) for shard, k in zip(self._shards, by_part, strict=True)]
        places = math_ops.range(array_ops.shape(keys)[0])
        return gathering.dynamic_stitch(gathering.dynamic_partition(places, parts, count), values)

    def insert(self, keys: Tensor, values: Tensor) -> Operation:
        """Gives keys their values."""
        if len(self._shards) == 1:
            return self._shards[0].insert(keys, values)
        parts, count = self._parts(keys), len(self._shards)
        pairs = zip(
            gathering.dynamic_partition(keys, parts, count),
            gathering.dynamic_partition(values, parts, count),
            strict=True,
        )
        inserted = [s.insert(*pair) for s, pair in zip(self._shards, pairs, strict=True)]
        grouped: Operation = control_flow_ops.group(*inserted)
        return grouped

    def values(self) -> list[Tensor]:
        """The values of all buckets of each part."""
        return [shard.export()[1] for shard in self._shards]


def _parts_of(variable: Any) -> list[Any]:
    """The parts of a variable that is given in parts, or the variable."""
    if isinstance(variable, (list, variables.PartitionedVariable)):
        return list(variable)
    return [variable]


def _whole(value: Any) -> Tensor:
    """A tensor, a variable, or the parts of one, as one tensor."""
    if isinstance(value, (list, variables.PartitionedVariable)):
        value = array_ops.concat(list(value), axis=0)
    return convert_to_tensor(value)


def _check_given(names: Sequence[str], given: Any) -> None:
    for name in names:
        if given[name] is None:
            raise ValueError(f"{name} must be specified.")


def _check_lists(names: Sequence[str], given: Any) -> None:
    for name in names:
        if not isinstance(given[name], list):
            raise ValueError(f"{name} must be a list.")


class SDCAModel:
    """A linear model and its training.

    Args:
      examples: a dict: "sparse_features", a list of SparseFeatureColumn; "dense_features", a list
        of float32 matrices; "example_labels" and "example_weights", float32 vectors;
        "example_ids", a string vector.
      variables: a dict: "sparse_features_weights" and "dense_features_weights", lists of vectors,
        which may be partitioned.
      options: a dict: "loss_type"; "symmetric_l1_regularization", "symmetric_l2_regularization";
        and perhaps "num_loss_partitions", "num_table_shards" (1), "adaptive" (True).

    Raises:
      ValueError: something is missing, or out of its range.
    """

    _SLOT = "_unshrunk"

    def __init__(self, examples: Any, variables: Any, options: Any) -> None:
        """Makes the variables and the table of the model."""
        if not examples or not variables or not options:
            raise ValueError("examples, variables and options must all be specified.")
        if options["loss_type"] not in LOSSES:
            raise ValueError("Unsupported loss_type: ", options["loss_type"])
        lists = ["sparse_features", "dense_features"]
        _check_given(["example_labels", "example_weights", "example_ids", *lists], examples)
        _check_lists(lists, examples)
        _check_given(_GROUPS, variables)
        _check_lists(_GROUPS, variables)
        strengths = ["symmetric_l2_regularization", "symmetric_l1_regularization"]
        _check_given(["loss_type", *strengths], options)
        self._l2, self._l1 = (options[s] for s in strengths)
        if self._l2 <= 0.0:
            raise ValueError("symmetric_l2_regularization should be positive.")
        if self._l2 <= 1.0:
            logging.warn(
                "symmetric_l2_regularization for SDCA should typically be larger than for online "
                "optimization methods. Recommended value is of the order of the average L2 norm "
                "of the training examples."
            )
        if self._l1 < 0.0:
            raise ValueError("symmetric_l1_regularization should be non-negative.")
        self._examples, self._variables, self._options = examples, variables, options
        self._slots = {group: [self._slot(v) for v in variables[group]] for group in _GROUPS}
        self._hashtable = ShardedTable(
            options.get("num_table_shards") or 1,
            default_value=[0.0, 0.0, 0.0, 0.0],
            # Fingerprints never begin with 0 or 1.
            empty_key=[0, 0],
            deleted_key=[1, 1],
        )
        summary.scalar("approximate_duality_gap", self.approximate_duality_gap())
        summary.scalar("examples_seen", self._hashtable.size())

    # Variables.

    def _slot(self, variable: Any) -> Any:
        """The weights before the step for L1, zeros at first."""

        def zeros_like(v: Any) -> Any:
            initial = array_ops.zeros_like(v.initialized_value(), dtypes.float32)
            return variables.VariableV1(initial_value=initial, name=v.op.name + self._SLOT)

        if isinstance(variable, (list, variables.PartitionedVariable)):
            found = []
            for part in variable:
                with colocate_with(part):
                    found.append(zeros_like(part))
            return found
        with device(variable.device):
            return zeros_like(variable)

    def _all_weights(self) -> list[Any]:
        return [p for group in _GROUPS for v in self._variables[group] for p in _parts_of(v)]

    def _norm(self, scope: str, size: Any) -> Tensor:
        """A sum over all weights."""
        with name_scope(f"sdca/{scope}"):
            sums = []
            for variable in self._all_weights():
                weights = convert_to_tensor(variable)
                with device(weights.device):
                    sums.append(math_ops.reduce_sum(size(math_ops.cast(weights, dtypes.float64))))
            return math_ops.add_n(sums)

    def _l1_loss(self) -> Tensor:
        return self._l1 * self._norm("l1_loss", math_ops.abs)

    def _l2_loss(self) -> Tensor:
        return self._l2 * self._norm("l2_loss", math_ops.square) / 2.0

    # What the model gives.

    def _linear_predictions(self, examples: Any) -> Tensor:
        with name_scope("sdca/prediction"):
            batch_size = array_ops.shape(examples["example_ids"])[0]
            result = array_ops.zeros([batch_size])
            weights = [_whole(v) for v in self._variables["sparse_features_weights"]]
            for column, w in zip(examples["sparse_features"], weights, strict=False):
                products = math_ops.multiply(
                    array_ops.gather(w, column.feature_indices), column.feature_values
                )
                sums = segment_ops.segment_sum(products, column.example_indices)
                missing = batch_size - array_ops.shape(sums)[0]
                result += array_ops.pad(sums, [[0, missing]])
            dense = [_whole(f) for f in examples["dense_features"]]
            weights = [_whole(v) for v in self._variables["dense_features_weights"]]
            for features, w in zip(dense, weights, strict=False):
                product = math_ops.matmul(features, array_ops.expand_dims(w, -1))
                result += array_ops.squeeze(product)
        return result

    def predictions(self, examples: Any) -> Tensor:
        """What the model predicts for examples: probabilities for the logistic loss, means for
        Poisson's, else the linear function itself."""
        _check_given(["example_weights", "sparse_features", "dense_features"], examples)
        _check_lists(["sparse_features", "dense_features"], examples)
        result = self._linear_predictions(examples)
        if self._options["loss_type"] == "logistic_loss":
            with name_scope("sdca/logistic_prediction"):
                result = math_ops.sigmoid(result)
        elif self._options["loss_type"] == "poisson_loss":
            with name_scope("sdca/poisson_prediction"):
                result = math_ops.exp(result)
        return result

    # Training.

    def _sparse_part(self, slot: Any, ids: Tensor) -> Tensor:
        """The weights of some ids."""
        if isinstance(slot, list):
            return embedding_ops.embedding_lookup(slot, ids, partition_strategy="div")
        with device(slot.device):
            return array_ops.gather(convert_to_tensor(slot), ids)

    def _sparse_update(self, slot: Any, ids: Tensor, update: Tensor) -> list[Any]:
        """Nodes that add to the weights of some ids."""
        if not isinstance(slot, list):
            return [state_ops.scatter_add(slot, ids, update)]
        count = len(slot)
        sizes = [math_ops.cast(array_ops.shape(part)[0], ids.dtype) for part in slot]
        total = math_ops.add_n(sizes)
        each, extra = total // count, total % count
        # The first parts have one more.
        part = math_ops.maximum(ids // (each + 1), (ids - extra) // each)
        inside = array_ops.where_v2(part < extra, ids % (each + 1), (ids - extra) % each)
        part = math_ops.cast(part, dtypes.int32)
        places = gathering.dynamic_partition(inside, part, count)
        pieces = gathering.dynamic_partition(update, part, count)
        updates = []
        for variable, place, piece in zip(slot, places, pieces, strict=True):
            with colocate_with(variable):
                updates.append(state_ops.scatter_add(variable, place, piece))
        return updates

    def _dense_update(self, slot: Any, update: Tensor) -> list[Any]:
        if not isinstance(slot, list):
            return [state_ops.assign_add(slot, update)]
        pieces = array_ops.split(update, [v.shape.as_list()[0] for v in slot])
        return [state_ops.assign_add(v, u) for v, u in zip(slot, pieces, strict=True)]

    def minimize(self, global_step: Any = None, name: str | None = None) -> Operation:
        """A step of training: it changes the weights that `update_weights` copies.

        Args:
          global_step: a variable to be increased.
          name: a name scope.
        """
        with name_scope(name, "sdca/minimize"):
            columns = self._examples["sparse_features"]
            rows = [c.example_indices for c in columns]
            features = [c.feature_indices for c in columns]
            values = [c.feature_values for c in columns if c.feature_values is not None]
            keys = sdca_ops.sdca_fprint(convert_to_tensor(self._examples["example_ids"]))
            state = self._hashtable.lookup(keys)
            sparse, dense = (self._slots[group] for group in _GROUPS)
            indices = [
                math_ops.cast(array_ops.unique(math_ops.cast(f, dtypes.int32))[0], dtypes.int64)
                for _, f in zip(sparse, features, strict=False)
            ]
            weights = [self._sparse_part(w, i) for w, i in zip(sparse, indices, strict=True)]
            changes = apply_op(
                "SdcaOptimizerV2",
                rows,
                features,
                values,
                [_whole(f) for f in self._examples["dense_features"]],
                convert_to_tensor(self._examples["example_weights"]),
                convert_to_tensor(self._examples["example_labels"]),
                indices,
                weights,
                [_whole(v) for v in dense],
                state,
                loss_type=self._options["loss_type"],
                l1=self._l1,
                l2=self._l2,
                num_loss_partitions=self._options.get("num_loss_partitions", 1),
                num_inner_iterations=1,
                adaptive=self._options.get("adaptive", True),
            )
            new_state = changes.out_example_state_data
            with control_dependencies([new_state]):
                updates: list[Any] = [self._hashtable.insert(keys, new_state)]
                found = zip(sparse, indices, changes.out_delta_sparse_weights, strict=True)
                for w, i, u in found:
                    updates += self._sparse_update(w, i, u)
                for w, u in zip(dense, changes.out_delta_dense_weights, strict=True):
                    updates += self._dense_update(w, u)
            if global_step is None:
                grouped: Operation = control_flow_ops.group(*updates)
                return grouped
            with control_dependencies(updates):
                stepped: Operation = state_ops.assign_add(global_step, 1, name=name).op
                return stepped

    def update_weights(self, train_op: Operation) -> Operation:
        """Copies what `train_op`, of `minimize`, changed into the weights, which L1 makes
        smaller."""
        with control_dependencies([train_op]):
            updates = [
                part.assign(slot)
                for group in _GROUPS
                for variable, slots in zip(self._variables[group], self._slots[group], strict=True)
                for part, slot in zip(_parts_of(variable), _parts_of(slots), strict=True)
            ]
        if self._l1 > 0:
            with control_dependencies(updates):
                updates = []
                for v in self._all_weights():
                    with device(v.device):
                        smaller = math_ops.maximum(0.0, math_ops.abs(v) - self._l1 / self._l2)
                        updates.append(v.assign(math_ops.sign(v) * smaller))
                grouped: Operation = control_flow_ops.group(*updates)
                return grouped
        grouped = control_flow_ops.group(*updates)
        return grouped

    # Losses.

    def approximate_duality_gap(self) -> Tensor:
        """How far the weights are from the best ones, over all examples seen: a mean. NaN before
        any was."""
        with name_scope("sdca/approximate_duality_gap"):
            sums: list[Tensor] = []
            for values in self._hashtable.values():
                with device(values.device), control_dependencies(list(sums)):
                    sums.append(math_ops.reduce_sum(math_ops.to_double(values), 0))
            total = math_ops.add_n(sums)
            losses = total[1] + total[2] + self._l1_loss() + 2.0 * self._l2_loss()
            return losses / total[3]

    def unregularized_loss(self, examples: Any) -> Tensor:
        """The mean loss of examples."""
        lists = ["sparse_features", "dense_features"]
        _check_given(["example_labels", "example_weights", *lists], examples)
        _check_lists(lists, examples)
        with name_scope("sdca/unregularized_loss"):
            linear = math_ops.cast(self._linear_predictions(examples), dtypes.float64)
            labels, weights = (
                math_ops.cast(convert_to_tensor(examples[name]), dtypes.float64)
                for name in ("example_labels", "example_weights")
            )
            total = math_ops.reduce_sum(weights)
            loss_type = self._options["loss_type"]
            if loss_type == "logistic_loss":
                losses = nn_impl.sigmoid_cross_entropy_with_logits(labels=labels, logits=linear)
            elif loss_type == "poisson_loss":
                losses = nn_impl.log_poisson_loss(targets=labels, log_input=linear)
            elif loss_type == "squared_loss":
                losses = math_ops.square(math_ops.subtract(labels, linear))
                return math_ops.reduce_sum(math_ops.multiply(losses, weights)) / (2.0 * total)
            else:
                ones = array_ops.ones_like(linear)
                signs = math_ops.subtract(2 * labels, ones)
                losses = activations.relu(math_ops.subtract(ones, math_ops.multiply(signs, linear)))
            return math_ops.reduce_sum(math_ops.multiply(losses, weights)) / total

    def regularized_loss(self, examples: Any) -> Tensor:
        """The mean loss of examples, with the regularizations."""
        lists = ["sparse_features", "dense_features"]
        _check_given(["example_labels", "example_weights", *lists], examples)
        _check_lists(lists, examples)
        with name_scope("sdca/regularized_loss"):
            weights = convert_to_tensor(examples["example_weights"])
            total = math_ops.reduce_sum(math_ops.cast(weights, dtypes.float64))
            return (self._l1_loss() + self._l2_loss()) / total + self.unregularized_loss(examples)
