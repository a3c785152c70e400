"""MobileNetV2: residual blocks that are wider inside than at their ends."""

from typing import Any

from evergraph.base.export import export, export_constant
from evergraph.library.keras.applications.building import (
    Order,
    WeightFile,
    correct_pad,
    last_channel_axis,
)
from evergraph.library.keras.applications.imagenet_utils import (
    decode_predictions as decode_predictions,
)
from evergraph.library.keras.applications.imagenet_utils import preprocessing
from evergraph.library.keras.applications.mobilenet import default_size, square_rows
from evergraph.library.keras.engine.node import has_history, int_shape
from evergraph.library.keras.layers.advanced_activations import ReLU
from evergraph.library.keras.layers.convolutional import Conv2D, DepthwiseConv2D
from evergraph.library.keras.layers.merge import Add
from evergraph.library.keras.layers.normalization import BatchNormalization
from evergraph.library.keras.layers.reshaping import ZeroPadding2D

preprocess_input = preprocessing("tf")
for _name in ("decode_predictions", "preprocess_input"):
    export_constant(__name__, _name, f"keras.applications.mobilenet_v2.{_name}")

FOLDER = "https://github.com/JonathanCMitchell/mobilenet_v2_keras/releases/download/v1.1"
SIZES = [96, 128, 160, 192, 224]
ALPHAS = (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)
# Filters, number of blocks and stride of the first of them.
STAGES = ((16, 1, 1), (24, 2, 2), (32, 3, 2), (64, 4, 2), (96, 3, 1), (160, 3, 2), (320, 1, 1))


def _make_divisible(v: float, divisor: int, min_value: int | None = None) -> int:
    """The nearest multiple of a divisor that is not less than nine tenths of the number."""
    least = divisor if min_value is None else min_value
    found = max(least, int(v + divisor / 2) // divisor * divisor)
    return found + divisor if found < 0.9 * v else found


def _normalized(x: Any, name: str) -> Any:
    axis = last_channel_axis()
    return BatchNormalization(axis=axis, epsilon=1e-3, momentum=0.999, name=name)(x)


def _block(x: Any, filters: int, stride: int, number: int) -> Any:
    """A block; only the first one is not widened inside."""
    inputs = x
    shape: Any = int_shape(x)
    channels = shape[last_channel_axis()]
    prefix = f"block_{number}_" if number else "expanded_conv_"
    if number:
        name = prefix + "expand"
        x = Conv2D(6 * channels, kernel_size=1, padding="same", use_bias=False, name=name)(x)
        x = ReLU(6.0, name=prefix + "expand_relu")(_normalized(x, prefix + "expand_BN"))
    if stride == 2:
        x = ZeroPadding2D(padding=correct_pad(x, 3), name=prefix + "pad")(x)
    x = DepthwiseConv2D(
        kernel_size=3,
        strides=stride,
        use_bias=False,
        padding="same" if stride == 1 else "valid",
        name=prefix + "depthwise",
    )(x)
    x = ReLU(6.0, name=prefix + "depthwise_relu")(_normalized(x, prefix + "depthwise_BN"))
    x = Conv2D(filters, kernel_size=1, padding="same", use_bias=False, name=prefix + "project")(x)
    x = _normalized(x, prefix + "project_BN")
    return Add(name=prefix + "add")([inputs, x]) if channels == filters and stride == 1 else x


def _shape_by_default(input_shape: Any, input_tensor: Any) -> Any:
    """The shape that tells the size of images. Raises ValueError where shape and tensor differ."""
    if input_tensor is None:
        return input_shape
    if input_shape is None:
        if not has_history(input_tensor):
            return None
        found: Any = int_shape(input_tensor)
        return found[1:]
    if not has_history(input_tensor):
        raise ValueError("input_tensor specified: ", input_tensor, "is not a keras tensor")
    shape: Any = int_shape(input_tensor)
    if shape[2] != input_shape[1]:
        raise ValueError(
            "input_shape: ",
            input_shape,
            "and input_tensor: ",
            input_tensor,
            "do not meet the same shape requirements",
        )
    return input_shape


@export("keras.applications.MobileNetV2", "keras.applications.mobilenet_v2.MobileNetV2")
def MobileNetV2(
    input_shape: Any = None,
    alpha: float = 1.0,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    **kwargs: Any,
) -> Any:
    """The second network for phones. Stands for `tf.keras.applications.MobileNetV2`.

    Args:
      alpha: the share of the usual filters.
      input_shape and the others: as of `Order`.

    Raises:
      ValueError: as of `Order`, or there are no such weights, or shape and tensor differ.
    """
    order = Order(include_top, weights, input_tensor, input_shape, pooling, classes, kwargs)
    order.decide_shape(default_size(_shape_by_default(input_shape, input_tensor), SIZES), 32)
    if weights == "imagenet" and alpha not in ALPHAS:
        raise ValueError(
            "If imagenet weights are being loaded, alpha can be one of `0.35`, `0.50`, `0.75`, "
            "`1.0`, `1.3` or `1.4` only."
        )
    rows = square_rows(order, SIZES)
    x = order.make_input()
    x = ZeroPadding2D(padding=correct_pad(x, 3), name="Conv1_pad")(x)
    first = _make_divisible(32 * alpha, 8)
    x = Conv2D(first, kernel_size=3, strides=(2, 2), padding="valid", use_bias=False, name="Conv1")(
        x
    )
    x = ReLU(6.0, name="Conv1_relu")(_normalized(x, "bn_Conv1"))
    number = 0
    for filters, depth, stride in STAGES:
        for i in range(depth):
            own = _make_divisible(int(filters * alpha), 8)
            x = _block(x, own, stride if i == 0 else 1, number)
            number += 1
    last = _make_divisible(1280 * alpha, 8) if alpha > 1.0 else 1280
    x = Conv2D(last, kernel_size=1, use_bias=False, name="Conv_1")(x)
    x = ReLU(6.0, name="out_relu")(_normalized(x, "Conv_1_bn"))
    x = order.head(x, name="Logits", average=None)
    stem = f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{alpha}_{rows}"
    whole, part = (
        WeightFile(name, f"{FOLDER}/{name}") for name in (f"{stem}.h5", f"{stem}_no_top.h5")
    )
    return order.model(x, f"mobilenetv2_{alpha:0.2f}_{rows}", (whole, part))
