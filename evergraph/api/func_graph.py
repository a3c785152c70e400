"""Graphs of the bodies of functions that `tf.function` and its like make: `FuncGraph`."""

import contextlib
import itertools
import math
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from evergraph.api import array_ops
from evergraph.api.auto_control_deps import AutomaticControlDependencies
from evergraph.api.resource_variable_ops import BaseResourceVariable
from evergraph.api.switching import arrays_of_flows, flow_of
from evergraph.api.variable_scope import get_variable_scope
from evergraph.api.variable_scope_state import _VARSCOPESTORE_KEY, _VARSTORE_KEY
from evergraph.base import dtypes, errors, nest
from evergraph.base.compat import as_bytes, as_str
from evergraph.base.object_identity import ObjectIdentitySet, ObjectIdentityWeakSet
from evergraph.base.tensor_spec import TensorSpec
from evergraph.base.type_spec import TypeSpec
from evergraph.graph.composite import CompositeTensor, convert_to_tensor_or_composite
from evergraph.graph.defaults import control_dependencies
from evergraph.graph.function_def import make_function_def
from evergraph.graph.functions import GraphFunction
from evergraph.graph.graph import Graph, get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.proto.framework.attr_value_pb2 import AttrValue

WHITELIST_COLLECTIONS = [
    GraphKeys.GLOBAL_VARIABLES,
    GraphKeys.LOCAL_VARIABLES,
    GraphKeys.TRAINABLE_VARIABLES,
    _VARSTORE_KEY,
    _VARSCOPESTORE_KEY,
]
"""The collections that a function's body shares with the graph around it."""


class UnknownArgument:
    """Stands, in a signature, for an argument that no spec describes."""


def _spec_of_argument(arg: Any, path: tuple[Any, ...]) -> Any:
    if isinstance(arg, Tensor):
        named = arg.op._attrs.get("_user_specified_name")
        name = "/".join(str(p) for p in path)
        if path and named is not None and named.s and as_str(named.s) != path[0]:
            name = as_str(named.s)
        return TensorSpec(arg.shape, arg.dtype, name)
    if isinstance(arg, CompositeTensor):
        return arg._type_spec
    if arg is None or isinstance(arg, (int, float, bool, dtypes.DType, TypeSpec)):
        return arg
    return UnknownArgument()


_KNOWN_SIZE = 128
"""So many elements are known of a captured tensor that has its value already."""


def _size(tensor: Tensor) -> int:
    return math.prod(tensor.dims or ())  # type: ignore[arg-type]


def convert_structure_to_signature(structure: Any, arg_names: Sequence[str] | None = None) -> Any:
    """`structure` with TensorSpecs for tensors, and UnknownArgument for what has no spec.

    Raises:
      ValueError: there are not as many names as arguments.
    """
    flattened = nest.flatten_with_tuple_paths(structure)
    if arg_names:
        if len(arg_names) != len(structure):
            raise ValueError(f"Passed in arg_names don't match actual signature ({arg_names}).")
        flattened = [((arg_names[path[0]], *path[1:]), arg) for path, arg in flattened]
    return nest.pack_sequence_as(structure, [_spec_of_argument(a, path) for path, a in flattened])


