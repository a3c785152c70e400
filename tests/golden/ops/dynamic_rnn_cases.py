"""tf.nn.dynamic_rnn, in both directions, and raw_rnn: graphs with loops, values, gradients."""

import numpy as np
from case_tools import Cases, fed
from rnn_cell_cases import complaint, facts, flat, names, rnn, wavy
from static_rnn_cases import LENGTHS, learned

CASES = Cases()
case, simple = CASES.case, CASES.simple


def sequence(tf, shape=(3, 4, 2)):
    return tf.constant(wavy(*shape).astype(np.float32))


def _cells():
    makers = {
        "basic": lambda tf: rnn(tf).BasicRNNCell(4),
        "gru": lambda tf: rnn(tf).GRUCell(4),
        "basic_lstm": lambda tf: rnn(tf).BasicLSTMCell(4),
        "lstm_together": lambda tf: rnn(tf).LSTMCell(4, state_is_tuple=False, num_proj=3),
        "lstm_peepholes": lambda tf: rnn(tf).LSTMCell(4, use_peepholes=True, cell_clip=0.2),
        "multi": lambda tf: rnn(tf).MultiRNNCell([rnn(tf).GRUCell(4), rnn(tf).LSTMCell(2)]),
        "multi_same": lambda tf: rnn(tf).MultiRNNCell([rnn(tf).GRUCell(2)] * 2),
        "residual": lambda tf: rnn(tf).ResidualWrapper(rnn(tf).GRUCell(2)),
        "block": lambda tf: tf.contrib.rnn.LSTMBlockCell(4),
        "projection": lambda tf: tf.contrib.rnn.OutputProjectionWrapper(rnn(tf).GRUCell(4), 3),
    }

    def make(maker):
        def plain(tf):
            return learned(tf, tf.nn.dynamic_rnn(maker(tf), sequence(tf), dtype=tf.float32))

        def lengths(tf):
            given, feed = fed(tf, LENGTHS)
            found = tf.nn.dynamic_rnn(
                maker(tf), sequence(tf), dtype=tf.float32, sequence_length=given
            )
            return learned(tf, found, feed)

        return plain, lengths

    for name, maker in makers.items():
        CASES["dynamic_" + name], CASES["dynamic_lengths_" + name] = make(maker)


_cells()


@case
def dynamic_forward(tf):
    return flat(tf, tf.nn.dynamic_rnn(rnn(tf).BasicLSTMCell(4), sequence(tf), dtype=tf.float32))


@case
def dynamic_dropout(tf):
    cell = rnn(tf).DropoutWrapper(rnn(tf).GRUCell(4), 0.5, 0.5, 0.5, seed=1)
    return flat(tf, tf.nn.dynamic_rnn(cell, sequence(tf), dtype=tf.float32))


@case
def dynamic_dropout_variational(tf):
    cell = rnn(tf).DropoutWrapper(
        rnn(tf).BasicLSTMCell(4), 0.5, 0.5, 0.5, True, 2, tf.float32, seed=1
    )
    return learned(tf, tf.nn.dynamic_rnn(cell, sequence(tf), dtype=tf.float32))


@case
def dynamic_time_major(tf):
    found = tf.nn.dynamic_rnn(
        rnn(tf).GRUCell(4),
        sequence(tf),
        dtype=tf.float32,
        time_major=True,
        sequence_length=[1, 3, 0, 2],
    )
    return learned(tf, found)


@case
def dynamic_open(tf):
    x, feed = fed(tf, wavy(3, 4, 2).astype(np.float32), [None, None, 2])
    lengths, other = fed(tf, LENGTHS, [None])
    feed.update(other)
    found = tf.nn.dynamic_rnn(
        rnn(tf).BasicLSTMCell(4), x, dtype=tf.float32, sequence_length=lengths
    )
    return learned(tf, found, feed)


@case
def dynamic_open_plain(tf):
    x, feed = fed(tf, wavy(3, 4, 2).astype(np.float32), [None, None, 2])
    return learned(tf, tf.nn.dynamic_rnn(rnn(tf).GRUCell(4), x, dtype=tf.float32), feed)


