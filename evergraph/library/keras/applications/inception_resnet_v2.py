"""InceptionResNetV2: blocks of branches that are added to their input."""

from typing import Any

from evergraph.base.export import export, export_constant
from evergraph.library.keras.applications.building import (
    MODELS,
    Order,
    application,
    channel_axis,
    weight_files,
)
from evergraph.library.keras.applications.imagenet_utils import (
    decode_predictions as decode_predictions,
)
from evergraph.library.keras.applications.imagenet_utils import preprocessing
from evergraph.library.keras.engine.node import int_shape
from evergraph.library.keras.layers.advanced_activations import Activation
from evergraph.library.keras.layers.convolutional import Conv2D
from evergraph.library.keras.layers.core import Lambda
from evergraph.library.keras.layers.merge import Concatenate
from evergraph.library.keras.layers.normalization import BatchNormalization
from evergraph.library.keras.layers.pooling import AveragePooling2D, MaxPooling2D

preprocess_input = preprocessing("tf")
for _name in ("decode_predictions", "preprocess_input"):
    export_constant(__name__, _name, f"keras.applications.inception_resnet_v2.{_name}")
HASHES = ("e693bd0210a403b3192acc6073ad2e96", "d19885ff4a710c122648d3b5c3b684e4")

# The branches of each kind of block, as filters and sizes of kernels.
BLOCKS: dict[str, tuple[Any, ...]] = {
    "block35": (((32, 1),), ((32, 1), (32, 3)), ((32, 1), (48, 3), (64, 3))),
    "block17": (((192, 1),), ((128, 1), (160, [1, 7]), (192, [7, 1]))),
    "block8": (((192, 1),), ((192, 1), (224, [1, 3]), (256, [3, 1]))),
}
HALVED = {"strides": 2, "padding": "valid"}


def _conv(
    x: Any, filters: int, size: Any, strides: int = 1, padding: str = "same", name: Any = None
) -> Any:
    x = Conv2D(filters, size, strides=strides, padding=padding, use_bias=False, name=name)(x)
    own_name = None if name is None else name + "_bn"
    x = BatchNormalization(axis=channel_axis(), scale=False, name=own_name)(x)
    return Activation("relu", name=None if name is None else name + "_ac")(x)


def _chain(x: Any, steps: Any, **last: Any) -> Any:
    """Convolutions one after the other; `last` are more arguments of the last."""
    for i, (filters, size) in enumerate(steps, 1):
        x = _conv(x, filters, size, **(last if i == len(steps) else {}))
    return x


def _joined(branches: list[Any], name: str) -> Any:
    return Concatenate(axis=channel_axis(), name=name)(branches)


def _block(x: Any, scale: float, kind: str, number: int, rectified: bool = True) -> Any:
    """The input and a share of what the branches make of it."""
    name = f"{kind}_{number}"
    mixed = _joined([_chain(x, steps) for steps in BLOCKS[kind]], name + "_mixed")
    shape: Any = int_shape(x)
    channels = shape[channel_axis()]
    up = Conv2D(channels, 1, strides=1, padding="same", use_bias=True, name=name + "_conv")(mixed)
    x = Lambda(
        lambda inputs, scale: inputs[0] + inputs[1] * scale,
        output_shape=shape[1:],
        arguments={"scale": scale},
        name=name,
    )([x, up])
    return Activation("relu", name=name + "_ac")(x) if rectified else x


@export(
    "keras.applications.InceptionResNetV2",
    "keras.applications.inception_resnet_v2.InceptionResNetV2",
)
@application
def InceptionResNetV2(order: Order) -> Any:
    """The second Inception with residuals. Stands for `tf.keras.applications.InceptionResNetV2`.

    Arguments and errors: as of `application`.
    """
    x = _conv(order.image_input(299, 75), 32, 3, **HALVED)  # type: ignore[arg-type]
    x = _conv(x, 32, 3, padding="valid")
    x = MaxPooling2D(3, strides=2)(_conv(x, 64, 3))
    x = _conv(x, 80, 1, padding="valid")
    x = MaxPooling2D(3, strides=2)(_conv(x, 192, 3, padding="valid"))
    steps: Any = (((96, 1),), ((48, 1), (64, 5)), ((64, 1), (96, 3), (96, 3)))
    branches = [_chain(x, part) for part in steps]
    branches.append(_conv(AveragePooling2D(3, strides=1, padding="same")(x), 64, 1))
    x = _joined(branches, "mixed_5b")
    for number in range(1, 11):
        x = _block(x, 0.17, "block35", number)
    x = _halved(x, (((384, 3),), ((256, 1), (256, 3), (384, 3))), "mixed_6a")
    for number in range(1, 21):
        x = _block(x, 0.1, "block17", number)
    steps = (((256, 1), (384, 3)), ((256, 1), (288, 3)), ((256, 1), (288, 3), (320, 3)))
    x = _halved(x, steps, "mixed_7a")
    for number in range(1, 10):
        x = _block(x, 0.2, "block8", number)
    x = _block(x, 1.0, "block8", 10, rectified=False)
    x = _conv(x, 1536, 1, name="conv_7b")
    files = weight_files(f"{MODELS}/v0.7", "inception_resnet_v2", *HASHES)
    return order.model(order.head(x), "inception_resnet_v2", files)


def _halved(x: Any, steps: Any, name: str) -> Any:
    """Half of height and width, by convolutions and by a pool."""
    branches = [_chain(x, part, **HALVED) for part in steps]
    branches.append(MaxPooling2D(3, strides=2, padding="valid")(x))
    return _joined(branches, name)
