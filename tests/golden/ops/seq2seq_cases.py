"""tf.contrib.seq2seq: attention, decoders, helpers, beam searches."""

import importlib

import numpy as np
from case_tools import Cases, fed, floats, waves

CASES = Cases()
case, simple = CASES.case, CASES.simple

BATCH, TIME, DEPTH = 3, 5, 2
MEMORY = waves(BATCH, TIME, DEPTH)
LENGTHS = np.int32([5, 2, 3])
QUERY = waves(BATCH, 4)


def s2s(tf):
    return tf.contrib.seq2seq


def flat(tf, *values):
    return tf.contrib.framework.nest.flatten(values)


def with_gradients(tf, values):
    loss = tf.add_n([tf.reduce_sum(tf.cast(v, tf.float32)) for v in values])
    return list(values) + tf.gradients(loss, tf.trainable_variables())


# Attention functions.


def monotonic(tf, mode, p=None):
    p = tf.constant(np.abs(waves(2, 4)) if p is None else np.float32(p))
    before = tf.constant(np.float32([[0.5, 0.25, 0.25, 0], [0, 1, 0, 0]]))
    found = s2s(tf).monotonic_attention(p, before, mode)
    return [found] + tf.gradients(found, [p, before])


simple(
    hardmax=lambda tf: [s2s(tf).hardmax(waves(2, 3)), s2s(tf).hardmax(waves(2, 3, 4), name="h")],
    safe_cumprod=lambda tf: [
        s2s(tf).safe_cumprod(np.abs(waves(2, 5)), axis=1),
        s2s(tf).safe_cumprod(np.float64([0, 1e-300, 0.5]), exclusive=True),
    ],
    monotonic_parallel=lambda tf: monotonic(tf, "parallel"),
    monotonic_hard=lambda tf: monotonic(tf, "hard", [[0, 1, 1, 0], [1, 0, 0, 1]]),
    monotonic_recursive=lambda tf: monotonic(tf, "recursive"),
    monotonic_other=lambda tf: monotonic(tf, "other"),
)


@case
def hardmax_unknown(tf):
    x, feed = fed(tf, waves(2, 3), [None, None])
    return [s2s(tf).hardmax(x)], feed


# Mechanisms.


def attend(tf, kind, units=4, lengths=LENGTHS, memory=MEMORY, query=QUERY, gradients=True, **more):
    mechanism = getattr(s2s(tf), kind)(units, memory, lengths, **more)
    state = mechanism.initial_state(BATCH, tf.float32)
    query = tf.constant(query)
    first, state = mechanism(query, state)
    with tf.variable_scope("again"):
        second, state = mechanism(query * 2, state)
    found = [mechanism.keys, mechanism.values, first, second, state]
    found += [mechanism.initial_alignments(2, tf.float32)]
    if not gradients:
        return found
    return found + tf.gradients(second * floats(TIME), tf.trainable_variables())


def with_keys(keys, values):
    return keys * 2, values + 1


MONOTONIC = dict(sigmoid_noise=0.5, sigmoid_noise_seed=3, score_bias_init=-0.5)
simple(
    luong=lambda tf: attend(tf, "LuongAttention"),
    luong_scaled=lambda tf: attend(tf, "LuongAttention", lengths=None, scale=True, name="l"),
    luong_hard=lambda tf: attend(
        tf,
        "LuongAttention",
        probability_fn=s2s(tf).hardmax,
        score_mask_value=-1e30,
        gradients=False,
    ),
    luong_other_units=lambda tf: attend(tf, "LuongAttention", units=3),
    bahdanau=lambda tf: attend(tf, "BahdanauAttention"),
    bahdanau_normalized=lambda tf: attend(
        tf, "BahdanauAttention", units=3, normalize=True, custom_key_value_fn=with_keys
    ),
    bahdanau_float64=lambda tf: attend(
        tf,
        "BahdanauAttention",
        memory=np.float64(MEMORY),
        query=np.float64(QUERY),
        dtype=tf.float64,
        gradients=False,
    ),
    bahdanau_monotonic=lambda tf: attend(tf, "BahdanauMonotonicAttention", normalize=True),
    bahdanau_monotonic_hard=lambda tf: attend(
        tf, "BahdanauMonotonicAttention", mode="hard", gradients=False, **MONOTONIC
    ),
    luong_monotonic=lambda tf: attend(tf, "LuongMonotonicAttention", lengths=None, **MONOTONIC),
    luong_monotonic_scaled=lambda tf: attend(
        tf, "LuongMonotonicAttention", scale=True, gradients=False
    ),
    zero_length=lambda tf: attend(tf, "LuongAttention", lengths=np.int32([1, 0, 2])),
    not_a_function=lambda tf: [s2s(tf).LuongAttention(2, MEMORY, probability_fn=3)(1, 2)],
)


