"""Recurrent estimators and replicated model functions of tf.contrib.estimator."""

import tempfile

import numpy as np
from estimator_cases import rounded
from monitored_cases import logged, nodes
from outcomes import Cases, tried

CASES = Cases()
case = CASES.case

TOKENS = np.array([[0, 1, 3], [2, 0, -1], [1, -1, -1], [3, 3, 2]])
PRICES = np.array([[1.0], [0.5], [2.0], [1.5]], np.float32)
LABELS = np.array([[0], [1], [1], [0]])


def features(tf):
    rows, steps = np.nonzero(TOKENS >= 0)
    indices = np.stack([rows, steps], 1).astype(np.int64)
    tokens = tf.SparseTensor(indices, TOKENS[rows, steps].astype(np.int64), [4, 3])
    return {"t": tokens, "p": tf.constant(PRICES)}


def input_fn(tf):
    return lambda: (features(tf), tf.constant(LABELS))


def columns(tf):
    lib = tf.contrib.feature_column
    tokens = lib.sequence_categorical_column_with_identity("t", 4)
    constant = tf.constant_initializer(0.25)
    return [tf.feature_column.embedding_column(tokens, 2, initializer=constant)]


def prices(tf):
    return [tf.feature_column.numeric_column("p")]


def cell_fn(tf):
    ones = tf.constant_initializer(0.3)
    return lambda mode: tf.nn.rnn_cell.LSTMCell(2, initializer=ones)


def models(tf):
    lib = tf.contrib.estimator
    return {
        "basic": lambda **c: lib.RNNClassifier(columns(tf), num_units=[3], **c),
        "deep": lambda **c: lib.RNNClassifier(
            columns(tf), prices(tf), [3, 2], "gru", n_classes=3, optimizer="Adam", **c
        ),
        "own": lambda **c: lib.RNNEstimator(
            lib.regression_head(),
            columns(tf),
            prices(tf),
            rnn_cell_fn=cell_fn(tf),
            optimizer=tf.train.GradientDescentOptimizer(0.1),
            **c,
        ),
    }


@case
def graphs(tf, module):
    found = {}
    for name, make in sorted(models(tf).items()):
        for mode in ("train", "eval", "infer"):
            with tf.Graph().as_default() as graph:
                tf.train.create_global_step()
                estimator = make(model_dir="/nowhere")
                labels = tf.constant(LABELS)
                if name == "own":
                    labels = tf.cast(labels, tf.float32)
                spec = estimator.model_fn(
                    features(tf), None if mode == "infer" else labels, mode, estimator.config
                )
                found["%s %s" % (name, mode)] = nodes(graph)  # noqa: UP031
                found["%s %s names" % (name, mode)] = [  # noqa: UP031
                    sorted(spec.predictions),
                    sorted(spec.eval_metric_ops or []),
                    [v.name for v in tf.global_variables()],
                ]
    return found


@case
def trained(tf, module):
    folder = tempfile.mkdtemp()
    lib = tf.contrib.estimator
    estimator = lib.RNNEstimator(
        lib.binary_classification_head(),
        columns(tf),
        prices(tf),
        rnn_cell_fn=cell_fn(tf),
        optimizer=tf.train.GradientDescentOptimizer(0.1),
        model_dir=folder,
        config=tf.estimator.RunConfig(tf_random_seed=1),
    )
    # The last layer begins at random.
    warm = tempfile.mkdtemp() + "/w"
    with tf.Graph().as_default():
        tf.get_variable("rnn/logits/dense/kernel", initializer=[[0.5], [-0.25]])
        saver = tf.train.Saver()
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            saver.save(sess, warm)
    settings = tf.estimator.WarmStartSettings(warm, "rnn/logits/dense/kernel")
    estimator._warm_start_settings = settings
    estimator.train(input_fn(tf), steps=3)
    found = {"names": estimator.get_variable_names()}
    found["variables"] = [rounded(estimator.get_variable_value(n)) for n in found["names"]]
    found["results"] = rounded(estimator.evaluate(input_fn(tf), steps=1))
    return found


@case
def errors(tf, module):
    lib = tf.contrib.estimator
    head = lib.regression_head()

    def made(*args, **kwargs):
        model = lib.RNNClassifier(columns(tf), None, *args, model_dir="/nowhere", **kwargs)
        return model.model_fn(features(tf), tf.constant(LABELS), "eval", model.config)

    return {
        "both": tried(made, [3], rnn_cell_fn=cell_fn(tf)),
        "cell": tried(made, [3], "other")[:40],
        "sequences": tried(lib.RNNEstimator, head, columns(tf), return_sequences=True),
    }


@case
def replicated(tf, module):
    def model_fn(features, labels, mode, params):
        w = tf.get_variable("w", initializer=params["start"])
        loss = tf.reduce_mean((features["x"] * w - labels) ** 2)
        opt = tf.contrib.estimator.TowerOptimizer(
            lambda: tf.train.MomentumOptimizer(params["rate"], 0.5)
        )
        train_op = opt.minimize(loss, tf.train.get_global_step())
        names = [opt.get_name(), opt.get_slot_names(), len(opt.variables())]
        seen.append([mode, names])
        return tf.estimator.EstimatorSpec(
            mode, loss=loss, train_op=train_op, predictions={"y": features["x"] * w}
        )

    seen, made = [], []
    replicate = tf.contrib.estimator.replicate_model_fn
    log = logged(tf, lambda: made.append(replicate(model_fn, devices=["/CPU:0"])))
    found = {"log": log}
    x = np.array([1.0, 2.0, 3.0], np.float32)
    params = {"rate": 0.1, "start": 2.0}
    with tf.Graph().as_default() as graph:
        tf.train.create_global_step()
        made[0]({"x": tf.constant(x)}, tf.constant(x), "train", params)
        found["nodes"] = nodes(graph)
    estimator = tf.estimator.Estimator(made[0], tempfile.mkdtemp(), params=params)
    data = tf.estimator.inputs.numpy_input_fn({"x": x}, x, 3, None, shuffle=False)
    estimator.train(data, steps=2)
    found["w"] = rounded(estimator.get_variable_value("w"))
    found["names"] = estimator.get_variable_names()
    found["seen"] = seen
    found["none"] = tried(replicate, model_fn, tf.losses.Reduction.NONE)
    return found
