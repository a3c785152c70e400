"""Datasets of what is in files: TextLineDataset, TFRecordDataset, FixedLengthRecordDataset."""

import os.path
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from evergraph.base import dtypes, errors
from evergraph.base.platform.file_io import get_matching_files
from evergraph.base.platform.filesystem import filesystem_of, translate_errors
from evergraph.formats import lmdb
from evergraph.formats.records import WINDOW_BITS, open_for_reading, read_records, reading
from evergraph.graph.registry import op
from evergraph.kernels.data.files import FileRecords, FileStrings
from evergraph.kernels.data.pipeline import Dataset, Element
from evergraph.kernels.host import invalid
from evergraph.ops import shape_rules
from evergraph.ops.dataset_arguments import TYPED, check_number, makes_dataset, text_of

_NAMED = "filenames: string, compression_type: string, buffer_size: int64"
_SIZES = "header_bytes: int64, record_bytes: int64, footer_bytes: int64, buffer_size: int64"
_SIZE_NAMES = ["header_bytes", "record_bytes", "footer_bytes", "buffer_size"]

text_line_op = op(
    f"TextLineDataset({_NAMED}) -> handle: variant", host=["buffer_size"], stateful=True
)
tf_record_op = op(
    f"TFRecordDataset({_NAMED}) -> handle: variant", host=["buffer_size"], stateful=True
)
fixed_length_op = op(
    f"FixedLengthRecordDataset(filenames: string, {_SIZES}) -> handle: variant",
    host=_SIZE_NAMES,
    stateful=True,
)
fixed_length_v2_op = op(
    f"FixedLengthRecordDatasetV2(filenames: string, {_SIZES}, compression_type: string) -> "
    "handle: variant",
    host=_SIZE_NAMES,
    stateful=True,
)
matching_files_op = op("MatchingFilesDataset(patterns: string) -> handle: variant", stateful=True)
experimental_matching_files_op = op(
    "ExperimentalMatchingFilesDataset(patterns: string) -> handle: variant", stateful=True
)
lmdb_op = op("LMDBDataset(filenames: string) -> handle: variant", TYPED, stateful=True)
experimental_lmdb_op = op(
    "ExperimentalLMDBDataset(filenames: string) -> handle: variant", TYPED, stateful=True
)
makes_dataset(lmdb_op, experimental_lmdb_op)
makes_dataset(matching_files_op, experimental_matching_files_op)
makes_dataset(text_line_op, tf_record_op, scalars=2)
makes_dataset(fixed_length_op, scalars=4)
makes_dataset(fixed_length_v2_op, scalars=5)


@text_line_op.shape
@tf_record_op.shape
@fixed_length_op.shape
@fixed_length_v2_op.shape
def files_shape(node: Any) -> shape_rules.Dims:
    shape_rules.at_most_rank(node.inputs[0].dims, 1)
    for t in node.inputs[1:]:
        shape_rules.with_rank(t.dims, 0)
    return ()


_BLOCK = 1 << 18


def _names(filenames: Any) -> list[str]:
    array = np.asarray(filenames, object)
    if array.ndim > 1:
        raise invalid("`filenames` must be a scalar or a vector.")
    return [name.decode() for name in array.reshape(-1)]


def _compression(value: Any) -> str:
    kind = text_of(value)
    if kind and kind not in WINDOW_BITS:
        raise invalid("Unsupported compression_type.")
    return kind


def _check_buffer(size: Any, hint: str = "") -> None:
    if check_number(size, "buffer_size") < 0:
        raise invalid(f"`buffer_size` must be >= 0{hint}")


def _strings(kind: str, names: list[str], read: Callable[[str], Iterator[bytes]]) -> Dataset:
    return FileStrings(kind, names, read)


def _lines(path: str, compression: str) -> Iterator[bytes]:
    """The lines of a file without their ends. Carriage returns are left out wherever they are."""
    with translate_errors(path), open_for_reading(path) as file:
        read = reading(file, compression)
        rest = b""
        while block := read(_BLOCK):
            *lines, rest = (rest + block).replace(b"\r", b"").split(b"\n")
            yield from lines
        if rest:
            yield rest


