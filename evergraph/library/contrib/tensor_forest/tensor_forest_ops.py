"""Ops of random forests on features."""

from typing import Any

from evergraph.graph.apply import apply_op
from evergraph.graph.tensor import Tensor


def reinterpret_string_to_float(input_data: Any, name: str | None = None) -> Tensor:
    """A number for each text, the same for the same text; good for comparing only."""
    return apply_op("ReinterpretStringToFloat", input_data, name=name)
