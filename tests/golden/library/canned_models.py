"""Ready-made estimators of every kind, and what they give. Runs on Python 3.7 too."""

import numpy as np

X = np.arange(24).reshape(8, 3).astype(np.float32) / 11
Z = np.array([0, 1, 3, 1, 2, 2, 0, 3])
FEATURES = {"x": X, "z": Z, "w": np.array([1, 2, 1, 3, 1, 1, 2, 1], np.float32)}
CLASSES = np.array([0, 1, 1, 0, 1, 0, 0, 1])
NUMBERS = X.sum(1) / 3 - Z
NAMES = np.array(["a", "b", "c", "a", "c", "b", "b", "a"])


def models(tf, folder=None):
    """Functions that make an estimator, and its labels, by name."""
    column, estimator = tf.feature_column, tf.estimator
    x = column.numeric_column("x", shape=[3])
    z = column.categorical_column_with_identity("z", 4)
    constant = tf.constant_initializer(0.25)
    linear = [x, z]
    deep = [x, column.embedding_column(z, 2, initializer=constant)]
    common = {"model_dir": folder, "config": estimator.RunConfig(tf_random_seed=1)}
    both = dict(dnn_hidden_units=[4], **common)
    both.update(linear_feature_columns=linear, dnn_feature_columns=deep)
    norm = dict(batch_norm=True, activation_fn=tf.tanh, **common)
    named = dict(n_classes=3, label_vocabulary=["a", "b", "c"], **common)
    return {
        "linear numbers": (lambda: estimator.LinearRegressor(linear, **common), NUMBERS),
        "linear": (lambda: estimator.LinearClassifier(linear, **common), CLASSES),
        "linear weighted": (
            lambda: estimator.LinearClassifier(linear, weight_column="w", **common),
            CLASSES,
        ),
        "linear names": (lambda: estimator.LinearClassifier([x], **named), NAMES),
        "network numbers": (
            lambda: estimator.DNNRegressor([4, 2], deep, optimizer="Adam", **common),
            NUMBERS,
        ),
        "network": (lambda: estimator.DNNClassifier([4], deep, **norm), CLASSES),
        "network names": (lambda: estimator.DNNClassifier([4], deep, **named), NAMES),
        "both": (lambda: estimator.DNNLinearCombinedClassifier(**both), CLASSES),
        "both numbers": (
            lambda: estimator.DNNLinearCombinedRegressor(
                linear_feature_columns=[z],
                dnn_feature_columns=[x],
                dnn_hidden_units=[4, 3],
                loss_reduction=tf.losses.Reduction.SUM_OVER_BATCH_SIZE,
                **common,
            ),
            NUMBERS,
        ),
        "baseline": (lambda: estimator.BaselineClassifier(**common), CLASSES),
        "baseline numbers": (lambda: estimator.BaselineRegressor(**common), NUMBERS),
    }


def input_fn(tf, labels):
    """All of the data in order, in batches of four, for ever."""
    return lambda: tf.data.Dataset.from_tensor_slices((FEATURES, labels)).repeat(5).batch(4)


def graph(tf, name, mode):
    """The nodes and collections of a model function, a line each."""
    make, labels = models(tf)[name]
    estimator = make()
    with tf.Graph().as_default() as found:
        tf.train.create_global_step()
        features = {key: tf.constant(value) for key, value in FEATURES.items()}
        given = None if mode == "infer" else tf.constant(labels)
        spec = estimator._call_model_fn(features, given, mode, estimator.config)
        lines = ["%s %s %s" % (n.name, n.op, list(n.input)) for n in found.as_graph_def().node]  # noqa: UP031
        for key in sorted(found.get_all_collection_keys()):
            values = [getattr(v, "name", "") for v in found.get_collection(key)]
            lines.append("collection %s %s" % (key, values))  # noqa: UP031
        lines.append(str(sorted(spec.predictions)))
        lines.append(str(sorted(spec.eval_metric_ops)) + str(sorted(spec.export_outputs or {})))
        return lines


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(v) for key, v in sorted(value.items())}
    value = np.asarray(value)
    if value.dtype.kind in "SO":
        return [bytes(v).decode() for v in value.ravel()]
    return value.astype(np.float64).tolist()


def results(tf, name, folder):
    """What ten steps of training lead to: metrics, predictions, variables' sums."""
    make, labels = models(tf, folder)[name]
    estimator = make()
    estimator.train(input_fn(tf, labels), steps=10)
    found = {"metrics": _plain(estimator.evaluate(input_fn(tf, labels), steps=2))}
    found["predictions"] = _plain(next(estimator.predict(input_fn(tf, labels))))
    found["variables"] = {
        n: float(np.abs(estimator.get_variable_value(n).astype(np.float64)).sum())
        for n in estimator.get_variable_names()
    }
    return found
