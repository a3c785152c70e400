"""Checks of parameters and values, and shapes known or not: what distributions are built with."""

import hashlib
import inspect
from typing import Any

import numpy as np

from evergraph.api import (
    array_ops,
    check_ops,
    control_flow_ops,
    math_ops,
    nn_ops,
    shape_checks,
)
from evergraph.api.cond import cond as cond_of
from evergraph.base import dtypes, tensor_shape
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor
from evergraph.library.distributions.triangular import fill_triangular as fill_triangular
from evergraph.library.distributions.triangular import (
    fill_triangular_inverse as fill_triangular_inverse,
)
from evergraph.library.distributions.triangular import (
    matrix_diag_transform as matrix_diag_transform,
)
from evergraph.library.distributions.triangular import tridiag as tridiag

# The dtypes of counts; the others hold no integers that could be checked.
_UNSIGNED = (dtypes.bool, dtypes.uint8, dtypes.uint16)
_SIGNED = (
    dtypes.float16,
    dtypes.float32,
    dtypes.float64,
    dtypes.int8,
    dtypes.int16,
    dtypes.int32,
    dtypes.int64,
)
_INTEGER_OF_SIZE = {
    dtypes.float16: dtypes.int16,
    dtypes.float32: dtypes.int32,
    dtypes.float64: dtypes.int64,
}


def assert_integer_form(
    x: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    int_dtype: Any = None,
    name: str = "assert_integer_form",
) -> Any:
    """An op that fails where `x` is not whole; `int_dtype` is what it is cast to and back.

    Raises:
      TypeError: no integer type goes with that of `x`.
    """
    with name_scope(name, values=[x, data]):
        x = convert_to_tensor(x, name="x")
        if x.dtype.is_integer:
            return control_flow_ops.no_op()
        message = message or f"{x} has non-integer components"
        int_dtype = int_dtype or _INTEGER_OF_SIZE.get(x.dtype.base_dtype)
        if int_dtype is None:
            raise TypeError(f"Unrecognized type {x.dtype.name}")
        whole = math_ops.cast(math_ops.cast(x, int_dtype), x.dtype)
        return check_ops.assert_equal(
            x, whole, data=data, summarize=summarize, message=message, name=name
        )


def embed_check_nonnegative_integer_form(
    x: Any, name: str = "embed_check_nonnegative_integer_form"
) -> Tensor:
    """`x`, checked at run time to be whole and not negative."""
    with name_scope(name, values=[x]):
        x = convert_to_tensor(x, name="x")
        checks = [check_ops.assert_non_negative(x, message=f"'{x}' must be non-negative.")]
        if not x.dtype.is_integer:
            message = f"'{x}' cannot contain fractional components."
            checks.append(assert_integer_form(x, message=message))
        return control_flow_ops.with_dependencies(checks, x)


def get_logits_and_probs(
    logits: Any = None,
    probs: Any = None,
    multidimensional: bool = False,
    validate_args: bool = False,
    name: str = "get_logits_and_probs",
    dtype: Any = None,
) -> tuple[Tensor, Tensor]:
    """Logits and probabilities, one given and the other made of it.

    Args:
      multidimensional: the last axis is one of classes; else each is a probability of its own.

    Raises:
      ValueError: both are given or none.
      TypeError: the dtype is not floating.
    """
    with name_scope(name, values=[probs, logits]):
        if (probs is None) == (logits is None):
            raise ValueError("Must pass probs or logits, but not both.")
        if probs is None:
            logits = convert_to_tensor(logits, name="logits", dtype=dtype)
            if not logits.dtype.is_floating:
                raise TypeError("logits must having floating type.")
            if not multidimensional:
                return logits, math_ops.sigmoid(logits, name="probs")
            if validate_args:
                logits = embed_check_categorical_event_shape(logits)
            return logits, nn_ops.softmax(logits, name="probs")
        probs = convert_to_tensor(probs, name="probs", dtype=dtype)
        if not probs.dtype.is_floating:
            raise TypeError("probs must having floating type.")
        if validate_args:
            probs = _validated_probs(probs, multidimensional)
        with name_scope("logits"):
            if multidimensional:
                return math_ops.log(probs), probs
            return math_ops.log(probs) - math_ops.log1p(-1.0 * probs), probs


