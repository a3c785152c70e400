"""Normalization of single images: instance_norm, group_norm."""

from typing import Any

from evergraph.api import array_ops, math_ops, nn_impl
from evergraph.api.init_ops import ones_initializer, zeros_initializer
from evergraph.api.variable_scope import variable_scope
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.framework.arg_scope import add_arg_scope
from evergraph.library.contrib.framework.variables import model_variable
from evergraph.library.contrib.layers.common import (
    DATA_FORMAT_NCHW,
    DATA_FORMAT_NHWC,
    check_data_format,
    finished,
)
from evergraph.library.contrib.layers.utils import get_variable_collections

_INITIALIZERS = {"beta": zeros_initializer, "gamma": ones_initializer}


def _parameter(
    name: str, wanted: bool, shape: Any, broadcast: Any, settings: dict[str, Any]
) -> Any:
    """ "beta" or "gamma", in the shape to broadcast; None if it is not wanted."""
    if not wanted:
        return None
    initializers = settings["initializers"] or {}
    variable = model_variable(
        name,
        shape=shape,
        dtype=settings["dtype"],
        initializer=initializers.get(name, _INITIALIZERS[name]()),
        collections=get_variable_collections(settings["collections"], name),
        trainable=settings["trainable"],
    )
    return array_ops.reshape(variable, broadcast) if broadcast else variable


@export("contrib.layers.instance_norm")
@add_arg_scope
def instance_norm(
    inputs: Any,
    center: bool = True,
    scale: bool = True,
    epsilon: float = 1e-6,
    activation_fn: Any = None,
    param_initializers: Any = None,
    reuse: bool | None = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    data_format: str = DATA_FORMAT_NHWC,
    scope: Any = None,
) -> Tensor:
    """Each channel of each image with mean 0 and variance 1 (Ulyanov et al. 2016), times a variable
    "gamma", plus a variable "beta". Stands for `tf.contrib.layers.instance_norm`.

    Args:
      inputs: a tensor of known rank and number of channels.
      center, scale: whether there are "beta" and "gamma".
      epsilon: added to the variance.
      activation_fn: a function of the result, or None.
      param_initializers: initial values of "beta" and "gamma", by name.
      reuse: whether the variables are found in the scope rather than made.
      variables_collections: collections for the variables, or a dict of such by name.
      outputs_collections: collections for the result.
      trainable: whether the variables are trained.
      data_format: "NHWC" (channels last) or "NCHW" (channels second).
      scope: the variable scope; default: "InstanceNorm".

    Raises:
      ValueError: for another data format, or if rank or channels are not known.
    """
    inputs = convert_to_tensor(inputs)
    shape = inputs.shape
    rank = shape.ndims
    if rank is None:
        raise ValueError(f"Inputs {inputs.name} has undefined rank.")
    check_data_format(data_format, DATA_FORMAT_NCHW, DATA_FORMAT_NHWC)
    with variable_scope(scope, "InstanceNorm", [inputs], reuse=reuse) as opened:
        first = data_format == DATA_FORMAT_NCHW
        channel_axis = 1 if first else rank - 1
        broadcast = [1, shape[1].value, *[1] * (rank - 2)] if first else None
        channels = shape[channel_axis : channel_axis + 1]
        if not channels.is_fully_defined():
            raise ValueError(f"Inputs {inputs.name} has undefined channels dimension {channels}.")
        settings = {
            "dtype": inputs.dtype.base_dtype,
            "initializers": param_initializers,
            "collections": variables_collections,
            "trainable": trainable,
        }
        beta = _parameter("beta", center, channels, broadcast, settings)
        gamma = _parameter("gamma", scale, channels, broadcast, settings)
        axes = [axis for axis in range(1, rank) if axis != channel_axis]
        mean, variance = nn_impl.moments(inputs, axes, keep_dims=True)
        outputs = nn_impl.batch_normalization(
            inputs, mean, variance, beta, gamma, epsilon, name="instancenorm"
        )
        return finished(outputs, opened, activation_fn, outputs_collections)


