"""Fourier transforms: tf.signal.fft, rfft, ... and their older names in tf.spectral."""

from typing import Any

from evergraph.api import array_ops, manip_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated_endpoints
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value_as_shape
from evergraph.graph.tensor import Tensor


@export("signal.fft", "spectral.fft", "fft", "batch_fft")
@deprecated_endpoints("fft", "spectral.fft")
def fft(input: Any, name: str | None = None) -> Tensor:
    """The discrete Fourier transform over the last axis, of complex numbers. Stands
    for `tf.signal.fft`."""
    return apply_op("FFT", input, name=name)


@export("signal.ifft", "spectral.ifft", "ifft", "batch_ifft")
@deprecated_endpoints("ifft", "spectral.ifft")
def ifft(input: Any, name: str | None = None) -> Tensor:
    """The inverse discrete Fourier transform over the last axis, of complex numbers. Stands
    for `tf.signal.ifft`."""
    return apply_op("IFFT", input, name=name)


@export("signal.fft2d", "spectral.fft2d", "fft2d", "batch_fft2d")
@deprecated_endpoints("fft2d", "spectral.fft2d")
def fft2d(input: Any, name: str | None = None) -> Tensor:
    """The discrete Fourier transform over the last two axes, of complex numbers. Stands
    for `tf.signal.fft2d`."""
    return apply_op("FFT2D", input, name=name)


@export("signal.ifft2d", "spectral.ifft2d", "ifft2d", "batch_ifft2d")
@deprecated_endpoints("ifft2d", "spectral.ifft2d")
def ifft2d(input: Any, name: str | None = None) -> Tensor:
    """The inverse discrete Fourier transform over the last two axes, of complex numbers. Stands
    for `tf.signal.ifft2d`."""
    return apply_op("IFFT2D", input, name=name)


@export("signal.fft3d", "spectral.fft3d", "fft3d", "batch_fft3d")
@deprecated_endpoints("fft3d", "spectral.fft3d")
def fft3d(input: Any, name: str | None = None) -> Tensor:
    """The discrete Fourier transform over the last three axes, of complex numbers. Stands
    for `tf.signal.fft3d`."""
    return apply_op("FFT3D", input, name=name)


@export("signal.ifft3d", "spectral.ifft3d", "ifft3d", "batch_ifft3d")
@deprecated_endpoints("ifft3d", "spectral.ifft3d")
def ifft3d(input: Any, name: str | None = None) -> Tensor:
    """The inverse discrete Fourier transform over the last three axes, of complex numbers. Stands
    for `tf.signal.ifft3d`."""
    return apply_op("IFFT3D", input, name=name)


