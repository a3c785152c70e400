"""Functions of the messages of a SavedObjectGraph and of a graph's library."""

import re
from typing import Any

from evergraph.api.func_graph import FuncGraph
from evergraph.api.function_def_to_graph import function_def_to_graph
from evergraph.api.resource_variable_ops import BaseResourceVariable
from evergraph.base import nest, tf_inspect
from evergraph.base.decorator import make_decorator
from evergraph.base.platform import logging
from evergraph.base.tensor_spec import TensorSpec
from evergraph.base.type_spec import TypeSpec
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import executing_eagerly, init_scope
from evergraph.graph.graph import get_default_graph
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor, uid
from evergraph.library.eager import def_function
from evergraph.library.eager import function as function_lib
from evergraph.library.eager.function_spec import FunctionSpec
from evergraph.library.saved_model.nested_structure_coder import StructureCoder
from evergraph.proto.framework.function_pb2 import FunctionDef

_CALLS = ("PartitionedCall", "StatefulPartitionedCall")


# -- calls


def _is_tensor(value: Any) -> bool:
    return isinstance(value, (Tensor, BaseResourceVariable))


def _call_concrete_function(function: Any, inputs: Any) -> Any:
    """Calls a function with `(args, kwargs)`, which become tensors where it has specs."""
    expected = function.graph.structured_input_signature
    given = nest.flatten_up_to(expected, inputs, expand_composites=True)
    specs = nest.flatten(expected, expand_composites=True)
    tensors = [
        convert_to_tensor(value, preferred_dtype=spec.dtype)
        for value, spec in zip(given, specs, strict=True)
        if isinstance(spec, TensorSpec)
    ]
    result = function._call_flat(tensors, function._captured_inputs)
    return None if isinstance(result, Operation) else result


def _spec_if_converted(value: Any, dtype: Any) -> Any:
    """The spec of the tensor that a value would become, or None."""
    try:
        with FuncGraph("guess_conversion").as_default():
            made = convert_to_tensor(value, preferred_dtype=dtype)
            return TensorSpec(made.shape, made.dtype)
    except (TypeError, ValueError):
        return None


def _callable_with(function: Any, inputs: Any, allow_conversion: bool) -> bool:
    """Whether a function takes `(args, kwargs)` like these."""
    expected = function.graph.structured_input_signature
    try:
        given = nest.flatten_up_to(expected, inputs)
        repacked = nest.pack_sequence_as(expected, given)
        nest.assert_same_structure(inputs, repacked, check_types=False)
    except (TypeError, ValueError):
        return False
    for value, spec in zip(given, nest.flatten(expected), strict=True):
        if isinstance(spec, TensorSpec):
            if allow_conversion:
                value = _spec_if_converted(value, spec.dtype)
            if not _is_tensor(value) and not isinstance(value, TensorSpec):
                return False
            if value.dtype != spec.dtype or not spec.shape.is_compatible_with(value.shape):
                return False
        elif isinstance(spec, TypeSpec):
            return spec.is_compatible_with(value)
        elif (value is not spec) if _is_tensor(value) else (value != spec):
            return False
    return True


class RestoredFunction(def_function.Function):
    """A `tf.function` of a SavedModel: a choice among the concrete ones it was saved with."""

    def __init__(self, body: Any, spec: FunctionSpec, concrete_functions: list[Any]) -> None:
        super().__init__(body, body.__name__, autograph=False)
        self.concrete_functions = concrete_functions
        self._function_spec = spec

    def _list_all_concrete_functions_for_serialization(self) -> list[Any]:
        return self.concrete_functions


def _function_spec(proto: Any) -> FunctionSpec:
    """A FunctionSpec without `self`: what a method captured is in the function already.

    Raises:
      NotImplementedError: a method without arguments.
    """
    coder = StructureCoder()
    spec = tf_inspect.FullArgSpec(*coder.decode_proto(proto.fullargspec))
    if proto.is_method:
        if not spec.args:
            raise NotImplementedError(
                "Missing support to deserialize a method function without a named 'self' argument."
            )
        spec = spec._replace(args=spec.args[1:])
    return FunctionSpec(spec, False, coder.decode_proto(proto.input_signature))


def recreate_function(saved_function: Any, concrete_functions: dict[str, Any]) -> Any:
    """The `tf.function` of a SavedFunction.

    Raises:
      ValueError: at a call, no concrete function takes such arguments.
    """
    spec = _function_spec(saved_function.function_spec)
    choices = [concrete_functions[name] for name in saved_function.concrete_functions]

    def restored_function_body(*args: Any, **kwargs: Any) -> Any:
        inputs = (args, kwargs)
        # Without conversions first: the trace for a number comes before the one for tensors.
        for allow_conversion in (False, True):
            for function in choices:
                if _callable_with(function, inputs, allow_conversion):
                    return _call_concrete_function(function, inputs)
        raise ValueError(_no_match(choices, args, kwargs))

    made = RestoredFunction(restored_function_body, spec, choices)
    return make_decorator(restored_function_body, made, decorator_argspec=spec.fullargspec)


