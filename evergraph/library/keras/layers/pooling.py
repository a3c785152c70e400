"""Pools as layers."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, nn_ops
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.tensor import Tensor
from evergraph.library.keras.engine.base_layer import Layer
from evergraph.library.keras.engine.input_spec import InputSpec
from evergraph.library.keras.utils import conv_utils


class _Pooling(Layer):
    """The largest or the mean value of each window over `rank` axes.

    Args:
      pool_function: makes the node.
      pool_size: the window: a number for each axis, or one for all.
      strides: how far windows are apart; default: the window's size.
      padding: "valid" or "same".
      data_format: "channels_last" (the default) or "channels_first".
    """

    rank: int

    def __init__(
        self,
        pool_function: Callable[..., Tensor],
        pool_size: Any,
        strides: Any,
        padding: str = "valid",
        data_format: str | None = None,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.pool_function = pool_function
        self.pool_size = conv_utils.normalize_tuple(pool_size, self.rank, "pool_size")
        self.strides = conv_utils.normalize_tuple(
            pool_size if strides is None else strides, self.rank, "strides"
        )
        self.padding = conv_utils.normalize_padding(padding)
        self.data_format = conv_utils.normalize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The shape of the output, as far as it is known."""
        sizes = TensorShape(input_shape).as_list()
        start = 2 if self.data_format == "channels_first" else 1
        for i, (window, stride) in enumerate(zip(self.pool_size, self.strides, strict=True)):
            sizes[start + i] = conv_utils.conv_output_length(
                sizes[start + i], window, self.padding, stride
            )
        return TensorShape(sizes)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "pool_size": self.pool_size,
            "padding": self.padding,
            "strides": self.strides,
            "data_format": self.data_format,
        }


class Pooling1D(_Pooling):
    """A pool over one axis, as one over images that are one column wide."""

    rank = 1

    def call(self, inputs: Any) -> Tensor:
        axis = 2 if self.data_format == "channels_last" else 3
        outputs = self._pool2d(array_ops.expand_dims(inputs, axis))
        return array_ops.squeeze(outputs, axis)

    def _pool2d(self, x: Tensor) -> Tensor:
        moved = self.data_format == "channels_first"
        if moved:
            x = array_ops.transpose(x, (0, 2, 3, 1))
        x = self.pool_function(
            x,
            (1, *self.pool_size, 1, 1),
            (1, *self.strides, 1, 1),
            padding=self.padding.upper(),
            data_format="NHWC",
        )
        return array_ops.transpose(x, (0, 3, 1, 2)) if moved else x


@export("keras.layers.MaxPooling1D", "keras.layers.MaxPool1D")
class MaxPooling1D(Pooling1D):
    """The largest value of each window over one axis."""

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = "channels_last",
        **kwargs: Any,
    ) -> None:
        super().__init__(nn_ops.max_pool, pool_size, strides, padding, data_format, **kwargs)


@export("keras.layers.AveragePooling1D", "keras.layers.AvgPool1D")
class AveragePooling1D(Pooling1D):
    """The mean value of each window over one axis."""

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = "channels_last",
        **kwargs: Any,
    ) -> None:
        super().__init__(nn_ops.avg_pool, pool_size, strides, padding, data_format, **kwargs)


class Pooling2D(_Pooling):
    """A pool over images."""

    rank = 2

    def call(self, inputs: Any) -> Tensor:
        first = self.data_format == "channels_first"
        return self.pool_function(
            inputs,
            ksize=(1, 1, *self.pool_size) if first else (1, *self.pool_size, 1),
            strides=(1, 1, *self.strides) if first else (1, *self.strides, 1),
            padding=self.padding.upper(),
            data_format=conv_utils.convert_data_format(self.data_format, 4),
        )


@export("keras.layers.MaxPooling2D", "keras.layers.MaxPool2D")
class MaxPooling2D(Pooling2D):
    """The largest value of each window of images."""

    def __init__(
        self,
        pool_size: Any = (2, 2),
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(nn_ops.max_pool, pool_size, strides, padding, data_format, **kwargs)


@export("keras.layers.AveragePooling2D", "keras.layers.AvgPool2D")
class AveragePooling2D(Pooling2D):
    """The mean value of each window of images."""

    def __init__(
        self,
        pool_size: Any = (2, 2),
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(nn_ops.avg_pool, pool_size, strides, padding, data_format, **kwargs)


class Pooling3D(_Pooling):
    """A pool over volumes, with the channels last in between."""

    rank = 3

    def call(self, inputs: Any) -> Tensor:
        moved = self.data_format == "channels_first"
        if moved:
            inputs = array_ops.transpose(inputs, (0, 2, 3, 4, 1))
        outputs = self.pool_function(
            inputs,
            ksize=(1, *self.pool_size, 1),
            strides=(1, *self.strides, 1),
            padding=self.padding.upper(),
        )
        return array_ops.transpose(outputs, (0, 4, 1, 2, 3)) if moved else outputs


@export("keras.layers.MaxPooling3D", "keras.layers.MaxPool3D")
class MaxPooling3D(Pooling3D):
    """The largest value of each window of volumes."""

    def __init__(
        self,
        pool_size: Any = (2, 2, 2),
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(nn_ops.max_pool3d, pool_size, strides, padding, data_format, **kwargs)


@export("keras.layers.AveragePooling3D", "keras.layers.AvgPool3D")
class AveragePooling3D(Pooling3D):
    """The mean value of each window of volumes."""

    def __init__(
        self,
        pool_size: Any = (2, 2, 2),
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(nn_ops.avg_pool3d, pool_size, strides, padding, data_format, **kwargs)