@case
def unknown_memory(tf):
    memory, feed = fed(tf, MEMORY, [None, None, DEPTH])
    lengths, more = fed(tf, LENGTHS, [None])
    feed.update(more)
    mechanism = s2s(tf).BahdanauAttention(4, memory, lengths)
    state = mechanism.initial_state(tf.shape(memory)[0], tf.float32)
    found = [state, mechanism(tf.constant(QUERY), state)[0]]
    return found + [mechanism.batch_size, mechanism.alignments_size], feed


@case
def memory_of_unknown_depth(tf):
    return [s2s(tf).LuongAttention(4, tf.placeholder(tf.float32, [3, 5, None])).keys]


# The wrapper.


def wrapped(tf, mechanism="LuongAttention", cell=None, **more):
    cell = cell or tf.nn.rnn_cell.GRUCell(4)
    kinds = mechanism if isinstance(mechanism, list) else [mechanism]
    made = [getattr(s2s(tf), kind)(4, MEMORY, LENGTHS) for kind in kinds]
    made = made if isinstance(mechanism, list) else made[0]
    return s2s(tf).AttentionWrapper(cell, made, **more)


def steps(tf, wrapper, count=2):
    state = wrapper.zero_state(BATCH, tf.float32)
    found = [v for v in flat(tf, state) if not hasattr(v, "stack")]
    for _ in range(count):
        output, state = wrapper(tf.constant(QUERY), state)
        found += [output]
    sizes = str([wrapper.output_size, wrapper.state_size])
    sizes = sizes.replace("Dimension(", "").replace(")", "")
    return [v.stack() if hasattr(v, "stack") else v for v in found + flat(tf, state)] + [
        tf.constant(sizes)
    ]


TWO = ["LuongAttention", "BahdanauAttention"]
simple(
    wrapper=lambda tf: steps(tf, wrapped(tf)),
    wrapper_layer_size=lambda tf: steps(tf, wrapped(tf, attention_layer_size=3, name="attending")),
    wrapper_bahdanau=lambda tf: steps(tf, wrapped(tf, "BahdanauAttention", output_attention=False)),
    wrapper_two=lambda tf: steps(tf, wrapped(tf, TWO, attention_layer_size=[3, 2])),
    wrapper_two_with_history=lambda tf: steps(tf, wrapped(tf, TWO, alignment_history=True)),
    wrapper_layer=lambda tf: steps(
        tf, wrapped(tf, attention_layer=tf.layers.Dense(3, activation=tf.tanh))
    ),
    wrapper_input_function=lambda tf: steps(
        tf, wrapped(tf, cell_input_fn=lambda x, attention: x * 2)
    ),
    wrapper_attention_function=lambda tf: steps(
        tf,
        wrapped(tf, attention_fn=lambda mechanism, out, state, layer: (out[:, :2], state, state)),
    ),
    wrapper_lstm=lambda tf: steps(
        tf,
        wrapped(
            tf,
            cell=tf.nn.rnn_cell.LSTMCell(4),
            initial_cell_state=tf.nn.rnn_cell.LSTMStateTuple(tf.ones([3, 4]), tf.zeros([3, 4])),
        ),
    ),
    wrapper_no_mechanism=lambda tf: [s2s(tf).AttentionWrapper(tf.nn.rnn_cell.GRUCell(4), 3)],
    wrapper_no_mechanisms=lambda tf: [s2s(tf).AttentionWrapper(tf.nn.rnn_cell.GRUCell(4), [3])],
    wrapper_no_function=lambda tf: [wrapped(tf, cell_input_fn=3)],
    wrapper_two_sizes=lambda tf: [wrapped(tf, attention_layer_size=[2, 3])],
    wrapper_two_layers=lambda tf: [wrapped(tf, attention_layer=[tf.layers.Dense(3)] * 2)],
    wrapper_both=lambda tf: [
        wrapped(tf, attention_layer_size=2, attention_layer=tf.layers.Dense(3))
    ],
    wrapper_other_batch=lambda tf: [wrapped(tf).zero_state(2, tf.float32).time],
)


@case
def wrapper_other_batch_at_run_time(tf):
    size, feed = fed(tf, np.int32(2), [])
    return flat(tf, wrapped(tf).zero_state(size, tf.float32)), feed


