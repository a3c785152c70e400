"""Ops between the replicas of a model, of which here there is one."""

from typing import Any

import torch

from evergraph.graph.apply import apply_op
from evergraph.graph.registry import op
from evergraph.kernels.host import invalid
from evergraph.ops import shape_rules

cross_replica_sum_op = op(
    "CrossReplicaSum(input: T, group_assignment: int32) -> output: T",
    "T: bfloat16 | float32 | int32 | uint32",
    view=True,
    host=["group_assignment"],
)
cross_replica_sum_op.shape(shape_rules.unchanged)


@cross_replica_sum_op.kernel
def cross_replica_sum_kernel(x: torch.Tensor, groups: Any) -> torch.Tensor:
    if [[*group] for group in groups] != [[0]]:
        raise invalid(f"There is one replica, and no groups of them such as {groups}")
    return x


@cross_replica_sum_op.gradient
def cross_replica_sum_gradient(node: Any, grad: Any) -> Any:
    return apply_op("CrossReplicaSum", grad, node.inputs[1]), None
