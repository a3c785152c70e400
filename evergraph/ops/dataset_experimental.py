"""Datasets of `tf.data.experimental` without functions: unbatch, unique, ignore_errors and what
matters to TensorFlow's runtime alone."""

from typing import Any

import numpy as np

from evergraph.graph.registry import Entry, op
from evergraph.kernels.data import transforms
from evergraph.kernels.data.pipeline import Dataset
from evergraph.kernels.host import invalid
from evergraph.ops.dataset_arguments import TYPED, check_number, dataset_of, makes_dataset

_OF = "input_dataset: variant"


def _twins(name: str, inputs: str = "", attrs: str = TYPED, **flags: Any) -> tuple[Entry, Entry]:
    """An op under its name and under its earlier one."""
    more = f", {inputs}" if inputs else ""
    entries = [
        op(f"{n}({_OF}{more}) -> handle: variant", attrs, **flags)
        for n in (name, f"Experimental{name}")
    ]
    return entries[0], entries[1]


unbatch_ops = _twins("UnbatchDataset")
ignore_errors_ops = _twins("IgnoreErrorsDataset")
unique_ops = _twins("UniqueDataset")
non_serializable_ops = _twins("NonSerializableDataset")
sleep_ops = _twins("SleepDataset", "sleep_microseconds: int64", host=["sleep_microseconds"])
max_intra_ops = _twins(
    "MaxIntraOpParallelismDataset",
    "max_intra_op_parallelism: int64",
    host=["max_intra_op_parallelism"],
)
private_pool_ops = _twins("PrivateThreadPoolDataset", "num_threads: int64", host=["num_threads"])
assert_next_ops = _twins("AssertNextDataset", "transformations: string")
dense_to_sparse_ops = _twins(
    "DenseToSparseBatchDataset",
    "batch_size: int64, row_shape: int64",
    host=["batch_size", "row_shape"],
)
sliding_window_ops = _twins(
    "SlidingWindowDataset",
    "window_size: int64, window_shift: int64, window_stride: int64",
    host=["window_size", "window_shift", "window_stride"],
)
_REBATCH = f"{TYPED}; use_fallback: bool = true"
rebatch_op = op(
    f"RebatchDataset({_OF}, num_replicas: int64) -> handle: variant",
    _REBATCH,
    host=["num_replicas"],
)
experimental_rebatch_op = op(
    f"ExperimentalRebatchDataset({_OF}, num_replicas: int64) -> handle: variant",
    _REBATCH,
    host=["num_replicas"],
)
_CHOICES = "selector_input_dataset: variant, data_input_datasets: N * variant"
directed_ops = tuple(
    op(f"{name}({_CHOICES}) -> handle: variant", f"{TYPED}; N: int >= 1")
    for name in ("DirectedInterleaveDataset", "ExperimentalDirectedInterleaveDataset")
)

makes_dataset(*unbatch_ops, *ignore_errors_ops, *unique_ops, *non_serializable_ops)
makes_dataset(*sliding_window_ops, *dense_to_sparse_ops, *assert_next_ops, *directed_ops)
makes_dataset(*sleep_ops, *max_intra_ops, *private_pool_ops)


def _plain(entries: tuple[Entry, ...], kind: Any) -> None:
    """Kernels of ops that make a dataset of a kind of another, and nothing more."""

    def kernel(source: Any, *, output_types: Any, output_shapes: Any) -> Dataset:
        made: Dataset = kind([dataset_of(source)], output_types, output_shapes)
        return made

    for entry in entries:
        entry.numpy(kernel)


_plain(unbatch_ops, transforms.Unbatch)
_plain(ignore_errors_ops, transforms.IgnoreErrors)
_plain(unique_ops, transforms.Unique)


makes_dataset(rebatch_op, experimental_rebatch_op)


@rebatch_op.numpy
@experimental_rebatch_op.numpy
def rebatch(source: Any, replicas: Any, *, output_types: Any, output_shapes: Any) -> Dataset:
    count = check_number(replicas, "num_replicas")
    if count < 1:
        raise invalid("num_replicas must be greater than zero.")
    return transforms.Rebatch([dataset_of(source)], output_types, output_shapes, count)


def _same(kind: str) -> Any:
    def kernel(source: Any, *, output_types: Any, output_shapes: Any) -> Dataset:
        return transforms.Same(dataset_of(source), output_types, output_shapes, kind)

    return kernel


for _entry in non_serializable_ops:
    _entry.numpy(_same("NonSerializable"))


@max_intra_ops[0].numpy
@max_intra_ops[1].numpy
def max_intra_kernel(source: Any, most: Any, *, output_types: Any, output_shapes: Any) -> Dataset:
    if check_number(most, "max_intra_op_parallelism") < 0:
        raise invalid("`max_intra_op_parallelism` must be >= 0")
    return transforms.Same(dataset_of(source), output_types, output_shapes, "MaxIntraOpParallelism")


@private_pool_ops[0].numpy
@private_pool_ops[1].numpy
def private_pool_kernel(
    source: Any, threads: Any, *, output_types: Any, output_shapes: Any
) -> Dataset:
    if check_number(threads, "num_threads") < 1:
        raise invalid("`num_threads` must be >= 1")
    return transforms.Same(dataset_of(source), output_types, output_shapes, "PrivateThreadPool")


@sleep_ops[0].numpy
@sleep_ops[1].numpy
def sleep_kernel(
    source: Any, microseconds: Any, *, output_types: Any, output_shapes: Any
) -> Dataset:
    return transforms.Sleep(dataset_of(source), microseconds, output_types, output_shapes)


@assert_next_ops[0].numpy
@assert_next_ops[1].numpy
def assert_next_kernel(
    source: Any, transformations: Any, *, output_types: Any, output_shapes: Any
) -> Dataset:
    names = [name.decode() for name in np.asarray(transformations).reshape(-1)]
    return transforms.AssertNext(dataset_of(source), names, output_types, output_shapes)


@directed_ops[0].numpy
@directed_ops[1].numpy
def directed_kernel(
    choices: Any, datasets: list[Any], *, output_types: Any, output_shapes: Any
) -> Dataset:
    inputs = [dataset_of(choices), *map(dataset_of, datasets)]
    return transforms.Directed(inputs, output_types, output_shapes)


@dense_to_sparse_ops[0].numpy
@dense_to_sparse_ops[1].numpy
def dense_to_sparse_kernel(
    source: Any, size: Any, row: Any, *, output_types: Any, output_shapes: Any
) -> Dataset:
    if check_number(size, "batch_size") <= 0:
        raise invalid("Batch size must be greater than zero.")
    return transforms.SparseBatch(dataset_of(source), size, list(row), output_types, output_shapes)


@sliding_window_ops[0].numpy
@sliding_window_ops[1].numpy
def sliding_window_kernel(
    source: Any, size: Any, shift: Any, stride: Any, *, output_types: Any, output_shapes: Any
) -> Dataset:
    for value, what in ((size, "size"), (shift, "shift"), (stride, "stride")):
        if check_number(value, f"window_{what}") <= 0:
            raise invalid(f"Window {what} must be greater than zero.")
    return transforms.SlidingWindow(
        dataset_of(source), size, shift, stride, True, output_types, output_shapes
    )
