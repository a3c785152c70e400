"""tf.layers: convolutions, pools and batch normalization."""

from case_tools import Cases, fed, grad_of, waves

CASES = Cases()
case, simple = CASES.case, CASES.simple


def facts(tf, *values):
    """What is no tensor: its text, as a constant."""
    return [tf.constant([str(value) for value in values])]


def collections(tf, *keys):
    graph = tf.get_default_graph()
    return facts(tf, *([t.name for t in graph.get_collection(key)] for key in keys))


def scaled(tf):
    """Small whole numbers as weights, for exact sums."""

    def initial(shape, dtype=None, partition_info=None):
        return tf.constant(waves(*shape), dtype)

    return initial


def layer(tf, kind, x, *arguments, **settings):
    """The output, the gradients and the variables of a layer, weights that go up and down."""
    separable = kind.startswith("separable")
    kernels = ("depthwise", "pointwise") if separable else ("kernel",)
    for kernel in kernels:
        settings.setdefault(kernel + "_initializer", scaled(tf))
    y = getattr(tf.layers, kind)(x, *arguments, **settings)
    return y, grad_of(tf, y / 16, [x] + tf.trainable_variables())[0]


def run(tf, kind, x, *arguments, **settings):
    y, tensors = layer(tf, kind, x, *arguments, **settings)
    return tensors + facts(tf, [v.name for v in tf.global_variables()], y.name)


def image(tf, *shape):
    return tf.constant(waves(*shape))


