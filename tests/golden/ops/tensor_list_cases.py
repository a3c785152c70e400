"""Cases of lists of tensors as values. See case_tools.py."""

import numpy as np
from case_tools import Cases, fed, floats, grad_of

CASES = Cases()
case, simple = CASES.case, CASES.simple


def ops_of(tf):
    """TensorFlow's module of these, or ours."""
    if tf.__name__ == "evergraph":
        from evergraph.api import list_ops
    else:
        from tensorflow.python.ops import list_ops
    return list_ops


def three(tf, shape=(), dtype=None, **kwargs):
    """A list of 1, 2, 3."""
    ops = ops_of(tf)
    dtype = dtype or tf.float32
    handle = ops.empty_tensor_list(shape, dtype, **kwargs)
    for i in range(1, 4):
        handle = push(tf, handle, tf.cast(tf.fill(shape or [], i), dtype))
    return handle


def push(tf, handle, value):
    return tf.raw_ops.TensorListPushBack(input_handle=handle, tensor=value)


def reserved(tf, count=3, shape=(2,)):
    return ops_of(tf).tensor_list_reserve(shape, count, tf.float32)


def stack(tf, handle, dtype=None, **kwargs):
    return ops_of(tf).tensor_list_stack(handle, dtype or tf.float32, **kwargs)


def rows(tf, *shape, element_shape=None):
    return ops_of(tf).tensor_list_from_tensor(tf.constant(floats(*shape)), element_shape)


def length(tf, handle):
    return tf.raw_ops.TensorListLength(input_handle=handle)


def get(tf, handle, index, shape=None):
    return ops_of(tf).tensor_list_get_item(handle, index, tf.float32, shape)


def put(tf, handle, index, item, **kwargs):
    return ops_of(tf).tensor_list_set_item(handle, index, item, **kwargs)


def element_shape(tf, handle, dtype=None):
    return tf.raw_ops.TensorListElementShape(input_handle=handle, shape_type=dtype or tf.int32)


def concat(tf, handle, shape=None):
    return ops_of(tf).tensor_list_concat(handle, tf.float32, shape)


def split(tf, tensor, lengths, shape=None):
    return ops_of(tf).tensor_list_split(tensor, shape, lengths)


