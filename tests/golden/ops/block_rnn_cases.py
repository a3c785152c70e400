"""Recurrent cells as single ops, cells with projections, and those over all steps."""

import numpy as np
from case_tools import Cases, fed, ints
from rnn_cell_cases import complaint, facts, names, rnn, steps, wavy
from static_rnn_cases import learned, sequence

CASES = Cases()
case, simple = CASES.case, CASES.simple

LENGTHS = np.array([2, 0, 3], np.int32)


def contrib(tf):
    return tf.contrib.rnn


def _cells():
    choices = {
        "lstm": ("LSTMBlockCell", {}),
        "lstm_peephole": ("LSTMBlockCell", {"use_peephole": True}),
        "lstm_clip": ("LSTMBlockCell", {"cell_clip": 0.1, "forget_bias": 0.5}),
        "lstm_all": ("LSTMBlockCell", {"cell_clip": 0.1, "use_peephole": True, "name": "x"}),
        "gru": ("GRUBlockCell", {}),
        "gru_v2": ("GRUBlockCellV2", {}),
    }

    def make(kind, arguments):
        def plain(tf):
            cell = getattr(contrib(tf), kind)(4, **arguments)
            found = steps(tf, cell)
            return found + facts(tf, cell.state_size, cell.output_size, names(cell.variables))

        return plain

    for name, (kind, arguments) in choices.items():
        CASES["cell_" + name] = make(kind, arguments)


_cells()


@case
def cell_static(tf):
    return learned(
        tf, tf.nn.static_rnn(contrib(tf).LSTMBlockCell(4), sequence(tf), dtype=tf.float32)
    )


@case
def cell_open_batch(tf):
    x, feed = fed(tf, wavy(2, 3), [None, 3])
    cell = contrib(tf).LSTMBlockCell(4, use_peephole=True)
    state = cell.zero_state(tf.shape(x)[0], tf.float32)
    return steps(tf, cell, inputs=x, state=state), feed


@case
def cell_same_variables(tf):
    x = tf.constant(wavy(2, 3))
    first = rnn(tf).LSTMCell(4)
    found = [first(x, first.zero_state(2, tf.float32))[0]]
    second = contrib(tf).LSTMBlockCell(4, reuse=True)
    found.append(second(x, second.zero_state(2, tf.float32))[0])
    return found


@case
def cell_half(tf):
    cell = contrib(tf).LSTMBlockCell(4, dtype=tf.float16)
    return steps(tf, cell, dtype=tf.float16), None


simple(
    gru_no_size=lambda tf: [contrib(tf).GRUBlockCell()],
    gru_two_sizes=lambda tf: [contrib(tf).GRUBlockCell(num_units=3, cell_size=3)],
    gru_cell_size=lambda tf: steps(tf, contrib(tf).GRUBlockCell(cell_size=3)),
    gru_input_size=lambda tf: contrib(tf).GRUBlockCell(3)(
        tf.placeholder(tf.float32, [2, None]), tf.zeros([2, 3])
    ),
    gru_state_size=lambda tf: complaint(
        tf, lambda: contrib(tf).GRUBlockCell(3)(tf.zeros([2, 2]), tf.zeros([2, 4]))
    ),
    lstm_input_size=lambda tf: contrib(tf).LSTMBlockCell(3)(
        tf.placeholder(tf.float32, [2, None]), (tf.zeros([2, 3]), tf.zeros([2, 3]))
    ),
    lstm_state_count=lambda tf: complaint(
        tf, lambda: contrib(tf).LSTMBlockCell(3)(tf.zeros([2, 2]), (tf.zeros([2, 3]),))
    ),
)


# The ops themselves.


def ops(tf):
    return tf.raw_ops


def lstm_inputs(tf, time=None):
    shape = (2, 3) if time is None else (time, 2, 3)
    given = {"x": wavy(*shape), "cs_prev": wavy(2, 4), "h_prev": wavy(2, 4) / 2}
    given["w"], given["b"] = wavy(7, 16) / 3, wavy(16)
    given.update({name: wavy(4) / (i + 1) for i, name in enumerate(["wci", "wcf", "wco"])})
    return {name: tf.constant(value.astype(np.float32)) for name, value in given.items()}


def with_gradients(tf, outputs, inputs):
    total = tf.add_n([tf.reduce_sum(tf.square(outputs.cs)), tf.reduce_sum(outputs.h)])
    return list(outputs) + tf.gradients(total, [inputs[name] for name in sorted(inputs)])


