"""Cases of the ops of boosted trees: ensembles, statistics, quantiles. See case_tools.py."""

import numpy as np
from case_tools import Cases, fed, floats

CASES = Cases()
case, simple = CASES.case, CASES.simple

RANDOM = np.random.RandomState(5)
GRADIENTS = RANDOM.uniform(-1, 1, (60, 1)).astype(np.float32)
HESSIANS = RANDOM.uniform(0.1, 1, (60, 1)).astype(np.float32)
NODES = RANDOM.randint(1, 3, 60).astype(np.int32)
BUCKETS = RANDOM.randint(0, 5, (3, 60)).astype(np.int32)
MEASURES = RANDOM.normal(size=(2, 700)).astype(np.float32)
WEIGHTS = RANDOM.uniform(-0.2, 2, 700).astype(np.float32)
EXAMPLES = RANDOM.randint(0, 4, (2, 9)).astype(np.int32)


def trees(tf, container="", name="trees"):
    return tf.raw_ops.BoostedTreesEnsembleResourceHandleOp(container=container, shared_name=name)


def streams(tf, name="streams"):
    return tf.raw_ops.BoostedTreesQuantileStreamResourceHandleOp(shared_name=name)


def in_turn(tf, *makers):
    """What functions make, one after the other at run time."""
    made = []
    for make in makers:
        with tf.control_dependencies([made[-1][0]] if made else []):
            found = make()
            made.append(list(found) if isinstance(found, (list, tuple)) else [found])
    return [t for found in made for t in found]


def created(tf, handle, serialized=b"", stamp=3):
    return lambda: tf.raw_ops.BoostedTreesCreateEnsemble(
        tree_ensemble_handle=handle, stamp_token=stamp, tree_ensemble_serialized=serialized
    )


def states(tf, handle):
    return lambda: tf.raw_ops.BoostedTreesGetEnsembleStates(tree_ensemble_handle=handle)


def serialized(tf, handle):
    return lambda: tf.raw_ops.BoostedTreesSerializeEnsemble(tree_ensemble_handle=handle)


def updated(tf, handle, features, nodes, gains, pruning=0, max_depth=2, rate=0.1):
    """A layer: for each feature its nodes, with gains."""
    n = [np.array(x, np.int32) for x in nodes]
    return lambda: tf.raw_ops.BoostedTreesUpdateEnsemble(
        tree_ensemble_handle=handle,
        feature_ids=np.array(features, np.int32),
        node_ids=n,
        gains=[np.array(g, np.float32) for g in gains],
        thresholds=[x + i for i, x in enumerate(n)],
        left_node_contribs=[-1.3 * floats(len(x), 1) - i for i, x in enumerate(n)],
        right_node_contribs=[0.7 * floats(len(x), 1) + i for i, x in enumerate(n)],
        max_depth=max_depth,
        learning_rate=rate,
        pruning_mode=pruning,
    )


def predicted(tf, handle, features=EXAMPLES):
    return lambda: tf.raw_ops.BoostedTreesPredict(
        tree_ensemble_handle=handle, bucketized_features=list(features), logits_dimension=1
    )


def followed(tf, handle, at_trees, at_nodes, features=EXAMPLES):
    return lambda: tf.raw_ops.BoostedTreesTrainingPredict(
        tree_ensemble_handle=handle,
        cached_tree_ids=np.array(at_trees, np.int32),
        cached_node_ids=np.array(at_nodes, np.int32),
        bucketized_features=list(features),
        logits_dimension=1,
    )


def explained(tf, handle, features=EXAMPLES):
    return lambda: tf.raw_ops.BoostedTreesExampleDebugOutputs(
        tree_ensemble_handle=handle, bucketized_features=list(features), logits_dimension=1
    )


def centred(tf, handle, gradient, hessian=0.5, l1=0.0, l2=0.1):
    return lambda: tf.raw_ops.BoostedTreesCenterBias(
        tree_ensemble_handle=handle,
        mean_gradients=[[gradient]],
        mean_hessians=[[hessian]],
        l1=l1,
        l2=l2,
    )


