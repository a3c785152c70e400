"""Heads: graphs, values and errors of tf.contrib.estimator's and tf.estimator's."""

import numpy as np
from estimator_cases import rounded
from monitored_cases import nodes
from outcomes import Cases, tried

CASES = Cases()
case = CASES.case

LOGITS = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]], np.float32)
ROWS = {
    "w": np.array([1.0, 2.0], np.float32),
    "x": np.array([[3.0], [5.0]], np.float32),
}
CLASSES = np.array([[2], [0]])
INDICATORS = np.array([[1, 0, 1], [0, 1, 0]])
WORDS = ["p", "q", "r"]


def model(tf, size, later=False):
    """Features, and logits that depend on a variable."""
    features = {name: tf.constant(value) for name, value in ROWS.items()}
    scale = tf.get_variable("scale", initializer=1.0, use_resource=later)
    tf.train.get_or_create_global_step()
    return features, tf.constant(LOGITS[:, :size]) * scale


def spec_of(tf, head, mode, size, labels, **kwargs):
    features, logits = model(tf, size, isinstance(head, tf.estimator.Head))
    if labels is not None:
        labels = labels(tf)
    if mode == "train" and isinstance(head, tf.estimator.Head):
        kwargs["optimizer"] = tf.keras.optimizers.SGD(0.1)
        kwargs["trainable_variables"] = tf.trainable_variables()
    elif mode == "train":
        kwargs["optimizer"] = tf.train.GradientDescentOptimizer(0.1)
    with_labels = {"labels": labels} if mode != "infer" else {}
    return head.create_estimator_spec(features, mode, logits, **with_labels, **kwargs)


def started(tf):
    sess = tf.Session()
    sess.run(
        [
            tf.global_variables_initializer(),
            tf.local_variables_initializer(),
            tf.tables_initializer(),
        ]
    )
    return sess


def outputs(spec):
    """Signatures, the methods and parts of each."""
    found = []
    for key, output in sorted(spec.export_outputs.items()):
        signature = output.as_signature_def({"given": OUTPUT[0]})
        parts = [[k, signature.outputs[k].name] for k in sorted(signature.outputs)]
        found.append([key, type(output).__name__, signature.method_name, parts])
    return found


OUTPUT = []


def shown(tf, make, size, labels):
    """What a head makes in each mode."""
    found = {}
    for mode in ("train", "eval", "infer"):
        with tf.Graph().as_default() as graph:
            spec = spec_of(tf, make(), mode, size, labels)
            found[mode] = nodes(graph)
            found[mode + " predictions"] = sorted(map(str, spec.predictions))
            sess = started(tf)
            if mode == "infer":
                OUTPUT[:] = [tf.placeholder(tf.string, name="given")]
                found["outputs"] = outputs(spec)
                values = sess.run([v for _, v in sorted(spec.predictions.items())])
                found["values"] = [v.tolist() if v.dtype == object else rounded(v) for v in values]
                found["values"] = str(found["values"])
                continue
            found[mode + " loss"] = rounded(sess.run(spec.loss))
            if mode == "train":
                found["summaries"] = [s.op.name for s in tf.get_collection("summaries")]
                sess.run(spec.train_op)
                found["step"] = rounded(sess.run(tf.global_variables()))
            else:
                found["metrics"] = {k: op[0].name for k, op in spec.eval_metric_ops.items()}
                sess.run([update for _, update in spec.eval_metric_ops.values()])
                found["results"] = rounded(
                    sess.run({k: value for k, (value, _) in spec.eval_metric_ops.items()})
                )
    return found


def dense(value):
    return lambda tf: tf.constant(value)


def sparse(values):
    return lambda tf: tf.SparseTensor([[0, 0], [0, 2], [1, 1]], tf.constant(values), [2, 3])


def squared(labels, logits, features):
    return (logits - labels) ** 2 * features["x"]


def absolute(labels, logits):
    import sys

    tf = sys.modules.get("tensorflow") or sys.modules["evergraph"]
    labels = tf.cast(labels, tf.float32)
    return tf.reduce_mean(tf.abs(logits - labels), axis=-1, keepdims=True)


def contrib(kind, size, labels, *args, **kwargs):
    def function(tf, module):
        head = getattr(tf.contrib.estimator, kind)
        return shown(tf, lambda: head(*args, **kwargs), size, labels)

    return function


