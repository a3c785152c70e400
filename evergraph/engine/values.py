"""Values at run time: torch tensors and NumPy values, and the ways between them and the user's
arrays."""

import warnings
from typing import Any

import ml_dtypes
import numpy as np
import torch

from evergraph.base import dtypes
from evergraph.base.dtypes import DType
from evergraph.graph.static_value import to_host
from evergraph.kernels.dtypes import HOST_DTYPES

# A fed array that is read-only is only ever read.
warnings.filterwarnings("ignore", message="The given NumPy array is not writable")

OBJECT_DTYPES = frozenset([dtypes.resource, dtypes.variant])

_BIT_TWINS = {np.dtype(ml_dtypes.bfloat16): (np.int16, torch.bfloat16)}


def on_host(dtype: DType) -> bool:
    """Whether values of this type are always NumPy arrays."""
    return dtype.base_dtype in HOST_DTYPES


def from_array(array: np.ndarray) -> torch.Tensor:
    """A torch tensor that shares memory with an array where it can."""
    twin = _BIT_TWINS.get(array.dtype)
    if twin is not None:
        return from_array(array.view(twin[0])).view(twin[1])
    if array.dtype.fields is not None:  # the quantized types are structs of one number
        array = array[array.dtype.names[0]]  # type: ignore[index]
    try:
        return torch.from_numpy(array)
    except (ValueError, TypeError):
        return torch.from_numpy(np.ascontiguousarray(array))


def to_torch(value: Any) -> torch.Tensor:
    """A run-time value as a torch tensor."""
    if isinstance(value, torch.Tensor):
        return value
    return from_array(np.asarray(value))


def to_array(value: Any) -> Any:
    """A run-time value as a NumPy array (rank 0: a NumPy scalar), sharing memory where it can."""
    if not isinstance(value, torch.Tensor):
        return value
    if value.is_cuda:
        value = value.cpu()
    if value.dtype is torch.bfloat16:
        array = value.contiguous().view(torch.int16).numpy().view(ml_dtypes.bfloat16)
    else:
        if value.is_conj() or value.is_neg():
            value = value.resolve_conj().resolve_neg()
        array = value.numpy()
    return array[()] if array.ndim == 0 else array


def to_numbers(value: Any) -> Any:
    """A run-time value as a host input: Python numbers in nested tuples."""
    return to_host(value)


def default_value(array: np.ndarray, dtype: DType) -> Any:
    """An array as the run-time value that a kernel expects where nothing else is decided."""
    return array if on_host(dtype) else from_array(np.array(array))


def check_number(value: Any, dtype: DType) -> None:
    """Raises where a Python whole number does not survive the conversion to `dtype`."""
    if isinstance(value, int) and not isinstance(value, bool):
        converted = dtype.as_numpy_dtype(value)
        if converted != value:
            raise TypeError(
                f"Type of feed value {value} with type {type(value)} is not compatible with Tensor "
                f"type {dtype.as_numpy_dtype}. Try explicitly setting the type of the feed tensor "
                "to a "
                "larger type (e.g. int64)."
            )
