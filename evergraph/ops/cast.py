"""Casts, bit casts, and complex numbers from and to their parts."""

import functools
from typing import Any

import numpy as np
import torch

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.dtypes import DType
from evergraph.base.errors import InvalidArgumentError, UnimplementedError
from evergraph.graph.constant import constant
from evergraph.graph.op_summary import type_name
from evergraph.graph.registry import Rule, ShapeError, op
from evergraph.kernels.dtypes import HOST_DTYPES, numpy_dtype, torch_dtype
from evergraph.ops import shape_rules
from evergraph.ops.gradient_rules import after, reduction_axes, sum_to

cast_op = op("Cast(x: SrcT) -> y: DstT", "SrcT: type; DstT: type; Truncate: bool = false")
cast_op.shape(shape_rules.unchanged)

# Float32 bits that a float16 and a bfloat16 have room for.
_KEPT_BITS = {dtypes.float16: -(1 << 13), dtypes.bfloat16: -(1 << 16)}


def _is_number(dtype: DType) -> bool:
    return dtype not in (dtypes.string, dtypes.resource, dtypes.variant)


def _is_host(dtype: DType) -> bool:
    return dtype.base_dtype in HOST_DTYPES


@cast_op.specialize
def choose_cast(node: Any) -> Rule:
    source, target = node.attr("SrcT").base_dtype, node.attr("DstT").base_dtype
    if _is_host(source) or _is_host(target):
        return cast_through_numpy
    if node.attr("Truncate") and target in _KEPT_BITS:
        return cast_truncating
    if source.is_complex and not target.is_complex:
        return cast_real_part
    return _caster(target)


@functools.cache
def _caster(dtype: DType) -> Rule:
    """The cast to `dtype`, under a name that says so in generated source."""
    target = torch_dtype(dtype)

    def cast(x: torch.Tensor) -> torch.Tensor:
        return x.to(target, copy=True)

    cast.__name__ = f"to_{dtype.name}"
    return cast


def cast_real_part(x: torch.Tensor, *, DstT: DType) -> torch.Tensor:
    return torch.real(x).to(torch_dtype(DstT), copy=True)


def cast_truncating(x: torch.Tensor, *, DstT: DType) -> torch.Tensor:
    bits = x.to(torch.float32).view(torch.int32) & _KEPT_BITS[DstT.base_dtype]
    return bits.view(torch.float32).to(torch_dtype(DstT))


def cast_through_numpy(x: Any, *, SrcT: DType, DstT: DType, Truncate: bool) -> Any:
    if isinstance(x, torch.Tensor):
        if x.dtype == torch.bfloat16:
            x = x.to(torch.float32)
        x = x.cpu().numpy()
    y = cast_numpy(x, SrcT=SrcT, DstT=DstT, Truncate=Truncate)
    return y if _is_host(DstT) else _to_torch(np.asarray(y), DstT)


def _to_torch(x: np.ndarray, dtype: DType) -> torch.Tensor:
    if dtype.base_dtype == dtypes.bfloat16:
        return torch.from_numpy(x.astype(np.float32)).to(torch.bfloat16)
    return torch.from_numpy(x)


@cast_op.numpy
def cast_numpy(x: Any, *, SrcT: DType, DstT: DType, Truncate: bool) -> Any:
    if not _is_number(SrcT) or not _is_number(DstT):
        text = f"Cast {type_name(SrcT)} to {type_name(DstT)} is not supported"
        raise UnimplementedError(None, None, text)
    target = numpy_dtype(DstT)
    if x.dtype.kind == "c" and target.kind != "c":
        x = x.real
    if Truncate and DstT.base_dtype in _KEPT_BITS:
        bits = np.asarray(x, np.float32).view(np.int32) & np.int32(_KEPT_BITS[DstT.base_dtype])
        x = bits.view(np.float32)[()]
    if x.dtype.kind == "f" and target.kind == "u" or target in (np.int8, np.int16):
        # Out of its range a conversion to a small type keeps the low bits of the wider one.
        wide = np.int64 if target.itemsize > 2 else np.int32
        x = x.astype(wide) if target != np.uint64 else x
    return x.astype(target)


def _scalar_to_float32(x: Any) -> Any:
    return _ONE * float(x)


_ONE = np.float32(1)


@cast_op.specialize_numpy
def choose_cast_numpy(node: Any) -> Rule:
    """NumPy makes a scalar of another type in half a microsecond; this takes a fifth of that."""
    source, target = (node.attr(a).base_dtype for a in ("SrcT", "DstT"))
    exact = source in (dtypes.bool, dtypes.int32) and node.inputs[0].dims == ()
    return _scalar_to_float32 if exact and target == dtypes.float32 else cast_numpy


@cast_op.gradient
def cast_gradient(node: Any, grad: Any) -> Any:
    inexact = (
        dtypes.float16,
        dtypes.float32,
        dtypes.float64,
        dtypes.bfloat16,
        dtypes.complex64,
        dtypes.complex128,
    )
    source, target = node.inputs[0].dtype.base_dtype, grad.dtype.base_dtype
    return math_ops.cast(grad, source) if source in inexact and target in inexact else None


_BITS = (
    "unary_real | int64 | int32 | uint8 | uint16 | uint32 | uint64 | int8 | int16 | complex64 "
    "| complex128 | qint8 | quint8 | qint16 | quint16 | qint32"
)
bitcast_op = op("Bitcast(input: T) -> output: type", f"T: {_BITS}; type: {_BITS}", view=True)
bitcast_op.not_differentiable()


