"""Shape rules that several op families share, and the helpers that rules are made of.

Helpers take and return dims (`None` for an unknown rank, else a tuple of `int | None`) and raise
`ShapeError` with TensorFlow's text. Rules take a node.
"""

from collections.abc import Iterable
from typing import Any

from evergraph.graph.registry import Rule, ShapeError

Dim = int | None
Dims = tuple[Dim, ...] | None


def text(dims: Dims) -> str:
    """Dims as TensorFlow's messages print them: ``[2,?]``, or ``?`` for an unknown rank."""
    if dims is None:
        return "?"
    return "[" + ",".join("?" if d is None else str(d) for d in dims) + "]"


# Helpers on dims.


def with_rank(dims: Dims, rank: int) -> tuple[Dim, ...]:
    """`dims`, which must have exactly `rank` dimensions; all unknown where the rank is unknown."""
    if dims is None:
        return (None,) * rank
    if len(dims) != rank:
        raise ShapeError(f"Shape must be rank {rank} but is rank {len(dims)}")
    return dims


def at_least_rank(dims: Dims, rank: int) -> Dims:
    """`dims`, which must have `rank` dimensions or more; None where the rank is unknown."""
    if dims is not None and len(dims) < rank:
        raise ShapeError(f"Shape must be at least rank {rank} but is rank {len(dims)}")
    return dims


def at_most_rank(dims: Dims, rank: int) -> Dims:
    """`dims`, which must have `rank` dimensions or fewer; None where the rank is unknown."""
    if dims is not None and len(dims) > rank:
        raise ShapeError(f"Shape must be at most rank {rank} but is rank {len(dims)}")
    return dims


def with_value(dim: Dim, value: int) -> int:
    """`value`, which `dim` must be where it is known."""
    if dim is not None and dim != value:
        raise ShapeError(f"Dimension must be {value} but is {dim}")
    return value


def merge_dim(a: Dim, b: Dim) -> Dim:
    """The dimension that both `a` and `b` describe."""
    if a is None or a == b:
        return b
    if b is None:
        return a
    raise ShapeError(f"Dimensions must be equal, but are {a} and {b}")


def merge(a: Dims, b: Dims) -> Dims:
    """The dims that both `a` and `b` describe."""
    if a is None:
        return b
    if b is None:
        return a
    if len(a) != len(b):
        raise ShapeError(f"Shapes must be equal rank, but are {len(a)} and {len(b)}")
    for i, (m, n) in enumerate(zip(a, b, strict=True)):
        if m is not None and n is not None and m != n:
            raise ShapeError(
                f"Dimension {i} in both shapes must be equal, but are {m} and {n}. "
                f"Shapes are {text(a)} and {text(b)}."
            )
    return tuple(n if m is None else m for m, n in zip(a, b, strict=True))


def merge_prefix(dims: Dims, prefix: Dims) -> tuple[Dims, Dims]:
    """`dims` and `prefix`, where the first dimensions of `dims` are those of `prefix`."""
    if dims is None or prefix is None:
        return dims, prefix
    at_least_rank(dims, len(prefix))
    head = tuple(merge_dim(d, p) for d, p in zip(dims, prefix, strict=False))
    return head + dims[len(prefix) :], head


def concatenate(a: Dims, b: Dims) -> Dims:
    """The dims of `a` followed by those of `b`."""
    return None if a is None or b is None else a + b


def add_dim(a: Dim, b: Dim) -> Dim:
    """`a` + `b`; unknown where either is (but 0 adds nothing)."""
    if a == 0:
        return b
    if b == 0:
        return a
    return None if a is None or b is None else a + b


def subtract_dim(a: Dim, b: Dim) -> Dim:
    """`a` - `b`, which must not be negative."""
    if a is None or b is None:
        return a if b == 0 else None
    if a < b:
        raise ShapeError(f"Negative dimension size caused by subtracting {b} from {a}")
    return a - b


def multiply_dim(a: Dim, b: Dim) -> Dim:
    """`a` * `b`; unknown where either is (but 0 and 1 decide)."""
    if a == 0 or b == 0:
        return 0
    if a == 1 or b == 1:
        return b if a == 1 else a
    return None if a is None or b is None else a * b


def divide_dim(a: Dim, b: Dim, evenly: bool = True) -> Dim:
    """`a` / `b`, which must leave no remainder if `evenly`."""
    if b == 1:
        return a
    if b is not None and b <= 0:
        raise ShapeError(f"Divisor must be positive but is {b}")
    if a is None or b is None:
        return None
    if evenly and a % b:
        raise ShapeError(f"Dimension size must be evenly divisible by {b} but is {a}")
    return a // b


def element_count(dims: Dims) -> Dim:
    """How many elements a tensor of `dims` has; None where unknown."""
    if dims is None or None in dims:
        return None
    count = 1
    for d in dims:
        count *= d  # type: ignore[operator]
    return count


