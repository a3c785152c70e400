"""InceptionV3: blocks of branches with kernels of several sizes."""

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
from evergraph.library.keras.layers.advanced_activations import Activation
from evergraph.library.keras.layers.convolutional import Conv2D
from evergraph.library.keras.layers.merge import concatenate
from evergraph.library.keras.layers.normalization import BatchNormalization
from evergraph.library.keras.layers.pooling import AveragePooling2D, MaxPooling2D

preprocess_input = preprocessing("tf")
for _name in ("decode_predictions", "preprocess_input"):
    export_constant(__name__, _name, f"keras.applications.inception_v3.{_name}")
HASHES = ("9a0d58056eeedaa3f26cb7ebd46da564", "bcbd6486424b2319ff4ef7d526e38f63")

# A step is filters, rows and columns of a kernel; a fourth value tells of a stride of 2.
Step = tuple[Any, ...]
HALVED = ((2, 2), "valid")


def _conv(x: Any, filters: int, rows: int, columns: int, halve: bool = False) -> Any:
    strides, padding = HALVED if halve else ((1, 1), "same")
    return _unit(x, filters, (rows, columns), strides, padding)


def _unit(x: Any, filters: int, size: Any, strides: Any, padding: str) -> Any:
    x = Conv2D(filters, size, strides=strides, padding=padding, use_bias=False)(x)
    x = BatchNormalization(axis=channel_axis(), scale=False)(x)
    return Activation("relu")(x)


def _chain(x: Any, *steps: Step) -> Any:
    for step in steps:
        x = _conv(x, *step)
    return x


def _averaged(x: Any, filters: int) -> Any:
    x = AveragePooling2D((3, 3), strides=(1, 1), padding="same")(x)
    return _conv(x, filters, 1, 1)


def _joined(branches: list[Any], name: str | None = None) -> Any:
    return concatenate(branches, axis=channel_axis(), **({"name": name} if name else {}))


def _small(x: Any, filters: int, name: str) -> Any:
    """Kernels of 1, 3 and 5 rows."""
    one = _conv(x, 64, 1, 1)
    five = _chain(x, (48, 1, 1), (64, 5, 5))
    three = _chain(x, (64, 1, 1), (96, 3, 3), (96, 3, 3))
    return _joined([one, five, three, _averaged(x, filters)], name)


def _long(x: Any, n: int, name: str) -> Any:
    """Kernels of one row or column and 7 of the other."""
    one = _conv(x, 192, 1, 1)
    seven = _chain(x, (n, 1, 1), (n, 1, 7), (192, 7, 1))
    twice = _chain(x, (n, 1, 1), (n, 7, 1), (n, 1, 7), (n, 7, 1), (192, 1, 7))
    return _joined([one, seven, twice, _averaged(x, 192)], name)


def _wide(x: Any, i: int) -> Any:
    """Branches that part again."""
    one = _conv(x, 320, 1, 1)
    stem = _conv(x, 384, 1, 1)
    three = _joined([_conv(stem, 384, 1, 3), _conv(stem, 384, 3, 1)], f"mixed9_{i}")
    stem = _chain(x, (448, 1, 1), (384, 3, 3))
    twice = _joined([_conv(stem, 384, 1, 3), _conv(stem, 384, 3, 1)])
    return _joined([one, three, twice, _averaged(x, 192)], f"mixed{9 + i}")


@export("keras.applications.InceptionV3", "keras.applications.inception_v3.InceptionV3")
@application
def InceptionV3(order: Order) -> Any:
    """The third Inception. Stands for `tf.keras.applications.InceptionV3`.

    Arguments and errors: as of `application`.
    """
    x = _unit(order.image_input(299, 75), 32, (3, 3), (2, 2), "valid")
    x = _unit(x, 32, (3, 3), (1, 1), "valid")
    x = _conv(x, 64, 3, 3)
    x = MaxPooling2D((3, 3), strides=(2, 2))(x)
    x = _unit(x, 80, (1, 1), (1, 1), "valid")
    x = _unit(x, 192, (3, 3), (1, 1), "valid")
    x = MaxPooling2D((3, 3), strides=(2, 2))(x)
    for i, filters in enumerate((32, 64, 64)):
        x = _small(x, filters, f"mixed{i}")
    three = _conv(x, 384, 3, 3, True)
    twice = _chain(x, (64, 1, 1), (96, 3, 3), (96, 3, 3, True))
    x = _joined([three, twice, MaxPooling2D((3, 3), strides=(2, 2))(x)], "mixed3")
    for i, n in enumerate((128, 160, 160, 192), 4):
        x = _long(x, n, f"mixed{i}")
    three = _chain(x, (192, 1, 1), (320, 3, 3, True))
    seven = _chain(x, (192, 1, 1), (192, 1, 7), (192, 7, 1), (192, 3, 3, True))
    x = _joined([three, seven, MaxPooling2D((3, 3), strides=(2, 2))(x)], "mixed8")
    x = _wide(_wide(x, 0), 1)
    files = weight_files(f"{MODELS}/v0.5", "inception_v3", *HASHES)
    return order.model(order.head(x), "inception_v3", files)
