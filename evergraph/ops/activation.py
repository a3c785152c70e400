"""Activations of neural networks and the ops of their gradients."""

import math
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from evergraph.api import array_ops, math_ops
from evergraph.graph.apply import apply_op
from evergraph.graph.registry import Entry, Rule, op
from evergraph.ops import shape_rules
from evergraph.ops.gradient_rules import after

SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946

# Types for which TensorFlow rounds after each step, where torch computes in float32.
SHORT = (torch.float16, torch.bfloat16)


def rounded(value: float, like: torch.Tensor) -> float:
    """A constant as the dtype of `like` holds it."""
    return torch.tensor(value, dtype=like.dtype).item() if like.dtype in SHORT else value


def _activation(name: str, types: str, kernel: Rule, attrs: str = "") -> Entry:
    made = op(f"{name}(features: T) -> activations: T", f"{attrs}T: {types}")
    made.shape(shape_rules.unchanged)
    made.kernel(kernel)
    return made


def _grad_op(name: str, second: str, types: str, kernel: Rule, attrs: str = "") -> Entry:
    made = op(f"{name}(gradients: T, {second}: T) -> backprops: T", f"{attrs}T: {types}")
    made.shape(shape_rules.merged)
    made.kernel(kernel)
    return made


_leaky_relu_backward = torch.ops.aten.leaky_relu_backward.default


