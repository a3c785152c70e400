"""Softplus with a scale, and perhaps a largest value, that are learned too."""

from collections.abc import Callable
from typing import Any

from evergraph.api import activations, array_ops, math_ops
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.function import Defun


def _summed(grad: Any, like: Any) -> Tensor:
    """A gradient, summed over the axes that `like` was broadcast along."""
    shape = array_ops.shape(like)
    axes, _ = apply_op("BroadcastGradientArgs", shape, array_ops.shape(grad))
    return array_ops.reshape(math_ops.reduce_sum(grad, axes), shape)


def _gradient(clipping: bool) -> Callable[[Any, Any], list[Any]]:
    """The gradient as a function of the result, the inputs and its gradient."""

    def gradient(op: Any, grad: Any) -> list[Any]:
        y, x, alpha = op.inputs[:3]
        # So that nothing of this is computed before it has to be.
        with control_dependencies([grad]):
            y = array_ops.identity(y)
        of_clip = []
        if clipping:
            clip = op.inputs[3]
            below = math_ops.cast(y < clip, grad.dtype)
            of_clip = [_summed(grad * (1.0 - below), clip)]
            grad *= below
        y /= alpha
        falling = math_ops.exp(-y)
        slope = 1.0 - falling
        of_alpha = y * falling - slope * math_ops.log(slope + 1e-8)
        return [None, _summed(grad * slope, x), _summed(grad * of_alpha, alpha), *of_clip]

    return gradient


@export("contrib.nn.scaled_softplus")
def scaled_softplus(x: Any, alpha: Any, clip: Any = None, name: str | None = None) -> Tensor:
    """`alpha * softplus(x / alpha)`, no more than `clip`; exact gradients by all of them. Stands
    for `tf.contrib.nn.scaled_softplus`.

    Args:
      x: a float tensor.
      alpha, clip: of its type, to be broadcast.
      name: a scope for the nodes.
    """
    clipping = clip is not None
    with name_scope(name, "scaled_softplus", [x, alpha] + ([clip] if clipping else [])):
        x = convert_to_tensor(x, name="x")
        dtype = x.dtype
        alpha = convert_to_tensor(alpha, dtype=dtype, name="alpha")
        y = alpha * activations.softplus(x / alpha)
        inputs = [x, alpha]
        if clipping:
            inputs.append(convert_to_tensor(clip, dtype=dtype, name="clip"))
            y = math_ops.minimum(y, inputs[-1])
        kind = "ScaledSoftplusHelper_clip" if clipping else "ScaledSoftplusHelper"
        define = Defun(
            *([dtype] * (1 + len(inputs))),
            func_name=f"{kind}_{dtype.name}",
            shape_func=lambda op: [op.inputs[0].shape],
            python_grad_func=_gradient(clipping),
        )
        first: Callable[..., Any]
        if clipping:

            def first(y: Any, x: Any, alpha: Any, clip: Any) -> Any:
                return y
        else:

            def first(y: Any, x: Any, alpha: Any) -> Any:
                return y

        found: Tensor = define(first)(y, *inputs)
        return found