def layers(tf, handle, pruning=0):
    """Two trees, and a layer of a third."""
    return [
        updated(tf, handle, [1, 0], [[0], [0]], [[0.5], [0.5]], pruning),
        updated(tf, handle, [0, 1], [[1, 2], [1, 2]], [[-0.2, 0.1], [-0.3, 0.4]], pruning),
        updated(tf, handle, [1, 0], [[0], [0]], [[-0.5], [-0.6]], pruning),
        updated(tf, handle, [0, 1], [[1, 2], [2]], [[-0.2, -0.1], [-0.4]], pruning),
        updated(tf, handle, [0], [[0]], [[0.25]], pruning),
    ]


@case
def begins_empty(tf):
    handle = trees(tf)
    return in_turn(
        tf,
        lambda: tf.raw_ops.IsBoostedTreesEnsembleInitialized(tree_ensemble_handle=handle),
        created(tf, handle),
        created(tf, handle, stamp=8),
        lambda: tf.raw_ops.IsBoostedTreesEnsembleInitialized(tree_ensemble_handle=handle),
        states(tf, handle),
        serialized(tf, handle),
        predicted(tf, handle),
        followed(tf, handle, [0] * 9, [-1] * 9),
    )


def growing(pruning):
    def build(tf):
        handle = trees(tf)
        made = [created(tf, handle)]
        for layer in layers(tf, handle, pruning):
            made += [layer, states(tf, handle), serialized(tf, handle), predicted(tf, handle)]
            made.append(followed(tf, handle, [0] * 9, [-1] * 9))
        return in_turn(tf, *made)

    return build


for _name, _pruning in (("grows", 0), ("grows_pruned_before", 1), ("grows_pruned_after", 2)):
    CASES[_name] = growing(_pruning)


@case
def goes_on_from_where_examples_were(tf):
    handle = trees(tf)
    made = [created(tf, handle), centred(tf, handle, -0.4)]
    made += layers(tf, handle)[:2]
    made += [followed(tf, handle, [0] * 9, [0, 1, 2, 3, 4, 5, 6, -1, 0])]
    made += layers(tf, handle)[2:]
    made += [followed(tf, handle, [0, 0, 0, 0, 1, 1, 1, 2, 2], [0, 1, 3, 6, -1, 1, 4, 0, 2])]
    return in_turn(tf, *made)


@case
def goes_on_in_pruned_trees(tf):
    handle = trees(tf)
    made = [created(tf, handle), centred(tf, handle, -0.4)]
    made += layers(tf, handle, 2)
    made += [followed(tf, handle, [0] * 9, [0, 1, 2, 3, 4, 5, 6, -1, 0])]
    made += [followed(tf, handle, [1] * 9, [0, 1, 2, 3, 4, 5, 6, -1, 0])]
    return in_turn(tf, *made, serialized(tf, handle), explained(tf, handle))


@case
def grows_nothing(tf):
    handle = trees(tf)
    nothing = updated(tf, handle, [0], [[]], [[]])
    return in_turn(tf, created(tf, handle), nothing, states(tf, handle), serialized(tf, handle))


@case
def takes_the_first_of_equal_features(tf):
    handle = trees(tf)
    first = updated(tf, handle, [2, 0, 1], [[0]] * 3, [[0.5], [0.5], [0.25]], max_depth=3)
    gains = [[1e-16, np.nan], [0.0, 0.3], [3e-16, 0.9]]
    second = updated(tf, handle, [2, 0, 1], [[1, 2]] * 3, gains, max_depth=3)
    return in_turn(tf, created(tf, handle), first, second, serialized(tf, handle))


@case
def grows_by_every_kind_of_split(tf):
    handle = trees(tf)

    def layer(nodes, kinds):
        n = np.array(nodes, np.int32)
        return lambda: tf.raw_ops.BoostedTreesUpdateEnsembleV2(
            tree_ensemble_handle=handle,
            feature_ids=[1, 0],
            dimension_ids=[n + 1, n],
            node_ids=[n, n],
            gains=[0.5 * floats(len(n)), 0.7 * floats(len(n))[::-1]],
            thresholds=[n, n + 1],
            left_node_contribs=[floats(len(n), 1), floats(len(n), 1) + 1],
            right_node_contribs=[-floats(len(n), 1), -floats(len(n), 1) - 1],
            split_types=kinds,
            max_depth=3,
            learning_rate=0.3,
            pruning_mode=0,
        )

    equal, left, right = (
        "EQUALITY_DEFAULT_RIGHT",
        "INEQUALITY_DEFAULT_LEFT",
        "INEQUALITY_DEFAULT_RIGHT",
    )
    return in_turn(
        tf,
        created(tf, handle),
        centred(tf, handle, 0.2),
        layer([0], [[equal], [right]]),
        layer([1, 2], [[equal, left], [left, equal]]),
        layer([3, 4, 5, 6], [[equal, left, right, equal], [left, equal, equal, right]]),
        serialized(tf, handle),
        predicted(tf, handle),
        explained(tf, handle),
    )


