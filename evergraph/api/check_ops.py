"""Checks on values: tf.assert_equal, tf.assert_positive, ... Those on shapes are in
shape_checks.py."""

from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.api import eager_checks, math_ops
from evergraph.api.array_ops import reshape, shape, size, strided_slice
from evergraph.api.control_flow_ops import Assert, cond, no_op
from evergraph.base import dtypes, errors
from evergraph.base.deprecation import deprecated_endpoints
from evergraph.base.export import export
from evergraph.graph.composite import SparseTensor
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import executing_eagerly, name_scope
from evergraph.graph.operation import Operation
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor

NUMERIC_TYPES = frozenset(
    [
        dtypes.float32,
        dtypes.float64,
        dtypes.int8,
        dtypes.int16,
        dtypes.int32,
        dtypes.int64,
        dtypes.uint8,
        dtypes.qint8,
        dtypes.qint32,
        dtypes.quint8,
        dtypes.complex64,
    ]
)


def _static_text(x: Any) -> str:
    """What an error that is raised while building shows of a tensor."""
    if not isinstance(x, Tensor):
        return str(x)
    value = constant_value(x)
    return str(x) if value is None else str(value)


def _assert_static(condition: Any, data: Any) -> None:
    """Raises now if the check is known to fail."""
    if not condition:
        raise errors.InvalidArgumentError(None, None, "\n".join(_static_text(x) for x in data))


def _binary_assert(
    symbol: str,
    default_name: str,
    compare: Callable[..., Any],
    static_compare: Callable[..., Any],
    x: Any,
    y: Any,
    data: Any,
    summarize: int | None,
    message: str | None,
    name: str | None,
) -> Any:
    with name_scope(name, default_name, [x, y, data]):
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y")
        if executing_eagerly():
            eager_checks.check_pair(symbol, compare(x, y), x, y, data, summarize, message)
            return None
        if data is None:
            data = [
                f"Condition x {symbol} y did not hold element-wise:",
                f"x ({x.name}) = ",
                x,
                f"y ({y.name}) = ",
                y,
            ]
        if message is not None:
            data = [message, *data]
        condition = math_ops.reduce_all(compare(x, y))
        x_static, y_static = constant_value(x), constant_value(y)
        if x_static is not None and y_static is not None:
            _assert_static(np.all(static_compare(x_static, y_static)), data)
        return Assert(condition, data, summarize=summarize)