simple(
    # First, as TensorFlow looks for GPUs in these and makes nodes for that.
    average_pooling1d=lambda tf: [
        tf.layers.average_pooling1d(image(tf, 2, 7, 3), 2, 2),
        tf.layers.average_pooling1d(image(tf, 2, 7, 3), 3, 2, "same", name="p"),
        tf.layers.average_pooling1d(image(tf, 2, 7, 3), 2, 1, data_format="channels_first"),
    ],
    max_pooling1d=lambda tf: [
        tf.layers.max_pooling1d(image(tf, 2, 7, 3), 2, 2),
        tf.layers.max_pooling1d(image(tf, 2, 7, 3), (3,), (2,), "same"),
        tf.layers.max_pooling1d(image(tf, 2, 7, 3), 2, 1, data_format="channels_first"),
    ],
    conv1d=lambda tf: run(tf, "conv1d", image(tf, 2, 7, 3), 4, 3),
    conv1d_causal=lambda tf: run(
        tf, "conv1d", image(tf, 2, 7, 3), 4, 3, padding="causal", dilation_rate=2
    ),
    conv1d_same=lambda tf: run(
        tf, "conv1d", image(tf, 2, 7, 3), 4, (3,), strides=2, padding="same", activation=tf.nn.relu
    ),
    conv2d=lambda tf: run(tf, "conv2d", image(tf, 2, 5, 6, 3), 4, 3),
    conv2d_same=lambda tf: run(
        tf, "conv2d", image(tf, 2, 5, 6, 3), 4, [2, 3], [2, 1], "SAME", activation="relu"
    ),
    conv2d_dilated=lambda tf: run(
        tf, "conv2d", image(tf, 2, 7, 6, 3), 2, 2, dilation_rate=(2, 1), use_bias=False
    ),
    conv3d=lambda tf: run(tf, "conv3d", image(tf, 1, 3, 4, 5, 2), 3, (1, 2, 3)),
    conv3d_same=lambda tf: run(
        tf, "conv3d", image(tf, 1, 3, 4, 5, 2), 3, 2, strides=2, padding="same", name="volume"
    ),
    conv2d_transpose=lambda tf: run(tf, "conv2d_transpose", image(tf, 2, 3, 4, 3), 2, 3, 2),
    conv2d_transpose_same=lambda tf: run(
        tf, "conv2d_transpose", image(tf, 2, 3, 4, 3), 2, (2, 3), (1, 2), padding="same"
    ),
    conv2d_transpose_first=lambda tf: run(
        tf, "conv2d_transpose", image(tf, 2, 3, 4, 5), 2, 3, 2, data_format="channels_first"
    ),
    conv3d_transpose=lambda tf: run(
        tf, "conv3d_transpose", image(tf, 1, 2, 3, 2, 2), 3, (2, 3, 2), (1, 2, 2)
    ),
    conv3d_transpose_same=lambda tf: run(
        tf, "conv3d_transpose", image(tf, 1, 2, 3, 2, 2), 3, 2, 2, padding="same", use_bias=False
    ),
    separable_conv1d=lambda tf: run(tf, "separable_conv1d", image(tf, 2, 7, 3), 4, 3),
    separable_conv1d_causal=lambda tf: run(
        tf, "separable_conv1d", image(tf, 2, 7, 3), 4, 3, padding="causal", depth_multiplier=2
    ),
    separable_conv2d=lambda tf: run(tf, "separable_conv2d", image(tf, 2, 5, 6, 3), 4, 3),
    separable_conv2d_same=lambda tf: run(
        tf,
        "separable_conv2d",
        image(tf, 2, 5, 6, 3),
        4,
        [3, 2],
        strides=2,
        padding="same",
        depth_multiplier=2,
        activation=tf.nn.relu,
        use_bias=False,
    ),
    average_pooling2d=lambda tf: [
        tf.layers.average_pooling2d(image(tf, 2, 5, 6, 3), 2, 2),
        tf.layers.average_pooling2d(image(tf, 2, 5, 6, 3), (3, 2), (1, 2), "same", name="p"),
    ],
    max_pooling2d=lambda tf: [
        tf.layers.max_pooling2d(image(tf, 2, 5, 6, 3), 2, 2),
        tf.layers.max_pooling2d(image(tf, 2, 5, 6, 3), (3, 2), (1, 2), "same"),
        tf.layers.MaxPooling2D(2, 2)(image(tf, 2, 5, 6, 3)),
    ],
    average_pooling3d=lambda tf: [
        tf.layers.average_pooling3d(image(tf, 1, 3, 4, 5, 2), 2, 2),
        tf.layers.average_pooling3d(
            image(tf, 1, 2, 3, 4, 5), (1, 2, 3), 1, data_format="channels_first"
        ),
    ],
    max_pooling3d=lambda tf: [
        tf.layers.max_pooling3d(image(tf, 1, 3, 4, 5, 2), 2, 2),
        tf.layers.max_pooling3d(
            image(tf, 1, 2, 3, 4, 5), (1, 2, 3), 1, "same", data_format="channels_first"
        ),
    ],
    pooling_no_strides=lambda tf: [tf.layers.max_pooling2d(image(tf, 2, 5, 6, 3), 2, None)],
    pooling_three_sizes=lambda tf: [tf.layers.max_pooling2d(image(tf, 2, 5, 6, 3), (1, 2, 3), 2)],
    pooling_text=lambda tf: [tf.layers.max_pooling2d(image(tf, 2, 5, 6, 3), "ab", 2)],
    pooling_number=lambda tf: [tf.layers.max_pooling2d(image(tf, 2, 5, 6, 3), 2.5, 2)],
    pooling_padding=lambda tf: [
        tf.layers.max_pooling2d(image(tf, 2, 5, 6, 3), 2, 2, padding="full")
    ],
    pooling_format=lambda tf: [
        tf.layers.max_pooling2d(image(tf, 2, 5, 6, 3), 2, 2, data_format="NHWC")
    ],
    pooling_rank=lambda tf: [tf.layers.max_pooling2d(image(tf, 2, 5, 6), 2, 2)],
    conv2d_causal=lambda tf: [tf.layers.conv2d(image(tf, 2, 5, 6, 3), 2, 2, padding="causal")],
    conv2d_unknown_channels=lambda tf: [
        tf.layers.conv2d(tf.placeholder(tf.float32, [2, 5, 6, None]), 2, 2)
    ],
    conv2d_other_channels=lambda tf: [
        (lambda c: [c(image(tf, 2, 5, 6, 3)), c(image(tf, 2, 5, 6, 4))])(tf.layers.Conv2D(2, 2))
    ],
    conv2d_strided_and_dilated=lambda tf: [
        tf.layers.conv2d(image(tf, 2, 5, 6, 3), 2, 2, strides=2, dilation_rate=2)
    ],
    conv2d_rank=lambda tf: [tf.layers.conv2d(image(tf, 2, 5, 6), 2, 2)],
    conv2d_transpose_unknown=lambda tf: [
        tf.layers.conv2d_transpose(tf.placeholder(tf.float32, [2, 5, 6, None]), 2, 2)
    ],
    conv3d_transpose_unknown=lambda tf: [
        tf.layers.conv3d_transpose(tf.placeholder(tf.float32, [2, 5, 6, 2, None]), 2, 2)
    ],
)


@case
def conv2d_first(tf):
    x = tf.placeholder(tf.float32, [None, 3, 5, 6])
    return [tf.layers.conv2d(x, 4, 2, data_format="channels_first")], None


