"""tf.losses, weights that broadcast, sets, losses of sequences, regularizers."""

import numpy as np
from case_tools import Cases, fed, floats, grad_of

CASES = Cases()
case, simple = CASES.case, CASES.simple

PREDICTIONS = np.float32([[0.25, 0.5, 0.75], [0.125, 0.875, 0.0625]])
LABELS = np.float32([[0.0, 1.0, 1.0], [0.5, 0.25, 0.0]])
PAIRED = {
    "absolute_difference": lambda tf: tf.losses.absolute_difference,
    "mean_squared_error": lambda tf: tf.losses.mean_squared_error,
    "huber_loss": lambda tf: tf.losses.huber_loss,
    "log_loss": lambda tf: tf.losses.log_loss,
    "hinge_loss": lambda tf: tf.losses.hinge_loss,
    "sigmoid_cross_entropy": lambda tf: tf.losses.sigmoid_cross_entropy,
    "softmax_cross_entropy": lambda tf: tf.losses.softmax_cross_entropy,
    "mean_pairwise_squared_error": lambda tf: tf.losses.mean_pairwise_squared_error,
}


def _loss_cases(name, function):
    def plain(tf):
        x, feed = fed(tf, PREDICTIONS, [None, 3])
        return grad_of(tf, function(tf)(LABELS, x), [x], feed)

    def unknown(tf):
        x, feed = fed(tf, PREDICTIONS, None)
        labels, more = fed(tf, LABELS, None)
        feed.update(more)
        return [function(tf)(labels, x, scope="given")], feed

    def vector_weights(tf):
        x, feed = fed(tf, PREDICTIONS)
        weights = [[0.5], [2.0]] if name != "softmax_cross_entropy" else [0.5, 2.0]
        return grad_of(tf, function(tf)(LABELS, x, weights), [x], feed)

    def zero_weights(tf):
        return [function(tf)(LABELS, PREDICTIONS, 0.0), function(tf)(LABELS, PREDICTIONS, 3)]

    def misfit(tf):
        return [function(tf)(LABELS[:, :2], PREDICTIONS)]

    def weights_misfit(tf):
        return [function(tf)(LABELS, PREDICTIONS, [[1.0], [2.0], [3.0]])]

    def no_labels(tf):
        return [function(tf)(None, PREDICTIONS)]

    def no_predictions(tf):
        return [function(tf)(LABELS, None)]

    def collected(tf):
        function(tf)(LABELS, PREDICTIONS, loss_collection=None)
        function(tf)(LABELS, PREDICTIONS, loss_collection="mine")
        function(tf)(LABELS, PREDICTIONS)
        return tf.losses.get_losses() + tf.get_collection("mine")

    for made in (
        plain,
        unknown,
        vector_weights,
        zero_weights,
        misfit,
        weights_misfit,
        no_labels,
        no_predictions,
        collected,
    ):
        CASES[name + "_" + made.__name__] = made

    if name == "mean_pairwise_squared_error":
        return

    def reductions(tf):
        x = tf.constant(PREDICTIONS)
        keys = [k for k in tf.losses.Reduction.all() if k != "none"] + ["none"]
        return [function(tf)(LABELS, x, 0.5, reduction=key) for key in keys]

    def bad_reduction(tf):
        return [function(tf)(LABELS, PREDICTIONS, reduction="mean")]

    for made in (reductions, bad_reduction):
        CASES[name + "_" + made.__name__] = made


for _name, _function in PAIRED.items():
    _loss_cases(_name, _function)


@case
def weights_unknown(tf):
    weights, feed = fed(tf, np.float32([[1, 0, 2]]), None)
    x, more = fed(tf, PREDICTIONS, [None, None])
    feed.update(more)
    return grad_of(tf, tf.losses.mean_squared_error(LABELS, x, weights), [x], feed)


@case
def weights_unknown_misfit(tf):
    weights, feed = fed(tf, np.float32([[1, 2]]), [None, None])
    x, more = fed(tf, PREDICTIONS, [None, None])
    feed.update(more)
    return [tf.losses.mean_squared_error(LABELS, x, weights)], feed


