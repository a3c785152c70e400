"""ResNet50, ResNet101 and ResNet152: residual networks of 2015."""

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

preprocess_input = preprocessing("caffe")
for _name in ("decode_predictions", "preprocess_input"):
    export_constant(
        __name__,
        _name,
        f"keras.applications.resnet.{_name}",
        f"keras.applications.resnet50.{_name}",
    )


def _block(x: Any, filters: int, stride: int, widen: bool, name: str) -> Any:
    """Three convolutions, added to the input."""
    shortcut = x
    if widen:
        shortcut = Conv2D(4 * filters, 1, strides=stride, name=name + "_0_conv")(x)
        shortcut = normalized(shortcut, name + "_0_bn")
    x = Conv2D(filters, 1, strides=stride, name=name + "_1_conv")(x)
    x = rectified(normalized(x, name + "_1_bn"), name + "_1_relu")
    x = Conv2D(filters, 3, padding="SAME", name=name + "_2_conv")(x)
    x = rectified(normalized(x, name + "_2_bn"), name + "_2_relu")
    x = Conv2D(4 * filters, 1, name=name + "_3_conv")(x)
    x = normalized(x, name + "_3_bn")
    x = Add(name=name + "_add")([shortcut, x])
    return rectified(x, name + "_out")


def _resnet(layers: int, order: Order) -> Any:
    def stack(x: Any) -> Any:
        for number, (filters, depth) in enumerate(zip(FILTERS, DEPTHS[layers], strict=True), 2):
            for i in range(1, depth + 1):
                stride = 2 if i == 1 and number > 2 else 1
                x = _block(x, filters, stride, i == 1, f"conv{number}_block{i}")
        return x

    return resnet(f"resnet{layers}", stack, order)


@export(
    "keras.applications.ResNet50",
    "keras.applications.resnet.ResNet50",
    "keras.applications.resnet50.ResNet50",
)
@application
def ResNet50(order: Order) -> Any:
    """The network of 50 layers. Stands for `tf.keras.applications.ResNet50`.

    Arguments and errors: as of `application`.
    """
    return _resnet(50, order)


@export("keras.applications.ResNet101", "keras.applications.resnet.ResNet101")
@application
def ResNet101(order: Order) -> Any:
    """The network of 101 layers. Stands for `tf.keras.applications.ResNet101`.

    Arguments and errors: as of `application`.
    """
    return _resnet(101, order)


@export("keras.applications.ResNet152", "keras.applications.resnet.ResNet152")
@application
def ResNet152(order: Order) -> Any:
    """The network of 152 layers. Stands for `tf.keras.applications.ResNet152`.

    Arguments and errors: as of `application`.
    """
    return _resnet(152, order)
