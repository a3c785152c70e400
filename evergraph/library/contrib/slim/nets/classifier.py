"""What AlexNet, VGG and OverFeat have in common: their last layers."""

from typing import Any

from evergraph.api import array_ops
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.layers.convolutions import convolution2d
from evergraph.library.contrib.layers.shaping import dropout


def fully_connected_as_convolutions(
    net: Any,
    sizes: tuple[int, int],
    kernel: list[int],
    num_classes: int,
    is_training: Any,
    dropout_keep_prob: float,
    **of_logits: Any,
) -> Tensor:
    """fc6, fc7 and fc8: convolutions, so that larger images give more than one result.

    Args:
      net: images.
      sizes: channels of fc6 and fc7.
      kernel: of fc6.
      num_classes: channels of fc8.
      is_training, dropout_keep_prob: see `tf.contrib.layers.dropout`.
      **of_logits: further arguments of fc8.
    """
    net = convolution2d(net, sizes[0], kernel, padding="VALID", scope="fc6")
    net = dropout(net, dropout_keep_prob, is_training=is_training, scope="dropout6")
    net = convolution2d(net, sizes[1], [1, 1], scope="fc7")
    net = dropout(net, dropout_keep_prob, is_training=is_training, scope="dropout7")
    logits: Tensor = convolution2d(
        net, num_classes, [1, 1], activation_fn=None, normalizer_fn=None, scope="fc8", **of_logits
    )
    return logits


def squeezed(net: Tensor, end_points: dict[str, Tensor], scope: Any) -> Tensor:
    """The logits without the axes of rows and columns; kept as the end point "fc8"."""
    net = array_ops.squeeze(net, [1, 2], name="fc8/squeezed")
    end_points[scope.name + "/fc8"] = net
    return net
