"""Files with an entry of a lookup table on each line."""

from collections.abc import Iterator, Sequence
from typing import Any

from evergraph.base import dtypes
from evergraph.base.dtypes import DType
from evergraph.base.errors import OutOfRangeError
from evergraph.graph.op_summary import type_name
from evergraph.kernels.host import invalid
from evergraph.kernels.number_text import parse_number

LINE_NUMBER = -1
"""The index of a line's number, from 0."""
WHOLE_LINE = -2
"""The index of all that stands on a line; others are those of its fields."""


def check_columns(key_dtype: DType, key_index: int, value_dtype: DType, value_index: int) -> None:
    """Raises InvalidArgumentError where a table's types are not those of the columns."""
    whole_keys = key_dtype.is_integer or key_dtype == dtypes.string
    complaint = None
    if key_index == LINE_NUMBER and key_dtype != dtypes.int64:
        complaint = "Key index for line number requires table key dtype of int64", key_dtype
    elif key_index == WHOLE_LINE and not whole_keys:
        complaint = "Key index for whole line requires string or integer table key", key_dtype
    elif value_index == LINE_NUMBER and value_dtype != dtypes.int64:
        complaint = "Value index for line number requires table value dtype of int64", value_dtype
    elif value_index == WHOLE_LINE and value_dtype != dtypes.string:
        complaint = "Value index for whole line requires table value dtype of string", value_dtype
    if complaint is not None:
        raise invalid(f"{complaint[0]}, got {type_name(complaint[1])}")


def entries(
    path: str,
    content: bytes,
    columns: Sequence[tuple[DType, int]],
    vocab_size: int,
    delimiter: bytes,
) -> Iterator[tuple[Any, ...]]:
    """Keys and values, line by line.

    Args:
      path: the file's name, for errors.
      content: what is in it.
      columns: the type and the index of the keys, and those of the values.
      vocab_size: how many lines to take, which must be there; -1 for all.
      delimiter: what is between the fields of a line.

    Raises:
      InvalidArgumentError: a line is empty, has too few fields or no number in one; or there are
        too few lines.
      OutOfRangeError: there is no line.
    """
    lines = content.replace(b"\r", b"").split(b"\n")
    if not lines[-1]:
        lines.pop()
    last = max(index for _, index in columns)
    for number, line in enumerate(lines if vocab_size < 0 else lines[:vocab_size]):
        if not line:
            raise invalid(
                f"Invalid content in {path}: empty line found at position "
                f"{_position(content, number)}."
            )
        fields = line.split(delimiter) if last >= 0 else ()
        if last >= 0 and len(fields) <= last:
            raise invalid(
                f"Invalid number of columns in {path} line {number} ({_text(line)}) : expected "
                f"{last} got {len(fields)}"
            )
        yield tuple(_field(line, fields, number, *column) for column in columns)
    if vocab_size > len(lines):
        raise invalid(f"Invalid vocab_size in {path}: expected {vocab_size} but got {len(lines)}")
    if not lines:
        raise OutOfRangeError(None, None, "Read less bytes than requested")


def _field(line: bytes, fields: Sequence[bytes], number: int, dtype: DType, index: int) -> Any:
    if index == LINE_NUMBER:
        return number
    field = line if index == WHOLE_LINE else fields[index]
    if dtype == dtypes.string:
        return field
    try:
        return parse_number(field, dtype)
    except ValueError:
        raise invalid(
            f"Field {_text(field)} in line {number} is not a valid {type_name(dtype)}."
        ) from None


def _position(content: bytes, line: int) -> int:
    """Where a line ends."""
    end = 0
    for _ in range(line + 1):
        end = content.index(b"\n", end) + 1
    return end


def _text(value: bytes) -> str:
    return value.decode(errors="backslashreplace")
