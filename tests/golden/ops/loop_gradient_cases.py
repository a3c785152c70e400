"""Cases of gradients through while loops. See case_tools.py."""

import importlib

import numpy as np
from case_tools import Cases, fed, floats

CASES = Cases()
case, simple = CASES.case, CASES.simple


def loop(tf, body, start, n=3, **kwargs):
    """`body(i, *vars)` n times; the variables after that."""
    return tf.while_loop(
        lambda i, *_: i < n,
        lambda i, *xs: [i + 1, *listed(body(i, *xs))],
        [tf.constant(0), *start],
        **kwargs,
    )[1:]


def listed(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def control_flow_ops(tf):
    ours = tf.__name__.startswith("evergraph")
    where = "evergraph.api" if ours else "tensorflow.python.ops"
    return importlib.import_module(where + ".control_flow_ops")


def with_gradients(tf, ys, xs, **kwargs):
    return [*listed(ys), *tf.gradients(ys, xs, **kwargs)]


def matrix(tf, *shape, name="x"):
    return tf.constant(floats(*shape) / 10, name=name)


@case
def square(tf):
    x = tf.constant(2.0, name="x")
    (y,) = tf.while_loop(lambda v: v < 100.0, tf.square, [x], return_same_structure=True)
    return with_gradients(tf, y, x)


@case
def counted(tf):
    x = tf.constant(2.0)
    return with_gradients(tf, loop(tf, lambda i, v: v * v, [x]), x)


@case
def unused_variable(tf):
    x, y = tf.constant(2.0), tf.constant(3.0)
    a, b = loop(tf, lambda i, a, b: (a * b, b + 1.0), [x, y])
    return with_gradients(tf, a, [x, y])


@case
def unused_variable_of_unknown_shape(tf):
    x, feed = fed(tf, floats(2, 3), [None, 3])
    y, more = fed(tf, floats(2, 3), [None, None])
    feed.update(more)
    a, b = loop(tf, lambda i, a, b: (a * b, b + 1.0), [x, y])
    return with_gradients(tf, a, [x, y]), feed


@case
def both_results(tf):
    x, y = tf.constant(2.0), tf.constant(3.0)
    return with_gradients(tf, loop(tf, lambda i, a, b: (a * b, b + a), [x, y]), [x, y])


@case
def unconnected(tf):
    x, y = tf.constant(2.0), tf.constant(3.0)
    a, b = loop(tf, lambda i, a, b: (a * 2.0, b * b), [x, y])
    return with_gradients(tf, a, [x, y]) + tf.gradients(b, [x], unconnected_gradients="zero")


@case
def reset_in_body(tf):
    x, y = tf.constant(2.0), tf.constant(3.0)
    a, b = loop(tf, lambda i, a, b: (a * b, tf.constant(5.0)), [x, y])
    return with_gradients(tf, a, [x, y])


@case
def reset_in_body_of_unknown_shape(tf):
    x, feed = fed(tf, floats(2), [None])
    a, b = loop(tf, lambda i, a, b: (a * b, tf.ones_like(b)), [x + 1.0, x])
    return with_gradients(tf, a, [x]), feed


@case
def invariant(tf):
    w, x = matrix(tf, 3, 3, name="w"), tf.ones([2, 3])
    return with_gradients(tf, loop(tf, lambda i, v: tf.tanh(tf.matmul(v, w)), [x]), [w, x])


@case
def invariant_of_unknown_shape(tf):
    w, feed = fed(tf, floats(3, 3) / 10, [None, 3])
    x = tf.ones([2, 3])
    return with_gradients(tf, loop(tf, lambda i, v: tf.matmul(v, w), [x]), [w, x]), feed


@case
def only_invariants(tf):
    a, b = tf.constant(2.0), tf.constant(3.0)
    return with_gradients(tf, loop(tf, lambda i, x: a * b, [1.0]), [a, b])


@case
def constant_in_body(tf):
    x = tf.constant([2.0, 3.0])
    return with_gradients(tf, loop(tf, lambda i, v: v * tf.constant([4.0, 5.0]), [x]), x)


@case
def counter_in_product(tf):
    x = tf.constant(2.0)
    return with_gradients(tf, loop(tf, lambda i, v: v * tf.to_float(i + 1), [x]), x)


@case
def broadcast(tf):
    x, b = matrix(tf, 2, 3), tf.constant([1.0, 2.0, 3.0])
    return with_gradients(tf, loop(tf, lambda i, v: v * b + v, [x]), [x, b])


@case
def broadcast_of_unknown_shape(tf):
    x, feed = fed(tf, floats(2, 3), [None, 3])
    b = tf.constant([1.0, 2.0, 3.0])
    return with_gradients(tf, loop(tf, lambda i, v: v * b + v, [x]), [x, b]), feed


@case
def reductions(tf):
    x, feed = fed(tf, floats(2, 3), [None, 3])

    def body(i, v):
        return v - tf.reduce_mean(v, 0, keepdims=True) * tf.reduce_sum(v)

    return with_gradients(tf, loop(tf, body, [x], 2), x), feed


@case
def reshapes(tf):
    x, feed = fed(tf, floats(3, 3) / 10, [None, None])

    def body(i, v):
        return tf.reshape(tf.concat([v[:, 1:], v[:, :1]], 1) * tf.transpose(v), tf.shape(v))

    return with_gradients(tf, loop(tf, body, [x], 2), x), feed


@case
def growing(tf):
    x, y = tf.constant([1.0, 2.0]), tf.constant([3.0])
    out = loop(
        tf,
        lambda i, v: tf.concat([v, v * y], 0),
        [x],
        shape_invariants=[tf.TensorShape([]), tf.TensorShape([None])],
    )
    return with_gradients(tf, out, [x, y])


@case
def reference_variable(tf):
    v = tf.get_variable("v", [2, 2], initializer=tf.ones_initializer())
    x = tf.ones([1, 2])
    return with_gradients(tf, loop(tf, lambda i, x: tf.matmul(x, v), [x]), [v, x])


@case
def resource_variable(tf):
    v = tf.get_variable("v", [2, 2], use_resource=True, initializer=tf.ones_initializer())
    x = tf.ones([1, 2])
    return with_gradients(tf, loop(tf, lambda i, x: tf.matmul(x, v), [x]), [v, x])


@case
def trained(tf):
    x = tf.constant(floats(2, 3))
    out = loop(
        tf,
        lambda i, x: tf.layers.dense(x, 3, tf.sigmoid, kernel_initializer=tf.ones_initializer()),
        [x],
    )
    loss = tf.reduce_sum(tf.square(out[0]))
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    with tf.control_dependencies([train]):
        return [loss, tf.identity(loss)]


# --------------------------------------------------------------- embeddings
@case
def gathered(tf):
    table = matrix(tf, 4, 2)
    return with_gradients(
        tf,
        loop(tf, lambda i, v: v + tf.reduce_sum(tf.gather(table, [i, 0]), 0), [tf.zeros([2])]),
        table,
    )


@case
def gathered_from_unknown_shape(tf):
    table, feed = fed(tf, floats(4, 2), [None, 2])
    start = tf.zeros([2])
    out = loop(tf, lambda i, v: v + tf.reduce_sum(tf.gather(table, [i, 0]), 0), [start])
    return with_gradients(tf, out, table), feed


@case
def gathered_from_resource(tf):
    table = tf.get_variable("t", [4, 2], use_resource=True, initializer=tf.ones_initializer())
    start = tf.zeros([2])
    out = loop(tf, lambda i, v: v + tf.reduce_sum(tf.gather(table, [i, 0]), 0), [start])
    return with_gradients(tf, out, table)


@case
def looked_up_in_nested_loops(tf):
    table = tf.get_variable("t", [4, 2], initializer=tf.ones_initializer())

    def inner(j, v):
        return v * tf.reduce_sum(tf.nn.embedding_lookup(table, [j, 0]), 0)

    out = loop(tf, lambda i, v: loop(tf, inner, [v], 2), [tf.ones([2])], 2)
    return with_gradients(tf, out, table)


@case
def slices_as_grad_ys(tf):
    x = matrix(tf, 4, 2)
    out = loop(tf, lambda i, v: v * 2.0, [x])
    grad = tf.IndexedSlices(tf.ones([1, 2]), tf.constant([2]), tf.constant([4, 2]))
    return with_gradients(tf, out, x, grad_ys=[grad])


# --------------------------------------------------------------- arguments
simple(
    no_back_prop=lambda tf: with_gradients(
        tf, loop(tf, lambda i, v: v * v, [tf.constant(2.0, name="x")], back_prop=False), []
    ),
    swapped=lambda tf: (
        lambda x: with_gradients(tf, loop(tf, lambda i, v: v * v, [x], swap_memory=True), x)
    )(tf.constant(2.0)),
    one_at_a_time=lambda tf: (
        lambda x: with_gradients(tf, loop(tf, lambda i, v: v * v, [x], parallel_iterations=1), x)
    )(tf.constant(2.0)),
    colocated=lambda tf: (
        lambda x: with_gradients(
            tf, loop(tf, lambda i, v: v * v, [x]), x, colocate_gradients_with_ops=True
        )
    )(tf.constant(2.0)),
    gated=lambda tf: (
        lambda x, y: with_gradients(
            tf, loop(tf, lambda i, v: v * y, [x]), [x, y], gate_gradients=True
        )
    )(tf.constant(2.0), tf.constant(3.0)),
    stopped=lambda tf: (
        lambda x, y: with_gradients(
            tf, loop(tf, lambda i, v: v * y, [x]), [x, y], stop_gradients=[y]
        )
    )(tf.constant(2.0), tf.constant(3.0) * 2.0),
)


@case
def no_back_prop_of_x(tf):
    x = tf.constant(2.0)
    out = loop(tf, lambda i, v: v * v, [x], back_prop=False)
    return with_gradients(tf, out[0] + x, x)


@case
def bounded(tf):
    x = tf.constant(2.0)
    out = tf.while_loop(
        lambda i, v: i < 10, lambda i, v: [i + 1, v * v], [tf.constant(0), x], maximum_iterations=2
    )
    return with_gradients(tf, out[1], x)


@case
def in_a_device(tf):
    with tf.device("/cpu:0"):
        x = tf.constant(2.0)
        out = loop(tf, lambda i, v: v * v, [x])
    return with_gradients(tf, out, x)


@case
def after_something(tf):
    x = tf.constant(2.0)
    with tf.control_dependencies([tf.constant(1.0, name="before")]):
        out = loop(tf, lambda i, v: v * v, [x])
        return with_gradients(tf, out, x)


@case
def twice(tf):
    x = tf.constant(2.0)
    out = loop(tf, lambda i, v: v * v, [x])
    return with_gradients(tf, out, x) + tf.gradients(out, x, name="again")


@case
def two_loops(tf):
    x, w = tf.constant(2.0), tf.constant(0.5)
    first = loop(tf, lambda i, v: v * v * w, [x], 2)
    return with_gradients(tf, loop(tf, lambda i, v: v * w + v, first, 2), [x, w])


# --------------------------------------------------------------- nested
@case
def nested(tf):
    x, w = tf.constant(1.5), tf.constant(2.0)
    out = loop(tf, lambda i, v: loop(tf, lambda j, u: u * w + u * u, [v], 2), [x], 2)
    return with_gradients(tf, out, [x, w])


@case
def nested_with_outer_values(tf):
    x = tf.constant(1.5)

    def body(i, v):
        k = v * v
        return loop(tf, lambda j, u: u * k * tf.to_float(i + 1), [v], 2)

    return with_gradients(tf, loop(tf, body, [x], 2), x)


@case
def nested_of_unknown_shape(tf):
    x, feed = fed(tf, floats(2) / 4, None)
    w, more = fed(tf, floats(2) / 4, None)
    feed.update(more)

    def body(i, v):
        a, b = loop(tf, lambda j, a, b: (a * b + w, b * a), [v, v + 1.0], 2)
        return a

    return with_gradients(tf, loop(tf, body, [x], 2), [x, w]), feed


@case
def nested_thrice(tf):
    x = tf.constant(1.5)

    def deepest(k, u):
        return u * u * tf.to_float(k)

    def inner(j, u):
        return loop(tf, deepest, [u + 0.1], 2)

    out = loop(tf, lambda i, v: loop(tf, inner, [v], 2), [x], 2)
    return with_gradients(tf, out, x)


@case
def nested_serial(tf):
    x = tf.constant(1.5)

    def body(i, v):
        (a,) = loop(tf, lambda j, u: u * u, [v], 2, parallel_iterations=1)
        return loop(tf, lambda j, u: u + v * a, [a], 2)

    return with_gradients(tf, loop(tf, body, [x], 2), x)


# --------------------------------------------------------------- conds
@case
def cond_inside(tf):
    x, w = tf.constant(1.5), tf.constant(3.0)
    out = loop(tf, lambda i, v: tf.cond(tf.equal(i % 2, 0), lambda: v * w, lambda: v * v), [x], 4)
    return with_gradients(tf, out, [x, w])


@case
def cond_inside_of_unknown_shape(tf):
    x, feed = fed(tf, floats(2), None)
    y, more = fed(tf, floats(2), [None])
    feed.update(more)

    def body(i, v):
        u = v * 2.0
        return tf.cond(i < 1, lambda: v * y, lambda: u * u)

    return with_gradients(tf, loop(tf, body, [x], 3), [x, y]), feed


@case
def cond_inside_one_sided(tf):
    x = tf.constant([1.5, 2.0])

    def body(i, v):
        return tf.cond(i < 1, lambda: v * v, lambda: tf.constant([1.0, 2.0]) * tf.to_float(i))

    return with_gradients(tf, loop(tf, body, [x], 2), x)


@case
def conds_inside(tf):
    x, w = tf.constant(1.5), tf.constant(3.0)

    def body(i, v):
        return tf.cond(
            i < 2,
            lambda: tf.cond(i < 1, lambda: v * v, lambda: v * w * w),
            lambda: tf.sin(v) * v,
        )

    return with_gradients(tf, loop(tf, body, [x], 3), [x, w])


@case
def cond_inside_with_resource(tf):
    v = tf.get_variable("v", [2], use_resource=True, initializer=tf.ones_initializer())
    x = tf.constant([1.0, 2.0])
    out = loop(tf, lambda i, u: tf.cond(i < 1, lambda: u * v, lambda: u), [x], 3)
    return with_gradients(tf, out, [v, x])


@case
def loop_inside_cond(tf):
    p, feed = fed(tf, True)
    x = tf.constant(1.5)
    out = tf.cond(p, lambda: loop(tf, lambda i, v: v * v, [x])[0], lambda: x * 3.0)
    return with_gradients(tf, out, x), feed


@case
def loop_inside_cond_of_unknown_shape(tf):
    p, feed = fed(tf, True)
    x, more = fed(tf, floats(2), None)
    feed.update(more)
    out = tf.cond(p, lambda: loop(tf, lambda i, v: v * x, [x * 2.0])[0], lambda: x * 3.0)
    return with_gradients(tf, out, x), feed


@case
def loop_inside_cond_inside_loop(tf):
    x = tf.constant(1.5)

    def body(i, v):
        return tf.cond(i < 1, lambda: loop(tf, lambda j, u: u * v, [v], 2)[0], lambda: v * 2.0)

    return with_gradients(tf, loop(tf, body, [x], 2), x)


# --------------------------------------------------------------- inside of a loop
@case
def gradient_inside(tf):
    x, w = tf.constant(1.5), tf.constant(2.0)

    def body(i, v):
        return v - 0.1 * tf.gradients(v * v * w, [v])[0]

    return list(loop(tf, body, [x]))


@case
def gradient_inside_of_invariant(tf):
    w = tf.constant(2.0)

    def body(i, v):
        return v - tf.gradients(v * v * w, [w])[0]

    return list(loop(tf, body, [tf.constant(0.1)]))


@case
def gradient_inside_through_inner_loop(tf):
    w = tf.constant(0.5)

    def body(i, v):
        y = loop(tf, lambda j, u: u * u * w, [v], 2)
        return v - 0.1 * tf.gradients(y, [v])[0]

    return list(loop(tf, body, [tf.constant(1.5)], 2))


@case
def gradient_of_gradient_inside(tf):
    x = tf.constant(1.5)

    def body(i, v):
        return tf.gradients(v * v * v, [v])[0]

    return with_gradients(tf, loop(tf, body, [x], 2), x)


@case
def second_order_beside_loop(tf):
    x = tf.constant(1.5)
    y = loop(tf, lambda i, v: v * 2.0, [x])[0] * x
    return with_gradients(tf, y, x)


@case
def switch_outside_of_conds(tf):
    x = tf.constant([1.5, 2.0])

    def body(i, v):
        rows = tf.dynamic_partition(v, [0, 1], 2)
        return tf.concat([rows[1] * 2.0, rows[0]], 0)

    out = loop(tf, body, [x], shape_invariants=[tf.TensorShape([]), tf.TensorShape([None])])
    return with_gradients(tf, out, x)


@case
def array_written(tf):
    x = tf.constant(2.0)
    a = tf.TensorArray(tf.float32, 3)
    v, a = loop(tf, lambda i, v, a: (v * v, a.write(i, v)), [x, a])
    return with_gradients(tf, a.stack(), x)


@case
def array_read(tf):
    x = tf.constant([2.0, 3.0, 4.0])
    a = tf.TensorArray(tf.float32, 3).unstack(x)
    return with_gradients(tf, loop(tf, lambda i, v: v * a.read(i), [tf.constant(1.0)]), x)


@case
def custom_gradient(tf):
    @tf.custom_gradient
    def clipped(x):
        return x * x, lambda dy: tf.clip_by_value(dy * x, -1.0, 1.0)

    x = tf.constant(1.5)
    return with_gradients(tf, loop(tf, lambda i, v: clipped(v), [x], 2), x)


@case
def types(tf):
    x, y = tf.constant(2.0, tf.float64), tf.constant(np.float16(0.5))
    out = loop(tf, lambda i, a, b: (a * a, b * b), [x, y], 2)
    return with_gradients(tf, out[0] + tf.cast(out[1], tf.float64), [x, y])


# --------------------------------------------------------------- hessians
@case
def hessian(tf):
    m, x = tf.constant(floats(3, 3) / 10), tf.constant(floats(3))
    return tf.hessians(tf.reduce_sum(x[:, None] * m * x * x), x)


@case
def hessian_of_matrix(tf):
    x = tf.constant(floats(2, 3))
    return tf.hessians(tf.reduce_sum(x * x * x), [x])


@case
def hessian_of_several(tf):
    x, y = tf.constant(floats(2)), tf.constant(3.0)
    return tf.hessians([tf.sin(x) * y * y, x * x], [x, y], name="h")


@case
def hessian_of_unknown_shape(tf):
    x, feed = fed(tf, floats(3), [None])
    return tf.hessians(tf.reduce_prod(x), x), feed


@case
def hessian_with_arguments(tf):
    x = tf.constant(floats(2))
    with tf.device("/cpu:0"):
        y = x * x * x + x * x
    method = tf.AggregationMethod.EXPERIMENTAL_TREE
    return tf.hessians(
        y, x, colocate_gradients_with_ops=True, gate_gradients=True, aggregation_method=method
    )


simple(
    error_hessian_unconnected=lambda tf: tf.hessians(tf.constant(1.0), tf.constant(2.0)),
    error_hessian_linear=lambda tf: (lambda x: tf.hessians(x * 2.0, x))(tf.constant(2.0)),
)


# --------------------------------------------------------------- errors
@case
def second_order(tf):
    x = tf.constant(2.0)
    y = loop(tf, lambda i, v: v * v, [x])
    # None: what is popped from a stack depends on nothing.
    return tf.gradients(tf.gradients(y, x), x)


@case
def error_second_order(tf):
    x, w = tf.constant(2.0), tf.constant(3.0)
    y = loop(tf, lambda i, v: v * w, [x])
    return tf.gradients(tf.gradients(y, x), w)


@case
def error_second_order_of_result(tf):
    x = tf.constant(2.0)
    (y,) = loop(tf, lambda i, v: v * v, [x])
    return tf.gradients(tf.gradients(y * y, x), x)


@case
def error_second_order_nested(tf):
    x = tf.constant(2.0)

    def body(i, v):
        (u,) = loop(tf, lambda j, u: u * x, [v])
        return tf.gradients(u, v)[0]

    return tf.gradients(loop(tf, body, [x]), x)


@case
def looked_up_in_cond(tf):
    table = tf.get_variable("t", [4, 2], initializer=tf.ones_initializer())

    def body(i, v):
        def rows():
            return tf.reduce_sum(tf.nn.embedding_lookup(table, [i, 0]), 0)

        return v + tf.cond(i < 2, rows, lambda: v)

    return with_gradients(tf, loop(tf, body, [tf.ones([2])]), table)


@case
def momentum_of_embedding(tf):
    table = tf.get_variable("t", [4, 2], initializer=tf.ones_initializer())
    start = tf.zeros([2])
    out = loop(tf, lambda i, v: v + tf.reduce_sum(tf.nn.embedding_lookup(table, [i]), 0), [start])
    train = tf.train.MomentumOptimizer(0.1, 0.9).minimize(tf.reduce_sum(out[0]))
    with tf.control_dependencies([train]):
        return [tf.identity(table.read_value())]


@case
def lstm_like(tf):
    x, feed = fed(tf, floats(3, 2, 2) / 10, [None, None, 2])
    w = tf.get_variable("w", [4, 8], initializer=tf.constant_initializer(0.1))
    steps = tf.shape(x)[0]
    rows = tf.TensorArray(tf.float32, steps).unstack(x)
    zero = tf.zeros([tf.shape(x)[1], 2])
    zero.set_shape([None, 2])

    def body(i, c, h, out):
        i1, j, f, o = tf.split(tf.matmul(tf.concat([rows.read(i), h], 1), w), 4, 1)
        c = c * tf.sigmoid(f + 1.0) + tf.sigmoid(i1) * tf.tanh(j)
        h = tf.tanh(c) * tf.sigmoid(o)
        return i + 1, c, h, out.write(i, h)

    result = tf.while_loop(
        lambda i, *_: i < steps,
        body,
        (0, zero, zero, tf.TensorArray(tf.float32, steps)),
        parallel_iterations=32,
        swap_memory=True,
    )
    return with_gradients(tf, result[3].stack(), [x, w]), feed


@case
def error_through_initial_value(tf):
    x = tf.constant(2.0)
    return loop(tf, lambda i, v: tf.gradients(v * v, x)[0], [x])


@case
def error_wrt_counter_start(tf):
    x, y = tf.constant(2.0), tf.constant(1.0)
    return loop(tf, lambda i, v: tf.gradients(v * y, [y, x])[0], [x])


@case
def error_from_outside_into_loop(tf):
    seen = []
    x = tf.constant(2.0)

    def body(i, v):
        seen.append(v * v)
        return v * v

    y = loop(tf, body, [x])
    return tf.gradients(y, seen[0])


@case
def error_of_inner_tensor(tf):
    seen = []
    x = tf.constant(2.0)

    def body(i, v):
        seen.append(v * v)
        return v * v

    loop(tf, body, [x])
    return tf.gradients(seen[0], x)


@case
def error_no_gradient(tf):
    x = tf.constant([2.0, 1.0])
    return tf.gradients(
        loop(
            tf,
            lambda i, v: tf.unique(v)[0],
            [x],
            shape_invariants=[tf.TensorShape([]), tf.TensorShape([None])],
        ),
        x,
    )


@case
def error_compiled_without_bound(tf):
    x = tf.constant(2.0)
    context = control_flow_ops(tf).XLAControlFlowContext()
    context.Enter()
    y = loop(tf, lambda i, v: v * v, [x])
    result = tf.gradients(y, x)
    context.Exit()
    return result


@case
def compiled(tf):
    x = tf.constant(2.0)
    context = control_flow_ops(tf).XLAControlFlowContext()
    context.Enter()
    y = loop(tf, lambda i, v: v * v, [x], maximum_iterations=4)
    result = tf.gradients(y, x)
    context.Exit()
    return result, None
