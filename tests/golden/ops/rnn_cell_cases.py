"""Recurrent cells of tf.nn.rnn_cell and their wrappers, a step or two of each with gradients."""

import copy

import numpy as np
from case_tools import Cases, fed, floats

CASES = Cases()
case, simple = CASES.case, CASES.simple


def facts(tf, *values):
    """What is no tensor: its text, as a constant."""
    return [tf.constant([str(value) for value in values])]


def names(variables):
    return [v.name for v in variables]


def wavy(*shape):
    """Numbers between -1 and 1, exact in binary."""
    return (floats(*shape) * 7 % 11 - 5) / 8


def complaint(tf, function):
    """The class and last line of an error: TensorFlow tells before how it got into `call`."""
    try:
        function()
    except Exception as error:
        last = str(error).strip().split("\n")[-1].strip()
        return facts(tf, type(error).__name__, last.replace(type(error).__name__ + ": ", ""))
    raise AssertionError("no error")


def flat(tf, structure):
    return tf.contrib.framework.nest.flatten(structure)


def steps(tf, cell, inputs=None, count=2, dtype=None, state=None):
    """Steps of a cell from its zero state, and the gradients of what they give."""
    x = tf.constant(wavy(2, 3), dtype) if inputs is None else inputs
    state = cell.zero_state(2, x.dtype) if state is None else state
    found = []
    for _ in range(count):
        output, state = cell(x, state)
        found.append(output)
    values = found + flat(tf, state)
    total = tf.add_n([tf.reduce_sum(tf.square(v)) for v in values])
    return values + tf.gradients(total, [x, *tf.trainable_variables()])


def rnn(tf):
    return tf.nn.rnn_cell


def _cell_cases():
    """Each cell with each choice of its arguments."""
    choices = {
        "basic_rnn": ("BasicRNNCell", {}),
        "basic_rnn_relu": ("BasicRNNCell", {"activation": "relu"}),
        "gru": ("GRUCell", {}),
        "gru_activation": ("GRUCell", {"activation": abs}),
        "basic_lstm": ("BasicLSTMCell", {}),
        "basic_lstm_together": ("BasicLSTMCell", {"state_is_tuple": False}),
        "basic_lstm_forget": ("BasicLSTMCell", {"forget_bias": 0.25, "activation": "sigmoid"}),
        "lstm": ("LSTMCell", {}),
        "lstm_together": ("LSTMCell", {"state_is_tuple": False}),
        "lstm_peepholes": ("LSTMCell", {"use_peepholes": True}),
        "lstm_peepholes_clip": ("LSTMCell", {"use_peepholes": True, "cell_clip": 0.1}),
        "lstm_proj": ("LSTMCell", {"num_proj": 3}),
        "lstm_proj_together": ("LSTMCell", {"num_proj": 3, "state_is_tuple": False}),
        "lstm_proj_clip": ("LSTMCell", {"num_proj": 3, "proj_clip": 0.05, "cell_clip": 0.2}),
        "lstm_shards": (
            "LSTMCell",
            {"num_proj": 3, "num_unit_shards": 2, "num_proj_shards": 3, "use_peepholes": True},
        ),
        "lstm_forget": ("LSTMCell", {"forget_bias": 0.0, "activation": "softsign"}),
    }

    def make(kind, arguments):
        arguments = dict(arguments)

        def plain(tf):
            if arguments.get("activation") is abs:
                arguments["activation"] = tf.nn.elu
            cell = getattr(rnn(tf), kind)(4, **arguments)
            sizes = [cell.state_size, cell.output_size, cell.dtype, cell.name]
            found = steps(tf, cell)
            return found + facts(tf, *sizes, cell.dtype, names(cell.weights), cell.scope_name)

        return plain

    for name, (kind, arguments) in choices.items():
        CASES[name] = make(kind, arguments)


_cell_cases()


@case
def gru_initializers(tf):
    ones, tenth = tf.ones_initializer(), tf.constant_initializer(0.1)
    return steps(tf, rnn(tf).GRUCell(4, kernel_initializer=tenth, bias_initializer=ones))


