"""`tf.contrib.factorization.KMeans`, with the names of its arguments' values."""

from typing import Any

from evergraph.base import dtypes
from evergraph.base.export import export, export_constant
from evergraph.graph.constant import constant
from evergraph.graph.tensor import Tensor
from evergraph.library import clustering_ops
from evergraph.library.clustering_ops import (  # noqa: F401
    CLUSTERS_VAR_NAME,
    COSINE_DISTANCE,
    KMC2_INIT,
    KMEANS_PLUS_PLUS_INIT,
    RANDOM_INIT,
    SQUARED_EUCLIDEAN_DISTANCE,
)

for _name in (
    *("COSINE_DISTANCE", "KMEANS_PLUS_PLUS_INIT", "RANDOM_INIT"),
    "SQUARED_EUCLIDEAN_DISTANCE",
):
    export_constant(__name__, _name, f"contrib.factorization.{_name}")


@export("contrib.factorization.KMeans")
class KMeans(clustering_ops.KMeans):
    """The graph of k-means clustering. Stands for `tf.contrib.factorization.KMeans`; arguments as
    of the class it derives from, but `random_seed` is the seed itself."""

    def _seed_of(self, random_seed: int | None) -> Any:
        return random_seed

    def _no_centers(self) -> Tensor:
        return constant([], dtype=dtypes.float32)
