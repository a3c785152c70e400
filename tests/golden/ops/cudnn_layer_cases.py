"""Layers, cells, functions and checkpoints of cuDNN's recurrent networks.

TensorFlow runs the networks on GPUs only, so that most of these are graphs without values.
"""

import numpy as np
from case_tools import Cases, fed

CASES = Cases()
case, simple = CASES.case, CASES.simple

KINDS = ("CudnnLSTM", "CudnnGRU", "CudnnRNNTanh", "CudnnRNNRelu")


def flat(result):
    """Outputs and states as one list."""
    outputs, states = result
    return [outputs, *states]


def run(tf, kind, layers=2, units=3, call=None, **kwargs):
    layer = getattr(tf.contrib.cudnn_rnn, kind)(layers, units, **kwargs)
    x = tf.constant(np.zeros((5, 2, 4), np.float32))
    return layer, x, layer(x, **(call or {}))


def graph(tf, kind, **kwargs):
    layer, x, result = run(tf, kind, **kwargs)
    return flat(result) + tf.gradients(result[0], [x, *layer.trainable_variables]), None


for _kind in KINDS:
    CASES[_kind] = lambda tf, kind=_kind: graph(tf, kind)
    CASES[_kind + "_both"] = lambda tf, kind=_kind: graph(
        tf, kind, direction="bidirectional", layers=1
    )

simple(
    dropout=lambda tf: graph(tf, "CudnnLSTM", dropout=0.25, seed=7),
    skip=lambda tf: graph(tf, "CudnnGRU", input_mode="auto_select", units=5),
    lengths=lambda tf: graph(
        tf, "CudnnLSTM", call={"sequence_lengths": [5, 3], "training": True}, name="own"
    ),
    batch_first=lambda tf: graph(tf, "CudnnGRU", call={"time_major": False}),
    initializers=lambda tf: graph(
        tf,
        "CudnnRNNTanh",
        kernel_initializer=tf.random_uniform_initializer(-1, 1, seed=3),
        bias_initializer=tf.constant_initializer(0.5),
    ),
    wrong_direction=lambda tf: graph(tf, "CudnnLSTM", direction="both"),
    wrong_input_mode=lambda tf: graph(tf, "CudnnLSTM", input_mode="other"),
    wrong_type=lambda tf: graph(tf, "CudnnLSTM", dtype=tf.int32),
    inference_gradient=lambda tf: graph(tf, "CudnnGRU", call={"training": False}),
)


@case
def states_given(tf):
    states = (tf.ones([2, 2, 3]), tf.zeros([2, 2, 3]))
    return flat(run(tf, "CudnnLSTM", call={"initial_state": states})[2]), None


@case
def wrong_rank(tf):
    return [tf.contrib.cudnn_rnn.CudnnGRU(1, 3)(tf.zeros([5, 4]))], None


@case
def wrong_rank_to_build(tf):
    layer = tf.contrib.cudnn_rnn.CudnnGRU(1, 3)
    layer.build([5, 4])
    return []


@case
def unknown_size(tf):
    x, _ = fed(tf, np.zeros((5, 2, 4), "f"), (5, 2, None))
    return flat(tf.contrib.cudnn_rnn.CudnnGRU(1, 3)(x)), None


@case
def not_built_size(tf):
    return [tf.contrib.cudnn_rnn.CudnnGRU(1, 3).input_size]


@case
def not_built_shapes(tf):
    return [tf.contrib.cudnn_rnn.CudnnGRU(1, 3).canonical_weight_shapes]


@case
def shapes(tf):
    found = []
    for direction in ("unidirectional", "bidirectional"):
        for kind in KINDS:
            layer = getattr(tf.contrib.cudnn_rnn, kind)(2, 3, direction=direction)
            layer.build([None, None, 4])
            shapes = layer.canonical_weight_shapes, layer.canonical_bias_shapes
            text = repr(([tuple(s) for s in shapes[0]], [list(s) for s in shapes[1]]))
            found.append(tf.constant(text))
            found.append(tf.constant(repr([list(s) for s in layer.state_shape(7)])))
            found.append(
                tf.constant(
                    [layer.rnn_mode, layer.direction, layer.input_mode, layer.name]
                    + [str(layer.num_dirs), str(layer.input_size), layer.saveable.name]
                )
            )
    return found, None


