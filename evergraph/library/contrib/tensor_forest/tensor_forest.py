"""Random forests as graphs: `ForestHParams`, `RandomForestGraphs`."""

import math
import numbers
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from google.protobuf import text_format

from evergraph.api import (
    array_ops,
    gathering,
    grouping,
    math_ops,
    random_ops,
    variable_scope,
    variables,
)
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.defaults import control_dependencies, device
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.framework.variables import VariableDeviceChooser
from evergraph.library.contrib.tensor_forest import data_ops, model_ops, stats_ops
from evergraph.proto.contrib import tensor_forest_params_pb2 as _params_proto
from evergraph.proto.contrib.generic_tree_model_pb2 import InequalityTest

# Names of models → kinds of leaves and of statistics.
CLASSIFICATION_LEAF_MODEL_TYPES = {
    "all_dense": (_params_proto.MODEL_DENSE_CLASSIFICATION, _params_proto.STATS_DENSE_GINI),
    "all_sparse": (_params_proto.MODEL_SPARSE_CLASSIFICATION, _params_proto.STATS_SPARSE_GINI),
    "sparse_then_dense": (
        _params_proto.MODEL_SPARSE_OR_DENSE_CLASSIFICATION,
        _params_proto.STATS_SPARSE_THEN_DENSE_GINI,
    ),
}
REGRESSION_MODEL_TYPE = (
    _params_proto.MODEL_REGRESSION,
    _params_proto.STATS_LEAST_SQUARES_REGRESSION,
    _params_proto.COLLECTION_BASIC,
)
FINISH_TYPES = {
    "basic": _params_proto.SPLIT_FINISH_BASIC,
    "hoeffding": _params_proto.SPLIT_FINISH_DOMINATE_HOEFFDING,
    "bootstrap": _params_proto.SPLIT_FINISH_DOMINATE_BOOTSTRAP,
}
PRUNING_TYPES = {
    "none": _params_proto.SPLIT_PRUNE_NONE,
    "half": _params_proto.SPLIT_PRUNE_HALF,
    "quarter": _params_proto.SPLIT_PRUNE_QUARTER,
    "10_percent": _params_proto.SPLIT_PRUNE_10_PERCENT,
    "hoeffding": _params_proto.SPLIT_PRUNE_HOEFFDING,
}
SPLIT_TYPES = {
    "less_or_equal": InequalityTest.LESS_OR_EQUAL,
    "less": InequalityTest.LESS_THAN,
}


@export("contrib.tensor_forest.tensor_forest.parse_number_or_string_to_proto")
def parse_number_or_string_to_proto(proto: Any, param: Any) -> None:
    """Puts a number, or a DepthDependentParam as text, into a message."""
    if isinstance(param, numbers.Number):
        proto.constant_value = param
    elif param.isdigit():
        proto.constant_value = int(param)
    else:
        text_format.Merge(param, proto)


@export("contrib.tensor_forest.tensor_forest.build_params_proto")
def build_params_proto(params: Any) -> _params_proto.TensorForestParams:
    """The message of filled parameters."""
    proto = _params_proto.TensorForestParams(
        num_trees=params.num_trees,
        max_nodes=params.max_nodes,
        is_regression=params.regression,
        num_outputs=params.num_classes,
        num_features=params.num_features,
        leaf_type=params.leaf_model_type,
        stats_type=params.stats_model_type,
        collection_type=_params_proto.COLLECTION_BASIC,
        inequality_test_type=params.split_type,
        drop_final_class=False,
        collate_examples=params.collate_examples,
        checkpoint_stats=params.checkpoint_stats,
        use_running_stats_method=params.use_running_stats_method,
        initialize_average_splits=params.initialize_average_splits,
        inference_tree_paths=params.inference_tree_paths,
    )
    proto.pruning_type.type = params.pruning_type
    proto.finish_type.type = params.finish_type
    for holder, value in (
        (proto.pruning_type.prune_every_samples, params.prune_every_samples),
        (proto.finish_type.check_every_steps, params.early_finish_check_every_samples),
        (proto.split_after_samples, params.split_after_samples),
        (proto.num_splits_to_consider, params.num_splits_to_consider),
    ):
        parse_number_or_string_to_proto(holder, value)
    proto.dominate_fraction.constant_value = params.dominate_fraction
    if params.param_file:
        text_format.Merge(Path(params.param_file).read_text(), proto)
    return proto


