"""Transformations that `tf.data` has under other names, or with other arguments."""

from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.base.deprecation import deprecated, deprecated_args
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.library.contrib.framework.tensor_util import with_shape
from evergraph.library.data import nest, structure
from evergraph.library.data.dataset_base import DatasetV2, UnaryDataset
from evergraph.library.data.experimental import grouping, interleave_ops, prefetching_ops
from evergraph.library.data.legacy import (
    get_legacy_output_classes,
    get_legacy_output_shapes,
    get_legacy_output_types,
)
from evergraph.library.data.transformations import _RestructuredDataset, int64


@export("contrib.data.batch_and_drop_remainder")
@deprecated(None, "Use `tf.data.Dataset.batch(..., drop_remainder=True)`.")
def batch_and_drop_remainder(batch_size: Any) -> Callable[[Any], Any]:
    """For `Dataset.apply`: full batches. Stands for `tf.contrib.data.batch_and_drop_remainder`."""
    return lambda dataset: dataset.batch(batch_size, drop_remainder=True)


@export("contrib.data.padded_batch_and_drop_remainder")
@deprecated(None, "Use `tf.data.Dataset.padded_batch(..., drop_remainder=True)`.")
def padded_batch_and_drop_remainder(
    batch_size: Any, padded_shapes: Any, padding_values: Any = None
) -> Callable[[Any], Any]:
    """For `Dataset.apply`: full batches of elements filled up to common shapes. Stands for
    `tf.contrib.data.padded_batch_and_drop_remainder`."""
    return lambda dataset: dataset.padded_batch(
        batch_size,
        padded_shapes=padded_shapes,
        padding_values=padding_values,
        drop_remainder=True,
    )


@export("contrib.data.bucket_by_sequence_length")
@deprecated(None, "Use `tf.data.experimental.bucket_by_sequence_length(...)`.")
def bucket_by_sequence_length(
    element_length_func: Callable[..., Any],
    bucket_boundaries: Any,
    bucket_batch_sizes: Any,
    padded_shapes: Any = None,
    padding_values: Any = None,
    pad_to_bucket_boundary: bool = False,
    no_padding: bool = False,
) -> Callable[[Any], Any]:
    """For `Dataset.apply`: batches of elements of like length; see
    `tf.data.experimental.bucket_by_sequence_length`. Stands for
    `tf.contrib.data.bucket_by_sequence_length`."""
    return grouping.bucket_by_sequence_length(
        element_length_func,
        bucket_boundaries,
        bucket_batch_sizes,
        padded_shapes,
        padding_values,
        pad_to_bucket_boundary,
        no_padding,
    )


@export("contrib.data.sloppy_interleave")
@deprecated(None, "Use `tf.contrib.data.parallel_interleave(..., sloppy=True)`.")
def sloppy_interleave(
    map_func: Callable[..., Any], cycle_length: Any, block_length: Any = 1
) -> Callable[[Any], Any]:
    """For `Dataset.apply`: elements of datasets that a function makes, in turn. Stands for
    `tf.contrib.data.sloppy_interleave`."""
    made: Callable[[Any], Any] = interleave_ops.parallel_interleave(
        map_func, cycle_length, block_length, sloppy=True
    )
    return made


@export("contrib.data.reduce_dataset")
@deprecated(None, "Use `tf.data.Dataset.reduce(...)`.")
def reduce_dataset(dataset: Any, reducer: Any) -> Any:
    """What a Reducer's first two functions make of all elements. Stands for
    `tf.contrib.data.reduce_dataset`.

    Raises:
      TypeError: `dataset` is none.
    """
    if not isinstance(dataset, DatasetV2):
        raise TypeError("`dataset` must be a `tf.data.Dataset` object.")
    return dataset.reduce(reducer.init_func(np.int64(0)), reducer.reduce_func)


