"""Colours of images: AdjustContrast, AdjustHue, AdjustSaturation, RGBToHSV, HSVToRGB."""

from typing import Any

import torch

from evergraph.base import errors
from evergraph.graph.registry import op
from evergraph.kernels import colour
from evergraph.kernels.host import invalid, text
from evergraph.ops import shape_rules
from evergraph.ops.random_arguments import host_dims
from evergraph.ops.shape_rules import Dims

_HALF_OR_FLOAT = "T: float16 | float32 = float32"

adjust_contrast_op = op(
    "AdjustContrast(images: T, contrast_factor: float32, min_value: float32, max_value: float32) "
    "-> output: float32",
    "T: uint8 | int8 | int16 | int32 | int64 | float32 | float64",
    deprecated=(2, "Use AdjustContrastv2 instead"),
    host=["contrast_factor", "min_value", "max_value"],
)
adjust_contrast_v2_op = op(
    "AdjustContrastv2(images: T, contrast_factor: float32) -> output: T",
    _HALF_OR_FLOAT,
    host=["contrast_factor"],
)
adjust_hue_op = op(
    "AdjustHue(images: T, delta: float32) -> output: T", _HALF_OR_FLOAT, host=["delta"]
)
adjust_saturation_op = op(
    "AdjustSaturation(images: T, scale: float32) -> output: T", _HALF_OR_FLOAT, host=["scale"]
)
rgb_to_hsv_op = op("RGBToHSV(images: T) -> output: T", "T: floating = float32")
hsv_to_rgb_op = op("HSVToRGB(images: T) -> output: T", "T: floating = float32")
hsv_to_rgb_op.not_differentiable()


# Shapes.


@adjust_contrast_op.shape
@adjust_contrast_v2_op.shape
def contrast_shape(node: Any) -> Dims:
    for tensor in node.inputs[1:]:
        shape_rules.with_rank(tensor.dims, 0)
    return shape_rules.at_least_rank(node.inputs[0].dims, 3)


adjust_hue_op.shape(shape_rules.at_least(3))
adjust_saturation_op.shape(shape_rules.at_least(3))


@rgb_to_hsv_op.shape
@hsv_to_rgb_op.shape
def colorspace_shape(node: Any) -> Dims:
    dims = shape_rules.at_least_rank(node.inputs[0].dims, 1)
    if dims is None:
        return None
    return (*dims[:-1], shape_rules.with_value(dims[-1], 3))


# Kernels.


def _check(images: torch.Tensor, **scalars: Any) -> None:
    if images.dim() < 3:
        raise invalid(f"input must be at least 3-D, got shape{text(images.shape)}")
    for name, value in scalars.items():
        if isinstance(value, tuple):
            raise invalid(f"{name} must be scalar: {text(host_dims(value))}")


def _check_colors(images: torch.Tensor, **scalars: Any) -> None:
    _check(images, **scalars)
    if images.shape[-1] != 3:
        raise invalid(f"input must have 3 channels but instead has {images.shape[-1]} channels.")


@adjust_contrast_v2_op.kernel
def adjust_contrast_v2_kernel(images: torch.Tensor, contrast_factor: Any) -> torch.Tensor:
    _check(images, contrast_factor=contrast_factor)
    if not images.numel():
        return images.clone()
    x = images.to(torch.float32)
    mean = colour.image_means(x)
    return ((x - mean) * contrast_factor + mean).to(images.dtype)


@adjust_contrast_op.kernel
def adjust_contrast_kernel(
    images: torch.Tensor, contrast_factor: Any, min_value: Any, max_value: Any
) -> torch.Tensor:
    _check(images, contrast_factor=contrast_factor, min_value=min_value, max_value=max_value)
    x = images.to(torch.float32)
    mean = x.mean((-3, -2), keepdim=True)
    return ((x - mean) * contrast_factor + mean).clamp(min_value, max_value)


@adjust_hue_op.kernel
def adjust_hue_kernel(images: torch.Tensor, delta: Any) -> torch.Tensor:
    _check_colors(images, delta=delta)
    return colour.shifted_hue(images.to(torch.float32), delta).to(images.dtype)


@adjust_saturation_op.kernel
def adjust_saturation_kernel(images: torch.Tensor, scale: Any) -> torch.Tensor:
    _check_colors(images, scale=scale)
    return colour.scaled_saturation(images.to(torch.float32), scale).to(images.dtype)


def _check_channels(images: torch.Tensor) -> None:
    if images.dim() < 1:
        raise invalid(f"input must be at least 1D{text(images.shape)}")
    if images.shape[-1] != 3:
        raise errors.FailedPreconditionError(
            None,
            None,
            f"input must have 3 channels but input only has {images.shape[-1]} channels.",
        )


@rgb_to_hsv_op.kernel
def rgb_to_hsv_kernel(images: torch.Tensor) -> torch.Tensor:
    _check_channels(images)
    return colour.rgb_to_hsv(images)


@hsv_to_rgb_op.kernel
def hsv_to_rgb_kernel(images: torch.Tensor) -> torch.Tensor:
    _check_channels(images)
    return colour.hsv_to_rgb(images)
