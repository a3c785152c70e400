"""Activations of neural networks and the ops of their gradients."""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from evergraph.api import array_ops, math_ops
from evergraph.graph.apply import apply_op
from evergraph.graph.registry import Entry, Rule, op
from evergraph.ops import shape_rules

SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


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


def relu_kernel(x: torch.Tensor) -> torch.Tensor:
    return torch.relu(x)


def relu_grad_kernel(grad: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    if grad.is_floating_point():
        return torch.ops.aten.threshold_backward(grad, y, 0)
    return grad * (y > 0)


def relu6_grad_kernel(grad: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return grad * ((y > 0) & (y < 6))


def leaky_relu_kernel(x: torch.Tensor, *, alpha: float) -> torch.Tensor:
    return torch.maximum(x, x * alpha) if alpha <= 1 else torch.where(x > 0, x, x * alpha)


def leaky_relu_grad_kernel(grad: torch.Tensor, x: torch.Tensor, *, alpha: float) -> torch.Tensor:
    return torch.where(x > 0, grad, grad * alpha)


def elu_grad_kernel(grad: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return torch.where(y < 0, (y + 1) * grad, grad)


def selu_grad_kernel(grad: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return torch.where(y < 0, (y + SELU_SCALE * SELU_ALPHA) * grad, grad * SELU_SCALE)


def softplus_kernel(x: torch.Tensor) -> torch.Tensor:
    return F.softplus(x)


def softplus_grad_kernel(grad: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return grad / (torch.exp(-x) + 1)


def softsign_kernel(x: torch.Tensor) -> torch.Tensor:
    return x / (1 + torch.abs(x))


def softsign_grad_kernel(grad: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return grad / torch.square(1 + torch.abs(x))


ALPHA = "alpha: float = 0.2; "

relu_op = _activation("Relu", "realnumber | qint8", relu_kernel)
relu_op.numpy(lambda x: np.maximum(x, x.dtype.type(0)))
relu_grad_op = _grad_op("ReluGrad", "features", "realnumber", relu_grad_kernel)
relu6_op = _activation("Relu6", "realnumber", lambda x: torch.clamp(x, 0, 6))
relu6_grad_op = _grad_op("Relu6Grad", "features", "realnumber", relu6_grad_kernel)
leaky_relu_op = _activation("LeakyRelu", "floating = float32", leaky_relu_kernel, ALPHA)
leaky_relu_grad_op = _grad_op(
    "LeakyReluGrad", "features", "floating = float32", leaky_relu_grad_kernel, ALPHA
)
elu_op = _activation("Elu", "floating", lambda x: F.elu(x))
elu_grad_op = _grad_op("EluGrad", "outputs", "floating", elu_grad_kernel)
selu_op = _activation("Selu", "floating", lambda x: F.selu(x))
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
    negative = math_ops.less(y, 0)
    product = math_ops.multiply(grad, node.inputs[0])
    return apply_op("Select", negative, product, array_ops.zeros_like(y))


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
    d_dy = apply_op("SoftplusGrad", grad, x)
    d_x = apply_op("Mul", grad, dy) / (math_ops.exp(-x) + 2.0 + math_ops.exp(x))
    return d_dy, d_x


@softsign_op.gradient
def softsign_gradient(node: Any, grad: Any) -> Any:
    return apply_op("SoftsignGrad", grad, node.inputs[0])
