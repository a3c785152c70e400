"""`tf.contrib.nn` and `tf.contrib.sparsemax`."""

import numpy as np
from case_tools import Cases, fed, floats, ints, waves

CASES = Cases()
simple = CASES.simple


def variables(tf, classes=12, size=3):
    """Weights, biases, labels and inputs of sampled losses."""
    weights = tf.Variable(waves(classes, size), name="weights")
    biases = tf.Variable(waves(classes) / 2, name="biases")
    labels = tf.constant([[3], [5], [3], [11]], tf.int64)
    return weights, biases, labels, tf.constant(waves(4, size) * 2)


def with_gradients(tf, y, xs):
    return [y, *tf.gradients(y, xs)]


def with_dense_gradients(tf, y, xs):
    """The gradients whole: in which order `top_k(sorted=False)` names their rows is left open."""
    return [y, *map(tf.convert_to_tensor, tf.gradients(y, xs))]


def sampled(tf):
    return tf.nn.fixed_unigram_candidate_sampler(
        tf.constant([[3], [5], [3], [11]], tf.int64), 1, 6, True, 12, unigrams=[1.0] * 12, seed=3
    )


simple(
    alpha_dropout=lambda tf: [
        tf.contrib.nn.alpha_dropout(waves(4, 5), 0.7, seed=3, name="drop"),
        tf.contrib.nn.alpha_dropout(waves(4, 5), tf.constant(0.5), noise_shape=[4, 1], seed=4),
        tf.contrib.nn.alpha_dropout(waves(2, 3), 1.0, name="all"),
    ],
    alpha_dropout_gradient=lambda tf: (
        lambda x: with_gradients(tf, tf.contrib.nn.alpha_dropout(x, 0.8, seed=5), [x])
    )(tf.constant(waves(3, 4))),
    alpha_dropout_none_kept=lambda tf: [tf.contrib.nn.alpha_dropout(waves(2, 3), 0.0)],
    alpha_dropout_rank=lambda tf: [tf.contrib.nn.alpha_dropout(waves(2, 3), tf.ones([2]))],
    flipped=lambda tf: [
        tf.contrib.nn.deprecated_flipped_softmax_cross_entropy_with_logits(
            waves(4, 3), np.float32([[1, 0, 0], [0, 0.5, 0.5], [0, 1, 0], [0, 0, 1]])
        ),
        tf.contrib.nn.deprecated_flipped_sparse_softmax_cross_entropy_with_logits(
            waves(4, 3), ints(4) % 3, name="sparse"
        ),
        tf.contrib.nn.deprecated_flipped_sigmoid_cross_entropy_with_logits(
            waves(4, 3), np.abs(waves(4, 3))
        ),
    ],
    others=lambda tf: [
        tf.contrib.nn.nth_element(waves(2, 5), 2, reverse=True),
        tf.contrib.nn.conv1d_transpose(waves(2, 4, 3), waves(3, 2, 3), [2, 8, 2], 2),
    ],
    scaled_softplus=lambda tf: (
        lambda x, a: with_gradients(tf, tf.contrib.nn.scaled_softplus(x, a), [x, a])
    )(tf.constant(waves(3, 4) * 5), tf.constant([0.5, 1.0, 2.0, 4.0])),
    scaled_softplus_clipped=lambda tf: (
        lambda x, a, c: with_gradients(tf, tf.contrib.nn.scaled_softplus(x, a, c), [x, a, c])
    )(tf.constant(waves(3, 4) * 5), tf.constant(1.5), tf.constant([[1.0], [2.0], [0.5]])),
    sampled_sparse=lambda tf: (
        lambda w, b, y, x: with_gradients(
            tf, tf.contrib.nn.sampled_sparse_softmax_loss(w, b, y, x, 6, 12, sampled(tf)), [w, b]
        )
    )(*variables(tf)),
    rank_sampled=lambda tf: (
        lambda w, b, y, x: with_dense_gradients(
            tf,
            tf.contrib.nn.rank_sampled_softmax_loss(
                w, b, y, x, 6, 3, 12, 1, sampled(tf), 0.5, True, "div", name="loss"
            ),
            [w, b],
        )
    )(*variables(tf)),
    rank_sampled_few=lambda tf: [
        tf.contrib.nn.rank_sampled_softmax_loss(
            *(*variables(tf), 6, 6, 12, 1, sampled(tf), 1.0, True, "mod")
        )
    ],
    rank_sampled_many=lambda tf: [
        tf.contrib.nn.rank_sampled_softmax_loss(
            *(*variables(tf), 16, 6, 12, 1, sampled(tf), 1.0, True, "mod")
        )
    ],
    rank_sampled_strategy=lambda tf: [
        tf.contrib.nn.rank_sampled_softmax_loss(
            *(*variables(tf), 6, 3, 12, 1, sampled(tf), 1.0, True, "all")
        )
    ],
    sparsemax=lambda tf: (lambda x: with_gradients(tf, tf.contrib.sparsemax.sparsemax(x), [x]))(
        tf.constant(waves(5, 4) * 3)
    ),
    sparsemax_double=lambda tf: [tf.contrib.sparsemax.sparsemax(waves(3, 6).astype(np.float64))],
    sparsemax_unknown=lambda tf: (
        lambda x, feed: ([tf.contrib.sparsemax.sparsemax(x, name="s")], feed)
    )(*fed(tf, waves(3, 4), [None, None])),
    sparsemax_not_finite=lambda tf: [
        tf.contrib.sparsemax.sparsemax(
            np.float32([[np.inf, 0, 1], [np.nan, 0, 1], [-np.inf, 0, 1], [-np.inf] * 3])
        )
    ],
    sparsemax_rank=lambda tf: [tf.contrib.sparsemax.sparsemax(waves(3))],
    sparsemax_loss=lambda tf: (
        lambda x: with_gradients(
            tf,
            tf.contrib.sparsemax.sparsemax_loss(
                x, tf.contrib.sparsemax.sparsemax(x), np.eye(4, dtype=np.float32)
            ),
            [x],
        )
    )(tf.constant(waves(4, 4) * 2)),
    sparsemax_loss_infinite=lambda tf: (
        lambda x: [
            tf.contrib.sparsemax.sparsemax_loss(
                x, tf.contrib.sparsemax.sparsemax(x), np.float32([[0, 1, 0], [0, 0, 1]])
            )
        ]
    )(np.float32([[-np.inf, 1, 2], [np.nan, 0, 1]])),
    older_names=lambda tf: [tf.image.per_image_standardization(floats(4, 5, 3))],
)
