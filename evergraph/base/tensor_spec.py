"""`TensorSpec` and `BoundedTensorSpec`: shape and dtype of a tensor, with or without bounds."""

from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.base.type_spec import (
    BatchableTypeSpec,
    _Tensors,
    register_type_spec_from_value_converter,
)


@export("TensorSpec", "contrib.framework.TensorSpec", "contrib.eager.TensorSpec")
class TensorSpec(BatchableTypeSpec):
    """The shape, dtype and perhaps name of a tensor. Stands for `tf.TensorSpec`.

    Args:
        shape: anything that `tf.TensorShape` takes.
        dtype: anything that `tf.as_dtype` takes.
        name: a name, or None.

    Raises:
        TypeError: when `shape` or `dtype` is neither.
    """

    __slots__ = ("_dtype", "_name", "_shape", "_shape_tuple")

    # For nests, in which this spec is a leaf.
    _is_tensor_spec = True

    def __init__(self, shape: Any, dtype: Any = dtypes.float32, name: str | None = None) -> None:
        self._shape = TensorShape(shape)
        self._shape_tuple = self._shape._dims_tuple
        self._dtype = dtypes.as_dtype(dtype)
        self._name = name

    @classmethod
    def from_spec(cls, spec: Any, name: str | None = None) -> Any:
        """The same spec, perhaps under another name."""
        return cls(spec.shape, spec.dtype, name or spec.name)

    @classmethod
    def from_tensor(cls, tensor: Any, name: str | None = None) -> Any:
        """The spec of a tensor, by default named as its operation.

        Raises:
            ValueError: when `tensor` is no `tf.Tensor`.
        """
        if not isinstance(tensor, _Tensors.tensor_class):
            raise ValueError("`tensor` should be a tf.Tensor")
        return TensorSpec(tensor.shape, tensor.dtype, name or tensor.op.name)

    @property
    def shape(self) -> TensorShape:
        """The `TensorShape`."""
        return self._shape

    @property
    def dtype(self) -> dtypes.DType:
        """The `DType`."""
        return self._dtype

    @property
    def name(self) -> str | None:
        """The name, or None."""
        return self._name

    @property
    def value_type(self) -> Any:
        """`tf.Tensor`."""
        return _Tensors.tensor_class

    def is_compatible_with(self, spec_or_tensor: Any) -> bool:
        """Whether the dtype of a spec or tensor is this one and the shapes are compatible."""
        return (
            isinstance(spec_or_tensor, (TensorSpec, _Tensors.tensor_class))
            and self._dtype.is_compatible_with(spec_or_tensor.dtype)
            and self._shape.is_compatible_with(spec_or_tensor.shape)
        )

    def most_specific_compatible_type(self, other: Any) -> "TensorSpec":
        """The spec with what is the same in both.

        Raises:
            ValueError: when the dtypes differ.
        """
        if type(self) is not type(other) or self._dtype != other.dtype:
            raise ValueError(f"Types are not compatible: {self!r} vs {other!r}")
        shape = self._shape.most_specific_compatible_shape(other.shape)
        return TensorSpec(shape, self._dtype, self._name if self._name == other.name else None)

    def __repr__(self) -> str:
        return f"TensorSpec(shape={self.shape}, dtype={self.dtype!r}, name={self.name!r})"

    def __hash__(self) -> int:
        return hash((self._shape_tuple, self._dtype))

    def __eq__(self, other: object) -> bool:
        return (
            type(self) is type(other)
            and isinstance(other, TensorSpec)
            and self._shape_tuple == other._shape_tuple
            and self._dtype == other._dtype
            and self._name == other._name
        )

    def _serialize(self) -> tuple[Any, ...]:
        return self._shape, self._dtype, self._name

    @property
    def _component_specs(self) -> Any:
        return self

    def _to_components(self, value: Any) -> Any:
        assert _Tensors.convert_to_tensor is not None
        try:
            tensor = _Tensors.convert_to_tensor(value, self._dtype)
        except (TypeError, ValueError):
            raise self._not_convertible(value) from None
        if not tensor.shape.is_compatible_with(self._shape):
            raise self._not_convertible(tensor)
        return tensor

    def _not_convertible(self, value: Any) -> ValueError:
        return ValueError(
            f"Value {value!r} is not convertible to a tensor with dtype {self._dtype} and shape "
            f"{self._shape}."
        )

    def _from_components(self, components: Any) -> Any:
        return components

    def _from_compatible_tensor_list(self, tensor_list: list[Any]) -> Any:
        (tensor,) = tensor_list
        tensor.set_shape(self._shape)
        return tensor

    def _to_batchable_tensor_list(self, value: Any, batched: bool = False) -> Any:
        if batched and self._shape.merge_with(value.shape).ndims == 0:
            raise ValueError("Unbatching a tensor is only supported for rank >= 1")
        return self._to_components(value)

    def _batch(self, batch_size: int | None) -> "TensorSpec":
        return TensorSpec(TensorShape([batch_size]).concatenate(self._shape), self._dtype)

    def _unbatch(self) -> "TensorSpec":
        if self._shape.ndims == 0:
            raise ValueError("Unbatching a tensor is only supported for rank >= 1")
        return TensorSpec(self._shape[1:], self._dtype)

    def _to_legacy_output_types(self) -> Any:
        return self._dtype

    def _to_legacy_output_shapes(self) -> Any:
        return self._shape


