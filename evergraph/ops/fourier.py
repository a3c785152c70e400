"""Fourier transforms over the last one, two or three axes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from evergraph.api import array_ops, fft_ops, math_ops
from evergraph.base import dtypes
from evergraph.graph.registry import Entry, op
from evergraph.kernels.host import invalid, text
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

COMPLEX = "Tcomplex: complex64 | complex128 = complex64"
fft_op = op("FFT(input: Tcomplex) -> output: Tcomplex", COMPLEX)
ifft_op = op("IFFT(input: Tcomplex) -> output: Tcomplex", COMPLEX)
fft2d_op = op("FFT2D(input: Tcomplex) -> output: Tcomplex", COMPLEX)
ifft2d_op = op("IFFT2D(input: Tcomplex) -> output: Tcomplex", COMPLEX)
fft3d_op = op("FFT3D(input: Tcomplex) -> output: Tcomplex", COMPLEX)
ifft3d_op = op("IFFT3D(input: Tcomplex) -> output: Tcomplex", COMPLEX)
rfft_op = op("RFFT(input: float32, fft_length: int32) -> output: complex64", host=["fft_length"])
irfft_op = op("IRFFT(input: complex64, fft_length: int32) -> output: float32", host=["fft_length"])
rfft2d_op = op(
    "RFFT2D(input: float32, fft_length: int32) -> output: complex64", host=["fft_length"]
)
irfft2d_op = op(
    "IRFFT2D(input: complex64, fft_length: int32) -> output: float32", host=["fft_length"]
)
rfft3d_op = op(
    "RFFT3D(input: float32, fft_length: int32) -> output: complex64", host=["fft_length"]
)
irfft3d_op = op(
    "IRFFT3D(input: complex64, fft_length: int32) -> output: float32", host=["fft_length"]
)

# Of complex numbers.


def _complex_kernel(transform: Callable[..., Any], rank: int) -> Callable[..., Any]:
    axes = tuple(range(-rank, 0))

    def kernel(x: torch.Tensor) -> torch.Tensor:
        _check_rank(x, rank)
        return transform(x, dim=axes) if x.numel() else x.clone()

    return kernel


def _check_rank(x: Any, rank: int) -> None:
    if x.ndim < rank:
        raise invalid(f"Input must have rank of at least {rank} but got: {text(x.shape)}")


def _count(grad: Any, rank: int) -> Any:
    """Over how many elements a transform goes."""
    return math_ops.reduce_prod(array_ops.shape(grad)[-rank:])


def _forward_gradient(inverse: Callable[..., Any], rank: int) -> Callable[..., Any]:
    def gradient(node: Any, grad: Any) -> Any:
        count = math_ops.cast(_count(grad, rank), grad.dtype)
        return inverse(grad) * count

    return gradient


def _inverse_gradient(forward: Callable[..., Any], rank: int) -> Callable[..., Any]:
    def gradient(node: Any, grad: Any) -> Any:
        count = math_ops.cast(_count(grad, rank), grad.dtype.real_dtype)
        share = math_ops.cast(1.0 / count, grad.dtype)
        return forward(grad) * share

    return gradient


def _complex_family(rank: int, forward: Entry, inverse: Entry) -> None:
    """What the two directions over as many axes have in common."""
    functions = (
        (fft_ops.fft, fft_ops.ifft),
        (fft_ops.fft2d, fft_ops.ifft2d),
        (fft_ops.fft3d, fft_ops.ifft3d),
    )[rank - 1]
    for entry, transform in ((forward, torch.fft.fftn), (inverse, torch.fft.ifftn)):
        entry.shape(shape_rules.at_least(rank))
        entry.kernel(_complex_kernel(transform, rank))
    forward.gradient(_forward_gradient(functions[1], rank))
    inverse.gradient(_inverse_gradient(functions[0], rank))


def _older_transforms() -> None:
    """The names of 2015, in graphs of that age."""
    for kind, transform in (("FFT", torch.fft.fftn), ("IFFT", torch.fft.ifftn)):
        for rank in (1, 2, 3):
            name = kind if rank == 1 else f"{kind}{rank}D"
            signature = f"Batch{name}(input: complex64) -> output: complex64"
            entry = op(signature, deprecated=(15, f"Use {name}"))
            entry.shape(shape_rules.unknown)
            entry.kernel(_complex_kernel(transform, rank))


_older_transforms()


# Of real numbers: half of the result, for the other half are its conjugates.


def _real_shape(rank: int, halved: bool) -> Callable[[Any], Dims]:
    """The last axes have the lengths given; with `halved` the last one n / 2 + 1."""

    def rule(node: Any) -> Dims:
        dims = shape_rules.at_least_rank(node.inputs[0].dims, rank)
        (count,) = shape_rules.with_rank(node.inputs[1].dims, 1)
        if count is not None:
            shape_rules.with_value(count, rank)
        if dims is None:
            return None
        lengths = node.static_input(1)
        if lengths is None:
            return (*dims[:-rank], *(None,) * rank)
        found = [int(n) for n in lengths]
        if halved and found[-1]:
            found[-1] = found[-1] // 2 + 1
        return (*dims[:-rank], *found)

    return rule


def _real_kernel(rank: int, forward: bool) -> Callable[..., Any]:
    axes = tuple(range(-rank, 0))

    def kernel(x: torch.Tensor, lengths: tuple[int, ...]) -> torch.Tensor:
        _check_rank(x, rank)
        if len(lengths) != rank:
            raise invalid(f"fft_length must have shape [{rank}]")
        half = (*lengths[:-1], lengths[-1] // 2 + 1 if lengths[-1] or not forward else 0)
        needed = lengths if forward else half
        for axis, n in zip(axes, needed, strict=True):
            at, size = x.ndim + axis, x.shape[axis]
            if size != 0 and size < n:
                raise invalid(
                    f"Input dimension {at} must have length of at least {n} but got: {size}"
                )
        if x.numel() == 0 or 0 in lengths:
            dtype = torch.complex64 if forward else torch.float32
            return x.new_zeros((*x.shape[:-rank], *(half if forward else lengths)), dtype=dtype)
        if forward:
            return torch.fft.rfftn(x, lengths, axes)
        return torch.fft.irfftn(x, lengths, axes)

    return kernel


def _rfft_gradient(rank: int, inverse: Callable[..., Any]) -> Callable[..., Any]:
    """Half of the inverse transform, and of what the terms add that have no conjugate beside
    them: the first, and the last of an even length."""

    def gradient(node: Any, grad: Any) -> Any:
        length = node.inputs[1]
        shape = array_ops.shape(node.inputs[0])
        even = math_ops.cast(1 - (length[-1] % 2), dtypes.complex64)
        first = grad[..., 0:1]
        if rank == 1:
            last = grad[..., -1:]
            alone = first + even * last * _signs(shape[-1])
        else:
            turn = _spread(_roots(shape[-2]), first)
            alone = math_ops.matmul(turn, math_ops.conj(first))
            last = math_ops.matmul(turn, math_ops.conj(grad[..., -1:]))
            width = shape[-1]
            ones = array_ops.ones([array_ops.rank(grad) - 1], dtypes.int32)
            last = array_ops.tile(last, array_ops.concat([ones, [width]], 0)) * _signs(width)
            alone += even * last
        count = math_ops.cast(_count(node.inputs[0], rank), dtypes.float32)
        back = inverse(grad, length)
        return 0.5 * (back * count + math_ops.real(alone)), None

    return gradient


def _signs(length: Any) -> Any:
    """1, -1, 1, ..."""
    return math_ops.cast(1 - 2 * (math_ops.range(length) % 2), dtypes.complex64)


def _roots(length: Any) -> Any:
    """The matrix of the transform: exp(-2 pi i j k / length)."""
    row = array_ops.expand_dims(math_ops.range(length), 0)
    columns = array_ops.tile(row, (length, 1))
    rows = array_ops.transpose(columns, [1, 0])
    angle = -2j * np.pi * math_ops.cast(columns * rows, dtypes.complex64)
    return math_ops.exp(angle / math_ops.cast(length, dtypes.complex64))


def _spread(matrix: Any, like: Any) -> Any:
    """The matrix once for each of the outer elements of `like`."""
    ones = array_ops.ones([array_ops.rank(like) - 2], dtypes.int32)
    wide = array_ops.reshape(matrix, array_ops.concat([ones, array_ops.shape(matrix)], 0))
    return array_ops.tile(wide, array_ops.concat([array_ops.shape(like)[:-2], [1, 1]], 0))


def _irfft_gradient(rank: int, forward: Callable[..., Any]) -> Callable[..., Any]:
    """The transform, doubled where a conjugate stands for two."""

    def gradient(node: Any, grad: Any) -> Any:
        length = node.inputs[1]
        odd = math_ops.mod(length[-1], 2)
        last = array_ops.shape(node.inputs[0])[-1]
        mask = array_ops.concat(
            [[1.0], 2.0 * array_ops.ones([last - 2 + odd]), array_ops.ones([1 - odd])], 0
        )
        share = math_ops.reciprocal(math_ops.cast(_count(grad, rank), dtypes.float32))
        through = forward(grad, length)
        return through * math_ops.cast(share * mask, dtypes.complex64), None

    return gradient


def _real_family(rank: int, forward: Entry, inverse: Entry) -> None:
    for entry, is_forward in ((forward, True), (inverse, False)):
        entry.shape(_real_shape(rank, halved=is_forward))
        entry.kernel(_real_kernel(rank, is_forward))


for _rank, _entries in enumerate(
    ((fft_op, ifft_op), (fft2d_op, ifft2d_op), (fft3d_op, ifft3d_op)), start=1
):
    _complex_family(_rank, *_entries)
for _rank, _entries in enumerate(
    ((rfft_op, irfft_op), (rfft2d_op, irfft2d_op), (rfft3d_op, irfft3d_op)), start=1
):
    _real_family(_rank, *_entries)
rfft_op.gradient(_rfft_gradient(1, fft_ops.irfft))
rfft2d_op.gradient(_rfft_gradient(2, fft_ops.irfft2d))
irfft_op.gradient(_irfft_gradient(1, fft_ops.rfft))
irfft2d_op.gradient(_irfft_gradient(2, fft_ops.rfft2d))
