"""RaggedTensorToTensor: a ragged tensor filled up to a dense one."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from evergraph.base.errors import InternalError
from evergraph.graph.registry import ShapeError, op
from evergraph.kernels.host import invalid, text
from evergraph.ops.shape_rules import Dims
from evergraph.proto import TensorShapeProto

ROWIDS, SPLITS, FIRST = "VALUE_ROWIDS", "ROW_SPLITS", "FIRST_DIM_SIZE"
OTHERS = ("ROW_LENGTHS", "ROW_LIMITS", "ROW_STARTS")

to_tensor_op = op(
    "RaggedTensorToTensor(shape: Tshape, values: T, default_value: T, "
    "row_partition_tensors: num_row_partition_tensors * Tindex) -> result: T",
    "T: type; Tindex: int64 | int32; Tshape: int64 | int32; num_row_partition_tensors: int >= 1; "
    "row_partition_types: list(string)",
)


def ragged_rank(kinds: Sequence[str]) -> int:
    """How many axes may be ragged."""
    return len(kinds) - (kinds[0] == FIRST)


def proto_text(dims: Dims) -> str:
    """A shape as the message that describes it prints."""
    proto = TensorShapeProto(unknown_rank=dims is None)
    for size in dims or ():
        proto.dim.add(size=-1 if size is None else size)
    return str(proto)


def check_partitions(kinds: Sequence[str], partitions: Sequence[Any]) -> None:
    """The kinds of partitions, and the ranks of the tensors that describe them."""
    for kind in kinds:
        if kind not in (ROWIDS, SPLITS, FIRST, *OTHERS):
            raise ShapeError(f"Unknown string for partition info type: {kind}")
    for kind in kinds:
        if kind in OTHERS:
            raise ShapeError(f"Unsupported partition type: {kind}")
    if not kinds:
        raise ShapeError("Partition info types should not be empty")
    if FIRST in kinds[1:]:
        raise ShapeError("FIRST_DIM_SIZE must be first")
    if kinds[0] == FIRST and list(kinds[1:2]) != [ROWIDS]:
        raise ShapeError("FIRST_DIM_SIZE must be followed by VALUE_ROWIDS")
    if kinds[0] == ROWIDS:
        raise ShapeError("VALUE_ROWIDS cannot be first")
    if len(partitions) != len(kinds):
        raise ShapeError(
            f"Number of row partition tensors ({len(partitions)}) does not equal the number of "
            f"row partition types({len(kinds)})."
        )
    for kind, tensor in zip(kinds, partitions, strict=True):
        if tensor.dims is None:
            continue
        if kind == FIRST and tensor.dims:
            raise ShapeError("FIRST_DIM_SIZE must be a scalar.")
        if kind != FIRST and len(tensor.dims) != 1:
            raise ShapeError("Row partition must be a vector.")


def check_default(default: Dims, values: Dims) -> None:
    """The value that fills up, which goes where an inner value goes."""
    if default is None or values is None:
        return
    if len(default) > len(values):
        raise ShapeError(
            "default_value_shape must have no more dimensions than the value. "
            f"default_value_shape: {proto_text(default)} default_value_shape.dim_size(): "
            f"{len(default)} value_shape: {proto_text(values)} value_shape.dim_size(): "
            f"{len(values)}"
        )
    for i, (given, inner) in enumerate(zip(default, values[1:], strict=False)):
        if given not in (None, 1, inner) and inner is not None:
            raise ShapeError(f"default_value_shape and value_shape do not match on dimension {i}")


def combined(ragged: int, shape: Dims, values: Dims) -> Dims:
    """What is known of the result by the shape that is asked for and by the values."""
    if values is None:
        return shape
    found = (None,) * (ragged + len(values)) if shape is None else shape
    if ragged + len(values) != len(found):
        raise ShapeError(
            f"Value shape ({proto_text(values)}), ragged_rank({ragged}) and "
            f"shape({proto_text(shape)}) do not have a consistent number of dimensions"
        )
    outer, inner = found[: ragged + 1], list(found[ragged + 1 :])
    for i, size in enumerate(values[1:]):
        if size is not None and inner[i] not in (None, size):
            raise ShapeError("Value and shape dimension are inconsistent.")
        inner[i] = inner[i] if size is None else size
    return (*outer, *inner)


@to_tensor_op.shape
def to_tensor_shape(node: Any) -> Dims:
    shape, values, default, *partitions = node.inputs
    asked = shape.dims and node.static_dims(0)
    kinds = node.attr("row_partition_types")
    check_partitions(kinds, partitions)
    check_default(default.dims, values.dims)
    return combined(ragged_rank(kinds), asked or None, values.dims)


def widest(kind: str, partition: np.ndarray) -> int:
    """The length of the longest row."""
    if kind == SPLITS:
        return int(np.diff(partition).max(initial=0))
    starts = np.flatnonzero(np.diff(partition, prepend=partition[:1] - 1))
    return int(np.diff(starts, append=len(partition)).max(initial=0))


def places_below(
    kind: str, partition: np.ndarray, rows: np.ndarray, width: int, step: int
) -> np.ndarray:
    """Where in the result the entries of rows go that go to `rows`; -1 is nowhere."""
    if kind == SPLITS:
        lengths = np.diff(partition)
        row_of = np.repeat(np.arange(len(lengths)), lengths)
        column = np.arange(len(row_of)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    else:
        row_of = partition
        starts = np.flatnonzero(np.diff(partition, prepend=partition[:1] - 1))
        lengths = np.diff(starts, append=len(partition))
        column = np.arange(len(row_of)) - np.repeat(starts, lengths)
    parent = rows[row_of]
    return np.where((parent < 0) | (column >= width), -1, parent + column * step)


@to_tensor_op.numpy
def to_tensor_kernel(
    shape: Any, values: Any, default: Any, partitions: list[Any], *, row_partition_types: list[str]
) -> Any:
    kinds, partitions = list(row_partition_types), [np.asarray(p) for p in partitions]
    values, default = np.asarray(values), np.asarray(default)
    if kinds[0] == FIRST:
        rows = int(partitions[0])
        kinds, partitions = kinds[1:], partitions[1:]
    else:
        rows = len(partitions[0]) - 1
    asked = None if np.ndim(shape) == 0 else tuple(None if d < 0 else int(d) for d in shape)
    try:
        check_default(default.shape, values.shape)
        sizes = list(combined(len(kinds), asked, values.shape) or ())
    except ShapeError as error:
        raise invalid(str(error)) from None
    sizes[0] = rows if sizes[0] is None else sizes[0]
    for i, (kind, partition) in enumerate(zip(kinds, partitions, strict=True), 1):
        sizes[i] = widest(kind, partition) if sizes[i] is None else sizes[i]
    if values.ndim > 1:
        try:
            filled = np.broadcast_to(default, sizes).copy()
        except ValueError:
            raise invalid(
                f"Unable to broadcast default_value of shape {text(default.shape)} to tensor of "
                f"shape {text(sizes)}"
            ) from None
    else:
        filled = np.full(sizes, default, values.dtype)
    if filled.size == 0:
        return filled
    steps = np.cumprod([1, *sizes[len(kinds) : 0 : -1]])[::-1]  # in units of inner values
    places = np.arange(rows) * steps[0]
    places[sizes[0] :] = -1
    for i, (kind, partition) in enumerate(zip(kinds, partitions, strict=True), 1):
        places = places_below(kind, partition, places, sizes[i], steps[i])
    if len(values) != len(places):
        raise InternalError(None, None, "Values and indices must be equal")
    filled.reshape(-1, *values.shape[1:])[places[places >= 0]] = values[places >= 0]
    return filled
