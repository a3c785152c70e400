"""Statistics of samples."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from evergraph.api import (
    array_ops,
    check_ops,
    clip_ops,
    control_flow_ops,
    fft_ops,
    math_ops,
    ranking_ops,
    shape_checks,
)
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.library.distributions import util


@export("contrib.distributions.auto_correlation")
def auto_correlation(
    x: Any,
    axis: int = -1,
    max_lags: Any = None,
    center: bool = True,
    normalize: bool = True,
    name: str = "auto_correlation",
) -> Any:
    """The mean of x[n] conj(x[n + lag]) along an axis, for each lag from 0. Stands for
    `tf.contrib.distributions.auto_correlation`.

    Args:
      x: floating or complex.
      max_lags: the largest lag; default and at most the size of the axis less 1.
      center: True for x less its mean.
      normalize: True to divide by that of lag 0.

    Raises:
      TypeError: `x` is of integers.
    """
    with name_scope(name, values=[x]):
        x = convert_to_tensor(x, name="x")
        # Differences of known sizes are int64, as old versions of NumPy make them.
        rank = _wide(util.prefer_static_rank(x))
        axis = rank + axis if axis < 0 else axis
        shift = rank - 1 - axis
        last = util.rotate_transpose(x, shift)
        if center:
            last -= math_ops.reduce_mean(last, axis=-1, keepdims=True)
        # A product of Fourier transforms is that of the correlation in a circle, so that there
        # must be as many zeros behind as there are numbers.
        size = util.prefer_static_shape(last)[-1]
        number = math_ops.cast(size, np.float64)
        doublings = math_ops.ceil(math_ops.log(number * 2) / np.log(2.0))
        padded_size = math_ops.pow(np.float64(2.0), doublings)
        zeros = math_ops.cast(padded_size - number, np.int32)
        padded = util.pad(last, axis=-1, back=True, count=zeros)
        dtype = x.dtype
        if not dtype.is_complex:
            if not dtype.is_floating:
                raise TypeError(
                    f"Argument x must have either float or complex dtype found: {dtype}"
                )
            padded = math_ops.complex(padded, dtype.real_dtype.as_numpy_dtype(0.0))
        spectrum = fft_ops.fft(padded)
        density = spectrum * math_ops.conj(spectrum)
        products = math_ops.cast(fft_ops.ifft(density), dtype)

        known = last.shape.is_fully_defined()
        if max_lags is None:
            max_lags = _wide(size) - 1
        else:
            max_lags = convert_to_tensor(max_lags, name="max_lags")
            static = constant_value(max_lags)
            known = known and static is not None
            max_lags = min(size - 1, static) if known else math_ops.minimum(size - 1, max_lags)
        products = products[..., : max_lags + 1]
        if known:
            products.set_shape(last.shape[:-1].concatenate([min(size, max_lags + 1)]))
        count = math_ops.cast(size, dtype.real_dtype)
        largest = math_ops.cast(max_lags, dtype.real_dtype)
        pairs = count - math_ops.range(0.0, largest + 1.0)
        means = products / math_ops.cast(pairs, dtype)
        if normalize:
            means /= means[..., :1]
        return util.rotate_transpose(means, -shift)


def _wide(size: Any) -> Any:
    return np.int64(size) if isinstance(size, np.generic | np.ndarray) else size


_INTERPOLATIONS = {"lower": math_ops.ceil, "higher": math_ops.floor, "nearest": math_ops.round}


@export("contrib.distributions.percentile")
def percentile(
    x: Any,
    q: Any,
    axis: Any = None,
    interpolation: str | None = None,
    keep_dims: bool = False,
    validate_args: bool = False,
    name: str | None = None,
) -> Any:
    """The value below which `q` percent of the numbers along axes are. Stands for
    `tf.contrib.distributions.percentile`.

    Args:
      q: a scalar in [0, 100].
      axis: an int or ints, known while building; default all.
      interpolation: "lower", "higher" or "nearest": which number, if it is between two; default
        "nearest".

    Raises:
      ValueError: an argument is out of its range, or the rank is unknown where it is needed.
    """
    name = name or "percentile"
    if interpolation is None:
        interpolation = "nearest"
    elif interpolation not in _INTERPOLATIONS:
        allowed = {"lower", "higher", "nearest"}
        raise ValueError(f"Argument 'interpolation' must be in {allowed}.  Found {interpolation}")
    with name_scope(name, values=[x, q]):
        x = convert_to_tensor(x, name="x")
        q = math_ops.cast(q, dtypes.float64, name="q")
        _require_ndims(q, exactly=0)
        if validate_args:
            checks = [shape_checks.assert_rank(q, 0)]
            least = math_ops.cast(0.0, dtypes.float64)
            checks.append(check_ops.assert_greater_equal(q, least))
            most = math_ops.cast(100.0, dtypes.float64)
            checks.append(check_ops.assert_less_equal(q, most))
            q = control_flow_ops.with_dependencies(checks, q)
        if axis is None:
            flat = array_ops.reshape(x, [-1])
        else:
            axis = _static_axis(axis)
            rank = _static_ndims(x)
            if rank is None:
                raise ValueError(
                    f"Expected argument 'x' to have statically defined 'ndims'.  Found: {x}"
                )
            _require_ndims(x, at_least=1)
            axis = _not_negative(axis, rank)
            flat = _moved_to_flat_end(x, axis, rank)
        from_above = 1.0 - q / 100.0
        size = math_ops.cast(array_ops.shape(flat)[-1], dtypes.float64)
        place = _INTERPOLATIONS[interpolation]((size - 1) * from_above)
        size = array_ops.shape(flat)[-1]
        place = math_ops.cast(place, dtypes.int32)
        place = clip_ops.clip_by_value(place, 0, size - 1)
        descending, _ = ranking_ops.top_k(flat, k=array_ops.shape(flat)[-1])
        result = descending[..., place]
        result.set_shape(flat.shape[:-1])
        if not keep_dims:
            return result
        if axis is None:
            ndims = array_ops.rank(x) if x.shape.ndims is None else x.shape.ndims
            ones = array_ops.ones(shape=[ndims], dtype=dtypes.int32)
            return result * array_ops.ones(ones, dtype=x.dtype)
        for i in sorted(axis):
            result = array_ops.expand_dims(result, axis=i)
        return result


def _static_axis(axis: Any) -> list[int]:
    axis = convert_to_tensor(axis, name="axis")
    check_ops.assert_integer(axis)
    _require_ndims(axis, at_most=1)
    static = constant_value(axis)
    if static is None:
        raise ValueError(f"Expected argument 'axis' to be statically available.  Found: {axis}")
    return [int(a) for a in np.reshape(static, [-1])]


def _static_ndims(x: Any) -> int | None:
    if x.shape.ndims is not None:
        return x.shape.ndims
    shape = constant_value(array_ops.shape(x))
    return None if shape is None else shape.ndim


def _require_ndims(
    x: Any, exactly: int | None = None, at_least: int | None = None, at_most: int | None = None
) -> None:
    """Raises ValueError unless the rank of `x`, if known, is what is expected."""
    ndims = _static_ndims(x)
    if ndims is None:
        return
    expected = "Expected argument 'x' to have ndims"
    if exactly is not None and ndims != exactly:
        raise ValueError(f"{expected} {exactly}.  Found tensor {x}")
    if at_least is not None and ndims < at_least:
        raise ValueError(f"{expected} >= {at_least}.  Found tensor {x}")
    if at_most is not None and ndims > at_most:
        raise ValueError(f"{expected} <= {at_most}.  Found tensor {x}")


def _not_negative(axis: Sequence[int], rank: int) -> list[int]:
    for d in axis:
        if d >= rank:
            raise ValueError(f"dim {d} not in the interval [0, {rank - 1}].")
        if d < -rank:
            raise ValueError(f"Negatively indexed dim {d} not in the interval [-{rank}, -1]")
    return [d if d >= 0 else rank + d for d in axis]


def _moved_to_flat_end(x: Any, axis: Sequence[int], rank: int) -> Any:
    """`x` with some axes behind the others, as a single one."""
    front = sorted(set(range(rank)).difference(axis))
    moved = array_ops.transpose(x, perm=front + list(axis))
    shape: Any
    if x.shape.is_fully_defined():
        sizes = x.shape.as_list()
        shape = [sizes[i] for i in front] + [np.prod([sizes[i] for i in axis])]
    else:
        kept = array_ops.shape(moved)[: rank - len(axis)]
        shape = array_ops.concat([kept, [-1]], axis=0)
    return array_ops.reshape(moved, shape=shape)
