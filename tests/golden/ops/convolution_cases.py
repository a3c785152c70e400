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
