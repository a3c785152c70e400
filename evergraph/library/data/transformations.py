"""Datasets of other datasets' elements without functions: take, shuffle, batch, window."""

from typing import Any

import numpy as np

from evergraph.api.smart_cond import smart_constant_value
from evergraph.base import dtypes
from evergraph.base.tensor_shape import Dimension, TensorShape, as_shape
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.static_value import constant_value, constant_value_as_shape
from evergraph.graph.tensor import Tensor
from evergraph.library.data import nest, random_seed, sparse, structure
from evergraph.library.data.dataset_base import UnaryDataset, UnaryUnchangedStructureDataset
from evergraph.library.data.dataset_spec import DatasetSpec
from evergraph.library.data.legacy import (
    get_legacy_output_classes,
    get_legacy_output_shapes,
    get_legacy_output_types,
)


def int64(value: Any, name: str) -> Tensor:
    """An argument as an int64 tensor."""
    return convert_to_tensor(value, dtype=dtypes.int64, name=name)


class RepeatDataset(UnaryUnchangedStructureDataset):
    """The elements several times over."""

    def __init__(self, input_dataset: Any, count: Any) -> None:
        if count is None:
            self._count = constant(-1, dtype=dtypes.int64, name="count")
        else:
            self._count = int64(count, "count")
        super().__init__(
            input_dataset,
            apply_op(
                "RepeatDataset",
                input_dataset._variant_tensor,
                count=self._count,
                **input_dataset._flat_structure,
            ),
        )


class TakeDataset(UnaryUnchangedStructureDataset):
    """The first elements."""

    def __init__(self, input_dataset: Any, count: Any) -> None:
        self._count = int64(count, "count")
        super().__init__(
            input_dataset,
            apply_op(
                "TakeDataset",
                input_dataset._variant_tensor,
                count=self._count,
                **input_dataset._flat_structure,
            ),
        )


class SkipDataset(UnaryUnchangedStructureDataset):
    """All but the first elements."""

    def __init__(self, input_dataset: Any, count: Any) -> None:
        self._count = int64(count, "count")
        super().__init__(
            input_dataset,
            apply_op(
                "SkipDataset",
                input_dataset._variant_tensor,
                count=self._count,
                **input_dataset._flat_structure,
            ),
        )


class ShardDataset(UnaryUnchangedStructureDataset):
    """One of so many shards."""

    def __init__(self, input_dataset: Any, num_shards: Any, index: Any) -> None:
        self._num_shards = int64(num_shards, "num_shards")
        self._index = int64(index, "index")
        super().__init__(
            input_dataset,
            apply_op(
                "ShardDataset",
                input_dataset._variant_tensor,
                num_shards=self._num_shards,
                index=self._index,
                **input_dataset._flat_structure,
            ),
        )


class CacheDataset(UnaryUnchangedStructureDataset):
    """The elements, kept after the first time."""

    def __init__(self, input_dataset: Any, filename: Any) -> None:
        self._filename = convert_to_tensor(filename, dtype=dtypes.string, name="filename")
        super().__init__(
            input_dataset,
            apply_op(
                "CacheDataset",
                input_dataset._variant_tensor,
                filename=self._filename,
                **input_dataset._flat_structure,
            ),
        )


class ShuffleDataset(UnaryUnchangedStructureDataset):
    """The elements in an order by chance."""

    def __init__(
        self,
        input_dataset: Any,
        buffer_size: Any,
        seed: Any = None,
        reshuffle_each_iteration: bool | None = None,
    ) -> None:
        self._buffer_size = int64(buffer_size, "buffer_size")
        self._seed, self._seed2 = random_seed.get_seed(seed)
        again = True if reshuffle_each_iteration is None else reshuffle_each_iteration
        self._reshuffle_each_iteration = again
        super().__init__(
            input_dataset,
            apply_op(
                "ShuffleDataset",
                input_dataset._variant_tensor,
                buffer_size=self._buffer_size,
                seed=self._seed,
                seed2=self._seed2,
                reshuffle_each_iteration=again,
                **input_dataset._flat_structure,
            ),
        )


class PrefetchDataset(UnaryUnchangedStructureDataset):
    """The elements, made ahead of time."""

    def __init__(
        self, input_dataset: Any, buffer_size: Any, slack_period: int | None = None
    ) -> None:
        self._buffer_size = int64(-1 if buffer_size is None else buffer_size, "buffer_size")
        super().__init__(
            input_dataset,
            apply_op(
                "PrefetchDataset",
                input_dataset._variant_tensor,
                buffer_size=self._buffer_size,
                slack_period=slack_period or 0,
                **input_dataset._flat_structure,
            ),
        )


class BatchDataset(UnaryDataset):
    """Elements as one with a new first axis."""

    def __init__(self, input_dataset: Any, batch_size: Any, drop_remainder: Any) -> None:
        self._batch_size = int64(batch_size, "batch_size")
        self._drop_remainder = convert_to_tensor(
            drop_remainder, dtype=dtypes.bool, name="drop_remainder"
        )
        self._structure = batched_structure(
            input_dataset.element_spec, self._batch_size, self._drop_remainder
        )
        super().__init__(
            input_dataset,
            apply_op(
                "BatchDatasetV2",
                input_dataset._variant_tensor,
                batch_size=self._batch_size,
                drop_remainder=self._drop_remainder,
                **self._flat_structure,
            ),
        )

    @property
    def element_spec(self) -> Any:
        return self._structure


