"""tf.contrib.eager.metrics in graphs, then in eager execution; what it prints lies beside it.

Run with the Python that has TensorFlow 1.15.
"""

import numpy as np
import tensorflow as tf

tfe = tf.contrib.eager
LABELS = np.array([1, 0, 2, 2])
SCORES = np.array([[0.1, 0.7, 0.2], [0.3, 0.4, 0.3], [0.0, 0.0, 1.0], [0.9, 0.0, 0.1]])
ONE_HOT = np.eye(3)[LABELS]


def updates(metrics):
    return [
        metrics["mean"]([1.0, 2.5]),
        metrics["mean"]([4.0], weights=[0.5]),
        metrics["mean again"](3),
        metrics["accuracy"]([1, 2, 3], [1, 2, 4]),
        metrics["weighted"]([1, 2, 3], [1, 2, 4], weights=[1.0, 2.0, 3.0]),
        metrics["categorical"](ONE_HOT, SCORES),
        metrics["binary"]([1, 0, 1], [0.9, 0.8, 0.2]),
        metrics["sparse"](LABELS, SCORES),
    ]


def made():
    return {
        "mean": tfe.metrics.Mean(),
        "mean again": tfe.metrics.Mean("mean again", dtype=tf.float32),
        "accuracy": tfe.metrics.Accuracy(),
        "weighted": tfe.metrics.Accuracy(name="weighted:1"),
        "categorical": tfe.metrics.CategoricalAccuracy(),
        "binary": tfe.metrics.BinaryAccuracy(0.5, name="binary 1"),
        "sparse": tfe.metrics.SparseAccuracy(),
    }


def show(text, *values):
    print(text, *[np.round(np.asarray(v, np.float64), 5).tolist() for v in values])


class Last(tfe.metrics.Metric):
    def build(self, value):
        self.last = self.add_variable(
            "last", shape=[], dtype=tf.int32, initializer=tf.ones_initializer()
        )

    def call(self, value):
        self.last.assign(value)
        return value

    def result(self):
        return self.last.value()


with tf.Graph().as_default(), tf.Session() as session:
    metrics = made()
    ops = updates(metrics)
    results = {name: m.result() for name, m in metrics.items()}
    variables = [v for m in metrics.values() for v in m.variables]
    session.run([v.initializer for v in variables])
    returned = session.run(ops)
    for value in returned:
        show("update", *(value if isinstance(value, (tuple, list)) else [value]))
    show_names = [(m.name, [v.name for v in m.variables]) for m in metrics.values()]
    print(show_names)
    for name in ("variables", "local_variables", "metric_variables"):
        print(name, [v.name for v in tf.get_collection(name)])
    for name, value in results.items():
        show(name, session.run(value))
    session.run(metrics["mean"].init_variables())
    show("begun", session.run([metrics["mean"].numer, metrics["mean"].denom])[0])
    own = Last(use_global_variables=True)
    update = own(5)
    session.run(own.init_variables())
    show("own", session.run(own.value()), session.run(update), session.run(own.value()))
    print([v.name for v in tf.global_variables()])

tf.enable_eager_execution()
metrics = made()
for value in updates(metrics):
    show("update", *[np.asarray(v) for v in (value if isinstance(value, tuple) else [value])])
for name, m in metrics.items():
    show(name, m.result().numpy(), *[v.numpy() for v in m.variables])
    print(m.name, len(m.variables), m.result().dtype)
other = tfe.metrics.Mean()
other([10.0, 20.0])
metrics["mean"].aggregate([other])
show("together", metrics["mean"].result().numpy(), metrics["mean"].value()().numpy())
metrics["mean"].init_variables()
metrics["mean"](7.0)
show("anew", metrics["mean"].result().numpy())
own = Last()
own(3)
show("own", own.result().numpy())


def error(make):
    try:
        make()
    except (ValueError, TypeError, RuntimeError, NotImplementedError) as e:
        print(type(e).__name__, str(e).split("\n")[0])
    except tf.errors.InvalidArgumentError as e:
        print(type(e).__name__, "unequal" in str(e))


error(lambda: own.add_variable("more"))
error(lambda: tfe.metrics.Metric("M").build())
error(lambda: tfe.metrics.Metric("M").result())
error(lambda: tfe.metrics.Accuracy()([1, 2], [1]))
error(lambda: tfe.metrics.SparseAccuracy()([1, 2], SCORES))