@case
def centres(tf):
    handle = trees(tf)
    made = [created(tf, handle)]
    for gradient in (0.4, -0.3, 0.002, 0.0):
        made += [centred(tf, handle, gradient), serialized(tf, handle)]
    made += [centred(tf, handle, 0.4, l1=0.1), centred(tf, handle, 0.05, l1=0.1)]
    return in_turn(tf, *made, states(tf, handle), explained(tf, handle))


@case
def explains(tf):
    handle = trees(tf)
    made = [created(tf, handle), centred(tf, handle, -0.4), *layers(tf, handle)]
    return in_turn(tf, *made, explained(tf, handle))


@case
def takes_trees_of_another(tf):
    first, second = trees(tf), trees(tf, name="second")
    with tf.control_dependencies(in_turn(tf, created(tf, first), *layers(tf, first))):
        stamp, text = serialized(tf, first)()
    made = in_turn(
        tf,
        created(tf, second, text, stamp + 4),
        serialized(tf, second),
        lambda: tf.raw_ops.BoostedTreesDeserializeEnsemble(
            tree_ensemble_handle=second, stamp_token=1, tree_ensemble_serialized=text
        ),
        states(tf, second),
        predicted(tf, second),
    )
    return made


def logits_of_two(tf):
    """An ensemble of two logits, as a message."""
    leaf = b"\x0a\x0a\x0a\x08" + np.array([0.5, -1.5], np.float32).tobytes()
    tree = b"\x0a\x0e\x0a\x0c" + leaf
    return b"\x0a\x10" + tree + b"\x12\x04" + np.float32(0.5).tobytes() + b"\x1a\x00"


@case
def predicts_two_logits(tf):
    handle = trees(tf)
    return in_turn(
        tf,
        created(tf, handle, logits_of_two(tf)),
        lambda: tf.raw_ops.BoostedTreesPredict(
            tree_ensemble_handle=handle, bucketized_features=[EXAMPLES[0]], logits_dimension=2
        ),
    )


simple(
    misses_a_container=lambda tf: list(states(tf, trees(tf))()),
    misses_a_container_of_ones_own=lambda tf: in_turn(
        tf, created(tf, trees(tf)), states(tf, trees(tf, "mine"))
    ),
    misses_a_resource=lambda tf: in_turn(
        tf, created(tf, trees(tf)), states(tf, trees(tf, name="other"))
    ),
    takes_another_kind=lambda tf: in_turn(
        tf, created(tf, trees(tf)), states(tf, streams(tf, "trees"))
    ),
    refuses_what_is_no_tree=lambda tf: in_turn(
        tf,
        created(tf, trees(tf)),
        lambda: tf.raw_ops.BoostedTreesDeserializeEnsemble(
            tree_ensemble_handle=trees(tf), stamp_token=1, tree_ensemble_serialized=b"\xff"
        ),
    ),
    explains_one_logit=lambda tf: [
        tf.raw_ops.BoostedTreesExampleDebugOutputs(
            tree_ensemble_handle=trees(tf), bucketized_features=[EXAMPLES[0]], logits_dimension=2
        )
    ],
    features_of_different_sizes=lambda tf: [predicted(tf, trees(tf), [EXAMPLES[0], [1]])()],
    features_that_are_matrices=lambda tf: [predicted(tf, trees(tf), [EXAMPLES])()],
    cache_of_another_size=lambda tf: list(followed(tf, trees(tf), [0], [0])()),
    handle_that_is_a_vector=lambda tf: list(states(tf, tf.stack([trees(tf)]))()),
    weights_that_are_vectors=lambda tf: [
        tf.raw_ops.BoostedTreesUpdateEnsemble(
            tree_ensemble_handle=trees(tf),
            feature_ids=[0],
            node_ids=[[0]],
            gains=[[0.5]],
            thresholds=[[1]],
            left_node_contribs=[[0.5]],
            right_node_contribs=[[0.5]],
            max_depth=1,
            learning_rate=0.1,
            pruning_mode=0,
        )
    ],
    too_many_feature_ids=lambda tf: [updated(tf, trees(tf), [0, 1], [[0]], [[0.5]])()],
    gains_of_another_size=lambda tf: [updated(tf, trees(tf), [0], [[0]], [[0.5, 0.5]])()],
    centres_a_vector=lambda tf: [
        tf.raw_ops.BoostedTreesCenterBias(
            tree_ensemble_handle=trees(tf),
            mean_gradients=[0.1],
            mean_hessians=[[0.1]],
            l1=0.0,
            l2=0.0,
        )
    ],
)


