"""SavedModels of tf.contrib.learn's estimators; logistic regression; runs of graphs."""

import os
import tempfile
import time

from contrib_learn_cases import arrays as line_arrays
from contrib_learn_cases import made as line
from estimator_cases import keeper, rounded
from learn_canned_cases import CLASSES, X, Y, constant_start
from outcomes import Cases, describe, tried

CASES = Cases()
case = CASES.case


def signatures(meta_graph):
    found = {}
    for key, signature in meta_graph.signature_def.items():
        inputs = {k: v.name for k, v in signature.inputs.items()}
        outputs = {k: v.name for k, v in signature.outputs.items()}
        found[key] = [
            signature.method_name.split("/")[-1],
            sorted(inputs.items()),
            sorted(outputs.items()),
        ]
    return sorted(found.items())


def loaded(tf, folder, inputs, outputs):
    """What a SavedModel gives, and what it tells of itself."""
    with tf.Graph().as_default(), tf.Session() as session:
        meta = tf.saved_model.loader.load(session, ["serve"], folder)
        values = session.run(outputs, inputs)
        keys = tf.get_collection("input_feature_keys")
        return {
            "signatures": signatures(meta),
            "values": rounded(values),
            "keys": [k.decode() if isinstance(k, bytes) else k for k in keys],
            "variables": sorted(v.op.name for v in tf.global_variables()),
            "files": sorted(os.listdir(folder)),
        }


def examples(tf):
    found = []
    for row in X[:3]:
        example = tf.train.Example()
        example.features.feature["x"].float_list.value.extend(row.tolist())
        found.append(example.SerializeToString())
    return found


def canned(tf, make, y):
    learn = tf.contrib.learn
    columns = [tf.contrib.layers.real_valued_column("x", 2)]
    estimator = make(learn, columns, learn.RunConfig(tf_random_seed=1))

    def input_fn():
        return {"x": tf.constant(X)}, tf.constant(y)

    estimator.fit(input_fn=input_fn, steps=2, monitors=[constant_start(tf)])
    spec = tf.contrib.layers.create_feature_spec_for_parsing(columns)
    folder = estimator.export_savedmodel(
        os.path.join(tempfile.mkdtemp(), "out"), learn.build_parsing_serving_input_fn(spec)
    )
    return folder.decode()


@case
def classifiers(tf, module):
    found = {}
    for name, classes in (("two", 2), ("three", 3)):
        folder = canned(
            tf,
            lambda learn, columns, config, n=classes: learn.DNNClassifier(
                [3], columns, n_classes=n, config=config
            ),
            CLASSES % classes,
        )
        scope = "dnn/%s_head/predictions/" % ("binary_logistic" if classes == 2 else "multi_class")
        inputs = {"input_example_tensor:0": examples(tf)}
        found[name] = loaded(tf, folder, inputs, scope + "probabilities:0")
    return found


@case
def regressors(tf, module):
    folder = canned(
        tf, lambda learn, columns, config: learn.LinearRegressor(columns, config=config), Y
    )
    inputs = {"input_example_tensor:0": examples(tf)}
    name = "linear/regression_head/predictions/scores:0"
    return {"regressor": loaded(tf, folder, inputs, name)}


@case
def own_models(tf, module):
    learn, base = tf.contrib.learn, os.path.join(tempfile.mkdtemp(), "out")
    estimator = line(tf)
    found = {"not fitted": tried(estimator.export_savedmodel, base, lambda: 1)[:60]}
    estimator.fit(input_fn=line_arrays(tf), steps=2)

    def serving(size=None):
        return learn.utils.build_default_serving_input_fn({"x": tf.ones([1, 2], name="x")}, size)()

    extra = os.path.join(tempfile.mkdtemp(), "file")
    with open(extra, "w") as file:
        file.write("text")
    folder = estimator.export_savedmodel(
        base, serving, assets_extra={"a/b": extra}, as_text=True
    ).decode()
    names = ["strided_slice:0", "mul:0"]
    found["own"] = loaded(tf, folder, {"x_1:0": X[:3]}, names)
    found["extra"] = os.listdir(os.path.join(folder, "assets.extra", "a"))
    found["name"] = abs(int(os.path.basename(folder)) - time.time()) < 60
    export = estimator.export_savedmodel
    found["no input"] = tried(export, base, None)
    found["no features"] = tried(export, base, lambda: learn.InputFnOps({}, None, {}))
    found["no head"] = tried(export, base, serving, "head")
    strategy = learn.make_export_strategy(serving, exports_to_keep=1)
    again = strategy.export(estimator, base)
    found["kept"] = [n == again.decode().split("/")[-1] for n in os.listdir(base) if n.isdigit()]
    found["strategy"] = describe([strategy.name, strategy.strip_default_attrs])
    return found


