"""RaggedTensorSpec: what kind of ragged tensor a function or dataset takes or gives."""

from typing import Any

import numpy as np

from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape, as_shape, dimension_at_index
from evergraph.base.tensor_spec import TensorSpec
from evergraph.base.type_spec import BatchableTypeSpec, register_type_spec_from_value_converter
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import set_spec_maker
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.ragged.ragged_tensor import RaggedTensor, is_ragged
from evergraph.library.ragged.ragged_tensor_value import RaggedTensorValue


def _to_variant(value: Any, batched_input: bool) -> Tensor:
    """A ragged tensor as one variant, or each of its rows as one."""
    with name_scope(None, "RaggedToVariant", [value, batched_input]):
        made: Tensor = apply_op(
            "RaggedTensorToVariant",
            value.nested_row_splits,
            value.flat_values,
            batched_input=batched_input,
        )
        return made


def _from_variant(variant: Any, dtype: Any, rank: int) -> RaggedTensor:
    """The ragged tensor of a variant, or of many."""
    variant = convert_to_tensor(variant, name="variant", dtype=dtypes.variant)
    with name_scope(None, "RaggedFromVariant", [variant]):
        parts = apply_op(
            "RaggedTensorFromVariant",
            variant,
            input_ragged_rank=-1,
            output_ragged_rank=rank,
            Tvalues=dtype,
            Tsplits=dtypes.int64,
        )
        splits, values = parts
        made: RaggedTensor = RaggedTensor.from_nested_row_splits(values, splits, validate=False)
        return made


@export("RaggedTensorSpec")
class RaggedTensorSpec(BatchableTypeSpec):
    """The type of a RaggedTensor. Stands for `tf.RaggedTensorSpec`.

    Args:
      shape: the static shape.
      dtype: the type of the values.
      ragged_rank: how many axes are ragged; default: all but the first.
      row_splits_dtype: int32 or int64.

    Raises:
      ValueError: neither the rank nor `ragged_rank` is known, or the latter is too large.
    """

    __slots__ = ["_shape", "_dtype", "_ragged_rank", "_row_splits_dtype"]

    def __init__(
        self,
        shape: Any = None,
        dtype: Any = dtypes.float32,
        ragged_rank: int | None = None,
        row_splits_dtype: Any = dtypes.int64,
    ) -> None:
        self._shape = as_shape(shape)
        self._dtype = dtypes.as_dtype(dtype)
        self._row_splits_dtype = dtypes.as_dtype(row_splits_dtype)
        rank = self._shape.ndims
        if ragged_rank is None:
            if rank is None:
                raise ValueError("Must specify ragged_rank or a shape with a known rank.")
            ragged_rank = rank - 1
        if not isinstance(ragged_rank, int):
            raise TypeError("ragged_rank must be an int")
        if rank is not None and ragged_rank >= rank:
            raise ValueError("ragged_rank must be less than rank.")
        self._ragged_rank = ragged_rank

    @property
    def value_type(self) -> type:
        return RaggedTensor if self._ragged_rank > 0 else Tensor

    def _serialize(self) -> tuple[Any, ...]:
        return (self._shape, self._dtype, self._ragged_rank, self._row_splits_dtype)

    @property
    def _component_specs(self) -> list[TensorSpec]:
        if self._ragged_rank == 0:
            return [TensorSpec(self._shape, self._dtype)]
        flat_shape = TensorShape([None]).concatenate(self._shape[self._ragged_rank + 1 :])
        rows = dimension_at_index(self._shape, 0).value
        outer = TensorSpec([None if rows is None else rows + 1], self._row_splits_dtype)
        inner = TensorSpec([None], self._row_splits_dtype)
        specs = [TensorSpec(flat_shape, self._dtype), outer]
        return specs + [inner] * (self._ragged_rank - 1)

    def _to_components(self, value: Any) -> list[Any]:
        return [value.flat_values, *value.nested_row_splits] if is_ragged(value) else [value]

    def _from_components(self, tensor_list: Any) -> Any:
        result = tensor_list[0]
        are_values = all(isinstance(t, np.ndarray) for t in tensor_list)
        for row_splits in reversed(tensor_list[1:]):
            if are_values:
                result = RaggedTensorValue(result, row_splits)
            else:
                result = RaggedTensor(result, row_splits, internal=True)
        return result

    @property
    def _flat_tensor_specs(self) -> list[TensorSpec]:
        return [TensorSpec(None, dtypes.variant)]

    def _to_tensor_list(self, value: Any) -> list[Tensor]:
        return [_to_variant(value, batched_input=False)]

    def _to_batched_tensor_list(self, value: Any) -> list[Tensor]:
        return [_to_variant(value, batched_input=True)]

    def _from_compatible_tensor_list(self, tensor_list: Any) -> RaggedTensor:
        if self._ragged_rank <= 0:
            raise ValueError(f"ragged_rank must be non-negative; got {self._ragged_rank}.")
        result = _from_variant(tensor_list[0], self._dtype, self._ragged_rank)
        if self._shape.ndims is not None:
            rows = dimension_at_index(self._shape, 0).value
            if rows is not None:
                result.row_splits.set_shape([rows + 1])
            inner = self._shape[1 + self._ragged_rank :]
            result.flat_values.set_shape(TensorShape([None]).concatenate(inner))
        return result

    def _batch(self, batch_size: int | None) -> "RaggedTensorSpec":
        shape = TensorShape([batch_size]).concatenate(self._shape)
        return RaggedTensorSpec(shape, self._dtype, self._ragged_rank + 1)

    def _unbatch(self) -> "RaggedTensorSpec":
        return RaggedTensorSpec(self._shape[1:], self._dtype, self._ragged_rank - 1)

    def _to_legacy_output_types(self) -> Any:
        return self._dtype

    def _to_legacy_output_shapes(self) -> Any:
        return self._shape

    def _to_legacy_output_classes(self) -> Any:
        return self

    @classmethod
    def from_value(cls, value: Any) -> "RaggedTensorSpec":
        """The type of a RaggedTensor or RaggedTensorValue."""
        return cls(value.shape, value.values.dtype, value.ragged_rank, value.row_splits.dtype)


class RaggedTensorType:
    """What `tf.map_fn` is told of ragged results: the type of the values, and how many axes are
    ragged."""

    def __init__(self, dtype: Any, ragged_rank: int, row_splits_dtype: Any = dtypes.int64) -> None:
        self.dtype = dtype
        self.ragged_rank = ragged_rank
        self.row_splits_dtype = dtypes.as_dtype(row_splits_dtype)


set_spec_maker("RaggedTensor", RaggedTensorSpec)
register_type_spec_from_value_converter(RaggedTensorValue, RaggedTensorSpec.from_value)
