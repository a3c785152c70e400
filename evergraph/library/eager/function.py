"""Functions of tensors made of Python functions, with gradients: `defun`, `ConcreteFunction`.

A call is a PartitionedCall node, or StatefulPartitionedCall where the body has effects. The first
gradient that is asked of it makes it give what the gradient needs, too.
"""

import threading
import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from evergraph.api import template
from evergraph.api.func_graph import FuncGraph, func_graph_from_py_func
from evergraph.api.resource_variable_ops import BaseResourceVariable, variable_accessed
from evergraph.autodiff.backward import gradients_helper, is_trainable
from evergraph.autodiff.zeros import shape_and_dtype, zeros_like
from evergraph.base import nest, tf_inspect
from evergraph.base.compat import as_bytes, as_str
from evergraph.base.decorator import make_decorator
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.base.tensor_spec import TensorSpec
from evergraph.base.type_spec import TypeSpec
from evergraph.graph import tape
from evergraph.graph.composite import CompositeTensor
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, executing_eagerly, init_scope
from evergraph.graph.function_def import make_function_def
from evergraph.graph.functions import GraphFunction
from evergraph.graph.gradient_registry import RegisterGradient
from evergraph.graph.graph import get_default_graph
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor, uid
from evergraph.library.autograph.conversion import as_converted, autographed
from evergraph.library.eager.function_spec import FunctionSpec
from evergraph.library.functional_ops import partitioned_call
from evergraph.proto.framework.attr_value_pb2 import AttrValue
from evergraph.proto.protobuf.config_pb2 import ConfigProto

FORWARD_FUNCTION_ATTRIBUTE_NAME = "forward_function_name"
BACKWARD_FUNCTION_ATTRIBUTE_NAME = "backward_function_name"


def _call_config() -> bytes:
    """The ConfigProto in the nodes of calls: that of a context that nobody has configured."""
    config = ConfigProto(device_count={"CPU": 1, "GPU": 0}, allow_soft_placement=True)
    config.gpu_options.experimental.SetInParent()
    return config.SerializeToString(deterministic=True)


def _parse_func_attrs(attributes: dict[str, Any]) -> dict[str, AttrValue]:
    """Attrs of a FunctionDef.

    Raises:
      ValueError: a value is no bool, int, float or text.
    """
    attrs = {}
    for key, value in attributes.items():
        if isinstance(value, AttrValue):
            attrs[key] = value
        # A bool is an int, too.
        elif isinstance(value, bool):
            attrs[key] = AttrValue(b=value)
        elif isinstance(value, int):
            attrs[key] = AttrValue(i=value)
        elif isinstance(value, float):
            attrs[key] = AttrValue(f=value)
        elif isinstance(value, (str, bytes)):
            attrs[key] = AttrValue(s=as_bytes(value))
        else:
            raise ValueError(f"Unsupported attribute type for {key} with type {type(value)}")
    return attrs


class _EagerDefinedFunction(GraphFunction):
    """A graph function made of a FuncGraph as it is now."""

    def __init__(
        self,
        name: str,
        graph: FuncGraph,
        inputs: Sequence[Tensor],
        outputs: Sequence[Tensor],
        attrs: dict[str, AttrValue],
    ) -> None:
        operations = graph.get_operations()
        definition = make_function_def(
            operations,
            inputs,
            outputs,
            name,
            append_hash=False,
            attrs=attrs,
            control_outputs=graph.control_outputs,
        )
        super().__init__(definition)
        self.graph = graph
        self.signature = definition.signature
        self._func_graph_outputs = list(outputs)
        self._output_types = [t.dtype.as_datatype_enum for t in outputs]
        self._output_shapes = [t.shape for t in outputs]
        holders = {t.op for t in inputs}
        self._stateful_ops = [op for op in operations if op._is_stateful and op not in holders]

    @property
    def stateful_ops(self) -> list[Any]:
        """The nodes inside that have state."""
        return self._stateful_ops

    def add_to_graph(self, graph: Any = None) -> None:
        """Makes the function known in a graph, with those that it calls."""
        graph = graph or get_default_graph()
        for function in (self, *self.graph._functions.values()):
            if not graph._is_function(function.name):
                graph._add_function(function)

    def call(self, args: Sequence[Tensor]) -> Any:
        """A node that calls the function: its outputs, or the Operation where there are none.

        Raises:
          ValueError: there are not as many arguments as the function takes.
        """
        if len(args) != len(self.signature.input_arg):
            raise ValueError(
                "Arguments and signature arguments do not match. got: "
                f"{len(args)}, expected: {len(self.signature.input_arg)} "
            )
        with control_dependencies(list(self.graph.control_captures)):
            outputs = partitioned_call(args, self, self._output_types, config=_call_config())
        if isinstance(outputs, Operation):
            return outputs
        self._describe(outputs)
        return outputs

    def _describe(self, outputs: Sequence[Tensor]) -> None:
        for inside, t in zip(self._func_graph_outputs, outputs, strict=False):
            t.set_shape(inside.shape)
            t._handle_data = inside._handle_data


