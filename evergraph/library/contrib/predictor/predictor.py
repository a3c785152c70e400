"""Models as functions of dicts of arrays."""

import abc
from typing import Any

from evergraph.engine.session import BaseSession
from evergraph.graph.graph import Graph
from evergraph.graph.tensor import Tensor


class Predictor(abc.ABC):
    """A model with its session; called with a dict of inputs, it gives a dict of outputs.

    Subclasses set `_graph`, `_session`, `_feed_tensors` and `_fetch_tensors`.
    """

    _graph: Graph
    _session: BaseSession
    _feed_tensors: dict[str, Tensor]
    _fetch_tensors: dict[str, Tensor]

    @property
    def graph(self) -> Graph:
        """The model's graph."""
        return self._graph

    @property
    def session(self) -> Any:
        """The session with the values."""
        return self._session

    @property
    def feed_tensors(self) -> dict[str, Tensor]:
        """The inputs by name."""
        return self._feed_tensors

    @property
    def fetch_tensors(self) -> dict[str, Tensor]:
        """The outputs by name."""
        return self._fetch_tensors

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__} with feed tensors {self._feed_tensors} and fetch_tensors "
            f"{self._fetch_tensors}"
        )

    def __call__(self, input_dict: dict[str, Any]) -> Any:
        """The outputs by name, for values of inputs by name; those that are None are left out.

        Raises ValueError for a name that is no input's.
        """
        unexpected = set(input_dict) - set(self._feed_tensors)
        if unexpected:
            raise ValueError(
                f"Got unexpected keys in input_dict: {unexpected}\nexpected: "
                f"{set(self._feed_tensors)}"
            )
        feeds = {
            tensor: input_dict[name]
            for name, tensor in self._feed_tensors.items()
            if input_dict.get(name) is not None
        }
        return self._session.run(fetches=self._fetch_tensors, feed_dict=feeds)
