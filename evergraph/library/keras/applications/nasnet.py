"""NASNetLarge and NASNetMobile: cells that a search found."""

import warnings
from typing import Any

from evergraph.base.export import export, export_constant
from evergraph.graph.defaults import name_scope
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
from evergraph.library.keras.backend import image_data_format, set_image_data_format
from evergraph.library.keras.engine.node import int_shape
from evergraph.library.keras.layers.advanced_activations import Activation
from evergraph.library.keras.layers.convolutional import Conv2D, SeparableConv2D
from evergraph.library.keras.layers.merge import add, concatenate
from evergraph.library.keras.layers.normalization import BatchNormalization
from evergraph.library.keras.layers.pooling import AveragePooling2D, MaxPooling2D
from evergraph.library.keras.layers.reshaping import Cropping2D, ZeroPadding2D

preprocess_input = preprocessing("tf")
for _name in ("decode_predictions", "preprocess_input"):
    export_constant(__name__, _name, f"keras.applications.nasnet.{_name}")

FOLDER = "https://github.com/titu1994/Keras-NASNet/releases/download/v1.2"
# By the size of images: names and hashes of files with and without the last layers.
HASHES = {
    224: ("mobile", "020fb642bf7360b370c678b08e0adf61", "1ed92395b5b598bdda52abe5c0dbfd63"),
    331: ("large", "11577c9a518f0070763c2b964a382f17", "d81d89dc07e6e56530c4e77faddd61b5"),
}


def _files(size: int) -> tuple[WeightFile, WeightFile]:
    kind, whole, part = HASHES[size]
    return (
        WeightFile(f"nasnet_{kind}.h5", f"{FOLDER}/NASNet-{kind}.h5", whole),
        WeightFile(f"nasnet_{kind}_no_top.h5", f"{FOLDER}/NASNet-{kind}-no-top.h5", part),
    )


def _normalized(x: Any, name: str) -> Any:
    axis = last_channel_axis()
    return BatchNormalization(axis=axis, momentum=0.9997, epsilon=1e-3, name=name)(x)


def _conv(x: Any, filters: int, name: str) -> Any:
    """A convolution at each place."""
    return Conv2D(
        filters, (1, 1), padding="same", name=name, use_bias=False, kernel_initializer="he_normal"
    )(x)


def _average(x: Any, name: str, size: int = 3, stride: int = 1, padding: str = "same") -> Any:
    return AveragePooling2D((size, size), strides=(stride, stride), padding=padding, name=name)(x)


def _separable(x: Any, filters: int, size: int, name: str, stride: int = 1) -> Any:
    """Two separable convolutions, each after a rectification."""
    with name_scope(f"separable_conv_block_{name}"):
        x = Activation("relu")(x)
        if stride == 2:
            pad = correct_pad(x, (size, size))
            x = ZeroPadding2D(padding=pad, name=f"separable_conv_1_pad_{name}")(x)
        for i, (step, padding) in enumerate(
            ((stride, "valid" if stride == 2 else "same"), (1, "same")), 1
        ):
            x = Activation("relu")(x) if i == 2 else x
            x = SeparableConv2D(
                filters,
                (size, size),
                strides=(step, step),
                name=f"separable_conv_{i}_{name}",
                padding=padding,
                use_bias=False,
                kernel_initializer="he_normal",
            )(x)
            x = _normalized(x, f"separable_conv_{i}_bn_{name}")
    return x


def _adjusted(p: Any, x: Any, filters: int, name: str) -> Any:
    """The cell before the last, in the size of the last and with so many filters."""
    if p is None:
        with name_scope("adjust_block"):
            return x
    space = 2 if image_data_format() == "channels_first" else -2
    shape: Any = int_shape(p)
    own: Any = int_shape(x)
    with name_scope("adjust_block"):
        if shape[space] != own[space]:
            with name_scope(f"adjust_reduction_block_{name}"):
                return _halved(p, filters, name)
        if shape[last_channel_axis()] != filters:
            with name_scope(f"adjust_projection_block_{name}"):
                p = _conv(Activation("relu")(p), filters, f"adjust_conv_projection_{name}")
                return _normalized(p, f"adjust_bn_{name}")
    return p


