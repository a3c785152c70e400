"""`tf.contrib.factorization.GMM`: an estimator of mixtures of Gaussians."""

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from evergraph.api import array_ops, state_ops
from evergraph.api.control_flow_ops import with_dependencies
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.constant import constant
from evergraph.graph.graph import get_default_graph
from evergraph.library.contrib.factorization import gmm_ops
from evergraph.library.contrib.framework import checkpoint_utils
from evergraph.library.contrib.framework.variables import local_variable
from evergraph.library.contrib.learn.estimator import Estimator
from evergraph.library.contrib.learn.model_fn import ModelFnOps
from evergraph.library.train import training_util
from evergraph.library.train.session_run_hook import SessionRunHook


def _streaming_sum(scalar_tensor: Any) -> tuple[Any, Any]:
    total = local_variable(constant(0.0))
    return total, total.assign_add(scalar_tensor)


class _InitializeClustersHook(SessionRunHook):
    """The chief initializes, all others wait for that."""

    def __init__(self, init_op: Any, is_initialized_op: Any, is_chief: bool) -> None:
        self._init_op = init_op
        self._is_chief = is_chief
        self._is_initialized_op = is_initialized_op

    def after_create_session(self, session: Any, coord: Any) -> None:
        assert self._init_op.graph == get_default_graph()
        assert self._is_initialized_op.graph == self._init_op.graph
        while True:
            try:
                if session.run(self._is_initialized_op):
                    break
                if self._is_chief:
                    session.run(self._init_op)
                else:
                    time.sleep(1)
            except RuntimeError as error:
                logging.info(error)


@export("contrib.factorization.GMM")
class GMM(Estimator):
    """An estimator of mixtures of Gaussians. Stands for `tf.contrib.factorization.GMM`.

    Args:
      num_clusters: how many Gaussians.
      model_dir: where checkpoints and summaries go.
      random_seed: the seed of what is drawn.
      params: what is trained: "w" weights, "m" means, "c" covariances.
      initial_clusters: a matrix of means, or "random".
      covariance_type: "full" or "diag".
      config: see `tf.contrib.learn.Estimator`.
    """

    SCORES = "scores"
    LOG_LIKELIHOOD = "loss"
    ASSIGNMENTS = "assignments"

    def __init__(
        self,
        num_clusters: int,
        model_dir: str | None = None,
        random_seed: int = 0,
        params: str = "wmc",
        initial_clusters: Any = "random",
        covariance_type: str = "full",
        config: Any = None,
    ) -> None:
        self._num_clusters = num_clusters
        self._params = params
        self._training_initial_clusters = initial_clusters
        self._covariance_type = covariance_type
        self._training_graph = None
        self._random_seed = random_seed
        super().__init__(model_fn=self._model_builder(), model_dir=model_dir, config=config)

    def predict_assignments(
        self, input_fn: Any = None, batch_size: int | None = None, outputs: Any = None
    ) -> Iterator[Any]:
        """The likeliest class of each point; arguments as of `predict`."""
        for result in self.predict(input_fn=input_fn, batch_size=batch_size, outputs=outputs):
            yield result[GMM.ASSIGNMENTS]

    def score(
        self, input_fn: Any = None, batch_size: int | None = None, steps: int | None = None
    ) -> Any:
        """The log-likelihood of all points; arguments as of `evaluate`."""
        results = self.evaluate(input_fn=input_fn, batch_size=batch_size, steps=steps)
        return np.log(np.sum(np.exp(results[GMM.SCORES])))

    def weights(self) -> np.ndarray:
        """The trained weights."""
        return checkpoint_utils.load_variable(self.model_dir, gmm_ops.GmmAlgorithm.CLUSTERS_WEIGHT)

    def clusters(self) -> np.ndarray:
        """The trained means."""
        means = checkpoint_utils.load_variable(
            self.model_dir, gmm_ops.GmmAlgorithm.CLUSTERS_VARIABLE
        )
        return np.squeeze(means, 1)

    def covariances(self) -> np.ndarray:
        """The trained covariances."""
        return checkpoint_utils.load_variable(
            self.model_dir, gmm_ops.GmmAlgorithm.CLUSTERS_COVS_VARIABLE
        )

    def _model_builder(self) -> Any:
        def model_fn(features: Any, labels: Any, mode: Any, config: Any) -> ModelFnOps:
            assert labels is None, labels
            if isinstance(features, dict):
                features = array_ops.concat([features[k] for k in sorted(features)], 1)
            loss, scores, assignments, training_op, init_op, is_initialized = gmm_ops.gmm(
                features,
                self._training_initial_clusters,
                self._num_clusters,
                self._random_seed,
                self._covariance_type,
                self._params,
            )
            counted = state_ops.assign_add(training_util.get_global_step(), 1)
            training_op = with_dependencies([training_op, counted], loss)
            return ModelFnOps(
                mode=mode,
                predictions={GMM.ASSIGNMENTS: assignments[0][0]},
                eval_metric_ops={
                    GMM.SCORES: scores,
                    GMM.LOG_LIKELIHOOD: _streaming_sum(loss),
                },
                loss=loss,
                train_op=training_op,
                training_hooks=[_InitializeClustersHook(init_op, is_initialized, config.is_chief)],
            )

        return model_fn
