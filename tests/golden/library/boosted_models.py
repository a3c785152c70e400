"""Estimators of boosted trees of every kind, and what they give. Runs on Python 3.7 too."""

import numpy as np
from canned_models import _plain

RANDOM = np.random.RandomState(3)
COUNT = 48
FEATURES = {
    "x": RANDOM.normal(size=(COUNT, 2)).astype(np.float32),
    "y": RANDOM.uniform(-2, 2, COUNT).astype(np.float32),
    "z": RANDOM.randint(0, 3, COUNT),
    "w": RANDOM.randint(1, 4, COUNT).astype(np.float32),
}
NOISE = RANDOM.normal(size=COUNT)
NUMBERS = (FEATURES["x"][:, 0] - FEATURES["y"] + FEATURES["z"] + NOISE).astype(np.float32)
CLASSES = (NUMBERS > 0.5).astype(np.int64)
NAMES = np.array(["no", "yes"])[CLASSES]


def models(tf, folder=None):
    """Functions that make an estimator, its labels, and the size of batches, by name."""
    column, estimator = tf.feature_column, tf.estimator
    x, y = column.numeric_column("x", shape=[2]), column.numeric_column("y")
    limits = column.bucketized_column(y, [-1.0, 0.0, 0.5, 1.5])
    z = column.indicator_column(column.categorical_column_with_identity("z", 3))
    # With fewer quantiles than values TensorFlow writes past the end of its statistics.
    few = {"n_trees": 12, "max_depth": 2, "quantile_sketch_epsilon": 0.02}
    common = {"model_dir": folder, "config": estimator.RunConfig(tf_random_seed=1)}
    common.update(few)
    classifier, regressor = estimator.BoostedTreesClassifier, estimator.BoostedTreesRegressor
    penalties = dict(l1_regularization=0.01, l2_regularization=0.1, **common)
    pruned = dict(pruning_mode="post", tree_complexity=0.02, **common)
    return {
        "classes": (lambda: classifier([limits, z], 1, **common), CLASSES, COUNT),
        "classes of numbers": (
            lambda: classifier([x, limits, z], 2, center_bias=True, **common),
            CLASSES,
            COUNT // 2,
        ),
        "classes in memory": (
            lambda: classifier([x, z], 1, train_in_memory=True, center_bias=True, **common),
            CLASSES,
            COUNT,
        ),
        "weighted classes": (
            lambda: classifier([x, z], 1, weight_column="w", **penalties),
            CLASSES,
            COUNT,
        ),
        "names": (
            lambda: classifier([limits], 3, label_vocabulary=["no", "yes"], **pruned),
            NAMES,
            COUNT // 3,
        ),
        "numbers": (
            lambda: regressor([x, limits, z], 3, center_bias=True, **common),
            NUMBERS,
            COUNT // 3,
        ),
        "numbers in memory": (
            lambda: regressor([x, limits], 1, train_in_memory=True, **common),
            NUMBERS,
            COUNT,
        ),
        "numbers pruned": (
            lambda: regressor([limits, z], 1, train_in_memory=True, center_bias=True, **pruned),
            NUMBERS,
            COUNT,
        ),
    }


def input_fn(tf, labels, batch, repeat=50):
    """All of the data in order, again and again."""

    def give():
        if batch == COUNT:
            # In memory the number of examples must be known.
            return tf.data.Dataset.from_tensors((FEATURES, labels)).repeat(repeat)
        return tf.data.Dataset.from_tensor_slices((FEATURES, labels)).repeat(repeat).batch(batch)

    return give


def graph(tf, name, mode):
    """The nodes and collections of a model function, a line each."""
    make, labels, _ = models(tf)[name]
    estimator = make()
    with tf.Graph().as_default() as found:
        tf.train.create_global_step()
        features = {key: tf.constant(value) for key, value in FEATURES.items()}
        given = None if mode == "infer" else tf.constant(labels)
        spec = estimator._call_model_fn(features, given, mode, estimator.config)
        definition = found.as_graph_def()
        lines = ["%s %s %s" % (n.name, n.op, list(n.input)) for n in definition.node]  # noqa: UP031
        for key in sorted(found.get_all_collection_keys()):
            values = [getattr(v, "name", "") for v in found.get_collection(key)]
            lines.append("collection %s %s" % (key, values))  # noqa: UP031
        lines.append(str(sorted(spec.predictions)))
        lines.append(str(sorted(spec.eval_metric_ops)) + str(sorted(spec.export_outputs or {})))
        for hook in list(spec.training_chief_hooks) + list(spec.training_hooks):
            lines.append(type(hook).__name__.strip("_"))
        return lines


def losses_hook(tf):
    """A hook that keeps the loss of each step."""

    class Losses(tf.train.SessionRunHook):
        def __init__(self):
            self.losses = []

        def before_run(self, run_context):
            found = run_context.session.graph.get_collection(tf.GraphKeys.LOSSES)
            return tf.train.SessionRunArgs(found[-1])

        def after_run(self, run_context, run_values):
            self.losses.append(float(run_values.results))

    return Losses()


def results(tf, name, folder, steps=14, more=6):
    """Losses, metrics, predictions, explanations, importances and variables after training."""
    make, labels, batch = models(tf, folder)[name]
    estimator = make()
    first, second = losses_hook(tf), losses_hook(tf)
    estimator.train(input_fn(tf, labels, batch), steps=steps, hooks=[first])
    found = {"losses": first.losses, "middle": variables(tf, folder)}
    # What goes on begins with the checkpoint.
    make().train(input_fn(tf, labels, batch), steps=more, hooks=[second])
    found["more losses"] = second.losses
    found["metrics"] = _plain(estimator.evaluate(input_fn(tf, labels, batch, 1)))
    predictions = list(estimator.predict(input_fn(tf, labels, batch, 1)))
    found["predictions"] = [_plain(p) for p in predictions[:5]]
    found["importances"] = list(estimator.experimental_feature_importances().items())
    if estimator._center_bias:
        explained = estimator.experimental_predict_with_explanations(
            input_fn(tf, labels, batch, 1), predict_keys=["logits", "predictions"]
        )
        for one in list(explained)[:4]:
            record = {"bias": float(one.pop("bias")), "dfc": list(one.pop("dfc").items())}
            found.setdefault("explanations", []).append([_plain(one), record])
    found["variables"] = variables(tf, folder)
    return found


def variables(tf, folder):
    """The contents of the latest checkpoint: arrays as lists, text in hexadecimal."""
    reader = tf.train.load_checkpoint(folder)
    found = {}
    for name in sorted(reader.get_variable_to_shape_map()):
        value = reader.get_tensor(name)
        found[name] = value.hex() if isinstance(value, bytes) else np.asarray(value).tolist()
    return found