@export("contrib.tensor_forest.tensor_forest.ForestHParams")
class ForestHParams:
    """Parameters of a forest; `fill` completes them. Any other keyword is kept too.

    Args:
      num_trees: how many trees.
      max_nodes: how many nodes a tree may have.
      bagging_fraction: the part of a batch that each tree sees.
      num_splits_to_consider: of how many random tests a split is the best; 0: some.
      feature_bagging_fraction: the part of the features that each tree sees.
      max_fertile_nodes, dominate_method: without effect, as in TensorFlow.
      split_after_samples: after how many examples a leaf is split, a number or a
        DepthDependentParam as text.
      valid_leaf_threshold: without effect, as in TensorFlow.
      dominate_fraction: how sure to be that a test is worse, to give it up.
      model_name: "all_dense" or "all_sparse": how leaves hold the counts of classes.
      split_finish_name: "basic".
      split_pruning_name: "none", or how many tests to give up: "half", "quarter", "10_percent",
        "hoeffding".
      prune_every_samples: after how many examples.
      early_finish_check_every_samples: without effect with "basic".
      collate_examples: whether examples are taken leaf by leaf.
      checkpoint_stats: whether checkpoints hold what is known of leaves.
      use_running_stats_method: without effect on what comes.
      initialize_average_splits: whether limits lie between examples of two classes.
      inference_tree_paths: whether predictions tell the nodes that were passed.
      param_file: a file with more, a TensorForestParams as text.
      split_name: "less_or_equal" or "less".
      num_classes (needed): how many classes; how many numbers with `regression`.
      num_features (needed): how many features.
      regression: whether numbers are predicted.
      base_random_seed: of the first tree; 0 for one that nobody knows.
    """

    num_classes: int
    num_features: int

    def __init__(
        self,
        num_trees: int = 100,
        max_nodes: int = 10000,
        bagging_fraction: float = 1.0,
        num_splits_to_consider: Any = 0,
        feature_bagging_fraction: float = 1.0,
        max_fertile_nodes: int = 0,
        split_after_samples: Any = 250,
        valid_leaf_threshold: int = 1,
        dominate_method: str = "bootstrap",
        dominate_fraction: float = 0.99,
        model_name: str = "all_dense",
        split_finish_name: str = "basic",
        split_pruning_name: str = "none",
        prune_every_samples: Any = 0,
        early_finish_check_every_samples: Any = 0,
        collate_examples: bool = False,
        checkpoint_stats: bool = False,
        use_running_stats_method: bool = False,
        initialize_average_splits: bool = False,
        inference_tree_paths: bool = False,
        param_file: str | None = None,
        split_name: str = "less_or_equal",
        **kwargs: Any,
    ) -> None:
        self.num_trees = num_trees
        self.max_nodes = max_nodes
        self.bagging_fraction = bagging_fraction
        self.feature_bagging_fraction = feature_bagging_fraction
        self.num_splits_to_consider = num_splits_to_consider
        self.max_fertile_nodes = max_fertile_nodes
        self.split_after_samples = split_after_samples
        self.valid_leaf_threshold = valid_leaf_threshold
        self.dominate_method = dominate_method
        self.dominate_fraction = dominate_fraction
        self.model_name = model_name
        self.split_finish_name = split_finish_name
        self.split_pruning_name = split_pruning_name
        self.collate_examples = collate_examples
        self.checkpoint_stats = checkpoint_stats
        self.use_running_stats_method = use_running_stats_method
        self.initialize_average_splits = initialize_average_splits
        self.inference_tree_paths = inference_tree_paths
        self.param_file = param_file
        self.split_name = split_name
        self.early_finish_check_every_samples = early_finish_check_every_samples
        self.prune_every_samples = prune_every_samples
        for name, value in kwargs.items():
            setattr(self, name, value)

    def values(self) -> dict[str, Any]:
        """All parameters by name."""
        return self.__dict__

    def fill(self) -> "ForestHParams":
        """Completes the parameters; these.

        Raises:
          AttributeError: `num_classes` or `num_features` is missing.
        """
        features, classes = self.num_features, self.num_classes
        self.bagged_num_features = int(self.feature_bagging_fraction * features)
        self.bagged_features: list[list[int]] | None = None
        if self.feature_bagging_fraction < 1.0:
            self.bagged_features = [
                random.sample(range(features), self.bagged_num_features)
                for _ in range(self.num_trees)
            ]
        self.regression: bool = getattr(self, "regression", False)
        self.num_outputs = classes if self.regression else 1
        self.num_output_columns = classes + 1
        some = min(max(10, math.floor(math.sqrt(features))), 1000)
        self.num_splits_to_consider = self.num_splits_to_consider or some
        self.base_random_seed: int = getattr(self, "base_random_seed", 0)
        kinds = REGRESSION_MODEL_TYPE[:2]
        self.finish_type: int = _params_proto.SPLIT_FINISH_BASIC
        if not self.regression:
            kinds = CLASSIFICATION_LEAF_MODEL_TYPES[self.model_name]
            self.finish_type = FINISH_TYPES[self.split_finish_name]
        self.leaf_model_type, self.stats_model_type = kinds
        self.pruning_type = PRUNING_TYPES[self.split_pruning_name]
        if self.pruning_type == _params_proto.SPLIT_PRUNE_NONE:
            self.prune_every_samples = 0
        elif not self.prune_every_samples:
            self.prune_every_samples = int(self.split_after_samples) / 2
        if self.finish_type == _params_proto.SPLIT_FINISH_BASIC:
            self.early_finish_check_every_samples = 0
        elif not self.early_finish_check_every_samples:
            self.early_finish_check_every_samples = int(self.split_after_samples) / 4
        self.split_type = SPLIT_TYPES[self.split_name]
        return self