@case
def predicts_unknown_sizes(tf):
    x, feed = fed(tf, EXAMPLES[0], [None])
    return in_turn(tf, created(tf, trees(tf)), predicted(tf, trees(tf), [x, x])), feed


# Statistics.


def summary(tf, **more):
    arguments = dict(
        node_ids=NODES,
        gradients=GRADIENTS,
        hessians=HESSIANS,
        bucketized_features_list=list(BUCKETS),
        max_splits=4,
        num_buckets=5,
    )
    arguments.update(more)
    return tf.raw_ops.BoostedTreesMakeStatsSummary(**arguments)


def gains(tf, l1=0.0, l2=0.0, complexity=0.0, weight=0.0, summaries=None):
    found = tf.raw_ops.BoostedTreesCalculateBestGainsPerFeature(
        node_id_range=[1, 3],
        stats_summary_list=tf.unstack(summary(tf)) if summaries is None else summaries,
        l1=l1,
        l2=l2,
        tree_complexity=complexity,
        min_node_weight=weight,
        max_splits=4,
    )
    return [t for part in found for t in part]


def best(tf, stats, logits=1, split="inequality", l1=0.0, l2=0.0, complexity=0.0, weight=0.0):
    found = tf.raw_ops.BoostedTreesCalculateBestFeatureSplit(
        node_id_range=[0, 2],
        stats_summary=stats,
        l1=l1,
        l2=l2,
        tree_complexity=complexity,
        min_node_weight=weight,
        logits_dimension=logits,
        split_type=split,
    )
    return list(found)


STATS = RANDOM.uniform(0.01, 1, (2, 3, 6, 5)).astype(np.float32)
SIGNED = (STATS - np.array([0.5, 0.5, 0, 0, 0], np.float32))[..., :4]
FULL = np.concatenate(
    [STATS[..., :2] - np.float32(0.5), 1 + STATS[..., 2:3], STATS[..., 3:4] / 4]
    + [STATS[..., 3:4] / 4, 1 + STATS[..., 4:]],
    axis=-1,
)
ONE = SIGNED[..., 1:3]

