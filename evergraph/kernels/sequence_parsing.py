"""SequenceExamples as tensors: what ParseSequenceExample and ParseSingleSequenceExample give."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from evergraph.base import dtypes
from evergraph.base.dtypes import DType
from evergraph.kernels.host import invalid, text
from evergraph.proto.example.example_pb2 import SequenceExample

_KINDS = {dtypes.string: "bytes_list", dtypes.float32: "float_list", dtypes.int64: "int64_list"}
_NAMES = {dtypes.string: "string", dtypes.float32: "float", dtypes.int64: "int64"}
_WORDS = {dtypes.string: "bytes", dtypes.float32: "float", dtypes.int64: "int64"}


@dataclass(frozen=True)
class Wanted:
    """A feature of the context or of the feature lists.

    Attributes:
      shape: of the values, or of those of a step; None for a sparse tensor.
      default: what stands for a missing feature of the context; empty where there is nothing.
      may_be_missing: whether a list may be missing, for it is taken as empty.
    """

    key: str
    dtype: DType
    shape: tuple[int, ...] | None = None
    default: np.ndarray | None = None
    may_be_missing: bool = False

    @property
    def size(self) -> int:
        return int(np.prod(self.shape or (), dtype=int))


@dataclass(frozen=True)
class Request:
    """All that is asked for, by the groups of the ops' outputs."""

    context_sparse: list[Wanted]
    context_dense: list[Wanted]
    lists_sparse: list[Wanted]
    lists_dense: list[Wanted]


def parse_single(serialized: bytes, name: str, request: Request) -> list[Any]:
    """The outputs of ParseSingleSequenceExample.

    Raises:
      InvalidArgumentError: the example cannot be read or does not fit.
    """
    try:
        example = SequenceExample.FromString(serialized)
    except DecodeError:
        written = serialized.decode("utf-8", "replace")
        raise invalid(f"Could not parse example input, value: '{written}'") from None
    context, lists = example.context.feature, example.feature_lists.feature_list
    dense = [_context_value(context, name, f) for f in request.context_dense]
    sparse = [
        [_checked(context[f.key], f, f"Name: {name}, Context feature: {f.key}.  ")]
        if f.key in context and context[f.key].WhichOneof("kind")
        else [()]
        for f in request.context_sparse
    ]
    steps_dense = [_list_value(lists, name, f) for f in request.lists_dense]
    steps_sparse = [
        [
            _checked(step, f, f"Name: {name}, Feature List: {f.key}, Index: {t}.  ")
            if step.WhichOneof("kind")
            else ()
            for t, step in enumerate(lists[f.key].feature)
        ]
        if f.key in lists
        else []
        for f in request.lists_sparse
    ]
    flat = [
        _sparse(rows, f.dtype, with_rows=False)
        for rows, f in zip(sparse, request.context_sparse, strict=True)
    ]
    stepped = [
        _sparse(rows, f.dtype) for rows, f in zip(steps_sparse, request.lists_sparse, strict=True)
    ]
    return [*_by_part(flat), *dense, *_by_part(stepped), *steps_dense]


def _by_part(parts: Sequence[tuple[Any, ...]]) -> list[Any]:
    """All indices, then all values, then all shapes."""
    return [part[i] for i in range(3) for part in parts]


def _values(feature: Any, dtype: DType) -> Any:
    return getattr(feature, _KINDS[dtype]).value


def _checked(feature: Any, wanted: Wanted, where: str) -> Any:
    """The values of a feature of the right type."""
    if feature.WhichOneof("kind") != _KINDS[wanted.dtype]:
        raise invalid(
            f"{where}Data types don't match. Expected type: {_NAMES[wanted.dtype]}  Feature is: "
            f"{feature}"
        )
    return _values(feature, wanted.dtype)


def _sized(values: Any, wanted: Wanted, name: str, index: int) -> Any:
    if len(values) != wanted.size:
        raise invalid(
            f"Name: {name}, Key: {wanted.key}, Index: {index}.  Number of "
            f"{_WORDS[wanted.dtype]} values != expected.  values size: {len(values)} but output "
            f"shape: {text(wanted.shape or ())}"
        )
    return values


def _context_value(context: Any, name: str, wanted: Wanted) -> np.ndarray:
    if wanted.key in context:
        where = f"Name: {name}, Context feature: {wanted.key}.  "
        values = _checked(context[wanted.key], wanted, where)
        return _array(_sized(values, wanted, name, 0), wanted.dtype).reshape(wanted.shape)
    if wanted.default is None or not wanted.default.size:
        raise invalid(
            f"Name: {name}, Context feature '{wanted.key}' is required but could not be found."
        )
    return wanted.default.reshape(wanted.shape).copy()


def _list_value(lists: Any, name: str, wanted: Wanted) -> np.ndarray:
    if wanted.key not in lists and not wanted.may_be_missing:
        raise invalid(
            f"Name: {name}, Feature list '{wanted.key}' is required but could not be found.  Did "
            "you mean to include it in feature_list_dense_missing_assumed_empty or "
            "feature_list_dense_defaults?"
        )
    steps = lists[wanted.key].feature if wanted.key in lists else []
    flat: list[Any] = []
    for t, step in enumerate(steps):
        where = f"Name: {name}, Feature list: {wanted.key}, Index: {t}.  "
        flat.extend(_sized(_checked(step, wanted, where), wanted, name, t))
    return _array(flat, wanted.dtype).reshape(len(steps), *(wanted.shape or ()))


def _array(values: Any, dtype: DType) -> np.ndarray:
    if dtype is dtypes.string:
        array = np.empty(len(values), object)
        array[:] = values
        return array
    return np.array(values, dtype.as_numpy_dtype)


