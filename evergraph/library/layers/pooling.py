"""tf.layers: pools."""

from typing import Any

from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.tensor import Tensor
from evergraph.library.keras.layers import pooling
from evergraph.library.keras.utils.conv_utils import own_arguments
from evergraph.library.layers.base import Layer
from evergraph.library.layers.calls import called


@export("layers.AveragePooling1D")
class AveragePooling1D(pooling.AveragePooling1D, Layer):
    """The mean value of each window of sequences.

    Stands for `tf.layers.AveragePooling1D`; arguments as of `tf.layers.average_pooling1d`.
    """

    def __init__(
        self,
        pool_size: Any,
        strides: Any,
        padding: str = "valid",
        data_format: str = "channels_last",
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        if strides is None:
            raise ValueError("Argument `strides` must not be None.")
        super().__init__(**own_arguments(locals()))


@deprecated(date=None, instructions="Use keras.layers.AveragePooling1D instead.")
@export("layers.average_pooling1d")
def average_pooling1d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Tensor:
    """The mean value of each window of sequences. Stands for `tf.layers.average_pooling1d`.

    Args:
      inputs: [batch, steps, channels], or with the channels second.
      pool_size, strides: numbers.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      name: the name scope.
    """
    return called(AveragePooling1D, locals())


@export("layers.MaxPooling1D")
class MaxPooling1D(pooling.MaxPooling1D, Layer):
    """The largest value of each window of sequences.

    Stands for `tf.layers.MaxPooling1D`; arguments as of `tf.layers.max_pooling1d`.
    """

    def __init__(
        self,
        pool_size: Any,
        strides: Any,
        padding: str = "valid",
        data_format: str = "channels_last",
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        if strides is None:
            raise ValueError("Argument `strides` must not be None.")
        super().__init__(**own_arguments(locals()))


@deprecated(date=None, instructions="Use keras.layers.MaxPooling1D instead.")
@export("layers.max_pooling1d")
def max_pooling1d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Tensor:
    """The largest value of each window of sequences. Stands for `tf.layers.max_pooling1d`.

    Args:
      inputs: [batch, steps, channels], or with the channels second.
      pool_size, strides: numbers.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      name: the name scope.
    """
    return called(MaxPooling1D, locals())


@export("layers.AveragePooling2D")
class AveragePooling2D(pooling.AveragePooling2D, Layer):
    """The mean value of each window of images.

    Stands for `tf.layers.AveragePooling2D`; arguments as of `tf.layers.average_pooling2d`.
    """

    def __init__(
        self,
        pool_size: Any,
        strides: Any,
        padding: str = "valid",
        data_format: str = "channels_last",
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        if strides is None:
            raise ValueError("Argument `strides` must not be None.")
        super().__init__(**own_arguments(locals()))


@deprecated(date=None, instructions="Use keras.layers.AveragePooling2D instead.")
@export("layers.average_pooling2d")
def average_pooling2d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Tensor:
    """The mean value of each window of images. Stands for `tf.layers.average_pooling2d`.

    Args:
      inputs: [batch, rows, columns, channels], or with the channels second.
      pool_size, strides: a number for each axis, or one for all.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      name: the name scope.
    """
    return called(AveragePooling2D, locals())


@export("layers.MaxPooling2D")
class MaxPooling2D(pooling.MaxPooling2D, Layer):
    """The largest value of each window of images.

    Stands for `tf.layers.MaxPooling2D`; arguments as of `tf.layers.max_pooling2d`.
    """

    def __init__(
        self,
        pool_size: Any,
        strides: Any,
        padding: str = "valid",
        data_format: str = "channels_last",
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        if strides is None:
            raise ValueError("Argument `strides` must not be None.")
        super().__init__(**own_arguments(locals()))


@deprecated(date=None, instructions="Use keras.layers.MaxPooling2D instead.")
@export("layers.max_pooling2d")
def max_pooling2d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Tensor:
    """The largest value of each window of images. Stands for `tf.layers.max_pooling2d`.

    Args:
      inputs: [batch, rows, columns, channels], or with the channels second.
      pool_size, strides: a number for each axis, or one for all.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      name: the name scope.
    """
    return called(MaxPooling2D, locals())


@export("layers.AveragePooling3D")
class AveragePooling3D(pooling.AveragePooling3D, Layer):
    """The mean value of each window of volumes.

    Stands for `tf.layers.AveragePooling3D`; arguments as of `tf.layers.average_pooling3d`.
    """

    def __init__(
        self,
        pool_size: Any,
        strides: Any,
        padding: str = "valid",
        data_format: str = "channels_last",
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        if strides is None:
            raise ValueError("Argument `strides` must not be None.")
        super().__init__(**own_arguments(locals()))


@deprecated(date=None, instructions="Use keras.layers.AveragePooling3D instead.")
@export("layers.average_pooling3d")
def average_pooling3d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Tensor:
    """The mean value of each window of volumes. Stands for `tf.layers.average_pooling3d`.

    Args:
      inputs: [batch, depth, rows, columns, channels], or with the channels second.
      pool_size, strides: a number for each axis, or one for all.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      name: the name scope.
    """
    return called(AveragePooling3D, locals())


@export("layers.MaxPooling3D")
class MaxPooling3D(pooling.MaxPooling3D, Layer):
    """The largest value of each window of volumes.

    Stands for `tf.layers.MaxPooling3D`; arguments as of `tf.layers.max_pooling3d`.
    """

    def __init__(
        self,
        pool_size: Any,
        strides: Any,
        padding: str = "valid",
        data_format: str = "channels_last",
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        if strides is None:
            raise ValueError("Argument `strides` must not be None.")
        super().__init__(**own_arguments(locals()))


@deprecated(date=None, instructions="Use keras.layers.MaxPooling3D instead.")
@export("layers.max_pooling3d")
def max_pooling3d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Tensor:
    """The largest value of each window of volumes. Stands for `tf.layers.max_pooling3d`.

    Args:
      inputs: [batch, depth, rows, columns, channels], or with the channels second.
      pool_size, strides: a number for each axis, or one for all.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".
      name: the name scope.
    """
    return called(MaxPooling3D, locals())


# The names they had in TensorFlow 1.0.
AvgPool2D = AveragePooling2D
MaxPool2D = MaxPooling2D
max_pool2d = max_pooling2d
avg_pool2d = average_pooling2d
