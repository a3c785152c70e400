"""Checkpoints that are damaged, incomplete or misused, and what is said of them."""

import os
import shutil
import struct

import numpy as np
from outcomes import Cases, failure, tried
from saver_cases import Folder

CASES = Cases()
case = CASES.case


def data_of(path):
    with open(path, "rb") as f:
        return bytearray(f.read())


def put(path, data):
    with open(path, "wb") as f:
        f.write(bytes(data))


def checkpoint(tf, prefix, version=2):
    """A checkpoint with numbers, texts, a scalar and parts."""
    with tf.Graph().as_default():
        tf.Variable(tf.range(300.0), name="numbers")
        tf.Variable([b"one", b"two", b"x" * 40], name="texts")
        tf.Variable(7.0, name="scalar")
        tf.get_variable(
            "parts",
            initializer=tf.reshape(tf.range(24.0), [12, 2]),
            partitioner=tf.fixed_size_partitioner(3),
        )
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            tf.train.Saver(write_version=version).save(
                sess, prefix, write_meta_graph=False, write_state=False
            )


class Broken:
    """A checkpoint of which each call damages a fresh copy."""

    def __init__(self, tf, version=2):
        self.tf = tf
        self.folder = Folder()
        checkpoint(tf, self.folder("good"), version)
        self.endings = [".index", ".data-00000-of-00001"] if version == 2 else [""]

    def copy(self):
        for ending in self.endings:
            shutil.copy(self.folder("good") + ending, self.folder("m") + ending)
        return self.folder("m")

    def outcomes(self):
        """What opening and reading it gives."""
        path = self.folder("m")

        def get(name):
            value = self.tf.train.NewCheckpointReader(path).get_tensor(name)
            return np.asarray(value).ravel()[:3].tolist()

        def restore(name, dtype):
            raw = self.tf.raw_ops
            restored = raw.RestoreV2(
                prefix=path, tensor_names=[name], shape_and_slices=[""], dtypes=[dtype]
            )[0]
            with self.tf.Session() as sess:
                return np.asarray(sess.run(restored)).ravel()[:3].tolist()

        float32, string = self.tf.float32, self.tf.string
        return self.folder.hide(
            [
                tried(
                    lambda: len(self.tf.train.NewCheckpointReader(path).get_variable_to_shape_map())
                ),
                tried(get, "numbers"),
                tried(get, "texts"),
                tried(get, "parts"),
                tried(restore, "numbers", float32),
                tried(restore, "texts", string),
                tried(restore, "parts", float32),
            ]
        )


