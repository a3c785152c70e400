"""tf.nn.max_pool, avg_pool, pool and kin, with their gradients."""

import numpy as np
from case_tools import Cases, fed, grad_of, waves

CASES = Cases()
case, simple = CASES.case, CASES.simple

X = waves(2, 5, 7, 3)
# Values that come more than once, so that it counts which of them is taken.
TIES = np.floor(waves(2, 5, 6, 2) * 3)
VOLUME = waves(1, 3, 4, 5, 2)
LINE = waves(2, 7, 3)


def pooled(tf, function, x=X, ksize=(1, 2, 3, 1), strides=(1, 2, 2, 1), padding="SAME", **more):
    x = tf.constant(x)
    y = getattr(tf.nn, function)(x, ksize, strides, padding, **more)
    return grad_of(tf, y, [x])


def only(tf, function, *args, **more):
    return [getattr(tf.nn, function)(*args, **more)]


for _name in ("max_pool", "avg_pool"):
    _short = _name[:3]
    simple(
        **{
            _short + "_same": lambda tf, n=_name: pooled(tf, n),
            _short + "_valid": lambda tf, n=_name: pooled(tf, n, padding="VALID", name="v"),
            _short + "_ties": lambda tf, n=_name: pooled(tf, n, TIES, 3, 1),
            _short + "_even_same": lambda tf, n=_name: pooled(tf, n, TIES, [2, 4], 1),
            _short + "_even_mixed": lambda tf, n=_name: pooled(tf, n, TIES, [2, 4], [1, 3]),
            _short + "_wide_strides": lambda tf, n=_name: pooled(tf, n, ksize=2, strides=3),
            _short + "_tall_strides": lambda tf, n=_name: pooled(tf, n, ksize=1, strides=[2, 3]),
            _short + "_whole": lambda tf, n=_name: pooled(
                tf, n, ksize=[1, 5, 7, 1], strides=1, padding="VALID"
            ),
            _short + "_half": lambda tf, n=_name: pooled(tf, n, np.float16(X)),
            _short + "_double": lambda tf, n=_name: pooled(tf, n, np.float64(X)),
            _short + "_nothing": lambda tf, n=_name: pooled(tf, n, X[:0]),
            _short + "_1d": lambda tf, n=_name: pooled(tf, n + "1d", LINE, 3, 2),
            _short + "_1d_lists": lambda tf, n=_name: pooled(tf, n + "1d", LINE, [2], [2], "VALID"),
            _short + "_2d": lambda tf, n=_name: pooled(tf, n + "2d", X, 3, 2),
            _short + "_3d": lambda tf, n=_name: pooled(tf, n + "3d", VOLUME, 2, 2, "VALID"),
            _short + "_3d_same": lambda tf, n=_name: pooled(
                tf, n + "3d", VOLUME, [1, 2, 3, 2, 1], [1, 1, 2, 2, 1]
            ),
            # Of windows larger than the volume TensorFlow's gradient is not that of its values.
            _short + "_3d_wide": lambda tf, n=_name: only(
                tf, n + "3d", VOLUME, [4, 2, 7], 2, "SAME"
            ),
            _short + "_any_images": lambda tf, n=_name: pooled(tf, n + "_v2", X, 2, [2, 1]),
            _short + "_any_line": lambda tf, n=_name: pooled(tf, n + "_v2", LINE, 2, 1),
            _short + "_any_volume": lambda tf, n=_name: pooled(tf, n + "_v2", VOLUME, 2, 1),
            _short + "_just_too_large": lambda tf, n=_name: only(tf, n, X, [6, 8], 1, "VALID"),
            _short + "_too_large": lambda tf, n=_name: only(tf, n, X, [7, 8], 1, "VALID"),
            _short + "_of_batch": lambda tf, n=_name: only(tf, n, X, [2, 1, 1, 1], 1, "VALID"),
            _short + "_of_depth": lambda tf, n=_name: only(
                tf, n, X, [1, 1, 1, 3], [1, 1, 1, 3], "VALID"
            ),
            _short + "_of_odd_depth": lambda tf, n=_name: only(
                tf, n, X, [1, 1, 1, 2], [1, 1, 1, 2], "VALID"
            ),
            _short + "_of_all": lambda tf, n=_name: only(
                tf, n, X, [1, 2, 2, 3], [1, 1, 1, 3], "VALID"
            ),
            _short + "_rank": lambda tf, n=_name: only(tf, n, X[0], 2, 1, "VALID"),
            _short + "_three": lambda tf, n=_name: only(tf, n, X, [1, 2, 3], 1, "VALID"),
            _short + "_zero_stride": lambda tf, n=_name: only(tf, n, X, 2, 0, "VALID"),
            _short + "_input": lambda tf, n=_name: only(
                tf, n, None, 2, 2, "SAME", input=tf.constant(X)
            ),
            _short + "_format": lambda tf, n=_name: only(tf, n, X, 2, 2, "SAME", data_format="NH"),
            _short + "_any_rank": lambda tf, n=_name: only(
                tf, n + "_v2", tf.constant(X[0, 0]), 2, 1, "VALID"
            ),
        }
    )

