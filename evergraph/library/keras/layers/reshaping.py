"""Layers that move elements: Reshape, Permute, RepeatVector, padding, cropping, repeating."""

from typing import Any

import numpy as np

from evergraph.api import array_ops
from evergraph.api.image_resizing import ResizeMethod, resize_images_v2
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.constant import constant
from evergraph.library.keras.engine.base_layer import Layer
from evergraph.library.keras.engine.input_spec import InputSpec
from evergraph.library.keras.functions.arrays import repeat_elements, resize_volumes
from evergraph.library.keras.utils import conv_utils


@export("keras.layers.Reshape")
class Reshape(Layer):
    """The elements of each example in another shape. Stands for `tf.keras.layers.Reshape`.

    Args:
      target_shape: the shape without the batch's axis; one size may be -1.
    """

    def __init__(self, target_shape: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target_shape = tuple(target_shape)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The target shape after the batch's size.

        Raises:
          ValueError: it has another number of elements.
        """
        batch, *sizes = TensorShape(input_shape).as_list()
        target = list(self.target_shape)
        if None in sizes:
            return TensorShape([batch, *(None if size == -1 else size for size in target)])
        total = int(np.prod(sizes, dtype=int))
        known = int(np.prod([size for size in target if size != -1], dtype=int))
        unknown = target.count(-1)
        if unknown > 1:
            raise ValueError("Can only specify one unknown dimension.")
        if (unknown and (known == 0 or total % known)) or (not unknown and total != known):
            raise ValueError("total size of new array must be unchanged")
        return TensorShape([batch, *(total // known if size == -1 else size for size in target)])

    def call(self, inputs: Any) -> Any:
        return array_ops.reshape(inputs, (array_ops.shape(inputs)[0], *self.target_shape))

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"target_shape": self.target_shape}


@export("keras.layers.Permute")
class Permute(Layer):
    """Axes in another order. Stands for `tf.keras.layers.Permute`.

    Args:
      dims: the axes in the new order, counted from 1, without the batch's.

    Raises:
      ValueError: they are not 1 to n.
    """

    def __init__(self, dims: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(dims) != list(range(1, len(dims) + 1)):
            raise ValueError(
                "Invalid permutation `dims` for Permute Layer: "
                f"{dims}. The set of indices in `dims` must be consecutive and start from 1."
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The sizes in the new order."""
        sizes = TensorShape(input_shape).as_list()
        return TensorShape([sizes[0], *(sizes[axis] for axis in self.dims)])

    def call(self, inputs: Any) -> Any:
        return array_ops.transpose(inputs, perm=(0, *self.dims))

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"dims": self.dims}


