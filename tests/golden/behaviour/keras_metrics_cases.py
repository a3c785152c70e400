"""tf.keras.metrics: graphs, values, settings and errors."""

import numpy as np
from estimator_cases import rounded
from monitored_cases import nodes
from outcomes import Cases, tried

CASES = Cases()
case = CASES.case

TRUE = np.array([[1, 0, 1], [0, 1, 0]], np.float32)
PRED = np.array([[0.9, 0.4, 0.2], [0.1, 0.8, 0.6]], np.float32)
SPARSE = np.array([[2], [1]])
WEIGHTS = np.array([1.0, 3.0], np.float32)


def constant(tf, value):
    return value if value is None else tf.constant(value)


def graph_of(tf, make, *batch, **kwargs):
    """The nodes of an update and a result, and values after each of two updates."""
    with tf.Graph().as_default() as graph:
        metric = make(tf.keras.metrics)
        given = [constant(tf, part) for part in batch]
        kwargs = {name: constant(tf, part) for name, part in kwargs.items()}
        update = metric.update_state(*given, **kwargs)
        result = metric.result()
        found = {
            "nodes": nodes(graph),
            "names": [metric.name, metric.dtype, update.name, result.name],
            "variables": [v.name for v in metric.variables],
            "trained": [len(metric.trainable_weights), len(metric.updates)],
            "config": {
                k: round(v, 6) if isinstance(v, float) else str(v)[:60]
                for k, v in sorted(metric.get_config().items())
            },
        }
        sess = tf.Session()
        sess.run([v.initializer for v in metric.variables])
        found["values"] = []
        for _ in range(2):
            sess.run(update)
            found["values"].append(rounded(sess.run(result)))
        found["collections"] = [
            len(tf.global_variables()),
            len(tf.local_variables()),
            len(tf.get_collection(tf.GraphKeys.METRIC_VARIABLES)),
        ]
        return found


def graphs(**wanted):
    def function(tf, module):
        found = {}
        for label, (make, batch, kwargs) in sorted(wanted.items()):
            try:
                outcome = graph_of(tf, make, *batch, **kwargs)
            except Exception as error:
                outcome = {"": "%s: %s" % (type(error).__name__, str(error)[:60])}  # noqa: UP031
            found.update({"%s %s" % (label, k): v for k, v in outcome.items()})  # noqa: UP031
        return found

    return function


PAIR = (TRUE, PRED)
WEIGHTED = {"sample_weight": WEIGHTS}
WIDE = {"sample_weight": np.array([[1.0], [3.0]], np.float32)}
CASES["reductions"] = graphs(
    mean=(lambda m: m.Mean(), (PRED,), {}),
    mean_weighted=(lambda m: m.Mean(name="mine"), (PRED,), WEIGHTED),
    mean_wide=(lambda m: m.Mean(), (PRED,), WIDE),
    mean_double=(lambda m: m.Mean(dtype="float64"), (PRED,), {}),
    sum=(lambda m: m.Sum(), (PRED,), {}),
    sum_weighted=(lambda m: m.Sum(), (PRED,), WEIGHTED),
    relative=(lambda m: m.MeanRelativeError(normalizer=[[1.0, 2.0, 4.0]]), PAIR, {}),
    root=(lambda m: m.RootMeanSquaredError(), PAIR, WEIGHTED),
)
CASES["accuracies"] = graphs(
    plain=(lambda m: m.Accuracy(), ([1, 2, 3], [1, 2, 4]), {}),
    binary=(lambda m: m.BinaryAccuracy(threshold=0.3), PAIR, {}),
    categorical=(lambda m: m.CategoricalAccuracy(), PAIR, WEIGHTED),
    sparse=(lambda m: m.SparseCategoricalAccuracy(), (SPARSE, PRED), {}),
    top=(lambda m: m.TopKCategoricalAccuracy(k=2), PAIR, {}),
    sparse_top=(lambda m: m.SparseTopKCategoricalAccuracy(k=2), (SPARSE[:, 0], PRED), {}),
    squared=(lambda m: m.MeanSquaredError(), PAIR, {}),
    absolute=(lambda m: m.MeanAbsoluteError(), PAIR, WEIGHTED),
)
CASES["counts"] = graphs(
    tp=(lambda m: m.TruePositives(), PAIR, {}),
    fp=(lambda m: m.FalsePositives([0.3, 0.7]), PAIR, WIDE),
    tn=(lambda m: m.TrueNegatives(0.3, name="mine"), PAIR, {}),
    fn=(lambda m: m.FalseNegatives(), PAIR, {}),
    precision=(lambda m: m.Precision(), PAIR, WIDE),
    precision_top=(lambda m: m.Precision(top_k=1, class_id=1), PAIR, {}),
    recall=(lambda m: m.Recall([0.3, 0.7]), PAIR, {}),
    iou=(lambda m: m.MeanIoU(3), ([0, 1, 2, 2], [0, 1, 1, 2]), {}),
    iou_weighted=(
        lambda m: m.MeanIoU(num_classes=3),
        ([0, 1, 2], [0, 1, 1]),
        {"sample_weight": np.array([0.5, 1.0, 2.0], np.float32)},
    ),
)
CASES["areas"] = graphs(
    auc=(lambda m: m.AUC(), PAIR, {}),
    auc_weighted=(lambda m: m.AUC(20), PAIR, WIDE),
    pr=(lambda m: m.AUC(5, curve="PR", name="pr"), PAIR, {}),
    pr_minoring=(lambda m: m.AUC(5, "PR", "minoring"), PAIR, {}),
    roc_majoring=(lambda m: m.AUC(5, "ROC", "majoring"), PAIR, {}),
    own=(lambda m: m.AUC(thresholds=[0.7, 0.3]), PAIR, {}),
    sensitivity=(lambda m: m.SensitivityAtSpecificity(0.6, num_thresholds=5), PAIR, {}),
    specificity=(lambda m: m.SpecificityAtSensitivity(0.6, num_thresholds=1), PAIR, {}),
)


