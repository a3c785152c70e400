"""Rows replaced in place in name: tensorflow.python.ops.inplace_ops."""

from typing import Any

from evergraph.api.array_ops import expand_dims, reshape, shape
from evergraph.base import dtypes
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.tensor import Tensor


def _rows(kind: str, x: Any, i: Any, v: Any) -> Tensor:
    x = convert_to_tensor(x)
    v = convert_to_tensor(v, x.dtype)
    if i is None:
        whole = apply_op(kind, reshape(x, [1, -1]), [0], reshape(v, [1, -1]))
        return reshape(whole, shape(x))
    i = convert_to_tensor(i)
    if i.dtype != dtypes.int32:
        i = apply_op("Cast", i, DstT=dtypes.int32)
    if i.dims == ():
        return apply_op(kind, x, reshape(i, [1]), expand_dims(v, 0))
    return apply_op(kind, x, i, v)


def alias_inplace_update(x: Any, i: Any, v: Any) -> Tensor:
    """`x` with its rows `i` (all if None) replaced by `v`."""
    return _rows("InplaceUpdate", x, i, v)


def alias_inplace_add(x: Any, i: Any, v: Any) -> Tensor:
    """`x` with `v` added to its rows `i` (all if None)."""
    return _rows("InplaceAdd", x, i, v)


def alias_inplace_sub(x: Any, i: Any, v: Any) -> Tensor:
    """`x` with `v` subtracted from its rows `i` (all if None)."""
    return _rows("InplaceSub", x, i, v)


def inplace_update(x: Any, i: Any, v: Any) -> Tensor:
    """As `alias_inplace_update`, on a copy of `x`."""
    return alias_inplace_update(apply_op("DeepCopy", x), i, v)


def inplace_add(x: Any, i: Any, v: Any) -> Tensor:
    """As `alias_inplace_add`, on a copy of `x`."""
    return alias_inplace_add(apply_op("DeepCopy", x), i, v)


def inplace_sub(x: Any, i: Any, v: Any) -> Tensor:
    """As `alias_inplace_sub`, on a copy of `x`."""
    return alias_inplace_sub(apply_op("DeepCopy", x), i, v)


def empty(shape: Any, dtype: Any, init: bool = False, name: str | None = None) -> Tensor:
    """A tensor of `shape` with whatever values (zeros if `init`)."""
    return apply_op("Empty", shape, dtype=dtype, init=init, name=name)


def empty_like(x: Any, init: bool | None = None) -> Tensor:
    """A tensor shaped like `x` with whatever values (zeros if `init`)."""
    x = convert_to_tensor(x)
    return apply_op("Empty", shape(x), dtype=x.dtype, init=init)