simple(
    pushed_and_stacked=lambda tf: [stack(tf, three(tf)), length(tf, three(tf))],
    pushed_of_a_shape=lambda tf: [stack(tf, three(tf, (2,)), num_elements=3)],
    pushed_whole_numbers=lambda tf: [stack(tf, three(tf, dtype=tf.int64), tf.int64)],
    pushed_text=lambda tf: [
        stack(
            tf,
            push(tf, push(tf, ops_of(tf).empty_tensor_list([], tf.string), "a"), "bc"),
            tf.string,
        )
    ],
    popped=lambda tf: list(ops_of(tf).tensor_list_pop_back(three(tf), tf.float32))[1:],
    popped_twice=lambda tf: [
        ops_of(tf).tensor_list_pop_back(
            ops_of(tf).tensor_list_pop_back(three(tf), tf.float32)[0], tf.float32
        )[1]
    ],
    popped_unwritten=lambda tf: list(ops_of(tf).tensor_list_pop_back(reserved(tf), tf.float32))[1:],
    rows=lambda tf: [stack(tf, rows(tf, 3, 2)), get(tf, rows(tf, 3, 2), 1)],
    rows_of_a_shape=lambda tf: [stack(tf, rows(tf, 3, 2, element_shape=[None]))],
    rows_of_a_tensor_shape=lambda tf: [
        stack(tf, rows(tf, 3, 2, element_shape=tf.TensorShape([2]))),
        stack(tf, rows(tf, 3, 2, element_shape=tf.TensorShape(None))),
        stack(tf, rows(tf, 3, element_shape=tf.TensorShape([]))),
    ],
    set_items=lambda tf: [stack(tf, put(tf, put(tf, reserved(tf), 0, [1.0, 2.0]), 2, [3.0, 4.0]))],
    set_beyond=lambda tf: [
        stack(tf, put(tf, reserved(tf), 4, [1.0, 2.0], resize_if_index_out_of_bounds=True))
    ],
    set_within=lambda tf: [
        stack(tf, put(tf, reserved(tf), 1, [1.0, 2.0], resize_if_index_out_of_bounds=True))
    ],
    got_unwritten=lambda tf: [get(tf, reserved(tf), 1), get(tf, reserved(tf, shape=None), 1, [2])],
    got_unwritten_like_others=lambda tf: [
        get(tf, put(tf, reserved(tf, shape=None), 1, [1.0, 2.0]), 0)
    ],
    shapes=lambda tf: [
        element_shape(tf, reserved(tf)),
        element_shape(tf, reserved(tf, shape=[None, 3]), tf.int64),
        element_shape(tf, reserved(tf, shape=None)),
        element_shape(tf, reserved(tf, shape=[])),
    ],
    resized=lambda tf: [
        stack(tf, tf.raw_ops.TensorListResize(input_handle=three(tf), size=n)) for n in (2, 5)
    ],
    gathered=lambda tf: [ops_of(tf).tensor_list_gather(three(tf), [2, 0], tf.float32)],
    gathered_unwritten=lambda tf: [ops_of(tf).tensor_list_gather(reserved(tf), [2, 0], tf.float32)],
    gathered_nothing=lambda tf: [
        ops_of(tf).tensor_list_gather(three(tf), np.zeros(0, np.int32), tf.float32)
    ],
    scattered=lambda tf: [
        stack(tf, ops_of(tf).tensor_list_scatter(tf.constant(floats(2, 2)), [3, 1], [2]))
    ],
    scattered_into=lambda tf: [
        stack(
            tf,
            ops_of(tf).tensor_list_scatter(
                tf.constant(floats(2, 2)), [3, 1], input_handle=reserved(tf)
            ),
        )
    ],
    scattered_in_the_old_way=lambda tf: [
        stack(
            tf,
            tf.raw_ops.TensorListScatter(tensor=floats(2, 2), indices=[2, 0], element_shape=[2]),
        )
    ],
    scattered_of_a_size=lambda tf: [
        stack(
            tf,
            tf.raw_ops.TensorListScatterV2(
                tensor=floats(2, 2), indices=[2, 0], element_shape=[2], num_elements=5
            ),
        )
    ],
    concatenated=lambda tf: [concat(tf, rows(tf, 3, 2)), concat(tf, rows(tf, 3, 2, 2), [None, 2])],
    concatenated_pieces=lambda tf: [concat(tf, split(tf, tf.constant(floats(5, 2)), [1, 3, 1]))],
    concatenated_unwritten=lambda tf: [
        concat(tf, put(tf, reserved(tf, shape=None), 1, [1.0, 2.0])),
        concat(tf, reserved(tf, shape=[2, 3])),
    ],
    concatenated_unwritten_of_lengths=lambda tf: list(
        tf.raw_ops.TensorListConcatV2(
            input_handle=put(tf, reserved(tf, shape=[None]), 1, [1.0, 2.0]),
            element_shape=[-1],
            leading_dims=np.int64([3, 2, 1]),
            element_dtype=tf.float32,
        )
    ),
    concatenated_in_the_old_way=lambda tf: list(
        tf.raw_ops.TensorListConcat(
            input_handle=rows(tf, 3, 2), element_dtype=tf.float32, element_shape=[2]
        )
    ),
    concatenated_nothing=lambda tf: [
        concat(tf, ops_of(tf).empty_tensor_list([None, 2], tf.float32))
    ],
    split_pieces=lambda tf: [
        get(tf, split(tf, tf.constant(floats(5, 2)), [1, 4], [None, 2]), 1),
        length(tf, split(tf, tf.constant(floats(5, 2)), [1, 4])),
    ],
    joined_lists=lambda tf: [
        stack(
            tf,
            tf.raw_ops.TensorListConcatLists(
                input_a=three(tf), input_b=three(tf), element_dtype=tf.float32
            ),
        )
    ],
    added=lambda tf: [
        stack(tf, tf.add_n([put(tf, reserved(tf), i, floats(2) + i) for i in range(2)]))
    ],
    zeros=lambda tf: [stack(tf, tf.zeros_like(three(tf)))],
    older_lists_stay=lambda tf: older(tf),
    nested=lambda tf: nested(tf),
)


def older(tf):
    first = three(tf)
    more = push(tf, first, 4.0)
    changed = put(tf, more, 0, 9.0)
    fewer, last = ops_of(tf).tensor_list_pop_back(changed, tf.float32)
    others = put(tf, first, 2, 7.0)
    return [stack(tf, x) for x in (first, more, changed, fewer, others, first)] + [last]


def nested(tf):
    ops = ops_of(tf)
    handle = ops.empty_tensor_list([], tf.variant)
    handle = push(tf, push(tf, handle, three(tf)), rows(tf, 2))
    handle, last = ops.tensor_list_pop_back(handle, tf.variant)
    return [stack(tf, last), stack(tf, ops.tensor_list_get_item(handle, 0, tf.variant))]


