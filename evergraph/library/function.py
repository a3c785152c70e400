"""Graph functions made of Python functions: `Defun`."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from evergraph.api import array_ops
from evergraph.api import variable_scope as vs
from evergraph.api.resource_variable_ops import BaseResourceVariable
from evergraph.api.variable_scope_state import _VARSTORE_KEY, _get_default_variable_store
from evergraph.base import dtypes, function_utils, tf_inspect
from evergraph.base.compat import as_bytes
from evergraph.base.dtypes import DType
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, init_scope
from evergraph.graph.function_def import make_function_def
from evergraph.graph.functions import GraphFunction
from evergraph.graph.graph import Graph, get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.proto.framework.attr_value_pb2 import AttrValue


class Defun:
    """Decorator: makes a Python function that builds nodes a graph function.

    Args:
      *input_types: the types of its arguments; without any, a function is made for each choice of
        types that it
        is called with.
      func_name: its name; default: the Python function's with a hash of the body.
      grad_func: another such function that is its gradient: it takes the arguments and the
        gradients of the
        results.
      python_grad_func: a Python function `f(op, *grads)` that builds the nodes of the gradient.
      out_names: names of the results.
      shape_func: gives for a call's Operation the static shapes of its outputs.
      **kwargs: further keyword arguments for each call (`noinline`, `compiled`,
        `experimental_...`), and
        `capture_by_value`, `whitelisted_stateful_ops`, `capture_resource_var_by_value`.
    """

    def __init__(self, *input_types: Any, **kwargs: Any) -> None:
        self._input_types = input_types
        self._func_name = kwargs.pop("func_name", None)
        self._grad_func = kwargs.pop("grad_func", None)
        self._python_grad_func = kwargs.pop("python_grad_func", None)
        self._out_names = kwargs.pop("out_names", None)
        self._extra_kwargs = kwargs

    def __call__(self, func: Callable[..., Any]) -> Any:
        if not callable(func):
            raise ValueError(f"function {func} must be callable")
        spec = tf_inspect.getfullargspec(func)
        if spec.varkw or spec.defaults:
            raise ValueError(
                "function with argument defaults or keywords arguments are not supported. "
                f"{func} has defaults {spec.defaults} and keywords {spec.varkw}."
            )
        names = list(spec.args)
        minimum = len(names)
        maximum = 1000000 if spec.varargs else minimum
        if tf_inspect.ismethod(func):
            minimum -= 1
            names = names[1:]
        common = (self._func_name, self._grad_func, self._python_grad_func, self._out_names)
        if self._input_types:
            if not minimum <= len(self._input_types) <= maximum:
                raise ValueError(
                    "The function has fewer arguments than the number of specified input types."
                )
            return DefinedFunction(func, names, self._input_types, *common, **self._extra_kwargs)
        if maximum == 0:
            return DefinedFunction(func, [], [], *common, **self._extra_kwargs)
        return _OverloadedFunction(func, names, *common, **self._extra_kwargs)


class DefinedFunction(GraphFunction):
    """A graph function with its body, which is built when it is first needed."""

    def __init__(
        self,
        func: Callable[..., Any] | None,
        argnames: Sequence[str],
        input_types: Sequence[Any],
        func_name: str | None = None,
        grad_func: Any = None,
        python_grad_func: Any = None,
        out_names: Sequence[str] | None = None,
        shape_func: Callable[..., Any] | None = None,
        capture_by_value: bool = False,
        whitelisted_stateful_ops: Any = None,
        capture_resource_var_by_value: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(None, python_grad_func=python_grad_func)
        self._func = func
        self._input_types = input_types
        self._func_name = func_name
        self._grad_func = grad_func
        self._out_names = out_names
        self._shape_func = shape_func
        self._capture_by_value = capture_by_value
        self._whitelisted_stateful_ops = whitelisted_stateful_ops or set()
        self._capture_resource_var_by_value = capture_resource_var_by_value
        self._extra_kwargs = kwargs
        self._extra_inputs: list[Tensor] = []
        self._sub_functions: dict[str, Any] = {}
        self._stateful_ops: list[tuple[str, str]] = []
        devices = get_default_graph()._device_function_stack
        self._caller_device = devices[-1].function if devices else None
        self._arg_names = [
            argnames[i] if i < len(argnames) else f"arg{i}" for i in range(len(input_types))
        ]

    @property
    def name(self) -> str:
        self._create_definition_if_needed()
        assert self._func_name is not None
        return self._func_name

    @property
    def definition(self) -> Any:
        self._create_definition_if_needed()
        return self._definition

    @property
    def _signature(self) -> Any:
        return self.definition.signature

    def set_grad_func(self, grad_func: Any) -> None:
        """Sets the function that is the gradient, once."""
        assert not self._grad_func
        assert isinstance(grad_func, DefinedFunction)
        self._grad_func = grad_func

    @property
    def grad_func_name(self) -> str | None:
        return self._grad_func.name if self._grad_func else None

    @property
    def declared_input_types(self) -> Any:
        """The types of the arguments, as they were given."""
        return self._input_types

    @property
    def captured_inputs(self) -> list[Tensor]:
        """The tensors of the graph outside that the body uses."""
        self._create_definition_if_needed()
        return self._extra_inputs

    @property
    def stateful_ops(self) -> list[tuple[str, str]]:
        self._create_definition_if_needed()
        return self._stateful_ops

    def _create_definition_if_needed(self) -> None:
        if self._definition is not None:
            return
        assert self._func is not None
        graph = func_graph_from_py_func(
            self._func,
            self._arg_names,
            self._input_types,
            self._func_name,
            self._capture_by_value,
            self._caller_device,
            collections_ref=_variable_collections(),
            whitelisted_stateful_ops=self._whitelisted_stateful_ops,
            capture_resource_var_by_value=self._capture_resource_var_by_value,
        )
        self._extra_inputs = graph.extra_inputs
        self._sub_functions = dict(graph._functions)
        base_name = self._func_name
        if base_name is None:
            base_name = function_utils.get_func_name(self._func)
            if self._grad_func:
                base_name += f"_{self._grad_func.name}"
        operations = graph.get_operations()
        self._definition = make_function_def(
            operations,
            graph.inputs,
            graph.outputs,
            base_name,
            self._func_name is None,
            list(self._out_names or ()),
            self._func.__doc__ or "",
            _parse_kwargs_as_attrs(base_name, **self._extra_kwargs),
        )
        self._func_name = self._definition.signature.name
        self._stateful_ops = [(op.name, op.type) for op in operations if op._is_stateful]

    def add_to_graph(self, g: Any) -> None:
        """Makes the function known in a graph, with those that it calls and its gradient."""
        self._create_definition_if_needed()
        g._add_function(self)
        for function in self._sub_functions.values():
            function.add_to_graph(g)
        if self._grad_func:
            self._grad_func.add_to_graph(g)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.add_to_graph(get_default_graph())
        inputs = [convert_to_tensor(a) for a in args] + self._extra_inputs
        result, op = _call(self._signature, *inputs, **kwargs)
        # Gradients prefer this very object to the one of the same name that the graph knows.
        setattr(op, "__defun", self)
        if self._shape_func is not None:
            shapes = self._shape_func(op)
            if len(shapes) != len(op.outputs):
                raise ValueError(
                    f"shape_func produced {len(shapes)} shapes for {len(op.outputs)} outputs"
                )
            for t, shape in zip(op.outputs, shapes, strict=True):
                t.set_shape(shape)
        return result


# TensorFlow's own name.
_DefinedFunction = DefinedFunction


class _OverloadedFunction:
    """A graph function for each choice of argument types that it is called with."""

    def __init__(
        self,
        func: Callable[..., Any],
        argnames: Sequence[str],
        func_name: str | None = None,
        grad_func: Any = None,
        python_grad_func: Any = None,
        out_names: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> None:
        assert grad_func is None or isinstance(grad_func, _OverloadedFunction)
        self._func = func
        self._argnames = argnames
        self._func_name = func_name
        self._grad_func = grad_func
        self._python_grad_func = python_grad_func
        self._out_names = out_names
        self._extra_kwargs = kwargs
        self._overload: dict[str, DefinedFunction] = {}

    def instantiate(self, input_types: Sequence[DType]) -> DefinedFunction:
        """The function for arguments of these types."""
        key = _type_list_to_str(input_types)
        defined = self._overload.get(key)
        if defined is None:
            name = None if self._func_name is None else f"{self._func_name}_{key}"
            defined = DefinedFunction(
                self._func,
                self._argnames,
                list(input_types),
                name,
                None,
                self._python_grad_func,
                self._out_names,
                **self._extra_kwargs,
            )
            _ = defined.name
            if self._grad_func:
                outputs = [dtypes.as_dtype(a.type) for a in defined._signature.output_arg]
                defined._grad_func = self._grad_func.instantiate([*input_types, *outputs])
            self._overload[key] = defined
        return defined

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        tensors = [convert_to_tensor(a) for a in args]
        return self.instantiate([t.dtype for t in tensors])(*tensors, **kwargs)


class _FuncGraph(Graph):
    """The body of a function while it is being built.

    A tensor of another graph that a node takes becomes a placeholder here, and a further argument
    of the function;
    with `capture_by_value` its node and those before are copied into the body instead.
    """

    def __init__(
        self,
        name: str,
        capture_by_value: bool,
        whitelisted_stateful_ops: Any,
        capture_resource_var_by_value: bool,
    ) -> None:
        super().__init__()
        self._capture_by_value = capture_by_value
        self._whitelisted_stateful_ops = whitelisted_stateful_ops
        self._capture_resource_var_by_value = capture_resource_var_by_value
        self._building_function = True
        self._outer_graph = get_default_graph()
        self._vscope = vs.get_variable_scope()
        self._old_custom_getter = self._vscope.custom_getter
        self.name = name
        self.inputs: list[Tensor] = []
        self.outputs: list[Tensor] = []
        self._captured: dict[Tensor, Tensor] = {}
        self.extra_inputs: list[Tensor] = []
        self.extra_args: list[Tensor] = []
        self.extra_vars: list[Any] = []

    @property
    def outer_graph(self) -> Graph:
        return self._outer_graph

    @property
    def captures(self) -> Iterable[tuple[Tensor, Tensor]]:
        """The tensors outside that the body uses, each with what stands for it."""
        return self._captured.items()

    @contextlib.contextmanager
    def container(self, container_name: str) -> Iterator[str]:
        """Stateful nodes made in the block, here and outside of the function, keep their state
        there."""
        with init_scope():
            outer = get_default_graph()
        old, old_outer = self._container, outer._container
        self._container = outer._container = container_name
        try:
            yield container_name
        finally:
            self._container, outer._container = old, old_outer

    def getvar(
        self,
        getter: Any,
        name: str,
        shape: Any = None,
        dtype: Any = None,
        initializer: Any = None,
        reuse: Any = None,
        trainable: Any = True,
        collections: Any = None,
        use_resource: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Makes a variable that the body asks for in the graph outside."""
        with self._outer_graph.as_default():
            variable = self._vscope.get_variable(
                _get_default_variable_store(),
                name,
                shape=shape,
                dtype=dtype,
                initializer=initializer,
                reuse=reuse,
                trainable=trainable,
                collections=collections,
                use_resource=use_resource,
            )
            self.extra_vars.append(variable)
            if isinstance(variable, BaseResourceVariable) and self._capture_resource_var_by_value:
                return variable.value()
            return variable

    def _add(
        self, op_type: str, entry: Any, inputs: Sequence[Tensor], *args: Any, **kwargs: Any
    ) -> Operation:
        own = [t if t.graph is self else self.capture(t) for t in inputs]
        return super()._add(op_type, entry, own, *args, **kwargs)

    def capture(self, tensor: Tensor, name: str | None = None) -> Tensor:
        """The tensor that stands for one of another graph in the body."""
        known = self._captured.get(tensor)
        if known is not None:
            return known
        if self._capture_by_value:
            return self._copied(tensor)
        self.extra_inputs.append(tensor)
        with control_dependencies(None):
            placeholder = array_ops.placeholder(tensor.dtype, shape=tensor.shape, name=name)
        placeholder._handle_data = tensor._handle_data
        # What is known of a variable is known in the body, too.
        placeholder.op.__dict__["_stands_for"] = tensor
        self.inputs.append(placeholder)
        self._captured[tensor] = placeholder
        self.extra_args.append(placeholder)
        if _is_guaranteed_const(tensor):
            with control_dependencies(None):
                return array_ops.guarantee_const(placeholder)
        return placeholder

    def _copied(self, tensor: Tensor) -> Tensor:
        """A tensor of another graph in a copy of its node, with copies of all that it depends on.

        Nodes that are there already are copied again, as TensorFlow does.
        """
        op = tensor.op
        if op._is_stateful and op not in self._whitelisted_stateful_ops:
            raise ValueError(
                f"Cannot capture a stateful node (name:{op.name}, type:{op.type}) by value."
            )
        if op.type in ("Placeholder", "PlaceholderV2"):
            raise ValueError(
                f"Cannot capture a placeholder (name:{op.name}, type:{op.type}) by value."
            )
        inputs = [self._copied(t) for t in op.inputs]
        copied = self.create_op(
            op.type,
            inputs,
            [t.dtype for t in op.outputs],
            name=op.name,
            attrs=dict(op.node_def.attr),
        )
        for t, own in zip(op.outputs, copied.outputs, strict=True):
            self._captured[t] = own
        own_tensor: Tensor = copied.outputs[tensor.value_index]
        return own_tensor


