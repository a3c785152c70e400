"""Jacobians from gradient tapes, in a graph and executed at once; TensorFlow's values."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import evergraph as tf
from evergraph.library.eager.context import eager_mode

X, M = [1.0, 2.0, 3.0], [[1.0, 2.0], [3.0, 4.0]]
CUBES = [[13, 1, 1], [4, 28, 4], [9, 9, 45]]
SQUARE = [[[[2, 3], [2, 0]], [[2, 5], [0, 2]]], [[[3, 0], [5, 3]], [[0, 3], [2, 8]]]]
ROWS = [[[7, 1], [4, 16]], [[51, 9], [16, 72]]]
PICKED = [
    [[[1, 0], [0, 0]], [[0, 1], [0, 0]]],
    [[[0, 0], [1, 0]], [[0, 0], [0, 1]]],
    [[[1, 0], [0, 0]], [[0, 1], [0, 0]]],
]


@pytest.fixture(params=["graph", "eager"])
def value(request: pytest.FixtureRequest) -> Iterator[Callable[[Any], Any]]:
    """A function that gives the value of a tensor."""
    if request.param == "eager":
        with eager_mode():
            yield lambda tensor: tensor.numpy()
    else:
        with tf.Graph().as_default(), tf.Session() as session:
            yield session.run


def taped(function: Callable[[Any], Any], given: Any, **options: Any) -> tuple[Any, Any, Any]:
    """A tape, a tensor that it watched, and what a function made of it."""
    x = tf.constant(given)
    with tf.GradientTape(**options) as tape:
        tape.watch(x)
        y = function(x)
    return tape, x, y


@pytest.mark.parametrize(
    ("function", "given", "expected"),
    [
        (lambda x: x * x * tf.reduce_sum(x), X, CUBES),
        (lambda m: tf.matmul(m, m), M, SQUARE),
        (lambda m: tf.gather(m, [0, 1, 0]), M, PICKED),
        (lambda x: x[:0] * 2.0, X, np.zeros((0, 3))),
    ],
)
def test_jacobian(value: Any, function: Any, given: Any, expected: Any) -> None:
    tape, x, y = taped(function, given)
    found = tape.jacobian(y, x)
    np.testing.assert_allclose(value(found), expected, rtol=1e-6)
    assert found.shape.as_list() == list(np.shape(expected))


def test_one_after_the_other(value: Any) -> None:
    tape, x, y = taped(lambda x: x * x * tf.reduce_sum(x), X, persistent=True)
    other = tf.constant(M)
    for pfor in (False, True):
        first, none = tape.jacobian(y, [x, other], experimental_use_pfor=pfor)
        assert none is None
        np.testing.assert_allclose(value(first), CUBES, rtol=1e-6)
    tape, m, y = taped(lambda m: m * m * tf.reduce_sum(m, 1, keepdims=True), M, persistent=True)
    found = tape.batch_jacobian(y, m, experimental_use_pfor=False)
    np.testing.assert_allclose(value(found), ROWS, rtol=1e-6)


def test_batch_jacobian(value: Any) -> None:
    tape, m, y = taped(lambda m: m * m * tf.reduce_sum(m, axis=1, keepdims=True), M)
    np.testing.assert_allclose(value(tape.batch_jacobian(y, m)), ROWS, rtol=1e-6)
    tape, m, y = taped(lambda m: m * 2.0, M)
    found = tape.batch_jacobian(y, tf.constant([[1.0], [2.0]]))
    np.testing.assert_array_equal(value(found), np.zeros((2, 2, 1)))


def test_unconnected(value: Any) -> None:
    for gradients, expected in (("none", None), ("zero", np.zeros((3, 2, 2)))):
        tape, x, y = taped(lambda x: x * 2.0, X)
        found = tape.jacobian(y, tf.constant(M), unconnected_gradients=gradients)
        if expected is None:
            assert found is None
        else:
            np.testing.assert_array_equal(value(found), expected)


def test_of_gradients(value: Any) -> None:
    with tf.GradientTape() as outer:
        tape, x, y = taped(lambda x: [outer.watch(x), x * x * x][1], X)
        inner = tape.gradient(y, x)
    np.testing.assert_allclose(value(outer.jacobian(inner, x)), np.diag([6, 12, 18]))
    with tf.GradientTape() as outer:
        tape, x, y = taped(lambda x: [outer.watch(x), x * x * x][1], X)
        total = tf.reduce_sum(tape.jacobian(y, x))
    np.testing.assert_allclose(value(outer.gradient(total, x)), [6, 12, 18])


def test_errors(value: Any) -> None:
    with (
        pytest.raises(ValueError, match="Tape is already recording"),
        tf.GradientTape() as tape,
    ):
        tape.jacobian(tf.constant(X), tf.constant(X))
    tape, x, y = taped(lambda x: x * x, X)
    with pytest.raises(ValueError, match=r"Shape \(3,\) must have rank at least 2"):
        tape.batch_jacobian(y, x)
    tape, m, y = taped(lambda m: m * m, M)
    with pytest.raises(ValueError, match=r"first dimension of target shape \(\(1, 2\)\)"):
        tape.batch_jacobian(tf.constant([[1.0, 2.0]]), m)


def test_executed_at_once() -> None:
    with eager_mode():
        tape, x, y = taped(lambda x: x * x, X)
        with pytest.raises(RuntimeError, match="persistent=True to compute the jacobian with eag"):
            tape.jacobian(y, x, experimental_use_pfor=False)
        variable = tf.Variable([1.0, 2.0])
        with tf.GradientTape() as tape:
            y = variable * variable
        np.testing.assert_array_equal(tape.jacobian(y, variable).numpy(), [[2, 0], [0, 4]])

        @tf.function
        def inside(x: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = x * x * tf.reduce_sum(x)
            return tape.jacobian(y, x)

        np.testing.assert_array_equal(inside(tf.constant(X)).numpy(), CUBES)


def test_arrays_of_gradients_are_not_shared() -> None:
    with eager_mode():
        tape, x, y = taped(lambda x: tf.map_fn(lambda a: a * a, x), X, persistent=True)
        for _ in range(2):
            np.testing.assert_array_equal(tape.gradient(y, x).numpy(), [2, 4, 6])
        np.testing.assert_array_equal(tape.jacobian(y, x).numpy(), np.diag([2, 4, 6]))