class FuncGraph(Graph):
    """The body of a function while it is being built, and after.

    A tensor of another graph that a node takes becomes a placeholder, and a further input of the
    function; a control dependency on another graph becomes one of the call.

    Args:
      name: the function's name.
      collections: collections to use; default: those of the graph around, of which only the ones
        of variables can be written to.
      capture_by_value: whether variables are read outside, where the function is called.

    Attributes:
      inputs: placeholders for the arguments, then for what is captured.
      outputs: the results, tensors of this graph.
      control_outputs: operations that run at every call.
      control_captures: operations outside that come before a call.
      structured_input_signature: specs of `(args, kwargs)`.
      structured_outputs: the results as the Python function returned them.
      outer_graph: the graph that the function is made in.
    """

    def __init__(
        self,
        name: str,
        collections: dict[Any, Any] | None = None,
        capture_by_value: bool | None = None,
    ) -> None:
        super().__init__()
        outer = get_default_graph()
        self.name = name
        self.inputs: list[Tensor] = []
        self.outputs: list[Tensor] = []
        self.control_outputs: list[Operation] = []
        self.control_captures: set[Any] = set()
        self.structured_input_signature: Any = None
        self.structured_outputs: Any = None
        self.outer_graph = self._outer_graph = outer
        self.capture_by_value = bool(getattr(outer, "capture_by_value", False))
        if capture_by_value is not None:
            self.capture_by_value = capture_by_value
        self._building_function = True
        self._weak_variables: list[Any] = []
        self._watched_variables = ObjectIdentityWeakSet()
        self._captures: dict[Tensor, Tensor] = {}
        self._deferred_captures: dict[Any, Any] = {}
        self._output_names: Any = None
        self.seed = outer.seed
        self._blocks.colocation = list(outer._blocks.colocation)
        if collections is not None:
            self._collections = collections
            return
        for key in outer.get_all_collection_keys():
            if key not in WHITELIST_COLLECTIONS:
                self._collections[key] = outer.get_collection(key)
        for key in WHITELIST_COLLECTIONS:
            self._collections[key] = outer.get_collection_ref(key)

    def __str__(self) -> str:
        return f"FuncGraph(name={self.name}, id={id(self)})"

    @contextlib.contextmanager
    def as_default(self) -> Iterator["FuncGraph"]:  # type: ignore[override]
        """Makes this the default graph; creators of variables are those of the graph around, and
        device functions, too (the call says where the other nodes go)."""
        outer = get_default_graph()
        creators, devices = self._stacks.variable_creators, self._blocks.devices
        self._stacks.variable_creators = outer._variable_creator_stack
        if any(block.by_function for block in outer._blocks.devices):
            self._blocks.devices = list(outer._blocks.devices)
        try:
            with super().as_default():
                yield self
        finally:
            self._stacks.variable_creators, self._blocks.devices = creators, devices

    def control_dependencies(
        self, control_inputs: Sequence[Any] | None
    ) -> contextlib.AbstractContextManager[None]:
        """As `Graph.control_dependencies`; what is of another graph goes to
        `control_captures`."""
        if control_inputs is None:
            return super().control_dependencies(None)
        own = []
        for c in control_inputs:
            element = c
            if hasattr(c, "_handle") and isinstance(getattr(c, "op", None), Operation):
                element = c.op
            elif callable(getattr(c, "_as_graph_element", None)):
                element = c._as_graph_element()
            if getattr(element, "graph", None) is self:
                own.append(element)
            else:
                self.control_captures.add(element)
        return super().control_dependencies(own)

    def _add(
        self,
        op_type: str,
        entry: Any,
        inputs: Sequence[Tensor],
        attrs: dict[str, Any],
        *args: Any,
        **kwargs: Any,
    ) -> Operation:
        if self.capture_by_value and op_type in ("ReadVariableOp", "ResourceGather"):
            return self._read_outside(op_type, inputs, attrs)
        if op_type == "Enter" and inputs[0].op.type == "Enter":
            # A loop's context replaces inputs late: what it has brought in stays as it is.
            if inputs[0].op.attr("frame_name") == attrs["frame_name"]:
                return inputs[0].op
        context = get_default_graph()._get_control_flow_context()
        if context is not None and hasattr(context, "AddValue"):
            # What comes from outside is captured where the cond or loop begins.
            inputs = [context.AddValue(t) for t in inputs]
        own = [self.capture(t) for t in inputs]
        return super()._add(op_type, entry, own, attrs, *args, **kwargs)

    def _read_outside(
        self, op_type: str, inputs: Sequence[Tensor], attrs: dict[str, Any]
    ) -> Operation:
        """Reads a variable in the graph around, and captures the value."""
        outside = {placeholder: t for t, placeholder in self._captures.items()}
        given = [outside.get(t, t) for t in inputs]
        graph = self.outer_graph
        with graph.as_default():
            read = graph._add(op_type, graph._entry(op_type), given, dict(attrs), None, None)
        return self.capture(read.outputs[0]).op

    def _colocation_op(self, op: Any) -> Operation | None:  # type: ignore[override]
        # Nodes are placed with the placeholder of a variable, which may have to be made.
        handle = getattr(op, "handle", None)
        return self.capture(handle).op if isinstance(handle, Tensor) else super()._colocation_op(op)

    # -- captures

    def capture(self, tensor: Tensor, name: str | None = None) -> Tensor:
        """The tensor that stands for one of another graph here; one of this graph is itself.

        Raises:
          InaccessibleTensorError: the tensor is of a function made in this one.
        """
        if tensor.graph is self:
            return tensor
        graph: Any = tensor.graph
        while isinstance(graph, FuncGraph):
            if graph is self:
                raise errors.InaccessibleTensorError(
                    f"The tensor '{tensor}' cannot be accessed here: it is defined in another "
                    "function or code block. Use return values, explicit Python locals or "
                    "TensorFlow collections to access it. Defined in: "
                    f"{tensor.graph}; accessed from: {self}.\n"
                )
            graph = graph.outer_graph
        return self._capture_helper(tensor, name or tensor.op.name)

    def _capture_helper(self, tensor: Tensor, name: str | None) -> Tensor:
        placeholder = self._captures.get(tensor)
        if placeholder is None:
            with self.as_default():
                placeholder = _substitute(tensor, name)
            if tensor.graph.runs_at_once and _size(tensor) <= _KNOWN_SIZE:
                # Shapes may follow from it.
                known = tensor._static_array()  # type: ignore[attr-defined]
                if known is not None:
                    self._static_values[placeholder] = known
            self.add_capture(tensor, placeholder)
        return placeholder

    @property
    def captures(self) -> list[tuple[Tensor, Tensor]]:
        """Pairs of a tensor outside and its placeholder, in the order of capturing."""
        return list(self._captures.items())

    @property
    def external_captures(self) -> list[Tensor]:
        """The tensors outside that are captured."""
        return list(self._captures)

    @property
    def internal_captures(self) -> list[Tensor]:
        """The placeholders for what is captured."""
        return list(self._captures.values())

    def add_capture(self, tensor: Tensor, placeholder: Tensor) -> None:
        """Has `placeholder` stand for `tensor`."""
        self._captures[tensor] = placeholder
        self.inputs.append(placeholder)

    def reset_captures(self, capture_list: Iterable[tuple[Tensor, Tensor]]) -> None:
        """Replaces what is captured by these pairs."""
        self._captures = dict(capture_list)

    def pop_capture(self, tensor: Tensor) -> Tensor | None:
        """Forgets a captured tensor; returns its placeholder, or None."""
        return self._captures.pop(tensor, None)

    def clear_captures(self) -> None:
        """Forgets all that is captured."""
        self._captures.clear()
        self._deferred_captures.clear()

    def capture_call_time_value(
        self, closure: Callable[[], Any], spec: Any, key: Any = None
    ) -> Any:
        """Placeholders, as `spec` describes, for what `closure()` gives whenever the function is
        called.

        Raises:
          TypeError: `spec` is not made of TensorSpecs.
        """
        key = object() if key is None else key
        if key not in self._deferred_captures:

            def placeholder_for(s: Any) -> Tensor:
                if not isinstance(s, TensorSpec):
                    raise TypeError(
                        f"Expected a nest of `TypeSpec` objects, found {s} of type {type(s)}."
                    )
                return array_ops.placeholder(dtype=s.dtype, shape=s.shape)

            placeholders = nest.map_structure(placeholder_for, spec, expand_composites=True)

            def value() -> list[Any]:
                result = closure()
                nest.assert_same_structure(spec, result, expand_composites=True)
                parts = nest.map_structure(lambda s, r: s._to_components(r), spec, result)
                return nest.flatten(parts, expand_composites=True)

            self._deferred_captures[key] = (value, placeholders)
        return self._deferred_captures[key][1]

    @property
    def deferred_external_captures(self) -> list[Any]:
        """Functions whose values are fed at a call."""
        return [value for value, _ in self._deferred_captures.values()]

    @property
    def deferred_internal_captures(self) -> list[Any]:
        """The placeholders for them."""
        return [placeholders for _, placeholders in self._deferred_captures.values()]

    # -- results and variables

    def as_function(self) -> GraphFunction:
        """The function of this body, as it is now, under the graph's name."""
        names = self._output_names or {}
        given = [names[t] for t in self.outputs if t in names]
        if len(set(given)) < len(self.outputs):
            given = []
        definition = make_function_def(
            self.get_operations(),
            self.inputs,
            self.outputs,
            self.name,
            append_hash=False,
            output_names=given,
            control_outputs=self.control_outputs,
        )
        return GraphFunction(definition)

    @property
    def output_types(self) -> list[Any]:
        """The types of the results."""
        return [t.dtype for t in self.outputs]

    @property
    def output_shapes(self) -> list[Any]:
        """The static shapes of the results."""
        return [t.shape for t in self.outputs]

    def watch_variable(self, v: Any) -> None:
        """Notes that the body, and what is around it, uses a variable."""
        graph: Any = self
        while isinstance(graph, FuncGraph):
            graph._watched_variables.add(v)
            graph = graph.outer_graph

    @property
    def variables(self) -> Iterator[Any]:
        """The variables that the body uses; they are not kept alive by it.

        Raises:
          AssertionError: one is gone.
        """
        for reference in self._weak_variables:
            variable = reference()
            if variable is None:
                raise AssertionError(
                    "Called a function referencing variables which have been deleted. This likely "
                    "means that function-local variables were created and not referenced "
                    "elsewhere in the program. This is generally a mistake; consider storing "
                    "variables in an object attribute on first call."
                )
            yield variable

    @variables.setter
    def variables(self, var_list: Sequence[Any]) -> None:
        self._weak_variables = [weakref.ref(v) for v in var_list]

    @property
    def variable_captures(self) -> dict[Tensor, Any]:
        """The captured variables by the placeholders of their handles."""
        return {self._captures[v.handle]: v for v in self.variables if v.handle in self._captures}


