"""Boosted trees: `tf.estimator.BoostedTreesClassifier`, `BoostedTreesRegressor`,
`BoostedTreesEstimator`."""

import collections
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from evergraph.api import array_ops, variable_store
from evergraph.base.export import export
from evergraph.library.estimator import head as head_lib
from evergraph.library.estimator.boosted_trees_columns import calculate_num_features, feature_names
from evergraph.library.estimator.boosted_trees_growers import TreeHParams
from evergraph.library.estimator.boosted_trees_model import (
    EXPLANATION_KEY,
    Closed,
    bt_explanations_fn,
    bt_model_fn,
    logistic_derivatives,
)
from evergraph.library.estimator.estimator import Estimator
from evergraph.library.losses.losses_impl import Reduction
from evergraph.library.train import checkpoint_utils
from evergraph.proto.kernels.boosted_trees.boosted_trees_pb2 import DebugOutput, TreeEnsemble

# The defaults of what TensorFlow may do one day.
TWO_CLASSES: Any = object()
ONE_NUMBER: Any = object()

_CLASS_HEADS = (
    head_lib._BinaryLogisticHeadWithSigmoidCrossEntropyLoss,
    head_lib._MultiClassHeadWithSoftmaxCrossEntropyLoss,
)


def classification_head(
    n_classes: int, weight_column: Any, label_vocabulary: Any
) -> tuple[Any, Closed | None]:
    """The head of two classes, and its derivatives where they are known.

    Raises:
      ValueError: another number of classes.
    """
    if n_classes != 2:
        raise ValueError(
            f"For now only binary classification is supported.n_classes given as {n_classes}"
        )
    head = head_lib._binary_logistic_head_with_sigmoid_cross_entropy_loss(
        weight_column=weight_column,
        label_vocabulary=label_vocabulary,
        loss_reduction=Reduction.SUM_OVER_BATCH_SIZE,
    )
    is_plain = weight_column is None and label_vocabulary is None
    return head, logistic_derivatives(head) if is_plain else None


def regression_head(label_dimension: int, weight_column: Any) -> Any:
    """The head of a number.

    Raises:
      ValueError: more of them.
    """
    if label_dimension != 1:
        raise ValueError(
            "For now only 1 dimension regression is supported."
            f"label_dimension given as {label_dimension}"
        )
    return head_lib._regression_head(
        label_dimension=label_dimension,
        weight_column=weight_column,
        loss_reduction=Reduction.SUM_OVER_BATCH_SIZE,
    )


def sorted_sums(names: Sequence[str], values: Sequence[float]) -> "collections.OrderedDict":
    """The sum of the values of each name; the largest first, whatever its sign."""
    sums: dict[str, float] = {}
    for name, value in zip(names, values, strict=False):
        sums[name] = sums.get(name, 0) + value
    return collections.OrderedDict(
        sorted(sums.items(), key=lambda item: abs(item[1]), reverse=True)
    )


def _importances(ensemble: Any, count: int, normalize: bool) -> np.ndarray:
    """What splits by each feature gained, weighted by trees."""
    of_trees = np.zeros((len(ensemble.trees), count))
    for number, tree in enumerate(ensemble.trees):
        for node in tree.nodes:
            kind = node.WhichOneof("node")
            if kind == "bucketized_split":
                of_trees[number, node.bucketized_split.feature_id] += node.metadata.gain
            elif kind == "leaf":
                assert node.metadata.gain == 0
            else:
                raise ValueError(f"Unexpected split type {kind}")
    weights = np.array(ensemble.tree_weights).reshape(-1, 1)
    found: np.ndarray = np.sum(of_trees * weights, axis=0)
    if normalize:
        assert np.all(found >= 0), "feature_importances must be non-negative."
        total = np.sum(found)
        assert total > 0, "Trees are all empty or contain only a root node."
        found /= total
    return found


def _explained(serialized: bytes, names: Sequence[str], is_classification: bool) -> tuple[Any, Any]:
    """The bias of an example, and what each column adds to its prediction."""
    output = DebugOutput.FromString(serialized)
    path = np.array(output.logits_path)
    predictions = 1 / (1 + np.exp(-path)) if is_classification else path
    steps = np.diff(predictions)
    ids = np.array(output.feature_ids, np.int64)
    added = np.bincount(ids, weights=steps, minlength=len(names))
    return predictions[0], sorted_sums(names, added)


