"""Checkpoints of objects: their nodes, keys, object graphs, restores, status and errors."""

import re

import numpy as np
from outcomes import Cases, describe, tried
from saver_cases import Folder, nodes, started

CASES = Cases()
case = CASES.case


def rows(proto):
    """A TrackableObjectGraph, a line for each node."""
    lines = []
    for node in proto.nodes:
        children = [(c.local_name, c.node_id) for c in node.children]
        attributes = [
            (a.name, a.full_name, a.checkpoint_key, a.optional_restore) for a in node.attributes
        ]
        slots = [
            (s.slot_name, s.original_variable_node_id, s.slot_variable_node_id)
            for s in node.slot_variables
        ]
        lines.append("%s %s %s" % (children, attributes, slots))  # noqa: UP031 - Python 3.7
    return lines


def keys(tf, path):
    return str(tf.train.list_variables(path))


def model(tf):
    """A variable, a resource variable, a layer, an optimizer of all of them."""
    v = tf.get_variable("v", initializer=[1.0, 2.0])
    with tf.variable_scope("s", use_resource=True):
        w = tf.get_variable("w", initializer=[[1.5]])
    layer = tf.layers.Dense(2, kernel_initializer=tf.ones_initializer())
    out = layer(tf.constant([[1.0, 2.0, 3.0]]))
    loss = tf.reduce_sum(v * out) * w
    return v, w, layer, loss


@case
def nodes_of_saves_and_restores(tf, module):
    found, folder = {}, Folder()
    for label, optimizer in {
        "none": None,
        "adam": tf.train.AdamOptimizer(0.1),
        "momentum": tf.train.MomentumOptimizer(0.1, 0.9),
    }.items():
        with tf.Graph().as_default():
            v, w, layer, loss = model(tf)
            parts = {"v": v, "w": w, "layer": layer}
            if optimizer:
                train = optimizer.minimize(loss)
                parts["optimizer"] = optimizer
            checkpoint = tf.train.Checkpoint(**parts)
            n = len(tf.get_default_graph().get_operations())
            with started(tf) as sess:
                n = len(tf.get_default_graph().get_operations())
                path = checkpoint.save(folder(label + "/ckpt"), sess)
                found[label + " save"] = nodes(tf, n)
                n = len(tf.get_default_graph().get_operations())
                before = sess.run([v, w, layer.kernel])
                if optimizer:
                    sess.run(train)
                again = checkpoint.save(folder(label + "/ckpt"), sess)
                found[label + " second save"] = nodes(tf, n)
                status = checkpoint.restore(path)
                status.assert_consumed().run_restore_ops(sess)
                found[label + " restore"] = nodes(tf, n)
                found[label + " same"] = all(
                    (a == b).all()
                    for a, b in zip(before, sess.run([v, w, layer.kernel]))  # noqa: B905
                )
                n = len(tf.get_default_graph().get_operations())
                checkpoint.restore(again).run_restore_ops(sess)
                found[label + " second restore"] = nodes(tf, n)
                found[label + " count"] = describe(sess.run(checkpoint.save_counter))
            found[label + " keys"] = keys(tf, path)
            found[label + " state"] = folder.read(label + "/checkpoint")
            found[label + " graph"] = rows(module("contrib.checkpoint").object_metadata(path))
            found[label + " files"] = folder.hide(folder.files())
    return found


@case
def restored_when_they_come(tf, module):
    found, folder = {}, Folder()
    with tf.Graph().as_default():
        v, _, layer, loss = model(tf)
        optimizer = tf.train.AdamOptimizer(0.1)
        train = optimizer.minimize(loss)
        checkpoint = tf.train.Checkpoint(v=v, layer=layer, optimizer=optimizer)
        with started(tf) as sess:
            sess.run(train)
            path = checkpoint.save(folder("ckpt"), sess)
            found["saved"] = describe(sess.run([v, optimizer.get_slot(layer.bias, "m")]))
    with tf.Graph().as_default():
        optimizer = tf.train.AdamOptimizer(0.1)
        layer = tf.layers.Dense(2)
        checkpoint = tf.train.Checkpoint(layer=layer, optimizer=optimizer)
        status = checkpoint.restore(path)
        found["none there"] = tried(lambda: status.assert_consumed() and None)
        found["existing"] = tried(lambda: status.assert_existing_objects_matched() and None)
        out = layer(tf.constant([[1.0, 2.0, 3.0]]))
        v = tf.get_variable("other", [2])
        checkpoint.v = v
        train = optimizer.minimize(tf.reduce_sum(v * out))
        found["all there"] = tried(lambda: status.assert_consumed() and None)
        extra = tf.get_variable("extra", initializer=7.0)
        checkpoint.extra = extra
        found["more than there"] = tried(lambda: status.assert_consumed() and None)
        with tf.Session() as sess:
            status.initialize_or_restore(sess)
            found["restored"] = describe(sess.run([v, optimizer.get_slot(layer.bias, "m"), extra]))
        # Versions of protobuf write floats in different ways.
        found["nodes"] = [re.sub(r"float_val: \S+", "float_val: F", line) for line in nodes(tf)]
    return found


