"""Lists of tensors as values, TensorFlow's `list_ops`: what TensorArrays are in functions."""

from typing import Any

from evergraph.api.cond import cond
from evergraph.base import dtypes
from evergraph.base.tensor_shape import Dimension, TensorShape
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.tensor import Tensor


def _build_element_shape(shape: Any) -> Any:
    """A shape as the list ops take it: -1 for an unknown rank, -1 inside for an unknown size."""
    if isinstance(shape, Tensor):
        return shape
    if isinstance(shape, TensorShape):
        shape = None if shape.dims is None else shape.as_list()
    if shape is None:
        return -1
    if not shape:
        return convert_to_tensor(shape, dtype=dtypes.int32)
    sizes = (d.value if isinstance(d, Dimension) else d for d in shape)
    return [-1 if d is None else d for d in sizes]


def empty_tensor_list(
    element_shape: Any, element_dtype: Any, max_num_elements: Any = None, name: str | None = None
) -> Tensor:
    """A list without elements, of at most `max_num_elements` later on."""
    return apply_op(
        "EmptyTensorList",
        _build_element_shape(element_shape),
        -1 if max_num_elements is None else max_num_elements,
        element_dtype=element_dtype,
        name=name,
    )


def tensor_list_reserve(
    element_shape: Any, num_elements: Any, element_dtype: Any, name: str | None = None
) -> Tensor:
    """A list of elements that are not written yet."""
    shape = _build_element_shape(element_shape)
    return apply_op(
        "TensorListReserve", shape, num_elements, element_dtype=element_dtype, name=name
    )


def tensor_list_from_tensor(tensor: Any, element_shape: Any, name: str | None = None) -> Tensor:
    """The list of the rows of a tensor."""
    return apply_op("TensorListFromTensor", tensor, _build_element_shape(element_shape), name=name)


def tensor_list_get_item(
    input_handle: Any,
    index: Any,
    element_dtype: Any,
    element_shape: Any = None,
    name: str | None = None,
) -> Tensor:
    """The element at `index`; zeros where none is written."""
    shape = _build_element_shape(element_shape)
    return apply_op(
        "TensorListGetItem", input_handle, index, shape, element_dtype=element_dtype, name=name
    )


def tensor_list_pop_back(input_handle: Any, element_dtype: Any, name: str | None = None) -> Any:
    """The list without its last element, and that element."""
    return apply_op("TensorListPopBack", input_handle, -1, element_dtype=element_dtype, name=name)


def tensor_list_gather(
    input_handle: Any,
    indices: Any,
    element_dtype: Any,
    element_shape: Any = None,
    name: str | None = None,
) -> Tensor:
    """The elements at `indices`, along a new first axis."""
    shape = _build_element_shape(element_shape)
    return apply_op(
        "TensorListGather", input_handle, indices, shape, element_dtype=element_dtype, name=name
    )


def tensor_list_scatter(
    tensor: Any,
    indices: Any,
    element_shape: Any = None,
    input_handle: Any = None,
    name: str | None = None,
) -> Tensor:
    """A list with the rows of `tensor` at `indices`, the other elements those of `input_handle`."""
    if input_handle is not None:
        return apply_op(
            "TensorListScatterIntoExistingList", input_handle, tensor, indices, name=name
        )
    shape = _build_element_shape(element_shape)
    return apply_op("TensorListScatterV2", tensor, indices, shape, -1, name=name)


def tensor_list_stack(
    input_handle: Any,
    element_dtype: Any,
    num_elements: int = -1,
    element_shape: Any = None,
    name: str | None = None,
) -> Tensor:
    """All elements along a new first axis; `num_elements` of them, if that is given."""
    return apply_op(
        "TensorListStack",
        input_handle,
        _build_element_shape(element_shape),
        element_dtype=element_dtype,
        num_elements=num_elements,
        name=name,
    )


def tensor_list_concat(
    input_handle: Any, element_dtype: Any, element_shape: Any = None, name: str | None = None
) -> Tensor:
    """All elements joined along their first axis."""
    return apply_op(
        "TensorListConcatV2",
        input_handle,
        _build_element_shape(element_shape),
        convert_to_tensor([], dtype=dtypes.int64),
        element_dtype=element_dtype,
        name=name,
    )[0]


def tensor_list_split(
    tensor: Any, element_shape: Any, lengths: Any, name: str | None = None
) -> Tensor:
    """The list of pieces of a tensor, cut along its first axis."""
    shape = _build_element_shape(element_shape)
    return apply_op("TensorListSplit", tensor, shape, lengths, name=name)


def tensor_list_set_item(
    input_handle: Any,
    index: Any,
    item: Any,
    resize_if_index_out_of_bounds: bool = False,
    name: str | None = None,
) -> Tensor:
    """The list with another element at `index`; made longer where that is asked for."""
    if resize_if_index_out_of_bounds:
        size = apply_op("TensorListLength", input_handle)
        given = input_handle
        input_handle = cond(
            index >= size,
            lambda: apply_op("TensorListResize", given, index + 1),
            lambda: given,
        )
    return apply_op("TensorListSetItem", input_handle, index, item, name=name)


def tensor_list_length(input_handle: Any, name: str | None = None) -> Tensor:
    """How many elements there are, an int32."""
    return apply_op("TensorListLength", input_handle, name=name)
