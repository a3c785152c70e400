"""Questions about graphs."""

from typing import Any

from evergraph.base.export import export
from evergraph.graph.graph import Graph
from evergraph.graph.tensor import Tensor


@export("contrib.framework.get_placeholders")
def get_placeholders(graph: Any) -> list[Tensor]:
    """The placeholders of a graph. Raises TypeError if it is none."""
    if not isinstance(graph, Graph):
        raise TypeError(f"Input graph needs to be a Graph: {graph}")
    return [op.outputs[0] for op in graph.get_operations() if op.type == "Placeholder"]
