"""Convolutions as layers: plain, transposed and separable."""

from typing import Any

from evergraph.api import array_ops, nn_ops
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape, dimension_value
from evergraph.graph.tensor import Tensor
from evergraph.library.keras import activations, constraints, initializers, regularizers
from evergraph.library.keras.engine.base_layer import Layer
from evergraph.library.keras.engine.input_spec import InputSpec
from evergraph.library.keras.functions.convolutions import bias_add, depthwise_conv2d
from evergraph.library.keras.utils import conv_utils
from evergraph.library.keras.utils.conv_utils import own_arguments
from evergraph.library.keras.utils.tf_utils import shape_type_conversion


class Conv(Layer):
    """`activation(convolution(inputs, kernel) + bias)` over `rank` axes.

    Args:
      rank: the number of axes of places: 1, 2 or 3.
      filters: the number of channels of the output.
      kernel_size, strides, dilation_rate: a number for each axis, or one for all.
      padding: "valid", "same", or "causal" over one axis.
      data_format: "channels_last" (the default) or "channels_first".
      activation: a function or the name of one; None for none.
      use_bias: whether a bias is added.
      kernel_initializer, bias_initializer: initial values.
      kernel_regularizer, bias_regularizer, activity_regularizer: functions of kernel, bias and
        output whose results are losses.
      kernel_constraint, bias_constraint: functions that optimizers apply after each update.
    """

    def __init__(
        self,
        rank: int,
        filters: Any,
        kernel_size: Any,
        strides: Any = 1,
        padding: Any = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: Any = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            trainable=trainable,
            name=name,
            activity_regularizer=regularizers.get(activity_regularizer),
            **kwargs,
        )
        self.rank = rank
        self.filters = filters
        self.kernel_size = conv_utils.normalize_tuple(kernel_size, rank, "kernel_size")
        self.strides = conv_utils.normalize_tuple(strides, rank, "strides")
        self.padding = conv_utils.normalize_padding(padding)
        if self.padding == "causal" and not isinstance(self, (Conv1D, SeparableConv1D)):
            raise ValueError("Causal padding is only supported for `Conv1D`and ``SeparableConv1D`.")
        self.data_format = conv_utils.normalize_data_format(data_format)
        self.dilation_rate = conv_utils.normalize_tuple(dilation_rate, rank, "dilation_rate")
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = InputSpec(ndim=rank + 2)

    @property
    def _channel_axis(self) -> int:
        return 1 if self.data_format == "channels_first" else -1

    @property
    def _op_format(self) -> str:
        return conv_utils.convert_data_format(self.data_format, self.rank + 2)

    def _channels(
        self, input_shape: TensorShape, complaint: str = "should be defined. Found `None`."
    ) -> int:
        """The number of channels of the input, which `input_spec` asks for from here on."""
        channels = dimension_value(input_shape[self._channel_axis])
        if channels is None:
            raise ValueError(f"The channel dimension of the inputs {complaint}")
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={self._channel_axis: channels})
        return channels

    def _add_kernel(self, name: str, shape: Any, prefix: str = "kernel") -> Any:
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=getattr(self, f"{prefix}_initializer"),
            regularizer=getattr(self, f"{prefix}_regularizer"),
            constraint=getattr(self, f"{prefix}_constraint"),
            trainable=True,
            dtype=self.dtype,
        )

    def _add_bias(self) -> None:
        self.bias = self._add_kernel("bias", (self.filters,), "bias") if self.use_bias else None

    def build(self, input_shape: Any) -> None:
        """Makes kernel and bias. Raises ValueError if the number of channels is not known."""
        input_shape = TensorShape(input_shape)
        channels = self._channels(input_shape)
        self.kernel = self._add_kernel("kernel", (*self.kernel_size, channels, self.filters))
        self._add_bias()
        padding = "valid" if self.padding == "causal" else self.padding
        self._convolution_op = nn_ops.Convolution(
            input_shape,
            filter_shape=self.kernel.shape,
            dilation_rate=self.dilation_rate,
            strides=self.strides,
            padding=padding if isinstance(padding, (list, tuple)) else padding.upper(),
            data_format=self._op_format,
        )
        self.built = True

    def call(self, inputs: Any) -> Tensor:
        outputs = self._convolution_op(inputs, self.kernel)
        if self.use_bias:
            if self.data_format == "channels_first" and self.rank == 1:
                outputs += array_ops.reshape(self.bias, (1, self.filters, 1))
            else:
                first = self.data_format == "channels_first"
                outputs = nn_ops.bias_add(
                    outputs, self.bias, data_format="NCHW" if first else "NHWC"
                )
        return self._activated(outputs)

    def _activated(self, outputs: Tensor) -> Any:
        return outputs if self.activation is None else self.activation(outputs)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The shape of the output, as far as it is known."""
        sizes = TensorShape(input_shape).as_list()
        first = self.data_format == "channels_first"
        space = [
            conv_utils.conv_output_length(size, kernel, self.padding, stride, rate)
            for size, kernel, stride, rate in zip(
                sizes[2:] if first else sizes[1:-1],
                self.kernel_size,
                self.strides,
                self.dilation_rate,
                strict=False,
            )
        ]
        return TensorShape(
            [sizes[0], self.filters, *space] if first else [sizes[0], *space, self.filters]
        )

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
            "dilation_rate": self.dilation_rate,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": regularizers.serialize(self.bias_regularizer),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            "kernel_constraint": constraints.serialize(self.kernel_constraint),
            "bias_constraint": constraints.serialize(self.bias_constraint),
        }

    def _causally_padded(self, inputs: Any) -> Any:
        """The input, with as many zeros before it as the kernel looks back."""
        if self.padding != "causal":
            return inputs
        paddings = [[0, 0], [0, 0], [0, 0]]
        axis = 2 if self.data_format == "channels_first" else 1
        paddings[axis][0] = self.dilation_rate[0] * (self.kernel_size[0] - 1)
        return array_ops.pad(inputs, paddings)


@export("keras.layers.Conv1D", "keras.layers.Convolution1D")
class Conv1D(Conv):
    """A convolution over one axis; see `Conv`."""

    def __init__(
        self,
        filters: Any,
        kernel_size: Any,
        strides: Any = 1,
        padding: Any = "valid",
        data_format: str | None = "channels_last",
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: Any = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(rank=1, **own_arguments(locals()))

    def call(self, inputs: Any) -> Tensor:
        return super().call(self._causally_padded(inputs))


@export("keras.layers.Conv2D", "keras.layers.Convolution2D")
class Conv2D(Conv):
    """A convolution of images; see `Conv`."""

    def __init__(
        self,
        filters: Any,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: Any = "valid",
        data_format: str | None = None,
        dilation_rate: Any = (1, 1),
        activation: Any = None,
        use_bias: Any = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(rank=2, **own_arguments(locals()))


@export("keras.layers.Conv3D", "keras.layers.Convolution3D")
class Conv3D(Conv):
    """A convolution of volumes; see `Conv`."""

    def __init__(
        self,
        filters: Any,
        kernel_size: Any,
        strides: Any = (1, 1, 1),
        padding: Any = "valid",
        data_format: str | None = None,
        dilation_rate: Any = (1, 1, 1),
        activation: Any = None,
        use_bias: Any = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(rank=3, **own_arguments(locals()))


class _Transposed:
    """What transposed convolutions have in common: the gradient of a convolution as a layer."""

    rank: int
    filters: Any
    kernel_size: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str
    data_format: str
    dilation_rate: tuple[int, ...]

    def _set_output_padding(self, output_padding: Any) -> None:
        self.output_padding: tuple[int, ...] | None = None
        if output_padding is None:
            return
        self.output_padding = conv_utils.normalize_tuple(
            output_padding, self.rank, "output_padding"
        )
        for stride, padding in zip(self.strides, self.output_padding, strict=True):
            if padding >= stride:
                raise ValueError(
                    f"Stride {self.strides} must be greater than output padding "
                    f"{self.output_padding}"
                )

    def _output_sizes(self, sizes: Any) -> list[Any]:
        """All sizes of the output, from those of the input: numbers, None or scalar tensors."""
        first = self.data_format == "channels_first"
        output_padding = self.output_padding or [None] * self.rank
        space = [
            conv_utils.deconv_output_length(
                sizes[i + (2 if first else 1)],
                self.kernel_size[i],
                padding=self.padding,
                output_padding=output_padding[i],
                stride=self.strides[i],
                dilation=self.dilation_rate[i] if self.rank == 2 else 1,
            )
            for i in range(self.rank)
        ]
        return [sizes[0], self.filters, *space] if first else [sizes[0], *space, self.filters]

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The shape of the output, as far as it is known."""
        return TensorShape(self._output_sizes(TensorShape(input_shape).as_list()))

    def _output_shape(self, inputs: Tensor) -> Tensor:
        """The shape of the output, as a tensor."""
        shape = array_ops.shape(inputs)
        first = self.data_format == "channels_first"
        # In the order of nodes of TensorFlow: the batch, then the sizes in space.
        batch = shape[0]
        start = 2 if first else 1
        space = {i: shape[i] for i in range(start, start + self.rank)}
        return array_ops.stack(self._output_sizes({0: batch, **space}))


