"""Specs of datasets, and datasets inside of elements."""

from typing import Any

from evergraph.base import dtypes
from evergraph.base import nest as base_nest
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape, as_shape
from evergraph.base.tensor_spec import TensorSpec
from evergraph.base.type_spec import BatchableTypeSpec
from evergraph.graph.composite import CompositeTensor
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.tensor import Tensor
from evergraph.library.data.dataset_base import DatasetV2


class _VariantDataset(DatasetV2):
    """The dataset that a variant tensor holds."""

    def __init__(self, dataset_variant: Tensor, structure: Any) -> None:
        self._structure = structure
        super().__init__(dataset_variant)

    def _inputs(self) -> list[Any]:
        return []

    @property
    def element_spec(self) -> Any:
        return self._structure


class _NestedVariant(CompositeTensor):
    """A tensor of datasets."""

    def __init__(self, variant_tensor: Tensor, element_spec: Any, dataset_shape: Any) -> None:
        self._variant_tensor = variant_tensor
        self._element_spec = element_spec
        self._dataset_shape = dataset_shape

    @property
    def _type_spec(self) -> Any:  # type: ignore[override]
        return DatasetSpec(self._element_spec, self._dataset_shape)


@export("data.experimental.from_variant")
def from_variant(variant: Tensor, structure: Any) -> DatasetV2:
    """The dataset that a variant tensor holds. Stands for `tf.data.experimental.from_variant`.

    Args:
      variant: a scalar.
      structure: the spec of its elements.
    """
    return _VariantDataset(variant, structure)


@export("data.experimental.to_variant")
def to_variant(dataset: DatasetV2) -> Tensor:
    """The variant tensor that holds a dataset. Stands for `tf.data.experimental.to_variant`."""
    return dataset._variant_tensor


@export("data.DatasetSpec", "data.experimental.DatasetStructure")
class DatasetSpec(BatchableTypeSpec):
    """Describes datasets. Stands for `tf.data.DatasetSpec`.

    Args:
      element_spec: the spec of the elements.
      dataset_shape: the shape of a tensor of datasets.
    """

    __slots__ = ("_dataset_shape", "_element_spec")

    def __init__(self, element_spec: Any, dataset_shape: Any = ()) -> None:
        self._element_spec = element_spec
        self._dataset_shape = as_shape(dataset_shape)

    @property
    def value_type(self) -> Any:
        """The class of datasets inside of elements."""
        return _VariantDataset

    def _serialize(self) -> tuple[Any, ...]:
        return self._element_spec, self._dataset_shape

    @property
    def _component_specs(self) -> Any:
        return TensorSpec(self._dataset_shape, dtypes.variant)

    def _to_components(self, value: Any) -> Tensor:
        variant: Tensor = value._variant_tensor
        return variant

    def _from_components(self, components: Any) -> Any:
        if self._dataset_shape.ndims == 0:
            return _VariantDataset(components, self._element_spec)
        return _NestedVariant(components, self._element_spec, self._dataset_shape)

    def _to_tensor_list(self, value: Any) -> list[Tensor]:
        return [convert_to_tensor(base_nest.map_structure(lambda x: x._variant_tensor, value))]

    @staticmethod
    def from_value(value: Any) -> "DatasetSpec":
        """The spec of a dataset."""
        return DatasetSpec(value.element_spec)

    def _batch(self, batch_size: int | None) -> "DatasetSpec":
        shape = TensorShape([batch_size]).concatenate(self._dataset_shape)
        return DatasetSpec(self._element_spec, shape)

    def _unbatch(self) -> "DatasetSpec":
        if self._dataset_shape.ndims == 0:
            raise ValueError("Unbatching a dataset is only supported for rank >= 1")
        return DatasetSpec(self._element_spec, self._dataset_shape[1:])

    def _to_batched_tensor_list(self, value: Any) -> list[Tensor]:
        if self._dataset_shape.ndims == 0:
            raise ValueError("Unbatching a dataset is only supported for rank >= 1")
        return self._to_tensor_list(value)

    def _to_legacy_output_types(self) -> Any:
        return self

    def _to_legacy_output_shapes(self) -> Any:
        return self

    def _to_legacy_output_classes(self) -> Any:
        return self


DatasetV2._kinds["DatasetSpec"] = DatasetSpec
