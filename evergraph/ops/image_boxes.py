"""Boxes in images: CropAndResize with its gradients, DrawBoundingBoxes,
SampleDistortedBoundingBox, ExtractGlimpse."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from evergraph.api import array_ops
from evergraph.base import dtypes, errors
from evergraph.graph.apply import apply_op
from evergraph.graph.registry import ShapeError, op
from evergraph.kernels import crops, distortion
from evergraph.kernels.dtypes import torch_dtype
from evergraph.kernels.host import invalid, text
from evergraph.ops import shape_rules
from evergraph.ops.random_arguments import state_of
from evergraph.ops.shape_rules import Dims

_PIXELS = "T: uint8 | uint16 | int8 | int16 | int32 | int64 | float16 | float32 | float64; "
_SAMPLING = (
    "aspect_ratio_range: list(float) = [0.75, 1.33]; area_range: list(float) = [0.05, 1.0]; "
    "max_attempts: int = 100; use_image_if_no_bounding_boxes: bool = false"
)

crop_and_resize_op = op(
    "CropAndResize(image: T, boxes: float32, box_ind: int32, crop_size: int32) -> crops: float32",
    _PIXELS + "method: string in {'bilinear', 'nearest'} = 'bilinear'; "
    "extrapolation_value: float = 0.0",
    host=["crop_size"],
)
crop_and_resize_grad_boxes_op = op(
    "CropAndResizeGradBoxes(grads: float32, image: T, boxes: float32, box_ind: int32) "
    "-> output: float32",
    _PIXELS + "method: string in {'bilinear'} = 'bilinear'",
)
crop_and_resize_grad_image_op = op(
    "CropAndResizeGradImage(grads: float32, boxes: float32, box_ind: int32, image_size: int32) "
    "-> output: T",
    "T: float32 | float16 | float64; method: string in {'bilinear', 'nearest'} = 'bilinear'",
    host=["image_size"],
)
draw_bounding_boxes_op = op(
    "DrawBoundingBoxes(images: T, boxes: float32) -> output: T", "T: float32 | float16 = float32"
)
draw_bounding_boxes_v2_op = op(
    "DrawBoundingBoxesV2(images: T, boxes: float32, colors: float32) -> output: T",
    "T: float32 | float16 = float32",
)
sample_distorted_bounding_box_op = op(
    "SampleDistortedBoundingBox(image_size: T, bounding_boxes: float32) -> begin: T, size: T, "
    "bboxes: float32",
    "T: uint8 | int8 | int16 | int32 | int64; seed: int = 0; seed2: int = 0; "
    "min_object_covered: float = 0.1; " + _SAMPLING,
    stateful=True,
)
sample_distorted_bounding_box_v2_op = op(
    "SampleDistortedBoundingBoxV2(image_size: T, bounding_boxes: float32, "
    "min_object_covered: float32) -> begin: T, size: T, bboxes: float32",
    "T: uint8 | int8 | int16 | int32 | int64; seed: int = 0; seed2: int = 0; " + _SAMPLING,
    stateful=True,
)
extract_glimpse_op = op(
    "ExtractGlimpse(input: float32, size: int32, offsets: float32) -> glimpse: float32",
    "centered: bool = true; normalized: bool = true; uniform_noise: bool = true; "
    "noise: string = 'uniform'",
)

for _entry in (
    draw_bounding_boxes_op,
    sample_distorted_bounding_box_op,
    sample_distorted_bounding_box_v2_op,
    extract_glimpse_op,
):
    _entry.not_differentiable()


def _sized(node: Any, index: int) -> tuple[int | None, int | None]:
    """The value of input `index`, a height and a width."""
    (count,) = shape_rules.with_rank(node.inputs[index].dims, 1)
    shape_rules.with_value(count, 2)
    value = node.static_input(index)
    if value is None:
        return None, None
    height, width = (int(v) if v >= 0 else None for v in value)
    return height, width


# CropAndResize.


@crop_and_resize_op.shape
def crop_and_resize_shape(node: Any) -> Dims:
    *_, channels = shape_rules.with_rank(node.inputs[0].dims, 4)
    count, columns = shape_rules.with_rank(node.inputs[1].dims, 2)
    (indices,) = shape_rules.with_rank(node.inputs[2].dims, 1)
    count = shape_rules.merge_dim(count, indices)
    shape_rules.with_value(columns, 4)
    return (count, *_sized(node, 3), channels)


crop_and_resize_grad_boxes_op.shape(shape_rules.like_input(2))


@crop_and_resize_grad_image_op.shape
def crop_and_resize_grad_image_shape(node: Any) -> Dims:
    return shape_rules.with_rank(node.static_dims(3), 4)


def _pixels(image: Any) -> torch.Tensor:
    return torch.from_numpy(image.astype(np.int32)) if isinstance(image, np.ndarray) else image


def _check_boxes(boxes: torch.Tensor, box_ind: torch.Tensor) -> None:
    if not boxes.numel() and not box_ind.numel():
        return
    if boxes.dim() != 2:
        raise invalid(f"boxes must be 2-D{text(boxes.shape)}")
    if boxes.shape[1] != 4:
        raise invalid("boxes must have 4 columns")
    if box_ind.dim() != 1:
        raise invalid(f"box_index must be 1-D{text(box_ind.shape)}")
    if len(box_ind) != len(boxes):
        raise invalid("box_index has incompatible shape")


def _check_indices(box_ind: torch.Tensor, batch: int) -> None:
    if box_ind.numel() and not bool(((box_ind >= 0) & (box_ind < batch)).all()):
        raise errors.OutOfRangeError(None, None, "box_index has values outside [0, batch_size)")


def _check_image(image: torch.Tensor) -> None:
    if image.dim() != 4:
        raise invalid(f"input image must be 4-D{text(image.shape)}")
    if image.shape[1] <= 0 or image.shape[2] <= 0:
        raise invalid("image dimensions must be positive")


def _check_grads(grads: torch.Tensor) -> None:
    if grads.dim() != 4:
        raise invalid(f"grads image must be 4-D{text(grads.shape)}")
    if grads.shape[1] <= 0 or grads.shape[2] <= 0:
        raise invalid("grads dimensions must be positive")


@crop_and_resize_op.kernel
def crop_and_resize_kernel(
    image: Any,
    boxes: torch.Tensor,
    box_ind: torch.Tensor,
    crop_size: Any,
    *,
    method: str,
    extrapolation_value: float,
) -> torch.Tensor:
    image = _pixels(image)
    _check_image(image)
    _check_boxes(boxes, box_ind)
    if not isinstance(crop_size, tuple):
        raise invalid("crop_size must be 1-D[]")
    if len(crop_size) != 2:
        raise invalid(f"crop_size must have two elements{text((len(crop_size),))}")
    if crop_size[0] <= 0 or crop_size[1] <= 0:
        raise invalid("crop dimensions must be positive")
    _check_indices(box_ind, image.shape[0])
    if not boxes.numel():
        return torch.zeros(0, *crop_size, image.shape[3], device=image.device)
    return crops.crop(image, boxes, box_ind, crop_size, method == "nearest", extrapolation_value)


@crop_and_resize_grad_image_op.kernel
def crop_and_resize_grad_image_kernel(
    grads: torch.Tensor,
    boxes: torch.Tensor,
    box_ind: torch.Tensor,
    image_size: Any,
    *,
    method: str,
    T: Any,
) -> torch.Tensor:
    _check_grads(grads)
    _check_boxes(boxes, box_ind)
    if grads.shape[0] != len(box_ind):
        raise invalid("boxes and grads have incompatible shape")
    if not isinstance(image_size, tuple):
        raise invalid("image_size must be 1-D[]")
    if len(image_size) != 4:
        raise invalid(f"image_size must have 4 elements{text((len(image_size),))}")
    if image_size[1] <= 0 or image_size[2] <= 0:
        raise invalid("image dimensions must be positive")
    if grads.shape[3] != image_size[3]:
        raise invalid("image_size and grads are incompatible")
    _check_indices(box_ind, image_size[0])
    result = crops.gradient_of_image(grads, boxes, box_ind, image_size, method == "nearest")
    return result.to(torch_dtype(T))


@crop_and_resize_grad_boxes_op.kernel
def crop_and_resize_grad_boxes_kernel(
    grads: torch.Tensor, image: Any, boxes: torch.Tensor, box_ind: torch.Tensor
) -> torch.Tensor:
    image = _pixels(image)
    _check_grads(grads)
    _check_image(image)
    if image.shape[3] != grads.shape[3]:
        raise invalid("image, grads depth differ")
    _check_boxes(boxes, box_ind)
    if grads.shape[0] != len(box_ind):
        raise invalid("boxes and grads have incompatible shape")
    _check_indices(box_ind, image.shape[0])
    return crops.gradient_of_boxes(grads, image, boxes, box_ind)


@crop_and_resize_op.gradient
def crop_and_resize_gradient(node: Any, grad: Any) -> Any:
    image, boxes, box_ind, _ = node.inputs
    shape = image.shape.as_list() if image.shape.is_fully_defined() else array_ops.shape(image)
    of_image = None
    if image.dtype in (dtypes.float16, dtypes.float32, dtypes.float64):
        of_image = apply_op(
            "CropAndResizeGradImage",
            grad,
            boxes,
            box_ind,
            shape,
            T=node.attr("T"),
            method=node.attr("method"),
        )
    # The boxes' gradient is that of bilinear sampling in either case.
    return of_image, apply_op("CropAndResizeGradBoxes", grad, image, boxes, box_ind), None, None


# DrawBoundingBoxes.

_COLORS = [
    [1, 1, 0, 1],
    [0, 0, 1, 1],
    [1, 0, 0, 1],
    [0, 1, 0, 1],
    [0.5, 0, 0.5, 1],
    [0.5, 0.5, 0, 1],
    [0.5, 0, 0, 1],
    [0, 0, 0.5, 1],
    [0, 1, 1, 1],
    [1, 0, 1, 1],
]
_DEPTHS = "Channel depth should be either 1 (GRY), 3 (RGB), or 4 (RGBA)"


@draw_bounding_boxes_op.shape
def draw_bounding_boxes_shape(node: Any) -> Dims:
    dims = shape_rules.with_rank(node.inputs[0].dims, 4)
    if dims[3] not in (None, 1, 3, 4):
        raise ShapeError(_DEPTHS)
    boxes = shape_rules.with_rank(node.inputs[1].dims, 3)
    shape_rules.with_value(boxes[2], 4)
    result: Dims = node.inputs[0].dims
    return result


draw_bounding_boxes_v2_op.shape(shape_rules.at_least(3))


@draw_bounding_boxes_op.numpy
def draw_bounding_boxes_kernel(images: Any, boxes: Any) -> np.ndarray:
    return draw_bounding_boxes_v2_kernel(images, boxes, None)


@draw_bounding_boxes_v2_op.numpy
def draw_bounding_boxes_v2_kernel(images: Any, boxes: Any, colors: Any) -> np.ndarray:
    if images.ndim != 4:
        raise invalid("The rank of the images should be 4")
    if boxes.ndim != 3:
        raise invalid("The rank of the boxes tensor should be 3")
    if len(images) != len(boxes):
        raise invalid("The batch sizes should be the same")
    depth = images.shape[3]
    if depth not in (1, 3, 4):
        raise invalid(_DEPTHS)
    if colors is not None:
        if colors.ndim != 2:
            raise invalid(f"colors must be a 2-D matrix{text(colors.shape)}")
        if colors.shape[1] < depth:
            raise invalid(
                "colors must have equal or more channels than the image provided: "
                f"{text(colors.shape)}"
            )
    if colors is None or not colors.size:
        colors = np.array(_COLORS, np.float32)
        if depth == 1:
            colors[:, 0] = 1
    result = images.copy()
    for canvas, of_image in zip(result, boxes, strict=True):
        for box, color in zip(of_image, itertools.cycle(colors), strict=False):
            _draw(canvas, box, color[:depth])
    return result


def _draw(canvas: np.ndarray, box: np.ndarray, color: np.ndarray) -> None:
    """The sides of a box that are within the image."""
    height, width, _ = canvas.shape
    with np.errstate(invalid="ignore"):
        top, bottom = (int(v) for v in box[0::2] * np.float32(height - 1))
        left, right = (int(v) for v in box[1::2] * np.float32(width - 1))
    if top > bottom or left > right:
        return
    rows = slice(max(top, 0), max(min(bottom, height - 1) + 1, 0))
    columns = slice(max(left, 0), max(min(right, width - 1) + 1, 0))
    if top >= height or bottom < 0 or left >= width or right < 0:
        return
    for row in (top, bottom):
        if 0 <= row < height:
            canvas[row, columns] = color
    for column in (left, right):
        if 0 <= column < width:
            canvas[rows, column] = color


# SampleDistortedBoundingBox.


@sample_distorted_bounding_box_op.shape
@sample_distorted_bounding_box_v2_op.shape
def sample_distorted_bounding_box_shape(node: Any) -> list[Dims]:
    (count,) = shape_rules.with_rank(node.inputs[0].dims, 1)
    boxes = shape_rules.with_rank(node.inputs[1].dims, 3)
    if len(node.inputs) > 2:
        shape_rules.with_rank(node.inputs[2].dims, 0)
    shape_rules.with_value(count, 3)
    shape_rules.with_value(boxes[2], 4)
    return [(3,), (3,), (1, 1, 4)]


def _check_sampling(ratios: list[float], areas: list[float], attempts: int) -> None:
    def pair(values: list[float]) -> str:
        return "[" + ", ".join(f"{v:.6g}" for v in values) + "]"

    if len(ratios) != 2:
        raise invalid("Aspect ratio range field must specify 2 dimensions")
    if min(ratios) <= 0:
        raise invalid(f"Aspect ratio range must be non-negative: {pair(ratios)}")
    if len(areas) != 2:
        raise invalid("Area range field must specify 2 dimensions")
    if min(areas) <= 0:
        raise invalid(f"Area range must be non-negative: {pair(areas)}")
    if max(areas) > 1:
        raise invalid(f"Area range must be less then or equal to 1.0: {pair(areas)}")
    if attempts <= 0:
        raise invalid(f"Max attempts must be non-negative: {attempts}")


def _objects(boxes: np.ndarray, height: int, width: int) -> list[distortion.Box]:
    if boxes.ndim != 3:
        raise invalid(
            f"input boxes must be 3-dimensional [batch, num_boxes, coords]: {text(boxes.shape)}"
        )
    if boxes.shape[2] != 4:
        raise invalid(f"bounding boxes must have shape [4] or [*, 4], got {text(boxes.shape)}")
    result = []
    for box in boxes.reshape(-1, 4):
        for value in box:
            if not 0 <= value <= 1:
                raise invalid(
                    f"All bounding box coordinates must be in [0.0, 1.0]: {float(value):.6g}"
                )
        scaled = box * np.array([height, width, height, width], np.float32)
        top, left, bottom, right = (int(v) for v in scaled)
        result.append((left, top, right, bottom))
    return result


def _words(stream: Any) -> Iterator[int]:
    while True:
        yield from stream.words(64).tolist()
        stream = stream.skip(16)


@sample_distorted_bounding_box_op.numpy
def sample_distorted_bounding_box_kernel(
    image_size: Any, bounding_boxes: Any, *, min_object_covered: float, node: Any, session: Any
) -> tuple[Any, ...]:
    if min_object_covered < 0:
        raise invalid(f"Min object covered must be non-negative: {min_object_covered:.6g}")
    return _sample(image_size, bounding_boxes, min_object_covered, node, session)


@sample_distorted_bounding_box_v2_op.numpy
def sample_distorted_bounding_box_v2_kernel(
    image_size: Any, bounding_boxes: Any, min_object_covered: Any, *, node: Any, session: Any
) -> tuple[Any, ...]:
    return _sample(image_size, bounding_boxes, min_object_covered, node, session)


def _sample(
    image_size: Any, bounding_boxes: Any, covered: Any, node: Any, session: Any
) -> tuple[Any, ...]:
    ratios, areas = node.attr("aspect_ratio_range"), node.attr("area_range")
    attempts = node.attr("max_attempts")
    _check_sampling(ratios, areas, attempts)
    if image_size.ndim != 1:
        raise invalid(f"image_size must be 1-dimensional{text(image_size.shape)}")
    if len(image_size) != 3:
        raise invalid(f"image_size must contain 3 elements{text(image_size.shape)}")
    height, width = int(image_size[0]), int(image_size[1])
    for name, size in (("height", height), ("width", width)):
        if not 0 <= size < 2**31 - 1:
            raise invalid(f"image {name} cannot be >= int32 max")
    objects = _objects(bounding_boxes, height, width)
    if np.ndim(covered):
        raise invalid(f"min_object_covered must be 0-D, got shape {text(np.shape(covered))}")
    if covered < 0:
        raise invalid(f"Min object covered must be non-negative: {float(covered):.6g}")
    whole = (0, 0, width, height)
    if not objects:
        if not node.attr("use_image_if_no_bounding_boxes"):
            raise invalid(
                "No bounding boxes provided as input. One must enable "
                "use_image_if_no_bounding_boxes if you wish to not provide any bounding boxes."
            )
        objects = [whole]
    state = state_of(node, session, node.attr("seed"), node.attr("seed2"))
    words = _words(state.reserve_words(4 * attempts))
    low, high = np.float32(ratios[0]), np.float32(ratios[1])
    box: distortion.Box = whole
    for _ in range(attempts):
        ratio = distortion.unit_float(next(words)) * (high - low) + low
        drawn = distortion.part(width, height, tuple(areas), ratio, words.__next__)
        if drawn is not None and distortion.shows_enough(drawn, objects, covered):
            box = drawn
            break
    left, top, right, bottom = box
    sizes = np.array([height, width, height, width], np.float32)
    corners = np.array([top, left, bottom, right], np.float32) / sizes
    # -1 stands for all channels; of unsigned bytes it is 255.
    size = np.array([bottom - top, right - left, -1]).astype(image_size.dtype)
    begin = np.array([top, left, 0]).astype(image_size.dtype)
    return begin, size, corners.reshape(1, 1, 4)


# ExtractGlimpse.


@extract_glimpse_op.shape
def extract_glimpse_shape(node: Any) -> Dims:
    batch, _, _, channels = shape_rules.with_rank(node.inputs[0].dims, 4)
    count, columns = shape_rules.with_rank(node.inputs[2].dims, 2)
    batch = shape_rules.merge_dim(batch, count)
    shape_rules.with_value(columns, 2)
    if node.attr("uniform_noise") and node.attr("noise") not in ("", "uniform"):
        raise ShapeError("The uniform_noise and noise should not be specified at the same time")
    return (batch, *_sized(node, 1), channels)


@extract_glimpse_op.numpy
def extract_glimpse_kernel(
    input: Any,
    size: Any,
    offsets: Any,
    *,
    centered: bool,
    normalized: bool,
    uniform_noise: bool,
    noise: str,
) -> np.ndarray:
    _check_glimpse(input, size, offsets)
    if noise not in ("", "uniform", "gaussian", "zero"):
        raise invalid(f"The noise could only be uniform, gaussian, or zero, got{noise}")
    noise = noise or ("uniform" if uniform_noise else "gaussian")
    batch, height, width, channels = input.shape
    rows, columns = int(size[0]), int(size[1])
    result = np.empty((batch, rows, columns, channels), np.float32)
    for image, (y, x), glimpse in zip(input, offsets, result, strict=True):
        top = _glimpse_start(y, rows, height, centered, normalized)
        left = _glimpse_start(x, columns, width, centered, normalized)
        inside = (
            slice(max(-top, 0), max(height - top, 0)),
            slice(max(-left, 0), max(width - left, 0)),
        )
        part = image[max(top, 0) : max(top + rows, 0), max(left, 0) : max(left + columns, 0)]
        if part.shape[:2] != (rows, columns):
            glimpse[...] = _noise(image, glimpse.shape, noise)
        if part.size:
            glimpse[inside] = part
    return result


def _glimpse_start(at: Any, size: int, whole: int, centered: bool, normalized: bool) -> int:
    at = np.float32(at)
    if normalized:
        at *= np.float32(whole)
    if centered:
        at = at / np.float32(2) + np.float32(whole / 2)
    return int(at - np.float32(size / 2))


def _check_glimpse(images: Any, size: Any, offsets: Any) -> None:
    if images.ndim != 4:
        raise invalid(
            f"input must be 4-dimensional (batch_size, height, width, depth){text(images.shape)}"
        )
    if np.shape(size) != (2,):
        raise invalid(f"input must be a vector of size 2 (height, width){text(np.shape(size))}")
    if offsets.ndim != 2:
        raise invalid(f"input must be a matrix{text(offsets.shape)}")
    if len(offsets) != len(images):
        raise invalid(f"first dimension should be batch{text(offsets.shape)}")
    if offsets.shape[1] != 2:
        raise invalid(f"second dimension should be of size 2 (y,x){text(offsets.shape)}")


def _noise(image: np.ndarray, shape: tuple[int, ...], kind: str) -> Any:
    """What stands outside of the image; TensorFlow has no seed for it either."""
    if kind == "zero":
        return 0
    generator = np.random.default_rng()
    if kind == "uniform":
        low, high = image.min(), image.max()
        return low + generator.random(shape, np.float32) * (high - low)
    mean, deviation = image.mean((0, 1)), image.std((0, 1))
    drawn = generator.standard_normal(shape, np.float32) * deviation + mean
    return np.clip(drawn, image.min((0, 1)), image.max((0, 1)))