class _SlideDataset(UnaryDataset):
    """Batches of windows."""

    def __init__(self, input_dataset: Any, size: Any, shift: Any, stride: Any) -> None:
        window_size = int64(size, "window_stride")
        window_stride = int64(stride, "window_stride")
        window_shift = int64(shift, "window_shift")
        self._element_spec = nest.map_structure(
            lambda spec: spec._batch(None), input_dataset.element_spec
        )
        super().__init__(
            input_dataset,
            apply_op(
                "SlidingWindowDataset",
                input_dataset._variant_tensor,
                window_size=window_size,
                window_shift=window_shift,
                window_stride=window_stride,
                **self._flat_structure,
            ),
        )

    @property
    def element_spec(self) -> Any:
        return self._element_spec


@export("contrib.data.sliding_window_batch")
@deprecated_args(None, "stride is deprecated, use window_shift instead", "stride")
@deprecated(
    None,
    "Use `tf.data.Dataset.window(size=window_size, shift=window_shift, "
    "stride=window_stride).flat_map(lambda x: x.batch(window_size))` instead.",
)
def sliding_window_batch(
    window_size: Any, stride: Any = None, window_shift: Any = None, window_stride: Any = 1
) -> Callable[[Any], Any]:
    """For `Dataset.apply`: batches of full windows. Stands for
    `tf.contrib.data.sliding_window_batch`.

    Args:
      window_size: how many elements a window has.
      stride: an older name for `window_shift`.
      window_shift: how far the next window begins after this; default 1.
      window_stride: the distance of the elements of a window.

    Raises:
      ValueError: both are given.
    """
    if stride is not None and window_shift is not None:
        raise ValueError("Cannot specify both `stride` and `window_shift`")
    shift = stride if stride is not None else 1 if window_shift is None else window_shift
    return lambda dataset: _SlideDataset(dataset, window_size, shift, window_stride)


@export("contrib.data.prefetch_to_device")
@deprecated(None, "Use `tf.data.experimental.prefetch_to_device(...)`.")
def prefetch_to_device(device: Any, buffer_size: Any = None) -> Callable[[Any], Any]:
    """As `tf.data.experimental.prefetch_to_device`. Stands for
    `tf.contrib.data.prefetch_to_device`."""
    return prefetching_ops.prefetch_to_device(device, buffer_size)


@export("contrib.data.copy_to_device")
@deprecated(None, "Use `tf.data.experimental.copy_to_device(...)`.")
def copy_to_device(target_device: Any, source_device: Any = "/cpu:0") -> Callable[[Any], Any]:
    """As `tf.data.experimental.copy_to_device`. Stands for `tf.contrib.data.copy_to_device`."""
    return prefetching_ops.copy_to_device(target_device, source_device)


@export("contrib.data.assert_element_shape")
def assert_element_shape(expected_shapes: Any) -> Callable[[Any], Any]:
    """For `Dataset.apply`: elements whose components have these shapes; what is unknown of a shape
    may be anything. Stands for `tf.contrib.data.assert_element_shape`.

    Args:
      expected_shapes: a nest of TensorShapes.

    Raises:
      ValueError: a shape is known to be another. A run raises InvalidArgumentError.
    """

    def _check_shape(*elements: Any) -> Any:
        tensors, shapes = nest.flatten(elements), nest.flatten(expected_shapes)
        found = [with_shape(s, t) if s else t for s, t in zip(shapes, tensors, strict=False)]
        return nest.pack_sequence_as(elements, found)

    def transform(dataset: Any) -> Any:
        shapes = get_legacy_output_shapes(dataset)
        expected = nest.flatten_up_to(shapes, expected_shapes)
        merged = [a.merge_with(b) for a, b in zip(nest.flatten(shapes), expected, strict=True)]
        spec = structure.convert_legacy_structure(
            get_legacy_output_types(dataset),
            nest.pack_sequence_as(shapes, merged),
            get_legacy_output_classes(dataset),
        )
        return _RestructuredDataset(dataset.map(_check_shape), spec)

    return transform