def _op_cases():
    for peephole in (False, True):

        def one_step(tf, peephole=peephole):
            inputs = lstm_inputs(tf)
            found = ops(tf).LSTMBlockCell(use_peephole=peephole, cell_clip=0.5, **inputs)
            if peephole:
                return with_gradients(tf, found, inputs)
            # Without peepholes the diagonals' gradients are not defined.
            return with_gradients(tf, found, {k: v for k, v in inputs.items() if len(k) != 3})

        def all_steps(tf, peephole=peephole):
            inputs = lstm_inputs(tf, 3)
            found = ops(tf).BlockLSTM(
                seq_len_max=tf.constant(3, tf.int64), use_peephole=peephole, **inputs
            )
            return with_gradients(tf, found, inputs)

        def some_steps(tf, peephole=peephole):
            inputs = lstm_inputs(tf, 5)
            found = ops(tf).BlockLSTM(
                seq_len_max=tf.constant(3, tf.int64), use_peephole=peephole, **inputs
            )
            total = tf.reduce_sum(found.h)
            gradients = tf.gradients(total, [inputs[name] for name in sorted(inputs)])
            # The other outputs are not defined after the last step.
            return [found.cs, found.h, found.i[:3], *gradients]

        def second_version(tf, peephole=peephole):
            inputs = lstm_inputs(tf, 3)
            return list(
                ops(tf).BlockLSTMV2(
                    seq_len_max=tf.constant(3, tf.int64),
                    cell_clip=0.5,
                    use_peephole=peephole,
                    **inputs,
                )
            )

        def second_version_gradients(tf, peephole=peephole):
            inputs = lstm_inputs(tf, 3)
            length = tf.constant(3, tf.int64)
            found = ops(tf).BlockLSTMV2(seq_len_max=length, use_peephole=peephole, **inputs)
            return list(
                ops(tf).BlockLSTMGradV2(
                    seq_len_max=length,
                    cs_grad=found.cs * 0.5,
                    h_grad=found.h + 1.0,
                    use_peephole=peephole,
                    **dict(found._asdict(), **inputs),
                )
            )

        for name in (
            "one_step",
            "all_steps",
            "some_steps",
            "second_version",
            "second_version_gradients",
        ):
            CASES[f"{name}_peephole" if peephole else name] = locals()[name]


_op_cases()


@case
def no_steps(tf):
    inputs = lstm_inputs(tf, 2)
    found = ops(tf).BlockLSTM(seq_len_max=tf.constant(0, tf.int64), **inputs)
    gradients = tf.gradients(tf.reduce_sum(found.h), [inputs["x"], inputs["w"], inputs["cs_prev"]])
    return [found.cs, found.h, *gradients]


@case
def gru_op(tf):
    given = {"x": wavy(2, 3), "h_prev": wavy(2, 4), "w_ru": wavy(7, 8), "w_c": wavy(7, 4) / 2}
    given.update(b_ru=wavy(8), b_c=wavy(4))
    inputs = {name: tf.constant(value.astype(np.float32)) for name, value in given.items()}
    found = ops(tf).GRUBlockCell(**inputs)
    gradients = tf.gradients(tf.reduce_sum(found.h * found.h), [inputs[n] for n in sorted(inputs)])
    return list(found) + gradients


def _bad_sizes():
    def lstm(name, value):
        def build(tf):
            inputs = lstm_inputs(tf)
            inputs[name] = tf.placeholder_with_default(tf.zeros(value), None)
            return [ops(tf).LSTMBlockCell(**inputs).h]

        return build

    def block(name, value):
        def build(tf):
            inputs = lstm_inputs(tf, 3)
            inputs[name] = tf.placeholder_with_default(tf.zeros(value), None)
            return [ops(tf).BlockLSTM(seq_len_max=tf.constant(3, tf.int64), **inputs).h]

        return build

    def gru(name, value):
        def build(tf):
            given = {"x": [2, 3], "h_prev": [2, 4], "w_ru": [7, 8], "w_c": [7, 4], "b_ru": [8]}
            given["b_c"] = [4]
            given[name] = value
            inputs = {n: tf.placeholder_with_default(tf.zeros(v), None) for n, v in given.items()}
            return [ops(tf).GRUBlockCell(**inputs).h]

        return build

    wrong = {"cs_prev": [3, 4], "h_prev": [3, 4], "w": [6, 16], "b": [15]}
    for name, value in wrong.items():
        CASES["bad_lstm_" + name] = lstm(name, value)
        CASES["bad_block_" + name] = block(name, value)
    CASES["bad_lstm_h_size"] = lstm("h_prev", [2, 5])
    CASES["bad_lstm_w_size"] = lstm("w", [7, 15])
    CASES["bad_block_wci"] = block("wci", [5])
    CASES["bad_block_x"] = block("x", [3, 2])
    for name, value in {"h_prev": [3, 4], "w_ru": [6, 8], "w_c": [6, 4], "b_ru": [7]}.items():
        CASES["bad_gru_" + name] = gru(name, value)


