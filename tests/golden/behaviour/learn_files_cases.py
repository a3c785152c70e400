"""tf.contrib.learn's batches of examples from files."""

import os
import tempfile

from estimator_cases import rounded
from monitored_cases import nodes
from outcomes import Cases, plain, tried

CASES = Cases()
case = CASES.case


def files(tf):
    """Three files of records, each with four Examples; one of text."""
    folder = tempfile.mkdtemp()
    for name in range(3):
        path = os.path.join(folder, "part-%d" % name)  # noqa: UP031
        with tf.python_io.TFRecordWriter(path) as writer:
            for i in range(4):
                example = tf.train.Example()
                feature = example.features.feature
                feature["x"].float_list.value.append(name + i / 10)
                feature["s"].bytes_list.value.extend([b"a"] * i)
                writer.write(example.SerializeToString())
    with open(os.path.join(folder, "text"), "w") as out:
        out.write("\n".join("line %d" % i for i in range(8)))  # noqa: UP031
    return folder


def spec(tf):
    return {"x": tf.FixedLenFeature([1], tf.float32), "s": tf.VarLenFeature(tf.string)}


def batches(tf, fetch, count):
    """What the first runs give."""
    found = []
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        coordinator = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(sess, coordinator)
        try:
            for _ in range(count):
                found.append(sess.run(fetch))
        except tf.errors.OutOfRangeError:
            found.append("end")
        coordinator.request_stop()
        coordinator.join(threads, stop_grace_period_secs=10)
    return found


@case
def graphs(tf, module):
    folder = files(tf)
    learn = tf.contrib.learn
    pattern = os.path.join(folder, "part-*")

    def parsed(examples):
        return tf.parse_example(tf.reshape(examples, [-1]), {"x": spec(tf)["x"]})

    found = {}
    for label, make in (
        ("examples", lambda: learn.read_batch_examples(pattern, 2, tf.TFRecordReader)),
        (
            "in order",
            lambda: learn.read_keyed_batch_examples(
                [pattern], 2, tf.TFRecordReader, False, 2, 50, 2, 3, name="mine"
            ),
        ),
        (
            "parsed",
            lambda: learn.read_keyed_batch_examples(
                pattern,
                2,
                tf.TFRecordReader,
                num_epochs=1,
                parse_fn=parsed,
                seed=3,
                read_batch_size=2,
            ),
        ),
        (
            "features",
            lambda: learn.read_batch_features(
                pattern, 2, spec(tf), tf.TFRecordReader, num_enqueue_threads=1
            ),
        ),
        (
            "keyed features",
            lambda: learn.read_keyed_batch_features(
                pattern, 2, spec(tf), tf.TFRecordReader, False, 1, read_batch_size=1
            ),
        ),
        ("records", lambda: learn.read_batch_record_features(pattern, 4, spec(tf), False)),
    ):
        with tf.Graph().as_default() as graph:
            given = make()
            found[label] = nodes(graph)
            found[label + " gives"] = plain(str(given).replace(folder, ""))
            found[label + " runners"] = [
                [r.name, [op.name for op in r.enqueue_ops]]
                for r in tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS)
            ]
    return found


@case
def values(tf, module):
    folder = files(tf)
    learn = tf.contrib.learn
    pattern = os.path.join(folder, "part-*")
    found = {}
    with tf.Graph().as_default():
        text = os.path.join(folder, "text")
        keys, lines = learn.read_keyed_batch_examples(text, 3, tf.TextLineReader, False, 1)
        given = batches(tf, [keys, lines], 5)
        found["lines"] = [
            g
            if g == "end"
            else [[os.path.basename(k).decode() for k in g[0]], [line.decode() for line in g[1]]]
            for g in given
        ]
    with tf.Graph().as_default():
        features = learn.read_batch_record_features(pattern, 3, spec(tf), False, 1)
        given = batches(tf, [features["x"], features["s"].values], 6)
        found["records"] = sorted(
            value for g in given if g != "end" for value in rounded(g[0][:, 0])
        )
        found["end"] = str(given[-1])
    with tf.Graph().as_default():
        made = learn.read_batch_features(pattern, 4, spec(tf), tf.TFRecordReader, num_epochs=1)
        given = batches(tf, made["x"], 6)
        found["mixed"] = sorted(v for g in given if str(g) != "end" for v in rounded(g[:, 0]))
    return found


@case
def errors(tf, module):
    folder = files(tf)
    pattern = os.path.join(folder, "part-*")

    def read(*args, **kwargs):
        found = tried(tf.contrib.learn.read_keyed_batch_examples, *args, **kwargs)
        return str(found).replace(folder, "")

    record = tf.TFRecordReader
    return {
        "none": read([], 2, record),
        "no match": read(folder + "/other", 2, record),
        "capacity": read(pattern, 2, record, queue_capacity=0),
        "batch": read(pattern, 20, record, queue_capacity=10),
        "read": read(pattern, 2, record, read_batch_size=0),
        "threads": read(pattern, 2, record, num_threads=0),
        "epochs": read(pattern, 2, record, num_epochs=0),
        "same": tf.contrib.learn.io.read_batch_examples is tf.contrib.learn.read_batch_examples,
    }
