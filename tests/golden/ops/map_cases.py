"""Cases of functions of rows: map_fn, foldl, foldr, scan. See case_tools.py."""

import numpy as np
from case_tools import Cases, fed, floats, grad_of, ints

CASES = Cases()
case, simple = CASES.case, CASES.simple


def wave(n=4):
    return np.sin(floats(n, 3))


# Maps.
simple(
    maps=lambda tf: [tf.map_fn(lambda x: x * x, tf.constant(floats(4, 3)))],
    maps_an_array=lambda tf: [tf.map_fn(lambda x: x * 2, ints(4))],
    maps_a_list_of_rows=lambda tf: [tf.map_fn(lambda x: x[0] - x[1], [ints(4), ints(4)], tf.int32)],
    maps_to_another_type=lambda tf: [tf.map_fn(tf.to_float, ints(4), dtype=tf.float32)],
    maps_to_several=lambda tf: list(
        tf.map_fn(lambda x: (x, -tf.to_float(x)), ints(4), dtype=(tf.int32, tf.float32))
    ),
    maps_text=lambda tf: [tf.map_fn(tf.string_to_number, np.array(["1", "2"]), dtype=tf.float32)],
    maps_options=lambda tf: [
        tf.map_fn(
            lambda x: x + 1,
            ints(3, 2),
            parallel_iterations=3,
            back_prop=False,
            swap_memory=True,
            infer_shape=False,
            name="mine",
        )
    ],
    maps_nothing=lambda tf: [tf.map_fn(lambda x: x + 1.0, np.zeros((0, 2), np.float32))],
    maps_random=lambda tf: [tf.map_fn(lambda x: x + tf.random_uniform([2], seed=3), floats(3, 2))],
    maps_a_scalar=lambda tf: [tf.map_fn(lambda x: x, 3.0)],
    maps_scalars=lambda tf: [tf.map_fn(lambda x: x, [3.0, 4.0])],
    maps_scalars_of_a_tuple=lambda tf: [tf.map_fn(lambda x: x[0], (3.0, 4.0), tf.float32)],
    maps_sparse=lambda tf: [
        tf.map_fn(lambda x: x, tf.SparseTensor([[0]], tf.constant([1.0]), [2]))
    ],
    maps_by_no_function=lambda tf: [tf.map_fn(3, floats(3))],
    maps_to_another_structure=lambda tf: [tf.map_fn(lambda x: (x, x), floats(3))],
    maps_to_a_type_not_said=lambda tf: [tf.map_fn(lambda x: tf.to_int32(x), floats(3))],
    maps_rows_of_different_sizes=lambda tf: [
        tf.map_fn(lambda x: x[0] + x[1], (floats(3), floats(2)), tf.float32)
    ],
)


@case
def maps_nested(tf):
    elems = {"a": tf.constant(ints(3)), "b": (tf.constant(floats(3, 2)), tf.constant(floats(3)))}

    def fn(x):
        a, (b, c) = tf.to_float(x["a"]), x["b"]
        return [a * b, {"z": c - a}]

    whole, parts = tf.map_fn(fn, elems, dtype=[tf.float32, {"z": tf.float32}])
    return [whole, parts["z"]]


@case
def maps_unknown_sizes(tf):
    x, feed = fed(tf, floats(4, 3), [None, 3])
    return [tf.map_fn(lambda r: tf.reduce_sum(r), x)], feed


@case
def maps_unknown_rank(tf):
    x, feed = fed(tf, floats(4, 3), None)
    return [tf.map_fn(lambda r: r + 1.0, x)], feed


@case
def maps_to_different_shapes(tf):
    return [tf.map_fn(lambda n: tf.range(n), np.array([2, 3], np.int32), infer_shape=False)]


@case
def maps_within_maps(tf):
    return [tf.map_fn(lambda row: tf.map_fn(lambda x: x * x + row[0], row), floats(2, 3))]


@case
def maps_with_variables(tf):
    def fn(x):
        w = tf.get_variable("w", [3, 2], initializer=tf.constant_initializer(0.5))
        return tf.squeeze(tf.matmul(x[None], w), 0)

    x, feed = fed(tf, floats(4, 3), [None, 3])
    y = tf.map_fn(fn, x)
    assert tf.get_variable_scope().caching_device is None
    w = tf.get_collection("variables")[0]
    return grad_of(tf, y, [x, w], feed)