@case
def conv1d_first(tf):
    x = tf.placeholder(tf.float32, [None, 3, 5])
    return [tf.layers.conv1d(x, 4, 2, data_format="channels_first")], None


@case
def unknown_sizes(tf):
    x, feed = fed(tf, waves(2, 5, 6, 3), [None, None, None, 3])
    y = tf.layers.conv2d(x, 4, 3, padding="same", kernel_initializer=scaled(tf))
    z = tf.layers.conv2d_transpose(y, 2, 2, 2, kernel_initializer=scaled(tf))
    w = tf.layers.max_pooling2d(z, 2, 2)
    return [y, z, w], feed


@case
def regularized(tf):
    x = image(tf, 2, 5, 6, 3)
    settings = dict(
        kernel_regularizer=tf.contrib.layers.l2_regularizer(0.5),
        bias_regularizer=tf.contrib.layers.l1_regularizer(0.5),
        activity_regularizer=lambda y: tf.reduce_sum(y),
        kernel_constraint=tf.abs,
        trainable=False,
    )
    y = tf.layers.conv2d(x, 4, 3, name="c", **settings)
    z = tf.layers.conv2d(x, 4, 3, name="c", reuse=True)
    return [y, z] + collections(tf, "variables", "trainable_variables", "regularization_losses")


@case
def configuration(tf):
    made = [
        tf.layers.Conv1D(2, 3, padding="causal"),
        tf.layers.Conv2D(2, (3, 4), dilation_rate=2, use_bias=False, activation="relu"),
        tf.layers.Conv3D(2, 3),
        tf.layers.Conv2DTranspose(2, 3, 2),
        tf.layers.Conv3DTranspose(2, 3, 2),
        tf.layers.SeparableConv1D(2, 3),
        tf.layers.SeparableConv2D(2, 3, depth_multiplier=2),
        tf.layers.MaxPooling1D(2, 1),
        tf.layers.AveragePooling2D(2, 1, padding="same"),
        tf.layers.MaxPooling3D(2, 1, data_format="channels_first"),
        tf.layers.BatchNormalization(renorm=True, virtual_batch_size=2),
    ]
    shapes = [
        made[0].compute_output_shape([2, 7, 3]),
        made[1].compute_output_shape([2, None, 9, 3]),
        made[3].compute_output_shape([None, 5, None, 3]),
        made[4].compute_output_shape([None, 5, None, 3, 2]),
        made[7].compute_output_shape([2, 7, 3]),
        made[8].compute_output_shape([2, 7, None, 3]),
        made[9].compute_output_shape([2, 7, None, 3, 4]),
    ]

    def config(layer):
        # Initializers have their values written otherwise.
        found = layer.get_config()
        return sorted((k, v) for k, v in found.items() if not k.endswith("initializer"))

    return facts(tf, *[config(layer) for layer in made] + shapes)


# Batch normalization.


def trained(tf, x, training=True, **settings):
    y = tf.layers.batch_normalization(x, training=training, **settings)
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    weighted = y * tf.constant(waves(*x.shape.as_list()), y.dtype)
    gradients = list(tf.gradients(weighted, [x] + tf.trainable_variables()))
    with tf.control_dependencies([y] + gradients + updates):
        averages = [v.read_value() for v in tf.global_variables() if not trained_by(tf, v)]
    made = collections(tf, "variables", "trainable_variables")
    return [y] + gradients + averages + made + facts(tf, [u.name for u in updates])


def trained_by(tf, variable):
    return any(variable is v for v in tf.trainable_variables())


