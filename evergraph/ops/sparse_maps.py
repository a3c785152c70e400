"""Sparse tensors kept in a session, behind numbers that can go through queues."""

import itertools
import threading
from typing import Any

import numpy as np

from evergraph.graph.operation import Operation
from evergraph.graph.registry import op
from evergraph.kernels.host import invalid, text
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_PARTS = "sparse_indices: int64, sparse_values: T, sparse_shape: int64"
_NAMES = "container: string = ''; shared_name: string = ''"

add_op = op(
    f"AddSparseToTensorsMap({_PARTS}) -> sparse_handle: int64", f"T: type; {_NAMES}", stateful=True
)
add_many_op = op(
    f"AddManySparseToTensorsMap({_PARTS}) -> sparse_handles: int64",
    f"T: type; {_NAMES}",
    stateful=True,
)
take_many_op = op(
    "TakeManySparseFromTensorsMap(sparse_handles: int64) -> sparse_indices: int64, "
    "sparse_values: dtype, sparse_shape: int64",
    f"dtype: type; {_NAMES}",
    stateful=True,
)
for _entry in (add_op, add_many_op, take_many_op):
    _entry.not_differentiable()

Parts = tuple[np.ndarray, np.ndarray, np.ndarray]


class SparseTensorsMap:
    """Sparse tensors by number. Safe to use from several threads."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._kept: dict[int, Parts] = {}
        self._lock = threading.Lock()

    def add(self, parts: Parts) -> int:
        """Keeps a sparse tensor; its number."""
        with self._lock:
            number = next(self._numbers)
            self._kept[number] = parts
            return number

    def take(self, number: int) -> Parts:
        """Gives a sparse tensor and forgets it."""
        with self._lock:
            if number not in self._kept:
                raise invalid(f"Unable to find SparseTensor: {number} in map: ")
            return self._kept.pop(number)


def _check_ranks(node: Any) -> None:
    for tensor, rank in zip(node.inputs, (2, 1, 1), strict=True):
        if tensor.dims is not None:
            shape_rules.with_rank(tensor.dims, rank)


@add_op.shape
def add_shape(node: Any) -> Dims:
    _check_ranks(node)
    return ()


@add_many_op.shape
def add_many_shape(node: Any) -> Dims:
    _check_ranks(node)
    return (None,)


@take_many_op.shape
def take_many_shape(node: Any) -> list[Dims]:
    if node.inputs[0].dims is not None:
        shape_rules.with_rank(node.inputs[0].dims, 1)
    return [(None, None), (None,), (None,)]


def _map(session: Any, node: Operation) -> SparseTensorsMap:
    key = ("sparse map", node.attr("container"), node.attr("shared_name") or node.name)
    found: SparseTensorsMap = session.slot(key, SparseTensorsMap)
    return found


def _checked(indices: Any, values: Any, shape: Any) -> Parts:
    for what, array, rank, kind in (
        ("indices", indices, 2, "matrix"),
        ("values", values, 1, "vector"),
        ("shape", shape, 1, "vector"),
    ):
        if np.ndim(array) != rank:
            raise invalid(
                f"Input {what} should be a {kind} but received shape {text(np.shape(array))}"
            )
    return np.array(indices), np.array(values), np.array(shape)


@add_op.numpy
def add_kernel(indices: Any, values: Any, shape: Any, *, session: Any, node: Operation) -> np.int64:
    return np.int64(_map(session, node).add(_checked(indices, values, shape)))


@add_many_op.numpy
def add_many_kernel(
    indices: Any, values: Any, shape: Any, *, session: Any, node: Operation
) -> np.ndarray:
    indices, values, shape = _checked(indices, values, shape)
    if len(shape) < 2:
        raise invalid(f"Rank of input SparseTensor should be > 1, but saw rank: {len(shape)}")
    kept = _map(session, node)
    numbers = np.empty(int(shape[0]), np.int64)
    for i in range(len(numbers)):
        own = indices[:, 0] == i
        numbers[i] = kept.add((indices[own, 1:], values[own], shape[1:]))
    return numbers


@take_many_op.numpy
def take_many_kernel(handles: Any, *, dtype: Any, session: Any, node: Operation) -> Any:
    numbers = np.asarray(handles)
    if numbers.ndim != 1:
        raise invalid(f"sparse_handles should be a vector but received shape {text(numbers.shape)}")
    if not numbers.size:
        raise invalid("Must have at least 1 serialized SparseTensor, but input matrix has 0 rows")
    kept = _map(session, node)
    parts = [kept.take(number) for number in numbers.tolist()]
    ranks = {len(shape) for _, _, shape in parts}
    if len(ranks) > 1:
        raise invalid(
            "Inconsistent rank across SparseTensors: rank prior to SparseTensor[1] was: "
            f"{len(parts[0][2])} but rank of SparseTensor[1] is: {len(parts[1][2])}"
        )
    rows = np.repeat(np.arange(len(parts)), [len(values) for _, values, _ in parts])
    indices = np.column_stack([rows, np.concatenate([found for found, _, _ in parts])])
    values = np.concatenate([found for _, found, _ in parts])
    largest = np.max([shape for _, _, shape in parts], axis=0)
    return indices.astype(np.int64), values, np.concatenate([[len(parts)], largest])