@case
def called_twice(tf):
    layer, x, first = run(tf, "CudnnLSTM", layers=1)
    return flat(first) + flat(layer(x + 1.0)), None


@case
def reused(tf):
    x = tf.zeros([5, 2, 4])
    with tf.variable_scope("scope"):
        first = tf.contrib.cudnn_rnn.CudnnGRU(1, 3, name="net")(x)
    with tf.variable_scope("scope", reuse=True):
        second = tf.contrib.cudnn_rnn.CudnnGRU(1, 3, name="net")(x)
    names = [v.name for v in tf.global_variables()]
    count = len(tf.get_collection(tf.GraphKeys.SAVEABLE_OBJECTS))
    return flat(first) + flat(second) + [tf.constant(names), tf.constant(count)], None


def saved(tf, kind, **kwargs):
    with tf.variable_scope("net"):
        run(tf, kind, **kwargs)
    saver = tf.train.Saver()
    return [tf.constant(saver.saver_def.restore_op_name)], None


for _kind in KINDS:
    CASES["saved_" + _kind] = lambda tf, kind=_kind: saved(tf, kind)
    CASES["saved_both_" + _kind] = lambda tf, kind=_kind: saved(tf, kind, direction="bidirectional")


def specs(tf, cls, params, **kwargs):
    saveable = getattr(tf.contrib.cudnn_rnn, cls)(params, 2, 3, 4, **kwargs)
    return [tf.constant([spec.name for spec in saveable.specs])] + [
        spec.tensor for spec in saveable.specs
    ]


@case
def saveables(tf):
    params = tf.get_variable("params", initializer=tf.zeros([100]), validate_shape=False)
    found = specs(tf, "CudnnLSTMSaveable", params, name="one")
    found += specs(tf, "CudnnGRUSaveable", params, scope="scope", direction="bidirectional")
    with tf.variable_scope("inner") as scope:
        found += specs(tf, "CudnnRNNReluSaveable", params, scope=scope)
    return found, None


def converted(tf, kind, **kwargs):
    cls = getattr(tf.contrib.cudnn_rnn, "CudnnParamsFormatConverter" + kind)
    converter = cls(2, 3, 4, **kwargs)
    parts = converter.opaque_to_tf_canonical(tf.zeros([100]))
    lists = [list(part) for part in parts]
    back = converter.tf_canonical_to_opaque(lists[0] + lists[1], *lists[2:])
    return sum(lists, []) + [back], None


for _kind in ("LSTM", "GRU", "Tanh", "Relu"):
    CASES["converted_" + _kind] = lambda tf, kind=_kind: converted(tf, kind)
    CASES["converted_both_" + _kind] = lambda tf, kind=_kind: converted(
        tf, kind, direction="bidirectional"
    )
simple(
    converted_projected=lambda tf: converted(tf, "LSTM", num_proj=2),
    converted_projected_both=lambda tf: converted(
        tf, "LSTM", num_proj=2, direction="bidirectional"
    ),
)


# Cells, which run everywhere.


def cells(tf, cell, *more):
    with tf.variable_scope("net", initializer=tf.random_uniform_initializer(-1, 1, seed=1)):
        stacked = tf.nn.rnn_cell.MultiRNNCell([cell(), cell()])
        x = tf.constant(np.random.RandomState(0).randn(3, 2, 4).astype(np.float32))
        outputs, state = tf.nn.dynamic_rnn(stacked, x, dtype=tf.float32)
    names = [v.name for v in tf.global_variables()]
    return [outputs, tf.constant(names)] + tf.gradients(outputs, x)


simple(
    lstm_cells=lambda tf: cells(tf, lambda: tf.contrib.cudnn_rnn.CudnnCompatibleLSTMCell(3)),
    gru_cells=lambda tf: cells(tf, lambda: tf.contrib.cudnn_rnn.CudnnCompatibleGRUCell(3)),
    gru_cells_initialized=lambda tf: cells(
        tf,
        lambda: tf.contrib.cudnn_rnn.CudnnCompatibleGRUCell(
            3, kernel_initializer=tf.constant_initializer(0.25)
        ),
    ),
)


@case
def gru_cell_of_unknown_size(tf):
    x, _ = fed(tf, np.zeros((2, 4), "f"), (2, None))
    cell = tf.contrib.cudnn_rnn.CudnnCompatibleGRUCell(3)
    return list(cell(x, tf.zeros([2, 3])))
