"""tf.contrib.learn's heads and ready-made estimators."""

import os
import tempfile

import numpy as np
from estimator_cases import keeper, rounded
from monitored_cases import nodes
from outcomes import Cases, describe, tried

CASES = Cases()
case = CASES.case

X = np.arange(40, dtype=np.float32).reshape(20, 2) / 40
Y = X[:, 0] * 2 - X[:, 1]
CLASSES = (np.arange(20) % 3).astype(np.int64)
WORDS = np.array([b"a", b"b", b"c"] * 7)[:20]


def shown(ops):
    """What heads gave, in names."""
    found = {"predictions": {str(k): v.name for k, v in (ops.predictions or {}).items()}}
    found["loss"] = ops.loss is not None and ops.loss.name
    found["train_op"] = ops.train_op is not None and ops.train_op.name
    found["metrics"] = {k: [m.name for m in v] for k, v in ops.eval_metric_ops.items()}
    outputs = (ops.output_alternatives or {}).items()
    found["outputs"] = {
        str(k): [kind, {n: t.name for n, t in tensors.items()}] for k, (kind, tensors) in outputs
    }
    return found


def values(tf, ops):
    """Loss and metrics after a run."""
    metrics = ops.eval_metric_ops
    with tf.Session() as session:
        session.run(
            [
                tf.global_variables_initializer(),
                tf.local_variables_initializer(),
                tf.tables_initializer(),
            ]
        )
        found = [rounded(session.run(ops.loss))]
        session.run([m[1] for m in metrics.values()])
        read = {k: m[0] for k, m in metrics.items()}
        return [*found, [[k, rounded(v)] for k, v in sorted(session.run(read).items())]]


HEADS = {
    "regression": lambda learn: learn.regression_head(),
    "regression of two": lambda learn: learn.regression_head("y", "w", 2, True, "two"),
    "poisson": lambda learn: learn.poisson_regression_head(head_name="counts"),
    "binary": lambda learn: learn.multi_class_head(2),
    "binary weighted": lambda learn: learn.multi_class_head(
        2, "y", "w", True, "name", thresholds=[0.2, 0.7]
    ),
    "classes": lambda learn: learn.multi_class_head(3, metric_class_ids=[0, 2]),
    "classes weighted": lambda learn: learn.multi_class_head(
        3, weight_column_name="w", enable_centered_bias=True, head_name="c"
    ),
    "words": lambda learn: learn.multi_class_head(3, label_keys=["a", "b", "c"]),
    "own loss": lambda learn: learn.multi_class_head(2, loss_fn=own_loss),
    "svm": lambda learn: learn.binary_svm_head(),
    "svm weighted": lambda learn: learn.binary_svm_head(weight_column_name="w", head_name="s"),
    "labels": lambda learn: learn.multi_label_head(3, metric_class_ids=[1]),
    "labels weighted": lambda learn: learn.multi_label_head(3, None, "w", head_name="l"),
}
FOUR = np.array([[0.5, -1.0, 2.0], [0.1, 0.2, -0.3], [-1.0, 1.5, 0.25], [3.0, -2.0, 0.5]])
LABELS = {
    "regression": np.array([0.5, 1.0, -1.0, 2.0], np.float32),
    "regression of two": {"y": FOUR[:, :2].astype(np.float32) + 1},
    "poisson": np.array([[1.0], [2.0], [0.0], [3.0]], np.float32),
    "binary weighted": {"y": np.array([[1], [0], [1], [1]])},
    "classes": np.array([0, 2, 1, 2]),
    "classes weighted": np.array([[0], [2], [1], [2]]),
    "words": np.array([["a"], ["c"], ["b"], ["b"]]),
    "labels": np.array([[0, 1, 1], [1, 0, 0], [1, 1, 0], [0, 0, 1]]),
    "labels weighted": np.array([[0, 1, 1], [1, 0, 0], [1, 1, 0], [0, 0, 1]]),
}


def own_loss(labels, logits, weights=1.0):
    return (logits[0, 0] - 1.0) * 2.0


def used(tf, name, mode):
    """A head's ops on four examples."""
    head = HEADS[name](tf.contrib.learn)
    features = {"w": tf.constant([1.0, 2.0, 0.5, 1.0])}
    labels = LABELS.get(name, np.array([1, 0, 1, 1]))
    if isinstance(labels, dict):
        labels = {k: tf.constant(v) for k, v in labels.items()}
    else:
        labels = tf.constant(labels)
    logits = tf.constant(FOUR[:, : head.logits_dimension].astype(np.float32))
    return head.create_model_fn_ops(
        features, mode, labels, lambda loss: tf.no_op("train"), logits=logits
    )


@case
def heads(tf, module):
    found = {}
    for name in HEADS:
        for mode in ("train", "eval", "infer"):
            with tf.Graph().as_default() as graph:
                tf.train.create_global_step()
                ops = used(tf, name, mode)
                found["%s %s" % (name, mode)] = shown(ops)  # noqa: UP031
                names = nodes(graph)
                if mode != "eval":
                    found["%s %s nodes" % (name, mode)] = names  # noqa: UP031
                else:
                    found[name + " values"] = values(tf, ops)
                    found[name + " count"] = len(names)
    return found


