"""Specs of tensors, sparse tensors and indexed slices; makes them known to `evergraph.base`."""

from typing import Any

import numpy as np

from evergraph.base import dtypes, tensor_spec, tf2, type_spec
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape, as_shape, dimension_value, unknown_shape
from evergraph.base.tensor_spec import TensorSpec
from evergraph.graph import composite
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import (
    IndexedSlices,
    IndexedSlicesValue,
    SparseTensor,
    SparseTensorValue,
)
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.static_value import constant_value_as_shape
from evergraph.graph.tensor import Tensor


def _are_values(components: Any) -> bool:
    """Whether components are the arrays of a composite's value, not tensors."""
    return all(isinstance(part, np.ndarray) for part in components) and not tf2.enabled()


@export("SparseTensorSpec")
class SparseTensorSpec(type_spec.BatchableTypeSpec):
    """Describes sparse tensors of a shape and dtype. Stands for `tf.SparseTensorSpec`.

    Args:
        shape: the dense shape, None for any.
        dtype: that of the values.
    """

    __slots__ = ("_dtype", "_shape")

    def __init__(self, shape: Any = None, dtype: Any = dtypes.float32) -> None:
        self._shape = as_shape(shape)
        self._dtype = dtypes.as_dtype(dtype)

    @classmethod
    def from_value(cls, value: Any) -> Any:
        """The spec of a `SparseTensor` or `SparseTensorValue`; TypeError for anything else."""
        if isinstance(value, SparseTensor):
            return cls(value.shape, value.dtype)
        if not isinstance(value, SparseTensorValue):
            raise TypeError("Expected SparseTensor or SparseTensorValue")
        if isinstance(value.values, np.ndarray):
            return cls(value.dense_shape, value.values.dtype)
        return cls.from_value(SparseTensor.from_value(value))

    @property
    def value_type(self) -> Any:
        """`tf.SparseTensor`."""
        return SparseTensor

    @property
    def dtype(self) -> dtypes.DType:
        """The dtype of the values."""
        return self._dtype

    @property
    def shape(self) -> TensorShape:
        """The dense shape."""
        return self._shape

    def _serialize(self) -> tuple[Any, ...]:
        return self._shape, self._dtype

    @property
    def _component_specs(self) -> list[TensorSpec]:
        rank = self._shape.rank
        return [
            TensorSpec([None, rank], dtypes.int64),
            TensorSpec([None], self._dtype),
            TensorSpec([rank], dtypes.int64),
        ]

    def _to_components(self, value: Any) -> list[Any]:
        if isinstance(value, SparseTensorValue):
            value = SparseTensor.from_value(value)
        return [value.indices, value.values, value.dense_shape]

    def _from_components(self, components: Any) -> Any:
        return (SparseTensorValue if _are_values(components) else SparseTensor)(*components)

    # As a list of tensors a sparse tensor is one variant tensor, so that it can be batched.

    @property
    def _flat_tensor_specs(self) -> list[Any]:
        # A batch of boxed sparse tensors has this spec too, so its shape is unknown.
        return [TensorSpec(None, dtypes.variant)]

    def _to_tensor_list(self, value: Any) -> list[Any]:
        parts = self._to_components(SparseTensor.from_value(value))
        return [apply_op("SerializeSparse", *parts, out_type=dtypes.variant)]

    def _to_batched_tensor_list(self, value: Any) -> list[Any]:
        dense_shape = constant_value_as_shape(value.dense_shape)
        if self._shape.merge_with(dense_shape).rank == 0:
            raise ValueError("Unbatching a sparse tensor is only supported for rank >= 1")
        parts = self._to_components(value)
        return [apply_op("SerializeManySparse", *parts, out_type=dtypes.variant)]

    def _from_compatible_tensor_list(self, tensor_list: list[Any]) -> SparseTensor:
        result = SparseTensor(*apply_op("DeserializeSparse", tensor_list[0], dtype=self._dtype))
        result.indices.set_shape([None, self._shape.rank])
        result.dense_shape.set_shape([self._shape.rank])
        return result

    def _batch(self, batch_size: int | None) -> "SparseTensorSpec":
        return SparseTensorSpec(TensorShape([batch_size]).concatenate(self._shape), self._dtype)

    def _unbatch(self) -> "SparseTensorSpec":
        if self._shape.rank == 0:
            raise ValueError("Unbatching a tensor is only supported for rank >= 1")
        return SparseTensorSpec(self._shape[1:], self._dtype)

    def _to_legacy_output_types(self) -> Any:
        return self._dtype

    def _to_legacy_output_shapes(self) -> Any:
        return self._shape


