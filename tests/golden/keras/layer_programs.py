"""Models of layers that are seldom alone: trained for a few epochs, from seeds."""

import numpy as np


def waves(*shape):
    return np.sin(np.arange(np.prod(shape)) * 0.37).reshape(shape).astype("float32")


TARGETS = waves(8, 1)
SEQUENCES, IMAGES, FILMS = waves(8, 5, 3), waves(8, 6, 6, 2), waves(8, 3, 6, 6, 2)
ROWS, WORDS = waves(8, 3), np.arange(40).reshape(8, 5) % 6
PROGRAMS = {}


def program(x):
    def added(function):
        PROGRAMS[function.__name__] = (function, x)
        return function

    return added


@program(SEQUENCES)
def bidirectional(layers):
    first = layers.LSTM(3, return_sequences=True)
    return [
        layers.Bidirectional(first, input_shape=(5, 3)),
        layers.Bidirectional(layers.GRU(2), merge_mode="ave"),
    ]


@program(FILMS)
def distributed(layers):
    pixels = layers.Conv2D(2, 3, activation="relu")
    return [
        layers.TimeDistributed(pixels, input_shape=(3, 6, 6, 2)),
        layers.TimeDistributed(layers.Flatten()),
        layers.SimpleRNN(3),
    ]


@program(FILMS)
def recurrent_convolution(layers):
    return [layers.ConvLSTM2D(2, 3, input_shape=(3, 6, 6, 2)), layers.GlobalAveragePooling2D()]


@program(SEQUENCES)
def stacked(layers):
    return [layers.RNN([layers.LSTMCell(3), layers.GRUCell(2)], input_shape=(5, 3))]


@program(SEQUENCES)
def stateful(layers):
    return [layers.LSTM(3, stateful=True, batch_input_shape=(4, 5, 3))]


@program(IMAGES)
def local(layers):
    return [layers.LocallyConnected2D(2, 3, input_shape=(6, 6, 2)), layers.Flatten()]


@program(IMAGES)
def depthwise(layers):
    return [
        layers.DepthwiseConv2D(3, depth_multiplier=2, input_shape=(6, 6, 2)),
        layers.ReLU(6.0),
        layers.LayerNormalization(),
        layers.UpSampling2D(),
        layers.GlobalMaxPooling2D(),
    ]


@program(ROWS)
def noise(layers):
    return [
        layers.GaussianNoise(0.1, input_shape=(3,)),
        layers.Dense(4),
        layers.AlphaDropout(0.3, seed=2),
        layers.GaussianDropout(0.2),
    ]


@program(WORDS)
def masked_words(layers):
    given = [waves(6, 4)]
    return [
        layers.Embedding(6, 4, mask_zero=True, input_length=5, weights=given),
        layers.TimeDistributed(layers.Dense(2)),
        layers.Bidirectional(layers.LSTM(3)),
    ]


@program(WORDS)
def masked_mean(layers):
    words = layers.Embedding(6, 4, mask_zero=True, input_length=5)
    return [words, layers.GlobalAveragePooling1D()]


def outcome(tf, name):
    """Losses, predictions and names of weights."""
    make, x = PROGRAMS[name]
    keras = tf.keras
    keras.backend.clear_session()
    np.random.seed(1)
    tf.set_random_seed(1)
    model = keras.Sequential([*make(keras.layers), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    history = model.fit(x, TARGETS, epochs=3, batch_size=4, verbose=0, shuffle=False)
    return {
        "losses": [float(loss) for loss in history.history["loss"]],
        "predictions": model.predict(x, batch_size=4).reshape(-1).tolist(),
        "weights": [w.name for w in model.weights],
    }


def of_generator(tf):
    """A model trained by random images: its losses, and that of images in order."""
    keras = tf.keras
    keras.backend.clear_session()
    np.random.seed(1)
    tf.set_random_seed(1)
    made = keras.preprocessing.image.ImageDataGenerator(
        rotation_range=20, horizontal_flip=True, rescale=0.5
    )
    layers = keras.layers
    model = keras.Sequential(
        [layers.Conv2D(2, 3, input_shape=(6, 6, 3)), layers.Flatten(), layers.Dense(1)]
    )
    model.compile("sgd", "mse")
    x = waves(8, 6, 6, 3)
    flow = made.flow(x, TARGETS, batch_size=4, seed=3)
    history = model.fit_generator(flow, steps_per_epoch=2, epochs=2, verbose=0, workers=0)
    flow = made.flow(x, TARGETS, batch_size=4, seed=3, shuffle=False)
    return {
        "losses": [float(loss) for loss in history.history["loss"]],
        "loss": float(model.evaluate_generator(flow, steps=2, workers=0)),
    }
