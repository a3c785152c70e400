"""Element-wise functions of one tensor, and the ops that stand for their gradients."""

from typing import Any

import numpy as np
import torch

from evergraph.api import array_ops, math_ops
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.registry import Entry, Rule, op
from evergraph.kernels import roots
from evergraph.ops import shape_rules
from evergraph.ops.gradient_rules import after

REAL = "T: unary_real"
COMPLEX = "T: unary_complex"
ALL = "T: unary"


def entry(signature: str, attrs: str, kernel: Rule, numpy: Rule | None = None) -> Entry:
    """An op whose output is shaped like its input."""
    made = op(signature, attrs)
    made.shape(shape_rules.unchanged)
    made.kernel(kernel)
    if numpy is not None:
        made.numpy(numpy)
    return made


def is_integer(x: Any) -> bool:
    """Whether a NumPy value holds integers."""
    return x.dtype.kind in "iu"


# Kernels that are not simply one function of torch or NumPy.


def sign(x: torch.Tensor) -> torch.Tensor:
    # TensorFlow's sign of NaN is 0, and so is torch's; the complex sign is z / |z|.
    return torch.sgn(x)


def sign_numpy(x: Any) -> Any:
    return (x > 0).astype(x.dtype) - (x < 0).astype(x.dtype) if x.dtype.kind != "c" else np.sign(x)


def round_numpy(x: Any) -> Any:
    return x.copy() if is_integer(x) else np.rint(x)


