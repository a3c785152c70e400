"""Datasets of tensors, slices, ranges; several datasets side by side or after one another."""

from typing import Any

from evergraph.base import dtypes
from evergraph.base.tensor_shape import Dimension, dimension_value
from evergraph.base.tensor_spec import TensorSpec
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import SparseTensor
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.tensor import Tensor
from evergraph.library.data import nest, structure
from evergraph.library.data.dataset_base import DatasetSource, DatasetV2


class TensorDataset(DatasetSource):
    """One element."""

    def __init__(self, element: Any) -> None:
        element = structure.normalize_element(element)
        self._structure = structure.type_spec_from_value(element)
        self._tensors = structure.to_tensor_list(self._structure, element)
        shapes = structure.get_flat_tensor_shapes(self._structure)
        super().__init__(apply_op("TensorDataset", self._tensors, output_shapes=shapes))

    @property
    def element_spec(self) -> Any:
        return self._structure


class TensorSliceDataset(DatasetSource):
    """The rows of tensors."""

    def __init__(self, element: Any) -> None:
        element = structure.normalize_element(element)
        batched = structure.type_spec_from_value(element)
        self._tensors = structure.to_batched_tensor_list(batched, element)
        self._structure = nest.map_structure(lambda spec: spec._unbatch(), batched)
        sizes = [Dimension(dimension_value(t.get_shape()[0])) for t in self._tensors]
        for size in sizes[1:]:
            sizes[0].assert_is_compatible_with(size)
        shapes = structure.get_flat_tensor_shapes(self._structure)
        super().__init__(apply_op("TensorSliceDataset", self._tensors, output_shapes=shapes))

    @property
    def element_spec(self) -> Any:
        return self._structure


class SparseTensorSliceDataset(DatasetSource):
    """The places of a sparse tensor along its first axis, each as indices, values and shape."""

    def __init__(self, sparse_tensor: SparseTensor) -> None:
        if not isinstance(sparse_tensor, SparseTensor):
            raise TypeError(
                f"`sparse_tensor` must be a `tf.SparseTensor` object. Was {sparse_tensor}."
            )
        self._sparse_tensor = sparse_tensor
        indices, values, shape = (
            sparse_tensor.indices,
            sparse_tensor.values,
            sparse_tensor.dense_shape,
        )
        rank = (indices.get_shape().dims[1] - 1).merge_with(shape.get_shape().dims[0] - 1)
        self._structure = (
            TensorSpec([None, rank], dtypes.int64),
            TensorSpec([None], sparse_tensor.dtype),
            TensorSpec([rank], dtypes.int64),
        )
        super().__init__(apply_op("SparseTensorSliceDataset", indices, values, shape))

    @property
    def element_spec(self) -> Any:
        return self._structure


class RangeDataset(DatasetSource):
    """Whole numbers, as Python's `range`."""

    def __init__(self, *args: Any) -> None:
        if not 1 <= len(args) <= 3:
            raise ValueError(f"Invalid arguments to RangeDataset: {args}")
        start, stop, step = (*((0,) if len(args) == 1 else ()), *args, 1)[:3]
        self._start = _number(start, "start")
        self._stop = _number(stop, "stop")
        self._step = _number(step, "step")
        self._structure = TensorSpec([], dtypes.int64)
        super().__init__(
            apply_op(
                "RangeDataset",
                start=self._start,
                stop=self._stop,
                step=self._step,
                **self._flat_structure,
            )
        )

    @property
    def element_spec(self) -> Any:
        return self._structure


def _number(value: Any, name: str) -> Tensor:
    return convert_to_tensor(value, dtype=dtypes.int64, name=name)


class ZipDataset(DatasetV2):
    """Nests of elements of several datasets."""

    def __init__(self, datasets: Any) -> None:
        for dataset in nest.flatten(datasets):
            if not isinstance(dataset, DatasetV2):
                message = (
                    "The argument to `Dataset.zip()` must be a nested structure of `Dataset` "
                    "objects."
                )
                if isinstance(dataset, list):
                    message += (
                        " Nested structures do not support Python lists; please use a tuple "
                        "instead."
                    )
                raise TypeError(message)
        self._datasets = datasets
        flat = nest.flatten(datasets)
        self._structure = nest.pack_sequence_as(datasets, [d.element_spec for d in flat])
        super().__init__(
            apply_op("ZipDataset", [d._variant_tensor for d in flat], **self._flat_structure)
        )

    def _inputs(self) -> list[Any]:
        return nest.flatten(self._datasets)

    @property
    def element_spec(self) -> Any:
        return self._structure


def common_structure(datasets: Any, complaint: str) -> Any:
    """The spec of elements of several datasets.

    Args:
      datasets: the datasets.
      complaint: what to say of the first that differs; takes what differs and both.

    Raises:
      TypeError: types or classes of their elements differ.
    """

    def legacy(dataset: Any, what: str) -> Any:
        return nest.map_structure(
            lambda s: getattr(s, f"_to_legacy_output_{what}")(), dataset.element_spec
        )

    first, *others = datasets
    for what in ("types", "classes"):
        wanted = legacy(first, what)
        for other in others:
            found = legacy(other, what)
            if wanted != found:
                raise TypeError(complaint.format(what=what, first=wanted, second=found))
    shapes = nest.flatten(legacy(first, "shapes"))
    for other in others:
        pairs = zip(shapes, nest.flatten(legacy(other, "shapes")), strict=True)
        shapes = [a.most_specific_compatible_shape(b) for a, b in pairs]
    packed = nest.pack_sequence_as(legacy(first, "shapes"), shapes)
    return structure.convert_legacy_structure(
        legacy(first, "types"), packed, legacy(first, "classes")
    )


class ConcatenateDataset(DatasetV2):
    """The elements of one dataset after those of another."""

    def __init__(self, input_dataset: Any, dataset_to_concatenate: Any) -> None:
        self._input_datasets = [input_dataset, dataset_to_concatenate]
        self._structure = common_structure(
            self._input_datasets,
            "Two datasets to concatenate have different {what} {first} and {second}",
        )
        super().__init__(
            apply_op(
                "ConcatenateDataset",
                input_dataset._variant_tensor,
                dataset_to_concatenate._variant_tensor,
                **self._flat_structure,
            )
        )

    def _inputs(self) -> list[Any]:
        return self._input_datasets

    @property
    def element_spec(self) -> Any:
        return self._structure