@case
def weights_partly_known(tf):
    weights, feed = fed(tf, np.float32([1, 0, 2]), [None])
    losses, more = fed(tf, floats(3), [None])
    feed.update(more)
    found = [
        tf.losses.compute_weighted_loss(losses, weights, reduction=key)
        for key in (
            "none",
            "weighted_sum",
            "weighted_mean",
            "weighted_sum_by_nonzero_weights",
            "weighted_sum_over_batch_size",
        )
    ]
    return found, feed


@case
def sparse_cross_entropy_loss(tf):
    logits, feed = fed(tf, PREDICTIONS, [None, 3])
    labels, more = fed(tf, np.int32([2, 0]), [None])
    feed.update(more)
    return grad_of(tf, tf.losses.sparse_softmax_cross_entropy(labels, logits), [logits], feed)


@case
def sparse_cross_entropy_column(tf):
    logits, feed = fed(tf, PREDICTIONS, [None, 3])
    labels, more = fed(tf, np.int32([[2], [0]]), [None, 1])
    feed.update(more)
    loss = tf.losses.sparse_softmax_cross_entropy(labels, logits, weights=[[1.0], [0.5]])
    return [loss], feed


@case
def sparse_cross_entropy_unknown(tf):
    logits, feed = fed(tf, PREDICTIONS, None)
    labels, more = fed(tf, np.int32([[2], [0]]), None)
    weights, last = fed(tf, np.float32([2, 1]), None)
    feed.update(more)
    feed.update(last)
    return [tf.losses.sparse_softmax_cross_entropy(labels, logits, weights)], feed


@case
def smoothing(tf):
    x, feed = fed(tf, PREDICTIONS, [None, 3])
    return [
        tf.losses.softmax_cross_entropy(LABELS, x, label_smoothing=0.1),
        tf.losses.sigmoid_cross_entropy(LABELS, x, label_smoothing=0.1),
    ], feed


@case
def cosine_gradient(tf):
    x, feed = fed(tf, PREDICTIONS)
    return grad_of(tf, tf.losses.cosine_distance(LABELS, x, axis=1), [x], feed)


@case
def totals(tf):
    empty = tf.losses.get_regularization_loss()
    w = tf.get_variable(
        "w", initializer=floats(2), regularizer=tf.contrib.layers.l2_regularizer(0.5)
    )
    with tf.name_scope("some"):
        tf.losses.mean_squared_error(LABELS, PREDICTIONS)
        tf.losses.absolute_difference(LABELS, PREDICTIONS)
    tf.losses.add_loss(tf.constant(3.0))
    return [
        empty,
        tf.losses.get_total_loss(),
        tf.losses.get_total_loss(add_regularization_losses=False, name="t"),
        tf.losses.get_total_loss(scope="some"),
        tf.losses.get_regularization_loss(),
        w,
    ]


simple(
    total_of_nothing=lambda tf: [tf.losses.get_total_loss()],
    losses_of_other_types=lambda tf: [
        tf.losses.mean_squared_error(LABELS.astype(np.float64), PREDICTIONS.astype(np.float64)),
        tf.losses.mean_squared_error([1, 2], [3, 5]),
        tf.losses.compute_weighted_loss(tf.constant(floats(3), tf.float16), 2.0),
        tf.losses.compute_weighted_loss(tf.constant([1, 2, 4])),
        tf.losses.softmax_cross_entropy(LABELS, tf.constant(PREDICTIONS, tf.float64)),
    ],
    cosine_no_axis=lambda tf: [tf.losses.cosine_distance(LABELS, PREDICTIONS)],
    cosine_dim=lambda tf: [tf.losses.cosine_distance(LABELS, PREDICTIONS, dim=0)],
    huber_delta=lambda tf: [tf.losses.huber_loss(LABELS, PREDICTIONS, delta=0.25)],
    log_loss_epsilon=lambda tf: [tf.losses.log_loss(LABELS, PREDICTIONS, epsilon=0.1)],
    weights_rank_misfit=lambda tf: [tf.losses.mean_squared_error(LABELS, PREDICTIONS, [1.0, 2.0])],
)

# Sets.


def set_parts(s):
    return [s.indices, s.values, s.dense_shape]


