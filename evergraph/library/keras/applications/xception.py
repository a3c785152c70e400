"""Xception: residual blocks of separable convolutions."""

from typing import Any

from evergraph.base.export import export, export_constant
from evergraph.library.keras.applications.building import (
    MODELS,
    Order,
    application,
    last_channel_axis,
    weight_files,
)
from evergraph.library.keras.applications.imagenet_utils import (
    decode_predictions as decode_predictions,
)
from evergraph.library.keras.applications.imagenet_utils import preprocessing
from evergraph.library.keras.layers.advanced_activations import Activation
from evergraph.library.keras.layers.convolutional import Conv2D, SeparableConv2D
from evergraph.library.keras.layers.merge import add
from evergraph.library.keras.layers.normalization import BatchNormalization
from evergraph.library.keras.layers.pooling import MaxPooling2D

preprocess_input = preprocessing("tf")
for _name in ("decode_predictions", "preprocess_input"):
    export_constant(__name__, _name, f"keras.applications.xception.{_name}")
HASHES = ("0a58e3b7378bc2990ea3b43d5981f1f6", "b0042744bf5b25fce3cb969f33bebb97")


def _normalized(x: Any, name: str | None = None) -> Any:
    return BatchNormalization(axis=last_channel_axis(), name=name)(x)


def _separable(x: Any, filters: int, name: str) -> Any:
    x = SeparableConv2D(filters, (3, 3), padding="same", use_bias=False, name=name)(x)
    return _normalized(x, name + "_bn")


def _halving_block(x: Any, number: int, filters: tuple[int, int], first: bool = False) -> Any:
    """Two convolutions and a pool, added to a convolution of stride 2; `first` is not rectified
    before."""
    residual = Conv2D(filters[1], (1, 1), strides=(2, 2), padding="same", use_bias=False)(x)
    residual = _normalized(residual)
    for i, size in enumerate(filters, 1):
        name = f"block{number}_sepconv{i}"
        if i > 1 or not first:
            x = Activation("relu", name=name + "_act")(x)
        x = _separable(x, size, name)
    x = MaxPooling2D((3, 3), strides=(2, 2), padding="same", name=f"block{number}_pool")(x)
    return add([x, residual])


@export("keras.applications.Xception", "keras.applications.xception.Xception")
@application
def Xception(order: Order) -> Any:
    """The network of separable convolutions. Stands for `tf.keras.applications.Xception`.

    Arguments and errors: as of `application`.
    """
    x = order.image_input(299, 71)
    for i, (filters, strides) in enumerate(((32, (2, 2)), (64, (1, 1))), 1):
        name = f"block1_conv{i}"
        x = Conv2D(filters, (3, 3), strides=strides, use_bias=False, name=name)(x)
        x = Activation("relu", name=name + "_act")(_normalized(x, name + "_bn"))
    for number, filters in ((2, 128), (3, 256), (4, 728)):
        x = _halving_block(x, number, (filters, filters), first=number == 2)
    for number in range(5, 13):
        residual = x
        for i in (1, 2, 3):
            name = f"block{number}_sepconv{i}"
            x = _separable(Activation("relu", name=name + "_act")(x), 728, name)
        x = add([x, residual])
    x = _halving_block(x, 13, (728, 1024))
    for i, filters in enumerate((1536, 2048), 1):
        name = f"block14_sepconv{i}"
        x = Activation("relu", name=name + "_act")(_separable(x, filters, name))
    files = weight_files(f"{MODELS}/v0.4", "xception", *HASHES)
    return order.model(order.head(x), "xception", files)