def _sparse(rows: Sequence[Any], dtype: DType, with_rows: bool = True) -> tuple[Any, ...]:
    """A sparse matrix of rows of values; or, of one row, a sparse vector."""
    counts = np.array([len(row) for row in rows], np.int64)
    columns = [np.arange(n) for n in counts]
    indices = np.concatenate(columns)[:, None] if columns else np.zeros((0, 1), np.int64)
    shape = [int(counts.max()) if len(counts) else 0]
    if with_rows:
        indices = np.column_stack([np.repeat(np.arange(len(rows)), counts), indices])
        shape = [len(rows), *shape]
    values = _array([value for row in rows for value in row], dtype)
    return indices.astype(np.int64), values, np.array(shape, np.int64)


def parse_batch(serialized: Sequence[bytes], names: Sequence[str], request: Request) -> list[Any]:
    """The outputs of ParseSequenceExample; errors as `parse_single`'s."""
    examples = []
    for data, name in zip(serialized, names, strict=True):
        try:
            examples.append(SequenceExample.FromString(data))
        except DecodeError:
            message = f"Invalid protocol message input, example id: {name}"
            raise invalid(message) from None
    contexts = [e.context.feature for e in examples]
    lists = [e.feature_lists.feature_list for e in examples]
    dense = [_context_batch(contexts, names, f) for f in request.context_dense]
    sparse = [
        _sparse([row or () for row in _context_rows(contexts, names, f)], f.dtype)
        for f in request.context_sparse
    ]
    stepped = [_sparse_steps(lists, names, f) for f in request.lists_sparse]
    padded = [_dense_steps(lists, names, f) for f in request.lists_dense]
    return [
        *_by_part(sparse),
        *dense,
        *_by_part(stepped),
        *(values for values, _ in padded),
        *(lengths for _, lengths in padded),
    ]


def _of_type(feature: Any, wanted: Wanted, where: str, name: str) -> Any:
    """The values of a feature that has the right type or none."""
    if feature.WhichOneof("kind") not in (None, _KINDS[wanted.dtype]):
        raise invalid(f"Error in {where} feature {wanted.key} in example {name}")
    return _values(feature, wanted.dtype)


def _context_rows(contexts: Any, names: Sequence[str], wanted: Wanted) -> list[Any]:
    """For each example the values of a feature; None where it is missing."""
    return [
        _of_type(c[wanted.key], wanted, "context", name) if wanted.key in c else None
        for c, name in zip(contexts, names, strict=True)
    ]


def _context_batch(contexts: Any, names: Sequence[str], wanted: Wanted) -> np.ndarray:
    rows = _context_rows(contexts, names, wanted)
    default = wanted.default
    has_default = default is not None and default.size > 0
    most = max([len(r) for r in rows if r is not None] + [wanted.size if has_default else 0])
    if most != wanted.size:
        raise invalid(f"Inconsistent number of elements for feature {wanted.key}: {most} vs 1")
    flat: list[Any] = []
    for row, name in zip(rows, names, strict=True):
        if row is None:
            if default is None or not has_default:
                raise invalid(
                    f"Feature: {wanted.key} (data type: {_NAMES[wanted.dtype]}) is required but "
                    "could not be found."
                )
            row = default.reshape(-1).tolist()
        if len(row) != wanted.size:
            raise invalid(f"Unexpected number of elements in example {name}")
        flat.extend(row)
    return _array(flat, wanted.dtype).reshape(len(rows), *(wanted.shape or ()))


def _steps(lists: Any, names: Sequence[str], wanted: Wanted) -> list[list[Any] | None]:
    """For each example the values of each step; None where the list is missing."""
    return [
        [_of_type(step, wanted, "sequence", name) for step in found[wanted.key].feature]
        if wanted.key in found
        else None
        for found, name in zip(lists, names, strict=True)
    ]


def _sparse_steps(lists: Any, names: Sequence[str], wanted: Wanted) -> tuple[Any, ...]:
    rows = [steps or [] for steps in _steps(lists, names, wanted)]
    places = [
        (e, t, i)
        for e, steps in enumerate(rows)
        for t, values in enumerate(steps)
        for i in range(len(values))
    ]
    flat = [value for steps in rows for values in steps for value in values]
    most_steps = max(map(len, rows), default=0)
    most = max((len(values) for steps in rows for values in steps), default=0)
    indices = np.array(places, np.int64).reshape(-1, 3)
    return indices, _array(flat, wanted.dtype), np.array([len(rows), most_steps, most], np.int64)


def _dense_steps(lists: Any, names: Sequence[str], wanted: Wanted) -> tuple[np.ndarray, np.ndarray]:
    """Padded values, and how many steps each example has."""
    rows = _steps(lists, names, wanted)
    largest = max((sum(map(len, steps or [])) for steps in rows), default=0)
    if wanted.size == 0 or largest % wanted.size:
        raise invalid(f"Unexpected shape error in feature {wanted.key}")
    most = largest // wanted.size
    result = np.zeros((len(rows), most, wanted.size), wanted.dtype.as_numpy_dtype)
    if wanted.dtype is dtypes.string:
        result[...] = b""
    for e, (steps, name) in enumerate(zip(rows, names, strict=True)):
        if steps is None and not wanted.may_be_missing:
            raise invalid(f"Missing feature {wanted.key} in example {name}")
        for t, values in enumerate(steps or []):
            if len(values) != wanted.size:
                raise invalid(
                    f"Unexpected number of elements in feature {wanted.key}, example {name}"
                )
            result[e, t, :] = values
    lengths = np.array([len(steps or []) for steps in rows], np.int64)
    return result.reshape(len(rows), most, *(wanted.shape or ())), lengths
