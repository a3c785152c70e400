"""tf.nn.static_rnn and its like: graphs, static shapes, values with gradients, errors."""

import numpy as np
from case_tools import Cases, fed, ints
from rnn_cell_cases import complaint, facts, flat, names, rnn, wavy

CASES = Cases()
case, simple = CASES.case, CASES.simple

LENGTHS = np.array([2, 0, 3], np.int32)


def sequence(tf, steps=3, batch=3, size=2):
    return [tf.constant(wavy(batch, size) * (i + 1) / steps) for i in range(steps)]


def learned(tf, values, feed=None):
    """The values, and the gradients of them in all variables."""
    values = flat(tf, values)
    total = tf.add_n([tf.reduce_sum(tf.square(v)) for v in values])
    return values + tf.gradients(total, tf.trainable_variables()), feed or {}


def _cells():
    makers = {
        "basic": lambda tf: rnn(tf).BasicRNNCell(4),
        "gru": lambda tf: rnn(tf).GRUCell(4),
        "basic_lstm": lambda tf: rnn(tf).BasicLSTMCell(4),
        "lstm_together": lambda tf: rnn(tf).LSTMCell(4, state_is_tuple=False, num_proj=3),
        "multi": lambda tf: rnn(tf).MultiRNNCell([rnn(tf).GRUCell(4), rnn(tf).LSTMCell(2)]),
        "dropout": lambda tf: rnn(tf).DropoutWrapper(
            rnn(tf).BasicLSTMCell(4), 0.5, 0.5, 0.5, seed=1
        ),
        "residual": lambda tf: rnn(tf).ResidualWrapper(rnn(tf).GRUCell(2)),
    }

    def make(maker):
        def plain(tf):
            return learned(tf, tf.nn.static_rnn(maker(tf), sequence(tf), dtype=tf.float32))

        def lengths(tf):
            given, feed = fed(tf, LENGTHS)
            found = tf.nn.static_rnn(
                maker(tf), sequence(tf), dtype=tf.float32, sequence_length=given
            )
            return learned(tf, found, feed)

        return plain, lengths

    for name, maker in makers.items():
        CASES["static_" + name], CASES["static_lengths_" + name] = make(maker)


_cells()


@case
def static_known_lengths(tf):
    found = tf.nn.static_rnn(
        rnn(tf).GRUCell(4), sequence(tf), dtype=tf.float32, sequence_length=[1, 2, 3]
    )
    return learned(tf, found)


@case
def static_long_lengths(tf):
    lengths = tf.constant([1, 2, 3], tf.int64)
    with tf.variable_scope("outer"):
        found = tf.nn.static_rnn(
            rnn(tf).GRUCell(4), sequence(tf), dtype=tf.float32, sequence_length=lengths
        )
    return flat(tf, found)


@case
def static_state(tf):
    cell = rnn(tf).BasicLSTMCell(4)
    state = cell.zero_state(3, tf.float32)
    return learned(tf, tf.nn.static_rnn(cell, sequence(tf), initial_state=state))


@case
def static_open_batch(tf):
    xs, feed = [], {}
    for _ in sequence(tf):
        one, given = fed(tf, wavy(3, 2), [None, 2])
        xs.append(one)
        feed.update(given)
    lengths, given = fed(tf, LENGTHS, [None])
    feed.update(given)
    cell = rnn(tf).LSTMCell(4)
    found = tf.nn.static_rnn(cell, xs, dtype=tf.float32, sequence_length=lengths)
    return learned(tf, found, feed)


@case
def static_scope(tf):
    cell = rnn(tf).BasicRNNCell(4)
    first, _ = tf.nn.static_rnn(cell, sequence(tf), dtype=tf.float32, scope="mine")
    with tf.variable_scope("mine", reuse=True) as scope:
        other = rnn(tf).BasicRNNCell(4)
        second, _ = tf.nn.static_rnn(other, sequence(tf), dtype=tf.float32, scope=scope)
    third, _ = tf.nn.static_rnn(cell, sequence(tf), dtype=tf.float32)
    return first + second + third + facts(tf, names(tf.global_variables()))


