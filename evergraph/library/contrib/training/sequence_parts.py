"""Sequences made ready for being cut into parts: padded, and sparse ones as numbers in a queue."""

import numbers
from collections.abc import Sequence
from typing import Any

from evergraph.api import array_ops, math_ops, string_ops
from evergraph.api.assertion import Assert
from evergraph.api.grouping import with_dependencies
from evergraph.api.sparse_ops import sparse_reshape
from evergraph.base import dtypes
from evergraph.graph.composite import SparseTensor, SparseTensorValue
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.training.sequence_checks import assert_multiple
from evergraph.library.train.sparse_elements import add_many_sparse, take_many_sparse

_SPARSE_CONTEXT_PREFIX_KEY = "_context_in_seq_"


def _is_sparse(value: Any) -> bool:
    return isinstance(value, (SparseTensor, SparseTensorValue))


def _sparse_keys(values: dict[str, Any]) -> list[str]:
    return [k for k in sorted(values) if _is_sparse(values[k])]


def multiples_checked(sequences: dict[str, Any], num_unroll: Any) -> dict[str, Any]:
    """The sequences, which fail in a run where their length is no multiple of `num_unroll`.

    Raises:
      TypeError: one is neither dense nor sparse.
    """
    checked: dict[str, Any] = {}

    def passed(tensor: Tensor) -> Tensor:
        return array_ops.identity(tensor, name="multiple_of_checked")

    for key, value in sequences.items():
        if _is_sparse(value):
            what, length = f"SparseTensor {key} first dimension", value.dense_shape[0]
            check = assert_multiple(length, num_unroll, length % num_unroll, what)
            with control_dependencies([check]):
                parts = (value.indices, value.values, value.dense_shape)
                checked[key] = SparseTensor(*map(passed, parts))
            continue
        if not isinstance(value, Tensor):
            try:
                value = convert_to_tensor(value)
            except TypeError:
                raise TypeError(
                    "Unsupported input_sequences expected Tensor or SparseTensor values, got: "
                    f"{type(value)} for key {key}"
                ) from None
        what, length = f"Tensor {key} first dimension", array_ops.shape(value)[0]
        check = assert_multiple(length, num_unroll, length % num_unroll, what)
        with control_dependencies([check]):
            checked[key] = passed(value)
    return checked


def _padding(sequences: Any, num_unroll: Any) -> tuple[Any, dict[str, Any]]:
    """The length of sequences, and the sequences with zeros up to a multiple of `num_unroll`.

    Raises:
      ValueError: `num_unroll` is no int.
      TypeError: `sequences` is no dict with strings as keys.
    """
    if not isinstance(num_unroll, numbers.Integral):
        raise ValueError(f"Unsupported num_unroll expected int, got: {num_unroll}")
    if not isinstance(sequences, dict):
        raise TypeError(f"Unsupported sequences expected dict, got: {sequences}")
    for key in sequences:
        if not isinstance(key, str):
            raise TypeError(f"Unsupported sequences key expected string, got: {key}")
    if not sequences:
        return 0, {}
    ordered = {
        key: value if _is_sparse(value) else convert_to_tensor(value)
        for key, value in sorted(sequences.items())
    }
    length = _common_length(list(ordered.values()))
    unroll = array_ops.constant(num_unroll)
    padded_length = length + (unroll - length % unroll) % unroll
    return length, {key: _padded(value, padded_length) for key, value in ordered.items()}


def _common_length(values: list[Any]) -> Tensor:
    """The length of the dense ones, which must be the same; else the greatest of the sparse."""
    lengths = [array_ops.shape(v)[0] for v in values if isinstance(v, Tensor)]
    if not lengths:
        sparse = [v.dense_shape[0] for v in values if isinstance(v, SparseTensor)]
        return math_ops.reduce_max(math_ops.cast(sparse, dtypes.int32))
    first = lengths[0]
    begin = "All sequence lengths must match, but received lengths: "
    checks = [
        Assert(
            math_ops.equal(length, first),
            [string_ops.string_join([begin, string_ops.as_string(lengths)])],
        )
        for length in lengths
    ]
    return with_dependencies(checks, first)


def _padded(value: Any, length: Tensor) -> Any:
    if not isinstance(value, Tensor):
        long = [math_ops.cast(length, dtypes.int64)]
        shape = array_ops.concat([long, value.dense_shape[1:]], 0)
        return SparseTensor(value.indices, value.values, shape)
    missing = [length - array_ops.shape(value)[0]]
    shape = array_ops.concat((missing, array_ops.shape(value)[1:]), 0)
    empty = array_ops.constant("" if value.dtype == dtypes.string else 0, dtype=value.dtype)
    return array_ops.concat([value, array_ops.fill(dims=shape, value=empty)], 0)