@case
def wrapper_clone(tf):
    state = wrapped(tf).zero_state(BATCH, tf.float32)
    other = tf.placeholder_with_default(np.ones([3, 4], np.float32), [None, 4])
    found = state.clone(cell_state=tf.ones([3, 4]), attention=tf.ones([3, 2]))
    return flat(tf, found, state.clone(cell_state=other))


@case
def wrapper_clone_of_other_shape(tf):
    state = wrapped(tf).zero_state(BATCH, tf.float32)
    return flat(tf, state.clone(cell_state=tf.ones([3, 5])))


# Decoders and helpers.

INPUTS = waves(BATCH, TIME, 4)
EMBEDDING = waves(6, 4)


def training(tf, **more):
    return s2s(tf).TrainingHelper(tf.constant(INPUTS), tf.constant(LENGTHS), **more)


def decode(tf, helper, cell=None, state=None, output_layer=None, gradients=False, **more):
    cell = cell or tf.nn.rnn_cell.GRUCell(6)
    state = cell.zero_state(BATCH, tf.float32) if state is None else state
    decoder = s2s(tf).BasicDecoder(cell, helper, state, output_layer)
    outputs, state, lengths = s2s(tf).dynamic_decode(decoder, **more)
    found = flat(tf, outputs, state, lengths)
    found = [v.stack() if hasattr(v, "stack") else v for v in found]
    return with_gradients(tf, found) if gradients else found


@case
def decode_fed(tf):
    inputs, feed = fed(tf, INPUTS, [None, None, 4])
    lengths, more = fed(tf, LENGTHS, [None])
    feed.update(more)
    helper = s2s(tf).TrainingHelper(inputs, lengths)
    state = tf.nn.rnn_cell.GRUCell(6).zero_state(tf.shape(inputs)[0], tf.float32)
    return decode(tf, helper, state=state, impute_finished=True, maximum_iterations=3), feed


def custom(tf):
    def start():
        return tf.zeros([3], tf.bool), tf.constant(INPUTS[:, 0])

    def sample(time, outputs, state):
        return tf.cast(outputs[:, :2] > 0, tf.int64) * tf.cast(time, tf.int64)

    def following(time, outputs, state, sample_ids):
        return time >= tf.constant([1, 2, 0]), outputs[:, :4], state * 0.5

    return s2s(tf).CustomHelper(start, sample, following, [2], tf.int64)


def inference(tf, function=None):
    return s2s(tf).InferenceHelper(
        lambda outputs: outputs[:, :4],
        [4],
        tf.float32,
        tf.constant(INPUTS[:, 0]),
        lambda sample_ids: sample_ids[:, 0] < sample_ids[:, 1],
        function,
    )


def attending(tf):
    return decode(
        tf,
        training(tf),
        wrapped(tf, "BahdanauAttention", alignment_history=True, attention_layer_size=6),
        impute_finished=True,
    )


def scheduled(tf, kind, *args, **more):
    return getattr(s2s(tf), kind)(tf.constant(INPUTS), tf.constant(LENGTHS), *args, **more)


def auxiliary(tf, function=None):
    helper = scheduled(
        tf,
        "ScheduledOutputTrainingHelper",
        0.5,
        seed=4,
        next_inputs_fn=function,
        auxiliary_inputs=tf.constant(waves(BATCH, TIME, 2)),
    )
    # Random numbers of several iterations at once come in any order.
    return decode(tf, helper, tf.nn.rnn_cell.GRUCell(4), parallel_iterations=1)