@export("contrib.tensor_forest.tensor_forest.get_epoch_variable")
def get_epoch_variable() -> Any:
    """The epoch of `limit_epochs` as a vector; [0] where there is none."""
    for variable in variables.local_variables():
        if "limit_epochs/epoch" in variable.op.name:
            return array_ops.reshape(variable, [1])
    return [0]


@export("contrib.tensor_forest.tensor_forest.TreeVariables")
class TreeVariables:
    """The resources of one tree: `tree`, and `stats` while it is trained."""

    def __init__(
        self, params: Any, tree_num: int, training: bool, tree_config: Any = "", tree_stat: Any = ""
    ) -> None:
        proto = getattr(params, "params_proto", None)
        if not isinstance(proto, _params_proto.TensorForestParams):
            params.params_proto = build_params_proto(params)
        params.serialized_params_proto = params.params_proto.SerializeToString()
        self.stats: Tensor | None = None
        if training:
            name = self.get_tree_name("stats", tree_num)
            self.stats = stats_ops.fertile_stats_variable(params, tree_stat, name)
        name = self.get_tree_name("tree", tree_num)
        self.tree = model_ops.tree_variable(params, tree_config, self.stats, name)

    def get_tree_name(self, name: str, num: int) -> str:
        """The name of a tree's resource."""
        return f"{name}-{num}"


@export("contrib.tensor_forest.tensor_forest.ForestVariables")
class ForestVariables:
    """The resources of all trees, by number.

    Args:
      params: filled parameters.
      device_assigner: tells where a tree is.
      training: whether there are statistics.
      tree_variables_class: makes those of a tree.
      tree_configs, tree_stats: what trees begin with, serialized.
    """

    def __init__(
        self,
        params: Any,
        device_assigner: Any,
        training: bool = True,
        tree_variables_class: Callable[..., Any] = TreeVariables,
        tree_configs: Sequence[Any] | None = None,
        tree_stats: Sequence[Any] | None = None,
    ) -> None:
        self.variables: list[Any] = []
        self.device_dummies: list[Any] = []
        with device(device_assigner):
            for i in range(params.num_trees):
                dummy = variable_scope.get_variable(name=f"device_dummy_{i}", shape=0)
                self.device_dummies.append(dummy)
        for i in range(params.num_trees):
            with device(self.device_dummies[i].device):
                more = {}
                if tree_configs is not None:
                    more["tree_config"] = tree_configs[i]
                if tree_stats is not None:
                    more["tree_stat"] = tree_stats[i]
                self.variables.append(tree_variables_class(params, i, training, **more))

    def __setitem__(self, t: int, val: Any) -> None:
        self.variables[t] = val

    def __getitem__(self, t: int) -> Any:
        return self.variables[t]


def _parts(sparse: Any) -> tuple[Any, Any, Any]:
    """The tensors of a SparseTensor; nothing of None."""
    return ([], [], []) if sparse is None else (sparse.indices, sparse.values, sparse.dense_shape)


