"""Arithmetic with quantized numbers."""

import numpy as np
from case_tools import Cases, fed

CASES = Cases()
case, simple = CASES.case, CASES.simple


def octets(*shape, start=3):
    n = np.arange(start, start + int(np.prod(shape)), dtype=np.int64)
    return (n * n * 31 % 257 % 256).astype(np.uint8).reshape(shape)


def quint8(tf, *shape, **options):
    return tf.bitcast(tf.constant(octets(*shape, **options)), tf.quint8)


def qint8(tf, *shape):
    return tf.bitcast(tf.constant(octets(*shape).astype(np.int8)), tf.qint8)


def qint32(tf, *shape, factor=1 << 15):
    values = (octets(*shape).astype(np.int32) - 100) * factor
    return tf.bitcast(tf.constant(values), tf.qint32)


def plain(tf, found):
    """Outputs as plain integers."""
    kinds = {tf.quint8: tf.uint8, tf.qint8: tf.int8, tf.qint32: tf.int32}
    return [tf.bitcast(t, kinds[t.dtype]) if t.dtype in kinds else t for t in found]


def raw(tf, name, *args, **attrs):
    """The named op, with inputs and attrs by TensorFlow's names."""
    return plain(tf, getattr(tf.raw_ops, name)(*args, **attrs))


def range_of(name, low, high):
    return {"min_" + name: low, "max_" + name: high}


@case
def conv2d(tf):
    x, w = quint8(tf, 2, 5, 6, 3), quint8(tf, 3, 2, 3, 4, start=8)
    found = []
    for strides, padding in (((1, 1, 1, 1), "VALID"), ((1, 2, 2, 1), "SAME")):
        found += plain(
            tf, tf.nn.quantized_conv2d(x, w, -1.5, 2.25, -0.75, 3.0, list(strides), padding)
        )
    return found


@case
def conv2d_of_unknown_shape(tf):
    x, feed = fed(tf, octets(1, 4, 4, 2), [None, None, 4, None])
    x = tf.bitcast(x, tf.quint8)
    w = quint8(tf, 2, 2, 2, 3)
    found = tf.nn.quantized_conv2d(x, w, 0.0, 1.0, -1.0, 1.0, [1, 1, 1, 1], "VALID")
    return plain(tf, found), feed


def bad_conv2d(tf, *shapes, **attrs):
    x, w = (quint8(tf, *shape) for shape in shapes or ((1, 4, 4, 2), (2, 2, 2, 3)))
    attrs = dict({"strides": [1, 1, 1, 1], "padding": "VALID"}, **attrs)
    return plain(tf, tf.nn.quantized_conv2d(x, w, 0.0, 1.0, -1.0, 1.0, **attrs))


def bad_depths(tf):
    x, feed = fed(tf, octets(1, 4, 4, 2), None)
    x, w = tf.bitcast(x, tf.quint8), quint8(tf, 2, 2, 3, 3)
    found = tf.nn.quantized_conv2d(x, w, 0.0, 1.0, -1.0, 1.0, [1, 1, 1, 1], "VALID")
    return plain(tf, found), feed


simple(
    conv2d_strides=lambda tf: bad_conv2d(tf, strides=[1, 2, 1, 1]),
    conv2d_batch_strides=lambda tf: bad_conv2d(tf, strides=[2, 1, 1, 1]),
    conv2d_short_strides=lambda tf: bad_conv2d(tf, strides=[1, 1]),
    conv2d_dilations=lambda tf: bad_conv2d(tf, dilations=[1, 2, 2, 1]),
    conv2d_batch_dilations=lambda tf: bad_conv2d(tf, dilations=[2, 1, 1, 1]),
    conv2d_depths=lambda tf: bad_conv2d(tf, (1, 4, 4, 2), (2, 2, 3, 3)),
    conv2d_depths_at_run=bad_depths,
    conv2d_rank=lambda tf: bad_conv2d(tf, (4, 4, 2), (2, 2, 2, 3)),
    conv2d_range_of_rank=lambda tf: plain(
        tf,
        tf.nn.quantized_conv2d(
            *(quint8(tf, 1, 4, 4, 2), quint8(tf, 2, 2, 2, 3), [0.0], 1.0, 0.0, 1.0),
            *([1, 1, 1, 1], "SAME"),
        ),
    ),
)