def _validated_probs(probs: Tensor, multidimensional: bool) -> Tensor:
    with name_scope("validate_probs"):
        one = constant(1.0, probs.dtype)
        checks = [check_ops.assert_non_negative(probs)]
        if multidimensional:
            probs = embed_check_categorical_event_shape(probs)
            total = math_ops.reduce_sum(probs, -1)
            checks.append(check_ops.assert_near(total, one, message="probs does not sum to 1."))
        else:
            message = "probs has components greater than 1."
            checks.append(check_ops.assert_less_equal(probs, one, message=message))
        return control_flow_ops.with_dependencies(checks, probs)


def _require_known_dtype(dt: Any) -> None:
    if dt.base_dtype not in _UNSIGNED + _SIGNED:
        raise TypeError(f"Unrecognized dtype: {dt.name}")


def _is_integer_like_by_dtype(dt: Any) -> bool:
    _require_known_dtype(dt)
    return bool(dt.is_integer or dt.base_dtype == dtypes.bool)


def _largest_integer_by_dtype(dt: Any) -> int:
    """The largest number up to which all integers can be told apart."""
    _require_known_dtype(dt)
    if dt.is_floating:
        return int(2 ** (np.finfo(dt.as_numpy_dtype).nmant + 1))
    return 1 if dt.base_dtype == dtypes.bool else int(np.iinfo(dt.as_numpy_dtype).max)


def _smallest_integer_by_dtype(dt: Any) -> int:
    _require_known_dtype(dt)
    return 0 if dt.base_dtype in _UNSIGNED else -_largest_integer_by_dtype(dt)


def embed_check_categorical_event_shape(
    categorical_param: Any, name: str = "embed_check_categorical_event_shape"
) -> Tensor:
    """A parameter with an axis of classes, of which there must be 2 or more, and few enough for
    its dtype to number them.

    Raises:
      TypeError: the dtype is not floating.
      ValueError: the shape is known and does not do.
    """
    with name_scope(name, values=[categorical_param]):
        x = convert_to_tensor(categorical_param, name="categorical_param")
        dtype = x.dtype.base_dtype
        if not dtype.is_floating:
            _require_known_dtype(dtype)
            raise TypeError(f"Unable to validate size of unrecognized dtype ({dtype.name}).")
        most = _largest_integer_by_dtype(dtype)
        too_few_axes = "A categorical-distribution parameter must have at least 1 dimension."
        too_few = "A categorical-distribution parameter must have at least 2 events."
        if x.shape.ndims == 0:
            raise ValueError(too_few_axes)
        size = None if x.shape.ndims is None else tensor_shape.dimension_value(x.shape[-1])
        if size is None:
            size = array_ops.shape(x, name="x_shape")[-1]
            too_many = (
                f"Number of classes exceeds `dtype` precision, i.e., {dtype.name} dtype cannot "
                f"exceed {most} shape."
            )
            checks = [
                shape_checks.assert_rank_at_least(x, 1, message=too_few_axes),
                check_ops.assert_greater_equal(array_ops.shape(x)[-1], 2, message=too_few),
                check_ops.assert_less_equal(size, most, message=too_many),
            ]
            return control_flow_ops.with_dependencies(checks, x)
        if size < 2:
            raise ValueError(too_few)
        if size > most:
            raise ValueError(
                f"Number of classes exceeds `dtype` precision, i.e., {dtype.name} implies shape "
                f"({size}) cannot exceed {most}."
            )
        return x