@case
def dynamic_no_steps(tf):
    x, feed = fed(tf, np.zeros((3, 0, 2), np.float32), [None, None, 2])
    return flat(tf, tf.nn.dynamic_rnn(rnn(tf).GRUCell(4), x, dtype=tf.float32)), feed


@case
def dynamic_state(tf):
    cell = rnn(tf).BasicLSTMCell(4)
    state = rnn(tf).LSTMStateTuple(tf.constant(wavy(3, 4)), tf.constant(wavy(3, 4) / 2))
    state = rnn(tf).LSTMStateTuple(*[tf.cast(s, tf.float32) for s in state])
    return learned(tf, tf.nn.dynamic_rnn(cell, sequence(tf), initial_state=state))


@case
def dynamic_options(tf):
    with tf.variable_scope("outer"):
        found = tf.nn.dynamic_rnn(
            rnn(tf).GRUCell(4),
            sequence(tf),
            dtype=tf.float32,
            parallel_iterations=3,
            swap_memory=True,
            scope="mine",
        )
    return learned(tf, found)


@case
def dynamic_reused(tf):
    cell = rnn(tf).BasicRNNCell(4)
    first, _ = tf.nn.dynamic_rnn(cell, sequence(tf), dtype=tf.float32)
    with tf.variable_scope("rnn", reuse=True) as scope:
        other = rnn(tf).BasicRNNCell(4)
        second, _ = tf.nn.dynamic_rnn(other, sequence(tf), dtype=tf.float32, scope=scope)
    third, _ = tf.nn.dynamic_rnn(cell, sequence(tf), dtype=tf.float32)
    return [first, second, third, *facts(tf, names(tf.global_variables()))]


@case
def dynamic_two_layers(tf):
    x, _ = tf.nn.dynamic_rnn(rnn(tf).GRUCell(4), sequence(tf), dtype=tf.float32, scope="a")
    return learned(tf, tf.nn.dynamic_rnn(rnn(tf).GRUCell(3), x, dtype=tf.float32, scope="b"))


@case
def dynamic_structures(tf):
    class Pair(rnn(tf).RNNCell):
        state_size = (2, tf.TensorShape([2, 2]))
        output_size = (tf.TensorShape([2, 2]), 2)

        def call(self, inputs, state):
            a, (b,) = inputs
            w = tf.get_variable("w", [])
            return (state[1] + b * w, a), (a + state[0], b)

    x = sequence(tf)
    inputs = (x, (tf.stack([x, x], 2),))
    plain = tf.nn.dynamic_rnn(Pair(), inputs, dtype=tf.float32)
    lengths = tf.nn.dynamic_rnn(
        Pair(), inputs, dtype=tf.float32, sequence_length=[1, 0, 2], scope="lengths"
    )
    return learned(tf, [plain, lengths])


@case
def dynamic_scalar_state(tf):
    class Counting(rnn(tf).RNNCell):
        state_size = (tf.TensorShape([]), 2)
        output_size = 2

        def zero_state(self, batch_size, dtype):
            return tf.constant(0.0), tf.zeros([batch_size, 2])

        def call(self, inputs, state):
            count, total = state
            return total * count, (count + 1.0, total + inputs)

    found = tf.nn.dynamic_rnn(Counting(), sequence(tf), dtype=tf.float32, sequence_length=[1, 0, 2])
    return flat(tf, found)


@case
def dynamic_resource(tf):
    with tf.variable_scope("v", use_resource=True):
        found = tf.nn.dynamic_rnn(rnn(tf).GRUCell(4), sequence(tf), dtype=tf.float32)
    return learned(tf, found)


@case
def dynamic_on_device(tf):
    with tf.device("/cpu:0"):
        found = tf.nn.dynamic_rnn(rnn(tf).GRUCell(4), sequence(tf), dtype=tf.float32)
    return learned(tf, found)


@case
def dynamic_double(tf):
    x = tf.constant(wavy(3, 4, 2).astype(np.float64))
    return learned(tf, tf.nn.dynamic_rnn(rnn(tf).BasicLSTMCell(4), x, dtype=tf.float64))


