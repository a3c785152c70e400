"""Graphs rewritten by tf.contrib.quantize."""

import numpy as np

CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


def image(tf, channels=2):
    values = np.sin(np.arange(2 * 5 * 4 * channels)).astype(np.float32)
    return tf.constant(values.reshape(2, 5, 4, channels), name="image")


def arguments(tf, is_training, fused=True, scale=True):
    return {
        "weights_initializer": tf.constant_initializer(0.3),
        "normalizer_fn": tf.contrib.layers.batch_norm,
        "normalizer_params": {
            "is_training": is_training,
            "fused": fused,
            "scale": scale,
            "decay": 0.9,
        },
    }


def after(tf, tensor):
    """What comes after a layer that is rewritten."""
    return tf.identity(tensor, name="after")


def layers(tf, is_training, fused=True, activation=None, scale=True, kind="conv"):
    slim = tf.contrib.slim
    more = arguments(tf, is_training, fused, scale)
    activation = activation or tf.nn.relu6
    if kind == "conv":
        x = slim.conv2d(image(tf), 3, [2, 2], activation_fn=activation, scope="net/conv", **more)
    elif kind == "depthwise":
        x = slim.separable_conv2d(
            image(tf), None, [2, 2], 1, activation_fn=activation, scope="net/dw", **more
        )
    elif kind == "separable":
        x = slim.separable_conv2d(
            image(tf), 3, [2, 2], 1, activation_fn=activation, scope="net/sep", **more
        )
    elif kind == "atrous":
        x = slim.conv2d(
            image(tf), 3, [2, 2], rate=2, activation_fn=activation, scope="net/conv", **more
        )
    else:
        x = slim.fully_connected(
            tf.reshape(image(tf), [2, 40]), 3, activation_fn=activation, scope="net/fc", **more
        )
    return after(tf, x)


def trained(tf, x, **options):
    """The tensor and a gradient, in a graph rewritten for training."""
    quantize = tf.contrib.quantize
    if options:
        quantize.experimental_create_training_graph(**options)
    else:
        quantize.create_training_graph()
    loss = tf.reduce_sum(x * x, name="loss")
    grads = tf.gradients(loss, tf.trainable_variables())
    return [x, loss] + [g for g in grads if g is not None]


for _kind in ("conv", "depthwise", "separable", "atrous", "dense"):
    CASES["trained_" + _kind] = lambda tf, kind=_kind: trained(tf, layers(tf, True, kind=kind))

    def _evaluated(tf, kind=_kind):
        x = layers(tf, False, kind=kind)
        tf.contrib.quantize.create_eval_graph()
        return [x]

    CASES["evaluated_" + _kind] = _evaluated


@case
def unscaled(tf):
    return trained(tf, layers(tf, True, scale=False))


@case
def unfused_depthwise(tf):
    return trained(tf, layers(tf, True, fused=False, kind="depthwise"))


@case
def unfused(tf):
    return trained(tf, layers(tf, True, fused=False))


@case
def unfused_unscaled(tf):
    return trained(tf, layers(tf, True, fused=False, scale=False, activation=tf.nn.relu))


@case
def delayed(tf):
    return trained(tf, layers(tf, True), quant_delay=2)


@case
def frozen(tf):
    return trained(tf, layers(tf, True), freeze_bn_delay=3, quant_delay=1)


@case
def symmetric(tf):
    return trained(tf, layers(tf, True), symmetric=True, weight_bits=4, activation_bits=5)


@case
def symmetric_evaluated(tf):
    x = layers(tf, False)
    tf.contrib.quantize.experimental_create_eval_graph(
        symmetric=True, weight_bits=4, activation_bits=5, quant_delay=4
    )
    return [x]


@case
def scope(tf):
    slim = tf.contrib.slim
    ones = tf.constant_initializer(0.2)
    x = slim.conv2d(image(tf), 3, [2, 2], scope="one/conv", weights_initializer=ones)
    x = slim.conv2d(x, 3, [2, 2], scope="two/conv", weights_initializer=ones)
    return trained(tf, after(tf, x), scope="two")


@case
def other_scope(tf):
    return trained(tf, layers(tf, True), scope="other")


@case
def biased(tf):
    slim = tf.contrib.slim
    ones = tf.constant_initializer(0.2)
    x = slim.conv2d(image(tf), 3, [2, 2], scope="conv", weights_initializer=ones)
    x = slim.max_pool2d(x, [2, 2])
    x = slim.fully_connected(
        slim.flatten(x), 2, activation_fn=None, scope="fc", weights_initializer=ones
    )
    return trained(tf, x)


@case
def bypass(tf):
    slim = tf.contrib.slim
    x = image(tf)
    more = arguments(tf, True)
    y = slim.conv2d(x, 2, [2, 2], activation_fn=None, scope="net/conv", **more)
    y = tf.nn.relu(tf.add(y, x, name="net/add"), name="net/relu")
    return trained(tf, after(tf, y))


@case
def bypass_after(tf):
    slim = tf.contrib.slim
    x = image(tf)
    y = slim.conv2d(x, 2, [2, 2], scope="net/conv", **arguments(tf, True))
    y = tf.add(x, y, name="net/add")
    z = slim.conv2d(y, 2, [1, 1], scope="net/more", **arguments(tf, True))
    return trained(tf, after(tf, tf.multiply(y, z, name="times")))


@case
def without_activation(tf):
    slim = tf.contrib.slim
    x = slim.conv2d(
        image(tf), 2, [2, 2], activation_fn=None, scope="a", biases_initializer=None,
        weights_initializer=tf.constant_initializer(0.2),
    )  # fmt: skip
    x = slim.conv2d(x, 2, [2, 2], scope="b", weights_initializer=tf.constant_initializer(0.2))
    return trained(tf, after(tf, x))


@case
def keras_layers(tf):
    ones = tf.constant_initializer(0.2)
    x = tf.layers.conv2d(image(tf), 3, 2, kernel_initializer=ones, name="conv")
    x = tf.nn.relu(tf.layers.batch_normalization(x, fused=True, name="norm"))
    x = tf.layers.dense(x, 2, activation=tf.nn.relu, kernel_initializer=ones, name="dense")
    tf.contrib.quantize.create_eval_graph()
    return [after(tf, x)]


@case
def resource_variables(tf):
    with tf.variable_scope("all", use_resource=True):
        return trained(tf, layers(tf, True))


@case
def another_graph(tf):
    graph = tf.Graph()
    with graph.as_default():
        layers(tf, True)
    tf.contrib.quantize.create_training_graph(graph)
    return [tf.constant([op.name for op in graph.get_operations()])]


@case
def too_late(tf):
    x = layers(tf, True)
    tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(x))
    tf.contrib.quantize.create_training_graph()
    return [x]


@case
def too_late_for_adam(tf):
    x = layers(tf, True)
    tf.train.AdamOptimizer(0.1).minimize(tf.reduce_sum(x))
    tf.contrib.quantize.create_eval_graph()
    return [x]
