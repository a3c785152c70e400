"""Functions as messages of a SavedObjectGraph."""

from typing import Any

from evergraph.api.func_graph import convert_structure_to_signature
from evergraph.library.saved_model.nested_structure_coder import StructureCoder
from evergraph.proto.protobuf import saved_object_graph_pb2 as messages

_CODER = StructureCoder()


def _function_spec(spec: Any) -> Any:
    """How arguments are bound. Raises NotImplementedError for a method without arguments."""
    if spec.is_method and not spec.fullargspec.args:
        raise NotImplementedError(
            "Missing support to serialize a method function without a named 'self' argument."
        )
    return messages.FunctionSpec(
        fullargspec=_CODER.encode_structure(spec.fullargspec),
        is_method=spec.is_method,
        input_signature=_CODER.encode_structure(spec.input_signature),
    )


def serialize_function(function: Any) -> Any:
    """The SavedFunction of a `tf.function`: its concrete ones by name."""
    concrete = function._list_all_concrete_functions_for_serialization()
    return messages.SavedFunction(
        concrete_functions=[f.name for f in concrete],
        function_spec=_function_spec(function.function_spec),
    )


def serialize_bare_concrete_function(concrete_function: Any) -> Any:
    """The SavedBareConcreteFunction of one that belongs to no `tf.function`."""
    return messages.SavedBareConcreteFunction(
        concrete_function_name=concrete_function.name,
        allowed_positional_arguments=concrete_function._num_positional_args,
        argument_keywords=concrete_function._arg_keywords,
    )


def serialize_concrete_function(concrete_function: Any, node_ids: Any) -> Any:
    """The SavedConcreteFunction: structures of arguments and results, and the numbers of what it
    captures.

    Raises:
      KeyError: it captures what is no part of what is saved.
    """
    bound = []
    for capture in concrete_function.captured_inputs:
        if capture not in node_ids:
            raise KeyError(
                f"Failed to add concrete function {concrete_function.name!r} to object based saved "
                f"model as it captures tensor {capture!r} which is unsupported or not reachable "
                "from root. One reason could be that a stateful object or a variable that the "
                "function depends on is not assigned to an attribute of the serialized trackable "
                "object (see SaveTest.test_captures_unreachable_variable)."
            )
        bound.append(node_ids[capture])
    outputs = convert_structure_to_signature(concrete_function.structured_outputs)
    return messages.SavedConcreteFunction(
        canonicalized_input_signature=_CODER.encode_structure(
            concrete_function.structured_input_signature
        ),
        output_signature=_CODER.encode_structure(outputs),
        bound_inputs=bound,
    )