@export("keras.layers.Conv2DTranspose", "keras.layers.Convolution2DTranspose")
class Conv2DTranspose(_Transposed, Conv2D):
    """A transposed convolution of images.

    Args:
      output_padding: how much longer the output is along each axis than it must be; None for
        TensorFlow's choice.
      filters and the others: see `Conv`.
    """

    def __init__(
        self,
        filters: Any,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: Any = "valid",
        output_padding: Any = None,
        data_format: str | None = None,
        dilation_rate: Any = (1, 1),
        activation: Any = None,
        use_bias: Any = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        arguments = own_arguments(locals())
        del arguments["output_padding"]
        super().__init__(**arguments)
        self._set_output_padding(output_padding)

    def build(self, input_shape: Any) -> None:
        """Makes kernel and bias. Raises ValueError for another rank than 4."""
        input_shape = TensorShape(input_shape)
        if len(input_shape) != 4:
            raise ValueError(f"Inputs should have rank 4. Received input shape: {input_shape}")
        channels = self._channels(input_shape)
        self.kernel = self._add_kernel("kernel", (*self.kernel_size, self.filters, channels))
        self._add_bias()
        self.built = True

    def call(self, inputs: Any) -> Tensor:
        outputs = self._transposed_convolution(inputs, self._output_shape(inputs))
        outputs.set_shape(self.compute_output_shape(inputs.shape))
        if self.use_bias:
            outputs = nn_ops.bias_add(outputs, self.bias, data_format=self._op_format)
        return self._activated(outputs)

    def _transposed_convolution(self, x: Tensor, shape: Any) -> Tensor:
        """The convolution, with the channels last in between: as TensorFlow does without a GPU."""
        moved = self.data_format == "channels_first"
        if moved:
            x = array_ops.transpose(x, (0, 2, 3, 1))
            shape = array_ops.stack([shape[0], shape[2], shape[3], shape[1]])
        else:
            _ = shape[0]  # TensorFlow looks whether the batch size is given, which makes nodes
        padding = self.padding.upper()
        if self.dilation_rate != (1, 1):
            assert self.dilation_rate[0] == self.dilation_rate[1]
            rate = self.dilation_rate[0]
            x = nn_ops.atrous_conv2d_transpose(x, self.kernel, shape, rate=rate, padding=padding)
        else:
            strides = (1, *self.strides, 1)
            x = nn_ops.conv2d_transpose(x, self.kernel, shape, strides, padding=padding)
        return array_ops.transpose(x, (0, 3, 1, 2)) if moved else x

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"output_padding": self.output_padding}


