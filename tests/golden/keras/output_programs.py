"""Keras models with several outputs, weights of examples, losses and metrics of their own, datasets
and generators; each program gives numbers by name."""

import contextlib
import io
import os
import re
import tempfile

import numpy as np
from fit_programs import DIGITS, VALUES, VECTORS, WORDS, classifier, described, failure

NAMES = {"left": VECTORS[:, :2], "right": VECTORS[:, 2:]}
TARGETS = {"value": VALUES, "digit": DIGITS}
EXAMPLE_WEIGHTS = np.linspace(0.2, 2.0, 22)


def two_by_two(tf):
    left = tf.keras.Input((2,), name="left")
    right = tf.keras.Input((3,), name="right")
    both = tf.keras.layers.concatenate([left, right])
    hidden = tf.keras.layers.Dense(4, activation="tanh", kernel_regularizer="l2")(both)
    value = tf.keras.layers.Dense(1, name="value")(hidden)
    digit = tf.keras.layers.Dense(3, activation="softmax", name="digit")(hidden)
    return tf.keras.Model([left, right], [value, digit])


def names_of_nodes(tf, part):
    nodes = tf.get_default_graph().get_operations()
    return sorted(n.name for n in nodes if n.name.startswith(part))


def losses_by_name(tf):
    model = two_by_two(tf)
    model.compile(
        "sgd",
        {"value": "mse", "digit": "sparse_categorical_crossentropy"},
        metrics={
            "value": "mae",
            "digit": ["acc", tf.keras.metrics.sparse_top_k_categorical_accuracy],
        },
        loss_weights={"value": 0.5, "digit": 2.0},
    )
    np.random.seed(3)
    history = model.fit(NAMES, TARGETS, 8, 3, verbose=0, validation_split=0.3)
    found = described(history)
    found["names"] = model.metrics_names
    found["evaluate"] = model.evaluate(list(NAMES.values()), list(TARGETS.values()), verbose=0)
    found["predict"] = [x[:3].tolist() for x in model.predict(NAMES)]
    found["loss nodes"] = names_of_nodes(tf, "loss/")
    found["metric nodes"] = names_of_nodes(tf, "metrics/")
    found["target nodes"] = [n for n in names_of_nodes(tf, "") if "target" in n and "/" not in n]
    found["variables"] = [v.name for v in tf.global_variables()]
    return found


def losses_in_lists(tf):
    model = two_by_two(tf)
    model.compile(
        "adam", ["mae", tf.keras.losses.SparseCategoricalCrossentropy()], loss_weights=[1.0, 0.3]
    )
    found = described(
        model.fit(list(NAMES.values()), [VALUES, DIGITS], epochs=2, verbose=0, shuffle=False)
    )
    model.compile("adam", "mse", metrics=["mae", "mse"])
    targets = [VALUES, np.eye(3)[DIGITS]]
    second = described(model.fit(NAMES, targets, epochs=2, verbose=0, shuffle=False))
    found["second"] = [(name, second[name]) for name in sorted(second)]
    model.compile("adam", ["mse", None], metrics=[["mae"], []])
    found["one"] = model.test_on_batch(list(NAMES.values()), VALUES)
    found["one evaluated"] = model.evaluate(NAMES, {"value": VALUES}, verbose=0)
    found["names"] = model.metrics_names
    model.compile("adam", {"digit": "categorical_crossentropy"})
    found["other"] = model.test_on_batch(NAMES, {"digit": np.eye(3)[DIGITS]})
    return found


def weighted_examples(tf):
    model = classifier(tf, 0.0)
    model = tf.keras.Sequential([tf.keras.layers.Dense(3, "softmax", input_shape=(5,))])
    model.compile(
        "sgd", "sparse_categorical_crossentropy", metrics=["acc"], weighted_metrics=["acc", "mse"]
    )
    history = model.fit(
        VECTORS, DIGITS, 8, 2, verbose=0, shuffle=False, class_weight={0: 1.0, 1: 3.0, 2: 0.5}
    )
    found = described(history)
    weights = EXAMPLE_WEIGHTS
    held_out = (VECTORS[:7], DIGITS[:7], weights[:7])
    second = model.fit(
        VECTORS,
        DIGITS,
        8,
        2,
        verbose=0,
        shuffle=False,
        sample_weight=weights,
        validation_data=held_out,
    )
    found["sample weights"] = sorted(described(second).items())
    found["both"] = model.train_on_batch(VECTORS, DIGITS, weights, {0: 2.0, 1: 1.0, 2: 0.1})
    found["test"] = model.test_on_batch(VECTORS, DIGITS, weights)
    found["evaluate"] = model.evaluate(VECTORS, DIGITS, 8, 0, weights)
    found["without"] = model.evaluate(VECTORS, DIGITS, 8, 0)
    found["names"] = model.metrics_names
    found["nodes"] = names_of_nodes(tf, "dense")
    split = model.fit(
        VECTORS, DIGITS, 8, 1, verbose=0, shuffle=False, sample_weight=weights, validation_split=0.4
    )
    found["split"] = sorted(described(split).items())
    return found


