"""Shapes, new tensors, joining, splitting, slices."""

import numpy as np
from case_tools import Cases, fed, floats, grad_of, ints

CASES = Cases()
case, simple = CASES.case, CASES.simple

# Shapes.

simple(
    pad_by_columns=lambda tf: [tf.pad(floats(2, 3), tf.stack([[1, 2], [3, 4]], axis=1))],
    shape_static=lambda tf: [tf.shape(tf.constant(floats(2, 3)))],
    shape_int64=lambda tf: [tf.shape(tf.constant(floats(2, 3)), out_type=tf.int64)],
    size_static=lambda tf: [tf.size(tf.constant(floats(2, 3)))],
    size_zero=lambda tf: [tf.size(tf.placeholder(tf.float32, [None, 0]))],
    rank_static=lambda tf: [tf.rank(tf.constant(floats(2, 3)))],
    shape_n=lambda tf: tf.shape_n([floats(2, 3), floats(4)]),
    reshape_wrong_static=lambda tf: [tf.reshape(floats(2, 3), [4])],
    reshape_not_divisible=lambda tf: [tf.reshape(floats(2, 3), [4, -1])],
    reshape_matrix_shape=lambda tf: [tf.reshape(floats(2, 3), [[6]])],
    reshape_strings=lambda tf: [tf.reshape(tf.constant(["a", "b", "c", "d"]), [2, 2])],
    reshape_scalar=lambda tf: [tf.reshape(tf.constant([3.0]), [])],
    reshape_empty=lambda tf: [tf.reshape(tf.zeros([0, 3]), [3, 0])],
    reshape_empty_infer=lambda tf: [tf.reshape(tf.zeros([0, 3]), [-1, 3])],
    expand_dims_0=lambda tf: [tf.expand_dims(floats(2, 3), 0)],
    expand_dims_last=lambda tf: [tf.expand_dims(floats(2, 3), -1)],
    expand_dims_bad=lambda tf: [tf.expand_dims(floats(2, 3), 3)],
    expand_dims_none=lambda tf: [tf.expand_dims(floats(2, 3))],
    expand_dims_dim=lambda tf: [tf.expand_dims(floats(2, 3), dim=1)],
    squeeze_all=lambda tf: [tf.squeeze(floats(1, 2, 1, 3))],
    squeeze_axis=lambda tf: [tf.squeeze(floats(1, 2, 1, 3), axis=2)],
    squeeze_negative=lambda tf: [tf.squeeze(floats(1, 2, 1, 3), [-2])],
    squeeze_dims=lambda tf: [tf.squeeze(floats(1, 2, 1, 3), squeeze_dims=[0])],
    squeeze_bad=lambda tf: [tf.squeeze(floats(1, 2, 1, 3), [1])],
    squeeze_out_of_range=lambda tf: [tf.squeeze(floats(1, 2), [2])],
    broadcast_to=lambda tf: [tf.broadcast_to(floats(3), [2, 3])],
    broadcast_to_bad=lambda tf: [tf.broadcast_to(floats(3), [2, 4])],
    broadcast_dynamic=lambda tf: [tf.broadcast_dynamic_shape(tf.constant([2, 1]), [3])],
    broadcast_dynamic_bad=lambda tf: [tf.broadcast_dynamic_shape(tf.constant([2, 2]), [3])],
    transpose_default=lambda tf: [tf.transpose(floats(2, 3, 4))],
    transpose_perm=lambda tf: [tf.transpose(floats(2, 3, 4), [1, 0, 2])],
    transpose_strings=lambda tf: [tf.transpose(tf.constant([["a", "b", "c"]]))],
    transpose_bad_length=lambda tf: [tf.transpose(floats(2, 3, 4), [1, 0])],
    transpose_bad_index=lambda tf: [tf.transpose(floats(2, 3, 4), [1, 0, 3])],
    transpose_twice=lambda tf: [tf.transpose(floats(2, 3, 4), [1, 0, 0])],
    transpose_conjugate=lambda tf: [
        tf.transpose(tf.constant([[1 + 2j, 3 - 1j]], tf.complex64), conjugate=True)
    ],
    matrix_transpose=lambda tf: [tf.matrix_transpose(floats(2, 3, 4))],
    matrix_transpose_bad=lambda tf: [tf.matrix_transpose(floats(3))],
    invert_permutation=lambda tf: [tf.invert_permutation([2, 0, 1])],
    invert_permutation_bad=lambda tf: [tf.invert_permutation([2, 0, 3])],
    invert_permutation_twice=lambda tf: [tf.invert_permutation([2, 0, 2])],
    reverse_two=lambda tf: [tf.reverse(floats(2, 3, 2), [0, -1])],
    reverse_bad=lambda tf: [tf.reverse(floats(2, 3), [2])],
    reverse_same=lambda tf: [tf.reverse(floats(2, 3), [0, -2])],
    reverse_sequence=lambda tf: [
        tf.reverse_sequence(floats(3, 4, 2), [4, 2, 0], seq_axis=1, batch_axis=0)
    ],
    reverse_sequence_long=lambda tf: [
        tf.reverse_sequence(floats(3, 4), [4, 5, 0], seq_axis=1, batch_axis=0)
    ],
    reverse_sequence_swapped=lambda tf: [
        tf.reverse_sequence(floats(4, 3), tf.constant([4, 2, 0], tf.int64), 0, 1)
    ],
)