@case
def lstm_initializer(tf):
    cell = rnn(tf).LSTMCell(4, initializer=tf.random_uniform_initializer(-0.1, 0.1, seed=3))
    return steps(tf, cell)


@case
def basic_lstm_double(tf):
    return steps(tf, rnn(tf).BasicLSTMCell(4), dtype=tf.float64, count=1)


@case
def lstm_half(tf):
    # The nodes alone: values of so few bits depend on the order of sums.
    return steps(tf, rnn(tf).LSTMCell(4), dtype=tf.float16, count=1), None


@case
def lstm_dtype(tf):
    return steps(tf, rnn(tf).LSTMCell(4, dtype=tf.float32, name="own"), count=1)


@case
def cells_in_scopes(tf):
    x = tf.constant(wavy(2, 3))
    found = []
    for scope in ("a", "a/b", None):
        cell = rnn(tf).BasicRNNCell(4)
        if scope is None:
            found.append(cell(x, cell.zero_state(2, tf.float32), scope="given")[0])
        else:
            with tf.variable_scope(scope):
                found.append(cell(x, cell.zero_state(2, tf.float32))[0])
    with tf.variable_scope("a", reuse=True):
        cell = rnn(tf).BasicRNNCell(4)
        found.append(cell(x, cell.zero_state(2, tf.float32))[0])
    cell = rnn(tf).BasicRNNCell(4, reuse=True, name="given")
    found.append(cell(x, cell.zero_state(2, tf.float32))[0])
    return found + facts(tf, names(tf.global_variables()))


@case
def cell_reuse_missing(tf):
    return steps(tf, rnn(tf).GRUCell(4, reuse=True))


@case
def cell_frozen(tf):
    cell = rnn(tf).LSTMCell(4, trainable=False)
    x = tf.constant(wavy(2, 3))
    output, _ = cell(x, cell.zero_state(2, tf.float32))
    return [output, *facts(tf, names(cell.trainable_variables), names(cell.variables))]


@case
def cell_partitioned_scope(tf):
    with tf.variable_scope("p", partitioner=tf.fixed_size_partitioner(2)):
        return steps(tf, rnn(tf).BasicLSTMCell(4), count=1)


@case
def cell_resource(tf):
    with tf.variable_scope("p", use_resource=True):
        return steps(tf, rnn(tf).GRUCell(4), count=1)


@case
def cell_hash(tf):
    cells = [rnn(tf).BasicRNNCell(4), rnn(tf).BasicRNNCell(4)]
    found = {cells[0]: 1, cells[1]: 2}
    return facts(tf, len(found), found[cells[1]], cells[0] == cells[1], cells[0] in cells)


@case
def cell_copy(tf):
    cell = rnn(tf).BasicLSTMCell(4, forget_bias=0.5)
    other = copy.deepcopy(cell)
    return steps(tf, cell, count=1) + steps(tf, other, count=1)


@case
def cell_config(tf):
    cells = [
        rnn(tf).BasicRNNCell(3, activation="relu", name="r"),
        rnn(tf).GRUCell(3, name="g"),
        rnn(tf).BasicLSTMCell(3, forget_bias=2.0, name="b"),
        rnn(tf).LSTMCell(3, num_proj=2, name="l", initializer=tf.ones_initializer()),
    ]
    # Which function tanh is, is nobody's business.
    configs = [{k: v for k, v in c.get_config().items() if k != "activation"} for c in cells]
    copies = [type(c).from_config(c.get_config()) for c in cells[1:]]
    return facts(tf, *[sorted(c.items()) for c in configs], *[c.state_size for c in copies])


def own_cell(tf, build=None):
    """A cell as programs write them: variables are made in `call`."""

    class Own(rnn(tf).RNNCell):
        @property
        def state_size(self):
            return 4

        @property
        def output_size(self):
            return 4

        def call(self, inputs, state):
            w = tf.get_variable("w", [7, 4])
            counter = tf.get_variable("n", [], trainable=False)
            with tf.variable_scope("inner"):
                b = tf.get_variable("b", [4], initializer=tf.ones_initializer())
            state = tf.tanh(tf.matmul(tf.concat([inputs, state], 1), w) + b) + counter
            return state, state

    return Own()


