"""tf.contrib.legacy_seq2seq: decoders and models over lists of time steps."""

import numpy as np
from case_tools import Cases, fed, floats, waves

CASES = Cases()
case, simple = CASES.case, CASES.simple


def gru(tf, size=2):
    return tf.nn.rnn_cell.GRUCell(size)


def lstm(tf, size=2):
    return tf.nn.rnn_cell.BasicLSTMCell(size)


def stacked(tf):
    return tf.nn.rnn_cell.MultiRNNCell([gru(tf), lstm(tf)])


def steps(tf, count=3, size=4):
    return [tf.constant(floats(3, size) / (10 + i)) for i in range(count)]


def symbols(tf, *rows):
    return [tf.constant(row, tf.int32) for row in rows]


IN = [[0, 1, 2], [3, 1, 0]]
OUT = [[1, 0, 2], [2, 2, 1], [0, 1, 3]]


def results(tf, decoded, gradients=True):
    """Outputs, states, and the gradients of all variables."""
    outputs, state = decoded
    found = list(outputs) + list(tf.contrib.framework.nest.flatten(state))
    if gradients:
        found += tf.gradients(
            tf.add_n([tf.reduce_sum(t * t) for t in found]), tf.trainable_variables()
        )
    return found


def seq2seq(tf):
    return tf.contrib.legacy_seq2seq


@case
def rnn_decoder(tf):
    zeros = tf.zeros([3, 2])
    return results(tf, seq2seq(tf).rnn_decoder(steps(tf), zeros, gru(tf)))


@case
def rnn_decoder_with_loop(tf):
    def loop(prev, i):
        return tf.concat([prev, prev * i], 1)

    return results(tf, seq2seq(tf).rnn_decoder(steps(tf), tf.ones([3, 2]), gru(tf), loop, "mine"))


simple(
    basic=lambda tf: results(tf, seq2seq(tf).basic_rnn_seq2seq(steps(tf, 2), steps(tf), lstm(tf))),
    basic_in_scope=lambda tf: results(
        tf, seq2seq(tf).basic_rnn_seq2seq(steps(tf, 2), steps(tf), stacked(tf), scope="s"), False
    ),
    basic_float64=lambda tf: results(
        tf,
        seq2seq(tf).basic_rnn_seq2seq(
            [tf.constant(np.ones([2, 3]))], [tf.constant(np.ones([2, 3]))], gru(tf), tf.float64
        ),
    ),
    tied=lambda tf: results(tf, seq2seq(tf).tied_rnn_seq2seq(steps(tf, 2), steps(tf), lstm(tf))),
)


@case
def tied_with_loop(tf):
    projected = tf.contrib.rnn.OutputProjectionWrapper(lstm(tf), 4)
    decoded = seq2seq(tf).tied_rnn_seq2seq(
        steps(tf, 2), steps(tf), projected, lambda prev, i: prev + i, scope="t"
    )
    return results(tf, decoded)


def embedding_decoder(tf, **more):
    state = tf.constant(floats(3, 2))
    inputs = symbols(tf, *OUT)
    return results(tf, seq2seq(tf).embedding_rnn_decoder(inputs, state, gru(tf), 4, 2, **more))


def projection(tf):
    w = tf.get_variable("w", [2, 4])
    return w, tf.get_variable("b", [4], initializer=tf.ones_initializer())


simple(
    embedding_decoder=embedding_decoder,
    embedding_decoder_projected=lambda tf: embedding_decoder(
        tf, output_projection=projection(tf), feed_previous=True, scope="d"
    ),
    embedding_decoder_fixed=lambda tf: embedding_decoder(
        tf,
        output_projection=projection(tf),
        feed_previous=True,
        update_embedding_for_previous=False,
    ),
    embedding_decoder_bad_projection=lambda tf: embedding_decoder(
        tf, output_projection=(tf.ones([2, 5]), tf.ones([5]))
    ),
)


