"""Special functions: gamma, error, Bessel, zeta and beta functions."""

import itertools
import math
from typing import Any

import numpy as np
import torch

from evergraph.api import array_ops, math_ops
from evergraph.base.errors import InvalidArgumentError
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.registry import Entry, Rule, op
from evergraph.kernels import special
from evergraph.ops import complaints, shape_rules
from evergraph.ops.gradient_rules import after, reduction_axes, sum_to

REAL = "T: unary_real"
WIDE = "T: float32 | float64"
_HALF = (torch.float16, torch.bfloat16)


def widened(function: Rule) -> Rule:
    """`function`, computed in float32 for half-precision types."""

    def kernel(x: torch.Tensor) -> torch.Tensor:
        return function(x.float()).to(x.dtype) if x.dtype in _HALF else function(x)

    kernel.__name__ = function.__name__
    return kernel


def unary(signature: str, kernel: Rule) -> Entry:
    made = op(signature, REAL)
    made.shape(shape_rules.unchanged)
    made.kernel(widened(kernel))
    return made


def binary(signature: str, kernel: Rule) -> Entry:
    made = op(signature, WIDE)
    made.shape(shape_rules.broadcast_binary)
    made.on_failure(complaints.incompatible_shapes)
    made.kernel(kernel)
    return made


lgamma_op = unary("Lgamma(x: T) -> y: T", torch.lgamma)
digamma_op = unary("Digamma(x: T) -> y: T", special.digamma)
erf_op = unary("Erf(x: T) -> y: T", torch.erf)
erfc_op = unary("Erfc(x: T) -> y: T", torch.erfc)
bessel_i0e_op = unary("BesselI0e(x: T) -> y: T", torch.special.i0e)
bessel_i1e_op = unary("BesselI1e(x: T) -> y: T", torch.special.i1e)