@case
def own(tf):
    cell = own_cell(tf)
    x = tf.constant(wavy(2, 3))
    first, state = cell(x, cell.zero_state(2, tf.float32))
    with tf.variable_scope("again"):
        other = own_cell(tf)
        second, _ = other(x, state)
    third, _ = own_cell(tf)(x, state, scope="named")
    lists = [cell.trainable_weights, cell.non_trainable_weights, other.weights]
    return [first, second, third, *facts(tf, *[names(found) for found in lists])]


@case
def own_twice(tf):
    cell = own_cell(tf)
    x = tf.constant(wavy(2, 3))
    _, state = cell(x, cell.zero_state(2, tf.float32))
    return [cell(x, state)[0]]


@case
def own_reused(tf):
    cell = own_cell(tf)
    x = tf.constant(wavy(2, 3))
    with tf.variable_scope("rnn") as scope:
        _, state = cell(x, cell.zero_state(2, tf.float32))
        scope.reuse_variables()
        return [cell(x, state)[0]]


@case
def own_old_style(tf):
    class Old(rnn(tf).RNNCell):
        state_size = output_size = 3

        def __call__(self, inputs, state, scope=None):
            with tf.variable_scope(scope or type(self).__name__):
                return inputs + state, inputs * tf.get_variable("w", [])

    cell = Old()
    x = tf.constant(wavy(2, 3))
    output, state = cell(x, cell.zero_state(2, tf.float32))
    return [output, state]


# Zero states.


@case
def zero_states(tf):
    batch, feed = fed(tf, np.int32(2))
    vector = tf.constant([2, 5])
    shapes = tf.TensorShape

    def state(size, batch_size, dtype=tf.float32):
        class Sized(rnn(tf).RNNCell):
            state_size, output_size = size, 1

        return flat(tf, Sized().zero_state(batch_size, dtype))

    return (
        state(3, 2)
        + state(3, batch)
        + state((3, (shapes([4, 5]), 1)), batch, tf.int32)
        + state(shapes([]), 2)
        + state(3, vector)
        + state(3, tf.constant(2), tf.float64)
        + state(rnn(tf).LSTMStateTuple(3, 4), batch),
        feed,
    )


def _zero_state_errors():
    def state(tf, size, batch_size):
        class Sized(rnn(tf).RNNCell):
            state_size, output_size = size, 1

        return [Sized().zero_state(batch_size, tf.float32)]

    simple(
        zero_state_matrix=lambda tf: state(tf, 3, tf.zeros([2, 2], tf.int32)),
        zero_state_matrix_size=lambda tf: state(tf, tf.zeros([2, 2], tf.int32), 3),
        zero_state_unknown=lambda tf: state(tf, tf.TensorShape([None]), 3),
        zero_state_none=lambda tf: state(tf, 3, None),
        state_size_abstract=lambda tf: [rnn(tf).RNNCell().state_size],
        output_size_abstract=lambda tf: [rnn(tf).RNNCell().output_size],
    )


_zero_state_errors()


@case
def initial_states(tf):
    cell = rnn(tf).LSTMCell(4)
    x, feed = fed(tf, wavy(2, 3), [None, 3])
    known = tf.constant(wavy(2, 3))
    found = [
        cell.get_initial_state(inputs=x),
        cell.get_initial_state(inputs=known),
        cell.get_initial_state(inputs=known, batch_size=2, dtype=tf.float32),
        cell.get_initial_state(inputs=known, batch_size=tf.constant(2)),
        cell.get_initial_state(batch_size=5, dtype=tf.float32),
    ]
    return flat(tf, found), feed