def func_graph_from_py_func(
    func: Callable[..., Any],
    arg_names: Sequence[str],
    arg_types: Sequence[Any],
    name: str | None = None,
    capture_by_value: bool = False,
    device: Any = None,
    colocation_stack: Any = None,
    container: str | None = None,
    collections_ref: dict[Any, Any] | None = None,
    arg_shapes: Sequence[Any] | None = None,
    whitelisted_stateful_ops: Any = None,
    capture_resource_var_by_value: bool = True,
) -> _FuncGraph:
    """The body of a graph function: the nodes that `func` builds of placeholders for its arguments.

    Args:
      func: builds nodes; returns tensors.
      arg_names: names of the arguments.
      arg_types: their types.
      name: the function's name; default: that of `func`.
      capture_by_value: whether nodes outside are copied into the body.
      device: the device of the nodes.
      colocation_stack: nodes to be placed with.
      container: the container of stateful nodes.
      collections_ref: collections for the graph to use.
      arg_shapes: static shapes of the arguments.
      whitelisted_stateful_ops: stateful nodes that may be copied.
      capture_resource_var_by_value: whether the body sees the value of resource variables, not the
        variable.

    Raises:
      ValueError: `func` returns None among its results.
    """
    name = name or function_utils.get_func_name(func)
    graph = _FuncGraph(
        name, capture_by_value, whitelisted_stateful_ops or set(), capture_resource_var_by_value
    )
    with graph.as_default(), graph.device(device):
        if collections_ref is not None:
            graph._collections = collections_ref
        if container is not None:
            graph._container = container
        if colocation_stack is not None:
            graph._blocks.colocation = colocation_stack
        shapes = arg_shapes if arg_shapes is not None else [None] * len(arg_types)
        for arg_name, arg_type, shape in zip(arg_names, arg_types, shapes, strict=True):
            graph.inputs.append(array_ops.placeholder(arg_type, shape=shape, name=arg_name))
        with vs.variable_scope("", custom_getter=graph.getvar):
            outputs = func(*graph.inputs)
        if outputs is None:
            outputs = []
        elif not isinstance(outputs, (list, tuple)):
            outputs = (outputs,)
        if any(t is None for t in outputs):
            raise ValueError(f"Function {name} can not return None.")
        tensors = [convert_to_tensor(t) for t in outputs]
        graph.outputs = [t if t.graph is graph else graph.capture(t) for t in tensors]
    return graph


