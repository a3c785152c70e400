"""Pools of tf.contrib.layers."""

from typing import Any

from evergraph.api import nn_ops
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.framework.arg_scope import add_arg_scope
from evergraph.library.contrib.layers.common import (
    DATA_FORMAT_NCDHW,
    DATA_FORMAT_NCHW,
    DATA_FORMAT_NDHWC,
    DATA_FORMAT_NHWC,
    check_data_format,
    keras_data_format,
)
from evergraph.library.contrib.layers.utils import collect_named_outputs, n_positive_integers
from evergraph.library.layers import pooling


def _pooled(layer_class: Any, default_name: str, arguments: dict[str, Any]) -> Tensor:
    """The output of a layer of `tf.layers`, in a name scope; `arguments` are the function's."""
    inputs = arguments["inputs"]
    with name_scope(arguments["scope"], default_name, [inputs]) as scope:
        layer = layer_class(
            pool_size=arguments["kernel_size"],
            strides=arguments["stride"],
            padding=arguments["padding"],
            data_format=keras_data_format(arguments["data_format"]),
            _scope=scope,
        )
        outputs = layer(convert_to_tensor(inputs))
        found: Tensor = collect_named_outputs(arguments["outputs_collections"], scope, outputs)
        return found


@export("contrib.layers.avg_pool2d")
@add_arg_scope
def avg_pool2d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = DATA_FORMAT_NHWC,
    outputs_collections: Any = None,
    scope: Any = None,
) -> Tensor:
    """The mean value of each window of images. Stands for `tf.contrib.layers.avg_pool2d`.

    Args:
      inputs: [batch, rows, columns, channels], or with the channels second.
      kernel_size, stride: a number for each axis, or one for both.
      padding: "VALID" or "SAME".
      data_format: "NHWC" or "NCHW".
      outputs_collections: collections for the result.
      scope: a name scope; default: "AvgPool2D".

    Raises:
      ValueError: for another data format.
    """
    check_data_format(data_format, DATA_FORMAT_NCHW, DATA_FORMAT_NHWC)
    return _pooled(pooling.AveragePooling2D, "AvgPool2D", dict(locals()))


@export("contrib.layers.avg_pool3d")
@add_arg_scope
def avg_pool3d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = DATA_FORMAT_NDHWC,
    outputs_collections: Any = None,
    scope: Any = None,
) -> Tensor:
    """The mean value of each window of volumes. Stands for `tf.contrib.layers.avg_pool3d`;
    arguments as of `avg_pool2d`."""
    check_data_format(data_format, DATA_FORMAT_NCDHW, DATA_FORMAT_NDHWC)
    return _pooled(pooling.AveragePooling3D, "AvgPool3D", dict(locals()))


@export("contrib.layers.max_pool2d")
@add_arg_scope
def max_pool2d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = DATA_FORMAT_NHWC,
    outputs_collections: Any = None,
    scope: Any = None,
) -> Tensor:
    """The largest value of each window of images. Stands for `tf.contrib.layers.max_pool2d`;
    arguments as of `avg_pool2d`."""
    check_data_format(data_format, DATA_FORMAT_NCHW, DATA_FORMAT_NHWC)
    return _pooled(pooling.MaxPooling2D, "MaxPool2D", dict(locals()))


@export("contrib.layers.max_pool3d")
@add_arg_scope
def max_pool3d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = DATA_FORMAT_NDHWC,
    outputs_collections: Any = None,
    scope: Any = None,
) -> Tensor:
    """The largest value of each window of volumes. Stands for `tf.contrib.layers.max_pool3d`;
    arguments as of `avg_pool2d`."""
    check_data_format(data_format, DATA_FORMAT_NCDHW, DATA_FORMAT_NDHWC)
    return _pooled(pooling.MaxPooling3D, "MaxPool3D", dict(locals()))


@add_arg_scope
def pool(
    inputs: Any,
    kernel_size: Any,
    pooling_type: str,
    padding: str = "VALID",
    data_format: str | None = None,
    dilation_rate: Any = 1,
    stride: Any = 1,
    outputs_collections: Any = None,
    scope: Any = None,
) -> Tensor:
    """A pool over one to three axes, perhaps dilated; as `tf.nn.pool`.

    Args:
      inputs: a tensor of known rank, three or more.
      kernel_size, dilation_rate, stride: a number for each axis, or one for all.
      pooling_type: "MAX" or "AVG".
      padding: "VALID" or "SAME".
      data_format: "NHWC" and its like (the default), or "NCHW" and its like.
      outputs_collections: collections for the result.
      scope: a name scope; default: "max_pool" or "avg_pool".

    Raises:
      ValueError: an argument does not fit.
    """
    with name_scope(scope, f"{pooling_type.lower()}_pool", [inputs]) as opened:
        inputs = convert_to_tensor(inputs)
        rank = inputs.get_shape().ndims
        if rank is None:
            raise ValueError("Rank of inputs must be known")
        if rank < 3:
            raise ValueError("Rank of inputs must be >= 3")
        output = nn_ops.pool(
            input=inputs,
            window_shape=n_positive_integers(rank - 2, kernel_size),
            pooling_type=pooling_type,
            padding=padding,
            data_format=data_format,
            dilation_rate=n_positive_integers(rank - 2, dilation_rate),
            strides=n_positive_integers(rank - 2, stride),
            name=opened,
        )
        found: Tensor = collect_named_outputs(outputs_collections, opened, output)
        return found
