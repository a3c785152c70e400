"""Lookup tables: HashTable, MutableHashTable, MutableHashTableOfTensors, MutableDenseHashTable.

Each op is there twice, with a resource handle and, for older graphs, with a reference. A handle
is the table itself (`kernels/tables.py`).
"""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.base import compat, dtypes
from evergraph.base.dtypes import DType
from evergraph.base.platform import file_io
from evergraph.graph.handles import Elements, Entries, elements_of
from evergraph.graph.op_summary import type_name, value_text
from evergraph.graph.operation import Operation
from evergraph.graph.registry import Entry, ShapeError, op
from evergraph.graph.tensor import dims_text
from evergraph.kernels import vocabulary
from evergraph.kernels.dense_table import DenseHashTable
from evergraph.kernels.host import invalid
from evergraph.kernels.tables import HashTable, MutableHashTable, Table
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_count = itertools.count()

_KEPT = (
    "container: string = ''; shared_name: string = ''; use_node_name_sharing: bool = false; "
    "key_dtype: type; value_dtype: type"
)
_VECTORS = f"{_KEPT}; value_shape: shape = []"
_DENSE = f"{_VECTORS}; initial_num_buckets: int = 131072; max_load_factor: float = 0.8"
_REFERENCE, _RESOURCE = "table_handle: Ref(string)", "table_handle: resource"

hash_table_op = op(f"HashTable() -> {_REFERENCE}", _KEPT, stateful=True)
hash_table_v2_op = op(f"HashTableV2() -> {_RESOURCE}", _KEPT, stateful=True)
mutable_op = op(f"MutableHashTable() -> {_REFERENCE}", _KEPT, stateful=True)
mutable_v2_op = op(f"MutableHashTableV2() -> {_RESOURCE}", _KEPT, stateful=True)
of_tensors_op = op(f"MutableHashTableOfTensors() -> {_REFERENCE}", _VECTORS, stateful=True)
of_tensors_v2_op = op(f"MutableHashTableOfTensorsV2() -> {_RESOURCE}", _VECTORS, stateful=True)
dense_op = op(f"MutableDenseHashTable(empty_key: key_dtype) -> {_REFERENCE}", _DENSE, stateful=True)
dense_v2_op = op(
    f"MutableDenseHashTableV2(empty_key: key_dtype, deleted_key: key_dtype) -> {_RESOURCE}",
    _DENSE,
    stateful=True,
)


def _both(name: str, inputs: str, outputs: str, attrs: str) -> tuple[Entry, Entry]:
    """An op on tables, for both kinds of handle."""
    outputs = f" -> {outputs}" if outputs else ""
    return (
        op(f"{name}({_REFERENCE}{inputs}){outputs}", attrs),
        op(f"{name}V2({_RESOURCE}{inputs}){outputs}", attrs, stateful=True),
    )


_ENTRY = ", keys: Tin, values: Tout"
_TYPES = "Tin: type; Tout: type"
_FILE = (
    "key_index: int >= -2; value_index: int >= -2; vocab_size: int >= -1 = -1; "
    "delimiter: string = '\\t'"
)
find_op, find_v2_op = _both(
    "LookupTableFind", ", keys: Tin, default_value: Tout", "values: Tout", _TYPES
)
insert_op, insert_v2_op = _both("LookupTableInsert", _ENTRY, "", _TYPES)
import_op, import_v2_op = _both("LookupTableImport", _ENTRY, "", _TYPES)
size_op, size_v2_op = _both("LookupTableSize", "", "size: int64", "")
export_op, export_v2_op = _both(
    "LookupTableExport", "", "keys: Tkeys, values: Tvalues", "Tkeys: type; Tvalues: type"
)
initialize_op, initialize_v2_op = _both(
    "InitializeTable", ", keys: Tkey, values: Tval", "", "Tkey: type; Tval: type"
)
from_file_op, from_file_v2_op = _both(
    "InitializeTableFromTextFile", ", filename: string", "", _FILE
)
remove_v2_op = op(f"LookupTableRemoveV2({_RESOURCE}, keys: Tin)", "Tin: type", stateful=True)

