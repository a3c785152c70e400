"""Conditional accumulators of gradients, dense and sparse, and the operations on them."""

from typing import Any

import numpy as np
import torch

from evergraph.graph.operation import Operation
from evergraph.graph.registry import op
from evergraph.kernels.accumulators import Accumulator, DenseAccumulator, SparseAccumulator
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_MAKE = (
    "dtype: number; shape: shape; container: string = ''; shared_name: string = ''; "
    "reduction_type: string in {'MEAN', 'SUM'} = 'MEAN'"
)
_OLD, _NEW = "handle: Ref(string)", "handle: resource"
_STEP = "new_global_step: int64"

dense_op = op(f"ConditionalAccumulator() -> {_OLD}", _MAKE, stateful=True)
dense_resource_op = op(f"ResourceConditionalAccumulator() -> {_NEW}", _MAKE, stateful=True)
sparse_op = op(f"SparseConditionalAccumulator() -> {_OLD}", _MAKE, stateful=True)

apply_gradient_op = op(
    f"AccumulatorApplyGradient({_OLD}, local_step: int64, gradient: dtype)",
    "dtype: number",
    host=["local_step"],
)
apply_resource_op = op(
    f"ResourceAccumulatorApplyGradient({_NEW}, local_step: int64, gradient: dtype)",
    "dtype: number",
    stateful=True,
    host=["local_step"],
)
take_op = op(
    f"AccumulatorTakeGradient({_OLD}, num_required: int32) -> average: dtype",
    "dtype: number",
    host=["num_required"],
)
take_resource_op = op(
    f"ResourceAccumulatorTakeGradient({_NEW}, num_required: int32) -> average: dtype",
    "dtype: number",
    stateful=True,
    host=["num_required"],
)
count_op = op(f"AccumulatorNumAccumulated({_OLD}) -> num_accumulated: int32")
count_resource_op = op(
    f"ResourceAccumulatorNumAccumulated({_NEW}) -> num_accumulated: int32", stateful=True
)
step_op = op(f"AccumulatorSetGlobalStep({_OLD}, {_STEP})", host=["new_global_step"])
step_resource_op = op(
    f"ResourceAccumulatorSetGlobalStep({_NEW}, {_STEP})", stateful=True, host=["new_global_step"]
)
sparse_apply_op = op(
    f"SparseAccumulatorApplyGradient({_OLD}, local_step: int64, gradient_indices: int64, "
    "gradient_values: dtype, gradient_shape: int64)",
    "dtype: number; has_known_shape: bool",
    host=["local_step"],
)
sparse_take_op = op(
    f"SparseAccumulatorTakeGradient({_OLD}, num_required: int32) -> indices: int64, "
    "values: dtype, shape: int64",
    "dtype: number",
    host=["num_required"],
)

_MAKERS = (dense_op, dense_resource_op, sparse_op)
_USERS = (
    apply_gradient_op,
    apply_resource_op,
    take_op,
    take_resource_op,
    step_op,
    step_resource_op,
)
_COUNTERS = (count_op, count_resource_op)
for _entry in (*_MAKERS, *_USERS, *_COUNTERS, sparse_apply_op, sparse_take_op):
    _entry.not_differentiable()
for _entry in _MAKERS:
    _entry.shape(lambda node: (2,))  # the resource's, too
for _entry in _COUNTERS:
    _entry.shape(shape_rules.scalar)


def _of_number(node: Any) -> list[Dims]:
    if node.inputs[1].dims is not None:
        shape_rules.with_rank(node.inputs[1].dims, 0)
    return [None] * len(node.outputs)


for _entry in (*_USERS, sparse_apply_op, sparse_take_op):
    _entry.shape(_of_number)


def _shared(session: Any, node: Operation, kind: type[Accumulator]) -> Accumulator:
    """The session's accumulator that a node stands for."""
    key = ("accumulator", node.attr("container"), node.attr("shared_name") or node.name)
    mean = node.attr("reduction_type") == "MEAN"
    found: Accumulator = session.slot(
        key, lambda: kind(node.attr("dtype"), node.attr("shape"), mean)
    )
    return found


@dense_op.kernel
@dense_resource_op.kernel
def dense_kernel(*, session: Any, node: Operation) -> Accumulator:
    return _shared(session, node, DenseAccumulator)


@sparse_op.kernel
def sparse_kernel(*, session: Any, node: Operation) -> Accumulator:
    return _shared(session, node, SparseAccumulator)


@apply_gradient_op.kernel
@apply_resource_op.kernel
def apply_kernel(handle: Accumulator, local_step: int, gradient: torch.Tensor) -> None:
    handle.apply(local_step, gradient)


@sparse_apply_op.kernel
def sparse_apply_kernel(
    handle: Accumulator,
    local_step: int,
    indices: torch.Tensor,
    values: torch.Tensor,
    shape: torch.Tensor,
    *,
    has_known_shape: bool,
) -> None:
    handle.apply(local_step, indices, values, shape if has_known_shape else None)


@take_op.kernel
@take_resource_op.kernel
@sparse_take_op.kernel
def take_kernel(handle: Accumulator, num_required: int) -> Any:
    return handle.take(num_required)


@count_op.numpy
@count_resource_op.numpy
def count_kernel(handle: Accumulator) -> np.int32:
    return np.int32(handle.count())


@step_op.kernel
@step_resource_op.kernel
def step_kernel(handle: Accumulator, new_global_step: int) -> None:
    handle.set_global_step(new_global_step)
