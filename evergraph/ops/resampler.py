"""Images read at points: Resampler of tf.contrib.resampler, and the op of its gradient."""

import math
from typing import Any

import torch

from evergraph.base.errors import UnimplementedError
from evergraph.graph.apply import apply_op
from evergraph.graph.registry import op
from evergraph.kernels import resampler
from evergraph.kernels.host import invalid, text
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_TYPES = "T: float16 | bfloat16 | float32 | float64"

resampler_op = op("Resampler(data: T, warp: T) -> output: T", _TYPES)
resampler_grad_op = op(
    "ResamplerGrad(data: T, warp: T, grad_output: T) -> grad_data: T, grad_warp: T", _TYPES
)


@resampler_op.shape
def resampler_shape(node: Any) -> Dims:
    data, warp = (shape_rules.at_least_rank(t.dims, 1) for t in node.inputs)
    if warp is None:
        return None
    return (*warp[:-1], None if data is None else data[-1])


@resampler_grad_op.shape
def resampler_grad_shape(node: Any) -> list[Dims]:
    return [t.dims for t in node.inputs[:2]]


def _check(data: torch.Tensor, warp: torch.Tensor, what: str) -> None:
    if data.dim() != 4:
        raise UnimplementedError(None, None, f"{what}, but is: {text(data.shape)}")
    if warp.dim() < 2:
        raise invalid(f"warp should be at least a matrix, got shape {text(warp.shape)}")
    if warp.shape[-1] != 2:
        raise UnimplementedError(
            None,
            None,
            "Only bilinear interpolation is supported, warping coordinates must be 2D; warp shape "
            f"last entry should be 2, but shape vector is: {text(warp.shape)}",
        )


def _points(warp: torch.Tensor) -> torch.Tensor:
    return warp.reshape(warp.shape[0], math.prod(warp.shape[1:-1]), 2)


@resampler_op.kernel
def resample(data: torch.Tensor, warp: torch.Tensor) -> torch.Tensor:
    _check(
        *(data, warp),
        "Only bilinear interpolation is currently supported. The input data shape must be "
        "[batch_size, data_height, data_width, data_channels]",
    )
    if data.shape[0] != warp.shape[0]:
        raise invalid(
            "Batch size of data and warp tensor must be the same, but input shapes are: "
            f"{text(data.shape)}, {text(warp.shape)}"
        )
    found = resampler.resample(data, _points(warp))
    return found.reshape(*warp.shape[:-1], data.shape[3])


@resampler_grad_op.kernel
def resampler_grad(data: torch.Tensor, warp: torch.Tensor, grad: torch.Tensor) -> Any:
    _check(
        *(data, warp),
        "Only bilinear interpolation is supported, the input data tensor must be a batch of 2d "
        "data; data shape should have 4 entries corresponding to [batch_size, data_height, "
        "data_width, data_channels]",
    )
    wanted = (*warp.shape[:-1], data.shape[3])
    if tuple(grad.shape) != wanted:
        raise invalid(
            "grad_output shape is not consistent with data and warp shapes; it should be "
            f"{text(wanted)} but is {text(grad.shape)}"
        )
    points = _points(warp)
    grad = grad.reshape(*points.shape[:2], data.shape[3])
    by_data, by_points = resampler.gradients(data, points, grad)
    return by_data, by_points.reshape(warp.shape)


@resampler_op.gradient
def resampler_gradient(node: Any, grad: Any) -> Any:
    return tuple(apply_op("ResamplerGrad", *node.inputs, grad))


resampler_grad_op.not_differentiable()
