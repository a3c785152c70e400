"""Properties of mathematical ops over many shapes: against NumPy, and static shapes against real
ones."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import evergraph as tf

SIZES = st.integers(0, 3)
FEW = settings(max_examples=40, deadline=None)


@st.composite
def broadcasting(draw: Any) -> tuple[np.ndarray, np.ndarray]:
    """Two arrays that broadcast to one another."""
    full = draw(st.lists(SIZES, max_size=4))
    shapes = []
    for _ in range(2):
        kept = full[draw(st.integers(0, len(full))) :]
        shapes.append([draw(st.sampled_from([n, 1])) for n in kept])
    seed = draw(st.integers(0, 1000))
    random = np.random.RandomState(seed)
    return tuple(random.uniform(0.5, 4, s).astype(np.float32) for s in shapes)  # type: ignore


BINARY = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "maximum": np.maximum,
    "pow": np.power,
    "less": np.less,
    "squared_difference": lambda x, y: np.square(x - y),
    "floormod": np.remainder,
}


@pytest.mark.parametrize("name", BINARY)
@FEW
@given(operands=broadcasting())
def test_broadcast(name: str, operands: Any) -> None:
    a, b = operands
    with tf.Graph().as_default(), tf.Session() as session:
        x, y = (tf.placeholder(tf.float32, v.shape) for v in (a, b))
        u, v = (tf.placeholder(tf.float32) for _ in "ab")
        known, unknown = (getattr(tf, name)(*pair) for pair in ((x, y), (u, v)))
        found, other = session.run([known, unknown], {x: a, y: b, u: a, v: b})
    expected = BINARY[name](a, b)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    # Scalars of known shape are NumPy's, whose power may differ from torch's in the last bit.
    if name == "pow":
        np.testing.assert_array_max_ulp(found, other, 1)
    else:
        np.testing.assert_array_equal(found, other)
    assert tuple(known.shape.as_list()) == expected.shape
    assert unknown.shape.ndims is None


@st.composite
def with_axes(draw: Any) -> tuple[np.ndarray, list[int], bool]:
    shape = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    axes = draw(st.lists(st.integers(-len(shape), len(shape) - 1), max_size=3))
    values = np.random.RandomState(draw(st.integers(0, 99))).uniform(-2, 2, shape)
    return values.astype(np.float32), axes, draw(st.booleans())


REDUCTIONS = {
    "reduce_sum": np.sum,
    "reduce_mean": np.mean,
    "reduce_prod": np.prod,
    "reduce_max": np.max,
    "reduce_min": np.min,
    "reduce_logsumexp": lambda x, axis, keepdims: np.log(
        np.sum(np.exp(x), axis=axis, keepdims=keepdims)
    ),
}


@pytest.mark.parametrize("name", REDUCTIONS)
@FEW
@given(case=with_axes())
def test_reduction(name: str, case: Any) -> None:
    values, axes, keep = case
    reduce = getattr(tf, name)
    every = tuple({a % values.ndim for a in axes})
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, values.shape)
        fed = tf.placeholder(tf.int32, [None])
        known, dynamic = (reduce(x, a, keepdims=keep) for a in (axes, fed))
        found, other = session.run([known, dynamic], {x: values, fed: axes})
    expected = REDUCTIONS[name](values, axis=every, keepdims=keep)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(other, expected, rtol=1e-4, atol=1e-5)
    assert tuple(known.shape.as_list()) == np.shape(expected)


@FEW
@given(
    batch=st.lists(st.integers(1, 3), max_size=2),
    sizes=st.tuples(SIZES, SIZES, SIZES),
    flags=st.tuples(st.booleans(), st.booleans()),
)
def test_matmul(batch: list[int], sizes: Any, flags: Any) -> None:
    n, k, m = sizes
    random = np.random.RandomState(n + 4 * k + 16 * m)
    a = random.uniform(-1, 1, [*batch, n, k]).astype(np.float32)
    b = random.uniform(-1, 1, [k, m]).astype(np.float32)
    x = np.swapaxes(a, -1, -2) if flags[0] else a
    y = b.T if flags[1] else b
    with tf.Graph().as_default(), tf.Session() as session:
        result = tf.matmul(x, y, transpose_a=flags[0], transpose_b=flags[1])
        found = session.run(result)
    np.testing.assert_allclose(found, a @ b, rtol=1e-5, atol=1e-6)
    assert tuple(result.shape.as_list()) == (a @ b).shape


@FEW
@given(rows=st.integers(0, 6), segments=st.integers(1, 4), seed=st.integers(0, 99), width=SIZES)
def test_unsorted_segment_sum(rows: int, segments: int, seed: int, width: int) -> None:
    random = np.random.RandomState(seed)
    values = random.randint(-9, 9, [rows, width]).astype(np.int64)
    ids = random.randint(-1, segments, [rows])
    expected = np.zeros([segments, width], np.int64)
    for row, i in zip(values, ids, strict=True):
        if i >= 0:
            expected[i] += row
    with tf.Graph().as_default(), tf.Session() as session:
        found = session.run(tf.unsorted_segment_sum(values, ids, segments))
    np.testing.assert_array_equal(found, expected)


EINSUMS = ("ij,jk->ik", "ij,kj->ki", "ij,ij->", "ij,ik->jk", "bij,bjk->bik", "bij,jk->bki", "ij->j")


@pytest.mark.parametrize("equation", EINSUMS)
def test_einsum(equation: str) -> None:
    sizes = dict(b=2, i=3, j=4, k=5)
    random = np.random.RandomState(0)
    arrays = [
        random.uniform(-1, 1, [sizes[c] for c in s]).astype(np.float32)
        for s in equation.split("->")[0].split(",")
    ]
    with tf.Graph().as_default(), tf.Session() as session:
        known = tf.einsum(equation, *[tf.constant(a) for a in arrays])
        fed = [tf.placeholder(tf.float32, [None] * a.ndim) for a in arrays]
        dynamic = tf.einsum(equation, *fed)
        found = session.run([known, dynamic], dict(zip(fed, arrays, strict=True)))
    for value in found:
        np.testing.assert_allclose(value, np.einsum(equation, *arrays), rtol=1e-5, atol=1e-6)
