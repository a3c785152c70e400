"""Convolutions of tf.contrib.layers."""

from typing import Any

from evergraph.api import array_ops, nn_ops
from evergraph.api.variable_scope import variable_scope
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.framework.arg_scope import add_arg_scope
from evergraph.library.contrib.framework.variables import model_variable
from evergraph.library.contrib.layers.common import (
    DATA_FORMAT_NCDHW,
    DATA_FORMAT_NCHW,
    DATA_FORMAT_NDHWC,
    DATA_FORMAT_NHWC,
    XAVIER,
    ZEROS,
    _add_variable_to_collections,
    _build_variable_getter,
    check_data_format,
    finished,
    keras_data_format,
    weights_and_biases,
)
from evergraph.library.contrib.layers.utils import (
    channel_dimension,
    get_variable_collections,
    last_dimension,
    two_element_tuple,
)
from evergraph.library.layers import convolutional

_BY_RANK: dict[Any, Any] = {
    3: convolutional.Conv1D,
    4: convolutional.Conv2D,
    5: convolutional.Conv3D,
}


def _layer_output(
    layer_class: Any, inputs: Tensor, scope: Any, arguments: dict[str, Any], **settings: Any
) -> Tensor:
    """The output of a layer of `tf.layers`, whose variables go to their collections.

    `arguments` are those of the function of tf.contrib.layers, from its `locals()`.
    """
    layer = layer_class(
        filters=arguments["num_outputs"],
        kernel_size=arguments["kernel_size"],
        strides=arguments["stride"],
        padding=arguments["padding"],
        data_format=keras_data_format(arguments["data_format"]),
        activation=None,
        use_bias=not arguments["normalizer_fn"] and arguments["biases_initializer"],
        bias_initializer=arguments["biases_initializer"],
        bias_regularizer=arguments["biases_regularizer"],
        activity_regularizer=None,
        trainable=arguments["trainable"],
        name=scope.name,
        dtype=inputs.dtype.base_dtype,
        _scope=scope,
        _reuse=arguments["reuse"],
        **settings,
    )
    outputs: Tensor = layer(inputs)
    collections = arguments["variables_collections"]
    for kernel in ("kernel", "depthwise_kernel", "pointwise_kernel"):
        if hasattr(layer, kernel):
            _add_variable_to_collections(getattr(layer, kernel), collections, "weights")
    if layer.bias is not None:
        _add_variable_to_collections(layer.bias, collections, "biases")
    return outputs


def _finished(outputs: Any, scope: Any, arguments: dict[str, Any]) -> Any:
    return finished(
        outputs,
        scope,
        arguments["activation_fn"],
        arguments["outputs_collections"],
        arguments["normalizer_fn"],
        arguments["normalizer_params"],
    )


@export("contrib.layers.convolution")
@add_arg_scope
def convolution(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = None,
    rate: Any = 1,
    activation_fn: Any = nn_ops.relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = XAVIER,
    weights_regularizer: Any = None,
    biases_initializer: Any = ZEROS,
    biases_regularizer: Any = None,
    reuse: bool | None = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
    conv_dims: int | None = None,
) -> Tensor:
    """`activation_fn(convolution(inputs, weights) + biases)` over one to three axes. Stands for
    `tf.contrib.layers.convolution`.

    Args:
      inputs: [batch, places ..., channels], or with the channels second.
      num_outputs: the number of channels of the result.
      kernel_size, stride, rate: a number for each axis, or one for all; `rate` dilates the kernel.
      padding: "SAME" or "VALID".
      data_format: "NHWC" and its like of other ranks (the default), or "NCHW" and its like.
      activation_fn: a function of the result, or None.
      normalizer_fn: a function used in place of biases, such as `batch_norm`.
      normalizer_params: its further arguments.
      weights_initializer, biases_initializer: initial values; None for no biases.
      weights_regularizer, biases_regularizer: functions whose results are losses.
      reuse: whether the variables are found in the scope rather than made.
      variables_collections: collections for the variables, or a dict of such by name.
      outputs_collections: collections for the result.
      trainable: whether the variables are trained.
      scope: the variable scope; default: "Conv".
      conv_dims: how many axes of places there must be.

    Raises:
      ValueError: the rank, the channels or an argument do not fit.
    """
    arguments = dict(locals())
    if data_format not in [None, "NWC", "NCW", "NHWC", "NCHW", "NDHWC", "NCDHW"]:
        raise ValueError(f"Invalid data_format: {data_format!r}")
    with variable_scope(
        scope, "Conv", [inputs], reuse=reuse, custom_getter=weights_and_biases()
    ) as opened:
        inputs = convert_to_tensor(inputs)
        rank = inputs.get_shape().ndims
        if conv_dims is not None and conv_dims + 2 != rank:
            if rank is None:
                raise TypeError("%d format: a number is required, not NoneType")
            raise ValueError(f"Convolution expects input with rank {conv_dims + 2}, got {rank}")
        if rank not in _BY_RANK:
            raise ValueError("Convolution not supported for input with rank", rank)
        outputs = _layer_output(
            _BY_RANK[rank],
            inputs,
            opened,
            arguments,
            dilation_rate=rate,
            kernel_initializer=weights_initializer,
            kernel_regularizer=weights_regularizer,
        )
        return _finished(outputs, opened, arguments)


