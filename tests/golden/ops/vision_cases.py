"""Fractional pooling, greyscale morphology, few-bit values, data formats: less common ops."""

import numpy as np
from case_tools import Cases, fed, grad_of, waves

CASES = Cases()
case, simple = CASES.case, CASES.simple

X = waves(2, 11, 9, 3)
TIES = np.floor(X * 3)
FILTER = waves(3, 2, 3)
SEEDED = {"deterministic": True, "seed": 3, "seed2": 7}


def fractional(tf, kind, x=X, ratio=(1.0, 1.44, 1.73, 1.0), **more):
    x = tf.constant(x)
    y, rows, columns = getattr(tf.nn, f"fractional_{kind}_pool")(x, list(ratio), **SEEDED, **more)
    found, _ = grad_of(tf, y, [x])
    return found + [rows, columns]


for _kind in ("max", "avg"):
    simple(
        **{
            f"{_kind}_shuffled": lambda tf, k=_kind: fractional(tf, k),
            f"{_kind}_pseudo": lambda tf, k=_kind: fractional(tf, k, pseudo_random=True),
            f"{_kind}_overlapping": lambda tf, k=_kind: fractional(tf, k, overlapping=True),
            f"{_kind}_all": lambda tf, k=_kind: fractional(
                tf, k, TIES, pseudo_random=True, overlapping=True
            ),
            f"{_kind}_large_ratio": lambda tf, k=_kind: fractional(
                tf, k, ratio=(1.0, 3.2, 2.5, 1.0), pseudo_random=True
            ),
            f"{_kind}_double": lambda tf, k=_kind: fractional(tf, k, np.float64(X)),
            f"{_kind}_ints": lambda tf, k=_kind: list(
                getattr(tf.nn, f"fractional_{k}_pool")(
                    np.int32(TIES), [1.0, 1.5, 2.0, 1.0], overlapping=True, **SEEDED
                )
            ),
            f"{_kind}_of_batch": lambda tf, k=_kind: list(
                getattr(tf.nn, f"fractional_{k}_pool")(X, [2.0, 1.5, 1.5, 2.0], **SEEDED)
            ),
            f"{_kind}_not_seeded": lambda tf, k=_kind: list(
                getattr(tf.nn, f"fractional_{k}_pool")(X, [1.0, 1.5, 1.5, 1.0], seed=3)
            ),
            f"{_kind}_ratio_of_three": lambda tf, k=_kind: list(
                getattr(tf.nn, f"fractional_{k}_pool")(X, [1.0, 1.5, 1.5])
            ),
            f"{_kind}_ratio_of_five": lambda tf, k=_kind: list(
                getattr(tf.nn, f"fractional_{k}_pool")(X, [1.0, 1.5, 1.5, 1.0, 1.0])
            ),
            f"{_kind}_rank": lambda tf, k=_kind: list(
                getattr(tf.nn, f"fractional_{k}_pool")(X[0], [1.0, 1.5, 1.5, 1.0])
            ),
        }
    )


def morphology(tf, kind, x=X, w=FILTER, strides=(1, 1, 1, 1), rates=(1, 1, 1, 1), padding="SAME"):
    x, w = tf.constant(x), tf.constant(w)
    return grad_of(tf, getattr(tf.nn, kind)(x, w, list(strides), list(rates), padding), [x, w])