@case
def shape_dynamic(tf):
    x, feed = fed(tf, floats(2, 3), [None, 3])
    return [tf.shape(x), tf.size(x), tf.rank(x), tf.shape(x)[0]], feed


@case
def shape_unknown_rank(tf):
    x, feed = fed(tf, floats(2, 3), None)
    return [tf.shape(x), tf.size(x), tf.rank(x), tf.shape(x, out_type=tf.int64)], feed


@case
def reshape_dynamic(tf):
    x, feed = fed(tf, floats(4, 3), [None, 3])
    return [
        tf.reshape(x, [-1]),
        tf.reshape(x, [-1, 6]),
        tf.reshape(x, [tf.shape(x)[0], 3, 1]),
        tf.reshape(x, tf.shape(x)),
        tf.reshape(x, tf.stack([-1, 1])),
    ], feed


@case
def reshape_two_unknown(tf):
    x, feed = fed(tf, floats(2, 3), None)
    p, more = fed(tf, np.array([-1, -1], np.int32))
    feed.update(more)
    return [tf.reshape(x, p)], feed


@case
def reshape_negative(tf):
    x, feed = fed(tf, floats(2, 3), None)
    p, more = fed(tf, np.array([-1, -2], np.int32))
    feed.update(more)
    return [tf.reshape(x, p)], feed


@case
def reshape_wrong_at_run_time(tf):
    x, feed = fed(tf, floats(2, 3), None)
    return [tf.reshape(x, [4])], feed


@case
def reshape_multiple_at_run_time(tf):
    x, feed = fed(tf, floats(2, 3), None)
    return [tf.reshape(x, [4, -1])], feed


@case
def reshape_static_partial(tf):
    a = tf.placeholder(tf.float32, [None, 4])
    b = tf.placeholder(tf.float32, [2, None])
    n = tf.placeholder(tf.int32, [])
    return [
        tf.reshape(a, [-1, 2, 2]),
        tf.reshape(a, [3, -1]),
        tf.reshape(b, [n, 4]),
        tf.reshape(a, [n, -1]),
        tf.reshape(b, tf.concat([tf.shape(b)[:1], [3]], 0)),
        tf.reshape(a, tf.shape(b)),
        tf.reshape(tf.placeholder(tf.float32), [n, 5]),
    ], None


@case
def reshape_gradient(tf):
    x, feed = fed(tf, floats(4, 3), [None, 3])
    return grad_of(tf, tf.reshape(x, [3, -1]), [x], feed)


@case
def squeeze_dynamic(tf):
    x, feed = fed(tf, floats(1, 2), [None, 2])
    y = tf.squeeze(x, 0)
    return [y, tf.squeeze(x), tf.expand_dims(y, 1)], feed


@case
def squeeze_gradient(tf):
    x, feed = fed(tf, floats(1, 2), [None, 2])
    return grad_of(tf, tf.expand_dims(tf.squeeze(x, 0), -1), [x], feed)


@case
def squeeze_wrong_at_run_time(tf):
    x, feed = fed(tf, floats(3, 2), [None, 2])
    return [tf.squeeze(x, 0)], feed


