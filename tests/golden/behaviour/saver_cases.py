"""Savers: their nodes, files, state and errors; meta graphs with savers."""

import os
import re
import tempfile
import time

import numpy as np
from outcomes import Cases, Lines, tried

CASES = Cases()
case = CASES.case


def nodes(tf, skip=0):
    """The nodes of the default graph, a line each."""
    lines = []
    for node in tf.get_default_graph().as_graph_def().node[skip:]:
        attrs = " ".join(
            "%s=%s" % (key, re.sub(r"\s+", " ", text(node.attr[key])))  # noqa: UP031 - Python 3.7
            for key in sorted(node.attr)
        )
        line = "%s %s (%s) @%s %s" % (node.name, node.op, " ".join(node.input), node.device, attrs)  # noqa: UP031
        lines.append(re.sub("_temp_[0-9a-f]{32}", "_temp_X", line))
    return lines


def text(message):
    """A message as text, in which newer versions of protobuf write 1 for 1.0."""
    return re.sub(r"(\d)\.0\b", r"\1", str(message))


def variables(tf, resource=False):
    """Two variables, and the number of their nodes."""
    tf.Variable([1.0, 2.0], name="b", use_resource=resource)
    with tf.variable_scope("a", use_resource=resource):
        tf.get_variable("w", [3, 2], tf.float64, tf.ones_initializer())
    return len(tf.get_default_graph().get_operations())


class Folder:
    """A folder that is made for a case. Its name is hidden in what is compared."""

    def __init__(self):
        self.path = tempfile.mkdtemp()

    def __call__(self, name=""):
        return os.path.join(self.path, name)

    def files(self):
        return sorted(
            os.path.relpath(os.path.join(at, name), self.path)
            for at, _, names in os.walk(self.path)
            for name in names
        )

    def hide(self, value):
        if isinstance(value, dict):
            return {key: self.hide(v) for key, v in value.items()}
        if isinstance(value, list):
            return [self.hide(v) for v in value]
        return value.replace(self.path, "DIR") if isinstance(value, str) else value

    def read(self, name):
        with open(self(name)) as f:
            return f.read().splitlines()


def started(tf):
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    return sess


@case
def graphs_of_lists_and_dicts(tf, module):
    found = {}
    for resource in (False, True):
        for label, make in {
            "all": lambda: tf.train.Saver(),
            "list": lambda: tf.train.Saver(tf.global_variables()[:1]),
            "tuple": lambda: tf.train.Saver(tuple(tf.global_variables())),
            "dict": lambda: tf.train.Saver(
                {"z": tf.global_variables()[0], "y": tf.global_variables()[1]}
            ),
            "reshape": lambda: tf.train.Saver(reshape=True),
            "name": lambda: tf.train.Saver(name="other/scope", filename="default"),
            "v1": lambda: tf.train.Saver(write_version=tf.train.SaverDef.V1),
            "sequentially": lambda: tf.train.Saver(restore_sequentially=True),
            "sharded": lambda: tf.train.Saver(sharded=True),
            "two": lambda: (tf.train.Saver(), tf.train.Saver())[1],
        }.items():
            with tf.Graph().as_default():
                n = variables(tf, resource)
                saver = make()
                label += " resource" * resource
                found[label] = nodes(tf, n)
                found[label + " def"] = text(saver.as_saver_def())
    return found


@case
def graphs_of_devices(tf, module):
    found = {}
    for label, keywords in {
        "whole": {},
        "sharded": {"sharded": True},
        "sharded v1": {"sharded": True, "write_version": 1},
        "sharded reshape": {"sharded": True, "reshape": True},
    }.items():
        with tf.Graph().as_default():
            with tf.device("/job:ps/task:1/cpu:0"):
                tf.Variable(1.0, name="one")
            with tf.device("/job:ps/task:0/gpu:3"):
                tf.get_variable("two", [2], use_resource=True)
                tf.Variable(3.0, name="three")
            tf.Variable(4, name="none")
            n = len(tf.get_default_graph().get_operations())
            saver = tf.train.Saver(**keywords)
            found[label] = nodes(tf, n)
            found[label + " def"] = text(saver.as_saver_def())
    return found


