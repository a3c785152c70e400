"""Gradients of a graph against finite differences: `tf.test.compute_gradient`."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, math_ops
from evergraph.autodiff.gradients import gradients
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.constant import constant
from evergraph.graph.scopes import get_default_session
from evergraph.graph.tensor import Tensor

DIFFERENTIABLE = (
    dtypes.float16,
    dtypes.bfloat16,
    dtypes.float32,
    dtypes.float64,
    dtypes.complex64,
    dtypes.complex128,
)

Jacobians = tuple[np.ndarray, np.ndarray]


def components(dtype: Any) -> int:
    """How many real numbers an element is made of."""
    return 2 if dtype.is_complex else 1


def size_of(shape: Any) -> int:
    return int(np.prod(tuple(shape), dtype=np.int64))


def add_slices(column: np.ndarray, slices: Any, row_size: int) -> None:
    """Adds the values of IndexedSlices to a column of a Jacobian."""
    for index, values in zip(slices.indices, slices.values, strict=True):
        column[index * row_size : (index + 1) * row_size] += values.flat


def check_empty_gradient(gradient: np.ndarray, x: np.ndarray) -> None:
    """Raises ValueError unless the gradient of an empty tensor is a zero tensor shaped like x."""
    if gradient.shape != x.shape:
        raise ValueError(
            f"Empty gradient has wrong shape: expected {x.shape}, got {gradient.shape}"
        )
    if np.any(gradient):
        raise ValueError("Empty tensor with nonzero gradients")


def _theoretical_jacobian(
    x: Tensor, x_data: Any, dy: Tensor, dy_shape: Any, dx: Any, feeds: dict[Any, Any]
) -> np.ndarray:
    real = dy.dtype.real_dtype.as_numpy_dtype
    jacobian = np.zeros(
        (x_data.size * components(x.dtype), size_of(dy_shape) * components(dy.dtype)),
        x.dtype.real_dtype.as_numpy_dtype,
    )
    dy_data = np.zeros(dy_shape, dy.dtype.as_numpy_dtype)
    one_hot = dy_data.reshape(-1).view(real)
    session = get_default_session()

    def run() -> Any:
        return session.run(dx, feed_dict={**feeds, x: x_data, dy: dy_data})

    for column in range(jacobian.shape[1]):
        one_hot[column] = 1
        value = run()
        if isinstance(dx, IndexedSlices):
            row_size = size_of(x_data.shape[1:]) * components(x.dtype)
            add_slices(jacobian[:, column], value, row_size)
        else:
            jacobian[:, column] = value.ravel().view(jacobian.dtype)
        one_hot[column] = 0
    if not jacobian.shape[1]:
        check_empty_gradient(run(), x_data)
    logging.vlog(1, "Theoretical Jacobian =\n%s", jacobian)
    return jacobian


def _numeric_jacobian(
    x: Tensor, x_data: Any, y: Tensor, y_shape: Any, delta: float, feeds: dict[Any, Any]
) -> np.ndarray:
    # Differences of bfloat16 would be too coarse.
    x = math_ops.cast(x, dtypes.float32) if x.dtype == dtypes.bfloat16 else x
    y = math_ops.cast(y, dtypes.float32) if y.dtype == dtypes.bfloat16 else y
    x_real, y_real = (t.dtype.real_dtype.as_numpy_dtype for t in (x, y))
    x_data = np.asarray(x_data, x.dtype.as_numpy_dtype)
    scale = np.asarray(2 * delta, y_real)[()]
    jacobian = np.zeros(
        (x_data.size * components(x.dtype), size_of(y_shape) * components(y.dtype)), x_real
    )

    def value_at(row: int, step: float) -> Any:
        moved = x_data.copy()
        moved.reshape(-1).view(x_real)[row] += step
        return y.eval(feed_dict={**feeds, x: moved})

    for row in range(jacobian.shape[0]):
        difference = (value_at(row, delta) - value_at(row, -delta)) / scale
        jacobian[row, :] = difference.ravel().view(y_real)
    logging.vlog(1, "Numeric Jacobian =\n%s", jacobian)
    return jacobian


def _gradient_nodes(x: Tensor, y: Tensor, y_shape: Any) -> tuple[Any, Tensor]:
    """The gradient of `y` by `x`, and the tensor to feed with the gradient of `y`."""
    with x.graph.as_default():
        dy = constant(1.0, shape=y_shape, dtype=y.dtype)
        # Behind an Identity the constant may be fed, and is not folded away.
        dy_identity = array_ops.identity(dy)
    (dx,) = gradients(y, x, dy_identity)
    return dx, dy


def _compare(
    x: Tensor,
    x_shape: Any,
    dx: Any,
    y: Tensor,
    y_shape: Any,
    dy: Tensor,
    x_init_value: Any,
    delta: float,
    feeds: dict[Any, Any],
) -> Jacobians:
    for name, tensor in (("x", x), ("y", y)):
        dtype = dtypes.as_dtype(tensor.dtype)
        assert dtype.base_dtype in DIFFERENTIABLE, f"Don't support type {dtype.name} for {name}"
    if x_init_value is not None:
        shape = list(x_init_value.shape)
        assert list(x_shape) == shape, f"x_shape = {x_shape}, init_data shape = {shape}"
        x_data = x_init_value
    else:
        x_data = np.random.random_sample(x_shape).astype(x.dtype.as_numpy_dtype)
        if x.dtype.is_complex:
            x_data.imag = np.random.random_sample(x_shape)
    theoretical = _theoretical_jacobian(x, x_data, dy, y_shape, dx, feeds)
    return theoretical, _numeric_jacobian(x, x_data, y, y_shape, delta, feeds)


_DEPRECATED = deprecated(
    date=None,
    instructions="Use tf.test.compute_gradient in 2.0, which has better support for functions. "
    "Note that the two versions have different usage, so code change is needed.",
)


@export("test.compute_gradient")
@_DEPRECATED
def compute_gradient(
    x: Any,
    x_shape: Any,
    y: Any,
    y_shape: Any,
    x_init_value: Any = None,
    delta: float = 1e-3,
    init_targets: Any = None,
    extra_feed_dict: Any = None,
) -> Any:
    """The Jacobian of `y` by `x` as tf.gradients has it, and by finite differences. Stands for
    `tf.test.compute_gradient`.

    Args:
      x: a tensor or a list of them.
      x_shape: its shape, or a list of shapes.
      y: a tensor.
      y_shape: its shape.
      x_init_value: where to take the gradient, an array or a list; default: somewhere in [0, 1).
      delta: how far to go for a difference.
      init_targets: operations to run first, such as initializers.
      extra_feed_dict: what else to feed.

    Returns:
      Two arrays `[size of x, size of y]`; complex numbers count twice. A list of pairs for a list
      `x`.
    """
    feeds = extra_feed_dict or {}
    xs, shapes, values = (
        (x, x_shape, x_init_value or [None] * len(x))
        if isinstance(x, list)
        else ([x], [x_shape], [x_init_value])
    )
    nodes = [_gradient_nodes(t, y, y_shape) for t in xs]
    if init_targets is not None:
        assert isinstance(init_targets, (list, tuple))
        for init in init_targets:
            init.run()
    found = [
        _compare(t, shape, dx, y, y_shape, dy, value, delta, feeds)
        for t, shape, (dx, dy), value in zip(xs, shapes, nodes, values, strict=True)
    ]
    return found if isinstance(x, list) else found[0]


@export("test.compute_gradient_error")
@_DEPRECATED
def compute_gradient_error(
    x: Any,
    x_shape: Any,
    y: Any,
    y_shape: Any,
    x_init_value: Any = None,
    delta: float = 1e-3,
    init_targets: Any = None,
    extra_feed_dict: Any = None,
) -> Any:
    """The greatest difference between the two Jacobians of `tf.test.compute_gradient`. Stands for
    `tf.test.compute_gradient_error`; arguments as there."""
    found = compute_gradient(
        x, x_shape, y, y_shape, x_init_value, delta, init_targets, extra_feed_dict
    )
    pairs = [found] if isinstance(found, tuple) else found
    return greatest_difference(pairs)


def greatest_difference(pairs: Any) -> Any:
    error: Any = 0
    for a, b in pairs:
        if a.size or b.size:
            # A NaN is an error, too: it must not be lost.
            error = np.maximum(error, np.fabs(a - b).max())
    return error