def weighted_outputs(tf):
    model = two_by_two(tf)
    model.compile("sgd", ["mse", "categorical_crossentropy"], weighted_metrics=["mse"])
    weights = {"value": EXAMPLE_WEIGHTS, "digit": EXAMPLE_WEIGHTS[::-1]}
    targets = [VALUES, np.eye(3)[DIGITS]]
    history = model.fit(NAMES, targets, epochs=2, verbose=0, shuffle=False, sample_weight=weights)
    found = described(history)
    classes = {"digit": {0: 1.0, 1: 2.0, 2: 3.0}}
    history = model.fit(NAMES, targets, epochs=2, verbose=0, shuffle=False, class_weight=classes)
    found["classes"] = sorted(described(history).items())
    found["names"] = model.metrics_names
    return found


def weighted_times(tf):
    x = tf.keras.Input((5,))
    h = tf.keras.layers.Embedding(6, 3, mask_zero=True)(x)
    h = tf.keras.layers.SimpleRNN(4, return_sequences=True)(h)
    model = tf.keras.Model(x, tf.keras.layers.Dense(1)(h))
    model.compile(
        "sgd", "mse", sample_weight_mode="temporal", weighted_metrics=["mae"], metrics=["mae"]
    )
    weights = np.random.RandomState(1).rand(12, 5)
    targets = WORDS[..., None]
    history = model.fit(WORDS, targets, 4, 2, verbose=0, shuffle=False, sample_weight=weights)
    found = described(history)
    found["evaluate"] = model.evaluate(WORDS, targets, verbose=0, sample_weight=weights)
    found["without"] = model.evaluate(WORDS, targets, verbose=0)
    found["flat"] = failure(lambda: model.train_on_batch(WORDS, targets, weights[:, 0]))
    return found


def autoencoder(tf):
    """A variational autoencoder in the way of Keras's example."""
    K = tf.keras.backend
    x = tf.keras.Input((5,))
    hidden = tf.keras.layers.Dense(4, activation="relu")(x)
    mean = tf.keras.layers.Dense(2, name="mean")(hidden)
    spread = tf.keras.layers.Dense(2, name="spread")(hidden)

    class Sampled(tf.keras.layers.Layer):
        def call(self, inputs):
            mean, spread = inputs
            return mean + K.exp(0.5 * spread) * 0.1

    z = Sampled(name="z")([mean, spread])
    encoder = tf.keras.Model(x, [mean, spread, z], name="encoder")
    code = tf.keras.Input((2,))
    decoder = tf.keras.Model(code, tf.keras.layers.Dense(5)(code), name="decoder")
    y = decoder(encoder(x)[2])
    model = tf.keras.Model(x, y, name="vae")
    near = tf.keras.losses.mse(x, y) * 5
    kl = -0.5 * K.sum(1 + spread - K.square(mean) - K.exp(spread), axis=-1)
    model.add_loss(K.mean(near + kl))
    model.compile("adam")
    history = model.fit(
        VECTORS, None, 8, 3, verbose=0, shuffle=False, validation_data=(VECTORS[:6], None)
    )
    found = described(history)
    found["names"] = model.metrics_names
    found["evaluate"] = model.evaluate(VECTORS, None, verbose=0)
    found["predict"] = model.predict(VECTORS[:2]).tolist()
    found["layers"] = [layer.name for layer in model.layers]
    found["weights"] = [w.name for w in model.weights]
    return found


def losses_of_layers(tf):
    class Own(tf.keras.layers.Layer):
        def build(self, shape):
            self.w = self.add_weight("w", (int(shape[-1]), 2))
            super().build(shape)

        def call(self, x):
            y = tf.matmul(x, self.w)
            self.add_loss(0.1 * tf.reduce_mean(tf.square(y)), inputs=True)
            self.add_loss(lambda: 0.01 * tf.reduce_sum(tf.square(self.w)))
            self.add_metric(tf.reduce_sum(y, axis=-1), name="sums", aggregation="mean")
            return y

    x = tf.keras.Input((5,))
    h = Own(name="own")(x)
    y = tf.keras.layers.Dense(1, activity_regularizer="l1")(h)
    model = tf.keras.Model(x, y)
    model.add_metric(tf.reduce_max(h), name="greatest", aggregation="mean")
    model.add_loss(tf.abs(tf.reduce_mean(y)))
    model.compile("sgd", "mse", metrics=["mae"])
    history = model.fit(VECTORS, VALUES, 8, 2, verbose=0, shuffle=False)
    found = described(history)
    found["names"] = model.metrics_names
    found["evaluate"] = model.evaluate(VECTORS, VALUES, verbose=0)
    found["losses"] = len(model.losses)
    found["layers"] = [layer.name for layer in model.layers]
    return found