@case
def statuses(tf, module):
    found, folder = {}, Folder()
    v = tf.get_variable("v", initializer=[1.0, 2.0])
    w = tf.get_variable("w", initializer=3.0, use_resource=True)
    checkpoint = tf.train.Checkpoint(v=v)
    with started(tf) as sess:
        nothing = checkpoint.restore(None)
        for name in ("assert_consumed", "assert_existing_objects_matched", "run_restore_ops"):
            found["nothing " + name] = tried(getattr(nothing, name))
        found["nothing nontrivial"] = tried(nothing.assert_nontrivial_match)
        nothing.initialize_or_restore(sess)
        with sess.as_default():
            path = checkpoint.save(folder("a/b/ckpt"))
            found["written"] = folder.hide(checkpoint.write(folder("written")))
        other = tf.train.Checkpoint(w=w)
        status = other.restore(path)
        for name in ("consumed", "existing_objects_matched", "nontrivial_match"):
            found["other " + name] = tried(lambda: getattr(status, "assert_" + name)() and None)  # noqa: B023
        empty = tf.train.Checkpoint().restore(path)
        found["empty"] = tried(lambda: empty.assert_existing_objects_matched() and None)
        found["wrong shape"] = tried(
            lambda: tf.train.Checkpoint(v=w).restore(path).run_restore_ops(sess)
        )
        found["no such file"] = folder.hide(tried(checkpoint.restore, folder("none")))
        found["no object"] = tried(tf.train.Checkpoint, v=3)
        # Between savers and checkpoints.
        both = tf.train.Checkpoint(x=v, y=w)
        names = tf.train.Saver([v, w]).save(sess, folder("few names"))
        found["by few names"] = tried(lambda: both.restore(names).run_restore_ops(sess))
        sess.run(both.save_counter.initializer)
        names = tf.train.Saver([v, w, both.save_counter]).save(sess, folder("names"))
        sess.run([v.assign([5.0, 6.0]), w.assign(8.0)])
        status = both.restore(names)
        found["by names before"] = tried(lambda: status.assert_consumed() and None)
        status.run_restore_ops(sess)
        found["by names"] = describe(sess.run([v, w]))
        found["by names after"] = tried(lambda: status.assert_consumed() and None)
        objects = both.save(folder("objects"), sess)
        sess.run([v.assign([5.0, 6.0]), w.assign(8.0)])
        tf.train.Saver([v, w]).restore(sess, objects)
        found["by objects"] = describe(sess.run([v, w]))
        found["metadata of names"] = folder.hide(
            tried(module("contrib.checkpoint").object_metadata, names)
        )
    return found


@case
def structures(tf, module):
    found, folder = {}, Folder()
    contrib = module("contrib.checkpoint")
    tracking = module("python.training.tracking.tracking")

    def variable(name):
        return tf.get_variable(name, initializer=1.0, use_resource=True)

    root = tracking.AutoTrackable()
    root.values = [variable("a"), {"b": variable("b"), "n": 3}, (variable("lost"),), None]
    root.values.append(variable("c"))
    root.none = contrib.NoDependency([variable("d")])
    root.mapping = contrib.Mapping(x=variable("x"))
    root.listed = contrib.List([variable("y"), contrib.List()])
    root.names = contrib.UniqueNameTracker()
    for name in ("v", "v", "w/1", "v"):
        root.names.track(variable(name.replace("/", "_") + "_%d" % len(root.names._values)), name)  # noqa: UP031
    root.again = root.values[0]
    found["nodes"] = [type(o).__name__.strip("_") for o in contrib.list_objects(root)]
    checkpoint = tf.train.Checkpoint(root=root)
    with started(tf) as sess:
        path = checkpoint.save(folder("ckpt"), sess)
        found["graph"] = rows(contrib.object_metadata(path))
        found["dot"] = contrib.dot_graph_from_checkpoint(path).split("\n")
        found["weights"] = describe([v.name for v in root.listed.trainable_weights])
        values = root.values
        found["reprs"] = [type(values).__name__, repr(root.mapping)[:20], repr(root.listed)[:20]]
        found["compare"] = [values == list(values), root.listed == list(root.listed)]
        found["hash"] = tried(hash, values)
        found["hash dict"] = tried(hash, values[1])
        found["overwrite"] = re.sub("<.*", "", tried(root.mapping.__setitem__, "x", variable("z")))
        found["key"] = tried(root.mapping.__setitem__, 1, variable("zz"))
        found["value"] = tried(root.mapping.__setitem__, "y", 5)
        found["append"] = tried(root.listed.append, 5)
        found["multiply"] = tried(root.listed.__imul__, 0)
        found["track"] = tried(root.names.track, 5, "x")
        del root.again
        root.values[0] = variable("replaced")
        error = tried(checkpoint.save, folder("ckpt"), sess)
        found["replaced"] = re.sub(r"ListWrapper\(.*\) \(a", "LIST (a", error)
        root.values = []
        plain = {}
        root.plain = plain
        plain["a"] = []
        error = tried(checkpoint.save, folder("ckpt"), sess)
        found["behind its back"] = error
        root.plain = {1: contrib.List()}
        error = tried(checkpoint.save, folder("ckpt"), sess)
        found["key of a number"] = error
    return found


