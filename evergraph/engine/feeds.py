"""Feeds: the user's arrays, checked and handed to a plan without copying where possible."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from evergraph.api.session_ops import TensorHandle
from evergraph.base import dtypes
from evergraph.base.compat import as_bytes
from evergraph.engine import values
from evergraph.graph.tensor import Tensor
from evergraph.kernels.session_store import store_of

Converter = Callable[[Any], Any]

_as_bytes = np.frompyfunc(lambda v: v if isinstance(v, bytes) else as_bytes(v), 1, 1)


def _check_type(tensor: Tensor, value: Any) -> None:
    if isinstance(value, Tensor):
        raise TypeError(
            "The value of a feed cannot be a tf.Tensor object. Acceptable feed values include "
            "Python "
            "scalars, strings, lists, numpy ndarrays, or TensorHandles. For reference, the tensor "
            f"object was {value} which was passed to the feed with key {tensor}."
        )
    if isinstance(value, int) and not isinstance(value, bool):
        dtype = tensor._dtype.as_numpy_dtype
        try:
            fits = dtype is not object and dtype(value) == value
        except OverflowError:
            fits = False
        if not fits:
            raise TypeError(
                f"Type of feed value {value} with type {type(value)} is not compatible with Tensor "
                "type "
                f"{dtype}. Try explicitly setting the type of the feed tensor to a larger type "
                "(e.g. "
                "int64)."
            )


def _as_array(tensor: Tensor, value: Any) -> np.ndarray:
    """Any feed value as an array of the tensor's type."""
    _check_type(tensor, value)
    if isinstance(value, TensorHandle):
        holder = tensor._op._graph._handle_feeders.get(tensor._op.name)
        value = value.handle if holder else store_of(value._session._state).get(value.handle)
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    dtype = tensor._dtype.base_dtype
    try:
        array = np.asarray(value, dtype=dtype.as_numpy_dtype)
    except OverflowError:
        # Whole numbers in lists wrapped around before NumPy 2.
        array = np.asarray(value).astype(dtype.as_numpy_dtype)
    if dtype is dtypes.string and {*map(type, array.reshape(-1).tolist())} != {bytes}:
        array = np.asarray(_as_bytes(array), dtype=object)
    return array


def _raise_shape(tensor: Tensor, shape: tuple[int, ...]) -> None:
    raise ValueError(
        f"Cannot feed value of shape {tuple(shape)!r} for Tensor {tensor.name!r}, which has shape "
        f"'{tensor.get_shape()}'"
    )


def converter(tensor: Tensor, place: str) -> Converter:
    """The function that makes a run-time value of what is fed for `tensor`.

    It raises ValueError for a wrong shape and TypeError or ValueError for what is no array of the
    type.
    """
    if place == "object":
        return lambda value: value
    dims = tensor.dims
    known = None if dims is None else [(i, d) for i, d in enumerate(dims) if d is not None]
    rank = None if dims is None else len(dims)
    wanted = np.dtype(tensor._dtype.base_dtype.as_numpy_dtype)
    exact = wanted if wanted != np.dtype(object) else None
    finish: Converter = values.from_array
    if place == "numpy":
        # Numbers are NumPy scalars there; strings stay arrays, for `bytes` have no shape.
        finish = (lambda a: a[()]) if dims == () and exact is not None else (lambda a: a)

    def convert(value: Any) -> Any:
        if type(value) is np.ndarray and value.dtype == exact:
            array = value
        else:
            array = _as_array(tensor, value)
        if known is not None:
            shape = array.shape
            if len(shape) != rank:
                _raise_shape(tensor, shape)
            for i, d in known:
                if shape[i] != d:
                    _raise_shape(tensor, shape)
        return finish(array)

    return convert
