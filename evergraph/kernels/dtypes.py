"""TensorFlow's element types as torch's and NumPy's."""

from typing import Any

import numpy as np
import torch

from evergraph.base import dtypes
from evergraph.base.dtypes import DType

_TORCH = {
    dtypes.float16: torch.float16,
    dtypes.float32: torch.float32,
    dtypes.float64: torch.float64,
    dtypes.bfloat16: torch.bfloat16,
    dtypes.int8: torch.int8,
    dtypes.int16: torch.int16,
    dtypes.int32: torch.int32,
    dtypes.int64: torch.int64,
    dtypes.uint8: torch.uint8,
    dtypes.bool: torch.bool,
    dtypes.complex64: torch.complex64,
    dtypes.complex128: torch.complex128,
    dtypes.qint8: torch.int8,
    dtypes.quint8: torch.uint8,
    dtypes.qint16: torch.int16,
    dtypes.qint32: torch.int32,
}

HOST_DTYPES = frozenset(
    [dtypes.string, dtypes.uint16, dtypes.uint32, dtypes.uint64, dtypes.quint16]
)
"""Element types whose values are numpy arrays: torch has no arithmetic for them."""


def torch_dtype(dtype: DType) -> torch.dtype:
    """The torch dtype that holds values of `dtype`. Raises TypeError for those kept on the host."""
    found = _TORCH.get(dtype.base_dtype)
    if found is None:
        raise TypeError(f"{dtype.name} values are not torch tensors")
    return found


def numpy_dtype(dtype: DType) -> Any:
    """The NumPy dtype of arrays handed to and taken from the user."""
    return np.dtype(dtype.base_dtype.as_numpy_dtype)
