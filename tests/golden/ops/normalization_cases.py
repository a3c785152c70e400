"""tf.nn.fused_batch_norm, batch_normalization in one op of old graphs, and tf.nn.lrn."""

import numpy as np
from case_tools import Cases, fed, grad_of, waves

CASES = Cases()
case, simple = CASES.case, CASES.simple

X = waves(2, 3, 4, 5)
SCALE, OFFSET = waves(5) + 1, waves(5) - 1
MEAN, VARIANCE = waves(5) / 2, waves(5) + 1
NOTHING = np.zeros([0], np.float32)
WEIGHTS = waves(5, 4, 3, 2).T
EXAMPLES = {"x": X, "scale": SCALE, "offset": OFFSET}


def fused(tf, x=X, **more):
    xs = [tf.constant(x), tf.constant(SCALE), tf.constant(OFFSET)]
    y, mean, variance = tf.nn.fused_batch_norm(*xs, **more)
    found = [y] + weighted_gradients(tf, y, xs)
    # Of given moments TensorFlow leaves these outputs unset.
    return found + [mean, variance] if more.get("is_training", True) else found


def weighted_gradients(tf, y, xs):
    """Weights that do not grow, so that little of the sums cancels out."""
    return tf.gradients(y * tf.cast(waves(*y.shape.as_list()[::-1]).T, y.dtype), xs)


def version(tf, name, training, **more):
    moments = (NOTHING, NOTHING) if training else (MEAN, VARIANCE)
    found = getattr(tf.raw_ops, name)(
        **EXAMPLES, mean=moments[0], variance=moments[1], is_training=training, **more
    )
    # For given moments some outputs are constants of TensorFlow's optimizer, which cannot be run.
    return list(found) if training else [found.y]


simple(
    training=fused,
    training_named=lambda tf: fused(tf, epsilon=1e-6, name="norm"),
    training_epsilon=lambda tf: fused(tf, epsilon=0.5),
    training_half=lambda tf: fused(tf, np.float16(X)),
    inference=lambda tf: fused(tf, mean=MEAN, variance=VARIANCE, is_training=False),
    inference_half=lambda tf: fused(
        tf, np.float16(X), mean=MEAN, variance=VARIANCE, is_training=False
    ),
    one_element=lambda tf: fused(tf, X[:1, :1, :1]),
    no_elements=lambda tf: list(tf.nn.fused_batch_norm(X[:0], SCALE, OFFSET)),
    training_with_mean=lambda tf: fused(tf, mean=MEAN),
    scale_of_other_size=lambda tf: list(tf.nn.fused_batch_norm(X, SCALE[:3], OFFSET)),
    rank_of_three=lambda tf: list(tf.nn.fused_batch_norm(X[0], SCALE, OFFSET)),
    version_1=lambda tf: version(tf, "FusedBatchNorm", True),
    version_1_given=lambda tf: version(tf, "FusedBatchNorm", False),
    version_2=lambda tf: version(tf, "FusedBatchNormV2", True, epsilon=0.01),
    version_2_given=lambda tf: version(tf, "FusedBatchNormV2", False),
    version_3=lambda tf: version(tf, "FusedBatchNormV3", True),
    version_3_given=lambda tf: version(tf, "FusedBatchNormV3", False),
    mean_in_training=lambda tf: list(
        tf.raw_ops.FusedBatchNormV3(**EXAMPLES, mean=MEAN, variance=NOTHING)
    ),
    lrn=lambda tf: lrn(tf, X),
    lrn_narrow=lambda tf: lrn(tf, X, depth_radius=1, bias=2.0, alpha=0.5, beta=0.75),
    lrn_wide=lambda tf: lrn(tf, X, 9, 1.5, 0.1, 0.3),
    lrn_alone=lambda tf: lrn(tf, X, 0),
    lrn_half=lambda tf: [tf.nn.lrn(np.float16(X), depth_radius=2)],
    lrn_of_rank=lambda tf: [tf.nn.lrn(X[0])],
    lrn_long_name=lambda tf: [tf.nn.local_response_normalization(X, name="norm")],
)


