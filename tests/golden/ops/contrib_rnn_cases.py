"""The cells of tf.contrib.rnn: two steps of each with gradients, names of variables, errors."""

import numpy as np
from case_tools import Cases, fed, floats
from rnn_cell_cases import complaint, facts, flat, names, rnn, steps, wavy
from static_rnn_cases import learned, sequence

CASES = Cases()
case, simple = CASES.case, CASES.simple


def contrib(tf):
    return tf.contrib.rnn


def private(tf):
    """Where the cells without a public name are."""
    if tf.__name__ == "evergraph":
        from evergraph.library.contrib.rnn import independent, normed, turing

        class Found:
            LayerNormLSTMCell = normed.LayerNormLSTMCell
            WeightNormLSTMCell = normed.WeightNormLSTMCell
            MinimalRNNCell = independent.MinimalRNNCell
            CFNCell = independent.CFNCell
            NTMCell = turing.NTMCell

        return Found
    from tensorflow.contrib.rnn.python.ops import rnn_cell

    return rnn_cell


PUBLIC = {
    "coupled": ("CoupledInputForgetGateLSTMCell", {}),
    "coupled_together": ("CoupledInputForgetGateLSTMCell", {"state_is_tuple": False}),
    "coupled_peepholes": ("CoupledInputForgetGateLSTMCell", {"use_peepholes": True}),
    "coupled_projection": (
        "CoupledInputForgetGateLSTMCell",
        {"num_proj": 3, "proj_clip": 0.05, "num_unit_shards": 2, "num_proj_shards": 3},
    ),
    "coupled_norm": (
        "CoupledInputForgetGateLSTMCell",
        {"layer_norm": True, "norm_gain": 0.5, "norm_shift": 0.25, "use_peepholes": True},
    ),
    "layer_norm": ("LayerNormBasicLSTMCell", {}),
    "layer_norm_settings": (
        "LayerNormBasicLSTMCell",
        {"forget_bias": 0.5, "norm_gain": 0.5, "norm_shift": 0.25},
    ),
    "layer_norm_off": ("LayerNormBasicLSTMCell", {"layer_norm": False}),
    "layer_norm_dropout": (
        "LayerNormBasicLSTMCell",
        {"dropout_keep_prob": 0.5, "dropout_prob_seed": 3},
    ),
    "nas": ("NASCell", {}),
    "nas_projection": ("NASCell", {"num_proj": 3, "use_bias": True}),
    "ugrnn": ("UGRNNCell", {}),
    "ugrnn_settings": ("UGRNNCell", {"forget_bias": 0.25}),
    "intersection": ("IntersectionRNNCell", {"num_in_proj": 4}),
    "grouped": ("GLSTMCell", {}),
    "sru": ("SRUCell", {}),
    "independent": ("IndRNNCell", {}),
    "independent_gru": ("IndyGRUCell", {}),
    "independent_lstm": ("IndyLSTMCell", {}),
    "independent_lstm_settings": ("IndyLSTMCell", {"forget_bias": 0.5, "name": "own"}),
}
PRIVATE = {
    "norm_lstm": ("LayerNormLSTMCell", {}),
    "norm_lstm_all": (
        "LayerNormLSTMCell",
        {"use_peepholes": True, "cell_clip": 0.2, "num_proj": 3, "proj_clip": 0.1},
    ),
    "norm_lstm_normed": ("LayerNormLSTMCell", {"layer_norm": True, "use_peepholes": True}),
    "weight_norm": ("WeightNormLSTMCell", {}),
    "weight_norm_off": ("WeightNormLSTMCell", {"norm": False}),
    "weight_norm_all": (
        "WeightNormLSTMCell",
        {"use_peepholes": True, "cell_clip": 0.2, "num_proj": 3, "proj_clip": 0.1},
    ),
    "minimal": ("MinimalRNNCell", {}),
    "minimal_settings": ("MinimalRNNCell", {"activation": "relu", "bias_initializer": "zeros"}),
    "chaos_free": ("CFNCell", {}),
}


def _cells():
    def make(module, kind, arguments):
        def plain(tf):
            cell = getattr(module(tf), kind)(4, **arguments)
            found = steps(tf, cell)
            sizes = [cell.state_size, cell.output_size, names(cell.variables)]
            return found + facts(tf, *sizes)

        def static(tf):
            cell = getattr(module(tf), kind)(4, **arguments)
            with tf.variable_scope("o", initializer=tf.random_uniform_initializer(-0.5, 0.5)):
                found = tf.nn.static_rnn(
                    cell, sequence(tf), dtype=tf.float32, sequence_length=[1, 0, 2]
                )
            return learned(tf, found)

        return plain, static

    for module, cells in ((contrib, PUBLIC), (private, PRIVATE)):
        for name, (kind, arguments) in cells.items():
            plain, static = make(module, kind, arguments)
            CASES[name] = plain
            if name in ("coupled_norm", "layer_norm", "nas", "sru", "weight_norm", "minimal"):
                CASES[name + "_static"] = static