TARGETS = dense(np.array([[0.5], [2.0]], np.float32))
BINARY = dense(np.array([[1], [0]]))
CONTRIB = {
    "multi_class": contrib("multi_class_head", 3, dense(CLASSES), 3),
    "multi_class_words": contrib(
        "multi_class_head", 3, dense([["r"], ["p"]]), 3, "w", WORDS, name="first"
    ),
    "binary": contrib("binary_classification_head", 1, BINARY, thresholds=[0.25, 0.5]),
    "binary_sum": contrib(
        "binary_classification_head", 1, BINARY, "w", loss_reduction="weighted_sum"
    ),
    "regression": contrib("regression_head", 2, dense(LOGITS[:, 1:]), "w", 2, name="both"),
    "regression_loss": contrib("regression_head", 1, TARGETS, loss_fn=squared),
    "poisson": contrib("poisson_regression_head", 1, TARGETS, "w"),
    "poisson_short": contrib("poisson_regression_head", 1, TARGETS, compute_full_loss=False),
    "logistic": contrib("logistic_regression_head", 1, BINARY, "w", name="chance"),
    "multi_label": contrib("multi_label_head", 3, dense(INDICATORS), 3, "w"),
    "multi_label_sparse": contrib(
        "multi_label_head",
        3,
        sparse([0, 2, 1]),
        3,
        thresholds=[0.5],
        name="some",
        classes_for_class_based_metrics=[0, 2],
        loss_reduction="weighted_sum",
    ),
    "multi_label_words": contrib(
        "multi_label_head",
        3,
        sparse(["p", "r", "q"]),
        3,
        None,
        None,
        WORDS,
        classes_for_class_based_metrics=["q"],
    ),
    "multi_label_loss": contrib("multi_label_head", 3, dense(INDICATORS), 3, loss_fn=absolute),
}
for _name, _function in CONTRIB.items():
    CASES["contrib_" + _name] = _function


def two_heads(tf, weights=None, lib=None):
    lib = tf.contrib.estimator
    heads = [lib.regression_head(name="a"), lib.binary_classification_head("w", name="b")]
    return lib.multi_head(heads, weights)


def by_head(tf):
    return {"a": TARGETS(tf), "b": BINARY(tf)}


@case
def contrib_multi_head(tf, module):
    found = shown(tf, lambda: two_heads(tf, [0.5, 2.0]), 2, by_head)
    lib = tf.contrib.estimator
    found["name"] = [two_heads(tf).name, two_heads(tf).logits_dimension]
    with tf.Graph().as_default() as graph:
        features, logits = model(tf, 2)
        head = two_heads(tf)
        split = {"a": logits[:, :1], "b": logits[:, 1:]}
        loss = head.create_loss(features, "train", split, by_head(tf))
        found["loss"] = nodes(graph)
        found["parts"] = [
            sorted(part) for part in (loss.unreduced_loss, loss.weights, loss.processed_labels)
        ]
        spec = head.create_estimator_spec(
            features, "train", split, by_head(tf), train_op_fn=lambda loss: loss
        )
        found["plain"] = rounded(started(tf).run([loss.training_loss, spec.loss]))
        found["wide"] = tried(head.create_loss, features, "train", LOGITS, by_head(tf))
        found["labels"] = tried(head.create_estimator_spec, features, "train", logits, [3])
        found["mode"] = tried(head.create_estimator_spec, features, "other", split, by_head(tf))
    found["weights"] = tried(two_heads, tf, [1])
    found["none"] = tried(lib.multi_head, [])
    found["nameless"] = tried(lib.multi_head, [lib.regression_head()])[:60]
    return found


@case
def contrib_errors(tf, module):
    lib = tf.contrib.estimator
    label = lib.multi_label_head
    features, logits = model(tf, 3)
    head = label(3)
    return {
        "one": tried(label, 1),
        "none": tried(label, None),
        "threshold": tried(label, 3, thresholds=[0.5, 1.0]),
        "word": tried(label, 3, label_vocabulary="pqr"),
        "words": tried(label, 3, label_vocabulary=["p"]),
        "reduction": tried(label, 3, loss_reduction="none"),
        "loss": tried(label, 3, loss_fn=lambda labels: labels)[:60],
        "class": tried(label, 3, classes_for_class_based_metrics=[3]),
        "class word": tried(label, 3, classes_for_class_based_metrics=["q"]),
        "no labels": tried(head.create_loss, features, "train", logits, None),
        "few": tried(head.create_loss, features, "train", logits, tf.constant(CLASSES)),
        "logits": tried(head.create_estimator_spec, features, "infer", logits[:, :2]),
        "multi": tried(lib.multi_class_head, 2),
        "multi words": tried(lib.multi_class_head, 3, label_vocabulary="pqr"),
        "binary": tried(lib.binary_classification_head, thresholds=[0.0]),
        "dimension": tried(lib.regression_head, label_dimension=0),
        "train": tried(head.create_estimator_spec, features, "train", logits, INDICATORS),
    }


