"""Elements by keys: group_by_window, group_by_reducer, bucket_by_sequence_length."""

from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.api import array_ops, check_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape, dimension_value
from evergraph.base.tensor_spec import TensorSpec
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.graph import get_default_graph
from evergraph.library.data import nest
from evergraph.library.data.dataset_base import UnaryDataset
from evergraph.library.data.dataset_spec import DatasetSpec
from evergraph.library.data.legacy import get_legacy_output_shapes
from evergraph.library.data.structured_function import (
    StructuredFunctionWrapper,
    with_weakest_state,
)

_KEY = TensorSpec([], dtypes.int64)


@export("data.experimental.group_by_reducer", "contrib.data.group_by_reducer")
def group_by_reducer(key_func: Callable[..., Any], reducer: "Reducer") -> Callable[[Any], Any]:
    """For `Dataset.apply`: one element for each key, which a Reducer makes. Stands for
    `tf.data.experimental.group_by_reducer`.

    Args:
      key_func: gives the key of an element, a scalar int64.
      reducer: a Reducer.
    """
    return lambda dataset: _GroupByReducerDataset(dataset, key_func, reducer)


@export("data.experimental.group_by_window", "contrib.data.group_by_window")
def group_by_window(
    key_func: Callable[..., Any],
    reduce_func: Callable[..., Any],
    window_size: Any = None,
    window_size_func: Callable[..., Any] | None = None,
) -> Callable[[Any], Any]:
    """For `Dataset.apply`: datasets that a function makes of elements of one key, so many at a
    time. Stands for `tf.data.experimental.group_by_window`.

    Args:
      key_func: gives the key of an element, a scalar int64.
      reduce_func: makes a dataset of a key and a dataset of elements with that key.
      window_size: how many elements make a group; or
      window_size_func: gives that for a key.

    Raises:
      ValueError: not exactly one of the two is given.
    """
    given = window_size is not None
    if (given and window_size_func) or not (given or window_size_func):
        raise ValueError("Must pass either window_size or window_size_func.")
    if given:

        def constant_window_func(unused_key: Any) -> Any:
            return convert_to_tensor(window_size, dtype=dtypes.int64)

        window_size_func = constant_window_func
    assert window_size_func is not None
    size_func = window_size_func
    return lambda dataset: _GroupByWindowDataset(dataset, key_func, reduce_func, size_func)


@export("data.experimental.bucket_by_sequence_length")
def bucket_by_sequence_length(
    element_length_func: Callable[..., Any],
    bucket_boundaries: Any,
    bucket_batch_sizes: Any,
    padded_shapes: Any = None,
    padding_values: Any = None,
    pad_to_bucket_boundary: bool = False,
    no_padding: bool = False,
    drop_remainder: bool = False,
) -> Callable[[Any], Any]:
    """For `Dataset.apply`: batches of elements of like length. Stands for
    `tf.data.experimental.bucket_by_sequence_length`.

    Args:
      element_length_func: gives the length of an element, a scalar int32.
      bucket_boundaries: upper bounds of the lengths in each bucket but the last.
      bucket_batch_sizes: sizes of the batches of each bucket.
      padded_shapes, padding_values: as for `Dataset.padded_batch`.
      pad_to_bucket_boundary: whether unknown sizes are padded to the bucket's bound less one.
      no_padding: whether elements of a batch are alike already.
      drop_remainder: whether smaller last batches are left out.

    Raises:
      ValueError: there is not one batch size more than bounds.
    """
    with name_scope("bucket_by_seq_length"):
        if len(bucket_batch_sizes) != len(bucket_boundaries) + 1:
            raise ValueError("len(bucket_batch_sizes) must equal len(bucket_boundaries) + 1")
        batch_sizes = constant(bucket_batch_sizes, dtype=dtypes.int64)

        def element_to_bucket_id(*args: Any) -> Any:
            length = element_length_func(*args)
            bounds = list(bucket_boundaries)
            lowest = [np.iinfo(np.int32).min, *bounds]
            highest = [*bounds, np.iinfo(np.int32).max]
            inside = math_ops.logical_and(
                math_ops.less_equal(lowest, length), math_ops.less(length, highest)
            )
            return math_ops.reduce_min(array_ops.where(inside))

        def window_size_fn(bucket_id: Any) -> Any:
            return batch_sizes[bucket_id]

        def batching_fn(bucket_id: Any, grouped_dataset: Any) -> Any:
            size = window_size_fn(bucket_id)
            if no_padding:
                return grouped_dataset.batch(size, drop_remainder=drop_remainder)
            filler = None
            if pad_to_bucket_boundary:
                check = check_ops.assert_less(
                    bucket_id,
                    constant(len(bucket_batch_sizes) - 1, dtype=dtypes.int64),
                    message=(
                        "When pad_to_bucket_boundary=True, elements must have length < "
                        "max(bucket_boundaries)."
                    ),
                )
                with control_dependencies([check]):
                    bounds = constant(bucket_boundaries, dtype=dtypes.int64)
                    filler = bounds[bucket_id] - 1
            shapes = padded_shapes or get_legacy_output_shapes(grouped_dataset)
            return grouped_dataset.padded_batch(
                size, _filled(shapes, filler), padding_values, drop_remainder=drop_remainder
            )

        def apply_fn(dataset: Any) -> Any:
            return dataset.apply(
                group_by_window(element_to_bucket_id, batching_fn, window_size_func=window_size_fn)
            )

        return apply_fn


