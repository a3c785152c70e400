"""What is asked of the arguments of integrators."""

from contextlib import AbstractContextManager
from typing import Any

from evergraph.api import math_ops
from evergraph.api.assertion import Assert
from evergraph.graph.defaults import control_dependencies
from evergraph.graph.tensor import Tensor


def increasing(t: Tensor) -> AbstractContextManager[None]:
    """A context whose nodes run where the times go up."""
    message = "`t` must be monotonic increasing"
    return control_dependencies([Assert(math_ops.reduce_all(t[1:] > t[:-1]), [message])])


def check_types(y0: Tensor, t: Tensor, dt: Tensor | None = None) -> None:
    if not (y0.dtype.is_floating or y0.dtype.is_complex):
        raise TypeError("`y0` must have a floating point or complex floating point dtype")
    if not t.dtype.is_floating:
        raise TypeError("`t` must have a floating point dtype")
    if dt is not None and not dt.dtype.is_floating:
        raise TypeError("`dt` must have a floating point dtype")


def check_sizes(t: Tensor, dt: Tensor) -> None:
    shapes: list[Any] = [t.get_shape(), dt.get_shape()]
    for shape in shapes:
        if len(shape.as_list()) > 1:
            raise ValueError("t must be a 1D tensor")
    if shapes[0][0] != shapes[1][0] + 1:
        raise ValueError("t and dt have incompatible lengths, must be N and N-1")
