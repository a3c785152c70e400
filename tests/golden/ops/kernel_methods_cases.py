"""tf.contrib.kernel_methods: features and the loss."""

import numpy as np

CASES = {}


def case(name):
    def keep(build):
        CASES[name] = build
        return build

    return keep


def wave(tf, *shape):
    return tf.constant(np.sin(np.arange(np.prod(shape)) * 1.3).reshape(shape), tf.float32)


@case("features")
def _(tf):
    mapper = tf.contrib.kernel_methods.RandomFourierFeatureMapper(4, 6, 2.0, seed=3, name="m")
    assert (mapper.name, mapper.input_dim, mapper.output_dim) == ("m", 4, 6)
    x = wave(tf, 3, 4)
    first = mapper.map(x)
    return [first, mapper.map(x * 2), *tf.gradients(first, x)]


def bad_features(name, *shape):
    @case(name)
    def _(tf):
        return [tf.contrib.kernel_methods.RandomFourierFeatureMapper(4, 6).map(wave(tf, *shape))]


bad_features("features_rank", 2, 3, 4)
bad_features("features_size", 2, 5)


def loss_case(name, labels, weights=None, logits=(4, 3), kind="int32", **more):
    @case(name)
    def _(tf):
        x = wave(tf, *logits)
        given = dict(more)
        if weights is not None:
            given["weights"] = tf.constant(weights, tf.float32)
        if "reduction" in given:
            given["reduction"] = getattr(tf.losses.Reduction, given["reduction"])
        y = tf.constant(labels, getattr(tf, kind))
        loss = tf.contrib.kernel_methods.sparse_multiclass_hinge_loss(y, x, **given)
        return [loss, *tf.gradients(loss, x), *tf.losses.get_losses()]


loss_case("loss", [0, 2, 1, 1])
loss_case("loss_column", [[0], [2], [1], [1]], kind="int64", scope="there")
loss_case("loss_weight", [0, 2, 1, 1], 2.0)
loss_case("loss_weights", [0, 2, 1, 1], [1, 0, 2, 3])
loss_case("loss_weights_column", [0, 2, 1, 1], [[1], [0], [2], [3]], reduction="NONE")
loss_case("loss_sum", [0, 2, 1, 1], reduction="SUM", loss_collection="mine")
loss_case("loss_double", [0, 2, 1, 1], reduction="MEAN")
loss_case("loss_bad_logits", [0, 2, 1, 1], logits=(4, 3, 1))
loss_case("loss_bad_labels", [[[0]], [[2]]], logits=(2, 3))
loss_case("loss_bad_type", [0, 1, 2, 1], kind="float32")
loss_case("loss_other_weights", [0, 2, 1, 1], [1, 2, 3])
loss_case("loss_bad_class", [0, 3, 1, 1])
