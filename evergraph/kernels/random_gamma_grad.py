"""How a gamma sample moves with its alpha: RandomGammaGrad.

The sample is an implicit function of alpha, its quantile being fixed, so its derivative is
-(d CDF / d alpha) / density. Below the mode the CDF's power series is differentiated term by term,
above it the continued fraction of the upper tail.
"""

import torch

_STEPS = 2000
_BIG = 2.0**52


def gamma_sample_derivative(alpha: torch.Tensor, sample: torch.Tensor) -> torch.Tensor:
    """d sample / d alpha for Gamma(alpha, 1) samples; `alpha` and `sample` broadcast."""
    a, x = torch.broadcast_tensors(alpha.double(), sample.double())
    out = torch.zeros_like(x)
    invalid = ~(x >= 0) | ~(a > 0)
    upper = (x > 1) & (x > a) & ~invalid
    lower = (x > 0) & ~upper & ~invalid
    out[invalid] = torch.nan
    out[lower] = _from_series(a[lower], x[lower])
    out[upper] = _from_fraction(a[upper], x[upper])
    return out.to(sample.dtype)


def _from_series(a: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    total, term = torch.ones_like(x), torch.ones_like(x)
    d_total, d_term = torch.zeros_like(x), torch.zeros_like(x)
    r = a.clone()
    for _ in range(_STEPS):
        r = r + 1
        factor = x / r
        d_term = factor * d_term - factor / r * term
        d_total = d_total + d_term
        term = term * factor
        total = total + term
        if bool((d_term.abs() <= torch.finfo(x.dtype).eps * d_total.abs()).all()):
            break
    d_log = d_total / total + torch.log(x) - torch.digamma(a + 1)
    return -d_log * total * x / a


def _from_fraction(a: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    y, z, c = 1 - a, x - a + 2, 0.0
    p2, q2, p1, q1 = torch.ones_like(x), x, x + 1, z * x
    zero = torch.zeros_like(x)
    dp2, dq2, dp1, dq1 = zero, zero, zero, -x
    value = p1 / q1
    d_value = (dp1 - value * dq1) / q1
    for _ in range(_STEPS):
        c, y, z = c + 1, y + 1, z + 2
        yc = y * c
        p, q = p1 * z - p2 * yc, q1 * z - q2 * yc
        dp = dp1 * z - p1 - dp2 * yc + p2 * c
        dq = dq1 * z - q1 - dq2 * yc + q2 * c
        usable = q != 0
        value = torch.where(usable, p / q, value)
        before = d_value
        d_value = torch.where(usable, (dp - value * dq) / q, d_value)
        if bool(((d_value - before).abs() <= torch.finfo(x.dtype).eps).all()):
            break
        # Only ratios count: all are scaled down before they overflow.
        scale = torch.where(p.abs() > _BIG, 1 / _BIG, 1.0)
        p2, p1, q2, q1 = p1 * scale, p * scale, q1 * scale, q * scale
        dp2, dp1, dq2, dq1 = dp1 * scale, dp * scale, dq1 * scale, dq * scale
    return (d_value + value * (torch.log(x) - torch.digamma(a))) * x
