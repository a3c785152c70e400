"""Clusters by k-means, as estimators and as a plain graph. Runs on Python 3.7 too."""

import numpy as np

RANDOM = np.random.RandomState(6)
POINTS = (RANDOM.normal(size=(60, 3)) + 4 * RANDOM.randint(0, 3, (60, 1))).astype(np.float32)
FEATURES = {"b": POINTS[:, 1:], "a": POINTS[:, :1]}


def models(tf, folder=None):
    """Functions that make an estimator, and the size of batches, by name."""
    common = {"model_dir": folder, "config": tf.estimator.RunConfig(tf_random_seed=1)}
    batches = dict(use_mini_batch=True, mini_batch_steps_per_iteration=3, **common)
    whole = dict(use_mini_batch=False, **common)
    newer, older = tf.estimator.experimental.KMeans, tf.contrib.factorization.KMeansClustering
    a = tf.feature_column.numeric_column("a")
    return {
        "all": (lambda: newer(3, seed=4, **whole), 60),
        "spread": (lambda: newer(3, initial_clusters="kmeans_plus_plus", seed=2, **whole), 60),
        "whole cosines": (lambda: newer(4, distance_metric="cosine", **whole), 60),
        "cosines": (lambda: newer(4, distance_metric="cosine", **batches), 30),
        "patient": (
            lambda: newer(3, relative_tolerance=0.01, **whole),
            60,
        ),
        "older": (lambda: older(3, random_seed=4, **whole), 60),
        "older batches": (lambda: older(3, random_seed=4, **batches), 20),
        "older columns": (lambda: older(2, feature_columns=[a], **whole), 60),
        "older from centers": (lambda: older(3, initial_clusters=POINTS[5:8], **common), 15),
        "older from batches": (lambda: older(7, **common), 5),
    }


# Those whose results do not hang on when TensorFlow does what.
CERTAIN = ("all", "spread", "whole cosines", "patient", "older", "older columns")


def input_fn(tf, batch, repeat=20, as_dict=True):
    """The points in order, again and again, without labels."""
    points = FEATURES if as_dict else POINTS
    return lambda: tf.data.Dataset.from_tensor_slices(points).repeat(repeat).batch(batch)


def _plain(value):
    return np.asarray(value).astype(np.float64).tolist()


def results(tf, name, folder):
    """Centers, scores and predictions after some steps of training."""
    make, batch = models(tf, folder)[name]
    as_dict = "older" in name
    estimator = make()
    estimator.train(input_fn(tf, batch, as_dict=as_dict), steps=7)
    once = input_fn(tf, batch, 1, as_dict)
    return {
        "centers": _plain(estimator.cluster_centers()),
        "score": float(estimator.score(once)),
        "indices": _plain(list(estimator.predict_cluster_index(once))),
        "distances": _plain(list(estimator.transform(once))[:6]),
        "names": sorted(estimator.get_variable_names()),
        "step": int(estimator.get_variable_value("global_step")),
    }


def graph(tf, name, mode):
    """The nodes of a model function, a line each."""
    make, _ = models(tf)[name]
    estimator = make()
    with tf.Graph().as_default() as found:
        tf.train.create_global_step()
        if "older" in name:
            features = {key: tf.constant(value) for key, value in FEATURES.items()}
        else:
            features = tf.constant(POINTS)
        spec = estimator._call_model_fn(features, None, mode, estimator.config)
        nodes = found.as_graph_def().node
        lines = ["%s %s %s" % (n.name, n.op, list(n.input)) for n in nodes]  # noqa: UP031
        lines += sorted(spec.predictions) + sorted(spec.eval_metric_ops)
        return lines + sorted(spec.export_outputs or {})


def program(tf, **more):
    """A graph run by hand: the mean distance after each step, and what is nearest at the end."""
    with tf.Graph().as_default():
        tf.set_random_seed(3)
        points = tf.placeholder(tf.float32, [None, 3])
        kmeans = tf.contrib.factorization.KMeans(points, num_clusters=5, **more)
        _, (nearest,), (least,), ready, begin, train = kmeans.training_graph()
        mean = tf.reduce_mean(least)
        with tf.Session() as session:
            session.run(tf.global_variables_initializer(), feed_dict={points: POINTS})
            tries = 0
            while not session.run(ready):
                session.run(begin, feed_dict={points: POINTS})
                tries += 1
            steps = [session.run([train, mean], feed_dict={points: POINTS})[1] for _ in range(6)]
            return {
                "tries": tries,
                "distances": _plain(steps),
                "nearest": _plain(session.run(nearest, feed_dict={points: POINTS})),
            }


# Without mini-batches: TensorFlow may read counts of points before or after it adds to them.
PROGRAMS = {
    "random": {},
    "cosines": {"distance_metric": "cosine"},
    "spread": {"initial_clusters": "kmeans_plus_plus", "random_seed": 9},
    "chains": {"initial_clusters": "kmc2", "kmc2_chain_length": 50, "random_seed": 9},
}
