"""Functions of the normal and Laplace distributions, exact far into their tails."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, math_ops
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor

# Below the first, log_ndtr is an asymptotic series; above the second, -ndtr(-x).
LOGNDTR_FLOAT64_LOWER = np.array(-20, np.float64)
LOGNDTR_FLOAT32_LOWER = np.array(-10, np.float32)
LOGNDTR_FLOAT64_UPPER = np.array(8, np.float64)
LOGNDTR_FLOAT32_UPPER = np.array(5, np.float32)
_SEGMENTS = {
    np.float32: (LOGNDTR_FLOAT32_LOWER, LOGNDTR_FLOAT32_UPPER),
    np.float64: (LOGNDTR_FLOAT64_LOWER, LOGNDTR_FLOAT64_UPPER),
}

# Rational approximations of Cephes's ndtri, the highest power first: around 0.5, for the square
# root z of -2 log p below 8, and for z from 8 on.
# fmt: off
_MIDDLE = (
    [-59.96335010141079, 98.00107541859997, -56.67628574690703, 13.931260938727968,
     -1.2391658386738125],
    [1.0, 1.9544885833814176, 4.676279128988815, 86.36024213908905, -225.46268785411937,
     200.26021238006066, -82.03722561683334, 15.90562251262117, -1.1833162112133],
)
_TAIL = (
    [4.0554489230596245, 31.525109459989388, 57.16281922464213, 44.08050738932008,
     14.684956192885803, 2.1866330685079025, -0.1402560791713545, -0.03504246268278482,
     -0.0008574567851546854],
    [1.0, 15.779988325646675, 45.39076351288792, 41.3172038254672, 15.04253856929075,
     2.504649462083094, -0.14218292285478779, -0.03808064076915783, -0.0009332594808954574],
)
_FAR_TAIL = (
    [3.2377489177694603, 6.915228890689842, 3.9388102529247444, 1.3330346081580755,
     0.20148538954917908, 0.012371663481782003, 0.00030158155350823543, 2.6580697468673755e-06,
     6.239745391849833e-09],
    [1.0, 6.02427039364742, 3.6798356385616087, 1.3770209948908132, 0.21623699359449663,
     0.013420400608854318, 0.00032801446468212774, 2.8924786474538068e-06, 6.790194080099813e-09],
)
# fmt: on


def _floating(x: Any, name: str) -> Tensor:
    """`x` as a tensor; TypeError unless float32 or float64."""
    tensor = convert_to_tensor(x, name=name)
    if tensor.dtype.as_numpy_dtype not in _SEGMENTS:
        raise TypeError(
            f"{name}.dtype={tensor.dtype!s} is not handled, see docstring for supported types."
        )
    return tensor


def ndtr(x: Any, name: str = "ndtr") -> Tensor:
    """The cdf of the standard normal distribution at `x`, float32 or float64."""
    with name_scope(name, values=[x]):
        return _ndtr(_floating(x, "x"))


def _ndtr(x: Any) -> Tensor:
    half_sqrt_2 = constant(0.5 * np.sqrt(2.0), dtype=x.dtype, name="half_sqrt_2")
    w = x * half_sqrt_2
    z = math_ops.abs(w)
    near = math_ops.less(z, half_sqrt_2)
    middle = 1.0 + math_ops.erf(w)
    positive = math_ops.greater(w, 0.0)
    above = 2.0 - math_ops.erfc(z)
    tails = array_ops.where_v2(positive, above, math_ops.erfc(z))
    return 0.5 * array_ops.where_v2(near, middle, tails)


def ndtri(p: Any, name: str = "ndtri") -> Tensor:
    """The inverse of `ndtr`, for float32 or float64 in [0, 1]; infinite at the ends."""
    with name_scope(name, values=[p]):
        return _ndtri(_floating(p, "p"))


def _polynomial(x: Tensor, coefficients: list[float]) -> Any:
    value = array_ops.zeros_like(x)
    for coefficient in coefficients:
        value = x.dtype.as_numpy_dtype(coefficient) + value * x
    return value


def _ndtri(p: Tensor) -> Tensor:
    number = p.dtype.as_numpy_dtype
    edge = np.exp(-2.0)

    lower = array_ops.where_v2(p > -np.expm1(-2.0), 1.0 - p, p)
    outside = lower <= 0.0
    half = array_ops.fill(array_ops.shape(p), np.array(0.5, number))
    lower = array_ops.where_v2(outside, half, lower)  # keeps NaN out of gradients

    w = lower - 0.5
    ww = w**2
    cubic = w * ww
    middle = w + cubic * (_polynomial(ww, _MIDDLE[0]) / _polynomial(ww, _MIDDLE[1]))
    middle *= -np.sqrt(2.0 * np.pi)

    z = math_ops.sqrt(-2.0 * math_ops.log(lower))
    leading = z - math_ops.log(z) / z
    far_correction = _correction(z, _FAR_TAIL)
    correction = _correction(z, _TAIL)
    far_tail = leading - far_correction
    tail = leading - correction
    is_middle = lower > edge
    tails = array_ops.where_v2(z >= 8.0, far_tail, tail)
    x = array_ops.where_v2(is_middle, middle, tails)
    x = array_ops.where_v2(p > 1.0 - edge, x, -x)

    infinity = constant(np.inf, dtype=p.dtype)
    infinity = array_ops.fill(array_ops.shape(p), infinity)
    at_zero = p <= 0.0
    minus_infinity = -infinity
    x = array_ops.where_v2(p >= 1.0, infinity, x)
    return array_ops.where_v2(at_zero, minus_infinity, x)


def _correction(z: Tensor, ratio: tuple[list[float], list[float]]) -> Any:
    numerator = _polynomial(1.0 / z, ratio[0])
    return numerator / _polynomial(1.0 / z, ratio[1]) / z


def log_ndtr(x: Any, series_order: Any = 3, name: str = "log_ndtr") -> Tensor:
    """log(ndtr(x)) for float32 or float64.

    Args:
      series_order: how many terms of the asymptotic series far below 0, from 0 to 30.

    Raises:
      TypeError: `series_order` is no int, or `x` of another dtype.
      ValueError: `series_order` is out of range.
    """
    if not isinstance(series_order, int):
        raise TypeError("series_order must be a Python integer.")
    if series_order < 0:
        raise ValueError("series_order must be non-negative.")
    if series_order > 30:
        raise ValueError("series_order must be <= 30.")
    with name_scope(name, values=[x]):
        x = convert_to_tensor(x, name="x")
        if x.dtype.as_numpy_dtype not in _SEGMENTS:
            raise TypeError(f"x.dtype={x.dtype!s} is not supported.")
        lower, upper = _SEGMENTS[x.dtype.as_numpy_dtype]
        is_above = math_ops.greater(x, upper)
        above = -_ndtr(-x)
        is_middle = math_ops.greater(x, lower)
        middle = math_ops.log(_ndtr(math_ops.maximum(x, lower)))
        below = _log_ndtr_lower(math_ops.minimum(x, lower), series_order)
        rest = array_ops.where_v2(is_middle, middle, below)
        return array_ops.where_v2(is_above, above, rest)


def _log_ndtr_lower(x: Any, series_order: int) -> Any:
    squared = math_ops.square(x)
    log_scale = -0.5 * squared - math_ops.log(-x) - 0.5 * np.log(2.0 * np.pi)
    return log_scale + math_ops.log(_log_ndtr_asymptotic_series(x, series_order))


def _log_ndtr_asymptotic_series(x: Any, series_order: int) -> Any:
    """1 - 1!! / x^2 + 3!! / x^4 - ..., the negative terms summed apart."""
    dtype = x.dtype.as_numpy_dtype
    if series_order <= 0:
        return np.array(1, dtype)
    squared = math_ops.square(x)
    sums = [array_ops.zeros_like(x), array_ops.zeros_like(x)]
    power = squared
    for n in range(1, series_order + 1):
        sums[n % 2] += np.array(np.prod(np.arange(2 * n - 1, 1, -2)), dtype) / power
        power *= squared
    even, odd = sums
    return 1.0 + even - odd


def erfinv(x: Any, name: str = "erfinv") -> Tensor:
    """The inverse of erf, for float32 or float64 in [-1, 1]."""
    with name_scope(name, values=[x]):
        x = _floating(x, "x")
        return ndtri((x + 1.0) / 2.0) / np.sqrt(2)


def log_cdf_laplace(x: Any, name: str = "log_cdf_laplace") -> Tensor:
    """The log of the cdf of the standard Laplace distribution."""
    with name_scope(name, values=[x]):
        x = convert_to_tensor(x, name="x")
        below = -np.log(2.0) + x
        above = math_ops.log1p(-0.5 * math_ops.exp(-math_ops.abs(x)))
        return array_ops.where_v2(x < 0.0, below, above)