@case
def dynamic_in_cond(tf):
    choose, feed = fed(tf, True)
    cell = rnn(tf).GRUCell(2)
    cell.build(tf.TensorShape([3, 2]))
    x = sequence(tf)

    def run():
        return tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)[0]

    return [tf.cond(choose, run, lambda: x)], feed


@case
def dynamic_training(tf):
    """As many programs do it: the last output, a dense layer, Adam."""
    x, feed = fed(tf, wavy(3, 4, 2).astype(np.float32), [None, 4, 2])
    y, other = fed(tf, np.array([[1.0], [0.5], [-1.0]], np.float32), [None, 1])
    feed.update(other)
    cell = rnn(tf).MultiRNNCell([rnn(tf).BasicLSTMCell(4) for _ in range(2)])
    outputs, _ = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
    predictions = tf.layers.dense(outputs[:, -1, :], 1)
    loss = tf.losses.mean_squared_error(y, predictions)
    train = tf.train.AdamOptimizer(0.1).minimize(loss)
    with tf.control_dependencies([train]):
        return [loss, tf.identity(loss)], feed


# Both directions.


def both_cells(tf):
    return [rnn(tf).BasicLSTMCell(4), rnn(tf).GRUCell(3)]


@case
def both(tf):
    found = tf.nn.bidirectional_dynamic_rnn(*both_cells(tf), sequence(tf), dtype=tf.float32)
    return learned(tf, found)


@case
def both_lengths(tf):
    lengths, feed = fed(tf, LENGTHS)
    found = tf.nn.bidirectional_dynamic_rnn(
        *both_cells(tf), sequence(tf), lengths, dtype=tf.float32, scope="mine"
    )
    return learned(tf, found, feed)


@case
def both_time_major(tf):
    cells = [rnn(tf).GRUCell(4), rnn(tf).GRUCell(3)]
    states = [tf.ones([4, 4]), tf.ones([4, 3])]
    found = tf.nn.bidirectional_dynamic_rnn(
        *cells,
        sequence(tf),
        sequence_length=[1, 2, 3, 0],
        initial_state_fw=states[0],
        initial_state_bw=states[1],
        time_major=True,
        parallel_iterations=2,
        swap_memory=True,
    )
    return learned(tf, found)


@case
def both_stacked(tf):
    cells = [[rnn(tf).GRUCell(size) for size in (4, 3)] for _ in range(2)]
    found = tf.contrib.rnn.stack_bidirectional_dynamic_rnn(
        *cells, sequence(tf), dtype=tf.float32, sequence_length=LENGTHS
    )
    return learned(tf, found)


@case
def adaptor(tf):
    cell = tf.contrib.rnn.FusedRNNCellAdaptor(rnn(tf).GRUCell(4), use_dynamic_rnn=True)
    found = [cell(sequence(tf), dtype=tf.float32, scope="a")]
    inputs = tf.unstack(sequence(tf))
    backwards = tf.contrib.rnn.TimeReversedFusedRNN(cell)
    found.append(backwards(inputs, dtype=tf.float32, scope="b"))
    return learned(tf, found)


# Loops with a function of one's own.


def raw(tf, lengths, emit=None, own=None, batch=3):
    cell = rnn(tf).BasicLSTMCell(4)
    inputs = tf.TensorArray(tf.float32, 4).unstack(tf.transpose(sequence(tf), [1, 0, 2]))

    def loop(time, output, state, loop_state):
        finished = time >= lengths
        next_input = tf.cond(
            tf.reduce_all(finished), lambda: tf.zeros([batch, 2]), lambda: inputs.read(time)
        )
        if output is None:
            state = cell.zero_state(batch, tf.float32)
            return finished, next_input, state, emit and emit(None), own
        emitted = output if emit is None else emit(output)
        return finished, next_input, state, emitted, None if own is None else loop_state + 1

    arrays, state, loop_state = tf.nn.raw_rnn(cell, loop)
    return [a.stack() for a in flat(tf, arrays)], state, loop_state


@case
def raw_plain(tf):
    lengths, feed = fed(tf, LENGTHS)
    outputs, state, _ = raw(tf, lengths)
    return learned(tf, [outputs, state], feed)


