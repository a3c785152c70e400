"""tf.keras models as configurations and JSON, and models made of these."""

import json

from outcomes import Cases, tried

CASES = Cases()
case = CASES.case


def sequential(keras):
    return keras.Sequential(
        [
            keras.layers.Conv2D(3, (2, 2), activation="relu", input_shape=(5, 4, 1)),
            keras.layers.MaxPooling2D(),
            keras.layers.BatchNormalization(),
            keras.layers.Flatten(),
            keras.layers.Dense(2, kernel_regularizer="l2", activation="softmax"),
        ],
        name="images",
    )


def functional(keras):
    x, z = keras.Input((4,), name="x"), keras.Input((4,), name="z")
    shared = keras.layers.Dense(3, name="shared")
    h = keras.layers.concatenate([shared(x), shared(z)])
    inner_x = keras.Input((6,))
    inner = keras.Model(inner_x, keras.layers.Dense(2)(inner_x), name="inner")
    y = inner(h)
    dropped = keras.layers.Dropout(0.5)(y, training=True)
    return keras.Model([x, z], [dropped, keras.layers.add([y, dropped])])


def recurrent(keras):
    return keras.Sequential(
        [
            keras.layers.Embedding(9, 4, mask_zero=True, input_length=7),
            keras.layers.LSTM(3, return_sequences=True),
            keras.layers.RNN(keras.layers.GRUCell(2)),
        ]
    )


def facts(tf, make):
    with tf.Graph().as_default():
        model = make(tf.keras)
        text = model.to_json()
        found = {"json": json.loads(text), "keys": list(json.loads(text))}
        config = json.dumps(model.get_config(), default=str)
    with tf.Graph().as_default():
        again = tf.keras.models.model_from_json(text)
        found["same"] = json.dumps(again.get_config(), default=str) == config
        found["weights"] = [[v.name, v.shape.as_list()] for v in again.weights]
        found["outputs"] = [x.name for x in again.outputs]
        found["inputs"] = [x.name for x in again.inputs]
    return found


@case
def models(tf, module):
    return {make.__name__: facts(tf, make) for make in (sequential, functional, recurrent)}


@case
def own_classes(tf, module):
    keras = tf.keras

    class Twice(keras.layers.Layer):
        def call(self, inputs):
            return inputs * 2

    text = keras.Sequential([Twice(input_shape=(3,))]).to_json()
    model = keras.models.model_from_json(text, {"Twice": Twice})
    with keras.utils.CustomObjectScope({"Twice": Twice}):
        scoped = keras.models.model_from_config(json.loads(text))
    layer = keras.layers.Dense(3, activation=Twice.call)
    return {
        "output": model.output.name,
        "scoped": type(scoped.layers[0]).__name__,
        "unknown": tried(keras.models.model_from_json, text),
        "list": tried(keras.models.model_from_config, []),
        "function": layer.get_config()["activation"],
        "layer": tried(keras.layers.serialize, keras.layers.Flatten(name="f")),
        "made": keras.layers.deserialize(
            {"class_name": "BatchNormalizationV1", "config": {"name": "bn"}}
        ).name,
        "of list": keras.Sequential.from_config(
            [{"class_name": "Dense", "config": {"units": 2, "batch_input_shape": (None, 3)}}]
        ).output_shape,
    }


@case
def subclassed(tf, module):
    class Own(tf.keras.Model):
        def call(self, x):
            return x

    return {"config": tried(Own().get_config), "json": tried(Own().to_json)}
