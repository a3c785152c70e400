"""Parts of tensors: Slice, StridedSlice and what undoes it."""

from typing import Any

import numpy as np
import torch

from evergraph.api import array_ops
from evergraph.graph.registry import ShapeError, op
from evergraph.kernels import strided_slice as strided
from evergraph.kernels.host import invalid, settle, text
from evergraph.kernels.strided_slice import Masks
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_MASKS = (
    "T: type; Index: int32 | int64; begin_mask: int = 0; end_mask: int = 0; "
    "ellipsis_mask: int = 0; new_axis_mask: int = 0; shrink_axis_mask: int = 0"
)
_NUMBERS = ["begin", "end", "strides"]

slice_op = op(
    "Slice(input: T, begin: Index, size: Index) -> output: T",
    "T: type; Index: int32 | int64",
    host=["begin", "size"],
    view=True,
)
strided_slice_op = op(
    "StridedSlice(input: T, begin: Index, end: Index, strides: Index) -> output: T",
    _MASKS,
    host=_NUMBERS,
    view=True,
)
strided_slice_grad_op = op(
    "StridedSliceGrad(shape: Index, begin: Index, end: Index, strides: Index, dy: T) -> output: T",
    _MASKS,
    host=["shape", *_NUMBERS],
)
tensor_strided_slice_update_op = op(
    "TensorStridedSliceUpdate(input: T, begin: Index, end: Index, strides: Index, value: T) -> "
    "output: T",
    _MASKS,
    host=_NUMBERS,
)


# Slice.


@slice_op.shape
def slice_shape(node: Any) -> Dims:
    dims = node.inputs[0].dims
    begin_dims = shape_rules.with_rank(node.inputs[1].dims, 1)
    size_dims = shape_rules.with_rank(node.inputs[2].dims, 1)
    rank = (shape_rules.merge(begin_dims, size_dims) or (None,))[0]
    if rank is not None:
        dims = shape_rules.with_rank(dims, rank)
    begin, size = node.static_dims(1), node.static_input(2)
    if size is not None and (size < -1).any():
        raise ShapeError(f"Invalid value in tensor used for shape: {int(size[size < -1][0])}")
    if size is None:
        # Here -1 is an unknown size, too.
        wanted = node.static_dims(2)
        if wanted is not None:
            return wanted
        return None if dims is None else (None,) * len(dims)
    count = len(size)
    dims = shape_rules.with_rank(dims, count)
    begin = (None,) * count if begin is None else begin
    return tuple(
        shape_rules.subtract_dim(d, b) if s == -1 else int(s)
        for d, b, s in zip(dims, begin, size, strict=True)
    )


def _check_slice(shape: Any, begin: tuple[int, ...], size: tuple[int, ...]) -> tuple[slice, ...]:
    rank = len(shape)
    if len(begin) != rank or len(size) != rank:
        raise invalid(
            f"Expected begin and size arguments to be 1-D tensors of size {rank}, "
            f"but got shapes [{len(begin)}] and [{len(size)}] instead."
        )
    index = []
    for i, (d, b, s) in enumerate(zip(shape, begin, size, strict=True)):
        if s == -1:
            s = d - b
        if d == 0:
            if b != 0 or s != 0:
                what = "begin" if b != 0 else "size"
                raise invalid(
                    f"Expected {what}[{i}] == 0 (got {b if b else s}) when input.dim_size({i}) == 0"
                )
        elif not 0 <= b <= d:
            raise invalid(f"Expected begin[{i}] in [0, {d}], but got {b}")
        elif not 0 <= s <= d - b:
            raise invalid(f"Expected size[{i}] in [0, {d - b}], but got {s}")
        index.append(slice(b, b + s))
    return tuple(index)


@slice_op.kernel
def slice_kernel(x: torch.Tensor, begin: tuple[int, ...], size: tuple[int, ...]) -> torch.Tensor:
    return x[_check_slice(x.shape, begin, size)]


@slice_op.numpy
def slice_numpy(x: Any, begin: tuple[int, ...], size: tuple[int, ...]) -> Any:
    return settle(x[(*_check_slice(x.shape, begin, size), ...)])