MAKERS = (
    *(hash_table_op, hash_table_v2_op, mutable_op, mutable_v2_op),
    *(of_tensors_op, of_tensors_v2_op, dense_op, dense_v2_op),
)
for _entry in (*MAKERS, find_op, find_v2_op, insert_op, insert_v2_op, size_op, size_v2_op):
    _entry.not_differentiable()
for _entry in (initialize_op, initialize_v2_op, from_file_op, from_file_v2_op):
    _entry.not_differentiable()


# Shapes.

for _entry in (hash_table_op, mutable_op, of_tensors_op, dense_op):
    _entry.shape(lambda node: (2,))
hash_table_v2_op.shape(shape_rules.scalar)


@mutable_v2_op.shape
@of_tensors_v2_op.shape
@dense_v2_op.shape
def mutable_shape(node: Any) -> Dims:
    keys = node.inputs[0].dims if node.inputs else ()
    values = node.attr("value_shape") if "value_shape" in node._attrs else ()
    node.outputs[0]._handle_data = Entries(
        Elements(shape_rules.at_most_rank(keys, 1), node.attr("key_dtype")),
        Elements(values, node.attr("value_dtype")),
    )
    return ()


def _check_handle(node: Any) -> bool:
    """Checks the shape of a handle; whether it is a resource."""
    if node.inputs[0].dtype == dtypes.resource:
        shape_rules.with_rank(node.inputs[0].dims, 0)
        return True
    (size,) = shape_rules.with_rank(node.inputs[0].dims, 1)
    shape_rules.with_value(size, 2)
    return False


def _entries_of(node: Any, key_attr: str, value_attr: str) -> Entries | None:
    """What is known of a table's entries, whose types the node must have."""
    known: Entries | None = elements_of(node.inputs[0])
    if known is None:
        return None
    for found, attr in ((known.keys, key_attr), (known.values, value_attr)):
        if found.dtype != node.attr(attr):
            raise ShapeError(
                "Trying to read value with wrong dtype. Expected "
                f"{type_name(found.dtype)} got {type_name(node.attr(attr))}"
            )
    return known


@find_op.shape
@find_v2_op.shape
def find_shape(node: Any) -> Dims:
    is_resource = _check_handle(node)
    shape_rules.at_most_rank(node.inputs[2].dims, 1)
    known = _entries_of(node, "Tin", "Tout") if is_resource else None
    keys = node.inputs[1].dims
    if known is None or known.keys.dims is None or keys is None:
        return None
    if len(keys) < len(known.keys.dims):
        raise ShapeError(
            f"Expected keys to have suffix {dims_text(known.keys.dims)} but saw shape: "
            f"{dims_text(keys)}"
        )
    return shape_rules.concatenate(keys[: len(keys) - len(known.keys.dims)], known.values.dims)


@insert_op.shape
@insert_v2_op.shape
@import_op.shape
def insert_shape(node: Any) -> list[Dims]:
    _check_handle(node)
    return []


@import_v2_op.shape
@initialize_op.shape
@initialize_v2_op.shape
def initialize_shape(node: Any) -> list[Dims]:
    _check_handle(node)
    shape_rules.merge(shape_rules.with_rank(node.inputs[1].dims, 1), node.inputs[2].dims)
    return []


@from_file_op.shape
@from_file_v2_op.shape
def from_file_shape(node: Any) -> list[Dims]:
    _check_handle(node)
    shape_rules.with_rank(node.inputs[1].dims, 0)
    return []


@remove_v2_op.shape
def remove_shape(node: Any) -> list[Dims]:
    _check_handle(node)
    shape_rules.at_least_rank(node.inputs[1].dims, 1)
    return []


@size_op.shape
@size_v2_op.shape
def size_shape(node: Any) -> Dims:
    _check_handle(node)
    return ()


@export_op.shape
@export_v2_op.shape
def export_shape(node: Any) -> list[Dims]:
    known = _entries_of(node, "Tkeys", "Tvalues") if _check_handle(node) else None
    return [(None,), None if known is None else shape_rules.concatenate((None,), known.values.dims)]


# Making tables. TensorFlow has kernels for these types of keys and values.

