"""Resources that end with the Python object that made them, where ops are executed at once."""

from typing import Any

from evergraph.graph.apply import apply_op
from evergraph.graph.defaults import device


class EagerResourceDeleter:
    """Destroys a resource when nobody holds this object any more.

    Args:
      handle: the resource's handle, a tensor with a value.
      handle_device: where it is destroyed.

    Raises:
      ValueError: `handle` is no tensor with a value.
    """

    def __init__(self, handle: Any, handle_device: str) -> None:
        graph = getattr(handle, "graph", None)
        if not getattr(graph, "runs_at_once", False):
            raise ValueError(
                f"Passed handle={handle} to EagerResourceDeleter. Was expecting a handle Tensor."
            )
        self._handle, self._handle_device, self._graph = handle, handle_device, graph

    def __del__(self) -> None:
        try:
            with self._graph.as_default(), device(self._handle_device):
                apply_op("DestroyResourceOp", self._handle, ignore_lookup_error=True)
        except Exception:
            pass
