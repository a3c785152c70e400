"""Cases of TensorArrays and of loops over them. See case_tools.py."""

import numpy as np
from case_tools import Cases, fed, floats, grad_of

CASES = Cases()
case, simple = CASES.case, CASES.simple


def filled(tf, count=3, **kwargs):
    """An array of rows 1, 2, 3; 4, 5, 6; ..."""
    array = tf.TensorArray(tf.float32, size=count, **kwargs)
    for i in range(count):
        array = array.write(i, floats(count, 3)[i])
    return array


def variable_rows(tf, rows=3):
    return fed(tf, floats(rows, 2), [None, 2])


simple(
    write_and_read=lambda tf: [filled(tf, clear_after_read=False).read(i) for i in (0, 2, 0)],
    stacked=lambda tf: [filled(tf).stack()],
    gathered=lambda tf: [filled(tf).gather([2, 0])],
    size=lambda tf: [filled(tf).size()],
    sizes_given_by_tensor=lambda tf: [tf.TensorArray(tf.int32, tf.constant(2)).size()],
    named=lambda tf: [filled(tf, name="mine", tensor_array_name="other").stack(name="all")],
    unstacked=lambda tf: [tf.TensorArray(tf.float32, 3).unstack(floats(3, 2)).read(1)],
    scattered=lambda tf: [tf.TensorArray(tf.float32, 4).scatter([3, 1], floats(2, 2)).read(3)],
    split=lambda tf: [
        tf.TensorArray(tf.float32, 3, infer_shape=False).split(floats(6, 2), [1, 3, 2]).read(1)
    ],
    split_evenly=lambda tf: [tf.TensorArray(tf.float32, 3).split(floats(6, 2), [2, 2, 2]).read(2)],
    concatenated=lambda tf: [
        tf.TensorArray(tf.float32, 2, infer_shape=False)
        .write(0, floats(2, 3))
        .write(1, floats(1, 3))
        .concat()
    ],
    identity=lambda tf: [filled(tf).identity().stack()],
    strings=lambda tf: [tf.TensorArray(tf.string, 2).write(0, "a").write(1, "bc").stack()],
    integers=lambda tf: [tf.TensorArray(tf.int64, 2).unstack(np.array([4, 5])).stack()],
    booleans=lambda tf: [tf.TensorArray(tf.bool, 2).unstack([True, False]).stack()],
    complexes=lambda tf: [tf.TensorArray(tf.complex64, 1).write(0, 1 + 2j).stack()],
    grows=lambda tf: [
        tf.TensorArray(tf.float32, 0, dynamic_size=True).write(2, 1.0).write(0, 3.0).size()
    ],
    never_written_of_known_shape=lambda tf: [
        tf.TensorArray(tf.float32, 2, element_shape=[2]).write(0, [1.0, 2.0]).stack()
    ],
    empty=lambda tf: [tf.TensorArray(tf.float32, 0, element_shape=[2]).stack()],
    empty_of_unknown_shape=lambda tf: [tf.TensorArray(tf.float32, 0).stack()],
    closed=lambda tf: [filled(tf).close()],
)

# Mistakes.
simple(
    read_twice=lambda tf: [tf.add_n([filled(tf).read(0)]), tf.negative(twice(tf))],
    write_twice=lambda tf: [filled(tf).write(1, floats(3)).stack()],
    write_out_of_bounds=lambda tf: [tf.TensorArray(tf.float32, 1).write(1, 1.0).size()],
    read_out_of_bounds=lambda tf: [filled(tf).read(3)],
    read_unwritten=lambda tf: [tf.TensorArray(tf.float32, 2).read(1)],
    write_another_shape=lambda tf: [filled(tf).write(0, floats(2)).size()],
    write_another_shape_at_run_time=lambda tf: two_shapes(tf),
    write_another_type=lambda tf: [tf.TensorArray(tf.int32, 1).write(0, 1.5).size()],
    stack_of_different_shapes=lambda tf: [
        tf.TensorArray(tf.float32, 2, infer_shape=False)
        .write(0, floats(2))
        .write(1, floats(3))
        .stack()
    ],
    concat_of_scalars=lambda tf: [tf.TensorArray(tf.float32, 1).write(0, 1.0).concat()],
    scatter_out_of_bounds=lambda tf: [tf.TensorArray(tf.float32, 1).scatter([1], [1.0]).size()],
    split_in_wrong_lengths=lambda tf: [
        tf.TensorArray(tf.float32, 2, infer_shape=False).split(floats(3, 2), [1, 1]).size()
    ],
    split_in_too_many=lambda tf: [tf.TensorArray(tf.float32, 1).split(floats(2, 2), [1, 1]).size()],
    neither_size_nor_handle=lambda tf: [tf.TensorArray(tf.float32).size()],
    negative_size=lambda tf: [
        tf.TensorArray(tf.float32, tf.placeholder_with_default(-1, [])).size()
    ],
    handle_without_flow=lambda tf: [tf.TensorArray(tf.float32, handle=filled(tf).handle).size()],
    handle_is_no_tensor=lambda tf: [tf.TensorArray(tf.float32, handle=3).size()],
)


