"""Walks over the nodes of a dataset."""

from collections import deque
from typing import Any

from evergraph.base import dtypes
from evergraph.graph.operation import Operation


def obtain_all_variant_tensor_ops(dataset: Any) -> list[Operation]:
    """The nodes that a dataset hangs on and that give a variant first, the nearest first."""
    waiting = deque([dataset._variant_tensor.op])
    seen: dict[Operation, None] = {}
    while waiting:
        op = waiting.popleft()
        if op not in seen:
            seen[op] = None
            waiting.extend(t.op for t in op.inputs if t.op not in seen)
    return [op for op in seen if op.outputs and op.outputs[0].dtype == dtypes.variant]
