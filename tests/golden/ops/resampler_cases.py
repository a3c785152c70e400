"""tf.contrib.resampler: images read at points."""

import numpy as np
from case_tools import Cases, fed, floats, grad_of, waves

CASES = Cases()
case, simple = CASES.case, CASES.simple

# Between pixels, on them, on the border, across it, outside, nowhere.
POINTS = np.float32(
    [
        [[0.25, 1.5], [2, 3], [3.75, 0], [-0.5, 0.5]],
        [[4.5, 3.5], [-1, 2], [7, -3], [np.nan, 1]],
        [[0, 3.999], [3.999, -0.25], [4, 4], [5, 1]],
    ]
)


def read(tf, data, points, dtype=np.float32):
    data, points = tf.constant(data.astype(dtype)), tf.constant(points.astype(dtype))
    return grad_of(tf, tf.contrib.resampler.resampler(data, points), [data, points])


def of_unknown_shape(tf, data, points):
    x, feed = fed(tf, data, None)
    y, more = fed(tf, points, None)
    feed.update(more)
    return [tf.contrib.resampler.resampler(x, y)], feed


simple(
    points=lambda tf: read(tf, waves(3, 4, 5, 2), POINTS),
    grid=lambda tf: read(tf, floats(1, 4, 5, 3), POINTS[:2].reshape(1, 2, 4, 2), np.float64),
    doubles=lambda tf: read(tf, waves(3, 4, 5, 2), POINTS, np.float64),
    # Without gradients: TensorFlow leaves the memory for them as it finds it.
    no_points=lambda tf: read(tf, waves(2, 4, 5, 2), np.zeros((2, 0, 2)))[0][:1],
    named=lambda tf: [
        tf.contrib.resampler.resampler(waves(3, 4, 5, 2), POINTS[:, :2], name="read")
    ],
    unknown=lambda tf: of_unknown_shape(tf, waves(3, 4, 5, 2), POINTS),
    rank_of_data=lambda tf: of_unknown_shape(tf, waves(4, 5, 2), POINTS),
    rank_of_points=lambda tf: of_unknown_shape(tf, waves(2, 4, 5, 2), waves(2)),
    coordinates=lambda tf: of_unknown_shape(tf, waves(3, 4, 5, 2), waves(3, 4, 3)),
    batches=lambda tf: of_unknown_shape(tf, waves(2, 4, 5, 2), POINTS),
)
