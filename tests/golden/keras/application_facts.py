"""What is compared of the models of tf.keras.applications: layers, names, shapes, connections."""

import hashlib
import json

SMALL = {"weights": None, "classes": 7, "input_shape": (96, 96, 3)}
MODELS = {
    name: {"weights": None}
    for name in (
        "DenseNet121",
        "DenseNet169",
        "DenseNet201",
        "InceptionResNetV2",
        "InceptionV3",
        "MobileNet",
        "MobileNetV2",
        "NASNetLarge",
        "NASNetMobile",
        "ResNet50",
        "ResNet101",
        "ResNet152",
        "ResNet50V2",
        "ResNet101V2",
        "ResNet152V2",
        "VGG16",
        "VGG19",
        "Xception",
    )
}
VARIANTS = {
    "VGG16": dict(SMALL, include_top=False, pooling="avg"),
    "ResNet50": dict(SMALL, include_top=False, pooling="max"),
    "MobileNet": dict(SMALL, alpha=0.5, depth_multiplier=2, dropout=0.2),
    "MobileNetV2": dict(SMALL, alpha=1.3, include_top=False),
    "InceptionV3": {"weights": None, "include_top": False, "pooling": "avg"},
    "Xception": dict(SMALL, include_top=False, pooling="max"),
    "DenseNet121": dict(SMALL, include_top=False, pooling="avg"),
    "NASNetMobile": dict(SMALL, include_top=False, pooling="avg"),
}


def digest(value):
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def plain(config):
    """A layer's configuration without bytecode, which is each Python's own."""
    found = {k: v for k, v in config.items() if k not in ("function", "module")}
    if "arguments" in found:  # a wrapped dict, which JSON does not take
        found["arguments"] = dict(found["arguments"])
    return found


def facts(model):
    config = model.get_config()
    layers = [
        [layer["name"], layer["class_name"], digest(plain(layer["config"]))]
        for layer in config["layers"]
    ]
    classes = [kind.replace("BatchNormalizationV1", "BatchNormalization") for _, kind, _ in layers]
    return {
        "name": model.name,
        "layers": len(layers),
        "names": digest([name for name, _, _ in layers]),
        "classes": digest(classes),
        "configs": digest([found for _, _, found in layers]),
        "calls": digest([layer["inbound_nodes"] for layer in config["layers"]]),
        "ends": [config["input_layers"], config["output_layers"]],
        "weights": digest([[w.name, w.shape.as_list()] for w in model.weights]),
        "parameters": model.count_params(),
        "trained": digest([w.name for w in model.trainable_weights]),
        "shapes": digest([str(layer.output_shape) for layer in model.layers]),
        "output": [model.output.name, str(model.output_shape)],
    }


def of_model(tf, name, arguments):
    with tf.Graph().as_default():
        return facts(getattr(tf.keras.applications, name)(**arguments))
