"""Keras models as SavedModels of objects: what is written, read again, trained on."""

import json
import re

import numpy as np
from outcomes import Cases, Lines, tried
from saved_objects_cases import message, proto, unnumbered
from saver_cases import Folder

CASES = Cases()
case = CASES.case


def both(function):
    """The case in a graph, and with eager execution."""
    CASES[function.__name__ + "_graph"] = function

    def run(tf, module):
        with module("python.eager.context").eager_mode():
            tf.keras.backend.clear_session()  # so that names begin anew
            return function(tf, module)

    CASES[function.__name__ + "_eager"] = run


def settle(model):
    """Gives a model weights that are known."""
    model.set_weights(
        [
            (0.5 + np.cos(np.arange(w.size) + i).reshape(w.shape) / 3).astype(w.dtype)
            for i, w in enumerate(model.get_weights())
        ]
    )
    return model


def rounded(value):
    if isinstance(value, (list, tuple)):
        return [rounded(v) for v in value]
    return np.round(np.asarray(value, "float64"), 4).tolist()


def flat(value):
    return [x for v in value for x in flat(v)] if isinstance(value, list) else [value]


def data(*shapes):
    made = [np.sin(np.arange(np.prod(s)).reshape(s)).astype("float32") for s in shapes]
    return made[0] if len(made) == 1 else made


def walk(objects):
    """What a SavedModel has, by path; what is there twice, at the first path only."""
    found, seen, waiting = {}, {}, [("root", 0)]
    while waiting:
        path, number = waiting.pop(0)
        if number in seen:
            found[path] = "as " + seen[number]
            continue
        seen[number] = path
        node = objects.nodes[number]
        kind = node.WhichOneof("kind")
        text = kind
        if kind == "user_object":
            text = node.user_object.identifier
            if node.user_object.metadata:
                text += " " + json.dumps(json.loads(node.user_object.metadata), sort_keys=True)
        elif kind == "variable":
            text += " %s %s" % (node.variable.name, node.variable.trainable)  # noqa: UP031
        elif kind == "function":
            functions = [objects.concrete_functions[f] for f in node.function.concrete_functions]
            captured = sorted({len(f.bound_inputs) for f in functions})
            spec = node.function.function_spec
            names = [
                v.string_value
                for pair in spec.fullargspec.named_tuple_value.values
                if pair.key in ("args", "kwonlyargs")
                for v in pair.value.list_value.values
            ]
            text += " %s %s" % (captured, names)  # noqa: UP031
        elif kind == "bare_concrete_function":
            text += " %s" % list(node.bare_concrete_function.argument_keywords)  # noqa: UP031
        found[path] = text
        slots = [
            s.slot_name + " " + str(seen.get(s.original_variable_node_id))
            for s in node.slot_variables
        ]
        if slots:
            found[path + " slots"] = sorted(slots)
        children = sorted((c.local_name, c.node_id) for c in node.children)
        waiting += [(path + "." + name, child) for name, child in children]
    return found


def written(module, folder):
    meta_graph = proto(module, folder)
    found = walk(meta_graph.object_graph_def)
    for key, signature in sorted(meta_graph.signature_def.items()):
        for name, tensor in [*sorted(signature.inputs.items()), *sorted(signature.outputs.items())]:
            shape = [d.size for d in tensor.tensor_shape.dim]
            found["signature %s %s" % (key, name)] = "%s %s" % (tensor.name, shape)  # noqa: UP031
    # TensorFlow makes some functions twice, and those of models also with all nodes inside.
    root = json.loads(meta_graph.object_graph_def.nodes[0].user_object.metadata or "{}")
    nodes = {}
    for function in meta_graph.graph_def.library.function:
        key = re.sub(r"_\d+$", "", function.signature.name)
        nodes.setdefault(key, []).append([n.op for n in function.node_def])
    for key, ops in nodes.items():
        others = ("__forward", "__backward", "_%s_layer_call_" % root.get("name"))  # noqa: UP031
        if not any(part in key for part in others):
            found["nodes of " + key] = sorted({" ".join(n) for n in ops})
    return found


def used(tf, model, x, y=None):
    """What a model gives, and what it is."""
    found = {
        "predict": rounded(model.predict(x)),
        "class": type(model).__name__,
        "layers": [[type(layer).__name__, layer.name] for layer in model.layers],
        "variables": [v.name for v in model.variables],
        "trainable": [v.name for v in model.trainable_variables],
        "inputs": [[n, str(t.shape)] for n, t in zip(model.input_names, model.inputs)],  # noqa: B905
        "outputs": [str(t.shape) for t in model.outputs],
        "losses": len(model.losses),
        "optimizer": type(model.optimizer).__name__,
        "metrics": model.metrics_names,
        "config": message(lambda: json.dumps(model.get_config(), sort_keys=True, default=str)),
    }
    if y is not None:
        found["evaluate"] = rounded(model.evaluate(x, y, verbose=0))
    return found


