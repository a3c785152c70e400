"""Estimators of random forests, and what they give. Runs on Python 3.7 too."""

import numpy as np
from canned_models import _plain

RANDOM = np.random.RandomState(9)
COUNT = 60
X = RANDOM.normal(size=(COUNT, 3)).astype(np.float32)
CLASSES = (X[:, 0] > 0).astype(np.int64) + (X[:, 1] > 0.2)
NUMBERS = X[:, :1] - 2 * X[:, 1:2]
WEIGHTS = RANDOM.randint(1, 3, (COUNT, 1)).astype(np.float32)
KEYS = np.arange(COUNT).astype(np.int64)
SETTINGS = {"num_trees": 2, "max_nodes": 20, "split_after_samples": 10, "base_random_seed": 3}


def models(tf, tensor_forest, client, folder=None):
    """Functions that make an estimator, and its features and labels, by name."""

    def params(classes=3, **more):
        settings = dict(SETTINGS, **more)
        return tensor_forest.ForestHParams(num_classes=classes, num_features=3, **settings)

    # In order, for TensorFlow draws tests by whichever thread comes first.
    session = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
    core = {
        "model_dir": folder,
        "config": tf.estimator.RunConfig(tf_random_seed=1, session_config=session),
    }
    old = {
        "model_dir": folder,
        "config": tf.contrib.learn.RunConfig(tf_random_seed=1, session_config=session),
    }
    binary = (CLASSES > 1).astype(np.int64)[:, None]
    x = {"x": X}
    column = tf.feature_column.numeric_column("x", shape=[3])
    newer, older = client.CoreTensorForestEstimator, client.TensorForestEstimator
    return {
        "core classes": (lambda: newer(params(), **core), x, CLASSES[:, None]),
        "core binary": (
            lambda: newer(params(2), feature_columns=[column], weight_column="w", **core),
            {"x": X, "w": WEIGHTS},
            binary,
        ),
        "core numbers": (
            lambda: newer(params(1, regression=True), report_feature_importances=True, **core),
            x,
            NUMBERS,
        ),
        "core paths": (
            lambda: newer(
                params(2, inference_tree_paths=True), include_all_in_serving=True, **core
            ),
            x,
            binary,
        ),
        "classes": (lambda: older(params(), **old), x, CLASSES[:, None]),
        "binary": (
            lambda: older(params(2), weight_column="w", keys_column="key", **old),
            {"x": X, "w": WEIGHTS, "key": KEYS},
            binary,
        ),
        "numbers": (lambda: older(params(1, regression=True), **old), x, NUMBERS),
        "several": (
            lambda: client.MultiForestMultiHeadEstimator([params(3), params(3)], **old),
            x,
            np.stack([CLASSES, 2 - CLASSES], 1),
        ),
    }


def input_fn(tf, features, labels):
    """All of the data, again and again."""
    return lambda: ({k: tf.constant(v) for k, v in features.items()}, tf.constant(labels))


def graph(tf, tensor_forest, client, name, mode):
    """The nodes of a model function, a line each."""
    make, features, labels = models(tf, tensor_forest, client)[name]
    estimator = make()
    with tf.Graph().as_default() as found:
        tf.train.create_global_step()
        features, labels = input_fn(tf, features, labels)()
        if mode == "infer" and name != "several":
            labels = None
        if name.startswith("core"):
            spec = estimator._call_model_fn(features, labels, mode, estimator.config)
        else:
            spec = estimator._call_model_fn(features, labels, mode)
        nodes = found.as_graph_def().node
        lines = ["%s %s %s" % (n.name, n.op, list(n.input)) for n in nodes]  # noqa: UP031
        lines.append(str(sorted(spec.predictions)) + str(sorted(spec.eval_metric_ops)))
        return lines + [type(hook).__name__ for hook in spec.training_hooks]


def results(tf, tensor_forest, client, name, folder):
    """Metrics and predictions after some steps."""
    make, features, labels = models(tf, tensor_forest, client, folder)[name]
    estimator = make()
    give = input_fn(tf, features, labels)
    train = estimator.train if name.startswith("core") else estimator.fit
    # Where two forests count, steps are two at once.
    train(input_fn=give, steps=7 if name == "several" else 8)
    found = {"metrics": _plain(estimator.evaluate(input_fn=give, steps=1))}
    predictions = estimator.predict(input_fn=give)
    found["predictions"] = []
    for _ in range(4):
        one = dict(next(predictions))
        one.pop("tree_paths", None)
        found["predictions"].append(_plain(one))
    predictions.close()
    return found