simple(
    fused=lambda tf: trained(tf, image(tf, 2, 3, 4, 5)),
    fused_inference=lambda tf: trained(tf, image(tf, 2, 3, 4, 5), False, name="bn"),
    fused_by_tensor=lambda tf: trained(tf, image(tf, 2, 3, 4, 5), tf.constant(2) > 1),
    fused_fed=lambda tf: trained(
        tf, image(tf, 2, 3, 4, 5), tf.placeholder_with_default(True, []), momentum=0.5
    ),
    fused_fed_off=lambda tf: trained(
        tf, image(tf, 2, 3, 4, 5), tf.placeholder_with_default(False, [])
    ),
    fused_plain=lambda tf: trained(tf, image(tf, 2, 3, 4, 5), center=False, scale=False),
    fused_phase=lambda tf: trained(tf, image(tf, 2, 3, 4, 5), None),
    fused_int=lambda tf: trained(tf, image(tf, 2, 3, 4, 5), 1, epsilon=0.1),
    not_fused=lambda tf: trained(tf, image(tf, 2, 3, 4, 5), fused=False),
    not_fused_inference=lambda tf: trained(tf, image(tf, 2, 3, 4, 5), False, fused=False),
    not_fused_fed=lambda tf: trained(
        tf, image(tf, 2, 3, 4, 5), tf.placeholder_with_default(True, []), fused=False
    ),
    rows=lambda tf: trained(tf, image(tf, 4, 3)),
    rows_not_trainable=lambda tf: trained(tf, image(tf, 4, 3), trainable=False),
    rows_plain=lambda tf: trained(tf, image(tf, 4, 3), center=False, scale=False),
    sequence_first=lambda tf: trained(tf, image(tf, 4, 3, 5), axis=1),
    images_of_two_axes=lambda tf: trained(tf, image(tf, 2, 3, 4, 5), axis=[1, 3]),
    renorm=lambda tf: trained(
        tf, image(tf, 6, 3), renorm=True, renorm_clipping={"rmax": 1.1, "rmin": 0.9, "dmax": 0.1}
    ),
    renorm_unclipped=lambda tf: trained(tf, image(tf, 6, 3), renorm=True),
    renorm_fed=lambda tf: trained(
        tf, image(tf, 6, 3), tf.placeholder_with_default(True, []), renorm=True
    ),
    renorm_inference=lambda tf: trained(tf, image(tf, 6, 3), False, renorm=True),
    virtual_batches=lambda tf: trained(tf, image(tf, 6, 3), virtual_batch_size=2),
    virtual_batches_of_images=lambda tf: trained(tf, image(tf, 4, 2, 3, 5), virtual_batch_size=2),
    adjusted=lambda tf: trained(
        tf,
        image(tf, 6, 3),
        adjustment=lambda shape: (
            tf.random_uniform([shape[0], 1], 0.93, 1.07),
            tf.random_uniform([shape[0], 1], -0.1, 0.1),
        ),
    ),
    half=lambda tf: trained(tf, tf.cast(image(tf, 4, 3), tf.float16)),
    regularized_norm=lambda tf: (
        trained(
            tf,
            image(tf, 4, 3),
            beta_regularizer=tf.contrib.layers.l2_regularizer(0.5),
            gamma_regularizer=tf.contrib.layers.l2_regularizer(0.5),
            gamma_constraint=tf.abs,
            beta_initializer=tf.ones_initializer(),
            moving_variance_initializer=tf.constant_initializer(2.0),
        )
        + collections(tf, "regularization_losses")
    ),
    norm_of_unknown=lambda tf: [tf.layers.batch_normalization(tf.placeholder(tf.float32))],
    norm_of_unknown_channels=lambda tf: [
        tf.layers.batch_normalization(tf.placeholder(tf.float32, [2, None]))
    ],
    norm_axis=lambda tf: [tf.layers.batch_normalization(image(tf, 2, 3), axis=4)],
    norm_axes=lambda tf: [tf.layers.batch_normalization(image(tf, 2, 3), axis=[1, -1])],
    norm_axis_text=lambda tf: [tf.layers.batch_normalization(image(tf, 2, 3), axis="1")],
    norm_clipping=lambda tf: [
        tf.layers.batch_normalization(image(tf, 2, 3), renorm=True, renorm_clipping={"r": 1})
    ],
    norm_virtual=lambda tf: [tf.layers.batch_normalization(image(tf, 2, 3), virtual_batch_size=0)],
    norm_virtual_axis=lambda tf: [
        tf.layers.batch_normalization(image(tf, 2, 3), virtual_batch_size=2, axis=0)
    ],
)


@case
def norm_reused(tf):
    x = image(tf, 2, 3, 4, 5)
    layer = tf.layers.BatchNormalization(name="n")
    first, second = layer(x, training=True), layer.apply(x + 1, training=True)
    third = tf.layers.batch_normalization(x, name="n", reuse=True)
    facts_of = facts(
        tf,
        [u.name for u in layer.updates],
        [u.name for u in layer.get_updates_for(x)],
        [v.name for v in layer.trainable_weights],
        [v.name for v in layer.non_trainable_weights],
        layer.fused,
        layer.axis,
    )
    return [first, second, third] + facts_of + collections(tf, "update_ops")


@case
def norm_in_parts(tf):
    with tf.variable_scope("s", partitioner=tf.fixed_size_partitioner(2)):
        y = tf.layers.batch_normalization(image(tf, 2, 6), training=True)
    return [y] + collections(tf, "variables")