def again(tf, d, model, x, y=None, module=None):
    """Writes a model and reads it."""
    model.save(d("model"), save_format="tf")
    before = rounded(model.predict(x))
    found = written(module, d("model")) if module else {}
    found.update(used(tf, tf.keras.models.load_model(d("model")), x, y))
    found["same"] = bool(np.allclose(*map(flat, (before, found["predict"])), atol=2e-4))
    return found


@both
def sequential(tf, module):
    keras = tf.keras
    layers, l2 = keras.layers, keras.regularizers.l2
    model = keras.Sequential(
        [
            layers.Dense(3, "relu", input_shape=(4,), kernel_regularizer=l2(0.1)),
            layers.Dropout(0.5),
            layers.BatchNormalization(),
            layers.Dense(2, activity_regularizer=l2(0.01)),
        ]
    )
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    settle(model)
    x, y = data((6, 4), (6, 2))
    model.train_on_batch(x, y)
    settle(model)
    return again(tf, Folder(), model, x, y, module)


@both
def functional(tf, module):
    layers = tf.keras.layers
    one, two = tf.keras.Input((3,), name="one"), tf.keras.Input((2,), name="two")
    x = layers.concatenate([layers.Dense(4, activation="tanh")(one), two])
    a, b = layers.Dense(1, name="a")(x), layers.Dense(2, name="b", use_bias=False)(x)
    model = tf.keras.Model([one, two], [a, b], name="both")
    model.compile("sgd", ["mse", "mae"], loss_weights=[1.0, 0.5])
    settle(model)
    return again(tf, Folder(), model, data((4, 3), (4, 2)), data((4, 1), (4, 2)), module)


@both
def recurrent(tf, module):
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [
            layers.Embedding(5, 3, input_length=4),
            layers.LSTM(2, return_sequences=True),
            layers.GRU(2),
            layers.Dense(1),
        ]
    )
    settle(model)
    return again(tf, Folder(), model, np.array([[1, 2, 3, 4], [0, 4, 2, 2]]))


