"""Programs that build graphs of conds and gradients; run under TensorFlow 1.15 and under evergraph.

Each takes the module and returns the errors that it met, as [class, first line].
"""


def complaints(functions):
    met = []
    for function in functions:
        try:
            met.append([None, str(function())])
        except Exception as error:
            met.append([type(error).__name__, str(error).split("\n")[0]])
    return met


def conds(tf):
    x, y = tf.constant(2.0), tf.constant(5.0)
    low = tf.cond(tf.less(x, y), lambda: tf.multiply(x, 17.0), lambda: tf.add(y, 23.0))
    nest = tf.cond(x < y, lambda: [x, (y * 2.0, x)], lambda: [y, (x + 1.0, y)], name="foo")

    def inner():
        return tf.cond(y < x, lambda: x * y, lambda: tf.constant(3.0) + low)

    tf.cond(x < y, inner, lambda: x)
    tf.cond(x < y, lambda: [x], lambda: [y], strict=True)
    tf.cond(x < y, fn1=lambda: x, fn2=lambda: y)
    tf.case([(x < y, lambda: x), (x > y, lambda: y)], exclusive=True)
    tf.case([(x < y, lambda: x), (x > y, lambda: y)], default=lambda: x + y)
    tf.Assert(x < y, [x, y])
    tf.Assert(x < y, ["a"], summarize=2)
    tf.cond(x < y, tf.no_op, lambda: tf.group(x, y))
    tf.tuple([x, None, nest[0]])
    slices = tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([0]), tf.constant([3, 1]))
    other = tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([0], tf.int64), tf.constant([3, 1]))
    tf.cond(x < y, lambda: slices, lambda: other)
    sparse = tf.SparseTensor([[0, 1]], [1.0], [2, 2])
    tf.cond(x < y, lambda: sparse, lambda: sparse)
    with tf.device("/cpu:0"), tf.control_dependencies([low]):
        tf.cond(x < y, lambda: x, lambda: tf.constant(0.0), name="placed")
    return complaints(
        [
            lambda: tf.cond(x < y, lambda: x, lambda: [x, y]),
            lambda: tf.cond(True, lambda: x, lambda: y),
            lambda: tf.cond(x < y, lambda: None, lambda: x),
            lambda: tf.cond(x < y, lambda: x, lambda: None),
            lambda: tf.cond(x < y, lambda: x, lambda: tf.constant(1)),
            lambda: tf.cond(x < y, lambda: [], lambda: []),
            lambda: tf.cond(x < y, x, lambda: x),
            lambda: tf.cond(x < y, lambda: x),
            lambda: tf.cond(x < y, lambda: x, lambda: x, fn1=lambda: x),
            lambda: tf.case(1),
            lambda: tf.case([1]),
            lambda: tf.case([(x, lambda: x)]),
            lambda: tf.case([(x < y, x)]) and None,
            lambda: tf.tuple([None]),
            lambda: tf.group(1),
            lambda: tf.group(x, nme="a"),
        ]
    )