_REAL = frozenset(["float64", "float32", "int32"])
_OF_INT64 = _REAL | {"int64"}
_OF_STRING = _OF_INT64 | {"bool"}
_HASHED = {
    "int32": _REAL | {"string"},
    "int64": _OF_INT64 | {"string"},
    "string": _OF_STRING | {"string"},
}
_CHANGED = {"int32": _REAL, "int64": _OF_INT64 | {"string"}, "string": _OF_STRING}
_BUCKETS = {"int32": _REAL, "int64": _OF_INT64 | {"bool"}, "string": _OF_STRING}


def _check_types(node: Operation, types: dict[str, frozenset[str]]) -> tuple[DType, DType]:
    keys, values = node.attr("key_dtype"), node.attr("value_dtype")
    if values.name not in types.get(keys.name, ()):
        attrs = ", ".join(f"{name}={value_text(node.attr(name))}" for name in node._attrs)
        raise invalid(
            f"No OpKernel was registered to support Op '{node.type}' used by node {node.name} with "
            f"these attrs: [{attrs}]"
        )
    return keys, values


def _shared(
    session: Any,
    node: Operation,
    types: dict[str, frozenset[str]],
    make: Callable[[DType, DType], Table],
) -> Table:
    """The session's table that a node stands for; `make` gives it the first time.

    Raises:
      InvalidArgumentError: there is a table of that name and of other types, or none of these
        types.
    """
    keys, values = _check_types(node, types)
    shared = node.attr("shared_name")
    if not shared and node.attr("use_node_name_sharing"):
        shared = node.name
    table: Table = session.slot(
        ("table", node.attr("container"), shared, "" if shared else node.name),
        lambda: make(keys, values),
    )
    if not table.name:
        # TensorFlow numbers what is not shared.
        table.name = shared or f"_{next(_count)}_{node.name}"
        table.container = node.attr("container") or "localhost"
    if (table.key_dtype, table.value_dtype) != (keys, values):
        raise invalid(
            f"Conflicting key/value dtypes {type_name(keys)}->{type_name(values)} with "
            f"{type_name(table.key_dtype)}-{type_name(table.value_dtype)} for table {table.name}"
        )
    return table


@hash_table_op.kernel
@hash_table_v2_op.kernel
def hash_table_kernel(*, session: Any, node: Operation) -> Table:
    return _shared(session, node, _HASHED, HashTable)


@mutable_op.kernel
@mutable_v2_op.kernel
def mutable_kernel(*, session: Any, node: Operation) -> Table:
    return _shared(session, node, _CHANGED, MutableHashTable)


@of_tensors_op.kernel
@of_tensors_v2_op.kernel
def of_tensors_kernel(*, session: Any, node: Operation, value_shape: Any) -> Table:
    def make(keys: DType, values: DType) -> Table:
        if value_shape is None or len(value_shape) != 1:
            raise invalid(f"Default value must be a vector, got shape {dims_text(value_shape)}")
        return MutableHashTable(keys, values, value_shape)

    return _shared(session, node, _CHANGED, make)


@dense_op.numpy
def dense_kernel(empty_key: Any, *, session: Any, node: Operation) -> Table:
    # An op without the other key cannot be run.
    raise invalid("Unknown input name: deleted_key")


@dense_v2_op.numpy
def dense_v2_kernel(
    empty_key: Any,
    deleted_key: Any,
    *,
    session: Any,
    node: Operation,
    value_shape: Any,
    initial_num_buckets: int,
    max_load_factor: float,
) -> Table:
    def make(keys: DType, values: DType) -> Table:
        marks = _array(empty_key), _array(deleted_key)
        size = initial_num_buckets
        return DenseHashTable(keys, values, value_shape, *marks, size, max_load_factor)

    return _shared(session, node, _BUCKETS, make)


# Using them.


def _array(value: Any) -> np.ndarray:
    """A value as an array; bytes stay as they are."""
    if isinstance(value, np.ndarray):
        return value
    return np.asarray(value, object if isinstance(value, bytes) else None)