def matmul(tf, a=(3, 4), b=(4, 5), low=-1.25, high=2.5, **options):
    return raw(
        tf, "QuantizedMatMul", a=quint8(tf, *a), b=quint8(tf, *b), min_a=low, max_a=high,
        min_b=0.0, max_b=3.0, Toutput=tf.qint32, **options
    )  # fmt: skip


simple(
    matmul=matmul,
    matmul_transposed=lambda tf: matmul(tf, (4, 3), (5, 4), transpose_a=True, transpose_b=True),
    matmul_range=lambda tf: matmul(tf, low=1.0, high=1.0),
    matmul_sizes=lambda tf: matmul(tf, (3, 4), (5, 4)),
)


def two(tf, name, x, y, kind=quint8, low=-1.5, high=2.0):
    return raw(
        tf, name, x=kind(tf, *x), y=kind(tf, *y, start=20), min_x=low, max_x=high, min_y=-0.5,
        max_y=4.0, Toutput=tf.qint32
    )  # fmt: skip


simple(
    add=lambda tf: two(tf, "QuantizedAdd", (3, 5), (3, 5)),
    add_vector=lambda tf: two(tf, "QuantizedAdd", (3, 5), (5,)),
    add_scalar=lambda tf: two(tf, "QuantizedAdd", (3, 5), ()),
    add_range=lambda tf: two(tf, "QuantizedAdd", (3, 5), (), low=2.5),
    add_shapes=lambda tf: two(tf, "QuantizedAdd", (3, 5), (4,)),
    mul=lambda tf: two(tf, "QuantizedMul", (3, 5), (3, 5)),
    mul_vector=lambda tf: two(tf, "QuantizedMul", (5,), (3, 5)),
    mul_scalar=lambda tf: two(tf, "QuantizedMul", (), (3, 5)),
    mul_range=lambda tf: two(tf, "QuantizedMul", (3, 5), (), low=2.5),
)


def biased(tf, x, bias, kind=quint8, low=-1.5):
    return raw(
        tf, "QuantizedBiasAdd", input=kind(tf, *x), bias=kind(tf, *bias), min_input=low,
        max_input=2.0, min_bias=-3.0, max_bias=0.5, out_type=tf.qint32
    )  # fmt: skip


simple(
    bias_add=lambda tf: biased(tf, (2, 3, 5), (5,)),
    bias_add_signed=lambda tf: biased(tf, (3, 5), (5,), qint8),
    bias_add_equal_bounds=lambda tf: biased(tf, (3, 5), (5,), low=2.0),
    bias_add_rank=lambda tf: biased(tf, (5,), (5,)),
    bias_add_sizes=lambda tf: biased(tf, (3, 5), (4,)),
    relu=lambda tf: raw(
        tf,
        "QuantizedRelu",
        features=quint8(tf, 3, 5),
        out_type=tf.quint8,
        **range_of("features", -1.5, 2.0),
    ),  # fmt: skip
    relu_of_words=lambda tf: raw(
        tf,
        "QuantizedRelu",
        features=qint32(tf, 3, 5),
        out_type=tf.qint32,
        **range_of("features", -1.5, 2.0),
    ),  # fmt: skip
    relu6=lambda tf: raw(
        tf,
        "QuantizedRelu6",
        features=quint8(tf, 3, 5),
        out_type=tf.quint8,
        **range_of("features", -10.0, 20.0),
    ),  # fmt: skip
    relu6_of_words=lambda tf: raw(
        tf,
        "QuantizedRelu6",
        features=qint32(tf, 3, 5, factor=1 << 22),
        out_type=tf.qint32,
        **range_of("features", -20.0, 20.0),
    ),  # fmt: skip
)

