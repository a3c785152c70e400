"""Clusters by k-means as graphs: `KMeans`.

TensorFlow's module of this name also has the ops that find neighbours and first centers.
"""

from collections.abc import Callable, Iterable
from typing import Any

from evergraph.api import (
    array_ops,
    check_ops,
    control_flow_ops,
    gathering,
    grouping,
    math_ops,
    nn_impl,
    random_ops,
    segment_ops,
    state_ops,
    variable_scope,
)
from evergraph.api.embedding_ops import embedding_lookup
from evergraph.api.random_seed import get_seed
from evergraph.api.while_loop import while_loop
from evergraph.base import dtypes
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import colocate_with, control_dependencies
from evergraph.graph.tensor import Tensor

SQUARED_EUCLIDEAN_DISTANCE = "squared_euclidean"
COSINE_DISTANCE = "cosine"
RANDOM_INIT = "random"
KMEANS_PLUS_PLUS_INIT = "kmeans_plus_plus"
KMC2_INIT = "kmc2"
CLUSTERS_VAR_NAME = "clusters"

_METRICS = (SQUARED_EUCLIDEAN_DISTANCE, COSINE_DISTANCE)


def check_choices(initial_clusters: Any, distance_metric: str, known: Iterable[str]) -> None:
    """Raises ValueError for a way to begin that is not known, or such a distance."""
    if isinstance(initial_clusters, str) and initial_clusters not in known:
        raise ValueError(f"Unsupported initialization algorithm '{initial_clusters}'")
    if distance_metric not in _METRICS:
        raise ValueError(f"Unsupported distance metric '{distance_metric}'")


def _normalized(x: Any) -> Tensor:
    return nn_impl.l2_normalize(x, axis=1)


