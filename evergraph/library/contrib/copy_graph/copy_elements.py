"""Nodes, tensors and variables copied to another graph, with all that they are computed of."""

import copy
from collections.abc import Sequence
from typing import Any

from evergraph.api.variables import VariableV1
from evergraph.base.export import export
from evergraph.engine.session import Session
from evergraph.graph.graph import Graph
from evergraph.graph.keys import GraphKeys
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor


def _in_scope(name: str, scope: str) -> str:
    return f"{scope}/{name}" if scope else name


def _collections(instance: Any, scope: str, kept: Sequence[str] = ()) -> list[str]:
    """The names of the collections that a copy belongs in."""
    return [
        name if name in kept else _in_scope(name, scope)
        for name, found in instance.graph._collections.items()
        if any(instance is x for x in found)
    ]


@export("contrib.copy_graph.copy_variable_to_graph")
def copy_variable_to_graph(org_instance: Any, to_graph: Graph, scope: str = "") -> Any:
    """A variable of another graph with the initial value of one. Stands for
    `tf.contrib.copy_graph.copy_variable_to_graph`.

    Args:
      org_instance: the variable.
      to_graph: where the copy goes.
      scope: what stands before its name, and before the names of its collections.

    Raises:
      TypeError: it is no variable.
    """
    if not isinstance(org_instance, VariableV1):
        raise TypeError(f"{org_instance} is not a Variable")
    own = [GraphKeys.GLOBAL_VARIABLES, GraphKeys.TRAINABLE_VARIABLES]
    graph = org_instance.graph
    trainable = any(org_instance is v for v in graph.get_collection(GraphKeys.TRAINABLE_VARIABLES))
    with graph.as_default():
        value = Session().run(org_instance.initialized_value())
    with to_graph.as_default():
        return VariableV1(
            value,
            trainable,
            name=_in_scope(org_instance.name.partition(":")[0], scope),
            collections=_collections(org_instance, scope, own),
            validate_shape=False,
        )


@export("contrib.copy_graph.copy_op_to_graph")
def copy_op_to_graph(
    org_instance: Any, to_graph: Graph, variables: Sequence[Any], scope: str = ""
) -> Any:
    """The copy of a node or tensor in another graph; what is there already under the name is taken.
    Stands for `tf.contrib.copy_graph.copy_op_to_graph`.

    Args:
      org_instance: the node or tensor.
      to_graph: where the copy goes.
      variables: copies of the variables that it is computed of.
      scope: what stands before names, and before the names of collections.

    Raises:
      TypeError: it is neither.
    """
    name = _in_scope(org_instance.name, scope)
    if any(name == v.name for v in variables):
        return to_graph.get_tensor_by_name(name)
    try:
        return to_graph.as_graph_element(name, allow_tensor=True, allow_operation=True)
    except (KeyError, ValueError):
        pass

    def copied(instance: Any) -> Any:
        return copy_op_to_graph(instance, to_graph, variables, scope)

    if isinstance(org_instance, Tensor):
        made = copied(org_instance.op).outputs[org_instance.value_index]
        for collection in _collections(org_instance, scope):
            to_graph.add_to_collection(collection, made)
        return made
    if not isinstance(org_instance, Operation):
        raise TypeError(f"Could not copy instance: {org_instance}")
    op = org_instance
    original = None if op._original_op is None else copied(op._original_op)
    controls = [copied(c) for c in op.control_inputs]
    inputs = [copied(t) for t in op.inputs]
    node_def = copy.deepcopy(op.node_def)
    node_def.name = name
    return Operation(
        node_def,
        to_graph,
        inputs,
        list(op._output_types),
        controls,
        list(op._input_types),
        original,
        op.op_def,
    )


@export("contrib.copy_graph.get_copied_op")
def get_copied_op(org_instance: Any, graph: Graph, scope: str = "") -> Any:
    """The copy of a node or tensor that is in another graph. Stands for
    `tf.contrib.copy_graph.get_copied_op`.

    Raises:
      KeyError: there is none.
    """
    name = _in_scope(org_instance.name, scope)
    return graph.as_graph_element(name, allow_tensor=True, allow_operation=True)
