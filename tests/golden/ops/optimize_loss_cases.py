"""tf.contrib.layers: optimize_loss and summaries."""

import importlib

from case_tools import Cases, floats, waves

PRIVATE = "tensorflow.contrib.layers.python.layers"

CASES = Cases()
case, simple = CASES.case, CASES.simple


def loss_of(tf):
    """A loss of two variables, one of them looked up."""
    w = tf.get_variable("w", initializer=waves(2, 3))
    table = tf.get_variable("table", initializer=floats(4, 3))
    rows = tf.nn.embedding_lookup(table, [1, 3, 1])
    return tf.reduce_sum(tf.square(tf.matmul(rows, w, transpose_b=True)))


def trained(tf, step=None, **arguments):
    arguments.setdefault("learning_rate", 0.125)
    arguments.setdefault("optimizer", "SGD")
    result = tf.contrib.layers.optimize_loss(
        loss_of(tf), step, arguments.pop("learning_rate"), arguments.pop("optimizer"), **arguments
    )
    kept = tf.get_default_graph().get_collection("summaries")
    with tf.control_dependencies([result]):
        after = [v.read_value() for v in tf.trainable_variables()]
    return [result] + after + [tf.constant([t.name for t in kept] + ["end"])]


simple(
    sgd=lambda tf: trained(tf),
    sgd_step=lambda tf: trained(tf, tf.train.create_global_step(), name="train"),
    sgd_found_step=lambda tf: trained(tf) if tf.train.create_global_step() is not None else None,
    no_increment=lambda tf: trained(
        tf, tf.train.create_global_step(), increment_global_step=False, summaries=[]
    ),
    momentum=lambda tf: trained(tf, optimizer="Momentum"),
    adam=lambda tf: trained(tf, optimizer="Adam", summaries=["gradients", "gradient_norm"]),
    adagrad=lambda tf: trained(tf, optimizer="Adagrad", clip_gradients=1.0),
    of_class=lambda tf: trained(tf, optimizer=tf.train.RMSPropOptimizer),
    of_instance=lambda tf: trained(
        tf, learning_rate=None, optimizer=tf.train.GradientDescentOptimizer(0.5)
    ),
    of_function=lambda tf: trained(tf, optimizer=lambda rate: tf.train.FtrlOptimizer(rate)),
    of_function_alone=lambda tf: trained(
        tf, learning_rate=None, optimizer=lambda: tf.train.GradientDescentOptimizer(0.5)
    ),
    of_tensor=lambda tf: trained(tf, learning_rate=tf.constant(0.25)),
    decayed=lambda tf: trained(
        tf,
        tf.train.create_global_step(),
        learning_rate_decay_fn=lambda rate, step: tf.train.exponential_decay(rate, step, 10, 0.5),
    ),
    multiplied=lambda tf: trained(tf, gradient_multipliers={"w:0": 2.0, "table:0": 0.5}),
    clipped_by=lambda tf: trained(
        tf, clip_gradients=lambda pairs: [(g, v) for g, v in pairs if v.name == "w:0"]
    ),
    all_summaries=lambda tf: trained(
        tf,
        tf.train.create_global_step(),
        summaries=["learning_rate", "loss", "gradients", "gradient_norm", "global_gradient_norm"],
        clip_gradients=3.0,
        learning_rate_decay_fn=lambda rate, step: rate * 0.5,
    ),
    no_rate_by_name=lambda tf: trained(tf, learning_rate=None),
    no_rate_by_class=lambda tf: trained(tf, learning_rate=None, optimizer=tf.train.AdamOptimizer),
    negative_rate=lambda tf: trained(tf, learning_rate=-0.5),
    integer_rate=lambda tf: trained(tf, learning_rate=1),
    unknown_name=lambda tf: trained(tf, optimizer="Best"),
    unknown_kind=lambda tf: trained(tf, optimizer=3),
    unknown_result=lambda tf: trained(tf, optimizer=lambda rate: 3),
    unknown_summary=lambda tf: trained(tf, summaries=["all"]),
    unknown_clipping=lambda tf: trained(tf, clip_gradients=1),
    decay_without_step=lambda tf: trained(tf, learning_rate_decay_fn=lambda rate, step: rate),
    loss_no_scalar=lambda tf: [
        tf.contrib.layers.optimize_loss(tf.constant([1.0]), None, 0.1, "SGD")
    ],
)


@case
def with_updates(tf):
    counter = tf.get_variable("counter", initializer=0.0, trainable=False)
    tf.add_to_collection("update_ops", tf.assign_add(counter, 1.0))
    return trained(tf) + [counter.initialized_value()]


@case
def noisy(tf):
    w = tf.get_variable("w", initializer=waves(2, 3))
    result = tf.contrib.layers.optimize_loss(
        tf.reduce_sum(w), None, 0.5, "SGD", gradient_noise_scale=2.0
    )
    with tf.control_dependencies([result]):
        return [result, w.read_value()]


@case
def adaptive_clipping(tf):
    ours = tf.__name__ == "evergraph"
    folder = "evergraph.library.contrib.layers" if ours else PRIVATE
    optimizers = importlib.import_module(folder + ".optimizers")
    clip = optimizers.adaptive_clipping_fn(
        decay=0.5,
        static_max_norm=2.0,
        global_step=tf.train.create_global_step(),
        report_summary=True,
    )
    return trained(tf, clip_gradients=clip)


@case
def summaries(tf):
    layers = tf.contrib.layers
    x = tf.constant(waves(2, 3))
    units = [tf.nn.relu(x), tf.nn.relu6(x * 20), tf.nn.softplus(x), tf.tanh(x)]
    for unit in units:
        tf.add_to_collection("activations", unit)
    tf.add_to_collection("weights", x)
    made = [layers.summarize_tensor(tf.reduce_sum(x)), layers.summarize_tensor(x, "tag")]
    made += [layers.summarize_activation(units[0])]
    made += layers.summarize_tensors([x, tf.reduce_mean(x)])
    made += layers.summarize_collection("weights", name_filter="Const")
    made += layers.summarize_activations()
    made += layers.summaries.summarize_weights()
    nothing = [layers.summarize_tensor(tf.constant("s")), layers.summarize_tensor(x > 0)]
    return made[:-8] + [tf.constant([str(nothing)])]
