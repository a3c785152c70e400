"""Models that are saved in HDF5 files, and what is done with them when they are loaded."""

import numpy as np
from fit_programs import DIGITS, VALUES, VECTORS
from output_programs import NAMES, two_by_two

IMAGES = np.random.RandomState(5).rand(6, 8, 8, 2)
WORDS = np.random.RandomState(6).randint(0, 5, (6, 4))


def own_layer(tf):
    class Scaled(tf.keras.layers.Layer):
        def __init__(self, factor=2.0, **kwargs):
            super().__init__(**kwargs)
            self.factor = factor

        def build(self, shape):
            self.bias = self.add_weight("bias", (int(shape[-1]),), initializer="ones")
            super().build(shape)

        def call(self, x):
            return x * self.factor + self.bias

        def get_config(self):
            return {**super().get_config(), "factor": self.factor}

    return Scaled


def own_loss(y_true, y_pred):
    return abs(y_true - y_pred)


def own_objects(tf):
    return {"Scaled": own_layer(tf), "own_loss": own_loss}


def two(tf):
    model = two_by_two(tf)
    losses = {"value": "mse", "digit": tf.keras.losses.SparseCategoricalCrossentropy()}
    model.compile(
        "adam", losses, metrics={"value": ["mae"], "digit": "acc"}, loss_weights=[1.0, 0.5]
    )
    return model, (list(NAMES.values()), [VALUES, DIGITS])


def pictures(tf):
    layers = tf.keras.layers
    inner = tf.keras.Sequential(
        [layers.Conv2D(3, 3, input_shape=(8, 8, 2)), layers.BatchNormalization(), layers.ReLU()],
        name="inner",
    )
    model = tf.keras.Sequential(
        [inner, layers.MaxPooling2D(), layers.Flatten(), own_layer(tf)(0.5), layers.Dense(1)]
    )
    model.compile(tf.keras.optimizers.SGD(0.01, momentum=0.9), own_loss, metrics=["mse"])
    return model, (IMAGES, np.arange(6.0))


def texts(tf):
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [
            layers.Embedding(5, 3, input_length=4),
            layers.LSTM(4, return_sequences=True),
            layers.GRU(3),
            layers.Dense(
                1, activation="sigmoid", kernel_regularizer=tf.keras.regularizers.l2(0.01)
            ),
        ]
    )
    model.compile(tf.keras.optimizers.RMSprop(0.01), "binary_crossentropy", ["accuracy"])
    return model, (WORDS, np.arange(6) % 2)


def plain(tf):
    model = tf.keras.Sequential(
        [tf.keras.layers.Dense(2, input_shape=(5,)), tf.keras.layers.Dense(1)]
    )
    return model, (VECTORS, VALUES)


MODELS = [two, pictures, texts, plain]


def used(model, data):
    """What a model gives, and what a step of training changes, if it is compiled."""
    x, y = data
    outputs = model.predict(x)
    found = {
        "predict": [
            np.asarray(a).tolist() for a in (outputs if isinstance(outputs, list) else [outputs])
        ]
    }
    if model.optimizer:
        found["names"] = model.metrics_names
        found["steps"] = [np.asarray(model.train_on_batch(x, y)).tolist() for _ in range(2)]
        found["iterations"] = int(model.optimizer.get_weights()[0])
    return found
