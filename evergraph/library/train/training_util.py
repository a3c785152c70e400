"""The global step."""

from typing import Any

import numpy as np

from evergraph.api import init_ops, state_ops, variable_scope, variables
from evergraph.api.resource_variable_ops import is_resource_variable
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.defaults import (
    add_to_collection,
    control_dependencies,
    executing_eagerly,
)
from evergraph.graph.graph import Graph, get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor

GLOBAL_STEP_READ_KEY = "global_step_read_op_cache"
"""The collection that holds the node that reads the global step before it is incremented."""


@export("train.global_step")
def global_step(sess: Any, global_step_tensor: Any) -> int:
    """The value of the global step in a session, or in eager execution. Stands for
    `tf.train.global_step`."""
    if executing_eagerly():
        return int(global_step_tensor.numpy())
    value = np.asarray(sess.run(global_step_tensor))
    # NumPy 2 takes an array of one element for no number, unless it has rank 0.
    return int(value.reshape(()) if value.size == 1 else value)


@export("train.get_global_step", "contrib.framework.get_global_step")
def get_global_step(graph: Graph | None = None) -> Any:
    """The global step of a graph (default: the default graph), or None. Stands for
    `tf.train.get_global_step`.

    It is what the collection GLOBAL_STEP holds, or else the tensor "global_step:0".

    Raises:
      TypeError: it is not a scalar of an integer type.
    """
    graph = graph or get_default_graph()
    found = graph.get_collection(GraphKeys.GLOBAL_STEP)
    if len(found) > 1:
        logging.error("Multiple tensors in global_step collection.")
        return None
    if found:
        step = found[0]
    else:
        try:
            step = graph.get_tensor_by_name("global_step:0")
        except KeyError:
            return None
    assert_global_step(step)
    return step


@export("train.create_global_step", "contrib.framework.create_global_step")
def create_global_step(graph: Graph | None = None) -> Any:
    """Makes the global step, an int64 variable. Stands for `tf.train.create_global_step`.

    Raises ValueError if the graph has one.
    """
    graph = graph or get_default_graph()
    if get_global_step(graph) is not None:
        raise ValueError('"global_step" already exists.')
    with graph.as_default(), graph.name_scope(None):
        return variable_scope.get_variable(
            GraphKeys.GLOBAL_STEP,
            shape=[],
            dtype=dtypes.int64,
            initializer=init_ops.zeros_initializer(),
            trainable=False,
            aggregation=variables.VariableAggregation.ONLY_FIRST_REPLICA,
            collections=[GraphKeys.GLOBAL_VARIABLES, GraphKeys.GLOBAL_STEP],
        )


@export("train.get_or_create_global_step", "contrib.framework.get_or_create_global_step")
def get_or_create_global_step(graph: Graph | None = None) -> Any:
    """The global step of a graph, made if there is none. Stands for
    `tf.train.get_or_create_global_step`."""
    graph = graph or get_default_graph()
    step = get_global_step(graph)
    return create_global_step(graph) if step is None else step


@export("train.assert_global_step", "contrib.framework.assert_global_step")
def assert_global_step(global_step_tensor: Any) -> None:
    """Raises TypeError unless it is a scalar variable or tensor of an integer type. Stands for
    `tf.train.assert_global_step`."""
    step = global_step_tensor
    if not isinstance(step, (variables.Variable, Tensor)) and not is_resource_variable(step):
        raise TypeError(f'Existing "global_step" must be a Variable or Tensor: {step}.')
    if not step.dtype.base_dtype.is_integer:
        raise TypeError(f'Existing "global_step" does not have integer type: {step.dtype}')
    shape = step.get_shape()
    if shape.ndims != 0 and shape.is_fully_defined():
        raise TypeError(f'Existing "global_step" is not scalar: {shape}')


def _get_global_step_read(graph: Graph | None = None) -> Any:
    """The node that reads the global step before increments, or None."""
    graph = graph or get_default_graph()
    found = graph.get_collection(GLOBAL_STEP_READ_KEY)
    if len(found) > 1:
        raise RuntimeError(
            f"There are multiple items in collection {GLOBAL_STEP_READ_KEY}. There should be only "
            "one."
        )
    return found[0] if found else None


def _get_or_create_global_step_read(graph: Graph | None = None) -> Any:
    """The same, made if the graph has a global step."""
    graph = graph or get_default_graph()
    read = _get_global_step_read(graph)
    if read is not None:
        return read
    step = get_global_step(graph)
    if step is None:
        return None
    with graph.as_default(), graph.name_scope(None), graph.name_scope(step.op.name + "/"):
        value = step.initialized_value() if isinstance(step, variables.Variable) else step
        # A node of its own, as `value` may be the reference that is incremented.
        add_to_collection(GLOBAL_STEP_READ_KEY, value + 0)
    return _get_global_step_read(graph)


def _increment_global_step(increment: Any, graph: Graph | None = None) -> Any:
    """Adds to the global step after it was read. Raises ValueError if there is none."""
    graph = graph or get_default_graph()
    step = get_global_step(graph)
    if step is None:
        raise ValueError(
            "Global step tensor should be created by tf.train.get_or_create_global_step before "
            "calling increment."
        )
    read = _get_or_create_global_step_read(graph)
    with graph.as_default(), graph.name_scope(None), graph.name_scope(step.op.name + "/"):
        with control_dependencies([read]):
            return state_ops.assign_add(step, increment)
