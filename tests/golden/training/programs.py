"""Small programs of variables, scopes and optimizers: run under TensorFlow 1.15 and under
evergraph.

Each builds a graph with the module `tf` it is given and returns what to fetch, in turn, after the
variables were initialized.
"""

GRADIENT = [[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]]


def ref_variables(tf):
    v = tf.Variable([1.0, 2.0, 3.0], name="v")
    w = tf.Variable(lambda: tf.zeros([2, 2]), name="w", dtype=tf.float32, trainable=False)
    unknown = tf.Variable([1, 2], validate_shape=False)
    total = v + w[0, 0] * 2.0 - v[1:2]
    return [
        [v, w, unknown, total],
        [tf.assign(v, [4.0, 5.0, 6.0]), v.assign_add([1.0, 1.0, 1.0]).op],
        [v.assign_sub(v), tf.assign(unknown, [[7]], validate_shape=False)],
        [v, unknown, v.read_value(), v.value()],
        [v[1].assign(9.0), v[::2].assign([7.0, 8.0])],
        [v, tf.is_variable_initialized(v)],
    ]


def resource_variables(tf):
    v = tf.Variable([1.0, 2.0, 3.0], name="v", use_resource=True)
    w = tf.Variable(lambda: tf.zeros([2, 2]), name="w", use_resource=True, caching_device="/cpu:0")
    total = v + w[0, 0] * 2.0 - v[1:2]
    return [
        [v, w, total],
        [v.assign([4.0, 5.0, 6.0])],
        [v.assign_add([1.0, 1.0, 1.0])],
        [v.assign_sub([1.0, 2.0, 1.0], read_value=False)],
        [v, v.read_value(), v.value(), v.is_initialized(), v.sparse_read([2, 0])],
        [v[1].assign(9.0)],
        [v[::2].assign([7.0, 8.0])],
        [v, tf.gather(v, [0, 1]), tf.shape(v)],
    ]


def scatter(tf):
    results = []
    for use_resource in (False, True):
        v = tf.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], use_resource=use_resource)
        for function in (
            tf.scatter_add,
            tf.scatter_sub,
            tf.scatter_mul,
            tf.scatter_div,
            tf.scatter_max,
            tf.scatter_min,
            tf.scatter_update,
        ):
            results.append([function(v, [0, 2, 0], [[2.0, 3.0], [4.0, 2.0], [8.0, 1.0]])])
        results.append([tf.scatter_add(v, 1, [1.0, 1.0])])
        results.append([tf.scatter_nd_add(v, [[0, 1], [2, 0]], [10.0, 20.0])])
        results.append([tf.scatter_nd_sub(v, [[1]], [[1.0, 2.0]])])
        results.append([tf.scatter_nd_update(v, [[0], [2]], [[0.0, 1.0], [2.0, 3.0]])])
        results.append([v.scatter_add(tf.IndexedSlices(tf.ones([1, 2]), tf.constant([1])))])
        results.append([v])
    integers = tf.Variable([7, -7, 100], name="integers")
    results.append([tf.scatter_div(integers, [0, 1], [2, 2])])
    batch = tf.Variable([[1, 2], [3, 4]], name="batch")
    results.append([tf.batch_scatter_update(batch, [[0], [1]], [[8], [9]])])
    return results


def counting(tf):
    v = tf.Variable(0, name="counter")
    r = tf.Variable(5, name="resource_counter", use_resource=True, dtype=tf.int64)
    return [[v.count_up_to(3), tf.count_up_to(r, 8)], [v, r]]


def dependent_initial_values(tf):
    a = tf.Variable([1.0, 2.0], name="a")
    b = tf.Variable(a * 2.0 + 1.0, name="b")
    c = tf.Variable(a.initialized_value() + 1.0, name="c")
    d = tf.Variable(tf.reduce_sum(a), name="d", use_resource=True)
    return [[a, b, c, d], [tf.report_uninitialized_variables()]]


def string_and_bool_variables(tf):
    s = tf.Variable(["a", "b"], name="s")
    b = tf.Variable([True, False], name="b")
    return [[s, b], [tf.assign(s, ["c", "d"]), tf.assign(b, [False, False])], [s, b]]