def _variable_collections() -> dict[Any, Any]:
    """The collections of variables of the default graph, which bodies of functions share."""
    collections = get_default_graph()._collections
    keys = [*GraphKeys._VARIABLE_COLLECTIONS, _VARSTORE_KEY]
    return {key: collections.setdefault(key, []) for key in keys}


def _is_guaranteed_const(tensor: Tensor) -> bool:
    """Whether a tensor hangs on GuaranteeConst nodes alone."""
    known: dict[Operation, bool] = {}
    stack = [tensor.op]
    while stack:
        op = stack[-1]
        if op in known:
            stack.pop()
            continue
        if op.type == "GuaranteeConst" or not op.inputs:
            known[op] = op.type == "GuaranteeConst"
            continue
        waiting = [t.op for t in op.inputs if t.op not in known]
        # A loop's back edge waits for itself: it is no constant.
        if waiting and not any(w in stack for w in waiting):
            stack.extend(waiting)
        else:
            known[op] = all(known.get(t.op, False) for t in op.inputs)
    return known[tensor.op]


def _call(sig: Any, *inputs: Any, **kwargs: Any) -> tuple[Any, Operation]:
    """A node that calls the function with signature `sig`: its result, and the node.

    Raises:
      ValueError: there are not as many inputs as arguments, or unknown keyword arguments.
    """
    if len(inputs) != len(sig.input_arg):
        raise ValueError(
            f"Expected number of arguments: {len(sig.input_arg)}, received: {len(inputs)}"
        )
    name = kwargs.pop("name", None) or sig.name
    attrs = _parse_kwargs_as_attrs(sig.name, **kwargs)
    types = [dtypes.as_dtype(a.type) for a in sig.output_arg]
    op = get_default_graph().create_op(sig.name, list(inputs), types, name=name, attrs=attrs)
    if not op.outputs:
        return op, op
    return (op.outputs[0] if len(op.outputs) == 1 else tuple(op.outputs)), op


