"""Patches of images and volumes laid out in depth: ExtractImagePatches, ExtractVolumePatches."""

from typing import Any

import numpy as np
import torch

from evergraph.api import array_ops, math_ops, sparse_math, sparse_ops
from evergraph.base import dtypes
from evergraph.base.errors import UnimplementedError
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import SparseTensor
from evergraph.graph.registry import ShapeError, op
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_PADDING = "padding: string in {'SAME', 'VALID'}"

extract_image_patches_op = op(
    "ExtractImagePatches(images: T) -> patches: T",
    "ksizes: list(int) >= 4; strides: list(int) >= 4; rates: list(int) >= 4; T: realnumber; "
    + _PADDING,
)
extract_volume_patches_op = op(
    "ExtractVolumePatches(input: T) -> patches: T",
    "ksizes: list(int) >= 5; strides: list(int) >= 5; T: realnumber; " + _PADDING,
)


def _window(size: int | None, window: int, stride: int, padding: str) -> tuple[Any, int]:
    """The number of windows along an axis, and what is padded before it."""
    if size is None:
        return None, 0
    if padding == "VALID":
        return -((window - 1 - size) // stride), 0
    count = -(-size // stride)
    return count, max((count - 1) * stride + window - size, 0) // 2


def _shape(node: Any, count: int, rates: list[int]) -> Dims:
    dims = shape_rules.with_rank(node.inputs[0].dims, count + 2)
    sizes, strides = node.attr("ksizes"), node.attr("strides")
    for name, values in (("ksizes", sizes), ("strides", strides)):
        if len(values) != count + 2:
            raise ShapeError(
                f"{'ExtractImagePatches' if count == 2 else 'ExtractVolumePatches'} requires the "
                f"{name.removesuffix('s')} attribute to contain {count + 2} values, but got: "
                f"{len(values)}"
            )
    space = []
    depth = dims[-1]
    for i in range(1, count + 1):
        window = sizes[i] + (sizes[i] - 1) * (rates[i] - 1)
        space.append(_window(dims[i], window, strides[i], node.attr("padding"))[0])
        depth = shape_rules.multiply_dim(depth, sizes[i])
    return (dims[0], *space, depth)


@extract_image_patches_op.shape
def extract_image_patches_shape(node: Any) -> Dims:
    return _shape(node, 2, node.attr("rates"))


@extract_volume_patches_op.shape
def extract_volume_patches_shape(node: Any) -> Dims:
    return _shape(node, 3, [1] * 5)


def _positions(
    size: int, window: int, stride: int, rate: int, padding: str
) -> tuple[Any, Any, int]:
    """For each window and place in it the index read, and whether it is within the image."""
    extent = window + (window - 1) * (rate - 1)
    count, before = _window(size, extent, stride, padding)
    index = np.arange(max(count, 0))[:, None] * stride - before + np.arange(window) * rate
    inside = (index >= 0) & (index < size)
    return np.where(inside, index, 0), inside, max(count, 0)


def _patches(
    x: torch.Tensor, sizes: list[int], strides: list[int], rates: list[int], padding: str
) -> torch.Tensor:
    count = x.dim() - 2
    for name, values in (("ksizes", sizes), ("strides", strides), ("rates", rates)):
        if values[0] != 1 or values[-1] != 1:
            raise UnimplementedError(None, None, f"Only support {name} across space.")
    result = x
    counts = []
    # Each axis becomes (windows, places); later axes move two further to the right.
    for i in range(count):
        at = 1 + 2 * i
        index, inside, windows = _positions(
            x.shape[1 + i], sizes[1 + i], strides[1 + i], rates[1 + i], padding
        )
        counts.append(windows)
        flat = torch.from_numpy(index.reshape(-1)).to(x.device)
        result = result.index_select(at, flat)
        result = result.reshape(*result.shape[:at], windows, sizes[1 + i], *result.shape[at + 1 :])
        if not inside.all():
            mask = torch.from_numpy(inside).to(x.device)
            mask = mask.reshape(windows, sizes[1 + i], *[1] * (result.dim() - at - 2))
            result = torch.where(mask, result, torch.zeros((), dtype=x.dtype, device=x.device))
    order = [0, *range(1, 2 * count, 2), *range(2, 2 * count + 1, 2), 2 * count + 1]
    depth = x.shape[-1]
    for s in sizes:
        depth *= s
    return result.permute(order).reshape(x.shape[0], *counts, depth)


@extract_image_patches_op.kernel
def extract_image_patches_kernel(
    x: torch.Tensor, *, ksizes: list[int], strides: list[int], rates: list[int], padding: str
) -> torch.Tensor:
    return _patches(x, ksizes, strides, rates, padding)


@extract_volume_patches_op.kernel
def extract_volume_patches_kernel(
    x: torch.Tensor, *, ksizes: list[int], strides: list[int], padding: str
) -> torch.Tensor:
    return _patches(x, ksizes, strides, [1] * 5, padding)


# The gradient is a sparse matrix, from which patch element which input came, times the gradient.


@extract_image_patches_op.gradient
def extract_image_patches_gradient(node: Any, grad: Any) -> Any:
    shape = array_ops.shape(node.inputs[0], out_type=dtypes.int64)
    batch, rows_in, columns_in, channels = shape[0], shape[1], shape[2], shape[3]
    count = 1 + rows_in * columns_in
    numbered = array_ops.reshape(
        math_ops.range(1, count, dtype=dtypes.int64), (1, rows_in, columns_in, 1)
    )
    attrs = {name: node.attr(name) for name in ("ksizes", "strides", "rates", "padding")}
    read = apply_op("ExtractImagePatches", numbered, **attrs)
    out_shape = array_ops.shape(node.outputs[0], out_type=dtypes.int64)
    rows_out, columns_out = out_shape[1], out_shape[2]
    _, height, width, _ = node.attr("ksizes")
    out_count = rows_out * columns_out * height * width
    places = array_ops.reshape(
        math_ops.range(out_count, dtype=dtypes.int64),
        (1, rows_out, columns_out, height * width),
    )
    matrix = _reads(read, places, count, out_count, grad.dtype)
    spread = array_ops.transpose(
        array_ops.reshape(grad, (batch, rows_out, columns_out, height, width, channels)),
        (1, 2, 3, 4, 0, 5),
    )
    flat = array_ops.reshape(spread, (-1, batch * channels))
    summed = sparse_math.sparse_tensor_dense_matmul(matrix, flat)
    result = array_ops.reshape(summed, (rows_in, columns_in, batch, channels))
    return [array_ops.transpose(result, (2, 0, 1, 3))]


def _reads(read: Any, places: Any, count: Any, out_count: Any, dtype: Any) -> SparseTensor:
    """Ones where an input is read; row 0, which stands for the padding, is cut off."""
    pairs = array_ops.concat(
        [array_ops.expand_dims(read, axis=-1), array_ops.expand_dims(places, axis=-1)], axis=-1
    )
    pairs = array_ops.reshape(pairs, (-1, 2))
    whole = SparseTensor(pairs, array_ops.ones([out_count], dtype=dtype), (count, out_count))
    return sparse_ops.sparse_slice(whole, (1, 0), (count - 1, out_count))


@extract_volume_patches_op.gradient
def extract_volume_patches_gradient(node: Any, grad: Any) -> Any:
    _, planes_in, rows_in, columns_in, _ = node.inputs[0].dims
    shape = array_ops.shape(node.inputs[0])
    batch, channels = shape[0], shape[4]
    count = 1 + planes_in * rows_in * columns_in
    numbered = array_ops.reshape(
        math_ops.range(1, count, dtype=dtypes.int64), (1, planes_in, rows_in, columns_in, 1)
    )
    attrs = {name: node.attr(name) for name in ("ksizes", "strides", "padding")}
    read = apply_op("ExtractVolumePatches", numbered, **attrs)
    _, planes_out, rows_out, columns_out, _ = node.outputs[0].dims
    _, depth, height, width, _ = node.attr("ksizes")
    windows = planes_out * rows_out * columns_out
    out_count = windows * depth * height * width
    places = array_ops.reshape(
        math_ops.range(out_count, dtype=dtypes.int64),
        (1, planes_out, rows_out, columns_out, depth * height * width),
    )
    matrix = _reads(read, places, count, out_count, grad.dtype)
    spread = array_ops.transpose(
        array_ops.reshape(
            grad,
            (batch, planes_out, rows_out, columns_out, depth, height, width, channels),
        ),
        (1, 2, 3, 4, 5, 6, 0, 7),
    )
    flat = array_ops.reshape(spread, (-1, batch * channels))
    summed = sparse_math.sparse_tensor_dense_matmul(matrix, flat)
    result = array_ops.reshape(summed, (planes_in, rows_in, columns_in, batch, channels))
    return [array_ops.transpose(result, (3, 0, 1, 2, 4))]
