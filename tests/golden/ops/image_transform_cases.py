"""tf.contrib.image: images rotated, moved, seen in perspective, warped."""

import numpy as np
from case_tools import Cases, fed, floats, grad_of, waves

CASES = Cases()
TURN = [0.8, -0.3, 1.5, 0.4, 0.9, -1.2, 0.01, -0.02]
TYPES = "uint8 int32 int64 float16 float32 float64".split()


def image(tf):
    return tf.contrib.image


CASES.simple(
    transform=lambda tf: [
        image(tf).transform(floats(5, 7), TURN),
        image(tf).transform(floats(5, 7, 2), TURN, "BILINEAR"),
        image(tf).transform(floats(2, 5, 7, 2), [TURN, TURN[::-1]], "bilinear", name="mine"),
        image(tf).transform(floats(2, 5, 7, 1), TURN, output_shape=[4, 9]),
    ],
    transform_types=lambda tf: [
        image(tf).transform(tf.constant(floats(3, 5), getattr(tf, name)), TURN, method)
        for name in TYPES
        for method in ("NEAREST", "BILINEAR")
    ],
    transform_nowhere=lambda tf: [
        image(tf).transform(floats(4, 5), [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, -0.5, 0.0], "BILINEAR")
    ],
    transform_gradient=lambda tf: gradient(tf, "NEAREST"),
    transform_gradient_between=lambda tf: gradient(tf, "BILINEAR"),
    transform_rank=lambda tf: [image(tf).transform(floats(5), TURN)],
    transform_type=lambda tf: [image(tf).transform(tf.constant([[True]]), TURN)],
    transform_size=lambda tf: [image(tf).transform(floats(5, 6), TURN, output_shape=[3])],
    transform_count=lambda tf: [image(tf).transform(floats(5, 6), [TURN, TURN])],
    transform_eight=lambda tf: [image(tf).transform(floats(5, 6), TURN[:7])],
    transform_three=lambda tf: [image(tf).transform(floats(5, 6), [[TURN]])],
    rotate=lambda tf: [
        image(tf).rotate(floats(5, 7), 0.5),
        image(tf).rotate(floats(5, 7, 2), np.pi / 2, "BILINEAR"),
        image(tf).rotate(floats(2, 5, 7, 1), [0.3, -2.0], name="mine"),
    ],
    rotate_rank=lambda tf: [image(tf).rotate(floats(5, 7), [[0.5]])],
    translate=lambda tf: [
        image(tf).translate(floats(5, 7), [1.0, -2.0]),
        image(tf).translate(floats(2, 5, 7, 1), [[1.5, 0.0], [0.25, 3.0]], "BILINEAR"),
    ],
    translate_rank=lambda tf: [image(tf).translate(floats(5, 7), 1.0)],
    transforms=lambda tf: [
        image(tf).compose_transforms(TURN, [TURN[::-1]], TURN),
        image(tf).flat_transforms_to_matrices([TURN, TURN[::-1]]),
        image(tf).matrices_to_flat_transforms(floats(2, 3, 3)),
        image(tf).angles_to_projective_transforms([0.1, 0.2], 4.0, 5.0),
        image(tf).translations_to_projective_transforms([[1.0, 2.0]]),
    ],
    flat_rank=lambda tf: [image(tf).flat_transforms_to_matrices(1.0)],
    matrices_rank=lambda tf: [image(tf).matrices_to_flat_transforms([1.0])],
    warp=lambda tf: warped(tf, 1.0),
    warp_far=lambda tf: warped(tf, 7.0),
)


def gradient(tf, method):
    x = tf.constant(floats(2, 4, 5, 2))
    y = image(tf).transform(x, [[1.0, 0.1, 1.2, -0.2, 1.1, 0.3, 0.0, 0.0]], method)
    return grad_of(tf, y, [x])


def warped(tf, reach):
    x, flow = tf.constant(floats(2, 4, 5, 3)), tf.constant(waves(2, 4, 5, 2) * np.float32(reach))
    return grad_of(tf, image(tf).dense_image_warp(x, flow), [x, flow])


@CASES.case
def of_unknown_shape(tf):
    x, feed = fed(tf, floats(2, 5, 7, 1), [None, None, None, 1])
    return [
        image(tf).rotate(x, 0.4),
        image(tf).transform(x, TURN),
        image(tf).dense_image_warp(x, tf.constant(waves(2, 5, 7, 2))),
    ], feed
