"""Checks on shapes: tf.assert_rank, tf.assert_scalar, tf.debugging.assert_shapes."""

from collections.abc import Callable
from typing import Any, NamedTuple

from evergraph.api import math_ops
from evergraph.api.array_ops import rank as rank_of
from evergraph.api.array_ops import shape
from evergraph.api.check_ops import assert_type
from evergraph.api.control_flow_ops import Assert, cond, group, no_op, with_dependencies
from evergraph.api.eager_checks import named
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated_endpoints
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, executing_eagerly, name_scope
from evergraph.graph.operation import Operation
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor


def rank_name(x: Tensor) -> str:
    """What messages about ranks call a tensor: nothing, where tensors have no names."""
    return "" if executing_eagerly() else x.name


class _StaticFailure(Exception):
    """The rank is known while building, and wrong."""

    def __init__(self, actual: int, wanted: Any) -> None:
        super().__init__()
        self.actual, self.wanted = actual, wanted


def _checked_ranks(
    x: Tensor,
    ranks: tuple[Tensor, ...],
    static_fits: Callable[[int, Any], bool],
    dynamic_fits: Callable[[Tensor, Any], Tensor],
    data: Any,
    summarize: int | None,
) -> Operation:
    """An Assert, or a no-op where everything is known."""
    for rank in ranks:
        assert_type(rank, dtypes.int32)
    known = tuple(constant_value(rank) for rank in ranks)
    if all(r is not None for r in known):
        if any(r.ndim != 0 for r in known):
            raise ValueError("Rank must be a scalar.")
        if x.dims is not None:
            if not static_fits(len(x.dims), known):
                raise _StaticFailure(len(x.dims), known)
            return no_op(name="static_checks_determined_all_ok")
    condition = dynamic_fits(rank_of(x), ranks)
    for rank, value in zip(ranks, known, strict=True):
        if value is None:
            texts = ["Rank must be a scalar. Received rank: ", rank]
            check = assert_rank(rank, 0, data=texts)
            condition = with_dependencies([check], condition)
    return Assert(condition, data, summarize=summarize)


def _one_rank(
    default_name: str,
    words: str,
    static_fits: Callable[[int, Any], bool],
    dynamic_fits: Callable[[Tensor, Any], Tensor],
    x: Any,
    rank: Any,
    data: Any,
    summarize: int | None,
    message: str | None,
    name: str | None,
) -> Operation:
    with name_scope(name, default_name, (x, rank) + tuple(data or [])):
        x = convert_to_tensor(x, name="x")
        rank = convert_to_tensor(rank, name="rank")
        message = message or ""
        if data is None:
            data = [
                message,
                f"Tensor {rank_name(x)} must have rank{words}",
                rank,
                "Received shape: ",
                shape(x),
            ]
        try:
            return _checked_ranks(
                x,
                (rank,),
                lambda actual, wanted: static_fits(actual, wanted[0]),
                lambda actual, wanted: dynamic_fits(actual, wanted[0]),
                data,
                summarize,
            )
        except _StaticFailure as failure:
            raise ValueError(
                f"{message}.  Tensor {rank_name(x)} must have rank{words} "
                f"{int(failure.wanted[0])}.  Received rank {failure.actual}, shape {x.get_shape()}"
            ) from None


