"""Datasets of tensors, slices, ranges, random numbers and generators."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from evergraph.base import dtypes, errors
from evergraph.graph.registry import op
from evergraph.kernels.data import sources
from evergraph.kernels.data.pipeline import Dataset
from evergraph.kernels.host import invalid, text
from evergraph.ops.dataset_arguments import TYPED, captured, handle_rule, makes_dataset

_COMPONENTS = "Toutput_types: list(type) >= 1; output_shapes: list(shape) >= 1"

tensor_op = op(
    "TensorDataset(components: list(Toutput_types)) -> handle: variant", _COMPONENTS, stateful=True
)
tensor_slice_op = op(
    "TensorSliceDataset(components: list(Toutput_types)) -> handle: variant",
    _COMPONENTS,
    stateful=True,
)
sparse_tensor_slice_op = op(
    "SparseTensorSliceDataset(indices: int64, values: Tvalues, dense_shape: int64) -> handle: "
    "variant",
    "Tvalues: type",
    stateful=True,
)
range_op = op(
    "RangeDataset(start: int64, stop: int64, step: int64) -> handle: variant",
    TYPED,
    host=["start", "stop", "step"],
    stateful=True,
)
random_op = op(
    "RandomDataset(seed: int64, seed2: int64) -> handle: variant",
    TYPED,
    host=["seed", "seed2"],
    stateful=True,
)
experimental_random_op = op(
    "ExperimentalRandomDataset(seed: int64, seed2: int64) -> handle: variant",
    TYPED,
    host=["seed", "seed2"],
    stateful=True,
)
generator_op = op(
    "GeneratorDataset(init_func_other_args: list(Tinit_func_args), "
    "next_func_other_args: list(Tnext_func_args), "
    "finalize_func_other_args: list(Tfinalize_func_args)) -> handle: variant",
    "init_func: func; next_func: func; finalize_func: func; Tinit_func_args: list(type) >= 0; "
    "Tnext_func_args: list(type) >= 0; Tfinalize_func_args: list(type) >= 0; " + TYPED,
    stateful=True,
)
makes_dataset(tensor_op, tensor_slice_op, generator_op)
makes_dataset(range_op, scalars=3)
makes_dataset(random_op, experimental_random_op, scalars=2)
makes_dataset(sparse_tensor_slice_op)
sparse_tensor_slice_op.shape(handle_rule())


@tensor_op.numpy
def tensor_kernel(components: list[Any], *, Toutput_types: Any, output_shapes: Any) -> Dataset:
    return sources.TensorElement(tuple(components), Toutput_types, output_shapes)


@tensor_slice_op.numpy
def tensor_slice_kernel(
    components: list[Any], *, Toutput_types: Any, output_shapes: Any
) -> Dataset:
    if any(np.ndim(c) == 0 for c in components):
        raise invalid("All components must be at least 1-dimensional")
    if len({len(c) for c in components}) > 1:
        raise invalid("All components must have the same size in the 0th dimension")
    return sources.Slices(components, Toutput_types, output_shapes)


@sparse_tensor_slice_op.numpy
def sparse_tensor_slice_kernel(
    indices: Any, values: Any, dense_shape: Any, *, Tvalues: Any
) -> Dataset:
    if indices.ndim != 2:
        raise invalid(f"Input indices should be a matrix but received shape {text(indices.shape)}")
    if values.ndim != 1:
        raise invalid(f"Input values should be a vector but received shape {text(indices.shape)}")
    if dense_shape.ndim != 1:
        raise invalid(
            f"Input shape should be a vector but received shape {text(dense_shape.shape)}"
        )
    if (np.diff(indices[:, 0]) < 0).any():
        raise errors.UnimplementedError(
            None,
            None,
            "The SparseTensor must be ordered in the batch dimension; handling arbitrarily "
            "ordered input is not currently supported.",
        )
    return sources.SparseSlices(indices, values, dense_shape, _types_of_sparse(Tvalues))


def _types_of_sparse(values: Any) -> Sequence[Any]:
    int64 = dtypes.int64
    return int64, values, int64


@range_op.numpy
def range_kernel(
    start: int, stop: int, step: int, *, output_types: Any, output_shapes: Any
) -> Dataset:
    if step == 0:
        raise invalid("step must be a non-zero integer.")
    return sources.Range(start, stop, step, output_types, output_shapes)


@random_op.numpy
@experimental_random_op.numpy
def random_kernel(seed: int, seed2: int, *, output_types: Any, output_shapes: Any) -> Dataset:
    return sources.RandomNumbers(seed, seed2, output_types, output_shapes)


@generator_op.numpy
def generator_kernel(
    first: list[Any],
    following: list[Any],
    last: list[Any],
    *,
    node: Any,
    output_types: Any,
    output_shapes: Any,
) -> Dataset:
    return sources.Generated(
        captured(node, "init_func", first),
        captured(node, "next_func", following),
        captured(node, "finalize_func", last),
        output_types,
        output_shapes,
    )