def embedding_model(tf, cell=gru, **more):
    inputs, outputs = symbols(tf, *IN), symbols(tf, *OUT)
    return results(
        tf,
        seq2seq(tf).embedding_rnn_seq2seq(inputs, outputs, cell(tf), 4, 5, 2, **more),
        gradients=cell is gru,
    )


def fed_previous(tf, model, **more):
    previous, feed = fed(tf, np.bool_(True), name="previous")
    return model(tf, feed_previous=previous, **more), feed


simple(
    embedding_model=embedding_model,
    embedding_model_stacked=lambda tf: embedding_model(tf, stacked),
    embedding_model_previous=lambda tf: embedding_model(tf, lstm, feed_previous=True),
    embedding_model_projected=lambda tf: embedding_model(
        tf, output_projection=(tf.ones([2, 5]), tf.ones([5])), dtype=tf.float32, scope="m"
    ),
    embedding_model_fed=lambda tf: fed_previous(tf, embedding_model),
    embedding_model_fed_stacked=lambda tf: fed_previous(tf, embedding_model, cell=stacked),
)


def tied_model(tf, cell=gru, unknown=False, **more):
    inputs, outputs = symbols(tf, *IN), symbols(tf, *OUT)
    if unknown:
        inputs = [tf.placeholder_with_default(x, [None]) for x in inputs]
    model = seq2seq(tf).embedding_tied_rnn_seq2seq
    return results(tf, model(inputs, outputs, cell(tf), 5, 2, **more), not more)


simple(
    tied_model=tied_model,
    tied_model_fewer_symbols=lambda tf: tied_model(tf, num_decoder_symbols=3, scope="m"),
    tied_model_previous=lambda tf: tied_model(tf, lstm, feed_previous=True),
    tied_model_projected=lambda tf: tied_model(
        tf, output_projection=(tf.ones([2, 5]), tf.ones([5])), feed_previous=True
    ),
    tied_model_bad_projection=lambda tf: tied_model(
        tf, output_projection=(tf.ones([2, 4]), tf.ones([4]))
    ),
    tied_model_fed=lambda tf: fed_previous(tf, tied_model),
    tied_model_fed_stacked=lambda tf: fed_previous(tf, tied_model, cell=stacked, unknown=True),
)


def attention(tf, cell=gru, states=(3, 5, 2), inputs=None, **more):
    memory = tf.constant(waves(*states))
    inputs = steps(tf, 2) if inputs is None else inputs
    start = cell(tf).zero_state(3, tf.float32)
    return results(tf, seq2seq(tf).attention_decoder(inputs, start, memory, cell(tf), **more))


def unknown_length(tf):
    memory = tf.placeholder_with_default(waves(3, 5, 2), [None, None, 2])
    return results(
        tf, seq2seq(tf).attention_decoder(steps(tf, 2), tf.ones([3, 2]), memory, gru(tf), 3)
    )


simple(
    attention=attention,
    attention_heads=lambda tf: attention(tf, num_heads=2, output_size=3, scope="a"),
    attention_tuple=lambda tf: attention(tf, stacked, initial_state_attention=True),
    attention_loop=lambda tf: attention(
        tf, loop_function=lambda prev, i: tf.concat([prev, prev], 1), dtype=tf.float32
    ),
    attention_unknown_length=unknown_length,
    attention_no_inputs=lambda tf: attention(tf, inputs=[]),
    attention_no_heads=lambda tf: attention(tf, num_heads=0),
)


@case
def attention_unknown_states(tf):
    memory = tf.placeholder(tf.float32, [None, 3, None])
    return seq2seq(tf).attention_decoder(steps(tf), tf.ones([3, 2]), memory, gru(tf))


@case
def attention_unknown_inputs(tf):
    memory, x = tf.ones([3, 5, 2]), tf.placeholder(tf.float32, [3, None], name="x")
    return seq2seq(tf).attention_decoder([x], tf.ones([3, 2]), memory, gru(tf))[0]


