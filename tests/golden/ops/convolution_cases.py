"""tf.nn.conv2d and its gradients."""

import numpy as np
from case_tools import Cases, fed, grad_of, waves

CASES = Cases()
case, simple = CASES.case, CASES.simple

X = waves(2, 5, 7, 3)
W = waves(3, 2, 3, 4)


def conv(tf, x=X, w=W, strides=(1, 1, 1, 1), padding="SAME", **more):
    x, w = tf.constant(x), tf.constant(w)
    return grad_of(tf, tf.nn.conv2d(x, w, strides, padding, **more), [x, w])


def only(tf, *args, **more):
    return [tf.nn.conv2d(*args, **more)]


simple(
    same=conv,
    valid=lambda tf: conv(tf, padding="VALID", name="v"),
    same_strides=lambda tf: conv(tf, strides=[1, 2, 3, 1]),
    valid_strides=lambda tf: conv(tf, strides=(2, 3), padding="VALID"),
    one_stride=lambda tf: conv(tf, strides=2),
    explicit=lambda tf: conv(tf, padding=[[0, 0], [2, 1], [0, 3], [0, 0]]),
    explicit_alike=lambda tf: conv(tf, padding=((0, 0), (1, 1), (2, 2), (0, 0))),
    one_pixel=lambda tf: conv(tf, w=waves(1, 1, 3, 4)),
    one_pixel_strides=lambda tf: conv(tf, w=waves(1, 1, 3, 4), strides=[1, 2, 2, 1]),
    float64=lambda tf: conv(tf, np.float64(X), np.float64(W)),
    whole_image=lambda tf: conv(tf, w=waves(5, 7, 3, 2), padding="VALID"),
    dilated=lambda tf: only(tf, X, W, 1, "SAME", dilations=[1, 2, 2, 1]),
    dilated_valid=lambda tf: only(tf, X, W, 1, "VALID", dilations=2),
    just_too_large=lambda tf: only(tf, X[:, :2], W, [1, 1, 1, 1], "VALID"),
    filters=lambda tf: only(tf, X, filters=W, strides=[1, 1, 1, 1], padding="SAME"),
    no_images=lambda tf: only(tf, X[:0], W, [1, 1, 1, 1], "SAME"),
    grouped=lambda tf: only(tf, X, W[:, :, :1], 1, "SAME"),
    other_depth=lambda tf: only(tf, X, W[:, :, :2], 1, "SAME"),
    other_rank=lambda tf: only(tf, X[0], W, 1, "SAME"),
    stride_of_batch=lambda tf: only(tf, X, W, [2, 1, 1, 1], "SAME"),
    dilation_of_depth=lambda tf: only(tf, X, W, 1, "SAME", dilations=[1, 1, 1, 2]),
    three_strides=lambda tf: only(tf, X, W, [1, 2, 3], "SAME"),
    five_strides=lambda tf: only(tf, X, W, [1, 2, 3, 4, 5], "SAME"),
    zero_stride=lambda tf: only(tf, X, W, [1, 0, 1, 1], "SAME"),
    padding_by_name=lambda tf: only(tf, X, W, 1, "EXPLICIT"),
    padding_of_three=lambda tf: only(tf, X, W, 1, [[0, 0], [1, 1], [1, 1]]),
    padding_of_numbers=lambda tf: only(tf, X, W, 1, [0, 1, 1, 0]),
    padding_of_triples=lambda tf: only(tf, X, W, 1, [[0, 0], [1, 1, 1], [1, 1], [0, 0]]),
    padding_of_depth=lambda tf: only(tf, X, W, 1, [[0, 0], [1, 1], [1, 1], [0, 1]]),
    negative_padding=lambda tf: only(tf, X, W, 1, [[0, 0], [1, -1], [1, 1], [0, 0]]),
)


@case
def unknown_shapes(tf):
    x, feed = fed(tf, X, [None, None, 7, None])
    w, more = fed(tf, W, None)
    feed.update(more)
    return grad_of(tf, tf.nn.conv2d(x, w, [1, 2, 1, 1], "SAME"), [x, w], feed)


@case
def unknown_size(tf):
    x, feed = fed(tf, X, [None, 5, None, 3])
    return [tf.nn.conv2d(x, W, [1, 2, 2, 1], "VALID")], feed


