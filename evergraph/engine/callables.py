"""Runs that a CallableOptions describes: tensors and nodes by name, arrays in feeds' order."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from evergraph.base import errors
from evergraph.base.dtypes import as_dtype
from evergraph.engine.plan import needed_nodes
from evergraph.graph.graph import Graph
from evergraph.graph.op_summary import type_name
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor


class NamedCallable:
    """A function of arrays, one for each feed of a CallableOptions, that gives a list of the values
    of its fetches. What `Session._make_callable_from_options` gives."""

    def __init__(self, session: Any, graph: Graph, options: Any) -> None:
        self._session = session
        written = options.SerializeToString()
        self._options = type(options).FromString(written)
        self._feeds = [_fed_or_fetched(graph, name) for name in options.feed]
        self._fetches = [_fed_or_fetched(graph, name) for name in options.fetch]
        self._targets = _targets(graph, options.target)
        if not self._fetches and not self._targets:
            raise errors.InvalidArgumentError(
                None, None, "Must specify at least one target to fetch or execute."
            )
        self._sources: list[Tensor] = []
        self._connected: list[Tensor] = []
        for connection in options.tensor_connection:
            self._connect(graph, connection)
        fed = [*self._feeds, *self._connected]
        for i, tensor in enumerate(fed):
            if tensor in fed[:i]:
                raise errors.InvalidArgumentError(
                    None, None, f'Endpoint "{tensor.name}" fed more than once.'
                )
        both = next((t for t in self._fetches if t in fed), None)
        if both is not None:
            raise errors.InvalidArgumentError(None, None, f"{both.name} is both fed and fetched.")

    def _connect(self, graph: Graph, connection: Any) -> None:
        target = _tensor(graph, connection.to_tensor)
        if target is None:
            raise errors.NotFoundError(
                None, None, f"FeedInputs: unable to find feed output {connection.to_tensor}"
            )
        source = _tensor(graph, connection.from_tensor)
        if source is None:
            raise errors.InvalidArgumentError(
                None,
                None,
                f'Requested tensor connection from unknown node: "{connection.to_tensor}".',
            )
        if target.op in needed_nodes([source], [], []):
            raise errors.InvalidArgumentError(
                None,
                None,
                f'Requested Tensor connection between nodes "{target.op.name}" and '
                f'"{source.op.name}" would create a cycle.',
            )
        self._sources.append(source)
        self._connected.append(target)

    def __call__(self, *args: Any, run_metadata: Any = None, **_: Any) -> list[Any]:
        """The fetched values. `run_metadata` takes what the run options ask for.

        Raises:
          InvalidArgumentError: there are more or fewer arrays than feeds, or one is of another
            type.
        """
        if len(args) != len(self._feeds):
            raise errors.InvalidArgumentError(
                None, None, f"Expected {len(self._feeds)} feed tensors, but got {len(args)}"
            )
        given = [_array(tensor, value) for tensor, value in zip(self._feeds, args, strict=True)]
        options = self._options.run_options
        run = self._session._run_named
        feeds = self._feeds
        if self._sources:
            # What is connected is computed first, and not once more.
            given += run(self._sources, [], feeds, given, options, None) * 2
            feeds = [*feeds, *self._connected, *self._sources]
            once = {tensor: value for tensor, value in zip(feeds, given, strict=True)}
            feeds, given = list(once), list(once.values())
        return run(self._fetches, self._targets, feeds, given, options, run_metadata)


def _tensor(graph: Graph, name: str) -> Tensor | None:
    """A tensor by its name; that of a node stands for the first output."""
    try:
        return graph.get_tensor_by_name(name if ":" in name else f"{name}:0")
    except (KeyError, ValueError):
        return None


def _fed_or_fetched(graph: Graph, name: str) -> Tensor:
    tensor = _tensor(graph, name)
    if tensor is None:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Tensor {name}, specified in either feed_devices or fetch_devices was not found in "
            "the Graph",
        )
    return tensor


def _targets(graph: Graph, names: Sequence[str]) -> list[Operation]:
    found = [graph._nodes_by_name.get(name.partition(":")[0]) for name in names]
    missing = [name for name, op in zip(names, found, strict=True) if op is None]
    if missing:
        raise errors.NotFoundError(
            None,
            None,
            f"PruneForTargets: Some target nodes not found: {''.join(n + ' ' for n in missing)}",
        )
    return [op for op in found if op is not None]


def _array(tensor: Tensor, value: Any) -> np.ndarray:
    """An argument as an array, which must be of the feed's type already."""
    if isinstance(value, Tensor):
        raise errors.InvalidArgumentError(None, None, "Not a ndarray.")
    if value is None:
        raise errors.InternalError(None, None, "Unsupported object type NoneType")
    array = np.asarray(value)
    wanted = tensor.dtype.base_dtype
    given = type_name(as_dtype(array.dtype))
    if given != type_name(wanted):
        raise errors.InvalidArgumentError(
            None, None, f"Type mismatch: actual {given} vs. expect {type_name(wanted)}"
        )
    return array