@case
def graphs_of_parts(tf, module):
    found = {}
    for resource in (False, True):
        with tf.Graph().as_default():
            with tf.variable_scope("s", use_resource=resource):
                w = tf.get_variable("w", [5, 2], partitioner=tf.fixed_size_partitioner(3))
                tf.get_variable("v", [2, 4], partitioner=tf.fixed_size_partitioner(2, axis=1))
            n = len(tf.get_default_graph().get_operations())
            label = "resource " * resource
            tf.train.Saver()
            found[label + "all"] = nodes(tf, n)
            n = len(tf.get_default_graph().get_operations())
            tf.train.Saver({"x": w})
            found[label + "dict"] = nodes(tf, n)
            n = len(tf.get_default_graph().get_operations())
            tf.train.Saver([w])
            found[label + "list"] = nodes(tf, n)
            found[label + "some parts"] = tried(tf.train.Saver, {"x": list(w)[:2]})
    with tf.Graph().as_default():
        w = tf.get_variable("w", [5, 2], partitioner=tf.fixed_size_partitioner(2))
        tf.add_to_collection("anything", w)
        n = len(tf.get_default_graph().get_operations())
        tf.train.Saver()
        found["in a collection"] = nodes(tf, n)
    return found


@case
def graphs_of_builders(tf, module):
    saver = module("python.training.saver")
    found = {}

    class Doubling(saver.BaseSaverBuilder):
        """What it reads is doubled."""

        def restore_op(self, filename_tensor, saveable, preferred_shard):
            tensors = saver.BaseSaverBuilder.restore_op(
                self, filename_tensor, saveable, preferred_shard
            )
            return [2 * t for t in tensors]

    class Half(saver.BaseSaverBuilder.SaveableObject):
        """Half of a variable is saved."""

        def __init__(self, var, name):
            self.var = var
            spec = saver.BaseSaverBuilder.SaveSpec(var / 2, "", name)
            super(Half, self).__init__(var / 2, [spec], name)  # noqa: UP008

        def restore(self, tensors, shapes):
            return tf.assign(self.var, tensors[0] * 2)

    for label, builder in {"base": saver.BaseSaverBuilder, "doubling": Doubling}.items():
        with tf.Graph().as_default():
            n = variables(tf)
            tf.train.Saver(builder=builder())
            found[label] = nodes(tf, n)
    with tf.Graph().as_default():
        n = variables(tf)
        tf.add_to_collection(tf.GraphKeys.SAVEABLE_OBJECTS, Half(tf.global_variables()[0], "half"))
        tf.train.Saver()
        found["saveable"] = nodes(tf, n)
        found["abstract"] = tried(
            saver.BaseSaverBuilder.SaveableObject(None, [], "x").restore, [], None
        )
        found["spec"] = tried(saver.BaseSaverBuilder.SaveSpec, lambda: None, "", "x")
        a, b = Half(tf.global_variables()[0], "a"), Half(tf.global_variables()[1], "b")
        found["optional"] = [tried(lambda: a.optional_restore), tried(lambda: a.device)]
        found["two objects"] = tried(
            lambda: [
                s.name
                for s in module(
                    "python.training.saving.saveable_object_util"
                ).validate_and_slice_inputs([b, a])
            ]
        )
    return found


@case
def mistakes(tf, module):
    variables(tf)
    b, w = tf.global_variables()
    with tf.variable_scope("p"):
        parts = tf.get_variable("q", [4], partitioner=tf.fixed_size_partitioner(2))
        others = tf.get_variable("r", [4], partitioner=tf.fixed_size_partitioner(2))
    Saver = tf.train.Saver
    util = module("python.training.saving.saveable_object_util")
    empty = tf.Graph()

    def in_empty(call):
        with empty.as_default():
            return tried(call)

    return {
        "nothing": in_empty(Saver),
        "empty list": tried(Saver, []),
        "empty dict": tried(Saver, {}),
        "number": tried(Saver, 3),
        "list of numbers": tried(Saver, [3]),
        "tensor": tried(Saver, [tf.constant(1.0, name="c")]),
        "dict of a tensor": tried(Saver, {"x": tf.constant(1.0, name="d")}),
        "read": tried(Saver, [b.value()]),
        "dict of numbers": tried(Saver, {"x": 3}),
        "name is a number": tried(Saver, {3: b}),
        "twice in a list": tried(Saver, [b, b]),
        "twice in a dict": tried(Saver, {"x": b, "y": b}),
        "parts twice": tried(Saver, [parts, parts]),
        "part and whole": tried(Saver, {"x": [b, w]}),
        "other parts": tried(Saver, {"x": list(parts) + list(others)}),
        "numbers as parts": tried(Saver, {"x": [1, 2]}),
        "deferred": tried(lambda: Saver([b], defer_build=True)),
        "saver_def": tried(lambda: Saver(saver_def="x")),
        "saver_def without names": tried(lambda: Saver(saver_def=tf.train.SaverDef())),
        "saver_def half": tried(lambda: Saver(saver_def=tf.train.SaverDef(save_tensor_name="x:0"))),
        "names": tried(lambda: sorted(util.op_list_to_dict([b, w, parts]))),
        "tensors": tried(
            lambda: [
                type(v).__name__
                for _, v in sorted(
                    util.op_list_to_dict([b, w], convert_variable_to_tensor=False).items()
                )
            ]
        ),
        "cpu": [
            tried(util.set_cpu0, d)
            for d in ("", "/gpu:1", "/job:ps/task:3", "/job:w/device:GPU:*", "nonsense:x:y:z")
        ],
    }