class _GradientFunctions:
    """The function of a FuncGraph, and pairs of one that gives more and one that goes back.

    A call asked for its gradient becomes a call of the first of a pair, in place; its gradient is
    a call of the second.
    """

    def __init__(self, func_graph: FuncGraph, attrs: dict[str, AttrValue]) -> None:
        self._func_graph = func_graph
        self._attrs = attrs
        self._pairs: dict[int, tuple[_EagerDefinedFunction, ConcreteFunction]] = {}
        self._gradient_name: str | None = None
        self._outputs = len(func_graph.outputs)
        self.forward = _EagerDefinedFunction(
            f"__inference_{func_graph.name}_{uid()}",
            func_graph,
            func_graph.inputs,
            func_graph.outputs,
            attrs,
        )

    def forward_backward(
        self, num_doutputs: int | None = None
    ) -> tuple[_EagerDefinedFunction, "ConcreteFunction"]:
        """The pair for gradients of the first `num_doutputs` outputs."""
        count = self._outputs if num_doutputs is None else num_doutputs
        if count not in self._pairs:
            self._pairs[count] = self._build_pair(count)
        return self._pairs[count]

    def _build_pair(self, count: int) -> tuple[_EagerDefinedFunction, "ConcreteFunction"]:
        graph = self._func_graph
        results = [t for t in graph.outputs[:count] if is_trainable(t)]
        with graph.as_default():
            backward_graph = FuncGraph(f"__backward_{graph.name}_{uid()}")
            func_graph_from_py_func(
                backward_graph.name,
                lambda *grad_ys: gradients_helper(
                    results, graph.inputs, grad_ys=grad_ys, src_graph=graph
                ),
                args=[],
                kwargs={},
                signature=[TensorSpec(*shape_and_dtype(t)) for t in results],
                func_graph=backward_graph,
            )
            forward_name = f"__forward_{graph.name}_{uid()}"
            known = set(graph.outputs)
            for t in backward_graph.external_captures:
                if t.graph is graph and t not in known:
                    known.add(t)
                    graph.outputs.append(t)
            attrs = _parse_func_attrs({FORWARD_FUNCTION_ATTRIBUTE_NAME: forward_name})
            backward = ConcreteFunction(backward_graph, attrs | self._attrs)
            attrs = _parse_func_attrs({BACKWARD_FUNCTION_ATTRIBUTE_NAME: backward.name})
            forward = _EagerDefinedFunction(
                forward_name, graph, graph.inputs, graph.outputs, attrs | self._attrs
            )
        return forward, backward

    def call(self, inputs: Sequence[Tensor]) -> Any:
        """Calls the function; while a tape records, the one that gives more."""
        if not (executing_eagerly() and tape.active()):
            return self.forward.call(inputs)
        outputs = self.forward_backward()[0].call(inputs)
        return outputs if isinstance(outputs, Operation) else outputs[: self._outputs]

    def register(self) -> str:
        """The name under which the gradient of a call is registered."""
        if self._gradient_name is None:
            self._gradient_name = f"PartitionedCall-{uid()}"
            RegisterGradient(self._gradient_name)(self._gradient)
        return self._gradient_name

    def _gradient(self, op: Operation, *doutputs: Any) -> Any:
        """Has a call give what its gradient needs, and calls the gradient."""
        if op.graph.runs_at_once:
            doutputs = doutputs[: self._outputs]  # the call gave what the gradient needs
        forward, backward = self.forward_backward(len(doutputs))
        if not backward.outputs:
            return [None] * len(op.inputs)
        if not op.graph.runs_at_once:
            self._replace(op, forward)
        outside = dict(zip(self._func_graph.outputs, op.outputs, strict=False))
        captured = [outside.get(t, t) for t in backward.captured_inputs]
        grads = [
            zeros_like(inside) if grad is None else grad
            for grad, inside in zip(doutputs, self._func_graph.outputs, strict=False)
            if is_trainable(inside)
        ]
        return backward._call_flat(grads, captured)

    @staticmethod
    def _replace(op: Operation, forward: _EagerDefinedFunction) -> None:
        """Makes a call one of `forward`, which gives more."""
        forward.add_to_graph(op.graph)
        value = AttrValue()
        value.func.name = forward.name
        op._set_attr("f", value)
        types = AttrValue()
        types.list.type.extend(forward._output_types)
        op._set_attr("Tout", types)
        added = forward._func_graph_outputs[len(op.outputs) :]
        op._add_outputs([t.dtype for t in added], [t.shape for t in added])
        forward._describe(op.outputs)


