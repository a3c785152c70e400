"""Objects of a graph that are kept outside of variables: resources and files."""

from collections.abc import Callable
from typing import Any

from evergraph.base import dtypes
from evergraph.graph.conversion import convert_to_tensor, register_tensor_conversion_function
from evergraph.graph.defaults import device, init_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.train.tracking.base import Trackable


class CapturableResourceDeleter:
    """Takes a resource away when nobody needs it any more.

    Args:
      destroy_resource_fn: what does so, or None.
    """

    def __init__(self, destroy_resource_fn: Callable[[], Any] | None = None) -> None:
        self._destroy_resource = destroy_resource_fn

    def destroy_resource(self) -> Any:
        """Takes the resource away, if anything is to be done."""
        return self._destroy_resource() if self._destroy_resource else None


class CapturableResource(Trackable):
    """An object whose handle is made when somebody asks for it.

    Args:
      device: where the handle is made.
      deleter: what takes the resource away.
    """

    def __init__(self, device: str = "", deleter: CapturableResourceDeleter | None = None) -> None:
        self._resource_handle: Any = None
        self._resource_device = device
        self._resource_deleter = deleter or CapturableResourceDeleter()

    def _create_resource(self) -> Any:
        """Makes the handle. Subclasses say how."""
        raise NotImplementedError("TrackableResource._create_resource not implemented.")

    def _initialize(self) -> Any:
        """Fills the resource. Subclasses may."""

    @property
    def resource_handle(self) -> Any:
        """The handle of the resource."""
        if self._resource_handle is None:
            with device(self._resource_device):
                self._resource_handle = self._create_resource()
        return self._resource_handle


class TrackableResource(CapturableResource):
    """A resource that has to be initialized."""


class TrackableAsset(Trackable):
    """A file that goes with a model. Stands for its path where a tensor is wanted.

    Args:
      path: the path, a text or a scalar string tensor.
    """

    def __init__(self, path: Any) -> None:
        # The path is no part of a function in which the object is made.
        with init_scope(), device("CPU"):
            self._path = convert_to_tensor(path, dtypes.string, name="asset_path")

    @property
    def asset_path(self) -> Tensor:
        """The path, a string tensor."""
        return self._path


def _asset_as_tensor(
    asset: TrackableAsset, dtype: Any = None, name: str | None = None, as_ref: bool = False
) -> Tensor:
    return convert_to_tensor(asset.asset_path, dtype=dtype, name=name)


register_tensor_conversion_function(TrackableAsset, _asset_as_tensor)
