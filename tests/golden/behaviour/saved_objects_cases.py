"""Objects in SavedModels: written, read, called, trained, written again; graphs read as objects."""

import os
import re

import numpy as np
from outcomes import Cases, plain, tried
from saver_cases import Folder

CASES = Cases()
case = CASES.case
FLOAT = "float32"


def eagerly(function):
    """The case, with eager execution."""

    def run(tf, module):
        with module("python.eager.context").eager_mode():
            return function(tf, module)

    run.__name__ = function.__name__
    CASES[function.__name__] = run
    return run


def proto(module, folder):
    """The SavedModel message's graph."""
    loader = module("python.saved_model.loader_impl")
    return loader.parse_saved_model(folder).meta_graphs[0]


def unnumbered(text):
    """A text without the numbers of functions, of loads and of eager tensors."""
    text = re.sub(r"(__inference_[\w<>]+?)_\d+", r"\1_N", text)
    return re.sub(r"id=\d+", "id=N", text)


def message(call, *args, **kwargs):
    """The last line of an error's text: AutoGraph says before it where it was."""
    try:
        return str(call(*args, **kwargs))
    except Exception as error:
        lines = str(error).strip().split("\n")
        text = next((x.strip() for x in lines if type(error).__name__ in x), lines[0])
        name = type(error).__name__
        return unnumbered(plain(name + ": " + text.replace(name + ": ", "")))


def values(mapping):
    return [[k, np.asarray(v).tolist()] for k, v in sorted(mapping.items())]


def written(tf, d):
    """The folder of a module with everything that can be part of one."""
    with open(d("words.txt"), "w") as f:
        f.write("one\ntwo\nthree\n")
    initializers = tf.lookup

    class Everything(tf.Module):
        def __init__(self):
            super().__init__()
            self.w = tf.Variable([[1.0, 2.0], [3.0, 4.0]], name="w")
            self.bias = tf.constant(5.0)
            self.several = [tf.Variable(1.0), tf.Variable(2.0)]
            self.named = {"a": tf.Variable(7)}
            self.count = tf.Variable(0, trainable=False)
            words = initializers.TextFileInitializer(
                d("words.txt"),
                tf.string,
                initializers.TextFileIndex.WHOLE_LINE,
                tf.int64,
                initializers.TextFileIndex.LINE_NUMBER,
            )
            self.words = initializers.StaticHashTable(words, -1)
            pairs = initializers.KeyValueTensorInitializer(
                tf.constant([1, 2], tf.int64), tf.constant([10, 20], tf.int64)
            )
            self.numbers = initializers.StaticHashTable(pairs, -1)

        @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, name="x")])
        def apply(self, x):
            self.count.assign_add(1)
            y = tf.matmul(x, self.w) + self.bias
            return {"y": y, "z": self.several[0] * self.several[1]}

        @tf.function
        def times(self, x, k=2, plus=False):
            return x + self.w if plus else x * k

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def look(self, words):
            return self.numbers.lookup(self.words.lookup(words))

        @tf.function
        def derivative(self, x):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(self.apply(x)["y"] ** 2)
            return tape.gradient(loss, self.w)

        @tf.function(input_signature=[tf.TensorSpec([], tf.int32)])
        def summed(self, n):
            i, total = tf.constant(0), tf.constant(0)
            while i < n:
                total += i
                i += 1
            return total

    made = Everything()
    made.times(tf.constant(2.0))
    made.times(tf.constant([[2.0]]), k=3)
    made.times(tf.constant(1.0), plus=True)
    made.derivative(tf.ones([1, 2]))
    made.w.assign_add([[0.0, 0.0], [1.0, 1.0]])
    tf.saved_model.save(made, d("model"), signatures=made.apply)
    return d("model")


