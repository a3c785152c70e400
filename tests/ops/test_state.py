"""Updates of variables against NumPy's, which TensorFlow's own tests compare them with, too."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import evergraph as tf
from evergraph.graph.apply import apply_op

UPDATES = {
    "update": (tf.scatter_update, None),
    "add": (tf.scatter_add, np.add),
    "sub": (tf.scatter_sub, np.subtract),
    "mul": (tf.scatter_mul, np.multiply),
    "div": (tf.scatter_div, np.divide),
    "min": (tf.scatter_min, np.minimum),
    "max": (tf.scatter_max, np.maximum),
}
FEW = settings(max_examples=25, deadline=None)


def truncated(a: Any, b: Any) -> Any:
    """C++ division of integers."""
    return np.trunc(np.true_divide(a, b)).astype(np.asarray(a).dtype)


def expected_rows(
    value: np.ndarray, indices: np.ndarray, updates: np.ndarray, how: str
) -> np.ndarray:
    result = value.copy()
    for i, update in zip(
        indices.reshape(-1), updates.reshape((indices.size, *value.shape[1:])), strict=True
    ):
        if how == "update":
            result[i] = update
        elif how == "div" and value.dtype.kind == "i":
            result[i] = truncated(result[i], update)
        else:
            result[i] = UPDATES[how][1](result[i], update)
    return result


@FEW
@given(
    how=st.sampled_from(sorted(UPDATES)),
    dtype=st.sampled_from(["float32", "float64", "int32", "int64"]),
    rows=st.integers(1, 4),
    inner=st.lists(st.integers(0, 3), max_size=2),
    index_shape=st.lists(st.integers(0, 4), max_size=2),
    use_resource=st.booleans(),
    seed=st.integers(0, 100),
)
def test_scatter_rows(
    how: str,
    dtype: str,
    rows: int,
    inner: list[int],
    index_shape: list[int],
    use_resource: bool,
    seed: int,
) -> None:
    rng = np.random.RandomState(seed)
    value = (rng.randn(rows, *inner) * 9).astype(dtype)
    indices = rng.randint(0, rows, index_shape).astype(rng.choice(["int32", "int64"]))
    updates = (rng.randint(1, 9, (*index_shape, *inner)) * rng.choice([1, -1])).astype(dtype)
    with tf.Graph().as_default(), tf.Session() as sess:
        v = tf.Variable(value, use_resource=use_resource)
        sess.run(v.initializer)
        found = sess.run(UPDATES[how][0](v, indices, updates))
        again = sess.run(v)
    np.testing.assert_allclose(
        found, expected_rows(value, indices, updates, how), rtol=1e-5, atol=1e-5
    )
    np.testing.assert_array_equal(found, again)


@FEW
@given(
    how=st.sampled_from(["update", "add", "sub"]),
    shape=st.lists(st.integers(1, 3), min_size=1, max_size=3),
    count=st.integers(0, 5),
    use_resource=st.booleans(),
    data=st.data(),
)
def test_scatter_slices(
    how: str, shape: list[int], count: int, use_resource: bool, data: st.DataObject
) -> None:
    depth = data.draw(st.integers(1, len(shape)))
    rng = np.random.RandomState(count)
    value = rng.randint(-9, 9, shape).astype(np.float32)
    indices = np.array([[rng.randint(s) for s in shape[:depth]] for _ in range(count)], np.int32)
    indices = indices.reshape(count, depth)
    updates = rng.randint(-9, 9, (count, *shape[depth:])).astype(np.float32)
    expected = value.copy()
    for index, update in zip(indices, updates, strict=True):
        at = tuple(index)
        expected[at] = {
            "update": update,
            "add": expected[at] + update,
            "sub": expected[at] - update,
        }[how]
    function = {
        "update": tf.scatter_nd_update,
        "add": tf.scatter_nd_add,
        "sub": tf.scatter_nd_sub,
    }[how]
    with tf.Graph().as_default(), tf.Session() as sess:
        v = tf.Variable(value, use_resource=use_resource)
        sess.run(v.initializer)
        np.testing.assert_array_equal(sess.run(function(v, indices, updates)), expected)


slices = st.builds(
    slice,
    st.none() | st.integers(-4, 4),
    st.none() | st.integers(-4, 4),
    st.none() | st.sampled_from([1, 2, -1, -2]),
)


@FEW
@given(index=st.tuples(slices | st.integers(0, 2), slices), use_resource=st.booleans())
def test_assignment_to_slices(index: tuple[Any, ...], use_resource: bool) -> None:
    value = np.arange(12, dtype=np.int32).reshape(3, 4)
    expected = value.copy()
    part = np.random.RandomState(0).randint(100, 200, expected[index].shape).astype(np.int32)
    expected[index] = part
    with tf.Graph().as_default(), tf.Session() as sess:
        v = tf.Variable(value, use_resource=use_resource)
        sess.run(v.initializer)
        np.testing.assert_array_equal(sess.run(v[index].assign(part)), expected)


@pytest.mark.parametrize("use_resource", [False, True])
def test_what_was_fetched_stays(use_resource: bool) -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        v = tf.Variable(tf.zeros([3]), use_resource=use_resource)
        updates = [
            tf.assign_add(v, [1.0, 2.0, 3.0]),
            tf.scatter_add(v, [0], [5.0]),
            v[1:].assign([7.0, 8.0]),
            tf.assign(v, [9.0, 9.0, 9.0]),
        ]
        sess.run(v.initializer)
        fetched, copies = [], []
        for update in updates:
            fetched += sess.run([v, update])
            fetched.append(sess.run(v))
            copies += [np.array(x) for x in fetched[-3:]]
        for value, copied in zip(fetched, copies, strict=True):
            np.testing.assert_array_equal(value, copied)


def test_a_constant_is_not_written() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        start = tf.constant([1.0, 2.0])
        v, w = tf.Variable(start), tf.Variable(start)
        sess.run(tf.global_variables_initializer())
        sess.run(tf.assign_add(v, [5.0, 5.0]))
        sess.run(tf.assign(w, v))
        sess.run(tf.assign_add(v, [1.0, 1.0]))
        assert sess.run([start, v, w])[0].tolist() == [1.0, 2.0]
        assert sess.run(w).tolist() == [6.0, 7.0]


def test_scalars_stay_of_their_type() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        for dtype in ("int32", "int64", "float16", "float32", "float64"):
            v = tf.Variable(np.asarray(3, dtype))
            sess.run(v.initializer)
            value = sess.run(tf.assign_sub(v, np.asarray(1, dtype)))
            assert (value, value.dtype) == (2, np.dtype(dtype))


def test_temporary_variable() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        ref = apply_op("TemporaryVariable", shape=[2], dtype=tf.float32, var_name="t")
        ref = tf.assign_add(tf.assign(ref, [4.0, 5.0]), [6.0, 7.0])
        value = apply_op("DestroyTemporaryVariable", ref, var_name="t")
        for _ in range(2):
            assert sess.run(value).tolist() == [10.0, 12.0]


@pytest.mark.parametrize("use_resource", [False, True])
def test_updates_from_a_variables_own_parts(use_resource: bool) -> None:
    # The values that TensorFlow 1.15 gives.
    updates: list[tuple[Any, list[float]]] = [
        (lambda v, q: v[:3].assign(v[1:4]), [1, 2, 3, 3]),
        (lambda v, q: v[1:4].assign(v[:3]), [0, 0, 1, 2]),
        (lambda v, q: tf.assign_sub(v, tf.broadcast_to(v[1], [4])), [-1, 0, 1, 2]),
        (lambda v, q: tf.scatter_add(v, [1, 2], v[:2]), [0, 1, 3, 3]),
        (lambda v, q: tf.scatter_update(v, [1, 2], v[:2]), [0, 0, 1, 3]),
        (lambda v, q: tf.scatter_nd_sub(v, [[1], [2]], v[:2]), [0, 1, 1, 3]),
        (lambda v, q: tf.assign(q, tf.transpose(q)), [0, 2, 1, 3]),
        (lambda v, q: tf.assign_add(q, tf.transpose(q)), [0, 3, 3, 6]),
        (lambda v, q: tf.scatter_update(q, [1], q[:1]), [0, 1, 0, 1]),
    ]
    for make, expected in updates:
        with tf.Graph().as_default(), tf.Session() as sess:
            v = tf.Variable([0.0, 1.0, 2.0, 3.0], use_resource=use_resource)
            q = tf.Variable([[0.0, 1.0], [2.0, 3.0]], use_resource=use_resource)
            update = make(v, q)
            sess.run(tf.global_variables_initializer())
            sess.run(update)
            found = [sess.run(x).ravel().tolist() for x in (v, q)]
            assert expected in found
