"""`tf.contrib.factorization.KMeansClustering`."""

from collections.abc import Iterator
from typing import Any

from evergraph.base.export import export
from evergraph.library.contrib.factorization import clustering_ops
from evergraph.library.estimator.kmeans import KMeansBase


@export("contrib.factorization.KMeansClustering")
class KMeansClustering(KMeansBase):
    """Clusters by k-means. Stands for `tf.contrib.factorization.KMeansClustering`; arguments as of
    `tf.estimator.experimental.KMeans`, with `random_seed` for `seed`."""

    def __init__(
        self,
        num_clusters: Any,
        model_dir: Any = None,
        initial_clusters: Any = clustering_ops.RANDOM_INIT,
        distance_metric: str = clustering_ops.SQUARED_EUCLIDEAN_DISTANCE,
        random_seed: int | None = 0,
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
            "random_seed": random_seed,
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
        """The squared distances, or those of cosines, of each point to all centers."""
        yield from self._predict_one_key(input_fn, self.ALL_DISTANCES)
