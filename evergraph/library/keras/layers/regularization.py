"""Layers that act while training: dropout of whole channels, penalties of activity."""

from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.library.keras import regularizers
from evergraph.library.keras.engine.base_layer import Layer
from evergraph.library.keras.engine.input_spec import InputSpec
from evergraph.library.keras.layers.core import Dropout
from evergraph.library.keras.utils.conv_utils import normalize_data_format


class _SpatialDropout(Dropout):
    """Dropout of whole channels."""

    rank: int
    data_format = "channels_last"

    def __init__(self, rate: Any, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(rate, **kwargs)
        if self.rank > 1:
            self.data_format = normalize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _get_noise_shape(self, inputs: Any) -> Any:
        sizes = array_ops.shape(inputs)
        ones = (1,) * self.rank
        if self.data_format == "channels_first":
            return (sizes[0], sizes[1], *ones)
        return (sizes[0], *ones, sizes[self.rank + 1])


@export("keras.layers.SpatialDropout1D")
class SpatialDropout1D(_SpatialDropout):
    """Dropout of a sequence's whole channels. Stands for `tf.keras.layers.SpatialDropout1D`."""

    rank = 1

    def __init__(self, rate: Any, **kwargs: Any) -> None:
        super().__init__(rate, **kwargs)


@export("keras.layers.SpatialDropout2D")
class SpatialDropout2D(_SpatialDropout):
    """Dropout of images' whole channels. Stands for `tf.keras.layers.SpatialDropout2D`."""

    rank = 2

    def __init__(self, rate: Any, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(rate, data_format, **kwargs)


@export("keras.layers.SpatialDropout3D")
class SpatialDropout3D(_SpatialDropout):
    """Dropout of volumes' whole channels. Stands for `tf.keras.layers.SpatialDropout3D`."""

    rank = 3

    def __init__(self, rate: Any, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(rate, data_format, **kwargs)


@export("keras.layers.ActivityRegularization")
class ActivityRegularization(Layer):
    """The input as it is; its size is a loss. Stands for `tf.keras.layers.ActivityRegularization`.

    Args:
      l1, l2: the factors of the sum of absolute values, and of squares.
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.supports_masking = True
        self.l1 = l1
        self.l2 = l2

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"l1": self.l1, "l2": self.l2}


@export("keras.layers.Masking")
class Masking(Layer):
    """Times at which all of the input is `mask_value` do not count in the layers that follow.

    Stands for `tf.keras.layers.Masking`.

    Args:
      mask_value: the value.
    """

    _compute_output_and_mask_jointly = True

    def __init__(self, mask_value: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.mask_value = mask_value

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Where the input is not all of that value."""
        return math_ops.reduce_any(math_ops.not_equal(inputs, self.mask_value), axis=-1)

    def call(self, inputs: Any) -> Any:
        different = math_ops.cast(math_ops.not_equal(inputs, self.mask_value), dtypes.bool)
        counts = math_ops.reduce_any(different, axis=-1, keepdims=True)
        outputs = inputs * math_ops.cast(counts, inputs.dtype)
        outputs._keras_mask = array_ops.squeeze(counts, axis=[-1])
        return outputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"mask_value": self.mask_value}
