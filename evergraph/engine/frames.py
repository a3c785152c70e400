"""Frames: the loops of a graph as a tree, and an order of nodes in each.

In TensorFlow 1 a loop is not a node but a pattern: a value goes in through Enter, a Merge takes it
or the next iteration's, LoopCond decides, a Switch sends it into the body or out through Exit.
`frame_tree` finds the nodes of each loop; a graph whose loops are not of this pattern is
`Unstructured` and left to the slow evaluator.
"""

import dataclasses
import heapq
from collections.abc import Iterator

from evergraph.base import errors
from evergraph.engine.plan import ordered
from evergraph.engine.races import writes_before, writes_state
from evergraph.engine.sections import Sections
from evergraph.engine.tokens import ENTERS, EXITS, MERGES, NEXTS, is_back_edge
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor


class Unstructured(Exception):
    """The graph's control flow cannot be written as branches and loops."""


@dataclasses.dataclass(eq=False)
class Frame:
    """A loop, or the graph around all loops (`parent` is None).

    `items` are nodes and inner loops in an order to run them; of a loop, first those that every
    iteration runs, the last one too (`heads` many), then its body.
    """

    name: str
    parent: "Frame | None"
    nodes: list[Operation] = dataclasses.field(default_factory=list)
    children: "dict[str, Frame]" = dataclasses.field(default_factory=dict)
    enters: list[Operation] = dataclasses.field(default_factory=list)
    exits: list[Operation] = dataclasses.field(default_factory=list)
    variables: "list[LoopVariable]" = dataclasses.field(default_factory=list)
    condition: Operation | None = None
    items: "list[Operation | Frame]" = dataclasses.field(default_factory=list)
    heads: int = 0

    def path(self) -> "list[Frame]":
        """The frames from the outermost to this one."""
        return [self] if self.parent is None else [*self.parent.path(), self]

    def sources(self) -> Iterator[Operation]:
        """The nodes outside whose values the loop needs, and those it waits for."""
        for enter in self.enters:
            yield from (t._op for t in enter._inputs)
            yield from enter._control_inputs


@dataclasses.dataclass(frozen=True, eq=False)
class LoopVariable:
    """A value that goes from iteration to iteration."""

    merge: Operation
    enter: Operation
    next: Operation


def frame_tree(needed: set[Operation], fed: set[Tensor]) -> Frame:
    """The tree of loops among the nodes to run, each in order.

    Raises:
      ValueError: the nodes form a cycle.
      Unstructured: the loops are not of the pattern.
    """
    order = ordered(needed, fed, is_back_edge)
    root = Frame("", None)
    if not any(op._type in ENTERS for op in needed):
        root.items.extend(order)
        return root
    home = _homes(order, needed, fed, root)
    _check(root, needed)
    _arrange(order, needed, fed, home)
    return root


def _homes(
    order: list[Operation], needed: set[Operation], fed: set[Tensor], root: Frame
) -> dict[Operation, Frame]:
    """By node, the frame whose item it is; the frames' parts are filled in."""
    home: dict[Operation, Frame] = {}
    for op in order:
        frame = root
        sources = [t._op for t in op._inputs if t not in fed and not is_back_edge(op, t)]
        for source in (*sources, *(c for c in op._control_inputs if c in needed)):
            found = _gives_to(source, home)
            if found is not frame and found is not None:
                if frame not in found.path():
                    if found not in frame.path():
                        _refuse_mixture(op, frame, source, found)
                    continue
                frame = found
        if op._type in ENTERS:
            name = op.attr("frame_name")
            frame = frame.children.setdefault(name, Frame(name, frame))
            frame.enters.append(op)
        elif frame is not root:
            _sort_in(op, frame)
        home[op] = frame
        frame.nodes.append(op)
    return home


def _refuse_mixture(op: Operation, frame: Frame, source: Operation, other: Frame) -> None:
    """A node that loops side by side feed never gets all its inputs."""
    first = next(t._op for t in op._inputs if t._op is not source)
    raise errors.InvalidArgumentError(
        op.node_def,
        op,
        f"node {op.name} has inputs from different frames. The input node {source.name} is in "
        f"frame '{other.name}'. The input node {first.name} is in frame '{frame.name}'.",
    )


def _gives_to(source: Operation, home: dict[Operation, Frame]) -> Frame | None:
    frame = home[source]
    return frame.parent if source._type in EXITS else frame


def _sort_in(op: Operation, frame: Frame) -> None:
    if op._type in EXITS:
        frame.exits.append(op)
    elif op._type == "LoopCond":
        if frame.condition is not None:
            raise Unstructured(op.name)
        frame.condition = op
    elif op._type in MERGES and any(t._op._type in NEXTS for t in op._inputs):
        sides = [t._op for t in op._inputs]
        if len(sides) != 2 or sides[0]._type not in ENTERS or sides[1]._type not in NEXTS:
            raise Unstructured(op.name)
        frame.variables.append(LoopVariable(op, *sides))