SET_A = np.array([[1, 2, 3, 3], [4, 5, 5, 1]])
SET_B = np.array([[3, 1, 9], [7, 7, 7]])

simple(
    sets_dense=lambda tf: (
        set_parts(tf.sets.intersection(SET_A, SET_B))
        + set_parts(tf.sets.difference(SET_A, SET_B))
        + set_parts(tf.sets.difference(SET_A, SET_B, aminusb=False))
        + set_parts(tf.sets.union(SET_A, SET_B))
    ),
    sets_strings=lambda tf: set_parts(tf.sets.union([["b", "a"]], [["c", "a"]])),
    sets_sparse=lambda tf: (
        set_parts(
            tf.sets.difference(
                tf.SparseTensor([[0, 0], [1, 1]], [3, 7], [2, 3]), SET_B.astype(np.int32)
            )
        )
        + set_parts(
            tf.sets.union(
                tf.SparseTensor([[0, 0], [1, 1]], [3, 7], [2, 3]),
                tf.SparseTensor([[0, 0], [0, 1]], [3, 2], [2, 2]),
            )
        )
        + [tf.sets.size(tf.SparseTensor([[0, 0], [0, 1], [1, 1]], [3, 3, 7], [2, 3]))]
    ),
    sets_float=lambda tf: set_parts(tf.sets.union([[1.0]], [[2.0]])),
    sets_types=lambda tf: set_parts(tf.sets.union([[1]], [["a"]])),
    sets_size_dense=lambda tf: [tf.sets.size(SET_A)],
    sets_vectors=lambda tf: set_parts(tf.sets.union([1], [2])),
    sets_ranks=lambda tf: set_parts(tf.sets.union([[1]], [[[2]]])),
    sets_groups=lambda tf: set_parts(tf.sets.union([[1], [2]], [[1], [2], [3]])),
    sets_empty=lambda tf: set_parts(tf.sets.intersection([[1, 2]], [[3]])),
)

# Sequences.

LOGITS = (floats(2, 4, 3) * 7 % 11 - 5) / 4
TARGETS = np.int32([[0, 2, 1, 1], [2, 0, 0, 1]])
WEIGHTS = np.float32([[1, 1, 0.5, 0], [1, 0, 0, 0]])


def sequence(tf, **options):
    logits, targets, weights = tf.constant(LOGITS), tf.constant(TARGETS), tf.constant(WEIGHTS)
    return tf.contrib.seq2seq.sequence_loss(logits, targets, weights, **options)


def lists(tf):
    return (
        [tf.constant(LOGITS[:, i]) for i in range(3)],
        [tf.constant(TARGETS[:, i]) for i in range(3)],
        [tf.constant(WEIGHTS[:, i]) for i in range(3)],
    )


@case
def sequence_loss_fed(tf):
    logits, feed = fed(tf, LOGITS, [None, None, 3])
    targets, more = fed(tf, TARGETS, [None, None])
    weights, last = fed(tf, WEIGHTS, [None, None])
    feed.update(more)
    feed.update(last)
    return grad_of(tf, tf.contrib.seq2seq.sequence_loss(logits, targets, weights), [logits], feed)


simple(
    sequence_loss_reductions=lambda tf: [
        sequence(tf),
        sequence(tf, average_across_timesteps=False),
        sequence(tf, average_across_batch=False),
        sequence(tf, average_across_timesteps=False, average_across_batch=False),
        sequence(
            tf,
            average_across_timesteps=False,
            average_across_batch=False,
            sum_over_timesteps=True,
            sum_over_batch=True,
            name="sums",
        ),
        sequence(
            tf, average_across_timesteps=False, average_across_batch=False, sum_over_timesteps=True
        ),
        sequence(
            tf, average_across_timesteps=False, average_across_batch=False, sum_over_batch=True
        ),
    ],
    sequence_loss_function=lambda tf: [
        sequence(tf, softmax_loss_function=lambda labels, logits: tf.cast(labels, tf.float32))
    ],
    sequence_loss_both_times=lambda tf: [sequence(tf, sum_over_timesteps=True)],
    sequence_loss_both_batches=lambda tf: [sequence(tf, sum_over_batch=True)],
    sequence_loss_rank=lambda tf: [
        tf.contrib.seq2seq.sequence_loss(
            tf.constant(LOGITS[0]), tf.constant(TARGETS), tf.constant(WEIGHTS)
        )
    ],
    legacy_loss=lambda tf: [
        tf.contrib.legacy_seq2seq.sequence_loss(*lists(tf)),
        tf.contrib.legacy_seq2seq.sequence_loss(*lists(tf), average_across_batch=False, name="n"),
        tf.contrib.legacy_seq2seq.sequence_loss_by_example(*lists(tf)),
        tf.contrib.legacy_seq2seq.sequence_loss_by_example(
            *lists(tf), average_across_timesteps=False
        ),
    ],
    legacy_loss_lengths=lambda tf: [
        tf.contrib.legacy_seq2seq.sequence_loss(lists(tf)[0], lists(tf)[1][:2], lists(tf)[2])
    ],
)

