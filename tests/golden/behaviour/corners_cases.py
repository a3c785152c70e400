"""Corners of graphs, shapes, imports, sessions and checkpoints: values, and complaints."""

import logging
import os
import tempfile

import numpy as np
from outcomes import Cases, Lines, tried

CASES = Cases()
case = CASES.case


@case
def graphs(tf, module):
    ops = module("python.framework.ops")
    util = module("python.framework.tensor_util")
    a = tf.constant([1.0], name="a")
    with tf.Graph().as_default():
        other = tf.constant(1, name="other")
    attrs = tf.get_default_graph()._attr_scope
    return {
        "other graph": tried(tf.add, a, other),
        "other graph second": tried(tf.multiply, other, a),
        "scope of attrs": tried(lambda: attrs(3).__enter__()),
        "attr that is none": tried(lambda: attrs({"a": 3}).__enter__()),
        "no sequence": tried(ops.convert_n_to_tensor, 1),
        "matrix as shape": tried(util.constant_value_as_shape, tf.constant([[1]])),
        "shape of a field": tried(tf.as_dtype, np.dtype([("qint8", np.int8, 1)])),
        "rank": tried(tf.constant([1.0]).set_shape, [1, 1]),
        "dimension": tried(tf.constant([1.0]).set_shape, [2]),
        "ranks": [a._rank(), tf.placeholder(tf.float32)._rank()],
        "operation of a tensor": tried(tf.Operation, a, None),
        "cast": tried(lambda: tf.Session().run(tf.cast(tf.constant(["a"]), tf.float32))),
    }


@case
def op_library(tf, module):
    test_ops = module("python.framework.test_ops")
    return {
        "length": tried(test_ops.n_in_twice, [1], ["b", "c"]),
        "none": tried(test_ops.n_polymorphic_in, [1, None]),
        "partial shape": tried(test_ops.attr_partial_shape, [5, "a"]),
        "no list": tried(test_ops.out_type_list, tf.int32),
        "no list of text": tried(test_ops.string_list_attr, "a", "b"),
        "version": tried(test_ops.requires_older_graph_version),
        "placement": tried(test_ops.device_placement_op),
    }


@case
def imports(tf, module):
    with tf.Graph().as_default() as g:
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        tf.negative(x, name="y")
        written = g.as_graph_def(add_shapes=True)

    def put(value):
        with tf.Graph().as_default():
            tf.import_graph_def(written, {"x:0": tf.constant(value)})

    with tf.Graph().as_default() as g:
        tf.add_to_collection("texts", "q")
        tf.add_to_collection("bytes", b"q")
        tf.no_op()
        meta = tf.train.export_meta_graph()

    def collections(scope):
        with tf.Graph().as_default():
            tf.train.import_meta_graph(meta, import_scope=scope)
            return [tf.get_collection("texts"), tf.get_collection("bytes")]

    return {
        "dimension": tried(put, np.zeros([4, 3], np.float32)),
        "rank": tried(put, np.zeros([4], np.float32)),
        "texts": tried(collections, None),
        "texts in a scope": tried(collections, "s"),
    }


@case
def device_specs(tf, module):
    device = module("python.framework.device")
    spec = tf.DeviceSpec(job="a", task=3)
    return {
        "replaced": spec.replace(job="z").to_string(),
        "merged": spec.make_merged_spec(tf.DeviceSpec(task=5, device_type="CPU")).to_string(),
        "unchanged": spec.to_string(),
        "is": [device.is_device_spec(spec), device.is_device_spec("/cpu:0")],
    }


