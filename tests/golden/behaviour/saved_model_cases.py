"""SavedModels: written, read, looked into; predictors and frozen graphs."""

import os

import numpy as np
from outcomes import Cases, describe, tried
from saver_cases import Folder, started, text

CASES = Cases()
case = CASES.case


def model(tf, d):
    """A model with a variable, a table-like constant, an asset and a main op."""
    with open(d("words.txt"), "w") as f:
        f.write("one\ntwo\n")
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    w = tf.get_variable("w", initializer=tf.constant([[1.0], [2.0]]))
    n = tf.get_variable("n", initializer=tf.constant(3), collections=["local_variables"])
    y = tf.identity(tf.matmul(x, w), name="y")
    path = tf.constant(d("words.txt"), name="path")
    tf.add_to_collection(tf.GraphKeys.ASSET_FILEPATHS, path)
    return x, y, n, path


def signature_text(signature):
    """A SignatureDef, its names in order."""
    return [
        [[name, text(side[name])] for name in sorted(side)]
        for side in (signature.inputs, signature.outputs)
    ] + [signature.method_name]


def summary(meta_graph_def):
    """What a MetaGraphDef holds, but for the nodes' attrs."""
    return [
        list(meta_graph_def.meta_info_def.tags),
        [n.name for n in meta_graph_def.graph_def.node],
        sorted(meta_graph_def.collection_def),
        {k: signature_text(v) for k, v in sorted(meta_graph_def.signature_def.items())},
        text(meta_graph_def.saver_def),
        [text(a) for a in meta_graph_def.asset_file_def],
        meta_graph_def.meta_info_def.stripped_default_attrs,
    ]


@case
def writing_and_reading(tf, module):
    d = Folder()
    found = {}
    with tf.Graph().as_default():
        x, y, n, path = model(tf, d)
        sess = started(tf)
        sess.run(tf.local_variables_initializer())
        predict = tf.saved_model.predict_signature_def({"in": x}, {"out": y})
        builder = tf.saved_model.builder.SavedModelBuilder(d("model"))
        builder.add_meta_graph_and_variables(
            sess,
            ["train", "gpu"],
            {"serving_default": predict},
            assets_collection=tf.get_collection(tf.GraphKeys.ASSET_FILEPATHS),
            main_op=tf.group(tf.local_variables_initializer(), name="main"),
        )
        builder.add_meta_graph(["serve"], clear_devices=True, strip_default_attrs=True)
        found["saved"] = d.hide(builder.save().decode())
        found["as text"] = d.hide(builder.save(as_text=True).decode())
    found["files"] = d.files()
    for tags in (["train", "gpu"], ["serve"]):
        for scope in (None, "again"):
            with tf.Graph().as_default(), tf.Session() as sess:
                made = tf.saved_model.loader.load(sess, tags, d("model"), import_scope=scope)
                key = " ".join(tags) + " " + str(scope)
                prefix = scope + "/" if scope else ""
                found[key] = d.hide(summary(made))
                found[key + " values"] = [
                    tried(sess.run, prefix + "y:0", {prefix + "x:0": [[1, 1]]}),
                    tried(sess.run, prefix + "n:0"),
                    d.hide(tried(sess.run, prefix + "path:0")),
                    [v.name for v in tf.global_variables()],
                ]
    load = tf.saved_model.load
    with tf.Graph().as_default(), tf.Session() as sess:
        found["other tags"] = tried(load, sess, ["train"], d("model"))
        found["nowhere"] = d.hide(tried(load, sess, ["train"], d("nowhere")))
        os.remove(d("model/saved_model.pb"))
        found["from text"] = d.hide(tried(lambda: summary(load(sess, ["serve"], d("model")))[0]))
        with open(d("model/saved_model.pbtxt"), "w") as f:
            f.write("nonsense")
        found["broken"] = d.hide(tried(load, sess, ["serve"], d("model")))[:33]
    maybe = tf.saved_model.loader.maybe_saved_model_directory
    found["contains"] = [maybe(d("model")), maybe(d()), tf.saved_model.contains_saved_model(d("x"))]
    return found


