"""Functions that work element by element and build one node each."""

from typing import Any

from evergraph.base.dispatch import add_dispatch_support
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.tensor import Tensor


@export("math.acos", "acos")
@add_dispatch_support
def acos(x: Any, name: str | None = None) -> Tensor:
    """The inverse cosine, element by element. Stands for `tf.math.acos`.

    Args:
      x: bfloat16, float16, float32, float64, int32, int64, complex64, complex128.
      name: the node's name.
    """
    return apply_op("Acos", x, name=name)


@export("math.acosh", "acosh")
@add_dispatch_support
def acosh(x: Any, name: str | None = None) -> Tensor:
    """The inverse hyperbolic cosine, element by element. Stands for `tf.math.acosh`.

    Args:
      x: bfloat16, float16, float32, float64, complex64, complex128.
      name: the node's name.
    """
    return apply_op("Acosh", x, name=name)


@export("math.add", "add")
@add_dispatch_support
def add(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x + y; strings are joined, element by element, with broadcasting. Stands for `tf.math.add`.

    Args:
      x, y: bfloat16, float16, float32, float64, uint8, int8, int16, int32, int64, complex64,
        complex128, string.
      name: the node's name.
    """
    return apply_op("Add", x, y, name=name)


@export("math.asin", "asin")
@add_dispatch_support
def asin(x: Any, name: str | None = None) -> Tensor:
    """The inverse sine, element by element. Stands for `tf.math.asin`.

    Args:
      x: bfloat16, float16, float32, float64, int32, int64, complex64, complex128.
      name: the node's name.
    """
    return apply_op("Asin", x, name=name)


@export("math.asinh", "asinh")
@add_dispatch_support
def asinh(x: Any, name: str | None = None) -> Tensor:
    """The inverse hyperbolic sine, element by element. Stands for `tf.math.asinh`.

    Args:
      x: bfloat16, float16, float32, float64, complex64, complex128.
      name: the node's name.
    """
    return apply_op("Asinh", x, name=name)


@export("math.atan", "atan")
@add_dispatch_support
def atan(x: Any, name: str | None = None) -> Tensor:
    """The inverse tangent, element by element. Stands for `tf.math.atan`.

    Args:
      x: bfloat16, float16, float32, float64, int32, int64, complex64, complex128.
      name: the node's name.
    """
    return apply_op("Atan", x, name=name)


@export("math.atan2", "atan2")
@add_dispatch_support
def atan2(y: Any, x: Any, name: str | None = None) -> Tensor:
    """The angle of the point (x, y), in [-pi, pi], element by element, with broadcasting. Stands
    for `tf.math.atan2`.

    Args:
      y, x: bfloat16, float16, float32, float64.
      name: the node's name.
    """
    return apply_op("Atan2", y, x, name=name)


@export("math.atanh", "atanh")
@add_dispatch_support
def atanh(x: Any, name: str | None = None) -> Tensor:
    """The inverse hyperbolic tangent, element by element. Stands for `tf.math.atanh`.

    Args:
      x: bfloat16, float16, float32, float64, complex64, complex128.
      name: the node's name.
    """
    return apply_op("Atanh", x, name=name)


@export("math.bessel_i0e")
@add_dispatch_support
def bessel_i0e(x: Any, name: str | None = None) -> Tensor:
    """The modified Bessel function of order 0, scaled by exp(-|x|), element by element. Stands for
    `tf.math.bessel_i0e`.

    Args:
      x: bfloat16, float16, float32, float64.
      name: the node's name.
    """
    return apply_op("BesselI0e", x, name=name)


@export("math.bessel_i1e")
@add_dispatch_support
def bessel_i1e(x: Any, name: str | None = None) -> Tensor:
    """The modified Bessel function of order 1, scaled by exp(-|x|), element by element. Stands for
    `tf.math.bessel_i1e`.

    Args:
      x: bfloat16, float16, float32, float64.
      name: the node's name.
    """
    return apply_op("BesselI1e", x, name=name)


@export("math.betainc", "betainc")
def betainc(a: Any, b: Any, x: Any, name: str | None = None) -> Tensor:
    """The regularised incomplete beta integral, element by element, with broadcasting. Stands for
    `tf.math.betainc`.

    Args:
      a, b, x: float32, float64.
      name: the node's name.
    """
    return apply_op("Betainc", a, b, x, name=name)


@export("bitcast")
def bitcast(input: Any, type: Any, name: str | None = None) -> Tensor:
    """The bits of `input` taken as another element type. Stands for `tf.bitcast`.

    Args:
      input: a number tensor.
      type: the new element type. Where its elements are smaller, the result has one more axis;
        where they are
        larger, the last axis of `input` must make up just one.
      name: the node's name.

    Raises:
      ValueError: the last axis is of another size.
    """
    return apply_op("Bitcast", input, type=type, name=name)


@export("math.ceil", "ceil")
@add_dispatch_support
def ceil(x: Any, name: str | None = None) -> Tensor:
    """The least whole number not below `x`, element by element. Stands for `tf.math.ceil`.

    Args:
      x: bfloat16, float16, float32, float64.
      name: the node's name.
    """
    return apply_op("Ceil", x, name=name)


@export("math.cos", "cos")
@add_dispatch_support
def cos(x: Any, name: str | None = None) -> Tensor:
    """The cosine, element by element. Stands for `tf.math.cos`.

    Args:
      x: bfloat16, float16, float32, float64, complex64, complex128.
      name: the node's name.
    """
    return apply_op("Cos", x, name=name)


@export("math.cosh", "cosh")
@add_dispatch_support
def cosh(x: Any, name: str | None = None) -> Tensor:
    """The hyperbolic cosine, element by element. Stands for `tf.math.cosh`.

    Args:
      x: bfloat16, float16, float32, float64, complex64, complex128.
      name: the node's name.
    """
    return apply_op("Cosh", x, name=name)


@export("math.digamma", "digamma")
@add_dispatch_support
def digamma(x: Any, name: str | None = None) -> Tensor:
    """The derivative of `lgamma`, element by element. Stands for `tf.math.digamma`.

    Args:
      x: bfloat16, float16, float32, float64.
      name: the node's name.
    """
    return apply_op("Digamma", x, name=name)


@export("math.erf", "erf")
@add_dispatch_support
def erf(x: Any, name: str | None = None) -> Tensor:
    """The Gauss error function, element by element. Stands for `tf.math.erf`.

    Args:
      x: bfloat16, float16, float32, float64.
      name: the node's name.
    """
    return apply_op("Erf", x, name=name)


@export("math.erfc", "erfc")
@add_dispatch_support
def erfc(x: Any, name: str | None = None) -> Tensor:
    """One minus the Gauss error function, element by element. Stands for `tf.math.erfc`.

    Args:
      x: bfloat16, float16, float32, float64.
      name: the node's name.
    """
    return apply_op("Erfc", x, name=name)


@export("math.exp", "exp")
@add_dispatch_support
def exp(x: Any, name: str | None = None) -> Tensor:
    """e to the power `x`, element by element. Stands for `tf.math.exp`.

    Args:
      x: bfloat16, float16, float32, float64, complex64, complex128.
      name: the node's name.
    """
    return apply_op("Exp", x, name=name)


@export("math.expm1", "expm1")
@add_dispatch_support
def expm1(x: Any, name: str | None = None) -> Tensor:
    """exp(x) - 1, exact near 0, element by element. Stands for `tf.math.expm1`.

    Args:
      x: bfloat16, float16, float32, float64, complex64, complex128.
      name: the node's name.
    """
    return apply_op("Expm1", x, name=name)


@export("math.floor", "floor")
@add_dispatch_support
def floor(x: Any, name: str | None = None) -> Tensor:
    """The greatest whole number not above `x`, element by element. Stands for `tf.math.floor`.

    Args:
      x: bfloat16, float16, float32, float64.
      name: the node's name.
    """
    return apply_op("Floor", x, name=name)


@export("math.greater", "greater")
@add_dispatch_support
def greater(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Whether x > y, element by element, with broadcasting. Stands for `tf.math.greater`.

    Args:
      x, y: float32, float64, int32, uint8, int16, int8, int64, bfloat16, uint16, float16,
        uint32, uint64.
      name: the node's name.
    """
    return apply_op("Greater", x, y, name=name)


@export("math.greater_equal", "greater_equal")
@add_dispatch_support
def greater_equal(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Whether x >= y, element by element, with broadcasting. Stands for `tf.math.greater_equal`.

    Args:
      x, y: float32, float64, int32, uint8, int16, int8, int64, bfloat16, uint16, float16,
        uint32, uint64.
      name: the node's name.
    """
    return apply_op("GreaterEqual", x, y, name=name)


@export("math.igamma", "igamma")
def igamma(a: Any, x: Any, name: str | None = None) -> Tensor:
    """The lower regularised incomplete gamma function P(a, x), element by element, with
    broadcasting. Stands for `tf.math.igamma`.

    Args:
      a, x: float32, float64.
      name: the node's name.
    """
    return apply_op("Igamma", a, x, name=name)


@export("math.igammac", "igammac")
def igammac(a: Any, x: Any, name: str | None = None) -> Tensor:
    """The upper regularised incomplete gamma function Q(a, x), element by element, with
    broadcasting. Stands for `tf.math.igammac`.

    Args:
      a, x: float32, float64.
      name: the node's name.
    """
    return apply_op("Igammac", a, x, name=name)


@export("math.is_finite", "debugging.is_finite", "is_finite")
@add_dispatch_support
def is_finite(x: Any, name: str | None = None) -> Tensor:
    """Whether `x` is neither infinite nor NaN, element by element. Stands for `tf.math.is_finite`.

    Args:
      x: bfloat16, float16, float32, float64.
      name: the node's name.
    """
    return apply_op("IsFinite", x, name=name)


@export("math.is_inf", "debugging.is_inf", "is_inf")
@add_dispatch_support
def is_inf(x: Any, name: str | None = None) -> Tensor:
    """Whether `x` is infinite, element by element. Stands for `tf.math.is_inf`.

    Args:
      x: bfloat16, float16, float32, float64.
      name: the node's name.
    """
    return apply_op("IsInf", x, name=name)


@export("math.is_nan", "debugging.is_nan", "is_nan")
@add_dispatch_support
def is_nan(x: Any, name: str | None = None) -> Tensor:
    """Whether `x` is NaN, element by element. Stands for `tf.math.is_nan`.

    Args:
      x: bfloat16, float16, float32, float64.
      name: the node's name.
    """
    return apply_op("IsNan", x, name=name)


@export("math.less", "less")
@add_dispatch_support
def less(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Whether x < y, element by element, with broadcasting. Stands for `tf.math.less`.

    Args:
      x, y: float32, float64, int32, uint8, int16, int8, int64, bfloat16, uint16, float16,
        uint32, uint64.
      name: the node's name.
    """
    return apply_op("Less", x, y, name=name)


@export("math.less_equal", "less_equal")
@add_dispatch_support
def less_equal(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Whether x <= y, element by element, with broadcasting. Stands for `tf.math.less_equal`.

    Args:
      x, y: float32, float64, int32, uint8, int16, int8, int64, bfloat16, uint16, float16,
        uint32, uint64.
      name: the node's name.
    """
    return apply_op("LessEqual", x, y, name=name)


@export("math.lgamma", "lgamma")
@add_dispatch_support
def lgamma(x: Any, name: str | None = None) -> Tensor:
    """The logarithm of the absolute value of the gamma function, element by element. Stands for
    `tf.math.lgamma`.

    Args:
      x: bfloat16, float16, float32, float64.
      name: the node's name.
    """
    return apply_op("Lgamma", x, name=name)


@export("math.log", "log")
@add_dispatch_support
def log(x: Any, name: str | None = None) -> Tensor:
    """The natural logarithm, element by element. Stands for `tf.math.log`.

    Args:
      x: bfloat16, float16, float32, float64, complex64, complex128.
      name: the node's name.
    """
    return apply_op("Log", x, name=name)


@export("math.log1p", "log1p")
@add_dispatch_support
def log1p(x: Any, name: str | None = None) -> Tensor:
    """log(1 + x), exact near 0, element by element. Stands for `tf.math.log1p`.

    Args:
      x: bfloat16, float16, float32, float64, complex64, complex128.
      name: the node's name.
    """
    return apply_op("Log1p", x, name=name)


@export("math.logical_and", "logical_and")
@add_dispatch_support
def logical_and(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Whether both are true, element by element, with broadcasting. Stands for
    `tf.math.logical_and`.

    Args:
      x, y: bool.
      name: the node's name.
    """
    return apply_op("LogicalAnd", x, y, name=name)


@export("math.logical_not", "logical_not")
@add_dispatch_support
def logical_not(x: Any, name: str | None = None) -> Tensor:
    """Whether `x` is false, element by element. Stands for `tf.math.logical_not`.

    Args:
      x: bool.
      name: the node's name.
    """
    return apply_op("LogicalNot", x, name=name)


@export("math.logical_or", "logical_or")
@add_dispatch_support
def logical_or(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Whether one at least is true, element by element, with broadcasting. Stands for
    `tf.math.logical_or`.

    Args:
      x, y: bool.
      name: the node's name.
    """
    return apply_op("LogicalOr", x, y, name=name)


@export("math.maximum", "maximum")
@add_dispatch_support
def maximum(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The greater of both, element by element, with broadcasting. Stands for `tf.math.maximum`.

    Args:
      x, y: bfloat16, float16, float32, float64, int32, int64.
      name: the node's name.
    """
    return apply_op("Maximum", x, y, name=name)


@export("math.minimum", "minimum")
@add_dispatch_support
def minimum(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The lesser of both, element by element, with broadcasting. Stands for `tf.math.minimum`.

    Args:
      x, y: bfloat16, float16, float32, float64, int32, int64.
      name: the node's name.
    """
    return apply_op("Minimum", x, y, name=name)


@export("math.negative", "negative")
@add_dispatch_support
def negative(x: Any, name: str | None = None) -> Tensor:
    """-x, element by element. Stands for `tf.math.negative`.

    Args:
      x: bfloat16, float16, float32, float64, int32, int64, complex64, complex128.
      name: the node's name.
    """
    return apply_op("Neg", x, name=name)


@export("math.nextafter")
def nextafter(x1: Any, x2: Any, name: str | None = None) -> Tensor:
    """The number next to `x1` on the way to `x2`, element by element, with broadcasting. Stands for
    `tf.math.nextafter`.

    Args:
      x1, x2: float64, float32.
      name: the node's name.
    """
    return apply_op("NextAfter", x1, x2, name=name)


@export("math.polygamma", "polygamma")
def polygamma(a: Any, x: Any, name: str | None = None) -> Tensor:
    """The derivative of order `a` of `digamma` at `x`, element by element, with broadcasting.
    Stands for `tf.math.polygamma`.

    Args:
      a, x: float32, float64.
      name: the node's name.
    """
    return apply_op("Polygamma", a, x, name=name)


@export("math.reciprocal", "reciprocal")
@add_dispatch_support
def reciprocal(x: Any, name: str | None = None) -> Tensor:
    """1 / x, element by element. Stands for `tf.math.reciprocal`.

    Args:
      x: bfloat16, float16, float32, float64, int32, int64, complex64, complex128.
      name: the node's name.
    """
    return apply_op("Reciprocal", x, name=name)


@export("math.rint", "rint")
@add_dispatch_support
def rint(x: Any, name: str | None = None) -> Tensor:
    """The nearest whole number, the even one of two, element by element. Stands for `tf.math.rint`.

    Args:
      x: bfloat16, float16, float32, float64.
      name: the node's name.
    """
    return apply_op("Rint", x, name=name)


@export("math.rsqrt", "rsqrt")
@add_dispatch_support
def rsqrt(x: Any, name: str | None = None) -> Tensor:
    """1 / sqrt(x), element by element. Stands for `tf.math.rsqrt`.

    Args:
      x: bfloat16, float16, float32, float64, complex64, complex128.
      name: the node's name.
    """
    return apply_op("Rsqrt", x, name=name)


@export("math.sign", "sign")
@add_dispatch_support
def sign(x: Any, name: str | None = None) -> Tensor:
    """-1, 0 or 1; for complex `x`, x / |x| or 0, element by element. Stands for `tf.math.sign`.

    Args:
      x: bfloat16, float16, float32, float64, int32, int64, complex64, complex128.
      name: the node's name.
    """
    return apply_op("Sign", x, name=name)


@export("math.sin", "sin")
@add_dispatch_support
def sin(x: Any, name: str | None = None) -> Tensor:
    """The sine, element by element. Stands for `tf.math.sin`.

    Args:
      x: bfloat16, float16, float32, float64, complex64, complex128.
      name: the node's name.
    """
    return apply_op("Sin", x, name=name)


@export("math.sinh", "sinh")
@add_dispatch_support
def sinh(x: Any, name: str | None = None) -> Tensor:
    """The hyperbolic sine, element by element. Stands for `tf.math.sinh`.

    Args:
      x: bfloat16, float16, float32, float64, complex64, complex128.
      name: the node's name.
    """
    return apply_op("Sinh", x, name=name)


@export("math.sqrt", "sqrt")
@add_dispatch_support
def sqrt(x: Any, name: str | None = None) -> Tensor:
    """The square root, element by element. Stands for `tf.math.sqrt`.

    Args:
      x: bfloat16, float16, float32, float64, complex64, complex128.
      name: the node's name.
    """
    return apply_op("Sqrt", x, name=name)


@export("math.square", "square")
@add_dispatch_support
def square(x: Any, name: str | None = None) -> Tensor:
    """x * x, element by element. Stands for `tf.math.square`.

    Args:
      x: bfloat16, float16, float32, float64, int32, int64, complex64, complex128.
      name: the node's name.
    """
    return apply_op("Square", x, name=name)


@export("math.squared_difference", "squared_difference")
@add_dispatch_support
def squared_difference(x: Any, y: Any, name: str | None = None) -> Tensor:
    """(x - y) * (x - y), element by element, with broadcasting. Stands for
    `tf.math.squared_difference`.

    Args:
      x, y: bfloat16, float16, float32, float64, int32, int64, complex64, complex128.
      name: the node's name.
    """
    return apply_op("SquaredDifference", x, y, name=name)


@export("math.tan", "tan")
@add_dispatch_support
def tan(x: Any, name: str | None = None) -> Tensor:
    """The tangent, element by element. Stands for `tf.math.tan`.

    Args:
      x: bfloat16, float16, float32, float64, int32, int64, complex64, complex128.
      name: the node's name.
    """
    return apply_op("Tan", x, name=name)


@export("math.tanh", "nn.tanh", "tanh")
@add_dispatch_support
def tanh(x: Any, name: str | None = None) -> Tensor:
    """The hyperbolic tangent, element by element. Stands for `tf.math.tanh`.

    Args:
      x: bfloat16, float16, float32, float64, complex64, complex128.
      name: the node's name.
    """
    return apply_op("Tanh", x, name=name)


@export("math.xdivy")
def xdivy(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y, but 0 where x is 0, element by element, with broadcasting. Stands for `tf.math.xdivy`.

    Args:
      x, y: float16, float32, float64, complex64, complex128.
      name: the node's name.
    """
    return apply_op("Xdivy", x, y, name=name)


@export("math.xlogy")
def xlogy(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x * log(y), but 0 where x is 0, element by element, with broadcasting. Stands for
    `tf.math.xlogy`.

    Args:
      x, y: float16, float32, float64, complex64, complex128.
      name: the node's name.
    """
    return apply_op("Xlogy", x, y, name=name)


@export("math.zeta", "zeta")
def zeta(x: Any, q: Any, name: str | None = None) -> Tensor:
    """The Hurwitz zeta function, element by element, with broadcasting. Stands for `tf.math.zeta`.

    Args:
      x, q: float32, float64.
      name: the node's name.
    """
    return apply_op("Zeta", x, q, name=name)
