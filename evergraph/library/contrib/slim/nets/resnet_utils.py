"""What both kinds of residual networks have in common: blocks, strides, the argument scope."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from evergraph.api import array_ops, math_ops, nn_ops
from evergraph.api.variable_scope import variable_scope
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.framework.arg_scope import Scope, add_arg_scope, arg_scope
from evergraph.library.contrib.layers.batch_norm import batch_norm
from evergraph.library.contrib.layers.convolutions import convolution2d
from evergraph.library.contrib.layers.initializers import variance_scaling_initializer
from evergraph.library.contrib.layers.pooling import max_pool2d
from evergraph.library.contrib.layers.regularizers import l2_regularizer
from evergraph.library.contrib.layers.shaping import softmax
from evergraph.library.contrib.layers.utils import (
    collect_named_outputs,
    convert_collection_to_dict,
)


class Block(NamedTuple):
    """A part of a network: its scope, the function that makes a unit, and each unit's arguments."""

    scope: Any
    unit_fn: Callable[..., Any]
    args: list[dict[str, Any]]


def subsample(inputs: Any, factor: int, scope: Any = None) -> Any:
    """Every so manieth pixel of each row and column."""
    return inputs if factor == 1 else max_pool2d(inputs, [1, 1], stride=factor, scope=scope)


def conv2d_same(
    inputs: Any, num_outputs: int, kernel_size: int, stride: int, rate: int = 1, scope: Any = None
) -> Tensor:
    """A convolution that pads by the kernel alone, whatever the stride and the images' size."""
    settings = {"stride": stride, "rate": rate, "scope": scope}
    found: Tensor
    if stride == 1:
        found = convolution2d(inputs, num_outputs, kernel_size, padding="SAME", **settings)
        return found
    total = (kernel_size - 1) * rate
    before = total // 2
    paddings = [before, total - before]
    inputs = array_ops.pad(inputs, [[0, 0], paddings, paddings, [0, 0]])
    found = convolution2d(inputs, num_outputs, kernel_size, padding="VALID", **settings)
    return found


@add_arg_scope
def stack_blocks_dense(
    net: Any,
    blocks: Iterable[Block],
    output_stride: Any = None,
    outputs_collections: Any = None,
) -> Any:
    """Blocks one after the other; dilated instead of strided once the output stride is reached.

    Args:
      net: images.
      blocks: the blocks.
      output_stride: how much smaller the images may become; None for no bound.
      outputs_collections: collections for the blocks' outputs.

    Raises:
      ValueError: the strides do not lead to `output_stride`.
    """
    current_stride = rate = 1
    for block in blocks:
        with variable_scope(block.scope, "block", [net]) as scope:
            for i, unit in enumerate(block.args):
                if output_stride is not None and current_stride > output_stride:
                    raise ValueError("The target output_stride cannot be reached.")
                with variable_scope(f"unit_{i + 1}", values=[net]):
                    if output_stride is not None and current_stride == output_stride:
                        net = block.unit_fn(net, rate=rate, **(unit | {"stride": 1}))
                        rate *= unit.get("stride", 1)
                    else:
                        net = block.unit_fn(net, rate=1, **unit)
                        current_stride *= unit.get("stride", 1)
            net = collect_named_outputs(outputs_collections, scope.name, net)
    if output_stride is not None and current_stride != output_stride:
        raise ValueError("The target output_stride cannot be reached.")
    return net


def resnet_arg_scope(
    weight_decay: float = 0.0001,
    batch_norm_decay: float = 0.997,
    batch_norm_epsilon: float = 1e-5,
    batch_norm_scale: bool = True,
) -> Scope:
    """The argument scope that the networks are trained in.

    Args:
      weight_decay: the factor of the weights' L2 losses.
      batch_norm_decay, batch_norm_epsilon, batch_norm_scale: see `tf.contrib.layers.batch_norm`.
    """
    params = {
        "decay": batch_norm_decay,
        "epsilon": batch_norm_epsilon,
        "scale": batch_norm_scale,
        "updates_collections": GraphKeys.UPDATE_OPS,
    }
    with (
        arg_scope(
            [convolution2d],
            weights_regularizer=l2_regularizer(weight_decay),
            weights_initializer=variance_scaling_initializer(),
            activation_fn=nn_ops.relu,
            normalizer_fn=batch_norm,
            normalizer_params=params,
        ),
        arg_scope([batch_norm], **params),
        arg_scope([max_pool2d], padding="SAME") as scope,
    ):
        return scope


def bottleneck_block(
    unit_fn: Callable[..., Any], scope: str, base_depth: int, num_units: int, stride: int
) -> Block:
    """A block of units, the last of which has the stride."""

    def unit(stride: int) -> dict[str, Any]:
        return {"depth": base_depth * 4, "depth_bottleneck": base_depth, "stride": stride}

    return Block(scope, unit_fn, [*[unit(1)] * (num_units - 1), unit(stride)])


def four_blocks(block: Callable[..., Block], *num_units: int) -> list[Block]:
    """The four blocks of a whole network, with that many units."""
    depths, strides = (64, 128, 256, 512), (2, 2, 2, 1)
    return [
        block(f"block{i + 1}", base_depth=depths[i], num_units=count, stride=strides[i])
        for i, count in enumerate(num_units)
    ]


def resnet(
    bottleneck: Callable[..., Any],
    default_scope: str,
    root: Callable[[Any], Any],
    end: Callable[[Any], Any],
    inputs: Any,
    blocks: Iterable[Block],
    num_classes: int | None,
    is_training: Any,
    global_pool: bool,
    output_stride: Any,
    include_root_block: bool,
    reuse: bool | None,
    scope: Any,
) -> tuple[Tensor, dict[str, Tensor]]:
    """A network of blocks, with what comes before the first (`root`) and after the last (`end`)."""
    with variable_scope(scope, default_scope, [inputs], reuse=reuse) as opened:
        collection = opened.original_name_scope + "_end_points"
        with (
            arg_scope(
                [convolution2d, bottleneck, stack_blocks_dense], outputs_collections=collection
            ),
            arg_scope([batch_norm], is_training=is_training),
        ):
            net = inputs
            if include_root_block:
                if output_stride is not None:
                    if output_stride % 4 != 0:
                        raise ValueError("The output_stride needs to be a multiple of 4.")
                    output_stride /= 4
                net = max_pool2d(root(net), [3, 3], stride=2, scope="pool1")
            net = end(stack_blocks_dense(net, blocks, output_stride))
            if global_pool:
                net = math_ops.reduce_mean(net, [1, 2], name="pool5", keepdims=True)
            if num_classes is not None:
                net = convolution2d(
                    net,
                    num_classes,
                    [1, 1],
                    activation_fn=None,
                    normalizer_fn=None,
                    scope="logits",
                )
            end_points: dict[str, Tensor] = convert_collection_to_dict(collection)
            if num_classes is not None:
                end_points["predictions"] = softmax(net, scope="predictions")
            return net, end_points
