"""tf.keras.applications: images made ready, classes by name, inputs, errors."""

import json
import os

import numpy as np
from outcomes import Cases, describe, tried

CASES = Cases()
case = CASES.case
MODULES = ("vgg16", "vgg19", "resnet", "resnet50", "resnet_v2", "densenet", "inception_v3")
MODULES += ("inception_resnet_v2", "xception", "mobilenet", "mobilenet_v2", "nasnet")


def images(*shape):
    return np.arange(np.prod(shape)).reshape(shape) * 2


@case
def preprocessing(tf, module):
    applications = tf.keras.applications
    found = {}
    for name in MODULES:
        f = getattr(applications, name).preprocess_input
        found[name] = tried(f, images(1, 2, 2, 3))
        found[name + " one"] = tried(f, images(2, 2, 3).astype("float64"))
        found[name + " first"] = tried(f, images(1, 3, 2, 2), data_format="channels_first")
        found[name + " one first"] = tried(f, images(3, 2, 1), data_format="channels_first")
    f = applications.imagenet_utils.preprocess_input
    for mode in ("tf", "torch", "caffe"):
        found[mode] = tried(f, images(1, 2, 2, 3), mode=mode)
    found["format"] = tried(f, images(1, 2, 2, 3), "last")
    found["argument"] = tried(f, images(1, 2, 2, 3), colours=3)
    x = images(1, 2, 2, 3).astype("float32")
    f(x, mode="tf")
    found["in place"] = describe(x)
    return found


@case
def preprocessing_tensors(tf, module):
    f = tf.keras.applications.imagenet_utils.preprocess_input
    found = {}
    x = tf.constant(images(1, 2, 2, 3).astype("float32"))
    made = {mode: f(x, mode=mode) for mode in ("tf", "caffe")}
    with tf.Session() as session:
        for mode, y in made.items():
            found[mode] = describe(session.run(y))
    return found


@case
def decoding(tf, module):
    f = tf.keras.applications.vgg16.decode_predictions
    folder = os.path.join(os.path.expanduser("~"), ".keras", "models")
    return {
        "shape": tried(f, np.ones((2, 10))),
        "rank": tried(f, np.ones(1000)),
        "folder": folder.endswith("models"),
    }


@case
def errors(tf, module):
    applications = tf.keras.applications

    def make(name="VGG16", **arguments):
        with tf.Graph().as_default():
            return getattr(applications, name)(**dict({"weights": None}, **arguments)).output_shape

    return {
        "weights": tried(make, weights="images"),
        "classes": tried(make, weights="imagenet", classes=10),
        "argument": tried(make, shape=(64, 64, 3)),
        "shape": tried(make, input_shape=(64, 64)),
        "small": tried(make, input_shape=(16, 64, 3)),
        "unknown": tried(make, input_shape=(None, None, 3)),
        "channels": tried(make, weights="imagenet", include_top=False, input_shape=(64, 64, 1)),
        "of imagenet": tried(make, weights="imagenet", input_shape=(64, 64, 3)),
        "four channels": tried(make, input_shape=(64, 64, 4), include_top=False),
        "open": tried(make, include_top=False),
        "small inception": tried(make, "InceptionV3", input_shape=(70, 80, 3)),
        "alpha": tried(make, "MobileNet", weights="imagenet", alpha=0.3),
        "multiplier": tried(make, "MobileNet", weights="imagenet", depth_multiplier=2),
        "alpha of v2": tried(make, "MobileNetV2", weights="imagenet", alpha=0.3),
        "rows": tried(make, "MobileNet", input_shape=(128, 96, 3), include_top=False),
        "static": tried(make, "NASNetMobile", weights="imagenet", input_shape=(None, 224, 3)),
        "by position": tried(
            lambda: applications.VGG19(False, None, None, (32, 40, 3), "max").name
        ),
    }


@case
def inputs(tf, module):
    keras = tf.keras
    found = {}
    x = keras.Input((64, 64, 3), name="pictures")
    y = keras.layers.Lambda(lambda x: x / 255)(x)
    model = keras.applications.MobileNetV2(
        input_tensor=y, include_top=False, weights=None, pooling="avg", alpha=0.35
    )
    found["of layer"] = [[i.name for i in model.inputs], model.output.name, model.name]
    found["layers"] = [layer.name for layer in model.layers[:5]]
    plain = keras.applications.VGG16(
        input_tensor=tf.ones((2, 40, 40, 3)), include_top=False, weights=None
    )
    found["of tensor"] = [[i.name for i in plain.inputs], plain.output_shape]
    found["config"] = json.loads(model.to_json())["class_name"]
    found["shapes"] = tried(
        keras.applications.MobileNetV2, input_tensor=y, input_shape=(96, 96, 3), weights=None
    )[:60]
    return found


@case
def functions_in_modules(tf, module):
    found = {}
    for name in MODULES:
        public = sorted(n for n in dir(getattr(tf.keras.applications, name)) if n[0] != "_")
        found[name] = public
    return found