def _move_sparse_tensor_out_context(
    input_context: dict[str, Any], input_sequences: dict[str, Any], num_unroll: Any
) -> None:
    """Makes sequences of the sparse tensors in `input_context`: a copy for each part."""
    length = array_ops.constant(1)
    if input_sequences:
        first = next(iter(input_sequences.values()))
        if isinstance(first, Tensor):
            with control_dependencies([first]):
                length = array_ops.shape(first)[0]
        else:
            length = first.dense_shape[0]
    length = math_ops.cast(length, dtype=dtypes.int64)
    for key in _sparse_keys(input_context):
        moved = _copy_for_each_part(input_context.pop(key), length, num_unroll)
        input_sequences[_SPARSE_CONTEXT_PREFIX_KEY + key] = moved


def _copy_for_each_part(sparse: Any, length: Tensor, num_unroll: Any) -> SparseTensor:
    """A sequence with the tensor at the first step of each part."""
    parts = math_ops.cast(length // num_unroll, dtype=dtypes.int32)
    values = array_ops.tile(sparse.values, array_ops.expand_dims(parts, 0))
    shape = array_ops.concat([array_ops.expand_dims(length, 0), sparse.dense_shape], 0)
    copies = array_ops.tile(
        array_ops.expand_dims(sparse.indices, 0), array_ops.stack([parts, 1, 1])
    )
    count = array_ops.shape(sparse.indices)[0]
    rank = array_ops.shape(sparse.indices)[1]
    steps = math_ops.range(start=0, limit=length, delta=num_unroll)
    steps = array_ops.expand_dims(array_ops.expand_dims(steps, 1), 2)
    steps = array_ops.tile(steps, [1, count, 1])
    indices = array_ops.concat([steps, copies], 2)
    indices = array_ops.reshape(indices, [count * parts, rank + 1])
    return SparseTensor(indices, values, shape)


def _move_sparse_tensor_in_context(context: dict[str, Any], sequences: dict[str, Any]) -> None:
    """Puts sparse tensors of the context back: what `_move_sparse_tensor_out_context` took out."""
    for key in sorted(sequences):
        if not key.startswith(_SPARSE_CONTEXT_PREFIX_KEY):
            continue
        found = sequences.pop(key)
        size, rest = found.dense_shape[0], found.dense_shape[2:]
        shape = array_ops.concat([[size], [1], rest], 0)
        found = SparseTensor(found.indices, found.values, shape)
        without_steps = array_ops.concat([[found.dense_shape[0]], found.dense_shape[2:]], 0)
        name = key[len(_SPARSE_CONTEXT_PREFIX_KEY) :]
        context[name] = sparse_reshape(found, without_steps)


def _deconstruct_sparse_tensor_seq(
    input_sequence: dict[str, Any], shared_name: str | None = None
) -> tuple[dict[str, Any], list[str] | None, list[Operation]]:
    """The sequences with numbers for the steps of sparse ones, the keys of these, and the nodes
    that keep them."""
    keys = _sparse_keys(input_sequence)
    if not keys:
        return input_sequence, None, []
    stored = [add_many_sparse(input_sequence[k], shared_name) for k in keys]
    sequences = {**input_sequence, **dict(zip(keys, stored, strict=True))}
    return sequences, keys, [tensor.op for tensor in stored]


def _reconstruct_sparse_tensor_seq(
    sequence: dict[str, Any],
    sparse_tensor_keys: Sequence[str] | None,
    tensor_op_list: Sequence[Operation],
    batch_size: Any,
    num_unroll: Any,
) -> None:
    """Puts sparse tensors, [batch, steps, ...], in place of their numbers."""
    if not sparse_tensor_keys:
        return
    restored = [
        take_many_sparse(op, array_ops.reshape(sequence[k], [-1]), None)
        for op, k in zip(tensor_op_list, sparse_tensor_keys, strict=True)
    ]
    steps = convert_to_tensor(num_unroll, dtype=dtypes.int64, name="num_unroll_int64")
    for key, sparse in zip(sparse_tensor_keys, restored, strict=True):
        sequence[key] = _unflattened(sparse, batch_size, steps)


def _unflattened(sparse: SparseTensor, batch_size: Any, steps: Tensor) -> SparseTensor:
    """A first axis of [batch * steps] as two."""
    row = math_ops.cast(math_ops.floor(sparse.indices[:, 0] / steps), dtypes.int64)
    step = math_ops.mod(sparse.indices[:, 0], steps)
    indices = array_ops.concat(
        [array_ops.expand_dims(row, 1), array_ops.expand_dims(step, 1), sparse.indices[:, 1:]],
        axis=1,
    )
    sizes = [[math_ops.cast(n, dtype=dtypes.int64)] for n in (batch_size, steps)]
    shape = array_ops.concat([*sizes, sparse.dense_shape[1:]], axis=0)
    return SparseTensor(indices, sparse.values, shape)
