"""Residual networks whose units begin with normalization (He et al. 2016): arXiv:1603.05027."""

from collections.abc import Iterable
from typing import Any

from evergraph.api import nn_ops
from evergraph.api.variable_scope import variable_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.framework.arg_scope import add_arg_scope, arg_scope
from evergraph.library.contrib.layers.batch_norm import batch_norm
from evergraph.library.contrib.layers.convolutions import convolution2d
from evergraph.library.contrib.layers.utils import collect_named_outputs, last_dimension
from evergraph.library.contrib.slim.nets import resnet_utils

resnet_arg_scope = resnet_utils.resnet_arg_scope


@add_arg_scope
def bottleneck(
    inputs: Any,
    depth: int,
    depth_bottleneck: int,
    stride: int,
    rate: int = 1,
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """A unit: the input plus three convolutions of it.

    Args:
      inputs: images.
      depth, depth_bottleneck: channels of the output, and in between.
      stride, rate: of the convolution in the middle.
      outputs_collections: collections for the output.
      scope: the variable scope; default: "bottleneck_v2".
    """
    with variable_scope(scope, "bottleneck_v2", [inputs]) as opened:
        depth_in = last_dimension(inputs.get_shape(), min_rank=4)
        preact = batch_norm(inputs, activation_fn=nn_ops.relu, scope="preact")
        plain = {"normalizer_fn": None, "activation_fn": None}
        if depth == depth_in:
            shortcut = resnet_utils.subsample(inputs, stride, "shortcut")
        else:
            shortcut = convolution2d(
                preact, depth, [1, 1], stride=stride, scope="shortcut", **plain
            )
        residual = convolution2d(preact, depth_bottleneck, [1, 1], stride=1, scope="conv1")
        residual = resnet_utils.conv2d_same(
            residual, depth_bottleneck, 3, stride, rate=rate, scope="conv2"
        )
        residual = convolution2d(residual, depth, [1, 1], stride=1, scope="conv3", **plain)
        output = shortcut + residual
        return collect_named_outputs(outputs_collections, opened.name, output)


def _root(net: Any) -> Any:
    with arg_scope([convolution2d], activation_fn=None, normalizer_fn=None):
        return resnet_utils.conv2d_same(net, 64, 7, stride=2, scope="conv1")


def _end(net: Any) -> Any:
    return batch_norm(net, activation_fn=nn_ops.relu, scope="postnorm")


def resnet_v2(
    inputs: Any,
    blocks: Iterable[resnet_utils.Block],
    num_classes: int | None = None,
    is_training: Any = True,
    global_pool: bool = True,
    output_stride: Any = None,
    include_root_block: bool = True,
    reuse: bool | None = None,
    scope: Any = None,
) -> tuple[Tensor, dict[str, Tensor]]:
    """A network of blocks.

    Args:
      inputs: images [batch, rows, columns, channels].
      blocks: the blocks; see `resnet_v2_block`.
      num_classes: the number of logits; None for none, the last block's output.
      is_training: whether batch normalization is that of training.
      global_pool: whether the mean over rows and columns is taken.
      output_stride: how much smaller the images may become, a multiple of 4; None for no bound.
      include_root_block: whether a convolution and a pool come first.
      reuse: whether the variables are found in the scope rather than made.
      scope: the variable scope.

    Returns:
      The output, and all by name.

    Raises:
      ValueError: the output stride cannot be reached.
    """
    return resnet_utils.resnet(bottleneck, "resnet_v2", _root, _end, **locals())


resnet_v2.default_image_size = 224  # type: ignore[attr-defined]


def resnet_v2_block(scope: str, base_depth: int, num_units: int, stride: int) -> resnet_utils.Block:
    """A block of so many units, the last with the stride; `base_depth` channels in between."""
    return resnet_utils.bottleneck_block(bottleneck, scope, base_depth, num_units, stride)


def resnet_v2_50(
    inputs: Any,
    num_classes: int | None = None,
    is_training: Any = True,
    global_pool: bool = True,
    output_stride: Any = None,
    reuse: bool | None = None,
    scope: Any = "resnet_v2_50",
) -> tuple[Tensor, dict[str, Tensor]]:
    """The network with 50 layers; arguments as of `resnet_v2`."""
    return resnet_v2(**locals(), blocks=resnet_utils.four_blocks(resnet_v2_block, 3, 4, 6, 3))


def resnet_v2_101(
    inputs: Any,
    num_classes: int | None = None,
    is_training: Any = True,
    global_pool: bool = True,
    output_stride: Any = None,
    reuse: bool | None = None,
    scope: Any = "resnet_v2_101",
) -> tuple[Tensor, dict[str, Tensor]]:
    """The network with 101 layers; arguments as of `resnet_v2`."""
    return resnet_v2(**locals(), blocks=resnet_utils.four_blocks(resnet_v2_block, 3, 4, 23, 3))


def resnet_v2_152(
    inputs: Any,
    num_classes: int | None = None,
    is_training: Any = True,
    global_pool: bool = True,
    output_stride: Any = None,
    reuse: bool | None = None,
    scope: Any = "resnet_v2_152",
) -> tuple[Tensor, dict[str, Tensor]]:
    """The network with 152 layers; arguments as of `resnet_v2`."""
    return resnet_v2(**locals(), blocks=resnet_utils.four_blocks(resnet_v2_block, 3, 8, 36, 3))


def resnet_v2_200(
    inputs: Any,
    num_classes: int | None = None,
    is_training: Any = True,
    global_pool: bool = True,
    output_stride: Any = None,
    reuse: bool | None = None,
    scope: Any = "resnet_v2_200",
) -> tuple[Tensor, dict[str, Tensor]]:
    """The network with 200 layers; arguments as of `resnet_v2`."""
    return resnet_v2(**locals(), blocks=resnet_utils.four_blocks(resnet_v2_block, 3, 24, 36, 3))
