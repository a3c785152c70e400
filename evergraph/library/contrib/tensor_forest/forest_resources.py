"""What the resources of random forests share: handles, creation, savers."""

from collections.abc import Callable
from typing import Any

from evergraph.api.resources import register_resource
from evergraph.graph.apply import apply_op
from evergraph.graph.defaults import add_to_collection, control_dependencies
from evergraph.graph.keys import GraphKeys
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.train.saving.saveable_object import SaveableObject, SaveSpec
from evergraph.library.train.tracking.tracking import TrackableResource


class ForestSavable(SaveableObject):
    """A resource as one text, for savers. A derived class names the op that reads it."""

    reader: str

    def __init__(
        self, params: Any, handle: Tensor, text: Tensor, create_op: Any, name: str
    ) -> None:
        super().__init__(handle, [SaveSpec(text, "", name)], name)
        self.params = params
        self._handle = handle
        self._create_op = create_op

    def restore(self, restored_tensors: Any, restored_shapes: Any) -> Operation:
        """Puts what was saved in the place of what is there."""
        with control_dependencies([self._create_op]):
            restored: Operation = apply_op(
                self.reader,
                self._handle,
                restored_tensors[0],
                params=self.params.serialized_params_proto,
            )
        return restored


class ForestResource(TrackableResource):
    """A resource of a forest. A derived class names its ops."""

    _ops: tuple[str, str, str]  # that make a handle, create, and tell whether there is something

    def __init__(self, params: Any, config: Any, name: str, container: str | None) -> None:
        self._params = params
        self._config = config
        self._name = name
        self._container = container
        self._init_op: Any = None
        super().__init__()
        self._resource_handle = self._create_resource()

    def _create_resource(self) -> Tensor:
        return apply_op(
            self._ops[0],
            container=self._container or "",
            shared_name=self._name,
            name=self._name,
        )

    def _initialize(self) -> Any:
        params = self._params.serialized_params_proto
        return apply_op(self._ops[1], self.resource_handle, self._config, params=params)

    @property
    def initializer(self) -> Any:
        """The operation that creates the resource."""
        if self._init_op is None:
            self._init_op = self._initialize()
        return self._init_op

    def is_initialized(self) -> Tensor:
        """Whether the resource is there, a bool scalar."""
        return apply_op(self._ops[2], self.resource_handle)


def registered(resource: ForestResource, savable: Callable[..., ForestSavable]) -> Tensor:
    """The handle of a resource that sessions create and savers save."""
    handle, create = resource.resource_handle, resource.initializer
    is_initialized = resource.is_initialized()
    add_to_collection(GraphKeys.SAVEABLE_OBJECTS, savable(name=handle.name))
    register_resource(handle, create, is_initialized)
    return handle