def batched_structure(element_spec: Any, batch_size: Tensor, drop_remainder: Tensor) -> Any:
    """The spec of batches; their size is known where all batches are full."""
    size = constant_value(batch_size) if constant_value(drop_remainder) else None
    return nest.map_structure(
        lambda spec: spec._batch(None if size is None else int(size)), element_spec
    )


class PaddedBatchDataset(UnaryDataset):
    """Elements as one, each filled up to a common shape."""

    def __init__(
        self,
        input_dataset: Any,
        batch_size: Any,
        padded_shapes: Any,
        padding_values: Any,
        drop_remainder: Any,
    ) -> None:
        classes = get_legacy_output_classes(input_dataset)
        if sparse.any_sparse(classes):
            raise TypeError("Batching of padded sparse tensors is not currently supported")
        types = get_legacy_output_types(input_dataset)
        shapes = get_legacy_output_shapes(input_dataset)
        self._batch_size = int64(batch_size, "batch_size")
        if padding_values is None:
            padding_values = nest.map_structure(_zero, types)
        padded = zip(nest.flatten(shapes), nest.flatten_up_to(shapes, padded_shapes), strict=True)
        self._padded_shapes = nest.pack_sequence_as(
            shapes, [_padded_shape_to_tensor(given, known) for known, given in padded]
        )
        self._padding_values = nest.map_structure_up_to(
            shapes, _padding_value_to_tensor, padding_values, types
        )
        self._drop_remainder = convert_to_tensor(
            drop_remainder, dtype=dtypes.bool, name="drop_remainder"
        )
        drop = smart_constant_value(self._drop_remainder)

        def batch_shape(padded_shape: Tensor) -> TensorShape:
            size = constant_value(self._batch_size) if drop else None
            return TensorShape([size]).concatenate(constant_value_as_shape(padded_shape))

        self._structure = structure.convert_legacy_structure(
            types, nest.map_structure(batch_shape, self._padded_shapes), classes
        )
        # The older op has no input for what is left over.
        kind = "PaddedBatchDataset" if drop is False else "PaddedBatchDatasetV2"
        more = {} if drop is False else {"drop_remainder": self._drop_remainder}
        super().__init__(
            input_dataset,
            apply_op(
                kind,
                input_dataset._variant_tensor,
                batch_size=self._batch_size,
                padded_shapes=[
                    convert_to_tensor(s, dtype=dtypes.int64)
                    for s in nest.flatten(self._padded_shapes)
                ],
                padding_values=nest.flatten(self._padding_values),
                output_shapes=structure.get_flat_tensor_shapes(self._structure),
                **more,
            ),
        )

    @property
    def element_spec(self) -> Any:
        return self._structure


def _zero(dtype: Any) -> Any:
    if dtype.base_dtype == dtypes.string:
        return ""
    if dtype.base_dtype == dtypes.variant:
        raise TypeError(
            "Unable to create padding for field of type 'variant' because t.base_type == "
            f"dtypes.variant == {dtype.base_dtype}."
        )
    return np.zeros_like(dtype.as_numpy_dtype())


def _padded_shape_to_tensor(padded_shape: Any, known: TensorShape) -> Tensor:
    try:
        static = as_shape(padded_shape)
        sizes = [-1 if d is None else d for d in static.as_list()]
        found = convert_to_tensor(sizes, dtype=dtypes.int64)
    except (TypeError, ValueError):
        found = convert_to_tensor(padded_shape, preferred_dtype=dtypes.int64)
        if found.dims is not None and len(found.dims) != 1:
            raise ValueError(
                f"Padded shape {padded_shape} must be a 1-D tensor of tf.int64 values, but its "
                f"shape was {found.shape}."
            ) from None
        if found.dtype != dtypes.int64:
            raise TypeError(
                f"Padded shape {padded_shape} must be a 1-D tensor of tf.int64 values, but its "
                f"element type was {found.dtype.name}."
            ) from None
        static = constant_value_as_shape(found)
    if not _fits(static, known):
        raise ValueError(
            f"The padded shape {static} is not compatible with the corresponding input component "
            f"shape {known}."
        )
    return found


def _fits(padded: TensorShape, known: TensorShape) -> bool:
    """Whether elements of a known shape may be filled up to another."""
    if padded.ndims is None or known.ndims is None:
        return True
    sizes = zip(padded.as_list(), known.as_list(), strict=False)
    return padded.ndims == known.ndims and all(p is None or k is None or p >= k for p, k in sizes)


def _padding_value_to_tensor(value: Any, output_type: Any) -> Tensor:
    value = convert_to_tensor(value, name="padding_value")
    if not value.shape.is_compatible_with(TensorShape([])):
        raise ValueError(f"Padding value should be a scalar, but is not: {value}")
    if value.dtype != output_type:
        raise TypeError(f"Padding value tensor ({value}) does not match output type: {output_type}")
    return value