def outcomes_of(tf, loaded):
    """What the functions of the module give."""
    x = tf.constant([[1.0, 1.0]])
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(loaded.apply(x)["y"])
    return {
        "apply": values(loaded.apply([[1.0, 1.0]])),
        "by name": values(loaded.apply(x=[[1.0, 1.0]])),
        "count": int(loaded.count.numpy()),
        "times": float(loaded.times(tf.constant(2.0))),
        "another trace": loaded.times(tf.constant([[2.0]]), k=3).numpy().tolist(),
        "plus": loaded.times(tf.constant(1.0), plus=True).numpy().tolist(),
        "look": loaded.look(tf.constant(["two", "x", "three"])).numpy().tolist(),
        "loop": int(loaded.summed(tf.constant(5))),
        "gradient inside": loaded.derivative(tf.ones([1, 2])).numpy().tolist(),
        "gradient": tape.gradient(loss, loaded.w).numpy().tolist(),
        "signatures": list(loaded.signatures),
        "signature": values(loaded.signatures["serving_default"](x)),
        "specs": str(loaded.signatures["serving_default"].structured_input_signature),
        "list": [type(loaded.several).__name__, [float(v.numpy()) for v in loaded.several]],
        "dict": [type(loaded.named).__name__.strip("_"), int(loaded.named["a"].numpy())],
        "variable": [loaded.w.name, loaded.w.trainable, str(loaded.w.shape)],
        "not trainable": loaded.count.trainable,
        "attributes": sorted(name for name in vars(loaded) if name[0] != "_"),
    }


@eagerly
def everything(tf, module):
    d = Folder()
    folder = written(tf, d)
    load = tf.compat.v2.saved_model.load
    found = outcomes_of(tf, load(folder))
    again = load(folder)
    signature = again.signatures["serving_default"]
    tf.saved_model.save(again, d("again"), signatures={"other": signature})
    other = load(d("again"))
    found["again"] = values(other.apply([[1.0, 1.0]]))
    found["again signatures"] = list(other.signatures)
    found["again look"] = other.look(tf.constant(["one", "two"])).numpy().tolist()
    found["no trace"] = message(again.times, tf.constant(1.0), k=9)
    found["tags"] = message(load, folder, tags=["other"]).replace(folder, "FOLDER")
    found["its tag"] = type(load(folder, tags="serve")).__name__.strip("_")
    found["no folder"] = message(load, "/nothing")
    found["files"] = sorted(
        os.path.relpath(os.path.join(path, name), folder)
        for path, _, names in os.walk(folder)
        for name in names
    )
    return found


@eagerly
def graph_of_objects(tf, module):
    """The nodes and messages that are written."""
    d = Folder()
    meta_graph = proto(module, written(tf, d))
    signature = meta_graph.signature_def["serving_default"]
    objects = meta_graph.object_graph_def
    library = meta_graph.graph_def.library.function
    apply_fn = next(f for f in library if "__inference_apply" in f.signature.name)
    return {
        "nodes": [n.name + " " + n.op for n in meta_graph.graph_def.node],
        "objects": [
            [n.WhichOneof("kind"), n.user_object.identifier, [c.local_name for c in n.children]]
            for n in objects.nodes
        ],
        "bound": [
            unnumbered(k) + str([len(v.bound_inputs)])
            for k, v in sorted(objects.concrete_functions.items())
            if "apply" in k or "look" in k
        ],
        "inputs": [[k, v.name] for k, v in sorted(signature.inputs.items())],
        "outputs": [[k, v.name] for k, v in sorted(signature.outputs.items())],
        "method": signature.method_name,
        "saver": re.sub(r"\s+", " ", str(meta_graph.saver_def)),
        "files": [a.filename + " " + a.tensor_info.name for a in meta_graph.asset_file_def],
        "collections": sorted(meta_graph.collection_def),
        "tags": list(meta_graph.meta_info_def.tags),
        "shapes of a function": re.sub(r"\s+", " ", str(apply_fn.attr["_input_shapes"])),
    }


@eagerly
def in_graphs(tf, module):
    """SavedModels of objects where nodes are built."""
    folder = written(tf, Folder())
    found = {}
    with tf.Graph().as_default(), tf.compat.v1.Session() as s:
        meta_graph = tf.compat.v1.saved_model.load(s, ["serve"], folder)
        signature = meta_graph.signature_def["serving_default"]
        fetched = {k: v.name for k, v in signature.outputs.items()}
        found["by name"] = values(s.run(fetched, {"serving_default_x:0": [[1.0, 1.0]]}))
    with tf.Graph().as_default() as g, tf.compat.v1.Session() as s:
        loaded = tf.compat.v2.saved_model.load(folder)
        y = loaded.apply(tf.constant([[1.0, 1.0]]))["y"]
        looked = loaded.look(tf.constant(["three", "two"]))
        s.run([tf.compat.v1.global_variables_initializer(), tf.compat.v1.tables_initializer()])
        found["objects"] = [a.tolist() for a in s.run([y, looked])]
        found["shape"] = str(y.shape)
        found["variables"] = [v.name for v in tf.compat.v1.global_variables()]
        found["some nodes"] = [n.name for n in g.as_graph_def().node][:12]
    return found


