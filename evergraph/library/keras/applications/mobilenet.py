"""MobileNet: convolutions of each channel, then of all at each place."""

import warnings
from typing import Any

from evergraph.base.export import export, export_constant
from evergraph.library.keras.applications.building import (
    MODELS,
    Order,
    WeightFile,
    last_channel_axis,
)
from evergraph.library.keras.applications.imagenet_utils import (
    decode_predictions as decode_predictions,
)
from evergraph.library.keras.applications.imagenet_utils import preprocessing
from evergraph.library.keras.backend import image_data_format
from evergraph.library.keras.layers.advanced_activations import Activation, ReLU
from evergraph.library.keras.layers.convolutional import Conv2D, DepthwiseConv2D
from evergraph.library.keras.layers.core import Dropout
from evergraph.library.keras.layers.global_pooling import GlobalAveragePooling2D
from evergraph.library.keras.layers.normalization import BatchNormalization
from evergraph.library.keras.layers.reshaping import Reshape, ZeroPadding2D

preprocess_input = preprocessing("tf")
for _name in ("decode_predictions", "preprocess_input"):
    export_constant(__name__, _name, f"keras.applications.mobilenet.{_name}")

SIZES = [128, 160, 192, 224]
ALPHAS = {1.0: "1_0", 0.75: "7_5", 0.5: "5_0", 0.25: "2_5"}
# Filters of each block, and whether it halves height and width.
BLOCKS = (
    (64, False),
    (128, True),
    (128, False),
    (256, True),
    (256, False),
    (512, True),
    *((512, False),) * 5,
    (1024, True),
    (1024, False),
)


def default_size(input_shape: Any, sizes: list[int]) -> int:
    """The size of squares that there are weights for; 224 for others."""
    if input_shape is None:
        return 224
    rows, columns = rows_and_columns(input_shape)
    return rows if rows == columns and rows in sizes else 224


def rows_and_columns(shape: Any) -> tuple[Any, Any]:
    """Height and width of an image's shape."""
    return tuple(shape[1:3]) if image_data_format() == "channels_first" else tuple(shape[:2])


def _unit(x: Any, name: str) -> Any:
    x = BatchNormalization(axis=last_channel_axis(), name=name + "_bn")(x)
    return ReLU(6.0, name=name + "_relu")(x)


def _block(x: Any, filters: int, multiplier: int, halve: bool, number: int) -> Any:
    if halve:
        x = ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{number}")(x)
    strides, padding = ((2, 2), "valid") if halve else ((1, 1), "same")
    name = f"conv_dw_{number}"
    x = DepthwiseConv2D(
        (3, 3),
        padding=padding,
        depth_multiplier=multiplier,
        strides=strides,
        use_bias=False,
        name=name,
    )(x)
    x = _unit(x, name)
    name = f"conv_pw_{number}"
    x = Conv2D(filters, (1, 1), padding="same", use_bias=False, strides=(1, 1), name=name)(x)
    return _unit(x, name)


def square_rows(order: Order, sizes: list[int]) -> Any:
    """The number of rows in the model's name, which is 224 where weights are of such images."""
    rows, columns = rows_and_columns(order.input_shape)
    if order.weights != "imagenet" or (rows == columns and rows in sizes):
        return rows
    warnings.warn(
        f"`input_shape` is undefined or non-square, or `rows` is not in {sizes}. Weights for input "
        "shape (224, 224) will be loaded as the default.",
        stacklevel=3,
    )
    return 224


@export("keras.applications.MobileNet", "keras.applications.mobilenet.MobileNet")
def MobileNet(
    input_shape: Any = None,
    alpha: float = 1.0,
    depth_multiplier: int = 1,
    dropout: float = 1e-3,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    **kwargs: Any,
) -> Any:
    """The first network for phones. Stands for `tf.keras.applications.MobileNet`.

    Args:
      alpha: the share of the usual filters.
      depth_multiplier: how many channels are made of each.
      dropout: the share of elements that is 0 before the last layer while training.
      input_shape and the others: as of `Order`.

    Raises:
      ValueError: as of `Order`, or there are no such weights.
    """
    order = Order(include_top, weights, input_tensor, input_shape, pooling, classes, kwargs)
    order.decide_shape(default_size(input_shape, SIZES), 32)
    if weights == "imagenet":
        if depth_multiplier != 1:
            raise ValueError("If imagenet weights are being loaded, depth multiplier must be 1")
        if alpha not in ALPHAS:
            raise ValueError(
                "If imagenet weights are being loaded, alpha can be one of`0.25`, `0.50`, `0.75` "
                "or `1.0` only."
            )
    rows = square_rows(order, SIZES)
    x = ZeroPadding2D(padding=((0, 1), (0, 1)), name="conv1_pad")(order.make_input())
    first = int(32 * alpha)
    x = Conv2D(first, (3, 3), padding="valid", use_bias=False, strides=(2, 2), name="conv1")(x)
    x = _unit(x, "conv1")
    for number, (filters, halve) in enumerate(BLOCKS, 1):
        x = _block(x, int(filters * alpha), depth_multiplier, halve, number)
    x = _top(x, order, int(1024 * alpha), dropout) if include_top else order.pooled(x)
    text = ALPHAS.get(alpha, "2_5")
    names = (f"mobilenet_{text}_{rows}_tf.h5", f"mobilenet_{text}_{rows}_tf_no_top.h5")
    whole, part = (WeightFile(name, f"{MODELS}/v0.6/{name}") for name in names)
    return order.model(x, f"mobilenet_{alpha:0.2f}_{rows}", (whole, part))


def _top(x: Any, order: Order, channels: int, dropout: float) -> Any:
    first = image_data_format() == "channels_first"
    shape = (channels, 1, 1) if first else (1, 1, channels)
    x = Reshape(shape, name="reshape_1")(GlobalAveragePooling2D()(x))
    x = Dropout(dropout, name="dropout")(x)
    x = Conv2D(order.classes, (1, 1), padding="same", name="conv_preds")(x)
    x = Reshape((order.classes,), name="reshape_2")(x)
    return Activation("softmax", name="act_softmax")(x)