simple(
    dilation=lambda tf: morphology(tf, "dilation2d"),
    dilation_valid=lambda tf: morphology(tf, "dilation2d", padding="VALID"),
    dilation_strides=lambda tf: morphology(tf, "dilation2d", strides=(1, 2, 3, 1)),
    dilation_rates=lambda tf: morphology(tf, "dilation2d", rates=(1, 2, 3, 1)),
    dilation_ties=lambda tf: morphology(tf, "dilation2d", TIES, np.floor(FILTER * 2)),
    dilation_double=lambda tf: morphology(tf, "dilation2d", np.float64(X), np.float64(FILTER)),
    dilation_ints=lambda tf: [
        tf.nn.dilation2d(np.int32(TIES), np.int32(FILTER * 4), [1] * 4, [1] * 4, "SAME")
    ],
    dilation_names=lambda tf: [
        tf.nn.dilation2d(
            X, filters=FILTER, strides=[1] * 4, dilations=[1, 2, 2, 1], padding="VALID", name="d"
        )
    ],
    erosion=lambda tf: morphology(tf, "erosion2d"),
    erosion_rates=lambda tf: morphology(
        tf, "erosion2d", strides=(1, 2, 2, 1), rates=(1, 2, 1, 1), padding="VALID"
    ),
    dilation_depth=lambda tf: morphology(tf, "dilation2d", w=FILTER[..., :2]),
    dilation_too_large=lambda tf: morphology(tf, "dilation2d", X[:, :2], padding="VALID"),
    dilation_of_batch=lambda tf: [tf.nn.dilation2d(X, FILTER, [2, 1, 1, 1], [1] * 4, "SAME")],
    dilation_rate_of_depth=lambda tf: [tf.nn.dilation2d(X, FILTER, [1] * 4, [1, 1, 1, 2], "SAME")],
    dilation_five=lambda tf: [tf.nn.dilation2d(X, FILTER, [1] * 5, [1] * 4, "SAME")],
    dilation_rank=lambda tf: [tf.nn.dilation2d(X, FILTER[0], [1] * 4, [1] * 4, "SAME")],
)


@case
def dilation_of_unknown_shapes(tf):
    x, feed = fed(tf, X, [None, None, 9, 3])
    return [tf.nn.dilation2d(x, FILTER, [1, 2, 2, 1], [1] * 4, "SAME")], feed


LINE = np.linspace(-8, 8, 42).astype(np.float32).reshape(7, 6)
LOW, HIGH = np.float32([-6, -1, 0, 0, -0.3, 2]), np.float32([6, 2.5, 4, 0, 0.2, 3])


def quantized(tf, low, high, by_channel=False, **more):
    xs = [tf.constant(LINE), tf.constant(low), tf.constant(high)]
    name = "fake_quant_with_min_max_vars" + "_per_channel" * by_channel
    return grad_of(tf, getattr(tf, name)(*xs, **more), xs)


def by_args(tf, *args, **more):
    x = tf.constant(LINE)
    return grad_of(tf, tf.fake_quant_with_min_max_args(x, *args, **more), [x])


simple(
    quant_args=by_args,
    quant_args_bounds=lambda tf: by_args(tf, -0.1, 5.3, 4, name="q"),
    quant_args_narrow=lambda tf: by_args(tf, min=-2, max=7, narrow_range=True),
    quant_args_positive=lambda tf: by_args(tf, 1.0, 3.0),
    quant_args_negative=lambda tf: by_args(tf, -3.0, -1.0, 3),
    quant_args_order=lambda tf: by_args(tf, 3.0, 1.0),
    quant_args_bits=lambda tf: by_args(tf, num_bits=17),
    quant_vars=lambda tf: quantized(tf, np.float32(-3.3), np.float32(5)),
    quant_vars_few=lambda tf: quantized(
        tf, np.float32(-3.3), np.float32(5), num_bits=2, narrow_range=True
    ),
    quant_vars_nothing=lambda tf: quantized(tf, np.float32(0), np.float32(0)),
    quant_vars_bits=lambda tf: quantized(tf, np.float32(0), np.float32(1), num_bits=1),
    quant_vars_rank=lambda tf: quantized(tf, np.float32([0]), np.float32(1)),
    quant_channels=lambda tf: quantized(tf, LOW, HIGH, True),
    quant_channels_few=lambda tf: quantized(tf, LOW, HIGH, True, num_bits=3, narrow_range=True),
    quant_channels_size=lambda tf: quantized(tf, LOW[:5], HIGH[:5], True),
    quant_gradients=lambda tf: [
        tf.fake_quant_with_min_max_args_gradient(LINE, LINE, -1, 2),
        *tf.quantization.fake_quant_with_min_max_vars_gradient(LINE, LINE, -1.0, 2.0, num_bits=4),
        *tf.fake_quant_with_min_max_vars_per_channel_gradient(LINE, LINE, LOW, HIGH),
    ],
)


