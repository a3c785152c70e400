"""What gradient rules of several op families share."""

from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.api import array_ops, math_ops
from evergraph.graph.apply import apply_op
from evergraph.graph.graph import get_default_graph
from evergraph.graph.tensor import Dims, Tensor

ShapeAndAxes = tuple[Any, Any, bool]


def after(grad: Any) -> Any:
    """A block whose nodes run after `grad`, so that their memory is not taken too early."""
    return get_default_graph().control_dependencies([grad])


def none(node: Any, *grads: Any) -> list[None]:
    """The rule of ops whose gradient is None for every input."""
    return [None] * len(node.inputs)


def skips(node: Any, i: int) -> bool:
    """Whether nobody asks for the gradient of input `i`, as tapes say of what runs at once. In
    graphs such nodes are made, as by TensorFlow, and never run."""
    return i in node.__dict__.get("skip_input_indices", ())


def skips_scalar(node: Any) -> bool:
    """Whether nobody asks for the gradient of the second input, which is a scalar: then that of the
    first has its shape."""
    return skips(node, 1) and node.inputs[1].dims == ()


def asked(node: Any, *gradients: Callable[[], Any]) -> list[Any]:
    """What the functions give, in order; None for those inputs that nobody asks for."""
    return [None if skips(node, i) else gradient() for i, gradient in enumerate(gradients)]


def same_known_shape(*tensors: Any) -> bool:
    """Whether all are dense tensors of one fully known static shape."""
    if not all(isinstance(t, Tensor) for t in tensors):
        return False
    dims = tensors[0].dims
    return dims is not None and None not in dims and all(t.dims == dims for t in tensors)


def reduction_axes(x: Any, y: Any) -> tuple[Any, Any, Any, Any]:
    """The shapes of `x` and `y`, and the axes to sum over to come back to each; all as tensors."""
    sx = array_ops.shape(x)
    sy = array_ops.shape(y)
    rx, ry = apply_op("BroadcastGradientArgs", sx, sy)
    return sx, sy, rx, ry


def static_reduction_axes(x: tuple[int, ...], y: tuple[int, ...]) -> tuple[Any, Any]:
    """The axes of the broadcast result to sum over to come back to dims `x`, and to dims `y`."""
    # An axis where both are 1 is named for both, unless the shapes are the same.
    if x == y:
        return (), ()
    rank = max(len(x), len(y))
    x = (1,) * (rank - len(x)) + x
    y = (1,) * (rank - len(y)) + y
    rx = tuple(i for i in range(rank) if x[i] == 1)
    ry = tuple(i for i in range(rank) if y[i] == 1)
    return rx, ry


def smart_reduction_axes(x: Any, y: Any, grad: Any) -> tuple[ShapeAndAxes, ShapeAndAxes]:
    """For `x` and for `y`: shape, axes, and whether `grad` has another shape.

    Where the static shapes are known, shapes and axes are tuples.
    """
    if not all(isinstance(t, Tensor) for t in (x, y, grad)):
        sx, sy, rx, ry = reduction_axes(x, y)
        return (sx, rx, True), (sy, ry, True)
    if not _fully_known(x.dims) or not _fully_known(y.dims):
        sx = array_ops.shape_internal(x, optimize=False)
        sy = array_ops.shape_internal(y, optimize=False)
        rx, ry = apply_op("BroadcastGradientArgs", sx, sy)
        return (sx, rx, True), (sy, ry, True)
    # Once for each pair of shapes in a graph the op is added, though its value is known: TensorFlow
    # does so, and the names of later nodes depend on it.
    seen = vars(get_default_graph()).setdefault("_broadcast_axes", {})
    if (x.dims, y.dims) not in seen:
        apply_op("BroadcastGradientArgs", x.dims, y.dims)
        seen[x.dims, y.dims] = static_reduction_axes(x.dims, y.dims)
    rx, ry = seen[x.dims, y.dims]
    return (x.dims, rx, x.dims != grad.dims), (y.dims, ry, y.dims != grad.dims)


def _fully_known(dims: Dims) -> bool:
    return dims is not None and None not in dims


def sum_to(grad: Any, axes: Any, shape: Any) -> Any:
    """`grad` summed over `axes` and reshaped to `shape`."""
    return array_ops.reshape(math_ops.reduce_sum(grad, axes), shape)


def safe_shape_div(x: Any, y: Any) -> Any:
    """`x // y` of sizes, where 0 // 0 is 0."""
    return x // math_ops.maximum(y, 1)


def as_tuple(value: Any) -> tuple[int, ...]:
    return tuple(int(v) for v in np.asarray(value).reshape(-1))
