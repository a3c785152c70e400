"""What loops over rows of tensors have in common: those of `map_fn`, `foldl`, `foldr`, `scan`."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from evergraph.api import array_ops
from evergraph.api import variable_scope as vs
from evergraph.api.tensor_array_ops import TensorArray
from evergraph.base import nest
from evergraph.base.tensor_shape import Dimension, TensorShape, dimension_value
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.tensor import Tensor


class Structure:
    """How a function's argument or result is made of tensors: as an example is, or of one alone."""

    def __init__(self, like: Any) -> None:
        self.like = like
        self._nested = nest.is_sequence(like)

    def flatten(self, value: Any) -> list[Any]:
        return nest.flatten(value) if self._nested else [value]

    def pack(self, flat: Sequence[Any]) -> Any:
        return nest.pack_sequence_as(self.like, flat) if self._nested else flat[0]


def check_callable(fn: Any) -> None:
    """Raises TypeError unless `fn` can be called."""
    if not callable(fn):
        raise TypeError("fn must be callable.")


@contextlib.contextmanager
def reads_kept_on_device() -> Iterator[None]:
    """Variables made in the block are read once for all steps, where they are used."""
    scope = vs.get_variable_scope()
    if scope.caching_device is not None:
        yield
        return
    scope.set_caching_device(lambda op: op.device)
    try:
        yield
    finally:
        scope.set_caching_device(None)


def as_tensors(flat: Sequence[Any]) -> list[Tensor]:
    return [convert_to_tensor(x, name="elem") for x in flat]


def count_of_rows(x: Tensor) -> Any:
    """How many rows there are: an int if that is known, and not zero."""
    return dimension_value(x.shape[0]) or array_ops.shape(x)[0]


def rows_of(x: Any, count: Any, **kwargs: Any) -> TensorArray:
    """An array of the rows of `x`, to be filled by `unstack`."""
    return TensorArray(x.dtype, size=count, dynamic_size=False, infer_shape=True, **kwargs)


def stacked(arrays: Sequence[TensorArray], elems: Sequence[Tensor]) -> list[Tensor]:
    """The arrays as tensors, of as many rows as `elems` are known to have."""
    results = [array.stack() for array in arrays]
    count, *others = (Dimension(dimension_value(x.shape.with_rank_at_least(1)[0])) for x in elems)
    for other in others:
        count.assert_is_compatible_with(other)
    for result in results:
        result.set_shape(TensorShape([count]).concatenate(result.shape[1:]))
    return results