def collections(tf):
    tf.Variable(1.0, name="x", collections=[tf.GraphKeys.LOCAL_VARIABLES], trainable=False)
    tf.get_variable("y", [], collections=["mine"], initializer=tf.zeros_initializer())
    tf.get_local_variable("z", [2], initializer=tf.ones_initializer())
    return [
        [tf.local_variables_initializer()],
        [v for v in tf.local_variables()],
        [tf.variables_initializer(tf.get_collection("mine"))],
    ]


def scopes(tf):
    def layer(x, units):
        with tf.variable_scope(None, default_name="layer", values=[x]):
            w = tf.get_variable(
                "w", [3, units], initializer=tf.constant_initializer(0.5), regularizer=penalty
            )
            b = tf.get_variable("b", initializer=tf.zeros([units]))
            return tf.add(tf.matmul(x, w), b)

    def penalty(w):
        return tf.reduce_sum(tf.square(w), name="penalty")

    x = tf.ones([2, 3])
    with tf.variable_scope("outer") as outer:
        y = layer(layer(x, 3), 2)
        with tf.variable_scope("inner", initializer=tf.ones_initializer(), dtype=tf.float64):
            v = tf.get_variable("v", [2])
            with tf.variable_scope(outer, auxiliary_name_scope=False):
                u = tf.get_variable("u", [1], initializer=tf.zeros_initializer())
    with tf.variable_scope(outer, reuse=True):
        again = tf.get_variable("inner/v", [2], dtype=tf.float64)
        z = tf.add(again, 1.0, name="z")
    with tf.variable_scope("outer", reuse=tf.AUTO_REUSE):
        new = tf.get_variable("new", [2], initializer=tf.zeros_initializer())
        same = tf.get_variable("new", [2], initializer=tf.zeros_initializer())
        assert new is same and again is v
        layer(x, 3)
    with tf.name_scope("names"), tf.variable_scope("outer2"):
        tf.get_variable("w", [1], initializer=tf.zeros_initializer(), use_resource=True)
        tf.identity(u, name="identity")
    return [[y, v, z, new], tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)]


def custom_getters(tf):
    def doubled(getter, name, *args, **kwargs):
        return tf.multiply(getter(name + "_half", *args, **kwargs), 2.0, name="double")

    def plus_one(getter, *args, **kwargs):
        return getter(*args, **kwargs) + 1.0

    with tf.variable_scope("a", custom_getter=doubled):
        with tf.variable_scope("b", custom_getter=plus_one):
            v = tf.get_variable("v", [2], initializer=tf.ones_initializer())
    return [[v]]


def partitioned(tf):
    fixed = tf.fixed_size_partitioner(3)
    with tf.variable_scope("p", partitioner=fixed):
        v = tf.get_variable("v", [7, 2], initializer=tf.constant_initializer(2.0))
        w = tf.get_variable("w", initializer=tf.reshape(tf.range(10.0), [5, 2]), partitioner=fixed)
        x = tf.get_variable(
            "x", [4, 8], partitioner=tf.min_max_variable_partitioner(4, axis=1, min_slice_size=32)
        )
    parts = tf.create_partitioned_variables([4], [2], tf.zeros_initializer(), name="old")
    return [
        [tf.convert_to_tensor(v), w.as_tensor() + 1.0, tf.shape(x)],
        v.assign(tf.ones([7, 2])),
        parts,
    ]


def templates(tf):
    def scaled(x, factor):
        return x * tf.get_variable("s", initializer=factor)

    scale = tf.make_template("scale", scaled, factor=3.0)
    other = tf.make_template("scale", scaled, create_scope_now_=True, factor=4.0)
    x = tf.constant([1.0, 2.0])
    return [[scale(x), scale(x + 1.0), other(x)]]


def creators(tf):
    def named(next_creator, **kwargs):
        kwargs["name"] = "created_" + kwargs["name"]
        return next_creator(**kwargs)

    with tf.variable_creator_scope(named):
        v = tf.Variable(1.0, name="v")
        w = tf.get_variable("w", [1], initializer=tf.zeros_initializer())
    return [[v, w]]


