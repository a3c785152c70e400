"""tf.keras's recurrent layers: graphs, values, configurations, errors."""

import numpy as np
from case_tools import Cases, waves

CASES = Cases()
X = waves(2, 4, 3)
MASKED = np.where(np.array([[1, 0, 1, 1], [1, 1, 0, 0]])[..., None], waves(2, 4, 3) + 1, 0)
PLAIN = dict.fromkeys(["kernel_initializer", "recurrent_initializer"], "glorot_uniform")


def config(made):
    return [f"{k}: {v}" for k, v in sorted(made.get_config().items())]


def layer(name, x=X, **arguments):
    def function(tf):
        np.random.seed(3)  # seeds of dropout come from there
        made = getattr(tf.keras.layers, name)(5, **PLAIN, **arguments)
        given = tf.constant(x.astype(np.float32))
        outputs = made(given)
        outputs = outputs if isinstance(outputs, list) else [outputs]
        facts = [v.name for v in made.weights] + config(made)
        shapes = [str(made.compute_output_shape((None, 4, 3)))]
        found = list(outputs) + list(tf.gradients(outputs[0] * 2, [given, *made.trainable_weights]))
        return [*found, tf.constant(facts), tf.constant(shapes)]

    return function


for _name in ("SimpleRNN", "GRU", "LSTM"):
    CASES[_name] = layer(_name)
    CASES[_name + "_sequences"] = layer(_name, return_sequences=True, return_state=True)
    CASES[_name + "_settings"] = layer(
        _name, use_bias=False, activation="relu", go_backwards=True, kernel_regularizer="l2"
    )
    CASES[_name + "_unrolled"] = layer(_name, unroll=True, activity_regularizer="l1")
    CASES[_name + "_dropout"] = layer(_name, dropout=0.5, recurrent_dropout=0.25)
    CASES[_name + "_stateful"] = layer(_name, stateful=True, batch_input_shape=(2, 4, 3))
for _name in ("GRU", "LSTM"):
    CASES[_name + "_at_once"] = layer(_name, implementation=2)
CASES["GRU_reset_after"] = layer("GRU", reset_after=True)
CASES["GRU_reset_after_at_once"] = layer("GRU", reset_after=True, implementation=2)
CASES["LSTM_no_forget_bias"] = layer("LSTM", unit_forget_bias=False, recurrent_activation="sigmoid")


def of_cell(tf, cell, **arguments):
    made = tf.keras.layers.RNN(cell, **arguments)
    outputs = made(tf.constant(X))
    names = [v.name for v in made.weights] + config(made)
    return [*(outputs if isinstance(outputs, list) else [outputs]), tf.constant(names)]


def own_cell(tf):
    class Cell(tf.keras.layers.Layer):
        state_size = 3

        def call(self, inputs, states):
            output = inputs + states[0] * 2
            return output, [output]

        def get_config(self):
            return {}

    return of_cell(tf, Cell(), return_sequences=True)


def states_given(tf):
    made = tf.keras.layers.LSTM(3, return_state=True, **PLAIN)
    return made(tf.constant(X), initial_state=[tf.constant(waves(2, 3)), tf.ones((2, 3))])


def states_of_layers(tf):
    keras = tf.keras
    x, start = keras.Input((4, 3)), keras.Input((5,))
    encoder = keras.layers.GRU(5, return_state=True, **PLAIN)
    output, state = encoder(x, initial_state=start)
    decoder = keras.layers.GRU(5, return_sequences=True, name="decoder", **PLAIN)
    y = keras.layers.Dense(2, name="out")(decoder(x, initial_state=state))
    model = keras.Model([x, start], y)
    again = model([tf.constant(X), tf.ones((2, 5))])
    return [again, tf.constant([v.name for v in model.weights] + [y.name, again.name])]


def masking(tf):
    keras = tf.keras
    made = keras.layers.Masking(0.0)(tf.constant(MASKED.astype(np.float32)))
    first = keras.layers.LSTM(2, return_sequences=True, **PLAIN)
    second = keras.layers.GRU(2, name="second", **PLAIN)
    x = keras.layers.Dropout(0.5)(first(made))
    return [made, made._keras_mask, x._keras_mask, second(x)]


def embedding(tf):
    keras = tf.keras
    model = keras.Sequential(
        [
            keras.layers.Embedding(6, 3, mask_zero=True, input_length=4),
            keras.layers.LSTM(4, return_sequences=True, **PLAIN),
            keras.layers.SimpleRNN(2, **PLAIN),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    y = model(tf.constant([[1, 2, 0, 0], [3, 0, 4, 5]]))
    return [y, tf.constant([v.name for v in model.weights] + [y.name, str(model.output_shape)])]


CASES.simple(
    own_cell=own_cell,
    states_given=states_given,
    states_of_layers=states_of_layers,
    masking=masking,
    embedding=embedding,
    simple_cell=lambda tf: of_cell(tf, tf.keras.layers.SimpleRNNCell(2, **PLAIN), unroll=True),
    lstm_cell=lambda tf: of_cell(tf, tf.keras.layers.LSTMCell(2, **PLAIN), return_state=True),
    time_major=lambda tf: of_cell(tf, tf.keras.layers.GRUCell(2, **PLAIN), time_major=True),
    no_cell=lambda tf: tf.keras.layers.RNN(3),
    no_state=lambda tf: tf.keras.layers.RNN(tf.keras.layers.Dense(3)),
    too_many_states=lambda tf: tf.keras.layers.GRU(3)(
        tf.constant(X), initial_state=[tf.ones((2, 3))] * 2
    ),
    other_state=lambda tf: tf.keras.layers.GRU(3)(tf.constant(X), initial_state=tf.ones((2, 4))),
    unknown_length=lambda tf: tf.keras.layers.LSTM(3, unroll=True)(
        tf.placeholder(tf.float32, (2, None, 3))
    ),
    no_batch_size=lambda tf: tf.keras.layers.LSTM(3, stateful=True)(
        tf.placeholder(tf.float32, (None, 4, 3))
    ),
    not_stateful=lambda tf: tf.keras.layers.LSTM(3).reset_states(),
    rank=lambda tf: tf.keras.layers.LSTM(3)(tf.constant(X[0])),
)