def _from_definition(fdef: Any, grad_func: Any = None) -> DefinedFunction:
    """The function that a FunctionDef holds."""
    result = DefinedFunction(
        None,
        [a.name for a in fdef.signature.input_arg],
        tuple(dtypes.as_dtype(a.type) for a in fdef.signature.input_arg),
        fdef.signature.name,
        grad_func,
        None,
        [a.name for a in fdef.signature.output_arg],
    )
    result._definition = type(fdef)()
    result._definition.CopyFrom(fdef)
    return result


def from_library(lib: Any) -> list[DefinedFunction]:
    """The functions that a FunctionDefLibrary holds, with their gradients.

    Raises:
      ValueError: a function is missing, or functions are gradients of one another.
    """
    definitions = {f.signature.name: f for f in lib.function}
    gradients = {}
    for g in lib.gradient:
        for name in (g.function_name, g.gradient_func):
            if name not in definitions:
                raise ValueError(f"FunctionDefLibrary missing '{name}' FunctionDef\n{lib}")
        gradients[g.function_name] = g.gradient_func
    made: dict[str, DefinedFunction] = {}
    ready = [name for name in definitions if name not in gradients]
    if definitions and not ready:
        raise ValueError(f"FunctionDefLibrary contains cyclic gradient functions!\n{lib}")
    while ready:
        name = ready.pop()
        made[name] = _from_definition(definitions[name], made.get(gradients.get(name, "")))
        ready.extend(f for f, g in gradients.items() if g == name)
    return list(made.values())


