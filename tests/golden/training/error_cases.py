"""Bad calls around variables: each is a piece of a program, run with `tf` in a new graph."""

CASES = [
    "tf.Variable()",
    "tf.Variable(tf.placeholder(tf.float32))",
    "tf.Variable(3.0, collections='a')",
    "tf.Variable(3.0, constraint='a')",
    "tf.Variable(3.0, aggregation='a')",
    "tf.Variable(3.0, synchronization='a')",
    "tf.Variable([3.0], dtype=tf.int32)",
    "tf.Variable(3.0, 'a', 'b', 'c', 'd', 'e', 'f')",
    "tf.cond(tf.constant(True), lambda: tf.Variable(tf.constant(1.0)), lambda: 2.0)",
    "tf.convert_to_tensor(tf.Variable(1.0), tf.int32)",
    "tf.convert_to_tensor(tf.Variable(1.0, use_resource=True), tf.int32)",
    "tf.Variable(1.0).load(2.0)",
    "list(tf.Variable([1.0]))",
    "v = tf.Variable(1.0, use_resource=True); v += 1.0",
    "v = tf.Variable(1.0, use_resource=True); v *= 1.0",
    "tf.Variable(1.0, use_resource=True).set_shape([])",
    "tf.Variable([1.0], use_resource=True, shape=[2])",
    "tf.Variable([1.0]).scatter_add([1.0])",
    "tf.assign(tf.constant(1.0), 2.0)",
    "tf.assign(tf.Variable([1.0]), [1.0, 2.0])",
    "tf.assign(tf.Variable([1.0]), ['a'])",
    "tf.assign_add(tf.Variable([1.0]), 1.0)",
    "tf.Variable([1.0, 2.0], use_resource=True).assign([1.0])",
    "tf.Variable([1.0, 2.0], use_resource=True).assign_add([1.0])",
    "tf.count_up_to(tf.Variable([1]), 3)",
    "tf.count_up_to(tf.Variable(1.0), 3)",
    "tf.scatter_add(tf.Variable([[1.0, 2.0]]), [0], [[1.0]])",
    "tf.scatter_add(tf.Variable(1.0), [0], [1.0])",
    "tf.scatter_nd_add(tf.Variable([[1.0, 2.0]]), [[0, 1]], [[1.0]])",
    "tf.scatter_nd_add(tf.Variable([[1.0, 2.0]]), [[0, 1]], [1.0, 2.0])",
    "tf.scatter_nd_update(tf.Variable([[1.0]], use_resource=True), [[0, 0]], [[1.0]])",
    "tf.get_variable('v')",
    "tf.get_variable('v', [1]); tf.get_variable('v', [1])",
    "tf.get_variable('v', [1], use_resource=True); tf.get_variable('v', [1], use_resource=True)",
    "with tf.variable_scope('s', reuse=True): tf.get_variable('v', [1])",
    "tf.get_variable('v', [1])\nwith tf.variable_scope('', reuse=True): tf.get_variable('v', [2])",
    "tf.get_variable('v', [1])\n"
    "with tf.variable_scope('', reuse=True): tf.get_variable('v', [1], tf.int32)",
    "tf.get_variable('v', [1], initializer=tf.zeros([1]))",
    "tf.get_variable('v', dtype=tf.int32, initializer=[1.0])",
    "tf.get_variable('v', [None, 1])",
    "tf.get_variable('v', [1], dtype=tf.complex64)",
    "tf.get_variable('v', [1], custom_getter=3)",
    "tf.get_variable('v', [2], partitioner=3)",
    "tf.get_variable('v', [2], partitioner=lambda shape, dtype: 3)",
    "tf.get_variable('v', [2], partitioner=lambda shape, dtype: [1, 1])",
    "tf.get_variable('v', [2], partitioner=lambda shape, dtype: [0])",
    "tf.get_variable('v', [2, 2], partitioner=lambda shape, dtype: [2, 2])",
    "p = tf.fixed_size_partitioner(2)\n"
    "tf.get_variable('v', [4], partitioner=p); tf.get_variable('v', [4], partitioner=p)",
    "p = tf.fixed_size_partitioner(2)\n"
    "tf.get_variable('v', [4], partitioner=p); tf.get_variable('v', [4])",
    "p = tf.fixed_size_partitioner(2)\n"
    "tf.get_variable('v', [4]); tf.get_variable('v', [4], partitioner=p)",
    "with tf.variable_scope('s', reuse=True):\n"
    "  tf.get_variable('v', [4], partitioner=tf.fixed_size_partitioner(2))",
    "tf.variable_scope(None)",
    "tf.variable_scope('s', reuse=3)",
    "tf.variable_scope('s', auxiliary_name_scope=3)",
    "with tf.variable_scope(3): pass",
    "with tf.variable_scope(None, 'd', reuse=True): pass",
    "tf.variable_axis_size_partitioner(0)",
    "tf.create_partitioned_variables([2], [1, 1], tf.zeros_initializer())",
    "tf.create_partitioned_variables([], [], tf.zeros_initializer())",
    "tf.make_template(None, lambda: 1)",
    "t = tf.make_template('t', lambda: tf.Variable(1.0)); t(); t()",
    "tf.train.GradientDescentOptimizer(0.1).apply_gradients([])",
    "tf.train.GradientDescentOptimizer(0.1).apply_gradients([(None, tf.Variable(1.0, name='v'))])",
    "tf.train.GradientDescentOptimizer(0.1).apply_gradients([(object(), tf.Variable(1.0))])",
    "tf.train.GradientDescentOptimizer(0.1).apply_gradients([([1.0], tf.Variable([1.0, 2.0]))])",
    "tf.train.GradientDescentOptimizer(0.1).apply_gradients([(1.0, tf.constant(1.0))])",
    "tf.train.GradientDescentOptimizer(0.1).minimize(tf.constant(1.0))",
    "tf.train.GradientDescentOptimizer(0.1).minimize(tf.constant(1))",
    "v = tf.Variable(1.0); tf.train.GradientDescentOptimizer(0.1).minimize(tf.constant(1.0))",
    "v = tf.Variable(1.0); tf.train.GradientDescentOptimizer(0.1).minimize(v * 2.0, var_list=[3])",
    "v = tf.Variable(1.0)\n"
    "tf.train.GradientDescentOptimizer(0.1).compute_gradients(v * 2.0, gate_gradients=7)",
    "tf.train.GradientDescentOptimizer(0.1, name='')",
    "tf.train.AdagradOptimizer(0.1, initial_accumulator_value=0.0)",
    "tf.train.AdagradDAOptimizer(0.1, 1, initial_gradient_squared_accumulator_value=0.0)",
    "tf.train.ProximalAdagradOptimizer(0.1, initial_accumulator_value=0.0)",
    "tf.train.FtrlOptimizer(0.1, learning_rate_power=0.5)",
    "tf.train.FtrlOptimizer(0.1, l1_regularization_strength=-1.0)",
    "tf.train.Optimizer(False, 'o').apply_gradients([(1.0, tf.Variable(1.0))])",
    "tf.train.ExponentialMovingAverage(0.9).apply([tf.Variable(1)])",
    "tf.train.piecewise_constant(tf.constant(1.0), [1, 2], [1.0, 2.0, 3.0])",
    "tf.train.piecewise_constant(tf.constant(1), [1, 2], [1.0, 2.0])",
    "tf.train.piecewise_constant(tf.constant(1), [1], [1.0, 2])",
    "tf.train.create_global_step(); tf.train.create_global_step()",
    "tf.Variable(1.0, name='global_step'); tf.train.get_global_step()",
    "tf.train.assert_global_step(3)",
    "tf.train.assert_global_step(tf.constant([1]))",
    # While running.
    "run(tf.Variable([1.0], name='v'))",
    "run(tf.Variable([1.0], name='v') + 1.0)",
    "run(tf.assign_add(tf.Variable([1.0], name='v'), [1.0]))",
    "v = tf.Variable([1.0, 2.0]); init(); run(tf.assign(v, feed([1.0])))",
    "v = tf.Variable([1.0, 2.0]); init(); run(tf.assign_sub(v, feed([1.0])))",
    "v = tf.Variable([1.0, 2.0], use_resource=True); init(); run(v.assign_sub(feed([1.0])))",
    "v = tf.Variable([1.0, 2.0]); init(); run(tf.scatter_add(v, [0, 7], [1.0, 1.0]))",
    "v = tf.Variable([1.0, 2.0]); init(); run(tf.scatter_sub(v, [[0], [-1]], [[1.0], [1.0]]))",
    "v = tf.Variable([1.0, 2.0]); init(); run(tf.scatter_add(v, 9, 1.0))",
    "v = tf.Variable([1.0, 2.0]); init(); run(tf.scatter_add(v, [0, 1], feed([1.0])))",
    "v = tf.Variable([[1.0, 2.0]]); init(); run(tf.scatter_nd_add(v, [[0, 5]], [1.0]))",
    "v = tf.Variable([1.0, 2.0]); init(); run(tf.scatter_nd_add(v, [[0]], feed([1.0, 1.0])))",
    "v = tf.Variable(4); init(); run(tf.count_up_to(v, 3))",
    "v = tf.Variable([1.0, 2.0]); init(); run(v[:1].assign(feed([1.0, 2.0])))",
    "v = tf.Variable([1.0, 2.0]); init()\n"
    "o = tf.train.GradientDescentOptimizer(0.1); run(o.apply_gradients([(feed([1.0]), v)]))",
    "v = tf.Variable([[1.0], [2.0]]); o = tf.train.AdagradOptimizer(0.1)\n"
    "s = tf.IndexedSlices(tf.constant([[1.0]]), feed_int([4])); t = o.apply_gradients([(s, v)])\n"
    "init(); run(t)",
    "v = tf.Variable([[1.0], [2.0]]); o = tf.train.AdagradOptimizer(0.1)\n"
    "s = tf.IndexedSlices(feed([[1.0, 2.0]]), tf.constant([0])); t = o.apply_gradients([(s, v)])\n"
    "init(); run(t)",
]


def outcome(tf, case):
    """The error's class and the first line of its text, or None and "" where there is none."""
    with tf.Graph().as_default():
        feeds = {}

        def fed(dtype):
            def feed(value):
                placeholder = tf.placeholder(dtype)
                feeds[placeholder] = value
                return placeholder

            return feed

        sess = tf.Session()
        scope = {
            "tf": tf,
            "feed": fed(tf.float32),
            "feed_int": fed(tf.int32),
            "run": lambda x: sess.run(x, feeds),
            "init": lambda: sess.run(tf.global_variables_initializer()),
        }
        try:
            exec(case, scope)
        except Exception as error:
            text = str(error.args[0]) if error.args else str(error)
            text = getattr(error, "message", text)
            return [type(error).__name__, text.split("\n")[0]]
        return [None, ""]
