"""Boxes that overlap: NonMaxSuppression in all versions, CombinedNonMaxSuppression."""

from typing import Any

import numpy as np

from evergraph.graph.registry import ShapeError, op
from evergraph.kernels import suppression
from evergraph.kernels.host import invalid, text
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_THRESHOLDS = "T: float16 | float32 = float32; T_threshold: float16 | float32 = float32"
_PAD = "; pad_to_max_output_size: bool = false"

non_max_suppression_op = op(
    "NonMaxSuppression(boxes: float32, scores: float32, max_output_size: int32) "
    "-> selected_indices: int32",
    "iou_threshold: float = 0.5",
)
non_max_suppression_v2_op = op(
    "NonMaxSuppressionV2(boxes: T, scores: T, max_output_size: int32, iou_threshold: T_threshold) "
    "-> selected_indices: int32",
    _THRESHOLDS,
)
non_max_suppression_v3_op = op(
    "NonMaxSuppressionV3(boxes: T, scores: T, max_output_size: int32, iou_threshold: T_threshold, "
    "score_threshold: T_threshold) -> selected_indices: int32",
    _THRESHOLDS,
)
non_max_suppression_v4_op = op(
    "NonMaxSuppressionV4(boxes: T, scores: T, max_output_size: int32, iou_threshold: T_threshold, "
    "score_threshold: T_threshold) -> selected_indices: int32, valid_outputs: int32",
    _THRESHOLDS + _PAD,
)
non_max_suppression_v5_op = op(
    "NonMaxSuppressionV5(boxes: T, scores: T, max_output_size: int32, iou_threshold: T, "
    "score_threshold: T, soft_nms_sigma: T) -> selected_indices: int32, selected_scores: T, "
    "valid_outputs: int32",
    "T: float16 | float32 = float32" + _PAD,
)
non_max_suppression_with_overlaps_op = op(
    "NonMaxSuppressionWithOverlaps(overlaps: float32, scores: float32, max_output_size: int32, "
    "overlap_threshold: float32, score_threshold: float32) -> selected_indices: int32"
)
combined_non_max_suppression_op = op(
    "CombinedNonMaxSuppression(boxes: float32, scores: float32, max_output_size_per_class: int32, "
    "max_total_size: int32, iou_threshold: float32, score_threshold: float32) "
    "-> nmsed_boxes: float32, nmsed_scores: float32, nmsed_classes: float32, "
    "valid_detections: int32",
    "pad_per_class: bool = false; clip_boxes: bool = true",
)

for _entry in (
    non_max_suppression_op,
    non_max_suppression_v2_op,
    non_max_suppression_with_overlaps_op,
):
    _entry.not_differentiable()


# Shapes.


@non_max_suppression_op.shape
@non_max_suppression_v2_op.shape
@non_max_suppression_v3_op.shape
def suppression_shape(node: Any) -> Dims:
    count, columns = shape_rules.with_rank(node.inputs[0].dims, 2)
    (scores,) = shape_rules.with_rank(node.inputs[1].dims, 1)
    for tensor in node.inputs[2:]:
        shape_rules.with_rank(tensor.dims, 0)
    shape_rules.merge_dim(count, scores)
    shape_rules.with_value(columns, 4)
    return (None,)


@non_max_suppression_with_overlaps_op.shape
def overlaps_shape(node: Any) -> Dims:
    rows, columns = shape_rules.with_rank(node.inputs[0].dims, 2)
    (scores,) = shape_rules.with_rank(node.inputs[1].dims, 1)
    for tensor in node.inputs[2:]:
        shape_rules.with_rank(tensor.dims, 0)
    shape_rules.merge_dim(rows, scores)
    shape_rules.merge_dim(rows, columns)
    return (None,)


def _padded_shape(node: Any) -> Dims:
    suppression_shape(node)
    return (_scalar_size(node, 2),) if node.attr("pad_to_max_output_size") else (None,)


def _scalar_size(node: Any, index: int) -> int | None:
    value = node.static_input(index)
    if value is not None and value < 0:
        raise ShapeError(
            f"Dimension size, given by scalar input {index}, must be non-negative but is {value}"
        )
    return None if value is None else int(value)