@export("signal.rfft", "spectral.rfft")
def rfft(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """Half of the Fourier transform of float32 numbers over the last axis: the n // 2 + 1
    numbers that say all. Stands for `tf.signal.rfft`.

    Args:
      input_tensor: of rank 1 or more.
      fft_length: the length of each axis, int32: shorter ones are filled up with zeros, longer ones
        cut; default: as they are.
      name: the node's name.
    """
    return _of_real("RFFT", "rfft", 1, input_tensor, fft_length, name)


@export("signal.irfft", "spectral.irfft")
def irfft(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """The float32 numbers that `tf.signal.rfft` gives half of the transform of. Stands for
    `tf.signal.irfft`.

    Args:
      input_tensor: complex64, of rank 1 or more.
      fft_length: the length of each axis of the result, int32; default: 2 * (n - 1) for a last axis
        of n, the others as they are.
      name: the node's name.
    """
    return _to_real("IRFFT", "irfft", 1, input_tensor, fft_length, name)


@export("signal.rfft2d", "spectral.rfft2d")
def rfft2d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """Half of the Fourier transform of float32 numbers over the last two axes: the n // 2 + 1
    numbers that say all. Stands for `tf.signal.rfft2d`.

    Args:
      input_tensor: of rank 2 or more.
      fft_length: the length of each axis, int32: shorter ones are filled up with zeros, longer ones
        cut; default: as they are.
      name: the node's name.
    """
    return _of_real("RFFT2D", "rfft2d", 2, input_tensor, fft_length, name)


@export("signal.irfft2d", "spectral.irfft2d")
def irfft2d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """The float32 numbers that `tf.signal.rfft2d` gives half of the transform of. Stands for
    `tf.signal.irfft2d`.

    Args:
      input_tensor: complex64, of rank 2 or more.
      fft_length: the length of each axis of the result, int32; default: 2 * (n - 1) for a last axis
        of n, the others as they are.
      name: the node's name.
    """
    return _to_real("IRFFT2D", "irfft2d", 2, input_tensor, fft_length, name)


@export("signal.rfft3d", "spectral.rfft3d")
def rfft3d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """Half of the Fourier transform of float32 numbers over the last three axes: the n // 2 + 1
    numbers that say all. Stands for `tf.signal.rfft3d`.

    Args:
      input_tensor: of rank 3 or more.
      fft_length: the length of each axis, int32: shorter ones are filled up with zeros, longer ones
        cut; default: as they are.
      name: the node's name.
    """
    return _of_real("RFFT3D", "rfft3d", 3, input_tensor, fft_length, name)


@export("signal.irfft3d", "spectral.irfft3d")
def irfft3d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """The float32 numbers that `tf.signal.rfft3d` gives half of the transform of. Stands for
    `tf.signal.irfft3d`.

    Args:
      input_tensor: complex64, of rank 3 or more.
      fft_length: the length of each axis of the result, int32; default: 2 * (n - 1) for a last axis
        of n, the others as they are.
      name: the node's name.
    """
    return _to_real("IRFFT3D", "irfft3d", 3, input_tensor, fft_length, name)


def _of_real(
    kind: str, default: str, rank: int, given: Any, length: Any, name: str | None
) -> Tensor:
    with name_scope(name, default, [given, length]) as name:
        given = convert_to_tensor(given, dtypes.float32)
        given.shape.with_rank_at_least(rank)
        if length is None:
            shape = given.get_shape()[-rank:]
            if shape.is_fully_defined():
                length = convert_to_tensor(shape.as_list(), dtypes.int32)
            else:
                length = array_ops.shape(given)[-rank:]
        else:
            length = convert_to_tensor(length, dtypes.int32)
        return apply_op(kind, _filled_up(given, rank, length, halved=False), length, name=name)


def _to_real(
    kind: str, default: str, rank: int, given: Any, length: Any, name: str | None
) -> Tensor:
    with name_scope(name, default, [given, length]) as name:
        given = convert_to_tensor(given, dtypes.complex64)
        given.shape.with_rank_at_least(rank)
        if length is None:
            length = _whole_length(given, rank)
        else:
            length = convert_to_tensor(length, dtypes.int32)
        return apply_op(kind, _filled_up(given, rank, length, halved=True), length, name=name)


def _whole_length(given: Tensor, rank: int) -> Tensor:
    """The lengths of which `given` is the half: the last one is taken for even."""
    shape = given.get_shape()[-rank:]
    if shape.is_fully_defined():
        known = shape.as_list()
        if known:
            known[-1] = max(0, 2 * (known[-1] - 1))
        return convert_to_tensor(known, dtypes.int32)
    lengths = array_ops.unstack(array_ops.shape(given)[-rank:])
    lengths[-1] = math_ops.maximum(0, 2 * (lengths[-1] - 1))
    return array_ops.stack(lengths)


def _filled_up(given: Tensor, rank: int, length: Tensor, halved: bool) -> Tensor:
    """`given` with zeros at the end of axes that are too short."""
    wanted = constant_value_as_shape(length)
    dims = given.shape.dims
    if dims is not None and any(d.value == 0 for d in dims):
        # Nothing to transform; there would be nothing to fill up.
        return given
    if dims is not None and wanted.is_fully_defined():
        found = given.shape[-len(wanted) :]
        if found.is_fully_defined():
            sizes = wanted.as_list()
            if halved:
                sizes[-1] = sizes[-1] // 2 + 1
            missing = [max(n - m, 0) for n, m in zip(sizes, found.as_list(), strict=False)]
            if not any(missing):
                return given
            outer = [[0, 0]] * max(len(dims) - len(sizes), 0)
            return array_ops.pad(given, outer + [[0, n] for n in missing])
    all_axes = array_ops.rank(given)
    found = array_ops.shape(given)[-rank:]
    before = array_ops.zeros([math_ops.maximum(0, all_axes - rank)], length.dtype)
    if halved:
        length = array_ops.concat([length[:-1], length[-1:] // 2 + 1], 0)
    ends = array_ops.concat([before, math_ops.maximum(0, length - found)], 0)
    return array_ops.pad(given, array_ops.stack([array_ops.zeros_like(ends), ends], axis=1))


@export("signal.fftshift")
def fftshift(x: Any, axes: Any = None, name: str | None = None) -> Tensor:
    """Halves of axes changed, so that the frequency 0 comes to the middle. Stands for
    `tf.signal.fftshift`.

    Args:
      x: a tensor whose axes have known sizes.
      axes: an int or a tuple of ints; default: all.
      name: the node's name.
    """
    return _shifted(x, axes, name, "fftshift", lambda n: int(n // 2))


@export("signal.ifftshift")
def ifftshift(x: Any, axes: Any = None, name: str | None = None) -> Tensor:
    """What undoes `tf.signal.fftshift`, for odd sizes too. Stands for `tf.signal.ifftshift`; see
    there."""
    return _shifted(x, axes, name, "ifftshift", lambda n: -int(n // 2))


def _shifted(x: Any, axes: Any, name: str | None, default: str, shift_of: Any) -> Tensor:
    with name_scope(name, default) as name:
        x = convert_to_tensor(x)
        if axes is None:
            axes = tuple(range(x.shape.ndims))
            shift = [shift_of(dim) for dim in x.shape]
        elif isinstance(axes, int):
            shift = shift_of(x.shape[axes])
        else:
            shift = [shift_of(x.shape[axis]) for axis in axes]
        return manip_ops.roll(x, shift, axes, name)