@export("contrib.tensor_forest.tensor_forest.RandomTreeGraphs")
class RandomTreeGraphs:
    """The graphs of one tree.

    Args:
      variables: its resources.
      params: filled parameters.
      tree_num: its number.
    """

    def __init__(self, variables: Any, params: Any, tree_num: int) -> None:
        self.variables = variables
        self.params = params
        self.tree_num = tree_num

    def training_graph(
        self,
        input_data: Any,
        input_labels: Any,
        random_seed: int,
        data_spec: Any,
        sparse_features: Any = None,
        input_weights: Any = None,
    ) -> Any:
        """The operation that trains the tree by a batch.

        Args:
          input_data: dense features [n, d], or None.
          input_labels: labels, or numbers.
          random_seed: of tests; 0 for one that nobody knows.
          data_spec: the columns.
          sparse_features: a SparseTensor.
          input_weights: of examples; 1 by default.
        """
        math_ops.cast(get_epoch_variable(), dtypes.int32)
        weights = [] if input_weights is None else input_weights
        data = ([] if input_data is None else input_data, *_parts(sparse_features))
        params, spec = self.params.serialized_params_proto, data_spec.SerializeToString()
        tree, stats = self.variables.tree, self.variables.stats
        leaves = model_ops.traverse_tree_v4(tree, *data, input_spec=spec, params=params)
        update = model_ops.update_model_v4(tree, leaves, input_labels, weights, params=params)
        finished = stats_ops.process_input_v4(
            tree,
            stats,
            *data,
            input_labels,
            weights,
            leaves,
            input_spec=spec,
            random_seed=random_seed,
            params=params,
        )
        with control_dependencies([update]):
            return stats_ops.grow_tree_v4(tree, stats, finished, params=params)

    def inference_graph(
        self, input_data: Any, data_spec: Any, sparse_features: Any = None
    ) -> tuple[Tensor, Tensor]:
        """The predictions [n, outputs] of a batch, and the nodes passed."""
        predictions, paths = model_ops.tree_predictions_v4(
            self.variables.tree,
            [] if input_data is None else input_data,
            *_parts(sparse_features),
            input_spec=data_spec.SerializeToString(),
            params=self.params.serialized_params_proto,
        )
        return predictions, paths

    def size(self) -> Tensor:
        """How many nodes the tree has, an int32 scalar."""
        found: Tensor = model_ops.tree_size(self.variables.tree)
        return found

    def feature_usage_counts(self) -> Tensor:
        """How many tests are of each feature, int32."""
        found: Tensor = model_ops.feature_usage_counts(
            self.variables.tree, params=self.params.serialized_params_proto
        )
        return found