def relu_grad_kernel(grad: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    if grad.is_floating_point():
        # Not torch's own for relu, which lets the gradient through where y is NaN.
        return _leaky_relu_backward(grad, y, 0.0, False)
    return grad * (y > 0)


def relu6_grad_kernel(grad: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return grad * ((y > 0) & (y < 6))


def leaky_relu_kernel(x: torch.Tensor, *, alpha: float) -> torch.Tensor:
    slope = rounded(alpha, x)
    return torch.maximum(x, x * slope) if alpha <= 1 else torch.where(x > 0, x, x * slope)


def leaky_relu_grad_kernel(grad: torch.Tensor, x: torch.Tensor, *, alpha: float) -> torch.Tensor:
    return _leaky_relu_backward(grad, x, rounded(alpha, x), False)


def elu_grad_kernel(grad: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return torch.where(y < 0, (y + 1) * grad, grad)


def selu_kernel(x: torch.Tensor) -> torch.Tensor:
    if x.dtype in SHORT:
        scale, scale_alpha = rounded(SELU_SCALE, x), rounded(SELU_SCALE * SELU_ALPHA, x)
        return torch.where(x < 0, (torch.exp(x) - 1) * scale_alpha, x * scale)
    return torch.selu(x)


def selu_grad_kernel(grad: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    scale, scale_alpha = rounded(SELU_SCALE, y), rounded(SELU_SCALE * SELU_ALPHA, y)
    return torch.where(y < 0, (y + scale_alpha) * grad, grad * scale)


def softplus_limit(dtype: torch.dtype) -> float:
    """Beyond this size softplus is its argument, or its exponential."""
    # Eigen takes the epsilon of float16 to be an eighth of what it is.
    eps = 2.0**-13 if dtype == torch.float16 else torch.finfo(dtype).eps
    return -math.log(eps) - 2


def softplus_kernel(x: torch.Tensor) -> torch.Tensor:
    # Not torch's own: TensorFlow adds 1 and loses the digits that log1p keeps.
    limit = softplus_limit(x.dtype)
    e = torch.exp(x)
    return torch.where(x > limit, x, torch.where(x < -limit, e, torch.log(e + 1)))


def softplus_grad_kernel(grad: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return grad / (torch.exp(-x) + 1)


def softsign_kernel(x: torch.Tensor) -> torch.Tensor:
    return x / (1 + torch.abs(x))


def softsign_grad_kernel(grad: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return grad / torch.square(1 + torch.abs(x))


ALPHA = "alpha: float = 0.2; "

relu_op = _activation("Relu", "realnumber | qint8", torch.relu)
relu_op.numpy(lambda x: np.maximum(x, x.dtype.type(0)))
relu_grad_op = _grad_op("ReluGrad", "features", "realnumber", relu_grad_kernel)
relu6_op = _activation("Relu6", "realnumber", lambda x: torch.clamp(x, 0, 6))
relu6_grad_op = _grad_op("Relu6Grad", "features", "realnumber", relu6_grad_kernel)
leaky_relu_op = _activation("LeakyRelu", "floating = float32", leaky_relu_kernel, ALPHA)
leaky_relu_grad_op = _grad_op(
    "LeakyReluGrad", "features", "floating = float32", leaky_relu_grad_kernel, ALPHA
)
elu_op = _activation("Elu", "floating", F.elu)
elu_grad_op = _grad_op("EluGrad", "outputs", "floating", elu_grad_kernel)
selu_op = _activation("Selu", "floating", selu_kernel)
selu_grad_op = _grad_op("SeluGrad", "outputs", "floating", selu_grad_kernel)
softplus_op = _activation("Softplus", "floating", softplus_kernel)
softplus_grad_op = _grad_op("SoftplusGrad", "features", "floating", softplus_grad_kernel)
softsign_op = _activation("Softsign", "floating", softsign_kernel)
softsign_grad_op = _grad_op("SoftsignGrad", "features", "floating", softsign_grad_kernel)


def _zeros(tensor: Any) -> Any:
    return array_ops.zeros(shape=array_ops.shape(tensor), dtype=tensor.dtype)


@relu_op.gradient
def relu_gradient(node: Any, grad: Any) -> Any:
    return apply_op("ReluGrad", grad, node.outputs[0])


@relu_grad_op.gradient
def relu_grad_gradient(node: Any, grad: Any) -> Any:
    return apply_op("ReluGrad", grad, node.inputs[1]), _zeros(node.inputs[1])


@relu6_op.gradient
def relu6_gradient(node: Any, grad: Any) -> Any:
    return apply_op("Relu6Grad", grad, node.outputs[0])


@relu6_grad_op.gradient
def relu6_grad_gradient(node: Any, grad: Any) -> Any:
    return apply_op("Relu6Grad", grad, node.inputs[1]), _zeros(node.inputs[1])


@leaky_relu_op.gradient
def leaky_relu_gradient(node: Any, grad: Any) -> Any:
    return apply_op("LeakyReluGrad", grad, node.inputs[0], alpha=node.attr("alpha"))


@leaky_relu_grad_op.gradient
def leaky_relu_grad_gradient(node: Any, grad: Any) -> Any:
    x = node.inputs[1]
    return apply_op("LeakyReluGrad", grad, x, alpha=node.attr("alpha")), _zeros(x)


@elu_op.gradient
def elu_gradient(node: Any, grad: Any) -> Any:
    return apply_op("EluGrad", grad, node.outputs[0])


def _negative_part(node: Any, grad: Any) -> Any:
    """The gradient of `g * (y + c)` for y, which holds where y is negative."""
    y = node.inputs[1]
    return array_ops.where(y < 0, grad * node.inputs[0], array_ops.zeros_like(y))


@elu_grad_op.gradient
def elu_grad_gradient(node: Any, grad: Any) -> Any:
    return apply_op("EluGrad", grad, node.inputs[1]), _negative_part(node, grad)


@selu_op.gradient
def selu_gradient(node: Any, grad: Any) -> Any:
    return apply_op("SeluGrad", grad, node.outputs[0])


@selu_grad_op.gradient
def selu_grad_gradient(node: Any, grad: Any) -> Any:
    return apply_op("SeluGrad", grad, node.inputs[1]), _negative_part(node, grad)


@softplus_op.gradient
def softplus_gradient(node: Any, grad: Any) -> Any:
    return grad * math_ops.sigmoid(node.inputs[0])


@softplus_grad_op.gradient
def softplus_grad_gradient(node: Any, grad: Any) -> Any:
    dy, x = node.inputs
    with after(grad):
        d_dy = apply_op("SoftplusGrad", grad, x)
        d_x = grad * dy / (math_ops.exp(-x) + 2.0 + math_ops.exp(x))
        return d_dy, d_x


@softsign_op.gradient
def softsign_gradient(node: Any, grad: Any) -> Any:
    return apply_op("SoftsignGrad", grad, node.inputs[0])