@both
def convolution(tf, module):
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [
            layers.Conv2D(2, 3, padding="same", input_shape=(5, 5, 1)),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile("rmsprop", "categorical_crossentropy", metrics=["accuracy"])
    settle(model)
    return again(tf, Folder(), model, data((3, 5, 5, 1)), np.eye(2, dtype="f")[[0, 1, 1]])


def own_model(tf):
    class Own(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.first = tf.keras.layers.Dense(3)
            self.others = [tf.keras.layers.Dense(2), tf.keras.layers.Dense(2)]
            self.scale = tf.Variable(2.0, name="scale", use_resource=True)

        def call(self, inputs, training=None):
            x = self.first(inputs)
            for layer in self.others:
                x = layer(x)
            self.add_loss(tf.reduce_sum(x), inputs=inputs)
            return x * self.scale

        @tf.function(input_signature=[tf.TensorSpec([], tf.float32)])
        def twice(self, x):
            return x * 2.0 * self.scale

    return Own()


@both
def subclassed(tf, module):
    model = own_model(tf)
    d = Folder()
    refused = d.hide(unnumbered(tried(model.save, d("no"), save_format="tf").split(" cannot")[-1]))
    model.compile("sgd", "mse")
    x, y = data((4, 3), (4, 2))
    model.train_on_batch(x, y)
    settle(model)
    found = again(tf, d, model, x, y, module)
    found["not called"] = refused
    return found


@both
def own_function(tf, module):
    d = Folder()
    model = own_model(tf)
    x = data((4, 3))
    expected = rounded(model.predict(x))
    tf.saved_model.save(model, d("model"))
    if not tf.executing_eagerly():
        loaded = tf.keras.models.load_model(d("model"))
        return {"same": rounded(loaded.predict(x)) == expected}
    loaded = tf.keras.models.load_model(d("model"))
    plainly = tf.compat.v2.saved_model.load(d("model"))
    return {
        "its function": float(loaded.twice(tf.constant(1.5))),
        "an object": float(plainly.twice(tf.constant(1.5))),
        "kind": type(plainly).__name__.strip("_"),
        "signature": sorted(plainly.signatures["serving_default"].structured_outputs),
        "api": sorted(n for n in vars(plainly.keras_api) if n[0] != "_" or n == "__call__"),
        "called": rounded(plainly(tf.ones([1, 3]))) == rounded(model(tf.ones([1, 3]))),
        "losses": [len(plainly.call_and_return_all_conditional_losses(tf.ones([1, 3]))[1])],
    }


@both
def own_layer(tf, module):
    class Scaled(tf.keras.layers.Layer):
        def build(self, shape):
            self.w = self.add_weight("w", [int(shape[-1])], initializer="ones")
            super().build(shape)

        def call(self, inputs, training=False, factor=2.0):
            if training:
                return inputs * self.w * factor
            return inputs + self.w

    inputs = tf.keras.Input((2,))
    model = tf.keras.Model(inputs, Scaled(name="scaled")(inputs))
    settle(model)
    return again(tf, Folder(), model, data((3, 2)), module=module)


@both
def continued(tf, module):
    """A model that was read is trained, saved, read."""
    d = Folder()
    inputs = tf.keras.Input((3,))
    model = tf.keras.Model(inputs, tf.keras.layers.Dense(1)(inputs))
    model.compile(tf.keras.optimizers.SGD(0.1), "mse")
    settle(model)
    x, y = data((4, 3), (4, 1))
    model.save(d("one"), save_format="tf")
    loaded = tf.keras.models.load_model(d("one"))
    found = {"before": rounded(loaded.predict(x))}
    if tf.executing_eagerly():
        # Under TensorFlow graphs with calls that have run cannot be trained.
        loaded.fit(x, y, epochs=3, verbose=0)
        model.fit(x, y, epochs=3, verbose=0)
        found["after"] = rounded(loaded.predict(x))
        found["as the first"] = found["after"] == rounded(model.predict(x))
    loaded.save(d("two"), save_format="tf")
    found["again"] = rounded(tf.keras.models.load_model(d("two")).predict(x))
    found.update(written(module, d("two")))
    loaded.save_weights(d("weights"))
    found["weights"] = sorted(n for n, _ in tf.train.list_variables(d("weights")))
    return found


@both
def choices(tf, module):
    d = Folder()
    inputs = tf.keras.Input((3,))
    model = tf.keras.Model(inputs, tf.keras.layers.Dense(1)(inputs))
    model.compile("adam", "mse")
    settle(model)
    x, y = data((4, 3), (4, 1))
    model.train_on_batch(x, y)
    tf.keras.models.save_model(model, d("one"), include_optimizer=False, save_format="tf")
    model.save(d("two"), save_format="tf")
    load = tf.keras.models.load_model
    loaded = load(d("two"), compile=False)
    found = {
        "no optimizer": sorted(walk(proto(module, d("one")).object_graph_def)),
        "still one": type(model.optimizer).__name__,
        "not compiled": type(load(d("one")).optimizer).__name__,
        "compile": type(loaded.optimizer).__name__,
        "evaluate": message(loaded.evaluate, x, y),
        "no folder": d.hide(message(load, d("nothing"))),
        "no path": message(load, 3),
        "ending": message(model.save, d("a.h5"), save_format="tf"),
        "is a file": d.files()[0],
    }
    function = tf.function(
        lambda x: {"out": model(x)}, input_signature=[tf.TensorSpec([None, 3], tf.float32, "x")]
    )
    model.save(d("three"), save_format="tf", signatures={"mine": function})
    found["signatures"] = sorted(proto(module, d("three")).signature_def)
    return found


@both
def warned(tf, module):
    """Layers that cannot be written whole."""
    d, lines, log = Folder(), Lines(), module("python.platform.tf_logging")
    root = tf.Module()
    root.unbuilt = tf.keras.layers.Dense(2)
    root.model = type("Own", (tf.keras.Model,), {"call": lambda self, x: x})()
    root.built = tf.keras.layers.Dense(2, name="built")
    root.built(tf.ones([1, 3]))
    if not tf.executing_eagerly():
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            with_log(log, lines, lambda: tf.saved_model.save(root, d("model")))
    else:
        with_log(log, lines, lambda: tf.saved_model.save(root, d("model")))
    found = {"log": [line.split(" <")[0] for line in lines.found if "Skip" in line]}
    found.update(written(module, d("model")))
    return found


def with_log(log, lines, call):
    logger = log.get_logger() if hasattr(log, "get_logger") else log._get_logger()
    logger.addHandler(lines)
    try:
        call()
    finally:
        logger.removeHandler(lines)


@case
def as_graph(tf, module):
    """The SavedModel of a model, in a session."""
    d = Folder()
    inputs = tf.keras.Input((3,))
    model = tf.keras.Model(inputs, tf.keras.layers.Dense(1, name="last")(inputs))
    settle(model)
    x = data((4, 3))
    found = {"predict": rounded(model.predict(x))}
    model.save(d("model"), save_format="tf")
    with tf.Graph().as_default(), tf.Session() as session:
        meta_graph = tf.saved_model.loader.load(session, ["serve"], d("model"))
        signature = meta_graph.signature_def["serving_default"]
        feeds = {signature.inputs["input_1"].name: x}
        found["run"] = rounded(session.run(signature.outputs["last"].name, feeds))
        found["names"] = [signature.inputs["input_1"].name, signature.outputs["last"].name]
    return found