def _substitute(tensor: Tensor, name: str | None) -> Tensor:
    """A placeholder for a tensor, outside of any cond or loop, that tells what is known of it."""
    with control_dependencies(None):
        placeholder = array_ops.placeholder(tensor.dtype, shape=tensor.shape, name=name)
    placeholder._handle_data = tensor._handle_data
    placeholder.op.__dict__["_stands_for"] = tensor
    return placeholder


def func_graph_from_py_func(
    name: str,
    python_func: Callable[..., Any],
    args: Any,
    kwargs: Any,
    signature: Any = None,
    func_graph: FuncGraph | None = None,
    autograph: bool = False,
    autograph_options: Any = None,
    add_control_dependencies: bool = True,
    arg_names: Sequence[str] | None = None,
    op_return_value: Any = None,
    collections: dict[Any, Any] | None = None,
    capture_by_value: bool | None = None,
    override_flat_arg_shapes: Sequence[Any] | None = None,
) -> FuncGraph:
    """The graph that `python_func` builds of placeholders for its arguments.

    Args:
      name: a name for the function.
      python_func: builds nodes; returns tensors and composites, perhaps nested, and None.
      args, kwargs: arguments, whose tensors and specs become placeholders.
      signature: TensorSpecs in the structure of the arguments, instead of `args` and `kwargs`.
      func_graph: the graph to use; default: a new one.
      autograph, autograph_options: without an effect: Python's statements are run as they are.
      add_control_dependencies: whether effects happen at every call, in the program's order.
      arg_names: names of the arguments, for the placeholders.
      op_return_value: a tensor to return for an operation among the results.
      collections, capture_by_value: see `FuncGraph`.
      override_flat_arg_shapes: static shapes of the placeholders, None for other arguments.

    Raises:
      TypeError: a result is no tensor.
      ValueError: `signature` comes with `override_flat_arg_shapes`; the function changed the
        structure of its arguments.
    """
    graph = func_graph or FuncGraph(
        name, collections=collections, capture_by_value=capture_by_value
    )
    control = AutomaticControlDependencies() if add_control_dependencies else None
    with graph.as_default(), control or contextlib.nullcontext(), _resource_variables():
        if signature is not None:
            if override_flat_arg_shapes is not None:
                raise ValueError(
                    f"Passed both signature and override_flat_arg_shapes: {signature} and "
                    f"{override_flat_arg_shapes}."
                )
            args, kwargs = signature, {}
        func_args, func_kwargs = _placeholders(args, kwargs, arg_names, override_flat_arg_shapes)
        graph.structured_input_signature = (
            convert_structure_to_signature(func_args, arg_names),
            convert_structure_to_signature(func_kwargs),
        )
        given = nest.flatten((func_args, func_kwargs), expand_composites=True)
        graph.inputs = [arg for arg in given if isinstance(arg, Tensor)]
        before = nest.pack_sequence_as((func_args, func_kwargs), given, expand_composites=True)
        outputs = python_func(*func_args, **func_kwargs)
        outputs = nest.map_structure(
            lambda x: _result(x, python_func, op_return_value, control),
            outputs,
            expand_composites=True,
        )
        check_mutation(before, (func_args, func_kwargs))
        _set_inputs(graph, nest.flatten((func_args, func_kwargs), expand_composites=True))
        graph.structured_outputs = outputs
        graph.outputs.extend(graph.capture(x) for x in flatten(outputs) if x is not None)
    if control is not None:
        # TensorFlow's order is that of a set.
        order = [op for op in graph.get_operations() if op in control.ops_which_must_run]
        graph.control_outputs.extend(order)
    return graph