@case
def named_callables(tf, module):
    config_pb2 = module("core.protobuf.config_pb2")
    a = tf.constant([1.0, 2.0], name="a")
    b = tf.placeholder(tf.float32, [None], name="b")
    tf.add(a, b, name="c")
    tf.identity(tf.placeholder(tf.string, name="text"), name="same")
    v = tf.Variable(3, name="v")
    tf.assign_add(v, 1, name="more")
    s = tf.Session()
    s.run(v.initializer)

    def make(feed=(), fetch=(), target=(), connections=(), **kwargs):
        made = config_pb2.CallableOptions(feed=feed, fetch=fetch, target=target, **kwargs)
        for source, place in connections:
            made.tensor_connection.add(from_tensor=source, to_tensor=place)
        return s._make_callable_from_options(made)

    ones = np.ones(2, np.float32)
    add = make(["b:0"], ["c:0"])
    metadata = tf.RunMetadata()
    trace = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    found = {
        "fed": tried(add, ones),
        "by nodes": tried(make(["b"], ["c", "a"]), ones),
        "nothing": tried(make),
        "target": tried(make(target=["more"])),
        "both": tried(make(fetch=["v:0"], target=["more"])),
        "no fetch": tried(make, [], ["zz:0"]),
        "no feed": tried(make, ["zz:0"], ["c:0"]),
        "no target": tried(make, [], [], ["zz"]),
        "fed twice": tried(make, ["b:0", "b:0"], ["c:0"]),
        "not fed": tried(make([], ["c:0"])),
        "fed and fetched": tried(lambda: make(["b:0"], ["b:0"])(ones)),
        "too few": tried(add),
        "too many": tried(add, ones, ones),
        "list": tried(add, [1.0, 1.0]),
        "text": tried(add, "q"),
        "whole": tried(add, np.array([1, 1])),
        "none": tried(add, None),
        "tensor": tried(add, a),
        "wrong size": tried(add, np.ones(3, np.float32)),
        "texts": tried(make(["text:0"], ["same:0"]), np.array(["a", b"b"], object)),
        "traced": tried(make(["b:0"], ["c:0"], run_options=trace), ones, run_metadata=metadata),
        "has a trace": len(metadata.step_stats.dev_stats) > 0,
        "connected": tried(make([], ["c:0"], connections=[("a:0", "b:0")])),
        "connected to none": tried(make, [], ["c:0"], connections=[("a:0", "zz:0")]),
        "connected from none": tried(make, [], ["c:0"], connections=[("zz:0", "b:0")]),
        "connected and fed": tried(make, ["b:0"], ["c:0"], connections=[("a:0", "b:0")]),
        "cycle": tried(make, [], ["c:0"], connections=[("c:0", "b:0")]),
    }
    s.close()
    found["closed"] = tried(add, ones)
    found["made closed"] = tried(make, [], ["a:0"])
    return found


@case
def callables(tf, module):
    b = tf.placeholder(tf.float32, name="b")
    s = tf.Session()
    double = s.make_callable(b * 2.0, [b])
    found = {
        "too few": tried(double)[:60],
        "too many": tried(double, 1.0, 2.0),
        "twice": tried(s.make_callable(b * 2.0, [b, b]), 1.0, 3.0),
        "unknown": tried(lambda: s.make_callable(b, ["zz:0"])(1.0)),
    }
    s.close()
    found["closed"] = tried(double, 1.0)
    return found


@case
def placement(tf, module):
    with tf.device("/device:GPU:7"):
        first = tf.constant(1, name="first")
        tf.add(first, 1, name="second")
    a = tf.constant(1)
    pruned = tf.ConfigProto(graph_options=tf.GraphOptions(place_pruned_graph=True))
    return {
        "pruned": tried(tf.Session(config=pruned).run, a),
        # TensorFlow looks at nodes that have inputs first.
        "whole": tried(tf.Session().run, a)[:68],
        "needed": tried(tf.Session(config=pruned).run, first)[:68],
    }


@case
def initial_values(tf, module):
    v = tf.get_variable("sc/b", initializer=[1.0])
    with tempfile.TemporaryDirectory() as folder, tf.Session() as s:
        s.run(v.initializer)
        path = tf.train.Saver().save(s, os.path.join(folder, "m"))

        def begin(assignments):
            with tf.Graph().as_default():
                w = tf.get_variable("m/b", [1])
                tf.train.init_from_checkpoint(path, assignments)
                with tf.Session() as s:
                    s.run(w.initializer)
                    return s.run(w)

        def outcome(assignments):
            return tried(begin, assignments).replace(folder, "FOLDER")

        return {
            "scopes": outcome({"sc/": "m/"}),
            "no slash": outcome({"sc/": "m"}),
            "whole": outcome({"/": "m/"}),
            "to whole": outcome({"sc/": "/"}),
        }