@case
def files_kept(tf, module):
    d = Folder()
    variables(tf)
    sess = started(tf)
    found = {}
    for label, keywords in {
        "default": {},
        "two": {"max_to_keep": 2},
        "all": {"max_to_keep": None},
        "zero": {"max_to_keep": 0},
        "v1": {"max_to_keep": 1, "write_version": 1},
        "sharded": {"max_to_keep": 1, "sharded": True},
        "sharded v1": {"max_to_keep": 1, "sharded": True, "write_version": 1},
        "relative": {"max_to_keep": 2, "save_relative_paths": True},
        "padded": {"pad_step_number": True},
        "hours": {"max_to_keep": 1, "keep_checkpoint_every_n_hours": 0.7 / 3600},
    }.items():
        d = Folder()
        saver = tf.train.Saver(**keywords)
        paths = []
        for step in (1, 2, 3, 30):
            if label == "hours" and step == 2:
                time.sleep(1)
            paths.append(saver.save(sess, d("model"), global_step=step))
        found[label] = d.hide(
            [
                paths,
                saver.last_checkpoints,
                d.files(),
                d.read("checkpoint"),
                tried(saver.restore, sess, paths[-1]),
                tried(tf.train.latest_checkpoint, d()),
            ]
        )
        if label == "two":
            saver.save(sess, d("model"), global_step=3, write_meta_graph=False)
            found["again"] = d.hide([saver.last_checkpoints, d.files(), d.read("checkpoint")])
            saver.save(sess, d("other"), latest_filename="state", meta_graph_suffix="graph")
            found["other"] = d.hide([saver.last_checkpoints, d.files(), d.read("state")])
            saver.save(sess, d("third"), write_state=False)
            found["no state"] = d.hide([saver.last_checkpoints, d.files(), d.read("state")])
            saver.set_last_checkpoints([d("x"), d("y")])
            saver.save(sess, d("fourth"))
            found["set"] = d.hide([saver.last_checkpoints, d.files(), d.read("checkpoint")])
            again = tf.train.Saver(max_to_keep=2)
            again.recover_last_checkpoints([d("model-3"), d("gone"), d("third"), d("fourth")])
            found["recovered"] = d.hide([again.last_checkpoints])
            again.save(sess, d("fifth"))
            found["after recovery"] = d.hide([again.last_checkpoints, d.files()])
            found["set wrongly"] = tried(again.set_last_checkpoints_with_time, None)
    return found


@case
def names_of_steps(tf, module):
    d = Folder()
    variables(tf)
    step = tf.train.create_global_step()
    saver = tf.train.Saver()
    sess = started(tf)
    saving = {"write_meta_graph": False, "write_state": False}

    def save(step, path="m"):
        return d.hide(tried(saver.save, sess, d(path), global_step=step, **saving))

    return {
        "number": save(7),
        "array": save(np.int64(8)),
        "zero": save(0),
        "negative": save(-1),
        "fraction": save(1.5),
        "tensor": save(step),
        "constant": save(tf.constant(12)),
        "by name": save("global_step:0"),
        "none": save(None),
        "long": save(12345678901),
        "files": d.files(),
    }


@case
def saving_wrongly(tf, module):
    d = Folder()
    variables(tf)
    saver = tf.train.Saver()
    sess = started(tf)

    def save(*args, **kwargs):
        return d.hide(tried(saver.save, *args, **kwargs))

    deferred = tf.train.Saver(defer_build=True)
    found = {
        "no session": save(None, d("x")),
        "folder": save(sess, d("none/x")),
        "folder of state": save(sess, d("x"), latest_filename="a/b"),
        "state": save(sess, d("checkpoint")),
        "own state": save(sess, d("latest"), latest_filename="latest"),
        "state with step": save(sess, d("checkpoint"), global_step=1),
        "not built": d.hide(tried(deferred.save, sess, d("y"))),
        "uninitialized": d.hide(tried(saver.save, tf.Session(), d("z"))),
        "files": d.files(),
    }
    deferred.build()
    deferred.build()
    found["built"] = d.hide(tried(deferred.save, sess, d("y")))
    with tf.Graph().as_default():
        empty = tf.train.Saver(allow_empty=True)
        with tf.Session() as s:
            found["empty"] = [
                tried(empty.save, s, d("empty")),
                tried(empty.restore, s, d("empty")),
                tried(empty.as_saver_def),
            ]
    found["files after"] = d.files()
    return found


