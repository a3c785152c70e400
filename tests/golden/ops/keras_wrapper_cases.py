"""tf.keras's layers around layers and stacks of cells: graphs, values, configurations, errors."""

import json

import numpy as np
from case_tools import Cases, waves

CASES = Cases()
case = CASES.case
X = waves(2, 4, 3)
PLAIN = dict.fromkeys(["kernel_initializer", "recurrent_initializer"], "glorot_uniform")


def facts(layer):
    config = layer.get_config()
    found = [
        layer.name,
        json.dumps(config, sort_keys=True, default=dict),
        layer.stateful,
        layer.supports_masking,
    ]
    return str(found + [[w.name, w.shape.as_list()] for w in layer.weights])


def called(tf, layer, x=X, own=None, **arguments):
    """The layer called, with gradients, names, shapes, and one like it of its configuration."""
    given = tf.constant(x.astype(np.float32)) if isinstance(x, np.ndarray) else x
    outputs = layer(given, **arguments)
    outputs = tf.contrib.framework.nest.flatten(outputs)
    states = getattr(layer, "return_state", False)  # TensorFlow fails to tell their shapes
    told = "" if states else str(layer.compute_output_shape(tuple(given.shape.as_list())))
    custom = {} if own is None else {"custom_objects": {own.__name__: own}}
    again = type(layer).from_config(layer.get_config(), **custom)
    masks = [getattr(y, "_keras_mask", None) is None for y in outputs]
    found = tf.gradients(outputs[0] * 2, [given, *layer.trainable_weights])
    same = str(again.get_config()) == str(layer.get_config())
    return [*outputs, *found, tf.constant([facts(layer), told, str(masks), str(same)])]


def distributed(layer, x=X, **arguments):
    def function(tf):
        made = tf.keras.layers.TimeDistributed(layer(tf.keras.layers))
        return called(tf, made, x, **arguments)

    return function


def fed_distributed(tf):
    keras = tf.keras
    x = tf.placeholder(tf.float32, (None, None, 3))
    made = keras.layers.TimeDistributed(keras.layers.Dense(2))
    return [made(x)], {x: X}


def own_distributed(tf):
    class Twice(tf.keras.layers.Layer):
        def call(self, x, training=None):
            return x * 2 if training else x

        def compute_output_shape(self, shape):
            return shape

    return called(tf, tf.keras.layers.TimeDistributed(Twice()), own=Twice, training=True)


def masked_distributed(tf):
    keras = tf.keras
    x = tf.placeholder(tf.int32, (None, 4, 5))
    words = keras.layers.TimeDistributed(keras.layers.Embedding(9, 3, mask_zero=True))(x)
    mask = words._keras_mask
    y = keras.layers.TimeDistributed(keras.layers.LSTM(2, **PLAIN))(words)
    return [words, mask, y, y._keras_mask], {x: np.arange(40).reshape(2, 4, 5) % 3}


def bidirectional(layer="LSTM", x=X, wrap=(), call=(), **arguments):
    def function(tf):
        np.random.seed(3)
        made = getattr(tf.keras.layers, layer)(2, **dict(PLAIN, **arguments))
        return called(tf, tf.keras.layers.Bidirectional(made, **dict(wrap)), x, **dict(call))

    return function


def with_backward_layer(tf):
    layers = tf.keras.layers
    back = layers.GRU(2, go_backwards=True, return_sequences=True, name="back", **PLAIN)
    made = layers.GRU(2, return_sequences=True, **PLAIN)
    return called(tf, layers.Bidirectional(made, backward_layer=back))


def of_cells(tf):
    layers = tf.keras.layers
    made = layers.RNN([layers.GRUCell(2, **PLAIN), layers.LSTMCell(3, **PLAIN)])
    return called(tf, layers.Bidirectional(made, merge_mode="concat"))


def states_given(tf):
    layers = tf.keras.layers
    made = layers.Bidirectional(layers.LSTM(2, **PLAIN))
    states = [tf.constant(waves(2, 2) + i) for i in range(4)]
    return [made(tf.constant(X), initial_state=states)]


def states_of_layers(tf):
    keras = tf.keras
    x, start = keras.Input((4, 3)), keras.Input((2,))
    made = keras.layers.Bidirectional(keras.layers.GRU(2, **PLAIN))
    model = keras.Model([x, start], made(x, initial_state=[start, start]))
    y = model([tf.constant(X), tf.ones((2, 2))])
    return [
        y,
        tf.constant(
            [v.name for v in model.weights] + [json.dumps(model.get_config(), sort_keys=True)]
        ),
    ]


def masked(tf):
    keras = tf.keras
    words = tf.constant([[1, 2, 0, 0], [3, 0, 4, 5]])
    x = keras.layers.Embedding(6, 3, mask_zero=True)(words)
    first = keras.layers.Bidirectional(keras.layers.LSTM(2, return_sequences=True, **PLAIN))
    y = first(x)
    second = keras.layers.Bidirectional(keras.layers.GRU(2, **PLAIN))(y)
    return [y, y._keras_mask, second]


def model_of_wrappers(tf):
    keras = tf.keras
    model = keras.Sequential(
        [
            keras.layers.TimeDistributed(keras.layers.Conv2D(2, 2), input_shape=(3, 4, 4, 1)),
            keras.layers.TimeDistributed(keras.layers.Flatten()),
            keras.layers.Bidirectional(keras.layers.LSTM(2, return_sequences=True, **PLAIN)),
            keras.layers.Bidirectional(keras.layers.LSTM(2, **PLAIN)),
            keras.layers.Dense(1),
        ]
    )
    y = model(tf.constant(waves(2, 3, 4, 4, 1)))
    return [y, tf.constant([v.name for v in model.weights] + [model.to_json(sort_keys=True)])]


