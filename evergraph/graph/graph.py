"""Graph: nodes, names, collections, and the scopes that new nodes fall under."""

import collections
import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from evergraph.base import errors
from evergraph.base.compat import as_str, bytes_or_text_types
from evergraph.base.dtypes import DType, as_dtype, resource
from evergraph.base.export import export
from evergraph.graph import attr_value, names, scopes
from evergraph.graph.blocks import (
    Blocks,
    ControlDependencies,
    DeviceBlock,
    NameScope,
    OwnBlocks,
    ThreadStacks,
)
from evergraph.graph.collection_table import CollectionTable
from evergraph.graph.element_table import ElementTable
from evergraph.graph.node_checks import attrs_of_new_node, check_input_types
from evergraph.graph.operation import Operation, TraceableObject, make_node_def
from evergraph.graph.registry import Entry, lookup
from evergraph.graph.shape_inference import infer_shapes, output_types_of
from evergraph.graph.tensor import Dims, Tensor
from evergraph.proto.framework import attr_value_pb2, graph_pb2, versions_pb2

PRODUCER = 134
"""The GraphDef version that TensorFlow 1.15 writes."""


@export("Graph")
class Graph(CollectionTable, ElementTable):
    """A graph of operations. Stands for `tf.Graph`.

    Nodes are added in the default graph by the public functions; `as_default` makes a graph the
    default.
    Not safe for building from several threads without a lock of the caller's.
    """

    runs_at_once = False
    """Whether nodes are executed as they are made, see `engine/eager.py`."""
    _tensor_type: type[Tensor] = Tensor

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._nodes: list[Operation] = []
        self._nodes_by_name: dict[str, Operation] = {}
        self._next_id_counter = 0
        self._version = 0
        # Changes of nodes that a plan may hold, and the last node made before the newest plan.
        self._mutations = 0
        self._planned_id = 0
        self._rewired: set[Operation] = set()
        self._names = names.NameTable()
        self._names_in_use = self._names.used
        self._stacks = ThreadStacks()
        self._blocks: Blocks | OwnBlocks = Blocks()
        self._control_flow_context: Any = None
        self._attr_scope_map: dict[str, Any] = {}
        self._kernel_labels: dict[str, str] = {}
        self._gradient_overrides: dict[str, str] = {}
        self._default_original_op: Operation | None = None
        self._collections: dict[Any, list[Any]] = {}
        self._seed: int | None = None
        self._unfeedable: set[Tensor] = set()
        self._unfetchable: set[Any] = set()
        self._handle_feeders: dict[str, Any] = {}
        self._handle_readers: dict[str, Any] = {}
        self._handle_movers: dict[str, Any] = {}
        self._handle_deleters: dict[int, Any] = {}
        self._finalized = False
        self._functions: collections.OrderedDict[str, Any] = collections.OrderedDict()
        self._graph_def_versions = versions_pb2.VersionDef(producer=PRODUCER)
        self._building_function = False
        # Whether nodes with effects are to run in the order of their making, see
        # `api/auto_control_deps.py`.
        self._add_control_dependencies = False
        self._container = ""
        self._registered_ops = None
        self._plans: dict[Any, Any] = {}
        self._static_values: dict[Tensor, Any] = {}
        # Set by what is built on graphs, which this layer must not import.
        self._auto_cast_variable_read_dtype = None

    # -- stacks (the names without leading word are what TensorFlow's own code reads)

    @property
    def _name_stack(self) -> str | None:
        return self._stacks.name_stack

    @_name_stack.setter
    def _name_stack(self, value: str | None) -> None:
        self._stacks.name_stack = value or ""

    @property
    def _control_dependencies_stack(self) -> list[ControlDependencies]:
        return self._blocks.control

    @_control_dependencies_stack.setter
    def _control_dependencies_stack(self, value: list[ControlDependencies]) -> None:
        self._blocks.control = value

    @property
    def _colocation_stack(self) -> list[Operation]:
        return self._blocks.colocation

    @property
    def _device_function_stack(self) -> list[DeviceBlock]:
        return self._blocks.devices

    def _get_control_flow_context(self) -> Any:
        return self._control_flow_context

    def _set_control_flow_context(self, context: Any) -> None:
        self._control_flow_context = context

    @property
    def _stack_state_is_thread_local(self) -> bool:
        return isinstance(self._blocks, OwnBlocks)

    def switch_to_thread_local(self) -> None:
        """From now on, `with` blocks for devices, colocation and control dependencies hold for
        their own thread alone; before, for whatever thread makes a node meanwhile."""
        if not self._stack_state_is_thread_local:
            self._blocks = OwnBlocks(self._blocks)

    # -- properties

    @property
    def version(self) -> int:
        """The id of the newest node: it grows as nodes are added."""
        return self._version

    @property
    def _last_id(self) -> int:
        return self._next_id_counter

    @property
    def graph_def_versions(self) -> Any:
        return self._graph_def_versions

    @property
    def seed(self) -> int | None:
        """The graph-level random seed."""
        return self._seed

    @seed.setter
    def seed(self, seed: int | None) -> None:
        self._seed = seed

    @property
    def finalized(self) -> bool:
        """Whether the graph is closed to changes."""
        return self._finalized

    @property
    def building_function(self) -> bool:
        """Whether the graph is the body of a graph function."""
        return self._building_function

    @property
    def _c_graph(self) -> "Graph":
        return self

    @property
    def collections(self) -> list[Any]:
        """The names of all collections."""
        return list(self._collections)

    def finalize(self) -> None:
        """Closes the graph: adding a node raises RuntimeError from now on."""
        self._finalized = True

    def _unsafe_unfinalize(self) -> None:
        self._finalized = False

    def _check_not_finalized(self) -> None:
        if self._finalized:
            raise RuntimeError("Graph is finalized and cannot be modified.")

    # -- making nodes

    def _next_id(self) -> int:
        self._check_not_finalized()
        self._next_id_counter += 1
        return self._next_id_counter

    def create_op(
        self,
        op_type: str,
        inputs: Sequence[Tensor],
        dtypes: Sequence[Any] | None = None,
        input_types: Sequence[Any] | None = None,
        name: str | None = None,
        attrs: dict[str, Any] | None = None,
        op_def: Any = None,
        compute_shapes: bool = True,
        compute_device: bool = True,
    ) -> Operation:
        """Adds a node of type `op_type`. Stands for `tf.Graph.create_op`.

        Args:
          op_type: a registered op type.
          inputs: its inputs, tensors.
          dtypes: has no effect, as in TensorFlow 1.15: signature and attrs say what comes out.
          input_types: types at which it takes its inputs.
          name: its name, made unique; default: the op type. A trailing "/" takes the name as it is.
          attrs: AttrValue protos by name.
          op_def: ignored: the registry's is used.
          compute_shapes: has no effect, as in TensorFlow 1.15.
          compute_device: whether device functions of surrounding blocks apply.

        Raises:
          TypeError: an input is not a Tensor, or not of its type in `input_types`.
          NotFoundError: `op_type` is not registered.
          ValueError: inputs, attrs or shapes do not fit.
        """
        self._check_not_finalized()
        for i, a in enumerate(inputs):
            if not isinstance(a, Tensor):
                raise TypeError(f"Input #{i} is not a tensor: {a}")
        if name is None:
            name = op_type
        name = name[:-1] if name and name[-1] == "/" else self.unique_name(name)
        node_def = make_node_def(op_type, name, attrs=attrs)
        types = None if input_types is None else [as_dtype(d) for d in input_types]
        check_input_types(name, inputs, types)
        entry = self._entry(op_type)
        native = attrs_of_new_node(node_def, inputs, entry)
        return self._add(op_type, entry, inputs, native, None, name + "/", types, compute_device)

    _create_op_internal = create_op

    def _entry(self, op_type: str) -> Entry:
        entry = lookup(op_type)
        if entry is None and op_type in self._functions:
            entry = self._functions[op_type].entry
        if entry is None:
            raise errors.NotFoundError(
                None,
                None,
                f"Op type not registered '{op_type}' in binary running on evergraph. Make sure the "
                "Op "
                "and Kernel are registered in the binary running in this process. Note that if you "
                "are "
                "loading a saved graph which used ops from tf.contrib, accessing (e.g.) "
                "`tf.contrib.resampler` should be done before importing the graph, as contrib ops "
                "are "
                "lazily registered when the module is first accessed.",
            )
        return entry

    def _add(
        self,
        op_type: str,
        entry: Entry | None,
        inputs: Sequence[Tensor],
        attrs: dict[str, Any],
        output_types: Sequence[DType] | None,
        name: str | None,
        input_types: Sequence[DType] | None = None,
        compute_device: bool = True,
    ) -> Operation:
        """Adds a node with native attrs: the one way by which nodes come into a graph."""
        self._check_not_finalized()
        if name is None:
            name = op_type
        # A trailing slash is the caller's word that the name is unique: it entered that scope.
        name = name[:-1] if name and name[-1] == "/" else self.unique_name(name)
        if output_types is None:
            output_types = output_types_of(entry, attrs)
        op = Operation._bare(self, op_type, name, entry, tuple(inputs), attrs, output_types)
        op._input_types_val = input_types
        blocks = self._blocks
        control = self._control_for_inputs(inputs, blocks.control) if blocks.control else ()
        self._insert(op, control)
        if self._attr_scope_map or self._kernel_labels or self._gradient_overrides:
            self._apply_attr_scopes(op)
        for controller in blocks.control:
            controller.add_op(op)
        if compute_device and blocks.devices:
            self._apply_device_functions(op)
        if blocks.colocation:
            self._apply_colocation(op)
        if self._container and op._is_stateful and entry is not None:
            if "container" in entry.signature.attr_by_name and not op._attrs.get("container"):
                op._attrs["container"] = self._container
        return op

    def _insert(self, op: Operation, control_inputs: Sequence[Operation]) -> None:
        """Checks a node, runs its shape rule and puts it into the tables."""
        name = op._name
        if not names.VALID_OP_NAME.match(name):
            raise ValueError(f"'{name}' is not a valid node name")
        for t in op._inputs:
            if t._op._graph is not self:
                if t._op._graph.runs_at_once:
                    raise RuntimeError(
                        "Attempting to capture an EagerTensor without building a function."
                    )
                other = next((x for x in op._inputs if x._op._graph is self), name)
                raise ValueError(f"{t} must be from the same graph as {other}.")
        infer_shapes(op)
        self._register(op, control_inputs)
        op._original_op = self._default_original_op
        self._join_context(op)

    def _register(self, op: Operation, control_inputs: Sequence[Operation]) -> None:
        """Puts a node into the tables."""
        name = op._name
        with self._lock:
            if name in self._nodes_by_name:
                raise ValueError(f"Duplicate node name in graph: '{name}'")
            op._id = self._next_id()
            self._version = max(self._version, op._id)
            self._nodes.append(op)
            self._nodes_by_name[name] = op
        for t in op._inputs:
            t._consumers.append(op)
        for c in control_inputs:
            if c not in op._control_inputs:
                op._control_inputs.append(c)
                c._control_outputs.append(op)

    def _join_context(self, op: Operation) -> None:
        """Makes a node part of the current control flow context."""
        context = self._control_flow_context
        op._control_flow_context = context
        for t in op._inputs:
            other = t._op._control_flow_context
            if other is not None and other is not context:
                other.CheckInput(op, t._op)
        if context is not None:
            context.AddOp(op)

    def _drop_nodes(self, first: int) -> None:
        """Takes out the nodes from position `first` on: those of an import that failed."""
        for op in reversed(self._nodes[first:]):
            del self._nodes_by_name[op._name]
            for t in op._inputs:
                t._consumers.remove(op)
            op._remove_all_control_inputs()
        del self._nodes[first:]

    def _init_operation(
        self,
        op: Operation,
        node_def: Any,
        inputs: Sequence[Tensor] | None,
        output_types: Sequence[Any] | None,
        control_inputs: Sequence[Any] | None,
        input_types: Sequence[Any] | None,
        original_op: Operation | None,
        op_def: Any,
    ) -> None:
        """The public constructor of Operation: a node exactly as `node_def` says."""
        if not hasattr(node_def, "SerializeToString"):
            raise TypeError(f"node_def needs to be a NodeDef: {node_def}")
        if node_def.ByteSize() >= (1 << 31) or node_def.ByteSize() < 0:
            raise ValueError("Cannot create a tensor proto whose content is larger than 2GB.")
        if not names.VALID_OP_NAME.match(node_def.name):
            raise ValueError(f"'{node_def.name}' is not a valid node name")
        tensors = list(inputs or [])
        for t in tensors:
            if not isinstance(t, Tensor):
                raise TypeError(f"input needs to be a Tensor: {t}")
        types = None if input_types is None else [as_dtype(d) for d in input_types]
        check_input_types(node_def.name, tensors, types)
        controls = []
        for c in control_inputs or []:
            control = c if isinstance(c, Operation) else getattr(c, "op", None)
            if not isinstance(control, Operation):
                raise TypeError(
                    f"Control input must be an Operation, a Tensor, or IndexedSlices: {c}"
                )
            controls.append(control)
        entry = lookup(node_def.op)
        if entry is None:
            attrs, out = dict(node_def.attr), [as_dtype(d) for d in output_types or ()]
        else:
            attrs = attrs_of_new_node(_copied(node_def), tensors, entry)
            out = output_types_of(entry, attrs)
        op._fill(self, node_def.op, node_def.name, entry, tuple(tensors), attrs, out)
        op._device = node_def.device
        op._input_types_val = types
        self._insert(op, controls)
        op._original_op = original_op

    def _apply_attr_scopes(self, op: Operation) -> None:
        for key, value in self._attr_scope_map.items():
            if key not in op._attrs:
                found = value(op.node_def) if callable(value) else value
                if found is None:
                    continue
                if not isinstance(found, attr_value_pb2.AttrValue):
                    raise TypeError(
                        f"Callable for scope map key '{key}' must return either None or an "
                        "AttrValue "
                        f"protocol buffer; but it returned: {found}"
                    )
                op._set_attr(key, found)
        label = self._kernel_labels.get(op._type)
        if label is not None:
            op._set_attr("_kernel", attr_value_pb2.AttrValue(s=label.encode()))
        override = self._gradient_overrides.get(op._type)
        if override is not None:
            op._set_attr("_gradient_op_type", attr_value_pb2.AttrValue(s=override.encode()))

    def _apply_device_functions(self, op: Operation) -> None:
        op.__dict__["_device_blocks"] = self._blocks.devices
        for spec in reversed(self._blocks.devices):
            if spec.function is None:
                break
            op._set_device(spec.function(op) or "")

    def _apply_colocation(self, op: Operation) -> None:
        groups: list[bytes] = []
        for other in reversed(self._blocks.colocation):
            groups.extend(other.colocation_groups())
            if other.device:
                op._set_device(other.device)
            blocks = op.__dict__.setdefault("_colocation_blocks", {})
            blocks[other._name] = TraceableObject.here(None)
        unique = sorted(set(groups))
        op._attrs["_class"] = attr_value_pb2.AttrValue(
            list=attr_value_pb2.AttrValue.ListValue(s=unique)
        )

    # -- control dependencies

    def _control_for_inputs(
        self, inputs: Sequence[Tensor], stack: list[ControlDependencies]
    ) -> list[Operation]:
        ops = [t._op for t in inputs]
        found: list[Operation] = []
        for controller in stack:
            if any(controller.op_in_group(op) for op in ops):
                continue
            found.extend(c for c in controller.control_inputs if c not in ops)
        return found

    def _control_dependencies_for_inputs(self, input_ops: Sequence[Operation]) -> list[Operation]:
        found: list[Operation] = []
        for controller in self._blocks.control:
            if not any(controller.op_in_group(op) for op in input_ops):
                found.extend(c for c in controller.control_inputs if c not in input_ops)
        return found

    def _record_op_seen_by_control_dependencies(self, op: Operation) -> None:
        for controller in self._blocks.control:
            controller.add_op(op)

    def _current_control_dependencies(self) -> set[Operation]:
        return {c for controller in self._blocks.control for c in controller.control_inputs}

    def control_dependencies(
        self, control_inputs: Sequence[Any] | None
    ) -> contextlib.AbstractContextManager[None]:
        """Inside the block, new nodes run after `control_inputs` (operations or tensors). None
        clears.

        Raises:
          TypeError: something else is among `control_inputs`.
        """
        if control_inputs is None:
            return ControlDependencies(self, None)
        current = self._current_control_dependencies()
        controls = []
        for c in control_inputs:
            element = c._as_graph_element() if hasattr(c, "_as_graph_element") else c
            # Indexed slices, and resource variables: an assignment's result stands for the
            # assignment.
            if hasattr(c, "_handle") or hasattr(c, "_is_control_input"):
                if isinstance(getattr(c, "op", None), Operation):
                    element = c.op
            element = self.as_graph_element(element)
            op = element.op if isinstance(element, Tensor) else element
            if not isinstance(op, Operation):
                raise TypeError(f"Control input must be Operation or Tensor: {c}")
            if op not in current:
                controls.append(op)
                current.add(op)
        return ControlDependencies(self, controls)

    # -- names

    def unique_name(self, name: str, mark_as_used: bool = True) -> str:
        """A name not used in the graph yet: `name` in the current scope, with a number if need
        be."""
        stack = self._stacks.name_stack
        return self._names.unique(f"{stack}/{name}" if stack else name, mark_as_used)

    def get_name_scope(self) -> str:
        """The current name scope, without the trailing slash."""
        return self._stacks.name_stack

    def _scope_for(self, name: Any) -> str | None:
        """The name stack that entering scope `name` leads to; None for the root."""
        if not name:
            return None
        if isinstance(name, bytes_or_text_types):
            name = as_str(name)
        else:
            raise TypeError("expected string or bytes-like object")
        # A node's name begins with the outermost scope's, which so has the stricter rule.
        pattern = names.VALID_SCOPE_NAME if self._stacks.name_stack else names.VALID_OP_NAME
        if not pattern.match(name):
            raise ValueError(f"'{name}' is not a valid scope name")
        return name[:-1] if name[-1] == "/" else self.unique_name(name)

    def name_scope(self, name: str | None) -> contextlib.AbstractContextManager[str]:
        """Names of new nodes get the prefix `name/`, made unique; "x/" re-enters scope x, None the
        root."""
        return NameScope(self, name)

    # -- scopes for devices and attrs

    @contextlib.contextmanager
    def device(self, device_name_or_function: Any) -> Iterator[None]:
        """Sets the device of new nodes: by name (merged into what surrounds) or by `function(op)`.

        None ignores the surrounding blocks.
        """
        before, entry = self._blocks.devices, DeviceBlock(device_name_or_function)
        self._blocks.devices = [*before, entry]
        try:
            yield
        finally:
            blocks = self._blocks
            if not blocks.devices or blocks.devices[-1] is not entry:
                raise RuntimeError("Exiting device scope without proper scope nesting.")
            blocks.devices = before

    @contextlib.contextmanager
    def colocate_with(self, op: Any, ignore_existing: bool = False) -> Iterator[None]:
        """New nodes go where `op` (an operation or tensor) is; `op` None needs
        `ignore_existing`."""
        if op is None and not ignore_existing:
            raise ValueError(
                "Trying to reset colocation (op is None) but ignore_existing is not True"
            )
        target = self._colocation_op(op)
        blocks = self._blocks
        old_devices, old = blocks.devices, blocks.colocation
        blocks.devices = []
        blocks.colocation = [] if ignore_existing else list(old)
        if target is not None:
            blocks.colocation.append(target)
        try:
            yield
        finally:
            self._blocks.devices, self._blocks.colocation = old_devices, old

    @staticmethod
    def _colocation_op(op: Any) -> Operation | None:
        if op is None or isinstance(op, Operation):
            return op
        if isinstance(op, Tensor):
            return op.op
        found = getattr(op, "op", None)
        if not isinstance(found, Operation):
            # A variable with a copy on each device.
            found = getattr(getattr(op, "handle", None), "op", None)
        if not isinstance(found, Operation):
            raise TypeError(f"Can not colocate with {op!r}: it is no operation or tensor")
        return found

    @contextlib.contextmanager
    def container(self, container_name: str) -> Iterator[str]:
        """Stateful nodes made in the block keep their state in this container."""
        old, self._container = self._container, container_name
        try:
            yield container_name
        finally:
            self._container = old

    @contextlib.contextmanager
    def _overridden(self, table: dict[str, Any], new: dict[str, Any]) -> Iterator[None]:
        saved = dict(table)
        for key, value in new.items():
            if value is None:
                table.pop(key, None)
            else:
                table[key] = value
        try:
            yield
        finally:
            table.clear()
            table.update(saved)

    def gradient_override_map(
        self, op_type_map: dict[str, str]
    ) -> contextlib.AbstractContextManager[None]:
        """Nodes made in the block take the gradient registered under another name, by op type."""
        if not isinstance(op_type_map, dict):
            raise TypeError("op_type_map must be a dictionary mapping strings to strings")
        for op_type, mapped in op_type_map.items():
            if not (isinstance(op_type, str) and isinstance(mapped, str)):
                raise TypeError("op_type_map must be a dictionary mapping strings to strings")
        return self._overridden(self._gradient_overrides, op_type_map)

    def _attr_scope(self, attr_map: dict[str, Any]) -> contextlib.AbstractContextManager[None]:
        """Nodes made in the block get these attrs: AttrValue protos, functions of the NodeDef, or
        None."""
        if not isinstance(attr_map, dict):
            raise TypeError(
                "attr_map must be a dictionary mapping strings to AttrValue protocol buffers"
            )
        for name, attr in attr_map.items():
            if not (
                isinstance(name, str)
                and (attr is None or isinstance(attr, attr_value_pb2.AttrValue) or callable(attr))
            ):
                raise TypeError(
                    "attr_map must be a dictionary mapping strings to AttrValue protocol buffers "
                    "or callables that emit AttrValue protocol buffers"
                )
        return self._overridden(self._attr_scope_map, attr_map)

    def _kernel_label_map(
        self, op_to_kernel_label_map: dict[str, str]
    ) -> contextlib.AbstractContextManager[None]:
        """Nodes made in the block get the attr `_kernel`, by op type."""
        if not isinstance(op_to_kernel_label_map, dict):
            raise TypeError(
                "op_to_kernel_label_map must be a dictionary mapping strings to strings"
            )
        for key, value in op_to_kernel_label_map.items():
            if not (isinstance(key, str) and isinstance(value, str)):
                raise TypeError(
                    "op_to_kernel_label_map must be a dictionary mapping strings to strings"
                )
        return self._overridden(self._kernel_labels, op_to_kernel_label_map)

    @contextlib.contextmanager
    def _original_op(self, op: Operation) -> Iterator[None]:
        old, self._default_original_op = self._default_original_op, op
        try:
            yield
        finally:
            self._default_original_op = old

    @contextlib.contextmanager
    def _variable_creator_scope(self, creator: Any, first: bool = False) -> Iterator[None]:
        """In the block, `creator` makes the variables; see `tf.variable_creator_scope`.

        With `first`, creators that surround the block are asked before it.
        """
        stacks = self._stacks
        old = stacks.variable_creators
        new = stacks.variable_creators = [creator, *old] if first else [*old, creator]
        try:
            yield
        finally:
            if stacks.variable_creators is not new:
                raise RuntimeError("Exiting variable_creator_scope without proper nesting.")
            stacks.variable_creators = old

    # -- the default graph

    def as_default(self) -> contextlib.AbstractContextManager["Graph"]:
        """Makes this graph the default one of the thread inside a `with` block."""
        return scopes.graph_stack.pushed(self)

    # -- functions

    def _is_function(self, name: str) -> bool:
        return name in self._functions

    def _get_function(self, name: Any) -> Any:
        return self._functions.get(as_str(name))

    def _add_function(self, function: Any) -> None:
        name = function.name
        if function.grad_func_name is not None and function.python_grad_func is not None:
            raise ValueError(f"Gradient defined twice for function {name}")
        known = self._functions.get(name)
        if known is not None and known.definition != function.definition:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Cannot add function '{name}' because a different function with the same name "
                "already "
                "exists.",
            )
        self._functions[name] = function
        # Older readers do not know functions.
        self._graph_def_versions.min_consumer = max(self._graph_def_versions.min_consumer, 12)

    # -- export

    def as_graph_def(self, from_version: int | None = None, add_shapes: bool = False) -> Any:
        """The graph as a GraphDef, with `_output_shapes` if asked.

        `from_version` has no effect, as in TensorFlow 1.15: all nodes are there.
        """
        graph_def = graph_pb2.GraphDef()
        graph_def.versions.CopyFrom(self._graph_def_versions)
        for op in self._nodes:
            node = op._to_node_def()
            if add_shapes and op._outputs:
                _add_output_shapes(node, op)
            graph_def.node.append(node)
        self._add_functions_to(graph_def)
        for definition in graph_def.library.function if add_shapes else ():
            body = getattr(self._functions[definition.signature.name], "graph", None)
            if hasattr(body, "inputs"):
                _add_body_shapes(definition, body)
        return graph_def

    def _add_functions_to(self, graph_def: Any) -> None:
        """Puts the functions into the library of a GraphDef."""
        for function in self._functions.values():
            graph_def.library.function.append(function.definition)
            if getattr(function, "grad_func_name", None):
                graph_def.library.gradient.add(
                    function_name=function.name, gradient_func=function.grad_func_name
                )

    def _as_graph_def(self, from_version: int | None = None, add_shapes: bool = False) -> Any:
        return self.as_graph_def(from_version, add_shapes), self._version

    # -- values known while building (see graph/static_value.py, which sets these two)

    _static_value: Callable[[Tensor], Any] = staticmethod(lambda tensor: None)
    _static_dims: Callable[[Tensor], Dims] = staticmethod(lambda tensor: None)