def metrics_of_classes(tf):
    class Own(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.a = tf.keras.layers.Dense(3, activation="relu")
            self.b = tf.keras.layers.Dense(1, name="b")
            self.c = tf.keras.layers.Dense(2, name="c")

        def call(self, x):
            h = self.a(x)
            self.add_loss(0.1 * tf.reduce_mean(h), inputs=x)
            self.add_metric(h, name="h", aggregation="mean")
            return self.b(h), self.c(h)

    model = Own()
    model.compile("sgd", ["mse", "mae"], metrics=["mae"])
    targets = [VALUES, VECTORS[:, :2]]
    found = described(model.fit(VECTORS, targets, 8, 2, verbose=0, shuffle=False))
    found["names"] = model.metrics_names
    found["evaluate"] = model.evaluate(VECTORS, targets, verbose=0)
    return found


def adversaries(tf):
    """Two models trained against each other, batch by batch."""
    layers = tf.keras.layers
    maker = tf.keras.Sequential(
        [layers.Dense(4, "relu", input_dim=2), layers.Dense(5)], name="maker"
    )
    judge = tf.keras.Sequential([layers.Dense(4, "relu", input_dim=5), layers.Dense(1, "sigmoid")])
    judge.compile(tf.keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    noise = tf.keras.Input((2,))
    judge.trainable = False
    combined = tf.keras.Model(noise, judge(maker(noise)))
    combined.compile(tf.keras.optimizers.Adam(0.01), "binary_crossentropy")
    random = np.random.RandomState(2)
    rows = []
    for _ in range(3):
        code = random.normal(size=(8, 2))
        made = maker.predict(code)
        rows.append(judge.train_on_batch(VECTORS[:8], np.ones((8, 1))))
        rows.append(judge.train_on_batch(made, np.zeros((8, 1))))
        rows.append([combined.train_on_batch(code, np.ones((8, 1)))])
    counts = [len(m.trainable_weights) for m in (maker, judge, combined)]
    return {
        "rows": rows,
        "counts": counts,
        "kept": judge.train_on_batch(made, np.ones(8), reset_metrics=False),
    }


def rows(tf, *arrays):
    given = tuple(a.astype("float32") for a in arrays)
    return tf.data.Dataset.from_tensor_slices(given if len(given) > 1 else given[0])


def datasets(tf):
    model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(5,))])
    model.compile("sgd", "mse", metrics=["mae"])
    data = rows(tf, VECTORS, VALUES[:, None])
    found = described(model.fit(data.batch(5), epochs=2, verbose=0))
    held_out = data.take(8).batch(4)
    history = model.fit(
        data.repeat().batch(4),
        epochs=3,
        verbose=0,
        steps_per_epoch=3,
        validation_data=held_out,
        validation_steps=2,
    )
    found["steps"] = sorted(described(history).items())
    history = model.fit(
        data.batch(8), epochs=2, verbose=0, validation_data=held_out, validation_freq=[2]
    )
    found["freq"] = sorted(described(history).items())
    history = model.fit(
        data.batch(8),
        epochs=1,
        verbose=0,
        validation_data=(VECTORS[:6], VALUES[:6]),
        validation_steps=2,
    )
    found["arrays"] = sorted(described(history).items())
    found["evaluate"] = model.evaluate(data.batch(5), verbose=0)
    found["evaluate some"] = model.evaluate(data.batch(5), verbose=0, steps=2)
    found["predict"] = model.predict(data.batch(5), steps=2).tolist()
    found["predict x"] = model.predict(rows(tf, VECTORS).batch(9)).tolist()
    found["weighted"] = model.evaluate(
        rows(tf, VECTORS, VALUES[:, None], EXAMPLE_WEIGHTS).batch(5), verbose=0
    )
    found["on batch"] = model.train_on_batch(data.batch(5))
    short = model.fit(data.batch(8), epochs=4, verbose=0, steps_per_epoch=2)
    found["short"] = len(short.epoch)
    return found