@case
def called(tf, module):
    """Calls, user's metrics, resets, names."""
    m = tf.keras.metrics
    found = {}
    with tf.Graph().as_default() as graph:
        metric = m.Mean()
        value = metric(tf.constant(PRED))
        found["nodes"] = nodes(graph)
        with tf.Session() as sess:
            sess.run([v.initializer for v in metric.variables])
            found["value"] = [rounded(sess.run(value)), rounded(sess.run(metric.result()))]
            metric.reset_states()
            found["reset"] = rounded(sess.run(metric.variables))
        found["second"] = m.Mean().name

    class Last(m.Metric):
        def __init__(self):
            super(Last, self).__init__(name="last")  # noqa: UP008 - Python 3.7
            self.kept = self.add_weight("kept", initializer="zeros")

        def update_state(self, values):
            self.kept.assign(values[0])
            return self.kept.assign_add(values[1])

        def result(self):
            return self.kept * 2

    with tf.Graph().as_default():
        last = Last()
        value = last(tf.constant([3.0, 4.0]))
        sess = tf.Session()
        sess.run([v.initializer for v in last.variables])
        found["own"] = [rounded(sess.run(value)), [v.name for v in last.variables]]
    found["get"] = [type(m.get(given)).__name__ for given in ("Mean", "binary_accuracy", print)]
    found["config"] = str(sorted(m.serialize(m.Recall(0.5))["config"].items()))
    found["back"] = m.deserialize(m.serialize(m.Recall(0.5))).thresholds
    found["kind"] = tried(m.get, 3)
    found["thresholds"] = tried(m.Precision, [0.5, 1.5])
    found["curve"] = tried(m.AUC, curve="XY")
    found["method"] = tried(m.AUC, summation_method="other")
    found["number"] = tried(m.AUC, 1)
    found["specificity"] = tried(m.SensitivityAtSpecificity, 1.5)
    found["sensitivity"] = tried(m.SpecificityAtSensitivity, -0.5)
    found["abstract"] = tried(m.Metric)[:40]
    return found


@case
def in_estimators(tf, module):
    """Metrics of a model function."""
    import tempfile

    def model_fn(features, labels, mode):
        logits = tf.layers.dense(features["x"], 1, kernel_initializer=tf.ones_initializer())
        chance = tf.sigmoid(logits[:, 0])
        mean = tf.keras.metrics.Mean(name="mean_chance")
        mean.update_state(chance)
        area = tf.keras.metrics.AUC(10)
        area.update_state(labels, chance)
        loss = tf.reduce_mean(chance)
        train_op = tf.train.GradientDescentOptimizer(0.1).minimize(loss, tf.train.get_global_step())
        metrics = {"mean": mean, "area": area, "loss_mean": tf.metrics.mean(loss)}
        return tf.estimator.EstimatorSpec(
            mode, loss=loss, train_op=train_op, eval_metric_ops=metrics
        )

    estimator = tf.estimator.Estimator(model_fn, tempfile.mkdtemp())
    x = np.array([[-1.0], [0.5], [2.0], [1.0]], np.float32)
    y = np.array([0, 1, 1, 0])
    data = tf.estimator.inputs.numpy_input_fn({"x": x}, y, 2, shuffle=False)
    estimator.train(data, steps=1)
    found = {"results": rounded(estimator.evaluate(data))}
    with tf.Graph().as_default():
        tf.train.create_global_step()
        mean = tf.keras.metrics.Mean()
        loss = tf.constant(1.0)
        make = tf.estimator.EstimatorSpec
        found["no update"] = tried(make, "eval", loss=loss, eval_metric_ops={"m": mean})
        mean.update_state(1.0)
        spec = make("eval", loss=loss, eval_metric_ops={"m": mean})
        found["spec"] = [[type(p).__name__, p.name] for p in spec.eval_metric_ops["m"]]
        found["local"] = sorted(v.name for v in tf.local_variables())
        found["kind"] = tried(make, "eval", loss=loss, eval_metric_ops={"m": 3})
    return found


