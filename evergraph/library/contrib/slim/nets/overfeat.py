"""OverFeat, the fast model (Sermanet et al. 2013): arXiv:1312.6229."""

from typing import Any

from evergraph.api import nn_ops
from evergraph.api.init_ops import (
    constant_initializer,
    truncated_normal_initializer,
    zeros_initializer,
)
from evergraph.api.variable_scope import variable_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.framework.arg_scope import Scope, arg_scope
from evergraph.library.contrib.layers.convolutions import convolution2d
from evergraph.library.contrib.layers.dense import fully_connected
from evergraph.library.contrib.layers.pooling import max_pool2d
from evergraph.library.contrib.layers.regularizers import l2_regularizer
from evergraph.library.contrib.layers.utils import convert_collection_to_dict
from evergraph.library.contrib.slim.nets.classifier import (
    fully_connected_as_convolutions,
    squeezed,
)


def overfeat_arg_scope(weight_decay: float = 0.0005) -> Scope:
    """The argument scope that the network is trained in, with L2 losses of that factor."""
    with (
        arg_scope(
            [convolution2d, fully_connected],
            activation_fn=nn_ops.relu,
            weights_regularizer=l2_regularizer(weight_decay),
            biases_initializer=zeros_initializer(),
        ),
        arg_scope([convolution2d], padding="SAME"),
        arg_scope([max_pool2d], padding="VALID") as scope,
    ):
        return scope


def overfeat(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.5,
    spatial_squeeze: bool = True,
    scope: Any = "overfeat",
) -> tuple[Tensor, dict[str, Tensor]]:
    """The network for images of 231 x 231. Stands for `slim.nets.overfeat.overfeat`.

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
    with variable_scope(scope, "overfeat", [inputs]) as opened:
        collection = opened.name + "_end_points"
        with arg_scope(
            [convolution2d, fully_connected, max_pool2d], outputs_collections=collection
        ):
            net = convolution2d(inputs, 64, [11, 11], 4, padding="VALID", scope="conv1")
            net = max_pool2d(net, [2, 2], scope="pool1")
            net = convolution2d(net, 256, [5, 5], padding="VALID", scope="conv2")
            net = max_pool2d(net, [2, 2], scope="pool2")
            net = convolution2d(net, 512, [3, 3], scope="conv3")
            net = convolution2d(net, 1024, [3, 3], scope="conv4")
            net = convolution2d(net, 1024, [3, 3], scope="conv5")
            net = max_pool2d(net, [2, 2], scope="pool5")
            with arg_scope(
                [convolution2d],
                weights_initializer=truncated_normal_initializer(0.0, 0.005),
                biases_initializer=constant_initializer(0.1),
            ):
                net = fully_connected_as_convolutions(
                    net,
                    (3072, 4096),
                    [6, 6],
                    num_classes,
                    is_training,
                    dropout_keep_prob,
                    biases_initializer=zeros_initializer(),
                )
            end_points: dict[str, Tensor] = convert_collection_to_dict(collection)
            if spatial_squeeze:
                net = squeezed(net, end_points, opened)
            return net, end_points


overfeat.default_image_size = 231  # type: ignore[attr-defined]