def stacked(tf, cells, **arguments):
    made = tf.keras.layers.RNN(cells(tf.keras.layers), **arguments)
    outputs = made(tf.constant(X))
    again = tf.keras.layers.RNN.from_config(made.get_config())
    same = str(again.get_config()) == str(made.get_config())
    told = [str(made.compute_output_shape((None, 4, 3))), str(same), str(made.cell.state_size)]
    return [
        *tf.contrib.framework.nest.flatten(outputs),
        tf.constant([facts(made), *told, str(made.cell.output_size)]),
    ]


def own_cell(tf):
    class Cell(tf.keras.layers.Layer):
        state_size = 3

        def call(self, inputs, states, constants=None):
            output = inputs + states[0] * constants[0]
            return output, [output]

    cell = tf.keras.layers.StackedRNNCells([Cell(), tf.keras.layers.SimpleRNNCell(2, **PLAIN)])
    made = tf.keras.layers.RNN(cell, return_sequences=True)
    return [made(tf.constant(X), constants=tf.constant(waves(2, 3)))]


def nested_inputs(tf):
    class Cell(tf.keras.layers.Layer):
        state_size = (2, 3)
        output_size = (2, 3)

        def build(self, shapes):
            self.w = self.add_weight("w", shape=(shapes[0][-1], 2))
            self.built = True

        def call(self, inputs, states):
            first = tf.matmul(inputs[0], self.w) + states[0]
            return (first, inputs[1] + states[1]), (first, states[1] + 1)

    made = tf.keras.layers.RNN(Cell(), return_state=True)
    y = made((tf.constant(X), tf.constant(waves(2, 4, 3) + 1)))
    shapes = made.compute_output_shape((tf.TensorShape((None, 4, 3)),) * 2)
    return [*tf.contrib.framework.nest.flatten(y), tf.constant(str([str(s) for s in shapes]))]


def weights_given(tf):
    made = tf.keras.layers.Embedding(4, 3, weights=[np.arange(12.0).reshape(4, 3)])
    y = made(tf.constant([[1, 3]]))
    return [y, tf.constant(made.get_weights()[0])], None


def gru_and_lstm(layers):
    return [layers.GRUCell(2, **PLAIN), layers.LSTMCell(3, **PLAIN)]


def reversed_states(layers):
    return layers.StackedRNNCells(gru_and_lstm(layers), reverse_state_order=True)


for _mode in ("sum", "mul", "ave", None):
    CASES[f"bidirectional_{_mode}"] = bidirectional("GRU", wrap={"merge_mode": _mode})
for _name in ("SimpleRNN", "GRU", "LSTM"):
    CASES[f"bidirectional_{_name}"] = bidirectional(_name, return_sequences=True)
    CASES[f"bidirectional_{_name}_states"] = bidirectional(_name, return_state=True)
CASES.simple(
    distributed=distributed(lambda layers: layers.Dense(2, activation="relu")),
    distributed_conv=distributed(lambda layers: layers.Conv1D(2, 2), waves(2, 3, 4, 2)),
    distributed_recurrent=distributed(lambda layers: layers.GRU(2, **PLAIN), waves(2, 3, 4, 2)),
    distributed_dropout=distributed(lambda layers: layers.Dropout(0.5, seed=1), training=True),
    distributed_rank=distributed(lambda layers: layers.Dense(2), waves(2, 3)),
    distributed_none=distributed(lambda layers: 3),
    distributed_norm=distributed(lambda layers: layers.BatchNormalization(), training=True),
    fed_distributed=fed_distributed,
    own_distributed=own_distributed,
    masked_distributed=masked_distributed,
    bidirectional_all=bidirectional(
        return_sequences=True, return_state=True, wrap={"merge_mode": None}
    ),
    bidirectional_stateful=bidirectional(stateful=True, batch_input_shape=(2, 4, 3)),
    bidirectional_dropout=bidirectional(dropout=0.5, call={"training": True}),
    bidirectional_mode=bidirectional(wrap={"merge_mode": "max"}),
    bidirectional_none=lambda tf: tf.keras.layers.Bidirectional(3),
    bidirectional_same=lambda tf: tf.keras.layers.Bidirectional(
        tf.keras.layers.GRU(2), backward_layer=tf.keras.layers.GRU(2)
    ),
    bidirectional_apart=lambda tf: tf.keras.layers.Bidirectional(
        tf.keras.layers.GRU(2, return_state=True),
        backward_layer=tf.keras.layers.GRU(2, go_backwards=True),
    ),
    bidirectional_odd=bidirectional(call={"initial_state": [1, 2, 3]}),
    with_backward_layer=with_backward_layer,
    of_cells=of_cells,
    states_given=states_given,
    states_of_layers=states_of_layers,
    masked=masked,
    model_of_wrappers=model_of_wrappers,
    stacked=lambda tf: stacked(tf, gru_and_lstm, return_state=True, return_sequences=True),
    stacked_reversed=lambda tf: stacked(tf, reversed_states, return_state=True),
    stacked_unrolled=lambda tf: stacked(tf, gru_and_lstm, unroll=True),
    stacked_wrong=lambda tf: tf.keras.layers.RNN([tf.keras.layers.GRUCell(2), 3]),
    stacked_no_state=lambda tf: tf.keras.layers.StackedRNNCells([tf.keras.layers.Dense(2)]),
    peephole=lambda tf: stacked(tf, lambda _: tf.keras.experimental.PeepholeLSTMCell(2, **PLAIN)),
    peephole_at_once=lambda tf: stacked(
        tf, lambda _: tf.keras.experimental.PeepholeLSTMCell(2, implementation=2, **PLAIN)
    ),
    own_cell=own_cell,
    nested_inputs=nested_inputs,
    weights_given=weights_given,
)