@case
def alternatives(tf, module):
    lib = module("contrib.learn.python.learn.utils.saved_model_export_utils")
    kinds = tf.contrib.learn.ProblemType
    one, text = tf.constant([1.0], name="one"), tf.constant(["a"], name="text")
    build = lib.build_standardized_signature_def

    def method(*args):
        made = build(*args)
        outputs = sorted((k, v.name) for k, v in made.outputs.items())
        return [made.method_name.split("/")[-1], outputs]

    class Ops(object):  # noqa: UP004
        predictions = one

        def __init__(self, outputs):
            self.output_alternatives = outputs

    both = {"a": (1, {"x": one}), "b": (2, {"x": one})}
    given = {"e": text}
    return {
        "classes": method(given, {"classes": text, "scores": one}, kinds.CLASSIFICATION),
        "probabilities": method(given, {"probabilities": one}, kinds.LOGISTIC_REGRESSION),
        "number classes": method(given, {"classes": one, "a": one}, kinds.CLASSIFICATION),
        "only text": method(given, {"x": text}, kinds.CLASSIFICATION),
        "only numbers": method(given, {"x": one}, kinds.CLASSIFICATION),
        "regression": method(given, {"x": one}, kinds.LINEAR_REGRESSION),
        "two outputs": method(given, {"x": one, "y": one}, kinds.LINEAR_REGRESSION),
        "two inputs": method({"e": text, "f": one}, {"x": one}, kinds.LINEAR_REGRESSION),
        "none": method(given, {"x": one}, kinds.UNSPECIFIED),
        "no inputs": tried(build, {}, {"x": one}, 0),
        "no outputs": tried(build, given, {}, 0),
        "fallback": describe(lib.get_output_alternatives(Ops(None))[1]),
        "several": tried(lib.get_output_alternatives, Ops(both)),
        "missing": tried(lib.get_output_alternatives, Ops(both), "c"),
        "chosen": describe(lib.get_output_alternatives(Ops(both), "b")[1]),
        "no default": tried(lib.build_all_signature_defs, {}, both, "a"),
    }


@case
def logistic_regressors(tf, module):
    def model_fn(features, labels, mode):
        kernel = tf.get_variable("kernel", [2, 1], initializer=tf.ones_initializer())
        logits = tf.matmul(features["x"], kernel)
        predictions = tf.sigmoid(logits)
        if mode == "infer":
            return predictions, None, None
        loss = tf.losses.sigmoid_cross_entropy(labels, logits)
        step = tf.train.get_global_step()
        return predictions, loss, tf.train.GradientDescentOptimizer(0.1).minimize(loss, step)

    def input_fn():
        return {"x": tf.constant(X)}, tf.constant(CLASSES[:, None] % 2)

    kept = {}
    estimator = tf.contrib.learn.LogisticRegressor(model_fn, [0.5, 0.75])
    estimator.fit(input_fn=input_fn, steps=3)
    hooks = [keeper(tf, kept, "eval")]
    values = estimator.evaluate(input_fn=input_fn, steps=1, hooks=hooks)
    return {
        "values": [[k, rounded(v)] for k, v in sorted(values.items())],
        "nodes": kept["eval"],
        "predicted": rounded(list(estimator.predict(input_fn=input_fn))[:3]),
    }


@case
def runs(tf, module):
    learn, found = tf.contrib.learn, {}
    x = tf.placeholder_with_default(1.0, [])
    queue = tf.train.input_producer([10, 20, 30], shuffle=False)
    variable = tf.get_variable("v", initializer=2.0)
    outputs = {"y": x * variable, "q": queue.dequeue()}
    found["n"] = [sorted(rounded(r).items()) for r in learn.run_n(outputs, {x: 3.0}, n=4)]
    found["feeds"] = [
        sorted(rounded(r).items()) for r in learn.run_feeds(outputs, [None, {x: 5.0}])
    ]
    folder = os.path.join(tempfile.mkdtemp(), "model")
    with tf.Session() as session:
        session.run(variable.assign(7.0))
        path = tf.train.Saver().save(session, folder)
    found["restored"] = sorted(rounded(learn.infer(path, {"y": x * variable}, {x: 2.0})).items())
    found["initialized"] = sorted(rounded(learn.infer(None, {"y": x * variable})).items())
    lib = learn.graph_actions
    found["lazy"] = len(list(lib.run_feeds_iter({"y": x}, [{x: 1.0}] * 3)))
    found["no outputs"] = tried(learn.run_feeds, {}, [None])
    found["no feeds"] = tried(learn.run_feeds, {"y": x}, [])
    return found