def _table(handle: Any, node: Operation, *attrs: str) -> Any:
    """The table of a handle; one chosen at run time comes in an array.

    Raises:
      InvalidArgumentError: the types of keys and values that `attrs` name are not the table's.
    """
    table: Table = handle.item() if isinstance(handle, np.ndarray) else handle
    expected = [table.key_dtype, table.value_dtype][: len(attrs)]
    if [node.attr(a) for a in attrs] != expected:
        first, *inputs = (type_name(t.dtype) for t in node.inputs)
        if node.type.startswith("LookupTableExport"):
            inputs, wanted = [], []
        else:
            wanted = [type_name(d) for d in expected]
        outputs = [type_name(t.dtype) for t in node.outputs]
        given = [type_name(d) for d in [table.key_dtype, table.value_dtype][2 - len(outputs) :]]
        raise invalid(
            f"Signature mismatch, have: {', '.join([first, *inputs])}->{', '.join(outputs)} "
            f"expected: {', '.join([first, *wanted])}->{', '.join(given if outputs else [])}"
        )
    return table


@find_op.numpy
@find_v2_op.numpy
def find_kernel(handle: Any, keys: Any, default_value: Any, *, node: Operation) -> Any:
    table = _table(handle, node, "Tin", "Tout")
    found = table.find(_array(keys), _array(default_value))
    return found if found.ndim or found.dtype == object else found[()]


@insert_op.numpy
@insert_v2_op.numpy
def insert_kernel(handle: Any, keys: Any, values: Any, *, node: Operation) -> None:
    _table(handle, node, "Tin", "Tout").insert(_array(keys), _array(values))


@import_op.numpy
@import_v2_op.numpy
def import_kernel(handle: Any, keys: Any, values: Any, *, node: Operation) -> None:
    _table(handle, node, "Tin", "Tout").fill(_array(keys), _array(values))


@remove_v2_op.numpy
def remove_kernel(handle: Any, keys: Any, *, node: Operation) -> None:
    _table(handle, node, "Tin").remove(_array(keys))


@size_op.numpy
@size_v2_op.numpy
def size_kernel(handle: Any, *, node: Operation) -> np.int64:
    return np.int64(_table(handle, node).size())


@export_op.numpy
@export_v2_op.numpy
def export_kernel(handle: Any, *, node: Operation) -> tuple[np.ndarray, np.ndarray]:
    found: tuple[np.ndarray, np.ndarray] = _table(handle, node, "Tkeys", "Tvalues").export()
    return found


def _initializable(handle: Any, node: Operation, *attrs: str) -> HashTable:
    table = _table(handle, node)
    if not isinstance(table, HashTable):
        raise invalid(f"Table {table.container} {table.name} is not initializable")
    _table(handle, node, *attrs)
    return table


@initialize_op.numpy
@initialize_v2_op.numpy
def initialize_kernel(handle: Any, keys: Any, values: Any, *, node: Operation) -> None:
    table = _initializable(handle, node, "Tkey", "Tval")
    keys, values = _array(keys), _array(values)
    for name, array in (("Keys", keys), ("Values", values)):
        if array.ndim != 1:
            raise invalid(f"{name} must be a vector, but received shape{dims_text(array.shape)}")
    if len(keys) != len(values):
        raise invalid(f"Keys and values must have the same size {len(keys)} vs {len(values)}")
    table.fill(keys, values)


@from_file_op.numpy
@from_file_v2_op.numpy
def from_file_kernel(
    handle: Any,
    filename: Any,
    *,
    node: Operation,
    key_index: int,
    value_index: int,
    vocab_size: int,
    delimiter: str,
) -> None:
    mark = compat.as_bytes(delimiter)
    if len(mark) != 1:
        raise invalid("delimiter should be only 1 char")
    table = _initializable(handle, node)
    if _array(filename).ndim:
        shape = dims_text(_array(filename).shape)
        raise invalid(f"filename should be a single string, but got {shape}")
    path = compat.as_text(_array(filename).item())
    if not path:
        raise invalid("filename cannot be empty.")
    keys, values = table.key_dtype, table.value_dtype
    vocabulary.check_columns(keys, key_index, values, value_index)
    content = file_io.FileIO(path, "rb").read()
    columns = ((keys, key_index), (values, value_index))
    table.initialize(vocabulary.entries(path, content, columns, vocab_size, mark))
