"""tf.contrib.layers: convolutions, pools and batch normalization."""

from case_tools import Cases, grad_of, waves

CASES = Cases()
case, simple = CASES.case, CASES.simple


def facts(tf, *values):
    """What is no tensor: its text, as a constant."""
    return [tf.constant([str(value) for value in values])]


def collections(tf, *keys):
    graph = tf.get_default_graph()
    return facts(tf, *([t.name for t in graph.get_collection(key)] for key in keys))


KEYS = ("variables", "trainable_variables", "model_variables", "update_ops", "out", "w", "b")


def weights(tf):
    """Small numbers as weights, for sums that are exact."""

    def initial(shape, dtype=None, partition_info=None):
        return tf.constant(waves(*shape), dtype)

    return initial


def run(tf, kind, x, *arguments, **settings):
    """The output, its gradients and all names of a function of tf.contrib.layers."""
    if "pool" not in kind:
        settings.setdefault("weights_initializer", weights(tf))
        settings["variables_collections"] = {"weights": ["w"], "biases": ["b"]}
    settings["outputs_collections"] = "out"
    y = getattr(tf.contrib.layers, kind)(x, *arguments, **settings)
    return grad_of(tf, y / 16, [x] + tf.trainable_variables())[0] + collections(tf, *KEYS)


def image(tf, *shape):
    return tf.constant(waves(*shape))


def normalized(tf):
    return dict(
        normalizer_fn=tf.contrib.layers.batch_norm, normalizer_params={"is_training": False}
    )


simple(
    conv1d=lambda tf: run(tf, "conv1d", image(tf, 2, 7, 3), 4, 3),
    conv2d=lambda tf: run(tf, "conv2d", image(tf, 2, 5, 6, 3), 4, 3),
    conv2d_strided=lambda tf: run(
        tf, "conv2d", image(tf, 2, 5, 6, 3), 4, [3, 2], 2, "VALID", activation_fn=None, scope="c"
    ),
    conv2d_dilated=lambda tf: run(
        tf, "convolution2d", image(tf, 2, 7, 6, 3), 2, 2, rate=2, biases_initializer=None
    ),
    conv2d_normalized=lambda tf: run(tf, "conv2d", image(tf, 2, 5, 6, 3), 2, 2, **normalized(tf)),
    conv2d_regularized=lambda tf: (
        run(
            tf,
            "conv2d",
            image(tf, 2, 5, 6, 3),
            2,
            2,
            weights_regularizer=tf.contrib.layers.l2_regularizer(0.5),
            biases_regularizer=tf.contrib.layers.l2_regularizer(0.25),
            trainable=False,
        )
        + collections(tf, "regularization_losses")
    ),
    conv3d=lambda tf: run(tf, "conv3d", image(tf, 1, 3, 4, 5, 2), 3, (1, 2, 3)),
    convolution_of_any=lambda tf: run(tf, "convolution", image(tf, 2, 7, 3), 4, 3, 2),
    conv2d_transpose=lambda tf: run(tf, "conv2d_transpose", image(tf, 2, 3, 4, 3), 2, 3, 2),
    conv2d_transpose_normalized=lambda tf: run(
        tf, "conv2d_transpose", image(tf, 2, 3, 4, 3), 2, 3, padding="VALID", **normalized(tf)
    ),
    conv3d_transpose=lambda tf: run(tf, "conv3d_transpose", image(tf, 1, 2, 3, 2, 2), 3, 2, 2),
    conv2d_in_plane=lambda tf: run(tf, "conv2d_in_plane", image(tf, 2, 5, 6, 3), [2, 3], 1),
    conv2d_in_plane_normalized=lambda tf: run(
        tf, "conv2d_in_plane", image(tf, 2, 5, 6, 3), 2, 2, "VALID", **normalized(tf)
    ),
    separable_conv2d=lambda tf: run(tf, "separable_conv2d", image(tf, 2, 5, 6, 3), 4, 3, 2),
    separable_conv2d_two=lambda tf: run(
        tf,
        "separable_conv2d",
        image(tf, 2, 5, 6, 3),
        4,
        [3, 2],
        1,
        rate=2,
        pointwise_initializer=tf.ones_initializer(),
        **normalized(tf),
    ),
    depthwise=lambda tf: run(tf, "separable_conv2d", image(tf, 2, 5, 6, 3), None, 3, 2, stride=2),
    depthwise_normalized=lambda tf: run(
        tf, "separable_conv2d", image(tf, 2, 5, 6, 3), None, [3, 2], 1, **normalized(tf)
    ),
    max_pool2d=lambda tf: run(tf, "max_pool2d", image(tf, 2, 5, 6, 3), 2),
    max_pool2d_same=lambda tf: run(
        tf, "max_pool2d", image(tf, 2, 5, 6, 3), [3, 2], 1, "SAME", scope="p"
    ),
    avg_pool2d=lambda tf: run(tf, "avg_pool2d", image(tf, 2, 5, 6, 3), 2),
    max_pool3d=lambda tf: run(tf, "max_pool3d", image(tf, 1, 3, 4, 5, 2), 2),
    avg_pool3d=lambda tf: run(tf, "avg_pool3d", image(tf, 1, 3, 4, 5, 2), 2, 1),
    pools_first=lambda tf: [
        tf.contrib.layers.max_pool3d(image(tf, 1, 2, 3, 4, 5), 2, data_format="NCDHW")
    ],
    conv2d_rank=lambda tf: run(tf, "conv2d", image(tf, 2, 5, 6), 2, 2),
    conv2d_unknown_rank=lambda tf: run(tf, "conv2d", tf.placeholder(tf.float32), 2, 2),
    convolution_rank=lambda tf: run(tf, "convolution", image(tf, 2, 5), 2, 2),
    convolution_format=lambda tf: run(
        tf, "convolution", image(tf, 2, 5, 6, 3), 2, 2, data_format="HWC"
    ),
    conv2d_transpose_format=lambda tf: run(
        tf, "conv2d_transpose", image(tf, 2, 5, 6, 3), 2, 2, data_format="HWC"
    ),
    conv3d_transpose_format=lambda tf: run(
        tf, "conv3d_transpose", image(tf, 2, 5, 6, 3, 1), 2, 2, data_format="HWC"
    ),
    separable_format=lambda tf: run(
        tf, "separable_conv2d", image(tf, 2, 5, 6, 3), 2, 2, 1, data_format="HWC"
    ),
    pool_format=lambda tf: run(tf, "max_pool2d", image(tf, 2, 5, 6, 3), 2, data_format="HWC"),
    pool3d_format=lambda tf: run(tf, "avg_pool3d", image(tf, 2, 5, 6, 3, 1), 2, data_format="NHWC"),
    in_plane_rank=lambda tf: run(tf, "conv2d_in_plane", image(tf, 2, 5, 6), 2),
    in_plane_three=lambda tf: run(tf, "conv2d_in_plane", image(tf, 2, 5, 6, 3), [1, 2, 3]),
    in_plane_text=lambda tf: run(tf, "conv2d_in_plane", image(tf, 2, 5, 6, 3), "12"),
)


