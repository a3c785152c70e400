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
from evergraph.graph.defaults import executing_eagerly
from evergraph.graph.scopes import get_default_session
from evergraph.graph.tensor import Tensor
from evergraph.library.eager.backprop import GradientTape
from evergraph.library.eager.def_function import function
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
    function = (_EagerFunction if executing_eagerly() else _GraphFunction)(f, tensors)
    for i, t in enumerate(tensors):
        assert t.dtype.base_dtype in DIFFERENTIABLE, (
            f"Cannot compute gradient for unsupported type {t.dtype.name} of argument {i}"
        )
    assert function.y_dtype.base_dtype in DIFFERENTIABLE, (
        f"Cannot compute gradient for unsupported type {function.y_dtype.name} of y"
    )
    theoretical = [function.theoretical(i) for i in range(len(x))]
    return theoretical, [function.numeric(i, delta) for i in range(len(x))]


def max_error(grad1: Sequence[np.ndarray], grad2: Sequence[np.ndarray]) -> float:
    """The greatest difference between two lists of Jacobians."""
    return float(greatest_difference(zip(grad1, grad2, strict=True)))


def _to_numpy(a: Any) -> Any:
    """A tensor's value, in the default session; the dense array of an IndexedSlicesValue."""
    if isinstance(a, Tensor):
        return a.numpy() if executing_eagerly() else get_default_session().run(a)  # type: ignore[attr-defined]
    if not isinstance(a, IndexedSlicesValue):
        return a
    dense = np.zeros(a.dense_shape)
    np.add.at(dense, a.indices, a.values)
    return dense


class _Function:
    """A function of tensors, with the values to evaluate it at."""

    def __init__(self, f: Callable[..., Any], tensors: list[Tensor]) -> None:
        self.f = f
        self.dtypes = [t.dtype.base_dtype for t in tensors]
        self.data: list[Any] = []
        self.value: Any = None
        self.y_dtype: Any = None

    def result(self, data: list[Any]) -> Any:
        """The function's value."""
        raise NotImplementedError

    def gradient(self, i: int) -> Callable[[np.ndarray], Any]:
        """A function from the gradient of the value to that of an input."""
        raise NotImplementedError

    def theoretical(self, i: int) -> np.ndarray:
        x, dtype, y_dtype = self.data[i], self.dtypes[i], self.y_dtype
        gradient = self.gradient(i)
        dy_data = np.zeros(self.value.shape, y_dtype.as_numpy_dtype)
        one_hot = dy_data.reshape(-1).view(y_dtype.real_dtype.as_numpy_dtype)
        jacobian = np.zeros(
            (x.size * components(dtype), one_hot.size), dtype.real_dtype.as_numpy_dtype
        )
        for column in range(jacobian.shape[1]):
            one_hot[column] = 1
            found = gradient(dy_data)
            if isinstance(found, IndexedSlicesValue):
                add_slices(jacobian[:, column], found, size_of(x.shape[1:]) * components(dtype))
            else:
                jacobian[:, column] = found.ravel().view(jacobian.dtype)
            one_hot[column] = 0
        if not jacobian.shape[1]:
            check_empty_gradient(gradient(dy_data), x)
        return jacobian

    def numeric(self, i: int, delta: float) -> np.ndarray:
        x, dtype = self.data[i], self.dtypes[i]
        real = dtype.real_dtype.as_numpy_dtype
        # Differences of bfloat16 would be too coarse.
        wide = dtypes.float32 if self.y_dtype == dtypes.bfloat16 else self.y_dtype
        y_real = wide.real_dtype.as_numpy_dtype
        scale = np.asarray(2 * delta, y_real)[()]
        jacobian = np.zeros((x.size * components(dtype), self.value.size * components(wide)), real)

        def value_at(row: int, step: float) -> Any:
            moved = x.copy()
            moved.reshape(-1).view(real)[row] += step
            every = [*self.data[:i], moved, *self.data[i + 1 :]]
            return self.result(every).astype(wide.as_numpy_dtype)

        for row in range(jacobian.shape[0]):
            difference = (value_at(row, delta) - value_at(row, -delta)) / scale
            jacobian[row, :] = np.asarray(difference).ravel().view(y_real)
        return jacobian


class _GraphFunction(_Function):
    """A graph from placeholders to one tensor, run in the default session."""

    def __init__(self, f: Callable[..., Any], tensors: list[Tensor]) -> None:
        super().__init__(f, tensors)
        self.session = get_default_session()
        self.data = [np.array(v) for v in self.session.run(tensors)]
        self.inputs = [array_ops.placeholder(t.dtype) for t in tensors]
        self.y = f(*self.inputs)
        self.y_dtype = self.y.dtype
        self.value = self.result(self.data)

    def result(self, data: list[Any]) -> Any:
        return self.session.run(self.y, dict(zip(self.inputs, data, strict=True)))

    def gradient(self, i: int) -> Callable[[np.ndarray], Any]:
        dy = array_ops.placeholder(self.y_dtype)
        (dx,) = gradients(self.y, [self.inputs[i]], dy, unconnected_gradients="zero")
        feeds = dict(zip(self.inputs, self.data, strict=True))
        return lambda value: self.session.run(dx, {**feeds, dy: value})


class _EagerFunction(_Function):
    """A function that is called for each value, as a tf.function."""

    def __init__(self, f: Callable[..., Any], tensors: list[Any]) -> None:
        super().__init__(f, tensors)
        self.call = function(lambda *inputs: f(*inputs), autograph=False)
        self.data = [np.array(t.numpy()) for t in tensors]
        self.value = self.result(self.data)

    def result(self, data: list[Any]) -> Any:
        y = self.call(*self._tensors(data))
        self.y_dtype = y.dtype
        return np.asarray(y.numpy())

    def _tensors(self, data: list[Any]) -> list[Tensor]:
        pairs = zip(data, self.dtypes, strict=True)
        return [convert_to_tensor(value, dtype) for value, dtype in pairs]

    def gradient(self, i: int) -> Callable[[np.ndarray], Any]:
        def build(dy: Tensor, *inputs: Tensor) -> Any:
            with GradientTape() as tape:
                tape.watch(inputs)
                y = self.f(*inputs)
            return tape.gradient(y, inputs[i], dy, unconnected_gradients="zero")

        of = function(build, autograph=False)
        inputs = self._tensors(self.data)

        def run(dy: np.ndarray) -> Any:
            dx = of(convert_to_tensor(dy, self.y_dtype), *inputs)
            if isinstance(dx, IndexedSlices):
                parts: Any = (dx.values, dx.indices, dx.dense_shape)
                return IndexedSlicesValue(*(None if p is None else p.numpy() for p in parts))
            return np.asarray(dx.numpy())

        return run
