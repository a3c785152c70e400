"""Gradients of a Python function against finite differences: TensorFlow 2's
`tf.test.compute_gradient`."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from evergraph.api import array_ops
from evergraph.autodiff.gradients import gradients
from evergraph.base import dtypes
from evergraph.graph.composite import IndexedSlices, IndexedSlicesValue
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.scopes import get_default_session
from evergraph.graph.tensor import Tensor
from evergraph.library.testing.gradient_checker import (
    DIFFERENTIABLE,
    add_slices,
    check_empty_gradient,
    components,
    greatest_difference,
    size_of,
)


def compute_gradient(
    f: Callable[..., Any], x: Any, delta: float = 1e-3
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The Jacobians of `f(*x)` by each of `x`, as tf.gradients has them and by finite differences.

    Args:
      f: makes a tensor of tensors.
      x: a list of tensors or arrays.
      delta: how far to go for a difference.

    Returns:
      A list of arrays `[size of x, size of y]` of each kind; complex numbers count twice.

    Raises:
      ValueError: `x` is no list, or a gradient is of the wrong shape.
    """
    if not isinstance(x, list):
        raise ValueError(f"`x` must be a list of Tensors (arguments to `f`), not a {type(x)}")
    tensors = [convert_to_tensor(t) for t in x]
    session = get_default_session()
    data = [np.array(v) for v in session.run(tensors)]
    inputs = [array_ops.placeholder(t.dtype) for t in tensors]
    y = f(*inputs)
    function = _Function(session, inputs, y, data)
    for i, t in enumerate(tensors):
        assert t.dtype.base_dtype in DIFFERENTIABLE, (
            f"Cannot compute gradient for unsupported type {t.dtype.name} of argument {i}"
        )
    assert y.dtype.base_dtype in DIFFERENTIABLE, (
        f"Cannot compute gradient for unsupported type {y.dtype.name} of y"
    )
    theoretical = [function.theoretical(i) for i in range(len(x))]
    return theoretical, [function.numeric(i, delta) for i in range(len(x))]


def max_error(grad1: Sequence[np.ndarray], grad2: Sequence[np.ndarray]) -> float:
    """The greatest difference between two lists of Jacobians."""
    return float(greatest_difference(zip(grad1, grad2, strict=True)))


def _to_numpy(a: Any) -> Any:
    """A tensor's value in the default session; the dense array of an IndexedSlicesValue."""
    if isinstance(a, Tensor):
        return get_default_session().run(a)
    if not isinstance(a, IndexedSlicesValue):
        return a
    dense = np.zeros(a.dense_shape)
    np.add.at(dense, a.indices, a.values)
    return dense


class _Function:
    """A graph from placeholders to one tensor, with the values to evaluate it at."""

    def __init__(self, session: Any, inputs: list[Tensor], y: Tensor, data: list[Any]) -> None:
        self.session = session
        self.inputs = inputs
        self.y = y
        self.data = data
        self.value = self.run(y)

    def run(self, fetch: Any, feeds: dict[Any, Any] | None = None) -> Any:
        every = dict(zip(self.inputs, self.data, strict=True))
        return self.session.run(fetch, {**every, **(feeds or {})})

    def theoretical(self, i: int) -> np.ndarray:
        x, dtype = self.data[i], self.inputs[i].dtype
        y_dtype = self.y.dtype
        dy = array_ops.placeholder(y_dtype)
        (dx,) = gradients(self.y, [self.inputs[i]], dy, unconnected_gradients="zero")
        dy_data = np.zeros(self.value.shape, y_dtype.as_numpy_dtype)
        one_hot = dy_data.reshape(-1).view(y_dtype.real_dtype.as_numpy_dtype)
        jacobian = np.zeros(
            (x.size * components(dtype), one_hot.size), dtype.real_dtype.as_numpy_dtype
        )
        for column in range(jacobian.shape[1]):
            one_hot[column] = 1
            found = self.run(dx, {dy: dy_data})
            if isinstance(dx, IndexedSlices):
                add_slices(jacobian[:, column], found, size_of(x.shape[1:]) * components(dtype))
            else:
                jacobian[:, column] = found.ravel().view(jacobian.dtype)
            one_hot[column] = 0
        if not jacobian.shape[1]:
            check_empty_gradient(self.run(dx, {dy: dy_data}), x)
        return jacobian

    def numeric(self, i: int, delta: float) -> np.ndarray:
        x, dtype = self.data[i], self.inputs[i].dtype
        real = dtype.real_dtype.as_numpy_dtype
        # Differences of bfloat16 would be too coarse.
        wide = dtypes.float32 if self.y.dtype == dtypes.bfloat16 else self.y.dtype
        y_real = wide.real_dtype.as_numpy_dtype
        scale = np.asarray(2 * delta, y_real)[()]
        jacobian = np.zeros((x.size * components(dtype), self.value.size * components(wide)), real)

        def value_at(row: int, step: float) -> Any:
            moved = x.copy()
            moved.reshape(-1).view(real)[row] += step
            return self.run(self.y, {self.inputs[i]: moved}).astype(wide.as_numpy_dtype)

        for row in range(jacobian.shape[0]):
            difference = (value_at(row, delta) - value_at(row, -delta)) / scale
            jacobian[row, :] = np.asarray(difference).ravel().view(y_real)
        return jacobian
