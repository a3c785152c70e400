"""The structural similarity of images that are nearly alike, where last bits of means show."""

import numpy as np
from case_tools import Cases

CASES = Cases()


def bright(*shape):
    """Pixels near 1, which change slowly, and a bit from one to the next."""
    n = np.arange(np.prod(shape), dtype=np.int64)
    slow = (n // 97 % 31) / np.float32(512)
    return (np.float32(0.875) + slow + (n * n * 7 % 13) / np.float32(4096)).reshape(shape)


def magnified(values):
    """What is missing to 1, so that no bit is lost in the comparison."""
    return (1.0 - values) * 65536.0


def fed(tf, measure, *shape, **options):
    """Fed images; TensorFlow's optimizer rearranges sums of what it does not know."""
    x, y = (tf.placeholder(tf.float32, shape) for _ in "xy")
    feed = {x: bright(*shape), y: bright(*shape) * np.float32(0.9990234375)}
    return [magnified(measure(x, y, 1.0, **options))], feed


CASES.simple(
    colours=lambda tf: fed(tf, tf.image.ssim, 2, 40, 45, 3),
    grey=lambda tf: fed(tf, tf.image.ssim, 2, 120, 90, 1),
    without_batch=lambda tf: fed(tf, tf.image.ssim, 30, 25, 2, filter_size=7, k2=0.01),
    scales=lambda tf: fed(tf, tf.image.ssim_multiscale, 1, 180, 176, 1),
    scales_of_colours=lambda tf: fed(
        tf, tf.image.ssim_multiscale, 2, 50, 45, 3, power_factors=(0.25, 0.75)
    ),
    constants=lambda tf: [
        magnified(
            tf.image.ssim(
                tf.constant(bright(2, 30, 25, 3)),
                tf.constant(bright(2, 30, 25, 3) * np.float32(0.999)),
                1.0,
            )
        )
    ],
    bytes=lambda tf: [
        magnified(
            tf.image.ssim(
                tf.constant((bright(30, 25, 3) * 250).astype(np.uint8)),
                tf.constant((bright(30, 25, 3) * 251).astype(np.uint8)),
                255,
            )
        )
    ],
)
