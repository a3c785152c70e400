"""Layers with masks, as functions."""

from typing import Any

from evergraph.api import nn_ops
from evergraph.api.variable_scope import variable_scope
from evergraph.base.export import export, export_constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.library.contrib.framework.arg_scope import add_arg_scope
from evergraph.library.contrib.layers.common import (
    XAVIER,
    ZEROS,
    _add_variable_to_collections,
    finished,
    weights_and_biases,
)
from evergraph.library.contrib.model_pruning import core_layers as core

_FORMATS = (None, "NWC", "NCW", "NHWC", "NCHW", "NDHWC", "NCDHW")


def _applied(layer: Any, inputs: Any, variables_collections: Any) -> Any:
    outputs = layer(inputs)
    _add_variable_to_collections(layer.kernel, variables_collections, "weights")
    if layer.bias is not None:
        _add_variable_to_collections(layer.bias, variables_collections, "biases")
    return outputs


@export("contrib.model_pruning.masked_convolution")
@add_arg_scope
def masked_convolution(
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
) -> Any:
    """A convolution whose filter is multiplied by a mask. Stands for
    `tf.contrib.model_pruning.masked_convolution`.

    Args: as of `tf.contrib.layers.conv2d`; `inputs` has four axes.

    Raises:
      ValueError: `inputs` has not four axes, or `data_format` is none of its kind.
    """
    if data_format not in _FORMATS:
        raise ValueError(f"Invalid data_format: {data_format!r}")
    with variable_scope(
        scope, "Conv", [inputs], reuse=reuse, custom_getter=weights_and_biases()
    ) as opened:
        inputs = convert_to_tensor(inputs)
        rank = inputs.get_shape().ndims
        if rank != 4:
            raise ValueError("Sparse Convolution not supported for input with rank", rank)
        if data_format not in (None, "NHWC", "NCHW"):
            raise ValueError("Unsupported data format", data_format)
        layer = core.MaskedConv2D(
            filters=num_outputs,
            kernel_size=kernel_size,
            strides=stride,
            padding=padding,
            data_format="channels_first" if data_format == "NCHW" else "channels_last",
            dilation_rate=rate,
            activation=None,
            use_bias=not normalizer_fn and biases_initializer,
            kernel_initializer=weights_initializer,
            bias_initializer=biases_initializer,
            kernel_regularizer=weights_regularizer,
            bias_regularizer=biases_regularizer,
            activity_regularizer=None,
            trainable=trainable,
            name=opened.name,
            dtype=inputs.dtype.base_dtype,
            _scope=opened,
            _reuse=reuse,
        )
        outputs = _applied(layer, inputs, variables_collections)
        return finished(
            outputs, opened, activation_fn, outputs_collections, normalizer_fn, normalizer_params
        )


masked_conv2d = masked_convolution
export_constant(__name__, "masked_conv2d", "contrib.model_pruning.masked_conv2d")


@export("contrib.model_pruning.masked_fully_connected")
@add_arg_scope
def masked_fully_connected(
    inputs: Any,
    num_outputs: int,
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
) -> Any:
    """A dense layer whose weights are multiplied by a mask. Stands for
    `tf.contrib.model_pruning.masked_fully_connected`.

    Args: as of `tf.contrib.layers.fully_connected`.

    Raises:
      ValueError: `num_outputs` is no whole number.
    """
    if not isinstance(num_outputs, int):
        raise ValueError(f"num_outputs should be int or long, got {num_outputs}.")
    with variable_scope(
        scope, "fully_connected", [inputs], reuse=reuse, custom_getter=weights_and_biases()
    ) as opened:
        inputs = convert_to_tensor(inputs)
        layer = core.MaskedFullyConnected(
            units=num_outputs,
            activation=None,
            use_bias=not normalizer_fn and biases_initializer,
            kernel_initializer=weights_initializer,
            bias_initializer=biases_initializer,
            kernel_regularizer=weights_regularizer,
            bias_regularizer=biases_regularizer,
            activity_regularizer=None,
            trainable=trainable,
            name=opened.name,
            dtype=inputs.dtype.base_dtype,
            _scope=opened,
            _reuse=reuse,
        )
        outputs = _applied(layer, inputs, variables_collections)
        return finished(
            outputs, opened, activation_fn, outputs_collections, normalizer_fn, normalizer_params
        )