@export("debugging.assert_equal", "assert_equal")
def assert_equal(
    x: Any,
    y: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails unless `x == y` for all elements. Stands for `tf.assert_equal`.

    Args:
      x, y: tensors that broadcast to one another.
      data: what the error prints; default: a message, `x` and `y`.
      summarize: how many entries of each tensor are printed.
      message: text put before.
      name: the nodes' scope.

    Raises:
      InvalidArgumentError: at once where both values are constants, else at run time.
    """
    with name_scope(name, "assert_equal", [x, y, data]):
        if x is y:
            return None if executing_eagerly() else no_op()
    return _binary_assert(
        "==", "assert_equal", math_ops.equal, np.equal, x, y, data, summarize, message, name
    )


@export("debugging.assert_none_equal", "assert_none_equal")
@deprecated_endpoints("assert_none_equal")
def assert_none_equal(
    x: Any,
    y: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """As `tf.assert_equal`, for `x != y`. Stands for `tf.debugging.assert_none_equal`."""
    return _binary_assert(
        "!=",
        "assert_none_equal",
        math_ops.not_equal,
        np.not_equal,
        x,
        y,
        data,
        summarize,
        message,
        name,
    )


@export("debugging.assert_less", "assert_less")
def assert_less(
    x: Any,
    y: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """As `tf.assert_equal`, for `x < y`. Stands for `tf.assert_less`."""
    return _binary_assert(
        "<", "assert_less", math_ops.less, np.less, x, y, data, summarize, message, name
    )


@export("debugging.assert_less_equal", "assert_less_equal")
@deprecated_endpoints("assert_less_equal")
def assert_less_equal(
    x: Any,
    y: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """As `tf.assert_equal`, for `x <= y`. Stands for `tf.debugging.assert_less_equal`."""
    return _binary_assert(
        "<=",
        "assert_less_equal",
        math_ops.less_equal,
        np.less_equal,
        x,
        y,
        data,
        summarize,
        message,
        name,
    )


@export("debugging.assert_greater", "assert_greater")
def assert_greater(
    x: Any,
    y: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """As `tf.assert_equal`, for `x > y`. Stands for `tf.assert_greater`."""
    return _binary_assert(
        ">", "assert_greater", math_ops.greater, np.greater, x, y, data, summarize, message, name
    )


@export("debugging.assert_greater_equal", "assert_greater_equal")
@deprecated_endpoints("assert_greater_equal")
def assert_greater_equal(
    x: Any,
    y: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """As `tf.assert_equal`, for `x >= y`. Stands for `tf.debugging.assert_greater_equal`."""
    return _binary_assert(
        ">=",
        "assert_greater_equal",
        math_ops.greater_equal,
        np.greater_equal,
        x,
        y,
        data,
        summarize,
        message,
        name,
    )


@export("debugging.assert_near", "assert_near")
@deprecated_endpoints("assert_near")
def assert_near(
    x: Any,
    y: Any,
    rtol: Any = None,
    atol: Any = None,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """As `tf.assert_equal`, for `|x - y| < atol + rtol * |y|`. Stands for
    `tf.debugging.assert_near`.

    `rtol` and `atol` default to ten times the precision of the dtype.
    """
    message = message or ""
    with name_scope(name, "assert_near", [x, y, rtol, atol, data]):
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y", dtype=x.dtype)
        eps = np.finfo(x.dtype.as_numpy_dtype).eps
        rtol = convert_to_tensor(10 * eps if rtol is None else rtol, name="rtol", dtype=x.dtype)
        atol = convert_to_tensor(10 * eps if atol is None else atol, name="atol", dtype=x.dtype)
        if data is None:
            data = [
                message,
                f"x and y not equal to tolerance rtol = {rtol}, atol = {atol}",
                f"x ({eager_checks.named(x)}) = ",
                x,
                f"y ({eager_checks.named(y)}) = ",
                y,
            ]
        tolerance = atol + rtol * math_ops.abs(y)
        distance = math_ops.abs(x - y)
        condition = math_ops.reduce_all(math_ops.less(distance, tolerance))
        return Assert(condition, data, summarize=summarize)


# Against zero.


def _sign_assert(
    default_name: str,
    symbol: str,
    check: Callable[[Any, Any, Any], Any],
    x: Any,
    data: Any,
    message: str | None,
    name: str | None,
    split_text: bool = True,
) -> Operation:
    message = message or ""
    with name_scope(name, default_name, [x, data]):
        x = convert_to_tensor(x, name="x")
        if data is None:
            named = eager_checks.named(x)
            texts = [f"Condition x {symbol} 0 did not hold element-wise:", f"x ({named}) = "]
            data = [message, *(texts if split_text else ["".join(texts)]), x]
        zero = convert_to_tensor(0, dtype=x.dtype)
        return check(x, zero, data)


@export("debugging.assert_negative", "assert_negative")
@deprecated_endpoints("assert_negative")
def assert_negative(
    x: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails unless `x < 0` for all elements. Stands for
    `tf.debugging.assert_negative`; see `tf.assert_equal`."""
    return _sign_assert(
        "assert_negative",
        "<",
        lambda x, zero, data: assert_less(x, zero, data=data, summarize=summarize),
        x,
        data,
        message,
        name,
    )


@export("debugging.assert_positive", "assert_positive")
@deprecated_endpoints("assert_positive")
def assert_positive(
    x: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails unless `x > 0` for all elements. Stands for
    `tf.debugging.assert_positive`; see `tf.assert_equal`."""
    return _sign_assert(
        "assert_positive",
        ">",
        lambda x, zero, data: assert_less(zero, x, data=data, summarize=summarize),
        x,
        data,
        message,
        name,
    )


@export("debugging.assert_non_negative", "assert_non_negative")
@deprecated_endpoints("assert_non_negative")
def assert_non_negative(
    x: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails unless `x >= 0` for all elements. Stands for
    `tf.debugging.assert_non_negative`; see `tf.assert_equal`."""
    return _sign_assert(
        "assert_non_negative",
        ">=",
        lambda x, zero, data: assert_less_equal(zero, x, data=data, summarize=summarize),
        x,
        data,
        message,
        name,
    )


@export("debugging.assert_non_positive", "assert_non_positive")
@deprecated_endpoints("assert_non_positive")
def assert_non_positive(
    x: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails unless `x <= 0` for all elements. Stands for
    `tf.debugging.assert_non_positive`; see `tf.assert_equal`."""
    return _sign_assert(
        "assert_non_positive",
        "<=",
        lambda x, zero, data: assert_less_equal(x, zero, data=data, summarize=summarize),
        x,
        data,
        message,
        name,
        split_text=False,
    )


# Orders.


def _differences(x: Any) -> Tensor:
    """Each element minus the one before, of `x` flattened."""
    x = reshape(x, [-1])
    if not is_numeric_tensor(x):
        raise TypeError(f"Expected x to be numeric, instead found: {x}")
    short = math_ops.less(size(x), 2)
    length = shape(x) - 1
    return cond(
        short,
        lambda: convert_to_tensor([], dtype=x.dtype),
        lambda: strided_slice(x, [1], [1] + length) - strided_slice(x, [0], length),
    )


@export("debugging.is_numeric_tensor", "is_numeric_tensor")
@deprecated_endpoints("is_numeric_tensor")
def is_numeric_tensor(tensor: Any) -> bool:
    """Whether `tensor` is a tensor of numbers. Stands for `tf.debugging.is_numeric_tensor`."""
    return isinstance(tensor, Tensor) and tensor.dtype in NUMERIC_TYPES


@export("math.is_non_decreasing", "debugging.is_non_decreasing", "is_non_decreasing")
@deprecated_endpoints("debugging.is_non_decreasing", "is_non_decreasing")
def is_non_decreasing(x: Any, name: str | None = None) -> Tensor:
    """Whether each element of `x`, flattened, is at least the one before: a bool scalar. Stands for
    `tf.math.is_non_decreasing`. Raises TypeError unless `x` is numeric."""
    with name_scope(name, "is_non_decreasing", [x]):
        difference = _differences(x)
        zero = convert_to_tensor(0, dtype=difference.dtype)
        return math_ops.reduce_all(math_ops.less_equal(zero, difference))


@export("math.is_strictly_increasing", "debugging.is_strictly_increasing", "is_strictly_increasing")
@deprecated_endpoints("debugging.is_strictly_increasing", "is_strictly_increasing")
def is_strictly_increasing(x: Any, name: str | None = None) -> Tensor:
    """Whether each element of `x`, flattened, is more than the one before: a bool scalar. Stands
    for
    `tf.math.is_strictly_increasing`. Raises TypeError unless `x` is numeric."""
    with name_scope(name, "is_strictly_increasing", [x]):
        difference = _differences(x)
        zero = convert_to_tensor(0, dtype=difference.dtype)
        return math_ops.reduce_all(math_ops.less(zero, difference))


# Types and structures, checked while building.


@export("debugging.assert_proper_iterable", "assert_proper_iterable")
@deprecated_endpoints("assert_proper_iterable")
def assert_proper_iterable(values: Any) -> None:
    """Raises TypeError unless `values` is meant to be iterated over: tensors, arrays and strings
    are
    not. Stands for `tf.debugging.assert_proper_iterable`."""
    if isinstance(values, (Tensor, SparseTensor, np.ndarray, bytes, str)):
        raise TypeError(
            f'Expected argument "values" to be a "proper" iterable.  Found: {type(values)}'
        )
    if not hasattr(values, "__iter__"):
        raise TypeError(f'Expected argument "values" to be iterable.  Found: {type(values)}')


@export("debugging.assert_integer", "assert_integer")
@deprecated_endpoints("assert_integer")
def assert_integer(x: Any, message: str | None = None, name: str | None = None) -> Operation:
    """A no-op; raises TypeError unless `x` is of integers. Stands for
    `tf.debugging.assert_integer`."""
    message = message or ""
    with name_scope(name, "assert_integer", [x]):
        x = convert_to_tensor(x, name="x")
        if not x.dtype.is_integer:
            found = "tensor" if executing_eagerly() else x.name
            raise TypeError(
                f'{message}  Expected "x" to be integer type.  Found: {found} of dtype {x.dtype}'
            )
        return no_op("statically_determined_was_integer")


@export("debugging.assert_type", "assert_type")
@deprecated_endpoints("assert_type")
def assert_type(
    tensor: Any, tf_type: Any, message: str | None = None, name: str | None = None
) -> Operation:
    """A no-op; raises TypeError unless `tensor` is of dtype `tf_type`. Stands for
    `tf.debugging.assert_type`."""
    message = message or ""
    with name_scope(name, "assert_type", [tensor]):
        tensor = convert_to_tensor(tensor, name="tensor")
        if tensor.dtype != tf_type:
            raise TypeError(f"{message}  {tensor.name} must be of type {tf_type}")
        return no_op("statically_determined_correct_type")


def _item_name(item: Any) -> str:
    return item.name if hasattr(item, "name") else str(item)


def _common_type(items: Any, expected: Any = None) -> Any:
    """The dtype that all of `items` have. Raises ValueError where two differ."""
    first = None
    for item in items:
        if item is None:
            continue
        dtype = item.dtype.base_dtype
        if not expected:
            expected, first = dtype, _item_name(item)
        elif expected != dtype:
            of_first = f" as {first}" if first else ""
            raise ValueError(
                f"{_item_name(item)}, type={dtype}, must be of the same type "
                f"({expected}){of_first}."
            )
    return expected


@export("debugging.assert_same_float_dtype", "assert_same_float_dtype")
@deprecated_endpoints("assert_same_float_dtype")
def assert_same_float_dtype(tensors: Any = None, dtype: Any = None) -> Any:
    """The floating-point dtype of all `tensors` (float32 if there are none). Stands for
    `tf.debugging.assert_same_float_dtype`. Raises ValueError where they differ or it is no such."""
    if tensors:
        dtype = _common_type(tensors, dtype)
    if not dtype:
        return dtypes.float32
    if not dtypes.as_dtype(dtype).is_floating:
        raise ValueError(f"Expected floating point type, got {dtype}.")
    return dtype


# TensorFlow 2's forms, without `data` and in another order.


def _v2(check: Callable[..., Any]) -> Callable[..., Any]:
    def unary(
        x: Any, message: str | None = None, summarize: int | None = None, name: str | None = None
    ) -> Any:
        return check(x=x, message=message, summarize=summarize, name=name)

    return unary


def _binary_v2(check: Callable[..., Any]) -> Callable[..., Any]:
    def binary(
        x: Any,
        y: Any,
        message: str | None = None,
        summarize: int | None = None,
        name: str | None = None,
    ) -> Any:
        return check(x=x, y=y, message=message, summarize=summarize, name=name)

    return binary


assert_negative_v2 = _v2(assert_negative)
assert_positive_v2 = _v2(assert_positive)
assert_non_negative_v2 = _v2(assert_non_negative)
assert_non_positive_v2 = _v2(assert_non_positive)
assert_equal_v2 = _binary_v2(assert_equal)
assert_less_v2 = _binary_v2(assert_less)
assert_less_equal_v2 = _binary_v2(assert_less_equal)
assert_greater_v2 = _binary_v2(assert_greater)
assert_greater_equal_v2 = _binary_v2(assert_greater_equal)


def assert_none_equal_v2(
    x: Any,
    y: Any,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """As `assert_none_equal`, with TensorFlow 2's arguments."""
    return assert_none_equal(x=x, y=y, summarize=summarize, message=message, name=name)


def assert_near_v2(
    x: Any,
    y: Any,
    rtol: Any = None,
    atol: Any = None,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Operation:
    """As `assert_near`, with TensorFlow 2's arguments."""
    return assert_near(
        x=x, y=y, rtol=rtol, atol=atol, summarize=summarize, message=message, name=name
    )


def assert_integer_v2(x: Any, message: str | None = None, name: str | None = None) -> None:
    """As `assert_integer`, without a result."""
    assert_integer(x=x, message=message, name=name)


def assert_type_v2(
    tensor: Any, tf_type: Any, message: str | None = None, name: str | None = None
) -> None:
    """As `assert_type`, without a result."""
    assert_type(tensor=tensor, tf_type=tf_type, message=message, name=name)
