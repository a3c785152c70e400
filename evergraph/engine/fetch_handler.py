"""Nested fetches under the names that TensorFlow's sessions have for them."""

from collections.abc import Mapping, Sequence
from typing import Any

from evergraph.engine.fetches import FetchTree
from evergraph.graph.graph import Graph, get_default_graph
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor


class _FetchMapper:
    """What is distinct in a nested fetch, and how values take its place."""

    def __init__(self, tree: FetchTree) -> None:
        self._tree = tree

    @staticmethod
    def for_fetch(fetch: Any) -> "_FetchMapper":
        """The mapper of a nested fetch of the default graph. Raises as `Session.run` does."""
        return _FetchMapper(FetchTree(get_default_graph(), fetch))

    def unique_fetches(self) -> list[Any]:
        """The tensors and operations, each once."""
        return self._tree.elements

    def build_results(self, values: Sequence[Any]) -> Any:
        """Their values, nested as the fetch."""
        return self._tree.build(list(values))


class _FetchHandler:
    """The tensors and operations to run for a nested fetch where some tensors are fed.

    Args:
      graph: the graph.
      fetches: the nested fetch.
      feeds: values by tensors.
      feed_handles: TensorHandles by tensors that are fed by them.
    """

    def __init__(
        self,
        graph: Graph,
        fetches: Any,
        feeds: Mapping[Tensor, Any],
        feed_handles: Mapping[Tensor, Any] | None = None,
    ) -> None:
        self._tree = FetchTree(graph, fetches)
        self._feeds = feeds
        self._feed_handles = feed_handles or {}

    def fetches(self) -> list[Tensor]:
        """The tensors that are not fed."""
        return [t for t in self._tree.tensors if t not in self._feeds]

    def targets(self) -> list[Operation]:
        """The operations."""
        return self._tree.targets

    def build_results(self, session: Any, tensor_values: Sequence[Any]) -> Any:
        """The values of `fetches()`, nested as what was asked for, with None for operations."""
        wanted = self.fetches()
        assert len(wanted) == len(tensor_values)
        values = dict(zip(wanted, tensor_values, strict=True))
        values.update({t: v.eval() for t, v in self._feed_handles.items()})
        self._tree._session = session
        return self._tree.build(
            [values[e] if e in values else self._feeds.get(e) for e in self._tree.elements]
        )
