"""Decoders, samplers, attention and losses of sequences that are Keras layers."""

import numpy as np
from outcomes import Cases, tried

CASES = Cases()
case = CASES.case


def floats(*shape):
    count = int(np.prod(shape))
    return np.float32(np.sin(np.arange(1, count + 1))).reshape(shape)


def rounded(value):
    if isinstance(value, (list, tuple)):
        return [rounded(v) for v in value]
    value = np.asarray(value)
    if value.dtype.kind == "f":
        value = np.asarray(np.round(value, 3) + 0.0, value.dtype)
    return [str(value.dtype), str(value.shape), str(value.tolist())]


def ran(tf, make):
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(1)

        def run():
            made = make()
            flat = tf.contrib.framework.nest.flatten(made)
            sess.run(tf.global_variables_initializer())
            shapes = [str(t.shape) for t in flat]
            return [shapes, [v.name for v in tf.global_variables()], rounded(sess.run(flat))]

        return tried(run)


def cell_of(tf):
    return tf.nn.rnn_cell.GRUCell(4, kernel_initializer=tf.constant_initializer(0.2))


def decoded(tf, module, sampler, inputs, layer=None, **kwargs):
    lib = module("contrib.seq2seq.python.ops.basic_decoder")
    decoder = lib.BasicDecoderV2(cell_of(tf), sampler, output_layer=layer, maximum_iterations=4)
    return decoder(inputs, initial_state=tf.constant(floats(2, 4)), **kwargs)


@case
def samplers(tf, module):
    lib = module("contrib.seq2seq.python.ops.sampler")
    table = floats(5, 3)
    dense = lambda: tf.keras.layers.Dense(5, kernel_initializer=tf.constant_initializer(0.1))  # noqa: E731
    inputs = floats(2, 4, 3)

    def custom():
        def begin(x):
            return tf.tile([False], [2]), tf.constant(floats(2, 3))

        def sample(time, outputs, state):
            return tf.argmax(outputs, -1, output_type=tf.int32)

        def following(time, outputs, state, sample_ids):
            return sample_ids > 2, tf.gather(table, sample_ids), state

        return decoded(tf, module, lib.CustomSampler(begin, sample, following), inputs)

    makes = {
        "training": lambda: decoded(
            tf, module, lib.TrainingSampler(), inputs, sequence_length=[3, 1]
        ),
        "training with layer": lambda: decoded(
            tf, module, lib.TrainingSampler(), inputs, dense(), sequence_length=[3, 1]
        ),
        "time first": lambda: decoded(
            tf, module, lib.TrainingSampler(True), floats(4, 2, 3), sequence_length=[4, 2]
        ),
        "no lengths": lambda: decoded(tf, module, lib.TrainingSampler(), inputs),
        "greedy": lambda: decoded(
            tf, module, lib.GreedyEmbeddingSampler(), table, start_tokens=[1, 3], end_token=2
        ),
        "greedy by function": lambda: decoded(
            tf,
            module,
            lib.GreedyEmbeddingSampler(lambda ids: tf.gather(table, ids) * 2),
            table,
            start_tokens=[1, 3],
            end_token=2,
        ),
        "matrix of tokens": lambda: decoded(
            tf, module, lib.GreedyEmbeddingSampler(), table, start_tokens=[[1, 3]], end_token=2
        ),
        "ends": lambda: decoded(
            tf, module, lib.GreedyEmbeddingSampler(), table, start_tokens=[1, 3], end_token=[2]
        ),
        "cold": lambda: decoded(
            tf,
            module,
            lib.SampleEmbeddingSampler(softmax_temperature=1e-5, seed=3),
            table,
            start_tokens=[1, 3],
            end_token=2,
        ),
        "never sampled": lambda: decoded(
            tf,
            module,
            lib.ScheduledEmbeddingTrainingSampler(0.0, seed=1),
            inputs,
            sequence_length=[3, 1],
            embedding=table,
        ),
        "always": lambda: decoded(
            tf,
            module,
            lib.ScheduledOutputTrainingSampler(1.0, next_inputs_fn=lambda x: x[:, :3]),
            inputs,
            sequence_length=[3, 2],
        ),
        "no embedding": lambda: decoded(
            tf,
            module,
            lib.ScheduledEmbeddingTrainingSampler(0.5),
            inputs,
            sequence_length=[3, 1],
        ),
        "embedding": lambda: lib.ScheduledEmbeddingTrainingSampler(0.5, embedding_fn=3),
        "greedy embedding": lambda: lib.GreedyEmbeddingSampler(3),
        "inference": lambda: decoded(
            tf,
            module,
            lib.InferenceSampler(
                lambda x: x[:, :3], [3], tf.float32, lambda x: tf.reduce_sum(x, 1) > 1.5
            ),
            floats(2, 3),
        ),
        "custom": custom,
        "early": lambda: lib.TrainingSampler().batch_size,
        "no sampler": lambda: decoded(tf, module, "greedy", inputs),
        "no layer": lambda: decoded(tf, module, lib.TrainingSampler(), inputs, layer="dense"),
    }
    return {label: ran(tf, make) for label, make in makes.items()}


