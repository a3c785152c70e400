"""Windows: raised cosines."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, math_ops
from evergraph.api.cond import cond
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor


@export("signal.hann_window", "contrib.signal.hann_window")
def hann_window(
    window_length: Any, periodic: Any = True, dtype: Any = dtypes.float32, name: str | None = None
) -> Tensor:
    """A Hann window: 0.5 - 0.5 cos. Stands for `tf.signal.hann_window`.

    Args:
      window_length: how many numbers, an int scalar.
      periodic: whether the window is one period (for spectra), or symmetric (for filters).
      dtype: a dtype of floats.
      name: the nodes' scope.

    Raises:
      ValueError: no dtype of floats.
    """
    return _raised_cosine_window(name, "hann_window", window_length, periodic, dtype, 0.5, 0.5)


@export("signal.hamming_window", "contrib.signal.hamming_window")
def hamming_window(
    window_length: Any, periodic: Any = True, dtype: Any = dtypes.float32, name: str | None = None
) -> Tensor:
    """A Hamming window: 0.54 - 0.46 cos. Stands for `tf.signal.hamming_window`; see
    `tf.signal.hann_window`."""
    return _raised_cosine_window(name, "hamming_window", window_length, periodic, dtype, 0.54, 0.46)


def _raised_cosine_window(
    name: str | None, default: str, length: Any, periodic: Any, dtype: Any, a: float, b: float
) -> Tensor:
    if not dtype.is_floating:
        raise ValueError(f"dtype must be a floating point type. Found {dtype}")
    with name_scope(name, default, [length, periodic]):
        length = convert_to_tensor(length, dtype=dtypes.int32, name="window_length")
        length.shape.assert_has_rank(0)
        known = constant_value(length)
        if known == 1:
            return array_ops.ones([1], dtype=dtype)
        periodic = convert_to_tensor(periodic, dtype=dtypes.bool, name="periodic")
        periodic = math_ops.cast(periodic, dtypes.int32)
        periodic.shape.assert_has_rank(0)
        even = 1 - math_ops.mod(length, 2)
        period = math_ops.cast(length + periodic * even - 1, dtype=dtype)
        count = math_ops.cast(math_ops.range(length), dtype)
        angle = constant(2 * np.pi, dtype=dtype) * count / period

        def window() -> Tensor:
            return math_ops.cast(a - b * math_ops.cos(angle), dtype=dtype)

        if known is not None:
            return window()
        # The period of a window of one number is 0.
        is_one = math_ops.equal(length, 1)
        return cond(is_one, lambda: array_ops.ones([1], dtype=dtype), window)