@contextlib.contextmanager
def _resource_variables() -> Iterator[None]:
    """Variables that are made in the block are resource variables."""
    scope = get_variable_scope()
    before = scope.use_resource
    scope.set_use_resource(True)
    try:
        yield
    finally:
        scope.set_use_resource(before)


def _result(x: Any, python_func: Any, op_return_value: Any, control: Any) -> Any:
    """A result of a Python function as a tensor, after its effects."""
    if x is None:
        return None
    if op_return_value is not None and isinstance(x, Operation):
        with control_dependencies([x]):
            x = array_ops.identity(op_return_value)
    elif flow_of(x) is x:
        try:
            x = convert_to_tensor_or_composite(x)
        except (ValueError, TypeError):
            raise TypeError(
                "To be compatible with tf.contrib.eager.defun, Python functions must return zero "
                f"or more Tensors; in compilation of {python_func}, found return value of type "
                f"{type(x)}, which is not a Tensor."
            ) from None
    return x if control is None else control.mark_as_return(x)


def _set_inputs(graph: FuncGraph, args: Sequence[Any]) -> None:
    """Inputs of a graph: those of the arguments, variables among them, then what is captured."""
    inputs = []
    variables = ObjectIdentitySet()
    for arg in args:
        if isinstance(arg, BaseResourceVariable):
            placeholder = graph.pop_capture(arg.handle)
            if placeholder is not None:
                variables.add(arg)
                inputs.append(placeholder)
        elif isinstance(arg, Tensor):
            inputs.append(arg)
    graph.variables = [v for v in graph._watched_variables if v not in variables]
    deferred = nest.flatten(graph.deferred_internal_captures, expand_composites=True)
    graph.inputs = inputs + graph.internal_captures + deferred


