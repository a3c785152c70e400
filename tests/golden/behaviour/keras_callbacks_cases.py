"""tf.keras.callbacks: what they print, write and change while a model trains."""

import os
import re
import tempfile

import numpy as np
from outcomes import Cases, captured, tried

CASES = Cases()
case = CASES.case

X = np.random.RandomState(0).rand(20, 3)
Y = X.sum(1)


def rounded(value):
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in sorted(value.items())}
    if isinstance(value, (list, tuple)):
        return [rounded(v) for v in value]
    return float("%.3g" % value)  # noqa: UP031 - Python 3.7


def trained(tf, callbacks, rate=0.1, epochs=4, y=Y, **arguments):
    """What the training of a small model gives, with what is printed."""
    with tf.Graph().as_default(), tf.Session().as_default():
        tf.set_random_seed(1)
        model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(3,), name="d")])
        model.compile(tf.keras.optimizers.SGD(rate), "mse", metrics=["mae"])
        model.set_weights([np.zeros((3, 1)), np.zeros(1)])
        found = {}

        def run():
            history = model.fit(
                X,
                y,
                batch_size=8,
                epochs=epochs,
                verbose=0,
                shuffle=False,
                callbacks=callbacks,
                validation_data=(X[:4], y[:4]),
                **arguments,
            )
            found["history"] = rounded(history.history)
            found["epochs"] = history.epoch

        text = captured(run)
        found["text"] = re.sub(r"(\d\.\d\d)\d+", r"\1", text)
        found["weights"] = rounded([w.ravel().tolist() for w in model.get_weights()])
        return found


@case
def early_stopping(tf, module):
    make = tf.keras.callbacks.EarlyStopping
    return {
        "better": trained(tf, [make()]),
        "worse": trained(tf, [make("loss", verbose=1)], rate=1.5, epochs=9),
        "patient": trained(
            tf, [make(patience=2, verbose=1, restore_best_weights=True)], rate=1.2, epochs=9
        ),
        "delta": trained(tf, [make(min_delta=0.1, baseline=0.2, mode="min")], epochs=9),
        "mode": trained(tf, [make("val_mean_absolute_error", mode="most", patience=1)]),
        "missing": trained(tf, [make("val_acc")], epochs=2),
    }


@case
def plateau(tf, module):
    make = tf.keras.callbacks.ReduceLROnPlateau
    return {
        "worse": trained(tf, [make("loss", 0.3, 1, verbose=1)], rate=1.5, epochs=5),
        "cool": trained(
            tf, [make("val_loss", 0.5, 1, cooldown=2, min_lr=0.4, verbose=1)], rate=1.3, epochs=6
        ),
        "max": trained(tf, [make("loss", 0.5, 1, mode="max", epsilon=0.1)], epochs=3),
        "missing": trained(tf, [make("acc")], epochs=1),
        "factor": tried(make, factor=1.0),
    }


@case
def schedule(tf, module):
    make = tf.keras.callbacks.LearningRateScheduler
    return {
        "epoch": trained(tf, [make(lambda epoch: 0.1 / (epoch + 1))]),
        "both": trained(tf, [make(lambda epoch, lr: lr / 2, verbose=1)], epochs=2),
        "int": tried(trained, tf, [make(lambda epoch: 1)]),
    }


@case
def not_a_number(tf, module):
    y = np.where(np.arange(20) == 9, np.nan, Y)
    return {"stop": trained(tf, [tf.keras.callbacks.TerminateOnNaN()], y=y)["text"]}


@case
def functions(tf, module):
    calls = []
    make = tf.keras.callbacks.LambdaCallback
    callback = make(
        on_epoch_begin=lambda epoch, logs: calls.append("epoch %d" % epoch),  # noqa: UP031
        on_batch_end=lambda batch, logs: calls.append("batch %d %s" % (batch, sorted(logs))),  # noqa: UP031
        on_train_end=lambda logs: calls.append("end"),
        thing=3,
    )
    trained(tf, [callback], epochs=2)
    return {"calls": calls, "thing": callback.thing}


@case
def csv(tf, module):
    path = os.path.join(tempfile.mkdtemp(), "log.csv")
    make = tf.keras.callbacks.CSVLogger
    trained(tf, [make(path)], epochs=2)
    trained(tf, [make(path, append=True)], epochs=1)
    text = open(path).read()
    trained(tf, [make(path, separator=";")], epochs=1)
    short = [re.sub(r"(\.\d\d)\d+", r"\1", t) for t in (text, open(path).read())]
    return {"text": short[0], "other": short[1]}


@case
def checkpoint(tf, module):
    make = tf.keras.callbacks.ModelCheckpoint
    found = {}
    for label, arguments in [
        ("each", {}),
        ("best", {"save_best_only": True, "monitor": "loss"}),
        ("acc", {"save_best_only": True, "monitor": "val_acc"}),
        ("period", {"period": 2}),
        ("examples", {"save_freq": 16}),
    ]:
        folder = tempfile.mkdtemp()
        path = os.path.join(folder, "w-{epoch:02d}")
        callback = make(path, verbose=1, save_weights_only=True, **arguments)
        text = trained(tf, [callback], rate=1.2 if label == "best" else 0.1)["text"]
        found[label] = [text.replace(folder, "FOLDER"), sorted(os.listdir(folder))]
    found["freq"] = tried(make, path, save_freq="batch")
    restart = make(path, save_weights_only=True, load_weights_on_restart=True)
    found["restart"] = trained(tf, [restart], epochs=1)["weights"]
    return found


@case
def tensorboard(tf, module):
    found = {}
    for freq in ("epoch", "batch", 16):
        folder = tempfile.mkdtemp()
        trained(tf, [tf.keras.callbacks.TensorBoard(folder, update_freq=freq)], epochs=2)
        (name,) = [n for n in os.listdir(folder) if re.match(r"events.*(?<!empty)$", n)]
        kinds = []
        for event in tf.train.summary_iterator(os.path.join(folder, name)):
            for value in event.summary.value:
                kinds.append([event.step, value.tag, rounded(value.simple_value)])
            if event.graph_def:
                kinds.append("graph")
        found[str(freq)] = kinds
    return found


@case
def progress(tf, module):
    def fitted(callback):
        text = trained(tf, [callback], epochs=2)["text"]
        return text

    logger = tf.keras.callbacks.ProgbarLogger()
    base = tf.keras.callbacks.BaseLogger(["loss"])
    base.set_params({"metrics": ["loss", "x"]})
    base.on_epoch_begin(0)
    base.on_batch_end(0, {"size": 2, "loss": 1.0, "x": 3.0})
    base.on_batch_end(1, {"size": 4, "loss": 2.0, "x": 6.0})
    logs = {}
    base.on_epoch_end(0, logs)

    def shown():
        logger.set_params({"verbose": 1, "epochs": 2, "samples": 6, "metrics": ["loss"]})
        logger.on_train_begin()
        logger.on_epoch_begin(0)
        for i in range(2):
            logger.on_batch_begin(i)
            logger.on_batch_end(i, {"size": 3, "loss": i})
        logger.on_epoch_end(0, {"loss": 0.5})

    text = re.sub(r"\d+(s|ms|us)\b", "TIME", re.sub("\b+", "<", captured(shown)))
    return {
        "quiet": fitted(tf.keras.callbacks.ProgbarLogger()),
        "shown": re.sub(r" +(?=[<\n]|$)", "", text),
        "base": logs,
        "mode": tried(tf.keras.callbacks.ProgbarLogger, "examples"),
    }
