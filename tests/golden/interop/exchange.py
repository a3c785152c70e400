"""A small model: written to files of every kind, and read from them. Runs under TensorFlow 1.15
and here.

python exchange.py write|read tensorflow|evergraph FOLDER
"""

import importlib
import json
import os
import sys

import numpy as np

XS = np.linspace(-1.0, 1.0, 24, dtype=np.float32).reshape(8, 3)
YS = np.stack([XS[:, 0] * 2 - XS[:, 1], XS[:, 2] ** 2], axis=1)


def build(tf):
    """The model, whose parts are in collections."""
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = tf.placeholder(tf.float32, [None, 2], name="y")
    with tf.variable_scope("first"):
        w = tf.get_variable(
            "w",
            initializer=tf.constant(np.linspace(-0.5, 0.5, 12, dtype=np.float32).reshape(3, 4)),
            partitioner=tf.fixed_size_partitioner(2),
        )
        b = tf.get_variable("b", initializer=tf.zeros([4]))
        hidden = tf.nn.relu(tf.matmul(x, w) + b)
    with tf.variable_scope("second", use_resource=True):
        w = tf.get_variable(
            "w", initializer=tf.constant(np.linspace(0.5, -0.5, 8, dtype=np.float32).reshape(4, 2))
        )
        out = tf.matmul(hidden, w, name="out")
    tf.get_variable("words", initializer=tf.constant([b"a", b"bc", b""]), trainable=False)
    loss = tf.reduce_mean(tf.square(out - y), name="loss")
    step = tf.train.create_global_step()
    rate = tf.train.exponential_decay(0.1, step, 10, 0.9)
    train = tf.train.MomentumOptimizer(rate, 0.9).minimize(loss, step, name="train")
    average = tf.train.ExponentialMovingAverage(0.9, step)
    with tf.control_dependencies([train]):
        average = average.apply(tf.trainable_variables())
    for name, element in (("x", x), ("y", y), ("out", out), ("loss", loss), ("train", average)):
        tf.add_to_collection(name, element)


def write(tf, folder):
    """All files."""
    path = os.path.join
    os.makedirs(folder, exist_ok=True)
    with tf.Graph().as_default(), tf.Session() as sess:
        build(tf)
        savers = {
            "v2": tf.train.Saver(),
            "v1": tf.train.Saver(write_version=tf.train.SaverDef.V1, name="old"),
        }
        sess.run(tf.global_variables_initializer())
        # Not trained: the values are exact, so that files can be compared byte by byte.
        for name, saver in savers.items():
            saver.save(sess, path(folder, name), latest_filename=name + ".state")
        with open(path(folder, "words.txt"), "w") as f:
            f.write("one\ntwo\n")
        asset = tf.constant(path(folder, "words.txt"), name="asset")
        builder = tf.saved_model.Builder(path(folder, "model"))
        signature = tf.saved_model.predict_signature_def(
            {"x": tf.get_collection("x")[0]}, {"out": tf.get_collection("out")[0]}
        )
        saver = tf.train.Saver(name="serving")  # without random names
        builder.add_meta_graph_and_variables(
            sess,
            ["serve"],
            {"serving_default": signature},
            [asset],
            main_op=tf.no_op(name="main"),
            saver=saver,
        )
        builder.save()
        graph_def = tf.get_default_graph().as_graph_def()
        frozen = tf.graph_util.convert_variables_to_constants(sess, graph_def, ["second/out"])
        tf.train.write_graph(frozen, folder, "frozen.pb", as_text=False)
        tf.train.write_graph(frozen, folder, "frozen.pbtxt")
    os.remove(path(folder, "words.txt"))


def plain(value):
    value = np.asarray(value)
    if value.dtype == object:
        return [v.decode() for v in value.ravel()]
    return [round(float(v), 5) for v in value.ravel()]


def trained_on(tf, prefix):
    """Losses of a training that goes on from a checkpoint and its meta graph."""
    with tf.Graph().as_default(), tf.Session() as sess:
        saver = tf.train.import_meta_graph(prefix + ".meta")
        saver.restore(sess, prefix)
        feeds = {"x:0": XS, "y:0": YS}
        losses = []
        for _ in range(3):
            losses.append(plain(sess.run("loss:0", feeds))[0])
            sess.run(tf.get_collection("train"), feeds)
        return losses


def read(tf, folder):
    """What the files give."""
    path = os.path.join
    found = {}
    for name in ("v2", "v1"):
        reader = tf.train.NewCheckpointReader(path(folder, name))
        found[name] = {
            key: plain(reader.get_tensor(key))
            for key in sorted(reader.get_variable_to_shape_map())
            # TensorFlow reads no parts of the older kind.
            if name == "v2" or not key.startswith("first/w")
        }
        found[name + " continued"] = trained_on(tf, path(folder, name))
    for name in ("frozen.pb", "frozen.pbtxt"):
        graph_def = tf.GraphDef()
        with open(path(folder, name), "rb") as f:
            content = f.read()
        if name.endswith("txt"):
            importlib.import_module("google.protobuf.text_format").Merge(content, graph_def)
        else:
            graph_def.ParseFromString(content)
        with tf.Graph().as_default(), tf.Session() as sess:
            (out,) = tf.import_graph_def(graph_def, return_elements=["second/out:0"])
            found[name] = plain(sess.run(out, {"import/x:0": XS}))
    predictor = tf.contrib.predictor.from_saved_model(path(folder, "model"))
    found["predictor"] = plain(predictor({"x": XS})["out"])
    with tf.Graph().as_default(), tf.Session() as sess:
        made = tf.saved_model.load(sess, ["serve"], path(folder, "model"))
        found["collections"] = sorted(made.collection_def)
        found["assets"] = os.listdir(path(folder, "model", "assets"))
        found["variables"] = [v.name for v in tf.global_variables()]
    return found


if __name__ == "__main__":
    library = importlib.import_module(sys.argv[2])
    if sys.argv[1] == "write":
        write(library, sys.argv[3])
    else:
        json.dump(read(library, sys.argv[3]), sys.stdout, indent=0, sort_keys=True)