@case
def maps_under_a_caching_device(tf):
    with tf.variable_scope("mine", caching_device="/cpu:0"):
        return [tf.map_fn(lambda x: x * tf.get_variable("w", initializer=2.0), floats(4))]


@case
def gradient_of_map(tf):
    x, feed = fed(tf, wave(), [None, 3])
    return grad_of(tf, tf.map_fn(lambda r: tf.tanh(r) * r, x), [x], feed)


@case
def gradient_of_map_of_two(tf):
    x, feed = fed(tf, wave(), [None, 3])
    y = tf.constant(floats(4))
    found = tf.map_fn(lambda r: r[0] * r[1] + tf.exp(r[1] * 0.1), (x, y), dtype=tf.float32)
    return grad_of(tf, found, [x, y], feed)


@case
def gradient_of_map_without_back_prop(tf):
    x, feed = fed(tf, wave(), [None, 3])
    return list(tf.gradients(tf.map_fn(lambda r: r * r, x, back_prop=False), x)), feed


# Folds.
def difference(a, x):
    return a * 2 - x


simple(
    folds_left=lambda tf: [tf.foldl(difference, tf.constant(ints(4)))],
    folds_right=lambda tf: [tf.foldr(difference, tf.constant(ints(4)))],
    folds_left_from=lambda tf: [tf.foldl(difference, tf.constant(ints(4)), initializer=10)],
    folds_right_from=lambda tf: [tf.foldr(difference, tf.constant(ints(4)), initializer=10)],
    folds_left_an_array=lambda tf: [tf.foldl(difference, ints(4, 2))],
    folds_right_an_array=lambda tf: [tf.foldr(difference, ints(4, 2))],
    folds_left_a_list=lambda tf: [tf.foldl(difference, [1, 2, 3])],
    folds_left_options=lambda tf: [
        tf.foldl(difference, ints(4), 3, 2, False, True, name="mine"),
    ],
    folds_right_options=lambda tf: [
        tf.foldr(difference, ints(4), 3, 2, False, True, name="mine"),
    ],
    folds_left_one=lambda tf: [tf.foldl(difference, floats(1, 2))],
    folds_left_nothing_from=lambda tf: [
        tf.foldl(lambda a, x: a + x, np.zeros((0,), np.float32), 5.0)
    ],
    folds_left_nothing=lambda tf: [tf.foldl(lambda a, x: a + x, np.zeros((0,), np.float32))],
    folds_right_nothing_from=lambda tf: [
        tf.foldr(lambda a, x: a + x, np.zeros((0,), np.float32), 5.0)
    ],
    folds_left_a_scalar=lambda tf: [tf.foldl(difference, tf.constant(3))],
    folds_by_no_function=lambda tf: [tf.foldl(3, floats(3))],
    folds_right_by_no_function=lambda tf: [tf.foldr("a", floats(3))],
    folds_to_another_shape=lambda tf: [
        tf.foldl(lambda a, x: tf.concat([a, x], 0), tf.constant(floats(3, 2)))
    ],
    folds_text=lambda tf: [tf.foldl(lambda a, x: a + x, tf.constant(["a", "b", "c"]))],
)


def nested_elems(tf):
    return (tf.constant(floats(4)), [tf.constant(floats(4) + 1), tf.constant(floats(4, 2))])


@case
def folds_left_nested(tf):
    def fn(a, x):
        return (a[0] + x[0], [a[1][0] * x[1][0], a[1][1] - x[0]])

    a, (b, c) = tf.foldl(fn, nested_elems(tf))
    return [a, b, c]


@case
def folds_right_nested_to_another_structure(tf):
    def fn(a, x):
        return [a[0] + x[0] * x[1][0], a[1] - x[1][1]]

    return list(tf.foldr(fn, nested_elems(tf), initializer=[tf.constant(1.0), tf.zeros([2])]))


@case
def folds_left_unknown_sizes(tf):
    x, feed = fed(tf, wave(), [None, 3])
    return [tf.foldl(difference, x), tf.foldr(difference, x)], feed


@case
def folds_left_nothing_fed(tf):
    x, feed = fed(tf, np.zeros((0,), np.float32), [None])
    return [tf.foldl(difference, x)], feed


@case
def gradient_of_folds(tf):
    x, feed = fed(tf, wave(), [None, 3])
    w = tf.constant(0.5)
    left = tf.foldl(lambda a, r: tf.tanh(a + w * r), x, initializer=tf.zeros([3]))
    right = tf.foldr(lambda a, r: a * w * r, x)
    return grad_of(tf, left + right, [x, w], feed)