@case
def other_heads(tf, module):
    learn = tf.contrib.learn
    found = {}
    for mode in ("train", "eval", "infer"):
        with tf.Graph().as_default() as graph:
            first = learn.regression_head("a", head_name="first")
            second = learn.multi_class_head(3, "b", head_name="second")
            third = learn.head.loss_only_head(lambda: [tf.constant(1.0), tf.constant(2.0)], "third")
            head = learn.multi_head([first, second, third], [1.0, 0.5, 2.0])
            labels = {"a": tf.constant([1.0, 2.0]), "b": tf.constant([0, 2])}
            logits = tf.constant(FOUR[:2].astype(np.float32))
            logits = tf.concat([logits, logits[:, :1]], 1)
            ops = head.create_model_fn_ops(
                {}, mode, labels, lambda loss: tf.no_op("train"), logits=logits
            )
            found[mode] = shown(ops)
            found[mode + " nodes"] = nodes(graph)
            found["size"] = head.logits_dimension
    with tf.Graph().as_default() as graph:
        head = learn.multi_head([first, second])
        given = {"first": logits[:, :1], "second": logits[:, 1:]}
        given = {k: tf.ones([2, v.shape[1].value]) for k, v in given.items()}
        ops = head.create_model_fn_ops({}, "infer", logits=given)
        found["dict"] = [shown(ops), nodes(graph)]
    with tf.Graph().as_default() as graph:
        ops = first.create_model_fn_ops({}, "infer", logits_input=tf.ones([2, 4]), scope="s")
        found["input"] = [shown(ops), nodes(graph)]
    return found


@case
def wrong_heads(tf, module):
    learn = tf.contrib.learn
    head, one = learn.regression_head("y"), tf.ones([2, 1])
    make = head.create_model_fn_ops
    return {
        "classes": tried(learn.multi_class_head, 1),
        "no classes": tried(learn.multi_class_head, None),
        "ids": tried(learn.multi_class_head, 2, metric_class_ids=[1]),
        "keys": tried(learn.multi_class_head, 2, label_keys=["a", "b"]),
        "many ids": tried(learn.multi_class_head, 3, metric_class_ids=[3]),
        "few keys": tried(learn.multi_class_head, 3, label_keys=["a"]),
        "loss": tried(learn.multi_class_head, 3, loss_fn=lambda labels, logits: 1),
        "labels": tried(learn.multi_label_head, 1),
        "size": tried(learn.regression_head, label_dimension=0),
        "mode": tried(make, {}, "other", logits=one),
        "no logits": tried(make, {}, "infer"),
        "both": tried(make, {}, "infer", logits=one, logits_input=one),
        "train": tried(make, {}, "train", {"y": one}, logits=one),
        "weights": tried(
            learn.regression_head(None, "w").create_model_fn_ops, {}, "eval", one, logits=one
        ),
        "float labels": tried(
            learn.multi_class_head(3).create_model_fn_ops, {}, "eval", one, logits=tf.ones([2, 3])
        ),
        "names": tried(learn.multi_head, [head]),
        "many weights": tried(learn.multi_head, [head], [1, 2]),
        "properties": [head.label_name, head.weight_column_name, head.head_name],
    }


def columns(tf):
    column = tf.feature_column
    numbers = column.numeric_column("x", shape=[2])
    words = column.categorical_column_with_vocabulary_list("v", ["a", "b", "c"])
    return [numbers, column.indicator_column(words)], [numbers, words], words


def arrays(tf, y, epochs=1):
    features = {"x": X, "v": WORDS, "w": np.ones(20, np.float32)}
    return tf.contrib.learn.io.numpy_input_fn(features, y, 5, epochs, shuffle=False)


def constant_start(tf):
    """A hook that gives all trainable variables values that do not depend on chance."""

    class Start(tf.train.SessionRunHook):
        def begin(self):
            names = sorted(tf.trainable_variables(), key=lambda v: v.name)
            self.ops = []
            for i, variable in enumerate(names):
                shape = variable.shape.as_list()
                start = np.cos(np.arange(np.prod(shape)) + i).reshape(shape) * 0.5
                self.ops.append(variable.assign(start.astype(np.float32)))

        def after_create_session(self, session, coord):
            session.run(self.ops)

    return Start()


