"""Boosted trees of data that fits into memory, trained at once."""

from collections.abc import Callable
from typing import Any

from evergraph.base.export import export
from evergraph.library.data.dataset_ops import DatasetV2
from evergraph.library.estimator.boosted_trees import (
    ONE_NUMBER,
    TWO_CLASSES,
    _BoostedTreesBase,
    _model_fn,
    classification_head,
    regression_head,
)
from evergraph.library.estimator.boosted_trees_growers import TreeHParams
from evergraph.library.estimator.boosted_trees_model import Closed


def _repeated(train_input_fn: Callable[[], Any]) -> Callable[[], Any]:
    """An input function that gives a dataset again and again."""

    def input_fn() -> Any:
        found = train_input_fn()
        return found.repeat() if isinstance(found, DatasetV2) else found

    return input_fn


def _trained(
    train_input_fn: Callable[[], Any],
    feature_columns: Any,
    model_dir: Any,
    config: Any,
    train_hooks: Any,
    head: Any,
    hparams: TreeHParams,
    is_classification: bool,
    closed_form: Closed | None = None,
) -> _BoostedTreesBase:
    estimator = _BoostedTreesBase(
        _model_fn(
            head,
            feature_columns,
            hparams,
            1,
            closed_form_grad_and_hess_fn=closed_form,
            train_in_memory=True,
        ),
        model_dir,
        config,
        feature_columns,
        head,
        hparams.center_bias,
        is_classification,
        hparams.quantile_sketch_epsilon,
    )
    estimator.train(input_fn=_repeated(train_input_fn), hooks=train_hooks)
    return estimator


@export("contrib.estimator.boosted_trees_classifier_train_in_memory")
def boosted_trees_classifier_train_in_memory(
    train_input_fn: Callable[[], Any],
    feature_columns: Any,
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
    train_hooks: Any = None,
    center_bias: bool = False,
    pruning_mode: str = "none",
    quantile_sketch_epsilon: float = 0.01,
) -> _BoostedTreesBase:
    """A trained estimator of two classes. Stands for
    `tf.contrib.estimator.boosted_trees_classifier_train_in_memory`.

    Args:
      train_input_fn: gives features and labels of all examples, or a dataset of one such element.
      train_hooks: hooks of training.
      feature_columns and the others: as of `tf.estimator.BoostedTreesClassifier`.

    Raises:
      ValueError: an argument does not fit.
    """
    if n_classes == TWO_CLASSES:
        n_classes = 2
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
    return _trained(
        train_input_fn,
        feature_columns,
        model_dir,
        config,
        train_hooks,
        head,
        hparams,
        True,
        closed_form,
    )


@export("contrib.estimator.boosted_trees_regressor_train_in_memory")
def boosted_trees_regressor_train_in_memory(
    train_input_fn: Callable[[], Any],
    feature_columns: Any,
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
    train_hooks: Any = None,
    center_bias: bool = False,
    pruning_mode: str = "none",
    quantile_sketch_epsilon: float = 0.01,
) -> _BoostedTreesBase:
    """A trained estimator of a number. Stands for
    `tf.contrib.estimator.boosted_trees_regressor_train_in_memory`; arguments as of
    `boosted_trees_classifier_train_in_memory` and `tf.estimator.BoostedTreesRegressor`."""
    if label_dimension == ONE_NUMBER:
        label_dimension = 1
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
    return _trained(
        train_input_fn, feature_columns, model_dir, config, train_hooks, head, hparams, False
    )