# Scans.
simple(
    scans=lambda tf: [tf.scan(lambda a, x: a * 2 + x, tf.constant(ints(5)))],
    scans_an_array_back=lambda tf: [tf.scan(difference, ints(4, 2), reverse=True)],
    scans_from=lambda tf: [tf.scan(difference, ints(4), initializer=10)],
    scans_back_from=lambda tf: [tf.scan(difference, ints(4), initializer=10, reverse=True)],
    scans_options=lambda tf: [
        tf.scan(difference, ints(4), 3, 2, False, True, False, True, name="mine")
    ],
    scans_fibonacci=lambda tf: list(
        tf.scan(lambda a, _: (a[1], a[0] + a[1]), np.zeros(6, np.int32), (np.array(0), np.array(1)))
    ),
    scans_two=lambda tf: [
        tf.scan(lambda a, x: x[0] - x[1] + a, (ints(4) + 1, ints(4)), initializer=np.int32(0))
    ],
    scans_nothing=lambda tf: [tf.scan(difference, np.zeros((0,), np.float32), initializer=1.0)],
    scans_to_another_structure=lambda tf: [tf.scan(lambda a, x: (a, x), floats(3))],
    scans_to_fewer=lambda tf: [tf.scan(lambda a, x: [a[0]], floats(3), [1.0, 2.0])],
    scans_by_no_function=lambda tf: [tf.scan(None, floats(3))],
    scans_a_scalar=lambda tf: [tf.scan(difference, 3.0)],
    scans_to_another_shape=lambda tf: [
        tf.scan(lambda a, x: tf.concat([a, x], 0), floats(3, 2), infer_shape=True)
    ],
    scans_to_another_shape_unchecked=lambda tf: [
        tf.scan(lambda a, x: tf.concat([a, x], 0), floats(3, 2), infer_shape=False)
    ],
    scans_rows_of_different_sizes=lambda tf: [
        tf.scan(lambda a, x: a + x[0] + x[1], (floats(3), floats(4)), initializer=0.0)
    ],
)


@case
def scans_nested(tf):
    def fn(a, x):
        return (a[0] + x[0], [a[1][0] * x[1][0], a[1][1] - x[0]])

    a, (b, c) = tf.scan(fn, nested_elems(tf))
    return [a, b, c]


@case
def scans_dictionary(tf):
    found = tf.scan(
        lambda a, x: {"sum": a["sum"] + x["u"], "product": a["product"] * x["v"]},
        {"u": floats(4), "v": floats(4)},
        initializer={"sum": 0.0, "product": 1.0},
    )
    return [found["sum"], found["product"]]


@case
def scans_unknown_sizes(tf):
    x, feed = fed(tf, wave(), [None, 3])
    back = tf.scan(difference, x, reverse=True)
    return [tf.scan(difference, x), back], feed


@case
def scans_unknown_rank(tf):
    x, feed = fed(tf, wave(), None)
    return [tf.scan(difference, x)], feed


@case
def gradient_of_scan(tf):
    x, feed = fed(tf, wave(), [None, 3])
    w = tf.constant(np.eye(3, dtype=np.float32) * 0.5)

    def fn(h, r):
        return tf.tanh(tf.squeeze(tf.matmul(h[None], w), 0) + r)

    y = tf.scan(fn, x, initializer=tf.zeros([3]))
    return grad_of(tf, y, [x, w], feed)


@case
def gradient_of_scan_back(tf):
    x, feed = fed(tf, wave(), [None, 3])
    return grad_of(tf, tf.scan(lambda a, r: a * r, x, reverse=True), [x], feed)


@case
def scans_with_variables(tf):
    def fn(a, x):
        return a * tf.get_variable("w", initializer=0.5, use_resource=True) + x

    y = tf.scan(fn, tf.constant(floats(4)))
    return grad_of(tf, y, [tf.get_collection("variables")[0]])


@case
def scan_of_a_map_in_a_cond(tf):
    p, feed = fed(tf, True)
    x = tf.constant(floats(3, 2))

    def yes():
        return tf.scan(lambda a, r: a + tf.map_fn(tf.square, r), x)

    y = tf.cond(p, yes, lambda: x)
    return grad_of(tf, y, [x], feed)
