"""tf.contrib.layers: reversible blocks, and functions computed again for their gradients."""

import functools

from case_tools import Cases, floats, waves

CASES = Cases()
case, simple = CASES.case, CASES.simple


def dense(tf, size=3, **options):
    start = tf.constant_initializer(waves(size, size))
    return lambda x: tf.layers.dense(x, size, kernel_initializer=start, **options)


def plain(tf):
    return lambda x: tf.tanh(x) * 0.5


def halves(tf):
    return tf.split(tf.constant(waves(4, 6)), 2, axis=-1)


@case
def block(tf):
    xs = halves(tf)
    # One variable: the order in which TensorFlow reads several hangs on addresses.
    y = tf.contrib.layers.rev_block(xs[0], xs[1], dense(tf, use_bias=False), plain(tf), 1)
    return [*y, tf.constant([v.name for v in tf.global_variables()])]


@case
def block_without_recomputation(tf):
    xs = halves(tf)
    functions = [dense(tf), dense(tf, activation=tf.nn.relu)]
    y = tf.contrib.layers.rev_block(
        xs[0], xs[1], functions, dense(tf), num_layers=2, is_training=False
    )
    return [*y, *tf.gradients(y, list(xs)), tf.constant([v.name for v in tf.global_variables()])]


@case
def gradients_by_side_inputs(tf):
    xs = halves(tf)
    f_side = [tf.constant(waves(4, 3)), tf.constant(waves(4, 3) + 1)]
    g_side = [tf.constant(waves(4, 3) * 2)]

    def f(x, side):
        return tf.nn.relu(x * side[0]) + side[1] * 0.5

    def g(x, side):
        shift = tf.get_variable("shift", [3], initializer=tf.ones_initializer())
        return tf.tanh(x * side[0]) + shift

    y = tf.contrib.layers.rev_block(
        xs[0], xs[1], f, g, num_layers=1, f_side_input=f_side, g_side_input=g_side
    )
    return tf.gradients(y, [*xs, *f_side, *g_side, *tf.trainable_variables()])


@case
def block_of_layers(tf):
    functions = [dense(tf, use_bias=False), plain(tf)]
    layer = tf.contrib.layers.RevBlock(functions, plain(tf), num_layers=2)
    y = layer.forward(*halves(tf))
    x = layer.backward(*y)
    names = [[v.name for v in vs] for vs in (layer.trainable_weights, layer.non_trainable_weights)]
    return [*y, *x, tf.constant(str(names)), *tf.gradients(y, tf.trainable_variables())]


@case
def reused_block(tf):
    for reuse in (False, True):
        with tf.variable_scope("above", reuse=reuse):
            y = tf.contrib.layers.rev_block(
                *halves(tf), dense(tf), dense(tf), num_layers=2, is_training=False
            )
    return [*y, tf.constant([v.name for v in tf.global_variables()])]


@case
def wrong_number_of_functions(tf):
    functions = [dense(tf)] * 2
    return tf.contrib.layers.rev_block(*halves(tf), functions, functions[0], num_layers=3)


def recomputed(tf, **options):
    decorate = tf.contrib.layers.recompute_grad
    seen = []

    def layer(x, y, is_recomputing=False):
        seen.append(is_recomputing)
        weights = tf.get_variable("w", [6], initializer=tf.constant_initializer(waves(6)))
        return tf.nn.relu(x * weights) * y, tf.exp(x)

    layer = decorate(**options)(layer) if options else decorate(layer)
    # No zeros, for TensorFlow takes the tiny number that is added to them for none.
    x, y = tf.constant(waves(4, 6) + 0.0625), tf.constant(waves(1, 6))
    with tf.variable_scope("one", use_resource=True):
        found = layer(x, y)
    grads = tf.gradients(found, [x, y, *tf.trainable_variables()])
    return [*found, *grads, tf.constant(seen)]


simple(
    recomputed=recomputed,
    recomputed_by_data=functools.partial(recomputed, use_data_dep=True),
    recomputed_gated=functools.partial(recomputed, tupleize_grads=True),
    recomputed_gated_by_data=functools.partial(recomputed, use_data_dep=True, tupleize_grads=True),
)


@case
def recomputed_without_variables(tf):
    @tf.contrib.layers.recompute_grad
    def layer(*xs):
        return tf.reduce_sum(tf.concat(xs, -1), axis=1, keepdims=True)

    x = tf.constant(floats(3, 2))
    y = layer(x, tf.sqrt(x))
    return [y, *tf.gradients(y * y, x)]


@case
def recomputed_with_defaults(tf):
    """Defaults in force at the first computation are in force at the second."""
    layers = tf.contrib.layers

    @layers.recompute_grad
    def layer(x):
        return layers.fully_connected(x, 2, scope="inner")

    x = tf.constant(waves(4, 3))
    with tf.contrib.framework.arg_scope(
        [layers.fully_connected], activation_fn=tf.tanh, weights_initializer=tf.ones_initializer()
    ):
        with tf.variable_scope("outer", use_resource=True):
            y = layer(x)
    return [y, *tf.gradients(y, x)]


@case
def recomputed_twice_in_a_scope(tf):
    @tf.contrib.layers.recompute_grad
    def layer(x):
        return tf.layers.dense(x, 2)

    with tf.variable_scope("layer", use_resource=True):
        x = tf.constant(floats(2, 4))
        y = layer(x) + layer(x)
    return tf.gradients(y, [x, *tf.trainable_variables()])


@case
def recomputed_with_a_tensor_around(tf):
    z = tf.constant(floats(3), name="around")

    @tf.contrib.layers.recompute_grad
    def layer(x):
        return x * z

    return layer(z)


simple(
    recomputed_of_no_tensor=lambda tf: tf.contrib.layers.recompute_grad(lambda x: x)(3.0),
)
