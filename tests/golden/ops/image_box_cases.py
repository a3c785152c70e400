"""Boxes in images: drawn, cut out, chosen, sampled; glimpses."""

import numpy as np
from case_tools import Cases, floats, grad_of

CASES = Cases()


def colours(*shape):
    n = np.arange(np.prod(shape), dtype=np.int64)
    return ((n * n * 7 + n * 3) % 17 / np.float32(16)).astype(np.float32).reshape(shape)


BOXES = np.array(
    [
        [0.0, 0.0, 1.0, 1.0],
        [0.1, 0.2, 0.7, 0.9],
        [0.9, 0.8, 0.2, 0.1],
        [-0.3, 0.4, 0.5, 1.4],
        [0.5, 0.5, 0.5, 0.5],
        [1.1, 1.2, 1.5, 1.9],
    ],
    np.float32,
)
INDICES = np.array([0, 1, 0, 1, 1, 0], np.int32)


def crop(tf, size, x=None, **kwargs):
    x = tf.constant(colours(2, 5, 7, 3)) if x is None else x
    return tf.image.crop_and_resize(x, BOXES, INDICES, size, **kwargs)


def crop_gradients(method, size):
    def build(tf):
        x, boxes = tf.constant(colours(2, 5, 7, 3)), tf.constant(BOXES)
        y = tf.image.crop_and_resize(x, boxes, INDICES, size, method=method)
        return grad_of(tf, y, [x, boxes])

    return build


MANY = 40
_N = np.arange(MANY * 4, dtype=np.int64)
MANY_BOXES = ((_N * _N * 31 + _N * 17) % 101 / np.float32(100)).astype(np.float32).reshape(-1, 4)
MANY_SCORES = (np.arange(MANY, dtype=np.int64) ** 2 * 7 % 23 / np.float32(23)).astype(np.float32)
CORNERS = [[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, -0.1, 1, 0.9], [0, 10, 1, 11], [0, 10.1, 1, 11.1]]
CORNER_SCORES = [0.9, 0.75, 0.6, 0.95, 0.5]


def sampled(tf, **kwargs):
    args = dict(bounding_boxes=[[[0.1, 0.2, 0.6, 0.9]]], seed=5)
    args.update(kwargs)
    return list(tf.image.sample_distorted_bounding_box([40, 50, 3], **args))


def glimpse(tf, offsets, **kwargs):
    return tf.image.extract_glimpse(floats(2, 6, 7, 2), [3, 4], offsets, **kwargs)