class KMeans:
    """The graph of k-means clustering.

    Args:
      inputs: points [n, d], or a list of such; in no order.
      num_clusters: how many; not looked at where `initial_clusters` are centers.
      initial_clusters: centers [k, d]; or a function of inputs and how many are missing that gives
        up to as many; or "random", "kmeans_plus_plus", "kmc2".
      distance_metric: "squared_euclidean" or "cosine".
      use_mini_batch: whether `inputs` are but a part of the points.
      mini_batch_steps_per_iteration: after how many steps the centers that points are compared
        with become those that are updated.
      random_seed: of first centers.
      kmeans_plus_plus_num_retries: how many more points each is the best of; -1: some.
      kmc2_chain_length: how many points each is drawn of.

    Raises:
      ValueError: an unknown way to begin, or an unknown distance.
    """

    def __init__(
        self,
        inputs: Any,
        num_clusters: Any,
        initial_clusters: Any = RANDOM_INIT,
        distance_metric: str = SQUARED_EUCLIDEAN_DISTANCE,
        use_mini_batch: bool = False,
        mini_batch_steps_per_iteration: int = 1,
        random_seed: int | None = 0,
        kmeans_plus_plus_num_retries: int = 2,
        kmc2_chain_length: int = 200,
    ) -> None:
        known = (RANDOM_INIT, KMEANS_PLUS_PLUS_INIT, KMC2_INIT)
        check_choices(initial_clusters, distance_metric, known)
        self._inputs = inputs if isinstance(inputs, list) else [inputs]
        self._num_clusters = num_clusters
        self._initial_clusters = initial_clusters
        self._distance_metric = distance_metric
        self._use_mini_batch = use_mini_batch
        self._mini_batch_steps_per_iteration = int(mini_batch_steps_per_iteration)
        self._seed = self._seed_of(random_seed)
        self._kmeans_plus_plus_num_retries = kmeans_plus_plus_num_retries
        self._kmc2_chain_length = kmc2_chain_length

    def _seed_of(self, random_seed: int | None) -> Any:
        return get_seed(random_seed)[0]

    def _no_centers(self) -> Tensor:
        """What centers are before there are any."""
        return array_ops.placeholder_with_default([], shape=None)

    @property
    def _is_cosine(self) -> bool:
        return self._distance_metric == COSINE_DISTANCE

    @property
    def _has_two_centers(self) -> bool:
        """Whether the centers that are updated are others than those compared with."""
        return self._use_mini_batch and self._mini_batch_steps_per_iteration > 1

    def _clusters_l2_normalized(self) -> bool:
        return self._is_cosine and (not self._use_mini_batch or self._has_two_centers)

    def _distances(self, clusters: Any) -> list[Tensor]:
        """From each point to each center."""
        return [self._distances_of(points, clusters) for points in self._points]

    def _distances_of(self, points: Tensor, clusters: Any) -> Tensor:
        with colocate_with(points, ignore_existing=True):
            if self._is_cosine:
                return 1 - math_ops.matmul(points, clusters, transpose_b=True)
            own = math_ops.reduce_sum(math_ops.square(points), 1, keepdims=True)
            rest = own - 2 * math_ops.matmul(points, clusters, transpose_b=True)
            theirs = math_ops.reduce_sum(math_ops.square(clusters), 1, keepdims=True)
            distance: Tensor = rest + array_ops.transpose(theirs)
        return distance

    def _nearest(self, clusters: Any) -> tuple[Any, Any, Any]:
        """For each input: all distances, the least, and to which center."""
        scores = self._distances(clusters)
        if self._is_cosine and not self._clusters_l2_normalized():
            with colocate_with(clusters, ignore_existing=True):
                clusters = _normalized(clusters)
        found = []
        for points, score in zip(self._points, scores, strict=True):
            with colocate_with(points, ignore_existing=True):
                indices, distances = apply_op("NearestNeighbors", points, clusters, 1)
                if self._is_cosine:
                    # Of normalized vectors it is half of the squared distance.
                    distances *= 0.5
                least = array_ops.squeeze(distances, [-1])
                found.append((score, least, array_ops.squeeze(indices, [-1])))
        scores_of, least_of, indices_of = zip(*found, strict=True)
        return scores_of, least_of, indices_of

    def _create_variables(self, num_clusters: Tensor) -> tuple[Any, ...]:
        """The centers, whether there are enough, counts of points, the centers that are updated,
        the steps until these are taken over."""
        none = self._no_centers()
        centers = variable_scope.variable(none, name=CLUSTERS_VAR_NAME, validate_shape=False)
        initialized = variable_scope.variable(False, dtype=dtypes.bool, name="initialized")
        if self._has_two_centers:
            updated = variable_scope.variable(none, name="clusters_updated", validate_shape=False)
            steps_left = variable_scope.variable(
                self._mini_batch_steps_per_iteration, dtype=dtypes.int64, name="update_in_steps"
            )
            zeros = array_ops.zeros([num_clusters], dtype=dtypes.int64)
            return centers, initialized, variable_scope.variable(zeros), updated, steps_left
        counts = None
        if self._use_mini_batch:
            counts = variable_scope.variable(array_ops.ones([num_clusters], dtype=dtypes.int64))
        return centers, initialized, counts, centers, None

    def training_graph(self) -> tuple[Any, ...]:
        """Builds the graph.

        Returns:
          For each input the distances [n, k], the nearest center [n], the distance to it [n]; a
          bool variable, whether there are centers; an operation that chooses some, to be run until
          there are; an operation that is a step of training.
        """
        initial = self._initial_clusters
        if isinstance(initial, str) or callable(initial):
            num_clusters = convert_to_tensor(self._num_clusters)
        else:
            initial = convert_to_tensor(initial)
            num_clusters = array_ops.shape(initial)[0]
        centers, initialized, counts, updated, steps_left = self._create_variables(num_clusters)
        begin = _FirstCenters(
            self, num_clusters, initial, centers, updated, initialized
        ).operation()
        clusters = centers
        self._points = self._inputs
        if self._is_cosine:
            self._points = []
            for points in self._inputs:
                with colocate_with(points, ignore_existing=True):
                    self._points.append(_normalized(points))
            if not self._clusters_l2_normalized():
                clusters = _normalized(clusters)
        scores, least, indices = self._nearest(clusters)
        if not self._use_mini_batch:
            train = self._full_batch_step(num_clusters, indices, centers)
        else:
            sync = self._take_over(steps_left, centers, updated, counts)
            with control_dependencies([sync]):
                train = self._mini_batch_step(indices, updated, counts)
        return scores, indices, least, initialized, begin, train

    def _take_over(self, steps_left: Any, centers: Any, updated: Any, counts: Any) -> Any:
        """Makes the updated centers those compared with, every so many steps."""
        if not self._has_two_centers:
            return grouping.no_op()

        def now() -> Tensor:
            again = state_ops.assign(steps_left, self._mini_batch_steps_per_iteration - 1)
            with control_dependencies([again]):
                clusters = updated
                if self._is_cosine:
                    with colocate_with(updated, ignore_existing=True):
                        clusters = _normalized(updated)
                with colocate_with(centers, ignore_existing=True):
                    taken = state_ops.assign(centers, clusters)
                    with control_dependencies([taken]), colocate_with(None, ignore_existing=True):
                        reset = state_ops.assign(counts, array_ops.zeros_like(counts))
                        with control_dependencies([reset]):
                            return array_ops.identity(steps_left)

        def later() -> Any:
            return state_ops.assign_sub(steps_left, 1)

        with colocate_with(steps_left, ignore_existing=True):
            return control_flow_ops.cond(steps_left <= 0, now, later)

    def _mini_batch_step(self, indices: Any, centers: Any, counts: Any) -> Any:
        """Moves centers by the points of a batch: the mean of all that were near them."""
        updates = []
        for points, index in zip(self._points, indices, strict=True):
            with colocate_with(points, ignore_existing=True):
                ids, places = gathering.unique(array_ops.reshape(index, [-1]))
                size = array_ops.size(ids)
                with colocate_with(counts, ignore_existing=True):
                    old_counts = array_ops.gather(counts, ids)
                with colocate_with(centers, ignore_existing=True):
                    old_centers = array_ops.gather(centers, ids)
                ones = array_ops.ones_like(places, dtype=counts.dtype)
                more = segment_ops.unsorted_segment_sum(ones, places, size)
                change = segment_ops.unsorted_segment_sum(points, places, size)
                height = array_ops.reshape(size, [1])
                further = array_ops.reshape(array_ops.rank(points) - 1, [1])
                ones = array_ops.ones(further, dtype=dtypes.int32)
                column = array_ops.concat([height, ones], 0)
                wide = math_ops.cast(array_ops.reshape(more, column), points.dtype)
                change -= wide * old_centers
                rate = math_ops.reciprocal(math_ops.cast(old_counts + more, points.dtype))
                change *= array_ops.reshape(rate, column)
            updates.append(state_ops.scatter_add(counts, ids, more))
            updates.append(state_ops.scatter_add(centers, ids, change))
        return grouping.group(*updates)

    def _full_batch_step(self, num_clusters: Tensor, indices: Any, centers: Any) -> Any:
        """Makes each center the mean of the points near it."""
        sums, counts = [], []
        epsilon = constant(1e-6, dtype=self._points[0].dtype)
        for points, index in zip(self._points, indices, strict=True):
            with colocate_with(points, ignore_existing=True):
                sums.append(segment_ops.unsorted_segment_sum(points, index, num_clusters))
                size = array_ops.reshape(array_ops.shape(points)[0], [-1])
                ones = array_ops.reshape(array_ops.ones(size), [-1, 1])
                counts.append(segment_ops.unsorted_segment_sum(ones, index, num_clusters))
        with colocate_with(centers, ignore_existing=True):
            total = math_ops.add_n(sums)
            found = total / (math_ops.cast(math_ops.add_n(counts), sums[0].dtype) + epsilon)
            if self._clusters_l2_normalized():
                found = _normalized(found)
        return state_ops.assign(centers, found)


