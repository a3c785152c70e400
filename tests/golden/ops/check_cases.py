"""Checks, prints, Python functions."""

import numpy as np
from case_tools import Cases, fed, floats, grad_of

CASES = Cases()
case, simple = CASES.case, CASES.simple

simple(
    assert_equal_static=lambda tf: [tf.assert_equal([1, 2], [1, 2])],
    assert_equal_static_fails=lambda tf: [tf.assert_equal([1, 2], [1, 3], message="no")],
    assert_positive_fails=lambda tf: [tf.assert_positive([1, 0])],
    assert_non_positive_fails=lambda tf: [tf.assert_non_positive([1, 0])],
    assert_rank_static=lambda tf: [tf.assert_rank(floats(2, 3), 2)],
    assert_rank_static_fails=lambda tf: [tf.assert_rank(floats(2, 3), 3, message="no")],
    assert_rank_at_least_fails=lambda tf: [tf.assert_rank_at_least(floats(2, 3), 3)],
    assert_rank_in_fails=lambda tf: [tf.assert_rank_in(floats(2, 3), [0, 1])],
    assert_rank_vector=lambda tf: [tf.assert_rank(floats(2, 3), [1, 2])],
    assert_integer=lambda tf: [tf.assert_integer(1)],
    assert_integer_fails=lambda tf: [tf.assert_integer(1.0)],
    assert_type=lambda tf: [tf.assert_type(1.0, tf.float32), tf.assert_type(1.0, tf.int32)],
    assert_scalar=lambda tf: [tf.assert_scalar(1.0)],
    assert_scalar_fails=lambda tf: [tf.assert_scalar([1.0], message="no: ")],
    assert_iterable=lambda tf: [tf.assert_proper_iterable("abc")],
    assert_float=lambda tf: [tf.assert_same_float_dtype([tf.constant(1.0), tf.constant(1)])],
    monotonic=lambda tf: [
        tf.is_non_decreasing([1, 1, 2]),
        tf.is_strictly_increasing([1.0, 1, 2]),
        tf.is_strictly_increasing([[1, 2], [3, 4]]),
        tf.is_non_decreasing([1]),
    ],
    monotonic_text=lambda tf: [tf.is_non_decreasing(["a"])],
    all_finite=lambda tf: [tf.verify_tensor_all_finite(floats(2), "bad")],
    all_finite_fails=lambda tf: [tf.debugging.assert_all_finite(x=[np.nan], message="bad")],
    assert_false=lambda tf: [tf.Assert(False, [floats(3, 2), "text"], summarize=4)],
    format=lambda tf: [
        tf.strings.format("a {} b", [floats(2, 3)]),
        tf.strings.format("%%, %%", [np.arange(100).reshape(10, 10), True], "%%", summarize=1),
        tf.strings.format("{}", [[["a", 'b"']]]),
    ],
    format_count=lambda tf: [tf.strings.format("a {} b {}", [floats(2, 3)])],
    print_text=lambda tf: [
        tf.print("a", tf.constant([1, 2]), {"k": [tf.constant(2.0), 3]}, sep="|")
    ],
    print_tensor=lambda tf: [tf.print(tf.constant("a"), end="", name="p")],
    print_stream=lambda tf: [tf.print("a", output_stream=5)],
    print_keyword=lambda tf: [tf.print("a", foo=5)],
    py_func=lambda tf: [
        tf.py_func(lambda x: x * 2, [floats(2)], tf.float32),
        tf.py_func(lambda: (np.int64(1), b"a"), [], [tf.int64, tf.string], stateful=False)[1],
        tf.py_func(lambda x: x.decode() + "é", ["b"], tf.string),
        tf.numpy_function(lambda x: np.array(["a", "bc"]), [1], tf.string, name="f"),
    ],
    py_function=lambda tf: [
        tf.py_function(lambda x: x * 2, [floats(2)], tf.float32),
        *tf.py_function(lambda x, y: (x + y, tf.as_string(x)), [1, 2], [tf.int32, tf.string]),
        tf.py_function(lambda: 7, [], tf.int64, name="f"),
    ],
    py_function_not_callable=lambda tf: [tf.py_function(5, [1], tf.int32)],
    py_func_wrong_type=lambda tf: [tf.py_func(lambda x: 1.5, [1], tf.float32)],
    py_func_wrong_count=lambda tf: [tf.py_func(lambda x: (x, x), [1], tf.int32)],
    py_func_not_callable=lambda tf: [tf.py_func(5, [1], tf.int32)],
)


@case
def assert_dynamic(tf):
    x, feed = fed(tf, floats(3), [None])
    n, more = fed(tf, np.array([1, 2, 3], np.int32), [None])
    feed.update(more)
    return [
        tf.assert_equal(x, x),
        tf.assert_equal(n, [1, 2, 3]),
        tf.assert_less(x, 4.0),
        tf.assert_greater_equal(x, 1.0, message="m"),
        tf.assert_positive(n),
        tf.assert_negative(-x),
        tf.assert_non_negative(x, data=["d", x]),
        tf.assert_none_equal(n, 4),
        tf.assert_near(x, x + 1e-9),
        tf.assert_rank_in(x, [1, 2]),
    ], feed


@case
def assert_dynamic_fails(tf):
    x, feed = fed(tf, floats(3), [None])
    return [tf.assert_less(x, 2.0, message="small", summarize=2)], feed


@case
def assert_rank_dynamic(tf):
    x, feed = fed(tf, floats(3, 2), None)
    n, more = fed(tf, np.int32(2))
    feed.update(more)
    return [
        tf.assert_rank(x, 2),
        tf.assert_rank(x, n),
        tf.assert_rank_at_least(x, 1),
        tf.assert_rank_in(x, [1, n]),
    ], feed


@case
def assert_rank_dynamic_fails(tf):
    x, feed = fed(tf, floats(3, 2), None)
    return [tf.assert_rank(x, 3)], feed


@case
def assert_shapes(tf):
    x, feed = fed(tf, floats(3, 2), [None, 2])
    y, more = fed(tf, floats(5, 3), None)
    feed.update(more)
    return [tf.debugging.assert_shapes([(x, ("N", "Q")), (y, ("...", "N")), (x, ("*", 2))])], feed


@case
def assert_shapes_static_fails(tf):
    x, feed = fed(tf, floats(3, 2))
    y, more = fed(tf, floats(3, 2))
    return [tf.debugging.assert_shapes({x: ("N", "Q"), y: ("Q", "N")})], feed


@case
def add_check_numerics(tf):
    x, feed = fed(tf, floats(3, 2))
    y = x * 2
    return [y, tf.add_check_numerics_ops()], feed


@case
def print_gradient(tf):
    x, feed = fed(tf, floats(2))
    return grad_of(tf, tf.Print(x, [x], "x: ", first_n=0), [x], feed)


@CASES.case
def py_function_gradient(tf):
    x, y = tf.constant(floats(2)), tf.constant(floats(2) + 1)
    found = tf.py_function(
        lambda x, y: (tf.reduce_sum(x * y), tf.exp(x)), [x, y], [tf.float32, tf.float32]
    )
    return tf.gradients(found, [x, y])