def caching_and_constraint(tf):
    v = tf.get_variable(
        "v",
        initializer=[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],
        caching_device="/cpu:0",
        constraint=lambda x: tf.clip_by_value(x, 0.0, 1.0),
    )
    r = tf.get_variable(
        "r",
        initializer=[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],
        use_resource=True,
        constraint=lambda x: tf.maximum(x, 4.5),
    )
    train = tf.train.GradientDescentOptimizer(0.1).apply_gradients(
        [(tf.constant(GRADIENT), v), (tf.constant(GRADIENT), r)]
    )
    return [[train], [v, r]]


def _optimized(tf, make, sparse=True, dtype="float32"):
    v = tf.Variable(tf.reshape(tf.range(6.0), [2, 3]), name="v")
    r = tf.Variable(tf.reshape(tf.range(6.0), [2, 3]), name="r", use_resource=True)
    pairs = [(tf.constant(GRADIENT), v), (tf.constant(GRADIENT), r)]
    variables = [v, r]
    if sparse:
        s = tf.Variable(tf.reshape(tf.range(12.0), [4, 3]), name="s")
        q = tf.Variable(tf.reshape(tf.range(12.0), [4, 3]), name="q", use_resource=True)
        for x in (s, q):
            slices = tf.IndexedSlices(tf.constant(GRADIENT), tf.constant([2, 1]), tf.shape(s))
            pairs.append((slices, x))
        variables += [s, q]
    step = tf.train.get_or_create_global_step()
    optimizer = make(step)
    train = optimizer.apply_gradients(pairs, global_step=step)
    slots = [optimizer.get_slot(v, name) for name in optimizer.get_slot_names()]
    return [[train], [train], variables, optimizer.variables(), slots, [step]]


def gradient_descent(tf):
    return _optimized(tf, lambda step: tf.train.GradientDescentOptimizer(0.1))


def decayed_gradient_descent(tf):
    def make(step):
        rate = tf.train.exponential_decay(0.1, step, 10, 0.9, staircase=True)
        return tf.train.GradientDescentOptimizer(rate)

    return _optimized(tf, make, sparse=False)


def momentum(tf):
    return _optimized(tf, lambda step: tf.train.MomentumOptimizer(0.1, 0.9))


def nesterov(tf):
    return _optimized(
        tf, lambda step: tf.train.MomentumOptimizer(lambda: 0.1, 0.9, use_nesterov=True)
    )


def adam(tf):
    return _optimized(tf, lambda step: tf.train.AdamOptimizer(0.1))


def adagrad(tf):
    return _optimized(tf, lambda step: tf.train.AdagradOptimizer(0.1))


def adagrad_da(tf):
    return _optimized(
        tf, lambda step: tf.train.AdagradDAOptimizer(0.1, step, l1_regularization_strength=0.01)
    )


def adadelta(tf):
    return _optimized(tf, lambda step: tf.train.AdadeltaOptimizer(1.0, epsilon=1e-3))


def rms_prop(tf):
    return _optimized(tf, lambda step: tf.train.RMSPropOptimizer(0.1, momentum=0.5, epsilon=1e-3))


def centered_rms_prop(tf):
    return _optimized(
        tf, lambda step: tf.train.RMSPropOptimizer(0.1, epsilon=1e-3, centered=True, name="C")
    )


def ftrl(tf):
    return _optimized(tf, lambda step: tf.train.FtrlOptimizer(0.1, l1_regularization_strength=0.1))


def ftrl_with_shrinkage(tf):
    return _optimized(
        tf,
        lambda step: tf.train.FtrlOptimizer(
            0.1, accum_name="a", linear_name="l", l2_shrinkage_regularization_strength=0.1
        ),
    )


def proximal_gradient_descent(tf):
    return _optimized(
        tf,
        lambda step: tf.train.ProximalGradientDescentOptimizer(
            0.1, l1_regularization_strength=0.1, l2_regularization_strength=0.1
        ),
    )


def proximal_adagrad(tf):
    return _optimized(
        tf,
        lambda step: tf.train.ProximalAdagradOptimizer(
            0.1, l1_regularization_strength=0.1, l2_regularization_strength=0.1
        ),
    )


def adam_in_double(tf):
    v = tf.Variable([1.0, 2.0], dtype=tf.float64)
    train = tf.train.AdamOptimizer(0.1).apply_gradients([(tf.constant([0.5, 1.0], tf.float64), v)])
    return [[train], [v]]


