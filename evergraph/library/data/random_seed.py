"""Seeds of datasets, as tensors."""

from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.api import random_seed as api_random_seed
from evergraph.base import dtypes
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


def get_seed(seed: Any) -> tuple[Tensor, Tensor]:
    """The two seeds of a dataset as int64 tensors; both 0 where neither graph nor dataset has one.

    Args:
      seed: an int, a tensor or None.
    """
    first, second = api_random_seed.get_seed(seed)
    if first is None:
        low = constant(0, dtype=dtypes.int64, name="seed")
    else:
        low = convert_to_tensor(first, dtype=dtypes.int64, name="seed")
    if second is None:
        return low, constant(0, dtype=dtypes.int64, name="seed2")
    with name_scope("seed2") as scope:
        high = convert_to_tensor(second, dtype=dtypes.int64)
        # Two zeros would mean that there is no seed.
        high = array_ops.where(
            math_ops.logical_and(math_ops.equal(low, 0), math_ops.equal(high, 0)),
            constant(2**31 - 1, dtype=dtypes.int64),
            high,
            name=scope,
        )
    return low, high
