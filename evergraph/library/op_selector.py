"""Walks through graphs that may be kept to what has gradients; the names of TensorFlow's
`op_selector`."""

from typing import Any

from evergraph.graph.gradient_registry import get_gradient_function
from evergraph.graph.operation import Operation
from evergraph.library.contrib.graph_editor.select import backward_walk
from evergraph.library.contrib.graph_editor.util import (
    check_graphs,
    concatenate_unique,
    get_consuming_ops,
    get_generating_ops,
    get_tensors,
    get_unique_graph,
    is_iterable,
    make_list_of_op,
    make_list_of_t,
)
from evergraph.library.eager.lift_to_graph import UnliftableError

__all__ = [
    "UnliftableError",
    "check_graphs",
    "concatenate_unique",
    "get_backward_walk_ops",
    "get_consuming_ops",
    "get_generating_ops",
    "get_tensors",
    "get_unique_graph",
    "graph_inputs",
    "is_differentiable",
    "is_iterable",
    "make_list_of_op",
    "make_list_of_t",
]


def is_differentiable(op: Operation) -> bool:
    """Whether nodes of this type have gradients."""
    try:
        return get_gradient_function(op) is not None
    except LookupError:
        return False


def get_backward_walk_ops(
    seed_ops: Any,
    inclusive: bool = True,
    within_ops: Any = None,
    within_ops_fn: Any = None,
    stop_at_ts: Any = (),
    control_inputs: bool = False,
    only_differentiable: bool = False,
) -> list[Operation]:
    """All nodes that lead to seeds.

    Args:
      seed_ops: nodes, or tensors, whose nodes then are the seeds.
      inclusive: whether the seeds are among the result.
      within_ops: nodes that the walk is kept to; default: all.
      within_ops_fn: a function that says of a node whether the walk may go there.
      stop_at_ts: tensors that the walk does not go beyond.
      control_inputs: whether to follow what nodes wait for, too.
      only_differentiable: whether to go on from nodes with gradients only, and from one node to
        the next by its inputs only.

    Raises:
      TypeError: `seed_ops` or `within_ops` has something else than nodes.
    """
    return backward_walk(
        seed_ops,
        inclusive,
        within_ops,
        within_ops_fn,
        stop_at_ts,
        control_inputs and not only_differentiable,
        goes_on=is_differentiable if only_differentiable else None,
    )


def graph_inputs(op: Operation) -> list[Operation]:
    """The nodes that one needs: by its inputs, then those that it waits for."""
    return [x.op for x in op.inputs] + list(op.control_inputs)
