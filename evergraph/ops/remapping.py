"""Matrices of checkpoints whose rows or columns belong to vocabularies that have changed."""

from typing import Any

import numpy as np

from evergraph.base import compat, errors
from evergraph.base.platform import file_io
from evergraph.formats.checkpoint_reader import open_checkpoint
from evergraph.graph.op_summary import type_name
from evergraph.graph.registry import op
from evergraph.graph.tensor import dims_text
from evergraph.ops import shape_rules

generate_vocab_remapping_op = op(
    "GenerateVocabRemapping(new_vocab_file: string, old_vocab_file: string) -> remapping: int64, "
    "num_present: int32",
    "new_vocab_offset: int >= 0; num_new_vocab: int >= 0; old_vocab_size: int >= -1 = -1",
)
load_and_remap_matrix_op = op(
    "LoadAndRemapMatrix(ckpt_path: string, old_tensor_name: string, row_remapping: int64, "
    "col_remapping: int64, initializing_values: float32) -> output_matrix: float32",
    "num_rows: int >= 0; num_cols: int >= 1; max_rows_in_memory: int = -1",
    stateful=True,
)
generate_vocab_remapping_op.not_differentiable()
load_and_remap_matrix_op.not_differentiable()


@generate_vocab_remapping_op.shape
def generate_vocab_remapping_shape(node: Any) -> Any:
    for tensor in node.inputs:
        shape_rules.with_rank(tensor.dims, 0)
    return [(node.attr("num_new_vocab"),), ()]


@load_and_remap_matrix_op.shape
def load_and_remap_matrix_shape(node: Any) -> Any:
    shape_rules.with_rank(node.inputs[1].dims, 0)
    return (node.attr("num_rows"), node.attr("num_cols"))


def _invalid(message: str) -> errors.InvalidArgumentError:
    return errors.InvalidArgumentError(None, None, message)


def _text(value: Any) -> str:
    return compat.as_text(np.asarray(value, object).item())


def _lines(path: str, count: int = -1) -> list[bytes]:
    """The entries of a vocabulary, one a line; only the first `count`."""
    if not path:
        raise _invalid("new vocab filename cannot be empty.")
    lines: list[bytes] = file_io.FileIO(path, "rb").read().split(b"\n")
    if not lines[-1]:
        lines.pop()
    if count > len(lines):
        raise _invalid(f"Invalid vocab_size in {path}: expected {count} but got {len(lines)}")
    return lines if count < 0 else lines[:count]


@generate_vocab_remapping_op.numpy
def generate_vocab_remapping_kernel(
    new_vocab_file: Any,
    old_vocab_file: Any,
    *,
    new_vocab_offset: int,
    num_new_vocab: int,
    old_vocab_size: int,
) -> Any:
    new = _lines(_text(new_vocab_file))
    if new_vocab_offset + num_new_vocab > len(new):
        raise _invalid("lookup table size must be larger than last new vocab entry's line")
    old: dict[bytes, int] = {}
    for i, entry in enumerate(_lines(_text(old_vocab_file), old_vocab_size)):
        if old.setdefault(entry, i) != i:
            raise errors.FailedPreconditionError(
                None,
                None,
                f"HashTable has different value for same key. Key {entry.decode()} has "
                f"{old[entry]} and trying to add value {i}",
            )
    wanted = new[new_vocab_offset : new_vocab_offset + num_new_vocab]
    remapping = np.array([old.get(entry, -1) for entry in wanted], np.int64)
    return remapping, np.int32((remapping >= 0).sum())


def _new_places(remapping: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Old places that are wanted, and the new place of each."""
    new = np.flatnonzero(remapping >= 0)
    old = remapping[new]
    values, first = np.unique(old, return_index=True)
    if len(values) < len(old):
        twice = next(i for i in range(len(old)) if i not in set(first))
        earlier = new[np.flatnonzero(old == old[twice])[0]]
        raise errors.UnimplementedError(
            None,
            None,
            f"Old ID {old[twice]} is mapped to both new ID {earlier} and {new[twice]}, which is "
            "not supported.",
        )
    return old, new


@load_and_remap_matrix_op.numpy
def load_and_remap_matrix_kernel(
    ckpt_path: Any,
    old_tensor_name: Any,
    row_remapping: Any,
    col_remapping: Any,
    initializing_values: Any,
    *,
    num_rows: int,
    num_cols: int,
    max_rows_in_memory: int,
) -> Any:
    if row_remapping.size != num_rows:
        raise _invalid(
            f"Size of row_remapping is {row_remapping.size} instead of being equal to "
            f"num_rows={num_rows}"
        )
    old_rows, new_rows = _new_places(row_remapping)
    columns = None
    if col_remapping.size:
        if col_remapping.size != num_cols:
            raise _invalid(
                f"Provided col_remapping, but its size is {col_remapping.size} instead of being "
                f"equal to num_cols={num_cols}"
            )
        columns = _new_places(col_remapping)
    result = np.empty((num_rows, num_cols), np.float32)
    missing = np.ones((num_rows, num_cols), bool)
    reader = open_checkpoint(_text(ckpt_path))
    try:
        name = _text(old_tensor_name)
        shape = _checked_shape(reader, name, None if columns else num_cols)
        pieces = _row_pieces(old_rows, max_rows_in_memory)
        for start, end in pieces:
            rows = f"{start},{end - start}"
            piece = reader.read_slice(name, f"{shape[0]} {shape[1]} {rows}:-")
            here = (old_rows >= start) & (old_rows < end)
            values = piece[old_rows[here] - start]
            if columns is None:
                result[new_rows[here]] = values
                missing[new_rows[here]] = False
            else:
                place = np.ix_(new_rows[here], columns[1])
                result[place] = values[:, columns[0]]
                missing[place] = False
    finally:
        reader.close()
    _fill(result, missing, np.asarray(initializing_values).reshape(-1))
    return result


def _checked_shape(reader: Any, name: str, num_cols: int | None) -> tuple[int, ...]:
    dtype, shape = reader.dtype(name), reader.shape(name)
    if dtype.name != "float32":
        raise _invalid(
            f"Tensor {name} has invalid type {type_name(dtype)} instead of expected type float"
        )
    if len(shape) != 2:
        raise _invalid(
            f"Tensor {name} has shape {dims_text(shape)} of invalid rank {len(shape)} instead of "
            "expected shape of rank 2."
        )
    if num_cols is not None and shape[1] != num_cols:
        raise _invalid(
            f"Tensor {name} has shape {dims_text(shape)}, where the size of its 2nd dimension is "
            f"{shape[1]} instead of being equal to num_cols={num_cols}"
        )
    return tuple(shape)


def _row_pieces(rows: np.ndarray, most: int) -> list[tuple[int, int]]:
    """Start and end of what is read at once: `most` rows, or all that are wanted."""
    if not rows.size:
        return []
    start, end = int(rows.min()), int(rows.max()) + 1
    step = most if most > 0 else end - start
    return [(at, min(at + step, end)) for at in range(start, end, step)]


def _fill(result: np.ndarray, missing: np.ndarray, values: np.ndarray) -> None:
    """Puts `values` where something is missing, in their order."""
    count = int(missing.sum())
    if count > values.size:
        raise _invalid(
            f"initializing_values contained {values.size} elements, but more missing values remain."
        )
    if count < values.size:
        raise _invalid(
            f"initializing_values contained {values.size} elements, but only {count} elements were "
            "used to fill in missing values."
        )
    result[missing] = values
