"""Residual networks: what their two versions have in common."""

from collections.abc import Callable
from typing import Any

from evergraph.library.keras.applications.building import (
    Order,
    channel_axis,
    weight_files,
)
from evergraph.library.keras.layers.advanced_activations import Activation
from evergraph.library.keras.layers.convolutional import Conv2D
from evergraph.library.keras.layers.normalization import BatchNormalization
from evergraph.library.keras.layers.pooling import MaxPooling2D
from evergraph.library.keras.layers.reshaping import ZeroPadding2D

FOLDER = "https://github.com/keras-team/keras-applications/releases/download/resnet"
HASHES = {
    "resnet50": ("2cb95161c43110f7111970584f804107", "4d473c1dd8becc155b73f8504c6f6626"),
    "resnet101": ("f1aeb4b969a6efcfb50fad2f0c20cfc5", "88cf7a10940856eca736dc7b7e228a21"),
    "resnet152": ("100835be76be38e30d865e96f2aaae62", "ee4c566cf9a93f14d82f913c2dc6dd0c"),
    "resnet50v2": ("3ef43a0b657b3be2300d5770ece849e0", "fac2f116257151a9d068a22e544a4917"),
    "resnet101v2": ("6343647c601c52e1368623803854d971", "c0ed64b8031c3730f411d2eb4eea35b5"),
    "resnet152v2": ("a49b44d1979771252814e80f8ec446f9", "ed17cf2e0169df9d443503ef94b23b33"),
}
FILTERS = (64, 128, 256, 512)
DEPTHS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}


def normalized(x: Any, name: str) -> Any:
    """Batch normalization."""
    return BatchNormalization(axis=channel_axis(), epsilon=1.001e-5, name=name)(x)


def rectified(x: Any, name: str) -> Any:
    """The positive part."""
    return Activation("relu", name=name)(x)


def resnet(
    name: str,
    stack: Callable[[Any], Any],
    order: Order,
    normalize_last: bool = False,
) -> Any:
    """The network around the stacks of blocks.

    Args:
      name: of the model.
      stack: the stacks.
      order: what was asked for.
      normalize_last: whether normalization stands behind the stacks rather than before them.
    """
    x = order.image_input(224, 32)
    x = ZeroPadding2D(padding=((3, 3), (3, 3)), name="conv1_pad")(x)
    x = Conv2D(64, 7, strides=2, use_bias=True, name="conv1_conv")(x)
    if not normalize_last:
        x = rectified(normalized(x, "conv1_bn"), "conv1_relu")
    x = ZeroPadding2D(padding=((1, 1), (1, 1)), name="pool1_pad")(x)
    x = stack(MaxPooling2D(3, strides=2, name="pool1_pool")(x))
    if normalize_last:
        x = rectified(normalized(x, "post_bn"), "post_relu")
    x = order.head(x, name="probs", names=("avg_pool", "max_pool"))
    return order.model(x, name, weight_files(FOLDER, name, *HASHES[name]))
