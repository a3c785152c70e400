"""Small helpers of kernels: errors, texts of shapes, values that stay on the host."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from evergraph.base.errors import InvalidArgumentError


def invalid(message: str) -> InvalidArgumentError:
    """The error of a kernel whose inputs do not fit. The engine adds the node."""
    return InvalidArgumentError(None, None, message)


def text(shape: Sequence[int]) -> str:
    """A shape as TensorFlow's messages print it: ``[2,3]``."""
    return "[" + ",".join(str(int(d)) for d in shape) + "]"


def settle(x: Any) -> Any:
    """`x`, but a NumPy scalar where it is an array of rank 0 (not of strings)."""
    return x[()] if x.ndim == 0 and x.dtype != object else x


def position(shape: Sequence[int], flat: int) -> str:
    """Where the element number `flat` of an array of `shape` stands: ``[1,0]``; '' in a scalar."""
    return text(np.unravel_index(flat, tuple(shape))) if len(shape) else ""