@case
def ensure_shape(tf):
    x, feed = fed(tf, floats(3, 2), None, "x")
    return [tf.ensure_shape(x, [None, 2]), tf.ensure_shape(x * 2, [3, 4])], feed


@case
def ensure_shape_gradient(tf):
    x, feed = fed(tf, floats(3, 2), None)
    return grad_of(tf, tf.ensure_shape(x, [None, 2]), [x], feed)


@case
def broadcast_to_gradient(tf):
    x, feed = fed(tf, floats(1, 3))
    return grad_of(tf, tf.broadcast_to(x, [2, 4, 3]), [x], feed)


@case
def transpose_dynamic(tf):
    x, feed = fed(tf, floats(2, 3), None)
    p, more = fed(tf, ints(2), [None])
    feed.update(more)
    y = tf.placeholder_with_default(floats(2, 3), [None, 3])
    return [tf.transpose(x), tf.transpose(x, p), tf.transpose(y), tf.transpose(y, p)], feed


@case
def transpose_gradient(tf):
    x, feed = fed(tf, floats(2, 3, 4))
    return grad_of(tf, tf.transpose(x, [2, 0, 1]), [x], feed)


@case
def matrix_transpose_dynamic(tf):
    x, feed = fed(tf, floats(2, 3, 4), None)
    return [tf.matrix_transpose(x)], feed


@case
def reverse_gradient(tf):
    x, feed = fed(tf, floats(2, 3))
    return grad_of(tf, tf.reverse(x, [1]), [x], feed)


@case
def reverse_sequence_gradient(tf):
    x, feed = fed(tf, floats(3, 4))
    return grad_of(tf, tf.reverse_sequence(x, [4, 2, 0], 1, 0), [x], feed)


# New tensors.

simple(
    zeros_small=lambda tf: [tf.zeros([2, 3]), tf.zeros([], tf.int64), tf.zeros(3, tf.bool)],
    zeros_large=lambda tf: [tf.zeros([100, 10])],
    zeros_strings=lambda tf: [tf.zeros([2], tf.string), tf.zeros([1000], tf.string)],
    zeros_shape_object=lambda tf: [
        tf.zeros(tf.TensorShape([2, 3])),
        tf.ones(tf.TensorShape([1000])),
    ],
    zeros_unknown=lambda tf: [tf.zeros(tf.TensorShape([None]))],
    zeros_none=lambda tf: [tf.zeros([None, 2])],
    zeros_negative=lambda tf: [tf.zeros([-1, 2])],
    zeros_array=lambda tf: [tf.zeros(np.array([1000, 2])), tf.ones(np.array([2, 3]))],
    zeros_dimension=lambda tf: [tf.zeros([tf.Dimension(3), 2])],
    ones_types=lambda tf: [tf.ones([2], t) for t in (tf.bool, tf.int8, tf.uint16, tf.complex64)],
    zeros_like_static=lambda tf: [
        tf.zeros_like(floats(2, 3)),
        tf.zeros_like(floats(2, 3), tf.int32),
        tf.zeros_like(floats(2, 3), optimize=False),
        tf.zeros_like(tf.constant(["a"])),
    ],
    ones_like_static=lambda tf: [
        tf.ones_like(floats(2, 3)),
        tf.ones_like(floats(2, 3), tf.bool),
        tf.ones_like(floats(2, 3), optimize=False),
    ],
    fill=lambda tf: [tf.fill([2, 3], 5), tf.fill([2], "x"), tf.fill([], 2.5), tf.fill([0], True)],
    fill_negative=lambda tf: [tf.fill([2, -3], 5)],
    fill_vector=lambda tf: [tf.fill([2, 3], [5])],
    identity_n=lambda tf: tf.identity_n([floats(2), ints(3)]),
    stop_gradient=lambda tf: [tf.stop_gradient(floats(2))],
    check_numerics=lambda tf: [tf.check_numerics(floats(2), "ok")],
    check_numerics_nan=lambda tf: [tf.check_numerics([1.0, np.nan], "bad")],
    check_numerics_inf=lambda tf: [tf.check_numerics([np.nan, np.inf], "bad")],
    placeholder_not_fed=lambda tf: [tf.placeholder(tf.float32, [2, None], name="x") + 1],
    placeholder_not_fed_unknown=lambda tf: [tf.placeholder(tf.int64, name="x") + 1],
    placeholder_with_default=lambda tf: [tf.placeholder_with_default(floats(2, 3), [None, 3])],
    placeholder_with_default_bad=lambda tf: [tf.placeholder_with_default(floats(2, 3), [2, 4])],
)


