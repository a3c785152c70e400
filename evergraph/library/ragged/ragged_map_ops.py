"""`map_fn` of ragged tensors, and with ragged results."""

from collections.abc import Callable
from typing import Any, NamedTuple

from evergraph.api import array_ops, math_ops
from evergraph.api.tensor_array_ops import TensorArray
from evergraph.api.while_loop import while_loop
from evergraph.base import dtypes, nest
from evergraph.graph.composite import SparseTensor
from evergraph.graph.constant import constant
from evergraph.graph.defaults import executing_eagerly, name_scope
from evergraph.library.ragged import ragged_config
from evergraph.library.ragged.ragged_tensor import (
    RaggedTensor,
    convert_to_tensor_or_ragged_tensor,
    is_ragged,
    match_row_splits_dtypes,
)
from evergraph.library.ragged.ragged_tensor_spec import RaggedTensorType
from evergraph.library.row_loops import (
    Structure,
    check_callable,
    count_of_rows,
    reads_kept_on_device,
)


class _RaggedTensorComponents(NamedTuple):
    """What a ragged tensor is made of, once for its values: tensors, arrays of them, or types."""

    flat_values: Any
    nested_row_lengths: tuple[Any, ...]
    outer_row_length: Any


def map_fn(
    fn: Callable[[Any], Any],
    elems: Any,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    name: str | None = None,
) -> Any:
    """As `tf.map_fn`, where `elems` may be ragged and, if `dtype` says so, the results.

    Args:
      fn: a function of one row, in the structure of `elems`.
      elems: a tensor, or tensors in a structure, ragged or not, of as many rows.
      dtype: the types of what `fn` gives, in its structure, a RaggedTensorType for what stacks
        to a ragged tensor; default: those of `elems`.
      parallel_iterations: how many rows may be worked on at a time; default: 10.
      back_prop: whether gradients go through the loop.
      swap_memory: whether what gradients need may be moved to the host's memory.
      infer_shape: whether `fn` gives the same shapes for every row.
      name: a name scope for the nodes.

    Raises:
      TypeError: `fn` is not callable, or `elems` is sparse.
      ValueError: `elems` are scalars, or a result is not what `dtype` says.
    """
    check_callable(fn)
    if isinstance(elems, SparseTensor):
        raise TypeError(
            "To perform a map on the values of a sparse tensor use either  SparseTensor("
            "input.indices, fn(input.values), input.dense_shape) or  SparseTensor(input.indices, "
            "map_fn(fn, input.values), input.dense_shape)"
        )
    inputs = Structure(elems)
    flat = match_row_splits_dtypes(*inputs.flatten(elems))
    with name_scope(name, "map", flat), reads_kept_on_device():
        flat = [convert_to_tensor_or_ragged_tensor(x, name="elem") for x in flat]
        dtype = dtype or inputs.pack([x.dtype for x in flat])
        count = math_ops.cast(_count(flat), dtypes.int32)
        flat_dtypes = nest.flatten(dtype)
        kinds = [_maybe_decompose_dtype(d) for d in flat_dtypes]
        arrays = [
            TensorArray(dtype=t, dynamic_size=False, infer_shape=infer_shape, size=count)
            for t in nest.flatten(kinds)
        ]

        def step(i: Any, arrays: list[TensorArray]) -> Any:
            found = nest.flatten(fn(inputs.pack([x[i] for x in flat])))
            parts = [
                _maybe_decompose_tensor(_declared(value, declared))
                for value, declared in zip(found, flat_dtypes, strict=False)
            ]
            values = nest.flatten(parts)
            return i + 1, [array.write(i, x) for array, x in zip(arrays, values, strict=False)]

        _, arrays = while_loop(
            lambda i, _: i < count,
            step,
            (constant(0, dtype=dtypes.int32), arrays),
            parallel_iterations=parallel_iterations or (1 if executing_eagerly() else 10),
            back_prop=back_prop,
            swap_memory=swap_memory,
            maximum_iterations=count,
        )
        results = [_stacked(e) for e in nest.pack_sequence_as(kinds, arrays)]
        return nest.pack_sequence_as(dtype, results)


def _count(flat: list[Any]) -> Any:
    """How many rows the first of some tensors has."""
    if is_ragged(flat[0]):
        return flat[0].nrows(out_type=dtypes.int32)
    if flat[0].shape.ndims == 0:
        raise ValueError(
            "elems must be a 1+ dimensional Tensor, not a scalar"
            if len(flat) == 1
            else "elements in elems must be 1+ dimensional Tensors, not scalars"
        )
    return count_of_rows(flat[0])


def _maybe_decompose_dtype(d: Any) -> Any:
    """The types of the parts of a ragged result; another type as it is."""
    if not isinstance(d, RaggedTensorType):
        return d
    inner = (d.row_splits_dtype,) * (d.ragged_rank - 1)
    return _RaggedTensorComponents(d.dtype, inner, d.row_splits_dtype)


def _maybe_decompose_tensor(rt: Any) -> Any:
    """The parts of a ragged tensor, with row lengths, which can be joined end to end."""
    if not isinstance(rt, RaggedTensor):
        return rt
    lengths = tuple(splits[1:] - splits[:-1] for splits in rt.nested_row_splits)
    return _RaggedTensorComponents(
        rt.flat_values, lengths, array_ops.expand_dims(rt.nrows(), axis=0)
    )


def _declared(value: Any, declared: Any) -> Any:
    """A result of the function, as the parts that its declared type has.

    Raises:
      ValueError: it is not of that type.
    """
    if not isinstance(declared, RaggedTensorType):
        return value
    rank = getattr(value, "ragged_rank", 0) + 1
    if declared.ragged_rank != rank:
        raise ValueError(
            f"The declared ragged rank ({declared.ragged_rank}) mismatches the result ({rank})"
        )
    if declared.dtype != value.dtype:
        raise ValueError(
            f"The declared dtype ({declared.dtype}) mismatches the result ({value.dtype})"
        )
    if not isinstance(value, RaggedTensor):
        rows = array_ops.shape(value, out_type=declared.row_splits_dtype)[0]
        return _RaggedTensorComponents(value, (), array_ops.expand_dims(rows, axis=0))
    if declared.row_splits_dtype != value.row_splits.dtype:
        if not ragged_config.auto_cast_partition_dtype():
            raise ValueError(
                f"The declared row_splits dtype ({declared.row_splits_dtype}) mismatches the "
                f"result ({value.row_splits.dtype}).  Use RaggedTensor.with_row_splits_dtype to "
                "convert it."
            )
        value = value.with_row_splits_dtype(declared.row_splits_dtype)
    return value


def _stacked(results: Any) -> Any:
    """The results of all rows as one tensor; ragged ones are put together of their parts."""
    if not isinstance(results, _RaggedTensorComponents):
        return results.stack()
    found = results.flat_values.concat()
    lengths = [array.concat() for array in results.nested_row_lengths]
    for level in [*lengths[::-1], results.outer_row_length.concat()]:
        found = RaggedTensor.from_row_lengths(found, level, validate=False)
    return found