class WindowDataset(UnaryDataset):
    """Datasets of so many elements, one for each component."""

    def __init__(
        self, input_dataset: Any, size: Any, shift: Any, stride: Any, drop_remainder: Any
    ) -> None:
        self._size = int64(size, "size")
        self._shift = int64(shift, "shift")
        self._stride = int64(stride, "stride")
        self._drop_remainder = convert_to_tensor(
            drop_remainder, dtype=dtypes.bool, name="drop_remainder"
        )
        self._structure = nest.map_structure(DatasetSpec, input_dataset.element_spec)
        super().__init__(
            input_dataset,
            apply_op(
                "WindowDataset",
                input_dataset._variant_tensor,
                self._size,
                self._shift,
                self._stride,
                self._drop_remainder,
                **self._flat_structure,
            ),
        )

    @property
    def element_spec(self) -> Any:
        return self._structure


class _RestructuredDataset(UnaryDataset):
    """The same dataset with another spec."""

    def __init__(self, dataset: Any, structure: Any) -> None:
        self._structure = structure
        super().__init__(dataset, dataset._variant_tensor)

    @property
    def element_spec(self) -> Any:
        return self._structure


class _UnbatchDataset(UnaryDataset):
    """The rows of elements as elements."""

    def __init__(self, input_dataset: Any) -> None:
        shapes = input_dataset._flat_shapes
        if any(s.ndims == 0 for s in shapes):
            raise ValueError("Cannot unbatch an input with scalar components.")
        size = Dimension(None)
        for shape in shapes:
            try:
                size = size.merge_with(shape[0])
            except ValueError:
                raise ValueError(
                    "Cannot unbatch an input whose components have different batch sizes."
                ) from None
        self._structure = nest.map_structure(
            lambda spec: spec._unbatch(), input_dataset.element_spec
        )
        super().__init__(
            input_dataset,
            apply_op("UnbatchDataset", input_dataset._variant_tensor, **self._flat_structure),
        )

    @property
    def element_spec(self) -> Any:
        return self._structure


class _OptionsDataset(UnaryUnchangedStructureDataset):
    """The same dataset with options."""

    def __init__(self, input_dataset: Any, options: Any) -> None:
        self._options = input_dataset.options().merge(options)
        super().__init__(input_dataset, input_dataset._variant_tensor)

    def options(self) -> Any:
        return self._options


class _ModelDataset(UnaryUnchangedStructureDataset):
    """The same elements, under TensorFlow's tuning."""

    def __init__(self, input_dataset: Any, algorithm: int = 0, cpu_budget: int = 0) -> None:
        super().__init__(
            input_dataset,
            apply_op(
                "ModelDataset",
                input_dataset._variant_tensor,
                algorithm=int(algorithm),
                cpu_budget=cpu_budget,
                **input_dataset._flat_structure,
            ),
        )


class _OptimizeDataset(UnaryUnchangedStructureDataset):
    """The elements of the pipeline as it is rewritten."""

    def __init__(
        self, input_dataset: Any, optimizations: Any, optimization_configs: Any = None
    ) -> None:
        self._optimizations = convert_to_tensor(
            optimizations or [], dtype=dtypes.string, name="optimizations"
        )
        super().__init__(
            input_dataset,
            apply_op(
                "OptimizeDataset",
                input_dataset._variant_tensor,
                self._optimizations,
                optimization_configs=optimization_configs or [],
                **input_dataset._flat_structure,
            ),
        )


class _MaxIntraOpParallelismDataset(UnaryUnchangedStructureDataset):
    """The same elements; how many threads an op may use."""

    def __init__(self, input_dataset: Any, max_intra_op_parallelism: Any) -> None:
        self._max_intra_op_parallelism = int64(max_intra_op_parallelism, "max_intra_op_parallelism")
        super().__init__(
            input_dataset,
            apply_op(
                "MaxIntraOpParallelismDataset",
                input_dataset._variant_tensor,
                self._max_intra_op_parallelism,
                **input_dataset._flat_structure,
            ),
        )


class _PrivateThreadPoolDataset(UnaryUnchangedStructureDataset):
    """The same elements; how many threads the pipeline has."""

    def __init__(self, input_dataset: Any, num_threads: Any) -> None:
        self._num_threads = int64(num_threads, "num_threads")
        super().__init__(
            input_dataset,
            apply_op(
                "PrivateThreadPoolDataset",
                input_dataset._variant_tensor,
                self._num_threads,
                **input_dataset._flat_structure,
            ),
        )


class _SetStatsAggregatorDataset(UnaryUnchangedStructureDataset):
    """The same elements; what takes the figures of the pipeline."""

    def __init__(
        self, input_dataset: Any, aggregator: Any, prefix: str, counter_prefix: str
    ) -> None:
        super().__init__(
            input_dataset,
            apply_op(
                "SetStatsAggregatorDataset",
                input_dataset._variant_tensor,
                aggregator._resource,
                tag=prefix,
                counter_prefix=counter_prefix,
                **input_dataset._flat_structure,
            ),
        )
