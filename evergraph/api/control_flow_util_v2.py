"""What conds and loops of functional ops have in common: names and bodies of their functions."""

import contextlib
import itertools
from collections.abc import Iterator
from typing import Any

from evergraph.api.control_flow_util import GraphOrParentsInXlaContext
from evergraph.api.func_graph import FuncGraph
from evergraph.graph.defaults import control_dependencies
from evergraph.graph.graph import get_default_graph
from evergraph.graph.operation import Operation
from evergraph.proto.framework.attr_value_pb2 import AttrValue

# Functions of a process have different names.
_numbers = itertools.count()


class CondBranchFuncGraph(FuncGraph):
    """The body of a cond's branch."""


class WhileCondFuncGraph(FuncGraph):
    """The body of a loop's condition."""


class WhileBodyFuncGraph(FuncGraph):
    """The body of a loop's step."""


def in_defun() -> bool:
    """Whether the default graph is the body of a function, or of a branch or loop in one."""
    graph: Any = get_default_graph()
    while isinstance(graph, (CondBranchFuncGraph, WhileBodyFuncGraph)):
        graph = graph.outer_graph
    return isinstance(graph, FuncGraph)


def create_new_tf_function(func_graph: FuncGraph) -> str:
    """Makes the function of a body, known in the graph around. Its name."""
    func_graph.as_function().add_to_graph(func_graph.outer_graph)
    for function in func_graph._functions.values():
        function.add_to_graph(func_graph.outer_graph)
    return func_graph.name


def unique_fn_name(scope: str, name: str) -> str:
    """A name for a function that is a part of the cond or loop in `scope`."""
    return f"{scope}{name}_{next(_numbers)}".replace("/", "_")


def unique_grad_fn_name(forward_name: str) -> str:
    """A name for the gradient of a function."""
    return f"{forward_name}_grad_{next(_numbers)}"


def maybe_set_lowering_attr(op: Operation) -> None:
    """Marks a node as one that TensorFlow may run as Switch and Merge."""
    if not GraphOrParentsInXlaContext(op.graph):
        op._set_attr("_lower_using_switch_merge", AttrValue(b=True))


def maybe_propagate_compile_time_consts_in_xla(op: Operation) -> None:
    """Marks a node that XLA compiles."""
    if GraphOrParentsInXlaContext(op.graph):
        op._set_attr("_xla_propagate_compile_time_consts", AttrValue(b=True))


@contextlib.contextmanager
def clear_control_inputs() -> Iterator[None]:
    """Nodes made in the block depend on no others, and stay in the control flow context."""
    graph = get_default_graph()
    context = graph._get_control_flow_context()
    with control_dependencies(None):
        graph._set_control_flow_context(context)
        yield


def resource_input_index(
    tensor_name: str, input_names: list[str], node_defs: dict[str, Any], functions: Any
) -> int:
    """The argument of a function that a resource in it is.

    Args:
      tensor_name: the resource's, as in a graph or as in a FunctionDef.
      input_names: the arguments'.
      node_defs: the nodes by name.
      functions: those that the nodes call, by name.

    Raises:
      ValueError: the function makes the resource.
    """
    places = {name: i for i, name in enumerate(input_names)}
    # A NodeDef calls the first output of a node by the node's name.
    places.update({name.removesuffix(":0"): i for name, i in places.items()})
    while tensor_name not in places:
        op_name, *_, index = tensor_name.split(":") if ":" in tensor_name else (tensor_name, "0")
        node = node_defs[op_name]
        if node.op == "While":
            # What a loop captures goes in and comes out at the same place.
            tensor_name = node.input[int(index)]
        elif node.op in ("PartitionedCall", "StatefulPartitionedCall"):
            fdef = functions[node.attr["f"].func.name].definition
            result = fdef.ret[fdef.signature.output_arg[int(index)].name]
            names = [arg.name for arg in fdef.signature.input_arg]
            nodes = {n.name: n for n in fdef.node_def}
            tensor_name = node.input[resource_input_index(result, names, nodes, functions)]
        else:
            raise ValueError(
                "Taking gradient of a while loop which creates a resource in its body is not "
                f"supported: {op_name}"
            )
    return places[tensor_name]


# None: intermediate results are given out where their gradients ask for them.
_EXPERIMENTAL_OUTPUT_ALL_INTERMEDIATES_OVERRIDE: bool | None = None


def output_all_intermediates() -> bool:
    """Whether conds and loops give out all that their gradients might ask for, from the start."""
    return bool(_EXPERIMENTAL_OUTPUT_ALL_INTERMEDIATES_OVERRIDE)