@export("contrib.layers.group_norm")
@add_arg_scope
def group_norm(
    inputs: Any,
    groups: int = 32,
    channels_axis: int = -1,
    reduction_axes: Any = (-3, -2),
    center: bool = True,
    scale: bool = True,
    epsilon: float = 1e-6,
    activation_fn: Any = None,
    param_initializers: Any = None,
    reuse: bool | None = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
    mean_close_to_zero: bool = False,
) -> Tensor:
    """Each group of channels of each image with mean 0 and variance 1 (Wu and He 2018), times a
    variable "gamma", plus a variable "beta". Stands for `tf.contrib.layers.group_norm`.

    Args:
      inputs: a tensor of known rank; the sizes of the axes below must be known.
      groups: the number of groups, which divides that of the channels.
      channels_axis: the axis of the channels.
      reduction_axes: the axes of places.
      center, scale: whether there are "beta" and "gamma".
      epsilon: added to the variance.
      activation_fn: a function of the result, or None.
      param_initializers: initial values of "beta" and "gamma", by name.
      reuse: whether the variables are found in the scope rather than made.
      variables_collections: collections for the variables, or a dict of such by name.
      outputs_collections: collections for the result.
      trainable: whether the variables are trained.
      scope: the variable scope; default: "GroupNorm".
      mean_close_to_zero: whether the variance may be taken from the sum of squares.

    Raises:
      ValueError: an axis or a number of groups does not fit, or a size is not known.
    """
    inputs = convert_to_tensor(inputs)
    channels_axis, reduction_axes = _check_groups(inputs, groups, channels_axis, reduction_axes)
    sizes_now = array_ops.shape(inputs)
    sizes = [sizes_now[i] if size.value is None else size for i, size in enumerate(inputs.shape)]
    channels = inputs.dims[channels_axis]
    before, after = sizes[:channels_axis], sizes[channels_axis + 1 :]
    grouped = [groups, channels // groups]
    broadcast = [1] * len(before) + grouped + [1] * len(after)
    inputs = array_ops.reshape(inputs, before + grouped + after)
    axes = [channels_axis + 1, *(a + 1 if a > channels_axis else a for a in reduction_axes)]
    with variable_scope(scope, "GroupNorm", [inputs], reuse=reuse) as opened:
        settings = {
            "dtype": inputs.dtype.base_dtype,
            "initializers": param_initializers,
            "collections": variables_collections,
            "trainable": trainable,
        }
        beta = _parameter("beta", center, [channels], broadcast, settings)
        gamma = _parameter("gamma", scale, [channels], broadcast, settings)
        if mean_close_to_zero:
            count, sums, squares, _ = nn_impl.sufficient_statistics(inputs, axes, keep_dims=True)
            mean, variance = nn_impl.normalize_moments(count, sums, squares, shift=None)
        else:
            mean, variance = nn_impl.moments(inputs, axes, keep_dims=True)
        gain = math_ops.rsqrt(variance + epsilon)
        offset = -mean * gain
        if gamma is not None:
            gain *= gamma
            offset *= gamma
        if beta is not None:
            offset += beta
        outputs = array_ops.reshape(inputs * gain + offset, sizes)
        return finished(outputs, opened, activation_fn, outputs_collections)


def _check_groups(
    inputs: Tensor, groups: int, channels_axis: int, reduction_axes: Any
) -> tuple[int, list[int]]:
    """The axes, counted from the first; ValueError where something does not fit."""
    dims = inputs.dims
    if dims is None:
        raise ValueError(f"Inputs {inputs.name} has undefined rank.")
    rank = len(dims)
    if channels_axis > rank - 1:
        raise ValueError("Axis is out of bounds.")
    if channels_axis < 0:
        channels_axis += rank
    channels = dims[channels_axis]
    if channels is None:
        raise ValueError(f"Inputs {inputs.name} has undefined channel dimension: {channels_axis}.")
    axes = [axis + rank if axis < 0 else axis for axis in reduction_axes]
    for axis in axes:
        if axis > rank:
            raise ValueError("Axis is out of bounds.")
        if dims[axis] is None:
            raise ValueError(f"Inputs {inputs.name} has undefined dimensions {axis}.")
        if channels_axis == axis:
            raise ValueError("reduction_axis must be mutually exclusive with channels_axis")
    if groups > channels:
        raise ValueError(f"Invalid groups {groups} for {channels} channels.")
    if channels % groups != 0:
        raise ValueError(f"{channels} channels is not commensurate with {groups} groups.")
    return channels_axis, axes
