"""Cosine transforms, by a Fourier transform of twice the length (Makhoul 1980)."""

import math
from typing import Any

from evergraph.api import array_ops, fft_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import dimension_value
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor

_INVERSE = {1: 1, 2: 3, 3: 2}


def _check(given: Any, kind: int, n: Any, axis: int, norm: str | None) -> None:
    if axis != -1:
        raise NotImplementedError(f"axis must be -1. Got: {axis}")
    if n is not None and n < 1:
        raise ValueError("n should be a positive integer or None")
    if kind not in _INVERSE:
        raise ValueError("Only Types I, II and III (I)DCT are supported.")
    if kind == 1:
        if norm == "ortho":
            raise ValueError("Normalization is not supported for the Type-I DCT.")
        if given.shape[-1] is not None and given.shape[-1] < 2:
            raise ValueError("Type-I DCT requires the dimension to be greater than one.")
    if norm not in (None, "ortho"):
        raise ValueError(f"Unknown normalization. Expected None or 'ortho', got: {norm}")


@export("signal.dct", "spectral.dct")
def dct(
    input: Any,
    type: int = 2,
    n: int | None = None,
    axis: int = -1,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The discrete cosine transform over the last axis. Stands for `tf.signal.dct`.

    Args:
      input: a float32 tensor [..., samples].
      type: 1, 2 or 3.
      n: the length to cut or fill up to first; default: as it is.
      axis: -1.
      norm: None, or "ortho" (types 2 and 3).
      name: the nodes' scope.

    Raises:
      ValueError: no such type or norm.
      NotImplementedError: another axis.
    """
    _check(input, type, n, axis, norm)
    with name_scope(name, "dct", [input]):
        x = convert_to_tensor(input, dtype=dtypes.float32)
        length = _last_size(x)
        if n is not None:
            x = x[..., 0:n] if n <= length else _filled_up(x, n - length)
        size = _last_size(x)
        count = math_ops.cast(size, dtypes.float32)
        if type == 1:
            mirrored = array_ops.concat([x, x[..., -2:0:-1]], axis=-1)
            return math_ops.real(fft_ops.rfft(mirrored))
        if type == 2:
            return _second(x, size, count, norm)
        return _third(x, size, count, norm)


def _last_size(x: Tensor) -> Any:
    return dimension_value(x.shape[-1]) or array_ops.shape(x)[-1]


def _filled_up(x: Tensor, missing: Any) -> Tensor:
    rank = len(x.shape)
    paddings = [[0, 0] for _ in range(rank)]
    paddings[rank - 1][1] = missing
    return array_ops.pad(x, paddings=convert_to_tensor(paddings, dtype=dtypes.int32))


def _turn(angle: Any) -> Tensor:
    """2 exp(i angle)."""
    return 2.0 * math_ops.exp(math_ops.complex(0.0, angle))


def _weights(first: Tensor, others: Tensor, size: Any) -> Tensor:
    """One weight for the constant term, one for all others."""
    return array_ops.pad(array_ops.expand_dims(first, 0), [[0, size - 1]], constant_values=others)


def _second(x: Tensor, size: Any, count: Tensor, norm: str | None) -> Tensor:
    turn = _turn(-math_ops.range(count) * math.pi * 0.5 / count)
    spectrum = fft_ops.rfft(x, fft_length=[2 * size])[..., :size]
    result = math_ops.real(spectrum * turn)
    if norm == "ortho":
        first = 0.5 * math_ops.rsqrt(count)
        result *= _weights(first, first * math_ops.sqrt(2.0), size)
    return result


def _third(x: Tensor, size: Any, count: Tensor, norm: str | None) -> Tensor:
    if norm == "ortho":
        first = math_ops.sqrt(count)
        x *= _weights(first, first * math_ops.sqrt(0.5), size)
    else:
        x *= count
    turn = _turn(math_ops.range(count) * math.pi * 0.5 / count)
    spectrum = turn * math_ops.complex(x, 0.0)
    return math_ops.real(fft_ops.irfft(spectrum, fft_length=[2 * size]))[..., :size]


@export("signal.idct", "spectral.idct")
def idct(
    input: Any,
    type: int = 2,
    n: int | None = None,
    axis: int = -1,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The inverse of `tf.signal.dct` of this type; without norm 2 * samples times too large.
    Stands for `tf.signal.idct`; see there."""
    _check(input, type, n, axis, norm)
    return dct(input, type=_INVERSE[type], n=n, axis=axis, norm=norm, name=name)
