"""Ragged tensors as variants, so that datasets can hold them: RaggedTensorToVariant,
RaggedTensorFromVariant."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from evergraph.graph.registry import op
from evergraph.kernels.dtypes import numpy_dtype
from evergraph.kernels.host import invalid
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

to_variant_op = op(
    "RaggedTensorToVariant(rt_nested_splits: RAGGED_RANK * Tsplits, "
    "rt_dense_values: Tvalues) -> encoded_ragged: variant",
    "RAGGED_RANK: int >= 1; Tvalues: type; Tsplits: int32 | int64; batched_input: bool",
)
from_variant_op = op(
    "RaggedTensorFromVariant(encoded_ragged: variant) -> output_nested_splits: "
    "output_ragged_rank * Tsplits, output_dense_values: Tvalues",
    "input_ragged_rank: int >= -1; output_ragged_rank: int >= 1; Tvalues: type; "
    "Tsplits: int32 | int64",
)


class _Parts(NamedTuple):
    """A ragged tensor: the splits of its ragged axes from the outside in, and its values."""

    splits: tuple[Any, ...]
    values: Any

    # As an element of a tensor it is a scalar.
    @property
    def shape(self) -> tuple[int, ...]:
        return ()

    @property
    def rows(self) -> int:
        return len(self.splits[0]) - 1 if self.splits else len(self.values)

    def between(self, start: int, stop: int) -> "_Parts":
        """Some of the rows."""
        cut = []
        for splits in self.splits:
            part = splits[start : stop + 1]
            cut.append(part - part[:1])
            start, stop = int(part[0]), int(part[-1])
        return _Parts(tuple(cut), self.values[start:stop])


@to_variant_op.shape
def to_variant_shape(node: Any) -> Dims:
    shape_rules.at_least_rank(node.inputs[-1].dims, 1)
    if not node.attr("batched_input"):
        return ()
    dims = shape_rules.with_rank(node.inputs[0].dims, 1)
    return (None if dims is None or dims[0] is None else dims[0] - 1,)


@to_variant_op.numpy
def to_variant_kernel(splits: list[Any], values: Any, *, batched_input: bool) -> Any:
    whole = _Parts(tuple(splits), values)
    if not batched_input:
        return whole
    outer, inner = splits[0].tolist(), _Parts(tuple(splits[1:]), values)
    rows = np.empty(len(outer) - 1, object)
    for i in range(len(rows)):
        rows[i] = inner.between(outer[i], outer[i + 1])
    return rows


@from_variant_op.shape
def from_variant_shape(node: Any) -> list[Dims]:
    return [(None,)] * node.attr("output_ragged_rank") + [None]


def _joined(parts: Sequence[_Parts], rank: int, split_dtype: Any, value_dtype: Any) -> _Parts:
    """Ragged tensors of a rank as the rows of one."""
    if not parts:
        none = tuple(np.zeros(1, split_dtype) for _ in range(rank + 1))
        return _Parts(none, np.zeros(0, value_dtype))
    outer = np.cumsum([0, *(p.rows for p in parts)]).astype(split_dtype)
    inner = []
    for axis in range(rank):
        found, at = [np.zeros(1, split_dtype)], 0
        for p in parts:
            found.append(p.splits[axis][1:] + at)
            at += int(p.splits[axis][-1])
        inner.append(np.concatenate(found).astype(split_dtype))
    return _Parts((outer, *inner), np.concatenate([p.values for p in parts]))


@from_variant_op.numpy
def from_variant_kernel(
    encoded: Any, *, input_ragged_rank: int, output_ragged_rank: int, Tvalues: Any, Tsplits: Any
) -> Any:
    array = encoded if isinstance(encoded, np.ndarray) else None
    axes = 0 if array is None else array.ndim
    rank = output_ragged_rank - axes if input_ragged_rank == -1 else input_ragged_rank
    if rank < 0 or rank + axes != output_ragged_rank:
        raise invalid(
            f"output_ragged_rank must be equal to input_ragged_rank + encoded_ragged.dims(); "
            f"output_ragged_rank: {output_ragged_rank}, input_ragged_rank: {input_ragged_rank}, "
            f"encoded_ragged.dims(): {axes}."
        )
    whole = encoded
    if array is not None:
        kinds = numpy_dtype(Tsplits), numpy_dtype(Tvalues)
        found: list[Any] = array.reshape(-1).tolist()
        for axis in range(axes):
            size = array.shape[axes - 1 - axis]
            rows = [found[i : i + size] for i in range(0, len(found), size or 1)] or [[]]
            found = [_joined(row, rank + axis, *kinds) for row in rows]
        (whole,) = found
    if not isinstance(whole, _Parts) or len(whole.splits) != output_ragged_rank:
        raise invalid("The variant does not hold a ragged tensor of this rank.")
    return (*whole.splits, whole.values)
