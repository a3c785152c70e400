"""Ops that pass values on or make plain ones: Identity, Placeholder, Fill, ZerosLike, ..."""

from typing import Any

import numpy as np
import torch

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.graph.constant import const_dims
from evergraph.graph.registry import ShapeError, op
from evergraph.kernels.dtypes import HOST_DTYPES, numpy_dtype, torch_dtype
from evergraph.kernels.host import invalid, settle, text
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

const_op = op("Const() -> output: dtype", "value: tensor; dtype: type")
no_op_op = op("NoOp()")
identity_op = op("Identity(input: T) -> output: T", "T: type", view=True)
identity_n_op = op("IdentityN(input: list(T)) -> output: list(T)", "T: list(type) >= 1", view=True)
snapshot_op = op("Snapshot(input: T) -> output: T", "T: type", view=True)
deep_copy_op = op("DeepCopy(x: T) -> y: T", "T: type", stateful=True)
debug_gradient_identity_op = op(
    "DebugGradientIdentity(input: T) -> output: T",
    "T: type",
    view=True,
    allows_uninitialized_input=True,
)
guarantee_const_op = op(
    "GuaranteeConst(input: T) -> output: T", "T: type", stateful=True, view=True
)
stop_gradient_op = op("StopGradient(input: T) -> output: T", "T: type", view=True)
prevent_gradient_op = op(
    "PreventGradient(input: T) -> output: T", "T: type; message: string = ''", view=True
)
placeholder_op = op("Placeholder() -> output: dtype", "dtype: type; shape: shape = ?")
placeholder_v2_op = op(
    "PlaceholderV2() -> output: dtype",
    "dtype: type; shape: shape",
    deprecated=(23, "Placeholder now behaves the same as PlaceholderV2."),
)
placeholder_with_default_op = op(
    "PlaceholderWithDefault(input: dtype) -> output: dtype",
    "dtype: type; shape: shape",
    view=True,
)
check_numerics_op = op(
    "CheckNumerics(tensor: T) -> output: T",
    "T: unary_real; message: string",
    stateful=True,
    view=True,
)
zeros_like_op = op("ZerosLike(x: T) -> y: T", "T: type")
ones_like_op = op(
    "OnesLike(x: T) -> y: T",
    "T: unary_real | int8 | uint8 | int16 | uint16 | int32 | int64 | complex64 | complex128 | bool",
)
fill_op = op(
    "Fill(dims: index_type, value: T) -> output: T",
    "T: type; index_type: int32 | int64 = int32",
    host=["dims"],
)
empty_op = op(
    "Empty(shape: int32) -> output: dtype",
    "dtype: type; init: bool = false",
    stateful=True,
    host=["shape"],
)

const_op.shape(const_dims)
const_op.not_differentiable()
no_op_op.shape(shape_rules.no_outputs)


@no_op_op.numpy
def no_op_kernel() -> None:
    return None


# What comes in goes out.


def _same(x: Any) -> Any:
    return x


for _entry in (
    identity_op,
    snapshot_op,
    debug_gradient_identity_op,
    guarantee_const_op,
    stop_gradient_op,
    prevent_gradient_op,
    placeholder_with_default_op,
):
    _entry.kernel(_same)
    _entry.numpy(_same)

for _entry in (
    identity_op,
    snapshot_op,
    debug_gradient_identity_op,
    stop_gradient_op,
    prevent_gradient_op,
    deep_copy_op,
):
    _entry.shape(shape_rules.unchanged)

guarantee_const_op.shape(shape_rules.unchanged)


@identity_op.gradient
@placeholder_with_default_op.gradient
@guarantee_const_op.gradient
def identity_gradient(node: Any, grad: Any) -> Any:
    return grad


stop_gradient_op.not_differentiable()


@prevent_gradient_op.gradient
def prevent_gradient_gradient(node: Any, grad: Any) -> Any:
    raise LookupError(f"Gradient explicitly disabled. Reason: {node.get_attr('message')}")


@identity_n_op.shape
def identity_n_shape(node: Any) -> list[Dims]:
    return [t.dims for t in node.inputs]


@identity_n_op.kernel
@identity_n_op.numpy
def identity_n_kernel(values: list[Any]) -> Any:
    return tuple(values)


@identity_n_op.gradient
def identity_n_gradient(node: Any, *grads: Any) -> Any:
    return grads


@deep_copy_op.kernel
def deep_copy_kernel(x: torch.Tensor) -> torch.Tensor:
    return x.clone()


@deep_copy_op.numpy
def deep_copy_numpy(x: Any) -> Any:
    return x.copy()


# Placeholders.


@placeholder_op.shape
def placeholder_shape(node: Any) -> Dims:
    dims = node.attr("shape")
    # Graphs of old producers wrote a scalar's shape where nothing was known.
    if dims == () and node.graph.graph_def_versions.producer < 22:
        return None
    return dims


@placeholder_v2_op.shape
def placeholder_v2_shape(node: Any) -> Dims:
    return node.attr("shape")