@case
def zeros_dynamic(tf):
    n, feed = fed(tf, np.int32(3))
    return [
        tf.zeros([n, 4]),
        tf.zeros([4, n, 2], tf.int32),
        tf.ones([n]),
        tf.zeros(n),
        tf.ones((n, n)),
        tf.zeros(tf.stack([n, 2])),
        tf.fill([n, 2], 7),
    ], feed


@case
def zeros_like_dynamic(tf):
    x, feed = fed(tf, floats(2, 3), [None, 3])
    return [
        tf.zeros_like(x),
        tf.zeros_like(x, tf.int32),
        tf.ones_like(x),
        tf.ones_like(x, tf.bool),
    ], feed


@case
def fill_gradient(tf):
    x, feed = fed(tf, np.float32(3))
    return grad_of(tf, tf.fill([2, 3], x), [x], feed)


@case
def identity_gradient(tf):
    x, feed = fed(tf, floats(2))
    y = tf.identity(x) + tf.stop_gradient(x) + tf.identity_n([x, x])[1]
    return grad_of(tf, tf.check_numerics(y, "y"), [x], feed)


@case
def sparse_placeholder(tf):
    x = tf.sparse_placeholder(tf.float32, [2, 3], name="x")
    y = tf.sparse_placeholder(tf.float32, [None, 3])
    return [x.indices, y.dense_shape, y.values], {
        x: ([[0, 1]], [1.0], [2, 3]),
        y: ([[0, 1]], [1.0], [2, 3]),
    }


# Joining and splitting.

simple(
    stack_constants=lambda tf: [tf.stack([1, 2, 3]), tf.stack([[1.0, 2], [3, 4]])],
    stack_axis=lambda tf: [tf.stack([floats(2, 3), floats(2, 3)], axis=a) for a in (0, 1, 2, -1)],
    stack_bad_axis=lambda tf: [tf.stack([floats(2, 3), floats(2, 3)], axis=3)],
    stack_mismatch=lambda tf: [tf.stack([tf.constant(floats(2)), floats(3)])],
    stack_mixed_types=lambda tf: [tf.stack([tf.constant(1), 2.5])],
    stack_strings=lambda tf: [tf.stack([tf.constant("a"), "b"])],
    packed_list=lambda tf: [tf.convert_to_tensor([tf.constant(1), 2, 3])],
    packed_nested=lambda tf: [tf.convert_to_tensor([[tf.constant(1), 2], [3, 4]])],
    packed_dtype=lambda tf: [tf.convert_to_tensor([tf.constant(1), 2], tf.float32)],
    packed_empty_inner=lambda tf: [tf.convert_to_tensor([[1, 2], [3, tf.constant(4)]])],
    unstack=lambda tf: tf.unstack(floats(2, 3)) + tf.unstack(floats(2, 3), axis=-1),
    unstack_strings=lambda tf: tf.unstack(tf.constant(["a", "b"])),
    unstack_bad_axis=lambda tf: tf.unstack(floats(2, 3), axis=2),
    unstack_unknown=lambda tf: tf.unstack(tf.placeholder(tf.float32, [None])),
    unstack_bad_num=lambda tf: tf.unstack(floats(2, 3), num=3),
    parallel_stack=lambda tf: [tf.parallel_stack([floats(2), floats(2)])],
    concat_constants=lambda tf: [
        tf.concat([floats(2, 3), floats(2, 1)], 1),
        tf.concat([floats(2, 3), floats(1, 3)], axis=-2),
        tf.concat([["a"], ["b", "c"]], 0),
        tf.concat([floats(2, 3)], 0),
        tf.concat(floats(2, 3), 0),
        tf.concat([[1], tf.constant([2])], 0),
    ],
    concat_mismatch=lambda tf: [tf.concat([floats(2, 3), floats(2, 4)], 0)],
    concat_ranks=lambda tf: [tf.concat([floats(2, 3), floats(2)], 0)],
    concat_scalars=lambda tf: [tf.concat([1.0, 2.0], 0)],
    concat_bad_axis=lambda tf: [tf.concat([floats(2, 3), floats(2, 3)], 2)],
    concat_vector_axis=lambda tf: [tf.concat([floats(2, 3)], [0])],
    split_number=lambda tf: tf.split(floats(4, 6), 2) + tf.split(floats(4, 6), 3, axis=-1),
    split_sizes=lambda tf: tf.split(floats(4, 6), [1, 2, 3], 1) + tf.split(floats(4), [1, -1]),
    split_strings=lambda tf: tf.split(tf.constant(["a", "b"]), 2),
    split_not_even=lambda tf: tf.split(floats(4, 6), 3),
    split_wrong_sizes=lambda tf: tf.split(floats(4, 6), [1, 2], 0),
    split_scalar_tensor=lambda tf: tf.split(floats(4, 6), tf.constant(2)),
    split_dimension=lambda tf: tf.split(floats(4, 6), tf.Dimension(2)),
)


