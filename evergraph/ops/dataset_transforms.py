"""Datasets of other datasets' elements, without functions: take, batch, shuffle, zip, window."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from evergraph.graph.registry import op
from evergraph.kernels.data import parallel, shuffling, transforms
from evergraph.kernels.data.optimizing import optimized
from evergraph.kernels.data.pipeline import Dataset
from evergraph.kernels.host import invalid
from evergraph.ops.dataset_arguments import (
    TYPED,
    check_number,
    dataset_of,
    makes_dataset,
)

_OF = "input_dataset: variant"

take_op = op(f"TakeDataset({_OF}, count: int64) -> handle: variant", TYPED, host=["count"])
skip_op = op(f"SkipDataset({_OF}, count: int64) -> handle: variant", TYPED, host=["count"])
repeat_op = op(f"RepeatDataset({_OF}, count: int64) -> handle: variant", TYPED, host=["count"])
shard_op = op(
    f"ShardDataset({_OF}, num_shards: int64, index: int64) -> handle: variant",
    "require_non_empty: bool = false; " + TYPED,
    host=["num_shards", "index"],
)
batch_op = op(
    f"BatchDataset({_OF}, batch_size: int64) -> handle: variant", TYPED, host=["batch_size"]
)
batch_v2_op = op(
    f"BatchDatasetV2({_OF}, batch_size: int64, drop_remainder: bool) -> handle: variant",
    "parallel_copy: bool = false; " + TYPED,
    host=["batch_size"],
)
_PADDED = "Toutput_types: list(type) >= 1; output_shapes: list(shape) >= 1; N: int >= 1"
padded_batch_op = op(
    f"PaddedBatchDataset({_OF}, batch_size: int64, padded_shapes: N * int64, "
    "padding_values: list(Toutput_types)) -> handle: variant",
    _PADDED,
    host=["batch_size"],
)
padded_batch_v2_op = op(
    f"PaddedBatchDatasetV2({_OF}, batch_size: int64, padded_shapes: N * int64, "
    "padding_values: list(Toutput_types), drop_remainder: bool) -> handle: variant",
    "parallel_copy: bool = false; " + _PADDED,
    host=["batch_size"],
)
_SEEDS = ["seed", "seed2"]
shuffle_op = op(
    f"ShuffleDataset({_OF}, buffer_size: int64, seed: int64, seed2: int64) -> handle: variant",
    "reshuffle_each_iteration: bool = true; " + TYPED,
    host=["buffer_size", *_SEEDS],
)
shuffle_and_repeat_op = op(
    f"ShuffleAndRepeatDataset({_OF}, buffer_size: int64, seed: int64, seed2: int64, "
    "count: int64) -> handle: variant",
    TYPED,
    host=["buffer_size", *_SEEDS, "count"],
)
prefetch_op = op(
    f"PrefetchDataset({_OF}, buffer_size: int64) -> handle: variant",
    f"{TYPED}; slack_period: int = 0; legacy_autotune: bool = true",
    host=["buffer_size"],
)
zip_op = op("ZipDataset(input_datasets: N * variant) -> handle: variant", f"{TYPED}; N: int >= 1")
concatenate_op = op(
    f"ConcatenateDataset({_OF}, another_dataset: variant) -> handle: variant", TYPED
)
window_op = op(
    f"WindowDataset({_OF}, size: int64, shift: int64, stride: int64, "
    "drop_remainder: bool) -> handle: variant",
    TYPED,
    host=["size", "shift", "stride"],
)
model_op = op(
    f"ModelDataset({_OF}) -> handle: variant",
    "algorithm: int = 0; cpu_budget: int = 0; " + TYPED,
)
optimize_op = op(
    f"OptimizeDataset({_OF}, optimizations: string) -> handle: variant",
    f"{TYPED}; optimization_configs: list(string) = []",
)
wrap_op = op("WrapDatasetVariant(input_handle: variant) -> output_handle: variant")
unwrap_op = op("UnwrapDatasetVariant(input_handle: variant) -> output_handle: variant")

makes_dataset(zip_op, concatenate_op, padded_batch_op, model_op, optimize_op, wrap_op, unwrap_op)
makes_dataset(take_op, skip_op, repeat_op, batch_op, prefetch_op, scalars=1)
makes_dataset(padded_batch_v2_op, scalars=1)
makes_dataset(shard_op, batch_v2_op, scalars=2)
makes_dataset(shuffle_op, scalars=3)
makes_dataset(shuffle_and_repeat_op, window_op, scalars=4)


@take_op.numpy
def take_kernel(source: Any, count: Any, *, output_types: Any, output_shapes: Any) -> Dataset:
    return transforms.Take(
        dataset_of(source), check_number(count, "count"), output_types, output_shapes
    )


@skip_op.numpy
def skip_kernel(source: Any, count: Any, *, output_types: Any, output_shapes: Any) -> Dataset:
    return transforms.Skip(
        dataset_of(source), check_number(count, "count"), output_types, output_shapes
    )


@repeat_op.numpy
def repeat_kernel(source: Any, count: Any, *, output_types: Any, output_shapes: Any) -> Dataset:
    return transforms.Repeat(
        dataset_of(source), check_number(count, "count"), output_types, output_shapes
    )


@shard_op.numpy
def shard_kernel(
    source: Any,
    shards: Any,
    index: Any,
    *,
    require_non_empty: bool,
    output_types: Any,
    output_shapes: Any,
) -> Dataset:
    if shards <= 0:
        raise invalid(
            f"Number of shards must be greater than zero (currently num_shards = {shards})."
        )
    if not 0 <= index < shards:
        raise invalid(f"Index must be between 0 and {shards - 1} (currently index = {index}).")
    return transforms.Shard(
        dataset_of(source), shards, index, output_types, output_shapes, require_non_empty
    )


def _check_batch_size(size: Any) -> int:
    if check_number(size, "batch_size") <= 0:
        raise invalid("Batch size must be greater than zero.")
    return int(size)


@batch_op.numpy
def batch_kernel(source: Any, size: Any, *, output_types: Any, output_shapes: Any) -> Dataset:
    return batch_v2_kernel(
        source, size, False, output_types=output_types, output_shapes=output_shapes
    )


@batch_v2_op.numpy
def batch_v2_kernel(
    source: Any, size: Any, drop: Any, *, output_types: Any, output_shapes: Any
) -> Dataset:
    size = _check_batch_size(size)
    return transforms.Batch(dataset_of(source), size, bool(drop), output_types, output_shapes)


@padded_batch_op.numpy
def padded_batch_kernel(
    source: Any, size: Any, shapes: list[Any], fill: list[Any], *, output_shapes: Any
) -> Dataset:
    return padded_batch_v2_kernel(source, size, shapes, fill, False, output_shapes=output_shapes)


@padded_batch_v2_op.numpy
def padded_batch_v2_kernel(
    source: Any, size: Any, shapes: list[Any], fill: list[Any], drop: Any, *, output_shapes: Any
) -> Dataset:
    size = _check_batch_size(size)
    source = dataset_of(source)
    _check_padding(source, shapes, fill)
    whole = [np.asarray(s).tolist() for s in shapes]
    return transforms.PaddedBatch(source, size, bool(drop), whole, fill, output_shapes)


def _check_padding(source: Dataset, shapes: Sequence[Any], fill: Sequence[Any]) -> None:
    count = len(source.types)
    if len(shapes) != count:
        raise invalid(
            f"Number of padded shapes ({len(shapes)}) must match the number of components in the "
            f"input dataset's elements ({count})"
        )
    if any(np.ndim(s) != 1 for s in shapes):
        raise invalid("All padded shapes must be vectors")
    if len(fill) != count:
        raise invalid(
            f"Number of padding values ({len(fill)}) must match the number of components in the "
            f"input dataset's elements ({count})"
        )
    if any(np.ndim(f) for f in fill):
        raise invalid("All padding values must be scalars")


def _check_buffer_size(size: Any) -> int:
    if check_number(size, "buffer_size") <= 0:
        raise invalid("buffer_size must be greater than zero.")
    return int(size)


@shuffle_op.numpy
def shuffle_kernel(
    source: Any,
    size: Any,
    seed: int,
    seed2: int,
    *,
    reshuffle_each_iteration: bool,
    output_types: Any,
    output_shapes: Any,
) -> Dataset:
    return shuffling.Shuffle(
        dataset_of(source),
        _check_buffer_size(size),
        (seed, seed2),
        reshuffle_each_iteration,
        output_types,
        output_shapes,
    )


@shuffle_and_repeat_op.numpy
def shuffle_and_repeat_kernel(
    source: Any,
    size: Any,
    seed: int,
    seed2: int,
    count: int,
    *,
    output_types: Any,
    output_shapes: Any,
) -> Dataset:
    size = _check_buffer_size(size)
    if count <= 0 and count != -1:
        raise invalid("count must be greater than zero or equal to -1.")
    return shuffling.Shuffle(
        dataset_of(source), size, (seed, seed2), False, output_types, output_shapes, count
    )


@prefetch_op.numpy
def prefetch_kernel(
    source: Any, size: Any, *, node: Any, output_types: Any, output_shapes: Any
) -> Dataset:
    if check_number(size, "buffer_size") < -1:
        raise invalid("buffer_size must be >= 0 or set buffer_size to be -1 for auto-tuning")
    found = parallel.Prefetch(dataset_of(source), size, output_types, output_shapes)
    found.node = node
    return found


@zip_op.numpy
def zip_kernel(datasets: list[Any], *, output_types: Any, output_shapes: Any) -> Dataset:
    return transforms.Zip([dataset_of(d) for d in datasets], output_types, output_shapes)


@concatenate_op.numpy
def concatenate_kernel(
    first: Any, second: Any, *, output_types: Any, output_shapes: Any
) -> Dataset:
    return transforms.Concatenate(
        [dataset_of(first), dataset_of(second)], output_types, output_shapes
    )


@window_op.numpy
def window_kernel(
    source: Any,
    size: int,
    shift: int,
    stride: int,
    drop: Any,
    *,
    output_types: Any,
    output_shapes: Any,
) -> Dataset:
    for value, what in ((size, "size"), (shift, "shift"), (stride, "stride")):
        if value <= 0:
            raise invalid(f"Window {what} must be greater than zero.")
    return transforms.Window(
        dataset_of(source), size, shift, stride, bool(drop), output_types, output_shapes
    )


@model_op.numpy
def model_kernel(source: Any, *, output_types: Any, output_shapes: Any) -> Dataset:
    return transforms.Same(dataset_of(source), output_types, output_shapes, "Model")


@optimize_op.numpy
def optimize_kernel(
    source: Any, optimizations: Any, *, output_types: Any, output_shapes: Any
) -> Dataset:
    names = {name.decode() for name in np.asarray(optimizations).reshape(-1)}
    return transforms.Same(
        optimized(dataset_of(source), names), output_types, output_shapes, "Optimize"
    )


@wrap_op.numpy
@unwrap_op.numpy
def wrap_kernel(dataset: Any) -> Any:
    return dataset