@case
def mistakes_of_builders(tf, module):
    d = Folder()
    x, y, n, path = model(tf, d)
    sess = started(tf)
    Builder = tf.saved_model.Builder
    found = {"folder in use": d.hide(tried(Builder, d()))}
    builder = Builder(d("model"))
    found["graph before variables"] = tried(builder.add_meta_graph, ["serve"])
    signature = tf.saved_model.build_signature_def
    info = tf.saved_model.build_tensor_info(x)
    unnamed = type(info)(dtype=1)
    untyped = type(info)(name="x:0")
    add = builder.add_meta_graph_and_variables
    for label, arguments in {
        "unnamed": {"signature_def_map": {"a": signature({"x": unnamed}, {"y": info}, "m")}},
        "untyped": {"signature_def_map": {"a": signature({"x": info}, {"y": untyped}, "m")}},
        "reserved": {"signature_def_map": {"__saved_model_init_op": signature({}, {}, "m")}},
        "reserved too": {"signature_def_map": {"__saved_model_train_op": signature({}, {}, "m")}},
        "main op": {"main_op": y},
        "asset": {"assets_collection": ["text"]},
        "asset of floats": {"assets_collection": [tf.constant(1.0)]},
        "asset of texts": {"assets_collection": [tf.constant(["a", "b"])]},
        "asset of a node": {"assets_collection": [tf.identity("a")]},
        "asset without a name": {"assets_collection": [tf.constant("")]},
    }.items():
        found[label] = tried(add, sess, ["serve"], **arguments)
    found["fine"] = tried(add, sess, ["serve"])
    found["again"] = tried(add, sess, ["serve"])
    tf.add_to_collection("legacy_init_op", tf.no_op())
    found["two main ops"] = tried(builder.add_meta_graph, ["x"], main_op=tf.no_op())
    return found


@case
def assets_of_the_same_name(tf, module):
    d = Folder()
    for name, content in (("a", "1"), ("b", "2"), ("c", "1")):
        os.mkdir(d(name))
        with open(d(name + "/words.txt"), "w") as f:
            f.write(content)
    tf.get_variable("v", [])
    paths = [tf.constant(d(n + "/words.txt"), name=n) for n in "abca"]
    builder = tf.saved_model.Builder(d("model"))
    builder.add_meta_graph_and_variables(started(tf), ["serve"], assets_collection=paths)
    builder.save()
    made = tf.saved_model.load(tf.Session(graph=tf.Graph()), ["serve"], d("model"))
    asset = module("core.protobuf.meta_graph_pb2").AssetFileDef
    found = []
    for packed in made.collection_def["saved_model_assets"].any_list.value:
        one = asset()
        packed.Unpack(one)
        found.append([one.tensor_info.name, one.filename])
    return {"assets": found, "files": d.files()}


@case
def simply_saved(tf, module):
    d = Folder()
    x, y, n, path = model(tf, d)
    with tf.device("/cpu:0"):
        tf.get_variable("placed", [2], initializer=tf.ones_initializer())
    tf.saved_model.simple_save(
        started(tf), d("model"), {"x": x}, {"y": y}, legacy_init_op=tf.no_op(name="init")
    )
    found = {"files": d.files()}
    predict = tf.contrib.predictor.from_saved_model
    first = predict(d("model"))
    found["repr"] = repr(first).replace("device=/device:CPU:0", "")
    found["call"] = tried(first, {"x": [[1, 2], [3, 4]]})
    found["none"] = tried(first, {"x": None})[:60]
    found["unexpected"] = tried(first, {"z": 1})
    found["tensors"] = describe([first.feed_tensors, first.fetch_tensors])
    found["names"] = tried(
        predict(d("model"), input_names={"a": "x:0"}, output_names={"b": "y:0"}), {"a": [[1, 1]]}
    )
    for label, arguments in {
        "key": {"signature_def_key": "serving_default"},
        "half of names": {"input_names": {"a": "x:0"}},
        "two ways": {"signature_def_key": "a", "input_names": {}, "output_names": {}},
        "other tags": {"tags": "train"},
    }.items():
        found[label] = tried(lambda a=arguments: sorted(predict(d("model"), **a).feed_tensors))
    tools = module("python.tools.saved_model_utils")
    found["tag sets"] = tried(tools.get_saved_model_tag_sets, d("model"))
    found["by tags"] = tried(lambda: summary(tools.get_meta_graph_def(d("model"), "serve"))[0])
    found["by other tags"] = tried(tools.get_meta_graph_def, d("model"), "serve,gpu")
    found["no model"] = d.hide(tried(tools.read_saved_model, d("x")))
    return found


