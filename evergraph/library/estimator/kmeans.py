"""Clusters by k-means as an estimator: `tf.estimator.experimental.KMeans`."""

import time
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np

from evergraph.api import array_ops, control_flow_ops, math_ops, state_ops
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.defaults import colocate_with
from evergraph.graph.graph import get_default_graph
from evergraph.library import clustering_ops
from evergraph.library.estimator.estimator import Estimator
from evergraph.library.estimator.model_fn import EstimatorSpec
from evergraph.library.feature_column.input_layer import input_layer
from evergraph.library.metrics.means import mean
from evergraph.library.saved_model.export_output import PredictOutput
from evergraph.library.saved_model.signature_constants import DEFAULT_SERVING_SIGNATURE_DEF_KEY
from evergraph.library.summary import summary
from evergraph.library.train import training_util
from evergraph.library.train.session_run_hook import SessionRunArgs, SessionRunHook


class LossRelativeChangeHook(SessionRunHook):
    """Stops when a step changes the loss by less than a part of it."""

    def __init__(self, loss_tensor: Any, tolerance: float) -> None:
        self._loss_tensor = loss_tensor
        self._tolerance = tolerance
        self._before: Any = None

    def before_run(self, run_context: Any) -> SessionRunArgs:
        """Asks for the loss."""
        return SessionRunArgs(self._loss_tensor)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Compares it with the one before."""
        loss = run_values.results
        assert loss is not None
        if self._before:
            change = abs(loss - self._before) / (1 + abs(self._before))
            if change < self._tolerance:
                run_context.request_stop()
        self._before = loss


class InitializeClustersHook(SessionRunHook):
    """Has the chief choose centers until there are enough; others wait."""

    def __init__(self, init_op: Any, is_initialized_var: Any, is_chief: bool) -> None:
        self._init_op = init_op
        self._is_initialized = is_initialized_var
        self._is_chief = is_chief

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Chooses or waits."""
        assert self._init_op.graph is get_default_graph()
        assert self._is_initialized.graph is self._init_op.graph
        while True:
            try:
                if session.run(self._is_initialized):
                    return
                if self._is_chief:
                    session.run(self._init_op)
                else:
                    time.sleep(1)
            except RuntimeError as error:
                logging.info(error)


def _points(features: Any, feature_columns: Any) -> Any:
    """Features as points: those of columns, or all of a dict side by side, by name."""
    if not isinstance(features, dict):
        return features
    if feature_columns:
        return input_layer(features, feature_columns)
    keys = sorted(features)
    with colocate_with(features[keys[0]]):
        return array_ops.concat([features[key] for key in keys], axis=1)