@slice_op.gradient
def slice_gradient(node: Any, grad: Any) -> Any:
    """Zeros around `grad`, as wide as what was cut away."""
    x, begin = node.inputs[0], node.inputs[1]
    rank = array_ops.rank(x)
    size = array_ops.shape(node.outputs[0])
    column = array_ops.stack([rank, 1])
    before = array_ops.reshape(begin, column)
    after = array_ops.reshape(array_ops.shape(x) - size - begin, column)
    return array_ops.pad(grad, array_ops.concat([before, after], 1)), None, None


# StridedSlice.


@strided_slice_op.shape
def strided_slice_shape(node: Any) -> Dims:
    dims = node.inputs[0].dims
    numbers: Dims = None
    for t in node.inputs[1:4]:
        numbers = shape_rules.merge(numbers, shape_rules.with_rank(t.dims, 1))
    if numbers is None or numbers[0] is None:
        return None
    strides = node.static_input(3)
    if dims is None or strides is None:
        return None
    masks = Masks.of(node)
    # Messages show begin and end only where they matter, so these are asked for last.
    sliced(dims, None, None, strides, masks)
    return sliced(dims, node.static_input(1), node.static_input(2), strides, masks)


def _dense_spec(rank: int, count: int, masks: Masks) -> list[Any]:
    """For each position of the result's making: the sparse index i, None for a new axis, "all"."""
    if masks.ellipsis & (masks.ellipsis - 1):
        raise ShapeError("Multiple ellipses in slice spec not allowed")
    covered = 0
    for i in range(count):
        if not (masks.ellipsis >> i & 1 or masks.new_axis >> i & 1):
            covered += 1
    if covered > rank:
        raise ShapeError(f"Index out of range using input dim {rank}; input has only {rank} dims")
    spec: list[Any] = []
    for i in range(count):
        if masks.ellipsis >> i & 1:
            spec.extend(["all"] * (rank - covered))
        elif masks.new_axis >> i & 1:
            spec.append(None)
        else:
            spec.append(i)
    if not masks.ellipsis & ((1 << count) - 1):
        spec.extend(["all"] * (rank - covered))
    return spec


def sliced(dims: Any, begin: Any, end: Any, strides: Any, masks: Masks) -> Dims:
    """The dims of `dims` sliced; `begin` and `end` are None where unknown."""
    result: list[int | None] = []
    at = 0
    for item in _dense_spec(len(dims), len(strides), masks):
        if item is None:
            result.append(1)
            continue
        dim = dims[at]
        if item == "all":
            result.append(dim)
            at += 1
            continue
        bit, stride = 1 << item, int(strides[item])
        if stride == 0:
            raise ShapeError(f"strides[{at}] must be non-zero")
        known = begin is not None and end is not None
        if masks.shrink & bit:
            if dim is not None:
                if stride < 0:
                    raise ShapeError("only stride 1 allowed on non-range indexing.")
                if known:
                    b = int(begin[item])
                    place = b + dim if b < 0 else b
                    if not 0 <= place < dim:
                        raise ShapeError(f"slice index {place} of dimension {at} out of bounds.")
        elif dim is None:
            result.append(None)
        else:
            b = None if masks.begin & bit else "?" if not known else int(begin[item])
            e = None if masks.end & bit else "?" if not known else int(end[item])
            if not known and not (b is None and e is None):
                result.append(None)
            else:
                result.append(len(range(*slice(b, e, stride).indices(dim))))
        at += 1
    return tuple(result)


def _index(begin: Any, end: Any, strides: Any, masks: Masks) -> tuple[Any, ...]:
    try:
        return strided.python_index(begin, end, strides, masks)
    except (TypeError, ValueError) as error:
        shapes = [np.shape(n) for n in (begin, end, strides)]
        if len(shapes[0]) != 1 or len(set(shapes)) > 1:
            given = [text(s) for s in shapes]
            raise invalid(
                "Expected begin, end, and strides to be 1D equal size tensors, but got shapes "
                f"{given[0]}, {given[1]}, and {given[2]} instead."
            ) from None
        raise invalid(str(error)) from None