simple(
    initial_state_batch=lambda tf: [
        rnn(tf).LSTMCell(4).get_initial_state(inputs=tf.constant(wavy(2, 3)), batch_size=3)
    ],
    initial_state_dtype=lambda tf: [
        rnn(tf).LSTMCell(4).get_initial_state(inputs=tf.constant(wavy(2, 3)), dtype=tf.float64)
    ],
    initial_state_nothing=lambda tf: [rnn(tf).LSTMCell(4).get_initial_state(batch_size=3)],
)


@case
def state_tuple(tf):
    state = rnn(tf).LSTMStateTuple(tf.constant(1.0), tf.constant(2.0))
    c, h = state
    return [c, h, *facts(tf, state.dtype, state._fields, rnn(tf).LSTMStateTuple(c=1, h=2))]


@case
def state_tuple_dtypes(tf):
    return [rnn(tf).LSTMStateTuple(tf.constant(1.0), tf.constant(2)).dtype]


# Bad input.


def _bad_inputs():
    for kind in ("BasicRNNCell", "GRUCell", "BasicLSTMCell", "LSTMCell"):

        def last(tf, kind=kind):
            cell = getattr(rnn(tf), kind)(4)
            x = tf.placeholder(tf.float32, [2, None])
            return cell(x, cell.zero_state(2, tf.float32))

        def rank(tf, kind=kind):
            cell = getattr(rnn(tf), kind)(4)
            return cell(tf.constant(wavy(3)), cell.zero_state(2, tf.float32))

        def integers(tf, kind=kind):
            cell = getattr(rnn(tf), kind)(4)
            return cell(tf.constant([[1]]), cell.zero_state(1, tf.int32))

        def integer_state(tf, kind=kind):
            cell = getattr(rnn(tf), kind)(4)
            state = cell.zero_state(1, tf.int32)
            return complaint(tf, lambda: cell(tf.constant([[1.0]]), state))

        def dtype(tf, kind=kind):
            return [getattr(rnn(tf), kind)(4, dtype=tf.int32)]

        def argument(tf, kind=kind):
            return [getattr(rnn(tf), kind)(4, colour="red")]

        def batch(tf, kind=kind):
            cell = getattr(rnn(tf), kind)(4)
            state = cell.zero_state(3, tf.float32)
            return complaint(tf, lambda: cell(tf.constant(wavy(2, 3)), state))

        for name in ("last", "rank", "integers", "integer_state", "dtype", "argument", "batch"):
            CASES[f"bad_{name}_{kind}"] = locals()[name]


_bad_inputs()


# Several cells.


@case
def multi(tf):
    cells = [rnn(tf).BasicLSTMCell(size) for size in (4, 5)]
    cell = rnn(tf).MultiRNNCell(cells)
    found = steps(tf, cell)
    lists = [names(cell.trainable_weights), names(cell.variables)]
    return found + facts(tf, cell.state_size, cell.output_size, *lists)


@case
def multi_same(tf):
    return steps(tf, rnn(tf).MultiRNNCell([rnn(tf).GRUCell(3)] * 2))


@case
def multi_same_sizes(tf):
    cell = rnn(tf).MultiRNNCell([rnn(tf).GRUCell(4)] * 2)
    return complaint(tf, lambda: steps(tf, cell))


@case
def multi_together(tf):
    cells = [rnn(tf).GRUCell(4), rnn(tf).LSTMCell(5, state_is_tuple=False)]
    cell = rnn(tf).MultiRNNCell(cells, state_is_tuple=False)
    return steps(tf, cell) + facts(tf, cell.state_size)


@case
def multi_of_multi(tf):
    inner = rnn(tf).MultiRNNCell([rnn(tf).GRUCell(4), rnn(tf).BasicRNNCell(3)])
    return steps(tf, rnn(tf).MultiRNNCell([inner, rnn(tf).LSTMCell(2)]))


@case
def multi_own(tf):
    cell = rnn(tf).MultiRNNCell([own_cell(tf), rnn(tf).GRUCell(4)])
    found = steps(tf, cell, count=1)
    cell.trainable = False
    return found + facts(tf, names(cell.trainable_weights), names(cell.non_trainable_weights))