simple(
    sums=lambda tf: [summary(tf)],
    sums_buckets_that_are_the_next_nodes=lambda tf: [summary(tf, num_buckets=3)],
    sums_nothing=lambda tf: [
        summary(
            tf,
            node_ids=np.zeros(0, np.int32),
            gradients=np.zeros((0, 1), np.float32),
            hessians=np.zeros((0, 1), np.float32),
            bucketized_features_list=[np.zeros(0, np.int32)],
        )
    ],
    sums_of_different_sizes=lambda tf: [summary(tf, gradients=GRADIENTS[:3])],
    sums_of_vectors=lambda tf: [summary(tf, gradients=GRADIENTS[:, 0])],
    sums_features_of_different_sizes=lambda tf: [
        summary(tf, bucketized_features_list=[BUCKETS[0], BUCKETS[1][:4]])
    ],
    sums_dimensions=lambda tf: [
        tf.raw_ops.BoostedTreesAggregateStats(
            node_ids=NODES,
            gradients=np.concatenate([GRADIENTS, -2 * GRADIENTS], 1),
            hessians=HESSIANS,
            feature=BUCKETS.T - 1,
            max_splits=4,
            num_buckets=4,
        )
    ],
    sums_dimensions_of_different_sizes=lambda tf: [
        tf.raw_ops.BoostedTreesAggregateStats(
            node_ids=NODES,
            gradients=GRADIENTS,
            hessians=HESSIANS[:4],
            feature=BUCKETS.T,
            max_splits=4,
            num_buckets=5,
        )
    ],
    gains=lambda tf: gains(tf),
    gains_of_penalties=lambda tf: gains(tf, 0.6, 0.3, 0.1),
    gains_of_all_penalties=lambda tf: gains(tf, 20.0, 0.3),
    gains_of_heavy_nodes=lambda tf: gains(tf, weight=17.0),
    gains_of_no_node=lambda tf: gains(tf, weight=100.0),
    gains_of_nothing=lambda tf: gains(tf, summaries=[np.zeros((4, 3, 2), np.float32)]),
    gains_of_different_summaries=lambda tf: gains(
        tf, summaries=[np.zeros((4, 3, 2), np.float32), np.zeros((4, 2, 2), np.float32)]
    ),
    gains_of_a_vector=lambda tf: gains(tf, l1=[0.5]),
    splits=lambda tf: best(tf, ONE),
    splits_of_penalties=lambda tf: best(tf, ONE, l1=0.2, l2=0.3, complexity=0.1, weight=1.0),
    splits_of_no_node=lambda tf: best(tf, ONE, weight=100.0),
    splits_by_equality=lambda tf: best(tf, ONE, split="equality", l2=0.1),
    splits_of_two_logits=lambda tf: best(tf, SIGNED, 2, l2=0.3),
    splits_of_two_logits_by_equality=lambda tf: best(tf, SIGNED, 2, "equality"),
    splits_of_two_logits_and_a_matrix=lambda tf: best(tf, FULL, 2, l2=0.3),
    splits_of_a_matrix_by_equality=lambda tf: best(tf, FULL, 2, "equality", l2=0.3, weight=1.0),
    splits_by_another_kind=lambda tf: best(tf, ONE, split="other"),
    splits_of_too_few_dimensions=lambda tf: best(tf, ONE[0]),
)


@case
def sums_of_sparse_features(tf):
    indices = np.argwhere(BUCKETS.T[:20, :] > 1).astype(np.int32)
    values = BUCKETS.T[indices[:, 0], indices[:, 1]]
    found = tf.raw_ops.BoostedTreesSparseAggregateStats(
        node_ids=NODES[:20] - 1,
        gradients=GRADIENTS[:20] - 0.1,
        hessians=HESSIANS[:20],
        feature_indices=indices,
        feature_values=values,
        feature_shape=[20, 3],
        max_splits=3,
        num_buckets=5,
    )
    made = list(found)
    for l1, l2, weight in ((0.0, 0.0, 0.0), (0.2, 0.1, 3.0), (0.0, 0.0, 100.0)):
        made += tf.raw_ops.BoostedTreesSparseCalculateBestFeatureSplit(
            node_id_range=[0, 2],
            stats_summary_indices=found[0],
            stats_summary_values=found[1],
            stats_summary_shape=found[2],
            l1=l1,
            l2=l2,
            tree_complexity=0.05,
            min_node_weight=weight,
            logits_dimension=1,
        )
    return made


# Quantiles.


def summaries(tf, values=MEASURES, weights=WEIGHTS, epsilon=0.05):
    return tf.raw_ops.BoostedTreesMakeQuantileSummaries(
        float_values=list(values), example_weights=weights, epsilon=epsilon
    )


def opened(tf, epsilon=0.05, count=2, max_elements=None):
    more = {} if max_elements is None else {"max_elements": max_elements}
    return lambda: tf.raw_ops.BoostedTreesCreateQuantileStreamResource(
        quantile_stream_resource_handle=streams(tf), epsilon=epsilon, num_streams=count, **more
    )


def added(tf, *arguments):
    return lambda: tf.raw_ops.BoostedTreesQuantileStreamResourceAddSummaries(
        quantile_stream_resource_handle=streams(tf), summaries=summaries(tf, *arguments)
    )


def boundaries(tf, count=2):
    return lambda: tf.raw_ops.BoostedTreesQuantileStreamResourceGetBucketBoundaries(
        quantile_stream_resource_handle=streams(tf), num_features=count
    )