simple(
    max_zero=lambda tf: only(tf, "max_pool", X, [0, 2], 1, "VALID"),
    max_ints=lambda tf: only(tf, "max_pool", np.int32(X * 8), 3, 2, "SAME"),
    max_bytes=lambda tf: only(tf, "max_pool", np.uint8(X * 8 + 5), 3, 2, "SAME"),
    max_int_gradient=lambda tf: [
        tf.raw_ops.MaxPoolGrad(
            orig_input=np.int64(TIES),
            orig_output=np.ones([2, 3, 3, 2], np.int64),
            grad=np.arange(36, dtype=np.int64).reshape(2, 3, 3, 2),
            ksize=[1, 3, 3, 1],
            strides=[1, 2, 2, 1],
            padding="SAME",
        )
    ],
    max_gradient_of_other_size=lambda tf: [
        tf.raw_ops.MaxPoolGradGrad(
            orig_input=X,
            orig_output=X,
            grad=X,
            ksize=[1, 2, 2, 1],
            strides=[1, 2, 2, 1],
            padding="SAME",
        )
    ],
    argmax=lambda tf: list(tf.nn.max_pool_with_argmax(TIES, [1, 2, 3, 1], [1, 2, 2, 1], "SAME")),
    argmax_valid=lambda tf: list(
        tf.nn.max_pool_with_argmax(
            TIES, [1, 2, 2, 1], [1, 1, 1, 1], "VALID", include_batch_in_index=True
        )
    ),
    argmax_format=lambda tf: list(
        tf.nn.max_pool_with_argmax(X, [1, 2, 2, 1], [1, 1, 1, 1], "SAME", data_format="NCHW")
    ),
    pool_max=lambda tf: pooled_by_name(tf, [3, 2], "MAX", "SAME"),
    pool_avg=lambda tf: pooled_by_name(tf, [3, 2], "AVG", "VALID", strides=[2, 1]),
    pool_holes=lambda tf: pooled_by_name(tf, [2, 2], "MAX", "VALID", dilation_rate=[2, 1]),
    pool_holes_avg=lambda tf: pooled_by_name(
        tf, [2, 2], "AVG", "VALID", dilations=[1, 2], name="p"
    ),
    pool_line=lambda tf: [tf.nn.pool(LINE, [2], "MAX", "SAME", strides=[2])],
    pool_line_holes=lambda tf: [tf.nn.pool(LINE, [2], "MAX", "VALID", dilation_rate=[2])],
    pool_volume=lambda tf: [tf.nn.pool(VOLUME, [2, 2, 2], "AVG", "SAME")],
    pool_holes_same=lambda tf: [tf.nn.pool(X, [2, 2], "MAX", "SAME", dilation_rate=[2, 1])],
    pool_holes_strides=lambda tf: [tf.nn.pool(X, [2, 2], "MAX", "VALID", [2, 1], [2, 1])],
    pool_strides=lambda tf: [tf.nn.pool(X, [2, 2], "MAX", "VALID", strides=[3, 1])],
    pool_kind=lambda tf: [tf.nn.pool(X, [2, 2], "SUM", "VALID")],
    pool_rank=lambda tf: [tf.nn.pool(X, [2], "MAX", "VALID")],
    pool_axes=lambda tf: [tf.nn.pool(X, [2, 2, 2, 2], "MAX", "VALID")],
    pool_rates=lambda tf: [tf.nn.pool(X, [2, 2], "MAX", "VALID", [1])],
    pool_line_format=lambda tf: [tf.nn.pool(LINE, [2], "MAX", "SAME", data_format="NHWC")],
)


def pooled_by_name(tf, *args, **more):
    x = tf.constant(X)
    return grad_of(tf, tf.nn.pool(x, *args, **more), [x])