def embed_check_integer_casting_closed(
    x: Any,
    target_dtype: Any,
    assert_nonnegative: bool = True,
    name: str = "embed_check_casting_closed",
) -> Tensor:
    """`x`, checked at run time to be of numbers that a cast to `target_dtype` leaves as they are.

    Raises:
      TypeError: neither dtype is of integers.
    """
    with name_scope(name, values=[x]):
        x = convert_to_tensor(x, name="x")
        whole, target_whole = map(_is_integer_like_by_dtype, (x.dtype, target_dtype))
        if not whole and not target_whole:
            raise TypeError(
                f"At least one of {x}.dtype ({x.dtype.name}) and target_dtype "
                f"({target_dtype.name}) must be integer-type."
            )
        checks = []
        if assert_nonnegative:
            message = "Elements must be non-negative."
            checks.append(check_ops.assert_non_negative(x, message=message))
        if x.dtype.is_floating:
            message = f"Elements must be {target_dtype.name}-equivalent."
            checks.append(assert_integer_form(x, int_dtype=target_dtype, message=message))
        else:
            checks += _range_checks(x, target_dtype, assert_nonnegative)
        return control_flow_ops.with_dependencies(checks, x) if checks else x


def _range_checks(x: Tensor, target_dtype: Any, assert_nonnegative: bool) -> list[Any]:
    checks = []
    most = _largest_integer_by_dtype(target_dtype)
    if _largest_integer_by_dtype(x.dtype) > most:
        message = f"Elements cannot exceed {most}."
        checks.append(check_ops.assert_less_equal(x, most, message=message))
    least = _smallest_integer_by_dtype(target_dtype)
    if not assert_nonnegative and _smallest_integer_by_dtype(x.dtype) < least:
        message = f"Elements cannot be smaller than {least}."
        checks.append(check_ops.assert_greater_equal(x, least, message=message))
    return checks


def log_combinations(n: Any, counts: Any, name: str = "log_combinations") -> Tensor:
    """log(n! / prod(counts!)), the product over the last axis."""
    with name_scope(name, values=[n, counts]):
        n = convert_to_tensor(n, name="n")
        counts = convert_to_tensor(counts, name="counts")
        total = math_ops.lgamma(n + 1)
        return total - math_ops.reduce_sum(math_ops.lgamma(counts + 1), axis=[-1])


def pick_vector(cond: Any, true_vector: Any, false_vector: Any, name: str = "pick_vector") -> Any:
    """One of two vectors, by a bool scalar that may be known only at run time.

    Raises:
      TypeError: `cond` is not bool, or the vectors are of different dtypes.
    """
    with name_scope(name, values=(cond, true_vector, false_vector)):
        cond = convert_to_tensor(cond, name="cond")
        if cond.dtype != dtypes.bool:
            raise TypeError(f"{cond}.dtype={cond.dtype!s} which is not {dtypes.bool!s}")
        static = constant_value(cond)
        if static is not None:
            return true_vector if static else false_vector
        yes = convert_to_tensor(true_vector, name="true_vector")
        no = convert_to_tensor(false_vector, name="false_vector")
        if yes.dtype != no.dtype:
            raise TypeError(f"{yes}.dtype={yes.dtype!s} does not match {no}.dtype={no.dtype!s}")
        n = array_ops.shape(yes)[0]
        both = array_ops.concat([yes, no], 0)
        begin = array_ops.where_v2(cond, 0, n)
        return array_ops.slice(both, [begin], [array_ops.where(cond, n, -1)])


def gen_new_seed(seed: Any, salt: str) -> int | None:
    """A seed made of another and of a word, so that ops with one seed draw different numbers."""
    if seed is None:
        return None
    digest = hashlib.md5((str(seed) + salt).encode("utf-8"), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) & 0x7FFFFFFF


def assert_symmetric(matrix: Any) -> Tensor:
    """`matrix`, checked at run time to equal its transpose."""
    transposed = array_ops.matrix_transpose(matrix)
    return control_flow_ops.with_dependencies([check_ops.assert_equal(matrix, transposed)], matrix)


def same_dynamic_shape(a: Any, b: Any) -> Tensor:
    """Whether two tensors are of one rank and of the same sizes: a bool scalar."""
    a = convert_to_tensor(a, name="a")
    b = convert_to_tensor(b, name="b")

    def same_sizes() -> Tensor:
        # Concatenated, shapes of different ranks can be compared too; those are never run.
        there = array_ops.concat([array_ops.shape(a), array_ops.shape(b)], 0)
        back = array_ops.concat([array_ops.shape(b), array_ops.shape(a)], 0)
        return math_ops.reduce_all(math_ops.equal(there, back))

    same_rank = math_ops.equal(array_ops.rank(a), array_ops.rank(b))
    return cond_of(same_rank, same_sizes, lambda: constant(False))