def _experimental_attr(name: str, value: Any) -> Any:
    # A bool is an int, too.
    if isinstance(value, bool):
        return AttrValue(b=value)
    if isinstance(value, int):
        return AttrValue(i=value)
    if isinstance(value, float):
        return AttrValue(f=value)
    if isinstance(value, str):
        return AttrValue(s=as_bytes(value))
    raise ValueError(f"Unsupported attribute type for {name} with type {type(value)}")


def _parse_kwargs_as_attrs(func_name: str, **kwargs: Any) -> dict[str, Any]:
    """The attrs that keyword arguments of a function or of a call stand for.

    Raises:
      ValueError: one is unknown.
    """
    attrs = {}
    noinline = kwargs.pop("noinline", None)
    if noinline is not None:
        attrs["_noinline"] = AttrValue(b=bool(noinline))
    attrs["_disable_call_shape_inference"] = AttrValue(b=True)
    compiled = kwargs.pop("compiled", None)
    separate = kwargs.pop("separate_compiled_gradients", None)
    if compiled is not None:
        attrs["_XlaCompile"] = AttrValue(b=bool(compiled))
        attrs["_XlaSeparateCompiledGradients"] = AttrValue(b=bool(separate))
        scope = get_default_graph()._attr_scope_map.get("_XlaScope")
        attrs["_XlaScope"] = scope or AttrValue(s=f"function_{func_name}".encode())
    for key in list(kwargs):
        if key.startswith("experimental_"):
            attrs[key] = _experimental_attr(key, kwargs.pop(key))
        elif key in ("_implements", "_reference"):
            value = kwargs.pop(key)
            if not isinstance(value, str):
                raise ValueError(f"Unsupported attribute type for {key} with type {type(value)}")
            attrs[key] = AttrValue(s=as_bytes(value))
    if kwargs:
        raise ValueError(f"Unknown keyword arguments: {kwargs.keys()}")
    return attrs