_bad_sizes()


@case
def bad_shapes(tf):
    inputs = lstm_inputs(tf)
    inputs["x"] = tf.zeros([2])
    return [ops(tf).LSTMBlockCell(**inputs).h]


@case
def bad_bias_shape(tf):
    inputs = lstm_inputs(tf, 3)
    inputs["b"] = tf.zeros([15])
    return [ops(tf).BlockLSTM(seq_len_max=tf.constant(3, tf.int64), **inputs).h]


# Over all steps.


def _fused():
    choices = {
        "plain": {},
        "peephole": {"use_peephole": True},
        "clip": {"cell_clip": 0.1, "forget_bias": 0.0},
    }

    def make(arguments):
        def as_tensor(tf):
            cell = contrib(tf).LSTMBlockFusedCell(4, **arguments)
            return learned(tf, cell(tf.stack(sequence(tf)), dtype=tf.float32))

        def lengths(tf):
            x, feed = fed(tf, wavy(3, 3, 2), [None, None, 2])
            given, other = fed(tf, LENGTHS)
            feed.update(other)
            cell = contrib(tf).LSTMBlockFusedCell(4, **arguments)
            return learned(tf, cell(x, dtype=tf.float32, sequence_length=given), feed)

        return as_tensor, lengths

    for name, arguments in choices.items():
        for kind, function in zip(["tensor", "lengths"], make(arguments)):  # noqa: B905
            CASES[f"fused_{kind}_{name}"] = function


_fused()


@case
def fused_state(tf):
    cell = contrib(tf).LSTMBlockFusedCell(4)
    state = (tf.constant(wavy(3, 4)), tf.constant(wavy(3, 4) / 2))
    found = cell(tf.stack(sequence(tf)), initial_state=state, sequence_length=[1, 2, 0])
    return learned(tf, found)[0] + facts(tf, cell.num_units, names(cell.variables))


simple(
    fused_nothing=lambda tf: complaint(
        tf, lambda: contrib(tf).LSTMBlockFusedCell(4)(tf.zeros([3, 2, 2]))
    ),
    fused_three=lambda tf: complaint(
        tf,
        lambda: contrib(tf).LSTMBlockFusedCell(4)(tf.zeros([3, 2, 2]), (tf.zeros([2, 4]),) * 3),
    ),
    fused_rank=lambda tf: contrib(tf).LSTMBlockFusedCell(4)(tf.zeros([3, 2]), dtype=tf.float32),
    fused_list=lambda tf: contrib(tf).LSTMBlockFusedCell(4)(sequence(tf), dtype=tf.float32),
)


@case
def adaptor(tf):
    found = []
    for inputs in (tf.stack(sequence(tf)), sequence(tf)):
        cell = contrib(tf).FusedRNNCellAdaptor(rnn(tf).GRUCell(4))
        found.append(cell(inputs, dtype=tf.float32, scope=f"s{len(found)}"))
    backwards = contrib(tf).TimeReversedFusedRNN(cell)
    found.append(backwards(tf.stack(sequence(tf)), dtype=tf.float32, scope="b"))
    found.append(backwards(sequence(tf), dtype=tf.float32, scope="c"))
    return learned(tf, found)


@case
def adaptor_lengths(tf):
    cell = contrib(tf).FusedRNNCellAdaptor(rnn(tf).GRUCell(4))
    backwards = contrib(tf).TimeReversedFusedRNN(cell)
    x = tf.stack(sequence(tf))
    found = [
        cell(x, dtype=tf.float32, sequence_length=LENGTHS, scope="a"),
        backwards(x, dtype=tf.float32, sequence_length=LENGTHS, scope="b"),
    ]
    return learned(tf, found)


@case
def stacked(tf):
    cells = [[rnn(tf).GRUCell(size) for size in (4, 3)] for _ in range(2)]
    return learned(tf, contrib(tf).stack_bidirectional_rnn(*cells, sequence(tf), dtype=tf.float32))


@case
def stacked_states(tf):
    cells = [[rnn(tf).GRUCell(size) for size in (4, 3)] for _ in range(2)]
    states = [[c.zero_state(3, tf.float32) + 1.0 for c in layer] for layer in cells]
    found = contrib(tf).stack_bidirectional_rnn(
        *cells, sequence(tf), *states, sequence_length=LENGTHS, scope="mine"
    )
    return learned(tf, found)