def named_datasets(tf):
    model = two_by_two(tf)
    model.compile("sgd", {"value": "mse", "digit": "sparse_categorical_crossentropy"})
    cast = {k: v.astype("float32") for k, v in NAMES.items()}
    targets = {
        "value": VALUES[:, None].astype("float32"),
        "digit": DIGITS[:, None].astype("float32"),
    }
    data = tf.data.Dataset.from_tensor_slices((cast, targets)).batch(6)
    found = described(model.fit(data, epochs=2, verbose=0))
    found["evaluate"] = model.evaluate(data, verbose=0)
    found["predict"] = [x.tolist() for x in model.predict(data)]

    class Own(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.d = tf.keras.layers.Dense(1)

        def call(self, x):
            return self.d(x)

    own = Own()
    own.compile("sgd", "mse")
    found["own"] = described(
        own.fit(rows(tf, VECTORS, VALUES[:, None]).batch(6), epochs=2, verbose=0)
    )["loss"]
    return found


def batches(size=6, forever=True):
    while True:
        for start in range(0, 22, size):
            yield VECTORS[start : start + size], VALUES[start : start + size]
        if not forever:
            return


def generators(tf):
    model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(5,))])
    model.compile("sgd", "mse", metrics=["mae"])
    found = described(model.fit_generator(batches(), steps_per_epoch=4, epochs=2, verbose=0))
    history = model.fit_generator(
        batches(), 4, epochs=2, verbose=0, validation_data=batches(5), validation_steps=3, workers=0
    )
    found["validated"] = sorted(described(history).items())
    history = model.fit_generator(
        batches(),
        4,
        epochs=2,
        verbose=0,
        validation_data=(VECTORS[:9], VALUES[:9]),
        initial_epoch=1,
    )
    found["arrays"] = sorted(described(history).items())
    history = model.fit(batches(), epochs=2, verbose=0, steps_per_epoch=3)
    found["fit"] = sorted(described(history).items())
    found["evaluate"] = model.evaluate_generator(batches(), 4)
    found["predict"] = model.predict_generator(batches(), 3).tolist()
    found["ended"] = len(model.fit_generator(batches(6, False), 3, 3, verbose=0).epoch)
    weighted = ((x, y, np.ones(len(y)) * 2) for x, y in batches())
    found["weighted"] = model.evaluate(weighted, steps=4, verbose=0)
    found["on batch"] = [float(v) for v in model.test_on_batch(*next(batches()))]
    return found


def sequences(tf):
    class Own(tf.keras.utils.Sequence):
        def __init__(self, size):
            self.size = size
            self.ends = 0

        def __len__(self):
            return -(-22 // self.size)

        def __getitem__(self, i):
            part = slice(i * self.size, (i + 1) * self.size)
            return VECTORS[part], DIGITS[part]

        def on_epoch_end(self):
            self.ends += 1

    model = tf.keras.Sequential([tf.keras.layers.Dense(3, "softmax", input_shape=(5,))])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["acc"])
    own = Own(6)
    history = model.fit_generator(own, epochs=2, verbose=0, shuffle=False, validation_data=Own(5))
    weighted = model.fit_generator(
        own, verbose=0, shuffle=False, class_weight={0: 1.0, 1: 2.0, 2: 3.0}
    )
    found = described(history)
    found["class weight"] = sorted(described(weighted).items())
    history = model.fit(own, epochs=2, verbose=0, shuffle=False, workers=3, max_queue_size=2)
    found["fit"] = sorted(described(history).items())
    found["evaluate"] = model.evaluate_generator(Own(4))
    found["predict"] = model.predict_generator(Own(4)).tolist()
    found["predict direct"] = model.predict(Own(4)).tolist()
    return found


class Told:
    """What a callback is told."""

    def callback(self, tf):
        def hook(name):
            def called(own, number=None, logs=None):
                keys = sorted(logs if logs is not None else number or ())
                self.calls.append(f"{name} {number if logs is not None else None} {keys}")

            return called

        hooks = [
            f"on_{m}_{e}" for m in ("train", "test", "predict", "epoch") for e in ("begin", "end")
        ]
        hooks += [
            f"on_{m}_batch_{e}" for m in ("train", "test", "predict") for e in ("begin", "end")
        ]
        return type("Own", (tf.keras.callbacks.Callback,), {h: hook(h) for h in hooks})()

    def __init__(self):
        self.calls = []


def callbacks(tf):
    told = Told()
    own = told.callback(tf)
    model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(5,))])
    model.compile("sgd", "mse", metrics=["mae"])
    model.fit(VECTORS, VALUES, 16, 1, verbose=0, callbacks=[own], validation_data=(VECTORS, VALUES))
    params = [str(sorted(own.params.items()))]
    model.evaluate(VECTORS, VALUES, 16, verbose=0, callbacks=[own])
    params.append(str(sorted(own.params.items())))
    model.predict(VECTORS, 16, callbacks=[own])
    model.fit_generator(batches(), 2, 1, verbose=0, callbacks=[own])
    params.append(str(sorted(own.params.items())))
    return {"calls": told.calls, "params": params}


