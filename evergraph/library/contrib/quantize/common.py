"""What rewriting graphs for quantization takes."""

import re
from collections.abc import Iterable
from typing import Any

from evergraph.api import array_ops, init_ops, state_ops, variable_scope
from evergraph.api.variables import VariableAggregation
from evergraph.base import dtypes
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys

# Gradients and summaries.
SKIPPED_PREFIXES = (
    "gradients/",
    "RMSProp/",
    "Adagrad/",
    "Const_",
    "HistogramSummary",
    "ScalarSummary",
)
_ACTIVATIONS = ("Relu6", "Relu", "Identity")
_STEP = "fake_quantization_step"


def BatchNormGroups(graph: Any) -> list[str]:
    """What the names of batch normalizations of several nodes begin with."""
    found = (re.search(r"^(.*)BatchNorm/batchnorm", op.name) for op in graph.get_operations())
    names = dict.fromkeys(match[1] for match in found if match)
    return [name for name in names if not name.startswith(SKIPPED_PREFIXES)]


def _GetOperationByNameDontThrow(graph: Any, name: str) -> Any:
    try:
        return graph.get_operation_by_name(name)
    except KeyError:
        return None


def GetEndpointActivationOp(graph: Any, prefix: str) -> Any:
    """The activation whose name is `prefix` and a type's, or None."""
    found = (_GetOperationByNameDontThrow(graph, prefix + name) for name in _ACTIVATIONS)
    return next((op for op in found if op is not None), None)


def CreateOrGetQuantizationStep() -> Any:
    """How many runs there were of the graph: a tensor that is one more in each."""
    graph = get_default_graph()
    try:
        return graph.get_tensor_by_name(f"{_STEP}/Identity:0")
    except KeyError:
        pass
    with graph.name_scope(None):
        step = variable_scope.get_variable(
            _STEP,
            shape=[],
            dtype=dtypes.int64,
            initializer=init_ops.zeros_initializer(),
            trainable=False,
            collections=[GraphKeys.GLOBAL_VARIABLES],
            aggregation=VariableAggregation.ONLY_FIRST_REPLICA,
        )
        with graph.name_scope(step.op.name + "/"):
            return array_ops.identity(state_ops.assign_add(step, 1))


def DropStringPrefix(s: str, prefix: str) -> str:
    """A text without what it may begin with."""
    return s.removeprefix(prefix)


def RerouteTensor(t0: Any, t1: Any, can_modify: Iterable[Any] | None = None) -> int:
    """Gives users of `t1` the tensor `t0` in its place; how many inputs that were.

    Args:
      t0: what they take from now on.
      t1: what they took.
      can_modify: the operations to change; default: all.
    """
    allowed = None if can_modify is None else set(can_modify)
    count = 0
    for op in t1.consumers():
        if allowed is not None and op not in allowed:
            continue
        for i in [i for i, tensor in enumerate(op.inputs) if tensor is t1]:
            op._update_input(i, t0)
            count += 1
    return count
