"""What the ops of lists of tensors have in common: their arguments, and what is known of elements.

A shape rule notes what is known of the elements on the list's tensor, for the rules of those who
take it.
"""

from typing import Any

from evergraph.base import dtypes
from evergraph.base.dtypes import DType
from evergraph.graph.apply import apply_op
from evergraph.graph.handles import Elements, elements_of
from evergraph.graph.op_summary import type_name
from evergraph.graph.registry import ShapeError
from evergraph.graph.tensor import Tensor
from evergraph.kernels.tensor_array import compatible, refuse
from evergraph.kernels.tensor_array import shape_text as text
from evergraph.kernels.tensor_list import TensorList
from evergraph.ops.shape_rules import Dims

TYPE = "element_dtype: type"
TYPES = f"{TYPE}; shape_type: int32 | int64"
SHAPE = ["element_shape"]
READING = "Trying to read from list with wrong element dtype. List has type "


def list_of(value: Any) -> TensorList:
    """The list that a variant is."""
    if not isinstance(value, TensorList):
        refuse(f"Input handle is not a list. Saw: '{value}'")
    return value


def given_dims(shape: Any) -> Dims:
    """A shape given as numbers: -1 for an unknown rank, -1 inside for an unknown size."""
    if isinstance(shape, int):
        if shape != -1:
            refuse("The only valid scalar shape tensor is the fully unknown shape specified as -1.")
        return None
    return tuple(None if d < 0 else d for d in shape)


def static_dims(node: Any, index: int) -> Dims:
    """What is known, while building, of a shape that a node is given as numbers."""
    return None if node.inputs[index].dims == () else node.static_dims(index)


def note(node: Any, dims: Dims, dtype: DType) -> None:
    """Notes what is known of the elements of the list that a node makes."""
    node.outputs[0]._handle_data = Elements(dims, dtype)


def known(node: Any, complaint: str, ending: str = "") -> Dims:
    """What is known of the elements of the list that a node takes; their type must fit."""
    found, dtype = elements_of(node.inputs[0]), node.attr("element_dtype")
    if found is None:
        return None
    if found.dtype != dtype:
        raise ShapeError(f"{complaint}{type_name(found.dtype)}{ending}{type_name(dtype)}")
    return found.dims


def known_of_list(node: Any) -> Dims:
    """As `known`, in the words of the ops that came later."""
    found, dtype = elements_of(node.inputs[0]), node.attr("element_dtype")
    if found is not None and found.dtype != dtype:
        raise ShapeError(
            f"Expected list with element dtype {type_name(dtype)} but got list with element dtype "
            f"{type_name(found.dtype)}"
        )
    return None if found is None else found.dims


def at_least_vector(tensor: Any) -> None:
    """Checks that a tensor has rows."""
    if not tensor.shape:
        refuse("Tensor must be at least a vector, but saw shape: []")


def check_rows(tensor: Any, dims: Dims) -> None:
    """Checks that the rows of a tensor can be elements of such shape."""
    at_least_vector(tensor)
    row = tuple(tensor.shape[1:])
    if not compatible(dims, row):
        refuse(f"Specified a list with shape {text(dims)} from a tensor with shape {text(row)}")


def shape_of_elements(handle: Tensor) -> Tensor:
    """The node that tells the shape of a list's elements."""
    return apply_op("TensorListElementShape", handle, shape_type=dtypes.int32)


def note_push(node: Any) -> None:
    """Notes the elements of a list that a node adds elements to."""
    complaint = "Trying to push to list with wrong element dtype. List has type "
    dims = known(node, complaint, " but trying to push element with type ")
    note(node, dims, node.attr("element_dtype"))