class ConcreteFunction:
    """A function of tensors with a body of its own. Called with tensors for its arguments.

    Args:
      func_graph: the body.
      attrs: attrs of the FunctionDef, by name.
      signature: specs of the arguments, for calls with what is no tensor yet.
      shared_func_graph: without an effect.
    """

    def __init__(
        self,
        func_graph: FuncGraph,
        attrs: dict[str, Any] | None = None,
        signature: Any = None,
        shared_func_graph: bool = True,
    ) -> None:
        self._arg_keywords: list[str] | None = None
        self._num_positional_args: int | None = None
        self._func_graph = func_graph
        self._captured_inputs = func_graph.external_captures
        self._captured_closures = func_graph.deferred_external_captures
        self._signature = signature
        self._gradients = _GradientFunctions(func_graph, _parse_func_attrs(attrs or {}))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The results for tensors or variables, by position or by name.

        Raises:
          AssertionError: the function was not made by `get_concrete_function`.
          TypeError: arguments are missing, unknown or given twice.
          ValueError: an argument is no tensor, or its shape does not fit.
        """
        keywords, positional = self._arg_keywords, self._num_positional_args
        if keywords is None or positional is None:
            if self._signature is None:
                raise AssertionError(
                    "Tried to call a concrete function obtained from an internal API through the "
                    "public interface. Use get_concrete_function instead."
                )
            if kwargs:
                raise NotImplementedError(
                    "Keyword arguments not supported when calling a wrap_function-decorated "
                    "function."
                )
            return self._call_flat(args, self.captured_inputs)
        if len(args) > positional:
            raise TypeError(
                f"Expected at most {positional} positional arguments (and the rest keywords, of "
                f"{keywords}), got {args}. When calling a concrete function, positional "
                "arguments may not be bound to Tensors within nested structures."
            )
        given = list(args)
        for keyword in keywords[len(args) :]:
            if keyword not in kwargs:
                named = keywords[: len(given)] + list(kwargs)
                raise TypeError(
                    f"Expected argument names {keywords} but got values for {named}. Missing: "
                    f"{list(set(keywords) - set(named))}."
                )
            given.append(kwargs.pop(keyword))
        for key in kwargs:
            if key in keywords:
                raise TypeError(f"Got two values for keyword '{key}'.")
        if kwargs:
            raise TypeError(f"Keyword arguments {list(kwargs)} unknown. Expected {keywords}.")
        return self._call_flat(given, self.captured_inputs)

    def _filtered_call(self, args: Any, kwargs: Any) -> Any:
        """Calls with the tensors and variables among arguments of the Python function."""
        flat = nest.flatten((args, kwargs), expand_composites=True)
        tensors = [t for t in flat if isinstance(t, (Tensor, BaseResourceVariable))]
        return self._call_flat(tensors, self.captured_inputs)

    def _call_flat(self, args: Iterable[Any], captured_inputs: Sequence[Tensor]) -> Any:
        given = list(args)
        if any(isinstance(a, CompositeTensor) for a in given):
            raise AssertionError(
                f"Expected all args to be Tensors or Variables; but got CompositeTensor: {given!r}"
            )
        for v in self._func_graph.variables:
            variable_accessed(v)
        inputs = [*self._tensors(given), *captured_inputs]
        name = self._gradients.register()
        overrides = {"PartitionedCall": name, "StatefulPartitionedCall": name}
        with get_default_graph().gradient_override_map(overrides):
            return self._build_call_outputs(self._gradients.call(inputs))

    def _tensors(self, args: Sequence[Any]) -> list[Tensor]:
        """Arguments as tensors: a variable's handle once."""
        tensors: list[Tensor] = []
        handles = set()
        for i, arg in enumerate(args):
            if isinstance(arg, BaseResourceVariable):
                if arg.handle not in handles:
                    variable_accessed(arg)
                    handles.add(arg.handle)
                    tensors.append(arg.handle)
            elif isinstance(arg, Tensor):
                self._check_shape(i, arg)
                tensors.append(arg)
            elif self._signature is not None and isinstance(self._signature[i], TensorSpec):
                tensors.append(convert_to_tensor(arg, self._signature[i].dtype))
            else:
                raise ValueError(
                    "All inputs to `ConcreteFunction`s must be Tensors; on invocation of "
                    f"{self._func_graph.name}, the {i}-th input ({arg}) was not a Tensor."
                )
        return tensors

    def _check_shape(self, i: int, arg: Tensor) -> None:
        wanted = self._func_graph.inputs[i].shape
        if wanted.is_compatible_with(arg.shape):
            return
        which = f"'{self._arg_keywords[i]}'" if self._arg_keywords else f"with index {i}"
        raise ValueError(
            f"The argument {which} (value {arg}) is not compatible with the shape this function "
            f"was traced with. Expected shape {wanted}, but got shape {arg.shape}.\n\nIf you "
            "called get_concrete_function, you may need to pass a tf.TensorSpec(..., shape=...) "
            "with a less specific shape, having None on axes which can vary."
        )

    def _build_call_outputs(self, result: Any) -> Any:
        """A call's outputs in the structure that the Python function returned."""
        structure = self._func_graph.structured_outputs
        if structure is None:
            # A call without results is an operation in a graph.
            return None if isinstance(result, list) and not result else result
        values = iter(() if isinstance(result, Operation) else result)
        leaves = nest.flatten(structure, expand_composites=True)
        filled = [None if leaf is None else next(values) for leaf in leaves]
        return nest.pack_sequence_as(structure, filled, expand_composites=True)

    @property
    def name(self) -> str:
        """The name of the graph function."""
        return self._gradients.forward.name

    @property
    def graph(self) -> FuncGraph:
        """The body."""
        return self._func_graph

    @property
    def inputs(self) -> list[Tensor]:
        """The placeholders in the body: arguments, then what is captured."""
        return self._func_graph.inputs

    @property
    def outputs(self) -> list[Tensor]:
        """The results in the body."""
        return self._func_graph.outputs

    @property
    def structured_input_signature(self) -> Any:
        """Specs of the Python function's `(args, kwargs)`."""
        return self._func_graph.structured_input_signature

    @property
    def structured_outputs(self) -> Any:
        """The results in the body, as the Python function returned them."""
        return self._func_graph.structured_outputs

    @property
    def captured_inputs(self) -> list[Tensor]:
        """What a call gets beside its arguments."""
        values = [value() for value in self._captured_closures]
        return self._captured_inputs + nest.flatten(values, expand_composites=True)

    @property
    def variables(self) -> list[Any]:
        """The variables that the body uses."""
        return list(self._func_graph.variables)

    @property
    def function_def(self) -> Any:
        """The FunctionDef."""
        return self._gradients.forward.definition

    @property
    def output_shapes(self) -> Any:
        """The static shapes of the results, in their structure."""
        return nest.map_structure(
            lambda x: getattr(x, "shape", TensorShape(None)), self.structured_outputs
        )

    @property
    def output_dtypes(self) -> Any:
        """The types of the results, in their structure."""
        return nest.map_structure(lambda x: getattr(x, "dtype", None), self.structured_outputs)

    def add_to_graph(self, g: Any = None) -> None:
        """Makes the function known in a graph; default: the default graph."""
        self._gradients.forward.add_to_graph(g or get_default_graph())

    def add_gradient_functions_to_graph(self, g: Any = None) -> None:
        """Makes it known in a graph, with the two functions of its gradient."""
        graph = g or get_default_graph()
        self.add_to_graph(graph)
        for function in self._gradients.forward_backward():
            function.add_to_graph(graph)


