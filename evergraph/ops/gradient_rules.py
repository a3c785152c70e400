"""What gradient rules of several op families share."""

import collections
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from evergraph.api import array_ops, math_ops
from evergraph.graph.apply import apply_op
from evergraph.graph.gradient_registry import get_gradient_function
from evergraph.graph.graph import get_default_graph
from evergraph.graph.tape import Tape
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


def taped(
    build: Callable[[], Sequence[Any]], sources: Sequence[Any], grads: Sequence[Any]
) -> list[Any]:
    """The gradients by `sources` of what `build` gives, whose own gradients are `grads`; None where
    one does not depend on the other.

    It is for rules that write their op down in simpler ones and differentiate these. As
    TensorFlow's tapes do it, the nodes stand in no scope of their own, those of gradients that
    nobody asks for are left out, and what the sources get is summed at the end.
    """
    graph, tape = get_default_graph(), Tape(watch_variables=False)
    before = len(graph.get_operations())
    tape.start()
    try:
        targets = build()
    finally:
        tape.stop()
    with tape:
        executed = [op for op, _, _ in tape.nodes]
        return _walked(executed or graph.get_operations()[before:], targets, sources, grads)


def _walked(
    nodes: Sequence[Any], targets: Sequence[Any], sources: Sequence[Any], grads: Sequence[Any]
) -> list[Any]:
    known = {id(t) for t in sources}
    waiting: dict[Any, int] = {}
    for node in nodes:
        inputs = [t for t in node.inputs if id(t) in known]
        if inputs and any(t.dtype.is_floating for t in node.outputs):
            waiting[node] = 0
            known.update(id(t) for t in node.outputs)
        for t in inputs if node in waiting else ():
            if t.op in waiting:
                waiting[t.op] += 1
    received: dict[int, list[Any]] = collections.defaultdict(list)
    for target, grad in zip(targets, grads, strict=True):
        if grad is not None:
            received[id(target)].append(grad)

    def total(t: Any) -> Any:
        found = received.pop(id(t), [])
        return math_ops.add_n(found) if len(found) > 1 else found[0] if found else None

    queue = collections.deque(t.op for t in targets if t.op in waiting)
    while queue:
        node = queue.popleft()
        out_grads = [total(t) for t in node.outputs]
        rule = get_gradient_function(node)
        in_grads: Any = [None] * len(node.inputs)
        if rule is not None and any(grad is not None for grad in out_grads):
            node.skip_input_indices = tuple(
                i for i, t in enumerate(node.inputs) if id(t) not in known
            )
            found = rule(node, *out_grads)
            in_grads = found if isinstance(found, list | tuple) else [found]
        for t, grad in zip(node.inputs, in_grads, strict=True):
            if id(t) in known and grad is not None:
                received[id(t)].append(grad)
            if t.op in waiting and id(t) in known:
                waiting[t.op] -= 1
                if not waiting[t.op]:
                    queue.append(t.op)
    return [total(t) for t in sources]
