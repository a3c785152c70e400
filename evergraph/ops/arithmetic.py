"""Element-wise arithmetic of two tensors that broadcast to one another."""

from typing import Any

import numpy as np
import torch

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.errors import InternalError, InvalidArgumentError
from evergraph.graph.apply import apply_op
from evergraph.graph.registry import Entry, Rule, op
from evergraph.ops import complaints, gradient_rules, shape_rules
from evergraph.ops.gradient_rules import after, reduction_axes, sum_to

BINARY = "T: binary"
NO_NAN = "T: float16 | float32 | float64 | complex64 | complex128"
SUMS = "T: unary_real | uint8 | int8 | int16 | int32 | int64 | complex64 | complex128"


def entry(signature: str, attrs: str, kernel: Rule, numpy: Rule | None, **flags: bool) -> Entry:
    """An op of two tensors that broadcast."""
    made = op(signature, attrs, **flags)
    made.shape(shape_rules.broadcast_binary)
    made.on_failure(complaints.incompatible_shapes)
    made.kernel(kernel)
    if numpy is not None:
        made.numpy(numpy)
    return made


def is_integer(x: Any) -> bool:
    """Whether a NumPy value holds integers."""
    return x.dtype.kind in "iu"


def is_inexact(x: torch.Tensor) -> bool:
    return x.is_floating_point() or x.is_complex()


def is_text(x: Any) -> bool:
    return isinstance(x, bytes) or x.dtype.kind in "OS"


def add_numpy(x: Any, y: Any) -> Any:
    if is_text(x):
        # As objects: arrays of bytes would lose zeros at the end.
        return np.add(np.asarray(x, object), np.asarray(y, object))
    return np.add(x, y)


# Division. Integers divided by zero are an error in TensorFlow; the text differs with the op.

BY_ZERO = "Integer division by zero"
UNEXPECTED = "Unexpected error in binary operator (only integer div and mod should have errors)"


def division_by_zero(text: str) -> Exception:
    return (InternalError if text is UNEXPECTED else InvalidArgumentError)(None, None, text)


def guarded(divide: Rule, x: torch.Tensor, y: torch.Tensor, text: str) -> torch.Tensor:
    """`divide(x, y)` of integers, with TensorFlow's error for a zero in `y`."""
    try:
        return divide(x, y)
    except RuntimeError:
        if not bool((y == 0).any()):
            raise
    raise division_by_zero(text)


def guard(y: Any, text: str = BY_ZERO) -> None:
    """Raises TensorFlow's error where a NumPy `y` has a zero."""
    if not (y if isinstance(y, np.generic) else np.all(y)):
        raise division_by_zero(text)


