"""Arguments of datasets as tensors."""

from typing import Any

from evergraph.base import dtypes
from evergraph.base.tensor_shape import as_shape
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.tensor import Tensor


def optional_param_to_tensor(
    argument_name: str,
    argument_value: Any,
    argument_default: Any = 0,
    argument_dtype: Any = dtypes.int64,
) -> Tensor:
    """An argument as a tensor; None is the default."""
    if argument_value is None:
        return constant(argument_default, dtype=argument_dtype, name=argument_name)
    return convert_to_tensor(argument_value, dtype=argument_dtype, name=argument_name)


def partial_shape_to_tensor(shape_like: Any) -> Tensor:
    """A shape, or a tensor with one, as an int64 vector; unknown sizes are -1.

    Raises:
      ValueError: the tensor is no vector.
      TypeError: it is not of int64.
    """
    try:
        sizes = as_shape(shape_like).as_list()
        return convert_to_tensor([-1 if d is None else d for d in sizes], dtype=dtypes.int64)
    except (TypeError, ValueError):
        found = convert_to_tensor(shape_like, preferred_dtype=dtypes.int64)
    if found.dims is not None and len(found.dims) != 1:
        raise ValueError(
            f"The given shape {shape_like} must be a 1-D tensor of tf.int64 values, but the shape "
            f"was {found.shape}."
        )
    if found.dtype != dtypes.int64:
        raise TypeError(
            f"The given shape {shape_like} must be a 1-D tensor of tf.int64 values, but the "
            f"element type was {found.dtype.name}."
        )
    return found