@case
def channels_first_shape(tf):
    x = tf.placeholder(tf.float32, [2, 3, 5, 7])
    y = tf.nn.conv2d(x, W, [1, 1, 2, 3], "SAME", data_format="NCHW")
    z = tf.nn.conv2d(x, W, 2, "VALID", data_format="NCHW")
    return [y, z] + tf.gradients(y, x), None


@case
def larger_than_image(tf):
    x, feed = fed(tf, X[:, :1], [2, None, 7, 3])
    return [tf.nn.conv2d(x, W, [1, 1, 1, 1], "VALID")], feed


@case
def wrong_depth_at_run_time(tf):
    x, feed = fed(tf, X[..., :2], [2, 5, 7, None])
    return [tf.nn.conv2d(x, W, [1, 1, 1, 1], "VALID")], feed


@case
def gradients_of_gradients(tf):
    x, w = tf.constant(X), tf.constant(W)
    y = tf.nn.conv2d(x, w, [1, 2, 1, 1], "SAME")
    dx, dw = tf.gradients(y * y, [x, w])
    return [dx, dw] + tf.gradients([dx * dx, dw * dw], [x, w])


@case
def backprop_functions(tf):
    grad = tf.constant(waves(2, 3, 7, 4))
    dx = tf.nn.conv2d_backprop_input([2, 5, 7, 3], W, grad, [1, 2, 1, 1], "SAME")
    dw = tf.nn.conv2d_backprop_filter(X, [3, 2, 3, 4], grad, [1, 2, 1, 1], "SAME", name="dw")
    sizes = tf.placeholder_with_default([2, 5, 7, 3], [4])
    free = tf.nn.conv2d_backprop_input(sizes, W, grad, [1, 2, 1, 1], "SAME")
    return [dx, dw, free]


LINE, LINE_FILTER = waves(2, 9, 3), waves(3, 3, 4)
VOLUME, VOLUME_FILTER = waves(1, 4, 5, 6, 2), waves(2, 3, 2, 2, 3)
DEPTHWISE = waves(3, 2, 3, 2)


def of(tf, function, x, w, *args, **more):
    x, w = tf.constant(x), tf.constant(w)
    return grad_of(tf, getattr(tf.nn, function)(x, w, *args, **more), [x, w])