def maybe_get_static_value(x: Any, dtype: Any = None) -> Any:
    """The value of `x` where it is known while building, or None."""
    if x is None:
        return x
    try:
        value = constant_value(x)
    except TypeError:  # no tensor, but a value
        value = x
    return value if value is None or dtype is None else np.array(value, dtype)


def prefer_static_value(x: Any) -> Any:
    """The value of `x` where it is known while building, else `x`."""
    value = constant_value(x)
    return x if value is None else value


def prefer_static_rank(x: Any) -> Any:
    """The rank of `x` as a number where it is known while building, else as a tensor."""
    return prefer_static_value(array_ops.rank(x))


def prefer_static_shape(x: Any) -> Any:
    """The shape of `x` as numbers where it is known while building, else as a tensor."""
    return prefer_static_value(array_ops.shape(x))


def rotate_transpose(x: Any, shift: Any, name: str = "rotate_transpose") -> Tensor:
    """`x` with its axes moved to the right by `shift` places, those at the end to the front."""
    with name_scope(name, values=[x, shift]):
        x = convert_to_tensor(x, name="x")
        shift = convert_to_tensor(shift, name="shift")
        check_ops.assert_integer(shift)
        places, rank = constant_value(shift), x.shape.ndims
        if rank is not None and places is not None:
            if rank < 2:
                return x
            places = np.sign(places) * (abs(places) % rank)
            if places == 0:
                return x
            return array_ops.transpose(x, perm=np.roll(np.arange(rank), places))
        rank = array_ops.rank(x)
        is_left = math_ops.less(shift, 0)
        to_left = math_ops.mod(-shift, rank)
        start = array_ops.where_v2(is_left, to_left, rank - math_ops.mod(shift, rank))
        first = math_ops.range(0, start)
        last = math_ops.range(start, rank)
        return array_ops.transpose(x, perm=array_ops.concat([last, first], 0))


@export("contrib.distributions.softplus_inverse")
def softplus_inverse(x: Any, name: str | None = None) -> Tensor:
    """log(exp(x) - 1), for positive `x`, without overflow or loss of digits."""
    with name_scope(name, "softplus_inverse", values=[x]):
        x = convert_to_tensor(x, name="x")
        threshold = np.log(np.finfo(x.dtype.as_numpy_dtype).eps) + 2.0
        too_small = math_ops.less(x, np.exp(threshold))
        too_large = math_ops.greater(x, -threshold)
        for_small, for_large = math_ops.log(x), x
        outside = math_ops.logical_or(too_small, too_large)
        x = array_ops.where_v2(outside, array_ops.ones_like(x), x)  # keeps NaN out of gradients
        y = x + math_ops.log(-math_ops.expm1(-x))
        return array_ops.where_v2(too_small, for_small, array_ops.where_v2(too_large, for_large, y))


@export("contrib.distributions.reduce_weighted_logsumexp")
def reduce_weighted_logsumexp(
    logx: Any,
    w: Any = None,
    axis: Any = None,
    keep_dims: bool = False,
    return_sign: bool = False,
    name: str | None = None,
) -> Any:
    """log(|sum(w exp(logx))|) over axes, and with `return_sign` the sum's sign too.

    Args:
      w: weights, of either sign; default 1.
    """
    with name_scope(name, "reduce_weighted_logsumexp", [logx, w]):
        logx = convert_to_tensor(logx, name="logx")
        if w is None:
            result = math_ops.reduce_logsumexp(logx, axis=axis, keepdims=keep_dims)
            return (result, array_ops.ones_like(result)) if return_sign else result
        w = convert_to_tensor(w, dtype=logx.dtype, name="w")
        logs = logx + math_ops.log(math_ops.abs(w))
        largest = math_ops.reduce_max(logs, axis=axis, keepdims=True)
        # An infinite one would make NaN of the differences.
        infinite = math_ops.is_inf(largest)
        largest = array_ops.where_v2(infinite, array_ops.zeros_like(largest), largest)
        scaled = math_ops.sign(w) * math_ops.exp(logs - largest)
        total = math_ops.reduce_sum(scaled, axis=axis, keepdims=keep_dims)
        if not keep_dims:
            largest = array_ops.squeeze(largest, axis)
        sign = math_ops.sign(total)
        result = largest + math_ops.log(sign * total)
        return (result, sign) if return_sign else result


