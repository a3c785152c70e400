"""Datasets whose elements are for several replicas."""

from typing import Any

from evergraph.base import nest
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.apply import apply_op
from evergraph.library.data import structure
from evergraph.library.data.dataset_base import UnaryDataset
from evergraph.library.data.legacy import (
    get_legacy_output_classes,
    get_legacy_output_shapes,
    get_legacy_output_types,
)


class _RebatchDataset(UnaryDataset):
    """The batches of a dataset, each cut into `num_replicas` parts.

    Raises:
      ValueError: elements are no batches.
    """

    def __init__(self, input_dataset: Any, num_replicas: int, use_fallback: bool = True) -> None:
        def cut(shape: Any) -> TensorShape:
            if shape.ndims is not None and shape.ndims < 1:
                raise ValueError(
                    "Input shape should have at least one dimension. Perhaps your input dataset is "
                    "not batched?"
                )
            if shape.ndims is None:
                return shape
            rows, *others = shape.as_list()
            even = rows is not None and rows % num_replicas == 0
            return TensorShape([rows // num_replicas if even else None, *others])

        shapes = nest.map_structure(cut, get_legacy_output_shapes(input_dataset))
        self._element_spec = structure.convert_legacy_structure(
            get_legacy_output_types(input_dataset),
            shapes,
            get_legacy_output_classes(input_dataset),
        )
        super().__init__(
            input_dataset,
            apply_op(
                "RebatchDataset",
                input_dataset._variant_tensor,
                num_replicas,
                use_fallback=use_fallback,
                **self._flat_structure,
            ),
        )

    @property
    def element_spec(self) -> Any:
        return self._element_spec
