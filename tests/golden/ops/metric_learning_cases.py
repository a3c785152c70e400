"""tf.contrib.losses.metric_learning."""

import numpy as np
from case_tools import Cases, grad_of, waves

CASES = Cases()
case, simple = CASES.case, CASES.simple

LABELS = np.int32([0, 1, 0, 2, 1, 0])


def loss(tf, name, *given, **options):
    """The loss and its gradients by the embeddings."""
    given = [tf.constant(value) for value in given]
    y = getattr(tf.contrib.losses.metric_learning, name)(*given, **options)
    return grad_of(tf, y, given[1:])


def rows(shift=0.0):
    return waves(6, 4) + np.arange(6, dtype=np.float32)[:, None] * 0.125 + np.float32(shift)


def sparse(tf, *indices):
    places = [[i] for i in indices]
    return tf.SparseTensor(np.int64(places), np.ones(len(places), np.float32), [4])


simple(
    contrastive=lambda tf: loss(
        tf, "contrastive_loss", np.int32([1, 0, 1, 0, 0, 1]), rows(), rows(0.25) * 0.5, margin=2.0
    ),
    triplets=lambda tf: loss(tf, "triplet_semihard_loss", LABELS, rows()),
    triplets_margin=lambda tf: loss(
        tf, "triplet_semihard_loss", LABELS, rows() * 0.25, margin=0.125
    ),
    triplets_alone=lambda tf: [
        tf.contrib.losses.metric_learning.triplet_semihard_loss(
            tf.constant([1, 1, 1]), tf.constant(waves(3, 2))
        )
    ],
    lifted=lambda tf: loss(tf, "lifted_struct_loss", LABELS, rows(), margin=1.5),
    pairs=lambda tf: loss(tf, "npairs_loss", LABELS, rows(), rows(0.5)),
    pairs_weight=lambda tf: loss(
        tf, "npairs_loss", LABELS, rows(), rows(0.5), reg_lambda=0.25, print_losses=True
    ),
    pairs_of_matrix=lambda tf: loss(tf, "npairs_loss", LABELS.reshape(2, 3), rows(), rows()),
    several_labels=lambda tf: [
        tf.contrib.losses.metric_learning.npairs_loss_multilabel(
            [sparse(tf, 0, 2), sparse(tf, 1), sparse(tf, 0, 1, 3)],
            tf.constant(rows()[:3]),
            tf.constant(rows(0.5)[:3]),
        )
    ],
    several_dense_labels=lambda tf: [
        tf.contrib.losses.metric_learning.npairs_loss_multilabel([[1], [0]], rows(), rows())
    ],
)