def dimension_size(x: Any, axis: int) -> Any:
    """The size of an axis of `x`, as a number where it is known while building."""
    size = tensor_shape.dimension_value(x.shape.with_rank_at_least(abs(axis))[axis])
    return array_ops.shape(x)[axis] if size is None else size


def pad(
    x: Any,
    axis: Any,
    front: bool = False,
    back: bool = False,
    value: Any = 0,
    count: Any = 1,
    name: str | None = None,
) -> Tensor:
    """`x` with `count` slices of `value` before or behind it, or both, along an axis.

    Raises:
      ValueError: neither `front` nor `back` is True.
      TypeError: `count` is no integer.
    """
    with name_scope(name, "pad", [x, value, count]):
        x = convert_to_tensor(x, name="x")
        value = convert_to_tensor(value, dtype=x.dtype, name="value")
        count = convert_to_tensor(count, name="count")
        if not count.dtype.is_integer:
            raise TypeError(f"`count.dtype` (`{count.dtype.name}`) must be `int`-like.")
        if not front and not back:
            raise ValueError("At least one of `front`, `back` must be `True`.")
        ndims = array_ops.rank(x, name="ndims") if x.shape.ndims is None else x.shape.ndims
        axis = convert_to_tensor(axis, name="axis")
        static = constant_value(axis)
        shape = None
        if static is None:
            axis = array_ops.where_v2(axis < 0, ndims + axis, axis)
        else:
            axis = ndims + static if static < 0 else static
            if static >= 0 or x.shape.ndims is not None:
                more = constant_value(count)
                if more is not None:
                    size = tensor_shape.dimension_at_index(x.shape, axis) + more * (front + back)
                    shape = x.shape[:axis].concatenate([size]).concatenate(x.shape[axis + 1 :])
        where = array_ops.stack([axis if front else -1, axis if back else -1])
        paddings = array_ops.one_hot(
            indices=where, depth=ndims, axis=0, on_value=count, dtype=dtypes.int32
        )
        x = array_ops.pad(x, paddings=paddings, constant_values=value)
        if shape is not None:
            x.set_shape(shape)
        return x


def prefer_static_broadcast_shape(
    shape1: Any, shape2: Any, name: str = "prefer_static_broadcast_shape"
) -> Any:
    """The shape of two shapes broadcast together: a TensorShape where both are known while
    building, else an int32 vector.

    Raises:
      ValueError: a TensorShape is known in part and the other shape not at all.
    """
    with name_scope(name, values=[shape1, shape2]):

        def tensor(shape: Any) -> Tensor:
            return convert_to_tensor(shape, name="shape", dtype=dtypes.int32)

        def static(shape: Any) -> Any:
            if isinstance(shape, tensor_shape.TensorShape):
                return shape
            value = constant_value(tensor(shape))
            return None if value is None else tensor_shape.TensorShape(value)

        def dynamic(shape: Any) -> Tensor:
            if not isinstance(shape, tensor_shape.TensorShape):
                return tensor(shape)
            if not shape.is_fully_defined():
                raise ValueError("Cannot broadcast from partially defined `TensorShape`.")
            return tensor(shape.as_list())

        known = static(shape1), static(shape2)
        if known[0] is not None and known[1] is not None:
            return array_ops.broadcast_static_shape(*known)
        first, second = dynamic(shape1), dynamic(shape2)
        return array_ops.broadcast_dynamic_shape(first, second)


def parent_frame_arguments() -> dict[str, Any]:
    """The arguments that the calling function was called with, by name."""
    frame = inspect.currentframe()
    assert frame is not None and frame.f_back is not None
    names, varargs, keywords, values = inspect.getargvalues(frame.f_back)
    given = {name: values[name] for name in names}
    return {**given, **(values[keywords] if keywords else {})}
