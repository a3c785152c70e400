"""Names and types of the columns of CSV files, found by looking at the files."""

import csv
import gzip
from collections.abc import Iterator
from typing import Any

import numpy as np

from evergraph.base import dtypes
from evergraph.base.dtypes import DType
from evergraph.base.platform.file_io import FileIO
from evergraph.graph.constant import constant
from evergraph.graph.static_value import constant_value


def _is_int(text: str, dtype: DType) -> bool:
    try:
        value = int(text)
    except ValueError:
        return False
    return bool(dtype.min <= value <= dtype.max)


def _is_float(text: str, kind: Any) -> bool:
    try:
        with np.errstate(over="ignore"):
            return bool(kind(text) < np.inf)
    except ValueError:
        return False


# From the narrowest to the widest.
_TYPES: tuple[tuple[DType, Any], ...] = (
    (dtypes.int32, lambda text: _is_int(text, dtypes.int32)),
    (dtypes.int64, lambda text: _is_int(text, dtypes.int64)),
    (dtypes.float32, lambda text: _is_float(text, np.float32)),
    (dtypes.float64, lambda text: _is_float(text, np.float64)),
    (dtypes.string, lambda text: True),
)


def wider(text: str, missing: str, before: DType | None) -> DType | None:
    """The narrowest type that a field fits, no narrower than those of the rows before."""
    if text in ("", missing):
        return before
    narrower = [dtype for dtype, _ in _TYPES]
    for i, (dtype, fits) in enumerate(_TYPES):
        if fits(text) and (before is None or before in narrower[: i + 1]):
            return dtype
    return dtypes.string


class Columns:
    """The columns of CSV files.

    Args:
      filenames: the files.
      field_delim, use_quote_delim, na_value, header, compression_type: as for CsvDataset.
    """

    def __init__(
        self,
        filenames: list[str],
        field_delim: str,
        use_quote_delim: bool,
        na_value: str,
        header: bool,
        compression_type: Any,
    ) -> None:
        self._filenames = filenames
        self._missing = na_value
        self._header = header
        self._compression = compression_type
        quoting = csv.QUOTE_MINIMAL if use_quote_delim else csv.QUOTE_NONE
        self._how: dict[str, Any] = {"delimiter": field_delim, "quoting": quoting}

    def settled(
        self, names: Any, defaults: Any, selected: Any, rows: int | None
    ) -> tuple[list[str], list[Any], list[int] | None]:
        """Names, defaults and numbers of the columns to take.

        Args:
          names: the names of all columns, or None.
          defaults: the defaults of those to take, or None.
          selected: their names or numbers; None: all.
          rows: how many rows types are found by; None: all.

        Raises:
          ValueError: they do not fit each other, or the files.
        """
        if names is None or defaults is None:
            self._check_compression()
        if names is None:
            if not self._header:
                raise ValueError("Cannot infer column names without a header line.")
            names = self._names()
        if len(names) != len(set(names)):
            raise ValueError("Cannot have duplicate column names.")
        if selected is not None:
            selected = _numbers(selected, names)
        if defaults is None:
            defaults = self._defaults(len(names), selected, rows)
        if selected is not None and len(defaults) != len(selected):
            raise ValueError(
                "If specified, column_defaults and select_columns must have same length."
            )
        if selected is not None and len(names) > len(selected):
            names = [names[i] for i in selected]
        return names, defaults, selected

    def _check_compression(self) -> None:
        if self._compression is None:
            return
        kind = constant_value(self._compression) if hasattr(self._compression, "op") else None
        text = self._compression if kind is None else kind.item().decode()
        if text == "ZLIB":
            raise ValueError(
                f"compression_type ({self._compression}) is not supported for probing columns"
            )
        if text not in ("", "GZIP"):
            raise ValueError(f"compression_type ({self._compression}) is not supported")
        self._compression = text

    def _open(self, filename: str) -> Any:
        return gzip.open(filename, "rt") if self._compression == "GZIP" else FileIO(filename, "r")

    def _first_row(self, filename: str) -> list[str]:
        with self._open(filename) as file:
            row = next(csv.reader(file, **self._how), None)
        if row is None:
            raise ValueError(
                f"Received StopIteration when reading the header line of {self._filenames[0]}.  "
                "Empty file?"
            )
        return row

    def _names(self) -> list[str]:
        names = self._first_row(self._filenames[0])
        for filename in self._filenames[1:]:
            if self._first_row(filename) != names:
                raise ValueError("Files have different column names in the header row.")
        return names

    def _rows(self, count: int) -> Iterator[list[str]]:
        for filename in self._filenames:
            with self._open(filename) as file:
                reader = csv.reader(file, **self._how)
                if self._header:
                    next(reader)
                for row in reader:
                    if len(row) != count:
                        raise ValueError(
                            "Problem inferring types: CSV row has different number of fields than "
                            "expected."
                        )
                    yield row

    def _defaults(self, count: int, selected: list[int] | None, rows: int | None) -> list[Any]:
        places = list(range(count)) if selected is None else selected
        types: list[DType | None] = [None] * len(places)
        for i, row in enumerate(self._rows(count)):
            if rows is not None and i >= rows:
                break
            types = [wider(row[p], self._missing, t) for p, t in zip(places, types, strict=True)]
        found = [t or dtypes.string for t in types]
        return [constant([0 if t is not dtypes.string else ""], dtype=t) for t in found]


def _numbers(selected: Any, names: list[str]) -> list[int]:
    """Numbers of columns, in order, of numbers and names."""
    known = {name: i for i, name in enumerate(names)}
    numbers = []
    for value in selected:
        if isinstance(value, int):
            if not 0 <= value < len(names):
                raise ValueError(
                    f"Column index {value} specified in select_columns out of valid range."
                )
            numbers.append(value)
        elif value in known:
            numbers.append(known[value])
        else:
            raise ValueError(
                f"Value '{value}' specified in select_columns not a valid column index or name."
            )
    if len(set(numbers)) != len(numbers):
        raise ValueError("select_columns contains duplicate columns")
    return sorted(numbers)
