"""Boxes in images: drawn, cut out, chosen, sampled."""

from typing import Any

from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated, deprecated_args, deprecated_argument_lookup
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


@export("image.draw_bounding_boxes")
def draw_bounding_boxes(
    images: Any, boxes: Any, name: str | None = None, colors: Any = None
) -> Tensor:
    """Images with boxes drawn into them. Stands for `tf.image.draw_bounding_boxes`.

    Args:
      images: [batch, height, width, 1, 3 or 4], half or float, values from 0 to 1.
      boxes: [batch, boxes, 4]: y_min, x_min, y_max, x_max, as parts of the height and width.
      name: the node's name.
      colors: [colors, channels], taken in turn; there are ten otherwise.
    """
    if colors is None:
        return apply_op("DrawBoundingBoxes", images, boxes, name=name)
    return apply_op("DrawBoundingBoxesV2", images, boxes, colors, name=name)


@export("image.crop_and_resize")
@deprecated_args(None, "box_ind is deprecated, use box_indices instead", "box_ind")
def crop_and_resize_v1(
    image: Any,
    boxes: Any,
    box_ind: Any = None,
    crop_size: Any = None,
    method: str = "bilinear",
    extrapolation_value: float = 0,
    name: str | None = None,
    box_indices: Any = None,
) -> Tensor:
    """Rectangles cut out of images, all resized to one size. Stands for
    `tf.image.crop_and_resize`.

    Args:
      image: [batch, height, width, channels].
      boxes: [boxes, 4]: y1, x1, y2, x2, where 1 is the last pixel. A box may leave the image, and
        be upside down.
      box_ind: the older name of `box_indices`.
      crop_size: [crop_height, crop_width].
      method: "bilinear" or "nearest".
      extrapolation_value: what is outside of the image.
      name: the node's name.
      box_indices: [boxes] int32: which image each box is of.

    Returns:
      [boxes, crop_height, crop_width, channels] float32.
    """
    box_ind = deprecated_argument_lookup("box_indices", box_indices, "box_ind", box_ind)
    return apply_op(
        "CropAndResize",
        image,
        boxes,
        box_ind,
        crop_size,
        method=method,
        extrapolation_value=extrapolation_value,
        name=name,
    )


@export("image.extract_glimpse")
def extract_glimpse(
    input: Any,
    size: Any,
    offsets: Any,
    centered: bool = True,
    normalized: bool = True,
    uniform_noise: bool = True,
    name: str | None = None,
) -> Tensor:
    """A window of each image, noise where it leaves the image. Stands for
    `tf.image.extract_glimpse`.

    Args:
      input: [batch, height, width, channels] float32.
      size: [height, width] of the windows.
      offsets: [batch, 2]: y, x of the windows' centres.
      centered: whether offsets count from the centre of the image (1 is the edge).
      normalized: whether they are parts of the size, and no numbers of pixels.
      uniform_noise: whether the noise is uniform, and not a bell.
      name: the node's name.
    """
    return apply_op(
        "ExtractGlimpse",
        input,
        size,
        offsets,
        centered=centered,
        normalized=normalized,
        uniform_noise=uniform_noise,
        name=name,
    )


@export("image.sample_distorted_bounding_box")
@deprecated(None, "`seed2` arg is deprecated.Use sample_distorted_bounding_box_v2 instead.")
def sample_distorted_bounding_box(
    image_size: Any,
    bounding_boxes: Any,
    seed: int | None = None,
    seed2: int | None = None,
    min_object_covered: Any = 0.1,
    aspect_ratio_range: Any = None,
    area_range: Any = None,
    max_attempts: int | None = None,
    use_image_if_no_bounding_boxes: bool | None = None,
    name: str | None = None,
) -> Any:
    """A part of an image drawn by chance, that shows enough of a box in it. Stands for
    `tf.image.sample_distorted_bounding_box`.

    Args:
      image_size: [height, width, channels] of an integer type.
      bounding_boxes: [batch, boxes, 4] float32: y_min, x_min, y_max, x_max in [0, 1].
      seed: with `seed2` what the draws depend on; without either they are different in each run.
      seed2: see `seed`.
      min_object_covered: how much of one of the boxes must be seen.
      aspect_ratio_range: between which ratios of width to height; default [0.75, 1.33].
      area_range: between which parts of the image; default [0.05, 1].
      max_attempts: after so many draws in vain the whole image is taken; default 100.
      use_image_if_no_bounding_boxes: whether no boxes are taken for one around the image; an error
        by default.
      name: a name scope for the node.

    Returns:
      (begin, size, bboxes): for `tf.slice`, [3] each, and [1, 1, 4] for `draw_bounding_boxes`.
    """
    with name_scope(name, "sample_distorted_bounding_box"):
        return apply_op(
            "SampleDistortedBoundingBoxV2",
            image_size,
            bounding_boxes,
            min_object_covered=min_object_covered,
            seed=seed,
            seed2=seed2,
            aspect_ratio_range=aspect_ratio_range,
            area_range=area_range,
            max_attempts=max_attempts,
            use_image_if_no_bounding_boxes=use_image_if_no_bounding_boxes,
            name=name,
        )