simple(
    line=lambda tf: of(tf, "conv1d", LINE, LINE_FILTER, 2, "SAME"),
    line_valid=lambda tf: of(tf, "conv1d", LINE, LINE_FILTER, [1], "VALID", name="c"),
    line_whole=lambda tf: only_of(tf, "conv1d", LINE, LINE_FILTER, [1, 3, 1], "VALID", False),
    line_holes=lambda tf: only_of(tf, "conv1d", LINE, LINE_FILTER, 1, "SAME", dilations=2),
    line_format=lambda tf: only_of(tf, "conv1d", LINE, LINE_FILTER, 1, "SAME", data_format="N"),
    line_strides=lambda tf: only_of(tf, "conv1d", LINE, LINE_FILTER, [1, 2], "SAME"),
    line_transpose=lambda tf: of(tf, "conv1d_transpose", waves(2, 5, 4), LINE_FILTER, [2, 9, 3], 2),
    line_transpose_format=lambda tf: only_of(
        tf, "conv1d_transpose", LINE, LINE_FILTER, [2, 9, 3], 2, data_format="NHWC"
    ),
    volume=lambda tf: of(tf, "conv3d", VOLUME, VOLUME_FILTER, [1, 1, 1, 1, 1], "SAME"),
    volume_strides=lambda tf: of(tf, "conv3d", VOLUME, VOLUME_FILTER, [1, 2, 2, 3, 1], "VALID"),
    volume_double=lambda tf: of(
        tf, "conv3d", np.float64(VOLUME), np.float64(VOLUME_FILTER), [1, 2, 1, 1, 1], "SAME"
    ),
    volume_strides_of_four=lambda tf: only_of(tf, "conv3d", VOLUME, VOLUME_FILTER, [1] * 4, "SAME"),
    volume_strides_of_six=lambda tf: only_of(tf, "conv3d", VOLUME, VOLUME_FILTER, [1] * 6, "SAME"),
    volume_rank=lambda tf: only_of(tf, "conv3d", VOLUME[0], VOLUME_FILTER, [1] * 5, "SAME"),
    volume_depth=lambda tf: only_of(tf, "conv3d", VOLUME[..., :1], VOLUME_FILTER, [1] * 5, "SAME"),
    volume_transpose=lambda tf: of(
        tf,
        "conv3d_transpose",
        waves(1, 2, 3, 3, 3),
        VOLUME_FILTER,
        [1, 4, 5, 6, 2],
        [1, 2, 2, 2, 1],
    ),
    images_transpose=lambda tf: of(
        tf, "conv2d_transpose", waves(2, 3, 4, 4), W, [2, 5, 7, 3], [1, 2, 2, 1]
    ),
    images_transpose_valid=lambda tf: of(
        tf, "conv2d_transpose", waves(2, 3, 4, 4), W, [2, 7, 8, 3], 2, "VALID", name="t"
    ),
    images_transpose_wrong_size=lambda tf: only_of(
        tf, "conv2d_transpose", waves(2, 3, 4, 4), W, [2, 9, 8, 3], 2, "VALID"
    ),
    images_transpose_wrong_batch=lambda tf: only_of(
        tf, "conv2d_transpose", waves(2, 3, 4, 4), W, [3, 7, 8, 3], 2, "VALID"
    ),
    images_transpose_wrong_depth=lambda tf: only_of(
        tf, "conv2d_transpose", waves(2, 3, 4, 3), W, [2, 7, 8, 3], 2, "VALID"
    ),
    images_transpose_wrong_rank=lambda tf: only_of(
        tf, "conv2d_transpose", waves(2, 3, 4, 4), W, [7, 8, 3], 2, "VALID"
    ),
    transpose_by_length=lambda tf: (
        only_of(tf, "conv_transpose", waves(2, 3, 4, 4), W, [2, 5, 7, 3], 2)
        + only_of(tf, "conv_transpose", waves(2, 5, 4), LINE_FILTER, tf.constant([2, 9, 3]), 2)
        + only_of(tf, "conv_transpose", waves(1, 2, 3, 3, 3), VOLUME_FILTER, [1, 4, 5, 6, 2], 2)
    ),
    transpose_of_two=lambda tf: only_of(tf, "conv_transpose", X, W, [2, 3], 2),
    atrous_transpose=lambda tf: of(
        tf, "atrous_conv2d_transpose", waves(2, 5, 7, 4), W, [2, 5, 7, 3], 2, "SAME"
    ),
    atrous_transpose_valid=lambda tf: of(
        tf, "atrous_conv2d_transpose", waves(2, 3, 4, 4), W, (2, 7, 6, 3), 2, "VALID", name="a"
    ),
    atrous_transpose_one=lambda tf: of(
        tf, "atrous_conv2d_transpose", waves(2, 5, 7, 4), W, [2, 5, 7, 3], 1, "SAME"
    ),
    atrous_transpose_depth=lambda tf: only_of(
        tf, "atrous_conv2d_transpose", waves(2, 5, 7, 3), W, [2, 5, 7, 3], 2, "SAME"
    ),
    atrous_transpose_rate=lambda tf: only_of(
        tf, "atrous_conv2d_transpose", waves(2, 5, 7, 4), W, [2, 5, 7, 3], 0, "SAME"
    ),
    atrous_transpose_shape=lambda tf: only_of(
        tf, "atrous_conv2d_transpose", waves(2, 5, 7, 4), W, [2, 5, 7], 2, "SAME"
    ),
    atrous=lambda tf: of(tf, "atrous_conv2d", X, W, 2, "SAME"),
    atrous_valid=lambda tf: of(tf, "atrous_conv2d", X, W, 2, "VALID", name="a"),
    atrous_one=lambda tf: of(tf, "atrous_conv2d", X, W, 1, "SAME"),
    convolution=lambda tf: of(tf, "convolution", X, W, "SAME", 2),
    convolution_holes=lambda tf: of(tf, "convolution", X, W, "SAME", dilation_rate=[1, 2]),
    convolution_line=lambda tf: of(
        tf, "convolution", LINE, LINE_FILTER, "SAME", dilations=[2], name="line"
    ),
    convolution_line_plain=lambda tf: of(tf, "convolution", LINE, LINE_FILTER, "VALID", [2]),
    convolution_volume=lambda tf: of(tf, "convolution", VOLUME, VOLUME_FILTER, "SAME"),
    convolution_volume_holes=lambda tf: of(
        tf, "convolution", VOLUME, VOLUME_FILTER, "VALID", dilation_rate=[1, 1, 2]
    ),
    convolution_both=lambda tf: only_of(tf, "convolution", X, W, "SAME", [2, 1], [1, 2]),
    convolution_depth=lambda tf: only_of(
        tf, "convolution", tf.constant(X[..., :2]), tf.constant(W), "SAME", dilation_rate=2
    ),
    convolution_padding=lambda tf: only_of(
        tf, "convolution", tf.constant(X), tf.constant(W), "FULL", dilation_rate=2
    ),
    convolution_rate=lambda tf: only_of(
        tf, "convolution", tf.constant(X), tf.constant(W), "SAME", dilation_rate=[2, 0]
    ),
    convolution_rank=lambda tf: only_of(tf, "convolution", tf.constant(X[0, 0]), W, "SAME"),
    depthwise=lambda tf: of(tf, "depthwise_conv2d", X, DEPTHWISE, [1, 1, 1, 1], "SAME"),
    depthwise_strides=lambda tf: of(
        tf, "depthwise_conv2d", X, DEPTHWISE, [1, 2, 2, 1], "VALID", name="d"
    ),
    depthwise_double=lambda tf: of(
        tf, "depthwise_conv2d", np.float64(X), np.float64(DEPTHWISE), [1, 2, 2, 1], "SAME"
    ),
    depthwise_holes=lambda tf: of(
        tf, "depthwise_conv2d", X, DEPTHWISE, [1, 1, 1, 1], "SAME", rate=[2, 1]
    ),
    depthwise_native=lambda tf: of(
        tf, "depthwise_conv2d_native", X, DEPTHWISE, [1, 1, 1, 1], "SAME"
    ),
    depthwise_dilations=lambda tf: only_of(
        tf, "depthwise_conv2d_native", X, DEPTHWISE, [1] * 4, "SAME", dilations=[1, 2, 2, 1]
    ),
    depthwise_uneven=lambda tf: only_of(
        tf, "depthwise_conv2d_native", X, DEPTHWISE, [1, 2, 1, 1], "SAME"
    ),
    depthwise_three=lambda tf: only_of(
        tf, "depthwise_conv2d_native", X, DEPTHWISE, [1, 2, 1], "SAME"
    ),
    depthwise_depth=lambda tf: only_of(
        tf, "depthwise_conv2d_native", X, DEPTHWISE[:, :, :2], [1] * 4, "SAME"
    ),
    separable=lambda tf: only_of(
        tf, "separable_conv2d", X, DEPTHWISE, waves(1, 1, 6, 4), [1, 1, 1, 1], "SAME"
    ),
    separable_strides=lambda tf: only_of(
        tf, "separable_conv2d", X, DEPTHWISE, waves(1, 1, 6, 4), [1, 2, 2, 1], "VALID", name="s"
    ),
    separable_holes=lambda tf: only_of(
        tf, "separable_conv2d", X, DEPTHWISE, waves(1, 1, 6, 4), [1] * 4, "SAME", rate=[2, 2]
    ),
    separable_point=lambda tf: only_of(
        tf, "separable_conv2d", X, DEPTHWISE, waves(2, 1, 6, 4), [1] * 4, "SAME"
    ),
    holes_of_rank=lambda tf: [
        tf.nn.with_space_to_batch(X, [[2]], "SAME", lambda x, n, p: x, filter_shape=[2, 2])
    ],
    holes_of_filter=lambda tf: [tf.nn.with_space_to_batch(X, [2, 2], "SAME", lambda x, n, p: x)],
    holes_of_axes=lambda tf: [
        tf.nn.with_space_to_batch(X, [2, 2], "VALID", lambda x, n, p: x, spatial_dims=[2, 1])
    ],
    holes_of_one_axis=lambda tf: [
        tf.nn.with_space_to_batch(
            X, [2], "SAME", lambda x, n, p: tf.cumsum(x, 2), filter_shape=[3], spatial_dims=[2]
        )
    ],
)