def truncating(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return torch.div(x, y, rounding_mode="trunc")


def flooring(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return torch.div(x, y, rounding_mode="floor")


def truncate_numpy(x: Any, y: Any) -> Any:
    quotient = x // y
    return quotient + ((x % y != 0) & ((x < 0) != (y < 0))).astype(quotient.dtype)


def div(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return torch.div(x, y) if is_inexact(x) else guarded(truncating, x, y, BY_ZERO)


def div_numpy(x: Any, y: Any) -> Any:
    if not is_integer(x):
        return x / y
    guard(y)
    return truncate_numpy(x, y)


def truncate_div(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    # Quotients with fractions keep these, as TensorFlow's kernel is that of RealDiv.
    return torch.div(x, y) if is_inexact(x) else guarded(truncating, x, y, UNEXPECTED)


def truncate_div_numpy(x: Any, y: Any) -> Any:
    if not is_integer(x):
        return x / y
    guard(y, UNEXPECTED)
    return truncate_numpy(x, y)


def floor_div(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return torch.floor(x / y) if x.is_floating_point() else guarded(flooring, x, y, BY_ZERO)


def floor_div_numpy(x: Any, y: Any) -> Any:
    if not is_integer(x):
        return np.floor(x / y)
    guard(y)
    return x // y


def floor_mod(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return guarded(torch.remainder, x, y, BY_ZERO)


def floor_mod_numpy(x: Any, y: Any) -> Any:
    if is_integer(x):
        guard(y)
    return np.remainder(x, y)


def truncate_mod(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return guarded(torch.fmod, x, y, UNEXPECTED)


def truncate_mod_numpy(x: Any, y: Any) -> Any:
    if is_integer(x):
        guard(y, UNEXPECTED)
    return np.fmod(x, y)


def mod(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return guarded(torch.fmod, x, y, BY_ZERO)


def mod_numpy(x: Any, y: Any) -> Any:
    if is_integer(x):
        guard(y)
    return np.fmod(x, y)


# Products and quotients that are 0 where one operand is 0, whatever the other.


def where_zero(condition: Any, value: torch.Tensor) -> torch.Tensor:
    return value.masked_fill_(condition, 0)


def where_zero_numpy(condition: Any, value: Any) -> Any:
    return np.where(condition, value.dtype.type(0), value)[()]


def div_no_nan(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return where_zero(y == 0, x / y)


def div_no_nan_numpy(x: Any, y: Any) -> Any:
    return where_zero_numpy(y == 0, x / y)


def mul_no_nan(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return where_zero(y == 0, x * y)


def mul_no_nan_numpy(x: Any, y: Any) -> Any:
    return where_zero_numpy(y == 0, x * y)


def xdivy(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return where_zero(x == 0, x / y)


def xdivy_numpy(x: Any, y: Any) -> Any:
    return where_zero_numpy(x == 0, x / y)


def xlogy(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return where_zero(x == 0, x * torch.log(y))


def xlogy_numpy(x: Any, y: Any) -> Any:
    return where_zero_numpy(x == 0, x * np.log(y))


# Other functions that are not simply torch's.


def maximum(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    # A NaN in `y` does not count, one in `x` does: TensorFlow computes `x < y ? y : x`.
    return torch.where(x < y, y, x)


def maximum_numpy(x: Any, y: Any) -> Any:
    if isinstance(x, np.generic) and isinstance(y, np.generic):
        return y if x < y else x
    return np.where(x < y, y, x)[()]


def minimum(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return torch.where(y < x, y, x)


def minimum_numpy(x: Any, y: Any) -> Any:
    if isinstance(x, np.generic) and isinstance(y, np.generic):
        return y if y < x else x
    return np.where(y < x, y, x)[()]


def _may_be_nan(tensor: Any, value: Any) -> bool:
    if not tensor.dtype.base_dtype.is_floating:
        return False
    return value is None or bool(np.any(value != value))


def squared_difference(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    difference = x - y
    return difference * torch.conj(difference)


def squared_difference_numpy(x: Any, y: Any) -> Any:
    difference = x - y
    return difference * np.conj(difference)


NEGATIVE_POWER = "Integers to negative integer powers are not allowed"


def power(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    if not is_inexact(y) and bool((y < 0).any()):
        raise InvalidArgumentError(None, None, NEGATIVE_POWER)
    return torch.pow(x, y)


def power_numpy(x: Any, y: Any) -> Any:
    if is_integer(y) and np.any(y < 0):
        raise InvalidArgumentError(None, None, NEGATIVE_POWER)
    return np.power(x, y)


add_op = entry("Add(x: T, y: T) -> z: T", SUMS + " | string", torch.add, add_numpy)


@add_op.specialize_numpy
def choose_add(node: Any) -> Any:
    return add_numpy if node.attr("T").base_dtype.name == "string" else np.add


add_v2_op = entry(
    "AddV2(x: T, y: T) -> z: T", SUMS, torch.add, np.add, commutative=True, aggregate=True
)
sub_op = entry("Sub(x: T, y: T) -> z: T", BINARY, torch.sub, np.subtract)
mul_op = entry("Mul(x: T, y: T) -> z: T", BINARY, torch.mul, np.multiply, commutative=True)
div_op = entry("Div(x: T, y: T) -> z: T", BINARY, div, div_numpy)
real_div_op = entry("RealDiv(x: T, y: T) -> z: T", BINARY, torch.div, np.true_divide)


@real_div_op.specialize
def choose_real_div(node: Any) -> Any:
    # Where integers come in, integers go out.
    return div if node.attr("T").is_integer else torch.div


@real_div_op.specialize_numpy
def choose_real_div_numpy(node: Any) -> Any:
    return div_numpy if node.attr("T").is_integer else np.true_divide


floor_div_op = entry("FloorDiv(x: T, y: T) -> z: T", BINARY, floor_div, floor_div_numpy)
truncate_div_op = entry("TruncateDiv(x: T, y: T) -> z: T", BINARY, truncate_div, truncate_div_numpy)
mod_op = entry("Mod(x: T, y: T) -> z: T", "T: int32 | int64 | float16 | floating", mod, mod_numpy)
floor_mod_op = entry(
    "FloorMod(x: T, y: T) -> z: T", "T: int32 | int64 | unary_real", floor_mod, floor_mod_numpy
)
truncate_mod_op = entry(
    "TruncateMod(x: T, y: T) -> z: T",
    "T: int32 | int64 | unary_real",
    truncate_mod,
    truncate_mod_numpy,
)
div_no_nan_op = entry("DivNoNan(x: T, y: T) -> z: T", NO_NAN, div_no_nan, div_no_nan_numpy)
mul_no_nan_op = entry("MulNoNan(x: T, y: T) -> z: T", NO_NAN, mul_no_nan, mul_no_nan_numpy)
xdivy_op = entry("Xdivy(x: T, y: T) -> z: T", NO_NAN, xdivy, xdivy_numpy)
xlogy_op = entry("Xlogy(x: T, y: T) -> z: T", NO_NAN, xlogy, xlogy_numpy)
maximum_op = entry(
    "Maximum(x: T, y: T) -> z: T", "T: unary_real | int32 | int64", maximum, maximum_numpy
)
minimum_op = entry(
    "Minimum(x: T, y: T) -> z: T", "T: unary_real | int32 | int64", minimum, minimum_numpy
)
pow_op = entry(
    "Pow(x: T, y: T) -> z: T",
    "T: bfloat16 | float32 | float16 | float64 | int32 | int64 | complex64 | complex128",
    power,
    power_numpy,
)
squared_difference_op = entry(
    "SquaredDifference(x: T, y: T) -> z: T",
    "T: unary",
    squared_difference,
    squared_difference_numpy,
    commutative=True,
)
atan2_op = entry("Atan2(y: T, x: T) -> z: T", "T: unary_real", torch.atan2, np.arctan2)
next_after_op = entry(
    "NextAfter(x1: T, x2: T) -> output: T",
    "T: float64 | float32 = float32",
    torch.nextafter,
    np.nextafter,
)


@maximum_op.specialize
def choose_maximum(node: Any) -> Rule:
    # The usual `maximum(x, 0.)` needs no care for NaN in `y`, and torch's own is faster.
    return maximum if _may_be_nan(node.inputs[1], node.static_input(1)) else torch.maximum


@minimum_op.specialize
def choose_minimum(node: Any) -> Rule:
    return minimum if _may_be_nan(node.inputs[1], node.static_input(1)) else torch.minimum


@squared_difference_op.specialize
def choose_squared_difference(node: Any) -> Rule:
    return squared_difference if node.attr("T").is_complex else real_squared_difference


def real_squared_difference(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return torch.square_(torch.sub(x, y))


@pow_op.specialize
def choose_power(node: Any) -> Rule:
    return power if node.attr("T").is_integer else inexact_power


def inexact_power(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    if y.dim() or not x.dim() or y.device.type != "cpu":
        return torch.pow(x, y)
    return torch.pow(x, y.item())  # squares and cubes are ten times quicker so


clip_by_value_op = op(
    "ClipByValue(t: T, clip_value_min: T, clip_value_max: T) -> output: T", "T: number"
)
clip_by_value_op.shape(shape_rules.unchanged)


@clip_by_value_op.kernel
def clip_by_value(t: torch.Tensor, low: torch.Tensor, high: torch.Tensor) -> torch.Tensor:
    for bound, name in ((low, "clip_value_min"), (high, "clip_value_max")):
        if bound.dim() and bound.shape != t.shape:
            raise InvalidArgumentError(
                None,
                None,
                f"{name} must be either a scalar, or a tensor of the same shape as input",
            )
    return torch.maximum(torch.minimum(t, high), low)


@clip_by_value_op.numpy
def clip_by_value_numpy(t: Any, low: Any, high: Any) -> Any:
    return np.maximum(np.minimum(t, high), low)


# Gradients.


@add_op.gradient
@add_v2_op.gradient
def add_gradient(node: Any, grad: Any) -> Any:
    x, y = node.inputs
    if gradient_rules.skips_scalar(node):
        return grad, None
    if gradient_rules.same_known_shape(x, y, grad):
        return grad, grad
    (sx, rx, reduce_x), (sy, ry, reduce_y) = gradient_rules.smart_reduction_axes(x, y, grad)
    return gradient_rules.asked(
        node,
        lambda: sum_to(grad, rx, sx) if reduce_x else grad,
        lambda: sum_to(grad, ry, sy) if reduce_y else grad,
    )


@sub_op.gradient
def sub_gradient(node: Any, grad: Any) -> Any:
    x, y = node.inputs
    if gradient_rules.skips_scalar(node):
        return grad, None
    if gradient_rules.same_known_shape(x, y, grad):
        return grad, -grad
    (sx, rx, reduce_x), (sy, ry, reduce_y) = gradient_rules.smart_reduction_axes(x, y, grad)
    return gradient_rules.asked(
        node,
        lambda: sum_to(grad, rx, sx) if reduce_x else grad,
        lambda: sum_to(-grad, ry, sy) if reduce_y else -grad,
    )


@mul_op.gradient
def mul_gradient(node: Any, grad: Any) -> Any:
    x, y = node.inputs
    if gradient_rules.skips_scalar(node):
        return apply_op("Mul", grad, math_ops.conj(y)), None
    simple = (dtypes.int32, dtypes.float32)
    if gradient_rules.same_known_shape(x, y, grad) and grad.dtype in simple:
        return gradient_rules.asked(
            node, lambda: apply_op("Mul", grad, y), lambda: apply_op("Mul", grad, x)
        )
    (sx, rx, reduce_x), (sy, ry, reduce_y) = gradient_rules.smart_reduction_axes(x, y, grad)
    x = math_ops.conj(x)
    y = math_ops.conj(y)

    def of_x() -> Any:
        gx = apply_op("Mul", grad, y)
        return sum_to(gx, rx, sx) if reduce_x else gx

    def of_y() -> Any:
        gy = apply_op("Mul", x, grad)
        return sum_to(gy, ry, sy) if reduce_y else gy

    return gradient_rules.asked(node, of_x, of_y)


@mul_no_nan_op.gradient
def mul_no_nan_gradient(node: Any, grad: Any) -> Any:
    x, y = node.inputs
    if gradient_rules.same_known_shape(x, y, grad):
        return apply_op("MulNoNan", grad, y), apply_op("MulNoNan", x, grad)
    sx, sy, rx, ry = reduction_axes(x, y)
    gx = sum_to(apply_op("MulNoNan", grad, y), rx, sx)
    return gx, sum_to(apply_op("MulNoNan", x, grad), ry, sy)


def quotient_gradient(node: Any, grad: Any, divide: Any) -> Any:
    """The gradient of a quotient, written with the same kind of division."""
    x, y = node.inputs
    sx, sy, rx, ry = reduction_axes(x, y)
    x = math_ops.conj(x)
    y = math_ops.conj(y)
    return gradient_rules.asked(
        node,
        lambda: sum_to(divide(grad, y), rx, sx),
        lambda: sum_to(grad * divide(divide(-x, y), y), ry, sy),
    )


@div_op.gradient
def div_gradient(node: Any, grad: Any) -> Any:
    return quotient_gradient(node, grad, math_ops.divide)


@real_div_op.gradient
def real_div_gradient(node: Any, grad: Any) -> Any:
    return quotient_gradient(node, grad, math_ops.realdiv)


@div_no_nan_op.gradient
def div_no_nan_gradient(node: Any, grad: Any) -> Any:
    return quotient_gradient(node, grad, math_ops.div_no_nan)


floor_div_op.gradient(gradient_rules.none)
truncate_div_op.gradient(gradient_rules.none)


@floor_mod_op.gradient
def floor_mod_gradient(node: Any, grad: Any) -> Any:
    x = math_ops.conj(node.inputs[0])
    y = math_ops.conj(node.inputs[1])
    sx, sy, rx, ry = reduction_axes(x, y)
    quotient = apply_op("FloorDiv", x, y)
    gx = sum_to(grad, rx, sx)
    return gx, sum_to(grad * apply_op("Neg", quotient), ry, sy)


def _not_zero(x: Any) -> Any:
    """1 where `x` is not 0, else 0."""
    return math_ops.cast(math_ops.not_equal(x, math_ops.cast(0.0, dtype=x.dtype)), dtype=x.dtype)


@xlogy_op.gradient
def xlogy_gradient(node: Any, grad: Any) -> Any:
    x, y = node.inputs
    sx, sy, rx, ry = reduction_axes(x, y)
    with after(grad):
        partial_x = apply_op("Xlogy", _not_zero(x), y)
        partial_y = apply_op("Xdivy", x, y)
        return sum_to(partial_x * grad, rx, sx), sum_to(partial_y * grad, ry, sy)


@xdivy_op.gradient
def xdivy_gradient(node: Any, grad: Any) -> Any:
    x, y = node.inputs
    sx, sy, rx, ry = reduction_axes(x, y)
    with after(grad):
        partial_x = apply_op("Xdivy", _not_zero(x), y)
        partial_y = apply_op("Xdivy", apply_op("Neg", x), y**2)
        return sum_to(partial_x * grad, rx, sx), sum_to(partial_y * grad, ry, sy)


@pow_op.gradient
def pow_gradient(node: Any, grad: Any) -> Any:
    x, y = node.inputs
    if gradient_rules.skips_scalar(node):
        x, y = math_ops.conj(x), math_ops.conj(y)
        return grad * y * math_ops.pow(x, y - 1), None
    (sx, rx, reduce_x), (sy, ry, reduce_y) = gradient_rules.smart_reduction_axes(x, y, grad)
    x = math_ops.conj(x)
    y = math_ops.conj(y)

    def of_x() -> Any:
        gx = grad * y * math_ops.pow(x, y - 1)
        return sum_to(gx, rx, sx) if reduce_x else gx

    def of_y() -> Any:
        z = math_ops.conj(node.outputs[0])
        # log(x) has no real value below 0 and none at 0.
        mask = math_ops.not_equal(x, 0) if x.dtype.is_complex else x > 0
        safe_x = array_ops.where(mask, x, array_ops.ones_like(x))
        log_x = array_ops.where(mask, math_ops.log(safe_x), array_ops.zeros_like(x))
        gy = grad * z * log_x
        return sum_to(gy, ry, sy) if reduce_y else gy

    return gradient_rules.asked(node, of_x, of_y)


def extremum_gradient(node: Any, grad: Any, chosen: Any) -> Any:
    """`grad` goes to the operand that was chosen; to `x` where both are equal."""
    x, y = node.inputs
    sx = array_ops.shape(x)
    sy = array_ops.shape(y)
    zeros = array_ops.zeros(array_ops.shape(grad), grad.dtype)
    mask = chosen(x, y)
    rx, ry = apply_op("BroadcastGradientArgs", sx, sy)
    return gradient_rules.asked(
        node,
        lambda: sum_to(array_ops.where(mask, grad, zeros), rx, sx),
        lambda: sum_to(array_ops.where(mask, zeros, grad), ry, sy),
    )


@maximum_op.gradient
def maximum_gradient(node: Any, grad: Any) -> Any:
    return extremum_gradient(node, grad, math_ops.greater_equal)


@minimum_op.gradient
def minimum_gradient(node: Any, grad: Any) -> Any:
    return extremum_gradient(node, grad, math_ops.less_equal)


@squared_difference_op.gradient
def squared_difference_gradient(node: Any, grad: Any) -> Any:
    x, y = node.inputs
    with after(grad):
        # The brackets keep a `grad` of IndexedSlices from becoming dense too early.
        x_grad = math_ops.scalar_mul(2.0, grad) * (x - y)
    if gradient_rules.same_known_shape(x, y, grad):
        return x_grad, -x_grad
    (sx, rx, reduce_x), (sy, ry, reduce_y) = gradient_rules.smart_reduction_axes(x, y, grad)
    gx = sum_to(x_grad, rx, sx) if reduce_x else x_grad
    gy = -sum_to(x_grad, ry, sy) if reduce_y else -x_grad
    return gx, gy


@atan2_op.gradient
def atan2_gradient(node: Any, grad: Any) -> Any:
    y, x = node.inputs
    with after(grad):
        scaled = grad / (math_ops.square(x) + math_ops.square(y))
        return x * scaled, -y * scaled


@next_after_op.gradient
def next_after_gradient(node: Any, grad: Any) -> Any:
    x, y = node.inputs
    sx, sy, rx, ry = reduction_axes(x, y)
    with after(grad):
        partial_x = array_ops.ones(sx, dtype=x.dtype)
        partial_y = array_ops.zeros(sy, dtype=y.dtype)
        return sum_to(partial_x * grad, rx, sx), sum_to(partial_y * grad, ry, sy)


@clip_by_value_op.gradient
def clip_by_value_gradient(node: Any, grad: Any) -> Any:
    x, low, high = node.inputs
    sx, sl, sh = (array_ops.shape(t) for t in node.inputs)
    zeros = array_ops.zeros(array_ops.shape(grad), grad.dtype)
    below = math_ops.less(x, low)
    above = math_ops.greater(x, high)
    _, rl = apply_op("BroadcastGradientArgs", sx, sl)
    rx, rh = apply_op("BroadcastGradientArgs", sx, sh)
    gx = array_ops.where(math_ops.logical_or(below, above), zeros, grad)
    gl = array_ops.where(below, grad, zeros)
    gh = array_ops.where(above, grad, zeros)
    return sum_to(gx, rx, sx), sum_to(gl, rl, sl), sum_to(gh, rh, sh)
