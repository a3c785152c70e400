"""Sparse tensors and embeddings."""

import numpy as np
from case_tools import Cases, fed, floats, grad_of

CASES = Cases()
case, simple = CASES.case, CASES.simple


def some(tf, values=(1.0, 2.0, 3.0), shape=(2, 3)):
    return tf.SparseTensor([[0, 1], [1, 0], [1, 2]], list(values), list(shape))


def other(tf):
    return tf.SparseTensor([[0, 1], [0, 2]], [10.0, -20.0], [2, 3])


simple(
    to_dense=lambda tf: [
        tf.sparse_tensor_to_dense(some(tf)),
        tf.sparse.to_dense(some(tf, ["a", "b", "c"]), default_value=""),
        tf.sparse_to_dense([0, 3], [5], 1.5, -1.0),
        tf.sparse_to_dense(2, [5], 1.5),
        tf.sparse_to_dense([[0, 1], [0, 0]], [2, 2], [1, 2], validate_indices=False),
    ],
    to_dense_order=lambda tf: [tf.sparse_to_dense([[0, 1], [0, 0]], [2, 2], [1, 2])],
    to_dense_repeated=lambda tf: [tf.sparse_to_dense([[0, 1], [0, 1]], [2, 2], [1, 2])],
    to_dense_outside=lambda tf: [tf.sparse_to_dense([[0, 1], [0, 2]], [2, 2], [1, 2])],
    to_dense_count=lambda tf: [tf.sparse_to_dense([[0, 1]], [2, 2], [1, 2])],
    to_dense_rank=lambda tf: [tf.sparse_to_dense([[0, 1]], [2, 2, 2], [1])],
    not_sparse=lambda tf: [tf.sparse_tensor_to_dense(floats(2))],
    from_dense=lambda tf: [tf.sparse.from_dense([[0, 1, 0], [2, 0, 3]])],
    eye=lambda tf: [tf.sparse.eye(2, 3), tf.sparse.eye(2)],
    reorder=lambda tf: [
        tf.sparse_reorder(tf.SparseTensor([[1, 0], [0, 2], [0, 1]], [1, 2, 3], [2, 3]))
    ],
    reshape=lambda tf: [tf.sparse_reshape(some(tf), [3, -1]), tf.sparse_reshape(some(tf), [6])],
    reshape_wrong=lambda tf: [tf.sparse_reshape(some(tf), [4, 2])],
    transpose=lambda tf: [tf.sparse_transpose(some(tf)), tf.sparse_transpose(some(tf), [0, 1])],
    expand_dims=lambda tf: [tf.sparse.expand_dims(some(tf), 1), tf.sparse.expand_dims(some(tf))],
    concat=lambda tf: [
        tf.sparse_concat(1, [some(tf), other(tf)]),
        tf.sparse_concat(0, [some(tf), other(tf)]),
        tf.sparse_concat(0, [some(tf), some(tf, shape=(2, 5))], expand_nonconcat_dim=True),
        tf.sparse_concat(-1, [some(tf)]),
    ],
    concat_wrong=lambda tf: [tf.sparse_concat(0, [some(tf), some(tf, shape=(2, 4))])],
    split=lambda tf: tf.sparse_split(sp_input=some(tf), num_split=2, axis=1),
    split_positional=lambda tf: tf.sparse_split(some(tf), 2, 1),
    slice=lambda tf: [tf.sparse_slice(some(tf), [1, 0], [5, 2])],
    retain=lambda tf: [tf.sparse_retain(some(tf), [True, False, True])],
    reset_shape=lambda tf: [
        tf.sparse_reset_shape(some(tf)),
        tf.sparse_reset_shape(some(tf), [4, 4]),
    ],
    reset_shape_small=lambda tf: [tf.sparse_reset_shape(some(tf), [1, 4])],
    fill_empty_rows=lambda tf: list(tf.sparse_fill_empty_rows(some(tf, shape=(4, 3)), -1.0)),
    indicator=lambda tf: [
        tf.sparse_to_indicator(tf.SparseTensor([[0, 0], [1, 0]], [2, 0], [2, 1]), 4)
    ],
    merge=lambda tf: [
        tf.sparse_merge(
            tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [3, 1, 0], [2, 2]),
            tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [0.1, 0.2, 0.3], [2, 2]),
            5,
        )
    ],
    add=lambda tf: [
        tf.sparse_add(some(tf), other(tf)),
        tf.sparse_add(some(tf), other(tf), 4.0),
        tf.sparse_add(some(tf), floats(2, 3)),
        tf.sparse_add(floats(2, 3), some(tf)),
    ],
    add_wrong=lambda tf: [tf.sparse_add(some(tf), some(tf, shape=(2, 4)))],
    add_dense_wrong=lambda tf: [tf.sparse_add(some(tf), floats(2, 4))],
    matmul=lambda tf: [
        tf.sparse_tensor_dense_matmul(some(tf), floats(3, 2)),
        tf.sparse.matmul(some(tf), floats(2, 4), adjoint_a=True),
        tf.sparse.matmul(some(tf), floats(2, 3), adjoint_b=True),
    ],
    matmul_wrong=lambda tf: [tf.sparse_tensor_dense_matmul(some(tf), floats(4, 2))],
    reduce=lambda tf: [
        tf.sparse_reduce_sum(some(tf)),
        tf.sparse_reduce_sum(some(tf), 1),
        tf.sparse_reduce_sum(some(tf), [0], keepdims=True),
        tf.sparse_reduce_max(some(tf), -1),
        tf.sparse_reduce_sum_sparse(some(tf), 1),
        tf.sparse_reduce_sum_sparse(some(tf), 0, keepdims=True),
        tf.sparse_reduce_max_sparse(some(tf), 1),
    ],
    reduce_wrong=lambda tf: [tf.sparse_reduce_sum(some(tf), [1, 5])],
    cwise=lambda tf: [
        some(tf) * floats(2, 3),
        some(tf) / floats(3),
        some(tf) * 2.0,
    ],
    softmax=lambda tf: [tf.sparse_softmax(some(tf))],
    extremes=lambda tf: [
        tf.sparse_maximum(some(tf), other(tf)),
        tf.sparse_minimum(some(tf), other(tf)),
    ],
    mask=lambda tf: [
        tf.sparse_mask(tf.IndexedSlices(tf.constant(floats(3, 2)), tf.constant([1, 2, 5])), [2])
    ],
)