@non_max_suppression_v4_op.shape
def suppression_v4_shape(node: Any) -> list[Dims]:
    return [_padded_shape(node), ()]


@non_max_suppression_v5_op.shape
def suppression_v5_shape(node: Any) -> list[Dims]:
    return [_padded_shape(node), _padded_shape(node), ()]


@combined_non_max_suppression_op.shape
def combined_shape(node: Any) -> list[Dims]:
    batch, count, groups, columns = shape_rules.with_rank(node.inputs[0].dims, 4)
    score_batch, score_count, classes = shape_rules.with_rank(node.inputs[1].dims, 3)
    for tensor in node.inputs[2:]:
        shape_rules.with_rank(tensor.dims, 0)
    shape_rules.merge_dim(batch, score_batch)
    shape_rules.merge_dim(count, score_count)
    shape_rules.with_value(columns, 4)
    if groups is not None and classes is not None and groups not in (1, classes):
        raise ShapeError(
            "third dimension of boxes must be either 1 or equal to the third dimension of scores"
        )
    size = _scalar_size(node, 3)
    if size is not None and size <= 0:
        raise ShapeError("max_total_size should be > 0 ")
    per_class = _scalar_size(node, 2)
    if node.attr("pad_per_class"):
        if per_class is not None and per_class <= 0:
            raise ShapeError(
                "max_output_size_per_class must be > 0 if pad_per_class is set to true "
            )
        known = None not in (size, per_class, classes)
        size = min(size, per_class * classes) if known else None  # type: ignore[operator,type-var]
    return [(batch, size, 4), (batch, size), (batch, size), (batch,)]


# Kernels.


def _check_scalars(**values: Any) -> None:
    for name, value in values.items():
        if np.ndim(value):
            raise invalid(f"{name} must be 0-D, got shape {text(np.shape(value))}")


def _check_threshold(value: Any) -> None:
    if not 0 <= value <= 1:
        raise invalid("iou_threshold must be in [0, 1]")


def _select(
    boxes: Any, scores: Any, count: Any, threshold: Any, least: Any = None, sigma: Any = 0.0
) -> tuple[list[int], list[Any]]:
    _check_scalars(max_output_size=count, iou_threshold=threshold)
    _check_threshold(threshold)
    _check_scalars(score_threshold=0 if least is None else least)
    if boxes.ndim != 2:
        raise invalid(f"boxes must be 2-D{text(boxes.shape)}")
    if boxes.shape[1] != 4:
        raise invalid("boxes must have 4 columns")
    _check_scores(scores, len(boxes), 1)
    if least is None:
        least = np.finfo(scores.dtype).min
    overlap = suppression.overlaps_of(boxes)
    return suppression.suppress(scores, int(count), threshold, least, overlap, sigma)


def _check_scores(scores: Any, count: int, rank: int) -> None:
    if scores.ndim != rank:
        raise invalid(f"scores must be {rank}-D{text(scores.shape)}")
    if scores.shape[rank - 1 if rank == 1 else 1] != count:
        raise invalid("scores has incompatible shape")


def _indices(chosen: list[int], padded_to: int | None = None) -> np.ndarray:
    if padded_to is not None:
        chosen = chosen + [0] * (padded_to - len(chosen))
    return np.array(chosen, np.int32)


@non_max_suppression_op.numpy
def non_max_suppression_kernel(
    boxes: Any, scores: Any, max_output_size: Any, *, iou_threshold: float
) -> np.ndarray:
    return _indices(_select(boxes, scores, max_output_size, np.float32(iou_threshold))[0])


@non_max_suppression_v2_op.numpy
def non_max_suppression_v2_kernel(
    boxes: Any, scores: Any, max_output_size: Any, iou_threshold: Any
) -> np.ndarray:
    return _indices(_select(boxes, scores, max_output_size, iou_threshold)[0])


@non_max_suppression_v3_op.numpy
def non_max_suppression_v3_kernel(
    boxes: Any, scores: Any, max_output_size: Any, iou_threshold: Any, score_threshold: Any
) -> np.ndarray:
    chosen, _ = _select(boxes, scores, max_output_size, iou_threshold, score_threshold)
    return _indices(chosen)