def _add_output_shapes(node_def: Any, op: Operation) -> None:
    shapes = node_def.attr["_output_shapes"].list.shape
    shapes.extend([attr_value.shape_proto(t.dims) for t in op._outputs])


def _add_body_shapes(definition: Any, body: Any) -> None:
    """Adds the shapes of arguments, but for resources, and of nodes to a FunctionDef."""
    shapes = definition.attr["_input_shapes"].list.shape
    for t in body.inputs:
        shapes.append(attr_value.shape_proto(None if t.dtype == resource else t.dims))
    for node in definition.node_def:
        op = body._nodes_by_name.get(node.name)
        if op is not None:
            _add_output_shapes(node, op)


def _copied(node_def: Any) -> Any:
    """A NodeDef of its own with the same content."""
    made = type(node_def)()
    made.CopyFrom(node_def)
    return made


@export("get_default_graph")
def get_default_graph() -> Graph:
    """The default graph of this thread. Stands for `tf.get_default_graph`."""
    stack = scopes.graph_stack
    if stack.stack:
        return stack.stack[-1]
    if stack.own is None:
        stack.own = stack.make_own() if stack.make_own else stack.spare or Graph()
    return stack.own


@export("reset_default_graph")
def reset_default_graph() -> None:
    """Gives this thread a new, empty default graph. Stands for `tf.reset_default_graph`.

    Raises:
      AssertionError: inside a `with graph.as_default()` block.
    """
    if not scopes.graph_stack.is_cleared():
        raise AssertionError(
            "Do not use tf.reset_default_graph() to clear nested graphs. If you need a cleared "
            "graph, "
            "exit the nesting and create a new graph."
        )
    present = scopes.graph_stack.peek()
    if present is not None:
        # A block of eager mode goes on with its graph, which forgets what would be another's.
        present._collections.clear()
    scopes.graph_stack.own = scopes.graph_stack.spare = None
