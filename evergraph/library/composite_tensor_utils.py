"""`tensorflow.python.framework.composite_tensor_utils`: rows of composite tensors put together."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, sparse_ops
from evergraph.graph.composite import CompositeTensor, SparseTensor, SparseTensorValue


def _is_ragged(value: Any) -> bool:
    """Whether a value is a RaggedTensor or a RaggedTensorValue."""
    return hasattr(value, "row_splits")


def is_composite_or_composite_value(tensor: Any) -> bool:
    """Whether `tensor` is a sparse, ragged or otherwise composite tensor, or the value of one."""
    return isinstance(tensor, CompositeTensor | SparseTensorValue) or _is_ragged(tensor)


def get_shape(tensor: Any) -> Any:
    """The shape of a composite tensor or of the value of one."""
    return tensor.dense_shape if isinstance(tensor, SparseTensorValue) else tensor.shape


def append_composite_tensor(target: Any, to_append: Any) -> Any:
    """The rows of `target` and after them those of `to_append`, both of the same type.

    Raises:
      RuntimeError: If they are of different types, inner shapes, or no composite tensors.
    """
    if type(target) is not type(to_append):
        raise RuntimeError(f"Unable to concatenate {type(target)} and {type(to_append)}")
    if isinstance(target, SparseTensor):
        return sparse_ops.sparse_concat(sp_inputs=[target, to_append], axis=0)
    if isinstance(target, SparseTensorValue):
        return _append_sparse_tensor_value(target, to_append)
    if _is_ragged(target):
        append = _append_ragged if isinstance(target, CompositeTensor) else _append_ragged_value
        return append(target, to_append)
    raise RuntimeError(f"Attempted to concatenate unsupported object {type(target)}.")


def _append_sparse_tensor_value(
    target: SparseTensorValue, to_append: SparseTensorValue
) -> SparseTensorValue:
    """The rows of two SparseTensorValues; there are as many as the last index needs."""
    shape, other = tuple(target.dense_shape), tuple(to_append.dense_shape)
    unable = f"Unable to concatenate {target} and {to_append}. The inner dense shapes do not "
    if len(shape) != len(other):
        raise RuntimeError(f"{unable}have the same number of dimensions ({shape} vs {other})")
    if shape[1:] != other[1:]:
        raise RuntimeError(f"{unable}match inner dimensions ({shape[1:]} vs {other[1:]})")
    moved = np.array(to_append.indices)
    moved[:, 0] += shape[0]
    rows = max([shape[0], *moved[:, 0]]) + 1
    return SparseTensorValue(
        indices=np.append(target.indices, moved, axis=0),
        values=np.concatenate((target.values, to_append.values), axis=0),
        dense_shape=(rows, *shape[1:]),
    )


def _append_ragged_value(target: Any, to_append: Any) -> Any:
    """The rows of two RaggedTensorValues."""
    if len(target.shape) != len(to_append.shape) or target.shape[1:] != to_append.shape[1:]:
        raise RuntimeError(f"Unable to concatenate {target} and {to_append}")
    splits = np.append(target.row_splits, to_append.row_splits[1:] + target.row_splits[-1])
    if _is_ragged(target.values):
        values = _append_ragged_value(target.values, to_append.values)
    else:
        values = np.concatenate((target.values, to_append.values), axis=0)
    return type(target)(values, splits)


def _append_ragged(target: Any, to_append: Any) -> Any:
    """The rows of two RaggedTensors."""
    if _is_ragged(target.values):
        values = _append_ragged(target.values, to_append.values)
    else:
        values = array_ops.concat([target.values, to_append.values], axis=0)
    moved = to_append.row_splits[1:] + target.row_splits[-1]
    splits = array_ops.concat([target.row_splits, moved], axis=0)
    return type(target).from_row_splits(values, splits)
