"""Lists of tensors as values: ops of many elements, which are stacked, joined, cut, and of many
lists."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from evergraph.api import array_ops, creation, list_ops
from evergraph.base.dtypes import DType
from evergraph.graph.apply import apply_op
from evergraph.graph.handles import elements_of
from evergraph.graph.op_summary import type_name
from evergraph.graph.registry import ShapeError, op
from evergraph.graph.tensor import Tensor
from evergraph.kernels.tensor_array import UNWRITTEN, compatible, merged, refuse, rows_of
from evergraph.kernels.tensor_array import shape_text as text
from evergraph.kernels.tensor_list import TensorList
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims
from evergraph.ops.tensor_list_arguments import (
    READING,
    SHAPE,
    TYPE,
    TYPES,
    at_least_vector,
    check_rows,
    given_dims,
    known,
    known_of_list,
    list_of,
    note,
    note_push,
    shape_of_elements,
    static_dims,
)

# All elements, or many.

tensor_list_stack_op = op(
    "TensorListStack(input_handle: variant, element_shape: int32) -> tensor: element_dtype",
    f"{TYPE}; num_elements: int = -1",
    host=SHAPE,
)


@tensor_list_stack_op.shape
def tensor_list_stack_shape(node: Any) -> Dims:
    dims = known(node, READING, " but expected type ")
    dims = shape_rules.merge(dims, static_dims(node, 1))
    count = node.attr("num_elements")
    return shape_rules.concatenate((None if count == -1 else count,), dims)


@tensor_list_stack_op.kernel
def tensor_list_stack(
    handle: Any, element_shape: Any, *, element_dtype: DType, num_elements: int
) -> Any:
    list_of(handle).check_dtype(element_dtype)
    return handle.stacked(given_dims(element_shape), num_elements)


@tensor_list_stack_op.gradient
def tensor_list_stack_gradient(node: Any, grad: Tensor) -> Any:
    return list_ops.tensor_list_from_tensor(grad, element_shape=grad.shape[1:]), None


tensor_list_gather_op = op(
    "TensorListGather(input_handle: variant, indices: int32, element_shape: int32) -> "
    "values: element_dtype",
    TYPE,
    host=["indices", "element_shape"],
)


@tensor_list_gather_op.shape
def tensor_list_gather_shape(node: Any) -> Dims:
    dims = shape_rules.merge(known_of_list(node), static_dims(node, 2))
    return shape_rules.concatenate(node.inputs[1].dims, dims)


@tensor_list_gather_op.kernel
def tensor_list_gather(
    handle: Any, indices: Any, element_shape: Any, *, element_dtype: DType
) -> Any:
    list_of(handle).check_dtype(element_dtype)
    return handle.gathered(indices, given_dims(element_shape))


@tensor_list_gather_op.gradient
def tensor_list_gather_gradient(node: Any, grad: Tensor) -> Any:
    handle, indices, _ = node.inputs
    shape = shape_of_elements(handle)
    size = apply_op("TensorListLength", handle)
    reserved = list_ops.tensor_list_reserve(shape, size, grad.dtype)
    return list_ops.tensor_list_scatter(grad, indices, input_handle=reserved), None, None


tensor_list_scatter_op = op(
    "TensorListScatter(tensor: element_dtype, indices: int32, element_shape: shape_type) -> "
    "output_handle: variant",
    TYPES,
    host=["indices", "element_shape"],
)
tensor_list_scatter_v2_op = op(
    "TensorListScatterV2(tensor: element_dtype, indices: int32, element_shape: shape_type, "
    "num_elements: int32) -> output_handle: variant",
    TYPES,
    host=["indices", "element_shape", "num_elements"],
)


@tensor_list_scatter_op.shape
@tensor_list_scatter_v2_op.shape
def tensor_list_scatter_shape(node: Any) -> Dims:
    note(node, static_dims(node, 2), node.attr("element_dtype"))
    return ()


@tensor_list_scatter_op.kernel
@tensor_list_scatter_v2_op.kernel
def tensor_list_scatter(
    tensor: Any, indices: Any, element_shape: Any, count: int = -1, *, element_dtype: DType
) -> TensorList:
    dims = given_dims(element_shape)
    if count < -1:
        refuse(f"TensorListScatter expects num_elements >= -1, found: {count}")
    check_rows(tensor, dims)
    if len(indices) != tensor.shape[0]:
        refuse(
            f"Invalid number of rows in input tensor. Expected: {len(indices)} Actual: "
            f"{tensor.shape[0]}"
        )
    for i in indices:
        if i < 0:
            refuse("Indices in TensorListScatter must all be non-negative.")
        if count != -1 and i >= count:
            refuse(f"TensorListScatter: Trying to scatter at index {i} in list with size {count}")
    return TensorList(element_dtype, dims, [UNWRITTEN] * max(count, 0)).scattered(indices, tensor)


@tensor_list_scatter_op.gradient
@tensor_list_scatter_v2_op.gradient
def tensor_list_scatter_gradient(node: Any, grad: Tensor) -> Any:
    tensor, indices, *others = node.inputs
    return _gathered_rows(grad, tensor, indices), None, *(None for _ in others)


def _gathered_rows(grad: Tensor, tensor: Tensor, indices: Tensor) -> Tensor:
    return apply_op(
        "TensorListGather",
        grad,
        indices,
        array_ops.slice(array_ops.shape(tensor), [1], [-1]),
        element_dtype=tensor.dtype,
    )


tensor_list_scatter_into_existing_list_op = op(
    "TensorListScatterIntoExistingList(input_handle: variant, tensor: element_dtype, "
    "indices: int32) -> output_handle: variant",
    TYPE,
    host=["indices"],
)


@tensor_list_scatter_into_existing_list_op.shape
def tensor_list_scatter_into_existing_list_shape(node: Any) -> Dims:
    shape_rules.at_least_rank(node.inputs[1].dims, 1)
    shape_rules.with_rank(node.inputs[2].dims, 1)
    note(node, known_of_list(node), node.attr("element_dtype"))
    return ()


@tensor_list_scatter_into_existing_list_op.kernel
def tensor_list_scatter_into_existing_list(
    handle: Any, tensor: Any, indices: Any, *, element_dtype: DType
) -> TensorList:
    if list_of(handle).dtype != element_dtype:
        refuse(
            f"Invalid data types; input tensor type: {type_name(element_dtype)} list "
            f"element_type: {type_name(handle.dtype)}"
        )
    at_least_vector(tensor)
    if not isinstance(indices, tuple):
        refuse("Expected indices to be a vector, but received shape: []")
    if len(indices) != tensor.shape[0]:
        refuse(
            f"Expected len(indices) == tensor.shape[0], but saw: {len(indices)} vs. "
            f"{tensor.shape[0]}"
        )
    return handle.scattered(indices, tensor)


@tensor_list_scatter_into_existing_list_op.gradient
def tensor_list_scatter_into_existing_list_gradient(node: Any, grad: Tensor) -> Any:
    _, tensor, indices = node.inputs
    rows = _gathered_rows(grad, tensor, indices)
    zeros = creation.zeros_like(tensor)
    return list_ops.tensor_list_scatter(zeros, indices, indices, input_handle=grad), rows, None


# Joining and cutting.

tensor_list_concat_op = op(
    "TensorListConcat(input_handle: variant) -> tensor: element_dtype, lengths: int64",
    f"{TYPE}; element_shape: shape = ?",
)
tensor_list_concat_v2_op = op(
    "TensorListConcatV2(input_handle: variant, element_shape: shape_type, leading_dims: int64) -> "
    "tensor: element_dtype, lengths: int64",
    TYPES,
    host=["element_shape", "leading_dims"],
)


@tensor_list_concat_op.shape
@tensor_list_concat_v2_op.shape
def tensor_list_concat_shape(node: Any) -> list[Dims]:
    given = node.attr("element_shape") if len(node.inputs) == 1 else static_dims(node, 1)
    dims = shape_rules.merge(given, known(node, READING, " but expected type "))
    if dims is not None:
        dims = (None, *dims[1:])
    return [dims, (None,)]


@tensor_list_concat_op.kernel
def tensor_list_concat(handle: Any, *, element_dtype: DType, element_shape: Dims) -> Any:
    list_of(handle).check_dtype(element_dtype)
    tail = None if element_shape is None else element_shape[1:]
    return _concatenated(handle, None, tail, None)


@tensor_list_concat_v2_op.kernel
def tensor_list_concat_v2(
    handle: Any, element_shape: Any, leading_dims: Any, *, element_dtype: DType
) -> Any:
    list_of(handle).check_dtype(element_dtype)
    dims = merged(given_dims(element_shape), handle.dims)
    if dims == ():
        refuse("Concat requires elements to be at least vectors, found scalars instead.")
    first, tail = (None, None) if dims is None else (dims[0], dims[1:])
    return _concatenated(handle, first, tail, leading_dims)


def _concatenated(
    handle: TensorList, first: int | None, tail: Dims, leading: Sequence[int] | None
) -> Any:
    value, lengths = handle.concatenated(first, tail, leading)
    return value, torch.from_numpy(lengths)


@tensor_list_concat_op.gradient
@tensor_list_concat_v2_op.gradient
def tensor_list_concat_gradient(node: Any, grad: Tensor, grad_of_lengths: Any) -> Any:
    found = list_ops.tensor_list_split(
        grad, element_shape=shape_of_elements(node.inputs[0]), lengths=node.outputs[1]
    )
    return (found, None, None) if len(node.inputs) > 1 else found


tensor_list_split_op = op(
    "TensorListSplit(tensor: element_dtype, element_shape: shape_type, lengths: int64) -> "
    "output_handle: variant",
    TYPES,
    host=["element_shape", "lengths"],
)


@tensor_list_split_op.shape
def tensor_list_split_shape(node: Any) -> Dims:
    dims = shape_rules.at_least_rank(node.inputs[0].dims, 1)
    shape_rules.with_rank(node.inputs[2].dims, 1)
    element_dims = static_dims(node, 1)
    shape_rules.merge(None if dims is None else (None, *dims[1:]), element_dims)
    note(node, element_dims, node.attr("element_dtype"))
    return ()


@tensor_list_split_op.kernel
def tensor_list_split(
    tensor: Any, element_shape: Any, lengths: Any, *, element_dtype: DType
) -> TensorList:
    dims = given_dims(element_shape)
    if dims == ():
        refuse("TensorListSplit requires element_shape to be at least of rank 1, but saw: []")
    at_least_vector(tensor)
    if not compatible(None if dims is None else dims[1:], tuple(tensor.shape[1:])):
        refuse(
            f"tensor shape {text(tuple(tensor.shape))} is not compatible with element_shape "
            f"{text(dims)}"
        )
    if not isinstance(lengths, tuple):
        refuse("Expected lengths to be a vector, received shape: []")
    rows, start, pieces = tensor.shape[0], 0, []
    for length in lengths:
        if length < 0:
            refuse(f"Invalid value in lengths: {length}")
        end = start + length
        if end > rows:
            refuse(f"Attempting to slice [{start}, {end}] from tensor with length {rows}")
        pieces.append(tensor[start:end])
        start = end
    if start != rows:
        refuse(f"Unused values in tensor. Length of tensor: {rows} Values used: {start}")
    return TensorList(element_dtype, dims, pieces)


@tensor_list_split_op.gradient
def tensor_list_split_gradient(node: Any, grad: Tensor) -> Any:
    tensor, _, lengths = node.inputs
    shape = array_ops.slice(array_ops.shape(tensor), [1], [-1])
    shape = array_ops.concat([[-1], shape], axis=0)
    found = apply_op("TensorListConcatV2", grad, shape, lengths, element_dtype=tensor.dtype)
    return found[0], None, None


# Many lists.

tensor_list_concat_lists_op = op(
    "TensorListConcatLists(input_a: variant, input_b: variant) -> output: variant", TYPE
)
tensor_list_push_back_batch_op = op(
    "TensorListPushBackBatch(input_handles: variant, tensor: element_dtype) -> "
    "output_handles: variant",
    TYPE,
)
for _entry in (tensor_list_concat_lists_op, tensor_list_push_back_batch_op):
    _entry.not_differentiable()


@tensor_list_concat_lists_op.shape
def tensor_list_concat_lists_shape(node: Any) -> Dims:
    dims = shape_rules.merge(node.inputs[0].dims, node.inputs[1].dims)
    dtype, element_dims = node.attr("element_dtype"), None
    for name, handle in zip(("input_a", "input_b"), node.inputs, strict=True):
        found = elements_of(handle)
        if found is not None:
            if found.dtype != dtype:
                raise ShapeError(
                    f"{name}.type != element_dtype: {type_name(found.dtype)} vs. {type_name(dtype)}"
                )
            element_dims = shape_rules.merge(element_dims, found.dims)
    note(node, element_dims, dtype)
    return dims


def _each(function: Callable[..., Any], *batches: Any) -> Any:
    """A function of lists, or of each of the lists of a batch."""
    if isinstance(batches[0], TensorList):
        return function("0", *batches)
    shape = batches[0].shape
    found = np.empty(shape, object)
    for i, lists in enumerate(zip(*(b.reshape(-1) for b in batches), strict=True)):
        found.reshape(-1)[i] = function(str(i), *lists)
    return found


def _batch_text(batch: Any) -> str:
    return text(tuple(np.shape(batch)))


@tensor_list_concat_lists_op.kernel
def tensor_list_concat_lists(a: Any, b: Any, *, element_dtype: DType) -> Any:
    if _batch_text(a) != _batch_text(b):
        refuse(
            f"Incompatible input TensorList tensor shapes: {_batch_text(a)} vs. {_batch_text(b)}"
        )

    def joined(i: str, a: TensorList, b: TensorList) -> TensorList:
        for name, x in (("input_a", a), ("input_b", b)):
            if x.dtype != element_dtype:
                refuse(
                    f"{name}[{i}].dtype != element_dtype.  Saw: {type_name(x.dtype)} vs. "
                    f"{type_name(element_dtype)}"
                )
        if a.dims != b.dims:
            refuse(
                "input_a and input_b TensorList element shapes are not identical at index "
                f"{i}.  Saw {text(a.dims)} vs. {text(b.dims)}"
            )
        return a.with_values(a.values + b.values)

    return _each(joined, a, b)


@tensor_list_push_back_batch_op.shape
def tensor_list_push_back_batch_shape(node: Any) -> Dims:
    handles = shape_rules.with_rank(node.inputs[0].dims, 1)
    tensor = shape_rules.at_least_rank(node.inputs[1].dims, 1)
    _, handles = shape_rules.merge_prefix(tensor, handles)  # type: ignore[assignment]
    note_push(node)
    return handles


@tensor_list_push_back_batch_op.kernel
def tensor_list_push_back_batch(handles: Any, tensor: Any, *, element_dtype: DType) -> Any:
    if not tensor.shape:
        refuse("Expected tensor to be at least a vector, but saw shape: []")
    if isinstance(handles, TensorList):
        refuse("Expected input_handles to be a vector, but saw shape: []")
    if tensor.shape[0] != handles.size:
        refuse(
            f"Expected tensor.shape[0] == input_handles.size, but saw {tensor.shape[0]} vs. "
            f"{handles.size}"
        )
    rows = iter(rows_of(tensor))

    def pushed(i: str, x: TensorList) -> TensorList:
        row = next(rows)
        if not compatible(x.dims, tuple(row.shape)):
            refuse(
                "Tried to append a tensor with incompatible shape to a list at index "
                f"{i}. Op element shape: {text(tuple(row.shape))} list shape: {text(x.dims)}"
            )
        if x.dtype != element_dtype:
            refuse(
                f"Invalid data type at index {i}; op elements {type_name(element_dtype)} but list "
                f"elements {type_name(x.dtype)}"
            )
        return x.push(row)

    return _each(pushed, handles)