def twice(tf):
    array = filled(tf)
    first = array.read(1)
    with tf.control_dependencies([first]):
        return array.read(1)


def two_shapes(tf):
    a, feed_a = fed(tf, floats(2), None)
    b, feed_b = fed(tf, floats(3), None)
    array = tf.TensorArray(tf.float32, 2).write(0, a).write(1, b)
    return [array.size()], {**feed_a, **feed_b}


# Gradients.
@case
def gradient_of_stack(tf):
    x, feed = variable_rows(tf)
    array = tf.TensorArray(tf.float32, 2).write(0, x * 2.0).write(1, x * x)
    return grad_of(tf, array.stack(), [x], feed)


@case
def gradient_of_reads(tf):
    x, feed = variable_rows(tf)
    array = tf.TensorArray(tf.float32, 3, clear_after_read=False).unstack(x)
    return grad_of(tf, array.read(0) * array.read(0) + array.read(2), [x], feed)


@case
def gradient_of_split_and_concat(tf):
    x, feed = variable_rows(tf)
    array = tf.TensorArray(tf.float32, 2, infer_shape=False).split(x, [1, 2])
    return grad_of(tf, array.concat() * 3.0, [x], feed)


@case
def gradient_of_gather_with_holes(tf):
    x, feed = variable_rows(tf)
    array = tf.TensorArray(tf.float32, 3).unstack(x)
    return grad_of(tf, array.gather([2, 0]), [x], feed)


@case
def gradients_called_twice(tf):
    x, feed = variable_rows(tf)
    y = tf.TensorArray(tf.float32, 3).unstack(x * x).stack()
    return list(tf.gradients(y, x)) + list(tf.gradients(tf.square(y), x)), feed


@case
def gradient_in_a_scope_of_another_name(tf):
    x, feed = variable_rows(tf)
    y = tf.TensorArray(tf.float32, 3).unstack(x).stack()
    return list(tf.gradients(y, x, name="mine")), feed


# In loops.
def squares(tf, x, **kwargs):
    array = tf.TensorArray(tf.float32, size=4, **kwargs)

    def body(i, array):
        return i + 1, array.write(i, tf.cast(i, tf.float32) * x * x)

    return tf.while_loop(lambda i, _: i < 4, body, [0, array])[1]


@case
def loop_writes(tf):
    x, feed = variable_rows(tf)
    return [squares(tf, x).stack()], feed


@case
def gradient_of_loop_that_writes(tf):
    x, feed = variable_rows(tf)
    return grad_of(tf, squares(tf, x).stack(), [x], feed)


@case
def gradient_of_loop_that_reads_and_writes(tf):
    x, feed = fed(tf, floats(4, 2), [None, 2])
    count = tf.shape(x)[0]
    source = tf.TensorArray(tf.float32, count).unstack(x)
    target = tf.TensorArray(tf.float32, count)

    def body(i, state, target):
        state = tf.tanh(state + source.read(i) * 0.1)
        return i + 1, state, target.write(i, state)

    start = [0, tf.zeros([2]), target]
    _, state, target = tf.while_loop(lambda i, *_: i < count, body, start)
    return grad_of(tf, target.stack() + state, [x], feed)


@case
def gradient_of_loop_over_an_array_that_grows(tf):
    x, feed = variable_rows(tf)
    array = tf.TensorArray(tf.float32, 0, dynamic_size=True, element_shape=[None, 2])

    def body(i, array):
        return i + 1, array.write(i, x * tf.cast(i + 1, tf.float32))

    array = tf.while_loop(lambda i, _: i < 3, body, [0, array])[1]
    return grad_of(tf, array.concat(), [x], feed)


@case
def array_in_a_branch(tf):
    x, feed = variable_rows(tf)
    p, feed_p = fed(tf, True)

    def yes():
        return tf.TensorArray(tf.float32, 3).unstack(x).stack()

    y = tf.cond(p, yes, lambda: x * 2.0)
    return grad_of(tf, y, [x], {**feed, **feed_p})
