"""Cases for ops on arrays: each builds tensors with the module it is given, TensorFlow's or ours.

A case is `name: function(tf)` that returns the tensors to run, and perhaps a feed. Names of one
family begin alike. Both an old and a new Python read this file.
"""

import numpy as np

CASES = {}


def case(function):
    """Registers a case under its function's name."""
    CASES[function.__name__] = function
    return function


def simple(**functions):
    """Registers many short cases."""
    CASES.update(functions)


def floats(*shape):
    """Numbers 1, 2, ... in a shape; not square where it can be helped."""
    return np.arange(1, 1 + int(np.prod(shape)), dtype=np.float32).reshape(shape)


def ints(*shape):
    return np.arange(int(np.prod(shape)), dtype=np.int32).reshape(shape)


def fed(tf, value, shape="same", name=None):
    """A placeholder with less known of its shape than the value has, and the feed."""
    value = np.asarray(value)
    dims = value.shape if shape == "same" else shape
    x = tf.placeholder(value.dtype.type, dims, name=name)
    return x, {x: value}


def grad_of(tf, y, xs, feed=None):
    """The result, and the gradients of a weighted sum of it."""
    weights = tf.cast(tf.reshape(tf.range(tf.size(y)), tf.shape(y)), y.dtype)
    return [y] + list(tf.gradients(y * (weights + 1), xs)), feed or {}


# Shapes.

