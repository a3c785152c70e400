"""Strings split into rows of different lengths."""

from typing import Any

from evergraph.api import array_ops, string_ops
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated_args, deprecated_argument_lookup
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import SparseTensor
from evergraph.graph.defaults import name_scope
from evergraph.library.ragged.ragged_math_ops import ragged_reduce_aggregate
from evergraph.library.ragged.ragged_tensor import (
    RaggedTensor,
    convert_to_tensor_or_ragged_tensor,
    is_ragged,
)


def _rows(indices: Any, values: Any, shape: Any) -> RaggedTensor:
    """The rows of a sparse matrix whose rows have no gaps."""
    return RaggedTensor.from_value_rowids(
        values=values, value_rowids=indices[:, 0], nrows=shape[0], validate=False
    )


def _check_result_type(result_type: str) -> None:
    if result_type not in ("SparseTensor", "RaggedTensor"):
        raise ValueError("result_type must be 'RaggedTensor' or 'SparseTensor'.")


@export("strings.bytes_split")
def string_bytes_split(input: Any, name: str | None = None) -> Any:
    """The bytes of each string. Stands for `tf.strings.bytes_split`.

    Args:
      input: a tensor or ragged tensor of strings, of known rank N.
      name: a name scope for the nodes.

    Returns:
      A RaggedTensor of rank N + 1; for a scalar a vector.

    Raises:
      ValueError: the rank is not known.
    """
    with name_scope(name, "StringsByteSplit", [input]):
        input = convert_to_tensor_or_ragged_tensor(input, name="input")
        if is_ragged(input):
            return input.with_flat_values(string_bytes_split(input.flat_values))
        rank = input.shape.ndims
        if rank is None:
            raise ValueError("input must have a statically-known rank.")
        if rank == 0:
            return string_bytes_split(array_ops.stack([input]))[0]
        if rank == 1:
            return _rows(*apply_op("StringSplit", input, "", skip_empty=False))
        return string_bytes_split(RaggedTensor.from_tensor(input))


def string_split_v2(
    input: Any, sep: Any = None, maxsplit: int = -1, name: str | None = None
) -> Any:
    """Each string split as Python's `str.split` does, as a ragged tensor with one axis more."""
    with name_scope(name, "StringSplit", [input]):
        input = convert_to_tensor_or_ragged_tensor(input, dtype=dtypes.string, name="input")
        if is_ragged(input):
            return input.with_flat_values(string_split_v2(input.flat_values, sep, maxsplit))
        rank = input.shape.ndims
        if rank == 0:
            return string_split_v2(array_ops.stack([input]), sep, maxsplit)[0]
        if rank == 1 or rank is None:
            found = string_ops.string_split_v2(input, sep=sep, maxsplit=maxsplit)
            return _rows(found.indices, found.values, found.dense_shape)
        return string_split_v2(RaggedTensor.from_tensor(input), sep, maxsplit)


def reduce_join(
    inputs: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    separator: str = "",
    name: str | None = None,
) -> Any:
    """The strings along `axis` joined, as `tf.strings.reduce_join` does, of a ragged tensor too."""
    return ragged_reduce_aggregate(
        string_ops.reduce_join,
        string_ops.unsorted_segment_join,
        inputs,
        axis,
        keepdims,
        separator,
        name or "RaggedSegmentJoin",
    )


@export("string_split")
@deprecated_args(None, "delimiter is deprecated, please use sep instead.", "delimiter")
def string_split(
    source: Any,
    sep: Any = None,
    skip_empty: bool = True,
    delimiter: Any = None,
    result_type: str = "SparseTensor",
    name: str | None = None,
) -> SparseTensor | RaggedTensor:
    """Each string of a vector split: a row for each. Stands for `tf.string_split`.

    Args:
      source: a string vector.
      sep: a string scalar, at any byte of which is split; '' splits between all bytes; default ' '.
      skip_empty: whether empty parts are left out.
      delimiter: the older name of `sep`.
      result_type: 'SparseTensor' or 'RaggedTensor'.
      name: the nodes' scope.

    Raises:
      ValueError: another `result_type`.
    """
    with name_scope(name, "StringSplit", [source]):
        found = string_ops.string_split(source, sep, skip_empty, delimiter)
        _check_result_type(result_type)
        if result_type == "SparseTensor":
            return found
        return _rows(found.indices, found.values, found.dense_shape)


@export("strings.split")
def strings_split_v1(
    input: Any = None,
    sep: Any = None,
    maxsplit: int = -1,
    result_type: str = "SparseTensor",
    source: Any = None,
    name: str | None = None,
) -> Any:
    """Each string split as Python's `str.split` does. Stands for `tf.strings.split`.

    Args:
      input: strings, of rank N; an unknown rank is taken for 1.
      sep: a string scalar; default: runs of white space.
      maxsplit: the most splits of a string; -1 for any number.
      result_type: 'SparseTensor' or 'RaggedTensor'.
      source: another name of `input`.
      name: the nodes' scope.

    Returns:
      A tensor of the kind asked for, of rank N + 1.

    Raises:
      ValueError: another `result_type`.
    """
    input = deprecated_argument_lookup("input", input, "source", source)
    with name_scope(name, "StringSplit", [input]):
        input = convert_to_tensor_or_ragged_tensor(input, dtype=dtypes.string, name="input")
        if result_type == "SparseTensor" and input.shape.rank == 1:
            return string_ops.string_split_v2(input, sep=sep, maxsplit=maxsplit)
        found = string_split_v2(input, sep=sep, maxsplit=maxsplit)
        _check_result_type(result_type)
        return found.to_sparse() if result_type == "SparseTensor" else found