@non_max_suppression_v4_op.numpy
def non_max_suppression_v4_kernel(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any,
    score_threshold: Any,
    *,
    pad_to_max_output_size: bool,
) -> tuple[Any, ...]:
    chosen, _ = _select(boxes, scores, max_output_size, iou_threshold, score_threshold)
    size = int(max_output_size) if pad_to_max_output_size else None
    return _indices(chosen, size), np.int32(len(chosen))


@non_max_suppression_v5_op.numpy
def non_max_suppression_v5_kernel(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any,
    score_threshold: Any,
    soft_nms_sigma: Any,
    *,
    pad_to_max_output_size: bool,
) -> tuple[Any, ...]:
    _check_scalars(soft_nms_sigma=soft_nms_sigma)
    if soft_nms_sigma < 0:
        raise invalid("soft_nms_sigma_val must be >= 0")
    chosen, kept = _select(
        boxes, scores, max_output_size, iou_threshold, score_threshold, soft_nms_sigma
    )
    size = int(max_output_size) if pad_to_max_output_size else len(chosen)
    result = np.zeros(size, scores.dtype)
    result[: len(kept)] = kept
    return _indices(chosen, size), result, np.int32(len(chosen))


@non_max_suppression_with_overlaps_op.numpy
def non_max_suppression_with_overlaps_kernel(
    overlaps: Any,
    scores: Any,
    max_output_size: Any,
    overlap_threshold: Any,
    score_threshold: Any,
) -> np.ndarray:
    _check_scalars(
        max_output_size=max_output_size,
        overlap_threshold=overlap_threshold,
        score_threshold=score_threshold,
    )
    if overlaps.ndim != 2:
        raise invalid(f"overlaps must be 2-D{text(overlaps.shape)}")
    if overlaps.shape[0] != overlaps.shape[1]:
        raise invalid(f"overlaps must be square{text(overlaps.shape)}")
    _check_scores(scores, len(overlaps), 1)
    chosen, _ = suppression.suppress(
        scores,
        int(max_output_size),
        overlap_threshold,
        score_threshold,
        lambda box, others: overlaps[box, others],
    )
    return _indices(chosen)


@combined_non_max_suppression_op.numpy
def combined_non_max_suppression_kernel(
    boxes: Any,
    scores: Any,
    max_output_size_per_class: Any,
    max_total_size: Any,
    iou_threshold: Any,
    score_threshold: Any,
    *,
    pad_per_class: bool,
    clip_boxes: bool,
) -> tuple[Any, ...]:
    if boxes.shape[0] != scores.shape[0]:
        raise invalid("boxes and scores must have same batch size")
    _check_scalars(max_size_per_class=max_output_size_per_class, max_total_size=max_total_size)
    if max_total_size <= 0:
        raise invalid("max_total_size must be > 0")
    _check_scalars(iou_threshold=iou_threshold, score_threshold=score_threshold)
    _check_threshold(iou_threshold)
    classes = scores.shape[2]
    if boxes.ndim != 4:
        raise invalid(f"boxes must be 4-D{text(boxes.shape)}")
    if boxes.shape[2] not in (1, classes):
        raise invalid("third dimension of boxes must be either 1 or num classes")
    if boxes.shape[3] != 4:
        raise invalid("boxes must have 4 columns")
    _check_scores(scores, boxes.shape[1], 3)
    per_class, size = int(max_output_size_per_class), int(max_total_size)
    if pad_per_class:
        size = min(size, per_class * classes)
    batch = len(boxes)
    results = [np.zeros((batch, size, 4), np.float32), *np.zeros((2, batch, size), np.float32)]
    valid = np.zeros(batch, np.int32)
    for i in range(batch):
        found = suppression.combined(
            boxes[i], scores[i], per_class, size, iou_threshold, score_threshold
        )
        valid[i] = len(found[1])
        for result, values in zip(results, found, strict=True):
            result[i, : valid[i]] = values
    if clip_boxes:
        results[0] = np.clip(results[0], 0, 1)
    return (*results, valid)
