"""Strings joined, split and crossed: StringJoin, ReduceJoin, StringSplit, SparseCross, ..."""

import itertools
import math
from typing import Any

import numpy as np

from evergraph.graph.registry import ShapeError, op
from evergraph.kernels import hashing
from evergraph.kernels.host import invalid, text
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_SPARSE = "indices: int64, values: string, shape: int64"

string_join_op = op(
    "StringJoin(inputs: N * string) -> output: string", "N: int >= 1; separator: string = ''"
)
reduce_join_op = op(
    "ReduceJoin(inputs: string, reduction_indices: int32) -> output: string",
    "keep_dims: bool = false; separator: string = ''",
    host=["reduction_indices"],
)
unsorted_segment_join_op = op(
    "UnsortedSegmentJoin(inputs: string, segment_ids: Tindices, num_segments: Tnumsegments) -> "
    "output: string",
    "separator: string = ''; Tindices: int32 | int64; Tnumsegments: int32 | int64 = int32",
    host=["num_segments"],
)
string_split_op = op(
    f"StringSplit(input: string, delimiter: string) -> {_SPARSE}", "skip_empty: bool = true"
)
string_split_v2_op = op(
    f"StringSplitV2(input: string, sep: string) -> {_SPARSE}", "maxsplit: int = -1"
)
sparse_cross_op = op(
    "SparseCross(indices: N * int64, values: list(sparse_types), shapes: N * int64, "
    "dense_inputs: list(dense_types)) -> output_indices: int64, output_values: out_type, "
    "output_shape: int64",
    "N: int >= 0; hashed_output: bool; num_buckets: int >= 0; hash_key: int; sparse_types: "
    "list(int64 | string) >= 0; dense_types: list(int64 | string) >= 0; out_type: int64 | "
    "string; internal_type: int64 | string",
)
_CROSS = (
    "(indices: N * int64, values: list(sparse_types), shapes: N * int64, dense: list(dense_types)) "
    "-> output_indices: int64, output_values: out_type, output_shape: int64"
)
_CROSS_TYPES = (
    "sparse_types: list(int64 | string) >= 0; dense_types: list(int64 | string) >= 0; "
    "out_type: int64 | string; internal_type: int64 | string"
)
# Those of tf.contrib.layers.
sparse_feature_cross_op = op(
    f"SparseFeatureCross{_CROSS}",
    f"N: int >= 0; hashed_output: bool; num_buckets: int >= 0; {_CROSS_TYPES}",
)
sparse_feature_cross_v2_op = op(
    f"SparseFeatureCrossV2{_CROSS}",
    f"N: int >= 0; hashed_output: bool; num_buckets: int >= 0; hash_key: int; {_CROSS_TYPES}",
)
for _entry in (string_join_op, reduce_join_op, string_split_op, string_split_v2_op):
    _entry.not_differentiable()
for _entry in (sparse_feature_cross_op, sparse_feature_cross_v2_op):
    _entry.not_differentiable()