class _FirstCenters:
    """Chooses centers until there are as many as there should be."""

    def __init__(
        self,
        kmeans: KMeans,
        num_clusters: Tensor,
        initial_clusters: Any,
        centers: Any,
        updated: Any,
        initialized: Any,
    ) -> None:
        self._kmeans = kmeans
        self._inputs: list[Any] = kmeans._inputs
        self._num_clusters = num_clusters
        self._initial_clusters = initial_clusters
        self._centers = centers
        self._updated = updated
        self._initialized = initialized
        self._num_selected = array_ops.shape(centers)[0]
        self._num_remaining = num_clusters - self._num_selected
        self._num_data = math_ops.add_n([array_ops.shape(i)[0] for i in self._inputs])

    def operation(self) -> Any:
        """Chooses some, unless there are enough."""
        return control_flow_ops.cond(
            math_ops.equal(self._num_remaining, 0),
            lambda: check_ops.assert_equal(self._initialized, True),
            self._choose_some,
        )

    def _choose_some(self) -> Any:
        with control_dependencies([check_ops.assert_positive(self._num_remaining)]):
            is_chain = isinstance(self._initial_clusters, str)
            is_chain = is_chain and self._initial_clusters == KMC2_INIT
            left = self._add_by_chains() if is_chain else self._add()
            return control_flow_ops.cond(
                math_ops.equal(left, 0),
                lambda: state_ops.assign(self._initialized, True),
                grouping.no_op,
            )

    def _kept(self, centers: Any) -> Tensor:
        """Keeps centers; these."""
        kept: Tensor = state_ops.assign(self._centers, centers, validate_shape=False)
        if self._updated is not self._centers:
            kept = state_ops.assign(self._updated, kept, validate_shape=False)
        return kept

    def _missing(self, kept: Tensor) -> Tensor:
        """How many centers are missing."""
        missing: Tensor = self._num_clusters - array_ops.shape(kept)[0]
        return missing

    def _add(self) -> Tensor:
        new = self._chosen()
        if self._kmeans._is_cosine:
            new = _normalized(new)
        # No centers yet have no shape to put others below.
        centers = control_flow_ops.cond(
            math_ops.equal(self._num_selected, 0),
            lambda: new,
            lambda: array_ops.concat([self._centers, new], 0),
        )
        return self._missing(self._kept(centers))

    def _chosen(self) -> Any:
        initial = self._initial_clusters
        if isinstance(initial, str):
            if initial == RANDOM_INIT:
                # All points, where there are no more than are missing.
                return control_flow_ops.cond(
                    self._num_data <= self._num_remaining,
                    lambda: array_ops.concat(self._inputs, 0),
                    self._random,
                )
            enough = check_ops.assert_greater_equal(self._num_data, self._num_remaining)
            with control_dependencies([enough]):
                return self._spread()
        if callable(initial):
            return initial(self._inputs, self._num_remaining)
        given = array_ops.shape(initial)[0]
        with control_dependencies([check_ops.assert_equal(self._num_remaining, given)]):
            return initial

    def _random(self) -> Tensor:
        indices = random_ops.random_uniform(
            array_ops.reshape(self._num_remaining, [-1]),
            minval=0,
            maxval=math_ops.cast(self._num_data, dtypes.int64),
            seed=self._kmeans._seed,
            dtype=dtypes.int64,
        )
        return embedding_lookup(self._inputs, indices, partition_strategy="div")

    def _spread(self) -> Tensor:
        points = self._inputs[0]
        if self._kmeans._is_cosine:
            points = _normalized(points)
        return apply_op(
            "KmeansPlusPlusInitialization",
            points,
            math_ops.cast(self._num_remaining, dtypes.int64),
            self._kmeans._seed,
            self._kmeans._kmeans_plus_plus_num_retries,
        )

    def _add_by_chains(self) -> Tensor:
        """Adds a center for each part of the points that is as long as a chain, at least one."""
        length, points = self._kmeans._kmc2_chain_length, self._inputs[0]
        size = array_ops.shape(points)[0]
        chains = math_ops.cast(size / length, dtype=dtypes.int32)
        count = math_ops.maximum(math_ops.minimum(self._num_remaining, chains), 1)

        def as_center(point: Tensor) -> Tensor:
            center = array_ops.reshape(point, [1, -1])
            return _normalized(center) if self._kmeans._is_cosine else center

        def first() -> Tensor:
            return as_center(points[0])

        def of_chain(i: Tensor) -> Callable[[], Tensor]:
            def make() -> Tensor:
                start = i * length
                part = points[start : start + length]
                _, distances = apply_op("NearestNeighbors", part, self._centers, 1)
                flat = array_ops.squeeze(distances)
                index = apply_op("KMC2ChainInitialization", flat, self._kmeans._seed)
                return array_ops.concat([self._centers, as_center(part[index])], 0)

            return make

        def add(i: Tensor, _: Tensor) -> tuple[Tensor, Tensor]:
            centers = control_flow_ops.cond(
                math_ops.equal(self._num_selected, 0), first, of_chain(i)
            )
            kept = self._kept(centers)
            return i + 1, self._missing(kept)

        _, left = while_loop(lambda i, _: math_ops.less(i, count), add, [0, 0])
        return left