@case
def static_caching_device(tf):
    with tf.variable_scope("outer", caching_device="/cpu:0"):
        found = tf.nn.static_rnn(rnn(tf).BasicRNNCell(4), sequence(tf), dtype=tf.float32)
    return flat(tf, found)


@case
def static_on_device(tf):
    with tf.device("/cpu:0"):
        found = tf.nn.static_rnn(rnn(tf).BasicRNNCell(4), sequence(tf), dtype=tf.float32)
    return flat(tf, found)


@case
def static_structures(tf):
    class Pair(rnn(tf).RNNCell):
        state_size = (2, tf.TensorShape([2, 2]))
        output_size = (tf.TensorShape([2, 2]), 2)

        def call(self, inputs, state):
            a, (b,) = inputs
            return (state[1] + b, a), (a + state[0], b)

    xs = [(x, (tf.stack([x, x], 1),)) for x in sequence(tf)]
    plain = tf.nn.static_rnn(Pair(), xs, dtype=tf.float32)
    lengths = tf.nn.static_rnn(Pair(), xs, dtype=tf.float32, sequence_length=[1, 0, 2])
    return flat(tf, [plain, lengths])


@case
def static_vectors(tf):
    class Scalar(rnn(tf).RNNCell):
        state_size = output_size = tf.TensorShape([])

        def call(self, inputs, state):
            return inputs + state, inputs

    xs = [tf.constant([1.0, 2.0]), tf.constant([3.0, 4.0])]
    return flat(tf, tf.nn.static_rnn(Scalar(), xs, dtype=tf.float32))


@case
def ptb(tf):
    """The language model that many programs are copies of."""
    data, feed = fed(tf, ints(3, 5))
    cells = []
    for _ in range(2):
        cell = rnn(tf).BasicLSTMCell(4, forget_bias=0.0)
        cells.append(rnn(tf).DropoutWrapper(cell, output_keep_prob=0.5, seed=5))
    cell = rnn(tf).MultiRNNCell(cells)
    state = cell.zero_state(3, tf.float32)
    embedding = tf.get_variable("embedding", [15, 4])
    inputs = tf.nn.dropout(tf.nn.embedding_lookup(embedding, data), 0.9, seed=6)
    outputs = []
    with tf.variable_scope("RNN"):
        for step in range(5):
            if step > 0:
                tf.get_variable_scope().reuse_variables()
            output, state = cell(inputs[:, step, :], state)
            outputs.append(output)
    logits = tf.layers.dense(tf.reshape(tf.concat(outputs, 1), [-1, 4]), 15, name="softmax")
    loss = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=tf.reshape(data, [-1]), logits=logits)
    )
    variables = tf.trainable_variables()
    grads, norm = tf.clip_by_global_norm(tf.gradients(loss, variables), 5.0)
    train = tf.train.GradientDescentOptimizer(1.0).apply_gradients(
        zip(grads, variables)  # noqa: B905
    )
    return [loss, norm, *flat(tf, state), train], feed


# Saved states.


class Saver:
    """Keeps states in variables."""

    def __init__(self, tf, sizes):
        self.tf = tf
        self.kept = {
            name: tf.Variable(tf.ones([3, size]), trainable=False, name=name)
            for name, size in sorted(sizes.items())
        }

    def state(self, name):
        return self.kept[name].read_value()

    def save_state(self, name, value):
        return self.tf.assign(self.kept[name], value, name="save_" + name)


@case
def saving(tf):
    saver = Saver(tf, {"s": 4})
    return learned(tf, tf.nn.static_state_saving_rnn(rnn(tf).GRUCell(4), sequence(tf), saver, "s"))