# Mistakes.
def unseen(tf, handle):
    """The same list, of which nothing is known while the graph is built."""
    return tf.raw_ops.TensorListConcatLists(
        input_a=handle, input_b=handle, element_dtype=tf.float32
    )


simple(
    pops_nothing=lambda tf: [
        ops_of(tf).tensor_list_pop_back(ops_of(tf).empty_tensor_list([], tf.float32), tf.float32)[1]
    ],
    pops_unwritten_of_no_shape=lambda tf: [
        ops_of(tf).tensor_list_pop_back(reserved(tf, shape=None), tf.float32)[1]
    ],
    pushes_too_many=lambda tf: [stack(tf, three(tf, max_num_elements=2))],
    pushes_another_type=lambda tf: [length(tf, push(tf, three(tf), 3))],
    pushes_another_shape=lambda tf: [length(tf, push(tf, three(tf), [1.0]))],
    pushes_to_a_shape_that_is_no_vector=lambda tf: [
        length(tf, push(tf, ops_of(tf).empty_tensor_list(3, tf.float32), 1.0))
    ],
    gets_another_type=lambda tf: [ops_of(tf).tensor_list_get_item(three(tf), 1, tf.int32)],
    gets_beyond=lambda tf: [get(tf, three(tf), 3)],
    gets_unwritten_of_no_shape=lambda tf: [get(tf, reserved(tf, shape=None), 1)],
    gets_another_shape=lambda tf: [get(tf, three(tf), 1, [2])],
    gets_another_shape_at_run_time=lambda tf: gets_shape(tf),
    sets_beyond=lambda tf: [length(tf, put(tf, three(tf), 3, 1.0))],
    sets_another_shape=lambda tf: [length(tf, put(tf, three(tf), 1, [1.0]))],
    sets_another_type=lambda tf: [length(tf, put(tf, three(tf), 1, 3))],
    stacks_another_count=lambda tf: [stack(tf, three(tf), num_elements=2)],
    stacks_another_type=lambda tf: [stack(tf, three(tf), tf.int32)],
    stacks_nothing_of_no_shape=lambda tf: [
        stack(tf, ops_of(tf).empty_tensor_list(None, tf.float32))
    ],
    stacks_unwritten_of_no_shape=lambda tf: [stack(tf, reserved(tf, shape=[None]))],
    stacks_different_shapes=lambda tf: [
        stack(tf, push(tf, push(tf, reserved(tf, 0, [None]), [1.0]), [1.0, 2.0]))
    ],
    stacks_different_ranks=lambda tf: [
        stack(tf, push(tf, push(tf, reserved(tf, 0, None), [1.0]), 1.0))
    ],
    resizes_below_nothing=lambda tf: [
        length(tf, tf.raw_ops.TensorListResize(input_handle=three(tf), size=-1))
    ],
    gathers_beyond=lambda tf: [ops_of(tf).tensor_list_gather(three(tf), [3], tf.float32)],
    gathers_nothing_of_no_shape=lambda tf: [
        ops_of(tf).tensor_list_gather(reserved(tf, shape=None), np.zeros(0, np.int32), tf.float32)
    ],
    gathers_unwritten_of_no_shape=lambda tf: [
        ops_of(tf).tensor_list_gather(reserved(tf, shape=None), [0], tf.float32)
    ],
    scatters_below_nothing=lambda tf: [
        length(tf, ops_of(tf).tensor_list_scatter(tf.constant(floats(1)), [-1], []))
    ],
    scatters_beyond=lambda tf: [
        length(
            tf,
            tf.raw_ops.TensorListScatterV2(
                tensor=floats(2), indices=[2, 0], element_shape=[0], num_elements=2
            ),
        )
    ],
    scatters_another_count=lambda tf: [
        length(tf, ops_of(tf).tensor_list_scatter(tf.constant(floats(2)), [0], []))
    ],
    scatters_another_count_into=lambda tf: [
        length(
            tf,
            ops_of(tf).tensor_list_scatter(tf.constant(floats(2)), [0], input_handle=three(tf)),
        )
    ],
    scatters_a_negative_size=lambda tf: [
        length(
            tf,
            tf.raw_ops.TensorListScatterV2(
                tensor=floats(2), indices=[2, 0], element_shape=-1, num_elements=-2
            ),
        )
    ],
    scatters_another_shape=lambda tf: [
        length(tf, ops_of(tf).tensor_list_scatter(tf.constant(floats(2, 3)), [0, 1], [2]))
    ],
    takes_rows_of_another_shape=lambda tf: [length(tf, rows(tf, 3, 2, element_shape=[3]))],
    takes_rows_of_a_scalar=lambda tf: [length(tf, rows(tf))],
    takes_rows_of_a_fed_scalar=lambda tf: fed_rows(tf),
    concatenates_scalars=lambda tf: [concat(tf, three(tf))],
    concatenates_scalars_of_no_shape=lambda tf: [concat(tf, push(tf, reserved(tf, 0, None), 1.0))],
    concatenates_nothing_of_no_shape=lambda tf: [concat(tf, reserved(tf, 0, None))],
    concatenates_unwritten_of_no_shape=lambda tf: [concat(tf, reserved(tf, 2, None))],
    concatenates_unwritten_of_no_length=lambda tf: [concat(tf, reserved(tf, 2, [None, 2]))],
    concatenates_another_length=lambda tf: [
        concat(tf, push(tf, reserved(tf, 0, [None]), [1.0, 2.0]), [3])
    ],
    splits_too_little=lambda tf: [length(tf, split(tf, tf.constant(floats(5)), [1, 3]))],
    splits_too_much=lambda tf: [length(tf, split(tf, tf.constant(floats(5)), [1, 5]))],
    splits_by_less_than_nothing=lambda tf: [length(tf, split(tf, tf.constant(floats(5)), [6, -1]))],
    splits_another_shape=lambda tf: [
        length(tf, split(tf, tf.constant(floats(5, 2)), [1, 4], [None, 3]))
    ],
    joins_other_types=lambda tf: [
        length(
            tf,
            tf.raw_ops.TensorListConcatLists(
                input_a=three(tf), input_b=three(tf, dtype=tf.int32), element_dtype=tf.float32
            ),
        )
    ],
    joins_other_shapes=lambda tf: [
        length(
            tf,
            tf.raw_ops.TensorListConcatLists(
                input_a=three(tf), input_b=reserved(tf, shape=None), element_dtype=tf.float32
            ),
        )
    ],
    adds_other_lengths=lambda tf: [length(tf, tf.add_n([reserved(tf, 2), reserved(tf, 3)]))],
    adds_other_shapes=lambda tf: [length(tf, tf.add_n([reserved(tf, 2), reserved(tf, 2, [3])]))],
)