def printed(tf):
    """What is printed, without times."""
    model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(5,))])
    model.compile("sgd", "mse", metrics=["mae"])
    own = (VECTORS, VALUES)
    found = {}

    def kept(name, call):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            call()
        text = re.sub(r"(ETA: )?[\d.:]+(us|ms|s)(/(step|sample))?", "TIME", out.getvalue())
        lines = re.sub("\x08+\r?|\r", "\n", text).splitlines()
        last = [
            line.rstrip()
            for line in lines
            if "ETA" not in line and "TIME" not in line or ">" not in line
        ]
        found[name] = [line for line in last if line]

    kept("fit", lambda: model.fit(*own, epochs=2, shuffle=False, validation_split=0.25))
    kept("lines", lambda: model.fit(*own, batch_size=22, epochs=2, verbose=2, shuffle=False))
    kept("generator", lambda: model.fit_generator(batches(), 1, 2, validation_data=own))
    kept("generator lines", lambda: model.fit_generator(batches(), 2, 2, verbose=2))
    kept("dataset", lambda: model.fit(rows(tf, VECTORS, VALUES[:, None]).batch(22), epochs=2))
    kept("evaluate", lambda: model.evaluate(*own))
    kept("predict", lambda: model.predict(VECTORS, verbose=1))
    return found


def tensors(tf):
    model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(5,))])
    model.compile("sgd", "mse", metrics=["mae"])
    x = tf.constant(VECTORS[:6], tf.float32)
    y = tf.constant(VALUES[:6, None], tf.float32)
    found = described(model.fit(x, y, epochs=2, steps_per_epoch=3, verbose=0))
    found["evaluate"] = model.evaluate(x, y, steps=2, verbose=0)
    found["predict"] = model.predict(x, steps=2).tolist()
    given = tf.keras.Input(tensor=x)
    own = tf.keras.Model(given, tf.keras.layers.Dense(1)(given))
    own.compile("sgd", "mse", target_tensors=y)
    found["targets"] = sorted(described(own.fit(epochs=2, steps_per_epoch=2, verbose=0)).items())
    found["on batch"] = own.train_on_batch(None, None)
    found["no steps"] = failure(lambda: model.fit(x, y))
    return found


def stateful(tf):
    x = tf.keras.Input(batch_shape=(4, 5, 2))
    y = tf.keras.layers.Dense(1)(tf.keras.layers.SimpleRNN(3, stateful=True)(x))
    model = tf.keras.Model(x, y)
    model.compile("sgd", "mse")
    data = np.random.RandomState(4).rand(8, 5, 2)
    targets = data.sum((1, 2))[:, None]
    found = described(model.fit(data, targets, 4, 2, verbose=0, shuffle=False))
    found["twice"] = [model.predict(data, batch_size=4).tolist() for _ in range(2)]
    model.reset_states()
    found["reset"] = model.predict(data).tolist()
    found["number"] = failure(lambda: model.fit(data[:6], targets[:6], 4, verbose=0))
    found["size"] = failure(lambda: model.fit(data, targets, 2, verbose=0))
    found["stateful"] = model.stateful
    return found