@case
def unknown_shapes(tf):
    x, feed = fed(tf, X, [None, None, 7, None])
    y, more = fed(tf, X, None)
    feed.update(more)
    return (
        [
            tf.nn.max_pool(x, 2, 2, "VALID"),
            tf.nn.avg_pool(x, 3, 2, "SAME"),
            tf.nn.max_pool(y, 2, 2, "SAME"),
        ],
        feed,
    )


@case
def channels_first_shapes(tf):
    x = tf.placeholder(tf.float32, [2, 3, 5, 7])
    v = tf.placeholder(tf.float32, [2, 3, 5, 7, 9])
    line = tf.placeholder(tf.float32, [2, 3, 7])
    found = [
        tf.nn.max_pool(x, 2, 2, "VALID", data_format="NCHW"),
        tf.nn.avg_pool(x, [1, 1, 2, 3], 2, "SAME", data_format="NCHW"),
        tf.nn.max_pool3d(v, 2, 2, "VALID", data_format="NCDHW"),
        tf.nn.max_pool1d(line, 2, 2, "VALID", data_format="NCW"),
        tf.nn.pool(line, [2], "AVG", "SAME", data_format="NCW"),
        tf.nn.pool(x, [2, 2], "MAX", "VALID", data_format="NCHW", dilation_rate=[2, 2]),
        tf.nn.max_pool_v2(v, 2, 2, "VALID", data_format="NCDHW"),
    ]
    return found + tf.gradients(found[:2], [x]), None


@case
def max_gradients_of_gradients(tf):
    x = tf.constant(X)
    y = tf.nn.max_pool(x, [1, 2, 3, 1], [1, 2, 2, 1], "SAME")
    (dx,) = tf.gradients(y * y, [x])
    (ddx,) = tf.gradients(dx * dx, [x])
    return [dx, ddx] + tf.gradients(ddx * waves(2, 5, 7, 3), [x])


@case
def max_gradients_of_even_windows(tf):
    x = tf.constant(X)
    y = tf.nn.max_pool(x, 2, 1, "SAME")
    (dx,) = tf.gradients(y * y, [x])
    return [dx] + tf.gradients(dx * dx, [x])


@case
def avg_gradients_of_gradients(tf):
    x = tf.constant(X)
    y = tf.nn.avg_pool(x, [1, 2, 3, 1], [1, 2, 2, 1], "SAME")
    (dx,) = tf.gradients(y * y, [x])
    return [dx] + tf.gradients(dx * dx, [x])


@case
def volume_gradients_of_gradients(tf):
    x = tf.constant(VOLUME)
    y = tf.nn.max_pool3d(x, 2, 1, "SAME")
    z = tf.nn.avg_pool3d(x, 2, 1, "SAME")
    dx, dz = tf.gradients(y * y, x)[0], tf.gradients(z * z, x)[0]
    return [dx, dz] + tf.gradients(dx * dx, [x]) + tf.gradients(dz * dz, [x])


@case
def argmax_gradients(tf):
    x = tf.constant(TIES)
    found = []
    for with_batch in (False, True):
        y, _ = tf.nn.max_pool_with_argmax(
            x, [1, 2, 2, 1], [1, 2, 1, 1], "SAME", include_batch_in_index=with_batch
        )
        found += grad_of(tf, y, [x])[0]
    return found


@case
def argmax_gradient_gradient(tf):
    """TensorFlow computes neither of these without a GPU."""
    y, places = tf.nn.max_pool_with_argmax(
        TIES, [1, 2, 2, 1], [1, 2, 2, 1], "SAME", output_dtype=tf.int32
    )
    again = tf.raw_ops.MaxPoolGradGradWithArgmax(
        input=TIES,
        grad=waves(2, 5, 6, 2),
        argmax=places,
        ksize=[1, 2, 2, 1],
        strides=[1, 2, 2, 1],
        padding="SAME",
    )
    return [y, places, again], None


@case
def sizes_as_tensors(tf):
    x = tf.constant(X)
    sizes = tf.placeholder_with_default([1, 2, 3, 1], [4])
    y = tf.raw_ops.MaxPoolV2(input=x, ksize=[1, 2, 3, 1], strides=[1, 2, 2, 1], padding="SAME")
    z = tf.raw_ops.MaxPoolV2(input=x, ksize=sizes, strides=[1, 2, 2, 1], padding="VALID")
    (dx,) = tf.gradients(y * y, [x])
    return [y, z, dx] + tf.gradients(z * z, [x]) + tf.gradients(dx * dx, [x])