_cells()


@case
def initializers(tf):
    tenth = tf.constant_initializer(0.1)
    cells = [
        contrib(tf).UGRNNCell(4, initializer=tenth),
        contrib(tf).IntersectionRNNCell(3, initializer=tenth, y_activation=tf.nn.tanh),
        contrib(tf).GLSTMCell(4, initializer=tenth, activation=tf.nn.relu),
        private(tf).LayerNormLSTMCell(4, initializer=tenth, activation=tf.nn.relu),
        private(tf).WeightNormLSTMCell(4, initializer=tenth),
        contrib(tf).IndyGRUCell(4, kernel_initializer=tenth, bias_initializer=tenth),
        contrib(tf).IndyLSTMCell(4, kernel_initializer=tenth, bias_initializer=tenth),
    ]
    found = []
    for i, cell in enumerate(cells):
        with tf.variable_scope(f"c{i}"):
            x = tf.constant(wavy(2, 3))
            found += flat(tf, cell(x, cell.zero_state(2, tf.float32)))
    return found


@case
def layer_norm_dropout_tensor(tf):
    keep, feed = fed(tf, np.float32(0.5))
    cell = contrib(tf).LayerNormBasicLSTMCell(4, dropout_keep_prob=keep, dropout_prob_seed=3)
    return steps(tf, cell), feed


@case
def layer_norm_double(tf):
    return steps(tf, contrib(tf).LayerNormBasicLSTMCell(4), dtype=tf.float64, count=1)


@case
def grouped_projection(tf):
    x = tf.constant(wavy(2, 4))
    cell = contrib(tf).GLSTMCell(6, num_proj=4, number_of_groups=2, forget_bias=0.5)
    return steps(tf, cell, inputs=x)


@case
def grouped_open(tf):
    x, feed = fed(tf, wavy(2, 4), [None, 4])
    cell = contrib(tf).GLSTMCell(4, number_of_groups=2)
    return steps(tf, cell, inputs=x, state=cell.zero_state(tf.shape(x)[0], tf.float32)), feed


def phased(tf, dtype=np.float32, **arguments):
    cell = contrib(tf).PhasedLSTMCell(4, **arguments)
    x, time = tf.constant(wavy(2, 3)), tf.constant(np.array([[3.5], [70.25]], dtype))
    state = cell.zero_state(2, tf.float32)
    first, state = cell((time, x), state)
    second, state = cell((time + 1.5, x), state)
    values = [first, second, *flat(tf, state)]
    total = tf.add_n([tf.reduce_sum(tf.square(v)) for v in values])
    return (
        values
        + tf.gradients(total, [x, *tf.trainable_variables()])
        + facts(tf, names(cell.trainable_variables), names(cell.non_trainable_variables))
    )


simple(
    phased=phased,
    phased_double=lambda tf: phased(tf, np.float64),
    phased_settings=lambda tf: phased(
        tf,
        use_peepholes=True,
        leak=0.5,
        ratio_on=0.4,
        trainable_ratio_on=False,
        period_init_min=2.0,
        period_init_max=8.0,
    ),
)


# Frequencies.


def _frequency_cases():
    choices = {
        "plain": {},
        "settings": {"use_peepholes": True, "cell_clip": 0.1, "num_unit_shards": 2},
    }

    def frequency(arguments):
        def build(tf):
            cell = contrib(tf).TimeFreqLSTMCell(
                2, feature_size=2, frequency_skip=1, forget_bias=0.5, **arguments
            )
            # The state of all windows is not what `state_size` says.
            return steps(tf, cell, state=tf.constant(wavy(2, 8) / 4)) + facts(
                tf, cell.state_size, cell.output_size
            )

        return build

    for name, arguments in choices.items():
        CASES["frequency_" + name] = frequency(arguments)


_frequency_cases()