@bitcast_op.shape
def bitcast_shape(node: Any) -> shape_rules.Dims:
    dims = node.inputs[0].dims
    source, target = node.attr("T").size, node.attr("type").size
    if dims is None or source == target:
        return dims
    if source > target:
        return (*dims, source // target)
    ratio = target // source
    shape_rules.at_least_rank(dims, 1)
    if dims[-1] is not None and dims[-1] != ratio:
        raise ShapeError(f"Cannot bitcast due to shape. {dims[-1]} does not match {ratio}")
    return dims[:-1]


@bitcast_op.kernel
def bitcast(x: Any, *, type: DType) -> Any:
    if isinstance(x, np.ndarray) or _is_host(type):
        x = x if isinstance(x, np.ndarray) else _torch_bytes(x)
        y = bitcast_numpy(x, type=type)
        return y if _is_host(type) else _torch_from_bytes(y, type)
    target = torch_dtype(type)
    x = x.contiguous()
    if x.element_size() > target.itemsize:
        return x.unsqueeze(-1).view(target)
    if x.element_size() < target.itemsize:
        _check_last_axis(x, target.itemsize // x.element_size())
        return x.view(target).squeeze(-1)
    return x.view(target)


def _check_last_axis(x: Any, ratio: int) -> None:
    last = x.shape[-1] if len(x.shape) else 0
    if last != ratio:
        raise InvalidArgumentError(None, None, f"Cannot bitcast from {ratio} to {last}")


def _torch_bytes(x: torch.Tensor) -> np.ndarray:
    size = x.element_size()
    raw = x.contiguous().reshape(-1).view(torch.uint8).cpu().numpy()
    return raw.view(f"u{size}").reshape(tuple(x.shape))


def _torch_from_bytes(y: np.ndarray, dtype: DType) -> torch.Tensor:
    raw = np.ascontiguousarray(y).reshape(-1).view(np.uint8)
    return torch.from_numpy(raw).view(torch_dtype(dtype)).reshape(y.shape)


@bitcast_op.numpy
def bitcast_numpy(x: Any, *, type: DType) -> Any:
    target = numpy_dtype(type)
    x = np.ascontiguousarray(x).reshape(np.shape(x))
    if x.dtype.itemsize > target.itemsize:
        return x[..., None].view(target)
    if x.dtype.itemsize < target.itemsize:
        _check_last_axis(x, target.itemsize // x.dtype.itemsize)
        return x.view(target)[..., 0]
    return x.view(target)


# Complex numbers.

complex_op = op(
    "Complex(real: T, imag: T) -> out: Tout",
    "T: float32 | float64 = float32; Tout: complex64 | complex128 = complex64",
)
complex_op.shape(shape_rules.broadcast_binary)
PART = "T: complex64 | complex128 = complex64; Tout: float32 | float64 = float32"
real_op = op("Real(input: T) -> output: Tout", PART)
imag_op = op("Imag(input: T) -> output: Tout", PART)
angle_op = op("Angle(input: T) -> output: Tout", PART)
complex_abs_op = op("ComplexAbs(x: T) -> y: Tout", PART)
conj_op = op("Conj(input: T) -> output: T", "T: complex64 | complex128 | variant = complex64")
for _entry in (real_op, imag_op, angle_op, complex_abs_op, conj_op):
    _entry.shape(shape_rules.unchanged)

angle_op.kernel(torch.angle)
angle_op.numpy(np.angle)
complex_abs_op.kernel(torch.abs)
complex_abs_op.numpy(np.abs)
conj_op.kernel(torch.conj_physical)
conj_op.numpy(np.conj)


@complex_op.kernel
def complex_kernel(real: torch.Tensor, imag: torch.Tensor) -> torch.Tensor:
    return torch.complex(*torch.broadcast_tensors(real, imag))


@complex_op.numpy
def complex_numpy(real: Any, imag: Any, *, Tout: DType) -> Any:
    return (real + 1j * np.asarray(imag)).astype(numpy_dtype(Tout))[()]


@real_op.kernel
def real(x: torch.Tensor) -> torch.Tensor:
    return torch.real(x).clone()


@imag_op.kernel
def imag(x: torch.Tensor) -> torch.Tensor:
    return torch.imag(x).clone()


@real_op.numpy
def real_numpy(x: Any) -> Any:
    return np.real(x).copy()


@imag_op.numpy
def imag_numpy(x: Any) -> Any:
    return np.imag(x).copy()


@complex_op.gradient
def complex_gradient(node: Any, grad: Any) -> Any:
    x, y = node.inputs
    sx, sy, rx, ry = reduction_axes(x, y)
    gx = sum_to(math_ops.real(grad), rx, sx)
    return gx, sum_to(math_ops.imag(grad), ry, sy)


@real_op.gradient
def real_gradient(node: Any, grad: Any) -> Any:
    zero = constant(0, dtype=grad.dtype)
    return math_ops.complex(grad, zero)


@imag_op.gradient
def imag_gradient(node: Any, grad: Any) -> Any:
    zero = constant(0, dtype=grad.dtype)
    return math_ops.complex(zero, grad)


@angle_op.gradient
def angle_gradient(node: Any, grad: Any) -> Any:
    x = node.inputs[0]
    with after(grad):
        re = math_ops.real(x)
        im = math_ops.imag(x)
        z = math_ops.reciprocal(math_ops.complex(im, re))
        zero = constant(0, dtype=grad.dtype)
        return -math_ops.complex(grad, zero) * z


@conj_op.gradient
def conj_gradient(node: Any, grad: Any) -> Any:
    return math_ops.conj(grad)


@complex_abs_op.gradient
def complex_abs_gradient(node: Any, grad: Any) -> Any:
    numerator = math_ops.complex(grad, array_ops.zeros_like(grad)) * node.inputs[0]
    y = node.outputs[0]
    return math_ops.div_no_nan(numerator, math_ops.complex(y, array_ops.zeros_like(y)))
