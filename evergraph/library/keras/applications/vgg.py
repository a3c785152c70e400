"""VGG16 and VGG19: blocks of convolutions, each block ended by a pool."""

from typing import Any

from evergraph.base.export import export
from evergraph.library.keras.applications.building import MODELS, Order, application, weight_files
from evergraph.library.keras.layers.convolutional import Conv2D
from evergraph.library.keras.layers.core import Dense, Flatten
from evergraph.library.keras.layers.pooling import MaxPooling2D

FILTERS = (64, 128, 256, 512, 512)
HASHES = {
    "vgg16": ("64373286793e3c8b2b4e3219cbf3544b", "6d6bbae143d832006294945121d1f1fc"),
    "vgg19": ("cbe5617147190e668d6c5d5026f83318", "253f8cb515780f3b799900260a226db6"),
}


def _vgg(name: str, depths: tuple[int, ...], order: Order) -> Any:
    x = order.image_input(224, 32)
    for block, (filters, depth) in enumerate(zip(FILTERS, depths, strict=True), 1):
        for i in range(1, depth + 1):
            x = Conv2D(
                filters, (3, 3), activation="relu", padding="same", name=f"block{block}_conv{i}"
            )(x)
        x = MaxPooling2D((2, 2), strides=(2, 2), name=f"block{block}_pool")(x)
    if order.include_top:
        x = Flatten(name="flatten")(x)
        for i in (1, 2):
            x = Dense(4096, activation="relu", name=f"fc{i}")(x)
        x = Dense(order.classes, activation="softmax", name="predictions")(x)
    else:
        x = order.pooled(x)
    return order.model(x, name, weight_files(f"{MODELS}/v0.1", name, *HASHES[name]))


@export("keras.applications.VGG16", "keras.applications.vgg16.VGG16")
@application
def VGG16(order: Order) -> Any:
    """The network of 16 layers. Stands for `tf.keras.applications.VGG16`.

    Arguments and errors: as of `application`.
    """
    return _vgg("vgg16", (2, 2, 3, 3, 3), order)


@export("keras.applications.VGG19", "keras.applications.vgg19.VGG19")
@application
def VGG19(order: Order) -> Any:
    """The network of 19 layers. Stands for `tf.keras.applications.VGG19`.

    Arguments and errors: as of `application`.
    """
    return _vgg("vgg19", (2, 2, 4, 4, 4), order)
