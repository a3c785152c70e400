"""Stochastic dual coordinate ascent. Examples come in a random order, so that where there are many
none shares a weight with another."""

import numpy as np
from case_tools import Cases

CASES = Cases()
simple = CASES.simple

LOSSES = ["logistic_loss", "squared_loss", "hinge_loss", "smooth_hinge_loss", "poisson_loss"]


def step(tf, loss="squared_loss", rows=(), features=(), values=(), dense=(), **more):
    """The results of one step."""
    count = more.pop("count", 1)
    state = more.pop("state", np.zeros([count, 4], np.float32))
    given = dict(
        example_weights=np.ones(count, np.float32),
        example_labels=np.ones(count, np.float32),
        sparse_indices=[],
        sparse_weights=[],
        dense_weights=[],
        l1=0.25,
        l2=2.0,
        num_loss_partitions=1,
        num_inner_iterations=1,
        adaptative=False,
    )
    given.update(more)
    found = tf.train.sdca_optimizer(
        sparse_example_indices=list(rows),
        sparse_feature_indices=list(features),
        sparse_feature_values=list(values),
        dense_features=list(dense),
        example_state_data=state,
        loss_type=loss,
        **given,
    )
    return [found[0]] + list(found[1]) + list(found[2])


def sparse(tf, loss, label, **more):
    """Three examples of two sparse features, one with values."""
    more.setdefault("example_weights", np.float32([1, 2, 0.5]))
    return step(
        tf,
        loss,
        rows=[[0, 0, 2], [0, 1]],
        features=[[7, 3, 9], [1, 0]],
        values=[np.float32([0.5, -2, 3])],
        count=3,
        example_labels=np.float32(label),
        sparse_indices=[[9, 7, 3], [0, 1]],
        sparse_weights=[np.float32([0.3, -0.2, 0.05]), np.float32([1, -1])],
        **more,
    )


def dense(tf, loss, label, **more):
    """One example of two dense features."""
    return step(
        tf,
        loss,
        dense=[np.float32([[1, -2]]), np.float32([[0.5]])],
        example_labels=np.float32([label]),
        example_weights=np.float32([1.5]),
        dense_weights=[np.float32([0.3, 0.1]), np.float32([-0.7])],
        num_loss_partitions=3,
        state=np.float32([[0.25 if label else -0.25, 0, 0, 0]]),
        **more,
    )


for loss in LOSSES:
    labels = [1, 0, 1] if "hinge" in loss or "logistic" in loss else [2, 0, 0.5]
    CASES["sparse_" + loss] = lambda tf, a=loss, b=labels: sparse(tf, a, b)
    for label in (0, 1):
        CASES[f"dense_{loss}_{label}"] = lambda tf, a=loss, b=label: dense(tf, a, b)
    CASES["far_" + loss] = lambda tf, a=loss: dense(tf, a, 1, l2=0.01, l1=0.0)
    CASES["label_" + loss] = lambda tf, a=loss: sparse(tf, a, [-3.5, 1, 0])


def shrunk(tf):
    a = tf.get_variable("a", initializer=[[1.0, -0.2], [0.25, -3.0]], use_resource=False)
    b = tf.get_variable("b", initializer=[0.5], use_resource=False)
    with tf.control_dependencies([tf.global_variables_initializer()]):
        done = tf.train.sdca_shrink_l1([a, b], l1=0.5, l2=2.0)
    with tf.control_dependencies([done]):
        return [tf.identity(a.read_value()), tf.identity(b.read_value())]


TEXT = "0123456789abcdefghijklmnopqrstuvwxyz" * 12
STRINGS = [TEXT[:n] for n in list(range(40)) + [63, 64, 65, 127, 128, 143, 144, 145, 170, 288, 400]]

simple(
    shrunk=shrunk,
    fingerprints=lambda tf: [tf.train.sdca_fprint(STRINGS)],
    fingerprints_of_none=lambda tf: [tf.train.sdca_fprint(np.zeros(0, object))],
    fingerprint_scalar=lambda tf: [tf.train.sdca_fprint("a")],
    adaptive=lambda tf: dense(tf, "squared_loss", 1, adaptative=True),
    no_features=lambda tf: step(tf),
    unknown_index=lambda tf: step(
        tf, rows=[[0]], features=[[5]], sparse_indices=[[4]], sparse_weights=[np.float32([1])]
    ),
    twice=lambda tf: step(
        tf, rows=[[0, 0]], features=[[4, 4]], sparse_indices=[[4]], sparse_weights=[[1.0]]
    ),
    too_wide=lambda tf: step(tf, dense=[[[1.0, 2.0]]], dense_weights=[[1.0]]),
    narrow=lambda tf: step(tf, dense=[[[2.0]]], dense_weights=[[1.0, 3.0]]),
    state_shape=lambda tf: step(
        tf, dense=[[[2.0]]], dense_weights=[[1.0]], state=np.zeros([2, 4], np.float32)
    ),
    no_such_loss=lambda tf: step(tf, "other_loss", dense=[[[2.0]]], dense_weights=[[1.0]]),
)
