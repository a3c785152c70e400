"""Nodes that call graph functions."""

from collections.abc import Sequence
from typing import Any

from evergraph.graph.apply import apply_op


def symbolic_gradient(
    input: Sequence[Any], Tout: Sequence[Any], f: Any, name: str | None = None
) -> list[Any]:
    """The gradient of the function, or of the op type, that `f` names.

    Args:
      input: its arguments, then the gradients of its results.
      Tout: the types of the arguments' gradients.
      f: the function.
      name: the node's name.
    """
    return apply_op("SymbolicGradient", input, Tout=Tout, f=f, name=name)
