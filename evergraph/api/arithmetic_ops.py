"""Arithmetic, complex numbers and logic; and what Python's operators mean on tensors."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops
from evergraph.api.elementwise_ops import (
    greater,
    greater_equal,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
    maximum,
    minimum,
    negative,
)
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated, deprecated_endpoints
from evergraph.base.dispatch import add_dispatch_support
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import IndexedSlices, SparseTensor
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor, is_dense_tensor_like
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


@export("math.abs", "abs")
@add_dispatch_support
def abs(x: Any, name: str | None = None) -> Tensor:
    """The absolute value, element by element; of complex numbers a real one. Stands for `tf.abs`.

    Args:
      x: a number tensor.
      name: the node's name.
    """
    with name_scope(name, "Abs", [x]) as name:
        x = convert_to_tensor(x, name="x")
        if x.dtype.is_complex:
            return apply_op("ComplexAbs", x, Tout=x.dtype.real_dtype, name=name)
        return apply_op("Abs", x, name=name)


# Sums, products and quotients.


@export("math.multiply", "multiply")
@add_dispatch_support
def multiply(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x * y, element by element, with broadcasting. Stands for `tf.multiply`.

    Args:
      x, y: number tensors of one type.
      name: the node's name.
    """
    return apply_op("Mul", x, y, name=name)