@case
def multi_frozen_cells(tf):
    cell = rnn(tf).MultiRNNCell([rnn(tf).GRUCell(4, trainable=False), rnn(tf).GRUCell(4)])
    found = steps(tf, cell, count=1)
    return found + facts(tf, names(cell.trainable_weights), names(cell.non_trainable_weights))


simple(
    multi_empty=lambda tf: [rnn(tf).MultiRNNCell([])],
    multi_no_list=lambda tf: [rnn(tf).MultiRNNCell(3)],
    multi_tuples=lambda tf: [
        rnn(tf).MultiRNNCell([rnn(tf).BasicLSTMCell(3)], state_is_tuple=False)
    ],
    multi_state=lambda tf: complaint(
        tf,
        lambda: rnn(tf).MultiRNNCell([rnn(tf).GRUCell(3, name="g")])(
            tf.constant(wavy(2, 3)), tf.constant(wavy(2, 3))
        ),
    ),
)


# Wrappers.


def _dropout_cases():
    choices = {
        "input": {"input_keep_prob": 0.5},
        "output": {"output_keep_prob": 0.5},
        "state": {"state_keep_prob": 0.5},
        "all": {"input_keep_prob": 0.5, "output_keep_prob": 0.6, "state_keep_prob": 0.7},
        "none": {},
        "zero": {"output_keep_prob": 0.0},
        "recurrent": {
            "input_keep_prob": 0.5,
            "output_keep_prob": 0.6,
            "state_keep_prob": 0.7,
            "variational_recurrent": True,
            "input_size": 3,
        },
        "recurrent_state": {"state_keep_prob": 0.7, "variational_recurrent": True},
        "filter": {
            "state_keep_prob": 0.5,
            "dropout_state_filter_visitor": lambda state: True,
        },
        "filter_parts": {
            "state_keep_prob": 0.5,
            "dropout_state_filter_visitor": lambda state: (
                [True, False] if isinstance(state, tuple) else True
            ),
        },
    }

    def make(arguments, seed):
        def plain(tf):
            inner = rnn(tf).MultiRNNCell([rnn(tf).LSTMCell(4), rnn(tf).GRUCell(3)])
            cell = rnn(tf).DropoutWrapper(inner, seed=seed, dtype=tf.float32, **arguments)
            x = tf.constant(wavy(2, 3))
            state = cell.zero_state(2, tf.float32)
            found = []
            for _ in range(2):
                output, state = cell(x, state)
                found.append(output)
            sizes = [cell.state_size, cell.output_size, cell.wrapped_cell is inner]
            return found + flat(tf, state) + facts(tf, *sizes, cell.variables)

        return plain

    for name, arguments in choices.items():
        CASES["dropout_" + name] = make(arguments, None)
        CASES["dropout_seeded_" + name] = make(arguments, 7)


_dropout_cases()


@case
def dropout_gradients(tf):
    cell = rnn(tf).DropoutWrapper(rnn(tf).BasicLSTMCell(4), output_keep_prob=0.5, seed=2)
    return steps(tf, cell)


@case
def dropout_fed(tf):
    keep, feed = fed(tf, np.float32(0.5))
    cell = rnn(tf).DropoutWrapper(rnn(tf).BasicLSTMCell(4), keep, keep, keep, seed=2)
    return steps(tf, cell), feed


@case
def dropout_of_dropout(tf):
    cell = rnn(tf).DropoutWrapper(rnn(tf).GRUCell(4), 0.5, name="inner")
    return steps(tf, rnn(tf).DropoutWrapper(cell, output_keep_prob=0.5))


@case
def dropout_multi(tf):
    def one():
        return rnn(tf).DropoutWrapper(rnn(tf).BasicLSTMCell(4), output_keep_prob=0.5)

    return steps(tf, rnn(tf).MultiRNNCell([one(), one()]))