@case
def saving_tuple(tf):
    saver = Saver(tf, {"c": 4, "h": 4})
    found = tf.nn.static_state_saving_rnn(
        rnn(tf).BasicLSTMCell(4), sequence(tf), saver, ("c", "h"), sequence_length=[1, 2, 3]
    )
    return learned(tf, found)


simple(
    saving_names=lambda tf: tf.nn.static_state_saving_rnn(
        rnn(tf).BasicLSTMCell(4), sequence(tf), Saver(tf, {}), "s"
    ),
    saving_count=lambda tf: tf.nn.static_state_saving_rnn(
        rnn(tf).BasicLSTMCell(4), sequence(tf), Saver(tf, {}), ("s",)
    ),
)


# Both directions.


@case
def both(tf):
    cells = [rnn(tf).BasicLSTMCell(4), rnn(tf).GRUCell(3)]
    return learned(tf, tf.nn.static_bidirectional_rnn(*cells, sequence(tf), dtype=tf.float32))


@case
def both_lengths(tf):
    lengths, feed = fed(tf, LENGTHS)
    cells = [rnn(tf).BasicLSTMCell(4), rnn(tf).GRUCell(3)]
    found = tf.nn.static_bidirectional_rnn(
        *cells, sequence(tf), dtype=tf.float32, sequence_length=lengths, scope="mine"
    )
    return learned(tf, found, feed)


@case
def both_states(tf):
    cells = [rnn(tf).GRUCell(4), rnn(tf).GRUCell(3)]
    states = [cell.zero_state(3, tf.float32) + 1.0 for cell in cells]
    return learned(tf, tf.nn.static_bidirectional_rnn(*cells, sequence(tf), *states))


# Bad input.


def static_rnn(tf, inputs, size=4, **arguments):
    return tf.nn.static_rnn(rnn(tf).GRUCell(size), inputs, **arguments)


simple(
    bad_cell=lambda tf: tf.nn.static_rnn(3, sequence(tf), dtype=tf.float32),
    bad_inputs=lambda tf: static_rnn(tf, sequence(tf)[0], dtype=tf.float32),
    bad_empty=lambda tf: static_rnn(tf, [], dtype=tf.float32),
    bad_dtype=lambda tf: static_rnn(tf, sequence(tf)),
    bad_lengths=lambda tf: static_rnn(
        tf, sequence(tf), dtype=tf.float32, sequence_length=[[1, 2, 3]]
    ),
    bad_size=lambda tf: static_rnn(tf, [tf.placeholder(tf.float32, [2, None])], dtype=tf.float32),
    bad_rank=lambda tf: static_rnn(tf, [tf.placeholder(tf.float32)], dtype=tf.float32),
    bad_batches=lambda tf: static_rnn(tf, [tf.zeros([2, 3]), tf.zeros([3, 3])], dtype=tf.float32),
    bad_both_cell=lambda tf: tf.nn.static_bidirectional_rnn(
        rnn(tf).GRUCell(4), 3, sequence(tf), dtype=tf.float32
    ),
    bad_both_empty=lambda tf: tf.nn.static_bidirectional_rnn(
        rnn(tf).GRUCell(4), rnn(tf).GRUCell(4), [], dtype=tf.float32
    ),
    bad_both_inputs=lambda tf: tf.nn.static_bidirectional_rnn(
        rnn(tf).GRUCell(4), rnn(tf).GRUCell(4), 3, dtype=tf.float32
    ),
    bad_state=lambda tf: complaint(
        tf, lambda: static_rnn(tf, sequence(tf), initial_state=tf.zeros([2, 4]))
    ),
)


@case
def bad_mixed_state(tf):
    cell = rnn(tf).MultiRNNCell([rnn(tf).GRUCell(4), rnn(tf).GRUCell(4)])
    state = (tf.zeros([3, 4]), tf.zeros([3, 4], tf.float64))
    return tf.nn.static_rnn(cell, sequence(tf), initial_state=state, sequence_length=[1, 1, 1])
