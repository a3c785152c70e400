"""Evenly spaced numbers, and counts of numbers in bins."""

import math
from typing import Any

import numpy as np
import torch

from evergraph.base.dtypes import DType
from evergraph.base.errors import InvalidArgumentError
from evergraph.graph.registry import ShapeError, op
from evergraph.kernels.dtypes import numpy_dtype, torch_dtype
from evergraph.ops import shape_rules

range_op = op(
    "Range(start: Tidx, limit: Tidx, delta: Tidx) -> output: Tidx",
    "Tidx: bfloat16 | float32 | float64 | int32 | int64 = int32",
    host=["start", "limit", "delta"],
)
range_op.not_differentiable()


def scalars_called(node: Any, *names: str) -> None:
    """Checks that inputs are scalars; the error tells which is not."""
    for tensor, name in zip(node.inputs, names, strict=True):
        try:
            shape_rules.with_rank(tensor.dims, 0)
        except ShapeError as error:
            raise ShapeError(f"{error}\n\t for '{name}'") from None


def scalar_values(start: Any, second: Any, name: str) -> None:
    """Checks the same of values, the first two of which are called "start" and `name`."""
    for value, called in ((start, "start"), (second, name)):
        if np.ndim(value):
            found = shape_rules.text(np.shape(value))
            said = f"{called} must be a scalar, not shape {found}"
            raise InvalidArgumentError(None, None, said)


def range_problem(start: Any, limit: Any, delta: Any) -> str | None:
    """TensorFlow's complaint about a range, or None."""
    if delta > 0 and start > limit:
        return f"Requires start <= limit when delta > 0: {start:g}/{limit:g}"
    if delta < 0 and start < limit:
        return f"Requires start >= limit when delta < 0: {start:g}/{limit:g}"
    return "Requires delta != 0" if delta == 0 else None


def range_size(start: Any, limit: Any, delta: Any) -> int:
    if isinstance(start, int):
        return (abs(limit - start) + abs(delta) - 1) // abs(delta)
    return math.ceil(abs((limit - start) / delta))


@range_op.shape
def range_shape(node: Any) -> shape_rules.Dims:
    scalars_called(node, "start", "limit", "delta")
    values = [node.static_input(i) for i in range(3)]
    if any(v is None for v in values):
        return (None,)
    start, limit, delta = (v.item() for v in values)
    problem = range_problem(start, limit, delta)
    if problem is not None:
        raise ShapeError(problem)
    return (range_size(start, limit, delta),)


@range_op.numpy
def range_numpy(start: Any, limit: Any, delta: Any, *, Tidx: DType) -> np.ndarray:
    if isinstance(start, tuple) or isinstance(limit, tuple):
        scalar_values(start, limit, "limit")
    start, limit, delta = (v.item() if hasattr(v, "item") else v for v in (start, limit, delta))
    problem = range_problem(start, limit, delta)
    if problem is not None:
        text = problem + (": 0" if delta == 0 else "")
        raise InvalidArgumentError(None, None, text)
    dtype = numpy_dtype(Tidx)
    if Tidx.is_integer:
        return np.arange(start, limit, delta, dtype=dtype)
    # TensorFlow adds `delta` again and again, with the rounding of each step.
    steps = np.full(range_size(start, limit, delta), delta, dtype)
    steps[:1] = start
    return np.add.accumulate(steps, dtype=dtype)


@range_op.kernel
def range_kernel(start: Any, limit: Any, delta: Any, *, Tidx: DType) -> torch.Tensor:
    values = range_numpy(start, limit, delta, Tidx=Tidx)
    if values.dtype.kind == "V":
        return torch.from_numpy(values.astype(np.float32)).to(torch.bfloat16)
    return torch.from_numpy(values)


lin_space_op = op(
    "LinSpace(start: T, stop: T, num: Tidx) -> output: T",
    "T: bfloat16 | float32 | float64; Tidx: int32 | int64 = int32",
    host=["num"],
)
lin_space_op.not_differentiable()


@lin_space_op.shape
def lin_space_shape(node: Any) -> shape_rules.Dims:
    scalars_called(node, "start", "stop", "num")
    num = node.static_input(2)
    if num is None:
        return (None,)
    if num <= 0:
        raise ShapeError(f"Requires num > 0: {num}")
    return (int(num),)


