"""Pooling that also tells where the largest values stand: MaxPoolWithArgmax and its gradients."""

from typing import Any

import torch

from evergraph.graph.apply import apply_op
from evergraph.graph.registry import ShapeError, op
from evergraph.kernels import pooling
from evergraph.kernels.dtypes import torch_dtype
from evergraph.kernels.pooling import Pool
from evergraph.ops import shape_rules, window_shapes
from evergraph.ops.shape_rules import Dims

_SIZES = "ksize: list(int) >= 4; strides: list(int) >= 4"
_REST = "padding: string in {'SAME', 'VALID'}; include_batch_in_index: bool = false"
_COPIED = ("ksize", "strides", "padding", "include_batch_in_index")

argmax_op = op(
    "MaxPoolWithArgmax(input: T) -> output: T, argmax: Targmax",
    f"{_SIZES}; Targmax: int32 | int64 = int64; {_REST}; T: realnumber",
)
argmax_grad_op = op(
    "MaxPoolGradWithArgmax(input: T, grad: T, argmax: Targmax) -> output: T",
    f"{_SIZES}; {_REST}; Targmax: int32 | int64; T: realnumber",
)
argmax_grad_grad_op = op(
    "MaxPoolGradGradWithArgmax(input: T, grad: T, argmax: Targmax) -> output: T",
    f"{_SIZES}; {_REST}; Targmax: int32 | int64; T: realnumber",
)


def _pooled(node: Any) -> Dims:
    dims = shape_rules.with_rank(node.inputs[0].dims, 4)
    sizes, strides = node.attr("ksize"), node.attr("strides")
    for name, found in (("stride", strides), ("ksize", sizes)):
        if len(found) != 4:
            raise ShapeError(
                f"MaxPool requires the {name} attribute to contain 4 values, but got: {len(found)}"
            )
    rest = window_shapes.places(dims[1:], sizes[1:], strides[1:], node.attr("padding"))
    return (dims[0], *rest)


@argmax_op.shape
def argmax_shape(node: Any) -> list[Dims]:
    return [_pooled(node)] * 2


@argmax_grad_op.shape
def argmax_grad_shape(node: Any) -> Dims:
    return shape_rules.with_rank(node.inputs[0].dims, 4)


@argmax_grad_grad_op.shape
def argmax_grad_grad_shape(node: Any) -> Dims:
    dims = _pooled(node)
    shape_rules.merge(node.inputs[0].dims, node.inputs[1].dims)
    shape_rules.merge(node.inputs[2].dims, dims)
    return dims


@argmax_op.specialize
def choose_argmax(node: Any) -> Any:
    pool = Pool(node.attr("strides"), node.attr("padding"), sizes=node.attr("ksize"))
    with_batch, dtype = node.attr("include_batch_in_index"), torch_dtype(node.attr("Targmax"))
    return lambda x: pooling.max_pool_with_argmax(x, pool, with_batch, dtype)


@argmax_grad_op.kernel
def argmax_grad(
    x: torch.Tensor, grad: torch.Tensor, argmax: torch.Tensor, *, include_batch_in_index: bool
) -> torch.Tensor:
    return pooling.max_pool_gradient_with_argmax(x, grad, argmax, include_batch_in_index)


@argmax_grad_grad_op.kernel
def argmax_grad_grad(
    x: torch.Tensor, grad: torch.Tensor, argmax: torch.Tensor, *, include_batch_in_index: bool
) -> torch.Tensor:
    return pooling.max_pool_gradient_gradient_with_argmax(x, grad, argmax, include_batch_in_index)


@argmax_op.gradient
def argmax_gradient(node: Any, grad: Any, _: Any) -> Any:
    copied = {name: node.attr(name) for name in _COPIED}
    return apply_op("MaxPoolGradWithArgmax", node.inputs[0], grad, node.outputs[1], **copied)
