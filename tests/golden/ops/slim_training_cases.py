"""tf.contrib.slim and tf.contrib.training: training steps and summaries."""

from case_tools import Cases, floats, waves

CASES = Cases()
case, simple = CASES.case, CASES.simple


def facts(tf, *values):
    """What is no tensor: its text, as a constant."""
    return [tf.constant([str(value) for value in values])]


def collections(tf, *keys):
    graph = tf.get_default_graph()
    return facts(tf, *([t.name for t in graph.get_collection(key)] for key in keys))


def slim(tf):
    return tf.contrib.slim


def loss_of(tf):
    """A loss of two variables, one of them looked up."""
    w = tf.get_variable("w", initializer=waves(2, 3))
    table = tf.get_variable("table", initializer=floats(4, 3))
    rows = tf.nn.embedding_lookup(table, [1, 3, 1])
    return tf.reduce_sum(tf.square(tf.matmul(rows, w, transpose_b=True)))


def trained(tf, create, **settings):
    op = create(loss_of(tf), tf.train.GradientDescentOptimizer(0.125), **settings)
    with tf.control_dependencies([op]):
        after = [v.read_value() for v in tf.trainable_variables()]
    return [op] + after + collections(tf, "train_op", "summaries", "global_step")


def by_slim(tf, **settings):
    return trained(tf, tf.contrib.slim.learning.create_train_op, **settings)


def by_training(tf, **settings):
    return trained(tf, tf.contrib.training.create_train_op, **settings)


def with_update(tf, create, **settings):
    counter = tf.get_variable("counter", initializer=0.0, trainable=False)
    tf.add_to_collection("update_ops", tf.assign_add(counter, 1.0))
    return create(tf, **settings)


simple(
    slim_plain=lambda tf: by_slim(tf),
    slim_no_step=lambda tf: by_slim(tf, global_step=None, check_numerics=False),
    slim_clipped=lambda tf: by_slim(tf, clip_gradient_norm=2.0, summarize_gradients=True),
    slim_multiplied=lambda tf: by_slim(tf, gradient_multipliers={"w": 2.0, "table": 0.5}),
    slim_updates=lambda tf: with_update(tf, by_slim),
    slim_no_updates=lambda tf: with_update(tf, by_slim, update_ops=[]),
    training_plain=lambda tf: by_training(tf),
    training_summaries=lambda tf: by_training(tf, summarize_gradients=True),
    training_transformed=lambda tf: by_training(
        tf, transform_grads_fn=tf.contrib.training.clip_gradient_norms_fn(2.0)
    ),
    multiply_no_list=lambda tf: [slim(tf).learning.multiply_gradients({}, {"w": 1.0})],
    multiply_empty=lambda tf: [slim(tf).learning.multiply_gradients([], {})],
    multiply_no_dict=lambda tf: [slim(tf).learning.multiply_gradients([], [1])],
    train_none=lambda tf: [slim(tf).learning.train(None, None)],
    train_summary=lambda tf: [
        slim(tf).learning.train(tf.constant(1.0), None, summary_op=tf.constant(""))
    ],
    train_saver=lambda tf: [slim(tf).learning.train(tf.constant(1.0), None, saver=3)],
    train_trace=lambda tf: [slim(tf).learning.train(tf.constant(1.0), None, trace_every_n_steps=3)],
    train_steps=lambda tf: [slim(tf).learning.train(tf.constant(1.0), None, number_of_steps=0)],
    train_no_folder=lambda tf: [tf.contrib.training.train(tf.constant(1.0), None)],
    train_no_folder_for_saves=lambda tf: [
        tf.contrib.training.train(tf.constant(1.0), None, save_summaries_steps=None)
    ],
)


@case
def multiply_nothing(tf):
    w = tf.get_variable("w", initializer=waves(2, 3))
    return [slim(tf).learning.multiply_gradients([(None, w)], {w: 1.0})]


@case
def summaries(tf):
    s = slim(tf).summaries
    x = tf.constant(waves(1, 2, 3, 1))
    y = tf.reduce_sum(x)
    made = [s.add_scalar_summary(y), s.add_scalar_summary(y, "n", "p")]
    made += [s.add_histogram_summary(x), s.add_histogram_summary(x, "h", prefix="p")]
    made += [s.add_image_summary(x), s.add_zero_fraction_summary(tf.nn.relu(x), prefix="z")]
    made += s.add_scalar_summaries([y, y + 1], prefix="q")
    made += s.add_histogram_summaries([x])
    made += s.add_image_summaries([x], prefix="i")
    made += s.add_zero_fraction_summaries([x])
    s.add_scalar_summary(y, "printed", print_summary=True)
    return [m for m in made if "image" not in m.op.type.lower()] + collections(tf, "summaries")


@case
def analyzed(tf):
    m = slim(tf).model_analyzer
    loss_of(tf)
    variables = tf.global_variables()
    return facts(
        tf,
        m.analyze_vars(variables),
        m.analyze_ops(tf.get_default_graph()),
        [m.tensor_description(v) for v in variables],
        m.tensor_description(tf.placeholder(tf.int32, [None, 3])),
    )


@case
def in_scope(tf):
    s = slim(tf)
    x = tf.constant(waves(2, 9, 9, 3))
    with s.arg_scope([s.conv2d, s.fully_connected], weights_regularizer=s.l2_regularizer(0.5)):
        with s.arg_scope([s.batch_norm], decay=0.5, is_training=True):
            y = s.conv2d(x, 4, [3, 3], normalizer_fn=s.batch_norm, scope="conv")
            y = s.max_pool2d(y, [2, 2], scope="pool")
            y = s.fully_connected(s.flatten(y, scope="flat"), 5, activation_fn=None)
    labels = s.one_hot_encoding([1, 2], 5)
    s.losses.softmax_cross_entropy(y, labels)
    total = s.losses.get_total_loss()
    op = s.learning.create_train_op(total, tf.train.AdamOptimizer(0.01))
    names = [v.name for v in s.get_model_variables()]
    return [y, total, op] + facts(tf, names, [v.name for v in s.get_variables_to_restore()])