@case
def reused(tf):
    x = image(tf, 2, 5, 6, 3)
    layers = tf.contrib.layers
    y = layers.conv2d(x, 4, 3, scope="c")
    z = layers.conv2d(x, 4, 3, scope="c", reuse=True)
    with tf.variable_scope("outer", reuse=tf.AUTO_REUSE):
        w = layers.conv2d(x, 4, 3, scope="c") + layers.conv2d(x, 4, 3, scope="c")
    return [y, z, w] + collections(tf, "variables")


@case
def in_parts(tf):
    x = image(tf, 2, 5, 6, 3)
    with tf.variable_scope("s", partitioner=tf.variable_axis_size_partitioner(100)):
        y = tf.contrib.layers.conv2d(x, 8, 3, variables_collections=["w"])
    return [y] + collections(tf, "w", "variables")


@case
def scoped(tf):
    layers = tf.contrib.layers
    arg_scope = tf.contrib.framework.arg_scope
    x = image(tf, 2, 9, 9, 3)
    with arg_scope([layers.conv2d, layers.max_pool2d], padding="VALID"):
        with arg_scope([layers.conv2d], activation_fn=tf.nn.elu, stride=2) as scope:
            y = layers.conv2d(x, 4, 3)
        y = layers.max_pool2d(y, 2, padding="SAME")
    with arg_scope(scope):
        z = layers.repeat(x, 2, layers.conv2d, 4, 3, stride=1)
    return [y, z]


# Batch normalization.


def trained(tf, x, **settings):
    y = tf.contrib.layers.batch_norm(x, **settings)
    weighted = y * tf.constant(waves(*x.shape.as_list()), y.dtype)
    gradients = list(tf.gradients(weighted, [x] + tf.trainable_variables()))
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS) + tf.get_collection("mine")
    with tf.control_dependencies([y] + gradients + updates):
        averages = [v.read_value() for v in tf.global_variables() if "moving" in v.name]
    made = collections(tf, "variables", "trainable_variables", "model_variables", "out", "v", "m")
    return [y] + gradients + averages + made + facts(tf, [u.name for u in updates])


def fed(tf, value):
    return tf.placeholder_with_default(value, [])


