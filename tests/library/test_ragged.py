"""Ragged tensors: made in every way, taken apart, fed, fetched and converted."""

from typing import Any

import numpy as np
import pytest

import evergraph as tf
from evergraph.library.ragged import (
    ragged_array_ops,
    ragged_batch_gather_ops,
    ragged_concat_ops,
    ragged_gather_ops,
    ragged_math_ops,
    ragged_squeeze_op,
    ragged_where_op,
)

ROWS = [[3, 1, 4, 1], [], [5, 9, 2], [6], []]
VALUES = [3, 1, 4, 1, 5, 9, 2, 6]

MADE = {
    "from_row_splits": [0, 4, 4, 7, 8, 8],
    "from_row_lengths": [4, 0, 3, 1, 0],
    "from_row_starts": [0, 4, 4, 7, 8],
    "from_row_limits": [4, 4, 7, 8, 8],
}


@pytest.fixture(autouse=True)
def session():
    with tf.Graph().as_default(), tf.Session() as opened:
        yield opened


@pytest.mark.parametrize("name", MADE)
def test_factories(name: str, session: Any) -> None:
    made = getattr(tf.RaggedTensor, name)(VALUES, MADE[name])
    assert session.run(made).to_list() == ROWS
    assert made.ragged_rank == 1
    assert made.dtype == tf.int32
    assert made.row_splits.dtype == tf.int64


def test_value_rowids(session: Any) -> None:
    ids = [0, 0, 0, 0, 2, 2, 2, 3]
    made = tf.RaggedTensor.from_value_rowids(VALUES, ids, 5)
    assert session.run(made).to_list() == ROWS
    assert session.run(tf.ragged.constant(ROWS).value_rowids()).tolist() == ids
    with pytest.raises(ValueError, match="Expected nrows >= value_rowids"):
        tf.RaggedTensor.from_value_rowids(VALUES, ids, 3)


def test_parts(session: Any) -> None:
    rt = tf.ragged.constant(ROWS)
    assert rt.shape.as_list() == [5, None]
    parts = [rt.row_lengths(), rt.row_starts(), rt.row_limits(), rt.nrows(), rt.bounding_shape()]
    found = [np.asarray(v).tolist() for v in session.run(parts)]
    assert found == [[4, 0, 3, 1, 0], [0, 4, 4, 7, 8], [4, 4, 7, 8, 8], 5, [5, 4]]


def test_nested(session: Any) -> None:
    rows = [[[1, 2], []], [], [[3]]]
    rt = tf.ragged.constant(rows)
    assert rt.ragged_rank == 2
    assert session.run(rt).to_list() == rows
    assert session.run(rt.to_tensor(7)).tolist() == [
        [[1, 2], [7, 7]],
        [[7, 7], [7, 7]],
        [[3, 7], [7, 7]],
    ]
    inner = tf.ragged.constant([[[1, 2], [3, 4]], [[5, 6]]], ragged_rank=1)
    assert inner.shape.as_list() == [2, None, 2]


def test_dense_and_back(session: Any) -> None:
    rt = tf.ragged.constant(ROWS)
    dense = rt.to_tensor(-1)
    assert session.run(dense)[2].tolist() == [5, 9, 2, -1]
    assert session.run(tf.RaggedTensor.from_tensor(dense, padding=-1)).to_list() == ROWS
    lengths = tf.RaggedTensor.from_tensor(dense, lengths=[1, 0, 2, 1, 0])
    assert session.run(lengths).to_list() == [[3], [], [5, 9], [6], []]


def test_sparse_and_back(session: Any) -> None:
    rt = tf.ragged.constant(ROWS)
    sparse = rt.to_sparse()
    value = session.run(sparse)
    assert value.indices.tolist()[4:6] == [[2, 0], [2, 1]]
    assert value.dense_shape.tolist() == [5, 4]
    assert session.run(tf.RaggedTensor.from_sparse(sparse)).to_list() == ROWS


def test_feeding(session: Any) -> None:
    fed = tf.ragged.placeholder(tf.int32, 1)
    value = tf.ragged.constant_value(ROWS, dtype=np.int32)
    assert session.run(fed, {fed: value}).to_list() == ROWS
    assert session.run(fed.to_tensor(), {fed: value}).shape == (5, 4)


def test_checks_when_run(session: Any) -> None:
    splits = tf.placeholder(tf.int64, [None])
    rt = tf.RaggedTensor.from_row_splits(VALUES, splits)
    message = "Arguments to from_row_splits do not form a valid RaggedTensor"
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        session.run(rt, {splits: [0, 5, 3, 8]})


