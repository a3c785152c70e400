"""Graph-level and op-level random seeds."""

from evergraph.base.export import export
from evergraph.graph.graph import get_default_graph

DEFAULT_GRAPH_SEED = 87654321
_MAXINT32 = 2**31 - 1


def _truncate_seed(seed: int) -> int:
    return seed % _MAXINT32


@export("get_seed", "random.get_seed")
def get_seed(op_seed: int | None) -> tuple[int | None, int | None]:
    """The two seeds of an op, from its own seed and the default graph's.

    With neither seed both are None, and the op is different each time. An op without a seed of
    its own in a graph that has one takes the number of the graph's nodes so far. Stands for
    `tf.random.get_seed`.
    """
    graph = get_default_graph()
    if graph.runs_at_once and op_seed is None and graph.seed is not None:
        op_seed = graph._next_op_seed()  # type: ignore[attr-defined]
    if graph.seed is None and op_seed is None:
        return None, None
    graph_seed = DEFAULT_GRAPH_SEED if graph.seed is None else graph.seed
    op_seed = graph._last_id if op_seed is None else op_seed
    seeds = _truncate_seed(graph_seed), _truncate_seed(op_seed)
    # Kernels read (0, 0) as no seed at all.
    return (0, _MAXINT32) if seeds == (0, 0) else seeds


@export("set_random_seed", "random.set_random_seed")
def set_random_seed(seed: int | None) -> None:
    """Set the default graph's random seed; None takes it away. Stands for `tf.set_random_seed`."""
    get_default_graph().seed = seed