@case
def signatures(tf, module):
    examples = tf.placeholder(tf.string, [None], name="examples")
    numbers = tf.placeholder(tf.float32, [None, 3], name="numbers")
    names = tf.placeholder(tf.string, [None, 3], name="names")
    ints = tf.placeholder(tf.int32, name="ints")
    sparse = tf.sparse_placeholder(tf.float32, [2, 3], name="sparse")
    ragged = tf.ragged.placeholder(tf.float32, 1)
    saved = tf.saved_model
    utils = module("python.saved_model.signature_def_utils")
    found = {}
    for label, call in {
        "regression": lambda: saved.regression_signature_def(examples, numbers),
        "regression of floats": lambda: saved.regression_signature_def(numbers, numbers),
        "regression of none": lambda: saved.regression_signature_def(None, numbers),
        "regression of text": lambda: saved.regression_signature_def("x", numbers),
        "regression to none": lambda: saved.regression_signature_def(examples, None),
        "regression to text": lambda: saved.regression_signature_def(examples, names),
        "classification": lambda: saved.classification_signature_def(examples, names, numbers),
        "classes": lambda: saved.classification_signature_def(examples, names, None),
        "scores": lambda: saved.classification_signature_def(examples, None, numbers),
        "no classes": lambda: saved.classification_signature_def(examples, None, None),
        "wrong classes": lambda: saved.classification_signature_def(examples, numbers, None),
        "wrong scores": lambda: saved.classification_signature_def(examples, None, names),
        "no examples": lambda: saved.classification_signature_def(None, names, None),
        "prediction": lambda: saved.predict_signature_def({"a": ints}, {"b": sparse, "c": ragged}),
        "prediction of nothing": lambda: saved.predict_signature_def({}, {"b": ints}),
        "prediction to nothing": lambda: saved.predict_signature_def({"a": ints}, None),
        "training": lambda: utils.supervised_train_signature_def(
            {"a": ints}, {"loss": numbers}, {"p": names}, {"m": ints}
        ),
        "evaluation": lambda: utils.supervised_eval_signature_def({"a": ints}, {"loss": numbers}),
        "training of nothing": lambda: utils.supervised_train_signature_def({}, None),
        "operation": lambda: utils.op_signature_def(tf.no_op(name="op"), "key"),
    }.items():
        try:
            made = call()
            found[label] = signature_text(made)
            found[label + " is valid"] = saved.is_valid_signature(made)
        except ValueError as error:
            found[label] = str(error)
    found["none is valid"] = saved.is_valid_signature(None)
    operation = utils.op_signature_def(tf.no_op(name="other"), "key")
    found["loaded"] = tried(utils.load_op_from_signature_def, operation, "key")
    with tf.Graph().as_default():
        found["not loaded"] = tried(utils.load_op_from_signature_def, operation, "key")
    get, info = saved.get_tensor_from_tensor_info, saved.build_tensor_info
    found["back"] = tried(get, info(numbers))
    found["sparse back"] = tried(lambda: get(info(sparse)).indices.name == sparse.indices.name)
    found["in a scope"] = tried(get, info(numbers), import_scope="s")
    found["of nothing"] = tried(get, type(info(numbers))())
    coder = module("python.saved_model.nested_structure_coder").StructureCoder()
    for label, value in {
        "list": [1, 2.5, "a", None, True],
        "nest": {"a": (1, [tf.float32]), "b": tf.TensorShape([None, 2])},
        "spec": tf.TensorSpec([2, None], tf.int32, "s"),
        "sparse spec": tf.SparseTensorSpec([3], tf.string),
        "unknown": tf.TensorShape(None),
        "object": np,
    }.items():
        found["coded " + label] = [
            coder.can_encode(value),
            tried(lambda v=value: coder.decode_proto(coder.encode_structure(v)) == v)[:30],
        ]
    return found


@case
def main_ops(tf, module):
    tf.get_variable("v", [2])
    tf.get_variable("l", [2], collections=["local_variables"])
    tf.add_to_collection(tf.GraphKeys.TABLE_INITIALIZERS, tf.no_op(name="table"))
    n = len(tf.get_default_graph().get_operations())
    tf.saved_model.main_op.main_op()
    tf.saved_model.main_op_with_restore("table")
    nodes = tf.get_default_graph().as_graph_def().node[n:]
    found = {"nodes": [[x.name, x.op, list(x.input)] for x in nodes]}
    with tf.Graph().as_default():
        tf.saved_model.main_op.main_op()
        found["empty"] = [
            [x.name, x.op, list(x.input)] for x in tf.get_default_graph().as_graph_def().node
        ]
    return found


