"""Keras models that are trained on arrays; each program gives numbers by name."""

import numpy as np

DATA = np.random.RandomState(0)
IMAGES = DATA.rand(22, 4, 3)
DIGITS = np.arange(22) % 3
VECTORS = DATA.rand(22, 5)
VALUES = VECTORS.sum(1)


def described(history):
    return {name: [float(v) for v in values] for name, values in history.history.items()}


def classifier(tf, rate=0.2):
    layers = [
        tf.keras.layers.Flatten(input_shape=(4, 3)),
        tf.keras.layers.Dense(5, activation="relu"),
        tf.keras.layers.Dropout(rate),
        tf.keras.layers.Dense(3, activation="softmax"),
    ]
    return tf.keras.models.Sequential(layers)


def mlp(tf):
    model = classifier(tf)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(IMAGES, DIGITS, epochs=3, batch_size=4, verbose=0, shuffle=False)
    found = described(history)
    found["evaluate"] = model.evaluate(IMAGES, DIGITS, verbose=0)
    found["predict"] = model.predict(IMAGES)[:3].tolist()
    found["epochs"] = history.epoch
    found["names"] = model.metrics_names
    found["variables"] = [v.name for v in model.weights + model.optimizer.weights]
    return found


def regression(tf):
    x = tf.keras.Input((5,))
    hidden = tf.keras.layers.Dense(4, activation="tanh", kernel_regularizer="l2")(x)
    model = tf.keras.Model(x, tf.keras.layers.Dense(1)(hidden))
    model.compile(tf.keras.optimizers.SGD(0.05, momentum=0.9), loss="mse", metrics=["mae"])
    np.random.seed(3)
    history = model.fit(VECTORS, VALUES, epochs=4, batch_size=8, verbose=0, validation_split=0.25)
    return described(history)


def binary(tf):
    model = tf.keras.Sequential()
    model.add(tf.keras.layers.Dense(1, activation="sigmoid", input_dim=5))
    loss = tf.keras.losses.BinaryCrossentropy()
    model.compile(tf.train.GradientDescentOptimizer(0.5), loss=loss, metrics=["acc"])
    targets = (VALUES > 2.5).astype(np.float32)
    held_out = (VECTORS[:6], targets[:6])
    history = model.fit(
        VECTORS, targets, epochs=3, verbose=0, shuffle=False, validation_data=held_out
    )
    return described(history)


def normalized(tf):
    model = tf.keras.Sequential(
        [
            tf.keras.layers.Dense(4, input_shape=(5,)),
            tf.keras.layers.BatchNormalization(),
            tf.keras.layers.Activation("relu"),
            tf.keras.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    targets = np.eye(3)[DIGITS]
    history = model.fit(VECTORS, targets, epochs=3, verbose=0, shuffle=False)
    found = described(history)
    found["evaluate"] = model.evaluate(VECTORS, targets, verbose=0)
    found["means"] = model.get_weights()[4].tolist()
    return found


def own_loss(tf):
    model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(5,))])
    model.compile("sgd", loss=lambda t, p: tf.reduce_mean(tf.abs(t - p), axis=-1))
    losses = [float(model.train_on_batch(VECTORS, VALUES)) for _ in range(3)]
    found = {"losses": losses, "test": float(model.test_on_batch(VECTORS, VALUES))}
    found["predict"] = model.predict_on_batch(VECTORS[:2]).tolist()
    return found


def subclassed(tf):
    class Own(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.first = tf.keras.layers.Dense(4, activation="relu")
            self.second = tf.keras.layers.Dense(1)

        def call(self, x):
            return self.second(self.first(x))

    model = Own()
    model.compile(tf.keras.optimizers.Adam(0.1), loss="mse")
    found = described(model.fit(VECTORS, VALUES, epochs=3, verbose=0, shuffle=False))
    found["evaluate"] = float(model.evaluate(VECTORS, VALUES, verbose=0))
    return found


def stopped(tf):
    class Stop(tf.keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.calls = []

        def on_train_begin(self, logs=None):
            self.calls.append("begin {}".format(self.params["samples"]))

        def on_epoch_end(self, epoch, logs=None):
            self.calls.append(f"epoch {epoch} {sorted(logs)}")
            self.model.stop_training = epoch == 1

        def on_batch_end(self, batch, logs=None):
            self.calls.append("batch {} {}".format(batch, logs["size"]))

    stop = Stop()
    model = classifier(tf)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(IMAGES, DIGITS, epochs=9, batch_size=10, verbose=0, callbacks=[stop])
    return {"calls": stop.calls, "epochs": history.epoch}


WORDS = np.array([[1, 2, 3, 0, 0], [4, 5, 1, 2, 3], [2, 0, 0, 0, 0], [5, 4, 3, 2, 0]] * 3)


def words(tf):
    """An LSTM for text, in the way of Keras's example with reviews of films."""
    K = tf.keras.backend
    model = tf.keras.Sequential()
    model.add(tf.keras.layers.Embedding(6, 4, mask_zero=True))
    model.add(tf.keras.layers.LSTM(3))
    model.add(tf.keras.layers.Dense(1, activation="sigmoid"))
    loss = lambda t, p: K.mean(K.binary_crossentropy(t, p), axis=-1)  # noqa: E731
    model.compile("adam", loss, metrics=["accuracy"])
    targets = WORDS[:, 0] % 2
    stop = tf.keras.callbacks.EarlyStopping("loss", patience=1)
    history = model.fit(WORDS, targets, 4, 3, verbose=0, shuffle=False, callbacks=[stop])
    found = described(history)
    found["predict"] = model.predict(WORDS)[:2].tolist()
    found["variables"] = [v.name for v in model.weights]
    return found


def masked_times(tf):
    """The loss of each word counts unless the word is masked."""
    x = tf.keras.Input((5,))
    h = tf.keras.layers.Embedding(6, 3, mask_zero=True)(x)
    h = tf.keras.layers.GRU(4, return_sequences=True)(h)
    model = tf.keras.Model(x, tf.keras.layers.Dense(1)(h))
    model.compile("rmsprop", "mse", metrics=["mae"])
    history = model.fit(WORDS, WORDS[..., None], 4, 2, verbose=0, shuffle=False)
    found = described(history)
    found["evaluate"] = model.evaluate(WORDS, WORDS[..., None], verbose=0)
    return found


def failure(call):
    try:
        call()
    except Exception as error:
        return [type(error).__name__, str(error).splitlines()[0]]
    return None


def errors(tf):
    model = classifier(tf)
    found = {"not_compiled": failure(lambda: model.fit(IMAGES, DIGITS))}
    found["no_loss"] = failure(lambda: model.compile("sgd", "nothing"))
    model.compile("sgd", "sparse_categorical_crossentropy")
    found["rank"] = failure(lambda: model.fit(VECTORS, DIGITS, verbose=0))
    found["shape"] = failure(lambda: model.predict(IMAGES[:, :2]))
    found["target"] = failure(lambda: model.evaluate(IMAGES, np.eye(3)[DIGITS], verbose=0))
    found["number"] = failure(lambda: model.train_on_batch(IMAGES, DIGITS[:5]))
    model.compile("sgd", "mse")
    found["same_shape"] = failure(lambda: model.fit(IMAGES, DIGITS, verbose=0))
    return found


PROGRAMS = [
    words,
    masked_times,
    mlp,
    regression,
    binary,
    normalized,
    own_loss,
    subclassed,
    stopped,
    errors,
]


def outcome(tf, program):
    """What a program gives in a graph and session of its own."""
    with tf.Graph().as_default():
        tf.set_random_seed(1)
        with tf.Session().as_default():
            return program(tf)