def attention_embedding(tf, **more):
    memory = tf.constant(waves(3, 5, 2))
    inputs = symbols(tf, *OUT)
    decoder = seq2seq(tf).embedding_attention_decoder
    return results(tf, decoder(inputs, tf.ones([3, 2]), memory, gru(tf), 4, 2, **more))


def attention_model(tf, cell=gru, **more):
    inputs, outputs = symbols(tf, *IN), symbols(tf, *OUT)
    model = seq2seq(tf).embedding_attention_seq2seq
    return results(tf, model(inputs, outputs, cell(tf), 4, 5, 2, **more), not more)


simple(
    attention_embedding=lambda tf: attention_embedding(tf, output_size=3),
    attention_embedding_projected=lambda tf: attention_embedding(
        tf,
        output_projection=(tf.ones([2, 4]), tf.ones([4])),
        feed_previous=True,
        update_embedding_for_previous=False,
        scope="e",
    ),
    attention_model=attention_model,
    attention_model_projected=lambda tf: attention_model(
        tf, lstm, num_heads=2, output_projection=(tf.ones([2, 5]), tf.ones([5])), scope="m"
    ),
    attention_model_previous=lambda tf: attention_model(tf, stacked, feed_previous=True),
    attention_model_fed=lambda tf: fed_previous(tf, attention_model, initial_state_attention=True),
)


def one2many(tf, enc=gru, dec=gru, names=("a", "b"), **more):
    decoders = dict([("a", symbols(tf, *OUT)), ("b", symbols(tf, *IN))])
    cells = dict((name, dec(tf)) for name in names)
    outputs, states = seq2seq(tf).one2many_rnn_seq2seq(
        symbols(tf, *IN), decoders, enc(tf), cells, 4, {"a": 5, "b": 6}, 2, **more
    )
    return results(tf, (outputs["a"] + outputs["b"], (states["a"], states["b"])), not more)


simple(
    one2many=one2many,
    one2many_previous=lambda tf: one2many(tf, lstm, lstm, feed_previous=True, scope="o"),
    one2many_fed=lambda tf: fed_previous(tf, one2many, enc=stacked, dec=stacked),
    one2many_no_cell=lambda tf: one2many(tf, enc=lambda tf: 3),
    one2many_no_decoder_cell=lambda tf: one2many(tf, dec=lambda tf: "x"),
    one2many_other_names=lambda tf: one2many(tf, names=("a", "c")),
)


@case
def buckets(tf):
    inputs, outputs = symbols(tf, *IN), symbols(tf, *OUT)
    weights = [tf.ones([3]) for _ in outputs]

    def model(x, y):
        return seq2seq(tf).embedding_rnn_seq2seq(x, y, gru(tf), 4, 5, 2)

    found, losses = seq2seq(tf).model_with_buckets(
        inputs, outputs, outputs, weights, [(1, 2), (2, 3)], model
    )
    return found[0] + found[1] + losses + tf.gradients(losses[1], tf.trainable_variables())


@case
def wrappers(tf):
    x, start = tf.constant([[1, 2, 0]], tf.int32), tf.constant([[0.5, -0.5]] * 3)
    rnn = tf.contrib.rnn
    cell = rnn.EmbeddingWrapper(rnn.InputProjectionWrapper(gru(tf), 3, tf.nn.relu), 4, 2)
    outer = rnn.OutputProjectionWrapper(cell, 4, tf.tanh, reuse=False)
    output, state = outer(x, start)
    again, state = outer(x, state, scope=None)
    sizes = [outer.output_size, outer.state_size, cell.output_size, cell.state_size]
    return [output, state, again, tf.constant(sizes), outer.zero_state(2, tf.float32)]


simple(
    embedding_of_nothing=lambda tf: [tf.contrib.rnn.EmbeddingWrapper(gru(tf), 0, 2)],
    projection_of_nothing=lambda tf: [tf.contrib.rnn.OutputProjectionWrapper(gru(tf), 0)],
)