@case
def quant_variables(tf):
    low, high = tf.Variable(-1.0), tf.Variable(2.0)
    y = tf.fake_quant_with_min_max_vars(tf.constant(LINE), low, high)
    return [y] + tf.gradients(y * y, [low, high])


simple(
    axes_of_formats=lambda tf: [
        tf.raw_ops.DataFormatDimMap(x=[0, 1, 2, 3, -1, -2]),
        tf.raw_ops.DataFormatDimMap(x=np.int64(3), src_format="NCHW", dst_format="HWNC"),
        tf.raw_ops.DataFormatVecPermute(x=[7, 4, 9, 3]),
        tf.raw_ops.DataFormatVecPermute(
            x=np.int64([[1, 2], [3, 4], [5, 6], [7, 8]]), src_format="NCHW", dst_format="NHWC"
        ),
    ],
    shape_of_three=lambda tf: [tf.raw_ops.DataFormatVecPermute(x=[7, 4, 9])],
    shape_of_triples=lambda tf: [tf.raw_ops.DataFormatVecPermute(x=np.ones([4, 3], np.int32))],
    format_of_three=lambda tf: [tf.raw_ops.DataFormatDimMap(x=1, src_format="NHW")],
    formats_of_volumes=lambda tf: [
        tf.raw_ops.DataFormatDimMap(x=[0, 1, 2, 3, 4, -1], src_format="NDHWC", dst_format="NCDHW")
    ],
    formats_of_other_sizes=lambda tf: [
        tf.raw_ops.DataFormatDimMap(x=[0], src_format="NHWC", dst_format="NDHWC")
    ],
    format_of_five=lambda tf: [
        tf.raw_ops.DataFormatVecPermute(x=[1] * 5, src_format="NDHWC", dst_format="NCDHW")
    ],
)


# Of several images TensorFlow takes the first for all.
IMAGES, KERNEL = waves(1, 5, 7, 3), waves(3, 2, 3, 4)
PADDINGS = np.int32([[0, 0], [2, 1], [0, 3], [0, 0]])


def padded(tf, x=IMAGES, paddings=PADDINGS, mode="REFLECT", strides=(1, 1, 1, 1), padding="SAME"):
    return [
        tf.raw_ops.FusedPadConv2D(
            input=x,
            paddings=paddings,
            filter=np.asarray(KERNEL, x.dtype),
            mode=mode,
            strides=list(strides),
            padding=padding,
        )
    ]


def resized(tf, size=(9, 10), mode="SYMMETRIC", **more):
    return [
        tf.raw_ops.FusedResizeAndPadConv2D(
            input=IMAGES,
            size=list(size),
            paddings=PADDINGS,
            filter=KERNEL,
            mode=mode,
            strides=[1, 2, 1, 1],
            padding="VALID",
            **more,
        )
    ]


simple(
    padded=padded,
    padded_symmetric=lambda tf: padded(tf, mode="SYMMETRIC", strides=(1, 2, 3, 1), padding="VALID"),
    padded_double=lambda tf: padded(tf, np.float64(IMAGES)),
    padded_too_far=lambda tf: padded(tf, paddings=PADDINGS * 3),
    padded_negative=lambda tf: padded(tf, paddings=-PADDINGS),
    padded_strides=lambda tf: padded(tf, strides=(2, 1, 1, 1)),
    padded_three=lambda tf: padded(tf, strides=(1, 1, 1)),
    resized=resized,
    resized_smaller=lambda tf: resized(tf, (4, 5), "REFLECT"),
    resized_corners=lambda tf: resized(tf, resize_align_corners=True),
)


@case
def padded_unknown(tf):
    paddings, feed = fed(tf, PADDINGS, [4, 2])
    size, more = fed(tf, np.int32([6, 8]), [2])
    feed.update(more)
    y = tf.raw_ops.FusedResizeAndPadConv2D(
        input=IMAGES,
        size=size,
        paddings=PADDINGS,
        filter=KERNEL,
        mode="REFLECT",
        strides=[1, 1, 1, 1],
        padding="SAME",
    )
    return padded(tf, paddings=paddings) + [y], feed
