"""Planning: from fetches, targets and feeds to a plan, before passes."""

import dataclasses

from evergraph.base import errors
from evergraph.base.dtypes import DType
from evergraph.engine.frames import frame_tree
from evergraph.engine.lower import NEVER, VARIABLE_OPS, Guarded, Lowering, feed_place
from evergraph.engine.lower_loops import lower_items
from evergraph.engine.plan import (
    NUMPY,
    OBJECT,
    TORCH,
    Arg,
    Cell,
    Literal,
    Plan,
    Value,
    needed_nodes,
)
from evergraph.engine.tokens import LOOP_OPS
from evergraph.graph.op_summary import type_name
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor


def make_plan(fetches: list[Tensor], targets: list[Operation], feeds: list[Tensor]) -> Plan:
    """The plan that computes `fetches` and runs `targets`, given `feeds`.

    Raises:
      Unstructured: the graph's control flow needs the interpreter.
      UnimplementedError: a node has no kernel; all such nodes are named.
    """
    fed = {t: Value(f"f{i}", feed_place(t), t) for i, t in enumerate(feeds)}
    needed = needed_nodes(fetches, targets, feeds)
    check_kernels(needed)
    check_types(needed)
    state = Lowering(fed)
    lower_items(state, frame_tree(needed, set(feeds)).items)
    results: list[Arg] = []
    owned = []
    for t in fetches:
        result = _fetch(state, t)
        # Two fetches of one value are two arrays.
        owned.append(state.roots.get(t) == "fresh" and result not in results)
        results.append(result)
    # What is asked to run does run, though nobody may see what it gives.
    asked = set(targets)
    steps = [dataclasses.replace(s, effect=True) if s.node in asked else s for s in state.steps]
    return Plan(tuple(steps), tuple(fed.values()), tuple(results), tuple(owned))


def _fetch(state: Lowering, tensor: Tensor) -> Arg:
    guard = state.guards.get(tensor, frozenset())
    if NEVER <= guard:
        return Guarded(Literal(None), frozenset(), tensor)
    if guard and tensor not in state.fed:
        return Guarded(_fetch_value(state, tensor), guard, tensor)
    return _fetch_value(state, tensor)


def _fetch_value(state: Lowering, tensor: Tensor) -> Arg:
    if tensor in state.cells and tensor._dtype._is_ref_dtype:
        cell = state.cells[tensor]
        return cell if isinstance(cell, Cell) else state.need(tensor, TORCH)
    for place in (TORCH, NUMPY, OBJECT):
        if (tensor, place) in state.at:
            return state.at[tensor, place]
    if tensor in state.cells:
        return state.cells[tensor]
    return Literal(None)


def check_types(needed: set[Operation]) -> None:
    """Raises where an input that was replaced is not of the type that the node takes."""
    for op in needed:
        if op not in op._graph._rewired or op._entry is None:
            continue
        position = 0
        for arg in op._entry.signature.inputs:
            if arg.type_list_attr:
                break
            wanted = arg.dtype if arg.dtype is not None else op.attr(arg.type_attr or "")
            for _ in range(op.attr(arg.number_attr) if arg.number_attr else 1):
                _check_type(op, position, wanted)
                position += 1


def _check_type(op: Operation, position: int, wanted: DType) -> None:
    tensor = op._inputs[position]
    if tensor._dtype.base_dtype == wanted.base_dtype:
        return
    raise errors.InvalidArgumentError(
        op.node_def,
        op,
        f"Input {position} of node {op.name} was passed {type_name(tensor._dtype)} from "
        f"{tensor.name} incompatible with expected {type_name(wanted)}.",
    )


def check_kernels(needed: set[Operation]) -> None:
    """Raises UnimplementedError that names every op type without a kernel among the nodes to
    run."""
    missing: dict[str, Operation] = {}
    for op in needed:
        if op._entry is None or not (
            op._entry.has_kernel or op._type in VARIABLE_OPS or op._type in _STRUCTURAL
        ):
            missing.setdefault(op._type, op)
    if missing:
        first = next(iter(missing.values()))
        listed = ", ".join(f"{kind} (node '{op.name}')" for kind, op in sorted(missing.items()))
        raise errors.UnimplementedError(
            first.node_def, first, f"No kernel in evergraph yet for these ops: {listed}"
        )


_STRUCTURAL = frozenset(["Const", "NoOp", "ControlTrigger", "Switch", "RefSwitch", "Merge"])
_STRUCTURAL |= LOOP_OPS | {"RefMerge"}