@case
def string_handles(tf, module):
    iterator = tf.compat.v1.data.make_one_shot_iterator(tf.data.Dataset.range(3))
    handle = tf.placeholder(tf.string, [])
    make = tf.data.Iterator.from_string_handle
    wrong_type = make(handle, tf.float32, []).get_next()
    wrong_shape = make(handle, tf.int64, [2]).get_next()
    with tf.Session() as s:
        told = s.run(iterator.string_handle())
        return {
            "type": tried(s.run, wrong_type, {handle: told}),
            "shape": tried(s.run, wrong_shape, {handle: told}),
            "no dataset": tried(tf.data.Dataset.range(3).concatenate, 3),
        }


@case
def keras_networks(tf, module):
    layers = tf.keras.layers
    i = layers.Input((4,), name="i")
    a, b = layers.Input(batch_shape=(2, 4)), layers.Input(batch_shape=(3, 4))
    unbuilt = tf.keras.Sequential([layers.Dense(2)], name="s")

    class Derived(tf.keras.Model):
        def call(self, x):
            return x

    return {
        "twice": tried(lambda: tf.keras.Model([i, i], layers.Dense(2)(i))),
        "no input": tried(lambda: tf.keras.Model(tf.zeros([2, 2], name="z"), layers.Dense(2)(i))),
        "sizes": tried(lambda: tf.keras.Model([a, b], [layers.Dense(2)(a), layers.Dense(2)(b)])),
        "no output": tried(lambda: tf.keras.Model(i, 3)),
        "weights": tried(lambda: unbuilt.weights),
        "trainable weights": tried(lambda: unbuilt.trainable_weights),
        "arrays": tried(unbuilt.get_weights),
        "derived": tried(lambda: Derived().weights),
    }


@case
def keras_fits(tf, module):
    log = Lines()
    logger = logging.getLogger("tensorflow")
    x = np.ones([4, 2], np.float32)
    y = x[:, :1]
    model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(2,))])
    model.compile("sgd", "mse")
    data = tf.data.Dataset.from_tensor_slices((x, y)).batch(2)

    def fit(data, **kwargs):
        del log.found[:]
        model.fit(data, verbose=0, **kwargs)
        return [line for line in log.found if "shuffle" in line]

    logger.addHandler(log)
    try:
        return {
            # Losses are averaged in double precision.
            "loss": type(model.fit(x, y, verbose=0).history["loss"][0]).__name__,
            "in order": fit(data),
            "shuffled": fit(data.shuffle(3)),
            "shuffled first": fit(data.shuffle(3).repeat(1)),
            "shuffled within": fit(tf.data.Dataset.range(2).flat_map(lambda _: data.shuffle(2))),
            "not asked": fit(data, shuffle=False),
        }
    finally:
        logger.removeHandler(log)


@case
def keras_nodes(tf, module):
    """Where the learning phase and the steps are among the nodes."""
    layers = tf.keras.layers
    x = np.ones([4, 2], np.float32)
    y = x[:, :1]

    def nodes(*methods):
        with tf.Graph().as_default() as g:
            model = tf.keras.Sequential([layers.Dense(1, input_shape=(2,))])
            model.compile("sgd", "mse")
            for name in methods:
                method = getattr(model, name)
                method(x) if "predict" in name else method(x, y)
            names = [op.name for op in g.get_operations()]
        return [
            [i, name]
            for i, name in enumerate(names)
            if "learning_phase" in name or name.endswith("group_deps") or name == "init"
        ]

    return {
        "train": nodes("train_on_batch"),
        "test": nodes("test_on_batch"),
        "predict": nodes("predict_on_batch"),
        "predict and train": nodes("predict_on_batch", "train_on_batch", "test_on_batch"),
    }