class _BoostedTreesBase(Estimator):
    """What boosted trees share.

    Args:
      model_fn, model_dir, config: as of Estimator.
      feature_columns: dense ones; categories as indicators.
      head: makes loss and predictions of logits.
      center_bias: whether the very first node's value is what is best for all examples.
      is_classification: whether predictions are probabilities.
      quantile_sketch_epsilon: the error of quantiles.
    """

    def __init__(
        self,
        model_fn: Callable[..., Any],
        model_dir: Any,
        config: Any,
        feature_columns: Any,
        head: Any,
        center_bias: bool,
        is_classification: bool,
        quantile_sketch_epsilon: float,
    ) -> None:
        # So that the global step is a resource too.
        variable_store.enable_resource_variables()
        super().__init__(model_fn=model_fn, model_dir=model_dir, config=config)
        self._sorted_feature_columns = sorted(feature_columns, key=lambda column: column.name)
        self._head = head
        self._n_features = calculate_num_features(self._sorted_feature_columns)
        self._feature_col_names = feature_names(self._sorted_feature_columns)
        self._center_bias = center_bias
        self._is_classification = is_classification
        self._quantile_sketch_epsilon = quantile_sketch_epsilon

    def experimental_feature_importances(self, normalize: bool = False) -> Any:
        """What splits by each column gained, an OrderedDict by name, the largest first.

        Args:
          normalize: whether the sum is to be 1.

        Raises:
          ValueError: there are no trees yet.
          AssertionError: there is nothing to normalize, or something negative.
        """
        reader = checkpoint_utils.load_checkpoint(self._model_dir)
        serialized = reader.get_tensor("boosted_trees:0_serialized")
        if not serialized:
            raise ValueError(
                "Found empty serialized string for TreeEnsemble."
                "You should only call this method after training."
            )
        ensemble = TreeEnsemble.FromString(serialized)
        found = _importances(ensemble, self._n_features, normalize)
        return sorted_sums(self._feature_col_names, found.tolist())

    def experimental_predict_with_explanations(
        self,
        input_fn: Any,
        predict_keys: Any = None,
        hooks: Any = None,
        checkpoint_path: str | None = None,
    ) -> Iterator[Any]:
        """Predictions with "bias", the same for all, and "dfc": what each column adds to it, an
        OrderedDict by name, the largest first.

        Args:
          input_fn, predict_keys, hooks, checkpoint_path: as of `predict`; "bias" and "dfc" are
            there whatever the keys.

        Raises:
          ValueError: bias was not centred, or the head changes logits.
        """
        if not self._center_bias:
            raise ValueError(
                "center_bias must be enabled during estimator instantiation when using "
                "experimental_predict_with_explanations."
            )
        if not self._is_classification and self._head._inverse_link_fn not in (
            None,
            array_ops.identity,
        ):
            raise ValueError(
                "For now only identity inverse_link_fn in regression_head is supported for "
                "experimental_predict_with_explanations."
            )

        def model_fn(features: Any, labels: Any, mode: str) -> Any:
            return bt_explanations_fn(
                features, self._head, self._sorted_feature_columns, self._quantile_sketch_epsilon
            )

        estimator = Estimator(
            model_fn=model_fn,
            model_dir=self.model_dir,
            config=self.config,
            warm_start_from=self._warm_start_settings,
        )
        keys = None if predict_keys is None else {*predict_keys, EXPLANATION_KEY}
        for prediction in estimator.predict(
            input_fn, keys, hooks, checkpoint_path, yield_single_examples=True
        ):
            bias, dfc = _explained(
                prediction[EXPLANATION_KEY], self._feature_col_names, self._is_classification
            )
            prediction["bias"], prediction["dfc"] = bias, dfc
            del prediction[EXPLANATION_KEY]
            yield prediction


def _model_fn(*common: Any, **more: Any) -> Callable[..., Any]:
    """A model function of a head, columns, what trees are to be like, and batches for a layer."""

    def model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
        return bt_model_fn(features, labels, mode, *common, config, **more)

    return model_fn


