"""SavedModels with vocabularies as assets, written and served. Runs under TensorFlow 1.15 and here.

python vocabularies.py write|read tensorflow|evergraph FOLDER
"""

import importlib
import json
import os
import sys

import numpy as np

WORDS = ["the", "a", "cat", "dog", "sat", "on", "mat"]
LABELS = ["animal", "thing", "other"]
WEIGHTS = ["cat\t7\t2.5", "dog\t-3\t0.25", "mat\t100\t-1"]
SENTENCES = [["the", "cat", "sat"], ["dog", "unseen", "mat"], ["zzz", "", "on"]]


def file(folder, name, lines):
    """A file of a name that others have too, in a folder of its own."""
    path = os.path.join(folder, name)
    os.makedirs(path, exist_ok=True)
    path = os.path.join(path, "terms.txt")
    with open(path, "w") as f:
        f.write("\n".join(lines) + "\n")
    return path


def build(tf, folder):
    """Sentences to scores and labels; what is fed and fetched by name."""
    lookup = tf.contrib.lookup
    words = lookup.index_table_from_file(file(folder, "words", WORDS), num_oov_buckets=3)
    labels = lookup.index_to_string_table_from_file(
        file(folder, "labels", LABELS), default_value="none", name="labels"
    )
    weights = tf.lookup.StaticHashTable(
        tf.lookup.TextFileInitializer(
            file(folder, "weights", WEIGHTS), tf.string, 0, tf.float32, 2, vocab_size=3
        ),
        1.0,
    )
    stops = lookup.HashTable(
        lookup.KeyValueTensorInitializer(["the", "a"], [0.0, 0.5]), 1.0, shared_name="stops"
    )
    counts = lookup.MutableHashTable(tf.string, tf.int64, 0, name="counts")
    seen = lookup.MutableDenseHashTable(
        tf.int64, tf.float32, [0.0, 0.0], -1, -2, initial_num_buckets=8, name="seen"
    )
    text = tf.placeholder(tf.string, [None, None], name="text")
    ids = words.lookup(text)
    table = tf.get_variable(
        "table",
        initializer=tf.constant(np.linspace(-1.0, 1.0, 20, dtype=np.float32).reshape(10, 2)),
    )
    factors = weights.lookup(text) * stops.lookup(text)
    more = tf.reshape(seen.lookup(tf.reshape(ids, [-1])), tf.concat([tf.shape(ids), [2]], 0))
    rows = tf.gather(table, ids) * tf.expand_dims(factors, 2) + more
    scores = tf.reduce_sum(rows, axis=[1, 2], name="scores")
    label = labels.lookup(tf.cast(tf.abs(scores * 2.0), tf.int64))
    inputs = {"text": text}
    outputs = {"ids": ids, "scores": scores, "label": label, "counts": counts.lookup(text)}
    fill = [
        counts.insert(["cat", "sat", "zzz"], [5, 6, 7]),
        seen.insert([2, 3, 9], [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
    ]
    return inputs, outputs, fill


def write(tf, folder):
    """A model with `main_op`, and one with `legacy_init_op` as estimators of TensorFlow 1 have."""
    for name in ("main", "legacy"):
        with tf.Graph().as_default(), tf.Session() as sess:
            inputs, outputs, fill = build(tf, folder)
            sess.run([tf.global_variables_initializer(), fill])
            signature = tf.saved_model.predict_signature_def(inputs, outputs)
            builder = tf.saved_model.Builder(os.path.join(folder, name))
            init = {"main_op": tf.tables_initializer()}
            if name == "legacy":
                init = {"legacy_init_op": tf.tables_initializer()}
            builder.add_meta_graph_and_variables(
                sess,
                ["serve"],
                {"serving_default": signature},
                assets_collection=tf.get_collection(tf.GraphKeys.ASSET_FILEPATHS),
                saver=tf.train.Saver(name="serving"),
                **init,
            )
            builder.save()
    for name in ("words", "labels", "weights"):
        os.remove(os.path.join(folder, name, "terms.txt"))
        os.rmdir(os.path.join(folder, name))


def plain(value):
    if value.dtype == object:
        return [v.decode() for v in value.ravel()]
    return [round(float(v), 3) for v in value.ravel()]


def read(tf, folder, **keywords):
    """What the models give."""
    found = {}
    for name in ("main", "legacy"):
        path = os.path.join(folder, name)
        with tf.Graph().as_default(), tf.Session() as sess:
            made = tf.saved_model.load(sess, ["serve"], path, **keywords)
            signature = made.signature_def["serving_default"]
            feed = {signature.inputs["text"].name: SENTENCES}
            fetches = {key: info.name for key, info in signature.outputs.items()}
            found[name] = {k: plain(v) for k, v in sess.run(fetches, feed).items()}
            found[name + " assets"] = sorted(os.listdir(os.path.join(path, "assets")))
            found[name + " initializers"] = [
                op.name for op in tf.get_collection(tf.GraphKeys.TABLE_INITIALIZERS)
            ]
        with tf.Graph().as_default(), tf.Session() as sess:
            tf.saved_model.load(sess, ["serve"], path, import_scope="in/side", **keywords)
            feed = {"in/side/text:0": SENTENCES}
            found[name + " in a scope"] = plain(sess.run("in/side/scores:0", feed))
        predictor = tf.contrib.predictor.from_saved_model(path)
        found[name + " predictor"] = plain(predictor({"text": SENTENCES})["label"])
    return found


if __name__ == "__main__":
    library = importlib.import_module(sys.argv[2])
    if sys.argv[1] == "write":
        write(library, sys.argv[3])
    else:
        json.dump(read(library, sys.argv[3]), sys.stdout, indent=0, sort_keys=True)
