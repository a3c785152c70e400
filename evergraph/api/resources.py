"""Resources that are not variables (tables, forests, ...): how they are created and checked."""

import collections
import os
from collections.abc import Sequence
from typing import Any

from evergraph.api import array_ops, grouping, math_ops
from evergraph.base import dtypes
from evergraph.graph.constant import constant
from evergraph.graph.defaults import add_to_collection, device, get_collection, name_scope
from evergraph.graph.keys import GraphKeys
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor

_Resource = collections.namedtuple("_Resource", ["handle", "create", "is_initialized"])


def register_resource(
    handle: Any, create_op: Any, is_initialized_op: Any, is_shared: bool = True
) -> None:
    """Puts a resource into the collection of shared or of local ones.

    Args:
      handle: the operation that gives the resource's handle.
      create_op: the operation that creates it.
      is_initialized_op: a bool scalar: whether it is there.
      is_shared: whether all tasks see it.
    """
    key = GraphKeys.RESOURCES if is_shared else GraphKeys.LOCAL_RESOURCES
    add_to_collection(key, _Resource(handle, create_op, is_initialized_op))


def shared_resources() -> list[Any]:
    """The resources that all tasks see."""
    return get_collection(GraphKeys.RESOURCES)


def local_resources() -> list[Any]:
    """The resources of this task alone."""
    return get_collection(GraphKeys.LOCAL_RESOURCES)


def report_uninitialized_resources(
    resource_list: Sequence[Any] | None = None, name: str = "report_uninitialized_resources"
) -> Tensor:
    """The names of the resources that are not there yet, as a vector of strings.

    Args:
      resource_list: resources; default: all shared and local ones.
      name: a name scope for the nodes.
    """
    if resource_list is None:
        resource_list = shared_resources() + local_resources()
    place = os.environ.get("TF_DEVICE_FOR_UNINITIALIZED_VARIABLE_REPORTING", "/cpu:0")
    with name_scope(name), device(place):
        if not resource_list:
            return constant([], dtype=dtypes.string)
        missing = math_ops.logical_not(array_ops.stack([r.is_initialized for r in resource_list]))
        names = constant([r.handle.name for r in resource_list])
        return array_ops.boolean_mask(names, missing)


def initialize_resources(resource_list: Sequence[Any], name: str = "init") -> Operation:
    """An operation that creates all resources of a list."""
    if resource_list:
        return grouping.group(*[r.create for r in resource_list], name=name)
    return grouping.no_op(name=name)