def _grid_cases():
    choices = {
        "plain": {},
        "shared": {"share_time_frequency_weights": True},
        "peepholes": {"use_peepholes": True},
        "peepholes_shared": {"use_peepholes": True, "share_time_frequency_weights": True},
        "coupled": {"couple_input_forget_gates": True, "use_peepholes": True},
        "coupled_shared": {
            "couple_input_forget_gates": True,
            "share_time_frequency_weights": True,
            "cell_clip": 0.1,
            "num_unit_shards": 2,
        },
        "blocks": {
            "num_frequency_blocks": [1, 2],
            "start_freqindex_list": [0, 1],
            "end_freqindex_list": [2, 4],
        },
    }

    def make(kind, arguments):
        arguments = dict({"num_frequency_blocks": [3]}, **arguments)

        def build(tf):
            cell = getattr(contrib(tf), kind)(
                2, feature_size=2, frequency_skip=1, forget_bias=0.5, **arguments
            )
            x = tf.constant(wavy(2, 4))
            sizes = [cell.state_size, cell.output_size]
            found = steps(tf, cell, inputs=x, count=1)
            return found + facts(tf, *sizes, getattr(cell.state_tuple_type, "__name__", None))

        return build

    for name, arguments in choices.items():
        CASES["grid_" + name] = make("GridLSTMCell", arguments)
    for name in ("plain", "peepholes", "coupled", "blocks"):
        CASES["both_grid_" + name] = make("BidirectionalGridLSTMCell", choices[name])
    CASES["grid_together"] = make("GridLSTMCell", {"state_is_tuple": False})
    CASES["both_grid_offset"] = make("BidirectionalGridLSTMCell", {"backward_slice_offset": 1})
    CASES["both_grid_negative"] = make("BidirectionalGridLSTMCell", {"backward_slice_offset": -1})


_grid_cases()


def grid(tf, inputs=None, **arguments):
    cell = contrib(tf).GridLSTMCell(2, feature_size=2, frequency_skip=1, **arguments)
    x = tf.constant(wavy(2, 4)) if inputs is None else inputs
    return complaint(tf, lambda: cell(x, cell.zero_state(2, tf.float32)))


simple(
    bad_grid_blocks=lambda tf: [contrib(tf).GridLSTMCell(2)],
    bad_grid_count=lambda tf: grid(tf, num_frequency_blocks=[2]),
    bad_grid_lists=lambda tf: grid(tf, num_frequency_blocks=[2, 1]),
    bad_grid_size=lambda tf: grid(
        tf, tf.placeholder(tf.float32, [2, None]), num_frequency_blocks=[2]
    ),
    bad_grid_bounds=lambda tf: grid(
        tf, num_frequency_blocks=[1], start_freqindex_list=[0], end_freqindex_list=[3]
    ),
)


# Around others.


@case
def attention(tf):
    cell = contrib(tf).AttentionCellWrapper(rnn(tf).GRUCell(4), 3)
    found = steps(tf, cell)
    return found + facts(tf, cell.state_size, cell.output_size, names(cell.variables))


@case
def attention_settings(tf):
    cell = contrib(tf).AttentionCellWrapper(
        rnn(tf).BasicLSTMCell(4), 2, attn_size=3, attn_vec_size=5, input_size=2
    )
    return steps(tf, cell)


@case
def attention_together(tf):
    cell = contrib(tf).AttentionCellWrapper(rnn(tf).GRUCell(4), 2, state_is_tuple=False)
    return steps(tf, cell) + facts(tf, cell.state_size)


@case
def attention_static(tf):
    cell = contrib(tf).AttentionCellWrapper(rnn(tf).BasicLSTMCell(4), 2)
    return learned(tf, tf.nn.static_rnn(cell, sequence(tf), dtype=tf.float32))


@case
def highway(tf):
    with tf.variable_scope("h"):
        cell = contrib(tf).HighwayWrapper(rnn(tf).GRUCell(3))
        return steps(tf, cell, count=1) + facts(tf, cell.state_size, cell.output_size)


@case
def highway_two_gates(tf):
    cell = contrib(tf).HighwayWrapper(rnn(tf).GRUCell(3), False, 0.5)
    return steps(tf, cell, count=1)


@case
def compiled(tf):
    cell = contrib(tf).CompiledWrapper(rnn(tf).GRUCell(3))
    return steps(tf, cell)


@case
def compiled_all(tf):
    with tf.contrib.compiler.jit.experimental_jit_scope(separate_compiled_gradients=True):
        cell = contrib(tf).CompiledWrapper(rnn(tf).GRUCell(3), compile_stateful=True)
        found = steps(tf, cell, count=1)
    with tf.xla.experimental.jit_scope(compile_ops=lambda node: node.op == "Add"):
        found.append(found[0] + tf.add(found[0], 1.0))
    return found


