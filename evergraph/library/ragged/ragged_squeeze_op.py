"""tf.squeeze for ragged tensors."""

from typing import Any

from evergraph.api import array_ops, control_flow_ops, math_ops
from evergraph.base import dtypes
from evergraph.graph.constant import constant
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.ragged import ragged_util
from evergraph.library.ragged.ragged_tensor import (
    RaggedTensor,
    convert_to_tensor_or_ragged_tensor,
)


def squeeze(input: Any, axis: Any = None, name: str | None = None) -> Any:
    """`input`, ragged or not, without axes of size 1; for a ragged one `axis` says which.

    Raises:
      ValueError: `axis` is not given for a ragged tensor.
      TypeError: it is no list of whole numbers.
    """
    with name_scope(name, "RaggedSqueeze", [input]):
        input = convert_to_tensor_or_ragged_tensor(input)
        if isinstance(input, Tensor):
            return array_ops.squeeze(input, axis, name)
        if axis is None:
            raise ValueError("Ragged.squeeze must have an axis argument.")
        axes = [axis] if isinstance(axis, int) else axis
        if not isinstance(axes, (list, tuple)) or not all(isinstance(d, int) for d in axes):
            raise TypeError("Axis must be a list or tuple of integers.")
        axes = [ragged_util.get_positive_axis(d, input.shape.ndims) for d in axes]
        rank = input.ragged_rank
        dense = [d - rank for d in axes if d > rank]
        ragged = [d for d in axes if d <= rank]
        values = control_flow_ops.with_dependencies(_checks(input, ragged), input.flat_values)
        if dense:
            values = array_ops.squeeze(values, dense)
        splits = [s for i, s in enumerate(input.nested_row_splits) if i + 1 not in ragged]
        if splits and 0 in ragged:
            splits.pop(0)
        squeezed = RaggedTensor.from_nested_row_splits(values, splits)
        if set(range(rank + 1)) <= set(ragged):
            squeezed = array_ops.squeeze(squeezed, [0], name)
        return squeezed


def _checks(input: RaggedTensor, axes: list[int]) -> list[Any]:
    found = []
    one = constant(1, dtype=input.row_splits.dtype)
    for i, lengths in enumerate(input.nested_row_lengths()):
        if i + 1 in axes:
            all_one = math_ops.reduce_all(math_ops.equal(lengths, one))
            text = f"the given axis (axis = {i + 1}) is not squeezable!"
            found.append(control_flow_ops.Assert(all_one, [text]))
    if 0 in axes:
        two = constant(2, dtype=dtypes.int32)
        one_row = math_ops.equal(array_ops.size(input.row_splits), two)
        text = "the given axis (axis = 0) is not squeezable!"
        found.append(control_flow_ops.Assert(one_row, [text]))
    return found