START = np.int32([1, 2, 3])
simple(
    decode_training=lambda tf: decode(tf, training(tf), gradients=True),
    decode_time_major=lambda tf: decode(
        tf,
        s2s(tf).TrainingHelper(INPUTS.transpose(1, 0, 2), LENGTHS, time_major=True, name="t"),
        tf.nn.rnn_cell.LSTMCell(3),
        output_layer=tf.layers.Dense(6),
        output_time_major=True,
        impute_finished=True,
        scope="decoding",
        swap_memory=True,
        parallel_iterations=4,
    ),
    decode_nothing=lambda tf: decode(tf, training(tf), maximum_iterations=0),
    decode_attention=attending,
    decode_greedy=lambda tf: decode(
        tf, s2s(tf).GreedyEmbeddingHelper(EMBEDDING, START, 4), maximum_iterations=6
    ),
    decode_greedy_function=lambda tf: decode(
        tf,
        s2s(tf).GreedyEmbeddingHelper(lambda ids: tf.gather(EMBEDDING, ids), START, 2),
        maximum_iterations=tf.constant(4),
        impute_finished=True,
    ),
    decode_sample=lambda tf: decode(
        tf,
        s2s(tf).SampleEmbeddingHelper(EMBEDDING, START, 0, 0.5, seed=2),
        maximum_iterations=7,
        parallel_iterations=1,
    ),
    decode_scheduled_embedding=lambda tf: decode(
        tf,
        scheduled(
            tf,
            "ScheduledEmbeddingTrainingHelper",
            tf.constant(EMBEDDING),
            0.5,
            seed=1,
            scheduling_seed=5,
        ),
        parallel_iterations=1,
    ),
    decode_scheduled_output=lambda tf: decode(
        tf,
        scheduled(tf, "ScheduledOutputTrainingHelper", 0.5, seed=4),
        tf.nn.rnn_cell.GRUCell(4),
        parallel_iterations=1,
    ),
    decode_auxiliary=auxiliary,
    decode_auxiliary_function=lambda tf: auxiliary(tf, lambda outputs: outputs * 2),
    decode_custom=lambda tf: decode(tf, custom(tf)),
    decode_inference=lambda tf: decode(tf, inference(tf), maximum_iterations=4),
    decode_inference_function=lambda tf: decode(
        tf, inference(tf, lambda ids: ids + 1), maximum_iterations=4
    ),
    decode_no_decoder=lambda tf: s2s(tf).dynamic_decode(3),
    decode_maximum=lambda tf: decode(tf, training(tf), maximum_iterations=[3]),
    no_cell=lambda tf: [s2s(tf).BasicDecoder(3, training(tf), tf.ones([3, 6]))],
    no_helper=lambda tf: [s2s(tf).BasicDecoder(tf.nn.rnn_cell.GRUCell(6), 3, None)],
    no_layer=lambda tf: [
        s2s(tf).BasicDecoder(tf.nn.rnn_cell.GRUCell(6), training(tf), None, lambda x: x)
    ],
    no_vector_of_lengths=lambda tf: [s2s(tf).TrainingHelper(INPUTS, [[1]]).inputs],
    no_vector_of_starts=lambda tf: [s2s(tf).GreedyEmbeddingHelper(EMBEDDING, 1, 2)],
    no_scalar_end=lambda tf: [s2s(tf).GreedyEmbeddingHelper(EMBEDDING, [1], [2])],
    no_probability=lambda tf: [scheduled(tf, "ScheduledOutputTrainingHelper", [[0.5]])],
    too_early=lambda tf: [custom(tf).batch_size],
)


@case
def helper_names(tf):
    helper = training(tf)
    x = tf.constant(waves(3, 6))
    found = flat(tf, helper.initialize(), helper.sample(0, x), helper.next_inputs(2, x, x))
    sampled = s2s(tf).SampleEmbeddingHelper(EMBEDDING, START, 4, seed=9).sample(0, x, x)
    many = scheduled(tf, "ScheduledOutputTrainingHelper", [0.1, 0.9], seed=1).sample(0, x, x)
    return found + [sampled, many, helper.batch_size]


# Beam searches.

PARENTS = np.int32([[[0, 0, 0]], [[0, 1, 1]], [[2, 1, 2]], [[-1, -1, -1]]])


def tree(tf, step_ids, parent_ids, lengths, end=10):
    step_ids, feed = fed(tf, np.int32(step_ids), None)
    return [s2s(tf).gather_tree(step_ids, np.int32(parent_ids), lengths, end)], feed


IDS = [[[1, 2, 3]], [[4, 5, 6]], [[7, 8, 9]], [[-1, -1, -1]]]
simple(
    tile_batch=lambda tf: flat(
        tf,
        s2s(tf).tile_batch(waves(2, 3), 3),
        s2s(tf).tile_batch((tf.ones([2], tf.int32), [waves(2, 1, 2)]), 2, name="twice"),
    ),
    tile_scalar=lambda tf: [s2s(tf).tile_batch(3.0, 2)],
    tree=lambda tf: tree(tf, IDS, [[[0, 0, 0]], [[0, 1, 1]], [[2, 1, 2]], [[-1, -1, -1]]], [3]),
    tree_batch=lambda tf: tree(
        tf,
        np.arange(24).reshape(4, 2, 3) % 7,
        (np.arange(24).reshape(4, 2, 3) * 5) % 3,
        [4, 2],
        end=3,
    ),
    tree_no_time=lambda tf: tree(tf, np.ones([2, 2, 3]), np.ones([2, 2, 3]), [0, 5], end=1),
    tree_bad_parents=lambda tf: tree(tf, IDS, np.full([4, 1, 3], -1), [3]),
    tree_other_rank=lambda tf: tree(tf, [[1]], PARENTS, [3]),
    tree_other_shape=lambda tf: tree(tf, np.ones([3, 1, 3]), PARENTS, [3]),
    tree_other_batch=lambda tf: tree(tf, IDS, PARENTS, [3, 2]),
    tree_static=lambda tf: [s2s(tf).gather_tree(np.ones([2, 3]), np.ones([2, 1, 3]), [1], 0)],
)


