"""Elements by index, choices, wider and rearranged tensors."""

import numpy as np
from case_tools import Cases, fed, floats, grad_of, ints

CASES = Cases()
case, simple = CASES.case, CASES.simple

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