@export("math.subtract", "subtract")
@add_dispatch_support
def subtract(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x - y, element by element, with broadcasting. Stands for `tf.subtract`.

    Args:
      x, y: number tensors of one type.
      name: the node's name.
    """
    return apply_op("Sub", x, y, name=name)


@export("mul")
@deprecated("2016-12-30", "`tf.mul(x, y)` is deprecated, please use `tf.multiply(x, y)` or `x * y`")
def _mul(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The name of `tf.multiply` before TensorFlow 1.0."""
    return apply_op("Mul", x, y, name=name)


@export("sub")
@deprecated("2016-12-30", "`tf.sub(x, y)` is deprecated, please use `tf.subtract(x, y)` or `x - y`")
def _sub(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The name of `tf.subtract` before TensorFlow 1.0."""
    return apply_op("Sub", x, y, name=name)


@export("neg")
@deprecated("2016-12-30", "`tf.neg(x)` is deprecated, please use `tf.negative(x)` or `-x`")
def _neg(x: Any, name: str | None = None) -> Tensor:
    """The name of `tf.negative` before TensorFlow 1.0."""
    return negative(x, name)


@export("inv")
@deprecated("2016-12-30", "`tf.inv(x)` is deprecated, please use `tf.reciprocal(x)`")
def inv(x: Any, name: str | None = None) -> Tensor:
    """The name of `tf.reciprocal` before TensorFlow 1.0."""
    return apply_op("Inv", x, name=name)


@export("math.scalar_mul", "scalar_mul")
def scalar_mul(scalar: Any, x: Any, name: str | None = None) -> Any:
    """A scalar times a tensor or IndexedSlices, which stay slices. Stands for `tf.scalar_mul`.

    Args:
      scalar: a scalar.
      x: a tensor or IndexedSlices.
      name: the node's name.

    Raises:
      ValueError: `scalar` is not known to be one.
    """
    scalar = convert_to_tensor(scalar, dtype=x.dtype.base_dtype, name="scalar")
    if scalar.dims != ():
        raise ValueError(f"Only scalar multiply works, got shape {scalar.shape}")
    if isinstance(x, IndexedSlices):
        return IndexedSlices(apply_op("Mul", scalar, x.values, name=name), x.indices, x.dense_shape)
    return apply_op("Mul", scalar, x, name=name)


def scalar_mul_v2(scalar: Any, x: Any, name: str | None = None) -> Any:
    """TensorFlow 2's `scalar_mul`, in a name scope of its own."""
    with name_scope(name, "scalar_mul", [x]) as name:
        return scalar_mul(scalar, x, name)


@export("math.divide", "divide")
@add_dispatch_support
def divide(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y as Python 3 divides: integers give floats. Stands for `tf.divide`.

    Args:
      x, y: number tensors of one type.
      name: the node's name.
    """
    return x / y if name is None else truediv(x, y, name)


# What integers become before a true division; None: nothing to do.
_TRUEDIV_TABLE = {
    dtypes.uint8: dtypes.float32,
    dtypes.int8: dtypes.float32,
    dtypes.uint16: dtypes.float32,
    dtypes.int16: dtypes.float32,
    dtypes.int32: dtypes.float64,
    dtypes.int64: dtypes.float64,
    dtypes.bfloat16: None,
    dtypes.float16: None,
    dtypes.float32: None,
    dtypes.float64: None,
    dtypes.complex64: None,
    dtypes.complex128: None,
}


def _check_same_type(x: Any, y: Any) -> Any:
    """The base type of both. Raises TypeError where they differ."""
    x_dtype, y_dtype = x.dtype.base_dtype, y.dtype.base_dtype
    if x_dtype != y_dtype:
        raise TypeError(f"x and y must have the same dtype, got {x_dtype!r} != {y_dtype!r}")
    return x_dtype


def _truediv_type(dtype: Any) -> Any:
    try:
        return _TRUEDIV_TABLE[dtype]
    except KeyError:
        raise TypeError(f"Invalid dtype {dtype!r} in __truediv__") from None


@export("math.truediv", "truediv")
@add_dispatch_support
def truediv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y; small integers are divided as float32, int32 and int64 as float64. Stands for
    `tf.truediv`.

    Args:
      x, y: number tensors of one type.
      name: the node's name.

    Raises:
      TypeError: the types differ.
    """
    with name_scope(name, "truediv", [x, y]) as name:
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y")
        dtype = _truediv_type(_check_same_type(x, y))
        if dtype is not None:
            x = cast(x, dtype)
            y = cast(y, dtype)
        return apply_op("RealDiv", x, y, name=name)


_truediv_python3 = truediv


def _div_python2(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y as Python 2 divides: integers are rounded down."""
    with name_scope(name, "div", [x, y]) as name:
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y", dtype=x.dtype.base_dtype)
        dtype = _check_same_type(x, y)
        if dtype.is_floating or dtype.is_complex:
            return apply_op("RealDiv", x, y, name=name)
        return apply_op("FloorDiv", x, y, name=name)


@export("div")
@deprecated(date=None, instructions="Deprecated in favor of operator or tf.math.divide.")
def div(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y as Python 2 divides: integers are rounded down. Stands for `tf.div`.

    Args:
      x, y: number tensors of one type.
      name: the node's name.
    """
    return _div_python2(x, y, name)


@export("math.divide_no_nan", "div_no_nan")
@deprecated_endpoints("div_no_nan")
@add_dispatch_support
def div_no_nan(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y, but 0 where y is 0. Stands for `tf.math.divide_no_nan`.

    Args:
      x, y: float tensors of one type.
      name: the node's name.
    """
    with name_scope(name, "div_no_nan", [x, y]) as name:
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y", dtype=x.dtype.base_dtype)
        _check_same_type(x, y)
        return apply_op("DivNoNan", x, y, name=name)


@export("math.multiply_no_nan")
def multiply_no_nan(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x * y, but 0 where y is 0, whatever x. Stands for `tf.math.multiply_no_nan`.

    Args:
      x, y: float tensors of one type.
      name: the node's name.
    """
    with name_scope(name, "multiply_no_nan", [x, y]) as name:
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y", dtype=x.dtype.base_dtype)
        _check_same_type(x, y)
        return apply_op("MulNoNan", x, y, name=name)


@export("math.reciprocal_no_nan")
def reciprocal_no_nan(x: Any, name: str | None = None) -> Tensor:
    """1 / x, but 0 where x is 0. Stands for `tf.math.reciprocal_no_nan`.

    Args:
      x: a float or complex tensor.
      name: the node's name.
    """
    with name_scope(name, "reciprocal_no_nan", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        one = constant(1, dtype=x.dtype.base_dtype, name="one")
        return apply_op("DivNoNan", one, x, name=scope)


@export("math.floordiv", "floordiv")
@deprecated_endpoints("floordiv")
@add_dispatch_support
def floordiv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y rounded down. Stands for `tf.floordiv`.

    Args:
      x, y: real number tensors of one type.
      name: the node's name.
    """
    with name_scope(name, "floordiv", [x, y]) as name:
        return apply_op("FloorDiv", x, y, name=name)


@export("floor_div")
def floor_div(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y rounded down, as a node called "FloorDiv". Stands for `tf.floor_div`."""
    return apply_op("FloorDiv", x, y, name=name)


@export("realdiv")
@add_dispatch_support
def realdiv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y of floats. Stands for `tf.realdiv`."""
    return apply_op("RealDiv", x, y, name=name)


@export("truncatediv")
@add_dispatch_support
def truncatediv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y of integers, rounded towards zero. Stands for `tf.truncatediv`."""
    return apply_op("TruncateDiv", x, y, name=name)


@export("truncatemod")
@add_dispatch_support
def truncatemod(x: Any, y: Any, name: str | None = None) -> Tensor:
    """What division rounded towards zero leaves: it has the sign of x. Stands for
    `tf.truncatemod`."""
    return apply_op("TruncateMod", x, y, name=name)


@export("math.floormod", "floormod", "math.mod", "mod")
@add_dispatch_support
def floormod(x: Any, y: Any, name: str | None = None) -> Tensor:
    """What division rounded down leaves: it has the sign of y. Stands for `tf.math.floormod`."""
    return apply_op("FloorMod", x, y, name=name)


mod = floormod


@export("math.pow", "pow")
@add_dispatch_support
def pow(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x to the power y, element by element, with broadcasting. Stands for `tf.pow`.

    Args:
      x, y: number tensors of one type. Integers may not have negative exponents.
      name: the node's name.
    """
    with name_scope(name, "Pow", [x]) as name:
        return apply_op("Pow", x, y, name=name)


@export("math.round", "round")
@add_dispatch_support
def round(x: Any, name: str | None = None) -> Tensor:
    """The nearest whole number, the even one of two; integers stay. Stands for `tf.round`.

    Args:
      x: a number tensor.
      name: the node's name.
    """
    x = convert_to_tensor(x, name="x")
    return x if x.dtype.is_integer else apply_op("Round", x, name=name)


# Complex numbers.


@export("dtypes.complex", "complex")
@add_dispatch_support
def complex(real: Any, imag: Any, name: str | None = None) -> Tensor:
    """Complex numbers of their parts. Stands for `tf.complex`.

    Args:
      real, imag: two tensors, both float32 or both float64.
      name: the node's name.

    Raises:
      TypeError: for other types.
    """
    real = convert_to_tensor(real, name="real")
    imag = convert_to_tensor(imag, name="imag")
    with name_scope(name, "Complex", [real, imag]) as name:
        results = {dtypes.float32: dtypes.complex64, dtypes.float64: dtypes.complex128}
        if real.dtype != imag.dtype or real.dtype not in results:
            raise TypeError(
                f"real and imag have incorrect types: {real.dtype.name} {imag.dtype.name}"
            )
        return apply_op("Complex", real, imag, Tout=results[real.dtype], name=name)


@export("math.real", "real")
@deprecated_endpoints("real")
@add_dispatch_support
def real(input: Any, name: str | None = None) -> Tensor:
    """The real part; real tensors come back as they are. Stands for `tf.math.real`.

    Args:
      input: a number tensor.
      name: the node's name.
    """
    with name_scope(name, "Real", [input]) as name:
        input = convert_to_tensor(input, name="input")
        if not input.dtype.is_complex:
            return input
        return apply_op("Real", input, Tout=input.dtype.real_dtype, name=name)


@export("math.imag", "imag")
@deprecated_endpoints("imag")
@add_dispatch_support
def imag(input: Any, name: str | None = None) -> Tensor:
    """The imaginary part; zeros for real tensors. Stands for `tf.math.imag`.

    Args:
      input: a number tensor.
      name: the node's name.
    """
    with name_scope(name, "Imag", [input]) as name:
        input = convert_to_tensor(input, name="input")
        if not input.dtype.is_complex:
            return array_ops.zeros_like(input)
        return apply_op("Imag", input, Tout=input.dtype.real_dtype, name=name)


@export("math.angle", "angle")
@deprecated_endpoints("angle")
@add_dispatch_support
def angle(input: Any, name: str | None = None) -> Tensor:
    """The angle of complex numbers, in (-pi, pi]; zeros for real tensors. Stands for
    `tf.math.angle`.

    Args:
      input: a number tensor.
      name: the node's name.
    """
    with name_scope(name, "Angle", [input]) as name:
        input = convert_to_tensor(input, name="input")
        if not input.dtype.is_complex:
            return array_ops.zeros_like(input)
        return apply_op("Angle", input, Tout=input.dtype.real_dtype, name=name)


@export("math.conj", "conj")
@deprecated_endpoints("conj")
@add_dispatch_support
def conj(x: Any, name: str | None = None) -> Any:
    """The complex conjugate; real tensors come back as they are. Stands for `tf.math.conj`.

    Args:
      x: a number tensor.
      name: the node's name.

    Raises:
      TypeError: `x` holds no numbers.
    """
    if isinstance(x, Tensor) and (x.dtype.is_floating or x.dtype.is_integer):
        return x
    with name_scope(name, "Conj", [x]) as name:
        x = convert_to_tensor(x, name="x")
        if x.dtype.is_complex or x.dtype == dtypes.variant:
            return apply_op("Conj", x, name=name)
        if x.dtype.is_floating or x.dtype.is_integer:
            return x
        raise TypeError(f"Expected numeric or variant tensor, got dtype {x.dtype!r}")


@export("complex_abs")
def complex_abs(x: Any, name: str | None = None) -> Tensor:
    """The absolute value of complex numbers: `tf.abs` of programs before TensorFlow 1.0."""
    return abs(x, name)


# Casts.


@export("cast", "dtypes.cast")
@add_dispatch_support
def cast(x: Any, dtype: Any, name: str | None = None) -> Any:
    """`x` with another element type. Stands for `tf.cast`.

    Args:
      x: a number or boolean tensor, SparseTensor or IndexedSlices.
      dtype: the new element type. Floats become integers by dropping the fraction, complex numbers
        real ones by dropping the imaginary part, numbers booleans by comparing to 0.
      name: the node's name.

    Returns:
      `x` itself where it is a tensor of that type already.

    Raises:
      TypeError: there is no conversion.
    """
    base_type = dtypes.as_dtype(dtype).base_dtype
    # A variable with copies on several devices is read here, once for all uses.
    plain = isinstance(x, Tensor) or (is_dense_tensor_like(x) and not x._of_replicas)
    if plain and base_type == x.dtype:
        return x
    with name_scope(name, "Cast", [x]) as name:
        if isinstance(x, SparseTensor):
            x = SparseTensor(x.indices, cast(x.values, base_type, name=name), x.dense_shape)
        elif isinstance(x, IndexedSlices):
            x = IndexedSlices(cast(x.values, base_type, name=name), x.indices, x.dense_shape)
        else:
            x = convert_to_tensor(x, name="x")
            if x.dtype.base_dtype != base_type:
                x = apply_op("Cast", x, DstT=base_type, name=name)
        if x.dtype.is_complex and base_type.is_floating:
            logging.warn("Casting complex to real discards imaginary part.")
        return x


@export("dtypes.saturate_cast", "saturate_cast")
@add_dispatch_support
def saturate_cast(value: Any, dtype: Any, name: str | None = None) -> Tensor:
    """`tf.cast`, with values outside of the new type's range moved to its ends.

    Args:
      value: a number tensor.
      dtype: the new element type.
      name: the node's name.
    """
    with name_scope(name, "saturate_cast", [value]) as name:
        value = convert_to_tensor(value, name="value")
        dtype = dtypes.as_dtype(dtype).base_dtype
        if value.dtype.min < dtype.min:
            low = convert_to_tensor(dtype.min, dtype=value.dtype, name="min")
            value = maximum(value, low)
        if value.dtype.max > dtype.max:
            high = convert_to_tensor(dtype.max, dtype=value.dtype, name="max")
            value = minimum(value, high)
        return cast(value, dtype, name=name)


USE_CAST = "Use `tf.cast` instead."


@export("to_float")
@deprecated(date=None, instructions=USE_CAST)
def to_float(x: Any, name: str | None = "ToFloat") -> Any:
    """`x` as float32: `tf.cast(x, tf.float32)`."""
    return cast(x, dtypes.float32, name=name)


@export("to_double")
@deprecated(date=None, instructions=USE_CAST)
def to_double(x: Any, name: str | None = "ToDouble") -> Any:
    """`x` as float64: `tf.cast(x, tf.float64)`."""
    return cast(x, dtypes.float64, name=name)


@export("to_int32")
@deprecated(date=None, instructions=USE_CAST)
def to_int32(x: Any, name: str | None = "ToInt32") -> Any:
    """`x` as int32: `tf.cast(x, tf.int32)`."""
    return cast(x, dtypes.int32, name=name)


@export("to_int64")
@deprecated(date=None, instructions=USE_CAST)
def to_int64(x: Any, name: str | None = "ToInt64") -> Any:
    """`x` as int64: `tf.cast(x, tf.int64)`."""
    return cast(x, dtypes.int64, name=name)


@export("to_bfloat16")
@deprecated(date=None, instructions=USE_CAST)
def to_bfloat16(x: Any, name: str | None = "ToBFloat16") -> Any:
    """`x` as bfloat16: `tf.cast(x, tf.bfloat16)`."""
    return cast(x, dtypes.bfloat16, name=name)


@export("to_complex64")
@deprecated(date=None, instructions=USE_CAST)
def to_complex64(x: Any, name: str | None = "ToComplex64") -> Any:
    """`x` as complex64: `tf.cast(x, tf.complex64)`."""
    return cast(x, dtypes.complex64, name=name)


@export("to_complex128")
@deprecated(date=None, instructions=USE_CAST)
def to_complex128(x: Any, name: str | None = "ToComplex128") -> Any:
    """`x` as complex128: `tf.cast(x, tf.complex128)`."""
    return cast(x, dtypes.complex128, name=name)


# Comparisons and logic.


@export("math.equal", "equal")
@add_dispatch_support
def equal(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Whether x and y are equal, element by element, with broadcasting. Stands for `tf.equal`.

    Args:
      x, y: tensors of one type.
      name: the node's name.
    """
    return apply_op("Equal", x, y, name=name)


@export("math.not_equal", "not_equal")
@add_dispatch_support
def not_equal(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Whether x and y differ, element by element, with broadcasting. Stands for `tf.not_equal`.

    Args:
      x, y: tensors of one type.
      name: the node's name.
    """
    return apply_op("NotEqual", x, y, name=name)


def approximate_equal(x: Any, y: Any, tolerance: float = 1e-05, name: str | None = None) -> Tensor:
    """Whether |x - y| < `tolerance`, element by element."""
    return apply_op("ApproximateEqual", x, y, tolerance=tolerance, name=name)


@export("math.logical_xor", "logical_xor")
@deprecated_endpoints("logical_xor")
@add_dispatch_support
def logical_xor(x: Any, y: Any, name: str | None = "LogicalXor") -> Tensor:
    """Whether just one of x and y is true. Stands for `tf.math.logical_xor`.

    Args:
      x, y: boolean tensors.
      name: the node's name.
    """
    either = logical_or(x, y)
    return logical_and(either, logical_not(logical_and(x, y)), name=name)


# Operators.


def _override_binary(function: Callable[..., Any], name: str) -> None:
    """Makes `function` the meaning of `x name y`, whichever side the tensor stands on."""

    def binary_op_wrapper(x: Any, y: Any) -> Any:
        with name_scope(None, name, [x, y]) as scope:
            if not isinstance(y, (Tensor, SparseTensor)):
                try:
                    y = convert_to_tensor(y, preferred_dtype=x.dtype.base_dtype, name="y")
                except TypeError:
                    # What knows tensors itself may take over.
                    if hasattr(type(y), f"__r{name}__"):
                        return NotImplemented
                    raise
            return function(x, y, name=scope)

    def r_binary_op_wrapper(y: Any, x: Any) -> Any:
        with name_scope(None, name, [x, y]) as scope:
            x = convert_to_tensor(x, dtype=y.dtype.base_dtype, name="x")
            return function(x, y, name=scope)

    Tensor._override_operator(f"__{name}__", binary_op_wrapper)
    Tensor._override_operator(f"__r{name}__", r_binary_op_wrapper)


def _override_sparse(function: Callable[..., Any], name: str) -> None:
    """Makes `function(indices, values, shape, y)` the new values of a SparseTensor `name` a
    tensor."""

    def binary_op_wrapper_sparse(x: Any, y: Any) -> Any:
        with name_scope(None, name, [x, y]) as scope:
            y = convert_to_tensor(y, dtype=x.dtype.base_dtype, name="y")
            values = function(x.indices, x.values, x.dense_shape, y, name=scope)
            return SparseTensor(x.indices, values, x.dense_shape)

    SparseTensor._override_operator(f"__{name}__", binary_op_wrapper_sparse)


def _add_dispatch(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Strings are joined by Add; all else is added by AddV2."""
    return apply_op("Add" if x.dtype == dtypes.string else "AddV2", x, y, name=name)


def _mul_dispatch(x: Any, y: Any, name: str | None = None) -> Any:
    if isinstance(y, Tensor):
        return apply_op("Mul", x, y, name=name)
    values = apply_op("SparseDenseCwiseMul", y.indices, y.values, y.dense_shape, x, name=name)
    return SparseTensor(y.indices, values, y.dense_shape)


def _sparse_dense_truediv(
    sp_indices: Any, sp_values: Any, sp_shape: Any, y: Any, name: str | None = None
) -> Tensor:
    with name_scope(name, "truediv", [sp_indices, sp_values, sp_shape, y]) as name:
        sp_values = convert_to_tensor(sp_values, name="sp_values")
        y = convert_to_tensor(y, name="y")
        dtype = _truediv_type(_check_same_type(sp_values, y))
        if dtype is not None:
            sp_values = cast(sp_values, dtype)
            y = cast(y, dtype)
        return apply_op("SparseDenseCwiseDiv", sp_indices, sp_values, sp_shape, y, name=name)


def _sparse_dense_div(*args: Any, name: str | None = None) -> Tensor:
    return apply_op("SparseDenseCwiseDiv", *args, name=name)


def _sparse_dense_mul(*args: Any, name: str | None = None) -> Tensor:
    return apply_op("SparseDenseCwiseMul", *args, name=name)


def _sub_operator(x: Any, y: Any, name: str | None = None) -> Tensor:
    return apply_op("Sub", x, y, name=name)


Tensor._override_operator("__neg__", negative)
Tensor._override_operator("__abs__", abs)
Tensor._override_operator("__invert__", logical_not)
_override_sparse(_sparse_dense_div, "div")
_override_sparse(_sparse_dense_truediv, "truediv")
_override_sparse(_sparse_dense_mul, "mul")
_override_binary(_add_dispatch, "add")
_override_binary(_sub_operator, "sub")
_override_binary(_mul_dispatch, "mul")
_override_binary(_div_python2, "div")
_override_binary(_truediv_python3, "truediv")
_override_binary(floordiv, "floordiv")
_override_binary(floormod, "mod")
_override_binary(pow, "pow")
_override_binary(logical_and, "and")
_override_binary(logical_or, "or")
_override_binary(logical_xor, "xor")
Tensor._override_operator("__lt__", less)
Tensor._override_operator("__le__", less_equal)
Tensor._override_operator("__gt__", greater)
Tensor._override_operator("__ge__", greater_equal)