@case
def stack_dynamic(tf):
    x, feed = fed(tf, floats(2, 3), [None, 3])
    y, more = fed(tf, floats(2, 3), None)
    feed.update(more)
    return [
        tf.stack([x, x]),
        tf.stack([x, y], 1),
        tf.stack([y, y], -1),
        tf.stack([1, tf.size(x)]),
    ], feed


@case
def stack_wrong_at_run_time(tf):
    x, feed = fed(tf, floats(2, 3), None)
    y, more = fed(tf, floats(3, 3), None)
    feed.update(more)
    return [tf.stack([x, y])], feed


@case
def stack_gradient(tf):
    x, feed = fed(tf, floats(2, 3))
    y, more = fed(tf, floats(2, 3))
    feed.update(more)
    return grad_of(tf, tf.stack([x, y, x], 1), [x, y], feed)


@case
def unstack_gradient(tf):
    x, feed = fed(tf, floats(3, 2), [3, None])
    a, b, c = tf.unstack(x)
    return grad_of(tf, a * 2 + c, [x], feed)


@case
def unstack_partial_gradient(tf):
    x, feed = fed(tf, floats(3, 2), [None, 2])
    a, b = tf.unstack(x, axis=1)
    return grad_of(tf, a, [x], feed)


@case
def unstack_wrong_at_run_time(tf):
    x, feed = fed(tf, floats(3, 2), None)
    return tf.unstack(x, num=2), feed


@case
def concat_dynamic(tf):
    x, feed = fed(tf, floats(2, 3), [None, 3])
    y, more = fed(tf, floats(2, 3), None)
    axis, last = fed(tf, np.int32(1))
    feed.update(more)
    feed.update(last)
    return [
        tf.concat([x, floats(1, 3)], 0),
        tf.concat([x, floats(2, 1)], 1),
        tf.concat([x, y], 1),
        tf.concat([y, y], 0),
        tf.concat([x, x], axis),
        tf.concat([x, y], -1),
    ], feed


@case
def concat_wrong_at_run_time(tf):
    x, feed = fed(tf, floats(2, 3), None)
    y, more = fed(tf, floats(3, 2), None)
    feed.update(more)
    return [tf.concat([x, y], 0)], feed


@case
def concat_wrong_rank_at_run_time(tf):
    x, feed = fed(tf, floats(2, 3), None)
    y, more = fed(tf, floats(3), None)
    feed.update(more)
    return [tf.concat([x, y], 0)], feed


@case
def concat_gradient(tf):
    x, feed = fed(tf, floats(2, 3))
    y, more = fed(tf, floats(2, 2))
    feed.update(more)
    return grad_of(tf, tf.concat([x, y], 1), [x, y], feed)


@case
def concat_gradient_dynamic(tf):
    x, feed = fed(tf, floats(2, 3), [None, 3])
    y, more = fed(tf, floats(4, 3), [None, 3])
    feed.update(more)
    return grad_of(tf, tf.concat([x, y], -2), [x, y], feed)


@case
def concat_gradient_many(tf):
    x, feed = fed(tf, floats(2, 3))
    return grad_of(tf, tf.concat([x] * 17, 1), [x], feed)


