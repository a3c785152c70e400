"""Datasets of what is parsed: ParseExampleDataset, CSVDataset; and of rows of a database."""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from evergraph.base import dtypes
from evergraph.base.compat import as_bytes
from evergraph.base.platform.filesystem import translate_errors
from evergraph.formats.records import (
    WINDOW_BITS,
    RecordWriter,
    ZlibSettings,
    open_for_reading,
    reading,
)
from evergraph.graph.op_summary import type_name
from evergraph.graph.registry import op
from evergraph.kernels.csv_fields import fields_of
from evergraph.kernels.data.files import FileRecords
from evergraph.kernels.data.pipeline import Dataset, Element, Scope, State
from evergraph.kernels.data.transforms import Computed
from evergraph.kernels.dtypes import numpy_dtype
from evergraph.kernels.example_parsing import Dense, Sparse, parse_batch
from evergraph.kernels.host import invalid
from evergraph.kernels.number_text import parse_number
from evergraph.ops import shape_rules
from evergraph.ops.dataset_arguments import TYPED, check_number, dataset_of, makes_dataset, text_of

_TYPES = "list(float32 | int64 | string) >= 0"
_EXAMPLES = "input_dataset: variant, num_parallel_calls: int64, dense_defaults: list(Tdense)"
_FEATURES = (
    "sparse_keys: list(string) >= 0; dense_keys: list(string) >= 0; "
    f"sparse_types: {_TYPES}; Tdense: {_TYPES}; dense_shapes: list(shape) >= 0; "
    f"{TYPED}; sloppy: bool = false"
)
_CSV = (
    "filenames: string, compression_type: string, buffer_size: int64, header: bool, "
    "field_delim: string, use_quote_delim: bool, na_value: string, select_cols: int64, "
    "record_defaults: list(output_types)"
)
_CSV_TYPES = (
    "output_types: list(float32 | float64 | int32 | int64 | string) >= 1; "
    "output_shapes: list(shape) >= 1"
)
_SQL = "driver_name: string, data_source_name: string, query: string"

parse_example_op = op(
    f"ParseExampleDataset({_EXAMPLES}) -> handle: variant", _FEATURES, host=["num_parallel_calls"]
)
experimental_parse_example_op = op(
    f"ExperimentalParseExampleDataset({_EXAMPLES}) -> handle: variant",
    _FEATURES,
    host=["num_parallel_calls"],
)
csv_op = op(
    f"CSVDataset({_CSV}) -> handle: variant", _CSV_TYPES, host=["buffer_size"], stateful=True
)
experimental_csv_op = op(
    f"ExperimentalCSVDataset({_CSV}) -> handle: variant",
    _CSV_TYPES,
    host=["buffer_size"],
    stateful=True,
)
sql_op = op(f"SqlDataset({_SQL}) -> handle: variant", TYPED, stateful=True)
experimental_sql_op = op(f"ExperimentalSqlDataset({_SQL}) -> handle: variant", TYPED, stateful=True)
_WRITTEN = "input_dataset: variant, filename: string, compression_type: string"
to_record_op = op(f"DatasetToTFRecord({_WRITTEN})", stateful=True)
experimental_to_record_op = op(f"ExperimentalDatasetToTFRecord({_WRITTEN})", stateful=True)

makes_dataset(parse_example_op, experimental_parse_example_op, csv_op, experimental_csv_op)
makes_dataset(sql_op, experimental_sql_op, scalars=3)
for _entry in (to_record_op, experimental_to_record_op):
    _entry.shape(shape_rules.no_outputs)


@parse_example_op.numpy
@experimental_parse_example_op.numpy
def parse_example_kernel(
    source: Any,
    calls: Any,
    defaults: list[Any],
    *,
    sparse_keys: Any,
    dense_keys: Any,
    sparse_types: Any,
    Tdense: Any,
    dense_shapes: Any,
    output_types: Any,
    output_shapes: Any,
) -> Dataset:
    if check_number(calls, "num_parallel_calls") <= 0 and calls != -1:
        raise invalid("num_parallel_calls must be greater than zero.")
    dense = [
        Dense(as_bytes(key), dtype, tuple(dims), np.asarray(value))
        for key, dtype, dims, value in zip(dense_keys, Tdense, dense_shapes, defaults, strict=True)
    ]
    sparse = [Sparse(as_bytes(k), t) for k, t in zip(sparse_keys, sparse_types, strict=True)]
    # Components stand in the order of the keys.
    keys = [*map(as_bytes, sparse_keys), *map(as_bytes, dense_keys)]
    order = sorted(range(len(keys)), key=keys.__getitem__)

    def parsed(element: Element) -> Element:
        indices, found, shapes, dense_values = parse_batch(element[0].tolist(), [], sparse, dense)
        packed = [_packed(parts) for parts in zip(indices, found, shapes, strict=True)]
        values = [*packed, *dense_values]
        return tuple(values[i] for i in order)

    return Computed(dataset_of(source), parsed, "ParseExample", output_types, output_shapes)


def _packed(parts: Sequence[Any]) -> Any:
    """A sparse tensor as an array of its parts."""
    packed = np.empty(len(parts), object)
    for i, part in enumerate(parts):
        packed[i] = part
    return packed


