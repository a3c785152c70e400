"""Pools over whole sequences, images and volumes."""

from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.library.keras.backend import floatx
from evergraph.library.keras.engine.base_layer import Layer
from evergraph.library.keras.engine.input_spec import InputSpec
from evergraph.library.keras.utils.conv_utils import normalize_data_format


class _GlobalPooling(Layer):
    """One value for each channel.

    Args:
      data_format: "channels_last" (the default) or "channels_first".
    """

    rank: int
    _reduce: Any

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = normalize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: Any) -> Any:
        start = 2 if self.data_format == "channels_first" else 1
        axes = list(range(start, start + self.rank))
        return type(self)._reduce(inputs, axis=axes[0] if self.rank == 1 else axes)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The sizes of batch and channels."""
        sizes = TensorShape(input_shape).as_list()
        return TensorShape([sizes[0], sizes[1 if self.data_format == "channels_first" else -1]])

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"data_format": self.data_format}


class _Mean(_GlobalPooling):
    _reduce = staticmethod(math_ops.reduce_mean)


class _Max(_GlobalPooling):
    _reduce = staticmethod(math_ops.reduce_max)


@export("keras.layers.GlobalAveragePooling1D", "keras.layers.GlobalAvgPool1D")
class GlobalAveragePooling1D(_Mean):
    """The mean of each channel of a sequence. Stands for
    `tf.keras.layers.GlobalAveragePooling1D`."""

    rank = 1

    def __init__(self, data_format: str | None = "channels_last", **kwargs: Any) -> None:
        super().__init__(data_format, **kwargs)
        self.supports_masking = True

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """None: no times are left."""

    def call(self, inputs: Any, mask: Any = None) -> Any:
        if mask is None:
            return super().call(inputs)
        axis = 1 if self.data_format == "channels_last" else 2
        mask = array_ops.reshape(
            math_ops.cast(mask, floatx()), [-1, inputs.shape.as_list()[axis], 1]
        )
        inputs *= mask
        return math_ops.reduce_sum(inputs, axis=axis) / math_ops.reduce_sum(mask, axis=axis)


@export("keras.layers.GlobalAveragePooling2D", "keras.layers.GlobalAvgPool2D")
class GlobalAveragePooling2D(_Mean):
    """The mean of each channel of an image. Stands for
    `tf.keras.layers.GlobalAveragePooling2D`."""

    rank = 2


@export("keras.layers.GlobalAveragePooling3D", "keras.layers.GlobalAvgPool3D")
class GlobalAveragePooling3D(_Mean):
    """The mean of each channel of a volume. Stands for
    `tf.keras.layers.GlobalAveragePooling3D`."""

    rank = 3


@export("keras.layers.GlobalMaxPooling1D", "keras.layers.GlobalMaxPool1D")
class GlobalMaxPooling1D(_Max):
    """The largest value of each channel of a sequence. Stands for
    `tf.keras.layers.GlobalMaxPooling1D`."""

    rank = 1

    def __init__(self, data_format: str | None = "channels_last", **kwargs: Any) -> None:
        super().__init__(data_format, **kwargs)


@export("keras.layers.GlobalMaxPooling2D", "keras.layers.GlobalMaxPool2D")
class GlobalMaxPooling2D(_Max):
    """The largest value of each channel of an image. Stands for
    `tf.keras.layers.GlobalMaxPooling2D`."""

    rank = 2


@export("keras.layers.GlobalMaxPooling3D", "keras.layers.GlobalMaxPool3D")
class GlobalMaxPooling3D(_Max):
    """The largest value of each channel of a volume. Stands for
    `tf.keras.layers.GlobalMaxPooling3D`."""

    rank = 3