@case
def concat_gradient_slices(tf):
    x, feed = fed(tf, floats(4, 3))
    y, more = fed(tf, floats(2, 3))
    feed.update(more)
    z = tf.gather(tf.concat([x, y], 0), [0, 5, 0])
    return grad_of(tf, z, [x, y], feed)


@case
def concat_gradient_slices_inner(tf):
    x, feed = fed(tf, floats(4, 3))
    y, more = fed(tf, floats(4, 2))
    feed.update(more)
    z = tf.gather(tf.concat([x, y], 1), [0, 3, 0])
    return grad_of(tf, z, [x, y], feed)


@case
def split_dynamic(tf):
    x, feed = fed(tf, floats(4, 6), [None, 6])
    y, more = fed(tf, floats(4, 6), None)
    s, last = fed(tf, np.array([1, 3], np.int32))
    feed.update(more)
    feed.update(last)
    return tf.split(x, 2) + tf.split(x, 2, 1) + tf.split(y, 2, -1) + tf.split(y, s), feed


@case
def split_wrong_at_run_time(tf):
    x, feed = fed(tf, floats(4, 6), None)
    return tf.split(x, 3), feed


@case
def split_sizes_wrong_at_run_time(tf):
    x, feed = fed(tf, floats(4, 6), None)
    return tf.split(x, [2, 3]), feed


@case
def split_gradient(tf):
    x, feed = fed(tf, floats(4, 6))
    a, b = tf.split(x, 2, 1)
    c, d = tf.split(x, [1, 3], 0)
    return grad_of(tf, a * b + c[:, :3], [x], feed)


@case
def split_partial_gradient(tf):
    x, feed = fed(tf, floats(4, 6), [None, 6])
    return grad_of(tf, tf.split(x, 3, 1)[1], [x], feed)


# Slices.

simple(
    slice_static=lambda tf: [
        tf.slice(floats(3, 4), [1, 0], [2, 3]),
        tf.slice(floats(3, 4), [1, 2], [-1, -1]),
    ],
    slice_strings=lambda tf: [tf.slice(tf.constant(["a", "b", "c"]), [1], [1])],
    slice_int64=lambda tf: [tf.slice(floats(3), tf.constant([1], tf.int64), [2])],
    slice_too_large=lambda tf: [tf.slice(floats(3, 4), [1, 0], [3, 3])],
    slice_begin_too_large=lambda tf: [tf.slice(floats(3, 4), [4, 0], [-1, 3])],
    slice_rank=lambda tf: [tf.slice(floats(3, 4), [1], [1])],
    getitem=lambda tf: [
        tf.constant(floats(4, 5, 6))[key]
        for key in (
            0,
            -1,
            slice(1, 3),
            slice(None, None, -1),
            slice(None, None, 2),
            (slice(None), 2),
            (slice(1, None), slice(None, -1), slice(5, 0, -2)),
            Ellipsis,
            (Ellipsis, 0),
            (0, Ellipsis, slice(1, 2)),
            (None, 1),
            (Ellipsis, None),
            (slice(None), None, 0, None),
            (1, 2, 3),
            slice(10, 20),
            slice(-10, 2),
            slice(3, 1),
            (slice(None, None, -1), Ellipsis, slice(None, None, -1)),
        )
    ],
    getitem_strings=lambda tf: [
        tf.constant(["a", "b", "c"])[1],
        tf.constant(["a", "b", "c"])[::-1],
    ],
    getitem_empty_spec=lambda tf: [tf.constant(floats(2, 3))[()]],
    getitem_too_many=lambda tf: [tf.constant(floats(2, 3))[0, 0, 0]],
    getitem_out_of_range=lambda tf: [tf.constant(floats(2, 3))[2]],
    getitem_out_of_range_negative=lambda tf: [tf.constant(floats(2, 3))[:, -4]],
    getitem_zero_step=lambda tf: [tf.constant(floats(2, 3))[::0]],
    getitem_two_ellipses=lambda tf: [tf.constant(floats(2, 3))[..., ...]],
    getitem_float=lambda tf: [tf.constant(floats(2, 3))[1.0]],
    getitem_text=lambda tf: [tf.constant(floats(2, 3))["a"]],
    getitem_vector=lambda tf: [tf.constant(floats(2, 3))[tf.constant([0, 1])]],
    getitem_list=lambda tf: [tf.constant(floats(2, 3))[[0, 1]]],
    getitem_scalar=lambda tf: [tf.constant(1.0)[0]],
    getitem_mask=lambda tf: [
        tf.constant(floats(3, 2))[np.array([True, False, True])],
        tf.constant(floats(3, 2))[tf.constant([True, False, True])],
    ],
    getitem_tensor=lambda tf: [
        tf.constant(floats(3, 4))[tf.constant(1)],
        tf.constant(floats(3, 4))[tf.constant(1, tf.int64) :, : tf.constant(2)],
        tf.constant(floats(3, 4))[np.int64(1), np.int32(2)],
    ],
    strided_slice=lambda tf: [
        tf.strided_slice(floats(3, 4), [0, 1], [2, 4], [1, 2]),
        tf.strided_slice(floats(3, 4), [0, 1], [2, 4]),
        tf.strided_slice(floats(3, 4), [0, 1], [2, 4], shrink_axis_mask=1, end_mask=2),
        tf.strided_slice(floats(3, 4), [0, -1], [2, -4], [1, -1], begin_mask=2, name="part"),
    ],
    strided_slice_new_and_shrink=lambda tf: [
        tf.strided_slice(floats(3, 4), [0, 1], [2, 4], [1, 2], new_axis_mask=1, shrink_axis_mask=3)
    ],
    strided_slice_shrink_negative=lambda tf: [
        tf.strided_slice(floats(3, 4), [0], [2], [-1], shrink_axis_mask=1)
    ],
    strided_slice_assign_constant=lambda tf: [tf.constant(floats(3))[1:].assign([1.0, 2.0])],
)