@case
def dynamic(tf):
    x = tf.sparse_placeholder(tf.float32, [None, None], name="x")
    feed = {x: ([[0, 1], [1, 0]], [1.0, 2.0], [2, 3])}
    return [
        tf.sparse_tensor_to_dense(x),
        tf.sparse_reshape(x, [-1]),
        tf.sparse_transpose(x),
        tf.sparse_reorder(x),
        tf.sparse_reduce_sum(x, 1),
        tf.sparse_tensor_dense_matmul(x, floats(3, 2)),
        tf.sparse_concat(1, [x, x]),
        tf.sparse_slice(x, [0, 0], [1, 2]),
    ], feed


def repeated(tf, dtype, empty=False):
    """Entries out of order, one of them twice; the last rows have none."""
    indices = np.array([[3, 1], [0, 2], [3, 1], [1, 0], [0, 0]], np.int64)[: 0 if empty else 5]
    values = np.array([1.5, 2.0, -3.0, 4.0, 0.5])[: len(indices)]
    return tf.SparseTensor(indices, tf.cast(tf.constant(values), dtype), [6, 3])


@case
def matmul_dtypes(tf):
    results = []
    for dtype in (tf.float32, tf.float64, tf.int32, tf.complex64):
        for empty in (False, True):
            a = repeated(tf, dtype, empty)
            b = tf.cast(tf.reshape(tf.range(6), [3, 2]), dtype)
            c = tf.cast(tf.reshape(tf.range(12), [6, 2]), dtype)
            results.append(tf.sparse_tensor_dense_matmul(a, b))
            results.append(tf.sparse_tensor_dense_matmul(a, c, adjoint_a=True))
    return [*results, tf.sparse_tensor_dense_matmul(repeated(tf, tf.float32), np.ones([3, 0], "f"))]


simple(
    matmul_outside=lambda tf: [
        tf.sparse_tensor_dense_matmul(some(tf, shape=(1, 3)), np.ones([3, 2], "f"))
    ],
    # Positions which have no one number below 2**63.
    add_far=lambda tf: [
        tf.sparse_add(
            tf.SparseTensor([[0, 0], [1 << 62, 5]], [1.0, 2.0], [(1 << 62) + 1, 1 << 61]),
            tf.SparseTensor([[0, 0], [1 << 61, 5]], [1.0, 2.0], [(1 << 62) + 1, 1 << 61]),
        )
    ],
    reduce_signs=lambda tf: [
        tf.sparse_reduce_sum(repeated(tf, tf.float32) * [[-0.0]], 0),
        tf.sparse_reduce_max(some(tf, (-1, -2, -7)), 1),
        tf.sparse_reduce_max_sparse(some(tf, (-1.0, -0.0, -7.0)), 0),
        tf.sparse_reduce_max_sparse(some(tf, (-1.0, -2.0, -7.0)), 1),
    ],
)


@case
def add_gradient(tf):
    """What falls below the threshold has no gradient."""
    a, feed = fed(tf, np.array([1.0, 2.0, -3.0], "f"))
    b, more = fed(tf, np.array([5.0, -1.0, 3.05], "f"))
    feed.update(more)
    sum_ = tf.sparse_add(
        tf.SparseTensor([[0, 1], [2, 0], [2, 2]], a, [3, 3]),
        tf.SparseTensor([[0, 0], [0, 1], [2, 2]], b, [3, 3]),
        0.1,
    )
    weights = tf.cast(tf.range(1, 1 + tf.size(sum_.values)), tf.float32)
    return [*tf.gradients(sum_.values * weights, [a, b]), sum_], feed