@export("keras.layers.RepeatVector")
class RepeatVector(Layer):
    """Each vector `n` times, as a matrix. Stands for `tf.keras.layers.RepeatVector`."""

    def __init__(self, n: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n = n
        self.input_spec = InputSpec(ndim=2)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The sizes with `n` between them."""
        batch, size = TensorShape(input_shape).as_list()
        return TensorShape([batch, self.n, size])

    def call(self, inputs: Any) -> Any:
        inputs = array_ops.expand_dims(inputs, 1)
        return array_ops.tile(inputs, array_ops.stack([1, self.n, 1]))

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"n": self.n}


def _pairs(value: Any, rank: int, name: str) -> tuple[tuple[int, int], ...]:
    """What is given for each side of `rank` axes, from one number, a number or a pair an axis."""
    if isinstance(value, int):
        return ((value, value),) * rank
    kind = "height width depth".split() if rank < 3 else "dim1 dim2 dim3".split()
    if not hasattr(value, "__len__"):
        axes = ", ".join(f"symmetric_{axis}_{name[:-4]}" for axis in kind[:rank])
        raise ValueError(
            f"`{name}` should be either an int, a tuple of {rank} ints ({axes}), or a tuple of "
            f"{rank} tuples of 2 ints. Found: {value}"
        )
    if len(value) != rank:
        number = {2: "two", 3: "3"}[rank]
        raise ValueError(f"`{name}` should have {number} elements. Found: {value}")
    ordinals = ("1st", "2nd", "3rd")
    first, *others = (
        conv_utils.normalize_tuple(part, 2, f"{ordinal} entry of {name}")
        for part, ordinal in zip(value, ordinals, strict=False)
    )
    return ((first[0], first[1]), *((pair[0], pair[1]) for pair in others))


class _Sides(Layer):
    """What adds to, or takes from, each side of the axes that are no channels."""

    rank: int
    sides: tuple[tuple[int, int], ...]
    data_format = "channels_last"

    @property
    def _start(self) -> int:
        return 2 if self.data_format == "channels_first" and self.rank > 1 else 1

    def _changed(self, size: int, sides: tuple[int, int]) -> int:
        raise NotImplementedError

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The sizes, longer or shorter."""
        sizes = TensorShape(input_shape).as_list()
        for i, sides in enumerate(self.sides, self._start):
            if sizes[i] is not None:
                sizes[i] = self._changed(sizes[i], sides)
        return TensorShape(sizes)


class _ZeroPadding(_Sides):
    """Zeros around the axes that are no channels."""

    def __init__(self, padding: Any, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if self.rank > 1:
            self.data_format = conv_utils.normalize_data_format(data_format)
            self.padding: Any = _pairs(padding, self.rank, "padding")
            self.sides = self.padding
        else:
            self.padding = conv_utils.normalize_tuple(padding, 2, "padding")
            self.sides = (self.padding,)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _changed(self, size: int, sides: tuple[int, int]) -> int:
        return size + sum(sides)

    def call(self, inputs: Any) -> Any:
        pattern = [[0, 0] for _ in range(self.rank + 2)]
        for i, sides in enumerate(self.sides, self._start):
            pattern[i] = list(sides)
        return array_ops.pad(inputs, pattern)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config() | {"padding": self.padding}
        return config | ({"data_format": self.data_format} if self.rank > 1 else {})


@export("keras.layers.ZeroPadding1D")
class ZeroPadding1D(_ZeroPadding):
    """Zeros before and after a sequence. Stands for `tf.keras.layers.ZeroPadding1D`."""

    rank = 1

    def __init__(self, padding: Any = 1, **kwargs: Any) -> None:
        super().__init__(padding, **kwargs)


@export("keras.layers.ZeroPadding2D")
class ZeroPadding2D(_ZeroPadding):
    """Zeros around images. Stands for `tf.keras.layers.ZeroPadding2D`.

    Args:
      padding: how many: a number, one an axis, or a pair an axis.
      data_format: "channels_last" (the default) or "channels_first".

    Raises:
      ValueError: `padding` is no such thing.
    """

    rank = 2

    def __init__(
        self, padding: Any = (1, 1), data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(padding, data_format, **kwargs)


@export("keras.layers.ZeroPadding3D")
class ZeroPadding3D(_ZeroPadding):
    """Zeros around volumes. Stands for `tf.keras.layers.ZeroPadding3D`; see `ZeroPadding2D`."""

    rank = 3

    def __init__(
        self, padding: Any = (1, 1, 1), data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(padding, data_format, **kwargs)


class _Cropping(_Sides):
    """Without the first and last elements of the axes that are no channels."""

    def __init__(self, cropping: Any, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if self.rank > 1:
            self.data_format = conv_utils.normalize_data_format(data_format)
            self.cropping: Any = _pairs(cropping, self.rank, "cropping")
            self.sides = self.cropping
        else:
            self.cropping = conv_utils.normalize_tuple(cropping, 2, "cropping")
            self.sides = (self.cropping,)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _changed(self, size: int, sides: tuple[int, int]) -> int:
        return size - sum(sides)

    def call(self, inputs: Any) -> Any:
        whole = [slice(None)] * (self.rank + 2)
        for i, (before, after) in enumerate(self.sides, self._start):
            whole[i] = slice(before, -after or None)
        return inputs[tuple(whole)]

    def get_config(self) -> dict[str, Any]:
        config = super().get_config() | {"cropping": self.cropping}
        return config | ({"data_format": self.data_format} if self.rank > 1 else {})


@export("keras.layers.Cropping1D")
class Cropping1D(_Cropping):
    """A sequence without its ends. Stands for `tf.keras.layers.Cropping1D`."""

    rank = 1

    def __init__(self, cropping: Any = (1, 1), **kwargs: Any) -> None:
        super().__init__(cropping, **kwargs)


@export("keras.layers.Cropping2D")
class Cropping2D(_Cropping):
    """Images without their borders. Stands for `tf.keras.layers.Cropping2D`.

    Args:
      cropping: how much: a number, one an axis, or a pair an axis.
      data_format: "channels_last" (the default) or "channels_first".
    """

    rank = 2

    def __init__(
        self, cropping: Any = ((0, 0), (0, 0)), data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(cropping, data_format, **kwargs)


@export("keras.layers.Cropping3D")
class Cropping3D(_Cropping):
    """Volumes without their borders. Stands for `tf.keras.layers.Cropping3D`; see `Cropping2D`."""

    rank = 3

    def __init__(
        self,
        cropping: Any = ((1, 1), (1, 1), (1, 1)),
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(cropping, data_format, **kwargs)


@export("keras.layers.UpSampling1D")
class UpSampling1D(Layer):
    """Each time of a sequence `size` times. Stands for `tf.keras.layers.UpSampling1D`."""

    def __init__(self, size: Any = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = int(size)
        self.input_spec = InputSpec(ndim=3)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The length times the factor."""
        return _enlarged(input_shape, (self.size,), 1)

    def call(self, inputs: Any) -> Any:
        return repeat_elements(inputs, self.size, axis=1)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"size": self.size}


@export("keras.layers.UpSampling3D")
class UpSampling3D(Layer):
    """Volumes made larger by whole factors. Stands for `tf.keras.layers.UpSampling3D`.

    Args:
      size: the factors of the axes, or one for all.
      data_format: "channels_last" (the default) or "channels_first".
    """

    def __init__(
        self, size: Any = (2, 2, 2), data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.data_format = conv_utils.normalize_data_format(data_format)
        self.size = conv_utils.normalize_tuple(size, 3, "size")

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The sizes times their factors."""
        start = 2 if self.data_format == "channels_first" else 1
        return _enlarged(input_shape, self.size, start)

    def call(self, inputs: Any) -> Any:
        return resize_volumes(inputs, *self.size, self.data_format)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"size": self.size, "data_format": self.data_format}


def _enlarged(input_shape: Any, factors: Any, start: int) -> TensorShape:
    """The shape, with sizes from `start` on times their factors."""
    sizes = TensorShape(input_shape).as_list()
    for i, factor in enumerate(factors, start):
        sizes[i] = None if sizes[i] is None else sizes[i] * factor
    return TensorShape(sizes)


@export("keras.layers.UpSampling2D")
class UpSampling2D(Layer):
    """Images made larger by whole factors. Stands for `tf.keras.layers.UpSampling2D`.

    Args:
      size: the factors of height and width, or one for both.
      data_format: "channels_last" (the default) or "channels_first".
      interpolation: "nearest" or "bilinear".

    Raises:
      ValueError: there is no such interpolation.
    """

    def __init__(
        self,
        size: Any = (2, 2),
        data_format: str | None = None,
        interpolation: str = "nearest",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.data_format = conv_utils.normalize_data_format(data_format)
        self.size = conv_utils.normalize_tuple(size, 2, "size")
        if interpolation not in {"nearest", "bilinear"}:
            raise ValueError(
                '`interpolation` argument should be one of `"nearest"` or `"bilinear"`.'
            )
        self.interpolation = interpolation
        self.input_spec = InputSpec(ndim=4)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Height and width times their factors."""
        return _enlarged(input_shape, self.size, 2 if self.data_format == "channels_first" else 1)

    def call(self, inputs: Any) -> Any:
        first = self.data_format == "channels_first"
        shape = self.compute_output_shape(inputs.shape).as_list()
        start = 2 if first else 1
        size = array_ops.shape(inputs)[start : start + 2]
        size *= constant(np.array(self.size, dtype="int32"))
        if first:
            inputs = array_ops.transpose(inputs, perm=[0, 2, 3, 1])
        nearest = self.interpolation == "nearest"
        method = ResizeMethod.NEAREST_NEIGHBOR if nearest else ResizeMethod.BILINEAR
        outputs = resize_images_v2(inputs, size, method=method)
        if first:
            outputs = array_ops.transpose(outputs, perm=[0, 3, 1, 2])
        outputs.set_shape([None, None, *shape[2:]] if first else [None, *shape[1:3], None])
        return outputs

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "size": self.size,
            "data_format": self.data_format,
            "interpolation": self.interpolation,
        }
