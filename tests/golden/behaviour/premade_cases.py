"""Keras's ready-made models: linear ones, and those with a network beside."""

import numpy as np
from estimator_cases import rounded
from monitored_cases import nodes
from outcomes import Cases, describe, tried

CASES = Cases()
case = CASES.case

RANDOM = np.random.RandomState(0)
A = RANDOM.rand(20, 3).astype(np.float32)
B = RANDOM.rand(20, 2).astype(np.float32)
Y = A.sum(1, keepdims=True) * B[:, :1]
OPTIONS = {"batch_size": 8, "epochs": 3, "verbose": 0, "shuffle": False}


def learned(model, x, y):
    history = model.fit(x, y, **OPTIONS)
    return [
        rounded(history.history["loss"]),
        rounded(model.predict(x)),
        rounded(model.evaluate(x, y, verbose=0)),
        [v.name for v in model.weights],
    ]


@case
def linear(tf, module):
    keras, found = tf.keras, {}
    linear = keras.experimental.LinearModel
    plain = linear(kernel_initializer="ones")
    plain.compile(keras.optimizers.SGD(0.1), "mse")
    found["plain"] = learned(plain, A, Y)
    l1, l2 = keras.regularizers.l1(0.1), keras.regularizers.l2(0.1)
    two = linear(
        2, "relu", kernel_initializer="ones", kernel_regularizer=l2, bias_regularizer=l1, name="two"
    )
    two.compile(keras.optimizers.SGD(0.1), "mse")
    found["two"] = learned(two, [A, B], np.concatenate([Y, Y], 1))
    found["losses"] = len(two.losses)
    found["config"] = describe(sorted(two.get_config().items()))
    again = linear.from_config(two.get_config())
    found["again"] = describe(sorted(again.get_config().items()))
    found["few"] = tried(two.call, [tf.ones([2, 3])])
    with tf.Graph().as_default() as graph:
        unbiased = linear(use_bias=False, kernel_initializer="ones")
        found["output"] = str(unbiased([tf.ones([2, 3]), tf.ones([2, 1])]))
        found["nodes"] = nodes(graph)
    return found


@case
def beside(tf, module):
    keras, found = tf.keras, {}
    sgd, adam = keras.optimizers.SGD, keras.optimizers.Adam
    for name, optimizer, x, activation in (
        ("one", sgd(0.1), A, "sigmoid"),
        ("two", [sgd(0.1), adam(0.1)], A, None),
        ("names", ["sgd", "adam"], [A, B], None),
    ):
        model = keras.experimental.WideDeepModel(
            keras.experimental.LinearModel(kernel_initializer="ones"),
            keras.Sequential([keras.layers.Dense(1, kernel_initializer="ones")]),
            activation=activation,
        )
        model.compile(optimizer, "mse")
        found[name] = learned(model, x, Y)
    linear = keras.experimental.LinearModel
    model = keras.experimental.WideDeepModel(linear(), linear(2, name="other"), name="both")
    found["config"] = describe(sorted(model.get_config().items()))
    return found