def is_loop_switch(op: Operation, frame: Frame) -> bool:
    """Whether a Switch leads into the body and out of the loop."""
    return (
        op._type in ("Switch", "RefSwitch")
        and frame.condition is not None
        and op._inputs[1]._op is frame.condition
    )


def _check(frame: Frame, needed: set[Operation]) -> None:
    for child in frame.children.values():
        _check(child, needed)
    if frame.parent is None:
        return
    if frame.condition is None:
        raise Unstructured(frame.name)
    merges = {v.merge for v in frame.variables}
    starts = {v.enter for v in frame.variables}
    for op in frame.nodes:
        if is_loop_switch(op, frame):
            if op._inputs[0]._op not in merges:
                raise Unstructured(op.name)
        elif op._type in ENTERS:
            if op.attr("is_constant") is (op in starts):
                raise Unstructured(op.name)
        else:
            for t in op._inputs:
                source = t._op
                leaves = t._value_index == 0 and is_loop_switch(source, frame)
                if leaves is not (op._type in EXITS):
                    raise Unstructured(op.name)
                if (source in merges and t._value_index == 1) or (
                    source in starts and op not in merges
                ):
                    raise Unstructured(op.name)


def _arrange(
    order: list[Operation], needed: set[Operation], fed: set[Tensor], home: dict[Operation, Frame]
) -> None:
    """Orders the items of each frame."""
    waits: dict[Frame, dict[Operation | Frame, set[Operation | Frame]]] = {}
    # A frame may hold nothing but loops: all else may be fed.
    paths = {f: f.path() for frame in set(home.values()) for f in frame.path()}
    after = writes_before(needed, fed)
    for op in order:
        mine = home[op]
        if mine.parent is None or not _is_rim(op):
            waits.setdefault(mine, {}).setdefault(op, set())
        sources = [t._op for t in op._inputs if t not in fed and not is_back_edge(op, t)]
        sources += [c for c in op._control_inputs if c in needed]
        for source in (*sources, *after.get(op, ())):
            theirs = home[source]
            if theirs is mine:
                if not _is_rim(op) and not _is_rim(source):
                    waits[mine][op].add(source)
                continue
            a, b = paths[mine], paths[theirs]
            depth = next(
                (i for i in range(min(len(a), len(b))) if a[i] is not b[i]), min(len(a), len(b))
            )
            if depth == len(a) and mine.parent is not None and _is_rim(op):
                continue  # after everything in its iteration anyway
            user: Operation | Frame = a[depth] if depth < len(a) else op
            if depth == len(b) and theirs.parent is not None and _is_rim(source):
                continue  # there before everything in its iteration
            giver: Operation | Frame = b[depth] if depth < len(b) else source
            waits.setdefault(a[depth - 1], {}).setdefault(user, set()).add(giver)
    for frame in paths:
        found = waits.setdefault(frame, {})
        for child in frame.children.values():
            found.setdefault(child, set())
        frame.items = _sorted(found)
        if frame.parent is not None:
            _split(frame, found)


def _is_rim(op: Operation) -> bool:
    """Nodes that only carry values into, round and out of a loop."""
    return op._type in ENTERS or op._type in EXITS or op._type in NEXTS


def _rank(item: Operation | Frame) -> tuple[bool, int]:
    if isinstance(item, Operation):
        return writes_state(item), item._id
    assert item.condition is not None
    return False, item.condition._id


def _sorted(waits: dict[Operation | Frame, set[Operation | Frame]]) -> list[Operation | Frame]:
    """A topological order; see `plan.ordered`."""
    left = {item: len(sources) for item, sources in waits.items()}
    users: dict[Operation | Frame, list[Operation | Frame]] = {}
    for item, sources in waits.items():
        for source in sources:
            users.setdefault(source, []).append(item)
    ready = [(*_rank(item), item) for item, n in left.items() if n == 0]
    heapq.heapify(ready)
    order = []
    sections = Sections(item for item in waits if isinstance(item, Operation))
    while ready:
        *_, item = heapq.heappop(ready)
        if isinstance(item, Operation) and sections.must_wait(item, bool(ready)):
            continue
        order.append(item)
        for user in users.get(item, ()):
            left[user] -= 1
            if left[user] == 0:
                heapq.heappush(ready, (*_rank(user), user))
        ended = sections.done(item) if ready and isinstance(item, Operation) else sections.left()
        for other in ended:
            heapq.heappush(ready, (*_rank(other), other))
    if len(order) != len(waits):
        raise Unstructured("loops that wait for each other")
    return order


def _split(frame: Frame, waits: dict[Operation | Frame, set[Operation | Frame]]) -> None:
    """Puts what hangs on the loop's condition behind everything else."""
    assert frame.condition is not None
    body: set[Operation | Frame] = set()
    for item in frame.items:
        is_switch = isinstance(item, Operation) and is_loop_switch(item, frame)
        if is_switch or any(source in body for source in waits[item]):
            body.add(item)
    if frame.condition in body:
        raise Unstructured(frame.name)
    heads = [item for item in frame.items if item not in body]
    frame.items = heads + [item for item in frame.items if item in body]
    frame.heads = len(heads)
