"""Sparse tensors: tf.sparse.*. Reductions and arithmetic are in sparse_math.py."""

import numbers
from collections.abc import Iterable
from typing import Any

import numpy as np

from evergraph.api import math_ops
from evergraph.api.array_ops import (
    concat,
    constant,
    expand_dims,
    fill,
    gather,
    gather_nd,
    identity,
    ones,
    ones_like,
    reshape,
    stack,
    transpose,
    where_v2,
    zeros,
)
from evergraph.api.array_ops import (
    rank as rank_of,
)
from evergraph.api.array_ops import (
    shape as shape_of,
)
from evergraph.api.array_ops import (
    slice as slice_of,
)
from evergraph.api.check_ops import assert_equal, assert_less_equal
from evergraph.api.control_flow_ops import with_dependencies
from evergraph.base import dtypes
from evergraph.base.deprecation import (
    deprecated,
    deprecated_args,
    deprecated_argument_lookup,
    deprecated_endpoints,
)
from evergraph.base.export import export
from evergraph.base.tensor_shape import dimension_at_index
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import SparseTensor, SparseTensorValue
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value, constant_value_as_shape
from evergraph.graph.tensor import Tensor


def as_sparse(sp_input: Any) -> SparseTensor:
    """`sp_input` as a SparseTensor. Raises TypeError for what is no sparse value."""
    if isinstance(sp_input, SparseTensorValue):
        return SparseTensor.from_value(sp_input)
    if not isinstance(sp_input, SparseTensor):
        raise TypeError("Input must be a SparseTensor.")
    return sp_input


def _all_sparse(sp_inputs: Any) -> list[SparseTensor]:
    if not isinstance(sp_inputs, (list, tuple)):
        raise TypeError("Inputs must be a list or tuple.")
    return [as_sparse(sp_input) for sp_input in sp_inputs]


def _int64(value: Any, name: str) -> Tensor:
    if isinstance(value, (int, np.integer)):
        return convert_to_tensor(value, name=name, dtype=dtypes.int64)
    if not isinstance(value, Tensor):
        raise TypeError(f"{name} must be an integer value")
    return value if value.dtype == dtypes.int64 else math_ops.cast(value, dtypes.int64)


# From and to dense.


@export("sparse.from_dense")
def from_dense(tensor: Any, name: str | None = None) -> SparseTensor:
    """The elements of `tensor` that are not zero. Stands for `tf.sparse.from_dense`."""
    with name_scope(name, "dense_to_sparse"):
        tensor = convert_to_tensor(tensor)
        indices = where_v2(math_ops.not_equal(tensor, constant(0, tensor.dtype)))
        values = gather_nd(tensor, indices)
        return SparseTensor(indices, values, shape_of(tensor, out_type=dtypes.int64))


@export("sparse.eye")
def sparse_eye(
    num_rows: Any, num_columns: Any = None, dtype: Any = dtypes.float32, name: str | None = None
) -> SparseTensor:
    """A matrix with ones on its diagonal. Stands for `tf.sparse.eye`."""
    with name_scope(name, default_name="eye", values=[num_rows, num_columns]):
        num_rows = _int64(num_rows, "num_rows")
        num_columns = num_rows if num_columns is None else _int64(num_columns, "num_columns")
        size = math_ops.minimum(num_rows, num_columns)
        places = math_ops.range(size, dtype=dtypes.int64)
        return SparseTensor(
            indices=stack([places, places], axis=1),
            values=ones(size, dtype=dtype),
            dense_shape=[num_rows, num_columns],
        )