def gets_shape(tf):
    shape, feed = fed(tf, np.int32([2]), [None])
    return [get(tf, reserved(tf, shape=[3]), 1, shape)], feed


def fed_rows(tf):
    x, feed = fed(tf, np.float32(1), None)
    return [length(tf, ops_of(tf).tensor_list_from_tensor(x, None))], feed


# Gradients.
def matrix(tf, rows=3):
    return fed(tf, floats(rows, 2), [None, 2])


@case
def gradient_of_pushes_and_pops(tf):
    x, feed = matrix(tf)
    ops = ops_of(tf)
    handle = ops.empty_tensor_list(None, tf.float32)
    handle = push(tf, push(tf, handle, x * 2.0), x * x)
    handle, last = ops.tensor_list_pop_back(handle, tf.float32)
    _, first = ops.tensor_list_pop_back(handle, tf.float32)
    return grad_of(tf, last + first, [x], feed)


@case
def gradient_of_stack(tf):
    x, feed = matrix(tf)
    handle = push(tf, three(tf, [2]), x[0] * x[1])
    return grad_of(tf, stack(tf, handle), [x], feed)


@case
def gradient_of_rows(tf):
    x, feed = matrix(tf)
    handle = ops_of(tf).tensor_list_from_tensor(x * x, [2])
    return grad_of(tf, get(tf, handle, 1) * get(tf, handle, 2), [x], feed)


@case
def gradient_of_rows_of_known_count(tf):
    x, feed = fed(tf, floats(3, 2))
    handle = ops_of(tf).tensor_list_from_tensor(x * x, [2])
    return grad_of(tf, stack(tf, handle), [x], feed)


@case
def gradient_of_set(tf):
    x, feed = matrix(tf)
    handle = put(tf, put(tf, reserved(tf), 0, x[0] * 2.0), 1, x[1] * x[0])
    return grad_of(tf, stack(tf, put(tf, handle, 0, x[2])), [x], feed)


@case
def gradient_of_resize(tf):
    x, feed = matrix(tf)
    handle = ops_of(tf).tensor_list_from_tensor(x * x, [2])
    handle = tf.raw_ops.TensorListResize(input_handle=handle, size=2)
    return grad_of(tf, stack(tf, handle), [x], feed)


