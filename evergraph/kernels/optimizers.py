"""The update rules of TensorFlow's optimizers.

Each takes the variable and its slots first, as tensors that it writes; then the gradient and the
hyperparameters. These are NumPy scalars of the variable's dtype, so that what is computed from them
alone is rounded as TensorFlow rounds it. On the tensors, torch's fused steps (lerp, addcdiv) stand
for several of TensorFlow's where they differ in the last bit at most.
"""

import functools
import math
from typing import Any

import numpy as np
import torch

from evergraph.kernels.one_thread import alone

Tensor = torch.Tensor
Scalar = Any  # np.generic


def _number(value: Scalar) -> float:
    return float(value)


def _shrunk(prox: Tensor, threshold: Tensor | float, divisor: Tensor | float) -> Tensor:
    """Soft thresholding: what proximal updates do with an L1 and an L2 penalty."""
    return torch.sign(prox) * torch.clamp(prox.abs() - threshold, min=0) / divisor


def gradient_descent(var: Tensor, lr: Scalar, grad: Tensor) -> None:
    if var.is_complex():
        var.sub_(grad * lr.item())
    else:
        var.sub_(grad, alpha=_number(lr))


def proximal_gradient_descent(
    var: Tensor, lr: Scalar, l1: Scalar, l2: Scalar, grad: Tensor
) -> None:
    prox = var - grad * _number(lr)
    divisor = _number(type(lr)(1) + l2 * lr)
    if l1 > 0:
        var.copy_(_shrunk(prox, _number(lr * l1), divisor))
    else:
        var.copy_(prox / divisor)


def adagrad(var: Tensor, accum: Tensor, lr: Scalar, grad: Tensor, *, update_slots: bool) -> None:
    if update_slots:
        accum.addcmul_(grad, grad)
    var.addcmul_(grad, accum.rsqrt(), value=-_number(lr))


def adagrad_v2(
    var: Tensor, accum: Tensor, lr: Scalar, epsilon: Scalar, grad: Tensor, *, update_slots: bool
) -> None:
    if update_slots:
        accum.addcmul_(grad, grad)
    var.addcdiv_(grad, accum.sqrt().add_(_number(epsilon)), value=-_number(lr))


def proximal_adagrad(
    var: Tensor, accum: Tensor, lr: Scalar, l1: Scalar, l2: Scalar, grad: Tensor
) -> None:
    accum.addcmul_(grad, grad)
    rate = accum.rsqrt().mul_(_number(lr))
    prox = var - grad * rate
    divisor = rate * _number(l2) + 1
    if l1 > 0:
        var.copy_(_shrunk(prox, rate * _number(l1), divisor))
    else:
        var.copy_(prox / divisor)


def adagrad_da(
    var: Tensor,
    gradient_accumulator: Tensor,
    gradient_squared_accumulator: Tensor,
    grad: Tensor,
    lr: Scalar,
    l1: Scalar,
    l2: Scalar,
    global_step: Any,
) -> None:
    step = type(lr)(global_step)
    gradient_accumulator.add_(grad)
    gradient_squared_accumulator.addcmul_(grad, grad)
    total = gradient_accumulator
    if l1 > 0:
        total = torch.sign(total) * torch.clamp(total.abs() - _number(l1 * step), min=0)
    divisor = gradient_squared_accumulator.sqrt().add_(_number(l2 * lr * step))
    var.copy_((total * -_number(lr)).div_(divisor))


def adadelta(
    var: Tensor,
    accum: Tensor,
    accum_update: Tensor,
    lr: Scalar,
    rho: Scalar,
    epsilon: Scalar,
    grad: Tensor,
) -> None:
    rest = _number(type(rho)(1) - rho)
    accum.mul_(_number(rho)).addcmul_(grad, grad, value=rest)
    update = (accum_update + _number(epsilon)).sqrt_()
    update.mul_((accum + _number(epsilon)).rsqrt_()).mul_(grad)
    var.sub_(update, alpha=_number(lr))
    accum_update.mul_(_number(rho)).addcmul_(update, update, value=rest)