def test_spec() -> None:
    rt = tf.ragged.constant(ROWS)
    assert rt._type_spec == tf.RaggedTensorSpec([5, None], tf.int32, 1)


def test_segment_ids(session: Any) -> None:
    ids = tf.ragged.row_splits_to_segment_ids([0, 3, 3, 5])
    assert session.run(ids).tolist() == [0, 0, 0, 2, 2]
    splits = tf.ragged.segment_ids_to_row_splits([0, 0, 2], num_segments=4)
    assert session.run(splits).tolist() == [0, 2, 2, 3, 3]


@pytest.mark.parametrize("bad", [[[1], 2], [[1], [[]]], [[[1]], [2]]])
def test_uneven_depths(bad: Any) -> None:
    with pytest.raises(ValueError):
        tf.ragged.constant(bad)


def rows(session: Any, value: Any) -> Any:
    found = session.run(value)
    return found.to_list() if hasattr(found, "to_list") else np.asarray(found).tolist()


def test_reductions(session: Any) -> None:
    rt = tf.ragged.constant([[3, 1, 4], [1, 5], [9], [2, 6]])
    assert rows(session, ragged_math_ops.reduce_sum(rt, axis=0)) == [15, 12, 4]
    assert rows(session, ragged_math_ops.reduce_sum(rt, axis=1)) == [8, 6, 9, 8]
    assert rows(session, ragged_math_ops.reduce_max(rt, axis=1)) == [4, 5, 9, 6]
    assert rows(session, ragged_math_ops.reduce_mean(rt)) == 31 / 8
    truth = tf.ragged.constant([[True, True], [True, True, False, True], [False, True]])
    assert rows(session, ragged_math_ops.reduce_all(truth, axis=1)) == [True, False, False]


def test_ranges_and_masks(session: Any) -> None:
    assert rows(session, tf.ragged.range([3, 0, 2])) == [[0, 1, 2], [], [0, 1]]
    assert rows(session, tf.ragged.range([1, 5], [6, 0], [2, -2])) == [[1, 3, 5], [5, 3, 1]]
    data, mask = [[1, 2, 3], [4, 5, 6]], [[True, False, True], [False, False, True]]
    assert rows(session, tf.ragged.boolean_mask(data, mask)) == [[1, 3], [6]]
    squares = tf.ragged.map_flat_values(tf.square, tf.ragged.constant([[1, 2], [], [3]]))
    assert rows(session, squares) == [[1, 4], [], [9]]


def test_gather_and_join(session: Any) -> None:
    rt = tf.ragged.constant(ROWS)
    assert rows(session, ragged_gather_ops.gather(rt, [3, 0])) == [[6], [3, 1, 4, 1]]
    assert rows(session, ragged_gather_ops.gather_nd(rt, [[0, 2], [2, 1]])) == [4, 9]
    picked = ragged_batch_gather_ops.batch_gather(
        rt, tf.ragged.constant([[1], [], [0, 2], [0], []])
    )
    assert rows(session, picked) == [[1], [], [5, 2], [6], []]
    a, b = tf.ragged.constant([[1, 2], [3]]), tf.ragged.constant([[4], [5, 6]])
    assert rows(session, ragged_concat_ops.concat([a, b], axis=0)) == [[1, 2], [3], [4], [5, 6]]
    assert rows(session, ragged_concat_ops.concat([a, b], axis=1)) == [[1, 2, 4], [3, 5, 6]]
    assert rows(session, tf.ragged.stack([a, b])) == [[[1, 2], [3]], [[4], [5, 6]]]


def test_other_shapes(session: Any) -> None:
    rt = tf.ragged.constant([[1, 2], [3]])
    assert rows(session, ragged_array_ops.tile(rt, [1, 2])) == [[1, 2, 1, 2], [3, 3]]
    assert rows(session, ragged_array_ops.expand_dims(rt, 0)) == [[[1, 2], [3]]]
    assert rows(session, ragged_array_ops.size(rt)) == 3
    assert rows(session, ragged_array_ops.rank(rt)) == 2
    squeezed = ragged_squeeze_op.squeeze(tf.ragged.constant([[[1, 2], [3]]]), 0)
    assert rows(session, squeezed) == [[1, 2], [3]]
    chosen = ragged_where_op.where([True, False], rt, tf.ragged.constant([[4], [5, 6]]))
    assert rows(session, chosen) == [[1, 2], [5, 6]]
