"""tf.keras's layers with kernels for each place, recurrent convolutions and cuDNN's recurrent
layers: graphs, values, configurations, errors."""

import json

import numpy as np
from case_tools import Cases, waves

CASES = Cases()
SEQUENCE, IMAGES = waves(2, 5, 3), waves(2, 4, 5, 2)
FILMS = waves(2, 3, 4, 5, 2) / 2
PLAIN = dict.fromkeys(["kernel_initializer", "recurrent_initializer"], "glorot_uniform")


def facts(made):
    config = made.get_config()
    again = type(made).from_config(dict(config)).get_config()
    found = [made.name, json.dumps(config, sort_keys=True), str(again == config)]
    return [*found, str([[w.name, w.shape.as_list()] for w in made.weights])]


def layer(name, x, call=(), run=True, shape=None, **arguments):
    def function(tf):
        np.random.seed(3)
        made = getattr(tf.keras.layers, name)(**arguments)
        given = tf.constant(x) if shape is None else tf.placeholder(tf.float32, shape)
        outputs = made(given, **dict(call))
        outputs = outputs if isinstance(outputs, list) else [outputs]
        told = str(made.compute_output_shape(given.shape))
        found = tf.gradients(outputs[0] * 2, [given, *made.trainable_weights])
        result = [*outputs, *found, tf.constant([*facts(made), told])]
        return result if run else (result, None)

    return function


for _mode in (1, 2, 3):
    for _name, _x, _size in (("1D", SEQUENCE, 2), ("2D", IMAGES, (2, 3))):
        CASES[f"local_{_name}_{_mode}"] = layer(
            f"LocallyConnected{_name}", _x, filters=3, kernel_size=_size, implementation=_mode
        )
        CASES[f"local_{_name}_{_mode}_first"] = layer(
            f"LocallyConnected{_name}",
            _x,
            filters=2,
            kernel_size=1,
            strides=2,
            data_format="channels_first",
            activation="relu",
            implementation=_mode,
            bias_initializer="ones",
        )
        CASES[f"local_{_name}_{_mode}_same"] = layer(
            f"LocallyConnected{_name}",
            _x,
            filters=2,
            kernel_size=_size,
            padding="same",
            use_bias=False,
            implementation=_mode,
        )


def film(x=FILMS, **arguments):
    return layer("ConvLSTM2D", x, **dict(PLAIN, filters=2, kernel_size=2, **arguments))


def masked_film(tf):
    made = tf.keras.layers.ConvLSTM2D(2, 2, **PLAIN)
    return [made(tf.constant(FILMS), mask=tf.constant([[True, True, False], [False, True, True]]))]


def with_states(tf):
    made = tf.keras.layers.ConvLSTM2D(2, 2, **PLAIN)
    states = [tf.constant(waves(2, 3, 4, 2)), tf.ones((2, 3, 4, 2))]
    return [made(tf.constant(FILMS), initial_state=states)]


CASES.simple(
    local_mode=layer("LocallyConnected1D", SEQUENCE, filters=2, kernel_size=2, implementation=4),
    local_unknown=layer(
        "LocallyConnected1D", None, shape=(None, 5, None), filters=2, kernel_size=2
    ),
    local_unknown_images=layer(
        "LocallyConnected2D", None, shape=(None, None, 5, 2), filters=2, kernel_size=2
    ),
    film=film(),
    film_sequences=film(return_sequences=True, return_state=True, padding="same"),
    film_settings=film(strides=2, go_backwards=True, use_bias=False, activation="relu"),
    film_dropout=film(dropout=0.5, recurrent_dropout=0.25, call={"training": True}),
    film_stateful=film(stateful=True, batch_input_shape=(2, 3, 4, 5, 2)),
    film_unrolled=film(unroll=True),
    film_unit_bias=film(unit_forget_bias=False, dilation_rate=2, kernel_regularizer="l2"),
    film_rank=film(x=IMAGES),
    film_no_channels=film(x=None, shape=(2, None, 4, 5, None)),
    masked_film=masked_film,
    with_states=with_states,
)
for _name in ("GRU", "LSTM"):
    _name = f"CuDNN{_name}"
    CASES[_name] = layer(_name, SEQUENCE, units=2, run=False, **PLAIN)
    CASES[f"{_name}_sequences"] = layer(
        _name, SEQUENCE, units=2, run=False, return_sequences=True, return_state=True, **PLAIN
    )
    CASES[f"{_name}_stateful"] = layer(
        _name, SEQUENCE, units=2, run=False, stateful=True, go_backwards=True, **PLAIN
    )
    CASES[f"{_name}_masked"] = layer(
        _name, SEQUENCE, units=2, run=False, call={"mask": [[True] * 5] * 2}
    )