def _bytes(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else value


# StringJoin.


@string_join_op.shape
def string_join_shape(node: Any) -> Dims:
    dims: Dims = ()
    for t in node.inputs:
        if t.dims is None:
            return None
        if t.dims:
            dims = shape_rules.merge(dims, t.dims) if dims else t.dims
    return dims


@string_join_op.numpy
def string_join_kernel(values: list[Any], *, separator: Any) -> Any:
    between = _bytes(separator)
    values = [np.asarray(value, object) for value in values]  # scalars may come as bytes
    shape: tuple[int, ...] = ()
    for value in values:
        if value.shape:
            if shape and value.shape != shape:
                raise invalid(f"Input shapes do not match: {text(shape)} vs. {text(value.shape)}")
            shape = value.shape
    flat = [np.broadcast_to(v, shape).reshape(-1) for v in values]
    result = np.empty(len(flat[0]), object)
    for i, parts in enumerate(zip(*flat, strict=True)):
        result[i] = between.join(parts)
    return result.reshape(shape)


# ReduceJoin.


@reduce_join_op.shape
def reduce_join_shape(node: Any) -> Dims:
    axes = node.static_input(1)
    known = None if axes is None else [int(a) for a in axes.reshape(-1)]
    if known is None and not node.attr("keep_dims"):
        return None
    return shape_rules.reduce(node.inputs[0].dims, known, node.attr("keep_dims"))


@reduce_join_op.numpy
def reduce_join_kernel(x: Any, axes: Any, *, keep_dims: bool, separator: Any) -> Any:
    listed = [axes] if isinstance(axes, int) else list(axes)
    rank = x.ndim
    order: list[int] = []
    for axis in listed:
        if not -rank <= axis < rank:
            raise invalid(f"Invalid reduction dimension {axis} for input with {rank} dimension(s)")
        if axis % rank in order:
            raise invalid(f"Duplicate reduction dimension {axis}")
        order.append(axis % rank)
    if not order:
        return x
    # The first axis named is joined first, so it varies fastest.
    kept = [i for i in range(rank) if i not in order]
    between = _bytes(separator)
    shape = [1 if i in order else x.shape[i] for i in range(rank)]
    # Sizes by name: NumPy finds none for an empty array.
    sizes = [math.prod(x.shape[i] for i in axes) for axes in (kept, order)]
    rows = x.transpose(kept + order[::-1]).reshape(sizes)
    result = np.empty(len(rows), object)
    for i, row in enumerate(rows):
        result[i] = between.join(row)
    return result.reshape(shape if keep_dims else [x.shape[i] for i in kept])


# UnsortedSegmentJoin.


@unsorted_segment_join_op.shape
def unsorted_segment_join_shape(node: Any) -> Dims:
    data, ids = node.inputs[0].dims, node.inputs[1].dims
    count = node.static_input(2)
    if data is None or ids is None:
        return None
    shape_rules.merge_prefix(data, ids)
    return (None if count is None else int(count), *data[len(ids) :])


@unsorted_segment_join_op.numpy
def unsorted_segment_join_kernel(x: Any, ids: Any, count: int, *, separator: Any) -> Any:
    if x.shape[: ids.ndim] != ids.shape:
        raise invalid("segment_ids' shape must be a prefix of inputs' shape")
    inner = x.shape[ids.ndim :]
    rows = x.reshape(ids.size, -1)
    groups: list[list[Any]] = [[] for _ in range(count)]
    for row, at in zip(rows, ids.reshape(-1).tolist(), strict=True):
        if not 0 <= at < count:
            raise invalid(
                "segment_ids are not allowed to exceed num_segments or to have negative values."
            )
        groups[at].append(row)
    between = _bytes(separator)
    result = np.full((count, rows.shape[1]), b"", object)
    for i, group in enumerate(groups):
        for j in range(rows.shape[1]):
            result[i, j] = between.join(row[j] for row in group)
    return result.reshape((count, *inner))


# StringSplit.


@string_split_op.shape
@string_split_v2_op.shape
def string_split_shape(node: Any) -> list[Dims]:
    if node.inputs[0].dims is not None:
        shape_rules.with_rank(node.inputs[0].dims, 1)
    if node.inputs[1].dims is not None:
        shape_rules.with_rank(node.inputs[1].dims, 0)
    return [(None, 2), (None,), (2,)]


def _as_sparse(rows: list[list[bytes]]) -> tuple[Any, Any, Any]:
    count = sum(len(row) for row in rows)
    indices = np.zeros((count, 2), np.int64)
    values = np.empty(count, object)
    n = 0
    for i, row in enumerate(rows):
        for j, part in enumerate(row):
            indices[n] = i, j
            values[n] = part
            n += 1
    widest = max((len(row) for row in rows), default=0)
    return indices, values, np.array([len(rows), widest], np.int64)


@string_split_op.numpy
def string_split_kernel(x: Any, delimiter: Any, *, skip_empty: bool) -> Any:
    if np.ndim(x) != 1:
        raise invalid(f"input must be a vector, got shape: {text(np.shape(x))}")
    if delimiter.ndim:
        raise invalid(f"delimiter must be a scalar, got shape: {text(delimiter.shape)}")
    marks = delimiter.item()
    rows = []
    for s in x.tolist():
        parts = [bytes([c]) for c in s] if not marks else _at_any(s, marks)
        rows.append([p for p in parts if p] if skip_empty else parts if s else [])
    return _as_sparse(rows)


def _at_any(s: bytes, marks: bytes) -> list[bytes]:
    """`s` cut at each byte that is among `marks`."""
    for mark in marks[1:]:
        s = s.replace(bytes([mark]), marks[:1])
    return s.split(marks[:1])


@string_split_v2_op.numpy
def string_split_v2_kernel(x: Any, sep: Any, *, maxsplit: int) -> Any:
    if sep.ndim:
        raise invalid(f"sep must be a scalar, got shape: {text(sep.shape)}")
    mark = sep.item()
    if mark or maxsplit < 0:
        return _as_sparse([s.split(mark or None, maxsplit) for s in x.tolist()])
    return _as_sparse([_first_words(s, maxsplit) for s in x.tolist()])


def _first_words(s: bytes, count: int) -> list[bytes]:
    """So many words, and what is left, even if that is nothing: here Python does otherwise."""
    if count == 0:
        return [s]
    words: list[bytes] = []
    rest = s.lstrip()
    while rest and len(words) < count:
        word, *others = rest.split(None, 1)
        words.append(word)
        rest = others[0] if others else b""
    return [*words, rest] if len(words) == count else words


# SparseCross.


@sparse_cross_op.shape
def sparse_cross_shape(node: Any) -> list[Dims]:
    if not node.inputs:
        raise ShapeError("SparseCross needs inputs")
    return [(None, 2), (None,), (2,)]


for _entry in (sparse_feature_cross_op, sparse_feature_cross_v2_op):
    _entry.shape(sparse_cross_shape)


def _columns(
    indices: list[Any], values: list[Any], shapes: list[Any], dense: list[Any]
) -> tuple[int, list[list[list[Any]]]]:
    """The number of rows, and for each input the features of each row."""
    rows = int(shapes[0][0]) if shapes else dense[0].shape[0]
    columns: list[list[list[Any]]] = []
    for index, value in zip(indices, values, strict=True):
        column: list[list[Any]] = [[] for _ in range(rows)]
        for at, feature in zip(index[:, 0].tolist(), value.tolist(), strict=True):
            column[at].append(feature)
        columns.append(column)
    columns.extend([row.tolist() for row in matrix] for matrix in dense)
    return rows, columns


@sparse_cross_op.numpy
def sparse_cross_kernel(
    indices: list[Any],
    values: list[Any],
    shapes: list[Any],
    dense: list[Any],
    *,
    hashed_output: bool,
    num_buckets: int,
    hash_key: int | None,
) -> Any:
    rows, columns = _columns(indices, values, shapes, dense)
    crossed = []
    for i in range(rows):
        combinations = itertools.product(*(column[i] for column in columns))
        if hashed_output:
            crossed.append([_hashed(c, num_buckets, hash_key) for c in combinations])
        else:
            crossed.append([b"_X_".join(_feature(f) for f in c) for c in combinations])
    found, joined, shape = _as_sparse(crossed)
    return found, joined.astype(np.int64) if hashed_output else joined, shape


sparse_feature_cross_v2_op.numpy(sparse_cross_kernel)


@sparse_feature_cross_op.numpy
def sparse_feature_cross_kernel(
    indices: list[Any],
    values: list[Any],
    shapes: list[Any],
    dense: list[Any],
    *,
    hashed_output: bool,
    num_buckets: int,
) -> Any:
    return sparse_cross_kernel(
        indices,
        values,
        shapes,
        dense,
        hashed_output=hashed_output,
        num_buckets=num_buckets,
        hash_key=None,
    )


def _feature(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _hashed(features: tuple[Any, ...], buckets: int, key: int | None) -> int:
    """The bucket of a combination; without a key by an earlier, weaker hash."""
    result = (0xDECAFCAFFE if key is None else key) & _MASK
    for feature in features:
        number = hashing.fingerprint64(feature) if isinstance(feature, bytes) else feature
        combine = _combined if key is None else hashing.fingerprint_cat
        result = combine(result, number & _MASK)
    return result % (buckets or (1 << 63) - 1)


_MASK = (1 << 64) - 1


def _combined(a: int, b: int) -> int:
    # `a` is shifted as a signed number.
    signed = a - (1 << 64) if a >> 63 else a
    return (a ^ (b + 0x9E3779B97F4A7800 + (a << 10) + (signed >> 4))) & _MASK
