"""Ops of random forests on features."""

from typing import Any

from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor

_PATH = "contrib.tensor_forest.tensor_forest_ops"


@export(f"{_PATH}.reinterpret_string_to_float")
def reinterpret_string_to_float(input_data: Any, name: str | None = None) -> Tensor:
    """A number for each text, the same for the same text; good for comparing only."""
    return apply_op("ReinterpretStringToFloat", input_data, name=name)


@export(f"{_PATH}.scatter_add_ndim")
def scatter_add_ndim(input: Any, indices: Any, deltas: Any, name: str | None = None) -> Operation:
    """Adds rows of `deltas` to the parts of a ref variable that rows of `indices` name."""
    found: Operation = apply_op("ScatterAddNdim", input, indices, deltas, name=name)
    return found
