"""Statistics of nodes, such as their number of floating-point operations, by op type."""

from collections.abc import Callable
from typing import Any

from evergraph.proto.framework.node_def_pb2 import NodeDef


class OpStats:
    """A statistic of a node, such as its number of floating-point operations."""

    def __init__(self, statistic_type: str, value: Any = None) -> None:
        self.statistic_type = statistic_type
        self.value = value

    def __iadd__(self, other: "OpStats") -> "OpStats":
        if other.statistic_type != self.statistic_type:
            raise ValueError(
                f"Can't add an OpStat of type {self.statistic_type} to one of "
                f"{other.statistic_type}."
            )
        if self.value is None:
            self.value = other.value
        elif other.value is not None:
            self.value += other.value
        return self


Statistic = Callable[[Any, NodeDef], OpStats]
_statistics: dict[tuple[str, str], Statistic] = {}


class RegisterStatistics:
    """A decorator of the function that computes a statistic of nodes of an op type.

    Raises:
      TypeError: If the arguments are not names.
      KeyError: If the op type has the statistic already.
    """

    def __init__(self, op_type: str, statistic_type: str) -> None:
        for name, value in (("op_type", op_type), ("statistic_type", statistic_type)):
            if not isinstance(value, str):
                raise TypeError(f"{name} must be a string.")
            if "," in value:
                raise TypeError(f"{name} must not contain a comma.")
        self._key = op_type, statistic_type

    def __call__(self, f: Statistic) -> Statistic:
        if self._key in _statistics:
            raise KeyError(f"Registering two statistical functions with name {','.join(self._key)}")
        _statistics[self._key] = f
        return f


def get_stats_for_node_def(graph: Any, node: NodeDef, statistic_type: str) -> OpStats:
    """A node's statistic; its value is None if the op type has no function for it."""
    function = _statistics.get((node.op, statistic_type))
    return function(graph, node) if function else OpStats(statistic_type)