def broadcast(a: Dims, b: Dims, error: bool = True) -> Dims:
    """The dims of an element-wise operation on `a` and `b`.

    With `error` false dims that do not fit give a scalar instead of a ShapeError, and dims that may
    not
    fit an unknown rank.
    """
    if a is None or b is None:
        return None
    rank = max(len(a), len(b))
    result: list[Dim] = []
    for m, n in zip((1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b, strict=True):
        if m == 1 or n == 1:
            result.append(n if m == 1 else m)
        elif m is None or n is None:
            if not error:
                return None
            # A known size above 1 wins: the program is taken to be right.
            known = n if m is None else m
            result.append(known if known else None)
        elif m == n:
            result.append(m)
        elif error:
            raise ShapeError(f"Dimensions must be equal, but are {m} and {n}")
        else:
            # What TensorFlow says of `==` of tensors that cannot be equal: a scalar.
            return ()
    return tuple(result)


def axis_in(axis: int, rank: int, minimum: int | None = None) -> int:
    """`axis` counted from the front. Raises ShapeError outside of [-rank, rank)."""
    if not -rank <= axis < rank:
        raise ShapeError(f"Dimension must be in the range [{-rank}, {rank}), but got {axis}")
    return axis + rank if axis < 0 else axis


def reduce(dims: Dims, axes: Iterable[int] | None, keep_dims: bool) -> Dims:
    """`dims` without `axes` (size 1 there with `keep_dims`); `axes` None where unknown."""
    if dims is None:
        return None
    rank = len(dims)
    if axes is None:
        return (None,) * rank if keep_dims else None
    reduced = set()
    for axis in axes:
        if not -rank <= axis < rank:
            raise ShapeError(
                f"Invalid reduction dimension {axis} for input with {rank} dimensions."
            )
        reduced.add(axis % rank)
    if keep_dims:
        return tuple(1 if i in reduced else d for i, d in enumerate(dims))
    return tuple(d for i, d in enumerate(dims) if i not in reduced)


# Rules.


def unchanged(node: Any) -> Dims:
    """The output is shaped like input 0."""
    return node.inputs[0].dims


def like_input(index: int) -> Rule:
    """The rule: the output is shaped like input `index`."""

    def rule(node: Any) -> Dims:
        return node.inputs[index].dims

    return rule


def at_least(rank: int) -> Rule:
    """The rule: the output is shaped like input 0, which must have `rank` dimensions or more."""

    def rule(node: Any) -> Dims:
        return at_least_rank(node.inputs[0].dims, rank)

    return rule


def broadcast_binary(node: Any) -> Dims:
    """The output is shaped as inputs 0 and 1 broadcast to one another."""
    return broadcast(node.inputs[0].dims, node.inputs[1].dims)


def merged(node: Any) -> Dims:
    """All inputs and the output have one shape."""
    dims: Dims = None
    for tensor in node.inputs:
        dims = merge(dims, tensor.dims)
    return dims


def scalar(node: Any) -> Dims:
    """The output is a scalar."""
    return ()


def unknown(node: Any) -> Any:
    """Nothing is known of any output."""
    count = len(node.outputs) if hasattr(node, "outputs") else 1
    return None if count == 1 else [None] * count


def no_outputs(node: Any) -> list[Dims]:
    """The op has no outputs."""
    return []


def reduced(node: Any) -> Dims:
    """Input 0 without the axes that input 1 names; attr `keep_dims` keeps them as size 1."""
    at_most_rank(node.inputs[1].dims, 1)
    axes = node.static_input(1)
    known = None if axes is None else [int(a) for a in axes.reshape(-1)]
    return reduce(node.inputs[0].dims, known, node.attr("keep_dims"))


def matmul(node: Any) -> Dims:
    """The product of two matrices; attrs `transpose_a` and `transpose_b`."""
    a = with_rank(node.inputs[0].dims, 2)
    b = with_rank(node.inputs[1].dims, 2)
    rows, inner_a = reversed(a) if node.attr("transpose_a") else a
    inner_b, columns = reversed(b) if node.attr("transpose_b") else b
    merge_dim(inner_a, inner_b)
    return rows, columns


def joined(node: Any, values: list[Dims], axis_index: int) -> Dims:
    """The dims of `values` joined along the axis that an input tells."""
    if node.inputs[axis_index].dims is not None:
        with_rank(node.inputs[axis_index].dims, 0)
    axis = node.static_input(axis_index)
    if axis is not None:
        return along(values, int(axis))
    # Which size grows is unknown; the rank may not be.
    rank = next((len(dims) for dims in values if dims is not None), None)
    if rank is None:
        return None
    if rank == 0:
        raise ShapeError("Can't concatenate scalars (use tf.stack instead)")
    for dims in values:
        with_rank(dims, rank)
    return (None,) * rank


def along(values: list[Dims], axis: int) -> Dims:
    """The dims of `values` joined along `axis`."""
    # A negative axis says that the rank is at least -axis.
    least = axis + 1 if axis >= 0 else -axis
    before: Dims = None
    after: Dims = None
    middle: int | None = 0
    for dims in reversed(values):
        at_least_rank(dims, least)
        if dims is None:
            middle = None
            before = before if axis < 0 else with_rank(before, axis)
            continue
        before = merge(dims[:axis], before)
        middle = add_dim(middle, dims[axis])
        after = merge(() if axis == -1 else dims[axis + 1 :], after)
    if before is None or after is None:
        return None
    return (*before, middle, *after)