def _encoded(value: Any, ranks_only: bool) -> Any:
    """What of an argument makes a function of its own: types, shapes, Python values."""
    if isinstance(value, (list, tuple)):
        kind = list if isinstance(value, list) else tuple  # whatever derives from them
        return (kind, *(_encoded(v, ranks_only) for v in value))
    if isinstance(value, dict):
        return (dict, *((k, _encoded(value[k], ranks_only)) for k in sorted(value)))
    if isinstance(value, BaseResourceVariable):
        return (BaseResourceVariable, id(value))
    if isinstance(value, (Tensor, TensorSpec)):
        dims = None if value.shape.ndims is None else tuple(value.shape.as_list())
        return (Tensor, value.dtype, len(dims) if ranks_only and dims is not None else dims)
    if isinstance(value, CompositeTensor):
        return value._type_spec
    if isinstance(value, TypeSpec):
        return value
    return (type(value), value)


class Function:
    """A function of tensors for each choice of types, shapes and Python values that it is called
    with; see `defun`."""

    def __init__(
        self,
        python_function: Callable[..., Any],
        name: str,
        input_signature: Sequence[Any] | None = None,
        attributes: dict[str, Any] | None = None,
        autograph: bool = True,
        autograph_options: Any = None,
        experimental_relax_shapes: bool = False,
        capture_by_value: bool | None = None,
    ) -> None:
        self._python_function = python_function
        self._function_spec = FunctionSpec.from_function_and_signature(
            python_function, input_signature
        )
        self._name = name
        self._autograph = autograph
        self._relax_shapes = experimental_relax_shapes
        self._function_attributes = attributes or {}
        self._capture_by_value = capture_by_value
        self._functions: dict[Any, ConcreteFunction] = {}
        self._relaxed: dict[Any, list[Any]] = {}
        self._missed: set[Any] = set()
        self._lock = threading.RLock()
        self._by_instance: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the function for arguments like these, which is made if need be."""
        function, given, keywords = self._maybe_define_function(args, kwargs)
        return function._filtered_call(given, keywords)

    def __get__(self, instance: Any, owner: Any) -> Any:
        """Each object has functions of its own for a method."""
        return bound_to(self, instance)

    def _bound(self, python_function: Callable[..., Any]) -> "Function":
        return Function(
            python_function,
            self._name,
            self.input_signature,
            self._function_attributes,
            self._autograph,
            None,
            self._relax_shapes,
            self._capture_by_value,
        )

    @property
    def python_function(self) -> Callable[..., Any]:
        """The Python function."""
        return self._python_function

    @property
    def function_spec(self) -> FunctionSpec:
        """How its arguments are bound."""
        return self._function_spec

    @property
    def input_signature(self) -> Any:
        """The input signature, or None."""
        return self._function_spec.input_signature

    @property
    def flat_input_signature(self) -> Any:
        """The specs of the input signature."""
        return self._function_spec.flat_input_signature

    def _concrete(self, args: Any, kwargs: Any) -> ConcreteFunction:
        if self.input_signature:
            args, kwargs = None, None
        return self._maybe_define_function(args, kwargs)[0]

    _get_concrete_function_internal = _get_concrete_function_internal_garbage_collected = (
        lambda self, *args, **kwargs: self._concrete(args, kwargs)
    )

    def get_concrete_function(self, *args: Any, **kwargs: Any) -> ConcreteFunction:
        """The ConcreteFunction for tensors, or specs, like these.

        Raises:
          ValueError: the arguments do not fit the input signature.
        """
        if self.input_signature:
            self._check_signature(args, kwargs)
        function = self._concrete(args, kwargs)
        captured = set(function.graph.internal_captures)
        names: list[str] = []
        counts: dict[str, int] = {}
        for t in function.graph.inputs:
            if t in captured:
                break
            wanted = as_str(t.op.get_attr("_user_specified_name"))
            name = wanted
            while name in names:
                counts[wanted] = counts.get(wanted, 0) + 1
                name = f"{wanted}_{counts[wanted]}"
            names.append(name)
        function._arg_keywords = names
        function._num_positional_args = len(names)
        return function

    def _check_signature(self, args: Any, kwargs: Any) -> None:
        if kwargs:
            raise ValueError(
                "Cannot define a TensorFlow function from a Python function with keyword "
                "arguments when input_signature is provided."
            )
        if not args:
            return
        try:
            nest.assert_same_structure(self.input_signature, args, expand_composites=True)
        except (ValueError, TypeError):
            raise ValueError(
                "Structure of Python function inputs does not match input_signature."
            ) from None
        flat = nest.flatten(args, expand_composites=True)
        if any(not isinstance(a, (Tensor, TensorSpec)) for a in flat):
            raise ValueError(
                "When input_signature is provided, all inputs to the Python function must be "
                "Tensors or tf.TensorSpec objects."
            )
        fits = zip(self.flat_input_signature, flat, strict=True)
        if any(not spec.is_compatible_with(a) for spec, a in fits):
            raise ValueError(
                f"Python inputs incompatible with input_signature: inputs ({args}), "
                f"input_signature ({self.input_signature})"
            )

    def _key(self, args: Any, kwargs: Any, ranks_only: bool = False) -> Any:
        if self.input_signature is None:
            arguments = _encoded((args, kwargs) if kwargs else args, ranks_only)
        else:
            arguments = self.flat_input_signature
        with init_scope():
            outermost = get_default_graph()
        colocation = tuple(get_default_graph()._colocation_stack)
        return arguments, (outermost, colocation)

    def _maybe_define_function(self, args: Any, kwargs: Any) -> tuple[ConcreteFunction, Any, Any]:
        """The function for arguments, and the arguments to call it with.

        Raises:
          TypeError: an argument that is no tensor cannot be hashed.
        """
        if self.input_signature is None or args is not None or kwargs is not None:
            args, kwargs = self._function_spec.canonicalize_function_inputs(*args, **kwargs)
        key = self._key(args, kwargs)
        try:
            hash(key)
        except TypeError as error:
            raise TypeError(
                "Arguments supplied to `defun`-generated functions must be hashable.  Original "
                f"error: {error}"
            ) from None
        with self._lock:
            if key not in self._functions:
                if self._relax_shapes and self.input_signature is None and key[1] in self._missed:
                    return self._relaxed_function(args, kwargs), args, kwargs
                self._missed.add(key[1])
                self._functions[key] = self._create_graph_function(args, kwargs)
            return self._functions[key], args, kwargs

    def _relaxed_function(self, args: Any, kwargs: Any) -> ConcreteFunction:
        """A function for all shapes that arguments of these types and ranks have had so far."""
        key = ("relaxed", self._key(args, kwargs, ranks_only=True))
        flat = nest.flatten((args, kwargs), expand_composites=True)
        shapes = [x.shape if isinstance(x, (Tensor, TensorSpec)) else None for x in flat]
        known = self._relaxed.get(key)
        if known is not None and key in self._functions:
            pairs = list(zip(known, shapes, strict=True))
            if all(a is None or _covers(a, b) for a, b in pairs):
                return self._functions[key]
            shapes = [None if a is None else a.most_specific_compatible_shape(b) for a, b in pairs]
        self._relaxed[key] = shapes
        self._functions[key] = self._create_graph_function(args, kwargs, shapes)
        return self._functions[key]

    def _create_graph_function(
        self, args: Any, kwargs: Any, shapes: Sequence[Any] | None = None
    ) -> ConcreteFunction:
        spec = self._function_spec
        count = len(args) if self.input_signature is None else len(self.input_signature)
        names = spec.arg_names[:count]
        names += [f"{spec.vararg_name}_{i}" for i in range(count - len(names))]
        function = self._python_function
        graph = func_graph_from_py_func(
            self._name,
            autographed(function) if self._autograph else function,
            args,
            kwargs,
            self.input_signature,
            arg_names=names,
            override_flat_arg_shapes=shapes,
            capture_by_value=self._capture_by_value,
        )
        return ConcreteFunction(graph, self._function_attributes)


def _covers(relaxed: Any, shape: Any) -> bool:
    """Whether a static shape says no more than another one."""
    if relaxed.ndims is None:
        return True
    if shape.ndims != relaxed.ndims:
        return False
    sizes = zip(relaxed.as_list(), shape.as_list(), strict=True)
    return all(a is None or a == b for a, b in sizes)


def bound_to(function: Any, instance: Any) -> Any:
    """A Function of a method for one object, which it does not keep alive."""
    if instance is None:
        return function
    known = function._by_instance.get(instance)
    if known is None:
        reference = weakref.ref(instance)
        python_function = function.python_function

        def method(*args: Any, **kwargs: Any) -> Any:
            call = as_converted(python_function) if function._autograph else python_function
            return call(reference(), *args, **kwargs)

        method.__name__ = getattr(python_function, "__name__", "method")
        made = function._bound(method)
        spec = tf_inspect.getfullargspec(python_function)
        made._function_spec = FunctionSpec(spec, True, function.input_signature)
        known = make_decorator(python_function, made)
        function._by_instance[instance] = known
    return known


def register(func: Function, *args: Any, **kwargs: Any) -> ConcreteFunction:
    """Puts the function for arguments like these into the default graph, with its gradient.

    Raises:
      ValueError: `func` was not made by `defun`.
    """
    if not isinstance(func, Function):
        raise ValueError(f"Only defun function is allowed to be registered. Got type: {type(func)}")
    function = func.get_concrete_function(*args, **kwargs)
    function.add_to_graph()
    function.add_gradient_functions_to_graph()
    return function


def validate_signature(signature: Any) -> None:
    """Raises TypeError where an input signature has leaves that are no TensorSpecs."""
    leaves = nest.flatten(signature, expand_composites=True)
    if any(not isinstance(leaf, TensorSpec) for leaf in leaves):
        raise TypeError(
            f"Invalid input_signature {signature}; input_signature must be a possibly nested "
            "sequence of TensorSpec objects."
        )


@export("contrib.eager.defun")
def defun(
    func: Callable[..., Any] | None = None,
    input_signature: Sequence[Any] | None = None,
    autograph: bool = True,
    experimental_autograph_options: Any = None,
    experimental_relax_shapes: bool = False,
) -> Any:
    """Makes a Python function that builds nodes a function of tensors, or gives the decorator.
    Stands for `tf.contrib.eager.defun`.

    Each choice of types and shapes of tensors, and of other arguments, makes a graph function.

    Args:
      func: the Python function. It may make variables.
      input_signature: TensorSpecs of the arguments; then there is one graph function for all.
      autograph: whether `if`, `while`, `for` ... on tensors become conditions and loops of the
        graph, in functions that are called, too.
      experimental_autograph_options: without an effect.
      experimental_relax_shapes: whether functions are shared by arguments of other shapes.

    Raises:
      TypeError: `input_signature` is not made of TensorSpecs.
    """
    return defun_with_attributes(
        func, input_signature, None, autograph, None, experimental_relax_shapes
    )


template.graph_function = defun


def defun_with_attributes(
    func: Callable[..., Any] | None = None,
    input_signature: Sequence[Any] | None = None,
    attributes: dict[str, Any] | None = None,
    autograph: bool = True,
    experimental_autograph_options: Any = None,
    experimental_relax_shapes: bool = False,
) -> Any:
    """As `defun`; `attributes` become attrs of the FunctionDef, but for `func_name`, its name."""
    if input_signature is not None:
        validate_signature(input_signature)

    def decorated(function: Callable[..., Any]) -> Any:
        given = dict(attributes or {})
        name = given.pop("func_name", None) or getattr(function, "__name__", "function")
        made = Function(
            function,
            name,
            input_signature,
            given,
            autograph,
            experimental_autograph_options,
            experimental_relax_shapes,
        )
        return make_decorator(function, made)

    return decorated if func is None else decorated(func)
