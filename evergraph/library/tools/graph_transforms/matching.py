"""Parts of GraphDefs found by op types, and exchanged."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evergraph.base import errors
from evergraph.base.platform import logging
from evergraph.proto.framework import graph_pb2


def invalid(message: str) -> errors.InvalidArgumentError:
    """The error for a transform that cannot be done."""
    return errors.InvalidArgumentError(None, None, message)


def input_parts(name: str) -> tuple[str, str, str]:
    """ "^", the node's name and ":1" of an input; each of the marks may be ""."""
    node, colon, rest = name.partition(":")
    prefix = "^" if node.startswith("^") else ""
    return prefix, node.removeprefix("^"), colon + rest.partition(":")[0]


def node_of(name: str) -> str:
    """The node that an input names."""
    return input_parts(name)[1]


def canonical(name: str) -> str:
    """An input's name with the number of the output."""
    prefix, node, suffix = input_parts(name)
    return f"{prefix}{node}{suffix or ':0'}"


@dataclass(frozen=True)
class Pattern:
    """An op type ("Conv2D|MatMul", "*": any), and what its inputs come from (none: anything)."""

    op: str
    inputs: tuple["Pattern", ...] = ()

    def takes(self, op: str) -> bool:
        """Whether an op type is one of these."""
        return self.op == "*" or op in self.op.split("|")


@dataclass(frozen=True)
class Match:
    """A node that fits a pattern, and what fits the patterns of its inputs."""

    node: Any
    inputs: tuple["Match", ...] = ()

    def nodes(self) -> list[Any]:
        """All nodes, each once, by distance from the first."""
        found: dict[str, Any] = {}
        level: list[Match] = [self]
        while level:
            fresh = []
            for match in level:
                if match.node.name not in found:
                    found[match.node.name] = match.node
                    fresh.append(match)
            level = [part for match in fresh for part in match.inputs]
        return list(found.values())


def sorted_nodes(graph_def: Any) -> tuple[list[Any], int]:
    """Nodes in an order of execution (the last that becomes ready goes first), and the number of
    those in cycles, which are left out."""
    position = {node.name: i for i, node in enumerate(graph_def.node)}
    waits: list[int] = []
    users: list[list[int]] = [[] for _ in graph_def.node]
    ready = []
    for i, node in enumerate(graph_def.node):
        # A Merge goes on with the first of its inputs.
        is_merge = node.op in ("Merge", "RefMerge")
        controls = sum(name.startswith("^") for name in node.input)
        waits.append(controls + 1 if is_merge else len(node.input))
        if not node.input:
            ready.append(i)
        for name in node.input:
            if node_of(name) not in position:
                raise invalid(f"Node '{node.name}': Unknown input node '{name}'")
            users[position[node_of(name)]].append(i)
    result = []
    while ready:
        i = ready.pop()
        result.append(graph_def.node[i])
        for user in users[i]:
            waits[user] -= 1
            if waits[user] == 0:
                ready.append(user)
    return result, len(graph_def.node) - len(result)


def matches(graph_def: Any, pattern: Pattern) -> Iterator[Match]:
    """The parts of a graph that fit a pattern; no two have a node in common."""
    try:
        nodes, _ = sorted_nodes(graph_def)
    except errors.InvalidArgumentError:
        return
    by_name = {node.name: node for node in nodes}
    taken: set[str] = set()
    for node in nodes:
        if found := _match(node, pattern, by_name, taken):
            taken.update(part.name for part in found.nodes())
            yield found


def _match(
    node: Any, pattern: Pattern, by_name: Mapping[str, Any], taken: set[str]
) -> Match | None:
    if node.name in taken or not pattern.takes(node.op):
        return None
    if not pattern.inputs:
        return Match(node)
    sources = [name for name in node.input if not name.startswith("^")]
    if len(sources) != len(pattern.inputs):
        return None
    parts = []
    for name, inner in zip(sources, pattern.inputs, strict=True):
        part = _match(by_name[node_of(name)], inner, by_name, taken)
        if part is None:
            return None
        parts.append(part)
    return Match(node, tuple(parts))


Replacement = Callable[[Match, set[str]], Sequence[Any]]


def replace(graph_def: Any, pattern: Pattern, make: Replacement, careful: bool = True) -> Any:
    """A GraphDef with other nodes in place of those that fit a pattern.

    Args:
      graph_def: a GraphDef.
      pattern: what to look for.
      make: gives the nodes in place of a match; takes the match and the names of its nodes that
        others use.
      careful: whether a match stays where those others would lose what they use.
    """
    found = list(matches(graph_def, pattern))
    heads = {match.node.name: match for match in found}
    inside = {node.name for match in found for node in match.nodes()}
    users: dict[str, set[str]] = {}
    for node in graph_def.node:
        for name in node.input:
            users.setdefault(node_of(name), set()).add(node.name)
    result = graph_pb2.GraphDef()
    for node in graph_def.node:
        if node.name in heads:
            result.node.extend(_replaced(heads[node.name], users, make, careful))
        elif node.name not in inside:
            result.node.append(node)
    return result


def _replaced(
    match: Match, users: Mapping[str, set[str]], make: Replacement, careful: bool
) -> Sequence[Any]:
    old = match.nodes()
    names = {node.name for node in old}
    used = {name for name in names if users.get(name, set()) - names}
    new = make(match, used)
    lost = used - {node.name for node in new} if careful else None
    if lost:
        for name in sorted(lost):
            logging.warning(f"Expected {name} to be preserved.")
        return old
    return new


def rename_inputs(graph_def: Any, new_names: Mapping[str, str], ignored: Iterable[str] = ()) -> Any:
    """A GraphDef whose nodes take other inputs.

    Args:
      graph_def: a GraphDef.
      new_names: inputs by what they are now; "x:*" stands for all outputs of x, and edges of
        control.
      ignored: names of nodes that stay as they are.
    """
    by_node: dict[str, list[tuple[str, str]]] = {}
    for old, new in sorted(new_names.items()):
        by_node.setdefault(node_of(old), []).append((old, new))
    ignored = frozenset(ignored)
    result = graph_pb2.GraphDef()
    for node in graph_def.node:
        changed = result.node.add()
        changed.CopyFrom(node)
        if node.name not in ignored:
            del changed.input[:]
            changed.input.extend(_renamed(name, by_node) for name in node.input)
    return result


def _renamed(name: str, by_node: Mapping[str, Sequence[tuple[str, str]]]) -> str:
    visited: set[str] = set()
    while (node := node_of(name)) in by_node:
        if node in visited:
            raise invalid(f"RenameNodeInputs argument contains a cycle for {node}")
        visited.add(node)
        before = name
        for old, new in by_node[node]:
            if old.endswith(":*"):
                prefix, _, suffix = input_parts(name)
                name = prefix + new + suffix
            elif canonical(old) == canonical(name):
                name = new
        if name == before:
            break
    return name
