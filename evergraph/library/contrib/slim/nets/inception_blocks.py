"""How the Inception networks are written down, and built.

A network is a list of end points: a step, such as "Conv2d_2b_1x1:64", or the branches of a block
with its name. A branch is steps with spaces between. A step is the name of its scope, which says
what it is and how large its kernel, and for convolutions the number of channels:

    Conv2d_0a_1x1:64          a convolution with a kernel of 1 x 1
    Conv2d_1a_1x1=3x3:96/2    with a kernel of 3 x 3 for all its name, and stride 2
    Conv2d_0a_1x1:64~0.09     with initial weights of that standard deviation
    MaxPool_0a_3x3            a pool
    Conv2d_0b_1x3:384|...     two convolutions of the same input, one after the other
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from evergraph.api import array_ops, nn_ops
from evergraph.api.init_ops import truncated_normal_initializer
from evergraph.api.variable_scope import variable_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.framework.arg_scope import Scope, arg_scope
from evergraph.library.contrib.layers.batch_norm import batch_norm
from evergraph.library.contrib.layers.convolutions import convolution2d
from evergraph.library.contrib.layers.dense import fully_connected
from evergraph.library.contrib.layers.initializers import variance_scaling_initializer
from evergraph.library.contrib.layers.pooling import avg_pool2d, max_pool2d
from evergraph.library.contrib.layers.regularizers import l2_regularizer
from evergraph.library.contrib.layers.shaping import dropout

EndPoint = str | tuple[str, Sequence[str]]

_STEP = re.compile(
    r"(?P<name>\w+_(?P<height>\d)x(?P<width>\d))(=(?P<kernel>\dx\d))?"
    r"(:(?P<channels>\d+))?(/(?P<stride>\d))?(~(?P<stddev>[\d.]+))?"
)
_POOLS: dict[str, Callable[..., Tensor]] = {"MaxPool": max_pool2d, "AvgPool": avg_pool2d}


def trunc_normal(stddev: float) -> Any:
    """Initial weights around 0."""
    return truncated_normal_initializer(0.0, stddev)


class Build(NamedTuple):
    """What differs between networks of one kind."""

    depth: Callable[[int], int] = int
    strided: dict[str, Any] = {}  # further arguments of steps with a stride
    padded: tuple[str, ...] = ()  # steps that keep the images' size


def _step(net: Tensor, text: str, build: Build) -> Tensor:
    if "|" in text:
        return array_ops.concat([_step(net, part, build) for part in text.split("|")], 3)
    parsed = _STEP.fullmatch(text)
    assert parsed, text
    name, stride, stddev = parsed["name"], parsed["stride"], parsed["stddev"]
    kernel = [int(size) for size in (parsed["kernel"] or name.rpartition("_")[2]).split("x")]
    settings: dict[str, Any] = {"scope": name}
    if stride:
        settings |= {"stride": int(stride)} | build.strided
    if name in build.padded:
        settings["padding"] = "SAME"
    if stddev:
        settings["weights_initializer"] = trunc_normal(float(stddev))
    pool = _POOLS.get(name.partition("_")[0])
    if pool is not None:
        return pool(net, kernel, **settings)
    found: Tensor = convolution2d(net, build.depth(int(parsed["channels"])), kernel, **settings)
    return found


def _block(net: Tensor, name: str, branches: Sequence[str], build: Build) -> Tensor:
    with variable_scope(name):
        outputs = []
        for i, branch in enumerate(branches):
            with variable_scope(f"Branch_{i}"):
                output = net
                for step in branch.split():
                    output = _step(output, step, build)
                outputs.append(output)
        return array_ops.concat(outputs, 3)


def built(
    net: Tensor,
    end_points: dict[str, Tensor],
    steps: Sequence[EndPoint],
    final_endpoint: str,
    build: Build,
) -> tuple[Tensor, bool]:
    """Builds until the final end point; each output is kept by its name. Gives the last output, and
    whether it is the final one."""
    for step in steps:
        if isinstance(step, str):
            name = step.partition(":")[0].partition("/")[0]
            net = _step(net, step, build)
        else:
            name, branches = step
            net = _block(net, name, branches, build)
        end_points[name] = net
        if name == final_endpoint:
            return net, True
    return net, False


def unknown(final_endpoint: str) -> ValueError:
    """The error for an end point that no network of the kind has."""
    return ValueError(f"Unknown final endpoint {final_endpoint}")


def depths(depth_multiplier: float, min_depth: int) -> Callable[[int], int]:
    """The number of channels of a narrower network. Raises ValueError for no positive factor."""
    if depth_multiplier <= 0:
        raise ValueError("depth_multiplier is not greater than zero.")
    return lambda channels: max(int(channels * depth_multiplier), min_depth)


def reduced_kernel_size(net: Tensor, kernel_size: list[int]) -> list[int]:
    """The kernel's size, no larger than the images if their size is known."""
    sizes = net.get_shape().as_list()[1:3]
    if None in sizes:
        return kernel_size
    return [min(size, kernel) for size, kernel in zip(sizes, kernel_size, strict=True)]


def classified(
    net: Tensor,
    end_points: dict[str, Tensor],
    num_classes: int,
    dropout_keep_prob: float,
    scopes: tuple[str, str],
    spatial_squeeze: bool,
    pre_logits: bool = False,
) -> Tensor:
    """The logits of images: dropout and a convolution of 1 x 1, with the scopes' names."""
    net = dropout(net, keep_prob=dropout_keep_prob, scope=scopes[0])
    if pre_logits:
        end_points["PreLogits"] = net
    logits: Tensor = convolution2d(
        net, num_classes, [1, 1], activation_fn=None, normalizer_fn=None, scope=scopes[1]
    )
    if spatial_squeeze:
        logits = array_ops.squeeze(logits, [1, 2], name="SpatialSqueeze")
    end_points["Logits"] = logits
    return logits


def inception_arg_scope(
    weight_decay: float,
    batch_norm_var_collection: str,
    normalized: bool = True,
    **batch_norm_params: Any,
) -> Scope:
    """The argument scope that the networks are trained in."""
    collections = {
        "beta": None,
        "gamma": None,
        "moving_mean": [batch_norm_var_collection],
        "moving_variance": [batch_norm_var_collection],
    }
    params = {**batch_norm_params, "variables_collections": collections}
    with (
        arg_scope(
            [convolution2d, fully_connected], weights_regularizer=l2_regularizer(weight_decay)
        ),
        arg_scope(
            [convolution2d],
            weights_initializer=variance_scaling_initializer(),
            activation_fn=nn_ops.relu,
            normalizer_fn=batch_norm if normalized else None,
            normalizer_params=params if normalized else {},
        ) as scope,
    ):
        return scope