def momentum(
    var: Tensor, accum: Tensor, lr: Scalar, grad: Tensor, momentum: Scalar, *, use_nesterov: bool
) -> None:
    accum.mul_(_number(momentum)).add_(grad)
    if use_nesterov:
        ahead = (accum * _number(momentum)).mul_(_number(lr))
        var.sub_((grad * _number(lr)).add_(ahead))
    else:
        var.sub_(accum, alpha=_number(lr))


def keras_momentum(
    var: Tensor, accum: Tensor, lr: Scalar, grad: Tensor, momentum: Scalar, *, use_nesterov: bool
) -> None:
    scaled = grad * _number(lr)
    accum.mul_(_number(momentum)).sub_(scaled)
    if use_nesterov:
        var.add_((accum * _number(momentum)).sub_(scaled))
    else:
        var.add_(accum)


# torch shares even few numbers out among all threads.
_SMALL = 1 << 15


def _adam_rate(lr: Scalar, beta1_power: Scalar, beta2_power: Scalar) -> Scalar:
    one = type(lr)(1)
    return lr * np.sqrt(one - beta2_power) / (one - beta1_power)


def adam(
    var: Tensor,
    m: Tensor,
    v: Tensor,
    beta1_power: Scalar,
    beta2_power: Scalar,
    lr: Scalar,
    beta1: Scalar,
    beta2: Scalar,
    epsilon: Scalar,
    grad: Tensor,
    *,
    use_nesterov: bool,
) -> None:
    rate = _number(_adam_rate(lr, beta1_power, beta2_power))
    if not use_nesterov and _takes_one_pass(var, m, v, grad) and max(beta1, beta2) < 1:
        # torch corrects the rate by powers of the betas itself: those of an endless count are 0.
        fused: Any = torch._fused_adam_
        if var.numel() < _SMALL:
            fused = functools.partial(alone, fused)
        fused(
            [var],
            [grad],
            [m],
            [v],
            [],
            [torch.full((), math.inf, device=var.device)],
            lr=rate,
            beta1=_number(beta1),
            beta2=_number(beta2),
            weight_decay=0.0,
            eps=_number(epsilon),
            amsgrad=False,
            maximize=False,
        )
        return
    rest1, rest2 = _number(type(lr)(1) - beta1), _number(type(lr)(1) - beta2)
    m.lerp_(grad, rest1)
    v.lerp_(grad.square(), rest2)
    divisor = v.sqrt().add_(_number(epsilon))
    step = (grad * rest1).add_(m, alpha=_number(beta1)) if use_nesterov else m
    var.addcdiv_(step, divisor, value=-rate)


def _takes_one_pass(*tensors: Tensor) -> bool:
    """Whether torch's fused optimizers take these tensors: one pass over memory instead of five."""
    first = tensors[0]
    return first.dtype in (torch.float32, torch.float64) and all(
        t.dtype == first.dtype and t.is_contiguous() for t in tensors
    )


def adam_with_amsgrad(
    var: Tensor,
    m: Tensor,
    v: Tensor,
    vhat: Tensor,
    beta1_power: Scalar,
    beta2_power: Scalar,
    lr: Scalar,
    beta1: Scalar,
    beta2: Scalar,
    epsilon: Scalar,
    grad: Tensor,
) -> None:
    rate = _number(_adam_rate(lr, beta1_power, beta2_power))
    m.lerp_(grad, _number(type(lr)(1) - beta1))
    v.lerp_(grad.square(), _number(type(lr)(1) - beta2))
    torch.maximum(vhat, v, out=vhat)
    var.addcdiv_(m, vhat.sqrt().add_(_number(epsilon)), value=-rate)


def ada_max(
    var: Tensor,
    m: Tensor,
    v: Tensor,
    beta1_power: Scalar,
    lr: Scalar,
    beta1: Scalar,
    beta2: Scalar,
    epsilon: Scalar,
    grad: Tensor,
) -> None:
    m.lerp_(grad, _number(type(lr)(1) - beta1))
    torch.maximum(v.mul_(_number(beta2)), grad.abs(), out=v)
    rate = lr / (type(lr)(1) - beta1_power)
    var.addcdiv_(m, v + _number(epsilon), value=-_number(rate))