def _halved(p: Any, filters: int, name: str) -> Any:
    """Half of height and width, from even places and from odd ones."""
    p = Activation("relu", name=f"adjust_relu_1_{name}")(p)
    even = _average(p, f"adjust_avg_pool_1_{name}", 1, 2, "valid")
    even = _conv(even, filters // 2, f"adjust_conv_1_{name}")
    odd = ZeroPadding2D(padding=((0, 1), (0, 1)))(p)
    odd = Cropping2D(cropping=((1, 0), (1, 0)))(odd)
    odd = _average(odd, f"adjust_avg_pool_2_{name}", 1, 2, "valid")
    odd = _conv(odd, filters // 2, f"adjust_conv_2_{name}")
    p = concatenate([even, odd], axis=last_channel_axis())
    return _normalized(p, f"adjust_bn_{name}")


def _normal_cell(x: Any, p: Any, filters: int, name: str) -> tuple[Any, Any]:
    """A cell that keeps the size, and its input."""
    with name_scope(f"normal_A_block_{name}"):
        p = _adjusted(p, x, filters, name)
        h = _conv(Activation("relu")(x), filters, f"normal_conv_1_{name}")
        h = _normalized(h, f"normal_bn_1_{name}")
        parts = [p]
        for i, (left, right) in enumerate(((h, p), (p, p)), 1):
            with name_scope(f"block_{i}"):
                a = _separable(left, filters, 5, f"normal_left{i}_{name}")
                b = _separable(right, filters, 3, f"normal_right{i}_{name}")
                parts.append(add([a, b], name=f"normal_add_{i}_{name}"))
        with name_scope("block_3"):
            a = _average(h, f"normal_left3_{name}")
            parts.append(add([a, p], name=f"normal_add_3_{name}"))
        with name_scope("block_4"):
            a, b = _average(p, f"normal_left4_{name}"), _average(p, f"normal_right4_{name}")
            parts.append(add([a, b], name=f"normal_add_4_{name}"))
        with name_scope("block_5"):
            a = _separable(h, filters, 3, f"normal_left5_{name}")
            parts.append(add([a, h], name=f"normal_add_5_{name}"))
        joined = concatenate(parts, axis=last_channel_axis(), name=f"normal_concat_{name}")
    return joined, x


def _reduction_cell(x: Any, p: Any, filters: int, name: str) -> tuple[Any, Any]:
    """A cell that halves height and width, and its input."""
    with name_scope(f"reduction_A_block_{name}"):
        p = _adjusted(p, x, filters, name)
        h = _conv(Activation("relu")(x), filters, f"reduction_conv_1_{name}")
        h = _normalized(h, f"reduction_bn_1_{name}")
        h3 = ZeroPadding2D(padding=correct_pad(h, 3), name=f"reduction_pad_1_{name}")(h)

        def largest(label: str) -> Any:
            own_name = f"reduction_{label}_{name}"
            return MaxPooling2D((3, 3), strides=(2, 2), padding="valid", name=own_name)(h3)

        with name_scope("block_1"):
            a = _separable(h, filters, 5, f"reduction_left1_{name}", 2)
            b = _separable(p, filters, 7, f"reduction_right1_{name}", 2)
            x1 = add([a, b], name=f"reduction_add_1_{name}")
        with name_scope("block_2"):
            a = largest("left2")
            b = _separable(p, filters, 7, f"reduction_right2_{name}", 2)
            x2 = add([a, b], name=f"reduction_add_2_{name}")
        with name_scope("block_3"):
            a = _average(h3, f"reduction_left3_{name}", 3, 2, "valid")
            b = _separable(p, filters, 5, f"reduction_right3_{name}", 2)
            x3 = add([a, b], name=f"reduction_add3_{name}")
        with name_scope("block_4"):
            x4 = add([x2, _average(x1, f"reduction_left4_{name}")])
        with name_scope("block_5"):
            a = _separable(x1, filters, 3, f"reduction_left4_{name}")
            x5 = add([a, largest("right5")], name=f"reduction_add4_{name}")
        parts = [x2, x3, x4, x5]
        joined = concatenate(parts, axis=last_channel_axis(), name=f"reduction_concat_{name}")
    return joined, x


def _nasnet(
    order: Order, size: int, penultimate: int, depth: int, stem: int, skip_reduction: bool
) -> Any:
    """The network.

    Args:
      order: what was asked for.
      size: height and width of images by default.
      penultimate: the channels before the last layers.
      depth: how many cells there are between two that halve height and width.
      stem: the filters of the first convolution.
      skip_reduction: whether cells behind a halving see what was before it.
    """
    if order.weights == "imagenet" and isinstance(order.input_shape, tuple):
        if None in order.input_shape:
            raise ValueError(
                "When specifying the input shape of a NASNet and loading `ImageNet` weights, the "
                "input_shape argument must be static (no None entries). Got: "
                f"`input_shape={order.input_shape}`."
            )
    order.decide_shape(size, 32, require_flatten=True)
    if image_data_format() == "channels_last":
        return _nasnet_body(order, size, penultimate, depth, stem, skip_reduction)
    warnings.warn(
        "The NASNet family of models is only available for the input data format "
        '"channels_last" (width, height, channels). However your settings specify the default data '
        'format "channels_first" (channels, width, height). You should set '
        '`image_data_format="channels_last"` in your Keras config located at ~/.keras/keras.json. '
        "The model being returned right now will expect inputs to follow the "
        '"channels_last" data format.',
        stacklevel=3,
    )
    set_image_data_format("channels_last")
    try:
        return _nasnet_body(order, size, penultimate, depth, stem, skip_reduction)
    finally:
        set_image_data_format("channels_first")


def _nasnet_body(
    order: Order, size: int, penultimate: int, depth: int, stem: int, skip_reduction: bool
) -> Any:
    filters = penultimate // 24
    x = Conv2D(
        stem,
        (3, 3),
        strides=(2, 2),
        padding="valid",
        use_bias=False,
        name="stem_conv1",
        kernel_initializer="he_normal",
    )(order.make_input())
    x, p = _normalized(x, "stem_bn1"), None
    x, p = _reduction_cell(x, p, filters // 4, "stem_1")
    x, p = _reduction_cell(x, p, filters // 2, "stem_2")
    for stage in range(3):
        own = filters * 2**stage
        if stage:
            x, before = _reduction_cell(x, p, own, f"reduce_{stage * depth}")
            p = p if skip_reduction else before
        first = stage * depth + (1 if stage else 0)
        for i in range(first, first + depth):
            x, p = _normal_cell(x, p, own, str(i))
    x = order.head(Activation("relu")(x), average=None)
    return order.model(x, "NASNet", _files(size))


@export("keras.applications.NASNetLarge", "keras.applications.nasnet.NASNetLarge")
def NASNetLarge(
    input_shape: Any = None,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    **kwargs: Any,
) -> Any:
    """The large network. Stands for `tf.keras.applications.NASNetLarge`.

    Arguments and errors: as of `Order`.
    """
    order = Order(include_top, weights, input_tensor, input_shape, pooling, classes, kwargs)
    return _nasnet(order, 331, 4032, 6, 96, skip_reduction=True)


@export("keras.applications.NASNetMobile", "keras.applications.nasnet.NASNetMobile")
def NASNetMobile(
    input_shape: Any = None,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    **kwargs: Any,
) -> Any:
    """The small network. Stands for `tf.keras.applications.NASNetMobile`.

    Arguments and errors: as of `Order`.
    """
    order = Order(include_top, weights, input_tensor, input_shape, pooling, classes, kwargs)
    return _nasnet(order, 224, 1056, 4, 32, skip_reduction=False)
