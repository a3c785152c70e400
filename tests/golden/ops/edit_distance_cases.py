"""Edit distances."""

import numpy as np
from case_tools import Cases, fed

CASES = Cases()
case, simple = CASES.case, CASES.simple


def sparse(tf, values, shape=None, dtype=np.int32):
    """A sparse matrix of rows of different lengths."""
    indices = [[b, t] for b, row in enumerate(values) for t in range(len(row))]
    flat = [v for row in values for v in row]
    shape = shape or [len(values), max(map(len, values))]
    return tf.SparseTensor(np.array(indices, np.int64).reshape(-1, 2), np.array(flat, dtype), shape)


HYPOTHESIS = [[1, 2, 3], [], [4, 5, 6, 7], [2], []]
TRUTH = [[1, 3], [1], [4, 6, 5, 7, 8], [], []]


def distance(tf, hypothesis=HYPOTHESIS, truth=TRUTH, dtype=np.int32, **kwargs):
    return [
        tf.edit_distance(
            sparse(tf, hypothesis, dtype=dtype), sparse(tf, truth, dtype=dtype), **kwargs
        )
    ]


simple(
    plain=lambda tf: distance(tf),
    not_normalized=lambda tf: distance(tf, normalize=False, name="counted"),
    int64=lambda tf: distance(tf, dtype=np.int64),
    uint8=lambda tf: distance(tf, dtype=np.uint8),
    floats=lambda tf: distance(tf, dtype=np.float32),
    not_a_number=lambda tf: distance(tf, [[np.nan, 1]], [[np.nan, 1]], np.float32),
    strings=lambda tf: distance(tf, [["ab", "b"], ["c"]], [["b"], ["c", "c"]], object),
    other_sizes=lambda tf: distance(tf, HYPOTHESIS[:2], TRUTH),
    fewer_truths=lambda tf: distance(tf, HYPOTHESIS, TRUTH[:2]),
    empty=lambda tf: [tf.edit_distance(sparse(tf, [[], []], [2, 3]), sparse(tf, [[], []], [3, 1]))],
    not_sparse=lambda tf: [tf.edit_distance([[1]], sparse(tf, TRUTH))],
    truth_not_sparse=lambda tf: [tf.edit_distance(sparse(tf, TRUTH), [[1]])],
    other_types=lambda tf: [tf.edit_distance(sparse(tf, TRUTH), sparse(tf, TRUTH, dtype=np.int64))],
    ranks=lambda tf: [
        tf.edit_distance(sparse(tf, TRUTH), tf.SparseTensor([[0, 0, 0]], [1], [1, 1, 1]))
    ],
    rank_one=lambda tf: [
        tf.edit_distance(tf.SparseTensor([[0]], [1], [1]), tf.SparseTensor([[0]], [1], [1]))
    ],
)


@case
def long(tf):
    random = np.random.RandomState(0)
    rows = [[random.randint(0, 6, random.randint(0, 30)) for _ in range(8)] for _ in range(2)]
    return distance(tf, *rows) + distance(tf, *rows, normalize=False)


@case
def three_axes(tf):
    hypothesis = tf.SparseTensor([[0, 0, 0], [0, 1, 0], [2, 0, 0]], [1, 2, 3], [3, 2, 1])
    truth = tf.SparseTensor(
        [[0, 1, 0], [0, 1, 1], [1, 0, 0], [2, 0, 0], [2, 3, 0]], [1, 2, 3, 3, 4], [3, 4, 2]
    )
    return [tf.edit_distance(hypothesis, truth), tf.edit_distance(truth, hypothesis)]


@case
def unordered(tf):
    hypothesis = tf.SparseTensor([[1, 0], [0, 0], [2, 0]], [1, 2, 3], [3, 1])
    truth = tf.SparseTensor([[0, 0], [1, 0], [2, 0]], [2, 1, 3], [3, 1])
    return [tf.edit_distance(hypothesis, truth, normalize=False)]


@case
def unknown_shapes(tf):
    a, b = tf.sparse_placeholder(tf.int32), tf.sparse_placeholder(tf.int32)
    feed = {a: ([[0, 0], [0, 1]], [1, 2], [1, 2]), b: ([[0, 0], [1, 0]], [2, 1], [2, 1])}
    return [tf.edit_distance(a, b)], feed


@case
def ranks_at_run_time(tf):
    a, b = tf.sparse_placeholder(tf.int32), tf.sparse_placeholder(tf.int32)
    feed = {a: ([[0, 0], [0, 1]], [1, 2], [1, 2]), b: ([[0, 0, 0]], [2], [2, 1, 1])}
    return [tf.edit_distance(a, b)], feed


@case
def rank_one_at_run_time(tf):
    a, b = tf.sparse_placeholder(tf.int32), tf.sparse_placeholder(tf.int32)
    feed = {a: ([[0], [1]], [1, 2], [2]), b: ([[0]], [2], [2])}
    return [tf.edit_distance(a, b)], feed


@case
def columns_at_run_time(tf):
    shape, feed = fed(tf, np.int64([2, 3, 4]), None)
    a = tf.SparseTensor(tf.constant([[0, 0]], tf.int64), tf.constant([1]), shape)
    return [tf.edit_distance(a, sparse(tf, TRUTH))], feed
