"""Greatest elements along the last axis: TopK, InTopK, NthElement."""

from typing import Any

import numpy as np
import torch

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.errors import InvalidArgumentError
from evergraph.graph.registry import ShapeError, op
from evergraph.ops import shape_rules

top_k_op = op(
    "TopK(input: T) -> values: T, indices: int32",
    "k: int >= 0; sorted: bool = true; T: realnumber",
    deprecated=(7, "Use TopKV2 instead"),
)
top_kv2_op = op(
    "TopKV2(input: T, k: int32) -> values: T, indices: int32",
    "sorted: bool = true; T: realnumber",
    host=["k"],
)
in_top_k_op = op(
    "InTopK(predictions: float32, targets: T) -> precision: bool",
    "k: int; T: int32 | int64 = int32",
)
in_top_kv2_op = op(
    "InTopKV2(predictions: float32, targets: T, k: T) -> precision: bool",
    "T: int32 | int64 = int32",
    host=["k"],
)
nth_element_op = op(
    "NthElement(input: T, n: int32) -> values: T",
    "reverse: bool = false; T: realnumber",
    host=["n"],
)


def _scalar_size(node: Any, index: int) -> int | None:
    """The value of an input that must be one number from 0, where it is known."""
    value = node.static_input(index)
    if value is None:
        return None
    if value.ndim:
        raise ShapeError(f"Input must be scalar but has rank {value.ndim}")
    if value < 0:
        raise ShapeError(
            f"Dimension size, given by scalar input {index}, must be non-negative but is {value}"
        )
    return int(value)


@top_k_op.shape
@top_kv2_op.shape
def top_k_shape(node: Any) -> Any:
    dims = shape_rules.at_least_rank(node.inputs[0].dims, 1)
    if node.type == "TopK":
        k: int | None = node.attr("k")
    else:
        k = _scalar_size(node, 1)
    if dims is None:
        return [None, None]
    if dims[-1] is not None and k is not None and dims[-1] < k:
        raise ShapeError(f"input must have last dimension >= k = {k} but is {dims[-1]}")
    return [(*dims[:-1], k)] * 2


def _refuse(message: str) -> None:
    raise InvalidArgumentError(None, None, message)


def _check_top_k(shape: tuple[int, ...], k: Any) -> None:
    if not isinstance(k, int):
        _refuse(f"k must be scalar, got shape {shape_rules.text(np.shape(k))}")
    if k < 0:
        _refuse(f"Need k >= 0, got {k}")
    if not shape:
        _refuse("input must be >= 1-D, got shape []")
    if shape[-1] < k:
        _refuse(f"input must have at least k columns. Had {shape[-1]}, needed {k}")


@top_kv2_op.kernel
def top_k_kernel(x: torch.Tensor, k: Any) -> Any:
    _check_top_k(tuple(x.shape), k)
    values, indices = torch.topk(x, k, -1)
    # torch takes any of equal elements, TensorFlow the first.
    if k and bool((x >= values[..., -1:]).sum() != values.numel() or _has_ties(values)):
        values, indices = torch.sort(x, dim=-1, descending=True, stable=True)
        values, indices = values[..., :k].contiguous(), indices[..., :k]
    return values, indices.to(torch.int32)


def _has_ties(values: torch.Tensor) -> bool:
    return bool((values[..., 1:] == values[..., :-1]).any())


@top_kv2_op.numpy
def top_k_numpy(x: Any, k: Any) -> Any:
    _check_top_k(x.shape, k)
    # Sorted from the back, so that the first of equal elements comes first in descending order.
    order = np.argsort(x[..., ::-1], axis=-1, kind="stable")[..., ::-1][..., :k]
    indices = x.shape[-1] - 1 - order
    return np.take_along_axis(x, indices, -1), indices.astype(np.int32)


@top_k_op.kernel
def top_k_v1_kernel(x: torch.Tensor, *, k: int) -> Any:
    return top_k_kernel(x, k)


@top_k_op.numpy
def top_k_v1_numpy(x: Any, *, k: int) -> Any:
    return top_k_numpy(x, k)


@in_top_k_op.shape
@in_top_kv2_op.shape
def in_top_k_shape(node: Any) -> Any:
    predictions = shape_rules.with_rank(node.inputs[0].dims, 2)
    targets = shape_rules.with_rank(node.inputs[1].dims, 1)
    if node.type == "InTopKV2":
        shape_rules.with_rank(node.inputs[2].dims, 0)
    return (shape_rules.merge_dim(predictions[0], targets[0]),)


