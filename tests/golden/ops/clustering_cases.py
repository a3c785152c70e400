"""Cases of clusters: neighbours, first centers, and the graphs of k-means. See case_tools.py."""

import importlib

import numpy as np
from case_tools import Cases, fed

CASES = Cases()
case, simple = CASES.case, CASES.simple

RANDOM = np.random.RandomState(8)
POINTS = RANDOM.normal(size=(40, 3)).astype(np.float32)
CENTERS = RANDOM.normal(size=(5, 3)).astype(np.float32)


def ops_of(tf):
    """The module of generated functions, which `tf.raw_ops` does not have for these ops."""
    ours = tf.__name__ == "evergraph"
    return importlib.import_module(
        "evergraph.api.generated_ops" if ours else "tensorflow.python.ops.gen_clustering_ops"
    )


def spread(tf, points=POINTS, count=6, seed=7, retries=2):
    return [
        ops_of(tf).kmeans_plus_plus_initialization(
            points=points, num_to_sample=count, seed=seed, num_retries_per_sample=retries
        )
    ]


def chain(tf, distances, seed=3):
    return [ops_of(tf).kmc2_chain_initialization(distances=distances, seed=seed)]


def nearest(tf, k, points=POINTS, centers=CENTERS):
    return list(ops_of(tf).nearest_neighbors(points=points, centers=centers, k=k))


simple(
    spreads=lambda tf: spread(tf),
    spreads_without_retries=lambda tf: spread(tf, retries=0),
    spreads_by_some_retries=lambda tf: spread(tf, retries=-1),
    spreads_by_another_seed=lambda tf: spread(tf, count=40, seed=-(2**40), retries=0),
    spreads_one_of_a_power_of_two=lambda tf: spread(tf, points=POINTS[:32], count=1),
    spreads_nothing=lambda tf: spread(tf, count=0),
    spreads_too_many=lambda tf: spread(tf, count=41),
    spreads_no_points=lambda tf: spread(tf, points=POINTS[:0]),
    spreads_a_vector=lambda tf: spread(tf, points=POINTS[0]),
    spreads_a_vector_of_numbers=lambda tf: spread(tf, count=[2]),
    spreads_by_a_vector_of_seeds=lambda tf: spread(tf, seed=[2]),
    spreads_by_a_vector_of_retries=lambda tf: spread(tf, retries=[2]),
    goes_along_a_chain=lambda tf: chain(tf, np.abs(POINTS[:, 0])),
    goes_along_a_short_chain=lambda tf: chain(tf, [2.0], 0),
    goes_along_another_chain=lambda tf: chain(tf, POINTS[:, 1] * POINTS[:, 1], 12),
    goes_along_no_chain=lambda tf: chain(tf, np.zeros(0, np.float32)),
    goes_along_a_matrix=lambda tf: chain(tf, POINTS),
    goes_along_by_a_vector_of_seeds=lambda tf: chain(tf, [2.0], [0]),
    finds_the_nearest=lambda tf: nearest(tf, 1),
    finds_some_near=lambda tf: nearest(tf, 3),
    finds_all_near=lambda tf: nearest(tf, 9),
    finds_none_near=lambda tf: nearest(tf, 0),
    finds_equal_ones=lambda tf: nearest(tf, 4, centers=CENTERS[[0, 1, 0, 1, 2]]),
    finds_the_nearest_of_none=lambda tf: nearest(tf, 1, centers=CENTERS[:0]),
    finds_the_nearest_of_no_points=lambda tf: nearest(tf, 1, points=POINTS[:0]),
    finds_the_nearest_of_other_size=lambda tf: nearest(tf, 1, centers=CENTERS[:, :2]),
    finds_the_nearest_of_a_vector=lambda tf: nearest(tf, 1, points=POINTS[0]),
    finds_the_nearest_to_a_vector=lambda tf: nearest(tf, 1, centers=POINTS[0]),
    finds_a_vector_of_numbers=lambda tf: nearest(tf, [1]),
)


@case
def finds_the_nearest_of_unknown_shapes(tf):
    points, feed = fed(tf, POINTS, None)
    return nearest(tf, 2, points=points), feed


def kmeans(tf, points=POINTS, clusters=4, **more):
    """What the graph of k-means gives, not run."""
    made = tf.contrib.factorization.KMeans(points, clusters, **more).training_graph()
    scores, indices, least, initialized, begin, train = made
    return [*scores, *indices, *least, initialized, begin, train], None


simple(
    kmeans=lambda tf: kmeans(tf, tf.constant(POINTS)),
    kmeans_of_cosines=lambda tf: kmeans(tf, tf.constant(POINTS), distance_metric="cosine"),
    kmeans_of_batches=lambda tf: kmeans(tf, tf.constant(POINTS), use_mini_batch=True),
    kmeans_of_batches_of_cosines=lambda tf: kmeans(
        tf, tf.constant(POINTS), use_mini_batch=True, distance_metric="cosine"
    ),
    kmeans_of_iterations=lambda tf: kmeans(
        tf, tf.constant(POINTS), use_mini_batch=True, mini_batch_steps_per_iteration=3
    ),
    kmeans_of_iterations_of_cosines=lambda tf: kmeans(
        tf,
        tf.constant(POINTS),
        use_mini_batch=True,
        mini_batch_steps_per_iteration=3,
        distance_metric="cosine",
    ),
    kmeans_of_two_inputs=lambda tf: kmeans(tf, [tf.constant(POINTS), tf.constant(CENTERS)]),
    kmeans_spread=lambda tf: kmeans(
        tf, tf.placeholder(tf.float32, [None, 3]), initial_clusters="kmeans_plus_plus"
    ),
    kmeans_spread_of_cosines=lambda tf: kmeans(
        tf,
        tf.constant(POINTS),
        initial_clusters="kmeans_plus_plus",
        distance_metric="cosine",
        random_seed=4,
        kmeans_plus_plus_num_retries=3,
    ),
    kmeans_by_chains=lambda tf: kmeans(
        tf, tf.constant(POINTS), initial_clusters="kmc2", kmc2_chain_length=10, random_seed=5
    ),
    kmeans_by_chains_of_batches_of_cosines=lambda tf: kmeans(
        tf,
        tf.constant(POINTS),
        initial_clusters="kmc2",
        distance_metric="cosine",
        use_mini_batch=True,
        mini_batch_steps_per_iteration=2,
    ),
    kmeans_from_centers=lambda tf: kmeans(tf, tf.constant(POINTS), initial_clusters=CENTERS),
    kmeans_from_a_function=lambda tf: kmeans(
        tf, tf.constant(POINTS), initial_clusters=lambda inputs, k: inputs[0][:k]
    ),
    kmeans_from_the_unknown=lambda tf: kmeans(tf, initial_clusters="best"),
    kmeans_of_the_unknown=lambda tf: kmeans(tf, distance_metric="hamming"),
)