def flushed(tf, count, generate_quantiles=False):
    return lambda: tf.raw_ops.BoostedTreesQuantileStreamResourceFlush(
        quantile_stream_resource_handle=streams(tf),
        num_buckets=count,
        generate_quantiles=generate_quantiles,
    )


def restored(tf, values):
    return lambda: tf.raw_ops.BoostedTreesQuantileStreamResourceDeserialize(
        quantile_stream_resource_handle=streams(tf), bucket_boundaries=values
    )


@case
def restores_boundaries(tf):
    x, feed = fed(tf, np.array([1, 2], np.float32), None)
    return in_turn(tf, opened(tf), restored(tf, [x, [0.5, 3.5, 7.0]]), boundaries(tf)), feed


def is_open(tf):
    return lambda: tf.raw_ops.IsBoostedTreesQuantileStreamResourceInitialized(
        quantile_stream_resource_handle=streams(tf)
    )


def accumulated(max_elements, generate_quantiles):
    def build(tf):
        return in_turn(
            tf,
            is_open(tf),
            opened(tf, max_elements=max_elements),
            is_open(tf),
            boundaries(tf),
            *(added(tf, MEASURES[:, i::3] * (i + 1), WEIGHTS[i::3], 0.02) for i in range(3)),
            flushed(tf, 7, generate_quantiles),
            boundaries(tf),
            flushed(tf, 7),
            boundaries(tf),
        )

    return build


CASES["finds_boundaries"] = accumulated(None, False)
CASES["finds_boundaries_of_few_elements"] = accumulated(100, False)
CASES["finds_quantiles"] = lambda tf: in_turn(
    tf,
    opened(tf, max_elements=60),
    *(added(tf, MEASURES[:, i::3], WEIGHTS[i::3], 0.1) for i in range(3)),
    flushed(tf, 9, True),
    boundaries(tf),
)


@case
def adds_many_batches(tf):
    made = [opened(tf, 0.2, max_elements=200)]
    made += [added(tf, MEASURES[:, i::20], WEIGHTS[i::20], 0.2) for i in range(20)]
    return in_turn(
        tf,
        *made,
        lambda: tf.raw_ops.BoostedTreesFlushQuantileSummaries(
            quantile_stream_resource_handle=streams(tf), num_features=2
        ),
        lambda: tf.raw_ops.BoostedTreesFlushQuantileSummaries(
            quantile_stream_resource_handle=streams(tf), num_features=2
        ),
    )


simple(
    summarizes=lambda tf: summaries(tf),
    summarizes_closely=lambda tf: summaries(tf, epsilon=0.001),
    summarizes_equal_values=lambda tf: summaries(tf, np.round(MEASURES), epsilon=0.3),
    summarizes_by_one_weight=lambda tf: summaries(tf, weights=[0.5], epsilon=0.02),
    summarizes_without_weight=lambda tf: summaries(tf, [[1.0, 2.0]], [0.0, -1.0]),
    summarizes_by_too_few_weights=lambda tf: summaries(tf, weights=[1.0, 2.0]),
    summarizes_by_a_scalar=lambda tf: summaries(tf, weights=1.0),
    summarizes_matrices=lambda tf: summaries(tf, [MEASURES]),
    opens_without_error=lambda tf: [opened(tf, 0.0)()],
    misses_streams=lambda tf: boundaries(tf)(),
    restores_boundaries_of_known_size=lambda tf: [restored(tf, [[1.0, 2.0], [0.5, 3.5, 7.0]])()],
    buckets=lambda tf: tf.raw_ops.BoostedTreesBucketize(
        float_values=[[-1.0, 0.0, 0.5, 2.0, 3.0, 3.5, np.nan], [1.0] * 7],
        bucket_boundaries=[[0.0, 0.5, 3.0], np.zeros(0, np.float32)],
    ),
    buckets_by_scalars=lambda tf: tf.raw_ops.BoostedTreesBucketize(
        float_values=[[1.0, 2.0]], bucket_boundaries=[1.5]
    ),
    buckets_of_different_sizes=lambda tf: tf.raw_ops.BoostedTreesBucketize(
        float_values=[[1.0, 2.0], [1.0]], bucket_boundaries=[[1.5], [1.5]]
    ),
)