def only_of(tf, function, *args, **more):
    return [getattr(tf.nn, function)(*args, **more)]


@case
def holes_in_unknown_shapes(tf):
    x, feed = fed(tf, X, [None, None, None, 3])
    w, more = fed(tf, W, [None, None, 3, 4])
    rate, rates = fed(tf, np.int32([2, 1]), [2])
    feed.update(more)
    feed.update(rates)
    y = tf.nn.convolution(x, W, "SAME", dilation_rate=[1, 2])
    z = tf.nn.with_space_to_batch(
        x, rate, "SAME", lambda x, n, p: tf.nn.conv2d(x, w, 1, p), filter_shape=[3, 2]
    )
    return [y, z] + tf.gradients(y, [x]), feed


@case
def holes_of_unknown_filter(tf):
    w, _ = fed(tf, W, [None, None, 3, 4])
    return [tf.nn.convolution(tf.constant(X), w, "SAME", dilation_rate=[1, 2])]


@case
def holes_of_unknown_window(tf):
    x, feed = fed(tf, X)
    w, more = fed(tf, DEPTHWISE, [None, None, 3, 2])
    feed.update(more)
    return [tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], "SAME", rate=[1, 2])], feed


@case
def more_channels_first_shapes(tf):
    x = tf.placeholder(tf.float32, [2, 3, 5, 7])
    line = tf.placeholder(tf.float32, [2, 3, 9])
    volume = tf.placeholder(tf.float32, [1, 2, 4, 5, 6])
    found = [
        tf.nn.convolution(x, W, "SAME", dilation_rate=2, data_format="NCHW"),
        tf.nn.conv1d(line, LINE_FILTER, 2, "SAME", data_format="NCW"),
        tf.nn.conv3d(volume, VOLUME_FILTER, [1, 1, 2, 2, 2], "SAME", data_format="NCDHW"),
        tf.nn.depthwise_conv2d(x, DEPTHWISE, [1, 1, 2, 2], "SAME", data_format="NCHW"),
        tf.nn.depthwise_conv2d(x, DEPTHWISE, [1] * 4, "SAME", [2, 2], data_format="NCHW"),
        tf.nn.separable_conv2d(
            x, DEPTHWISE, waves(1, 1, 6, 4), [1] * 4, "VALID", data_format="NCHW"
        ),
        tf.nn.conv2d_transpose(
            tf.placeholder(tf.float32, [2, 4, 3, 4]), W, [2, 3, 5, 7], 2, data_format="NCHW"
        ),
    ]
    return found + tf.gradients(found[2:4], [x, volume]), None