def _bound(kind: str, value: Any, shape: TensorShape, dtype: dtypes.DType) -> Any:
    """A bound as a read-only array. Raises ValueError when it cannot be broadcast to `shape`."""
    bound_shape = TensorShape(np.shape(value))
    if shape._dims_tuple is not None and bound_shape._dims_tuple is not None:
        pairs = zip(reversed(bound_shape._dims_tuple), reversed(shape._dims_tuple), strict=False)
        if any(1 not in pair and None not in pair and pair[0] != pair[1] for pair in pairs):
            error = ValueError(f"Incompatible shapes for broadcasting: {bound_shape} and {shape}")
            raise ValueError(f"{kind} is not compatible with shape. Message: {error!r}.")
    array = np.array(value, dtype=dtype.as_numpy_dtype)
    array.setflags(write=False)
    return array


@export("contrib.framework.BoundedTensorSpec")
class BoundedTensorSpec(TensorSpec):
    """A `TensorSpec` with the least and greatest values of each element, both included.

    Args:
        shape, dtype, name: as for `TensorSpec`.
        minimum, maximum: numbers or arrays that can be broadcast to `shape`.

    Raises:
        ValueError: when a bound is None or cannot be broadcast.
    """

    __slots__ = ("_maximum", "_minimum")
    __hash__ = TensorSpec.__hash__

    def __init__(
        self, shape: Any, dtype: Any, minimum: Any, maximum: Any, name: str | None = None
    ) -> None:
        super().__init__(shape, dtype, name)
        if minimum is None or maximum is None:
            raise ValueError(
                f"minimum and maximum must be provided; but saw '{minimum}' and '{maximum}'"
            )
        self._minimum = _bound("minimum", minimum, self._shape, self._dtype)
        self._maximum = _bound("maximum", maximum, self._shape, self._dtype)

    @classmethod
    def from_spec(cls, spec: Any) -> Any:  # type: ignore[override]
        """The spec with its own bounds, or with those of its dtype."""
        dtype = dtypes.as_dtype(spec.dtype)
        minimum = getattr(spec, "minimum", None)
        maximum = getattr(spec, "maximum", None)
        return BoundedTensorSpec(
            spec.shape,
            dtype,
            dtype.min if minimum is None else minimum,
            dtype.max if maximum is None else maximum,
            spec.name,
        )

    @property
    def minimum(self) -> Any:
        """The least values, an array that cannot be written to."""
        return self._minimum

    @property
    def maximum(self) -> Any:
        """The greatest values, an array that cannot be written to."""
        return self._maximum

    def __repr__(self) -> str:
        return (
            f"BoundedTensorSpec(shape={self.shape}, dtype={self.dtype!r}, name={self.name!r}, "
            f"minimum={self.minimum!r}, maximum={self.maximum!r})"
        )

    def __eq__(self, other: object) -> bool:
        return (
            super().__eq__(other)
            and isinstance(other, BoundedTensorSpec)
            and np.allclose(self.minimum, other.minimum)
            and np.allclose(self.maximum, other.maximum)
        )

    def _serialize(self) -> tuple[Any, ...]:
        return self._shape, self._dtype, self._minimum, self._maximum, self._name


def set_tensor_type(tensor_class: Any, convert_to_tensor: Callable[..., Any]) -> None:
    """Tell the class of symbolic tensors and the function `(value, dtype=None)` that makes one.

    For the layer of graphs, which comes after this one; call it once.
    """
    _Tensors.tensor_class = tensor_class
    _Tensors.convert_to_tensor = staticmethod(convert_to_tensor)
    register_type_spec_from_value_converter(
        # A spec made of a tensor does not take its name.
        tensor_class,
        lambda tensor: TensorSpec(tensor.shape, tensor.dtype),
        allow_subclass=True,
    )


register_type_spec_from_value_converter(
    np.ndarray, lambda array: TensorSpec(array.shape, array.dtype)
)
