"""Inception v3 (Szegedy et al. 2015): arXiv:1512.00567."""

from typing import Any

from evergraph.api import array_ops
from evergraph.api.variable_scope import variable_scope
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.framework.arg_scope import Scope, arg_scope
from evergraph.library.contrib.layers.batch_norm import batch_norm
from evergraph.library.contrib.layers.convolutions import convolution2d
from evergraph.library.contrib.layers.pooling import avg_pool2d, max_pool2d
from evergraph.library.contrib.layers.shaping import dropout, softmax
from evergraph.library.contrib.slim.nets import inception_blocks as blocks


def _mixed_5(pool: int, one: str = "Conv2d_0a_1x1", five: str = "Conv2d_0b_5x5") -> list[str]:
    return [
        "Conv2d_0a_1x1:64",
        f"{one}:48 {five}:64",
        "Conv2d_0a_1x1:64 Conv2d_0b_3x3:96 Conv2d_0c_3x3:96",
        f"AvgPool_0a_3x3 Conv2d_0b_1x1:{pool}",
    ]


def _mixed_6(n: int) -> list[str]:
    return [
        "Conv2d_0a_1x1:192",
        f"Conv2d_0a_1x1:{n} Conv2d_0b_1x7:{n} Conv2d_0c_7x1:192",
        f"Conv2d_0a_1x1:{n} Conv2d_0b_7x1:{n} Conv2d_0c_1x7:{n} Conv2d_0d_7x1:{n} "
        "Conv2d_0e_1x7:192",
        "AvgPool_0a_3x3 Conv2d_0b_1x1:192",
    ]


def _mixed_7(second: str) -> list[str]:
    return [
        "Conv2d_0a_1x1:320",
        f"Conv2d_0a_1x1:384 Conv2d_0b_1x3:384|{second}:384",
        "Conv2d_0a_1x1:448 Conv2d_0b_3x3:384 Conv2d_0c_1x3:384|Conv2d_0d_3x1:384",
        "AvgPool_0a_3x3 Conv2d_0b_1x1:192",
    ]


_STEM: list[blocks.EndPoint] = [
    "Conv2d_1a_3x3:32/2",
    "Conv2d_2a_3x3:32",
    "Conv2d_2b_3x3:64",
    "MaxPool_3a_3x3/2",
    "Conv2d_3b_1x1:80",
    "Conv2d_4a_3x3:192",
    "MaxPool_5a_3x3/2",
]

# Odd names among these are the published network's.
_STEPS: list[blocks.EndPoint] = [
    ("Mixed_5b", _mixed_5(32)),
    ("Mixed_5c", _mixed_5(64, one="Conv2d_0b_1x1", five="Conv_1_0c_5x5")),
    ("Mixed_5d", _mixed_5(64)),
    (
        "Mixed_6a",
        [
            "Conv2d_1a_1x1=3x3:384/2",
            "Conv2d_0a_1x1:64 Conv2d_0b_3x3:96 Conv2d_1a_1x1=3x3:96/2",
            "MaxPool_1a_3x3/2",
        ],
    ),
    ("Mixed_6b", _mixed_6(128)),
    ("Mixed_6c", _mixed_6(160)),
    ("Mixed_6d", _mixed_6(160)),
    ("Mixed_6e", _mixed_6(192)),
    (
        "Mixed_7a",
        [
            "Conv2d_0a_1x1:192 Conv2d_1a_3x3:320/2",
            "Conv2d_0a_1x1:192 Conv2d_0b_1x7:192 Conv2d_0c_7x1:192 Conv2d_1a_3x3:192/2",
            "MaxPool_1a_3x3/2",
        ],
    ),
    ("Mixed_7b", _mixed_7("Conv2d_0b_3x1")),
    ("Mixed_7c", _mixed_7("Conv2d_0c_3x1")),
]

_SLIDING = [convolution2d, max_pool2d, avg_pool2d]