@case
def built_in_a_graph(tf, module):
    d = Folder()
    found = {}
    with tf.Graph().as_default() as g, tf.Session() as s:
        made = tf.Module()
        made.v = tf.Variable(3.0, use_resource=True)
        spec = [tf.TensorSpec([], tf.float32)]
        made.f = tf.function(lambda x: x * made.v, input_signature=spec)
        s.run(tf.global_variables_initializer())
        s.run(made.v.assign(4.0))
        tf.saved_model.save(made, d("model"))
        found["nodes"] = [n.name for n in g.as_graph_def().node]
    with tf.Graph().as_default() as g, tf.Session() as s:
        loaded = tf.compat.v2.saved_model.load(d("model"))
        y = loaded.f(2.0)
        z = loaded.signatures["serving_default"](tf.constant(3.0))
        s.run(loaded.v.initializer)
        found["loaded"] = [str(y), str(loaded.v), [float(v) for v in s.run([y, z["output_0"]])]]
        found["loaded nodes"] = [n.name for n in g.as_graph_def().node]
    with tf.Graph().as_default():
        made = tf.Module()
        made.v = tf.Variable(3.0)
        made.f = tf.function(lambda x: x * made.v, input_signature=spec)
        found["reference variable"] = message(tf.saved_model.save, made, d("other"))
    return found


@eagerly
def refused(tf, module):
    d = Folder()
    save = tf.saved_model.save
    spec = [tf.TensorSpec([], tf.float32)]

    def module_with(function, **attributes):
        made = tf.Module()
        made.f = function
        for name, value in attributes.items():
            setattr(made, name, value)
        return made

    outside = tf.Variable(1.0)
    any_argument = module_with(tf.function(lambda x: x))
    untracked = module_with(tf.function(lambda x: x + outside, input_signature=spec))
    nested = module_with(tf.function(lambda x: {"a": [x]}, input_signature=spec))
    deep = module_with(tf.function(lambda x: [[x]], input_signature=spec))
    several = module_with(tf.function(lambda *x: x[0] + x[1], input_signature=spec * 2))

    def saving():
        save(tf.Module(), d("inside"))
        return tf.constant(1)

    found = {
        "no object": message(save, 3, d("a")),
        "no input signature": message(save, any_argument, d("b"), any_argument.f),
        "untracked": message(save, untracked, d("c")),
        "reserved": message(save, module_with(None, signatures=tf.Module()), d("d")),
        "nested dict": message(save, nested, d("e"), nested.f),
        "nested list": message(save, deep, d("f"), {"key": deep.f}),
        "nested without signature": message(save, nested, d("g")),
        "in a function": message(tf.function(saving)),
    }
    save(several, d("h"), several.f)
    inputs = proto(module, d("h")).signature_def["serving_default"].inputs
    found["arguments"] = [[k, inputs[k].name] for k in sorted(inputs)]
    loaded = tf.compat.v2.saved_model.load(d("h"))
    signature = loaded.signatures["serving_default"]
    found["by position"] = message(signature, tf.constant(1.0), tf.constant(2.0))
    return found


@eagerly
def kinds_of_arguments(tf, module):
    d = Folder()
    made = tf.Module()
    made.ragged = tf.function(lambda r: (r, tf.sparse.from_dense([[0, 1]])))
    made.ragged(tf.ragged.constant([[1], [2, 3]]))
    made.nothing = tf.function(lambda: None)
    made.nothing()
    made.keywords = tf.function(lambda a, b=None, **k: (a["x"], k))
    made.keywords({"x": tf.constant(1)}, q=2)
    made.concrete = tf.function(lambda x, y: x - y).get_concrete_function(
        tf.TensorSpec([], tf.float32), tf.TensorSpec([], tf.float32)
    )
    made.weights = tf.keras.layers.Dense(2, kernel_initializer="ones")
    made.weights(tf.ones([1, 3]))
    tf.saved_model.save(made, d("model"))
    loaded = tf.compat.v2.saved_model.load(d("model"))
    ragged, sparse = loaded.ragged(tf.ragged.constant([[1], [2, 3]]))
    a, k = loaded.keywords({"x": tf.constant(4)}, q=2)
    minus = loaded.concrete
    return {
        "ragged": [type(ragged).__name__, type(sparse).__name__, ragged.to_list()],
        "nothing": str(loaded.nothing()),
        "keywords": [int(a), [[name, int(v)] for name, v in k.items()]],
        "concrete": float(minus(tf.constant(3.0), y=tf.constant(1.0))),
        "layer": [loaded.weights.kernel.numpy().tolist(), type(loaded.weights).__name__.strip("_")],
    }