@export("contrib.tensor_forest.tensor_forest.RandomForestGraphs")
class RandomForestGraphs:
    """The graphs of a forest.

    Args:
      params: filled parameters.
      tree_configs, tree_stats: what trees begin with, serialized.
      device_assigner: tells where a tree is.
      variables: the resources, if there are already.
      tree_variables_class: makes those of a tree.
      tree_graphs: the class of a tree's graphs.
      training: whether it is trained.
    """

    def __init__(
        self,
        params: Any,
        tree_configs: Sequence[Any] | None = None,
        tree_stats: Sequence[Any] | None = None,
        device_assigner: Any = None,
        variables: Any = None,
        tree_variables_class: Callable[..., Any] = TreeVariables,
        tree_graphs: Callable[..., Any] | None = None,
        training: bool = True,
    ) -> None:
        self.params = params
        self.device_assigner = device_assigner or VariableDeviceChooser()
        logging.info("Constructing forest with params = ")
        logging.info(self.params.__dict__)
        self.variables = variables or ForestVariables(
            self.params,
            device_assigner=self.device_assigner,
            training=training,
            tree_variables_class=tree_variables_class,
            tree_configs=tree_configs,
            tree_stats=tree_stats,
        )
        make = tree_graphs or RandomTreeGraphs
        count = self.params.num_trees
        self.trees = [make(self.variables[i], self.params, i) for i in range(count)]

    def _on(self, tree: int) -> Any:
        return device(self.variables.device_dummies[tree].device)

    def _bag_features(self, tree_num: int, input_data: Any) -> Tensor:
        """The features that a tree sees."""
        columns = array_ops.split(
            value=input_data, num_or_size_splits=self.params.num_features, axis=1
        )
        return array_ops.concat([columns[i] for i in self.params.bagged_features[tree_num]], 1)

    def _bagged(self, tree: int, data: Any, sparse: Any) -> Any:
        if not self.params.bagged_features:
            return data
        if sparse is not None:
            raise NotImplementedError("Feature bagging not supported with sparse features.")
        return self._bag_features(tree, data)

    def get_all_resource_handles(self) -> list[Any]:
        """The handles of all trees, then those of all statistics."""
        found = [self.variables[i] for i in range(len(self.trees))]
        return [v.tree for v in found] + [v.stats for v in found]

    def training_graph(
        self,
        input_data: Any,
        input_labels: Any,
        num_trainers: int = 1,
        trainer_id: int = 0,
        **tree_kwargs: Any,
    ) -> Any:
        """The operation that trains the forest by a batch.

        Args:
          input_data: a tensor [n, d], or a dict of tensors by name.
          input_labels: labels [n], or numbers.
          num_trainers: among how many trainers trees are shared.
          trainer_id: which of these this is.
          **tree_kwargs: more for `RandomTreeGraphs.training_graph`.

        Raises:
          NotImplementedError: bagging of sparse features.
        """
        data, sparse, spec = data_ops.ParseDataTensorOrDict(input_data)
        labels = None
        if input_labels is not None:
            labels = data_ops.ParseLabelTensorOrDict(input_labels)
        share = self.params.num_trees / num_trainers
        grown = []
        for i in range(int(trainer_id * share), int((trainer_id + 1) * share)):
            with self._on(i):
                seed = self.params.base_random_seed
                if seed != 0:
                    seed += i
                seen, seen_labels = data, labels
                if self.params.bagging_fraction < 1.0:
                    if sparse is not None:
                        raise NotImplementedError("Bagging not supported with sparse features.")
                    chosen = self._sample(data, seed)
                    seen = array_ops.gather(data, chosen)
                    seen_labels = array_ops.gather(labels, chosen)
                seen = self._bagged(i, seen, sparse)
                grown.append(
                    self.trees[i].training_graph(
                        seen,
                        seen_labels,
                        seed,
                        data_spec=spec,
                        sparse_features=sparse,
                        **tree_kwargs,
                    )
                )
        return grouping.group(*grown, name="train")

    def _sample(self, data: Any, seed: int) -> Tensor:
        """The places of the examples that a tree sees."""
        size = array_ops.strided_slice(array_ops.shape(data), [0], [1])
        drawn = random_ops.random_uniform(size, seed=seed)
        mask = math_ops.less(drawn, array_ops.ones_like(drawn) * self.params.bagging_fraction)
        return array_ops.squeeze(gathering.where_v2(mask), axis=[1])

    def inference_graph(
        self, input_data: Any, **inference_args: Any
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The mean of the trees' predictions [n, outputs], the nodes passed, and the variance.

        Args:
          input_data: as in training.
          **inference_args: more for `RandomTreeGraphs.inference_graph`.

        Raises:
          NotImplementedError: bagging of sparse features.
        """
        data, sparse, spec = data_ops.ParseDataTensorOrDict(input_data)
        found, passed = [], []
        for i in range(self.params.num_trees):
            with self._on(i):
                predictions, paths = self.trees[i].inference_graph(
                    self._bagged(i, data, sparse), spec, sparse_features=sparse, **inference_args
                )
                found.append(predictions)
                passed.append(paths)
        count = self.params.num_trees
        with self._on(0):
            each = array_ops.stack(found, axis=1)
            mean = math_ops.div(math_ops.reduce_sum(each, 1), count, name="probabilities")
            nodes = array_ops.stack(passed, axis=1)
            squares = math_ops.div(math_ops.reduce_sum(each * each, 1), count)
            variance = math_ops.maximum(0.0, squares - mean * mean)
        return mean, nodes, variance

    def average_size(self) -> Tensor:
        """How many nodes a tree has in the mean, a float32 scalar."""
        sizes = []
        for i in range(self.params.num_trees):
            with self._on(i):
                sizes.append(self.trees[i].size())
        return math_ops.reduce_mean(math_ops.cast(array_ops.stack(sizes), dtypes.float32))

    def training_loss(self, features: Any, labels: Any, name: str = "training_loss") -> Tensor:
        """Minus the mean size of trees: it falls while they grow."""
        return math_ops.negative(self.average_size(), name=name)

    def validation_loss(self, features: Any, labels: Any) -> Tensor:
        """As `training_loss`."""
        return math_ops.negative(self.average_size())

    def average_impurity(self) -> Tensor:
        """The mean of the trees' impurities; trees of one's own class have them."""
        found = []
        for i in range(self.params.num_trees):
            with self._on(i):
                found.append(self.trees[i].average_impurity())
        return math_ops.reduce_mean(array_ops.stack(found))

    def feature_importances(self) -> Tensor:
        """Which part of all tests is of each feature, float64."""
        counts = [tree.feature_usage_counts() for tree in self.trees]
        total = math_ops.reduce_sum(array_ops.stack(counts, 0), 0)
        return total / math_ops.reduce_sum(total)