@case
def freezing(tf, module):
    d = Folder()
    freeze = module("python.tools.freeze_graph")
    with tf.Graph().as_default():
        x, y, n, path = model(tf, d)
        r = tf.get_variable("r/r", initializer=tf.constant([4.0]))
        tf.add(y, r, name="z")
        sess = started(tf)
        saver = tf.train.Saver()
        checkpoint = saver.save(sess, d("m"))
        tf.train.write_graph(tf.get_default_graph(), d(), "graph.pbtxt")
        tf.train.write_graph(tf.get_default_graph(), d(), "graph.pb", as_text=False)
        tf.train.write_graph(saver.as_saver_def(), d(), "saver.pbtxt")
        tf.saved_model.simple_save(sess, d("model"), {"x": x}, {"z": tf.identity(y, "q")})

    found = {}
    for label, arguments in {
        "text": dict(input_graph=d("graph.pbtxt")),
        "binary": dict(input_graph=d("graph.pb"), input_binary=True),
        "saver": dict(input_graph=d("graph.pbtxt"), input_saver=d("saver.pbtxt")),
        "meta graph": dict(input_meta_graph=d("m.meta"), input_binary=True),
        "saved model": dict(input_saved_model_dir=d("model")),
        "without": dict(input_graph=d("graph.pbtxt"), variable_names_blacklist="r/r"),
        "only": dict(input_graph=d("graph.pbtxt"), variable_names_whitelist="w"),
        "initialized": dict(input_graph=d("graph.pbtxt"), initializer_nodes="w/Assign, r/r/Assign"),
        "no checkpoint": dict(input_graph=d("graph.pbtxt"), input_checkpoint=d("x")),
        "no graph": dict(input_graph=d("x")),
        "no output": dict(input_graph=d("graph.pbtxt"), output_node_names=""),
        "other output": dict(input_graph=d("graph.pbtxt"), output_node_names="other"),
    }.items():
        complete = dict(
            input_graph="",
            input_saver="",
            input_binary=False,
            input_checkpoint=checkpoint,
            output_node_names="z",
            restore_op_name=None,
            filename_tensor_name=None,
            output_graph=d("frozen.pb"),
            clear_devices=True,
            initializer_nodes="",
        )
        complete.update(arguments)
        with tf.Graph().as_default():
            try:
                result = freeze.freeze_graph(**complete)
            except Exception as error:
                found[label] = d.hide("%s: %s" % (type(error).__name__, error))  # noqa: UP031
                continue
            found[label] = [[n.name, n.op, list(n.input)] for n in result.node]
        with tf.Graph().as_default(), tf.Session() as sess:
            tf.import_graph_def(result, name="")
            found[label + " value"] = tried(sess.run, "z:0", {"x:0": [[1, 1]]})[:60]
    found["file"] = os.path.exists(d("frozen.pb"))
    return found


@case
def fused_nodes(tf, module):
    def fused(edges, inputs, outputs):
        graph_def = tf.GraphDef()
        for name, sources in edges:
            graph_def.node.add(name=name, op="Op1", input=sources)
        made = tf.contrib.framework.fuse_op(graph_def, inputs, outputs, [1, 9], True, "F", "Op2")
        return [[n.name, n.op, list(n.input), sorted(n.attr)] for n in made.node]

    line = [("a", []), ("b", ["a"]), ("c", ["b", "c"]), ("d", ["c"]), ("e", ["d"])]
    return {
        "line": tried(fused, line, ["a"], ["d"]),
        "two": tried(fused, line + [("a1", []), ("f", ["c"])], ["a", "a1"], ["d", "f"]),
        "from outside": tried(
            fused, [("o", []), ("a", ["o"]), ("b", ["a", "o"]), ("c", ["b"])], ["a"], ["c"]
        ),
        "missing": tried(fused, line, ["x"], ["d"]),
        "text": tried(fused, line, "a", ["d"]),
        "no graph": tried(tf.contrib.framework.fuse_op, None, ["a"], ["b"], [], True, "F", "O"),
        "library": tried(
            fused, [("b", ["a"]), ("a", []), ("d", ["b"]), ("z", ["a"])], ["a"], ["d"]
        ),
    }
