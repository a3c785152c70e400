"""ResNet50V2, ResNet101V2 and ResNet152V2: residual networks that normalize before convolutions."""

from typing import Any

from evergraph.base.export import export, export_constant
from evergraph.library.keras.applications.building import Order, application
from evergraph.library.keras.applications.imagenet_utils import (
    decode_predictions as decode_predictions,
)
from evergraph.library.keras.applications.imagenet_utils import preprocessing
from evergraph.library.keras.applications.resnet_blocks import (
    DEPTHS,
    FILTERS,
    normalized,
    rectified,
    resnet,
)
from evergraph.library.keras.layers.convolutional import Conv2D
from evergraph.library.keras.layers.merge import Add
from evergraph.library.keras.layers.pooling import MaxPooling2D
from evergraph.library.keras.layers.reshaping import ZeroPadding2D

preprocess_input = preprocessing("tf")
for _name in ("decode_predictions", "preprocess_input"):
    export_constant(__name__, _name, f"keras.applications.resnet_v2.{_name}")


def _block(x: Any, filters: int, stride: int, widen: bool, name: str) -> Any:
    """Three convolutions, added to the input."""
    before = rectified(normalized(x, name + "_preact_bn"), name + "_preact_relu")
    if widen:
        shortcut = Conv2D(4 * filters, 1, strides=stride, name=name + "_0_conv")(before)
    else:
        shortcut = MaxPooling2D(1, strides=stride)(x) if stride > 1 else x
    x = Conv2D(filters, 1, strides=1, use_bias=False, name=name + "_1_conv")(before)
    x = rectified(normalized(x, name + "_1_bn"), name + "_1_relu")
    x = ZeroPadding2D(padding=((1, 1), (1, 1)), name=name + "_2_pad")(x)
    x = Conv2D(filters, 3, strides=stride, use_bias=False, name=name + "_2_conv")(x)
    x = rectified(normalized(x, name + "_2_bn"), name + "_2_relu")
    x = Conv2D(4 * filters, 1, name=name + "_3_conv")(x)
    return Add(name=name + "_out")([shortcut, x])


def _resnet(layers: int, order: Order) -> Any:
    def stack(x: Any) -> Any:
        for number, (filters, depth) in enumerate(zip(FILTERS, DEPTHS[layers], strict=True), 2):
            for i in range(1, depth + 1):
                stride = 2 if i == depth and number < 5 else 1
                x = _block(x, filters, stride, i == 1, f"conv{number}_block{i}")
        return x

    return resnet(f"resnet{layers}v2", stack, order, normalize_last=True)


@export("keras.applications.ResNet50V2", "keras.applications.resnet_v2.ResNet50V2")
@application
def ResNet50V2(order: Order) -> Any:
    """The network of 50 layers. Stands for `tf.keras.applications.ResNet50V2`.

    Arguments and errors: as of `application`.
    """
    return _resnet(50, order)


@export("keras.applications.ResNet101V2", "keras.applications.resnet_v2.ResNet101V2")
@application
def ResNet101V2(order: Order) -> Any:
    """The network of 101 layers. Stands for `tf.keras.applications.ResNet101V2`.

    Arguments and errors: as of `application`.
    """
    return _resnet(101, order)


@export("keras.applications.ResNet152V2", "keras.applications.resnet_v2.ResNet152V2")
@application
def ResNet152V2(order: Order) -> Any:
    """The network of 152 layers. Stands for `tf.keras.applications.ResNet152V2`.

    Arguments and errors: as of `application`.
    """
    return _resnet(152, order)