def _no_match(choices: list[Any], args: Any, kwargs: Any) -> str:
    def shown(positional: Any) -> str:
        listed = "\n    * ".join(map(str, positional))
        return f"Positional arguments ({len(positional)} total):\n    * {listed}"

    options = []
    for index, function in enumerate(choices):
        positional, keyword = function.structured_input_signature
        options.append(
            f"Option {index + 1}:\n  {shown(positional)}\n  Keyword arguments: {keyword}"
        )
    return (
        "Could not find matching function to call loaded from the SavedModel. Got:\n"
        f"  {shown(args)}\n  Keyword arguments: {kwargs}\n\nExpected these arguments to match one "
        f"of the following {len(choices)} option(s):\n\n" + "\n\n".join(options)
    )


def setup_bare_concrete_function(saved: Any, concrete_functions: dict[str, Any]) -> Any:
    """The ConcreteFunction of a SavedBareConcreteFunction, which can be called."""
    function = concrete_functions[saved.concrete_function_name]
    function._arg_keywords = list(saved.argument_keywords)
    function._num_positional_args = saved.allowed_positional_arguments
    function.add_to_graph()
    return function


# -- a library


def load_function_def_library(
    library: Any, load_shared_name_suffix: str | None = None
) -> dict[str, Any]:
    """The functions of a FunctionDefLibrary by their names there; they get new names, and capture
    nothing yet.

    Args:
      library: the FunctionDefLibrary.
      load_shared_name_suffix: made part of the names of resources; default: a new one.

    Raises:
      ValueError: functions call one another.
    """
    names = {f.signature.name for f in library.function}
    suffix = f"_load_{uid()}" if load_shared_name_suffix is None else load_shared_name_suffix
    functions: dict[str, Any] = {}
    for definition in _called_first(library, names):
        copy = FunctionDef()
        copy.CopyFrom(definition)
        for node in copy.node_def:
            fix_node_def(node, functions, suffix, definition.signature.name)
        copy.signature.name = _clean_function_name(copy.signature.name)
        graph = function_def_to_graph(copy, copy_functions=False)
        for called in _dependencies(definition, names):
            functions[called].add_to_graph(graph)
        function = function_lib.ConcreteFunction(graph)
        function.add_to_graph()
        if executing_eagerly():
            function.add_to_graph(get_default_graph())
        functions[definition.signature.name] = function
        with init_scope():
            function._gradients.register()
    return functions


def _called_first(library: Any, names: set[str]) -> list[Any]:
    """The functions of a library, those that others call before them."""
    definitions = {f.signature.name: f for f in library.function}
    callers: dict[str, list[str]] = {name: [] for name in definitions}
    left = dict.fromkeys(definitions, 0)
    for name, definition in definitions.items():
        for called in _dependencies(definition, names):
            callers[called].append(name)
            left[name] += 1
    ready = [name for name, count in left.items() if not count]
    output = []
    while ready:
        name = ready.pop()
        output.append(definitions[name])
        for caller in callers[name]:
            left[caller] -= 1
            if not left[caller]:
                ready.append(caller)
    if len(output) != len(definitions):
        done = {f.signature.name for f in output}
        unresolved = sorted(set(definitions) - done)
        raise ValueError(
            "There is a cyclic-dependency between functions. ",
            f"Could not resolve {unresolved!r}.",
        )
    return output


def fix_node_def(node_def: Any, functions: dict[str, Any], suffix: str, debug_name: str) -> None:
    """Names in a node the functions as they are called now, and resources of its own."""
    if "_gradient_op_type" in node_def.attr:
        if node_def.op in _CALLS:
            name = functions[node_def.attr["f"].func.name]._gradients.register()
            node_def.attr["_gradient_op_type"].s = name.encode()
        else:
            logging.warning(
                "Importing a function (%s) with ops with custom gradients. Will likely fail if a "
                "gradient is requested.",
                debug_name,
            )
    if node_def.op in functions:
        node_def.op = functions[node_def.op].name
    for value in node_def.attr.values():
        if value.func.name:
            value.func.name = functions[value.func.name].name
    if node_def.op == "HashTableV2" and not node_def.attr["use_node_name_sharing"].b:
        # Tables of such nodes had a name for each handle: they are not to be found by the node's.
        node_def.attr["use_node_name_sharing"].b = True
        suffix += f"_{uid()}"
    if "shared_name" in node_def.attr:
        shared = node_def.attr["shared_name"]
        shared.s = (shared.s or node_def.name.encode()) + suffix.encode()


def _dependencies(definition: Any, names: set[str]) -> set[str]:
    """The functions that one calls."""
    found = set()
    for node in definition.node_def:
        if node.op in names:
            found.add(node.op)
        else:
            values = (v for v in node.attr.values() if v.WhichOneof("value") == "func")
            found.update(v.func.name for v in values)
    return found


def _clean_function_name(name: str) -> str:
    """The name without what a ConcreteFunction puts around it."""
    match = re.search(r"^__inference_(.*)_\d+$", name)
    return match.group(1) if match else name
