"""Staging areas and the operations on them: Stage, Unstage, MapStage, OrderedMapStage, ..."""

from typing import Any

import numpy as np

from evergraph.graph.operation import Operation
from evergraph.graph.registry import op
from evergraph.kernels.staging import MapStagingArea, StagingArea
from evergraph.ops import shape_rules

_SIZES = "capacity: int >= 0 = 0; memory_limit: int >= 0 = 0; "
_NAMES = "; container: string = ''; shared_name: string = ''"
_SOME = f"{_SIZES}dtypes: list(type) >= 1{_NAMES}"
_ANY = f"{_SIZES}dtypes: list(type){_NAMES}"
_PUT = f"{_SIZES}dtypes: list(type); fake_dtypes: list(type) >= 1{_NAMES}"
_VALUES = "values: list(dtypes)"

stage_op = op(f"Stage({_VALUES})", _SOME, stateful=True)
unstage_op = op(f"Unstage() -> {_VALUES}", _SOME, stateful=True)
peek_op = op(f"StagePeek(index: int32) -> {_VALUES}", _SOME, stateful=True, host=["index"])
size_op = op("StageSize() -> size: int32", _ANY, stateful=True)
clear_op = op("StageClear()", _ANY, stateful=True)


def _unknown(node: Any) -> Any:
    return [None] * len(node.outputs)


for _entry in (stage_op, unstage_op, peek_op, clear_op):
    _entry.shape(_unknown)
    _entry.not_differentiable()
size_op.shape(shape_rules.scalar)
size_op.not_differentiable()


def _key(node: Operation) -> tuple[str, str, str]:
    return "staging area", node.attr("container"), node.attr("shared_name") or node.name


def _area(session: Any, node: Operation) -> StagingArea:
    """The session's area that a node stands for."""
    sizes = node.attr("capacity"), node.attr("memory_limit")
    found: StagingArea = session.slot(_key(node), lambda: StagingArea(*sizes))
    return found


@stage_op.kernel
def stage_kernel(values: list[Any], *, session: Any, node: Operation) -> None:
    _area(session, node).put(values)


@unstage_op.kernel
def unstage_kernel(*, session: Any, node: Operation) -> Any:
    return _area(session, node).get()


@peek_op.kernel
def peek_kernel(index: int, *, session: Any, node: Operation) -> Any:
    return _area(session, node).peek(index)


@size_op.numpy
def size_kernel(*, session: Any, node: Operation) -> np.int32:
    return np.int32(_area(session, node).size())


@clear_op.kernel
def clear_kernel(*, session: Any, node: Operation) -> None:
    _area(session, node).clear()


def _map(session: Any, node: Operation) -> MapStagingArea:
    """The session's area with keys that a node stands for."""
    parts = len(node.attr("dtypes"))
    ordered = node.type.startswith("Ordered")
    sizes = node.attr("capacity"), node.attr("memory_limit")
    found: MapStagingArea = session.slot(_key(node), lambda: MapStagingArea(*sizes, parts, ordered))
    found.has_parts(parts)
    return found


def map_stage_kernel(
    key: int, indices: Any, values: list[Any], *, session: Any, node: Operation
) -> None:
    _map(session, node).put(key, indices, values)


def map_unstage_kernel(key: int, indices: Any, *, session: Any, node: Operation) -> Any:
    return _map(session, node).get(key, indices)


def map_unstage_no_key_kernel(indices: Any, *, session: Any, node: Operation) -> Any:
    key, values = _map(session, node).get_any(indices)
    return (np.int64(key), *values)


def map_peek_kernel(key: int, indices: Any, *, session: Any, node: Operation) -> Any:
    return _map(session, node).peek(key, indices)


def map_size_kernel(*, session: Any, node: Operation) -> np.int32:
    return np.int32(_map(session, node).size())


def map_incomplete_size_kernel(*, session: Any, node: Operation) -> np.int32:
    return np.int32(_map(session, node).incomplete_size())


def map_clear_kernel(*, session: Any, node: Operation) -> None:
    _map(session, node).clear()


def _with_keys(kind: str) -> None:
    """The ops on areas with keys, of one kind."""
    keyed = ["key", "indices"]
    where = "key: int64, indices: int32"
    put = op(f"{kind}Stage({where}, values: list(fake_dtypes))", _PUT, stateful=True, host=keyed)
    get = op(f"{kind}Unstage({where}) -> {_VALUES}", _SOME, stateful=True, host=keyed)
    get_any = op(
        f"{kind}UnstageNoKey(indices: int32) -> key: int64, {_VALUES}",
        _SOME,
        stateful=True,
        host=["indices"],
    )
    peek = op(f"{kind}Peek({where}) -> {_VALUES}", _SOME, stateful=True, host=keyed)
    size = op(f"{kind}Size() -> size: int32", _ANY, stateful=True)
    incomplete = op(f"{kind}IncompleteSize() -> size: int32", _ANY, stateful=True)
    clear = op(f"{kind}Clear()", _ANY, stateful=True)
    for entry, kernel in (
        (put, map_stage_kernel),
        (get, map_unstage_kernel),
        (get_any, map_unstage_no_key_kernel),
        (peek, map_peek_kernel),
        (clear, map_clear_kernel),
    ):
        entry.kernel(kernel)
        entry.shape(_unknown)
        entry.not_differentiable()
    for entry, kernel in ((size, map_size_kernel), (incomplete, map_incomplete_size_kernel)):
        entry.numpy(kernel)
        entry.shape(shape_rules.scalar)
        entry.not_differentiable()


_with_keys("Map")
_with_keys("OrderedMap")