CASES.simple(
    crop=lambda tf: [crop(tf, [3, 4]), crop(tf, [9, 8]), crop(tf, [1, 1])],
    crop_nearest=lambda tf: [
        crop(tf, [3, 4], method="nearest", extrapolation_value=-2.5),
        crop(tf, [9, 1], method="nearest"),
    ],
    crop_types=lambda tf: [
        crop(tf, [3, 4], tf.cast(tf.constant(colours(2, 5, 7, 1) * 16), t))
        for t in (tf.uint8, tf.int16, tf.int64, tf.float16, tf.float64)
    ],
    crop_gradient=crop_gradients("bilinear", [3, 4]),
    crop_gradient_large=crop_gradients("bilinear", [6, 2]),
    crop_gradient_dot=crop_gradients("bilinear", [1, 1]),
    crop_gradient_nearest=crop_gradients("nearest", [3, 4]),
    crop_none=lambda tf: [
        tf.image.crop_and_resize(
            colours(2, 5, 7, 3), np.zeros([0, 4], np.float32), np.zeros([0], np.int32), [2, 3]
        )
    ],
    crop_bad_index=lambda tf: [
        tf.image.crop_and_resize(colours(2, 5, 7, 3), BOXES[:2], [0, 2], [2, 3])
    ],
    crop_bad_size=lambda tf: [crop(tf, [3, 0])],
    crop_bad_boxes=lambda tf: [
        tf.image.crop_and_resize(colours(2, 5, 7, 3), BOXES[:, :3], INDICES, [2, 3])
    ],
    crop_bad_count=lambda tf: [
        tf.image.crop_and_resize(colours(2, 5, 7, 3), BOXES[:3], box_indices=[0], crop_size=[2, 3])
    ],
    crop_bad_rank=lambda tf: [
        tf.image.crop_and_resize(
            tf.placeholder_with_default(colours(5, 7, 3), None), BOXES, INDICES, [2, 3]
        )
    ],
    draw=lambda tf: [
        tf.image.draw_bounding_boxes(colours(1, 9, 11, 3), BOXES[None]),
        tf.image.draw_bounding_boxes(colours(1, 9, 11, 1), BOXES[None, 1:]),
        tf.image.draw_bounding_boxes(colours(2, 9, 11, 4), BOXES.reshape(2, 3, 4)),
    ],
    draw_colours=lambda tf: [
        tf.image.draw_bounding_boxes(
            colours(1, 9, 11, 3), BOXES[None], colors=[[0.25, 0.5, 0.75, 1.0], [2.0, 3.0, 4.0, 5.0]]
        )
    ],
    draw_depth=lambda tf: [tf.image.draw_bounding_boxes(colours(1, 9, 11, 2), BOXES[None])],
    draw_batch=lambda tf: [tf.image.draw_bounding_boxes(colours(2, 9, 11, 3), BOXES[None])],
    draw_boxes_rank=lambda tf: [tf.image.draw_bounding_boxes(colours(1, 9, 11, 3), BOXES)],
    nms=lambda tf: [
        tf.image.non_max_suppression(CORNERS, CORNER_SCORES, n, t)
        for n in (1, 3, 30)
        for t in (0.0, 0.5, 1.0)
    ],
    nms_many=lambda tf: [
        tf.image.non_max_suppression(MANY_BOXES, MANY_SCORES, n, t, s)
        for n in (10, 40)
        for t, s in ((0.1, 0.0), (0.5, 0.3), (0.9, float("-inf")))
    ],
    nms_older=lambda tf: [
        tf.raw_ops.NonMaxSuppression(boxes=MANY_BOXES, scores=MANY_SCORES, max_output_size=20),
        tf.raw_ops.NonMaxSuppressionV2(
            boxes=MANY_BOXES, scores=MANY_SCORES, max_output_size=20, iou_threshold=0.2
        ),
    ],
    nms_half=lambda tf: [
        tf.image.non_max_suppression(
            tf.constant(MANY_BOXES, tf.half),
            tf.constant(MANY_SCORES, tf.half),
            20,
            tf.constant(0.25, tf.half),
            tf.constant(0.1, tf.half),
        )
    ],
    nms_empty=lambda tf: [
        tf.image.non_max_suppression(np.zeros([0, 4], np.float32), np.zeros([0], np.float32), 20)
    ],
    nms_scores=lambda tf: (
        list(tf.image.non_max_suppression_with_scores(CORNERS, CORNER_SCORES, 5, 0.5))
        + list(
            tf.image.non_max_suppression_with_scores(
                MANY_BOXES, MANY_SCORES, 30, 0.5, 0.1, soft_nms_sigma=0.5
            )
        )
        + list(
            tf.image.non_max_suppression_with_scores(
                MANY_BOXES, MANY_SCORES, 30, 1.0, 0.0, soft_nms_sigma=0.2
            )
        )
    ),
    nms_padded=lambda tf: (
        list(tf.image.non_max_suppression_padded(CORNERS, CORNER_SCORES, 9, 0.5))
        + list(
            tf.image.non_max_suppression_padded(
                CORNERS, CORNER_SCORES, 9, 0.5, pad_to_max_output_size=True
            )
        )
    ),
    nms_overlaps=lambda tf: [
        tf.image.non_max_suppression_overlaps(
            ((np.arange(25) * 7) % 11 / np.float32(10)).astype(np.float32).reshape(5, 5),
            CORNER_SCORES,
            4,
            0.55,
            0.1,
        )
    ],
    nms_bad_threshold=lambda tf: [tf.image.non_max_suppression(CORNERS, CORNER_SCORES, 3, 1.5)],
    nms_bad_columns=lambda tf: [tf.image.non_max_suppression([[0.0, 1.0, 2.0]], [0.5], 3)],
    nms_bad_count=lambda tf: [tf.image.non_max_suppression(CORNERS, [0.5], 3)],
    nms_bad_size=lambda tf: [tf.image.non_max_suppression(CORNERS, CORNER_SCORES, [3])],
    nms_bad_sigma=lambda tf: list(
        tf.image.non_max_suppression_with_scores(CORNERS, CORNER_SCORES, 3, soft_nms_sigma=-1.0)
    ),
    combined=lambda tf: (
        list(combine(tf, 4, 9))
        + list(combine(tf, 2, 5, pad_per_class=True, clip_boxes=False))
        + list(combine(tf, 3, 100, pad_per_class=True, score_threshold=0.5))
    ),
    combined_shared=lambda tf: list(
        tf.image.combined_non_max_suppression(
            MANY_BOXES[None, :8, None], MANY_SCORES[None, :24].reshape(1, 8, 3), 4, 9, 0.3
        )
    ),
    combined_total=lambda tf: list(combine(tf, 4, 0)),
    combined_classes=lambda tf: list(
        tf.image.combined_non_max_suppression(
            MANY_BOXES[None, :8].reshape(1, 4, 2, 4), MANY_SCORES[None, :12].reshape(1, 4, 3), 4, 9
        )
    ),
    sample=lambda tf: sampled(tf),
    sample_covered=lambda tf: sampled(tf, min_object_covered=0.9, seed2=7),
    sample_shapes=lambda tf: sampled(
        tf, aspect_ratio_range=[0.2, 3.0], area_range=[0.3, 0.9], max_attempts=3, name="mine"
    ),
    sample_small=lambda tf: sampled(tf, area_range=[0.001, 0.002], min_object_covered=0.0),
    sample_vain=lambda tf: sampled(tf, area_range=[0.01, 0.02], min_object_covered=1.0),
    sample_whole=lambda tf: sampled(
        tf, bounding_boxes=np.zeros([1, 0, 4]), use_image_if_no_bounding_boxes=True
    ),
    sample_bytes=lambda tf: list(
        tf.image.sample_distorted_bounding_box(
            tf.constant([40, 50, 3], tf.uint8), [[[0.0, 0.0, 1.0, 1.0]]], seed=1
        )
    ),
    sample_older=lambda tf: list(
        tf.raw_ops.SampleDistortedBoundingBox(
            image_size=[400, 500, 3], bounding_boxes=[[[0.1, 0.2, 0.6, 0.9]]], seed=3, seed2=4
        )
    ),
    sample_none=lambda tf: sampled(tf, bounding_boxes=np.zeros([1, 0, 4])),
    sample_outside=lambda tf: sampled(tf, bounding_boxes=[[[0.1, 0.2, 1.6, 0.9]]]),
    sample_ratio=lambda tf: sampled(tf, aspect_ratio_range=[0.5]),
    sample_area=lambda tf: sampled(tf, area_range=[0.5, 1.5]),
    sample_area_negative=lambda tf: sampled(tf, area_range=[-0.5, 0.5]),
    sample_attempts=lambda tf: sampled(tf, max_attempts=0),
    sample_negative=lambda tf: sampled(tf, min_object_covered=-0.5),
    glimpse=lambda tf: [
        glimpse(tf, [[0.0, 0.0], [0.1, -0.2]]),
        glimpse(tf, [[0.5, 0.5], [0.4, 0.6]], centered=False),
        glimpse(tf, [[2.0, 3.0], [3.0, 3.0]], centered=False, normalized=False),
    ],
    glimpse_zeros=lambda tf: [
        tf.raw_ops.ExtractGlimpse(
            input=floats(2, 6, 7, 2),
            size=size,
            offsets=offsets,
            noise="zero",
            uniform_noise=False,
            normalized=normalized,
        )
        for size in ([3, 4], [8, 3])
        for offsets, normalized in (
            ([[-1.0, 1.0], [0.9, -0.8]], True),
            ([[-3.0, 4.0], [20.0, 1.0]], False),
        )
    ],
    glimpse_noise=lambda tf: [
        tf.raw_ops.ExtractGlimpse(
            input=floats(2, 6, 7, 2), size=[3, 4], offsets=[[0.0, 0.0]] * 2, noise="zero"
        )
    ],
    glimpse_batch=lambda tf: [glimpse(tf, [[0.0, 0.0]])],
)


def combine(tf, per_class, total, **kwargs):
    boxes = MANY_BOXES[:36].reshape(2, 6, 3, 4) * 1.5 - 0.25
    return tf.image.combined_non_max_suppression(
        boxes, MANY_SCORES[:36].reshape(2, 6, 3), per_class, total, 0.3, **kwargs
    )


@CASES.case
def sampled_again(tf):
    results = []
    for seed in range(1, 25):
        results += tf.image.sample_distorted_bounding_box(
            [31 + seed, 47, 3], [[[0.1, 0.2, 0.6, 0.9], [0.5, 0.0, 1.0, 0.4]]], seed=seed
        )
    return results