def _of_function_graph(attribute: str) -> list[Any]:
    graph = get_default_graph()
    return getattr(graph, attribute) if isinstance(graph, _FuncGraph) else []


def get_extra_vars() -> list[Any]:
    """The variables that the function being built has made so far."""
    return _of_function_graph("extra_vars")


def get_extra_inputs() -> list[Tensor]:
    """The tensors outside that the function being built has used so far."""
    return _of_function_graph("extra_inputs")


def get_extra_args() -> list[Tensor]:
    """The placeholders, in the function being built, for the tensors outside that it uses."""
    return _of_function_graph("extra_args")


_DTYPE_TO_STR = {
    dtypes.float16: "f16",
    dtypes.float32: "f32",
    dtypes.float64: "f64",
    dtypes.int32: "i32",
    dtypes.uint8: "i8",
    dtypes.uint16: "u16",
    dtypes.uint32: "u32",
    dtypes.uint64: "u64",
    dtypes.int16: "i16",
    dtypes.int8: "i8",
    dtypes.string: "s",
    dtypes.complex64: "c64",
    dtypes.complex128: "c128",
    dtypes.int64: "i64",
    dtypes.bool: "b",
    dtypes.qint8: "qi8",
    dtypes.quint8: "qu8",
    dtypes.qint16: "qi16",
    dtypes.quint16: "qu16",
    dtypes.qint32: "qi32",
    dtypes.bfloat16: "b16",
}


def _type_list_to_str(types: Sequence[DType]) -> str:
    if any(t not in _DTYPE_TO_STR for t in types):
        raise ValueError(f"Unsupported dtypes: {types}")
    return "".join(_DTYPE_TO_STR[t] for t in types)
