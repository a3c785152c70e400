"""Keras models with eager execution; each program gives numbers by name."""

import numpy as np
from fit_programs import DIGITS, VALUES, VECTORS, described
from output_programs import NAMES, batches, rows, two_by_two


def functional(tf):
    model = two_by_two(tf)
    model.compile(
        tf.keras.optimizers.SGD(0.05),
        ["mse", "sparse_categorical_crossentropy"],
        metrics={"value": "mae", "digit": "acc"},
        loss_weights=[1.0, 0.5],
    )
    targets = [VALUES[:, None], DIGITS[:, None]]
    found = described(model.fit(NAMES, targets, 22, 3, verbose=0))
    found["names"] = model.metrics_names
    found["evaluate"] = model.evaluate(list(NAMES.values()), targets, 8, verbose=0)
    found["predict"] = [a[:2].tolist() for a in model.predict(NAMES)]
    found["train"] = model.train_on_batch(NAMES, targets)
    return found


def layered(tf):
    layers = [
        tf.keras.layers.Dense(4, kernel_regularizer="l2", input_shape=(5,)),
        tf.keras.layers.BatchNormalization(),
        tf.keras.layers.Dense(3, activation="softmax"),
    ]
    model = tf.keras.Sequential(layers)
    model.compile("sgd", "sparse_categorical_crossentropy", ["accuracy"])
    weights = {0: 1.0, 1: 2.0, 2: 0.5}
    found = described(
        model.fit(VECTORS, DIGITS, 22, 3, verbose=0, class_weight=weights, validation_split=0.3)
    )
    found["losses"] = [float(v) for v in model.losses]
    found["means"] = layers[1].moving_mean.numpy().tolist()
    out = model(tf.constant(VECTORS[:3], tf.float32))
    found["called"] = out.numpy().tolist()
    return found


def of_class(tf):
    class Own(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.first = tf.keras.layers.Dense(4, activation="relu")
            self.second = tf.keras.layers.Dense(1)

        def call(self, x, training=None):
            hidden = self.first(x)
            self.add_loss(0.1 * tf.reduce_mean(hidden))
            if training:
                hidden = hidden * 2.0
            return self.second(hidden)

    model = Own()
    model.compile(tf.train.GradientDescentOptimizer(0.01), "mse", metrics=["mae"])
    found = described(
        model.fit(VECTORS.astype("float32"), VALUES[:, None].astype("float32"), 22, 3, verbose=0)
    )
    found["weights"] = [w.shape for w in model.get_weights()]
    found["predict"] = model.predict(VECTORS[:3].astype("float32")).tolist()
    return found


def over_datasets(tf):
    model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(5,))])
    model.compile("sgd", "mse", metrics=["mae"])
    data = rows(tf, VECTORS, VALUES[:, None])
    found = described(model.fit(data.batch(8), epochs=2, verbose=0))
    held_out = data.take(6).batch(6)
    history = model.fit(
        data.repeat().batch(8), steps_per_epoch=2, epochs=2, verbose=0, validation_data=held_out
    )
    found["steps"] = sorted(described(history).items())
    found["evaluate"] = model.evaluate(data.batch(8), verbose=0)
    found["predict"] = model.predict(data.batch(8))[:3].tolist()
    history = model.fit_generator(batches(), 3, 2, verbose=0)
    found["generator"] = sorted(described(history).items())
    return found


def by_hand(tf):
    """A loop over a dataset with a tape, and metrics of Keras."""
    model = tf.keras.Sequential(
        [tf.keras.layers.Dense(4, activation="tanh"), tf.keras.layers.Dense(1)]
    )
    optimizer = tf.keras.optimizers.Adam(0.01)
    mean = tf.keras.metrics.Mean()
    error = tf.keras.metrics.MeanAbsoluteError()
    found = {"losses": [], "errors": []}
    for _ in range(2):
        for x, y in rows(tf, VECTORS, VALUES[:, None]).batch(8):
            with tf.GradientTape() as tape:
                out = model(x, training=True)
                loss = tf.keras.losses.MeanSquaredError()(y, out)
            variables = model.trainable_variables
            optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))  # noqa: B905
            mean(loss)
            error(y, out)
        found["losses"].append(float(mean.result()))
        found["errors"].append(float(error.result()))
        mean.reset_states()
    return found


PROGRAMS = [functional, layered, of_class, over_datasets, by_hand]


def outcome(tf, program):
    """What a program gives; eager execution is on."""
    tf.keras.backend.reset_uids()
    tf.set_random_seed(1)
    np.random.seed(0)
    return program(tf)