def rms_prop(
    var: Tensor,
    ms: Tensor,
    mom: Tensor,
    lr: Scalar,
    rho: Scalar,
    momentum: Scalar,
    epsilon: Scalar,
    grad: Tensor,
) -> None:
    ms.lerp_(grad.square(), _number(type(rho)(1) - rho))
    root = (ms + _number(epsilon)).sqrt_()
    mom.mul_(_number(momentum)).addcdiv_(grad, root, value=_number(lr))
    var.sub_(mom)


def centered_rms_prop(
    var: Tensor,
    mg: Tensor,
    ms: Tensor,
    mom: Tensor,
    lr: Scalar,
    rho: Scalar,
    momentum: Scalar,
    epsilon: Scalar,
    grad: Tensor,
) -> None:
    rest = _number(type(rho)(1) - rho)
    ms.lerp_(grad.square(), rest)
    mg.lerp_(grad, rest)
    root = (ms - mg.square()).add_(_number(epsilon)).sqrt_()
    mom.mul_(_number(momentum)).addcdiv_(grad, root, value=_number(lr))
    var.sub_(mom)


def add_sign(
    var: Tensor,
    m: Tensor,
    lr: Scalar,
    alpha: Scalar,
    sign_decay: Scalar,
    beta: Scalar,
    grad: Tensor,
) -> None:
    m.mul_(_number(beta)).add_(grad, alpha=_number(type(beta)(1) - beta))
    agreement = torch.sign(grad) * torch.sign(m)
    scale = (agreement * _number(sign_decay)).add_(_number(alpha)).mul_(_number(lr))
    var.sub_(scale.mul_(grad))


def power_sign(
    var: Tensor,
    m: Tensor,
    lr: Scalar,
    logbase: Scalar,
    sign_decay: Scalar,
    beta: Scalar,
    grad: Tensor,
) -> None:
    m.mul_(_number(beta)).add_(grad, alpha=_number(type(beta)(1) - beta))
    agreement = torch.sign(grad) * torch.sign(m)
    scale = (agreement * _number(logbase * sign_decay)).exp_().mul_(_number(lr))
    var.sub_(scale.mul_(grad))


def _ftrl(
    var: Tensor,
    accum: Tensor,
    linear: Tensor,
    grad: Tensor,
    penalized: Tensor,
    lr: Scalar,
    l1: Scalar,
    l2: Scalar,
    lr_power: Scalar,
) -> None:
    def powered(x: Tensor) -> Tensor:
        return x.sqrt() if lr_power == -0.5 else x.pow(_number(-lr_power))

    new_accum = torch.addcmul(accum, grad, grad)
    new_power = powered(new_accum)
    change = (new_power - powered(accum)).div_(_number(lr)).mul_(var)
    linear.add_(penalized - change)
    numerator = torch.sign(linear) * _number(l1) - linear
    divisor = new_power.div_(_number(lr)).add_(_number(type(l2)(2) * l2))
    var.copy_(torch.where(linear.abs() > _number(l1), numerator.div_(divisor), 0))
    accum.copy_(new_accum)


def ftrl(
    var: Tensor,
    accum: Tensor,
    linear: Tensor,
    grad: Tensor,
    lr: Scalar,
    l1: Scalar,
    l2: Scalar,
    lr_power: Scalar,
) -> None:
    _ftrl(var, accum, linear, grad, grad, lr, l1, l2, lr_power)


def ftrl_v2(
    var: Tensor,
    accum: Tensor,
    linear: Tensor,
    grad: Tensor,
    lr: Scalar,
    l1: Scalar,
    l2: Scalar,
    l2_shrinkage: Scalar,
    lr_power: Scalar,
) -> None:
    penalized = grad + var * _number(type(lr)(2) * l2_shrinkage)
    _ftrl(var, accum, linear, grad, penalized, lr, l1, l2, lr_power)