def _filled(shapes: Any, filler: Any) -> Any:
    """Shapes with `filler` for what is not known."""
    filled = [
        [filler if dimension_value(d) is None else d for d in TensorShape(shape)]
        for shape in nest.flatten(shapes)
    ]
    return nest.pack_sequence_as(shapes, filled)


class _GroupByReducerDataset(UnaryDataset):
    """One element for each key."""

    def __init__(self, input_dataset: Any, key_func: Callable[..., Any], reducer: Any) -> None:
        name = self._transformation_name()
        self._key_func = StructuredFunctionWrapper(key_func, name, dataset=input_dataset)
        if not self._key_func.output_structure.is_compatible_with(_KEY):
            raise ValueError(
                "`key_func` must return a single tf.int64 tensor. Got "
                f"type={self._key_func.output_types} and shape={self._key_func.output_shapes}"
            )
        self._init_func = StructuredFunctionWrapper(reducer.init_func, name, input_structure=_KEY)
        self._reduce_func, self._state_structure = with_weakest_state(
            self._init_func.output_structure,
            lambda state: StructuredFunctionWrapper(
                reducer.reduce_func,
                name,
                input_structure=(state, input_dataset.element_spec),
                add_to_graph=False,
            ),
            lambda w: (w.output_classes, w.output_types, w.output_shapes),
        )
        self._reduce_func.function.add_to_graph(get_default_graph())
        self._finalize_func = StructuredFunctionWrapper(
            reducer.finalize_func, name, input_structure=self._state_structure
        )
        super().__init__(
            input_dataset,
            apply_op(
                "ExperimentalGroupByReducerDataset",
                input_dataset._variant_tensor,
                *(f.function.captured_inputs for f in self._functions()),
                key_func=self._key_func.function,
                init_func=self._init_func.function,
                reduce_func=self._reduce_func.function,
                finalize_func=self._finalize_func.function,
                **self._flat_structure,
            ),
        )

    @property
    def element_spec(self) -> Any:
        return self._finalize_func.output_structure

    def _functions(self) -> list[Any]:
        return [self._key_func, self._init_func, self._reduce_func, self._finalize_func]

    def _transformation_name(self) -> str:
        return "tf.data.experimental.group_by_reducer()"


class _GroupByWindowDataset(UnaryDataset):
    """Datasets that a function makes of elements of one key."""

    def __init__(
        self,
        input_dataset: Any,
        key_func: Callable[..., Any],
        reduce_func: Callable[..., Any],
        window_size_func: Callable[..., Any],
    ) -> None:
        name = self._transformation_name()

        def key_func_wrapper(*args: Any) -> Any:
            return convert_to_tensor(key_func(*args), dtype=dtypes.int64)

        def window_size_func_wrapper(key: Any) -> Any:
            return convert_to_tensor(window_size_func(key), dtype=dtypes.int64)

        self._key_func = StructuredFunctionWrapper(key_func_wrapper, name, dataset=input_dataset)
        if not self._key_func.output_structure.is_compatible_with(_KEY):
            raise ValueError("`key_func` must return a single tf.int64 scalar tensor.")
        self._reduce_func = StructuredFunctionWrapper(
            reduce_func, name, input_structure=(_KEY, DatasetSpec(input_dataset.element_spec))
        )
        if not isinstance(self._reduce_func.output_structure, DatasetSpec):
            raise TypeError("`reduce_func` must return a `Dataset` object.")
        self._element_spec = self._reduce_func.output_structure._element_spec
        self._window_size_func = StructuredFunctionWrapper(
            window_size_func_wrapper, name, input_structure=_KEY
        )
        if not self._window_size_func.output_structure.is_compatible_with(_KEY):
            raise ValueError("`window_size_func` must return a single tf.int64 scalar tensor.")
        super().__init__(
            input_dataset,
            apply_op(
                "GroupByWindowDataset",
                input_dataset._variant_tensor,
                *(f.function.captured_inputs for f in self._functions()),
                key_func=self._key_func.function,
                reduce_func=self._reduce_func.function,
                window_size_func=self._window_size_func.function,
                **self._flat_structure,
            ),
        )

    @property
    def element_spec(self) -> Any:
        return self._element_spec

    def _functions(self) -> list[Any]:
        return [self._key_func, self._reduce_func, self._window_size_func]

    def _transformation_name(self) -> str:
        return "tf.data.experimental.group_by_window()"


@export("data.experimental.Reducer", "contrib.data.Reducer")
class Reducer:
    """Functions that make one element of many. Stands for `tf.data.experimental.Reducer`.

    Args:
      init_func: makes the first state of a key.
      reduce_func: makes the next state of a state and an element.
      finalize_func: makes an element of the last state.
    """

    def __init__(self, init_func: Any, reduce_func: Any, finalize_func: Any) -> None:
        self._init_func = init_func
        self._reduce_func = reduce_func
        self._finalize_func = finalize_func

    @property
    def init_func(self) -> Any:
        return self._init_func

    @property
    def reduce_func(self) -> Any:
        return self._reduce_func

    @property
    def finalize_func(self) -> Any:
        return self._finalize_func