@export("estimator.BoostedTreesClassifier")
class BoostedTreesClassifier(_BoostedTreesBase):
    """Two classes by trees, each of which corrects those before. Stands for
    `tf.estimator.BoostedTreesClassifier`.

    Args:
      feature_columns: numeric and bucketized columns, and indicators of categories.
      n_batches_per_layer: after how many batches a layer is added.
      model_dir, config: as of Estimator.
      n_classes: 2.
      weight_column: the name of a feature, or a numeric column, of weights of examples.
      label_vocabulary: the names of classes, of which labels then are.
      n_trees: how many trees.
      max_depth: how many layers a tree has.
      learning_rate: by how much a new tree counts.
      l1_regularization, l2_regularization: penalties of large weights.
      tree_complexity: what a leaf costs, with pruning.
      min_node_weight: the least hessian of a node that may be split.
      center_bias: whether the very first node's value is what is best for all examples.
      pruning_mode: "none"; "pre", no split that gains too little; "post", such splits are taken
        back when a tree is done.
      quantile_sketch_epsilon: the error of quantiles of numeric columns, which have 1 / epsilon
        buckets.
      train_in_memory: whether a batch is all of the data.

    Raises:
      ValueError: an argument does not fit.
    """

    def __init__(
        self,
        feature_columns: Any,
        n_batches_per_layer: Any,
        model_dir: Any = None,
        n_classes: int = TWO_CLASSES,
        weight_column: Any = None,
        label_vocabulary: Any = None,
        n_trees: int = 100,
        max_depth: int = 6,
        learning_rate: float = 0.1,
        l1_regularization: float = 0.0,
        l2_regularization: float = 0.0,
        tree_complexity: float = 0.0,
        min_node_weight: float = 0.0,
        config: Any = None,
        center_bias: bool = False,
        pruning_mode: str = "none",
        quantile_sketch_epsilon: float = 0.01,
        train_in_memory: bool = False,
    ) -> None:
        if n_classes == TWO_CLASSES:
            n_classes = 2
        elif n_classes > 2 and pruning_mode is not None:
            raise ValueError("For now pruning is not supported with multi class.")
        head, closed_form = classification_head(n_classes, weight_column, label_vocabulary)
        hparams = TreeHParams(
            n_trees,
            max_depth,
            learning_rate,
            l1_regularization,
            l2_regularization,
            tree_complexity,
            min_node_weight,
            center_bias,
            pruning_mode,
            quantile_sketch_epsilon,
        )
        model_fn = _model_fn(
            head,
            feature_columns,
            hparams,
            n_batches_per_layer,
            closed_form_grad_and_hess_fn=closed_form,
            weight_column=weight_column,
            train_in_memory=train_in_memory,
        )
        super().__init__(
            model_fn,
            model_dir,
            config,
            feature_columns,
            head,
            center_bias,
            True,
            quantile_sketch_epsilon,
        )


@export("estimator.BoostedTreesRegressor")
class BoostedTreesRegressor(_BoostedTreesBase):
    """A number by trees, each of which corrects those before. Stands for
    `tf.estimator.BoostedTreesRegressor`; arguments as of BoostedTreesClassifier, with
    `label_dimension`, which is 1."""

    def __init__(
        self,
        feature_columns: Any,
        n_batches_per_layer: Any,
        model_dir: Any = None,
        label_dimension: int = ONE_NUMBER,
        weight_column: Any = None,
        n_trees: int = 100,
        max_depth: int = 6,
        learning_rate: float = 0.1,
        l1_regularization: float = 0.0,
        l2_regularization: float = 0.0,
        tree_complexity: float = 0.0,
        min_node_weight: float = 0.0,
        config: Any = None,
        center_bias: bool = False,
        pruning_mode: str = "none",
        quantile_sketch_epsilon: float = 0.01,
        train_in_memory: bool = False,
    ) -> None:
        if label_dimension == ONE_NUMBER:
            label_dimension = 1
        elif label_dimension > 1 and pruning_mode is not None:
            raise ValueError("For now pruning is not supported with multi-dimensionregression.")
        head = regression_head(label_dimension, weight_column)
        hparams = TreeHParams(
            n_trees,
            max_depth,
            learning_rate,
            l1_regularization,
            l2_regularization,
            tree_complexity,
            min_node_weight,
            center_bias,
            pruning_mode,
            quantile_sketch_epsilon,
        )
        model_fn = _model_fn(
            head,
            feature_columns,
            hparams,
            n_batches_per_layer,
            weight_column=weight_column,
            train_in_memory=train_in_memory,
        )
        super().__init__(
            model_fn,
            model_dir,
            config,
            feature_columns,
            head,
            center_bias,
            False,
            quantile_sketch_epsilon,
        )


@export("estimator.BoostedTreesEstimator")
class BoostedTreesEstimator(_BoostedTreesBase):
    """Trees under a head of one's own. Stands for `tf.estimator.BoostedTreesEstimator`; arguments
    as of BoostedTreesClassifier, with `head`. As in TensorFlow `weight_column` is without effect:
    a head has its own."""

    def __init__(
        self,
        feature_columns: Any,
        n_batches_per_layer: Any,
        head: Any,
        model_dir: Any = None,
        weight_column: Any = None,
        n_trees: int = 100,
        max_depth: int = 6,
        learning_rate: float = 0.1,
        l1_regularization: float = 0.0,
        l2_regularization: float = 0.0,
        tree_complexity: float = 0.0,
        min_node_weight: float = 0.0,
        config: Any = None,
        center_bias: bool = False,
        pruning_mode: str = "none",
        quantile_sketch_epsilon: float = 0.01,
    ) -> None:
        hparams = TreeHParams(
            n_trees,
            max_depth,
            learning_rate,
            l1_regularization,
            l2_regularization,
            tree_complexity,
            min_node_weight,
            center_bias,
            pruning_mode,
            quantile_sketch_epsilon,
        )
        super().__init__(
            _model_fn(head, feature_columns, hparams, n_batches_per_layer),
            model_dir,
            config,
            feature_columns,
            head,
            center_bias,
            isinstance(head, _CLASS_HEADS),
            quantile_sketch_epsilon,
        )