@lin_space_op.kernel
def lin_space(start: torch.Tensor, stop: torch.Tensor, num: int) -> torch.Tensor:
    if start.dim() or stop.dim():
        scalar_values(start, stop, "stop")
    if num <= 0:
        raise InvalidArgumentError(None, None, f"Requires num > 0: {num}")
    if num == 1:
        return start.reshape(1).clone()
    step = (stop - start) / (num - 1)
    values = start + step * torch.arange(num, device=start.device).to(start.dtype)
    # The last one is `stop` itself, whatever the rounding.
    values[-1] = stop
    return values


bincount_op = op(
    "Bincount(arr: int32, size: int32, weights: T) -> bins: T",
    "T: int32 | int64 | float32 | float64",
    host=["size"],
)
bincount_op.not_differentiable()


@bincount_op.shape
def bincount_shape(node: Any) -> shape_rules.Dims:
    shape_rules.with_rank(node.inputs[1].dims, 0)
    size = node.static_input(1)
    if size is None:
        return (None,)
    if size < 0:
        raise ShapeError(f"size ({size}) must be non-negative")
    return (int(size),)


@bincount_op.kernel
def bincount(arr: torch.Tensor, size: int, weights: torch.Tensor) -> torch.Tensor:
    if size < 0:
        raise InvalidArgumentError(None, None, f"size ({size}) must be non-negative")
    arr = arr.reshape(-1).long()
    if bool((arr < 0).any()):
        raise InvalidArgumentError(None, None, "Input arr must be non-negative!")
    weights = weights.reshape(-1)
    if not weights.numel():
        weights = torch.ones(arr.shape, dtype=weights.dtype, device=arr.device)
    inside = arr < size
    bins = torch.zeros(size, dtype=weights.dtype, device=arr.device)
    return bins.index_add_(0, arr[inside], weights[inside])


histogram_op = op(
    "HistogramFixedWidth(values: T, value_range: T, nbins: int32) -> out: dtype",
    "T: int32 | int64 | float32 | float64; dtype: int32 | int64 = int32",
    host=["nbins"],
)
histogram_op.not_differentiable()


@histogram_op.shape
def histogram_shape(node: Any) -> shape_rules.Dims:
    (size,) = shape_rules.with_rank(node.inputs[1].dims, 1)
    shape_rules.with_value(size, 2)
    shape_rules.with_rank(node.inputs[2].dims, 0)
    bins = node.static_input(2)
    if bins is None:
        return (None,)
    if bins <= 0:
        raise ShapeError(f"Requires nbins > 0: {bins}")
    return (int(bins),)


@histogram_op.kernel
def histogram(
    values: torch.Tensor, value_range: torch.Tensor, nbins: int, *, dtype: DType
) -> torch.Tensor:
    low, high = value_range.tolist()
    if low >= high:
        bounds = f"[{low:g}, {high:g}]"
        raise InvalidArgumentError(
            None,
            None,
            f"value_range should satisfy value_range[0] < value_range[1], but got '{bounds}'",
        )
    if nbins <= 0:
        raise InvalidArgumentError(
            None, None, f"nbins should be a positive number, but got '{nbins}'"
        )
    step = (float(high) - float(low)) / nbins
    places = (torch.clamp(values.reshape(-1), min=low) - low).double() / step
    places = torch.clamp(places, max=nbins - 1).long()
    return torch.bincount(places, minlength=nbins).to(torch_dtype(dtype))


bucketize_op = op(
    "Bucketize(input: T) -> output: int32",
    "T: int32 | int64 | float32 | float64; boundaries: list(float)",
)
bucketize_op.shape(shape_rules.unchanged)
bucketize_op.not_differentiable()


@bucketize_op.kernel
def bucketize(x: torch.Tensor, *, boundaries: list[float]) -> torch.Tensor:
    if sorted(boundaries) != list(boundaries):
        raise InvalidArgumentError(None, None, "Expected sorted boundaries")
    # The boundaries of the OpDef are float32.
    edges = torch.tensor(boundaries, dtype=torch.float32, device=x.device)
    return torch.bucketize(x.double(), edges.double(), right=True, out_int32=True)