def output_errors(tf):
    model = two_by_two(tf)
    x, y = list(NAMES.values()), [VALUES, DIGITS]
    generator = batches()
    found = {}

    def kept(name, call):
        found[name] = failure(call)

    kept("loss list", lambda: model.compile("sgd", ["mse"]))
    kept("loss dict", lambda: model.compile("sgd", {"other": "mse"}))
    kept("weights list", lambda: model.compile("sgd", "mse", loss_weights=[1.0]))
    kept("weights", lambda: model.compile("sgd", "mse", loss_weights=3.0))
    kept("weights dict", lambda: model.compile("sgd", "mse", loss_weights={"no": 1.0}))
    kept("metrics", lambda: model.compile("sgd", "mse", metrics="acc"))
    kept("metric lists", lambda: model.compile("sgd", "mse", metrics=[["acc"]]))
    kept("metric dict", lambda: model.compile("sgd", "mse", metrics={"no": "acc"}))
    kept("no loss", lambda: model.compile("sgd"))
    kept("modes", lambda: model.compile("sgd", "mse", sample_weight_mode=["temporal"]))
    kept("targets", lambda: model.compile("sgd", "mse", target_tensors=[1]))
    model.compile("sgd", ["mse", "sparse_categorical_crossentropy"])
    kept("few inputs", lambda: model.fit(x[0], y, verbose=0))
    kept("few targets", lambda: model.fit(x, y[0], verbose=0))
    kept("missing name", lambda: model.fit({"left": x[0]}, y, verbose=0))
    kept("x lengths", lambda: model.fit([x[0][:4], x[1]], y, verbose=0))
    kept("y lengths", lambda: model.fit(x, [y[0][:3], y[1]], verbose=0))
    kept("weight list", lambda: model.fit(x, y, verbose=0, sample_weight=[EXAMPLE_WEIGHTS]))
    kept("weight array", lambda: model.fit(x, y, verbose=0, sample_weight=EXAMPLE_WEIGHTS))
    kept("weight name", lambda: model.fit(x, y, verbose=0, sample_weight={"no": EXAMPLE_WEIGHTS}))
    kept("weight rank", lambda: model.fit(x, y, verbose=0, sample_weight=[np.ones((22, 2)), None]))
    kept("weight length", lambda: model.fit(x, y, verbose=0, sample_weight=[np.ones(3), None]))
    kept("class weight", lambda: model.fit(x, y, verbose=0, class_weight={"digit": {0: 1.0}}))
    kept("generator y", lambda: model.fit(generator, y, verbose=0))
    kept("generator steps", lambda: model.fit(generator, verbose=0))
    kept("generator split", lambda: model.fit(generator, verbose=0, validation_split=0.2))
    kept("generator weights", lambda: model.fit(generator, verbose=0, sample_weight=y[0]))
    kept("validation steps", lambda: model.fit(x, y, verbose=0, validation_steps=2))
    kept(
        "no validation steps", lambda: model.fit_generator(batches(), 2, validation_data=batches())
    )
    kept("unknown argument", lambda: model.fit(x, y, verbose=0, more=1))
    data = rows(tf, VECTORS, VALUES)
    kept("dataset y", lambda: model.fit(data, y, verbose=0))
    kept("dataset size", lambda: model.fit(data, batch_size=3, verbose=0))
    kept("dataset split", lambda: model.fit(data, verbose=0, validation_split=0.2))
    kept("endless", lambda: model.fit(data.repeat(), verbose=0))
    kept("iterator", lambda: model.fit(tf.data.make_one_shot_iterator(data), verbose=0))
    kept("freq", lambda: model.fit(x, y, verbose=0, validation_split=0.2, validation_freq=0))
    single = tf.keras.Sequential([tf.keras.layers.Dense(3, "softmax", input_shape=(5,))])
    single.compile("sgd", "categorical_crossentropy")
    kept("columns", lambda: single.fit(VECTORS, DIGITS, verbose=0))
    kept("four", lambda: single.fit_generator(((1, 2, 3, 4) for _ in range(3)), 2, verbose=0))
    kept("empty", lambda: single.fit(VECTORS[:0], np.eye(3)[:0], verbose=0))
    return found


def cloned(tf):
    model = two_by_two(tf)
    x = tf.keras.Input((2,))
    shared = tf.keras.layers.Dense(3, name="shared")
    y = tf.keras.layers.add([shared(x), shared(x * 2.0)])
    again = tf.keras.Model(x, y, name="own")
    again.add_loss(tf.reduce_mean(y))
    again.add_metric(tf.reduce_sum(y), name="sum", aggregation="mean")
    inner = tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(2,)), again])
    found = {}
    for name, one in (("two", model), ("own", again), ("inner", inner)):
        copy = tf.keras.models.clone_model(one)
        found[name] = [layer.name for layer in copy.layers]
        found[name + " weights"] = [w.name for w in copy.weights]
        copy.set_weights(one.get_weights())
        data = [VECTORS[:2, : x.shape[1]] for x in one.inputs]
        outputs = one.predict(data), copy.predict(data)
        flat = [np.concatenate([np.ravel(a) for a in o]).tolist() for o in outputs]
        found[name + " equal"] = bool(np.allclose(*flat))
        copy.compile("sgd", "mse")
        found[name + " names"] = copy.metrics_names
    on_tensor = tf.keras.models.clone_model(inner, tf.constant(VECTORS[:3, :2], tf.float32))
    found["shape"] = str(on_tensor.outputs[0].shape)

    def as_twice(layer):
        return tf.keras.layers.Dense(2 * layer.units) if "Dense" in str(type(layer)) else layer

    twice = tf.keras.models.clone_model(
        inner.layers[0]._inbound_nodes
        and tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(2,))]),
        clone_function=as_twice,
    )
    found["twice"] = str(twice.output_shape)
    return found