def _placeholders(args: Any, kwargs: Any, arg_names: Any, shapes: Any) -> tuple[Any, Any]:
    """Arguments with placeholders for their tensors, specs and variables."""
    count = len(nest.flatten(args, expand_composites=True))
    first, rest = (None, None) if shapes is None else (shapes[:count], shapes[count:])
    names, values = zip(*sorted(kwargs.items()), strict=True) if kwargs else ((), ())
    return (
        _placeholders_for(args, arg_names, args, first),
        _placeholders_for(values, names, kwargs, rest),
    )


def _placeholders_for(args: Any, names: Any, structure: Any, shapes: Any) -> Any:
    flat_count = len(nest.flatten(args, expand_composites=True))
    if shapes is not None and flat_count != len(shapes):
        raise RuntimeError(
            f"Length of fully flat shapes ({len(shapes)}) must match that of flatten(args) "
            f"({flat_count}).  args: {args}, flat_shapes: {shapes}"
        )
    shapes_left = itertools.repeat(None) if shapes is None else iter(shapes)
    made = []
    for arg, name in zip(args, names or itertools.repeat(None)):  # noqa: B905
        flat = nest.flatten(arg, expand_composites=True)
        specs = [a for a in flat if isinstance(a, TensorSpec)]
        if 0 < sum(bool(s.name) for s in specs) < len(specs):
            raise ValueError(
                "If specifying TensorSpec names for nested structures, either zero or all names "
                "have to be specified."
            )
        made.extend(_placeholder_for(a, name, next(shapes_left)) for a in flat)
    return nest.pack_sequence_as(structure, made, expand_composites=True)