ESTIMATORS = {
    "dnn classes": lambda learn, dense, wide, config: learn.DNNClassifier(
        [4, 3], dense, n_classes=3, config=config
    ),
    "dnn binary": lambda learn, dense, wide, config: learn.DNNClassifier(
        [4], dense, None, 2, None, "SGD", "tanh", config=config
    ),
    "dnn regressor": lambda learn, dense, wide, config: learn.DNNRegressor(
        [3], dense, gradient_clip_norm=0.5, config=config
    ),
    "dnn with a head": lambda learn, dense, wide, config: learn.DNNEstimator(
        learn.regression_head(), [3], dense, config=config
    ),
    "linear classes": lambda learn, dense, wide, config: learn.LinearClassifier(
        wide, n_classes=3, config=config
    ),
    "linear binary": lambda learn, dense, wide, config: learn.LinearClassifier(
        wide, optimizer="SGD", gradient_clip_norm=0.5, config=config
    ),
    "linear regressor": lambda learn, dense, wide, config: learn.LinearRegressor(
        wide, weight_column_name="w", config=config
    ),
    "linear with a head": lambda learn, dense, wide, config: learn.LinearEstimator(
        wide, learn.poisson_regression_head(), config=config
    ),
    "combined classes": lambda learn, dense, wide, config: learn.DNNLinearCombinedClassifier(
        None,
        3,
        linear_feature_columns=wide,
        dnn_feature_columns=dense,
        dnn_hidden_units=[3],
        config=config,
        fix_global_step_increment_bug=True,
    ),
    "combined regressor": lambda learn, dense, wide, config: learn.DNNLinearCombinedRegressor(
        linear_feature_columns=wide,
        dnn_feature_columns=dense,
        dnn_hidden_units=[3],
        config=config,
    ),
    "only linear": lambda learn, dense, wide, config: learn.DNNLinearCombinedEstimator(
        learn.regression_head(), linear_feature_columns=wide, config=config
    ),
}


def of_estimator(tf, name):
    learn, (dense, wide, _) = tf.contrib.learn, columns(tf)
    config = learn.RunConfig(tf_random_seed=1, model_dir=tempfile.mkdtemp())
    estimator = ESTIMATORS[name](learn, dense, wide, config)
    if "classes" in name:
        y = CLASSES
    elif "binary" in name:
        y = CLASSES % 2
    else:
        y = np.abs(Y) if "head" in name else Y
    kept, found = {}, {}
    hooks = [keeper(tf, kept, "train"), constant_start(tf)]
    estimator.fit(input_fn=arrays(tf, y, None), steps=5, monitors=hooks)
    found["names"] = estimator.get_variable_names()
    found["evaluate"] = [
        [k, rounded(v)] for k, v in sorted(estimator.evaluate(input_fn=arrays(tf, y)).items())
    ]
    if "with a" in name or "only" in name:
        found["predict"] = rounded(list(estimator.predict(input_fn=arrays(tf, y)))[:3])
    elif "regressor" in name:
        found["predict"] = rounded(list(estimator.predict(input_fn=arrays(tf, y)))[:3])
        found["scores"] = rounded(list(estimator.predict_scores(input_fn=arrays(tf, y)))[:3])
    else:
        found["predict"] = rounded(list(estimator.predict(input_fn=arrays(tf, y)))[:9])
        found["proba"] = rounded(list(estimator.predict_proba(input_fn=arrays(tf, y)))[:3])
        found["outputs"] = rounded(
            list(estimator.predict(input_fn=arrays(tf, y), outputs=["logits"]))[:2]
        )
        found["at once"] = rounded(
            estimator.predict_classes(input_fn=arrays(tf, y), as_iterable=False)
        )
    events = [n for n in os.listdir(config.model_dir) if n.startswith("events")]
    tags = set()
    for event in tf.train.summary_iterator(os.path.join(config.model_dir, events[0])):
        tags.update(v.tag for v in event.summary.value)
    found["tags"] = sorted(tags - {"global_step/sec"})
    found["nodes"] = kept["train"]
    return found


def _add(name):
    def function(tf, module):
        return of_estimator(tf, name)

    function.__name__ = name.replace(" ", "_")
    case(function)


for _name in ESTIMATORS:
    _add(_name)


@case
def wrong_estimators(tf, module):
    learn, (dense, _, words) = tf.contrib.learn, columns(tf)
    config = learn.RunConfig(model_dir=tempfile.mkdtemp())

    def fitted(estimator, y=Y):
        return tried(estimator.fit, input_fn=arrays(tf, y), steps=1)

    return {
        "activation": fitted(learn.DNNRegressor([1], dense, activation_fn="other", config=config))[
            :40
        ],
        "no columns": tried(learn.DNNLinearCombinedClassifier),
        "no units": fitted(
            learn.DNNLinearCombinedRegressor(dnn_feature_columns=dense, config=config)
        ),
        "multipliers": fitted(
            learn.DNNRegressor([1], dense, embedding_lr_multipliers={words: 2.0}, config=config)
        )[:80],
        "classes": tried(learn.DNNClassifier, [1], dense, None, 1),
        "columns": tried(learn.LinearClassifier, [])[:22],
        "metrics": describe(
            sorted(
                learn.DNNRegressor([1], dense, model_dir=tempfile.mkdtemp())
                .fit(input_fn=arrays(tf, Y), steps=1)
                .evaluate(
                    input_fn=arrays(tf, Y),
                    metrics={"m": tf.contrib.metrics.streaming_mean_squared_error},
                )
            )
        ),
    }