@case
def states_of_python(tf, module):
    found, folder = {}, Folder()
    contrib = module("contrib.checkpoint")

    class Counter(tf.train.experimental.PythonState):
        count = 0

        def serialize(self):
            return str(self.count)

        def deserialize(self, string_value):
            self.count = int(string_value)

    numbers = contrib.NumpyState()
    numbers.a = np.arange(3.0)
    counter = Counter()
    checkpoint = tf.train.Checkpoint(numbers=numbers, counter=counter)
    found["no array"] = re.sub("of <.*>", "of X", tried(setattr, numbers, "b", [1]))
    with started(tf) as sess:
        counter.count = 4
        first = checkpoint.save(folder("ckpt"), sess)
        counter.count, numbers.a = 5, np.ones([2, 2], np.int32)
        second = checkpoint.save(folder("ckpt"), sess)
        for label, path in (("first", first), ("second", second)):
            checkpoint.restore(path).assert_consumed().run_restore_ops(sess)
            found[label] = describe([counter.count, numbers.a])
        other = tf.train.Checkpoint(numbers=contrib.NumpyState())
        other.restore(second)
        found["other"] = describe(other.numbers.a)
        found["graph"] = rows(contrib.object_metadata(first))
    found["nodes"] = nodes(tf)
    return found


@case
def split_values(tf, module):
    found, folder = {}, Folder()
    contrib = module("contrib.checkpoint")
    v = tf.get_variable("v", initializer=[1.0, 2.0, 3.0])
    components = contrib.split_dependency(
        ["head", "tail"],
        [tf.float32, tf.float32],
        lambda buffer: buffer.update({"head": v[:1], "tail": v[1:]}),
        lambda buffer: v.assign(tf.concat([buffer["head"], buffer["tail"]], 0)),
        device="/cpu:0",
    )
    root = tf.train.Checkpoint()
    root.mapping = contrib.Mapping(**components)
    with started(tf) as sess:
        path = root.save(folder("ckpt"), sess)
        found["keys"] = keys(tf, path)
        sess.run(v.assign([0.0, 0.0, 0.0]))
        root.restore(path).assert_consumed().run_restore_ops(sess)
        found["restored"] = describe(sess.run(v))
    found["nodes"] = nodes(tf)
    return found


@case
def templates(tf, module):
    found, folder = {}, Folder()

    def inner():
        return tf.get_variable("w", initializer=2.0)

    def outer():
        v = tf.get_variable("v", initializer=[1.0])
        nested = tf.make_template("nested", inner)
        return v * nested() * nested()

    template = tf.make_template("whole", outer)
    template()
    template()
    checkpoint = tf.train.Checkpoint(template=template)
    with started(tf) as sess:
        path = checkpoint.save(folder("ckpt"), sess)
        found["graph"] = rows(module("contrib.checkpoint").object_metadata(path))
        found["keys"] = keys(tf, path)
    return found


@case
def templates_in_models(tf, module):
    """Templates are parts of models; some of their functions are graph functions."""
    make = module("python.ops.template").make_template_internal

    def scaled(x):
        weight = tf.get_variable("weight", [], initializer=tf.ones_initializer())
        tf.get_variable("kept", [], trainable=False)
        return x * weight

    plain, graph = make("plain", scaled), make("graph", scaled, create_graph_function_=True)
    outputs = [plain(2.0), graph(tf.constant(3.0)), graph(tf.constant(4.0))]
    model = tf.keras.Model()
    model.template = plain
    model.templates = [graph]
    found = {
        "names": [v.name for v in graph.variables],
        "weights": [v.name for v in model.weights],
        "trained": [v.name for v in model.trainable_weights],
        "kept": [v.name for v in model.non_trainable_weights],
        "layers": len(model.layers),
        "ops": [output.op.type for output in outputs],
    }
    model.trainable = False
    found["frozen"] = [v.name for v in model.non_trainable_weights]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        found["values"] = describe(sess.run(outputs))
    return found