@export("sparse_to_dense")
@deprecated(None, "Create a `tf.sparse.SparseTensor` and use `tf.sparse.to_dense` instead.")
def sparse_to_dense(
    sparse_indices: Any,
    output_shape: Any,
    sparse_values: Any,
    default_value: Any = 0,
    validate_indices: bool = True,
    name: str | None = None,
) -> Tensor:
    """A tensor with `sparse_values` at `sparse_indices`. Stands for `tf.sparse_to_dense`.

    Args:
      sparse_indices: a scalar, a vector (of rank-1 positions) or a matrix, a position in each row.
      output_shape: the shape of the result, a vector.
      sparse_values: a value for each position, or one for all.
      default_value: what stands elsewhere.
      validate_indices: whether positions must be in order and without repetition.
      name: the node's name.
    """
    return _to_dense(
        sparse_indices, output_shape, sparse_values, default_value, validate_indices, name
    )


def _to_dense(
    indices: Any, shape: Any, values: Any, default: Any, validate: bool, name: str | None
) -> Tensor:
    return apply_op(
        "SparseToDense", indices, shape, values, default, validate_indices=validate, name=name
    )


@export("sparse.to_dense", "sparse_tensor_to_dense")
@deprecated_endpoints("sparse_tensor_to_dense")
def sparse_tensor_to_dense(
    sp_input: Any,
    default_value: Any = None,
    validate_indices: bool = True,
    name: str | None = None,
) -> Tensor:
    """A SparseTensor as a tensor. Stands for `tf.sparse.to_dense`.

    Args:
      sp_input: a SparseTensor.
      default_value: what stands where it has no value; default 0.
      validate_indices: whether indices must be in order and without repetition.
      name: the node's name.

    Raises:
      TypeError: `sp_input` is not sparse.
    """
    sp_input = as_sparse(sp_input)
    if default_value is None:
        default_value = zeros([], dtype=sp_input.dtype)
    return _to_dense(
        sp_input.indices,
        sp_input.dense_shape,
        sp_input.values,
        default_value,
        validate_indices,
        name,
    )


@export("sparse.to_indicator", "sparse_to_indicator")
@deprecated_endpoints("sparse_to_indicator")
def sparse_to_indicator(sp_input: Any, vocab_size: Any, name: str | None = None) -> Tensor:
    """A bool tensor whose last axis marks the ids among the values. Stands for
    `tf.sparse.to_indicator`."""
    sp_input = as_sparse(sp_input)
    with name_scope(name, "SparseToIndicator", [sp_input]) as name:
        count = shape_of(sp_input.indices)[0]
        marks = fill(expand_dims(count, 0), True)
        sp_marks = SparseTensor(sp_input.indices, marks, sp_input.dense_shape)
        merged = _merge(sp_input, sp_marks, vocab_size, name)
        return sparse_tensor_to_dense(
            merged, default_value=False, validate_indices=False, name=name
        )


# Orders and shapes.


@export("sparse.reorder", "sparse_reorder")
@deprecated_endpoints("sparse_reorder")
def sparse_reorder(sp_input: Any, name: str | None = None) -> SparseTensor:
    """`sp_input` with its indices in order. Stands for `tf.sparse.reorder`."""
    sp_input = as_sparse(sp_input)
    indices, values = apply_op(
        "SparseReorder", sp_input.indices, sp_input.values, sp_input.dense_shape, name=name
    )
    static = sp_input.get_shape()
    dense_shape = static.as_list() if static.is_fully_defined() else identity(sp_input.dense_shape)
    return SparseTensor(indices, values, dense_shape)


@export("sparse.reshape", "sparse_reshape")
@deprecated_endpoints("sparse_reshape")
def sparse_reshape(sp_input: Any, shape: Any, name: str | None = None) -> SparseTensor:
    """`sp_input` in another shape, one size of which may be -1. Stands for `tf.sparse.reshape`.

    Raises:
      TypeError: `sp_input` is not sparse.
      ValueError: the number of elements differs.
    """
    sp_input = as_sparse(sp_input)
    shape = math_ops.cast(shape, dtype=dtypes.int64)
    with name_scope(name, "SparseReshape", [sp_input]) as name:
        indices, new_shape = apply_op(
            "SparseReshape", sp_input.indices, sp_input.dense_shape, shape, name=name
        )
        known = _known_shape(sp_input, shape)
        if known is not None:
            new_shape = constant(known, dtype=dtypes.int64)
        return SparseTensor(indices, identity(sp_input.values), new_shape)