@case
def more_gradients_of_gradients(tf):
    x, w = tf.constant(X), tf.constant(DEPTHWISE)
    v, u = tf.constant(VOLUME), tf.constant(VOLUME_FILTER)
    y = tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], "SAME")
    z = tf.nn.conv3d(v, u, [1, 1, 1, 1, 1], "SAME")
    first = tf.gradients(y * y, [x, w])
    second = tf.gradients(z * z, [v, u])
    return (
        first
        + second
        + tf.gradients([d * d for d in first], [x, w])
        + tf.gradients([d * d for d in second], [v, u])
    )


@case
def depthwise_backprop_functions(tf):
    grad = tf.constant(waves(2, 5, 7, 6))
    sizes = [2, 5, 7, 3], [3, 2, 3, 2]
    return [
        tf.nn.depthwise_conv2d_backprop_input(sizes[0], DEPTHWISE, grad, [1] * 4, "SAME"),
        tf.nn.depthwise_conv2d_backprop_filter(X, sizes[1], grad, [1] * 4, "SAME"),
        tf.nn.conv3d_backprop_filter(
            VOLUME, [2, 3, 2, 2, 3], waves(1, 4, 5, 6, 3), [1] * 5, "SAME", name="f"
        ),
    ]


@case
def filters_as_wide_as_images(tf):
    """They have one place along an axis, or along all."""
    found = []
    for size, strides, padding in [
        ((3, 7), (2, 1), "VALID"),
        ((2, 7), (1, 8), "SAME"),
        ((5, 7), (1, 1), "VALID"),
        ((5, 7), (5, 7), "SAME"),
        ((5, 7), (1, 1), "SAME"),
        ((5, 2), (1, 2), "VALID"),
    ]:
        found += conv(tf, w=waves(*size, 3, 4), strides=strides, padding=padding)[0]
    found += conv(tf, x=waves(3, 1, 1, 4), w=waves(1, 1, 4, 2))[0]
    for size in ((2, 5, 6), (4, 5, 6), (2, 3, 6)):
        v, u = tf.constant(VOLUME), tf.constant(waves(*size, 2, 3))
        found += grad_of(tf, tf.nn.conv3d(v, u, [1] * 5, "VALID"), [v, u])[0]
    x, w = tf.constant(X), tf.constant(waves(3, 7, 3, 4))
    y = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, w, [1] * 4, "VALID"), [0.5, -0.25, 0.125, 1]))
    z = tf.nn.conv2d(x, waves(5, 7, 3, 2), [1] * 4, "VALID")
    return [*found, y, tf.nn.relu(tf.nn.bias_add(z, [0.5, -0.25]))]
