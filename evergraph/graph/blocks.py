"""The `with` blocks of a graph that new nodes fall under: name scopes, control dependencies,
devices."""

import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from evergraph.graph import device as device_lib
from evergraph.graph.operation import Operation, TraceableObject

if TYPE_CHECKING:
    from evergraph.graph.graph import Graph


class ControlDependencies:
    """One `control_dependencies` block. `None` clears what surrounds it."""

    def __init__(self, graph: "Graph", control_inputs: list[Operation] | None) -> None:
        self._graph = graph
        self._new_stack = control_inputs is None
        self.control_inputs = control_inputs or []
        # Nodes made in this block: what takes them as inputs depends on control_inputs already.
        self._seen: set[Operation] = set()
        self._old_stack: list[ControlDependencies] = []
        self._old_context: Any = None

    def __enter__(self) -> None:
        graph = self._graph
        if self._new_stack:
            self._old_stack = graph._control_dependencies_stack
            graph._control_dependencies_stack = []
            self._old_context = graph._get_control_flow_context()
            graph._set_control_flow_context(None)
        graph._control_dependencies_stack.append(self)

    def __exit__(self, *_: Any) -> None:
        graph = self._graph
        assert graph._control_dependencies_stack[-1] is self
        graph._control_dependencies_stack.pop()
        if self._new_stack:
            graph._control_dependencies_stack = self._old_stack
            graph._set_control_flow_context(self._old_context)

    def add_op(self, op: Operation) -> None:
        self._seen.add(op)

    def op_in_group(self, op: Operation) -> bool:
        return op in self._seen


class NameScope:
    """A `graph.name_scope` block; a class, as it is entered for nearly every public function."""

    __slots__ = ("_graph", "_name", "_old")

    def __init__(self, graph: "Graph", name: Any) -> None:
        self._graph = graph
        self._name = name

    def __enter__(self) -> str:
        graph, name = self._graph, self._name
        self._old = graph._name_stack
        new = graph._scope_for(name)
        graph._name_stack = new
        return "" if new is None else new + "/"

    def __exit__(self, *_: Any) -> None:
        self._graph._name_stack = self._old


class DeviceBlock:
    """One `graph.device` block: a device name or function, and how it changes a node's device."""

    __slots__ = ("by_function", "function", "name", "trace")

    def __init__(self, name_or_function: Any) -> None:
        self.by_function = callable(name_or_function) and not isinstance(
            name_or_function, device_lib.DeviceSpec
        )
        if self.by_function:
            self.function: Callable[[Any], Any] | None = name_or_function
            self.name = _describe_function(name_or_function)
        elif name_or_function is None:
            self.function, self.name = None, "None"
        else:
            self.function = device_lib.merge_device(name_or_function)
            self.name = (
                name_or_function
                if isinstance(name_or_function, str)
                else name_or_function.to_string()
            )
        self.trace = TraceableObject.here(self.name)


def _describe_function(function: Callable[..., Any]) -> str:
    name = getattr(function, "__name__", str(function))
    code = getattr(function, "__code__", None)
    if code is None:
        return name
    return f"{name}<{os.path.basename(code.co_filename)}, {code.co_firstlineno}>"


class Blocks:
    """The `with` blocks that all threads share which build one graph."""

    __slots__ = ("colocation", "control", "devices")

    def __init__(self) -> None:
        self.devices: list[DeviceBlock] = []
        self.colocation: list[Operation] = []
        self.control: list[ControlDependencies] = []


class OwnBlocks(threading.local):
    """The same for each thread by itself; a thread begins with what all shared before."""

    def __init__(self, shared: "Blocks | OwnBlocks") -> None:
        super().__init__()
        self.devices: list[DeviceBlock] = list(shared.devices)
        self.colocation: list[Operation] = list(shared.colocation)
        self.control: list[ControlDependencies] = list(shared.control)


class ThreadStacks(threading.local):
    """The stacks of a graph that every thread has for itself, always."""

    def __init__(self) -> None:
        super().__init__()
        self.name_stack = ""
        self.variable_creators: list[Any] = []