# Regularizers.


def regularized(tf, regularizer):
    w = tf.constant(PREDICTIONS - 0.5)
    penalty = regularizer(w)
    return [penalty] + tf.gradients(penalty, [w])


simple(
    l1=lambda tf: regularized(tf, tf.contrib.layers.l1_regularizer(0.5)),
    l2=lambda tf: regularized(tf, tf.contrib.layers.l2_regularizer(0.5, scope="mine")),
    l1_l2=lambda tf: regularized(tf, tf.contrib.layers.l1_l2_regularizer(0.5, 0.25)),
    l1_l2_no_l1=lambda tf: regularized(tf, tf.contrib.layers.l1_l2_regularizer(0.0, 0.25)),
    l1_l2_no_l2=lambda tf: regularized(tf, tf.contrib.layers.l1_l2_regularizer(0.5, 0.0)),
    sum_of_three=lambda tf: regularized(
        tf,
        tf.contrib.layers.sum_regularizer(
            [tf.contrib.layers.l1_regularizer(0.5), None, tf.contrib.layers.l1_regularizer(0.0)]
        ),
    ),
    nothing_to_add=lambda tf: [tf.contrib.layers.sum_regularizer([None]), tf.constant(1)],
    l1_negative=lambda tf: [tf.contrib.layers.l1_regularizer(-0.5)],
    l2_negative=lambda tf: [tf.contrib.layers.l2_regularizer(-0.5)],
    l2_integer=lambda tf: [tf.contrib.layers.l2_regularizer(1)],
    l1_l2_integer=lambda tf: [tf.contrib.layers.l1_l2_regularizer(1, 0.5)],
    applied=lambda tf: [
        tf.contrib.layers.apply_regularization(
            tf.contrib.layers.l2_regularizer(0.5), [tf.constant(floats(3)), tf.constant(floats(2))]
        )
    ],
    applied_to_nothing=lambda tf: [
        tf.contrib.layers.apply_regularization(tf.contrib.layers.l2_regularizer(0.5))
    ],
    applied_no_scalar=lambda tf: [
        tf.contrib.layers.apply_regularization(tf.abs, [tf.constant(floats(3))])
    ],
)

# Losses over drawn classes.


def drawn(tf, function, **options):
    tf.set_random_seed(3)
    weights = tf.get_variable("w", initializer=wavy(20, 3))
    biases = tf.get_variable("b", initializer=wavy(20))
    inputs = tf.constant(wavy(4, 3))
    labels = tf.constant([[1], [5], [19], [5]], tf.int64)
    loss = function(weights, biases, labels, inputs, 6, 20, **options)
    first, second = tf.gradients(loss, [weights, biases])
    return [loss, first, second]


def wavy(*shape):
    return (floats(*shape) * 7 % 11 - 5) / 4


def several_true(tf):
    labels = tf.constant([[1, 2], [5, 0]])
    sampled = tf.nn.uniform_candidate_sampler(tf.cast(labels, tf.int64), 2, 3, True, 10, seed=4)
    return tf.nn.nce_loss(
        [tf.constant(wavy(5, 3)), tf.constant(wavy(5, 3) + 1)],
        tf.constant(wavy(10)),
        labels,
        tf.constant(wavy(2, 3)),
        3,
        10,
        num_true=2,
        sampled_values=sampled,
        partition_strategy="div",
        name="several",
    )


