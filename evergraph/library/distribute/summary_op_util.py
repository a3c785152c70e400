"""Summaries of replicas: the first one's are kept."""

from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor
from evergraph.library.distribute.distribution_strategy_context import get_replica_context


def skip_summary() -> bool:
    """Whether this is a replica after the first one."""
    context = get_replica_context()
    if not context:
        return False
    number = context.replica_id_in_sync_group
    if isinstance(number, Tensor):
        number = constant_value(number)
    return bool(number)
