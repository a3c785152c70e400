"""Batches: map_and_batch, dense_to_sparse_batch, unbatch."""

from collections.abc import Callable
from typing import Any

from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.specs import SparseTensorSpec
from evergraph.library.data import convert
from evergraph.library.data.dataset_base import UnaryDataset
from evergraph.library.data.legacy import get_legacy_output_types
from evergraph.library.data.structured_function import StructuredFunctionWrapper
from evergraph.library.data.transformations import batched_structure, int64


@export("data.experimental.dense_to_sparse_batch", "contrib.data.dense_to_sparse_batch")
def dense_to_sparse_batch(batch_size: Any, row_shape: Any) -> Callable[[Any], Any]:
    """For `Dataset.apply`: elements of various shapes as sparse tensors, `batch_size` in each.
    Stands for `tf.data.experimental.dense_to_sparse_batch`.

    Args:
      batch_size: scalar int64.
      row_shape: what all elements fit into; unknown sizes are the largest of the batch.
    """
    return lambda dataset: _DenseToSparseBatchDataset(dataset, batch_size, row_shape)


def _parallel_calls(batch_size: Any, batches: Any, calls: Any) -> Any:
    """How many calls at a time two ways of saying it mean. ValueError if both are used."""
    if batches is not None and calls is not None:
        raise ValueError(
            "The `num_parallel_batches` and `num_parallel_calls` arguments are mutually exclusive."
        )
    if calls is not None:
        return calls
    return batch_size if batches is None else batch_size * batches


@export("data.experimental.map_and_batch_with_legacy_function")
@deprecated(None, "Use `tf.data.experimental.map_and_batch()")
def map_and_batch_with_legacy_function(
    map_func: Callable[..., Any],
    batch_size: Any,
    num_parallel_batches: Any = None,
    drop_remainder: Any = False,
    num_parallel_calls: Any = None,
) -> Callable[[Any], Any]:
    """As `map_and_batch`, with functions as earlier versions made them. Stands for
    `tf.data.experimental.map_and_batch_with_legacy_function`."""
    calls = _parallel_calls(batch_size, num_parallel_batches, num_parallel_calls)
    return lambda dataset: _MapAndBatchDataset(
        dataset, map_func, batch_size, calls, drop_remainder, use_legacy_function=True
    )


@export("data.experimental.map_and_batch", "contrib.data.map_and_batch")
@deprecated(
    None,
    "Use `tf.data.Dataset.map(map_func, num_parallel_calls)` followed by "
    "`tf.data.Dataset.batch(batch_size, drop_remainder)`. Static tf.data optimizations will take "
    "care of using the fused implementation.",
)
def map_and_batch(
    map_func: Callable[..., Any],
    batch_size: Any,
    num_parallel_batches: Any = None,
    drop_remainder: Any = False,
    num_parallel_calls: Any = None,
) -> Callable[[Any], Any]:
    """For `Dataset.apply`: batches of what a function makes of each element. Stands for
    `tf.data.experimental.map_and_batch`.

    Args:
      map_func: takes the parts of an element, gives another.
      batch_size: scalar int64.
      num_parallel_batches: how many batches at a time; or
      num_parallel_calls: how many elements at a time. Default: one batch.
      drop_remainder: whether a smaller last batch is left out.

    Raises:
      ValueError: both are given.
    """
    calls = _parallel_calls(batch_size, num_parallel_batches, num_parallel_calls)
    return lambda dataset: _MapAndBatchDataset(dataset, map_func, batch_size, calls, drop_remainder)


@export("data.experimental.unbatch", "contrib.data.unbatch")
@deprecated(None, "Use `tf.data.Dataset.unbatch()`.")
def unbatch() -> Callable[[Any], Any]:
    """For `Dataset.apply`: `Dataset.unbatch`. Stands for `tf.data.experimental.unbatch`."""
    return lambda dataset: dataset.unbatch()


class _DenseToSparseBatchDataset(UnaryDataset):
    """Sparse batches of tensors."""

    def __init__(self, input_dataset: Any, batch_size: Any, row_shape: Any) -> None:
        dtype = get_legacy_output_types(input_dataset)
        if not isinstance(dtype, dtypes.DType):
            raise TypeError(
                "DenseToSparseDataset requires an input whose elements have a single component, "
                f"whereas the input has {dtype!r}."
            )
        self._element_spec = SparseTensorSpec(TensorShape([None]).concatenate(row_shape), dtype)
        super().__init__(
            input_dataset,
            apply_op(
                "DenseToSparseBatchDataset",
                input_dataset._variant_tensor,
                batch_size,
                row_shape=convert.partial_shape_to_tensor(row_shape),
                **self._flat_structure,
            ),
        )

    @property
    def element_spec(self) -> Any:
        return self._element_spec


class _MapAndBatchDataset(UnaryDataset):
    """Batches of what a function makes of each element."""

    def __init__(
        self,
        input_dataset: Any,
        map_func: Callable[..., Any],
        batch_size: Any,
        num_parallel_calls: Any,
        drop_remainder: Any,
        use_legacy_function: bool = False,
    ) -> None:
        self._map_func = StructuredFunctionWrapper(
            map_func,
            "tf.data.experimental.map_and_batch()",
            dataset=input_dataset,
            use_legacy_function=use_legacy_function,
        )
        size = int64(batch_size, "batch_size")
        calls = int64(num_parallel_calls, "num_parallel_calls")
        drop = convert_to_tensor(drop_remainder, dtype=dtypes.bool, name="drop_remainder")
        self._element_spec = batched_structure(self._map_func.output_structure, size, drop)
        super().__init__(
            input_dataset,
            apply_op(
                "MapAndBatchDataset",
                input_dataset._variant_tensor,
                self._map_func.function.captured_inputs,
                f=self._map_func.function,
                batch_size=size,
                num_parallel_calls=calls,
                drop_remainder=drop,
                preserve_cardinality=True,
                **self._flat_structure,
            ),
        )

    def _functions(self) -> list[Any]:
        return [self._map_func]

    @property
    def element_spec(self) -> Any:
        return self._element_spec
