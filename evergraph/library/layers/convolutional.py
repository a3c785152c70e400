"""tf.layers: convolutions."""

from typing import Any

from evergraph.api.init_ops import zeros_initializer
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.tensor import Tensor
from evergraph.library.keras.layers import convolutional
from evergraph.library.keras.utils.conv_utils import own_arguments
from evergraph.library.layers.base import Layer
from evergraph.library.layers.calls import called

ZEROS = zeros_initializer()


@export("layers.Conv1D")
class Conv1D(convolutional.Conv1D, Layer):
    """A convolution over one axis.

    Stands for `tf.layers.Conv1D`; arguments as of `tf.layers.conv1d`.
    """

    def __init__(
        self,
        filters: Any,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str = "channels_last",
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: Any = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = ZEROS,
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**own_arguments(locals()))


@deprecated(date=None, instructions="Use `tf.keras.layers.Conv1D` instead.")
@export("layers.conv1d")
def conv1d(
    inputs: Any,
    filters: Any,
    kernel_size: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = 1,
    activation: Any = None,
    use_bias: Any = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = ZEROS,
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: bool | None = None,
) -> Tensor:
    """A convolution over one axis. Stands for `tf.layers.conv1d`.

    Args:
      inputs: [batch, steps, channels], or with the channels second.
      filters: the number of channels of the result.
      kernel_size, strides, dilation_rate: numbers.
      padding: "valid" or "same"; of a sequence also "causal".
      data_format: "channels_last" or "channels_first".
      activation: a function, the name of one of Keras's, or None.
      use_bias: whether a bias is added.
      kernel_initializer, bias_initializer: initial values; None as `tf.get_variable`.
      kernel_regularizer, bias_regularizer, activity_regularizer: functions of kernel, bias and
        output whose results are losses.
      kernel_constraint, bias_constraint: functions that optimizers apply after each update.
      trainable: whether the variables are trained.
      name: the variable scope.
      reuse: whether the variables are those of a layer made before.

    Raises:
      ValueError: an argument is none of these, or the number of channels is not known.
    """
    return called(Conv1D, locals())


@export("layers.Conv2D")
class Conv2D(convolutional.Conv2D, Layer):
    """A convolution of images.

    Stands for `tf.layers.Conv2D`; arguments as of `tf.layers.conv2d`.
    """

    def __init__(
        self,
        filters: Any,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        data_format: str = "channels_last",
        dilation_rate: Any = (1, 1),
        activation: Any = None,
        use_bias: Any = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = ZEROS,
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**own_arguments(locals()))


@deprecated(date=None, instructions="Use `tf.keras.layers.Conv2D` instead.")
@export("layers.conv2d")
def conv2d(
    inputs: Any,
    filters: Any,
    kernel_size: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = (1, 1),
    activation: Any = None,
    use_bias: Any = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = ZEROS,
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: bool | None = None,
) -> Tensor:
    """A convolution of images. Stands for `tf.layers.conv2d`.

    Args:
      inputs: [batch, rows, columns, channels], or with the channels second.
      filters: the number of channels of the result.
      kernel_size, strides, dilation_rate: a number for each axis, or one for all.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      activation: a function, the name of one of Keras's, or None.
      use_bias: whether a bias is added.
      kernel_initializer, bias_initializer: initial values; None as `tf.get_variable`.
      kernel_regularizer, bias_regularizer, activity_regularizer: functions of kernel, bias and
        output whose results are losses.
      kernel_constraint, bias_constraint: functions that optimizers apply after each update.
      trainable: whether the variables are trained.
      name: the variable scope.
      reuse: whether the variables are those of a layer made before.

    Raises:
      ValueError: an argument is none of these, or the number of channels is not known.
    """
    return called(Conv2D, locals())


@export("layers.Conv3D")
class Conv3D(convolutional.Conv3D, Layer):
    """A convolution of volumes.

    Stands for `tf.layers.Conv3D`; arguments as of `tf.layers.conv3d`.
    """

    def __init__(
        self,
        filters: Any,
        kernel_size: Any,
        strides: Any = (1, 1, 1),
        padding: str = "valid",
        data_format: str = "channels_last",
        dilation_rate: Any = (1, 1, 1),
        activation: Any = None,
        use_bias: Any = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = ZEROS,
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**own_arguments(locals()))