@eagerly
def optimizers(tf, module):
    d = Folder()
    made = tf.Module()
    made.v = tf.Variable([1.0, 2.0], name="v")
    made.optimizer = tf.keras.optimizers.Adam(0.1)
    made.optimizer.apply_gradients([(tf.constant([1.0, 1.0]), made.v)])
    tf.saved_model.save(made, d("model"))
    loaded = tf.compat.v2.saved_model.load(d("model"))
    optimizer = loaded.optimizer
    return {
        "kind": type(optimizer).__name__,
        "variable": np.round(loaded.v.numpy(), 4).tolist(),
        "weights": [[w.name, np.round(w.numpy(), 4).tolist()] for w in optimizer.weights],
        "slot": np.round(optimizer.get_slot(loaded.v, "m").numpy(), 4).tolist(),
        "steps": int(optimizer._hyper["iter"].numpy()),
        "rate": round(float(optimizer._hyper["learning_rate"].numpy()), 4),
        "config": message(optimizer.get_config),
    }


def older(tf, d):
    """The folder of a graph with variables of both kinds, a local one and a table."""
    with open(d("words.txt"), "w") as f:
        f.write("one\ntwo\n")
    with tf.Graph().as_default(), tf.Session() as s:
        x = tf.placeholder(tf.float32, [None], name="x")
        reference = tf.get_variable("reference", initializer=2.0)
        resource = tf.get_variable("resource", initializer=2.0, use_resource=True)
        local = tf.Variable(5.0, collections=["local_variables"], use_resource=True)
        y = tf.identity(x * reference + resource, name="y")
        outputs = {"y": y, "z": tf.identity(y + local, name="z")}
        s.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        s.run([reference.assign(10.0), resource.assign(1.0)])
        tf.saved_model.simple_save(s, d("older"), {"x": x}, outputs)
    return d("older")


@case
def graphs_in_graphs(tf, module):
    folder = older(tf, Folder())
    with tf.Session() as s:
        loaded = tf.compat.v2.saved_model.load(folder)
        made = loaded.signatures["serving_default"](x=tf.constant([1.0]))
        s.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        s.run(tf.tables_initializer())
        return {
            "signature": values(s.run(made)),
            "variables": [v.name for v in loaded.variables],
            "global": [v.name for v in tf.global_variables()],
            "local": [v.name for v in tf.local_variables()],
        }


@eagerly
def graphs_as_objects(tf, module):
    d = Folder()
    folder = older(tf, d)
    load = tf.compat.v2.saved_model.load
    loaded = load(folder)
    function = loaded.signatures["serving_default"]
    pruned = loaded.prune("x:0", "y:0")
    return {
        "signature": values(function(tf.constant([1.0]))),
        "variables": [[v.name, float(v.numpy())] for v in loaded.variables],
        "pruned": pruned(tf.constant([2.0])).numpy().tolist(),
        "attributes": sorted(name for name in vars(loaded) if name[0] != "_"),
        "structure": sorted(str(t) for t in function.structured_outputs.values()),
        "tags": message(load, folder, tags=["other"]).split("could")[0],
    }


@case
def names_of_loads(tf, module):
    d = Folder()
    folder = older(tf, d)
    return {
        "here": tf.saved_model.contains_saved_model(folder),
        "not here": tf.saved_model.contains_saved_model(d("nothing")),
        "version 1": tried(lambda: tf.saved_model.load is tf.saved_model.loader.load),
        "version 2": tried(lambda: tf.saved_model.load_v2 is tf.compat.v2.saved_model.load),
        "experimental": tried(lambda: tf.saved_model.experimental.save is tf.saved_model.save),
    }