def stack(tf, fw, bw, *states):
    return contrib(tf).stack_bidirectional_rnn(fw, bw, sequence(tf), *states, dtype=tf.float32)


simple(
    stacked_no_fw=lambda tf: stack(tf, [], [rnn(tf).GRUCell(3)]),
    stacked_no_bw=lambda tf: stack(tf, [rnn(tf).GRUCell(3)], []),
    stacked_tuple=lambda tf: stack(tf, (rnn(tf).GRUCell(3),), [rnn(tf).GRUCell(3)]),
    stacked_bw_tuple=lambda tf: stack(tf, [rnn(tf).GRUCell(3)], (rnn(tf).GRUCell(3),)),
    stacked_depth=lambda tf: stack(tf, [rnn(tf).GRUCell(3)], [rnn(tf).GRUCell(3)] * 2),
    stacked_fw_states=lambda tf: stack(tf, [rnn(tf).GRUCell(3)], [rnn(tf).GRUCell(3)], ()),
    stacked_bw_states=lambda tf: stack(
        tf, [rnn(tf).GRUCell(3)], [rnn(tf).GRUCell(3)], None, [1, 2]
    ),
)


# Projections.


@case
def embedding(tf):
    x, feed = fed(tf, ints(3) % 2)
    cell = contrib(tf).EmbeddingWrapper(rnn(tf).GRUCell(4), 5, 3)
    first, state = cell(x, cell.zero_state(3, tf.float32))
    second, _ = cell(x, state)
    return learned(tf, [first, second, state], feed)


@case
def embedding_initializers(tf):
    x = tf.constant(ints(3))
    cell = contrib(tf).EmbeddingWrapper(rnn(tf).BasicLSTMCell(4), 5, 3, tf.ones_initializer())
    found = [cell(x, cell.zero_state(3, tf.float32))[0]]
    with tf.variable_scope("s", initializer=tf.constant_initializer(0.1)):
        cell = contrib(tf).EmbeddingWrapper(rnn(tf).BasicLSTMCell(4), 5, 3)
        found.append(cell(x, cell.zero_state(3, tf.float32))[0])
    return found + facts(tf, names(cell.trainable_variables), names(tf.trainable_variables()))


@case
def input_projection(tf):
    cell = contrib(tf).InputProjectionWrapper(rnn(tf).GRUCell(4), 5)
    return steps(tf, cell) + facts(tf, names(cell.weights), cell.state_size, cell.output_size)


@case
def input_projection_activation(tf):
    cell = contrib(tf).InputProjectionWrapper(rnn(tf).GRUCell(4), 5, activation=tf.nn.relu)
    return steps(tf, cell)


@case
def output_projection(tf):
    cell = contrib(tf).OutputProjectionWrapper(rnn(tf).BasicLSTMCell(4), 2)
    return steps(tf, cell) + facts(tf, names(cell.weights), cell.state_size, cell.output_size)


@case
def output_projection_static(tf):
    cell = contrib(tf).OutputProjectionWrapper(rnn(tf).GRUCell(4), 2, activation=tf.nn.relu)
    return learned(tf, tf.nn.static_rnn(cell, sequence(tf), dtype=tf.float32))


@case
def output_projection_partitioned(tf):
    with tf.variable_scope("p", partitioner=tf.fixed_size_partitioner(2)):
        return steps(tf, contrib(tf).OutputProjectionWrapper(rnn(tf).GRUCell(4), 2), count=1)


simple(
    embedding_size=lambda tf: [contrib(tf).EmbeddingWrapper(rnn(tf).GRUCell(4), 5, 0)],
    embedding_cell=lambda tf: [contrib(tf).EmbeddingWrapper(3, 5, 3)],
    output_projection_size=lambda tf: [contrib(tf).OutputProjectionWrapper(rnn(tf).GRUCell(4), 0)],
    output_projection_cell=lambda tf: [contrib(tf).OutputProjectionWrapper(3, 4)],
    input_projection_cell=lambda tf: [contrib(tf).InputProjectionWrapper(3, 4)],
    input_projection_rank=lambda tf: complaint(
        tf,
        lambda: contrib(tf).InputProjectionWrapper(rnn(tf).GRUCell(4), 3)(
            tf.zeros([2]), tf.zeros([2, 4])
        ),
    ),
    input_projection_width=lambda tf: complaint(
        tf,
        lambda: contrib(tf).InputProjectionWrapper(rnn(tf).GRUCell(4), 3)(
            tf.placeholder(tf.float32, [2, None]), tf.zeros([2, 4])
        ),
    ),
)