def optimizers(tf):
    """Steps of optimizers, of dense and of sparse gradients."""
    K = tf.keras.optimizers
    found = {}
    for name, make in (
        ("adamax", lambda: K.Adamax(0.1)),
        ("nadam", lambda: K.Nadam(0.05)),
        ("ftrl", lambda: K.Ftrl(0.1, l1_regularization_strength=0.01)),
        ("shrinking ftrl", lambda: K.Ftrl(0.1, l2_shrinkage_regularization_strength=0.1)),
        ("amsgrad", lambda: K.Adam(0.1, amsgrad=True)),
        ("by name", lambda: "nadam"),
    ):
        with tf.Graph().as_default(), tf.Session().as_default():
            tf.set_random_seed(1)
            layers = [tf.keras.layers.Embedding(6, 2, input_length=5), tf.keras.layers.Flatten()]
            model = tf.keras.Sequential([*layers, tf.keras.layers.Dense(1)])
            model.compile(make(), "mse")
            history = model.fit(WORDS, WORDS[:, 0], 6, 3, verbose=0, shuffle=False)
            found[name] = described(history)["loss"]
            found[name + " config"] = str(sorted(model.optimizer.get_config()))
        found[name + " weights"] = [w.name for w in model.optimizer.weights]
    found["rate"] = failure(lambda: K.Nadam(K.schedules.ExponentialDecay(0.1, 2, 0.5)))
    found["power"] = failure(lambda: K.Ftrl(learning_rate_power=1.0))
    found["negative"] = failure(lambda: K.Ftrl(l1_regularization_strength=-1.0))
    schedule = K.schedules.ExponentialDecay(0.1, 2, 0.5)
    config = K.schedules.serialize(schedule)
    found["schedule"] = str(sorted(config["config"].items()))
    found["again"] = K.schedules.deserialize(config).get_config() == schedule.get_config()
    return found


def classes_told(tf):
    """Models as scikit-learn uses them, and classes that models tell."""

    def build(units=3, loss="categorical_crossentropy"):
        last = tf.keras.layers.Dense(units, "softmax" if units > 1 else "sigmoid", input_shape=(5,))
        model = tf.keras.Sequential([last])
        model.compile("sgd", loss, metrics=["accuracy"])
        return model

    wrappers = tf.keras.wrappers.scikit_learn
    names = np.array(["a", "b", "c"])[DIGITS]
    one = wrappers.KerasClassifier(build, epochs=2, batch_size=8, shuffle=False, verbose=0)
    found = described(one.fit(VECTORS, names))
    found["classes"] = [str(c) for c in one.predict(VECTORS)]
    found["probabilities"] = one.predict_proba(VECTORS)[:2].tolist()
    found["score"] = float(one.score(VECTORS, names, batch_size=22))
    found["parameters"] = sorted(one.get_params())
    two = wrappers.KerasClassifier(build, units=1, loss="binary_crossentropy", verbose=0)
    two.set_params(epochs=1).fit(VECTORS, DIGITS > 0, shuffle=False)
    found["binary"] = two.predict_proba(VECTORS)[:2].tolist()
    found["binary classes"] = [str(c) for c in np.ravel(two.predict(VECTORS))]
    number = wrappers.KerasRegressor(lambda: build(1, "mse"), verbose=0)
    number.fit(VECTORS, VALUES, shuffle=False)
    found["numbers"] = number.predict(VECTORS)[:3].tolist()
    found["regression"] = float(number.score(VECTORS, VALUES, batch_size=22))
    found["illegal"] = failure(lambda: wrappers.KerasClassifier(build, other=1))
    found["told"] = one.model.predict_classes(VECTORS).tolist()
    found["told of one"] = two.model.predict_classes(VECTORS).tolist()
    return found


def mean_tensors(tf):
    metric = tf.keras.metrics.MeanTensor()
    found = {"none": failure(metric.result), "total": str(metric.total)}
    session = tf.keras.backend.get_session()
    x = tf.constant([[1.0, 2.0], [3.0, 5.0]])
    session.run(metric.update_state(x))
    session.run(metric.update_state(x * 3.0, [0.5, 2.0]))
    found["result"] = session.run(metric.result()).tolist()
    found["count"] = session.run(metric.count).tolist()
    found["names"] = [v.name for v in metric.variables]
    found["shape"] = failure(lambda: metric.update_state(tf.constant([1.0])))
    metric.reset_states()
    found["reset"] = session.run(metric.total).tolist()
    return found


def minimized(tf):
    v = tf.Variable([1.0, 2.0], use_resource=True)
    optimizer = tf.keras.optimizers.SGD(0.1, momentum=0.9, clipvalue=1.0)
    step = optimizer.minimize(lambda: tf.reduce_sum(v * v), [v])
    session = tf.keras.backend.get_session()
    session.run(tf.global_variables_initializer())
    values = []
    for _ in range(3):
        session.run(step)
        values.append(session.run(v).tolist())
    return {"values": values, "slots": optimizer.get_slot_names(), "op": step.type}