@case
def restoring_wrongly(tf, module):
    d = Folder()
    variables(tf)
    sess = started(tf)
    path = tf.train.Saver().save(sess, d("m"))
    old = tf.train.Saver(write_version=1).save(sess, d("old"))
    found = {}

    def whole(call, *args):
        """All lines of the error, as far as they are not about nodes."""
        try:
            call(*args)
        except Exception as error:
            return d.hide("%s: %s" % (type(error).__name__, error.message.split("\n\t ")[0]))  # noqa: UP031

    for resource in (False, True):
        for label, arguments in {
            "missing": ([], "other", None),
            "shape": ([3], "b", None),
            "rank": ([], "b", None),
            "type": ([2], "b", tf.int32),
        }.items():
            with tf.Graph().as_default():
                shape, name, dtype = arguments
                tf.get_variable(name, shape, dtype, tf.zeros_initializer(), use_resource=resource)
                saver = tf.train.Saver()
                with tf.Session() as s:
                    label += " resource" * resource
                    found[label] = whole(saver.restore, s, path)
                    found[label + " v1"] = whole(saver.restore, s, old)
    with tf.Graph().as_default():
        tf.get_variable("b", [1, 2])
        with tf.Session() as s:
            saver = tf.train.Saver(reshape=True)
            saver.restore(s, path)
            found["reshaped"] = tried(s.run, "b:0")
    saver = tf.train.Saver()
    found["none"] = tried(saver.restore, sess, None)
    found["nowhere"] = d.hide(tried(saver.restore, sess, d("nowhere")))
    found["data file"] = d.hide(tried(saver.restore, sess, path + ".index"))[:60]
    return found


@case
def warnings_and_infos(tf, module):
    d = Folder()
    variables(tf)
    sess = started(tf)
    lines = Lines()
    logger = __import__("logging").getLogger("tensorflow")
    logger.addHandler(lines)
    level = logger.level
    logger.setLevel("INFO")
    try:
        saver = tf.train.Saver(write_version=1)
        path = saver.save(sess, d("m"), write_meta_graph=False)
        saver.restore(sess, path)
        with tf.Graph().as_default():
            tf.train.import_meta_graph(tf.train.export_meta_graph())
    finally:
        logger.setLevel(level)
        logger.removeHandler(lines)
    return {"lines": [line for line in d.hide(lines.found) if "deprecated. Please" not in line]}


@case
def messages(tf, module):
    variables(tf)
    with tf.name_scope("scope"):
        saver = tf.train.Saver(max_to_keep=3, keep_checkpoint_every_n_hours=2.5)
    saver_def = saver.as_saver_def()
    again = tf.train.Saver.from_proto(saver.to_proto("scope"), import_scope="scope")
    default = module("python.training.saver")._get_saver_or_default
    found = {
        "def": text(saver_def),
        "in scope": text(saver.to_proto("scope")),
        "out of scope": text(saver.to_proto("other")),
        "again": text(again.as_saver_def()),
        "default": text(default().as_saver_def()),
        "in collection": [type(s).__name__ for s in tf.get_collection("savers")],
        "the same": default() is default(),
    }
    tf.add_to_collection("savers", saver)
    found["several"] = tried(default)
    return found


