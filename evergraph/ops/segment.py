"""Sums, means, products and extreme values of the rows that share a segment."""

from typing import Any

import torch

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.errors import InvalidArgumentError
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.registry import Entry, ShapeError, op
from evergraph.ops import shape_rules


def invalid(text: str) -> InvalidArgumentError:
    return InvalidArgumentError(None, None, text)


# How rows are put together: the name of torch's reduction, and what an empty segment holds.

SUM, MEAN, PROD, MAX, MIN = "sum", "mean", "prod", "amax", "amin"


def combine(
    rows: torch.Tensor, ids: torch.Tensor, size: int, how: str, empty: float | int
) -> torch.Tensor:
    """The rows with id i put together as row i; rows without any hold `empty`."""
    shape = (size, *rows.shape[1:])
    if how == MEAN:
        return _mean(rows, ids, size)
    if how == SUM:
        return torch.zeros(shape, dtype=rows.dtype, device=rows.device).index_add_(0, ids, rows)
    out = torch.full(shape, empty, dtype=rows.dtype, device=rows.device)
    index = ids.reshape(-1, *(1,) * (rows.dim() - 1)).expand(rows.shape)
    return out.scatter_reduce_(0, index, rows, how, include_self=how == PROD)


def _mean(rows: torch.Tensor, ids: torch.Tensor, size: int) -> torch.Tensor:
    total = combine(rows, ids, size, SUM, 0)
    number = torch.bincount(ids, minlength=size).clamp_(min=1).to(rows.dtype)
    number = number.reshape(-1, *(1,) * (rows.dim() - 1))
    if rows.is_floating_point() or rows.is_complex():
        return total / number
    return torch.div(total, number, rounding_mode="trunc")


def lowest(dtype: torch.dtype) -> float | int:
    return torch.finfo(dtype).min if dtype.is_floating_point else torch.iinfo(dtype).min


def highest(dtype: torch.dtype) -> float | int:
    return torch.finfo(dtype).max if dtype.is_floating_point else torch.iinfo(dtype).max


# Segments whose ids are sorted.


def segment_shape(node: Any) -> shape_rules.Dims:
    data = shape_rules.at_least_rank(node.inputs[0].dims, 1)
    shape_rules.with_rank(node.inputs[1].dims, 1)
    return None if data is None else (None, *data[1:])


def sorted_size(ids: torch.Tensor, limit: int | None = None) -> int:
    """How many segments sorted `ids` name; at most `limit`."""
    if not ids.numel():
        return 0 if limit is None else limit
    if bool((ids[1:] < ids[:-1]).any()):
        raise invalid("segment ids are not increasing")
    size = int(ids[-1]) + 1
    if limit is not None:
        if size > limit:
            raise invalid("segment ids must be < num_segments")
        size = limit
    if int(ids[0]) < 0:
        raise invalid(
            f"Segment id {int(ids[0])} out of range [0, {size}), possibly because 'segment_ids' "
            "input is not sorted."
        )
    return size


