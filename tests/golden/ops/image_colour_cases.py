"""Colours of images, and what is measured of them."""

import numpy as np
from case_tools import Cases, fed, grad_of

CASES = Cases()


def colours(*shape):
    """Numbers in [0, 1]: some equal, some at the ends."""
    n = np.arange(np.prod(shape), dtype=np.int64)
    return ((n * n * 7 + n * 3) % 17 / np.float32(16)).astype(np.float32).reshape(shape)


def pixels(*shape):
    n = np.arange(np.prod(shape), dtype=np.int64)
    return (n * n * 31 % 257 % 256).astype(np.uint8).reshape(shape)


def both(tf, function, *args, **kwargs):
    """A function of float images and of bytes."""
    function = getattr(tf.image, function)
    return [
        function(tf.constant(colours(5, 7, 3)), *args, **kwargs),
        function(tf.constant(pixels(2, 5, 4, 3)), *args, **kwargs),
    ]


CASES.simple(
    brightness=lambda tf: both(tf, "adjust_brightness", 0.3) + both(tf, "adjust_brightness", -0.7),
    contrast=lambda tf: both(tf, "adjust_contrast", 1.7) + both(tf, "adjust_contrast", 0.2),
    contrast_odd=lambda tf: [tf.image.adjust_contrast(colours(3, 5, 1), 2.0)],
    contrast_dot=lambda tf: [tf.image.adjust_contrast(colours(1, 1, 3), 2.0)],
    contrast_empty=lambda tf: [tf.image.adjust_contrast(colours(0, 5, 3), 2.0)],
    contrast_rank=lambda tf: [tf.image.adjust_contrast(colours(5, 3), 2.0)],
    contrast_vector=lambda tf: [tf.image.adjust_contrast(colours(5, 3, 3), [2.0])],
    contrast_fed=lambda tf: [
        tf.image.adjust_contrast(tf.placeholder_with_default(colours(5, 3), None), 2.0)
    ],
    hue=lambda tf: (
        both(tf, "adjust_hue", 0.3) + both(tf, "adjust_hue", -0.7) + both(tf, "adjust_hue", 0.0)
    ),
    hue_channels=lambda tf: [tf.image.adjust_hue(colours(5, 3, 4), 0.1)],
    hue_rank=lambda tf: [tf.image.adjust_hue(colours(5, 3), 0.1)],
    hue_vector=lambda tf: [tf.image.adjust_hue(colours(5, 3, 3), [0.1])],
    saturation=lambda tf: (
        both(tf, "adjust_saturation", 0.3)
        + both(tf, "adjust_saturation", 2.5)
        + both(tf, "adjust_saturation", 1.0)
    ),
    saturation_channels=lambda tf: [tf.image.adjust_saturation(colours(5, 3, 1), 0.1)],
    gamma=lambda tf: both(tf, "adjust_gamma", 0.5, 2.0) + both(tf, "adjust_gamma"),
    gamma_bad=lambda tf: both(tf, "adjust_gamma", -0.5),
    gamma_tensor=lambda tf: both(tf, "adjust_gamma", tf.constant(2.0)),
    random_brightness=lambda tf: both(tf, "random_brightness", 0.4, seed=3),
    random_brightness_bad=lambda tf: both(tf, "random_brightness", -0.4, seed=3),
    random_contrast=lambda tf: both(tf, "random_contrast", 0.4, 1.5, seed=3),
    random_contrast_bad=lambda tf: both(tf, "random_contrast", 1.4, 1.4, seed=3),
    random_contrast_negative=lambda tf: both(tf, "random_contrast", -1.4, 1.4, seed=3),
    random_hue=lambda tf: both(tf, "random_hue", 0.4, seed=3),
    random_hue_bad=lambda tf: both(tf, "random_hue", 0.6, seed=3),
    random_hue_negative=lambda tf: both(tf, "random_hue", -0.6, seed=3),
    random_saturation=lambda tf: both(tf, "random_saturation", 0.4, 1.5, seed=3),
    jpeg_quality=lambda tf: [
        tf.image.adjust_jpeg_quality(pixels(9, 8, 3), 40),
        tf.image.adjust_jpeg_quality(colours(9, 8, 3), tf.constant(40)),
    ],
    random_jpeg_quality=lambda tf: [tf.image.random_jpeg_quality(pixels(9, 8, 3), 5, 60, seed=4)],
    random_jpeg_quality_bad=lambda tf: [tf.image.random_jpeg_quality(pixels(9, 8, 3), 5, 101)],
    random_jpeg_quality_order=lambda tf: [tf.image.random_jpeg_quality(pixels(9, 8, 3), 5, 5)],
    standardization=lambda tf: both(tf, "per_image_standardization"),
    standardization_even=lambda tf: [tf.image.per_image_standardization(np.full([3, 4, 3], 7.0))],
    grayscale=lambda tf: (
        both(tf, "rgb_to_grayscale")
        + [
            tf.image.grayscale_to_rgb(tf.constant(pixels(3, 4, 1))),
            tf.image.grayscale_to_rgb(tf.constant(colours(2, 3, 4, 1)), name="mine"),
        ]
    ),
    grayscale_bad=lambda tf: [tf.image.grayscale_to_rgb(tf.constant(pixels(3, 4, 2)))],
    hsv=lambda tf: [
        tf.image.rgb_to_hsv(colours(5, 7, 3)),
        tf.image.rgb_to_hsv(colours(4, 3).astype(np.float64)),
        tf.image.hsv_to_rgb(colours(5, 7, 3)),
    ],
    hsv_channels=lambda tf: [tf.image.rgb_to_hsv(colours(5, 7, 4))],
    hsv_fed=lambda tf: [tf.image.hsv_to_rgb(tf.placeholder_with_default(colours(5, 7, 4), None))],
    spaces=lambda tf: [
        getattr(tf.image, name)(colours(3, 4, 3))
        for name in ("rgb_to_yiq", "yiq_to_rgb", "rgb_to_yuv", "yuv_to_rgb")
    ],
    old_contrast=lambda tf: [
        tf.raw_ops.AdjustContrastv2(images=colours(2, 3, 4, 3), contrast_factor=0.4)
    ],
    total_variation=lambda tf: [
        tf.image.total_variation(tf.constant(colours(5, 7, 3))),
        tf.image.total_variation(tf.constant(colours(2, 5, 7, 3)), name="mine"),
    ],
    total_variation_rank=lambda tf: [tf.image.total_variation(tf.constant(colours(5, 7)))],
    gradients=lambda tf: list(tf.image.image_gradients(tf.constant(colours(2, 4, 5, 3)))),
    gradients_rank=lambda tf: list(tf.image.image_gradients(tf.constant(colours(4, 5, 3)))),
    sobel=lambda tf: [tf.image.sobel_edges(tf.constant(colours(2, 4, 5, 3)))],
    psnr=lambda tf: [
        tf.image.psnr(tf.constant(colours(2, 4, 5, 3)), tf.constant(colours(2, 4, 5, 3) / 2), 1.0),
        tf.image.psnr(tf.constant(pixels(4, 5, 3)), tf.constant(pixels(4, 5, 3) // 2), 255),
    ],
    psnr_shapes=lambda tf: [
        tf.image.psnr(tf.constant(pixels(4, 5, 3)), tf.constant(pixels(4, 5, 1)), 255)
    ],
    ssim=lambda tf: [
        tf.image.ssim(
            tf.constant(colours(2, 13, 12, 3)), tf.constant(colours(2, 13, 12, 3) ** 2), 1.0
        ),
        tf.image.ssim(
            tf.constant(pixels(9, 8, 1)), tf.constant(pixels(9, 8, 1) // 2), 255, filter_size=5
        ),
    ],
    ssim_small=lambda tf: [
        tf.image.ssim(tf.constant(colours(8, 9, 3)), tf.constant(colours(8, 9, 3)), 1.0)
    ],
    ssim_multiscale=lambda tf: [
        tf.image.ssim_multiscale(
            tf.constant(colours(2, 25, 22, 3)),
            tf.constant(colours(2, 25, 22, 3) * 0.9),
            1.0,
            power_factors=(0.3, 0.4, 0.3),
            filter_size=4,
        )
    ],
)


@CASES.case
def of_unknown_shape(tf):
    x, feed = fed(tf, colours(5, 7, 3), [None, None, None])
    return [
        tf.image.adjust_contrast(x, 0.5),
        tf.image.per_image_standardization(x),
        tf.image.grayscale_to_rgb(x[:, :, :1]),
        tf.image.adjust_hue(x, 0.1),
        tf.image.total_variation(x),
    ], feed


@CASES.case
def hsv_gradient(tf):
    x = tf.constant(colours(6, 7, 3))
    return grad_of(tf, tf.image.rgb_to_hsv(x), [x])


@CASES.case
def grayscale_exact(tf):
    """Colours whose gray is next to a whole number, so that a sum rounded otherwise shows."""
    near = [[209, 122, 67], [183, 183, 145], [125, 226, 242], [41, 208, 231], [231, 113, 222]]
    return [tf.image.rgb_to_grayscale(np.array([near * 20], np.uint8))]


@CASES.case
def variation_gradient(tf):
    x = tf.constant(colours(3, 4, 2))
    return grad_of(tf, tf.image.total_variation(x), [x])