@case
def slice_dynamic(tf):
    x, feed = fed(tf, floats(3, 4), [None, 4])
    n, more = fed(tf, np.int32(1))
    y, last = fed(tf, floats(3, 4), None)
    feed.update(more)
    feed.update(last)
    return [
        tf.slice(x, [1, 0], [-1, 2]),
        tf.slice(x, [n, 0], [1, -1]),
        tf.slice(x, [0, 1], [n, 2]),
        tf.slice(y, [0, 1], [2, 2]),
        tf.slice(y, tf.stack([n, n]), tf.stack([n, -1])),
        tf.slice(x, [0, 0], tf.shape(x)),
    ], feed


@case
def slice_wrong_at_run_time(tf):
    x, feed = fed(tf, floats(3, 4), None)
    return [tf.slice(x, [1, 0], [3, 3])], feed


@case
def slice_wrong_begin_at_run_time(tf):
    x, feed = fed(tf, floats(3, 4), None)
    return [tf.slice(x, [5, 0], [0, 3])], feed


@case
def slice_gradient(tf):
    x, feed = fed(tf, floats(3, 4), [None, 4])
    return grad_of(tf, tf.slice(x, [1, 1], [2, -1]), [x], feed)


@case
def getitem_dynamic(tf):
    x, feed = fed(tf, floats(3, 4), [None, 4])
    y, more = fed(tf, floats(3, 4), None)
    n, last = fed(tf, np.int32(2))
    feed.update(more)
    feed.update(last)
    return [
        x[0],
        x[:n],
        x[n],
        x[:, n:],
        x[:, :n],
        x[1:, 1:],
        x[:, -1],
        x[..., n],
        y[0],
        y[:, 1],
        y[..., 0],
        y[n:],
        x[:, None],
        x[::-1],
        x[:, ::n],
        x[-n:],
    ], feed


@case
def getitem_out_of_range_at_run_time(tf):
    x, feed = fed(tf, floats(3, 4), [None, 4])
    return [x[3]], feed


@case
def getitem_too_many_at_run_time(tf):
    x, feed = fed(tf, floats(3, 4), None)
    return [x[0, 0, 0]], feed


@case
def getitem_gradient(tf):
    x, feed = fed(tf, floats(3, 4), [None, 4])
    y = x[1:, ::-2]
    z = x[:, 1]
    return grad_of(tf, tf.concat([tf.reshape(y, [-1]), z], 0), [x], feed)


@case
def getitem_second_gradient(tf):
    x, feed = fed(tf, floats(3, 4))
    y = x[1:, :2]
    g = tf.gradients(y * y, x)[0]
    return [g, tf.gradients(g, x)[0]], feed