def lrn(tf, x, *args, **more):
    x = tf.constant(x)
    return grad_of(tf, tf.nn.lrn(x, *args, **more), [x])


@case
def channels_first(tf):
    x = tf.placeholder(tf.float32, [2, 5, 3, 4])
    found = []
    for more in ({}, {"mean": MEAN, "variance": VARIANCE, "is_training": False}):
        y, mean, variance = tf.nn.fused_batch_norm(x, SCALE, OFFSET, data_format="NCHW", **more)
        found += [y, mean, variance] + tf.gradients(y, [x])
    return found, None


@case
def unknown_shapes(tf):
    x, feed = fed(tf, X, [None, None, None, 5])
    y, mean, variance = tf.nn.fused_batch_norm(x, SCALE, OFFSET)
    return [y, mean, variance] + tf.gradients(y * y * WEIGHTS, [x]), feed


@case
def no_shapes(tf):
    x, feed = fed(tf, X, None)
    scale, more = fed(tf, SCALE, [None])
    feed.update(more)
    return list(tf.nn.fused_batch_norm(x, scale, OFFSET)), feed


@case
def gradients_of_versions(tf):
    found = []
    for name in ("FusedBatchNorm", "FusedBatchNormV2"):
        x, scale, offset = tf.constant(X), tf.constant(SCALE), tf.constant(OFFSET)
        y = getattr(tf.raw_ops, name)(
            x=x, scale=scale, offset=offset, mean=NOTHING, variance=NOTHING
        ).y
        found += tf.gradients(y * y * WEIGHTS, [x, scale, offset])
        y = getattr(tf.raw_ops, name)(
            x=x, scale=scale, offset=offset, mean=MEAN, variance=VARIANCE, is_training=False
        ).y
        found += tf.gradients(y * y * WEIGHTS, [x, scale, offset])
    return found


@case
def global_normalization(tf):
    """Only graphs of versions before 9 may have it."""
    names = ("t", "m", "v", "beta", "gamma")
    graph = tf.GraphDef()
    graph.versions.producer = 8
    for name, value in dict(t=X, m=MEAN, v=VARIANCE, beta=OFFSET, gamma=SCALE).items():
        node = graph.node.add(name=name, op="Const")
        node.attr["dtype"].type = tf.float32.as_datatype_enum
        node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value))
    for scaled in (True, False):
        node = graph.node.add(name=f"y{int(scaled)}", op="BatchNormWithGlobalNormalization")
        node.input.extend(names)
        node.attr["T"].type = tf.float32.as_datatype_enum
        node.attr["variance_epsilon"].f = 0.01
        node.attr["scale_after_normalization"].b = scaled
    node = graph.node.add(name="dy", op="BatchNormWithGlobalNormalizationGrad")
    node.input.extend(["t", "m", "v", "gamma", "y1"])
    node.attr["T"].type = tf.float32.as_datatype_enum
    node.attr["variance_epsilon"].f = 0.01
    node.attr["scale_after_normalization"].b = True
    outputs = [f"dy:{i}" for i in range(5)]
    return list(tf.import_graph_def(graph, return_elements=["y0:0", "y1:0", *outputs], name=""))


@case
def second_gradients(tf):
    x, scale, offset = tf.constant(X), tf.constant(SCALE), tf.constant(OFFSET)
    found = []
    for more in ({}, {"mean": MEAN, "variance": VARIANCE, "is_training": False}):
        y = tf.nn.fused_batch_norm(x, scale, offset, **more)[0]
        first = tf.gradients(y * y * WEIGHTS, [x, scale, offset])
        total = tf.add_n([tf.reduce_sum(d * d * waves(*d.shape.as_list())) for d in first])
        found += first + tf.gradients(total * 0.01, [x, scale, offset])
    return found