@case
def attention(tf, module):
    lib = module("contrib.seq2seq.python.ops.attention_wrapper")
    memory, query = floats(2, 5, 3), floats(2, 4)
    ones = lambda units, name: tf.keras.layers.Dense(  # noqa: E731
        units, kernel_initializer=tf.constant_initializer(0.3), use_bias=False, name=name
    )

    def asked(kind, units=4, lengths=(5, 2), given=memory, **kwargs):
        kwargs["memory_layer"] = ones(units, "memory_layer")
        if "Bahdanau" in kind:
            kwargs["query_layer"] = ones(units, "query_layer")
            kwargs["kernel_initializer"] = "ones"
        lengths = None if lengths is None else list(lengths)
        layer = getattr(lib, kind)(units, given, lengths, **kwargs)
        if given is None:
            layer(memory, setup_memory=True)
        state = layer.initial_state(2, tf.float32)
        alignments, after = layer([tf.constant(query), state])
        return alignments, after, layer.keys, layer.values

    makes = {}
    for kind in ("LuongAttentionV2", "BahdanauAttentionV2"):
        more = {"scale": True} if "Luong" in kind else {"normalize": True}
        makes[kind] = lambda kind=kind: asked(kind)
        makes[kind + " whole"] = lambda kind=kind: asked(kind, lengths=None)
        makes[kind + " later"] = lambda kind=kind: asked(kind, lengths=None, given=None)
        makes[kind + " scaled"] = lambda kind=kind, more=more: asked(kind, **more)
        makes[kind + " hard"] = lambda kind=kind: asked(kind, probability_fn="hardmax")
        makes[kind + " other"] = lambda kind=kind: asked(kind, probability_fn="other")
        kind = kind.replace("Attention", "MonotonicAttention")
        for mode in ("parallel", "recursive", "hard"):
            makes[kind + " " + mode] = lambda kind=kind, mode=mode, more=more: asked(
                kind, mode=mode, score_bias_init=0.5, **more
            )
    makes["no layer"] = lambda: lib.LuongAttentionV2(3, memory, memory_layer=3)
    makes["no memory"] = lambda: lib.LuongAttentionV2(3, None)([tf.constant(query), query])
    makes["twice"] = lambda: lib.LuongAttentionV2(3, memory)(memory, setup_memory=True)
    makes["one"] = lambda: lib.LuongAttentionV2(3, memory)([tf.constant(query)])

    def wrapped():
        layer = lib.LuongAttentionV2(4, memory, [5, 3], memory_layer=ones(4, "memory_layer"))
        cell = lib.AttentionWrapper(cell_of(tf), layer, attention_layer_size=None)
        outputs, state = cell(tf.constant(floats(2, 3)), cell.zero_state(2, tf.float32))
        return outputs, state.alignments

    makes["wrapped"] = wrapped
    found = {label: ran(tf, make) for label, make in makes.items()}
    with tf.Graph().as_default():
        for kind in ("LuongAttentionV2", "BahdanauMonotonicAttentionV2"):
            layer = getattr(lib, kind)(4, memory)
            config = layer.get_config()
            found[kind + " config"] = sorted(config)
            again = getattr(lib, kind).from_config(config)
            found[kind + " again"] = [again.name, type(again.memory_layer).__name__]
    return found


@case
def losses(tf, module):
    lib = module("contrib.seq2seq.python.ops.loss")
    logits, targets = floats(2, 3, 4), np.int32([[0, 1, 2], [3, 0, 1]])
    weights = np.float32([[1, 0.5, 0], [1, 1, 1]])
    makes = {}
    for arguments in (
        {},
        {"sum_over_batch": False},
        {"sum_over_timesteps": False},
        {"sum_over_timesteps": False, "sum_over_batch": False},
        {
            "average_across_timesteps": True,
            "average_across_batch": True,
            "sum_over_timesteps": False,
            "sum_over_batch": False,
        },
        {"average_across_timesteps": True},
    ):
        makes[str(sorted(arguments.items()))] = lambda arguments=arguments: lib.SequenceLoss(
            **arguments
        )(tf.constant(targets), tf.constant(logits), tf.constant(weights))
    return {label: ran(tf, make) for label, make in makes.items()}