@placeholder_op.kernel
@placeholder_op.numpy
@placeholder_v2_op.kernel
@placeholder_v2_op.numpy
def placeholder_kernel(*, node: Any, dtype: Any, shape: Dims) -> Any:
    message = (
        f"You must feed a value for placeholder tensor '{node.name}' with dtype {_cpp_name(dtype)}"
    )
    if shape:
        message += f" and shape {shape_rules.text(shape)}"
    raise invalid(message)


_SHORT_NAMES = {dtypes.float32: "float", dtypes.float64: "double", dtypes.float16: "half"}


def _cpp_name(dtype: Any) -> str:
    """The name that TensorFlow's C++ code gives a dtype."""
    return _SHORT_NAMES.get(dtype.base_dtype, dtype.base_dtype.name)


@placeholder_with_default_op.shape
def placeholder_with_default_shape(node: Any) -> Dims:
    given, wanted = node.inputs[0].dims, node.attr("shape")
    # The result may be anything that fits `shape`: it can be fed.
    shape_rules.merge(given, wanted)
    return wanted


# CheckNumerics.

check_numerics_op.shape(shape_rules.unchanged)


@check_numerics_op.kernel
def check_numerics_kernel(x: torch.Tensor, *, message: Any) -> torch.Tensor:
    if not bool(torch.isfinite(x).all()):
        raise _not_finite(bool(torch.isinf(x).any()), bool(torch.isnan(x).any()), message)
    return x


@check_numerics_op.numpy
def check_numerics_numpy(x: Any, *, message: Any) -> Any:
    if not np.isfinite(x).all():
        raise _not_finite(bool(np.isinf(x).any()), bool(np.isnan(x).any()), message)
    return x


def _not_finite(has_inf: bool, has_nan: bool, message: Any) -> Exception:
    status = "Inf and NaN" if has_inf and has_nan else "Inf" if has_inf else "NaN"
    text = message.decode() if isinstance(message, bytes) else message
    return invalid(f"{text} : Tensor had {status} values")


@check_numerics_op.gradient
def check_numerics_gradient(node: Any, grad: Any) -> Any:
    message = node.get_attr("message")
    return array_ops.check_numerics(
        grad,
        f"Not a number (NaN) or infinity (Inf) values detected in gradient. {message}",
    )


# Plain values.

zeros_like_op.shape(shape_rules.unchanged)
ones_like_op.shape(shape_rules.unchanged)


@zeros_like_op.kernel
def zeros_like_kernel(x: Any) -> Any:
    # What is no tensor (a list of tensors held as a variant) knows its own zeros.
    return torch.zeros_like(x) if isinstance(x, torch.Tensor) else x.zeros_like()


@zeros_like_op.numpy
def zeros_like_numpy(x: Any) -> Any:
    return np.full(x.shape, b"", object) if x.dtype == object else settle(np.zeros_like(x))


@ones_like_op.kernel
def ones_like_kernel(x: torch.Tensor) -> torch.Tensor:
    return torch.ones_like(x)


@ones_like_op.numpy
def ones_like_numpy(x: Any) -> Any:
    return settle(np.ones_like(x))


zeros_like_op.not_differentiable()
ones_like_op.not_differentiable()


@fill_op.shape
def fill_shape(node: Any) -> Dims:
    if node.inputs[0].dims is not None:
        shape_rules.with_rank(node.inputs[0].dims, 1)
    if node.inputs[1].dims is not None:
        shape_rules.with_rank(node.inputs[1].dims, 0)
    dims, value = node.static_dims(0), node.static_input(0)
    if value is not None and (value < 0).any():
        raise ShapeError("Fill dimensions must be >= 0")
    return dims


def _check_fill(dims: Any, value: Any) -> tuple[int, ...]:
    if not isinstance(dims, tuple):
        raise invalid("dims must be a vector, got shape []")
    if len(value.shape):
        raise invalid(f"value must be a scalar, got shape {text(value.shape)}")
    for d in dims:
        if d < 0:
            raise invalid(f"Dimension {d} must be >= 0")
    return dims


@fill_op.kernel
def fill_kernel(dims: tuple[int, ...], value: torch.Tensor) -> torch.Tensor:
    dims = _check_fill(dims, value)
    return value.expand(dims).clone(memory_format=torch.contiguous_format)


@fill_op.numpy
def fill_numpy(dims: tuple[int, ...], value: Any) -> Any:
    dims = _check_fill(dims, value)
    filled = np.empty(dims, value.dtype)
    filled[...] = value
    return settle(filled)


@fill_op.gradient
def fill_gradient(node: Any, grad: Any) -> Any:
    return None, math_ops.reduce_sum(grad)


@empty_op.shape
def empty_shape(node: Any) -> Dims:
    return node.static_dims(0)


@empty_op.specialize
def choose_empty(node: Any) -> Any:
    if node.attr("dtype") in HOST_DTYPES:
        return None
    dtype = torch_dtype(node.attr("dtype"))

    def empty(shape: tuple[int, ...]) -> torch.Tensor:
        return torch.zeros(shape, dtype=dtype)

    return empty


@empty_op.numpy
def empty_numpy(shape: tuple[int, ...], *, dtype: Any) -> Any:
    kind = numpy_dtype(dtype)
    return np.full(shape, b"" if kind.kind == "O" else 0, kind)


empty_op.not_differentiable()
