"""Datasets of what functions make of elements: map, filter, flat_map, interleave."""

from collections.abc import Callable
from typing import Any

from evergraph.base import dtypes
from evergraph.base.tensor_spec import TensorSpec
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.library.data.dataset_base import UnaryDataset, UnaryUnchangedStructureDataset
from evergraph.library.data.dataset_spec import DatasetSpec
from evergraph.library.data.structured_function import StructuredFunctionWrapper
from evergraph.library.data.transformations import int64


class MapDataset(UnaryDataset):
    """What a function makes of each element."""

    def __init__(
        self,
        input_dataset: Any,
        map_func: Callable[..., Any],
        use_inter_op_parallelism: bool = True,
        preserve_cardinality: bool = False,
        use_legacy_function: bool = False,
    ) -> None:
        self._map_func = StructuredFunctionWrapper(
            map_func,
            self._transformation_name(),
            dataset=input_dataset,
            use_legacy_function=use_legacy_function,
        )
        super().__init__(
            input_dataset,
            apply_op(
                "MapDataset",
                input_dataset._variant_tensor,
                self._map_func.function.captured_inputs,
                f=self._map_func.function,
                use_inter_op_parallelism=use_inter_op_parallelism,
                preserve_cardinality=preserve_cardinality,
                **self._flat_structure,
            ),
        )

    def _functions(self) -> list[Any]:
        return [self._map_func]

    @property
    def element_spec(self) -> Any:
        return self._map_func.output_structure

    def _transformation_name(self) -> str:
        return "Dataset.map()"


class ParallelMapDataset(UnaryDataset):
    """What a function makes of each element, several at a time."""

    def __init__(
        self,
        input_dataset: Any,
        map_func: Callable[..., Any],
        num_parallel_calls: Any,
        use_inter_op_parallelism: bool = True,
        preserve_cardinality: bool = False,
        use_legacy_function: bool = False,
    ) -> None:
        self._map_func = StructuredFunctionWrapper(
            map_func,
            self._transformation_name(),
            dataset=input_dataset,
            use_legacy_function=use_legacy_function,
        )
        self._num_parallel_calls = convert_to_tensor(
            num_parallel_calls, dtype=dtypes.int32, name="num_parallel_calls"
        )
        super().__init__(
            input_dataset,
            apply_op(
                "ParallelMapDataset",
                input_dataset._variant_tensor,
                self._map_func.function.captured_inputs,
                f=self._map_func.function,
                num_parallel_calls=self._num_parallel_calls,
                use_inter_op_parallelism=use_inter_op_parallelism,
                preserve_cardinality=preserve_cardinality,
                **self._flat_structure,
            ),
        )

    def _functions(self) -> list[Any]:
        return [self._map_func]

    @property
    def element_spec(self) -> Any:
        return self._map_func.output_structure

    def _transformation_name(self) -> str:
        return "Dataset.map()"


class OfDatasets(UnaryDataset):
    """Elements of the datasets that a function makes. Subclasses say by which op."""

    def __init__(self, input_dataset: Any, map_func: Callable[..., Any], *args: Any) -> None:
        self._map_func = StructuredFunctionWrapper(
            map_func, self._transformation_name(), dataset=input_dataset
        )
        spec = self._map_func.output_structure
        if not isinstance(spec, DatasetSpec):
            raise TypeError(f"`map_func` must return a `Dataset` object. Got {type(spec)}")
        self._structure = spec._element_spec
        super().__init__(input_dataset, self._node(input_dataset, *args))

    def _node(self, input_dataset: Any, *args: Any) -> Any:
        raise NotImplementedError(type(self).__name__)

    def _functions(self) -> list[Any]:
        return [self._map_func]

    @property
    def element_spec(self) -> Any:
        return self._structure

    def _transformation_name(self) -> str:
        return "Dataset.interleave()"


class FlatMapDataset(OfDatasets):
    """The elements of the datasets that a function makes, one dataset after the other."""

    def _node(self, input_dataset: Any, *args: Any) -> Any:
        return apply_op(
            "FlatMapDataset",
            input_dataset._variant_tensor,
            self._map_func.function.captured_inputs,
            f=self._map_func.function,
            **self._flat_structure,
        )

    def _transformation_name(self) -> str:
        return "Dataset.flat_map()"


class InterleaveDataset(OfDatasets):
    """Elements of datasets that a function makes in turn: `cycle_length`, `block_length`."""

    def _node(self, input_dataset: Any, *args: Any) -> Any:
        self._cycle_length = int64(args[0], "cycle_length")
        self._block_length = int64(args[1], "block_length")
        return apply_op(
            "InterleaveDataset",
            input_dataset._variant_tensor,
            self._map_func.function.captured_inputs,
            self._cycle_length,
            self._block_length,
            f=self._map_func.function,
            **self._flat_structure,
        )


class ParallelInterleaveDataset(OfDatasets):
    """As InterleaveDataset, with `num_parallel_calls` more."""

    def _node(self, input_dataset: Any, *args: Any) -> Any:
        self._cycle_length = int64(args[0], "cycle_length")
        self._block_length = int64(args[1], "block_length")
        self._num_parallel_calls = int64(args[2], "num_parallel_calls")
        return apply_op(
            "ParallelInterleaveDatasetV2",
            input_dataset._variant_tensor,
            self._map_func.function.captured_inputs,
            self._cycle_length,
            self._block_length,
            self._num_parallel_calls,
            f=self._map_func.function,
            **self._flat_structure,
        )


class FilterDataset(UnaryUnchangedStructureDataset):
    """The elements for which a function gives True."""

    def __init__(
        self,
        input_dataset: Any,
        predicate: Callable[..., Any],
        use_legacy_function: bool = False,
    ) -> None:
        wrapped = StructuredFunctionWrapper(
            predicate,
            self._transformation_name(),
            dataset=input_dataset,
            use_legacy_function=use_legacy_function,
        )
        if not wrapped.output_structure.is_compatible_with(TensorSpec([], dtypes.bool)):
            raise ValueError(
                "`predicate` return type must be convertible to a scalar boolean tensor. Was "
                f"{wrapped.output_structure}."
            )
        self._predicate = wrapped
        super().__init__(
            input_dataset,
            apply_op(
                "FilterDataset",
                input_dataset._variant_tensor,
                other_arguments=wrapped.function.captured_inputs,
                predicate=wrapped.function,
                **input_dataset._flat_structure,
            ),
        )

    def _functions(self) -> list[Any]:
        return [self._predicate]

    def _transformation_name(self) -> str:
        return "Dataset.filter()"