@strided_slice_op.kernel
def strided_slice_kernel(
    x: torch.Tensor,
    begin: tuple[int, ...],
    end: tuple[int, ...],
    strides: tuple[int, ...],
    *,
    begin_mask: int,
    end_mask: int,
    ellipsis_mask: int,
    new_axis_mask: int,
    shrink_axis_mask: int,
) -> torch.Tensor:
    masks = Masks(begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    return strided.read(x, _index(begin, end, strides, masks))


@strided_slice_op.numpy
def strided_slice_numpy(
    x: Any,
    begin: tuple[int, ...],
    end: tuple[int, ...],
    strides: tuple[int, ...],
    *,
    begin_mask: int,
    end_mask: int,
    ellipsis_mask: int,
    new_axis_mask: int,
    shrink_axis_mask: int,
) -> Any:
    masks = Masks(begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    index = _index(begin, end, strides, masks)
    if x.dtype == object and Ellipsis not in index:
        # The ellipsis keeps string elements arrays of rank 0.
        index = (*index, ...)
    try:
        return x[index]
    except IndexError as error:
        raise (strided.explain(index, x.shape) or error) from None


@strided_slice_op.specialize
def choose_strided_slice(node: Any) -> Any:
    """With numbers known beforehand the index is made once."""
    numbers = [node.static_input(i) for i in (1, 2, 3)]
    if any(n is None for n in numbers):
        return strided_slice_kernel
    masks = Masks.of(node)
    begin, end, strides = (tuple(n.tolist()) for n in numbers)
    try:
        index = strided.python_index(begin, end, strides, masks)
    except ValueError:
        return strided_slice_kernel

    def read(x: torch.Tensor, *_: Any) -> torch.Tensor:
        return strided.read(x, index)

    return read


def _masks(node: Any) -> dict[str, int]:
    names = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
    return {name: node.attr(name) for name in names}


@strided_slice_op.gradient
def strided_slice_gradient(node: Any, grad: Any) -> Any:
    x, begin, end, strides = node.inputs
    shape = array_ops.shape(x, out_type=begin.dtype)
    whole = array_ops.strided_slice_grad(shape, begin, end, strides, grad, **_masks(node))
    return whole, None, None, None


@strided_slice_grad_op.shape
def strided_slice_grad_shape(node: Any) -> Dims:
    if node.inputs[0].dims is not None:
        shape_rules.with_rank(node.inputs[0].dims, 1)
    return node.static_dims(0)


@strided_slice_grad_op.kernel
def strided_slice_grad_kernel(
    shape: tuple[int, ...],
    begin: tuple[int, ...],
    end: tuple[int, ...],
    strides: tuple[int, ...],
    grad: torch.Tensor,
    *,
    begin_mask: int,
    end_mask: int,
    ellipsis_mask: int,
    new_axis_mask: int,
    shrink_axis_mask: int,
) -> torch.Tensor:
    masks = Masks(begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    whole = grad.new_zeros(shape)
    strided.write(whole, _index(begin, end, strides, masks), grad)
    return whole


@strided_slice_grad_op.numpy
def strided_slice_grad_numpy(
    shape: tuple[int, ...],
    begin: tuple[int, ...],
    end: tuple[int, ...],
    strides: tuple[int, ...],
    grad: Any,
    *,
    begin_mask: int,
    end_mask: int,
    ellipsis_mask: int,
    new_axis_mask: int,
    shrink_axis_mask: int,
) -> Any:
    masks = Masks(begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    whole = np.zeros(shape, grad.dtype)
    whole[_index(begin, end, strides, masks)] = grad
    return settle(whole)


@strided_slice_grad_op.gradient
def strided_slice_grad_gradient(node: Any, grad: Any) -> Any:
    _, begin, end, strides, _ = node.inputs
    part = array_ops.strided_slice(grad, begin, end, strides, **_masks(node))
    return None, None, None, None, part


tensor_strided_slice_update_op.shape(shape_rules.unchanged)


@tensor_strided_slice_update_op.kernel
def tensor_strided_slice_update_kernel(
    x: torch.Tensor,
    begin: tuple[int, ...],
    end: tuple[int, ...],
    strides: tuple[int, ...],
    value: torch.Tensor,
    *,
    begin_mask: int,
    end_mask: int,
    ellipsis_mask: int,
    new_axis_mask: int,
    shrink_axis_mask: int,
) -> torch.Tensor:
    masks = Masks(begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    copy = x.clone()
    strided.write(copy, _index(begin, end, strides, masks), value)
    return copy