simple(
    norm=lambda tf: trained(tf, image(tf, 2, 3, 4, 5), scale=True, outputs_collections="out"),
    norm_inference=lambda tf: trained(tf, image(tf, 2, 3, 4, 5), is_training=False),
    norm_fed=lambda tf: trained(
        tf, image(tf, 2, 3, 4, 5), is_training=fed(tf, True), activation_fn=tf.nn.relu
    ),
    norm_not_fused=lambda tf: trained(tf, image(tf, 2, 3, 4, 5), fused=False, decay=0.5),
    norm_rows=lambda tf: trained(tf, image(tf, 4, 3), scale=True, scope="bn"),
    norm_rows_fed=lambda tf: trained(tf, image(tf, 4, 3), is_training=fed(tf, False)),
    norm_rows_not_fused=lambda tf: trained(tf, image(tf, 4, 3), fused=False),
    norm_sequence=lambda tf: trained(tf, image(tf, 4, 3, 2), scale=True),
    norm_now=lambda tf: trained(tf, image(tf, 2, 3, 4, 5), updates_collections=None),
    norm_now_fed=lambda tf: trained(
        tf, image(tf, 2, 3, 4, 5), updates_collections=None, is_training=fed(tf, True)
    ),
    norm_now_not_fused=lambda tf: trained(
        tf, image(tf, 2, 3, 4, 5), updates_collections=None, fused=False, scale=True
    ),
    norm_now_not_fused_fed=lambda tf: trained(
        tf, image(tf, 4, 3), updates_collections=None, fused=False, is_training=fed(tf, True)
    ),
    norm_elsewhere=lambda tf: trained(tf, image(tf, 2, 3, 4, 5), updates_collections="mine"),
    norm_elsewhere_fed=lambda tf: trained(
        tf, image(tf, 2, 3, 4, 5), updates_collections="mine", is_training=fed(tf, False)
    ),
    norm_elsewhere_not_fused=lambda tf: trained(
        tf, image(tf, 4, 3), updates_collections="mine", fused=False, is_training=fed(tf, True)
    ),
    norm_weighted=lambda tf: trained(tf, image(tf, 4, 3), batch_weights=[1.0, 0.0, 2.0, 1.0]),
    norm_weighted_images=lambda tf: trained(
        tf, image(tf, 2, 3, 4, 5), batch_weights=[1.0, 3.0], data_format="NCHW", scale=True
    ),
    norm_first_now=lambda tf: trained(
        tf,
        image(tf, 2, 3, 4, 5),
        updates_collections=None,
        fused=False,
        data_format="NCHW",
        scale=True,
    ),
    norm_debiased=lambda tf: trained(tf, image(tf, 2, 3, 4, 5), zero_debias_moving_mean=True),
    norm_debiased_not_fused=lambda tf: trained(
        tf, image(tf, 4, 3), zero_debias_moving_mean=True, fused=False
    ),
    norm_plain=lambda tf: trained(tf, image(tf, 4, 3), center=False),
    norm_renorm=lambda tf: trained(
        tf, image(tf, 6, 3), renorm=True, renorm_clipping={"rmax": 1.1}, renorm_decay=0.5
    ),
    norm_settings=lambda tf: (
        trained(
            tf,
            image(tf, 4, 3),
            scale=True,
            param_initializers={
                "gamma": tf.constant_initializer(2.0),
                "moving_mean": tf.constant_initializer(0.5),
            },
            param_regularizers={"beta": tf.contrib.layers.l2_regularizer(0.5)},
            variables_collections={"beta": ["v"], "moving_mean": ["v", "m"]},
            trainable=False,
        )
        + collections(tf, "regularization_losses")
    ),
    norm_format=lambda tf: [tf.contrib.layers.batch_norm(image(tf, 2, 3), data_format="HW")],
    norm_unknown_rank=lambda tf: [tf.contrib.layers.batch_norm(tf.placeholder(tf.float32))],
    norm_unknown_rank_now=lambda tf: [
        tf.contrib.layers.batch_norm(tf.placeholder(tf.float32), updates_collections=None)
    ],
    norm_unknown_channels=lambda tf: [
        tf.contrib.layers.batch_norm(tf.placeholder(tf.float32, [2, None]))
    ],
    norm_unknown_channels_now=lambda tf: [
        tf.contrib.layers.batch_norm(
            tf.placeholder(tf.float32, [2, 3, 4, None]), updates_collections=None
        )
    ],
    norm_renorm_now=lambda tf: [
        tf.contrib.layers.batch_norm(image(tf, 2, 3), renorm=True, updates_collections=None)
    ],
    norm_weights_do_not_fit=lambda tf: [
        tf.contrib.layers.batch_norm(image(tf, 2, 3), batch_weights=[1.0, 2.0, 3.0])
    ],
)