simple(
    bad_attention_length=lambda tf: [contrib(tf).AttentionCellWrapper(rnn(tf).GRUCell(4), 0)],
    bad_attention_cell=lambda tf: [contrib(tf).AttentionCellWrapper(3, 3)],
    bad_attention_state=lambda tf: [
        contrib(tf).AttentionCellWrapper(rnn(tf).BasicLSTMCell(4), 3, state_is_tuple=False)
    ],
    bad_highway=lambda tf: steps(tf, contrib(tf).HighwayWrapper(rnn(tf).GRUCell(4)), count=1),
    bad_intersection=lambda tf: complaint(
        tf, lambda: steps(tf, contrib(tf).IntersectionRNNCell(4))
    ),
    bad_groups=lambda tf: [contrib(tf).GLSTMCell(4, number_of_groups=3)],
    bad_groups_projection=lambda tf: [contrib(tf).GLSTMCell(4, number_of_groups=2, num_proj=3)],
    bad_groups_input=lambda tf: complaint(
        tf, lambda: steps(tf, contrib(tf).GLSTMCell(4, number_of_groups=2))
    ),
    bad_shards=lambda tf: complaint(
        tf,
        lambda: steps(tf, contrib(tf).CoupledInputForgetGateLSTMCell(4, num_unit_shards=9)),
    ),
)


def _unknown_sizes():
    def make(module, kind):
        def build(tf):
            cell = getattr(module(tf), kind)(4)
            x = tf.placeholder(tf.float32, [2, None])
            return complaint(tf, lambda: cell(x, cell.zero_state(2, tf.float32)))

        return build

    kinds = "CoupledInputForgetGateLSTMCell NASCell UGRNNCell IntersectionRNNCell GLSTMCell SRUCell"
    kinds += " IndRNNCell IndyGRUCell IndyLSTMCell"
    for kind in kinds.split():
        CASES["unknown_size_" + kind] = make(contrib, kind)
    for kind in "LayerNormLSTMCell WeightNormLSTMCell".split():
        CASES["unknown_size_" + kind] = make(private, kind)


_unknown_sizes()


# A memory.


def turing(tf, heads=(1, 1), gradients=True, **arguments):
    controller = rnn(tf).BasicLSTMCell(3)
    cell = private(tf).NTMCell(controller, 5, 4, *heads, **arguments)
    x = tf.constant(wavy(2, 3))
    state = cell.zero_state(2, tf.float32)
    found = []
    for _ in range(2):
        output, state = cell(x, state)
        found.append(output)
    values = found + flat(tf, state)[:-1]
    if gradients:
        total = tf.add_n([tf.reduce_sum(tf.square(v)) for v in values])
        values = values + tf.gradients(total, tf.trainable_variables())
    return values + facts(tf, names(cell.variables), cell.output_size)


simple(
    turing=turing,
    # Gradients through memories of nearly nothing are not much more than rounding.
    turing_heads=lambda tf: turing(
        tf, (2, 1), shift_range=2, output_dim=2, clip_value=0.5, gradients=False
    ),
    turing_no_controller=lambda tf: [private(tf).NTMCell(3, 5, 4, 1, 1)],
)


# Layer normalization alone.


def _normalization():
    def normalize(tf, *args, **kwargs):
        return tf.contrib.layers.layer_norm(*args, **kwargs)

    def gradients(tf):
        x = tf.constant(wavy(2, 3, 4))
        y = normalize(tf, x)
        weighted = tf.reduce_sum(y * tf.constant(floats(2, 3, 4)))
        return [y, *tf.gradients(weighted, [x, *tf.trainable_variables()])]

    def settings(tf):
        x = tf.constant(wavy(2, 3, 4))
        found = [
            normalize(tf, x, center=False),
            normalize(tf, x, scale=False, activation_fn=tf.nn.relu),
            normalize(tf, x, begin_norm_axis=-1, begin_params_axis=1, scope="mine"),
            normalize(tf, x, begin_norm_axis=-1, begin_params_axis=1, scope="mine", reuse=True),
            normalize(tf, x, trainable=False, variables_collections={"beta": ["b"]}),
            normalize(tf, x, variables_collections=["all"], outputs_collections=["outs"]),
            normalize(tf, tf.cast(x, tf.float16)),
        ]
        lists = [tf.get_collection(key) for key in ("b", "all", "outs", "model_variables")]
        return found + facts(
            tf, *[names(found) for found in lists], tf.get_collection("outs")[0].aliases
        )

    simple(
        normalization=gradients,
        normalization_settings=settings,
        normalization_rank=lambda tf: [normalize(tf, tf.placeholder(tf.float32))],
        normalization_axis=lambda tf: [normalize(tf, tf.zeros([2, 3]), begin_norm_axis=2)],
        normalization_size=lambda tf: [normalize(tf, tf.placeholder(tf.float32, [2, None]))],
    )


_normalization()
