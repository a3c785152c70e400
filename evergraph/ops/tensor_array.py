"""TensorArrays: lists of tensors that one run writes and reads.

A handle is the array itself (`kernels/tensor_array.py`). Every op is there with a resource handle
(V3), with a string one (V2), and with a reference to one. The flow that the ops hand on orders
them; its value says nothing.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from evergraph.api import tensor_array_ops
from evergraph.base.dtypes import DType
from evergraph.graph.registry import Entry, op
from evergraph.graph.tensor import Tensor
from evergraph.kernels.tensor_array import ArrayOfTensors, refuse
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_FLOW = torch.zeros(())

_ARRAY = "element_shape: shape = ?; dynamic_size: bool = false; clear_after_read: bool = true; "
_NAME = "tensor_array_name: string = ''"
_V3, _V2, _V1 = "handle: resource", "handle: string", "handle: Ref(string)"


def _old(signature: str, attrs: str, version: int, use: str, **flags: Any) -> Entry:
    return op(signature, attrs, deprecated=(version, f"Use {use}"), **flags)


array_v3_op = op(
    "TensorArrayV3(size: int32) -> handle: resource, flow: float32",
    f"dtype: type; {_ARRAY}identical_element_shapes: bool = false; {_NAME}",
    stateful=True,
    host=["size"],
)
array_v2_op = _old(
    "TensorArrayV2(size: int32) -> handle: string",
    f"dtype: type; {_ARRAY}{_NAME}",
    26,
    "TensorArrayV3",
    stateful=True,
    host=["size"],
)
array_op = _old(
    "TensorArray(size: int32) -> handle: Ref(string)",
    "dtype: type; dynamic_size: bool = false; clear_after_read: bool = true; "
    f"{_NAME}; element_shape: shape = ?",
    16,
    "TensorArrayV3",
    stateful=True,
    host=["size"],
)


@array_v3_op.kernel
def array_v3_kernel(
    size: int,
    *,
    node: Any,
    dtype: DType,
    element_shape: Dims,
    dynamic_size: bool,
    clear_after_read: bool,
    identical_element_shapes: bool,
    tensor_array_name: str,
) -> tuple[ArrayOfTensors, torch.Tensor]:
    array = _new(node, size, dtype, element_shape, dynamic_size, clear_after_read)
    array.identical = identical_element_shapes
    return array, _FLOW


@array_v2_op.kernel
@array_op.kernel
def array_kernel(
    size: int,
    *,
    node: Any,
    dtype: DType,
    element_shape: Dims,
    dynamic_size: bool,
    clear_after_read: bool,
    tensor_array_name: str,
) -> ArrayOfTensors:
    return _new(node, size, dtype, element_shape, dynamic_size, clear_after_read)


def _new(
    node: Any, size: int, dtype: DType, dims: Dims, dynamic: bool, clear: bool
) -> ArrayOfTensors:
    if not isinstance(size, int):
        shape = shape_rules.text(np.shape(size))
        refuse(f"TensorArray size must be scalar, but had shape: {shape}")
    if size < 0:
        refuse("Size should be >= 0.")
    name = node.attr("tensor_array_name") or node.name
    return ArrayOfTensors(name, dtype, size, dims, dynamic=dynamic, clear=clear)


@array_v3_op.shape
def array_v3_shape(node: Any) -> list[Dims]:
    shape_rules.with_rank(node.inputs[0].dims, 0)
    return [(2,), ()]


@array_v2_op.shape
def array_v2_shape(node: Any) -> Dims:
    shape_rules.with_rank(node.inputs[0].dims, 0)
    return (2,)


array_op.shape(shape_rules.unknown)


def _element_dims(handle: Tensor) -> tuple[bool, Dims]:
    """Whether something is known of the elements of the array behind a handle, and what: from the
    node that made it, through loops and branches."""
    op_ = handle._op
    # What was executed at once may have forgotten its inputs.
    while op_._type in _HANDS_ON and op_._inputs:
        op_ = op_._inputs[0]._op
    if op_._type != "TensorArrayV3":
        return False, None
    dims = op_.attr("element_shape")
    static = dims is not None and None not in dims
    return static or op_.attr("identical_element_shapes"), dims


_HANDS_ON = frozenset(
    ["Enter", "Exit", "Switch", "Merge", "NextIteration", "Identity", "TensorArrayGradV3"]
)


def _handle(node: Any) -> None:
    """Checks the static shape of a handle, and that flow and index are scalars."""
    dims = shape_rules.with_rank(node.inputs[0].dims, 1)
    if dims is not None:
        shape_rules.with_value(dims[0], 2)


def _each(
    signature: str,
    attrs: str = "",
    *,
    kernel: Callable[..., Any],
    shape: Callable[[Any], Any],
    gradient: Callable[..., Any] | None = None,
    versions: dict[str, tuple[int, str] | None],
    host: Sequence[str] = (),
    numpy: bool = False,
    stateful: bool = False,
    held: bool = False,
) -> None:
    """Registers an op in its versions: name → since when it is deprecated, and in whose favour."""
    for name, deprecated in versions.items():
        is_v3 = name.endswith(("V3", "WithShape"))
        handle = _V3 if is_v3 else _V2 if name.endswith("V2") else _V1
        text = signature.replace("NAME", name).replace("HANDLE", handle.removeprefix("handle: "))
        entry = op(
            text,
            attrs,
            host=host,
            stateful=is_v3 or stateful,
            held=held,
            deprecated=None if deprecated is None else (deprecated[0], f"Use {deprecated[1]}"),
        )
        if numpy:
            entry.numpy(kernel)
        else:
            entry.kernel(kernel)
        old = not is_v3 and not name.endswith("V2")
        entry.shape(shape_rules.unknown if old and len(entry.signature.outputs) else shape)
        if gradient is None:
            entry.not_differentiable()
        else:
            entry.gradient(gradient)


def _versions(
    name: str, v1: tuple[int, str] | None = None, v2: tuple[int, str] | None = None
) -> dict[str, tuple[int, str] | None]:
    """The usual three versions of an op."""
    v3 = f"{name}V3"
    return {v3: None, f"{name}V2": v2 or (26, v3), name: v1 or (16, v3)}


for _entry in (array_v3_op, array_v2_op, array_op):
    _entry.not_differentiable()


# Elements, one by one.


def _write_kernel(handle: ArrayOfTensors, index: int, value: Any, flow_in: Any, *, T: DType) -> Any:
    handle.write(index, value, T)
    return flow_in


def _write_shape(node: Any) -> Dims:
    _handle(node)
    shape_rules.with_rank(node.inputs[1].dims, 0)
    shape_rules.with_rank(node.inputs[3].dims, 0)
    known, dims = _element_dims(node.inputs[0])
    if known:
        shape_rules.merge(dims, node.inputs[2].dims)
    return ()


def _gradient_array(node: Any, dtype: DType, grad: Tensor, flow: Tensor) -> Any:
    """The array of gradients for this call of `tf.gradients`."""
    array = tensor_array_ops.TensorArray(
        dtype, handle=node.inputs[0], flow=flow, colocate_with_first_write_call=False
    )
    return array.grad(_source(grad), flow=flow)


def _source(grad: Tensor) -> str:
    """The scope of the gradient call that made `grad`: calls must not share an array."""
    parts = grad.name.split("/")
    places = [i for i, part in enumerate(parts) if part.startswith("gradients")]
    if not places:
        raise ValueError(
            "Expected op/tensor name to start with gradients (excluding scope), got: "
            f"{grad.name}. This means that a tf.gradients op with this op in its dependency path "
            "has a custom name that does not start with 'gradients'. Please make sure all calls "
            "to tf.gradients that have non-empty 'name' arguments use names that start with "
            "'gradients'."
        )
    return "/".join(parts[: places[-1] + 1])


def _write_gradient(node: Any, flow: Tensor) -> Any:
    grad = _gradient_array(node, node.attr("T"), flow, flow).read(node.inputs[1])
    return None, None, grad, flow


_each(
    "NAME(handle: HANDLE, index: int32, value: T, flow_in: float32) -> flow_out: float32",
    "T: type",
    kernel=_write_kernel,
    shape=_write_shape,
    gradient=_write_gradient,
    versions=_versions("TensorArrayWrite"),
    host=["index"],
)


def _read_kernel(handle: ArrayOfTensors, index: int, flow_in: Any, *, dtype: DType) -> Any:
    return handle.read(index, dtype)


def _read_shape(node: Any) -> Dims:
    _handle(node)
    shape_rules.with_rank(node.inputs[1].dims, 0)
    shape_rules.with_rank(node.inputs[2].dims, 0)
    return _element_dims(node.inputs[0])[1]


def _read_gradient(node: Any, grad: Tensor) -> Any:
    array = _gradient_array(node, node.attr("dtype"), grad, node.inputs[2])
    return None, None, array.write(node.inputs[1], grad).flow


_each(
    "NAME(handle: HANDLE, index: int32, flow_in: float32) -> value: dtype",
    "dtype: type",
    kernel=_read_kernel,
    shape=_read_shape,
    gradient=_read_gradient,
    versions=_versions("TensorArrayRead"),
    host=["index"],
    held=True,
)


# Many elements at once.


def _indices(node: Any, position: int) -> Dims:
    shape_rules.with_rank(node.inputs[0].dims, 1)
    dims = shape_rules.with_rank(node.inputs[1].dims, 1)
    _handle(node)
    shape_rules.with_rank(node.inputs[position].dims, 0)
    return dims


def _check_indices(indices: Any) -> None:
    if not isinstance(indices, tuple) or (indices and isinstance(indices[0], tuple)):
        shape = shape_rules.text(np.shape(indices))
        refuse(f"Expected indices to be a vector, but received shape: {shape}")


def _gather_kernel(
    handle: ArrayOfTensors, indices: Any, flow_in: Any, *, dtype: DType, element_shape: Dims
) -> Any:
    _check_indices(indices)
    return handle.gather(indices, element_shape, dtype)


def _gather_shape(node: Any) -> Dims:
    indices = _indices(node, 2)
    known, dims = _element_dims(node.inputs[0])
    return shape_rules.concatenate(indices, dims if known else node.attr("element_shape"))


def _gather_gradient(node: Any, grad: Tensor) -> Any:
    array = _gradient_array(node, node.attr("dtype"), grad, node.inputs[2])
    return None, None, array.scatter(node.inputs[1], grad).flow


_each(
    "NAME(handle: HANDLE, indices: int32, flow_in: float32) -> value: dtype",
    "dtype: type; element_shape: shape = ?",
    kernel=_gather_kernel,
    shape=_gather_shape,
    gradient=_gather_gradient,
    versions=_versions("TensorArrayGather"),
    host=["indices"],
)


def _scatter_kernel(
    handle: ArrayOfTensors, indices: Any, value: Any, flow_in: Any, *, T: DType
) -> Any:
    _check_indices(indices)
    handle.scatter(indices, value, T)
    return flow_in


def _scatter_shape(node: Any) -> Dims:
    indices = _indices(node, 3)
    value, _ = shape_rules.merge_prefix(node.inputs[2].dims, indices)
    known, dims = _element_dims(node.inputs[0])
    if known and value is not None:
        shape_rules.merge(dims, value[1:])
    return ()


def _scatter_gradient(node: Any, flow: Tensor) -> Any:
    grad = _gradient_array(node, node.attr("T"), flow, flow).gather(node.inputs[1])
    return None, None, grad, flow


_each(
    "NAME(handle: HANDLE, indices: int32, value: T, flow_in: float32) -> flow_out: float32",
    "T: type",
    kernel=_scatter_kernel,
    shape=_scatter_shape,
    gradient=_scatter_gradient,
    versions=_versions("TensorArrayScatter", v1=(19, "TensorArrayGradV3")),
    host=["indices"],
)


def _concat_kernel(
    handle: ArrayOfTensors, flow_in: Any, *, dtype: DType, element_shape_except0: Dims
) -> Any:
    value, lengths = handle.concat(element_shape_except0, dtype)
    return value, torch.from_numpy(lengths)


def _concat_shape(node: Any) -> list[Dims]:
    _handle(node)
    shape_rules.with_rank(node.inputs[1].dims, 0)
    return [None, (None,)]


def _concat_gradient(node: Any, grad: Tensor, grad_of_lengths: Any) -> Any:
    array = _gradient_array(node, node.attr("dtype"), grad, node.inputs[1])
    return None, array.split(grad, lengths=node.outputs[1]).flow


_each(
    "NAME(handle: HANDLE, flow_in: float32) -> value: dtype, lengths: int64",
    "dtype: type; element_shape_except0: shape = ?",
    kernel=_concat_kernel,
    shape=_concat_shape,
    gradient=_concat_gradient,
    versions={
        "TensorArrayConcatV3": None,
        "TensorArrayConcatV2": None,
        "TensorArrayConcat": (16, "TensorArrayGradV3"),
    },
)


def _split_kernel(
    handle: ArrayOfTensors, value: Any, lengths: Any, flow_in: Any, *, T: DType
) -> Any:
    if not isinstance(lengths, tuple):
        refuse("Expected lengths to be a vector, received shape: []")
    handle.split(value, lengths, T)
    return flow_in


def _split_shape(node: Any) -> Dims:
    _handle(node)
    shape_rules.with_rank(node.inputs[2].dims, 1)
    shape_rules.with_rank(node.inputs[3].dims, 0)
    return ()


def _split_gradient(node: Any, flow: Tensor) -> Any:
    grad = _gradient_array(node, node.attr("T"), flow, flow).concat()
    return None, grad, None, flow


_each(
    "NAME(handle: HANDLE, value: T, lengths: int64, flow_in: float32) -> flow_out: float32",
    "T: type",
    kernel=_split_kernel,
    shape=_split_shape,
    gradient=_split_gradient,
    versions=_versions("TensorArraySplit"),
    host=["lengths"],
)


# Older forms of gather and scatter.


def _pack_kernel(handle: ArrayOfTensors, flow_in: Any, *, dtype: DType, element_shape: Dims) -> Any:
    return handle.gather(range(handle.packed_size), element_shape, dtype)


_each(
    "NAME(handle: HANDLE, flow_in: float32) -> value: dtype",
    "dtype: type; element_shape: shape = ?",
    kernel=_pack_kernel,
    shape=shape_rules.unknown,
    versions={"TensorArrayPack": (16, "TensorArrayGatherV3 with RangeOp")},
)


def _unpack_kernel(handle: ArrayOfTensors, value: Any, flow_in: Any, *, T: DType) -> Any:
    handle.unpack(value, T)
    return flow_in


_each(
    "NAME(handle: HANDLE, value: T, flow_in: float32) -> flow_out: float32",
    "T: type",
    kernel=_unpack_kernel,
    shape=shape_rules.unknown,
    versions={"TensorArrayUnpack": (20, "TensorArrayScatterV3 with RangeOp")},
)


# The array as a whole.


def _size_kernel(handle: ArrayOfTensors, flow_in: Any) -> Any:
    return np.int32(handle.size)


def _size_shape(node: Any) -> Dims:
    _handle(node)
    return ()


_each(
    "NAME(handle: HANDLE, flow_in: float32) -> size: int32",
    kernel=_size_kernel,
    shape=_size_shape,
    versions=_versions("TensorArraySize"),
    numpy=True,
)


def _close_kernel(handle: ArrayOfTensors) -> None:
    handle.close()


def _close_shape(node: Any) -> list[Dims]:
    _handle(node)
    return []


_each(
    "NAME(handle: HANDLE)",
    kernel=_close_kernel,
    shape=_close_shape,
    versions=_versions("TensorArrayClose"),
)


grad_v3_op = op(
    "TensorArrayGradV3(handle: resource, flow_in: float32) -> grad_handle: resource, "
    "flow_out: float32",
    "source: string",
    stateful=True,
)
grad_with_shape_op = op(
    "TensorArrayGradWithShape(handle: resource, flow_in: float32, shape_to_prepend: int32) -> "
    "grad_handle: resource, flow_out: float32",
    "source: string",
    stateful=True,
    host=["shape_to_prepend"],
)
grad_v2_op = _old(
    "TensorArrayGradV2(handle: string, flow_in: float32) -> grad_handle: string",
    "source: string",
    26,
    "TensorArrayGradV3",
    stateful=True,
)
grad_op = _old(
    "TensorArrayGrad(handle: string, flow_in: float32) -> grad_handle: Ref(string)",
    "source: string",
    16,
    "TensorArrayGradV3",
    stateful=True,
)


@grad_v3_op.shape
@grad_with_shape_op.shape
def grad_v3_shape(node: Any) -> list[Dims]:
    _handle(node)
    return [(2,), ()]


@grad_v2_op.shape
def grad_v2_shape(node: Any) -> Dims:
    _handle(node)
    return (2,)


grad_op.shape(shape_rules.unknown)


@grad_v3_op.kernel
def grad_v3_kernel(handle: ArrayOfTensors, flow_in: Any, *, source: str) -> Any:
    return handle.gradient(source), flow_in


@grad_with_shape_op.kernel
def grad_with_shape_kernel(
    handle: ArrayOfTensors, flow_in: Any, shape_to_prepend: Any, *, source: str
) -> Any:
    return handle.gradient(source, shape_to_prepend), flow_in


@grad_v2_op.kernel
@grad_op.kernel
def grad_kernel(handle: ArrayOfTensors, flow_in: Any, *, source: str) -> Any:
    return handle.gradient(source)


for _entry in (grad_v3_op, grad_with_shape_op, grad_v2_op, grad_op):
    _entry.not_differentiable()
