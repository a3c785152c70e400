"""VGG (Simonyan and Zisserman 2014): arXiv:1409.1556."""

from typing import Any

from evergraph.api import nn_ops
from evergraph.api.init_ops import zeros_initializer
from evergraph.api.variable_scope import variable_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.framework.arg_scope import Scope, arg_scope
from evergraph.library.contrib.layers.convolutions import convolution2d
from evergraph.library.contrib.layers.dense import fully_connected
from evergraph.library.contrib.layers.pooling import max_pool2d
from evergraph.library.contrib.layers.regularizers import l2_regularizer
from evergraph.library.contrib.layers.shaping import repeat
from evergraph.library.contrib.layers.utils import convert_collection_to_dict
from evergraph.library.contrib.slim.nets.classifier import (
    fully_connected_as_convolutions,
    squeezed,
)

_CHANNELS = (64, 128, 256, 512, 512)


def vgg_arg_scope(weight_decay: float = 0.0005) -> Scope:
    """The argument scope that the networks are trained in, with L2 losses of that factor."""
    with (
        arg_scope(
            [convolution2d, fully_connected],
            activation_fn=nn_ops.relu,
            weights_regularizer=l2_regularizer(weight_decay),
            biases_initializer=zeros_initializer(),
        ),
        arg_scope([convolution2d], padding="SAME") as scope,
    ):
        return scope


def _vgg(
    default_scope: str,
    repetitions: tuple[int, ...],
    inputs: Any,
    num_classes: int,
    is_training: Any,
    dropout_keep_prob: float,
    spatial_squeeze: bool,
    scope: Any,
) -> tuple[Tensor, dict[str, Tensor]]:
    """The network with so many convolutions in each of its five parts."""
    with variable_scope(scope, default_scope, [inputs]) as opened:
        collection = opened.original_name_scope + "_end_points"
        with arg_scope([convolution2d, max_pool2d], outputs_collections=collection):
            net = inputs
            for i, (count, channels) in enumerate(zip(repetitions, _CHANNELS, strict=True), 1):
                net = repeat(net, count, convolution2d, channels, [3, 3], scope=f"conv{i}")
                net = max_pool2d(net, [2, 2], scope=f"pool{i}")
            net = fully_connected_as_convolutions(
                net, (4096, 4096), [7, 7], num_classes, is_training, dropout_keep_prob
            )
            end_points: dict[str, Tensor] = convert_collection_to_dict(collection)
            if spatial_squeeze:
                net = squeezed(net, end_points, opened)
            return net, end_points


def vgg_a(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.5,
    spatial_squeeze: bool = True,
    scope: Any = "vgg_a",
) -> tuple[Tensor, dict[str, Tensor]]:
    """VGG with 11 layers, for images of 224 x 224. Stands for `slim.nets.vgg.vgg_a`.

    Args:
      inputs: images [batch, rows, columns, channels].
      num_classes: the number of logits.
      is_training: whether dropout is on.
      dropout_keep_prob: the share of values that dropout keeps.
      spatial_squeeze: whether the axes of rows and columns are taken out of the logits.
      scope: the variable scope.

    Returns:
      The logits, and all outputs by name.
    """
    return _vgg("vgg_a", (1, 1, 2, 2, 2), **locals())


def vgg_16(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.5,
    spatial_squeeze: bool = True,
    scope: Any = "vgg_16",
) -> tuple[Tensor, dict[str, Tensor]]:
    """VGG with 16 layers; as `vgg_a`."""
    return _vgg("vgg_16", (2, 2, 3, 3, 3), **locals())


def vgg_19(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.5,
    spatial_squeeze: bool = True,
    scope: Any = "vgg_19",
) -> tuple[Tensor, dict[str, Tensor]]:
    """VGG with 19 layers; as `vgg_a`."""
    return _vgg("vgg_19", (2, 2, 4, 4, 4), **locals())


for _net in (vgg_a, vgg_16, vgg_19):
    _net.default_image_size = 224  # type: ignore[attr-defined]

# Their names in the paper.
vgg_d = vgg_16
vgg_e = vgg_19
