"""Inception v1, or GoogLeNet (Szegedy et al. 2014): arXiv:1409.4842."""

from typing import Any

from evergraph.api.variable_scope import variable_scope
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.framework.arg_scope import Scope, arg_scope
from evergraph.library.contrib.layers.batch_norm import batch_norm
from evergraph.library.contrib.layers.convolutions import convolution2d
from evergraph.library.contrib.layers.dense import fully_connected
from evergraph.library.contrib.layers.pooling import avg_pool2d, max_pool2d
from evergraph.library.contrib.layers.shaping import dropout, softmax
from evergraph.library.contrib.slim.nets import inception_blocks as blocks


def _mixed(a: int, b: tuple[int, int], c: tuple[int, int], d: int) -> list[str]:
    """Four branches: 1 x 1; 1 x 1 and 3 x 3, twice; a pool and 1 x 1."""
    return [
        f"Conv2d_0a_1x1:{a}",
        f"Conv2d_0a_1x1:{b[0]} Conv2d_0b_3x3:{b[1]}",
        f"Conv2d_0a_1x1:{c[0]} Conv2d_0b_3x3:{c[1]}",
        f"MaxPool_0a_3x3 Conv2d_0b_1x1:{d}",
    ]


_MIXED_5B = _mixed(256, (160, 320), (32, 128), 128)
# A slip of the pen in the published network, whose variables are called so.
_MIXED_5B[2] = _MIXED_5B[2].replace("Conv2d_0b_3x3", "Conv2d_0a_3x3")

_STEPS: list[blocks.EndPoint] = [
    "Conv2d_1a_7x7:64/2",
    "MaxPool_2a_3x3/2",
    "Conv2d_2b_1x1:64",
    "Conv2d_2c_3x3:192",
    "MaxPool_3a_3x3/2",
    ("Mixed_3b", _mixed(64, (96, 128), (16, 32), 32)),
    ("Mixed_3c", _mixed(128, (128, 192), (32, 96), 64)),
    "MaxPool_4a_3x3/2",
    ("Mixed_4b", _mixed(192, (96, 208), (16, 48), 64)),
    ("Mixed_4c", _mixed(160, (112, 224), (24, 64), 64)),
    ("Mixed_4d", _mixed(128, (128, 256), (24, 64), 64)),
    ("Mixed_4e", _mixed(112, (144, 288), (32, 64), 64)),
    ("Mixed_4f", _mixed(256, (160, 320), (32, 128), 128)),
    "MaxPool_5a_2x2/2",
    ("Mixed_5b", _MIXED_5B),
    ("Mixed_5c", _mixed(384, (192, 384), (48, 128), 128)),
]


def inception_v1_base(
    inputs: Any, final_endpoint: str = "Mixed_5c", scope: Any = "InceptionV1"
) -> tuple[Tensor, dict[str, Tensor]]:
    """The network up to an end point.

    Args:
      inputs: images [batch, rows, columns, channels].
      final_endpoint: where it ends: one of the names of the steps.
      scope: the variable scope.

    Returns:
      The last output, and all by name.

    Raises:
      ValueError: there is no such end point.
    """
    end_points: dict[str, Tensor] = {}
    with (
        variable_scope(scope, "InceptionV1", [inputs]),
        arg_scope([convolution2d, fully_connected], weights_initializer=blocks.trunc_normal(0.01)),
        arg_scope([convolution2d, max_pool2d], stride=1, padding="SAME"),
    ):
        net, found = blocks.built(inputs, end_points, _STEPS, final_endpoint, blocks.Build())
    if not found:
        raise blocks.unknown(final_endpoint)
    return net, end_points


def inception_v1(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.8,
    prediction_fn: Any = softmax,
    spatial_squeeze: bool = True,
    reuse: bool | None = None,
    scope: Any = "InceptionV1",
) -> tuple[Tensor, dict[str, Tensor]]:
    """The network for images of 224 x 224. Stands for `slim.nets.inception.inception_v1`.

    Args:
      inputs: images [batch, rows, columns, channels].
      num_classes: the number of logits.
      is_training: whether dropout and batch normalization are those of training.
      dropout_keep_prob: the share of values that dropout keeps.
      prediction_fn: a function of logits and scope that gives the predictions.
      spatial_squeeze: whether the axes of rows and columns are taken out of the logits.
      reuse: whether the variables are found in the scope rather than made.
      scope: the variable scope.

    Returns:
      The logits, and all outputs by name.
    """
    with variable_scope(scope, "InceptionV1", [inputs, num_classes], reuse=reuse) as opened:
        with arg_scope([batch_norm, dropout], is_training=is_training):
            net, end_points = inception_v1_base(inputs, scope=opened)
            with variable_scope("Logits"):
                net = avg_pool2d(net, [7, 7], stride=1, scope="MaxPool_0a_7x7")
                logits = blocks.classified(
                    net,
                    end_points,
                    num_classes,
                    dropout_keep_prob,
                    ("Dropout_0b", "Conv2d_0c_1x1"),
                    spatial_squeeze,
                )
                end_points["Predictions"] = prediction_fn(logits, scope="Predictions")
    return logits, end_points


inception_v1.default_image_size = 224  # type: ignore[attr-defined]


def inception_v1_arg_scope(
    weight_decay: float = 0.00004,
    use_batch_norm: bool = True,
    batch_norm_var_collection: str = "moving_vars",
) -> Scope:
    """The argument scope that the network is trained in.

    Args:
      weight_decay: the factor of the weights' L2 losses.
      use_batch_norm: whether batch normalization takes the place of biases.
      batch_norm_var_collection: the collection of its moving averages.
    """
    return blocks.inception_arg_scope(
        weight_decay,
        batch_norm_var_collection,
        normalized=use_batch_norm,
        decay=0.9997,
        epsilon=0.001,
        updates_collections=GraphKeys.UPDATE_OPS,
    )