@case
def meta_graphs(tf, module):
    d = Folder()
    with tf.variable_scope("net"):
        variables(tf)
        tf.add_to_collection("result", tf.global_variables()[0] * 2)
    saver = tf.train.Saver()
    tf.add_to_collection(tf.GraphKeys.SAVERS, saver)
    tf.train.Saver(name="extra")
    sess = started(tf)
    sess.run(tf.assign(tf.global_variables()[0], [5.0, 6.0]))
    path = saver.save(sess, d("m"), global_step=5)
    found = {"files": d.files()}
    for label, arguments in {
        "plain": {},
        "scope": {"import_scope": "again"},
        "clear": {"clear_devices": True},
    }.items():
        with tf.Graph().as_default():
            imported = tf.train.import_meta_graph(path + ".meta", **arguments)
            found[label] = [
                text(imported.as_saver_def()),
                sorted(tf.get_default_graph().get_all_collection_keys()),
                [v.name for v in tf.global_variables()],
                [
                    type(s).__name__ + " " + str(s.as_saver_def().restore_op_name)
                    for s in tf.get_collection("savers")
                ],
            ]
            with tf.Session() as s:
                imported.restore(s, path)
                found[label + " value"] = tried(s.run, tf.get_collection("result")[0])
                # Twice, so that the scope is made unique.
                second = tf.train.import_meta_graph(path + ".meta", **arguments)
                found[label + " twice"] = [
                    text(second.as_saver_def()),
                    [v.name for v in tf.global_variables()],
                ]
    for label, arguments in {
        "whole": {},
        "text": {"as_text": True},
        "some": {"collection_list": ["result"]},
        "without other savers": {"clear_extraneous_savers": True},
        "without devices": {"clear_devices": True},
        "stripped": {"strip_default_attrs": True},
        "scope": {"export_scope": "net"},
    }.items():
        made = saver.export_meta_graph(d("e_" + label.replace(" ", "_")), **arguments)
        found["exported " + label] = [
            [n.name for n in made.graph_def.node],
            sorted(made.collection_def),
            text(made.saver_def),
            [o.name for o in made.meta_info_def.stripped_op_list.op],
            made.meta_info_def.stripped_default_attrs,
            sum(len(n.attr) for n in made.graph_def.node),
        ]
    with tf.Graph().as_default():
        imported = tf.train.import_meta_graph(d("e_text"))
        found["from text"] = text(imported.as_saver_def())
    with tf.Graph().as_default():
        tf.constant(1)
        found["no variables"] = tried(tf.train.import_meta_graph, tf.train.export_meta_graph())
    with tf.Graph().as_default():
        variables(tf)
        exported = tf.train.export_meta_graph()
    with tf.Graph().as_default():
        found["no saver"] = text(tf.train.import_meta_graph(exported).as_saver_def())
    found["nowhere"] = d.hide(tried(tf.train.import_meta_graph, d("nowhere")))
    found["state"] = d.hide(tried(tf.train.import_meta_graph, d("checkpoint")))[:60]
    return found


@case
def order_of_names(tf, module):
    """Readers list names as their hash maps do."""
    d = Folder()
    found = {}
    for count in (1, 2, 3, 8, 24, 300):
        names = ["layer%d/%s" % (i * i % 997, "kernel/Adam_1"[: i % 14]) for i in range(count)]  # noqa: UP031
        # Many names need few nodes so.
        save = tf.raw_ops.SaveV2(
            prefix=d("m"),
            tensor_names=names,
            shape_and_slices=[""] * count,
            tensors=[tf.constant(1.0)] * count,
        )
        tf.Session().run(save)
        reader = tf.train.NewCheckpointReader(d("m"))
        found[count] = list(reader.get_variable_to_shape_map())
        found["types of %d" % count] = found[count] == list(reader.get_variable_to_dtype_map())  # noqa: UP031
    variables(tf)
    tf.Variable(1, name="c")
    tf.Variable(1, name="d")
    tf.train.Saver(write_version=1).save(started(tf), d("old"), write_meta_graph=False)
    found["v1"] = list(tf.train.NewCheckpointReader(d("old")).get_variable_to_shape_map())
    return found


@case
def older_versions(tf, module):
    """Meta graphs that say to be of other versions."""
    found = {}
    tf.Variable([1.0], name="a")
    tf.Variable([2.0], name="b", trainable=False)
    saver = tf.train.Saver()
    for version in ("0.12.head", "0.12.1", "1.8.0-rc1", "1.9.0", "", "2.3.0-dev"):
        exported = saver.export_meta_graph()
        exported.meta_info_def.tensorflow_version = version
        for key in ("variables", "trainable_variables"):
            values = exported.collection_def[key].bytes_list.value
            messages = list(values)
            del values[:]
            for message in messages:
                # Before 1.9 nobody wrote whether a variable is trainable.
                definition = module("core.framework.variable_pb2").VariableDef.FromString(message)
                definition.ClearField("trainable")
                values.append(definition.SerializeToString())
        with tf.Graph().as_default():
            try:
                tf.train.import_meta_graph(exported)
            except Exception as error:
                found[version] = type(error).__name__
                continue
            found[version] = [
                [v.name for v in tf.trainable_variables()],
                [v.trainable for v in tf.global_variables()],
            ]
    return found