@csv_op.numpy
@experimental_csv_op.numpy
def csv_kernel(
    filenames: Any,
    compression: Any,
    buffer_size: Any,
    header: Any,
    delimiter: Any,
    quotes: Any,
    missing: Any,
    columns: Any,
    defaults: list[Any],
    *,
    output_types: Any,
    output_shapes: Any,
) -> Dataset:
    if np.ndim(filenames) > 1:
        raise invalid("`filenames` must be a scalar or a vector.")
    names = [name.decode() for name in np.asarray(filenames, object).reshape(-1)]
    kind = text_of(compression)
    if kind and kind not in WINDOW_BITS:
        raise invalid(f"Unsupported compression_type: {kind}.")
    if check_number(buffer_size, "buffer_size") <= 0:
        raise invalid("buffer_size should be positive")
    reader = _Csv(
        text_of(delimiter).encode(),
        bool(quotes),
        text_of(missing).encode(),
        np.asarray(columns).reshape(-1).tolist(),
        [np.asarray(d).reshape(-1) for d in defaults],
        output_types,
    )

    def read(path: str) -> Iterator[Element]:
        with translate_errors(path), open_for_reading(path) as file:
            lines = _records(reading(file, kind), bool(quotes))
            if header:
                next(lines, None)
            # An iterator of its own goes on after a record that fails.
            return map(reader.element, [*lines])

    return FileRecords("CSV", names, read, output_types)


def _records(read: Any, quotes: bool) -> Iterator[bytes]:
    """The records of a file: lines, or several where a line ends within quotation marks."""
    data = b"".join(iter(lambda: read(1 << 20), b""))
    begun = b""
    for line in data.splitlines(keepends=True):
        begun += line
        if not quotes or begun.count(b'"') % 2 == 0:
            yield begun.rstrip(b"\r\n")
            begun = b""
    if begun:
        yield begun


class _Csv:
    """How a record becomes an element."""

    def __init__(
        self,
        delimiter: bytes,
        quotes: bool,
        missing: bytes,
        columns: list[int],
        defaults: list[Any],
        types: Sequence[dtypes.DType],
    ) -> None:
        if columns and len(columns) != len(types):
            raise invalid("select_cols should match output size")
        if any(a >= b for a, b in zip(columns[:-1], columns[1:], strict=True)):
            raise invalid("select_cols should be strictly increasing indices")
        if columns and columns[0] < 0:
            raise invalid("select_cols should be non-negative indices")
        if len(delimiter) != 1:
            raise invalid("field_delim should be only 1 char")
        for i, default in enumerate(defaults):
            if default.size > 1:
                raise invalid(
                    f"There should only be 1 default per field but field {i} has {default.size}"
                )
        self.delimiter, self.quotes, self.missing = delimiter, quotes, missing
        self.columns, self.defaults, self.types = columns, defaults, types

    def element(self, record: bytes) -> Element:
        """The element of a record."""
        fields = fields_of(record, self.delimiter, self.quotes) or [b""]
        if self.columns:
            fields = [fields[c] for c in self.columns if c < len(fields)]
        if len(fields) != len(self.types):
            raise invalid(f"Expect {len(self.types)} fields but have {len(fields)} in record")
        return tuple(map(self._value, fields, range(len(fields))))

    def _value(self, field: bytes, i: int) -> Any:
        dtype = self.types[i]
        if not field or field == self.missing:
            if not self.defaults[i].size:
                raise invalid(f"Field {i} is required but missing in record!")
            found = self.defaults[i][0]
            return np.array(found, object) if dtype is dtypes.string else found
        if dtype is dtypes.string:
            return np.array(field, object)
        try:
            return numpy_dtype(dtype).type(parse_number(field, dtype))
        except ValueError:
            written = field.decode("utf-8", "replace")
            raise invalid(
                f"Field {i} in record is not a valid {type_name(dtype)}: {written}"
            ) from None


@sql_op.numpy
@experimental_sql_op.numpy
def sql_kernel(
    driver: Any, source: Any, query: Any, *, output_types: Any, output_shapes: Any
) -> Dataset:
    name = text_of(driver)
    if name != "sqlite":
        raise invalid(
            f"The database type, {name}, is not supported by SqlDataset. The set of supported "
            "databases is: {'sqlite'}."
        )
    path, wanted = text_of(source), text_of(query)

    def read(path: str) -> Iterator[Element]:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)
        try:
            cursor = connection.execute(wanted)
            columns = len(cursor.description or ())
            if columns != len(output_types):
                raise invalid(
                    f"The number of columns in output_types ({len(output_types)}) must match the "
                    f"number of columns in the query ({columns})."
                )
            for row in cursor:
                yield tuple(map(_sql_value, row, output_types))
        except sqlite3.Error as error:
            raise invalid(f"Sqlite error: {error}") from None
        finally:
            connection.close()

    return FileRecords("SQL", [path], read, output_types)


def _sql_value(value: Any, dtype: dtypes.DType) -> Any:
    """A value of a row. What is NULL is zero, or empty."""
    if dtype is dtypes.string:
        text = b"" if value is None else value if isinstance(value, bytes) else str(value).encode()
        return np.array(text, object)
    kind = numpy_dtype(dtype).type
    if dtype is dtypes.bool:
        return kind(bool(value))
    return np.asarray(value or 0).astype(numpy_dtype(dtype))[()]


@to_record_op.numpy
@experimental_to_record_op.numpy
def to_record_kernel(dataset: Any, filename: Any, compression: Any, *, session: Any) -> None:
    kind = text_of(compression)
    settings = ZlibSettings(window_bits=WINDOW_BITS[kind]) if kind in WINDOW_BITS else None
    state = State(session)
    writer = RecordWriter(text_of(filename), settings)
    try:
        for (record,) in dataset_of(dataset).iterate(Scope(state)):
            writer.write(record.item())
    finally:
        writer.close()
        state.close()