def inception_v3_base(
    inputs: Any,
    final_endpoint: str = "Mixed_7c",
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
      scope: the variable scope; default: "InceptionV3".

    Returns:
      The last output, and all by name.

    Raises:
      ValueError: there is no such end point, or the factor is not positive.
    """
    end_points: dict[str, Tensor] = {}
    depth = blocks.depths(depth_multiplier, min_depth)
    with variable_scope(scope, "InceptionV3", [inputs]):
        with arg_scope(_SLIDING, stride=1, padding="VALID"):
            stem = blocks.Build(depth, padded=("Conv2d_2b_3x3",))
            net, found = blocks.built(inputs, end_points, _STEM, final_endpoint, stem)
        if not found:
            with arg_scope(_SLIDING, stride=1, padding="SAME"):
                build = blocks.Build(depth, strided={"padding": "VALID"})
                net, found = blocks.built(net, end_points, _STEPS, final_endpoint, build)
    if not found:
        raise blocks.unknown(final_endpoint)
    return net, end_points


def _auxiliary_logits(net: Tensor, num_classes: int, depth: Any, spatial_squeeze: bool) -> Tensor:
    """Logits from the middle of the network, whose loss helps to train it."""
    with arg_scope(_SLIDING, stride=1, padding="SAME"), variable_scope("AuxLogits"):
        net = avg_pool2d(net, [5, 5], stride=3, padding="VALID", scope="AvgPool_1a_5x5")
        net = convolution2d(net, depth(128), [1, 1], scope="Conv2d_1b_1x1")
        kernel = blocks.reduced_kernel_size(net, [5, 5])
        net = convolution2d(
            net,
            depth(768),
            kernel,
            weights_initializer=blocks.trunc_normal(0.01),
            padding="VALID",
            scope=f"Conv2d_2a_{kernel[0]}x{kernel[1]}",
        )
        net = convolution2d(
            net,
            num_classes,
            [1, 1],
            activation_fn=None,
            normalizer_fn=None,
            weights_initializer=blocks.trunc_normal(0.001),
            scope="Conv2d_2b_1x1",
        )
        return array_ops.squeeze(net, [1, 2], name="SpatialSqueeze") if spatial_squeeze else net


def inception_v3(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.8,
    min_depth: int = 16,
    depth_multiplier: float = 1.0,
    prediction_fn: Any = softmax,
    spatial_squeeze: bool = True,
    reuse: bool | None = None,
    scope: Any = "InceptionV3",
) -> tuple[Tensor, dict[str, Tensor]]:
    """The network for images of 299 x 299. Stands for `slim.nets.inception.inception_v3`.

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
      The logits, and all outputs by name, "AuxLogits" and "PreLogits" among them.

    Raises:
      ValueError: the factor is not positive.
    """
    depth = blocks.depths(depth_multiplier, min_depth)
    with variable_scope(scope, "InceptionV3", [inputs, num_classes], reuse=reuse) as opened:
        with arg_scope([batch_norm, dropout], is_training=is_training):
            net, end_points = inception_v3_base(
                inputs, scope=opened, min_depth=min_depth, depth_multiplier=depth_multiplier
            )
            end_points["AuxLogits"] = _auxiliary_logits(
                end_points["Mixed_6e"], num_classes, depth, spatial_squeeze
            )
            with variable_scope("Logits"):
                kernel = blocks.reduced_kernel_size(net, [8, 8])
                pool_scope = f"AvgPool_1a_{kernel[0]}x{kernel[1]}"
                net = avg_pool2d(net, kernel, padding="VALID", scope=pool_scope)
                logits = blocks.classified(
                    net,
                    end_points,
                    num_classes,
                    dropout_keep_prob,
                    ("Dropout_1b", "Conv2d_1c_1x1"),
                    spatial_squeeze,
                    pre_logits=True,
                )
            end_points["Predictions"] = prediction_fn(logits, scope="Predictions")
    return logits, end_points


inception_v3.default_image_size = 299  # type: ignore[attr-defined]


def inception_v3_arg_scope(
    weight_decay: float = 0.00004,
    batch_norm_var_collection: str = "moving_vars",
    batch_norm_decay: float = 0.9997,
    batch_norm_epsilon: float = 0.001,
    updates_collections: Any = GraphKeys.UPDATE_OPS,
    use_fused_batchnorm: bool = True,
) -> Scope:
    """The argument scope that the network is trained in.

    Args:
      weight_decay: the factor of the weights' L2 losses.
      batch_norm_var_collection: the collection of the moving averages.
      batch_norm_decay, batch_norm_epsilon: see `tf.contrib.layers.batch_norm`.
      updates_collections: collections of the averages' updates.
      use_fused_batchnorm: whether one node does batch normalization.
    """
    return blocks.inception_arg_scope(
        weight_decay,
        batch_norm_var_collection,
        decay=batch_norm_decay,
        epsilon=batch_norm_epsilon,
        updates_collections=updates_collections,
        fused=use_fused_batchnorm,
    )
