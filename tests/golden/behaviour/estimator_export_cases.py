"""Estimators as SavedModels."""

import os
import tempfile

import numpy as np
from estimator_cases import X, Y, arrays, made, rounded
from monitored_cases import logged
from outcomes import Cases, tried

CASES = Cases()
case = CASES.case


def trained(tf, folder=None):
    estimator = made(tf, folder)
    estimator.train(arrays(tf, epochs=None), steps=3)
    return estimator


def fed(tf):
    """A serving input function of raw features."""
    with tf.Graph().as_default():
        features = {"x": tf.zeros([1, 2])}
        return tf.estimator.export.build_raw_serving_input_receiver_fn(features)


def parsed(tf):
    spec = {"x": tf.FixedLenFeature([2], tf.float32)}
    return tf.estimator.export.build_parsing_serving_input_receiver_fn(spec)


def told(tf, folder):
    """What an exported model holds."""
    found = {"files": sorted(os.listdir(folder))}
    for tag in ("serve", "train", "eval"):
        with tf.Graph().as_default() as graph, tf.Session() as session:
            try:
                meta = tf.saved_model.loader.load(session, [tag], folder)
            except RuntimeError:
                continue
            found[tag + " nodes"] = [
                "%s %s %s" % (n.name, n.op, list(n.input))  # noqa: UP031
                for n in graph.as_graph_def().node
                if "save" not in n.name
            ]
            for key, signature in sorted(meta.signature_def.items()):
                found["%s %s" % (tag, key)] = [  # noqa: UP031
                    signature.method_name,
                    sorted((k, v.name, v.dtype) for k, v in signature.inputs.items()),
                    sorted((k, v.name, v.dtype) for k, v in signature.outputs.items()),
                ]
            name = meta.signature_def["serving_default"].inputs
            if "x" in name and tag == "serve":
                out = meta.signature_def["serving_default"].outputs["y"].name
                found["values"] = rounded(session.run(out, {name["x"].name: X[:3]}))
    return found


@case
def raw_features(tf, module):
    base = tempfile.mkdtemp()
    estimator = trained(tf)
    extra = os.path.join(base, "words.txt")
    with open(extra, "w") as out:
        out.write("a")
    paths = []

    def work():
        paths.append(
            estimator.export_saved_model(base, fed(tf), {"more/words.txt": extra}, as_text=False)
        )

    log = logged(tf, work, base)
    path = paths[0].decode()
    found = told(tf, path)
    found["log"] = [n for n in log if "Restoring" not in n and "written" not in n]
    found["kind"] = type(paths[0]).__name__
    with open(os.path.join(path, "assets.extra", "more", "words.txt")) as words:
        found["extra"] = words.read()
    found["left"] = [n for n in sorted(os.listdir(base)) if not n.isdigit()]
    return found


@case
def examples(tf, module):
    estimator = trained(tf)
    path = estimator.export_savedmodel(tempfile.mkdtemp(), parsed(tf)).decode()
    return told(tf, path)


@case
def all_modes(tf, module):
    estimator = trained(tf)
    with tf.Graph().as_default():
        supervised = tf.estimator.experimental.build_raw_supervised_input_receiver_fn(
            {"x": tf.zeros([1, 2])}, tf.zeros([1])
        )
    functions = {"train": supervised, "eval": supervised, "infer": fed(tf)}
    path = estimator.experimental_export_all_saved_models(tempfile.mkdtemp(), functions)
    return told(tf, path.decode())


@case
def bad_arguments(tf, module):
    receiver = tf.estimator.export.ServingInputReceiver
    x = tf.zeros([2])
    estimator = made(tf)
    build = tf.estimator.experimental.build_raw_supervised_input_receiver_fn
    folder = tempfile.mkdtemp()
    return {
        "no function": tried(estimator.export_saved_model, folder, None),
        "no checkpoint": tried(estimator.export_saved_model, folder, fed(tf)).split(" at ")[0],
        "no mode": tried(
            trained(tf).experimental_export_all_saved_models, folder, {"other": fed(tf)}
        ),
        "no features": tried(receiver, None, x),
        "no tensor": tried(receiver, {"a": 1}, x),
        "a number": sorted(receiver({1: x}, x).features),
        "a key": tried(receiver, {2.5: x}, x),
        "a receiver's key": tried(receiver, x, {1: x}),
        "alternatives": tried(receiver, x, x, x),
        "single": sorted(receiver(x, x, {"b": x}).receiver_tensors_alternatives["b"]),
        "tensor": tried(tf.estimator.export.TensorServingInputReceiver, None, x),
        "dict": tried(tf.estimator.export.TensorServingInputReceiver, {"a": x}, x),
        "same names": tried(build, {"a": x}, {"a": x}),
        "array": tried(receiver, np.zeros(2), x),
        "y": len(Y),
    }
