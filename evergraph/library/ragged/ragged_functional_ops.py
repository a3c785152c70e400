"""Functions of the innermost values of ragged tensors."""

from collections.abc import Callable
from typing import Any

from evergraph.base.export import export
from evergraph.graph.defaults import control_dependencies
from evergraph.library.ragged import ragged_util
from evergraph.library.ragged.ragged_tensor import (
    RaggedTensor,
    convert_to_tensor_or_ragged_tensor,
    is_ragged,
)


@export("ragged.map_flat_values")
def map_flat_values(op: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`op` of the innermost values of all ragged arguments, as a ragged tensor of the same rows.
    Stands for
    `tf.ragged.map_flat_values`.

    Args:
      op: a function that keeps the number of rows.
      *args, **kwargs: its arguments; ragged tensors in them have the same row splits.

    Raises:
      ValueError: the ragged ranks or the types of row splits differ.
    """
    nested_splits: list[Any] = []
    flat_args = _flat(args, nested_splits)
    flat_kwargs = _flat(kwargs, nested_splits)
    if not nested_splits:
        return op(*args, **kwargs)
    if len({splits[0].dtype for splits in nested_splits}) > 1:
        raise ValueError(
            "Input RaggedTensors have mismatched row_splits dtypes; use "
            "RaggedTensor.with_row_splits_dtype() to convert them to compatible dtypes."
        )
    with control_dependencies(ragged_util.assert_splits_match(nested_splits)):
        values = op(*flat_args, **flat_kwargs)
        return RaggedTensor.from_nested_row_splits(values, nested_splits[0], validate=False)


def _flat(value: Any, nested_splits: list[Any]) -> Any:
    """`value` with the flat values of ragged tensors in their places; their splits are
    collected."""
    if is_ragged(value):
        value = convert_to_tensor_or_ragged_tensor(value)
        nested_splits.append(value.nested_row_splits)
        return value.flat_values
    if isinstance(value, (list, tuple)):
        return type(value)([_flat(v, nested_splits) for v in value])
    if isinstance(value, dict):
        return {k: _flat(v, nested_splits) for k, v in value.items()}
    return value