@text_line_op.numpy
def text_line_kernel(filenames: Any, compression: Any, size: Any) -> Dataset:
    names = _names(filenames)
    kind = _compression(compression)
    _check_buffer(size, " (0 == default)")
    return _strings("TextLine", names, lambda path: _lines(path, kind))


@tf_record_op.numpy
def tf_record_kernel(filenames: Any, compression: Any, size: Any) -> Dataset:
    names = _names(filenames)
    kind = _compression(compression)
    _check_buffer(size, " (0 == no buffering)")
    return _strings("TFRecord", names, lambda path: read_records(path, kind))


@fixed_length_op.numpy
def fixed_length_kernel(
    filenames: Any, header: Any, size: Any, footer: Any, buffer: Any
) -> Dataset:
    return fixed_length_v2_kernel(filenames, header, size, footer, buffer, np.array(b"", object))


@fixed_length_v2_op.numpy
def fixed_length_v2_kernel(
    filenames: Any, header: Any, size: Any, footer: Any, buffer: Any, compression: Any
) -> Dataset:
    names = _names(filenames)
    if check_number(header, "header_bytes") < 0:
        raise invalid("`header_bytes` must be >= 0")
    if check_number(size, "record_bytes") <= 0:
        raise invalid("`record_bytes` must be > 0")
    if check_number(footer, "footer_bytes") < 0:
        raise invalid("`footer_bytes` must be >= 0")
    _check_buffer(buffer)
    kind = _compression(compression)
    return _strings(
        "FixedLengthRecord", names, lambda path: _fixed(path, kind, header, size, footer)
    )


def _fixed(path: str, compression: str, header: int, size: int, footer: int) -> Iterator[bytes]:
    """The records of a file between its header and its footer, all of one size."""

    def complaint(body: int) -> str:
        return (
            f"Excluding the header ({header} bytes) and footer ({footer} bytes), input file "
            f'"{path}" has body length {body} bytes, which is not an exact multiple of the record '
            f"length ({size} bytes)."
        )

    with translate_errors(path), open_for_reading(path) as file:
        if not compression:
            body = filesystem_of(path).stat(path).length - header - footer
            if body % size:
                raise invalid(complaint(body))
        read = reading(file, compression)
        data, left, done = b"", header, 0
        while block := read(_BLOCK):
            data += block[left:]
            left = max(0, left - len(block))
            count = max(0, len(data) - footer) // size
            yield from (data[i * size : (i + 1) * size] for i in range(count))
            data = data[count * size :]
            done += count * size
        if compression and len(data) != footer:
            raise errors.DataLossError(None, None, complaint(done + len(data) - footer))


@matching_files_op.numpy
@experimental_matching_files_op.numpy
def matching_files_kernel(patterns: Any) -> Dataset:
    wanted = [p.decode() for p in np.asarray(patterns, object).reshape(-1)]

    def found(_: str) -> Iterator[bytes]:
        some = False
        for pattern in wanted:
            # What names no folder is in this one, and is called so.
            here = pattern if os.path.dirname(pattern) else f"./{pattern}"
            for name in sorted(get_matching_files(here)):
                some = True
                yield name.encode()
        if not some:
            raise errors.NotFoundError(None, None, "Don't find any matched files")

    return _strings("MatchingFiles", [""], found)


@lmdb_op.numpy
@experimental_lmdb_op.numpy
def lmdb_kernel(filenames: Any) -> Dataset:
    return FileRecords("LMDB", _names(filenames), _entries, [dtypes.string, dtypes.string])


def _entries(path: str) -> Iterator[Element]:
    """The keys and values of a database. What cannot be read is as wrong as any other argument."""
    path = lmdb.data_file(path)
    try:
        with translate_errors(path), open_for_reading(path) as file:
            for entry in lmdb.entries(file):
                yield tuple(np.array(text, object) for text in entry)
    except errors.NotFoundError:
        raise invalid("No such file or directory") from None