def gradients(tf):
    x, w = tf.constant([[2.0, 3.0]]), tf.constant([[1.0], [4.0]])
    p, q = tf.placeholder(tf.float32, [None, 2]), tf.placeholder(tf.float32)
    y = tf.matmul(x, w) + tf.reduce_sum(p * x) + q * tf.reduce_mean(x)
    z = tf.reduce_mean(tf.square(tf.sin(x) * x) + x)
    tree = tf.AggregationMethod.EXPERIMENTAL_TREE
    accumulate = tf.AggregationMethod.EXPERIMENTAL_ACCUMULATE_N
    tf.gradients(y, [x, w, p, q])
    tf.gradients([y, z], [x, w], colocate_gradients_with_ops=True, name="g2")
    tf.gradients(z, x, gate_gradients=True)
    tf.gradients(z, [x, w], aggregation_method=tree, unconnected_gradients="zero")
    tf.gradients(z + tf.reduce_sum(x) + tf.reduce_sum(x * x), [x], aggregation_method=accumulate)
    tf.gradients(z, x, stop_gradients=[z.op.inputs[0]])
    tf.gradients(z, x, grad_ys=tf.constant(2.0))
    one, two = tf.gather(w, [0, 1, 0]), tf.gather(w, [1, 0])
    tf.gradients(one, w)
    tf.gradients([one, two], w)
    tf.convert_to_tensor(tf.gradients([one], w)[0])
    tf.gradients([one, two, tf.reduce_sum(w * 2)], w)
    tf.gradients(tf.split(x, 2, axis=1)[0] * 3.0, x)
    tf.gradients(tf.stop_gradient(x) * x, x)
    with tf.device("/cpu:0"):
        far = tf.reduce_sum(x) * 2.0
    with tf.device("/gpu:0"):
        far += tf.reduce_sum(x * 3.0)
    tf.gradients(far, x, colocate_gradients_with_ops=True)
    return complaints(
        [
            lambda: tf.gradients(tf.floor(x), [x]),
            lambda: tf.gradients(x, [1.0]),
            lambda: tf.gradients(tf.constant("a"), x),
            lambda: tf.gradients(tf.complex(x, x), x),
            lambda: tf.gradients(x, x, unconnected_gradients="nonsense"),
            lambda: tf.gradients(x, x, grad_ys=[1.0, 2.0]),
            lambda: tf.gradients(x, x, grad_ys=tf.constant("a")),
            lambda: tf.gradients(z, x, aggregation_method=7),
            lambda: tf.gradients(tf.unique(tf.reshape(x, [-1]))[0], x),
        ]
    )


def cond_gradients(tf):
    x, w = tf.constant([[2.0, 3.0]]), tf.constant([[1.0], [4.0]])
    p, q = tf.placeholder(tf.float32, [None, 2]), tf.placeholder(tf.float32)
    c = tf.cond(tf.reduce_sum(x) > 3.0, lambda: x * 2.0, lambda: w * tf.reduce_sum(x))
    tf.gradients(c, [x, w])
    c = tf.cond(
        tf.reduce_sum(x) > 3.0,
        lambda: p * 2.0,
        lambda: tf.cond(q > 0.0, lambda: p * q, lambda: p),
    )
    tf.gradients(c, [p, q])
    c = tf.case([(q > 0.0, lambda: p * x), (q < 0.0, lambda: p * q)], default=lambda: p)
    tf.gradients(c, [p, q, x])
    c = tf.cond(q > 0.0, lambda: tf.gradients(p * p, p)[0], lambda: p)
    tf.gradients(c, p)
    c = tf.cond(q > 0.0, lambda: tf.gather(w, [0]), lambda: tf.gather(w, [1]))
    tf.gradients(c, w)
    return []


def variables(tf):
    v = tf.get_variable("v", initializer=[1.0, 2.0])
    r = tf.get_variable("r", initializer=[1.0, 2.0], use_resource=True)
    p = tf.placeholder(tf.bool, [])
    tf.gradients(tf.cond(p, lambda: v * r, lambda: v + 1.0), [v, r])
    tf.gradients(tf.cond(p, lambda: tf.gather(r, [1]), lambda: tf.gather(v, [0])), [v, r])
    tf.cond(p, lambda: tf.assign_add(v, [1.0, 1.0]), lambda: tf.identity(v))
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    loss = tf.reduce_sum(v * v) + tf.reduce_sum(r)
    tf.cond(p, lambda: optimizer.minimize(loss), lambda: tf.no_op())
    tf.gradients(tf.constant(1.0), [r, v], unconnected_gradients="zero")
    return []


PROGRAMS = {
    "conds": conds,
    "gradients": gradients,
    "cond_gradients": cond_gradients,
    "variables": variables,
}
