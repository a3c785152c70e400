"""DenseNet121, DenseNet169 and DenseNet201: each block sees what all before it made."""

from typing import Any

from evergraph.base.export import export, export_constant
from evergraph.library.keras.applications.building import (
    Order,
    application,
    channel_axis,
    weight_files,
)
from evergraph.library.keras.applications.imagenet_utils import (
    decode_predictions as decode_predictions,
)
from evergraph.library.keras.applications.imagenet_utils import preprocessing
from evergraph.library.keras.applications.resnet_blocks import normalized, rectified
from evergraph.library.keras.engine.node import int_shape
from evergraph.library.keras.layers.convolutional import Conv2D
from evergraph.library.keras.layers.merge import Concatenate
from evergraph.library.keras.layers.pooling import AveragePooling2D, MaxPooling2D
from evergraph.library.keras.layers.reshaping import ZeroPadding2D

preprocess_input = preprocessing("torch")
for _name in ("decode_predictions", "preprocess_input"):
    export_constant(__name__, _name, f"keras.applications.densenet.{_name}")
FOLDER = "https://github.com/keras-team/keras-applications/releases/download/densenet"
HASHES = {
    "densenet121": ("9d60b8095a5708f2dcce2bca79d332c7", "30ee3e1110167f948a6b9946edeeb738"),
    "densenet169": ("d699b8f76981ab1b30698df4c175e90b", "b8c4d4c20dd625c148057b9ff1c1176b"),
    "densenet201": ("1ceb130c1ea1b78c3bf6114dbdfd8807", "c13680b51ded0fb44dff2d8f86ac8bb1"),
}
GROWTH = 32  # channels that a block adds


def _block(x: Any, name: str) -> Any:
    """Two convolutions, put behind the input."""
    new = rectified(normalized(x, name + "_0_bn"), name + "_0_relu")
    new = Conv2D(4 * GROWTH, 1, use_bias=False, name=name + "_1_conv")(new)
    new = rectified(normalized(new, name + "_1_bn"), name + "_1_relu")
    new = Conv2D(GROWTH, 3, padding="same", use_bias=False, name=name + "_2_conv")(new)
    return Concatenate(axis=channel_axis(), name=name + "_concat")([x, new])


def _transition(x: Any, name: str) -> Any:
    """Half of the channels, and of height and width."""
    x = rectified(normalized(x, name + "_bn"), name + "_relu")
    channels = int_shape(x)[channel_axis()]  # type: ignore[index]
    x = Conv2D(int(channels * 0.5), 1, use_bias=False, name=name + "_conv")(x)  # type: ignore
    return AveragePooling2D(2, strides=2, name=name + "_pool")(x)


def _densenet(name: str, depths: tuple[int, ...], order: Order) -> Any:
    x = ZeroPadding2D(padding=((3, 3), (3, 3)))(order.image_input(224, 32))
    x = Conv2D(64, 7, strides=2, use_bias=False, name="conv1/conv")(x)
    x = rectified(normalized(x, "conv1/bn"), "conv1/relu")
    x = ZeroPadding2D(padding=((1, 1), (1, 1)))(x)
    x = MaxPooling2D(3, strides=2, name="pool1")(x)
    for number, depth in enumerate(depths, 2):
        if number > 2:
            x = _transition(x, f"pool{number - 1}")
        for i in range(1, depth + 1):
            x = _block(x, f"conv{number}_block{i}")
    x = rectified(normalized(x, "bn"), "relu")
    x = order.head(x, name="fc1000", names=("avg_pool", "max_pool"))
    return order.model(x, name, weight_files(FOLDER, name, *HASHES[name]))


@export("keras.applications.DenseNet121", "keras.applications.densenet.DenseNet121")
@application
def DenseNet121(order: Order) -> Any:
    """The network of 121 layers. Stands for `tf.keras.applications.DenseNet121`.

    Arguments and errors: as of `application`.
    """
    return _densenet("densenet121", (6, 12, 24, 16), order)


@export("keras.applications.DenseNet169", "keras.applications.densenet.DenseNet169")
@application
def DenseNet169(order: Order) -> Any:
    """The network of 169 layers. Stands for `tf.keras.applications.DenseNet169`.

    Arguments and errors: as of `application`.
    """
    return _densenet("densenet169", (6, 12, 32, 32), order)


@export("keras.applications.DenseNet201", "keras.applications.densenet.DenseNet201")
@application
def DenseNet201(order: Order) -> Any:
    """The network of 201 layers. Stands for `tf.keras.applications.DenseNet201`.

    Arguments and errors: as of `application`.
    """
    return _densenet("densenet201", (6, 12, 48, 32), order)