WINDOW = {"ksize": [1, 2, 3, 1], "strides": [1, 2, 1, 1], "padding": "SAME"}


def pooled(tf, kind, shape=(2, 5, 4, 3), **options):
    attrs = dict(WINDOW, **options)
    function = getattr(tf.nn, "quantized_" + kind + "_pool")
    return plain(tf, function(quint8(tf, *shape), -1.0, 2.0, **attrs))


simple(
    max_pool=lambda tf: pooled(tf, "max"),
    avg_pool=lambda tf: pooled(tf, "avg"),
    avg_pool_valid=lambda tf: pooled(tf, "avg", padding="VALID", strides=[1, 1, 2, 1]),
    max_pool_of_batches=lambda tf: pooled(tf, "max", ksize=[2, 1, 1, 1]),
    avg_pool_of_batches=lambda tf: pooled(tf, "avg", ksize=[2, 1, 1, 1]),
    avg_pool_of_depth=lambda tf: pooled(tf, "avg", ksize=[1, 1, 1, 3]),
    avg_pool_short=lambda tf: pooled(tf, "avg", ksize=[1, 2]),
    max_pool_rank=lambda tf: pooled(tf, "max", (5, 4, 3)),
)


def concat(tf, kind, axis, *shapes, lows=(0.5, -1.0), highs=(2.0, 3.0)):
    values = [kind(tf, *shape) for shape in shapes]
    return plain(tf, tf.quantization.quantized_concat(axis, values, list(lows), list(highs)))


simple(
    concat=lambda tf: concat(tf, quint8, 1, (2, 3), (2, 4)),
    concat_of_like=lambda tf: concat(
        tf, quint8, 0, (2, 3), (1, 3), lows=(-1.0, -1.0), highs=(2.0, 2.0)
    ),
    concat_of_words=lambda tf: concat(tf, qint32, 0, (2, 3), (1, 3)),
    concat_old_name=lambda tf: plain(
        tf, tf.quantized_concat(0, [quint8(tf, 2), quint8(tf, 3)], [0.0, 0.0], [1.0, 2.0])
    ),
    concat_axis=lambda tf: concat(tf, quint8, 2, (2, 3), (2, 4)),
    concat_sizes=lambda tf: concat(tf, quint8, 0, (2, 3), (2, 4)),
    concat_ranks=lambda tf: concat(tf, quint8, 0, (2, 3), (2,)),
)


@case
def concat_at_fed_axis(tf):
    axis, feed = fed(tf, np.int32(-1), ())
    return concat(tf, quint8, axis, (2, 3), (2, 3)), feed


def requantized(tf, first, last, kind="quint8", low=-50.0, high=40.0):
    return raw(
        tf, "Requantize", input=qint32(tf, 3, 5, factor=1 << 23), input_min=low, input_max=high,
        requested_output_min=first, requested_output_max=last, out_type=getattr(tf, kind)
    )  # fmt: skip


simple(
    requantize=lambda tf: requantized(tf, -3.0, 20.0),
    requantize_wide=lambda tf: requantized(tf, 0.0, 2e5, low=-1e5, high=1e5),
    requantize_equal=lambda tf: requantized(tf, 0.0, 0.0),
    requantize_signed=lambda tf: requantized(tf, -30.0, 20.0, "qint8"),
    requantize_positive=lambda tf: requantized(tf, 1.0, 2.0),
    requantize_order=lambda tf: requantized(tf, -1.0, -2.0),
    requantization_range=lambda tf: raw(
        tf, "RequantizationRange", input=qint32(tf, 3, 5), input_min=-50.0, input_max=40.0
    ),
    requantization_range_above=lambda tf: raw(
        tf,
        "RequantizationRange",
        input=tf.bitcast(tf.constant([1 << 30, 1 << 29]), tf.qint32),
        input_min=-1.0,
        input_max=1.0,
    ),  # fmt: skip
    shrink=lambda tf: raw(
        tf,
        "QuantizeDownAndShrinkRange",
        input=qint32(tf, 3, 5, factor=1 << 20),
        input_min=-50.0,
        input_max=40.0,
        out_type=tf.quint8,
    ),  # fmt: skip
    reshape=lambda tf: raw(
        tf, "QuantizedReshape", tensor=quint8(tf, 3, 4), shape=[2, -1], input_min=0.0, input_max=1.5
    ),  # fmt: skip
    reshape_sizes=lambda tf: raw(
        tf, "QuantizedReshape", tensor=quint8(tf, 3, 4), shape=[5, 2], input_min=0.0, input_max=1.5
    ),
)