def _placeholder_for(arg: Any, name: str | None, shape: Any) -> Any:
    """A placeholder for a tensor or spec; a variable, whose handle is captured, is itself."""
    if isinstance(arg, BaseResourceVariable):
        graph: Any = get_default_graph()
        _note_name(graph.capture(arg.handle, name=name), name)
        return arg
    if not isinstance(arg, (Tensor, TensorSpec)):
        if shape is not None:
            raise RuntimeError(
                "Expected provided shape override to be None for arg that isn't a Tensor, but saw "
                f"arg: '{arg}', shape: '{shape}'."
            )
        return arg
    wanted = (arg.name if isinstance(arg, TensorSpec) else None) or name
    dims = arg.shape if shape is None else shape
    try:
        placeholder = array_ops.placeholder(arg.dtype, dims, name=wanted or "placeholder")
    except ValueError:
        # Names of arguments need not be names of nodes.
        placeholder = array_ops.placeholder(arg.dtype, dims)
    if isinstance(arg, Tensor):
        placeholder._handle_data = arg._handle_data
    if name is not None:
        _note_name(placeholder, wanted)
    return placeholder


def _note_name(placeholder: Tensor, name: str | None) -> None:
    if name is not None:
        placeholder.op._set_attr("_user_specified_name", AttrValue(s=as_bytes(name)))


def maybe_captured(tensor: Tensor) -> Tensor:
    """The tensor outside that a placeholder stands for; any other tensor is itself."""
    graph: Any = tensor.graph
    if isinstance(graph, FuncGraph) and tensor.op.type == "Placeholder":
        for outside, placeholder in graph.captures:
            if placeholder is tensor:
                return maybe_captured(outside)
    return tensor


def check_mutation(n1: Any, n2: Any) -> None:
    """Raises ValueError where two lists of arguments are not the same objects in the same
    structure."""
    complaint = (
        "Function to be traced should not modify structure of input arguments. Check if your "
        "function has list and dictionary operations that alter input arguments, such as "
        "`list.pop`, `list.append`"
    )
    try:
        nest.assert_same_structure(n1, n2, expand_composites=True)
    except ValueError:
        raise ValueError(complaint) from None
    flat = (nest.flatten(n, expand_composites=True) for n in (n1, n2))
    if any(a is not b for a, b in zip(*flat, strict=True)):
        raise ValueError(complaint)


def flatten(sequence: Any) -> list[Any]:
    """The leaves of a structure: parts of composites, flows of TensorArrays."""
    return [flow_of(x) for x in nest.flatten(sequence, expand_composites=True)]


def pack_sequence_as(structure: Any, flat_sequence: Any) -> Any:
    """The reverse of `flatten`.

    Raises:
      ValueError: there are not as many leaves as the structure has.
    """
    leaves = nest.flatten(structure, expand_composites=True)
    values = list(flat_sequence)
    if len(leaves) != len(values):
        raise ValueError("Mismatch in element count")
    built = arrays_of_flows(leaves, values)
    return nest.pack_sequence_as(structure, built, expand_composites=True)


def dismantle_func_graph(func_graph: FuncGraph) -> None:
    """Forgets what a graph captures; it is of no use afterwards."""
    func_graph.clear_captures()
