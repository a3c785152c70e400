"""IndexedSlices where a tensor is asked for."""

import warnings
from typing import Any

import numpy as np

from evergraph.api import math_ops
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.conversion import register_tensor_conversion_function
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor

# From this many elements on, the user is warned.
_LARGE_SPARSE_NUM_ELEMENTS = 100000000


def indexed_slices_to_tensor(
    value: IndexedSlices, dtype: Any = None, name: str | None = None, as_ref: bool = False
) -> Tensor:
    """The dense tensor that IndexedSlices stand for.

    Raises:
      ValueError: they are not of `dtype`, or have no `dense_shape`.
    """
    if dtype and not dtype.is_compatible_with(value.dtype):
        raise ValueError(
            f"Tensor conversion requested dtype {dtype.name} for IndexedSlices with dtype "
            f"{value.dtype.name}"
        )
    if value.dense_shape is None:
        raise ValueError(
            f"Tensor conversion requested for IndexedSlices without dense_shape: {value}"
        )
    shape = constant_value(value.dense_shape)
    if shape is None:
        warnings.warn(
            "Converting sparse IndexedSlices to a dense Tensor of unknown shape. This may consume "
            "a "
            "large amount of memory.",
            stacklevel=2,
        )
    elif np.prod(shape) >= _LARGE_SPARSE_NUM_ELEMENTS:
        warnings.warn(
            f"Converting sparse IndexedSlices to a dense Tensor with {np.prod(shape)} elements. "
            "This "
            "may consume a large amount of memory.",
            stacklevel=2,
        )
    return math_ops.unsorted_segment_sum(
        value.values, value.indices, value.dense_shape[0], name=name
    )


register_tensor_conversion_function(IndexedSlices, indexed_slices_to_tensor)