def later(kind, size, labels, *args, **kwargs):
    def function(tf, module):
        head = getattr(tf.estimator, kind)
        return shown(tf, lambda: head(*args, **kwargs), size, labels)

    return function


LATER = {
    "multi_class": later("MultiClassHead", 3, dense(CLASSES), 3),
    "multi_class_words": later(
        "MultiClassHead", 3, dense([["r"], ["p"]]), 3, "w", WORDS, name="first"
    ),
    "binary": later("BinaryClassHead", 1, BINARY, thresholds=[0.25, 0.5]),
    "binary_sum": later(
        "BinaryClassHead", 1, dense([["q"], ["p"]]), "w", None, WORDS[:2], "sum", name="two"
    ),
    "regression": later("RegressionHead", 2, dense(LOGITS[:, 1:]), 2, "w", name="both"),
    "regression_loss": later("RegressionHead", 1, TARGETS, loss_fn=squared),
    "poisson": later("PoissonRegressionHead", 1, TARGETS, weight_column="w"),
    "logistic": later("LogisticRegressionHead", 1, BINARY, "w", name="chance"),
    "multi_label": later("MultiLabelHead", 3, dense(INDICATORS), 3, "w"),
    "multi_label_sparse": later(
        "MultiLabelHead",
        3,
        sparse([0, 2, 1]),
        3,
        thresholds=[0.5],
        name="some",
        classes_for_class_based_metrics=[0, 2],
        loss_reduction="sum",
    ),
    "multi_label_words": later(
        "MultiLabelHead",
        3,
        sparse(["p", "r", "q"]),
        3,
        None,
        None,
        WORDS,
        classes_for_class_based_metrics=["q"],
    ),
}
for _name, _function in LATER.items():
    CASES["later_" + _name] = _function


def later_heads(tf, weights=None):
    lib = tf.estimator
    heads = [lib.RegressionHead(name="a"), lib.BinaryClassHead("w", name="b")]
    return lib.MultiHead(heads, weights)


@case
def later_multi_head(tf, module):
    found = shown(tf, lambda: later_heads(tf, [0.5, 2.0]), 2, by_head)
    lib = tf.estimator
    head = later_heads(tf)
    found["name"] = [head.name, head.logits_dimension, head.loss_reduction]
    with tf.Graph().as_default() as graph:
        features, logits = model(tf, 2, True)
        split = {"a": logits[:, :1], "b": logits[:, 1:]}
        penalty = [tf.constant(0.5)]
        spec = head.create_estimator_spec(
            features, "eval", split, by_head(tf), regularization_losses=penalty
        )
        trained = head.create_estimator_spec(
            features,
            "train",
            split,
            by_head(tf),
            train_op_fn=lambda loss: loss,
            update_ops=[tf.no_op()],
            regularization_losses=penalty,
        )
        found["penalty"] = [nodes(graph), sorted(spec.eval_metric_ops), trained.train_op.name]
        found["plain"] = rounded(started(tf).run([spec.loss, trained.loss]))
        found["wide"] = tried(head.loss, by_head(tf), LOGITS, features)
        found["labels"] = tried(head.loss, [3], split, features)
        found["no labels"] = tried(head.loss, {"a": 3}, split, features)
        found["no logits"] = tried(head.loss, by_head(tf), {"b": logits}, features)
        found["mode"] = tried(head.create_estimator_spec, features, "other", split, by_head(tf))
    mixed = lib.MultiHead(
        [lib.RegressionHead(name="a"), lib.BinaryClassHead(loss_reduction="sum", name="b")]
    )
    found["reductions"] = tried(lambda: mixed.loss_reduction)
    found["weights"] = tried(later_heads, tf, [1])
    found["none"] = tried(lib.MultiHead, [])
    found["nameless"] = tried(lib.MultiHead, [lib.RegressionHead()])[:60]
    return found


@case
def later_penalties(tf, module):
    """Losses of layers, in each head."""
    found = {}
    lib = tf.estimator
    for label, make, size, labels in (
        ("multi_class", lambda: lib.MultiClassHead(3), 3, dense(CLASSES)),
        ("binary", lambda: lib.BinaryClassHead(name="b", thresholds=[0.5]), 1, BINARY),
        ("regression", lib.RegressionHead, 1, TARGETS),
        ("multi_label", lambda: lib.MultiLabelHead(3), 3, dense(INDICATORS)),
    ):
        for mode in ("eval", "train"):
            with tf.Graph().as_default() as graph:
                penalty = [tf.constant(0.5), tf.constant(0.25)]
                spec = spec_of(tf, make(), mode, size, labels, regularization_losses=penalty)
                found["%s %s" % (label, mode)] = nodes(graph)  # noqa: UP031
                found["%s %s metrics" % (label, mode)] = sorted(spec.eval_metric_ops)  # noqa: UP031
                found["%s %s loss" % (label, mode)] = rounded(started(tf).run(spec.loss))  # noqa: UP031
    return found


