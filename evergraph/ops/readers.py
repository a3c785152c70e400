"""Readers and the operations on them: TextLineReader, ReaderRead, ..."""

from typing import Any

import numpy as np

from evergraph.formats import readers
from evergraph.formats.readers import Reader
from evergraph.graph.operation import Operation
from evergraph.graph.registry import op
from evergraph.kernels.example_wire import array_of
from evergraph.kernels.host import invalid, text
from evergraph.kernels.queues import works_of
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_NAMES = "container: string = ''; shared_name: string = ''"
_LINES = f"skip_header_lines: int = 0; {_NAMES}"
_SIZES = (
    "header_bytes: int = 0; record_bytes: int; footer_bytes: int = 0; hop_bytes: int = 0; " + _NAMES
)
_PACKED = f"{_NAMES}; compression_type: string = ''"


def _reader(kind: str, attrs: str, attrs_v2: str, deprecated: bool = True) -> Any:
    """The ops that make a kind of reader, of both versions."""
    options: Any = {"deprecated": (26, f"Use {kind}V2")} if deprecated else {}
    old = op(f"{kind}() -> reader_handle: Ref(string)", attrs, stateful=True, **options)
    new = op(f"{kind}V2() -> reader_handle: resource", attrs_v2, stateful=True)
    old.shape(lambda node: (2,))
    new.shape(shape_rules.scalar)
    old.not_differentiable()
    new.not_differentiable()
    return old, new


whole_file_ops = _reader("WholeFileReader", _NAMES, _NAMES, deprecated=False)
text_line_ops = _reader("TextLineReader", _LINES, _LINES)
fixed_length_ops = _reader("FixedLengthRecordReader", _SIZES, f"{_SIZES}; encoding: string = ''")
tf_record_ops = _reader("TFRecordReader", _PACKED, _PACKED)
identity_ops = _reader("IdentityReader", _NAMES, _NAMES)

lmdb_op = op("LMDBReader() -> reader_handle: Ref(string)", _NAMES, stateful=True)
lmdb_op.shape(lambda node: (2,))
lmdb_op.not_differentiable()


def _operation(name: str, inputs: str, outputs: str, host: Any = ()) -> Any:
    """The operation on readers called `Reader{name}`, of both versions."""
    found = []
    for version, handle in (("", "Ref(string)"), ("V2", "resource")):
        taken = f"reader_handle: {handle}" + inputs.replace("HANDLE", handle)
        signature = f"Reader{name}{version}({taken})" + (f" -> {outputs}" if outputs else "")
        entry = op(signature, stateful=bool(version), host=host)
        entry.not_differentiable()
        found.append(entry)
    return found


read_ops = _operation("Read", ", queue_handle: HANDLE", "key: string, value: string")
read_up_to_ops = _operation(
    "ReadUpTo",
    ", queue_handle: HANDLE, num_records: int64",
    "keys: string, values: string",
    host=["num_records"],
)
produced_ops = _operation("NumRecordsProduced", "", "records_produced: int64")
completed_ops = _operation("NumWorkUnitsCompleted", "", "units_completed: int64")
serialize_ops = _operation("SerializeState", "", "state: string")
restore_ops = _operation("RestoreState", ", state: string", "")
reset_ops = _operation("Reset", "", "")


def _check_handles(node: Operation) -> None:
    old = not node.type.endswith("V2")
    handles = 2 if node.type.startswith(("ReaderRead", "ReaderReadUpTo")) else 1
    for handle in node.inputs[:handles]:
        if handle.dims is not None:
            dims = shape_rules.with_rank(handle.dims, 1 if old else 0)
            if old:
                shape_rules.with_value(dims[0], 2)  # type: ignore[arg-type]
    for number in node.inputs[handles:]:
        if number.dims is not None:
            shape_rules.with_rank(number.dims, 0)


def _scalars(node: Operation) -> list[Dims]:
    _check_handles(node)
    return [()] * len(node.outputs)


def _vectors(node: Operation) -> list[Dims]:
    _check_handles(node)
    return [(None,)] * len(node.outputs)


for _entries in (read_ops, produced_ops, completed_ops, serialize_ops, restore_ops, reset_ops):
    for _entry in _entries:
        _entry.shape(_scalars)
for _entry in read_up_to_ops:
    _entry.shape(_vectors)


def _kernels(entries: Any) -> Any:
    """Makes a function the kernel of both versions."""

    def register(kernel: Any) -> Any:
        for entry in entries:
            entry.kernel(kernel)
        return kernel

    return register


def _shared(
    session: Any, node: Operation, container: str, shared_name: str, kind: Any, **options: Any
) -> Reader:
    """The session's reader that a node stands for."""
    key = ("reader", container, shared_name or node.name)
    found: Reader = session.slot(key, lambda: kind(node.name, **options))
    return found


@_kernels(whole_file_ops)
def whole_file_kernel(*, session: Any, node: Operation, container: str, shared_name: str) -> Reader:
    return _shared(session, node, container, shared_name, readers.WholeFileReader)


@_kernels(identity_ops)
def identity_kernel(*, session: Any, node: Operation, container: str, shared_name: str) -> Reader:
    return _shared(session, node, container, shared_name, readers.IdentityReader)


@lmdb_op.kernel
def lmdb_kernel(*, session: Any, node: Operation, container: str, shared_name: str) -> Reader:
    return _shared(session, node, container, shared_name, readers.LMDBReader)


@_kernels(text_line_ops)
def text_line_kernel(
    *, session: Any, node: Operation, container: str, shared_name: str, skip_header_lines: int
) -> Reader:
    kind = readers.TextLineReader
    return _shared(session, node, container, shared_name, kind, skip_header_lines=skip_header_lines)


@_kernels(tf_record_ops)
def tf_record_kernel(
    *, session: Any, node: Operation, container: str, shared_name: str, compression_type: str
) -> Reader:
    kind = readers.TFRecordReader
    return _shared(session, node, container, shared_name, kind, compression_type=compression_type)


@_kernels(fixed_length_ops)
def fixed_length_kernel(
    *, session: Any, node: Operation, container: str, shared_name: str
) -> Reader:
    names = ("header_bytes", "record_bytes", "footer_bytes", "hop_bytes")
    options = {name: node.attr(name) for name in names}
    if node.type.endswith("V2"):
        options["encoding"] = node.attr("encoding")
    kind = readers.FixedLengthRecordReader
    return _shared(session, node, container, shared_name, kind, **options)


@_kernels(read_ops)
def read_kernel(reader: Reader, queue: Any) -> Any:
    key, value = reader.read(works_of(queue))
    return array_of([key]).reshape(()), array_of([value]).reshape(())


@_kernels(read_up_to_ops)
def read_up_to_kernel(reader: Reader, queue: Any, num_records: int) -> Any:
    keys, records = reader.read_up_to(num_records, works_of(queue))
    return array_of(keys), array_of(records)


@_kernels(serialize_ops)
def serialize_kernel(reader: Reader) -> Any:
    return array_of([reader.serialize_state()]).reshape(())


@_kernels(restore_ops)
def restore_kernel(reader: Reader, state: Any) -> None:
    array = np.asarray(state, object)
    if array.ndim:
        raise invalid(f"Reader state must be scalar, but had shape: {text(array.shape)}")
    reader.restore_state(array.item())


@_kernels(reset_ops)
def reset_kernel(reader: Reader) -> None:
    reader.reset()


for _entry in produced_ops:
    _entry.numpy(lambda reader: np.int64(reader.records_produced()))
for _entry in completed_ops:
    _entry.numpy(lambda reader: np.int64(reader.work_units_completed()))