@export("debugging.assert_rank", "assert_rank")
def assert_rank(
    x: Any,
    rank: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails unless `x` has rank `rank`. Stands for `tf.assert_rank`.

    Args:
      x: a tensor.
      rank: an int32 scalar.
      data: what the error prints; default: a message, `rank` and the shape of `x`.
      summarize: how many entries of each tensor are printed.
      message: text put before.
      name: the nodes' scope.

    Raises:
      ValueError: at once, where the rank is known and differs, or `rank` is no scalar.
    """
    return _one_rank(
        "assert_rank",
        "",
        lambda actual, wanted: actual == wanted,
        math_ops.equal,
        x,
        rank,
        data,
        summarize,
        message,
        name,
    )


@export("debugging.assert_rank_at_least", "assert_rank_at_least")
@deprecated_endpoints("assert_rank_at_least")
def assert_rank_at_least(
    x: Any,
    rank: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """As `tf.assert_rank`, for a rank of at least `rank`. Stands for
    `tf.debugging.assert_rank_at_least`."""
    return _one_rank(
        "assert_rank_at_least",
        " at least",
        lambda actual, wanted: actual >= wanted,
        math_ops.greater_equal,
        x,
        rank,
        data,
        summarize,
        message,
        name,
    )


def _any_rank(actual: Tensor, ranks: Any) -> Tensor:
    if not ranks:
        return convert_to_tensor(False)
    result = math_ops.equal(ranks[0], actual)
    for rank in ranks[1:]:
        result = math_ops.logical_or(result, math_ops.equal(rank, actual))
    return result


@export("debugging.assert_rank_in", "assert_rank_in")
@deprecated_endpoints("assert_rank_in")
def assert_rank_in(
    x: Any,
    ranks: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """As `tf.assert_rank`, for a rank among `ranks`. Stands for `tf.debugging.assert_rank_in`."""
    with name_scope(name, "assert_rank_in", (x, *ranks, *(data or []))):
        x = convert_to_tensor(x, name="x")
        ranks = tuple(convert_to_tensor(rank, name="rank") for rank in ranks)
        message = message or ""
        if data is None:
            data = [
                message,
                f"Tensor {rank_name(x)} must have rank in",
                *ranks,
                "Received shape: ",
                shape(x),
            ]
        try:
            return _checked_ranks(
                x, ranks, lambda actual, wanted: actual in wanted, _any_rank, data, summarize
            )
        except _StaticFailure as failure:
            wanted = failure.wanted
            wanted = tuple(int(r) for r in wanted) if executing_eagerly() else wanted
            raise ValueError(
                f"{message}.  Tensor {rank_name(x)} must have rank in {wanted}.  "
                f"Received rank {failure.actual}, shape {x.get_shape()}"
            ) from None


@export("debugging.assert_scalar", "assert_scalar")
@deprecated_endpoints("assert_scalar")
def assert_scalar(tensor: Any, name: str | None = None, message: str | None = None) -> Tensor:
    """`tensor`; raises ValueError unless its static shape is a scalar's. Stands for
    `tf.debugging.assert_scalar`."""
    with name_scope(name, "assert_scalar", [tensor]) as scope:
        tensor = convert_to_tensor(tensor, name=scope)
        if tensor.dims != ():
            raise ValueError(
                f"{message or ''}Expected scalar shape for {tensor.name}, saw shape: "
                f"{tensor.get_shape()}."
            )
        return tensor


# Shapes with names for sizes.


class _Sizes(NamedTuple):
    """A tensor, its sizes, and what they are to be."""

    x: Tensor
    only_innermost: bool
    actual: Any
    symbols: tuple[Any, ...]


def _actual_sizes(x: Tensor) -> Any:
    """Ints where the sizes are known, else tensors; a scalar counts as a vector of one."""
    dynamic = shape(x)
    if x.dims is not None:
        if not x.dims:
            return (1,)
        return [dynamic[i] if size is None else size for i, size in enumerate(x.dims)]
    is_scalar = math_ops.equal(rank_of(x), 0)
    return cond(is_scalar, lambda: constant([1]), lambda: dynamic)


def _known(size: Any) -> bool:
    if size is None:
        return False
    try:
        int(size)
    except (ValueError, TypeError):
        return False
    return True


def _sizes_of(x: Tensor, symbols: Any, message: str) -> _Sizes:
    if not (hasattr(symbols, "__iter__") or hasattr(symbols, "__getitem__")):
        raise ValueError(
            f"{message}.  Tensor {named(x)}.  Specified shape must be an iterable.  An iterable "
            "has the attribute `__iter__` or `__getitem__`.  Received specified shape: "
            f"{symbols}"
        )
    symbols = tuple(symbols)
    innermost = False
    for i, symbol in enumerate(symbols):
        if symbol is not Ellipsis and symbol != "*":
            continue
        if i != 0:
            raise ValueError(
                f"{message}.  Tensor {named(x)} specified shape index {i}.  Symbol "
                "`...` or `*` for a variable number of unspecified dimensions is only allowed as "
                "the first entry"
            )
        innermost = True
    wanted = symbols[1:] if innermost else symbols
    return _Sizes(x, innermost, _actual_sizes(x), wanted or (1,))


@export("debugging.assert_shapes")
def assert_shapes(
    shapes: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails unless tensors have the shapes given. Stands for
    `tf.debugging.assert_shapes`.

    Args:
      shapes: a dict, or a list of pairs, from tensor to shape: ints, or symbols that stand for the
        same size wherever they occur; None or '.' for any size; '...' or '*' in front for any axes.
      data: what errors print; default: a message and the sizes.
      summarize: how many entries of each tensor are printed.
      message: text put before.
      name: the nodes' scope.

    Raises:
      ValueError: at once, where sizes are known and differ.
    """
    if isinstance(shapes, dict):
        shapes = shapes.items()
    message = message or ""
    with name_scope(name, "assert_shapes", [shapes, data]):
        pairs = [(convert_to_tensor(x), s) for x, s in shapes if s is not None]
        all_sizes = [_sizes_of(x, symbols, message) for x, symbols in pairs]
        ranks = [
            _rank_check(sizes, data, summarize, message, name)
            for sizes in all_sizes
            if not (sizes.only_innermost and len(sizes.symbols) in (0, 1))
        ]
        checks: list[Operation] = []
        seen: dict[Any, tuple[Any, Tensor, int]] = {}
        for sizes in all_sizes:
            for i, symbol in enumerate(sizes.symbols):
                check = _size_check(sizes, i, symbol, seen, data, summarize, message)
                if check is not None:
                    checks.append(check)
        with control_dependencies(ranks):
            return group(checks)


def _rank_check(
    sizes: _Sizes, data: Any, summarize: int | None, message: str, name: str | None
) -> Operation:
    count = len(sizes.symbols)
    rest = {"data": data, "summarize": summarize, "message": message, "name": name}
    if sizes.only_innermost:
        return assert_rank_at_least(x=sizes.x, rank=count, **rest)
    if count in (0, 1):
        return assert_rank_in(x=sizes.x, ranks=[0, 1], **rest)
    return assert_rank(x=sizes.x, rank=count, **rest)


def _size_check(
    sizes: _Sizes,
    i: int,
    symbol: Any,
    seen: dict[Any, tuple[Any, Tensor, int]],
    data: Any,
    summarize: int | None,
    message: str,
) -> Operation | None:
    """A check of one size, or None where there is nothing to check at run time."""
    if symbol is None or symbol == ".":
        return None
    at = i - len(sizes.symbols) if sizes.only_innermost else i
    if not _known(symbol) and symbol not in seen:
        seen[symbol] = (sizes.actual[at], sizes.x, at)
        return None
    if _known(symbol):
        wanted: Any = int(symbol)
        source = "Specified explicitly"
    else:
        wanted, other, other_at = seen[symbol]
        source = f"Specified by tensor {named(other)} dimension {other_at}"
    actual = sizes.actual[at]
    if _known(actual) and _known(wanted):
        if int(actual) != int(wanted):
            raise ValueError(
                f"{message}.  {source}.  Tensor {named(sizes.x)} dimension {at} must have size "
                f"{wanted}.  Received size {actual}, shape {sizes.x.get_shape()}"
            )
        return None
    condition = math_ops.equal(convert_to_tensor(actual), convert_to_tensor(wanted))
    if data is None:
        data = [
            message,
            source,
            f"Tensor {named(sizes.x)} dimension",
            at,
            "must have size",
            wanted,
            "Received shape: ",
            shape(sizes.x),
        ]
    return Assert(condition, data, summarize=summarize)


# TensorFlow 2's forms.


def assert_rank_v2(
    x: Any, rank: Any, message: str | None = None, name: str | None = None
) -> Operation:
    """As `assert_rank`, with TensorFlow 2's arguments."""
    return assert_rank(x=x, rank=rank, message=message, name=name)


def assert_rank_at_least_v2(
    x: Any, rank: Any, message: str | None = None, name: str | None = None
) -> Operation:
    """As `assert_rank_at_least`, with TensorFlow 2's arguments."""
    return assert_rank_at_least(x=x, rank=rank, message=message, name=name)


def assert_rank_in_v2(
    x: Any, ranks: Any, message: str | None = None, name: str | None = None
) -> Operation:
    """As `assert_rank_in`, with TensorFlow 2's arguments."""
    return assert_rank_in(x=x, ranks=ranks, message=message, name=name)


def assert_scalar_v2(tensor: Any, message: str | None = None, name: str | None = None) -> None:
    """As `assert_scalar`, without a result."""
    assert_scalar(tensor=tensor, message=message, name=name)


def assert_shapes_v2(
    shapes: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> None:
    """As `assert_shapes`, without a result."""
    assert_shapes(shapes, data=data, summarize=summarize, message=message, name=name)