def _known_shape(sp_input: SparseTensor, shape: Tensor) -> list[int] | None:
    """The new shape where the old one is known in full and at most one size is not."""
    wanted = constant_value_as_shape(shape)
    if wanted.ndims is None or not sp_input.shape.is_fully_defined():
        return None
    given = constant_value(shape)
    if given is not None and sum(d == -1 for d in given) > 1:
        raise ValueError(f"At most one dimension can be inferred (-1). Found: {given}")
    sizes: list[Any] = wanted.as_list()
    original = list(sizes)
    total = int(np.prod(sp_input.shape.as_list()))
    unknown = sizes.count(None)
    if unknown > 1:
        return None
    if unknown == 1:
        at = sizes.index(None)
        sizes[at] = int(total // np.prod(sizes[:at] + sizes[at + 1 :]))
    size = int(np.prod(sizes))
    if size != total:
        raise ValueError(
            f"Cannot reshape a tensor with {total} elements to shape {original} ({size} elements)."
        )
    return sizes


@export("sparse.transpose", "sparse_transpose")
@deprecated_endpoints("sparse_transpose")
def sparse_transpose(sp_input: Any, perm: Any = None, name: str | None = None) -> SparseTensor:
    """`sp_input` with its axes in another order (default: the reverse). Stands for
    `tf.sparse.transpose`."""
    with name_scope(name, "SparseTranspose", [sp_input]) as name:
        if perm is None:
            count = rank_of(sp_input)
            perm = (count - 1) - math_ops.range(0, count, 1)
        turned = transpose(gather(transpose(sp_input.indices), perm))
        order = constant_value(convert_to_tensor(perm))
        dense_shape: Any
        if order is not None and sp_input.get_shape().is_fully_defined():
            old = sp_input.get_shape().as_list()
            dense_shape = list(old)
            for i, p in enumerate(order):
                dense_shape[i] = old[p]
        else:
            dense_shape = gather(sp_input.dense_shape, perm)
        return sparse_reorder(SparseTensor(turned, sp_input.values, dense_shape))


@export("sparse.expand_dims")
def sparse_expand_dims(sp_input: Any, axis: Any = None, name: str | None = None) -> SparseTensor:
    """`sp_input` with an axis of size 1 put in before `axis` (default: behind all). Stands for
    `tf.sparse.expand_dims`."""
    count = sp_input.dense_shape.get_shape()[0]
    axis = -1 if axis is None else axis
    with name_scope(name, default_name="expand_dims", values=[sp_input]):
        if isinstance(axis, (int, np.integer)):
            axis = convert_to_tensor(axis, name="axis", dtype=dtypes.int32)
        elif not isinstance(axis, Tensor):
            raise TypeError(
                "axis must be an integer value in range [-rank(sp_input) - 1, rank(sp_input)]"
            )
        axis = where_v2(axis >= 0, axis, axis + count + 1)
        rows = shape_of(sp_input.indices)[0]
        column = zeros([rows, 1], dtype=dtypes.int64)
        before = slice_of(sp_input.indices, [0, 0], [-1, axis])
        after = slice_of(sp_input.indices, [0, axis], [-1, -1])
        indices = concat([before, column, after], axis=1)
        shape_before = slice_of(sp_input.dense_shape, [0], [axis])
        shape_after = slice_of(sp_input.dense_shape, [axis], [-1])
        single = convert_to_tensor([1], name="new_shape", dtype=dtypes.int64)
        dense_shape = concat([shape_before, single, shape_after], axis=0)
        return SparseTensor(indices=indices, values=sp_input.values, dense_shape=dense_shape)


@export("sparse.reset_shape", "sparse_reset_shape")
@deprecated_endpoints("sparse_reset_shape")
def sparse_reset_shape(sp_input: Any, new_shape: Any = None) -> SparseTensor:
    """`sp_input` with a larger dense shape, or the smallest that holds its values. Stands for
    `tf.sparse.reset_shape`.

    Raises:
      ValueError: `new_shape` is known and smaller than the present one.
    """
    sp_input = as_sparse(sp_input)
    indices = identity(sp_input.indices)
    values = identity(sp_input.values)
    old = identity(sp_input.dense_shape)
    if new_shape is None:
        least = math_ops.reduce_max(indices, axis=0)
        zero = constant(0, dtype=dtypes.int64)
        shape = math_ops.maximum(zero, math_ops.add(least, ones_like(old)))
    else:
        shape = _larger_shape(sp_input, old, new_shape)
    return SparseTensor(indices, values, shape)


def _larger_shape(sp_input: SparseTensor, old: Tensor, new_shape: Any) -> Any:
    shape = convert_to_tensor(new_shape)
    shape.get_shape().assert_has_rank(1)
    shape = math_ops.cast(shape, dtypes.int64)
    if shape.dims is not None:
        shape.get_shape().dims[0].merge_with(old.get_shape().dims[0])
    known = constant_value(shape)
    if known is not None and sp_input.get_shape().is_fully_defined():
        present = np.array(sp_input.get_shape().as_list())
        if not np.all(present <= known):
            raise ValueError(
                "Requested new_shape should have dimension sizes >= sp_input.shape.  Found "
                f"new_shape ({present}), sp_input.shape ({known})."
            )
        return known
    shape = with_dependencies([assert_equal(shape_of(old), shape_of(shape))], shape)
    return with_dependencies([assert_less_equal(old, shape)], shape)


# Parts.


@export("sparse.concat", "sparse_concat")
@deprecated_endpoints("sparse_concat")
@deprecated_args(None, "concat_dim is deprecated, use axis instead", "concat_dim")
def sparse_concat(
    axis: Any,
    sp_inputs: Any,
    name: str | None = None,
    expand_nonconcat_dim: bool = False,
    concat_dim: Any = None,
    expand_nonconcat_dims: Any = None,
) -> SparseTensor:
    """SparseTensors joined along `axis`. Stands for `tf.sparse.concat`.

    Args:
      axis: an int.
      sp_inputs: a list of SparseTensors.
      name: the node's name.
      expand_nonconcat_dim: whether other sizes may differ; the largest counts.
      concat_dim, expand_nonconcat_dims: other names of the arguments.
    """
    expand_nonconcat_dim = deprecated_argument_lookup(
        "expand_nonconcat_dims",
        expand_nonconcat_dims,
        "expand_nonconcat_dim",
        expand_nonconcat_dim,
    )
    if expand_nonconcat_dims is not None:
        expand_nonconcat_dim = expand_nonconcat_dims
    axis = deprecated_argument_lookup("axis", axis, "concat_dim", concat_dim)
    return sparse_concat_v2(axis, sp_inputs, expand_nonconcat_dim, name)


def sparse_concat_v2(
    axis: Any, sp_inputs: Any, expand_nonconcat_dims: bool = False, name: str | None = None
) -> SparseTensor:
    """As `sparse_concat`, without the older argument names."""
    sp_inputs = _all_sparse(sp_inputs)
    if len(sp_inputs) == 1:
        return sp_inputs[0]
    indices = [sp.indices for sp in sp_inputs]
    values = [sp.values for sp in sp_inputs]
    shapes = [sp.dense_shape for sp in sp_inputs]
    if expand_nonconcat_dims:
        rows = concat([reshape(s, [1, -1]) for s in shapes], 0)
        largest = math_ops.reduce_max(rows, 0)
        shapes = [
            concat(
                [
                    largest[:axis],
                    s[-1:] if axis == -1 else s[axis : axis + 1],
                    [] if axis == -1 else largest[axis + 1 :],
                ],
                0,
            )
            for s in shapes
        ]
    out_indices, out_values, out_shape = apply_op(
        "SparseConcat", indices, values, shapes, concat_dim=axis, name=name
    )
    known = [constant_value(s) for s in shapes]
    if all(k is not None for k in known):
        whole = np.array(known[0])
        whole[axis] = sum(k[axis] for k in known)
        out_shape = convert_to_tensor(whole)
    return SparseTensor(out_indices, out_values, out_shape)


class KeywordRequired:
    """The default of `sparse_split`'s first argument, which nobody may give."""

    def __repr__(self) -> str:
        return "KeywordRequired()"


@export("sparse.split", "sparse_split")
@deprecated_endpoints("sparse_split")
@deprecated_args(None, "split_dim is deprecated, use axis instead", "split_dim")
def sparse_split(
    keyword_required: Any = KeywordRequired(),  # noqa: B008
    sp_input: Any = None,
    num_split: int | None = None,
    axis: Any = None,
    name: str | None = None,
    split_dim: Any = None,
) -> list[SparseTensor]:
    """`sp_input` cut along `axis` into `num_split` SparseTensors. Stands for `tf.sparse.split`.

    All arguments are keywords. The first parts are one larger where the size is not divisible.

    Raises:
      ValueError: an argument is missing or given by position.
    """
    if not isinstance(keyword_required, KeywordRequired):
        raise ValueError("Keyword arguments are required for this function.")
    for value, what in ((sp_input, "sp_input"), (num_split, "num_split"), (axis, "axis")):
        if value is None:
            raise ValueError(f"{what} is required")
    axis = deprecated_argument_lookup("axis", axis, "split_dim", split_dim)
    sp_input = as_sparse(sp_input)
    indices, values, shapes = apply_op(
        "SparseSplit",
        axis,
        sp_input.indices,
        sp_input.values,
        sp_input.dense_shape,
        num_split=num_split,
        name=name,
    )
    return [SparseTensor(*parts) for parts in zip(indices, values, shapes, strict=True)]


@export("sparse.slice", "sparse_slice")
@deprecated_endpoints("sparse_slice")
def sparse_slice(sp_input: Any, start: Any, size: Any, name: str | None = None) -> SparseTensor:
    """The part of `sp_input` from `start` on, of shape `size` or less. Stands for
    `tf.sparse.slice`."""
    sp_input = as_sparse(sp_input)
    start = convert_to_tensor(start, dtypes.int64)
    size = convert_to_tensor(size, dtypes.int64)
    with name_scope(name, "SparseSlice", [sp_input]) as name:
        return SparseTensor(
            *apply_op(
                "SparseSlice",
                sp_input.indices,
                sp_input.values,
                sp_input.dense_shape,
                start,
                size,
                name=name,
            )
        )


@export("sparse.retain", "sparse_retain")
@deprecated_endpoints("sparse_retain")
def sparse_retain(sp_input: Any, to_retain: Any) -> SparseTensor:
    """The values of `sp_input` for which the bool vector `to_retain` is true. Stands for
    `tf.sparse.retain`."""
    sp_input = as_sparse(sp_input)
    to_retain = convert_to_tensor(to_retain)
    static = to_retain.get_shape()
    static.assert_has_rank(1)
    if sp_input.values.get_shape().dims is not None:
        sp_input.values.get_shape().dims[0].merge_with(dimension_at_index(static, 0))
    kept = reshape(where_v2(to_retain), [-1])
    indices = gather(sp_input.indices, kept)
    values = gather(sp_input.values, kept)
    return SparseTensor(indices, values, identity(sp_input.dense_shape))


@export("sparse.fill_empty_rows", "sparse_fill_empty_rows")
@deprecated_endpoints("sparse_fill_empty_rows")
def sparse_fill_empty_rows(
    sp_input: Any, default_value: Any, name: str | None = None
) -> tuple[SparseTensor, Tensor]:
    """`sp_input` with `default_value` in column 0 of rows without values, and a bool vector that
    marks these rows. Stands for `tf.sparse.fill_empty_rows`."""
    sp_input = as_sparse(sp_input)
    with name_scope(name, "SparseFillEmptyRows", [sp_input]):
        default_value = convert_to_tensor(default_value, dtype=sp_input.values.dtype)
        indices, values, empty, _ = apply_op(
            "SparseFillEmptyRows",
            sp_input.indices,
            sp_input.values,
            sp_input.dense_shape,
            default_value,
        )
        filled = SparseTensor(indices=indices, values=values, dense_shape=sp_input.dense_shape)
        return filled, empty


# Ids and values.


@export("sparse.merge", "sparse_merge")
@deprecated(None, "No similar op available at this time.")
def sparse_merge(
    sp_ids: Any,
    sp_values: Any,
    vocab_size: Any,
    name: str | None = None,
    already_sorted: bool = False,
) -> SparseTensor:
    """`sp_values` with the ids of `sp_ids` as last indices. Stands for `tf.sparse.merge`.

    Args:
      sp_ids: a SparseTensor of ids, or a list of them, for as many axes.
      sp_values: a SparseTensor of values at the same indices.
      vocab_size: the sizes of these axes, an int or a list.
      name: the nodes' scope.
      already_sorted: whether ids are in order within each row.

    Raises:
      TypeError, ValueError: `sp_ids` and `vocab_size` do not fit.
    """
    return _merge(sp_ids, sp_values, vocab_size, name, already_sorted)


def _is_size(x: Any) -> bool:
    return isinstance(x, (Tensor, numbers.Integral))


def _merge(
    sp_ids: Any,
    sp_values: Any,
    vocab_size: Any,
    name: str | None = None,
    already_sorted: bool = False,
) -> SparseTensor:
    if isinstance(sp_ids, (SparseTensor, SparseTensorValue)):
        sp_ids = [sp_ids]
        if not _is_size(vocab_size):
            raise TypeError(
                f"vocab_size has to be a Tensor or Python int. Found {type(vocab_size)}"
            )
        vocab_size = [vocab_size]
    else:
        if not isinstance(sp_ids, Iterable):
            raise TypeError(
                f"sp_ids has to be a SparseTensor or list thereof. Found {type(sp_ids)}"
            )
        if not isinstance(vocab_size, Iterable):
            raise TypeError(
                f"vocab_size has to be a list of Tensors or Python ints. Found {type(vocab_size)}"
            )
        for size in vocab_size:
            if not _is_size(size):
                raise TypeError(
                    f"vocab_size has to be a list of Tensors or Python ints. Found {type(size)}"
                )
    if len(sp_ids) != len(vocab_size):
        raise ValueError("sp_ids and vocab_size have to have equal lengths.")
    with name_scope(name, "SparseMerge", [sp_ids, sp_values]):
        sp_ids = [as_sparse(ids) for ids in sp_ids]
        sp_values = as_sparse(sp_values)
        columns = []
        for ids in sp_ids:
            column = ids.values
            if ids.dtype != dtypes.int64:
                column = math_ops.cast(column, dtypes.int64)
            columns.append(expand_dims(column, axis=1))
        sizes = [math_ops.cast(x, dtypes.int64) for x in vocab_size]
        kept = sp_ids[0].indices[:, :-1]
        indices = concat([kept, *columns], 1)
        values = sp_values.values
        dense_shape = concat([sp_ids[0].dense_shape[:-1], sizes], 0)
        result = SparseTensor(indices, values, dense_shape)
        if already_sorted:
            return result
        ordered = sparse_reorder(result)
        return SparseTensor(ordered.indices, ordered.values, dense_shape)
