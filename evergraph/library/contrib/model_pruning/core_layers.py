"""Layers whose weights are multiplied by masks."""

from typing import Any

from evergraph.api import init_ops, math_ops, nn_ops
from evergraph.base.tensor_shape import TensorShape, dimension_value
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import add_to_collection
from evergraph.library.keras.engine.input_spec import InputSpec
from evergraph.library.layers.convolutional import Conv2D
from evergraph.library.layers.core import Dense

MASK_COLLECTION = "masks"
THRESHOLD_COLLECTION = "thresholds"
MASKED_WEIGHT_COLLECTION = "masked_weights"
WEIGHT_COLLECTION = "kernel"
MASKED_WEIGHT_NAME = "weights/masked_weight"


def add_mask(layer: Any, shape: Any) -> Any:
    """A layer's mask, a variable."""
    return layer.add_variable(
        name="mask",
        shape=shape,
        initializer=init_ops.ones_initializer(),
        trainable=False,
        dtype=layer.dtype,
    )


def add_threshold(layer: Any) -> Any:
    """The size that a layer's weights are made zero below, a variable."""
    return layer.add_variable(
        name="threshold",
        shape=[],
        initializer=init_ops.zeros_initializer(),
        trainable=False,
        dtype=layer.dtype,
    )


def masked(kernel: Any, mask: Any, threshold: Any) -> Any:
    """The weights times the mask; all are put into their collections."""
    result = math_ops.multiply(mask, kernel, MASKED_WEIGHT_NAME)
    add_to_collection(MASK_COLLECTION, mask)
    add_to_collection(MASKED_WEIGHT_COLLECTION, result)
    add_to_collection(THRESHOLD_COLLECTION, threshold)
    add_to_collection(WEIGHT_COLLECTION, kernel)
    return result


class MaskedConv2D(Conv2D):
    """A convolution with a mask on its filter; arguments as of `tf.layers.Conv2D`."""

    def build(self, input_shape: Any) -> None:
        """Makes the variables: mask, filter, threshold, bias."""
        shape = TensorShape(input_shape)
        axis = 1 if self.data_format == "channels_first" else -1
        channels = dimension_value(shape[axis])
        if channels is None:
            raise ValueError("The channel dimension of the inputs should be defined. Found `None`.")
        sizes = (*self.kernel_size, channels, self.filters)
        self.mask = add_mask(self, sizes)
        self.kernel = self.add_variable(
            name="kernel",
            shape=sizes,
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            trainable=True,
            dtype=self.dtype,
        )
        self.threshold = add_threshold(self)
        self.masked_kernel = masked(self.kernel, self.mask, self.threshold)
        self.bias = _bias(self, self.filters)
        self.input_spec = InputSpec(ndim=4, axes={axis: channels})
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The convolution."""
        first = self.data_format == "channels_first"
        outputs = nn_ops.convolution(
            input=inputs,
            filter=self.masked_kernel,
            dilation_rate=self.dilation_rate,
            strides=self.strides,
            padding=self.padding.upper(),
            data_format="NCHW" if first else "NHWC",
        )
        if self.bias is not None:
            data_format = "NCHW" if first else "NHWC"
            outputs = nn_ops.bias_add(outputs, self.bias, data_format=data_format)
        return outputs if self.activation is None else self.activation(outputs)


class MaskedFullyConnected(Dense):
    """A dense layer with a mask on its weights; arguments as of `tf.layers.Dense`."""

    def build(self, input_shape: Any) -> None:
        """Makes the variables: weights, mask, threshold, bias."""
        size = dimension_value(TensorShape(input_shape)[-1])
        if size is None:
            raise ValueError(
                "The last dimension of the inputs to `Dense` should be defined. Found `None`."
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: size})
        self.kernel = self.add_variable(
            "kernel",
            shape=[size, self.units],
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            dtype=self.dtype,
            trainable=True,
        )
        self.mask = add_mask(self, [size, self.units])
        self.threshold = add_threshold(self)
        self.masked_kernel = masked(self.kernel, self.mask, self.threshold)
        self.bias = _bias(self, self.units)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The product over the last axis."""
        inputs = convert_to_tensor(inputs, dtype=self.dtype)
        shape = inputs.get_shape().as_list()
        if len(shape) > 2:
            axes = [[len(shape) - 1], [0]]
            outputs = math_ops.tensordot(inputs, self.masked_kernel, axes)
            outputs.set_shape([*shape[:-1], self.units])
        else:
            outputs = math_ops.matmul(inputs, self.masked_kernel)
        if self.use_bias:
            outputs = nn_ops.bias_add(outputs, self.bias)
        return outputs if self.activation is None else self.activation(outputs)


def _bias(layer: Any, size: int) -> Any:
    if not layer.use_bias:
        return None
    return layer.add_variable(
        name="bias",
        shape=(size,),
        initializer=layer.bias_initializer,
        regularizer=layer.bias_regularizer,
        trainable=True,
        dtype=layer.dtype,
    )
