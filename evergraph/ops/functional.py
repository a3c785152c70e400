"""Calls of graph functions: SymbolicGradient, PartitionedCall, StatefulPartitionedCall."""

from typing import Any

from evergraph.graph.registry import op
from evergraph.ops.shape_rules import Dims

symbolic_gradient_op = op(
    "SymbolicGradient(input: list(Tin)) -> output: list(Tout)",
    "Tin: list(type) >= 1; Tout: list(type) >= 1; f: func",
)
partitioned_call_op = op(
    "PartitionedCall(args: list(Tin)) -> output: list(Tout)",
    "Tin: list(type) >= 0; Tout: list(type) >= 0; f: func; config: string = ''; "
    "config_proto: string = ''; executor_type: string = ''",
)
stateful_partitioned_call_op = op(
    "StatefulPartitionedCall(args: list(Tin)) -> output: list(Tout)",
    "Tin: list(type) >= 0; Tout: list(type) >= 0; f: func; config: string = ''; "
    "config_proto: string = ''; executor_type: string = ''",
    stateful=True,
)


@symbolic_gradient_op.shape
def symbolic_gradient_shape(node: Any) -> list[Dims]:
    """Each gradient is shaped like its argument; a handle's like the variable, of which nothing is
    known."""
    outputs = len(node.attr("Tout"))
    if outputs > len(node.inputs):
        return [None] * outputs
    handles = {"resource", "variant"}
    return [None if t.dtype.name in handles else t.dims for t in node.inputs[:outputs]]


@symbolic_gradient_op.kernel
def symbolic_gradient_kernel(args: list[Any], *, node: Any, session: Any) -> Any:
    return session.functions.call_gradient(node, args)


@partitioned_call_op.shape
@stateful_partitioned_call_op.shape
def partitioned_call_shape(node: Any) -> list[Dims]:
    return [None] * len(node.attr("Tout"))


@partitioned_call_op.kernel
@stateful_partitioned_call_op.kernel
def partitioned_call_kernel(args: list[Any], *, node: Any, session: Any) -> Any:
    function = node.graph._get_function(node.attr("f").name)
    return session.functions.call(function, node.graph, args)
