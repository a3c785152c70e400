"""Inception v2, or BN-Inception (Ioffe and Szegedy 2015): arXiv:1502.03167."""

from typing import Any

from evergraph.api.variable_scope import variable_scope
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.framework.arg_scope import Scope, arg_scope
from evergraph.library.contrib.layers.batch_norm import batch_norm
from evergraph.library.contrib.layers.convolutions import (
    convolution2d,
    separable_convolution2d,
)
from evergraph.library.contrib.layers.pooling import avg_pool2d, max_pool2d
from evergraph.library.contrib.layers.shaping import dropout, softmax
from evergraph.library.contrib.slim.nets import inception_blocks as blocks


def _mixed(a: int, b: tuple[int, int], c: tuple[int, int], d: int, pool: str = "Avg") -> list[str]:
    """Four branches: 1 x 1; then 3 x 3; twice 3 x 3; a pool and 1 x 1."""
    return [
        f"Conv2d_0a_1x1:{a}",
        f"Conv2d_0a_1x1:{b[0]}~0.09 Conv2d_0b_3x3:{b[1]}",
        f"Conv2d_0a_1x1:{c[0]}~0.09 Conv2d_0b_3x3:{c[1]} Conv2d_0c_3x3:{c[1]}",
        f"{pool}Pool_0a_3x3 Conv2d_0b_1x1:{d}~0.1",
    ]


def _reduced(a: tuple[int, int], b: tuple[int, int]) -> list[str]:
    """Three branches with stride 2."""
    return [
        f"Conv2d_0a_1x1:{a[0]}~0.09 Conv2d_1a_3x3:{a[1]}/2",
        f"Conv2d_0a_1x1:{b[0]}~0.09 Conv2d_0b_3x3:{b[1]} Conv2d_1a_3x3:{b[1]}/2",
        "MaxPool_1a_3x3/2",
    ]


_STEPS: list[blocks.EndPoint] = [
    "MaxPool_2a_3x3/2",
    "Conv2d_2b_1x1:64~0.1",
    "Conv2d_2c_3x3:192",
    "MaxPool_3a_3x3/2",
    ("Mixed_3b", _mixed(64, (64, 64), (64, 96), 32)),
    ("Mixed_3c", _mixed(64, (64, 96), (64, 96), 64)),
    ("Mixed_4a", _reduced((128, 160), (64, 96))),
    ("Mixed_4b", _mixed(224, (64, 96), (96, 128), 128)),
    ("Mixed_4c", _mixed(192, (96, 128), (96, 128), 128)),
    ("Mixed_4d", _mixed(160, (128, 160), (128, 160), 96)),
    ("Mixed_4e", _mixed(96, (128, 192), (160, 192), 96)),
    ("Mixed_5a", _reduced((128, 192), (192, 256))),
    ("Mixed_5b", _mixed(352, (192, 320), (160, 224), 128)),
    ("Mixed_5c", _mixed(352, (192, 320), (192, 224), 128, pool="Max")),
]


def inception_v2_base(
    inputs: Any,
    final_endpoint: str = "Mixed_5c",
    min_depth: int = 16,
    depth_multiplier: float = 1.0,
    scope: Any = None,
) -> tuple[Tensor, dict[str, Tensor]]:
    """The network up to an end point.

    Args:
      inputs: images [batch, rows, columns, channels].
      final_endpoint: where it ends: one of the names of the steps.
      min_depth: the least number of channels.
      depth_multiplier: a factor of all numbers of channels.
      scope: the variable scope; default: "InceptionV2".

    Returns:
      The last output, and all by name.

    Raises:
      ValueError: there is no such end point, or the factor is not positive.
    """
    end_points: dict[str, Tensor] = {}
    depth = blocks.depths(depth_multiplier, min_depth)
    with (
        variable_scope(scope, "InceptionV2", [inputs]),
        arg_scope(
            [convolution2d, max_pool2d, avg_pool2d, separable_convolution2d],
            stride=1,
            padding="SAME",
        ),
    ):
        first = "Conv2d_1a_7x7"
        net = end_points[first] = separable_convolution2d(
            inputs,
            depth(64),
            [7, 7],
            depth_multiplier=min(int(depth(64) / 3), 8),
            stride=2,
            weights_initializer=blocks.trunc_normal(1.0),
            scope=first,
        )
        if final_endpoint == first:
            return net, end_points
        net, found = blocks.built(net, end_points, _STEPS, final_endpoint, blocks.Build(depth))
    if not found:
        raise blocks.unknown(final_endpoint)
    return net, end_points


def inception_v2(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.8,
    min_depth: int = 16,
    depth_multiplier: float = 1.0,
    prediction_fn: Any = softmax,
    spatial_squeeze: bool = True,
    reuse: bool | None = None,
    scope: Any = "InceptionV2",
) -> tuple[Tensor, dict[str, Tensor]]:
    """The network for images of 224 x 224. Stands for `slim.nets.inception.inception_v2`.

    Args:
      inputs: images [batch, rows, columns, channels].
      num_classes: the number of logits.
      is_training: whether dropout and batch normalization are those of training.
      dropout_keep_prob: the share of values that dropout keeps.
      min_depth: the least number of channels.
      depth_multiplier: a factor of all numbers of channels.
      prediction_fn: a function of logits and scope that gives the predictions.
      spatial_squeeze: whether the axes of rows and columns are taken out of the logits.
      reuse: whether the variables are found in the scope rather than made.
      scope: the variable scope.

    Returns:
      The logits, and all outputs by name.

    Raises:
      ValueError: the factor is not positive.
    """
    blocks.depths(depth_multiplier, min_depth)
    with variable_scope(scope, "InceptionV2", [inputs, num_classes], reuse=reuse) as opened:
        with arg_scope([batch_norm, dropout], is_training=is_training):
            net, end_points = inception_v2_base(
                inputs, scope=opened, min_depth=min_depth, depth_multiplier=depth_multiplier
            )
            with variable_scope("Logits"):
                kernel = blocks.reduced_kernel_size(net, [7, 7])
                pool_scope = f"AvgPool_1a_{kernel[0]}x{kernel[1]}"
                net = avg_pool2d(net, kernel, padding="VALID", scope=pool_scope)
                logits = blocks.classified(
                    net,
                    end_points,
                    num_classes,
                    dropout_keep_prob,
                    ("Dropout_1b", "Conv2d_1c_1x1"),
                    spatial_squeeze,
                )
            end_points["Predictions"] = prediction_fn(logits, scope="Predictions")
    return logits, end_points


inception_v2.default_image_size = 224  # type: ignore[attr-defined]


def inception_v2_arg_scope(
    weight_decay: float = 0.00004, batch_norm_var_collection: str = "moving_vars"
) -> Scope:
    """The argument scope that the network is trained in.

    Args:
      weight_decay: the factor of the weights' L2 losses.
      batch_norm_var_collection: the collection of the moving averages.
    """
    return blocks.inception_arg_scope(
        weight_decay,
        batch_norm_var_collection,
        decay=0.9997,
        epsilon=0.001,
        updates_collections=GraphKeys.UPDATE_OPS,
    )