@case
def in_models(tf, module):
    """Metrics of compiled models, by name, function and as they are."""
    m = tf.keras.metrics
    x = np.arange(24, dtype=np.float32).reshape(8, 3) / 11
    y = np.array([0, 1, 1, 0, 1, 0, 0, 1])
    found = {}

    def fitted(label, metrics, loss="binary_crossentropy", units=1, target=y):
        with tf.Graph().as_default() as graph:
            kernel = tf.constant_initializer(np.linspace(-1, 1, 3 * units).reshape(3, units))
            layer = tf.keras.layers.Dense(
                units,
                "sigmoid" if units == 1 else "softmax",
                kernel_initializer=kernel,
                input_shape=(3,),
            )
            model = tf.keras.Sequential([layer])
            model.compile(tf.keras.optimizers.SGD(0.1), loss, metrics=metrics())
            history = model.fit(x, target, 4, 2, verbose=0, shuffle=False).history
            found[label] = [
                model.metrics_names,
                [[k, rounded(v)] for k, v in sorted(history.items())],
                rounded(model.evaluate(x, target, 3, verbose=0)),
                [n for n in nodes(graph) if n.startswith("metrics/")],
            ]

    fitted("accuracy", lambda: ["accuracy"])
    fitted("names", lambda: ["binary_accuracy", "mse", "MAE"])
    fitted("areas", lambda: [m.BinaryAccuracy(), m.AUC(20, name="auc")])
    fitted("rates", lambda: [m.Precision(), m.Recall(name="found")])
    sparse = "sparse_categorical_crossentropy"
    fitted("sparse", lambda: ["sparse_categorical_accuracy"], sparse, 2)
    fitted("sparse object", lambda: [m.SparseCategoricalAccuracy("mine")], sparse, 2)
    names = ["categorical_accuracy", "top_k_categorical_accuracy", "acc"]
    fitted("categorical", lambda: names, "categorical_crossentropy", 2, np.eye(2)[y])
    fitted("functions", lambda: [m.binary_accuracy, m.MeanSquaredError()], "mse")
    found["unknown"] = tried(fitted, "unknown", lambda: ["other"])
    return found


SIGNED = np.array([[1, -1, 1], [-1, 1, -1]], np.float32)
CASES["errors"] = graphs(
    percentage=(lambda m: m.MeanAbsolutePercentageError(), PAIR, {}),
    logarithmic=(lambda m: m.MeanSquaredLogarithmicError(), PAIR, WEIGHTED),
    hinge=(lambda m: m.Hinge(), PAIR, {}),
    squared=(lambda m: m.SquaredHinge(), (SIGNED, PRED), {}),
    categorical=(lambda m: m.CategoricalHinge(), PAIR, {}),
    cosh=(lambda m: m.LogCoshError(), PAIR, {}),
    poisson=(lambda m: m.Poisson(), PAIR, {}),
    divergence=(lambda m: m.KLDivergence(), PAIR, {}),
    cosine=(lambda m: m.CosineSimilarity(axis=0), PAIR, {}),
)


@case
def loss_objects(tf, module):
    lib, found = tf.keras.losses, {}
    for name in (
        "MeanAbsolutePercentageError",
        "MeanSquaredLogarithmicError",
        "Hinge",
        "SquaredHinge",
        "CategoricalHinge",
        "Poisson",
        "LogCosh",
        "KLDivergence",
        "Huber",
        "CosineSimilarity",
    ):
        with tf.Graph().as_default() as graph:
            loss = getattr(lib, name)()
            value = loss(tf.constant(TRUE), tf.constant(PRED), WEIGHTS)
            found[name] = [nodes(graph), loss.name, str(sorted(loss.get_config().items()))]
            found[name + " value"] = rounded(tf.Session().run(value))
            found[name + " again"] = type(lib.get(lib.serialize(loss))).__name__
    for name in ("mape", "MSLE", "hinge", "kld", "poisson", "logcosh", "cosine_proximity"):
        found[name] = lib.get(name).__name__
    huber = lib.Huber(0.25)(tf.constant(TRUE), tf.constant(PRED))
    found["delta"] = rounded(tf.Session().run(huber))
    return found