def moving_averages(tf):
    v = tf.Variable([1.0, 2.0], name="v")
    w = tf.Variable(3.0, name="w", use_resource=True)
    step = tf.Variable(5, trainable=False, name="step")
    average = tf.train.ExponentialMovingAverage(0.99, step)
    update = average.apply([v, w])
    return [
        [v.assign([5.0, 6.0]), w.assign(7.0)],
        [update],
        [average.average(v), average.average(w), step],
    ]


def moving_averages_of_tensors(tf):
    v = tf.Variable([1.0, 2.0], name="v")
    doubled = tf.multiply(v, 2.0, name="doubled")
    average = tf.train.ExponentialMovingAverage(0.9, zero_debias=True, name="mean")
    update = average.apply([doubled])
    again = average.apply([doubled, v])
    return [[update], [update], [average.average(doubled)], [again], [average.average(v)]]


def global_step(tf):
    step = tf.train.get_or_create_global_step()
    assert tf.train.get_global_step() is step
    return [[tf.assign_add(step, 2)], [step]]


def learning_rates(tf):
    step = tf.train.get_or_create_global_step()
    boundaries, values = [1, 3], [1.0, 0.5, 0.1]
    rates = [
        tf.train.exponential_decay(0.1, step, 3, 0.96),
        tf.train.natural_exp_decay(0.1, step, 3, 0.5, staircase=True),
        tf.train.inverse_time_decay(0.1, step, 3, 0.5, name="inverse"),
        tf.train.polynomial_decay(0.1, step, 4, 0.01, power=0.5),
        tf.train.polynomial_decay(0.1, step, 4, cycle=True),
        tf.train.cosine_decay(0.1, step, 5, alpha=0.1),
        tf.train.cosine_decay_restarts(0.1, step, 2, m_mul=0.9),
        tf.train.linear_cosine_decay(0.1, step, 5),
        tf.train.piecewise_constant(step, boundaries, values),
    ]
    add = tf.assign_add(step, 1)
    return [rates, [add], rates, [add], [add], rates, [add], rates]


def callable_rate_schedule(tf):
    step = tf.constant(3.0)
    schedule = tf.keras.optimizers.schedules.ExponentialDecay(0.5, 10, 0.5)
    return [[schedule(step)], [tf.constant(sorted(map(str, schedule.get_config())))]]


def minimize(tf):
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    w = tf.get_variable("w", [2, 1], initializer=tf.ones_initializer())
    b = tf.get_variable("b", [1], initializer=tf.zeros_initializer(), use_resource=True)
    loss = tf.reduce_mean(tf.square(tf.matmul(x, w) + b - 1.0))
    step = tf.train.create_global_step()
    train = tf.train.AdamOptimizer(0.1).minimize(loss, global_step=step)
    return [[train], [train], [w, b, step, loss]]


def minimize_sparse(tf):
    table = tf.get_variable("table", [4, 2], initializer=tf.ones_initializer())
    loss = tf.reduce_sum(tf.square(tf.gather(table, [1, 3, 1])))
    train = tf.train.MomentumOptimizer(0.1, 0.9).minimize(
        loss, gate_gradients=tf.train.Optimizer.GATE_GRAPH, name="step"
    )
    return [[train], [train], [table, loss]]


PROGRAMS = [
    ref_variables,
    resource_variables,
    scatter,
    counting,
    dependent_initial_values,
    string_and_bool_variables,
    collections,
    scopes,
    custom_getters,
    partitioned,
    templates,
    creators,
    caching_and_constraint,
    gradient_descent,
    decayed_gradient_descent,
    momentum,
    nesterov,
    adam,
    adagrad,
    adagrad_da,
    adadelta,
    rms_prop,
    centered_rms_prop,
    ftrl,
    ftrl_with_shrinkage,
    proximal_gradient_descent,
    proximal_adagrad,
    adam_in_double,
    moving_averages,
    moving_averages_of_tensors,
    global_step,
    learning_rates,
    callable_rate_schedule,
    minimize,
    minimize_sparse,
]


def run(tf, program):
    """The graph, as a message, and what each fetch gave (None for operations)."""
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(1)
        fetches = program(tf)
        init = tf.global_variables_initializer()
        graph_def = graph.as_graph_def()
        with tf.Session() as sess:
            sess.run(init)
            return graph_def, [
                sess.run(list(f)) if type(f) is list else sess.run(f) for f in fetches
            ]