@case
def raw_emit(tf):
    lengths = tf.constant(LENGTHS)

    def emit(output):
        if output is None:
            return tf.zeros([4], tf.int32), tf.zeros([2])
        return tf.cast(output * 10.0, tf.int32), output[:, :2]

    outputs, state, _ = raw(tf, lengths, emit)
    return flat(tf, [outputs, state])


@case
def raw_own_state(tf):
    outputs, state, loop_state = raw(tf, tf.constant(LENGTHS), own=tf.constant(5))
    return flat(tf, [outputs, state, loop_state])


def _bad_raw():
    def run(tf, change):
        cell = rnn(tf).GRUCell(4)

        def loop(time, output, state, loop_state):
            found = [
                tf.fill([3], time > 2) if output is None else tf.fill([3], True),
                tf.zeros([3, 2]),
                tf.zeros([3, 4]) if output is None else state,
                output,
                None,
            ]
            change(found, output)
            return tuple(found)

        return tf.nn.raw_rnn(cell, loop)

    def state(found, output):
        found[2] = (found[2],)

    def later_input(found, output):
        if output is not None:
            found[1] = (found[1], found[1])

    def later_emit(found, output):
        if output is not None:
            found[3] = (output,)

    simple(
        bad_raw_state=lambda tf: run(tf, state),
        bad_raw_input=lambda tf: complaint(tf, lambda: run(tf, later_input)),
        bad_raw_emit=lambda tf: complaint(tf, lambda: run(tf, later_emit)),
        bad_raw_function=lambda tf: tf.nn.raw_rnn(rnn(tf).GRUCell(4), 3),
        bad_raw_cell=lambda tf: tf.nn.raw_rnn(3, lambda *args: None),
    )


_bad_raw()


# Bad input.


def dynamic(tf, inputs, **arguments):
    return tf.nn.dynamic_rnn(rnn(tf).GRUCell(4), inputs, **arguments)


simple(
    bad_cell=lambda tf: tf.nn.dynamic_rnn(3, sequence(tf), dtype=tf.float32),
    bad_dtype=lambda tf: dynamic(tf, sequence(tf)),
    bad_rank=lambda tf: dynamic(tf, tf.zeros([2, 3]), dtype=tf.float32),
    bad_vector=lambda tf: dynamic(tf, tf.zeros([2]), dtype=tf.float32),
    bad_unknown=lambda tf: dynamic(tf, tf.placeholder(tf.float32), dtype=tf.float32),
    bad_depth=lambda tf: dynamic(tf, tf.placeholder(tf.float32, [2, 3, None]), dtype=tf.float32),
    bad_lengths=lambda tf: dynamic(tf, sequence(tf), dtype=tf.float32, sequence_length=[[1, 2, 3]]),
    bad_times=lambda tf: dynamic(tf, (sequence(tf), sequence(tf, (3, 5, 2))), dtype=tf.float32),
    bad_batches=lambda tf: dynamic(tf, (sequence(tf), sequence(tf, (2, 4, 2))), dtype=tf.float32),
    bad_state=lambda tf: complaint(
        tf, lambda: dynamic(tf, sequence(tf), initial_state=tf.zeros([2, 4]))
    ),
    bad_both_cell=lambda tf: tf.nn.bidirectional_dynamic_rnn(
        rnn(tf).GRUCell(4), 3, sequence(tf), dtype=tf.float32
    ),
    bad_lengths_count=lambda tf: flat(
        tf, dynamic(tf, sequence(tf), dtype=tf.float32, sequence_length=[1, 2])
    ),
)


@case
def bad_lengths_count_fed(tf):
    lengths, feed = fed(tf, np.array([1, 2], np.int32), [None])
    return flat(tf, dynamic(tf, sequence(tf), dtype=tf.float32, sequence_length=lengths)), feed


@case
def bad_state_structure(tf):
    class Growing(rnn(tf).RNNCell):
        state_size = output_size = 2

        def call(self, inputs, state):
            return inputs, (state, state)

    return complaint(tf, lambda: tf.nn.dynamic_rnn(Growing(), sequence(tf), dtype=tf.float32))