@export("contrib.layers.convolution1d", "contrib.layers.conv1d")
@add_arg_scope
def convolution1d(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = None,
    rate: Any = 1,
    activation_fn: Any = nn_ops.relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = XAVIER,
    weights_regularizer: Any = None,
    biases_initializer: Any = ZEROS,
    biases_regularizer: Any = None,
    reuse: bool | None = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Tensor:
    """`convolution` over one axis. Stands for `tf.contrib.layers.conv1d`."""
    return convolution(**locals(), conv_dims=1)


@export("contrib.layers.convolution2d", "contrib.layers.conv2d")
@add_arg_scope
def convolution2d(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = None,
    rate: Any = 1,
    activation_fn: Any = nn_ops.relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = XAVIER,
    weights_regularizer: Any = None,
    biases_initializer: Any = ZEROS,
    biases_regularizer: Any = None,
    reuse: bool | None = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Tensor:
    """`convolution` of images. Stands for `tf.contrib.layers.conv2d`."""
    return convolution(**locals(), conv_dims=2)


@export("contrib.layers.convolution3d", "contrib.layers.conv3d")
@add_arg_scope
def convolution3d(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = None,
    rate: Any = 1,
    activation_fn: Any = nn_ops.relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = XAVIER,
    weights_regularizer: Any = None,
    biases_initializer: Any = ZEROS,
    biases_regularizer: Any = None,
    reuse: bool | None = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Tensor:
    """`convolution` of volumes. Stands for `tf.contrib.layers.conv3d`."""
    return convolution(**locals(), conv_dims=3)


@export("contrib.layers.convolution2d_transpose", "contrib.layers.conv2d_transpose")
@add_arg_scope
def convolution2d_transpose(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str = DATA_FORMAT_NHWC,
    activation_fn: Any = nn_ops.relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = XAVIER,
    weights_regularizer: Any = None,
    biases_initializer: Any = ZEROS,
    biases_regularizer: Any = None,
    reuse: bool | None = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Tensor:
    """A transposed convolution of images. Stands for `tf.contrib.layers.conv2d_transpose`;
    arguments as of `convolution`. The default scope is "Conv2d_transpose"."""
    arguments = dict(locals())
    with variable_scope(
        scope, "Conv2d_transpose", [inputs], reuse=reuse, custom_getter=weights_and_biases()
    ) as opened:
        check_data_format(data_format, DATA_FORMAT_NCHW, DATA_FORMAT_NHWC)
        outputs = _layer_output(
            convolutional.Conv2DTranspose,
            convert_to_tensor(inputs),
            opened,
            arguments,
            kernel_initializer=weights_initializer,
            kernel_regularizer=weights_regularizer,
        )
        return _finished(outputs, opened, arguments)


@export("contrib.layers.convolution3d_transpose", "contrib.layers.conv3d_transpose")
@add_arg_scope
def convolution3d_transpose(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str = DATA_FORMAT_NDHWC,
    activation_fn: Any = nn_ops.relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = XAVIER,
    weights_regularizer: Any = None,
    biases_initializer: Any = ZEROS,
    biases_regularizer: Any = None,
    reuse: bool | None = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Tensor:
    """A transposed convolution of volumes. Stands for `tf.contrib.layers.conv3d_transpose`;
    arguments as of `convolution`. The default scope is "Conv3d_transpose"."""
    arguments = dict(locals())
    with variable_scope(
        scope, "Conv3d_transpose", [inputs], reuse=reuse, custom_getter=weights_and_biases()
    ) as opened:
        check_data_format(data_format, DATA_FORMAT_NCDHW, DATA_FORMAT_NDHWC)
        outputs = _layer_output(
            convolutional.Conv3DTranspose,
            convert_to_tensor(inputs),
            opened,
            arguments,
            kernel_initializer=weights_initializer,
            kernel_regularizer=weights_regularizer,
        )
        return _finished(outputs, opened, arguments)


def _variable(name: str, shape: list[Any], kind: str, inputs: Any, arguments: Any) -> Any:
    """Weights or biases (`kind`) of a function that makes them itself."""
    return model_variable(
        name,
        shape=shape,
        dtype=inputs.dtype.base_dtype,
        initializer=arguments[f"{kind}_initializer"],
        regularizer=arguments[f"{kind}_regularizer"],
        collections=get_variable_collections(arguments["variables_collections"], kind),
        trainable=arguments["trainable"],
    )


def _biased(outputs: Any, channels: int, inputs: Any, arguments: Any, data_format: Any) -> Any:
    """The outputs plus biases, unless there are none, or a normalizer in their place."""
    if arguments["normalizer_fn"] is not None or arguments["biases_initializer"] is None:
        return outputs
    biases = _variable("biases", [channels], "biases", inputs, arguments)
    return nn_ops.bias_add(outputs, biases, data_format=data_format)


@export("contrib.layers.convolution2d_in_plane", "contrib.layers.conv2d_in_plane")
@add_arg_scope
def convolution2d_in_plane(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    activation_fn: Any = nn_ops.relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = XAVIER,
    weights_regularizer: Any = None,
    biases_initializer: Any = ZEROS,
    biases_regularizer: Any = None,
    reuse: bool | None = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Tensor:
    """The same convolution of each channel for itself. Stands for
    `tf.contrib.layers.conv2d_in_plane`; arguments as of `convolution`. The default scope is
    "ConvInPlane"."""
    arguments = dict(locals())
    with variable_scope(scope, "ConvInPlane", [inputs], reuse=reuse) as opened:
        height, width = two_element_tuple(kernel_size)
        stride_h, stride_w = two_element_tuple(stride)
        channels = last_dimension(inputs.get_shape(), min_rank=4)
        weights = _variable("weights", [height, width, 1, 1], "weights", inputs, arguments)
        filters = array_ops.tile(weights, [1, 1, channels, 1])
        strides = [1, stride_h, stride_w, 1]
        outputs = nn_ops.depthwise_conv2d(inputs, filters, strides, padding)
        outputs = _biased(outputs, channels, inputs, arguments, None)
        return _finished(outputs, opened, arguments)


@export("contrib.layers.separable_convolution2d", "contrib.layers.separable_conv2d")
@add_arg_scope
def separable_convolution2d(
    inputs: Any,
    num_outputs: int | None,
    kernel_size: Any,
    depth_multiplier: int = 1,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str = DATA_FORMAT_NHWC,
    rate: Any = 1,
    activation_fn: Any = nn_ops.relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = XAVIER,
    pointwise_initializer: Any = None,
    weights_regularizer: Any = None,
    biases_initializer: Any = ZEROS,
    biases_regularizer: Any = None,
    reuse: bool | None = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Tensor:
    """A convolution of each channel for itself, then one over the channels at each place. Stands
    for `tf.contrib.layers.separable_conv2d`.

    Args:
      num_outputs: the number of channels of the result; None leaves out the second convolution.
      depth_multiplier: how many channels the first one makes of each.
      pointwise_initializer: of the second one; default: `weights_initializer`.
      inputs and the others: as of `convolution`. The default scope is "SeparableConv2d".
    """
    arguments = dict(locals())
    check_data_format(data_format, DATA_FORMAT_NCHW, DATA_FORMAT_NHWC)
    rename = {
        "bias": "biases",
        "depthwise_kernel": "depthwise_weights",
        "pointwise_kernel": "pointwise_weights",
    }
    with variable_scope(
        scope,
        "SeparableConv2d",
        [inputs],
        reuse=reuse,
        custom_getter=_build_variable_getter(rename),
    ) as opened:
        inputs = convert_to_tensor(inputs)
        if num_outputs is None:
            outputs = _depthwise(inputs, arguments)
        else:
            outputs = _layer_output(
                convolutional.SeparableConv2D,
                inputs,
                opened,
                arguments,
                dilation_rate=two_element_tuple(rate),
                depth_multiplier=depth_multiplier,
                depthwise_initializer=weights_initializer,
                pointwise_initializer=(
                    weights_initializer if pointwise_initializer is None else pointwise_initializer
                ),
                depthwise_regularizer=weights_regularizer,
                pointwise_regularizer=weights_regularizer,
            )
        return _finished(outputs, opened, arguments)


def _depthwise(inputs: Tensor, arguments: dict[str, Any]) -> Any:
    """The first convolution of `separable_convolution2d` alone, with biases."""
    data_format, multiplier = arguments["data_format"], arguments["depth_multiplier"]
    height, width = two_element_tuple(arguments["kernel_size"])
    stride_h, stride_w = two_element_tuple(arguments["stride"])
    channels = channel_dimension(inputs.get_shape(), keras_data_format(data_format), min_rank=4)
    weights = _variable(
        "depthwise_weights", [height, width, channels, multiplier], "weights", inputs, arguments
    )
    first = data_format.startswith("NC")
    outputs = nn_ops.depthwise_conv2d(
        inputs,
        weights,
        [1, 1, stride_h, stride_w] if first else [1, stride_h, stride_w, 1],
        arguments["padding"],
        rate=two_element_tuple(arguments["rate"]),
        data_format=data_format,
    )
    return _biased(outputs, multiplier * channels, inputs, arguments, data_format)


conv1d = convolution1d
conv2d = convolution2d
conv3d = convolution3d
conv2d_transpose = convolution2d_transpose
conv3d_transpose = convolution3d_transpose
conv2d_in_plane = convolution2d_in_plane
separable_conv2d = separable_convolution2d