@deprecated(date=None, instructions="Use `tf.keras.layers.Conv3D` instead.")
@export("layers.conv3d")
def conv3d(
    inputs: Any,
    filters: Any,
    kernel_size: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = (1, 1, 1),
    activation: Any = None,
    use_bias: Any = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = ZEROS,
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: bool | None = None,
) -> Tensor:
    """A convolution of volumes. Stands for `tf.layers.conv3d`.

    Args:
      inputs: [batch, depth, rows, columns, channels], or with the channels second.
      filters: the number of channels of the result.
      kernel_size, strides, dilation_rate: a number for each axis, or one for all.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      activation: a function, the name of one of Keras's, or None.
      use_bias: whether a bias is added.
      kernel_initializer, bias_initializer: initial values; None as `tf.get_variable`.
      kernel_regularizer, bias_regularizer, activity_regularizer: functions of kernel, bias and
        output whose results are losses.
      kernel_constraint, bias_constraint: functions that optimizers apply after each update.
      trainable: whether the variables are trained.
      name: the variable scope.
      reuse: whether the variables are those of a layer made before.

    Raises:
      ValueError: an argument is none of these, or the number of channels is not known.
    """
    return called(Conv3D, locals())


@export("layers.SeparableConv1D")
class SeparableConv1D(convolutional.SeparableConv1D, Layer):
    """A separable convolution over one axis.

    Stands for `tf.layers.SeparableConv1D`; arguments as of `tf.layers.separable_conv1d`.
    """

    def __init__(
        self,
        filters: Any,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str = "channels_last",
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: Any = True,
        depthwise_initializer: Any = None,
        pointwise_initializer: Any = None,
        bias_initializer: Any = ZEROS,
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
        super().__init__(**own_arguments(locals()))


@deprecated(date=None, instructions="Use `tf.keras.layers.SeparableConv1D` instead.")
@export("layers.separable_conv1d")
def separable_conv1d(
    inputs: Any,
    filters: Any,
    kernel_size: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = 1,
    depth_multiplier: int = 1,
    activation: Any = None,
    use_bias: Any = True,
    depthwise_initializer: Any = None,
    pointwise_initializer: Any = None,
    bias_initializer: Any = ZEROS,
    depthwise_regularizer: Any = None,
    pointwise_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    depthwise_constraint: Any = None,
    pointwise_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: bool | None = None,
) -> Tensor:
    """A separable convolution over one axis. Stands for `tf.layers.separable_conv1d`.

    Args:
      inputs: [batch, steps, channels], or with the channels second.
      filters: the number of channels of the result.
      kernel_size, strides, dilation_rate: numbers.
      padding: "valid" or "same"; of a sequence also "causal".
      data_format: "channels_last" or "channels_first".
      depth_multiplier: how many channels are made of each before they are mixed.
      activation: a function, the name of one of Keras's, or None.
      use_bias: whether a bias is added.
      depthwise_initializer, pointwise_initializer, bias_initializer: initial values; None as
        `tf.get_variable`.
      depthwise_regularizer, pointwise_regularizer, bias_regularizer, activity_regularizer:
        functions of kernels, bias and output whose results are losses.
      depthwise_constraint, pointwise_constraint, bias_constraint: functions that optimizers
        apply after each update.
      trainable: whether the variables are trained.
      name: the variable scope.
      reuse: whether the variables are those of a layer made before.

    Raises:
      ValueError: an argument is none of these, or the number of channels is not known.
    """
    return called(SeparableConv1D, locals())


@export("layers.SeparableConv2D")
class SeparableConv2D(convolutional.SeparableConv2D, Layer):
    """A separable convolution of images.

    Stands for `tf.layers.SeparableConv2D`; arguments as of `tf.layers.separable_conv2d`.
    """

    def __init__(
        self,
        filters: Any,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        data_format: str = "channels_last",
        dilation_rate: Any = (1, 1),
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: Any = True,
        depthwise_initializer: Any = None,
        pointwise_initializer: Any = None,
        bias_initializer: Any = ZEROS,
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
        super().__init__(**own_arguments(locals()))


@deprecated(date=None, instructions="Use `tf.keras.layers.SeparableConv2D` instead.")
@export("layers.separable_conv2d")
def separable_conv2d(
    inputs: Any,
    filters: Any,
    kernel_size: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = (1, 1),
    depth_multiplier: int = 1,
    activation: Any = None,
    use_bias: Any = True,
    depthwise_initializer: Any = None,
    pointwise_initializer: Any = None,
    bias_initializer: Any = ZEROS,
    depthwise_regularizer: Any = None,
    pointwise_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    depthwise_constraint: Any = None,
    pointwise_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: bool | None = None,
) -> Tensor:
    """A separable convolution of images. Stands for `tf.layers.separable_conv2d`.

    Args:
      inputs: [batch, rows, columns, channels], or with the channels second.
      filters: the number of channels of the result.
      kernel_size, strides, dilation_rate: a number for each axis, or one for all.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      depth_multiplier: how many channels are made of each before they are mixed.
      activation: a function, the name of one of Keras's, or None.
      use_bias: whether a bias is added.
      depthwise_initializer, pointwise_initializer, bias_initializer: initial values; None as
        `tf.get_variable`.
      depthwise_regularizer, pointwise_regularizer, bias_regularizer, activity_regularizer:
        functions of kernels, bias and output whose results are losses.
      depthwise_constraint, pointwise_constraint, bias_constraint: functions that optimizers
        apply after each update.
      trainable: whether the variables are trained.
      name: the variable scope.
      reuse: whether the variables are those of a layer made before.

    Raises:
      ValueError: an argument is none of these, or the number of channels is not known.
    """
    return called(SeparableConv2D, locals())


@export("layers.Conv2DTranspose")
class Conv2DTranspose(convolutional.Conv2DTranspose, Layer):
    """A transposed convolution of images.

    Stands for `tf.layers.Conv2DTranspose`; arguments as of `tf.layers.conv2d_transpose`.
    """

    def __init__(
        self,
        filters: Any,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        data_format: str = "channels_last",
        activation: Any = None,
        use_bias: Any = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = ZEROS,
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**own_arguments(locals()))


@deprecated(date=None, instructions="Use `tf.keras.layers.Conv2DTranspose` instead.")
@export("layers.conv2d_transpose")
def conv2d_transpose(
    inputs: Any,
    filters: Any,
    kernel_size: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str = "channels_last",
    activation: Any = None,
    use_bias: Any = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = ZEROS,
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: bool | None = None,
) -> Tensor:
    """A transposed convolution of images. Stands for `tf.layers.conv2d_transpose`.

    Args:
      inputs: [batch, rows, columns, channels], or with the channels second.
      filters: the number of channels of the result.
      kernel_size, strides: a number for each axis, or one for all.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      activation: a function, the name of one of Keras's, or None.
      use_bias: whether a bias is added.
      kernel_initializer, bias_initializer: initial values; None as `tf.get_variable`.
      kernel_regularizer, bias_regularizer, activity_regularizer: functions of kernel, bias and
        output whose results are losses.
      kernel_constraint, bias_constraint: functions that optimizers apply after each update.
      trainable: whether the variables are trained.
      name: the variable scope.
      reuse: whether the variables are those of a layer made before.

    Raises:
      ValueError: an argument is none of these, or the number of channels is not known.
    """
    return called(Conv2DTranspose, locals())


@export("layers.Conv3DTranspose")
class Conv3DTranspose(convolutional.Conv3DTranspose, Layer):
    """A transposed convolution of volumes.

    Stands for `tf.layers.Conv3DTranspose`; arguments as of `tf.layers.conv3d_transpose`.
    """

    def __init__(
        self,
        filters: Any,
        kernel_size: Any,
        strides: Any = (1, 1, 1),
        padding: str = "valid",
        data_format: str = "channels_last",
        activation: Any = None,
        use_bias: Any = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = ZEROS,
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**own_arguments(locals()))


@deprecated(date=None, instructions="Use `tf.keras.layers.Conv3DTranspose` instead.")
@export("layers.conv3d_transpose")
def conv3d_transpose(
    inputs: Any,
    filters: Any,
    kernel_size: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: str = "channels_last",
    activation: Any = None,
    use_bias: Any = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = ZEROS,
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: bool | None = None,
) -> Tensor:
    """A transposed convolution of volumes. Stands for `tf.layers.conv3d_transpose`.

    Args:
      inputs: [batch, depth, rows, columns, channels], or with the channels second.
      filters: the number of channels of the result.
      kernel_size, strides: a number for each axis, or one for all.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      activation: a function, the name of one of Keras's, or None.
      use_bias: whether a bias is added.
      kernel_initializer, bias_initializer: initial values; None as `tf.get_variable`.
      kernel_regularizer, bias_regularizer, activity_regularizer: functions of kernel, bias and
        output whose results are losses.
      kernel_constraint, bias_constraint: functions that optimizers apply after each update.
      trainable: whether the variables are trained.
      name: the variable scope.
      reuse: whether the variables are those of a layer made before.

    Raises:
      ValueError: an argument is none of these, or the number of channels is not known.
    """
    return called(Conv3DTranspose, locals())


# The names they had in TensorFlow 1.0.
Convolution1D = Conv1D
Convolution2D = Conv2D
Convolution3D = Conv3D
SeparableConvolution2D = SeparableConv2D
Convolution2DTranspose = Deconvolution2D = Deconv2D = Conv2DTranspose
Convolution3DTranspose = Deconvolution3D = Deconv3D = Conv3DTranspose
convolution1d = conv1d
convolution2d = conv2d
convolution3d = conv3d
separable_convolution2d = separable_conv2d
convolution2d_transpose = deconvolution2d = deconv2d = conv2d_transpose
convolution3d_transpose = deconvolution3d = deconv3d = conv3d_transpose