@case
def tree_lengths_at_run_time(tf):
    lengths, feed = fed(tf, np.int32([3, 2]), None)
    return [s2s(tf).gather_tree(np.int32(IDS), PARENTS, lengths, 10)], feed


def beams(tf, cell=None, state=None, width=3, end=5, embedding=None, steps=5, most=None, **more):
    cell = cell or tf.nn.rnn_cell.GRUCell(6)
    if state is None:
        state = s2s(tf).tile_batch(tf.constant(waves(2, 6)), width)
    embedding = tf.constant(EMBEDDING * 4) if embedding is None else embedding
    decoder = s2s(tf).BeamSearchDecoder(
        cell, embedding, np.int32([1, 2]), end, state, width, **more
    )
    outputs, state, lengths = s2s(tf).dynamic_decode(decoder, maximum_iterations=steps)
    found = flat(tf, outputs, state, lengths)
    return [v.stack() if hasattr(v, "stack") else v for v in found]


def attending_beams(tf, history=True, time=TIME, **more):
    width, cell = 3, tf.nn.rnn_cell.GRUCell(6)
    memory = tf.placeholder_with_default(MEMORY[:2], [2, time, DEPTH])
    memory = s2s(tf).tile_batch(memory, width)
    lengths = s2s(tf).tile_batch(LENGTHS[:2], width)
    mechanism = s2s(tf).BahdanauAttention(4, memory, lengths)
    wrapper = s2s(tf).AttentionWrapper(
        cell, mechanism, attention_layer_size=6, alignment_history=history
    )
    state = wrapper.zero_state(2 * width, tf.float32)
    state = state.clone(cell_state=s2s(tf).tile_batch(tf.constant(waves(2, 6)), width))
    return beams(tf, wrapper, state, width, **more)


simple(
    beams=beams,
    beams_length_penalty=lambda tf: beams(
        tf, length_penalty_weight=0.7, embedding=lambda ids: tf.gather(EMBEDDING, ids)
    ),
    beams_output_layer=lambda tf: beams(
        tf,
        tf.nn.rnn_cell.BasicLSTMCell(3),
        tf.nn.rnn_cell.LSTMStateTuple(tf.ones([4, 3]), tf.constant(waves(4, 3))),
        width=2,
        output_layer=tf.layers.Dense(6, use_bias=False),
        end=0,
    ),
    beams_attention=attending_beams,
    beams_reordered_history=lambda tf: attending_beams(tf, time=None),
    beams_history_as_it_is=lambda tf: attending_beams(tf, time=None, reorder_tensor_arrays=False),
    beams_coverage=lambda tf: attending_beams(tf, history=False, coverage_penalty_weight=0.3),
    beams_no_attention=lambda tf: beams(tf, coverage_penalty_weight=0.3),
    beams_not_tiled=lambda tf: beams(tf, state=tf.ones([2, 6])),
    beams_no_vector=lambda tf: [
        s2s(tf).BeamSearchDecoder(tf.nn.rnn_cell.GRUCell(6), EMBEDDING, 1, 2, tf.ones([2, 6]), 2)
    ],
    beams_no_scalar=lambda tf: beams(tf, end=[5]),
    beams_no_layer=lambda tf: beams(tf, output_layer=3),
)


@case
def beams_of_a_keras_layer(tf):
    """A class that only the module of TensorFlow's sources has."""
    ours = tf.__name__.startswith("evergraph")
    folder = (
        "evergraph.library.contrib.seq2seq" if ours else "tensorflow.contrib.seq2seq.python.ops"
    )
    module = importlib.import_module(folder + ".beam_search_decoder")
    cell = tf.nn.rnn_cell.GRUCell(6)
    decoder = module.BeamSearchDecoderV2(cell, 2, maximum_iterations=4, output_time_major=True)
    outputs, state, lengths = decoder(
        tf.constant(EMBEDDING),
        start_tokens=tf.constant([1, 2]),
        end_token=tf.constant(5),
        initial_state=s2s(tf).tile_batch(tf.constant(waves(2, 6)), 2),
    )
    return flat(tf, outputs, state, lengths)
