"""Trees of random forests as resources with their savers: tree_variable, ForestVariables."""

from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api.resources import register_resource
from evergraph.graph.apply import apply_op
from evergraph.graph.defaults import add_to_collection, control_dependencies, name_scope
from evergraph.graph.keys import GraphKeys
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.train.saving.saveable_object import SaveableObject, SaveSpec


class TreeVariableSaveable(SaveableObject):
    """A tree as a resource that sessions create and savers save.

    Args:
      type_name: the name where none is given.
      name: the name of the resource.
      container: where the resource is kept.
      config: the tree to begin with, a serialized message.
      resource_handle_func: makes the handle.
      create_op_func: makes the operation that creates the tree.
      is_initialized_op_func: makes the tensor that tells whether there is a tree.
      serialize_op_func: makes the tensor of the tree as a message.
      deserialize_op_func: makes the operation that reads a message.
    """

    def __init__(
        self,
        type_name: str,
        name: str | None,
        container: str | None,
        config: Any,
        resource_handle_func: Callable[..., Tensor],
        create_op_func: Callable[..., Any],
        is_initialized_op_func: Callable[..., Tensor],
        serialize_op_func: Callable[..., Tensor],
        deserialize_op_func: Callable[..., Operation],
    ) -> None:
        with name_scope(name, type_name) as name:
            handle = resource_handle_func(container, shared_name=name, name=name)
        self._resource_handle = handle
        self._is_initialized_op = is_initialized_op_func(handle)
        specs = [SaveSpec(serialize_op_func(handle), "", name)]
        self._create_op = create_op_func(handle, config)
        super().__init__(handle, specs, name)
        add_to_collection(GraphKeys.SAVEABLE_OBJECTS, self)
        register_resource(handle, self._create_op, self._is_initialized_op)
        self._deserialize_op_func = deserialize_op_func

    def restore(self, restored_tensors: Any, unused_restored_shapes: Any) -> Operation:
        """Puts the restored tree in the place of what is there."""
        with control_dependencies([self._create_op]):
            return self._deserialize_op_func(self._resource_handle, restored_tensors[0])

    @property
    def resource(self) -> Tensor:
        """The handle."""
        return self._resource_handle


def _handle(container: str | None, shared_name: str, name: str) -> Tensor:
    return apply_op(
        "TensorForestTreeResourceHandleOp",
        container=container or "",
        shared_name=shared_name,
        name=name,
    )


def _op(kind: str) -> Callable[..., Any]:
    return lambda *inputs: apply_op(kind, *inputs)


def tree_variable(tree_config: Any, name: str | None, container: str | None = None) -> Tensor:
    """The handle of a new tree that begins with a serialized message."""
    return TreeVariableSaveable(
        "TreeVariable",
        name,
        container,
        tree_config,
        _handle,
        _op("TensorForestCreateTreeVariable"),
        _op("TensorForestTreeIsInitializedOp"),
        _op("TensorForestTreeSerialize"),
        _op("TensorForestTreeDeserialize"),
    ).resource


class ForestVariables:
    """The trees of a forest, `params.n_trees` many; an index gives the handle of one.

    Args:
      params: an object that tells how many.
      tree_configs: what the trees begin with, serialized messages.
    """

    def __init__(self, params: Any, tree_configs: Sequence[Any] | None = None) -> None:
        configs = [""] * params.n_trees if tree_configs is None else tree_configs
        self._variables = [tree_variable(configs[i], f"tree-{i}") for i in range(params.n_trees)]

    def __getitem__(self, t: int) -> Tensor:
        return self._variables[t]
