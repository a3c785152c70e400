"""Lists of tensors as values: ops that make them, and that add, take, set one element.

A value is a `TensorList` (`kernels/tensor_list.py`).
"""

from typing import Any

import numpy as np

from evergraph.api import array_ops, creation, list_ops
from evergraph.base.dtypes import DType
from evergraph.graph.apply import apply_op
from evergraph.graph.handles import elements_of
from evergraph.graph.registry import op
from evergraph.graph.tensor import Tensor
from evergraph.kernels.tensor_array import UNWRITTEN, refuse, rows_of
from evergraph.kernels.tensor_array import shape_text as text
from evergraph.kernels.tensor_list import TensorList
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims
from evergraph.ops.tensor_list_arguments import (
    READING,
    SHAPE,
    TYPE,
    TYPES,
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

# Making lists.

empty_tensor_list_op = op(
    "EmptyTensorList(element_shape: shape_type, max_num_elements: int32) -> handle: variant",
    TYPES,
    host=["element_shape", "max_num_elements"],
)
tensor_list_reserve_op = op(
    "TensorListReserve(element_shape: shape_type, num_elements: int32) -> handle: variant",
    TYPES,
    host=["element_shape", "num_elements"],
)
for _entry in (empty_tensor_list_op, tensor_list_reserve_op):
    _entry.not_differentiable()


@empty_tensor_list_op.shape
@tensor_list_reserve_op.shape
def new_list_shape(node: Any) -> Dims:
    note(node, static_dims(node, 0), node.attr("element_dtype"))
    return ()


@empty_tensor_list_op.kernel
def empty_tensor_list(element_shape: Any, limit: Any, *, element_dtype: DType) -> TensorList:
    if not isinstance(limit, int):
        refuse(f"max_num_elements expected to be a scalar but got shape: {text(np.shape(limit))}")
    return TensorList(element_dtype, given_dims(element_shape), [], limit)


@tensor_list_reserve_op.kernel
def tensor_list_reserve(element_shape: Any, count: int, *, element_dtype: DType) -> TensorList:
    return TensorList(element_dtype, given_dims(element_shape), [UNWRITTEN] * count)


tensor_list_from_tensor_op = op(
    "TensorListFromTensor(tensor: element_dtype, element_shape: shape_type) -> "
    "output_handle: variant",
    TYPES,
    host=SHAPE,
)


@tensor_list_from_tensor_op.shape
def tensor_list_from_tensor_shape(node: Any) -> Dims:
    dims, element_dims = node.inputs[0].dims, static_dims(node, 1)
    if dims is not None:
        shape_rules.merge(dims[1:], element_dims)
    note(node, element_dims, node.attr("element_dtype"))
    return ()


@tensor_list_from_tensor_op.kernel
def tensor_list_from_tensor(tensor: Any, element_shape: Any, *, element_dtype: DType) -> TensorList:
    dims = given_dims(element_shape)
    check_rows(tensor, dims)
    return TensorList(element_dtype, dims, list(rows_of(tensor)))


@tensor_list_from_tensor_op.gradient
def tensor_list_from_tensor_gradient(node: Any, grad: Any) -> Any:
    tensor = node.inputs[0]
    count = tensor.dims[0] if tensor.dims else None
    if grad is None:
        grad = list_ops.empty_tensor_list(shape_of_elements(node.outputs[0]), tensor.dtype)
    rows = apply_op(
        "TensorListStack",
        grad,
        array_ops.slice(array_ops.shape(tensor), [1], [-1]),
        element_dtype=tensor.dtype,
        num_elements=-1 if count is None else count,
    )
    return rows, None


# Sizes and shapes.

tensor_list_length_op = op("TensorListLength(input_handle: variant) -> length: int32")
tensor_list_length_op.shape(shape_rules.scalar)
tensor_list_length_op.not_differentiable()


@tensor_list_length_op.numpy
def tensor_list_length(handle: Any) -> Any:
    return np.int32(len(list_of(handle).values))


tensor_list_element_shape_op = op(
    "TensorListElementShape(input_handle: variant) -> element_shape: shape_type",
    "shape_type: int32 | int64",
)
tensor_list_element_shape_op.not_differentiable()


@tensor_list_element_shape_op.shape
def tensor_list_element_shape_shape(node: Any) -> Dims:
    found = elements_of(node.inputs[0])
    return (None if found is None or found.dims is None else len(found.dims),)


@tensor_list_element_shape_op.numpy
def tensor_list_element_shape(handle: Any, *, shape_type: DType) -> Any:
    dims, dtype = list_of(handle).dims, shape_type.as_numpy_dtype
    if dims is None:
        return dtype(-1)
    return np.array([-1 if d is None else d for d in dims], dtype)


tensor_list_resize_op = op(
    "TensorListResize(input_handle: variant, size: int32) -> output_handle: variant",
    stateful=True,
    host=["size"],
)


@tensor_list_resize_op.shape
def tensor_list_resize_shape(node: Any) -> Dims:
    shape_rules.with_rank(node.inputs[1].dims, 0)
    node.outputs[0]._handle_data = elements_of(node.inputs[0])
    return ()


@tensor_list_resize_op.kernel
def tensor_list_resize(handle: Any, size: int) -> TensorList:
    return list_of(handle).resized(size)


@tensor_list_resize_op.gradient
def tensor_list_resize_gradient(node: Any, grad: Tensor) -> Any:
    size = apply_op("TensorListLength", node.inputs[0])
    return apply_op("TensorListResize", grad, size), None


# One element.

tensor_list_push_back_op = op(
    "TensorListPushBack(input_handle: variant, tensor: element_dtype) -> output_handle: variant",
    TYPE,
)


@tensor_list_push_back_op.shape
def tensor_list_push_back_shape(node: Any) -> Dims:
    note_push(node)
    return ()


@tensor_list_push_back_op.kernel
def tensor_list_push_back(handle: Any, tensor: Any, *, element_dtype: DType) -> TensorList:
    list_of(handle).check_dtype(element_dtype)
    return handle.push(tensor)


@tensor_list_push_back_op.gradient
def tensor_list_push_back_gradient(node: Any, grad: Tensor) -> Any:
    return apply_op(
        "TensorListPopBack",
        grad,
        array_ops.shape(node.inputs[1]),
        element_dtype=node.attr("element_dtype"),
    )


tensor_list_pop_back_op = op(
    "TensorListPopBack(input_handle: variant, element_shape: int32) -> output_handle: variant, "
    "tensor: element_dtype",
    TYPE,
    host=SHAPE,
    held=True,
)


@tensor_list_pop_back_op.shape
def tensor_list_pop_back_shape(node: Any) -> list[Dims]:
    dims = known(node, READING, " but trying to push element with type ")
    node.outputs[0]._handle_data = elements_of(node.inputs[0])
    return [(), dims]


@tensor_list_pop_back_op.kernel
def tensor_list_pop_back(handle: Any, element_shape: Any, *, element_dtype: DType) -> Any:
    list_of(handle).check_dtype(element_dtype)
    return handle.pop(given_dims(element_shape))


@tensor_list_pop_back_op.gradient
def tensor_list_pop_back_gradient(node: Any, grad: Any, grad_of_element: Tensor) -> Any:
    if grad is None:
        shape = shape_of_elements(node.outputs[0])
        grad = list_ops.empty_tensor_list(shape, grad_of_element.dtype)
    return apply_op("TensorListPushBack", grad, grad_of_element), None


tensor_list_get_item_op = op(
    "TensorListGetItem(input_handle: variant, index: int32, element_shape: int32) -> "
    "item: element_dtype",
    TYPE,
    host=["index", "element_shape"],
    held=True,
)


@tensor_list_get_item_op.shape
def tensor_list_get_item_shape(node: Any) -> Dims:
    return shape_rules.merge(known_of_list(node), static_dims(node, 2))


@tensor_list_get_item_op.kernel
def tensor_list_get_item(
    handle: Any, index: int, element_shape: Any, *, element_dtype: DType
) -> Any:
    list_of(handle).check_dtype(element_dtype)
    return handle.get(index, given_dims(element_shape))


@tensor_list_get_item_op.gradient
def tensor_list_get_item_gradient(node: Any, grad: Tensor) -> Any:
    size = apply_op("TensorListLength", node.inputs[0])
    shape = shape_of_elements(node.inputs[0])
    reserved = apply_op("TensorListReserve", shape, size, element_dtype=grad.dtype)
    return apply_op("TensorListSetItem", reserved, node.inputs[1], grad), None, None


tensor_list_set_item_op = op(
    "TensorListSetItem(input_handle: variant, index: int32, item: element_dtype) -> "
    "output_handle: variant",
    TYPE,
    host=["index"],
)


@tensor_list_set_item_op.shape
def tensor_list_set_item_shape(node: Any) -> Dims:
    found = elements_of(node.inputs[0])
    if found is None:
        note(node, None, node.attr("element_dtype"))
    else:
        shape_rules.merge(node.inputs[2].dims, found.dims)
        node.outputs[0]._handle_data = found
    return ()


@tensor_list_set_item_op.kernel
def tensor_list_set_item(handle: Any, index: int, item: Any, *, element_dtype: DType) -> TensorList:
    list_of(handle).check_dtype(element_dtype)
    return handle.set(index, item)


@tensor_list_set_item_op.gradient
def tensor_list_set_item_gradient(node: Any, grad: Tensor) -> Any:
    _, index, item = node.inputs
    without = apply_op("TensorListSetItem", grad, index, creation.zeros_like(item))
    element = list_ops.tensor_list_get_item(
        grad, index, element_shape=array_ops.shape(item), element_dtype=item.dtype
    )
    return without, None, element