simple(
    nce_loss=lambda tf: drawn(tf, tf.nn.nce_loss),
    nce_loss_hits=lambda tf: drawn(tf, tf.nn.nce_loss, remove_accidental_hits=True),
    nce_loss_several=lambda tf: [several_true(tf)],
    sampled_softmax=lambda tf: drawn(tf, tf.nn.sampled_softmax_loss, seed=9),
    sampled_softmax_no_hits=lambda tf: drawn(
        tf, tf.nn.sampled_softmax_loss, remove_accidental_hits=False
    ),
)

# The losses of tf.contrib.losses.

OLD = {
    "old_absolute_difference": lambda tf: tf.contrib.losses.absolute_difference,
    "old_mean_squared_error": lambda tf: tf.contrib.losses.mean_squared_error,
    "old_log_loss": lambda tf: tf.contrib.losses.log_loss,
    "old_sigmoid": lambda tf: tf.contrib.losses.sigmoid_cross_entropy,
    "old_softmax": lambda tf: tf.contrib.losses.softmax_cross_entropy,
    "old_pairwise": lambda tf: tf.contrib.losses.mean_pairwise_squared_error,
}


def _old_cases(name, function):
    def known(tf):
        x, labels = tf.constant(PREDICTIONS), tf.constant(LABELS)
        loss = function(tf)(x, labels)
        return [loss] + tf.gradients(loss, [x]) + tf.contrib.losses.get_losses()

    def weighted(tf):
        x, feed = fed(tf, PREDICTIONS, [None, 3])
        return [
            function(tf)(x, tf.constant(LABELS), [0.5, 0.0], scope="w"),
            function(tf)(x, tf.constant(LABELS), 0.0),
        ], feed

    def unknown(tf):
        x, feed = fed(tf, PREDICTIONS, None)
        return [function(tf)(x, tf.constant(LABELS))], feed

    def misfit(tf):
        return [function(tf)(tf.constant(PREDICTIONS), tf.constant(LABELS[:1]))]

    for made in (known, weighted, unknown, misfit):
        CASES[name + "_" + made.__name__] = made


for _name, _function in OLD.items():
    _old_cases(_name, _function)


@case
def old_others(tf):
    x, labels = tf.constant(PREDICTIONS), tf.constant(LABELS)
    found = [
        tf.contrib.losses.hinge_loss(x, labels),
        tf.contrib.losses.cosine_distance(x, labels, axis=1),
        tf.contrib.losses.cosine_distance(x, labels, dim=0),
        tf.contrib.losses.sparse_softmax_cross_entropy(x, tf.constant([[2], [0]])),
        tf.contrib.losses.softmax_cross_entropy(x, labels, label_smoothing=0.1),
        tf.contrib.losses.sigmoid_cross_entropy(x, labels, label_smoothing=0.1),
        tf.contrib.losses.compute_weighted_loss(x, labels),
        tf.contrib.losses.compute_weighted_loss(x, [[1.0], [0.5]]),
    ]
    tf.contrib.losses.add_loss(tf.constant(2.0))
    return found + [tf.contrib.losses.get_total_loss()]


@case
def average_loss_unknown(tf):
    x, feed = fed(tf, floats(4), None)
    return [tf.nn.compute_average_loss(x, global_batch_size=8)], feed


@case
def average_loss_unknown_weights(tf):
    x, feed = fed(tf, floats(4, 2), None)
    weights, more = fed(tf, np.float32([[1], [2], [3], [0]]), None)
    feed.update(more)
    return [tf.nn.compute_average_loss(x, weights)], feed


simple(
    average_loss=lambda tf: [
        tf.nn.compute_average_loss(floats(4)),
        tf.nn.compute_average_loss(floats(4), [1.0, 2.0, 0.0, 1.0]),
        tf.nn.compute_average_loss(floats(4, 2).astype(np.float64), [1.0, 2.0, 0.0, 1.0]),
        tf.nn.compute_average_loss(floats(4), [[1.0], [2.0], [0.0], [1.0]], 2),
        tf.nn.scale_regularization_loss(floats(3)),
    ],
    average_loss_scalar=lambda tf: [tf.nn.compute_average_loss(2.0)],
)