@export("IndexedSlicesSpec")
class IndexedSlicesSpec(type_spec.TypeSpec):
    """Describes indexed slices. Stands for `tf.IndexedSlicesSpec`.

    Args:
        shape: the dense shape, None for any.
        dtype: that of the values.
        indices_dtype: that of the indices.
        dense_shape_dtype: that of the dense shape; None when the slices have none.
        indices_shape: `[N]`, how many slices there are; None for any number.
    """

    __slots__ = (
        "_dense_shape_dtype",
        "_indices_dtype",
        "_indices_shape",
        "_shape",
        "_values_dtype",
    )

    def __init__(
        self,
        shape: Any = None,
        dtype: Any = dtypes.float32,
        indices_dtype: Any = dtypes.int64,
        dense_shape_dtype: Any = None,
        indices_shape: Any = None,
    ) -> None:
        self._shape = as_shape(shape)
        self._values_dtype = dtypes.as_dtype(dtype)
        self._indices_dtype = dtypes.as_dtype(indices_dtype)
        self._dense_shape_dtype = (
            None if dense_shape_dtype is None else dtypes.as_dtype(dense_shape_dtype)
        )
        self._indices_shape = as_shape(indices_shape).with_rank(1)

    @property
    def value_type(self) -> Any:
        """`tf.IndexedSlices`."""
        return IndexedSlices

    def _serialize(self) -> tuple[Any, ...]:
        return (
            self._shape,
            self._values_dtype,
            self._indices_dtype,
            self._dense_shape_dtype,
            self._indices_shape,
        )

    @property
    def _component_specs(self) -> tuple[TensorSpec, ...]:
        values_shape = self._indices_shape.concatenate(self._shape[1:])
        specs = (
            TensorSpec(values_shape, self._values_dtype),
            TensorSpec(self._indices_shape, self._indices_dtype),
        )
        if self._dense_shape_dtype is None:
            return specs
        return (*specs, TensorSpec([self._shape.rank], self._dense_shape_dtype))

    def _to_components(self, value: Any) -> tuple[Any, ...]:
        if value.dense_shape is None:
            return value.values, value.indices
        return value.values, value.indices, value.dense_shape

    def _from_components(self, components: Any) -> Any:
        if not _are_values(components):
            return IndexedSlices(*components)
        dense_shape = components[2] if len(components) == 3 else None
        return IndexedSlicesValue(components[0], components[1], dense_shape)


def _spec_of_sparse_tensor(tensor: SparseTensor, shape: TensorShape | None = None) -> Any:
    """The spec of a sparse tensor, or of all whose dense shape is of a shape."""
    if shape is None:
        return SparseTensorSpec.from_value(tensor)
    return SparseTensorSpec(unknown_shape(dimension_value(shape[0])), tensor.dtype)


def _spec_of_indexed_slices(slices: IndexedSlices, shape: TensorShape | None = None) -> Any:
    """The spec of indexed slices, or of all whose values are of a shape."""
    values_shape = slices.values.shape if shape is None else shape
    dense_shape = TensorShape([None]).concatenate(values_shape[1:])
    if shape is None and slices.dense_shape is not None:
        dense_shape = dense_shape.merge_with(constant_value_as_shape(slices.dense_shape))
    return IndexedSlicesSpec(
        dense_shape,
        slices.dtype,
        slices.indices.dtype,
        None if slices.dense_shape is None else slices.dense_shape.dtype,
        slices.indices.shape.with_rank(1) if shape is None else shape[:1],
    )


tensor_spec.set_tensor_type(Tensor, convert_to_tensor)
composite.set_spec_maker("SparseTensor", _spec_of_sparse_tensor)
composite.set_spec_maker("IndexedSlices", _spec_of_indexed_slices)
type_spec.register_type_spec_from_value_converter(SparseTensorValue, SparseTensorSpec.from_value)