@case
def later_errors(tf, module):
    lib = tf.estimator
    label = lib.MultiLabelHead
    features, logits = model(tf, 3, True)
    head, many = label(3), lib.MultiClassHead(3)
    one = lib.RegressionHead()
    sgd = tf.keras.optimizers.SGD(0.1)

    def spec(mode="train", head=many, labels=CLASSES, **kwargs):
        return tried(head.create_estimator_spec, features, mode, logits, labels, **kwargs)

    return {
        "one": tried(label, 1),
        "threshold": tried(label, 3, thresholds=[0.5, 1.0]),
        "word": tried(label, 3, label_vocabulary="pqr"),
        "words": tried(label, 3, label_vocabulary=["p"]),
        "reduction": tried(label, 3, loss_reduction="none"),
        "loss": tried(label, 3, loss_fn=lambda labels: labels)[:60],
        "loss more": tried(label, 3, loss_fn=lambda labels, logits, other: labels)[:60],
        "class": tried(label, 3, classes_for_class_based_metrics=[3]),
        "class word": tried(label, 3, classes_for_class_based_metrics=["q"]),
        "no labels": tried(head.loss, None, logits, features),
        "no class": tried(many.loss, None, logits, features),
        "few": tried(head.loss, tf.constant(CLASSES), logits, features),
        "sparse": tried(many.loss, tf.SparseTensor([[0, 0]], [1], [2, 1]), logits, features),
        "float": tried(many.loss, TARGETS(tf), logits, features),
        "float sparse": tried(
            head.loss, tf.SparseTensor([[0, 0]], [1.0], [2, 3]), logits, features
        ),
        "logits": tried(head.predictions, logits[:, :2]),
        "key": tried(head.predictions, logits, ["classes"]),
        "keys": sorted(many.predictions(logits, ["class_ids", "logits"])),
        "multi": tried(lib.MultiClassHead, 2),
        "multi none": tried(lib.MultiClassHead, None),
        "multi words": tried(lib.MultiClassHead, 3, label_vocabulary="pqr"),
        "multi few": tried(lib.MultiClassHead, 3, label_vocabulary=["p"]),
        "binary": tried(lib.BinaryClassHead, thresholds=[0.0]),
        "dimension": tried(lib.RegressionHead, label_dimension=0),
        "column": tried(lib.RegressionHead(3, weight_column=3).loss, LOGITS, logits, features),
        "neither": spec(),
        "both": spec(optimizer=sgd, train_op_fn=lambda loss: loss),
        "earlier": spec(optimizer=tf.train.GradientDescentOptimizer(0.1))[:80],
        "no variables": spec(optimizer=sgd),
        "variables": spec(optimizer=sgd, trainable_variables=3),
        "updates": spec(train_op_fn=lambda loss: loss, update_ops=3),
        "abstract": tried(lib.Head)[:40],
        "keras": [one.name, one.logits_dimension, one.loss_reduction, isinstance(one, lib.Head)],
    }


@case
def later_in_an_estimator(tf, module):
    """A model function with an optimizer of Keras that counts by the global step."""
    import tempfile

    def model_fn(features, labels, mode):
        w = tf.get_variable("w", initializer=[[0.5]], use_resource=True)
        optimizer = tf.keras.optimizers.Adam(0.1)
        optimizer.iterations = tf.train.get_or_create_global_step()
        return tf.estimator.BinaryClassHead(name="h").create_estimator_spec(
            features,
            mode,
            tf.matmul(features["x"], w),
            labels,
            optimizer,
            tf.trainable_variables(),
            update_ops=[],
        )

    data = tf.estimator.inputs.numpy_input_fn(
        {"x": ROWS["x"]}, np.array([0, 1]), 1, 3, shuffle=False
    )
    estimator = tf.estimator.Estimator(model_fn, tempfile.mkdtemp())
    estimator.train(data, steps=5)
    found = {"results": rounded(estimator.evaluate(data, steps=2))}
    found["variables"] = [
        [name, rounded(estimator.get_variable_value(name))]
        for name in estimator.get_variable_names()
    ]
    optimizer = tf.keras.optimizers.SGD(0.1)
    step = tf.train.get_or_create_global_step()
    optimizer.iterations = step
    found["kept"] = [optimizer.iterations is step, len(optimizer.weights)]
    found["again"] = tried(setattr, optimizer, "iterations", step)
    return found
