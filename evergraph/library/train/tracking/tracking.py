"""Objects whose attributes become their parts, and resources that are parts."""

import contextlib
import functools
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.trackable import Trackable
from evergraph.graph.conversion import convert_to_tensor, register_tensor_conversion_function
from evergraph.graph.defaults import device, init_scope
from evergraph.graph.graph import get_default_graph
from evergraph.graph.tensor import Tensor
from evergraph.library.eager import def_function, function
from evergraph.library.train.tracking.data_structures import (
    NoDependency,
    sticky_attribute_assignment,
)


class NotTrackable:
    """Marks classes whose objects checkpoints cannot save."""


@export("contrib.eager.Checkpointable")
class AutoTrackable(Trackable):
    """An object whose attributes become its parts, if they are trackable.

    Lists and dicts are kept as trackable ones.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        # Set again, as by `self.x += y`, it needs no new wrapper.
        if name in self.__dict__ and self.__dict__[name] is value:
            return
        if self._setattr_tracking:
            value = sticky_attribute_assignment(trackable=self, value=value, name=name)
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        delete_tracking(self, name)
        super().__delattr__(name)

    def _no_dependency(self, value: Any) -> NoDependency:
        return NoDependency(value)

    def _list_functions_for_serialization(self, serialization_cache: Any) -> dict[str, Any]:
        functions = {}
        for name in dir(self):
            # Properties may fail in any way.
            with contextlib.suppress(Exception):
                value = getattr(self, name)
                if isinstance(value, (def_function.Function, function.ConcreteFunction)):
                    functions[name] = value
        return functions


def delete_tracking(obj: Any, name: str) -> None:
    """Drops the part of that name, if there is one."""
    if obj._unconditional_dependency_names.pop(name, None) is not None:
        parts = obj._unconditional_checkpoint_dependencies
        parts[:] = [part for part in parts if part.name != name]


class ResourceTracker:
    """The resources that are made in a `resource_tracker_scope`."""

    def __init__(self) -> None:
        self._resources: list[Any] = []

    @property
    def resources(self) -> list[Any]:
        return self._resources

    def add_resource(self, resource: Any) -> None:
        self._resources.append(resource)


_resource_trackers: list[ResourceTracker] = []


@contextlib.contextmanager
def resource_tracker_scope(resource_tracker: ResourceTracker) -> Iterator[None]:
    """In the block, new resources are told to `resource_tracker`."""
    _resource_trackers.append(resource_tracker)
    try:
        yield
    finally:
        _resource_trackers.remove(resource_tracker)


class CapturableResourceDeleter:
    """Ends the life of a resource, by a function that makes a node for it."""

    def __init__(self, destroy_resource_fn: Callable[[], Any] | None = None) -> None:
        self._destroy_resource = destroy_resource_fn
        self._graph = get_default_graph() if destroy_resource_fn else None

    def destroy_resource(self) -> Any:
        """What the function gives, if there is one."""
        return self._destroy_resource() if self._destroy_resource else None

    def __del__(self) -> None:
        if self._destroy_resource and self._graph is not None:
            with self._graph.as_default():
                self._destroy_resource()


class CapturableResource(Trackable):
    """A resource whose handle is made when it is first needed.

    Args:
      device: where it is.
      deleter: ends its life.
    """

    def __init__(self, device: str = "", deleter: Any = None) -> None:
        self._resource_handle: Tensor | None = None
        self._resource_device = device
        self._resource_deleter = deleter or CapturableResourceDeleter()

    def _create_resource(self) -> Tensor:
        """Makes the handle. A derived class overrides it."""
        raise NotImplementedError("TrackableResource._create_resource not implemented.")

    def _initialize(self) -> Any:
        """Makes the node that fills the resource. A derived class overrides it."""

    @property
    def resource_handle(self) -> Tensor:
        """The handle of the resource."""
        if self._resource_handle is None:
            with device(self._resource_device):
                self._resource_handle = self._create_resource()
        return self._resource_handle

    def _list_functions_for_serialization(self, serialization_cache: Any) -> dict[str, Any]:
        def _creator() -> Any:
            return self._create_resource()

        # Calls are something to wait for if they have a result.
        def _initializer() -> Any:
            self._initialize()
            return 1

        def _destroyer() -> Any:
            self._resource_deleter.destroy_resource()
            return 1

        return {
            name: def_function.function(made, input_signature=[], autograph=False)
            for name, made in (
                ("_create_resource", _creator),
                ("_initialize", _initializer),
                ("_destroy_resource", _destroyer),
            )
        }


class TrackableResource(CapturableResource):
    """A resource that trackers are told of."""

    def __init__(self, device: str = "", deleter: Any = None) -> None:
        for tracker in _resource_trackers:
            tracker.add_resource(self)
        super().__init__(device=device, deleter=deleter)


class TrackableAsset(Trackable):
    """A file that belongs to a model, as the tensor of its path."""

    def __init__(self, path: Any) -> None:
        with init_scope(), device("CPU"):
            self._path = convert_to_tensor(path, dtype=dtypes.string, name="asset_path")

    @property
    def asset_path(self) -> Tensor:
        """The path, a scalar of strings."""
        return self._path


def _asset_to_tensor(asset: Any, **kwargs: Any) -> Any:
    return convert_to_tensor(asset.asset_path, **kwargs)


register_tensor_conversion_function(TrackableAsset, _asset_to_tensor)


def cached_per_instance(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function of one object that is called once for each."""
    cache: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()

    @functools.wraps(f)
    def wrapped(item: Any) -> Any:
        output = cache.get(item)
        if output is None:
            cache[item] = output = f(item)
        return output

    wrapped.cache = cache  # type: ignore[attr-defined]
    return wrapped
