"""`tensorflow.python.framework.subscribe`: side effects that run whenever a tensor is computed."""

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from evergraph.api import array_ops
from evergraph.api.variables import Variable
from evergraph.base.platform import logging
from evergraph.graph.defaults import control_dependencies, device, name_scope
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor

SideEffect = Callable[[Tensor], list[Any]]


def subscribe(tensors: Any, side_effects: SideEffect | Iterable[SideEffect]) -> Any:
    """Attach side effects to tensors; returns the tensors to use in their place.

    Each side effect is a function that builds nodes for a tensor and returns a list of them. They
    run before everything that consumes the tensor, which consumes an Identity of it from now on.
    Subscribing to a tensor again, or to its Identity, adds to the same Identity.

    Args:
      tensors: a Tensor or Variable, or nested lists, tuples, namedtuples and dicts of them; the
        result has the same structure.
      side_effects: one function, or several.

    Raises:
      TypeError: If `tensors` holds anything else.
    """
    effects = list(side_effects) if hasattr(side_effects, "__iter__") else [side_effects]
    cache = _ControlOutputCache()
    return _recursive_apply(tensors, lambda tensor: _scoped_subscribe(tensor, effects, cache))


def _recursive_apply(tensors: Any, apply_fn: Callable[[Tensor], Tensor]) -> Any:
    """Replace all tensors in a nested structure."""
    kind = type(tensors)
    if kind is Tensor:
        return apply_fn(tensors)
    if isinstance(tensors, Variable):
        return apply_fn(tensors.value())
    if isinstance(tensors, list | tuple):
        items = [_recursive_apply(item, apply_fn) for item in tensors]
        return kind(items) if kind in (list, tuple) else kind(*items)
    if kind is dict:
        return {key: _recursive_apply(item, apply_fn) for key, item in tensors.items()}
    raise TypeError(f"_recursive_apply argument {tensors!r} has invalid type {kind!r}")


class _ControlOutputCache:
    """Knows which nodes wait for a node, without going through the graph each time."""

    def __init__(self) -> None:
        self.cache: dict[Any, dict[Operation, set[Operation]]] = {}

    def calc_control_outputs(self, graph: Any) -> dict[Operation, set[Operation]]:
        """The nodes that wait for each node of a graph."""
        outputs: dict[Operation, set[Operation]] = {}
        for op in graph.get_operations():
            for control_input in op.control_inputs:
                outputs.setdefault(control_input, set()).add(op)
        return outputs

    def get_control_outputs(self, op: Operation) -> Iterable[Operation]:
        """The nodes that wait for a node."""
        if op.graph not in self.cache:
            self.cache[op.graph] = self.calc_control_outputs(op.graph)
        return self.cache[op.graph].get(op, ())


def _scoped_subscribe(
    tensor: Tensor, side_effects: list[SideEffect], control_cache: _ControlOutputCache
) -> Tensor:
    """Subscribe to a tensor in its own device and control flow context."""
    with device(tensor.device), _preserve_control_flow_context(tensor):
        return _subscribe(tensor, side_effects, control_cache)


@contextlib.contextmanager
def _preserve_control_flow_context(tensor: Tensor) -> Iterator[None]:
    """A block in the control flow context of a tensor."""
    context = tensor.op._get_control_flow_context()
    if context:
        context.Enter()
    try:
        yield
    finally:
        if context:
            context.Exit()


def _subscribe(
    tensor: Tensor, side_effects: list[SideEffect], control_cache: _ControlOutputCache
) -> Tensor:
    """Subscribe to a tensor, or add to what it is subscribed to already."""
    if not tensor.dtype.is_numpy_compatible:
        logging.debug(
            f"Tensor {tensor.name} has an un-supported {tensor.dtype} type and cannot be "
            "subscribed."
        )
        return tensor
    if _is_subscribed_identity(tensor):
        return _subscribe_extend(tensor, side_effects)
    prefix = tensor.op.name + "/subscription/Identity"
    matching = [op for op in tensor.consumers() if op.name.startswith(prefix)]
    assert len(matching) <= 1, (
        f"Op {tensor.op.name} must only have one subscription op connected to it"
    )
    if matching and _is_subscribed_identity(matching[0].outputs[0]):
        return _subscribe_extend(matching[0].outputs[0], side_effects)
    return _subscribe_new(tensor, side_effects, control_cache)


def _is_subscribed_identity(tensor: Tensor) -> bool:
    """Whether a tensor is the Identity that an earlier subscription made."""
    if tensor.op.type != "Identity":
        return False
    match = re.match(r"(?P<prefix>^.*?)/subscription/Identity[^/]+", tensor.name)
    return match is not None and match["prefix"] == tensor.op.inputs[0].op.name


def _build(tensor: Tensor, side_effects: list[SideEffect]) -> list[Any]:
    """Build the side effects of a tensor, within the scope that is current."""
    return [out for side_effect in side_effects for out in side_effect(tensor)]


def _subscribe_extend(tensor: Tensor, side_effects: list[SideEffect]) -> Tensor:
    """Add side effects to a subscribed Identity."""
    source = tensor.op.inputs[0]
    with name_scope(source.op.name + "/subscription/"):
        outs = _build(source, side_effects)
    tensor.op._add_control_inputs([o.op if isinstance(o, Tensor) else o for o in outs])
    return tensor


def _subscribe_new(
    tensor: Tensor, side_effects: list[SideEffect], control_cache: _ControlOutputCache
) -> Tensor:
    """Make the Identity of a tensor that waits for side effects, and let all consumers use it."""
    uses = [(op, list(op.inputs).index(tensor)) for op in tensor.consumers()]
    waiting = control_cache.get_control_outputs(tensor.op)
    with name_scope(tensor.op.name + "/subscription/"):
        outs = _build(tensor, side_effects)
        with control_dependencies(outs):
            result = array_ops.identity(tensor)
    for op, index in uses:
        op._update_input(index, result)
    for op in waiting:
        # A node with several outputs may have been replaced as a control input before.
        inputs = [other for other in op.control_inputs if other is not tensor.op]
        op._remove_all_control_inputs()
        op._add_control_inputs([*inputs, result.op])
    return result
