"""Initial values that depend on other variables.

The order in which initializers run is not fixed, so an initial value computed from another variable
must not read it while it is uninitialized. The nodes from the read on are copied, to use that
variable's `initialized_value()` instead.
"""

from typing import Any

from evergraph.graph.keys import GraphKeys
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor

# Nodes that are safe as they are: they ask first, or belong to resources.
_SAFE = frozenset(["IsVariableInitialized", "VarIsInitializedOp", "ReadVariableOp", "If"])
_VARIABLES = frozenset(["Variable", "VariableV2", "VarHandleOp"])


def guarded(name: str, initial_value: Any) -> Tensor:
    """`initial_value` for the variable `name`, computed from initialized variables only.

    Raises TypeError if `initial_value` is not a tensor.
    """
    if not isinstance(initial_value, Tensor):
        raise TypeError(f"initial_value needs to be a Tensor: {initial_value}")
    if _in_cycle(initial_value.op):
        return initial_value
    return _safe_tensor(name, initial_value, {})


# TensorFlow's own name.
_try_guard_against_uninitialized_dependencies = guarded


def _in_cycle(op: Operation) -> bool:
    """Whether a loop is among the nodes that `op` depends on."""
    finished: set[Operation] = set()
    started: set[Operation] = set()
    stack = [(op, False)]
    while stack:
        node, done = stack.pop()
        if done:
            started.discard(node)
            finished.add(node)
            continue
        if node in finished:
            continue
        if node in started:
            return True
        started.add(node)
        stack.append((node, True))
        sources = [t.op for t in node.inputs] + list(node.control_inputs)
        for source in reversed(sources):
            if source in started:
                return True
            if source not in finished:
                stack.append((source, False))
    return False


def _safe_tensor(name: str, tensor: Tensor, made: dict[str, Operation]) -> Tensor:
    op = tensor.op
    new = made.get(op.name)
    if new is None:
        new = made[op.name] = _safe_op(name, op, made)
    return new.outputs[tensor.value_index]


def _safe_op(name: str, op: Operation, made: dict[str, Operation]) -> Operation:
    if op.type in _SAFE:
        return op
    if op.type in _VARIABLES:
        value = _initialized_value(op)
        return op if value is None else value.op
    inputs = [_safe_tensor(name, t, made) for t in op.inputs]
    if all(new is old for new, old in zip(inputs, op.inputs, strict=True)):
        return op
    return op.graph.create_op(
        # What was a reference no longer is one.
        "Switch" if op.type == "RefSwitch" else op.type,
        inputs,
        op._output_types,
        name=f"{op.name}_{name}".replace(":", "_"),
        attrs=op.node_def.attr,
    )


def _initialized_value(variable_op: Operation) -> Tensor | None:
    names = (variable_op.name, variable_op.name + ":0")
    for collection in (GraphKeys.GLOBAL_VARIABLES, GraphKeys.LOCAL_VARIABLES):
        for variable in variable_op.graph.get_collection(collection):
            if getattr(variable, "name", None) in names:
                found = getattr(variable, "initialized_value", None)
                return None if found is None else found()
    return None