@case
def dropout_config(tf):
    cell = rnn(tf).DropoutWrapper(rnn(tf).GRUCell(4, name="g"), 0.5, seed=3, name="d")
    config = cell.get_config()
    inner = config.pop("cell")
    other = rnn(tf).DropoutWrapper.from_config(dict(config, cell=rnn(tf).GRUCell(4)))
    return facts(tf, sorted(config.items()), inner["class_name"], other.get_config()["seed"])


simple(
    dropout_no_cell=lambda tf: [rnn(tf).DropoutWrapper(3)],
    dropout_probability=lambda tf: [rnn(tf).DropoutWrapper(rnn(tf).GRUCell(4), 1.5)],
    dropout_negative=lambda tf: [rnn(tf).DropoutWrapper(rnn(tf).GRUCell(4), -1.0)],
    dropout_visitor=lambda tf: [
        rnn(tf).DropoutWrapper(rnn(tf).GRUCell(4), dropout_state_filter_visitor=3)
    ],
    dropout_no_dtype=lambda tf: [
        rnn(tf).DropoutWrapper(rnn(tf).GRUCell(4), variational_recurrent=True)
    ],
    dropout_no_size=lambda tf: [
        rnn(tf).DropoutWrapper(
            rnn(tf).GRUCell(4), 0.5, variational_recurrent=True, dtype=tf.float32
        )
    ],
    dropout_config_only=lambda tf: [
        rnn(tf).DropoutWrapper.from_config(rnn(tf).DropoutWrapper(rnn(tf).GRUCell(4)).get_config())
    ],
)


@case
def residual(tf):
    cell = rnn(tf).ResidualWrapper(rnn(tf).GRUCell(3))
    sizes = [cell.state_size, cell.output_size]
    return steps(tf, cell) + facts(tf, *sizes, cell.variables)


@case
def residual_function(tf):
    cell = rnn(tf).ResidualWrapper(rnn(tf).LSTMCell(4), residual_fn=lambda i, o: i[:, :1] * o)
    return steps(tf, cell)


@case
def residual_config(tf):
    cell = rnn(tf).ResidualWrapper(rnn(tf).GRUCell(3, name="g"), lambda i, o: i * o, name="r")
    config = cell.get_config()
    keys, kind = sorted(config), config["residual_fn_type"]
    config["cell"] = rnn(tf).GRUCell(3)
    other = rnn(tf).ResidualWrapper.from_config(config)
    return steps(tf, other, count=1) + facts(tf, keys, kind)


simple(
    residual_shape=lambda tf: steps(tf, rnn(tf).ResidualWrapper(rnn(tf).GRUCell(4)), count=1),
    residual_no_cell=lambda tf: [rnn(tf).ResidualWrapper(int)],
)


@case
def on_device(tf):
    cell = rnn(tf).DeviceWrapper(rnn(tf).GRUCell(4), "/cpu:0")
    return steps(tf, cell, count=1)


@case
def wrapper_scope(tf):
    cell = rnn(tf).ResidualWrapper(rnn(tf).GRUCell(3))
    x = tf.constant(wavy(2, 3))
    output, state = cell(x, cell.zero_state(2, tf.float32), scope="given")
    return [output, *facts(tf, names(tf.trainable_variables()))]


@case
def contrib_names(tf):
    same = "BasicRNNCell GRUCell BasicLSTMCell LSTMCell MultiRNNCell LSTMStateTuple RNNCell".split()
    same += ["DropoutWrapper", "ResidualWrapper", "DeviceWrapper"]
    return facts(tf, *[getattr(rnn(tf), n) is getattr(tf.contrib.rnn, n) for n in same])


@case
def keras_style(tf):
    x = tf.constant(wavy(2, 3))
    with tf.layers.experimental.keras_style_scope():
        cells = [rnn(tf).LSTMCell(4, name="same"), rnn(tf).LSTMCell(4, name="same")]
        found = [cell(x, cell.zero_state(2, tf.float32))[0] for cell in cells]
    return found + facts(tf, *[names(cell.weights) for cell in cells])
