"""Barriers: Barrier, BarrierInsertMany, BarrierTakeMany, ..."""

from typing import Any

import numpy as np

from evergraph.base import errors
from evergraph.graph.op_summary import type_name
from evergraph.graph.operation import Operation
from evergraph.graph.registry import op
from evergraph.kernels.barrier import Barrier
from evergraph.kernels.host import invalid
from evergraph.kernels.queues import shape_text, unshared_name
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

barrier_op = op(
    "Barrier() -> handle: Ref(string)",
    "component_types: list(type) >= 1; shapes: list(shape) >= 0 = []; capacity: int = -1; "
    "container: string = ''; shared_name: string = ''",
    stateful=True,
)
insert_many_op = op(
    "BarrierInsertMany(handle: Ref(string), keys: string, values: T)",
    "T: type; component_index: int",
)
take_many_op = op(
    "BarrierTakeMany(handle: Ref(string), num_elements: int32) -> indices: int64, keys: string, "
    "values: list(component_types)",
    "component_types: list(type) >= 1; allow_small_batch: bool = false; "
    "wait_for_incomplete: bool = false; timeout_ms: int = -1",
    host=["num_elements"],
)
close_op = op("BarrierClose(handle: Ref(string))", "cancel_pending_enqueues: bool = false")
ready_size_op = op("BarrierReadySize(handle: Ref(string)) -> size: int32")
incomplete_size_op = op("BarrierIncompleteSize(handle: Ref(string)) -> size: int32")

for _entry in (
    *(barrier_op, insert_many_op, take_many_op),
    *(close_op, ready_size_op, incomplete_size_op),
):
    _entry.not_differentiable()

barrier_op.shape(lambda node: (2,))
take_many_op.shape(lambda node: [None] * len(node.outputs))


def _check_handle(node: Operation) -> None:
    (pair,) = shape_rules.with_rank(node.inputs[0].dims, 1)
    shape_rules.with_value(pair, 2)


@insert_many_op.shape
def insert_many_shape(node: Operation) -> Dims:
    _check_handle(node)
    keys = shape_rules.with_rank(node.inputs[1].dims, 1)
    values = shape_rules.at_least_rank(node.inputs[2].dims, 1)
    if values is not None:
        shape_rules.merge(keys, values[:1])
    return None


@close_op.shape
@ready_size_op.shape
@incomplete_size_op.shape
def size_shape(node: Operation) -> Dims:
    _check_handle(node)
    return ()


@barrier_op.kernel
def barrier_kernel(
    *,
    session: Any,
    node: Operation,
    container: str,
    shared_name: str,
    component_types: Any,
    shapes: Any,
    capacity: int,
) -> Barrier:
    shapes = [() if dims is None else dims for dims in shapes]  # as TensorFlow takes them
    if len(shapes) != len(component_types):
        raise invalid("All of the component shapes must be specified")
    if capacity != -1:
        raise invalid(
            "Barrier only accepts capacity=-1.  Feed the inputs to your Barrier through a queue to "
            "enforce a limited capacity."
        )
    barrier: Barrier = session.slot(
        ("barrier", container, shared_name or node.name),
        lambda: Barrier(shared_name or unshared_name(node.name), component_types, shapes),
    )
    name = barrier.name
    if barrier.dtypes != list(component_types):
        raise invalid(
            f"Shared barrier '{name}' has component types {_types(barrier.dtypes)} but requested "
            f"component types were {_types(component_types)}"
        )
    if barrier.shapes != list(shapes):
        raise invalid(
            f"Shared barrier '{name}' has component shapes {_shapes(barrier.shapes)} but requested "
            f"component shapes were {_shapes(shapes)}"
        )
    return barrier


def _types(dtypes: Any) -> str:
    return ", ".join(map(type_name, dtypes))


def _shapes(shapes: Any) -> str:
    return "[" + ", ".join(map(shape_text, shapes)) + "]"


@insert_many_op.kernel
def insert_many_kernel(
    barrier: Barrier, keys: np.ndarray, values: Any, *, component_index: int, T: Any
) -> None:
    count = len(barrier.dtypes)
    if component_index >= count:
        raise invalid(
            f"The component ID is out of range {component_index} > num_components (= {count})"
        )
    if T != barrier.dtypes[component_index]:
        expected = type_name(barrier.dtypes[component_index])
        raise _mismatch(
            f"string_ref, string, {type_name(T)}->", f"string_ref, string, {expected}->"
        )
    barrier.insert_many(component_index, keys, values)


@take_many_op.kernel
def take_many_kernel(
    barrier: Barrier,
    num_elements: int,
    *,
    component_types: Any,
    allow_small_batch: bool,
    timeout_ms: int,
) -> Any:
    if timeout_ms != -1:
        raise invalid("Timeout not supported yet.")
    if barrier.dtypes != list(component_types):
        found, expected = (
            f"string_ref, int32->int64, string, {_types(t)}"
            for t in (component_types, barrier.dtypes)
        )
        raise _mismatch(found, expected)
    return barrier.take_many(num_elements, allow_small_batch)


def _mismatch(found: str, expected: str) -> errors.InvalidArgumentError:
    return invalid(f"Signature mismatch, have: {found} expected: {expected}")


@close_op.kernel
def close_kernel(barrier: Barrier, *, cancel_pending_enqueues: bool) -> None:
    barrier.close(cancel_pending_enqueues)


ready_size_op.numpy(lambda barrier: np.int32(barrier.ready_size()))
incomplete_size_op.numpy(lambda barrier: np.int32(barrier.incomplete_size()))