def resized(tf, image, size, **options):
    found = tf.raw_ops.QuantizedResizeBilinear(
        images=image, size=size, min=-1.0, max=2.0, **options
    )
    return plain(tf, found)


simple(
    resize=lambda tf: resized(tf, quint8(tf, 1, 4, 3, 2), [7, 8]),
    resize_corners=lambda tf: resized(tf, quint8(tf, 1, 4, 3, 3), [3, 9], align_corners=True),
    resize_centres=lambda tf: resized(tf, quint8(tf, 2, 4, 3, 1), [9, 2], half_pixel_centers=True),
    resize_same=lambda tf: resized(tf, quint8(tf, 1, 4, 3, 1), [4, 3]),
    resize_words=lambda tf: resized(tf, qint32(tf, 1, 4, 3, 1), [5, 5]),
    resize_floats=lambda tf: resized(tf, tf.constant(octets(1, 4, 3, 1) / np.float32(8)), [5, 5]),
    resize_size=lambda tf: resized(tf, quint8(tf, 1, 4, 3, 1), [5, 5, 5]),
    instance_norm=lambda tf: raw(
        tf, "QuantizedInstanceNorm", x=quint8(tf, 2, 4, 5, 3), x_min=-1.0, x_max=4.0
    ),
    instance_norm_given=lambda tf: raw(
        tf,
        "QuantizedInstanceNorm",
        x=quint8(tf, 2, 4, 5, 3),
        x_min=-1.0,
        x_max=4.0,
        output_range_given=True,
        given_y_min=-2.0,
        given_y_max=1.5,
        variance_epsilon=0.01,
    ),  # fmt: skip
    instance_norm_of_one=lambda tf: raw(
        tf, "QuantizedInstanceNorm", x=quint8(tf, 1, 1, 1, 3), x_min=-1.0, x_max=4.0
    ),
    instance_norm_range=lambda tf: raw(
        tf, "QuantizedInstanceNorm", x=quint8(tf, 1, 1, 1, 3), x_min=4.0, x_max=4.0
    ),
    instance_norm_order=lambda tf: raw(
        tf,
        "QuantizedInstanceNorm",
        x=quint8(tf, 1, 1, 1, 3),
        x_min=-1.0,
        x_max=4.0,
        output_range_given=True,
        given_y_min=2.0,
        given_y_max=1.5,
    ),  # fmt: skip
)


def batch_norm(tf, shape=(2, 3, 2, 3), scaled=True):
    inputs = {}
    for i, name in enumerate(("t", "m", "v", "beta", "gamma")):
        inputs[name] = quint8(tf, *(shape if name == "t" else shape[-1:]), start=10 * i + 1)
        inputs[name + "_min"] = 0.5 if name == "v" else -1.0 - i / 4.0
        inputs[name + "_max"] = 2.0 + i / 2.0
    return raw(
        tf, "QuantizedBatchNormWithGlobalNormalization", out_type=tf.qint32,
        variance_epsilon=0.001, scale_after_normalization=scaled, **inputs
    )  # fmt: skip


simple(
    batch_norm=batch_norm,
    batch_norm_unscaled=lambda tf: batch_norm(tf, scaled=False),
    batch_norm_rank=lambda tf: batch_norm(tf, (2, 3)),
)
