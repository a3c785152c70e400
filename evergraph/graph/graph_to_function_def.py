"""Nodes of a graph as a FunctionDef that keeps their names."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from evergraph.base.errors import InvalidArgumentError
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.proto.framework.function_pb2 import FunctionDef


def _argument_names(tensors: Iterable[Tensor]) -> list[str]:
    """A name for each tensor: its own without ":0", made unique by a suffix."""
    found: list[str] = []
    for tensor in tensors:
        name = bare = re.sub(":0$", "", tensor.name).replace(":", "_o")
        number = 0
        while name in found:
            name = f"{bare}_U{number}"
            number += 1
        found.append(name)
    return found


def _names_in_body(op: Operation) -> list[str]:
    """What a function calls each output of a node: its own name, the output's, a number."""
    found = []
    for arg in op.op_def.output_arg:
        if arg.number_attr:
            count = op.get_attr(arg.number_attr)
        else:
            count = len(op.get_attr(arg.type_list_attr)) if arg.type_list_attr else 1
        found += [f"{op.name}:{arg.name}:{i}" for i in range(count)]
    return found


def graph_to_function_def(
    graph: Any,
    operations: Iterable[Operation],
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    out_names: Sequence[str] | None = None,
) -> Any:
    """A FunctionDef named "_" of nodes.

    Args:
      graph: their graph.
      operations: the nodes; those that `inputs` come from are left out.
      inputs: the arguments.
      outputs: the results.
      out_names: the results' names (default: the tensors').

    Raises:
      InvalidArgumentError: there are not as many names as outputs.
      ValueError: a name comes twice.
    """
    if out_names is not None and len(outputs) != len(out_names):
        raise InvalidArgumentError(
            None,
            None,
            "output names must be either empty or equal in size to outputs. output names size = "
            f"{len(out_names)} outputs size = {len(outputs)}",
        )
    if out_names is not None and len(set(out_names)) != len(out_names):
        raise ValueError(f"Must not have duplicates in out_names: {', '.join(out_names)}")
    function = FunctionDef()
    function.signature.name = "_"
    given, arguments = {t.name for t in inputs}, _argument_names(inputs)
    names = {t.name: argument for t, argument in zip(inputs, arguments, strict=True)}
    for tensor, argument in zip(inputs, arguments, strict=True):
        function.signature.input_arg.add(name=argument, type=tensor.dtype.as_datatype_enum)
        names[tensor.op.name] = argument
    for op in graph.get_operations():
        if not any(t.name in given for t in op.outputs):
            in_body = _names_in_body(op)
            names |= {t.name: name for t, name in zip(op.outputs, in_body, strict=True)}
            if in_body:
                names[op.name] = in_body[0]
    results = _argument_names(outputs) if out_names is None else out_names
    for tensor, result in zip(outputs, results, strict=True):
        function.signature.output_arg.add(name=result, type=tensor.dtype.as_datatype_enum)
        function.ret[result] = names[tensor.name]
    for op in operations:
        if any(t.name in given for t in op.outputs):
            continue
        node = function.node_def.add()
        node.CopyFrom(op.node_def)
        node.input[:] = [i if i.startswith("^") else names[i] for i in node.input]
        function.signature.is_stateful |= op.op_def.is_stateful
    return function