simple(
    shape_static=lambda tf: [tf.shape(tf.constant(floats(2, 3)))],
    shape_int64=lambda tf: [tf.shape(tf.constant(floats(2, 3)), out_type=tf.int64)],
    size_static=lambda tf: [tf.size(tf.constant(floats(2, 3)))],
    size_zero=lambda tf: [tf.size(tf.placeholder(tf.float32, [None, 0]))],
    rank_static=lambda tf: [tf.rank(tf.constant(floats(2, 3)))],
    shape_n=lambda tf: tf.shape_n([floats(2, 3), floats(4)]),
    reshape_wrong_static=lambda tf: [tf.reshape(floats(2, 3), [4])],
    reshape_two_unknown=lambda tf: [tf.reshape(floats(2, 3), [-1, -1])],
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
    return [tf.ensure_shape(x, [None, 2]), tf.ensure_shape(x, [3, 4])], feed


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


# By index.

simple(
    gather_static=lambda tf: [
        tf.gather(floats(3, 4), [2, 0]),
        tf.gather(floats(3, 4), 1),
        tf.gather(floats(3, 4), [[0, 1], [2, 2]], axis=1),
        tf.gather(floats(3, 4), tf.constant([1], tf.int64), axis=-1),
        tf.gather(tf.constant(["a", "b"]), [1, 0, 1]),
        tf.gather(floats(2, 3), tf.zeros([0, 2], tf.int32)),
    ],
    gather_out_of_range=lambda tf: [tf.gather(floats(3, 4), [1, 5])],
    gather_out_of_range_matrix=lambda tf: [tf.gather(floats(3, 4), [[1, 2], [-1, 0]], axis=1)],
    gather_out_of_range_scalar=lambda tf: [tf.gather(floats(3, 4), 3)],
    gather_scalar_params=lambda tf: [tf.gather(1.0, [0])],
    gather_bad_axis=lambda tf: [tf.gather(floats(3, 4), [0], axis=2)],
    gather_batch=lambda tf: [
        tf.gather(floats(2, 3, 4), [[0, 1], [2, 2]], batch_dims=1),
        tf.gather(floats(2, 3, 4), [[0, 1], [2, 2]], batch_dims=1, axis=2),
        tf.gather(floats(2, 3), [[2], [0]], batch_dims=-1),
    ],
    batch_gather=lambda tf: [tf.batch_gather(floats(2, 3, 4), [[0, 1], [2, 2]])],
    gather_nd_static=lambda tf: [
        tf.gather_nd(floats(3, 4), [[0, 1], [2, 3]]),
        tf.gather_nd(floats(3, 4), [[1], [0]]),
        tf.gather_nd(floats(3, 4), [2, 2]),
        tf.gather_nd(floats(3, 4), [[[0, 1]], [[2, 3]]]),
        tf.gather_nd(tf.constant([["a", "b"]]), [[0, 1]]),
        tf.gather_nd(floats(3, 4), tf.zeros([2, 0], tf.int32)),
    ],
    gather_nd_out_of_range=lambda tf: [tf.gather_nd(floats(3, 4), [[0, 1], [3, 1]])],
    gather_nd_too_deep=lambda tf: [tf.gather_nd(floats(3, 4), [[0, 1, 2]])],
    gather_nd_batch=lambda tf: [tf.gather_nd(floats(2, 3, 4), [[0], [2]], batch_dims=1)],
    scatter_nd_static=lambda tf: [
        tf.scatter_nd([[1], [3], [1]], [1.0, 2.0, 3.0], [5]),
        tf.scatter_nd([[0, 1], [2, 3]], [5, 6], [3, 4]),
        tf.scatter_nd([[2]], floats(1, 4), [3, 4]),
    ],
    scatter_nd_out_of_range=lambda tf: [tf.scatter_nd([[1], [5]], [1.0, 2.0], [5])],
    scatter_nd_mismatch=lambda tf: [tf.scatter_nd([[1], [3]], [1.0, 2.0, 3.0], [5])],
    scatter_nd_inner_mismatch=lambda tf: [tf.scatter_nd([[1]], floats(1, 3), [5, 4])],
    tensor_scatter=lambda tf: [
        tf.tensor_scatter_update(floats(4), [[1], [3]], [9.0, 8.0]),
        tf.tensor_scatter_add(floats(4), [[1], [1]], [9.0, 8.0]),
        tf.tensor_scatter_sub(floats(2, 2), [[1]], floats(1, 2)),
        tf.tensor_scatter_update(tf.constant(["a", "b"]), [[1]], ["c"]),
    ],
    tensor_scatter_out_of_range=lambda tf: [tf.tensor_scatter_add(floats(4), [[4]], [9.0])],
    where_indices=lambda tf: [
        tf.where([True, False, True]),
        tf.where(np.array([[0, 1, 0], [2, 0, 0]])),
        tf.where([[False]]),
    ],
    where_select=lambda tf: [
        tf.where([True, False], floats(2), -floats(2)),
        tf.where([True, False], floats(2, 3), -floats(2, 3)),
        tf.where(True, floats(2, 3), -floats(2, 3)),
        tf.where([True, False], ["a", "b"], ["c", "d"]),
        tf.where(True, 1, 2),
    ],
    where_scalar=lambda tf: [tf.where(True)],
    where_one=lambda tf: [tf.where([True], [1.0])],
    where_mismatch=lambda tf: [tf.where([True, False], floats(2), floats(3))],
    where_condition_mismatch=lambda tf: [tf.where([True, False], floats(3, 2), floats(3, 2))],
    where_v2=lambda tf: [
        tf.where_v2([True, False], floats(2), 0.0),
        tf.where_v2([[True], [False]], floats(2, 3), floats(3)),
        tf.where_v2([True, False, True]),
    ],
    where_v2_mismatch=lambda tf: [tf.where_v2([True, False], floats(3), 0.0)],
    boolean_mask=lambda tf: [
        tf.boolean_mask(floats(3, 2), [True, False, True]),
        tf.boolean_mask(floats(3, 2), [[True, False], [False, True], [True, True]]),
        tf.boolean_mask(floats(3, 2), [False, True], axis=1),
    ],
    boolean_mask_scalar=lambda tf: [tf.boolean_mask(floats(3), True)],
    boolean_mask_mismatch=lambda tf: [tf.boolean_mask(floats(3), [True, False])],
    boolean_mask_unknown=lambda tf: [tf.boolean_mask(floats(3), tf.placeholder(tf.bool))],
    one_hot=lambda tf: [
        tf.one_hot([0, 2, -1, 5], 3),
        tf.one_hot([0, 2], 3, axis=0),
        tf.one_hot([[0, 2]], 3, axis=1),
        tf.one_hot(1, 3, on_value=5, off_value=-5),
        tf.one_hot([0], 2, on_value=True, off_value=False),
        tf.one_hot([0], 2, dtype=tf.int64),
        tf.one_hot([1], 2, on_value="on", off_value="off"),
        tf.one_hot(tf.constant([1], tf.uint8), 2, off_value=2.0),
    ],
    one_hot_bool=lambda tf: [tf.one_hot([0], 2, on_value=True)],
    one_hot_types=lambda tf: [tf.one_hot([0], 2, on_value=1.0, off_value=0)],
    one_hot_dtype=lambda tf: [tf.one_hot([0], 2, on_value=1.0, dtype=tf.int32)],
    one_hot_axis=lambda tf: [tf.one_hot([0], 2, axis=3)],
    one_hot_negative=lambda tf: [tf.one_hot([0], -2)],
    sequence_mask=lambda tf: [
        tf.sequence_mask([1, 3, 2]),
        tf.sequence_mask([1, 3, 2], 5),
        tf.sequence_mask([[1, 0]], 2, tf.float32),
        tf.sequence_mask(tf.constant([2], tf.int64), dtype=tf.int32),
    ],
    sequence_mask_vector=lambda tf: [tf.sequence_mask([1], [3])],
    unique=lambda tf: (
        list(tf.unique([3, 1, 3, 2, 1]))
        + list(tf.unique(tf.constant(["b", "a", "b"]), tf.int64))
        + list(tf.unique_with_counts([3.5, 1.0, 3.5]))
    ),
    unique_matrix=lambda tf: list(tf.unique([[3, 1]])),
    setdiff1d=lambda tf: (
        list(tf.setdiff1d([1, 2, 3, 4, 2], [2, 4]))
        + list(tf.setdiff1d(["a", "b"], ["b"], tf.int64))
    ),
    searchsorted=lambda tf: [
        tf.searchsorted([1.0, 3.0, 5.0], [0.0, 3.0, 6.0]),
        tf.searchsorted([1.0, 3.0, 5.0], [0.0, 3.0, 6.0], "right", tf.int64),
        tf.searchsorted([[1, 3], [2, 4]], [[3], [3]]),
    ],
    searchsorted_side=lambda tf: [tf.searchsorted([1.0], [0.0], "middle")],
    meshgrid=lambda tf: (
        tf.meshgrid([1, 2], [3, 4, 5]) + tf.meshgrid([1.0, 2], [3.0], [4.0, 5], indexing="ij")
    ),
    dynamic_partition=lambda tf: (
        tf.dynamic_partition(floats(4, 2), [0, 1, 0, 2], 4)
        + tf.dynamic_partition(["a", "b"], [1, 0], 2)
    ),
    dynamic_partition_bad=lambda tf: tf.dynamic_partition(floats(4, 2), [0, 1, 0, 2], 2),
    dynamic_partition_shapes=lambda tf: tf.dynamic_partition(floats(4, 2), [0, 1, 0], 2),
    dynamic_stitch=lambda tf: [
        tf.dynamic_stitch([[0, 2], [1]], [floats(2, 2), -floats(1, 2)]),
        tf.dynamic_stitch([2, [[0, 1]]], [floats(3), floats(1, 2, 3)]),
        tf.dynamic_stitch([[0, 0]], [["a", "b"]]),
    ],
    dynamic_stitch_mismatch=lambda tf: [
        tf.dynamic_stitch([[0, 2], [1]], [floats(2, 2), floats(1, 3)])
    ],
)


@case
def gather_dynamic(tf):
    x, feed = fed(tf, floats(3, 4), [None, 4])
    y, more = fed(tf, floats(3, 4), None)
    i, last = fed(tf, np.array([2, 0]), [None])
    feed.update(more)
    feed.update(last)
    axis = tf.placeholder_with_default(1, [])
    return [
        tf.gather(x, i),
        tf.gather(x, i, axis=1),
        tf.gather(y, i),
        tf.gather(y, i, axis=1),
        tf.gather(x, i, axis=axis),
        tf.gather_nd(x, tf.expand_dims(i, 1)),
        tf.gather_nd(y, [[1]]),
    ], feed


@case
def gather_gradient(tf):
    x, feed = fed(tf, floats(3, 4))
    y = tf.gather(x, [2, 0, 2])
    return grad_of(tf, y, [x], feed)


@case
def gather_gradient_dynamic(tf):
    x, feed = fed(tf, floats(3, 4), [None, 4])
    return grad_of(tf, tf.gather(x, [[2, 0], [2, 1]]), [x], feed)


@case
def gather_gradient_axis(tf):
    x, feed = fed(tf, floats(3, 4))
    return grad_of(tf, tf.gather(x, [2, 0, 2], axis=1), [x], feed)


@case
def gather_gradient_batch(tf):
    x, feed = fed(tf, floats(2, 3, 4))
    return grad_of(tf, tf.gather(x, [[0, 1], [2, 2]], batch_dims=1), [x], feed)


@case
def gather_nd_gradient(tf):
    x, feed = fed(tf, floats(3, 4))
    return grad_of(tf, tf.gather_nd(x, [[0, 1], [2, 3], [0, 1]]), [x], feed)


@case
def gather_nd_gradient_slices(tf):
    x, feed = fed(tf, floats(3, 4))
    return grad_of(tf, tf.gather_nd(x, [[1], [1]]), [x], feed)


@case
def scatter_nd_gradient(tf):
    x, feed = fed(tf, floats(2))
    return grad_of(tf, tf.scatter_nd([[1], [3]], x, [5]), [x], feed)


@case
def tensor_scatter_gradient(tf):
    x, feed = fed(tf, floats(4))
    u, more = fed(tf, floats(2))
    feed.update(more)
    y = tf.tensor_scatter_update(x, [[1], [3]], u) + tf.tensor_scatter_sub(x, [[0], [3]], u)
    return grad_of(tf, y + tf.tensor_scatter_add(x, [[0], [3]], u), [x, u], feed)


@case
def where_dynamic(tf):
    c, feed = fed(tf, np.array([True, False]), [None])
    x, more = fed(tf, floats(2, 3), [None, 3])
    y, last = fed(tf, floats(2, 3), None)
    feed.update(more)
    feed.update(last)
    return [tf.where(c), tf.where(c, x, x), tf.where(c, x, y), tf.where(c, y, y)], feed


@case
def where_gradient(tf):
    x, feed = fed(tf, floats(2, 3))
    y, more = fed(tf, floats(2, 3), [None, 3])
    feed.update(more)
    return grad_of(tf, tf.where([True, False], x, y), [x, y], feed)


@case
def where_v2_gradient(tf):
    x, feed = fed(tf, floats(2, 3))
    y, more = fed(tf, floats(3))
    feed.update(more)
    return grad_of(tf, tf.where_v2([[True], [False]], x, y), [x, y], feed)


@case
def boolean_mask_gradient(tf):
    x, feed = fed(tf, floats(3, 2), [None, 2])
    return grad_of(tf, tf.boolean_mask(x, [True, False, True]), [x], feed)


@case
def one_hot_dynamic(tf):
    i, feed = fed(tf, np.array([1, 0]), [None])
    n, more = fed(tf, np.int32(3))
    feed.update(more)
    return [tf.one_hot(i, n), tf.one_hot(i, 3), tf.one_hot(i, n, axis=0)], feed


@case
def dynamic_partition_gradient(tf):
    x, feed = fed(tf, floats(4, 2))
    a, b = tf.dynamic_partition(x, [0, 1, 0, 1], 2)
    return grad_of(tf, a * b, [x], feed)


@case
def dynamic_stitch_gradient(tf):
    x, feed = fed(tf, floats(2, 2))
    y, more = fed(tf, floats(1, 2))
    feed.update(more)
    return grad_of(tf, tf.dynamic_stitch([[0, 2], [1]], [x, y]), [x, y], feed)


# Wider and rearranged.

simple(
    pad=lambda tf: [
        tf.pad(floats(2, 3), [[1, 0], [0, 2]]),
        tf.pad(floats(2, 3), [[1, 0], [0, 2]], constant_values=7),
        tf.pad(floats(2, 3), [[1, 0], [2, 1]], "REFLECT"),
        tf.pad(floats(2, 3), [[2, 1], [3, 0]], "symmetric"),
        tf.pad(ints(3), tf.constant([[1, 1]], tf.int64)),
        tf.pad(floats(2, 3) > 2, [[1, 0], [0, 2]]),
    ],
    pad_negative=lambda tf: [tf.pad(floats(2, 3), [[1, -1], [0, 2]])],
    pad_rank=lambda tf: [tf.pad(floats(2, 3), [[1, 1]])],
    pad_mode=lambda tf: [tf.pad(floats(2, 3), [[1, 1], [0, 0]], "WRAP")],
    pad_reflect_large=lambda tf: [tf.pad(floats(2, 3), [[2, 1], [0, 0]], "REFLECT")],
    pad_symmetric_large=lambda tf: [tf.pad(floats(2, 3), [[3, 1], [0, 0]], "SYMMETRIC")],
    tile=lambda tf: [
        tf.tile(floats(2, 3), [2, 1]),
        tf.tile([1, 2], [3]),
        tf.tile(["a"], [2]),
        tf.tile(floats(2, 3), [0, 1]),
        tf.tile(1.0, tf.zeros([0], tf.int32)),
    ],
    tile_rank=lambda tf: [tf.tile(floats(2, 3), [2])],
    tile_negative=lambda tf: [tf.tile(floats(2, 3), [2, -1])],
    repeat=lambda tf: [
        tf.repeat([1, 2], 3),
        tf.repeat([[1, 2], [3, 4]], [1, 2], axis=0),
        tf.repeat([[1, 2], [3, 4]], 2, axis=1),
        tf.repeat(5, 2),
    ],
    diag=lambda tf: [tf.diag([1, 2, 3]), tf.diag(floats(2, 2)), tf.diag_part(floats(3, 3))],
    diag_part_bad=lambda tf: [tf.diag_part(floats(2, 3))],
    matrix_diag=lambda tf: [
        tf.matrix_diag(floats(2, 3)),
        tf.matrix_diag_part(floats(2, 3, 4)),
        tf.matrix_set_diag(floats(2, 3, 4), -floats(2, 3)),
        tf.matrix_band_part(floats(2, 4, 3), 1, 0),
        tf.matrix_band_part(floats(3, 4), -1, 1),
        tf.matrix_band_part(floats(3, 4), 0, -1),
    ],
    matrix_set_diag_bad=lambda tf: [tf.matrix_set_diag(floats(2, 3, 4), floats(2, 4))],
    matrix_diag_scalar=lambda tf: [tf.matrix_diag(1.0)],
    matrix_band_part_bad=lambda tf: [tf.matrix_band_part(floats(2, 3), 5, 0)],
    space_to_batch=lambda tf: [
        tf.space_to_batch(floats(1, 4, 2, 2), [[0, 0], [0, 0]], 2),
        tf.space_to_batch_nd(floats(2, 3, 5), [2, 2], [[1, 0], [1, 0]]),
        tf.space_to_batch_nd(floats(2, 4, 3), [2], [[0, 0]]),
        tf.batch_to_space(floats(4, 2, 1, 3), [[0, 1], [1, 0]], 2),
        tf.batch_to_space_nd(floats(4, 2, 3), [2, 2], [[0, 1], [1, 0]]),
    ],
    space_to_batch_not_even=lambda tf: [tf.space_to_batch(floats(1, 3, 2, 2), [[0, 0], [0, 0]], 2)],
    batch_to_space_not_even=lambda tf: [tf.batch_to_space(floats(3, 2, 2, 2), [[0, 0], [0, 0]], 2)],
    space_to_depth=lambda tf: [
        tf.space_to_depth(floats(1, 4, 2, 3), 2),
        tf.depth_to_space(floats(1, 2, 1, 8), 2),
    ],
    space_to_depth_not_even=lambda tf: [tf.space_to_depth(floats(1, 3, 2, 3), 2)],
    required_paddings=lambda tf: (
        list(tf.required_space_to_batch_paddings([5, 6], [2, 4]))
        + list(tf.required_space_to_batch_paddings([5, 6], [2, 4], [[1, 0], [0, 1]]))
    ),
)


@case
def pad_dynamic(tf):
    x, feed = fed(tf, floats(2, 3), [None, 3])
    y, more = fed(tf, floats(2, 3), None)
    n, last = fed(tf, np.int32(2))
    feed.update(more)
    feed.update(last)
    return [
        tf.pad(x, [[1, 1], [2, 2]]),
        tf.pad(x, [[0, n], [1, 1]]),
        tf.pad(y, [[1, 1], [2, 2]]),
        tf.pad(x, [[1, 1], [n, 0]], constant_values=1.5),
        tf.pad(x, [[1, 1], [2, 2]], "REFLECT"),
    ], feed


@case
def pad_gradient(tf):
    x, feed = fed(tf, floats(2, 3), [None, 3])
    return grad_of(
        tf, tf.pad(x, [[1, 0], [0, 2]]) + tf.pad(x, [[1, 0], [0, 2]], constant_values=1), [x], feed
    )


@case
def mirror_pad_gradient(tf):
    x, feed = fed(tf, floats(3, 4))
    y = tf.pad(x, [[2, 1], [0, 3]], "REFLECT")
    return grad_of(tf, y, [x], feed)


@case
def symmetric_pad_gradient(tf):
    x, feed = fed(tf, floats(3, 4))
    return grad_of(tf, tf.pad(x, [[2, 3], [4, 0]], "SYMMETRIC"), [x], feed)


@case
def tile_dynamic(tf):
    x, feed = fed(tf, floats(2, 3), [None, 3])
    n, more = fed(tf, np.int32(2))
    feed.update(more)
    return [tf.tile(x, [2, 2]), tf.tile(x, [n, 1]), tf.tile(x, tf.stack([1, n]))], feed


@case
def tile_gradient(tf):
    x, feed = fed(tf, floats(2, 3), [None, 3])
    return grad_of(tf, tf.tile(x, [2, 3]), [x], feed)


@case
def diag_gradient(tf):
    x, feed = fed(tf, floats(3))
    return grad_of(tf, tf.diag_part(tf.diag(x) * 2), [x], feed)


@case
def matrix_diag_gradient(tf):
    x, feed = fed(tf, floats(2, 3))
    return grad_of(tf, tf.matrix_diag_part(tf.matrix_diag(x) * 2), [x], feed)


@case
def matrix_diag_part_gradient(tf):
    x, feed = fed(tf, floats(2, 3, 4))
    return grad_of(tf, tf.matrix_diag_part(x), [x], feed)


@case
def matrix_set_diag_gradient(tf):
    x, feed = fed(tf, floats(2, 3, 4))
    d, more = fed(tf, floats(2, 3))
    feed.update(more)
    return grad_of(tf, tf.matrix_set_diag(x, d), [x, d], feed)


@case
def matrix_set_diag_gradient_dynamic(tf):
    x, feed = fed(tf, floats(2, 3, 4), [None, 3, None])
    d, more = fed(tf, floats(2, 3), [None, None])
    feed.update(more)
    return grad_of(tf, tf.matrix_set_diag(x, d), [x, d], feed)


@case
def matrix_band_part_gradient(tf):
    x, feed = fed(tf, floats(3, 4))
    return grad_of(tf, tf.matrix_band_part(x, 1, 0), [x], feed)


@case
def space_gradients(tf):
    x, feed = fed(tf, floats(1, 4, 2, 3))
    y = tf.space_to_batch(x, [[0, 0], [0, 0]], 2)
    z = tf.batch_to_space(y, [[0, 0], [0, 0]], 2)
    w = tf.depth_to_space(tf.space_to_depth(z, 2), 2)
    return grad_of(tf, w, [x], feed)