def segment_entry(name: str, types: str, how: str) -> Entry:
    made = op(
        f"{name}(data: T, segment_ids: Tindices) -> output: T",
        f"T: {types}; Tindices: int32 | int64",
    )
    made.shape(segment_shape)

    def segments(data: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
        if ids.dim() != 1:
            raise invalid("segment_ids should be a vector.")
        if data.shape[:1] != ids.shape:
            raise invalid("segment_ids should be the same size as dimension 0 of input.")
        return combine(data, ids.long(), sorted_size(ids), how, 1 if how == PROD else 0)

    made.kernel(segments)
    return made


segment_sum_op = segment_entry("SegmentSum", "number", SUM)
segment_mean_op = segment_entry("SegmentMean", "number", MEAN)
segment_prod_op = segment_entry("SegmentProd", "number", PROD)
segment_max_op = segment_entry("SegmentMax", "realnumber", MAX)
segment_min_op = segment_entry("SegmentMin", "realnumber", MIN)


@segment_sum_op.gradient
def segment_sum_gradient(node: Any, grad: Any) -> Any:
    return array_ops.gather(grad, node.inputs[1]), None


@segment_mean_op.gradient
def segment_mean_gradient(node: Any, grad: Any) -> Any:
    data, ids = node.inputs
    rank = array_ops.rank(data)
    ones_shape = array_ops.concat(
        [array_ops.shape(ids), array_ops.fill(array_ops.expand_dims(rank - 1, 0), 1)], 0
    )
    ones = array_ops.fill(ones_shape, constant(1, dtype=grad.dtype))
    scaled = math_ops.divide(grad, math_ops.segment_sum(ones, ids))
    return array_ops.gather(scaled, ids), None


@segment_max_op.gradient
@segment_min_op.gradient
def segment_extremum_gradient(node: Any, grad: Any) -> Any:
    data, ids = node.inputs
    zeros = array_ops.zeros_like(data, dtype=data.dtype)
    best = array_ops.gather(node.outputs[0], ids)
    chosen = math_ops.equal(data, best)
    number = math_ops.segment_sum(math_ops.cast(chosen, grad.dtype), ids)
    shares = array_ops.gather(math_ops.divide(grad, number), ids)
    return array_ops.where(chosen, shares, zeros), None


# Segments in any order; the caller says how many there are.


def unsorted_shape(node: Any) -> shape_rules.Dims:
    data, ids = node.inputs[0].dims, node.inputs[1].dims
    shape_rules.with_rank(node.inputs[2].dims, 0)
    size = node.static_input(2)
    if ids is None:
        return None
    data, _ = shape_rules.merge_prefix(data, ids)
    if size is not None and size < 0:
        raise ShapeError(
            f"Dimension size, given by scalar input 2, must be non-negative but is {size}"
        )
    if data is None:
        return None
    return (None if size is None else int(size), *data[len(ids) :])


def unsorted_entry(name: str, types: str, how: str) -> Entry:
    made = op(
        f"{name}(data: T, segment_ids: Tindices, num_segments: Tnumsegments) -> output: T",
        f"T: {types}; Tindices: int32 | int64; Tnumsegments: int32 | int64 = int32",
        host=["num_segments"],
    )
    made.shape(unsorted_shape)

    def unsorted_segments(data: torch.Tensor, ids: torch.Tensor, size: int) -> torch.Tensor:
        check_unsorted(data, ids, size)
        rows = (
            data.reshape(-1, *data.shape[ids.dim() :])
            if data.numel()
            else data.new_zeros((ids.numel(), *data.shape[ids.dim() :]))
        )
        flat = ids.reshape(-1).long()
        kept = flat >= 0
        if not bool(kept.all()):
            # Rows with a negative id belong nowhere.
            rows, flat = rows[kept], flat[kept]
        start = {PROD: 1, MAX: lowest, MIN: highest}.get(how, 0)
        return combine(rows, flat, size, how, start(data.dtype) if callable(start) else start)

    made.kernel(unsorted_segments)
    return made


def check_unsorted(data: torch.Tensor, ids: torch.Tensor, size: int) -> None:
    if data.shape[: ids.dim()] != ids.shape:
        shapes = [shape_rules.text(tuple(t.shape)) for t in (data, ids)]
        raise invalid(
            f"data.shape = {shapes[0]} does not start with segment_ids.shape = {shapes[1]}"
        )
    if size < 0:
        raise invalid(f"Input num_segments == {size} must not be negative.")
    too_big = ids >= size
    if bool(too_big.any()):
        place = torch.nonzero(too_big)[0].tolist()
        at = ",".join(map(str, place))
        value = int(ids[tuple(place)])
        raise invalid(f"segment_ids[{at}] = {value} is out of range [0, {size})")


unsorted_segment_sum_op = unsorted_entry("UnsortedSegmentSum", "number", SUM)
unsorted_segment_prod_op = unsorted_entry("UnsortedSegmentProd", "number", PROD)
unsorted_segment_max_op = unsorted_entry("UnsortedSegmentMax", "realnumber", MAX)
unsorted_segment_min_op = unsorted_entry("UnsortedSegmentMin", "realnumber", MIN)


def gather_dropping_negatives(
    params: Any, ids: Any, clipped: Any = None, is_positive: Any = None
) -> tuple[Any, Any, Any]:
    """Rows of `params` by `ids`, zeros where an id is negative; and the clipped ids and the
    mask."""
    if clipped is None:
        clipped = math_ops.maximum(ids, array_ops.zeros_like(ids))
    gathered = array_ops.gather(params, clipped)
    if is_positive is None:
        is_positive = math_ops.greater_equal(ids, 0)
        for _ in range(gathered.shape.ndims - is_positive.shape.ndims):
            is_positive = array_ops.expand_dims(is_positive, -1)
        is_positive = is_positive & array_ops.ones_like(gathered, dtype=dtypes.bool)
    zeros = array_ops.zeros_like(gathered)
    return array_ops.where(is_positive, gathered, zeros), clipped, is_positive


@unsorted_segment_sum_op.gradient
def unsorted_segment_sum_gradient(node: Any, grad: Any) -> Any:
    return gather_dropping_negatives(grad, node.inputs[1])[0], None, None


@unsorted_segment_max_op.gradient
@unsorted_segment_min_op.gradient
def unsorted_extremum_gradient(node: Any, grad: Any) -> Any:
    data, ids, size = node.inputs
    best, clipped, is_positive = gather_dropping_negatives(node.outputs[0], ids)
    chosen = math_ops.equal(data, best)
    chosen = math_ops.logical_and(chosen, is_positive)
    number = math_ops.unsorted_segment_sum(math_ops.cast(chosen, grad.dtype), ids, size)
    shares, _, _ = gather_dropping_negatives(
        math_ops.divide(grad, number), None, clipped, is_positive
    )
    zeros = array_ops.zeros_like(shares)
    return array_ops.where(chosen, shares, zeros), None, None


@unsorted_segment_prod_op.gradient
def unsorted_segment_prod_gradient(node: Any, grad: Any) -> Any:
    """Product over the entry itself, or where it is the only zero, the product of the others."""
    data, ids, size = node.inputs
    is_zero = math_ops.equal(data, 0)
    zeros = apply_op("UnsortedSegmentSum", math_ops.cast(is_zero, dtype=dtypes.int32), ids, size)
    grad = array_ops.where(math_ops.greater(zeros, 1), array_ops.zeros_like(grad), grad)
    others = array_ops.where(is_zero, array_ops.ones_like(data), data)
    other_product = apply_op("UnsortedSegmentProd", others, ids, size)
    clipped = math_ops.maximum(ids, array_ops.zeros_like(ids))
    product = array_ops.gather(node.outputs[0], clipped)
    other_product = array_ops.gather(other_product, clipped)
    quotient = product / data
    partial = array_ops.where(is_zero, other_product, quotient)
    return gather_dropping_negatives(grad, ids, clipped)[0] * partial, None, None


# Segments of chosen rows.


def sparse_shape(node: Any) -> shape_rules.Dims:
    data = shape_rules.at_least_rank(node.inputs[0].dims, 1)
    indices = shape_rules.with_rank(node.inputs[1].dims, 1)
    ids = shape_rules.with_rank(node.inputs[2].dims, 1)
    shape_rules.merge(indices, ids)
    size = None
    if len(node.inputs) == 4:
        shape_rules.with_rank(node.inputs[3].dims, 0)
        size = node.static_input(3)
        if size is not None and size < 0:
            raise ShapeError("Cannot specify a negative value for num_segments")
    return None if data is None else (None if size is None else int(size), *data[1:])


def chosen_rows(data: torch.Tensor, indices: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
    if indices.shape != ids.shape:
        raise invalid("segment_ids and indices should have same size.")
    indices = indices.long()
    outside = (indices < 0) | (indices >= data.shape[0])
    if bool(outside.any()):
        at = int(torch.nonzero(outside)[0])
        raise invalid(f"Bad: indices[{at}] == {int(indices[at])} out of range [0, {data.shape[0]})")
    return torch.index_select(data, 0, indices)


def sqrt_n(rows: torch.Tensor, ids: torch.Tensor, size: int) -> torch.Tensor:
    total = combine(rows, ids, size, SUM, 0)
    return total / root_of_counts(ids, size, rows)


def root_of_counts(ids: torch.Tensor, size: int, rows: torch.Tensor) -> torch.Tensor:
    number = torch.bincount(ids, minlength=size).clamp_(min=1).to(rows.dtype).sqrt_()
    return number.reshape(-1, *(1,) * (rows.dim() - 1))


def sparse_entry(name: str, types: str, how: str) -> tuple[Entry, Entry]:
    """The op, and the one that takes the number of segments."""
    made = op(
        f"{name}(data: T, indices: Tidx, segment_ids: int32) -> output: T",
        f"T: {types}; Tidx: int32 | int64 = int32",
    )
    with_size = op(
        f"{name}WithNumSegments(data: T, indices: Tidx, segment_ids: int32, "
        "num_segments: Tnumsegments) -> output: T",
        f"T: {types}; Tidx: int32 | int64 = int32; Tnumsegments: int32 | int64 = int32",
        host=["num_segments"],
    )

    def sparse_segments(
        data: torch.Tensor, indices: torch.Tensor, ids: torch.Tensor, size: int | None = None
    ) -> torch.Tensor:
        rows = chosen_rows(data, indices, ids)
        if size is not None and size < 0:
            raise invalid("num_segments can't be negative")
        size = sorted_size(ids, size)
        if how == "sqrtn":
            return sqrt_n(rows, ids.long(), size)
        return combine(rows, ids.long(), size, how, 0)

    for entry in (made, with_size):
        entry.shape(sparse_shape)
        entry.kernel(sparse_segments)
    return made, with_size


sparse_segment_sum_op, sparse_segment_sum_size_op = sparse_entry(
    "SparseSegmentSum", "realnumber", SUM
)
sparse_segment_mean_op, sparse_segment_mean_size_op = sparse_entry(
    "SparseSegmentMean", "float32 | float64", MEAN
)
sparse_segment_sqrt_n_op, sparse_segment_sqrt_n_size_op = sparse_entry(
    "SparseSegmentSqrtN", "float32 | float64", "sqrtn"
)

GRAD_ATTRS = "T: float32 | float64; Tidx: int32 | int64 = int32"
sparse_segment_mean_grad_op = op(
    "SparseSegmentMeanGrad(grad: T, indices: Tidx, segment_ids: int32, output_dim0: int32) "
    "-> output: T",
    GRAD_ATTRS,
    host=["output_dim0"],
)
sparse_segment_sqrt_n_grad_op = op(
    "SparseSegmentSqrtNGrad(grad: T, indices: Tidx, segment_ids: int32, output_dim0: int32) "
    "-> output: T",
    GRAD_ATTRS,
    host=["output_dim0"],
)


@sparse_segment_mean_grad_op.shape
@sparse_segment_sqrt_n_grad_op.shape
def sparse_grad_shape(node: Any) -> shape_rules.Dims:
    data = shape_rules.at_least_rank(node.inputs[0].dims, 1)
    indices = shape_rules.with_rank(node.inputs[1].dims, 1)
    shape_rules.merge(indices, node.inputs[2].dims)
    shape_rules.with_rank(node.inputs[3].dims, 0)
    size = node.static_input(3)
    if size is not None and size < 0:
        raise ShapeError("Cannot specify a negative value for output_dim0")
    return None if data is None else (None if size is None else int(size), *data[1:])


def spread(
    grad: torch.Tensor, indices: torch.Tensor, ids: torch.Tensor, size: int, divisor: torch.Tensor
) -> torch.Tensor:
    rows = torch.index_select(grad / divisor, 0, ids.long())
    return combine(rows, indices.long(), size, SUM, 0)


@sparse_segment_mean_grad_op.kernel
def sparse_segment_mean_grad(
    grad: torch.Tensor, indices: torch.Tensor, ids: torch.Tensor, size: int
) -> torch.Tensor:
    divisor = root_of_counts(ids.long(), grad.shape[0], grad)
    return spread(grad, indices, ids, size, divisor * divisor)


@sparse_segment_sqrt_n_grad_op.kernel
def sparse_segment_sqrt_n_grad(
    grad: torch.Tensor, indices: torch.Tensor, ids: torch.Tensor, size: int
) -> torch.Tensor:
    return spread(grad, indices, ids, size, root_of_counts(ids.long(), grad.shape[0], grad))


@sparse_segment_sum_op.gradient
@sparse_segment_sum_size_op.gradient
def sparse_segment_sum_gradient(node: Any, grad: Any) -> Any:
    rows = array_ops.shape(node.inputs[0])[0]
    spread_rows = math_ops.unsorted_segment_sum(
        array_ops.gather(grad, node.inputs[2]), node.inputs[1], rows
    )
    return spread_rows, *[None] * (len(node.inputs) - 1)


@sparse_segment_mean_op.gradient
@sparse_segment_mean_size_op.gradient
def sparse_segment_mean_gradient(node: Any, grad: Any) -> Any:
    rows = array_ops.shape(node.inputs[0])[0]
    result = apply_op("SparseSegmentMeanGrad", grad, node.inputs[1], node.inputs[2], rows)
    return result, *[None] * (len(node.inputs) - 1)


@sparse_segment_sqrt_n_op.gradient
@sparse_segment_sqrt_n_size_op.gradient
def sparse_segment_sqrt_n_gradient(node: Any, grad: Any) -> Any:
    rows = array_ops.shape(node.inputs[0])[0]
    result = apply_op("SparseSegmentSqrtNGrad", grad, node.inputs[1], node.inputs[2], rows)
    return result, *[None] * (len(node.inputs) - 1)