class KMeansBase(Estimator):
    """What both k-means estimators share.

    Args:
      graph_class: makes the graph.
      arguments: of it, but for `inputs`.
      relative_tolerance: stops training when a step changes the loss by less than this part.
      feature_columns: what points are of; all features without.
      model_dir, config: as of Estimator.

    Raises:
      ValueError: an unknown way to begin, or an unknown distance.
    """

    SQUARED_EUCLIDEAN_DISTANCE: ClassVar[str] = clustering_ops.SQUARED_EUCLIDEAN_DISTANCE
    COSINE_DISTANCE: ClassVar[str] = clustering_ops.COSINE_DISTANCE
    RANDOM_INIT: ClassVar[str] = clustering_ops.RANDOM_INIT
    KMEANS_PLUS_PLUS_INIT: ClassVar[str] = clustering_ops.KMEANS_PLUS_PLUS_INIT
    SCORE: ClassVar[str] = "score"
    CLUSTER_INDEX: ClassVar[str] = "cluster_index"
    ALL_DISTANCES: ClassVar[str] = "all_distances"
    CLUSTER_CENTERS_VAR_NAME: ClassVar[str] = clustering_ops.CLUSTERS_VAR_NAME

    def __init__(
        self,
        graph_class: Callable[..., Any],
        arguments: dict[str, Any],
        relative_tolerance: float | None,
        feature_columns: Any,
        model_dir: Any,
        config: Any,
    ) -> None:
        known = (self.RANDOM_INIT, self.KMEANS_PLUS_PLUS_INIT)
        clustering_ops.check_choices(
            arguments["initial_clusters"], arguments["distance_metric"], known
        )
        self._distance_metric = arguments["distance_metric"]

        def model_fn(features: Any, mode: str, config: Any) -> EstimatorSpec:
            points = _points(features, feature_columns)
            graph = graph_class(inputs=points, **arguments).training_graph()
            return self._spec(graph, mode, config, relative_tolerance)

        super().__init__(model_fn=model_fn, model_dir=model_dir, config=config)

    def _spec(
        self, graph: tuple[Any, ...], mode: str, config: Any, tolerance: float | None
    ) -> EstimatorSpec:
        distances, indices, least, initialized, begin, train = graph
        loss = math_ops.reduce_sum(least)
        summary.scalar("loss/raw", loss)
        step = state_ops.assign_add(training_util.get_global_step(), 1)
        train = control_flow_ops.with_dependencies([train, step], loss)
        hooks: list[SessionRunHook] = [InitializeClustersHook(begin, initialized, config.is_chief)]
        if tolerance is not None:
            hooks.append(LossRelativeChangeHook(loss, tolerance))
        predictions = {self.ALL_DISTANCES: distances[0], self.CLUSTER_INDEX: indices[0]}
        exports = {key: PredictOutput(value) for key, value in predictions.items()}
        exports[DEFAULT_SERVING_SIGNATURE_DEF_KEY] = PredictOutput(indices[0])
        return EstimatorSpec(
            mode=mode,
            predictions=predictions,
            loss=loss,
            train_op=train,
            eval_metric_ops={self.SCORE: mean(loss)},
            training_hooks=hooks,
            export_outputs=exports,
        )

    def _predict_one_key(self, input_fn: Any, predict_key: str) -> Iterator[Any]:
        for result in self.predict(input_fn=input_fn, predict_keys=[predict_key]):
            yield result[predict_key]

    def predict_cluster_index(self, input_fn: Any) -> Iterator[Any]:
        """The number of the nearest center of each point."""
        yield from self._predict_one_key(input_fn, self.CLUSTER_INDEX)

    def score(self, input_fn: Any) -> Any:
        """The sum of squared distances of the points of a batch to their nearest centers."""
        return self.evaluate(input_fn=input_fn, steps=1)[self.SCORE]

    def cluster_centers(self) -> Any:
        """The centers, float32 [k, d]."""
        return self.get_variable_value(self.CLUSTER_CENTERS_VAR_NAME)


@export("estimator.experimental.KMeans")
class KMeansClustering(KMeansBase):
    """Clusters by k-means. Stands for `tf.estimator.experimental.KMeans`.

    Args:
      num_clusters: how many.
      model_dir, config: as of Estimator.
      initial_clusters: centers [k, d]; or a function of inputs and how many are missing that gives
        up to as many; or `RANDOM_INIT`, `KMEANS_PLUS_PLUS_INIT`.
      distance_metric: `SQUARED_EUCLIDEAN_DISTANCE` or `COSINE_DISTANCE`.
      seed: of first centers.
      use_mini_batch: whether a batch is but a part of the points.
      mini_batch_steps_per_iteration: after how many steps the centers that points are compared
        with become those that are updated.
      kmeans_plus_plus_num_retries: how many more points each is the best of; -1: some.
      relative_tolerance: stops training when a step changes the loss by less than this part.
      feature_columns: what points are of; all features without.

    Raises:
      ValueError: an unknown way to begin, or an unknown distance.
    """

    def __init__(
        self,
        num_clusters: Any,
        model_dir: Any = None,
        initial_clusters: Any = clustering_ops.RANDOM_INIT,
        distance_metric: str = clustering_ops.SQUARED_EUCLIDEAN_DISTANCE,
        seed: int | None = None,
        use_mini_batch: bool = True,
        mini_batch_steps_per_iteration: int = 1,
        kmeans_plus_plus_num_retries: int = 2,
        relative_tolerance: float | None = None,
        config: Any = None,
        feature_columns: Any = None,
    ) -> None:
        arguments = {
            "num_clusters": num_clusters,
            "initial_clusters": initial_clusters,
            "distance_metric": distance_metric,
            "use_mini_batch": use_mini_batch,
            "mini_batch_steps_per_iteration": mini_batch_steps_per_iteration,
            "random_seed": seed,
            "kmeans_plus_plus_num_retries": kmeans_plus_plus_num_retries,
        }
        super().__init__(
            clustering_ops.KMeans,
            arguments,
            relative_tolerance,
            feature_columns,
            model_dir,
            config,
        )

    def transform(self, input_fn: Any) -> Iterator[Any]:
        """The distances of each point to all centers."""
        is_squared = self._distance_metric == self.SQUARED_EUCLIDEAN_DISTANCE
        for distances in self._predict_one_key(input_fn, self.ALL_DISTANCES):
            yield np.sqrt(distances) if is_squared else distances
