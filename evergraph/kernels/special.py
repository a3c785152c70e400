"""Special functions that torch lacks, or gives other values at the edges. Computed in float64."""

import torch

_BIG = 2.0**52
_TINY = 1e-300


def digamma(x: torch.Tensor) -> torch.Tensor:
    """The logarithmic derivative of the gamma function; +inf at its poles."""
    pole = (x <= 0) & (x == torch.floor(x))
    return torch.digamma(x).masked_fill_(pole, torch.inf)


def polygamma(n: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """The n-th derivative of digamma; NaN where n is no whole number or negative."""
    n, x = torch.broadcast_tensors(n.double(), x.double())
    sign = 1 - 2 * torch.remainder(n + 1, 2)
    value = sign * torch.exp(torch.lgamma(n + 1)) * torch.special.zeta(n + 1, x)
    value = torch.where(n == 0, digamma(x), value)
    return value.masked_fill_((n < 0) | (n != torch.floor(n)), torch.nan)


def betainc(a: torch.Tensor, b: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """The regularised incomplete beta integral; NaN outside of a > 0, b > 0, 0 <= x <= 1."""
    a, b, x = torch.broadcast_tensors(a.double(), b.double(), x.double())
    # The continued fraction converges fast below the mean; above it the mirrored one does.
    mirrored = x > (a + 1) / (a + b + 2)
    p, q = torch.where(mirrored, b, a), torch.where(mirrored, a, b)
    y = torch.where(mirrored, 1 - x, x)
    log_front = torch.lgamma(a + b) - torch.lgamma(a) - torch.lgamma(b)
    log_front = log_front + torch.xlogy(p, y) + torch.special.xlog1py(q, -y)
    value = torch.exp(log_front) * _beta_fraction(p, q, y).reshape(x.shape) / p
    value = torch.where(mirrored, 1 - value, value)
    value = torch.where(x == 0, torch.zeros_like(x), value)
    value = torch.where(x == 1, torch.ones_like(x), value)
    # At the ends the value is known, NaN among a and b or not.
    return value.masked_fill_((a <= 0) | (b <= 0) | ~((x >= 0) & (x <= 1)), torch.nan)


def _away_from_zero(v: torch.Tensor) -> torch.Tensor:
    return torch.where(v.abs() < _TINY, torch.full_like(v, _TINY), v)


def _beta_fraction(a: torch.Tensor, b: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """The continued fraction of the incomplete beta function, by Lentz's method."""
    result = torch.empty_like(x).reshape(-1)
    places = torch.arange(result.numel(), device=x.device)
    a, b, x = (t.reshape(-1) for t in (a, b, x))
    c = torch.ones_like(x)
    d = 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 500):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _away_from_zero(1 + term * d)
            c = _away_from_zero(1 + term / c)
            value = value * (d * c)
        if m % 8 == 0:
            # Go on with those alone that still change.
            going = (d * c - 1).abs() > 1e-15
            result[places] = value
            places, a, b, x, c, d, value = (t[going] for t in (places, a, b, x, c, d, value))
            if not places.numel():
                break
    result[places] = value
    return result


def igamma_grad_a(a: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """The derivative of the lower regularised incomplete gamma function P(a, x) by a."""
    a, x = torch.broadcast_tensors(a.double(), x.double())
    value = torch.where((x > 1) & (x > a), -_upper_grad_a(a, x), _lower_grad_a(a, x))
    value = torch.where(x == 0, torch.zeros_like(x), value)
    return value.masked_fill_(~((a > 0) & (x >= 0)), torch.nan)


def _lower_grad_a(a: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """By the power series of P, and the derivative of each of its terms."""
    term, total = torch.ones_like(x), torch.ones_like(x)
    d_term, d_total = torch.zeros_like(x), torch.zeros_like(x)
    for n in range(1, 2000):
        ratio = x / (a + n)
        d_term = d_term * ratio - term * ratio / (a + n)
        term = term * ratio
        total, d_total = total + term, d_total + d_term
        if not bool((d_term.abs() > d_total.abs() * 1e-16).any()):
            break
    front = torch.exp(a * torch.log(x) - x - torch.lgamma(a + 1))
    return front * (total * (torch.log(x) - torch.digamma(a + 1)) + d_total)


def _upper_grad_a(a: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """By the continued fraction of Q = 1 - P; d_ marks derivatives by a."""
    y = 1 - a
    z = x + y + 1
    p0, q0, p1, q1 = torch.ones_like(x), x, x + 1, z * x
    d_p0, d_q0, d_p1, d_q1 = torch.zeros_like(x), torch.zeros_like(x), torch.zeros_like(x), -x
    value = p1 / q1
    d_value = (d_p1 - value * d_q1) / q1
    for c in range(1, 2000):
        y, z = y + 1, z + 2
        p2, q2 = p1 * z - p0 * y * c, q1 * z - q0 * y * c
        d_p2 = d_p1 * z - p1 - d_p0 * y * c + p0 * c
        d_q2 = d_q1 * z - q1 - d_q0 * y * c + q0 * c
        value = p2 / q2
        old, d_value = d_value, (d_p2 - value * d_q2) / q2
        # Keep the terms in range: only their ratios count.
        scale = torch.where(p2.abs() > _BIG, 1 / _BIG, 1.0).to(x.dtype)
        p0, q0, p1, q1 = p1 * scale, q1 * scale, p2 * scale, q2 * scale
        d_p0, d_q0, d_p1, d_q1 = d_p1 * scale, d_q1 * scale, d_p2 * scale, d_q2 * scale
        if not bool(((d_value - old).abs() > d_value.abs() * 1e-15).any()):
            break
    front = torch.exp(a * torch.log(x) - x - torch.lgamma(a))
    return front * (d_value + value * (torch.log(x) - torch.digamma(a)))