@in_top_kv2_op.kernel
def in_top_k_kernel(predictions: torch.Tensor, targets: torch.Tensor, k: Any) -> torch.Tensor:
    if predictions.dim() != 2:
        _refuse("predictions must be 2-dimensional")
    if targets.dim() != 1:
        _refuse("targets must be 1-dimensional")
    if predictions.shape[0] != targets.shape[0]:
        _refuse(
            f"First dimension of predictions {predictions.shape[0]} must match length of targets "
            f"{targets.shape[0]}"
        )
    classes = predictions.shape[1]
    known = (targets >= 0) & (targets < classes)
    if not classes:
        return known
    index = torch.where(known, targets, 0).long().unsqueeze(1)
    more_probable = (predictions > predictions.gather(1, index)).sum(1, dtype=torch.int32)
    # The ends tell of all numbers whether they are finite: those of rows with a NaN are NaN.
    finite = torch.isfinite(predictions.amax(1)) & torch.isfinite(predictions.amin(1))
    return known & finite & (more_probable < k)


@in_top_k_op.kernel
def in_top_k_v1_kernel(predictions: torch.Tensor, targets: torch.Tensor, *, k: int) -> torch.Tensor:
    return in_top_k_kernel(predictions, targets, k)


@nth_element_op.shape
def nth_element_shape(node: Any) -> Any:
    dims = shape_rules.at_least_rank(node.inputs[0].dims, 1)
    n = _scalar_size(node, 1)
    if dims is None:
        return None
    if dims[-1] is not None and n is not None and dims[-1] <= n:
        raise ShapeError(f"Input must have last dimension > n = {n} but is {dims[-1]}")
    return dims[:-1]


def _check_nth_element(shape: tuple[int, ...], n: Any) -> None:
    if not isinstance(n, int):
        _refuse(f"N must be scalar, got shape {shape_rules.text(np.shape(n))}")
    if n < 0:
        _refuse(f"Need n >= 0, got {n}")
    if not shape:
        _refuse("Input must be >= 1-D, got shape []")
    if shape[-1] <= n:
        _refuse("Input must have at least n+1 columns")


@nth_element_op.kernel
def nth_element_kernel(x: torch.Tensor, n: Any, *, reverse: bool) -> torch.Tensor:
    _check_nth_element(tuple(x.shape), n)
    place = x.shape[-1] - n if reverse else n + 1
    return torch.kthvalue(x, place, -1).values


@nth_element_op.numpy
def nth_element_numpy(x: Any, n: Any, *, reverse: bool) -> Any:
    _check_nth_element(x.shape, n)
    return np.sort(x, -1)[..., x.shape[-1] - 1 - n if reverse else n]


# Gradients.


@top_k_op.gradient
@top_kv2_op.gradient
def top_k_gradient(node: Any, grad: Any, _: Any) -> Any:
    in_shape = array_ops.shape(node.inputs[0])
    indices = node.outputs[1]
    indices_shape = array_ops.shape(indices)
    columns = _last_size(indices_shape)
    matrix = array_ops.reshape(indices, array_ops.stack([-1, columns]))
    in_columns = _last_size(in_shape)
    rows = array_ops.shape(matrix)[0]
    # Where each row starts in the flattened input.
    end = math_ops.cast(rows, dtypes.int64) * in_columns
    starts = array_ops.expand_dims(math_ops.range(0, end, in_columns), -1)
    flat = array_ops.reshape(matrix + math_ops.cast(starts, dtypes.int32), [-1])
    scattered = array_ops.scatter_nd(
        array_ops.expand_dims(flat, -1),
        array_ops.reshape(grad, [-1]),
        [math_ops.reduce_prod(in_shape)],
    )
    result = array_ops.reshape(scattered, in_shape)
    unused = array_ops.zeros([], dtype=dtypes.int32)
    return result if node.type == "TopK" else (result, unused)


def _last_size(shape: Any) -> Any:
    return array_ops.gather(math_ops.cast(shape, dtypes.int64), array_ops.size(shape) - 1)


@nth_element_op.gradient
def nth_element_gradient(node: Any, grad: Any) -> Any:
    x = node.inputs[0]
    same = math_ops.equal(array_ops.expand_dims(node.outputs[0], -1), x)
    indicators = math_ops.cast(same, grad.dtype)
    grad = array_ops.expand_dims(grad, -1)
    count = array_ops.expand_dims(math_ops.reduce_sum(indicators, -1), -1)
    return math_ops._div_python2(indicators, count) * grad, None