def undefined_where(bad: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    return value.masked_fill_(bad, torch.nan)


def igamma(a: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    value = undefined_where((a <= 0) | (x < 0), torch.special.gammainc(a, x))
    return value.masked_fill_(x == 0, 0)


def igammac(a: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return undefined_where((a <= 0) | (x < 0), torch.special.gammaincc(a, x))


def igamma_grad_a(a: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return special.igamma_grad_a(a, x).to(x.dtype)


def polygamma(a: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return special.polygamma(a, x).to(x.dtype)


igamma_op = binary("Igamma(a: T, x: T) -> z: T", igamma)
igammac_op = binary("Igammac(a: T, x: T) -> z: T", igammac)
igamma_grad_a_op = binary("IgammaGradA(a: T, x: T) -> z: T", igamma_grad_a)
zeta_op = binary("Zeta(x: T, q: T) -> z: T", torch.special.zeta)
polygamma_op = binary("Polygamma(a: T, x: T) -> z: T", polygamma)
betainc_op = op("Betainc(a: T, b: T, x: T) -> z: T", WIDE)


@betainc_op.shape
def betainc_shape(node: Any) -> shape_rules.Dims:
    known = [t.dims for t in node.inputs if t.dims is not None and t.dims != ()]
    if not known:
        return () if all(t.dims == () for t in node.inputs) else None
    dims = known[0]
    for other in known[1:]:
        dims = shape_rules.merge(dims, other)
    return dims


@betainc_op.kernel
def betainc(a: torch.Tensor, b: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    named = {"a": a, "b": b, "x": x}
    for (m, first), (n, second) in itertools.combinations(named.items(), 2):
        if first.dim() and second.dim() and first.shape != second.shape:
            shapes = f"{complaints.shape_text(first)} vs. {complaints.shape_text(second)}"
            text = f"Shapes of {m} and {n} are inconsistent: {shapes}"
            raise InvalidArgumentError(None, None, text)
    return special.betainc(a, b, x).to(x.dtype)


# Gradients.


@lgamma_op.gradient
def lgamma_gradient(node: Any, grad: Any) -> Any:
    x = node.inputs[0]
    with after(grad):
        return grad * math_ops.digamma(math_ops.conj(x))


@digamma_op.gradient
def digamma_gradient(node: Any, grad: Any) -> Any:
    x = node.inputs[0]
    with after(grad):
        x = math_ops.conj(x)
        return grad * math_ops.polygamma(constant(1, dtype=x.dtype), x)


def error_function_gradient(node: Any, grad: Any, factor: float) -> Any:
    x = node.inputs[0]
    scale = constant(factor, dtype=grad.dtype)
    with after(grad):
        x = math_ops.conj(x)
        return grad * scale * math_ops.exp(-math_ops.square(x))


@erf_op.gradient
def erf_gradient(node: Any, grad: Any) -> Any:
    return error_function_gradient(node, grad, 2 / math.sqrt(math.pi))


@erfc_op.gradient
def erfc_gradient(node: Any, grad: Any) -> Any:
    return error_function_gradient(node, grad, -2 / math.sqrt(math.pi))


@bessel_i0e_op.gradient
def bessel_i0e_gradient(node: Any, grad: Any) -> Any:
    x = node.inputs[0]
    y = node.outputs[0]
    with after(grad):
        return grad * (math_ops.bessel_i1e(x) - math_ops.sign(x) * y)


@bessel_i1e_op.gradient
def bessel_i1e_gradient(node: Any, grad: Any) -> Any:
    x = node.inputs[0]
    y = node.outputs[0]
    with after(grad):
        # Near 0 the formula divides 0 by 0; the derivative there is 1/2.
        eps = np.finfo(x.dtype.as_numpy_dtype).eps
        zeros = array_ops.zeros_like(x)
        not_tiny = math_ops.abs(x) > eps
        safe_x = array_ops.where(not_tiny, x, eps + zeros)
        slope = math_ops.bessel_i0e(safe_x) - y * (
            math_ops.sign(safe_x) + math_ops.reciprocal(safe_x)
        )
        return grad * array_ops.where(not_tiny, slope, 0.5 + zeros)


def igamma_gradients(node: Any, grad: Any) -> Any:
    a, x = node.inputs
    sa, sx, ra, rx = reduction_axes(a, x)
    with after(grad):
        partial_a = apply_op("IgammaGradA", a, x)
        partial_x = math_ops.exp(-x + (a - 1) * math_ops.log(x) - math_ops.lgamma(a))
        return sum_to(partial_a * grad, ra, sa), sum_to(partial_x * grad, rx, sx)


igamma_op.gradient(igamma_gradients)


@igammac_op.gradient
def igammac_gradient(node: Any, grad: Any) -> Any:
    grad_a, grad_x = igamma_gradients(node, grad)
    return -grad_a, -grad_x


@betainc_op.gradient
def betainc_gradient(node: Any, grad: Any) -> Any:
    a, b, x = node.inputs
    _, sx, _, rx = reduction_axes(a, x)
    log_beta = math_ops.lgamma(a) + math_ops.lgamma(b) - math_ops.lgamma(a + b)
    partial = math_ops.exp((b - 1) * math_ops.log(1 - x) + (a - 1) * math_ops.log(x) - log_beta)
    return None, None, sum_to(partial * grad, rx, sx)


@zeta_op.gradient
def zeta_gradient(node: Any, grad: Any) -> Any:
    x, q = node.inputs
    _, sq, _, rq = reduction_axes(x, q)
    with after(grad):
        x = math_ops.conj(x)
        q = math_ops.conj(q)
        partial = -x * math_ops.zeta(x + 1, q)
        return None, sum_to(partial * grad, rq, sq)


@polygamma_op.gradient
def polygamma_gradient(node: Any, grad: Any) -> Any:
    n, x = node.inputs
    _, sx, _, rx = reduction_axes(n, x)
    with after(grad):
        n = math_ops.conj(n)
        x = math_ops.conj(x)
        return None, sum_to(math_ops.polygamma(n + 1, x) * grad, rx, sx)