@case
def modules(tf, module):
    found, folder = {}, Folder()

    class MyDense2D(tf.Module):
        def __init__(self, name=None):
            super().__init__(name=name)
            with self.name_scope:
                self.w = tf.Variable([[1.0]], name="w")
            self.frozen = [tf.Variable(3, name="f", trainable=False)]

        @tf.Module.with_name_scope
        def __call__(self, x):
            return tf.add(x, 1.0, name="sum")

    class Outer(tf.Module):
        def __init__(self):
            super().__init__()
            self.layers = [MyDense2D(), MyDense2D("second")]
            self.table = {"z": tf.Variable(1.0, name="z"), "a": self.layers[0]}

    outer = Outer()
    found["names"] = [outer.name, outer.layers[0].name, outer.layers[1].name]
    found["variables"] = [v.name for v in outer.variables]
    found["trainable"] = [v.name for v in outer.trainable_variables]
    found["submodules"] = [m.name for m in outer.submodules]
    found["paths"] = [
        str(path)
        for path, _ in outer._flatten(
            predicate=lambda o: isinstance(o, tf.Variable), with_path=True
        )
    ]
    found["scope"] = outer.layers[0](2.0).name
    found["no name"] = tried(tf.Module, "1a")
    names = ["ABCd", "MyHTTPServer", "A", "x9Y", "HTTP2Net"]
    found["snake"] = [module("python.module.module").camel_to_snake(n) for n in names]
    with started(tf) as sess:
        path = tf.train.Checkpoint(outer=outer).save(folder("ckpt"), sess)
    found["keys"] = keys(tf, path)
    return found


@case
def managers(tf, module):
    found, folder = {}, Folder()
    v = tf.get_variable("v", initializer=1.0)
    checkpoint = tf.train.Checkpoint(v=v)
    manager = tf.train.CheckpointManager(checkpoint, folder("m"), max_to_keep=2)
    found["none"] = describe([manager.latest_checkpoint, manager.checkpoints])
    found["zero"] = tried(tf.train.CheckpointManager, checkpoint, folder("m"), 0)
    with started(tf).as_default():
        for number in (None, None, 7, None):
            found["save %s %d" % (number, len(found))] = folder.hide(manager.save(number))  # noqa: UP031
        found["kept"] = folder.hide(describe(manager.checkpoints))
        state = "\n".join(folder.read("m/checkpoint"))
        found["state"] = re.sub(r"\d{6,}\.\d+", "T", state).split("\n")
        found["files"] = folder.files()
        again = tf.train.CheckpointManager(checkpoint, folder("m"), None, checkpoint_name="x")
        found["again"] = folder.hide(describe([again.latest_checkpoint, *again.checkpoints]))
        found["named"] = folder.hide(again.save())
    found["nodes"] = nodes(tf)
    return found


@case
def layers_in_layers(tf, module):
    found, folder = {}, Folder()
    keras = module("python.keras.layers.core")
    layer_class = module("python.keras.engine.base_layer").Layer

    class Block(layer_class):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.dense = keras.Dense(2, kernel_regularizer=lambda w: tf.reduce_sum(w))
            self.more = [keras.Dense(3), {"last": keras.Dense(1, use_bias=False)}]
            self.sizes = [1, 2]

        def build(self, input_shape):
            self.scale = self.add_weight("s", [], initializer="ones")
            self.offset = tf.Variable(1.0, trainable=False, name="offset", use_resource=True)

        def call(self, inputs):
            x = self.dense(inputs)
            for layer in (self.more[0], self.more[1]["last"]):
                x = layer(x)
            return x * self.scale + self.offset

    block = Block(name="block")
    outer = layer_class(name="outer")
    outer.block = block
    outer.same = block
    found["before"] = describe([len(outer.weights), len(outer.submodules)])
    block(tf.zeros([4, 5]))
    for label, layer in (("block", block), ("outer", outer)):
        for kind in ("trainable_weights", "non_trainable_weights", "variables"):
            found[label + " " + kind] = [v.name for v in getattr(layer, kind)]
    found["losses"] = [loss.name for loss in outer.losses]
    found["submodules"] = [m.name for m in outer.submodules]
    found["module"] = isinstance(outer, tf.Module)
    found["types"] = [type(block.more).__name__, type(block.sizes).__name__]
    outer.trainable = False
    found["frozen"] = [v.name for v in block.trainable_weights]
    outer.trainable = True
    with started(tf) as sess:
        path = tf.train.Checkpoint(outer=outer).save(folder("ckpt"), sess)
    found["graph"] = rows(module("contrib.checkpoint").object_metadata(path))
    del outer.block
    found["one left"] = len(outer.weights)
    outer.same = None
    found["none left"] = len(outer.weights)
    found["read only"] = tried(setattr, outer, "weights", 1)
    with tf.variable_scope("style"):
        old = tf.layers.Layer(name="old")
    old.part = block
    found["not in tf.layers"] = len(old.weights)
    return found