@case
def cut_short(tf, module):
    broken = Broken(tf)
    found = {"good": (broken.copy(), broken.outcomes())[1]}
    for ending in broken.endings:
        size = len(data_of(broken.folder("good") + ending))
        for kept in (0, 5, 47, 48, size // 2, size - 1):
            path = broken.copy() + ending
            put(path, data_of(path)[:kept])
            found["%s %d" % (ending, kept)] = broken.outcomes()  # noqa: UP031 - Python 3.7
        path = broken.copy() + ending
        os.remove(path)
        found[ending + " missing"] = broken.outcomes()
        path = broken.copy() + ending
        put(path, data_of(path) + b"more")
        found[ending + " longer"] = broken.outcomes()
    return found


@case
def flipped_bits(tf, module):
    broken = Broken(tf)
    found = {}
    for ending, places in {
        # A block's first byte, its compression, its checksum; the footer's handles and its mark.
        ".index": (0, 30, -53, -52, -48, -46, -3),
        # In numbers, parts, the scalar, and in lengths and characters of texts.
        ".data-00000-of-00001": (0, 700, 1250, -48, -46, -45, -1),
    }.items():
        for place in places:
            path = broken.copy() + ending
            data = data_of(path)
            data[place] ^= 4
            put(path, data)
            found["%s %d" % (ending, place)] = broken.outcomes()  # noqa: UP031
    return found


@case
def other_files(tf, module):
    broken = Broken(tf)
    found = {}
    for label, content in {
        "empty": b"",
        "text": b"no checkpoint\n" * 20,
        "only a mark": b"\0" * 40 + struct.pack("<Q", 0xDB4775248B80FB57),
    }.items():
        path = broken.copy() + ".index"
        put(path, content)
        found[label + " as index"] = broken.outcomes()
        os.remove(path)
        put(broken.folder("m"), content)
        found[label + " as a file"] = broken.outcomes()
        os.remove(broken.folder("m"))
    return found


@case
def version_1(tf, module):
    broken = Broken(tf, 1)

    def outcomes():
        found = broken.outcomes()
        # TensorFlow's reader of these reads no parts.
        return found[:3] + found[4:]

    found = {"good": (broken.copy(), outcomes())[1]}
    size = len(data_of(broken.folder("good")))
    for kept in (0, 47, size // 2, size - 1):
        path = broken.copy()
        put(path, data_of(path)[:kept])
        found["%d" % kept] = outcomes()  # noqa: UP031
    for place in (0, 30, -53, -3):
        path = broken.copy()
        data = data_of(path)
        data[place] ^= 4
        put(path, data)
        found["flipped %d" % place] = outcomes()  # noqa: UP031
    return found


@case
def shards(tf, module):
    d = Folder()
    with tf.Graph().as_default():
        for i in range(2):
            with tf.device("/job:ps/task:%d" % i):  # noqa: UP031
                tf.Variable([1.0 + i], name="v%d" % i)  # noqa: UP031
        with tf.device(""):
            saver = tf.train.Saver(sharded=True)
        graph = tf.train.export_meta_graph(clear_devices=True)
        saver_def = saver.as_saver_def()
    with tf.Graph().as_default():
        tf.train.import_meta_graph(graph)
        saver = tf.train.Saver(saver_def=saver_def)
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            path = saver.save(sess, d("m"))
            found = {"files": d.files(), "path": d.hide(path)}
            found["restored"] = tried(saver.restore, sess, path)
            os.remove(d("m.data-00001-of-00002"))
            found["without a shard"] = d.hide(tried(saver.restore, sess, path))
            reader = tf.train.NewCheckpointReader(path)
            found["v0"] = tried(reader.get_tensor, "v0")
            found["v1"] = d.hide(tried(reader.get_tensor, "v1"))
    return found


@case
def nodes_misused(tf, module):
    d = Folder()
    raw = tf.raw_ops
    sess = tf.Session()
    value = tf.reshape(tf.range(6.0), [3, 2])

    def save(names, slices, tensors, prefix=None):
        try:
            op = raw.SaveV2(
                prefix=prefix or d("m"),
                tensor_names=names,
                shape_and_slices=slices,
                tensors=tensors,
            )
        except Exception as error:
            return "while building: " + failure(error).partition(": ")[2]
        return d.hide(tried(sess.run, op))

    def restore(name, piece, dtype=tf.float32):
        try:
            op = raw.RestoreV2(
                prefix=d("m"), tensor_names=[name], shape_and_slices=[piece], dtypes=[dtype]
            )[0]
        except Exception as error:
            return "while building: " + failure(error).partition(": ")[2]
        return d.hide(
            [op.shape.as_list() if op.shape.ndims is not None else None, tried(sess.run, op)]
        )

    found = {
        "more names": save(["a", "b"], ["", ""], [value]),
        "fewer slices": save(["a", "b"], [""], [value, value]),
        "twice": save(["a", "a"], ["", ""], [value, value]),
        "other shape": save(["a"], ["3 2 0,1:-"], [value]),
        "no slice": save(["a"], ["nonsense"], [value]),
        "slice out of bounds": save(["a"], ["3 2 2,2:-"], [value[:2]]),
        "no folder": save(["a"], [""], [value], d("no/folder/m"))[:30],
    }
    found["saved"] = save(
        ["whole", "parts", "parts", "full", "gap"],
        ["", "3 2 0,1:-", "3 2 1,2:-", "3 2 0,3:-", "3 2 0,1:-"],
        [value, value[:1], value[1:], value, value[:1]],
    )
    # TensorFlow leaves the temporary files of failures behind.
    found["files"] = [name for name in d.files() if "temp" not in name]
    for name in ("whole", "parts", "full", "gap", "absent"):
        for piece in (
            "",
            "3 2 -:-",
            "3 2 1,2:-",
            "3 2 1,1:1,1",
            "3 2 2,1:-",
            "2 3 -:-",
            "6 0,2",
            "3 2 0,4:-",
            "3 2 -",
            "x",
            "3 2 1,0:-",
            "3 2 a,b:-",
            "3 b -:-",
        ):
            found["%s %s" % (name, piece)] = restore(name, piece)  # noqa: UP031
    found["type"] = restore("whole", "", tf.int32)
    several = raw.RestoreV2(
        prefix=d("m"),
        tensor_names=["whole", "full", "parts"],
        shape_and_slices=["", "", ""],
        dtypes=[tf.int32, tf.string, tf.float32],
    )
    try:
        sess.run(several)
    except tf.errors.InvalidArgumentError as error:
        found["types"] = error.message.split("\n\t")[0]
    missing = raw.RestoreV2(
        prefix=d("m"), tensor_names=["z", "y"], shape_and_slices=["", ""], dtypes=[tf.int32] * 2
    )
    found["first missing"] = tried(sess.run, missing)
    found["merge twice"] = d.hide(
        tried(
            sess.run,
            raw.MergeV2Checkpoints(checkpoint_prefixes=[d("m"), d("n")], destination_prefix=d("o")),
        )
    )[:40]
    return found


@case
def readers(tf, module):
    broken = Broken(tf)
    reader = tf.train.NewCheckpointReader(broken.copy())
    found = {
        "shapes": tried(reader.get_variable_to_shape_map),
        "types": tried(reader.get_variable_to_dtype_map),
        "debug": [
            line.split(" (")[0]
            for line in reader.debug_string().decode("latin1").split("\n")
            if "\0" not in line and "parts" not in line
        ],
        "has": [reader.has_tensor(n) for n in ("numbers", "parts", "none")],
        "bytes": tried(reader.has_tensor, b"numbers"),
        "scalar": tried(reader.get_tensor, "scalar"),
        "texts": tried(reader.get_tensor, "texts"),
        "parts": tried(reader.get_tensor, "parts"),
        "absent": tried(reader.get_tensor, "absent"),
        "number": tried(tf.train.NewCheckpointReader, 3)[:16],
        "nowhere": broken.folder.hide(tried(tf.train.NewCheckpointReader, broken.folder("no"))),
        "folder": broken.folder.hide(tried(tf.train.NewCheckpointReader, broken.folder()))[:60],
    }
    return found