# Non-maximum suppression.


@export("image.non_max_suppression")
def non_max_suppression(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = float("-inf"),
    name: str | None = None,
) -> Tensor:
    """The numbers of boxes chosen by score, without those that overlap one chosen before. Stands
    for `tf.image.non_max_suppression`.

    Args:
      boxes: [boxes, 4]: y, x of any two opposite corners.
      scores: [boxes].
      max_output_size: how many are chosen at most, an int scalar.
      iou_threshold: what two boxes share, as a part of what they cover together, from which on one
        is left out.
      score_threshold: boxes of this score or less are left out.
      name: a name scope for the nodes.

    Returns:
      [chosen] int32, best first.
    """
    with name_scope(name, "non_max_suppression"):
        iou_threshold = convert_to_tensor(iou_threshold, name="iou_threshold")
        score_threshold = convert_to_tensor(score_threshold, name="score_threshold")
        return apply_op(
            "NonMaxSuppressionV3", boxes, scores, max_output_size, iou_threshold, score_threshold
        )


@export("image.non_max_suppression_with_scores")
def non_max_suppression_with_scores(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = float("-inf"),
    soft_nms_sigma: Any = 0.0,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """As `tf.image.non_max_suppression`, also the scores; with a positive `soft_nms_sigma` boxes
    that overlap lose of their score. Stands for `tf.image.non_max_suppression_with_scores`."""
    with name_scope(name, "non_max_suppression_with_scores"):
        iou_threshold = convert_to_tensor(iou_threshold, name="iou_threshold")
        score_threshold = convert_to_tensor(score_threshold, name="score_threshold")
        soft_nms_sigma = convert_to_tensor(soft_nms_sigma, name="soft_nms_sigma")
        chosen, kept, _ = apply_op(
            "NonMaxSuppressionV5",
            boxes,
            scores,
            max_output_size,
            iou_threshold,
            score_threshold,
            soft_nms_sigma,
            pad_to_max_output_size=False,
        )
        return chosen, kept


@export("image.non_max_suppression_padded")
def non_max_suppression_padded(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = float("-inf"),
    pad_to_max_output_size: bool = False,
    name: str | None = None,
) -> Any:
    """As `tf.image.non_max_suppression`, perhaps padded with zeros to `max_output_size`, and how
    many were chosen. Stands for `tf.image.non_max_suppression_padded`."""
    with name_scope(name, "non_max_suppression_padded"):
        iou_threshold = convert_to_tensor(iou_threshold, name="iou_threshold")
        score_threshold = convert_to_tensor(score_threshold, name="score_threshold")
        return apply_op(
            "NonMaxSuppressionV4",
            boxes,
            scores,
            max_output_size,
            iou_threshold,
            score_threshold,
            pad_to_max_output_size=pad_to_max_output_size,
        )


@export("image.non_max_suppression_overlaps")
def non_max_suppression_with_overlaps(
    overlaps: Any,
    scores: Any,
    max_output_size: Any,
    overlap_threshold: Any = 0.5,
    score_threshold: Any = float("-inf"),
    name: str | None = None,
) -> Tensor:
    """As `tf.image.non_max_suppression`, by a matrix [boxes, boxes] of how much they overlap.
    Stands for `tf.image.non_max_suppression_overlaps`."""
    with name_scope(name, "non_max_suppression_overlaps"):
        overlap_threshold = convert_to_tensor(overlap_threshold, name="overlap_threshold")
        return apply_op(
            "NonMaxSuppressionWithOverlaps",
            overlaps,
            scores,
            max_output_size,
            overlap_threshold,
            score_threshold,
        )


@export("image.combined_non_max_suppression")
def combined_non_max_suppression(
    boxes: Any,
    scores: Any,
    max_output_size_per_class: Any,
    max_total_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = float("-inf"),
    pad_per_class: bool = False,
    clip_boxes: bool = True,
    name: str | None = None,
) -> Any:
    """Boxes of several classes chosen in a batch of images. Stands for
    `tf.image.combined_non_max_suppression`.

    Args:
      boxes: [batch, boxes, 1 or classes, 4].
      scores: [batch, boxes, classes].
      max_output_size_per_class: how many are chosen of a class at most.
      max_total_size: how many of all classes.
      iou_threshold: see `tf.image.non_max_suppression`; more than this, and not as much, counts.
      score_threshold: boxes of this score or less are left out.
      pad_per_class: whether results are no longer than max_output_size_per_class * classes.
      clip_boxes: whether boxes are clipped to [0, 1].
      name: a name scope for the nodes.

    Returns:
      (boxes, scores, classes, counts), padded with zeros.
    """
    with name_scope(name, "combined_non_max_suppression"):
        iou_threshold = convert_to_tensor(iou_threshold, dtype=dtypes.float32, name="iou_threshold")
        score_threshold = convert_to_tensor(
            score_threshold, dtype=dtypes.float32, name="score_threshold"
        )
        return apply_op(
            "CombinedNonMaxSuppression",
            boxes,
            scores,
            max_output_size_per_class,
            max_total_size,
            iou_threshold,
            score_threshold,
            pad_per_class=pad_per_class,
            clip_boxes=clip_boxes,
        )