@case
def matmul_gradient(tf):
    v, feed = fed(tf, floats(3))
    b, more = fed(tf, floats(3, 2))
    feed.update(more)
    a = tf.SparseTensor([[0, 1], [1, 0], [1, 2]], v, [2, 3])
    return grad_of(tf, tf.sparse_tensor_dense_matmul(a, b), [v, b], feed)


@case
def math_gradients(tf):
    v, feed = fed(tf, floats(3))
    a = tf.SparseTensor([[0, 1], [1, 0], [1, 2]], v, [2, 3])
    y = tf.sparse_tensor_to_dense(tf.sparse_add(a, other(tf)))
    y += tf.sparse_tensor_to_dense(a * floats(3))
    y += tf.sparse_add(tf.zeros([2, 3]), tf.sparse_softmax(a))
    return grad_of(tf, y, [v], feed)


@case
def reduce_gradient(tf):
    v, feed = fed(tf, floats(3))
    a = tf.SparseTensor([[0, 1], [1, 0], [1, 2]], v, [2, 3])
    return grad_of(tf, tf.sparse_reduce_sum(a, 1), [v], feed)


@case
def slice_gradient(tf):
    v, feed = fed(tf, floats(3))
    a = tf.SparseTensor([[0, 1], [1, 0], [1, 2]], v, [2, 3])
    b = tf.sparse_slice(tf.sparse_reorder(a), [1, 0], [1, 3])
    return grad_of(tf, b.values, [v], feed)


@case
def fill_empty_rows_gradient(tf):
    v, feed = fed(tf, floats(3))
    d, more = fed(tf, np.float32(5))
    feed.update(more)
    a = tf.SparseTensor([[0, 1], [2, 0], [2, 2]], v, [4, 3])
    b, _ = tf.sparse_fill_empty_rows(a, d)
    return grad_of(tf, b.values, [v, d], feed)


# Embeddings.

simple(
    embedding=lambda tf: [
        tf.nn.embedding_lookup(floats(4, 2), [3, 0, 3]),
        tf.nn.embedding_lookup([floats(2, 2), -floats(2, 2)], [3, 0, 1]),
        tf.nn.embedding_lookup([floats(2, 2), -floats(1, 2)], [[2, 0, 1]], "div"),
        tf.nn.embedding_lookup(floats(4, 2), [3, 0], max_norm=1.0),
        tf.nn.embedding_lookup([floats(2, 2), -floats(2, 2)], [3, 0, 1], max_norm=1.0),
    ],
    embedding_none=lambda tf: [tf.nn.embedding_lookup([], [3])],
    embedding_strategy=lambda tf: [tf.nn.embedding_lookup([floats(2), floats(2)], [3], "x")],
    embedding_range=lambda tf: [tf.nn.embedding_lookup(floats(4, 2), [4])],
    embedding_combiner=lambda tf: [
        tf.nn.embedding_lookup_sparse(floats(4, 2), ids(tf), None, combiner="max")
    ],
    embedding_not_sparse=lambda tf: [tf.nn.embedding_lookup_sparse(floats(4, 2), [1], None)],
)


def ids(tf):
    return tf.SparseTensor([[0, 0], [0, 1], [2, 0]], tf.constant([1, 3, 0], tf.int64), [3, 2])


def weights(tf):
    return tf.SparseTensor([[0, 0], [0, 1], [2, 0]], [1.0, 0.5, 2.0], [3, 2])


@case
def embedding_sparse(tf):
    table = tf.constant(floats(4, 2))
    return [
        tf.nn.embedding_lookup_sparse(table, ids(tf), w, combiner=c)
        for w in (None, weights(tf))
        for c in ("sum", "mean", "sqrtn")
    ]


@case
def embedding_safe(tf):
    table = tf.constant(floats(4, 2))
    return [
        tf.nn.safe_embedding_lookup_sparse(table, ids(tf)),
        tf.nn.safe_embedding_lookup_sparse([table, table], ids(tf), weights(tf), "sum"),
        tf.nn.safe_embedding_lookup_sparse(table, ids(tf), weights(tf), default_id=2),
    ]


@case
def embedding_gradient(tf):
    x, feed = fed(tf, floats(4, 2))
    y, more = fed(tf, floats(4, 2))
    feed.update(more)
    z = tf.nn.embedding_lookup([x, y], [3, 0, 1, 3])
    return grad_of(tf, z, [x, y], feed)


@case
def embedding_sparse_gradient(tf):
    x, feed = fed(tf, floats(4, 2))
    return grad_of(tf, tf.nn.embedding_lookup_sparse(x, ids(tf), None, combiner="mean"), [x], feed)