def sigmoid_numpy(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def rsqrt_numpy(x: Any) -> Any:
    return 1 / np.sqrt(x)


abs_op = entry(
    "Abs(x: T) -> y: T", "T: unary_real | int8 | int16 | int32 | int64", torch.abs, np.abs
)
neg_op = entry("Neg(x: T) -> y: T", ALL, torch.neg, np.negative)
sign_op = entry("Sign(x: T) -> y: T", ALL, sign, sign_numpy)
inv_op = entry("Inv(x: T) -> y: T", ALL, torch.reciprocal, np.reciprocal)
reciprocal_op = entry("Reciprocal(x: T) -> y: T", ALL, torch.reciprocal, np.reciprocal)
square_op = entry("Square(x: T) -> y: T", ALL, torch.square, np.square)
sqrt_op = entry("Sqrt(x: T) -> y: T", COMPLEX, roots.sqrt, np.sqrt)
rsqrt_op = entry("Rsqrt(x: T) -> y: T", COMPLEX, torch.rsqrt, rsqrt_numpy)
exp_op = entry("Exp(x: T) -> y: T", COMPLEX, torch.exp, np.exp)
expm1_op = entry("Expm1(x: T) -> y: T", COMPLEX, torch.expm1, np.expm1)
log_op = entry("Log(x: T) -> y: T", COMPLEX, torch.log, np.log)
log1p_op = entry("Log1p(x: T) -> y: T", COMPLEX, torch.log1p, np.log1p)
sin_op = entry("Sin(x: T) -> y: T", COMPLEX, torch.sin, np.sin)
cos_op = entry("Cos(x: T) -> y: T", COMPLEX, torch.cos, np.cos)
tan_op = entry("Tan(x: T) -> y: T", ALL, torch.tan, np.tan)
asin_op = entry("Asin(x: T) -> y: T", ALL, torch.asin, np.arcsin)
acos_op = entry("Acos(x: T) -> y: T", ALL, torch.acos, np.arccos)
atan_op = entry("Atan(x: T) -> y: T", ALL, torch.atan, np.arctan)
sinh_op = entry("Sinh(x: T) -> y: T", COMPLEX, torch.sinh, np.sinh)
cosh_op = entry("Cosh(x: T) -> y: T", COMPLEX, torch.cosh, np.cosh)
tanh_op = entry("Tanh(x: T) -> y: T", COMPLEX, torch.tanh, np.tanh)
asinh_op = entry("Asinh(x: T) -> y: T", COMPLEX, torch.asinh, np.arcsinh)
acosh_op = entry("Acosh(x: T) -> y: T", COMPLEX, torch.acosh, np.arccosh)
atanh_op = entry("Atanh(x: T) -> y: T", COMPLEX, torch.atanh, np.arctanh)
sigmoid_op = entry("Sigmoid(x: T) -> y: T", COMPLEX, torch.sigmoid, sigmoid_numpy)
floor_op = entry("Floor(x: T) -> y: T", REAL, torch.floor, np.floor)
ceil_op = entry("Ceil(x: T) -> y: T", REAL, torch.ceil, np.ceil)
round_op = entry("Round(x: T) -> y: T", ALL, torch.round, round_numpy)
rint_op = entry("Rint(x: T) -> y: T", REAL, torch.round, np.rint)
is_nan_op = entry("IsNan(x: T) -> y: bool", REAL, torch.isnan, np.isnan)
is_inf_op = entry("IsInf(x: T) -> y: bool", REAL, torch.isinf, np.isinf)
is_finite_op = entry("IsFinite(x: T) -> y: bool", REAL, torch.isfinite, np.isfinite)


# Ops that compute gradients from the function's output `y` and the incoming `dy`.


def reciprocal_grad(y: torch.Tensor, dy: torch.Tensor) -> torch.Tensor:
    y = torch.conj(y)
    return -dy * y * y


def reciprocal_grad_numpy(y: Any, dy: Any) -> Any:
    y = np.conj(y)
    return -dy * y * y


def sqrt_grad(y: torch.Tensor, dy: torch.Tensor) -> torch.Tensor:
    return dy * 0.5 / torch.conj(y)


def sqrt_grad_numpy(y: Any, dy: Any) -> Any:
    return dy * y.dtype.type(0.5) / np.conj(y)


def rsqrt_grad(y: torch.Tensor, dy: torch.Tensor) -> torch.Tensor:
    y = torch.conj(y)
    return dy * y * -0.5 * (y * y)


def rsqrt_grad_numpy(y: Any, dy: Any) -> Any:
    y = np.conj(y)
    return dy * y * y.dtype.type(-0.5) * (y * y)


_tanh_backward = torch.ops.aten.tanh_backward.default
_sigmoid_backward = torch.ops.aten.sigmoid_backward.default


def tanh_grad(y: torch.Tensor, dy: torch.Tensor) -> torch.Tensor:
    return _tanh_backward(dy, y)


def tanh_grad_complex(y: Any, dy: Any) -> Any:
    # torch's own conjugates y; TensorFlow's gradient rule does that before.
    return dy * (1 - y * y)


def tanh_grad_numpy(y: Any, dy: Any) -> Any:
    return dy * (1 - y * y)


def sigmoid_grad(y: torch.Tensor, dy: torch.Tensor) -> torch.Tensor:
    return _sigmoid_backward(dy, y)


def sigmoid_grad_complex(y: Any, dy: Any) -> Any:
    return dy * y * (1 - y)


def sigmoid_grad_numpy(y: Any, dy: Any) -> Any:
    return dy * y * (1 - y)


inv_grad_op = op("InvGrad(y: T, dy: T) -> z: T", COMPLEX)
reciprocal_grad_op = op("ReciprocalGrad(y: T, dy: T) -> z: T", COMPLEX)
sqrt_grad_op = op("SqrtGrad(y: T, dy: T) -> z: T", COMPLEX)
rsqrt_grad_op = op("RsqrtGrad(y: T, dy: T) -> z: T", COMPLEX)
tanh_grad_op = op("TanhGrad(y: T, dy: T) -> z: T", COMPLEX)
sigmoid_grad_op = op("SigmoidGrad(y: T, dy: T) -> z: T", COMPLEX)

for _entry, _kernel, _numpy in (
    (inv_grad_op, reciprocal_grad, reciprocal_grad_numpy),
    (reciprocal_grad_op, reciprocal_grad, reciprocal_grad_numpy),
    (sqrt_grad_op, sqrt_grad, sqrt_grad_numpy),
    (rsqrt_grad_op, rsqrt_grad, rsqrt_grad_numpy),
    (tanh_grad_op, tanh_grad, tanh_grad_numpy),
    (sigmoid_grad_op, sigmoid_grad, sigmoid_grad_numpy),
):
    _entry.shape(shape_rules.unchanged)
    _entry.kernel(_kernel)
    _entry.numpy(_numpy)


@tanh_grad_op.specialize
def choose_tanh_grad(node: Any) -> Rule:
    return tanh_grad_complex if node.attr("T").is_complex else tanh_grad


@sigmoid_grad_op.specialize
def choose_sigmoid_grad(node: Any) -> Rule:
    return sigmoid_grad_complex if node.attr("T").is_complex else sigmoid_grad


# Gradients. Where TensorFlow writes `a * b` the node is called "mul", hence the operators here.


@abs_op.gradient
def abs_gradient(node: Any, grad: Any) -> Any:
    return grad * math_ops.sign(node.inputs[0])


@neg_op.gradient
def neg_gradient(node: Any, grad: Any) -> Any:
    return -grad


@sign_op.gradient
def sign_gradient(node: Any, grad: Any) -> Any:
    x = node.inputs[0]
    return array_ops.zeros(array_ops.shape(x), dtype=x.dtype)


@inv_op.gradient
@reciprocal_op.gradient
def reciprocal_gradient(node: Any, grad: Any) -> Any:
    return apply_op("ReciprocalGrad", node.outputs[0], grad)


@inv_grad_op.gradient
@reciprocal_grad_op.gradient
def reciprocal_grad_gradient(node: Any, grad: Any) -> Any:
    y, dy = node.inputs
    with after(grad):
        y = math_ops.conj(y)
        conjugate = math_ops.conj(grad)
        return conjugate * -2.0 * dy * y, apply_op("ReciprocalGrad", y, grad)


@square_op.gradient
def square_gradient(node: Any, grad: Any) -> Any:
    x = node.inputs[0]
    with after(grad):
        x = math_ops.conj(x)
        two = constant(2.0, dtype=x.dtype)
        return apply_op("Mul", grad, apply_op("Mul", x, two))


@sqrt_op.gradient
def sqrt_gradient(node: Any, grad: Any) -> Any:
    return apply_op("SqrtGrad", node.outputs[0], grad)


@sqrt_grad_op.gradient
def sqrt_grad_gradient(node: Any, grad: Any) -> Any:
    y = node.inputs[0]
    with after(grad):
        quotient = grad / y
        return -math_ops.conj(quotient) * node.outputs[0], 0.5 * quotient


@rsqrt_op.gradient
def rsqrt_gradient(node: Any, grad: Any) -> Any:
    return apply_op("RsqrtGrad", node.outputs[0], grad)


@rsqrt_grad_op.gradient
def rsqrt_grad_gradient(node: Any, grad: Any) -> Any:
    y, dy = node.inputs
    with after(grad):
        y = math_ops.conj(y)
        conjugate = math_ops.conj(grad)
        grad_y = -1.5 * conjugate * dy * math_ops.square(y)
        return grad_y, apply_op("RsqrtGrad", y, grad)


@exp_op.gradient
def exp_gradient(node: Any, grad: Any) -> Any:
    y = node.outputs[0]
    with after(grad):
        return grad * math_ops.conj(y)


@expm1_op.gradient
def expm1_gradient(node: Any, grad: Any) -> Any:
    x = node.inputs[0]
    with after(grad):
        return grad * math_ops.exp(math_ops.conj(x))


@log_op.gradient
def log_gradient(node: Any, grad: Any) -> Any:
    x = node.inputs[0]
    with after(grad):
        return grad * math_ops.reciprocal(math_ops.conj(x))


@log1p_op.gradient
def log1p_gradient(node: Any, grad: Any) -> Any:
    x = node.inputs[0]
    with after(grad):
        return grad * math_ops.reciprocal(1 + math_ops.conj(x))


@sin_op.gradient
def sin_gradient(node: Any, grad: Any) -> Any:
    x = node.inputs[0]
    with after(grad):
        return grad * math_ops.cos(math_ops.conj(x))


@cos_op.gradient
def cos_gradient(node: Any, grad: Any) -> Any:
    x = node.inputs[0]
    with after(grad):
        x = math_ops.conj(x)
        return -grad * math_ops.sin(x)


@tan_op.gradient
def tan_gradient(node: Any, grad: Any) -> Any:
    x = node.inputs[0]
    with after(grad):
        secant = math_ops.reciprocal(math_ops.cos(math_ops.conj(x)))
        return math_ops.square(secant) * grad


@asin_op.gradient
def asin_gradient(node: Any, grad: Any) -> Any:
    with after(grad):
        inverse = math_ops.reciprocal(_sqrt_of_one_minus_square(node, grad))
        return grad * inverse


@acos_op.gradient
def acos_gradient(node: Any, grad: Any) -> Any:
    with after(grad):
        inverse = math_ops.reciprocal(_sqrt_of_one_minus_square(node, grad))
        return -grad * inverse


def _sqrt_of_one_minus_square(node: Any, grad: Any) -> Any:
    square = math_ops.square(math_ops.conj(node.inputs[0]))
    one = constant(1, dtype=grad.dtype)
    return math_ops.sqrt(apply_op("Sub", one, square))


@atan_op.gradient
def atan_gradient(node: Any, grad: Any) -> Any:
    with after(grad):
        square = math_ops.square(math_ops.conj(node.inputs[0]))
        one = constant(1, dtype=grad.dtype)
        inverse = math_ops.reciprocal(apply_op("Add", one, square))
        return grad * inverse


@sinh_op.gradient
def sinh_gradient(node: Any, grad: Any) -> Any:
    x = node.inputs[0]
    with after(grad):
        return grad * math_ops.cosh(math_ops.conj(x))


@cosh_op.gradient
def cosh_gradient(node: Any, grad: Any) -> Any:
    x = node.inputs[0]
    with after(grad):
        return grad * math_ops.sinh(math_ops.conj(x))


@tanh_op.gradient
def tanh_gradient(node: Any, grad: Any) -> Any:
    y = node.outputs[0]
    with after(grad):
        return apply_op("TanhGrad", math_ops.conj(y), grad)


@tanh_grad_op.gradient
def tanh_grad_gradient(node: Any, grad: Any) -> Any:
    with after(grad):
        y = math_ops.conj(node.inputs[0])
        dy = math_ops.conj(node.inputs[1])
        return grad * -2.0 * dy * y, apply_op("TanhGrad", y, grad)


@asinh_op.gradient
def asinh_gradient(node: Any, grad: Any) -> Any:
    y = node.outputs[0]
    with after(grad):
        return grad / math_ops.cosh(math_ops.conj(y))


@acosh_op.gradient
def acosh_gradient(node: Any, grad: Any) -> Any:
    y = node.outputs[0]
    with after(grad):
        return grad / math_ops.sinh(math_ops.conj(y))


@atanh_op.gradient
def atanh_gradient(node: Any, grad: Any) -> Any:
    with after(grad):
        square = math_ops.square(math_ops.conj(node.inputs[0]))
        one = constant(1, dtype=grad.dtype)
        inverse = math_ops.reciprocal(apply_op("Sub", one, square))
        return grad * inverse


@sigmoid_op.gradient
def sigmoid_gradient(node: Any, grad: Any) -> Any:
    y = node.outputs[0]
    with after(grad):
        return apply_op("SigmoidGrad", math_ops.conj(y), grad)


@sigmoid_grad_op.gradient
def sigmoid_grad_gradient(node: Any, grad: Any) -> Any:
    with after(grad):
        y = math_ops.conj(node.inputs[0])
        dy = math_ops.conj(node.inputs[1])
        product = grad * dy
        return product - 2.0 * product * y, apply_op("SigmoidGrad", y, grad)


@floor_op.gradient
@ceil_op.gradient
@round_op.gradient
@rint_op.gradient
def step_gradient(node: Any, grad: Any) -> None:
    """Functions made of steps have no gradient."""
    return None