@export("keras.layers.Conv3DTranspose", "keras.layers.Convolution3DTranspose")
class Conv3DTranspose(_Transposed, Conv3D):
    """A transposed convolution of volumes; arguments as of `Conv2DTranspose`."""

    def __init__(
        self,
        filters: Any,
        kernel_size: Any,
        strides: Any = (1, 1, 1),
        padding: Any = "valid",
        output_padding: Any = None,
        data_format: str | None = None,
        activation: Any = None,
        use_bias: Any = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        arguments = own_arguments(locals())
        del arguments["output_padding"]
        super().__init__(**arguments)
        self._set_output_padding(output_padding)

    def build(self, input_shape: Any) -> None:
        """Makes kernel and bias. Raises ValueError for another rank than 5."""
        input_shape = TensorShape(input_shape)
        if len(input_shape) != 5:
            raise ValueError("Inputs should have rank 5, received input shape:", str(input_shape))
        channels = self._channels(input_shape, f"should be defined, found None: {input_shape}")
        self.kernel = self._add_kernel("kernel", (*self.kernel_size, self.filters, channels))
        self._add_bias()
        self.built = True

    def call(self, inputs: Any) -> Tensor:
        first = self.data_format == "channels_first"
        outputs = nn_ops.conv3d_transpose(
            inputs,
            self.kernel,
            self._output_shape(inputs),
            (1, 1, *self.strides) if first else (1, *self.strides, 1),
            data_format=self._op_format,
            padding=self.padding.upper(),
        )
        outputs.set_shape(self.compute_output_shape(inputs.shape))
        if self.use_bias:
            outputs = nn_ops.bias_add(outputs, self.bias, data_format="NCHW" if first else "NHWC")
        return self._activated(outputs)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config() | {"output_padding": self.output_padding}
        del config["dilation_rate"]
        return config


class SeparableConv(Conv):
    """A convolution of each channel for itself, then one over channels at each place.

    Args:
      depth_multiplier: how many channels the first convolution makes of each.
      depthwise_initializer, pointwise_initializer, depthwise_regularizer, pointwise_regularizer,
        depthwise_constraint, pointwise_constraint: those of the two kernels.
      rank and the others: see `Conv`.
    """

    def __init__(
        self,
        rank: int,
        filters: Any,
        kernel_size: Any,
        strides: Any = 1,
        padding: Any = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: Any = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        arguments = own_arguments(locals())
        del arguments["depth_multiplier"]
        of_kernels = {
            kernel: {kind: arguments.pop(f"{kernel}_{kind}") for kind in _KINDS}
            for kernel in ("depthwise", "pointwise")
        }
        super().__init__(**arguments)
        self.depth_multiplier = depth_multiplier
        for kernel, settings in of_kernels.items():
            for kind, module in _KINDS.items():
                setattr(self, f"{kernel}_{kind}", module.get(settings[kind]))

    def build(self, input_shape: Any) -> None:
        """Makes kernels and bias. Raises ValueError if the number of channels is not known."""
        channels = self._channels(TensorShape(input_shape))
        self.depthwise_kernel = self._add_kernel(
            "depthwise_kernel", (*self.kernel_size, channels, self.depth_multiplier), "depthwise"
        )
        self.pointwise_kernel = self._add_kernel(
            "pointwise_kernel",
            (*[1] * self.rank, self.depth_multiplier * channels, self.filters),
            "pointwise",
        )
        self._add_bias()
        self.built = True

    def call(self, inputs: Any) -> Tensor:
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        config = super().get_config() | {"depth_multiplier": self.depth_multiplier}
        for kind, module in _KINDS.items():
            for kernel in ("depthwise", "pointwise"):
                name = f"{kernel}_{kind}"
                config[name] = module.serialize(getattr(self, name))
        return config


_KINDS: dict[str, Any] = {
    "initializer": initializers,
    "regularizer": regularizers,
    "constraint": constraints,
}


@export("keras.layers.SeparableConv1D", "keras.layers.SeparableConvolution1D")
class SeparableConv1D(SeparableConv):
    """A separable convolution over one axis; see `SeparableConv`."""

    def __init__(
        self,
        filters: Any,
        kernel_size: Any,
        strides: Any = 1,
        padding: Any = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: Any = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(rank=1, **own_arguments(locals()))

    def call(self, inputs: Any) -> Tensor:
        """As images of one row."""
        inputs = self._causally_padded(inputs)
        first = self.data_format == "channels_first"
        axis = 2 if first else 1
        padding = "valid" if self.padding == "causal" else self.padding
        data_format = conv_utils.convert_data_format(self.data_format, ndim=4)
        inputs = array_ops.expand_dims(inputs, axis)
        depthwise_kernel = array_ops.expand_dims(self.depthwise_kernel, 0)
        pointwise_kernel = array_ops.expand_dims(self.pointwise_kernel, 0)
        outputs = nn_ops.separable_conv2d(
            inputs,
            depthwise_kernel,
            pointwise_kernel,
            strides=(1, 1, *self.strides * 2) if first else (1, *self.strides * 2, 1),
            padding=padding.upper(),
            rate=(1, *self.dilation_rate),
            data_format=data_format,
        )
        if self.use_bias:
            outputs = nn_ops.bias_add(outputs, self.bias, data_format=data_format)
        return self._activated(array_ops.squeeze(outputs, [axis]))


@export("keras.layers.SeparableConv2D", "keras.layers.SeparableConvolution2D")
class SeparableConv2D(SeparableConv):
    """A separable convolution of images; see `SeparableConv`."""

    def __init__(
        self,
        filters: Any,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: Any = "valid",
        data_format: str | None = None,
        dilation_rate: Any = (1, 1),
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: Any = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(rank=2, **own_arguments(locals()))

    def call(self, inputs: Any) -> Tensor:
        first = self.data_format == "channels_first"
        outputs = nn_ops.separable_conv2d(
            inputs,
            self.depthwise_kernel,
            self.pointwise_kernel,
            strides=(1, 1, *self.strides) if first else (1, *self.strides, 1),
            padding=self.padding.upper(),
            rate=self.dilation_rate,
            data_format=self._op_format,
        )
        if self.use_bias:
            outputs = nn_ops.bias_add(outputs, self.bias, data_format=self._op_format)
        return self._activated(outputs)


@export("keras.layers.DepthwiseConv2D")
class DepthwiseConv2D(Conv2D):
    """A convolution of each channel of images for itself.

    Stands for `tf.keras.layers.DepthwiseConv2D`.

    Args:
      depth_multiplier: how many channels it makes of each.
      depthwise_initializer, depthwise_regularizer, depthwise_constraint: those of the kernel.
      kernel_size and the others: see `Conv`.
    """

    def __init__(
        self,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: Any = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        arguments = own_arguments(locals())
        of_kernel = {kind: arguments.pop(f"depthwise_{kind}") for kind in _KINDS}
        del arguments["depth_multiplier"]
        super().__init__(filters=None, **arguments)
        self.depth_multiplier = depth_multiplier
        for kind, module in _KINDS.items():
            setattr(self, f"depthwise_{kind}", module.get(of_kernel[kind]))

    def build(self, input_shape: Any) -> None:
        """Makes kernel and bias. Raises ValueError for another rank than 4."""
        if len(input_shape) < 4:
            raise ValueError(
                "Inputs to `DepthwiseConv2D` should have rank 4. Received input shape:",
                str(input_shape),
            )
        complaint = "to `DepthwiseConv2D` should be defined. Found `None`."
        channels = int(self._channels(TensorShape(input_shape), complaint))
        self.depthwise_kernel = self._add_kernel(
            "depthwise_kernel", (*self.kernel_size, channels, self.depth_multiplier), "depthwise"
        )
        self.bias = None
        if self.use_bias:
            self.bias = self._add_kernel("bias", (channels * self.depth_multiplier,), "bias")
        self.built = True

    def call(self, inputs: Any) -> Tensor:
        outputs = depthwise_conv2d(
            inputs,
            self.depthwise_kernel,
            strides=self.strides,
            padding=self.padding,
            dilation_rate=self.dilation_rate,
            data_format=self.data_format,
        )
        if self.use_bias:
            outputs = bias_add(outputs, self.bias, data_format=self.data_format)
        return self._activated(outputs)

    @shape_type_conversion
    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output, as far as it is known."""
        sizes = list(input_shape)
        sizes[self._channel_axis] *= self.depth_multiplier
        start = 2 if self.data_format == "channels_first" else 1
        for i in range(2):
            sizes[start + i] = conv_utils.conv_output_length(
                sizes[start + i], self.kernel_size[i], self.padding, self.strides[i]
            )
        return tuple(sizes)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        for name in ("filters", *(f"kernel_{kind}" for kind in _KINDS)):
            del config[name]
        config["depth_multiplier"] = self.depth_multiplier
        for kind, module in _KINDS.items():
            config[f"depthwise_{kind}"] = module.serialize(getattr(self, f"depthwise_{kind}"))
        return config


# Earlier names.
Deconv2D = Deconvolution2D = Convolution2DTranspose = Conv2DTranspose
Deconv3D = Deconvolution3D = Convolution3DTranspose = Conv3DTranspose