def estimators(tf):
    found = {}
    for form in ("saver", "checkpoint"):
        with tf.Graph().as_default(), tf.Session().as_default():
            tf.set_random_seed(1)
            model = two_by_two(tf)
            losses = {"value": "mse", "digit": "sparse_categorical_crossentropy"}
            model.compile("adam", losses, metrics={"value": "mae", "digit": "acc"})
            model.train_on_batch(NAMES, TARGETS)
            first = [np.asarray(x) for x in model.predict(NAMES)]
            folder = tempfile.mkdtemp()
            config = tf.estimator.RunConfig(tf_random_seed=2)
            own = tf.keras.estimator.model_to_estimator(
                model, model_dir=folder, config=config, checkpoint_format=form
            )
        x = {name: value.astype("float32") for name, value in NAMES.items()}
        y = {name: value[:, None].astype("float32") for name, value in TARGETS.items()}
        given = lambda: tf.data.Dataset.from_tensor_slices((x, y)).batch(11)  # noqa: B023, E731
        begun = list(own.predict(given))
        found[form + " begins"] = all(
            np.allclose(row["value"], value, atol=1e-5)
            for row, value in zip(begun, first[0])  # noqa: B905
        )
        own.train(given, steps=2)
        result = own.evaluate(given)
        found[form] = {k: float(v) for k, v in sorted(result.items())}
        found[form + " variables"] = own.get_variable_names()
        found[form + " step"] = int(
            own.get_variable_value(found[form + " variables"][-1]) is not None
        )
    found["none"] = failure(tf.keras.estimator.model_to_estimator)
    plain = classifier(tf)
    found["not compiled"] = failure(lambda: tf.keras.estimator.model_to_estimator(plain))
    return {k: sorted(v.items()) if isinstance(v, dict) else v for k, v in found.items()}


def exported(tf):
    folder = os.path.join(tempfile.mkdtemp(), "model")
    model = two_by_two(tf)
    losses = {"value": "mse", "digit": "sparse_categorical_crossentropy"}
    model.compile("adam", losses, metrics={"value": "mae"})
    model.train_on_batch(NAMES, TARGETS)
    wanted = model.predict(NAMES)
    tf.keras.experimental.export_saved_model(model, folder)
    found = {"files": sorted(os.listdir(folder))}
    found["variables"] = [str(v) for v in tf.train.list_variables(folder + "/variables/variables")]
    for tag in ("serve", "train", "eval"):
        with tf.Graph().as_default(), tf.Session() as session:
            meta = tf.saved_model.load(session, [tag], folder)
            for name, signature in meta.signature_def.items():
                for side in ("inputs", "outputs"):
                    parts = getattr(signature, side)
                    found[f"{tag} {name} {side}"] = sorted(f"{k} {parts[k].name}" for k in parts)
            signature = meta.signature_def["serving_default" if tag == "serve" else tag]
            if tag == "serve":
                fed = {signature.inputs[k].name: v for k, v in NAMES.items()}
                values = session.run(signature.outputs["value"].name, fed)
                found["equal"] = bool(np.allclose(values, wanted[0], atol=1e-6))
            found[tag + " steps"] = [v.name for v in tf.get_collection("global_step")]
            found[tag + " local"] = [v.name for v in tf.local_variables()]
    with tf.Graph().as_default(), tf.Session().as_default():
        again = tf.keras.experimental.load_from_saved_model(folder)
        found["again"] = bool(np.allclose(again.predict(NAMES)[1], wanted[1], atol=1e-6))
        found["compiled"] = again.optimizer is not None
    found["twice"] = failure(lambda: tf.keras.experimental.export_saved_model(model, folder))[0]
    return found


def of_train(tf):
    """Optimizers of `tf.train` that keep variables."""
    model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(5,))])
    model.compile(tf.train.AdamOptimizer(0.1), "mse")
    found = described(model.fit(VECTORS, VALUES, 8, 2, verbose=0, shuffle=False))
    model.compile(tf.train.MomentumOptimizer(0.01, 0.9), "mae")
    found["again"] = described(model.fit(VECTORS, VALUES, 8, 2, verbose=0, shuffle=False))["loss"]
    return found


PROGRAMS = [
    of_train,
    exported,
    estimators,
    classes_told,
    mean_tensors,
    minimized,
    cloned,
    optimizers,
    losses_by_name,
    losses_in_lists,
    weighted_examples,
    weighted_outputs,
    weighted_times,
    autoencoder,
    losses_of_layers,
    metrics_of_classes,
    adversaries,
    datasets,
    named_datasets,
    generators,
    sequences,
    callbacks,
    printed,
    tensors,
    stateful,
    output_errors,
]