@case
def gradient_of_gather_and_scatter(tf):
    x, feed = matrix(tf)
    ops = ops_of(tf)
    handle = ops.tensor_list_scatter(x * x, [0, 2, 1], [2])
    handle = ops.tensor_list_scatter(x[:2], [1, 3], input_handle=handle)
    return grad_of(tf, ops.tensor_list_gather(handle, [3, 1, 0], tf.float32), [x], feed)


@case
def gradient_of_split_and_concat(tf):
    x, feed = matrix(tf)
    return grad_of(tf, concat(tf, split(tf, x * x, [1, 2], [None, 2])), [x], feed)


@case
def gradient_of_old_concat(tf):
    x, feed = matrix(tf)
    handle = ops_of(tf).tensor_list_from_tensor(x * x, [2])
    found = tf.raw_ops.TensorListConcat(
        input_handle=handle, element_dtype=tf.float32, element_shape=[2]
    )
    return grad_of(tf, found[0], [x], feed)


# Loops.
@case
def loop_that_pushes(tf):
    x, feed = matrix(tf)

    def body(i, handle):
        return i + 1, push(tf, handle, x * tf.cast(i, tf.float32))

    start = [0, ops_of(tf).empty_tensor_list([None, 2], tf.float32)]
    handle = tf.while_loop(lambda i, _: i < 3, body, start)[1]
    return [stack(tf, handle)], feed


@case
def gradient_of_loop_that_sets(tf):
    x, feed = matrix(tf)

    def body(i, handle):
        return i + 1, put(tf, handle, i, x[i] * x[0])

    handle = tf.while_loop(lambda i, _: i < 3, body, [0, reserved(tf)])[1]
    return grad_of(tf, stack(tf, handle), [x], feed)


# Batches of lists.
def batch(tf, *handles):
    return tf.stack(handles)


@case
def batches_joined(tf):
    a, b = three(tf), push(tf, three(tf), 4.0)
    joined = tf.raw_ops.TensorListConcatLists(
        input_a=batch(tf, a, b), input_b=batch(tf, b, a), element_dtype=tf.float32
    )
    return [stack(tf, x) for x in tf.unstack(joined)]


@case
def batches_pushed(tf):
    a, b = three(tf), push(tf, three(tf), 4.0)
    both = batch(tf, a, b)
    more = tf.raw_ops.TensorListPushBackBatch(input_handles=both, tensor=floats(2))
    return [stack(tf, x) for x in tf.unstack(more) + tf.unstack(both)]


def push_batch(tf, handles, tensor):
    return [tf.raw_ops.TensorListPushBackBatch(input_handles=handles, tensor=tensor)]


simple(
    batches_joined_with_other_shapes=lambda tf: [
        tf.raw_ops.TensorListConcatLists(
            input_a=batch(tf, three(tf), three(tf)),
            input_b=batch(tf, three(tf), three(tf, [2])),
            element_dtype=tf.float32,
        )
    ],
    batches_of_other_shapes_joined=lambda tf: [
        tf.raw_ops.TensorListConcatLists(
            input_a=batch(tf, three(tf), reserved(tf)),
            input_b=batch(tf, three(tf), three(tf)),
            element_dtype=tf.float32,
        )
    ],
    batches_of_other_sizes_joined=lambda tf: [
        tf.raw_ops.TensorListConcatLists(
            input_a=batch(tf, three(tf)), input_b=three(tf), element_dtype=tf.float32
        )
    ],
    batches_pushed_a_scalar=lambda tf: push_batch(tf, batch(tf, three(tf)), 1.0),
    batches_pushed_another_count=lambda tf: push_batch(tf, batch(tf, three(tf)), floats(2)),
    batches_pushed_another_type=lambda tf: push_batch(tf, batch(tf, three(tf)), [3]),
    batches_pushed_another_shape=lambda tf: push_batch(
        tf, batch(tf, three(tf), three(tf)), floats(2, 2)
    ),
    one_list_pushed_as_a_batch=lambda tf: push_batch(tf, three(tf), floats(1)),
)


# Branches.
@case
def list_of_a_branch(tf):
    p, feed = fed(tf, True)
    more = tf.cond(p, lambda: push(tf, three(tf), 4.0), lambda: three(tf))
    return [stack(tf, push(tf, more, 5.0))], feed


@case
def loop_that_begins_another_list(tf):
    def body(i, handle):
        handle = tf.cond(
            tf.equal(i, 1), lambda: ops_of(tf).empty_tensor_list([], tf.int32), lambda: handle
        )
        return i + 1, push(tf, handle, i)

    handle = tf.while_loop(lambda i, _: i < 4, body, [0, three(tf, dtype=tf.int32)])[1]
    return [stack(tf, handle, tf.int32)]
