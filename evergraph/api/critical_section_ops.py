"""Critical sections: parts of a graph that one run at a time executes."""

from collections.abc import Callable
from typing import Any, NamedTuple

from evergraph.api import array_ops, control_flow_ops
from evergraph.api.tensor_array_ops import TensorArray
from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.base.object_identity import ObjectIdentitySet
from evergraph.graph.apply import apply_op
from evergraph.graph.defaults import (
    add_to_collections,
    colocate_with,
    control_dependencies,
    executing_eagerly,
    get_collection,
    init_scope,
    name_scope,
)
from evergraph.graph.graph import get_default_graph
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor

CRITICAL_SECTIONS = "critical_sections"
CRITICAL_SECTION_EXECUTIONS = "critical_section_executions"


class _ExecutionSignature(NamedTuple):
    """An execution: the node that locks, its mutex, and the resources that it uses."""

    op: Operation
    handle: Tensor
    resources: list[Tensor]
    exclusive_resource_access: bool


def _identity(x: Any) -> Any:
    """`x` once more, as a node of its own."""
    if isinstance(x, TensorArray):
        return x.identity()
    if isinstance(x, Operation):
        return control_flow_ops.group(x)
    if x is None and executing_eagerly():
        return None
    return array_ops.identity(x)


def _class_of(op: Operation) -> Any:
    try:
        return op.get_attr("_class")
    except ValueError:
        return None


@export("CriticalSection")
class CriticalSection:
    """Executes functions so that no two of them overlap, in one run or in several. Stands for
    `tf.CriticalSection`.

    Args:
      name: the name of the mutex's node.
      shared_name: sections of one name are one.
      critical_section_def, import_scope: not supported.

    Raises:
      ValueError: both `critical_section_def` and `name` are given.
      NotImplementedError: `critical_section_def` is given.
    """

    def __init__(
        self,
        name: str | None = None,
        shared_name: str | None = None,
        critical_section_def: Any = None,
        import_scope: str | None = None,
    ) -> None:
        if critical_section_def and name is not None:
            raise ValueError("critical_section_def and shared_name are mutually exclusive.")
        if critical_section_def:
            raise NotImplementedError("Not yet implemented")
        with name_scope(name, "CriticalSection", []) as scope, init_scope():
            self._handle: Tensor = apply_op(
                "MutexV2",
                shared_name=scope if shared_name is None else shared_name,
                container=get_default_graph()._container or "",
                name=scope,
            )
        if not executing_eagerly():
            add_to_collections(CRITICAL_SECTIONS, self)

    @property
    def name(self) -> str:
        """The name of the mutex's node."""
        return self._handle.op.name

    def execute(
        self,
        fn: Callable[[], Any],
        exclusive_resource_access: bool = True,
        name: str | None = None,
    ) -> Any:
        """The results of `fn`, whose nodes run while no other execution in this section runs.

        Args:
          fn: called without arguments; gives at least one tensor.
          exclusive_resource_access: whether no other section may use the same resources.
          name: the scope of the nodes.

        Raises:
          ValueError: `fn` executes something in this section itself, or uses a resource that
            another section uses and one of the two wants for itself.
        """
        eagerly = executing_eagerly()
        with name_scope(name, "critical_section_execute", []):
            lock = apply_op("MutexLock", self._handle)
            before = set() if eagerly else set(get_default_graph().get_operations())
            with control_dependencies([lock]):
                results = fn()
            resources: list[Tensor] = []
            if not eagerly:
                made = set(get_default_graph().get_operations()) - before
                resources = self._guard(lock.op, made, exclusive_resource_access)
            flat = [_identity(x) for x in nest.flatten(results)]
            with control_dependencies(flat):
                with colocate_with(self._handle):
                    consumed = apply_op("ConsumeMutexLock", lock)
                results = nest.pack_sequence_as(
                    results, control_flow_ops.tuple(nest.flatten(results))
                )
            with control_dependencies([consumed]):
                outputs = nest.map_structure(_identity, results)
            if not eagerly:
                signature = _ExecutionSignature(
                    lock.op, self._handle, resources, exclusive_resource_access
                )
                add_to_collections(CRITICAL_SECTION_EXECUTIONS, signature)
            return outputs

    def _guard(self, lock: Operation, made: set[Operation], exclusive: bool) -> list[Tensor]:
        """Lets the lock wait for all that the nodes in the section need. Returns the resources that
        they use."""
        needed = {t.op for op in made for t in op.inputs}
        needed.update(c for op in made for c in op.control_inputs)
        needed -= made | set(lock.control_inputs) | {t.op for t in lock.inputs} | {lock}
        if needed:
            lock._add_control_input(control_flow_ops.group(*sorted(needed, key=lambda op: op._id)))
        found = ObjectIdentitySet(
            [t for op in made for t in op.inputs if t.dtype == dtypes.resource]
        )
        if any(self._is_self_handle(t) for t in found):
            raise ValueError(
                "The function fn attempts to directly access the CriticalSection in which it would "
                "be running.  This is illegal and would cause deadlocks."
            )
        self._check_multiple_access_to_resources(found, exclusive)
        return list(found)

    def _is_self_handle(self, x: Tensor) -> bool:
        """Whether a tensor is this section's mutex."""
        own = self._handle.op
        if x is self._handle or x.op.type != "MutexV2":
            return x is self._handle
        name = x.op.get_attr("shared_name")
        here = x.op.device == own.device or _class_of(x.op) == _class_of(own)
        return bool(name) and name == own.get_attr("shared_name") and here

    def _check_multiple_access_to_resources(self, resources: Any, exclusive: bool) -> None:
        for other in get_collection(CRITICAL_SECTION_EXECUTIONS):
            if self._is_self_handle(other.handle):
                continue
            if not (exclusive or other.exclusive_resource_access):
                continue
            shared = resources.intersection(other.resources)
            if shared:
                raise ValueError(
                    f"This execution would access resources: {list(shared)}.  Either this lock "
                    f"(CriticalSection: {self._handle}) or lock '{other}' (CriticalSection: "
                    f"{other.handle}) requested exclusive resource access of this resource.  Did "
                    "you mean to call execute with keyword argument "
                    "exclusive_resource_access=False?"
                )
