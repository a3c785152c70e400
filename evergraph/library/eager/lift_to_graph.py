"""Copies of tensors, with all that they depend on, in another graph."""

from collections.abc import Sequence
from typing import Any

from evergraph.api import array_ops
from evergraph.api.func_graph import FuncGraph
from evergraph.api.resource_variable_ops import ResourceVariable
from evergraph.graph.defaults import control_dependencies, device
from evergraph.graph.graph import Graph
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor


class UnliftableError(Exception):
    """A tensor depends on a placeholder that may not be copied."""

    ag_pass_through = True


def _node(x: Any) -> Operation:
    return x.op if isinstance(x, Tensor) else x


def _before(op: Operation) -> list[Operation]:
    return [*(t.op for t in op.inputs), *op.control_inputs]


class _Lift:
    """One call of `lift_to_graph`. `copies` has what is copied, nodes and tensors."""

    def __init__(self, base_graph: Any, graph: Graph, copies: Any) -> None:
        self.base_graph = base_graph
        self.graph = graph
        self.copies = copies
        # Inputs and control inputs to mend when loops are complete.
        self.inputs: list[tuple[Operation, int, Tensor]] = []
        self.controls: list[tuple[Operation, Operation]] = []

    def nodes(self, roots: Sequence[Operation], sources: Sequence[Operation]) -> list[Operation]:
        """The nodes to copy, those that others depend on last."""
        users: dict[Operation, set[Operation]] = {}
        seen, stack = set(sources), list(roots)
        while stack:
            op = stack.pop()
            if op in seen:
                continue
            seen.add(op)
            for other in _before(op):
                users.setdefault(other, set()).add(op)
                stack.append(other)
        order: dict[Operation, None] = {}
        ready = [op for op in roots if op not in users]
        waiting = dict.fromkeys(ready)
        while waiting:
            while ready:
                op = ready.pop()
                if op in order:
                    continue
                order[op] = None
                for other in _before(op):
                    waiting[other] = None
                    if other not in sources and users[other] <= order.keys():
                        ready.append(other)
            waiting = {op: None for op in waiting if op not in order and op not in sources}
            # A loop has no order: its edges are mended afterwards.
            ready.extend(list(waiting)[:1])
        return list(order)

    def copy(self, op: Operation) -> None:
        """Copies a node."""
        given = [self._input(op, i, t) for i, t in enumerate(op.inputs)]
        known = [self.copies[c] for c in op.control_inputs if c in self.copies]
        function = self.base_graph._functions.get(op.type)
        if function is not None:
            function.add_to_graph(self.graph)
        attrs = {k: v for k, v in op.node_def.attr.items() if not k.startswith("_class")}
        with control_dependencies(known), device(op.device):
            made = self.graph.create_op(op.type, [t for t, _ in given], name=op.name, attrs=attrs)
        self.copies[op] = made
        for old, new in zip(op.outputs, made.outputs, strict=True):
            self.copies[old] = new
        self.inputs.extend((made, i, t) for i, (_, t) in enumerate(given) if t is not None)
        self.controls.extend((made, c) for c in op.control_inputs if c not in self.copies)

    def _input(self, op: Operation, i: int, t: Tensor) -> tuple[Tensor, Tensor | None]:
        if t in self.copies:
            return self.copies[t], None
        stand_in = array_ops.placeholder(t.dtype, t.shape, name="unused_control_flow_input")
        return stand_in, t

    def copy_source(self, t: Tensor, outside: Tensor | None) -> None:
        """Puts a placeholder where the copying ends; or captures what a captured tensor is."""
        with device(t.op.device):
            if outside is not None and isinstance(self.graph, FuncGraph):
                made = self.graph.capture(outside, name=t.op.name)
            elif t.op.type == "PlaceholderWithDefault" and t.op.inputs[0].op.type == "Const":
                self.copy(t.op.inputs[0].op)
                default = self.copies[t.op.inputs[0]]
                made = array_ops.placeholder_with_default(default, t.shape, name=t.op.name)
            else:
                made = array_ops.placeholder(t.dtype, t.shape, name=t.op.name)
        made._handle_data = t._handle_data
        if "_stands_for" in t.op.__dict__:
            made.op.__dict__.setdefault("_stands_for", t.op.__dict__["_stands_for"])
        self.copies[t], self.copies[t.op] = made, made.op

    def mend(self) -> None:
        """Gives nodes of loops the inputs that were not there yet."""
        for op, i, t in self.inputs:
            op._update_input(i, self.copies[t])
        for op, control in self.controls:
            op._add_control_input(self.copies[control])


def lift_to_graph(
    tensors: Sequence[Any],
    graph: Graph,
    sources: Sequence[Tensor] | None = None,
    disallowed_placeholders: Any = None,
    add_sources: bool = False,
    handle_captures: bool = False,
    base_graph: Any = None,
    op_map: Any = None,
) -> Any:
    """Copies tensors, or operations, with all that they depend on into `graph`.

    Args:
      tensors: what to copy; variables stand for themselves.
      graph: where to.
      sources: tensors where the copying ends, with placeholders.
      disallowed_placeholders: operations that may not be copied; default: all placeholders.
      add_sources: whether placeholders become sources.
      handle_captures: whether what is captured is captured again.
      base_graph: the graph to copy from; default: that of the tensors.
      op_map: copies that exist already, by what they are of.

    Returns:
      The copies by tensors and operations.

    Raises:
      UnliftableError: a placeholder is in the way.
    """
    roots = [x for x in tensors if not isinstance(x, ResourceVariable)]
    copies = {} if op_map is None else op_map
    lift = _Lift(base_graph or roots[0].graph, graph, copies)
    ends = list(sources or ())
    nodes = lift.nodes([_node(x) for x in roots], [t.op for t in ends])
    for op in nodes:
        forbidden = disallowed_placeholders is not None and op in disallowed_placeholders
        if op.type == "Placeholder" and not forbidden:
            forbidden = disallowed_placeholders is None and not add_sources
            ends.extend(op.outputs)
        if forbidden:
            raise UnliftableError(
                f"Unable to lift tensor {roots[0]!r} because it depends transitively on "
                f"placeholder {op!r} via at least one path"
            )
    captured = {}
    if isinstance(lift.base_graph, FuncGraph) and isinstance(graph, FuncGraph):
        captured = {placeholder: t for t, placeholder in lift.base_graph.captures}
    with graph.as_default():
        copies.update((x, x) for x in tensors if isinstance(x, ResourceVariable))
        for t in sorted(ends, key=lambda t: t not in captured):
            lift.copy_source(t, captured.get(t) if handle_captures else None)
        for op in reversed(nodes):
            if op not in copies:
                lift.copy(op)
        lift.mend()
    return copies
