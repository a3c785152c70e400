"""Which operations take a tensor."""

import collections
from typing import Any

from evergraph.library.contrib.quantize import common


class InputToOps:
    """The operations of a graph by what they take; what is added later is not seen."""

    def __init__(self, graph: Any) -> None:
        self.mapping: dict[Any, dict[Any, None]] = collections.defaultdict(dict)
        for op in graph.get_operations():
            if not op.name.startswith(common.SKIPPED_PREFIXES):
                for tensor in op.inputs:
                    self.mapping[tensor][op] = None

    def ConsumerOperations(self, producer_op: Any) -> set[Any]:
        """The operations that take any output of another."""
        return {op for tensor in producer_op.outputs for op in self.mapping[tensor]}
